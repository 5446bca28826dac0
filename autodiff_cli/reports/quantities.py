"""What the lines of a working have said so far: which name is which function, and what was written of its derivatives.

A side of an equation is read as the result of a program that defines the names in it. There, y' is a name like any
other: y and a mark that combines with it, which no text has.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.language.scope import CALLABLE
from autodiff_cli.language.signs import PRIMES
from autodiff_cli.rules.table import CONSTANTS

_MARK = "\u030d"  # one for each order of a derivative
_EQUATION, _STATED = "F\u0323", "G\u0323"  # left less right side of the equation in force, and of a line on y'
_ORDERS = 4  # that a text may mention
_PRIMED = rf"[{''.join(PRIMES)}]+"
_PRIME_COMMAND = re.compile(r"\^\s*\{?\s*(?:\\prime\s*)+\}?")
_POWER = r"(?:\s*\^\s*\{?\d\}?|[²³])?"
_RAISED = str.maketrans("²³", "23")
_CALLED = re.compile(rf"(\)\s*{_PRIMED})\s*\(\s*[^\W\d_]\s*\)")  # (f g)'(x)
_DOT = re.compile(r"\\(d{1,2})ot\s*\{?\s*(\w)\s*\}?")
_NAME = re.compile(r"[^\W\d_]\w*")


class Stated(NamedTuple):
    """What a line says that a derivative is. `root` is the line of the slip that it comes from, if it is wrong."""

    text: str
    line: int
    root: int | None = None


@dataclass
class Quantity:
    """A name that stands for a function of its parameters: `f(x)`, or `y`, which is not written as a call.

    `base` is the order of the derivative that is given, mostly 0: the function itself. Derivatives are by `by`.
    """

    name: str
    parameters: str
    by: str
    is_called: bool
    given: Stated
    base: int = 0
    stated: dict[int, Stated] = field(default_factory=dict)

    def called(self, order: int, argument: str | None = None) -> str:
        """A derivative in the program, where every name is a function: y' is y̍(x)."""
        return f"{self.name}{_MARK * order}({argument or self.parameters})"

    @property
    def all_text(self) -> str:
        """All that was said of it."""
        return " ".join([self.given.text, *[stated.text for stated in self.stated.values()]])

    def slip(self, highest: int | None = None) -> int | None:
        """The line of the slip in what was stated last, of the derivatives up to an order, that is wrong."""
        orders = sorted(self.stated, reverse=True)
        known = [self.stated[order] for order in orders if highest is None or order <= highest]
        return next((stated.root for stated in known if stated.root), None)

    def definitions(self, as_written: bool) -> Iterator[str]:
        """The statements of the program that define it and its derivatives, as they are or as they were written."""
        for order in range(self.base, self.base + _ORDERS):
            known = self.given if order == self.base else None
            if as_written and order in self.stated:
                known = self.stated[order]
            text = known.text if known else f"diff({self.called(order - 1)}, {self.by})"
            yield f"{self.called(order)} = {text}"


class Equation(NamedTuple):
    """An equation that is taken as given."""

    left: str
    right: str
    line: int
    root: int | None = None


