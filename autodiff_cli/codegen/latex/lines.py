"""An equation as lines: where it is too wide it ends before a term, a factor, or what those hold."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from autodiff_cli.codegen.latex.layout import PRODUCT, Box, as_operand, digits, quotient, separator, text_of, width_of


class _Breakable(NamedTuple):
    """What a line can end before: the sign before it, and what opens and closes with it."""

    before: str
    opens: str
    box: Box
    closes: str

    @property
    def width(self) -> float:
        """Of all of it, in em."""
        return width_of(self.opens) + self.box.width + width_of(self.closes) + width_of(self.before)

    @property
    def opened(self) -> str:
        """What opens, and the sign of what is opened."""
        return self.opens + ("-" if self.box.negative else "")

    def halves(self, first: Box, between: str, last: Box) -> "list[_Breakable]":
        """Two terms in place of this one."""
        first = replace(first, negative=self.box.negative)
        return [_Breakable(self.before, self.opens, first, ""), _Breakable(between, "", last, self.closes)]


def rows_of(left: Box, right: Box, width: float) -> list[str]:
    r"""An equation as rows of an align environment.

    >>> rows_of(symbol("y"), sum_of(symbol("aaaaaaaaa"), symbol("bbbbbbbbb")), 9)
    ['y &= aaaaaaaaa', '&\\quad {} + bbbbbbbbb']
    """
    room = width - left.width - 2
    if right.width <= room:
        return [text_of(left, " &= ", right)]
    rows: list[list[str | Box]] = [[left, " &= "]]
    terms = _terms(right, room)
    used = 0.0
    for term in terms:
        if used and used + term.width > room:
            rows.append([r"&\quad {}", term.before if term.before.strip(" \\,") else r" \cdot "])
            used = 1.0
        elif used:
            rows[-1].append(term.before)
        rows[-1] += [term.opens, term.box, term.closes]
        used += term.width
    first, *more = [text_of(*row) for row in rows]
    is_wide = max([term.box.width for term in terms]) > room
    return [f"% wider than the line\n{first}" if is_wide else first, *more]


def _terms(box: Box, room: float) -> list[_Breakable]:
    """A formula as terms between which a line can end.

    A term that is wider than a line is split before its factors, and those before what they hold.
    """
    found: list[_Breakable] = []
    stack = [_Breakable("", "", box, "")]
    while stack:
        term = stack.pop()
        split = _SPLITS.get(term.box.kind, _not_at_all)
        must = term.box.kind == "sum" or term.box.width > room
        parts = split(term) if must else []
        if parts:
            stack += reversed(parts)
        else:
            found.append(term)
    return found


def _not_at_all(_: _Breakable) -> list[_Breakable]:
    return []


def _sum(term: _Breakable) -> list[_Breakable]:
    left, right = term.box.parts
    return term.halves(left, " - " if right.negative else " + ", replace(right, negative=False))


def _product(term: _Breakable) -> list[_Breakable]:
    left, right = term.box.parts
    return term.halves(left, separator(left, right), right)


def _fraction(term: _Breakable) -> list[_Breakable]:
    """One over what is below the line, times what is above it, if that is wider."""
    over, under = term.box.parts
    if over.width <= under.width:
        return []
    over, first = as_operand(over, PRODUCT), quotient(digits("1"), under, False)
    return term.halves(first, separator(first, over), over)


def _parentheses(term: _Breakable) -> list[_Breakable]:
    size = ("big", "Big", "bigg")[term.box.tall]
    opens, closes = rf"{term.opened}\{size}l(", rf"\{size}r){term.closes}"
    return [_Breakable(term.before, opens, term.box.parts[0], closes)]


def _call(term: _Breakable) -> list[_Breakable]:
    """What the function is called with, if that is in parentheses."""
    head, arguments = term.box.parts
    if arguments.kind != "parentheses":
        return []
    return [_Breakable(term.before, term.opened + text_of(head), arguments, term.closes)]


_SPLITS: dict[str, Callable[[_Breakable], list[_Breakable]]] = {
    "sum": _sum,
    "product": _product,
    "fraction": _fraction,
    "parentheses": _parentheses,
    "call": _call,
}
