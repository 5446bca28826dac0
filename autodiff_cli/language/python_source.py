"""Functions of a Python file, read into the language; nothing of the file is run.

What is read is plain arithmetic: assignments, `if`, `for` over what is known beforehand, names of `math` and NumPy, and
calls of the file's other functions, which are put in place. Every assignment becomes a step of a program.
"""

import ast
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autodiff_cli.engine.printer import fresh
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import CONSTANTS, find

_MOST = 5_000  # statements, after loops and branches are written out
_LARGEST = 2**1023  # whole number
_DEEPEST = 50  # calls within calls
_MODULES = {"math", "np", "numpy", "jnp", "cmath", "torch"}
_LIBRARIES = {"autodiff_cli", "autograd", "cmath", "jax", "math", "mpmath", "numpy", "scipy", "sympy", "torch"}
_SAME = {"absolute": "abs", "power": "pow", "maximum": "max", "minimum": "min"}  # of names that the table has not
_CONDITIONS = (ast.Compare, ast.BoolOp, ast.UnaryOp)
_LISTS = ("array", "asarray", "list", "tuple", "float", "float64")
_SIGNS: dict[type, tuple[str, Callable[..., float]]] = {
    ast.Add: ("({0} + {1})", operator.add),
    ast.Sub: ("({0} - {1})", operator.sub),
    ast.Mult: ("({0} * {1})", operator.mul),
    ast.Div: ("({0} / {1})", operator.truediv),
    ast.Pow: ("({0})^({1})", operator.pow),
    ast.Mod: ("mod({0}, {1})", operator.mod),
    ast.FloorDiv: ("floor({0} / {1})", operator.floordiv),
}
_COMPARED: dict[type, tuple[str, Callable[..., bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
}


class CodeTerm(NamedTuple):
    """A number of the program: its text, the line that it was computed on, and what it is, if that is known.

    Of one that an `if` chooses, `choice` has the condition, and what is so where it holds and where not.
    """

    text: str
    line: int
    number: float | None = None
    choice: "tuple[str, CodeTerm, CodeTerm] | None" = None


_Read = CodeTerm | list["_Read"]
_Names = dict[str, _Read]
_NONE: Mapping[str, _Read] = {}


@dataclass
class PythonFunction:
    """A function as the language has it: its parameters, the steps of its program, and its results."""

    parameters: list[str]
    steps: list[str]
    results: list[CodeTerm]

    def program(self, text: str) -> str:
        """A text that may use the steps, as a program of its own."""
        return "; ".join([*self.steps, text])


def read_function(source: str, name: str, path: str, given: Sequence[str] = ()) -> PythonFunction:
    """A function of a file; `given` are the names that its parameters have, in turn, if not their own.

    A parameter with a default has that. Raises AutodiffError that names the line of what cannot be read.

    >>> found = read_function("def f(x):\\n    y = 2 * x\\n    return y * y", "f", "f.py")
    >>> found.program(found.results[0].text)
    'step1 = (2 * x); (step1 * step1)'
    """
    try:
        return _read_function(ast.parse(source), name, path, given)
    except SyntaxError as error:
        raise AutodiffError(f"{path}, line {error.lineno or 1}: this is no Python: {error.msg}") from None
    except ValueError as error:  # a sign that no text may have
        raise AutodiffError(f"{path} is no Python: {error}") from None
    except RecursionError:
        raise AutodiffError(f"{name} of {path} is nested too deeply", hint="write it in several statements") from None


def _read_function(tree: ast.Module, name: str, path: str, given: Sequence[str]) -> PythonFunction:
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if name not in functions:
        known = ", ".join(functions) or "none"
        raise AutodiffError(f"{path} has no function {name}", hint=f"its functions are {known}")
    arguments = functions[name].args
    own = [argument.arg for argument in arguments.args][: len(arguments.args) - len(arguments.defaults)]
    parameters = [*given] or own
    reader = _ModuleReader(functions, _constants(tree), _imported(tree), path, parameters)
    result = reader.call(functions[name], [CodeTerm(one, functions[name].lineno) for one in parameters])
    return PythonFunction(parameters, reader.steps, _flat(result))


def _constants(tree: ast.Module) -> dict[str, ast.expr | None]:
    """What names of the module stand for, each assigned once; None where it is not that plain."""
    statements = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    inside = [node for statement in statements for node in ast.walk(statement)]
    stored = Counter(node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    moved = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    found: dict[str, ast.expr | None] = dict.fromkeys(stored)
    for name, value in map(_assigned, statements):
        if stored[name] == 1 and name not in moved:
            found[name] = value
    return found


def _imported(tree: ast.Module) -> dict[str, str]:
    """What names from other modules are called there; nothing where that is no library of functions that are here."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            library = "" if node.level else (node.module or "").partition(".")[0]
            found |= {one.asname or one.name: one.name * (library in _LIBRARIES) for one in node.names}
    return found


def _assigned(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    """The name and the value of a plain assignment; none of other statements."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name, statement.value
    return "", None


def _flat(read: _Read) -> list[CodeTerm]:
    if isinstance(read, CodeTerm):
        return [read]
    return [term for one in read for term in _flat(one)]


class _ModuleReader:
    """Goes through functions as Python would, with texts in place of numbers."""

    def __init__(
        self,
        functions: Mapping[str, ast.FunctionDef],
        constants: Mapping[str, ast.expr | None],
        imported: Mapping[str, str],
        path: str,
        parameters: Sequence[str],
    ) -> None:
        self.steps: list[str] = []
        self._moving = {*parameters}  # names that stand for no number
        self._functions, self._constants, self._imported = functions, {**constants}, imported
        self._path, self._unnamed = path, fresh("step", {*parameters})
        self._left, self._depth = _MOST, 0

    def call(self, function: ast.FunctionDef, given: Sequence[_Read], named: Mapping[str, _Read] = _NONE) -> _Read:
        """What a function returns; `named` are the arguments that are given by name."""
        known = self._arguments(function, given, named)
        if known is None:
            raise self._refused(function, f"a call of {function.name} with {len(given) + len(named)} arguments")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refused(function, f"{function.name}, which calls itself")
        result = self._run(function.body, known)
        self._depth -= 1
        if result is None:
            raise self._refused(function, f"{function.name}, which may return nothing")
        return result

    def _arguments(
        self, function: ast.FunctionDef, given: Sequence[_Read], named: Mapping[str, _Read]
    ) -> _Names | None:
        """What a function's parameters stand for; None where these are not its arguments."""
        its = function.args
        names, usual = [argument.arg for argument in its.args], its.defaults
        left = names[len(given) :]
        if len(given) > len(names) or not {*left}.issuperset(named) or its.vararg or its.kwarg or its.kwonlyargs:
            return None
        defaults = dict(zip(names[len(names) - len(usual) :], usual, strict=True))
        known: _Names = dict(zip(names, given, strict=False)) | dict(named)
        known |= {name: self._read(defaults[name], {}) for name in left if name in defaults and name not in named}
        return known if len(known) == len(names) else None

    def _refused(self, node: ast.AST, what: str) -> AutodiffError:
        line = getattr(node, "lineno", 0)
        hint = "assignments, if, for over a range, math and NumPy names and calls of the file's functions are read"
        return AutodiffError(f"{self._path}, line {line}: {what} is not read", hint=hint)

    # --- statements --------------------------------------------------------------------------------------------------

    def _run(self, statements: Sequence[ast.stmt], known: _Names) -> _Read | None:
        """What a block returns; None where it ends without."""
        for at, statement in enumerate(statements):
            self._left -= 1
            if self._left < 0:
                raise self._refused(statement, f"more than {_MOST:,} statements, loops and branches written out,")
            if isinstance(statement, ast.Return) and statement.value:
                return self._read(statement.value, known)
            if isinstance(statement, ast.If):
                return self._branches(statement, statements[at + 1 :], known)
            if isinstance(statement, ast.For):
                return self._run([*self._unrolled(statement, known), *statements[at + 1 :]], known)
            self._assign(statement, known)
        return None

    def _branches(self, statement: ast.If, rest: Sequence[ast.stmt], known: _Names) -> _Read | None:
        condition = self._condition(statement.test, known)
        blocks = [[*statement.body, *rest], [*statement.orelse, *rest]]
        if condition.number is not None:
            return self._run(blocks[not condition.number], known)
        results = [self._run(block, dict(known)) for block in blocks]
        if None in results:
            raise self._refused(statement, "a branch that returns nothing")
        return self._chosen(statement, condition, *results)

    def _chosen(self, node: ast.AST, condition: CodeTerm, then: _Read | None, otherwise: _Read | None) -> _Read:
        if isinstance(then, CodeTerm) and isinstance(otherwise, CodeTerm):
            text = f"where({condition.text}, {then.text}, {otherwise.text})"
            return CodeTerm(text, then.line, None, (condition.text, then, otherwise))
        if isinstance(then, list) and isinstance(otherwise, list) and len(then) == len(otherwise):
            return [self._chosen(node, condition, a, b) for a, b in zip(then, otherwise, strict=True)]
        raise self._refused(node, "a choice between results of different kinds")

    def _unrolled(self, loop: ast.For, known: _Names) -> Iterator[ast.stmt]:
        """The statements of a loop, written out."""
        if loop.orelse or any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(loop)):
            raise self._refused(loop, "a loop with break, continue or else")
        for node in self._items(loop.iter, known):
            yield ast.copy_location(ast.Assign([loop.target], node), loop)
            yield from loop.body

    def _items(self, node: ast.expr, known: _Names) -> list[ast.expr]:
        """What a loop goes over, as it would be typed."""
        if isinstance(node, ast.List | ast.Tuple):
            return node.elts
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "range":
            raise self._refused(node, "a loop over something other than a range or a list that stands there")
        ends = [self._term(argument, known).number for argument in node.args]
        numbers = _range(ends)
        if numbers is None or len(numbers) > _MOST:
            raise self._refused(node, "a range that is not known beforehand, or so long,")
        return [ast.copy_location(ast.Constant(number), node) for number in numbers]

    def _assign(self, statement: ast.stmt, known: _Names) -> None:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            self._store(statement.targets[0], self._read(statement.value, known), known)
        elif isinstance(statement, ast.AnnAssign) and statement.value:
            self._store(statement.target, self._read(statement.value, known), known)
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            name = ast.copy_location(ast.Name(statement.target.id), statement)
            value = ast.copy_location(ast.BinOp(name, statement.op, statement.value), statement)
            self._store(statement.target, self._read(value, known), known)
        elif not (isinstance(statement, ast.Pass) or _is_docstring(statement)):
            raise self._refused(statement, f"'{ast.unparse(statement).splitlines()[0][:40]}'")

    def _store(self, target: ast.expr, value: _Read, known: _Names) -> None:
        if isinstance(target, ast.Name):
            known[target.id] = self._step(value)._replace(line=target.lineno) if isinstance(value, CodeTerm) else value
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, list) and len(target.elts) == len(value):
            for one, part in zip(target.elts, value, strict=True):
                self._store(one, part, known)
        else:
            raise self._refused(target, f"an assignment to '{ast.unparse(target)}'")

    def _step(self, value: CodeTerm) -> CodeTerm:
        """A step of the program for what moves, and is not a name already."""
        moves = not self._moving.isdisjoint(re.findall(r"[^\W\d]\w*", value.text))
        if not moves or value.text.isidentifier():
            return value
        name = next(self._unnamed)
        self.steps.append(f"{name} = {value.text}")
        self._moving.add(name)
        return value._replace(text=name)

    # --- expressions -------------------------------------------------------------------------------------------------

    def _term(self, node: ast.expr, known: _Names) -> CodeTerm:
        found = self._read(node, known)
        if isinstance(found, list):
            raise self._refused(node, "a list where a number is needed")
        return found

    def _read(self, node: ast.expr, known: _Names) -> _Read:
        """An expression, by its kind."""
        read = getattr(self, f"_{type(node).__name__.lower()}", None)
        if read is None:
            raise self._refused(node, f"'{ast.unparse(node)[:40]}'")
        found: _Read = read(node, known)
        return found

    def _constant(self, node: ast.Constant, _known: _Names) -> CodeTerm:
        if not isinstance(node.value, int | float) or (isinstance(node.value, int) and abs(node.value) >= _LARGEST):
            raise self._refused(node, f"'{ast.unparse(node)[:40]}'")
        return _number(float(node.value) if not float(node.value).is_integer() else int(node.value), node.lineno)

    def _module_constant(self, node: ast.Name) -> _Read:
        """What the module has assigned to a name, once: G = 9.81."""
        value = self._constants[node.id]
        if value is None:
            raise self._refused(node, f"the name {node.id}, which the module does not assign once and for all,")
        self._constants[node.id] = None  # for one that is made of itself
        found = self._read(value, {})
        self._constants[node.id] = value
        return found

    def _name(self, node: ast.Name, known: _Names) -> _Read:
        if node.id in known:
            return known[node.id]
        if node.id in self._constants:
            return self._module_constant(node)
        name = self._imported.get(node.id, node.id)
        if name in CONSTANTS:  # from math import pi
            return CodeTerm(name, node.lineno)
        raise self._refused(node, f"the name {node.id}, which this function does not assign,")

    def _attribute(self, node: ast.Attribute, _known: _Names) -> CodeTerm:
        if isinstance(node.value, ast.Name) and node.value.id in _MODULES and node.attr in CONSTANTS:
            return CodeTerm(node.attr, node.lineno)
        raise self._refused(node, f"'{ast.unparse(node)}'")

    def _tuple(self, node: ast.Tuple | ast.List, known: _Names) -> _Read:
        return [self._read(one, known) for one in node.elts]

    _list = _tuple

    def _subscript(self, node: ast.Subscript, known: _Names) -> _Read:
        whole, at = self._read(node.value, known), self._term(node.slice, known).number
        if isinstance(whole, list) and at is not None and -len(whole) <= at < len(whole):
            return whole[int(at)]
        raise self._refused(node, f"'{ast.unparse(node)}'")

    def _binop(self, node: ast.BinOp, known: _Names) -> CodeTerm:
        a, b = self._term(node.left, known), self._term(node.right, known)
        if type(node.op) not in _SIGNS:
            raise self._refused(node, f"'{ast.unparse(node)[:40]}'")
        text, compute = _SIGNS[type(node.op)]
        is_whole = (
            isinstance(a.number, int) and isinstance(b.number, int) and not isinstance(node.op, ast.Div | ast.Pow)
        )
        if is_whole and not (b.number == 0 and isinstance(node.op, ast.Mod | ast.FloorDiv)):
            return _number(compute(a.number, b.number), node.lineno)  # numbers of loops
        return CodeTerm(text.format(a.text, b.text), node.lineno)

    def _unaryop(self, node: ast.UnaryOp, known: _Names) -> CodeTerm:
        value = self._term(node.operand, known)
        if isinstance(node.op, ast.USub) and value.number is not None:
            return _number(-value.number, node.lineno)
        signs: dict[type, str] = {ast.USub: "(-{0})", ast.UAdd: "{0}", ast.Not: "(not {0})"}
        if type(node.op) not in signs:
            raise self._refused(node, f"'{ast.unparse(node)[:40]}'")
        return CodeTerm(signs[type(node.op)].format(value.text), node.lineno)

    def _compare(self, node: ast.Compare, known: _Names) -> CodeTerm:
        terms = [self._term(one, known) for one in (node.left, *node.comparators)]
        if not all(type(op) in _COMPARED for op in node.ops):
            raise self._refused(node, f"'{ast.unparse(node)[:40]}'")
        signs = [_COMPARED[type(op)][0] for op in node.ops]
        parts = [f"{a.text} {sign} {b.text}" for a, sign, b in zip(terms, signs, terms[1:], strict=False)]
        if len(parts) == 1 and None not in (terms[0].number, terms[1].number):
            _, compute = _COMPARED[type(node.ops[0])]
            return CodeTerm(parts[0], node.lineno, int(compute(terms[0].number, terms[1].number)))
        return CodeTerm(f"({' and '.join(parts)})", node.lineno)

    def _boolop(self, node: ast.BoolOp, known: _Names) -> CodeTerm:
        if not all(isinstance(one, _CONDITIONS) for one in node.values):
            raise self._refused(node, f"'{ast.unparse(node)[:40]}'")
        word = " and " if isinstance(node.op, ast.And) else " or "
        return CodeTerm(f"({word.join([self._term(one, known).text for one in node.values])})", node.lineno)

    def _condition(self, node: ast.expr, known: _Names) -> CodeTerm:
        """What an `if` asks: a number is false where it is 0."""
        found = self._term(node, known)
        is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        is_plain = isinstance(node, _CONDITIONS) and (is_not or not isinstance(node, ast.UnaryOp))
        return found if is_plain else found._replace(text=f"({found.text} != 0)")

    def _ifexp(self, node: ast.IfExp, known: _Names) -> _Read:
        condition = self._condition(node.test, known)
        if condition.number is not None:
            return self._read(node.body if condition.number else node.orelse, known)
        return self._chosen(node, condition, self._read(node.body, known), self._read(node.orelse, known))

    def _call(self, node: ast.Call, known: _Names) -> _Read:
        name = self._called(node)
        given = [self._read(argument, known) for argument in node.args]
        if isinstance(node.func, ast.Name) and node.func.id in self._functions:
            named = {one.arg or "**": self._read(one.value, known) for one in node.keywords}
            result = self.call(self._functions[node.func.id], given, named)
            return result._replace(line=node.lineno, choice=None) if isinstance(result, CodeTerm) else result
        if name in _LISTS and len(given) == 1:
            return given[0]
        text = "" if node.keywords else _of_language(name, given)
        if not text:
            raise self._refused(node, f"'{ast.unparse(node)[:40]}'")
        return CodeTerm(text, node.lineno)

    def _called(self, node: ast.Call) -> str:
        """The name of a function that is called, without its module."""
        if isinstance(node.func, ast.Name):
            return self._imported.get(node.func.id, node.func.id)
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in _MODULES:
            return node.func.attr
        raise self._refused(node, f"'{ast.unparse(node)[:40]}'")


def _of_language(name: str, given: Sequence[_Read]) -> str:
    """A call of a function that the language has; empty where it has none."""
    texts = [term.text for term in _flat([*given])]
    if name == "sum" and len(given) == 1 and texts:
        return f"({' + '.join(texts)})"
    language = _SAME.get(name, name)
    return f"{language}({', '.join(texts)})" if find(language, len(texts)) else ""


def _range(ends: Sequence[float | None]) -> range | None:
    """The numbers of a range; None where its ends are not known, or no whole numbers."""
    whole = [int(end) for end in ends if end is not None and end == int(end)]
    if len(whole) < len(ends) or len(ends) not in (1, 2, 3) or whole[2:] == [0]:
        return None
    first, last = (0, whole[0]) if len(whole) == 1 else (whole[0], whole[1])
    return range(first, last, whole[2] if len(whole) == 3 else 1)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _number(number: float, line: int) -> CodeTerm:
    return CodeTerm(f"({number!r})" if number < 0 else repr(number), line, number)
