"""The kinds of number that a power series has for coefficients: floats, or rationals and balls."""

from collections.abc import Iterable, Mapping
from math import fsum, inf, isfinite, nan, nextafter
from typing import Any

from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import Balls, Undefined, exact


class Floats:
    """Floats, with sums that are rounded once. `Exact` answers the same questions."""

    def leaf(self, leaf: Value) -> float:
        """The number of a constant or variable."""
        return leaf.data

    def first(self, made: Value, args: list[float]) -> float:
        """The number of a node from those of its arguments."""
        return float(made.data)  # a kernel may give a whole number

    def sum(self, numbers: Iterable[float]) -> float:
        """The sum of numbers."""
        try:
            return fsum(numbers)
        except (OverflowError, ValueError):
            return nan

    def settle(self, number: float) -> float:
        """The same number in the form that is kept."""
        return number

    def key(self, number: float) -> str:
        """What is the same for equal numbers; None where that is not known."""
        return repr(number)  # which tells -0.0 from 0.0

    def trouble(self, number: float) -> str:
        """What a number is that is none; else empty."""
        if isfinite(number):
            return ""
        return "undefined" if number != number else "infinite, or too large for a float"

    def whole(self, number: float) -> int | None:
        """A whole number as an int."""
        return int(number) if float(number).is_integer() else None

    def beside(self, number: float) -> Iterable[float]:
        """A number below and one above, very close."""
        return nextafter(number, -inf), nextafter(number, inf)


class Exact:
    """Rationals where a number is known exactly, else Arb balls; to be used inside of these `balls`."""

    def __init__(self, balls: Balls, leaves: Mapping[Value, Any]) -> None:
        from flint import arb, fmpq

        from autodiff_cli.rules.kernels.rationals import MOST

        self._balls, self._fmpq, self._most = balls, fmpq, MOST
        self._leaves = leaves
        self._open = arb(0, inf)  # any number: a decision that this precision leaves open

    def leaf(self, leaf: Value) -> Any:
        return self.settle(self._leaves[leaf] if leaf in self._leaves else self._balls.constant(leaf))

    def first(self, made: Value, args: list[Any]) -> Any:
        found = self._balls.values((made,), dict(zip(made.args, args, strict=True)))[made]
        return self._open if isinstance(found, Undefined) else self.settle(found)

    def sum(self, numbers: Iterable[Any]) -> Any:
        return sum(numbers, self._fmpq(0))

    def settle(self, number: Any) -> Any:
        """A ball that is one number as a rational, and a rational that is too long as a ball."""
        if isinstance(number, self._fmpq):
            is_short = number.height_bits() <= self._most
            return number if is_short else self._balls.ball(number)
        if not exact(number):
            return number
        mantissa, exponent = number.man_exp()
        is_short = abs(exponent) <= self._most
        return self._fmpq(mantissa) * self._fmpq(2) ** int(exponent) if is_short else number

    def key(self, number: Any) -> Any:
        return number if isinstance(number, self._fmpq) else None

    def trouble(self, number: Any) -> str:
        """A ball without end is one that this precision leaves open."""
        if isinstance(number, self._fmpq) or number.is_finite():
            return ""
        if number.mid().is_finite():
            return f"not decided by {self._balls.bits:,} bits"
        return "infinite or undefined"

    def whole(self, number: Any) -> int | None:
        return int(number.p) if isinstance(number, self._fmpq) and number.q == 1 else None

    def beside(self, number: Any) -> Iterable[Any]:
        near = self._fmpq(1, 2) ** self._balls.bits * (1 if number == 0 else abs(number))
        return number - near, number + near
