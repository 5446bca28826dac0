"""A derivation as a person would write it: the rules that a run applied, their parts with letters, in plain data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from itertools import count as counter
from math import nan
from typing import NamedTuple

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import name_of, to_text
from autodiff_cli.engine.value import Value, constant, node, rule_of
from autodiff_cli.reports.derived import Derivatives
from autodiff_cli.reports.formulas import differentiate, kinks_in_words
from autodiff_cli.reports.status import Status
from autodiff_cli.rules.table import Function
from autodiff_cli.symbolic.applied import Applied, Kinked, Reasons, RuleName, applied
from autodiff_cli.symbolic.derive import ChainRuleRun, Wrt
from autodiff_cli.symbolic.formulas import By
from autodiff_cli.symbolic.rule_forms import operation
from autodiff_cli.symbolic.rule_forms import waiting_in as waiting_in
from autodiff_cli.symbolic.simplified import is_reordered

_WORDS = re.compile(r"(?!the )[A-Za-z]{2,}( ([A-Za-z-]{2,}|\d+))*")  # a name, and no description with letters
_FAMILIES = ("uvw", "pqr", "fgh", "abc", "kmn", "rst", "xyz")  # of letters that go together


class RuleLetter(NamedTuple):
    """What a letter stands for, and in a choice, where that is taken."""

    name: str
    of: Value
    when: Value | None = None


class DerivativeCase(NamedTuple):
    """What a derivative is where a condition holds; without one, elsewhere."""

    formula: Value
    when: Value | None = None


class NamedRule(NamedTuple):
    """A rule by its name; the function, exponent or condition that it is for."""

    name: str
    function: str = ""
    term: Value | None = None


class DerivationLine(NamedTuple):
    """A formula, and the rules that lead to it from the one before."""

    formula: Value
    rules: list[NamedRule]


@dataclass(slots=True)
class DerivationStep:
    """One step: a rule for `letters`, whose derivatives are `parts`, and the lines that lead to what it comes to.

    `label` is what is derived, as "d/dx" or "u'"; `form` the rule in letters, but where it is one by cases; `as_before`
    the label of a step that is the same, which is not shown again. What is still to be differentiated is a call of
    `identity` in a formula.
    """

    label: str
    before: Value
    after: Value
    lines: list[DerivationLine]
    rules: list[NamedRule] = field(default_factory=list)
    letters: list[RuleLetter] = field(default_factory=list)
    form: tuple[Value, Value] | None = None
    cases: list[DerivativeCase] = field(default_factory=list)
    kinks: list[str] = field(default_factory=list)
    parts: "list[DerivationStep]" = field(default_factory=list)
    as_before: str = ""


@dataclass(slots=True)
class WorkedDerivative:
    """The derivation of a derivative by some names in turn, from the one before it."""

    by: By
    step: DerivationStep
    rewritten: Value | None = None  # the expression, where what is differentiated is written in another way


@dataclass(slots=True)
class ExplainedDerivatives:
    """Derivatives, and how each comes about, with those on the way to it."""

    found: Derivatives
    derivations: list[WorkedDerivative]

    @property
    def notes(self) -> list[str]:
        """Those on the derivatives."""
        return self.found.notes

    @property
    def status(self) -> Status:
        """What it comes to."""
        return self.found.status


def explain_derivatives(
    expression: Expression,
    wanted: list[By],
    point: dict[str, float] | None = None,
    steps: bool | None = None,
    *,
    hessian: bool = False,
) -> ExplainedDerivatives:
    """As `differentiate`, with the derivations.

    Raises AutodiffError where it does, and where a derivation is too long to be read.
    """
    runs: dict[Wrt, ChainRuleRun] = {}
    found = differentiate(expression, wanted, point, steps, hessian=hessian, runs=runs)
    named = expression.variables | expression.steps
    on_the_way = chain.from_iterable([[by[: order + 1] for order in range(len(by))] for by in wanted])
    derivations = []
    for by in dict.fromkeys(on_the_way):
        run = runs[tuple([named[name] for name in by])]
        step = _Namer({*named}).step(name_of(by), applied(run))
        is_other = len(by) == 1 and not is_reordered(expression.root, step.before)
        derivations.append(WorkedDerivative(by, step, expression.root if is_other else None))
    return ExplainedDerivatives(found, derivations)


class _Namer:
    """Gives letters to the parts of a derivation, from the top down."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._known: dict[Value, str] = {}

    def step(self, label: str, made: Applied) -> DerivationStep:
        """A step and all that is below it."""
        lines = [DerivationLine(line.formula, _named_rules(line.reasons)) for line in made.lines]
        found = DerivationStep(label, made.before, made.after, lines, _named_rules(made.reasons))
        found.kinks = list(dict.fromkeys(map(_kinks, made.kinked)))
        if made.before in self._known and (made.parts or len(made.lines) > 1):
            found.as_before, found.lines = self._known[made.before], lines[-1:]
            return found
        self._known[made.before] = label
        letters = self._letters(len(made.parts))
        found.letters = [RuleLetter(name, part.of, part.when) for name, part in zip(letters, made.parts, strict=True)]
        self._put_form(found, made)
        pairs = zip(found.letters, made.parts, strict=True)
        found.parts = [self.step(f"{letter.name}'", part.step) for letter, part in pairs]
        return found

    def _letters(self, count: int) -> list[str]:
        """So many letters that go together and are free; with numbers where there are none left."""
        family: Sequence[str]
        for family in _FAMILIES:
            if len(family) >= count and self._taken.isdisjoint(family):
                break
        else:
            family = next(family for number in counter(1) if self._taken.isdisjoint(family := _numbered(count, number)))
        if count:
            self._taken |= {*family}
        return [*family[:count]]

    def _put_form(self, found: DerivationStep, made: Applied) -> None:
        """The rule in letters, and if it is one by cases, the cases."""
        function, inner, derivative = _function(made.reasons or made.lines[0].reasons), made.before, made.after
        if made.form:
            found.form = inner, derivative = made.form([Value(nan, letter.name) for letter in found.letters])
        if function is not None and function.bends and inner.rule.function is function:
            found.cases = _cases(function, inner, derivative)
            found.kinks = [_kinks((function, inner.args))]


