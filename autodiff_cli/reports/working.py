"""Somebody's working, line by line: is each line what the lines before it say, and where is the first slip?

Every line is held against the truth first: against the function that the text began with, and its derivatives. One
that is wrong, but what a wrong line before it gives, follows from that.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.document import Document, PlacedFormula, sides
from autodiff_cli.language.parser import parse
from autodiff_cli.language.scope import CALLABLE
from autodiff_cli.reports import in_force
from autodiff_cli.reports.check import Comparison
from autodiff_cli.reports.heads import Mention, derivative_in_front, mention_of
from autodiff_cli.reports.quantities import Equation, Quantity, Stated
from autodiff_cli.reports.sampling import Span
from autodiff_cli.reports.status import Status
from autodiff_cli.reports.tangents import tangent
from autodiff_cli.reports.truth import Claimed, Judged, LineVerdict, Truth, UnreadError
from autodiff_cli.rules.table import CONSTANTS

_NAMELESS = "E\u0323"  # what stands on a line without a head
_NAME = r"[^\W\d_]\w*"
_BELOW = r"(?:/|\}\s*\{)\s*\(?\s*(?:d|∂|\\partial|\\mathrm\{d\})\s*([^\W\d_])(?![^\W\d_])"  # the m of dE/dm
_LETTER = r"(?<![^\W\d_\\{])(?![deEfgh])([a-zA-Z])(?![^\W\d_]|\s*\(|[_'’′″])"  # by itself, as no function
_ONLY = r"\b(?:for|if|when|whenever|where|provided|on)\b"  # what says that a condition is on one formula
_ONLY_AT = r"\b(?:at|for|if|when|whenever|where)\b"  # what says so of a number
_AND = r"[\s$,;&]*(?:and)?[\s$]*"
_PAIR = r"\(\s*([^(),]+)\s*,\s*([^(),]+)\s*\)"  # (3, 4)
_AT = (  # dy/dx where x = 1
    r"\s*(?:\\left\s*\.)?\s*(?P<what>.+?)\s*(?:\\right)?\s*\|\s*_\s*\{?"
    rf"\s*(?P<name>{_NAME})\s*=\s*(?P<number>[^{{}}]+)\}}?\s*"
)
_AT_PAIR = (  # dy/dx where x = 3, y = 4
    rf"\s*(?:\\left\s*\.)?\s*(?P<what>.+?)\s*(?:\\right)?\s*\|\s*_\s*\{{?\s*(?P<pair>{_PAIR})\s*\}}?\s*"
)
_FAR = 1e3  # where a variable ends that is only said to be positive
_SIGN = r"<=?|>=?|≤|≥|\\[lg](?:eq?|t)(?![a-z])"
_COMPARED = rf"{_SIGN}|≠|!=|\\neq?(?![a-z])"
_INEQUALITY = (
    rf"(?:(?P<low>[^<>=≤≥\\]+)(?P<before>{_SIGN}))?\s*(?P<name>{_NAME})\s*(?:(?P<behind>{_SIGN})(?P<high>.+))?"
)


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
    names = re.findall(rf"^\s*({_NAME})\s*(?:\([^()]*\))?\s*=", "\n".join(before), re.MULTILINE)
    result = last.partition("=")[2] or last
    return not before or any(_has_name(name, result) for name in names)


def check_working(
    document: Document,
    spans: Mapping[str, Span] | None = None,
    samples: int = 200,
    seed: int = 0,
    tick: Callable[[int, int], None] = lambda done, of: None,
) -> Working:
    """What is found out of each line of a working. `spans` has the ranges of variables.

    >>> from autodiff_cli.language.document import read_document
    >>> found = check_working(read_document("y = x^3 + 1\\ny' = 3x^2 + 1\\ny'' = 6x"))
    >>> [line.verdict.value for line in found.lines], found.first_slip.hint
    (['given', 'wrong', 'right'], 'it is off by a constant: 1 too much')
    """
    notes: dict[str, None] = {}
    lines: list[WorkedLine] = []
    formulas, parts = document.formulas, [*document.parts]
    told = sorted({name for one in formulas for pattern in (_BELOW, _LETTER) for name in re.findall(pattern, one.text)})
    truth = Truth(spans or {}, samples, seed, told)
    reader = _LineReader(truth)
    for done, written in enumerate(formulas):
        if parts and parts[0] < written.line:
            parts = [part for part in parts if part >= written.line]
            truth = Truth(spans or {}, samples, seed, told)
            reader = _LineReader(truth)
        lines.append(reader.line(written, formulas[done + 1 : done + 3]))
        notes |= truth.notes
        tick(done + 1, len(formulas))
    return Working(lines, document.prose, [*notes])


@dataclass
class _Last:
    """The last side of the line before, and the numbers that this is at."""

    text: str
    target: Claimed | None
    root: int | None
    line: int
    place: dict[str, float]


_WORST = [LineVerdict.GIVEN, LineVerdict.RIGHT, LineVerdict.UNDECIDED, LineVerdict.FOLLOWS, LineVerdict.WRONG]


class _LineReader:
    """Reads the lines of one part of a text, and says what each is about."""

    def __init__(self, truth: Truth) -> None:
        self._truth, self._known = truth, truth.known
        self._last: _Last | None = None
        self._current: Claimed | None = None  # the derivative that was spoken of last
        self._place: tuple[int, dict[str, float]] = 0, {}  # (1, 2) that stands before a formula, and its line
        self._places: set[int] = set()  # where the numbers stand that the formula before them is at
        self._is_placed = False  # whether a formula stands behind the point that it is to hold at
        self._is_either = False  # x < 1 or x > 3, which is no range

    def line(self, written: PlacedFormula, behind: Sequence[PlacedFormula]) -> WorkedLine:
        """What is said of a line; `behind` is the next, which may be a condition on this one."""
        self._truth.line = written.line
        behind = [one for one in behind if one.line == written.line]
        if written.start in self._places and self._point(written.text):
            why = "where the formula before it is to hold"
            return WorkedLine(written.line, written.column, written.shown, LineVerdict.GIVEN, why)
        placed = self._placed(written, behind)
        if placed:
            return placed
        self._is_either = any(re.search(r"\bor\b|\\vee\b|∨", one.joint) for one in (written, *behind))
        condition = next((one for one in behind if _is_condition(one.text)), None)
        if condition is None or _is_condition(written.text):
            return self._worked(written)
        interval = _interval(condition.text)
        with self._truth.limited(interval or {}):
            worked = self._worked(written)
        if not interval and worked.verdict is LineVerdict.WRONG:
            worked.verdict, worked.hint, worked.counterexample = LineVerdict.UNDECIDED, "", None
            worked.why = f"it is said to hold for {condition.shown} only, which is not judged"
        return worked

    def _placed(self, written: PlacedFormula, behind: Sequence[PlacedFormula]) -> WorkedLine | None:
        """What is said of a line that holds at a number only, f'(x) = 12 at x = 2; None of other lines.

        Of the number it is then said that it is one; a line that is taken as an equation is solved by it instead.
        """
        numbers = self._numbers_behind(behind)
        place = {name: x for one in numbers for name, x in (self._point(one.text) or {}).items()}
        equation, point = self._known.equation, self._known.point
        is_behind = self._place[0] == written.line and not equation  # a point: (1, 2): f_x = 4
        place = self._place[1] | place if is_behind else place
        if not place or _is_condition(written.text) or (not is_behind and self._is_solved(written.text)):
            return None
        if equation and {*place} <= {*self._known.variables}:
            in_force.InForce(self._truth, equation).at(place)
        self._is_placed = is_behind
        with self._truth.limited({}, place):
            worked = self._worked(written)
        self._is_placed = False
        self._known.point = point
        if worked.verdict is not LineVerdict.GIVEN and not equation:
            self._places = {one.start for one in numbers}
        return worked

    def _is_solved(self, text: str) -> bool:
        """Whether it is an equation like f'(x) = 0, which the numbers behind it are to solve."""
        texts = [text[start:end] for start, end in sides(text)]
        with suppress(UnreadError):
            target = self._target(texts[0]) if len(texts) == 2 and all(texts) else None
            return target is not None and self._is_to_solve(target, texts[1])
        return False

    def _numbers_behind(self, behind: Sequence[PlacedFormula]) -> list[PlacedFormula]:
        """The x = 3, y = 4 that a formula is said to be at."""
        if not behind or not re.search(_ONLY_AT, behind[0].joint):
            return []
        joined = [one for at, one in enumerate(behind) if at == 0 or re.fullmatch(_AND, one.joint)]
        return [one for one in joined if self._point(one.text)]

    def _point(self, text: str) -> dict[str, float] | None:
        """The numbers of x = 3, or of (3, 4); None of other formulas."""
        if pair := re.fullmatch(_PAIR, text.strip()):
            numbers = [_number(pair[1]), _number(pair[2])]
            return {name: x for name, x in zip("xy", numbers, strict=True) if x is not None}
        name, _, right = text.partition("=")
        number = _number(right) if re.fullmatch(_NAME, name.strip()) and right.strip() else None
        return None if number is None else {name.strip(): number}

    def _worked(self, written: PlacedFormula) -> WorkedLine:
        worked = WorkedLine(written.line, written.column, written.shown, LineVerdict.GIVEN)
        try:
            at, found = self._condition(written) if _is_condition(written.text) else self._formula(written.text)
        except UnreadError as error:
            self._leave(written.text)
            at = max(0, written.text.find(error.text)) + error.at
            worked.verdict, worked.why, worked.at = LineVerdict.UNREAD, str(error), written.place(at)
            return worked
        worked.verdict, worked.why, worked.at = found.verdict, found.why, written.place(at)
        if found.verdict is LineVerdict.FOLLOWS:
            worked.follows_from = found.root
        elif finding := found.finding:
            worked.hint, worked.proof, worked.domain = finding.hint, finding.proof, finding.domain
            worked.counterexample, worked.notes = finding.counterexample, finding.notes
            if self._has_chain_rule(written.text):
                worked.domain, worked.notes = "", []  # dy/du is y'/u' to us, and is defined where that is 0/0
        return worked

    def _has_chain_rule(self, text: str) -> bool:
        """Whether a line has dy/du of a y that is made of u."""
        inner = [self._known.known.get(name) for name in re.findall(_BELOW, text)]
        others = self._known.known.values()
        return any(one and one.name in other.given.text for one in inner for other in others if other is not one)

    def _leave(self, text: str) -> None:
        """Have a line that goes on with one that cannot be read know what that was about, and nothing else."""
        first, *others = [text[start:end] for start, end in sides(text)]
        target, place = (self._last.target, self._last.place) if self._last and not first else (None, {})
        if first and others:
            with suppress(UnreadError):
                target = self._target(first)
        self._last = _Last("", target, None, self._truth.line, place)

    def _formula(self, text: str) -> tuple[int, Judged]:
        """The place of the side that decides, and what was found out."""
        if re.fullmatch(_PAIR, text.strip()):
            return 0, self._at_point(self._point(text) or {})
        tail = re.search(rf"({_COMPARED})(?P<bound>[^=<>≠]+)\Z", text) if len(sides(text)) > 1 else None
        front = text[: tail.start()] if tail else ""
        if tail and front.count("(") == front.count(")"):  # no comparison in where(x > 0, 1, 2)
            place, found = self._formula(front)
            return place, self._bounded(found, tail[1], tail["bound"])
        spans = sides(text)
        texts = [text[start:end] for start, end in spans]
        if len(texts) == 1:
            return spans[0][0], self._alone(texts[0])
        if not all(texts[1:]):
            raise UnreadError("there is nothing behind the =", text, len(text))
        if not texts[0]:
            before = self._continued()
            with self._truth.limited({}, before.place):
                return self._chain(spans, texts, before.target)
        pair, equation = re.fullmatch(_AT_PAIR, texts[0]), self._known.equation
        if pair and equation:
            in_force.InForce(self._truth, equation).at(self._point(pair["pair"]) or {})
            texts[0] = pair["what"]
        if partial := self._partial_at_numbers(texts[0]):
            with self._truth.limited({}, partial[1]):
                return self._chain(spans, texts, partial[0])
        texts[0] = self._as_program(texts[0])
        target = self._target(texts[0])
        if target and self._is_another(target, texts[1]):
            name = target.quantity.name
            self._name(name, target.quantity.parameters if target.quantity.is_called else "", texts[1])
            return self._defined(spans, texts, f"another {name}")
        if target and len(texts) == 2 and self._is_to_solve(target, texts[1]):
            return spans[1][0], in_force.take(self._truth, target.quantity.called(target.order), texts[1])
        if not target and (self._define(texts[0], texts[1]) or self._begins_anew(texts[0], texts[1])):
            return self._defined(spans, texts, "")
        return self._chain(spans, texts, target)

    def _at_point(self, point: dict[str, float]) -> Judged:
        """(3, 4), which may be a point of the equation in force, or of the curve of y."""
        equation, curve = self._known.equation, self._known.known.get("y")
        if curve and curve.by == "x" and {*point} == {"x", "y"}:
            return self._truth.of_sides(curve.called(0, repr(point["x"])), repr(point["y"]))
        if equation and {*point} <= {*self._known.variables}:
            return in_force.InForce(self._truth, equation).at(point)
        self._place = self._truth.line, point
        return Judged(LineVerdict.GIVEN)

    def _bounded(self, found: Judged, sign: str, bound: str) -> Judged:
        """What becomes of a line that says more: f''(1) = -6 < 0."""
        last = self._last.text if self._last else ""
        numbers = [_number(text) for text in (last, bound)]
        if None in numbers or found.verdict is not LineVerdict.RIGHT:
            return found
        is_so = self._truth.read(f"({last}) {sign} ({bound})").evaluate()
        return found if is_so else Judged(LineVerdict.WRONG, root=self._truth.line, why=f"not {last} {sign} {bound}")

    def _defined(self, spans: Sequence[tuple[int, int]], texts: Sequence[str], why: str) -> tuple[int, Judged]:
        """What becomes of a definition, with more behind it or not: f(x) = a = b."""
        if len(texts) > 2:
            return self._chain(spans[1:], texts[1:], self._current)
        return spans[1][0], Judged(LineVerdict.GIVEN, why=why)

    # --- what a line is about ----------------------------------------------------------------------------------------

    def _continued(self) -> _Last:
        if self._last is None:
            raise UnreadError("it begins with =, and there is no line before it")
        if not self._last.text and not self._last.target:
            raise UnreadError("it goes on with a line that is not read")
        return self._last

    def _as_program(self, text: str) -> str:
        """A left side with signs that the language has not: dy/dx at x = 1, and f_xy."""
        at = re.fullmatch(_AT, text)
        mention = self._mention(at["what"] if at else text)
        if mention is None:
            return text
        quantity = self._known.known.get(mention.name)
        if quantity and at:
            return quantity.called(mention.order, at["number"])
        return self._mixed_partial(mention) or text

    def _partial_at_numbers(self, text: str) -> tuple[Claimed, dict[str, float]] | None:
        """What f_x(1, 2) is: f_x, and that x is 1 and y is 2."""
        mention = self._mention(text)
        if mention is None or not mention.by or not mention.argument:
            return None
        quantity = self._known.known.get(mention.name)
        if quantity is None or not quantity.is_called:
            return None
        names = re.findall(r"\w+", quantity.parameters)
        numbers = [*map(_number, mention.argument.split(","))]
        if not 1 < len(names) == len(numbers):
            return None
        place = {name: number for name, number in zip(names, numbers, strict=True) if number is not None}
        return (Claimed(quantity, mention.order, mention.by), place) if len(place) == len(names) else None

    def _mixed_partial(self, mention: Mention) -> str:
        """The program for f_xy; nothing for other names."""
        name, _, by = mention.name.partition("_")
        quantity = self._known.known.get(name)
        if quantity is None or len(by) < 2 or not {*by} <= self._variables_of(quantity):
            return ""
        found = quantity.called(0)
        for letter in by:
            found = f"diff({found}, {letter})"
        return found

    def _variables_of(self, quantity: Quantity) -> set[str]:
        """By what there is a partial f_x: the parameters of f(x, y), or what z is made of."""
        found = {*re.findall(r"\w+", quantity.parameters)}
        return found if quantity.is_called else found | {*self._truth.read(quantity.given.text).variables}

    def _target(self, text: str) -> Claimed | None:
        """The derivative that a left side is; None where it is another formula, or a name that is new."""
        mention = self._mention(text)
        if mention is None:
            return self._derivative_of_formula(text)
        quantity = self._known.known.get(mention.name)
        if quantity:
            return self._of_quantity(mention, quantity)
        is_current = self._current and (not mention.name or self._current.quantity.name == _NAMELESS)
        if mention.order and is_current and self._current and not self._is_implicit(mention):
            quantity = self._current.quantity
            return Claimed(quantity, quantity.base + mention.order, mention.by or quantity.by)
        return None if mention.name else self._derivative_of_formula(text)

    def _mention(self, text: str) -> Mention | None:
        """What a left side mentions; f_x is the derivative by x of a function f of x and others."""
        mention = mention_of(text)
        if mention is None or mention.name in CALLABLE or mention.name in CONSTANTS:
            return None
        name, _, by = mention.name.partition("_")
        quantity = self._known.known.get(name)
        is_partial = by and quantity is not None and by in self._variables_of(quantity)
        return Mention(name, 1, by, mention.argument) if is_partial else mention

    def _of_quantity(self, mention: Mention, quantity: Quantity) -> Claimed | None:
        """A derivative of what is known; None where it is one at a number, or of a function of a function."""
        own, by = quantity.parameters.replace(" ", ""), mention.by or quantity.by
        is_elsewhere = mention.argument is not None and mention.argument.replace(" ", "") != own
        is_by_parameter = by in self._known.known and not _has_name(by, quantity.given.text)  # dy/dx of x(t), y(t)
        return None if is_elsewhere or is_by_parameter else Claimed(quantity, mention.order, by)

    def _is_implicit(self, mention: Mention) -> bool:
        """Whether it is y' of a y that only an equation says something of."""
        return mention.name in self._known.variables and self._known.equation is not None

    def _derivative_of_formula(self, text: str) -> Claimed | None:
        """d/dx(x^2), which is all there is on a side, as a derivative of a function without a name."""
        front = derivative_in_front(text)
        if front is None:
            return None
        try:
            found = parse(text, (), [*self._known.variables], request=True)
        except AutodiffError:
            return None
        by, *others = [*dict.fromkeys(found.asked), ""]
        if not by or others != [""]:
            return None
        self._truth.meet(found)
        quantity = Quantity(_NAMELESS, by, by, True, Stated(text[front:], self._truth.line))
        return Claimed(quantity, len(found.asked), by)

    def _is_another(self, target: Claimed, right: str) -> bool:
        """Whether a function of the same name begins: it has been differentiated, and this is not what it was."""
        is_over = target.times == 0 and max(target.quantity.stated, default=0) > target.order
        if not is_over or self._is_to_solve(target, right):
            return False
        return not self._truth.are_equal(target.quantity.given.text, right)

    def _is_to_solve(self, target: Claimed, right: str) -> bool:
        """Whether f'(x) = 0 is an equation: a line before said what f' is."""
        is_said = target.times == 0 or target.order in target.quantity.stated
        is_placed = self._is_placed and {*self._truth.spans} >= {*re.findall(r"\w+", target.quantity.parameters)}
        equation = self._known.equation  # x = 3: f'(x) = 6
        if equation and equation.line == self._truth.line and in_force.InForce(self._truth, equation).is_point:
            return False
        if not is_said or is_placed or not in_force.is_number(right) or target.quantity.name == _NAMELESS:
            return False
        left = target.quantity.called(target.order)
        return not (self._truth.are_equal(left, right) or self._truth.are_equal(left, right, as_written=True))

    # --- definitions -------------------------------------------------------------------------------------------------

    def _define(self, left: str, right: str) -> bool:
        """Let a name that is new stand for what is to its right, if the left side is one."""
        mention = self._mention(left)
        if mention is None or not mention.name or mention.name in self._known.known:
            return False
        is_new = not self._is_implicit(mention) if mention.order else self._may_be_defined(mention, right)
        if not is_new:
            return False
        parameters = mention.argument or ""
        self._expect(*re.findall(_NAME, parameters or mention.by or "x" * ("x" in right)))
        if mention.name in self._truth.read(right).variables:
            return False  # y = x + sin(xy) is an equation
        self._name(mention.name, parameters, right, mention.by, mention.order)
        return True

    def _begins_anew(self, left: str, right: str) -> bool:
        """Whether y = x^2 is another y: the equation that it was in has been differentiated, and does not give this."""
        mention, equation = self._mention(left), self._known.equation
        if mention is None or equation is None or self._known.stated is None:
            return False
        is_function = self._is_implicit(mention) and mention.order == 0 and _has_letters(right)
        if not is_function:
            return False
        if in_force.InForce(self._truth, equation).judge(left, right).verdict is not LineVerdict.WRONG:
            return False
        self._known.equation = self._known.stated = None
        self._name(mention.name, mention.argument or "", right)
        return True

    def _may_be_defined(self, mention: Mention, right: str) -> bool:
        """Whether a name is new here, and no variable: y of y = x^2, not x of x = 2, nor xy of xy = 1."""
        name = mention.name
        if mention.argument is not None:
            return re.fullmatch(rf"\s*{_NAME}(?:\s*,\s*{_NAME})*\s*", mention.argument) is not None
        is_product = len(name) > 1 and {*name} <= {*self._known.variables, *"xyzt"}
        self._expect(*name * is_product)
        is_point = name in self._known.variables and not _has_letters(right)
        return not (self._is_implicit(mention) or is_product or is_point or _has_name(name, right))

    def _expect(self, *names: str) -> None:
        """Names that are variables, so that words are taken apart by them."""
        for name in names:
            self._known.variables.setdefault(name)

    def _name(self, name: str, parameters: str, text: str, by: str = "", order: int = 0) -> None:
        """From here on a name stands for a function, or a derivative of one."""
        found = self._truth.read(text)
        by = by or parameters.partition(",")[0].strip() or _variable_of(found)
        quantity = Quantity(name, parameters or by, by, bool(parameters), Stated(text, self._truth.line), order)
        self._known.add(quantity)
        self._current = Claimed(quantity, order, by)
        self._last = _Last(text, self._current, None, self._truth.line, self._truth.place)

    # --- lines -------------------------------------------------------------------------------------------------------

    def _alone(self, text: str) -> Judged:
        """A line without an equals sign."""
        current = self._current
        if current is None:
            self._expect(*["x"] * ("x" in text))
            self._name(_NAMELESS, "", text)
            return Judged(LineVerdict.GIVEN)
        line = self._last.line if self._last else 0
        same = self._truth.of_target(current, text)
        further = Claimed(current.quantity, current.order + 1, current.by)
        derived = self._truth.of_target(further, text)
        target, found, why = current, same, f"equal to line {line}"
        if _is_better(derived, same, current):
            target, found, why = further, derived, f"the derivative of line {line}"
        self._state(target, text, found.root)
        return found._replace(why=why) if found.verdict is LineVerdict.RIGHT else found

    def _condition(self, written: PlacedFormula) -> tuple[int, Judged]:
        """x > 0, which says where the lines behind it are to hold, or only the formula before it."""
        interval = _interval(written.text)
        read = None if interval else self._truth.read(written.text)
        if read and not read.variables:
            holds = bool(read.evaluate())
            return 0, Judged(LineVerdict.RIGHT if holds else LineVerdict.WRONG, why="" if holds else "it does not hold")
        if not interval:
            raise UnreadError("an inequality is read where it says between which numbers a variable is")
        if self._is_either or re.search(_ONLY, written.joint):
            return 0, Judged(LineVerdict.GIVEN, why="where the formula before it is to hold")
        self._truth.spans |= interval
        return 0, Judged(LineVerdict.GIVEN, why="taken as given")

    def _chain(
        self, spans: Sequence[tuple[int, int]], texts: Sequence[str], target: Claimed | None
    ) -> tuple[int, Judged]:
        """Each side of a chain against what the line is about, and against the side before."""
        left = texts[0] or (self._last.text if self._last else "")
        root = self._last.root if self._last and not texts[0] else None
        worst, place = Judged(LineVerdict.GIVEN), spans[0][0]
        for (start, _), text in zip(spans[1:], texts[1:], strict=True):
            found = self._held(target, left, text, root)
            if self._is_set_to_zero(found, text, worst, place != spans[0][0]) and text is texts[-1]:
                return place, self._set_to_zero(left, worst, target)
            if _WORST.index(found.verdict) > _WORST.index(worst.verdict) or place == spans[0][0]:
                worst, place = found, start
            root, left = found.root, text
        self._last = _Last(left, target, root, self._truth.line, self._truth.place)
        if worst.solves:
            self._name(worst.solves, "", left)
        elif target:
            self._state(target, left, root)
        return place, worst

    def _is_set_to_zero(self, found: Judged, text: str, before: Judged, is_later: bool) -> bool:
        """Whether the last side of f'(x) = 2x - 4 = 0 is an equation to be solved: all before it is right."""
        is_right = is_later and before.verdict is LineVerdict.RIGHT
        return is_right and found.verdict is LineVerdict.WRONG and text.strip() == "0"

    def _set_to_zero(self, left: str, found: Judged, target: Claimed | None) -> Judged:
        if target:
            self._state(target, left, None)
        moves = bool(self._truth.read(left).variables)
        if not moves:
            return Judged(LineVerdict.WRONG, root=self._truth.line, why=f"{left} is not 0")
        in_force.take(self._truth, left, "0")
        return found._replace(why="and set to 0, taken as given")

    def _held(self, target: Claimed | None, left: str, text: str, root: int | None) -> Judged:
        """A side against what the line is about, or else against the side before, which may be wrong itself."""
        found = self._truth.of_target(target, text, left) if target else self._of_sides(left, text)
        if found.verdict is not LineVerdict.WRONG:
            return found
        equation = self._known.equation
        if target and equation and not target.hidden:
            held = in_force.InForce(self._truth, equation)
            is_there = held.is_point or not self._truth.read(text).variables
            special = is_there and held.where_it_holds(target.quantity.called(target.order), text)
            if special:
                return special
        if root is not None and self._truth.are_equal(left, text):
            return Judged(LineVerdict.FOLLOWS, found.finding, root)
        return found

    def _of_sides(self, left: str, right: str) -> Judged:
        """Two formulas that are equal, or an equation of their own; or a line that touches the curve."""
        found = self._equal(left, right)
        return (tangent(self._truth, left, right) if found.verdict is LineVerdict.WRONG else None) or found

    def _equal(self, left: str, right: str) -> Judged:
        """Two formulas: equal everywhere, or where the equation in force holds; or an equation of their own."""
        equation = self._known.equation
        if equation and self._is_other_point(equation, left, right):
            return in_force.take(self._truth, left, right)
        if equation:
            return in_force.InForce(self._truth, equation).judge(left, right)
        found = self._truth.of_sides(left, right)
        is_first = self._last is None and self._current is None
        is_wrong = found.verdict is LineVerdict.WRONG
        if is_wrong and in_force.may_be_taken(self._truth, left, right, is_first):
            return in_force.take(self._truth, left, right)
        return found

    def _is_other_point(self, equation: Equation, left: str, right: str) -> bool:
        """Whether x = 2 stands behind x = 0, which both are where something is looked at."""
        is_point = in_force.InForce(self._truth, equation).is_point and not self._truth.read(right).variables
        return is_point and left.strip() == equation.left.strip()

    def _state(self, target: Claimed, text: str, root: int | None) -> None:
        """What is now written of a derivative."""
        target.quantity.stated[target.order] = Stated(text, self._truth.line, root)
        self._current = target
        self._last = _Last(text, target, root, self._truth.line, self._truth.place)


