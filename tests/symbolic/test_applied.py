"""The rules that a run applied: what is said of each kind of formula, and that every line is the run's derivative."""

from collections.abc import Iterator

import pytest

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic.applied import Applied, applied
from autodiff_cli.symbolic.derive import ChainRuleRun, Derivation, Wrt
from autodiff_cli.symbolic.formulas import graphs
from autodiff_cli.symbolic.rule_forms import waiting_in


def derived(text: str, by: str = "x") -> Applied:
    """How the derivative of a text comes about."""
    expression = parse(text, "xyn")
    runs: dict[Wrt, ChainRuleRun] = {}
    graphs(expression, [tuple(by)], runs=runs)
    return applied(runs[tuple([expression.variables[name] for name in by])])


def written(graph: Value) -> str:
    """A formula; what is still to be differentiated with a prime."""
    return to_text(graph, names={one: f"({to_text(one.args[0])})'" for one in waiting_in(graph)})


def lines(step: Applied) -> list[str]:
    return [written(line.formula) for line in step.lines]


def rules(step: Applied) -> list[str]:
    """The rule at the head, and those of the lines; of a function its name."""
    reasons = [*step.reasons]
    for line in step.lines:
        reasons += line.reasons
    return [reason.function.name if reason.function else str(reason.rule) for reason in reasons]


def all_steps(step: Applied) -> Iterator[Applied]:
    yield step
    for part in step.parts:
        yield from all_steps(part.step)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where(x > 0, 1, 2)", ["constant"]),
        ("x", ["variable"]),
        ("x^3", ["power rule"]),
        ("5x^3", ["constant factor", "power rule"]),
        ("1/x", ["reciprocal rule"]),
        ("sqrt(x)", ["square root"]),
        ("x^n", ["power rule"]),
        ("2^x", ["exponential"]),
        ("exp(x)", ["exp"]),
        ("x^x", ["logarithmic differentiation", "cancelled"]),
        ("x sin(x)", ["product rule"]),
        ("sin(x)/x", ["quotient rule"]),
        ("1/(x^2 + 1)", ["chain rule", "reciprocal rule", "power rule", "constant"]),
        ("x^3 - 5x + 2", ["sum rule", "constant", "power rule", "constant factor", "variable"]),
        ("sin(cos(x))", ["chain rule", "sin", "cos"]),
        ("where(x > 0, x, 3)", ["by cases"]),
        ("where(x == 0, 1, x^2)", ["single point", "power rule"]),
        ("floor(x)", ["floor"]),
        ("sin(x)^2 + cos(x)^2", ["sum rule", "the terms cancel"]),
    ],
)
def test_a_rule_is_called_by_its_everyday_name(text: str, expected: list[str]) -> None:
    assert rules(derived(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(cos(tan(x)))", ["cos(cos(tan(x))) * (cos(tan(x)))'", "-cos(cos(tan(x))) * sin(tan(x)) * (tan(x))'"]),
        ("sqrt(x^2 + 1)", ["(x^2 + 1)' / (2 * sqrt(x^2 + 1))", "2 * x / (2 * sqrt(x^2 + 1))"]),
        ("5/(2x - 1)^3", ["-15 * (2 * x - 1)' / (2 * x - 1)^4"]),
        ("3x^2 - 2x", ["(3 * x^2)' - (2 * x)'"]),
    ],
)
def test_what_is_inside_waits_to_be_differentiated(text: str, expected: list[str]) -> None:
    assert lines(derived(text))[:-1] == expected


@pytest.mark.parametrize(
    "text", ["exp(x sin(x)) ln(x)/x", "(x^2 + 1)^3 (x - 1)^4 y", "abs(x^3 - x) x^x", "max(x, x^2, 3)"]
)
def test_every_step_ends_with_the_derivative_of_what_it_begins_with(text: str) -> None:
    whole = derived(text)
    for step in all_steps(whole):
        assert step.lines[-1].formula is step.after
    expression = parse(text, "xyn")
    assert to_text(whole.after) == to_text(Derivation(expression.root).by((expression.variables["x"],)))


def test_the_second_derivation_begins_where_the_first_ends() -> None:
    assert written(derived("x^2 sin(3x)", "xx").before) == written(derived("x^2 sin(3x)").after)


def test_a_recorded_run_gives_what_an_unrecorded_one_gives() -> None:
    expression = parse("x^2 sin(3x) + x^x")
    x = expression.variables["x"]
    runs: dict[Wrt, ChainRuleRun] = {}
    assert to_text(Derivation(expression.root, runs=runs).by((x, x))) == to_text(Derivation(expression.root).by((x, x)))
    assert [*runs] == [(x,), (x, x)]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("x sin(x)", ("u * v", "(u)' * v + u * (v)'")),
        ("sin(x)/x", ("u / v", "((u)' * v - u * (v)') / v^2")),
        ("x sin(x) - x cos(x)", ("u - v", "(u)' - (v)'")),
        ("x^x", ("u^v", "u^v * ((v)' * log(u) + v * (u)' / u)")),
        ("gamma(x sin(x))", ("gamma(u)", "gamma(u) * digamma(u) * (u)'")),
        ("(x sin(x))^5", ("u^5", "5 * u^4 * (u)'")),
        ("7(x sin(x) + x^x)", ("7 * u", "7 * (u)'")),
        ("2^(x sin(x))", ("2^u", "2^u * log(2) * (u)'")),
        ("hypot(x, x^2)", ("hypot(u, v)", "u * (u)' / hypot(u, v) + v * (v)' / hypot(u, v)")),
    ],
)
def test_a_rule_is_written_with_letters(text: str, form: tuple[str, str]) -> None:
    step = derived(text)
    assert step.form is not None
    before, after = step.form([Value(1.0, letter) for letter in "uv"])
    assert (written(before), written(after)) == form


def test_branches_say_where_they_are_taken() -> None:
    step = derived("where(x < 0, x^2, where(x < 1, x, sin(x)))")
    assert [part.when and written(part.when) for part in step.parts] == ["x < 0", "x < 1", None]
    assert [lines(part.step) for part in step.parts] == [["2 * x"], ["1"], ["cos(x)"]]


def test_kinks_within_are_told_too() -> None:
    assert [function.name for function, _ in derived("sin(abs(x))").kinked] == ["abs"]
    assert [function.name for function, _ in derived("3 * relu(x) + x^2").kinked] == ["relu"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sin(" * 70 + "x" + ")" * 70, "a derivation of 71 steps, 71 deep"),
        ("+".join([f"sin({n}x)" for n in range(2, 450)]), "a derivation of 898 steps, 4 deep"),
        ("max(x*" * 25 + "x" + ", 1)" * 25, "the formulas of the derivation are longer than anybody would read"),
    ],
    ids=["deep", "long", "wide"],
)
def test_what_nobody_would_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(AutodiffError, match=message):
        derived(text)
