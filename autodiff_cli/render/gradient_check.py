"""A check of a gradient, as text: a table by component, and why some component could not be decided."""

from typing import TYPE_CHECKING

from autodiff_cli.render.phrases import counted, without_zeros
from autodiff_cli.reports.gradient_check import CheckedGradient, ComponentRow, Obstacle
from autodiff_cli.reports.results import Report, Verdict

if TYPE_CHECKING:
    from rich.console import Console

_MOST = 20  # rows of a table: of more, those that are right are left out
_EXPLAINED = 5  # components
_DIFFER = {Verdict.JUMP: "the value jumps here", Verdict.SINGULAR: "there is no finite slope"}


def show(checked: CheckedGradient, console: "Console") -> None:
    """Print the value, a row a component, and what is to be said of those that are not right."""
    from autodiff_cli.render import report

    rows = checked.rows
    if len(rows) > _MOST:
        worst = sorted(rows, key=lambda row: -row.verdict.severity)[:_MOST]
        rows = sorted(worst, key=lambda row: row.number)
    report.show(Report("f", checked.value, [*rows]), console)
    for line in remarks(checked, len(checked.rows) - len(rows)):
        console.print(line)


def to_text(checked: CheckedGradient) -> str:
    """The same as plain text."""
    from autodiff_cli.render.console import as_text

    return as_text(lambda console: show(checked, console)).rstrip("\n")


def remarks(checked: CheckedGradient, left_out: int = 0) -> list[str]:
    """What a reader must know besides the table, one line each."""
    lines = []
    if left_out:
        lines.append(f"{counted(left_out, 'component')} more, none of them worse")
    why = [f"{row.name}: {reason}" for row in checked.rows if (reason := _why_not(row, checked))]
    lines += why[:_EXPLAINED]
    if len(why) > _EXPLAINED:
        lines.append(f"{counted(len(why) - _EXPLAINED, 'component')} more without a decision")
    if any(row.obstacle is Obstacle.NOISE and row.verdict is Verdict.UNSURE for row in checked.rows):
        lines.append(f"double precision or a tolerance above {_short(checked.tolerance)} may decide it")
    return lines


def accusation(checked: CheckedGradient) -> str:
    """The first component that is wrong, or undecided, with both numbers; then the table."""
    wrong = [row for row in checked.rows if row.verdict is Verdict.MISMATCH]
    unclear = [row for row in checked.rows if row.verdict not in (Verdict.OK, Verdict.KINK)]
    row = (wrong or unclear)[0]
    place = f"gradient{row.name[1:]}"
    if row.name.count(",") or row.name.count("[") > 1:
        place += f" (component {row.number})"
    others = len(wrong or unclear) - 1
    more = f"; and {counted(others, 'component')} more" if others else ""
    if wrong:
        head = f"{place} is wrong: it is {_digits(row.gradient)}, by differences {_estimated(row)}{more}"
    else:
        reason = _why_not(row, checked)
        head = f"{place} is undecided: it is {_digits(row.gradient)}, by differences {_estimated(row)}; {reason}{more}"
    return f"{head}\n\n{to_text(checked)}"


def _why_not(row: ComponentRow, checked: CheckedGradient) -> str:
    """Why there is no decision on a component; empty where there is one."""
    if row.verdict in (Verdict.OK, Verdict.KINK, Verdict.MISMATCH):
        return ""
    if row.verdict in _DIFFER:
        return _DIFFER[row.verdict]
    if row.obstacle is Obstacle.ONE_SIDED:
        return "there are values on one side alone"
    if row.obstacle is Obstacle.FINE:
        return "smaller steps show another slope, but not which"
    if row.obstacle is Obstacle.UNSETTLED:
        return "differences do not settle as the step shrinks"
    if row.obstacle is Obstacle.NOISE:
        return f"{_noise(checked)} hides errors of {_short(row.bound)}"
    return "noise or rounding may have made the difference"


def _noise(checked: CheckedGradient) -> str:
    return f"noise of {_short(checked.noise)} in the values" if checked.noise else "rounding in the values"


def _estimated(row: ComponentRow) -> str:
    """The estimate and its bound; at a kink the slope on each side."""
    if row.left == row.left and row.right == row.right:
        return f"{_digits(row.left)} on the left and {_digits(row.right)} on the right"
    return "unknown" if row.estimate != row.estimate else f"{_digits(row.estimate)} ± {_short(row.bound)}"


def _digits(number: float) -> str:
    return without_zeros(f"{number:.10g}")


def _short(number: float) -> str:
    return without_zeros(f"{number:.1g}")
