"""Uncertainties of results, against derivatives of mpmath, a million samples of NumPy, and what is known."""

import sys
from collections.abc import Callable
from math import e, exp, inf, sqrt
from typing import Any

import mpmath
import numpy as np
import pytest

from autodiff_cli.columns.vectorize import vectorize
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import uncertainty
from autodiff_cli.reports.correlations import Pair
from autodiff_cli.reports.measured import Measured
from autodiff_cli.reports.results import Report
from autodiff_cli.reports.uncertainty import Uncertainty, report_of_uncertain

from ..conftest import CORPORA, corpus

Point = dict[str, float]


def report(text: str, correlations: dict[Pair, float] | None = None, **given: Any) -> Report:
    """The report of an expression; a pair is a value and its sigma, three numbers a value and both sides."""
    measured = {name: Measured(one[0], one[1], one[-1]) for name, one in given.items() if isinstance(one, tuple)}
    point = {name: one[0] if isinstance(one, tuple) else one for name, one in given.items()}
    return report_of_uncertain(parse(text, point), point, measured, correlations or {})


def found(text: str, correlations: dict[Pair, float] | None = None, **given: Any) -> Uncertainty:
    made = report(text, correlations, **given).uncertainty
    assert made is not None
    return made


CASES: list[tuple[str, Callable[..., Any], dict[str, tuple[float, float]], dict[Pair, float]]] = [
    ("a * b / c", lambda m, a, b, c: a * b / c, {"a": (1.2, 0.1), "b": (2.3, 0.2), "c": (3.1, 0.1)}, {}),
    ("a * exp(-b)", lambda m, a, b: a * m.exp(-b), {"a": (1.2, 0.1), "b": (0.3, 0.2)}, {("a", "b"): 0.9}),
    ("sin(a) + b^2", lambda m, a, b: m.sin(a) + b**2, {"a": (1.2, 0.2), "b": (0.5, 0.1)}, {("b", "a"): -0.4}),
    ("sqrt(a^2 + b^2)", lambda m, a, b: m.sqrt(a**2 + b**2), {"a": (3.0, 0.2), "b": (4.0, 0.3)}, {("a", "b"): 1.0}),
    ("log(a) * b", lambda m, a, b: m.log(a) * b, {"a": (5.0, 0.8), "b": (-1.0, 0.5)}, {}),
]


def covariance(given: dict[str, tuple[float, float]], correlations: dict[Pair, float]) -> Any:
    names = [*given]
    both = correlations | {(b, a): number for (a, b), number in correlations.items()}
    return [[given[a][1] * given[b][1] * (1.0 if a == b else both.get((a, b), 0.0)) for b in names] for a in names]


@pytest.mark.parametrize(("text", "function", "given", "correlations"), CASES, ids=[case[0] for case in CASES])
def test_linear_and_second_order_are_the_formulas_with_derivatives_of_mpmath(
    text: str, function: Callable[..., Any], given: dict[str, tuple[float, float]], correlations: dict[Pair, float]
) -> None:
    made = found(text, correlations, **given)
    values, c = [one[0] for one in given.values()], mpmath.matrix(covariance(given, correlations))
    n = len(values)

    def derivative(*places: int) -> Any:
        orders = tuple([places.count(index) for index in range(n)])
        return mpmath.diff(lambda *x: function(mpmath, *x), tuple(values), orders)

    with mpmath.workdps(40):
        g = mpmath.matrix([derivative(i) for i in range(n)])
        h = mpmath.matrix([[derivative(i, j) for j in range(n)] for i in range(n)])
        linear = (g.T * c * g)[0]
        bent = h * c
        mean = function(mpmath, *values) + sum([bent[i, i] for i in range(n)]) / 2
        second = linear + sum([(bent * bent)[i, i] for i in range(n)]) / 2
    assert made.sigma == pytest.approx(float(mpmath.sqrt(linear)), rel=1e-12)
    assert made.second_order is not None
    assert made.second_order.mean == pytest.approx(float(mean), rel=1e-12)
    assert made.second_order.sigma == pytest.approx(float(mpmath.sqrt(second)), rel=1e-12)


