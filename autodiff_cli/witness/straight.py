"""Steps of a long graph as straight Python: what a witness runs thousands of times, without a loop around each step.

A run of steps becomes one function over the list of all numbers; it takes a quarter of the loop's time.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from autodiff_cli.engine.value import Rule
from autodiff_cli.rules.kernels.floats import ERRORS

Step = tuple[int, Callable[..., float], tuple[int, ...], Rule]  # slot of the result, kernel, slots of the arguments
Block = Callable[[list[float]], None]
Perturbed = Callable[[list[float], Sequence[float], Sequence[float]], None]

_LENGTH = 48  # steps of a block
_OPERATORS = {"add": "{} + {}", "sub": "{} - {}", "mul": "{} * {}", "neg": "-{}"}


class Run(NamedTuple):
    """Some steps in a row, and the same as two functions: plain, and with each result times and plus a number."""

    steps: Sequence[Step]
    plain: Block
    perturbed: Perturbed


def in_blocks(steps: Sequence[Step]) -> list[Run]:
    """The steps, cut into blocks."""
    return [_compiled(steps[begin : begin + _LENGTH]) for begin in range(0, len(steps), _LENGTH)]


def _compiled(steps: Sequence[Step]) -> Run:
    lines, perturbed = [], []
    scope: dict[str, object] = {}
    for at, (slot, kernel, args, rule) in enumerate(steps):
        text = _call(slot, args, rule)
        scope[f"k{slot}"] = kernel
        lines.append(f" v[{slot}] = {text}")
        perturbed.append(f" v[{slot}] = ({text}) * p[{at}] + q[{at}]")
    text = "\n".join(["def plain(v):", *lines, "def perturbed(v, p, q):", *perturbed])
    exec(text, scope)  # noqa: S102 - built of the table's kernels and our own names
    return Run(steps, scope["plain"], scope["perturbed"])  # type: ignore[arg-type]


def _call(slot: int, args: tuple[int, ...], rule: Rule) -> str:
    """One step as text.

    >>> from autodiff_cli.engine.value import RULES
    >>> _call(5, (3, 4), RULES["add", 2]), _call(5, (3,), RULES["sin", 1])
    ('v[3] + v[4]', 'k5(v[3])')
    """
    given = [f"v[{arg}]" for arg in args]
    pattern = _OPERATORS.get(rule.function.name)
    return pattern.format(*given) if pattern else f"k{slot}({', '.join(given)})"


def run(steps: Iterable[Step], values: list[float]) -> None:
    """Run steps one by one; where a kernel has no number, its function's edge gives it."""
    for slot, kernel, args, rule in steps:
        data = [values[arg] for arg in args]
        try:
            values[slot] = kernel(*data)
        except ERRORS as error:
            values[slot] = rule.edge(error, tuple(data))
