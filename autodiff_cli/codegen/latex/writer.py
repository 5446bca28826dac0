"""A graph as typeset mathematics: LaTeX with amsmath, of which only what MathJax and KaTeX read too.

A formula is written from its leaves up, as `Piece`s that know how tight they bind, so that there are parentheses where
they are needed and nowhere else. What is read is what the graph means; a sign, a quotient of a quotient and sums in
sums are put as an author would, `a + (-b)` as `a - b` and `a/b/c` with one line.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from typing import Any
from unicodedata import combining, normalize
from unicodedata import name as character_name

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import reachable, toposort
from autodiff_cli.engine.printer import number_text
from autodiff_cli.engine.value import VALUES, Value, constant
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.signs import GREEK
from autodiff_cli.rules.table import CONSTANTS

_LINE = 34.0  # em that fit into a line: what an article in ten point has
_LONG = 9.0  # em of an expression that gets a name before it is differentiated
_LENGTHY = 400.0  # em of a formula whose parts get names
_SHORT = 4.0  # em of a part that does not
_EXPONENT = 10.0  # em of an exponent of e
_MOST = 10_000_000  # characters

# How tight a piece binds
_CASES, _OR, _AND, _NOT, _COMPARE, _MOD, _SUM, _PRODUCT, _POWER, _ATOM = range(10)

# --- how a function is written -----------------------------------------------------------------------------------

_KNOWN = ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "max", "min")  # to LaTeX too
_SPELLED = {  # under another; without a backslash LaTeX lacks it
    **{name: rf"\arc{name[1:]}" for name in ("asin", "acos", "atan")},
    **{name: f"arc{name[1:]}" for name in ("acot", "asec", "acsc")},
    **{name: f"ar{name[1:]}" for name in ("asinh", "acosh", "atanh", "acoth", "asech", "acsch")},
    "log": r"\ln",
    "log2": r"\log_{2}",
    "log10": r"\log_{10}",
    "sign": "sgn",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "silu": "SiLU",
    "gelu": "GELU",
}
_LETTERS = {"gamma": r"\Gamma", "digamma": r"\psi"}  # a power comes behind their argument
_CALLED = ("f", "g", "h", *_LETTERS.values())  # with parentheses behind it, what may be taken for a function
_WORDS = (r"\mathrm", r"\text", "]")  # what a factor beside it keeps a distance from
_AROUND = {"abs": "vert", "floor": "floor", "ceil": "ceil"}
_FORMULAS = {  # written as what they are
    "identity": "x",
    "reciprocal": "1 / x",
    "square": "x**2",
    "rsqrt": "1 / sqrt(x)",
    "hypot": "sqrt(a**2 + b**2)",
    "fma": "a * b + c",
    "exp2": "2**x",
    "exp10": "10**x",
    "expm1": "exp(x) - 1",
    "log1p": "log(1 + x)",
    "logaddexp": "log(exp(a) + exp(b))",
    "lgamma": "log(abs(gamma(x)))",
    **{f"{name}d": f"{name}(x * deg)" for name in ("sin", "cos", "tan", "cot", "sec", "csc")},
    "deg2rad": "pi * x / 180",
    "rad2deg": "180 * x / pi",
}
_COMPARED = {"lt": "<", "le": r"\le", "gt": ">", "ge": r"\ge", "eq": "=", "ne": r"\ne"}
_WAYS = {"lt": "up", "le": "up", "gt": "down", "ge": "down", "eq": "eq"}  # a < b \le c goes one way
_CONSTANTS = {"pi": r"\pi", "e": "e", "tau": r"\tau", "inf": r"\infty", "nan": r"\mathrm{NaN}"}
_BY_DATA = {data: name for name, data in CONSTANTS.items()}

# --- names -------------------------------------------------------------------------------------------------------

_COMMANDS = (GREEK | {"hbar", "ell", "varsigma", "varpi"}) - {"omicron"}
_GREEK_SIGNS = {"phi": "varphi", "epsilon": "varepsilon", "final sigma": "varsigma", "lamda": "lambda"}
_OTHER_SIGNS = {"ϕ": "phi", "ϵ": "epsilon", "ϑ": "vartheta", "ϱ": "varrho", "ϖ": "varpi", "ℏ": "hbar", "ℓ": "ell"}
_MARKS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030c"
_ACCENTS = ("grave", "acute", "hat", "tilde", "bar", "breve", "dot", "ddot", "mathring", "check")
_TEXT = "ÆØßæøŁłŒœı"  # letters that text has, and mathematics has not
_ESCAPED = {"_": r"\_", " ": r"\ ", "{": r"\{", "}": r"\}", **{sign: f"\\{sign}" for sign in "#$%&"}}
_LOWERED = re.compile("[₀-₉ₐ-ₜᵢ-ᵪⱼ]+")
_GLYPH = re.compile(r"\\[a-zA-Z]+|\\!|[^\s{}_^\\]")
_UNSEEN = {r"\!", r"\operatorname", r"\mathrm", r"\text", r"\left", r"\right", r"\frac", r"\begin", r"\end"}
_UPRIGHT = re.compile(r"\\((?:arc)?(?:sin|cos|tan|cot|sec|csc)h?|ln|log|exp|max|min)\b")
_SPACED = (" + ", " - ", " = ", " < ", " > ", r" \le ", r" \ge ", r" \ne ", r" \land ", r" \lor ", r" \bmod ")


def spell(name: str) -> str:
    """A name as mathematics: `theta_1` is a Greek letter with a subscript, `speed` a word in upright letters."""
    first, *lower = _LOWERED.sub(lambda low: "_" + normalize("NFKC", low[0]), name).split("_")
    base, digits = re.fullmatch(r"(\D*)(.*)", first).groups()  # type: ignore[union-attr]
    lower = [digits] * bool(digits) + lower
    if not all(map(_is_word, (base, *lower))) or (digits and not digits.isdecimal()):
        return _verbatim(name)
    return _word(base) + (f"_{{{','.join(map(_word, lower))}}}" if lower else "")


def _is_word(text: str) -> bool:
    return re.fullmatch(r"\w(?:\w|[\u0300-\u036f])*", text) is not None


def spellings(names: Iterable[str]) -> dict[str, str]:
    """How names that stand side by side are written; no two alike."""
    found: dict[str, str] = {}
    taken = set()
    for name in names:
        if name not in found:
            text = spell(name)
            found[name] = text if text not in taken else _verbatim(name)
            taken.add(found[name])
    return found


def _word(word: str) -> str:
    if word in _COMMANDS:
        return f"\\{word}"
    letters: list[str] = []
    for char in normalize("NFD", word):
        if combining(char) and letters:
            letters[-1] += char
        else:
            letters.append(char)
    written = [_letter(*letter) for letter in letters]
    if len(written) == 1 or word.isdecimal():
        return "".join(written)
    spaced = [text + " " * (text[0] == "\\" and text[-1].isalpha()) for text in written]
    return rf"\mathrm{{{''.join(spaced).rstrip()}}}"


def _letter(char: str, *marks: str) -> str:
    """A letter with the accents that are on it."""
    plain = normalize("NFKC", char)
    called = character_name(char, "").lower().split(" letter ")
    greek = _OTHER_SIGNS.get(char, "")
    if called[0] in ("greek small", "greek capital"):
        greek = _GREEK_SIGNS.get(called[1], called[1]) if called[0] == "greek small" else called[1].capitalize()
        greek = greek.replace("Lamda", "Lambda")
    if greek in _COMMANDS:
        text = f"\\{greek}"
    elif len(plain) == 1 and plain.isascii() and plain.isalnum():
        text = plain
    else:
        text = rf"\text{{{char}}}" if char in _TEXT else _code(char)
    for mark in marks:
        text = rf"\{_ACCENTS[_MARKS.index(mark)]}{{{text}}}" if mark in _MARKS else text + _code(mark)
    return text


def _code(char: str) -> str:
    return rf"\text{{U+{ord(char):04X}}}"


def _verbatim(name: str) -> str:
    """A name letter by letter."""
    plain = [c if c.isascii() and c.isalnum() else _ESCAPED.get(c) or _code(c) for c in name]
    return rf"\mathrm{{{''.join(plain)}}}"


# --- pieces ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A part of a formula, and what decides how it goes into a larger one.

    `body` is its text in parts, put together at the very end; of a piece that is `negative` it lacks the minus in
    front. `kind` says what `parts` are: both sides of a "sum", "product", "fraction" or "slash", the head and the
    arguments of a "call", what is in "parentheses", the rows of "cases"; a "number", "symbol" or what is between bars
    ("around") has none. `tall` is 1 where a root or scripts in scripts stand a little above the line and 2 where a
    fraction does, `raised` how deep scripts lie in scripts; `broken` is a product with a fraction in it. `starts` and
    `ends` say what could run together with a neighbour: a symbol's text, "digit", "fraction" of numbers, "open" and "]"
    of brackets, "bare" for a function whose argument has no parentheses.
    """

    body: "tuple[str | Piece, ...]"
    level: int
    kind: str = ""
    parts: "tuple[Piece, ...]" = ()
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
        return _OR <= self.level <= _COMPARE


