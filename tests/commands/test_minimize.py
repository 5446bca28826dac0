"""`autodiff minimize` and `maximize`: the published minima of classic functions, kinds, bounds, what is no minimum."""

from collections.abc import Callable
from math import e, exp, pi, sin, sqrt

import pytest

from ..conftest import Result

Run = Callable[..., Result]

pytest.importorskip("scipy")
pytest.importorskip("flint")

CLASSICS = [
    ("100 (y - x^2)^2 + (1 - x)^2", {"x": -1.2, "y": 1}, {"x": 1, "y": 1}, 0),
    (
        "(1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2",
        {"x": 1, "y": 1},
        {"x": 3, "y": 0.5},
        0,
    ),
    ("(x + 2y - 7)^2 + (2x + y - 5)^2", {"x": 0, "y": 0}, {"x": 1, "y": 3}, 0),
    ("0.26 (x^2 + y^2) - 0.48 x y", {"x": 3, "y": -2}, {"x": 0, "y": 0}, 0),
    ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", {"x": 1, "y": 1}, {"x": 3, "y": 2}, 0),
    ("2x^2 - 1.05x^4 + x^6/6 + x*y + y^2", {"x": 0.3, "y": 0.2}, {"x": 0, "y": 0}, 0),
    ("sin(x + y) + (x - y)^2 - 1.5x + 2.5y + 1", {"x": 0, "y": 0}, {"x": 0.5 - pi / 3, "y": -0.5 - pi / 3}, None),
    ("-cos(x) cos(y) exp(-((x - pi)^2 + (y - pi)^2))", {"x": 3, "y": 3}, {"x": pi, "y": pi}, -1),
    ("x log(x)", {"x": 1}, {"x": 1 / e}, -1 / e),
    ("x + 1/x", {"x": 3}, {"x": 1}, 2),
    ("x^2 + y^2 + z^2 + x y + y z + z x - 4x", {"x": 1, "y": 1, "z": 1}, {"x": 3, "y": -1, "z": -1}, -6),
]


def words(starts: dict[str, float]) -> list[str]:
    return [word for name, at in starts.items() for word in (f"--{name}", str(at))]


@pytest.mark.parametrize(("text", "starts", "least", "value"), CLASSICS, ids=[case[0] for case in CLASSICS])
def test_the_published_minimum_is_found_and_proven(
    autodiff: Run, text: str, starts: dict[str, float], least: dict[str, float], value: float | None
) -> None:
    done = autodiff("minimize", text, *words(starts), "--format", "json")
    found = done.json
    assert (done.code, found["kind"], found["proven"]) == (0, "minimum", True)
    assert found["point"] == pytest.approx(least, rel=1e-15, abs=1e-15)
    if value is not None:
        assert found["value"] == pytest.approx(value, rel=1e-15)


def test_a_maximum_is_found_and_proven(autodiff: Run) -> None:
    found = autodiff("maximize", "x exp(-x^2)", "--x", "1", "--format", "json").json
    assert (found["kind"], found["proven"]) == ("maximum", True)
    assert found["point"]["x"] == pytest.approx(sqrt(0.5), rel=1e-15)
    assert found["value"] == pytest.approx(sqrt(0.5) * exp(-0.5), rel=1e-15)


def test_a_bound_that_holds_has_a_multiplier(autodiff: Run) -> None:
    found = autodiff("maximize", "sin(x) y", "--x", "0:1", "--y", "-2:3", "--format", "json").json
    assert found["active"] == ["x", "y"]
    assert found["multipliers"]["y"] == pytest.approx(sin(1), rel=1e-15)
    assert found["proven"]


def test_a_bound_that_does_not_hold_is_no_matter(autodiff: Run) -> None:
    found = autodiff("minimize", "(x - 1)^2 + y^2", "--x", "0:3", "--y", "0.5:2", "--format", "json").json
    assert (found["point"], found["active"], found["kind"]) == ({"x": 1.0, "y": 0.5}, ["y"], "minimum")
    assert found["multipliers"] == {"y": 1.0}


@pytest.mark.parametrize(
    ("command", "text", "kind", "code"),
    [
        ("minimize", "x^2 - y^2", "saddle", 1),
        ("minimize", "-(x^2) - y^2", "maximum", 1),
        ("maximize", "x^2 + y^2", "minimum", 1),
        ("minimize", "x^3 + y^2", "none", 2),
    ],
)
def test_a_point_of_another_kind_is_never_called_a_minimum(
    autodiff: Run, command: str, text: str, kind: str, code: int
) -> None:
    done = autodiff(command, text, "--x", "0", "--y", "0", "--format", "json")
    assert (done.code, done.json["kind"]) == (code, kind)


