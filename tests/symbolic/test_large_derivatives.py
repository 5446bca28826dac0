"""Derivatives that are large: steps with names, limits of text and order, and expressions of 100,000 nodes."""

from collections.abc import Callable
from typing import Any

import pytest

from autodiff_cli.commands.exits import Exit
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import formulas
from autodiff_cli.symbolic.terms import Algebra, Term

from ..conftest import Result
from .derivatives import at, formula, nested, read_back

Run = Callable[..., Result]


def test_steps_are_named_where_that_is_operators_as_calls(autodiff: Run) -> None:
    assert autodiff("diff", "tanh(a*b + c)", "--steps").out.splitlines() == [
        "_1   = sech(a * b + c)",
        "d/da = b * _1^2",
        "d/db = a * _1^2",
        "d/dc = _1^2",
    ]
    assert autodiff("diff", "tanh(a*b + c)").out.splitlines() == [
        "d/da = b * sech(a * b + c)^2",
        "d/db = a * sech(a * b + c)^2",
        "d/dc = sech(a * b + c)^2",
    ]
    assert autodiff("diff", "x^2", "--steps").out == "2 * x\n"


def test_steps_take_no_name_that_is_taken() -> None:
    report = formulas.differentiate(parse("_1*tanh(a*b + c + _1)"), [("_1",), ("a",)], steps=True)
    assert report.steps
    assert "_1" not in report.steps
    expression = parse("_1*sin(x*y + _1)*exp(sin(x*y + _1)) + cos(exp(x*y)) + exp(x*y)")
    (row,) = formulas.differentiate(expression, [("x",)], steps=True).rows
    point = {"_1": 0.5, "x": 0.7, "y": 2.0}
    assert list(parse(row.alone).steps) == ["_2", "_3"]
    assert parse(row.alone).evaluate(**point) == pytest.approx(expression.gradient(**point)["x"], rel=1e-12)


def test_what_explodes_is_written_with_steps(autodiff: Run) -> None:
    result = autodiff("diff", nested(40), "--quiet")
    assert result.code == 0
    assert len(result.out) < 100_000
    result = autodiff("diff", nested(40), "--quiet", "--format", "json")
    ours = read_back(result.json["derivatives"]["x"], ["x"])
    for x in (1.25, -0.75):
        want = parse(nested(40)).gradient(x=x)["x"]
        assert ours.evaluate(x=x) == pytest.approx(want, rel=1e-9)


def test_what_explodes_is_not_written_out() -> None:
    with pytest.raises(AutodiffError) as caught:
        formulas.differentiate(parse(nested(40)), [("x",)], steps=False)
    assert caught.value.message == "the formulas are longer than 100,000 characters in full"
    assert caught.value.hint == "--steps names what is used more than once; --to json has it all"


def test_terms_stay_as_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Term, tuple[Any, ...]]] = []
    plain = Algebra.new

    def new(home: Algebra, *args: Any) -> Term:
        term = plain(home, *args)
        made.append((term, args[3]))
        return term

    monkeypatch.setattr(Algebra, "new", new)
    for text in ("x/(1 + x^2)", "(x^2 + x + 1)/(x^3 + 2)", "(x^2 - 1)^3/(x + 1)", "exp(-x^2/2)*(3 + x^2 - x)"):
        formula(text, *"xxx")
    first = {id(term): (term, parts) for term, parts in reversed(made)}.values()
    assert len(first) > 100
    assert [(term.parts, parts) for term, parts in first if term.parts != parts] == []


@pytest.mark.slow
def test_an_order_of_more_than_700_terms_is_refused(autodiff: Run) -> None:
    result = autodiff("diff", "exp(sin(x))", "--order", "100")
    assert (result.code, result.out) == (Exit.UNUSABLE, "")
    assert result.err == (
        "error: the derivative of order 48 has more than 700 terms\n"
        "  = autodiff taylor has the numbers of every order at a point, of one variable\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        " + ".join(["x"] * 100_000),
        " + ".join(f"sin({k} * x)" for k in range(20_000)),
        "sin(" * 20_000 + "x" + ")" * 20_000,
        "-" * 100_000 + "x",
        "1/(1 + " * 4_000 + "x" + ")" * 4_000,
        "; ".join(["y = x", *[f"y{k} = sin({f'y{k - 1}' if k else 'y'})" for k in range(20_000)]]),
    ],
    ids=["sum", "terms", "chain", "signs", "fractions", "program"],
)
def test_expressions_of_100000_nodes_have_the_gradient_of_a_sweep(text: str) -> None:
    expression = parse(text)
    graphs = formulas.graphs(expression, [("x",)])[0]
    ours = formulas.formula_of(expression, graphs["x",])
    assert at(ours, {"x": 0.5}) == pytest.approx(expression.gradient(x=0.5)["x"], rel=1e-9)
