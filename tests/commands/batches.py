"""What the tests of `autodiff batch` share: points, tables of them, and the command as a process."""

import csv
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .conftest import Done

TANH = "tanh(a*b + c)"
PROGRAM = [sys.executable, "-m", "autodiff_cli", "batch"]


def process(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=60, **options)


def rows_of(path: str) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def points(count: int) -> list[dict[str, float]]:
    rng = random.Random(7)
    return [{name: rng.gauss(0, 1) for name in "abc"} for _ in range(count)]


def write_csv(path: str, rows: list[dict[str, Any]]) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def expected(point: dict[str, float]) -> list[float]:
    """Value and gradient of tanh(a*b + c), by hand."""
    a, b, c = point["a"], point["b"], point["c"]
    slope = 1 / math.cosh(a * b + c) ** 2
    return [math.tanh(a * b + c), slope * b, slope * a, slope]


ADDED = ["value", "gradient_a", "gradient_b", "gradient_c"]


def assert_refused(batch: Callable[..., Done], expression: str, name: str, message: str, ending: str = "csv") -> None:
    """The run ends with that message, and the output is what it was."""
    Path(f"out.{ending}").write_text("old")
    before = sorted(os.listdir("."))
    done = batch(expression, name, "-o", f"out.{ending}")
    assert done.code == 2
    assert done.err.startswith(f"error: {message}"), done.err
    assert Path(f"out.{ending}").read_text() == "old"
    assert sorted(os.listdir(".")) == before