def _piece(level: int, *body: str | Piece, **more: Any) -> Piece:
    """A piece of others, as wide and tall as they are."""
    parts = [part for part in body if isinstance(part, Piece)]
    made: dict[str, Any] = {
        "tall": max([part.tall for part in parts], default=0),
        "raised": max([part.raised for part in parts], default=0),
        "width": sum([part.width if isinstance(part, Piece) else _width(part) for part in body]),
        "size": min(10 * _MOST, sum([part.size if isinstance(part, Piece) else len(part) for part in body])),
    }
    return Piece(body, level, **(made | more))


@cache
def _width(text: str) -> float:
    if text in _SPACED:
        return 1.6
    glyphs = _GLYPH.findall(_UPRIGHT.sub(r"\1", text))  # \sin is as wide as its letters
    return 0.53 * len([glyph for glyph in glyphs if glyph not in _UNSEEN])


def _whole(piece: Piece) -> tuple[str | Piece, ...]:
    return ("-", piece) if piece.negative else (piece,)


def _text(*parts: str | Piece) -> str:
    """The text of pieces, each with its sign."""
    if sum([part.size for part in parts if isinstance(part, Piece)]) > _MOST:
        hint = "name its parts: u = ...; f = u^2"
        raise AutodiffError(f"the formula comes to more than {_MOST:,} characters", hint=hint)
    found: list[str] = []
    stack: list[str | Piece] = []
    for part in reversed(parts):
        stack += [part] if isinstance(part, str) else reversed(_whole(part))
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            found.append(part)
        else:
            stack += reversed(part.body)
    return "".join(found)


