"""One's own functions: `define("cube", "x^3")` takes a formula into the table of this process.

In a text a call of it is written out step by step, as one of the language's `f(x) = ...` is, so that the witness and
exact numbers see every step. Over Values it is one step, whose partials are lowered from the formula as for code, or
given by hand; then they are held against the witness, which knows values alone.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from keyword import iskeyword
from math import isclose, isfinite
from threading import Lock
from typing import TYPE_CHECKING

from autodiff_cli.codegen.graph_builder import GraphBuilder
from autodiff_cli.codegen.lower import defined, lower
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import RULES, VALUES, Rule, Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language import parser
from autodiff_cli.language.signs import SPELLED
from autodiff_cli.language.templates import OWN, Template
from autodiff_cli.rules.table import BY_NAME, CONSTANTS, Function, Kink, find
from autodiff_cli.rules.table import add as take_into_table

if TYPE_CHECKING:
    from autodiff_cli.reports.check import Checked

Partials = str | Sequence[str] | Mapping[str, str] | None
_LONGEST = 20_000  # characters of a formula
_POINTS = 60  # at which partials are held against the witness
_LETTERS = {*"abcdeijklmnopqrstuvwxyz"}
_HEAD = re.compile(r"\s*([^\W\d]\w*)\s*(?:\(([^()]*)\))?\s*")
_INFIX = {"add", "sub", "mul", "div", "lt", "le", "gt", "ge"}
_defined: dict[str, tuple[object, ...]] = {}  # what each was defined by
_lock = Lock()


def define(head: str, formula: str, partials: Partials = None) -> Callable[..., Value]:
    """Define a function of this process; returns it, for Values and numbers.

    `head` is a name, or a name with its arguments: `dist(a, b)`; without them they are the formula's variables in order
    of appearance. `partials` are formulas by hand: a text where there is one argument, a sequence of one for each, or a
    mapping from arguments; they may call the function itself. What is not given is derived. From there on it is a
    function like any other: in the texts that `parse` reads, a method of Values, in `autodiff_cli.functions`, an
    activation of a network.

    Raises AutodiffError for a name that is taken, a formula that cannot be read, and a partial that the witness
    contradicts, with the argument and the point. The same definition may be given again. Where people read the formula
    in several ways, the docstring of the function says how it was read.

    >>> cube = define("cube", "x^3", partials="3*x^2")
    >>> x = Value(2.0)
    >>> y = cube(x)
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """
    name, arguments = _head(_text_of(head))
    body = _body(_text_of(formula), name, arguments)
    arguments = arguments or [*body.variables]
    by_hand = _by_hand(partials, arguments)
    with _lock:
        key = (tuple(arguments), formula, *by_hand.items())
        if _defined.get(name) == key:
            return VALUES.value(BY_NAME[name][0])
        template = _template(name, arguments, formula)
        expression = _reordered(body, arguments)
        head = f"{name}({_listed(arguments)}) = {formula}"
        claims = {one: _partial(name, text, head, arguments) for one, text in by_hand.items()}
        points = _held(name, expression, claims)
        known = _known(name, arguments, expression, points)
        if known:
            return VALUES.value(known)
        call = _take(_entry(name, expression, claims, points, formula), template, key)
        call.__doc__ = "\n".join([formula, *expression.notes])
        return call


def _take(function: Function, template: Template, key: tuple[object, ...]) -> Callable[..., Value]:
    """Put a function where this process looks for one: the table, the rules, the language, Value's methods."""
    take_into_table(function)
    RULES[function.name, len(function.args)] = Rule(function)
    OWN[function.name] = template
    _defined[function.name] = key
    call = VALUES.value(function)
    call.__name__ = call.__qualname__ = function.name
    setattr(Value, function.name, call)
    return call


# --- what is asked for -----------------------------------------------------------------------------------------------


