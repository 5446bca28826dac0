"""Which rules a run of the chain rule applied, as a person would say them: a tree of steps, from the result down.

Each derivative in it is one that the run found, so that the last line of a step is what `diff` prints. What is still
to be differentiated stands in a line as a call of `identity`, which no formula of a derivative has.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial, reduce
from itertools import chain, compress
from math import prod
from operator import itemgetter
from typing import NamedTuple

from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value, constant, node, rule_of
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import Function, entry
from autodiff_cli.symbolic.coefficients import HALF, Number, times
from autodiff_cli.symbolic.derive import Run
from autodiff_cli.symbolic.isolated import holds_at_points
from autodiff_cli.symbolic.simplified import Simplification, is_reordered, simplification
from autodiff_cli.symbolic.terms import Term, terms_below

_MOST, _DEEPEST = 400, 60  # terms that move, and how many of them are one within the other
_INLINE = 3  # lines of an inner derivative that is written within the outer one
IDENTITY = entry("identity", 1)


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


class Reason(NamedTuple):
    """A rule, and what it is applied to: a function of the table, an exponent, a condition."""

    rule: RuleName | Simplification
    function: Function | None = None
    term: Value | None = None


Reasons = tuple[Reason, ...]


@dataclass(slots=True)
class Line:
    """A formula that is equal to the one before, and why; `term` where something in it is still to be done."""

    formula: Value
    reasons: Reasons
    term: Term | None = None


Kinked = tuple[Function, tuple[Value, ...]]
Form = Callable[[Sequence[Value]], tuple[Value, Value]]  # from letters: the formula, and its derivative


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
    lines: list[Line]
    reasons: Reasons = ()
    parts: "list[Part]" = field(default_factory=list)
    form: Form | None = None
    kinked: "list[Kinked]" = field(default_factory=list)
    is_termwise: bool = False
    link: tuple[Term, Term] | None = None

    @property
    def all_reasons(self) -> Reasons:
        """Those of all lines, each once."""
        return tuple(dict.fromkeys(chain.from_iterable([line.reasons for line in self.lines])))


@dataclass(slots=True)
class Part:
    """A part of a formula that a rule is applied to, where it is taken, and its derivative."""

    of: Value
    step: Applied
    when: Value | None = None


def applied(run: Run) -> Applied:
    """The rules of a run. Raises AutodiffError where there are more than anybody would read."""
    found = [term for term in terms_below([run.source]) if term in run.tangents]
    depths: dict[Term, int] = {}
    for term in terms_below([run.source]):
        depths[term] = 1 + max([depths[child] for child in term.children()], default=0)
    if len(found) > _MOST or depths[run.source] > _DEEPEST:
        message = f"a derivation of {len(found):,} steps, {depths[run.source]:,} deep, is more than anybody would read"
        raise AutodiffError(message, hint=f"--explain is for {_MOST} steps, {_DEEPEST} deep, at most")
    return _Explainer(run).step(run.source)


_Linear = Callable[[Term], tuple[Term, Term]]  # from what is inside: the formula, and what stands before the derivative


class _Explainer:
    """Makes the steps, each once."""

    def __init__(self, run: Run) -> None:
        self._run, self._rule, self._algebra = run, run.rule, run.rule.algebra
        self._start = self._algebra.variable(run.variable)
        self._steps: dict[Term, Applied] = {}
        self._moves: dict[Term, bool] = {self._start: True}

    def step(self, term: Term) -> Applied:
        """How the derivative of a term comes about."""
        if term not in self._steps:
            self._steps[term] = self._made(term)
        return self._steps[term]

    def _made(self, term: Term) -> Applied:
        if not self._moving(term):
            return self._at_once(term, Reason(RuleName.CONSTANT))
        if term is self._start:
            return self._at_once(term, Reason(RuleName.VARIABLE))
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
        if term not in self._run.tangents:
            self._run.tangents[term] = self._rule.of(self._run.variable, term)
        return self._run.tangents[term]

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

    def _at_once(self, term: Term, *reasons: Reason) -> Applied:
        after = self._write(self._derivative(term))
        return Applied(self._write(term), after, [Line(after, reasons)])

    def _ended(self, term: Term, lines: Sequence[Line], raw: Value, reasons: Reasons) -> Applied:
        """A step whose last lines are a formula as a rule gives it, and where that is another, as the run has it."""
        after = self._write(self._derivative(term))
        if is_reordered(raw, after):
            ends = [Line(after, reasons)]
        else:
            ends = [Line(raw, reasons), Line(after, (Reason(simplification(raw, after)),))]
        return Applied(self._write(term), after, [*lines, *ends])

    def _block(self, term: Term, raw: Value, reason: Reason, inner: Sequence[Term]) -> Applied:
        """A step by parts that get letters."""
        form = _FORMS.get(reason.rule)
        return replace(self._ended(term, [], raw, ()), reasons=(reason,), parts=self._parts(inner), form=form)

    def _parts(self, terms: Sequence[Term]) -> list[Part]:
        return [Part(self._write(term), self._nested(term)) for term in terms]

    # --- sums ------------------------------------------------------------------------------------------------------

    def _sum(self, term: Term) -> Applied:
        addends = self._algebra.addends(term)
        moving = list(filter(self._moving, addends))
        dropped = (Reason(RuleName.CONSTANT),) * (len(moving) < len(addends))
        if len(moving) == 1:
            return self._all_but_constants(term, moving[0], dropped)
        signed = list(map(self._signed, moving))
        signs, bare = zip(*signed, strict=True)
        parts = self._parts(bare)
        raw = self._raw_sum([(sign, self._derivative(one)) for sign, one in signed])
        if any(part.step.parts or len(part.step.lines) > 1 for part in parts):
            made = self._block(term, raw, Reason(RuleName.SUM), bare)
            return replace(made, reasons=(*made.reasons, *dropped), form=partial(_term_by_term, signs))
        waiting = self._raw_sum([(sign, self._waiting(one)) for sign, one in signed])
        every = chain.from_iterable([part.step.lines[0].reasons for part in parts])
        reasons = dict.fromkeys([reason._replace(term=None) for reason in every])
        first = Line(waiting, (Reason(RuleName.SUM), *dropped))
        kinked = list(chain.from_iterable([part.step.kinked for part in parts]))
        made = self._ended(term, [first], raw, tuple(reasons))
        return replace(made, is_termwise=True, kinked=kinked)

    def _all_but_constants(self, term: Term, addend: Term, dropped: Reasons) -> Applied:
        """A sum in which one term moves."""
        made = self._nested(addend)
        if made.parts:
            return replace(made, before=self._write(term), reasons=(*made.reasons, *dropped))
        first, *lines = made.lines
        first = replace(first, reasons=(*first.reasons, *dropped))
        return replace(made, before=self._write(term), lines=[first, *lines])

    def _signed(self, term: Term) -> tuple[Number, Term]:
        """The sign of a term, and the term without it."""
        is_negative = self._algebra.factors(term)[0] < 0
        return (-1, self._algebra.scaled(-1, term)) if is_negative else (1, term)

    def _raw_sum(self, terms: Sequence[tuple[Number, Term]]) -> Value:
        """A sum as it stands, without what is 0."""
        found = []
        for sign, term in terms:
            own, bare = self._signed(term)
            if term is not self._algebra.zero:
                found.append((sign * own, self._write(bare)))
        return _sum_of(found)

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

    def _power_reason(self, exponent: Number) -> Reason:
        if exponent == HALF:
            return Reason(RuleName.SQUARE_ROOT)
        if exponent == -1:
            return Reason(RuleName.RECIPROCAL)
        is_plain = exponent > 0 and exponent == int(exponent)
        return Reason(RuleName.POWER, term=None if is_plain else self._write(self._algebra.number(exponent)))

    def _factor(self, term: Term, factor: Term, inner: Term) -> Applied:
        """A constant times something that moves; a sign is nothing that is said."""
        made = self._nested(inner)
        is_said = factor is not self._algebra.number(-1) or inner is self._start
        reasons = (*[Reason(RuleName.FACTOR)] * is_said, *made.lines[0].reasons)
        if len(made.lines) == 1 and not made.parts:
            return replace(self._at_once(term, *reasons), kinked=made.kinked)
        if made.link:
            outer, inmost = made.link
            return self._chained(term, self._algebra.multiply([factor, outer]), inmost, reasons)
        raw = self._filled(self._write(self._algebra.multiply([factor, self._waiting(inner)])), [inner])
        form = self._form(lambda u: (self._algebra.multiply([factor, u]), factor))
        return replace(self._block(term, raw, Reason(RuleName.FACTOR), [inner]), form=form)

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
        raw = _sum_of(found)
        return self._block(term, raw, Reason(RuleName.PRODUCT), factors)

    def _raw_product(self, factors: Sequence[Term]) -> Value:
        """A product as it stands, without what is 1; quotients come last."""
        kept = [self._write(factor) for factor in factors if factor is not self._algebra.one]
        kept.sort(key=_is_quotient)
        return _product_of(kept) if kept else self._write(self._algebra.one)

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
            return self._linear(term, self._reciprocal(over), under, Reason(RuleName.RECIPROCAL))
        sides = [(1, (self._derivative(over), under)), (-1, (over, self._derivative(under)))]
        found = []
        for sign, (one, other) in sides:
            if algebra.zero not in (one, other):
                (first, one), (second, other) = self._signed(one), self._signed(other)
                found.append((sign * first * second, self._raw_product([one, other])))
        raw = _node("div", _sum_of(found), self._write(algebra.power(under, 2)))
        return self._block(term, raw, Reason(RuleName.QUOTIENT), [over, under])

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
        moving = [index for index, part in enumerate(call.parts) if self._moving(part)]
        if call.name == "pow":
            return self._general_power(call, moving)
        reason = Reason(RuleName.FUNCTION, call.head)
        kinked = [(call.head, tuple(map(self._write, call.parts)))] if call.head.bends else []
        has_slope = self._derivative(call) is not self._algebra.zero
        if not has_slope and all(call.head.partials[at] == "0" for at in moving if not call.head.variadic):
            return replace(self._at_once(call, reason), kinked=kinked)
        if len(moving) > 1 or (kinked and call.parts[moving[0]] is not self._start):
            return replace(self._by_arguments(call, moving), kinked=kinked)
        made = self._linear(call, self._of_argument(call, moving[0]), call.parts[moving[0]], reason)
        return replace(made, kinked=[*kinked, *made.kinked])

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

        reason = Reason(RuleName.FUNCTION, call.head)
        made = self._block(call, self._filled(raw, inner), reason, inner)
        return replace(made, reasons=(Reason(RuleName.CHAIN), reason), form=form)

    def _through(self, call: Term, inner: Sequence[Term]) -> Value:
        """The derivative of a call by what is inside, where the derivatives of that are still to be found."""
        return self._write(self._rule.call(call, {one: self._waiting(one) for one in inner}))

    def _general_power(self, call: Term, moving: Sequence[int]) -> Applied:
        base, exponent = call.parts
        if len(moving) == 1:
            exponential = Reason(RuleName.EXPONENTIAL)
            reason = exponential if moving == [1] else Reason(RuleName.POWER, term=self._write(exponent))
            return self._linear(call, self._of_argument(call, moving[0]), call.parts[moving[0]], reason)
        logarithm, by_exponent = _node("log", self._write(base)), self._derivative(exponent)
        first = logarithm
        if by_exponent is not self._algebra.one:
            first = _node("mul", self._write(by_exponent), logarithm)
        over = self._raw_product([exponent, self._derivative(base)])
        both = _node("add", first, _node("div", over, self._write(base)))
        raw = _node("mul", self._write(call), both)
        return self._block(call, raw, Reason(RuleName.LOGARITHMIC), [base, exponent])

    def _linear(self, term: Term, form: "_Linear", inner: Term, reason: Reason) -> Applied:
        """A factor times the derivative of what is inside."""
        if inner is self._start:
            return self._at_once(term, reason)
        made = self._nested(inner)
        _, factor = form(inner)
        first = self._algebra.multiply([factor, self._waiting(inner)])
        reasons = (Reason(RuleName.CHAIN), reason)
        if made.parts or len(made.lines) > _INLINE:
            raw = self._filled(self._write(first), [inner])
            return replace(self._block(term, raw, reason, [inner]), reasons=reasons, form=self._form(form))
        return self._chained(term, factor, inner, reasons)

    def _chained(self, term: Term, factor: Term, inner: Term, reasons: Reasons) -> Applied:
        """A factor times the derivative of what is inside, which has no parts, line by line."""
        made = self._nested(inner)
        first = self._algebra.multiply([factor, self._waiting(inner)])
        *lines, last = [Line(self._write(first), reasons, first), *self._within(factor, inner, made.lines)]
        ended = self._ended(term, lines, last.formula, last.reasons)
        return replace(ended, kinked=made.kinked, link=(factor, inner))

    def _form(self, form: "_Linear") -> Form:
        """A rule for one letter."""

        def written(letters: Sequence[Value]) -> tuple[Value, Value]:
            u = self._algebra.variable(letters[0])
            before, factor = form(u)
            return self._write(before), self._write(self._algebra.multiply([factor, self._waiting(u)]))

        return written

    def _within(self, factor: Term, inner: Term, lines: Sequence[Line]) -> list[Line]:
        """The lines of an inner derivative, each times a factor."""
        found = [self._line_within(factor, inner, line) for line in lines]
        derivative = self._derivative(inner)
        if derivative.kind == "number":
            found[-1] = replace(found[-1], formula=self._write(self._algebra.multiply([factor, derivative])))
        return found

    def _line_within(self, factor: Term, inner: Term, line: Line) -> Line:
        algebra, waiting = self._algebra, self._waiting(inner)
        if line.term is None:
            around = self._write(algebra.multiply([factor, waiting]))
            return replace(line, formula=_replaced(around, {self._write(waiting): line.formula}))
        term = algebra.multiply([factor, line.term])
        return Line(self._write(term), line.reasons, term)

    def _filled(self, raw: Value, inner: Sequence[Term]) -> Value:
        """A formula with derivatives where they were still to be found."""
        return _replaced(raw, {self._write(self._waiting(one)): self._write(self._derivative(one)) for one in inner})

    # --- choices ---------------------------------------------------------------------------------------------------

    def _cases(self, choice: Term) -> Applied:
        condition, *branches = choice.parts
        for holds, beside in ((True, branches[1]), (False, branches[0])):
            if holds_at_points(condition, holds, self._moving):
                made = self.step(beside)
                reason = Reason(RuleName.SINGLE_POINT, term=self._write(condition))
                return replace(made, before=self._write(choice), reasons=(reason, *made.reasons))
        parts = []
        rest: Term | None = choice
        while rest is not None and rest.name == "where":
            condition, then, other = rest.parts
            parts.append(Part(self._write(then), self._nested(then), self._write(condition)))
            rest = other
        if rest is not None:
            parts.append(Part(self._write(rest), self._nested(rest)))
        after = self._write(self._derivative(choice))
        lines = [Line(after, ())]
        return Applied(self._write(choice), after, lines, (Reason(RuleName.CASES),), parts)


def _by_turns(letters: Sequence[Value]) -> tuple[Value, Value]:
    """The product rule: of u and v it is u * v, and u' * v + u * v'."""
    turns = [[*letters[:at], _node("identity", one), *letters[at + 1 :]] for at, one in enumerate(letters)]
    return _product_of(letters), reduce(_plus, map(_product_of, turns))


def _term_by_term(signs: Sequence[Number], letters: Sequence[Value]) -> tuple[Value, Value]:
    """The sum rule: of u and -v it is u - v, and u' - v'."""
    derivatives = [_node("identity", one) for one in letters]
    return _sum_of(zip(signs, letters, strict=True)), _sum_of(zip(signs, derivatives, strict=True))


def _quotient_form(letters: Sequence[Value]) -> tuple[Value, Value]:
    u, v = letters
    above = _node("sub", _product_of([_node("identity", u), v]), _product_of([u, _node("identity", v)]))
    return _node("div", u, v), _node("div", above, _node("pow", v, constant(2.0, "2")))


def _logarithmic_form(letters: Sequence[Value]) -> tuple[Value, Value]:
    u, v = letters
    by_exponent = _product_of([_node("identity", v), _node("log", u)])
    by_base = _node("div", _product_of([v, _node("identity", u)]), u)
    return _node("pow", u, v), _product_of([_node("pow", u, v), _plus(by_exponent, by_base)])


_FORMS: dict[str, Form] = {
    RuleName.PRODUCT: _by_turns,
    RuleName.QUOTIENT: _quotient_form,
    RuleName.LOGARITHMIC: _logarithmic_form,
}


def _is_quotient(one: Value) -> bool:
    return bool(one.args) and one.rule.function.name == "div"


def _plus(a: Value, b: Value) -> Value:
    return _node("add", a, b)


def _product_of(factors: Sequence[Value]) -> Value:
    return reduce(lambda a, b: _node("mul", a, b), factors)


def waiting_in(formula: Value) -> list[Value]:
    """What is still to be differentiated in a formula: calls of `identity`."""
    return [one for one in toposort([formula]) if one.args and one.rule.function is IDENTITY]


def _replaced(formula: Value, by: dict[Value, Value]) -> Value:
    """A formula with others in place of some of its nodes; a factor that becomes 1 goes."""
    made = dict(by)
    for one in toposort([formula], by):
        args = tuple([made.get(arg, arg) for arg in one.args])
        if args == one.args:
            made[one] = one
        elif one.rule.function.name == "mul" and "1" in (args[0].label, args[1].label):
            made[one] = args[0] if args[1].label == "1" else args[1]
        else:
            made[one] = node(one.rule, args)
    return made[formula]


def _node(name: str, *args: Value) -> Value:
    return node(rule_of(entry(name, len(args))), args)


def _sum_of(terms: Iterable[tuple[Number, Value]]) -> Value:
    """A sum of signed terms as it stands; 0 of none."""
    total: Value | None = None
    for sign, term in terms:
        if total is None:
            total = term if sign > 0 else _negated(term)
        else:
            total = _node("add" if sign > 0 else "sub", total, term)
    return constant(0.0, "0") if total is None else total


def _negated(term: Value) -> Value:
    """Of u * v / w it is -u * v / w."""
    if term.args and term.rule.function.name in ("mul", "div"):
        return _node(term.rule.function.name, _negated(term.args[0]), term.args[1])
    return _node("neg", term)
