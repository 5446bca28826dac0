import os
import pickle
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import cluster
from autodiff_cli.reports.batch import Batch, Reason, Summary, Wanted
from autodiff_cli.reports.cluster import ClusterAddress, TableTask, address_of, recipe, work
from autodiff_cli.tables import PLAIN, format_of, open_table


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://scheduler:8786", ClusterAddress(scheduler="tcp://scheduler:8786")),
        ("tls://10.0.0.1:1", ClusterAddress(scheduler="tls://10.0.0.1:1")),
        ("tcp://[::1]:8786", ClusterAddress(scheduler="tcp://[::1]:8786")),
        ("local:1", ClusterAddress(processes=1)),
        ("local:16", ClusterAddress(processes=16)),
    ],
)
def test_an_address_is_a_scheduler_or_so_many_processes(text: str, address: ClusterAddress) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text", ["local", "local:", "local:0", "local:-1", "local:x", "local:²", "local:9999", "node:8786", "tcp://node"]
)
def test_what_is_no_address_is_refused_with_what_is_one(text: str) -> None:
    with pytest.raises(AutodiffError) as refused:
        address_of(text)
    assert "--cluster local:4" in refused.value.hint


def test_a_missing_library_is_said_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(cluster, "import_module", lacks)
    with pytest.raises(AutodiffError) as refused, cluster.cluster(ClusterAddress(processes=1)):
        pass
    assert refused.value.hint == "pip install 'autodiff-cli[cluster]'"


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


def recipe_of(formula: str) -> cluster.Recipe:
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
