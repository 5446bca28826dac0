"""What is said of a curve: points with a name, lines that it comes to, and where it does what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value, constant
from autodiff_cli.reports.status import Status

Span = tuple[float, float]


@dataclass(slots=True)
class Mark:
    """A point of the curve. `exact` and `exact_value` are closed forms, empty where there is none.

    `kind` is that of an extremum, minimum or maximum; `where` says of one that it is at a kink, a jump or an edge.
    `left` and `right` are what the value comes to on the sides, at a kink the slope; None where that is not known.
    """

    x: float
    value: float | None = None
    exact: str = ""
    exact_value: str = ""
    within: float = 0.0
    kind: str = ""
    where: str = ""
    order: float = 1.0
    slope: float | None = None
    left: float | None = None
    right: float | None = None


@dataclass(frozen=True, slots=True)
class Asymptote:
    """A line y = slope * x + height that the curve comes to, towards minus infinity or infinity: `sides` -1 and 1."""

    slope: float
    height: float
    sides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """From one end to the other, with the ends or without."""

    low: float
    high: float
    has_low: bool = False
    has_high: bool = False


@dataclass(slots=True)
class Study:
    """What a curve does along its range; where `span` is None, on the whole line."""

    expression: str
    variable: str
    fixed: dict[str, float]
    span: Span | None
    zeros: list[Mark] = field(default_factory=list)
    extrema: list[Mark] = field(default_factory=list)
    inflections: list[Mark] = field(default_factory=list)
    poles: list[Mark] = field(default_factory=list)
    holes: list[Mark] = field(default_factory=list)
    jumps: list[Mark] = field(default_factory=list)
    kinks: list[Mark] = field(default_factory=list)
    edges: list[Mark] = field(default_factory=list)
    asymptotes: list[Asymptote] = field(default_factory=list)
    limits: dict[int, float | None] = field(default_factory=dict)  # towards infinity, by its sign
    ways: dict[str, list[Span]] = field(default_factory=dict)  # where it rises, falls, is constant, convex ...
    domain: list[Reach] = field(default_factory=list)
    values: list[Reach] | None = None
    symmetry: str = ""  # even, odd
    period: tuple[str, float] | None = None
    is_one_period: bool = False  # whether the range is a period, since none was asked for
    undecided: dict[str, list[Span]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether there is nothing else of each kind."""
        return not self.undecided

    @property
    def status(self) -> Status:
        """What it comes to."""
        return Status.OK if self.complete else Status.UNDECIDED


@dataclass(slots=True)
class CriticalPoint:
    """A point where both slopes are 0: a minimum, maximum or saddle, or degenerate; the only one within so much."""

    point: dict[str, float]
    value: float | None
    kind: str
    within: float | None = None


@dataclass(slots=True)
class AreaStudy:
    """The critical points of a function of two variables in a box."""

    expression: str
    spans: dict[str, Span]
    fixed: dict[str, float]
    points: list[CriticalPoint] = field(default_factory=list)
    undecided: list[dict[str, Span]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether there are no others in the box, and each is of a known kind."""
        return not self.undecided and all(point.kind != DEGENERATE for point in self.points)

    @property
    def status(self) -> Status:
        """What it comes to."""
        return Status.OK if self.complete else Status.UNDECIDED


DEGENERATE = "degenerate"


def constants(expression: Expression, fixed: Mapping[str, str | float]) -> dict[Value, Value]:
    """The values of variables as constants in their places; a decimal is meant as it is typed."""
    made = {name: constant(float(given), given if isinstance(given, str) else "") for name, given in fixed.items()}
    return {expression.variables[name]: leaf for name, leaf in made.items()}
