"""Identities: both sides are equal at random points, and the builder makes of the left side what the right side is."""

import ast
import math
from random import Random

import pytest

from autodiff_cli.codegen.graph_builder import GraphBuilder
from autodiff_cli.codegen.simplify import RULES, is_exact, parts
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import FLOATS, Value
from autodiff_cli.rules.table import entry

IDENTITIES = [rule for rules in RULES.values() for rule in rules if isinstance(rule, str)]
ROUNDED = {"1 / x * y -> y / x", "x * (1 / y) -> x / y", "x**-1 -> 1 / x"}


def sides(identity: str) -> list[ast.expr]:
    return [ast.parse(side, mode="eval").body for side in identity.split(" -> ")]


def value_of(pattern: ast.expr, point: dict[str, float]) -> float:
    name, args = parts(pattern)
    if not args:
        return point[name] if name in point else float(name)
    kernel = FLOATS.value(entry(name, len(args)))
    return float(kernel(*[value_of(arg, point) for arg in args]))


def node_of(pattern: ast.expr, graph: GraphBuilder, env: dict[str, Value]) -> Value:
    name, args = parts(pattern)
    if not args:
        return env[name] if name in env else graph.number(float(name))
    return graph.make(name, *[node_of(arg, graph, env) for arg in args])


@pytest.mark.parametrize("identity", IDENTITIES)
def test_an_identity_holds_at_random_points(identity: str) -> None:
    random = Random(identity)
    left, right = sides(identity)
    for _ in range(50):
        point = {name: random.choice([-1, 1]) * random.uniform(0.1, 10) for name in "xyzvk"}
        point |= {"c": random.choice([0.0, 1.0])}
        tolerance = 4e-16 if identity in ROUNDED else 0.0
        assert math.isclose(value_of(left, point), value_of(right, point), rel_tol=tolerance, abs_tol=0.0), point


@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_builder_makes_the_right_side_of_the_left(identity: str) -> None:
    graph = GraphBuilder()
    env = {name: Value(math.nan, name) for name in "xyzv"}
    env |= {"c": graph.make("lt", env["x"], env["y"]), "k": graph.number(3.0)}
    left, right = sides(identity)
    assert node_of(left, graph, env) is node_of(right, graph, env)


def test_a_condition_is_not_taken_for_a_number() -> None:
    graph, x = GraphBuilder(), Value(math.nan, "x")
    assert to_text(graph.formula("eq(x, 0)", "x", x)) == "x == 0"
    assert to_text(graph.formula("eq(gt(x, 0), 0)", "x", x)) == "not x > 0"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("x * 2", "2 * x"),
        ("2 * (3 * x)", "6 * x"),
        ("4 * (x / 2)", "2 * x"),
        ("2 * (x / 4)", "x / 2"),
        ("(8 * x) / 2", "4 * x"),
        ("(8 / x) / 2", "4 / x"),
        ("3 * (5 * x)", "3 * (5 * x)"),  # may round
        ("2 * (pi * x)", None),
    ],
)
def test_a_power_of_two_is_moved_without_a_rounding(formula: str, text: str | None) -> None:
    x = Value(math.nan, "x")
    made = GraphBuilder().formula(formula, "x", x)
    assert to_text(made) == (text or f"{2 * math.pi!r} * x")


def test_equal_nodes_are_one() -> None:
    graph, x, y = GraphBuilder(), Value(math.nan, "x"), Value(math.nan, "y")
    assert graph.make("add", x, y) is graph.make("add", y, x)
    assert graph.make("sub", x, y) is not graph.make("sub", y, x)
    assert graph.number(0.0) is not graph.number(-0.0)
    assert graph.number(math.nan) is graph.number(math.nan)


def test_numbers_are_folded_where_that_is_exact() -> None:
    graph = GraphBuilder()
    one, three, four = graph.one, graph.number(3.0), graph.number(4.0)
    assert to_text(graph.make("div", one, four)) == "0.25"
    assert to_text(graph.make("div", one, three)) == "1 / 3"
    pi = graph.number(math.pi, "pi")
    assert to_text(graph.make("sub", pi, one)) == "pi - 1"


@pytest.mark.parametrize(
    ("name", "args", "result", "exact"),
    [
        ("add", (0.5, 0.25), 0.75, True),
        ("add", (0.1, 0.2), 0.1 + 0.2, False),
        ("mul", (3.0, 5.0), 15.0, True),
        ("div", (1.0, 3.0), 1 / 3, False),
        ("pow", (2.0, -3.0), 0.125, True),
        ("pow", (2.0, 0.5), 2**0.5, False),
        ("pow", (1.0, 100.0), 1.0, False),  # too long to be looked into
        ("gamma", (5.0,), 24.0, True),
        ("gamma", (0.5,), math.gamma(0.5), False),
        ("sin", (0.0,), 0.0, False),
        ("floor", (2.5,), 2.0, True),
    ],
)
def test_is_exact_where_no_rounding_happened(name: str, args: tuple[float, ...], result: float, exact: bool) -> None:
    assert is_exact(name, args, result) is exact
