"""What a command found out, as plain data: all that a renderer may show."""

from dataclasses import dataclass, field
from math import isfinite, nan
from typing import TYPE_CHECKING

from autodiff_cli.reports.status import Status
from autodiff_cli.witness.judge import Verdict as Verdict

if TYPE_CHECKING:
    from autodiff_cli.reports.along import Along
    from autodiff_cli.reports.enclosed import Enclosure
    from autodiff_cli.reports.uncertainty import Uncertainty


@dataclass(slots=True)
class Row:
    """One variable, or one named step: its gradient, and the witness beside it."""

    name: str
    value: float
    gradient: float
    estimate: float
    bound: float
    verdict: Verdict
    left: float = nan  # the slopes on both sides of a kink
    right: float = nan
    computed: bool = False  # a step of a program, not a variable
    proven: str | None = None  # how many digits of the gradient are proven right, or "exact"; empty where none could be
    error: float = 0.0  # how far rounding may have moved the gradient


@dataclass(slots=True)
class Report:
    """An expression at a point."""

    expression: str
    value: float
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    proven: str | None = None  # as in a row, of the value
    error: float = 0.0  # how far rounding may have moved the value
    vanishes: bool = False  # the value is not 0, and no float is so small
    second: list[Row] = field(default_factory=list)  # second derivatives; a name is two names with a space between
    uncertainty: "Uncertainty | None" = None  # where some of the numbers are measured
    enclosure: "Enclosure | None" = None  # where some of them are intervals
    along: "Along | None" = None  # the slope in a direction that is asked for

    @property
    def status(self) -> Status:
        """What the report comes to."""
        rows = [*self.rows, *self.second, *([self.along.row] if self.along else [])]
        verdicts = {row.verdict for row in rows}
        if Verdict.MISMATCH in verdicts:
            return Status.MISMATCH
        gradients = [row.gradient for row in rows]
        bounds = self.enclosure.value if self.enclosure else ()
        if Verdict.SINGULAR in verdicts or not all(map(isfinite, [self.value, *gradients, *bounds])):
            return Status.UNDEFINED
        return Status.OK