class Quantities:
    """All that is known where a line is read."""

    def __init__(self) -> None:
        self.known: dict[str, Quantity] = {}
        self.variables: dict[str, None] = {}  # that were met, in order
        self.told: list[str] = []  # that are names of variables, as the m of dE/dm
        self.equation: Equation | None = None
        self.stated: Equation | None = None  # the last line that says what the derivative of an implicit name is
        self.point: dict[str, float] = {}  # of the curve that the equation is, which was chosen last

    def add(self, quantity: Quantity) -> None:
        """A name from here on stands for a function; what was a function of that name is one of its variable now."""
        for other in self.known.values():
            if other.by == quantity.name and not other.is_called:
                other.by = other.parameters = quantity.by
        self.known[quantity.name] = quantity

    def read(self, text: str, as_written: bool = False, without: Iterable[str] = ()) -> Expression:
        """A side of an equation as an expression of variables alone.

        With `as_written`, every name stands for what was written of it last, right or wrong. Names in `without`
        stay variables. Raises AutodiffError that points at a place in `text`.
        """
        hidden = {*without}
        used = [one for one in self._used(text) if one.name not in hidden]
        rewritten, offsets = _rewritten(text, used, self._dependent(text), self.variables)
        before = [
            *self._implicit(rewritten, as_written),
            *[line for one in used for line in one.definitions(as_written)],
        ]
        before = [_rewritten(line, used, self._dependent(text), self.variables)[0] for line in before]
        program = "".join(f"{line}; " for line in self._needed(before, rewritten))
        try:
            found = parse(program + rewritten, (), [*self.variables, *self.told])
        except AutodiffError as error:
            raise _placed(error, text, len(program), offsets) from None
        return found

    def _used(self, text: str) -> list[Quantity]:
        """The names in a text that stand for functions, and those that these are made of, which come first."""
        equation = self.equation if self._dependent(text) else None
        stack = [*self._named(text), *(self._named(f"{equation.left} {equation.right}") if equation else [])]
        found: dict[str, Quantity] = {}
        opened: set[str] = set()
        while stack:
            one = stack[-1]
            if one.name in opened:
                found.setdefault(one.name, stack.pop())
                continue
            opened.add(one.name)
            stack += [other for other in self._named(one.all_text) if other.name not in opened]
        return [*found.values()]

    def _named(self, text: str) -> list[Quantity]:
        """The names in a text, or in parts of its words, that stand for functions."""
        return [one for name, one in self.known.items() if name in text]

    def has_dependent(self, text: str) -> bool:
        """Whether a text mentions the derivative of a name that only the equation in force says something of."""
        return self._dependent(text) is not None

    # --- equations -------------------------------------------------------------------------------------------------

    def _dependent(self, text: str) -> tuple[str, str] | None:
        """The name whose derivative is mentioned although only the equation in force says what it is; and by what.

        Of x^2 + y^2 = 25 and the text 2x + 2y y' it is y, by x.
        """
        if not self.equation:
            return None
        plain = _PRIME_COMMAND.sub("'", text)
        names = [name for name in self.variables if name not in self.known]
        for name in names:
            ratio = re.search(rf"d{_POWER}\s*{name}\s*(?:/|\}}\s*\{{)\s*d\s*({_NAME.pattern})", plain)
            if ratio or re.search(rf"{name}(?:{_PRIMED}|{_MARK})", plain):
                others = [other for other in names if other != name]
                by = ratio[1] if ratio else "x" if "x" in others else others[0] if others else ""
                return (name, by) if by else None
        return None

    def _implicit(self, text: str, as_written: bool) -> list[str]:
        """The statements that say what y' is by the equation in force; or by the last line that has y' in it."""
        found = self._dependent(text)
        if not found or not self.equation:
            return []
        name, by = found
        lines = [f"{_EQUATION} = ({self.equation.left}) - ({self.equation.right})"]
        lines.append(f"{name}{_MARK} = -diff({_EQUATION}, {by})/diff({_EQUATION}, {name})")
        if as_written and self.stated:
            written = _rewritten(f"({self.stated.left}) - ({self.stated.right})", (), found)[0]
            lines = [f"{_STATED}({name}{_MARK}) = {written}"]
            lines.append(f"{name}{_MARK} = {_STATED}(0)/({_STATED}(0) - {_STATED}(1))")
        for order in range(2, _ORDERS):
            before = name + _MARK * (order - 1)
            lines.append(f"{name}{_MARK * order} = diff({before}, {by}) + diff({before}, {name})*{name}{_MARK}")
        return lines

    def _needed(self, lines: list[str], text: str) -> list[str]:
        """The statements that a text needs, without those of derivatives of higher orders than it mentions."""
        found: list[str] = []
        mentioned = text
        for line in reversed(lines):
            head, _, body = line.partition("=")
            if _mentions(head.partition("(")[0].strip(), mentioned):
                found.append(line)
                mentioned += f" {body}"
        return found[::-1]


def _mentions(name: str, text: str) -> bool:
    """Whether a name of the program is in a text, not only as the beginning of that of its derivative."""
    return text.replace(name + _MARK, "").count(name) > 0


