"""A report for people: a Rich table that fits the terminal."""

from collections.abc import Callable, Iterable
from math import isfinite, log10
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from rich.table import Table
from rich.text import Text

from autodiff_cli.engine.printer import name_of, number_text
from autodiff_cli.render.console import printed
from autodiff_cli.render.phrases import counted, cut, without_zeros
from autodiff_cli.reports.results import Report, Row, Verdict

if TYPE_CHECKING:
    from autodiff_cli.reports.along import Along
    from autodiff_cli.reports.proven import Proof, Proven

STYLES: dict[Verdict, str] = {
    Verdict.OK: "green",
    Verdict.MISMATCH: "bold red",
    Verdict.KINK: "yellow",
    Verdict.JUMP: "yellow",
    Verdict.SINGULAR: "magenta",
    Verdict.UNSURE: "yellow",
}
_FEW_DIGITS = 1e-10  # relative: a number that may be off by more has kept fewer than ten digits
_MANY = 400  # rows beyond which a table is made line by line
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
_RIGHT = 11  # columns for how many digits are right
_REASON = 20  # columns at least for why a number is not proven
_HEADLINE = 4  # lines of the expression that are shown

Columns = dict[str, list[str]]  # texts, by header


def number(data: float, digits: int) -> str:
    """A number to so many significant digits, without trailing zeros; at 17 as many as tell it from its neighbours."""
    if digits >= 17:
        return number_text(data)
    return without_zeros(f"{data:.{digits}g}")


def with_error(data: float, error: float, digits: int) -> str:
    """A number, and how far it may be off where that leaves it fewer than ten digits.

    >>> with_error(0.0, 2.2e-17, 10), with_error(0.123456789, 1.2e-5, 10), with_error(0.5, 1e-17, 10)
    ('0 ± 2e-17', '0.12346 ± 1e-5', '0.5')
    """
    if not error > _FEW_DIGITS * abs(data) or not (isfinite(data) and isfinite(error)):
        return number(data, digits)
    left = int(log10(abs(data) / error)) + 1 if abs(data) > error else 1
    return f"{number(data, min(left, digits))} ± {number(error, 1)}"


def grid() -> Table:
    """An empty table, as all of ours look."""
    return Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")


def aligned(texts: list[str]) -> list[str]:
    """The numbers of a column with their decimal points in one line.

    >>> aligned(["12.5", "-0.25"])
    ['12.5 ', '-0.25']
    """
    points = [len(text.partition("e")[0].partition(".")[0]) for text in texts]
    farthest = max(points, default=0)
    shifted = [" " * (farthest - point) + text for text, point in zip(texts, points, strict=True)]
    longest = max(map(len, shifted), default=0)
    return [text.ljust(longest) for text in shifted]


def headline(expression: str, console: Console) -> Text:
    """The expression and an equals sign; a long one is cut."""
    shown = cut(expression.replace("; ", "\n"), _HEADLINE * console.width)
    return Text(f"{shown} = ")


def widths(columns: Columns) -> dict[str, int]:
    """How wide each column is, its header with it."""
    return {header: max(map(len, [header, *texts])) for header, texts in columns.items()}


def width(columns: Columns) -> int:
    """How wide they are side by side, with two blanks after each."""
    return sum(widths(columns).values()) + 2 * len(columns)


def draw(report: "Report | Proof", precision: int | None = None) -> None:
    """Print a report to standard output."""
    with printed() as console:
        if isinstance(report, Report):
            show(report, console, precision)
        else:
            show_proof(report, console)


# --- floats --------------------------------------------------------------------------------------------------------


def show(report: Report, console: Console, precision: int | None = None) -> None:
    """Print the expression, its value, and a row a variable. `precision` is in significant digits."""
    value = with_error(report.value, report.error, precision or 12)
    line = headline(report.expression, console).append(value, "bold")
    if report.proven is not None:
        right = " right" * (report.proven != "exact")
        line.append(f" ({_counted(report.proven)}{right})")
    console.print(line, soft_wrap=True)
    show_rows(report, console, precision)
    show_second(report, console, precision)
    if report.along:
        for text in _along_lines(report.along, precision or 10):
            console.print(text, soft_wrap=True)


def show_rows(report: Report, console: Console, precision: int | None = None) -> None:
    """Print a row a variable."""
    if report.rows:
        console.print(_table(report.rows, _columns, console.width, precision))


def _along_lines(along: "Along", digits: int) -> list[Text]:
    """The slope in a direction with its estimate and verdict, then the steepest direction."""
    row = along.row
    slopes = Text(f"along {_direction(along.direction)}: slope ")
    if row.verdict is Verdict.KINK:
        slopes.append(f"{number(row.left, digits)} from behind, {number(row.right, digits)} ahead  ")
    else:
        slopes.append(with_error(row.gradient, row.error, digits), "bold")
        slopes.append(f", finite difference {_estimate(row, digits)}  ")
    slopes.append(row.verdict.value, STYLES[row.verdict])
    if why := along.why_no_steepest:
        return [slopes, Text(f"no direction is steepest: {why}")]
    steepest = number(along.greatest, digits)
    return [slopes, Text(f"steepest along {_direction(along.steepest)}: slope ").append(steepest, "bold")]


def _direction(unit: dict[str, float]) -> str:
    """A direction of length 1.

    >>> _direction({"x": 0.6, "y": 0.8})
    '(x 0.6, y 0.8)'
    """
    return f"({', '.join([f'{name} {number(part, 6)}' for name, part in unit.items()])})"


def show_second(report: Report, console: Console, precision: int | None = None) -> None:
    """Print a row a second derivative, if there are any."""
    if report.second:
        console.print(_table(report.second, _second_columns, console.width, precision))


