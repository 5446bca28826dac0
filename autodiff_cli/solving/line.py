"""The roots of an equation along a range, each proven to be there and to be alone."""

from collections.abc import Iterator, Sequence
from math import inf, nextafter

from flint import arb

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.far import is_not_0
from autodiff_cli.exact.hulls import merged
from autodiff_cli.solving.bisection import Bisection, Root, Roots
from autodiff_cli.solving.factors import Factor, factors
from autodiff_cli.solving.univariate import SURE, Univariate

_SAMPLES = (0.1371, 0.5713, 0.8917)  # of the range: where a function is 0 that is 0 everywhere


class RootFinder(Univariate):
    """An equation along one variable, the others fixed."""

    def roots(self, low: float, high: float) -> Roots:
        """All roots from one end to the other, and where there may be more."""
        total = Roots(everywhere=self._is_0(low, high))
        for line, factor in [] if total.everywhere else self._factors():
            part = Bisection(line, factor, low, high).run()
            if part.undecided:
                line._look_closer(factor, part)
            total.pieces += part.pieces
            total.everywhere |= part.everywhere
            total.undecided += part.undecided
            total.found += part.found
            total.touches += part.touches
        total.found = _told_apart(sorted(total.found, key=lambda root: root.x), total)
        total.undecided = merged(total.undecided, 0.0)
        return total

    def _factors(self) -> Iterator[tuple["RootFinder", Factor]]:
        """The factors, each with the line that it is a node of: those that one has more than once are not in it."""
        from autodiff_cli.solving.multiple import multiple_factors

        for factor in factors(self.root):
            found = multiple_factors(factor.node, self._fixed)
            if not found:
                yield self, factor
                continue
            line = self._with_nodes([one.node for one in found])
            defined = (*factor.defined, factor.node)
            for node, times in found:
                yield line, Factor(node, defined, factor.power * times)

    def _with_nodes(self, more: Sequence[Value]) -> "RootFinder":
        """The same equation, with more nodes beside it."""
        steps = [node for node in toposort([self.root, *more]) if node.args]
        graph = NamedGraph(self.graph.source, self.root, steps, self.graph.variables, {}, needed=self.graph.needed)
        return RootFinder(graph, self.root, self.variable, self._fixed)

    def _look_closer(self, factor: Factor, part: Roots) -> None:
        """Find out what is where a factor turns, in the pieces that are undecided."""
        from autodiff_cli.solving.touching import rational, touched

        pieces, part.undecided = part.undecided, []
        for low, high in pieces:
            found = touched(self, factor, low, high) or rational(self, factor, low, high)
            if isinstance(found, Root):
                part.found.append(found)
            elif found is None or found.within:
                part.undecided.append((low, high))
                part.touches += [found] if found else []

    def _is_0(self, low: float, high: float) -> bool:
        """Whether the equation holds everywhere: at some points, and then proven by algebra."""
        for share in _SAMPLES:
            if is_not_0(self.values(arb(low + (high - low) * share), SURE)[self.root]):
                return False
        from autodiff_cli.exact.identity.decision import is_proven_0

        return is_proven_0(self.root)


def _told_apart(found: list[Root], total: Roots) -> list[Root]:
    """The roots, each once; two of different factors that are too close to tell apart are undecided."""
    kept: list[Root] = []
    for root in found:
        if not kept or not kept[-1].ball.overlaps(root.ball):
            kept.append(root)
        elif not _is_joined(kept[-1], root):
            kept.pop()
            total.undecided.append((nextafter(root.x, -inf), nextafter(root.x, inf)))
    return kept


def _is_joined(root: Root, other: Root) -> bool:
    """Whether two roots are one; if they are of different factors, that of a higher order."""
    if root.factor is other.factor:
        return True
    if root.exact is None or root.exact != other.exact:
        return False
    root.order += other.order
    root.slope = 0.0 if root.order > 1 else root.slope
    return True
