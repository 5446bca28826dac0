"""Expression: what a text became, which never changes; and Evaluation: its graph with the numbers of one call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import filterfalse
from math import isfinite, nan
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from autodiff_cli.engine import domain
from autodiff_cli.engine.graph import forward, reachable, sweep
from autodiff_cli.engine.value import Value, as_float
from autodiff_cli.engine.value import node as make_node
from autodiff_cli.errors import Advice, AutodiffError, Option, advice, all_of, did_you_mean, unknown_name
from autodiff_cli.rules.table import find

_T = TypeVar("_T")

_LONGEST = 60  # characters of a default that is shown as it was computed
_SCALE, _SMALL = 2.0**900, 1e-290  # see Evaluation.gradients


class Differentiated(NamedTuple):
    """A step, what it was differentiated by, in turn, and the step that this went into."""

    root: Value
    by: list[Value]
    made: Value

    def replaced(self, twin: Callable[[Value], Value]) -> Differentiated:
        """The same of other nodes."""
        return Differentiated(twin(self.root), [*map(twin, self.by)], twin(self.made))


@dataclass(frozen=True, slots=True, eq=False)
class NamedGraph:
    """The graph of an expression, whose variables and steps have names.

    `nodes` are the computed steps, arguments first; `variables` are in order of first appearance; `places` gives the
    (start, end) offsets in `source` of the operator or call that a step stands for. Of a program, `steps` are the named
    intermediate results, `defaults` the values it gives to variables, `constants` the graphs that these were computed
    by, and `name` what it calls its result. `needed` must be inside its domain too, although the result does not show
    it: what was differentiated; `needed_in` says which of these a step's statement brought. `differentiated` says of
    which steps a derivative was made.
    """

    source: str
    root: Value
    nodes: list[Value]
    variables: dict[str, Value]
    places: dict[Value, tuple[int, int]]
    steps: dict[str, Value] = field(default_factory=dict)
    defaults: dict[str, float] = field(default_factory=dict)
    needed: list[Value] = field(default_factory=list)
    constants: dict[str, Value] = field(default_factory=dict)
    name: str = ""
    needed_in: dict[str, slice] = field(default_factory=dict)
    differentiated: list[Differentiated] = field(default_factory=list)

    def __str__(self) -> str:
        from autodiff_cli.engine.printer import number_text, statements, to_text

        defaults = {name: number_text(data) for name, data in self.defaults.items()}
        for name, root in self.constants.items():
            text = to_text(root, _LONGEST)
            if not text.endswith("…"):
                defaults[name] = text
        *before, result = statements(self.root, self.nodes, self.steps, defaults)
        return "; ".join([*before, f"{self.name} = {result}" if self.name else result])

    @property
    def named(self) -> dict[str, Value]:
        """What has a name: the variables, then the named steps."""
        return self.variables | self.steps

    def by_name(self, name: str) -> Value:
        """The variable or step to differentiate by. Raises AutodiffError where there is none of that name."""
        for nodes in (self.variables, self.steps):
            if name in nodes:
                return nodes[name]
        raise unknown_name(name, list(self.named), "to differentiate by", "the expression has no variables")


class Evaluation(NamedGraph):
    """A graph with the numbers of one call: the values at a point, and gradients.

    Whoever holds it is alone with it; it is moved from point to point.
    """

    __slots__ = ()

    def move(self, values: Mapping[str, float]) -> None:
        """Give every variable its value, or else its default, and compute every step."""
        for name, variable in self.variables.items():
            variable.data = as_float(values[name] if name in values else self.defaults[name])
            variable.grad = 0.0
        forward(self.nodes)

    @property
    def value(self) -> float:
        """The result, as IEEE 754 has it; nan where what was differentiated is outside its domain."""
        return self.root.data if domain.is_defined(self) else nan

    @property
    def point(self) -> dict[str, float]:
        """The values of the variables."""
        return {name: variable.data for name, variable in self.variables.items()}

    def gradients(self, of: Value | None = None) -> dict[str, float]:
        """The gradient of the result, or of another step, by variable, then by named step.

        Where something on the way to a gradient is too large or too small for a float, the sweep is made again from
        a power of two in place of 1: that scales every step exactly, and so moves it back into range.
        """
        root = self.root if of is None else of
        gradients = self._swept(root, 1.0)
        on_the_way = [abs(node.grad) for node in (*self.nodes, *self.variables.values()) if node.requires_grad]
        if not all(map(isfinite, on_the_way)):
            gradients = _first_finite(gradients, self._swept(root, 1 / _SCALE))
        if min(on_the_way, default=1.0) < _SMALL:
            gradients = _first_finite(self._swept(root, _SCALE), gradients)
        for name, node in (self.steps | self.variables).items():
            node.grad = gradients[name]
        return gradients

    def sweep(self, of: Value | None = None, seed: float = 1.0) -> None:
        """The plain sweep; a variable that it does not reach has gradient 0."""
        for variable in self.variables.values():
            variable.grad = 0.0
        sweep(self.root if of is None else of, seed)

    def _swept(self, root: Value, seed: float) -> dict[str, float]:
        root.zero_grad()
        self.sweep(root, seed)
        return {name: node.grad / seed for name, node in self.named.items()}


def _first_finite(first: dict[str, float], second: dict[str, float]) -> dict[str, float]:
    return {name: number if isfinite(number) else second[name] for name, number in first.items()}


class _Borrowed:
    """An evaluation for the time of a `with` block."""

    __slots__ = ("_evaluation", "_idle")

    def __init__(self, evaluation: Evaluation, idle: list[Evaluation]) -> None:
        self._evaluation = evaluation
        self._idle = idle

    def __enter__(self) -> Evaluation:
        return self._evaluation

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Give the evaluation back, unless an interruption may have left its numbers in disorder."""
        if error is None or isinstance(error, AutodiffError):
            self._idle.append(self._evaluation)


