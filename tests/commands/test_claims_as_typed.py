"""`autodiff check`: claims as people type them, behind the expression and with a head."""

from collections.abc import Callable

import pytest

from ..conftest import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("x^2", "2x"), 0),
        (("cos(x)", "-sin(x)"), 0),
        (("cos(x)", "sin(x)"), 1),
        (("x^2", "f'(x) = 2x"), 0),
        (("x^2", "y' = 3x"), 1),
        (("x^3", "--claim", "dy/dx = 3x"), 1),
        (("x^2*y", "df/dx = 2x*y", r"\frac{\partial f}{\partial y} = x^2"), 0),
        (("x^3", "f''(x) = 6x"), 0),
        (("x^3", "f''(x) = 3x^2"), 1),
        (("x^3", "--order", "2", "d^2y/dx^2 = 6x"), 0),
        (("sin(x)", "--claim", "x=cos(x)"), 0),
        (("a*x^2", "2*a*x", "--wrt", "x"), 0),
    ],
)
def test_a_claim_behind_the_expression_or_with_a_head_is_checked(
    autodiff: Run, words: tuple[str, ...], code: int
) -> None:
    result = autodiff("check", *words)
    assert (result.code, result.err) == (code, "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("x*y", "2x"), "the claim does not say by which variable"),
        (("x^2", "f'(t) = 2t"), "a claim for 't', which is no variable of the expression"),
        (("x^3", "f'(x) = 3x^2", "f''(x) = 6x"), "the claims are of orders 1 and 2"),
        (("x^3", "f'(x) = 3x^2", "--order", "2"), "the claims are of orders 1 and 2"),
    ],
)
def test_claims_that_do_not_fit_are_refused(autodiff: Run, words: tuple[str, ...], message: str) -> None:
    result = autodiff("check", *words)
    assert result.code == 2
    assert result.err.startswith(f"error: {message}")


def test_json_of_a_check_has_the_notes_of_the_expression_and_of_the_claim(autodiff: Run) -> None:
    notes = autodiff("check", "log(x)", "1/2x", "--format", "json").json["notes"]
    assert "log is" in notes[0]
    assert "1/2x" in notes[1]
