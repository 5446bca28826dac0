"""How parts of a formula go together: boxes that know how tight they bind, how tall and how wide they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
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

# --- boxes ------------------------------------------------------------------------------------------------------


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
    parts = [part for part in body if isinstance(part, Box)]
    made: dict[str, Any] = {
        "tall": max([part.tall for part in parts], default=0),
        "raised": max([part.raised for part in parts], default=0),
        "width": sum([part.width if isinstance(part, Box) else width_of(part) for part in body]),
        "size": min(10 * _MOST, sum([part.size if isinstance(part, Box) else len(part) for part in body])),
    }
    return Box(body, level, **(made | more))


@cache
def width_of(text: str) -> float:
    if text in _SPACED:
        return 1.6
    glyphs = _GLYPH.findall(_UPRIGHT.sub(r"\1", text))  # \sin is as wide as its letters
    return 0.53 * len([glyph for glyph in glyphs if glyph not in _UNSEEN])


def signed(box: Box) -> tuple[str | Box, ...]:
    return ("-", box) if box.negative else (box,)


def text_of(*parts: str | Box) -> str:
    """The text of boxes, each with its sign."""
    if sum([part.size for part in parts if isinstance(part, Box)]) > _MOST:
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


def delimited(box: Box, left: str, right: str) -> tuple[str | Box, ...]:
    """A box between delimiters as tall as it is."""
    if box.tall:
        return (rf"\left{left}", *signed(box), rf"\right{right}")
    return (left, *signed(box), right)


def parentheses(box: Box) -> Box:
    """In brackets, as Iverson has it, where what holds or not is used as 1 or 0."""
    if box.logical:
        return box_of(ATOM, *delimited(box, "[", "]"), starts="open", ends="]")
    return box_of(ATOM, *delimited(box, "(", ")"), kind="parentheses", parts=(box,), starts="open")


def as_operand(box: Box, level: int) -> Box:
    """A box as an operand that binds at least as tight as that."""
    own = min(box.level, SUM) if box.negative else box.level
    return parentheses(box) if own < level or box.logical else box


def as_condition(box: Box, level: int) -> Box:
    """A box as what holds or not."""
    if not box.logical:
        return comparison(box, r"\ne", digits("0"))
    return box_of(COMPARE, *delimited(box, "(", ")")) if box.level < level else box


def as_factor(box: Box) -> tuple[bool, Box]:
    """Its sign, and the rest as a factor."""
    if box.level >= PRODUCT:
        return box.negative, replace(box, negative=False)
    return False, as_operand(box, PRODUCT)


def symbol(text: str) -> Box:
    return box_of(ATOM, text, kind="symbol", starts=text, ends=text)


def digits(text: str) -> Box:
    """A number as it was typed."""
    negative = text.startswith("-")
    mantissa, _, exponent = text.lstrip("+-").lower().partition("e")
    whole, point, rest = mantissa.partition(".")
    mantissa = (whole or "0") + (point if rest else "") + rest
    known: dict[str, Any] = {"kind": "number", "negative": negative, "starts": "digit"}
    if not exponent or int(exponent) == 0:
        return box_of(ATOM, mantissa, ends="digit", **known)
    power = f"10^{{{int(exponent)}}}"
    text = power if mantissa == "1" else rf"{mantissa} \cdot {power}"
    return box_of(POWER if mantissa == "1" else PRODUCT, text, raised=1, **known)


# --- operators ---------------------------------------------------------------------------------------------------


def sum_of(left: Box, right: Box, minus: bool = False) -> Box:
    left = as_operand(left, SUM)
    if right.level < SUM or (minus and right.level == SUM):
        right = parentheses(right)
    right = replace(right, negative=right.negative != minus)
    sign = " - " if right.negative else " + "
    return box_of(SUM, left, sign, right, kind="sum", parts=(left, right), negative=left.negative)


def separator(left: Box, right: Box) -> str:
    """What stands between two factors."""
    ends, starts = left.ends, right.starts
    runs = starts == "digit" or (ends == "digit" and starts == "fraction")
    twice = ends == starts not in ("", "open")  # x x
    if runs or twice or ends == "bare" or (ends in _CALLED and starts == "open"):
        return r" \cdot "
    return r" \, " if ends.startswith(_WORDS) or starts.startswith(_WORDS) else " "


def is_one(box: Box) -> bool:
    return box.body == ("1",)


def product(left: Box, right: Box) -> Box:
    if "slash" in (left.kind, right.kind):  # in a script (a/b) c is a c/b
        over, *under = left.parts if left.kind == "slash" else (left,)
        more, *below = right.parts if right.kind == "slash" else (right,)
        negative = (left.kind == "slash" and left.negative) != (right.kind == "slash" and right.negative)
        over = more if is_one(over) and not over.negative else product(over, more)
        made = quotient(over, under[0] if not below else product(*under, *below) if under else below[0], True)
        return replace(made, negative=made.negative != negative)
    if is_one(left) and left.negative:
        return negated(right)
    (minus, left), (other, right) = as_factor(left), as_factor(right)
    known: dict[str, Any] = {"kind": "product", "parts": (left, right), "negative": minus != other}
    known |= {"starts": left.starts, "ends": right.ends, "broken": left.broken or right.broken}
    return box_of(PRODUCT, left, separator(left, right), right, **known)


def negated(box: Box) -> Box:
    minus, rest = as_factor(box)
    return replace(rest, negative=not minus)


def quotient(over: Box, under: Box, script: bool) -> Box:
    minus, over = as_factor(over) if over.level >= PRODUCT else (False, as_operand(over, CASES))
    other, under = as_factor(under) if under.level >= PRODUCT else (False, as_operand(under, CASES))
    minus = minus != other
    kind = "slash" if script else "fraction"
    if over.kind == kind:  # a/b/c
        return replace(quotient(over.parts[0], product(over.parts[1], under), script), negative=minus)
    if over.kind == "product" and over.broken:
        first, last = over.parts
        return replace(product(first, quotient(last, under, script)), negative=minus)
    over, under = (side.parts[0] if side.kind == "parentheses" else side for side in (over, under))
    known: dict[str, Any] = {"kind": kind, "parts": (over, under), "negative": minus}
    if script:
        shown = as_operand(over, PRODUCT), "/", as_operand(under, POWER)
        return box_of(PRODUCT, *shown, starts=over.starts, **known)
    known["width"] = 0.3 + (0.8 if max(over.tall, under.tall) > 1 else 1) * max(over.width, under.width)
    known |= {"tall": 2, "broken": True, "starts": "fraction" * (over.kind == under.kind == "number")}
    return box_of(PRODUCT, r"\frac{", *signed(over), "}{", *signed(under), "}", **known)


def power(base: Box, exponent: Box) -> Box:
    exponent = as_operand(exponent, CASES)
    known: dict[str, Any] = {
        "raised": max(base.raised, exponent.raised + 1),
        "tall": max(base.tall, exponent.tall, exponent.raised > 0),
        "width": base.width + 0.7 * exponent.width,
    }
    raised = ("^{", *signed(exponent), "}")
    plain = exponent.kind in ("number", "symbol") and exponent.level == ATOM and not exponent.negative
    if base.kind == "call" and plain and not base.negative:
        head, arguments = base.parts
        return box_of(POWER, head, *raised, arguments, **known)
    base = as_operand(base, ATOM if base.kind != "call" else ATOM + 1)
    return box_of(POWER, base, *raised, starts=base.starts, **known)


def comparison(left: Box, sign: str, right: Box) -> Box:
    return box_of(COMPARE, *signed(as_operand(left, MOD)), f" {sign} ", *signed(as_operand(right, MOD)))


def call(head: str | Box, args: Sequence[Box], kind: str = "", level: int = ATOM) -> Box:
    listed: list[str | Box] = []
    if kind and args[0].kind == "around" and not args[0].negative:  # \ln\lvert x \rvert
        named = box_of(ATOM, head)
        return box_of(level, named, *args, kind=kind, parts=(named, *args), ends="bare")
    for arg in args:
        listed += [", "] * bool(listed) + list(signed(as_operand(arg, CASES)))
    inside = box_of(CASES, *listed)
    left, *rest = delimited(inside, "(", ")")
    inner = {"kind": "parentheses", "parts": (as_operand(args[0], CASES),)} if len(args) == 1 else {}
    arguments = box_of(ATOM, rf"\!{left}" if inside.tall else str(left), *rest, **inner)
    named = box_of(ATOM, head)
    return box_of(level, named, arguments, kind=kind, parts=(named, arguments))


def cases(condition: Box, chosen: Box, other: Box) -> Box:
    """Rows of a value and its condition; choices in the last row go on with rows of their own."""
    row = box_of(CASES, *signed(as_operand(chosen, CASES)), r" & \text{if } ", as_condition(condition, CASES))
    if other.kind == "cases":
        (rest,) = other.parts
    else:
        rest = box_of(CASES, *signed(as_operand(other, CASES)), r" & \text{otherwise}")
    rows = box_of(CASES, row, r" \\ ", rest, width=max(row.width, rest.width))
    return box_of(CASES, r"\begin{cases} ", rows, r" \end{cases}", kind="cases", parts=(rows,), tall=2)


# --- lines -------------------------------------------------------------------------------------------------------


def rows_of(left: Box, right: Box, width: float) -> list[str]:
    """An equation as rows of an align environment."""
    room = width - left.width - 2
    if right.width <= room:
        return [text_of(left, " &= ", right)]
    rows: list[list[str | Box]] = [[left, " &= "]]
    used = widest = 0.0
    for before, opens, part, closes in _split(right, room):
        wide = width_of(opens) + part.width + width_of(closes) + width_of(before)
        if used and used + wide > room:
            rows.append([r"&\quad {}", before if before.strip(" \\,") else r" \cdot "])
            used = 1.0
        elif used:
            rows[-1].append(before)
        rows[-1] += [opens, part, closes]
        used += wide
        widest = max(widest, part.width)
    texts = [text_of(*row) for row in rows]
    return texts if widest <= room else [f"% wider than the line\n{texts[0]}", *texts[1:]]


def _split(box: Box, room: float) -> list[tuple[str, str, Box, str]]:
    """A formula as terms between which a line can end: the sign before each, what opens and closes with it.

    A term that is wider than a line is split before its factors, and those before what they hold.
    """
    found: list[tuple[str, str, Box, str]] = []
    stack = [("", "", box, "")]
    while stack:
        before, opens, part, closes = stack.pop()
        wide = part.width > room
        if part.kind == "sum":
            left, right = part.parts
            stack.append((" - " if right.negative else " + ", "", replace(right, negative=False), closes))
            stack.append((before, opens, replace(left, negative=part.negative), ""))
        elif part.kind == "product" and wide:
            left, right = part.parts
            stack.append((separator(left, right), "", right, closes))
            stack.append((before, opens, replace(left, negative=part.negative), ""))
        elif part.kind == "fraction" and wide and part.parts[0].width > part.parts[1].width:
            over, under = part.parts
            over, first = as_operand(over, PRODUCT), quotient(digits("1"), under, False)
            stack.append((separator(first, over), "", over, closes))
            stack.append((before, opens, replace(first, negative=part.negative), ""))
        elif part.kind == "parentheses" and wide:
            size = ("big", "Big", "bigg")[part.tall]
            opens += ("-" if part.negative else "") + rf"\{size}l("
            stack.append((before, opens, part.parts[0], rf"\{size}r){closes}"))
        elif part.kind == "call" and wide and part.parts[1].kind == "parentheses":
            opens += ("-" if part.negative else "") + text_of(part.parts[0])
            stack.append((before, opens, part.parts[1], closes))
        else:
            found.append((before, opens, part, closes))
    return found
