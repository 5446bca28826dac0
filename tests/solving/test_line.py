"""Roots along a range: against roots known in closed form and mpmath's, at kinks, poles, edges and jumps."""

from collections.abc import Sequence

import pytest
from mpmath import e, mp, mpf

pytest.importorskip("flint")

from autodiff_cli.language.equation_reader import read_equations
from autodiff_cli.solving.bisection import Roots
from autodiff_cli.solving.line import RootFinder

mp.dps = 40
PI = mp.pi


def solved(text: str, low: float, high: float) -> Roots:
    found = read_equations(text, ["x"])
    return RootFinder(found, found.root, found.variables["x"], {}).roots(low, high)


def rooted(text: str, *starts: float) -> list[mpf]:
    """What mpmath finds from some starts."""
    function = eval(f"lambda x: {text}", vars(mp) | {"mpf": mpf})
    return [mp.findroot(function, mpf(start), tol=1e-60) for start in starts]


COMPLETE: list[tuple[str, float, float, Sequence[object]]] = [
    ("sin(10x) = x", -10, 10, [-mpf("0.842320393236049173361106959615"), *rooted("sin(10*x)-x", -0.7068, -0.285, 0),
                               *rooted("sin(10*x)-x", 0.285, 0.7068, 0.84232)]),
    ("x^2 = 2", -10, 10, [-mp.sqrt(2), mp.sqrt(2)]),
    ("x^2 = 0", -10, 10, [0]),
    ("x^2 - 2x + 1", -10, 10, [1]),
    ("x^3 - 3x + 2", -10, 10, [-2, 1]),
    ("x^3 = x", -3, 3, [-1, 0, 1]),
    ("(x - 1/3)^3 + (x - 1/3)^5", -10, 10, [mpf(1) / 3]),
    ("(x^2 - 2)^2", -3, 3, [-mp.sqrt(2), mp.sqrt(2)]),
    ("x^10 = 1e-40", -1, 1, [-mpf("1e-4"), mpf("1e-4")]),
    ("x^2 - 0.2x + 0.01", -1, 1, [mpf("0.1")]),
    ("x^2 = 1e-30", -1, 1, [-mpf("1e-15"), mpf("1e-15")]),
    ("x = 1e10", -1e11, 1e11, [10**10]),
    ("cos(x) = x", -10, 10, rooted("cos(x)-x", 0.7)),
    ("tan(x) = 0", -5, 5, [-PI, 0, PI]),
    ("tan(x) = x", -5, 5, [*rooted("sin(x)-x*cos(x)", -4.49), 0, *rooted("sin(x)-x*cos(x)", 4.49)]),
    ("tan(x) = 1/x", -4, 4, rooted("x*sin(x)-cos(x)", -3.4, -0.86, 0.86, 3.4)),
    ("cos(pi x)", -2, 2, [mpf(n) / 2 for n in (-3, -1, 1, 3)]),
    ("sin(x) / x", -4, 4, [-PI, PI]),
    ("exp(x) - 1 - x", -1, 1, [0]),
    ("exp(x) = 3", -10, 10, [mp.log(3)]),
    ("log(x) = 1", 0, 5, [e]),
    ("log(x) + x", 0, 3, [mp.lambertw(1).real]),
    ("x log(x)", 0, 3, [1]),
    ("log(x)^2", 0, 5, [1]),
    ("sqrt(x)", 0, 4, [0]),
    ("sqrt(x) = x", 0, 3, [0, 1]),
    ("x sqrt(x - 1)", -2, 2, [1]),
    ("cbrt(x) = x", -2, 2, [-1, 0, 1]),
    ("x^1.5 = x", -1, 2, [0, 1]),
    ("abs(x) = 1", -3, 3, [-1, 1]),
    ("abs(x - 1)", -3, 3, [1]),
    ("abs(x) + 2x", -3, 3, [0]),
    ("max(x, -x) = 1", -3, 3, [-1, 1]),
    ("where(x < 0, x + 1, x - 1)", -3, 3, [-1, 1]),
    ("mod(x, 1) = 0.5", -2, 2, [mpf(n) / 2 for n in (-3, -1, 1, 3)]),
    ("round(x) = x", -1.2, 1.2, [-1, 0, 1]),
    ("acos(x)", -1, 1, [1]),
    ("asin(x) = pi/2", -1, 1, [1]),
    ("acos(x) = pi", -1, 1, [-1]),
    ("asin(x) = 1", -1, 1, [mp.sin(1)]),
    ("atanh(x) = 1", -1, 1, [mp.tanh(1)]),
    ("1/x = 3", -1, 1, [mpf(1) / 3]),
    ("sec(x) = 2", -4, 4, [-PI / 3, PI / 3]),
    ("gamma(x) = 2", -1.5, 5, [mp.findroot(lambda x: mp.gamma(x) - 2, mpf("0.44")), 3]),
    ("erf(x) = 0.5", -3, 3, [mp.erfinv(mpf("0.5"))]),
    ("besselj(0, x)", 0, 10, [mp.besseljzero(0, n) for n in (1, 2, 3)]),
    ("zeta(x)", -5, 0.5, [-4, -2]),
    ("sin(x)/x = 0.5", -3, 3, [-rooted("sin(x)/x-mpf(1)/2", 1.9)[0], *rooted("sin(x)/x-mpf(1)/2", 1.9)]),
    ("(exp(x) - 1)/x = 2", -3, 3, rooted("(exp(x)-1)/x-2", 1.2)),
    ("cot(x) = 1", -3, 2, [-3 * PI / 4, PI / 4]),
    ("x^4 - 4x^3 + 6x^2 - 4x + 1", -3, 3, [1]),
    ("exp(1/x) = 2", -3, 3, [1 / mp.log(2)]),
    ("atan(1/x) = 1", -3, 3, [1 / mp.tan(1)]),
    ("tanh(1/x) = 1/2", -3, 3, [1 / mp.atanh(mpf(1) / 2)]),
    ("lambertw(x) = 1", -0.3, 5, [e]),
    ("acosh(exp(x)) = 1000", -1, 2000, [mp.log(mp.cosh(1000))]),
    ("where(floor(x), 1, x - 0.5)", -3, 5, [mpf("0.5")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "low", "high", "roots"), COMPLETE, ids=[case[0] for case in COMPLETE])
def test_all_roots_are_found_and_no_other(text: str, low: float, high: float, roots: Sequence[object]) -> None:
    found = solved(text, low, high)
    assert [root.x for root in found.found] == [float(mpf(root)) for root in roots]  # type: ignore[arg-type]
    assert not found.undecided
    for root, true in zip(found.found, roots, strict=True):
        assert root.within > 0
        assert abs(mpf(root.x) - mpf(true)) <= root.within  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("x^2 + 1", -10, 10),
        ("x^2 + 1e-30", -1, 1),
        ("1/x", -1, 1),
        ("1/x^2", -1, 1),
        ("floor(x) = 0.5", -3, 3),
        ("sign(x) = 0.5", -1, 1),
        ("exp(-x)", -5, 500),
        ("x = x + 1", -5, 5),
        ("log(x) = 1", -5, -1),
        ("sqrt(x - 5)", -3, 3),
        ("x / x", -1, 1),
        ("x^2 / x", -1, 1),
        ("x * (1/x)", -1, 1),
        ("cosh(x)", -5, 5),
        ("csc(x)", -9, 9),
        ("tan(x) = 1000 + x^2", -0.1, 0.1),
        ("sin(x)/x = 1.5", -3, 3),
        ("(x^2 - 1)/(x - 1) = 5", -3, 3),
    ],
)
def test_where_there_is_no_root_none_is_left_open(text: str, low: float, high: float) -> None:
    found = solved(text, low, high)
    assert (found.found, found.undecided, found.everywhere) == ([], [], False)


