"""How uncertain a result is whose inputs are: to first order, to second order and by samples, side by side.

The formulas are those of the Guide to the Expression of Uncertainty in Measurement (JCGM 100:2008, 5.1.2 and 5.2.2), to
second order as for normal distributions; the samples are those of its Supplement 1 (JCGM 101:2008).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import hypot, isfinite, nan, sqrt, ulp
from typing import NamedTuple

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.correlations import Matrix, Pair, triangle
from autodiff_cli.reports.formulas import orders, values_at
from autodiff_cli.reports.measured import Measured
from autodiff_cli.reports.moments import Moments, Sampled
from autodiff_cli.reports.point import report_at, selected_rows
from autodiff_cli.reports.results import Report, Verdict
from autodiff_cli.reports.significant import between, percent, with_sigma
from autodiff_cli.witness.trust import doubt

_NOISE = 0.02  # of sigma: by how much rounding may move a sample
_SEEN = 0.0005  # of the sum of shares: what is seen in a percentage with one decimal
_BESIDE = 0.618  # sigmas from the value, where numbers are as long as most are
_MOST = 40  # uncertain variables, beyond which there are too many second derivatives


class Contribution(NamedTuple):
    """What one variable is responsible for: its contribution to the uncertainty, and the share of the variance."""

    measured: Measured
    size: float
    share: float

    def is_even(self) -> bool:
        """Whether the uncertainty is the same on both sides."""
        return self.measured.above == self.measured.below


@dataclass(slots=True)
class Uncertainty:
    """How uncertain a result is. `parts` are its variables by share, the largest first; `steps` are those with a name.

    What is None could not be had; a note of the report says why.
    """

    sigma: float
    linear: Moments
    parts: dict[str, Contribution]
    steps: dict[str, float]
    is_correlated: bool = False
    second_order: Moments | None = None
    sampled: Sampled | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def methods(self) -> dict[str, Moments]:
        """What there is, by its name."""
        found = {"linear": self.linear if isfinite(self.sigma) else None, "second order": self.second_order}
        found["sampled"] = self.sampled.moments if self.sampled else None
        return {name: moments for name, moments in found.items() if moments is not None}

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where 68 % lie by the samples; None where value and sigma say as much."""
        is_linear = "linear" in self.methods and "linear" not in self.doubtful
        is_known = is_linear and all(map(Contribution.is_even, self.parts.values()))
        return None if is_known or not self.sampled else self.sampled.interval

    @property
    def doubtful(self) -> list[str]:
        """The methods that differ from the one to be trusted: the samples, or where there are none second order."""
        *others, best = self.methods.items() or [("", Moments(nan, nan))]
        return [name for name, moments in others if not moments.is_near(best[1])]

    def contribution(self, name: str) -> float | None:
        """What a name contributes, 0 if it is certain; None of a step, whose variables do."""
        return None if name in self.steps else self.parts[name].size if name in self.parts else 0.0

    def share(self, name: str) -> float | None:
        """The share of a name in the variance; None of a step, and where there is no variance."""
        share = self.parts[name].share if name in self.parts else 0.0
        return None if name in self.steps or not self.sigma or not isfinite(share) else share

    @property
    def sigmas(self) -> dict[str, float]:
        """One sigma of every uncertain variable and of every step."""
        return {name: part.measured.sigma for name, part in self.parts.items()} | self.steps


