"""Every benchmark runs to its end with --tiny and prints its table: none rots between the days it is run in full."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import CORPORA

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "timing")
MODES = {  # what else a script can measure
    "batch": ["equations"],
    "batch_tables": ["memory", "wide"],
    "claims": ["--floats"],
    "cluster": ["kills"],
}
RUNS: list[tuple[str, list[str]]] = [(name, []) for name in SCRIPTS] + [
    (name, [mode]) for name, modes in MODES.items() for mode in modes
]
NEED_CORPORA = {"batch equations", "claims", "claims --floats", "corpora", "hessians", "witness"}
PEERS = (
    "autograd",
    "casadi",
    "jax",
    "lmfit",
    "matplotlib",
    "micrograd",
    "numba",
    "numdifftools",
    "numexpr",
    "sympy",
    "torch",
)
NOT_INSTALLED = {  # of each script that has peers: how many say so at least
    "batch": 5,
    "batch equations": 1,
    "compiled": 4,
    "engine": 2,
    "formulas": 2,
    "gradients": 4,
    "hessians": 2,
    "plot": 1,
    "solve_fit": 1,
    "sums": 2,
    "taylor": 2,
    "training": 2,
    "witness": 2,
}
HIDE = f"""
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *package: None if name in {PEERS!r} else find_spec(name, *package)
"""
TABLE = re.compile(r"^\|.*\|\n\|(?:---\|)+\n((?:\|.*\|\n)+)", re.MULTILINE)
SCORE = re.compile(r"^\w+: \d+/\d+ right", re.MULTILINE)  # what corpora.py prints is no table

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="they use a pseudo-terminal")]
pytest.importorskip("flint")
pytest.importorskip("polars")
pytest.importorskip("scipy")


def run(name: str, *arguments: str, folder: Path = FOLDER, path: str = "") -> str:
    """What a script prints with --tiny."""
    command = [sys.executable, str(folder / f"{name}.py"), "--tiny", *arguments]
    environment = os.environ | ({"PYTHONPATH": path} if path else {})
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def has_rows(printed: str) -> bool:
    """Whether every table has rows, and there is one."""
    heads = printed.count("|---|\n")
    return bool(SCORE.search(printed)) or 0 < heads == len(TABLE.findall(printed))


def ids(runs: list[tuple[str, list[str]]]) -> list[str]:
    return [" ".join([name, *arguments]) for name, arguments in runs]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arguments"), RUNS, ids=ids(RUNS))
def test_benchmark_tiny_prints_its_table(name: str, arguments: list[str]) -> None:
    printed = run(name, *arguments)
    if " ".join([name, *arguments]) in NEED_CORPORA and not CORPORA.exists():
        assert "SKIPPED" in printed
    else:
        assert has_rows(printed), printed


@pytest.mark.slow
@pytest.mark.parametrize("what", NOT_INSTALLED)
def test_benchmark_without_peers_says_not_installed(what: str, tmp_path: Path) -> None:
    if what in NEED_CORPORA and not CORPORA.exists():
        pytest.skip("the corpora are not beside this checkout")
    (tmp_path / "sitecustomize.py").write_text(HIDE)
    printed = run(*what.split(), path=str(tmp_path))
    assert has_rows(printed)
    assert printed.count("not installed") >= NOT_INSTALLED[what], printed


@pytest.mark.parametrize("what", sorted(NEED_CORPORA - {"claims --floats"}))
def test_benchmark_without_corpora_says_skipped(what: str, tmp_path: Path) -> None:
    copy = tmp_path / "checkout" / "benchmarks"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert "SKIPPED" in run(*what.split(), folder=copy)


def test_benchmarks_are_all_in_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text()
    commands = set(re.findall(r"python benchmarks/(\w+)\.py", readme))
    described = set(re.findall(r"^\| `(\w+)\.py` \|", readme, re.MULTILINE))
    assert commands == described == set(SCRIPTS)
