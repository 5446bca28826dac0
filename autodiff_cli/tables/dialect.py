"""How people write tables as text: what separates cells, what is no row, which letters; and streams that undo it."""

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Protocol

from autodiff_cli.errors import AutodiffError, Option, advice
from autodiff_cli.tables.base import PIECE, FileFormat

SPACE = "space"  # any blanks between cells
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "blank": SPACE, " ": SPACE, "": SPACE}
_GUESSED = ("\t", ";", "|", ",")
_BLANKS = (" ", "\t", "\r", "\n")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_WORD = re.compile(rb'"[^"]*"(?=[ \t\r\n]|$)|[^ \t\r\n]+')


@dataclass(frozen=True, slots=True)
class TableDialect:
    """How the tables of a run are written, as far as it is asked for."""

    separator: str = ""  # the usual one of the format, or the one that the header shows
    decimal: str = "."
    header: bool = True
    units: bool = False  # whether the row below the header has units
    comment: str = ""  # begins a line that is no row
    skip: int = 0  # lines before the header
    nulls: tuple[str, ...] = ()  # cells that stand for no value
    encoding: str = ""
    ragged: bool = False  # whether rows may have fewer or more cells than the header
    as_text: tuple[str, ...] = ()  # columns that are text whatever their cells look like

    @property
    def cleans(self) -> bool:
        """Whether lines are left out before there are rows, or are written anew."""
        return bool(self.comment or self.skip or self.separator == SPACE)

    def check_heeded(self, name: str, format: FileFormat) -> None:
        """Raise AutodiffError where it asks for what a table of that format cannot have."""
        in_rows: dict[str, object] = {
            "separator": self.separator,
            "decimal": self.decimal != ".",
            "no-header": not self.header,
            "units-row": self.units,
            "ragged": self.ragged,
            "types": self.as_text,
        }
        in_text = {"comment": self.comment, "skip-lines": self.skip, "encoding": self.encoding}
        lacking = {} if format.name in ("csv", "tsv") else in_rows if format.text else in_rows | in_text
        if option := next((option for option, asked in lacking.items() if asked), None):
            kind = "CSV and TSV" if option in in_rows else "text"
            hint = f"{name} is {format.name}" + ("" if format.text else ", which has types and says how it is written")
            raise AutodiffError(f"--{option} is for tables in {kind}", hint=hint)


PLAIN = TableDialect()


def separator_of(text: str) -> str:
    r"""The separator that is asked for. Raises AutodiffError where it is not one character.

    >>> separator_of(";"), separator_of("tab"), separator_of("space")
    (';', '\t', 'space')
    """
    found = _NAMED.get(text.lower(), text)
    if found != SPACE and (len(found) != 1 or not found.isascii() or found in '"\n\r\0' or found.isalnum()):
        raise AutodiffError(
            f"cells cannot be separated by {text!r}", hint="one sign separates them, or tab, or space for any blanks"
        )
    return found


def encoding_of(text: str) -> str:
    """The name of an encoding. Raises AutodiffError where there is none of that name."""
    with suppress(LookupError, ValueError):
        found = codecs.lookup(text)
        if found._is_text_encoding:
            return found.name
    raise AutodiffError(f"there is no encoding {text!r}", hint="as in --encoding latin-1, cp1252 or utf-16")


def guessed(head: str, usual: str, loose: bool) -> str:
    r"""What separates the cells of a table that begins so: the `usual`, unless the header plainly shows another one.

    That is a sign which the header has in place of the usual one, and the first row as often. Of a file whose name does
    not say what it is (`loose`), also any blanks.

    >>> guessed('a;b\n1;"2;\n3"\n', ",", False)
    ';'
    >>> guessed("a;b\n1;2\n", ",", False), guessed("x,note; remark\n", ",", False), guessed("a b\n1 2", ",", True)
    (';', ',', 'space')
    """
    lines = head.split("\n")[:2]
    if any(line.count('"') % 2 for line in lines):  # a cell in quotes goes on in the next line
        lines = _QUOTED.sub('""', head).split("\n")[:2]
    header, *rows = [_QUOTED.sub('""', line) for line in lines]
    if usual in header:
        return usual
    others = [sign for sign in _GUESSED if sign in header]
    if not others:
        return SPACE if loose and len(header.split()) > 1 else usual
    counts = {sign: header.count(sign) for sign in others}
    found = [sign for sign in others if not any(rows) or rows[0].count(sign) == counts[sign]]
    return found[0] if len(found) == 1 else usual


class Readable(Protocol):
    """What can be read to its end."""

    def read(self, size: int, /) -> bytes:
        """Some of it; nothing at its end."""


class Decoded:
    """A file of another encoding as UTF-8."""

    def __init__(self, file: Readable, encoding: str, name: str) -> None:
        self._file, self._encoding, self._name = file, encoding, name
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._begun = self._ended = False
        self._made = b""

    def read(self, size: int) -> bytes:
        """So much of it; less only at its end."""
        while len(self._made) < size and not self._ended:
            data = self._file.read(PIECE)
            self._ended = not data
            self._made += self._decoded(data)
        made, self._made = self._made[:size], self._made[size:]
        return made

    def _decoded(self, data: bytes) -> bytes:
        try:
            text = self._decoder.decode(data, self._ended)
        except UnicodeError as error:
            raise AutodiffError(f"{self._name} is not {self._encoding} text: {error.args[-1]}") from None
        if text and not self._begun:
            text = text.removeprefix("\ufeff")
            self._begun = True
        return text.encode()


