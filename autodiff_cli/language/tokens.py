"""Tokens: what the lexer hands to the grammar, and what they carry to the builder."""

from typing import Any, NamedTuple

from autodiff_cli.engine.value import Value
from autodiff_cli.language.foreign import Spelling

Span = tuple[int, int]  # where it begins and ends in the text


class Token:
    """What the grammar sees: a type and a place. `value` is the node of a number or name, what a sign or call means."""

    __slots__ = ("type", "text", "span", "value")

    def __init__(self, type: str, text: str, span: Span, value: Any = None) -> None:
        self.type = type
        self.text = text
        self.span = span
        self.value = value

    def read_as(self, type: str, value: Any = None) -> "tuple[Token]":
        """The token alone, now that it is known what it is."""
        self.type, self.value = type, value
        return (self,)


START = Token("START", "", (0, 0))  # stands where there is no token yet


class Power(NamedTuple):
    """An exponent that is no operand of its own: x², sin^-1."""

    negative: bool
    node: Value


class Head(NamedTuple):
    """The left side of `name = ...` or `name(parameters) = ...`."""

    name: str
    parameters: dict[str, Value]


class Called(NamedTuple):
    """A function where it is called, with the power on its name (sin^2 x) and its base (log_2 x)."""

    name: str
    power: Power | None = None
    base: Value | None = None
    primes: int = 0  # how often it is differentiated: f''
    spelling: "Spelling | None" = None  # where it has its name from another language


class Differential(NamedTuple):
    """What a text in front asks for: d/dx, of which the names are [x], d^2/dx^2, of which they are [x, x]."""

    names: list[Value]


class Iteration(NamedTuple):
    """A sum or product: what joins its terms, its index, and how many steps there were before it."""

    joins: str
    bound: Value
    before: int
