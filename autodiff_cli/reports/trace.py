"""Every step of the chain rule: what the reverse sweep did, watched while it does it. Makes the report of a trace."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress, filterfalse
from math import isclose

from autodiff_cli.engine.domain import depended_on
from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.graph import reachable
from autodiff_cli.engine.printer import number_text, to_text
from autodiff_cli.engine.value import Value, constant, node
from autodiff_cli.errors import AutodiffError, Option, advice
from autodiff_cli.reports.explain import ExplainedRule, explain
from autodiff_cli.reports.nodes import Amounts, is_constant, leading_to, name_all, operation, watch
from autodiff_cli.reports.point import report_of, selected_rows
from autodiff_cli.reports.results import Report, Row
from autodiff_cli.reports.status import Status
from autodiff_cli.rules.table import Function
from autodiff_cli.symbolic.derive import Derivation

MOST = 2_000  # steps of a trace
_CHECKED = 100  # named steps up to which the witness checks each of them
_SEEN = 1e-10  # relative: a difference below this is not seen in a table
_SHOWN = 2  # arguments of a `max` up to which the formula of its partial can be read
_LETTERS = "uvwpqrstxyzabc"  # for the arguments of a rule


@dataclass(slots=True)
class TraceStep:
    """One step forward. `graph` is the operation over leaves that bear the names of the inputs."""

    name: str
    graph: Value
    inputs: list[tuple[str, float]]  # those that have a name
    value: float
    unused: str = ""  # why the result does not depend on it: "not taken" or "not used"

    @property
    def operation(self) -> str:
        """What it computes, as text."""
        return operation(self.graph)


@dataclass(slots=True)
class Passed:
    """What a step passes back to one of its inputs. `local` is the partial as a formula; None where it is too long."""

    to: str
    local: Value | None
    partial: float
    adds: float | None  # the gradient that came in, times the partial; None where nothing is passed
    nothing: str = ""  # why nothing is
    total: float = 0.0  # what has come to the input so far
    ways: int = 1  # how often something comes to the input in all

    @property
    def formula(self) -> str:
        """The partial as text."""
        return "" if self.local is None else to_text(self.local)


@dataclass(slots=True)
class Back:
    """One step backward: the gradient that came in, and what is made of it."""

    name: str
    gradient: float
    passed: list[Passed]


@dataclass(slots=True)
class Trace:
    """An expression at a point, step by step. `rows` are what `eval` says of the gradients."""

    expression: str
    result: str  # its name
    value: float
    point: dict[str, float]
    forward: list[TraceStep]
    backward: list[Back]
    rows: list[Row]
    rules: dict[str, ExplainedRule]  # by function
    status: Status
    notes: list[str] = field(default_factory=list)

    @property
    def ways(self) -> list[Passed]:
        """All that is passed back, in the order of the sweep."""
        return [*chain.from_iterable([back.passed for back in self.backward])]


def trace(expression: Expression, point: dict[str, float], wrt: Collection[str] = (), unnamed: str = "_") -> Trace:
    """All steps at a point, forward and backward; `unnamed` is what the made names begin with.

    Raises AutodiffError as `report_at` does, and where there are too many steps to read.
    """
    if len(expression.nodes) > MOST:
        raise AutodiffError(
            f"a trace of {len(expression.nodes):,} steps is too long; it can have {MOST:,}",
            hint=advice("autodiff graph {0} shows the part next to the result", Option("depth", "3")),
        )
    count = len(expression.steps)
    many = not wrt and count > _CHECKED and bool(expression.variables)
    with expression.at(point) as at:
        checked = expression.variables if many else selected_rows(expression, wrt)
        found = _trace(at, report_of(at, list(checked)), wrt, unnamed)
    if many:
        found.notes.append(f"{count} named steps are too many to check each; --wrt NAME checks one")
    found.notes += _range_notes(found)
    return found


def _trace(at: Evaluation, report: Report, wrt: Collection[str], unnamed: str) -> Trace:
    """What happens at a point, step by step."""
    names = name_all(at, unnamed)
    passed = watch(at)
    leading = leading_to(at, wrt)
    led = {one: amounts for one, amounts in passed.items() if one in leading}
    backward = [_back(one, amounts, names, leading) for one, amounts in led.items()]
    made = Trace(
        expression=report.expression,
        result=names[at.root],
        value=report.value,
        point=at.point,
        forward=[*_forward(at, names)],
        backward=backward,
        rows=report.rows,
        rules=_rules(at, led, leading),
        status=report.status,
        notes=[*report.notes],
    )
    _add_up(made.ways)
    return made


def _range_notes(found: Trace) -> Iterator[str]:
    """Which gradients are not what the steps add up to, since floats lost digits on the way, or ended."""
    arrived = {way.to: way.total for way in _arriving(found.ways)}
    arrived[found.result] = 1.0
    for row in found.rows:
        total = arrived.get(row.name, 0.0)
        both_nan = total != total and row.gradient != row.gradient
        if not both_nan and not isclose(total, row.gradient, rel_tol=_SEEN):
            yield (
                f"in floats the steps add up to {number_text(total)} for the gradient by {row.name}; "
                f"it is {number_text(row.gradient)}"
            )


def _rules(at: Evaluation, passed: Mapping[Value, Amounts], leading: Collection[Value]) -> dict[str, ExplainedRule]:
    """The rules that were used, each by the arguments that it was used for, in letters that are free."""
    moving: dict[Function, set[int]] = {}
    for one in passed:
        for index in _leading_args(one, leading):
            moving.setdefault(one.rule.function, set()).add(index)
    letters = _free_letters(at.named)
    rules = {}
    for function, indexes in moving.items():
        rules[function.symbol or function.name] = explain(function, indexes, letters)
    return rules


def _free_letters(names: Iterable[str]) -> list[str]:
    """Letters that no name begins with; if these are too few, some that look like none."""
    taken = {name[:1] for name in names}
    return [*filterfalse(taken.__contains__, _LETTERS), "u_", "v_", "w_"]


def _leading_args(one: Value, leading: Collection[Value]) -> list[int]:
    """Which arguments of a step lead to what is asked for."""
    are_leading = [arg in leading for arg in one.args]
    return [*compress(range(len(one.args)), are_leading)]


def _forward(at: Evaluation, names: Mapping[Value, str]) -> Iterator[TraceStep]:
    """The steps forward, those without a use too."""
    used = {*reachable([at.root])}
    reached = depended_on(at.root)
    for one in filter(names.__contains__, at.nodes):
        inputs = {names[arg]: arg.data for arg in one.args if not _is_number(names[arg])}
        graph, _ = _alone(one, names)
        unused = "" if one in reached else _why_unused(one, used)
        yield TraceStep(names[one], graph, [*inputs.items()], one.data, unused)


def _why_unused(step: Value, used: Collection[Value]) -> str:
    """Why the result does not depend on a step: it is behind a branch that is not taken, or nothing uses it."""
    return "not taken" if step in used else "not used"


def _is_number(name: str) -> bool:
    """Whether the name of a constant is its number: "-0.5", but not "pi"."""
    return name.lstrip("-.")[:1].isdecimal()


def _alone(one: Value, names: Mapping[Value, str]) -> tuple[Value, list[Value]]:
    """A node's operation by itself, and the leaves that stand for its arguments."""
    leaves = []
    for arg in one.args:
        leaf = constant(arg.data, arg.label) if is_constant(arg) else Value(arg.data, names[arg])
        leaves.append(leaf)
    return node(one.rule, tuple(leaves)), leaves


