"""A plot as a file, drawn by matplotlib: the same bytes for the same plot."""

import atexit
import logging
import os
import shutil
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from math import hypot, nan
from typing import Any

from autodiff_cli.errors import AutodiffError
from autodiff_cli.render.captions import headline, names, said, slope_at
from autodiff_cli.render.phrases import cut
from autodiff_cli.reports.plot import Field, Line, Spot
from autodiff_cli.reports.views import Limits

INSTALL = "pip install 'autodiff-cli[plot]'"
_METADATA: dict[str, dict[str, None]] = {  # by ending; what would say when it was drawn, and by which version
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
_BACKENDS = {"svg": "svg", "pdf": "pdf", "png": "agg"}
_LIGHT = {"ground": "white", "ink": "#24292f", "faint": "#d0d7de", "curve": "#0969da", "slope": "#8250df"}
_LIGHT |= {"tangent": "#1a7f37", "spot": "#cf222e"}
_DARK = {"ground": "#0d1117", "ink": "#c9d1d9", "faint": "#30363d", "curve": "#58a6ff", "slope": "#bc8cff"}
_DARK |= {"tangent": "#3fb950", "spot": "#ff7b72"}
_EXTEND = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
_LONGEST = 90  # characters of a title

Look = dict[str, str]  # colours


def require() -> None:
    """Raise AutodiffError where matplotlib is missing."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise AutodiffError("a picture needs matplotlib, which is not installed", hint=INSTALL)


def to_bytes(plot: Line | Field, format: str, dark: bool = False) -> bytes:
    """The picture as a file of that format: svg, png or pdf."""

    def draw(figure: Any, look: Look) -> None:
        if isinstance(plot, Line):
            _curves(figure, plot, look)
        else:
            _area(figure, plot, look)

    return savefig(draw, format, dark)


def savefig(draw: Callable[[Any, Look], None], format: str, dark: bool) -> bytes:
    """What is drawn on a figure of matplotlib, as a file of that format."""
    look = _DARK if dark else _LIGHT
    out = BytesIO()
    with _matplotlib() as matplotlib, matplotlib.rc_context(), warnings.catch_warnings():
        from matplotlib.figure import Figure

        warnings.simplefilter("ignore")  # of ticks at the end of the floats
        matplotlib.rcdefaults()  # a user's own settings would change what is drawn
        matplotlib.rcParams.update(_settings(look))
        figure = Figure(figsize=(7, 5.4), layout="constrained")
        draw(figure, look)
        figure.savefig(out, format=format, backend=_BACKENDS[format], dpi=160, metadata=_METADATA[format])
    return out.getvalue()


@contextmanager
def _matplotlib() -> Iterator[Any]:
    """The library, which leaves nothing behind and says nothing.

    Where it cannot write to its configuration folder, it makes one for this process, says so, and has it removed when
    the interpreter exits; but the program leaves without that, so the folder is removed here.
    """
    log = logging.getLogger("matplotlib")
    level, before = log.level, os.environ.get("MPLCONFIGDIR")
    log.setLevel(logging.ERROR)
    try:
        import matplotlib

        yield matplotlib
    finally:
        log.setLevel(level)
        made = os.environ.get("MPLCONFIGDIR")
        if made and made != before:
            atexit.unregister(shutil.rmtree)  # which matplotlib has registered
            shutil.rmtree(made, ignore_errors=True)


def _settings(look: Look) -> dict[str, Any]:
    return {
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


def _curves(figure: Any, plot: Line, look: Look) -> None:
    """The function above its derivative."""
    ((variable, span),) = plot.spans.items()
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    (name, slope), (values, slopes) = names(plot), plot.drawn()
    _draw_curve(upper, values, plot.limits, plot.poles(), look, "curve", name)
    _draw_curve(lower, slopes, plot.slope_limits, plot.poles(), look, "slope", slope)
    upper.set_xlim(*span)
    lower.set_xlabel(plain_text(variable))
    if spot := plot.spot:
        _draw_tangent(upper, lower, spot, span, look)
        (x,) = spot.at.values()
        upper.plot([x], [spot.value], "o", color=look["spot"], markersize=5, label=plain_text(said(plot, spot)))
    _title(figure, plot)
    for axes in (upper, lower):
        legend(axes, ncols=3)


def _draw_curve(
    axes: Any, points: list[tuple[float, float]], limits: Limits, poles: list[float], look: Look, role: str, label: str
) -> None:
    """One of the two curves, with a line at 0 and at each pole."""
    low, high = limits
    room = 10 * (high - low)  # beyond it is out of sight, and too large for some viewers
    xs = [x for x, _ in points]
    ys = [min(max(y, low - room), high + room) if y == y else nan for _, y in points]
    axes.grid(True)
    if low < 0 < high:
        axes.axhline(0, color=look["ink"], linewidth=0.6)
    for x in poles:
        axes.axvline(x, color=look["ink"], linewidth=0.6, linestyle=(0, (2, 4)))
    axes.plot(xs, ys, color=look[role], linewidth=1.8, label=plain_text(label))
    axes.set_ylim(low, high)


def _draw_tangent(upper: Any, lower: Any, spot: Spot, span: Limits, look: Look) -> None:
    """The tangent at the point of interest, and its slope as a point, if there is one."""
    (x,), slope = spot.at.values(), slope_at(spot)
    if slope is not None:
        ends = [spot.value + slope * (end - x) for end in span]
        upper.plot(span, ends, color=look["tangent"], linewidth=1.2, linestyle=(0, (5, 3)), label="tangent")
        lower.plot([x], [slope], "o", color=look["spot"], markersize=5)


def _area(figure: Any, plot: Field, look: Look) -> None:
    """The values in colour with lines of equal value, and arrows that point uphill."""
    from matplotlib.ticker import MaxNLocator

    axes = figure.subplots()
    levels = MaxNLocator(14).tick_values(*plot.limits)
    (x, (left, right)), (y, (low, high)) = plot.spans.items()
    xs, ys = [left, *plot.xs[1:-1], right], [low, *plot.ys[1:-1], high]  # out to the edges
    known = plot.known()
    extend = _EXTEND[bool(min(known) < levels[0]), bool(max(known) > levels[-1])]
    shown = axes.contourf(xs, ys, plot.values, levels=levels, cmap="viridis", extend=extend)
    joined = [[nan if (j, i) in plot.torn else v for i, v in enumerate(row)] for j, row in enumerate(plot.values)]
    axes.contour(xs, ys, joined, levels=levels, colors=look["ground"], linewidths=0.5, alpha=0.6)
    figure.colorbar(shown, ax=axes).outline.set_visible(False)
    _draw_arrows(axes, plot, levels[0] + 0.6 * (levels[-1] - levels[0]))
    if spot := plot.spot:
        place = [spot.at[x]], [spot.at[y]]
        axes.plot(*place, "o", color="#ff5a4f", markeredgecolor="white", label=plain_text(said(plot, spot)))
        legend(axes)
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    axes.set_xlabel(plain_text(x))
    axes.set_ylabel(plain_text(y), rotation=0)
    _title(figure, plot)


def _draw_arrows(axes: Any, plot: Field, bright: float) -> None:
    """Arrows of one length, dark where the value is `bright`; none where the gradient is 0."""
    (left, right), (low, high) = plot.spans.values()
    arrows, inks = [], []
    for x, y, gx, gy in plot.arrows:
        dx, dy = gx / (right - left), gy / (high - low)  # uphill as it is seen
        length = hypot(dx, dy)
        if length:
            arrows.append((x, y, dx / length, dy / length))
            value = plot.values[_index(plot.ys, y)][_index(plot.xs, x)]
            inks.append("#24292f" if value > bright else "white")
    if arrows:
        axes.quiver(*zip(*arrows, strict=True), color=inks, alpha=0.85, pivot="mid", scale=38, width=0.0028)


def _index(middles: list[float], place: float) -> int:
    """The cell in which a place is."""
    return min(bisect_left(middles, place), len(middles) - 1)


def _title(figure: Any, plot: Line | Field) -> None:
    text = plain_text(cut(headline(plot), _LONGEST))
    figure.suptitle(text, x=0.01, horizontalalignment="left", fontsize=11)


def legend(axes: Any, **more: Any) -> None:
    """What the curves are, above them."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, borderpad=0.2, **more)


def plain_text(text: str) -> str:
    """The text as it stands: a dollar sign would begin a formula."""
    return text.replace("$", r"\$")
