"""What is off with a wrong derivative: a factor, a sign, an inner derivative, a region. From numbers at many points.

The mistakes that people make are a list, `_MISTAKES`: the first whose formula gives what is claimed is the hint.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import groupby, repeat
from math import e, isfinite, log, nan, pi, sqrt
from operator import attrgetter, sub, truediv
from statistics import median
from typing import Any, NamedTuple

from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.reports.monomials import monomial
from autodiff_cli.reports.regions import FEWEST, LONGEST, POINTS, Place, Region, where
from autodiff_cli.reports.sampling import Point

_CLOSE = 1e-6  # relative
_SURELY = 1e-11  # relative: what is farther off is right for the tolerance only
_TINY = 1e-13  # beside the median of a claim's sizes
_SHARE = 0.95  # of the points that a formula fits; rounding may spoil some
_SOME = 0.05  # of the points that it is right at, so that a region is worth naming
_INNER = 40  # steps whose derivatives are looked at
_PART_STEPS = 12  # the last steps, of which one alone may be differentiated wrong
_SWEEPS = 10_000  # steps that their sweeps may take at one point


def hint(
    expression: Expression,
    name: str,
    right: Sequence[Place],
    wrong: Sequence[Place],
    formula: Expression | None = None,
) -> str:
    """What is off, in words; empty where nothing fits. `formula` is the claim itself, which may be an integral.

    Of the claim `cos(2x)` for `sin(2x)`: "half of it: a missing 2?; the inner derivative of 2 * x is missing".
    """
    # As many that are wrong as right, or what is right for no reason would outweigh them
    claim = _Claim(expression, name, [*wrong[:POINTS], *right[: min(len(wrong), POINTS // 4)]], formula)
    region = _region(expression, right, wrong)
    if region is None or region.is_point:
        return _explain(claim) or _explain_part(claim)
    if region.is_rough and (mistake := _explain(claim)):
        return mistake
    factor = _Claim(expression, name, wrong).factor
    elsewhere = f"; elsewhere {factor_text(factor)}" if factor else ""
    return f"right for {region.text} only{elsewhere}"


def only_where(expression: Expression, right: Sequence[Place], wrong: Sequence[Place]) -> str:
    """Where alone two formulas are equal, in words: of sqrt(x^2) and x "right for x > 0 only"."""
    region = _region(expression, right, wrong)
    return "" if region is None or region.is_point or region.is_rough else f"right for {region.text} only"


def _region(expression: Expression, right: Sequence[Place], wrong: Sequence[Place]) -> Region | None:
    """Where a claim is right; None where it is so nowhere, or only as far as the tolerance goes."""
    are_many_right = len(right) >= max(FEWEST, _SOME * (len(right) + len(wrong)))
    if not are_many_right or any(abs(place.claimed - place.true) > _SURELY * abs(place.true) for place in right):
        return None
    return where(expression, right, wrong)


class _Claim:
    """A claim beside the derivative, at the points where it has a value; and what it may be made of."""

    def __init__(
        self, expression: Expression, name: str, places: Iterable[Place], formula: Expression | None = None
    ) -> None:
        self.expression, self.name, self.formula = expression, name, formula
        self.places = _with_digits([place for place in places if isfinite(place.claimed)])
        self.claimed = [place.claimed for place in self.places]
        self.true = [place.true for place in self.places]
        self.excess = [*map(sub, self.claimed, self.true)]

    @cached_property
    def factor(self) -> float:
        """The number that the claim is times the derivative, if it is; else 0."""
        quotients = [place.claimed / place.true for place in self.places if place.true]
        ratios = [*filter(isfinite, quotients)]
        if len(ratios) < FEWEST:
            return 0.0
        factor = float(f"{median(ratios):.12g}")
        is_nearly_one = factor != -1 and abs(abs(factor) - 1) < 1e-5  # no number that a person left out
        if is_nearly_one or not factor:
            return 0.0
        scaled = [factor * true for true in self.true]
        return factor if fits(self.claimed, scaled) else 0.0

    @cached_property
    def steps(self) -> "_StepValues":
        """The numbers of the expression's steps at these points."""
        return _StepValues(self.expression.evaluation(), self.name, self.places)

    def shows(self, mistake: "_Mistake", columns: Iterable[Sequence[float]]) -> bool:
        """Whether the mistake's formula gives what is claimed, or what that is too much."""
        wanted = [_quietly(mistake.formula, row) for row in zip(*columns, strict=True)]
        if not mistake.slack:
            return fits(self.claimed, wanted)
        slack = [mistake.slack * (abs(place.claimed) + abs(place.true)) for place in self.places]
        return fits(self.excess, wanted, slack)


