"""The page on other engines: each of its examples, in a process of its own, where what it imports is installed."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "guide" / "engines.md"
EXAMPLES = dict(re.findall(r"^## (.*?)\n.*?```python\n(.*?)```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))


def test_the_page_shows_every_engine() -> None:
    assert [*EXAMPLES] == ["polars", "DuckDB", "dask", "Ray Data", "Spark"]


@pytest.mark.slow
@pytest.mark.parametrize("engine", EXAMPLES)
def test_an_example_prints_what_the_page_shows(engine: str) -> None:
    source = EXAMPLES[engine]
    lacking = [
        name for name in re.findall(r"^(?:import|from) (\w+)", source, re.M) if not importlib.util.find_spec(name)
    ]
    lacking += ["java"] if engine == "Spark" and not shutil.which("java") else []
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    quiet = {"PYSPARK_PYTHON": sys.executable, "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=180, env=os.environ | quiet
    )
    assert done.returncode == 0, done.stderr
    printed = [line for line in done.stdout.splitlines() if line.strip()]
    assert printed[-1:] == re.findall(r"print\(.*# (.*)", source)
