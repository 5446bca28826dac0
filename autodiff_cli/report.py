"""What a command found out, as plain data: all that a renderer may show."""

from dataclasses import dataclass, field
from enum import StrEnum
from math import nan

from autodiff_cli.errors import Exit


class Verdict(StrEnum):
    """What the witness says of a gradient."""

    OK = "ok"  # gradient and estimate agree within the estimate's bound
    MISMATCH = "mismatch"  # they differ by more
    KINK = "kink"  # the slopes from left and right differ
    SINGULAR = "singular"  # the gradient is infinite or undefined here
    UNSURE = "unsure"  # the estimate cannot resolve it


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


@dataclass(slots=True)
class Report:
    """An expression at a point."""

    expression: str
    value: float
    rows: list[Row]
    notes: list[str] = field(default_factory=list)

    @property
    def exit(self) -> Exit:
        """The exit code the report deserves."""
        verdicts = {row.verdict for row in self.rows}
        if Verdict.MISMATCH in verdicts:
            return Exit.MISMATCH
        if Verdict.SINGULAR in verdicts or abs(self.value) == float("inf"):
            return Exit.UNDEFINED
        return Exit.OK
