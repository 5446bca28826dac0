"""div, curl and laplacian, by name and by ∇: how they are read, what they come to, and what is refused."""

from collections.abc import Sequence
from typing import Any

import pytest

from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import report_at

from .test_malformed import refused


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("laplacian(x^2*y, x, y)", "2 * y"),
        ("div([x*y, y^2], x, y)", "3 * y"),
        ("div((x*y, y^2), x, y)", "3 * y"),
        ("div({x*y, y^2}, x, y)", "3 * y"),
        ("curl([-y, x], x, y)", "2"),
        ("div([u^2, v], u, v)", "2 * u + 1"),
        ("∇·[x*y, y^2]", "3 * y"),
        ("∇ · (x*y, y^2)", "3 * y"),
        ("∇×(-y, x)", "2"),
        ("∇²(x^2*y)", "2 * y"),
        ("∇^2 (x^2*y)", "2 * y"),
        ("∇² x^2 y", "2 * y"),
        ("∇·∇(x^2*y)", "2 * y"),
        (r"\nabla \cdot (x y, y^2)", "3 * y"),
        (r"\nabla \cdot \left(x y, y^2\right)", "3 * y"),
        (r"\nabla\times\langle -y, x\rangle", "2"),
        (r"\nabla^2 (x^2 y)", "2 * y"),
        (r"\nabla^{2} (x^2 y)", "2 * y"),
        (r"\nabla \cdot \nabla (x^2 y)", "2 * y"),
        ("∇·⟨x, y, z⟩", "3"),
        ("laplacian(x^2*y) + 1", "2 * y + 1"),
        ("f(x, y) = ∇²(x^2 y); f(2a, b)", "2 * b"),
        ("f(s, t) = laplacian(s^2 t, s, t); f(2a, b)", "2 * b"),
        (r"\operatorname{div}([x, y], x, y)", "2"),
        ("div(curl([x*y*z, x^2, y*z^3], x, y, z), x, y, z)", "0"),
        ("∇·(∇×[x*y*z, x^2, y*z^3])", "0"),
        ("laplacian(1/sqrt(x^2 + y^2 + z^2), x, y, z)", "0"),
        ("laplacian(log(x^2 + y^2), x, y)", "0"),
        ("a \\div b", "a / b"),
        (r"\vec{\nabla} \cdot \left\langle x y, y^2 \right\rangle", "3 * y"),
        (r"\boldsymbol{\nabla} \times (-y, x)", "2"),
        (r"\vec\nabla \cdot \langle x y, y^2 \rangle", "3 * y"),
        (r"\nabla \cdot \begin{pmatrix} x y \\ y^2 \end{pmatrix}", "3 * y"),
        (r"\nabla \cdot \begin{bmatrix} x y & y^2 \end{bmatrix}", "3 * y"),
        (r"\vec F(x, y, z) = (x y, y z, z x); \nabla \cdot \vec F", "y + z + x"),
        ("F(u, v) = [u v, v^2]; curl(F, u, v)", "-u"),
        ("F = (x*y, y^2); div(F)", "3 * y"),
        ("f(x, y) = x^2 y; ∇²f", "2 * y"),
        ("f(x, y) = x^2 y; ∇²f(x, y) + 1", "2 * y + 1"),
        ("curl([-y, x], [x, y])", "2"),
        ("laplacian(x^2*y, {x, y})", "2 * y"),
        ("Div[{x y, y^2}, {x, y}]", "3 * y"),
        ("Curl[{-y, x}, {x, y}]", "2"),
        ("Laplacian[x^2 y, {x, y}]", "2 * y"),
        ("divergence([x*y, y^2], x, y) + rot([-y, x], x, y)", "3 * y + 2"),
        ("x ∇·[x y, y^2]", "x * (3 * y)"),
        ("Rational(1, 2)*x", "1 / 2 * x"),
        ("div(a, b) = a/b; div(x, 2)", "x / 2"),
        ("∇·∇×[x*y*z, x^2, y*z^3]", "0"),
        (r"\nabla \cdot \nabla \times \langle x y z, x^2, y z^3 \rangle", "0"),
        ("∇²∇·[x^3*y, y*z, x*z]", "6 * y"),
        ("∇·[2, 3]", "0"),
        ("F = [x*y, y^2]; div F", "3 * y"),
        ("F = [x*y, y^2]; 2 div F + 1", "2 * (3 * y) + 1"),
        (r"F = [x y, y^2]; \operatorname{div} \vec{F}", "3 * y"),
        ("F(x, y) = (-y, x); rot F", "2"),
    ],
)
def test_a_field_is_read_as_the_sum_of_its_derivatives(text: str, read: str) -> None:
    assert str(parse(text)).rpartition("; ")[2] == read


