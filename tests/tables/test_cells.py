"""CSV and TSV: headers, rows and types."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables import FileFormat, text
from autodiff_cli.tables.cells import Cells, _end_of_row
from autodiff_cli.tables.conversion import PassedTypes
from autodiff_cli.tables.text import end_of_rows


def table_of(tmp_path: Path, content: str | bytes, to: str = "csv", name: str = "d.csv") -> Cells:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    table = Cells(str(path), FileFormat("tsv" if name.endswith("tsv") else "csv"), FileFormat(to))
    table.name = name
    return table


def message_of(tmp_path: Path, content: str | bytes, to: str = "csv", needed: str = "x") -> str:
    with pytest.raises(AutodiffError) as raised:
        list(table_of(tmp_path, content, to).blocks([needed]))
    return raised.value.message


# --- headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("x,y\n1,2\n", ["x", "y"]),
        ("x,y", ["x", "y"]),
        ("a,b,,a,\n", ["a", "b", "", "a_2", "c5"]),
        ('"x\ny",z\n1,2\n', ["x\ny", "z"]),
        ('"a ""b"", c",z\r\n1,2\r\n', ['a "b", c', "z"]),
        ("\ufeffx,y\n", ["x", "y"]),
        ("x," + "n" * 200_000 + "\n3,1\n", ["x", "n" * 200_000]),
    ],
)
def test_a_header_names_the_columns(tmp_path: Path, content: str, names: list[str]) -> None:
    assert list(table_of(tmp_path, content).columns) == names


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('x,"speed\n1,2\n3,4\n', 'd.csv, line 1: a " opens there that is never closed'),
        ('"', 'd.csv, line 1: a " opens there that is never closed'),
        ("\n1,2\n", "d.csv has no header: its first line must name the columns"),
        (b"x\0,y\n1,2\n", "d.csv, line 1: byte 0 is no text"),
        (b"x,\xe4\n1,2\n", "d.csv, line 1: byte 0xe4 is not UTF-8 text"),
        ("x," * 200_000 + "y\n", "d.csv has a header of more than 256 kB"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(AutodiffError) as raised:
        Cells(str(path), FileFormat("csv"), FileFormat("csv"))
    assert raised.value.message.replace(str(path), "d.csv") == message


# --- rows ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,y\n1,2\n3\n4,5\n", "d.csv, line 3: 1 cell, and the header has 2"),
        ("x,y\n1,2,3\n", "d.csv, line 2: 3 cells, and the header has 2"),
        ('x,y\n"1\n",2\n3,4,5\n', "d.csv, line 4: 3 cells, and the header has 2"),
        ("x,y\n1,2\n3", "d.csv is cut off: its last line, 3, has 1 of 2 cells"),
        ('x,y\n1,2\n3,"4\n', 'd.csv, line 3: a " opens there that is never closed'),
        (b"x,y\n1,2\n\xe4,3\n", "d.csv, line 3: byte 0xe4 is not UTF-8 text"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(tmp_path: Path, content: str | bytes, message: str, to: str) -> None:
    assert message_of(tmp_path, content, to) == message


@pytest.mark.parametrize("end", ["1,b\n", "1,b"])
def test_types_do_not_hang_on_where_pieces_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(text, "PIECE", 16)
    monkeypatch.setattr(text, "AT_ONCE", 1)
    blocks = list(table_of(tmp_path, "x,n\n" + "1,2\n" * 10 + end, "parquet").blocks(["x"]))
    assert len(blocks) > 1
    assert {block.frame.schema["n"] for block in blocks} == {pl.String}


def test_rows_of_one_format_stay_as_they_are(tmp_path: Path) -> None:
    (block,) = table_of(tmp_path, "x,y\n 1, a\n2.0,c\n").blocks(["x"])
    assert block.frame.to_series().to_list() == [" 1, a", "2.0,c"]
    (block,) = table_of(tmp_path, 'x,y\n1,"a\nb"\n2,"c"\n').blocks(["x"])
    assert block.frame.to_series().to_list() == ['1,"a\nb"', '2,"c"']


def test_a_table_without_rows_has_one_empty_block(tmp_path: Path) -> None:
    (block,) = table_of(tmp_path, "x,y\n", "parquet").blocks(["x"])
    assert block.frame.schema == {"x": pl.Float64, "y": pl.String}
    assert block.inputs["x"].len() == 0


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "-2", None], pl.Int64),
        (["1", "2.5"], pl.Float64),
        (["007", "8"], pl.String),
        (["12345678901234567890"], pl.String),
        (["true", "false"], pl.Boolean),
        (["true", "maybe"], pl.String),
        ([" 1"], pl.String),
        ([None, None], pl.String),
    ],
)
def test_the_type_of_a_column_loses_nothing(cells: list[str | None], expected: Any) -> None:
    found = PassedTypes(["n"])
    for cell in cells:  # one after the other, as where each were a piece
        found.add(pl.DataFrame({"n": [cell]}, {"n": pl.String}))
    assert found.types == {"n": expected}


# --- where rows end --------------------------------------------------------------------------------------------------


def ends(data: bytes) -> list[int]:
    """After which bytes a row is complete, slowly."""
    return [at + 1 for at, byte in enumerate(data) if byte == 10 and data.count(b'"', 0, at + 1) % 2 == 0]


@given(st.lists(st.sampled_from([b"a", b'"', b"\n", b","])).map(b"".join))
def test_rows_end_after_a_newline_outside_of_quotes(data: bytes) -> None:
    assert end_of_rows(data) == max(ends(data), default=0)
    assert _end_of_row(data) == min(ends(data), default=0)


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_a_return_alone_in_a_row_is_an_error_unless_it_is_in_quotes(tmp_path: Path, to: str) -> None:
    assert "d.csv, line 3: a CR stands alone" in message_of(tmp_path, "x,y\n1,2\n3,u\rv\n", to, "x")
    assert "d.csv, line 1: a CR stands alone" in message_of(tmp_path, "x,y\r1,2,3\n4,5,6\n", to, "x")
    blocks = list(table_of(tmp_path, 'x,y\n1,2\n3,"u\rv"\n5,6\r\n', to).blocks(["x"]))
    assert sum(len(block.frame) for block in blocks) == 3
