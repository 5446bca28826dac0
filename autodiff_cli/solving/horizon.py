"""How far from 0 a function of one variable does anything: beyond, no derivative is 0, and there is no seam."""

from collections.abc import Sequence

from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.ball_graph import BallGraph
from autodiff_cli.exact.balls import exactly
from autodiff_cli.exact.far import is_finite
from autodiff_cli.solving.beside import Beside
from autodiff_cli.solving.expansions import UnresolvedError, approach, led_from
from autodiff_cli.solving.factors import factors
from autodiff_cli.solving.one_variable import AlongVariable
from autodiff_cli.solving.seams import SeamNode, seams, smooth
from autodiff_cli.symbolic.derive import Derivation

_TURNS = 3  # of derivatives, to show that there are no zeros far out
_FARTHEST = 1e9  # where the last zero may be


class Horizon:
    """A function with its seams, and `at`, what encloses its values."""

    def __init__(self, along: AlongVariable, root: Value, among: Sequence[SeamNode], at: BallGraph) -> None:
        self._along, self._root, self._seams, self._at = along, root, among, at

    def reach(self) -> float | None:
        """How far from 0 the last seam, zero, stationary point or bend is, at most; None where that is not known."""
        farthest = 1.0
        for side in (-1, 1):
            bound = self._beyond_seams(self._seams, side, _TURNS)
            if bound is None:
                return None
            parts = self._parts(side, bound)
            if parts is None:
                return None
            bounds = [bound, *[self._beyond(part, side, _TURNS) for part in parts]]
            if None in bounds:
                return None
            farthest = max([farthest, *[one for one in bounds if one is not None]])
        return farthest

    def _parts(self, side: int, bound: float) -> list[Value] | None:
        """The function far out, and its derivatives; none where it has no value there; None where that is open."""
        values = self._at.values({self._along.variable: exactly(side * (2 * bound + 1))})
        if not is_finite(values[self._root]):
            return [] if self._at.balls.violation(self._at.graph, values) is not None else None
        try:
            root = smooth(self._root, values, self._along.interner)
            derivation = Derivation(root, exact=True)
            made = [self._along.interner.of(derivation.by((self._along.variable,) * order)) for order in (1, 2)]
            return [root, *[self._along.settled(one, exactly(side * (2 * bound + 1))) for one in made]]
        except (UnresolvedError, AutodiffError):
            return None

    def _beyond_seams(self, among: Sequence[SeamNode], side: int, turns: int) -> float | None:
        """From where on there is no seam."""
        bound = 1.0
        for seam in among:
            found = None if seam.at_whole_numbers else self._beyond(seam.node, side, turns)
            if found is None:
                return None
            bound = max(bound, found)
        return bound

    def _beyond(self, root: Value, side: int, turns: int) -> float | None:
        """From where on a node is not 0; None where that is not known."""
        if not root.requires_grad:
            return 1.0
        found = [self._factor_beyond(factor.node, side, turns) for factor in factors(root)]
        return None if None in found else max([1.0, *[one for one in found if one is not None]])

    def _factor_beyond(self, node: Value, side: int, turns: int) -> float | None:
        """By its first term, where the others are smaller; else it is monotone far out, and of the sign it comes to."""
        if not node.requires_grad:
            return 1.0
        seamless = self._beyond_seams(seams(node, self._along.interner), side, turns - 1) if turns else None
        if seamless is None:
            return None
        germ = Beside(self._along.balls, node).far(self._along.variable, side)
        with self._along.balls:
            bound = led_from(germ)
        if bound is not None:
            return max(bound, seamless)
        enclosure = self._along.enclosure(node)
        at = enclosure.values({self._along.variable: exactly(side * (2 * seamless + 1))})
        if not is_finite(at[node]):
            return seamless if enclosure.balls.violation(enclosure.graph, at) else None
        try:
            sign = approach(germ) if germ is not None else 0
            derivative = Derivation(smooth(node, at, self._along.interner), exact=True).by((self._along.variable,))
        except (UnresolvedError, AutodiffError):
            return None
        monotone = self._beyond(self._along.interner.of(derivative), side, turns - 1) if sign else None
        return None if monotone is None else self._signed_from(node, side, sign, max(seamless, monotone))

    def _signed_from(self, node: Value, side: int, sign: int, start: float) -> float | None:
        """From where on a node that is monotone has the sign that it comes to."""
        finder, x = self._along.finder(node), start
        while x <= _FARTHEST:
            if finder.sign(node, exactly(side * x)) == sign:
                return x
            x *= 2
        return None