def test_div_with_a_value_is_a_variable() -> None:
    assert str(parse("div(x + 1)", ["div"])) == "div * (x + 1)"


def test_by_which_names_nabla_differentiates_is_noted() -> None:
    assert parse("∇·[x, y]").notes == ["the divergence is by x, y"]
    assert parse("∇²(x*t + z)").notes == ["the Laplacian is by x, z"]
    assert parse("curl([x, y, z])", several=True).notes == ["the curl is by x, y, z"]
    assert parse("div([x, y], x, y)").notes == []


def test_a_vector_is_a_statement_whose_components_are_steps() -> None:
    read = parse("F = [x*y, y^2]; ∇·F + F_1")
    assert str(read) == "F_1 = x * y; F_2 = y^2; 3 * y + F_1"
    field = parse("B = curl([-y*z, x, x*y*z], x, y, z); B_x^2 + B_z")
    assert [*field.steps] == ["B_x", "B_y", "B_z"]
    assert field.evaluate(x=1, y=2, z=3) == 3.0**2 + 4


def test_a_curl_in_three_dimensions_has_three_results() -> None:
    read = parse("curl([-y*z, x, x*y*z], x, y, z)", several=True)
    assert read.results == ["curl_x", "curl_y", "curl_z"]
    values = [read.result(name).evaluate(**dict.fromkeys(read.result(name).variables, 2.0)) for name in read.results]
    assert values == [4.0, -6.0, 3.0]


def test_curls_of_curls_have_three_results() -> None:
    read = parse("∇×∇×[x*y, y*z, x*z^2]", several=True)
    assert [read.result(name).evaluate(**dict.fromkeys(read.result(name).variables, 3.0)) for name in read.results] == [
        6,
        1,
        1,
    ]
    read = parse("∇×∇×[x, y, z]", several=True)
    assert [read.result(name).evaluate() for name in read.results] == [0, 0, 0]


def test_the_name_of_a_vector_as_the_result_has_its_components_as_results() -> None:
    read = parse("F = [x*y, y^2]; a = 2; F", several=True)
    assert read.results == ["F_1", "F_2"]
    assert [*read.steps] == ["F_1", "F_2"]
    read = parse("G = [x, y]; F = G; F", several=True)
    assert read.results == ["F_1", "F_2"]


def test_a_vector_is_defined_once() -> None:
    assert refused("F = [x, y]; F = 2*x; F + y").message == "'F' is defined twice"


def test_div_beside_what_is_no_vector_is_a_variable() -> None:
    assert str(parse("F = [x, y]; a = 2; div a x")).endswith("div * a * x")


@pytest.mark.parametrize("text", ["∇×∇(x^2*y)", "∇ × ∇f", r"\nabla \times \nabla f"])
def test_the_curl_of_a_gradient_is_no_laplacian(text: str) -> None:
    assert refused(text).message == "the curl of a gradient is 0"


FIELDS = [
    ["x*y*z", "sin(x) + y^2", "exp(y*z)/x"],
    ["log(x + y)", "x^3 - z", "x*y - cos(z)"],
    ["y/(x^2 + y^2)", "-x/(x^2 + y^2)", "z*sqrt(x)"],
]
POINT = {"x": 0.75, "y": 1.25, "z": -0.5}


def _sympy_field(components: Sequence[str]) -> tuple[Any, list[Any], list[Any]]:
    sympy = pytest.importorskip("sympy")
    symbols = list(sympy.symbols("x y z"))
    return sympy, symbols, [sympy.sympify(one.replace("^", "**")) for one in components]


