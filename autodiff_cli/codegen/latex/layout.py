"""How parts of a formula go together: boxes that know how tight they bind, how tall and how wide they are.

What is read is what the graph means; a sign, a quotient of a quotient and sums in sums are put as an author would,
`a + (-b)` as `a - b` and `a/b/c` with one line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, reduce
from typing import Any

from autodiff_cli.codegen.latex.spelling import LETTERS
from autodiff_cli.errors import AutodiffError

_MOST = 10_000_000  # characters

# How tight a box binds
CASES, OR, AND, NOT, COMPARE, MOD, SUM, PRODUCT, POWER, ATOM = range(10)

_CALLED = ("f", "g", "h", *LETTERS.values())  # with parentheses behind it, what may be taken for a function
_WORDS = (r"\mathrm", r"\text", "]")  # what a factor beside it keeps a distance from
_GLYPH = re.compile(r"\\[a-zA-Z]+|\\!|[^\s{}_^\\]")
_UNSEEN = {r"\!", r"\operatorname", r"\mathrm", r"\text", r"\left", r"\right", r"\frac", r"\begin", r"\end"}
_UPRIGHT = re.compile(r"\\((?:arc)?(?:sin|cos|tan|cot|sec|csc)h?|ln|log|exp|max|min)\b")
_SPACED = (" + ", " - ", " = ", " < ", " > ", r" \le ", r" \ge ", r" \ne ", r" \land ", r" \lor ", r" \bmod ")

# --- boxes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A part of a formula, and what decides how it goes into a larger one.

    `body` is its text in parts, put together at the very end; of a box that is `negative` it lacks the minus in
    front. `kind` says what `parts` are: both sides of a "sum", "product", "fraction" or "slash", the head and the
    arguments of a "call", what is in "parentheses", the rows of "cases"; a "number", "symbol" or what is between bars
    ("around") has none. `tall` is 1 where a root or scripts in scripts stand a little above the line and 2 where a
    fraction does, `raised` how deep scripts lie in scripts; `broken` is a product with a fraction in it. `starts` and
    `ends` say what could run together with a neighbour: a symbol's text, "digit", "fraction" of numbers, "open" and "]"
    of brackets, "bare" for a function whose argument has no parentheses.
    """

    body: "tuple[str | Box, ...]"
    level: int
    kind: str = ""
    parts: "tuple[Box, ...]" = ()
    negative: bool = False
    tall: int = 0
    broken: bool = False
    raised: int = 0
    width: float = 0.0  # em, about
    size: int = 0  # characters
    starts: str = ""
    ends: str = ""

    @property
    def logical(self) -> bool:
        """Whether it holds or not."""
        return OR <= self.level <= COMPARE


def box_of(level: int, *body: str | Box, **more: Any) -> Box:
    """A box of others, as wide and tall as they are."""
    boxes = [part for part in body if isinstance(part, Box)]
    made: dict[str, Any] = {
        "tall": max([box.tall for box in boxes], default=0),
        "raised": max([box.raised for box in boxes], default=0),
        "width": sum(map(_width, body)),
        "size": min(10 * _MOST, sum(map(_size, body))),
    }
    return Box(body, level, **(made | more))


def _width(part: str | Box) -> float:
    return part.width if isinstance(part, Box) else width_of(part)


def _size(part: str | Box) -> int:
    return part.size if isinstance(part, Box) else len(part)


@cache
def width_of(text: str) -> float:
    """About how many em a text is wide."""
    if text in _SPACED:
        return 1.6
    glyphs = _GLYPH.findall(_UPRIGHT.sub(r"\1", text))  # \sin is as wide as its letters
    seen = [glyph for glyph in glyphs if glyph not in _UNSEEN]
    return 0.53 * len(seen)


def signed(box: Box) -> tuple[str | Box, ...]:
    """A box after its sign."""
    return ("-", box) if box.negative else (box,)


