"""Where equations hold, as plain data: the roots along a range, from a start or in a box, and what is undecided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.exact.balls import decimal, exactly
from autodiff_cli.language.equation_reader import roots_of
from autodiff_cli.reports.status import Status
from autodiff_cli.rules.table import BOOLEAN

if TYPE_CHECKING:
    from autodiff_cli.reports.uncertainty import Uncertainty
    from autodiff_cli.solving.bisection import Root, Roots

_NEWTON = 200  # steps
_NAMED = 3  # undecided places that notes are on
_WINDOW = 1e-6  # around where Newton's steps end, in which a root is proven

Span = tuple[float, float]


@dataclass(slots=True)
class ProvenRoot:
    """A root: of each unknown its number; the slope of one equation; derivatives of the unknown by the others.

    It is the only one within so much; 0 says that others so close are not ruled out. `order` is 2 of a double root.
    """

    point: dict[str, float]
    within: float
    slope: float | None = None
    order: float = 1.0
    alone: bool = True
    derivatives: dict[str, float | None] = field(default_factory=dict)
    uncertainties: "dict[str, Uncertainty]" = field(default_factory=dict)  # of each unknown, where values have one


@dataclass(slots=True)
class Solution:
    """The roots of some equations."""

    equations: str
    unknowns: list[str]
    spans: dict[str, Span]  # the range of each unknown; none where it was found from a start
    roots: list[ProvenRoot] = field(default_factory=list)
    undecided: list[dict[str, Span]] = field(default_factory=list)
    touches: list[tuple[float, float]] = field(default_factory=list)  # undecided: where it turns, and how near to 0
    flat: list[dict[str, Span]] = field(default_factory=list)  # where the equation holds all over
    everywhere: bool = False
    formulas: dict[str, str] = field(default_factory=dict)  # of the derivatives of the one unknown, by the others
    notes: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether there are no other roots in the ranges."""
        return bool(self.spans) and not self.undecided

    @property
    def status(self) -> Status:
        """What it comes to."""
        if self.roots or self.flat or self.everywhere:
            return Status.OK
        return Status.MISMATCH if self.complete else Status.UNDECIDED


def equations_of(expression: Expression) -> list[Value]:
    """What is to be 0: the steps that are equations, and the result."""
    return [*[expression.steps[name] for name in roots_of(expression)], expression.root]


def solve(
    expression: Expression,
    text: str,
    spans: Mapping[str, Span],
    starts: Mapping[str, float],
    fixed: Mapping[str, str | float],
) -> Solution:
    """The roots in ranges of the unknowns, or the one from a start; `fixed` are the values of the other variables.

    A decimal in `fixed` is meant as it is typed. Raises AutodiffError where there are not as many equations as
    unknowns.
    """
    for root in equations_of(expression):
        if root.rule.function.name in BOOLEAN:
            span = expression.places.get(root)
            raise AutodiffError(
                "a condition is no equation", source=expression.source, span=span, hint="as in 'x^2 = 2'"
            )
    unknowns = [*spans, *starts]
    equations = equations_of(expression)
    if len(equations) != len(unknowns):
        raise _count_differs(expression, len(equations), unknowns)
    numbers = {expression.variables[name]: _number(given) for name, given in fixed.items()}
    report = Solution(text, unknowns, dict(spans))
    if len(unknowns) > 1:
        _solve_system(report, expression, equations, starts, numbers)
        return report
    found = _near(report, expression, starts, numbers, fixed) if starts else _along(report, expression, numbers)
    for one in found:
        point = {unknowns[0]: one.x}
        report.roots.append(ProvenRoot(point, one.within, one.slope, one.order, one.within > 0))
    if found:
        _differentiate(report, expression, numbers, found)
    return report


def _count_differs(expression: Expression, count: int, unknowns: Sequence[str]) -> AutodiffError:
    """What to do where there are more equations than unknowns, or fewer."""
    are = "1 equation" if count == 1 else f"{count} equations"
    names = ", ".join(unknowns) or "none"
    hint = (
        f"give a range or start to {'one variable' if count == 1 else f'{count} variables'}, and values to the others"
    )
    return AutodiffError(f"{are} and {len(unknowns)} unknowns ({names})", hint=hint)


def _number(given: str | float) -> Any:
    """A decimal as it is typed, or a float as it is."""
    return decimal(given) if isinstance(given, str) else exactly(given)


def _along(report: Solution, expression: Expression, fixed: Mapping[Value, Any]) -> "list[Root]":
    """All roots in the range."""
    from autodiff_cli.solving.line import RootFinder

    (name, (low, high)), *_ = report.spans.items()
    found = RootFinder(expression, expression.root, expression.variables[name], fixed).roots(low, high)
    report.everywhere = found.everywhere
    report.flat = [{name: span} for span in found.flat]
    _leave_open(report, name, found)
    return found.found


def _leave_open(report: Solution, name: str, found: "Roots") -> None:
    """What is undecided, with a note on where it may touch 0."""
    report.undecided = [{name: span} for span in found.undecided]
    report.touches = found.touches
    for x, within in found.touches[:_NAMED]:
        message = (
            f"at {name} = {number_text(x)} it is 0 to within {within:.0e} and turns: it touches 0 there, or misses it"
        )
        report.notes.append(f"{message} by less; minimize has the number there")


