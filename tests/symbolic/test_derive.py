"""The chain rule over terms: which terms depend on a variable, what derivatives share, and what they leave out."""

import pytest

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import entry
from autodiff_cli.symbolic.derive import Derivation, _Users

from .values import NAMES, called, written


def test_derivatives_of_several_orders_share_what_leads_to_them() -> None:
    expression = parse("x^3 * y", NAMES)
    x, y = expression.variables["x"], expression.variables["y"]
    derivation = Derivation(expression.root)
    assert to_text(derivation.by((x, x))) == "6 * x * y"
    assert to_text(derivation.by((x,))) == "3 * x^2 * y"
    assert derivation.by((x,)) is derivation.by((x,))
    assert to_text(derivation.by((x, y))) == "3 * x^2"
    assert derivation.by(()) is expression.root


def test_inner_node_is_a_variable_where_it_is_differentiated_by() -> None:
    expression = parse("t = sin(x); t^2 * x", NAMES)
    x, step = expression.variables["x"], expression.steps["t"]
    derivation = Derivation(expression.root)
    assert to_text(derivation.by((step,))) == "2 * sin(x) * x"
    assert to_text(derivation.by((step, x))) == "2 * x * cos(x) + 2 * sin(x)"


def test_step_that_a_derivative_lost_is_no_variable_of_it() -> None:
    expression = parse("t = sin(x); t + x^2", NAMES)
    x, step = expression.variables["x"], expression.steps["t"]
    with pytest.raises(AutodiffError, match=r"the derivative does not have the step sin\(x\) any more"):
        Derivation(expression.root).by((x, step))


def test_omissions_are_what_a_readers_form_leaves_out() -> None:
    expression = parse("x^p", NAMES)
    x, p = expression.variables["x"], expression.variables["p"]
    derivation = Derivation(expression.root)
    derivation.by((x,))
    derivation.by((p,))
    assert [(written(one.call), one.argument, one.words) for one in derivation.omissions] == [
        ("x^p", 0, "0 at p = 0"),
        ("x^p", 1, "at x = 0 it is 0 for p > 0, else undefined"),
    ]
    exact = Derivation(expression.root, exact=True)
    exact.by((x,))
    assert not exact.omissions
    certain = Derivation(parse("exp(x)^p + x^2 + pi^x").root)
    assert not certain.omissions


@pytest.mark.parametrize(
    ("name", "count", "index", "shown"),
    [
        ("sin", 1, 0, ("cos(x)", "")),
        ("pow", 2, 0, ("p * x**(p - 1)", "0 at p = 0")),
        ("max", 2, 0, ("where(a > b, 1, where(a < b, 0, 1 / 2))", "")),
        ("max", 3, 0, ("", "")),
    ],
)
def test_partial_for_readers_is_a_formula_and_words(name: str, count: int, index: int, shown: tuple[str, str]) -> None:
    function = entry(name, count)
    assert (function.readable_partial(index, count), "" if function.variadic else function.left_out(index)) == shown


def test_terms_that_depend_on_one_come_after_their_parts() -> None:
    root = called("sin(x*y) + x*z + z^2")
    algebra = root.algebra
    x = next(leaf for leaf in root.children()[1].children() if leaf.head.label == "x")
    users = _Users(root)
    above = users.above(x)
    assert [written(term) for term, _ in above] == ["x * z", "x * y", "sin(x * y)", "sin(x * y) + x * z + z^2"]
    assert [list(map(written, moving)) for _, moving in above[:3]] == [["x"], ["x"], ["x * y"]]
    _, moving = above[-1]
    assert [written(algebra.scaled(*part)) for part in users.parts(root, moving)] == ["sin(x * y)", "x * z"]
    assert users.above(algebra.variable(Value(1.0, "other"))) == []
