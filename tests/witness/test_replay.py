"""A graph as a function of one of its variables: the terms that move, rounding, and the numbers put back."""

from math import inf, isnan, nan

import pytest

from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.language.parser import parse
from autodiff_cli.witness.replay import PERTURBATIONS, Replay, next_random, perturb, perturb_all


def at(text: str, **point: float) -> Evaluation:
    """The expression at the point."""
    evaluation = parse(text, point).evaluation()
    evaluation.move(point)
    return evaluation


def replay(evaluation: Evaluation) -> Replay:
    return Replay(evaluation.root, evaluation.nodes, evaluation.variables.values())


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("x*y + z", {"x": 6.0, "y": 6.0, "z": 4.0}),
        ("x - (y + z)", {"x": 2.0, "y": -3.0, "z": -4.0}),
        ("x - (y - z)", {"x": 2.0, "y": -3.0, "z": 4.0}),
        ("-(x + y) - -z", {"x": -2.0, "y": -3.0, "z": 4.0}),
        ("x + x + y*z", {"x": 4.0, "y": 12.0, "z": 12.0}),
        ("sin(0*x) + (y - z)", {"x": 0.0, "y": 3.0, "z": -4.0}),
    ],
)
def test_a_section_is_the_terms_that_hold_the_variable(text: str, moved: dict[str, float]) -> None:
    evaluation = at(text, x=2.0, y=3.0, z=4.0)
    rerun = replay(evaluation)
    for name, variable in evaluation.variables.items():
        section = rerun.along(variable)
        with section:
            assert section(variable.data) == moved[name]


def test_a_sum_with_another_user_is_one_term() -> None:
    evaluation = at("s = x + y; s + s*z", x=2.0, y=3.0, z=4.0)
    section = replay(evaluation).along(evaluation.variables["x"])
    with section:
        assert section(2.0) == 25.0
        assert section(3.0) == 30.0


def test_a_step_can_be_moved_and_then_stays_whole() -> None:
    evaluation = at("s = x + y; s - z", x=2.0, y=3.0, z=4.0)
    step = evaluation.steps["s"]
    rerun = Replay(evaluation.root, evaluation.nodes, [*evaluation.variables.values(), step])
    with (section := rerun.along(step)):
        assert [section(5.0), section(10.0)] == [5.0, 10.0]


def test_a_section_costs_the_steps_that_move_and_one() -> None:
    evaluation = at("sin(x*y) + cos(z) + exp(exp(z))", x=1.0, y=1.0, z=1.0)
    rerun = replay(evaluation)
    assert {name: rerun.along(node).cost for name, node in evaluation.variables.items()} == {"x": 3, "y": 3, "z": 4}


def test_a_section_jumps_only_by_the_variables_below_the_jump() -> None:
    evaluation = at("floor(x) + y", x=1.5, y=2.0)
    rerun = replay(evaluation)
    assert {name: rerun.along(node).jumps for name, node in evaluation.variables.items()} == {"x": True, "y": False}


def test_after_a_section_the_numbers_are_those_of_the_point() -> None:
    evaluation = at("x*y + x/y", x=2.0, y=3.0)
    rerun = replay(evaluation)
    before = list(rerun.values)
    with (section := rerun.along(evaluation.variables["x"])):
        section(7.0)
        section.perturbed(8.0)
        section.elsewhere_perturbed(9.0)
        assert rerun.values != before
    assert rerun.values == before
    with (section := rerun.along(evaluation.variables["y"])):
        assert section(3.0) == 2.0 * 3.0 + 2.0 / 3.0


def test_outside_the_domain_the_section_is_not_a_number() -> None:
    evaluation = at("log(x) + 1/x", x=1.0)
    with (section := replay(evaluation).along(evaluation.variables["x"])):
        assert isnan(section(-1.0))
        assert isnan(section(nan))
        assert section(inf) == inf


def test_a_perturbed_run_is_another_at_each_call_and_the_same_for_the_same_expression() -> None:
    runs = []
    for _ in range(2):
        evaluation = at("sin(x)*exp(x)", x=1.0)
        with (section := replay(evaluation).along(evaluation.variables["x"])):
            plain, perturbed = section(1.0), [section.perturbed(1.0) for _ in range(5)]
        assert all(number == pytest.approx(plain, rel=1e-14) for number in perturbed)
        assert len({*perturbed}) > 1
        runs.append(perturbed)
    assert runs[0] == runs[1]


def test_elsewhere_perturbed_changes_what_is_constant_along_the_line() -> None:
    evaluation = at("sin(y)*x", x=2.0, y=1.0)
    with (section := replay(evaluation).along(evaluation.variables["x"])):
        assert section.elsewhere_perturbed(2.0) != section(2.0)
        assert section.elsewhere_perturbed(2.0) == pytest.approx(section(2.0), rel=1e-14)


def test_random_bits_are_a_fixed_sequence_that_uses_every_perturbation() -> None:
    state, seen = 0, set()
    for _ in range(100):
        state = next_random(state)
        assert 0 <= state < 2**64
        seen.add(state >> 61)
    assert seen == {*range(8)}
    assert next_random(0) == 1442695040888963407


def test_a_number_is_perturbed_by_ulps_and_a_tiny_one_by_those_of_the_least() -> None:
    assert perturb(1.0, 0) == 1 - 2.0**-50
    assert perturb(-8.0, 7 << 61) == -8.0 * (1 + 2.0**-50)
    assert perturb(0.0, 0, 1e-300) == -(2.0**-50) * 1e-300
    assert perturb(1e-295, 0, 1e-290) == 1e-295 - 2.0**-50 * 1e-290


def test_perturbations_are_never_one() -> None:
    assert 1.0 not in PERTURBATIONS
    assert len(PERTURBATIONS) == 8


def test_all_nodes_perturbed_leaves_what_is_computed_from_them_near() -> None:
    evaluation = at("exp(x)*3", x=1.0)
    before = [node.data for node in evaluation.nodes]
    perturb_all(evaluation.nodes, next_random(0))
    after = [node.data for node in evaluation.nodes]
    assert after != before
    assert after == pytest.approx(before, rel=1e-14)