@pytest.mark.parametrize(("text", "function", "given", "correlations"), CASES, ids=[case[0] for case in CASES])
def test_the_samples_have_mean_sigma_and_interval_of_a_million_others(
    text: str, function: Callable[..., Any], given: dict[str, tuple[float, float]], correlations: dict[Pair, float]
) -> None:
    sampled = found(text, correlations, **given).sampled
    values = [one[0] for one in given.values()]
    rows = np.random.default_rng(7).multivariate_normal(values, covariance(given, correlations), 1_000_000)
    others = function(np, *rows.T)
    assert sampled is not None
    near = 0.01 * others.std()
    assert sampled.moments.mean == pytest.approx(others.mean(), abs=near)
    assert sampled.moments.sigma == pytest.approx(others.std(), abs=near)
    assert sampled.interval == pytest.approx(np.quantile(others, [0.158655, 0.841345]), abs=2 * near)


@pytest.mark.parametrize(
    ("text", "value", "sigma"),
    [("V / I * cos(p)", 127.732, 0.071), ("V / I * sin(p)", 219.847, 0.295), ("V / I", 254.260, 0.236)],
)
def test_a_published_example_with_correlations_has_its_published_uncertainties(
    text: str, value: float, sigma: float
) -> None:
    """Example H.2 of the GUM (JCGM 100:2008), table H.4; its inputs are printed to two digits of their sigma."""
    correlations = {("V", "I"): -0.36, ("V", "p"): 0.86, ("I", "p"): -0.65}
    given: dict[str, Any] = {"V": (4.9990, 0.0032), "I": (19.6610e-3, 0.0095e-3), "p": (1.04446, 0.00075)}
    used = {name: one for name, one in given.items() if name in text}
    made = report(text, {pair: number for pair, number in correlations.items() if {*pair} <= {*used}}, **used)
    assert made.uncertainty is not None
    assert made.value == pytest.approx(value, abs=6e-4)
    assert made.uncertainty.sigma == pytest.approx(sigma, abs=2e-3)


def test_an_exponential_has_the_moments_of_the_lognormal_distribution_in_the_samples_alone() -> None:
    made = found("exp(x)", x=(1.0, 0.5))
    assert made.sampled is not None
    assert made.sampled.moments == pytest.approx((e * exp(0.125), e * exp(0.125) * sqrt(exp(0.25) - 1)), rel=2e-3)
    assert made.second_order == pytest.approx((e * 1.125, e * sqrt(0.25 + 0.03125)))
    assert made.doubtful == ["linear", "second order"]
    assert made.sampled.interval == pytest.approx((exp(0.5), exp(1.5)), rel=1e-3)


def test_a_square_at_0_is_not_certain_although_its_slope_is_0() -> None:
    made = report("x^2", x=(0.0, 0.1))
    assert made.uncertainty is not None
    assert made.uncertainty.sigma == 0
    assert made.uncertainty.second_order == pytest.approx((0.01, 0.01 * sqrt(2)))
    assert made.uncertainty.doubtful == ["linear"]
    assert any(note.startswith("too curved") for note in made.notes)


def test_shares_sum_to_1_where_nothing_correlates() -> None:
    made = found("a * b^2 / c", a=(1.0, 0.1), b=(2.0, 0.03), c=(0.5, 0.2))
    assert sum(part.share for part in made.parts.values()) == pytest.approx(1)
    assert [*made.parts] == sorted(made.parts, key=lambda name: -made.parts[name].share)


def test_a_difference_of_numbers_that_move_as_one_is_certain() -> None:
    assert found("a - b", {("a", "b"): 1.0}, a=(1.0, 0.1), b=(1.0, 0.1)).sigma == 0
    assert found("a - b", {("a", "b"): -1.0}, a=(1.0, 0.1), b=(1.0, 0.1)).sigma == pytest.approx(0.2)


def test_a_named_step_has_an_uncertainty_of_its_own() -> None:
    made = found("y = a * b; y + c", a=(1.0, 0.1), b=(2.0, 0.2), c=3.0)
    assert made.steps == {"y": pytest.approx(sqrt(0.08))}
    assert made.contribution("y") is None


