"""How many units in the last place each function and each of its partials is off, beside JAX, PyTorch and autograd.

The judge is python-flint: `tests/oracles.py` defines every function once more by its textbook formula over Arb's balls.
The precision is raised until the ball is far narrower than an ulp. Nothing of the rule table is used but names, domains
and what is documented of the accuracy. The exit code is 1 where a function is worse than documented.

    python benchmarks/accuracy.py [--no-peers] [NAME ...]
"""

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from itertools import pairwise
from math import copysign, inf, isfinite, nan, nextafter, pi
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple

from flint import arb, ctx
from timing import NOT_INSTALLED, parser, sized

from autodiff_cli.engine.value import FLOATS, Value, plain
from autodiff_cli.rules.table import FUNCTIONS, Function

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.oracles import ORACLES

BITS, MOST_BITS = 300, 20_000  # what a reference starts with, and where it is given up
CERTAIN = 80  # bits of a reference that must be certain: 27 more than a float has
LARGEST, SMALLEST = sys.float_info.max, 1e-300  # true results outside are counted, not measured in ulp
GOAL = 4.0
FAITHFUL = 1.0  # ulp: up to here a result is one of the two floats around the true one, and no peer is called better
POINTS = sized(None, 4)  # a function is measured at: all, or about so many
TIMES_TRIED = 12  # zeros looked for, a function and a quantity

# --- what is true ----------------------------------------------------------------------------------------------------


def true_result(function: Function, index: int | None, at: Sequence[float]) -> arb | None:
    """A ball far narrower than an ulp, or one that is surely below all that is measured; None where there is none."""
    ctx.cap = 200
    bits = BITS
    while bits < MOST_BITS:
        with ctx.workprec(bits):
            try:
                found = ORACLES[function.name].arb(index, at)
            except (ZeroDivisionError, ValueError):
                found = arb.nan()
            if found is None or found.rel_accuracy_bits() > CERTAIN or found.is_exact():
                return found if found is None or found.is_finite() else None
            if not found.is_finite() and bits > 10 * BITS:
                return None
            if bits > 1000 and found.is_finite() and abs(found) < arb(SMALLEST) ** 2:
                return found
        bits *= 2
    return None


def ulps(got: float, want: arb, exponent: int) -> float:
    """How many units in the last place `got` is off; `want` lies in [2^(exponent - 1), 2^exponent) in size."""
    if not isfinite(got):
        return inf
    with ctx.workprec(2300):
        return abs(float(((arb(got) - want) * arb(2) ** (53 - exponent)).mid()))


# --- where it is measured --------------------------------------------------------------------------------------------

_TURNS = [k * pi / 2 for k in (1, 2, 3, 4, 7, 11, 100, 355, 1e6 + 1, 1e15)] + [6381956970095103 * 2.0**797]
_ANGLES = [30.0 * k for k in range(-13, 14)] + [45.0, 135.0, 225.0, 360e5, 90 + 360e10, 180e14, 1e22]
PLACES: dict[str, list[float]] = {  # beside 0, 1 and -1: where functions have an edge, a zero or a seam
    "sin cos tan cot sec csc": _TURNS,
    "sind cosd tand cotd secd cscd": _ANGLES,
    "exp expm1 sinh cosh sech csch": [709.0, 745.0, -708.0, 0.35],
    "gamma lgamma digamma": [2.0, 3.0, 10.0, 1.4616321449683623, *map(float, range(-12, -1))],
    "polygamma": [2.0, 10.0, -1.0, -2.0, -3.0, -1.5, -2.5],
    "spherical_jn": [3.0, 10.0, 50.0, 100.0],
    "sinc": [*map(float, range(-9, 10)), 180.5, 1e6, 1e6 + 0.5, 2.0**50],
    "erf erfc gelu": [-27.0, -6.0, 6.0, 26.5, -37.0, 37.0],
    "sigmoid silu softplus": [37.0, -37.0, -700.0, 700.0],
    "logit": [0.5, 0.25, 0.375, 0.625, 0.75],
    "asech atanh asin acos": [0.5, -0.5, 0.75],
    "acosh": [2.0, 1.5],
    "round heaviside": [0.5, 1.5, 2.5, -0.5],
}
ORDERS = {"polygamma": (0, 1, 2, 3, 20, 60), "spherical_jn": (0, 1, 2, 3, 7, 20, 60)}
LIMITS = {"gamma": (-200.0, 200.0), "digamma": (-1e5, inf), "polygamma": (-1e5, inf)}  # SciPy counts up from below


