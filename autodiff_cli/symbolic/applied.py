"""Which rules a run of the chain rule applied, as a person would say them: a tree of steps, from the result down.

Each derivative in it is one that the run found, so that the last line of a step is what `diff` prints. What is still
to be differentiated stands in a line as a call of `identity`, which no formula of a derivative has.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from itertools import chain, compress, count
from math import prod
from operator import attrgetter, itemgetter
from typing import NamedTuple

from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import Function, entry
from autodiff_cli.symbolic.coefficients import HALF, Number, times
from autodiff_cli.symbolic.derive import ChainRuleRun
from autodiff_cli.symbolic.isolated import holds_at_points
from autodiff_cli.symbolic.rule_forms import (
    IDENTITY,
    Form,
    is_quotient,
    logarithmic_rule,
    operation,
    product_of,
    product_rule,
    quotient_rule,
    replaced,
    sum_of,
    sum_rule,
)
from autodiff_cli.symbolic.simplified import Simplification, is_reordered, simplification
from autodiff_cli.symbolic.terms import Term, terms_below

_MOST, _DEEPEST = 400, 60  # terms that move, and how many of them are one within the other
_LONGEST = 20_000  # operations and names that its formulas may have together
_INLINE = 4  # lines of an inner derivative that is written within the outer one


class RuleName(StrEnum):
    """The rules of a first course."""

    CONSTANT = "constant"
    VARIABLE = "variable"
    SUM = "sum rule"
    FACTOR = "constant factor"
    POWER = "power rule"
    SQUARE_ROOT = "square root"
    PRODUCT = "product rule"
    QUOTIENT = "quotient rule"
    RECIPROCAL = "reciprocal rule"
    CHAIN = "chain rule"
    EXPONENTIAL = "exponential"
    LOGARITHMIC = "logarithmic differentiation"
    FUNCTION = "function"
    CASES = "by cases"
    SINGLE_POINT = "single point"


class AppliedRule(NamedTuple):
    """A rule, and what it is applied to: a function of the table, an exponent, a condition."""

    rule: RuleName | Simplification
    function: Function | None = None
    term: Value | None = None


Reasons = tuple[AppliedRule, ...]


@dataclass(slots=True)
class AppliedLine:
    """A formula that is equal to the one before, and why."""

    formula: Value
    reasons: Reasons


Kinked = tuple[Function, tuple[Value, ...]]


@dataclass(slots=True)
class Applied:
    """How the derivative of a formula comes about.

    Without `parts` it is read off `lines`. Else a rule is applied to parts that get letters, and the lines follow;
    `form` writes the rule with letters in place of the parts, but where it is one by cases. `kinked` are functions that
    are not smooth everywhere, with their arguments. `is_termwise`: the first line only says that a sum is
    differentiated term by term. `link`: what stands before the derivative of what is inside, where that is one line.
    """

    before: Value
    after: Value
    lines: list[AppliedLine]
    reasons: Reasons = ()
    parts: "list[AppliedPart]" = field(default_factory=list)
    form: Form | None = None
    kinked: "list[Kinked]" = field(default_factory=list)
    is_termwise: bool = False
    link: tuple[Term, Term] | None = None

    @property
    def is_one_line(self) -> bool:
        """Whether there is nothing but what it comes to."""
        return not self.parts and len(self.lines) == 1


@dataclass(slots=True)
class AppliedPart:
    """A part of a formula that a rule is applied to, where it is taken, and its derivative."""

    of: Value
    step: Applied
    when: Value | None = None


def applied(run: ChainRuleRun) -> Applied:
    """The rules of a run. Raises AutodiffError where there are more than anybody would read."""
    depth = _depth(run.source)
    if len(run.tangents) > _MOST or depth > _DEEPEST:
        message = f"a derivation of {len(run.tangents):,} steps, {depth:,} deep, is more than anybody would read"
        raise AutodiffError(message, hint=f"--explain is for {_MOST} steps, {_DEEPEST} deep, at most")
    size = sum([term.size + derivative.size for term, derivative in run.tangents.items()])
    if size > _LONGEST:
        message = "the formulas of the derivation are longer than anybody would read"
        raise AutodiffError(message, hint="the derivative alone is written without --explain")
    return _Explainer(run).step(run.source)


def _depth(root: Term) -> int:
    """How many terms are one within the other."""
    depths: dict[Term, int] = {}
    for term in terms_below([root]):
        depths[term] = 1 + max(map(depths.__getitem__, term.children()), default=0)
    return depths[root]


_FORMS: dict[str, Form] = {
    RuleName.PRODUCT: product_rule,
    RuleName.QUOTIENT: quotient_rule,
    RuleName.LOGARITHMIC: logarithmic_rule,
}
_Linear = Callable[[Term], tuple[Term, Term]]  # from what is inside: the formula, and what stands before the derivative


class _Explainer:
    """Makes the steps, each once."""

    def __init__(self, run: ChainRuleRun) -> None:
        self._run, self._rule, self._algebra = run, run.rule, run.rule.algebra
        self._start = self._algebra.variable(run.variable)
        self._derivatives = dict(run.tangents)
        self._steps: dict[Term, Applied] = {}
        self._moves: dict[Term, bool] = {self._start: True}

    def step(self, term: Term) -> Applied:
        """How the derivative of a term comes about."""
        if term not in self._steps:
            self._steps[term] = self._made(term)
        return self._steps[term]

    def _made(self, term: Term) -> Applied:
        if not self._moving(term):
            return self._at_once(term, AppliedRule(RuleName.CONSTANT))
        if term is self._start:
            return self._at_once(term, AppliedRule(RuleName.VARIABLE))
        if term.kind == "sum":
            return self._sum(term)
        if term.kind == "product":
            return self._product(term)
        return self._cases(term) if term.name == "where" else self._call(term)

    def _nested(self, term: Term) -> Applied:
        """As `step`, of a part: a sum of simple terms is differentiated in one go."""
        made = self.step(term)
        if not made.is_termwise:
            return made
        first, second, *others = made.lines
        dropped = [reason for reason in first.reasons if reason.rule is not RuleName.SUM]
        second = replace(second, reasons=(*second.reasons, *dropped))
        return replace(made, lines=[second, *others], is_termwise=False)

    # --- what is asked of the run ----------------------------------------------------------------------------------

    def _derivative(self, term: Term) -> Term:
        """The derivative that the run found; that of a part of a term, which it did not make, by the same rules."""
        if term is self._run.source:
            return self._run.result
        if term not in self._derivatives:
            self._derivatives[term] = self._rule.of(self._run.variable, term)
        return self._derivatives[term]

    def _moving(self, term: Term) -> bool:
        """Whether a term depends on the variable."""
        for one in terms_below([term], self._moves):
            self._moves[one] = any(map(self._moves.__getitem__, one.children()))
        return self._moves[term]

    def _waiting(self, term: Term) -> Term:
        """A term's derivative where it is still to be found."""
        return self._algebra.bare_call(IDENTITY, term)

    def _write(self, term: Term) -> Value:
        return self._rule.write(term)

    # --- steps -----------------------------------------------------------------------------------------------------

    def _at_once(self, term: Term, *reasons: AppliedRule) -> Applied:
        after = self._write(self._derivative(term))
        return Applied(self._write(term), after, [AppliedLine(after, reasons)])

    def _ended(self, term: Term, lines: Sequence[AppliedLine], raw: Value, reasons: Reasons) -> Applied:
        """A step whose last lines are a formula as a rule gives it, and where that is another, as the run has it."""
        after = self._write(self._derivative(term))
        if is_reordered(raw, after):
            ends = [AppliedLine(after, reasons)]
        else:
            ends = [AppliedLine(raw, reasons), AppliedLine(after, (AppliedRule(simplification(raw, after)),))]
        return Applied(self._write(term), after, [*lines, *ends])

    def _block(self, term: Term, raw: Value, reason: AppliedRule, inner: Sequence[Term]) -> Applied:
        """A step by parts that get letters."""
        form = _FORMS.get(reason.rule)
        return replace(self._ended(term, [], raw, ()), reasons=(reason,), parts=self._parts(inner), form=form)

    def _parts(self, terms: Sequence[Term]) -> list[AppliedPart]:
        return [AppliedPart(self._write(term), self._nested(term)) for term in terms]

    # --- sums ------------------------------------------------------------------------------------------------------

    def _sum(self, term: Term) -> Applied:
        addends = self._algebra.addends(term)
        moving = list(filter(self._moving, addends))
        dropped = (AppliedRule(RuleName.CONSTANT),) * (len(moving) < len(addends))
        if len(moving) == 1:
            return self._all_but_constants(term, moving[0], dropped)
        signs, bare = zip(*map(self._signed, moving), strict=True)
        raw = self._raw_sum(signs, map(self._derivative, bare))
        steps = list(map(self._nested, bare))
        if not all(map(attrgetter("is_one_line"), steps)):
            made = self._block(term, raw, AppliedRule(RuleName.SUM), bare)
            return replace(made, reasons=(*made.reasons, *dropped), form=partial(sum_rule, signs))
        waiting = self._raw_sum(signs, map(self._waiting, bare))
        first = AppliedLine(waiting, (AppliedRule(RuleName.SUM), *dropped))
        return self._term_by_term(term, first, raw, steps)

    def _term_by_term(self, term: Term, first: AppliedLine, raw: Value, steps: Sequence[Applied]) -> Applied:
        """A sum whose terms are differentiated in one go."""
        every = chain.from_iterable([step.lines[0].reasons for step in steps])
        reasons = dict.fromkeys([reason._replace(term=None) for reason in every])
        kinked = list(chain.from_iterable(map(attrgetter("kinked"), steps)))
        made = self._ended(term, [first], raw, tuple(reasons))
        return replace(made, is_termwise=True, kinked=kinked)

    def _all_but_constants(self, term: Term, addend: Term, dropped: Reasons) -> Applied:
        """A sum in which one term moves."""
        made = self._as(term, self._nested(addend))
        if made.parts:
            return replace(made, reasons=(*made.reasons, *dropped))
        first, *lines = made.lines
        first = replace(first, reasons=(*first.reasons, *dropped))
        return replace(made, lines=[first, *lines])

    def _as(self, term: Term, made: Applied) -> Applied:
        """A step of a part as that of the whole, whose derivative the run may have in another form."""
        after = self._write(self._derivative(term))
        *lines, last = made.lines
        if is_reordered(last.formula, after):
            ends = [replace(last, formula=after)]
        else:
            ends = [last, AppliedLine(after, (AppliedRule(simplification(last.formula, after)),))]
        return replace(made, before=self._write(term), after=after, lines=[*lines, *ends])

    def _signed(self, term: Term) -> tuple[Number, Term]:
        """The sign of a term, and the term without it."""
        is_negative = self._algebra.factors(term)[0] < 0
        return (-1, self._algebra.scaled(-1, term)) if is_negative else (1, term)

    def _raw_sum(self, signs: Iterable[Number], terms: Iterable[Term]) -> Value:
        """A sum as it stands, without what is 0."""
        found = []
        for sign, term in zip(signs, terms, strict=True):
            own, bare = self._signed(term)
            if term is not self._algebra.zero:
                found.append((sign * own, self._write(bare)))
        return sum_of(found)

    # --- products --------------------------------------------------------------------------------------------------

    def _product(self, term: Term) -> Applied:
        algebra = self._algebra
        number, powers = algebra.factors(term)
        moves = [self._moving(base) for base, _ in powers]
        moving = list(compress(powers, moves))
        still = [power for power, does in zip(powers, moves, strict=True) if not does]
        if len(moving) == 1:
            return self._power(term, algebra.multiply([algebra.number(number), *algebra.powers(still)]), *moving[0])
        if min(map(itemgetter(1), moving)) > 0:
            return self._product_rule(term, number, still, moving)
        return self._quotient_rule(term, number, still, moving)

    def _power(self, term: Term, factor: Term, base: Term, exponent: Number) -> Applied:
        """A power of something, times what does not move."""
        algebra = self._algebra
        if factor is not algebra.one:
            return self._factor(term, factor, algebra.power(base, exponent))
        lowered = algebra.number(exponent)

        def form(u: Term) -> tuple[Term, Term]:
            return algebra.power(u, exponent), algebra.multiply([lowered, algebra.power(u, exponent - 1)])

        return self._linear(term, form, base, self._power_reason(exponent))

    def _power_reason(self, exponent: Number) -> AppliedRule:
        if exponent == HALF:
            return AppliedRule(RuleName.SQUARE_ROOT)
        if exponent == -1:
            return AppliedRule(RuleName.RECIPROCAL)
        is_plain = exponent > 0 and exponent == int(exponent)
        return AppliedRule(RuleName.POWER, term=None if is_plain else self._write(self._algebra.number(exponent)))

    def _factor(self, term: Term, factor: Term, inner: Term) -> Applied:
        """A constant times something that moves; a sign is nothing that is said."""
        made = self._nested(inner)
        is_said = factor is not self._algebra.number(-1) or inner is self._start
        reasons = tuple(dict.fromkeys([*[AppliedRule(RuleName.FACTOR)] * is_said, *made.lines[0].reasons]))
        if made.is_one_line:
            return replace(self._at_once(term, *reasons), kinked=made.kinked)
        if made.link:
            outer, inmost = made.link
            return self._chained(term, self._algebra.multiply([factor, outer]), inmost, reasons)
        raw = self._filled(self._write(self._algebra.multiply([factor, self._waiting(inner)])), [inner])
        form = self._form(lambda u: (self._algebra.multiply([factor, u]), factor))
        return replace(self._block(term, raw, AppliedRule(RuleName.FACTOR), [inner]), form=form)

    def _product_rule(
        self, term: Term, number: Number, still: list[tuple[Term, Number]], moving: list[tuple[Term, Number]]
    ) -> Applied:
        """What does not move goes with the first factor."""
        algebra = self._algebra
        first, *others = algebra.powers(moving)
        factors = [algebra.multiply([algebra.number(number), *algebra.powers(still), first]), *others]
        found = []
        for at, factor in enumerate(factors):
            derivative = self._derivative(factor)
            signs, bare = zip(*map(self._signed, [*factors[:at], derivative, *factors[at + 1 :]]), strict=True)
            if derivative is not algebra.zero:
                found.append((prod(signs), self._raw_product(bare)))
        raw = sum_of(found)
        return self._block(term, raw, AppliedRule(RuleName.PRODUCT), factors)

    def _raw_product(self, factors: Sequence[Term]) -> Value:
        """A product as it stands, without what is 1; quotients come last."""
        kept = [self._write(factor) for factor in factors if factor is not self._algebra.one]
        kept.sort(key=is_quotient)
        return product_of(kept) if kept else self._write(self._algebra.one)

    def _quotient_rule(
        self, term: Term, number: Number, still: list[tuple[Term, Number]], moving: list[tuple[Term, Number]]
    ) -> Applied:
        algebra = self._algebra
        powers = [*still, *moving]
        above = [(base, exponent) for base, exponent in powers if exponent > 0]
        below = [(base, times(-1, exponent)) for base, exponent in powers if exponent < 0]
        over = algebra.multiply([algebra.number(number.numerator), *algebra.powers(above)])
        under = algebra.multiply([algebra.number(number.denominator), *algebra.powers(below)])
        if not self._moving(over):
            return self._linear(term, self._reciprocal(over), under, AppliedRule(RuleName.RECIPROCAL))
        sides = [(1, (self._derivative(over), under)), (-1, (over, self._derivative(under)))]
        found = []
        for sign, (one, other) in sides:
            if algebra.zero not in (one, other):
                (first, one), (second, other) = self._signed(one), self._signed(other)
                found.append((sign * first * second, self._raw_product([one, other])))
        raw = operation("div", sum_of(found), self._write(algebra.power(under, 2)))
        return self._block(term, raw, AppliedRule(RuleName.QUOTIENT), [over, under])

    def _reciprocal(self, over: Term) -> "_Linear":
        algebra = self._algebra
        negative = algebra.scaled(-1, over)
        return lambda u: (
            algebra.multiply([over, algebra.power(u, -1)]),
            algebra.multiply([negative, algebra.power(u, -2)]),
        )

    # --- functions -------------------------------------------------------------------------------------------------

    def _call(self, call: Term) -> Applied:
        """A function of one thing that moves, or of several."""
        moving = list(compress(count(), map(self._moving, call.parts)))
        made = self._general_power(call, moving) if call.name == "pow" else self._function(call, moving)
        if call.head.bends:
            own = call.head, tuple(map(self._write, call.parts))
            made = replace(made, kinked=[own, *made.kinked])
        return made

    def _function(self, call: Term, moving: Sequence[int]) -> Applied:
        """A function of the table other than a power."""
        reason = AppliedRule(RuleName.FUNCTION, call.head)
        if self._derivative(call) is self._algebra.zero and "0" in call.head.partials:
            return self._at_once(call, reason)
        inner = call.parts[moving[0]]
        if len(moving) > 1 or (call.head.bends and inner is not self._start):
            return self._by_arguments(call, moving)
        return self._linear(call, self._of_argument(call, moving[0]), inner, reason)

    def _of_argument(self, call: Term, index: int) -> "_Linear":
        """A call with something else as one of its arguments, and its partial by that."""

        def form(u: Term) -> tuple[Term, Term]:
            other = self._algebra.bare_call(call.head, *call.parts[:index], u, *call.parts[index + 1 :])
            return other, self._rule.partial(other, index)

        return form

    def _by_arguments(self, call: Term, moving: Sequence[int]) -> Applied:
        """A function by each of the arguments that move."""
        inner = list(dict.fromkeys([call.parts[index] for index in moving]))
        raw = self._through(call, inner)

        def form(letters: Sequence[Value]) -> tuple[Value, Value]:
            terms = list(map(self._algebra.variable, letters))
            names = dict(zip(inner, terms, strict=True))
            other = self._algebra.bare_call(call.head, *[names.get(part, part) for part in call.parts])
            return self._write(other), self._through(other, terms)

        reason = AppliedRule(RuleName.FUNCTION, call.head)
        made = self._block(call, self._filled(raw, inner), reason, inner)
        return replace(made, reasons=(AppliedRule(RuleName.CHAIN), reason), form=form)

    def _through(self, call: Term, inner: Sequence[Term]) -> Value:
        """The derivative of a call by what is inside, where the derivatives of that are still to be found."""
        return self._write(self._rule.call(call, {one: self._waiting(one) for one in inner}))

    def _general_power(self, call: Term, moving: Sequence[int]) -> Applied:
        base, exponent = call.parts
        if len(moving) == 1:
            exponential = AppliedRule(RuleName.EXPONENTIAL)
            reason = exponential if moving == [1] else AppliedRule(RuleName.POWER, term=self._write(exponent))
            return self._linear(call, self._of_argument(call, moving[0]), call.parts[moving[0]], reason)
        raw = operation("mul", self._write(call), self._logarithmic(base, exponent))
        return self._block(call, raw, AppliedRule(RuleName.LOGARITHMIC), [base, exponent])

    def _logarithmic(self, base: Term, exponent: Term) -> Value:
        """The derivative of the logarithm of a power as it stands, without what is 0."""
        by_exponent, by_base = self._derivative(exponent), self._derivative(base)
        first = self._raw_product([by_exponent, self._algebra.bare_call(entry("log", 1), base)])
        second = operation("div", self._raw_product([exponent, by_base]), self._write(base))
        both = ((by_exponent, first), (by_base, second))
        return sum_of([(1, raw) for derivative, raw in both if derivative is not self._algebra.zero])

    def _linear(self, term: Term, form: "_Linear", inner: Term, reason: AppliedRule) -> Applied:
        """A factor times the derivative of what is inside."""
        if inner is self._start:
            return self._at_once(term, reason)
        made = self._nested(inner)
        _, factor = form(inner)
        first = self._algebra.multiply([factor, self._waiting(inner)])
        reasons = (AppliedRule(RuleName.CHAIN), reason)
        if made.parts or len(made.lines) > _INLINE:
            raw = self._filled(self._write(first), [inner])
            return replace(self._block(term, raw, reason, [inner]), reasons=reasons, form=self._form(form))
        return self._chained(term, factor, inner, reasons)

    def _chained(self, term: Term, factor: Term, inner: Term, reasons: Reasons) -> Applied:
        """A factor times the derivative of what is inside, which has no parts, line by line."""
        link = factor, inner
        made = self._nested(inner)
        lines = [self._waiting_line(factor, inner, reasons)]
        while made.link:
            outer, inner = made.link
            factor, reasons = self._algebra.multiply([factor, outer]), made.lines[0].reasons
            lines.append(self._waiting_line(factor, inner, reasons))
            made = self._nested(inner)
        *lines, last = [*lines, *self._within(factor, inner, made.lines)]
        ended = self._ended(term, lines, last.formula, last.reasons)
        return replace(ended, kinked=made.kinked, link=link)

    def _waiting_line(self, factor: Term, inner: Term, reasons: Reasons) -> AppliedLine:
        """A factor times a derivative that is still to be found."""
        term = self._algebra.multiply([factor, self._waiting(inner)])
        return AppliedLine(self._write(term), reasons)

    def _form(self, form: "_Linear") -> Form:
        """A rule for one letter."""

        def written(letters: Sequence[Value]) -> tuple[Value, Value]:
            u = self._algebra.variable(letters[0])
            before, factor = form(u)
            return self._write(before), self._write(self._algebra.multiply([factor, self._waiting(u)]))

        return written

    def _within(self, factor: Term, inner: Term, lines: Sequence[AppliedLine]) -> list[AppliedLine]:
        """The lines of an inner derivative, each times a factor."""
        waiting = self._waiting(inner)
        around = self._write(self._algebra.multiply([factor, waiting]))
        found = [replace(line, formula=replaced(around, {self._write(waiting): line.formula})) for line in lines]
        derivative = self._derivative(inner)
        if derivative.kind == "number":
            found[-1] = replace(found[-1], formula=self._write(self._algebra.multiply([factor, derivative])))
        return found

    def _filled(self, raw: Value, inner: Sequence[Term]) -> Value:
        """A formula with derivatives where they were still to be found."""
        return replaced(raw, {self._write(self._waiting(one)): self._write(self._derivative(one)) for one in inner})

    # --- choices ---------------------------------------------------------------------------------------------------

    def _cases(self, choice: Term) -> Applied:
        """A choice: each branch, where it is taken; what is at a single point has no slope of its own."""
        if not any(map(self._moving, choice.parts[1:])):
            return self._at_once(choice, AppliedRule(RuleName.CONSTANT))
        beside = self._beside(choice)
        if beside is not None:
            return self._beside_point(choice, beside)
        parts, rest = [], choice
        while rest.name == "where" and self._beside(rest) is None:
            condition, then, rest = rest.parts
            parts.append(AppliedPart(self._write(then), self._nested(then), self._write(condition)))
        parts.append(AppliedPart(self._write(rest), self._nested(rest)))
        after = self._write(self._derivative(choice))
        lines = [AppliedLine(after, ())]
        return Applied(self._write(choice), after, lines, (AppliedRule(RuleName.CASES),), parts)

    def _beside(self, choice: Term) -> Term | None:
        """The branch that is taken but at single points, if there is one."""
        condition: Term = choice.parts[0]
        for holds, beside in ((True, choice.parts[2]), (False, choice.parts[1])):
            if holds_at_points(condition, holds, self._moving):
                return self._algebra.term(beside)
        return None

    def _beside_point(self, choice: Term, beside: Term) -> Applied:
        made = self._as(choice, self._nested(beside))
        reason = AppliedRule(RuleName.SINGLE_POINT, term=self._write(choice.parts[0]))
        if made.parts:
            return replace(made, reasons=(reason, *made.reasons))
        first, *lines = made.lines
        return replace(made, lines=[replace(first, reasons=(reason, *first.reasons)), *lines])
