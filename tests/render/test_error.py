"""Errors as people see them: the shape, the carets under the place, what is cut, terminals and broken streams."""

import io
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from autodiff_cli import parse
from autodiff_cli.commands.exits import Exit
from autodiff_cli.errors import AutodiffError, Option, advice
from autodiff_cli.render.error import note, say, show, to_text

SINN = AutodiffError("unknown function 'sinn'", source="2*sinn(x) + 1", span=(2, 6), hint="did you mean 'sin'?")
SINN_TEXT = "error: unknown function 'sinn'\n  │ 2*sinn(x) + 1\n  │   ^^^^\n  = did you mean 'sin'?"


def excerpt(source: str, start: int, end: int, width: int = 80) -> list[str]:
    """What is drawn of the source: the lines below the message, without the `  │ ` before them."""
    head, *lines = to_text(AutodiffError("m", source=source, span=(start, end)), width).split("\n")
    assert head == "error: m"
    assert all(line == "  │" or line.startswith("  │ ") for line in lines)
    return [line[4:] for line in lines]


def is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Me")


def cells(text: str) -> int:
    """The width of a text on a terminal, from Python's own Unicode data and not from Rich's."""
    return sum(0 if is_mark(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def test_an_error_is_a_message_an_excerpt_carets_and_a_hint() -> None:
    assert to_text(SINN) == to_text(SINN, 80) == SINN_TEXT


@pytest.mark.parametrize(("source", "span"), [("", None), ("", (0, 1)), ("x + 1", None)])
def test_without_a_place_there_is_the_message_and_the_hint(source: str, span: tuple[int, int] | None) -> None:
    assert to_text(AutodiffError("no", source=source, span=span)) == "error: no"
    assert to_text(AutodiffError("no", source=source, span=span, hint="yes")) == "error: no\n  = yes"


@pytest.mark.parametrize(
    ("source", "start", "end", "lines"),
    [
        ("a\nb = 1\nd = 2*sinn(x)\ne", 14, 18, ["line 3, column 7", "d = 2*sinn(x)", "      ^^^^"]),
        ("a\r\n  +* b\r\nc", 6, 7, ["line 2, column 4", "  +* b", "   ^"]),
        ("\n\n1 $ 2\n", 4, 5, ["line 3, column 3", "1 $ 2", "  ^"]),
        ("1 $ 2\n\n", 2, 3, ["line 1, column 3", "1 $ 2", "  ^"]),
        ("1 $ 2\n", 2, 3, ["1 $ 2", "  ^"]),  # the end of the line is no second line
        ("1 $ 2\r\n", 2, 3, ["1 $ 2", "  ^"]),
        ("(ab\ncd)", 1, 6, ["line 1, column 2", "(ab", " ^^"]),  # past the end of the line
        ("(ab\r\ncd)", 1, 7, ["line 1, column 2", "(ab", " ^^"]),
        ("ab", 1, 99, ["ab", " ^"]),
        ("ab", 1, 1, ["ab", " ^"]),  # at least one caret
        ("ab", 1, 0, ["ab", " ^"]),
        ("ab", -5, 1, ["ab", "^"]),
        ("ab +", 4, 4, ["ab +", "    ^"]),  # just after the last character
        ("ab +", 4, 5, ["ab +", "    ^"]),
        ("ab +", 99, 100, ["ab +", "    ^"]),
        ("ab +\n", 5, 5, ["ab +", "    ^"]),
        ("ab\nc", 2, 3, ["line 1, column 3", "ab", "  ^"]),  # the line break itself
        ("ab\r\nc", 2, 4, ["line 1, column 3", "ab", "  ^"]),
        ("ab\r\nc", 3, 4, ["line 1, column 3", "ab", "  ^"]),
        ("a\n\nb", 2, 3, ["line 2, column 1", "", "^"]),
        ("\n", 0, 1, ["", "^"]),
        ("a\t*\tb $", 6, 7, ["a * b $", "      ^"]),
    ],
)
def test_an_excerpt_has_the_line_its_number_and_the_place(source: str, start: int, end: int, lines: list[str]) -> None:
    assert excerpt(source, start, end) == lines


@pytest.mark.parametrize(
    ("before", "place", "carets"),
    [
        ("漢字*", "x", 1),
        ("\uff58 + ", "\uff59", 2),
        ("🙂", "한국", 4),
        ("e\u0301*e\u0302\u0303 + ", "n\u0303o", 2),  # marks stay on their letters
        ("β + ", "ж\u0308", 1),
        ("\u0301", "x", 1),  # a mark on nothing
        ("漢e\u0301", "", 1),
    ],
)
def test_carets_stand_under_wide_letters_and_letters_with_marks(before: str, place: str, carets: int) -> None:
    source = before + place + ("漢" if place else "")
    line, below = excerpt(source, len(before), len(before) + len(place))
    assert line == source
    assert below == " " * cells(before) + "^" * carets


@pytest.mark.parametrize(
    ("source", "start", "end", "carets"),
    [("ae\u0301\u0302b", 2, 3, " ^"), ("漢\u0301b", 1, 2, "^^"), ("\u0301ab", 0, 1, "^"), ("ae\u0301b", 0, 2, "^^")],
)
def test_a_place_that_splits_a_letter_from_its_marks_is_the_whole_letter(
    source: str, start: int, end: int, carets: str
) -> None:
    assert excerpt(source, start, end) == [source, carets]


def test_a_mark_that_widens_its_letter_moves_the_caret() -> None:
    assert excerpt("\u2764\ufe0f$", 2, 3) == ["\u2764\ufe0f$", "  ^"]
    assert excerpt("\u2764$", 1, 2) == ["\u2764$", " ^"]


@pytest.mark.parametrize(
    "char",
    ["\0", "\x1b", "\x7f", "\x9b", "\r", "\x0b", "\u200b", "\u200d", "\u202e", "\u2066", "\u2028", "\ud800", "\xa0"],
)
def test_what_does_not_print_is_a_cell_that_does(char: str) -> None:
    assert excerpt(f"a{char}[31m$", 6, 7) == ["a�[31m$", "      ^"]
    error = AutodiffError(f"no {char}[2J", hint=f"or\n{char}\t!")
    assert to_text(error) == "error: no �[2J\n  = or � !"


@pytest.mark.parametrize(
    ("source", "start", "end", "lines"),
    [  # 20 cells, 4 of them before the line: 16, of which the dots take one each
        ("abcdefghijklmnop", 15, 16, ["abcdefghijklmnop", "               ^"]),
        ("abcdefghijklmnopq", 0, 1, ["abcdefghijklmn…", "^"]),
        ("abcdefghijklmnopq", 16, 17, ["…defghijklmnopq", "              ^"]),
        ("abcdefghijklmnopqrstuvwxyz", 12, 14, ["…ghijklmnopqrst…", "       ^^"]),
        ("abcdefghijklmnopqrstuvwxyz", 2, 25, ["…cdefghijklmnop…", " ^^^^^^^^^^^^^^"]),
        ("abcdefghijklmnopqrstuvwxyz", 0, 26, ["abcdefghijklmn…", "^^^^^^^^^^^^^^"]),
        ("abcdefghijklmnop", 16, 16, ["…defghijklmnop", "              ^"]),
        ("一二三四五六七八九十", 5, 6, ["…三四五六七八九…", "       ^^"]),
        ("一二三四五六七八九十", 0, 1, ["一二三四五六七…", "^^"]),
        ("一二三四a五六七八九十", 4, 5, ["…二三四a五六七…", "       ^"]),  # no half of a wide letter
        ("x\u0301" * 17, 32, 34, ["…" + "x\u0301" * 14, " " * 14 + "^"]),
        ("x\u0301" * 17, 0, 2, ["x\u0301" * 14 + "…", "^"]),
        (
            "1\n" + "abcdefghijklmnopqrstuvwxyz" + "\n2",
            27,
            28,
            ["line 2, column 26", "…mnopqrstuvwxyz", "              ^"],
        ),
    ],
)
def test_a_long_line_is_cut_around_the_place(source: str, start: int, end: int, lines: list[str]) -> None:
    assert excerpt(source, start, end, 20) == lines
    assert excerpt(source, start, end, 7) == lines  # narrower is not useful: the terminal breaks the line


def test_a_very_long_line_is_cut_and_not_slow() -> None:
    source = "x+" * 50_000 + "sinn(x)" + "+é" * 50_000
    line, below = excerpt(source, 100_000, 100_004)
    assert line == "…+" + "x+" * 17 + "sinn(x)" + "+é" * 16 + "…"
    assert below == " " * line.index("sinn") + "^^^^"
    assert len(line) == 76


def test_long_messages_are_cut() -> None:
    error = AutodiffError("m" * 400, hint="h" * 400)
    assert to_text(error, 20) == f"error: {'m' * 400}\n  = {'h' * 400}"
    error = AutodiffError("m" * 401, hint="h" * 100_000)
    assert to_text(error) == f"error: {'m' * 399}…\n  = {'h' * 399}…"


ALPHABET = "ab+ (1é漢\uff58🙂한\u0301\u20dd\u0308\t\0\x1b\u200b\u202e\ud800\u200d\n\n\r"


@settings(max_examples=500, deadline=None)
@given(st.text(ALPHABET, min_size=1, max_size=120), st.integers(-2, 125), st.integers(-2, 125), st.integers(20, 90))
def test_any_place_in_any_text(source: str, start: int, end: int, width: int) -> None:
    place = min(max(start, 0), len(source.removesuffix("\n") if start >= len(source) else source))
    number = source[:place].count("\n")
    lines = source.split("\n")
    line = lines[number].removesuffix("\r") if number < len(lines) - 1 else lines[number]
    offset = sum(len(earlier) + 1 for earlier in lines[:number])
    column = min(place - offset, len(line))
    assume(not line or not is_mark(line[0]))  # the walk below takes marks to the letter on their left

    *named, shown, carets = excerpt(source, start, end, width)
    assert named == ([f"line {number + 1}, column {column + 1}"] if "\n" in source.removesuffix("\n") else [])
    assert 4 + cells(shown) <= width
    assert 4 + len(carets) <= width
    assert set(carets.lstrip()) == {"^"}

    clean = "".join(" " if c == "\t" else c if c.isprintable() else "�" for c in line)
    first, last = column, min(max(end - offset, column + 1), len(clean))
    while 0 < first < len(clean) and is_mark(clean[first]):
        first -= 1
    while last < len(clean) and is_mark(clean[last]):
        last += 1

    if not shown.endswith("…"):
        shown += " " * width  # blanks at the end are not printed
    indent = len(carets) - len(carets.lstrip())
    split = walked = 0  # the characters left of the carets, marks with their letters
    while split < len(shown) and (walked < indent or is_mark(shown[split])):
        walked += cells(shown[split])
        split += 1
    left, right = shown[:split], shown[split:]
    assert left.startswith("…") == (clean[:first] != left)
    assert clean[:first].endswith(left.removeprefix("…"))
    assert clean[first:].rstrip().startswith(right.removesuffix("…").rstrip())
    assert right.endswith("…") == (clean[first:].rstrip() != right.rstrip())
    assert walked == indent
    assert not (shown.startswith("…") and is_mark(shown[1]))
    visible = len(right) - 1 if right.endswith("…") else len(clean)
    assert len(carets.lstrip()) == max(1, cells(clean[first : min(last, first + visible)]))


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.one_of(st.characters(), st.sampled_from("\u2764\ufe0f\u200d🏽1\u20e3\ud800")), max_size=100),
    st.integers(-5, 110),
    st.integers(-5, 110),
    st.integers(-5, 90),
)
def test_any_error_is_drawn_within_the_width_and_prints(text: str, start: int, end: int, width: int) -> None:
    drawn = to_text(AutodiffError(text, source=text, span=(start, end), hint=text), width).split("\n")
    assert all(line.isprintable() for line in drawn)
    for line in drawn[1 : -1 if text else None]:
        assert cell_len(line) <= max(width, 20) or line.startswith("  │ line ")


