"""Derivatives as formulas: the chain rule from a variable up to the result, over terms. Graph in, graphs out."""

from collections.abc import Iterable, Sequence

from autodiff_cli.conditions import missing, named, sign_of, text_of
from autodiff_cli.errors import AutodiffError
from autodiff_cli.notation import read, write
from autodiff_cli.table import Function
from autodiff_cli.terms import Algebra, Number, Term, ordered
from autodiff_cli.value import Value

TRUTHS = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"}  # functions that say 1 or 0
_FACTORS = 8  # a product with more factors that move is differentiated half by half


class Derivation:
    """The terms of a graph and their derivatives, of any order. `stops` are inner nodes that are taken as variables."""

    def __init__(self, nodes: Sequence[Value], root: Value, stops: Iterable[Value] = ()) -> None:
        self.algebra = Algebra()
        self._nodes, self._source, self._stops = nodes, root, set(stops)
        (self.root,) = read(self.algebra, nodes, [root], self._stops)
        self._graphs: dict[Term, _Graph] = {}
        self._partials: dict[tuple[Term, int], Term] = {}
        self._values: dict[Term, Value] = {}
        self.notes: dict[str, None] = {}  # what the formulas leave out

    def of(self, variable: Value, term: Term | None = None) -> Term:
        """The derivative of the root, or of another term, by a variable or stop."""
        term = self.root if term is None else term
        (start,) = read(self.algebra, (), [variable], [variable])
        if term not in self._graphs:
            self._graphs[term] = _Graph(term)
        graph = self._graphs[term]
        slopes = {start: self.algebra.one}
        for made, moving in graph.above(start):
            slopes[made] = self._slope(made, moving, slopes, graph)
        return slopes.get(term, self.algebra.zero)

    def write(self, terms: Sequence[Term]) -> list[Value]:
        """The graphs of terms; what they have in common is shared."""
        return write(terms, self._values)

    # --- the chain rule --------------------------------------------------------------------------------------------

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
                found.append(self._chosen(partial, slope) if term.head.selects else algebra.multiply([partial, slope]))
        return algebra.add(found)

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
                lowered = algebra.power(base, algebra.number(exponent - 1).head)
                changed = [algebra.number(exponent), lowered, slopes[base]]
                factors = [algebra.number(number), *powers[:index], *changed, *powers[index + 1 :]]
                found.append(algebra.multiply(factors))
        if len(found) < 2:
            return algebra.add(found)
        if any([exponent < 0 for _, exponent in moving]):  # noqa: C419
            return algebra.together(found)
        same = dict(parts)  # the factors that are in every term as they were
        return algebra.together(found, lambda base, exponent: same.get(base) == exponent)

    def _chosen(self, partial: Term, slope: Term) -> Term:
        """The slope where the partial lets it through: what is behind a branch that is not taken does not matter."""
        if partial.kind == "call" and partial.head.name == "where":
            condition, *branches = partial.parts
            return self.algebra.call(partial.head, (condition, *[self._chosen(branch, slope) for branch in branches]))
        return self.algebra.multiply([partial, slope])

    def _partial(self, term: Term, index: int) -> Term:
        known = self._partials.get((term, index))
        if known is None:
            function: Function = term.head
            numbers = self.algebra.numbers
            text = _formula(function, index, len(term.parts))
            if text == "nan":
                raise AutodiffError(f"{function.name} has no derivative by its argument {function.args[index]}")
            if text:
                names = "a, b" if function.variadic else ", ".join(function.args)
                partial = numbers.formula(text, f"y, {names}")(term, *term.parts)
            else:
                partial = numbers.partial(function, index)(term, term.parts[index], term.parts)
            known = self._partials[term, index] = self.algebra.term(partial)
            words = function.said[index].partition("; ")[2] if function.said and not function.variadic else ""
            if words and sign_of(term.parts[0]) != "+":
                self.notes[f"the slope of {text_of(term)} by {text_of(term.parts[index])}: {named(words, term)}"] = None
        return known

    def conditions(self, formulas: Sequence[Value]) -> list[str]:
        """Where the root is defined, in the language, as far as one of its formulas does not show it itself."""
        return missing(self.algebra, self._source, formulas, self._stops)


def _formula(function: Function, index: int, count: int) -> str:
    """The partial as a reader would have it, in Python's syntax; empty where only the rule will do."""
    if function.variadic and count > 2:
        return ""
    text = function.said[index] if function.said else function.partials[index]
    return text.partition(";")[0].replace("^", "**")


class _Graph:
    """The terms below one, and which are made of which."""

    def __init__(self, root: Term) -> None:
        self._order = {term: at for at, term in enumerate(ordered([root]))}
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