@pytest.mark.parametrize(
    ("text", "start"),
    [("max(x, -2x) + 1", "5"), ("max(x, -2x) + x^2", "5"), ("1 - exp(-x^4)", "0.5"), ("x^4 - x^5", "0.2")],
)
def test_what_the_hessian_cannot_say_is_not_called_proven(autodiff: Run, text: str, start: str) -> None:
    done = autodiff("minimize", text, "--x", start, "--format", "json")
    assert (done.code, done.json["kind"], done.json["proven"]) == (0, "lowest nearby", False)
    assert done.json["point"]["x"] == pytest.approx(0, abs=2e-2)


@pytest.mark.parametrize(
    ("text", "start", "least", "value", "is_kinked"),
    [
        ("abs(x)", "1", 0, 0, True),
        ("x^4", "1", 0, 0, False),
        ("x^3", "0:1", 0, 0, False),
        ("abs(x - 3) + 2", "0", 3, 2, True),
        ("sqrt((x - 1/4)^2)", "7", 0.25, 0, True),
        ("(x - 1)^6 - 1", "5", 1, -1, False),
    ],
)
def test_a_value_that_the_formula_never_falls_below_is_a_proven_minimum(
    autodiff: Run, text: str, start: str, least: float, value: float, is_kinked: bool
) -> None:
    found = autodiff("minimize", text, "--x", start, "--format", "json").json
    assert (found["kind"], found["proven"], found["anywhere"], found["kinked"]) == ("minimum", True, True, is_kinked)
    assert (found["point"]["x"], found["value"]) == (least, value)


@pytest.mark.parametrize(
    ("command", "text", "start", "kind"),
    [
        ("minimize", "(x - 3)^2 + floor(x)", "2.5", "jump"),
        ("maximize", "ceil(x) - (x - 3)^2", "3.5", "jump"),
        ("minimize", "tanh(x)", "50", "flat"),
        ("maximize", "tanh(x)", "-50", "flat"),
        ("minimize", "erf(x)", "10", "flat"),
        ("minimize", "exp(-x)", "800", "flat"),
        ("minimize", "floor(x)", "3.5", "flat"),
    ],
)
def test_a_value_beside_a_jump_or_on_a_plateau_is_not_called_a_minimum(
    autodiff: Run, command: str, text: str, start: str, kind: str
) -> None:
    done = autodiff(command, text, "--x", start)
    assert done.code == 2
    assert "a minimum" not in done.out
    assert "a maximum" not in done.out
    assert "kink" not in done.out + done.err
    found = autodiff(command, text, "--x", start, "--format", "json").json
    assert (found["kind"], found["proven"], found["kinked"]) == (kind, False, False)


def test_a_value_that_is_reached_at_a_jump_is_lowest_there_without_a_kink(autodiff: Run) -> None:
    done = autodiff("minimize", "x - floor(x)", "--x", "2.5", "--format", "json")
    assert (done.code, done.json["kind"], done.json["kinked"], done.json["point"]) == (
        0,
        "lowest nearby",
        False,
        {"x": 2},
    )
    assert "the value jumps there" in done.err


@pytest.mark.parametrize(("text", "start"), [("abs(x - 1) + x / 10", "5"), ("x * sign(x) + x / 10", "5")])
def test_a_kink_has_slopes_that_differ_from_side_to_side(autodiff: Run, text: str, start: str) -> None:
    found = autodiff("minimize", text, "--x", start, "--format", "json").json
    assert (found["kind"], found["kinked"]) == ("lowest nearby", True)


@pytest.mark.parametrize("text", ["x", "exp(-x)", "-(x^2)", "x^3", "log(x)"])
def test_what_falls_on_and_on_has_exit_code_3(autodiff: Run, text: str) -> None:
    done = autodiff("minimize", text, "--x", "1")
    assert done.code in (2, 3)
    assert "a minimum" not in done.out


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (("log(x)", "--x", "-1"), "no finite value and slope at the start", 3),
        (("x^2 + y^2", "--x", "1"), "no value for y", 2),
        (("x^2", "--x", "2:1"), "leave no room", 2),
        (("x^2", "--x", "0:5:1"), "outside of its bounds", 2),
        (("x^2", "--x", "1", "--fix", "x"), "no variable to move", 2),
    ],
)
def test_what_cannot_be_used_is_said(autodiff: Run, arguments: tuple[str, ...], message: str, code: int) -> None:
    done = autodiff("minimize", *arguments)
    assert done.code == code
    assert message in done.err


