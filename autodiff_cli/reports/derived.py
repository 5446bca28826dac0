"""Derivatives as formulas, as plain data."""

from dataclasses import dataclass, field
from math import isfinite

from autodiff_cli.reports.results import Verdict
from autodiff_cli.reports.status import Status


@dataclass(slots=True)
class Derivative:
    """One derivative, by these names in turn: as text where the report's steps are known, and as text of its own.

    `of` is the result that it is of, where there are several.
    """

    by: tuple[str, ...]
    text: str
    alone: str
    value: float | None = None
    verdict: Verdict | None = None  # on the value
    of: str = ""

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
