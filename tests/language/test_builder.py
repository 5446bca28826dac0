"""What the rules of the grammar make of their parts."""

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.lexer import Lexer
from autodiff_cli.language.parser import parse
from autodiff_cli.language.tokens import Called, Token


def _builder(text: str = "x") -> Builder:
    return Builder(Lexer(text, []))


def _refused(text: str) -> AutodiffError:
    with pytest.raises(AutodiffError) as caught:
        parse(text)
    return caught.value


def test_an_operation_is_a_node_with_the_place_of_its_sign() -> None:
    builder = _builder()
    x, y = builder.lexer.scope.variable("x"), builder.lexer.scope.variable("y")
    made = builder.operation([x, Token("PLUS", "+", (2, 3), "add"), y])
    assert (made.op, made.args) == ("+", (x, y))
    assert builder.nodes == [made]
    assert builder.places == {made: (2, 3)}


def test_a_call_has_the_place_from_its_name_to_its_bracket() -> None:
    builder = _builder()
    x = builder.lexer.scope.variable("x")
    made = builder.call([Token("CALL", "sin", (0, 3), Called("sin")), x, Token("RPAR", ")", (5, 6))])
    assert builder.places == {made: (0, 6)}


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("x < y < 3", ["<", "<", "and"]),
        ("+x", []),
        ("x!", ["+", "gamma"]),
        ("x⁻²", ["neg", "^"]),
        ("sin^-1(x)", ["asin"]),
        ("sin^-2(x)", ["sin", "neg", "^"]),
        ("piecewise(x < 0, 1, x < 1, 2, 3)", ["<", "<", "where", "where"]),
        ("sum(k, 1, 3, k*sin(x))", ["sin", "*", "*", "+", "*", "+"]),  # sin(x) is made once
        ("sum(k, -1, 0, x^k)", ["neg", "neg", "^", "^", "+"]),
        ("prod(k, 2, 1, x)", []),
        ("f(t) = t*sin(x); f(2) + f(3)", ["sin", "*", "*", "+"]),
    ],
)
def test_a_text_makes_these_nodes_in_this_order(text: str, operations: list[str]) -> None:
    names = {"sub": "-", "neg": "neg"}
    assert [names.get(node.rule.function.name, node.op) for node in parse(text).nodes] == operations


def test_a_name_for_a_number_is_a_variable_with_a_value() -> None:
    expression = parse("c = 2*3; _d = 4; c*_d*x")
    assert expression.defaults == {"c": 6.0}
    assert [*expression.variables] == ["c", "x"]
    assert [*expression.steps] == ["_d"]


def test_a_second_name_for_a_step_moves_by_itself() -> None:
    expression = parse("a = x + 1; b = a; a*b")
    assert expression.steps["b"].rule.function.name == "identity"
    assert expression.steps["b"].args == (expression.steps["a"],)


def test_a_definition_at_the_end_is_the_result() -> None:
    assert parse("y = x^2").name == "y"
    expression = parse("f(t) = t^2")
    assert expression.name == "f(t)"
    assert [*expression.variables] == ["t"]


@pytest.mark.parametrize(
    ("text", "count"),
    [("diff(x^3, x)", 1), ("diff(x^3, x, 2)", 2), ("diff(x^2*y, x, y)", 2), ("diff(x^4*y, x, 2, y)", 3)],
)
def test_diff_takes_names_and_orders(text: str, count: int) -> None:
    by_turns = text.replace(", 2)", ", x)").replace(", 2,", ", x,")
    assert by_turns.count(",") == count
    assert str(parse(text)) == str(parse(by_turns))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("diff(x)", "diff takes an expression and a name to differentiate by"),
        ("diff(x^2, 2)", "diff needs a name to differentiate by"),
        ("diff(x^2, x + 1)", "diff needs a name to differentiate by"),
        ("diff(x^2, x, 1.5)", "the order in diff is a whole number from 1 to 100"),
        ("diff(x^2, x, 101)", "the order in diff is a whole number from 1 to 100"),
        ("diff(x < 2, x)", "a condition has no derivative: it is 1 or 0"),
        ("sum(k, 1, x, k)", "the bounds of a sum are numbers, not variables"),
        ("sum(k, 1, 2.5, k)", "the bounds of a sum are whole numbers, not 2.5"),
        ("sum(k, 1, 1e300, k)", "this comes to more than 300,000 steps"),
        ("sum(k, 1, inf, k)", "the bounds of a sum are whole numbers, not inf"),
        ("sum(k, 1, 3, diff(k*x, k))", "k counts here: nothing is differentiated by it"),
        ("piecewise(x, 1)", "piecewise takes pairs of a condition and a value, then a last value"),
        ("abs^-1(x)", "abs^-1 is no function here"),
        ("f(t) = t; f(1, 2)", "f takes 1 argument, not 2"),
        ("c = 1/0; c*x", "c has no finite value here"),
        ("x + 1; x", "this statement has no name, so nothing can use it"),
    ],
)
def test_calls_that_cannot_be_are_refused_at_their_place(text: str, message: str) -> None:
    assert _refused(text).message == message


def test_a_wrong_count_of_arguments_asks_for_a_decimal_point_where_that_is_meant() -> None:
    assert _refused("sin(2,5)").hint == "as in sin(x); if a decimal number is meant, write 2.5"
