"""`autodiff check`: whether a derivative is right, at many points."""

from collections.abc import Mapping
from itertools import chain
from math import isnan

import click

from autodiff_cli.commands.point import (
    PointCommand,
    expression,
    format_option,
    names,
    notes,
    number,
    read_each,
    shared,
    whole,
)
from autodiff_cli.commands.ranges import check_ends, is_range
from autodiff_cli.errors import AutodiffError, all_of
from autodiff_cli.reports.status import Status

_MOST = 1_000_000  # samples
_HIGHEST = 10  # order of a claim


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION --claim [NAME=]DERIVATIVE [--NAME LOW:HIGH]... [OPTIONS], or --claims FILE",
    epilog="Without a range a variable takes values of every scale and both signs, inside the domain; --x 2 fixes it. "
    "The exit code is 0 where all is right, 1 where something is wrong.",
    add_help_option=False,
)
@click.option(
    "--claim",
    "claims",
    metavar="CLAIM",
    multiple=True,
    help="A derivative: --claim '2*x', or by which variable: --claim a='b*cos(a)'. Several for one variable are the "
    "lines of a derivation, each held against the one before.",
)
@click.option(
    "--claims",
    "claims_file",
    type=click.Path(),
    metavar="FILE",
    help="Many at once: CSV or JSON lines with expression, variable and claim.",
)
@click.option("--order", metavar="N", help="The claim is on the derivative of that order: --order 2")
@click.option("--samples", type=int, default=200, show_default=True, help="How many points to try.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other points.")
@format_option("text", "json")
@shared
def command(
    ctx: click.Context,
    claims: tuple[str, ...],
    claims_file: str | None,
    order: str | None,
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
    from autodiff_cli.render.check import CheckProgress, show, to_json
    from autodiff_cli.reports import check
    from autodiff_cli.reports.claims import read_lines, refuse_bare_functions

    if not 1 <= samples <= _MOST:
        raise AutodiffError(f"--samples is from 1 to {_MOST:,}, not {samples:,}")
    times = whole("order", order, 1, _HIGHEST, "autodiff diff shows the formula of any order") if order else 1
    if claims_file is not None:
        return _many(ctx, claims_file, claims, samples, seed, format_, times)
    found, texts = expression(ctx, file, values_file)
    if not found.variables:
        raise AutodiffError("the expression has no variables, so there is no derivative to check", source=found.source)
    refuse_bare_functions(found, texts)
    spans, by = _spans(texts), names(wrt)
    read = read_lines(claims, found, by)
    if order and not read:
        raise AutodiffError("--order is of a claim", hint="as in --claim 'x=6*x' --order 2")
    if not quiet:
        said = [note for one in (found, *chain(*read.values())) for note in one.notes]
        notes(list(dict.fromkeys(said)))
    with CheckProgress() as progress:
        if read:
            checked = check.check_lines(found, read, spans, samples, seed, progress.tick, times)
        else:
            checked = check.witness(found, spans, samples, seed, progress.tick, by)
    if format_ == "json":
        click.echo(to_json(checked))
    else:
        show(checked)
    return checked.status


def _many(
    ctx: click.Context, path: str, claims: tuple[str, ...], samples: int, seed: int, format_: str, order: int
) -> Status:
    """Check the claims of a file."""
    from autodiff_cli.commands.given import read_stdin, read_text
    from autodiff_cli.render.claim_table import show
    from autodiff_cli.reports.check import Answer
    from autodiff_cli.reports.claim_table import read_table, verdicts

    if ctx.meta["text"] is not None or ctx.meta["values"] or claims:
        message = "--claims FILE has the expressions, their claims and nothing else besides"
        raise AutodiffError(message, hint=f"as in {ctx.command_path} --claims {path}")
    is_stdin = path == "-"
    rows = read_table(read_stdin() if is_stdin else read_text(path), "standard input" if is_stdin else path)
    answers = show(verdicts(rows, samples, seed, order), format_)
    if answers[Answer.WRONG]:
        return Status.MISMATCH
    return Status.UNDECIDED if answers[Answer.UNDECIDED] else Status.OK


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
