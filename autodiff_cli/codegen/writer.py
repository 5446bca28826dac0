"""What the languages share: a program as infix expressions and assignments, and the helpers that it calls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from math import nan
from operator import attrgetter
from typing import NamedTuple

from autodiff_cli.codegen.forms import ATOM, CHOICE, PRODUCT, SIGN, Form, call, within
from autodiff_cli.codegen.graph_builder import GraphBuilder, Rewrite
from autodiff_cli.codegen.names import identifiers
from autodiff_cli.codegen.paths import Path, common, conditions_of
from autodiff_cli.codegen.program import Outputs, Program, assemble
from autodiff_cli.codegen.simplify import is_number
from autodiff_cli.engine.printer import fresh
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.numbers import parameters
from autodiff_cli.rules.table import BOOLEAN, FUNCTIONS, Function, find

_SMALL = 3  # operations of a formula that is written out where it is used, and gets no function of its own
_SHORT = 20  # characters of a condition that is written again wherever it is used
_CONDITIONS = {"where": 1, "not": 1, "and": 2, "or": 2}  # so many first operands are conditions
_CHOSEN = {"where": 1, "max": 0, "min": 0}  # the result is one of the operands from this on


def every_number(_: Value) -> bool:
    """Any operation on numbers is `folded`: its functions take arrays alone, or have fewer digits."""
    return True


@dataclass(frozen=True)
class Language:
    """How a language spells what a program is made of.

    `forms` has the functions of the table that it has, `rewrites` formulas of the table's kind for some that it has
    not; `number` writes a constant. `source` gives the texts of a helper and of what it needs, by name, and `define`
    that of a helper that a formula of the table was made into. Where `lazy`, operations that one branch needs are
    computed there alone. An operation on numbers that is `folded` is written as the number that it is.
    """

    forms: Mapping[str, Form]
    number: Callable[[float, str | None], str]
    condition: Form  # a number as a condition
    truth: Form | None  # a condition as a number
    output: Form  # a condition as a result
    reserved: Collection[str]
    own_names: Callable[[], Collection[str]] = tuple  # what its helpers are called besides
    one_case: bool = False  # names that differ by capital letters alone are one
    rewrites: Mapping[str, str] = field(default_factory=dict)
    powers: Mapping[float, str] = field(default_factory=dict)  # formulas of x for some numbers as exponents
    orders: Mapping[tuple[str, float], str] = field(default_factory=dict)  # of functions whose first operand is that
    real: Callable[[float, str | None], str] = lambda data, label: ""  # a number where it tells a result's kind
    special: Callable[[Value], Form | None] = lambda node: None  # a form that hangs on the operands
    real_operands: Collection[str] = ()  # functions whose operands are written so
    folded: Callable[[Value], bool] = lambda step: False
    of_numbers: Callable[[Value, str], str] = lambda step, first: first  # the first operand, where none varies
    helper: str = "{}"  # what a helper is called
    source: Callable[[str], Mapping[str, str]] = lambda name: {}
    define: Callable[[str, Written], str] = lambda name, written: ""
    pairs: bool = True  # takes the greatest of two alone
    lazy: bool = True
    assign: str = "{} = {}"
    first: str = "{} = {}"  # an assignment outside all branches
    begin: str = "if {}:"
    otherwise: str = "else:"
    end: str = ""
    width: int = 60  # characters of an operation that is written where it is used

    @property
    def taken(self) -> set[str]:
        """The names that no variable can have: the language's own, and those of helpers."""
        helpers = map(self.helper.format, map(attrgetter("name"), FUNCTIONS))
        return {*self.reserved, *self.own_names(), *(helpers if self.helper != "{}" else ())}

    def identifiers(self, names: Iterable[str], also: Iterable[str] = ()) -> dict[str, str]:
        """What variables are called; none as what is taken or is in the way `also`."""
        return identifiers(names, {*self.taken, *also}, one_case=self.one_case)

    def named(self, program: Program) -> set[Value]:
        """The operations that get a name even where they are short and used once."""
        return set()

    def has(self, function: Function) -> bool:
        """Whether the language has the function itself."""
        return function.name in self.forms and is_first(function)

    def can_say(self, function: Function) -> bool:
        """Whether there is a way to say a function of the table, and all that its formula is made of."""
        graph = GraphBuilder()
        inputs = {one: Value(nan, one) for one in ("a", "b", *function.args)}
        args = list(inputs.values())[:2] if function.variadic else [inputs[one] for one in function.args]
        program = assemble(function.name, inputs, {}, {(): graph.call(function, tuple(args))})
        try:
            Written(program, self)
        except MissingFunctionError:
            return False
        return True

    def rewrite(self, graph: GraphBuilder, function: Function, args: tuple[Value, ...]) -> Value | None:
        """What stands for a function that the language has not, where that is short."""
        if function.variadic and function.value:
            return graph.formula(function.value, parameters(function), *args)
        is_of_pairs = function.variadic and self.pairs
        if is_of_pairs and len(args) > 2:
            first = graph.call(function, args[:-1])
            return graph.call(function, (first, args[-1]))
        formula = self._power(function, args) or self._order(function, args) or self.formula(function)
        if not formula:
            return None
        names = "a, b" if function.variadic else ", ".join(function.args)
        return graph.formula(formula, names, *args)

    def _power(self, function: Function, args: tuple[Value, ...]) -> str:
        """The formula that is written out for a power by that number; empty where there is none."""
        if function.name != "pow" or args[1].requires_grad:
            return ""
        return self.powers.get(args[1].data, "")

    def _order(self, function: Function, args: tuple[Value, ...]) -> str:
        """The formula that is written out for a function of that order; empty where there is none."""
        return "" if args[0].requires_grad else self.orders.get((function.name, args[0].data), "")

    def formula(self, function: Function) -> str:
        """The formula that is written out for a function; empty where there is none that is short."""
        if self.has(function):
            return ""
        own = self.rewrites.get(function.name, "") if is_first(function) else ""
        return own or self._short_formula(function)

    def _short_formula(self, function: Function) -> str:
        """The table's formula of a function, where it is short and the language has no helper for it."""
        has_helper = bool(self.source(function.name))
        is_short = function.value and not has_helper and _size(function) <= _SMALL
        return function.value if is_short else ""


