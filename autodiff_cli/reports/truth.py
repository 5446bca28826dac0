"""Whether a line of a working is true, given what the lines before it say; and if not, what it follows from."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.language.signs import PRIMES
from autodiff_cli.reports.check import Answer, CheckedDerivative, Comparison, check_equal, check_lines
from autodiff_cli.reports.derivation import differentiated
from autodiff_cli.reports.quantities import Quantities, Quantity
from autodiff_cli.reports.sampling import Span

_NAME = r"[^\W\d_]\w*"
_RATIO = r"\\[dt]?frac\s*\{[^{}]*\}\s*\{[^{}]*\}|(?<![^\W\d_])[d∂][^/=+]*/\s*\(?\s*[d∂]\s*\w+"
_LONE = r"(?<![^\W\d_\\])d[a-z](?![^\W\d_]|\w)"  # the dx of dy = 2x dx
_ROUNDED = re.compile(r"-?\d*\.\d+")


class LineVerdict(StrEnum):
    """What is said of a line."""

    GIVEN = "given"  # nothing before it says what it should be
    RIGHT = "right"
    WRONG = "wrong"
    FOLLOWS = "follows"  # from a wrong line
    UNDECIDED = "undecided"
    UNREAD = "not read"


_VERDICTS = {Answer.RIGHT: LineVerdict.RIGHT, Answer.WRONG: LineVerdict.WRONG, Answer.UNDECIDED: LineVerdict.UNDECIDED}


class Claimed(NamedTuple):
    """What a line is about: a derivative of a quantity, by its own variable or another."""

    quantity: Quantity
    order: int
    by: str

    @property
    def times(self) -> int:
        """How often what is given of the quantity is differentiated."""
        return self.order - self.quantity.base

    @property
    def hidden(self) -> list[str]:
        """What stays a variable, although it stands for a function: the u of dy/du."""
        return [self.by] if self.by != self.quantity.by else []


class Judged(NamedTuple):
    """What was found out of a side of an equation; `root` is the line of the slip where it is wrong.

    `solves` is the name that it is a solution for, y of y = sqrt(25 - x^2).
    """

    verdict: LineVerdict
    finding: CheckedDerivative | None = None
    root: int | None = None
    why: str = ""
    solves: str = ""


class UnreadError(Exception):
    """A line cannot be read, and why; `at` is where in `text`, which is a part of it."""

    def __init__(self, why: str, text: str = "", at: int = 0) -> None:
        super().__init__(why)
        self.text, self.at = text, at


class Truth:
    """What holds where a line is read. `line` is its number, and `notes` say how texts were read."""

    def __init__(self, spans: Mapping[str, Span], samples: int, seed: int, told: Sequence[str] = ()) -> None:
        self.known = Quantities()
        self.known.told = [*told]
        self.spans = dict(spans)
        self.place: dict[str, float] = {}  # that the line is at
        self.seed = seed
        self.line = 0
        self.notes: dict[str, None] = {}
        self._samples = samples

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, text: str, hidden: Sequence[str] = (), as_written: bool = False) -> Expression:
        """A side of an equation. Raises UnreadError."""
        if lone := re.search(_LONE, re.sub(_RATIO, lambda found: " " * len(found[0]), text)):
            raise UnreadError(f"{lone[0]} by itself is not read: write a derivative, dy/dx", text, lone.start())
        try:
            found = self.known.read(text, as_written, hidden)
        except AutodiffError as error:
            raise self._unread(text, error) from None
        self.meet(found)
        return found

    def _unread(self, text: str, error: AutodiffError) -> UnreadError:
        """Why a text cannot be read; of u' that nobody said what u is."""
        primed = re.search(rf"([^\W\d_])[{''.join(PRIMES)}]", text)
        is_implicit = primed is not None and self.known.equation is not None and primed[1] in self.known.variables
        if primed and primed[1] not in self.known.known and not is_implicit:
            why = f"no line before says what {primed[1]} is, so {primed[0]} is not known"
            return UnreadError(why, text, primed.start())
        if re.search(r"(?<![a-z])lim(?![a-z])", text):
            return UnreadError("limits are not read", text)
        return UnreadError(error.message, text, error.span[0] if error.span else 0)

    def meet(self, found: Expression) -> None:
        """Keep the variables of what was read, and how it was read."""
        self.known.variables |= dict.fromkeys(name for name in found.variables if name not in self.known.variables)
        self.notes.update(dict.fromkeys(filter(_is_of_text, found.notes)))

    def within(self, *expressions: Expression) -> dict[str, Span]:
        """The ranges of the variables of some expressions."""
        names = {name for expression in expressions for name in expression.variables}
        return {name: span for name, span in self.spans.items() if name in names}

    @contextmanager
    def limited(self, spans: Mapping[str, Span], place: Mapping[str, float] | None = None) -> Iterator[None]:
        """Have some variables in other ranges, or at a place, for the time being; whatever becomes of the line."""
        before = self.spans, self.place
        self.place = self.place | {**(place or {})}
        self.spans = self.spans | {**spans} | {name: (number, number) for name, number in self.place.items()}
        try:
            yield
        finally:
            self.spans, self.place = before

    # --- comparing ---------------------------------------------------------------------------------------------------

    def compare(self, a: Expression, b: Expression, domain: Expression | None = None) -> CheckedDerivative:
        """Whether two expressions are equal."""
        spans = self.within(a, b, domain or a)
        return _checked(lambda: check_equal(a, b, spans, self._samples, self.seed, domain=domain))

    def equal(self, left: str, right: str, as_written: bool = False) -> CheckedDerivative:
        """Whether two texts are equal."""
        return self.compare(self.read(left, (), as_written), self.read(right, (), as_written))

    def are_equal(self, left: str, right: str, as_written: bool = False) -> bool:
        """Whether they are for certain."""
        try:
            return self.equal(left, right, as_written).answer is Answer.RIGHT
        except UnreadError:
            return False

    def follows(self, left: str, right: str, root: int | None) -> bool:
        """Whether two texts are equal with what was written wrong before, if anything was."""
        return root is not None and self.are_equal(left, right, as_written=True)

    def root(self, text: str, target: Claimed | None = None) -> int | None:
        """The line of a slip that a text may follow from."""
        roots = []
        for name, one in self.known.known.items():
            if name in text:
                is_about = target is not None and target.quantity is one
                roots.append(one.slip(target.order if is_about and target else None))
        equations = filter(None, (self.known.equation, self.known.stated))
        roots += [equation.root for equation in equations]
        return min(filter(None, roots), default=None)

    # --- judging -----------------------------------------------------------------------------------------------------

    def of_target(self, target: Claimed, text: str, before: str = "") -> Judged:
        """Whether a text is the derivative that a line is about; or follows from what was written wrong before it."""
        quantity, hidden = target.quantity, target.hidden
        subject = self.read(quantity.given.text, hidden)
        self._check_dependence(target, subject, text)
        finding = self._held(subject, target, self.read(text, hidden))
        if finding.answer is not Answer.WRONG:
            return Judged(_VERDICTS[finding.answer], finding)
        if rounded := _as_rounded(text, finding):
            return rounded
        for written in () if hidden else filter(None, (quantity.called(target.order), before)):
            root = self.root(f"{quantity.name} {written} {text}", target)
            if self.follows(written, text, root):
                return Judged(LineVerdict.FOLLOWS, finding, root)
        return Judged(LineVerdict.WRONG, finding, self.line)

    def _check_dependence(self, target: Claimed, subject: Expression, text: str) -> None:
        """Raise UnreadError where variables depend on what is differentiated by, and no line says how."""
        by = re.escape(target.by)
        is_meant = re.search(rf"d\s*{_NAME}\s*(?:/|\}}\s*\{{)\s*d\s*{by}|[^\W\d_][{''.join(PRIMES)}]", text)
        if target.times and target.by not in subject.variables and is_meant:
            raise UnreadError(f"no line before says what depends on {target.by}, of {', '.join(subject.variables)}")

    def _held(self, subject: Expression, target: Claimed, claim: Expression) -> CheckedDerivative:
        """A claim on a derivative, or on what is given the derivative of."""
        if target.times >= 0:
            return self._differentiated(subject, target.by, claim, target.times)
        found = self._differentiated(claim, target.by, subject, -target.times)
        if not (spot := found.counterexample):
            return found
        where, _, _ = found.hint.partition(";")  # mistakes are those of the derivative, which nobody made here
        hint = f"differentiated, it is not what line {target.quantity.given.line} says"
        hint = where if where.startswith("right for") else hint
        return replace(found, counterexample=Comparison(spot.point, spot.true, spot.claimed), hint=hint)

    def _differentiated(self, subject: Expression, by: str, claim: Expression, times: int) -> CheckedDerivative:
        """A claim on a derivative, with a hint where it is wrong."""
        strangers = claim.variables.keys() - subject.variables.keys()
        if times and not strangers and by in subject.variables:
            return self._derivative(subject, by, claim, times)
        moves = by in subject.variables or not times
        derived = differentiated(subject, by, times) if moves else parse("0")
        return self.compare(derived, claim, subject)

    def _derivative(self, subject: Expression, by: str, claim: Expression, times: int) -> CheckedDerivative:
        spans = self.within(subject)

        def checked() -> CheckedDerivative:
            return check_lines(subject, {by: [claim]}, spans, self._samples, self.seed, order=times).findings[0]

        return _checked(checked)

    def of_sides(self, left: str, right: str) -> Judged:
        """Whether two formulas are equal everywhere; or follow from what was written wrong before."""
        finding = self.equal(left, right)
        if finding.answer is Answer.RIGHT:
            return Judged(LineVerdict.RIGHT, finding)
        if rounded := _as_rounded(right, finding):
            return rounded
        root = self.root(f"{left} {right}")
        if self.follows(left, right, root):
            return Judged(LineVerdict.FOLLOWS, finding, root)
        verdict = _VERDICTS[finding.answer]
        return Judged(verdict, finding, self.line if verdict is LineVerdict.WRONG else None)


