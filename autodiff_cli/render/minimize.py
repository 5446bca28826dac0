"""The least or greatest value: the point with its kind, as lines or as JSON."""

import json
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.printer import number_text
from autodiff_cli.render.data import pick, plain

if TYPE_CHECKING:
    from rich.console import Console

    from autodiff_cli.reports.minimize import Optimum

_DIGITS = 17  # where no precision is asked for


def to_dict(report: "Optimum") -> dict[str, Any]:
    """What JSON shows."""
    return {
        "expression": report.expression,
        "point": report.point,
        "value": plain(report.value),
        "kind": report.kind.value,
        "proven": report.proven,
        "within": report.within,
        "active": report.active,
        "multipliers": report.multipliers,
        "evaluations": report.evaluations,
        "notes": report.notes,
    }


def to_json(report: "Optimum") -> str:
    """One object."""
    return json.dumps(to_dict(report))


def only(report: "Optimum", path: str) -> str:
    """One number or word, bare; a variable is its number.

    Raises AutodiffError where there is none.
    """
    if path in report.point:
        return number_text(report.point[path])
    return pick(to_dict(report), path, path.split("."), f"there is no {path} here")


def show(report: "Optimum", console: "Console", precision: int | None = None) -> None:
    """Print the value, a row a variable, and what is proven."""
    from rich.text import Text

    from autodiff_cli.render.report import aligned, grid, headline, number

    digits = precision or _DIGITS
    console.print(headline(report.expression, console) + Text(number(report.value, digits), "bold"), soft_wrap=True)
    table = grid()
    table.add_column("variable", no_wrap=True)
    table.add_column("value", no_wrap=True)
    if report.active:
        table.add_column("at its bound: slope", no_wrap=True)
    for name, text in zip(report.point, aligned([number(at, digits) for at in report.point.values()]), strict=True):
        slope = number(report.multipliers[name], 10) if name in report.multipliers else ""
        table.add_row(*map(Text, [name, text, *[slope] * bool(report.active)]))
    console.print(table)
    console.print(Text(ending(report), "green" if report.proven else "yellow"), soft_wrap=True)


def ending(report: "Optimum") -> str:
    """Of what kind the point is, and how far that is known."""
    from autodiff_cli.reports.minimize import Kind

    words = {
        Kind.STATIONARY: "all slopes are 0 there; the second derivatives do not say of which kind it is",
        Kind.LOWEST: f"a {report.wanted.value} by the values nearby, not proven",
        Kind.NONE: "no point was found",
    }
    if report.kind in words:
        return words[report.kind]
    proven = "proven" if report.proven else "not proven"
    alone = f", the only one within {number_text(report.within)}" if report.proven and report.within else ""
    kind = f"a {report.kind.value}" + (" within the bounds" if report.active else "")
    return f"{kind}, {proven}{alone}"
