"""`autodiff check`: whether a derivative is right, at many points."""

from collections.abc import Mapping
from math import isnan

import click

from autodiff_cli.commands.point import PointCommand, expression, format_option, names, notes, number, read_each, shared
from autodiff_cli.commands.ranges import check_ends, is_range
from autodiff_cli.errors import AutodiffError, all_of
from autodiff_cli.reports.status import Status

_MOST = 1_000_000  # samples


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION --claim [NAME=]DERIVATIVE [--NAME LOW:HIGH]... [OPTIONS]",
    epilog="Without a range a variable takes values of every scale and both signs, inside the domain; --x 2 fixes it. "
    "The exit code is 0 where all is right, 1 where something is wrong.",
    add_help_option=False,
)
@click.option(
    "--claim",
    "claims",
    metavar="CLAIM",
    multiple=True,
    help="A derivative: --claim '2*x', or by which variable: --claim a='b*cos(a)'. May be given for each variable.",
)
@click.option("--samples", type=int, default=200, show_default=True, help="How many points to try.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other points.")
@format_option("text", "json")
@shared
def command(
    ctx: click.Context,
    claims: tuple[str, ...],
    samples: int,
    seed: int,
    format_: str,
    file: str | None,
    values_file: str | None,
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Say whether a derivative of EXPRESSION is right: autodiff check "sin(x)^2" --claim "2*sin(x)*cos(x)"

    Without a claim, the gradients that autodiff computes are held against finite differences.
    """
    from autodiff_cli.render.check import Progress, show, to_json
    from autodiff_cli.reports import check
    from autodiff_cli.reports.claims import names_of, read_claims, refuse_bare_functions

    if not 1 <= samples <= _MOST:
        raise AutodiffError(f"--samples is from 1 to {_MOST:,}, not {samples:,}")
    by = names(wrt)
    found, texts = expression(ctx, file, values_file, [*by, *names_of(claims), *ctx.meta["values"]])
    if not found.variables:
        raise AutodiffError("the expression has no variables, so there is no derivative to check", source=found.source)
    refuse_bare_functions(found, texts)
    spans = _spans(texts)
    read = read_claims(claims, found, by)
    if not quiet:
        said = [note for one in (found, *read.values()) for note in one.notes]
        notes(list(dict.fromkeys(said)))
    with Progress() as progress:
        if read:
            checked = check.check(found, read, spans, samples, seed, progress.tick)
        else:
            checked = check.witness(found, spans, samples, seed, progress.tick, by)
    if format_ == "json":
        click.echo(to_json(checked))
    else:
        show(checked)
    return checked.status


def _spans(texts: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """The ranges of the variables. Raises AutodiffError that says all that is wrong."""
    spans, errors = read_each(_span, texts)
    if errors:
        raise all_of(errors)
    return spans


def _span(name: str, text: str) -> tuple[float, float]:
    """The range in `0.1:10`, or the one number that is the value."""
    if not is_range(text):
        value = number(name, text)
        if isnan(value):
            raise AutodiffError(f"{name} = {text} is too wide for floats")
        return value, value
    ends = list(map(str.strip, text.split(":")))
    if len(ends) != 2 or not all(ends):
        raise AutodiffError(f"{name} = {text} is no range", hint=f"a range has two ends, as in --{name} 0.1:10")
    low, high = number(name, ends[0]), number(name, ends[1])
    check_ends(name, text, low, high)
    return low, high
