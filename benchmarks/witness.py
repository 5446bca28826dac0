"""The witness: its verdicts over the shared corpora, rules made wrong on purpose, and other libraries' differences."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from math import isfinite
from pathlib import Path
from statistics import median
from typing import Any

from timing import HEADER, row

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import RULES, Rule
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact import balls as exact
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Verdict
from autodiff_cli.witness.finite_difference import differentiate
from autodiff_cli.witness.replay import Replay

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "corpora"
NAMES = ("feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points")
EACH = 25  # expressions that a spoiled rule is tried on, at most
Record = dict[str, Any]


def records() -> Iterator[tuple[Record, Expression, dict[str, float]]]:
    """Every record with its expression and point."""
    for name in NAMES:
        for line in (FOLDER / f"{name}.jsonl").read_text().splitlines():
            record = json.loads(line)
            point = {name: float(value) for name, value in record["point"].items()}
            expression = parse(record["expr"], point).evaluation()
            expression.move(point)
            if isfinite(expression.root.data):
                yield record, expression, point


def off(got: float, want: float) -> float:
    """The relative error, or the absolute one of nothing."""
    return abs(got - want) / (abs(want) or 1.0)


def verdicts(everything: list[tuple[Record, Expression, dict[str, float]]]) -> None:
    """What the witness says of right gradients."""
    counts: Counter[str] = Counter()
    for record, expression, point in everything:
        slack = max(1e-13, 10 * float(record.get("f64_grad_relerr") or 0))
        for found in report_at(expression, point).rows:
            want = float(record["grad"][found.name])
            right = off(found.gradient, want) <= slack
            counts["all"] += 1
            counts[found.verdict.value] += 1
            counts["accused"] += right and found.verdict is Verdict.MISMATCH
            counts["blind"] += right and found.verdict is Verdict.OK and off(found.estimate, want) > 1e-6
            # one ulp for the reference, which is a decimal read as a float
            counts["bound"] += not abs(found.estimate - want) <= found.bound + 2.0**-52 * abs(want)
    share = counts["ok"] / counts["all"]
    row("right gradients called mismatch", str(counts["accused"]), "", "", "0", not counts["accused"])
    row("estimates off by more than 1e-6, called ok", str(counts["blind"]), "", "", "0", not counts["blind"])
    row("verdict ok", f"{share:.2%} of {counts['all']}", "", "", "≥ 99 %", share >= 0.99)
    row("bounds that do not hold the reference", str(counts["bound"]), "", "", "0", not counts["bound"])


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


def spoiled(everything: list[tuple[Record, Expression, dict[str, float]]]) -> None:
    """How many faults that change a gradient go unseen."""
    counts: Counter[str] = Counter()
    missed: list[str] = []
    for rule in RULES.values():
        users = [one for one in everything if any(node.rule is rule for node in one[1].nodes)][:EACH]
        honest_function = rule.function
        for partials in faults(rule) if users else ():
            wrong = Rule(honest_function._replace(partials=partials))
            kept = {name: getattr(rule, name) for name in ("function", "pullback", "_partials")}
            for record, expression, point in users:
                with expression.at(point) as at:
                    honest = at.gradients()
                rule.function, rule.pullback, rule._partials = wrong.function, wrong.pullback, {}
                exact._numbers.cache_clear()
                try:
                    report = report_at(expression, point)
                except (AutodiffError, ArithmeticError):
                    counts["refused"] += 1
                    continue
                finally:
                    for name, value in kept.items():
                        setattr(rule, name, value)
                for found in report.rows:
                    gradient, want = found.gradient, float(record["grad"][found.name])
                    changed = off(gradient, honest[found.name]) > 1e-6 and off(gradient, want) > 1e-6
                    if changed and isfinite(gradient):
                        counts["changed"] += 1
                        counts[found.verdict.value] += 1
                        if found.verdict is Verdict.OK:
                            missed.append(f"{honest_function.name} {partials}: {expression} by {found.name}")
    exact._numbers.cache_clear()
    what = f"gradients changed by a fault, {counts['changed']} of them, called ok"
    row(what, str(counts["ok"]), "", f"{counts['mismatch']} called mismatch", "0", not counts["ok"])
    for line in missed[:10]:
        print(line[:300], file=sys.stderr)


def peers() -> dict[str, Callable[[Callable[[float], float], float], float]]:
    """The slope of a function by each library that is installed, as its manual has it."""
    found: dict[str, Callable[[Callable[[float], float], float], float]] = {}
    try:
        import numpy as np
        from scipy.differentiate import derivative

        found["scipy.differentiate"] = lambda f, x: float(derivative(np.vectorize(f, otypes=[float]), x).df)
    except ImportError:
        pass
    try:
        import numdifftools

        found["numdifftools"] = lambda f, x: float(numdifftools.Derivative(f)(x))
    except ImportError:
        pass
    return found


def compared(everything: list[tuple[Record, Expression, dict[str, float]]]) -> None:
    """Error and evaluations against other libraries, on the same functions and points."""
    import warnings

    from autodiff_cli.witness.high_precision import Refined

    warnings.simplefilter("ignore")
    for peer, slope in peers().items():
        lower, finer, total = 0, 0, 0
        asked: tuple[list[int], list[int]] = ([], [])
        for record, expression, point in everything:
            expression = expression.evaluation()
            expression.move(point)
            tape = Replay(expression.root, expression.nodes, expression.variables.values())
            refined = Refined(expression.root, expression.nodes)
            for name, variable in expression.variables.items():
                want, line = float(record["grad"][name]), tape.along(variable)
                estimate = differentiate(line, line.perturbed, variable.data, line.elsewhere_perturbed)
                count = Counter()  # type: ignore[var-annotated]

                def f(x: float, line: Any = line, count: Any = count) -> float:
                    count["asked"] += 1
                    return float(line(float(x)))

                try:
                    theirs = off(slope(f, variable.data), want)
                except (ArithmeticError, ValueError, IndexError):
                    theirs = float("nan")
                line.restore()
                total += 1
                lower += off(estimate.value, want) <= theirs or not isfinite(theirs)
                finer += off(refined.along(variable).value, want) <= max(theirs, 2.0**-52) or not isfinite(theirs)
                asked[0].append(estimate.evaluations)
                asked[1].append(count["asked"])
        ours, others = median(asked[0]), median(asked[1])
        for what, number, good in (("in floats", ours, lower / total), ("in high precision", 5, finer / total)):
            reached = good >= 0.9 and number < others
            shown = f"on {good:.1%} of {total}"
            row(
                f"error no larger, {what}",
                f"{number:.0f} evaluations",
                f"{peer} {others:.0f}",
                shown,
                "≥ 90 %, fewer",
                reached,
            )


def main() -> None:
    """Print a row for each figure."""
    if not FOLDER.exists():
        sys.exit("SKIPPED: the shared corpora are not beside this checkout")
    everything = list(records())
    print(HEADER)
    verdicts(everything)
    compared(everything)
    spoiled(everything)


if __name__ == "__main__":
    main()
