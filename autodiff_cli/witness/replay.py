"""A graph run forward again and again, as a function of one variable. It knows no derivative."""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property, lru_cache
from math import fsum

from autodiff_cli.engine.graph import forward
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.kernels.floats import ERRORS
from autodiff_cli.witness.straight import Run, Step, in_blocks, run

_ULP = 2.0**-52
_LONG = 200_000  # steps times what is moved, beyond which steps are run in blocks
_FAINT = 1e-307  # below, floats lose their relative precision
PERTURBATIONS = [1 + ulps * _ULP for ulps in (-4, -3, -2, -1, 1, 2, 3, 4)]


def next_random(state: int) -> int:
    """The next of a fixed sequence of 64 random bits, the top ones good (Knuth's MMIX generator)."""
    return (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF


def perturb(number: float, state: int, least: float = _FAINT) -> float:
    """A number some ulps off, as the random bits have it; one below `least` by as much as `least` would be.

    With state 0: 1.0 becomes 1 - 2^-50.
    """
    factor = PERTURBATIONS[state >> 61]
    return number * factor if abs(number) > least else number + (factor - 1) * least


def perturb_all(nodes: Iterable[Value], state: int) -> int:
    """Compute nodes in order, the result of each perturbed by some ulps; the next of the random bits."""
    for node in nodes:
        state = next_random(state)
        forward((node,))
        node.data *= PERTURBATIONS[state >> 61]
    return state


class Replay:
    """The computed steps of a graph, at a point where `forward` has been run.

    A result that is a sum is split into its terms, and a variable moves only the terms that hold it. That makes a sum
    of n small terms linear work in n, and keeps large terms from drowning the small one that moves. Of `x^2 - (y + x)`
    the terms are x^2, y and x, added 1, -1 and -1 times.

    Numbers live in slots, one for each node. What is moved may be a computed step too, if it is among `movable`.
    """

    def __init__(self, root: Value, nodes: Iterable[Value], movable: Collection[Value]) -> None:
        self._slot: dict[Value, int] = {}
        self.values: list[float] = []
        self._steps: dict[int, Step] = {}
        self._users: list[list[int]] = []
        for variable in movable:
            if not variable.args:
                self._slot_of(variable)
        for node in nodes:
            self._add_step(node)
        self._terms: dict[int, float] = {}  # slot of a term of the result: how often it is added
        self._sums: set[int] = set()  # the sums that these are the terms of
        self._split(root, set(movable))
        # What is constant along a line is rounded too: the same values with the rounding of each step changed, once
        self._base = list(self.values)
        self._perturbed = list(self.values)
        _run_perturbed(self._perturbed, self._steps.values(), next_random(1))
        self._perturbed_base = list(self._perturbed)
        self._is_long = len(movable) * len(self._steps) > _LONG
        self._starts = {self._slot[node] for node in movable if node.args}

    @cached_property
    def _blocks(self) -> list[Run]:
        """All steps as straight code: first those that no movable step moves, then the others."""
        moved: set[int] = set()
        for start in self._starts:
            if start not in moved:
                moved.update(self._moved_by(start))
        parts: tuple[list[Step], list[Step]] = ([], [])
        for slot in sorted(self._steps):
            parts[slot in moved].append(self._steps[slot])
        return in_blocks(parts[0]) + in_blocks(parts[1])

    def _add_step(self, node: Value) -> None:
        args = tuple([self._slot_of(arg) for arg in node.args])
        slot = self._slot_of(node)
        self._steps[slot] = (slot, node.rule.kernel, args, node.rule)
        for arg in set(args):
            self._users[arg].append(slot)

    def _slot_of(self, node: Value) -> int:
        slot = self._slot.get(node)
        if slot is None:
            slot = self._slot[node] = len(self.values)
            self.values.append(node.data)
            self._users.append([])
        return slot

    def _split(self, root: Value, whole: set[Value]) -> None:
        """Find the terms of the result; what is in `whole` stays in one piece, and so does a sum with other users."""
        pending = [(root, 1.0)]
        while pending:
            node, sign = pending.pop()
            slot = self._slot_of(node)
            has_terms = node.rule.function.name in ("add", "sub", "neg") and node not in whole
            if has_terms and (node is root or len(self._users[slot]) == 1):
                self._sums.add(slot)
                pending += _signed_args(node, sign)
            else:
                self._terms[slot] = self._terms.get(slot, 0.0) + sign

    def along(self, variable: Value) -> "Section":
        """The terms of the result that hold the variable or step, as a function of it alone."""
        start = self._slot_of(variable)
        moved = self._moved_by(start)
        steps = [self._steps[slot] for slot in moved]
        runs = self._in_runs({*moved}) if self._is_long else [steps]
        terms = [(self._terms[slot], slot) for slot in (start, *moved) if slot in self._terms]
        plain, perturbed = (self.values, self._base), (self._perturbed, self._perturbed_base)
        return Section(start, steps, runs, terms, plain, perturbed)

    def _in_runs(self, moved: set[int]) -> list[Run | Sequence[Step]]:
        """What is moved, in blocks where all of a block is."""
        found: list[Run | Sequence[Step]] = []
        for block in self._blocks:
            steps = [step for step in block.steps if step[0] in moved]
            found.append(block if len(steps) == len(block.steps) else steps)
        return found

    def _moved_by(self, start: int) -> list[int]:
        """The slots that depend on one, in order; not the sums that are split."""
        moved: set[int] = set()
        pending = [start]
        while pending:
            for user in self._users[pending.pop()]:
                if user not in moved and user not in self._sums:
                    moved.add(user)
                    pending.append(user)
        return sorted(moved)


class Section:
    """A function of one variable: the steps that it moves, all else as it was.

    `plain` and `perturbed` are each the values to work on, and what they were.
    """

    def __init__(
        self,
        start: int,
        steps: list[Step],
        runs: Iterable[Run | Sequence[Step]],
        terms: list[tuple[float, int]],
        plain: tuple[list[float], list[float]],
        perturbed: tuple[list[float], list[float]],
    ) -> None:
        self._start = start
        self._steps = steps
        self._runs = [*runs]
        self._terms = terms
        self._both = (plain, perturbed)
        self._values, self._perturbed = plain[0], perturbed[0]
        self._state = next_random(0)
        self.cost = len(steps) + 1  # steps of one evaluation
        self.jumps = any([rule.jumps for *_, rule in steps])  # noqa: C419 - faster

    def __call__(self, x: float) -> float:
        """The moved terms of the result where the variable is x."""
        return self._run(self._values, x)

    def elsewhere_perturbed(self, x: float) -> float:
        """As a call, with other rounding in all that the variable does not move."""
        return self._run(self._perturbed, x)

    def _run(self, values: list[float], x: float) -> float:
        values[self._start] = x
        for one in self._runs:
            if isinstance(one, Run):
                try:
                    one.plain(values)
                except ERRORS:
                    run(one.steps, values)
            else:
                run(one, values)
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
        self._values[self._start] = x
        for one in self._runs:
            if isinstance(one, Run):
                self._run_block(one)
            else:
                self._state = _run_perturbed(self._values, one, self._state)
        return self._total(self._values)

    def _run_block(self, block: Run) -> None:
        self._state = next_random(self._state)
        factors, added = _random_factors(len(block.steps), self._state >> 57)
        try:
            block.perturbed(self._values, factors, added)
        except ERRORS:
            self._state = _run_perturbed(self._values, block.steps, self._state)

    def __enter__(self) -> None:
        """Move the variable about."""

    def __exit__(self, *_: object) -> None:
        """Put back what the point had."""
        for values, base in self._both:
            values[self._start] = base[self._start]
            for step in self._steps:
                values[step[0]] = base[step[0]]


def _signed_args(node: Value, sign: float) -> list[tuple[Value, float]]:
    """What a sum, difference or negative adds up: of a - b, b with the sign turned and a."""
    name = node.rule.function.name
    last = (node.args[-1], sign if name == "add" else -sign)
    return [last] if name == "neg" else [last, (node.args[0], sign)]


@lru_cache(maxsize=256)
def _random_factors(count: int, which: int) -> tuple[list[float], list[float]]:
    """What perturbs the results of a block: to be multiplied with, and to be added for those that are faint."""
    factors, state = [], next_random(which)
    for _ in range(count):
        state = next_random(state)
        factors.append(PERTURBATIONS[state >> 61])
    return factors, [(factor - 1) * _FAINT for factor in factors]


def _run_perturbed(values: list[float], steps: Iterable[Step], state: int) -> int:
    """Run steps with the result of each perturbed; the next of the random bits."""
    for slot, kernel, args, rule in steps:
        state = next_random(state)
        data = [values[a] for a in args]
        try:
            result = kernel(*data)
        except ERRORS as error:
            result = rule.edge(error, tuple(data))
        values[slot] = perturb(result, state)
    return state
