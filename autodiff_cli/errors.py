"""The one error family: what went wrong, where in the source, and what to do about it, as data.

An error does not know who reads it, nor what a shell is told of it. What helps may be an option; the command line words
it as `--x VALUE`, Python as `x=VALUE`.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Option(NamedTuple):
    """Something that is given by name: an option, or the value of a variable."""

    name: str
    value: str = ""  # empty for a switch
    bare: bool = False  # whether NAME=VALUE on the command line is as good


class Advice(NamedTuple):
    """What to do; {0}, {1} ... in the text stand for the options.

    >>> Advice("give it one: {0}", (Option("y", "VALUE"),)).worded(in_python)
    'give it one: y=VALUE'
    """

    text: str
    options: tuple[Option, ...] = ()

    def worded(self, spell: Callable[[Option], str]) -> str:
        """The text with every option as `spell` writes it."""
        return self.text.format(*map(spell, self.options)) if self.options else self.text


def advice(text: str, *options: Option) -> Advice:
    """What to do, in terms of some options."""
    return Advice(text, options)


def in_python(option: Option) -> str:
    """An option as a keyword argument."""
    return f"{option.name}={option.value or True}"


def in_shell(option: Option) -> str:
    """An option as it is typed on a command line."""
    dashed = f"--{option.name} {option.value}".rstrip()
    return f"{dashed} or {option.name}={option.value}" if option.bare else dashed


class AutodiffError(Exception):
    """An error to show to a person: the input cannot be used.

    `span` is the place in `source` as (start, end) offsets; `advice` says what to do about it, and `hint` is its text
    for Python; `also` is what else is wrong. It never changes once it is made; `changed` makes another.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str = "",
        span: tuple[int, int] | None = None,
        hint: str | Advice = "",
        also: Sequence["AutodiffError"] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.span = span
        self.advice = Advice(hint) if isinstance(hint, str) else hint
        self.also = tuple(also)

    @property
    def hint(self) -> str:
        """What to do, as a user of Python does it."""
        return self.advice.worded(in_python)

    def changed(self, kind: "type[AutodiffError] | None" = None, **changes: Any) -> "AutodiffError":
        """The same error but for some of what it was made of; of another kind, if one is given.

        >>> AutodiffError("no value", source="x + y", span=(4, 5)).changed(message="y has no value").span
        (4, 5)
        """
        made_of = {"source": self.source, "span": self.span, "hint": self.advice, "also": self.also} | changes
        return (kind or type(self))(made_of.pop("message", self.message), **made_of)


class UndefinedError(AutodiffError):
    """The input is well, but there is no finite value or gradient at that point."""


class NotThereError(AutodiffError):
    """What was sought is proven not to be there."""


class StoppedError(AutodiffError):
    """A signal ended the run."""


def all_of(errors: Sequence[AutodiffError]) -> AutodiffError:
    """One error that says what all of them say; it is of the kind of the first."""
    first, *others = errors
    also = list(first.also)
    for error in others:
        also += [error, *error.also]
    return first.changed(also=also)


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """A hint that names what was probably meant, or nothing where nothing known is close.

    >>> did_you_mean("sinn", ["sin", "cos", "sinh"]), did_you_mean("betainc", ["tan", "beta"])
    ("did you mean 'sin' or 'sinh'?", "did you mean 'beta'?")
    """
    quoted = [f"'{one}'" for one in near(name, known)]
    return f"did you mean {' or '.join(quoted)}?" if quoted else ""


def near(name: str, known: Sequence[str]) -> list[str]:
    """The two of the known names that are nearest, by a slip or two of the hand, or by being cut short."""
    from difflib import get_close_matches  # only an error needs it

    return [one for one in get_close_matches(name[:100], known, n=2, cutoff=0.6) if _is_near(name, one)]


def _is_near(a: str, b: str) -> bool:
    """Whether one name is the other with some letters wrong, missing or swapped: not tan for betainc."""
    shorter, longer = sorted((a.lower(), b.lower()), key=len)
    is_beginning = len(shorter) > 2 and longer.startswith(shorter)
    return is_beginning or _slips(shorter, longer) <= 1 + len(shorter) // 4


def _slips(a: str, b: str) -> int:
    """How many letters are to be added, left out, replaced or swapped with the next: 1 from chekc to check."""
    before: list[int] = []
    row: list[int] = [*range(len(b) + 1)]
    for i, letter in enumerate(a):
        above, row = row, [i + 1]
        for j, other in enumerate(b):
            is_swap = i > 0 and j > 0 and letter == b[j - 1] and a[i - 1] == other
            swapped = before[j - 1] + 1 if is_swap else len(a) + len(b)
            row.append(min(above[j + 1] + 1, row[j] + 1, above[j] + int(letter != other), swapped))
        before = above
    return row[-1]


def unknown_name(name: str, known: Sequence[str], what: str, none: str = "there are none") -> AutodiffError:
    """That there is no such name: `what` it would be for, as in "there is no 'q' to differentiate by"."""
    hint = did_you_mean(name, known) if known else none
    listed = ", ".join(known[:20])
    return AutodiffError(f"there is no '{name}' {what}", hint=hint or f"there are {listed}")