def _table(rows: list[Row], columns_of: Callable[..., Columns], room: int, precision: int | None) -> Table | Segments:
    """A row each, with as many digits as there is room for."""
    is_proven = rows[0].proven is not None
    always = len(Verdict.MISMATCH) + (_RIGHT if is_proven else 0)
    for headers, digits, difference in _LAYOUTS:
        columns = columns_of(rows, headers, precision or digits, difference)
        if width(columns) + always <= room:
            break
    if len(rows) > _MANY and width(columns) + always <= room and not is_proven:
        return _long(columns, [row.verdict for row in rows])
    table = grid()
    first, *others = widths(columns).items()
    table.add_column(first[0], overflow="fold")
    for header, most in others:
        table.add_column(header, min_width=min(most, room // 5), overflow="fold")
    table.add_column("verdict", no_wrap=True)
    if is_proven:
        table.add_column("right", no_wrap=True)
    for row, *texts in zip(rows, *columns.values(), strict=True):
        right = [] if row.proven is None else [Text(_counted(row.proven))]
        table.add_row(*map(Text, texts), Text(row.verdict.value, STYLES[row.verdict]), *right)
    return table


def _long(columns: Columns, verdicts: list[Verdict]) -> Segments:
    """The same table line by line: rich takes a millisecond for each row of a table."""
    bold, end = Style(bold=True), Segment.line()
    most = widths(columns)
    head = "".join([f"{header:{room}}  " for header, room in most.items()]) + "verdict"
    found = [Segment(head, bold), end, Segment("─" * len(head)), end]
    styles = {verdict: Style.parse(style) for verdict, style in STYLES.items()}
    for verdict, *texts in zip(verdicts, *columns.values(), strict=True):
        line = "".join([f"{text:{room}}  " for text, room in zip(texts, most.values(), strict=True)])
        found += [Segment(line), Segment(verdict.value, styles[verdict]), end]
    return Segments(found)


def _columns(rows: list[Row], headers: tuple[str, ...], digits: int, difference: bool) -> Columns:
    """The columns with these headers; the last only where it is wanted."""
    texts = [_texts(row, digits) for row in rows]
    names, *numbers = map(list, zip(*texts, strict=True))
    if not difference:
        numbers.pop()
    return dict(zip(headers, [names, *map(aligned, numbers)], strict=False))


def _texts(row: Row, digits: int) -> tuple[str, ...]:
    value, gradient = number(row.value, digits), with_error(row.gradient, row.error, digits)
    return row.name, value, gradient, _estimate(row, digits), _difference(row)


def _second_columns(rows: list[Row], headers: tuple[str, ...], digits: int, difference: bool) -> Columns:
    """The same of second derivatives: they have no value column."""
    _, _, gradients, *others = _columns(rows, headers, digits, difference).items()
    names = [name_of(row.name.split(" ")) for row in rows]
    return {"second": names, "derivative": gradients[1], **dict(others)}


def _estimate(row: Row, digits: int) -> str:
    """The estimate to the digits its bound leaves standing; at a kink the slope on each side."""
    if row.verdict is Verdict.KINK:
        return f"{number(row.left, 4)} | {number(row.right, 4)}"
    if row.estimate != row.estimate:
        return "-"
    if 0 < row.bound < abs(row.estimate):
        digits = max(2, min(digits, int(log10(abs(row.estimate) / row.bound)) + 1))
    return number(row.estimate, digits)


def _difference(row: Row) -> str:
    """How far gradient and estimate are apart, where that says something."""
    difference = abs(row.gradient - row.estimate)
    is_known = row.verdict is not Verdict.KINK and isfinite(difference)
    return number(difference, 2) if is_known else "-"


def _counted(proven: str) -> str:
    """How many digits of a float are right, in words."""
    if proven.isdecimal():
        return counted(int(proven), "digit")
    return proven or "unknown"


# --- proven digits -------------------------------------------------------------------------------------------------


def show_proof(proof: "Proof", console: Console) -> None:
    """Print the expression, its value, and a row a variable, or where that is too wide a few lines a variable.

    No number is ever broken: what is longer than a line runs on, and is copied as one.
    """
    value = Text(_shown(proof.value), "bold")
    console.print(headline(proof.expression, console).append_text(value), soft_wrap=True)
    if not proof.rows:
        return
    known = [row.gradient.how or row.gradient.why for row in proof.rows]
    numbers = {
        "variable": [row.name for row in proof.rows],
        "value": aligned([_shown(row.value) for row in proof.rows]),
        "gradient": aligned([_shown(row.gradient) for row in proof.rows]),
    }
    if width(numbers) + min(_REASON, max(map(len, known))) <= console.width:
        console.print(_proof_table(proof, numbers, known))
        return
    for row, why in zip(proof.rows, known, strict=True):
        texts = (_shown(row.value), _shown(row.gradient), why)
        lines = map("  {:8}  {}".format, ("value", "gradient", "proven"), texts)
        console.print(block(row.name, lines), soft_wrap=True)


def _proof_table(proof: "Proof", numbers: Columns, known: list[str]) -> Table:
    table = grid()
    for header in numbers:
        table.add_column(header, no_wrap=True)
    table.add_column("proven")
    for row, why, *texts in zip(proof.rows, known, *numbers.values(), strict=True):
        reason = Text(why)
        reason.stylize("green" if row.gradient.how else "yellow")
        table.add_row(*map(Text, texts), reason)
    return table


def block(title: str, lines: Iterable[str]) -> Text:
    """A title and the lines below it, for what is too wide for a table."""
    return Text("\n").join([Text(title, "bold"), *map(Text, lines)])


def _shown(number: "Proven") -> str:
    """The digits; of a number that is 0 or nearly so, how near."""
    if number.text:
        return number.text
    return f"0 ± {number.bound}" if number.bound else "-"
