"""Heads of claims: which variable a derivative is by, and of which order."""

import pytest

from autodiff_cli.reports.heads import head_of


@pytest.mark.parametrize(
    ("text", "variable", "order", "body"),
    [
        ("f'(x) = 2x", "x", 1, "2x"),
        ("y' = 2x", "", 1, "2x"),
        ("y’=2x", "", 1, "2x"),
        ("f''(t) = 2", "t", 2, "2"),
        ("f″(t) = 2", "t", 2, "2"),
        ("dy/dx = 2x", "x", 1, "2x"),
        ("df/dx=2x*y", "x", 1, "2x*y"),
        ("d/dx = 2x", "x", 1, "2x"),
        ("d/dx f(x) = 2x", "x", 1, "2x"),
        ("d/dx x^2 = 2x", "x", 1, "2x"),
        ("d/dx (x^2) = 2x", "x", 1, "2x"),
        ("d(x^2)/dx = 2x", "x", 1, "2x"),
        ("df(x)/dx = 2x", "x", 1, "2x"),
        (r"\frac{df(x)}{dx} = 2x", "x", 1, "2x"),
        ("d^2y/dt^2 = 6t", "t", 2, "6t"),
        ("d²y/dt² = 6t", "t", 2, "6t"),
        ("∂f/∂r = 2r", "r", 1, "2r"),
        ("dE/dv_0 = m*v_0", "v_0", 1, "m*v_0"),
        (r"\frac{dy}{dx} = 2x", "x", 1, "2x"),
        (r"\frac{d}{dx} x^2 = 2x", "x", 1, "2x"),
        (r"\frac{\partial f}{\partial x} = 2x", "x", 1, "2x"),
        (r"\frac{\mathrm{d}f}{\mathrm{d}x} = 2x", "x", 1, "2x"),
        (r"\dfrac{d^{2}y}{dx^{2}} = 2", "x", 2, "2"),
        (r"f^{\prime}(x) = 2x", "x", 1, "2x"),
        ("x=cos(x)", "x", 1, "cos(x)"),
    ],
)
def test_a_head_names_the_variable_and_the_order(text: str, variable: str, order: int, body: str) -> None:
    head = head_of(text)
    assert head is not None
    assert (head.variable, head.order, head.body) == (variable, order, body)


@pytest.mark.parametrize("text", ["2x", "x == 2", "where(x == 1, 2, 3)", "d/x + 2", "2*x = y", ""])
def test_a_text_without_a_head_has_none(text: str) -> None:
    assert head_of(text) is None