def _head(head: str) -> tuple[str, list[str]]:
    """The name and the arguments of a head; none where it has no parentheses."""
    found = _HEAD.fullmatch(head)
    name, listed = found.groups() if found else ("", None)
    arguments = [one.strip() for one in listed.split(",")] if listed is not None else []
    if not name or not all(arguments):
        raise AutodiffError(f"'{head}' cannot be the head of a function", hint='as in define("dist(a, b)", ...)')
    return name, arguments


def _text_of(given: object) -> str:
    """What is given as a text. Raises AutodiffError for all else: Python's functions cannot be read."""
    if not isinstance(given, str):
        hint = """as in define("cube", "x^3", partials="3*x^2")"""
        raise AutodiffError(f"a function is defined by texts, not by {given!r}", hint=hint)
    return given


def _body(formula: str, name: str, arguments: Sequence[str]) -> Expression:
    """The formula, which has the arguments for its variables."""
    body = parser.parse(formula, arguments)
    if body.steps or body.defaults:
        raise AutodiffError("a function is one formula, not a program", hint="write its steps into one formula")
    if not body.variables:
        raise AutodiffError(f"{name} has no argument", source=formula, hint='as in define("cube", "x^3")')
    strangers = [one for one in body.variables if arguments and one not in arguments]
    if strangers:
        hint = f"write {name}({', '.join([*arguments, *strangers])}), or put a number in its place"
        raise AutodiffError(f"'{strangers[0]}' is no argument of {name}", source=formula, hint=hint)
    return body


def _by_hand(partials: Partials, arguments: Sequence[str]) -> dict[str, str]:
    """The partials that are given, by argument."""
    if partials is None:
        return {}
    if isinstance(partials, Mapping):
        for one in partials:
            if one not in arguments:
                raise AutodiffError(
                    f"a partial by '{one}', which is no argument", hint=f"they are {_listed(arguments)}"
                )
        return {one: _text_of(text) for one, text in partials.items()}
    given = [*map(_text_of, partials)] if isinstance(partials, list | tuple) else [_text_of(partials)]
    if len(given) != len(arguments):
        hint = f'give one for each, in the order {_listed(arguments)}; or some by name: {{"{arguments[0]}": "..."}}'
        raise AutodiffError(f"partials: {len(given)}, arguments: {len(arguments)}", hint=hint)
    return dict(zip(arguments, given, strict=True))


def _partial(name: str, text: str, head: str, arguments: Sequence[str]) -> Expression:
    """A partial by hand, in terms of the arguments, and of the function itself."""
    if not text.strip():
        raise AutodiffError(f"a partial of {name} is empty", hint="leave it out, and it is derived")
    calls_itself = re.search(rf"\b{name}\s*\(", text)
    partial = parser.parse(f"{head}; {text}" if calls_itself else text, arguments)
    strangers = [one for one in partial.variables if one not in arguments]
    if strangers:
        hint = f"the arguments are {_listed(arguments)}"
        raise AutodiffError(f"a partial has '{strangers[0]}', which is no argument of {name}", source=text, hint=hint)
    return partial


def _listed(arguments: Iterable[str]) -> str:
    return ", ".join(arguments)


def _template(name: str, arguments: Sequence[str], formula: str) -> Template:
    """The steps of the function as the language reads `name(arguments) = formula`, which knows what may have a name.

    Raises AutodiffError for a name that is taken.
    """
    text = formula  # of a function that the table has already
    if name not in BY_NAME or name in OWN:
        _check_free(name)
        text = f"{name}({_listed(arguments)}) = {formula}"
    read = parser.parse(text, arguments)
    parameters = [read.variables.get(one) or Value(0.0, one) for one in arguments]
    return Template(parameters, read.nodes, read.root, read.needed, read.differentiated)


def _check_free(name: str) -> None:
    """Raise AutodiffError for a name that is taken; the language itself refuses its words."""
    if name in OWN:
        there = BY_NAME[name][0].doc
        raise AutodiffError(f"'{name}' is defined already, as {there}", hint="give this one another name")
    if name in _LETTERS:
        raise AutodiffError(f"'{name}' is what a variable is called", hint="give it a longer name, or f, g or h")
    is_constant = name in (*CONSTANTS, *SPELLED, "nan")
    if is_constant or iskeyword(name) or hasattr(Value, name) or name.startswith("_"):
        raise AutodiffError(f"'{name}' has a meaning already", hint="choose another name")