@pytest.mark.parametrize(
    ("text", "x", "order"),
    [
        ("x^2", 0, 2),
        ("x^3", 0, 3),
        ("x^2 (x - 1)", 0, 2),
        ("1 - cos(x)", 0, 2),
        ("tan(x) - x", 0, 3),
        ("x sin(x)", 0, 2),
    ],
)
def test_a_root_of_higher_order_has_slope_0(text: str, x: float, order: int) -> None:
    root = next(root for root in solved(text, -1, 1).found if root.x == x)
    assert (root.order, root.slope) == (order, 0.0)


@pytest.mark.parametrize("text", ["abs(x - 1)", "sqrt(x - 1)", "abs(x - 1) + 2 (x - 1)", "cbrt(x - 1)"])
def test_a_root_at_a_kink_or_an_edge_has_no_slope(text: str) -> None:
    (root,) = solved(text, -3, 3).found
    assert (root.x, root.slope) == (1.0, None)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("abs(x) = x^2", 0),
        ("abs(2x - 1) = x*(2x - 1)", 0.5),
        ("min(x, 2x)", 0),
        ("abs(x) = sin(x)^2", 0),
        ("x + abs(x)/2", 0),
    ],
)
def test_a_root_at_a_kink_is_the_only_one_where_no_slope_on_either_side_is_0(text: str, at: float) -> None:
    found = solved(text, -0.7, 2.9)
    assert not found.undecided
    assert next(root for root in found.found if root.x == at).within > 0


@pytest.mark.parametrize("text", ["abs(x) = x", "relu(x)", "abs(x) + abs(x - 1) = 1"])
def test_a_kink_with_roots_on_one_side_is_left_open(text: str) -> None:
    assert solved(text, -2, 3).undecided


@pytest.mark.parametrize("text", ["heaviside(x) - 1/2", "where(x, 1, 0)", "sign(x)"])
def test_a_root_at_a_jump_has_no_slope(text: str) -> None:
    (root,) = solved(text, -3, 4).found
    assert (root.x, root.slope) == (0.0, None)


@pytest.mark.parametrize("text", ["x - x", "sin(x)^2 + cos(x)^2 - 1", "0 x"])
def test_what_is_0_everywhere_is_said(text: str) -> None:
    assert solved(text, -1, 1).everywhere


