"""Whether a derivative is right, in words: for a terminal, for a pipe, as JSON; and how far it has come."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from autodiff_cli.engine.printer import name_of, number_text
from autodiff_cli.render.data import plain
from autodiff_cli.render.phrases import counted, cut
from autodiff_cli.render.progress import Bar
from autodiff_cli.reports.check import Answer, Checked, CheckedDerivative, Comparison, decisive

_LONGEST = 400  # characters of an expression or a claim
_VISIBLE = 1e-12  # a difference above that is more than rounding, and its place is named

_STYLES = {Answer.RIGHT: "bold green", Answer.WRONG: "bold red", Answer.UNDECIDED: "bold yellow"}
_CLAIMED = {Answer.RIGHT: "=", Answer.WRONG: "is not", Answer.UNDECIDED: "="}
_WITNESSED = {
    Answer.RIGHT: "agrees with finite differences",
    Answer.WRONG: "does not agree with finite differences",
    Answer.UNDECIDED: "could not be held against finite differences",
}
_NOT_COUNTED = {  # of points that are neither right nor wrong
    "kink": "at a kink, where the slope is a matter of convention",
    "jump": "where the value jumps, so that there is no slope",
    "undefined": "where the claim is undefined",
    "undecided": "hidden by rounding",
    "singular": "where the gradient is not finite",
    "unsure": "where differences resolve no slope",
}

_Line = tuple[str, str, str]  # how far it is indented and what it begins with, what it says, and the style of that


def show(checked: Checked) -> None:
    """Print it: in colour and folded on a terminal, else as plain lines."""
    if sys.stdout is None or not sys.stdout.isatty():
        print(to_text(checked))
        return
    from textwrap import wrap

    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    for head, text, style in _lines(checked):
        indent = " " * max(2, len(head) - len(head.lstrip()))
        first, *more = wrap(head + text, console.width, subsequent_indent=indent, break_on_hyphens=False) or [""]
        rest = "" if head.strip() else style
        console.print(Text.assemble((first[: len(head)], style), (first[len(head) :], rest)), soft_wrap=True)
        for line in more:
            console.print(Text(line, rest), soft_wrap=True)


def to_text(checked: Checked) -> str:
    """As plain lines."""
    return "\n".join([head + text for head, text, _ in _lines(checked)])


def _lines(checked: Checked) -> list[_Line]:
    lines: list[_Line] = [("", cut(checked.expression, _LONGEST), "bold")]
    for finding in checked.findings:
        lines += _finding(finding, checked.points)
    ranges = ", ".join([_range(name, *span) for name, span in checked.region.items()])
    lines.append(("", f"{counted(checked.points, 'point')}: {ranges}; seed {checked.seed}", "dim"))
    left_out = [f"{checked.outside:,} outside the domain"] * bool(checked.outside)
    left_out += [f"{checked.steep:,} where value or gradient is not finite"] * bool(checked.steep)
    if left_out:
        lines.append(("", f"left out: {', '.join(left_out)}", "dim"))
    return lines


def _finding(finding: CheckedDerivative, points: int) -> list[_Line]:
    """What was found out of one derivative: `wrong: d/dx is not x`, and what goes with it."""
    answer, claim = finding.answer, cut(finding.claim, _LONGEST)
    said = f"{_CLAIMED[answer]} {claim}" if claim else _WITNESSED[answer]
    said = f"{_subject(finding)} {said}"
    word = f"{answer.value}, proven" if finding.proof else answer.value
    lines: list[_Line] = [(f"{word}:", f" {said}", _STYLES[answer])]
    lines += [("  ", text, "") for text in _proven(finding)]
    lines += [("  ", text, "") for text in _counterexample(finding)]
    lines += [("  hint:", f" {finding.hint}", "yellow")] * bool(finding.hint)
    lines += [("  ", text, "") for text in (*_compared(finding, points), *_not_counted(finding))]
    return lines + [("  note:", f" {note}", "cyan") for note in finding.notes]


def _subject(finding: CheckedDerivative) -> str:
    """What a claim is about: `d/dx`, `line 1: d/dx`, or `line 3: line 2`."""
    derivative = name_of([finding.name] * finding.order)
    if not finding.line:
        return derivative
    before = f"line {finding.line - 1}" if finding.line > 1 else derivative
    return f"line {finding.line}: {before}"


def _proven(finding: CheckedDerivative) -> Iterator[str]:
    """Where it is proven: `equal wherever both are defined (x > 0)`."""
    if finding.proof:
        where = f" ({finding.domain})" if finding.domain else ""
        but = finding.proof.removeprefix("proven")
        yield f"equal wherever both are defined{where}{',' * bool(but)}{but}"


def _counterexample(finding: CheckedDerivative) -> Iterator[str]:
    if spot := finding.counterexample:
        claimed, true = apart(spot.claimed, spot.true)
        is_ = f"is {claimed}" if spot.claimed == spot.claimed else "is undefined"
        if finding.claim:
            it = f"line {finding.line - 1}" if finding.line > 1 else "it"
            claim = f"line {finding.line}" if finding.line > 1 else "the claim"
            yield f"at {point_text(spot.point)} {it} is {true}, and {claim} {is_}"
        else:
            yield f"at {point_text(spot.point)} differences show {true}, and the gradient {is_}"


def _compared(finding: CheckedDerivative, points: int) -> Iterator[str]:
    """At how many points it is right, or wrong."""
    counts = Counter(finding.counts)
    right, wrong = counts["right"] + counts["ok"], counts["wrong"] + counts["mismatch"]
    if finding.answer is Answer.WRONG and wrong:
        yield f"wrong at {wrong:,} of {counted(finding.points, 'point')} compared"
    elif finding.answer is Answer.RIGHT and right:
        everywhere = "at every point" if right == points else f"at {right:,} of {counted(points, 'point')}"
        yield f"{everywhere}, {_worst(finding)}"


def _not_counted(finding: CheckedDerivative) -> Iterator[str]:
    names = filter(_NOT_COUNTED.__contains__, finding.counts)
    rest = [f"{finding.counts[name]:,} {_NOT_COUNTED[name]}" for name in names]
    if rest:
        yield f"not counted: {'; '.join(rest)}"


def _worst(finding: CheckedDerivative) -> str:
    if not finding.worst:
        return "to the last digit"
    text = f"worst relative difference {finding.worst:.1e}"
    if finding.worst < _VISIBLE or not finding.worst_at:
        return text
    return f"{text}, at {point_text(finding.worst_at)}"


def _range(name: str, low: float, high: float) -> str:
    """Where a variable was tried: "x from -1 to 1", or "x = 2"."""
    return f"{name} = {number_text(low)}" if low == high else f"{name} from {low:.6g} to {high:.6g}"


def point_text(point: dict[str, float]) -> str:
    """A point: "x = 1, y = 0.5"."""
    return ", ".join([f"{name} = {number_text(x)}" for name, x in point.items()])


def apart(a: float, b: float, fewest: int = 8) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to see that they differ.

    >>> apart(1.0, 1.00000001), apart(1.0, 2.5, fewest=4)
    (('1', '1.00000001'), ('1', '2.5'))
    """
    for digits in (fewest, 8, 12, 17):
        texts = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def to_json(checked: Checked, notes: Sequence[str] = ()) -> str:
    """One object; what is not finite is the string "inf", "-inf" or "nan", and what there is not is null."""
    by_name: dict[str, list[CheckedDerivative]] = {}
    for finding in checked.findings:
        by_name.setdefault(finding.name, []).append(finding)
    findings = {name: _as_objects(found) for name, found in by_name.items()}
    claimed = any("claim" in finding for finding in findings.values())
    return json.dumps(
        {
            "expression": checked.expression,
            "verdict": checked.answer.value,
            "points": checked.points,
            "region": {name: list(span) for name, span in checked.region.items()},
            "outside": checked.outside,
            "steep": checked.steep,
            "seed": checked.seed,
            "claims" if claimed else "gradients": findings,
            "notes": list(dict.fromkeys(notes)),
        }
    )