def text_of(*parts: str | Box) -> str:
    """The text of boxes, each with its sign."""
    if sum(map(_size, parts)) > _MOST:
        hint = "name its parts: u = ...; f = u^2"
        raise AutodiffError(f"the formula comes to more than {_MOST:,} characters", hint=hint)
    found: list[str] = []
    stack: list[str | Box] = []
    for part in reversed(parts):
        stack += [part] if isinstance(part, str) else reversed(signed(part))
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            found.append(part)
        else:
            stack += reversed(part.body)
    return "".join(found)


# --- atoms -------------------------------------------------------------------------------------------------------


def symbol(text: str) -> Box:
    """A name."""
    return box_of(ATOM, text, kind="symbol", starts=text, ends=text)


def digits(text: str) -> Box:
    r"""A number as it was typed: `1.5e-7` as 1.5 \cdot 10^{-7}."""
    negative = text.startswith("-")
    mantissa, _, exponent = text.lstrip("+-").lower().partition("e")
    whole, _, rest = mantissa.partition(".")
    mantissa = f"{whole or 0}.{rest}".rstrip(".")
    known: dict[str, Any] = {"kind": "number", "negative": negative, "starts": "digit"}
    if int(exponent or 0) == 0:
        return box_of(ATOM, mantissa, ends="digit", **known)
    power = f"10^{{{int(exponent)}}}"
    if mantissa == "1":
        return box_of(POWER, power, raised=1, **known)
    return box_of(PRODUCT, rf"{mantissa} \cdot {power}", raised=1, **known)


def is_one(box: Box) -> bool:
    """Whether it is 1 or -1."""
    return box.body == ("1",)


# --- operands ----------------------------------------------------------------------------------------------------


def _delimited(box: Box, left: str, right: str) -> tuple[str | Box, ...]:
    """A box between delimiters as tall as it is."""
    if box.tall:
        return (rf"\left{left}", *signed(box), rf"\right{right}")
    return (left, *signed(box), right)


def bracketed(box: Box) -> Box:
    """A box in brackets."""
    return box_of(PRODUCT, *_delimited(box, "[", "]"))


def parentheses(box: Box) -> Box:
    """In brackets, as Iverson has it, where what holds or not is used as 1 or 0."""
    if box.logical:
        return box_of(ATOM, *_delimited(box, "[", "]"), starts="open", ends="]")
    return box_of(ATOM, *_delimited(box, "(", ")"), kind="parentheses", parts=(box,), starts="open")


def as_operand(box: Box, level: int) -> Box:
    """A box as an operand that binds at least as tight as that."""
    own = min(box.level, SUM) if box.negative else box.level
    if own < level or box.logical:
        return parentheses(box)
    return box


def as_condition(box: Box, level: int) -> Box:
    """A box as what holds or not."""
    if not box.logical:
        return comparison(r"\ne", box, digits("0"))
    if box.level < level:
        return box_of(COMPARE, *_delimited(box, "(", ")"))
    return box


def as_factor(box: Box) -> tuple[bool, Box]:
    """Its sign, and the rest as a factor."""
    if box.level >= PRODUCT:
        return box.negative, replace(box, negative=False)
    return False, as_operand(box, PRODUCT)


# --- arithmetic --------------------------------------------------------------------------------------------------


def sum_of(left: Box, right: Box) -> Box:
    """Two terms: a + (-b) is a - b."""
    left = as_operand(left, SUM)
    if right.level < SUM:
        right = parentheses(right)
    sign = " - " if right.negative else " + "
    return box_of(SUM, left, sign, right, kind="sum", parts=(left, right), negative=left.negative)


def difference(left: Box, right: Box) -> Box:
    """Two terms: a - (-b) is a + b, and a - (b + c) stays."""
    if right.level <= SUM:
        right = parentheses(right)
    return sum_of(left, replace(right, negative=not right.negative))


def negated(box: Box) -> Box:
    """The negative: -(a b) is -a b, and -(-a) is a."""
    minus, rest = as_factor(box)
    return replace(rest, negative=not minus)


