"""`autodiff eval --along 3,4`: the direction, as it is typed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autodiff_cli.commands.point import between_commas, number, read_each
from autodiff_cli.errors import AutodiffError, all_of

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.results import Report


def report_along(expression: "Expression", point: dict[str, float], wrt: list[str], typed: str) -> "Report":
    """The report at a point, with the slope in a direction.

    Raises AutodiffError for what is no direction in the variables of `wrt`, or in all there are.
    """
    from autodiff_cli.reports.along import along
    from autodiff_cli.reports.point import report_at, selected_rows

    expression.require_variables(wrt)
    given = read_direction(typed, wrt or [*expression.variables])
    report = report_at(expression, point, wrt and [*selected_rows(expression, wrt)])
    report.along = along(expression, point, given, report)
    return report


def read_direction(typed: str, variables: Sequence[str]) -> dict[str, float]:
    """A direction: a number for each variable in turn, or by name, where the others have 0.

    Raises AutodiffError where there are more numbers or fewer, or a name that is no variable.

    >>> read_direction("3,4", ["x", "y"]), read_direction("y=1/2", ["x", "y"])
    ({'x': 3.0, 'y': 4.0}, {'x': 0.0, 'y': 0.5})
    """
    listed = ", ".join(variables) or "none"
    parts = between_commas(typed)
    if "=" in typed:
        texts = dict.fromkeys(variables, "0") | _by_name(typed, parts, variables)
    else:
        if len(parts) == 1 < len(variables) and parts[0].startswith("("):
            parts = between_commas(parts[0].removeprefix("(").removesuffix(")"))
        if len(parts) != len(variables) or not all(parts):
            count = len([*filter(None, parts)])
            given = f"{count} number{'s' * (count != 1)}"
            hint = f"one number for each of {listed}, or by name: --along {_example(variables)}"
            raise AutodiffError(f"--along has {given}, and there are {len(variables)} variables", hint=hint)
        texts = dict(zip(variables, parts, strict=True))
    numbers, errors = read_each(number, texts)
    if errors:
        raise all_of(errors)
    return numbers


def _by_name(typed: str, parts: Sequence[str], variables: Sequence[str]) -> dict[str, str]:
    """The texts of x=3,y=4 by variable. Raises AutodiffError for another part, or a name twice."""
    pairs = [[one.strip() for one in part.split("=")] for part in parts]
    unknown = [pair[0] for pair in pairs if len(pair) == 2 and pair[0] not in variables]
    named = {pair[0]: pair[-1] for pair in pairs}
    if unknown or len(named) < len(pairs) or any(len(pair) != 2 or not pair[1] for pair in pairs):
        what = f"'{unknown[0]}' is no variable" if unknown else f"{typed} is no direction"
        hint = f"the variables are {', '.join(variables) or 'none'}: --along {_example(variables)}"
        raise AutodiffError(what, hint=hint)
    return named


def _example(variables: Sequence[str]) -> str:
    return ",".join([f"{name}={at}" for at, name in enumerate(variables[:3], 3)]) or "x=1"
