"""Systems of equations: Newton's method and the proof that a root is there, alone, by Krawczyk's operator.

K(X) = m - Y f(m) + (I - Y J(X)) (X - m), for a box X around m, slopes J(X) over it, and any matrix Y. Where K(X) lies
inside X there is one root in X, and it lies in K(X) (Krawczyk 1969; Rump, Acta Numerica 2010, section 13).
"""

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from math import ceil, inf, log10, nextafter, ulp
from typing import Any, NamedTuple

from flint import arb, arb_mat

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import Undefined
from autodiff_cli.solving.far import BallGraph, is_finite
from autodiff_cli.solving.line import nearest

_SEARCH, _SURE = 64, 256  # bits
_NEWTON = 100  # steps
_BOXES = 40_000  # times nodes, that are looked at
_FINE = 1e-13  # of the range: the width of a box that is not split any more
_HALVINGS = 30  # of a step of Newton's that leads away
_NOTHING = 1e-40  # what Newton's steps to a root at 0 come to
_WIDER = 0.1  # by how much a box is tried, so that a root on its edge is inside

Box = tuple[tuple[float, float], ...]


class SystemRoot(NamedTuple):
    """A root: its floats, how far from them it is alone, and the balls."""

    point: tuple[float, ...]
    within: float
    balls: tuple[Any, ...]


class SystemRoots(NamedTuple):
    """The roots in a box, and the boxes that are undecided."""

    found: list[SystemRoot]
    undecided: list[Box]


