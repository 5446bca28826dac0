"""An expression's derivatives, written out: which ones, in full or with named steps, and their values at a point."""

from collections.abc import Collection, Sequence
from math import nan

from autodiff_cli.derive import TRUTHS, Derivation
from autodiff_cli.errors import AutodiffError
from autodiff_cli.examine import check_domains, examine
from autodiff_cli.expression import Expression
from autodiff_cli.notation import below
from autodiff_cli.printer import to_text, with_steps
from autodiff_cli.report import Derivative, Derivatives, Report, Row, Verdict
from autodiff_cli.terms import Term, ordered
from autodiff_cli.value import Value

By = tuple[str, ...]  # the names that are differentiated by, one after the other

_LONG = 600  # operations of formulas that are written with steps, where that is shorter by half
_MOST = 100_000  # characters that are printed
_TERMS = 20_000  # different terms that a derivative may grow to
_NONE = (Verdict.KINK, Verdict.SINGULAR)


def orders(names: Sequence[str], order: int, hessian: bool) -> list[By]:
    """Which derivatives: of one order by each variable, or all of second order."""
    if hessian:
        return [(a, b) for at, a in enumerate(names) for b in names[at:]]
    return [(name,) * order for name in names]


def graphs(expression: Expression, wanted: Collection[By]) -> tuple[dict[By, Value], list[str], list[str]]:
    """The graphs of derivatives, each by the names in turn; where they hold, in the language; and notes.

    Raises AutodiffError where there is no such derivative, or where one grows beyond all reading.
    """
    root = expression.root
    if root.rule.function.name in TRUTHS:
        span = expression.places.get(root)
        hint = "where(condition, a, b) chooses between two values that have one"
        raise AutodiffError(
            "a condition has no derivative: it is 1 or 0", source=expression.source, span=span, hint=hint
        )
    names = dict.fromkeys(name for by in wanted for name in by)
    steps = [expression.steps[name] for name in names if name in expression.steps]
    derivation = Derivation(expression.nodes, root, steps)
    named = expression.variables | expression.steps
    known: dict[By, Term] = {(): derivation.root}
    for by in wanted:
        for at in range(1, len(by) + 1):
            if by[:at] not in known:
                known[by[:at]] = made = derivation.of(named[by[at - 1]], known[by[: at - 1]])
                if at > 1 and made.size > _TERMS and len(ordered([made])) > _TERMS:
                    hint = "autodiff taylor has the numbers of every order at a point, of one variable"
                    raise AutodiffError(f"the derivative of order {at} has more than {_TERMS:,} terms", hint=hint)
    written = dict(zip(wanted, derivation.write([known[by] for by in wanted]), strict=True))
    return written, derivation.conditions(list(written.values())), list(derivation.notes)[:5]


def differentiate(
    expression: Expression,
    wanted: Collection[By],
    point: dict[str, float] | None = None,
    steps: bool | None = None,
    *,
    hessian: bool = False,
) -> Derivatives:
    """The report of some derivatives. `steps` says whether they are written with named steps; None where that pays.

    Raises AutodiffError where the text would be too large to print, or a formula has no value at the point.
    """
    found, conditions, notes = graphs(expression, wanted)
    notes += [f"holds where {' and '.join(conditions)}"] if conditions else []
    notes += _jumps(expression)
    values: dict[By, float] = {}
    if point is not None:
        expression.set(point)
        check_domains(expression)
        for by, root in found.items():
            formula = formula_of(expression, root)
            formula.set(point)
            check_domains(formula)
            values[by] = root.data
    taken = {*expression.variables, *expression.steps}
    named, texts = _texts(list(found.values()), taken, steps)
    rows = []
    for (by, root), text in zip(found.items(), texts, strict=True):
        alone = text
        if named:
            before, (alone,) = with_steps([root], taken)
            alone = "; ".join([*[f"{name} = {step}" for name, step in before.items()], alone])
        rows.append(Derivative(by, text, alone, values.get(by)))
    return Derivatives(str(expression), rows, named, conditions, notes, hessian)


def hessian(expression: Expression, point: dict[str, float], first: Report) -> tuple[list[Row], list[str]]:
    """Second derivatives at a point by the variables of a report of the first ones, and notes on them.

    Each gradient's formula is examined as an expression of its own: its values are what the estimate differences.
    Where there is no gradient, or no slope of it, there is no second derivative: nan, and `singular`.
    """
    verdicts = {row.name: row.verdict for row in first.rows if not row.computed}
    names = list(verdicts)
    found, *_ = graphs(expression, [(name,) for name in names])
    notes = [f"no second derivative by {name}: the first has none here" for name in names if verdicts[name] in _NONE]
    rows = []
    for at, name in enumerate(names):
        made: dict[str, Row] = {}
        if verdicts[name] not in _NONE:
            try:
                report = examine(formula_of(expression, found[name,]), point, names[at:])
            except AutodiffError as error:
                notes.append(f"no second derivative by {name}: {error.message}")
            else:
                notes += report.notes
                made = {row.name: row for row in report.rows if verdicts[row.name] not in _NONE}
        for other in names[at:]:
            row = made.get(other) or Row(other, nan, nan, nan, nan, Verdict.SINGULAR)
            row.name = f"{name} {other}"
            rows.append(row)
    return rows, list(dict.fromkeys(notes))


def formula_of(expression: Expression, root: Value) -> Expression:
    """A graph over an expression's variables as an expression of its own."""
    nodes = below([root])
    steps, (text,) = with_steps([root], {*expression.variables})
    source = "; ".join([*[f"{name} = {step}" for name, step in steps.items()], text])
    return type(expression)(source, root, nodes, dict(expression.variables), {}, defaults=dict(expression.defaults))


def _texts(roots: Sequence[Value], taken: Collection[str], steps: bool | None) -> tuple[dict[str, str], list[str]]:
    """The steps that are named, and the formulas as text."""
    if not steps:
        texts, room = [], _MOST
        for root in roots:
            texts.append(to_text(root, room + 2))
            room -= len(texts[-1])
            if room < 0:
                break
        fits = room >= 0
        if fits and (steps is False or sum(map(len, texts)) < _LONG):
            return {}, texts
        if steps is False:
            hint = "--steps names what is used more than once; --to json has it all"
            raise AutodiffError(f"the formulas are longer than {_MOST:,} characters in full", hint=hint)
    named, short = with_steps(roots, taken)
    size = sum(map(len, (*named.values(), *short)))
    if steps is None and fits and 2 * size > sum(map(len, texts)):
        return {}, texts
    if size > 10 * _MOST:
        raise AutodiffError(f"the formulas are longer than {10 * _MOST:,} characters", hint="--to json has it all")
    return named, short


def _jumps(expression: Expression) -> list[str]:
    """What is not continuous, so that its slope is not the whole story."""
    found: dict[str, None] = {}
    for node in expression.nodes:
        if "jumps" in node.rule.function.kinks and node.requires_grad:
            found[f"{to_text(node, 60)} {node.rule.function.kinks}"] = None
    return list(found)[:5]
