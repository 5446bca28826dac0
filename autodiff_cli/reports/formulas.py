"""An expression's derivatives, written out: which ones, in full or with named steps, and their values at a point."""

from collections.abc import Collection, Sequence
from math import isinf, nan

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text, to_text, with_steps
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Derivative, Derivatives, Report, Row, Verdict
from autodiff_cli.rules.table import CONSTANTS, Kink
from autodiff_cli.symbolic.conditions import named
from autodiff_cli.symbolic.derive import Derivation
from autodiff_cli.symbolic.formulas import By, formula_of, graphs, holds
from autodiff_cli.symbolic.normal_form import steps_below

_LONG = 600  # operations of formulas that are written with steps, where that is shorter by half
_MOST = 100_000  # characters that are printed
_NONE = (Verdict.KINK, Verdict.JUMP, Verdict.SINGULAR)


def orders(names: Sequence[str], order: int, hessian: bool) -> list[By]:
    """Which derivatives: of one order by each variable, or all of second order."""
    if hessian:
        return [(a, b) for at, a in enumerate(names) for b in names[at:]]
    return [(name,) * order for name in names]


def differentiate(
    expression: Expression,
    wanted: Collection[By],
    point: dict[str, float] | None = None,
    steps: bool | None = None,
    *,
    hessian: bool = False,
) -> Derivatives:
    """The report of some derivatives. `steps` says whether they are written with named steps; None where that pays.

    Raises AutodiffError where the text would be too large to print, or where the expression has no value at the point.
    """
    found, conditions, notes = graphs(expression, wanted)
    notes += holds(conditions)
    notes += _breaks(expression, max(map(len, wanted), default=0))
    notes += [] if wanted else ["there is no variable to differentiate by"]
    there: dict[By, Row] = {}
    if point is not None and wanted:
        there, more = values_at(expression, point, wanted)
        more += [f"the derivative by {', then '.join(by)} {_said(row)}" for by, row in there.items() if _said(row)]
        notes += [note for note in dict.fromkeys(more) if note not in notes]
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
        row = there.get(by)
        rows.append(Derivative(by, text, alone, row.gradient if row else None, row.verdict if row else None))
    return Derivatives(str(expression), rows, own | named, conditions, notes, hessian)


def hessian(expression: Expression, point: dict[str, float], first: Report) -> tuple[list[Row], list[str]]:
    """Second derivatives at a point by the variables of a report of the first ones, and notes on them."""
    names = [row.name for row in first.rows if not row.computed]
    found, notes = values_at(expression, point, orders(names, 2, True), first)
    for by, row in found.items():
        row.name = " ".join(by)
    return list(found.values()), notes


def values_at(
    expression: Expression, point: dict[str, float], wanted: Collection[By], first: Report | None = None
) -> tuple[dict[By, Row], list[str]]:
    """Derivatives at a point, each with an estimate and a verdict; and notes. `first` may have those of first order.

    The formula of all names but the last is examined as an expression of its own: its values are what the estimate
    differences, and the sweep over it has digits that the next formula may lose. Where there is no derivative of the
    order below, there is none: nan, and `singular`.

    Raises AutodiffError where the expression itself has no value.
    """
    if first is None:
        first = report_at(expression, point, list(dict.fromkeys(name for by in wanted for name in by)))
    verdicts = {row.name: row.verdict for row in first.rows}
    named = expression.variables | expression.steps
    derivation = Derivation(expression.root, exact=True)
    together: dict[By, list[str]] = {}
    for by in wanted:
        together.setdefault(by[:-1], []).append(by[-1])
    notes = list(first.notes)
    rows: dict[By, Row] = {}
    for before, last in together.items():
        report, nothing = first, ""
        if before and verdicts[before[0]] in _NONE:
            nothing = "the first has none here"
        elif before:
            formula = formula_of(expression, derivation.by(tuple([named[name] for name in before])))
            try:
                report = report_at(formula, point, [name for name in last if name in formula.variables | formula.steps])
            except AutodiffError as error:
                nothing = error.message
            else:
                to = f"in the derivative by {', then '.join(before)}, then by"
                notes += [note.replace("in the gradient by", to) for note in report.notes]
        if nothing:
            order = "second derivative" if len(before) == 1 else f"derivative of order {len(before) + 1}"
            notes.append(f"no {order} by {', then '.join(before)}: {nothing}")
        made = {} if nothing else {row.name: row for row in report.rows}
        for name in last:
            row = Row(name, nan, nan, nan, nan, Verdict.SINGULAR)
            if name in made and not (before and verdicts[name] in _NONE):
                row = made[name]
            elif not nothing and name not in made:  # a step that the formula does not have
                row = Row(name, named[name].data, 0.0, 0.0, 0.0, Verdict.OK)
            rows[*before, name] = row
    return rows, list(dict.fromkeys(notes))


def _said(row: Row) -> str:
    """What to say of a value that the estimate does not confirm."""
    if row.verdict is Verdict.KINK:
        return f"has a kink here: {number_text(row.left)} from the left, {number_text(row.right)} from the right"
    if row.verdict is Verdict.JUMP:
        return "jumps here"
    if row.verdict is Verdict.SINGULAR:
        return "is infinite here" if isinf(row.gradient) else "has no value here"
    if row.verdict is Verdict.MISMATCH:
        return f"differs from its estimate, {number_text(row.estimate)}"
    return "is not resolved by its estimate" if row.verdict is Verdict.UNSURE else ""


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
    most = 10 * _MOST if steps else _MOST
    if size > most:
        hint = "--to json has it all" if steps else "--steps prints them all the same; --to json has them as a graph"
        raise AutodiffError(f"the formulas are longer than {most:,} characters", hint=hint)
    return named, short


def _own_constants(expression: Expression, roots: Collection[Value]) -> dict[str, str]:
    """The values the expression gives to names that are constants otherwise, as pi = 3, for what uses them."""
    used = {leaf for one in steps_below(list(roots)) for leaf in one.args} | {*roots}
    return {
        name: number_text(value)
        for name, value in expression.defaults.items()
        if name in CONSTANTS and expression.variables.get(name) in used
    }


def _breaks(expression: Expression, order: int) -> list[str]:
    """What is not continuous, or not smooth enough for an order, so that the formula is not the whole story."""
    found: dict[str, None] = {}
    for node in expression.nodes:
        function = node.rule.function
        kinks = [kink for kink in function.kinks if kink.jumps or (order > 1 and not kink.steep)]
        if kinks and node.requires_grad:
            text = named(_in_words(kinks), function, [to_text(arg, 60) for arg in node.args])
            found[f"{to_text(node, 60)} {text}"] = None
    return list(found)[:5]


def _in_words(kinks: Sequence[Kink]) -> str:
    """Where a function jumps or has a kink: "has a kink where x = 0; slope 0. Jumps at s = 0; slope 0"."""
    parts = []
    for kink in kinks:
        verb = "jumps" if kink.jumps else "has a kink"
        where = kink.where if kink.jumps or kink.where.startswith("at ") else f"where {kink.where}"
        parts.append(f"{verb} {where}; {kink.slope}")
    return ". ".join([*parts[:1], *[part[0].upper() + part[1:] for part in parts[1:]]])
