"""`autodiff diff`: the derivatives as formulas, and as code."""

import os
from typing import TYPE_CHECKING

import click

from autodiff_cli.codegen.targets import CODE, ENDINGS, FORMULAS, TARGETS, named
from autodiff_cli.commands.output import deliver, format_of, output, put
from autodiff_cli.commands.point import (
    PointCommand,
    add_reading,
    at_option,
    expression,
    names,
    notes,
    of_option,
    point_of,
    put_at,
    put_bare,
    refuse,
    say_reading,
    shared,
    whole,
)
from autodiff_cli.errors import AutodiffError
from autodiff_cli.render.formats import DERIVATION
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.derived import Derivatives
    from autodiff_cli.symbolic.formulas import By

MOST = 100  # the highest order
FORMATS = ("text", "json", "csv", "tsv", "markdown")
_ENDINGS = {".txt": "text", ".json": "json", ".csv": "csv", ".tsv": "tsv"}

_IN_PYTHON = ("numpy", "jax", "torch", "sympy")  # whose code is Python's


class _Target(click.Choice[str]):
    """A target by any of its names; those that completion offers are the first of each."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return named(value)


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--at NAME=VALUE]... [OPTIONS]",
    add_help_option=False,
)
@click.option("--order", metavar="N", help="Differentiate so many times by each variable.")
@click.option("--hessian", is_flag=True, help="All second derivatives.")
@click.option("--explain", is_flag=True, help="Say how each comes about, rule by rule; also --to latex, as .md.")
@at_option("The value there too; as --NAME VALUE. --at 2 where there is one variable.")
@click.option(
    "--to",
    "target",
    type=_Target(TARGETS),
    metavar="TARGET",
    help=f"As code: {' '.join(CODE)}. As mathematics: {' '.join(FORMULAS)}.",
)
@click.option("--steps/--expand", default=None, help="Name what is used more than once, or never. Else where it pays.")
@of_option("Named steps as results: all their derivatives.")
@click.option("--name", metavar="NAME", default="", help="What the function of the code is called.  [default: f]")
@output(
    "Write a file, by its ending: .c (with its header .h) .cpp .py .js .rs .f90 .jl .m .tex .typ .mml .json .csv .tsv "
    ".txt .md",
    (*ENDINGS, *_ENDINGS, ".md"),
)
@click.option("--format", "format_", type=click.Choice(FORMATS), help="What to print.  [default: text]")
@shared
def command(
    ctx: click.Context,
    order: str | None,
    hessian: bool,
    explain: bool,
    at: tuple[str, ...],
    target: str | None,
    steps: bool | None,
    of: tuple[str, ...],
    name: str,
    output: str | None,
    format_: str | None,
    file: str | None,
    values_file: tuple[str, ...],
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Write out the derivative of EXPRESSION by each of its variables.

    \b
    For example: autodiff diff "x^2 * sin(x)"
    """
    from autodiff_cli.reports import formulas

    target = target or _target_of(output, format_)
    form = _explained_form(target, name, output, format_) if explain else _form(target, steps, name, output, format_)
    bare = put_at(ctx.meta["values"], at)
    by = names(wrt)
    found, texts = expression(ctx, file, values_file, [*by, *ctx.meta["values"]], request=not by, several=True)
    several = names(of) or found.results
    if several:
        refuse({"hessian": hessian, "explain": explain}, "is for one result", "write that result last, without --of")
    by = by or [*dict.fromkeys(found.asked)]
    put_bare(texts, bare, found, by)
    point = point_of(found, texts) if texts else None
    say_reading(found, quiet)
    count = _order(order, hessian)
    wanted = _variables(found, by, several)
    derivatives = _asked(found, count, hessian) or formulas.orders(wanted, count, hessian)
    if target and at:
        raise AutodiffError("code is for all points", hint="--to goes without --at")
    if explain:
        return _explain(found, derivatives, point, steps, hessian, form, output, quiet)
    if target:
        return _write_code(found, target, derivatives, several, name, output, quiet)
    report = formulas.differentiate(found, derivatives, point, steps, hessian=hessian, of=several)
    notes(report.notes, quiet)
    add_reading(report, found)
    _put(_written(report, form), output)
    return report.status


def _variables(found: "Expression", by: list[str], several: list[str]) -> list[str]:
    """What is differentiated by: the names that are asked for, or all variables of the results."""
    from autodiff_cli.reports.jacobian import results_of
    from autodiff_cli.reports.point import selected_rows

    if several:
        return by or [*next(iter(results_of(found, several, by).values())).variables]
    return list(selected_rows(found, by)) if by else list(found.variables)


