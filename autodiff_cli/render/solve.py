"""Roots: as a table with a last line on what else there is, as JSON, as CSV or TSV."""

import json
from math import ulp
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import AutodiffError, NotThereError
from autodiff_cli.render.data import pick, plain, sampled, separated
from autodiff_cli.render.phrases import counted
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from autodiff_cli.render.report import Columns
    from autodiff_cli.reports.solve import ProvenRoot, Solution
    from autodiff_cli.reports.uncertainty import Uncertainty

_DIGITS = 10  # of a slope
_MANY = 4  # undecided intervals that are named
_ALONE = "the only one "
_ORDERS = {2: "double", 3: "triple"}


def to_dict(report: "Solution") -> dict[str, Any]:
    """What JSON shows: a root has its unknowns, and what is known of it."""
    is_one = len(report.unknowns) == 1
    pieces = [{name: [*span] for name, span in box.items()} for box in report.undecided]
    found: dict[str, Any] = {
        "equations": report.equations,
        "roots": [_root(report, root) for root in report.roots],
        "undecided": [piece[report.unknowns[0]] for piece in pieces] if is_one else pieces,
        "complete": report.complete,
    }
    if report.touches:
        found["touches"] = [{report.unknowns[0]: x, "within": within} for x, within in report.touches]
    if report.flat:
        found["intervals"] = [[*box[report.unknowns[0]]] for box in report.flat]
    if report.everywhere:
        found["everywhere"] = True
    if report.formulas:
        found["derivatives"] = report.formulas
    return found | {"notes": report.notes}


def _root(report: "Solution", root: "ProvenRoot") -> dict[str, Any]:
    found: dict[str, Any] = dict(root.point)
    if len(report.unknowns) == 1:
        found["slope"] = None if root.slope is None else plain(root.slope)
    found |= {"proven": True, "within": root.within, "alone": root.alone}
    if root.order > 1:
        found["order"] = root.order
    if root.derivatives:
        found["derivatives"] = root.derivatives
    if root.uncertainties:
        spreads = {name: _spread(one) for name, one in root.uncertainties.items()}
        one, *others = spreads.values()
        found |= {key: {name: by[key] for name, by in spreads.items()} if others else one[key] for key in one}
    return found


def _spread(found: "Uncertainty") -> dict[str, Any]:
    """How uncertain an unknown is."""
    spread: dict[str, Any] = {
        "uncertainty": found.sigma,
        "contribution": {name: part.size for name, part in found.parts.items()},
        "share": {name: found.share(name) for name in found.parts},
    }
    return spread | {"sampled": sampled(found)}


def to_json(report: "Solution") -> str:
    """One object."""
    return json.dumps(to_dict(report))


def to_separated(report: "Solution", format: str) -> str:
    """A header and a row a root."""
    is_one = len(report.unknowns) == 1
    sigmas = [f"{name}_sigma" for name in report.unknowns] if any(root.uncertainties for root in report.roots) else []
    lines: list[list[Any]] = [[*report.unknowns, *["slope"] * is_one, "within", *_headers(report), *sigmas]]
    for root in report.roots:
        spreads = [root.uncertainties[name].sigma if root.uncertainties else None for name in report.unknowns]
        line = [*root.point.values(), *[root.slope] * is_one, root.within, *root.derivatives.values()]
        lines.append([*line, *(spreads if sigmas else [])])
    return separated(lines, format)


def _headers(report: "Solution") -> list[str]:
    """What the derivatives of the unknown are called."""
    names = report.roots[0].derivatives if report.roots else {}
    return [f"d{report.unknowns[0]}/d{name}" for name in names]


def only(report: "Solution", path: str) -> str:
    """One number or word, bare: `roots.0.x`; `x` is that of every root, a line each.

    Raises AutodiffError where there is none.
    """
    if path not in report.unknowns:
        return pick(to_dict(report), path, path.split("."), f"there is no {path} here")
    if not report.roots:
        kind = NotThereError if report.status is Status.MISMATCH else AutodiffError
        raise kind(f"no root was found: {ending(report)}")
    return "\n".join([number_text(root.point[path]) for root in report.roots])


