"""`autodiff solve`: what is read, printed and returned."""

from collections.abc import Callable

import pytest

from ..conftest import Result

Run = Callable[..., Result]

pytest.importorskip("flint")


def test_roots_are_listed_and_counted(autodiff: Run) -> None:
    done = autodiff("solve", "sin(10x) = x", "--x", "-10:10")
    assert done.code == 0
    assert done.out.count("the only one within") == 7
    assert done.out.endswith("7 roots, and no other in [-10, 10]\n")


def test_json_keeps_its_contract(autodiff: Run) -> None:
    found = autodiff("solve", "x^2 = 2", "--x", "0:5", "--format", "json").json
    (root,) = found["roots"]
    assert (root["x"], root["slope"], root["proven"], root["within"]) == (2**0.5, 2 * 2**0.5, True, 1e-15)
    assert (found["undecided"], found["complete"]) == ([], True)


def test_where_there_is_no_root_the_exit_code_is_1(autodiff: Run) -> None:
    done = autodiff("solve", "x^2 = -1", "--x", "-5:5")
    assert (done.code, done.out) == (1, "no root in [-5, 5]\n")


@pytest.mark.parametrize("equation", ["x^x = 1e-9", "abs(abs(x) - x) + (x - 1)^2 = 1e-300"])
def test_what_is_undecided_has_exit_code_2_and_an_interval(autodiff: Run, equation: str) -> None:
    done = autodiff("solve", equation, "--x", "0:1", "--format", "json")
    assert done.code == 2
    assert done.json["undecided"]
    assert not done.json["complete"]


def test_a_start_outside_of_the_domain_has_exit_code_3(autodiff: Run) -> None:
    assert autodiff("solve", "log(x)", "--x", "-1").code == 3


def test_newton_from_a_start_proves_its_root_and_no_more(autodiff: Run) -> None:
    found = autodiff("solve", "cos(x) = x", "--x", "1", "--format", "json").json
    assert [root["x"] for root in found["roots"]] == [0.7390851332151607]
    assert not found["complete"]


def test_steps_that_lead_nowhere_are_said_and_never_called_a_root(autodiff: Run) -> None:
    done = autodiff("solve", "x^2 + 1", "--x", "1")
    assert (done.code, done.out) == (2, "no root is proven\n")
    assert "lead to no root" in done.err


def test_a_system_is_solved_from_a_start_and_in_a_box(autodiff: Run) -> None:
    text = "x^2+y^2=4; exp(x)+y=1"
    (near,) = autodiff("solve", text, "--x", "1", "--y", "-1", "--format", "json").json["roots"]
    found = autodiff("solve", text, "--x", "-3:3", "--y", "-3:3", "--format", "json").json
    assert found["complete"]
    assert near in found["roots"]
    assert len(found["roots"]) == 2


def test_a_root_has_derivatives_by_the_other_variables(autodiff: Run) -> None:
    found = autodiff("solve", "x^2 + x*y + y^3 = 7", "--x", "1", "--y", "1:2", "--format", "json").json
    assert found["derivatives"] == {"x": "-(2 * x + y) / (x + 3 * y^2)"}
    (root,) = found["roots"]
    x, y = 1, root["y"]
    assert root["derivatives"]["x"] == pytest.approx(-(2 * x + y) / (x + 3 * y**2), rel=1e-15)


def test_the_derivatives_of_a_root_have_digits_that_its_float_does_not_have(autodiff: Run) -> None:
    found = autodiff("solve", "sin(1e8 x) = a", "--x", "0.99999994:0.99999999", "--a", "0.5", "--format", "json").json
    slopes = [abs(root["derivatives"]["a"]) for root in found["roots"]]
    assert slopes == pytest.approx([2e-8 / 3**0.5] * len(slopes), rel=1e-15, abs=0)
    assert slopes


def test_only_a_name_prints_every_root(autodiff: Run) -> None:
    assert autodiff("solve", "x^3 = x", "--x", "-2:2", "--only", "x").out == "-1\n0\n1\n"
    assert autodiff("solve", "x^3 = x", "--x", "-2:2", "--only", "roots.1.slope").out == "-1.0\n"
    assert autodiff("solve", "x^2 = -1", "--x", "-2:2", "--only", "x").code == 1