def test_unequal_sides_keep_mean_sigma_and_the_interval_that_holds_68_percent() -> None:
    made = found("3 * x", x=(0.75, 0.2, 0.1))
    halves = np.abs(np.random.default_rng(7).standard_normal(1_000_000))
    others = 3 * np.concatenate([0.75 + 0.2 * halves, 0.75 - 0.1 * halves])
    assert made.linear == pytest.approx((others.mean(), others.std()), rel=1e-3)
    assert made.second_order == pytest.approx(made.linear)
    assert made.interval == pytest.approx((3 * 0.65, 3 * 0.95), rel=1e-3)


def test_samples_outside_the_domain_are_counted() -> None:
    made = report("log(x)", x=(1.0, 0.5))
    assert made.uncertainty is not None
    assert made.uncertainty.sampled is not None
    assert made.uncertainty.sampled.without_value == pytest.approx(2275, abs=5)  # of 100,000 beyond two sigma
    assert any("have no value" in note for note in made.notes)


def test_samples_across_a_pole_have_no_settled_sigma() -> None:
    made = report("1 / x", x=(1.0, 0.5))
    assert any("no settled sigma" in note for note in made.notes)


@pytest.mark.parametrize("size", [1e-150, 1e-100, 1e150])
def test_samples_of_tiny_and_huge_numbers_have_a_sigma(size: float) -> None:
    made = found("x * y", x=(size, size / 10), y=(size, size / 10))
    assert made.sampled is not None
    assert made.sampled.moments.sigma == pytest.approx(made.sigma, rel=5e-3)
    assert not made.doubtful


def test_samples_beyond_the_floats_are_values_and_their_sigma_is_not_settled() -> None:
    made = found("exp(x)", x=(600.0, 200.0))
    assert made.sampled is not None
    assert (made.sampled.without_value, made.sampled.is_settled) == (0, False)
    assert made.sampled.moments == (inf, inf)
    assert made.interval is not None
    assert made.interval == (pytest.approx(exp(400), rel=0.05), inf)


def test_nothing_is_printed_where_samples_overflow(recwarn: pytest.WarningsRecorder) -> None:
    made = found("x", x=(1e308, 1e308))
    assert not recwarn.list
    assert made.doubtful == ["linear", "second order"]


def test_few_samples_with_a_value_are_enough_to_see_that_linear_is_off() -> None:
    made = report("asin(x)", x=(0.0, 5.0))
    assert made.uncertainty is not None
    assert made.uncertainty.sampled is not None
    assert made.uncertainty.sampled.moments.sigma == pytest.approx(0.681, abs=0.01)
    assert any(note.startswith("too curved: linear") for note in made.notes)


@pytest.mark.parametrize("text", ["(x + 1e8) - x", "(x + 1e20) - 1e20", "1 + x - x"])
def test_samples_that_rounding_alone_spreads_are_none(text: str) -> None:
    made = report(text, x=(1.0, 0.1))
    assert made.uncertainty is not None
    assert made.uncertainty.sampled is None or made.uncertainty.sampled.moments.sigma == 0
    assert not made.uncertainty.doubtful


def test_where_second_order_alone_is_off_nothing_is_too_curved() -> None:
    made = report("x + cos(200 * x) / 1000", x=(0.0, 1.0))
    assert made.uncertainty is not None
    assert made.uncertainty.doubtful == ["second order"]
    assert not any("too curved" in note for note in made.notes)
    assert made.uncertainty.interval is None


@pytest.mark.parametrize(("share", "is_off"), [(0.08, False), (0.12, True)])
def test_the_note_comes_where_the_mean_is_off_by_more_than_a_tenth_of_sigma(share: float, is_off: bool) -> None:
    made = report("x + a * x^2", a=share, x=(0.0, 1.0))  # the mean is a above the value
    assert any(note.startswith("too curved") for note in made.notes) == is_off