def _closed(piece: Piece, left: str, right: str) -> tuple[str | Piece, ...]:
    """A piece between delimiters as tall as it is."""
    if piece.tall:
        return (rf"\left{left}", *_whole(piece), rf"\right{right}")
    return (left, *_whole(piece), right)


def _parentheses(piece: Piece) -> Piece:
    """In brackets, as Iverson has it, where what holds or not is used as 1 or 0."""
    if piece.logical:
        return _piece(_ATOM, *_closed(piece, "[", "]"), starts="open", ends="]")
    return _piece(_ATOM, *_closed(piece, "(", ")"), kind="parentheses", parts=(piece,), starts="open")


def _number(piece: Piece, level: int) -> Piece:
    """A piece as an operand that binds at least as tight as that."""
    own = min(piece.level, _SUM) if piece.negative else piece.level
    return _parentheses(piece) if own < level or piece.logical else piece


def _truth(piece: Piece, level: int) -> Piece:
    """A piece as what holds or not."""
    if not piece.logical:
        return _compared(piece, r"\ne", _digits("0"))
    return _piece(_COMPARE, *_closed(piece, "(", ")")) if piece.level < level else piece


def _factor(piece: Piece) -> tuple[bool, Piece]:
    """Its sign, and the rest as a factor."""
    if piece.level >= _PRODUCT:
        return piece.negative, replace(piece, negative=False)
    return False, _number(piece, _PRODUCT)


def _symbol(text: str) -> Piece:
    return _piece(_ATOM, text, kind="symbol", starts=text, ends=text)


def _digits(text: str) -> Piece:
    """A number as it was typed."""
    negative = text.startswith("-")
    mantissa, _, exponent = text.lstrip("+-").lower().partition("e")
    whole, point, rest = mantissa.partition(".")
    mantissa = (whole or "0") + (point if rest else "") + rest
    known: dict[str, Any] = {"kind": "number", "negative": negative, "starts": "digit"}
    if not exponent or int(exponent) == 0:
        return _piece(_ATOM, mantissa, ends="digit", **known)
    power = f"10^{{{int(exponent)}}}"
    text = power if mantissa == "1" else rf"{mantissa} \cdot {power}"
    return _piece(_POWER if mantissa == "1" else _PRODUCT, text, raised=1, **known)


# --- operators ---------------------------------------------------------------------------------------------------


def _sum(left: Piece, right: Piece, minus: bool = False) -> Piece:
    left = _number(left, _SUM)
    if right.level < _SUM or (minus and right.level == _SUM):
        right = _parentheses(right)
    right = replace(right, negative=right.negative != minus)
    sign = " - " if right.negative else " + "
    return _piece(_SUM, left, sign, right, kind="sum", parts=(left, right), negative=left.negative)