def test_csv_has_a_row_a_root(autodiff: Run) -> None:
    done = autodiff("solve", "x^2 = y", "--x", "0:3", "--y", "4", "--format", "csv")
    assert done.out == "x,slope,within,dx/dy\n2.0,4.0,1e-15,0.25\n"


def test_ends_such_as_pi_are_rounded_outwards(autodiff: Run) -> None:
    assert len(autodiff("solve", "sin(x)", "--x", "-pi:pi", "--format", "json").json["roots"]) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("x^2 =",), "nothing stands behind '='"),
        (("= x",), "nothing stands before '='"),
        (("a = b = c", "--a", "0:1"), "an equation has one '='"),
        (("1 = 0",), "an equation without unknowns"),
        (("x > 1", "--x", "0:3"), "a condition is no equation"),
        (("x^2 = y", "--x", "0:3"), "no value for y"),
        (("x^2 = y", "--x", "0", "--y", "1"), "each of x, y has a value"),
        (("x = 1; y = 2; x = y", "--x", "0:3", "--y", "0:3"), "3 equations and 2 unknowns"),
        (("x = y; y = 2", "--x", "0:3", "--y", "1"), "2 equations and 1 unknowns"),
        (("x = 1", "--x", "0:1:0.1"), "roots are searched without steps"),
        (("x = 1", "--x", "3:0"), "the range x = 3:0 is empty"),
        (("x^2 = 2 + sni(x)", "--x", "0:1"), "unknown function 'sni'"),
    ],
)
def test_what_cannot_be_used_is_said(autodiff: Run, arguments: tuple[str, ...], message: str) -> None:
    done = autodiff("solve", *arguments)
    assert done.code == 2
    assert message in done.err


def test_an_error_points_into_what_was_typed(autodiff: Run) -> None:
    err = autodiff("solve", "x^2 = 2 + sni(x)", "--x", "0:1").err.splitlines()
    assert err[1].endswith("x^2 = 2 + sni(x)")
    assert err[2].index("^") == err[1].index("sni")


def test_without_python_flint_the_message_names_the_install_command(
    autodiff: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autodiff_cli.exact.balls.available", lambda: False)
    done = autodiff("solve", "x = 1", "--x", "0:3")
    assert done.code == 2
    assert "this needs python-flint, which is not installed\n  = pip install 'autodiff-cli[exact]'" in done.err


def test_a_narrow_window_has_each_root_in_lines_of_its_own(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = autodiff("solve", "x^2+y^2=4; x=y", "--x", "-3:3", "--y", "-3:3").out
    assert max(map(len, out.splitlines())) <= 60
    monkeypatch.setenv("COLUMNS", "40")
    out = autodiff("solve", "x^2+y^2=4; x=y", "--x", "-3:3", "--y", "-3:3").out.splitlines()
    assert out[:4] == ["root 1", "  x             -1.4142135623730951", "  y             -1.4142135623730951",
                       "  the only one  within 1e-15"]  # fmt: skip


# --- uncertain values ------------------------------------------------------------------------------------------------


def test_an_uncertain_value_makes_the_root_uncertain_with_shares(autodiff: Run) -> None:
    found = autodiff("solve", "x^2 = a", "--x", "0:3", "--a", "2.0±0.1")
    assert (
        "x = 1.414 ± 0.035 (2.5 %), by a 100 %\nlinear 1.4142 ± 0.0354, sampled 1.4138 ± 0.0354: they agree"
        in found.out
    )
    root = autodiff("solve", "x^2 = a*b", "x=0:3", "a=2.0(1)", "b=1±2.5%", "--format", "json").json["roots"][0]
    assert root["uncertainty"] == pytest.approx(2**0.5 / 2 * (0.05**2 + 0.025**2) ** 0.5)
    assert root["share"] == pytest.approx({"a": 0.8, "b": 0.2})
    lines = autodiff("solve", "x^2 = a", "--x", "0:3", "--a", "2.0±0.1", "--format", "csv").out.splitlines()
    assert lines[0].endswith(",x_sigma")
    assert float(lines[1].rpartition(",")[2]) == pytest.approx(0.1 / 8**0.5)


def test_correlations_count_in_the_uncertainty_of_a_root(autodiff: Run) -> None:
    run = ("solve", "x^2 = a*b", "x=0:3", "a=2.0(1)", "b=1±5%", "--only", "roots.0.uncertainty")
    assert float(autodiff(*run, "--corr", "a,b=1").out) == pytest.approx(2**0.5 * 0.05)
    assert "a,b=2" in autodiff(*run, "--corr", "a,b=2").err


def test_what_has_an_uncertainty_is_known_and_the_rest_is_unknown(autodiff: Run) -> None:
    run = ("solve", "x^2+y^2=a; x=y*b", "x=1", "y=1", "a=2±0.1", "b=1±0.1", "--format", "json")
    root = autodiff(*run).json["roots"][0]
    assert root["uncertainty"] == pytest.approx({"x": 0.0559, "y": 0.0559}, abs=1e-4)
    assert root["share"]["x"] == pytest.approx({"a": 0.2, "b": 0.8})


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["--wrt", "x", "x=1±0.1", "a=2"], "x = 1±0.1 is a start, and has no uncertainty"),
        (["x=1±0.1", "a=2±0.1"], "each variable has an uncertainty, and none is unknown"),
        (["x=0:3", "a=2±-0.1"], "the uncertainty of a is negative"),
        (["x=0:3", "a=[1,2]"], "'[1,2]' is no range"),
        (["x=0:3", "a=2", "--corr", "a,x=0.5"], "a has no uncertainty"),
        (["x=0:3±1", "a=2"], "x = 3±1 is not one number"),
    ],
)
def test_an_uncertainty_that_an_unknown_cannot_have_is_refused(autodiff: Run, typed: list[str], message: str) -> None:
    found = autodiff("solve", "x^2 = a", *typed)
    assert (found.code, found.out) == (2, "")
    assert message in found.err


