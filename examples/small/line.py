"""The line through some points that is nearest to them all, by walking down the gradient."""

from autodiff_cli import Value

points = [(0.0, 1.1), (1.0, 2.9), (2.0, 5.2), (3.0, 6.8)]
slope, start = Value(0.0), Value(0.0)
for step in range(400):
    loss = sum((slope * x + start - y) ** 2 for x, y in points) / len(points)
    loss.zero_grad()
    loss.backward()
    for parameter in (slope, start):
        parameter.data -= 0.1 * parameter.grad
    if step % 100 == 0:
        print(f"step {step:3}: loss {loss.data:.4f}")
print(f"y = {slope.data:.4f} x + {start.data:.4f}")
assert abs(slope.data - 1.94) < 1e-9  # what the formula of least squares gives
assert abs(start.data - 1.09) < 1e-9
