"""Numbers that are not known exactly, as they are typed: `0.75±0.001`, `1.738(5)`, `0.75±(0.002, 0.001)`, `[1, 2]`."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.measured import Enclosed, Measured

_DIGITS = r"(?:\d+\.?\d*|\.\d+)"
_NUMBER = rf"{_DIGITS}(?:[eE][-+]?\d+)?"
_PLAIN = rf"[-+]?{_NUMBER}"
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_EXPONENT = r"(?:(?:\^|\*\*)\s*[({]?(?P<ten>[-+]?\d+)[)}]?|(?P<raised>[⁺⁻]?[⁰¹²³⁴-⁹]+))"
_POWER = rf"(?:[eE](?P<e>[-+]?\d+)|\s*(?:[x×*·]|\\times|\\cdot)\s*10\s*{_EXPONENT})?"
_ONE_LAST = rf"\s*(?:±|\+-|\+/-|\\pm)?(?P<last>\s*[-+]?{_DIGITS}\s*)"
_LAST = rf"{_ONE_LAST}|\s*(?P<first>[-+]{_DIGITS})\s*[,/]?\s*(?P<second>[-+]{_DIGITS})\s*"
_SCALE = rf"(?:(?P<percent>\s*%)|{_POWER})"
_GROUPED = r"\d{1,3}\.(?:\d{3} )+\d{1,4}"  # 8.854 187 8188
_SHORT = re.compile(rf"\s*(?P<value>[-+]?(?:{_GROUPED}|{_DIGITS}))\s*\((?:{_LAST})\){_SCALE}\s*")  # 6.67430(15)e-11
_SHORT_BEGUN = re.compile(rf"\s*[-+]?(?:\d*\.\d+)\s*\((?:{_LAST})\)")
_POWER_FIRST = re.compile(rf"\s*(?P<value>[-+]?{_DIGITS})(?P<power>[eE][-+]?\d+)(?P<last>\([-+]?{_DIGITS}\))\s*")
_SCALED = re.compile(rf"\s*\((?P<inner>.*)\){_SCALE}\s*")  # (1.2 ± 0.3)e-4
_SIGN = re.compile(r"±|\+/-|\\pm(?![a-zA-Z])")
_PLUS_MINUS = re.compile(rf"\s*{_PLAIN}\s*(?P<sign>\+-)\s*(?:{_PLAIN}\s*%?|\([^()]*,[^()]*\))\s*")
_SIDE = rf"[-+]\s*{_NUMBER}\s*%?"
_BOTH = re.compile(rf"\(?\s*(?P<first>{_SIDE})\s*[,/]?\s*(?P<second>{_SIDE})\s*\)?")
_BESIDE = tuple(
    [
        re.compile(rf"\s*(?P<value>{_PLAIN})\s*{sides}{_POWER}\s*")
        for sides in (
            rf"(?P<first>{_SIDE})\s*/\s*(?P<second>{_SIDE})",  # 0.75 +0.002/-0.001
            rf"(?<=\s)(?P<first>[-+]{_NUMBER})\s+(?P<second>[-+]{_NUMBER})",  # 0.75 +0.002 -0.001
            rf"\^\s*\{{\s*(?P<first>{_SIDE})\s*\}}\s*_\s*\{{\s*(?P<second>{_SIDE})\s*\}}",
            rf"_\s*\{{\s*(?P<first>{_SIDE})\s*\}}\s*\^\s*\{{\s*(?P<second>{_SIDE})\s*\}}",
        )
    ]
)
_INTERVAL = re.compile(r"\s*\[(?P<inner>.*)\]\s*")
_ALIKE = str.maketrans("−\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE}", "-   ")  # of equal length
_AS_IN = "as in 0.75±0.001, or 0.75±(0.002, 0.001)"

ReadNumber = Callable[[str, str], float]  # of a name and a text


def uncertain(name: str, text: str, read: ReadNumber) -> Measured | Enclosed | None:
    """What is known of a variable that is not known exactly; None where the text is an expression. `read` reads parts.

    Raises AutodiffError, at its place, for what is wrong with an uncertainty or an interval.

    >>> uncertain("g", "6.67430(15)e-11", lambda name, text: float(text))
    Measured(value=6.6743e-11, above=1.5e-15, below=1.5e-15)
    >>> uncertain("x", "2+-x", lambda name, text: float(text))
    """
    text = text.translate(_ALIKE)
    typed = _Typed(name, text, read)
    if found := _INTERVAL.fullmatch(text):
        return typed.interval(*found.span("inner"))
    if found := _SHORT.fullmatch(text):
        return typed.shorthand(found)
    for pattern in _BESIDE:
        if (found := pattern.fullmatch(text)) and found["first"][0] != found["second"][0]:
            return typed.beside(found)
    inner, power = (0, len(text)), 0
    found = _SCALED.fullmatch(text)
    if found and _is_balanced(found["inner"]):
        inner, power = found.span("inner"), _power(found)
    if sign := _sign(text, *inner):
        typed.check_outside(inner[0], sign)
        return typed.measured(inner, sign, power)
    if found := _POWER_FIRST.fullmatch(text):
        raise typed.misplaced_power(found)
    if found := _SHORT_BEGUN.match(text):
        raise typed.not_read(found.end())
    return None


def _is_balanced(text: str) -> bool:
    """Whether no parenthesis is closed that is not opened in the text."""
    depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return True


def _power(found: re.Match[str]) -> int:
    """The power of ten behind a value; a percent sign is one too."""
    if "percent" in found.re.groupindex and found["percent"]:
        return -2
    raised = (found["raised"] or "").translate(_SUPERSCRIPTS)
    return int(found["e"] or found["ten"] or raised or 0)


def _sign(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the sign of an uncertainty is; +- is one between numbers alone, since it is arithmetic elsewhere."""
    if found := _SIGN.search(text, start, end):
        return found.span()
    found = _PLUS_MINUS.fullmatch(text, start, end)
    return found.span("sign") if found else None


