"""Where an equation touches 0, or just misses it: the one root of its derivative, and what is known of it there.

Between the ends of a piece and that root it only rises, or only falls. Where its value there has a sign, that of both
ends, there is no root. Where algebra shows that it is 0 there, there is one, of order 2.
"""

from math import floor, log10
from typing import Any, NamedTuple

from flint import arb

from autodiff_cli.engine.value import Value
from autodiff_cli.exact.far import is_finite, is_not_0
from autodiff_cli.exact.hulls import close_to, hull
from autodiff_cli.exact.identity.decision import is_proven_0
from autodiff_cli.exact.rounded import nearest_float
from autodiff_cli.exact.simplest import simplest_in
from autodiff_cli.solving.alone import CLOSE, alone_within, is_alone
from autodiff_cli.solving.bisection import Bisection, Root
from autodiff_cli.solving.closed_forms import closed_forms, rational_form
from autodiff_cli.solving.factors import Factor
from autodiff_cli.solving.univariate import SURE, Univariate
from autodiff_cli.symbolic.rule_forms import replaced


class Touch(NamedTuple):
    """Where a function comes nearest to 0 in a piece, and how near at most; both are 0 where it has no root there."""

    x: float
    within: float


def touched(line: Univariate, factor: Factor, low: float, high: float) -> Root | Touch | None:
    """What is at the one place in a piece where a factor turns; a Touch within 0 is no root. None where it may not."""
    away = max(high - low, 4 * CLOSE * abs(low))
    begin, end = low - away, high + away
    turn = _turn(line, factor.node, begin, end)
    if turn is None:
        return None
    number = line.values(turn.ball, SURE)[factor.node]
    signs = [line.sign(factor.node, arb(at)) for at in (begin, end)]
    if not is_finite(number) or signs[0] != signs[1]:
        return None
    if is_not_0(number):
        return Touch(turn.x, 0.0) if (number > 0) == (signs[0] == 1) else None
    if _is_0_at(line, factor, turn.ball):
        within = 10.0 ** floor(log10(min(turn.x - begin, end - turn.x)))
        return Root(turn.ball, turn.x, within, 0.0, 2 * factor.power, turn.exact, factor.node)
    return Touch(turn.x, float(abs(arb(number)).upper()))


def _turn(line: Univariate, node: Value, begin: float, end: float) -> Root | None:
    """The one root of the derivative, where it changes its sign."""
    derivative = line.derivative(node)
    if derivative is None or not line.is_continuous(hull(begin, end)):
        return None
    found = Bisection(derivative, Factor(derivative.root), begin, end).run()
    if found.undecided or len(found.found) != 1:
        return None
    (turn,) = found.found
    return turn if turn.order == 1 else None


def _is_0_at(line: Univariate, factor: Factor, ball: Any) -> bool:
    """Whether algebra shows that a factor is 0 at the number of a ball, and the whole has a value there."""
    if not line.has_values(factor.defined, ball):
        return False
    with line.balls(SURE):
        forms = [*closed_forms(ball)]
    return any(_is_proven_0(line, factor.node, form.graph) for form in forms)


def _is_proven_0(line: Univariate, node: Value, form: Value) -> bool:
    """Whether algebra shows that a node is 0 where the variable has a closed form."""
    return is_proven_0(replaced(node, {line.variable: form}))


def rational(line: Univariate, factor: Factor, low: float, high: float) -> Root | None:
    """The root at the simplest rational of a piece, alone in it; None where that is not shown.

    At the edge of a domain there may be no slope, and so no turn.
    """
    point = simplest_in(low, high)
    form = rational_form(point).graph
    ball = line.balls(SURE).ball(point)
    x = nearest_float(int(point.p), int(point.q))
    if not line.has_values(factor.defined, point) or not _is_proven_0(line, factor.node, form):
        return None
    if not is_alone(line, factor.node, point, low, high):
        return None
    with line.balls(SURE):
        nearby = close_to(ball)
    if is_finite(line.slopes_over(line.root, nearby)):  # it may be 0, of a root of higher order
        return None
    within = alone_within(line, factor.node, ball, x, point)
    return Root(ball, x, within, None, factor.power, point, factor.node)
