"""A graph run forward again and again, as a function of one variable. It knows no derivative."""

from collections.abc import Callable, Collection, Iterable
from math import fsum

from autodiff_cli.engine.graph import forward
from autodiff_cli.engine.value import Rule, Value
from autodiff_cli.rules.kernels.floats import ERRORS

_Step = tuple[int, Callable[..., float], tuple[int, ...], Rule]
_ULP = 2.0**-52
_FAINT = 1e-307  # below, floats lose their relative precision
PERTURBATIONS = [1 + ulps * _ULP for ulps in (-4, -3, -2, -1, 1, 2, 3, 4)]


def next_random(state: int) -> int:
    """The next of a fixed sequence of 64 random bits, the top ones good (Knuth's MMIX generator)."""
    return (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF


def perturb_all(nodes: Iterable[Value], state: int) -> int:
    """Compute nodes in order, the result of each perturbed by some ulps; the next of the random bits."""
    for node in nodes:
        state = next_random(state)
        forward((node,))
        node.data *= PERTURBATIONS[state >> 61]
    return state


class Replay:
    """The computed steps of a graph, at a point where `forward` has been run.

    A result that is a sum is taken apart into its terms, and a variable moves only the terms that hold it. That
    makes a sum of n small terms linear work in n, and keeps large terms from drowning the small one that moves.
    What is moved may be a computed step too, as long as it is among `movable`.
    """

    def __init__(self, root: Value, nodes: Iterable[Value], movable: Collection[Value]) -> None:
        self._slot: dict[Value, int] = {}
        self.values: list[float] = []
        self._steps: dict[int, _Step] = {}
        self._users: list[list[int]] = []
        for variable in movable:
            if not variable.args:
                self._slot_of(variable)
        for node in nodes:
            args = tuple([self._slot_of(arg) for arg in node.args])
            slot = self._slot_of(node)
            self._steps[slot] = (slot, node.rule.kernel, args, node.rule)
            for arg in set(args):
                self._users[arg].append(slot)
        self._terms: dict[int, float] = {}  # slot of a term of the result: how often it is added
        self._inside: set[int] = set()  # the sums themselves
        self._take_apart(root, set(movable))
        self._base = list(self.values)
        self._other = self._run_perturbed()
        self._other_base = list(self._other)

    def _run_perturbed(self) -> list[float]:
        """The values with each step's rounding changed, once: what is constant along a line is rounded too."""
        values, state = list(self.values), next_random(1)
        for slot, kernel, args, rule in self._steps.values():
            state = next_random(state)
            values[slot] = _perturb(_compute(kernel, [values[a] for a in args], rule), state)
        return values

    def _slot_of(self, node: Value) -> int:
        slot = self._slot.get(node)
        if slot is None:
            slot = self._slot[node] = len(self.values)
            self.values.append(node.data)
            self._users.append([])
        return slot

    def _take_apart(self, root: Value, whole: set[Value]) -> None:
        stack = [(root, 1.0)]
        while stack:
            node, sign = stack.pop()
            name, slot = node.rule.function.name, self._slot_of(node)
            apart = name in ("add", "sub", "neg") and node not in whole
            if apart and (node is root or len(self._users[slot]) == 1):
                self._inside.add(slot)
                last = sign if name == "add" else -sign
                stack.append((node.args[-1], last))
                if name != "neg":
                    stack.append((node.args[0], sign))
            else:
                self._terms[slot] = self._terms.get(slot, 0.0) + sign

    def along(self, variable: Value) -> "Section":
        """The terms of the result that hold the variable or step, as a function of it alone."""
        start = self._slot_of(variable)
        affected, stack = {start}, [start]
        while stack:
            for user in self._users[stack.pop()]:
                if user not in affected and user not in self._inside:
                    affected.add(user)
                    stack.append(user)
        slots = sorted(affected)
        terms = [(self._terms[slot], slot) for slot in slots if slot in self._terms]
        steps = [self._steps[s] for s in slots if s != start]
        return Section(start, steps, terms, (self.values, self._base), (self._other, self._other_base))


class Section:
    """A function of one variable: the steps that it moves, all else as it was."""

    def __init__(
        self,
        start: int,
        steps: list[_Step],
        terms: list[tuple[float, int]],
        plain: tuple[list[float], list[float]],
        perturbed: tuple[list[float], list[float]],
    ) -> None:
        self._start = start
        self._steps = steps
        self._terms = terms
        self._both = (plain, perturbed)  # values to work on, and what they were
        self._values, self._other = plain[0], perturbed[0]
        self._state = next_random(0)
        self.cost = len(steps) + 1  # steps of one evaluation
        self.jumps = any([rule.jumps for *_, rule in steps])  # noqa: C419 - faster

    def __call__(self, x: float) -> float:
        """The moved terms of the result where the variable is x."""
        return self._run(self._values, x)

    def elsewhere_perturbed(self, x: float) -> float:
        """As a call, with other rounding in all that the variable does not move."""
        return self._run(self._other, x)

    def _run(self, values: list[float], x: float) -> float:
        values[self._start] = x
        for slot, kernel, args, rule in self._steps:
            data = [values[a] for a in args]
            try:
                values[slot] = kernel(*data)
            except ERRORS as error:
                values[slot] = rule.edge(error, tuple(data))
        return self._total(values)

    def _total(self, values: list[float]) -> float:
        terms = [sign * values[slot] for sign, slot in self._terms]
        try:
            return fsum(terms)
        except ERRORS:  # an infinity among them
            return sum(terms)

    def perturbed(self, x: float) -> float:
        """As a call, with the result of every step some ulp off, another few at each call.

        Random rounding after Vignes, "A stochastic arithmetic for reliable scientific computation" (1993); the
        sequence is fixed, so that the same expression always gets the same answer.
        """
        values, state = self._values, self._state
        values[self._start] = x
        for slot, kernel, args, rule in self._steps:
            state = next_random(state)
            values[slot] = _perturb(_compute(kernel, [values[a] for a in args], rule), state)
        self._state = state
        return self._total(values)

    def __enter__(self) -> None:
        """Move the variable about."""

    def __exit__(self, *_: object) -> None:
        """Put back what the point had."""
        for values, base in self._both:
            for step in self._steps:
                values[step[0]] = base[step[0]]
            values[self._start] = base[self._start]


def _compute(kernel: Callable[..., float], data: list[float], rule: Rule) -> float:
    try:
        return kernel(*data)
    except ERRORS as error:
        return rule.edge(error, tuple(data))


def _perturb(result: float, state: int) -> float:
    factor = PERTURBATIONS[state >> 61]
    return result * factor if abs(result) > _FAINT else result + (factor - 1) * _FAINT
