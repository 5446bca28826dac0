"""The examples do what they say: full accuracy, the law behind the measurements, a picture or how to get one."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from autodiff_cli.nn import MLP

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


moons, curve = load("moons"), load("curve")


@pytest.mark.slow
def test_the_moons_are_told_apart() -> None:
    points, classes = moons.moons()
    assert moons.train(MLP(2, [16, 16, 1]), points, classes, 50) == 1.0


def test_no_line_tells_the_moons_apart() -> None:
    points, classes = moons.moons()
    assert sorted(classes) == [-1.0] * 50 + [1.0] * 50
    assert moons.train(MLP(2, [1]), points, classes, 100) < 0.95


def test_the_law_is_found_to_within_its_standard_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = curve.main(str(tmp_path / "curve.png"))
    errors = {"A": 0.017, "k": 0.0046, "w": 0.0031}  # standard errors of such a fit: noise, and slopes at 150 times
    assert all(abs(found[name] - true) < 3 * errors[name] for name, true in curve.TRUTH.items())
    assert "w = 2.998   (the measurements were made with 3.0)" in capsys.readouterr().out


def test_the_fit_is_the_least_of_squares() -> None:
    data = curve.measure()
    law = curve.parse(curve.LAW)

    def misfit(point: dict[str, float]) -> float:
        return float(sum((law.evaluate(t=t, **point) - angle) ** 2 for t, angle in data))

    found = curve.fit(data, 500)
    for name in found:
        for step in (-1e-3, 1e-3):
            assert misfit(found) < misfit({**found, name: found[name] + step})


@pytest.mark.slow
@pytest.mark.parametrize("example", [moons, curve], ids=["moons", "curve"])
def test_an_example_draws_its_picture(example: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "picture.png"
    example.main(str(picture), steps=1)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert str(picture) in capsys.readouterr().out


@pytest.mark.parametrize("example", [moons, curve], ids=["moons", "curve"])
def test_without_matplotlib_an_example_says_how_to_get_its_picture(
    example: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    example.main(str(tmp_path / "picture.png"), steps=1)
    assert "no picture: it needs matplotlib (pip install 'autodiff-cli[plot]')" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["moons", "curve"])
@pytest.mark.parametrize(
    ("argument", "code", "says"),
    [
        ("--help", 0, "usage: "),
        ("/nonexistent/x.png", 2, "there is no folder /nonexistent"),
        ("x.xyz", 2, "x.xyz ends in none of .png, .svg, .pdf"),
    ],
)
def test_a_wrong_picture_is_said_before_the_training(
    tmp_path: Path, name: str, argument: str, code: int, says: str
) -> None:
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), argument]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, list(tmp_path.iterdir())) == (code, [])
    assert says in done.stdout + done.stderr
    assert "are right after" not in done.stdout
