"""Shorter forms of sums: what their terms share in front of them, fractions put together, products multiplied out."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain, starmap
from operator import itemgetter

from autodiff_cli.symbolic.coefficients import Number, common_factor, is_whole, reciprocal, text_length, times
from autodiff_cli.symbolic.terms import Powers, Term, is_sum

_MOST = 200  # terms that a product of sums may come to when it is multiplied out
_TIDY = 200  # the size of products in which sums are put together
_HIGHEST = 3  # the power of a sum that is multiplied out


def together(terms: Sequence[Term], only: Callable[[Term, Number], bool] | None = None) -> Term:
    """A sum with what its terms share as factors in front of it: `6*x*y + 4*x` gives `2 * x * (3 * y + 2)`.

    With `only`, a power is taken out where that allows it, and of numbers just the sign. The sum that is left is
    multiplied out where that makes it shorter. Terms that are 0 do not count: of `0 + 0` it is `0`.
    """
    algebra = terms[0].algebra
    others = [term for term in terms if term is not algebra.zero]
    return _together(others, only) if others else algebra.zero


def _together(terms: Sequence[Term], only: Callable[[Term, Number], bool] | None) -> Term:
    """As `together`, of terms that are not 0."""
    algebra = terms[0].algebra
    shared = _shared_powers(terms)
    common = common_factor([algebra.factors(term)[0] for term in terms])
    if only is not None:
        shared = {base: exponent for base, exponent in shared.items() if only(base, exponent)}
        common = -1 if common < 0 else 1
    if not shared and common in (1, -1):
        return algebra.add(terms)
    front = algebra.multiply([algebra.number(common), *algebra.powers(shared.items())])
    rest = _divided(terms, common, shared)
    wide = expanded(rest)
    if wide.size < rest.size:
        front, rest = _content(front, wide)
    return algebra.multiply(_without_signs(front, rest))


def _shared_powers(terms: Iterable[Term]) -> Powers:
    """The powers that all terms have as factors; what is below the line in one term is taken out of all."""
    powers = [dict(term.algebra.factors(term)[1]) for term in terms]
    bases = dict.fromkeys(chain.from_iterable(powers))
    lowest = _lowest_powers(powers, bases)
    return dict(filter(itemgetter(1), lowest.items()))


def _lowest_powers(terms: Collection[Powers], bases: Iterable[Term]) -> Powers:
    """The lowest power of each base that some terms have; infinity is none, since it does not cancel."""
    finite = filter(_is_finite, bases)
    return {base: _lowest_power(terms, base) for base in finite}


def _is_finite(base: Term) -> bool:
    return base not in base.algebra.infinite


def _lowest_power(terms: Iterable[Powers], base: Term) -> Number:
    powers = [powers.get(base, 0) for powers in terms]
    return min(powers)


def _divided(terms: Sequence[Term], number: Number, powers: Powers) -> Term:
    """The sum of terms that are each divided by a number and some powers."""
    algebra = terms[0].algebra
    scale = algebra.number(reciprocal(number))
    inverse = algebra.multiply([algebra.power(base, times(-1, exponent)) for base, exponent in powers.items()])
    return algebra.add([algebra.multiply([scale, term, inverse]) for term in terms])


def _without_signs(front: Term, rest: Term) -> tuple[Term, Term]:
    """A product of two in which `-1 * (-x + -1)` is `x + 1`."""
    algebra = front.algebra
    is_negative = algebra.factors(front)[0] < 0
    if not is_negative or rest.kind != "sum":
        return front, rest
    if min(map(itemgetter(0), rest.parts)) > 0:
        return front, rest
    turned = [algebra.scaled(-1, term) for term in algebra.addends(rest)]
    return algebra.scaled(-1, front), algebra.add(turned)


def _content(front: Term, rest: Term) -> tuple[Term, Term]:
    """A product of two, the second a sum, with what all of the sum's terms share moved to the first."""
    if rest.kind != "sum":
        return front, rest
    algebra = front.algebra
    powers = [dict(algebra.factors(term)[1]) for _, term in rest.parts]
    everywhere = {*powers[0]}.intersection(*powers)
    shared = _lowest_powers(powers, filter(everywhere.__contains__, powers[0]))
    common = _common_number(algebra.factors(front)[0], [c for c, _ in rest.parts])
    if not shared and common == 1:
        return front, rest
    moved = [algebra.number(common), front, *algebra.powers(shared.items())]
    return algebra.multiply(moved), _divided(algebra.addends(rest), common, shared)


