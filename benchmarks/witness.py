"""The witness: its verdicts over the shared corpora, rules made wrong on purpose, and other libraries' differences."""

import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite, nan
from statistics import median
from typing import NamedTuple

from timing import CORPORA, HEADER, NOT_INSTALLED, SKIPPED, corpus, installed, parser, row, sized

from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.value import RULES, Rule, Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact import arithmetic
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Report, Verdict
from autodiff_cli.witness.finite_difference import differentiate
from autodiff_cli.witness.nearby import Nearby, SideKind
from autodiff_cli.witness.replay import Replay

NAMES = ("feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points")
RECORDS = sized(None, 2)  # of each corpus: all, or so many
EACH = sized(25, 1)  # expressions that a spoiled rule is tried on, at most
ULP = 2.0**-52
Slope = Callable[[Callable[[float], float], float], float]  # of a function at a number, by another library


class Case(NamedTuple):
    """A record of the corpora: an expression, its point, and its gradient as the record has it."""

    expression: Expression
    point: dict[str, float]
    gradient: dict[str, float]
    slack: float  # what floats may be off


def cases() -> Iterator[Case]:
    """Every record whose expression has a value."""
    for name in NAMES:
        for record in corpus(name, RECORDS):
            point = {name: float(value) for name, value in record["point"].items()}
            gradient = {name: float(slope) for name, slope in record["grad"].items()}
            expression = parse(record["expr"], point)
            if isfinite(expression.evaluate(**point)):
                slack = max(1e-13, 10 * float(record.get("f64_grad_relerr") or 0))
                yield Case(expression, point, gradient, slack)


def off(got: float, want: float) -> float:
    """The relative error, or the absolute one of nothing."""
    return abs(got - want) / (abs(want) or 1.0)


def verdicts(everything: list[Case]) -> None:
    """Print what the witness says of right gradients."""
    counts: Counter[str] = Counter()
    for case in everything:
        for found in report_at(case.expression, case.point).rows:
            want = case.gradient[found.name]
            right = off(found.gradient, want) <= case.slack
            counts["all"] += 1
            counts[found.verdict.value] += 1
            counts["accused"] += right and found.verdict is Verdict.MISMATCH
            counts["blind"] += right and found.verdict is Verdict.OK and off(found.estimate, want) > 1e-6
            # one ulp for the reference, which is a decimal read as a float
            counts["bound"] += not abs(found.estimate - want) <= found.bound + ULP * abs(want)
    share = counts["ok"] / counts["all"]
    row("right gradients called mismatch", str(counts["accused"]), "", "", "0", not counts["accused"])
    row("estimates off by more than 1e-6, called ok", str(counts["blind"]), "", "", "0", not counts["blind"])
    row("verdict ok", f"{share:.2%} of {counts['all']}", "", "", "≥ 99 %", share >= 0.99)
    row("bounds that do not hold the reference", str(counts["bound"]), "", "", "0", not counts["bound"])


# --- rules made wrong ------------------------------------------------------------------------------------------------


def faults(rule: Rule) -> Iterator[tuple[str, ...]]:
    """The partials of a rule made wrong in turn: a factor, a sign, a dropped term."""
    partials = rule.function.partials
    for index, partial in enumerate(partials):
        if partial in ("0", "nan"):
            continue
        wrongs = [f"({partial}) * 2001 / 2000", f"-({partial})"]
        for sign in (" + ", " - "):
            head, found, _ = partial.rpartition(sign)
            if found and head.count("(") == head.count(")"):
                wrongs.append(head)
        for wrong in wrongs:
            yield (*partials[:index], wrong, *partials[index + 1 :])


@contextmanager
def spoiled(rule: Rule, partials: tuple[str, ...]) -> Iterator[None]:
    """The rule with other partials, as long as the block runs."""
    kept = {name: getattr(rule, name) for name in ("function", "pullback", "_partials")}
    wrong = Rule(rule.function._replace(partials=partials))
    arithmetic.over_balls.cache_clear()
    try:
        for name in kept:
            setattr(rule, name, getattr(wrong, name))
        yield
    finally:
        for name, value in kept.items():
            setattr(rule, name, value)
        arithmetic.over_balls.cache_clear()


def report_with(rule: Rule, partials: tuple[str, ...], case: Case) -> Report | None:
    """What is said at a point with a rule made wrong; None where nothing is."""
    with spoiled(rule, partials):
        try:
            return report_at(case.expression, case.point)
        except (AutodiffError, ArithmeticError):
            return None


def judged(case: Case, report: Report) -> Iterator[tuple[str, Verdict]]:
    """The names and verdicts of the gradients that a fault has changed."""
    honest = case.expression.gradient(**case.point)
    for found in report.rows:
        gradient = found.gradient
        changed = off(gradient, honest[found.name]) > 1e-6 and off(gradient, case.gradient[found.name]) > 1e-6
        if changed and isfinite(gradient):
            yield found.name, found.verdict


