"""Terms: a sum, a product or a call is worth what its parts are worth, however it is written."""

import pytest
from mpmath import mp, mpf

from autodiff_cli import parse
from autodiff_cli.symbolic.formulas import formula_of, graphs

from ..test_diff import computed


@pytest.mark.parametrize(
    "factor",
    [
        "hypot(x, x)^2 - x^2",
        "2*hypot(x, x)^2*x - 2*x^3",
        "(x < 1) + where(x < 1, x, 3) + where(x < 1, x^2, 5)",
        "where(x < 1, x, 3) + where(x < 1, x^2, 5) + (x < 1)",
    ],
)
def test_sum_of_what_equals_a_part_of_another_has_its_value(factor: str) -> None:
    """What an addend is rewritten to, or decided by, may be an addend itself."""
    addends = factor.replace(" + ", " + y*").replace(" - ", " - y*")
    expression = parse(f"y*{addends}")
    found, _, _ = graphs(expression, [("y",)])
    derivative = formula_of(expression, found["y",])
    for x in (-2, "0.5", 3):
        with mp.workdps(50):
            point = {"x": mpf(x), "y": mpf(2)}
            want = computed(parse(factor, ["x"]), point)
            assert abs(computed(derivative, point) - want) < mpf(10) ** -40
