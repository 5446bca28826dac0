"""What a rule makes: the text of its pullback, and who gets a gradient."""

import pytest

from autodiff_cli import Value
from autodiff_cli.engine import value
from autodiff_cli.engine.value import LEAF, constant, pullback_source, pullback_text, rule_of
from autodiff_cli.rules.table import FUNCTIONS, Function, entry


@pytest.mark.parametrize(
    ("name", "count", "index", "text"),
    [
        ("mul", 2, 0, "gradient * b"),
        ("div", 2, 1, "gradient * -y / b"),
        ("square", 1, 0, "gradient * 2 * x"),
        ("softplus", 1, 0, "gradient * sigmoid(x)"),
        ("silu", 1, 0, "gradient * sigmoid(x) * (1 + x * sigmoid(-x))"),
    ],
)
def test_a_partial_that_is_a_product_has_the_gradient_as_its_first_factor(
    name: str, count: int, index: int, text: str
) -> None:
    assert pullback_source(entry(name, count), index) == text


def test_a_partial_that_is_a_sum_is_put_in_parentheses() -> None:
    function = Function("f", ("x",), ("1 + y * (x - 2)",), "", ((1.0,),))
    assert pullback_source(function, 0) == "gradient * (1 + y * (x - 2))"


def test_a_pullback_reads_only_the_numbers_its_partials_name() -> None:
    lines = pullback_text(entry("add", 2)).split("\n")
    assert lines[:3] == [
        "def pullback(node, gradient, ready):",
        "    a_, b_, = node.args",
        "    if a_.requires_grad:",
    ]
    assert "    y = node.data" in pullback_text(entry("exp", 1)).split("\n")


def test_a_partial_of_minus_one_subtracts_the_gradient() -> None:
    assert "        b_.grad -= gradient" in pullback_text(entry("sub", 2)).split("\n")


@pytest.mark.parametrize("function", [f for f in FUNCTIONS if not f.variadic], ids=lambda f: f"{f.name}/{len(f.args)}")
def test_the_pullback_of_every_function_is_python(function: Function) -> None:
    compile(pullback_text(function), function.name, "exec")


def test_a_pullback_where_a_formula_raises_has_the_value_by_ieee() -> None:
    x = Value(0.0)
    x.sqrt().backward()
    assert x.grad == float("inf")


@pytest.mark.parametrize(("condition", "taken"), [(1.0, [1]), (0.0, [2])])
def test_a_choice_skips_its_condition_and_the_branch_that_is_not_taken(condition: float, taken: list[int]) -> None:
    args = (Value(condition), Value(2.0), Value(3.0))
    node = value.node(rule_of(entry("where", 3)), args)
    node.data = 2.0 if condition else 3.0
    assert [index for index in range(3) if not node.rule.skips(node, index)] == taken
    assert node.rule.selected_args(node) == [args[index] for index in taken]


def test_a_rule_that_needs_all_its_arguments_skips_none_even_at_a_partial_of_0() -> None:
    product = Value(0.0) * Value(0.0)
    assert [product.rule.skips(product, index) for index in (0, 1)] == [False, False]


def test_a_leaf_passes_nothing_on() -> None:
    x = Value(2.0)
    x.backward()
    assert (x.rule, x.grad) == (LEAF, 1.0)


@pytest.mark.parametrize(("name", "is_unary"), [("tanh", True), ("swish", True), ("log", False), ("max", False)])
def test_a_name_for_one_function_of_one_argument_has_the_short_method(name: str, is_unary: bool) -> None:
    assert (getattr(Value, name).__qualname__.split(".")[0] == "_unary") == is_unary


def test_a_plain_number_on_the_left_becomes_a_constant() -> None:
    result = 3 - Value(1.0, "x")
    assert (result.args[0].data, result.args[0].requires_grad, result.op) == (3.0, False, "-")
    assert not constant(1.0).requires_grad


def test_a_step_that_puts_a_node_where_a_number_belongs_is_refused_at_the_next_backward() -> None:
    w = Value(3.0)
    w.data = w - 0.1 * w.grad  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"p\.data = p\.data - 0\.1 \* p\.grad"):
        (w * 2).backward()
