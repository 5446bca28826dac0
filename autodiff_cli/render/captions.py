"""What stands beside a plot in words, on a terminal and in a picture: names, the headline, the point of interest."""

from autodiff_cli.reports.plot import Field, Line, Spot, place_text, short
from autodiff_cli.reports.results import Row, Verdict


def names(plot: Line) -> tuple[str, str]:
    """What the function and its derivative are called: f(x) and f'(x), or by its name in the program y and dy/dx."""
    (variable,) = plot.spans
    if plot.name:
        return plot.name, f"d{plot.name}/d{variable}"
    return f"f({variable})", f"f'({variable})"


def headline(plot: Line | Field) -> str:
    """The function, and what is fixed: "f(x) = a * x,  a = 2"."""
    given = {*plot.spans, *plot.fixed}
    statements = plot.expression.split("; ")
    own = [one for one in statements if one.partition(" = ")[0] not in given]
    text = "; ".join(own)
    if not plot.name and ";" not in text:
        text = f"f({', '.join(plot.spans)}) = {text}"
    fixed = [place_text(plot.fixed)] * bool(plot.fixed)
    return ",  ".join([text, *fixed])


def said(plot: Line | Field, spot: Spot) -> str:
    """The point of interest, the value there and the slopes: "x = 2: f(x) = 4, f'(x) = 4"."""
    slopes = [_slope(row) for row in spot.rows]
    where = place_text(spot.at)
    if isinstance(plot, Field):
        return f"{where}: value {short(spot.value)}, gradient ({', '.join(slopes)})"
    name, slope = names(plot)
    return f"{where}: {name} = {short(spot.value)}, {slope} = {slopes[0]}"


def _slope(row: Row) -> str:
    """A slope; at a kink the slopes on both sides."""
    if row.verdict is Verdict.KINK:
        return f"{short(row.left)} | {short(row.right)}"
    return short(row.gradient) + f" ({row.verdict})" * (row.verdict in (Verdict.UNSURE, Verdict.JUMP))


def slope_at(spot: Spot) -> float | None:
    """The slope of the tangent, if there is one that can be trusted."""
    (row,) = spot.rows
    return row.gradient if row.verdict is Verdict.OK else None
