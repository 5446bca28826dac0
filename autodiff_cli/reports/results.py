"""What a command found out, as plain data: all that a renderer may show."""

from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Any

from autodiff_cli.reports.status import Status
from autodiff_cli.witness.judge import Verdict as Verdict


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
    second: list[Row] = field(default_factory=list)  # second derivatives; a name is two names with a space between

    @property
    def status(self) -> Status:
        """What the report comes to."""
        rows = (*self.rows, *self.second)
        verdicts = {row.verdict for row in rows}
        if Verdict.MISMATCH in verdicts:
            return Status.MISMATCH
        gradients = [row.gradient for row in (*self.rows, *self.second)]
        if Verdict.SINGULAR in verdicts or not all(map(isfinite, [self.value, *gradients])):
            return Status.UNDEFINED
        return Status.OK


@dataclass(slots=True)
class Proven:
    """A number to some digits, all of them right, or why it cannot be had."""

    text: str = ""
    how: str = ""  # "exact" where the text is the number itself, else "40 digits", and rounded to these
    why: str = ""
    bound: str = ""  # where it is known to be no farther from 0
    node: Any = None  # the step that is to blame
    final: bool = False  # no precision will help

    @property
    def is_settled(self) -> bool:
        """Whether there is no more to find out."""
        return bool(self.text) or self.final


@dataclass(slots=True)
class ProvenRow:
    """One variable, or one named step."""

    name: str
    value: Proven
    gradient: Proven
    computed: bool = False


@dataclass(slots=True)
class Proof:
    """An expression at a point, to so many digits."""

    expression: str
    digits: int
    value: Proven
    rows: list[ProvenRow]
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """What the proof comes to."""
        gradients = [row.gradient.text for row in self.rows]
        is_proven = all([self.value.text, *gradients])
        return Status.OK if is_proven else Status.UNDEFINED


@dataclass(slots=True)
class Derivative:
    """One derivative, by these names in turn: as text where the report's steps are known, and as text of its own."""

    by: tuple[str, ...]
    text: str
    alone: str
    value: float | None = None
    verdict: Verdict | None = None  # on the value

    @property
    def status(self) -> Status:
        """What it comes to."""
        is_finite = self.value is None or isfinite(self.value)
        if not is_finite:
            return Status.UNDEFINED
        is_mismatch = self.verdict is Verdict.MISMATCH
        return Status.MISMATCH if is_mismatch else Status.OK


@dataclass(slots=True)
class Derivatives:
    """An expression's derivatives as formulas; `steps` are what several of them use, or one more than once."""

    expression: str
    rows: list[Derivative]
    steps: dict[str, str]
    conditions: list[str]
    notes: list[str] = field(default_factory=list)
    hessian: bool = False  # all of second order

    @property
    def status(self) -> Status:
        """What the report comes to."""
        statuses = {row.status for row in self.rows}
        if Status.UNDEFINED in statuses:
            return Status.UNDEFINED
        has_mismatch = Status.MISMATCH in statuses
        return Status.MISMATCH if has_mismatch else Status.OK