def report_of_uncertain(
    expression: Expression,
    point: Mapping[str, float],
    measured: Mapping[str, Measured],
    correlations: Mapping[Pair, float],
    wrt: Collection[str] = (),
) -> Report:
    """The report at a point of which some numbers are measured, with how uncertain the result is.

    Raises AutodiffError for correlations that no numbers have, and where there is no value at the point.
    """
    factor = triangle([*measured], correlations)
    names = [*dict.fromkeys([*(wrt or selected_rows(expression, ())), *measured])]
    report = report_at(expression, point, names)
    gradients = {row.name: row.gradient for row in report.rows}
    steps = {row.name: expression.steps[row.name] for row in report.rows if row.computed}
    spread = Spread(measured, factor)
    found = spread.first_order(report.value, gradients)
    with expression.at(point) as at:
        for name in steps:
            found.steps[name] = spread.sigma(at.gradients(at.steps[name]))
    found.is_correlated = any(correlations.values())
    found.second_order, why = _second_order(expression, dict(point), report, spread)
    found.notes += [why] * bool(why)
    found.sampled, why = _sampled(expression, point, measured, factor)
    if found.sampled and _is_lost(found, found.sampled, _rounding(expression, point, measured)):
        found.sampled, why = None, "not sampled: rounding leaves too few digits of each sample"
    found.notes += [why] * bool(why)
    found.notes += _remarks(found)
    order = [*found.parts]
    report.rows.sort(key=lambda row: order.index(row.name) if row.name in order else len(order))
    report.notes += found.notes
    report.uncertainty = found
    return report


class Spread:
    """The measured numbers and their correlations, as a matrix whose product with its transpose is the covariance."""

    def __init__(self, measured: Mapping[str, Measured], factor: Matrix) -> None:
        self.measured = measured
        sigmas = [one.sigma for one in measured.values()]
        root = [[sigma * x for x in row] for sigma, row in zip(sigmas, factor, strict=True)]
        self._columns = [*zip(*root, strict=True)]

    def sigma(self, gradients: Mapping[str, float]) -> float:
        """One sigma of what has these gradients: the length of the root's transpose times the gradient."""
        slopes = [gradients[name] for name in self.measured]
        return hypot(*[_dot(slopes, column) for column in self._columns])

    def first_order(self, value: float, gradients: Mapping[str, float]) -> Uncertainty:
        """The linear rule, and what each variable contributes."""
        sigma = self.sigma(gradients)
        shifts = [one.shift for one in self.measured.values()]
        mean = value + _dot([gradients[name] for name in self.measured], shifts)
        parts = {}
        for name, one in self.measured.items():
            size = abs(_dot([gradients[name]], [one.sigma]))
            parts[name] = Contribution(one, size, _share(size, sigma))
        ordered = dict(sorted(parts.items(), key=lambda item: -item[1].size))
        return Uncertainty(sigma, Moments(mean, sigma), ordered, {})

    def second_order(self, value: float, gradients: Mapping[str, float], hessian: Mapping[Pair, float]) -> Moments:
        """Mean and sigma of the quadratic form that touches the result, for normal distributions.

        With the covariance C = R R' and the gradient g at the mean: mean = f + tr(R'HR)/2, and
        variance = g'C g + tr((R'HR)^2)/2.
        """
        rows = [[hessian[a, b] for b in self.measured] for a in self.measured]
        shifts = [one.shift for one in self.measured.values()]
        first = [gradients[name] for name in self.measured]
        at_mean = [slope + _dot(row, shifts) for slope, row in zip(first, rows, strict=True)]
        bent = self._bent(rows)
        mean = value + (_dot(first, shifts) + _dot(at_mean, shifts) + sum(_diagonal(bent))) / 2
        linear = [_dot(at_mean, column) for column in self._columns]
        return Moments(mean, hypot(*linear, *[x / sqrt(2) for x in chain.from_iterable(bent)]))

    def _bent(self, hessian: Matrix) -> Matrix:
        """R'HR: the second derivatives along what moves independently."""
        turned = [[_dot(row, column) for row in hessian] for column in self._columns]
        return [[_dot(column, row) for row in turned] for column in self._columns]


def _diagonal(matrix: Matrix) -> list[float]:
    return [row[index] for index, row in enumerate(matrix)]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    """The sum of products; what is multiplied by 0 does not count, be it infinite."""
    return sum([x * y for x, y in zip(a, b, strict=True) if x and y])


def _share(contribution: float, sigma: float) -> float:
    """The share of the variance; nan where there is no variance."""
    return (contribution / sigma) ** 2 if sigma else nan


