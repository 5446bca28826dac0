"""One's own functions: everywhere a function goes, held against the witness, refused where they are wrong."""

import copy
import math
import pickle
import re
from collections.abc import Callable
from typing import Any

import pytest

from autodiff_cli import Value, define, functions, parse
from autodiff_cli.errors import AutodiffError
from autodiff_cli.nn import MLP
from autodiff_cli.reports.functions import entries
from autodiff_cli.rules.table import BY_NAME
from tests.conftest import Result

pytestmark = pytest.mark.usefixtures("own_functions_forgotten")


def test_an_own_function_is_one_wherever_functions_go() -> None:
    mish = define("mish", "x * tanh(softplus(x))")
    x, u = Value(0.7), 0.7
    y = mish(x)
    y.backward()
    soft = math.log1p(math.exp(u))
    slope = math.tanh(soft) + u / math.cosh(soft) ** 2 / (1 + math.exp(-u))
    assert (y.data, x.grad) == pytest.approx((u * math.tanh(soft), slope), rel=1e-14)
    assert len(y.args) == 1
    assert y.op == "mish"
    method: Any = Value(0.7)
    assert method.mish().data == functions.mish(0.7).data == y.data
    formula = parse("mish(x)")
    for value, found in (
        (formula.evaluate(x=u), formula.gradient(x=u)["x"]),
        (formula.compile()(u)[0], formula.compile()(u)[1][0]),
    ):
        assert (value, found) == pytest.approx((y.data, slope), rel=1e-14)
    assert formula.derivative("x").evaluate(x=u) == pytest.approx(slope)
    assert "tanh" in formula.to("c")
    network = MLP(2, [3, 1], "mish", seed=1)
    network([0.5, -0.5]).backward()
    assert any(parameter.grad for parameter in network.parameters())


def test_an_own_function_of_arrays_is_its_formula() -> None:
    numpy = pytest.importorskip("numpy")
    define("quartic", "x^4 - x")
    x = numpy.linspace(-2, 2, 7)
    value, gradient = parse("quartic(x)").vectorize()(x=x)
    assert value == pytest.approx(x**4 - x)
    assert gradient["x"] == pytest.approx(4 * x**3 - 1)


def test_in_a_text_a_call_is_written_out_so_that_exact_numbers_see_every_step() -> None:
    pytest.importorskip("flint")
    define("lossy_one", "(x + 1) - x")
    assert parse("lossy_one(x)").evaluate(x=1e16) != 1
    assert parse("lossy_one(x)").examine(x=1e16).value == 1
    assert str(parse("2 * lossy_one(3t)")) == str(parse("f(x) = (x + 1) - x; 2 * f(3t)"))


@pytest.mark.parametrize(
    ("text", "slope"), [("cubed(2t)", "24 * t^2"), ("cubed 2t", "24 * t^2"), (r"\operatorname{cubed}(t)", "3 * t^2")]
)
def test_a_text_calls_it_as_any_function(text: str, slope: str) -> None:
    define("cubed", "x^3")
    assert str(parse(text).derivative("t")) == slope
    assert parse("cubed'(t)").evaluate(t=2.0) == 12


def test_a_partial_by_hand_is_what_values_take() -> None:
    steep = define("steep_one", "x^2 / x", partials="1")
    x = Value(3.0)
    steep(x).backward()
    assert x.grad == 1
    assert BY_NAME["steep_one"][0].partials == ("1",)


@pytest.mark.parametrize(
    "partials", [["a / sqrt(a^2 + b^2)", "b / sqrt(a^2 + b^2)"], {"b": "b / sqrt(a^2 + b^2)"}, None]
)
def test_partials_are_given_in_order_by_name_or_not_at_all(partials: Any) -> None:
    distance = define("distance(a, b)", "sqrt(a^2 + b^2)", partials)
    a, b = Value(3.0), Value(4.0)
    distance(a, b).backward()
    assert (a.grad, b.grad) == pytest.approx((0.6, 0.8), rel=1e-15)


