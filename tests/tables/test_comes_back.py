"""Which typed columns give back the text that they were read of, held against reading each cell as text."""

import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.tables import FileFormat, cells, text
from autodiff_cli.tables.cells import Cells
from autodiff_cli.tables.comes_back import without_return
from autodiff_cli.tables.conversion import ColumnType

CELLS = ("", "1", "-7", "0", "é", "0.5", "1.50", "2.0", "-0", "-0.0", "007", "+1", "1e5", "1e-7", "nan", "inf", "x")
CELLS += (
    "true",
    "9007199254740993",
    "12345678901234567890",
    "0.12345678901234567",
    "0.1234567890123456",
    ".5",
    "5.",
    " 1",
    "é",
)
PARQUET = FileFormat("parquet")


@pytest.mark.parametrize(("cell", "returns"), [("1.5", True), ("1.50", True), ("1e5", False), ("01.5", False)])
def test_one_cell_of_a_column_of_floats_decides(cell: str, returns: bool) -> None:
    data = f"0.25\n{cell}\n".encode()
    frame = pl.read_csv(data, has_header=False, schema={"x": pl.Float64})
    assert (without_return(frame, data, ",") == []) is returns


@pytest.mark.parametrize("cell", ["1e300", "1e-300", "NaN", "inf", "9.5e-6"])
def test_a_float_written_with_letters_names_its_column(cell: str) -> None:
    frame = pl.DataFrame({"x": [1.5, float(cell)], "y": [0.00001, 1e15]})
    file = io.BytesIO()
    frame.write_csv(file, include_header=False)
    assert without_return(frame, file.getvalue(), ",") == ["x"]


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from(CELLS)] * 3), min_size=1, max_size=30), st.sampled_from(["\n", "\r\n"]))
def test_types_are_those_of_each_column_as_text(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], end: str
) -> None:
    path = tmp_path_factory.mktemp("types") / "d.csv"
    path.write_text("a,b,c\n" + end.join(map(",".join, rows)) + end, newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "PIECE", 32)
        patch.setattr(text, "AT_ONCE", 1)
        patch.setattr(cells, "_FEW", 8)
        read = pl.concat([block.frame for block in Cells(str(path), FileFormat("csv"), PARQUET).blocks([])])
    for place, name in enumerate("abc"):
        column = pl.Series(name, [row[place] or None for row in rows], pl.String)
        settled = ColumnType()
        settled.add(column)
        expected = column == "true" if settled.dtype == pl.Boolean else column.cast(settled.dtype)
        assert read[name].dtype == settled.dtype
        assert read[name].equals(expected, null_equal=True)


def test_what_has_no_room_is_read_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.csv"
    path.write_text("x,n\n" + "1,2.5\n" * 100)
    monkeypatch.setattr(text, "PIECE", 64)
    monkeypatch.setattr(cells, "ROOM", 300)
    read = pl.concat([block.frame for block in Cells(str(path), FileFormat("csv"), PARQUET).blocks(["x"])])
    assert read["n"].to_list() == [2.5] * 100