def _second_order(
    expression: Expression, point: dict[str, float], report: Report, spread: Spread
) -> tuple[Moments | None, str]:
    """The second order, or why there is none."""
    names = [*spread.measured]
    if len(names) > _MOST:
        return None, f"no second order: {len(names)} uncertain variables have too many second derivatives"
    rough = [row.name for row in report.rows if row.name in names and row.verdict in (Verdict.KINK, Verdict.JUMP)]
    if rough:
        return None, f"no second order: the result has a kink or jumps by {', '.join(rough)}"
    found, _ = values_at(expression, point, orders(names, 2, True), report)
    hessian = {by: row.gradient for (a, b), row in found.items() for by in ((a, b), (b, a))}
    gradients = {row.name: row.gradient for row in report.rows}
    moments = spread.second_order(report.value, gradients, hessian)
    if isfinite(moments.mean) and isfinite(moments.sigma):
        return moments, ""
    return None, "no second order: a second derivative has no finite value here"


def _sampled(
    expression: Expression, point: Mapping[str, float], measured: Mapping[str, Measured], factor: Matrix
) -> tuple[Sampled | None, str]:
    """The samples, or why there are none."""
    try:
        from autodiff_cli.reports.sampled import sample

        return sample(expression, point, measured, factor)
    except AutodiffError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return None, f"not sampled: {error.message}{hint}"


def _rounding(expression: Expression, point: Mapping[str, float], measured: Mapping[str, Measured]) -> float:
    """How far rounding may move a sample, that of the drawn numbers included: at the point and at two beside it."""
    found = []
    for sigmas in (0.0, -_BESIDE, _BESIDE):
        beside = {name: one.value + sigmas * one.sigma for name, one in measured.items()}
        with expression.at({**point, **beside}) as at:
            gradients = at.gradients()
            drawn = [gradients[name] * ulp(number) / 2 for name, number in beside.items() if gradients[name]]
            found.append(doubt(at, gradients).value_moves + hypot(*drawn))
    return max(filter(isfinite, found), default=0.0)


def _is_lost(found: Uncertainty, sampled: Sampled, rounding: float) -> bool:
    """Whether samples are spread by rounding rather than by the inputs; `rounding` moves the value by so much."""
    spread = max(sampled.moments.sigma, found.sigma if isfinite(found.sigma) else 0.0)
    return 0 < _NOISE * spread < rounding


def _remarks(found: Uncertainty) -> list[str]:
    """What is to be said of an uncertainty: which methods to trust, and of correlations."""
    remarks = [what_to_trust(found)] if "linear" in found.doubtful else []
    sampled = found.sampled
    if not isfinite(found.sigma):
        remarks.append("there is no linear uncertainty: a gradient is not finite here")
    if sampled and sampled.without_value:
        share = percent(sampled.without_value / sampled.rows)
        remarks.append(f"{share} of the samples have no value: the uncertainty reaches out of the domain")
    if found.interval and "linear" in found.methods and "linear" not in found.doubtful:
        remarks.append(f"the sides are unequal: 68 % lie in {between(*found.interval)}")
    return remarks + of_shares(found)


def of_shares(found: Uncertainty) -> list[str]:
    """What is to be said of shares whose sum is not 100 %."""
    total = sum([part.share for part in found.parts.values()])
    if found.is_correlated and found.sigma and abs(total - 1) > _SEEN:
        return [f"the shares come to {100 * total:.1f} %: correlations make the difference to 100 %"]
    return []


def what_to_trust(found: Uncertainty) -> str:
    """Which methods are off, and what to trust."""
    are = "is" if len(found.doubtful) == 1 else "are"
    off = f"too curved: {' and '.join(found.doubtful)} {are} off by more than a tenth of sigma"
    sampled = found.sampled
    if sampled is None:
        return f"{off}; trust second order, as far as that goes"
    middle = f"68 % lie in {between(*sampled.interval)}"
    if not sampled.is_settled:
        return f"{off}, and the samples have no settled sigma; trust the interval: {middle}"
    return f"{off}; trust the samples, {with_sigma(*sampled.moments, 3)}: {middle}"
