"""Files whole or not at all, and what is undone where a run ends."""

import os
from pathlib import Path
from threading import Event, Thread, Timer
from time import sleep

import pytest

from autodiff_cli import files


def test_what_is_done_in_a_block_is_undone_once() -> None:
    undone: list[str] = []
    with files.undone(lambda: undone.append("a")):
        assert undone == []
    files.undo_all()
    assert undone == ["a"]


def test_a_block_that_fails_is_undone() -> None:
    undone: list[str] = []
    with pytest.raises(ValueError, match="x"), files.undone(lambda: undone.append("a")):
        raise ValueError("x")
    assert undone == ["a"]


def test_at_the_end_the_last_is_undone_first() -> None:
    undone: list[str] = []
    with files.undone(lambda: undone.append("a")), files.undone(lambda: undone.append("b")):
        files.undo_all()
        assert undone == ["b", "a"]
    assert undone == ["b", "a"]


def test_the_end_waits_for_what_another_thread_undoes() -> None:
    undone, begun = [], Event()

    def slowly() -> None:
        begun.set()
        sleep(0.1)
        undone.append("a")

    def work() -> None:
        with files.undone(slowly):
            pass

    thread = Thread(target=work)
    thread.start()
    begun.wait()
    files.undo_all()
    assert undone == ["a"]
    thread.join()


def test_a_file_is_renamed_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), files.whole(str(path)) as name:
        Path(name).write_text(str(1 / 0))
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["a"])
    with files.whole(str(path)) as name:
        Path(name).write_text("new")
        assert path.read_text() == "old"
    assert (path.read_text(), os.listdir(tmp_path)) == ("new", ["a"])


def test_all_is_undone_only_after_what_is_beginning_has_begun() -> None:
    """A compiler that another thread is just starting is ended too."""
    entered, goes_on = Event(), Event()
    ended: list[str] = []

    def begin() -> str:
        entered.set()
        goes_on.wait(5)
        return "compiler"

    def work() -> None:
        with files.begun(begin, ended.append):
            goes_on.wait(5)

    worker = Thread(target=work)
    worker.start()
    entered.wait(5)
    Timer(0.1, goes_on.set).start()
    files.undo_all()
    assert ended == ["compiler"]
    worker.join()
    assert ended == ["compiler"]


def test_a_workplace_is_gone_in_the_end_and_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".dead.autodiff"
    left.mkdir()
    (left / "lock").touch()
    (left / "0-0").write_text("part")
    with files.workplace(str(tmp_path)) as place:
        Path(place, "0-0").write_text("part")
        files.remove_left(str(tmp_path))
        assert [str(tmp_path / name) for name in os.listdir(tmp_path)] == [place]
        assert sorted(os.listdir(place)) == ["0-0", "lock"]
    assert os.listdir(tmp_path) == []