def _back(one: Value, amounts: Amounts, names: Mapping[Value, str], leading: Collection[Value]) -> Back:
    """A step backward, by the arguments that matter."""
    graph, leaves = _alone(one, names)
    back = Back(names[one], one.grad, [])
    for index in _leading_args(one, leading):
        adds = amounts[index]
        partial = float(one.rule.partial(one, index))
        nothing = _why(one, index) if adds is None else ""
        back.passed.append(Passed(names[one.args[index]], _local(graph, leaves[index]), partial, adds, nothing))
    return back


def _arriving(ways: Iterable[Passed]) -> Iterator[Passed]:
    """What is passed, without the ways on which nothing is."""
    return filter(lambda way: way.adds is not None, ways)


def _add_up(ways: Sequence[Passed]) -> None:
    """Say with all that is passed how often something comes to that input, and what has come to it by then."""
    counts = Counter([way.to for way in _arriving(ways)])
    totals: defaultdict[str, float] = defaultdict(float)
    for way in ways:
        way.ways = counts[way.to]
        totals[way.to] += way.adds or 0.0
        way.total = totals[way.to]


def _why(one: Value, index: int) -> str:
    """Why nothing is passed to an argument."""
    if index in one.rule.zero_partials:
        return "slope 0"
    return "not taken" if one.rule.function.name == "where" else "not chosen"


def _local(graph: Value, leaf: Value) -> Value | None:
    """The partial of one operation by one of its inputs, as a formula."""
    if len(graph.args) > _SHOWN and graph.rule.function.variadic:
        return None
    try:
        return Derivation(graph).by((leaf,))
    except AutodiffError:  # there is none, as of polygamma by its order
        return constant(float("nan"))
