"""The zeros of a node between two seams: by bisection, and what a second look at what that leaves open shows."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf, nextafter
from typing import Any

from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.balls import exactly
from autodiff_cli.exact.far import is_finite
from autodiff_cli.exact.hulls import hull
from autodiff_cli.exact.identity.decision import is_proven_0
from autodiff_cli.solving.beside import Beside
from autodiff_cli.solving.bisection import Roots
from autodiff_cli.solving.expansions import led_from
from autodiff_cli.solving.factors import factors
from autodiff_cli.solving.fractions import Fractions
from autodiff_cli.solving.one_variable import AlongVariable, CurvePoint, Span, is_same_point, point_of
from autodiff_cli.symbolic.derive import Derivation
from autodiff_cli.symbolic.formulas import tidy

_FEW = 10  # spans that are looked at once more

Ends = tuple[CurvePoint, CurvePoint]


class PieceRoots:
    """Finds zeros inside of pieces on which a function is smooth."""

    def __init__(self, along: AlongVariable) -> None:
        self._along = along
        self._fractions = Fractions(along.interner)

    def inside(self, root: Value, ends: Ends) -> tuple[list[CurvePoint] | None, list[Span]]:
        """The zeros of a node inside of a piece, None where it is 0 all along; and where there may be others."""
        if not root.requires_grad:
            return (None if root.data == 0 else []), []
        found = self._along.finder(root).roots(_outwards(ends[0], -inf), _outwards(ends[1], inf))
        if found.unsettled and not found.everywhere:
            root, found = self._as_fraction(root, found, ends)
        return self._kept(root, found, ends)

    def _as_fraction(self, root: Value, found: Roots, ends: Ends) -> tuple[Value, Roots]:
        """What is above the line, with its roots, where less of it is open; no divisor is 0 inside of a piece."""
        above = self._along.interner.of(tidy(self._fractions.numerator(root)))
        if above is root or not above.requires_grad:
            return root, found
        others = self._along.finder(above).roots(_outwards(ends[0], -inf), _outwards(ends[1], inf))
        return (above, others) if len(others.unsettled) < len(found.unsettled) else (root, found)

    def _kept(self, root: Value, found: Roots, ends: Ends) -> tuple[list[CurvePoint] | None, list[Span]]:
        """The roots inside of a piece, and what a second look at open spans leaves open."""
        low, high = ends[0], ends[1]
        if found.everywhere:
            return None, []
        points = [point_of(one, root) for one in found.found]
        spans = [_clipped(span, low, high) for span in found.unsettled if _is_open(span, low, high)]
        more, undecided = self._second_look(root, spans, ends)
        inside = [one for one in [*points, *more] if _is_inside(one.ball, low, high)]
        return _distinct(inside), undecided

    def _second_look(self, root: Value, spans: list[Span], ends: Ends) -> tuple[list[CurvePoint], list[Span]]:
        """The zeros in spans that bisection has left open, and the spans that stay open."""
        if len(spans) > _FEW:
            return [], spans
        looks = [(span, self._looked_at_again(root, span, ends)) for span in spans]
        points = [point for _, found in looks for point in found or ()]
        return points, [span for span, found in looks if found is None]

    def _looked_at_again(self, root: Value, span: Span, ends: Ends) -> list[CurvePoint] | None:
        """The zeros of a node in a span that bisection has left open; None where that cannot be told."""
        points = []
        for factor in factors(root):
            if self._is_free(factor.node, span, ends) or not self._along.finder(factor.node).roots(*span).unsettled:
                continue  # if it has a root there, that was found
            point = self.touching(factor.node, span)
            if point is None:
                return None
            points.append(point)
        return points

    def touching(self, node: Value, span: Span) -> CurvePoint | None:
        """The only zero in a span, where a node turns there and is 0 by algebra."""
        try:
            derivative = self._along.interner.of(Derivation(node, exact=True).by((self._along.variable,)))
        except AutodiffError:
            return None
        away = 1e-9 * max(1.0, abs(span[0]))
        if not derivative.requires_grad or span[1] - span[0] > away:
            return None
        finder = self._along.finder(node)
        if not is_finite(finder.values(hull(*span))[node]):
            return None
        found = self._along.finder(derivative).roots(span[0] - away, span[1] + away)
        if found.unsettled or len(found.found) != 1:
            return None
        point = point_of(found.found[0], derivative)
        form = self._along.form_of(point)
        if not form or not is_proven_0(self._along.equation(node)(form.graph)):
            return None
        return replace(point, zeros={*point.zeros, node}, order=2.0)

    def _is_free(self, node: Value, span: Span, ends: Ends) -> bool:
        """Whether a factor is 0 nowhere in a span that bisection has left open."""
        return (
            self._sign_along(node, span) is not None
            or self._is_sum_of_one_sign(node, span)
            or self._is_led(node, span, ends)
        )

    def _sign_along(self, node: Value, span: Span) -> int | None:
        """The sign that a node has all along a span; None where it may be 0."""
        finder = self._along.finder(node)
        if not finder.excludes_0(node, finder.values(hull(*span))):
            return None
        return finder.sign(node, (exactly(span[0]) + exactly(span[1])) / 2)

    def _is_sum_of_one_sign(self, node: Value, span: Span) -> bool:
        """Whether a node is the sum of what is positive in a span, or of what is negative."""
        name = node.rule.function.name if node.args else ""
        if name not in ("add", "sub"):
            return False
        first, second = (self._sign_along(part, span) for part in node.args)
        return first is not None and second is not None and first == (second if name == "add" else -second)

    def _is_led(self, node: Value, span: Span, ends: Ends) -> bool:
        """Whether beside a seam the first term of a node's expansion is larger than the others, all along a span."""
        for place, side in ((ends[0], 1), (ends[1], -1)):
            if span[0] <= place.x <= span[1] and place.exact is not None:
                with self._along.balls:
                    germ = Beside(self._along.balls, node).at(self._along.variable, place.exact, side, place.zeros)
                    bound = led_from(germ)
                return bound is not None and bound * (span[1] - span[0]) * 2 < 1
        return False


def _outwards(place: CurvePoint, to: float) -> float:
    """The float of a place, or the next one where it is rounded inwards."""
    return place.x if place.exact is not None and place.exact == exactly(place.x) else nextafter(place.x, to)


def _distinct(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """Points from left to right, each once."""
    found: list[CurvePoint] = []
    for point in sorted(points, key=lambda one: one.x):
        if found and is_same_point(found[-1], point):
            found[-1] = replace(found[-1], zeros=found[-1].zeros | point.zeros, order=found[-1].order + point.order)
        else:
            found.append(point)
    return found


def _is_inside(ball: Any, low: CurvePoint, high: CurvePoint) -> bool:
    return not (ball.overlaps(low.ball) or ball.overlaps(high.ball)) and bool(low.ball < ball < high.ball)


def _is_open(span: Span, low: CurvePoint, high: CurvePoint) -> bool:
    """Whether an undecided interval is in a piece; one that is nothing but a seam is not."""
    return span[1] > low.x and span[0] < high.x


def _clipped(span: Span, low: CurvePoint, high: CurvePoint) -> Span:
    return max(span[0], low.x), min(span[1], high.x)
