"""Which typed columns give back the text that they were read of, held against reading each cell as text."""

import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.reports.batch import numbers_of
from autodiff_cli.tables import FileFormat, cells, text
from autodiff_cli.tables.cells import Cells
from autodiff_cli.tables.comes_back import ReturnProof
from autodiff_cli.tables.conversion import PassedTypes

CELLS = [
    "1",
    "-7",
    "0",
    "é",
    "0.5",
    "1.50",
    "2.0",
    "-0",
    "-0.0",
    "007",
    "+1",
    "1e5",
    "1E5",
    "1e-7",
    "nan",
    "NaN",
    "inf",
    "x",
    "true",
    "True",
    ".5",
    "5.",
    "-",
    "--",
    "1_000",
    "0x1",
    "1e400",
    "4.9e-324",
    "9007199254740992",
    "9007199254740993",
    "9007199254740994",
    "12345678901234567890",
    "1234567890123456.5",
    "9999999999999998",
    "1e16",
    "0.12345678901234567",
    "0.1234567890123456",
    "0.30000000000000004",
    "0.3000000000000000444",
    "0.10000000000000001",
    "00.5",
    "-.5",
    "",
    " 1",
    "1 ",
    " ",
]
PARQUET = FileFormat("parquet")


@pytest.mark.parametrize(("cell", "returns"), [("1.5", True), ("1.50", True), ("1e5", False), ("01.5", False)])
def test_one_cell_of_a_column_of_floats_decides(cell: str, returns: bool) -> None:
    data = f"0.25\n{cell}\n".encode()
    frame = pl.read_csv(data, has_header=False, schema={"x": pl.Float64})
    assert (ReturnProof(",").doubtful(frame, data, ["x"]) == []) is returns


@pytest.mark.parametrize("cell", ["1e300", "1e-300", "NaN", "inf", "9.5e-6"])
def test_a_float_written_with_letters_names_its_column(cell: str) -> None:
    frame = pl.DataFrame({"x": [1.5, float(cell)], "y": [0.00001, 1e15]})
    file = io.BytesIO()
    frame.write_csv(file, include_header=False)
    assert ReturnProof(",").doubtful(frame, file.getvalue(), ["x", "y"]) == ["x"]


def type_of(cells: list[str]) -> Any:
    """The type of a column of these cells, as far as Python's own numbers tell."""
    known = [cell for cell in cells if cell]
    if known and all(re.fullmatch("-?[0-9]+", cell) and str(int(cell)) == cell for cell in known):
        return pl.Int64 if all(abs(int(cell)) < 2**63 for cell in known) else pl.String
    if known and all(re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", cell) and comes_back(cell) for cell in known):
        return pl.Float64
    return pl.Boolean if known and {*known} <= {"true", "false"} else pl.String


def comes_back(cell: str) -> bool:
    return Decimal(repr(float(cell))) == Decimal(cell) and abs(float(cell)) < 1e16


@pytest.mark.parametrize(
    "cells", [["0.5", "9007199254740993"], ["9007199254740993"] * 40 + ["0.5"], ["1"] * 40 + ["1.0"]]
)
def test_a_column_has_one_type_wherever_its_pieces_end(tmp_path: Path, cells: list[str]) -> None:
    for order in (cells, cells[::-1]):
        assert read_in_pieces(tmp_path / "d.csv", ["a,b", *[f"{cell},1" for cell in order]]).schema["a"] == type_of(
            cells
        )


@settings(deadline=None)
@given(
    st.lists(st.decimals(-(10**6), 10**6, places=11).map(str) | st.floats(-1e6, 1e6).map(repr), min_size=1, max_size=20)
)
def test_types_of_random_numbers_are_those_that_python_finds(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[str]
) -> None:
    path = tmp_path_factory.mktemp("types") / "d.csv"
    plain = [number for number in numbers if abs(float(number)) >= 1e-4]
    read = read_in_pieces(path, ["a,b", *[f"{number},x" for number in plain], ",x"])
    assert read.schema["a"] == type_of(plain)


@given(st.floats())
def test_polars_writes_a_float_as_it_casts_one(number: float) -> None:
    frame = pl.DataFrame({"x": [number]})
    assert frame.write_csv(include_header=False) == frame["x"].cast(pl.String)[0] + "\n"


def test_a_variable_keeps_the_sign_of_zero(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a\n1\n-0\n0\n")
    (block,) = Cells(str(path), FileFormat("csv"), PARQUET).blocks(["a"])
    assert list(map(str, block.frame["a"])) == list(map(str, numbers_of(block.inputs["a"]))) == ["1.0", "-0.0", "0.0"]


def read_in_pieces(path: Path, lines: list[str], end: str = "\n") -> pl.DataFrame:
    """The rows of a file, as they are to be passed on to Parquet, read in pieces of a few rows."""
    path.write_text(end.join(lines) + end, newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "PIECE", 32)
        patch.setattr(text, "AT_ONCE", 1)
        patch.setattr(cells, "_FEW", 8)
        return pl.concat([block.frame for block in Cells(str(path), FileFormat("csv"), PARQUET).blocks([])])


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from(CELLS)] * 3), min_size=1, max_size=30), st.sampled_from(["\n", "\r\n"]))
def test_types_are_those_of_each_column_as_text(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], end: str
) -> None:
    path = tmp_path_factory.mktemp("types") / "d.csv"
    read = read_in_pieces(path, ["a,b,c", *map(",".join, rows)], end)
    for place, name in enumerate("abc"):
        column = pl.Series(name, [row[place] or None for row in rows], pl.String)
        found = PassedTypes([name])
        found.add(column.to_frame())
        dtype = found.types[name]
        expected = column == "true" if dtype == pl.Boolean else column.cast(dtype)
        assert read[name].dtype == dtype == type_of([row[place] for row in rows])
        assert read[name].equals(expected, null_equal=True)


def test_what_has_no_room_is_read_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.csv"
    path.write_text("x,n\n" + "1,2.5\n" * 100)
    monkeypatch.setattr(text, "PIECE", 64)
    monkeypatch.setattr(cells, "ROOM", 300)
    read = pl.concat([block.frame for block in Cells(str(path), FileFormat("csv"), PARQUET).blocks(["x"])])
    assert read["n"].to_list() == [2.5] * 100