@pytest.mark.parametrize(
    ("text", "span", "root"),
    [
        ("x - 0.1", "0.1:1", 0.1),
        ("x - 0.3", "0:0.3", 0.3),
        ("3x - 1", "0:1/3", 1 / 3),
        ("2x - 1", "1/2:1", 0.5),
        ("x^2 = 2", "0:sqrt(2)", 2**0.5),
    ],
)
def test_a_root_at_the_end_of_a_range_as_it_is_typed_is_found(autodiff: Run, text: str, span: str, root: float) -> None:
    done = autodiff("solve", text, "--x", span, "--format", "json")
    assert (done.code, [one["x"] for one in done.json["roots"]]) == (0, [root])


def test_an_end_that_is_rounded_outwards_is_shown_as_typed(autodiff: Run) -> None:
    assert autodiff("solve", "x - 0.5", "--x", "0.1:0.7").out.splitlines()[-1] == "1 root, and no other in [0.1, 0.7]"


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("max(0, x)", -1, 0),
        ("relu(x)", -1, 0),
        ("min(x, 0)", 0, 2),
        ("floor(x) = 1", 1, 2),
        ("where(x > 0, 0, 1)", 0, 2),
    ],
)
def test_an_interval_where_it_holds_all_along_is_told(autodiff: Run, text: str, low: float, high: float) -> None:
    done = autodiff("solve", text, "--x", "-1:2", "--format", "json")
    assert done.code == 0
    assert done.json["intervals"] == [pytest.approx([low, high], abs=1e-15)]


def test_a_start_on_an_interval_where_it_holds_leads_to_that(autodiff: Run) -> None:
    done = autodiff("solve", "max(0, x)", "--x", "-3")
    assert (done.code, "it holds all over" in done.out) == (0, True)


def test_a_kink_of_a_variable_whose_number_is_0_is_no_fault(autodiff: Run) -> None:
    assert autodiff("solve", "max(0, x) + x*0", "--x", "1", "--only", "x").out.strip() == "0"


@pytest.mark.parametrize(("typed", "root"), [("2+0.25", 1.5), ("1e0+1.25", 1.5), ("5-2.75", 1.5), ("2.25", 1.5)])
def test_a_sum_of_decimals_as_the_value_of_a_constant_is_read(autodiff: Run, typed: str, root: float) -> None:
    assert autodiff("solve", "x^2 = k", "--x", "0:9", "--k", typed, "--only", "x").out == f"{root}\n"
