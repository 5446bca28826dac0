"""Derivatives as formulas: the chain rule from a variable up to the result, over terms. Graph in, graphs out."""

from collections.abc import Sequence

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import Function
from autodiff_cli.symbolic.coefficients import Number, plus
from autodiff_cli.symbolic.conditions import Condition, missing, named, sign_of, text_of
from autodiff_cli.symbolic.factor import tidied, together
from autodiff_cli.symbolic.normal_form import read, steps_below, write
from autodiff_cli.symbolic.terms import Algebra, Term, terms_below

By = tuple[Value, ...]  # what is differentiated by, one after the other

_FACTORS = 8  # a product with more factors that move is differentiated half by half
_CHOICES = 6  # one within the other that a slope is let through
_TERMS, _TIMES = 600, 50  # different terms that a derivative may grow to: so many, and so many times the source's


class Derivation:
    """The derivatives of a graph, of any order; what leads to several of them is done once.

    With `exact`, also where a reader's form of a partial leaves a point out.
    """

    def __init__(self, root: Value, exact: bool = False) -> None:
        self._root, self._exact = root, exact
        self._most = _TERMS + _TIMES * len(steps_below([root]))
        self._found: dict[By, Value] = {(): root}
        self._terms: dict[By, tuple[_Chain, Term]] = {}
        self._begun: dict[By, _Chain] = {}
        self.notes: dict[str, None] = {}  # what the formulas leave out

    def by(self, names: By) -> Value:
        """The derivative by some variables or inner nodes, in turn. An inner node is taken as a variable then.

        Raises AutodiffError where there is none, or where it grows beyond all reading.
        """
        for count in range(1, len(names) + 1):
            if names[:count] not in self._found:
                self._go_on(names[:count])
        return self._found[names]

    def _go_on(self, names: By) -> None:
        *before, name = names
        stops = (name,) if name.args else ()
        source = self._found[tuple(before)]
        chain, term = self._terms.get(tuple(before)) or self._begin(source, stops)
        if chain.stops != {*stops}:
            if stops and name in steps_below([self._root]) and name not in steps_below([source]):
                hint = "differentiate by it first, and by other names after that"
                raise AutodiffError(f"the derivative does not have the step {to_text(name, 60)} any more", hint=hint)
            chain, term = self._begin(source, stops)
        made = chain.of(name, term)
        if before and made.size > self._most and len(terms_below([made])) > self._most:
            hint = "autodiff taylor has the numbers of every order at a point, of one variable"
            raise AutodiffError(f"the derivative of order {len(names)} has more than {self._most:,} terms", hint=hint)
        self._terms[names] = chain, made
        self._found[names] = chain.write(made)

    def _begin(self, source: Value, stops: By) -> tuple["_Chain", Term]:
        key = (source, *stops)
        if key not in self._begun:
            self._begun[key] = _Chain(source, stops, self._exact, self.notes)
        return self._begun[key], self._begun[key].root

    def conditions(self) -> list[Condition]:
        """Where the graph and what leads to the derivatives is defined, as far as one of these does not show it."""
        leads = dict.fromkeys([names[:count] for names in self._found for count in range(len(names))])
        ends = [made for names, made in self._found.items() if names not in leads]
        stops = {name for names in self._found for name in names if name.args}
        return missing([self._found[names] for names in sorted(leads, key=len)], ends, stops)