def test_a_partial_may_call_the_function_itself() -> None:
    squash = define("squash", "1 / (1 + exp(-x))", partials="squash(x) * (1 - squash(x))")
    x = Value(0.5)
    squash(x).backward()
    assert x.grad == pytest.approx(math.exp(-0.5) / (1 + math.exp(-0.5)) ** 2, rel=1e-14)
    with pytest.raises(AutodiffError, match="the partial of squash_wrong by x is wrong"):
        define("squash_wrong", "1 / (1 + exp(-x))", partials="squash_wrong(x) * (1 + squash_wrong(x))")


def test_how_a_formula_was_read_is_said_where_people_disagree() -> None:
    assert define("read_so", "exp(-x^2)").__doc__ == "exp(-x^2)\na power comes before a sign: -x^2 is -(x^2)"
    assert define("read_plainly", "x + 1").__doc__ == "x + 1"


def test_arguments_have_the_order_of_the_head() -> None:
    ratio = define("ratio(y, x)", "x / y")
    assert ratio(2, 6).data == 3
    assert parse("ratio(2, 6)").evaluate() == 3
    assert define("other_ratio", "x / y")(6, 2).data == 3


@pytest.mark.parametrize(
    ("formula", "partials", "says"),
    [
        ("x^2", "3*x", "by x is wrong: at x = 1 it is 2, not 3"),
        ("sin(x)", "-cos(x)", "by x is wrong: at x = 1 it is 0.540302, not -0.540302"),
        ("sin(2x)", "cos(2x)", "by x is wrong"),
        ("x*y", {"y": "y"}, "by y is wrong: at x = 2, y = 1 it is 2, not 1"),
        ("x*y", ["y", "1.0001 * x"], "by y is wrong"),
        ("round(x)", "1", "by x is wrong: at x = 1 it is 0, not 1"),
        ("log(x)", "1/x + where(x > 100, 1/1000, 0)", "by x is wrong"),
    ],
)
def test_a_wrong_partial_is_refused_with_its_argument_and_point(formula: str, partials: Any, says: str) -> None:
    with pytest.raises(AutodiffError, match=says):
        define("slipped", formula, partials)
    assert "slipped" not in BY_NAME
    assert not hasattr(Value, "slipped")


@pytest.mark.parametrize(
    ("head", "formula", "says"),
    [
        ("sin", "x", "there is a function sin already"),
        ("swish", "x * sigmoid(2x)", "there is a function swish already"),
        ("sin(x, y)", "x * y", "there is a function sin already"),
        ("data", "x", "'data' has a meaning already"),
        ("backward", "x", "'backward' has a meaning already"),
        ("__init__", "x", "'__init__' has a meaning already"),
        ("pi", "x", "'pi' has a meaning already"),
        ("nan", "x", "'nan' has a meaning already"),
        ("e", "x", "'e' is what a variable is called"),
        ("x", "u^2", "'x' is what a variable is called"),
        ("and", "x", "already"),
        ("lambda", "x", "'lambda' has a meaning already"),
        ("sum", "x", "'sum' has a meaning already"),
        ("diff", "x", "'diff' has a meaning already"),
        ("2f", "x", "'2f' cannot be the head of a function"),
        ("f g", "x", "'f g' cannot be the head of a function"),
        ("fresh(x, x)", "x", "same argument twice"),
        ("fresh(x)", "a*x", "'a' is no argument of fresh"),
        ("fresh", "3", "fresh has no argument"),
        ("fresh", "x +", "the expression ends"),
        ("fresh", "fresh(x)", "unknown function 'fresh'"),
        ("fresh", "a = 2; a*x", "one formula, not a program"),
        ("fresh", "log(-x^2 - 1)", "no point is inside the domain"),
        ("fresh", "", "the expression is empty"),
        ("fresh()", "x", r"'fresh\(\)' cannot be the head of a function"),
        ("fresh(x,)", "x", "cannot be the head of a function"),
        (5, "x", "defined by texts, not by 5"),
        ("fresh", math.sin, "defined by texts, not by <built-in function sin>"),
        ("fresh", "x / 0", "no point is inside the domain"),
    ],
)
def test_what_cannot_be_defined_is_refused(head: Any, formula: Any, says: str) -> None:
    before = {*BY_NAME}
    with pytest.raises(AutodiffError, match=says):
        define(head, formula)
    assert {*BY_NAME} == before


