"""What the typesetter wrote, in another notation: its LaTeX is a small language of its own, read here from the left.

A notation says how a fraction, a power, a row of parts is written; what goes into them is what the layout chose.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from unicodedata import normalize

from autodiff_cli.codegen.latex.spelling import ACCENTS, character

_WORDS = ("mathrm", "text", "operatorname", *ACCENTS)
_TOKEN = re.compile(
    rf"\\begin\{{([a-z]+)\*?\}}|\\end\{{[a-z]+\*?\}}|\\(?:{'|'.join(_WORDS)})\{{|\\sqrt\[3\]"
    r"|\\(?:left|right|[bB]igg?[lr])(?:\\[a-z]+|.)|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S"
)
_LEFT = {"(": "(", "[": "[", r"\lvert": "|", r"\lfloor": "⌊", r"\lceil": "⌈"}
_RIGHT = {")": ")", "]": "]", r"\rvert": "|", r"\rfloor": "⌋", r"\rceil": "⌉"}
_SIGNS = {
    **{sign: sign for sign in "+-=<>/,!"},
    r"\le": "≤",
    r"\ge": "≥",
    r"\ne": "≠",
    r"\land": "∧",
    r"\lor": "∨",
    r"\lnot": "¬",
    r"\bmod": "mod",
    r"\cdot": "⋅",
}
_OTHERS = {r"\partial": "∂", r"\infty": "∞", r"\circ": "∘"}
_SIZED = re.compile(r"^\\(?:left|right)(?=\W)")
_LARGE = re.compile(r"\\[bB]igg?[lr](.)")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*\n")
_SPACES = {r"\,": "thin", r"\quad": "wide", r"\!": ""}
_WORD = re.compile(r"\\([A-Za-z]+)\{([^{}]*)\}|\\([A-Za-z]+) ?|\\(.)")
_CODE = re.compile(r"U\+([0-9A-F]{4,6})")

Rope = list["str | Rope"]  # a text in parts, put together at the very end
Template = tuple[str, ...]  # what stands before, between and behind the parts


class Part(NamedTuple):
    """A part of a row: an "operand", the "head" of a function, a "fence" around something, a "sign" or a "space"."""

    kind: str
    rope: Rope


@dataclass(frozen=True)
class Notation:
    """How another notation writes what formulas are made of."""

    number: Callable[[str], str]
    letter: Callable[[str], str]  # one character
    word: Callable[[str], str]  # upright letters
    head: Callable[[str], str]  # of a function
    text: Callable[[str], str]
    sign: Callable[[str], str]
    space: Callable[[str], str]
    row: Callable[[list[Part]], Rope]
    fence: Callable[[str, Rope, str], Rope]
    fraction: Template
    root: Template
    cube_root: Template
    above: Template
    below: Template
    cases: Callable[[list[list[Rope]]], Rope]
    matrix: Callable[[list[list[Rope]]], Rope]
    equations: Callable[[list[list[Rope]]], Rope]


@dataclass
class _Frame:
    """A row that is being read: what opened it, its parts so far, and what the next group goes into."""

    opened: str
    parts: list[Part] = field(default_factory=list)
    rows: list[list[Rope]] = field(default_factory=lambda: [[]])
    template: Template = ()  # of a fraction or a root that waits for its parts
    given: list[Rope] = field(default_factory=list)
    script: Template = ()  # of a power or a subscript


def translate(latex: str, notation: Notation) -> str:
    """A formula of the typesetter's in another notation."""
    return "".join(_leaves(_FormulaReader(notation).read(_COMMENT.sub("", latex))))


