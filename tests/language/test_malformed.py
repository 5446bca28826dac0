"""Malformed inputs by kind, each with exactly what is drawn of its error: those of tests/data/malformed.txt, and more.

In that file `## ` begins a kind; a case is its input, each line behind `> `, then what is drawn; an empty line ends it.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.render.error import to_text

from ..conftest import Result

FILE = Path(__file__).parents[1] / "data" / "malformed.txt"
KINDS = [
    "brackets", "operators", "numbers", "names and functions", "commas and decimals", "equals and comparisons",
    "conditions", "programs and definitions", "sums, products and piecewise", "signs and typography", "LaTeX",
    "wide and combining characters", "long lines",
]  # fmt: skip


class Case(NamedTuple):
    """An input, and what is drawn of its error."""

    kind: str
    text: str
    drawn: str


def read(path: Path) -> list[Case]:
    """The cases of a file."""
    cases, kind = [], ""
    for block in path.read_text(encoding="utf-8").removesuffix("\n").split("\n\n"):
        if block.startswith("## "):
            kind = block[3:]
            continue
        lines = block.split("\n")
        count = next(number for number, line in enumerate(lines) if not line.startswith(">"))
        text = "\n".join([line[1:].removeprefix(" ") for line in lines[:count]])
        cases.append(Case(kind, text, "\n".join(lines[count:])))
    return cases


CASES = read(FILE)


def refused(text: str) -> AutodiffError:
    """The error of a text."""
    with pytest.raises(AutodiffError) as caught:
        parse(text)
    return caught.value


def test_the_file_has_ten_cases_of_every_kind() -> None:
    counts = Counter(case.kind for case in CASES)
    assert list(counts) == KINDS
    assert min(counts.values()) >= 10
    assert len(CASES) >= 150
    assert len({case.text for case in CASES}) == len(CASES)
    assert sum("\n" in case.text for case in CASES) >= 10


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}: {case.text[:40]}")
def test_a_malformed_text_is_drawn_exactly_so(case: Case) -> None:
    error = refused(case.text)
    assert to_text(error, 80) == case.drawn
    assert type(error) is AutodiffError
    assert error.source == case.text


@pytest.mark.parametrize("case", CASES[:: len(CASES) // 10], ids=lambda case: f"{case.kind}: {case.text[:40]}")
def test_a_malformed_text_on_the_command_line_is_drawn_as_by_the_library(
    case: Case, autodiff: Callable[..., Result]
) -> None:
    result = autodiff("eval", "--", case.text)
    assert result.code == 2
    assert result.out == ""
    assert result.err == case.drawn + "\n"


# Control characters, spaces of other kinds and line endings, which a text file holds badly
@pytest.mark.parametrize(
    ("text", "message", "lines"),
    [
        ("a\x00b", "cannot read the control character U+0000", ["a\ufffdb", " ^"]),
        ("\x1b[31mx", "cannot read the control character U+001B", ["\ufffd[31mx", "^"]),
        ("x\x7f", "cannot read the control character U+007F", ["x\ufffd", " ^"]),
        ("\ufeffx", "cannot read the control character U+FEFF", ["\ufffdx", "^"]),
        ("x\u200b + %", "cannot read the control character U+200B", ["x\ufffd + %", " ^"]),
        ("x\u200by", "cannot read the control character U+200B", ["x\ufffdy", " ^"]),
        ("x\u202ey", "cannot read the control character U+202E", ["x\ufffdy", " ^"]),
        ("x\u2028y)", "this ')' closes nothing", ["x\ufffdy)", "   ^"]),
        ("\tx\t+\t%", "cannot read '%'", [" x + %", "     ^"]),
        ("x +\r\n%", "cannot read '%'", ["line 2, column 1", "%", "^"]),
        ("x %\r\ny", "cannot read '%'", ["line 1, column 3", "x %", "  ^"]),
        ("x \r y)", "this ')' closes nothing", ["x \ufffd y)", "     ^"]),
        ("x\udcff + 1", "cannot read the control character U+DCFF", ["x\ufffd + 1", " ^"]),
        ("x\xad", "cannot read the control character U+00AD", ["x\ufffd", " ^"]),
        ("x\xa0+\xa0)", "this ')' closes nothing", ["x\ufffd+\ufffd)", "    ^"]),
        ("x + \n", "the expression ends where a number, a name or '(' is needed", ["x +", "  ^"]),
        ("x +\n\n", "the expression ends where a number, a name or '(' is needed", ["line 1, column 3", "x +", "  ^"]),
        ("\n\n)", "this ')' closes nothing", ["line 3, column 1", ")", "^"]),
        ("   ", "the expression is empty", []),
        ("", "the expression is empty", []),
        ("\n", "the expression is empty", []),
        (";;", "the expression is empty", []),
        ("  x  )  ", "this ')' closes nothing", ["  x  )", "     ^"]),
        ("\u0301", "cannot read '\u0301'", ["\u0301", "^"]),
        ("x\u0301\u0301)", "this ')' closes nothing", ["x\u0301\u0301)", " ^"]),
        ("x + \U000e0001", "cannot read the control character U+E0001", ["x + \ufffd", "    ^"]),
        ("x\x0c)", "this ')' closes nothing", ["x\ufffd)", "  ^"]),
        ("# \x1b", "the expression is empty", []),
        ("x # \x1b\n)", "this ')' closes nothing", ["line 2, column 1", ")", "^"]),
    ],
    ids=ascii,
)
def test_what_no_text_file_holds_well(text: str, message: str, lines: list[str]) -> None:
    error = refused(text)
    drawn = [f"  │ {line}".rstrip() for line in lines] + ([f"  = {error.hint}"] if error.hint else [])
    assert to_text(error, 80).split("\n") == [f"error: {message}", *drawn]
    assert type(error) is AutodiffError