def separator(left: Box, right: Box) -> str:
    """What stands between two factors: a dot where they would run together."""
    if _run_together(left.ends, right.starts):
        return r" \cdot "
    if left.ends.startswith(_WORDS) or right.starts.startswith(_WORDS):
        return r" \, "
    return " "


def _run_together(ends: str, starts: str) -> bool:
    """Whether factors side by side would be read as something else, or hard to read: 2 3, x x, f (x), ln|x| y."""
    if starts == "digit" or ends == "bare":
        return True
    if ends == "digit":
        return starts == "fraction"
    return ends in _CALLED if starts == "open" else ends == starts != ""


def product(left: Box, right: Box) -> Box:
    """Two factors side by side; -1 times something is its negative."""
    if "slash" in (left.kind, right.kind):
        return _product_of_slashes(left, right)
    if is_one(left) and left.negative:
        return negated(right)
    (minus, left), (other, right) = as_factor(left), as_factor(right)
    known: dict[str, Any] = {"kind": "product", "parts": (left, right), "negative": minus != other}
    known |= {"starts": left.starts, "ends": right.ends, "broken": left.broken or right.broken}
    return box_of(PRODUCT, left, separator(left, right), right, **known)


def _product_of_slashes(left: Box, right: Box) -> Box:
    """In a script (a/b) c is a c/b."""
    (first, below_first, minus), (second, below_second, other) = _slashed(left), _slashed(right)
    over = second if is_one(first) and not first.negative else product(first, second)
    made = quotient(over, reduce(product, [*below_first, *below_second]), True)
    return replace(made, negative=made.negative != (minus != other))


def _slashed(box: Box) -> tuple[Box, tuple[Box, ...], bool]:
    """What is before and behind a slash, and its sign; a box without a slash is all before it."""
    if box.kind != "slash":
        return box, (), False
    return box.parts[0], box.parts[1:], box.negative


def quotient(over: Box, under: Box, script: bool) -> Box:
    """A fraction, or in a script a slash; a/b/c has one line."""
    (minus, over), (other, under) = _divided(over), _divided(under)
    negative = minus != other
    if over.kind == ("slash" if script else "fraction"):
        first, second = over.parts
        return replace(quotient(first, product(second, under), script), negative=negative)
    if over.kind == "product" and over.broken:
        first, last = over.parts
        return replace(product(first, quotient(last, under, script)), negative=negative)
    make = _slash if script else _fraction
    return make(_opened(over), _opened(under), negative)


def _divided(box: Box) -> tuple[bool, Box]:
    return as_factor(box) if box.level >= PRODUCT else (False, as_operand(box, CASES))


def _opened(box: Box) -> Box:
    """What is in parentheses that the line makes needless."""
    return box.parts[0] if box.kind == "parentheses" else box


def _slash(over: Box, under: Box, negative: bool) -> Box:
    shown = as_operand(over, PRODUCT), "/", as_operand(under, POWER)
    return box_of(PRODUCT, *shown, kind="slash", parts=(over, under), negative=negative, starts=over.starts)


def _fraction(over: Box, under: Box, negative: bool) -> Box:
    scale = 0.8 if max(over.tall, under.tall) > 1 else 1
    known: dict[str, Any] = {"kind": "fraction", "parts": (over, under), "negative": negative, "tall": 2}
    known |= {"width": 0.3 + scale * max(over.width, under.width), "broken": True}
    known |= {"starts": "fraction" * (over.kind == under.kind == "number")}
    return box_of(PRODUCT, r"\frac{", *signed(over), "}{", *signed(under), "}", **known)


