"""Turns the text of the rule table into callables over one kind of number."""

import re
from collections.abc import Callable, Mapping
from functools import cache, reduce
from typing import Any

from autodiff_cli.rules.kernels.floats import SPECIAL
from autodiff_cli.rules.table import Function, find

Kernel = Callable[..., Any]
_LOOPS = {"sum": sum, "reduce": reduce}  # over the arguments of a variadic function
_NAMES = re.compile(r"[a-z_]\w*")
_WHOLE = re.compile(r"(?<![\w.])(?<!\de[-+])\d+(?![\w.])")  # whole numbers, no part of a name or of 1e-10


def parameters(function: Function) -> str:
    """What its formula is called with, as text.

    >>> [parameters(find(name)) for name in ("hypot", "norm")]
    ['a, b', '*args']
    """
    return "*args" if function.variadic else ", ".join(function.args)


@cache
def needs_balls(name: str) -> bool:
    """Whether floats have a function by python-flint alone: by its own kernel, or by one that its formula calls.

    >>> [needs_balls(name) for name in ("erfcinv", "norminv", "normcdf")]
    [True, True, False]
    """
    function = find(name)
    return function is not None and (function.name in SPECIAL or any(map(needs_balls, _NAMES.findall(function.value))))


class NumberSystem:
    """A kind of number: the kernels it brings, and every formula of the table compiled over them when first asked for.

    `kernels` maps names of the table to callables, and `pi` and `nan` to numbers; `make` is asked for a callable
    where there is no kernel, and else the function's own formula is compiled. Numbers whose comparisons have more
    answers than yes and no have `operators_as_calls`: `x < 0` in a formula is then their kernel `lt(x, 0)`, and `x**2`
    their `pow`. Where they are `floats`, so are the whole numbers in a formula, and what it gives is never an int.
    """

    def __init__(
        self,
        kernels: Mapping[str, Any],
        make: Callable[[Function], Kernel] | None = None,
        *,
        operators_as_calls: bool = False,
        floats: bool = False,
    ) -> None:
        self._kernels = kernels
        self._make = make
        self._operators_as_calls = operators_as_calls
        self._floats = floats
        self._partials: dict[tuple[str, int, int], Kernel] = {}
        self._values: dict[tuple[str, ...], Kernel] = {}
        self._namespace: dict[str, Any] = {"__builtins__": {}, **_LOOPS, "pi": kernels["pi"], "nan": kernels["nan"]}

    def value(self, function: Function) -> Kernel:
        """What computes the function, called with its arguments. Raises KeyError where a kernel is missing."""
        key = (function.name, *function.args)
        if key not in self._values:
            self._values[key] = self._found(function)
        return self._values[key]

    def _found(self, function: Function) -> Kernel:
        if self._make:
            return self._make(function)
        first = find(function.name)  # which the kernel of that name is for
        if function.name in self._kernels and first and first.args == function.args:
            kernel: Kernel = self._kernels[function.name]
            return kernel
        if function.value:
            return self.formula(function.value, parameters(function))
        raise KeyError(f"no kernel for {function.name}")

    def partial(self, function: Function, index: int) -> Kernel:
        """The partial for one argument, called with the result and the arguments.

        That of a variadic function is called with the result, that argument, and the tuple of all.
        """
        key = (function.name, len(function.args), 0 if function.variadic else index)
        if key not in self._partials:
            arguments = "y, x, args" if function.variadic else ", ".join(("y", *function.args))
            self._partials[key] = self.formula(function.partials[key[2]], arguments)
        return self._partials[key]

    def formula(self, text: str, arguments: str) -> Kernel:
        """A formula of the table as a callable with these arguments."""
        if self._operators_as_calls:
            text = _as_calls(text)
        if self._floats:
            text = _WHOLE.sub(r"\g<0>.0", text)
        self.learn(text)
        compiled: Kernel = eval(f"lambda {arguments}: {text}", self._namespace)  # noqa: S307 - the table's own text
        return compiled

    def learn(self, text: str) -> dict[str, Any]:
        """The namespace a formula is run in, with every function that it names; a function of one's own is none."""
        for name in {*_NAMES.findall(text)} - self._namespace.keys():
            function = find(name)
            if function and not function.own:
                self._namespace[name] = self.value(function)
        return self._namespace


def _as_calls(text: str) -> str:
    """A formula with its comparisons and powers as calls.

    >>> _as_calls("(x < 0) * x**2")
    'lt(x, 0) * pow(x, 2)'
    """
    import ast

    names = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}

    class Calls(ast.NodeTransformer):
        def visit_Compare(self, node: ast.Compare) -> ast.AST:
            self.generic_visit(node)
            name = ast.Name(names[type(node.ops[0])], ast.Load())
            return ast.Call(name, [node.left, node.comparators[0]], [])

        def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
            self.generic_visit(node)
            is_power = isinstance(node.op, ast.Pow)
            return ast.Call(ast.Name("pow", ast.Load()), [node.left, node.right], []) if is_power else node

    return ast.unparse(Calls().visit(ast.parse(text, mode="eval")))


def vectorized_condition(text: str) -> str:
    """A condition with & and | in place of `and` and `or`, and a < x < b in two, for numbers that overload them.

    >>> vectorized_condition("x > 0 or -1 < x < 0")
    '(x > 0) | (-1 < x) & (x < 0)'
    """
    import ast

    def joined(operator: ast.operator, parts: list[ast.expr]) -> ast.expr:
        first, *others = parts
        for other in others:
            first = ast.BinOp(first, operator, other)
        return first

    class Apart(ast.NodeTransformer):
        def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
            self.generic_visit(node)
            return joined(ast.BitOr() if isinstance(node.op, ast.Or) else ast.BitAnd(), node.values)

        def visit_Compare(self, node: ast.Compare) -> ast.AST:
            terms = [node.left, *node.comparators]
            pairs = zip(terms, node.ops, terms[1:], strict=False)
            return joined(ast.BitAnd(), [ast.Compare(left, [sign], [right]) for left, sign, right in pairs])

    return ast.unparse(Apart().visit(ast.parse(text, mode="eval")))