def _reordered(body: Expression, arguments: Sequence[str]) -> Expression:
    """The formula with its variables in the order of the arguments, also those that it does not have."""
    variables = {one: body.variables.get(one) or Value(0.0, one) for one in arguments}
    return replace(body, variables=variables).copied()


# --- the witness -----------------------------------------------------------------------------------------------------


def _held(name: str, expression: Expression, claims: Mapping[str, Expression]) -> list[tuple[float, ...]]:
    """Points inside the domain, at which the partials by hand and our own are what the witness finds.

    Raises AutodiffError for one that is not, or that cannot be decided.
    """
    from autodiff_cli.reports.check import check, draw, witness

    derived = [one for one in expression.variables if one not in claims]
    try:
        points = draw(expression, {}, _POINTS // 3, 0).points
    except AutodiffError as error:
        raise error.changed(hint="a function has a value and a gradient somewhere") from None
    if claims:
        _refuse_wrong(name, check(expression, claims, {}, _POINTS))
    if derived:
        _refuse_wrong(name, witness(expression, {}, _POINTS // 3, wrt=derived))
    return [tuple(point) for point in points]


def _refuse_wrong(name: str, checked: "Checked") -> None:
    """Raise AutodiffError for the first partial that is not right."""
    for finding in checked.findings:
        by = f"the partial of {name} by {finding.name}"
        spot = finding.counterexample
        if finding.answer == "wrong" and spot:
            at = _listed([f"{one} = {number:.6g}" for one, number in spot.point.items()])
            message = f"{by} is wrong: at {at} it is {spot.true:.6g}, not {spot.claimed:.6g}"
            raise AutodiffError(message, hint=finding.hint)
        if finding.answer == "undecided" and finding.claim:
            hint = "leave the partial out, and it is derived"
            raise AutodiffError(f"{by} could not be held against anything at enough points", hint=hint)


def _known(
    name: str, arguments: Sequence[str], expression: Expression, points: Iterable[Sequence[float]]
) -> Function | None:
    """The table's own function of that name, if the definition is the same function; None for a new name.

    Raises AutodiffError where it is another.
    """
    if name not in BY_NAME:
        return None
    function = find(name, len(arguments))
    is_callable = function is not None and not function.symbol
    if function and is_callable and all(_agree(function, expression, point) for point in points):
        return function
    there = BY_NAME[name][0]
    raise AutodiffError(f"there is a function {name} already: {there.doc}", hint="choose another name")


def _agree(function: Function, expression: Expression, point: Sequence[float]) -> bool:
    its = VALUES.value(function)(*point).data
    ours = expression.evaluate(**dict(zip(expression.variables, point, strict=True)))
    return isclose(its, ours, rel_tol=1e-9, abs_tol=1e-300)


# --- the entry -------------------------------------------------------------------------------------------------------


def _entry(
    name: str,
    expression: Expression,
    claims: Mapping[str, Expression],
    points: Sequence[tuple[float, ...]],
    formula: str,
) -> Function:
    """The line of the table, as text made of the table's own names: nothing that a user wrote is compiled."""
    names = _table_names(len(expression.variables))
    env = dict(zip(expression.variables, names, strict=True))
    program = lower(expression)
    partials = []
    for one in expression.variables:
        if one in claims:
            made = lower(claims[one], ())
            partials.append(_text(made.outputs[()], {made.inputs[own]: env[own] for own in made.inputs}))
        else:
            inputs = {node: env[own] for own, node in program.inputs.items()}
            partials.append(_text(program.outputs[one,], inputs))
    inputs = {node: env[own] for own, node in program.inputs.items()}
    functions = [node.rule.function for node in expression.nodes]
    return Function(
        name,
        tuple(names),
        tuple(partials),
        formula,
        tuple(points[:3]),
        value=_text(program.outputs[()], inputs),
        domain=_domain(expression, env),
        kinks=_kinks(functions),
        selects=any(one.selects for one in functions),
        own=True,
    )


def _kinks(functions: Iterable[Function]) -> tuple[Kink, ...]:
    """That a function made of these is not smooth where one of them is not."""
    kinks = [kink for one in functions for kink in one.kinks]
    jumps, steep = any(kink.jumps for kink in kinks), all(kink.steep for kink in kinks)
    where = "where a step of its formula does" if jumps else "where a step of its formula has one"
    return (Kink(where, "the slope that the step has there", jumps, steep),) if kinks else ()


def _table_names(count: int) -> list[str]:
    """What the table calls so many arguments; `y` is a result there."""
    return {1: ["x"], 2: ["a", "b"], 3: ["a", "b", "c"]}.get(count) or [f"a{k}" for k in range(1, count + 1)]


def _domain(expression: Expression, env: Mapping[str, str]) -> str:
    """Where every step has a value, as the table has it."""
    graph = GraphBuilder()
    inputs = {one: Value(0.0, one) for one in expression.variables}
    made = {old: inputs[one] for one, old in expression.variables.items()}
    graph.read([expression.root, *expression.needed], made)
    holds = defined(graph, [expression.root, *expression.needed], made)
    names = {node: env[one] for one, node in inputs.items()}
    return "" if holds is graph.one else " and ".join([_condition(part, names) for part in _parts(holds)])


def _parts(condition: Value) -> list[Value]:
    """What a condition joins by `and`."""
    if condition.rule.function.name != "and":
        return [condition]
    return [*_parts(condition.args[0]), *_parts(condition.args[1])]


def _condition(part: Value, names: Mapping[Value, str]) -> str:
    """A condition as a domain has it, without parentheses around it: x > 0, x != 0."""
    if part.rule.function.name == "ne":
        left, right = [_text(arg, names) for arg in part.args]
        return f"{left} != {right}"
    text = _text(part, names)
    return text[1:-1] if text.startswith("(") else text


def _text(root: Value, names: Mapping[Value, str]) -> str:
    """A graph as a formula of the table.

    Raises AutodiffError where it grows beyond use.
    """
    texts = dict(names)
    for node in toposort([root]):
        if node not in texts:
            texts[node] = _call(node, [texts[arg] for arg in node.args]) if node.args else _number(node)
        if len(texts[node]) > _LONGEST:
            hint = "use it in a text as f(x) = ... instead"
            raise AutodiffError("the formula is too long for a function of one's own", hint=hint)
    return texts[root]


def _call(node: Value, args: Sequence[str]) -> str:
    function = node.rule.function
    name = function.name
    if name in _INFIX:
        return f"({args[0]} {function.symbol} {args[1]})"
    if name == "neg":
        return f"(-{args[0]})"
    is_called = find(name) == function and not iskeyword(name)
    if is_called or not function.value:
        return f"{name}({', '.join(args)})"
    given = dict(zip(function.args, args, strict=True))  # and, or, not; a logarithm to a base
    written = re.sub(r"[a-z]\w*", lambda found: given.get(found[0], found[0]), function.value)
    return f"({written})"


def _number(node: Value) -> str:
    """A number, which is exact whatever the numbers are: 1/10 of 0.1."""
    data = node.data
    if node.label == "pi":
        return "pi"
    if data != data:
        return "nan"
    if not isfinite(data):
        return "(-log(0))" if data > 0 else "log(0)"
    if data % 1 == 0:
        return str(int(data)) if data >= 0 else f"(-{-int(data)})"
    over, under = _decimal(data)
    return f"({over} / {under})"


def _decimal(data: float) -> tuple[int, int]:
    """The quotient of whole numbers, both floats, that is this number when it is divided."""
    from fractions import Fraction

    written = Fraction(repr(data))
    is_exact = max(abs(written.numerator), written.denominator) < 2**53
    return (written.numerator, written.denominator) if is_exact else data.as_integer_ratio()
