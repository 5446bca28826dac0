"""Somebody's working, line by line: is each line what the lines before it say, and where is the first slip?

Every line is held against the truth first: against the function that the text began with, and its derivatives. One
that is wrong, but what a wrong line before it gives, follows from that.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import NamedTuple

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.document import Document, Written, sides
from autodiff_cli.language.parser import parse
from autodiff_cli.language.scope import CALLABLE
from autodiff_cli.reports.check import Answer, CheckedDerivative, Comparison, check_equal, check_lines
from autodiff_cli.reports.derivation import differentiated, substituted
from autodiff_cli.reports.heads import Mention, mention_of
from autodiff_cli.reports.quantities import Equation, Quantities, Quantity, Stated
from autodiff_cli.reports.sampling import Span
from autodiff_cli.reports.solutions import holds_at, solutions
from autodiff_cli.reports.status import Status
from autodiff_cli.rules.table import CONSTANTS

_NAMELESS = "E\u0323"  # what stands on a line without a head
_FAR = 1e3  # where a variable ends that is only said to be positive
_DECIMAL = r"\s*-?\s*\d*\.?\d+\s*"
_BOUND = r"(?P<{}><=?|>=?|≤|≥|\\[lg](?:eq?|t)(?![a-z]))"
_INEQUALITY = re.compile(
    rf"(?:(?P<low>[^<>=≤≥\\]+){_BOUND.format('before')})?\s*(?P<name>[^\W\d_]\w*)\s*(?:{_BOUND.format('behind')}(?P<high>.+))?"
)


class LineVerdict(StrEnum):
    """What is said of a line."""

    GIVEN = "given"  # nothing before it says what it should be
    RIGHT = "right"
    WRONG = "wrong"
    FOLLOWS = "follows"  # from a wrong line
    UNDECIDED = "undecided"
    UNREAD = "not read"


@dataclass
class WorkedLine:
    """A line, and what is said of it.

    `line` and `column` are its place, `at` that of the side that is wrong or cannot be read; `why` is in words what
    no other field says: what it is, or why it is not read. `follows_from` is the line of a slip.
    """

    line: int
    column: int
    text: str
    verdict: LineVerdict
    why: str = ""
    hint: str = ""
    proof: str = ""
    domain: str = ""
    follows_from: int | None = None
    counterexample: Comparison | None = None
    at: tuple[int, int] | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class Working:
    """All lines that are formulas; the lines that are not, by number; and how the formulas were read."""

    lines: list[WorkedLine]
    prose: list[tuple[int, str]]
    notes: list[str]

    @property
    def first_slip(self) -> WorkedLine | None:
        """The first line that is wrong by itself."""
        return next((line for line in self.lines if line.verdict is LineVerdict.WRONG), None)

    @property
    def status(self) -> Status:
        """What it comes to."""
        verdicts = {line.verdict for line in self.lines}
        if verdicts & {LineVerdict.WRONG, LineVerdict.FOLLOWS}:
            return Status.MISMATCH
        is_open = not verdicts or verdicts & {LineVerdict.UNDECIDED, LineVerdict.UNREAD}
        return Status.UNDECIDED if is_open else Status.OK


def is_one_program(text: str) -> bool:
    """Whether a text is a single expression, or a program whose result is made of what it defines before.

    >>> is_one_program("a = 2\\na*x"), is_one_program("f(x) = x^2\\n2x"), is_one_program("y = x^2\\ny' = 2x")
    (True, False, False)
    """
    try:
        parse(text)
    except AutodiffError:
        return False
    *before, last = [line for line in re.split(r"[;\n]", text) if line.strip()]
    names = re.findall(r"^\s*([^\W\d_]\w*)\s*(?:\([^()]*\))?\s*=", "\n".join(before), re.MULTILINE)
    return not before or any(re.search(rf"(?<!\w){name}(?!\w)", last.partition("=")[2] or last) for name in names)


def check_working(
    document: Document,
    spans: Mapping[str, Span] | None = None,
    samples: int = 200,
    seed: int = 0,
    tick: Callable[[int, int], None] = lambda done, of: None,
) -> Working:
    """What is found out of each line of a working."""
    notes: dict[str, None] = {}
    lines: list[WorkedLine] = []
    reader = _Reader(spans or {}, samples, seed, notes)
    parts = [*document.parts]
    for done, written in enumerate(document.formulas):
        while parts and parts[0] < written.line:
            del parts[0]
            reader = _Reader(spans or {}, samples, seed, notes)
        lines.append(reader.line(written))
        tick(done + 1, len(document.formulas))
    return Working(lines, document.prose, [*notes])


class _Target(NamedTuple):
    """What a line is about: a derivative of a quantity, by its own variable or another."""

    quantity: Quantity
    order: int
    by: str

    @property
    def times(self) -> int:
        """How often the function is differentiated that is given."""
        return self.order - self.quantity.base


@dataclass
class _Last:
    """The last side of the line before."""

    text: str
    target: _Target | None
    root: int | None
    line: int


class _Found(NamedTuple):
    """What was found out of two sides; `root` is the line of the slip where they differ."""

    verdict: LineVerdict
    finding: CheckedDerivative | None = None
    root: int | None = None
    why: str = ""


class _Unread(Exception):
    """A line that cannot be read, and why."""

    def __init__(self, why: str, at: int = 0) -> None:
        super().__init__(why)
        self.at = at


_VERDICTS = {Answer.RIGHT: LineVerdict.RIGHT, Answer.WRONG: LineVerdict.WRONG, Answer.UNDECIDED: LineVerdict.UNDECIDED}
_WORST = [LineVerdict.GIVEN, LineVerdict.RIGHT, LineVerdict.UNDECIDED, LineVerdict.FOLLOWS, LineVerdict.WRONG]


class _Reader:
    """Reads the lines of one part of a text, each with what those before it say."""

    def __init__(self, spans: Mapping[str, Span], samples: int, seed: int, notes: dict[str, None]) -> None:
        self.known = Quantities()
        self.spans = dict(spans)
        self._samples, self._seed, self._notes = samples, seed, notes
        self._last: _Last | None = None
        self._current: _Target | None = None  # the derivative that was spoken of last
        self._line = 0

    def line(self, written: Written) -> WorkedLine:
        """What is said of a line."""
        self._line = written.line
        worked = WorkedLine(written.line, written.column, written.shown, LineVerdict.GIVEN)
        try:
            at, found = self._formula(written)
        except _Unread as error:
            worked.verdict, worked.why = LineVerdict.UNREAD, str(error)
            worked.at = worked.line, worked.column + error.at
            return worked
        worked.verdict, worked.why = found.verdict, found.why
        if found.verdict is LineVerdict.FOLLOWS:
            worked.follows_from = found.root
        elif found.finding:
            finding = found.finding
            worked.hint, worked.proof, worked.domain = finding.hint, finding.proof, finding.domain
            worked.counterexample, worked.notes = finding.counterexample, finding.notes
        if found.verdict is not LineVerdict.GIVEN:
            before = written.text[:at]
            newline = before.rfind("\n")
            worked.at = worked.line + before.count("\n"), worked.column + at if newline < 0 else at - newline
        return worked

    def _formula(self, written: Written) -> tuple[int, _Found]:
        """The place of the side that decides, and what was found out."""
        text = written.text
        spans = sides(text)
        texts = [text[start:end] for start, end in spans]
        if len(texts) == 1:
            return spans[0][0], self._alone(texts[0])
        if not all(texts[1:]):
            raise _Unread("there is nothing behind the =", len(text))
        if not texts[0]:
            return self._chain(spans, texts, self._continued())
        target = self._target(texts[0], texts[1])
        if target and self._is_another(target, texts[1]):
            target = self._redefine(target.quantity, texts[1])
        if isinstance(target, _Found):
            return spans[1][0], self._rest(spans, texts, target)
        return self._chain(spans, texts, target)

    # --- what a line is about ------------------------------------------------------------------------------------------

    def _continued(self) -> _Target | None:
        if self._last is None:
            raise _Unread("it begins with =, and there is no line before it")
        return self._last.target

    def _target(self, text: str, right: str) -> "_Target | _Found | None":
        """The derivative that a head is about; None where the left side is a formula; what a definition comes to."""
        mention = mention_of(text)
        if mention is None or mention.name in CALLABLE or mention.name in CONSTANTS:
            return self._derivative_of_formula(text)
        quantity = self.known.known.get(mention.name)
        if quantity:
            return self._of_quantity(mention, quantity)
        if mention.order == 0:
            return self._define(mention, right) if self._may_be_defined(mention, right) else None
        if mention.name in self.known.variables and self.known.equation:
            return None
        if self._current and (not mention.name or self._current.quantity.name == _NAMELESS):
            quantity = self._current.quantity
            return _Target(quantity, quantity.base + mention.order, mention.by or quantity.by)
        if not mention.name:
            return self._derivative_of_formula(text)
        return self._define(mention, right)

    def _of_quantity(self, mention: Mention, quantity: Quantity) -> "_Target | None":
        """A derivative of what is known; None where it is one at a number, or of a function of a function."""
        own = quantity.parameters.replace(" ", "")
        is_elsewhere = mention.argument is not None and mention.argument.replace(" ", "") != own
        if is_elsewhere:
            return None
        return _Target(quantity, mention.order, mention.by or quantity.by)

    def _is_another(self, target: "_Target | _Found", right: str) -> bool:
        """Whether a function of the same name begins: it has been differentiated, and this is not what it was."""
        if isinstance(target, _Found) or target.times or max(target.quantity.stated, default=0) <= target.order:
            return False
        return not (self._is_equation(target, right) or self._are_equal(target.quantity.given.text, right))

    def _redefine(self, quantity: Quantity, right: str) -> _Found:
        self._name(quantity.name, quantity.parameters if quantity.is_called else "", "", quantity.base, right)
        return _Found(LineVerdict.GIVEN, why=f"another {quantity.name}")

    def _may_be_defined(self, mention: Mention, right: str) -> bool:
        """Whether a name is new here, and no variable: y of y = x^2, not x of x = 2, nor xy of xy = 1."""
        name = mention.name
        if mention.argument is not None:
            return re.fullmatch(r"\s*[^\W\d_]\w*(?:\s*,\s*[^\W\d_]\w*)*\s*", mention.argument) is not None
        equation = self.known.equation
        in_equation = equation is not None and name in self.known.variables
        letters = {*self.known.variables, *"xyzt"}
        is_product = len(name) > 1 and set(name) <= letters
        is_in_itself = re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", right) is not None
        is_point = name in self.known.variables and not re.search(r"[^\W\d_]", right)
        return not (in_equation or is_product or is_in_itself or is_point)

    def _derivative_of_formula(self, text: str) -> _Target | None:
        """d/dx(x^2), which is all there is on a side, as a derivative of a function without a name."""
        if not re.search(r"d|∂|[’'′]", text):
            return None
        try:
            found = parse(text, (), [*self.known.variables], request=True)
        except AutodiffError:
            return None
        if not found.asked or len({*found.asked}) > 1:
            return None
        inner = re.sub(
            r"\A\s*(?:\\[dt]?frac\s*\{[^{}]*\}\s*\{[^{}]*\}|[d∂][^/]*/\s*\(?\s*[d∂]\s*\w+(?:\^\{?\d\}?|[²³])?\)?)",
            "",
            text,
        )
        quantity = Quantity(_NAMELESS, found.asked[0], found.asked[0], True, Stated(inner, self._line))
        self._meet(found)
        return _Target(quantity, len(found.asked), found.asked[0])

    def _define(self, mention: Mention, right: str) -> _Found:
        """A name that is new stands for what is to its right."""
        parameters = mention.argument or ""
        for name in re.findall(r"[^\W\d_]\w*", parameters):
            self.known.variables.setdefault(name)
        if "x" in right and not parameters:
            self.known.variables.setdefault(mention.by or "x")
        self._name(mention.name, parameters, mention.by, mention.order, right)
        return _Found(LineVerdict.GIVEN)

    def _name(self, name: str, parameters: str, by: str, order: int, text: str) -> None:
        found = self._read(text)
        by = by or parameters.partition(",")[0].strip() or _variable_of(found)
        quantity = Quantity(name, parameters or by, by, bool(parameters), Stated(text, self._line), order)
        self.known.add(quantity)
        self._current = _Target(quantity, order, by)
        self._last = _Last(text, self._current, None, self._line)

    # --- lines -------------------------------------------------------------------------------------------------------

    def _alone(self, text: str) -> _Found:
        """A line without an equals sign."""
        if re.search(r"[<>≤≥]|\\[lg](?:eq?|t)\b", text):
            return self._condition(text)
        current = self._current
        if current is None:
            if "x" in text:
                self.known.variables.setdefault("x")
            self._name(_NAMELESS, "", "", 0, text)
            return _Found(LineVerdict.GIVEN)
        same = self._hold_target(current, text)
        further = _Target(current.quantity, current.order + 1, current.by)
        derived = self._hold_target(further, text)
        target, found = (further, derived) if _is_better(derived, same, current) else (current, same)
        why = found.why
        if found.verdict is LineVerdict.RIGHT:
            line = self._last.line if self._last else 0
            why = f"the derivative of line {line}" if target is further else f"equal to line {line}"
        self._state(target, text, found.root)
        return found._replace(why=why)

    def _condition(self, text: str) -> _Found:
        """x > 0, which says where the lines behind it are to hold."""
        found = _INEQUALITY.fullmatch(text.strip())
        try:
            name, low, high = _interval(found) if found else ("", 0.0, 0.0)
        except AutodiffError as error:
            raise _Unread(f"an inequality, which is not judged: {error.message}") from None
        if not name:
            raise _Unread("an inequality that does not say between which numbers a variable is")
        before = self.spans.get(name, (-_FAR, _FAR))
        self.spans[name] = max(low, min(before)), min(high, max(before))
        return _Found(LineVerdict.GIVEN, why="taken as given")

    def _rest(self, spans: Sequence[tuple[int, int]], texts: Sequence[str], found: _Found) -> _Found:
        """What becomes of a definition with more behind it: f(x) = a = b."""
        if len(texts) > 2:
            return self._chain(spans[1:], texts[1:], self._current)[1]
        return found

    def _chain(
        self, spans: Sequence[tuple[int, int]], texts: Sequence[str], target: _Target | None
    ) -> tuple[int, _Found]:
        """Each side of a chain against what the line is about, and against the side before."""
        left = texts[0] or (self._last.text if self._last else "")
        root = self._last.root if self._last and not texts[0] else None
        worst, place = _Found(LineVerdict.GIVEN), spans[0][0]
        first = left
        for (start, _), text in zip(spans[1:], texts[1:], strict=True):
            found = self._hold_target(target, text, left) if target else self._hold_sides(left, text, first)
            if found.verdict is LineVerdict.WRONG and root is not None and self._are_equal(left, text):
                found = _Found(LineVerdict.FOLLOWS, found.finding, root)
            if _WORST.index(found.verdict) > _WORST.index(worst.verdict):
                worst, place = found, start
            root, left = found.root, text
        if target:
            self._state(target, left, root)
        else:
            self._last = _Last(left, None, root, self._line)
        return place, worst

    def _state(self, target: _Target, text: str, root: int | None) -> None:
        """What is now written of a derivative."""
        target.quantity.stated[target.order] = Stated(text, self._line, root)
        self._current = target
        self._last = _Last(text, target, root, self._line)

    # --- truth -------------------------------------------------------------------------------------------------------

    def _hold_target(self, target: _Target, text: str, before: str = "") -> _Found:
        """Whether a text is the derivative that a line is about; or follows from what was written wrong before."""
        quantity = target.quantity
        if self._is_equation(target, text):
            return self._given(quantity.called(target.order), text)
        hidden = [target.by] if target.by != quantity.by else []
        subject, claim = self._read(quantity.given.text, hidden), self._read(text, hidden)
        finding = self._held(subject, target, claim)
        verdict = _VERDICTS[finding.answer]
        if verdict is not LineVerdict.WRONG:
            return _Found(verdict, finding)
        if _rounds(text, finding):
            return _Found(LineVerdict.RIGHT, replace_answer(finding), why=_rounded_words(finding))
        left = quantity.called(target.order)
        if self.known.equation and not hidden and (solved := self._at_solutions(left, text)):
            return solved
        for written in () if hidden else (left, before):
            root = self._root(f"{quantity.name} {written} {text}", target) if written else None
            if root is not None and self._are_equal(written, text, as_written=True):
                return _Found(LineVerdict.FOLLOWS, finding, root)
        return _Found(LineVerdict.WRONG, finding, self._line)

    def _is_equation(self, target: _Target, text: str) -> bool:
        """Whether f'(x) = 0 is to be solved: it was said before what f' is."""
        is_said = target.times == 0 or target.order in target.quantity.stated
        is_number = re.fullmatch(r"\s*-?\s*\d+\s*", text) is not None
        return is_said and is_number and target.quantity.name != _NAMELESS and bool(self._variables_of(target))

    def _variables_of(self, target: _Target) -> Sequence[str]:
        """What a derivative depends on."""
        return [*differentiated_once(self._read(target.quantity.given.text), target.by, target.times).variables]

    def _held(self, subject: Expression, target: _Target, claim: Expression) -> CheckedDerivative:
        """A claim on a derivative; a hint where it is wrong."""
        strangers = [name for name in claim.variables if name not in subject.variables]
        by, times = target.by, target.times
        if times < 0:
            return self._checked(
                lambda: check_lines(claim, {by: [subject]}, self._within(claim), order=-times, **self._how).findings[0]
            )
        if times == 0 or strangers or by not in subject.variables:
            derived = differentiated_once(subject, by, times)
            return self._checked(
                lambda: check_equal(derived, claim, self._within(subject, claim), domain=subject, **self._how)
            )
        return self._checked(
            lambda: check_lines(subject, {by: [claim]}, self._within(subject), order=times, **self._how).findings[0]
        )

    @property
    def _how(self) -> dict[str, int]:
        return {"samples": self._samples, "seed": self._seed}

    def _checked(self, check: Callable[[], CheckedDerivative]) -> CheckedDerivative:
        try:
            return check()
        except AutodiffError as error:
            raise _Unread(error.message) from None

    def _within(self, *expressions: Expression) -> dict[str, Span]:
        names = {name for expression in expressions for name in expression.variables}
        return {name: span for name, span in self.spans.items() if name in names}

    def _hold_sides(self, left: str, right: str, first: str) -> _Found:
        """Whether two formulas are equal: everywhere, or where the equation in force holds."""
        finding = self._equal(left, right)
        verdict = _VERDICTS[finding.answer]
        if verdict is LineVerdict.RIGHT:
            self._mark_stated(left, right, None)
            return _Found(verdict, finding)
        if _rounds(right, finding):
            return _Found(LineVerdict.RIGHT, replace_answer(finding), why=_rounded_words(finding))
        if self.known.equation:
            found = self._by_equation(left, right, finding)
            self._mark_stated(left, right, found.root)
            return found
        root = self._root(f"{left} {right}")
        if root is not None and self._are_equal(left, right, as_written=True):
            return _Found(LineVerdict.FOLLOWS, finding, root)
        if verdict is LineVerdict.WRONG and self._may_be_given(left, right):
            return self._given(left, right)
        return _Found(verdict, finding, self._line if verdict is LineVerdict.WRONG else None)

    def _may_be_given(self, left: str, right: str) -> bool:
        """Whether an equation may be one to work with: the first line, one with a number alone, or in other variables."""
        sets = [{*self._read(side).variables} for side in (left, right)]
        is_first = self._last is None and self._current is None
        return is_first or (sets[0] != sets[1])

    def _given(self, left: str, right: str) -> _Found:
        self.known.equation = Equation(left, right, self._line, self._root(f"{left} {right}"))
        self.known.stated = None
        return _Found(LineVerdict.GIVEN, why="an equation, taken as given")

    # --- equations ---------------------------------------------------------------------------------------------------

    def _by_equation(self, left: str, right: str, finding: CheckedDerivative) -> _Found:
        """Whether two sides are equal where the equation in force holds."""
        equation = self.known.equation
        assert equation is not None
        if special := self._special(left, right):
            return special
        if solved := self._at_solutions(left, right):
            return solved
        root = self._root(f"{left} {right}")
        if root is not None and self._are_equal(left, right, as_written=True):
            return _Found(LineVerdict.FOLLOWS, finding, root)
        points = self._solutions(left, right)
        if not points:
            why = f"no point was found where line {equation.line} holds, to try it at"
            return _Found(LineVerdict.UNDECIDED, None, None, why)
        a, b = self._read(left), self._read(right)
        wrong_at = [point for point in points if not holds_at(a, b, point)] or points
        point = min(wrong_at, key=_plainness)
        true, claimed = self._values(left, right, point)
        spot = Comparison({name: float(f"{x:.9g}") for name, x in point.items()}, claimed, true)
        wrong = CheckedDerivative("", right, Answer.WRONG, len(points), {}, counterexample=spot)
        return _Found(LineVerdict.WRONG, wrong, self._line)

    def _special(self, left: str, right: str) -> _Found | None:
        """x = 2 where that is a solution, y = sqrt(25 - x^2) where that is a branch."""
        mention, equation = mention_of(left), self.known.equation
        assert equation is not None
        name = mention.name if mention and mention.order == 0 and mention.argument is None else ""
        if name not in self.known.variables or name in self._read(right).variables:
            return None
        value = self._read(right)
        sides = [substituted(self._read(f"{side} + 0*({name})"), name, value) for side in equation[:2]]
        finding = self._checked(lambda: check_equal(sides[0], sides[1], self._within(*sides), **self._how))
        if finding.answer is not Answer.RIGHT:
            return self._no_solution(name, right, finding)
        if value.variables and name not in {one.by for one in self.known.known.values()}:
            self._name(name, "", "", 0, right)
        return _Found(LineVerdict.RIGHT, finding, None, f"it solves line {equation.line}")

    def _no_solution(self, name: str, right: str, finding: CheckedDerivative) -> _Found | None:
        """x = 2, which is no solution; x = 1.41 is one of x^2 = 2, rounded. None for y = 25 - x, which may be one."""
        equation = self.known.equation
        assert equation is not None
        if self._read(right).variables:
            return None
        rounded = [point[name] for point in self._solutions(name, right) if _is_rounded(right, point.get(name, 0.0))]
        if rounded:
            return _Found(LineVerdict.RIGHT, why=f"rounded, it solves line {equation.line}: {rounded[0]:.8g}")
        root = self._root(f"{equation.left} {equation.right}")
        if root is not None and self._solves_written(name, right, equation):
            return _Found(LineVerdict.FOLLOWS, None, root)
        spot = finding.counterexample
        if spot:
            spot.point = {name: self._read(right).evaluate()} | spot.point
            spot.claimed, spot.true = spot.true, spot.claimed
        return _Found(LineVerdict.WRONG, finding, self._line, f"it does not solve line {equation.line}")

    def _solves_written(self, name: str, right: str, equation: Equation) -> bool:
        """Whether a number solves the equation in force, with what was written wrong before it."""
        value = self._read(right)
        sides = [substituted(self._read(f"{side} + 0*({name})", (), True), name, value) for side in equation[:2]]
        return self._checked(lambda: check_equal(sides[0], sides[1], {}, **self._how)).answer is Answer.RIGHT

    def _at_solutions(self, left: str, right: str) -> _Found | None:
        """Whether two sides are equal wherever the equation in force holds; None where they are not."""
        equation = self.known.equation
        assert equation is not None
        points = self._solutions(left, right)
        a, b = self._read(left), self._read(right)
        held = [holds_at(a, b, point) for point in points]
        if not any(held) or False in held:
            return None
        return _Found(LineVerdict.RIGHT, None, None, f"where line {equation.line} holds")

    def _values(self, left: str, right: str, point: dict[str, float]) -> tuple[float, float]:
        a, b = self._read(left), self._read(right)
        return tuple([side.evaluate(**{name: point.get(name, 1.0) for name in side.variables}) for side in (a, b)])  # type: ignore[return-value]

    def _solutions(self, left: str, right: str) -> list[dict[str, float]]:
        """Points where the equation in force holds, and both sides are defined."""
        equation = self.known.equation
        assert equation is not None
        difference = self._read(f"({equation.left}) - ({equation.right})")
        names = [*difference.variables]
        if not names:
            return []
        dependent = "y" if "y" in names else names[-1]
        points = solutions(difference, dependent, self._within(difference), self._seed)
        others = {name for side in (left, right) for name in self._read(side).variables} - {*names}
        full = [point | dict.fromkeys(others, 0.7) for point in points]
        return [point for point in full if all(map(isfinite, self._values(left, right, point)))]

    def _mark_stated(self, left: str, right: str, root: int | None) -> None:
        """Keep what a line says of y', where only an equation says what y is."""
        if self.known.has_dependent(f"{left} {right}"):
            self.known.stated = Equation(left, right, self._line, root)

    # --- reading -----------------------------------------------------------------------------------------------------

    def _read(self, text: str, hidden: Sequence[str] = (), as_written: bool = False) -> Expression:
        """A side of an equation."""
        try:
            found = self.known.read(text, as_written, hidden)
        except AutodiffError as error:
            raise _Unread(error.message, error.span[0] if error.span else 0) from None
        self._meet(found)
        return found

    def _meet(self, found: Expression) -> None:
        for name in found.variables:
            self.known.variables.setdefault(name)
        self._notes.update(dict.fromkeys(note for note in found.notes if _is_of_text(note)))

    def _equal(self, left: str, right: str, as_written: bool = False) -> CheckedDerivative:
        a, b = self._read(left, (), as_written), self._read(right, (), as_written)
        return self._checked(lambda: check_equal(a, b, self._within(a, b), **self._how))

    def _are_equal(self, left: str, right: str, as_written: bool = False) -> bool:
        try:
            return self._equal(left, right, as_written).answer is Answer.RIGHT
        except _Unread:
            return False

    def _root(self, text: str, target: _Target | None = None) -> int | None:
        """The line of a slip that a text may follow from."""
        roots = []
        for name, one in self.known.known.items():
            if name in text:
                highest = target.order if target and target.quantity is one else max(one.stated, default=0)
                wrong = [said.root for order, said in sorted(one.stated.items()) if said.root and order <= highest]
                roots += wrong[-1:]
        for said in (self.known.equation, self.known.stated):
            if said and said.root:
                roots.append(said.root)
        return min(roots, default=None)


