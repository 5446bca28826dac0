"""Random texts, and random programs that are valid: what fuzz.py asks of the parser holds for all of them."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from .fuzz import TOKENS, decode, read

pytestmark = pytest.mark.slow

VARIABLES = ["x", "y", "z", "α", "x1", "x₁", "longer_name", "变", "x\u0302"]
LETTERS = VARIABLES[:4]  # these may have a bracket behind them
STEPS = ["s", "t", "u", "β", "step_1", "_1"]
FUNCTIONS = {"f": 1, "g": 2, "fun": 1}
ONE = ["sin", "cos", "exp", "ln", "sqrt", "abs", "gamma", "arctan", "log_2", "log₁₀", "√", "∛", "\\sin", "\\sqrt"]
TWO = ["max", "atan2", "hypot", "pow", "log", "mod"]
NUMBERS = ["0", "1", "2", "3", "007", ".5", "2.5", "1.", "1e-3", "2E+2"]
CONSTANTS = ["pi", "π", "e", "E", "∞", "inf", "tau", "°", "deg", "\\pi", "\\infty"]
ALPHABET = [*"x2+-*/^(),.;=<>|!_ e\n#{}[]\\kπ²√%'½\0\u0302", *TOKENS]

GIVEN = st.sets(st.sampled_from([*VARIABLES, *STEPS, "n", "a", "sinx"]), max_size=4)
many = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Program:
    """Writes a valid program, one piece at a time; `depth` says how much a piece may still hold."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.values = [*VARIABLES, "n"]  # the names that stand for one
        self.functions: dict[str, int] = {}

    def one_of(self, options: Sequence[Any], depth: int = 0) -> Any:
        """One of the options; what that is drawn of, where it is one of our own methods."""
        chosen = self.draw(st.sampled_from(options))
        return chosen(depth) if callable(chosen) else chosen

    def chain(self, part: Any, signs: list[str], most: int, depth: int) -> str:
        """Some parts, with one of the signs between each and the next; one alone half of the time."""
        text: str = part(depth)
        for _ in range(self.draw(st.integers(1 - most, most)) if depth > 0 else 0):
            text += self.one_of(signs) + part(depth - 1)
        return text

    def text(self) -> str:
        lines = [self.definition(name) for name in self.draw(st.lists(st.sampled_from(STEPS), max_size=3, unique=True))]
        head = self.one_of(["", "", "", "result = ", "h(x, p) = "])
        lines.append(head + self.condition(2))
        between = [self.one_of(["; ", ";", "\n", "\n\n", " # a note\n", ";\r\n"]) for _ in lines[1:]]
        body = "".join([line + sign for line, sign in zip(lines, [*between, ""], strict=True)])
        before, after = self.one_of(["", " ", "# first\n", ";"]), self.one_of(["", " ", "\n", ";", " # last"])
        return f"{before}{body}{after}"

    def definition(self, name: str) -> str:
        """A number, a function or a step, which has a variable in it: what is constant needs a finite value."""
        kind = self.one_of(["number", "function", "step"])
        if kind == "number":
            body = self.one_of(NUMBERS)
        elif kind == "function" and (new := [function for function in FUNCTIONS if function not in self.functions]):
            name = self.one_of(new)
            parameters = ["p", "x"][: FUNCTIONS[name]]
            self.values += parameters
            body = self.condition(1)
            self.values = [value for value in self.values if value != "p"]
            self.functions[name] = FUNCTIONS[name]
            return f"{name}({', '.join(parameters)}) = {body}"
        else:
            body = f"{self.one_of(LETTERS)}{self.one_of([' + ', '*', ' < '])}{self.sum(1)}"
        self.values.append(name)
        return f"{name}{self.one_of([' = ', '=', ' := '])}{body}"

    def condition(self, depth: int) -> str:
        return self.chain(self.negation, [" and ", " or ", " && ", " ∧ ", "∨"], 1, depth)

    def negation(self, depth: int) -> str:
        sign = self.one_of(["", "", "", "", "not ", "¬"])
        return f"{sign}{self.chain(self.sum, [' < ', ' > ', '<=', '≥', ' == ', ' != ', '≠'], 2, depth)}"

    def sum(self, depth: int) -> str:
        return self.chain(self.product, [" + ", " - ", "+", "-", "−"], 2, depth)

    def product(self, depth: int) -> str:
        return self.chain(self.signed, ["*", " * ", "/", "·", "×", "÷", " \\cdot "], 2, depth)

    def signed(self, depth: int) -> str:
        sign = self.one_of(["", "", "", "", "-", "+", "−", "--"])
        return f"{sign}{self.one_of([self.power, self.power, self.beside, self.applied], depth)}"

    def power(self, depth: int) -> str:
        text = f"{self.atom(depth)}{self.one_of(['', '', '', '²', '⁻¹', 'ⁿ', '³!', '!'])}"
        if depth > 0 and self.draw(st.booleans()):
            text += f"{self.one_of(['^', '**', ' ^ '])}{self.one_of([self.signed, self.atom], depth - 1)}"
        return text

    def beside(self, depth: int) -> str:
        """Factors side by side."""
        first = self.one_of([*NUMBERS, *[f"{letter} " for letter in LETTERS], self.group, self.call], depth)
        second = self.one_of([self.group, self.call, *LETTERS, "pi", "sinx"], depth)
        if "." in first and re.fullmatch(r"\(\d+\)", second):
            second = "(x)"  # 2.5(3) may be a number with an uncertainty: it is refused
        third = self.one_of(["", "", " y", " sin x", " α²", " 3x" if second.endswith(")") else ""])
        return f"{first}{second}{third}"

    def applied(self, depth: int) -> str:
        """A function without parentheses."""
        if self.draw(st.booleans()):
            return f"{self.one_of('√∛')}{self.one_of(['x', '2', 'x²', '√y', '|x|', '(x)', self.absolute], depth)}"
        name = self.one_of(["sin", "cos ", "ln", "exp", "sin²", "cos^2", "tan^-1", "log_2", "\\sin", *self._applied()])
        inner = ["x", "2x", "2 y", "x^2", "x y", "3 pi x²", "√x", "x!", "cos x", "cos²x", "ln 2x", self.absolute]
        return f"{name} {self.one_of(inner, depth)}"

    def _applied(self) -> list[str]:
        """The program's own functions that need no parentheses."""
        return [name for name, count in self.functions.items() if count == 1]

    def atom(self, depth: int) -> str:
        deep = [self.group, self.call, self.absolute, self.choice, self.series, self.latex] if depth > 0 else []
        kind = self.one_of([NUMBERS, self.values, CONSTANTS, *deep], depth)
        text: str = kind if isinstance(kind, str) else self.one_of(kind)
        return text

    def group(self, depth: int) -> str:
        begin, end = self.one_of(["()", "[]", "{}", ("\\left(", "\\right)"), ("(\n", "\n)"), ("( ", " )")])
        return f"{begin}{self.condition(depth - 1)}{end}"

    def absolute(self, depth: int) -> str:
        return f"|{self.sum(depth - 1)}|"

    def call(self, depth: int) -> str:
        function = self.one_of([*ONE, *TWO, *self.functions, "sin^2", "cos²", "tan^{-1}", "exp**2"])
        count = 2 if function in TWO else self.functions.get(function, 1)
        return f"{function}({', '.join([self.condition(depth - 1) for _ in range(count)])})"

    def choice(self, depth: int) -> str:
        more = self.one_of(["where(", "piecewise(", "piecewise(x < 1, y, "])
        return f"{more}{self.condition(depth)}, {self.sum(depth - 1)}, {self.sum(depth - 1)})"

    def series(self, depth: int) -> str:
        bounds = f"{self.one_of(['1', '-1', '2'])}, {self.one_of(['2', '1 + 1'])}"
        self.values.append("k")
        body = self.sum(depth - 1)
        self.values.remove("k")
        return f"{self.one_of(['sum', 'prod', 'product'])}(k, {bounds}, {body})"

    def latex(self, depth: int) -> str:
        kinds = ["\\frac{%s}{%s}", "\\dfrac{%s} {%s}", "\\sqrt{%s}", "\\sqrt[3]{%s}", "\\cos(%s)", "\\frac12"]
        kind: str = self.one_of(kinds)
        return kind % tuple([self.sum(depth - 1) for _ in range(kind.count("%s"))])


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Valid programs."""
    return Program(draw).text()


@many
@given(st.binary(max_size=60))
def test_random_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    read(*decode(data))


@many
@given(st.lists(st.sampled_from(ALPHABET), max_size=25).map("".join), GIVEN)
def test_random_texts_are_read_or_refused_in_words(text: str, given: set[str]) -> None:
    read(text, given)


@many
@given(programs(), GIVEN)
def test_valid_programs_are_read(text: str, given: set[str]) -> None:
    note(text)
    assert read(text, given) is not None


@many
@given(programs(), GIVEN, st.data())
def test_valid_programs_with_one_character_changed_are_read_or_refused_in_words(
    text: str, given: set[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    new, after = data.draw(st.sampled_from([*ALPHABET, ""])), data.draw(st.integers(0, 1))
    read(text[:at] + new + text[at + after :], given)