def _around(place: float, random: Random) -> list[float]:
    """Floats at a place, next to it, and at every distance from it."""
    near = [place, nextafter(place, inf), nextafter(place, -inf)]
    for power in range(1, 17):
        for sign in (1, -1):
            near.append(place + sign * random.uniform(1, 10) * 10.0**-power * (abs(place) or 1.0))
    return near


def _sizes(random: Random, count: int) -> list[float]:
    return [sign * random.uniform(1, 10) * 10 ** random.uniform(-300, 299) for sign in (1, -1) for _ in range(count)]


def _line(name: str, random: Random, scale: float = 1.0) -> list[float]:
    """Points on the whole line, dense where something may happen."""
    points = [0.0, -0.0, 5e-324, -5e-324, 1e-310, -1e-310, sys.float_info.min, 1e300, -1e300, 1e-300, -1e-300]
    points += _sizes(random, int(200 * scale))
    for reach, count in ((1, 150), (10, 200), (50, 100), (180, 60), (750, 100)):
        points += [random.uniform(-reach, reach) for _ in range(int(count * scale))]
    points += [k / 4 for k in range(-80, 81)]
    points += [sign * random.uniform(1, 10) * 10.0**k for k in range(-20, 21) for sign in (1, -1) for _ in range(3)]
    own = [place for names, places in PLACES.items() if name in names.split() for place in places]
    for place in (0.0, 1.0, -1.0, *own):
        points += _around(place, random)
    return points


def _axis(name: str, random: Random) -> list[float]:
    """Few points, for a grid."""
    points = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.0, -2.0, 10.0, 1e300, -1e300, 1e-300, 5e-324, 2.0**53 + 2, 1 / 3]
    points += [1 + sign * random.uniform(1, 10) * 10.0**-k for k in range(1, 16, 2) for sign in (1, -1)]
    points += [sign * random.uniform(1, 10) * 10.0**k for k in (-17, -9, -5, -3, -2, -1, 0, 1, 2) for sign in (1, -1)]
    points += [random.uniform(-1, 1) for _ in range(6)] + [random.uniform(-50, 50) for _ in range(6)]
    return points + _sizes(random, 6)


def _inside(function: Function) -> Callable[..., bool]:
    test = FLOATS.formula(function.domain or "True", ", ".join(function.args))
    low, high = LIMITS.get(function.name, (-inf, inf))

    def inside(*at: float) -> bool:
        try:
            return all(isfinite(x) for x in at) and low <= at[-1] <= high and (function.variadic or bool(test(*at)))
        except ArithmeticError:
            return False

    return inside


def ours(at: Sequence[float], name: str) -> tuple[float, ...]:
    """The value and the partials, by way of the graph."""
    leaves = [Value(x) for x in at]
    result = plain(name)(*leaves)
    result.backward()
    return result.data, *[leaf.grad for leaf in leaves]


def _zeros(name: str, points: Sequence[tuple[float, ...]], axis: int, random: Random) -> list[tuple[float, ...]]:
    """Points around some places where the value or a partial changes its sign along one axis: zeros and poles."""
    found: list[tuple[float, ...]] = []
    rows = [(at, ours(at, name)) for at in sorted(set(points), key=lambda at: (*at[:axis], *at[axis + 1 :], at[axis]))]
    changes = [
        (quantity, a, b)
        for (a, left), (b, right) in pairwise(rows)
        if a[:axis] == b[:axis] and a[axis + 1 :] == b[axis + 1 :]
        for quantity in range(len(left))
        if left[quantity] * right[quantity] < 0 or (left[quantity] < 0 < right[quantity])
    ]
    for quantity in {quantity for quantity, _, _ in changes}:
        mine = [change for change in changes if change[0] == quantity]
        for _, a, b in random.sample(mine, min(len(mine), TIMES_TRIED)):
            low, high, at = a[axis], b[axis], list(a)
            sign = copysign(1, ours(a, name)[quantity])
            while low < (middle := low / 2 + high / 2) < high:
                at[axis] = middle
                low, high = (middle, high) if sign * ours(at, name)[quantity] > 0 else (low, middle)
            for x in (*_around(low, random), *_around(high, random)):
                at[axis] = x
                found.append(tuple(at))
    return found


