"""Branches not taken, and domains of what was differentiated: generated code has the values and slopes of `eval`."""

import math
from pathlib import Path
from random import Random

import pytest

from autodiff_cli.codegen.c import c
from autodiff_cli.codegen.lower import lower
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import require_value

from .running import (
    CC,
    CLibrary,
    Result,
    assert_same,
    body,
    needs_cc,
    of_eval,
    run_compiled,
    run_json,
    run_numpy,
    run_python,
    run_sympy,
)

BRANCHES = [
    "where(x > 0, log(x), x^2)",
    "where(x > 0, log(x), 0) + where(x > 0, sqrt(x), 1)",
    "where(x > 2, log(x), where(x > 1, 2*log(x), 0))",
    "l = log(x); where(x > 2, l*y, where(x > 1, 2*l, 0)) + y",
    "piecewise(x < -1, 1/(x + 1), x < 1, x*y, x < 3, sqrt(x - 1), log(x - 2))",
    "where(x > 0 and log(x) > 1, log(x)*y, y^2)",
    "where(not (x > 0) or log(x) < 0, y, sqrt(log(x)))",
    "relu(x)*y + max(x, y, 0.5) + sqrt(relu(x - 1))",
    "where(x > 0, where(log(x) > 0, log(log(x)), log(x)*y), where(y > 0, log(y)*x, x))",
    "max(sqrt(x), y, 0.5) + min(x, 1/y)",
    "clamp(x, 0, y)*y + abs(x - y)",
    "where(x, 1/x, y)",
    "where(x > 0, where(x > 0, log(x), 1)*y, where(not (x > 0), x, log(x)))",
    "where(x > 0 and x > 0, log(x), where(x > 0 or (x > 0 and y > 0), 1/y, y))",
    "where(x > 0 or log(x) > 1, log(x), 0) + where(log(x) > 1, log(x), 0)",
]
RAISE = {"max(sqrt(x), y, 0.5) + min(x, 1/y)", "where(x > 0 or log(x) > 1, log(x), 0) + where(log(x) > 1, log(x), 0)"}
PLACES = [-2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.5, 4.0, 20.0]
POINTS = [{"x": x, "y": y} for x in PLACES for y in (-1.0, 0.0, 0.75, 3.0)]


def points_of(text: str) -> list[dict[str, float]]:
    names = parse(text).variables
    return list({tuple(point[n] for n in names): {n: point[n] for n in names} for point in POINTS}.values())


def assert_same_code(got: Result, want: Result, what: object) -> None:
    """As assert_same; where there is no value, that alone tells."""
    assert_same(got if want[0] == want[0] else (got[0], want[1]), want, what)


@pytest.mark.parametrize("text", BRANCHES)
def test_a_branch_not_taken_does_no_harm(text: str) -> None:
    program = lower(parse(text))
    for point in points_of(text):
        want = of_eval(text, point)
        for run in (run_json, run_numpy):
            assert_same_code(run(program, point), want, (run, point))
        assert_same(run_compiled(text, point), want, point)
        try:
            got = run_python(program, point)
        except (ArithmeticError, ValueError):
            # Python raises where IEEE 754 goes on with an infinity: in what is not behind a condition
            finite = math.isfinite(want[0]) and all(map(math.isfinite, want[1].values()))
            assert not finite or text in RAISE, point
        else:
            assert_same_code(got, want, point)


@needs_cc
def test_a_branch_not_taken_does_no_harm_in_c(tmp_path: Path) -> None:
    library = CLibrary([lower(parse(text)) for text in BRANCHES], tmp_path)
    for index, text in enumerate(BRANCHES):
        for point in points_of(text):
            assert_same_code(library.run(index, point), of_eval(text, point), (text, point))