def _rewritten(
    text: str, used: Iterable[Quantity], dependent: tuple[str, str] | None, variables: Iterable[str] = ()
) -> tuple[str, list[int]]:
    """The text with names in place of y', dy/dx and f'(x); and where each of its characters stood.

    Names are found in products with `variables` as well: the y of xy.
    """
    plain = _PRIME_COMMAND.sub(lambda found: ("'" * found[0].count("prime")).ljust(len(found[0])), text)
    plain = _CALLED.sub(lambda found: found[1].ljust(len(found[0])), plain)
    plain = _DOT.sub(lambda found: (found[2] + "'" * len(found[1])).ljust(len(found[0])), plain)
    functions = {one.name: one for one in used if one.name}
    by = {one.name: one.by for one in functions.values()} | dict([dependent] if dependent else [])
    if not by:
        return plain, [*range(len(plain) + 1)]
    names = "|".join(sorted(map(re.escape, by), key=len, reverse=True))
    pattern = re.compile(
        rf"\\[dt]?frac\s*\{{\s*d{_POWER}\s*(?P<above>{names})\s*\}}\s*\{{\s*d\s*(?P<below>\w){_POWER}\s*\}}"
        rf"|(?<!\w)d{_POWER}\s*(?P<over>{names})\s*/\s*d\s*(?P<under>[^\W\d_]){_POWER}(?!\w)"
        rf"|(?P<name>{names})(?!{_MARK})(?P<primes>{_PRIMED})?(?P<call>\s*\((?P<argument>[^()]*\))?)?"
    )
    pieces: list[str] = []
    offsets: list[int] = []
    at = 0

    def put(piece: str, start: int, is_copy: bool = False) -> None:
        pieces.append(piece)
        offsets.extend(range(start, start + len(piece)) if is_copy else [start] * len(piece))

    for found in pattern.finditer(plain):
        name = found["name"] or found["above"] or found["over"]
        new = _replaced(found, name, functions, by[name])
        if new is None or (found["name"] and _is_part_of_word(plain, found, {*by, *variables})):
            continue
        put(plain[at : found.start()], at, is_copy=True)
        if found["name"] and plain[at : found.start()][-1:].isalpha():
            put(" ", found.start())
        put(new, found.start(), is_copy=len(new) == len(found[0]))
        at = found.end()
    put(plain[at:], at, is_copy=True)
    return "".join(pieces), [*offsets, len(text)]


def _is_part_of_word(text: str, found: re.Match[str], names: Collection[str]) -> bool:
    """Whether letters are some of those of a longer word, as the f of `floor` or the u of `sum`; not in a product."""
    if found["primes"]:
        return False
    before = re.search(r"[^\W\d_]*\Z", text[: found.start()])
    behind = re.match(r"[^\W_]*", text[found.end("name") :])
    word = (before[0] if before else "") + found["name"] + (behind[0] if behind else "")
    is_product = set(word) <= {*names} and word not in CALLABLE and word not in CONSTANTS
    return word != found["name"] and not is_product


def _replaced(found: re.Match[str], name: str, functions: Mapping[str, Quantity], by: str) -> str | None:
    """The name of the program for a mention; None where it stays as it is."""
    one = functions.get(name)
    if not found["name"]:
        return _quotient_replaced(found, name, functions, by)
    order = sum(PRIMES[mark] for mark in found["primes"] or "")
    marked, call = name + _MARK * order, found["call"] or ""
    if not one:
        return marked + call
    argument = (found["argument"] or "").strip(" )")
    is_number = re.fullmatch(r"-?\s*(?:\d+\.?\d*|\d*\s*(?:\\?pi|π|e))(?:\s*/\s*\d+)?", argument) is not None
    is_call = call and (one.is_called or is_number or argument == one.parameters)
    return marked + call if is_call else one.called(order) + call


def _quotient_replaced(found: re.Match[str], name: str, functions: Mapping[str, Quantity], by: str) -> str | None:
    """The name for dy/dx; of dy/dx where both are functions of t it is y'/x'."""
    one, order, below = functions.get(name), _order(found[0]), found["below"] or found["under"]
    if below == by:
        return f" {one.called(order) if one else name + _MARK * order} "
    other = functions.get(below)
    if one is None or other is None or order > 1:
        return None
    return f" ({one.called(1)}/{other.called(1)}) "


def _order(text: str) -> int:
    """The order of d^2y/dx^2."""
    found = re.search(r"d\s*(?:\^\{?(\d)|([²³]))", text)
    return int((found[1] or found[2]).translate(_RAISED)) if found else 1


def _placed(error: AutodiffError, text: str, start: int, offsets: list[int]) -> AutodiffError:
    """The error of a program as one of the text that is its result."""
    span = error.span
    if not span or span[0] < start:
        return error.changed(source=text, span=None)
    place = [offsets[min(max(at - start, 0), len(offsets) - 1)] for at in span]
    return error.changed(source=text, span=(place[0], max(place)))
