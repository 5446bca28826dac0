"""Programs in what NumPy has."""

import pytest

from autodiff_cli.codegen.lower import Program, lower
from autodiff_cli.columns import native
from autodiff_cli.language.parser import parse


def program_of(text: str, by: str = "") -> Program:
    return native.native(lower(parse(text), [(by,)] if by else []))


def operations(text: str, by: str = "") -> list[str]:
    return [step.rule.function.name for step in program_of(text, by).steps]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x^2", ["square"]),
        ("x^3", ["square", "mul"]),
        ("x^4", ["square", "square"]),
        ("x^0.5", ["sqrt"]),
        ("x^-2", ["div", "square"]),
        ("x^7", ["pow"]),
        ("max(x, y, z)", ["max", "max"]),
        ("sech(x)^2", ["cosh", "div", "square"]),
        ("csch(x)^2", ["sinh", "div", "square"]),
    ],
)
def test_a_step_is_rewritten_in_cheaper_ones(text: str, expected: list[str]) -> None:
    assert operations(text) == expected


def test_every_step_is_one_that_numpy_has() -> None:
    for text in ("softplus(x)", "sech(x)", "logistic(x)", "mod(x, 3)", "hypot(x, y)", "clamp(x, 0, 1)"):
        assert {*operations(text, "x")} <= {*native.UFUNCS, *native.CALLS}


def test_a_function_of_numbers_is_computed_beforehand() -> None:
    (step,) = program_of("x + exp(2)").steps
    assert [arg.data for arg in step.args if not arg.requires_grad] == [pytest.approx(7.38905609893065)]


def test_a_function_of_numbers_without_a_value_stays() -> None:
    assert "log" in operations("x + log(-1)")


@pytest.mark.parametrize(("text", "guarded"), [("log(x)", False), ("diff(log(x), x)", True), ("x", False)])
def test_a_value_is_guarded_where_a_condition_makes_it_nan(text: str, guarded: bool) -> None:
    assert native.is_guarded(program_of(text)) is guarded


def test_what_needs_scipy_is_named_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of("x + erf(x)*gamma(x)")
    assert native.missing(program) == ""
    monkeypatch.setattr(native, "find_spec", lambda name: None)
    assert native.missing(program) == "erf"
    assert native.missing(program_of("sin(x)")) == ""