def show(report: "Solution", console: "Console", precision: int | None = None) -> None:
    """Print a row a root, and what else there is."""
    from rich.text import Text

    if report.roots:
        console.print(_drawn(report, console.width, precision or _DIGITS), soft_wrap=True)
    for name, formula in report.formulas.items():
        console.print(Text(f"d{report.unknowns[0]}/d{name} = {formula}"), soft_wrap=True)
    if any(root.uncertainties for root in report.roots):
        from autodiff_cli.render.uncertainty import in_a_line

        for root in report.roots:
            for name, found in root.uncertainties.items():
                console.print(in_a_line(name, root.point[name], found), soft_wrap=True)
    console.print(Text(ending(report)), soft_wrap=True)


def _drawn(report: "Solution", room: int, digits: int) -> "Table | Text":
    """The roots as a table as wide as there is room; each as lines of its own where it fits no more."""
    from rich.text import Text

    from autodiff_cli.render.report import block, grid, width

    columns, proofs = _columns(report, digits), [_proof(root) for root in report.roots]
    header = "proven"
    if width(columns) + max(map(len, proofs)) > room:
        header, proofs = _ALONE.strip(), [proof.removeprefix(_ALONE) for proof in proofs]
    if width(columns) + max(map(len, [header, *proofs])) > room:
        rows = zip(*columns.values(), proofs, strict=True)
        names = [*columns, header]
        blocks = [[f"  {name:12}  {text.strip()}" for name, text in zip(names, row, strict=True)] for row in rows]
        return Text("\n").join([block(f"root {place}", lines) for place, lines in enumerate(blocks, start=1)])
    table = grid()
    for name in (*columns, header):
        table.add_column(name, no_wrap=True)
    for root, proof, *texts in zip(report.roots, proofs, *columns.values(), strict=True):
        table.add_row(*map(Text, texts), Text(proof, "green" if root.alone else "yellow"))
    return table


def _columns(report: "Solution", digits: int) -> "Columns":
    """The roots, slopes and derivatives as texts, by header."""
    from autodiff_cli.render.report import aligned

    columns = {name: aligned([number_text(root.point[name]) for root in report.roots]) for name in report.unknowns}
    if len(report.unknowns) == 1:
        columns["slope"] = aligned([_number(root.slope, digits) for root in report.roots])
    for index, header in enumerate(_headers(report)):
        columns[header] = aligned([_number([*root.derivatives.values()][index], 17) for root in report.roots])
    return columns


def _number(data: float | None, digits: int) -> str:
    from autodiff_cli.render.report import number

    return "-" if data is None else number(data, digits)


def _proof(root: "ProvenRoot") -> str:
    """What is proven of a root."""
    if not root.alone:
        return "a root; others beside it are not ruled out"
    alone = f"{_ALONE}within {number_text(root.within)}"
    if root.order <= 1:
        return alone
    whole = root.order == int(root.order)
    kind = _ORDERS.get(int(root.order), f"of order {int(root.order)}") if whole else "with slope 0"
    return f"{alone}, {kind}"


def ending(report: "Solution") -> str:
    """How many roots there are, and whether there may be others.

    >>> from autodiff_cli.reports.solve import Solution
    >>> ending(Solution("x^2 = -1", ["x"], {"x": (-10.0, 10.0)}))
    'no root in [-10, 10]'
    """
    if report.everywhere:
        return "it holds wherever both sides have a value"
    count = len(report.roots)
    roots = counted(count, "root")
    where = " x ".join([f"[{_end(low)}, {_end(high)}]" for low, high in report.spans.values()])
    if report.flat and not report.spans:
        return f"it holds all over {_boxes(report.flat)}, where Newton's steps lead"
    if not report.spans:
        return f"{roots} from this start; a range is searched for all of them" if count else "no root is proven"
    if report.flat:
        roots = f"it holds all over {_boxes(report.flat)}" + f"; {roots} besides" * bool(count)
    if report.complete:
        return f"{roots}, and no other in {where}" if count or report.flat else f"no root in {where}"
    return f"{roots} in {where}; undecided: {_boxes(report.undecided)}"


def _boxes(boxes: "Sequence[dict[str, tuple[float, float]]]") -> str:
    """Some intervals, or boxes: the first of many."""
    shown = [" x ".join(map(_interval, box.values())) for box in boxes[:_MANY]]
    more = len(boxes) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _interval(span: tuple[float, float]) -> str:
    return f"[{number_text(span[0])}, {number_text(span[1])}]"


def _end(number: float) -> str:
    """An end of a range as it was typed, if it is a float next to that: it was rounded outwards."""
    short = float(f"{number:.15g}")
    return number_text(short if abs(short - number) <= ulp(number) else number)