@pytest.mark.parametrize("components", FIELDS)
def test_div_curl_and_laplacian_are_those_of_sympy(components: list[str]) -> None:
    sympy, (x, y, z), (p, q, r) = _sympy_field(components)
    diff = sympy.diff
    at = {symbol: sympy.Rational(POINT[symbol.name]) for symbol in (x, y, z)}
    listed = ", ".join(components)
    ours = parse(f"div([{listed}], x, y, z)")
    divergence = diff(p, x) + diff(q, y) + diff(r, z)
    assert _value(ours) == pytest.approx(float(divergence.subs(at).evalf(30)), rel=1e-14)
    curl = [diff(r, y) - diff(q, z), diff(p, z) - diff(r, x), diff(q, x) - diff(p, y)]
    field = parse(f"curl([{listed}], x, y, z)", several=True)
    numbers = [_value(field.result(name)) for name in field.results]
    assert numbers == pytest.approx([float(one.subs(at).evalf(30)) for one in curl], rel=1e-13, abs=1e-15)
    for text, one in zip(components, (p, q, r), strict=True):
        laplacian = sum(diff(one, symbol, 2) for symbol in (x, y, z))
        wanted = float(laplacian.subs(at).evalf(30))
        assert _value(parse(f"laplacian({text}, x, y, z)", ["x", "y", "z"])) == pytest.approx(wanted, rel=1e-13)


def _value(expression: Any) -> float:
    """The value as eval prints it."""
    return report_at(expression, {name: POINT[name] for name in expression.variables}).value


def test_a_field_is_defined_where_its_components_are() -> None:
    for text in ("laplacian(log(x), x)", "div([log(x) - log(x), y], x, y)", "laplacian(0*log(x), x)"):
        expression = parse(text, ["x"])
        with pytest.raises(UndefinedError, match="needs x > 0"):
            report_at(expression, dict.fromkeys(expression.variables, -1.0))


def test_what_one_step_needs_is_not_asked_of_another() -> None:
    expression = parse("u = diff(log(x), x); v = 2*y; w = u + v; w")
    point = {"x": -1.0, "y": 3.0}
    assert expression.result("v").evaluate(y=3.0) == 6.0
    for name in ("u", "w"):
        step = expression.result(name)
        with pytest.raises(UndefinedError):
            report_at(step, {one: point[one] for one in step.variables})


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("1 + div(x, y)", "the divergence is of a vector", "div"),
        ("laplacian([x, y], x, y)", "the Laplacian is of a number, no vector", "laplacian"),
        ("div([x, y], x)", "2 components need 2 names", "div"),
        ("curl([x, y, z, w], x, y, z, w)", "two or three components", "curl"),
        ("div([x, y], x, x)", "a name twice", "div"),
        ("div([x, y], x, 2)", "needs names", "div"),
        ("laplacian(x^2, 2*x)", "needs names", "laplacian"),
        ("laplacian(u*v)", "by which names", "laplacian"),
        ("∇·[a, b, c, d]", "by which names", "∇·"),
        ("F = [x, y]; F*2", "a vector is no number", "*"),
        ("F = [x, y]; sin(F)", "a vector is no number", "sin(F)"),
        ("F = [x, y]; diff(F, x)", "a vector is no number", "diff"),
        ("F = [x, y]; F_1 = 3; F_1", "defined twice", "F_1"),
        ("y = (1,5)", "a comma outside", ","),
        ("y = (1.234,5)", "a comma outside", ","),
        ("F = (x, y) + 1", "a comma outside", ","),
        ("div([x, y], [x, [y, z]])", "a comma outside", ","),
        ("∇·[x > 1, y]", "a condition has no derivative", "∇·"),
        ("∇·", "nothing behind this", "∇·"),
        (r"\nabla f", r"cannot read \nabla", r"\nabla"),
        ("curl([x, y, z], x, y, z)", "this has several results", "curl([x, y, z], x, y, z)"),
        ("curl([x, y, z], x, y, z) + 1", "a vector is no number", "+"),
        ("[x, y]", "a comma outside", ","),
    ],
)
def test_what_is_wrong_with_a_field_is_said_at_its_place(text: str, message: str, at: str) -> None:
    error = refused(text)
    assert isinstance(error, AutodiffError)
    assert message in error.message
    assert error.span is not None
    start, end = error.span
    assert text[start:end].strip() == at
