"""Proofs that a claim is a derivative: what is proven, traps that are not, and random claims, all against mpmath."""

from collections.abc import Iterator
from itertools import product
from random import Random

import mpmath
import pytest
from mpmath import mp, mpf

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.identity.decision import ProofState, Question, prove
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import CONSTANTS
from autodiff_cli.symbolic.derive import Derivation
from tests.oracles import ORACLES

pytest.importorskip("flint")

PROVEN = [
    ("x^2*sin(x)", "x*(2sin(x) + x*cos(x))"),
    ("sin(x)^2", "sin(2x)"),
    ("cos(3x)", "9*sin(x) - 12*sin(x)*cos(x)^2 - 6*sin(x)"),
    ("tan(x)", "1 + tan(x)^2"),
    ("log(tan(x/2))", "csc(x)"),
    ("sin(x + pi/6)", "sqrt(3)/2*cos(x) - sin(x)/2"),
    ("sin(x + y)", "cos(x)*cos(y) - sin(x)*sin(y)"),
    ("exp(2x)", "2*exp(x)^2"),
    ("exp(x + log(y))", "y*exp(x)"),
    ("2^x", "2^x*log(2)"),
    ("4^x", "2*log(2)*2^(2x)"),
    ("e^(3x)", "3*exp(x)^3"),
    ("exp(1/(x - 1))", "-exp(x/(x - 1))/(e*(x - 1)^2)"),
    ("x^x", "exp(x*log(x))*(1 + log(x))"),
    ("x^n", "n*x^n/x"),
    ("x^(n + 1)", "(n + 1)*x^n"),
    ("sqrt(x)", "1/(2*sqrt(x))"),
    ("x^1.5", "3*sqrt(x)/2"),
    ("x^(1/3)", "cbrt(x)/(3x)"),
    ("x^(1/2) + x^(1/3)", "1/(2*x^(1/2)) + x^(5/6)/(3*x^(3/2))"),
    ("sqrt(8x)", "sqrt(2)/sqrt(x)"),
    ("sqrt(x^2)", "x/abs(x)"),
    ("sqrt(x*y)", "sqrt(x*y)/(2x)"),
    ("1/sqrt(1 - x^2/y^2)", "x/y^2*exp(-1.5*log(1 - x^2/y^2))"),
    ("x*abs(x)", "2*abs(x)"),
    ("abs(x)^3", "3*x*abs(x)"),
    ("log(x^3)", "3/x"),
    ("log(x*y)", "1/x"),
    ("x*log(x) - x", "-log(1/x)"),
    ("x*log(x^2) - 2x", "2*log(abs(x))"),
    ("log10(x)", "1/(x*log(10))"),
    ("tanh(x)", "1 - tanh(x)^2"),
    ("tanh(x)", "4/(exp(x) + exp(-x))^2"),
    ("log(cosh(x))", "(exp(2x) - 1)/(exp(2x) + 1)"),
    ("sigmoid(x)", "exp(-x)/(1 + exp(-x))^2"),
    ("softplus(x)", "sigmoid(x)"),
    ("asinh(x)", "1/sqrt(1 + x^2)"),
    ("log(x + sqrt(x^2 + 1))", "1/sqrt(x^2 + 1)"),
    ("acosh(x)", "1/sqrt(x^2 - 1)"),
    ("asin(x)", "1/sqrt(1 - x^2)"),
    ("acos(x/3)", "-1/sqrt(9 - x^2)"),
    ("atan(1/x)", "-1/(1 + x^2)"),
    ("sin(atan(x))", "(1 + x^2)^(-3/2)"),
    ("erf(x)", "2/sqrt(pi)/exp(x^2)"),
    ("hypot(x, y)", "x/sqrt(x^2 + y^2)"),
    ("0.1x^2", "x/5"),
    ("asec(x)", "1/(abs(x)*sqrt(x^2 - 1))"),
    ("x*sqrt(3 + 2sqrt(2))", "1 + sqrt(2)"),
    ("(x^2 - 1)/(x - 1)", "1"),
    ("sin(x)^2 + cos(x)^2", "0"),
    ("sin(x)/x", "sign(x*cos(x) - sin(x))*exp(log(abs(x*cos(x) - sin(x))))/x^2"),
    ("gamma(x)*x", "gamma(x)*(1 + x*digamma(x))"),
]
WITH_CONDITIONS = [
    ("relu(x)", "where(x > 0, 1, 0)"),
    ("relu(x)", "where(x < 0, 0, 1)"),
    ("max(x, y)", "where(y > x, 0, 1)"),
    ("max(x, x^2)*sin(y)", "sin(y)*where(x > x^2, 1, 2x)"),
    ("where(x > 0, x^2, sin(x))", "where(x > 0, 2x, cos(x))"),
    ("abs(x)", "where(x > 0, 1, -1)"),
    ("floor(x)*x", "floor(x)"),
    ("clamp(x, 0, 1)", "where(x > 0, where(x > 1, 0, 1), 0)"),
]
TRAPS = [  # true for some numbers only, or nowhere
    ("x^2/2", "sqrt(x^2)"),
    ("x^2/2", "(x^2)^(1/2)"),
    ("x^2/2", "(x^4)^(1/4)"),
    ("x^2/2", "abs(x)"),
    ("x^2/2", "asin(sin(x))"),
    ("x^2/2", "atan(tan(x))"),
    ("x^2/2", "acos(cos(x))"),
    ("x^2/2", "x + sqrt(1 - sin(x)^2) - cos(x)"),
    ("x^2/2", "x + cos(x/2) - sqrt((1 + cos(x))/2)"),
    ("x^2/2", "x + (x^2)^y - x^(2y)"),
    ("x^2/2", "x + sign(x)^2 - 1"),
    ("x^2/2", "x*sign(x)^2 + sign(x)^2 - 1"),
    ("x^2/2", "where(x > 0, x, 1*x) + sign(x)^2 - 1"),
    ("x^2/2", "relu(x) - relu(-x) + sign(x)^2 - 1"),
    ("x^2/2", "x + abs(x + y) - abs(x) - abs(y)"),
    ("x^2/2", "x + sqrt((x - 1)^2) - x + 1"),
    ("x^2/2", "x + sqrt(x + 1 - 2sqrt(x)) - sqrt(x) + 1"),
    ("x*sqrt(3 - 2sqrt(2))", "1 - sqrt(2)"),
    ("x^2/2", "x + floor(x + 1/2) - floor(x)"),
    ("x^2/2", "x + atan(x) + atan(1/x) - pi/2"),
    ("x^2/2", "x + cbrt(x)^2 - cbrt(x)*abs(cbrt(x))"),
    ("x^2/2", "x + (-1)^(2x) - 1"),
    ("x^2/2", "x + x^y*x^(-y) - x^(2y - y)"),
    ("x^3/3", "x^2*0.9999999999"),
    ("x", "x/x*(1 + 1e-300)"),
    ("x", "(x - x)/(x - x)"),
    ("x", "1/(sin(x)^2 + cos(x)^2 - 1)"),
    ("1/(x - x)", "0"),
    ("x", "sqrt(-1 - x^2)^2/(-1 - x^2)"),
    ("sqrt(1 - x^2)", "-x/sqrt(1 - 1/x^2)"),
    ("x", "log(x)/log(x) + log(-x) - log(-x)"),
    ("where(x == 1, 1, x^2)", "where(x == 1, 0, 2x)"),
    ("where(x != 0, (exp(x) - 1)/x, 1)", "where(x != 0, (x*exp(x) - exp(x) + 1)/x^2, 0)"),
    ("x", "inf/inf"),
    ("x", "1e999"),
    ("pi*x", "3.141592653589793"),
    ("e^x", "2.718281828459045^x"),
    ("log(x)", "1/abs(x) + abs(y) - y"),
]


