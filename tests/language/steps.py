"""Counts what reading a text takes: the steps of its regular expressions, and the instructions that Python runs.

`re` does not tell its steps, so each pattern is run a second time by a backtracking matcher that counts them.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from re import _constants, _parser  # type: ignore[attr-defined]
from types import FrameType
from typing import Any

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language import latex, lexer, parser, patterns

Items = Sequence[tuple[Any, Any]]
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    _constants.CATEGORY_DIGIT: str.isdecimal,
    _constants.CATEGORY_SPACE: str.isspace,
    _constants.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    _constants.CATEGORY_NOT_DIGIT: lambda char: not char.isdecimal(),
    _constants.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    _constants.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}


class Matcher:
    """A pattern over one text. `steps` counts characters looked at and places gone back to."""

    def __init__(self, pattern: str, flags: int, text: str) -> None:
        self.items: Items = list(_parser.parse(pattern, flags))
        self.text = text
        self.steps = 0

    def end(self, at: int) -> int | None:
        """Where a match that begins there ends."""
        return next(self._run(self.items, at), None)

    def _run(self, items: Items, at: int) -> Iterator[int]:
        if not items:
            yield at
            return
        (operation, argument), *rest = items
        for end in _MATCHERS[operation](self, operation, argument, at):
            yield from self._run(rest, end)

    def _char(self, operation: Any, argument: Any, at: int) -> Iterator[int]:
        self.steps += 1
        if at < len(self.text) and _is_in(self.text[at], operation, argument):
            yield at + 1

    def _at(self, _operation: Any, where: Any, at: int) -> Iterator[int]:
        before, after = self.text[:at][-1:], self.text[at : at + 1]
        word = _CATEGORIES[_constants.CATEGORY_WORD]
        holds = {
            _constants.AT_BEGINNING_STRING: not before,
            _constants.AT_END_STRING: not after,
            _constants.AT_BOUNDARY: bool(before and word(before)) != bool(after and word(after)),
        }
        if holds[where]:
            yield at

    def _group(self, _operation: Any, argument: Any, at: int) -> Iterator[int]:
        yield from self._run(list(argument[-1]), at)

    def _branch(self, _operation: Any, argument: Any, at: int) -> Iterator[int]:
        for branch in argument[1]:
            yield from self._run(list(branch), at)

    def _repeat(self, _operation: Any, argument: Any, at: int, done: int = 0) -> Iterator[int]:
        least, most, inner = argument
        if done < most:
            for end in self._run(list(inner), at):
                yield from self._repeat(_operation, argument, end, done + 1)
        if done >= least:
            self.steps += 1
            yield at

    def _possessive(self, _operation: Any, argument: Any, at: int) -> Iterator[int]:
        least, most, inner = argument
        done, items = 0, list(inner)
        while done < most and (end := next(self._run(items, at), None)) is not None and end > at:
            at, done = end, done + 1
        if done >= least:
            yield at

    def _assert(self, operation: Any, argument: Any, at: int) -> Iterator[int]:
        found = next(self._run(list(argument[1]), at), None) is not None
        if found == (operation is _constants.ASSERT):
            yield at


_MATCHERS: dict[Any, Callable[..., Iterator[int]]] = {
    **dict.fromkeys((_constants.LITERAL, _constants.NOT_LITERAL, _constants.IN, _constants.ANY), Matcher._char),
    **dict.fromkeys((_constants.ASSERT, _constants.ASSERT_NOT), Matcher._assert),
    _constants.AT: Matcher._at,
    _constants.SUBPATTERN: Matcher._group,
    _constants.BRANCH: Matcher._branch,
    _constants.MAX_REPEAT: Matcher._repeat,
    _constants.POSSESSIVE_REPEAT: Matcher._possessive,
}


def _is_in(char: str, operation: Any, argument: Any) -> bool:
    if operation is _constants.ANY:
        return char != "\n"
    if operation is not _constants.IN:
        return (ord(char) == argument) == (operation is _constants.LITERAL)
    negated = argument[0][0] is _constants.NEGATE
    return negated != any(_is_one(char, *part) for part in argument[negated:])


def _is_one(char: str, kind: Any, argument: Any) -> bool:
    if kind is _constants.LITERAL:
        return ord(char) == argument
    if kind is _constants.RANGE:
        return argument[0] <= ord(char) <= argument[1]
    return _CATEGORIES[argument](char)


class Counted:
    """A compiled pattern that counts the steps of all its uses in `Counted.steps`."""

    steps = 0

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def _matcher(self, text: str) -> Matcher:
        return Matcher(self._pattern.pattern, self._pattern.flags & re.VERBOSE, text)

    def match(self, text: str, at: int = 0) -> re.Match[str] | None:
        matcher, found = self._matcher(text), self._pattern.match(text, at)
        assert matcher.end(at) == (found.end() if found else None), (self._pattern.pattern, text, at)
        Counted.steps += matcher.steps
        return found

    def fullmatch(self, text: str) -> re.Match[str] | None:
        self.match(text)
        return self._pattern.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        self._search(text)
        return self._pattern.finditer(text)

    def search(self, text: str) -> re.Match[str] | None:
        self._search(text)
        return self._pattern.search(text)

    def sub(self, by: Callable[[re.Match[str]], str], text: str) -> str:
        self._search(text)
        return self._pattern.sub(by, text)

    def _search(self, text: str) -> None:
        matcher, at = self._matcher(text), 0
        while at <= len(text):
            end = matcher.end(at)
            matcher.steps += 1
            at = at + 1 if end is None or end == at else end
        Counted.steps += matcher.steps


def _read(text: str) -> None:
    try:
        parser.parse(text, ["x"])
    except AutodiffError as error:
        assert error.message  # noqa: PT017 - that it can be refused is no part of this


def regex_steps(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The steps that the patterns of the language take over a text."""
    compiled, Counted.steps = patterns.compiled, 0
    with monkeypatch.context() as patched:
        for module in (latex, lexer, patterns):
            patched.setattr(module, "compiled", lambda pattern: Counted(compiled(pattern)))
        patched.setattr(patterns, "piece_at", Counted(patterns._PIECE).match)
        patched.setattr(patterns, "between_at", Counted(patterns._BETWEEN).match)
        _read(text)
    return Counted.steps


def instructions(text: str) -> int:
    """The instructions that Python runs to read a text."""
    _read(text)  # what is done once for all texts
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        _read(text)
    finally:
        sys.settrace(before)
    return count