class _FormulaReader:
    """Reads from the left, with a stack of the rows that are open."""

    def __init__(self, notation: Notation) -> None:
        self._notation = notation
        self._stack = [_Frame("")]

    def read(self, latex: str) -> Rope:
        position = 0
        while found := _TOKEN.search(latex, position):
            position = found.end()
            token = found[0]
            if token.endswith("{") and token != "{":
                position = _end_of_group(latex, position)
                self._word(token, latex[found.end() : position - 1])
            else:
                self._token(token, found[1])
        return self._notation.row(self._stack[0].parts)

    def _token(self, token: str, environment: str | None) -> None:
        delimiter = _SIZED.sub("", token)
        frame = self._stack[-1]
        if environment or token == "{" or delimiter in _LEFT:
            self._stack.append(_Frame(environment or delimiter))
        elif token in _SCRIPTS:
            frame.script = getattr(self._notation, _SCRIPTS[token])
        elif token in _FORMS:
            frame.template = getattr(self._notation, _FORMS[token])
        elif token in ("&", r"\\"):
            self._end_cell(is_last=token != "&")
        elif token == "}" or delimiter in _RIGHT:
            self._end_group(delimiter)
        elif token.startswith(r"\end{"):
            self._end_environment()
        else:
            self._deliver(self._leaf(token))

    def _leaf(self, token: str) -> Part:
        """A token that stands for itself."""
        notation = self._notation
        if token in _SPACES:
            return Part("space", [notation.space(_SPACES[token])])
        large = _LARGE.fullmatch(token)
        if large or token in _SIGNS:
            return Part("sign", [notation.sign(large[1] if large else _SIGNS[token])])
        if token[0].isdigit():
            return Part("operand", [notation.number(token)])
        char = token if len(token) == 1 else _OTHERS.get(token) or character(token[1:])
        return Part("operand", [notation.letter(char)]) if char else Part("head", [notation.head(token[1:])])

    def _word(self, command: str, inside: str) -> None:
        """Upright letters, a text, or a letter with an accent."""
        notation, kind = self._notation, command[1:-1]
        text = _characters(inside + ACCENTS.get(kind, ""))
        write = {"operatorname": notation.head, "text": notation.text, "mathrm": notation.word}.get(
            kind, notation.letter
        )
        self._deliver(Part("head" if kind == "operatorname" else "operand", [write(text)]))

    def _end_group(self, right: str) -> None:
        """The end of braces or brackets, with what they hold as one part."""
        frame = self._stack.pop()
        row = self._notation.row(frame.parts)
        if frame.opened == "{":
            self._deliver(Part("operand", row))
        else:
            self._deliver(Part("fence", self._notation.fence(_LEFT[frame.opened], row, _RIGHT[right])))

    def _end_cell(self, *, is_last: bool) -> None:
        """The end of a cell, which may be the last of its row."""
        frame = self._stack[-1]
        frame.rows[-1].append(self._notation.row(frame.parts))
        frame.parts = []
        if is_last:
            frame.rows.append([])

    def _end_environment(self) -> None:
        """The end of rows, each of cells."""
        self._end_cell(is_last=False)
        frame = self._stack.pop()
        others = {"cases": self._notation.cases, "pmatrix": self._notation.matrix}
        make = others.get(frame.opened, self._notation.equations)
        self._deliver(Part("operand", make(frame.rows)))

    def _deliver(self, part: Part) -> None:
        """Put a part where it goes: into a script, into a fraction or root, or beside the others."""
        frame = self._stack[-1]
        if frame.script:
            base = frame.parts.pop() if frame.parts else Part("operand", [])
            frame.parts.append(Part(base.kind, filled(frame.script, base.rope, part.rope)))
            frame.script = ()
        elif frame.template:
            frame.given.append(part.rope)
            if len(frame.given) == len(frame.template) - 1:
                frame.parts.append(Part("operand", filled(frame.template, *frame.given)))
                frame.template, frame.given = (), []
        else:
            frame.parts.append(part)


_SCRIPTS = {"^": "above", "_": "below"}
_FORMS = {r"\frac": "fraction", r"\sqrt": "root", r"\sqrt[3]": "cube_root"}


def filled(template: Template, *parts: Rope) -> Rope:
    """A template with its parts."""
    first, *behind = template
    rope: Rope = [first]
    for part, text in zip(parts, behind, strict=True):
        rope += [part, text]
    return rope


def _end_of_group(latex: str, position: int) -> int:
    """Where the group ends that is open there."""
    depth = 1
    while depth:
        if latex[position] == "\\":
            position += 1
        else:
            depth += {"{": 1, "}": -1}.get(latex[position], 0)
        position += 1
    return position


def _characters(inside: str) -> str:
    """What is in a word, without commands."""
    before = ""
    while before != inside:  # from the inside out
        before, inside = inside, _WORD.sub(_unescaped, inside)
    return normalize("NFC", _CODE.sub(lambda code: chr(int(code[1], 16)), inside))


def _unescaped(found: re.Match[str]) -> str:
    """A command inside a word as the character that it is."""
    command, inside, letter, escaped = found.groups()
    if command:
        return f"{inside}{ACCENTS[command]}" if command in ACCENTS else inside
    return character(letter) if letter else str(escaped)


def _leaves(rope: Rope) -> Iterator[str]:
    stack: Rope = [rope]
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            yield part
        else:
            stack += reversed(part)