def _has_name(name: str, text: str) -> bool:
    """Whether a name stands in a text by itself."""
    return re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text) is not None


def _has_letters(text: str) -> bool:
    return re.search(r"[^\W\d_]", text) is not None


def _is_better(derived: Judged, same: Judged, current: Claimed) -> bool:
    """Whether a line without a head is rather the derivative of the line before than equal to it."""
    order = [LineVerdict.RIGHT, LineVerdict.FOLLOWS, LineVerdict.GIVEN, LineVerdict.UNDECIDED, LineVerdict.WRONG]
    a, b = order.index(derived.verdict), order.index(same.verdict)
    return a < b or (a == b and derived.verdict is LineVerdict.WRONG and current.times == 0)


def _variable_of(found: Expression) -> str:
    """By what a function is differentiated that does not say it."""
    names = [*found.variables]
    usual = [name for name in ("x", "t") if name in names]
    return usual[0] if usual else max(names, default="x")


def _is_condition(text: str) -> bool:
    """Whether it is an inequality, and no equation."""
    return len(sides(text)) == 1 and re.search(_COMPARED, text) is not None and "cases" not in text


def _interval(text: str) -> dict[str, Span] | None:
    """The ends of a variable in an inequality, by its name; None where it has none."""
    found = re.fullmatch(_INEQUALITY, text.strip())
    if not found or not (found["before"] or found["behind"]):
        return None
    low, high = -_FAR, _FAR
    for sign, typed, is_behind in ((found["before"], found["low"], False), (found["behind"], found["high"], True)):
        number = _number(typed) if sign else None
        if sign and number is None:
            return None
        if number is not None:
            is_upper = (sign[0] in "<≤" or sign.startswith("\\l")) == is_behind
            low, high = (low, min(high, number)) if is_upper else (max(low, number), high)
    return {found["name"]: (low, high)} if low < high else None


def _number(text: str) -> float | None:
    """The number that a text is."""
    try:
        found = parse(text)
        return None if found.variables else found.evaluate()
    except AutodiffError:
        return None