def power(base: Box, exponent: Box) -> Box:
    """A power; that of a function's name where the exponent is a plain number or symbol, as in sin^2(x)."""
    exponent = as_operand(exponent, CASES)
    known: dict[str, Any] = {
        "raised": max(base.raised, exponent.raised + 1),
        "tall": max(base.tall, exponent.tall, exponent.raised > 0),
        "width": base.width + 0.7 * exponent.width,
    }
    raised = ("^{", *signed(exponent), "}")
    is_plain = exponent.kind in ("number", "symbol") and exponent.level == ATOM and not exponent.negative
    if base.kind == "call" and is_plain and not base.negative:
        head, arguments = base.parts
        return box_of(POWER, head, *raised, arguments, **known)
    base = as_operand(base, ATOM if base.kind != "call" else ATOM + 1)
    return box_of(POWER, base, *raised, starts=base.starts, **known)


def remainder(left: Box, right: Box) -> Box:
    """One modulo the other."""
    return box_of(MOD, *signed(as_operand(left, PRODUCT)), r" \bmod ", *signed(as_operand(right, PRODUCT)))


# --- functions ---------------------------------------------------------------------------------------------------


def root(head: str, arg: Box) -> Box:
    """A root, of which `head` is the sign."""
    return box_of(POWER, head, *signed(as_operand(arg, CASES)), "}", tall=max(1, arg.tall))


def around(bars: str, arg: Box) -> Box:
    """Between bars: `vert`, `floor` or `ceil`."""
    inside = as_operand(arg, CASES)
    left, right = (r"\left", r" \right") if inside.tall else ("", " ")
    return box_of(ATOM, rf"{left}\l{bars} ", *signed(inside), rf"{right}\r{bars}", kind="around")


def call(head: str | Box, args: Sequence[Box], kind: str = "", level: int = ATOM) -> Box:
    r"""A function's arguments behind its head; of a "call" one alone between bars has no parentheses: \ln|x|."""
    named = box_of(ATOM, head)
    if kind and args[0].kind == "around" and not args[0].negative:
        return box_of(level, named, *args, kind=kind, parts=(named, *args), ends="bare")
    arguments = _arguments(tuple([as_operand(arg, CASES) for arg in args]))
    return box_of(level, named, arguments, kind=kind, parts=(named, arguments))


def _arguments(args: Sequence[Box]) -> Box:
    """Arguments in parentheses, with commas between; one alone is what the parentheses hold."""
    listed = [part for arg in args for part in (", ", *signed(arg))]
    inside = box_of(CASES, *listed[1:])
    left, *rest = _delimited(inside, "(", ")")
    inner: dict[str, Any] = {"kind": "parentheses", "parts": args[:1]} if len(args) == 1 else {}
    return box_of(ATOM, rf"\!{left}" if inside.tall else left, *rest, **inner)


# --- conditions --------------------------------------------------------------------------------------------------


def comparison(sign: str, left: Box, right: Box) -> Box:
    """Two sides and the sign between."""
    return box_of(COMPARE, *signed(as_operand(left, MOD)), f" {sign} ", *signed(as_operand(right, MOD)))


def conjunction(left: Box, right: Box) -> Box:
    """Both hold."""
    return box_of(AND, as_condition(left, AND), r" \land ", as_condition(right, NOT))


def disjunction(left: Box, right: Box) -> Box:
    """One holds at least."""
    return box_of(OR, as_condition(left, OR), r" \lor ", as_condition(right, AND))


def negation(box: Box) -> Box:
    """It does not hold."""
    return box_of(NOT, r"\lnot ", box_of(ATOM, *_delimited(as_condition(box, OR), "(", ")")))


def cases(condition: Box, chosen: Box, other: Box) -> Box:
    """Rows of a value and its condition; choices in the last row go on with rows of their own."""
    row = box_of(CASES, *signed(as_operand(chosen, CASES)), r" & \text{if } ", as_condition(condition, CASES))
    if other.kind == "cases":
        (rest,) = other.parts
    else:
        rest = box_of(CASES, *signed(as_operand(other, CASES)), r" & \text{otherwise}")
    rows = box_of(CASES, row, r" \\ ", rest, width=max(row.width, rest.width))
    return box_of(CASES, r"\begin{cases} ", rows, r" \end{cases}", kind="cases", parts=(rows,), tall=2)
