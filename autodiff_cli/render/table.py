"""A report for people: a Rich table that fits the terminal."""

from math import isfinite, log10

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autodiff_cli.engine.printer import name_of, number_text
from autodiff_cli.reports.results import Proof, Proven, Report, Row, Verdict

STYLES: dict[str, str] = {  # by verdict
    Verdict.OK: "green",
    Verdict.MISMATCH: "bold red",
    Verdict.KINK: "yellow",
    Verdict.SINGULAR: "magenta",
    Verdict.UNSURE: "yellow",
}
_WIDE = ("variable", "value", "gradient", "finite difference", "difference")
_SHORT = ("name", "value", "gradient", "estimate", "diff")
# What to try, widest first, until it fits: headers, significant digits, whether with the difference
_LAYOUTS = (
    (_WIDE, 10, True),
    (_SHORT, 10, True),
    (_SHORT, 8, True),
    (_SHORT, 6, True),
    (_SHORT, 6, False),
    (_SHORT, 4, False),
)
_REASON = 20  # columns at least for why a number is not proven
_HEADLINE = 4  # lines of the expression that are shown


def number(data: float, digits: int) -> str:
    """A number to so many significant digits, without trailing zeros; at 17 as many as tell it from its neighbours."""
    if digits >= 17:
        return number_text(data)
    mantissa, e, exponent = f"{data:.{digits}g}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}" if e else mantissa


def grid() -> Table:
    """An empty table, as all of ours look."""
    return Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")


def aligned(texts: list[str]) -> list[str]:
    """The numbers of a column with their decimal points in one line."""
    before = [len(text.partition("e")[0].partition(".")[0]) for text in texts]
    most = max(before)
    shifted = [" " * (most - at) + text for text, at in zip(texts, before, strict=True)]
    width = max(map(len, shifted))
    return [text.ljust(width) for text in shifted]


def _estimate(row: Row, digits: int) -> str:
    """The estimate to the digits its bound leaves standing; at a kink the slope on each side."""
    if row.verdict is Verdict.KINK:
        return f"{number(row.left, 4)} | {number(row.right, 4)}"
    if row.estimate != row.estimate:
        return "-"
    if row.estimate and 0 < row.bound < abs(row.estimate):
        digits = max(2, min(digits, int(log10(abs(row.estimate) / row.bound)) + 1))
    return number(row.estimate, digits)


def _difference(row: Row) -> str:
    difference = abs(row.gradient - row.estimate)
    return number(difference, 2) if row.verdict is not Verdict.KINK and isfinite(difference) else "-"


def headline(expression: str, console: Console) -> Text:
    expression, longest = expression.replace("; ", "\n"), _HEADLINE * console.width
    if len(expression) > longest:
        expression = expression[: longest - 1] + "…"
    return Text(f"{expression} = ")


def _counted(proven: str) -> str:
    """How many digits of a float are right, in words."""
    return f"{proven} digit{'' if proven == '1' else 's'}" if proven.isdecimal() else proven or "unknown"


def _columns(rows: list[Row], digits: int, difference: bool, precision: int | None) -> list[list[str]]:
    columns = [
        [row.name for row in rows],
        aligned([number(row.value, precision or digits) for row in rows]),
        aligned([number(row.gradient, precision or digits) for row in rows]),
        aligned([_estimate(row, precision or digits) for row in rows]),
    ]
    return [*columns, aligned([_difference(row) for row in rows])] if difference else columns


def show(report: Report, console: Console, precision: int | None = None) -> None:
    """Print the expression, its value, and a row a variable. `precision` is in significant digits."""
    value = Text(number(report.value, precision or 12), "bold")
    if report.proven is not None:
        right = "" if report.proven == "exact" else " right"
        value = Text.assemble(value, f" ({_counted(report.proven)}{right})")
    console.print(headline(report.expression, console).append_text(value), soft_wrap=True)
    if report.rows:
        console.print(_table(report.rows, console.width, precision, report.proven is not None))
    if report.second:
        console.print(_table(report.second, console.width, precision, second=True))


def _table(rows: list[Row], room: int, precision: int | None, certified: bool = False, second: bool = False) -> Table:
    """A row each, with as many digits as there is room for; second derivatives have no value column."""
    for layout, digits, difference in _LAYOUTS:
        columns = _columns(rows, digits, difference, precision)
        headers: tuple[str, ...] = layout
        if second:
            headers = ("second", "derivative", *layout[3:])
            columns = [[name_of(tuple(row.name.split(" "))) for row in rows], *columns[2:]]
        widths = [max(len(header), *map(len, texts)) for header, texts in zip(headers, columns, strict=False)]
        if sum(widths) + 2 * len(widths) + len(Verdict.MISMATCH) + (11 if certified else 0) <= room:
            break
    table = grid()
    for index, (header, width) in enumerate(zip(headers, widths, strict=False)):
        table.add_column(header, min_width=min(width, room // 5) if index else None, overflow="fold")
    table.add_column("verdict", no_wrap=True)
    if certified:
        table.add_column("right", no_wrap=True)
    for row, *texts in zip(rows, *columns, strict=True):
        counted = [] if row.proven is None else [Text(_counted(row.proven))]
        table.add_row(*map(Text, texts), Text(row.verdict.value, STYLES[row.verdict]), *counted)
    return table


def show_proof(proof: Proof, console: Console) -> None:
    """Print the expression, its value, and a row a variable, or where that is too wide a few lines a variable.

    No number is ever broken: what is longer than a line runs on, and is copied as one.
    """
    value = Text(_shown(proof.value), "bold")
    console.print(headline(proof.expression, console).append_text(value), soft_wrap=True)
    if not proof.rows:
        return
    names = [row.name for row in proof.rows]
    values = [_shown(row.value) for row in proof.rows]
    gradients = [_shown(row.gradient) for row in proof.rows]
    known = [row.gradient.how or row.gradient.why for row in proof.rows]
    headers, columns = _WIDE[:3], (names, aligned(values), aligned(gradients))
    widths = [max(len(header), *map(len, texts)) for header, texts in zip(headers, columns, strict=True)]
    if sum(widths) + 2 * len(widths) + min(_REASON, max(map(len, known))) > console.width:
        for name, *texts in zip(names, values, gradients, known, strict=True):
            lines = map("  {:8}  {}".format, ("value", "gradient", "proven"), texts)
            console.print(Text("\n").join([Text(name, "bold"), *map(Text, lines)]), soft_wrap=True)
        return
    table = grid()
    for header in headers:
        table.add_column(header, no_wrap=True)
    table.add_column("proven")
    for row, *texts in zip(proof.rows, *columns, known, strict=True):
        *numbers, last = map(Text, texts)
        last.stylize("green" if row.gradient.how else "yellow")
        table.add_row(*numbers, last)
    console.print(table)


def _shown(number: Proven) -> str:
    return number.text or (f"0 ± {number.bound}" if number.bound else "-")
