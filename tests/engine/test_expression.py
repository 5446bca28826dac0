"""An expression never changes; the numbers of a point live in an evaluation, which one caller at a time has."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from math import cos, isnan
from random import Random

import pytest

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import reachable
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse


def test_a_field_cannot_be_set() -> None:
    with pytest.raises(FrozenInstanceError):
        parse("x").source = "y"  # type: ignore[misc]


def test_points_one_after_another_share_one_graph() -> None:
    expression = parse("x*y")
    with expression.at({"x": 2, "y": 3}) as first:
        pass
    with expression.at({"x": 4, "y": 5}) as second:
        assert second is first
        assert second.value == 20


def test_a_point_within_a_point_has_a_graph_of_its_own() -> None:
    expression = parse("x*x")
    with expression.at({"x": 2}) as outer:
        with expression.at({"x": 3}) as inner:
            assert inner is not outer
            assert not {*reachable([inner.root])} & {*reachable([outer.root])}
        assert (outer.value, outer.point) == (4, {"x": 2.0})


def test_an_evaluation_that_was_interrupted_is_not_used_again() -> None:
    expression = parse("x*x")
    with pytest.raises(KeyboardInterrupt), expression.at({"x": 2}) as broken:
        raise KeyboardInterrupt
    with expression.at({"x": 3}) as fresh:
        assert fresh is not broken


def test_an_error_of_ours_gives_the_evaluation_back() -> None:
    expression = parse("x*x")
    with pytest.raises(AutodiffError), expression.at({"x": 2}) as refused:
        raise AutodiffError("no")
    with expression.at({"x": 3}) as again:
        assert again is refused


def test_threads_that_use_one_expression_get_the_numbers_of_their_own_points() -> None:
    expression = parse("sin(x*y) + x")
    random = Random(1)
    points = [(random.uniform(-3, 3), random.uniform(-3, 3)) for _ in range(800)]

    def gradient(point: tuple[float, float]) -> dict[str, float]:
        return expression.gradient(x=point[0], y=point[1])

    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(gradient, points)]
    for (x, y), gradients in zip(points, found, strict=True):
        assert gradients == pytest.approx({"x": y * cos(x * y) + 1, "y": x * cos(x * y)}, rel=1e-13, abs=1e-13)


def same(a: Expression, b: Expression) -> bool:
    """Whether they are the same expression, of graphs that share no node."""
    shares = {*reachable([a.root])} & {*reachable([b.root])}
    point = dict.fromkeys(a.variables, 0.7)
    return str(a) == str(b) and not shares and a.value_and_gradient(point) == b.value_and_gradient(point)


TEXT = "k = 2; d = x*y + k; d^2 + sin(d) - diff(log(x), x)"


@pytest.mark.parametrize(
    "make",
    [Expression.copied, copy.deepcopy, lambda expression: pickle.loads(pickle.dumps(expression))],
    ids=["copied", "deepcopy", "pickle"],
)
def test_a_copy_is_the_same_expression_of_another_graph(make: object) -> None:
    expression = parse(TEXT)
    made = make(expression)  # type: ignore[operator]
    assert same(expression, made)
    assert list(made.steps) == list(expression.steps)
    assert {made.places[node] for node in made.places} == {expression.places[node] for node in expression.places}
    assert isnan(made.evaluate(x=-1, y=1))  # log is needed in the copy too


def test_an_evaluation_is_moved_from_point_to_point() -> None:
    evaluation = parse("x^2").evaluation()
    found = []
    for x in (1, 2, -3):
        evaluation.move({"x": x})
        found.append((evaluation.value, evaluation.gradients()))
    assert found == [(1, {"x": 2.0}), (4, {"x": 4.0}), (9, {"x": -6.0})]


def test_the_gradient_of_a_step_counts_what_it_depends_on_alone() -> None:
    evaluation = parse("d = x*y; e = d + y; e^2").evaluation()
    evaluation.move({"x": 2, "y": 3})
    assert evaluation.gradients(of=evaluation.by_name("d")) == {"x": 3.0, "y": 2.0, "d": 1.0, "e": 0.0}


def test_a_default_stands_where_no_value_is_given() -> None:
    expression = parse("k = 2; k*x")
    assert expression.evaluate(x=3) == 6
    assert expression.evaluate(x=3, k=5) == 15


@pytest.mark.parametrize(("text", "steps"), [("1e-200*(1e-200*x)*1e300*1e200", {"x": 1e100}), ("x", {"x": 1.0})])
def test_a_gradient_that_underflows_on_its_way_is_swept_again(text: str, steps: dict[str, float]) -> None:
    assert parse(text).gradient(x=1.0) == pytest.approx(steps, rel=1e-14)


@pytest.mark.parametrize(
    ("names", "messages"),
    [
        (["x"], ["no value for y"]),
        (["x", "y", "z"], ["the expression has no variable 'z'"]),
        (["z"], ["no value for x, y", "the expression has no variable 'z'"]),
    ],
)
def test_all_that_is_wrong_with_the_names_is_said_at_once(names: list[str], messages: list[str]) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse("x*y").check(names)
    assert [caught.value.message, *[one.message for one in caught.value.also]] == messages


@pytest.mark.parametrize(
    ("text", "given", "hint"),
    [
        ("speed*2", ["sped"], "a value was given for 'sped': did you mean 'speed'?"),
        ("i*x", ["x"], "complex numbers are not computed; for a variable give it a value: i=VALUE"),
        ("a*b*c", [], "give each one: a=VALUE b=VALUE c=VALUE"),
        ("ab*2", [], "give it one, ab=VALUE; or write a*b if a product is meant"),
        ("x*2", [], "give it one: x=VALUE"),
    ],
)
def test_a_variable_without_a_value_gets_a_hint(text: str, given: list[str], hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(text, ["speed", "ab"]).check(given)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "extra", "hint"),
    [
        ("d = x; d*2", "d", "d is what the expression computes; give values to what it is computed from"),
        ("r = 2*x", "r", "r is what the expression computes; give values to what it is computed from"),
        ("speed*2", "sped", "did you mean 'speed'?"),
        ("x*y", "q", "its variables are x, y"),
        ("2*3", "q", "it has no variables"),
    ],
)
def test_a_value_that_no_variable_takes_gets_a_hint(text: str, extra: str, hint: str) -> None:
    expression = parse(text, ["speed"])
    with pytest.raises(AutodiffError) as caught:
        expression.check([*expression.variables, extra])
    assert caught.value.hint == hint


def test_differentiating_by_what_is_no_variable_names_what_there_is() -> None:
    with pytest.raises(AutodiffError) as caught:
        parse("x*y").by_name("q")
    assert (caught.value.message, caught.value.hint) == ("there is no 'q' to differentiate by", "there are x, y")
