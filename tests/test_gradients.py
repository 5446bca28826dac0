"""Gradients of any function, checked: the benchmark's functions in part, reports that print, and assertions."""

import random
import subprocess
import sys
from math import cos, exp, log, sin
from pathlib import Path
from types import ModuleType

import pytest

from autodiff_cli import assert_gradient, check_gradient
from autodiff_cli.errors import AutodiffError, UndefinedError

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    pytest.importorskip("numpy")
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(BENCHMARKS))
        import gradients  # type: ignore[import-not-found]
    return gradients  # type: ignore[no-any-return]


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["smooth", "kinked", "noisy", "badly scaled"])
def test_no_wrong_gradient_passes_and_no_right_one_is_accused(generator: ModuleType, kind: str, precision: str) -> None:
    found = 0
    for seed in range(6):
        case = generator.made(kind, precision, random.Random(f"test {seed}"))
        place, wrong = case.wrong(random.Random(seed))
        assert generator.ours(case, case.gradient) in ("ok", "unsure")
        assert generator.ours(case, wrong) in (f"wrong {place}", "unsure")
        found += generator.ours(case, wrong) != "unsure"
    assert found >= 3


def test_where_noise_hides_an_error_the_gradient_is_neither_right_nor_wrong() -> None:
    draw = random.Random(0)
    for gradient in (exp(1), exp(1) * (1 + 1e-4)):
        report = check_gradient(lambda x: exp(x) * (1 + 1e-3 * draw.gauss(0, 1)), gradient, 1.0)
        assert (report.answer, bool(report)) == ("undecided", False)
        assert "hides errors of" in str(report)


def test_a_wider_tolerance_decides_where_noise_hides_what_is_finer() -> None:
    draw = random.Random(0)

    def f(x: float) -> float:
        return exp(x) * (1 + 1e-5 * draw.gauss(0, 1))

    assert not check_gradient(f, exp, 1.0)
    assert check_gradient(f, exp, 1.0, tolerance=1e-2)
    assert check_gradient(f, lambda x: 1.05 * exp(x), 1.0, tolerance=1e-2).answer == "wrong"


@pytest.mark.parametrize(("slope", "right"), [(0.0, True), (0.5, True), (1.0, True), (1.001, False), (-0.1, False)])
def test_a_slope_at_a_kink_is_one_between_those_on_both_sides(slope: float, right: bool) -> None:
    assert bool(check_gradient(lambda x: max(x, 0.0), slope, 0.0)) is right


def test_a_function_is_given_a_copy_and_may_leave_its_domain() -> None:
    at = [1e-8, 2.0]

    def f(x: list[float]) -> float:
        x[1] *= 2
        return log(x[0]) + x[1]

    assert check_gradient(f, lambda x: [1 / x[0], 2.0], at)
    assert at == [1e-8, 2]


@pytest.mark.parametrize("x", [-40.0, 8.0, 17.0, 30.0])
def test_a_right_slope_that_single_precision_cannot_show_is_not_accused(x: float) -> None:
    numpy = pytest.importorskip("numpy")

    def f(x):  # type: ignore[no-untyped-def]
        return numpy.tanh(x) + numpy.float32(1)

    assert check_gradient(f, lambda x: 1 / numpy.cosh(x) ** 2, numpy.float32(x)).answer != "wrong"


def test_a_dead_unit_has_slope_0() -> None:
    numpy = pytest.importorskip("numpy")
    at = numpy.array([-1, 2], dtype="float32")
    assert check_gradient(lambda x: numpy.maximum(x, 0).sum() + 2, lambda x: x > 0, at)


def test_a_report_prints_a_table_by_component() -> None:
    report = check_gradient(lambda x: x[0] ** 2 * x[1], [12.0, 9.1], [3.0, 2.0])
    assert [line.split() for line in str(report).splitlines()] == [
        ["f", "=", "18"],
        ["variable", "value", "gradient", "finite", "difference", "difference", "verdict"],
        ["─" * 66],
        ["x[0]", "3", "12", "12", str(report).splitlines()[3].split()[4], "ok"],
        ["x[1]", "2", "9.1", "9", "0.1", "mismatch"],
    ]


def test_a_long_report_shows_what_is_wrong() -> None:
    gradient = [1.0] * 40
    gradient[33] = 2.0
    text = str(check_gradient(sum, gradient, [0.5] * 40))
    assert "x[33]" in text
    assert "20 components more, none of them worse" in text


def test_assert_gradient_names_the_component_and_both_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    at = numpy.arange(6.0).reshape(2, 3)
    wrong = 2 * at
    wrong[1, 2] *= 1.001
    assert_gradient(lambda x: (x * x).sum(), 2 * at, at)
    with pytest.raises(AssertionError, match=r"^gradient\[1, 2\] \(component 5\) is wrong: it is 10.01, .* 10 ± "):
        assert_gradient(lambda x: (x * x).sum(), wrong, at)
    with pytest.raises(AssertionError, match=r"^gradient is wrong: it is 0.5, by differences 0.54"):
        assert_gradient(sin, 0.5, 1.0)


def test_assert_gradient_fails_with_the_reason_where_nothing_is_shown() -> None:
    with pytest.raises(AssertionError, match=r"^gradient is undecided: .* the value jumps here"):
        assert_gradient(lambda x: float(x > 0), 0.0, 0.0)


@pytest.mark.parametrize(
    ("f", "at", "message"),
    [(lambda x: x, [1.0, 2.0], "no real number"), (lambda x: float("nan"), 1.0, "nan at this point")],
)
def test_a_function_without_a_number_is_an_error(f, at, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(AutodiffError, match=message):
        check_gradient(f, at, at)
    assert issubclass(UndefinedError, AutodiffError)


def test_a_tolerance_is_a_share() -> None:
    with pytest.raises(AutodiffError, match="tolerance"):
        check_gradient(sin, cos, 1.0, tolerance=0)


def test_a_check_of_plain_floats_loads_no_library_of_arrays_and_no_parser() -> None:
    code = (
        "import sys; from math import sin, cos; from autodiff_cli import check_gradient;"
        "assert check_gradient(sin, cos, 1.0); print({m.split('.')[0] for m in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"numpy", "torch", "jax", "lark", "rich", "flint"} & set(eval(done.stdout))


@pytest.mark.slow
def test_a_tensor_of_pytorch_is_a_point() -> None:
    torch = pytest.importorskip("torch")

    def gradient(x):  # type: ignore[no-untyped-def]
        (x**3).sum().backward()
        return x.grad

    at = torch.tensor([[1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    assert check_gradient(lambda x: (x**3).sum(), gradient, at)
    assert at.grad is None


@pytest.mark.slow
def test_an_array_of_jax_is_a_point() -> None:
    jax = pytest.importorskip("jax")

    def f(p):  # type: ignore[no-untyped-def]
        return (jax.numpy.tanh(p["w"]) * p["b"]).sum()

    at = {"w": jax.numpy.array([0.5, 1.0]), "b": jax.numpy.array(2.0)}
    assert check_gradient(f, jax.grad(f), at)
