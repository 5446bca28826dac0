"""Graphs as text: parentheses where they are needed and nowhere else, programs, names, messages."""

from itertools import islice

import pytest

from autodiff_cli.engine.printer import (
    domain_message,
    domain_need,
    fresh,
    name_of,
    number_text,
    statements,
    to_text,
    with_steps,
)
from autodiff_cli.engine.value import Value, constant
from autodiff_cli.language.parser import parse

x, y = Value(2.0, "x"), Value(3.0, "y")


@pytest.mark.parametrize(
    "text",
    [
        "x + y - 1",
        "x - (y - 1)",
        "x - (y + 1)",
        "(x - y) * 2",
        "x / (y / 2)",
        "x / y / 2",
        "x / (y * 2)",
        "-x^2",
        "(-x)^2",
        "x^-y",
        "x^y^2",
        "(x^y)^2",
        "(x + y)^2",
        "2 * -x",
        "-(x + y)",
        "--x",
        "not x < y",
        "not (x and y)",
        "(x or y) and x",
        "x or y and x",
        "x < y and y < 3",
        "(x < y) == (y < x)",
        "max(x, y, x - 1)",
        "sin(x + y)^2",
        "where(x > 0, x, -x)",
    ],
)
def test_what_is_written_is_as_short_as_it_reads_back(text: str) -> None:
    written = to_text(parse(text).root)
    assert written == text
    assert to_text(parse(written).root) == written


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (constant(-1.0) ** 2, "(-1)^2"),
        (x + constant(-1.0), "x + -1"),
        (x * constant(-1.0), "x * -1"),
        (x ** constant(-1.0), "x^-1"),
        (x - constant(0.1), "x - 0.1"),
        (constant(1e300), "1e+300"),
    ],
)
def test_a_negative_number_is_in_parentheses_where_its_sign_would_bind_less(node: Value, text: str) -> None:
    assert to_text(node) == text


def test_a_node_that_has_a_name_is_written_as_that() -> None:
    product = x * y
    assert to_text(product.sin() + product, names={product: "p"}) == "sin(p) + p"


@pytest.mark.parametrize(("limit", "text"), [(12, "sin(x) + y"), (10, "sin(x) + y"), (9, "sin(x) +…"), (2, "s…")])
def test_a_text_longer_than_the_limit_is_cut_to_it(limit: int, text: str) -> None:
    assert to_text(x.sin() + y, limit) == text


@pytest.mark.slow
def test_a_cut_text_of_a_long_graph_is_made_at_once() -> None:
    long = x
    for _ in range(100_000):
        long = (long + 1).sin()
    assert to_text(long, 20) == "sin(sin(sin(sin(sin…"


@pytest.mark.parametrize(
    ("data", "text"), [(2.0, "2"), (-0.0, "-0"), (0.1, "0.1"), (1e22, "1e+22"), (float("inf"), "inf")]
)
def test_a_number_is_the_shortest_text_that_reads_back(data: float, text: str) -> None:
    assert number_text(data) == text
    assert str(float(text)) == str(data)


@pytest.mark.parametrize(
    ("by", "name"),
    [("x", "d/dx"), ("xx", "d2/dx2"), ("xy", "d2/dx dy"), ("xyx", "d3/dx2 dy"), ("yyyy", "d4/dy4")],
)
def test_a_derivative_is_called_by_its_order_and_variables(by: str, name: str) -> None:
    assert name_of(list(by)) == name


def test_fresh_names_leave_out_what_is_taken() -> None:
    assert [*islice(fresh("_", {"_1", "_3"}), 3)] == ["_2", "_4", "_5"]


@pytest.mark.parametrize(
    "program",
    [
        "x * y",
        "a = x + 1; a * a",
        "k = 2; a = k * x; a + x",
        "a = x * y; b = a; sin(a) + b",
        "_1 = x * y; tanh(_1) + _1",
    ],
)
def test_a_program_reads_back_as_itself(program: str) -> None:
    expression = parse(program)
    assert str(expression) == program
    assert str(parse(str(expression))) == program


def test_what_is_used_twice_gets_a_name_that_is_not_taken() -> None:
    product = Value(1.0, "_1") * y
    total = product + product.exp()
    assert statements(total, [product, product.exp(), total], {}, {}) == ["_2 = _1 * y", "_2 + exp(_2)"]


def test_what_is_used_once_gets_none() -> None:
    product = x * y
    total = product + 1
    assert statements(total, [product, total], {}, {}) == ["x * y + 1"]


def test_short_expressions_are_written_out_however_often_they_are_used() -> None:
    short, long = x + 1, (x * y).sin() + 1
    steps, texts = with_steps([short * short, long * long, long])
    assert steps == {"_1": "sin(x * y) + 1"}
    assert texts == ["(x + 1) * (x + 1)", "_1 * _1", "_1"]


def test_steps_leave_out_names_that_are_taken() -> None:
    long = (x * y).sin() + 1
    assert [*with_steps([long, long], {"_1"})[0]] == ["_2"]


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (constant(-1.0, "x").log(), "log(x) needs x > 0; here x = -1"),
        (constant(-1.0, "t").log(), "log(x) needs x > 0; here x = t = -1"),
        (x / constant(0.0), "a / b needs b != 0; here b = 0"),
        (constant(-8.0) ** constant(0.5), "x^p needs x > 0 or x == 0 and p >= 0 or x < 0 and p == floor(p)"),
    ],
)
def test_a_violation_is_what_a_function_needs_and_what_it_got(node: Value, message: str) -> None:
    assert domain_message(node, [arg.data for arg in node.args]).startswith(message)
    assert message.startswith(domain_need(node))


def test_without_numbers_only_the_expression_is_named() -> None:
    assert domain_message((x * y).log()) == "log(x) needs x > 0; here x = x * y"
    assert domain_message(x.log()) == "log(x) needs x > 0"
