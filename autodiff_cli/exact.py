"""A graph over balls: values and slopes at any precision, with proven bounds (python-flint, the extra `exact`)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import nan
from typing import Any

from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules import Numbers
from autodiff_cli.table import CONSTANTS
from autodiff_cli.value import Value, sweep

INSTALL = "pip install 'autodiff-cli[exact]'"


def available() -> bool:
    """Whether python-flint is installed."""
    from importlib.util import find_spec

    return find_spec("flint") is not None


def require() -> None:
    """Raise AutodiffError where python-flint is missing."""
    if not available():
        raise AutodiffError("this needs python-flint, which is not installed", hint=INSTALL)


class Undefined(ArithmeticError):  # noqa: N818 - it says what is the case
    """Why a ball cannot be had: a comparison of numbers that overlap. A higher precision may help."""


class Balls:
    """Balls of so many bits. Every call works at that precision, whatever flint's own is.

    A ball that is not finite says that the number is undefined, or that this precision does not show it.
    """

    def __init__(self, bits: int) -> None:
        from flint import ctx

        self.bits = bits
        self._precision = ctx.workprec
        with ctx.workprec(bits):
            self._numbers = _numbers(bits)

    def __enter__(self) -> None:
        """Work with these balls' own operators at their precision."""
        self._entered = self._precision(self.bits)
        self._entered.__enter__()

    def __exit__(self, *error: object) -> None:
        self._entered.__exit__(*error)

    def power(self, bits: int) -> Any:
        """The ball of a power of two."""
        from flint import arb

        return arb(2) ** bits

    def number(self, text: str) -> Any:
        """The ball of a decimal as it is typed: 0.1 is one tenth."""
        from flint import arb

        with self._precision(self.bits):
            return arb(text)

    def point(self, data: float) -> Any:
        """The ball of a float: exactly that number."""
        from flint import arb

        return arb(data)

    def middle(self, ball: Any) -> float:
        """The float nearest to the middle of a ball; nan where there is none."""
        return nan if isinstance(ball, Undefined) else float(ball.mid())

    def constant(self, leaf: Value, exact_floats: bool = False) -> Any:
        """The ball of a constant leaf: a named constant, a literal as typed, or else its float."""
        from flint import arb

        name = leaf.label or ""
        with self._precision(self.bits):
            if name in CONSTANTS:
                turn = 2 * arb.pi()
                return {
                    "pi": turn / 2,
                    "e": arb(1).exp(),
                    "tau": turn,
                    "deg": turn / 360,
                    "inf": arb("inf"),
                }[name]
            return arb(name) if name and not exact_floats else arb(leaf.data)

    def values(self, nodes: Iterable[Value], leaves: Mapping[Value, Any]) -> dict[Value, Any]:
        """The ball of every node, computed in the order given, arguments first; `leaves` has those of all leaves.

        A node whose ball cannot be had stands for the Undefined that says why; so does what depends on it.
        """
        from autodiff_cli.kernels.balls import Undecided

        known: dict[Value, Any] = dict(leaves)
        with self._precision(self.bits):
            for node in nodes:
                args = [known[arg] for arg in node.args]
                if node.rule.function.name == "where" and not isinstance(args[0], Undefined):
                    try:  # the branch that is not taken may be undefined
                        known[node] = args[2] if self._numbers.formula("eq(c, 0)", "c")(args[0]) == 1 else args[1]
                    except Undecided as error:
                        known[node] = Undefined(str(error))
                    continue
                missing = next((arg for arg in args if isinstance(arg, Undefined)), None)
                try:
                    known[node] = missing or self._numbers.value(node.rule.function)(*args)
                except (Undecided, ZeroDivisionError, ValueError, OverflowError) as error:
                    known[node] = Undefined(str(error))
        return known

    def gradients(self, root: Value, values: Mapping[Value, Any]) -> dict[Value, Any]:
        """The slope of the root by every node that leads to a variable, from the balls that `values` made.

        The nodes must hold their floats, as after `forward`: these say which branches are taken. Overwrites `grad`.
        """
        from flint import arb

        from autodiff_cli.kernels.balls import Undecided

        root.zero_grad()
        order = sweep(root)
        slopes: dict[Value, Any] = dict.fromkeys(order, arb(0)) | {root: arb(1)}
        with self._precision(self.bits):
            for node in order:
                args, slope = tuple([values[arg] for arg in node.args]), slopes[node]
                for index, arg in enumerate(node.args):
                    if arg not in slopes or index in node.rule.fixed or isinstance(slopes[arg], Undefined):
                        continue
                    try:
                        if isinstance(slope, Undefined):
                            raise slope
                        partial = self._partial(node, index, values[node], args)
                        if not (node.rule.selective and partial == 0):
                            slopes[arg] = slopes[arg] + slope * partial
                    except (Undecided, Undefined, ZeroDivisionError, ValueError, OverflowError) as error:
                        slopes[arg] = error if isinstance(error, Undefined) else Undefined(str(error))
        return slopes

    def _partial(self, node: Value, index: int, result: Any, args: tuple[Any, ...]) -> Any:
        from flint import arb

        for ball in (result, *args):
            if isinstance(ball, Undefined):
                raise ball
        function = node.rule.function
        partial = self._numbers.partial(function, index)
        return arb(partial(result, args[index], args) if function.variadic else partial(result, *args))


@lru_cache(maxsize=8)
def _numbers(bits: int) -> Numbers:
    from flint import arb

    from autodiff_cli.kernels.balls import KERNELS

    return Numbers(KERNELS | {"pi": arb.pi()}, asked=True)
