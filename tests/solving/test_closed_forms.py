"""Closed forms, found from balls of many digits that mpmath makes."""

import re

import mpmath as mp
import pytest

pytest.importorskip("flint")

from flint import arb, ctx

from autodiff_cli.engine.value import NAMED, Value
from autodiff_cli.language.parser import parse
from autodiff_cli.solving.closed_forms import closed_form, closed_forms


def ball(number: mp.mpf) -> arb:
    with ctx.workprec(300):
        return arb(mp.nstr(number, 80)) + arb(0, 1) * arb(10) ** -70


@pytest.mark.parametrize(
    "text",
    [
        "sqrt(3)",
        "-sqrt(3)/4",
        "1 + sqrt(2)",
        "1/2 - sqrt(5)/2",
        "2*pi/3",
        "-pi",
        "e",
        "1/e^2",
        "exp(3/2)",
        "log(2)",
        "4/e^2",
        "-2/(3*e)",
        "-exp(1/3)",
        "cbrt(2)",
        "-cbrt(27/4)",
        "atan(2/3)",
        "-atan(2/3) + pi",
        "atan(3/4) - 2*pi",
    ],
)
def test_a_number_is_known_by_its_digits(text: str) -> None:
    expected = parse(text)
    with mp.workdps(90), ctx.workprec(256):
        number = mp.mpf(eval(re.sub(r"\d+", r"mp.mpf(\g<0>)", text.replace("^", "**")), {}, _NAMES))
        found = closed_form(ball(number), lambda at: NAMED.formula("a - b", "a, b")(at, expected.root))
    assert found is not None
    assert parse(found.text).evaluate() == pytest.approx(float(number), rel=1e-15)


_NAMES = {
    "atan": mp.atan,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "sqrt": mp.sqrt,
    "pi": mp.pi,
    "e": mp.e,
    "exp": mp.exp,
    "log": mp.log,
    "mp": mp,
}


def test_without_the_proof_no_form_is_given() -> None:
    with mp.workdps(90), ctx.workprec(256):
        number = mp.sqrt(3)
        assert closed_form(ball(number), lambda at: NAMED.formula("a - b", "a, b")(at, Value(1.0, "x"))) is None


def test_a_number_without_a_simple_form_has_none() -> None:
    with mp.workdps(90), ctx.workprec(256):
        assert closed_form(ball(mp.zeta(3)), lambda at: at) is None


def test_of_two_roots_of_a_quadratic_equation_the_one_in_the_ball_is_given() -> None:
    with mp.workdps(90), ctx.workprec(256):
        assert [form.text for form in closed_forms(ball(1 - mp.sqrt(2)))] == ["1 - sqrt(2)"]


@pytest.mark.parametrize("number", ["1e-40", "1e40", "1e400"])
def test_a_number_far_from_1_has_no_form(number: str) -> None:
    with mp.workdps(90), ctx.workprec(256):
        assert not [*closed_forms(arb(number) * arb(2).sqrt())]
