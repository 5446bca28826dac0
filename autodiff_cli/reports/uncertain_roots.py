"""How uncertain roots are where values in the equations are: by implicit derivatives, and by the roots of samples."""

from collections.abc import Mapping, Sequence
from math import isfinite

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.correlations import Matrix, Pair, triangle
from autodiff_cli.reports.measured import Measured
from autodiff_cli.reports.moments import Sampled
from autodiff_cli.reports.significant import percent
from autodiff_cli.reports.solve import ProvenRoot, Solution, equations_of
from autodiff_cli.reports.uncertainty import Spread, Uncertainty, of_shares, what_to_trust

_BITS = 128  # of the linear equations for the derivatives


def add_uncertainties(
    report: Solution,
    expression: Expression,
    fixed: Mapping[str, float],
    measured: Mapping[str, Measured],
    correlations: Mapping[Pair, float],
) -> None:
    """Put into each root how uncertain it is; `fixed` has the values of all variables that are not unknown.

    Raises AutodiffError for correlations that no numbers have.
    """
    factor = triangle([*measured], correlations)
    spread = Spread(measured, factor)
    for root in report.roots:
        point = {**fixed, **root.point}
        at = ", ".join([f"{name} = {number_text(float(f'{x:.6g}'))}" for name, x in root.point.items()])
        gradients = _gradients(report, expression, root, point, [*measured])
        if gradients is None:
            report.notes.append(f"{at} has no uncertainty: it has no derivatives by {', '.join(measured)}")
            continue
        root.uncertainties = {
            name: spread.first_order(root.point[name], by) for name, by in zip(report.unknowns, gradients, strict=True)
        }
        for found in root.uncertainties.values():
            found.is_correlated = any(correlations.values())
        if len(report.unknowns) == 1:
            found = root.uncertainties[report.unknowns[0]]
            found.sampled, why = _sampled(expression, report.unknowns[0], point, measured, factor)
            found.notes += [why] * bool(why) + _remarks(found)
        for name, found in root.uncertainties.items():
            found.notes += of_shares(found)
            of = f"{at}, {name}" if len(report.unknowns) > 1 else at
            report.notes += [f"{of}: {note}" for note in found.notes]


def _gradients(
    report: Solution, expression: Expression, root: ProvenRoot, point: Mapping[str, float], names: Sequence[str]
) -> list[dict[str, float]] | None:
    """The derivatives of each unknown by the names; None where there are none, as of a double root."""
    if len(report.unknowns) > 1:
        return _of_system(report.unknowns, expression, point, names)
    found = {name: slope for name in names if (slope := root.derivatives.get(name)) is not None}
    return [found] if len(found) == len(names) and all(map(isfinite, found.values())) else None


def _of_system(
    unknowns: Sequence[str], expression: Expression, point: Mapping[str, float], names: Sequence[str]
) -> list[dict[str, float]] | None:
    """Minus the inverse of the slopes by the unknowns, times the slopes by the names (implicit functions)."""
    from flint import arb_mat, ctx

    with expression.at(point) as at:
        slopes = [at.gradients(equation) for equation in equations_of(expression)]
        if not all([isfinite(by[name]) for by in slopes for name in (*unknowns, *names)]):  # noqa: C419 - faster
            return None
        with ctx.workprec(_BITS):
            matrix = arb_mat([[by[name] for name in unknowns] for by in slopes])
            right = arb_mat([[-by[name] for name in names] for by in slopes])
            try:
                found = matrix.solve(right)
            except ZeroDivisionError:
                return None
    rows = range(len(unknowns))
    return [{name: float(found[row, column].mid()) for column, name in enumerate(names)} for row in rows]


def _remarks(found: Uncertainty) -> list[str]:
    """What is to be said of the uncertainty of a root."""
    remarks = [what_to_trust(found)] if "linear" in found.doubtful else []
    if found.sampled and found.sampled.without_value:
        remarks.append(f"{percent(found.sampled.without_value / found.sampled.rows)} of the samples have no such root")
    return remarks


# --- the roots of samples --------------------------------------------------------------------------------------------


def _sampled(
    expression: Expression,
    unknown: str,
    point: Mapping[str, float],
    measured: Mapping[str, Measured],
    factor: Matrix,
) -> tuple[Sampled | None, str]:
    """The samples, or why there are none."""
    try:
        from autodiff_cli.reports.sampled_roots import sample

        return sample(expression, unknown, point, measured, factor)
    except AutodiffError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return None, f"not sampled: {error.message}{hint}"