def _common_number(scale: Number, numbers: list[Number]) -> Number:
    """What a sum's coefficients share, to go to the scale in front of it; 1 where that makes no shorter text."""
    common = common_factor(numbers)
    common = max(common, -common)
    inverse = reciprocal(common)
    smaller = [times(inverse, number) for number in numbers]
    is_shorter = text_length([times(scale, common), *smaller]) < text_length([scale, *numbers])
    return common if is_shorter else 1


def tidied(term: Term) -> Term:
    """A product in which a sum that is another one times something, or has fractions in it, is put together.

    `(x + x*y) / (1 + y)` gives `x`, and `(1 + 1/x) * x` gives `x + 1`.
    """
    if term.kind != "product" or term.size > _TIDY:
        return term
    for base in _sums(term, 1, -1):
        made = together(term.algebra.addends(base))
        replaced = term if made is base else _replaced(term, base, made)
        if replaced.size < term.size:
            return tidied(replaced)
        if replaced is not term and _meets_its_inverse(term, base, made):
            return replaced
    return term


def _sums(term: Term, *exponents: int) -> list[Term]:
    """The sums that are factors of a term, to one of some powers: to 1, of x * (x + 1) / (y + 1) the first."""
    _, parts = term.algebra.factors(term)
    bases = [base for base, exponent in parts if exponent in exponents]
    return list(filter(is_sum, bases))


def _replaced(product: Term, base: Term, made: Term) -> Term:
    """A product with something else in place of one of its bases."""
    algebra = product.algebra
    number, parts = algebra.factors(product)
    powers = dict(parts)
    raised = algebra.power(made, powers.pop(base))
    return algebra.multiply([algebra.number(number), raised, *algebra.powers(powers.items())])


def _meets_its_inverse(product: Term, base: Term, made: Term) -> bool:
    """Whether a sum in what is to take the base's place stands on the other side of the product's line."""
    powers = dict(product.parts)
    first = _sums(made, 1)[:1]
    return first != [base] and any(powers.get(one, 0) * powers[base] < 0 for one in first)


def expanded(term: Term) -> Term:
    """A sum with products of sums multiplied out: `x * (1 + y)^2` gives `x + 2 * x * y + x * y^2`.

    It stays as it was where that comes to many terms.
    """
    algebra = term.algebra
    found: list[Term] = []
    for coefficient, rest in term.parts if term.kind == "sum" else (algebra.split(term),):
        products = _products(coefficient, rest)
        if len(products) > _MOST:
            return term
        found += products
    return algebra.add(_by_degree(found))


def _products(coefficient: Number, term: Term) -> list[Term]:
    """The terms of a product of sums, times a number; some of them where there are many."""
    algebra = term.algebra
    products = [algebra.number(coefficient)]
    for choices in chain.from_iterable(starmap(_addends_of_power, algebra.factors(term)[1])):
        products = [algebra.multiply([product, choice]) for product in products for choice in choices]
        if len(products) > _MOST:
            break
    return products


def _addends_of_power(base: Term, exponent: Number) -> list[list[Term]]:
    """A power as factors, each the terms of a sum: (x + 1)^2 is [[x, 1], [x, 1]]."""
    algebra = base.algebra
    if base.kind == "sum" and exponent in range(1, _HIGHEST + 1):
        return [algebra.addends(base)] * int(exponent)
    return [[algebra.product(1, ((base, exponent),))]]


def _by_degree(terms: list[Term]) -> list[Term]:
    """The terms of a polynomial in one variable, its highest power first; lowest first they stay as they are."""
    powers = [dict(term.algebra.factors(term)[1]) for term in terms]
    bases = {*chain.from_iterable(powers)}
    if len(bases) != 1:
        return terms
    (variable,) = bases
    degrees = [one.get(variable, 0) for one in powers]
    different = list(dict.fromkeys(degrees))
    is_polynomial = variable.kind == "leaf" and all(map(is_whole, degrees))
    if not is_polynomial or different == sorted(different):
        return terms
    degree_of = dict(zip(terms, degrees, strict=True))
    return sorted(terms, key=degree_of.__getitem__, reverse=True)
