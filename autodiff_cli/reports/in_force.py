"""Lines that hold only where an equation does: implicit derivatives, solutions, branches, what is moved and divided."""

import re
from collections.abc import Mapping
from math import isfinite

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text
from autodiff_cli.language.parser import parse
from autodiff_cli.language.scope import CALLABLE
from autodiff_cli.language.signs import PRIMES
from autodiff_cli.reports.check import Answer, CheckedDerivative, Comparison
from autodiff_cli.reports.derivation import substituted
from autodiff_cli.reports.heads import mention_of
from autodiff_cli.reports.quantities import Equation
from autodiff_cli.reports.solutions import holds_at, solutions, value_at
from autodiff_cli.reports.truth import Judged, LineVerdict, Truth, is_rounded

_ELSEWHERE = 0.7  # a variable that the equation does not have
_NUMBER = r"\s*-?\s*\d+\s*"
_DERIVATIVE = (
    rf"\\[dt]?frac\s*\{{\s*d[^{{}}]*\}}\s*\{{\s*d[^{{}}]*\}}|d[^\W\d_]\s*/\s*d[^\W\d_]|[^\W\d_][{''.join(PRIMES)}]+"
)


def take(truth: Truth, left: str, right: str) -> Judged:
    """Take an equation as given: from here on lines may hold where it does."""
    truth.known.equation = Equation(left, right, truth.line, truth.root(f"{left} {right}"))
    truth.known.stated = None
    truth.known.point = {}
    return Judged(LineVerdict.GIVEN, why="an equation, taken as given")


