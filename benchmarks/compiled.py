"""Value and gradient, a call at a time: `compile()` against JAX, CasADi, autograd and sympy's lambdify.

python benchmarks/compiled.py       tanh(a*b + c), and ten equations of the shared corpora, where those lie beside
"""

import sys
from collections.abc import Callable, Sequence
from itertools import repeat
from statistics import median
from time import perf_counter
from typing import Any

from timing import CORPORA, NOT_INSTALLED, SKIPPED, answer, corpus, exit_code, installed, parser, ratios, seconds, sized

from autodiff_cli import parse as formula_of
from autodiff_cli.language.parser import parse

GOALS = {"JAX": 10.0, "CasADi": 10.0, "autograd": 10.0, "sympy": 1.0}
COUNT = sized(10, 1)  # equations: the longest, where there is most to share
ROUNDS = sized(41, 1)
SLICE = sized(5e-4, 1e-6)  # seconds of calls before the next one's turn

Call = Callable[[], tuple[Any, Any]]


def equations() -> list[tuple[str, dict[str, float]]]:
    """The longest of the corpus, each with its point."""
    first = {record["expr"]: record for record in reversed(corpus("feynman"))}.values()
    chosen = sorted(first, key=lambda record: len(record["expr"]), reverse=True)[:COUNT]
    return [(one["expr"], {name: float(value) for name, value in one["point"].items()}) for one in chosen]


def written_over(library: Any, text: str, names: Sequence[str]) -> Any:
    """The text as a function over another library's numbers: `sin` is its `sin`."""
    known = {name: getattr(library, name) for name in ("sin", "cos", "exp", "sqrt", "tanh")} | {"pi": library.pi}
    return eval(f"lambda {', '.join(names)}: {text}", known)


def sympys(text: str, point: dict[str, float]) -> Call:
    """lambdify of the value and sympy's own derivatives."""
    import sympy

    symbols = {name: sympy.Symbol(name, real=True) for name in point}
    value = sympy.sympify(text, symbols)
    slopes = [value.diff(symbol) for symbol in symbols.values()]
    function = sympy.lambdify(list(symbols.values()), (value, slopes), modules="math", cse=True)
    at = tuple(point.values())
    return lambda: function(*at)


def jaxs(text: str, point: dict[str, float]) -> Call:
    """jit(value_and_grad) of one vector that is JAX's already: the cheapest of its calls."""
    import jax

    jax.config.update("jax_enable_x64", True)
    names = list(point)
    plain = written_over(jax.numpy, text, names)
    function = jax.jit(jax.value_and_grad(lambda x: plain(*[x[i] for i in range(len(names))])))
    at = jax.numpy.array(list(point.values()))
    return lambda: jax.block_until_ready(function(at))


def casadis(text: str, point: dict[str, float]) -> Call:
    """A Function of one vector that is CasADi's already: the cheapest of its calls."""
    import casadi

    x = casadi.SX.sym("x", len(point))
    value = written_over(casadi, text, list(point))(*casadi.vertsplit(x))
    function = casadi.Function("f", [x], [value, casadi.gradient(value, x)])
    at = casadi.DM(list(point.values()))
    return lambda: function(at)


def autograds(text: str, point: dict[str, float]) -> Call:
    """autograd's value_and_grad by all arguments."""
    import autograd.numpy as np
    from autograd import value_and_grad

    function = value_and_grad(written_over(np, text, list(point)), tuple(range(len(point))))
    at = tuple(point.values())
    return lambda: function(*at)


PEERS = {"JAX": jaxs, "CasADi": casadis, "autograd": autograds, "sympy": sympys}
HERE = {name: peer for name, peer in PEERS.items() if installed(name.lower())}


def ours(text: str, point: dict[str, float]) -> Call:
    """The compiled formula."""
    function = formula_of(text, point).compile()
    at = tuple(point[name] for name in parse(text, point).variables)
    return lambda: function(*at)


def times(calls: dict[str, Call]) -> dict[str, list[float]]:
    """Seconds of a call of each, in turn, so that whatever else the machine does falls on all."""

    def run(call: Call, count: int) -> float:
        start = perf_counter()
        for _ in repeat(None, count):
            call()
        return (perf_counter() - start) / count

    counts = {name: max(1, int(SLICE / run(call, 20))) for name, call in calls.items()}
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            found[name].append(run(call, counts[name]))
    return found


def agree(calls: dict[str, Call], names: Sequence[str]) -> bool:
    """Whether all peers have our value and gradient, to the digits that an order of operations can cost."""
    value, slopes = calls["autodiff"]()
    want = [value, *[dict(zip(names, slopes, strict=True))[name] for name in names]]
    for name, call in calls.items():
        value, gradient = call()
        flat = gradient.full().flat if name == "CasADi" else gradient
        got = [float(value), *map(float, flat)]
        scale = max(map(abs, want))
        if any(abs(a - b) > 1e-9 * max(abs(b), 1e-3 * scale) for a, b in zip(got, want, strict=True)):
            print(f"{name} differs: {got} and {want}")
            return False
    return True


def compared(text: str, point: dict[str, float]) -> tuple[bool, bool]:
    """Print the row of one formula; whether all peers have our numbers, and whether its figures are reached."""
    names = list(parse(text, point).variables)
    point = {name: point[name] for name in names}
    calls = {"autodiff": ours(text, point)} | {name: peer(text, point) for name, peer in HERE.items()}
    same = agree(calls, names)
    found = times(calls)
    mine = found.pop("autodiff")
    faster = {name: median(ratios(one, mine)) for name, one in found.items()}
    reached = all(ratio >= GOALS[name] for name, ratio in faster.items())
    cells = [f"{faster[name]:.3g}" if name in faster else NOT_INSTALLED for name in GOALS]
    shown = answer(same and reached if faster else None)
    print(f"| `{text}` | {seconds(median(mine))} | {' | '.join(cells)} | {shown} |", flush=True)
    return same, reached


def main() -> int:
    """0 where every figure is reached."""
    parser(__doc__).parse_args()
    cases = [("tanh(a*b + c)", {"a": 2.0, "b": -0.75, "c": 1.0})]
    if CORPORA.exists():
        cases += equations()
    else:
        print(SKIPPED)
    heads = [f"{name} (≥ {goal:g})" for name, goal in GOALS.items()]
    print(f"| value and gradient of | autodiff | {' | '.join(heads)} | |\n|---|---|---|---|---|---|---|")
    same, reached = zip(*[compared(text, point) for text, point in cases], strict=True)
    return int(not all(same)) or exit_code(not all(reached))


if __name__ == "__main__":
    sys.exit(main())
