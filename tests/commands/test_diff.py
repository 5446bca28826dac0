"""`autodiff diff`: what it prints, values at a point, formats for programs, and input that is no use."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from mpmath import mp

from autodiff_cli.commands.exits import Exit
from autodiff_cli.language.parser import parse

from ..conftest import Result
from ..symbolic.derivatives import at, nested, read_back

Run = Callable[..., Result]


def test_one_formula_stands_alone_and_several_have_names(autodiff: Run) -> None:
    result = autodiff("diff", "x^2 * sin(x)")
    assert (result.code, result.out, result.err) == (0, "2 * x * sin(x) + x^2 * cos(x)\n", "")
    assert autodiff("diff", "x^5 + sin(x)", "--wrt", "x", "--order", "3").out == "60 * x^2 - cos(x)\n"
    assert autodiff("diff", "x*y*z", "--wrt", "x,z").out == "d/dx = y * z\nd/dz = x * y\n"
    assert autodiff("diff", "x*y^3", "--order", "2").out == "d2/dx2 = 0\nd2/dy2 = 6 * x * y\n"
    assert autodiff("diff", "x^2*y + exp(x*y)", "--hessian").out.splitlines() == [
        "d2/dx2   = 2 * y + y^2 * exp(x * y)",
        "d2/dx dy = 2 * x + exp(x * y) * (x * y + 1)",
        "d2/dy2   = x^2 * exp(x * y)",
    ]
    result = autodiff("diff", "2 + 3")
    assert (result.code, result.out, result.err) == (0, "", "note: there is no variable to differentiate by\n")


def test_a_named_step_is_differentiated_by_as_a_variable_is(autodiff: Run) -> None:
    result = autodiff("diff", "t = sin(x*y); t^3 + x", "--wrt", "t", "--format", "json")
    ours = read_back(result.json["derivatives"]["t"], ["x", "y", "t"])
    point = {"x": 0.5, "y": 0.75, "t": float(mp.sin(0.375))}
    assert at(ours, point) == pytest.approx(3 * point["t"] ** 2, rel=1e-14)


def test_beside_a_named_step_a_variable_moves_the_step_too(autodiff: Run) -> None:
    """Beside a named step, a variable's derivative is what it is alone, and as `eval` has it."""
    for wrt in ("x", "t,x", "x,t"):
        result = autodiff("diff", "t = x^2; t^2 + x", "--wrt", wrt, "--at", "x=2", "--format", "json")
        assert result.json["values"]["x"] == 33
    result = autodiff("diff", "y = 3*x; y^2", "--wrt", "y", "--at", "x=2", "--format", "json")
    assert result.json["values"] == {"y": 12}


def test_a_step_that_a_derivative_does_not_have_any_more_is_not_0(autodiff: Run) -> None:
    assert autodiff("eval", "t = x^2; diff(t^2*x, t, x)", "x=2", "--only", "value").out == "24.0\n"  # 2 t x is 2 x^3
    result = autodiff("eval", "t = x^2; diff(t^2*x, x, t)", "x=2")
    assert (result.code, result.out) == (Exit.UNUSABLE, "")
    assert result.err.splitlines()[::3] == [  # message and hint
        "error: the derivative does not have the step x^2 any more",
        "  = differentiate by it first, and by other names after that",
    ]


def test_a_name_that_hides_a_constant_is_not_read_back_as_the_constant(autodiff: Run) -> None:
    """In `pi = 3; pi*x^2` pi is a variable; alone, the formula must not mean 3.14159."""
    for text, wanted in (
        ("pi = 3; pi*x^2", 12),
        ("e = 2; e*x^2", 8),
        ("tau = 0.5; sin(tau*x)", 0.5 * float(mp.cos(1))),
    ):
        formulas_ = autodiff("diff", text, "--wrt", "x", "--format", "json").json["derivatives"]
        alone = parse(formulas_["x"])
        assert at(alone, {"x": 2.0} | alone.defaults) == pytest.approx(wanted, rel=1e-14)


def test_expand_writes_in_full(autodiff: Run) -> None:
    wanted = autodiff("diff", "tanh(a*b + c)").out
    assert autodiff("diff", "tanh(a*b + c)", "--expand").out == wanted
    assert autodiff("diff", "--expand", "tanh(a*b + c)").out == wanted
    result = autodiff("diff", nested(40), "--expand")
    assert result.code == Exit.UNUSABLE
    assert result.err.startswith("error: the formulas are longer than 100,000 characters in full\n")


