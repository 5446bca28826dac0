"""How names and functions are spelled: `theta_1` is a Greek letter with a subscript, `asin` is \\arcsin."""

import re
from collections.abc import Iterable
from functools import cache
from itertools import starmap
from unicodedata import combining, lookup, normalize
from unicodedata import name as character_name

from autodiff_cli.language.signs import GREEK

_HEADS = {  # without a backslash LaTeX lacks it
    **{name: f"\\{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc", "max", "min")},
    **{name: f"\\{name}" for name in ("sinh", "cosh", "tanh", "coth")},
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
COMPARISON_SIGNS = {"lt": "<", "le": r"\le", "gt": ">", "ge": r"\ge", "eq": "=", "ne": r"\ne"}
CONSTANT_SIGNS = {"pi": r"\pi", "e": "e", "tau": r"\tau", "inf": r"\infty", "nan": r"\mathrm{NaN}"}

COMMANDS = (GREEK | {"hbar", "ell", "varsigma", "varpi"}) - {"omicron"}
_GREEK_SIGNS = {"phi": "varphi", "epsilon": "varepsilon", "final sigma": "varsigma", "lamda": "lambda"}
_OTHER_SIGNS = {"ϕ": "phi", "ϵ": "epsilon", "ϑ": "vartheta", "ϱ": "varrho", "ϖ": "varpi", "ℏ": "hbar", "ℓ": "ell"}
_ACCENTS = {
    "\u0300": "grave",
    "\u0301": "acute",
    "\u0302": "hat",
    "\u0303": "tilde",
    "\u0304": "bar",
    "\u0306": "breve",
    "\u0307": "dot",
    "\u0308": "ddot",
    "\u030a": "mathring",
    "\u030c": "check",
}
ACCENTS = {command: mark for mark, command in _ACCENTS.items()}
_TEXT = "ÆØßæøŁłŒœı"  # letters that text has, and mathematics has not
_ESCAPED = {"_": r"\_", " ": r"\ ", "{": r"\{", "}": r"\}", **{sign: f"\\{sign}" for sign in "#$%&"}}
_LOWERED = re.compile("[₀-₉ₐ-ₜᵢ-ᵪⱼ]+")


def head_of(function: str) -> str:
    r"""What stands before a function's arguments.

    >>> print(head_of("sin"), head_of("asinh"), head_of("log2"))
    \sin \operatorname{arsinh} \log_{2}
    """
    head = _HEADS.get(function, function)
    return head if head.startswith("\\") else rf"\operatorname{{{head}}}"


def spell(name: str) -> str:
    r"""A name as mathematics: `theta_1` is a Greek letter with a subscript, `speed` a word in upright letters.

    >>> print(spell("theta_1"), spell("x₁"), spell("x_max"), spell("é"), spell("_a"))
    \theta_{1} x_{1} x_{\mathrm{max}} \acute{e} \mathrm{\_a}
    """
    first, *lower = _LOWERED.sub(lambda low: "_" + normalize("NFKC", low[0]), name).split("_")
    base, digits = re.fullmatch(r"(\D*)(.*)", first).groups()  # type: ignore[union-attr]
    lower = [digits, *lower] if digits else lower
    are_words = all(map(_is_word, (base, *lower)))
    if not are_words or (digits and not digits.isdecimal()):
        return verbatim(name)
    script = ",".join(map(_word, lower))
    return _word(base) + (f"_{{{script}}}" if script else "")


def _is_word(text: str) -> bool:
    return re.fullmatch(r"\w(?:\w|[\u0300-\u036f])*", text) is not None


def spellings(names: Iterable[str]) -> dict[str, str]:
    """How names that stand side by side are written; no two alike."""
    found: dict[str, str] = {}
    taken = set()
    for name in dict.fromkeys(names):
        text = spell(name)
        found[name] = verbatim(name) if text in taken else text
        taken.add(found[name])
    return found


def _word(word: str) -> str:
    """A letter, a number or a Greek letter's name as that; letters side by side upright."""
    if word in COMMANDS:
        return f"\\{word}"
    written = list(starmap(_letter, _letters(word)))
    if len(written) == 1 or word.isdecimal():
        return "".join(written)
    beside = "".join(map(_beside, written)).rstrip()
    return rf"\mathrm{{{beside}}}"


def _letters(word: str) -> list[str]:
    """The letters of a word, each with the marks that are on it."""
    letters: list[str] = []
    for char in normalize("NFD", word):
        if combining(char) and letters:
            letters[-1] += char
        else:
            letters.append(char)
    return letters


def _beside(text: str) -> str:
    """A letter that another may follow: with a space behind a command."""
    return re.sub(r"^\\.*[^\W\d_]$", r"\g<0> ", text)


def _letter(char: str, *marks: str) -> str:
    """A letter with the accents that are on it."""
    text = _plain_letter(char)
    for mark in marks:
        text = rf"\{_ACCENTS[mark]}{{{text}}}" if mark in _ACCENTS else text + _code(mark)
    return text


def _plain_letter(char: str) -> str:
    """A letter without accents."""
    plain, greek = normalize("NFKC", char), _greek(char)
    if greek in COMMANDS:
        return f"\\{greek}"
    if re.fullmatch("[A-Za-z0-9]", plain):
        return plain
    return rf"\text{{{char}}}" if char in _TEXT else _code(char)


def _greek(char: str) -> str:
    """The name of a Greek letter, as LaTeX has it."""
    kind, _, name = character_name(char, "").lower().partition(" letter ")
    if kind == "greek small":
        return _GREEK_SIGNS.get(name, name)
    if kind == "greek capital":
        return name.capitalize().replace("Lamda", "Lambda")
    return _OTHER_SIGNS.get(char, "")


@cache
def character(command: str) -> str:
    r"""The letter that a command stands for; empty where it is no letter's.

    >>> [character(command) for command in ("theta", "varphi", "phi", "Gamma", "hbar", "sin")]
    ['θ', 'φ', 'ϕ', 'Γ', 'ℏ', '']
    """
    others = {sign: char for char, sign in _OTHER_SIGNS.items()}
    if command in others:
        return others[command]
    names = {sign: name for name, sign in _GREEK_SIGNS.items()}
    name = names.get(command, command)
    size = "capital" if name[:1].isupper() else "small"
    try:
        return lookup(f"greek {size} letter {name.replace('ambda', 'amda')}")
    except KeyError:
        return ""


def _code(char: str) -> str:
    return rf"\text{{U+{ord(char):04X}}}"


def verbatim(name: str) -> str:
    """A name letter by letter."""
    plain = re.sub("[^A-Za-z0-9]", _escaped, name)
    return rf"\mathrm{{{plain}}}"


def _escaped(sign: re.Match[str]) -> str:
    return _ESCAPED.get(sign[0]) or _code(sign[0])
