"""What proofs are made of: signs, factors and relations of a ring, quotients, lattices."""

from fractions import Fraction

import pytest

pytest.importorskip("flint")

from autodiff_cli.exact.identity.calls import CallReader
from autodiff_cli.exact.identity.field import FunctionField, RationalFunction
from autodiff_cli.exact.identity.lattice import Lattice
from autodiff_cli.exact.identity.ring import (
    ANY,
    NEGATIVE,
    NONZERO,
    NOT_NEGATIVE,
    POSITIVE,
    ZERO,
    Full,
    GaveUp,
    Impossible,
    Letter,
    Polynomial,
    Ring,
    power_sign,
    product_sign,
)


@pytest.fixture
def ring() -> Ring:
    made = Ring(12)
    for name in "xyz":
        made.new(Letter(name))
    return made


def letters(ring: Ring) -> tuple[Polynomial, Polynomial, Polynomial]:
    return ring.by_name("x"), ring.by_name("y"), ring.by_name("z")


def calls(ring: Ring) -> tuple[CallReader, RationalFunction, RationalFunction]:
    field = FunctionField(ring)
    x, y, _ = letters(ring)
    return CallReader(field, {}), field.of(x), field.of(y)


@pytest.mark.parametrize(
    ("a", "b", "product"),
    [
        (POSITIVE, NEGATIVE, NEGATIVE),
        (NEGATIVE, NEGATIVE, POSITIVE),
        (NOT_NEGATIVE, NEGATIVE, NEGATIVE | ZERO),
        (NONZERO, POSITIVE, NONZERO),
        (ANY, ZERO, ZERO),
        (ZERO, POSITIVE, ZERO),
    ],
)
def test_the_sign_of_a_product_is_that_of_all_pairs(a: int, b: int, product: int) -> None:
    assert product_sign(a, b) == product_sign(b, a) == product


def test_an_even_power_is_not_negative() -> None:
    assert [power_sign(sign, 2) for sign in (ANY, NONZERO, NEGATIVE, ZERO)] == [NOT_NEGATIVE, POSITIVE, POSITIVE, ZERO]
    assert power_sign(NEGATIVE, 3) == NEGATIVE


def test_a_sum_of_squares_and_a_positive_number_is_positive(ring: Ring) -> None:
    x, y, _ = letters(ring)
    assert ring.sign(x**2 + 1) == POSITIVE
    assert ring.sign(x**2 + y**4) == NOT_NEGATIVE
    assert ring.sign(-(x**2) - 1) == NEGATIVE
    assert ring.sign(x**2 - 1) == ANY


def test_what_is_learned_of_a_letter_is_known_of_sums(ring: Ring) -> None:
    x, y, _ = letters(ring)
    assert ring.learn(x, POSITIVE)
    assert not ring.learn(x, NOT_NEGATIVE)
    assert ring.sign(x + 1) == POSITIVE
    assert ring.sign(-x) == NEGATIVE
    assert ring.sign(x + y) == ANY
    with pytest.raises(Impossible):
        ring.learn(x, NEGATIVE)


def test_a_relation_lowers_a_power(ring: Ring) -> None:
    x, *_ = letters(ring)
    root = ring.new(Letter("root", NOT_NEGATIVE, 2, x))
    assert ring.reduced(root**5 + root**2) == x**2 * root + x
    assert not ring.reduced(root**2 - x)


def test_a_ring_has_room_for_so_many_letters() -> None:
    ring = Ring(1)
    ring.new(Letter("x"))
    with pytest.raises(Full):
        ring.new(Letter("y"))


def test_factors_begin_with_a_positive_number(ring: Ring) -> None:
    x, y, _ = letters(ring)
    content, factors = ring.factors(-2 * x**2 * (y - x))
    assert content in (2, -2)
    assert sorted(power for _, power in factors) == [1, 2]
    assert all(factor.leading_coefficient() > 0 for factor, _ in factors)


def test_what_is_too_large_is_given_up(ring: Ring) -> None:
    x, y, z = letters(ring)
    with pytest.raises(GaveUp):
        ring.power(x + y + z, 100)
    heavy = x**300 * y**200 - z**100 + 1
    assert ring.factors(2 * heavy) == (-2, [(-heavy, 1)])


def test_a_quotient_is_in_lowest_terms(ring: Ring) -> None:
    reader, x, y = calls(ring)
    field = reader.field
    quotient = field.div(field.sub(field.mul(x, x), field.mul(y, y)), field.sub(x, y))
    assert field.are_equal(quotient, field.add(x, y))
    assert quotient.bottom.is_one()
    assert field.rational(field.div(field.scaled(3, x), field.scaled(6, x))) == Fraction(1, 2)
    with pytest.raises(Impossible):
        field.inverse(field.sub(x, x))


def test_terms_are_without_what_can_be_divided_out(ring: Ring) -> None:
    reader, x, _ = calls(ring)
    field = reader.field
    above = field.add(field.mul(x, x), field.scaled(2, x))
    terms = field.terms(field.div(above, field.add(x, field.one)))
    assert sorted(coefficient for coefficient, _ in terms.values()) == [-1, 1, 1]


def test_arguments_are_whole_multiples_of_a_basis(ring: Ring) -> None:
    reader, x, y = calls(ring)
    field = reader.field
    lattice = Lattice(field)
    assert lattice.coordinates(field.add(x, y)) == [1]
    assert lattice.coordinates(field.scaled(-3, field.add(x, y))) == [-3]
    assert lattice.coordinates(x) == [0, 1]
    assert lattice.coordinates(field.sub(x, y)) == [-1, 2]
    assert lattice.coordinates(field.scaled(Fraction(1, 2), x)) is None
    assert lattice.is_open
    finer = Lattice(field, lattice.refined())
    for argument in (x, y, field.scaled(Fraction(1, 2), x), field.add(x, y)):
        assert finer.coordinates(argument) is not None
    assert len(finer.basis) == 2


def test_what_is_learned_passes_through_squares_and_sizes(ring: Ring) -> None:
    reader, x, y = calls(ring)
    reader.learn(reader.field.mul(reader.field.mul(x, x), y), POSITIVE)
    assert (reader.sign_of(x), reader.sign_of(y)) == (NONZERO, POSITIVE)
    assert reader.size(y) == y
    size = reader.size(x)
    assert size != x
    assert reader.field.are_equal(reader.field.mul(size, size), reader.field.mul(x, x))


def test_a_root_of_a_square_is_a_size_until_the_sign_is_known(ring: Ring) -> None:
    reader, x, _ = calls(ring)
    square = reader.field.mul(x, x)
    assert reader.root(square) == reader.size(x) != x
    reader.log(x)
    assert reader.root(square) == x


def test_a_logarithm_of_a_power_is_of_the_size(ring: Ring) -> None:
    reader, x, y = calls(ring)
    twice = reader.field.scaled(2, reader.log_of_size(x))
    assert reader.field.are_equal(reader.log_of_size(reader.field.mul(x, x)), twice)
    product = reader.exp(reader.field.add(reader.log_of_size(x), y))
    assert reader.field.are_equal(product, reader.field.mul(reader.size(x), reader.exp(y)))