def _as_objects(findings: list[CheckedDerivative]) -> dict[str, Any]:
    """The object of a variable: of a derivation that of the first line that is not right, or the last; and `lines`."""
    telling = decisive(findings)
    found = as_object(telling)
    if telling.line:
        found["line"] = telling.line
        found["lines"] = list(map(as_object, findings))
    return found


def as_object(finding: CheckedDerivative) -> dict[str, Any]:
    """All that is known of one claim."""
    found = {
        "claim": finding.claim,
        "verdict": finding.answer.value,
        "proof": finding.proof or None,
        "domain": finding.domain or None,
        "points": finding.points,
        "counts": finding.counts,
        "worst_difference": finding.worst if isfinite(finding.worst) else None,
        "worst_at": finding.worst_at,
        "counterexample": spot_object(finding.counterexample),
        "hint": finding.hint or None,
        "notes": finding.notes,
    }
    if not finding.claim:
        for name in ("claim", "proof", "domain"):
            del found[name]
    return found


def spot_object(spot: Comparison | None) -> dict[str, Any] | None:
    """A claim at a point, and what is true there."""
    return None if spot is None else {"point": spot.point, "claimed": plain(spot.claimed), "true": plain(spot.true)}


class CheckProgress(Bar):
    """How many points have been checked, or lines."""

    def __init__(self, what: str = "points") -> None:
        super().__init__(lambda: _columns(what))

    def tick(self, done: int, of: int) -> None:
        """So many of them are done."""
        self.update("", done, of)


def _columns(what: str) -> tuple[Any, ...]:
    from rich.progress import BarColumn, MofNCompleteColumn, TimeElapsedColumn

    return what, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
