"""The least or greatest value: the point with its kind, as lines or as JSON."""

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.printer import number_text
from autodiff_cli.render.data import pick, plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from autodiff_cli.reports.optimum import Candidate, Everywhere, Optimum

_DIGITS = 17  # where no precision is asked for
_COLOURS = {True: "green", False: "yellow"}
_MULTIPLIER = "multiplier: how much the value changes for each 1 more on the right side"
_KINDS = {
    "lowest nearby": "a value, not proven,",
    "none": "a value, not converged,",
    "stationary": "a level point",
    "flat": "a level value",
    "jump": "a value beside a jump",
}
_MANY = 4  # pieces that are named
_NOTHING = 1e-30
_WIDE = 1e-15  # of the value: bounds that are farther apart are named


def to_dict(report: "Optimum") -> dict[str, Any]:
    """What JSON shows."""
    return {
        "expression": report.expression,
        "point": report.point,
        "value": None if report.infeasible else plain(report.value),
        "kind": report.kind.value,
        "proven": report.proven,
        "within": report.within,
        "anywhere": report.anywhere,
        "kinked": report.kinked,
        "active": report.active,
        "multipliers": report.multipliers,
        **({"constraints": report.constraints} if report.constraints else {}),
        "evaluations": report.evaluations,
        **(_everywhere(report.everywhere) if report.everywhere else {}),
        **({"others": [_other(one) for one in report.others]} if report.others else {}),
        "notes": report.notes,
    }


def _other(one: "Candidate") -> dict[str, Any]:
    return {"start": one.start, "point": one.point, "value": plain(one.value), "kind": one.kind.value}