TOUCHING = "log(1 + (cos(x) - x)^2)"


@pytest.mark.parametrize(
    ("text", "near"),
    [(TOUCHING, rooted("cos(x)-x", 0.7)[0]), ("x^x = 1e-9", 0), ("abs(x) = x", 0.5)],
)
def test_what_cannot_be_decided_is_an_interval_around_it(text: str, near: object) -> None:
    pieces = solved(text, 0 if "x^x" in text else -1, 1).undecided
    assert any(low <= mpf(near) <= high for low, high in pieces)  # type: ignore[arg-type]


def test_where_an_undecided_equation_touches_0_is_said_with_how_near_it_comes() -> None:
    ((x, within),) = solved(TOUCHING, -2, 2).touches
    assert x == float(rooted("cos(x)-x", 0.7)[0])
    assert 0 < within < 1e-60


@pytest.mark.parametrize(
    ("text", "low", "high", "roots", "order"),
    [
        ("x^4 - 4x^2 + 4", -10, 10, [-mp.sqrt(2), mp.sqrt(2)], 2),
        ("x^6 - 6x^4 + 12x^2 - 8", -3, 3, [-mp.sqrt(2), mp.sqrt(2)], 3),
        ("cos(x) = 1", 1, 13, [2 * PI, 4 * PI], 2),
        ("sin(x)^2 = 1", 0, 7, [PI / 2, 3 * PI / 2], 2),
        ("1 + cos(3x)", 0, 2, [PI / 3], 2),
        ("tan(x) + cot(x) = 2", -3, 4, [-3 * PI / 4, PI / 4, 5 * PI / 4], 2),
        ("sin(x)^2 cos(2x)^2 + 0", 0.1, 1, [PI / 4], 2),
        ("sin(pi x / 2) = 1", -4, 6, [-3, 1, 5], 2),
        ("exp(2x) - 4exp(x) + 4", -10, 10, [mp.log(2)], 2),
        ("sinh(x)^2 = 2 sinh(x) - 1", -3, 3, [mp.asinh(1)], 2),
        ("ln(x)^2 - 2ln(x) + 1", 0, 10, [e], 2),
        ("x^2 - 2x exp(-x) + exp(-2x)", -3, 3, rooted("x-exp(-x)", 0.5), 2),
        ("x + 2/x = 2 sqrt(2)", 0, 10, [mp.sqrt(2)], 2),
        ("sin(x) + cos(x) = sqrt(2)", -4, 7, [PI / 4], 2),
        ("x exp(-x) = 1/e", -3, 4, [1], 2),
        ("atan(x) = pi/4 + (x - 1)/2", -1, 3, [1], 2),
        ("ln(x)/x = 1/e", 0.5, 9, [e], 2),
        ("x^2 - (sqrt(5) + 1) x + (6 + 2sqrt(5))/4", 0, 9, [(1 + mp.sqrt(5)) / 2], 2),
    ],
)
def test_a_root_of_higher_order_that_is_irrational_is_proven(
    text: str, low: float, high: float, roots: Sequence[object], order: int
) -> None:
    found = solved(text, low, high)
    assert not found.undecided
    assert [root.x for root in found.found] == [float(mpf(root)) for root in roots]  # type: ignore[arg-type]
    assert {root.order for root in found.found} == {order}


@pytest.mark.parametrize("text", ["x^4 - 4x^2 + 4 + 1e-40", "cos(x) = 1 + 1e-40", "x + 2/x = 2 sqrt(2) - 1e-30"])
def test_what_just_misses_0_has_no_root(text: str) -> None:
    found = solved(text, 0.5, 7)
    assert not found.found
    assert not found.undecided


@pytest.mark.parametrize(("text", "x"), [("where(x, x^2 + 1, 0)", 0), ("where(sqrt(x) - 2, x^2 + 1, 0)", 4)])
def test_a_root_where_a_condition_that_is_a_number_is_0_is_found(text: str, x: float) -> None:
    found = solved(text, -3, 5)
    assert [(root.x, root.order) for root in found.found] == [(x, 0)]


def test_a_root_of_a_power_below_0_is_not_ruled_out() -> None:
    pieces = solved("x^(x + 5) = -8", -3, 0.5)
    near = [(root.x, root.x) for root in pieces.found] + pieces.undecided
    assert any(low <= -2 <= high for low, high in near)


def test_a_root_that_is_not_alone_says_so() -> None:
    found = solved("floor(x) = 2", 0, 5)
    assert found.undecided
    assert [(root.x, root.within) for root in found.found] == [(2.0, 0.0)]


def test_the_roots_of_a_function_with_endlessly_many_are_found_as_far_as_the_budget_goes() -> None:
    found = solved("sin(1/x)", -1, 1)
    xs = [root.x for root in found.found]
    assert {float(1 / (n * PI)) for n in range(1, 100)} <= {*xs}
    assert any(low <= 1e-6 <= high for low, high in found.undecided)
    assert all(abs(1 / (mpf(x) * PI) - mp.nint(1 / (mpf(x) * PI))) < 1e-8 for x in xs)
