"""`autodiff graph`: the graph of an expression, as a tree in the terminal or as a picture."""

import click

from autodiff_cli.commands.output import deliver, format_of, output, put
from autodiff_cli.commands.point import (
    PointCommand,
    add_reading,
    complete_names,
    expression,
    names,
    notes,
    point_of,
    precision_option,
    say_reading,
    shared,
    whole,
)
from autodiff_cli.errors import AutodiffError
from autodiff_cli.render.formats import GRAPH
from autodiff_cli.reports.status import Status

_ARROWS = 500  # that Mermaid draws if it is not told otherwise


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME VALUE | NAME=VALUE]... [OPTIONS]",
    epilog="Without any values it shows the graph without numbers.",
    add_help_option=False,
)
@output(
    "Write a file, by its ending: .svg .png .pdf (these need Graphviz) .dot .gv .mmd (Mermaid) .json .txt",
    GRAPH.endings(),
)
@click.option("--dark", is_flag=True, help="The picture on a dark ground.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(GRAPH.choices()),
    help="What to print.  [default: tree]",
)
@click.option("--depth", metavar="N", help="So many steps from the result, or from --around.")
@click.option(
    "--around",
    metavar="NAME",
    shell_complete=complete_names,
    help="What is next to a step or variable; 2 steps from it without --depth.",
)
@precision_option("Significant digits, but not in JSON; 17 shows all.")
@shared
def command(
    ctx: click.Context,
    output: str | None,
    dark: bool,
    format_: str | None,
    depth: str | None,
    around: str | None,
    precision: int | None,
    file: str | None,
    values_file: tuple[str, ...],
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Show the graph of EXPRESSION, with the value and gradient of each node.

    \b
    For example: autodiff graph "L = (a*b + c)*f" --a 2 --b -3 --c 10 --f -2

    What is used more than once is one node: the tree shows it once, and says where.
    """
    from autodiff_cli.reports.graph import graph

    name = format_of(output, format_, GRAPH.endings(), GRAPH.usual.name)
    if dark and not GRAPH.draws(name):
        raise AutodiffError("--dark is for pictures", hint="as in -o graph.svg --dark")
    steps = None if depth is None else whole("depth", depth, 0, None, "as in --depth 3")
    by = names(wrt)
    found, texts = expression(ctx, file, values_file, by)
    bare = not texts and any(name not in found.defaults for name in found.variables)
    point = None if bare else point_of(found, texts)
    say_reading(found, quiet)
    report = graph(found, point, by, steps, around or "")
    if bare and not quiet:
        notes(["no values are given: the graph is without numbers"])
    notes(report.notes)
    if report.hidden and not quiet:
        notes([report.left_out])
    add_reading(report, found)
    arrows = sum([len(node.inputs) + bool(node.inputs) for node in report.nodes])
    if name == "mermaid" and arrows > _ARROWS and not quiet:
        notes([f"Mermaid draws up to {_ARROWS} arrows unless its maxEdges is raised; here are {arrows:,}"])
    if name == "png":
        _put_png(GRAPH.write(name, report, precision=precision, dark=dark), output)
    else:
        deliver(GRAPH, name, report, output, precision=precision, dark=dark)
    return report.status


def _put_png(data: bytes, output: str | None) -> None:
    """Write a picture of points, and say what is wrong with it."""
    from autodiff_cli.render.dot import too_large

    if too_large(data):
        notes([too_large(data)])
    put(data, output)