def question(expression: str, claim: str) -> Question:
    read = parse(expression)
    derivative = Derivation(read.root).by((read.variables["x"],))
    return Question(read.root, derivative, parse(claim, ["x", "y", "n"]).root)


@pytest.mark.parametrize(("expression", "claim"), PROVEN)
def test_what_is_the_same_is_proven(expression: str, claim: str) -> None:
    assert prove(question(expression, claim)) is ProofState.PROVEN
    assert agree_at_points(parse(expression), parse(claim, ["x", "y", "n"]))


@pytest.mark.parametrize(("expression", "claim"), WITH_CONDITIONS)
def test_what_is_the_same_in_every_case_is_proven_off_the_kinks(expression: str, claim: str) -> None:
    assert prove(question(expression, claim)) is ProofState.PROVEN_OFF_SEAMS


@pytest.mark.parametrize(("expression", "claim"), [trap for trap in TRAPS if "1e999" not in trap[1]])
def test_what_is_not_always_true_is_not_proven(expression: str, claim: str) -> None:
    assert prove(question(expression, claim)) is ProofState.NONE


@pytest.mark.parametrize(("expression", "claim"), [*PROVEN, *WITH_CONDITIONS])
@pytest.mark.parametrize("spoilt", ["-({})", "({}) + 1/1000", "1.001*({})", "({})^2 + 1", "({}) + x - y"])
def test_what_is_spoilt_is_not_proven(expression: str, claim: str, spoilt: str) -> None:
    is_zero = claim == "0" and spoilt in ("-({})", "1.001*({})")
    assert is_zero or prove(question(expression, spoilt.format(claim))) is ProofState.NONE