def _with_digits(places: Sequence[Place]) -> Sequence[Place]:
    """The places without those where the claim is so small that rounding may be all of it."""
    sizes = sorted([abs(place.claimed) for place in places])
    least = _TINY * sizes[len(sizes) // 2] if sizes else 0.0
    clear = [place for place in places if abs(place.claimed) >= least]
    return clear if len(clear) >= max(FEWEST, len(places) / 2) else places


class _StepValues:
    """Values and derivatives, by one variable, of an expression's steps at some points: a column of numbers each."""

    def __init__(self, at: Evaluation, name: str, places: Iterable[Place], also: Sequence[Value] = ()) -> None:
        self.at, self.root, self.moving = at, at.root, at.variables[name]
        most = min(_INNER, _SWEEPS // max(1, len(at.nodes)))
        self.inner = _inner_steps(at)[:most]
        terms = [term for term, _ in _terms(self.root)]
        nodes = dict.fromkeys([*self.inner, *self.root.args, *terms[:most], *also])
        self.derivatives: dict[Value, list[float]] = {node: [] for node in nodes}
        self.values: dict[Value, list[float]] = {node: [] for node in (self.root, self.moving, *nodes)}
        self.adjoints: dict[Value, list[float]] = {node: [] for node in (*self.inner, *also)}
        self.gradients: dict[str, list[float]] = {other: [] for other in at.variables}
        self.exponentials: dict[Value, list[_Exponential]] = {node: [] for node in _exponentials(at)[:most]}
        for place in places:
            self._add(place.point)

    def _add(self, point: Point) -> None:
        self.at.move(dict(zip(self.at.variables, point, strict=True)))
        gradients = self.at.gradients()
        for name, column in self.gradients.items():
            column.append(gradients[name])
        self.root.zero_grad()
        self.at.sweep()  # the plain one: the gradients above may be of a scaled one
        for node, column in self.adjoints.items():
            column.append(node.grad)
        for node, column in self.values.items():
            column.append(node.data)
        for node, column in self.derivatives.items():
            column.append(self._derivative(node))
        for node, powers in self.exponentials.items():
            powers.append(self._exponential(node))

    def _exponential(self, node: Value) -> "_Exponential":
        base, exponent = _base_and_exponent(node)
        slopes = [self._derivative(one) if isinstance(one, Value) else 0.0 for one in (base, exponent)]
        numbers = [one.data if isinstance(one, Value) else one for one in (base, exponent)]
        own = self._derivative(node)
        self.at.sweep()
        return _Exponential(numbers[0], numbers[1], slopes[0], slopes[1], own * node.grad, node.grad)

    def _derivative(self, node: Value) -> float:
        if node is self.moving:
            return 1.0
        node.zero_grad()
        self.moving.grad = 0.0
        if node.requires_grad:
            node.backward()
        return float(self.moving.grad)


class _Exponential(NamedTuple):
    """The numbers of an exponential at a point: `passed` is what comes of it in the result's derivative."""

    base: float
    exponent: float
    base_slope: float
    exponent_slope: float
    passed: float
    adjoint: float

    def by_power_rule(self, inner: float) -> float:
        """What would come of it by the power rule, with an inner derivative."""
        raised: float = self.base ** (self.exponent - 1)
        return self.adjoint * self.exponent * raised * inner


_BASES = {"exp": e, "exp2": 2.0, "exp10": 10.0}


def _exponentials(at: Evaluation) -> list[Value]:
    """The powers whose exponents move, and exponential functions."""
    powers = [node for node in at.nodes if node.rule.function.name == "pow" and node.args[1].requires_grad]
    return powers + [node for node in at.nodes if node.rule.function.name in _BASES and node.requires_grad]


def _base_and_exponent(node: Value) -> tuple[Value | float, Value]:
    base = _BASES.get(node.rule.function.name)
    return (node.args[0], node.args[1]) if base is None else (base, node.args[0])


def _inner_steps(at: Evaluation) -> list[Value]:
    """The steps inside of functions and powers: of `sin(2*x + 1)` it is 2*x + 1."""
    found: dict[Value, None] = {}
    for node in at.nodes:
        rule = node.rule
        is_call = node.op == "^" or not rule.function.symbol
        if is_call and not rule.may_skip:
            steps = [arg for arg in node.args if arg.args]
            found |= dict.fromkeys([step for step in steps if step.requires_grad])
    found.pop(at.root, None)
    return [*found]


def _terms(root: Value) -> Iterator[tuple[Value, int]]:
    """The terms of a sum, with their signs: of `a - (b - c)` a, b and c with 1, -1 and 1."""
    stack = [(root, 1)]
    while stack:
        node, sign = stack.pop()
        name = node.rule.function.name
        if name in ("add", "sub"):
            stack += [(node.args[1], sign if name == "add" else -sign), (node.args[0], sign)]
        elif node is not root:
            yield node, sign


def _quietly(formula: Callable[..., float], row: Iterable[Any]) -> float:
    try:
        return formula(*row)
    except (ZeroDivisionError, OverflowError):
        return nan


def fits(found: Sequence[float], wanted: Sequence[float], slack: Sequence[float] = ()) -> bool:
    """Whether the numbers agree wherever both are finite, but for what rounding spoils; and not for being all zero."""
    told = fitting = telling = 0
    is_zero = not any(wanted)
    for a, b, off in zip(found, wanted, slack or repeat(0.0), strict=False):
        if not (isfinite(a) and isfinite(b)):
            continue
        told += 1
        allowed = _CLOSE * max(abs(a), abs(b)) + off
        if abs(a - b) <= allowed:
            fitting += 1
            telling += b != 0 or is_zero
    are_enough = telling >= FEWEST and told >= len(found) / 2
    return are_enough and fitting >= _SHARE * told


class _Subject(NamedTuple):
    """What a mistake may be about: columns of numbers for its formula, and texts for its words."""

    columns: tuple[Sequence[float], ...]
    texts: Mapping[str, str] = {}


_Subjects = Callable[[_Claim], Iterable[_Subject]]


def _result(claim: _Claim) -> Iterator[_Subject]:
    yield _Subject((claim.steps.values[claim.steps.root],))


def _integral(claim: _Claim) -> Iterator[_Subject]:
    """What is claimed, if the function is its derivative."""
    if claim.formula is None or claim.name not in claim.formula.variables:
        return
    at, slopes = claim.formula.evaluation(), []
    for place in claim.places:
        at.move(dict(zip(claim.expression.variables, place.point, strict=True)))
        slopes.append(at.gradients()[claim.name])
    if fits(slopes, claim.steps.values[claim.steps.root]) and any(slopes):
        yield _Subject((claim.claimed,))


def _powers(claim: _Claim) -> Iterator[_Subject]:
    """What would be claimed by the power rule on an exponential, with each inner derivative that may be there."""
    for node, powers in claim.steps.exponentials.items():
        base, exponent = _base_and_exponent(node)
        factor = f" * log({to_text(base, LONGEST)})" if isinstance(base, Value) and base.label != "e" else ""
        inner = "" if exponent is claim.steps.moving else ", times the derivative of the exponent"
        texts = {"power": to_text(node, LONGEST), "derivative": f"{to_text(node, LONGEST)}{factor}{inner}"}
        for slope in ("exponent_slope", "base_slope", ""):
            column = [_power_rule(power, slope) for power in powers]
            if not any(column):
                continue
            rest = [true - power.passed for true, power in zip(claim.true, powers, strict=True)]
            yield _Subject((rest, column), texts)


def _power_rule(power: _Exponential, slope: str) -> float:
    return _quietly(power.by_power_rule, (getattr(power, slope) if slope else 1.0,))


def _product_of_variables(claim: _Claim) -> Iterator[_Subject]:
    """A product of powers of variables that the claim is off by."""
    if claim.factor:
        return
    points = [place.point for place in claim.places]
    columns = dict(zip(claim.expression.variables, zip(*points, strict=True), strict=True))
    ratios = [_quietly(truediv, pair) for pair in zip(claim.claimed, claim.true, strict=True)]
    found = monomial(ratios, columns)
    if found is None:
        return
    numbers = [_quietly(found.value, (dict(zip(columns, point, strict=True)),)) for point in points]
    words = f"it is {found.text()} times the derivative"
    if found.coefficient == 1 and found.is_whole:
        words = f"there is a factor {found.text()} too many"
    elif found.inverse().is_whole and found.coefficient > 0:
        words = f"a factor {found.inverse().text()} is missing"
    yield _Subject((claim.true, numbers), {"words": words})


def _inner(claim: _Claim) -> Iterator[_Subject]:
    """Each step inside of another, unless its derivative is 0 or 1; and the derivative by it of the result."""
    also = f"{factor_text(claim.factor)}; " if claim.factor else ""
    for node in claim.steps.inner:
        derivative = claim.steps.derivatives[node]
        if not {*derivative} <= {0.0, 1.0}:
            columns = claim.true, derivative, claim.steps.adjoints[node]
            yield _Subject(columns, {"also": also, "u": to_text(node, LONGEST)})


def _others(claim: _Claim) -> Iterator[_Subject]:
    """The gradients by the other variables."""
    for other, gradient in claim.steps.gradients.items():
        if other != claim.name:
            yield _Subject((gradient,), {"other": other, "name": claim.name})


def _parts(operation: str) -> _Subjects:
    """The values of the two parts of a product or quotient, where the result is one, and their derivatives."""

    def subjects(claim: _Claim) -> Iterator[_Subject]:
        steps = claim.steps
        if steps.root.rule.function.name == operation:
            u, v = steps.root.args
            yield _Subject((steps.values[u], steps.values[v], steps.derivatives[u], steps.derivatives[v]))

    return subjects


def _moving(parts: _Subjects) -> _Subjects:
    """The same, where both parts move: where neither has derivative 0 everywhere."""
    return lambda claim: filter(lambda subject: all(map(any, subject.columns[2:])), parts(claim))


def _addends(claim: _Claim) -> Iterator[_Subject]:
    """Each term of a sum that moves."""
    for node, sign in _terms(claim.steps.root):
        derivative = claim.steps.derivatives.get(node, ())
        if any(derivative):
            yield _Subject(([sign * number for number in derivative],), {"term": to_text(node, LONGEST)})


def _factors(claim: _Claim) -> Iterator[_Subject]:
    """The variable and what is inside of functions: one of them may be a factor, if no number is."""
    steps = claim.steps
    for node in () if claim.factor else (steps.moving, *steps.inner):
        yield _Subject((claim.true, steps.values[node]), {"x": to_text(node, LONGEST)})


def _multiple(claim: _Claim) -> Iterator[_Subject]:
    if factor := claim.factor:
        yield _Subject((claim.true, [factor] * len(claim.true)), {"factor": factor_text(factor)})


def _negative(claim: _Claim) -> Iterator[_Subject]:
    return _multiple(claim) if claim.factor == -1 else iter(())


def _constant(claim: _Claim) -> Iterator[_Subject]:
    """What the claim may be too much everywhere."""
    if constant := median(claim.excess):
        much = "much" if constant > 0 else "little"
        yield _Subject(([constant] * len(claim.excess),), {"constant": f"{constant:.6g}", "much": much})


class _Mistake(NamedTuple):
    """A way to err: what it may be about, its name, the formula of the claim from such columns, and the words for it.

    With `slack` it is the formula of what the claim is too much: rounding may be that share of the numbers' sizes.
    """

    about: _Subjects
    name: str
    formula: Callable[..., float]
    words: str
    slack: float = 0.0


_PRODUCT, _QUOTIENT = "the derivative of a product is u'v + uv'", "the derivative of a quotient is (u'v - uv')/v^2"
_ALONE = ", not made of those of u and v alone"
_product, _quotient = _parts("mul"), _parts("div")
_two_factors, _over = _moving(_product), _moving(_quotient)

# In the order they are looked for; those about the same, one after the other, are tried on each subject together
_MISTAKES = (
    _Mistake(
        _over,
        "(uv' - u'v)/v^2",
        lambda u, v, du, dv: (u * dv - du * v) / v**2,
        f"the sign is wrong: it is minus the derivative; {_QUOTIENT}",
    ),
    _Mistake(_negative, "sign", lambda t, factor: -t, "{factor}"),
    _Mistake(_result, "zero", lambda y: 0.0, "it is zero, and the derivative is not"),
    _Mistake(_result, "function", lambda y: y, "it is the function itself, not its derivative"),
    _Mistake(_integral, "integral", lambda c: c, "it is an integral of the function, not its derivative"),
    _Mistake(
        _powers,
        "power rule",
        lambda rest, power: rest + power,
        "the power rule is not for the exponential {power}, whose derivative is {derivative}",
    ),
    _Mistake(_inner, "no u'", lambda t, du, a: t - a * du + a, "{also}the inner derivative of {u} is missing"),
    _Mistake(
        _inner,
        "u'^2",
        lambda t, du, a: t - a * du + a * du**2,
        "{also}the inner derivative of {u} is there once too often",
    ),
    _Mistake(_others, "other", lambda gradient: gradient, "it is the derivative by {other}, not by {name}"),
    _Mistake(_product, "u'v'", lambda u, v, du, dv: du * dv, _PRODUCT + _ALONE),
    _Mistake(_two_factors, "u'v", lambda u, v, du, dv: du * v, _PRODUCT),
    _Mistake(_two_factors, "uv'", lambda u, v, du, dv: u * dv, _PRODUCT),
    _Mistake(_quotient, "u'/v'", lambda u, v, du, dv: du / dv, _QUOTIENT + _ALONE),
    _Mistake(_over, "u'/v", lambda u, v, du, dv: du / v, _QUOTIENT),
    _Mistake(_over, "-uv'/v^2", lambda u, v, du, dv: -u * dv / v**2, _QUOTIENT),
    _Mistake(_over, "(u'v + uv')/v^2", lambda u, v, du, dv: (du * v + u * dv) / v**2, _QUOTIENT),
    _Mistake(_over, "(u'v - uv')/v", lambda u, v, du, dv: (du * v - u * dv) / v, _QUOTIENT),
    _Mistake(_over, "u'v - uv'", lambda u, v, du, dv: du * v - u * dv, _QUOTIENT),
    _Mistake(_addends, "no term", lambda du: -du, "the derivative of the term {term} is missing", slack=1e-12),
    _Mistake(_factors, "too many", lambda t, x: t * x, "there is a factor {x} too many"),
    _Mistake(_factors, "missing", lambda t, x: t / x, "a factor {x} is missing"),
    _Mistake(_product_of_variables, "monomial", lambda t, m: t * m, "{words}"),
    _Mistake(_multiple, "factor", lambda t, factor: factor * t, "{factor}"),
    _Mistake(_constant, "constant", lambda c: c, "it is off by a constant: {constant} too {much}", slack=1e-7),
)


def _explain(claim: _Claim) -> str:
    """The words for the first mistake that explains the claim; empty where none does."""
    if len(claim.places) < FEWEST:
        return ""
    for subjects, grouped in groupby(_MISTAKES, attrgetter("about")):
        mistakes = [*grouped]
        for subject in subjects(claim):
            shown = next((one for one in mistakes if claim.shows(one, subject.columns)), None)
            if shown:
                return shown.words.format_map(subject.texts)
    return ""


def _explain_part(claim: _Claim) -> str:
    """The words for a mistake in the derivative of one step, all else being right: `in x^3: a factor x is missing`."""
    if len(claim.places) < FEWEST:
        return ""
    for node, places in _part_claims(claim):
        nodes = [step for step in toposort([node]) if step.args]
        part = replace(claim.expression, root=node, nodes=nodes, needed=[], steps={}).copied()
        if claim.name in part.variables and (words := _explain(_Claim(part, claim.name, places))):
            return f"in {to_text(node, LONGEST)}: {words}"
    return ""


def _part_claims(claim: _Claim) -> Iterator[tuple[Value, list[Place]]]:
    """The steps of an expression, each with what would be claimed of its derivative if the rest were right."""
    at = claim.expression.evaluation()
    moving = [node for node in at.nodes if node.requires_grad and node is not at.root]
    twins = dict(zip(at.nodes, claim.expression.nodes, strict=True))
    steps = _StepValues(at, claim.name, claim.places, moving[-_PART_STEPS:])
    for node in reversed(moving[-_PART_STEPS:]):
        places = []
        rows = zip(claim.places, steps.derivatives[node], steps.adjoints[node], strict=True)
        for place, true, adjoint in rows:
            claimed = true + (place.claimed - place.true) / adjoint if adjoint else nan
            places.append(Place(place.point, claimed, true))
        yield twins[node], places


_PARTS = {2: "half of it", 3: "a third of it", 4: "a quarter of it"}
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


def factor_text(factor: float) -> str:
    """A constant factor in words: of 0.5 "half of it: a missing 2?", of 2 "twice the derivative"."""
    if factor == -1:
        return "the sign is wrong: it is minus the derivative"
    words = next(filter(None, [way(abs(factor)) for way in _WAYS]))
    return f"{words}, and the sign is wrong" if factor < 0 else words


def _as_part(size: float) -> str:
    """One over a whole number, which is then missing."""
    if size >= 1 or not isfinite(1 / size):
        return ""
    whole = round(1 / size)
    if whole > 1000 or abs(1 / size - whole) >= 1e-6 / size:
        return ""
    return f"{_PARTS.get(whole, f'1/{whole} of it')}: a missing {whole}?"


def _as_known(size: float) -> str:
    for text, number in _FACTORS.items():
        if abs(size - number) < 1e-6 * number:
            return f"{text} times the derivative"
    return ""


def _as_ratio(size: float) -> str:
    """A fraction of small numbers."""
    ratio = Fraction(size).limit_denominator(100)
    if not ratio or abs(size - ratio) >= 1e-6 * size:
        return ""
    return f"{'twice' if size == 2 else f'{ratio} times'} the derivative"


def _as_number(size: float) -> str:
    return f"{size:.6g} times the derivative"


_WAYS = (_as_part, _as_known, _as_ratio, _as_number)