def _between(left: Piece, right: Piece) -> str:
    """What stands between two factors."""
    ends, starts = left.ends, right.starts
    runs = starts == "digit" or (ends == "digit" and starts == "fraction")
    twice = ends == starts not in ("", "open")  # x x
    if runs or twice or ends == "bare" or (ends in _CALLED and starts == "open"):
        return r" \cdot "
    return r" \, " if ends.startswith(_WORDS) or starts.startswith(_WORDS) else " "


def _is_one(piece: Piece) -> bool:
    return piece.body == ("1",)


def _product(left: Piece, right: Piece) -> Piece:
    if "slash" in (left.kind, right.kind):  # in a script (a/b) c is a c/b
        over, *under = left.parts if left.kind == "slash" else (left,)
        more, *below = right.parts if right.kind == "slash" else (right,)
        negative = (left.kind == "slash" and left.negative) != (right.kind == "slash" and right.negative)
        over = more if _is_one(over) and not over.negative else _product(over, more)
        made = _quotient(over, under[0] if not below else _product(*under, *below) if under else below[0], True)
        return replace(made, negative=made.negative != negative)
    if _is_one(left) and left.negative:
        return _negative(right)
    (minus, left), (other, right) = _factor(left), _factor(right)
    known: dict[str, Any] = {"kind": "product", "parts": (left, right), "negative": minus != other}
    known |= {"starts": left.starts, "ends": right.ends, "broken": left.broken or right.broken}
    return _piece(_PRODUCT, left, _between(left, right), right, **known)


def _negative(piece: Piece) -> Piece:
    minus, rest = _factor(piece)
    return replace(rest, negative=not minus)


def _quotient(over: Piece, under: Piece, script: bool) -> Piece:
    minus, over = _factor(over) if over.level >= _PRODUCT else (False, _number(over, _CASES))
    other, under = _factor(under) if under.level >= _PRODUCT else (False, _number(under, _CASES))
    minus = minus != other
    kind = "slash" if script else "fraction"
    if over.kind == kind:  # a/b/c
        return replace(_quotient(over.parts[0], _product(over.parts[1], under), script), negative=minus)
    if over.kind == "product" and over.broken:
        first, last = over.parts
        return replace(_product(first, _quotient(last, under, script)), negative=minus)
    over, under = (side.parts[0] if side.kind == "parentheses" else side for side in (over, under))
    known: dict[str, Any] = {"kind": kind, "parts": (over, under), "negative": minus}
    if script:
        shown = _number(over, _PRODUCT), "/", _number(under, _POWER)
        return _piece(_PRODUCT, *shown, starts=over.starts, **known)
    known["width"] = 0.3 + (0.8 if max(over.tall, under.tall) > 1 else 1) * max(over.width, under.width)
    known |= {"tall": 2, "broken": True, "starts": "fraction" * (over.kind == under.kind == "number")}
    return _piece(_PRODUCT, r"\frac{", *_whole(over), "}{", *_whole(under), "}", **known)


def _power(base: Piece, exponent: Piece) -> Piece:
    exponent = _number(exponent, _CASES)
    known: dict[str, Any] = {
        "raised": max(base.raised, exponent.raised + 1),
        "tall": max(base.tall, exponent.tall, exponent.raised > 0),
        "width": base.width + 0.7 * exponent.width,
    }
    raised = ("^{", *_whole(exponent), "}")
    plain = exponent.kind in ("number", "symbol") and exponent.level == _ATOM and not exponent.negative
    if base.kind == "call" and plain and not base.negative:
        head, arguments = base.parts
        return _piece(_POWER, head, *raised, arguments, **known)
    base = _number(base, _ATOM if base.kind != "call" else _ATOM + 1)
    return _piece(_POWER, base, *raised, starts=base.starts, **known)


def _compared(left: Piece, sign: str, right: Piece) -> Piece:
    return _piece(_COMPARE, *_whole(_number(left, _MOD)), f" {sign} ", *_whole(_number(right, _MOD)))


def _call(head: str | Piece, args: Sequence[Piece], kind: str = "", level: int = _ATOM) -> Piece:
    listed: list[str | Piece] = []
    if kind and args[0].kind == "around" and not args[0].negative:  # \ln\lvert x \rvert
        named = _piece(_ATOM, head)
        return _piece(level, named, *args, kind=kind, parts=(named, *args), ends="bare")
    for arg in args:
        listed += [", "] * bool(listed) + list(_whole(_number(arg, _CASES)))
    inside = _piece(_CASES, *listed)
    left, *rest = _closed(inside, "(", ")")
    inner = {"kind": "parentheses", "parts": (_number(args[0], _CASES),)} if len(args) == 1 else {}
    arguments = _piece(_ATOM, rf"\!{left}" if inside.tall else str(left), *rest, **inner)
    named = _piece(_ATOM, head)
    return _piece(level, named, arguments, kind=kind, parts=(named, arguments))