class System:
    """As many equations as unknowns, the other variables fixed."""

    def __init__(
        self, graph: NamedGraph, equations: Sequence[Value], unknowns: Sequence[Value], fixed: Mapping[Value, Any]
    ) -> None:
        self.graph, self.equations, self.unknowns = graph, [*equations], [*unknowns]
        self._at = {bits: BallGraph(graph, fixed, bits) for bits in (_SEARCH, _SURE)}

    def near(self, start: Sequence[float]) -> SystemRoot | None:
        """The root that Newton's method comes to, proven; None where it comes to none, or nothing is proven there."""
        middle = self._newton([arb(number) for number in start])
        return self._proven(middle) if middle else None

    def roots(self, box: Box) -> SystemRoots:
        """All roots in a box: what cannot hold one is left out, what may hold several is split."""
        found: list[SystemRoot] = []
        undecided: list[Box] = []
        waiting = [(-_size(box, box), box)]
        budget = max(_BOXES // max(len(self.graph.nodes), 1), 500)
        while waiting and budget > 0:
            budget -= 1
            _, piece = heappop(waiting)
            root = self._look(piece)
            if isinstance(root, SystemRoot):
                if not any(map(root_overlaps(root), found)) and _touches(root, box):
                    found.append(root)
            elif root:
                halves = _halves(piece, box) if _size(piece, box) > _FINE else []
                undecided += [] if halves else [piece]
                for half in halves:
                    heappush(waiting, (-_size(half, box), half))
        undecided += [piece for _, piece in waiting]
        return SystemRoots(sorted(found), joined(undecided))

    # --- one box ---------------------------------------------------------------------------------------------------

    def _look(self, piece: Box) -> SystemRoot | bool:
        """The only root of a box and a little around it; else whether there may be any."""
        balls = [arb(low).union(arb(high)) for low, high in piece]
        values = self.values(balls, _SEARCH)
        if any(self._at[_SEARCH].excludes_0(root, values) for root in self.equations):
            return False
        wider = [_around((low + high) / 2, (high - low) * (0.5 + _WIDER)) for low, high in piece]
        image = self._image(wider, _SEARCH)
        if image is None:
            return True
        if all(ball.contains_interior(part) for ball, part in zip(wider, image, strict=True)):
            middle = self._newton([arb(part.mid()) for part in image])
            root = self._proven(middle) if middle else None
            is_here = root and all(ball.contains(part) for ball, part in zip(wider, root.balls, strict=True))
            return root if root and is_here else True
        return all(ball.overlaps(part) for ball, part in zip(wider, image, strict=True))

    def values(self, balls: Sequence[Any], bits: int = _SURE) -> dict[Value, Any]:
        """The number of every node over a box."""
        return self._at[bits].values(dict(zip(self.unknowns, balls, strict=True)))

    def _residuals(self, point: Sequence[Any], bits: int) -> Any:
        """The equations at a point, as a column; None where one has no value."""
        values = self.values(point, bits)
        numbers = [values[root] for root in self.equations]
        return arb_mat([[arb(number)] for number in numbers]) if all(map(is_finite, numbers)) else None

    def slopes(self, balls: Sequence[Any], bits: int = _SURE) -> Any:
        """The matrix of slopes over a box; None where one is not known."""
        values = self.values(balls, bits)
        rows = []
        for root in self.equations:
            if not is_finite(values[root]):
                return None
            found = self._at[bits].balls.gradients(root, values)
            row = [found.get(unknown, arb(0)) for unknown in self.unknowns]
            if any(isinstance(slope, Undefined) or not is_finite(slope) for slope in row):
                return None
            rows.append([arb(slope) for slope in row])
        return arb_mat(rows)

    def _image(self, box: Sequence[Any], bits: int) -> list[Any] | None:
        """Krawczyk's operator of a box; None where there are no slopes, or their matrix has no inverse."""
        middle = [arb(ball.mid()) for ball in box]
        with self._at[bits].balls:
            slopes, here, residuals = self.slopes(box, bits), self.slopes(middle, bits), self._residuals(middle, bits)
            if slopes is None or here is None or residuals is None:
                return None
            try:
                inverse = here.inv().mid()
            except ZeroDivisionError:
                return None
            count = len(middle)
            one = arb_mat([[int(i == j) for j in range(count)] for i in range(count)])
            away = arb_mat([[ball - point] for ball, point in zip(box, middle, strict=True)])
            image = arb_mat([[point] for point in middle]) - inverse * residuals + (one - inverse * slopes) * away
            return [image[row, 0] for row in range(count)]

    def _newton(self, point: list[Any]) -> list[Any] | None:
        """The point to which Newton's steps lead, each halved until the residuals fall; None where they do not."""
        with self._at[_SURE].balls:
            for _ in range(_NEWTON):
                residuals, slopes = self._residuals(point, _SURE), self.slopes(point, _SURE)
                if residuals is None or slopes is None:
                    return None
                try:
                    step = slopes.solve(residuals)
                except ZeroDivisionError:
                    return None
                moved = self._damped(point, step, residuals)
                is_still = all(
                    abs(step[row, 0]) <= arb(2) ** -180 * abs(at).max(arb(2) ** -60) for row, at in enumerate(point)
                )
                if is_still or moved is None:
                    return point
                point = moved
        return None

    def _damped(self, point: list[Any], step: Any, residuals: Any) -> list[Any] | None:
        """The point after a step, or after a part of it."""
        before = _norm(residuals)
        share = arb(1)
        for _ in range(_HALVINGS):
            moved = [arb((at - share * step[row, 0]).mid()) for row, at in enumerate(point)]
            there = self._residuals(moved, _SURE)
            if there is not None and _norm(there) < before:
                return moved
            share /= 2
        return None

    def _proven(self, middle: list[Any]) -> SystemRoot | None:
        """A root close to where Newton's steps end, with the proof; a number that goes on falling there may be 0."""
        point = tuple([nearest(at.mid()) for at in middle])
        snapped = tuple([0.0 if abs(number) < _NOTHING else number for number in point])
        return self._proven_at(snapped) or (self._proven_at(point) if snapped != point else None)

    def _proven_at(self, point: tuple[float, ...]) -> SystemRoot | None:
        widest = max([10.0 ** ceil(log10(ulp(number))) if number else 1e-15 for number in point])
        for within in [widest / 10**power for power in range(0, 40, 2)]:
            box = [_around(number, max(within, ulp(number))) for number in point]
            image = self._image(box, _SURE)
            if image and all(ball.contains_interior(part) for ball, part in zip(box, image, strict=True)):
                return SystemRoot(point, within, tuple(image))
        return None


def root_overlaps(root: SystemRoot) -> Any:
    """Whether another root may be this one."""
    return lambda other: all(a.overlaps(b) for a, b in zip(root.balls, other.balls, strict=True))


def _touches(root: SystemRoot, box: Box) -> bool:
    """Whether a root may be in a box: one within rounding of an edge counts."""
    return all(ball.overlaps(arb(low).union(arb(high))) for ball, (low, high) in zip(root.balls, box, strict=True))


def _around(middle: float, away: float) -> Any:
    return arb(middle) + arb(0, 1) * arb(away)


def _norm(column: Any) -> Any:
    return max([abs(column[row, 0]).mid() for row in range(column.nrows())])


def _size(piece: Box, box: Box) -> float:
    """The widest side of a piece, as a share of the whole."""
    return max(
        [(high - low) / (most - least) for (low, high), (least, most) in zip(piece, box, strict=True)], default=0.0
    )


def _halves(piece: Box, box: Box) -> list[Box]:
    """Two pieces of one, cut across the widest side; none where floats have no middle."""
    shares = [(high - low) / (most - least) for (low, high), (least, most) in zip(piece, box, strict=True)]
    side = shares.index(max(shares))
    low, high = piece[side]
    middle = low + (high - low) * 0.4871
    if not low < middle < high:
        return []
    return [(*piece[:side], (low, middle), *piece[side + 1 :]), (*piece[:side], (middle, high), *piece[side + 1 :])]


def joined(pieces: list[Box]) -> list[Box]:
    """Boxes that touch as one around them."""
    joined: list[Box] = []
    for piece in sorted(pieces):
        for index, other in enumerate(joined):
            if all(
                low <= nextafter(top, inf) and bottom <= nextafter(high, inf)
                for (low, high), (bottom, top) in zip(piece, other, strict=True)
            ):
                joined[index] = tuple(
                    (min(low, bottom), max(high, top)) for (low, high), (bottom, top) in zip(piece, other, strict=True)
                )
                break
        else:
            joined.append(piece)
    return joined