class _Piece(NamedTuple):
    """A part of a value as it is typed, without blanks around it, and where it starts."""

    text: str
    start: int


class _Typed:
    """A value as it is typed, and how its parts are read."""

    def __init__(self, name: str, text: str, read: ReadNumber) -> None:
        self._name, self._text, self._read = name, text, read

    def _piece(self, start: int, end: int) -> _Piece:
        text = self._text[start:end]
        return _Piece(text.strip(), start + len(text) - len(text.lstrip()))

    def _pieces(self, start: int, end: int) -> list[_Piece]:
        """The pieces between commas."""
        found = []
        for part in self._text[start:end].split(","):
            found.append(self._piece(start, start + len(part)))
            start += len(part) + 1
        return found

    def _wrong(self, piece: _Piece, message: str, hint: str) -> AutodiffError:
        """An error that points at a piece."""
        span = (piece.start, piece.start + max(len(piece.text), 1))
        return AutodiffError(message, source=self._text, span=span, hint=hint)

    def _number(self, piece: _Piece, power: int = 0) -> float:
        """The number of a piece times a power of ten, rounded once where it is typed in digits."""
        if not piece.text:
            raise self._wrong(piece, f"{self._name} = {self._text} lacks a number here", _AS_IN)
        try:
            if re.fullmatch(rf"[-+]?{_DIGITS}", piece.text) and power:
                return self._read(self._name, f"{piece.text}e{power}")
            return self._read(self._name, piece.text) * 10.0**power
        except AutodiffError as error:
            begin, end = error.span if error.source and error.span else (0, len(piece.text))
            raise error.changed(source=self._text, span=(piece.start + begin, piece.start + end)) from None

    def interval(self, start: int, end: int) -> Enclosed:
        """An interval by its two ends."""
        pieces, whole = self._pieces(start, end), self._piece(start, end)
        if len(pieces) != 2:
            hint = f"it has two ends: {self._name}='[0.74, 0.76]'"
            raise self._wrong(whole, f"{self._name} = {self._text} is no interval", hint)
        low, high = map(self._number, pieces)
        first, second = [piece.text for piece in pieces]
        if low > high:
            hint = f"the smaller end comes first: {self._name}='[{second}, {first}]'"
            raise self._wrong(whole, f"the interval {self._name} = {self._text} is empty", hint)
        return Enclosed(low, high, (first, second))

    def check_outside(self, start: int, sign: tuple[int, int]) -> None:
        """Raise AutodiffError for a sign within brackets, as in 3*(2.5±0.1): a value is no calculation with one."""
        depth = sum([(one in "([{") - (one in ")]}") for one in self._text[start : sign[0]]])
        if depth:
            hint = "value and uncertainty are one expression each: 3*2.5±3*0.1; or calculate in the formula"
            raise self._wrong(self._piece(*sign), f"the uncertainty of {self._name} is inside a calculation", hint)

    def not_read(self, end: int) -> AutodiffError:
        """That there is more behind 1.738(5) than a power of ten."""
        rest, begun = self._piece(end, len(self._text)), self._text[:end].strip()
        hint = f"a power of ten may follow, as in {begun}e-11"
        if re.match(rf"\({_DIGITS}\)", rest.text):
            hint = "two uncertainties that know nothing of each other add up as squares: 0.75±sqrt(0.03^2 + 0.04^2)"
        return self._wrong(rest, f"{self._name} = {begun} goes on with what is not read", hint)

    def misplaced_power(self, found: re.Match[str]) -> AutodiffError:
        """That the power of ten stands in front of the last digits: 1.5e-3(1)."""
        message = f"{self._name} = {self._text.strip()} has its power of ten in front of its last digits"
        hint = f"write {found['value']}{found['last']}{found['power']}"
        return self._wrong(self._piece(*found.span("power")), message, hint)

    def shorthand(self, found: re.Match[str]) -> Measured:
        """1.738(5), 1.738(+5-3): the uncertainty of the last digits; with a point the number itself, 12.3(1.2)."""
        typed, power = self._piece(*found.span("value")), _power(found)
        whole = _Piece(typed.text.replace(" ", ""), typed.start)
        value, decimals = self._number(whole, power), len(whole.text.partition(".")[2])
        if found["last"]:
            sigma = self._last_digits(self._piece(*found.span("last")), power, decimals)
            return Measured(value, sigma, sigma)
        if found["first"][0] == found["second"][0]:
            raise self._same_way(self._piece(found.start("first"), found.end("second")))
        spans = [(found.start(group) + 1, found.end(group)) for group in ("first", "second")]  # without the sign
        above, below = [self._last_digits(self._piece(*span), power, decimals) for span in spans]
        return Measured(value, below, above) if found["first"][0] == "-" else Measured(value, above, below)

    def _last_digits(self, side: _Piece, power: int, decimals: int) -> float:
        """What stands in parentheses: in units of the value's last digit, if it has no point itself."""
        return self._distance(side, self._number(side, power - (0 if "." in side.text else decimals)))

    def beside(self, found: re.Match[str]) -> Measured:
        """0.75 +0.002/-0.001, and as LaTeX has it above and below."""
        power = _power(found)
        value = self._number(self._piece(*found.span("value")), power)
        return self._signed_sides([self._piece(*found.span(group)) for group in ("first", "second")], value, power)

    def measured(self, inner: tuple[int, int], sign: tuple[int, int], power: int) -> Measured:
        """A value, the sign, and one or two sides."""
        value = self._number(self._piece(inner[0], sign[0]), power)
        sides = self._piece(sign[1], inner[1])
        if _SIGN.search(sides.text):
            raise self._wrong(sides, f"{self._name} has more than one uncertainty", _AS_IN)
        found = _BOTH.fullmatch(self._text, sides.start, sides.start + len(sides.text))
        if found and found["first"][0] != found["second"][0]:
            return self._signed_sides([self._piece(*found.span(group)) for group in ("first", "second")], value, power)
        if sides.text.startswith("(") and sides.text.endswith(")") and "," in sides.text:
            return self._two_sides(value, sides, power)
        sigma = self._side(sides, value, power)
        return Measured(value, sigma, sigma)

    def _two_sides(self, value: float, sides: _Piece, power: int) -> Measured:
        """The upper and the lower side in (0.002, 0.001); with signs, in any order."""
        pieces = self._pieces(sides.start + 1, sides.start + len(sides.text) - 1)
        if len(pieces) != 2:
            raise self._wrong(sides, f"the uncertainty of {self._name} has more than two sides", _AS_IN)
        signs = [piece.text[:1] for piece in pieces]
        if signs in (["-", "-"], ["+", "+"]):
            raise self._same_way(sides)
        return self._signed_sides(pieces, value, power)

    def _same_way(self, sides: _Piece) -> AutodiffError:
        return self._wrong(sides, f"both sides of {self._name} go the same way", "as in 0.75±(+0.002, -0.001)")

    def _signed_sides(self, pieces: list[_Piece], value: float, power: int) -> Measured:
        """Two sides by their signs; without signs the upper one is first."""
        unsigned = [self._piece(start + (text[:1] in "+-"), start + len(text)) for text, start in pieces]
        above, below = [self._side(piece, value, power) for piece in unsigned]
        is_lower_first = pieces[0].text[:1] == "-" or pieces[1].text[:1] == "+"
        return Measured(value, below, above) if is_lower_first else Measured(value, above, below)

    def _side(self, piece: _Piece, value: float, power: int) -> float:
        """One side of an uncertainty, as a number or in percent of the value."""
        if not piece.text.endswith("%"):
            return self._distance(piece, self._number(piece, power))
        percent = self._number(self._piece(piece.start, piece.start + len(piece.text) - 1))
        return self._distance(piece, percent / 100 * abs(value))

    def _distance(self, piece: _Piece, number: float) -> float:
        """An uncertainty. Raises AutodiffError where it is below 0."""
        if number < 0:
            hint = "an uncertainty is a distance: give it without -"
            raise self._wrong(piece, f"the uncertainty of {self._name} is negative", hint)
        return number


def measured_or_enclosed(
    values: Mapping[str, Measured | Enclosed],
) -> tuple[dict[str, Measured], dict[str, Enclosed]]:
    """The measured numbers and the intervals. Raises AutodiffError where there are both."""
    measured = {name: one for name, one in values.items() if isinstance(one, Measured)}
    enclosed = {name: one for name, one in values.items() if isinstance(one, Enclosed)}
    if measured and enclosed:
        one, other = next(iter(enclosed)), next(iter(measured))
        message = f"{one} lies in an interval for certain, and {other} has an uncertainty: the two do not add up"
        raise AutodiffError(message, hint="give all as intervals, or all with uncertainties")
    return measured, enclosed