class Cleaned:
    """Text without the lines that are no rows; `number` says which line of the file one of those left is.

    Blanks between cells become one tab.
    """

    def __init__(self, file: Readable, dialect: TableDialect, quotes: bool) -> None:
        self._file, self._quotes = file, quotes
        self._skip = dialect.skip
        self._comment = dialect.comment.encode()
        self._by_blanks = dialect.separator == SPACE
        self._line = 0  # the last one that was read
        self._is_open = False  # whether a quote is
        self._ended = False
        self._held = self._made = b""
        self._gone: list[int] = []  # of each line that is left out, how many before it are not

    def read(self, size: int) -> bytes:
        """So much of what is left; less only at its end."""
        while len(self._made) < size and not self._ended:
            chunk = self._file.read(PIECE)
            self._ended = not chunk
            data = self._held + chunk
            cut = len(data) if self._ended else data.rfind(b"\n") + 1
            self._held = data[cut:]
            self._made += self._left(data[:cut])
        made, self._made = self._made[:size], self._made[size:]
        return made

    def number(self, line: int) -> int:
        """Which line of the file a line of what is left is; both count from 1."""
        return line + bisect_right(self._gone, line)

    def _left(self, data: bytes) -> bytes:
        if self._is_plain(data):
            self._line += data.count(b"\n")
            if self._quotes:
                self._is_open ^= bool(data.count(b'"') % 2)
            return data
        left = []
        for line in data.splitlines(keepends=True) if b"\r" not in data else _lines(data):
            self._line += 1
            if not self._is_open and self._is_no_row(line):
                self._gone.append(self._line - len(self._gone))
                continue
            if self._quotes:
                self._is_open ^= bool(line.count(b'"') % 2)
            left.append(b"\t".join(_WORD.findall(line)) + b"\n" if self._by_blanks else line)
        return b"".join(left)

    def _is_plain(self, data: bytes) -> bool:
        """Whether nothing is to be left out of it."""
        has_comments = bool(self._comment) and self._comment in data
        return not (self._by_blanks or has_comments or self._line < self._skip)

    def _is_no_row(self, line: bytes) -> bool:
        if self._line == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if self._line <= self._skip or (self._comment and line.lstrip(b" \t").startswith(self._comment)):
            return True
        return self._by_blanks and not line.strip()


def _lines(data: bytes) -> Iterator[bytes]:
    """Lines that end in a newline alone, or with one."""
    *lines, last = data.split(b"\n")
    yield from [line + b"\n" for line in lines]
    if last:
        yield last


class Listed:
    """A JSON array as JSON lines; `number` says in which line of the file an element begins."""

    def __init__(self, file: Readable, name: str) -> None:
        self._file, self._name = file, name
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = JSONDecoder()
        self._text = ""
        self._line = 1
        self._begun = self._ended = self._closed = False
        self._waits = False  # whether an element is to come
        self._first: list[int] = []
        self._made = b""

    def number(self, line: int) -> int:
        """The line of the file in which an element begins."""
        return self._first[line - 1] if line <= len(self._first) else self._line

    def read(self, size: int) -> bytes:
        """So much of the lines; less only at their end."""
        while len(self._made) < size and not self._closed:
            self._more()
        made, self._made = self._made[:size], self._made[size:]
        return made

    def _more(self) -> None:
        data = self._file.read(PIECE)
        self._ended = not data
        try:
            self._text += self._decoder.decode(data, self._ended)
        except UnicodeDecodeError:
            raise self._wrong(self._line, "it is not UTF-8") from None
        at, lines = 0, []
        while (found := self._element(at)) is not None:
            text, end = found
            self._line += self._text.count("\n", at, end)
            at = end
            if text:
                lines.append(text.replace("\r", " ").replace("\n", " ") + "\n")
        self._made += "".join(lines).encode()
        self._text = self._text[at:]
        if self._ended and not self._closed:
            raise AutodiffError(f"{self._name} is cut off: its array has no end")

    def _element(self, at: int) -> tuple[str, int] | None:
        """The next element, empty of a sign between two, and where it ends; None where more must be read."""
        begin = _after_blanks(self._text, at)
        line = self._line + self._text.count("\n", at, begin)
        sign = self._text[begin : begin + 1]
        if not sign:
            return None
        if self._closed:
            raise AutodiffError(f"{self._name}, line {line}: there is more after the array")
        if sign == "]" and self._begun and not (self._waits and self._first):
            self._closed = True
            return "", begin + 1
        if sign == ("," if self._begun else "[") and not self._waits:
            self._begun = self._waits = True
            return "", begin + 1
        return self._value(begin, line)

    def _value(self, begin: int, line: int) -> tuple[str, int] | None:
        try:
            _, end = self._json.raw_decode(self._text, begin)
        except RecursionError:
            raise self._wrong(line, "it goes too deep") from None
        except JSONDecodeError as error:
            if self._ended and self._text[error.pos :].strip():
                raise self._wrong(line + self._text.count("\n", begin, error.pos), error.msg) from None
            return None
        if not self._waits:
            raise self._wrong(line, "a comma is missing between two rows")
        self._first.append(line)
        self._waits = False
        return self._text[begin:end], end

    def _wrong(self, line: int, what: str) -> AutodiffError:
        return AutodiffError(f"{self._name}, line {line}: no JSON: {what}")


def _after_blanks(text: str, at: int) -> int:
    while text[at : at + 1] in _BLANKS:
        at += 1
    return at


def misread(name: str, line: int, byte: int) -> AutodiffError:
    """Bytes are no UTF-8 text."""
    return AutodiffError(
        f"{name}, line {line}: byte {byte:#x} is not UTF-8 text",
        hint=advice(
            "{0} or {1} reads the older encodings", Option("encoding", "latin-1"), Option("encoding", "cp1252")
        ),
    )