def _random_branches(random: Random, depth: int) -> str:
    if depth == 0:
        return random.choice(["x", "y", "1", "2", "0.5", "x", "y"])

    def part(less: int = 1) -> str:
        return _random_branches(random, max(0, depth - random.randint(less, 2)))

    return random.choice(
        [
            lambda: f"where({part()} {random.choice(['<', '>', '<=', '=='])} {part()}, {part()}, {part()})",
            lambda: (
                f"where({part()} > {part()} {random.choice(['and', 'or'])} {part()} < {part()}, {part()}, {part()})"
            ),
            lambda: f"relu({part()})",
            lambda: f"max({part()}, {part()})",
            lambda: f"min({part()}, {part()}, {part()})",
            lambda: f"({part()} * {part()})",
            lambda: f"({part()} - {part()})",
            lambda: f"({part()} / {part()})",
            lambda: f"log({part()})",
            lambda: f"sqrt({part()})",
        ]
    )()


@pytest.mark.slow
@needs_cc
def test_random_branches_have_the_values_and_slopes_of_eval(tmp_path: Path) -> None:
    """Values and slopes, infinite and undefined ones too, are those of the sweep at the point."""
    random = Random(1)
    texts = [f"{_random_branches(random, 5)} + x*y" for _ in range(70)]
    texts = [text for text in texts if set(parse(text).variables) == {"x", "y"}]
    programs = [lower(parse(text)) for text in texts]
    library = CLibrary(programs, tmp_path)
    wrong = []
    for index, text in enumerate(texts):
        for point in random.sample(POINTS, 6):
            want = of_eval(text, point)
            if math.isnan(want[0]):
                continue  # comparisons of what is no number are folded as if it were one
            for run in (library.run(index, point), run_json(programs[index], point), run_compiled(text, point)):
                try:
                    assert_same(run, want, point)
                except AssertionError:
                    wrong.append((text, point, run, want))
    assert wrong == []


DOMAINS = [
    "diff(ln(x), x)",
    "y*diff(log10(x), x)",
    "diff(ln(ln(x)), x)*y",
    "diff(atan(1/x), x)",
    "diff(x/x, x) + y",
    "diff(atanh(x)*acoth(y), y)",
    "diff(where(x > 0, ln(x)*y, atan(1/y)), y)",
    "diff(where(x > 0, where(y > 1, ln(y - 2), 3*y), ln(y)), y)",
    "where(y > 0, diff(asin(y), y), 1)",
    "diff(gamma(x)/gamma(x), x)",
    "diff(log(y, x), y)",
    "diff(ln(x)*y, x, y) + ln(x)*0",
]


def _domain_holds(text: str, point: dict[str, float]) -> bool:
    """What the command says of it."""
    expression = parse(text).evaluation()
    expression.move(point)
    try:
        require_value(expression)
    except AutodiffError:
        return False
    return True


@pytest.mark.slow
def test_what_was_differentiated_must_be_defined(tmp_path: Path) -> None:
    programs = [lower(parse(text)) for text in DOMAINS]
    library = CLibrary(programs, tmp_path) if CC else None
    without = 0
    for index, (text, program) in enumerate(zip(DOMAINS, programs, strict=True)):
        for point in points_of(text):
            want = of_eval(text, point)
            holds = _domain_holds(text, point)
            want = (parse(text).evaluate(**point), want[1])
            assert holds == (want[0] == want[0]) or math.isinf(want[0]), (text, point)
            without += not holds
            results = [run_numpy(program, point), run_json(program, point)]
            results += [library.run(index, point)] if library else []
            try:
                results.append(run_python(program, point))
            except (ArithmeticError, ValueError):
                assert not holds
            assert_same(run_compiled(text, point), want, (text, point))
            for got in results:
                if holds:
                    assert_same(got, want, (text, point))
                else:
                    assert not math.isfinite(got[0]), (text, point)
    assert without > 80


def test_a_domain_is_written_as_a_condition_on_the_slope() -> None:
    text = "diff(ln(x), x)"
    assert body(text).endswith('"x": -t1 / x if x > 0 else math.nan,\n    }\n    return value, gradient\n')
    assert "return x > 0.0 ? t1 : NAN;" in c(lower(parse(text)))
    assert body("diff(1/x, x)") == body("-1/x^2")
    pytest.importorskip("sympy")
    for run in (run_sympy,):
        assert run(lower(parse(text)), {"x": 2.0}) == (0.5, {"x": -0.25})
        assert math.isnan(run(lower(parse(text)), {"x": -1.0})[0])
