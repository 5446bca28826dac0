"""What belongs to one parse: nothing is kept of a text, and texts that are read at once do not meet."""

import gc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.lexer import Lexer
from autodiff_cli.language.parser import parse
from autodiff_cli.language.scope import Scope
from autodiff_cli.language.tokens import Token


def _alive() -> Counter[str]:
    kinds = (Value, Token, Lexer, Builder, Scope, Expression)
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, kinds))


def _count_after(text: str) -> tuple[Counter[str], Counter[str]]:
    """What is alive before and after a text was read and dropped."""
    parse("diff(x^2, x)")
    gc.collect()
    before = _alive()
    try:
        parse(text)
    except AutodiffError as error:
        assert error.message  # noqa: PT017 - a text may also be refused
    gc.collect()
    return before, _alive()


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "+".join(f"x{k}*{k}" for k in range(20_000)),
        "".join(f"f{k}(t) = t + {k}; " for k in range(500)) + "f1(x)",
        "sum(k, 1, 1000, sin(k*x))",
        "diff(log(x)^3*sin(x*y), x, 2)",
        "+".join(f"x{k}*{k}" for k in range(2_000)) + " + (",
        "+".join(f"x{k}*{k}" for k in range(2_000)) + " )",
    ],
    ids=["a sum", "a program", "a series", "a derivative", "no operand", "a bracket too many"],
)
def test_a_text_that_was_read_leaves_nothing(text: str) -> None:
    before, after = _count_after(text)
    assert after == before


def test_an_expression_that_is_dropped_is_gone_at_once() -> None:
    parse("x")
    gc.collect()
    gc.disable()
    try:
        before = _alive()
        expression = parse("+".join(["x*y"] * 1_000))
        assert _alive()["Value"] - before["Value"] == 2_001
        del expression
        assert _alive() == before
    finally:
        gc.enable()


def _shape(expression: Expression) -> list[tuple[str, tuple[int, ...], str | None, tuple[int, int] | None]]:
    """A graph without its objects: each node by its operation, its arguments, its name and its place."""
    nodes = [*expression.variables.values(), *expression.nodes]
    leaves = [arg for node in nodes for arg in node.args if not arg.args]
    index = {node: at for at, node in enumerate(dict.fromkeys([*nodes, *leaves]))}
    return [
        (node.op, tuple(index[arg] for arg in node.args), node.label, expression.places.get(node)) for node in index
    ]


def test_eight_threads_read_the_same_graphs_as_one() -> None:
    texts = [
        "".join(f"a{k} = {name}*{k} + sin^2 {name}; " for k in range(60))
        + f"sum(k, 1, 9, a1*k) + diff({name}^3, {name})"
        for name in "bcdghpqr"
    ] * 4
    alone = [_shape(parse(text)) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: _shape(parse(text)), texts))
    assert together == alone