def test_a_kink_has_no_second_order_and_an_infinite_slope_no_linear_uncertainty() -> None:
    assert found("abs(x)", x=(0.0, 0.1)).second_order is None
    at_the_edge = found("sqrt(x)", x=(0.0, 0.1))
    assert "linear" not in at_the_edge.methods
    assert at_the_edge.share("x") is None


def test_an_infinite_slope_by_a_number_that_is_certain_adds_nothing() -> None:
    made = found("sqrt(a) + b", a=(0.0, 0.0), b=(1.0, 0.1))
    assert (made.sigma, made.linear.mean, made.contribution("a")) == (0.1, 1.0, 0.0)


def test_without_numpy_the_other_two_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("reports.sampled", "columns.vectorize"):
        monkeypatch.delitem(sys.modules, f"autodiff_cli.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "numpy", None)
    made = report("exp(x)", x=(1.0, 0.5))
    assert made.uncertainty is not None
    assert made.uncertainty.sampled is None
    assert made.uncertainty.doubtful == ["linear"]
    assert any("pip install" in note for note in made.notes)


def test_many_uncertain_variables_are_sampled_and_too_many_are_not() -> None:
    names = [f"v{index}" for index in range(30)]
    made = found(" + ".join(names), **dict.fromkeys(names, (1.0, 0.1)))
    assert made.sampled is not None
    assert made.sampled.moments == pytest.approx((30, 0.1 * sqrt(30)), rel=5e-3)
    names = [f"v{index}" for index in range(301)]
    many = report(" + ".join(names), **dict.fromkeys(names, (1.0, 0.1)))
    assert "not sampled: 301 uncertain variables are too many" in many.notes


def test_samples_are_the_same_in_every_run() -> None:
    assert found("a * b", a=(1.0, 0.1), b=(2.0, 0.2)).sampled == found("a * b", a=(1.0, 0.1), b=(2.0, 0.2)).sampled


def test_no_numbers_have_correlations_that_contradict_each_other() -> None:
    with pytest.raises(AutodiffError, match="positive semidefinite"):
        found("a*b*c", {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}, a=(1.0, 1.0), b=(1.0, 1.0), c=(1.0, 1.0))


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
def test_200_expressions_have_the_linear_uncertainty_of_their_published_gradients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uncertainty, "_sampled", lambda *_: (None, ""))
    checked = 0
    for record in [*corpus("feynman"), *corpus("srsd")][:220]:
        point = {name: float(value) for name, value in record["point"].items()}
        given = {name: (x, abs(x) / 50 or 0.01) for name, x in point.items()}
        parts = [mpmath.mpf(record["grad"][name]) * sigma for name, (_, sigma) in given.items()]
        squares = sum([part**2 for part in parts])
        text = record.get("text", record["expr"])
        assert found(text, **given).sigma == pytest.approx(float(mpmath.sqrt(squares)), rel=1e-12), record["id"]
        if len(parts) > 1:
            both = mpmath.sqrt(squares + parts[0] * parts[1])
            pair = dict.fromkeys([tuple([*given][:2])], 0.5)
            assert found(text, pair, **given).sigma == pytest.approx(float(both), rel=1e-12), record["id"]
        checked += 1
    assert checked >= 200


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_the_note_comes_where_other_samples_say_that_linear_is_off_and_nowhere_else(share: float) -> None:
    decided = 0
    for record in corpus("feynman")[::10]:
        point = {name: float(value) for name, value in record["point"].items()}
        given = {name: (x, abs(x) * share or share) for name, x in point.items()}
        made, random = report(record["expr"], **given), np.random.default_rng(11)
        rows = {name: x + sigma * random.standard_normal(400_000) for name, (x, sigma) in given.items()}
        values, _ = vectorize(parse(record["expr"], point), ())(**rows)
        values = values[np.isfinite(values)]
        assert made.uncertainty is not None
        with np.errstate(over="ignore"):
            sigmas = made.uncertainty.sigma, values.std()
        off = max(abs(made.value - values.mean()), abs(sigmas[0] - sigmas[1])) / max(sigmas)
        if not 0.097 < off < 0.103:
            assert any("too curved: linear" in note for note in made.notes) == (off > 0.1), record["id"]
            decided += 1
    assert decided > 9
