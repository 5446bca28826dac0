"""What there is at a point by the slopes beside it: nothing, a kink, a jump, or a patch."""

from math import nan

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.sides import SeamKind, Sides, SidesSeam, is_tied


def look(text: str, x: float, slope: float) -> SidesSeam | None:
    expression = parse(text)
    at = expression.evaluation()

    def slope_at(values: dict[str, float]) -> float:
        try:
            return expression.gradient(**values)["x"]
        except ArithmeticError:
            return nan

    return Sides(at, "x", slope_at).look({"x": x}, slope)


@pytest.mark.parametrize(
    ("text", "x", "slope", "kind", "low", "high"),
    [
        ("abs(x)", 0, 0, SeamKind.KINK, -1, 1),
        ("relu(x - 2)", 2, 0, SeamKind.KINK, 0, 1),
        ("max(x, 3x)", 0, 2, SeamKind.KINK, 1, 3),
        ("where(x == 1, 1, x^2)", 1, 0, SeamKind.PATCHED, 2, 2),
        ("where(x == 1, 5, x^2)", 1, 0, SeamKind.JUMP, 2, 2),
        ("where(x == 0, 1, x)", 0, 0, SeamKind.JUMP, 1, 1),
        ("where(x < 0, 1, x + 5)", 0, 1, SeamKind.JUMP, 0, 1),
        ("sign(x) + 1e6*x", 0, 0, SeamKind.JUMP, 1e6, 1e6),
        ("floor(x)*x", 1, 1, SeamKind.JUMP, 0, 1),
        ("1e9*abs(x)", 0, 0, SeamKind.KINK, -1e9, 1e9),
        ("abs(x - 1)*1e-9 + 3", 1, 0, SeamKind.KINK, -1e-9, 1e-9),
    ],
)
def test_a_seam_is_named_with_the_slopes_beside_it(
    text: str, x: float, slope: float, kind: SeamKind, low: float, high: float
) -> None:
    seam = look(text, x, slope)
    assert seam is not None
    assert seam.kind is kind
    assert (seam.low, seam.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


@pytest.mark.parametrize(("text", "x", "slope"), [("x*abs(x)", 0, 0), ("abs(x)^3", 0, 0), ("x^2", 3, 6)])
def test_a_smooth_point_is_no_seam(text: str, x: float, slope: float) -> None:
    assert look(text, x, slope) is None


@pytest.mark.parametrize(
    ("text", "x", "tied"),
    [
        ("abs(x)", 0, True),
        ("abs(x)", 2, False),
        ("max(x, 2)", 2, True),
        ("where(x > 1, x, 2)", 1, True),
        ("where(x > 1, x, 2)", 1.5, False),
        ("floor(x)", 3, True),
        ("sqrt(x)", 0, False),
    ],
)
def test_a_tie_is_exactly_where_something_changes(text: str, x: float, tied: bool) -> None:
    with parse(text).at({"x": x}) as at:
        assert is_tied(at) is tied
