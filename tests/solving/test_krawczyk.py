"""Systems of equations: against roots in closed form and mpmath's."""

import pytest
from mpmath import mp, mpf

pytest.importorskip("flint")

from autodiff_cli.language.equation_reader import read_equations
from autodiff_cli.reports.solve import equations_of
from autodiff_cli.solving.krawczyk import Box, System

mp.dps = 40
S2 = mp.sqrt(2)
SQUARE: Box = ((-3.0, 3.0), (-3.0, 3.0))


def system(text: str, names: str = "xy") -> System:
    found = read_equations(text, [*names])
    return System(found, equations_of(found), [found.variables[name] for name in names], {})


BOXED = [
    ("x^2 + y^2 = 4; x = y", [(-S2, -S2), (S2, S2)]),
    ("x^2 + y^2 = 2; x y = 1/2", None),
    ("x + y = 1; x - y = 3", [(2, -1)]),
    ("x^2 = y; y^2 = x", [(0, 0), (1, 1)]),
    ("x^2 + y^2 + 1; x - y", []),
    ("abs(x) = 1; y = x + 1", [(-1, 0), (1, 2)]),
    ("1/x = y; y = x", [(-1, -1), (1, 1)]),
    ("x^2 - y^2 = 1; x^2 + y^2 = 1/2", []),
    ("exp(x) = y; x = 0", [(0, 1)]),
    ("sqrt(x) = y; x = 4 y^2 / 4 + y - 1", [(1, 1)]),
]


@pytest.mark.parametrize(("text", "roots"), BOXED, ids=[case[0] for case in BOXED])
def test_all_roots_in_a_box_are_found_and_no_other(text: str, roots: list[tuple[object, object]] | None) -> None:
    found = system(text).roots(SQUARE)
    if roots is None:
        roots = sorted(
            (sign * (a + b) / 2, sign * (a - b) / 2)
            for sign in (1, -1)
            for a, b in [(mp.sqrt(3), mpf(1)), (mp.sqrt(3), -mpf(1))]
        )
    assert not found.undecided
    assert [root.point for root in found.found] == [(float(mpf(x)), float(mpf(y))) for x, y in roots]  # type: ignore[arg-type]


def test_a_double_root_of_a_system_is_left_undecided_around_it() -> None:
    found = system("x^2 + y^2 = 1; x = 1").roots(SQUARE)
    assert not found.found
    assert any(all(low <= at <= high for (low, high), at in zip(box, (1, 0), strict=True)) for box in found.undecided)


def test_a_power_below_0_with_a_whole_exponent_in_the_box_is_not_ruled_out() -> None:
    found = system("x^y = 4; x + y = 0").roots(((-3.0, 0.5), (1.5, 2.5)))
    assert any(all(low <= at <= high for (low, high), at in zip(box, (-2, 2), strict=True)) for box in found.undecided)


STARTED = [
    ("x^2+y^2=4; exp(x)+y=1", "xy", (1.0, -1.0)),
    ("x^2+y^2=4; exp(x)+y=1", "xy", (-2.0, 1.0)),
    ("sin(x) + y^2 = 1; x y = 1/2", "xy", (1.8, 0.3)),
    ("x + y + z = 6; x y z = 6; x^2 + y^2 + z^2 = 14", "xyz", (0.9, 2.2, 2.8)),
    ("10 (y - x^2); 1 - x", "xy", (-1.2, 1.0)),
    ("exp(-exp(-(x + y))) = y (1 + x^2); x cos(y) + y sin(x) = 1/2", "xy", (0.4, 0.6)),
]


@pytest.mark.parametrize(("text", "names", "start"), STARTED, ids=[case[0] for case in STARTED])
def test_a_root_from_a_start_is_one_to_the_last_digit(text: str, names: str, start: tuple[float, ...]) -> None:
    root = system(text, names).near(start)
    assert root is not None

    def residual(*at: mpf) -> list[mpf]:
        scope = vars(mp) | dict(zip(names, at, strict=True))
        sides = [part.replace("^", "**").split("=") for part in text.split(";")]
        spelled = {"x y z": "x*y*z", "x y": "x*y", "10 (": "10*(", "y (1": "y*(1", "x cos": "x*cos", "y sin": "y*sin"}
        found = []
        for side in sides:
            for old, new in spelled.items():
                side = [text.replace(old, new) for text in side]
            left, right = (*side, "0")[:2]
            found.append(eval(left, scope) - eval(right, scope))
        return found

    true = mp.findroot(residual, [mpf(at) for at in root.point])
    assert [float(at) for at in true] == [*root.point]


@pytest.mark.parametrize(("text", "start"), [("x^2 + y^2 + 1; x - y", (1.0, 2.0)), ("x; x", (1.0, 1.0))])
def test_where_steps_lead_to_no_root_none_is_said(text: str, start: tuple[float, float]) -> None:
    assert system(text + " + 0 y").near(start) is None


def test_a_jump_across_0_is_no_root_of_a_system() -> None:
    assert system("where(x > 0, x, x - 1) = y; y = 0").near([0.5, 0.5]) is None
