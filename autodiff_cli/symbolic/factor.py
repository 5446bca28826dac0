"""Shorter forms of sums: what their terms share in front of them, fractions put together, products multiplied out."""

from collections.abc import Callable, Sequence

from autodiff_cli.symbolic.coefficients import Number, common_factor, reciprocal, text_length, times
from autodiff_cli.symbolic.terms import Term

_MOST = 200  # terms that a product of sums may come to when it is multiplied out
_TIDY = 200  # the size of products in which sums are put together


def together(terms: Sequence[Term], only: Callable[[Term, Number], bool] | None = None) -> Term:
    """A sum with what all its terms have in common as factors in front of it; of these, those that `only` allows.

    The sum that is left is multiplied out where that makes it shorter.
    """
    algebra = terms[0].algebra
    split = [algebra.factors(term) for term in terms]
    shared: dict[Term, Number] = {}
    for _, parts in split:
        for base, _e in parts:
            if base not in shared:
                low = min([dict(parts).get(base, 0) for _, parts in split])
                if low and (only is None or only(base, low)):
                    shared[base] = low
    common = common_factor([c for c, _ in split])
    if only is not None:
        common = -1 if common < 0 else 1
    if not shared and common in (1, -1):
        return algebra.add(terms)
    front = algebra.multiply([algebra.number(common), *[algebra.power(base, e) for base, e in shared.items()]])
    back = algebra.multiply([algebra.power(base, times(-1, e)) for base, e in shared.items()])
    scale = algebra.number(reciprocal(common))
    rest = algebra.add([algebra.multiply([scale, term, back]) for term in terms])
    wide = expanded(rest)
    if wide.size < rest.size:
        front, rest = _content(front, wide)
    if rest.kind == "sum" and algebra.factors(front)[0] < 0 and any([c < 0 for c, _ in rest.parts]):  # noqa: C419
        front, rest = (
            algebra.scaled(-1, front),
            algebra.add([algebra.scaled(-1, algebra.scaled(*part)) for part in rest.parts]),
        )
    return algebra.multiply([front, rest])


def _content(front: Term, rest: Term) -> tuple[Term, Term]:
    """A product of two, the second a sum, with what all of the sum's terms share moved to the first."""
    if rest.kind != "sum":
        return front, rest
    algebra = front.algebra
    shared = dict(algebra.factors(rest.parts[0][1])[1])
    for _, part in rest.parts[1:]:
        there = dict(algebra.factors(part)[1])
        shared = {base: min(e, there[base]) for base, e in shared.items() if base in there}
    numbers = [c for c, _ in rest.parts]
    common = common_factor(numbers)
    common = -common if common < 0 else common
    scale = algebra.factors(front)[0]
    smaller = [times(reciprocal(common), c) for c in numbers]
    if text_length([times(scale, common), *smaller]) >= text_length([scale, *numbers]):
        common = 1
    if not shared and common == 1:
        return front, rest
    back = [algebra.power(base, times(-1, e)) for base, e in shared.items()]
    small = algebra.number(reciprocal(common))
    parts = [algebra.multiply([small, algebra.scaled(*part), *back]) for part in rest.parts]
    powers = [algebra.power(base, e) for base, e in shared.items()]
    return algebra.multiply([algebra.number(common), front, *powers]), algebra.add(parts)


def tidied(term: Term) -> Term:
    """A product in which a sum that is another one times something, or has fractions in it, is put together."""
    algebra = term.algebra
    number, parts = algebra.factors(term)
    if term.kind != "product" or term.size > _TIDY:
        return term
    sums = [base for base, e in parts if base.kind == "sum" and e in (1, -1)]
    for one in sums:
        exponent = dict(parts)[one]
        made = together([algebra.scaled(*part) for part in one.parts])
        inner = next((base for base, e in algebra.factors(made)[1] if base.kind == "sum" and e == 1), None)
        known = dict(parts).get(inner, 0) if inner is not None and inner is not one else 0
        if made is one:
            continue
        raised = algebra.power(made, exponent)
        found = algebra.multiply(
            [algebra.number(number), raised, *[algebra.power(b, e) for b, e in parts if b is not one]]
        )
        if known * exponent < 0 or found.size < term.size:
            return tidied(found) if found.size < term.size else found
    return term


def expanded(term: Term) -> Term:
    """A sum with the products of its sums multiplied out; as it was where that comes to many terms."""
    algebra = term.algebra
    found: list[Term] = []
    for c, rest in term.parts if term.kind == "sum" else (algebra.split(term),):
        products = [algebra.number(c)]
        for base, exponent in algebra.factors(rest)[1]:
            if base.kind == "sum" and exponent.denominator == 1 and 0 < exponent < 4:
                for _ in range(int(exponent)):
                    products = [
                        algebra.multiply([p, algebra.scaled(n, part)]) for p in products for n, part in base.parts
                    ]
                    if len(products) > _MOST:
                        return term
            else:
                products = [algebra.multiply([p, algebra.product(1, ((base, exponent),))]) for p in products]
        found += products
    return algebra.add(_by_degree(found))


def _by_degree(terms: list[Term]) -> list[Term]:
    """The terms of a polynomial in one variable, its highest power first; lowest first they stay as they are."""
    variables: set[Term] = set()
    degrees: list[Number] = []
    for term in terms:
        parts = term.algebra.factors(term)[1]
        if len(parts) > 1 or any([base.kind != "leaf" or e.denominator != 1 for base, e in parts]):  # noqa: C419
            return terms
        variables |= {base for base, _ in parts}
        degrees.append(parts[0][1] if parts else 0)
    met = list(dict.fromkeys(degrees))
    if len(variables) > 1 or met == sorted(met):
        return terms
    return [terms[at] for at in sorted(range(len(terms)), key=lambda at: -degrees[at])]
