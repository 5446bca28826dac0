"""How names and functions are spelled: `theta_1` is a Greek letter with a subscript, `asin` is \\arcsin."""

import re
from collections.abc import Iterable
from unicodedata import combining, normalize
from unicodedata import name as character_name

from autodiff_cli.language.signs import GREEK

# --- how a function is written -----------------------------------------------------------------------------------

KNOWN = ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "max", "min")  # to LaTeX too
SPELLED = {  # under another; without a backslash LaTeX lacks it
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
LETTERS = {"gamma": r"\Gamma", "digamma": r"\psi"}  # a power comes behind their argument
AROUND = {"abs": "vert", "floor": "floor", "ceil": "ceil"}
FORMULAS = {  # written as what they are
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
COMPARED = {"lt": "<", "le": r"\le", "gt": ">", "ge": r"\ge", "eq": "=", "ne": r"\ne"}
CONSTANT_SIGNS = {"pi": r"\pi", "e": "e", "tau": r"\tau", "inf": r"\infty", "nan": r"\mathrm{NaN}"}

# --- names -------------------------------------------------------------------------------------------------------

COMMANDS = (GREEK | {"hbar", "ell", "varsigma", "varpi"}) - {"omicron"}
_GREEK_SIGNS = {"phi": "varphi", "epsilon": "varepsilon", "final sigma": "varsigma", "lamda": "lambda"}
_OTHER_SIGNS = {"ϕ": "phi", "ϵ": "epsilon", "ϑ": "vartheta", "ϱ": "varrho", "ϖ": "varpi", "ℏ": "hbar", "ℓ": "ell"}
_MARKS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030c"
_ACCENTS = ("grave", "acute", "hat", "tilde", "bar", "breve", "dot", "ddot", "mathring", "check")
_TEXT = "ÆØßæøŁłŒœı"  # letters that text has, and mathematics has not
_ESCAPED = {"_": r"\_", " ": r"\ ", "{": r"\{", "}": r"\}", **{sign: f"\\{sign}" for sign in "#$%&"}}
_LOWERED = re.compile("[₀-₉ₐ-ₜᵢ-ᵪⱼ]+")


def spell(name: str) -> str:
    """A name as mathematics: `theta_1` is a Greek letter with a subscript, `speed` a word in upright letters."""
    first, *lower = _LOWERED.sub(lambda low: "_" + normalize("NFKC", low[0]), name).split("_")
    base, digits = re.fullmatch(r"(\D*)(.*)", first).groups()  # type: ignore[union-attr]
    lower = [digits] * bool(digits) + lower
    if not all(map(_is_word, (base, *lower))) or (digits and not digits.isdecimal()):
        return verbatim(name)
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
            found[name] = text if text not in taken else verbatim(name)
            taken.add(found[name])
    return found


def _word(word: str) -> str:
    if word in COMMANDS:
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
    if greek in COMMANDS:
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


def verbatim(name: str) -> str:
    """A name letter by letter."""
    plain = [c if c.isascii() and c.isalnum() else _ESCAPED.get(c) or _code(c) for c in name]
    return rf"\mathrm{{{''.join(plain)}}}"
