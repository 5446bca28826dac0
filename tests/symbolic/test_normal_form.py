"""Graphs to terms and back: what is read as one term, what is written, and that values and sharing stay."""

import pytest
from hypothesis import given, settings
from mpmath import mp, mpf

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic.normal_form import read, steps_below, write
from autodiff_cli.symbolic.terms import Algebra, Term

from .derivatives import computed
from .test_terms import TEXTS
from .values import NAMES, POINTS, called, value, written


def read_text(text: str) -> Term:
    root = parse(text, NAMES).root
    return read(Algebra(), steps_below([root]), [root])[0]


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "count"),
    [
        ("x + y - z + 1", "sum", 4),
        ("x + (y - z)", "sum", 2),  # parentheses of the input stay
        ("2*x - x", "sum", 2),  # and what the input did not gather
        ("x*y*2/z", "product", 3),
        ("x*(y/z)", "product", 3),
        ("-(x*y)", "product", 2),
        ("x - 0", "leaf", 0),
        ("1 + 2", "number", 0),
        ("sin(x*y) + 1", "sum", 2),
        ("x^2", "product", 1),
        ("x^y", "call", 2),
    ],
)
def test_chain_of_sums_or_products_is_one_term(text: str, kind: str, count: int) -> None:
    term = read_text(text)
    assert (term.kind, len(term.parts)) == (kind, count)


def test_node_that_is_used_twice_is_a_term_of_its_own() -> None:
    term = read_text("t = x + y; (t + z) * sin(t)")
    total, call = term.children()
    assert call.children()[0] in total.children()


def test_stop_is_read_as_a_variable() -> None:
    expression = parse("t = sin(x); t^2 + x", NAMES)
    stop = expression.steps["t"]
    algebra = Algebra()
    (term,) = read(algebra, steps_below([expression.root], [stop]), [expression.root], [stop])
    assert algebra.variable(stop) in [below for part in term.children() for below in (part, *part.children())]


def test_leaf_is_read_where_there_are_no_steps() -> None:
    x = Value(1.0, "x")
    algebra = Algebra()
    assert read(algebra, [], [x]) == [algebra.variable(x)]


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_term_that_is_read_has_the_value_of_the_text(text: str) -> None:
    term = read_text(text)
    with mp.workdps(60):
        for point in POINTS:
            want = computed(parse(text, NAMES), point)
            if want is not None:
                assert abs(value(term, point) - want) <= mpf(10) ** -40 * (1 + abs(want))


# --- writing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("-x + 1", "1 - x"),
        ("-x - y", "-x - y"),
        ("x^(1/2) / 2", "sqrt(x) / 2"),
        ("x^(-1/2)", "1 / sqrt(x)"),
        ("x^-2 * y", "y / x^2"),
        ("x * 2", "2 * x"),
        ("x / 3 * 2", "2 * x / 3"),
        ("-2 * x / (3 * y)", "-2 * x / (3 * y)"),
        ("sin(x) * x * pi", "pi * x * sin(x)"),
        ("y * x", "y * x"),
        ("0.25 * x", "0.25 * x"),
        ("x / 4 * 0.5", "0.125 * x"),
        ("x * 0.5 / 3", "0.5 * x / 3"),
        ("1e20 * x", "1e+20 * x"),
        ("sqrt(2) * x", "sqrt(2) * x"),
        ("x - 2/3", "x - 2 / 3"),
        ("x^(2/3)", "x^(2 / 3)"),
        ("1/x", "1 / x"),
        ("-1/x", "-1 / x"),
    ],
)
def test_terms_are_written_as_a_person_would(text: str, result: str) -> None:
    assert written(called(text)) == result


def test_sum_of_the_input_is_written_in_its_order() -> None:
    assert written(read_text("-x + 1")) == "-x + 1"
    assert written(called("-x + 1")) == "1 - x"


def test_equal_terms_are_one_node() -> None:
    term = called("sin(x*y) + exp(x*y)")
    known: dict[Term, Value] = {}
    (root,) = write([term], known)
    sine, exponential = root.args
    assert sine.args[0] is exponential.args[0]
    assert write([term], known)[0] is root
    assert write(term.children(), known) == [sine, exponential]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_what_is_written_has_the_value_of_the_text(text: str) -> None:
    expression = parse(text, NAMES)
    back = parse(to_text(write([read_text(text)])[0]), NAMES)
    with mp.workdps(60):
        for point in POINTS:
            want = computed(expression, point)
            if want is not None:
                assert abs(computed(back, point) - want) <= mpf(10) ** -40 * (1 + abs(want))


# --- steps -----------------------------------------------------------------------------------------------------------


def test_steps_below_come_after_their_arguments_and_stop_at_stops() -> None:
    expression = parse("t = sin(x) * y; exp(t) + t / z")
    steps = steps_below([expression.root])
    assert steps[-1] is expression.root
    assert all(steps.index(arg) < steps.index(step) for step in steps for arg in step.args if arg.args)
    stop = expression.steps["t"]
    assert not {stop, *stop.args} & {*steps_below([expression.root], [stop])}
    assert steps_below([expression.variables["x"]]) == []
