"""A report for people: a Rich table that fits the terminal."""

from math import isfinite, log10

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autodiff_cli.report import Report, Row, Verdict

_STYLES = {
    Verdict.OK: "green",
    Verdict.MISMATCH: "bold red",
    Verdict.KINK: "yellow",
    Verdict.SINGULAR: "magenta",
    Verdict.UNSURE: "yellow",
}


def number(data: float, digits: int) -> str:
    """A number to so many significant digits, without trailing zeros."""
    text = f"{data:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + (f"e{int(exponent)}" if e else "")


def _aligned(texts: list[str]) -> list[str]:
    """The numbers of a column with their decimal points in one line."""
    split = [len(text.partition("e")[0].partition(".")[0]) for text in texts]
    left = max(split, default=0)
    shifted = [" " * (left - at) + text for text, at in zip(texts, split, strict=True)]
    width = max(map(len, shifted), default=0)
    return [text.ljust(width) for text in shifted]


def _meaningful(row: Row, digits: int) -> int:
    """How many digits of the estimate its bound leaves standing, at least 2."""
    if not isfinite(row.bound) or not row.bound or not row.estimate:
        return digits
    return max(2, min(digits, int(log10(abs(row.estimate) / row.bound)) + 1 if row.bound < abs(row.estimate) else 2))


def _estimate(row: Row, digits: int) -> str:
    if row.verdict is Verdict.KINK:
        return f"{number(row.left, 4)} | {number(row.right, 4)}"
    return number(row.estimate, _meaningful(row, digits)) if row.estimate == row.estimate else "-"


def _difference(row: Row) -> str:
    difference = abs(row.gradient - row.estimate)
    return number(difference, 2) if row.verdict is not Verdict.KINK and isfinite(difference) else "-"


def show(report: Report, console: Console, precision: int | None = None) -> None:
    """Print the expression, its value, and a row a variable. `precision` is in significant digits."""
    console.print(
        Text.assemble((report.expression, "bold"), " = ", (number(report.value, precision or 12), "bold")),
        soft_wrap=True,
    )
    if not report.rows:
        return
    digits = precision or (10 if console.width >= 76 else 6)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    narrow = console.width < 76
    table.add_column("name" if narrow else "variable", overflow="fold")
    columns = [
        ("value", _aligned([number(row.value, precision or digits) for row in report.rows])),
        ("gradient", _aligned([number(row.gradient, digits) for row in report.rows])),
        ("estimate" if narrow else "finite difference", _aligned([_estimate(row, digits) for row in report.rows])),
        ("diff" if narrow else "difference", _aligned([_difference(row) for row in report.rows])),
    ]
    for header, _ in columns:
        table.add_column(header, overflow="fold", no_wrap=precision is None)
    table.add_column("verdict")
    for index, row in enumerate(report.rows):
        table.add_row(row.name, *(texts[index] for _, texts in columns), Text(row.verdict.value, _STYLES[row.verdict]))
    console.print(table)