def _cases(condition: Piece, chosen: Piece, other: Piece) -> Piece:
    """Rows of a value and its condition; choices in the last row go on with rows of their own."""
    row = _piece(_CASES, *_whole(_number(chosen, _CASES)), r" & \text{if } ", _truth(condition, _CASES))
    if other.kind == "cases":
        (rest,) = other.parts
    else:
        rest = _piece(_CASES, *_whole(_number(other, _CASES)), r" & \text{otherwise}")
    rows = _piece(_CASES, row, r" \\ ", rest, width=max(row.width, rest.width))
    return _piece(_CASES, r"\begin{cases} ", rows, r" \end{cases}", kind="cases", parts=(rows,), tall=2)


# --- graphs ------------------------------------------------------------------------------------------------------


@cache
def _formula(name: str, arguments: str) -> Callable[..., Value]:
    made: Callable[..., Value] = VALUES.formula(_FORMULAS[name], f"{arguments}, pi, deg")
    return made


class Writer:
    """Writes graphs that belong together: what has one of the `names` is written as that."""

    def __init__(
        self, roots: Iterable[Value], names: Mapping[Value, str] | None = None, also: Iterable[str] = ()
    ) -> None:
        self._names = dict(names or {})
        self._made: dict[tuple[Value, bool], Piece] = {}
        self._expanded: dict[Value, Value] = {}
        self._last: dict[Value, tuple[Value, str]] = {}  # of a comparison: its right side, and which way it goes
        self._pi, self._deg = constant(CONSTANTS["pi"], "pi"), constant(CONSTANTS["deg"], "deg")
        self.spelled = spellings([*_variables([*roots, *self._names]), *self._names.values(), *also])
        self._euler = "e" not in self.spelled.values()

    def symbol(self, name: str) -> Piece:
        """A name that it knows of."""
        return _symbol(self.spelled[name])

    def name(self, node: Value, name: str) -> Piece:
        """From here on a node is written as that."""
        self._names[node] = name
        self.spelled.setdefault(name, spell(name))
        return self.symbol(name)

    def shown(self, root: Value) -> Piece:
        """What a graph computes, or its name where it has one."""
        return self.symbol(self._names[root]) if root in self._names else self.write(root)

    def write(self, root: Value) -> Piece:
        """What a graph computes, also where the root itself has a name."""
        name = self._names.pop(root, None)
        stack = [(self._same(root), False)]
        while stack:
            node, script = stack[-1]
            waiting = [] if self._is_ready(node, script) else self._needs(node, script)
            waiting = [(self._same(arg), small) for arg, small in waiting]
            if waiting := [one for one in waiting if not self._is_ready(*one)]:
                stack += waiting
                continue
            if not self._is_ready(node, script):
                self._made[node, script] = self._make(node, script)
            stack.pop()
        piece = self._get(root, False)
        if name is not None:
            self._names[root] = name
        return piece

    def text(self, root: Value) -> str:
        """As `write`, as text."""
        return _text(self.write(root))

    def _same(self, node: Value) -> Value:
        """The graph that is written for a node: of `square(x)` that of `x^2`."""
        while node not in self._names and node.rule.function.name in _FORMULAS:
            if node not in self._expanded:
                function = node.rule.function
                made = _formula(function.name, ", ".join(function.args))(*node.args, self._pi, self._deg)
                self._expanded[node] = made
            node = self._expanded[node]
        return node

    def _is_leaf(self, node: Value) -> bool:
        return not node.args or node in self._names

    def _is_ready(self, node: Value, script: bool) -> bool:
        return self._is_leaf(node) or (node, script) in self._made

    def _get(self, node: Value, script: bool) -> Piece:
        node = self._same(node)
        if node in self._names:
            return self.symbol(self._names[node])
        return self._made[node, script] if node.args else self._leaf(node)

    def _leaf(self, leaf: Value) -> Piece:
        text = leaf.label or _BY_DATA.get(leaf.data) or number_text(leaf.data)
        if re.fullmatch(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", text):
            return _digits(text)
        if leaf.requires_grad and text in self.spelled:
            return self.symbol(text)
        if text == "deg":
            return _piece(_POWER, r"1^{\circ}", starts="digit")
        negative, text = text.startswith("-"), text.lstrip("-")
        known = _CONSTANTS.get(text) or spell(text)
        if known in self.spelled.values():  # a variable has that letter
            known = _verbatim(text)
        return replace(_symbol(known), negative=negative)

    def _needs(self, node: Value, script: bool) -> list[tuple[Value, bool]]:
        """The arguments, and whether each is wanted as a script."""
        name, args = node.rule.function.name, node.args
        found = [(arg, script) for arg in args]
        if name in ("pow", "exp") or (name == "log" and len(args) == 2):
            found.append((args[-1], True))
        elif name in ("polygamma", "spherical_jn"):
            found.append((args[0], True))
        return found

    def _make(self, node: Value, script: bool) -> Piece:
        """A node's piece, of those of its arguments."""
        name = node.rule.function.name
        args = [self._get(arg, script) for arg in node.args]
        first, last = args[0], args[-1]
        if name in ("add", "sub"):
            return _sum(first, last, name == "sub")
        if name == "mul":
            return self._times(node, first, last)
        if name == "div":
            return _quotient(first, last, script)
        if name == "neg":
            return _negative(first)
        if name == "pow":
            exponent = self._get(node.args[1], True)
            is_euler = node.args[0].label == "e" and not node.args[0].requires_grad
            return self._exponential(exponent, last) if is_euler else _power(first, exponent)
        if name == "exp":
            return self._exponential(self._get(node.args[0], True), first)
        if name in _COMPARED:
            if name in _WAYS:
                self._last[node] = node.args[1], _WAYS[name]
            return _compared(first, _COMPARED[name], last)
        if name == "and":
            return self._both(node, first, last, script)
        if name == "or":
            return _piece(_OR, _truth(first, _OR), r" \lor ", _truth(last, _AND))
        if name == "not":
            inner = _truth(first, _OR)
            return _piece(_NOT, r"\lnot ", _piece(_ATOM, *_closed(inner, "(", ")")))
        if name == "where":
            return _cases(*args)
        return self._function(node, args, script)

    def _function(self, node: Value, args: list[Piece], script: bool) -> Piece:
        name, first = node.rule.function.name, args[0]
        if name in _AROUND:
            inside = _number(first, _CASES)
            tall = (r"\left", r"\right") if inside.tall else ("", "")
            left, right = rf"{tall[0]}\l{_AROUND[name]} ", rf" {tall[1]}\r{_AROUND[name]}"
            return _piece(_ATOM, left, *_whole(inside), right, kind="around")
        if name in ("sqrt", "cbrt"):
            head = r"\sqrt{" if name == "sqrt" else r"\sqrt[3]{"
            return _piece(_POWER, head, *_whole(_number(first, _CASES)), "}", tall=max(1, first.tall))
        if name == "mod":
            return _piece(_MOD, *_whole(_number(first, _PRODUCT)), r" \bmod ", *_whole(_number(args[1], _PRODUCT)))
        if name == "gamma":
            (arg,) = node.args
            if arg not in self._names and arg.rule.function.name == "add" and all(map(self._is_leaf, arg.args)):
                before, one = (self._get(part, script) for part in arg.args)
                if _is_one(one) and not before.negative and before.level == _ATOM:
                    return _piece(_POWER, before, "!", starts=before.starts)
        if name == "log" and len(args) == 2:
            base = _number(self._get(node.args[1], True), _CASES)
            return _call(_piece(_ATOM, r"\log_{", *_whole(base), "}"), args[:1], "call")
        if name in ("polygamma", "spherical_jn"):
            order = _whole(_number(self._get(node.args[0], True), _CASES))
            if name == "polygamma":
                return _call(_piece(_ATOM, r"\psi^{(", *order, ")}"), args[1:], level=_POWER)
            return _call(_piece(_ATOM, "j_{", *order, "}"), args[1:])
        if name in _LETTERS:
            return _call(_LETTERS[name], args)
        spelled = rf"\{name}" if name in _KNOWN else _SPELLED.get(name, name)
        head_text = spelled if spelled[0] == "\\" else rf"\operatorname{{{spelled}}}"
        return _call(head_text, args, "call" if len(args) == 1 else "")

    def _times(self, node: Value, left: Piece, right: Piece) -> Piece:
        degrees = node.args[1]
        if degrees.label != "deg" or degrees.requires_grad:
            return _product(left, right)
        minus, left = _factor(left)
        shown = _number(left, _ATOM)
        return _piece(_POWER, shown, r"^{\circ}", starts=shown.starts, negative=minus)

    def _exponential(self, exponent: Piece, argument: Piece) -> Piece:
        """As a power of e, but for an exponent that would stand too high."""
        if self._euler and exponent.tall < 2 and exponent.raised < 2 and exponent.width <= _EXPONENT:
            return _power(_symbol("e"), exponent)
        return _call(r"\exp", [argument], level=_POWER)

    def _both(self, node: Value, left: Piece, right: Piece, script: bool) -> Piece:
        """Two conditions; a < b and b < c as a < b < c."""
        one, two = (self._same(arg) for arg in node.args)
        ends, name = self._last.get(one), two.rule.function.name
        if ends and name in _WAYS and ends == (two.args[0], _WAYS[name]) and not {one, two} & self._names.keys():
            self._last[node] = two.args[1], _WAYS[name]
            more = _whole(_number(self._get(two.args[1], script), _MOD))
            return _piece(_COMPARE, left, f" {_COMPARED[name]} ", *more)
        return _piece(_AND, _truth(left, _AND), r" \land ", _truth(right, _NOT))


def _variables(roots: Iterable[Value]) -> list[str]:
    """The names of the variables below some nodes."""
    return [node.label for node in reachable(roots) if node.requires_grad and not node.args and node.label]


# --- what is shown -----------------------------------------------------------------------------------------------


def to_latex(root: Value, names: Mapping[Value, str] | None = None) -> str:
    """The expression below `root`; nodes that have one of the `names` are written as that."""
    return _text(Writer([root], names).shown(root))


def inline(expression: Expression) -> str:
    """What `_repr_latex_` gives a notebook; of a program a line a step."""
    writer, lines = _program(expression.root, [], expression.steps, [expression.name] if expression.name else [])
    if not lines and not expression.name:
        return rf"$\displaystyle {writer.text(expression.root)}$"
    result = writer.shown(expression.root)
    rows = [_text(left, " &= ", _number(right, _CASES)) for left, right in lines]
    named = (writer.symbol(expression.name), " &= ") if expression.name else ("& ",)
    listed = r" \\ ".join([*rows, _text(*named, _number(result, _CASES))])
    return rf"$\displaystyle \begin{{aligned}} {listed} \end{{aligned}}$"


def derivatives(
    root: Value,
    found: Mapping[tuple[str, ...], Value],
    *,
    steps: Mapping[str, Value] | None = None,
    name: str = "",
    width: float = _LINE,
) -> str:
    """Derivatives of `root`, one an equation of an `align*`, each broken at its terms where it is too wide.

    `found` has the formula by the names it is differentiated by: ("x",), ("x", "x", "x"), ("x", "y"). The named `steps`
    of a program stand before them. A long expression, and one that is a fraction, is given a `name` first.
    """
    steps = steps or {}
    by = dict.fromkeys(one for names in found for one in names)
    variables = dict.fromkeys([*_variables([root]), *by])
    given, name = name, name or next(one for one in (*"fghFGHuvw", "result") if one not in {*variables, *steps})
    writer, lines = _program(root, list(found.values()), steps, [name, *by])
    subject = writer.shown(root)
    named = root in steps.values()
    if not named and (given or not found or len(lines) > len(steps) or subject.broken or subject.width > _LONG):
        named = True
        lines.append((writer.symbol(name), subject))
        subject = writer.symbol(name)
    for names, formula in found.items():
        lines.append((_operator(writer, names, subject, named, len(variables) > 1), writer.write(formula)))
    rows = [row for left, right in lines for row in _broken(left, _number(right, _CASES), width)]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _program(
    root: Value, others: list[Value], steps: Mapping[str, Value], also: Iterable[str]
) -> tuple[Writer, list[tuple[Piece, Piece]]]:
    """What writes some graphs, and the lines before them: the named steps, and what long formulas have in common."""
    named = {node: one for one, node in steps.items()}
    roots = [root, *others, *named]
    writer = Writer(roots, named, also)
    if max([writer.write(one).width for one in roots]) > _LENGTHY:
        writer = Writer(roots, named, also)
        return writer, _shared(writer, [root, *others], named)
    return writer, [(writer.symbol(one), writer.write(node)) for node, one in named.items()]


def _shared(writer: Writer, roots: list[Value], named: dict[Value, str]) -> list[tuple[Piece, Piece]]:
    """Names for what is used more than once and is long, each with what it stands for."""
    order = toposort([*named, *roots])
    used = Counter([*named, *roots, *[arg for node in order for arg in node.args]])
    first = {name[:1] for name in writer.spelled}
    numbers = count(1)
    letter = next(one for one in "uvwsqprabcdeghijklmnotxyzU" if one not in first or one == "U")
    lines = []
    known: dict[str, str] = {}  # the name of what is written so
    for node in order:
        name = named.get(node, "")
        if name or (used[node] > 1 and node.args and node not in roots):
            piece = writer.write(node)
            text = _text(piece)
            if name or (piece.width > _SHORT and text not in known):
                known[text] = name = name or f"{letter}_{next(numbers)}"
                lines.append((writer.name(node, name), piece))
            elif text in known:
                writer.name(node, known[text])
    return lines


def _operator(writer: Writer, by: Sequence[str], subject: Piece, named: bool, partial: bool) -> Piece:
    r"""The left side: \frac{d}{dx} before an expression, or with its name above the line."""
    d = r"\partial" if partial else "d"
    order = f"^{{{len(by)}}}" if len(by) > 1 else ""
    below = []
    for one in dict.fromkeys(by):
        times = f"^{{{by.count(one)}}}" if by.count(one) > 1 else ""
        below.append(f"{d}{' ' * partial}{writer.spelled[one]}{times}")
    above = (d, order, " " if partial or order else "", *_whole(subject)) if named else (d, order)
    wide = 0.6 * max(2 + named, 2 * len(below))
    made = _piece(_ATOM, r"\frac{", *above, "}{", r" \, ".join(below), "}", tall=2, width=wide)
    if named:
        return made
    if subject.kind == "product" and subject.starts == "open" and not subject.negative:
        return _piece(_PRODUCT, made, *_closed(subject, "[", "]"))
    subject = _number(subject, _PRODUCT)
    begins = re.match(r"\w|\\(\w+)", _text(subject))
    tight = begins and (begins[1] is None or begins[1] in _COMMANDS | {"mathrm", "text"})
    return _piece(_PRODUCT, made, r" \, " if tight else " ", subject)


def _broken(left: Piece, right: Piece, width: float) -> list[str]:
    """An equation as rows of an align environment."""
    room = width - left.width - 2
    if right.width <= room:
        return [_text(left, " &= ", right)]
    rows: list[list[str | Piece]] = [[left, " &= "]]
    used = widest = 0.0
    for before, opens, part, closes in _split(right, room):
        wide = _width(opens) + part.width + _width(closes) + _width(before)
        if used and used + wide > room:
            rows.append([r"&\quad {}", before if before.strip(" \\,") else r" \cdot "])
            used = 1.0
        elif used:
            rows[-1].append(before)
        rows[-1] += [opens, part, closes]
        used += wide
        widest = max(widest, part.width)
    texts = [_text(*row) for row in rows]
    return texts if widest <= room else [f"% wider than the line\n{texts[0]}", *texts[1:]]


def _split(piece: Piece, room: float) -> list[tuple[str, str, Piece, str]]:
    """A formula as terms between which a line can end: the sign before each, what opens and closes with it.

    A term that is wider than a line is split before its factors, and those before what they hold.
    """
    found: list[tuple[str, str, Piece, str]] = []
    stack = [("", "", piece, "")]
    while stack:
        before, opens, part, closes = stack.pop()
        wide = part.width > room
        if part.kind == "sum":
            left, right = part.parts
            stack.append((" - " if right.negative else " + ", "", replace(right, negative=False), closes))
            stack.append((before, opens, replace(left, negative=part.negative), ""))
        elif part.kind == "product" and wide:
            left, right = part.parts
            stack.append((_between(left, right), "", right, closes))
            stack.append((before, opens, replace(left, negative=part.negative), ""))
        elif part.kind == "fraction" and wide and part.parts[0].width > part.parts[1].width:
            over, under = part.parts
            over, first = _number(over, _PRODUCT), _quotient(_digits("1"), under, False)
            stack.append((_between(first, over), "", over, closes))
            stack.append((before, opens, replace(first, negative=part.negative), ""))
        elif part.kind == "parentheses" and wide:
            size = ("big", "Big", "bigg")[part.tall]
            opens += ("-" if part.negative else "") + rf"\{size}l("
            stack.append((before, opens, part.parts[0], rf"\{size}r){closes}"))
        elif part.kind == "call" and wide and part.parts[1].kind == "parentheses":
            opens += ("-" if part.negative else "") + _text(part.parts[0])
            stack.append((before, opens, part.parts[1], closes))
        else:
            found.append((before, opens, part, closes))
    return found