def differentiated_once(subject: Expression, by: str, times: int) -> Expression:
    """The derivative as an expression, which is 0 where there is no such variable."""
    if times > 0 and by not in subject.variables:
        return parse("0")
    return differentiated(subject, by, times)


def _is_better(derived: _Found, same: _Found, current: _Target) -> bool:
    """Whether a line without a head is rather the derivative of the line before than equal to it."""
    order = [LineVerdict.RIGHT, LineVerdict.FOLLOWS, LineVerdict.GIVEN, LineVerdict.UNDECIDED, LineVerdict.WRONG]
    a, b = order.index(derived.verdict), order.index(same.verdict)
    return a < b or (a == b and derived.verdict is LineVerdict.WRONG and current.times == 0)


def _variable_of(found: Expression) -> str:
    """By what a function is differentiated that does not say it."""
    names = [*found.variables]
    for usual in ("x", "t"):
        if usual in names:
            return usual
    return max(names, default="x")


def _is_of_text(note: str) -> bool:
    """Whether a note is on how the text is read, not on names that a program was given for it."""
    return not re.search("[\u030d\u0323]|derivative|\\(\\.\\.\\.\\)", note)


def _plainness(point: Mapping[str, float]) -> int:
    """How hard a point is on the eye, least first."""
    return sum([len(number_text(float(f"{x:.9g}"))) for x in point.values()])


