"""Equations: what stands on both sides of `=`, several of them, and errors that point into what was typed."""

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.equation_reader import read_equations, roots_of, sides


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x^2 = 2", 7),
        ("x^2 - 2", 7),
        ("x = x + 1", -1),
        ("2 = x", -1),
        ("x^2 = 0", 9),
        ("where(x == 3, 5, 6) = 1", 4),
        ("(x <= 4) + x = 1", 3),
        ("-x = -(x - 1)", -1),
    ],
)
def test_an_equation_is_its_left_side_less_its_right(text: str, value: float) -> None:
    assert read_equations(text, ["x"]).evaluate(x=3.0) == value


def test_several_equations_share_their_variables() -> None:
    found = read_equations("x + y = 3; x y = 2\nx = 7", ["x", "y"])
    assert [*found.variables] == ["x", "y"]
    with found.at({"x": 10.0, "y": 4.0}) as at:
        assert [at.steps[name].data for name in roots_of(at)] == [11.0, 38.0]
        assert at.root.data == 3.0


def test_signs_within_brackets_are_no_equations() -> None:
    assert [*sides("f(a = 1; b) = 2; y")] == [(0, 15, 12), (16, 18, None)]


@pytest.mark.parametrize(
    ("text", "message", "span"),
    [
        ("x^2 = 2 + sni(x)", "unknown function 'sni'", (10, 13)),
        ("sni(x) = 2", "unknown function 'sni'", (0, 3)),
        ("x = 1; x = sni(x)", "unknown function 'sni'", (11, 14)),
        ("x = 1 = 2", "an equation has one '='", (6, 7)),
        ("x = ", "nothing stands behind '='", (2, 3)),
        (" = x", "nothing stands before '='", (1, 2)),
    ],
)
def test_an_error_points_into_what_was_typed(text: str, message: str, span: tuple[int, int]) -> None:
    with pytest.raises(AutodiffError) as raised:
        read_equations(text, ["x"])
    assert raised.value.message == message
    assert (raised.value.source, raised.value.span) == (text, span)


def test_no_text_is_no_equation() -> None:
    with pytest.raises(AutodiffError, match="no equation"):
        read_equations(" ; ")
