"""Terms: a sum, a product or a call is worth what its parts are worth, however it is written."""

from collections.abc import Callable
from fractions import Fraction
from operator import add, mul, sub, truediv
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiff_cli.engine.value import Value, constant
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import entry
from autodiff_cli.symbolic.coefficients import Decimal
from autodiff_cli.symbolic.formulas import formula_of, graphs
from autodiff_cli.symbolic.terms import Algebra, Term, terms_below

from .derivatives import computed
from .values import NAMES, POINTS, called, power, value, written

# --- the same object for the same thing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x + y", "y + x"),
        ("x * y^2", "y * x * y"),
        ("2*x + x", "3*x"),
        ("x - x", "0"),
        ("x / x", "1"),
        ("sqrt(x) * sqrt(x)", "x"),
        ("x^2 * x^(-2)", "1"),
        ("sqrt(x*y) * sqrt(x*y)", "x*y"),
        ("2 * (x + y) - 2*x", "2*y"),
        ("square(x)", "x*x"),
        ("clamp(x, 0, 1)", "min(max(x, 0), 1)"),
        ("1/(x*y)", "x^-1 * y^-1"),
        ("0.5*x + 0.5*x", "x"),
        ("sin(x + 1)", "sin(1 + x)"),
        ("exp(x)*exp(-x)*y", "y"),
        ("cosh(x)^2 - sinh(x)^2", "1"),
        ("x <= x", "1"),
        ("where(x < y, z, z)", "z"),
    ],
)
def test_equal_terms_are_the_same_object(one: str, other: str) -> None:
    algebra = Algebra()
    variables = {name: Value(1.0, name) for name in NAMES}
    terms = [called(text, algebra, variables) for text in (one, other)]
    assert terms[0] is terms[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [("sqrt(x^2)", "x"), ("x^y * x^z", "x^(y + z)"), ("log(exp(x))", "x"), ("(x*y)^(1/2)", "sqrt(x)*sqrt(y)")],
)
def test_what_is_equal_at_some_points_alone_stays_apart(one: str, other: str) -> None:
    algebra = Algebra()
    variables = {name: Value(1.0, name) for name in NAMES}
    assert called(one, algebra, variables) is not called(other, algebra, variables)


def test_leaves_are_variables_constants_and_numbers() -> None:
    algebra = Algebra()
    x = Value(1.0, "x")
    assert algebra.leaf(x).head is x
    assert algebra.leaf(constant(0.1, "0.1")).head == Fraction(1, 10)
    assert algebra.leaf(constant(3.0)).head == 3
    assert algebra.leaf(constant(2.718281828459045, "e")) is algebra.e
    assert algebra.leaf(constant(0.1, "0.1000000000000000055")).kind == "leaf"  # too long to be exact and a decimal
    assert algebra.leaf(constant(float("inf"), "inf")).kind == "leaf"


def test_numbers_of_formulas_are_exact() -> None:
    algebra = Algebra()
    assert algebra.term(1 / 3).head == Fraction(1, 3)
    assert algebra.term(Decimal("0.5")) is algebra.term(0.5)
    assert algebra.term(algebra.one) is algebra.one


# --- what is made keeps its value ------------------------------------------------------------------------------------

_SIGNS: dict[str, Callable[[Any, Any], Any]] = {"+": add, "-": sub, "*": mul, "/": truediv}
_CALLS = ("sin", "cos", "exp", "abs", "sign", "tanh", "sech", "log", "sqrt", "square", "sec", "tan")
_LEAVES = st.sampled_from(["x", "y", "x", "y", "1", "2", "0.5", "3", "-1", "0", "pi", "e", "0.1"])
_EXPONENTS = st.sampled_from(["2", "3", "-1", "-2", "(1/2)", "(-3/2)", "0.5", "x", "(x - 1)", "0", "1"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, _EXPONENTS).map(lambda t: f"({t[0]})^{t[1]}"),
        st.tuples(st.sampled_from(_CALLS), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"hypot({t[0]}, {t[1]})^2"),
        st.tuples(inner, inner, inner, inner).map(lambda t: f"where({t[0]} < {t[1]}, {t[2]}, {t[3]})"),
    )


TEXTS = st.recursive(_LEAVES, _grow, max_leaves=8)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@example("(hypot(x, x)^2 - (x)^2)")
@example("(abs(x) * sign(x))")
@example("((x)^(x - 1) * x)")
@given(TEXTS)
def test_term_has_the_value_of_its_text(text: str) -> None:
    term = called(text)
    with mp.workdps(60):
        for point in POINTS:
            want = computed(parse(text, NAMES), point)
            if want is None:
                continue
            got = value(term, point)
            assert got is not None
            assert abs(got - want) <= mpf(10) ** -40 * (1 + abs(want))


@pytest.mark.parametrize("sign", _SIGNS)
def test_operators_of_python_make_terms(sign: str) -> None:
    algebra = Algebra()
    x, y = (algebra.variable(Value(1.0, name)) for name in "xy")
    apply = _SIGNS[sign]
    with mp.workdps(40):
        for point in POINTS:
            for term, a, b in (
                (apply(x, y), point["x"], point["y"]),
                (apply(x, 3), point["x"], 3),
                (apply(3, x), 3, point["x"]),
            ):
                assert abs(value(term, point) - apply(a, b)) < mpf(10) ** -35