def _interval(found: re.Match[str]) -> tuple[str, float, float]:
    """The variable of an inequality, and its ends."""
    low, high = -_FAR, _FAR
    for sign, text, is_behind in ((found["before"], found["low"], False), (found["behind"], found["high"], True)):
        if not sign:
            continue
        number = parse(text).evaluate()
        is_less = sign[0] in "<≤" or sign.startswith("\\l")
        if is_less == is_behind:
            high = min(high, number)
        else:
            low = max(low, number)
    return (found["name"], low, high) if found["before"] or found["behind"] else ("", 0.0, 0.0)


def _rounds(text: str, finding: CheckedDerivative) -> bool:
    """Whether a decimal is the true number, rounded to the digits it has."""
    spot = finding.counterexample
    return spot is not None and not spot.point and _is_rounded(text, spot.true)


def _is_rounded(text: str, true: float) -> bool:
    plain = text.replace(" ", "").replace("\\,", "")
    if not re.fullmatch(r"-?\d*\.\d+", plain):
        return False
    return abs(float(plain) - true) <= 0.5 * 10.0 ** -len(plain.partition(".")[2]) * (1 + 1e-9)


def _rounded_words(finding: CheckedDerivative) -> str:
    spot = finding.counterexample
    return f"rounded: it is {spot.true:.8g}" if spot else ""


def replace_answer(finding: CheckedDerivative) -> CheckedDerivative:
    """The finding of a number that is right but for its rounding."""
    finding.answer, finding.counterexample, finding.hint = Answer.RIGHT, None, ""
    return finding
