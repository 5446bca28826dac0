"""The parts of the search for a slope: the ladder's extrapolation, and what tells a kink."""

from math import exp, inf, isnan, nan, sin

import pytest

from autodiff_cli.witness.finite_difference import Estimate, _is_kink, _Ladder, differentiate, kink_between


def _smooth(h: float) -> float:
    """A quotient with slope 3 and an error in h^2, h^4."""
    return 3 + 2 * h**2 + h**4


def test_a_ladder_extrapolates_to_step_zero() -> None:
    ladder = _Ladder(2, 2)
    for h in (0.4, 0.2, 0.1):
        ladder.add(h, _smooth(h), 0.0)
    assert ladder.rows[-1][0][0] == _smooth(0.1)
    assert ladder.rows[-1][2][0] == pytest.approx(3, rel=1e-14)
    assert ladder.shrinks()


def test_a_ladder_of_two_rungs_does_not_tell_whether_they_settle() -> None:
    ladder = _Ladder(1, 1)
    for h in (0.4, 0.2):
        ladder.add(h, 3.0, 0.0)
    assert ladder.best()[1] == inf
    assert not ladder.shrinks()


def test_a_ladder_takes_no_step_that_is_not_smaller() -> None:
    ladder = _Ladder(2, 2)
    ladder.add(0.2, 1.0, 0.0)
    ladder.add(0.2, 2.0, 0.0)
    assert len(ladder.rows) == 1


def test_a_ladder_of_quotients_that_do_not_settle_has_no_best() -> None:
    ladder = _Ladder(2, 2)
    for h, quotient in ((0.4, 1.0), (0.2, -5.0), (0.1, 40.0)):
        ladder.add(h, quotient, 0.0)
    value, bound = ladder.best()
    assert isnan(value)
    assert bound == inf
    assert not ladder.shrinks()


@pytest.mark.parametrize(
    ("left", "right", "kink"),
    [
        (Estimate(-1.0, 1e-9), Estimate(1.0, 1e-9), True),
        (Estimate(1.0, 1e-9), Estimate(1.0 + 1e-9, 1e-9), False),  # the same within their bounds
        (Estimate(-1.0, 0.1), Estimate(1.0, 0.1), False),  # not known well enough
        (Estimate(), Estimate(1.0, 1e-9), False),
    ],
)
def test_a_kink_has_sides_that_are_known_and_differ(left: Estimate, right: Estimate, kink: bool) -> None:
    assert _is_kink(left, right) is kink


def test_the_estimate_at_a_kink_lies_between_its_sides() -> None:
    found = kink_between(Estimate(-1.0, 1e-9), Estimate(3.0, 1e-9))
    assert (found.value, found.bound, found.left, found.right, found.kink) == (1.0, 2e-9, -1.0, 3.0, True)
    assert found.has_settled


def test_what_is_constant_and_rounded_elsewhere_widens_the_bound() -> None:
    plain = differentiate(sin, sin, 1.0)
    tilted = differentiate(sin, sin, 1.0, lambda x: sin(x) * (1 + 1e-6))
    assert tilted.value == plain.value
    assert tilted.bound > plain.bound


def test_at_the_edge_of_a_domain_nothing_settles() -> None:
    def right_only(x: float) -> float:
        return exp(x) if x >= 0 else nan

    assert not differentiate(right_only, right_only, 0.0).has_settled


def test_nothing_is_estimated_where_there_is_no_value() -> None:
    found = differentiate(lambda x: inf, lambda x: inf, 1.0)
    assert not found.has_settled
    assert isnan(found.value)