def _checked(check: Callable[[], CheckedDerivative]) -> CheckedDerivative:
    try:
        return check()
    except AutodiffError as error:
        raise UnreadError(error.message) from None


def _is_of_text(note: str) -> bool:
    """Whether a note is on how the text is read, not on the names of the program that it was made to."""
    return not re.search("[\u030d\u0323]|derivative|diff |\\(\\.\\.\\.\\)", note)


def _as_rounded(text: str, finding: CheckedDerivative) -> Judged | None:
    """That a number is right, if it is the true one rounded to the digits it has."""
    spot = finding.counterexample
    if spot is None or spot.point or not is_rounded(text, spot.true):
        return None
    right = replace(finding, answer=Answer.RIGHT, counterexample=None, hint="")
    return Judged(LineVerdict.RIGHT, right, why=f"rounded: it is {spot.true:.8g}")


def is_rounded(text: str, true: float) -> bool:
    """Whether a decimal is a number rounded to the digits it has.

    >>> is_rounded("1.41", 2**0.5), is_rounded("1.42", 2**0.5), is_rounded("1", 1.0)
    (True, False, False)
    """
    plain = text.replace(" ", "").replace("\\,", "")
    if not _ROUNDED.fullmatch(plain):
        return False
    digits = len(plain.partition(".")[2])
    return abs(float(plain) - true) <= 0.5 * 10.0**-digits * (1 + 1e-9)
