"""Formulas in Python as at the prompt: called, expanded, plotted, checked; as keys; and what the package lists."""

import copy
import functools
import importlib.metadata
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import autodiff_cli
from autodiff_cli import parse
from autodiff_cli.errors import AutodiffError

# --- called ----------------------------------------------------------------------------------------------------------


def test_a_formula_is_a_function_of_its_variables_in_order() -> None:
    f = parse("x^2 + y")
    assert [f(3.0, 1.0), f(3, y=1), f(x=3.0, y=1.0), f({"x": 3.0}, y=1.0), f({"x": 3.0, "y": 1.0})] == [10.0] * 5
    assert parse("a = 2; a*x")(2.0, 5.0) == parse("a = 2; a*x").evaluate(a=2.0, x=5.0)
    assert parse("2 + 3")() == 5.0


@pytest.mark.parametrize(
    ("values", "message"), [((1.0, 2.0), "2 values, and the variables are x"), ((), "no value for x")]
)
def test_too_many_and_too_few_values_are_refused(values: tuple[float, ...], message: str) -> None:
    with pytest.raises(AutodiffError, match=message):
        parse("x^2")(*values)


# --- as commands find it ---------------------------------------------------------------------------------------------


def test_a_series_is_that_of_the_command() -> None:
    series = parse("exp(x)").taylor(0.0, order=3)
    assert (series.variables, [term.derivative for term in series.terms]) == (["x"], [1.0, 1.0, 1.0, 1.0])
    assert str(series).startswith(f"exp(x) around x = 0\n{series.polynomial}\norder")
    assert "terms" in dir(series)
    by_y = parse("x*y^2").taylor({"y": 3.0}, x=2.0, order=2)
    assert (by_y.variables, [term.coefficient for term in by_y.terms]) == (["y"], [18.0, 12.0, 2.0])
    assert by_y.polynomial == parse("x*y^2").taylor(x=2.0, y=3.0, wrt="y", order=2).polynomial
    both = parse("exp(x)*y").taylor(order=2)
    assert (both.variables, both.polynomial) == (["x", "y"], "y + x * y")


def test_a_bare_point_of_several_variables_is_refused() -> None:
    for wrong in (lambda: parse("x*y").taylor(1.0), lambda: parse("x*y").plot(at=1.0)):
        with pytest.raises(AutodiffError, match="is of one variable, and here are x, y"):
            wrong()


@pytest.mark.parametrize(("claim", "is_right"), [("2*sin(x)*cos(x)", True), ("sin(2x)", True), ("2 sin(x)", False)])
def test_a_claim_is_checked_as_the_command_does(claim: str, is_right: bool) -> None:
    found = parse("sin(x)^2").check(claim)
    assert (bool(found), found.answer) == (is_right, "right" if is_right else "wrong")
    assert ("wrong" in str(found)) != is_right


def test_claims_may_be_formulas_of_several_variables_in_a_range_and_of_higher_order() -> None:
    f = parse("x^2*y")
    assert f.check("x = 2*x*y", "y = x^2", x=(0.5, 2.0), y=3.0).region == {
        "x": pytest.approx((0.5, 2.0), abs=0.5),
        "y": (3, 3),
    }
    g = parse("x^3")
    assert g.check(g.derivative("x"))
    assert g.check("6*x", order=2)
    assert g.check()
    with pytest.raises(AutodiffError, match="no variable"):
        parse("2").check()


def test_a_plot_is_text_a_picture_and_a_file(tmp_path: Path) -> None:
    plot = parse("x^2").plot(x=(-2, 2), at=1.0)
    assert "f(x) = x^2" in str(plot)
    assert "x = 1" in str(plot)
    plot.save(tmp_path / "curve.csv")
    assert (tmp_path / "curve.csv").read_text().startswith("x,")
    assert plot.report.spans == {"x": (-2, 2)}
    with pytest.raises(AutodiffError, match=r"'curve\.bmp'"):
        plot.save(tmp_path / "curve.bmp")


def test_a_plot_chooses_the_variables_that_have_no_value() -> None:
    assert parse("a = 2; a*x").plot().report.spans == {"x": (-10.0, 10.0)}
    assert parse("a*x").plot(a=3.0, at={"x": 50.0}).report.spans == {"x": (40.0, 60.0)}
    assert [*parse("x*y").plot().report.spans] == ["x", "y"]
    for wrong in (lambda: parse("x*y*z").plot(), lambda: parse("x").plot(x=3.0)):
        with pytest.raises(AutodiffError, match="one variable or two"):
            wrong()


