"""The option `--corr`: how uncertain values correlate, by pairs `a,b=0.9` or as a file with the matrix."""

import re
from collections.abc import Collection

from autodiff_cli.commands.given import read_text
from autodiff_cli.commands.point import number
from autodiff_cli.errors import AutodiffError, unknown_name
from autodiff_cli.reports.correlations import Pair

_ROUNDING = 1e-9  # by how much the two halves of a matrix may differ
_LAYOUT = "the first line has the names, and each one after it the numbers of one of them"


def correlations(
    typed: Collection[str], measured: Collection[str], known: Collection[str], hint: str = ""
) -> dict[Pair, float]:
    """The correlations of measured names among those that are known; the `hint` says how to make a name uncertain.

    Raises AutodiffError for what is no correlation, and where a name has no uncertainty.
    """
    found: dict[Pair, float] = {}
    for text in typed:
        pairs = _pair(text) if "=" in text else _matrix(text, known)
        for pair, correlation in pairs.items():
            _check_names(text, pair, correlation, measured, known, hint)
            _check_earlier(found, pair, correlation)
            found[pair] = correlation
    return found


def _check_names(
    text: str, pair: Pair, correlation: float, measured: Collection[str], known: Collection[str], hint: str
) -> None:
    """Raise AutodiffError unless these are two names, and uncertain."""
    for name in pair:
        if name not in known:
            raise unknown_name(name, [*measured], "to correlate", "no value has an uncertainty")
        if name not in measured and correlation:
            raise AutodiffError(f"--corr {text}: {name} has no uncertainty", hint=hint or f"as in {name}=0.75±0.001")
    if pair[0] == pair[1] and correlation != 1:
        raise AutodiffError(f"--corr {text}: the correlation of {pair[0]} with itself is 1")


def _check_earlier(found: dict[Pair, float], pair: Pair, correlation: float) -> None:
    """Raise AutodiffError where two names have another correlation already."""
    a, b = pair
    earlier = found.get((b, a), found.get(pair, correlation))
    if earlier != correlation:
        raise _two_of(a, b, earlier, correlation)


def _two_of(a: str, b: str, one: float, other: float) -> AutodiffError:
    return AutodiffError(f"two correlations of {a} and {b}: {one:g} and {other:g}", hint="give it one")


def _pair(text: str) -> dict[Pair, float]:
    """The correlation in `a,b=0.9`."""
    left = text.rpartition("=")[0]
    names = [*map(str.strip, left.split(","))]
    if len(names) != 2 or not all(names):
        raise AutodiffError("--corr takes two names", source=text, span=(0, len(left)), hint="as in --corr a,b=0.9")
    return {(names[0], names[1]): _correlation(text, len(left) + 1, len(text))}


def _correlation(text: str, start: int, end: int) -> float:
    """The number in a part of a text. Raises AutodiffError that points at it where it is not from -1 to 1."""
    part = text[start:end]
    if not part.strip():
        raise AutodiffError(f"--corr {text} lacks its number", hint="as in --corr a,b=0.9")
    try:
        found = number("the correlation", part)
    except AutodiffError as error:
        raise error.changed(source=text, span=(start, end)) from None
    if not -1 <= found <= 1:
        raise AutodiffError(f"{part} is no correlation", source=text, span=(start, end), hint="it is from -1 to 1")
    return found


# --- a matrix in a file ----------------------------------------------------------------------------------------------


def _matrix(path: str, known: Collection[str]) -> dict[Pair, float]:
    """The correlations in a file: a line of names, then a line of numbers for each, with or without its name.

    Names that the expression does not have are read over.
    """
    lines = [re.split(r"\s*[,;\t]\s*|\s+", line.strip()) for line in read_text(path).splitlines() if line.strip()]
    names = [*filter(None, lines[0])] if lines else []
    if len(lines) != len(names) + 1 or not names:
        found = f"{len(names)} names and {max(len(lines) - 1, 0)} lines of numbers"
        raise AutodiffError(f"{path} has {found}", hint=_LAYOUT)
    rows = [_row(path, name, len(names), cells) for name, cells in zip(names, lines[1:], strict=True)]
    _check_matrix(path, names, rows)
    wanted = [name for name in names if name in known]
    return {(a, b): rows[names.index(a)][names.index(b)] for i, a in enumerate(wanted) for b in wanted[:i]}


def _row(path: str, name: str, count: int, cells: list[str]) -> list[float]:
    """The numbers of one name."""
    if cells[0] == name:
        cells = cells[1:]
    if len(cells) != count:
        raise AutodiffError(f"{path}: {name} has {len(cells)} correlations for {count} names", hint=_LAYOUT)
    found, start, line = [], 0, " ".join(cells)
    for cell in cells:
        found.append(_correlation(line, start, start + len(cell)))
        start += len(cell) + 1
    return found


def _check_matrix(path: str, names: list[str], rows: list[list[float]]) -> None:
    """Raise AutodiffError for a matrix that is not its own mirror image, or has another diagonal than 1."""
    for i, name in enumerate(names):
        if abs(rows[i][i] - 1) > _ROUNDING:
            hint = "a covariance is the correlation times both uncertainties: divide it by them"
            raise AutodiffError(f"{path}: the correlation of {name} with itself is not 1", hint=hint)
        for j, other in enumerate(names[:i]):
            if abs(rows[i][j] - rows[j][i]) > _ROUNDING:
                raise _two_of(other, name, rows[j][i], rows[i][j])
