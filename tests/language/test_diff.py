"""`diff` in the language: derivatives inside of expressions, by names and steps, and where they cannot be."""

from collections.abc import Callable
from typing import Any

import pytest
from mpmath import mp

from autodiff_cli.commands.exits import Exit

from ..conftest import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("text", "point", "value", "gradient"),
    [
        ("diff(sin(x)*y, x) + x", {"x": 1, "y": 2}, 2 * mp.cos(1) + 1, {"x": 1 - 2 * mp.sin(1), "y": mp.cos(1)}),
        ("diff(x^5, x, 3)", {"x": 2}, 240, {"x": 240}),
        ("diff(x^5, x, 2, 2)", {"x": 2}, 240, {"x": 240}),
        ("diff(x^5, x, x, x)", {"x": 2}, 240, {"x": 240}),
        ("diff(diff(x^3*y^2, x), y)", {"x": 1, "y": 2}, 12, {"x": 24, "y": 6}),
        ("diff(x^3*y^2, x, y)", {"x": 1, "y": 2}, 12, {"x": 24, "y": 6}),
        ("diff(x^3*y^2, x, 2, y)", {"x": 1, "y": 2}, 24, {"x": 24, "y": 12}),
        ("diff(x^2, y)", {"x": 1, "y": 2}, 0, {"x": 0, "y": 0}),
        ("x*diff(x*diff(x^3, x), x)", {"x": 2}, 72, {"x": 108}),
        ("sum(k, 1, 3, diff(x^k, x))", {"x": 2}, 17, {"x": 14}),
        ("diff(sum(k, 1, 3, x^k), x)", {"x": 2}, 17, {"x": 14}),
        ("f(x) = x^3; diff(f(t), t)", {"t": 2}, 12, {"t": 12}),
        ("f(u) = diff(u^3, u); f(2*x)", {"x": 2}, 48, {"x": 48}),
        ("t = x^2; diff(sin(t), t)", {"x": 2}, mp.cos(4), {"x": -4 * mp.sin(4)}),
        ("t = x^2; diff(t^2*x, t)", {"x": 2}, 16, {"x": 24}),
        ("t = x^2; diff(t^2*x, x)", {"x": 2}, 80, {"x": 160}),
        ("y = 3*x; diff(y^2, y, x)", {"x": 2}, 6, {"x": 0}),
        ("y = 3*x; diff(diff(y^2, y), x)", {"x": 2}, 6, {"x": 0}),
        ("sum(k, 0, 2, diff(x^k, x))", {"x": 0}, 1, {"x": 2}),
        ("x = 3; diff(x^2, x)", {}, 6, {"x": 2}),
        ("where(diff(x^2, x) > 1, x, -x)", {"x": 2}, 2, {"x": 1}),
        ("diff(where(x > 1, x^2, x), x)", {"x": 2}, 4, {"x": 2}),
    ],
)
def test_diff_has_the_value_and_gradient_of_the_derivative(
    autodiff: Run, text: str, point: dict[str, float], value: Any, gradient: dict[str, Any]
) -> None:
    values = [f"{name}={data}" for name, data in point.items()]
    result = autodiff("eval", text, *values, "--format", "json", "--quiet")
    assert result.code == 0
    assert result.json["value"] == pytest.approx(float(value), rel=1e-14)
    assert {name: result.json["gradient"][name] for name in gradient} == pytest.approx(
        {name: float(one) for name, one in gradient.items()}, rel=1e-13
    )
    assert set(result.json["verdict"].values()) == {"ok"}


def test_nothing_is_differentiated_by_an_index(autodiff: Run) -> None:
    result = autodiff("eval", "sum(k, 1, 3, diff(x^k, x, k))", "--x", "1")
    assert (result.code, result.out) == (Exit.UNUSABLE, "")
    assert result.err == (
        "error: k counts here: nothing is differentiated by it\n  │ sum(k, 1, 3, diff(x^k, x, k))\n  │ ^^^\n"
        "  = diff(x^k, x, 2) is the second derivative by x\n"
    )


def test_a_name_that_is_not_there_is_said(autodiff: Run) -> None:
    result = autodiff("eval", "diff(x^2, x, n)", "--x", "1", "--n", "2", "--only", "value")
    assert (result.code, result.out) == (0, "0.0\n")
    assert result.err == "note: n is not in what diff differentiates, so that it gives 0\n"


def test_diff_is_a_name_like_others(autodiff: Run) -> None:
    assert autodiff("eval", "diff = 3; diff*x", "--x", "2", "--only", "value").out == "6.0\n"


@pytest.mark.parametrize(
    ("text", "point", "message"),
    [
        ("diff(log(x), x)", "x=-1", "log(x) needs x > 0; here x = -1\n  │ diff(log(x), x)\n  │      ^^^^^^"),
        ("diff(x^2/x, x)", "x=0", "a / b needs b != 0; here b = x = 0\n  │ diff(x^2/x, x)\n  │         ^"),
        (
            "diff(0*log(x) + x, x)",
            "x=-1",
            "log(x) needs x > 0; here x = -1\n  │ diff(0*log(x) + x, x)\n  │        ^^^^^^",
        ),
        (
            "f(t) = diff(log(t), t); f(x)",
            "x=-1",
            "log(x) needs x > 0; here x = -1\n  │ f(t) = diff(log(t), t); f(x)\n  │             ^^^^^^",
        ),
    ],
)
def test_the_domain_of_what_was_differentiated_still_holds(autodiff: Run, text: str, point: str, message: str) -> None:
    result = autodiff("eval", text, point, "--quiet")
    assert (result.code, result.err) == (Exit.UNDEFINED, f"error: {message}\n")


_EXAMPLE = "as in diff(x^2 * y, x), diff(f, x, 3) for the third, diff(f, x, y) for one after the other"
_ORDER = "the order in diff is a whole number from 1 to 100"
_NAME = "diff needs a name to differentiate by"
_COUNT = "diff takes an expression and a name to differentiate by"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("diff(x^2)", _COUNT, _EXAMPLE),
        ("diff()", _COUNT, _EXAMPLE),
        ("diff(x, 2)", _NAME, _EXAMPLE),
        ("diff(x^2, x^2)", _NAME, _EXAMPLE),
        ("diff(x^2, 3, x)", _NAME, _EXAMPLE),
        ("diff(x^2, e)", _NAME, _EXAMPLE),
        ("diff(x^2, x, 0)", _ORDER, _EXAMPLE),
        ("diff(x^2, x, -1)", _ORDER, _EXAMPLE),
        ("diff(x^2, x, 101)", _ORDER, _EXAMPLE),
        ("diff(x^2, x, 1.5)", _ORDER, _EXAMPLE),
        ("diff(x^2, x, pi)", _ORDER, _EXAMPLE),
        (
            "diff(x < 2, x)",
            "a condition has no derivative: it is 1 or 0",
            "where(condition, a, b) chooses between two values that have one",
        ),
        ("diff(polygamma(x, 2), x)", "polygamma has no derivative by its argument n", ""),
    ],
)
def test_diff_without_an_expression_a_name_or_an_order_is_refused(
    autodiff: Run, text: str, message: str, hint: str
) -> None:
    result = autodiff("eval", f"2 + {text}", "--x", "1")
    drawn = f"error: {message}\n  │ 2 + {text}\n  │     ^^^^\n" + (f"  = {hint}\n" if hint else "")
    assert (result.code, result.err) == (Exit.UNUSABLE, drawn)