def test_a_plot_is_drawn_by_matplotlib() -> None:
    pytest.importorskip("matplotlib")
    plot = parse("x^2").plot(x=(-2, 2))
    assert "<svg" in plot.svg
    assert plot._repr_svg_() == plot.svg


# --- as keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2x^2 + sin(x)", "2 * x^2+sin(x)"),
        (r"\frac{1}{x}", "1/x"),
        ("x²", "x**2"),
        ("a = 2; a*x", "a=2\na x"),
        ("0.5x", ".50*x"),
        ("1e3x", "1000x"),
        ("1000000000000000000000x", "1e21 x"),
    ],
)
def test_a_formula_typed_in_two_ways_is_equal_and_has_one_hash(one: str, other: str) -> None:
    assert parse(one) == parse(other)
    assert hash(parse(one)) == hash(parse(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x^2", "x^3"),
        ("x + y", "y + x"),
        ("a = 2; a*x", "a = 3; a*x"),
        ("x", "y"),
        ("1/x", "diff(log(x), x)"),
        ("x", "x + 0*y"),
        ("0.1x", "0.10000000000000001x"),
        ("pi*x", "3.141592653589793x"),
        ("a = x^2; a + 1", "x^2 + 1"),
        ("x/0.0", "x/(-0.0)"),
    ],
)
def test_formulas_of_other_steps_variables_or_domains_differ(one: str, other: str) -> None:
    assert parse(one) != parse(other)


def test_a_formula_is_no_text_and_keeps_its_hash_when_copied() -> None:
    f = parse("x^2")
    assert f != "x^2"
    assert len({f, parse("x^2"), copy.deepcopy(f), pickle.loads(pickle.dumps(f))}) == 1
    assert parse("x^2").derivative("x") == parse("2*x")


def test_formulas_are_keys_of_caches() -> None:
    asked = []

    @functools.lru_cache
    def slope(f: autodiff_cli.library.Formula, at: float) -> float:
        asked.append(at)
        return f.gradient(x=at)["x"]

    assert [slope(parse("x^2"), 3.0), slope(parse("x**2"), 3.0), slope(parse("x^3"), 3.0)] == [6.0, 6.0, 27.0]
    assert len(asked) == 2


# --- the package -----------------------------------------------------------------------------------------------------


def test_the_package_lists_what_there_is_and_says_its_version() -> None:
    assert {"Value", "value", "parse", "nn", "functions", "drawing", "__version__"} <= {*dir(autodiff_cli)}
    assert all(hasattr(autodiff_cli, name) for name in dir(autodiff_cli))
    assert autodiff_cli.__version__ == importlib.metadata.version("autodiff-cli")
    assert {"taylor", "plot", "check", "derivative"} <= {*dir(parse("x"))}
    with pytest.raises(AttributeError, match="'valu'"):
        autodiff_cli.valu  # noqa: B018


def test_a_value_loads_neither_pictures_nor_numpy() -> None:
    code = "import sys, autodiff_cli; autodiff_cli.Value(1.0).exp().backward(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "rich", "lark", "autodiff_cli.drawing", "autodiff_cli.engine.ufuncs"} & {*loaded}


# --- what cannot be asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda f: f.taylor(0.0, order=-1), "an order is a whole number from 0 on, not -1"),
        (lambda f: f.taylor(0.0, order=2.5), "not 2.5"),
        (lambda f: f.check("2x", x=(1, 0)), "x = (1, 0) is no range"),
        (lambda f: f.plot(x=(5, -5)), "x = (5, -5) is no range"),
        (lambda f: f(1.0, x=2.0), "x is given twice"),
        (lambda f: f([1.0, 2.0]), "x is one number here, not a whole list"),
    ],
)
def test_what_cannot_be_asked_of_a_formula_is_said_in_words(
    ask: Callable[[autodiff_cli.library.Formula], object], words: str
) -> None:
    with pytest.raises(AutodiffError, match=re.escape(words)):
        ask(parse("x^2"))


def test_an_expression_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="an expression is a text, not int"):
        parse(3)  # type: ignore[arg-type]
