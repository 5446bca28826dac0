"""Where tables and trees are drawn: a terminal, with its colours; or a pipe or a file, where no line ends in blanks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80  # where there is no terminal


@contextmanager
def printed() -> "Iterator[Console]":
    """A console whose text goes to standard output at the end."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.width:  # COLUMNS=0
        console.width = WIDTH
    with console.capture() as captured:
        yield console
    text = captured.get()
    console.file.write(text if console.is_terminal else stripped(text))


def as_text(draw: "Callable[[Console], None]") -> str:
    """What is drawn, as a file has it."""
    from rich.console import Console

    text = StringIO()
    draw(Console(file=text, highlight=False, markup=False, emoji=False, width=WIDTH, force_terminal=False))
    return stripped(text.getvalue())


def stripped(text: str) -> str:
    """The text without blanks at the ends of lines."""
    return "\n".join([line.rstrip(" ") for line in text.split("\n")])
