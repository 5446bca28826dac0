"""The language: precedence, names, size, and errors that point at the place."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import FUNCTIONS


@pytest.mark.parametrize(
    ("text", "read", "value"),
    [
        ("-x^2", "-x^2", -9),
        ("(-x)^2", "(-x)^2", 9),
        ("2^3^2", "2^3^2", 512),
        ("(2^3)^2", "(2^3)^2", 64),
        ("2**-1", "2^-1", 0.5),
        ("2^-x^2", "2^-x^2", 2**-9),
        ("1 - 2 - x", "1 - 2 - x", -4),
        ("1-(2-x)", "1 - (2 - x)", 2),
        ("8/4/x", "8 / 4 / x", 2 / 3),
        ("8/(4*x)", "8 / (4 * x)", 8 / 12),
        ("2*-x", "2 * -x", -6),
        ("--x", "--x", 3),
        ("+x", "x", 3),
        ("a_1", "a_1", None),
        (".5 + 1. + 1e-3", ".5 + 1. + 1e-3", 1.501),
        ("log(x, 3) + ln(e)", "log(x, 3) + log(e)", 2),
        ("MAX", "MAX", None),
        ("max(x,1,2)", "max(x, 1, 2)", 3),
        ("pow(x, 2)", "x^2", 9),
        ("tau - 2*pi", "tau - 2 * pi", 0),
    ],
)
def test_a_text_is_read_with_its_precedence_and_value(text: str, read: str, value: float | None) -> None:
    expression = parse(text)
    assert str(expression) == read
    assert str(parse(read)) == read
    if value is not None:
        point = dict.fromkeys(expression.variables, 3.0)
        assert expression.evaluate(**point) == pytest.approx(value, rel=1e-15)


def test_names_of_any_script_in_order_of_appearance() -> None:
    assert list(parse("β*x₁ + альфа*β + _y2").variables) == ["β", "x₁", "альфа", "_y2"]


def test_a_name_given_a_value_is_a_variable() -> None:
    assert list(parse("e*pi*x", given=["x"]).variables) == ["x"]
    assert list(parse("e*pi*x", given=["x", "e"]).variables) == ["e", "x"]


def test_a_function_name_without_parentheses_is_a_variable() -> None:
    assert list(parse("gamma*x").variables) == ["gamma", "x"]


def test_a_bare_function_takes_the_one_variable_given() -> None:
    assert str(parse("exp", given=["x"])) == "exp(x)"
    assert list(parse("exp", given=["exp"]).variables) == ["exp"]


def test_the_gradient_of_a_parsed_expression() -> None:
    assert parse("a*b+c").gradient(a=2, b=-3, c=10) == {"a": -3, "b": 2, "c": 1}


def test_every_function_can_be_called() -> None:
    for function in FUNCTIONS:
        if function.symbol:
            continue
        point = function.at[0]
        names = [f"v{k}" for k in range(len(point))]
        expression = parse(f"{function.name}({', '.join(names)})")
        assert expression.root.rule.function is function
        expression.evaluate(**dict(zip(names, point, strict=True)))


def test_threads_do_not_meet_in_the_parser() -> None:
    texts = [" + ".join(f"{name}*{k}" for k in range(1, 300)) for name in "abcdfghi"]
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(parse, texts))
    assert [list(expression.variables) for expression in read] == [[name] for name in "abcdfghi"]


def test_ten_thousand_parentheses_are_read() -> None:
    assert str(parse("(" * 10_000 + "x" + ")" * 10_000)) == "x"
    assert len(str(parse("-(" * 10_000 + "x" + ")" * 10_000))) == 10_001
    assert str(parse("sin(" * 10_000 + "x" + ")" * 10_000)).count("sin") == 10_000


@pytest.mark.slow
def test_sums_of_100000_terms_and_towers_of_20000_powers_are_read() -> None:
    expression = parse("+".join(["x*y"] * 100_000))
    assert expression.gradient(x=1.0, y=2.0) == {"x": 200_000, "y": 100_000}
    assert str(parse("^".join("x" * 20_000))).count("^") == 19_999


@pytest.mark.parametrize(
    ("text", "message", "span"),
    [
        ("a*", "the expression ends where a number, a name or '(' is needed", (1, 2)),
        ("2 +* 3", "a number, a name or '(' is needed here, not '*'", (3, 4)),
        ("(1+2", "this '(' is never closed", (0, 1)),
        ("2*(1+(2)", "this '(' is never closed", (2, 3)),
        ("1+2)", "this ')' closes nothing", (3, 4)),
        ("sinn(x)", "unknown function 'sinn'", (0, 4)),
        ("1 + sin()", "sin takes 1 argument, not 0", (4, 7)),
        ("atan2(1)", "atan2 takes 2 arguments, not 1", (0, 5)),
        ("log(1,2,3)", "log takes 1 or 2 arguments, not 3", (0, 3)),
        ("max(x)", "max takes 2 or more arguments, not 1", (0, 3)),
        ("add(1, 2)", "'add' is no function", (0, 3)),
        ("", "the expression is empty", None),
        ("  ", "the expression is empty", None),
        ("2,5", "a comma outside of a function's arguments", (1, 2)),
        ("sin(x,)", "a number, a name or '(' is needed here, not ')'", (6, 7)),
        ("a\0b", "cannot read the control character U+0000", (1, 2)),
        ("5 %", "cannot read '%'", (2, 3)),
        ("1e999", "1e999 is too large for a float", (0, 5)),
        ("1e-999", "1e-999 is too small for a float", (0, 6)),
    ],
)
def test_errors_point_at_the_place(text: str, message: str, span: tuple[int, int] | None) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(text)
    assert caught.value.message == message
    assert caught.value.span == span
    assert type(caught.value) is AutodiffError


def test_a_misspelt_function_gets_the_nearest_names() -> None:
    with pytest.raises(AutodiffError) as caught:
        parse("sinn(x)")
    assert caught.value.hint == "did you mean 'sin' or 'sinh'?"


_LEAVES = st.sampled_from(["x", "y", "longer_name", "2", "0.5", "1e-3", "pi", "17"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/^"), inner).map(lambda t: f"({t[0]}){t[1]}({t[2]})"),
        st.tuples(inner, st.sampled_from("+-*/^"), inner).map(" ".join),
        inner.map(lambda t: f"-{t}"),
        st.tuples(st.sampled_from(["sin", "exp", "tanh", "abs"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]}, 1)"),
    )


EXPRESSIONS = st.recursive(_LEAVES, _grow, max_leaves=12)


def _shape(root: Value) -> list[tuple[str, int, str | None]]:
    """A graph as its nodes in the order of a walk, without recursion."""
    seen, stack = [], [root]
    while stack:
        node = stack.pop()
        seen.append((node.op, len(node.args), node.label))
        stack.extend(node.args)
    return seen


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS)
def test_printing_and_reading_again_gives_the_same_graph(text: str) -> None:
    expression = parse(text)
    assert _shape(parse(str(expression)).root) == _shape(expression.root)


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="x2+-*/^(),. e\0%sinπ", max_size=12))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    error = None
    try:
        parse(text)
    except AutodiffError as caught:
        error = caught
    assert error is None or error.message
    assert error is None or error.span is None or 0 <= error.span[0] < error.span[1] <= len(text)


@pytest.mark.parametrize(("text", "name"), [("Γ(x)", "gamma"), ("2ζ(x + 1)", "zeta")])
def test_a_greek_function_is_one_where_it_is_called_and_a_product_where_it_has_a_value(text: str, name: str) -> None:
    letter = text.lstrip("2")[0]
    found = parse(text)
    assert str(found).removeprefix("2 * ").startswith(f"{name}(x")
    assert found.notes == [f"'{letter}(...)' is read as {name}(...); give {letter} a value for a product"]
    assert f"{letter} * " in str(parse(text, [letter, "x"]))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1.000,5 x", "write 1000.5"),
        ("1,234.56 x", "write 1234.56"),
        ("1,5 x", "if a decimal number is meant, write 1.5"),
        ("1,000 x", "write 1000 without the comma; if a decimal number is meant, write 1.000"),
    ],
)
def test_a_number_with_a_comma_is_refused_with_the_number_that_is_meant(text: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(text)
    assert caught.value.hint == hint


def test_cases_that_lost_a_backslash_in_the_shell_are_told_of_quotes() -> None:
    with pytest.raises(AutodiffError, match="a row of cases ends with") as caught:
        parse(r"\begin{cases} x & x < 1 \ x^2 & x > 2\end{cases}")
    assert "single quotes" in str(caught.value.hint)
