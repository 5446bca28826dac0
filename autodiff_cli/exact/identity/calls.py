"""How each function of the table is read as a quotient of letters, and what its domain says of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial

from autodiff_cli.exact.identity.angles import Angles
from autodiff_cli.exact.identity.field import FunctionField, RationalFunction
from autodiff_cli.exact.identity.ring import (
    ANY,
    NEGATIVE,
    NONZERO,
    NOT_NEGATIVE,
    POSITIVE,
    ZERO,
    GaveUp,
    Letter,
)
from autodiff_cli.rules.table import BY_NAME, Function

_HALF = Fraction(1, 2)
_TURNS = {  # by the square of a number, the part of pi that its inverse sine or tangent is
    "asin": {Fraction(n, 4): Fraction(turn) for n, turn in enumerate(("0", "1/6", "1/4", "1/3", "1/2"))},
    "atan": {
        Fraction(square): Fraction(turn) for square, turn in (("0", "0"), ("1/3", "1/6"), ("1", "1/4"), ("3", "1/3"))
    },
}
_ODD = {"asin", "atan", "erf"}
_IN_PI = {"pi": Fraction(1), "tau": Fraction(2), "deg": Fraction(1, 180)}


class UndecidedCondition(Exception):  # noqa: N818
    """A condition that holds at some points and not at others; what is read depends on it."""

    def __init__(self, condition: str) -> None:
        super().__init__(condition)
        self.condition = condition


class CallReader(Angles):
    """Reads calls. `assumed` has the conditions that hold at the points in question, and those that do not."""

    def __init__(self, field: FunctionField, assumed: Mapping[str, bool]) -> None:
        super().__init__(field)
        self._assumed = assumed
        self._opaque: dict[str, list[tuple[tuple[RationalFunction, ...], RationalFunction]]] = {}
        self.has_condition = False  # something was met that changes at a condition, a kink or a jump

    def call(self, function: Function, args: tuple[RationalFunction, ...]) -> RationalFunction:
        """A function of quotients."""
        read = _reading(function, len(args))
        return read(self, *args) if read else self.opaque(function.name, *args)

    def constant(self, name: str) -> RationalFunction | None:
        """A constant with a name."""
        pi = self.field.of(self.pi)
        if name in _IN_PI:
            return self.field.scaled(_IN_PI[name], pi)
        return self.exp(self.field.one) if name == "e" else None

    # --- functions that nothing is known of ------------------------------------------------------------------------

    def opaque(self, name: str, *args: RationalFunction) -> RationalFunction:
        """A function as a letter of its own; one of equal arguments is the same, one of the negative maybe minus it."""
        function = BY_NAME[name][0]
        if function.jumps:
            self.has_condition = True
        for others, result in self._opaque.setdefault(name, []):
            if all(map(self.field.are_equal, args, others)):
                return result
            if name in _ODD and self.field.are_equal(args[0], self.field.negative(others[0])):
                return self.field.negative(result)
        text = f"{name}{', '.join(map(self.field.key, args))}"
        sign = {"+": POSITIVE, "+0": NOT_NEGATIVE}.get(function.sign, ANY)
        # It may have relations with others that nothing is known of, so that a difference may be 0 on an interval
        result = self.field.of(self.letter(text, lambda: Letter(text, sign, is_smooth=False)))
        self._opaque[name].append((args, result))
        return result

    def inverse_angle(self, name: str, u: RationalFunction) -> RationalFunction:
        """asin or atan; of a number whose angle is a known part of pi, that part."""
        turn = self._known_turn(name, u)
        if turn is not None:
            return self.field.scaled(turn, self.field.of(self.pi))
        result = self.opaque(name, u)
        key = self.field.key(result)
        self.inverse_angles.setdefault(key, (name, u))
        return result

    def _known_turn(self, name: str, u: RationalFunction) -> Fraction | None:
        """The part of pi that asin or atan of a number is, where it is one of pi/4 or pi/6."""
        if len(u.top) > 1 or len(u.bottom) > 1:
            return None
        square = self.field.rational(self.field.mul(u, u))
        turn = _TURNS[name].get(square) if square is not None else None
        sign = self.sign_of(u) if turn else ZERO
        if turn is None or sign not in (POSITIVE, NEGATIVE, ZERO):
            return None
        return -turn if sign == NEGATIVE else turn

    # --- conditions ------------------------------------------------------------------------------------------------

    def holds(self, name: str, a: RationalFunction, b: RationalFunction) -> bool:
        """Whether a comparison holds. Raises UndecidedCondition where it depends on the point: nothing is assumed."""
        difference = self.field.sub(a, b)
        sign = self.sign_of(difference)
        wanted = _RELATIONS[name]
        if not sign & wanted:
            return False
        if not sign & ~wanted:
            return True
        if wanted in (ZERO, NONZERO):  # a branch for single points
            raise GaveUp
        self.has_condition = True
        if self.ring.are_smooth([difference.top, difference.bottom]):  # it is 0 at single points only, left out
            return bool(wanted & POSITIVE) == self._is_positive(difference, ZERO)
        parts = [self._is_positive(difference), self._is_positive(self.field.negative(difference))]
        found = POSITIVE if parts[0] else NEGATIVE if parts[1] else ZERO
        return bool(found & wanted)

    def _is_positive(self, a: RationalFunction, left_out: int = 0) -> bool:
        """Whether a quotient is positive, where that is assumed or known."""
        if a.top.leading_coefficient() < 0 and left_out:
            return not self._is_positive(self.field.negative(a), left_out)
        sign = self.sign_of(a)
        if sign == POSITIVE or not sign & POSITIVE:
            return sign == POSITIVE
        condition = self.field.key(a)
        if condition not in self._assumed:
            raise UndecidedCondition(condition)
        holds = self._assumed[condition]
        # Where it is 0 is left out of what is proven, but a sign is still not taken for 1 there
        self.learn_always(a, POSITIVE | left_out if holds else NEGATIVE | ZERO)
        return holds

    def learn_always(self, a: RationalFunction, sign: int) -> None:
        """As `learn`, whatever is being read."""
        before, self.is_learning = self.is_learning, True
        try:
            self.learn(a, sign)
        finally:
            self.is_learning = before

    def is_true(self, a: RationalFunction) -> bool:
        """Whether a number that stands as a condition is not 0."""
        return self.holds("ne", a, self.field.zero)

    def truth(self, holds: bool) -> RationalFunction:
        """A condition as a number."""
        return self.field.number(int(holds))

    def greater(self, a: RationalFunction, b: RationalFunction) -> RationalFunction:
        return a if self.holds("gt", a, b) else b

    def less(self, a: RationalFunction, b: RationalFunction) -> RationalFunction:
        return a if self.holds("lt", a, b) else b

    # --- what is defined somewhere only ----------------------------------------------------------------------------

    def log(self, a: RationalFunction) -> RationalFunction:
        self.learn(a, POSITIVE)
        return self.log_of_size(a)

    def over(self, a: RationalFunction, b: RationalFunction) -> RationalFunction:
        self.not_zero(b)
        return self.field.div(a, b)

    def within(self, a: RationalFunction) -> RationalFunction:
        """What is between -1 and 1."""
        self.learn(self.field.sub(self.field.one, a), NOT_NEGATIVE)
        self.learn(self.field.add(self.field.one, a), NOT_NEGATIVE)
        return a

    def root(self, a: RationalFunction, exponent: Fraction = _HALF) -> RationalFunction:
        return self.rational_power(a, exponent)


_RELATIONS = {
    "lt": NEGATIVE,
    "le": NEGATIVE | ZERO,
    "gt": POSITIVE,
    "ge": POSITIVE | ZERO,
    "eq": ZERO,
    "ne": NEGATIVE | POSITIVE,
}
_Read = Callable[..., RationalFunction]


def _number(reader: CallReader, number: int | Fraction) -> RationalFunction:
    return reader.field.number(number)


def _plus(reader: CallReader, a: RationalFunction, number: int | Fraction) -> RationalFunction:
    return reader.field.add(a, reader.field.number(number))


def _trigonometric(name: str, reader: CallReader, a: RationalFunction) -> RationalFunction:
    c, s = reader.cos_sin(a)
    over = reader.over
    one = reader.field.one
    found: dict[str, Callable[[], RationalFunction]] = {
        "sin": lambda: s,
        "cos": lambda: c,
        "tan": lambda: over(s, c),
        "cot": lambda: over(c, s),
        "sec": lambda: over(one, c),
        "csc": lambda: over(one, s),
    }
    return found[name]()


def _of_degrees(name: str, reader: CallReader, a: RationalFunction) -> RationalFunction:
    return _trigonometric(name, reader, _radians(reader, a))


def _radians(reader: CallReader, a: RationalFunction) -> RationalFunction:
    return reader.field.product(a, _number(reader, Fraction(1, 180)), _pi(reader))


def _pi(reader: CallReader) -> RationalFunction:
    return reader.field.of(reader.pi)


def _hyperbolic(name: str, reader: CallReader, a: RationalFunction) -> RationalFunction:
    field = reader.field
    e = reader.exp(a)
    square, one = field.mul(e, e), field.one
    plus, minus, twice = field.add(square, one), field.sub(square, one), field.scaled(2, e)
    above, below = {
        "sinh": (minus, twice),
        "cosh": (plus, twice),
        "tanh": (minus, plus),
        "coth": (plus, minus),
        "sech": (twice, plus),
        "csch": (twice, minus),
    }[name]
    return reader.over(above, below)


def _sigmoid(reader: CallReader, a: RationalFunction) -> RationalFunction:
    e = reader.exp(a)
    return reader.over(e, _plus(reader, e, 1))


def _softplus(reader: CallReader, a: RationalFunction) -> RationalFunction:
    return reader.log(_plus(reader, reader.exp(a), 1))


def _square(reader: CallReader, a: RationalFunction) -> RationalFunction:
    return reader.field.mul(a, a)


def _hypot(reader: CallReader, a: RationalFunction, b: RationalFunction) -> RationalFunction:
    return reader.root(reader.field.add(_square(reader, a), _square(reader, b)))


def _log_to_base(reader: CallReader, a: RationalFunction, base: RationalFunction) -> RationalFunction:
    return reader.over(reader.log(a), reader.log(base))


def _asinh(reader: CallReader, a: RationalFunction) -> RationalFunction:
    return reader.log(reader.field.add(a, reader.root(_plus(reader, _square(reader, a), 1))))


def _acosh(reader: CallReader, a: RationalFunction) -> RationalFunction:
    low, high = _plus(reader, a, -1), _plus(reader, a, 1)
    return reader.log(reader.field.add(a, reader.field.mul(reader.root(low), reader.root(high))))


def _atanh(reader: CallReader, a: RationalFunction) -> RationalFunction:
    field = reader.field
    high, low = reader.log(_plus(reader, a, 1)), reader.log(field.sub(field.one, a))
    return field.scaled(_HALF, field.sub(high, low))


def _acoth(reader: CallReader, a: RationalFunction) -> RationalFunction:
    quotient = reader.over(_plus(reader, a, 1), _plus(reader, a, -1))
    return reader.field.scaled(_HALF, reader.log(quotient))


def _asech(reader: CallReader, a: RationalFunction) -> RationalFunction:
    field = reader.field
    reader.learn(a, POSITIVE)
    root = reader.root(field.sub(field.one, _square(reader, a)))
    return reader.log(reader.over(_plus(reader, root, 1), a))


def _logit(reader: CallReader, a: RationalFunction) -> RationalFunction:
    return reader.field.sub(reader.log(a), reader.log(reader.field.sub(reader.field.one, a)))


def _acos(reader: CallReader, a: RationalFunction) -> RationalFunction:
    asin = reader.inverse_angle("asin", reader.within(a))
    return reader.field.sub(reader.field.scaled(_HALF, _pi(reader)), asin)


def _logaddexp(reader: CallReader, a: RationalFunction, b: RationalFunction) -> RationalFunction:
    return reader.log(reader.field.add(reader.exp(a), reader.exp(b)))


def _erfc(reader: CallReader, a: RationalFunction) -> RationalFunction:
    return reader.field.sub(reader.field.one, reader.opaque("erf", a))


def _bessel(reader: CallReader, order: RationalFunction, a: RationalFunction) -> RationalFunction:
    """The spherical Bessel functions of order 0 and 1, by sines."""
    number = reader.field.rational(order)
    if number not in (0, 1) or not reader.signs_are_continuous:
        return reader.opaque("spherical_jn", order, a)
    field = reader.field
    c, s = reader.cos_sin(a)
    zeroth = field.div(s, a)
    return zeroth if number == 0 else field.div(field.sub(zeroth, c), a)


def _extreme(name: str, reader: CallReader, first: RationalFunction, *others: RationalFunction) -> RationalFunction:
    choose = reader.greater if name == "max" else reader.less
    for other in others:
        first = choose(first, other)
    return first


def _compared(name: str, reader: CallReader, a: RationalFunction, b: RationalFunction) -> RationalFunction:
    return reader.truth(reader.holds(name, a, b))


def _copysign(reader: CallReader, a: RationalFunction, s: RationalFunction) -> RationalFunction:
    size = reader.size(a)
    return size if reader.holds("ge", s, reader.field.zero) else reader.field.negative(size)


def _in_field(name: str, reader: CallReader, *args: RationalFunction) -> RationalFunction:
    found: RationalFunction = getattr(reader.field, name)(*args)
    return found


_OPAQUE = {"acot", "asec", "acsc"}  # their formulas have branches for single points, or jumps
_READ: dict[tuple[str, int], _Read] = {
    **{(name, 2): partial(_in_field, name) for name in ("add", "sub", "mul")},
    ("neg", 1): lambda reader, a: reader.field.negative(a),
    ("div", 2): CallReader.over,
    ("pow", 2): CallReader.power,
    ("sqrt", 1): CallReader.root,
    ("cbrt", 1): CallReader.cube_root,
    ("hypot", 2): _hypot,
    ("abs", 1): CallReader.size,
    ("sign", 1): CallReader.sign,
    ("copysign", 2): _copysign,
    ("exp", 1): CallReader.exp,
    ("expm1", 1): lambda reader, a: _plus(reader, reader.exp(a), -1),
    ("log", 1): CallReader.log,
    ("log10", 1): lambda reader, a: _log_to_base(reader, a, _number(reader, 10)),
    ("log1p", 1): lambda reader, a: reader.log(_plus(reader, a, 1)),
    ("logaddexp", 2): _logaddexp,
    **{(name, 1): partial(_trigonometric, name) for name in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{(f"{name}d", 1): partial(_of_degrees, name) for name in ("sin", "cos", "tan", "cot", "sec", "csc")},
    ("deg2rad", 1): _radians,
    ("rad2deg", 1): lambda reader, a: reader.field.div(reader.field.scaled(180, a), _pi(reader)),
    ("sinc", 1): lambda reader, a: _bessel(reader, reader.field.zero, reader.field.mul(_pi(reader), a)),
    ("asin", 1): lambda reader, a: reader.inverse_angle("asin", reader.within(a)),
    ("acos", 1): _acos,
    ("atan", 1): lambda reader, a: reader.inverse_angle("atan", a),
    ("spherical_jn", 2): _bessel,
    **{(name, 1): partial(_hyperbolic, name) for name in ("sinh", "cosh", "tanh", "coth", "sech", "csch")},
    ("asinh", 1): _asinh,
    ("acosh", 1): _acosh,
    ("atanh", 1): _atanh,
    ("acoth", 1): _acoth,
    ("asech", 1): _asech,
    ("acsch", 1): lambda reader, a: _asinh(reader, reader.over(reader.field.one, a)),
    ("erfc", 1): _erfc,
    ("sigmoid", 1): _sigmoid,
    ("logit", 1): _logit,
    ("softplus", 1): _softplus,
    ("max", -1): partial(_extreme, "max"),
    ("min", -1): partial(_extreme, "min"),
    **{(name, 2): partial(_compared, name) for name in _RELATIONS},
    ("and", 2): lambda reader, a, b: reader.truth(reader.is_true(a) and reader.is_true(b)),
    ("or", 2): lambda reader, a, b: reader.truth(reader.is_true(a) or reader.is_true(b)),
    ("not", 1): lambda reader, a: reader.truth(not reader.is_true(a)),
}


def _reading(function: Function, count: int) -> _Read | None:
    return _READ.get((function.name, count)) or _READ.get((function.name, -1))


def is_read_by_formula(function: Function, count: int) -> bool:
    """Whether nothing is said of a function here but its formula in the table."""
    is_exact = bool(function.value) and "pi" not in function.value  # which would be a float
    return is_exact and function.name not in _OPAQUE and _reading(function, count) is None
