"""A plot as a file, drawn by matplotlib: the same bytes for the same plot."""

import warnings
from bisect import bisect_left
from io import BytesIO
from math import hypot, nan
from typing import Any

from autodiff_cli.errors import AutodiffError
from autodiff_cli.render.captions import headline, names, said, slope_at
from autodiff_cli.reports.plot import Field, Line

INSTALL = "pip install 'autodiff-cli[plot]'"
_METADATA: dict[str, dict[str, None]] = {  # by ending; what would say when it was drawn, and by which version
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
_BACKENDS = {"svg": "svg", "pdf": "pdf", "png": "agg"}
_LIGHT = {"ground": "white", "ink": "#24292f", "faint": "#d0d7de", "curve": "#0969da", "slope": "#8250df"}
_DARK = {"ground": "#0d1117", "ink": "#c9d1d9", "faint": "#30363d", "curve": "#58a6ff", "slope": "#bc8cff"}
_ACCENTS = {False: ("#1a7f37", "#cf222e"), True: ("#3fb950", "#ff7b72")}  # the tangent, the point of interest
_LONGEST = 90  # characters of a title


def require() -> None:
    """Raise AutodiffError where matplotlib is missing."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise AutodiffError("a picture needs matplotlib, which is not installed", hint=INSTALL)


def to_bytes(plot: Line | Field, format: str, dark: bool = False) -> bytes:
    """The picture as a file of that format: svg, png or pdf."""
    import matplotlib
    from matplotlib.figure import Figure

    look = _DARK if dark else _LIGHT
    settings: dict[str, Any] = {
        "svg.hashsalt": "autodiff",
        "figure.facecolor": look["ground"],
        "axes.facecolor": look["ground"],
        "axes.edgecolor": look["faint"],
        "axes.labelcolor": look["ink"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "grid.color": look["faint"],
        "grid.linewidth": 0.5,
        "text.color": look["ink"],
        "xtick.color": look["ink"],
        "ytick.color": look["ink"],
        "legend.frameon": False,
        "legend.fontsize": 8.5,
        "contour.negative_linestyle": "solid",
        "font.size": 9.5,
        "lines.solid_capstyle": "round",
    }
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ticks at the end of the floats
        matplotlib.rcdefaults()  # a user's own settings would change what is drawn
        parameters: Any = matplotlib.rcParams
        parameters.update(settings)
        figure = Figure(figsize=(7, 5.4), layout="constrained")
        if isinstance(plot, Line):
            _curves(figure, plot, look, dark)
        else:
            _area(figure, plot, look, dark)
        out = BytesIO()
        figure.savefig(out, format=format, backend=_BACKENDS[format], dpi=160, metadata=_METADATA[format])
    return out.getvalue()


def _curves(figure: Any, plot: Line, look: dict[str, str], dark: bool) -> None:
    """The function above its derivative."""
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    tangent, accent = _ACCENTS[dark]
    name, slope = names(plot)
    places, (values, slopes) = plot.poles(), plot.drawn()
    for axes, limits, points, colour, label in (
        (upper, plot.limits, values, look["curve"], name),
        (lower, plot.slope_limits, slopes, look["slope"], slope),
    ):
        low, high = limits
        room = 10 * (high - low)  # beyond it is out of sight, and too large for some viewers
        xs = [x for x, _ in points]
        ys = [min(max(y, low - room), high + room) if y == y else nan for _, y in points]
        axes.grid(True)
        if low < 0 < high:
            axes.axhline(0, color=look["ink"], linewidth=0.6)
        for x in places:
            axes.axvline(x, color=look["ink"], linewidth=0.6, linestyle=(0, (2, 4)))
        axes.plot(xs, ys, color=colour, linewidth=1.8, label=_plain(label))
        axes.set_ylim(low, high)
    upper.set_xlim(*plot.range)
    lower.set_xlabel(_plain(plot.variable))
    if spot := plot.spot:
        ((x,), gradient) = spot.at.values(), slope_at(spot)
        if gradient is not None:
            ends = [spot.value + gradient * (end - x) for end in plot.range]
            upper.plot(plot.range, ends, color=tangent, linewidth=1.2, linestyle=(0, (5, 3)), label="tangent")
            lower.plot([x], [gradient], "o", color=accent, markersize=5)
        upper.plot([x], [spot.value], "o", color=accent, markersize=5, label=_plain(said(plot, spot)))
    _title(figure, plot)
    for axes in (upper, lower):
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, borderpad=0.2, ncols=3)


def _area(figure: Any, plot: Field, look: dict[str, str], dark: bool) -> None:
    """The values in colour with lines of equal value, and arrows that point uphill."""
    from matplotlib.ticker import MaxNLocator

    axes = figure.subplots()
    x, y = plot.variables
    levels = MaxNLocator(14).tick_values(*plot.limits)
    (left, right), (low, high) = plot.ranges
    xs, ys = [left, *plot.xs[1:-1], right], [low, *plot.ys[1:-1], high]  # out to the edges
    known = [number for row in plot.values for number in row if number == number]
    beyond = (min(known) < levels[0], max(known) > levels[-1])
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[beyond]
    shown = axes.contourf(xs, ys, plot.values, levels=levels, cmap="viridis", extend=extend)
    joined = [[nan if (j, i) in plot.torn else v for i, v in enumerate(row)] for j, row in enumerate(plot.values)]
    axes.contour(xs, ys, joined, levels=levels, colors=look["ground"], linewidths=0.5, alpha=0.6)
    figure.colorbar(shown, ax=axes).outline.set_visible(False)
    arrows, inks = [], []
    for u, v, gx, gy in plot.arrows:
        dx, dy = gx / (right - left), gy / (high - low)  # uphill as it is seen
        length = hypot(dx, dy)
        if length:
            arrows.append((u, v, dx / length, dy / length))
            value = plot.values[_index(plot.ys, v)][_index(plot.xs, u)]
            bright = value > levels[0] + 0.6 * (levels[-1] - levels[0])
            inks.append("#24292f" if bright else "white")
    if arrows:
        axes.quiver(*zip(*arrows, strict=True), color=inks, alpha=0.85, pivot="mid", scale=38, width=0.0028)
    if spot := plot.spot:
        axes.plot(
            [spot.at[x]], [spot.at[y]], "o", color="#ff5a4f", markeredgecolor="white", label=_plain(said(plot, spot))
        )
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, borderpad=0.2)
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    axes.set_xlabel(_plain(x))
    axes.set_ylabel(_plain(y), rotation=0)
    _title(figure, plot)


def _index(middles: list[float], place: float) -> int:
    """The cell in which a place is."""
    return min(bisect_left(middles, place), len(middles) - 1)


def _title(figure: Any, plot: Line | Field) -> None:
    text = headline(plot)
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    figure.suptitle(_plain(text), x=0.01, horizontalalignment="left", fontsize=11)


def _plain(text: str) -> str:
    """The text as it stands: a dollar sign would begin a formula."""
    return text.replace("$", r"\$")
