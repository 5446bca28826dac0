"""`autodiff graph`: the graph of an expression, as a tree in the terminal or as a picture."""

import os
from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.point import PointCommand, expression, names, notes, point_of, shared
from autodiff_cli.errors import AutodiffError

if TYPE_CHECKING:
    from autodiff_cli.graph import Graph

ENDINGS = {
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".json": "json",
    ".txt": "tree",
}
_EDGES = 500  # that Mermaid draws if it is not told otherwise


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME VALUE | NAME=VALUE]... [OPTIONS]",
    epilog="Without any values it shows the graph without numbers.",
    add_help_option=False,
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write a file, by its ending: .svg .png .pdf (these need Graphviz) .dot .mmd (Mermaid) .json .txt",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["tree", "dot", "mermaid", "json", "svg"]),
    help="What to print.  [default: tree]",
)
@click.option("--depth", type=click.IntRange(0), metavar="N", help="So many steps from the result, or from --around.")
@click.option("--around", metavar="NAME", help="What is next to a step or variable; 2 steps from it without --depth.")
@click.option("--precision", type=click.IntRange(1, 17), help="Significant digits in the tree; 17 shows all.")
@shared
def command(
    ctx: click.Context,
    output: str | None,
    format_: str | None,
    depth: int | None,
    around: str | None,
    precision: int | None,
    file: str | None,
    values_file: str | None,
    wrt: tuple[str, ...],
    quiet: bool,
) -> int:
    """Show the graph of EXPRESSION, with the value and gradient of each node.

    \b
    For example: autodiff graph "L = (a*b + c)*f" --a 2 --b -3 --c 10 --f -2

    What is used more than once is one node: the tree shows it once, and says where.
    """
    from autodiff_cli.graph import graph

    to_file = output not in (None, "-")
    format_ = format_ or (_by_ending(output or "") if to_file else "tree")
    found, texts = expression(ctx, file, values_file)
    bare = not texts and any(name not in found.defaults for name in found.variables)
    point = None if bare else point_of(found, texts)
    if not quiet:
        notes(found.notes)
    report = graph(found, point, names(wrt), depth, around or "")
    if not quiet:
        notes(["no values are given: the graph is without numbers"] * bare)
    notes(report.notes)
    if report.hidden and not quiet:
        notes([f"{report.hidden:,} more node{'s are' if report.hidden > 1 else ' is'} not shown"])
    if format_ == "tree" and not to_file:
        from autodiff_cli.render.graph import show

        show(report, precision)
        return report.exit
    data = _made(report, format_, quiet)
    if to_file:
        from autodiff_cli.render.files import write

        write(output or "", data)
    else:
        click.echo(data.rstrip(b"\n"))
    return report.exit


def _by_ending(path: str) -> str:
    ending = os.path.splitext(path)[1]
    if ending.lower() not in ENDINGS:
        what = f"ending {ending}" if ending else "name without an ending"
        raise AutodiffError(f"no format has the {what}", hint=f"{path[:60]} may end in {', '.join(ENDINGS)}")
    return ENDINGS[ending.lower()]


def _made(report: "Graph", format_: str, quiet: bool) -> bytes:
    from autodiff_cli.render import dot
    from autodiff_cli.render import graph as render

    if format_ in ("svg", "png", "pdf"):
        return dot.draw(report, format_)
    if format_ == "mermaid":
        edges = sum([len(node.inputs) + bool(node.inputs) for node in report.nodes])
        if edges > _EDGES and not quiet:
            notes([f"Mermaid draws up to {_EDGES} arrows unless its maxEdges is raised; here are {edges:,}"])
        text = dot.to_mermaid(report)
    else:
        text = {"dot": dot.to_dot, "json": render.to_json, "tree": render.to_text}[format_](report)
    return f"{text}\n".encode()