@pytest.mark.parametrize(
    ("partials", "says"),
    [
        ({"z": "1"}, "a partial by 'z', which is no argument"),
        (["1"], "partials: 1, arguments: 2"),
        (["y", "x", "1"], "partials: 3, arguments: 2"),
        ({"x": "z"}, "a partial has 'z', which is no argument of fresh"),
        ({"x": " "}, "a partial of fresh is empty"),
        ({"x": math.sin}, "defined by texts, not by <built-in function sin>"),
        (math.sin, "defined by texts"),
    ],
)
def test_partials_that_do_not_fit_are_refused(partials: Any, says: str) -> None:
    with pytest.raises(AutodiffError, match=says):
        define("fresh", "x * y", partials)


def test_the_same_definition_may_be_given_again_and_no_other() -> None:
    first = define("again", "x^2", partials="2*x")
    assert define("again", "x^2", partials="2*x") is first
    with pytest.raises(AutodiffError, match=r"'again' is defined already, as x\^2"):
        define("again", "x^3")


def test_a_definition_of_what_the_table_has_is_that_function() -> None:
    assert define("swish", "x * sigmoid(x)")(0.5).op == "silu"
    assert parse("swish(x)").evaluate(x=0.5) == functions.silu(0.5).data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("taken(x) = x^3; taken(2)", 8),
        ("taken(x, y) = x*y; taken(2, 5)", 10),
        ("taken = 3; taken * 2", 6),
        ("u = 2; taken(x) = x^5; taken(u)", 32),
        ("u = taken(2); u + 1", 5),
        ("taken2(x) = taken(x) + 1; taken2(3)", 10),
    ],
)
def test_a_text_s_own_definition_goes_before(text: str, value: float) -> None:
    define("taken", "x^2")
    assert parse(text).evaluate() == value
    assert parse("taken(x) = x^3").evaluate(x=2) == 8


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("taken(x) = taken(x) + 1; taken(2)", "'taken' is defined by itself"),
        ("u = taken(2); taken(x) = x^3; u", "'taken' is used before it is defined"),
        ("taken(x) = x; taken(x) = x^2; taken(2)", "'taken' is defined twice"),
    ],
)
def test_a_text_that_defines_the_name_has_no_other(text: str, says: str) -> None:
    define("taken", "x^2")
    with pytest.raises(AutodiffError, match=says):
        parse(text)


@pytest.mark.parametrize("name", ["rest", "gradient", "careful", "errors", "node", "ready", "lo", "hi", "f", "Γ"])
def test_no_formula_of_the_table_takes_a_name_of_its_own_for_an_own_function(name: str) -> None:
    define(name, "u^3")
    x = Value(0.5)
    out = functions.clamp(functions.max(x, 0.25, 0.125), 0, 1).gelu() * functions.where(x > 0, x, 0)
    out.backward()
    same = parse("gelu(clamp(max(x, 0.25, 0.125), 0, 1)) * where(x > 0, x, 0)")
    assert (out.data, x.grad) == pytest.approx((same.evaluate(x=0.5), same.gradient(x=0.5)["x"]), rel=1e-14)
    y = Value(2.0)
    getattr(functions, name)(y).backward()
    assert y.grad == 12


def test_no_sign_of_the_language_takes_an_own_function_for_its_own() -> None:
    define("aexp", "x - 1")
    define("cubed_again", "x^3")
    for text in ("exp^-1(x)", "cubed_again^-1(x)"):
        with pytest.raises(AutodiffError, match="is no function here"):
            parse(text)
    with pytest.raises(AutodiffError, match="there is a function root already"):
        define("root(x, n)", "x - n")


def test_an_error_in_a_call_points_at_the_call() -> None:
    define("needs_two(a, b)", "a * b")
    with pytest.raises(AutodiffError, match="needs_two takes 2 arguments, not 1") as caught:
        parse("1 + needs_two(x)")
    assert caught.value.span == (4, 13)
    define("of_log", "log(x)")
    with pytest.raises(AutodiffError, match=r"log\(x\) needs x > 0"):
        parse("of_log(x)").examine(x=-1.0)


