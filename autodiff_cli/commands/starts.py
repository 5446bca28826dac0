"""Starts and bounds on a command line: `2`, `0:10`, `0:2:10`, `0:`."""

from itertools import product
from math import inf, prod

from autodiff_cli.commands.point import between_commas, number
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.starts import Start

_MOST = 1_000  # starts


def read_starts(name: str, text: str) -> list[Start]:
    """Several starts between commas, or one.

    >>> read_starts("x", "1, 2")
    [Start(value=1.0, low=-inf, high=inf), Start(value=2.0, low=-inf, high=inf)]
    """
    parts = between_commas(text)
    if ":" in text or len(parts) == 1:
        return [read_start(name, text)]
    if not all(parts):
        raise AutodiffError(f"{name} = {text} lacks a start", hint=f"several starts are --{name} 1,2,3")
    return [Start(number(name, part)) for part in parts]


def combined(starts: dict[str, list[Start]]) -> list[dict[str, Start]]:
    """Each start of a variable with each of the others; the last moves fastest. Raises AutodiffError for too many."""
    count = prod(map(len, starts.values()))
    if count > _MOST:
        raise AutodiffError(f"{count:,} starts are too many", hint=f"at most {_MOST:,}")
    return [dict(zip(starts, chosen, strict=True)) for chosen in product(*starts.values())]


def read_start(name: str, text: str) -> Start:
    """A start, bounds, or a start between bounds; an end that is left out is infinite.

    >>> read_start("b", "0:2:10"), read_start("b", "0:")
    (Start(value=2.0, low=0.0, high=10.0), Start(value=1.0, low=0.0, high=inf))
    """
    parts = [part.strip() for part in text.split(":")]
    if len(parts) == 1:
        return Start(number(name, text))
    if len(parts) > 3 or not any(parts):
        hint = f"bounds are --{name} 0:10, with a start --{name} 0:2:10"
        raise AutodiffError(f"{name} = {text} is no range", hint=hint)
    low, high = _end(name, parts[0], -inf), _end(name, parts[-1], inf)
    if not low < high:
        hint = f"the smaller end comes first: --{name} 0:10"
        raise AutodiffError(f"the bounds {name} = {text} leave no room", hint=hint)
    start = number(name, parts[1]) if len(parts) == 3 else _between(low, high)
    if not low <= start <= high:
        raise AutodiffError(f"the start of {name} = {text} is outside of its bounds")
    return Start(start, low, high)


def _end(name: str, text: str, usual: float) -> float:
    return usual if text in ("", "inf", "-inf") else number(name, text)


def _between(low: float, high: float) -> float:
    """The middle of bounds; of one bound a number beside it."""
    if -inf < low and high < inf:
        return low + (high - low) / 2
    return low + max(1.0, abs(low)) if high == inf else high - max(1.0, abs(high))