def _everywhere(found: "Everywhere") -> dict[str, Any]:
    """What is known of whole ranges."""
    return {
        "bounds": [plain(end) for end in found.bounds],
        "points": [
            {"point": place.point, "value": place.value, "within": place.within, "active": place.active}
            for place in found.places
        ],
        "undecided": [{name: [*span] for name, span in box.items()} for box in found.undecided],
        "complete": found.is_known,
        "pieces": found.pieces,
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
    if report.infeasible:
        console.print(Text(ending(report), _COLOURS[report.proven]), soft_wrap=True)
        return
    console.print(headline(report.expression, console) + Text(number(report.value, digits), "bold"), soft_wrap=True)
    if report.everywhere:
        console.print(_places(report, report.everywhere, digits))
        console.print(Text(everywhere_ending(report, report.everywhere), _COLOURS[report.proven]), soft_wrap=True)
        return
    table = grid()
    table.add_column("variable", no_wrap=True)
    table.add_column("value", no_wrap=True)
    at_bounds = [name for name in report.active if name in report.point]
    if at_bounds:
        table.add_column("at its bound: slope", no_wrap=True)
    for name, text in zip(report.point, aligned([number(at, digits) for at in report.point.values()]), strict=True):
        slope = number(report.multipliers[name], 10) if name in report.multipliers else ""
        table.add_row(*map(Text, [name, text, *[slope] * bool(at_bounds)]))
    console.print(table)
    if report.constraints:
        console.print(_constraints(report))
        if report.multipliers.keys() & {*report.constraints}:
            console.print(Text(_MULTIPLIER, "dim"), soft_wrap=True)
    console.print(Text(ending(report), _COLOURS[report.proven]), soft_wrap=True)
    for one in report.others:
        console.print(Text(_beside(one), "dim"), soft_wrap=True)


def _beside(one: "Candidate") -> str:
    """Where another start led."""
    kind = _KINDS.get(one.kind.value, f"a {one.kind.value}")
    return f"from {_at(one.start)}: {kind} of {number_text(one.value)} at {_at(one.point)}"


def _at(point: dict[str, float]) -> str:
    return ", ".join([f"{name} = {number_text(at)}" for name, at in point.items()])


def _constraints(report: "Optimum") -> "Table":
    """A row a constraint: how fast the value changes with its right side."""
    from rich.text import Text

    from autodiff_cli.render.report import aligned, grid, number

    table = grid()
    table.add_column("constraint", overflow="fold")
    table.add_column("multiplier", no_wrap=True)
    known = {text: number(report.multipliers[text], 10) for text in report.constraints if text in report.multipliers}
    shown = dict(zip(known, aligned([*known.values()]), strict=True))
    for text in report.constraints:
        table.add_row(Text(text), Text(shown.get(text, "not active" if report.proven else "")))
    return table


def _places(report: "Optimum", found: "Everywhere", digits: int) -> "Table":
    """A row a point; a column a variable."""
    from rich.text import Text

    from autodiff_cli.render.report import aligned, grid, number

    table = grid()
    points = [place.point for place in found.places] or [report.point]
    for name in report.point:
        table.add_column(name, no_wrap=True)
    columns = [aligned([number(point[name], digits) for point in points]) for name in report.point]
    for row in zip(*columns, strict=True):
        table.add_row(*map(Text, row))
    return table


def everywhere_ending(report: "Optimum", found: "Everywhere") -> str:
    """What is proven of whole ranges."""
    from autodiff_cli.reports.optimum import Kind

    is_least = report.wanted is Kind.MINIMUM
    least, below, reached = ("least", "below", 1) if is_least else ("greatest", "above", 0)
    low, high = found.bounds
    if not found.is_known:
        bound, best = found.bounds[1 - reached], number_text(found.bounds[reached])
        ends = f"no value in the ranges is {below} {number_text(bound)}" if isfinite(bound) else _without_bound(found)
        return f"not decided: {ends}, and {best} is reached"
    slack = f" within {high - low:.0e}" if high - low > _WIDE * max(abs(low), abs(high), _NOTHING) else ""
    proven = f"the {least} value in the ranges, proven{slack}"
    if not found.undecided:
        where = "at no other point" if len(found.places) == 1 else f"at no other than these {len(found.places)} points"
        return f"{proven}; it is {where}"
    shown = [_named_piece(piece) for piece in found.undecided[:_MANY]]
    more = f", and {len(found.undecided) - _MANY} more pieces" if len(found.undecided) > _MANY else ""
    also = "at these points or " if found.places else ""
    return f"{proven}; it is {also}in the piece {', or in '.join(shown)}{more}"


def _without_bound(found: "Everywhere") -> str:
    """Where values have no bound: in the smallest piece that is left."""
    widths = {place: max(high - low for low, high in box.values()) for place, box in enumerate(found.undecided)}
    where = f" for {_named_piece(found.undecided[min(widths, key=widths.__getitem__)])}" if widths else ""
    return f"no bound is known{where}"


def _named_piece(piece: "dict[str, tuple[float, float]]") -> str:
    """A box in words: x from 0 to 1, y from 2 to 3."""
    return ", ".join([f"{name} from {low:.4g} to {high:.4g}" for name, (low, high) in piece.items()])


def _limits(report: "Optimum") -> str:
    """What holds the point."""
    limits = ["the bounds"] * any(name in report.point for name in report.active)
    limits += ["the constraints"] * bool(report.constraints)
    return f" within {' and '.join(limits)}" if limits else ""


def ending(report: "Optimum") -> str:
    """Of what kind the point is, and how far that is known."""
    from autodiff_cli.reports.optimum import Kind

    better = "lower" if report.wanted is Kind.MINIMUM else "higher"
    best = f"; no value anywhere is {better}" if report.anywhere else ""
    words = {
        Kind.STATIONARY: "all slopes are 0 there; the second derivatives do not say of which kind it is",
        Kind.LOWEST: f"a {report.wanted.value}{' at a kink' * report.kinked} by the values nearby, not proven",
        Kind.FLAT: "the values nearby are the same, as far as floats go: nothing is known of its kind",
        Kind.JUMP: "the value jumps close by: not known whether the best one there is reached",
        Kind.NONE: "not converged: values nearby are better",
    }
    if report.infeasible:
        return (
            "no point meets the constraints, proven"
            if report.proven
            else "no point was found that meets the constraints"
        )
    if report.kind in words:
        return words[report.kind]
    proven = "proven" if report.proven else "not proven"
    alone = f", the only one within {number_text(report.within)}" if report.proven and report.within else ""
    kind = f"a {report.kind.value}" + (" at a kink" if report.kinked else "") + _limits(report)
    return f"{kind}, {proven}{alone}{best}"
