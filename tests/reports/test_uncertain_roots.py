"""How uncertain roots are, against derivatives of mpmath's roots, and roots of a million samples of NumPy."""

from typing import Any

import mpmath
import numpy as np
import pytest

pytest.importorskip("flint")

from autodiff_cli.language.equation_reader import read_equations
from autodiff_cli.reports.correlations import Pair
from autodiff_cli.reports.measured import Measured
from autodiff_cli.reports.solve import Solution, solve
from autodiff_cli.reports.uncertain_roots import add_uncertainties


def solution(text: str, spans: dict[str, Any], corr: dict[Pair, float] | None = None, **given: Any) -> Solution:
    """The roots in some ranges; a pair is a value and its sigma."""
    expression = read_equations(text, [*spans, *given])
    measured = {name: Measured(one[0], one[1], one[-1]) for name, one in given.items() if isinstance(one, tuple)}
    point = {name: float(one[0] if isinstance(one, tuple) else one) for name, one in given.items()}
    report = solve(expression, text, spans, {}, {name: repr(x) for name, x in point.items()})
    add_uncertainties(report, expression, point, measured, corr or {})
    return report


CASES: list[tuple[str, Any, tuple[float, float], dict[str, tuple[float, float]]]] = [
    ("x^2 = a", lambda x, a: x**2 - a, (0, 3), {"a": (2.0, 0.1)}),
    ("x - e*sin(x) = m", lambda x, e, m: x - e * mpmath.sin(x) - m, (0, 6), {"e": (0.6, 0.02), "m": (1.3, 0.01)}),
    ("exp(-x/t) = x/s", lambda x, t, s: mpmath.exp(-x / t) - x / s, (0, 9), {"t": (2.0, 0.1), "s": (3.0, 0.3)}),
]


@pytest.mark.parametrize(("text", "function", "span", "given"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_the_uncertainty_is_that_of_the_root_as_a_function_of_the_values(
    text: str, function: Any, span: tuple[float, float], given: dict[str, Any], correlation: float
) -> None:
    corr: dict[Pair, float] = {("e", "m"): correlation} if "e" in given else {("t", "s"): correlation}
    report = solution(text, {"x": span}, corr if len(given) > 1 else {}, **given)
    (root,) = report.roots
    values = [one[0] for one in given.values()]

    def moved(*numbers: Any) -> Any:
        return mpmath.findroot(lambda x: function(x, *numbers), root.point["x"])

    with mpmath.workdps(40):
        n = len(values)
        slopes = [mpmath.diff(moved, tuple(values), tuple([int(i == j) for j in range(n)])) for i in range(n)]
        parts = [slope * sigma for slope, (_, sigma) in zip(slopes, given.values(), strict=True)]
        both = 2 * correlation * parts[0] * parts[-1] if n > 1 else 0
        sigma = mpmath.sqrt(sum([part**2 for part in parts]) + both)
    found = root.uncertainties["x"]
    assert found.sigma == pytest.approx(float(sigma), rel=1e-12)
    assert found.contribution(next(iter(given))) == pytest.approx(abs(float(parts[0])), rel=1e-12)
    total = sum([part**2 for part in parts]) / sigma**2
    assert [note.split(": ")[1] for note in report.notes] == (
        [f"the shares come to {100 * float(total):.1f} %"] if n > 1 and correlation else []
    )


def test_shares_of_correlated_values_are_noted_of_each_unknown_of_a_system() -> None:
    report = solution(
        "x + y = a; x - y = b", {"x": (-9, 9), "y": (-9, 9)}, {("a", "b"): 0.5}, a=(3.0, 0.1), b=(1.0, 0.1)
    )
    notes = [note for note in report.notes if "the shares come to" in note]
    assert [note.split(": ")[:2] for note in notes] == [  # 1/4 + 1/4 beside 1/4 + 1/4 ± 1/4
        ["x = 2, y = 1, x", "the shares come to 66.7 %"],
        ["x = 2, y = 1, y", "the shares come to 200.0 %"],
    ]


def test_the_samples_are_the_roots_of_other_values() -> None:
    (root,) = solution("x^2 = a", {"x": (0, 3)}, a=(2.0, 0.6)).roots
    others = np.sqrt(np.abs(2.0 + 0.6 * np.random.default_rng(3).standard_normal(1_000_000)))
    sampled = root.uncertainties["x"].sampled
    assert sampled is not None
    assert sampled.moments == pytest.approx((others.mean(), others.std()), abs=0.002)
    assert sampled.interval == pytest.approx(np.quantile(others, [0.158655, 0.841345]), abs=0.003)


def test_each_root_is_followed_on_its_own_branch() -> None:
    low, high = solution("x^2 = a", {"x": (-3, 3)}, a=(2.0, 0.3)).roots
    assert low.uncertainties["x"].sampled is not None
    assert high.uncertainties["x"].sampled is not None
    assert low.uncertainties["x"].sampled.moments.mean == pytest.approx(-high.uncertainties["x"].sampled.moments.mean)
    assert low.uncertainties["x"].sampled.interval[1] < -1.2


def test_samples_without_such_a_root_are_counted_and_what_is_too_curved_is_said() -> None:
    report = solution("x^2 = a", {"x": (0, 3)}, a=(0.1, 0.1))
    assert any("x = 0.316228: too curved: linear is off" in note for note in report.notes)
    assert any("16 % of the samples have no such root" in note for note in report.notes)


def test_a_double_root_has_no_uncertainty_and_says_so() -> None:
    report = solution("x^2 = a", {"x": (-1, 1)}, a=(0.0, 0.1))
    assert [root.uncertainties for root in report.roots] == [{}]
    assert report.notes == ["x = 0 has no uncertainty: it has no derivatives by a"]


def test_the_unknowns_of_a_system_have_uncertainties() -> None:
    given = {"a": (2.0, 0.1), "b": (1.2, 0.1)}
    (root,) = solution("x^2 + y^2 = a; x = y*b", {"x": (0, 3), "y": (0, 3)}, **given).roots

    def moved(place: int) -> Any:  # y = sqrt(a / (1 + b^2)), x = b y
        return lambda a, b: mpmath.sqrt(a / (1 + b**2)) * (b if place == 0 else 1)

    for place, name in enumerate(("x", "y")):
        by = [mpmath.diff(moved(place), (2.0, 1.2), orders) for orders in ((1, 0), (0, 1))]
        assert root.uncertainties[name].sigma == pytest.approx(0.1 * float(mpmath.hypot(*by)), rel=1e-12)