def may_be_taken(truth: Truth, left: str, right: str, is_first: bool) -> bool:
    """Whether an equation may be one to work with: the first line, one with a number, or between other variables."""
    if is_first:
        return True
    variables = [{*truth.read(side).variables} for side in (left, right)]
    is_of_known = any(re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", left) for name in truth.known.known)
    return variables[0] != variables[1] and (is_number(right) or not is_of_known)


def is_number(text: str) -> bool:
    """Whether a text is a whole number, as the right side of what is to be solved mostly is."""
    return re.fullmatch(_NUMBER, text) is not None


class InForce:
    """The equation that was taken last, as what other lines are held against."""

    def __init__(self, truth: Truth, equation: Equation) -> None:
        self._truth, self._equation = truth, equation

    @property
    def is_point(self) -> bool:
        """Whether it says what a variable is: x = 2."""
        return self._equation.left.strip() in self._truth.known.variables and not self._right.variables

    @property
    def _right(self) -> Expression:
        return self._truth.read(self._equation.right)

    @property
    def _difference(self) -> Expression:
        """Left less right side, which is 0 where the equation holds."""
        return self._truth.read(f"({self._equation.left}) - ({self._equation.right})")

    def judge(self, left: str, right: str) -> Judged:
        """Whether two sides are equal where the equation holds."""
        found = self._judged(left, right)
        if self._truth.known.has_dependent(f"{left} {right}"):
            self._truth.known.stated = Equation(left, right, self._truth.line, found.root)
        return found

    def _judged(self, left: str, right: str) -> Judged:
        everywhere = self._truth.of_sides(left, right)
        if everywhere.verdict is LineVerdict.RIGHT:
            return everywhere
        special = self._special(left, right) or self.where_it_holds(left, right)
        if special or everywhere.verdict is LineVerdict.FOLLOWS:
            return special or everywhere
        return self._wrong(left, right)

    def where_it_holds(self, left: str, right: str) -> Judged | None:
        """That two sides are equal wherever the equation holds; None where they are not."""
        a, b = self._truth.read(left), self._truth.read(right)
        held = [holds_at(a, b, point) for point in self._points(a, b, at=self._point_of(left, right))]
        if not any(held) or False in held:
            return None
        return Judged(LineVerdict.RIGHT, why=f"where line {self._equation.line} holds")

    def _wrong(self, left: str, right: str) -> Judged:
        """A point where the equation holds, and the sides differ."""
        a, b = self._truth.read(left), self._truth.read(right)
        points = self._points(a, b, at=self._point_of(left, right))
        if not points:
            why = f"no point was found where line {self._equation.line} holds, to try it at"
            return Judged(LineVerdict.UNDECIDED, why=why)
        point = min([point for point in points if not holds_at(a, b, point)] or points, key=_plainness)
        shown = {name: float(f"{x:.9g}") for name, x in point.items()}
        spot = Comparison(shown, value_at(b, point), value_at(a, point))
        wrong = CheckedDerivative("", right, Answer.WRONG, len(points), {}, counterexample=spot)
        return Judged(LineVerdict.WRONG, wrong, self._truth.line)

    # --- solutions ---------------------------------------------------------------------------------------------------

    def _special(self, left: str, right: str) -> Judged | None:
        """x = 2 where that is a solution, y = sqrt(25 - x^2) where that is a branch; None of other lines."""
        mention, value = mention_of(left), self._truth.read(right)
        name = mention.name if mention and mention.order == 0 and mention.argument is None else ""
        if name not in self._truth.known.variables or name in value.variables:
            return None
        finding = self._with(name, value)
        if finding.answer is Answer.RIGHT:
            is_branch = value.variables and name not in {one.by for one in self._truth.known.known.values()}
            solves = name if is_branch else ""
            return Judged(LineVerdict.RIGHT, finding, None, f"it solves line {self._equation.line}", solves)
        if self._is_of_others(value):
            return Judged(LineVerdict.GIVEN, why="taken as given")
        if value.variables:
            return None
        return self._chosen(name, value.evaluate()) or self._no_solution(name, right, finding)

    def _is_of_others(self, value: Expression) -> bool:
        """Whether x = cos(t) brings in a variable that nothing before has."""
        return bool(value.variables) and value.variables.keys().isdisjoint(self._difference.variables)

    # --- a point of a curve ------------------------------------------------------------------------------------------

    def at(self, point: Mapping[str, float]) -> Judged:
        """Whether a point is on the curve that the equation is; the lines behind it may be about this point.

        One of letters, (a, b), is taken as given.
        """
        self._truth.known.point = {}
        found = Judged(LineVerdict.GIVEN)
        for name, number in point.items():
            found = self._chosen(name, number) or Judged(LineVerdict.UNDECIDED)
        return found

    def _chosen(self, name: str, number: float) -> Judged | None:
        """x = 3, y = 4 of x^2 + y^2 = 25, which say where it is looked at; None where the equation is no curve."""
        known = self._truth.known
        names = self._difference.variables.keys()
        if "y" not in names or len(names) < 2 or name not in names:
            return None
        is_on = self._is_on({**known.point, name: number})
        if is_on is False and name in known.point:  # another point begins
            known.point = {}
            is_on = self._is_on({name: number})
        if is_on is None:
            known.point = {**known.point, name: number}
            return Judged(LineVerdict.GIVEN, why=f"at a point of line {self._equation.line}")
        point = {**known.point, name: number}
        if is_on:
            known.point = point
            return Judged(LineVerdict.RIGHT, why=f"a point of line {self._equation.line}")
        left, right = (self._truth.read(side) for side in (self._equation.left, self._equation.right))
        spot = Comparison(point, value_at(left, point), value_at(right, point))
        wrong = CheckedDerivative("", self._equation.right, Answer.WRONG, 1, {}, counterexample=spot)
        return Judged(LineVerdict.WRONG, wrong, self._truth.line, f"it is no point of line {self._equation.line}")

    def _is_on(self, point: dict[str, float]) -> bool | None:
        """Whether the equation holds at a point; None where that does not give every variable."""
        left, right = (self._truth.read(side) for side in (self._equation.left, self._equation.right))
        if not {*left.variables, *right.variables} <= {*point}:
            return None
        return holds_at(left, right, point) is True

    def _point_of(self, *texts: str) -> dict[str, float]:
        """The point that was chosen, for lines that have no letter of it left: y' = -3/4."""
        point = self._truth.known.point
        words = {*re.findall(r"[^\W\d_]+", re.sub(_DERIVATIVE, " ", " ".join(texts)))} - CALLABLE
        return {} if any(name in word for name in point for word in words) else point

    # --- solutions, again --------------------------------------------------------------------------------------------

    def _with(self, name: str, value: Expression, as_written: bool = False) -> CheckedDerivative:
        """Whether the equation holds with something in place of one of its variables."""
        sides = [
            substituted(self._truth.read(f"{side} + 0*({name})", (), as_written), name, value)
            for side in (self._equation.left, self._equation.right)
        ]
        return self._truth.compare(sides[0], sides[1])

    def _no_solution(self, name: str, right: str, finding: CheckedDerivative) -> Judged:
        """x = 2, which is no solution; but x = 1.41 is one of x^2 = 2, rounded."""
        truth, value = self._truth, self._truth.read(right)
        numbers = [point[name] for point in self._points() if name in point]
        rounded = next((number for number in numbers if is_rounded(right, number)), None)
        if rounded is not None:
            return Judged(LineVerdict.RIGHT, why=f"rounded, it solves line {self._equation.line}: {rounded:.8g}")
        root = truth.root(f"{self._equation.left} {self._equation.right}")
        if root is not None and self._with(name, value, as_written=True).answer is Answer.RIGHT:
            return Judged(LineVerdict.FOLLOWS, None, root)
        if spot := finding.counterexample:
            point = {name: value.evaluate()} | spot.point
            finding.counterexample = Comparison(point, spot.true, spot.claimed)
        return Judged(LineVerdict.WRONG, finding, truth.line, f"it does not solve line {self._equation.line}")

    # --- points ------------------------------------------------------------------------------------------------------

    def _points(self, *sides: Expression, at: Mapping[str, float] | None = None) -> list[dict[str, float]]:
        """Points where the equation holds, and some expressions are defined; only those where variables are `at`."""
        elsewhere = {name: _ELSEWHERE for side in sides for name in side.variables}
        points = [point | elsewhere | point for point in self._solved({**(at or {})})]  # names of the equation first
        return [point for point in points if all(isfinite(value_at(side, point)) for side in sides)]

    def _solved(self, fixed: dict[str, float]) -> list[dict[str, float]]:
        """Points where the equation holds, with some of its variables fixed; that one alone where they all are."""
        difference = self._difference
        for name in fixed.keys() & difference.variables.keys():
            difference = substituted(difference, name, parse(repr(fixed[name])))
        names = [*difference.variables]
        if not names:
            return [fixed] if fixed else []
        dependent = "y" if "y" in names else names[-1]
        found = solutions(difference, dependent, self._truth.within(difference), self._truth.seed)
        return [fixed | point for point in found]


def _plainness(point: Mapping[str, float]) -> int:
    """How hard a point is on the eye, least first."""
    return sum([len(number_text(float(f"{x:.9g}"))) for x in point.values()])
