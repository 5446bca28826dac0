"""What lines have said so far: sides of equations, read with what names are, or with what was written of them."""

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.quantities import Equation, Quantities, Quantity, Stated


@pytest.fixture
def known() -> Quantities:
    found = Quantities()
    found.variables = {"x": None}
    found.add(Quantity("u", "x", "x", False, Stated("x^2", 1)))
    found.add(Quantity("v", "x", "x", False, Stated("sin(3x)", 2)))
    found.add(Quantity("f", "x", "x", True, Stated("u v", 3)))
    return found


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("u'v + uv'", "2x*sin(3x) + 3x^2*cos(3x)"),
        ("f'(x)", "2x*sin(3x) + 3x^2*cos(3x)"),
        ("f'(2)", "4*sin(6) + 12*cos(6)"),
        ("u'' + d^2u/dx^2", "4"),
        ("\\frac{du}{dx} v", "2x*sin(3x)"),
        ("f^\\prime(x) - (uv)'", "0"),
        ("2u^2", "2x^4"),
        ("u(3)", "9"),
        ("u (x + 1)", "x^2*(x + 1)"),
        ("floor(x) + sum(k, 1, 3, u)", "floor(x) + 3x^2"),
    ],
)
def test_a_side_is_read_with_what_its_names_stand_for(known: Quantities, text: str, same: str) -> None:
    read, other = known.read(text), Quantities()
    other.variables = {"x": None}
    expected = other.read(same)
    for x in (0.7, 2.3):
        values = [one.evaluate(**dict.fromkeys(one.variables, x)) for one in (read, expected)]
        assert values[0] == pytest.approx(values[1], rel=1e-12)


def test_names_may_stand_for_what_was_written_of_them(known: Quantities) -> None:
    known.known["u"].stated[1] = Stated("3x", 4, root=4)
    assert known.read("u'").evaluate(x=2.0) == 4
    assert known.read("u'", as_written=True).evaluate(x=2.0) == 6
    assert known.read("u''", as_written=True).evaluate(**dict.fromkeys(known.read("u''", True).variables, 1.0)) == 3


def test_a_name_may_be_given_by_an_equation_alone() -> None:
    known = Quantities()
    known.variables = {"x": None, "y": None}
    known.equation = Equation("x^2 + y^2", "25", 1)
    assert known.read("dy/dx").evaluate(x=3.0, y=4.0) == -0.75
    assert known.read("y''").evaluate(x=3.0, y=4.0) == pytest.approx(-25 / 64)
    known.stated = Equation("2x + y y'", "0", 2, root=2)
    assert known.read("y'", as_written=True).evaluate(x=3.0, y=4.0) == -1.5


def test_an_error_is_at_its_place_in_the_text_not_in_the_program(known: Quantities) -> None:
    with pytest.raises(AutodiffError) as caught:
        known.read("u' + u +* v")
    assert caught.value.source == "u' + u +* v"
    assert caught.value.span
    assert caught.value.source[slice(*caught.value.span)] == "*"


def test_a_function_of_a_later_name_is_one_of_its_variable() -> None:
    known = Quantities()
    known.add(Quantity("y", "u", "u", False, Stated("sin(u)", 1)))
    known.add(Quantity("u", "x", "x", False, Stated("3x^2", 2)))
    assert known.known["y"].by == "x"
    assert known.read("dy/du du/dx").evaluate(x=0.5) == pytest.approx(known.read("dy/dx").evaluate(x=0.5))
