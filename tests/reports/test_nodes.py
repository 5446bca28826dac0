"""Names of nodes, what leads to them, and what the sweep passes to each."""

from autodiff_cli.engine.value import Value
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.nodes import leading_to, name_all, named_reachable, watch


def test_a_step_without_a_name_gets_a_number_that_is_free() -> None:
    names = name_all(parse("d = x*y; d + 2*x"))
    assert {*names.values()} == {"x", "y", "d", "2", "_1", "_2"}
    assert sorted(name_all(parse("_1 = x*y; sin(_1) + _1")).values()) == ["_1", "_2", "_3", "x", "y"]


def test_labels_name_the_leaves_of_a_value() -> None:
    a = Value(1.5, "a")
    product = a * Value(2.0)
    names = named_reachable([product], [product], {})
    assert names[a] == "a"
    assert names[product] == "_1"


def test_what_leads_to_a_name_depends_on_it() -> None:
    expression = parse("d = x*y; e = sin(z); d + e")
    names = name_all(expression)
    assert {names[one] for one in leading_to(expression, ["x"])} == {"x", "d", "_1"}
    assert {names[one] for one in leading_to(expression, [])} == {"x", "y", "z", "d", "e", "_1"}


def test_what_is_passed_is_seen_by_itself_also_in_a_square() -> None:
    with parse("x*x").at({"x": 3.0}) as evaluation:
        assert [*watch(evaluation).values()] == [[3.0, 3.0]]


def test_nothing_is_passed_to_a_branch_that_is_not_taken() -> None:
    with parse("where(x > 0, 2*x, y)").at({"x": 1.0, "y": 5.0}) as evaluation:
        (first, *_) = watch(evaluation).values()
        assert first == [None, 1.0, None]
