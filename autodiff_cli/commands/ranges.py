"""Ranges on a command line: `-5:5`, `-pi:pi`, `0:1:1e-3`."""

import re
from math import inf
from typing import NamedTuple

from autodiff_cli.commands.point import number
from autodiff_cli.errors import AutodiffError


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
    """
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(part.strip() for part in parts):
        raise AutodiffError(
            f"{name} = {text} is no range", hint=f"a range has two ends, and may have a step: --{name} -5:5"
        )
    starts = [sum(len(part) + 1 for part in parts[:index]) for index in range(len(parts))]
    low, high, *steps = [_part(name, text, part, start) for part, start in zip(parts, starts, strict=True)]
    if low > high:
        hint = f"the smaller end comes first: --{name} {':'.join([parts[1], parts[0], *parts[2:]])}"
        raise AutodiffError(f"the range {name} = {text} is empty", hint=hint)
    if low == high:
        hint = f"--{name} {parts[0]} gives {name} that value"
        raise AutodiffError(f"the range {name} = {text} is a single number", hint=hint)
    if not high - low < inf:
        raise AutodiffError(f"{name} = {text} is too wide for floats")
    if steps and not steps[0] > 0:
        span = (starts[2], len(text))
        raise AutodiffError(f"the step of {name} = {text} is not above 0", source=text, span=span)
    return Range(low, high, *steps)


def _part(name: str, text: str, part: str, start: int) -> float:
    """An end or a step, with the place of what is wrong as one in the whole range."""
    start += len(part) - len(part.lstrip())
    try:
        return number(name, part.strip())
    except AutodiffError as error:
        if error.source and error.span is not None:
            error.span = (error.span[0] + start, error.span[1] + start)
        else:
            error.span = (start, start + len(part.strip()))
        error.source = text
        raise
