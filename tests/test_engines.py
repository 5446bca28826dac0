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
NEEDS = {"Ray Data": ["pandas"], "Spark": ["pandas", "java"]}  # besides what an example imports


def test_the_page_shows_every_engine() -> None:
    assert [*EXAMPLES] == ["polars", "DuckDB", "dask", "Ray Data", "Spark"]


@pytest.mark.slow
@pytest.mark.parametrize("engine", EXAMPLES)
def test_an_example_prints_what_the_page_shows(engine: str, tmp_path: Path) -> None:
    source = EXAMPLES[engine]
    lacking = [
        name for name in re.findall(r"^(?:import|from) (\w+)", source, re.M) if not importlib.util.find_spec(name)
    ]
    lacking += [name for name in NEEDS.get(engine, ()) if not importlib.util.find_spec(name) and not shutil.which(name)]
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    quiet = {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "RAY_USAGE_STATS_ENABLED": "0"}
    quiet["HOME"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=180, env=os.environ | quiet
    )
    assert done.returncode == 0, done.stderr
    printed = [line for line in done.stdout.splitlines() if line.strip()]
    assert printed[-1:] == re.findall(r"print\(.*# (.*)", source)
