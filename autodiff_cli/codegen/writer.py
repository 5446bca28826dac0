"""What the languages share: steps written as infix expressions and assignments, names made safe, helpers found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import nan
from typing import NamedTuple

from autodiff_cli.codegen.graph import GraphBuilder, Rewrite
from autodiff_cli.codegen.paths import Path
from autodiff_cli.codegen.program import Program, assemble
from autodiff_cli.engine.printer import fresh
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import BOOLEAN, Function, find

CHOICE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)  # how tight each binds
_SMALL = 3  # steps of a formula that is written out where it is used, and gets no function of its own
_SHORT = 20  # characters of a condition that is written again wherever it is used
_HEADLINE = 300  # characters of an expression that a comment shows


class Form(NamedTuple):
    """How an operation is written: `levels` says how tight each operand must bind, the last for all that follow."""

    text: str  # {0} is the first operand; {} all of them, with commas between
    level: int = ATOM
    levels: tuple[int, ...] = (CHOICE,)


def call(name: str) -> Form:
    """How a function is called."""
    return Form(f"{name}({{}})")


def calls(prefix: str, names: str) -> dict[str, Form]:
    """How these functions of the table are called; `ours=theirs` where the language has another name."""
    pairs = [(ours, theirs or ours) for ours, _, theirs in (name.partition("=") for name in names.split())]
    return {ours: call(prefix + theirs) for ours, theirs in pairs}


INFIX: dict[str, Form] = {
    "add": Form("{0} + {1}", SUM, (SUM, PRODUCT)),
    "sub": Form("{0} - {1}", SUM, (SUM, PRODUCT)),
    "mul": Form("{0} * {1}", PRODUCT, (PRODUCT, SIGN)),
    "div": Form("{0} / {1}", PRODUCT, (PRODUCT, SIGN)),
    "neg": Form("-{0}", SIGN, (SIGN,)),
} | {
    name: Form(f"{{0}} {sign} {{1}}", COMPARISON, (SUM, SUM))
    for name, sign in {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}.items()
}
_CONDITIONS = {"where": 1, "not": 1, "and": 2, "or": 2}  # so many first operands are conditions


@dataclass(frozen=True)
class Language:
    """How a language spells what a program is made of.

    `forms` has the functions of the table that it has, `rewrites` formulas of the table's kind for some that it has
    not; `number` writes a constant. `source` gives the texts of a helper and of what it needs, by name, and `define`
    that of a helper made of a program of its own. Where `lazy`, steps that one branch needs are computed there alone.
    """

    forms: Mapping[str, Form]
    number: Callable[[float, str | None], str]
    condition: Form  # a number as a condition
    truth: Form  # a condition as a number
    output: Form  # a condition as a result
    reserved: Collection[str]
    rewrites: Mapping[str, str] = field(default_factory=dict)
    powers: Mapping[float, str] = field(default_factory=dict)  # formulas of x for some numbers as exponents
    real: Callable[[float, str | None], str] | None = None  # a number where it decides of what kind a result is
    special: Callable[[Value], Form | None] = lambda node: None  # a form that hangs on the operands
    helper: str = "{}"  # what a helper is called
    source: Callable[[str], Mapping[str, str]] = lambda name: {}
    define: Callable[[str, Program], str] = lambda name, program: ""
    pairs: bool = True  # takes the greatest of two alone
    lazy: bool = True
    assign: str = "{} = {}"
    first: str = "{} = {}"  # an assignment outside all branches
    begin: str = "if {}:"
    otherwise: str = "else:"
    end: str = ""
    width: int = 60  # characters of a step that is written where it is used

    def named(self, program: Program) -> set[Value]:
        """The steps that get a name even where they are short and used once."""
        return set()

    def has(self, function: Function) -> bool:
        """Whether the language has the function itself."""
        return function.name in self.forms and is_first(function)

    def rewrite(self, graph: GraphBuilder, function: Function, args: tuple[Value, ...]) -> Value | None:
        """What stands for a function that the language has not, where that is short."""
        name = function.name
        if name == "pow" and not args[1].requires_grad and args[1].data in self.powers:
            return graph.formula(self.powers[args[1].data], "x", args[0])
        if function.variadic and self.pairs and len(args) > 2:
            return graph.call(function, (graph.call(function, args[:-1]), args[-1]))
        if self.has(function):
            return None
        if function.variadic and name in self.rewrites:
            return graph.formula(self.rewrites[name], "a, b", *args)
        if name in self.rewrites and is_first(function):
            return graph.formula(self.rewrites[name], ", ".join(function.args), *args)
        if function.value and not self.source(name) and _steps(function) <= _SMALL:
            return graph.formula(function.value, ", ".join(function.args), *args)
        return None


def is_first(function: Function) -> bool:
    """Whether it is the first of its name, which a language's function of that name is for."""
    return find(function.name) == function


