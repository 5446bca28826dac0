"""How claims are read, and what is said of those that are no use; in Python's words too."""

import pytest

from autodiff_cli.errors import AutodiffError, in_shell
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.claims import read_claims


def texts(expression: str, *claims: str, wrt: tuple[str, ...] = ()) -> dict[str, str]:
    read = parse(expression)
    return {name: str(claim) for name, claim in read_claims(claims, read, wrt).items()}


def test_a_claim_names_its_variable_or_there_is_only_one() -> None:
    assert texts("a*b", "a=b", "b = a") == {"a": "b", "b": "a"}
    assert texts("x^2", "2x") == {"x": "2 * x"}
    assert texts("a*b", "b", wrt=("a",)) == {"a": "b"}


def test_a_comparison_is_no_name() -> None:
    assert texts("relu(x)", "x == 1") == {"x": "x == 1"}


def test_a_program_is_a_claim_without_a_name() -> None:
    assert texts("x^4", "u = 2*x; u*2*x^2") == {"x": "u = 2 * x; u * 2 * x^2"}
    assert texts("x^2 + y^2", "y=u = 2y; u") == {"y": "u = 2 * y; u"}


@pytest.mark.parametrize(
    ("claim", "message", "in_python", "on_the_command_line"),
    [
        (
            "b",
            "the claim does not say by which variable",
            "its variables are a, b, as in claim=a=...",
            "its variables are a, b, as in --claim a=...",
        ),
        ("a=", "the claim is empty", "as in claim='2*x'", "as in --claim '2*x'"),
    ],
)
def test_a_hint_names_the_option_as_its_reader_writes_it(
    claim: str, message: str, in_python: str, on_the_command_line: str
) -> None:
    with pytest.raises(AutodiffError, match=message) as error:
        texts("a*b", claim)
    assert error.value.hint == in_python
    assert error.value.advice.worded(in_shell) == on_the_command_line


def test_a_variable_of_its_own_is_refused_where_it_stands() -> None:
    with pytest.raises(AutodiffError, match="the claim has a variable that the expression has not: 'q'") as error:
        texts("a*b", "a=2q + b")
    assert error.value.span == (1, 2)
