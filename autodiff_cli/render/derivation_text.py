"""Derivations as text: indented, the rules in a column on the right, and no wider than the terminal."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.render.derivation_steps import DerivationRow, TextWriter, text_sections
from autodiff_cli.reports.derivation_steps import ExplainedDerivatives

if TYPE_CHECKING:
    from rich.console import Console

_GAP = 3  # columns between a formula and its rules
_FARTHEST = 60  # column of the rules where the lines have no end
_NEAREST = 24  # and where they have
_ENDLESS = 1 << 20
_INDENT = 2
_SIGN = re.compile(r"[()\[\]]| (?=[-+*/=] )|(?<=[,;]) ")  # parentheses, and where a formula can be folded


class _TextLine(NamedTuple):
    """A line, and how many columns at its end are about its rules."""

    text: str
    remark: int = 0


def show(report: ExplainedDerivatives) -> None:
    """Print the derivations; folded where a terminal or COLUMNS says how wide the lines may be."""
    from autodiff_cli.render.console import printed

    with printed() as console:
        is_narrow = console.is_terminal or bool(os.environ.get("COLUMNS"))
        _draw(report, console, console.width if is_narrow else _ENDLESS)


def to_text(report: ExplainedDerivatives) -> str:
    """What is printed, as plain text."""
    return "\n".join([line.text for line in _text_lines(report, _ENDLESS)])


def _draw(report: ExplainedDerivatives, console: "Console", width: int) -> None:
    from rich.text import Text

    for line in _text_lines(report, width):
        text = Text(line.text)
        text.stylize("dim", len(line.text) - line.remark)
        console.print(text, soft_wrap=True)


def _text_lines(report: ExplainedDerivatives, width: int) -> Iterator[_TextLine]:
    """The lines of all derivations."""
    for at, rows in enumerate(text_sections(report, TextWriter())):
        yield from [_TextLine("")] * (at > 0)
        yield from _folded(rows, width)


def _folded(rows: Sequence[DerivationRow], width: int) -> Iterator[_TextLine]:
    """Rows as lines that are not wider than that; the rules are in one column, and so are the cases of a function."""
    begun = list(zip(_beginnings(rows), rows, strict=True))
    column = _column(begun, "line", width)
    for kind, group in groupby(begun, lambda pair: pair[1].kind):
        pairs = list(group)
        of_kind = _column(pairs, "case", width) if kind == "case" else column
        for begin, row in pairs:
            yield from _row_lines(begin, row, of_kind, width)


def _beginnings(rows: Iterable[DerivationRow]) -> Iterator[str]:
    """What stands before the text of each row: blanks, and what it is equal to."""
    label = ""
    for row in rows:
        indent = " " * _INDENT * row.depth
        if row.kind in ("line", "case"):
            label = row.left or " " * len(label)
            yield f"{indent}{label} = "
        else:
            yield f"{indent}{row.left}: " if row.left else indent


def _column(begun: Iterable[tuple[str, DerivationRow]], kind: str, width: int) -> int:
    """Where the rules begin: behind the widest formula that leaves room for them."""
    lines = [(begin, row) for begin, row in begun if row.remark and row.kind == kind]
    most = max([len(row.remark) for _, row in lines], default=0)
    farthest = min(_FARTHEST, max(_NEAREST, width - most - _GAP))
    ends = [len(begin) + len(row.text) for begin, row in lines]
    return max(filter(farthest.__ge__, ends), default=0) + _GAP


def _row_lines(begin: str, row: DerivationRow, column: int, width: int) -> Iterator[_TextLine]:
    """A row as lines."""
    if row.kind == "rule":
        yield from _head_lines(begin, row, width)
        return
    *lines, last = _wrapped(begin, row.text, width)
    yield from map(_TextLine, lines)
    yield from _with_remark(last, row.remark, column, width)


def _with_remark(line: str, remark: str, column: int, width: int) -> Iterator[_TextLine]:
    """A line with its rules in their column; behind it where it is too long, or below."""
    if not remark:
        yield _TextLine(line)
        return
    begun = line.ljust(column - _GAP) + " " * _GAP
    if len(begun) + len(remark) <= width:
        yield _TextLine(begun + remark, len(remark))
        return
    yield _TextLine(line)
    for text in _wrapped(" " * max(0, min(column, width - len(remark))), remark, width):
        yield _TextLine(text, len(text))


def _head_lines(begin: str, row: DerivationRow, width: int) -> Iterator[_TextLine]:
    """The rule at the head of a step; what its letters stand for comes below where it is too wide."""
    whole = f"{begin}{row.text}:  {', '.join(row.letters)}"
    if len(whole) <= width:
        yield _TextLine(whole)
        return
    yield from map(_TextLine, _wrapped(begin, f"{row.text}:", width))
    inner = " " * _INDENT * (row.depth + 2)
    for letter in row.letters:
        yield from map(_TextLine, _wrapped(inner, letter, width))


def _wrapped(begin: str, formula: str, width: int) -> list[str]:
    """A formula behind its beginning, folded before the loosest of its signs where it is wider than a line.

    >>> _wrapped("d/dx = ", "cos(x) * (x + y) * sin(x) + 2 * x", 32)
    ['d/dx = cos(x) * (x + y) * sin(x)', '         + 2 * x']
    """
    room = max(width - len(begin), _NEAREST)
    lines, rest = [begin], formula
    while len(rest) > room and (at := _break(rest, room)):
        lines[-1] += rest[:at]
        lines.append(" " * (len(begin) + _INDENT))
        rest = rest[at + 1 :]
        room = max(width - len(begin) - _INDENT, _NEAREST)
    lines[-1] += rest
    return lines


def _break(formula: str, room: int) -> int:
    """The blank at which a formula is folded: late in the line, least deep in parentheses; 0 where there is none."""
    best, depth, least = 0, 0, _ENDLESS
    for sign in _SIGN.finditer(formula[: room + 3]):
        at = sign.start()
        if sign[0] != " ":
            depth += 1 if sign[0] in "([" else -1
            continue
        level = 2 * depth + (formula[at + 1] in "*/")
        if at <= room and (level <= least or best < room // 4):
            best, least = at, level
    return best
