"""Value: the node of the graph. Operators build it, `forward` runs it, `backward` sends the gradients back."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from math import nan
from numbers import Number, Real
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.copying import copied, reduce
from autodiff_cli.engine.graph import Pullback, forward, plus, reachable, sweep
from autodiff_cli.errors import AutodiffError
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

    def check_copy(self) -> None:
        """Raise AutodiffError where a copy of a node would not be one; a rule of the table is the same for all."""

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
    partial = function.partial_by(index)
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


class _ByHand(Rule):
    """The rule of one node whose gradient goes where a function says: `node._backward = function`.

    `op` is its operation as it was written; the function is called when the sweep comes to the node, and adds to the
    gradients of its arguments. A node that was made by hand has none until one is assigned.
    """

    __slots__ = ("op", "backward")

    def __init__(self, op: str, function: Function, backward: Callable[[], Any] | None = None) -> None:
        super().__init__(function)
        self.op, self.backward = op, backward
        self.may_skip, self.zero_partials = False, []
        self.pullback = self._pull_back

    def __reduce__(self) -> tuple[Any, ...]:
        return _ByHand, (self.op, self.function)

    def check_copy(self) -> None:
        if self.backward is not None:
            message = f"'{self.op}' has a _backward of its own, which names the nodes it was written for"
            raise AutodiffError(message, hint="a copy of its graph would send gradients back to these")

    def _pull_back(self, node: Value, gradient: float, ready: list[Value]) -> None:
        if self.backward is not None:
            self.backward()
        elif node.args:
            raise _without_backward(self.op)
        for arg in node.args:
            if arg.requires_grad:
                arg.child_count -= 1
                if not arg.child_count:
                    ready.append(arg)

    def passed(self, node: Value, index: int, gradient: Value) -> Any:
        """Raises AutodiffError: a function of floats has no derivative of its own."""
        message = f"'{self.op}' has a _backward of its own, which is of floats: its gradient has no derivative"
        raise AutodiffError(message, hint="use it without create_graph")


def _without_backward(op: str) -> AutodiffError:
    """That nobody has said where the gradient of a node that was made by hand goes."""
    message = f"the node '{op}' was made by hand, and nothing says where its gradient goes"
    return AutodiffError(message, hint="assign its _backward, a function that adds to the gradients of its children")


def _function_of(op: str, count: int) -> Function:
    """The entry of the table that small engines write as `op`; else one that has a name and nothing more."""
    written = _LEARNERS_SIGNS_BACK.get(op, op)
    for function in FUNCTIONS:
        if written in (function.symbol, function.name) and len(function.args) == count and not function.variadic:
            return function
    return Function(op, tuple([f"x{k}" for k in range(1, count + 1)]), (), "made by hand", ())


_LEARNERS_SIGNS = {"^": "**", "relu": "ReLU"}  # where the small engines write an operation as the table does not
_LEARNERS_SIGNS_BACK = {theirs: ours for ours, theirs in _LEARNERS_SIGNS.items()}


class Value:
    """A number that remembers how it was computed.

    `data` is its value; `grad` the derivative by it of what `backward()` was called on, in a leaf the sum over all
    calls; `rule` what computed it from `args`; `label` its name. A `Value(...)` is a leaf and collects gradients; a
    plain number met in an operation becomes a constant and does not.

    What the small engines write runs as it is: `Value(data, (a, b), "+", label="c")` is a node made by hand, whose
    gradient goes where its `_backward` says; `_prev` and `_op` are its arguments and operation.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 2
    >>> y.backward()
    >>> x.grad, y._op
    (6.0, '+')
    """

    __slots__ = ("data", "grad", "rule", "args", "requires_grad", "child_count", "label")

    data: float
    grad: Any  # a float, or a Value after backward(create_graph=True)
    rule: Rule
    args: tuple[Value, ...]
    requires_grad: bool
    child_count: int  # used by `sweep` alone; 0 outside it
    label: str  # empty where there is none

    def __init__(
        self,
        data: float,
        _children: Iterable[Value] | str = (),
        _op: str = "",
        label: str = "",
        *,
        requires_grad: bool = True,
    ) -> None:
        self.data = data if data.__class__ is float else float(data)
        self.grad = 0.0
        self.rule = LEAF
        self.args = ()
        self.requires_grad = requires_grad
        self.child_count = 0
        self.label = label
        if label or _children or _op:
            self._take(_children, _op, label)

    def _take(self, children: Iterable[Value] | str, op: str, label: str) -> None:
        """A label, also in the second place; or the children and the operation of a node that is made by hand."""
        if isinstance(children, str):
            label, children = children, ()
        if not isinstance(label, str):
            raise TypeError(f"a label is text, not {type(label).__name__}")
        self.label = label
        if children or op:
            self._make_by_hand(children, op)

    def _make_by_hand(self, children: Iterable[Value], op: str) -> None:
        if not isinstance(op, str):
            raise TypeError(f"an operation is text, not {type(op).__name__}")
        if not isinstance(children, Iterable):
            raise TypeError(f"in the second place stand children or a label, not {type(children).__name__}")
        self.args = tuple(children)
        strangers = [type(arg).__name__ for arg in self.args if not isinstance(arg, Value)]
        if strangers:
            raise TypeError(f"the children of a Value are Values, not {strangers[0]}")
        self.rule = _ByHand(op, _function_of(op, len(self.args)))
        takes_gradients = [arg.requires_grad for arg in self.args] or [True]
        self.requires_grad = self.requires_grad and any(takes_gradients)

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

    # --- as the small engines have it -------------------------------------------------------------------------------

    @property
    def _op(self) -> str:
        """The operation as the small engines write it: + * ** tanh ReLU."""
        return self.rule.op if isinstance(self.rule, _ByHand) else _LEARNERS_SIGNS.get(self.op, self.op)

    @property
    def _prev(self) -> set[Value]:
        """What this node was computed from, each once."""
        return {*self.args}

    @property
    def _backward(self) -> Callable[[], Any]:
        """A function that sends this node's gradient to its arguments, once; another can be assigned.

        `backward()` calls that in place of the rule. It takes nothing, and adds to the gradients of the arguments.
        """
        if isinstance(self.rule, _ByHand) and self.rule.backward is not None:
            return self.rule.backward
        return functools.partial(_pass_on, self, self.rule)

    @_backward.setter
    def _backward(self, function: Callable[[], Any]) -> None:
        if not callable(function):
            raise TypeError(f"_backward is a function, not {type(function).__name__}")
        self.rule = _ByHand(self._op, self.rule.function, function)

    # --- gradients --------------------------------------------------------------------------------------------------

    def backward(self, seed: float = 1.0, *, create_graph: bool = False) -> None:
        """Send gradients from this node to every leaf it depends on; all are times `seed`, this node's own.

        Inner nodes start from zero each time; leaves accumulate until `zero_grad()`. With `create_graph` the gradients
        are Values, and can be differentiated again: `g = x.grad; y.zero_grad(); g.backward()`; of a leaf that nothing
        came to too.
        """
        seed = as_float(seed)
        data: Any = self.data
        if data.__class__ is Value:  # p.data = p - 0.1 * p.grad, of a p it was computed from
            raise TypeError("the data of a node is a Value: numbers are stepped, p.data = p.data - 0.1 * p.grad")
        if not create_graph:
            sweep(self, seed)
            return
        sweep(self, constant(seed), pullback=_pullback_values)
        for node in reachable([self]):
            if node.requires_grad and not node.args:
                node.grad = _as_value(node.grad)

    backwards = backward

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

    def __int__(self) -> int:
        if self.requires_grad:
            raise _refused("int(v)", "int(v.data) is the whole number")
        return int(self.data)

    def __round__(self, digits: int | None = None) -> int:
        raise _refused("round(v)", "round(v.data) is the number, v.round() a node")

    def __floordiv__(self, other: Any) -> Value:
        raise _refused("v // w", "v.data // w.data is the number, (v / w).floor() a node")

    def __divmod__(self, other: Any) -> tuple[Value, Value]:
        raise _refused("divmod(v, w)", "(v / w).floor() and v % w are nodes")

    __rfloordiv__, __rdivmod__ = __floordiv__, __divmod__

    def __eq__(self, other: object) -> bool:
        """Whether it is the same node. Raises TypeError for a number, with which `==` could only lie."""
        if isinstance(other, Value):
            return self is other
        if isinstance(other, Number) or hasattr(other, "dtype"):
            raise TypeError("== and != of a Value and a number: v.data == 2 compares the number, v.eq(2) is a node")
        return NotImplemented

    __hash__ = object.__hash__

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """What NumPy asks where one of its functions meets a Value."""
        from autodiff_cli.engine import ufuncs

        return ufuncs.applied(ufunc, method, inputs, options, _as_value)

    @property
    def dtype(self) -> Any:
        """NumPy's kind of an array of Values: `np.linalg.norm(weights, 3)` asks it of a single one."""
        numpy = sys.modules.get("numpy")
        if numpy is None:
            raise AttributeError("a Value has a dtype where NumPy is in use")
        return numpy.dtype(object)

    def conjugate(self) -> Value:
        """Itself, as of every real number: NumPy asks for it."""
        return self

    def rint(self) -> Value:
        """Refused: NumPy asks for it in place of `round`."""
        raise _refused("rounding by NumPy", "np.round of the numbers v.data, or v.round() as a node")

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __bool__(self) -> bool:
        return self.data != 0


