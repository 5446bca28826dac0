"""A number system: kernels it is given, formulas it compiles, and what stands for a name in them."""

import operator
from fractions import Fraction
from math import nan
from typing import Any

import pytest

from autodiff_cli.rules.kernels.floats import SPECIAL
from autodiff_cli.rules.numbers import NumberSystem, _as_calls, needs_balls, vectorized_condition
from autodiff_cli.rules.table import BOOLEAN, FUNCTIONS, entry

NOTHING: dict[str, Any] = {"pi": Fraction(22, 7), "nan": None}


def test_a_kernel_wins_over_the_formula() -> None:
    numbers = NumberSystem(NOTHING | {"square": lambda x: "kernel"})
    assert numbers.value(entry("square", 1))(3) == "kernel"
    assert NumberSystem(NOTHING).value(entry("square", 1))(3) == 9


def test_a_kernel_is_for_the_first_function_of_its_name() -> None:
    numbers = NumberSystem(NOTHING | {"log": lambda x: {8: 3, 2: 1}[x]})
    assert numbers.value(entry("log", 1))(8) == 3
    assert numbers.value(entry("log", 2))(8, 2) == 3  # by its formula, log(x) / log(b)


def test_a_function_without_a_kernel_or_a_formula_is_missing() -> None:
    with pytest.raises(KeyError, match="no kernel for exp"):
        NumberSystem(NOTHING).value(entry("exp", 1))


def test_who_makes_is_asked_for_everything() -> None:
    numbers = NumberSystem(NOTHING, make=lambda function: lambda *args: f"{function.name}{args}")
    assert numbers.value(entry("square", 1))(3) == "square(3,)"


def test_what_is_compiled_is_kept() -> None:
    numbers = NumberSystem(NOTHING)
    assert numbers.value(entry("square", 1)) is numbers.value(entry("square", 1))
    assert numbers.partial(entry("square", 1), 0) is numbers.partial(entry("square", 1), 0)


def test_a_formula_knows_other_functions_of_the_table_and_nothing_else() -> None:
    numbers = NumberSystem(NOTHING)
    assert numbers.formula("square(x) + pi", "x")(Fraction(1)) == Fraction(29, 7)
    with pytest.raises(NameError):
        numbers.formula("open(x)", "x")("file")


def test_a_partial_is_called_with_the_result_and_the_arguments() -> None:
    numbers = NumberSystem(NOTHING | {"neg": operator.neg})
    assert numbers.partial(entry("div", 2), 1)(6, 12, 2) == -3  # -y / b


def test_a_variadic_partial_is_called_with_its_argument_and_all_of_them() -> None:
    comparisons = {"gt": operator.gt, "ge": operator.ge, "where": lambda c, a, b: a if c else b}
    numbers = NumberSystem(NOTHING | comparisons)
    partial = numbers.partial(entry("max", 2), 1)
    assert [partial(5, x, (5, 3, 5)) for x in (5, 3)] == [0.5, 0]


def test_over_floats_whole_numbers_are_floats_too() -> None:
    assert type(NumberSystem(NOTHING, floats=True).formula("1 + x1 * 0", "x1")(2.0)) is float
    assert NumberSystem(NOTHING, floats=True).formula("x**2", "x")(3.0) == 9.0
    assert NumberSystem(NOTHING).formula("2 + x", "x")(1) == 3


@pytest.mark.parametrize(
    ("formula", "calls"),
    [
        ("x < 0", "lt(x, 0)"),
        ("(x <= a) + (x != a)", "le(x, a) + ne(x, a)"),
        ("x**2 * (x > 1)", "pow(x, 2) * gt(x, 1)"),
        ("(x**2)**y == 1", "eq(pow(pow(x, 2), y), 1)"),
        ("sin(x) + 1", "sin(x) + 1"),
    ],
)
def test_comparisons_and_powers_as_calls(formula: str, calls: str) -> None:
    assert _as_calls(formula) == calls


@pytest.mark.parametrize(
    ("condition", "vectorized"),
    [
        ("x > 0", "x > 0"),
        ("x > 0 and x < 1", "(x > 0) & (x < 1)"),
        ("a or b or c", "a | b | c"),
        ("-1 < x <= 1", "(-1 < x) & (x <= 1)"),
        ("x > 0 or x == 0 and p >= 0", "(x > 0) | (x == 0) & (p >= 0)"),
    ],
)
def test_a_condition_over_columns_has_numpys_operators(condition: str, vectorized: str) -> None:
    assert vectorized_condition(condition) == vectorized


def test_every_domain_is_a_condition_over_columns() -> None:
    for function in FUNCTIONS:
        compile(vectorized_condition(function.domain or "True"), function.name, "eval")


def test_a_comparison_gives_a_number() -> None:
    from autodiff_cli.engine.value import FLOATS

    for name in BOOLEAN - {"not"}:
        assert type(FLOATS.value(entry(name, 2))(1.0, nan)) is float


def test_what_needs_balls_are_their_kernels_and_the_formulas_that_call_them() -> None:
    needing = {function.name for function in FUNCTIONS if needs_balls(function.name)}
    assert needing == SPECIAL | {"j0", "j1", "norminv", "y0", "y1"}
    assert needs_balls("probit")
    assert not needs_balls("no_function")
