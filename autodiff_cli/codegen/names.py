"""Names made safe, and what generated code says of itself in comments."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from autodiff_cli.codegen.program import Program
from autodiff_cli.engine.printer import name_of

if TYPE_CHECKING:
    from autodiff_cli.codegen.writer import WrittenResult

_HEADLINE = 300  # characters of an expression that a comment shows
_LONGEST = 63  # characters of a name, the most that every language takes
_SPARE = 8  # of them are kept for underscores


def identifiers(names: Iterable[str], reserved: Collection[str], *, one_case: bool = False) -> dict[str, str]:
    """For each name one that any language takes; ASCII, not reserved, and all different.

    Of long names the beginning is kept. Where capital letters are as good as small ones all names are small ones.

    >>> identifiers(["x", "λ", "x₁", "if", "x1"], {"if"})
    {'x': 'x', 'λ': 'lambda', 'x₁': 'x1_', 'if': 'if_', 'x1': 'x1'}
    >>> identifiers(["X", "x", "IF"], {"if"}, one_case=True)
    {'X': 'x_', 'x': 'x', 'IF': 'if_'}
    """
    names = list(names)
    given: dict[str, str] = {}
    taken = {name for name in names if _is_plain(name) and name not in reserved}
    if one_case:
        taken = {name for name in taken if name == name.lower()}
    for name in names:
        given[name] = name
        if name not in taken:
            plain = _as_plain(name)
            given[name] = _free(plain.lower() if one_case else plain, taken, reserved)
            taken.add(given[name])
    return given


def _is_plain(name: str) -> bool:
    return len(name) <= _LONGEST and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None


def _as_plain(name: str) -> str:
    """A name in ASCII, beginning with a letter: `θ_1` as `theta_1`."""
    words = re.findall(r"[A-Za-z0-9]+", "".join(map(_spelled, name)))
    plain = "_".join(words)[: _LONGEST - _SPARE] or "v"
    return plain if plain[0].isalpha() else f"v{plain}"


def _free(name: str, taken: Collection[str], reserved: Collection[str]) -> str:
    """The name, with underscores behind it as far as it is not free."""
    while name in reserved or name in taken:
        name += "_"
    return name


def _spelled(char: str) -> str:
    """A sign in ASCII: Greek letters by name, digits set low or high as digits."""
    plain = unicodedata.normalize("NFKD", char)[0]
    if plain.isascii():
        return plain
    name = unicodedata.name(plain, "").split()
    is_letter = len(name) > 2 and "LETTER" in name
    return name[-1].lower().replace("lamda", "lambda") if is_letter else "_"


def headline(program: Program) -> str:
    """The expression, in one line of a comment."""
    text = " ".join(program.text.split())
    return text if len(text) <= _HEADLINE else text[: _HEADLINE - 3] + "..."


def said_of(several: Sequence["WrittenResult"]) -> str:
    """What the comment says of several results; empty where there is but one."""
    if not several:
        return ""
    by = ", ".join(map(name_of, several[0].slopes))
    rows = f"; gradient has a row for each of these: {by}" if by else ""
    return f"value has {', '.join([one.name for one in several])}{rows}."


def usual(program: Program, names: Mapping[str, str], number: Callable[[float], str]) -> list[str]:
    """What to say of variables whose usual value is no default of the code."""
    return [
        f"{new} is usually {number(program.defaults[old])}" for old, new in names.items() if old in program.defaults
    ]


def renamed(names: Mapping[str, str]) -> list[str]:
    """What to say of variables that have another name in the code."""
    return [f"{new} is the variable {old}" for old, new in names.items() if new != old]