def test_only_prints_one_thing(autodiff: Run) -> None:
    assert autodiff("minimize", "(x - 2)^2 + 1", "--x", "0", "--only", "x", "--only", "value").out == "2\n1.0\n"


def test_without_python_flint_nothing_is_called_proven(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from autodiff_cli.reports import minimize

    monkeypatch.setattr(minimize, "available", lambda: False)
    done = autodiff("minimize", "(x - 2)^2", "--x", "0", "--format", "json")
    assert (done.json["proven"], done.json["kind"]) == (False, "lowest nearby")
    assert "python-flint, pip install 'autodiff-cli[exact]'" in done.err


def test_a_missing_library_is_named_with_the_install_command(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from autodiff_cli.commands import libraries

    monkeypatch.setattr(libraries, "find_spec", lambda name: None if name == "scipy" else object())
    done = autodiff("minimize", "x^2", "--x", "1")
    assert done.code == 2
    assert "pip install 'autodiff-cli[solve]'" in done.err


# Hock and Schittkowski, Test Examples for Nonlinear Programming Codes, 1981, by their numbers
UNDER_CONSTRAINTS = [
    ("(1 - x)^2", {"x": "-1.2", "y": "1"}, "10 (y - x^2) = 0", 0, {"x": 1, "y": 1}),  # 6
    ("log(1 + x^2) - y", {"x": "2", "y": "2"}, "(1 + x^2)^2 + y^2 = 4", -sqrt(3), {"x": 0, "y": sqrt(3)}),  # 7
    ("0.01x^2 + y^2 - 100", {"x": "2:3:50", "y": "-50:-1:50"}, "10x - y >= 10", -99.96, {"x": 2, "y": 0}),  # 21
    ("(x - 2)^2 + (y - 1)^2", {"x": "2", "y": "2"}, "x^2 <= y; x + y <= 2", 1, {"x": 1, "y": 1}),  # 22
    (
        "9 - 8a - 6b - 4c + 2a^2 + 2b^2 + c^2 + 2a b + 2a c",
        {"a": "0:0.5:", "b": "0:0.5:", "c": "0:0.5:"},
        "a + b + 2c <= 3",
        1 / 9,
        {"a": 4 / 3, "b": 7 / 9, "c": 4 / 9},
    ),  # 35
    (
        "a^2 + b^2 + 2c^2 + d^2 - 5a - 5b - 21c + 7d",
        dict.fromkeys("abcd", "0"),
        "a^2 + b^2 + c^2 + d^2 + a - b + c - d <= 8; a^2 + 2b^2 + c^2 + 2d^2 - a - d <= 10;"
        "2a^2 + b^2 + c^2 + 2a - b - d <= 5",
        -44,
        {"a": 0, "b": 1, "c": 2, "d": -1},
    ),  # 43
    (
        "a d (a + b + c) + c",
        {"a": "1:1:5", "b": "1:5:5", "c": "1:5:5", "d": "1:1:5"},
        "a b c d >= 25; a^2 + b^2 + c^2 + d^2 = 40",
        17.014017289155,
        {"a": 1, "b": 4.7429994, "c": 3.8211503, "d": 1.3794082},
    ),  # 71
]


def given(starts: dict[str, str]) -> list[str]:
    return [word for name, text in starts.items() for word in (f"--{name}", text)]


@pytest.mark.parametrize(("text", "starts", "subject", "value", "point"), UNDER_CONSTRAINTS)
def test_the_published_minimum_under_constraints_is_found_and_proven(
    autodiff: Run, text: str, starts: dict[str, str], subject: str, value: float, point: dict[str, float]
) -> None:
    done = autodiff("minimize", text, *given(starts), "--subject", subject, "--format", "json")
    found = done.json
    assert (done.code, found["kind"], found["proven"]) == (0, "minimum", True)
    assert found["value"] == pytest.approx(value, rel=1e-12, abs=1e-12)
    assert found["point"] == pytest.approx(point, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(
    ("command", "text", "subject", "multipliers"),
    [
        ("minimize", "x^2 + y^2", "x + y = 1", {"x + y = 1": 1}),
        ("maximize", "x y", "x + y = 10", {"x + y = 10": 5}),
        ("maximize", "x + y", "x^2 + y^2 <= 1", {"x^2 + y^2 <= 1": sqrt(0.5)}),
        ("minimize", "x^2 + y^2", "x + y >= 2", {"x + y >= 2": 2}),
        ("minimize", "x^2 + y^2", "x + y >= -2", {}),
    ],
)
def test_a_multiplier_is_how_fast_the_value_changes_with_the_right_side(
    autodiff: Run, command: str, text: str, subject: str, multipliers: dict[str, float]
) -> None:
    found = autodiff(command, text, "--x", "0.6", "--y", "0.2", "--subject", subject, "--format", "json").json
    assert found["proven"]
    assert found["active"] == [*multipliers]
    assert found["multipliers"] == pytest.approx(multipliers, rel=1e-15)


def test_a_point_that_is_best_one_way_and_worst_another_is_a_saddle(autodiff: Run) -> None:
    arguments = ("x^2 - y^2 + z", "--x", "0", "--y", "0", "--z", "0", "--subject", "z = 1")
    done = autodiff("minimize", *arguments, "--format", "json")
    assert (done.code, done.json["kind"], done.json["proven"]) == (1, "saddle", True)


@pytest.mark.parametrize(
    "subject", ["x^2 + y^2 <= -1", "x + y >= 3; x^2 + y^2 <= 1", "0 <= x <= 1; x^3 = 2", "x >= 1; x <= 0", "3 <= 2"]
)
def test_constraints_that_no_point_meets_are_proven_to_be_so(autodiff: Run, subject: str) -> None:
    done = autodiff("minimize", "x + y", "--x", "0.5", "--y", "0.5", "--subject", subject, "--format", "json")
    assert (done.code, done.json["proven"], done.json["point"], done.json["value"]) == (1, True, {}, None)


@pytest.mark.parametrize("subject", ["x <= 0", "0 >= x", "x = 0", "x <= 0; y >= 1"])
def test_a_constraint_that_is_a_variable_alone_is_kept(autodiff: Run, subject: str) -> None:
    done = autodiff("minimize", "(x - 1)^2 + (y - 1)^2", "--x", "5", "--y", "2", "--subject", subject, "--only", "x")
    assert done.out == "0\n"


def test_what_falls_on_and_on_under_constraints_is_an_error(autodiff: Run) -> None:
    done = autodiff("minimize", "x", "--x", "1", "--y", "1", "--subject", "y = x^2")
    assert done.code == 3
    assert "falls on and on" in done.err


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("x >= 0; x + 1", "a constraint has a sign: <=, >= or ="),
        ("x <=", "nothing stands behind '<='"),
        ("x <= 2 +* 3", "is needed here, not '*'"),
        ("z <= 2", "no value for z"),
    ],
)
def test_a_constraint_that_cannot_be_read_is_pointed_at(autodiff: Run, subject: str, message: str) -> None:
    done = autodiff("minimize", "x", "--x", "1", "--subject", subject)
    assert done.code == 2
    assert message in done.err


def test_a_start_that_is_missing_between_commas_is_said(autodiff: Run) -> None:
    done = autodiff("minimize", "x^2", "--x", "1,,2")
    assert (done.code, "x = 1,,2 lacks a start" in done.err) == (2, True)


def test_commas_inside_of_a_call_do_not_part_starts(autodiff: Run) -> None:
    found = autodiff("minimize", "(x^2-2)^2", "--x", "sqrt(2)/2, -max(1, abs(-2))", "--format", "json").json
    assert found["point"]["x"] == pytest.approx(2**0.5)
    assert len(found["others"]) == 1


def test_the_best_of_several_starts_is_shown_with_the_others_beside_it(autodiff: Run) -> None:
    found = autodiff("minimize", "x^4 - 2x^2 + x/3", "--x", "2,0.5,-2", "--format", "json").json
    assert found["point"]["x"] == pytest.approx(-1.0393174805117495, rel=1e-15)
    (other,) = found["others"]
    assert (other["kind"], other["start"]) == ("minimum", {"x": 2})
    assert other["point"]["x"] == pytest.approx(0.9553930412089117, rel=1e-15)


def test_a_start_without_a_value_is_noted_beside_one_that_has(autodiff: Run) -> None:
    done = autodiff("minimize", "log(x)^2", "--x", "-1,2", "--format", "json")
    assert (done.code, done.json["point"]) == (0, {"x": 1})
    assert "from x = -1: there is no finite value and slope at the start" in done.json["notes"]


def test_everywhere_says_which_points_there_are(autodiff: Run) -> None:
    camel = "(4 - 2.1x^2 + x^4/3) x^2 + x y + (4y^2 - 4) y^2"
    done = autodiff("minimize", camel, "--x", "-3:3", "--y", "-2:2", "--everywhere")
    assert done.code == 0
    assert "the least value in the ranges, proven; it is at no other than these 2 points" in done.out


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (("x^2", "--x", "1", "--everywhere"), "no range for x", 2),
        (("x^2", "--x", "-1:1", "--everywhere", "--subject", "x >= 0"), "takes no constraints", 2),
        (("log(x)", "--x", "-2:-1", "--everywhere"), "no finite value was found in the ranges", 3),
        (("1/x", "--x", "-1:1", "--everywhere"), "", 2),
    ],
)
def test_what_everywhere_cannot_use_is_said(autodiff: Run, arguments: tuple[str, ...], message: str, code: int) -> None:
    done = autodiff("minimize", *arguments)
    assert (done.code, message in done.err) == (code, True)