def test_without_python_flint_nothing_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff_cli.exact.identity.decision.available", lambda: False)
    assert prove(question("x^2", "2x")) is ProofState.NONE


@pytest.mark.parametrize("expression", ["sin(x)^300*cos(x)^300", "(x + y + 1)^500", "*".join(["(x + y^2 + 1)"] * 300)])
def test_what_is_too_large_is_given_up(expression: str) -> None:
    assert prove(question(expression, "x^2 + 1")) is ProofState.NONE


# --- random ones, against mpmath -------------------------------------------------------------------------------------

FUNCTIONS = [
    "sin",
    "cos",
    "tan",
    "exp",
    "log",
    "sqrt",
    "cbrt",
    "abs",
    "atan",
    "asin",
    "sinh",
    "tanh",
    "sign",
    "log1p",
    "square",
    "erf",
    "sigmoid",
    "asinh",
    "relu",
]
WRONG_SOMEWHERE = (
    "sqrt(({u})^2)",
    "exp(log({u}))",
    "log(exp({u}))",
    "abs({u})*sign({u})",
    "({u})*sign({u})^2",
    "(({u})^2)^(1/2)",
    "(({u})^(1/2))^2",
    "(({u})^3)^(1/3)",
    "asin(sin({u}))",
    "tan(atan({u}))",
    "({u}) + log(x^2) - 2*log(x)",
    "({u}) + (x^2)^y - abs(x)^(2y)",
    "({u}) + sqrt(x*y) - sqrt(x)*sqrt(y)",
    "({u})*sqrt(x^2)/x",
    "where(x > 0, {u}, -({u}))",
    "({u}) + abs(x*y) - abs(x)*abs(y)",
    "({u}) + tan(x/2) - sin(x)/(1 + cos(x))",
    "({u}) + sqrt(1 - sin(x)^2) - abs(cos(x))",
)


def random_text(random: Random, depth: int) -> str:
    if depth == 0 or random.random() < 0.15:
        return random.choice(["x", "x", "x", "y", "2", "1/2", "3", "pi"])
    if random.random() < 0.5:
        return f"{random.choice(FUNCTIONS)}({random_text(random, depth - 1)})"
    sign = random.choice(["+", "-", "*", "/"])
    if random.random() < 0.2:
        return f"({random_text(random, depth - 1)})^({random.choice(['2', '-1', '1/2', '1/3', 'y'])})"
    return f"({random_text(random, depth - 1)}){sign}({random_text(random, depth - 1)})"


def random_claims(seed: int) -> Iterator[tuple[str, str]]:
    """Expressions with their derivatives, rewritten by rules that do not hold everywhere."""
    random = Random(seed)
    for _ in range(40):
        text = random_text(random, random.choice([1, 2, 2, 3]))
        try:
            read = parse(text, ["x", "y"])
            derivative = Derivation(read.root).by((read.variables["x"],))
        except (AutodiffError, KeyError):
            continue
        yield text, random.choice(WRONG_SOMEWHERE).format(u=to_text(derivative, 10**6))


@pytest.mark.parametrize("seed", range(12))
def test_what_is_proven_of_random_claims_is_true(seed: int) -> None:
    proven = 0
    for expression, claim in random_claims(seed):
        asked = question(expression, claim)
        if found := prove(asked):
            proven += 1
            at_seams = found is ProofState.PROVEN_OFF_SEAMS
            assert agree_at_points(parse(expression, ["x", "y"]), parse(claim, ["x", "y"]), at_seams), (
                expression,
                claim,
            )
    assert proven >= 5


NUMBERS = (0, 1, -1, 2, 0.5, -0.5, 3.25, -2.75, 0.125)