def test_an_infinite_value_is_no_success(autodiff: Run) -> None:
    result = autodiff("diff", "exp(x)", "--at", "x=1000")
    assert (result.code, result.out) == (Exit.UNDEFINED, "exp(x) = inf\n")
    assert result.err.splitlines() == [
        "note: exp(x) is too large for a float and became inf",
        "note: the gradient by x is too large for a float",
        "note: the derivative by x is infinite here",
    ]
    assert autodiff("diff", "exp(x)", "--at", "x=709").code == 0


def test_at_adds_the_value_at_a_point(autodiff: Run) -> None:
    wanted = "2 * x * sin(x) + x^2 * cos(x) = 1.9726023611141572\n"
    for typed in (("--at", "x=2"), ("--x", "2"), ("x=2",), ("--at", "x = 2")):
        assert autodiff("diff", "x^2 * sin(x)", *typed).out == wanted
    result = autodiff("diff", "x^2*y", "--at", "x=1", "--at", "y=2")
    assert result.out == "d/dx = 2 * x * y = 4\nd/dy = x^2 = 1\n"
    assert autodiff("diff", "x^2*y", "--at", "x=1,y=2").out == result.out
    result = autodiff("diff", "x^2*y", "--at", "x=1,y=2", "--hessian", "--format", "json")
    assert result.json["values"] == {"x": {"x": 4, "y": 2}, "y": {"x": 2, "y": 0}}


def test_no_value_outside_the_domain(autodiff: Run) -> None:
    result = autodiff("diff", "1 + log(x)", "--at", "x=-1", "--quiet")
    assert result.code == Exit.UNDEFINED
    assert result.err == "error: log(x) needs x > 0; here x = -1\n  │ 1 + log(x)\n  │     ^^^^^^\n"
    result = autodiff("diff", "x^2/x", "--at", "x=0", "--quiet")
    assert result.code == Exit.UNDEFINED
    assert result.err == "error: a / b needs b != 0; here b = x = 0\n  │ x^2/x\n  │    ^\n"
    assert autodiff("diff", "sqrt(x)", "--at", "x=0", "--quiet").code == Exit.UNDEFINED


def test_json_has_derivatives_values_and_the_hessian(autodiff: Run) -> None:
    assert autodiff("diff", "x^2 * sin(x)", "--format", "json").json == {
        "expression": "x^2 * sin(x)",
        "derivatives": {"x": "2 * x * sin(x) + x^2 * cos(x)"},
        "notes": [],
    }
    assert autodiff("diff", "x^5", "--order", "3", "--format", "json").json == {
        "expression": "x^5",
        "order": 3,
        "derivatives": {"x": "60 * x^2"},
        "notes": [],
    }
    assert autodiff("diff", "x^2*y", "--at", "x=1,y=2", "--format", "json").json == {
        "expression": "x^2 * y",
        "derivatives": {"x": "2 * x * y", "y": "x^2"},
        "values": {"x": 4.0, "y": 1.0},
        "notes": [],
    }
    found = autodiff("diff", "x^2*y + exp(x*y)", "--hessian", "--format", "json").json["hessian"]
    assert list(found) == list(found["x"]) == list(found["y"]) == ["x", "y"]
    assert found["x"]["y"] == found["y"]["x"] == "2 * x + exp(x * y) * (x * y + 1)"
    assert autodiff("diff", "2 + 3", "--format", "json").json == {
        "expression": "2 + 3",
        "derivatives": {},
        "notes": ["there is no variable to differentiate by"],
    }


@pytest.mark.parametrize(("format_", "separator"), [("csv", ","), ("tsv", "\t")])
def test_rows_for_programs_have_a_line_a_derivative(autodiff: Run, format_: str, separator: str) -> None:
    def rows(*arguments: str) -> list[list[str]]:
        out = autodiff("diff", *arguments, "--format", format_).out
        return list(csv.reader(io.StringIO(out), delimiter=separator))

    assert rows("x^2*y") == [["by", "derivative"], ["x", "2 * x * y"], ["y", "x^2"]]
    assert rows("max(x, 2)") == [["by", "derivative"], ["x", "where(x > 2, 1, where(x < 2, 0, 1 / 2))"]]
    assert rows("x^2*y", "--hessian", "--at", "x=0.1,y=2") == [
        ["by", "derivative", "value"],
        ["x x", "2 * y", "4.0"],
        ["x y", "2 * x", "0.2"],
        ["y y", "0", "0.0"],
    ]


