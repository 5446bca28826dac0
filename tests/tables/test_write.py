"""Tables written whole, or not at all."""

import io
import json
import os
import sys
from collections.abc import Iterator
from math import inf, nan
from pathlib import Path
from threading import Event, Thread

import polars as pl
import pytest

from autodiff_cli import files
from autodiff_cli.errors import AutodiffError, in_shell
from autodiff_cli.tables import FileFormat, write
from autodiff_cli.tables.base import LINE
from autodiff_cli.tables.conversion import KEPT


def rows_of(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_what_is_not_finite_is_text_in_json_lines(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"x": [1.0, inf, nan, None], "y": [-inf, 1.0, 2.0, 3.0], KEPT + "y": [None, "0x", None, "9" * 20]}
    )
    write(str(tmp_path / "o.jsonl"), FileFormat("jsonl"), iter([frame]))
    assert rows_of(tmp_path / "o.jsonl") == [
        {"x": 1.0, "y": "-inf"},
        {"x": "inf", "y": "0x"},
        {"x": "nan", "y": 2.0},
        {"x": None, "y": 99999999999999999999},
    ]


def test_lines_get_keys_at_their_ends(tmp_path: Path) -> None:
    frame = pl.DataFrame({LINE: ['{"a": 1}', "{}", ' { "b" : 2 } '], "v": [1.0, inf, 3.0]})
    write(str(tmp_path / "o.jsonl"), FileFormat("jsonl"), iter([frame]))
    assert (tmp_path / "o.jsonl").read_text() == '{"a": 1, "v":1.0}\n{"v":"inf"}\n{ "b" : 2, "v":3.0}\n'


def failing() -> Iterator[pl.DataFrame]:
    yield pl.DataFrame({"x": [1.0]})
    raise AutodiffError("a row cannot be read")


@pytest.mark.parametrize("name", ["csv", "jsonl", "parquet", "arrow"])
def test_an_error_in_reading_is_said_and_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"o.{name}"
    path.write_text("as it was")
    with pytest.raises(AutodiffError, match="a row cannot be read"):
        write(str(path), FileFormat(name), failing())
    assert [file.read_text() for file in tmp_path.iterdir()] == ["as it was"]


def test_a_run_that_is_interrupted_undoes_what_other_threads_have_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undone: list[str] = []

    def frames() -> Iterator[pl.DataFrame]:
        with files.undone(lambda: undone.append("one")):
            yield pl.DataFrame({"x": [1.0]})
            released.wait()

    class Interrupted(Thread):
        def join(self, timeout: float | None = None) -> None:
            super().join(0.05)
            if self.is_alive():
                raise KeyboardInterrupt

    released = Event()
    monkeypatch.setattr(sys.modules[write.__module__], "Thread", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(str(tmp_path / "o.csv"), FileFormat("csv"), frames())
    assert undone == ["one"]
    released.set()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("cells", "name", "hint"),
    [
        (pl.Series([b"a"]), "csv", "--to parquet can write them"),
        (pl.Series([[1]]), "csv", "--to jsonl and --to parquet can write them"),
        (pl.Series([b"a"]), "jsonl", "--to parquet can write them"),
    ],
)
def test_cells_that_a_format_has_not_are_refused(tmp_path: Path, cells: pl.Series, name: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as raised:
        write(str(tmp_path / "o"), FileFormat(name), iter([cells.alias("x").to_frame()]))
    assert raised.value.advice.worded(in_shell) == hint


def test_what_is_no_text_is_not_written_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdout", terminal)
    with pytest.raises(AutodiffError) as raised:
        write("-", FileFormat("arrow"), failing())
    assert raised.value.advice.worded(in_shell) == "as in -o out.arrow, or --to csv"
