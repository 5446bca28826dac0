"""An expression's derivatives, written out: which ones, in full or with named steps, and their values at a point."""

from collections.abc import Collection, Sequence
from math import isfinite, isinf, nan

from autodiff_cli.conditions import named
from autodiff_cli.derive import TRUTHS, Derivation
from autodiff_cli.errors import AutodiffError
from autodiff_cli.examine import check_domains, examine
from autodiff_cli.expression import Expression
from autodiff_cli.notation import below
from autodiff_cli.printer import number_text, to_text, with_steps
from autodiff_cli.report import Derivative, Derivatives, Report, Row, Verdict
from autodiff_cli.table import CONSTANTS
from autodiff_cli.value import Value

By = tuple[str, ...]  # the names that are differentiated by, one after the other

_LONG = 600  # operations of formulas that are written with steps, where that is shorter by half
_MOST = 100_000  # characters that are printed
_NONE = (Verdict.KINK, Verdict.SINGULAR)


def orders(names: Sequence[str], order: int, hessian: bool) -> list[By]:
    """Which derivatives: of one order by each variable, or all of second order."""
    if hessian:
        return [(a, b) for at, a in enumerate(names) for b in names[at:]]
    return [(name,) * order for name in names]


def check_result(expression: Expression) -> None:
    """Raise AutodiffError for a condition, which has no derivative."""
    root = expression.root
    if root.rule.function.name in TRUTHS:
        hint = "where(condition, a, b) chooses between two values that have one"
        message, span = "a condition has no derivative: it is 1 or 0", expression.places.get(root)
        raise AutodiffError(message, source=expression.source, span=span, hint=hint)


def graphs(expression: Expression, wanted: Collection[By]) -> tuple[dict[By, Value], list[str], list[str]]:
    """The graphs of derivatives, each by the names in turn; where they hold, in the language; and notes.

    Raises AutodiffError where there is no such derivative, or where one grows beyond all reading.
    """
    check_result(expression)
    derivation = Derivation(expression.root)
    named = expression.variables | expression.steps
    written = {by: derivation.by(tuple([named[name] for name in by])) for by in wanted}
    return written, derivation.conditions(), list(derivation.notes)[:5]


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
    notes += [] if wanted else ["there is no variable to differentiate by"]
    values: dict[By, float] = {}
    if point is not None:
        expression.set(point)
        check_domains(expression)
        for by, root in found.items():
            formula = formula_of(expression, root)
            formula.set(point)
            check_domains(formula)
            values[by] = root.data
            if not isfinite(root.data):
                why = "is infinite" if isinf(root.data) else "has no value"
                notes.append(f"the derivative by {', then '.join(by)} {why} here")
    taken = {*expression.variables, *expression.steps}
    named, texts = _texts(list(found.values()), taken, steps)
    own = _own_constants(expression, found.values())
    rows = []
    for (by, root), text in zip(found.items(), texts, strict=True):
        alone = text
        if named:
            before, (alone,) = with_steps([root], taken)
            alone = "; ".join([*[f"{name} = {step}" for name, step in before.items()], alone])
        if own:
            alone = "; ".join([*[f"{name} = {value}" for name, value in own.items()], alone])
        rows.append(Derivative(by, text, alone, values.get(by)))
    return Derivatives(str(expression), rows, own | named, conditions, notes, hessian)


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


def _own_constants(expression: Expression, roots: Collection[Value]) -> dict[str, str]:
    """The values the expression gives to names that are constants otherwise, as pi = 3, for what uses them."""
    used = {leaf for one in below(list(roots)) for leaf in one.args} | {*roots}
    return {
        name: number_text(value)
        for name, value in expression.defaults.items()
        if name in CONSTANTS and expression.variables.get(name) in used
    }


def _jumps(expression: Expression) -> list[str]:
    """What is not continuous, so that its slope is not the whole story."""
    found: dict[str, None] = {}
    for node in expression.nodes:
        function = node.rule.function
        if "jumps" in function.kinks and node.requires_grad:
            kinks = named(function.kinks, function, [to_text(arg, 60) for arg in node.args])
            found[f"{to_text(node, 60)} {kinks}"] = None
    return list(found)[:5]