class _Chain:
    """The chain rule over the terms of a graph. `stops` are inner nodes that are taken as variables."""

    def __init__(self, root: Value, stops: Sequence[Value], exact: bool, notes: dict[str, None]) -> None:
        self.algebra, self.stops = Algebra(), {*stops}
        self._exact, self._notes = exact, notes
        (self.root,) = read(self.algebra, steps_below([root], stops), [root], stops)
        self._graphs: dict[Term, _Graph] = {}
        self._partials: dict[tuple[Term, int], Term] = {}
        self._values: dict[Term, Value] = {}
        self._frail: dict[Term, bool] = {}

    def of(self, variable: Value, term: Term) -> Term:
        """The derivative of a term by a variable or stop."""
        (start,) = read(self.algebra, (), [variable], [variable])
        if term not in self._graphs:
            self._graphs[term] = _Graph(term)
        graph = self._graphs[term]
        slopes = {start: self.algebra.one}
        for made, moving in graph.above(start):
            slopes[made] = self._slope(made, moving, slopes, graph)
        return slopes.get(term, self.algebra.zero)

    def write(self, term: Term) -> Value:
        """The graph of a term; what several have in common is shared."""
        return write([term], self._values)[0]

    def _slope(self, term: Term, moving: list[Term], slopes: dict[Term, Term], graph: "_Graph") -> Term:
        algebra = self.algebra
        if term.kind == "sum":
            return algebra.add([algebra.scaled(c, slopes[rest]) for c, rest in graph.parts(term, moving)])
        if term.kind == "product":
            return self._product(term.head, term.parts, slopes)
        found = []
        for index, arg in enumerate(term.parts):
            slope = slopes.get(arg, algebra.zero)
            if slope is not algebra.zero:
                partial = self._partial(term, index)
                found.append(self._chosen(partial, slope) if term.head.selects else self._times([partial], slope))
        return together(found) if term.head.name == "pow" and len(found) > 1 else algebra.add(found)

    def _product(self, number: Number, parts: tuple[tuple[Term, Number], ...], slopes: dict[Term, Term]) -> Term:
        """The product rule, and where something that moves is below the line, the quotient rule."""
        algebra = self.algebra
        moving = [part for part in parts if slopes.get(part[0], algebra.zero) is not algebra.zero]
        powers = [algebra.power(base, exponent) for base, exponent in parts]
        if len(moving) > _FACTORS:
            half = len(parts) // 2
            left, right = (algebra.multiply(some) for some in (powers[:half], powers[half:]))
            moved_left, moved_right = (self._product(1, some, slopes) for some in (parts[:half], parts[half:]))
            both = algebra.multiply([moved_left, right]), algebra.multiply([left, moved_right])
            return algebra.scaled(number, algebra.add(both))
        found = []
        for index, (base, exponent) in enumerate(parts):
            if slopes.get(base, algebra.zero) is not algebra.zero:
                lowered = algebra.power(base, plus(exponent, -1))
                factors = [algebra.number(number), *powers[:index], algebra.number(exponent), lowered]
                found.append(self._times(factors, slopes[base], powers[index + 1 :]))
        if len(found) < 2:
            return algebra.add(found)
        if any([exponent < 0 for _, exponent in moving]):  # noqa: C419
            return tidied(together(found))
        same = dict(parts)  # the factors that are in every term as they were
        return together(found, lambda base, exponent: same.get(base) == exponent)

    def _times(self, before: Sequence[Term], slope: Term, after: Sequence[Term] = ()) -> Term:
        """Factors around a slope. Where that is 0 by a choice, they do not matter, and may have no value."""
        factors = [*before, *after]
        if _has_no_way(slope) and any([self._is_frail(factor) for factor in factors]):  # noqa: C419
            return self._chosen(slope, self.algebra.multiply(factors))
        return tidied(self.algebra.multiply([*before, slope, *after]))

    def _chosen(self, partial: Term, slope: Term, depth: int = _CHOICES) -> Term:
        """The slope where the partial lets it through: what is behind a branch that is not taken does not matter."""
        if depth and partial.kind == "call" and partial.head.name == "where":
            condition, *branches = partial.parts
            found = [self._chosen(branch, slope, depth - 1) for branch in branches]
            return self.algebra.call(partial.head, (condition, *found))
        return self.algebra.multiply([partial, slope])

    def _is_frail(self, term: Term) -> bool:
        """Whether a term may have no finite value at some point."""
        for one in terms_below([term], self._frail):
            broken = one.kind == "product" and any([e < 0 or e.denominator != 1 for _, e in one.parts])  # noqa: C419
            broken |= one.kind == "call" and bool(one.head.domain)
            self._frail[one] = broken or any([self._frail[child] for child in one.children()])  # noqa: C419
        return self._frail[term]

    def _partial(self, term: Term, index: int) -> Term:
        known = self._partials.get((term, index))
        if known is None:
            function: Function = term.head
            numbers = self.algebra.numbers
            words = (
                function.shown_partials[index].partition("; ")[2]
                if function.shown_partials and not function.variadic
                else ""
            )
            text = "" if words and self._exact else _formula(function, index, len(term.parts))
            if text == "nan":
                raise AutodiffError(f"{function.name} has no derivative by its argument {function.args[index]}")
            if text:
                names = "a, b" if function.variadic else ", ".join(function.args)
                partial = numbers.formula(text, f"y, {names}")(term, *term.parts)
            elif function.variadic:
                partial = numbers.partial(function, index)(term, term.parts[index], term.parts)
            else:
                partial = numbers.partial(function, index)(term, *term.parts)
            known = self._partials[term, index] = self.algebra.term(partial)
            if words and not self._exact and sign_of(term.parts[0]) != "+" and not _is_of_known_power(term):
                about = f"the slope of {text_of(term)} by {text_of(term.parts[index])}"
                self._notes[f"{about}: {named(words, function, map(text_of, term.parts))}"] = None
        return known


