"""Numbers to so many digits, all of them right, as plain data."""

from dataclasses import dataclass, field
from typing import Any

from autodiff_cli.reports.status import Status


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
