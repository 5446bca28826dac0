import os
import pickle
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from autodiff_cli.errors import Advice, AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import tasks
from autodiff_cli.reports.batch import Batch, Invalid, Reason, Summary, Wanted
from autodiff_cli.reports.tasks import JoinTask, TableTask, joined, parts_of, recipe, share_of, work
from autodiff_cli.tables import PLAIN, ROWS, FileFormat, format_of, open_table, write


def test_a_recipe_travels_and_makes_the_same_batch() -> None:
    formula = parse("k = 2\ny = a*b\ny^2 + k")
    made_of = {
        "expression": formula,
        "columns": {"a": "A", "b": "b"},
        "fixed": {},
        "wanted": Wanted(of=("y",), where=parse("where(a > 0, 1, 0)")),
    }
    there = pickle.loads(pickle.dumps(recipe(made_of)))
    assert Batch(**there.made_of).names == Batch(**made_of).names == ["y", "y_gradient_a", "y_gradient_b"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "d.csv"
    path.write_text("a,b\n1,2\n")
    (tmp_path / "out").mkdir()
    return path


def task_of(path: Path) -> TableTask:
    output = str(path.parent / "out" / path.name)
    format = format_of(path.name)
    columns = {"a": "a", "b": "b"}
    return TableTask(0, path.name, str(path), os.path.getsize(path), "", PLAIN, True, output, format, columns, {})


def recipe_of(formula: str) -> tasks.Recipe:
    return recipe({"expression": parse(formula), "columns": {}, "fixed": {}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 7}, "has 7 bytes here, and 8 for a worker"),
        ({"path": "/nowhere/d.csv"}, "a worker cannot read /nowhere/d.csv: No such file or directory"),
        ({"output": "/nowhere/out/d.csv"}, "a worker sees no folder /nowhere/out"),
    ],
)
def test_a_worker_that_sees_other_files_says_so(table: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(AutodiffError, match=message) as refused:
        work(task_of(table)._replace(**changes), recipe_of("a*b"))
    assert refused.value.hint == "the workers must see the same files, under the same paths"
    assert os.listdir(table.parent / "out") == []


def test_a_worker_of_another_version_computes_nothing(table: Path) -> None:
    made = recipe_of("a*b")
    other = made._replace(versions=made.versions | {"polars": "0.1"})
    with pytest.raises(AutodiffError, match=r"a worker has polars .*, and this command 0\.1"):
        work(task_of(table), other)
    assert os.listdir(table.parent / "out") == []


def _batch(check: int = 0) -> Batch:
    return Batch(parse("log(a) + b"), {"a": "a", "b": "b"}, {}, check=check)


def _read(batch: Batch, *paths: Path) -> None:
    for path in paths:
        with open_table(str(path), "", format_of("o.jsonl")) as table:
            [*batch.frames([table], lambda rows, part: None)]


def test_what_tables_have_counted_apart_adds_up_to_what_one_run_counts(tmp_path: Path) -> None:
    cells = ["1,2\n-1,3\nx,4\n", "5,y\nz,1\n0,0\n", "-2,1\nNA,1\nNA,2\nNA,3\n7,7\n1e999,1\n"]
    paths = [tmp_path / f"{number}.csv" for number in range(len(cells))]
    for path, rows in zip(paths, cells, strict=True):
        path.write_text("a,b\n" + rows)
    together, added = _batch(), _batch()
    _read(together, *paths)
    for number, path in enumerate(paths):
        one = added.apart(number, added.columns, added.fixed)
        _read(one, path)
        added.add(pickle.loads(pickle.dumps(one.counted)))
    assert added.summary == together.summary
    assert added.summary.rows == 12
    assert len(added.summary.cells) == 5


def test_all_that_is_found_in_a_table_is_found_in_the_run() -> None:
    made: dict[str, Any] = {int: 3, dict: {"why": Reason(2, "row 1")}, list: ["line"]}
    found, total = Summary(), Summary()
    for one in fields(Summary):
        if one.name not in ("seconds", "checked", "mismatches"):  # which a run finds in the end
            setattr(found, one.name, made[type(getattr(found, one.name))])
    found.remedies = [Advice("reads a comma")]
    total.add(found)
    assert total == found


def test_the_rows_that_are_checked_come_from_all_tables_and_have_their_numbers_in_the_run(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.csv" for number in range(4)]
    for path in paths:
        path.write_text("a,b\n" + "1,2\n" * 500)
    batch = _batch(check=100)
    for number, path in enumerate(paths):
        one = batch.apart(number, batch.columns, batch.fixed)
        _read(one, path)
        batch.add(one.counted)
    rows = [drawn.row for drawn in batch.counted.drawn]
    assert len(set(rows)) == 100
    assert [any(500 * part < row <= 500 * part + 500 for row in rows) for part in range(4)] == [True] * 4
    assert len({row % 500 for row in rows}) > 80  # others in each table


def test_rows_that_are_drawn_do_not_depend_on_the_parts_in_which_a_table_is_read(tmp_path: Path) -> None:
    path = parquet(tmp_path / "d.parquet", 3 * ROWS + 5)
    whole, parted = _large_batch(check=40, where="a > 1.5"), _large_batch(check=40, where="a > 1.5")
    read(whole.apart(3, whole.columns, {}), path, None, whole)
    for rows in (range(2 * ROWS), range(2 * ROWS, 3 * ROWS), range(3 * ROWS, 3 * ROWS + 5)):
        read(parted.apart(3, parted.columns, {}, rows.start), path, rows, parted)
    assert parted.counted == whole.counted
    assert len(whole.counted.drawn) == 40


def _large_batch(check: int = 0, where: str = "") -> Batch:
    condition = parse(f"where({where}, 1, 0)") if where else None
    return Batch(parse("a*b"), {"a": "a", "b": "b"}, {}, check=check, wanted=Wanted(where=condition))


def read(one: Batch, path: Path, rows: range | None, into: Batch) -> None:
    with open_table(str(path), "", FileFormat("parquet")) as table:
        if rows:
            table.narrow(rows)
        [*one.frames([table], lambda rows, part: None)]
    into.add(one.counted)


def parquet(path: Path, rows: int, group: int | None = None) -> Path:
    numbers = pl.int_range(rows, eager=True)
    frame = pl.DataFrame(
        {"a": 1 + numbers % 97 / 97, "b": numbers % 5 - 1.0, "id": "r" + (numbers % 1000).cast(pl.String)}
    )
    frame.write_parquet(path, row_group_size=group)
    return path


@pytest.mark.parametrize(
    ("rows", "group", "share", "parts"),
    [
        (10 * ROWS, ROWS, 2 * ROWS, [0, 2, 4, 6, 8, 10]),
        (7 * ROWS, ROWS, 2 * ROWS, [0, 1, 3, 5, 7]),
        (7 * ROWS - 1, 100_000, 3 * ROWS, [0, 3, 7]),
        (2 * ROWS, ROWS, 3 * ROWS, []),  # small
        (8 * ROWS, 8 * ROWS, ROWS, []),  # of one row group
        (8 * ROWS, 4 * ROWS, ROWS, [0, 4, 8]),
    ],
)
def test_a_large_table_is_parted_where_blocks_begin_and_no_smaller_than_its_row_groups(
    tmp_path: Path, rows: int, group: int, share: int, parts: list[int]
) -> None:
    path = parquet(tmp_path / "d.parquet", rows, group)
    with open_table(str(path), "", FileFormat("csv")) as table:
        found = parts_of(table, share)
    edges = [min(edge * ROWS, rows) for edge in parts]
    assert [(one.start, one.stop) for one in found] == [*pairwise(edges)]


def test_tables_of_a_run_of_many_are_not_parted() -> None:
    assert share_of(10**10, 100) > 10**7  # a tenth of a percent of the run
    assert share_of(10**6, 100) == 4 * ROWS


@pytest.mark.parametrize("to", ["parquet", "csv", "tsv", "jsonl", "csv.gz", "csv.zst"])
def test_a_table_computed_in_parts_is_to_the_byte_the_one_computed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    monkeypatch.setattr(tasks, "_watch", lambda: lambda: True)  # there is no worker
    path = parquet(tmp_path / "d.parquet", 5 * ROWS + 3, 50_000)
    (tmp_path / "parts").mkdir()
    format = format_of(f"d.{to}")
    made = recipe({"expression": parse("ln(a*b)"), "columns": {}, "fixed": {}})
    size, output = os.path.getsize(path), tmp_path / f"out.{to}"
    columns = {"a": "a", "b": "b"}
    task = TableTask(0, "d", str(path), size, "", PLAIN, False, str(output), format, columns, {})
    parts = task.parted(
        [range(2 * ROWS), range(2 * ROWS, 3 * ROWS), range(3 * ROWS, 5 * ROWS + 3)], str(tmp_path / "parts")
    )
    batch = Batch(**made.made_of)
    for part in parts:
        batch.add(work(part, made))
    joined(JoinTask(0, "d", 3, [part.output for part in parts], str(output), format))
    in_parts = output.read_bytes()
    whole = work(task, made)
    assert in_parts == output.read_bytes()
    assert batch.counted == whole
    assert whole.summary.invalid  # with the first row of each reason


@pytest.mark.parametrize("last", [1, ROWS // 2, ROWS])
def test_row_groups_of_any_cells_are_joined_to_the_byte(tmp_path: Path, last: int) -> None:
    rows = 2 * ROWS + last
    number = pl.int_range(rows, eager=True)
    frame = pl.DataFrame(
        {
            "few": number % 7,
            "text": pl.Series([None, "", "ä" * 40]).gather(number % 3),
            "kind": ("k" + (number % 3).cast(pl.String)).cast(pl.Categorical),
            "list": pl.Series([[1, 2], [], None]).gather(number % 3),
            "object": pl.DataFrame({"x": number, "y": number % 2 == 0}).to_struct("object"),
            "time": (number * 1_000_003).cast(pl.Datetime("us", "UTC")),
            "none": pl.Series([None]).gather(number * 0),
            "float": number / 7,
        }
    )
    format = FileFormat("parquet")
    frames = [*frame.iter_slices(ROWS)]
    write(str(tmp_path / "whole"), format, iter(frames))
    parts = [str(tmp_path / f"{part}") for part in range(2)]
    write(parts[0], format, iter(frames[:1]))
    write(parts[1], format, iter(frames[1:]))
    joined(JoinTask(0, "d", 2, parts, str(tmp_path / "joined"), format))
    assert (tmp_path / "joined").read_bytes() == (tmp_path / "whole").read_bytes()


def test_parts_that_do_not_fit_together_are_an_error_and_no_output(tmp_path: Path) -> None:
    format = FileFormat("parquet")
    write(str(tmp_path / "0"), format, iter([pl.DataFrame({"a": [1.0]})]))
    write(str(tmp_path / "1"), format, iter([pl.DataFrame({"b": [1.0]})]))
    parts = [str(tmp_path / "0"), str(tmp_path / "1")]
    with pytest.raises(AutodiffError, match="its parts have other columns"):
        joined(JoinTask(0, "d", 2, parts, str(tmp_path / "out"), format))
    (tmp_path / "1").unlink()
    with pytest.raises(AutodiffError, match="No such file"):
        joined(JoinTask(0, "d", 2, parts, str(tmp_path / "out"), format))
    assert sorted(os.listdir(tmp_path)) == ["0"]


def test_rows_that_are_left_out_are_said() -> None:
    made: dict[str, Any] = {"expression": parse("a"), "columns": {"a": "a"}, "fixed": {}}
    assert not Batch(**made).leaves_out
    assert Batch(**made, invalid=Invalid.SKIP).leaves_out
    assert Batch(**made, wanted=Wanted(where=parse("a"))).leaves_out
