"""What a simplification is called, told from two formulas that are equal."""

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic.simplified import is_reordered, simplification


@pytest.mark.parametrize(
    ("before", "after", "called"),
    [
        ("x - x", "0", "the terms cancel"),
        ("2 * x / (2 * sqrt(x))", "x / sqrt(x)", "cancelled"),
        ("3 * (2 * x)", "6 * x", "factors gathered"),
        ("-3 * (2 * x) / (x^2 + 1)^4", "-6 * x / (x^2 + 1)^4", "factors gathered"),
        ("2 * exp(-x^4) * (2 * x) / sqrt(pi)", "4 * x * exp(-x^4) / sqrt(pi)", "factors gathered"),
        ("6 * x / 3", "2 * x", "cancelled"),
        ("1 / (2 * sqrt(x)) / (2 * log(x))", "1 / (4 * sqrt(x) * log(x))", "factors gathered"),
        ("-1 / x^2 / (1 + 1 / x^2)", "-1 / (x^2 + 1)", "cancelled"),
        ("x^2 / x^3", "1 / x", "cancelled"),
        ("1 / x / log(x)", "1 / (x * log(x))", "factors gathered"),
        ("exp(x) * x + exp(x)", "exp(x) * (x + 1)", "common factor in front"),
        ("log(x) + 1 - 1", "log(x)", "like terms added"),
        ("cos(x) - x * sin(x) - cos(x)", "-x * sin(x)", "like terms added"),
        ("x * (x + 1)", "x^2 + x", "multiplied out"),
        ("(2 * x * (x - 1) - x^2) / (x - 1)^2", "(x^2 - 2 * x) / (x - 1)^2", "numerator simplified"),
        ("(cos(x) * (1 + cos(x)) + sin(x) * sin(x)) / (1 + cos(x))^2", "1 / (1 + cos(x))", "squares that make 1"),
        ("abs(x) + x * sign(x)", "2 * abs(x)", "simplified"),
    ],
)
def test_a_simplification_is_called_by_what_it_did(before: str, after: str, called: str) -> None:
    assert simplification(parse(before).root, parse(after).root) == called


def test_the_order_of_factors_is_no_simplification() -> None:
    expression = parse("cos(3 * x) * 3 + 3 * cos(3 * x)")
    assert is_reordered(*expression.root.args)
    assert not is_reordered(*parse("cos(3 * x) * 3 + 3 * sin(3 * x)").root.args)
