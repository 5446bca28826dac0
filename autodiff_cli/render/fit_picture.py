"""A picture of a fit: the rows with the curve and its band, and the residuals below."""

from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.printer import number_text
from autodiff_cli.render.phrases import cut
from autodiff_cli.render.picture import Look, legend, plain_text, savefig

if TYPE_CHECKING:
    from autodiff_cli.reports.fit_curve import FitCurve

_LONGEST = 90  # characters of a title
_FEW = 200  # rows that do not hide the curve
_MANY = 5_000  # from which points are drawn as pixels, in an SVG too


def to_bytes(curve: "FitCurve", format: str, dark: bool = False) -> bytes:
    """The picture as a file of that format: svg, png or pdf."""
    return savefig(lambda figure, look: _draw(figure, curve, look), format, dark)


def _draw(figure: Any, curve: "FitCurve", look: Look) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    if curve.axis.logarithmic:
        upper.set_xscale("log")
    _draw_curve(upper, curve, look)
    _draw_rows(upper, curve, curve.observed, look)
    _draw_rows(lower, curve, curve.residuals, look)
    lower.axhline(0, color=look["curve"], linewidth=1.2)
    if curve.has_band:
        band = curve.band
        _fill(lower, curve, band.low - band.fitted, band.high - band.fitted, look)
    upper.set_ylabel(plain_text(cut(curve.report.response, _LONGEST // 3)))
    lower.set_ylabel("residual")
    lower.set_xlabel(plain_text(_axis_name(curve)))
    for axes in (upper, lower):
        axes.grid(True)
    figure.suptitle(plain_text(_title(curve)), x=0.01, horizontalalignment="left", fontsize=11)
    legend(upper, ncols=3)
    figure.align_ylabels()


def _draw_curve(axes: Any, curve: "FitCurve", look: Look) -> None:
    """What was fitted, with its band where it has errors."""
    band = curve.band
    label = "as fitted" if curve.axis.diagonal else "fit"
    axes.plot(curve.xs, band.fitted, color=look["curve"], linewidth=1.8, label=label, zorder=_front(curve))
    if curve.has_band:
        share = f"{number_text(100 * curve.confidence)} % confidence"
        _fill(axes, curve, band.low, band.high, look, label=share)


def _fill(axes: Any, curve: "FitCurve", low: Any, high: Any, look: Look, **more: Any) -> None:
    axes.fill_between(curve.xs, low, high, color=look["curve"], alpha=0.18, linewidth=0, **more)


def _draw_rows(axes: Any, curve: "FitCurve", ys: Any, look: Look) -> None:
    """A point a row, with its error where that is given."""
    size = 4.5 if len(ys) <= _FEW else 2.5
    marks: dict[str, Any] = {
        "fmt": "o",
        "color": look["spot"],
        "markersize": size,
        "zorder": 3,
        "rasterized": len(ys) > _MANY,
    }
    axes.errorbar(
        curve.axis.at, ys, yerr=curve.sigmas, elinewidth=0.9, label=f"{len(ys):,} rows", markeredgewidth=0, **marks
    )


def _front(curve: "FitCurve") -> int:
    """Whether the curve is drawn above the rows, which would hide it, or below them."""
    return 4 if len(curve.observed) > _FEW else 2


def _axis_name(curve: "FitCurve") -> str:
    return "as fitted" if curve.axis.diagonal else curve.axis.name


def _title(curve: "FitCurve") -> str:
    """The model, or that it is no fit."""
    text = cut(curve.report.expression, _LONGEST)
    return text if curve.report.found else f"no fit that can be trusted: {text}"
