"""A root by Newton's method: where the tangent meets zero is the next guess."""

from math import sqrt

from autodiff_cli import Value

x = Value(1.0)
for step in range(6):
    f = x**2 - 2
    f.zero_grad()
    f.backward()
    print(f"step {step}: {x.data!r}")
    x.data -= f.data / x.grad
assert abs(x.data - sqrt(2)) < 1e-15
