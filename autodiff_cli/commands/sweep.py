"""Points along ranges: `autodiff eval "sin(x)" --x 0:3.14:0.01`, and the rows that ranges make in `autodiff batch`."""

from collections.abc import Iterator
from itertools import product
from math import prod

import click

from autodiff_cli.commands.point import expression, notes, point_of
from autodiff_cli.commands.ranges import Range, is_range, read_range
from autodiff_cli.errors import AutodiffError, Exit, all_of
from autodiff_cli.reports.results import Report

_MOST = 1_000_000  # points


def take_ranges(texts: dict[str, str]) -> dict[str, Range]:
    """Take the ranges out of the values. Raises AutodiffError that names all that are wrong, or have no step."""
    spans, errors = {}, []
    for name, text in [*texts.items()]:
        if is_range(text):
            try:
                span = read_range(name, texts.pop(name))
                if span.step is None:
                    hint = f"a third part is the step: --{name} {text}:{(span.high - span.low) / 100:.3g}"
                    raise AutodiffError(f"{name} = {text} has no step", hint=hint)
                spans[name] = span
            except AutodiffError as error:
                errors.append(error)
    if errors:
        raise all_of(errors)
    return spans


def sweep(
    ctx: click.Context,
    file: str | None,
    values_file: str | None,
    wrt: list[str],
    quiet: bool,
    only: str | None,
    format_: str,
    precision: int | None,
) -> Exit:
    """Value, gradients and verdicts at every point, the last range moving fastest."""
    from autodiff_cli.render import sweep as render
    from autodiff_cli.reports.point import report_at, selected_rows
    from autodiff_cli.tables.spacing import steps

    found, texts = expression(ctx, file, values_file)
    spans = take_ranges(texts)
    fixed = point_of(found, texts | dict.fromkeys(spans, "0"))
    by = list(selected_rows(found, wrt))
    ways = [steps(span.low, span.high, span.step or 1.0) for span in spans.values()]
    if (total := prod([count for count, _ in ways])) > _MOST:
        raise AutodiffError(
            f"the ranges make {total:,} points", hint="wider steps make fewer; autodiff batch is for many"
        )
    if not quiet:
        notes(found.notes)
    missing: list[str] = []
    exits: set[Exit] = set()

    def reports() -> Iterator[tuple[dict[str, float], Report | None]]:
        for indices in product(*[range(count) for count, _ in ways]):
            at = {name: float(point(i)) for name, (_, point), i in zip(spans, ways, indices, strict=True)}
            try:
                report = report_at(found, fixed | at, wrt)
            except AutodiffError as error:
                if error.exit is not Exit.UNDEFINED:
                    raise
                missing.append(error.message)
                yield at, None
                continue
            exits.add(report.exit)
            yield at, report

    render.show(reports(), list(spans), by, only, format_, precision)
    if missing:
        count = f"{len(missing):,} of {total:,} points have" if total > 1 else "the point has"
        notes([f"{count} no value, the first because {missing[0]}"])
    return Exit.MISMATCH if Exit.MISMATCH in exits else Exit.OK if exits else Exit.UNDEFINED