@cache
def _steps(function: Function) -> int:
    return len(_formula(function, None).steps)


def _formula(function: Function, rewrite: Rewrite | None) -> Program:
    """The table's formula of a function as a program."""
    graph = GraphBuilder(rewrite)
    inputs = {name: Value(nan, name) for name in function.args}
    root = graph.formula(function.value, ", ".join(function.args), *inputs.values())
    return assemble(function.name, inputs, {}, {(): root})


class Written:
    """A program in a language: `names` of its inputs, `lines` that compute its steps, and what its `outputs` are.

    `helpers` are the texts of the functions that it calls and the language has not, those they need first.
    """

    def __init__(self, program: Program, language: Language, names: Mapping[str, str] | None = None) -> None:
        self.language = language
        self.program = program = program.rewritten(language.rewrite)
        self.names = dict(names) if names else identifiers(program.inputs, language.reserved)
        self.helpers: dict[str, str] = {}
        self._conditions = {c for paths in program.paths.values() for path in paths for c, _ in path}
        named = language.named(program)
        if not self._write(named):
            self._write(named | self._conditions)
        self.outputs = {key: self._result(node) for key, node in program.outputs.items()}

    def _write(self, named: set[Value]) -> bool:
        """Write every step; these are named. False where a condition that needs a name has none."""
        program, language = self.program, self.language
        taken = {*self.names.values(), *language.reserved}
        unnamed = fresh("t", taken)
        self._texts: dict[Value, tuple[str, int]] = {
            node: (self.names[name], ATOM) for name, node in program.inputs.items()
        }
        self.steps: list[tuple[Path, str, str]] = []
        known = set(program.inputs.values())  # conditions that can be written again
        for step in program.steps:
            text, level = self._step(step)
            short = step.rule.function.name in BOOLEAN and "(" not in text and len(text) <= _SHORT
            if short or (program.uses[step] == 1 and step not in named and len(text) <= language.width):
                self._texts[step] = text, level
                known |= {step} if short else set()
                continue
            name = next(unnamed)
            for path in program.paths[step] if language.lazy else ((),):
                if not all(condition in known or condition not in self._texts for condition, _ in path):
                    return False
                self.steps.append((path, name, text))
            self._texts[step] = name, ATOM
            known.add(step)
        return True

    def name(self, step: Value) -> str:
        """What a step with a name, or an input, is called."""
        return self._texts[step][0]

    def _text(self, node: Value) -> tuple[str, int]:
        if node not in self._texts:  # a number
            text = self.language.number(node.data, node.label)
            self._texts[node] = text, SIGN if text.startswith("-") else ATOM if "/" not in text else PRODUCT
        return self._texts[node]

    def _operand(self, node: Value, level: int, *, condition: bool) -> str:
        """An operand, in parentheses where it needs them, as a condition or as a number."""
        text, own = self._text(node)
        boolean = node.rule.function.name in BOOLEAN
        form = None
        if condition and not boolean:
            form = self.language.condition
        elif boolean and not condition:
            form = self.language.truth
        if form is not None and form.text != "{0}":
            text, own = form.text.format(text if own >= form.levels[0] else f"({text})"), form.level
        return text if own >= level else f"({text})"

    def _step(self, step: Value) -> tuple[str, int]:
        function = step.rule.function
        form = self._form(step)
        conditions = _CONDITIONS.get(function.name, 0)
        if function.name == "neg":  # the sign of a product may stand before its first factor
            text, level = self._text(step.args[0])
            if level == PRODUCT and text[0] != "-" and self._is_odd(step.args[0]):
                return f"-{text}", PRODUCT
        operands = [
            self._operand(arg, form.levels[min(i, len(form.levels) - 1)], condition=i < conditions)
            for i, arg in enumerate(step.args)
        ]
        first = {"where": 1, "max": 0, "min": 0}.get(function.name, len(operands))  # what is chosen from
        operands[first:] = [
            self._real(arg) or text for arg, text in zip(step.args[first:], operands[first:], strict=True)
        ]
        text = form.text.replace("{}", ", ".join(operands)) if "{}" in form.text else form.text.format(*operands)
        return text, form.level

    @staticmethod
    def _is_odd(step: Value) -> bool:
        """Whether the sign of a product is that of its first factor: not of a remainder."""
        return step.rule.function.name in ("mul", "div") or not step.args

    def _form(self, step: Value) -> Form:
        function, language = step.rule.function, self.language
        if form := language.special(step):
            return form
        if language.has(function):
            return language.forms[function.name]
        name = language.helper.format(function.name if is_first(function) else f"{function.name}_to_base")
        if name not in self.helpers:
            self.helpers |= self._helper(function, name)
        return call(name)

    def _helper(self, function: Function, name: str) -> Mapping[str, str]:
        language = self.language
        if function.value and function.variadic is False and not language.source(function.name):
            program = _formula(function, language.rewrite)
            return Written(program, language).helpers | {name: language.define(name, program)}
        found = language.source(function.name)
        if not found:
            raise AutodiffError(f"{function.name} cannot be had in this language", hint="write it by other functions")
        return found

    def _real(self, node: Value) -> str:
        """A plain number where it is one of the results; empty for all else."""
        write = self.language.real
        return write(node.data, node.label) if write and not node.args and not node.requires_grad else ""

    def _result(self, node: Value) -> str:
        if text := self._real(node):
            return text
        text, level = self._text(node)
        if node.rule.function.name in BOOLEAN:
            form = self.language.output
            text = form.text.format(text if level >= form.levels[0] else f"({text})")
        return text

    def lines(self, indent: str = "    ") -> Iterator[str]:
        """The assignments, those of a branch inside it."""
        language = self.language
        if language.first != language.assign:  # names that a branch gives a value to are declared before it
            for name in dict.fromkeys(name for path, name, _ in self.steps if path):
                yield indent + language.first.format(name, "0.0").removeprefix("const ")
        now: Path = ()
        for path, name, text in self.steps:
            same = 0
            while same < min(len(now), len(path)) and now[same] == path[same]:
                same += 1
            turns = same < min(len(now), len(path)) and now[same][0] is path[same][0]
            for depth in range(len(now) - 1, same - 1, -1):
                if language.end and not (turns and depth == same):
                    yield indent * (depth + 1) + language.end
            for depth in range(same, len(path)):
                condition, holds = path[depth]
                if turns and depth == same and now[same][1]:
                    yield indent * (depth + 1) + language.otherwise
                else:
                    if turns and depth == same and language.end:
                        yield indent * (depth + 1) + language.end
                    yield indent * (depth + 1) + language.begin.format(self.condition(condition, holds))
            yield indent * (len(path) + 1) + (language.assign if path else language.first).format(name, text)
            now = path
        for depth in range(len(now) - 1, -1, -1):
            if language.end:
                yield indent * (depth + 1) + language.end

    def condition(self, condition: Value, holds: bool = True) -> str:
        """The text of a condition, or of its opposite."""
        if holds:
            return self._operand(condition, CHOICE, condition=True)
        form = self.language.forms["not"]
        return form.text.format(self._operand(condition, form.levels[0], condition=True))