def test_formulas_with_steps_stand_alone_in_data(autodiff: Run) -> None:
    text = "sin(a*b + c)*exp(a*b + c)*tanh(a*b + c)/(1 + cos(a*b + c)^2)"
    answer = autodiff("diff", text, "--steps", "--format", "json").json
    point = {"a": 0.5, "b": 0.75, "c": 0.25}
    want = parse(text).gradient(**point)
    for name, alone in answer["derivatives"].items():
        assert ";" in alone
        assert at(read_back(alone, [*point]), point) == pytest.approx(want[name], rel=1e-13)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("x^2", "--wrt", "y"), "there is no 'y' to differentiate by\n  = there are x"),
        *[
            (
                ("x^2", "--order", order),
                f"--order takes a whole number from 1 to 100, not {order or 'nothing'}\n"
                "  = autodiff taylor has the numbers of higher orders at a point",
            )
            for order in ("-1", "0", "101", "1e9", "two", "", "2.5", "9" * 30)
        ],
        (
            ("x < 2",),
            "a condition has no derivative: it is 1 or 0\n  │ x < 2\n  │   ^\n"
            "  = where(condition, a, b) chooses between two values that have one",
        ),
        *[
            (
                ("x^2", "--to", "c", *more),
                "--to has a form of its own\n  = --to goes without --format, --steps and --expand",
            )
            for more in (("--steps",), ("--expand",), ("--format", "csv"))
        ],
        (("x^2", "--to", "c", "--at", "x=2"), "code is for all points\n  = --to goes without --at"),
        (
            ("x < 2", "--to", "c"),
            "a condition has no derivative: it is 1 or 0\n  │ x < 2\n  │   ^\n"
            "  = where(condition, a, b) chooses between two values that have one",
        ),
        (
            ("not x",),
            "a condition has no derivative: it is 1 or 0\n  │ not x\n  │ ^^^\n"
            "  = where(condition, a, b) chooses between two values that have one",
        ),
        (
            ("x^2", "--hessian", "--order", "2"),
            "--hessian and --order are two things\n  = the Hessian has all of second order",
        ),
        ((), "no expression\n  = as in autodiff diff 'x^2' --x 3"),
        (
            ("x^2", "--at", "y=2"),
            "no value for x\n  = give it one: --x VALUE or x=VALUE\n"
            "error: the expression has no variable 'y'\n  = its variables are x",
        ),
        (("x^2*y", "--at", "x=2"), "no value for y\n  = give it one: --y VALUE or y=VALUE"),
        (("x^2*y", "--at", "3"), "--at takes NAME=VALUE, not 3\n  = as in --at x=3,y=3"),
        (
            ("x^2", "--at", "x=two"),
            "x = two is not a number: 'two' has no value\n"
            "  = a value is a number or a constant expression, such as pi/4",
        ),
        (("spherical_jn(n, x)", "--wrt", "n"), "spherical_jn has no derivative by its argument n"),
    ],
)
def test_what_diff_cannot_use_is_refused_in_words(autodiff: Run, arguments: tuple[str, ...], message: str) -> None:
    result = autodiff("diff", *arguments)
    assert (result.code, result.out) == (Exit.UNUSABLE, "")
    assert result.err == f"error: {message}\n"


@pytest.mark.parametrize(
    ("arguments", "wanted", "said"),
    [
        (("1/(1+e^(-x))", "--at", "x=-400"), "1.9151695967140057e-174", ""),
        (("1/(1+e^(-x))", "--order", "2", "--at", "x=-300"), "5.148200222412013e-131", ""),
        (("sin(x)/x", "--at", "x=1e-8"), "-3.3333333333333334e-09", "few right digits, or none, of the gradient by x"),
        (("sqrt(x^2+1)", "--at", "x=1e160"), "1", "few right digits, or none, of the value and the gradient by x"),
        (("abs(x)", "--at", "x=0"), "0", "the derivative by x has a kink here: -1 from the left, 1 from the right"),
        (("x*abs(x)", "--order", "2", "--at", "x=0"), "0", "the derivative by x, then x has a kink here"),
    ],
)
def test_values_are_those_of_eval_or_it_is_said(
    autodiff: Run, arguments: tuple[str, ...], wanted: str, said: str
) -> None:
    result = autodiff("diff", *arguments)
    assert result.out.endswith(f" = {wanted}\n")
    assert said in result.err
    assert (result.err == "") == (said == "")


