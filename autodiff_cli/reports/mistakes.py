"""What is off with a wrong derivative: a factor, a sign, an inner derivative, a region. From numbers at many points."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import e, isfinite, log, pi, sqrt
from operator import ge, gt, le, lt
from statistics import median
from typing import NamedTuple

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.reports.sampling import COMPARISONS, SIMPLE, Point

_CLOSE = 1e-6  # relative
_POINTS = 40  # that a hint is tried on
_FEWEST = 3  # points that a hint has to fit, and that it has to exclude
_SHARE = 0.95  # of the points that it fits; rounding may spoil some
_SOME = 0.05  # of the points that it is right at, so that a region is worth naming
_INNER = 40  # steps whose derivatives are looked at
_SWEEPS = 10_000  # steps that their sweeps may take at one point
_LONGEST = 40  # characters of a formula in a hint
_FACTORS = {
    "pi": pi,
    "1/pi": 1 / pi,
    "e": e,
    "log(2)": log(2),
    "1/log(2)": 1 / log(2),
    "log(10)": log(10),
    "1/log(10)": 1 / log(10),
    "sqrt(2)": sqrt(2),
    "1/sqrt(2)": 1 / sqrt(2),
    "sqrt(pi)": sqrt(pi),
    "pi/180": pi / 180,
    "180/pi": 180 / pi,
    "2*pi": 2 * pi,
    "1/(2*pi)": 1 / (2 * pi),
}


class Place(NamedTuple):
    """A point, what is claimed there, and what is true."""

    point: Point
    claimed: float
    true: float


def hint(expression: Expression, name: str, right: Sequence[Place], wrong: Sequence[Place]) -> str:
    """What is off, in words; empty where nothing fits."""
    # As many that are wrong as right, or what is right for no reason would outweigh them
    places = [place for place in (*wrong[:_POINTS], *right[: min(len(wrong), _POINTS // 4)]) if isfinite(place.claimed)]
    if len(right) >= max(_FEWEST, _SOME * (len(right) + len(wrong))):
        region = where(expression, right, wrong)
        rough = "about" in region and next(_reasons(expression, name, places), "")
        if region and " = " not in region and not rough:
            places = [place for place in wrong if isfinite(place.claimed)]
            factor = _factor([place.claimed for place in places], [place.true for place in places])
            return f"right for {region} only" + (f"; elsewhere {_said(factor)}" if factor else "")
    return next(_reasons(expression, name, places), "")


def _reasons(expression: Expression, name: str, places: Sequence[Place]) -> Iterator[str]:
    claimed, true = [place.claimed for place in places], [place.true for place in places]
    if len(places) < _FEWEST:
        return
    factor = _factor(claimed, true)
    if factor == -1:
        yield "the sign is wrong: it is minus the derivative"
    if _fits(claimed, [0.0] * len(places)):
        yield "it is zero, and the derivative is not"
    yield from _mistaken(expression, name, places, _said(factor) if factor else "")
    if factor:
        yield _said(factor)
    apart = [c - t for c, t in zip(claimed, true, strict=True)]
    sizes = [abs(c) + abs(t) for c, t in zip(claimed, true, strict=True)]
    constant = median(apart)
    if constant and _fits(apart, [constant] * len(places), [1e-7 * size for size in sizes]):
        yield f"it is off by a constant: {_number(constant)} too {'much' if constant > 0 else 'little'}"


def _mistaken(expression: Expression, name: str, places: Sequence[Place], factor: str) -> Iterator[str]:
    """What people do when they err: formulas for the claim, made of the derivatives of steps."""
    claimed, true = [place.claimed for place in places], [place.true for place in places]
    at = expression.evaluation()
    root, moving = at.root, at.variables[name]
    most = min(_INNER, _SWEEPS // max(1, len(at.nodes)))
    outer = [n for n in at.nodes if not n.rule.may_skip and (not n.rule.function.symbol or n.op == "^")]
    inside = [arg for node in outer for arg in node.args if arg.args and arg.requires_grad]
    inner = [node for node in dict.fromkeys(inside) if node is not root][:most]
    parts = [arg for arg in (*root.args, *[node for node, _ in _terms(root)][:most]) if arg not in inner]
    data: dict[Value, list[float]] = {node: [] for node in (root, *inner, *parts)}
    slopes: dict[Value, list[float]] = {node: [] for node in (*inner, *parts)}
    others: dict[str, list[float]] = {other: [] for other in expression.variables if other != name}
    for place in places:
        at.move(dict(zip(at.variables, place.point, strict=True)))
        gradient = at.gradients()
        for other, seen in others.items():
            seen.append(gradient[other])
        for node, seen in data.items():
            seen.append(node.data)
        for node, seen in slopes.items():
            node.zero_grad()
            moving.grad = 0.0
            if node.requires_grad:
                node.backward()
            seen.append(1.0 if node is moving else moving.grad)

    def fits(formula: Callable[..., float], *columns: list[float]) -> bool:
        return _fits(claimed, [_quietly(formula, *row) for row in zip(*columns, strict=True)])

    if fits(lambda y: y, data[root]):
        yield "it is the function itself, not its derivative"
    for node in inner:
        text = to_text(node, _LONGEST)
        if set(slopes[node]) <= {0.0, 1.0}:
            continue
        if fits(lambda t, slope: t / slope, true, slopes[node]):
            yield f"{factor and factor + '; '}the inner derivative is missing, that of {text}"
        if fits(lambda t, slope: t * slope, true, slopes[node]):
            yield f"{factor and factor + '; '}the inner derivative, that of {text}, is there once too often"
    for other, seen in others.items():
        if fits(lambda y: y, seen):
            yield f"it is the derivative by {other}, not by {name}"
    operation = root.rule.function.name
    if operation in ("mul", "div"):
        u, v = root.args
        columns = (data[u], data[v], slopes[u], slopes[v])
        if fits(lambda _u, _v, du, dv: du * dv if operation == "mul" else du / dv, *columns):
            yield f"the derivative of a {_KINDS[operation]}, not made of those of u and v alone"
        for formula in _HALVES[operation]:
            if any(slopes[u]) and any(slopes[v]) and fits(formula, *columns):
                yield f"the derivative of a {_KINDS[operation]}"
    missing = [t - c for t, c in zip(true, claimed, strict=True)]
    slack = [1e-12 * (abs(t) + abs(c)) for t, c in zip(true, claimed, strict=True)]
    for node, sign in _terms(root):
        if node in slopes and any(slopes[node]) and _fits(missing, [sign * s for s in slopes[node]], slack):
            yield f"the derivative of the term {to_text(node, _LONGEST)} is missing"
    if not factor:
        for node in (moving, *inner):
            column = [place.point[list(expression.variables).index(name)] for place in places]
            values, text = (column, name) if node is moving else (data[node], to_text(node, _LONGEST))
            if fits(lambda t, x: t * x, true, values):
                yield f"there is a factor {text} too many"
            if fits(lambda t, x: t / x, true, values):
                yield f"a factor {text} is missing"


_KINDS = {"mul": "product is u'v + uv'", "div": "quotient is (u'v - uv')/v^2"}
_HALVES: dict[str, list[Callable[..., float]]] = {
    "mul": [lambda u, v, du, dv: du * v, lambda u, v, du, dv: u * dv],
    "div": [
        lambda u, v, du, dv: du / v,
        lambda u, v, du, dv: -u * dv / v**2,
        lambda u, v, du, dv: (du * v + u * dv) / v**2,
        lambda u, v, du, dv: (du * v - u * dv) / v,
        lambda u, v, du, dv: du * v - u * dv,
    ],
}


def _terms(root: Value) -> Iterator[tuple[Value, int]]:
    """The terms of a sum, with their signs."""
    stack = [(root, 1)]
    while stack:
        node, sign = stack.pop()
        name = node.rule.function.name
        if name in ("add", "sub"):
            stack += [(node.args[1], sign if name == "add" else -sign), (node.args[0], sign)]
        elif node is not root:
            yield node, sign


def _quietly(formula: Callable[..., float], *row: float) -> float:
    try:
        return formula(*row)
    except (ZeroDivisionError, OverflowError):
        return float("nan")


def _fits(found: Sequence[float], wanted: Sequence[float], slack: Sequence[float] | None = None) -> bool:
    """Whether the numbers agree wherever both are finite, but for what rounding spoils; and not for being all zero."""
    fit = told = telling = 0
    for index, (a, b) in enumerate(zip(found, wanted, strict=True)):
        if isfinite(a) and isfinite(b):
            told += 1
            fits = abs(a - b) <= _CLOSE * max(abs(a), abs(b)) + (slack[index] if slack else 0.0)
            fit += fits
            telling += fits and (b != 0 or not any(wanted))
    return telling >= _FEWEST and told >= len(found) / 2 and fit >= _SHARE * told


def _factor(claimed: Sequence[float], true: Sequence[float]) -> float:
    """The number that the claim is times the derivative, if it is; else 0."""
    ratios = [c / t for c, t in zip(claimed, true, strict=True) if t and isfinite(c / t)]
    if len(ratios) < _FEWEST:
        return 0.0
    factor = median(ratios)
    factor = float(f"{factor:.12g}")
    if factor != -1 and abs(abs(factor) - 1) < 1e-5:  # no number that a person left out
        return 0.0
    return factor if factor and _fits(claimed, [factor * t for t in true]) else 0.0


def _said(factor: float) -> str:
    """A constant factor in words."""
    if factor == -1:
        return "the sign is wrong: it is minus the derivative"
    minus = ", and the sign is wrong" if factor < 0 else ""
    size = abs(factor)
    if 0 < size < 1 and isfinite(1 / size) and abs(1 / size - round(1 / size)) < 1e-6 / size:
        whole = round(1 / size)
        part = {2: "half of it", 3: "a third of it", 4: "a quarter of it"}.get(whole, f"1/{whole} of it")
        if whole <= 1000:
            return f"{part}: a missing {whole}?{minus}"
    for text, number in _FACTORS.items():
        if abs(size - number) < 1e-6 * number:
            return f"{text} times the derivative{minus}"
    ratio = Fraction(size).limit_denominator(100)
    exact = ratio and abs(size - ratio) < 1e-6 * size
    if size == 2:
        return f"twice the derivative{minus}"
    return f"{ratio if exact else _number(size)} times the derivative{minus}"


def _number(x: float) -> str:
    return f"{x:.6g}"


def where(expression: Expression, inside: Sequence[Place], outside: Sequence[Place]) -> str:
    """A condition that holds at all of the first points and at none of the others; empty where none is found."""
    if len(inside) < 1 or len(outside) < 1:
        return ""
    leaves = {leaf.data for node in expression.nodes for leaf in node.args if not leaf.args and not leaf.requires_grad}
    numbers = sorted({*SIMPLE, *leaves, *[-x for x in leaves]}, key=lambda x: (len(number_text(x)), abs(x)))
    for index, name in enumerate(expression.variables):
        here, there = [p.point[index] for p in inside], [p.point[index] for p in outside]
        if len({*here}) == 1 and here[0] not in there:
            return f"{name} = {number_text(here[0])}"
        if len(inside) < _FEWEST:
            continue
        if len({*there}) == 1 and there[0] not in here:
            return f"{name} other than {number_text(there[0])}"
        if len(outside) < _FEWEST:
            continue
        if found := _parted(here, there, name, numbers):
            return found
        if found := _parted([*map(abs, here)], [*map(abs, there)], f"|{name}|", numbers):
            return found
    return _seam(expression, inside, outside) if min(len(inside), len(outside)) >= _FEWEST else ""


def _parted(here: Sequence[float], there: Sequence[float], name: str, numbers: Sequence[float]) -> str:
    """`x > 0`, where that parts the numbers."""
    for sign, low, high in ((">", max(there), min(here)), ("<", max(here), min(there))):
        if low < high or (low == high and sign == ">"):
            simple = next((x for x in numbers if low <= x <= high), None)
            edge = number_text(simple) if simple is not None else f"about {(low + high) / 2:.3g}"
            if low == high:
                return ""
            return f"{name} {sign} {edge}"
    return ""


def _seam(expression: Expression, inside: Sequence[Place], outside: Sequence[Place]) -> str:
    """On which side of a kink or of a condition the first points lie, where that parts them."""
    seams: list[tuple[str, tuple[Value, ...]]] = []
    at = expression.evaluation()
    for node in at.nodes:
        function, args = node.rule.function, node.args
        if function.name in COMPARISONS or (function.name in ("max", "min") and len(args) == 2):
            seams.append((" - ".join([to_text(arg, _LONGEST) for arg in args]), args))
        elif function.kinks and len(args) == 1:
            seams.append((to_text(args[0], _LONGEST), args))
    seen: list[list[tuple[float, bool]]] = [[] for _ in seams]
    for places, is_inside in ((inside[:_POINTS], True), (outside[:_POINTS], False)):
        for place in places:
            at.move(dict(zip(at.variables, place.point, strict=True)))
            for found, (_, args) in zip(seen, seams, strict=True):
                found.append((args[0].data - (args[1].data if args[1:] else 0.0), is_inside))
    for (text, _), found in zip(seams, seen, strict=True):
        for sign, holds in (("> 0", gt), ("< 0", lt), (">= 0", ge), ("<= 0", le)):
            if all(holds(x, 0) == is_inside for x, is_inside in found):
                return f"{text} {sign}"
    return ""
