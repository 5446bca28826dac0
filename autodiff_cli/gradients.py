"""Gradients of any Python function, checked: `check_gradient` reports, `assert_gradient` is for tests.

The function is called and nothing else: it may be of plain floats, of NumPy, PyTorch or JAX.
"""

from collections.abc import Callable
from typing import Any

from autodiff_cli.answered import Verified
from autodiff_cli.render import gradient_check as render
from autodiff_cli.reports.gradient_check import check_at


def check_gradient(f: Callable[[Any], Any], gradient: Any, at: Any, *, tolerance: float = 1e-4) -> Verified:
    """Hold a gradient of `f` at a point against differences of `f`'s values, component by component.

    `at` is a number, a sequence, an array of NumPy, PyTorch or JAX, or a dictionary or sequence of such; `f` takes it
    and returns one number. `gradient` is a function that returns the gradient in the shape of `at`, or that gradient.
    `tolerance` is the relative error of a component that must not pass.

    The report has `rows` with `gradient`, `estimate`, `bound` and `verdict`, and prints as a table. It is true where
    every component is `ok`, or `kink` with a slope between those on both sides. It is false where one is a `mismatch`,
    and where one is undecided (`answer` tells which): `unsure`, since noise, rounding or single precision could hide an
    error as large as the tolerance; `jump` or `singular`, where there is no slope.

    How much noise there is in the values is read off their differences (Moré and Wild, "Estimating computational
    noise", 2011), and the steps follow from it. A component of exactly 0 is held against the slope a step away.

    Raises AutodiffError where `f` has no value at the point, and where the gradient has another shape.

    >>> report = check_gradient(lambda x: x[0] ** 2 * x[1], lambda x: [2 * x[0] * x[1], x[0] ** 2.001], [3.0, 2.0])
    >>> bool(report), [row.verdict.value for row in report.rows]
    (False, ['ok', 'mismatch'])
    """
    checked = check_at(f, gradient, at, tolerance)
    return Verified(checked, lambda: render.to_text(checked))


def assert_gradient(f: Callable[[Any], Any], gradient: Any, at: Any, *, tolerance: float = 1e-4) -> None:
    """Raise AssertionError unless `check_gradient` is true; it names the component by its index, with both numbers.

    A component that cannot be decided fails too, with the reason: what is asserted is shown. A wider `tolerance` lets
    noisy functions pass.

    >>> assert_gradient(lambda x: x**3, lambda x: 3 * x**2, 2.0)
    >>> try:
    ...     assert_gradient(lambda x: x[0] * x[1], [2.0, 3.1], [3.0, 2.0])
    ... except AssertionError as error:
    ...     print(str(error).splitlines()[0])
    gradient[1] is wrong: it is 3.1, by differences 3 ± 3e-10
    """
    __tracebackhide__ = True
    checked = check_at(f, gradient, at, tolerance)
    if checked.answer != "right":
        raise AssertionError(render.accusation(checked))