def test_one_derivative_without_a_value_leaves_the_others(autodiff: Run) -> None:
    result = autodiff("diff", "x^y", "--at", "x=0,y=1", "--quiet")
    assert (result.code, result.out) == (0, "d/dx = y * x^(y - 1) = 1\nd/dy = x^y * log(x) = 0\n")


def test_a_kink_is_said_where_the_order_does_not_show_it(autodiff: Run) -> None:
    result = autodiff("diff", "abs(x)", "--order", "2")
    assert (result.out, result.err) == ("0\n", "note: abs(x) has a kink where x = 0; slope 0\n")


def test_the_arguments_of_a_kink_are_no_articles(autodiff: Run) -> None:
    """Where a function's own arguments are a and b, "has a kink" is not about them."""
    result = autodiff("diff", "hypot(x, y)", "--wrt", "x", "--order", "2")
    assert "note: hypot(x, y) has a kink where x = y = 0; no slope there\n" in result.err


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("d/dx x^4", "4 * x^3"),
        ("d^2/dx^2 x^3", "6 * x"),
        ("d²/dx² x^3", "6 * x"),
        ("d^2/dx^2 x^3 + x^2", "6 * x + 2"),
        ("d^2/dxdy x^2 y^3", "6 * x * y^2"),
        ("d^2/dx dy (x^2 y^3)", "6 * x * y^2"),
        ("d^2/(dxdy) x^2 y^3", "6 * x * y^2"),
        ("d^3/dx^2dy x^3 y^2", "12 * x * y"),
        ("d^3/dxdydz x y^2 z^3", "6 * y * z^2"),
        ("d^2/dx1dx2 x1^2 x2^2", "4 * x1 * x2"),
        ("∂²/∂x∂y (x^2 y^3)", "6 * x * y^2"),
        (r"\frac{d^2}{dx^2} x^3", "6 * x"),
        (r"\frac{d^{2}}{dx^{2}} x^3", "6 * x"),
        (r"$\frac{d^2}{dxdy} x^2 y^3$", "6 * x * y^2"),
        (r"\frac{\partial^2}{\partial x\,\partial y} x^2 y^3", "6 * x * y^2"),
        (r"\frac{\partial^3}{\partial x^2 \partial y} x^3 y^2", "12 * x * y"),
    ],
)
def test_a_derivative_in_front_is_the_request_of_its_order(autodiff: Run, text: str, printed: str) -> None:
    result = autodiff("diff", text)
    assert (result.out, result.err) == (f"{printed}\n", "")


def test_a_request_is_differentiated_as_often_as_the_order_says(autodiff: Run) -> None:
    assert autodiff("diff", "d^2/dx^2 x^7", "--order", "2").out == "840 * x^3\n"
    assert autodiff("diff", "d^2/dx^2 x^3", "--at", "2").out == "6 * x = 12\n"


def test_a_request_of_several_names_is_keyed_by_all_of_them(autodiff: Run) -> None:
    found = json.loads(autodiff("diff", "d^2/dxdy x^2 y^3", "--format", "json", "--at", "x=1,y=2").out)
    assert (found["order"], found["derivatives"], found["values"]) == (2, {"x y": "6 * x * y^2"}, {"x y": 24})


def test_names_that_are_asked_for_leave_a_derivative_in_front_as_it_stands(autodiff: Run) -> None:
    assert autodiff("diff", "d/dx x^2 y", "--wrt", "y").out == "2 * x\n"
    assert autodiff("diff", "d^2/dx^2 x^3 y", "--wrt", "y").out == "6 * x\n"


def test_a_request_of_second_order_is_no_hessian(autodiff: Run) -> None:
    result = autodiff("diff", "d^2/dxdy x^2 y^3", "--hessian")
    assert result.err == ("error: the expression says which derivative already\n  = d^2/dxdy goes without --hessian\n")
    assert result.code == 2