def test_comparisons_of_python_make_terms() -> None:
    algebra = Algebra()
    x, y = (algebra.variable(Value(1.0, name)) for name in "xy")
    assert [written(term) for term in (x < y, x <= y, x > y, x >= y)] == ["x < y", "x <= y", "x > y", "x >= y"]
    assert written(-x) == "-x"
    assert written(x**y) == "x^y"


# --- form ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("y + x + 2*y", "3 * y + x"),  # in the order they come
        ("(x + 1) * (x + 1)", "(x + 1)^2"),
        ("2 * (x + 1)", "2 * (x + 1)"),
        ("x * (y + 1) - x*y", "x * (y + 1) - x * y"),
        ("sin(x)^4 + sin(x)^2*cos(x)^2", "sin(x)^2"),
        ("3*sec(x)^2 - 3*tan(x)^2 + y", "3 + y"),
        ("sec(x)^2 - tan(x)^2 * y", "sec(x)^2 - y * tan(x)^2"),
        ("where(c, 1, x) - where(c, 1, y)", "where(c, 0, x - y)"),
        ("1e16 * x * 1e16", "1e+32 * x"),
        ("2^0.5 * 2^0.5 * x", "2 * x"),
    ],
)
def test_form_of_sums_and_products(text: str, result: str) -> None:
    assert written(called(text)) == result


def test_sum_of_the_input_stays_in_parentheses_but_beside_a_like_term() -> None:
    algebra = Algebra()
    x, y = (algebra.variable(Value(1.0, name)) for name in "xy")
    kept = algebra.kept_sum([(1, x), (1, algebra.one)])
    assert written(kept + y) == "x + 1 + y"
    assert (kept + y).parts == ((1, kept), (1, y))
    assert (kept + 3 * x).parts == ((4, x), (1, algebra.one))
    assert (kept - 1) is x


def test_kept_sum_may_have_a_part_twice() -> None:
    algebra = Algebra()
    x = algebra.variable(Value(1.0, "x"))
    twice, thrice = (algebra.kept_sum([(1, x)] * count) for count in (2, 3))
    assert twice is not thrice
    assert written(twice) == "x + x"
    assert twice + x is 3 * x


def test_number_that_the_coefficient_has_no_room_for_stays_a_factor() -> None:
    algebra = Algebra()
    x = algebra.variable(Value(1.0, "x"))
    big = algebra.number(10**200)
    product = algebra.multiply([big, x, algebra.number(10**200)])
    assert dict(product.parts)[big] == 1
    assert product.head == 10**200
    assert algebra.scaled(10**200, algebra.multiply([big, x])) is product


def test_long_product_is_one_factor_of_the_next() -> None:
    algebra = Algebra()
    variables = [algebra.variable(Value(1.0, f"x{at}")) for at in range(120)]
    product = algebra.multiply(variables)
    assert len(product.parts) == 120
    longer = algebra.multiply([product, variables[0]])
    assert longer.parts == ((product, 1), (variables[0], 1))


@pytest.mark.parametrize("exponent", [2, -1, -2, Fraction(1, 2), Fraction(-3, 2)])
@pytest.mark.parametrize("text", ["x", "x^2", "3*x", "4*x^3*y", "x + 1", "2*(x + y)", "7", "9/4", "0.25", "sin(x)"])
def test_power_by_a_number_has_its_value(text: str, exponent: Fraction) -> None:
    base = called(text)
    with mp.workdps(50):
        for point in POINTS:
            want = power(computed(parse(text, NAMES), point), exponent)
            assert abs(value(base.algebra.power(base, exponent), point) - want) < mpf(10) ** -40


@pytest.mark.parametrize("text", ["7", "x", "2*x", "x + y", "where(c, 2, 3)", "where(c, x, 3)", "5*x^2*y"])
def test_multiple_of_a_term_is_split_into_number_and_rest(text: str) -> None:
    term = called(text)
    algebra = term.algebra
    assert algebra.scaled(1, term) is term
    assert algebra.scaled(0, term) is algebra.zero
    for number in (2, Fraction(-1, 3)):
        with mp.workdps(40):
            scaled = algebra.scaled(number, term)
            coefficient, rest = algebra.split(scaled)
            assert algebra.scaled(coefficient, rest) is scaled
            for point in POINTS:
                want = value(term, point) * number.numerator / number.denominator
                assert abs(value(scaled, point) - want) < mpf(10) ** -35


def test_call_that_is_known_is_found() -> None:
    algebra = Algebra()
    x = algebra.variable(Value(1.0, "x"))
    assert algebra.known_call("sin", (x,)) is None
    made = algebra.call(entry("sin", 1), (x,))
    assert algebra.known_call("sin", (x,)) is made
    assert (made.name, made.kind, x.name) == ("sin", "call", "")


def test_terms_below_come_after_what_they_are_made_of() -> None:
    root = called("sin(x*y) + where(x < y, x*y, exp(z))^2")
    found = terms_below([root])
    assert found[-1] is root
    assert len(set(found)) == len(found)
    seen: set[Term] = set()
    for term in found:
        assert seen.issuperset(term.children())
        seen.add(term)
    known = called("x*y").children()
    assert not set(known) & set(terms_below(known, known))


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