def identifiers(names: Iterable[str], reserved: Collection[str]) -> dict[str, str]:
    """For each name one that any language takes; ASCII, not reserved, and all different."""
    names = list(names)
    given: dict[str, str] = {}
    taken = {name for name in names if _is_plain(name) and name not in reserved}
    for name in names:
        plain = name
        if name not in taken:
            plain = "_".join(re.findall(r"[A-Za-z0-9]+", "".join(map(_spelled, name)))) or "v"
            plain = plain if plain[0].isalpha() else f"v{plain}"
            while plain in reserved or plain in taken:
                plain += "_"
            taken.add(plain)
        given[name] = plain
    return given


def _is_plain(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None


def _spelled(char: str) -> str:
    """A sign in ASCII: Greek letters by name, digits set low or high as digits."""
    plain = unicodedata.normalize("NFKD", char)[0]
    if plain.isascii():
        return plain
    name = unicodedata.name(plain, "").split()
    return name[-1].lower().replace("lamda", "lambda") if len(name) > 2 and "LETTER" in name else "_"


def headline(program: Program) -> str:
    """The expression, in one line of a comment."""
    text = " ".join(program.text.split())
    return text if len(text) <= _HEADLINE else text[: _HEADLINE - 3] + "..."


def usual(program: Program, names: Mapping[str, str], number: Callable[[float], str]) -> list[str]:
    """What to say of variables whose usual value is no default of the code."""
    return [
        f"{new} is usually {number(program.defaults[old])}" for old, new in names.items() if old in program.defaults
    ]


def renamed(names: Mapping[str, str]) -> list[str]:
    """What to say of variables that have another name in the code."""
    return [f"{new} is the variable {old}" for old, new in names.items() if new != old]
