"""Value and gradient over columns of numbers: `vectorize()` against JAX, PyTorch, numba, numexpr and CasADi.

python benchmarks/batch.py              tanh(a*b + c), 4 million rows, all peers, and against copying the columns
python benchmarks/batch.py equations    ten equations and the MGH functions of the shared corpora, the best peer on each
                                        (4 million rows, or so many as are named)

Each peer is called as its users would: it allocates its own results, on arrays that are its own already where it has
its own. numba, which does not differentiate, and numexpr get our derivatives.
"""

import os
import platform
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, sleep
from types import SimpleNamespace
from typing import Any

import numpy as np
from timing import CORPORA, NOT_INSTALLED, SKIPPED, answer, corpus, exit_code, installed, parser, seconds, sized

from autodiff_cli import parse as formula_of
from autodiff_cli.language.parser import parse

TANH = "tanh(a*b + c)"
ROWS = sized(4_000_000, 100)
ROUNDS, FEW_ROUNDS = sized((15, 2), (1, 1))  # of tanh, and of each equation
LONGEST, FUNCTIONS_OF_MGH = sized((10, None), (1, 1))  # how many equations: the longest, and all
PAUSE = sized(0.05, 0.0)  # seconds before the calls of each, in which the threads of another that spin come to rest
WARM = sized(3, 1)  # calls after that of which the first are not counted: a machine at rest has to wake
COPIES = 2.0  # times copying the seven columns
PACKAGES = {"JAX": "jax", "PyTorch": "torch", "numba": "numba", "numexpr": "numexpr", "CasADi": "casadi"}
GOALS = {"JAX": 3.0, "PyTorch": 3.0, "numexpr": 3.0, "numba": 1.0, "CasADi": 1.0}
SHARE = 0.9  # of the equations on which the best peer is to be slower
OTHERS = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "abs": "abs"}
FUNCTIONS = ("sin", "cos", "tan", "exp", "sqrt", "tanh", "log", "asin", "acos", "atan", "sinh", "cosh", "abs")

Call = Callable[[], Any]
Columns = dict[str, np.ndarray[Any, Any]]


# --- the peers -------------------------------------------------------------------------------------------------------


def written_over(library: Any, text: str, names: Sequence[str], other: bool = True) -> Any:
    """The text as a function over another library's numbers."""
    known = {
        name: getattr(library, OTHERS.get(name, name) if other else name) for name in FUNCTIONS if f"{name}(" in text
    }
    constants = {"pi": np.pi, "e": np.e}
    return eval(f"lambda {', '.join(names)}: {text.replace('^', '**')}", known | constants)


def jaxs(text: str, columns: Columns) -> Call:
    """jit(vmap(value_and_grad)) of columns that are JAX's already."""
    import jax

    jax.config.update("jax_enable_x64", True)
    plain = written_over(jax.numpy, text, list(columns))
    function = jax.jit(jax.vmap(jax.value_and_grad(plain, argnums=tuple(range(len(columns))))))
    given = [jax.numpy.array(column) for column in columns.values()]
    return lambda: jax.block_until_ready(function(*given))


def torchs(text: str, columns: Columns) -> Call:
    """The gradient of the sum, by tensors that share the columns' memory."""
    import torch

    torch.set_num_threads(os.cpu_count() or 1)

    def over(name: str) -> Any:  # numbers too
        return lambda x: getattr(torch, name)(torch.as_tensor(x, dtype=torch.float64))

    plain = written_over(SimpleNamespace(**{name: over(name) for name in FUNCTIONS}), text, list(columns), other=False)
    given = [torch.from_numpy(column).requires_grad_() for column in columns.values()]

    def call() -> Any:
        value = plain(*given)
        return value.detach(), torch.autograd.grad(value.sum(), given)

    return call


def numbas(text: str, columns: Columns) -> Call:
    """One parallel loop, with our code for one row inside it; of tanh as one would write it."""
    import math

    import numba

    from autodiff_cli.codegen.lower import lower
    from autodiff_cli.codegen.python import LANGUAGE
    from autodiff_cli.codegen.writer import Written

    names = list(columns)
    if text == TANH:
        lines, found = ["y = math.tanh(a*b + c)", "s = 1 - y*y"], ["y", "s*b", "s*a", "s"]
    else:
        program = lower(parse(text, names), [(name,) for name in names])
        written = Written(program, LANGUAGE, {name: name for name in program.inputs})
        lines, found = list(written.lines("")), [written.outputs[key] for key in program.outputs]
    outs = [f"out{index}" for index in range(len(found))]
    body = [
        f"def function({', '.join(f'{name}_' for name in names)}):",
        f"    rows = {names[0]}_.size",
        *(f"    {out} = np.empty(rows)" for out in outs),
        "    for row in prange(rows):",
        *(f"        {name} = {name}_[row]" for name in names),
        *(f"        {line}" for line in lines),
        *(f"        {out}[row] = {value}" for out, value in zip(outs, found, strict=True)),
        f"    return {outs[0]}, ({', '.join(outs[1:])},)",
    ]
    scope: dict[str, Any] = {"np": np, "math": math, "prange": numba.prange}
    exec("\n".join(body), scope)
    return partial(numba.njit(parallel=True)(scope["function"]), *columns.values())


