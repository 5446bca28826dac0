"""Errors and notes for people, on stderr: what is wrong, the place in the source with carets under it, what to do."""

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from autodiff_cli.errors import AutodiffError, in_shell
from autodiff_cli.render.phrases import cut

if TYPE_CHECKING:
    from rich.console import Console

_LONGEST = 400  # characters of a message or a hint
_NARROWEST = 20  # cells; a terminal narrower than that breaks our lines itself
_STYLES = {"error:": "bold red", "note:": "bold cyan", "  │": "blue", "  =": "blue"}
_PLAIN = str.maketrans("│…�", "|~?")  # one cell each, for an encoding that lacks ours

_Line = tuple[str, str, str]  # what a line begins with, what it says, and the style of that


def to_text(error: AutodiffError, width: int = 80) -> str:
    """`error: ...`; the line of the source, cut to `width` cells, with carets under the place; `= hint`."""
    return _joined(_lines(error, width, "utf-8"))


def show(error: AutodiffError) -> None:
    """Draw an error to stderr, in colour and as wide as the terminal where it is one."""
    console = _console()
    _draw(_lines(error, console.width if console else 80, _encoding()), console)


def note(text: str) -> None:
    """Draw `note: ...` to stderr."""
    _draw([_line("note:", _short(text))], _console())


def say(lines: Sequence[str]) -> None:
    """Write lines to stderr, without what moves a terminal's cursor: names of files and cells may be among them."""
    _write("\n".join(map(_clean, lines)))


def _write(message: str) -> None:
    """Write to stderr; where that cannot be written to, the result and the exit code still count."""
    encoding = _encoding()
    try:
        message.encode(encoding)
    except UnicodeEncodeError:
        message = message.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    if sys.stderr is not None:
        with suppress(OSError, ValueError):  # a ValueError where it is closed
            print(message, file=sys.stderr, flush=True)


def _lines(error: AutodiffError, width: int, encoding: str) -> list[_Line]:
    """What is wrong, the place in the source, what to do."""
    lines = [_line("error:", _short(error.message))]
    hint = error.advice.worded(in_shell)
    if error.source and error.span is not None:
        room = max(width, _NARROWEST) - len("  │ ")
        lines += _excerpt(error.source, *error.span, room, encoding)
    if hint:
        lines.append(_line("  =", _short(hint)))
    return lines


def _excerpt(source: str, start: int, end: int, room: int, encoding: str) -> list[_Line]:
    """The line where the place starts, cut around it to so many cells, with carets under it."""
    start = min(max(start, 0), len(source))
    if start == len(source) and source.endswith("\n"):  # the end of the last line, not an empty one after it
        start -= 1
    begin = source.rfind("\n", 0, start) + 1
    line, newline, _ = source[begin:].partition("\n")
    line = line.removesuffix("\r") if newline else line
    column = min(start - begin, len(line))
    lines = []
    if "\n" in source[:-1]:
        number = source.count("\n", 0, begin) + 1
        lines.append(_line("  │", f"line {number}, column {column + 1}"))

    # What the encoding lacks becomes one `?` each before it is measured, so that the carets stay in place.
    line = _clean(line).encode(encoding, "replace").decode(encoding)
    if column == len(line):
        line += " "  # for the caret after the last character to stand under
    bounds, cells = _clusters(line)
    whole = len(bounds) - 1
    at = bisect_right(bounds, column) - 1
    until = bisect_left(bounds, min(max(end - begin, column + 1), len(line)))

    first, last = 0, whole
    if cells[whole] > room:
        room -= 2  # for the dots
        middle = (cells[at] + cells[until] - room) // 2
        left = max(0, min(cells[at], middle, cells[whole] - room))
        first, last = bisect_left(cells, left), bisect_right(cells, left + room) - 1
    before, after = "…" if first else "", "…" if last < whole else ""
    indent = len(before) + cells[at] - cells[first]
    carets = cells[min(until, last)] - cells[at]
    lines.append(_line("  │", before + line[bounds[first] : bounds[last]] + after))
    lines.append(_line("  │", " " * indent + "^" * max(1, carets), "bold red"))
    return lines


def _clusters(text: str) -> tuple[Sequence[int], Sequence[int]]:
    """Where each character with the marks on it begins, in characters and in cells, and where the last one ends."""
    if text.isascii():
        return range(len(text) + 1), range(len(text) + 1)
    from rich.cells import cell_len

    begins = [index for index, char in enumerate(text[1:], 1) if cell_len(char)]
    bounds = [0, *begins, len(text)]
    widths = [cell_len(text[begin:end]) for begin, end in pairwise(bounds)]  # together: a mark may widen its character
    return bounds, [*accumulate(widths, initial=0)]


def _clean(text: str) -> str:
    """The text without anything that moves a terminal's cursor, one character for one."""
    if text.isprintable():
        return text
    return "".join(map(_printable, text))


def _printable(char: str) -> str:
    """A character, or what stands for it where it cannot be printed."""
    if char in "\t\n":
        return " "
    return char if char.isprintable() else "�"


def _short(text: str) -> str:
    return _clean(cut(text, _LONGEST))


def _line(head: str, text: str, style: str = "") -> _Line:
    return head, f" {text}".rstrip(), style


def _joined(lines: list[_Line]) -> str:
    """The lines as plain text."""
    return "\n".join(head + text for head, text, _ in lines)


def _encoding() -> str:
    """What stderr can show."""
    return getattr(sys.stderr, "encoding", None) or "utf-8"


def _console() -> "Console | None":
    """Rich's console where stderr is a terminal. It takes long to import, so only there."""
    with suppress(ValueError):  # it is closed
        if sys.stderr is not None and sys.stderr.isatty():
            from rich.console import Console

            return Console(stderr=True, highlight=False, markup=False, emoji=False)
    return None


def _draw(lines: list[_Line], console: "Console | None") -> None:
    if console is None:
        _write(_joined(lines))
        return
    from rich.text import Text

    with console.capture() as capture:  # not printed by Rich, which would end the program where stderr is broken
        for head, text, style in lines:
            console.print(Text.assemble((head, _STYLES[head]), (text, style)), soft_wrap=True)
    _write(capture.get().removesuffix("\n"))