def _has_no_way(slope: Term) -> bool:
    """Whether a choice is between a slope and none."""
    found = [slope]
    for one in found:
        if len(found) < 2 * _CHOICES and one.kind == "call" and one.head.name == "where":
            found += one.parts[1:]
    return len(found) > 1 and slope.algebra.zero in found


def _is_of_known_power(term: Term) -> bool:
    """Whether a power is by a number, by its own base, or by one less than another was."""
    if term.head.name != "pow":
        return False
    base, power = term.parts
    lowered = power.kind == "sum" and any([rest is term.algebra.one for _, rest in power.parts])  # noqa: C419
    return base is power or lowered or (power.kind == "leaf" and not power.head.requires_grad)


def _formula(function: Function, index: int, count: int) -> str:
    """The partial as a reader would have it, in Python's syntax; empty where only the rule will do."""
    if function.variadic and count > 2:
        return ""
    text = function.shown_partials[index] if function.shown_partials else function.partials[index]
    return text.partition(";")[0].replace("^", "**")


class _Graph:
    """The terms below one, and which are made of which."""

    def __init__(self, root: Term) -> None:
        self._order = {term: at for at, term in enumerate(terms_below([root]))}
        self._users: dict[Term, list[Term]] = {}
        self._places: dict[Term, dict[Term, list[int]]] = {}
        for term in self._order:
            for child in dict.fromkeys(term.children()):
                self._users.setdefault(child, []).append(term)

    def above(self, start: Term) -> list[tuple[Term, list[Term]]]:
        """The terms that depend on one, each after what it is made of, and with those of its parts that do."""
        moving: dict[Term, list[Term]] = {}
        found = [start]
        for term in found:
            for user in self._users.get(term, ()):
                if user not in moving:
                    moving[user] = []
                    found.append(user)
                moving[user].append(term)
        return [(term, moving[term]) for term in sorted(moving, key=self._order.__getitem__)]

    def parts(self, term: Term, moving: list[Term]) -> list[tuple[Number, Term]]:
        """The parts of a sum that are among some terms, in its order."""
        places = self._places.get(term)
        if places is None:
            places = self._places[term] = {}
            for at, (_, rest) in enumerate(term.parts):
                places.setdefault(rest, []).append(at)
        return [term.parts[at] for at in sorted([at for rest in moving for at in places[rest]])]