JUMPS = [
    ("(x - 3)^2 + floor(x)", ["--x", "2.5"]),
    ("x^2 + sign(x)", ["--x", "0.5"]),
    ("where(x >= 0, x^2 + 1, x^2)", ["--x", "1"]),
    ("(x - 1)^2 - ceil(x)", ["--x", "0.5"]),
    ("(x - 3)^2 + floor(x + y) + (y - 1)^2", ["--x", "2", "--y", "0.2"]),
    ("x + y^2 - 3 sign(x - 1)", ["--x", "1:1:3", "--y", "1"]),
    ("(x - 3)^2 + floor(x)", ["--x", "2.5", "--subject", "x <= 10"]),
]


@pytest.mark.parametrize(("text", "starts"), JUMPS, ids=[" ".join([text, *more]) for text, more in JUMPS])
def test_a_point_where_the_values_jump_down_beside_it_is_not_proven(
    autodiff: Run, text: str, starts: list[str]
) -> None:
    assert autodiff("minimize", text, *starts, "--format", "json").json["proven"] is False


IN_CORNERS = [
    ("minimize", "x y", ["--x", "0:1", "--y", "0:1"], "minimum", 0),
    ("minimize", "x y + x^2", ["--x", "0:1", "--y", "0:1"], "minimum", 0),
    ("maximize", "x y", ["--x", "-1:0", "--y", "0:1"], "maximum", 0),
    ("minimize", "x^2 - x y", ["--x", "0:0:1", "--y", "0:0:1"], "saddle", 1),
    ("minimize", "x^2 - y^2", ["--x", "0", "--y", "0:0:1"], "saddle", 1),
    ("minimize", "y - x^2", ["--x", "-1:0:1", "--y", "0:0:1"], "saddle", 1),
    ("maximize", "y + x^2", ["--x", "-1:0:1", "--y", "0:1:1"], "saddle", 1),
    ("minimize", "-x^2", ["--x", "0:0:1"], "maximum", 1),
    ("minimize", "x y", ["--x", "0", "--y", "0", "--subject", "x >= 0; y >= 0"], "stationary", 2),
    ("minimize", "x y", ["--x", "0:0:1", "--y", "0:0:1", "--subject", "x + y <= 1"], "stationary", 2),
]