@pytest.mark.parametrize(
    ("formula", "point", "domain"),
    [
        ("log(x, 2) + 0.1", (3.0,), "x > 0"),
        ("1 / x", (3.0,), "x != 0"),
        ("where(a > 1 and a < 3 or not a == 7, a^2, b)", (2.0, 5.0), ""),
        ("where(a > 1 and a < 3 or not a == 7, a^2, b)", (7.0, 5.0), ""),
        ("piecewise(abs(x) < 1, x^2/2, abs(x) - 1/2)", (-0.4,), ""),
        ("max(a, b, c) - min(a, b, c)", (1.0, 2.0, 4.0), ""),
        ("a*b + c*d", (1.0, 2.0, 4.0, 5.0), ""),
        ("x + e + pi - 1e-3 + 1e300 - 7e-310", (1.0,), ""),
        ("sum(k, 1, 5, x^k)", (0.5,), ""),
        ("diff(x^3 * sin(x), x)", (0.5,), ""),
        ("sqrt(x^2 - 4)", (3.0,), None),
        ("mod(x, 3) + floor(x)", (3.5,), None),
    ],
)
def test_over_values_it_is_what_its_formula_is(formula: str, point: tuple[float, ...], domain: str | None) -> None:
    name = re.sub(r"\W", "_", f"own_{formula}_{point[0]:g}")  # one that nothing is compiled for yet
    call = define(name, formula)
    values = [Value(x) for x in point]
    out = call(*values)
    out.backward()
    expected = parse(formula)
    at = dict(zip(expected.variables, point, strict=True))
    assert out.data == pytest.approx(expected.evaluate(at), rel=1e-14)
    assert [v.grad for v in values] == pytest.approx([*expected.gradient(at).values()], rel=1e-13)
    if domain is not None:
        assert BY_NAME[name][0].domain == domain


def test_outside_its_domain_a_value_is_nan_and_nothing_raises() -> None:
    call = define("log_of_log", "log(log(x))")
    assert math.isnan(call(Value(-1.0)).data)
    assert BY_NAME["log_of_log"][0].domain == "x > 0 and log(x) > 0"


def test_values_of_it_are_copied_pickled_and_differentiated_again() -> None:
    call = define("fourth", "x^4", partials="4*x^3")
    x = Value(2.0)
    assert copy.deepcopy(call(x)).data == pickle.loads(pickle.dumps(call(x))).data == 16
    call(x).backward(create_graph=True)
    slope = x.grad
    x.zero_grad()
    slope.backward()
    assert (slope.data, x.grad) == (32, 48)


def test_the_list_of_functions_has_it(autodiff: Callable[..., Result]) -> None:
    define("listed", "x^2 * log(x)")
    (found,) = entries(["listed"])
    assert (found.written, found.domain, found.doc) == ("listed(x)", "x > 0", "x^2 * log(x)")
    assert entries()[-1] == found
    assert "listed" in functions.__dir__()
    assert autodiff("eval", "listed(x)", "--x", "2").code == 0


def test_a_command_line_defines_a_function_in_its_text(autodiff: Callable[..., Result]) -> None:
    done = autodiff("diff", "cube(x) = x^3; cube(2*t)")
    assert (done.code, done.out) == (0, "24 * t^2\n")


@pytest.mark.parametrize(
    "formula",
    [
        "x^(1/3) + 2*3",
        "log(x^2 + 1, 2)",
        "sum(k, 1, 4, x^k / k)",
        "diff(x^3 * log(x), x)",
        "where(x > 1, sqrt(x - 1), -x)",
        "x^2 e^(-2 pi x)",
        "|x - 1| + max(x, 1/x)",
    ],
)
def test_in_a_text_it_is_what_f_of_x_is(formula: str) -> None:
    name = re.sub(r"\W", "_", f"text_{formula}")
    define(name, formula)
    ours, inline = parse(f"{name}(2t) + {name}(t)"), parse(f"f(x) = {formula}; f(2t) + f(t)")
    assert len(ours.expression.nodes) == len(inline.expression.nodes)
    assert str(ours.derivative("t")) == str(inline.derivative("t"))
    assert ours.to("python").split('"""')[-1] == inline.to("python").split('"""')[-1]
    for t in (0.3, 0.7, 2.5):
        (mine,), (its,) = ours.examine(t=t).rows, inline.examine(t=t).rows
        assert (mine.gradient, mine.verdict) == (its.gradient, its.verdict)


def test_a_function_of_ones_own_shows_its_name() -> None:
    assert repr(define("shown_bump", "exp(-x^2)")).startswith("<function shown_bump")
