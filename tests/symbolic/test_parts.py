"""The parts that forms and conditions are made of: where a term is used, what is simpler than it, exact powers."""

from fractions import Fraction

import pytest

from autodiff_cli.engine.value import Value
from autodiff_cli.symbolic.coefficients import HALF, Number, exact_power, text_length
from autodiff_cli.symbolic.conditions import _add_way, _compared
from autodiff_cli.symbolic.terms import Algebra, Term


def term(algebra: Algebra, name: str) -> Term:
    return algebra.variable(Value(1.0, name))


@pytest.mark.parametrize(
    ("number", "exponent", "power"),
    [
        (2, 3, 8),
        (4, HALF, 2),
        (Fraction(4, 9), -HALF, Fraction(3, 2)),
        (-1, 101, -1),
        (-1, 10**9, 1),
        (0, 2, 0),
        (0, -1, None),
        (-4, HALF, None),
        (2, HALF, None),
        (8, Fraction(1, 3), None),
        (2, 1000, None),
    ],
)
def test_power_is_exact_or_none(number: Number, exponent: Number, power: Number | None) -> None:
    assert exact_power(number, exponent) == power


def test_length_of_coefficients_leaves_out_units() -> None:
    assert [text_length([]), text_length([1, -1]), text_length([1, -20])] == [0, 0, 5]


def test_sum_knows_where_each_of_its_terms_is() -> None:
    algebra = Algebra()
    x = term(algebra, "x")
    inner = algebra.kept_sum([(1, x), (1, algebra.one)])
    assert algebra._users({inner: 2, x: 3}) == {x: {inner, x}, algebra.one: {inner}}


def test_product_is_not_0_where_its_factors_are_not() -> None:
    algebra = Algebra()
    x, y = term(algebra, "x"), term(algebra, "y")
    assert [(fact.term, fact.relation) for fact in _compared(x * y, "!=")] == [(x, "!="), (y, "!=")]
    assert [(fact.term, fact.relation) for fact in _compared(x * y, ">")] == [(x * y, ">")]


def test_way_of_fewer_conditions_takes_the_place_of_longer_ones() -> None:
    known = [frozenset({("a", True), ("b", True)}), frozenset({("c", True)})]
    _add_way(known, frozenset({("a", True)}))
    _add_way(known, frozenset({("a", True), ("d", True)}))
    assert known == [frozenset({("c", True)}), frozenset({("a", True)})]