def agree_at_points(expression: Expression, claim: Expression, not_at_simple: bool = False) -> bool:
    """Whether mpmath's derivative of the expression is the claim, wherever both have a value."""
    first = NUMBERS[3:] if not_at_simple else NUMBERS
    compared = 0
    with mp.workdps(60):
        for x, y in product(first, (0.75, -1.25, 2)):
            at = {"x": mpf(x), "y": mpf(y), "n": mpf(3)}
            claimed, slope = number_of(claim, at), slope_of(expression, at)
            if claimed is None or slope is None:
                continue
            compared += 1
            if abs(claimed - slope) > mpf("1e-12") * (1 + abs(slope)):
                return False
    return compared > 0


def slope_of(expression: Expression, at: dict[str, mpf]) -> mpf | None:
    """The slope by x from both sides; None where they differ or there is none."""
    step = mpf("1e-20")
    numbers = [number_of(expression, at | {"x": at["x"] + count * step}) for count in (-2, -1, 0, 1, 2)]
    if None in numbers:
        return None
    before, left, here, right, after = numbers
    sides = (here - left) / step, (right - here) / step
    if abs(sides[0] - sides[1]) > mpf("1e-8") * (1 + abs(sides[0])):
        return None
    return (8 * (right - left) - (after - before)) / (12 * step)


def number_of(expression: Expression, at: dict[str, mpf]) -> mpf | None:
    """The value by mpmath; None where it is not a real number."""
    known: dict[Value, mpf] = {variable: at[name] for name, variable in expression.variables.items()}
    constants = {"pi": mpmath.pi, "e": mpmath.e, "tau": 2 * mpmath.pi}

    def number(value: Value) -> mpf:
        if value in known:
            return known[value]
        label = value.label or repr(value.data)
        return +constants[label] if label in CONSTANTS else mpf(label)

    for node in expression.nodes:
        function = node.rule.function
        try:
            found = ORACLES[function.name].mpmath(*map(number, node.args))
        except (ValueError, ZeroDivisionError, ArithmeticError, TypeError):
            return None
        if not mpmath.isfinite(found) or mpmath.im(found):
            return None
        known[node] = mpmath.re(found)
    return number(expression.root)


@pytest.mark.parametrize(
    ("expression", "claim"),
    [
        ("sind(x)", "pi/180*cos(pi*x/180)"),
        ("rad2deg(x)", "180/pi"),
        ("sinc(x)", "(cos(pi*x) - sin(pi*x)/(pi*x))/x"),
        ("silu(x)", "sigmoid(x)*(1 + x*(1 - sigmoid(x)))"),
        ("gelu(x)", "(1 + erf(x/sqrt(2)))/2 + x*exp(-x^2/2)/sqrt(2*pi)"),
        ("exp10(x)", "log(10)*10^x"),
        ("log(x, y)", "1/(x*log(y))"),
        ("rsqrt(x)", "-1/(2*x*sqrt(x))"),
    ],
)
def test_a_function_is_what_the_table_says_it_is(expression: str, claim: str) -> None:
    assert prove(question(expression, claim)) is ProofState.PROVEN
    spoilt = claim.replace("pi", "3.141592653589793").replace("sqrt(2)", "1.4142135623730951")
    assert spoilt == claim or prove(question(expression, spoilt)) is ProofState.NONE


ANGLES = [
    ("asin(1/2)", "pi/6"), ("asin(-1)", "-pi/2"), ("asin(sqrt(2)/2)", "pi/4"), ("asin(-sqrt(3)/2)", "-pi/3"),
    ("atan(sqrt(3))", "pi/3"), ("atan(-1/sqrt(3))", "-pi/6"), ("atan(1)", "pi/4"), ("acos(-1/2)", "2pi/3"),
    ("acos(0)", "pi/2"), ("acos(1)", "0"), ("atan(0)", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("angle", "turn"), ANGLES)
def test_an_inverse_function_of_a_known_number_is_a_part_of_pi(angle: str, turn: str) -> None:
    difference = parse(f"{angle} - ({turn})").root
    assert prove(Question(difference, difference, parse("0").root)) is ProofState.PROVEN
    other = parse(f"{angle} - ({turn}) - pi/12").root
    assert prove(Question(other, other, parse("0").root)) is ProofState.NONE


@pytest.mark.parametrize("number", ["0.3333333333333333", "12345678901234567890123", "1e-30"])
def test_large_numbers_do_no_harm(number: str) -> None:
    assert prove(question("x^2/2 - x/3", f"x - {number}")) is ProofState.NONE
    assert prove(question(f"log(x^2 - {number}*y)", f"2x/(x^2 - {number}*y)")) is ProofState.PROVEN
    assert prove(question(f"sqrt((x - {number})*(x + y))", f"(2x + y - {number})/(2*sqrt((x - {number})*(x + y)))"))
