"""Equations: a text with `=` between two sides, or several of them, as the expressions that are to be 0."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse

STEP = "equation_"  # how the equations but the last are called, with their number


class _Stretch(NamedTuple):
    """A piece of what is parsed, and where it stands in what was typed; -1 for what was put in."""

    text: str
    start: int


def read_equations(
    text: str, given: Collection[str] = (), told: Collection[str] = (), request: bool = False
) -> Expression:
    """The left side less the right of each equation; an expression without `=` is one that is to be 0.

    Equations stand on lines of their own, or between semicolons. The last is the result of the expression, those before
    it are its steps. Raises AutodiffError that points at the place in the text that cannot be read.

    >>> str(read_equations("x^2 = 2")), str(read_equations("x + y = 3; x y = 2").root.rule.function.name)
    ('x^2 - 2', 'sub')
    """
    parts = [*_rewritten(text)]
    try:
        return parse("".join([part.text for part in parts]), given, told, request)
    except AutodiffError as error:
        raise _placed(error, parts, text) from None


def roots_of(expression: Expression) -> list[str]:
    """The names of the steps that are equations, in order."""
    return [name for name in expression.steps if name.startswith(STEP)]


def sides(text: str) -> Iterator[tuple[int, int, int | None]]:
    """Of each equation where it starts and ends, and where its `=` is, or None.

    >>> [*sides("x = 1; y")]
    [(0, 5, 2), (6, 8, None)]
    """
    start = 0
    for end in [*_at_top(text, ";\n"), len(text)]:
        if text[start:end].strip():
            signs = [start + at for at in _at_top(text[start:end], "=")]
            if len(signs) > 1:
                span = (signs[1], signs[1] + 1)
                raise AutodiffError(
                    "an equation has one '='", source=text, span=span, hint="two equations: a = b; b = c"
                )
            yield start, end, signs[0] if signs else None
        start = end + 1


def _at_top(text: str, signs: str) -> list[int]:
    """Where signs stand outside of all brackets; `=` is none in `==`, `<=`, `>=`, `!=`."""
    depth, found = 0, []
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        is_compared = sign == "=" and (
            text[at + 1 : at + 2] == "=" or text[max(at - 1, 0) : at] in ("=", "<", ">", "!")
        )
        if depth <= 0 and sign in signs and not is_compared:
            found.append(at)
    return found


def _rewritten(text: str) -> Iterator[_Stretch]:
    """The text that is parsed: `a = b; c = d` as `equation_1 = (a) - (b); (c) - (d)`."""
    found = [*sides(text)]
    if not found:
        raise AutodiffError("no equation", hint="as in 'x^2 = 2'")
    for number, (start, end, sign) in enumerate(found, start=1):
        if number < len(found):
            yield _Stretch(f"{STEP}{number} = ", -1)
        if sign is None:
            yield _Stretch(text[start:end], start)
        else:
            yield from _difference(text, start, sign, end)
        if number < len(found):
            yield _Stretch("; ", -1)


def _difference(text: str, start: int, sign: int, end: int) -> Iterator[_Stretch]:
    """One side less the other; a side that is 0 is left out."""
    left, right = text[start:sign], text[sign + 1 : end]
    for side, at in ((left, start), (right, sign + 1)):
        if not side.strip():
            where = "before" if at == start else "behind"
            raise AutodiffError(f"nothing stands {where} '='", source=text, span=(sign, sign + 1))
    if right.strip() == "0":
        yield _Stretch(left, start)
        return
    yield from (
        _Stretch("(", -1),
        _Stretch(left, start),
        _Stretch(") - (", -1),
        _Stretch(right, sign + 1),
        _Stretch(")", -1),
    )


def _placed(error: AutodiffError, parts: list[_Stretch], text: str) -> AutodiffError:
    """An error that points into what was parsed, as one that points into what was typed."""
    if not error.span or error.source != "".join([part.text for part in parts]):
        return error
    begin, end = (_place(at, parts, len(text)) for at in error.span)
    return error.changed(source=text, span=(begin, max(end, begin)))


def _place(at: int, parts: list[_Stretch], last: int) -> int:
    """A place in what was parsed as one in what was typed: of what was put in, the end of what stands before."""
    before = 0
    for part in parts:
        if part.start >= 0:
            before = part.start + min(at, len(part.text))
        if at < len(part.text):
            return before
        at -= len(part.text)
    return min(before, last)