def _numbered(count: int, number: int) -> list[str]:
    """Letters with a number: u1, v1, w1; of more than three u1, u2, u3 ..."""
    if count <= len(_FAMILIES[0]):
        return [f"{letter}{number}" for letter in _FAMILIES[0]]
    return [f"u{number + at}" for at in range(count)]


def _function(reasons: Reasons) -> Function | None:
    return next((reason.function for reason in reasons if reason.rule is RuleName.FUNCTION), None)


def _named_rules(reasons: Reasons) -> list[NamedRule]:
    """The rules of a line; that x' is 1 is nothing that is said."""
    said = [reason for reason in reasons if reason.rule is not RuleName.VARIABLE]
    return [NamedRule(str(one.rule), _everyday(one.function) if one.function else "", one.term) for one in said]


def _everyday(function: Function) -> str:
    """What a function is called in words, or its name where the table has only a formula for it."""
    words = function.doc.partition(";")[0]
    return words if _WORDS.fullmatch(words) else function.name


def _kinks(kinked: Kinked) -> str:
    """Where a function is not smooth: "abs(u) has a kink where u = 0; slope 0"."""
    function, args = kinked
    call = node(rule_of(function), tuple(args))
    return f"{to_text(call, 60)} {kinks_in_words(function.kinks, function, [to_text(arg, 60) for arg in args])}"


def _cases(function: Function, inner: Value, derivative: Value) -> list[DerivativeCase]:
    """A derivative that is a choice, branch by branch; that of an absolute value by its sign."""
    if function.name == "abs":
        (u,) = inner.args
        waiting = waiting_in(derivative)
        slope = waiting[0] if waiting else constant(1.0, "1")
        zero, negative = constant(0.0, "0"), operation("neg", slope)
        return [DerivativeCase(slope, operation("gt", u, zero)), DerivativeCase(negative, operation("lt", u, zero))]
    found = []
    while derivative.args and derivative.rule.function.name == "where":
        condition, then, derivative = derivative.args
        found.append(DerivativeCase(then, condition))
    return [*found, DerivativeCase(derivative)] if found else []