@pytest.mark.parametrize(
    ("command", "text", "more", "kind", "code"), IN_CORNERS, ids=[f"{row[0]} {row[1]}" for row in IN_CORNERS]
)
def test_the_kind_of_a_point_at_bounds_is_that_of_the_ways_that_are_open(
    autodiff: Run, command: str, text: str, more: list[str], kind: str, code: int
) -> None:
    done = autodiff(command, text, *more, "--format", "json")
    assert (done.json["kind"], done.code) == (kind, code)
    assert set(done.json["point"].values()) <= {0, 1}


def test_a_least_point_close_to_0_is_not_told_as_0(autodiff: Run) -> None:
    found = autodiff("minimize", "(x - 1e-200)^2", "--x", "-1e-199:1e-199", "--everywhere", "--format", "json").json
    assert [one["point"]["x"] for one in found["points"]] == [1e-200]


def test_a_rational_value_has_its_last_digit(autodiff: Run) -> None:
    assert autodiff("minimize", "x + 0.1", "--x", "0:1", "--only", "value").out.strip() == "0.1"


def test_a_power_of_a_variable_by_itself_is_searched_everywhere(autodiff: Run) -> None:
    found = autodiff("minimize", "x^x", "--x", "0.1:2", "--everywhere", "--format", "json").json
    assert found["points"][0]["point"]["x"] == pytest.approx(1 / e, rel=1e-15)
    assert autodiff("minimize", "x^x", "--x", "0:2", "--everywhere").code == 2


def test_a_variable_to_fix_that_is_none_is_refused(autodiff: Run) -> None:
    done = autodiff("minimize", "x^2", "--x", "1", "--fix", "z")
    assert (done.code, "no variable 'z'" in done.err) == (2, True)
