"""Expression: the graph that a text became, with its variables and the place of each step in the text."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cache
from math import isfinite, nan

from autodiff_cli.engine.graph import forward, sweep
from autodiff_cli.engine.value import FLOATS, Value
from autodiff_cli.errors import AutodiffError, all_of, did_you_mean
from autodiff_cli.rules.table import Function, find

_LONGEST = 60  # characters of a default that is shown as it was computed
_SCALE, _SMALL = 2.0**900, 1e-290  # see Expression.backward


@dataclass(slots=True)
class Expression:
    """What `parse` makes of a text.

    `nodes` are the computed steps, arguments first; `variables` are in order of first appearance; `places` gives the
    (start, end) offsets in `source` of the operator or call that a step stands for. Of a program, `steps` are the named
    intermediate results, `defaults` the values it gives to variables, and `name` what it calls its result. `notes` say
    how it was read where people disagree. `constants` are the graphs that the defaults were computed by. `needed` must
    be inside its domain too, although the result does not show it: what was differentiated.
    """

    source: str
    root: Value
    nodes: list[Value]
    variables: dict[str, Value]
    places: dict[Value, tuple[int, int]]
    steps: dict[str, Value] = field(default_factory=dict)
    defaults: dict[str, float] = field(default_factory=dict)
    name: str = ""
    notes: list[str] = field(default_factory=list)
    constants: dict[str, Value] = field(default_factory=dict)
    needed: list[Value] = field(default_factory=list)

    def __str__(self) -> str:
        from autodiff_cli.engine.printer import number_text, statements, to_text

        defaults = {name: number_text(data) for name, data in self.defaults.items()}
        for name, root in self.constants.items():
            if (text := to_text(root, _LONGEST))[-1] != "…":
                defaults[name] = text
        *before, result = statements(self.root, self.nodes, self.steps, defaults)
        return "; ".join([*before, f"{self.name} = {result}" if self.name else result])

    def set(self, point: dict[str, float]) -> None:
        """Give every variable its value and compute every step. Raises AutodiffError where the names do not match."""
        self.check(point)
        for name, variable in self.variables.items():
            variable.data = float(point[name] if name in point else self.defaults[name])
            variable.grad = 0.0
        forward(self.nodes)

    def check(self, names: Collection[str]) -> None:
        """Raise AutodiffError unless these are the variables that need a value; it says all that is wrong."""
        missing = [name for name in self.variables if name not in names and name not in self.defaults]
        extra = [name for name in names if name not in self.variables]
        errors = []
        if missing:
            listed = ", ".join(missing[:10]) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
            hint = self._what_is(missing, extra)
            errors.append(AutodiffError(f"no value for {listed}", source=self.source, hint=hint))
        if extra:
            message = f"the expression has no variable {', '.join(map(repr, extra))}"
            errors.append(AutodiffError(message, hint=self._what_has_it(extra[0])))
        if errors:
            raise all_of(errors)

    def _what_is(self, missing: list[str], extra: list[str]) -> str:
        """What to do about variables that have no value."""
        first = missing[0]
        if extra and (close := did_you_mean(extra[0], missing)):
            return f"a value was given for '{extra[0]}': {close}"
        if first in ("i", "j"):
            return f"complex numbers are not computed; for a variable give it a value: --{first} VALUE"
        if (function := find(first, 1)) and not function.symbol:
            return f"{first} is a function, and needs an argument: {first}(x)"
        if len(missing) > 1:
            return "give each one: " + " ".join(f"--{name} VALUE" for name in missing[:5])
        if 1 < len(first) < 5 and first.isalpha():
            return f"give it one, --{first} VALUE; or write {'*'.join(first)} if a product is meant"
        return f"give it one: --{first} VALUE or {first}=VALUE"

    def _what_has_it(self, extra: str) -> str:
        """What to do about a value that no variable takes."""
        if extra in self.steps or extra == self.name:
            return f"{extra} is what the expression computes; give values to what it is computed from"
        known = list(self.variables)
        return did_you_mean(extra, known) or (
            f"its variables are {', '.join(known[:20])}" if known else "it has no variables"
        )

    def evaluate(self, /, **point: float) -> float:
        """The value at a point, as IEEE 754 has it; nan where what was differentiated is outside its domain."""
        self.set(point)
        return self.root.data if self.is_defined() else nan

    def gradient(self, /, **point: float) -> dict[str, float]:
        """The partial derivative by each variable at a point; nan where there is no value."""
        return self.value_and_gradient(point)[1]

    def value_and_gradient(self, point: dict[str, float]) -> tuple[float, dict[str, float]]:
        """What `evaluate` and `gradient` give."""
        self.set(point)
        if not self.is_defined():
            return nan, dict.fromkeys(self.variables, nan)
        gradients = self.backward()
        return self.root.data, {name: gradients[name] for name in self.variables}

    def is_defined(self) -> bool:
        """Whether there is a value at the values that are set, and what is needed besides is inside its domain."""
        data = self.root.data
        return data == data and not (self.needed and any([is_outside(node) for node in needed(*self.needed)]))  # noqa: C419

    def backward(self) -> dict[str, float]:
        """The gradient at the values that are set, by variable, then by named step.

        Where something on the way to a gradient is too large or too small for a float, the sweep is made again from
        a power of two in place of 1: that scales every step exactly, and so moves it back into range.
        """
        gradients = self._sweep(1.0)
        passed = [abs(node.grad) for node in (*self.nodes, *self.variables.values()) if node.requires_grad]
        if not all(map(isfinite, passed)):
            smaller = self._sweep(1 / _SCALE)
            gradients = {name: plain if isfinite(plain) else smaller[name] for name, plain in gradients.items()}
        if min(passed, default=1.0) < _SMALL:
            larger = self._sweep(_SCALE)
            gradients = {name: larger[name] if isfinite(larger[name]) else plain for name, plain in gradients.items()}
        for name, node in (self.steps | self.variables).items():
            node.grad = gradients[name]
        return gradients

    def sweep(self, seed: float = 1.0) -> None:
        """The plain sweep: the gradients of the variables, each 0 that nothing comes to."""
        for variable in self.variables.values():
            variable.grad = 0.0
        sweep(self.root, seed)

    def _sweep(self, seed: float) -> dict[str, float]:
        self.root.zero_grad()
        self.sweep(seed)
        return {name: node.grad / seed for name, node in (self.variables | self.steps).items()}


def needed(*roots: Value) -> set[Value]:
    """The nodes that values depend on: of a `where`, only the branch that is taken."""
    found, stack = {*roots}, [*roots]
    while stack:
        node = stack.pop()
        args = node.args
        if node.rule.function.name == "where":
            args = (args[0], args[1] if args[0].data else args[2])
        for arg in args:
            if arg not in found:
                found.add(arg)
                stack.append(arg)
    return found


def is_outside(node: Value) -> bool:
    """Whether a node's arguments, all finite, are outside its function's domain."""
    function, args = node.rule.function, [arg.data for arg in node.args]
    return bool(function.domain) and all(map(isfinite, args)) and not _domain(function)(*args)


@cache
def _domain(function: Function) -> Callable[..., bool]:
    return FLOATS.formula(function.domain, ", ".join(function.args))
