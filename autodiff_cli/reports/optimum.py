"""What minimizing finds, as plain data: a point, its kind, how far that is proven, and others beside it."""

from dataclasses import dataclass, field
from enum import StrEnum

from autodiff_cli.reports.status import Status

Span = tuple[float, float]


class Kind(StrEnum):
    """What a point is."""

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SADDLE = "saddle"
    STATIONARY = "stationary"  # of a kind that the Hessian does not decide
    LOWEST = "lowest nearby"  # by values alone, as at a kink
    FLAT = "flat"  # the values nearby are the same, as far as floats go
    JUMP = "jump"  # beside a jump, where the best value need not be reached
    NONE = "none"


@dataclass(slots=True)
class Candidate:
    """A point beside the one that is shown: another that may be as good, or where another start led."""

    point: dict[str, float]
    value: float
    kind: Kind
    within: float | None = None
    active: list[str] = field(default_factory=list)
    start: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Everywhere:
    """What is proven of whole ranges: the best value lies between two numbers, and nowhere else than at these places.

    `undecided` are the pieces of the ranges where it may be too.
    """

    bounds: Span
    places: list[Candidate]
    undecided: list[dict[str, Span]]
    pieces: int
    is_known: bool


@dataclass(slots=True)
class Optimum:
    """Where it ends. The multiplier of an active bound is the partial there: what a wider bound would gain.

    That of a constraint is how fast the value changes with its right side. `anywhere` says that no value is better,
    whatever the variables are; `kinked` that slopes differ from side to side; `infeasible` that no point meets the
    constraints, or none was found.
    """

    expression: str
    point: dict[str, float]
    value: float
    kind: Kind
    proven: bool
    wanted: Kind
    active: list[str] = field(default_factory=list)
    multipliers: dict[str, float] = field(default_factory=dict)
    evaluations: int = 0
    within: float | None = None
    anywhere: bool = False
    kinked: bool = False
    everywhere: Everywhere | None = None
    others: list[Candidate] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    infeasible: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """What it comes to: a saddle is proven not to be what is wanted."""
        if self.everywhere:
            return Status.OK if self.everywhere.is_known else Status.UNDECIDED
        if self.infeasible:
            return Status.MISMATCH if self.proven else Status.UNDECIDED
        if self.kind in (self.wanted, Kind.LOWEST):
            return Status.OK
        is_another = self.proven and self.kind in (Kind.SADDLE, Kind.MINIMUM, Kind.MAXIMUM)
        return Status.MISMATCH if is_another else Status.UNDECIDED
