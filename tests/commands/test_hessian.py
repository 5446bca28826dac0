"""`autodiff eval --hessian`: second derivatives as numbers, with their verdicts."""

import json
from collections.abc import Callable

import pytest

from autodiff_cli.commands.exits import Exit
from autodiff_cli.language.parser import parse

from ..conftest import Result
from ..symbolic.derivatives import slope

Run = Callable[..., Result]


def test_second_derivatives_stand_below_the_table(autodiff: Run) -> None:
    result = autodiff("eval", "x^2*y + exp(x*y)", "--x", "1", "--y", "2", "--hessian")
    assert (result.code, result.err) == (0, "")
    second = result.out.splitlines()[-4:]
    assert [line.split("  ")[0].strip("─") for line in second] == ["", "d2/dx2", "d2/dx dy", "d2/dy2"]
    assert all(line.rstrip().endswith("ok") for line in second[1:])


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x^2*y + exp(x*y)", {"x": 1.0, "y": 2.0}),
        ("tanh(a*b + c)", {"a": 0.5, "b": -1.5, "c": 0.25}),
        ("(1 - x)^2 + 100*(y - x^2)^2", {"x": -1.2, "y": 1.0}),
        ("x^y", {"x": 1.5, "y": 2.5}),
        ("t = x*y; sin(t)/t", {"x": 1.5, "y": 0.5}),
        ("log(sqrt(x^2 + y^2))", {"x": 3.0, "y": -4.0}),
        ("max(x, y)*x*y", {"x": 3.0, "y": 2.0}),
        ("G*m/r^2", {"G": 6.674e-11, "m": 5.97e24, "r": 6.37e6}),
        ("x", {"x": 1.0}),
    ],
)
def test_hessians_are_right_and_symmetrical(autodiff: Run, text: str, point: dict[str, float]) -> None:
    values = [f"{name}={data!r}" for name, data in point.items()]
    result = autodiff("eval", text, *values, "--hessian", "--quiet", "--format", "json")
    found = result.json
    assert result.code == 0
    for a in point:
        for b in point:
            true = float(slope(parse(text), point, (a, b), 700))
            assert found["hessian"][a][b] == found["hessian"][b][a] == pytest.approx(true, rel=1e-12, abs=1e-300)
            assert found["hessian_verdict"][a][b] == "ok"
            off = abs(found["hessian_finite_difference"][a][b] - true)
            assert off <= found["hessian_bound"][a][b] + 1e-9 * abs(true)


@pytest.mark.parametrize(
    ("text", "point", "verdicts", "code"),
    [
        ("abs(x)", {"x": 0}, {"x x": "singular"}, Exit.UNDEFINED),
        ("x*abs(x)", {"x": 0}, {"x x": "kink"}, Exit.OK),
        ("x*abs(x)*y", {"x": 0, "y": 1}, {"x x": "kink", "x y": "ok", "y y": "ok"}, Exit.OK),
        ("sqrt(x)", {"x": 0}, {"x x": "singular"}, Exit.UNDEFINED),
        ("x^(3/2)", {"x": 0}, {"x x": "singular"}, Exit.UNDEFINED),
        ("x^(5/2)", {"x": 0}, {"x x": "ok"}, Exit.OK),
        ("abs(x) + y^2", {"x": 0, "y": 1}, {"x x": "singular", "x y": "singular", "y y": "ok"}, Exit.UNDEFINED),
        ("x^2 + abs(x - y)", {"x": 1, "y": 2}, {"x x": "ok", "x y": "ok", "y y": "ok"}, Exit.OK),
    ],
)
def test_second_derivatives_at_kinks_and_poles_have_their_verdict(
    autodiff: Run, text: str, point: dict[str, float], verdicts: dict[str, str], code: Exit
) -> None:
    values = [f"{name}={data}" for name, data in point.items()]
    result = autodiff("eval", text, *values, "--hessian", "--format", "json")
    assert result.code == code
    found = result.json["hessian_verdict"]
    assert {pair: found[pair[0]][pair[2]] for pair in verdicts} == verdicts
    json.loads(result.out, parse_constant=lambda word: pytest.fail(f"bare {word}"))


def test_second_derivatives_are_in_every_format_for_programs(autodiff: Run) -> None:
    arguments = ("eval", "x^2*y", "--x", "1", "--y", "2", "--hessian")
    answer = autodiff(*arguments, "--format", "json").json
    assert list(answer)[-4:] == ["hessian", "hessian_finite_difference", "hessian_bound", "hessian_verdict"]
    assert answer["hessian"] == {"x": {"x": 4.0, "y": 2.0}, "y": {"x": 2.0, "y": 0.0}}
    lines = autodiff(*arguments, "--format", "csv").out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["variable", "x", "y", "x x", "x y", "y y"]
    assert [line.split(",")[1] for line in lines[3:]] == ["", "", ""]
    assert {line.count(",") for line in lines} == {5}
    assert autodiff(*arguments, "--only", "hessian.x.y").out == "2.0\n"
    assert autodiff(*arguments, "--only", "hessian.y.x").out == "2.0\n"
    assert autodiff(*arguments, "--only", "hessian_verdict.x.y").out == "ok\n"
    for path, message in (
        ("hessian", "'hessian' is not one number\n  = as in --only hessian.x.x"),
        ("hessian.x", "'hessian.x' is not one number\n  = as in --only hessian.x.x"),
        ("hessian.x.z", "there is no 'hessian.x.z' in the result\n  = there are x, y"),
    ):
        result = autodiff(*arguments, "--only", path)
        assert (result.code, result.err) == (Exit.UNUSABLE, f"error: {message}\n")
    result = autodiff(*arguments, "--digits", "20")
    assert result.err == "error: second derivatives are not proven\n  = --hessian goes without --digits and --prove\n"