class Stream(io.TextIOWrapper):
    """A stderr with an encoding, that is a terminal or not."""

    def __init__(self, encoding: str = "utf-8", terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict", newline="\n")
        self.terminal = terminal

    def isatty(self) -> bool:
        return super().isatty() or self.terminal  # super() for the error where it is closed

    def text(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


class Broken(Stream):
    """A stderr whose reader has gone."""

    def write(self, text: str) -> int:
        if text:
            raise BrokenPipeError
        return 0


def plain(text: str) -> str:
    """The text without colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


@pytest.fixture
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")


def test_to_no_terminal_an_error_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Stream())
    show(SINN)
    note("a kink")
    note("\x1b[2J\n" + "n" * 400)
    assert stream.text() == f"{SINN_TEXT}\nnote: a kink\nnote: �[2J {'n' * 394}…\n"


@pytest.mark.usefixtures("_colours")
def test_to_a_terminal_an_error_is_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Stream(terminal=True))
    show(SINN)
    note("a kink at [x] :smile: 0.5")
    assert plain(stream.text()) == f"{SINN_TEXT}\nnote: a kink at [x] :smile: 0.5\n"
    assert "\x1b[1;31merror:\x1b[0m unknown" in stream.text()
    assert "\x1b[34m  │\x1b[0m 2*sinn(x) + 1\n" in stream.text()
    assert "\x1b[34m  │\x1b[0m\x1b[1;31m   ^^^^\x1b[0m\n" in stream.text()
    assert "\x1b[34m  =\x1b[0m did you mean 'sin'?\n" in stream.text()
    assert "\x1b[1;36mnote:\x1b[0m a kink at [x] :smile: 0.5\n" in stream.text()


@pytest.mark.usefixtures("_colours")
@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stderr", stream := Stream(terminal=True))
    show(SINN)
    assert plain(stream.text()) == SINN_TEXT + "\n"
    assert not re.search(r"\x1b\[[\d;]*3\d", stream.text())


@pytest.mark.usefixtures("_colours")
def test_a_terminals_width_is_the_width_and_nothing_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "漢+" * 40 + "sinn(x)" + " + e\u0301" * 40
    error = AutodiffError("word " * 30 + "end", source=source, span=(80, 84), hint="word " * 30 + "end")
    monkeypatch.setattr(sys, "stderr", stream := Stream(terminal=True))
    show(error)
    note("word " * 30 + "end")
    assert plain(stream.text()) == f"{to_text(error, 40)}\nnote: {'word ' * 30}end\n"
    assert 38 <= cells(plain(stream.text()).split("\n")[1]) <= 40


@pytest.mark.usefixtures("_colours")
@pytest.mark.parametrize("terminal", [False, True])
def test_an_encoding_that_lacks_characters(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Stream("ascii", terminal))
    show(AutodiffError("unknown function 'ψ'", source="漢e\u0301\0+ψ(x)" + "+1" * 40, span=(5, 6), hint="…"))
    note("β")
    head, line, carets, hint, noted = plain(stream.text()).splitlines()
    assert (head, hint, noted) == (r"error: unknown function '\u03c8'", "  = ~", r"note: \u03b2")
    assert line.startswith("  | ?e??+?(x)+1+1")
    assert line.endswith("~")
    assert carets == "  |      ^"


@pytest.mark.parametrize("terminal", [False, True])
def test_a_stderr_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    closed = Stream(terminal=terminal)
    closed.close()
    for stream in (None, closed, Broken(terminal=terminal)):
        monkeypatch.setattr(sys, "stderr", stream)
        show(SINN)
        note("n")
        say(["s"])
    assert capsys.readouterr().out == ""


def _process(code: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", code], text=True, encoding="utf-8", timeout=60, **options
    )


@pytest.mark.parametrize(("source", "loads"), [("sinn(x)", False), ("sinn(β)", True)])
def test_an_error_loads_no_more_than_it_needs(source: str, loads: bool) -> None:
    code = (
        "import sys; from autodiff_cli.commands.group import run;"
        f"print(run(['eval', {source!r}]), *(m for m in sys.modules if m.split('.')[0] == 'rich'))"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = _process(code, capture_output=True, env=environment)
    exit, *modules = done.stdout.split()
    assert exit == "2"
    assert bool(modules) == ("rich.cells" in modules) == loads
    assert not {"rich.console", "rich.text"} & set(modules)
    assert done.stderr.splitlines()[:3] == ["error: unknown function 'sinn'", f"  │ {source}", "  │ ^^^^"]


def test_on_a_real_terminal_an_error_is_as_wide_as_the_window(tmp_path: Path) -> None:
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 33))
    unset = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "LINES")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"TERM": "xterm", "PYTHONIOENCODING": "utf-8", "XDG_CACHE_HOME": str(tmp_path)}
    source = "+".join(["x"] * 40) + "+sinn(x)"
    code = f"from autodiff_cli.commands.group import run; run(['eval', {source!r}])"
    done = _process(code, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, env=environment)
    drawn = os.read(ours, 10_000).decode().replace("\r\n", "\n")
    os.close(ours)
    os.close(theirs)
    assert done.stdout == ""
    assert drawn.startswith("\x1b[1;31merror:\x1b[0m unknown function 'sinn'\n")
    lines = plain(drawn).splitlines()
    assert lines[1] == "  │ …" + source[-27:]
    assert lines[2] == "  │ " + " " * 21 + "^^^^"
    assert lines[3] == "  = did you mean 'sin' or 'sinh'?"


def test_a_usage_error_has_the_same_shape(capsys: pytest.CaptureFixture[str]) -> None:
    from autodiff_cli.commands.group import run

    assert run(["eval", "x", "--precision", "99"]) == 2
    head, hint = capsys.readouterr().err.splitlines()
    assert head.startswith("error: Invalid value for '--precision': 99 is not in the range")
    assert hint == "  = autodiff eval --help lists what there is"


def _run_program(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    text = f"import sys; from autodiff_cli import __main__ as program; {code}; program.main()"
    command = [sys.executable, "-c", text, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **environment})


BROKEN = "import autodiff_cli.commands.group as group; group.run = lambda: [][1]"


def test_a_fault_of_the_program_is_one_line_and_no_verdict() -> None:
    done = _run_program(BROKEN)
    assert done.returncode == Exit.INTERNAL == 70
    assert done.stdout == ""
    assert done.stderr == "error: a fault of autodiff itself: IndexError\n  = AUTODIFF_DEBUG=1 shows where\n"


def test_a_fault_of_the_program_shows_its_place_on_request() -> None:
    done = _run_program(BROKEN, AUTODIFF_DEBUG="1")
    assert done.returncode == Exit.INTERNAL
    assert "Traceback" in done.stderr
    assert "IndexError: list index out of range" in done.stderr


def test_too_little_memory_is_said() -> None:
    done = _run_program("import autodiff_cli.commands.group as group; group.run = lambda: bytes(2**62)")
    assert done.returncode == Exit.INTERNAL
    assert done.stderr.startswith("error: out of memory\n")


def test_advice_is_worded_for_the_one_who_reads_it() -> None:
    hint = advice("{0}, or {1}", Option("y", "VALUE", bare=True), Option("quiet"))
    assert AutodiffError("m", hint=hint).hint == "y=VALUE, or quiet=True"
    assert to_text(AutodiffError("m", hint=hint)) == "error: m\n  = --y VALUE or y=VALUE, or --quiet"


def test_the_library_names_no_option_of_the_command_line() -> None:
    with pytest.raises(AutodiffError) as caught:
        parse("x*y").evaluate(x=1.0)
    assert (caught.value.message, caught.value.hint) == ("no value for y", "give it one: y=VALUE")
