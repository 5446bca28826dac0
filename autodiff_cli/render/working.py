"""A working, line by line, with what is said of each line: for a terminal, for a pipe, as JSON."""

import json
import sys
from collections import Counter
from typing import Any

from autodiff_cli.render.check import apart, point_text, spot_object
from autodiff_cli.render.phrases import counted, without_zeros
from autodiff_cli.reports.check import Comparison
from autodiff_cli.reports.truth import LineVerdict
from autodiff_cli.reports.working import WorkedLine, Working

_WIDEST = 60  # characters of a line, behind which verdicts are in a column
_GAP = 4
_LONGEST = 40  # characters of a condition
_STYLES = {
    LineVerdict.GIVEN: "dim",
    LineVerdict.RIGHT: "green",
    LineVerdict.WRONG: "bold red",
    LineVerdict.FOLLOWS: "red",
    LineVerdict.UNDECIDED: "bold yellow",
    LineVerdict.UNREAD: "bold yellow",
}


def show(working: Working) -> None:
    """Print it: in colour and folded on a terminal, else a line for each line."""
    rows = [(f"line {line.line}", line.text, _said(line), _STYLES[line.verdict]) for line in working.lines]
    head = max([len(row[0]) for row in rows], default=0) + 2
    widths = [len(text) for _, text, said, _ in rows if said and len(text) <= _WIDEST]
    width = max(widths, default=0) + _GAP
    if sys.stdout is None or not sys.stdout.isatty():
        for place, text, said, _ in rows:
            print(
                f"{place:<{head}}{text:<{width}}{'  ' * (len(text) >= width)}{said}".rstrip()
                if said
                else f"{place:<{head}}{text}"
            )
        print(_summary(working))
        return
    _draw(rows, head, width, working)


def _draw(rows: list[tuple[str, str, str, str]], head: int, width: int, working: Working) -> None:
    from textwrap import wrap

    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    for place, text, said, style in rows:
        start = Text.assemble((f"{place:<{head}}", "dim"), text)
        room = console.width - head - max(width, len(text) + 2)
        if said and len(said) <= room:
            console.print(
                start, Text(" " * (max(width, len(text) + 2) - len(text)) + said, style), sep="", soft_wrap=True
            )
            continue
        for number, part in enumerate(wrap(text, max(20, console.width - head), subsequent_indent="    ")):
            console.print(Text.assemble((f"{place if not number else '':<{head}}", "dim"), part), soft_wrap=True)
        for part in wrap(said, max(20, console.width - head - 2), subsequent_indent="  ", break_on_hyphens=False):
            console.print(Text(" " * (head + 2) + part, style), soft_wrap=True)
    console.print(Text(_summary(working), "dim"))


def _said(line: WorkedLine) -> str:
    """What is said of a line: `wrong: the inner derivative of 3 * x is missing (x = 1: -0.708, true -2.688)`."""
    if line.verdict is LineVerdict.GIVEN:
        return line.why
    if line.verdict is LineVerdict.FOLLOWS:
        return f"follows from line {line.follows_from}"
    if line.verdict is LineVerdict.WRONG:
        return f"wrong: {_slip(line)}"
    word = f"{line.verdict.value}, proven" if line.proof else line.verdict.value
    where = f" where {line.domain}" if line.domain and len(line.domain) <= _LONGEST else ""
    more = [*[line.why] * bool(line.why), *[note.replace("the claim", "it", 1) for note in line.notes]]
    return f"{word}{where}{': ' * bool(more)}{'; '.join(more)}"


def _slip(line: WorkedLine) -> str:
    words = f"it is {line.hint}" if line.hint.startswith("right for") else line.hint or line.why
    if not line.counterexample:
        return words
    spot = _spot(line.counterexample)
    return f"{words} ({spot})" if words else spot


def _spot(spot: Comparison) -> str:
    """`x = 1: -0.708, true -2.688`"""
    claimed, true = _apart(spot.claimed, spot.true)
    at = point_text(spot.point)
    return f"{at}{': ' * bool(at)}{claimed}, true {true}"


def _apart(a: float, b: float) -> tuple[str, str]:
    """Both numbers to three decimals, if these tell them apart and are enough digits."""
    if all(0.1 <= abs(x) < 1000 or x == 0 for x in (a, b)) and f"{a:.3f}" != f"{b:.3f}":
        return without_zeros(f"{a:.3f}"), without_zeros(f"{b:.3f}")
    return apart(a, b, fewest=4)


def _summary(working: Working) -> str:
    """`3 lines: 1 given, 1 wrong, 1 follows; the first slip is in line 2; 4 lines of prose`"""
    if not working.lines:
        return "no line is a formula" + f"; {counted(len(working.prose), 'line')} of prose" * bool(working.prose)
    counts = Counter([line.verdict for line in working.lines])
    said = [", ".join([f"{counts[verdict]} {verdict.value}" for verdict in LineVerdict if counts[verdict]])]
    if slip := working.first_slip:
        said.append(f"the first slip is in line {slip.line}")
    if working.prose:
        said.append(f"{counted(len(working.prose), 'line')} of prose skipped")
    return f"{counted(len(working.lines), 'line')}: {'; '.join(said)}"


def to_json(working: Working) -> str:
    """A list with an object for each line, those of prose too; what there is not is null."""
    found = [*map(_object, working.lines), *[_prose(number, text) for number, text in working.prose]]
    return json.dumps(sorted(found, key=lambda one: one["line"]))


def _object(line: WorkedLine) -> dict[str, Any]:
    at = line.at or (line.line, line.column)
    return {
        "line": line.line,
        "text": line.text,
        "verdict": line.verdict.value,
        "proven": bool(line.proof),
        "follows_from": line.follows_from,
        "hint": line.hint or None,
        "place": {"line": at[0], "column": at[1]},
        "why": line.why or None,
        "domain": line.domain or None,
        "counterexample": spot_object(line.counterexample),
        "notes": line.notes,
    }


def _prose(number: int, text: str) -> dict[str, Any]:
    names = ("follows_from", "hint", "why", "domain", "counterexample")
    found: dict[str, Any] = {"line": number, "text": text, "verdict": "prose", "proven": False}
    return found | dict.fromkeys(names) | {"place": {"line": number, "column": 1}, "notes": []}
