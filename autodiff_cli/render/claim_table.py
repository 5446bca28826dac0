"""The verdicts on many claims: a line each as they come, and what they come to."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from autodiff_cli.engine.printer import name_of
from autodiff_cli.render.check import as_object, point_text
from autodiff_cli.render.phrases import counted, cut
from autodiff_cli.reports.check import Answer
from autodiff_cli.reports.claim_table import ClaimVerdict

_LONGEST = 100  # characters of a formula


def show(verdicts: Iterable[ClaimVerdict], format: str) -> Counter[Answer]:
    """Print a line of each; how often each answer was given."""
    answers: Counter[Answer] = Counter()
    proven = 0
    for verdict in verdicts:
        answers[verdict.answer] += 1
        proven += bool(verdict.finding and verdict.finding.proof)
        print(json.dumps(_object(verdict)) if format == "json" else " ".join(_words(verdict)), flush=True)
    if format != "json":
        print(_summary(answers, proven))
    return answers


def _summary(answers: Counter[Answer], proven: int) -> str:
    """`3 claims: 2 right (1 proven), 1 wrong`."""
    words = {Answer.RIGHT: f"right ({proven:,} proven)", Answer.WRONG: "wrong", Answer.UNDECIDED: "undecided"}
    said = [f"{answers[answer]:,} {words[answer]}" for answer in words if answers[answer]]
    return f"{counted(answers.total(), 'claim')}: {', '.join(said)}"


def _words(verdict: ClaimVerdict) -> Iterator[str]:
    """`3 wrong: d/dx of x^3 is not 3 * x`, `(at x = 1 it is 3, not 1)`, and a hint."""
    row, finding = verdict.row, verdict.finding
    proven = ", proven" if finding and finding.proof else ""
    order = finding.order if finding else 1
    is_ = "is not" if verdict.answer is Answer.WRONG else "is"
    subject = f"{name_of([row.variable] * order)} of {cut(str(row.expression), _LONGEST)}"
    yield f"{row.number} {verdict.answer.value}{proven}: {subject} {is_} {cut(row.claim.source.strip(), _LONGEST)}"
    if verdict.error:
        yield f"({verdict.error})"
    if finding and (spot := finding.counterexample):
        yield f"(at {point_text(spot.point)} it is {spot.true:.8g}, not {spot.claimed:.8g})"
    if finding and finding.hint:
        yield f"- {finding.hint}"


def _object(verdict: ClaimVerdict) -> dict[str, Any]:
    row = verdict.row
    found: dict[str, Any] = {"line": row.number, "expression": str(row.expression), "variable": row.variable}
    if verdict.finding:
        return found | as_object(verdict.finding)
    return found | {"claim": str(row.claim), "verdict": verdict.answer.value, "proof": None, "notes": [verdict.error]}