def _explain(
    found: "Expression",
    wanted: "list[By]",
    point: dict[str, float] | None,
    steps: bool | None,
    hessian: bool,
    form: str,
    output: str | None,
    quiet: bool,
) -> Status:
    """Write how each derivative comes about."""
    from autodiff_cli.reports.derivation_steps import explain_derivatives

    report = explain_derivatives(found, wanted, point, steps, hessian=hessian)
    notes(report.notes, quiet)
    add_reading(report.found, found)
    deliver(DERIVATION, form, report, output)
    return report.status


def _write_code(
    found: "Expression",
    target: str,
    wanted: "list[By]",
    several: list[str],
    name: str,
    output: str | None,
    quiet: bool,
) -> Status:
    """Write value and derivatives as code, of C with its header."""
    from autodiff_cli.codegen import targets
    from autodiff_cli.reports.jacobian import results_of

    results = results_of(found, several, [*{one: None for by in wanted for one in by}]) if several else {}
    text, said = targets.write(found, target, wanted, name, results)
    notes(said, quiet)
    _put(text, output)
    if output and output.endswith(".c"):
        _put(targets.header(found, wanted, name, results), f"{output.removesuffix('.c')}.h")
    return Status.OK


def _form(target: str | None, steps: bool | None, name: str, output: str | None, format_: str | None) -> str:
    """The format of the formulas; empty where it is code."""
    if format_ == "markdown":
        raise AutodiffError("a formula alone is no Markdown", hint="--explain --format markdown writes its derivation")
    if target and (steps is not None or format_):
        raise AutodiffError("--to has a form of its own", hint="--to goes without --format, --steps and --expand")
    if name and not target:
        raise AutodiffError("--name is for code", hint=f"as in --to c --name {name}")
    if target:
        _check_ending(output, target)
        return ""
    return format_of(output, format_, _ENDINGS, "text")


def _check_ending(path: str | None, target: str) -> None:
    """Raise AutodiffError where the ending of a file is another language's."""
    language = ENDINGS.get(os.path.splitext(path or "")[1].lower(), target)
    if language != target and not (language == "python" and target in _IN_PYTHON):
        hint = f"without --to it is {language}; {target} goes into a file of its own ending"
        raise AutodiffError(
            f"-o {os.path.basename(path or '')[:60]} and --to {target} contradict each other", hint=hint
        )


def _explained_form(target: str | None, name: str, output: str | None, format_: str | None) -> str:
    """The format of a derivation."""
    if target not in (None, "latex"):
        raise AutodiffError(f"a derivation is no code in {target}", hint="--explain goes with --to latex")
    if target and format_:
        raise AutodiffError("--to has a form of its own", hint="--to goes without --format")
    if name:
        raise AutodiffError("--name is for code", hint="--explain goes without --name")
    if format_ in ("csv", "tsv"):
        raise AutodiffError("a derivation has no rows", hint="--explain has --format json")
    return target or format_of(output, format_, DERIVATION.endings(), "text")


def _asked(found: "Expression", count: int, hessian: bool) -> list[tuple[str, ...]]:
    """The one derivative that d^2/dxdy in front of the expression asks for; none where d/dx or nothing is there."""
    if len(found.asked) < 2:
        return []
    if hessian:
        raise AutodiffError("the expression says which derivative already", hint="d^2/dxdy goes without --hessian")
    found.require_variables(found.asked)
    return [tuple(found.asked) * count]


def _target_of(path: str | None, asked: str | None) -> str | None:
    """The code that the ending of a file asks for."""
    return None if path is None or asked else ENDINGS.get(os.path.splitext(path)[1].lower())


def _put(text: str, path: str | None) -> None:
    """Write text to a file, or to standard output."""
    if path is None:
        click.echo(text, nl=False)
    else:
        put(text.encode(), path)


def _order(typed: str | None, hessian: bool) -> int:
    if typed is None:
        return 1
    if hessian:
        raise AutodiffError("--hessian and --order are two things", hint="the Hessian has all of second order")
    return whole("order", typed, 1, MOST, "autodiff taylor has the numbers of higher orders at a point")


def _written(report: "Derivatives", format_: str) -> str:
    """The derivatives in a format; nothing where there are none."""
    from autodiff_cli.render import formulas

    if format_ == "json":
        return formulas.to_json(report) + "\n"
    if format_ != "text":
        return formulas.to_separated(report, format_) + "\n"
    return formulas.to_lines(report) + "\n" if report.rows else ""
