"""`autodiff check`: whether a derivative is right, at many points."""

import re
from collections.abc import Mapping
from itertools import chain
from math import isnan
from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.given import python_function
from autodiff_cli.commands.point import (
    PointCommand,
    expression,
    format_option,
    names,
    number,
    read_each,
    say_reading,
    shared,
    whole,
)
from autodiff_cli.commands.ranges import check_ends, is_range
from autodiff_cli.errors import AutodiffError, all_of
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.commands.words import Words

_MOST = 1_000_000  # samples
_HIGHEST = 10  # order of a claim
_FORMULA = "autodiff diff shows the formula of any order"


class CheckCommand(PointCommand):
    """A command whose words after the expression are claims."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Sort the arguments, with the claims kept in `ctx.meta`."""
        ctx.meta["claims"] = []
        return super().parse_args(ctx, args)

    def _other(self, ctx: click.Context, words: "Words", word: str) -> None:
        ctx.meta["claims"].append(word)


@click.command(
    cls=CheckCommand,
    options_metavar="EXPRESSION [[NAME=]DERIVATIVE] [--NAME LOW:HIGH]... [OPTIONS], or FILE, or --claims FILE",
    epilog="Without a range a variable takes values of every scale and both signs, inside the domain; --x 2 fixes it. "
    "The exit code is 0 where all is right, 1 where something is wrong.",
    add_help_option=False,
)
@click.option(
    "--claim",
    "claims",
    metavar="CLAIM",
    multiple=True,
    help="A derivative: '2*x', or by which variable: a='b*cos(a)', \"f'(x) = 2x\", 'dy/dx = 2x'. Several for one "
    "variable are the lines of a derivation, each held against the one before.",
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
    values_file: tuple[str, ...],
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Say whether a derivative of EXPRESSION is right.

    \b
    For example: autodiff check "sin(x)^2" "2*sin(x)*cos(x)"

    Without a claim, the gradients that autodiff computes are held against finite differences.

    FILE is a working line by line: .txt, .md or .tex, or - for standard input. The first wrong line is named.
    """
    from autodiff_cli.render.check import CheckProgress, show, to_json
    from autodiff_cli.reports import check
    from autodiff_cli.reports.claims import read_lines
    from autodiff_cli.reports.heads import head_of

    if not 1 <= samples <= _MOST:
        raise AutodiffError(f"--samples is from 1 to {_MOST:,}, not {samples:,}")
    if file is None and claims_file is None and (working := _working_text(ctx, claims)) is not None:
        return _working(ctx, working, (*claims, *ctx.meta["claims"]), samples, seed, format_, order, quiet)
    claims = (*claims, *ctx.meta["claims"])
    if file is None and (code := python_function(ctx.meta["text"])):
        return _code(ctx, code, claims, samples, seed, format_, order)
    heads = [*filter(None, map(head_of, claims))]
    times = _times(order, [head.order for head in heads])
    if claims_file is not None:
        return _many(ctx, claims_file, claims, samples, seed, format_, times)
    named = [*filter(None, [head.variable for head in heads])]  # which are variables then
    found, texts = expression(ctx, file, values_file, [*names(wrt), *named, *ctx.meta["values"]])
    if not found.variables:
        raise AutodiffError("the expression has no variables, so there is no derivative to check", source=found.source)
    spans, by = _spans(texts), names(wrt)
    read = read_lines(claims, found, by)
    if order and not read:
        raise AutodiffError("--order is of a claim", hint="as in --claim 'x=6*x' --order 2")
    others = [*chain(*read.values())]
    say_reading(found, quiet, *others)
    with CheckProgress() as progress:
        if read:
            checked = check.check_lines(found, read, spans, samples, seed, progress.tick, times)
        else:
            checked = check.witness(found, spans, samples, seed, progress.tick, by)
    if format_ == "json":
        click.echo(to_json(checked, [note for one in (found, *others) for note in one.notes]))
    else:
        show(checked)
    return checked.status


def _times(typed: str | None, heads: list[int]) -> int:
    """The order of the derivatives that are claimed: as --order says, or their heads, f''(x) = ..."""
    found = {*heads, *([whole("order", typed, 1, _HIGHEST, _FORMULA)] if typed else [])}
    if len(found) > 1:
        orders = " and ".join(map(str, sorted(found)))
        raise AutodiffError(f"the claims are of orders {orders}", hint="check those of each order by themselves")
    return min(found, default=1)


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


def _working_text(ctx: click.Context, claims: tuple[str, ...]) -> str | None:
    """The text of a working: in a file that is named, on standard input, or several lines that are no program.

    None where an expression is asked for.
    """
    from autodiff_cli.commands.given import is_working, read_stdin, read_text
    from autodiff_cli.reports.working import is_one_program

    typed = ctx.meta["text"]
    if is_working(typed):
        return read_text(typed)
    if claims or ctx.meta["claims"] or "-" in ctx.params["values_file"]:
        return None
    if typed != "-" and "\n" not in (typed or ""):
        return None
    text: str = read_stdin() if typed == "-" else typed
    if is_one_program(text):
        ctx.meta["text"] = text
        return None
    return text


def _working(
    ctx: click.Context,
    text: str,
    claims: tuple[str, ...],
    samples: int,
    seed: int,
    format_: str,
    order: str | None,
    quiet: bool,
) -> Status:
    """Check a working line by line."""
    from autodiff_cli.commands.options import unknown_option
    from autodiff_cli.language.document import read_document
    from autodiff_cli.render.check import CheckProgress
    from autodiff_cli.render.working import show, to_json
    from autodiff_cli.reports.working import check_working

    if claims or order or ctx.params["wrt"]:
        raise AutodiffError("a working has its claims in its lines", hint="give the file alone, without claims")
    for name in ctx.meta["values"]:
        if not re.search(rf"(?<![^\W_]){re.escape(name)}", text):
            raise unknown_option(ctx, f"--{name}")
    spans = _spans(ctx.meta["values"])
    with CheckProgress("lines") as progress:
        working = check_working(read_document(text), spans, samples, seed, progress.tick)
    say_reading(working, quiet)
    if format_ == "json":
        click.echo(to_json(working))
    else:
        show(working)
    return working.status


def _code(
    ctx: click.Context,
    code: tuple[str, str],
    claims: tuple[str, ...],
    samples: int,
    seed: int,
    format_: str,
    order: str | None,
) -> Status:
    """Check a gradient that is a function of a Python file."""
    from autodiff_cli.commands.given import read_text
    from autodiff_cli.render.check import CheckProgress, show, to_json
    from autodiff_cli.reports.code_claims import check_code

    gradients = [*map(python_function, claims)]
    if len(claims) != 1 or not gradients[0] or order or ctx.params["wrt"]:
        message = "a function of a Python file has its gradient in one, too"
        raise AutodiffError(message, hint="as in autodiff check model.py:f --claim model.py:df")
    texts = {path: read_text(path) for path, _ in (code, gradients[0])}
    with CheckProgress() as progress:
        checked = check_code(texts, code, gradients[0], _spans(ctx.meta["values"]), samples, seed, progress.tick)
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