@dataclass(frozen=True, slots=True, eq=False)
class Expression(NamedGraph):
    """What `parse` makes of a text. It never changes; the numbers of a point live in an Evaluation.

    `notes` say how it was read where people disagree. `asked` are the names that a d/dx in front of it gives. The
    `results` of a vector are the steps that are its components; the root is then the last of them.
    """

    notes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    _idle: list[Evaluation] = field(default_factory=list, init=False, repr=False)  # evaluations that nobody holds

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, tuple([getattr(self, one.name) for one in fields(self) if one.init])

    def __post_init__(self) -> None:
        self._idle.append(Evaluation(*[getattr(self, name) for name in NamedGraph.__slots__]))

    # --- at a point ------------------------------------------------------------------------------------------------

    def evaluation(self) -> Evaluation:
        """A graph of one's own, to be moved from point to point; from one thread after another, or a copy each."""
        try:
            return self._idle.pop()  # one step, so that no two threads get the same
        except IndexError:
            return self._copy()

    def at(self, point: Mapping[str, float]) -> _Borrowed:
        """An evaluation at a point, for a `with` block. Raises AutodiffError where the names do not match."""
        self.check(point)
        evaluation = self.evaluation()
        evaluation.move(point)
        return _Borrowed(evaluation, self._idle)

    def evaluate(self, /, **point: float) -> float:
        """The value at a point, as IEEE 754 has it; nan where what was differentiated is outside its domain."""
        with self.at(point) as evaluation:
            return evaluation.value

    def gradient(self, /, **point: float) -> dict[str, float]:
        """The partial derivative by each variable at a point; nan where there is no value."""
        return self.value_and_gradient(point)[1]

    def value_and_gradient(self, point: Mapping[str, float]) -> tuple[float, dict[str, float]]:
        """What `evaluate` and `gradient` give."""
        with self.at(point) as evaluation:
            value = evaluation.value
            if value != value:
                return nan, dict.fromkeys(self.variables, nan)
            gradients = evaluation.gradients()
            return value, {name: gradients[name] for name in self.variables}

    def copied(self) -> Expression:
        """The same expression, of a graph that it shares with no other."""
        return replace(self, **self._copied_graph())

    def _copy(self) -> Evaluation:
        return Evaluation(**self._copied_graph())

    def _copied_graph(self) -> dict[str, Any]:
        """The fields of the graph, made of other nodes."""
        twins: dict[Value, Value] = {}

        def twin(old: Value) -> Value:
            if old not in twins:
                twins[old] = Value(old.data, old.label, requires_grad=old.requires_grad)
            return twins[old]

        for old in self.nodes:
            made = twins[old] = make_node(old.rule, tuple([twin(arg) for arg in old.args]))
            made.label = old.label
        return {
            "source": self.source,
            "root": twin(self.root),
            "nodes": [twins[old] for old in self.nodes],
            "variables": {name: twin(old) for name, old in self.variables.items()},
            "places": {twins[old]: place for old, place in self.places.items() if old in twins},
            "steps": {name: twin(old) for name, old in self.steps.items()},
            "defaults": self.defaults,
            "needed": [twin(old) for old in self.needed],
            "constants": self.constants,
            "name": self.name,
            "needed_in": self.needed_in,
            "differentiated": [one.replaced(twin) for one in self.differentiated],
        }

    # --- several results -------------------------------------------------------------------------------------------

    def require_one_result(self) -> None:
        """Raise AutodiffError for a vector, which has several results."""
        if self.results:
            message = f"this has several results: {', '.join(self.results)}"
            first = self.results[0]
            name = first.rpartition("_")[0]
            hint = f"eval, diff and batch take several; one alone is the result of {name} = ...; {first}"
            raise AutodiffError(message, source=self.source, span=self.places.get(self.root), hint=hint)

    def result(self, name: str, wrt: Collection[str] = ()) -> Expression:
        """A named step as an expression of its own, of the variables that it needs and those in `wrt`.

        Raises AutodiffError where there is no step of that name.

        >>> f = parse("u = a*b; v = u + c; 2v")
        >>> str(f.result("v")), [*f.result("u").variables]
        ('u = a * b; v = u + c', ['a', 'b'])
        """
        if name and name == self.name:
            return self
        if name not in self.steps:
            known = [*self.steps, *filter(None, [self.name])]
            raise unknown_name(name, known, "to compute", "the expression has no named steps")
        root = self.steps[name]
        own = {*reachable([root])}
        steps = {one: node for one, node in self.steps.items() if node in own}
        needed = [node for step in steps for node in self.needed[self.needed_in.get(step, slice(0))]]
        below = own.union(reachable(needed))
        variables = {one: node for one, node in self.variables.items() if node in below or one in wrt}
        return Expression(
            source=self.source,
            root=root,
            nodes=[*filter(below.__contains__, self.nodes)],
            variables=variables,
            places=self.places,
            steps={one: node for one, node in steps.items() if node is not root},
            defaults=_of(self.defaults, variables),
            needed=needed,
            constants=_of(self.constants, variables),
            name=name,
            differentiated=[one for one in self.differentiated if one.made in own],
        )

    # --- the values that are given ---------------------------------------------------------------------------------

    def require_variables(self, names: Collection[str]) -> None:
        """Raise AutodiffError for a name that is no variable, so that there is nothing to differentiate by."""
        for name in names:
            if name not in self.variables:
                raise unknown_name(name, list(self.variables), "to differentiate by")

    def check(self, names: Collection[str]) -> None:
        """Raise AutodiffError unless these are the variables that need a value; it says all that is wrong."""
        without_default = filterfalse(self.defaults.__contains__, self.variables)
        missing = list(filterfalse(names.__contains__, without_default))
        extra = list(filterfalse(self.variables.__contains__, names))
        errors = []
        if missing:
            more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
            message = f"no value for {', '.join(missing[:10])}{more}"
            errors.append(AutodiffError(message, source=self.source, hint=_what_they_are(missing, extra)))
        if extra:
            message = f"the expression has no variable {', '.join(map(repr, extra))}"
            errors.append(AutodiffError(message, hint=self._what_has_it(extra[0])))
        if errors:
            raise all_of(errors)

    def _what_has_it(self, extra: str) -> str:
        """What to do about a value that no variable takes."""
        is_computed = extra in (*self.steps, self.name)
        if is_computed:
            return f"{extra} is what the expression computes; give values to what it is computed from"
        known = list(self.variables)
        if not known:
            return "it has no variables"
        return did_you_mean(extra, known) or f"its variables are {', '.join(known[:20])}"


