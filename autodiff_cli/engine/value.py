"""Value: the node of the graph. Operators build it, `forward` runs it, `backward` sends the gradients back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import nan
from numbers import Real
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.copying import copied, reduce
from autodiff_cli.engine.graph import Pullback, forward, plus, reachable, sweep
from autodiff_cli.rules.kernels import floats
from autodiff_cli.rules.numbers import NumberSystem, parameters
from autodiff_cli.rules.table import BY_NAME, CONSTANTS, FUNCTIONS, Function, find

FLOATS = NumberSystem(floats.KERNELS | {"pi": CONSTANTS["pi"], "nan": nan}, floats=True)
_ERRORS = floats.ERRORS
_new = object.__new__
notebook_view: Callable[[Value], dict[str, str]] | None = None  # a picture for a notebook; the package hands it in


class Rule:
    """One entry of the table bound to floats: `kernel` computes it, `pullback` sends a gradient to its arguments.

    Both are compiled when first used.
    """

    __slots__ = ("function", "kernel", "pullback", "may_skip", "zero_partials", "jumps", "_chains", "_partials")

    def __init__(self, function: Function) -> None:
        self.function = function
        self.kernel: Callable[..., float] = self._first_kernel
        self.pullback: Pullback = self._first_pullback
        # Whether some argument may not matter to the result, so that nothing goes back to it
        self.may_skip = function.selects or "0" in function.partials
        self.zero_partials = [i for i, partial in enumerate(function.partials) if partial == "0"]
        self.jumps = function.jumps
        self._chains: dict[int, Callable[..., Any]] = {}
        self._partials: dict[int, Callable[..., float]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _rule_again, (self.function.name, len(self.function.args))  # copied and pickled as the one it is

    def _first_kernel(self, *args: float) -> float:
        self.kernel = FLOATS.value(self.function)
        result: float = self.kernel(*args)
        return result

    def _first_pullback(self, node: Value, gradient: float, ready: list[Value]) -> None:
        if self.may_skip:
            self.pullback = _pullback_selected
        else:
            compile_pullback = _variadic_pullback if self.function.variadic else _compile_pullback
            self.pullback = compile_pullback(self.function)
        self.pullback(node, gradient, ready)

    def edge(self, error: Exception, args: tuple[float, ...]) -> float:
        """The IEEE 754 value where the kernel raised."""
        function = self.function
        if self.kernel is floats.KERNELS.get(function.name):
            return floats.at_the_edge(function.name, error, *args)
        if function.variadic:
            return float(VALUES.formula(function.value, parameters(function))(*map(constant, args)).data)
        return _careful(function.value, dict(zip(function.args, args, strict=True)))

    def skips(self, node: Value, index: int) -> bool:
        """Whether the result does not depend on an argument at this point."""
        if not self.may_skip:
            return False
        return index in self.zero_partials or self.partial(node, index) == 0

    def passed(self, node: Value, index: int, gradient: Value) -> Any:
        """What a node passes on to one of its arguments, over Values."""
        is_variadic = self.function.variadic
        if index not in self._chains:
            names = "y, x, args" if is_variadic else ", ".join(("y", *self.function.args))
            source = pullback_source(self.function, index)
            if source.endswith(" nan"):  # not known: not a number in every order, also where that is differentiated
                source += f" * exp({' + '.join(self.function.args)})"
            self._chains[index] = VALUES.formula(source, f"gradient, {names}")
        given = (node, node.args[index], node.args) if is_variadic else (node, *node.args)
        return self._chains[index](gradient, *given)

    def selected_args(self, node: Value) -> list[Value]:
        """The arguments that the result depends on at this point."""
        return [arg for arg, _ in _selected(node)]

    def partial(self, node: Value, index: int) -> float:
        """The partial of the node's result by one argument, at its arguments' values."""
        data = [arg.data for arg in node.args]
        if index not in self._partials:
            self._partials[index] = FLOATS.partial(self.function, index)
        compiled = self._partials[index]
        try:
            return compiled(node.data, data[index], data) if self.function.variadic else compiled(node.data, *data)
        except _ERRORS:
            return self._partial_at_the_edge(index, node.data, data)

    def _partial_at_the_edge(self, index: int, result: float, data: list[float]) -> float:
        """The IEEE 754 value where the formula of the partial raised."""
        function = self.function
        if function.selects and function.variadic:  # only where an argument is nan
            return nan
        if function.variadic:
            partial = VALUES.partial(function, index)
            return float(partial(constant(result), constant(data[index]), list(map(constant, data))).data)
        return _careful(function.partials[index], {"y": result, **dict(zip(function.args, data, strict=True))})


def _careful(formula: str, arguments: dict[str, float]) -> float:
    """A formula by IEEE 754, where plain floats raised: over constant Values, whose every step has its edges."""
    constants = {name: constant(data) for name, data in arguments.items()}
    result = VALUES.formula(formula, ", ".join(constants))(*constants.values())
    return result.data if isinstance(result, Value) else float(result)


def _is_product(formula: str) -> bool:
    """Whether a formula is no sum, so that the gradient can be its first factor.

    For a quotient, `gradient * -y / b`, that is one rounding less, and no underflow where y / b has one.

    >>> _is_product("-y / (a + b)"), _is_product("1 - y**2")
    (True, False)
    """
    outside, depth = "", 0
    for char in formula:
        depth += (char == "(") - (char == ")")
        outside += char if depth == 0 else ""
    return " + " not in outside and " - " not in outside


def pullback_source(function: Function, index: int) -> str:
    """What a node passes on to one of its arguments, as text: its own `gradient` times the partial.

    >>> pullback_source(find("div", 2), 1)
    'gradient * -y / b'
    """
    partial = function.partials[0 if function.variadic else index]
    return f"gradient * {partial if _is_product(partial) else f'({partial})'}"


def pullback_text(function: Function) -> str:
    """The pullback of a function that always depends on all its arguments, as straight-line Python.

    >>> print(pullback_text(find("div", 2)))
    def pullback(node, gradient, ready):
        a_, b_, = node.args
        b = b_.data
        y = node.data
        if a_.requires_grad:
            try: a_.grad += gradient * 1 / b
            except errors: a_.grad += gradient * careful(node, 0)
            a_.child_count -= 1
            if not a_.child_count: ready.append(a_)
        if b_.requires_grad:
            try: b_.grad += gradient * -y / b
            except errors: b_.grad += gradient * careful(node, 1)
            b_.child_count -= 1
            if not b_.child_count: ready.append(b_)
    """
    used = " ".join(function.partials)
    lines = [
        "def pullback(node, gradient, ready):",
        f"    {', '.join(f'{name}_' for name in function.args)}, = node.args",
    ]
    lines += [f"    {name} = {name}_.data" for name in function.args if name in used]
    if "y" in used:
        lines.append("    y = node.data")
    for index, name in enumerate(function.args):
        lines += _argument_lines(function, index, f"{name}_")
    return "\n".join(lines)


def _argument_lines(function: Function, index: int, arg: str) -> list[str]:
    """What a pullback does for one argument; after its last user that node is ready to pass on its own gradient."""
    if function.partials[index] in ("1", "-1"):
        sign = function.partials[index].replace("1", "") or "+"
        passed = [f"{arg}.grad {sign}= gradient"]
    else:
        passed = [
            f"try: {arg}.grad += {pullback_source(function, index)}",
            f"except errors: {arg}.grad += gradient * careful(node, {index})",
        ]
    counted = [f"{arg}.child_count -= 1", f"if not {arg}.child_count: ready.append({arg})"]
    return [f"    if {arg}.requires_grad:", *[f"        {line}" for line in (*passed, *counted)]]


def _compile_pullback(function: Function) -> Pullback:
    names = FLOATS.learn(" ".join(function.partials))
    scope = {**names, "errors": _ERRORS, "careful": lambda node, index: node.rule.partial(node, index)}
    exec(pullback_text(function), scope)  # noqa: S102 - the table's own text
    pullback: Pullback = scope["pullback"]
    return pullback


def _selected(node: Value) -> list[tuple[Value, float]]:
    """The arguments that the result depends on at this point, each with its partial."""
    rule = node.rule
    found = []
    for index, arg in enumerate(node.args):
        if arg.requires_grad and index not in rule.zero_partials:
            partial = rule.partial(node, index)
            if partial != 0:
                found.append((arg, partial))
    return found


def _pullback_selected(node: Value, gradient: float, ready: list[Value]) -> None:
    """The pullback of a function that may not depend on some of its arguments."""
    for arg, partial in _selected(node):
        arg.grad += gradient * partial
        arg.child_count -= 1
        if not arg.child_count:
            ready.append(arg)


def _variadic_pullback(function: Function) -> Pullback:
    """The pullback of a function of any number of arguments that depends on them all."""
    passed = FLOATS.formula(pullback_source(function, 0), "gradient, y, x, args")

    def pullback(node: Value, gradient: float, ready: list[Value]) -> None:
        data = [arg.data for arg in node.args]
        for index, arg in enumerate(node.args):
            if not arg.requires_grad:
                continue
            try:
                arg.grad += passed(gradient, node.data, arg.data, data)
            except _ERRORS:
                arg.grad += gradient * node.rule.partial(node, index)
            arg.child_count -= 1
            if not arg.child_count:
                ready.append(arg)

    return pullback


def _pullback_values(node: Value, gradient: Value, ready: list[Value]) -> None:
    """As a rule's own pullback, where gradients are Values: the same text, over the nodes in place of their floats."""
    rule = node.rule
    for index, arg in enumerate(node.args):
        if not arg.requires_grad or rule.skips(node, index):
            continue
        arg.grad = plus(arg.grad, rule.passed(node, index, gradient))
        arg.child_count -= 1
        if not arg.child_count:
            ready.append(arg)


