"""An expression's derivatives, written out: which ones, in full or with named steps, and their values at a point."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import chain, combinations_with_replacement
from math import isinf, nan

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text, to_text, with_steps
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.derived import Derivative, Derivatives
from autodiff_cli.reports.existence import NO_DERIVATIVE
from autodiff_cli.reports.functions import sentences
from autodiff_cli.reports.jacobian import results_of
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Report, Row, Verdict
from autodiff_cli.rules.table import CONSTANTS, Function, Kink
from autodiff_cli.symbolic.conditions import named
from autodiff_cli.symbolic.derive import ChainRuleRun, Derivation, Wrt
from autodiff_cli.symbolic.formulas import By, formula_of, graphs, holds
from autodiff_cli.symbolic.normal_form import steps_below

_LONG = 600  # operations of formulas that are written with steps, where that is shorter by half
_MOST = 100_000  # characters that are printed


def orders(names: Sequence[str], order: int, hessian: bool) -> list[By]:
    """Which derivatives: of one order by each variable, or all of second order."""
    if hessian:
        return [*combinations_with_replacement(names, 2)]
    return [(name,) * order for name in names]


def differentiate(
    expression: Expression,
    wanted: Collection[By],
    point: dict[str, float] | None = None,
    steps: bool | None = None,
    *,
    hessian: bool = False,
    runs: dict[Wrt, ChainRuleRun] | None = None,
    of: Collection[str] = (),
) -> Derivatives:
    """The report of some derivatives. `steps` says whether they are written with named steps; None where that pays.
    What the chain rule went through is put in `runs`. They are `of` several results, if these are named.

    Raises AutodiffError where the text would be too large to print, or where the expression has no value at the point.
    """
    results = results_of(expression, of, [*chain(*wanted)]) if of else {"": expression}
    found: dict[tuple[str, By], Value] = {}
    rows: dict[tuple[str, By], Row] = {}
    said, conditions, breaks, more = list[str](), list[str](), list[str](), list[str]()
    for name, one in results.items():
        written, where, omitted = graphs(one, wanted, runs=runs)
        found |= {(name, by): root for by, root in written.items()}
        said, conditions, breaks = said + omitted, conditions + where, breaks + _breaks(one, _highest(wanted))
        if point is not None and wanted:
            there, remarks = values_at(one, {each: point[each] for each in one.variables if each in point}, wanted)
            rows |= {(name, by): row for by, row in there.items()}
            more += remarks + [_remark(name, by, row) for by, row in there.items() if _said(row)]
    conditions = [*dict.fromkeys(conditions)]
    nothing = [] if wanted else ["there is no variable to differentiate by"]
    notes = [*dict.fromkeys([*said, *holds(conditions), *breaks, *nothing, *more])]
    taken = {*expression.variables, *expression.steps}
    named, texts = _texts(list(found.values()), taken, steps)
    own = _own_constants(expression, found.values())
    derivatives = []
    for (key, root), text in zip(found.items(), texts, strict=True):
        before, (alone,) = with_steps([root], taken) if named else ({}, [text])
        statements = [f"{name} = {step}" for name, step in (own | before).items()]
        alone = "; ".join([*statements, alone])
        (name, by), row = key, rows.get(key)
        value, verdict = (row.gradient, row.verdict) if row else (None, None)
        derivatives.append(Derivative(by, text, alone, value, verdict, name))
    return Derivatives(str(expression), derivatives, own | named, conditions, notes, hessian)


def _highest(wanted: Collection[By]) -> int:
    """The order of the highest derivative."""
    return max(map(len, wanted), default=0)


def _remark(of: str, by: By, row: Row) -> str:
    """What to say of a value that the estimate does not confirm, and of which derivative it is the value."""
    return f"the derivative {of and f'of {of} '}by {', then '.join(by)} {_said(row)}"


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
        first = report_at(expression, point, list(dict.fromkeys(chain.from_iterable(wanted))))
    together: dict[By, list[str]] = {}
    for by in wanted:
        together.setdefault(by[:-1], []).append(by[-1])
    there = _DerivativeValues(expression, point, first)
    rows: dict[By, Row] = {}
    for before, last in together.items():
        for row_name, row in zip(last, there.rows(before, last), strict=True):
            rows[*before, row_name] = row
    return rows, list(dict.fromkeys(there.notes))


class _DerivativeValues:
    """Derivatives at a point, after the report of the first ones there; and `notes` on all of them."""

    def __init__(self, expression: Expression, point: dict[str, float], first: Report) -> None:
        self._expression, self._point, self._first = expression, point, first
        self._verdicts = {row.name: row.verdict for row in first.rows}
        self._named = expression.variables | expression.steps
        self._derivation = Derivation(expression.root, exact=True)
        self.notes = [*first.notes]

    def rows(self, before: By, last: Sequence[str]) -> list[Row]:
        """The derivatives by the names `before` and each of the `last` ones."""
        report, nothing = self._report(before, last)
        if report is None:
            order = "second derivative" if len(before) == 1 else f"derivative of order {len(before) + 1}"
            by = ", then ".join(before)
            exists = self._verdicts[before[0]] not in NO_DERIVATIVE
            found = f"a {order} by {by} is not found: its formula has no value" if exists else f"no {order} by {by}"
            self.notes.append(f"{found}: {nothing}")
            return [_no_derivative(name, Verdict.UNSURE if exists else Verdict.SINGULAR) for name in last]
        made = {row.name: row for row in report.rows}
        return [self._row(before, name, made) for name in last]

    def _report(self, before: By, last: Sequence[str]) -> tuple[Report | None, str]:
        """The report of the formula by the names `before`, or why there is none."""
        if not before:
            return self._first, ""
        if self._verdicts[before[0]] in NO_DERIVATIVE:
            return None, "the first has none here"
        by = tuple([self._named[name] for name in before])
        formula = formula_of(self._expression, self._derivation.by(by))
        names = formula.variables | formula.steps
        try:
            report = report_at(formula, self._point, [*filter(names.__contains__, last)], before)
        except AutodiffError as error:
            return None, error.message
        self.notes += report.notes
        return report, ""

    def _row(self, before: By, name: str, made: dict[str, Row]) -> Row:
        """The row of a name, from those that were made of the formula before it."""
        if name not in made:  # a step that the formula does not have
            return Row(name, self._named[name].data, 0.0, 0.0, 0.0, Verdict.OK)
        if before and self._verdicts[name] in NO_DERIVATIVE:
            return _no_derivative(name)
        return made[name]


def _no_derivative(name: str, verdict: Verdict = Verdict.SINGULAR) -> Row:
    return Row(name, nan, nan, nan, nan, verdict)


_SAID = {  # with both sides of a kink, and the estimate
    Verdict.KINK: "has a kink here: {0} from the left, {1} from the right",
    Verdict.JUMP: "jumps here",
    Verdict.MISMATCH: "differs from its estimate, {2}",
    Verdict.UNSURE: "is not resolved by its estimate",
}


def _said(row: Row) -> str:
    """What to say of a value that the estimate does not confirm."""
    if row.verdict is Verdict.SINGULAR:
        return "is infinite here" if isinf(row.gradient) else "has no value here"
    numbers = map(number_text, (row.left, row.right, row.estimate))
    return _SAID.get(row.verdict, "").format(*numbers)


def _texts(roots: Sequence[Value], taken: Collection[str], steps: bool | None) -> tuple[dict[str, str], list[str]]:
    """The steps that are named, and the formulas as text."""
    if steps:
        return _with_steps(roots, taken, 10 * _MOST, "--to json has it all")
    try:
        texts = _in_full(roots)
    except AutodiffError:
        if steps is False:
            raise
        return _with_steps(roots, taken, _MOST, "--steps prints them all the same; --to json has them as a graph")
    length = _length(texts)
    if steps is False or length < _LONG:
        return {}, texts
    named, short = with_steps(roots, taken)
    pays = 2 * _length([*named.values(), *short]) <= length
    return (named, short) if pays else ({}, texts)


def _in_full(roots: Iterable[Value]) -> list[str]:
    """The formulas as text. Raises AutodiffError where that is too long to print."""
    texts, room = [], _MOST
    for root in roots:
        texts.append(to_text(root, room + 2))
        room -= len(texts[-1])
        if room < 0:
            hint = "--steps names what is used more than once; --to json has it all"
            raise AutodiffError(f"the formulas are longer than {_MOST:,} characters in full", hint=hint)
    return texts


def _with_steps(
    roots: Sequence[Value], taken: Collection[str], most: int, hint: str
) -> tuple[dict[str, str], list[str]]:
    """Named steps, and the formulas. Raises AutodiffError where they have more than `most` characters."""
    named, short = with_steps(roots, taken)
    if _length([*named.values(), *short]) > most:
        raise AutodiffError(f"the formulas are longer than {most:,} characters", hint=hint)
    return named, short


def _length(texts: Iterable[str]) -> int:
    return sum(map(len, texts))


def _own_constants(expression: Expression, roots: Collection[Value]) -> dict[str, str]:
    """The values the expression gives to names that are constants otherwise, as pi = 3, for what uses them."""
    used = {*chain.from_iterable([one.args for one in steps_below(list(roots))]), *roots}
    own = {}
    for name, value in expression.defaults.items():
        is_used = expression.variables.get(name) in used
        if is_used and name in CONSTANTS:
            own[name] = number_text(value)
    return own


def _breaks(expression: Expression, order: int) -> list[str]:
    """What is not continuous, or not smooth enough for an order, so that the formula is not the whole story."""
    found: dict[str, None] = {}
    for node in expression.nodes:
        function = node.rule.function
        kinks = [*filter(partial(_matters, order=order), function.kinks)]
        if kinks and node.requires_grad:
            text = kinks_in_words(kinks, function, [to_text(arg, 60) for arg in node.args])
            found[f"{to_text(node, 60)} {text}"] = None
    return list(found)[:5]


def _matters(kink: Kink, order: int) -> bool:
    """Whether a derivative of that order is more than its formula: after a kink the next slope jumps."""
    if kink.steep:
        return kink.jumps
    return kink.jumps or order > 1


def kinks_in_words(kinks: Sequence[Kink], function: Function, args: Sequence[str]) -> str:
    """Where a function of some arguments is not smooth: "has a kink where x = 0; slope 0. Jumps at s = 0; slope 0"."""
    parts = []
    for kink in kinks:
        verb = "jumps" if kink.jumps else "has a kink"
        says_where = kink.jumps or kink.where.startswith("at ")
        where, slope = named(kink.where, function, args), named(kink.slope, function, args)
        parts.append(f"{verb} {where if says_where else f'where {where}'}; {slope}")
    return sentences(parts)