def is_first(function: Function) -> bool:
    """Whether it is the first of its name, which a language's function of that name is for."""
    return find(function.name) == function


@cache
def _size(function: Function) -> int:
    return len(_program(function, None).steps)


def _program(function: Function, rewrite: Rewrite | None) -> Program:
    """The table's formula of a function as a program."""
    graph = GraphBuilder(rewrite)
    inputs = {name: Value(nan, name) for name in function.args}
    root = graph.formula(function.value, ", ".join(function.args), *inputs.values())
    return assemble(function.name, inputs, {}, {(): root})


class MissingFunctionError(AutodiffError):
    """A language has no way to say a function."""

    def __init__(self, function: Function) -> None:
        super().__init__(f"{function.name} cannot be had in this language", hint="write it by other functions")
        self.function = function


class _Assignment(NamedTuple):
    """An operation that gets a name, on one of its paths."""

    path: Path
    name: str
    text: str
    is_condition: bool


class WrittenResult(NamedTuple):
    """The texts of a result: its value and its derivatives, to be made nan where the value is if it `is_partial`."""

    name: str
    value: str
    slopes: dict[tuple[str, ...], str]
    is_partial: bool


class Written:
    """A program in a language: `names` of its inputs, `lines` that compute its operations, what its `outputs` are.

    `helpers` are the texts of the functions that it calls and the language has not, those they need first.

    >>> from autodiff_cli.codegen.python import LANGUAGE
    >>> written = Written(lower(parse("where(x > 0, log(x)*log(x), sinh(x))")), LANGUAGE)
    >>> print(*written.lines(), *written.outputs.values(), sep="\\n")
        if x > 0:
            t1 = math.log(x)
    t1 * t1 if x > 0 else math.sinh(x)
    (t1 + t1) / x if x > 0 else math.cosh(x)
    """

    def __init__(self, program: Program, language: Language, names: Mapping[str, str] | None = None) -> None:
        self.language = language
        self._original = program
        self.program = program.rewritten(language.rewrite)
        self.names = dict(names) if names else language.identifiers(program.inputs)
        self.helpers: dict[str, str] = {}
        named = language.named(self.program)
        if not self._write(named):
            self._write(named.union(conditions_of(chain.from_iterable(self.program.paths.values()))))
        self.outputs = self._texts_of(self.program.results.get("", {}))

    def _texts_of(self, outputs: Outputs) -> dict[tuple[str, ...], str]:
        return {key: self._result(node) for key, node in outputs.items()}

    @property
    def several(self) -> list[WrittenResult]:
        """The results, where they have names; [] where there is but one."""
        found = []
        for name, outputs in self.program.results.items():
            texts = self._texts_of(outputs)
            slopes = {key: text for key, text in texts.items() if key}
            is_partial = bool(slopes and self._original.partial_steps(name))
            found.append(WrittenResult(name, texts[()], slopes, is_partial))
        return found if "" not in self.program.results else []

    @property
    def value(self) -> str:
        """The text of the value."""
        return self.outputs[()]

    @property
    def slopes(self) -> dict[tuple[str, ...], str]:
        """The texts of the derivatives."""
        return {key: text for key, text in self.outputs.items() if key}

    @property
    def is_partial(self) -> bool:
        """Whether the derivatives must be made nan where the value is."""
        return bool(self.slopes and self._original.partial_steps())

    def temporaries(self, *, conditions: bool) -> list[str]:
        """The names of operations: those that are conditions, or those that are numbers."""
        found = [one.name for one in self._assignments if one.is_condition == conditions]
        return list(dict.fromkeys(found))

    # --- operations ------------------------------------------------------------------------------------------------

    def _write(self, named: set[Value]) -> bool:
        """Write every operation; these are named. False where a condition that needs a name has none."""
        program = self.program
        unnamed = fresh("t", {*self.names.values(), *self.language.taken})
        self._texts = {node: (self.names[name], ATOM) for name, node in program.inputs.items()}
        self._assignments: list[_Assignment] = []
        inlined: set[Value] = set()  # what is written in one place alone, and cannot be the condition of a branch
        for step in program.steps:
            text, level = self._operation(step)
            is_once = program.uses[step] == 1 and len(text) <= self.language.width
            if _is_short_condition(step, text):
                self._texts[step] = text, level
            elif is_once and step not in named:
                self._texts[step] = text, level
                inlined.add(step)
            else:
                paths = program.paths[step] if self.language.lazy else ((),)
                if not inlined.isdisjoint(conditions_of(paths)):
                    return False
                self._assign(step, next(unnamed), text, paths)
        return True

    def _assign(self, step: Value, name: str, text: str, paths: Iterable[Path]) -> None:
        """Give an operation a name, on each of its paths."""
        is_condition = step.rule.function.name in BOOLEAN
        self._assignments += [_Assignment(path, name, text, is_condition) for path in paths]
        self._texts[step] = name, ATOM

    def name(self, step: Value) -> str:
        """What an operation with a name, or an input, is called."""
        return self._texts[step][0]

    def _operation(self, step: Value) -> tuple[str, int]:
        """The text of an operation, and how tight it binds."""
        if self._is_folded(step):
            return self._number(step)
        form = self._form(step)
        if step.rule.function.name == "neg" and form.level == SIGN and self._takes_sign(step.args[0]):
            return "-" + self._text(step.args[0])[0], PRODUCT
        operands = self._operands(step, form)
        text = form.text.replace("{}", ", ".join(operands)) if "{}" in form.text else form.text.format(*operands)
        return text, form.level

    def _takes_sign(self, node: Value) -> bool:
        """Whether a minus may stand before the first factor of a product."""
        text, level = self._text(node)
        return level == PRODUCT and not text.startswith("-")

    def _operands(self, step: Value, form: Form) -> list[str]:
        name = step.rule.function.name
        conditions = _CONDITIONS.get(name, 0)
        operands = [
            self._operand(arg, form.level_of(index), condition=index < conditions)
            for index, arg in enumerate(step.args)
        ]
        chosen = 0 if name in self.language.real_operands else _CHOSEN.get(name)
        if not step.requires_grad:
            operands[0] = self.language.of_numbers(step, operands[0])
        if chosen is None:
            return operands
        results = [self._real(arg) or text for arg, text in zip(step.args, operands, strict=True)]
        return operands[:chosen] + results[chosen:]

    def _operand(self, node: Value, level: int, *, condition: bool) -> str:
        """An operand, in parentheses where it needs them, as a condition or as a number."""
        text, own = self._text(node)
        form = self._conversion(node, condition)
        return within(text, own, level) if form is None else within(form.around(text, own), form.level, level)

    def _conversion(self, node: Value, condition: bool) -> Form | None:
        """What makes a condition of a number, or a number of a condition, if that is wanted."""
        if condition == (node.rule.function.name in BOOLEAN):
            return None
        return self.language.condition if condition else self.language.truth

    def _text(self, node: Value) -> tuple[str, int]:
        """The text of a node that is written already, or of a number."""
        if node not in self._texts:
            self._texts[node] = self._number(node)
        return self._texts[node]

    def _number(self, node: Value) -> tuple[str, int]:
        """The text of a number."""
        text = self.language.number(node.data, node.label)
        level = PRODUCT if "/" in text else ATOM
        return text, SIGN if text.startswith("-") else level

    def _is_folded(self, node: Value) -> bool:
        """Whether an operation on numbers is written as the number that it is."""
        is_settled = not node.requires_grad and node.rule.function.name not in BOOLEAN
        return is_settled and bool(node.args) and self.language.folded(node)

    # --- functions -------------------------------------------------------------------------------------------------

    def _form(self, step: Value) -> Form:
        function, language = step.rule.function, self.language
        if form := language.special(step):
            return form
        if language.has(function):
            return language.forms[function.name]
        own = function.name if is_first(function) else f"{function.name}_to_base"
        name = language.helper.format(own)
        if name not in self.helpers:
            self.helpers |= self._helper(function, name)
        return call(name)

    def _helper(self, function: Function, name: str) -> Mapping[str, str]:
        """The text of a helper, after those that it needs."""
        language = self.language
        source = language.source(function.name)
        if source:
            return source
        if not function.value:
            raise MissingFunctionError(function)
        written = Written(_program(function, language.rewrite), language)
        return written.helpers | {name: language.define(name, written)}

    def _real(self, node: Value) -> str:
        """A plain number where it is one of the results; empty for all else."""
        is_plain = is_number(node) or self._is_folded(node)
        return self.language.real(node.data, node.label) if is_plain else ""

    def _result(self, node: Value) -> str:
        if real := self._real(node):
            return real
        text, level = self._text(node)
        if node.rule.function.name not in BOOLEAN:
            return text
        return self.language.output.around(text, level)

    # --- lines -----------------------------------------------------------------------------------------------------

    def lines(self, indent: str = "    ") -> Iterator[str]:
        """The assignments, those of a branch inside it."""
        language = self.language
        yield from self._declarations(indent)
        now: Path = ()
        for path, name, text, _ in self._assignments:
            if path != now:
                yield from self._turn(now, path, indent)
                now = path
            assign = language.assign if path else language.first
            yield indent * (len(path) + 1) + assign.format(name, text)
        yield from self._turn(now, (), indent)

    def _declarations(self, indent: str) -> Iterator[str]:
        """Names that a branch gives a value to, where the language wants them declared before it."""
        first = self.language.first
        if first == self.language.assign:
            return
        declaration = indent + first.removeprefix("const ")
        in_branches = filter(attrgetter("path"), self._assignments)
        yield from [declaration.format(name, "0.0") for name in dict.fromkeys(map(attrgetter("name"), in_branches))]

    def _turn(self, now: Path, path: Path, indent: str) -> Iterator[str]:
        """The lines that lead from inside one path into another: branches end, turn to their other side, begin."""
        language, kept = self.language, len(common((now, path)))
        turns = kept < min(len(now), len(path)) and now[kept] == (path[kept][0], True)  # `if c` goes on with `else`
        kept += turns
        if language.end:
            for depth in range(len(now), kept, -1):
                yield indent * depth + language.end
        if turns:
            yield indent * kept + language.otherwise
        for depth, (condition, holds) in enumerate(path[kept:], kept + 1):
            yield indent * depth + language.begin.format(self.condition(condition, holds))

    def condition(self, condition: Value, holds: bool = True) -> str:
        """The text of a condition, or of its opposite."""
        if holds:
            return self._operand(condition, CHOICE, condition=True)
        form = self.language.forms["not"]
        return form.text.format(self._operand(condition, form.levels[0], condition=True))


def _is_short_condition(step: Value, text: str) -> bool:
    return step.rule.function.name in BOOLEAN and len(text) <= _SHORT and "(" not in text