def numexprs(text: str, columns: Columns) -> Call:
    """One formula each for the value and the derivatives; of tanh with the shared part made once."""
    import numexpr

    def evaluate(formula: str, **more: Any) -> Any:
        return numexpr.evaluate(formula, {**columns, "pi": np.pi, "e": np.e, **more}, {}, sanitize=False)

    if text == TANH:

        def call() -> Any:
            value = evaluate("tanh(a*b + c)")
            slope = evaluate("1 - y*y", y=value)
            return value, (evaluate("s*b", s=slope), evaluate("s*a", s=slope), slope)

        return call
    expression = formula_of(text, list(columns))
    formulas = []
    for name in columns:
        formula = str(expression.derivative(name)).replace("^", "**")
        if ";" in formula:
            raise ValueError("numexpr has no named steps")
        for ours, theirs in OTHERS.items():
            formula = formula.replace(ours, theirs)
        formulas.append(formula)
    value = text.replace("^", "**")
    for ours, theirs in OTHERS.items():
        value = value.replace(ours, theirs)
    return lambda: (evaluate(value), [evaluate(formula) + np.zeros(1) for formula in formulas])


def casadis(text: str, columns: Columns) -> Call:
    """A Function mapped over a matrix that is CasADi's already."""
    import casadi

    names = list(columns)
    x = casadi.SX.sym("x", len(names))
    value = written_over(casadi, text, names, other=False)(*casadi.vertsplit(x))
    function = casadi.Function("f", [x], [value, casadi.gradient(value, x)])
    rows = len(columns[names[0]])
    cores = os.cpu_count() or 1
    mapped = function.map(rows // cores).map(cores, "thread", cores)
    given = casadi.DM(np.array(list(columns.values())))

    def call() -> Any:
        values, slopes = mapped(given)
        return values, slopes

    return call


PEERS: dict[str, Callable[[str, Columns], Call]] = {
    "JAX": jaxs,
    "PyTorch": torchs,
    "numba": numbas,
    "numexpr": numexprs,
    "CasADi": casadis,
}
HERE = {name: peer for name, peer in PEERS.items() if installed(PACKAGES[name])}


def ours(text: str, columns: Columns) -> Call:
    """The kernel, which allocates its results; compiled from the first call on, as the peers are."""
    kernel = formula_of(text, list(columns)).vectorize(list(columns), compiled=True)
    return lambda: kernel(**columns)


# --- measuring -------------------------------------------------------------------------------------------------------


def times(calls: dict[str, Call], rounds: int) -> dict[str, float]:
    """Seconds of a call of each, the shortest of some rounds, in turn: what else the machine does falls on all."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            sleep(PAUSE)
            for again in range(2 * WARM if turn else 1):  # the first call of all compiles
                start = perf_counter()
                result = call()
                took = perf_counter() - start
                del result
                if again >= WARM:
                    found[name].append(took)
    return {name: min(one) for name, one in found.items()}


def differs(call: Call, want: list[np.ndarray[Any, Any]]) -> bool:
    """Whether a peer has other numbers than we, by more than an order of operations can cost."""
    value, slopes = call()
    if hasattr(value, "full"):  # CasADi's
        value, slopes = value.full().ravel(), slopes.full()
    for got, wanted in zip([value, *slopes], want, strict=True):
        scale = np.abs(wanted) + 1e-3 * max(float(np.abs(one).max()) for one in want)
        if not np.all(np.abs(np.broadcast_to(np.asarray(got), wanted.shape) - wanted) <= 1e-9 * scale):
            return True
    return False


def machine() -> str:
    """What it runs on."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(": ")[1] for line in lines if line.startswith("model name")), model)
    packages = [f"{name} {version(name)}" for name in ("numpy", *PACKAGES.values()) if installed(name)]
    return f"{model}, {os.cpu_count()} cores; Python {platform.python_version()}, {', '.join(packages)}"


def disagree(calls: dict[str, Call], want: list[np.ndarray[Any, Any]]) -> list[str]:
    """The peers that have other numbers than we."""
    return [name for name, call in calls.items() if differs(call, want)]


def variants(columns: Columns, want: list[np.ndarray[Any, Any]]) -> dict[str, Call]:
    """Our ways to call the kernel of tanh, and copying its seven columns."""
    seven = [*columns.values(), *(one.copy() for one in want)]
    copies = [one.copy() for one in seven]

    def copy_into() -> None:
        for one, other in zip(seven, copies, strict=True):
            np.copyto(other, one)

    kernel = formula_of(TANH).vectorize(compiled=True)
    plain = formula_of(TANH).vectorize(compiled=False)
    results = kernel(**columns)
    kept: list[Any] = []

    def keep() -> None:  # results that somebody holds: new memory each time
        kept[:] = [kernel(**columns)]

    return {
        "copy": lambda: [one.copy() for one in seven],
        "copy with out": copy_into,
        "autodiff": ours(TANH, columns),
        "autodiff, NumPy alone": lambda: plain(**columns),
        "autodiff, results kept": keep,
        "autodiff with out": lambda: kernel(**columns, out=results),
    }


def show(found: dict[str, float]) -> bool:
    """Print the table of one function's times; whether every figure is reached."""
    mine, missed = found["autodiff"], 0
    print(f"| value and 3 gradients of `{TANH}`, {ROWS:,} rows | a row | times autodiff | to reach | |")
    print("|---|---|---|---|---|")
    for name in dict.fromkeys([*PEERS, *found]):
        goal = GOALS.get(name)
        shown = f"≥ {goal:g}" if goal else ""
        if name not in found:
            print(f"| {name} | {NOT_INSTALLED} | | {shown} | |")
            continue
        ratio = found[name] / mine
        reached = ratio >= goal if goal else None
        missed += reached is False
        print(f"| {name} | {seconds(found[name] / ROWS)} | {ratio:.3g} | {shown} | {answer(reached)} |")
    copied = found["autodiff with out"] / found["copy with out"]
    print(f"| autodiff with out / copy with out | | {copied:.3g} | ≤ {COPIES:g} | {answer(copied <= COPIES)} |")
    return not missed and copied <= COPIES


def tanh() -> int:
    """0 where every figure of the one function is reached."""
    columns = dict(zip("abc", np.random.default_rng(1).uniform(-1, 1, (3, ROWS)), strict=True))
    value, gradient = ours(TANH, columns)()
    want = [value, *gradient.values()]
    peers = {name: peer(TANH, columns) for name, peer in HERE.items()}
    wrong = disagree({name: call for name, call in peers.items() if name != "CasADi"}, want)
    reached = show(times(peers | variants(columns, want), ROUNDS))
    if wrong:
        print(f"{', '.join(wrong)} found other numbers")
    return int(bool(wrong)) or exit_code(not reached)


# --- the corpora -----------------------------------------------------------------------------------------------------


def equations() -> list[tuple[str, str, dict[str, float]]]:
    """The ten longest equations and the MGH functions, each with a point."""
    longest = sorted(_each_once("feynman"), key=lambda record: len(record["expr"]), reverse=True)[:LONGEST]
    chosen = [*longest, *_each_once("mgh")[:FUNCTIONS_OF_MGH]]
    return [(one["id"], one["expr"], {key: float(at) for key, at in one["point"].items()}) for one in chosen]


def _each_once(name: str) -> list[dict[str, Any]]:
    """The first record of each expression."""
    return [*{record["expr"]: record for record in reversed(corpus(name))}.values()]


def calls_of(label: str, text: str, columns: Columns) -> dict[str, Call]:
    """Ours and that of each peer that can do it; what one cannot do, or does otherwise, is said."""
    value, gradient = ours(text, columns)()
    want = [value, *gradient.values()]
    calls = {"autodiff": ours(text, columns)}
    for name in [name for name in HERE if name != "CasADi"]:
        try:
            call = HERE[name](text, columns)
            if differs(call, want):
                print(f"{name} found other numbers on {label}")
            calls[name] = call
        except Exception as error:  # a peer that cannot do it is no peer here
            print(f"{name} cannot do {label}: {type(error).__name__} {str(error)[:60]}", file=sys.stderr)
    return calls


def corpora(rows: int) -> int:
    """1 where the best peer is faster on too many."""
    if not CORPORA.exists():
        print(SKIPPED)
        return 0
    print(f"| value and gradient, {rows:,} rows | autodiff | best peer | | times autodiff | |")
    print("|---|---|---|---|---|---|")
    cases, faster = equations(), 0
    random = np.random.default_rng(2)
    for label, text, point in cases:
        names = list(parse(text, list(point)).variables)
        columns = {name: (point[name] or 1.0) * random.uniform(0.95, 1.05, rows) for name in names}
        found = times(calls_of(label, text, columns), FEW_ROUNDS)
        mine = found.pop("autodiff")
        if not found:
            print(f"| {label} | {seconds(mine / rows)} | {NOT_INSTALLED} | | | |", flush=True)
            continue
        best = min(found, key=lambda name: found[name])
        faster += found[best] > mine
        cells = f"{seconds(mine / rows)} | {seconds(found[best] / rows)} | {best} | {found[best] / mine:.3g}"
        print(f"| {label} | {cells} | {answer(found[best] > mine)} |", flush=True)
    print(f"faster on {faster} of {len(cases)}, to reach: 9 of 10")
    return exit_code(faster < SHARE * len(cases))


def main() -> int:
    """0 where every figure is reached."""
    arguments = parser(__doc__)
    arguments.add_argument("what", nargs="?", choices=["equations"])
    arguments.add_argument("rows", nargs="?", type=int, default=ROWS)
    chosen = arguments.parse_args()
    print(machine())
    return corpora(chosen.rows) if chosen.what else tanh()


if __name__ == "__main__":
    sys.exit(main())