class _Leaf(Rule):
    """The rule of a node that nothing computed."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(Function("", (), (), "a number", ()))
        self.pullback = lambda node, gradient, ready: None


LEAF = _Leaf()


class Value:
    """A number that remembers how it was computed.

    `data` is its value; `grad` the derivative by it of what `backward()` was called on, in a leaf the sum over all
    calls; `rule` what computed it from `args`; `label` its name. A `Value(...)` is a leaf and collects gradients; a
    plain number met in an operation becomes a constant and does not.
    """

    __slots__ = ("data", "grad", "rule", "args", "requires_grad", "child_count", "label")

    __array_ufunc__ = None  # so that a NumPy scalar or array on the left leaves the operation to us

    data: float
    grad: Any  # a float, or a Value after backward(create_graph=True)
    rule: Rule
    args: tuple[Value, ...]
    requires_grad: bool
    child_count: int  # used by `sweep` alone; 0 outside it
    label: str | None

    def __init__(self, data: float, label: str | None = None, *, requires_grad: bool = True) -> None:
        if label is not None and not isinstance(label, str):
            raise TypeError(f"a label is text, not {type(label).__name__}")
        self.data = float(data)
        self.grad = 0.0
        self.rule = LEAF
        self.args = ()
        self.requires_grad = requires_grad
        self.child_count = 0
        self.label = label

    if TYPE_CHECKING:  # set below, in a loop over the table

        def __getattr__(self, name: str) -> Callable[..., Value]: ...
        def __add__(self, other: Value | float) -> Value: ...
        def __sub__(self, other: Value | float) -> Value: ...
        def __mul__(self, other: Value | float) -> Value: ...
        def __truediv__(self, other: Value | float) -> Value: ...
        def __pow__(self, other: Value | float) -> Value: ...
        def __mod__(self, other: Value | float) -> Value: ...
        def __radd__(self, other: float) -> Value: ...
        def __rsub__(self, other: float) -> Value: ...
        def __rmul__(self, other: float) -> Value: ...
        def __rtruediv__(self, other: float) -> Value: ...
        def __rpow__(self, other: float) -> Value: ...
        def __rmod__(self, other: float) -> Value: ...
        def __lt__(self, other: Value | float) -> Value: ...
        def __le__(self, other: Value | float) -> Value: ...
        def __gt__(self, other: Value | float) -> Value: ...
        def __ge__(self, other: Value | float) -> Value: ...
        def __neg__(self) -> Value: ...
        def __abs__(self) -> Value: ...

    def __pos__(self) -> Value:
        return self

    @property
    def op(self) -> str:
        """The operation that made this node, as it is written; empty for a leaf."""
        return self.rule.function.symbol or self.rule.function.name

    def backward(self, seed: float = 1.0, *, create_graph: bool = False) -> None:
        """Send gradients from this node to every leaf it depends on; all are times `seed`, this node's own.

        Inner nodes start from zero each time; leaves accumulate until `zero_grad()`. With `create_graph` the gradients
        are Values, and can be differentiated again: `g = x.grad; y.zero_grad(); g.backward()`; of a leaf that nothing
        came to too.
        """
        seed = as_float(seed)
        if not create_graph:
            sweep(self, seed)
            return
        sweep(self, constant(seed), pullback=_pullback_values)
        for node in reachable([self]):
            if node.requires_grad and not node.args:
                node.grad = _as_value(node.grad)

    def zero_grad(self) -> None:
        """Forget the gradients of this node and of all it depends on."""
        for node in reachable([self]):
            node.grad, node.child_count = 0.0, 0

    def __repr__(self) -> str:
        shown = f"data={self.data!r}, grad={self.grad!r}"
        if self.label:
            shown += f", label={self.label!r}"
        if self.args:
            shown += f", op={self.op!r}"
        return f"Value({shown})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return notebook_view(self) if notebook_view else {}

    def __reduce_ex__(self, _: Any) -> tuple[Any, ...]:
        return reduce(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return copied(self, memo)

    def __float__(self) -> float:
        if self.requires_grad:  # `math.sin(v)` would drop the gradient in silence
            hint = "x.data is its value, and x.sin() and the like keep the gradient"
            raise TypeError(f"a Value that takes gradients is no plain number: {hint}")
        return self.data

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __bool__(self) -> bool:
        return self.data != 0


def constant(data: float, label: str | None = None) -> Value:
    """A leaf that takes no gradient."""
    return Value(data, label, requires_grad=False)


def node(rule: Rule, args: tuple[Value, ...]) -> Value:
    """A node not computed yet; `forward` computes it."""
    made = _new(Value)
    made.data = nan
    made.grad = 0.0
    made.rule = rule
    made.args = args
    made.requires_grad = any([a.requires_grad for a in args])  # noqa: C419 - half the time of a generator
    made.child_count = 0
    made.label = None
    return made


def data_of(number: Any) -> float:
    """A gradient as a float, whether it is one or a Value."""
    data: float = number.data if isinstance(number, Value) else number
    return data


def as_float(number: Any) -> float:
    """A number of any kind as a float. Raises TypeError for text, which `float` would read."""
    if isinstance(number, (str, bytes)):
        raise TypeError(f"a number is needed, not {type(number).__name__}")
    return float(number)


def _as_value(other: Any) -> Value | None:
    """A constant for a plain number, also a boolean of NumPy's or an array of one; None for what is no number."""
    if isinstance(other, Value):
        return other
    is_number = isinstance(other, (int, float, Real)) or _kind(other) in tuple("biuf")
    return constant(float(other)) if is_number else None


