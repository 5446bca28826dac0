"""Boxes: signs, parentheses, what stands between factors, quotients of quotients, and where a line ends."""

import pytest

from autodiff_cli.codegen.latex import layout
from autodiff_cli.codegen.latex.layout import Box, digits, symbol, text_of
from autodiff_cli.codegen.latex.lines import rows_of

A, B, C = symbol("a"), symbol("b"), symbol("c")
HALF = layout.quotient(digits("1"), digits("2"), False)


@pytest.mark.parametrize(
    ("box", "text"),
    [
        (layout.sum_of(A, layout.negated(B)), "a - b"),
        (layout.difference(A, layout.negated(B)), "a + b"),
        (layout.difference(A, layout.sum_of(B, C)), "a - (b + c)"),
        (layout.negated(layout.product(A, B)), "-a b"),
        (layout.product(digits("-1"), A), "-a"),
        (layout.product(digits("2"), digits("3")), r"2 \cdot 3"),
        (layout.product(A, A), r"a \cdot a"),
        (layout.product(symbol("f"), layout.parentheses(A)), r"f \cdot (a)"),
        (layout.quotient(layout.quotient(A, B, False), C, False), r"\frac{a}{b c}"),
        (layout.quotient(layout.quotient(A, B, True), C, True), "a/(b c)"),
        (layout.product(layout.quotient(A, B, True), C), "a c/b"),
        (layout.power(layout.call(r"\sin", [A], "call"), digits("2")), r"\sin^{2}(a)"),
        (layout.power(HALF, digits("2")), r"\left(\frac{1}{2}\right)^{2}"),
        (layout.call(r"\ln", [layout.around("vert", A)], "call"), r"\ln\lvert a \rvert"),
        (layout.call(r"\max", [A, HALF]), r"\max\!\left(a, \frac{1}{2}\right)"),
        (layout.disjunction(layout.comparison("<", A, B), C), r"a < b \lor c \ne 0"),
        (layout.product(layout.comparison("<", A, B), C), r"[a < b] \, c"),
    ],
)
def test_two_boxes_have_the_signs_and_parentheses_they_need(box: Box, text: str) -> None:
    assert text_of(box) == text


@pytest.mark.parametrize(
    ("typed", "text"),
    [("1.50", "1.50"), (".5", "0.5"), ("2.", "2"), ("1e5", "10^{5}"), ("-2.5E-3", r"-2.5 \cdot 10^{-3}"), ("3e0", "3")],
)
def test_digits_are_set_as_they_were_typed(typed: str, text: str) -> None:
    assert text_of(digits(typed)) == text


def test_a_wide_factor_is_split_before_what_it_holds() -> None:
    long = layout.product(A, layout.parentheses(layout.sum_of(symbol("bbbbbbbb"), symbol("cccccccc"))))
    assert rows_of(symbol("y"), long, 9) == [r"y &= a \bigl(bbbbbbbb", r"&\quad {} + cccccccc\bigr)"]


def test_what_no_line_can_hold_is_said_to_be_too_wide() -> None:
    assert rows_of(A, symbol("b" * 40), 9)[0].startswith("% wider than the line\n")
