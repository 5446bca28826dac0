"""Ranges on a command line: `-5:5`, `-pi:pi`, `0:1:1e-3`."""

import re
from collections.abc import Callable, Mapping
from itertools import accumulate, starmap
from math import inf, nextafter
from typing import NamedTuple

from autodiff_cli.commands.point import may_be_uncertain, number, read_each
from autodiff_cli.errors import AutodiffError, all_of


class Range(NamedTuple):
    """From `low` to `high`; in steps of `step`, where one is given."""

    low: float
    high: float
    step: float | None = None


def is_range(text: str) -> bool:
    """Whether a value on the command line is meant to be a range."""
    return ":" in text


def other_range(name: str, text: str) -> AutodiffError | None:
    """What to say of a value that is no number but a range in another notation: `[-1,1]`, `-1..1`; else None."""
    if may_be_uncertain(text) and not text.lstrip().startswith("["):
        return None
    ends = re.fullmatch(r"\s*[\[(]?(.+?)(?:,|;|\.\.+|…|\bto\b)(.+?)[\])]?\s*", text)
    if not ends:
        return None
    try:
        number(name, text)
    except AutodiffError:
        low, high = (end.strip() for end in ends.groups())
        return AutodiffError(f"{text!r} is no range", hint=f"write --{name} {low}:{high}")
    return None


def read_range(name: str, text: str) -> Range:
    """The range `low:high` or `low:high:step` of a variable; each part is a number or a constant expression.

    Raises AutodiffError that points at the part that is wrong.

    >>> read_range("x", "-1:1:1/4")
    Range(low=-1.0, high=1.0, step=0.25)
    """
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(map(str.strip, parts)):
        hint = f"a range has two ends, and may have a step: --{name} -5:5"
        raise AutodiffError(f"{name} = {text} is no range", hint=hint)
    starts = [*accumulate([len(part) + 1 for part in parts], initial=0)]
    low, high, *steps = [_part(name, text, part, start) for part, start in zip(parts, starts, strict=False)]
    check_ends(name, text, low, high)
    if steps and not steps[0] > 0:
        span = (starts[2], len(text))
        raise AutodiffError(f"the step of {name} = {text} is not above 0", source=text, span=span)
    return Range(low, high, *steps)


def spans_and_numbers(
    texts: Mapping[str, str], read_number: Callable[[str, str], float], stepless: str
) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    """The values that are ranges, and the others. Raises AutodiffError with all that is wrong.

    `stepless` is what is said of a range that has steps.
    """
    ranged = {name: text for name, text in texts.items() if is_range(text)}
    spans, errors = read_each(lambda name, text: _ends(name, text, stepless), ranged)
    errors += filter(None, starmap(other_range, texts.items()))
    numbers, wrong = read_each(read_number, {name: text for name, text in texts.items() if name not in ranged})
    if errors + wrong:
        raise all_of(errors + wrong)
    return spans, numbers


def _ends(name: str, text: str, stepless: str) -> tuple[float, float]:
    """The ends of a range; those of one such as -pi:pi are rounded outwards."""
    low, high, step = read_range(name, text)
    first, last = text.split(":")[:2]
    if step is not None:
        ends = text.rpartition(":")[0]
        hint = f"the range alone: --{name} {ends}"
        raise AutodiffError(stepless, source=text, span=(len(ends), len(text)), hint=hint)
    is_letter = [any(map(str.isalpha, end.replace("e", "").replace("E", ""))) for end in (first, last)]
    return nextafter(low, -inf) if is_letter[0] else low, nextafter(high, inf) if is_letter[1] else high


def as_typed(text: str, at: float) -> str | float:
    """A decimal as it is typed; of another constant expression its float."""
    typed = text.strip()
    is_decimal = bool(typed) and set(typed) <= set("0123456789.+-eE") and any(map(str.isdigit, typed[:2]))
    return typed if is_decimal else at


def check_ends(name: str, text: str, low: float, high: float) -> None:
    """Raise AutodiffError unless the ends of the range in `text` are two, the smaller first, and not too far apart."""
    first, second, *step = text.split(":")
    if low > high:
        step = [text.strip().removeprefix("-").strip() or text for text in step]
        hint = f"the smaller end comes first: --{name} {':'.join([second, first, *step])}"
        raise AutodiffError(f"the range {name} = {text} is empty", hint=hint)
    if low == high:
        raise AutodiffError(
            f"the range {name} = {text} is a single number", hint=f"--{name} {first} gives {name} that value"
        )
    if not high - low < inf:
        raise AutodiffError(f"{name} = {text} is too wide for floats")


def _part(name: str, text: str, part: str, start: int) -> float:
    """An end or a step, with the place of what is wrong as one in the whole range."""
    typed = part.strip()
    start += part.index(typed)
    try:
        return number(name, typed)
    except AutodiffError as error:
        begin, end = error.span if error.source and error.span else (0, len(typed))
        raise error.changed(source=text, span=(start + begin, start + end)) from None