def _of(by_name: dict[str, _T], names: Collection[str]) -> dict[str, _T]:
    """The part of a dictionary that has these names."""
    return {name: value for name, value in by_name.items() if name in names}


def _again(*values: Any) -> Expression:
    """An expression from what it was pickled as."""
    return Expression(*values)


def _what_they_are(missing: list[str], extra: list[str]) -> str | Advice:
    """What to do about variables that have no value, where others that there are not have one."""
    if extra and (close := did_you_mean(extra[0], missing)):
        return f"a value was given for '{extra[0]}': {close}"
    first = missing[0]
    function = find(first, 1)
    if function and not function.symbol:
        return f"{first} is a function, and needs an argument: {first}(x)"
    return _how_to_give(missing)


def _how_to_give(names: list[str]) -> Advice:
    """What to do about variables that have no value."""
    first, *others = names
    given = [Option(name, "VALUE") for name in names[:5]]
    if first in ("i", "j"):
        return advice("complex numbers are not computed; for a variable give it a value: {0}", *given)
    if others:
        places = ["{0}", "{1}", "{2}", "{3}", "{4}"][: len(given)]
        return advice("give each one: " + " ".join(places), *given)
    if 1 < len(first) < 5 and first.isalpha():
        return advice(f"give it one, {{0}}; or write {'*'.join(first)} if a product is meant", *given)
    return advice("give it one: {0}", Option(first, "VALUE", bare=True))