def _refused(what: str, hint: str) -> TypeError:
    """That an operation of whole numbers is refused, which would drop the gradient."""
    return TypeError(f"{what} of a Value would drop its gradient: {hint}")


def _pass_on(node: Value, rule: Rule) -> None:
    """Send a node's gradient to its arguments by a rule, as the sweep does, and nothing further."""
    counts, own = [arg.child_count for arg in node.args], node.rule
    try:
        node.rule = rule  # another may have been assigned since, which calls this one
        pullback = _pullback_values if isinstance(node.grad, Value) else rule.pullback
        pullback(node, node.grad, [])
    finally:
        node.rule = own
        for arg, count in zip(node.args, counts, strict=True):
            arg.child_count = count


def constant(data: float, label: str = "") -> Value:
    """A leaf that takes no gradient."""
    made = _new(Value)
    made.data = float(data)
    made.grad = 0.0
    made.rule = LEAF
    made.args = ()
    made.requires_grad = False
    made.child_count = 0
    made.label = label
    return made


def node(rule: Rule, args: tuple[Value, ...]) -> Value:
    """A node not computed yet; `forward` computes it."""
    made = _new(Value)
    made.data = nan
    made.grad = 0.0
    made.rule = rule
    made.args = args
    made.requires_grad = any([a.requires_grad for a in args])  # noqa: C419 - half the time of a generator
    made.child_count = 0
    made.label = ""
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
        made.label = ""
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
        made.label = ""
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

    def call(*args: Any, **asked: None) -> Value:  # np.max(v) asks with axis=None and out=None
        function = find(name, len(args))
        if any([one is not None for one in asked.values()]):  # noqa: C419
            raise TypeError(f"{name} of Values takes no {', '.join(asked)}")
        if "axis" in asked and len(args) == 1 and isinstance(args[0], Value):
            return args[0]
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


_OF_WHOLE_NUMBERS = {"xor": "^", "and": "&", "or": "|", "lshift": "<<", "rshift": ">>", "matmul": "@", "invert": "~"}


def _refused_sign(sign: str) -> Callable[[Value, Any], Any]:
    """A method that refuses an operator of whole numbers or of matrices."""
    hint = {"^": "v ** 2 is a power", "@": "v * w is a product"}.get(sign, "v.data is its value")

    def refuse(self: Value, other: Any = None) -> Any:
        raise TypeError(f"'{sign}' is no operation of Values: {hint}")

    return refuse


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
    for name, sign in _OF_WHOLE_NUMBERS.items():
        setattr(Value, f"__{name}__", _refused_sign(sign))
        setattr(Value, f"__r{name}__", _refused_sign(sign))
    for name in ("floor", "ceil", "trunc"):  # of the math module, which NumPy calls for each element
        setattr(Value, f"__{name}__", _unary(RULES[name, 1]))


for _name, _functions in BY_NAME.items():
    setattr(Value, _name, _method(_name, _functions))
_add_operators()
