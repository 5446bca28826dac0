"""Derivatives as they are written, in expressions, in front of a request and in front of a claim."""

from collections.abc import Callable

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.heads import head_of

from ..conftest import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("d/dx x^3", "3 * x^2"),
        ("d/dx(x^3)", "3 * x^2"),
        ("d/dx (x + 1)^2", "2 * (x + 1)"),
        ("d/dx x^2 + x", "2 * x + x"),
        ("d/dx 3*x^2/2", "3 * x"),
        ("d/dx -x^2", "-2 * x"),
        ("d/dx(x^3)*y", "3 * x^2 * y"),
        ("2 d/dx x^2", "2 * (2 * x)"),
        ("d^2/dx^2 x^3", "6 * x"),
        ("d²/dx² x³", "6 * x"),
        ("d/dx d/dy (x^2 y)", "2 * x"),
        ("2 d^2/dxdy (x^2 y)", "2 * (2 * x)"),
        ("∂/∂x x^2", "2 * x"),
        ("∂²/∂x∂y (x^2 y)", "2 * x"),
        ("d(x^4)/dx", "4 * x^3"),
        ("d^2(x^4)/dx^2", "12 * x^2"),
        (r"\frac{d}{dx} x^2", "2 * x"),
        (r"\frac{d}{d x} \left(x^{2} + x\right)", "2 * x + 1"),
        (r"\frac{d^{2}}{d x^{2}} x^{3}", "6 * x"),
        (r"\frac{d(x^3 + x)}{dx} + x", "3 * x^2 + 1 + x"),
        ("(x^3 + 5x)'", "3 * x^2 + 5"),
        ("(x^3)''", "6 * x"),
        ("(x^3)″", "6 * x"),
        ("f(x) = x^3 - x; f'(x)", "3 * x^2 - 1"),
        ("f(x) = x^5; f''(x)", "20 * x^3"),
        ("f(t) = t^3; f'(2x)", "3 * (2 * x)^2"),
        ("f(x) = x^3; f'(2) x", "3 * 2^2 * x"),
        ("sin'(x)", "cos(x)"),
        ("f(x) = x^2; df/dx", "2 * x"),
        ("f(x, y) = x^2 y; ∂f/∂x", "2 * x * y"),
    ],
)
def test_a_derivative_as_it_is_written_is_one_and_is_noted(text: str, read: str) -> None:
    expression = parse(text)
    assert str(expression).rpartition("; ")[2] == read
    assert any("read as" in note for note in expression.notes)


def test_the_derivative_of_a_step_is_by_a_name_below_it() -> None:
    assert str(parse("y = x^3; dy/dx")) == "y = x^3; 3 * x^2"
    assert str(parse("y = x^3; y'")) == "y = x^3; 3 * x^2"
    assert str(parse(r"y = x^3; \frac{d^2 y}{dx^2}")) == "y = x^3; 6 * x"


@pytest.mark.parametrize("text", ["d/dt", "d(t)/dt", "d/dt t"])
def test_a_d_that_has_a_value_is_a_variable(text: str) -> None:
    assert "d" in parse(text, ["d", "dt", "t"]).variables


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("(x*y)'", "write d/dx(...), or diff(..., x)"),
        ("d/dx " * 101 + "x", ""),
        ("d^2/dx^3 x^4", "as often above as below: d^2/dx^2, d^2/dxdy"),
        ("d^2/dxdydz x", "as often above as below: d^2/dx^2, d^2/dxdy"),
        ("d^2/dx x^4", "as often above as below: d^2/dx^2, d^2/dxdy"),
        ("f(x) = x^2; f' + x", "write f'(x)"),
        (r"\frac{dy}{dx} + x", "define it before, y = ..., or write d/dx(...)"),
        ("∂f/∂x", "define it before, f = ..., or write d/dx(...)"),
    ],
)
def test_a_derivative_of_what_is_not_known_is_refused(text: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize("text", ["d/dx x^4", r"\frac{d}{dx} x^4", "∂/∂x (x^4)"])
def test_a_derivative_in_front_of_what_diff_is_given_is_the_request(autodiff: Run, text: str) -> None:
    assert autodiff("diff", text).out.strip() == "4 * x^3"


def test_the_heads_of_claims_name_their_variables() -> None:
    claims = ["x = 1", "f'(x) = 1", "y' = 1", "dy/dx = 1", "d/dx = 1", "df/da = 1", r"\frac{dy}{dx} = 1", "2*x"]
    heads = [*filter(None, map(head_of, claims))]
    assert [head.variable for head in heads] == ["x", "x", "", "x", "x", "a", "x"]


@pytest.mark.parametrize("head", ["x =", "f'(x) =", "y' =", "dy/dx =", "d/dx =", "df/dx =", r"\frac{dy}{dx} =", ""])
def test_a_claim_may_have_any_head(autodiff: Run, head: str) -> None:
    assert autodiff("check", "x^2", "--claim", f"{head} 2*x").code == 0
    assert autodiff("check", "x^2", "--claim", f"{head} 3*x").code == 1


@pytest.mark.parametrize("claim", ["f‴(x) = 24*x", "d³y/dx³ = 24x", r"\cfrac{d^3y}{dx^3} = 24x", "f'''(x) = 24x"])
def test_a_head_of_any_order_is_read_with_the_signs_of_the_language(autodiff: Run, claim: str) -> None:
    result = autodiff("check", "x^4", "--claim", claim)
    assert (result.code, "d3/dx3" in result.out) == (0, True)


def test_a_number_of_another_language_is_noted_once_and_as_it_is_typed(autodiff: Run) -> None:
    assert autodiff("eval", "np.e + x", "x=1").err == "note: 'np.e' is read as the number e\n"
    assert autodiff("eval", "M_E*x", "x=1").err == "note: 'M_E' is read as e\n"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("d^2/dx x", {"d": 3, "dx": 2, "x": 4}),
        ("d^2/delta x", {"d": 3, "delta": 2, "x": 4}),
        ("d^2/2 x", {"d": 3, "x": 4}),
        ("pi*d^2/d", {"d": 3}),
    ],
)
def test_a_quotient_of_variables_that_looks_like_a_derivative_is_a_quotient(
    text: str, values: dict[str, float]
) -> None:
    d, below, x = values["d"], values.get("dx", values.get("delta", 2)), values.get("x", 4)
    expected = 3 * 3.141592653589793 if text == "pi*d^2/d" else d**2 / below * x
    assert parse(text, values).evaluate(**values) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["d/dx np.exp(x)", "\\frac{d}{dx} np.exp(x)", "\\frac{x}{2} np.exp(x)"])
def test_what_was_noted_of_the_whole_text_stands_beside_a_request(text: str) -> None:
    assert "'np.' is read over: the functions are those of this language" in parse(text, request=True).notes