def unseen(everything: list[Case]) -> None:
    """Print how many faults that change a gradient go unseen."""
    counts: Counter[str] = Counter()
    for rule in RULES.values():
        users = [case for case in everything if any(node.rule is rule for node in case.expression.nodes)][:EACH]
        for partials in faults(rule) if users else ():
            for case in users:
                report = report_with(rule, partials, case)
                for name, verdict in judged(case, report) if report else ():
                    counts[verdict.value] += 1
                    if verdict is Verdict.OK:
                        text = f"{rule.function.name} {partials}: {case.expression} by {name}"
                        print(text[:300], file=sys.stderr)
    what = f"gradients changed by a fault, {counts.total()} of them, called ok"
    others = f"{counts['mismatch']} called mismatch, {counts['unsure']} unsure"
    row(what, str(counts["ok"]), "", others, "0", not counts["ok"])


# --- other libraries' differences ------------------------------------------------------------------------------------


def by_scipy() -> Slope:
    """The slope by SciPy, as its manual has it."""
    import numpy as np
    from scipy.differentiate import derivative

    return lambda f, x: float(derivative(np.vectorize(f, otypes=[float]), x).df)


def by_numdifftools() -> Slope:
    """The slope by numdifftools, as its manual has it."""
    import numdifftools

    return lambda f, x: float(numdifftools.Derivative(f)(x))


PEERS = {"scipy.differentiate": ("scipy", by_scipy), "numdifftools": ("numdifftools", by_numdifftools)}


class Asked:
    """A function that counts how often it is asked."""

    def __init__(self, function: Callable[[float], float]) -> None:
        self._function = function
        self.count = 0

    def __call__(self, x: float) -> float:
        self.count += 1
        return float(self._function(float(x)))


class Slopes(NamedTuple):
    """What three ways to a slope come to: their errors, and how often the function was asked."""

    in_floats: float
    in_high_precision: float
    by_peer: float
    ours_asked: int
    peer_asked: int


def slopes(case: Case, at: Evaluation, slope: Slope) -> Iterator[Slopes]:
    """The slopes of a record by each variable."""
    at.move(case.point)
    replay, nearby = Replay(at.root, at.nodes, at.variables.values()), Nearby(at)
    for name, variable in at.variables.items():
        want = case.gradient[name]
        section = replay.along(variable)
        with section:
            estimate = differentiate(section, section.perturbed, variable.data, section.elsewhere_perturbed)
            asked = Asked(section)
            by_peer = error_of(slope, asked, variable, want)
        in_floats, fine = off(estimate.value, want), off(_slope(nearby, variable), want)
        yield Slopes(in_floats, fine, by_peer, estimate.evaluations, asked.count)


def _slope(nearby: Nearby, variable: Value) -> float:
    """The slope that values next to the point show; nan where they show none."""
    for side in nearby.sides(variable):
        if side.kind is SideKind.SLOPE:
            return side.slope
    return nan


def error_of(slope: Slope, function: Callable[[float], float], variable: Value, want: float) -> float:
    """The error of another library's slope; nan where it gives none."""
    try:
        return off(slope(function, variable.data), want)
    except (ArithmeticError, ValueError, IndexError):
        return nan


def compared(everything: list[Case], peer: str) -> None:
    """Print error and evaluations against another library, on the same functions and points."""
    module, make = PEERS[peer]
    if not installed(module):
        for what in ("in floats", "in high precision"):
            row(f"error no larger, {what}", "", f"{peer} {NOT_INSTALLED}", "", "≥ 90 %, fewer", None)
        return
    by_peer = make()
    found = [one for case in everything for one in slopes(case, case.expression.evaluation(), by_peer)]
    lower = [one.in_floats <= one.by_peer or not isfinite(one.by_peer) for one in found]
    finer = [one.in_high_precision <= max(one.by_peer, ULP) or not isfinite(one.by_peer) for one in found]
    ours, theirs = median(one.ours_asked for one in found), median(one.peer_asked for one in found)
    for what, asked, good in (("in floats", ours, lower), ("in high precision", 5, finer)):
        share = sum(good) / len(good)
        shown, reached = f"on {share:.1%} of {len(good)}", share >= 0.9 and asked < theirs
        mine, other = f"{asked:.0f} evaluations", f"{peer} {theirs:.0f}"
        row(f"error no larger, {what}", mine, other, shown, "≥ 90 %, fewer", reached)


def main() -> None:
    """Print a row for each figure."""
    parser(__doc__).parse_args()
    if not CORPORA.exists():
        print(SKIPPED)
        return
    everything = list(cases())
    print(HEADER)
    verdicts(everything)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for peer in PEERS:
            compared(everything, peer)
    unseen(everything)


if __name__ == "__main__":
    main()
