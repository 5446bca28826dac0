"""`autodiff graph`: the graph of an expression, as a tree in the terminal or as a picture."""

from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.output import format_of, output, put
from autodiff_cli.commands.point import PointCommand, complete_names, expression, names, notes, point_of, shared, whole
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.reports.graph import Graph

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
@output("Write a file, by its ending: .svg .png .pdf (these need Graphviz) .dot .gv .mmd (Mermaid) .json .txt")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["tree", "dot", "mermaid", "json", "svg"]),
    help="What to print.  [default: tree]",
)
@click.option("--depth", metavar="N", help="So many steps from the result, or from --around.")
@click.option(
    "--around",
    metavar="NAME",
    shell_complete=complete_names,
    help="What is next to a step or variable; 2 steps from it without --depth.",
)
@click.option("--precision", type=click.IntRange(1, 17), help="Significant digits, but not in JSON; 17 shows all.")
@shared
def command(
    ctx: click.Context,
    output: str | None,
    format_: str | None,
    depth: str | None,
    around: str | None,
    precision: int | None,
    file: str | None,
    values_file: str | None,
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Show the graph of EXPRESSION, with the value and gradient of each node.

    \b
    For example: autodiff graph "L = (a*b + c)*f" --a 2 --b -3 --c 10 --f -2

    What is used more than once is one node: the tree shows it once, and says where.
    """
    from autodiff_cli.reports.graph import graph

    format_ = format_of(output, format_, ENDINGS, "tree")
    steps = None if depth is None else whole("depth", depth, 0, None, "as in --depth 3")
    found, texts = expression(ctx, file, values_file)
    bare = not texts and any(name not in found.defaults for name in found.variables)
    point = None if bare else point_of(found, texts)
    if not quiet:
        notes(found.notes)
    report = graph(found, point, names(wrt), steps, around or "")
    if not quiet:
        notes(["no values are given: the graph is without numbers"] * bare)
    notes(report.notes)
    if report.hidden and not quiet:
        notes([report.left_out])
    if format_ == "tree" and output is None:
        from autodiff_cli.render.graph import show

        show(report, precision)
        return report.status
    put(_made(report, format_, precision, quiet), output)
    return report.status


def _made(report: "Graph", format_: str, precision: int | None, quiet: bool) -> bytes:
    from autodiff_cli.render import dot
    from autodiff_cli.render import graph as render

    if format_ in ("svg", "png", "pdf"):
        data = dot.draw(report, format_, precision)
        notes([dot.too_large(data)] if format_ == "png" and dot.too_large(data) else [])
        return data
    if format_ == "mermaid":
        edges = sum([len(node.inputs) + bool(node.inputs) for node in report.nodes])
        if edges > _EDGES and not quiet:
            notes([f"Mermaid draws up to {_EDGES} arrows unless its maxEdges is raised; here are {edges:,}"])
        text = dot.to_mermaid(report, precision)
    elif format_ == "json":
        text = render.to_json(report)
    else:
        text = (dot.to_dot if format_ == "dot" else render.to_text)(report, precision)
    return f"{text}\n".encode()
