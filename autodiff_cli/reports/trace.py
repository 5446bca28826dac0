"""Every step of the chain rule: what the reverse sweep did, watched while it does it. Makes the report of a trace."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from autodiff_cli.engine.domain import depended_on
from autodiff_cli.engine.expression import Evaluation, Expression, NamedGraph
from autodiff_cli.engine.graph import reachable, sweep
from autodiff_cli.engine.printer import fresh, number_text, to_text
from autodiff_cli.engine.value import Value, constant, node
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports import functions as catalog
from autodiff_cli.reports.point import report_of, selected_rows
from autodiff_cli.reports.results import Report, Row
from autodiff_cli.reports.status import Status
from autodiff_cli.rules.table import Function
from autodiff_cli.symbolic.derive import Derivation

MOST = 2_000  # steps of a trace
_CHECKED = 100  # named steps up to which the witness checks each of them
_SHOWN = 2  # arguments of a `max` up to which the formula of its slope can be read


@dataclass(slots=True)
class Step:
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
    """What a step passes back to one of its inputs. `local` is the slope's formula; None where it is too long."""

    to: str
    local: Value | None
    slope: float
    adds: float | None  # the gradient that came in, times the slope; None where nothing is passed
    nothing: str = ""  # why nothing is
    total: float = 0.0  # what has come to the input so far
    way: int = 1  # the how-manieth time that something comes to the input,
    ways: int = 1  # of how many in all

    @property
    def formula(self) -> str:
        """The slope's formula, as text."""
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
    forward: list[Step]
    backward: list[Back]
    rows: list[Row]
    rules: dict[str, str]  # in words, by function
    status: Status
    notes: list[str] = field(default_factory=list)


def trace(expression: Expression, point: dict[str, float], wrt: Collection[str] = (), unnamed: str = "_") -> Trace:
    """All steps at a point, forward and backward; `unnamed` is what the made names begin with.

    Raises AutodiffError as `report_at` does, and where there are too many steps to read.
    """
    if len(expression.nodes) > MOST:
        hint = "autodiff graph --depth 3 shows the part next to the result"
        raise AutodiffError(f"a trace of {len(expression.nodes):,} steps is too long; it can have {MOST:,}", hint=hint)
    many = not wrt and len(expression.steps) > _CHECKED and bool(expression.variables)
    with expression.at(point) as at:
        report = report_of(at, list(expression.variables if many else selected_rows(expression, wrt)))
        notes = list(report.notes)
        if many:
            count = len(expression.steps)
            notes.append(f"{count} named steps are too many to check each; --wrt NAME checks one")
        return _trace(at, report, wrt, unnamed, notes)


def _trace(at: Evaluation, report: Report, wrt: Collection[str], unnamed: str, notes: list[str]) -> Trace:
    names = name_all(at, unnamed)
    passed = watch(at)
    leading = leading_to(at, wrt)
    backward = _backward(passed, names, leading)
    moving: dict[Function, set[int]] = {}
    for one in passed:
        if one in leading:
            indexes = [index for index, arg in enumerate(one.args) if arg in leading]
            moving.setdefault(one.rule.function, set()).update(indexes)
    taken = {name[:1] for name in at.named}
    letters = [letter for letter in "uvwpqrstxyzabc" if letter not in taken] + ["u_", "v_", "w_"]
    arrived = {way.to: way.total for back in backward for way in back.passed if way.adds is not None}
    arrived[names[at.root]] = 1.0
    for row in report.rows:
        total = arrived.get(row.name, 0.0)
        if total != row.gradient and not (total != total and row.gradient != row.gradient):
            notes.append(
                f"on its way the gradient by {row.name} leaves the range of floats: "
                f"{number_text(row.gradient)} is from a sweep that starts at a power of two in place of 1"
            )
    return Trace(
        report.expression,
        names[at.root],
        report.value,
        at.point,
        _forward(at, names),
        backward,
        report.rows,
        {one.symbol or one.name: in_words(one, indexes, letters) for one, indexes in moving.items()},
        report.status,
        notes,
    )


def watch(at: Evaluation) -> dict[Value, list[float | None]]:
    """The gradients, as `Evaluation.gradients` leaves them, and what each node passed on to each of its arguments.

    None is where nothing was passed. The nodes are in the order in which the sweep did them; each one's own pullback is
    run on stand-ins for its arguments, so that what each of them gets is seen by itself, also in x * x.
    """
    gradients = at.gradients()
    passed: dict[Value, list[float | None]] = {}

    def pullback(node: Value, gradient: float, ready: list[Value]) -> None:
        args = node.args
        stand_ins = [Value(arg.data, requires_grad=arg.requires_grad) for arg in args]
        for one in stand_ins:
            one.child_count = 1
        node.args = tuple(stand_ins)
        try:
            node.rule.pullback(node, gradient, [])
        finally:
            node.args = args
        if args:
            passed[node] = [None if one.child_count else one.grad for one in stand_ins]
        for arg, one in zip(args, stand_ins, strict=True):
            if not one.child_count:
                arg.grad += one.grad
                arg.child_count -= 1
                if not arg.child_count:
                    ready.append(arg)

    at.root.zero_grad()
    sweep(at.root, pullback=pullback)
    for name, named in at.named.items():
        named.grad = gradients[name]
    return passed


