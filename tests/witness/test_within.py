"""What rounding costs within one step, beside the numbers of mpmath."""

from collections.abc import Callable

import pytest
from mpmath import mp, mpf

from autodiff_cli.language.parser import parse
from autodiff_cli.witness.arbiter import rule
from autodiff_cli.witness.judge import Verdict
from autodiff_cli.witness.within import is_rounded, partial_size, rounding_size

pytest.importorskip("flint")

CANCELLING: list[tuple[str, float, Callable[..., object]]] = [
    ("beta(x, 2.5)", 700.5, lambda x: mp.beta(x, 2.5)),
    ("beta(x, 2.5)", 1e10, lambda x: mp.exp(mp.loggamma(x) + mp.loggamma(2.5) - mp.loggamma(x + 2.5))),
    ("lbeta(x, 2.5)", 1e10, lambda x: mp.loggamma(x) + mp.loggamma(2.5) - mp.loggamma(x + 2.5)),
    ("binomial(x, 2.5)", 1e8, lambda x: mp.binomial(x, 2.5)),
    ("binomial(7, x)", -1e-8, lambda x: mp.binomial(7, x)),
    ("gammapdf(x, 300)", 310.0, lambda a: mp.exp((a - 1) * mp.log(300) - 300 - mp.loggamma(a))),
    ("gammapdf(1e4, x)", 1e4 + 3, lambda x: mp.exp(9999 * mp.log(x) - x - mp.loggamma(10000))),
    ("betapdf(300, 200, x)", 0.6, lambda x: x**299 * (1 - x) ** 199 / mp.beta(300, 200)),
    ("mish(x)", -1.19, lambda x: x * mp.tanh(mp.log1p(mp.exp(x)))),
    ("root(2, x)", 0.01, lambda x: mpf(2) ** (1 / x)),
]


@pytest.mark.parametrize(("text", "x", "truth"), CANCELLING)
def test_a_step_whose_own_formula_cancels_is_printed_to_four_ulp(
    text: str, x: float, truth: Callable[..., mpf]
) -> None:
    at = parse(text).evaluation()
    at.move({"x": x})
    ruling = rule(at, at.named)
    found = ruling.findings["x"]
    with mp.workdps(80):
        value, step = truth(mpf(x)), abs(mpf(x)) * mpf(10) ** -25
        slope = (truth(mpf(x) + step) - truth(mpf(x) - step)) / (2 * step)
        assert abs(ruling.value - value) <= 4 * 2.0**-52 * abs(value)
        assert abs(found.gradient - slope) <= 4 * 2.0**-52 * abs(slope)
    assert found.verdict is Verdict.OK


@pytest.mark.parametrize(
    ("text", "x"), [("tanh(x)", 0.7), ("atan(x)", 3.0), ("sigmoid(x)", -2.0), ("erf(x)", 5.0), ("x^3", 1.1)]
)
def test_a_rule_that_keeps_its_digits_is_rounded_once(text: str, x: float) -> None:
    at = parse(text).evaluation()
    at.move({"x": x})
    root = at.root
    assert is_rounded(root)
    assert rounding_size(root) == abs(root.data)
    assert partial_size(root, 0) <= 1.5 * abs(root.rule.partial(root, 0))


def test_the_size_of_a_slope_is_what_its_formula_adds_up() -> None:
    at = parse("lbeta(x, 2.5)").evaluation()
    at.move({"x": 1e10})
    digammas = 2 * float(mp.digamma(1e10))
    assert digammas / 2 <= partial_size(at.root, 0) <= 2 * digammas