def _near(
    report: Solution,
    expression: Expression,
    starts: Mapping[str, float],
    numbers: Mapping[Value, Any],
    fixed: Mapping[str, str | float],
) -> "list[Root]":
    """The root that Newton's steps in floats lead to, with the proof close to where they end; none, with a note why."""
    from autodiff_cli.solving.line import RootFinder

    (name, start), *_ = starts.items()
    point = {other: float(given) for other, given in fixed.items()}
    x = _newton(lambda at: _at(expression, point, name, at), start)
    if x is None:
        message = f"Newton's steps from {name} = {number_text(start)} lead to no root"
        report.notes.append(f"{message}; a range is searched from end to end: --{name} LOW:HIGH")
        return []
    away = _WINDOW * max(1.0, abs(x))
    found = RootFinder(expression, expression.root, expression.variables[name], numbers).roots(x - away, x + away)
    if found.everywhere:
        report.everywhere = True
        return []
    report.flat = [{name: span} for span in found.flat if span[0] <= x <= span[1]]
    if report.flat:
        return []
    if not found.found:
        _leave_open(report, name, found)
        report.notes.append(f"Newton's steps end at {name} = {number_text(x)}, where no root could be proven")
        return []
    return [min(found.found, key=lambda root: abs(root.x - x))]


def _at(expression: Expression, point: Mapping[str, float], name: str, at: float) -> tuple[float, float]:
    """The value and the slope at a point."""
    value, gradient = expression.value_and_gradient({**point, name: at})
    return value, gradient[name]


def _newton(function: Callable[[float], tuple[float, float]], x: float) -> float | None:
    """Where Newton's steps lead, each halved until the value falls; None where they lead nowhere.

    Raises UndefinedError where the function has no finite value at the start.
    """
    value, slope = function(x)
    if not isfinite(value):
        raise UndefinedError(f"the start {number_text(x)} is outside the domain, or the value there is not finite")
    for _ in range(_NEWTON):
        if value == 0 or not slope or not isfinite(slope):
            break
        step = value / slope
        for _ in range(60):
            moved = x - step
            there, slope_there = function(moved) if isfinite(moved) else (inf, inf)
            if abs(there) < abs(value):
                break
            step /= 2
        else:
            break
        x, value, slope = moved, there, slope_there
    is_root = abs(value) <= 1e-8 or (isfinite(slope) and abs(value) <= 1e-8 * abs(slope) * max(1.0, abs(x)))
    return x if is_root else None


def _solve_system(
    report: Solution,
    expression: Expression,
    equations: Sequence[Value],
    starts: Mapping[str, float],
    fixed: Mapping[Value, Any],
) -> None:
    from autodiff_cli.solving.krawczyk import System

    system = System(expression, equations, [expression.variables[name] for name in report.unknowns], fixed)
    if report.spans and starts:
        raise AutodiffError(
            f"{', '.join(starts)} has a start and {', '.join(report.spans)} a range",
            hint="give each a range, or each a start",
        )
    if report.spans:
        found = system.roots(tuple(report.spans.values()))
        report.roots = [
            ProvenRoot(dict(zip(report.unknowns, one.point, strict=True)), one.within) for one in found.found
        ]
        report.undecided = [dict(zip(report.unknowns, box, strict=True)) for box in found.undecided]
        if found.undecided:
            report.notes.append("where equations touch, or hold together along a curve, nothing is proven of a system")
        return
    root = system.near([*starts.values()])
    if root is None:
        where = ", ".join([f"{name} = {number_text(start)}" for name, start in starts.items()])
        report.notes.append(f"Newton's steps from {where} lead to no root that could be proven")
    else:
        report.roots = [ProvenRoot(dict(zip(report.unknowns, root.point, strict=True)), root.within)]


def _differentiate(
    report: Solution, expression: Expression, fixed: Mapping[Value, Any], found: "Sequence[Root]"
) -> None:
    """The derivatives of the one unknown by the other variables: minus one partial by another (implicit functions)."""
    from autodiff_cli.exact.ball_graph import BallGraph
    from autodiff_cli.exact.far import is_finite
    from autodiff_cli.exact.hulls import close_to, known

    (unknown,) = report.unknowns
    others = [name for name in expression.variables if name != unknown]
    if not others:
        return
    report.formulas = _formulas(expression, unknown, others)
    enclosure = BallGraph(expression, fixed, 256)
    variable = expression.variables[unknown]
    for root, proven in zip(found, report.roots, strict=True):
        with enclosure.balls:
            around = close_to(root.ball)
        values = enclosure.values({variable: around})
        below = enclosure.gradient(expression.root, variable, values)
        for name in others:
            above = enclosure.gradient(expression.root, expression.variables[name], values)
            is_known = is_finite(above) and is_finite(below)
            with enclosure.balls:
                proven.derivatives[name] = known(-above / below) if is_known else None


def _formulas(expression: Expression, unknown: str, others: Sequence[str]) -> dict[str, str]:
    """The derivatives of the unknown as formulas; none where there is no formula."""
    from autodiff_cli.symbolic.formulas import graphs

    try:
        by, _, _ = graphs(expression, [(name,) for name in (unknown, *others)])
    except AutodiffError:
        return {}
    below = by[unknown,]
    return {name: _quotient(by[name,], below) for name in others}


def _quotient(above: Value, below: Value) -> str:
    """Minus a quotient, as text: of 2 * x and y it is -2 * x / y."""
    from autodiff_cli.symbolic.formulas import tidy

    return to_text(tidy(-above / below))