def sample(function: Function) -> list[tuple[float, ...]]:
    """The points a function is measured at; the same in every run."""
    name = function.name
    random = Random(f"{name} {len(function.args)}")
    count = 2 if function.variadic else len(function.args)
    inside = _inside(function)
    axis = 0
    if name in ORDERS:
        points: list[tuple[float, ...]] = [(float(n), x) for n in ORDERS[name] for x in _line(name, random, 0.3)]
        axis = 1
    elif count == 1:
        points = [(x,) for x in _line(name, random)]
    elif count == 2:
        first, second = _axis(name, random), _axis(name, random)
        points = [(a, b) for a in first for b in (*second, a, -a)]
        points += [(x, y) for x in _around(1.0, random) for y in (1e5, 1e10, -1e15, 0.3, 1 + 1e-9)]
    else:
        axes = [
            [0.0, 1.0, -1.0, *_sizes(random, 20), *[random.uniform(-5, 5) for _ in range(20)]] for _ in range(count)
        ]
        points = [tuple(map(random.choice, axes)) for _ in range(1500)]
    points = [at for at in dict.fromkeys(points) if inside(*at)]
    if POINTS:
        return points[:: max(1, len(points) // POINTS)]
    return [at for at in dict.fromkeys([*points, *_zeros(name, points, axis, random)]) if inside(*at)]


# --- the peers -------------------------------------------------------------------------------------------------------


class Peer(NamedTuple):
    """Another library: its functions by our names, and what gives value and partials at all points."""

    title: str
    functions: dict[str, Callable[..., Any]]
    results: Callable[[Callable[..., Any], list[list[float]]], list[Sequence[float]]]


def _named(module: Any, names: str) -> dict[str, Callable[..., Any]]:
    """The functions of a module by our names: `ours=theirs`, or one word where both are the same."""
    pairs = [word.partition("=") for word in names.split()]
    return {ours: getattr(module, theirs or ours) for ours, _, theirs in pairs}


_NUMPY = (
    "abs add sub=subtract mul=multiply div=divide neg=negative sqrt exp exp2 expm1 log log10 log2 log1p logaddexp "
    "sin cos tan asin=arcsin acos=arccos atan=arctan atan2=arctan2 sinh cosh tanh asinh=arcsinh acosh=arccosh "
    "atanh=arctanh deg2rad rad2deg sinc max=maximum min=minimum mod fmod pow=power square reciprocal sign "
    "clamp=clip"
)


def _jax() -> Peer:
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    jnp, nn, special = (import_module(f"jax.{name}") for name in ("numpy", "nn", "scipy.special"))
    functions = _named(jnp, f"{_NUMPY} cbrt hypot copysign floor ceil trunc round")
    functions |= _named(special, "erf erfc gamma lgamma=gammaln digamma")
    functions |= _named(nn, "relu leaky_relu sigmoid softplus silu")
    functions |= {
        "rsqrt": jax.lax.rsqrt,
        "logit": special.logit,
        "gelu": lambda x: nn.gelu(x, approximate=False),
        "where": lambda c, a, b: jnp.where(c != 0, a, b),
        "heaviside": lambda x: jnp.heaviside(x, 0.5),
        "polygamma": lambda n, x: special.polygamma(n.astype(int), x),
    }

    def results(function: Callable[..., Any], columns: list[list[float]]) -> list[Sequence[float]]:
        arrays = [jnp.asarray(column, "float64") for column in columns]
        found = [jax.jit(jax.vmap(function))(*arrays)]
        for index in range(len(arrays)):
            try:
                found.append(jax.jit(jax.vmap(jax.grad(function, index)))(*arrays))
            except (NotImplementedError, TypeError, ValueError):
                found.append([nan] * len(columns[0]))
        return [[float(x) for x in row] for row in found]

    return Peer(f"JAX {jax.__version__}", functions, results)


def _torch() -> Peer:
    torch = import_module("torch")
    torch.set_num_threads(1)
    special, nn = torch.special, torch.nn.functional
    functions = _named(
        torch,
        "abs add sub mul div neg pow sqrt rsqrt exp exp2 expm1 log log10 log2 log1p logaddexp sin cos tan asin acos "
        "atan atan2 sinh cosh tanh asinh acosh atanh deg2rad rad2deg sinc max=maximum min=minimum mod=remainder fmod "
        "square reciprocal sign hypot copysign floor ceil trunc round relu sigmoid logit erf erfc lgamma digamma",
    )
    functions |= {
        "leaky_relu": nn.leaky_relu,
        "softplus": nn.softplus,
        "silu": nn.silu,
        "gelu": nn.gelu,
        "where": lambda c, a, b: torch.where(c != 0, a, b),
        "clamp": torch.clamp,
        "heaviside": lambda x: torch.heaviside(x, torch.tensor(0.5, dtype=torch.float64)),
    }

    def polygamma(n: Any, x: Any) -> Any:
        result = torch.zeros_like(x)
        for order in n.detach().unique():
            result = torch.where(n.detach() == order, special.polygamma(int(order), x), result)
        return result

    functions["polygamma"] = polygamma

    def results(function: Callable[..., Any], columns: list[list[float]]) -> list[Sequence[float]]:
        tensors = [torch.tensor(column, dtype=torch.float64, requires_grad=True) for column in columns]
        value = function(*tensors)
        found = [value.detach().tolist()]
        slopes: Sequence[Any] = [None] * len(tensors)
        if value.requires_grad:
            try:
                slopes = torch.autograd.grad(value.sum(), tensors, allow_unused=True)
            except (RuntimeError, NotImplementedError):
                return [*found, *[[nan] * len(columns[0]) for _ in tensors]]
        return found + [[0.0] * len(columns[0]) if slope is None else slope.tolist() for slope in slopes]

    return Peer(f"PyTorch {torch.__version__.partition('+')[0]}", functions, results)


def _autograd() -> Peer:
    autograd = import_module("autograd")
    np, special = import_module("autograd.numpy"), import_module("autograd.scipy.special")
    functions = _named(np, _NUMPY)
    functions |= _named(special, "erf erfc gamma lgamma=gammaln digamma polygamma sigmoid=expit logit")
    functions |= {"where": lambda c, a, b: np.where(c != 0, a, b)}

    def results(function: Callable[..., Any], columns: list[list[float]]) -> list[Sequence[float]]:
        arrays = [np.asarray(column, float) for column in columns]
        found = [function(*arrays)]
        for index in range(len(arrays)):
            try:
                found.append(autograd.elementwise_grad(function, index)(*arrays))
            except (NotImplementedError, TypeError, AttributeError):
                found.append([nan] * len(columns[0]))
        return [[float(x) for x in row] for row in found]

    return Peer(f"autograd {version('autograd')}", functions, results)


def version(package: str) -> str:
    """The installed version of a package."""
    return str(import_module("importlib.metadata").version(package))


def peers() -> list[Peer]:
    """The libraries that are installed."""
    found = []
    for make in (_jax, _torch, _autograd):
        try:
            found.append(make())
        except ImportError:
            print(f"{make.__name__[1:]} {NOT_INSTALLED}", file=sys.stderr)
    return found


# --- the table -------------------------------------------------------------------------------------------------------


Want = tuple[tuple[float, ...], arb, int]  # a point, the truth there and the truth's exponent


class Errors(NamedTuple):
    """What one library's results at many points come to."""

    worst: float
    at: tuple[float, ...]
    median: float


def measure(got: Sequence[float], wanted: Sequence[Want]) -> Errors:
    """The errors of these results."""
    errors = [ulps(y, want, exponent) for y, (_, want, exponent) in zip(got, wanted, strict=True)]
    worst = max(range(len(errors)), key=errors.__getitem__)
    return Errors(errors[worst], wanted[worst][0], median(errors))


def _far_out(got: float, want: arb) -> bool:
    """Whether a result is right where the truth is too large or too small to be measured."""
    if abs(want) < 1:
        return abs(got) <= 2 * SMALLEST
    return abs(got) >= LARGEST and copysign(1, got) == (1 if want > 0 else -1)


def _number(error: float) -> str:
    return "∞" if not isfinite(error) else f"{error:.2f}" if error < 100 else f"{error:.1e}"


class Truth(NamedTuple):
    """What is true of one quantity, the value or a partial, at the points where it is measured, and elsewhere."""

    chosen: list[int]  # the points that are measured, by their places
    wanted: list[Want]
    outside: int  # points where the truth is too large or too small for that
    wrong: list[tuple[float, ...]]  # those of them where the result is not so
    unknown: int


def _truth(function: Function, quantity: int, points: Sequence[tuple[float, ...]], got: Sequence[float]) -> Truth:
    """What is true of a quantity, and where these results of ours are wrong far out."""
    found = [true_result(function, quantity - 1 if quantity else None, at) for at in points]
    judged = [(row, at, want) for row, (at, want) in enumerate(zip(points, found, strict=True)) if want is not None]
    outside = [(row, at, want) for row, at, want in judged if not _is_measured(want)]
    chosen = [row for row, _, want in judged if _is_measured(want)]
    wanted = [(at, want, _exponent(want)) for _, at, want in judged if _is_measured(want)]
    wrong = [at for row, at, want in outside if not _far_out(got[row], want)]
    return Truth(chosen, wanted, len(outside), wrong, len(points) - len(judged))


def _is_measured(want: arb) -> bool:
    """Whether the truth is 0, or of a size that ulps are measured at."""
    return bool(want == 0 or SMALLEST <= abs(want) <= LARGEST)


def _exponent(want: arb) -> int:
    """The exponent that `ulps` needs: of 0 that of the smallest normal float."""
    if want == 0:
        return -1021
    man, exp = want.mid().man_exp()
    return abs(man).bit_length() + int(exp)


def _results_of(
    libraries: Sequence[Peer], function: Function, points: Sequence[tuple[float, ...]]
) -> list[list[Sequence[float]] | None]:
    """The value and the partials of a function in each library; None where it has no such function."""
    has_base = function.name == "log" and len(points[0]) == 2
    known = [None if has_base else peer.functions.get(function.name) for peer in libraries]
    columns = list(map(list, zip(*points, strict=True)))
    return [peer.results(theirs, columns) if theirs else None for peer, theirs in zip(libraries, known, strict=True)]


def _verdict(function: Function, worst: float, others: Iterable[Errors | None], wrong: bool) -> str:
    """`yes`, what is documented of the accuracy, `beaten` by another library, or `NO`."""
    is_beaten = any(other.worst < worst for other in others if other) and worst > FAITHFUL
    if worst <= GOAL and not is_beaten and not wrong:
        return "yes"
    return function.accuracy or ("beaten" if is_beaten and worst <= GOAL else "NO")


def _row(call: str, what: str, truth: Truth, found: Errors, others: Sequence[Errors | None], judged: str) -> str:
    """A line of the table."""
    far = f"{truth.outside}" + (f", {len(truth.wrong)} wrong" if truth.wrong else "")
    where = ", ".join(map(repr, found.at))
    beside = [f"{_number(other.worst)} ({_number(other.median)})" if other else "-" for other in others]
    cells = [call, what, str(len(truth.wanted)), far, _number(found.worst), where, _number(found.median)]
    return f"| {' | '.join([*cells, *beside, judged])} |"


def rows(function: Function, libraries: Sequence[Peer]) -> Iterator[str]:
    """A row for the value and for each partial of a function."""
    points = sample(function)
    mine = list(zip(*[ours(at, function.name) for at in points], strict=True))
    theirs = _results_of(libraries, function, points)
    args = [f"x{i + 1}" for i in range(len(points[0]))] if function.variadic else list(function.args)
    for quantity, what in enumerate(["value", *[f"d{name}" for name in args]]):
        if quantity and not function.variadic and function.partials[quantity - 1] == "nan":
            continue
        truth = _truth(function, quantity, points, mine[quantity])
        if truth.unknown:
            print(f"{function.name} {what}: {truth.unknown} points left out", file=sys.stderr)
        if truth.wrong:
            print(f"{function.name} {what}: wrong far out at {truth.wrong[:8]}", file=sys.stderr)
        if not truth.wanted:
            continue
        found = measure([mine[quantity][row] for row in truth.chosen], truth.wanted)
        others = [
            measure([results[quantity][row] for row in truth.chosen], truth.wanted) if results else None
            for results in theirs
        ]
        judged = _verdict(function, found.worst, others, bool(truth.wrong))
        yield _row(f"{function.name}({', '.join(args)})", what, truth, found, others, judged)


def main() -> int:
    """Print the table; 1 where a function is worse than documented."""
    arguments = parser(__doc__)
    arguments.add_argument("names", nargs="*", metavar="NAME", help="functions; all, where none is named")
    arguments.add_argument("--no-peers", action="store_true", help="autodiff alone")
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    libraries = [] if options.no_peers else peers()
    heads = ["function", "what", "points", "out of range", "worst, ulp", "at", "median"]
    heads += [f"{peer.title}, worst (median)" for peer in libraries] + [f"at most {GOAL:g}, and no peer better"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    failed = False
    for function in FUNCTIONS:
        if not options.names or function.name in options.names:
            for line in rows(function, libraries):
                print(line, flush=True)
                failed |= line.endswith("| NO |")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