def name_all(graph: NamedGraph, unnamed: str = "_") -> dict[Value, str]:
    """A name for every node: its own, or `_1`, `_2` ... for a step that has none; of a constant, its text."""
    named = {node: name for name, node in graph.named.items()}
    if graph.name and graph.root.args:
        named[graph.root] = graph.name
    return named_reachable([*graph.steps.values(), graph.root], graph.nodes, named, unnamed)


def named_reachable(
    roots: Iterable[Value], nodes: Iterable[Value], named: dict[Value, str], first: str = "_"
) -> dict[Value, str]:
    """Names for all nodes below some; `nodes` are the computed ones in order, and those not `named` get fresh ones."""
    found, unnamed = dict.fromkeys(reachable(roots)), fresh(first, {*named.values()})
    names = {one: named.get(one) or one.label or number_text(one.data) for one in found if not one.args}
    for one in nodes:
        if one in found and one not in names:
            names[one] = named.get(one) or next(unnamed)
    return names


def operation(graph: Value) -> str:
    """What a node computes, as text; of a second name for something, the first."""
    same = graph.rule.function.name == "identity"
    return to_text(graph.args[0] if same else graph)


def leading_to(graph: NamedGraph, wrt: Collection[str]) -> set[Value]:
    """The nodes that depend on one of the names; with no names, all that take a gradient."""
    if not wrt:
        return {node for node in (*graph.named.values(), *graph.nodes, graph.root) if node.requires_grad}
    found = {graph.by_name(name) for name in wrt}
    for one in graph.nodes:
        if any([arg in found for arg in one.args]):  # noqa: C419 - half the time of a generator
            found.add(one)
    return found


def _forward(at: Evaluation, names: dict[Value, str]) -> list[Step]:
    used, reached = {*reachable([at.root])}, depended_on(at.root)
    steps = []
    for one in at.nodes:
        if one in names:
            unused = "" if one in reached else "not taken" if one in used else "not used"
            inputs = {names[arg]: arg.data for arg in one.args if not names[arg].lstrip("-.")[:1].isdecimal()}
            steps.append(Step(names[one], _alone(one, names)[0], list(inputs.items()), one.data, unused))
    return steps


def _alone(one: Value, names: dict[Value, str]) -> tuple[Value, list[Value]]:
    """A node's operation by itself, and the leaves that stand for its arguments."""
    leaves = []
    for arg in one.args:
        named = arg.args or arg.requires_grad
        leaves.append(Value(arg.data, names[arg]) if named else constant(arg.data, arg.label))
    return node(one.rule, tuple(leaves)), leaves


def _backward(
    passed: dict[Value, list[float | None]], names: dict[Value, str], leading: Collection[Value]
) -> list[Back]:
    ways: dict[Value, int] = {}
    for one, amounts in passed.items():
        for arg, adds in zip(one.args, amounts, strict=True):
            ways[arg] = ways.get(arg, 0) + (adds is not None)
    come: dict[Value, tuple[int, float]] = {}
    found = []
    for one, amounts in passed.items():
        back = Back(names[one], one.grad, [])
        graph, leaves = _alone(one, names)
        for index, (arg, adds) in enumerate(zip(one.args, amounts, strict=True)):
            if arg not in leading:
                continue
            slope = float(one.rule.partial(one, index))
            made = Passed(names[arg], _local(graph, leaves[index]), slope, adds, ways=ways[arg])
            if adds is None:
                made.nothing = _why(one, index)
            else:
                way, total = come.get(arg, (0, 0.0))
                come[arg] = made.way, made.total = way + 1, total + adds
            back.passed.append(made)
        if one in leading:
            found.append(back)
    return found


def _why(one: Value, index: int) -> str:
    """Why nothing is passed to an argument."""
    if index in one.rule.zero_partials:
        return "slope 0"
    return "not taken" if one.rule.function.name == "where" else "not chosen"


def _local(graph: Value, leaf: Value) -> Value | None:
    """The slope of one operation by one of its inputs, as a formula."""
    if len(graph.args) > _SHOWN and graph.rule.function.variadic:
        return None
    try:
        return Derivation(graph).by((leaf,))
    except AutodiffError:  # there is none, as of polygamma by its order
        return constant(float("nan"))


def in_words(function: Function, moving: Collection[int] | None = None, letters: Sequence[str] = "uvw") -> str:
    """The rule of a function, for people who learn it: its slopes by the arguments that move, by default all.

    The `letters` stand for its arguments.
    """
    entries = catalog.entries([function.name])
    entry = next(one for one in entries if function.variadic or one.arguments == function.args)
    names = dict(zip([name for name in entry.arguments if name != "..."], letters, strict=False))
    moving = range(len(names)) if moving is None else moving
    slopes: dict[str, list[str]] = {}
    for index, name in enumerate(names):
        formula, _, edge = entry.derivatives[name].partition("; ")
        if index in moving:
            shown = f"{formula} ({edge})" if edge and len(moving) == len(names) else formula
            slopes.setdefault(shown, []).append(name)
    text = f"{entry.doc.partition(';')[0]}: the slope of {entry.written.partition(', pow')[0]} "
    if function.variadic:
        text += f"is {entry.derivatives['a']}"
    elif len(names) == 1:
        text += f"is {entry.derivatives[function.args[0]]}"
    else:
        text += ", ".join([f"by {' and by '.join(by)} is {formula}" for formula, by in slopes.items()])
    kinks = f"; kinks: {entry.kinks}" if entry.kinks else ""
    if not function.variadic:  # "at a tie"
        text, kinks = text + kinks, ""
    return re.sub(r"\b\w+\b", lambda word: names.get(word[0], word[0]), text) + kinks
