"""Several functions along one variable: texts side by side, or named steps of a program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value, node
from autodiff_cli.errors import AutodiffError, UndefinedError, unknown_name
from autodiff_cli.reports.curve import CELLS
from autodiff_cli.reports.plot import Line, line, short
from autodiff_cli.reports.views import Limits

_CURVES = 12  # at most


@dataclass(slots=True)
class Curves:
    """Several lines in one window; `labels` are what each is called."""

    lines: list[Line]
    labels: list[str]
    spans: dict[str, Limits]
    fixed: dict[str, float]
    notes: list[str] = field(default_factory=list)

    @property
    def limits(self) -> Limits:
        """What the vertical axis shows: all that each of them would show."""
        lows, highs = zip(*[one.limits for one in self.lines], strict=True)
        return min(lows), max(highs)


def joined(expressions: Sequence[Expression]) -> Expression:
    """Several expressions as steps of one, f1, f2 and so on, which have the variables of the same names in common."""
    variables: dict[str, Value] = {}
    defaults: dict[str, float] = {}
    steps: dict[str, Value] = {}
    needed: list[Value] = []
    for place, one in enumerate(expressions, start=1):
        twins = {leaf: variables.setdefault(name, leaf) for name, leaf in one.variables.items()}
        for old in toposort([*one.nodes, one.root]):
            if old.args:
                twins[old] = node(old.rule, tuple([twins.get(arg, arg) for arg in old.args]))
        steps[one.name or f"f{place}"] = twins.get(one.root, one.root)
        needed += [twins.get(step, step) for step in one.needed]
        defaults |= one.defaults
    if len(steps) < len(expressions):
        raise AutodiffError("two curves have one name", hint="give each its own, as in 'y = x^2' 'z = x^3'")
    nodes = [step for step in toposort([*steps.values(), *needed]) if step.args]
    source = "; ".join([one.source for one in expressions])
    notes = [note for one in expressions for note in one.notes]
    first = expressions[0]
    return replace(
        first,
        source=source,
        root=[*steps.values()][-1],
        nodes=nodes,
        variables=variables,
        places={},
        steps=steps,
        defaults=defaults,
        needed=needed,
        name="",
        notes=[*dict.fromkeys(notes)],
    )


def parts(expression: Expression, names: Sequence[str]) -> list[tuple[str, Expression]]:
    """Named steps, or the named result, each as an expression of its own, with its label.

    Raises AutodiffError for a name that is none of these, or too many.
    """
    known = dict(expression.steps)
    if expression.name:
        known[expression.name] = expression.root
    if len(names) > _CURVES:
        raise AutodiffError(f"{len(names)} curves are too many to tell apart", hint=f"draw {_CURVES} or fewer")
    found = []
    for name in names:
        if name not in known:
            raise unknown_name(name, [*known], "to draw", "the expression has no named steps")
        root = known[name]
        nodes = [step for step in toposort([root, *expression.needed]) if step.args]
        part = replace(expression, root=root, nodes=nodes, steps={}, name="" if len(names) > 1 else name, places={})
        found.append((name, part.copied()))
    return found


def curves(
    found: Sequence[tuple[str, Expression]], fixed: Mapping[str, float], name: str, span: Limits, cells: int = CELLS
) -> Curves:
    """The lines of several functions along one variable. Raises UndefinedError where none of them has a value."""
    lines, labels, notes = [], [], []
    for label, one in found:
        try:
            made = line(one, fixed, name, span, None, cells)
        except UndefinedError as error:
            notes.append(f"{label}: {error.message}")
            continue
        lines.append(made)
        labels.append(label)
        notes += [f"{label}: {note}" for note in made.notes]
    if not lines:
        raise UndefinedError(f"none of the curves has a value from {name} = {short(span[0])} to {short(span[1])}")
    return Curves(lines, labels, {name: span}, lines[0].fixed, notes)


def label_of(root: Value) -> str:
    """What a curve without a name is called: its formula."""
    return to_text(root, 60)
