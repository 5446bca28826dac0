"""A result that is not known exactly: its uncertainty by variables, and how the methods agree; or its enclosure."""

from collections.abc import Collection
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from math import isfinite

from rich.console import Console
from rich.text import Text

from autodiff_cli.render.console import printed
from autodiff_cli.render.phrases import without_zeros
from autodiff_cli.render.report import STYLES, Columns, aligned, grid, headline, number, show_second, width
from autodiff_cli.reports.enclosed import Enclosure
from autodiff_cli.reports.results import Report, Row, Verdict
from autodiff_cli.reports.significant import between, percent, sigma_text, to_its_spread, with_sigma
from autodiff_cli.reports.uncertainty import Uncertainty

# What to try, widest first, until it fits: digits, and columns that are left out
_LAYOUTS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (10, ()),
    (8, ()),
    (6, ()),
    (4, ()),
    (4, ("contributes",)),
    (3, ("contributes", "value")),
)
_VERDICT = len(Verdict.MISMATCH)


def draw(report: Report, precision: int | None = None) -> None:
    """Print a report with an uncertainty or an enclosure to standard output."""
    with printed() as console:
        if report.uncertainty:
            _show_uncertainty(report, report.uncertainty, console, precision)
        elif report.enclosure:
            _show_enclosure(report, report.enclosure, console, precision)
        show_second(report, console, precision)


def _show_uncertainty(report: Report, found: Uncertainty, console: Console, precision: int | None) -> None:
    """The value with its uncertainty, a row a variable by its share, and a line with what each method gives."""
    console.print(headline(report.expression, console).append_text(_result(report.value, found)), soft_wrap=True)
    for digits, without in _LAYOUTS:
        columns = _columns(report.rows, found, precision or digits, without)
        if width(columns) + _VERDICT <= console.width:
            break
    _print_table(columns, report.rows, console)
    console.print(_agreement(found), soft_wrap=True)


def in_a_line(name: str, value: float, found: Uncertainty) -> Text:
    """A number with its uncertainty and the shares of what makes it uncertain; a second line where it was sampled."""
    line = Text(f"{name} = ").append_text(_result(value, found))
    shares = [f"{one} {_share(share)}" for one in found.parts if (share := found.share(one))]
    line.append(f", by {', '.join(shares)}" if shares else "")
    return line.append("\n").append_text(_agreement(found)) if found.sampled else line


def _agreement(found: Uncertainty) -> Text:
    """What each method gives, and whether they agree."""
    methods = [f"{name} {with_sigma(*moments, 3)}" for name, moments in found.methods.items()]
    line = Text(", ".join(methods))
    if len(methods) > 1:
        line.append(": ").append(*_verdict(found))
    return line


def _verdict(found: Uncertainty) -> tuple[str, str]:
    """Whether the methods agree, and its style."""
    agreeing = [name for name in found.methods if name not in found.doubtful]
    if not found.doubtful:
        return "they agree", "green"
    if "linear" in agreeing:
        return f"{' and '.join(agreeing)} agree", "green"
    return "they differ", "yellow"


def _result(value: float, found: Uncertainty) -> Text:
    """The value with its uncertainty, and that in percent; where the linear rule is off, with what the samples show."""
    if found.interval:
        low, high = found.interval
        return Text(to_its_spread(value, high - low), "bold").append(f", 68 % in {between(low, high)}", "not bold")
    text = Text(with_sigma(value, found.sigma), "bold")
    if value and found.sigma and isfinite(found.sigma / value):
        text.append(f" ({percent(found.sigma / abs(value))})", "not bold")
    return text


def _columns(rows: list[Row], found: Uncertainty, digits: int, without: Collection[str]) -> Columns:
    """The columns of the table but for some of them."""
    sigmas = [_sigma(found, row.name) for row in rows]
    shares = [found.share(row.name) for row in rows]
    columns = {
        "variable": [row.name for row in rows],
        "value": aligned([number(row.value, digits) for row in rows]),
        "±": aligned(sigmas),
        "gradient": aligned([number(row.gradient, digits) for row in rows]),
        "contributes": aligned([_part(found.contribution(row.name)) for row in rows]),
        "share": _to_the_right([*map(_share, shares)]),
    }
    return {header: texts for header, texts in columns.items() if header not in without}


def _sigma(found: Uncertainty, name: str) -> str:
    """One sigma of a variable; both sides where they differ; nothing of one that is certain."""
    if name in found.parts:
        measured = found.parts[name].measured
        if measured.above != measured.below:
            return f"+{number(measured.above, 4)}/-{number(measured.below, 4)}"
        return number(measured.above, 4)
    return sigma_text(found.steps[name]) if name in found.steps else "-"


def _part(contribution: float | None) -> str:
    return sigma_text(contribution) if contribution else "-"


def _share(share: float | None) -> str:
    if not share:
        return "-"
    if share < 0.0005:
        return "< 0.1 %"
    return f"{100 * share:.1f} %" if share < 0.9995 else f"{100 * share:.0f} %"


def _to_the_right(texts: list[str]) -> list[str]:
    longest = max(map(len, texts), default=0)
    return [text.rjust(longest) for text in texts]


def _print_table(columns: Columns, rows: list[Row], console: Console) -> None:
    table = grid()
    for header in columns:
        table.add_column("sigma" if header == "±" and console.options.ascii_only else header, overflow="fold")
    table.add_column("verdict", no_wrap=True)
    for row, *texts in zip(rows, *columns.values(), strict=True):
        table.add_row(*map(Text, texts), Text(row.verdict.value, STYLES[row.verdict]))
    console.print(table)


def _show_enclosure(report: Report, found: Enclosure, console: Console, precision: int | None) -> None:
    """Where the value lies, and a row a variable with its interval and that of its slopes."""
    line = headline(report.expression, console)
    line.right_crop(3)
    console.print(line.append(" in ").append(_bounds(found.value, precision or 12), "bold"), soft_wrap=True)
    for digits, _ in _LAYOUTS:
        digits = precision or digits
        columns = {
            "variable": [row.name for row in report.rows],
            "lies in": [_where(row, found, digits) for row in report.rows],
            "its slope in": [_slope(row, found, digits) for row in report.rows],
        }
        if width(columns) + _VERDICT <= console.width:
            break
    _print_table(columns, report.rows, console)


def _where(row: Row, found: Enclosure, digits: int) -> str:
    bounds = found.intervals.get(row.name)
    if row.name in found.gradients and bounds:  # as it is given
        return f"[{number(bounds.low, digits)}, {number(bounds.high, digits)}]"
    return _bounds(bounds, digits) if bounds else number(row.value, digits)


def _slope(row: Row, found: Enclosure, digits: int) -> str:
    """Where the slopes by a variable lie; of what is no interval the slope at the middle of the others."""
    bounds = found.gradients.get(row.name)
    return _bounds(bounds, digits) if bounds else "-"


def _bounds(bounds: tuple[float, float], digits: int) -> str:
    """An interval to so many digits, rounded outwards.

    >>> _bounds((0.123456, 2.0), 3)
    '[0.123, 2]'
    """
    low, high = [
        _text(Context(prec=min(digits, 17), rounding=rounding).create_decimal(Decimal(end)))
        for end, rounding in zip(bounds, (ROUND_FLOOR, ROUND_CEILING), strict=True)
    ]
    return f"[{low}, {high}]"


def _text(end: Decimal) -> str:
    if end.is_infinite():
        return "inf" if end > 0 else "-inf"
    return without_zeros(f"{end:f}" if -5 < end.adjusted() < 12 else f"{end:e}") if end else "0"