def _kind(other: Any) -> str:
    """NumPy's letter for a single number: "f" of a float, "b" of a boolean; empty for all else."""
    dtype = getattr(other, "dtype", None)
    return getattr(dtype, "kind", "") if getattr(other, "ndim", None) == 0 else ""


def _by_elements(operation: Callable[[Any], Value], other: Any) -> Any:
    """An array of what an operation makes of each element of a NumPy array; NotImplemented for all else."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(other, numpy.ndarray) or other.ndim == 0:
        return NotImplemented
    made = numpy.empty(other.shape, object)
    made.flat = [*map(operation, other.flat)]
    return made if all([isinstance(one, Value) for one in made.flat]) else NotImplemented  # noqa: C419


def _builder(rule: Rule) -> Callable[..., Value]:
    """What makes and computes a node of this rule from Values and plain numbers."""

    def as_arg(given: Any) -> Value:
        arg = _as_value(given)
        if arg is None:
            raise TypeError(f"{rule.function.name} takes Values and numbers, not {type(given).__name__}")
        return arg

    def build(*given: Any) -> Value:
        made = node(rule, tuple(map(as_arg, given)))
        forward((made,))
        return made

    return build


def _unary(rule: Rule) -> Callable[[Value], Value]:
    """As `_builder`, for the common case, in as few steps as Python allows."""

    def build(self: Value) -> Value:
        made = _new(Value)
        try:
            made.data = rule.kernel(self.data)
        except _ERRORS as error:
            made.data = rule.edge(error, (self.data,))
        made.grad = 0.0
        made.rule = rule
        made.args = (self,)
        made.requires_grad = self.requires_grad
        made.child_count = 0
        made.label = None
        return made

    return build


def _binary(rule: Rule) -> tuple[Callable[[Value, Any], Value], Callable[[Value, Any], Value]]:
    """As `_unary`, for a Python operator; the second is for a plain number on its left."""

    def build(self: Value, other: Any) -> Value:
        if other.__class__ is not Value:
            given, other = other, _as_value(other)
            if other is None:
                return _by_elements(lambda one: build(self, one), given)  # type: ignore[no-any-return]
        made = _new(Value)
        try:
            made.data = rule.kernel(self.data, other.data)
        except _ERRORS as error:
            made.data = rule.edge(error, (self.data, other.data))
        made.grad = 0.0
        made.rule = rule
        made.args = (self, other)
        made.requires_grad = self.requires_grad or other.requires_grad
        made.child_count = 0
        made.label = None
        return made

    def reflected(self: Value, other: Any) -> Value:
        left = _as_value(other)
        return _by_elements(lambda one: reflected(self, one), other) if left is None else build(left, self)

    return build, reflected


RULES: dict[tuple[str, int], Rule] = {(f.name, len(f.args)): Rule(f) for f in FUNCTIONS}


def _rule_again(name: str, count: int) -> Rule:
    return RULES[name, count] if name else LEAF


def rule_of(function: Function) -> Rule:
    """The rule of an entry of the table."""
    return RULES[function.name, len(function.args)]


def plain(name: str) -> Callable[..., Value]:
    """The function of that name as a plain function of Values and numbers."""

    def call(*args: Any) -> Value:
        function = find(name, len(args))
        if function is None:
            raise TypeError(f"{name} does not take {len(args)} arguments")
        return _builder(rule_of(function))(*args)

    call.__name__, call.__doc__ = name, BY_NAME[name][0].doc
    return call


VALUES = NumberSystem({"pi": CONSTANTS["pi"], "nan": nan}, make=lambda function: _builder(rule_of(function)))
# The same, with constants that keep their names, so that a formula of the table becomes a graph that can be printed
NAMED = NumberSystem({"pi": constant(CONSTANTS["pi"], "pi"), "nan": constant(nan, "nan")}, make=VALUES.value)


def _method(name: str, functions: tuple[Function, ...]) -> Callable[..., Value]:
    """The method for the functions of a name."""
    first, *others = functions
    is_unary = len(first.args) == 1 and not first.variadic
    return plain(name) if others or not is_unary else _unary(rule_of(first))


def _add_operators() -> None:
    """Give Value Python's operators; Python itself mirrors a comparison whose left side is a plain number."""
    for name in ("add", "sub", "mul", "div", "pow", "mod", "lt", "le", "gt", "ge"):
        build, reflected = _binary(RULES[name, 2])
        operator = "truediv" if name == "div" else name
        setattr(Value, f"__{operator}__", build)
        if name not in ("lt", "le", "gt", "ge"):
            setattr(Value, f"__r{operator}__", reflected)
    for name in ("abs", "neg"):
        setattr(Value, f"__{name}__", _unary(RULES[name, 1]))


for _name, _functions in BY_NAME.items():
    setattr(Value, _name, _method(_name, _functions))
_add_operators()
