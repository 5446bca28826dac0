"""A slope three ways: by nudging, as a formula, and by going backward through the steps."""

from autodiff_cli import Value, parse


def f(x):
    return 3 * x**2 - 4 * x + 5


h = 2.0**-17
by_nudging = (f(3.0 + h) - f(3.0 - h)) / (2 * h)
by_formula = parse("3x^2 - 4x + 5").derivative("x").evaluate(x=3.0)
x = Value(3.0)
f(x).backward()
print(f"by nudging {by_nudging:.6f}, by formula {by_formula}, backward {x.grad}")
assert abs(by_nudging - 14) < 1e-8
assert by_formula == x.grad == 14
