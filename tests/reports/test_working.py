"""Workings line by line: the first slip is named, what follows from it is said so, and nothing right is accused."""

from collections.abc import Callable

import pytest

from autodiff_cli.language.document import read_document
from autodiff_cli.reports.status import Status
from autodiff_cli.reports.truth import LineVerdict
from autodiff_cli.reports.working import WorkedLine, Working, check_working, is_one_program
from tests.reports.workings import DERIVATIONS, as_latex, as_plain

KINDS = [*DERIVATIONS["sine"].slips()]
FORMS = [as_plain, as_latex]
HARMLESS = {LineVerdict.GIVEN, LineVerdict.RIGHT}


def checked(text: str) -> Working:
    return check_working(read_document(text), samples=30)


def verdicts(text: str) -> list[str]:
    """`given`, `right`, `wrong`, or `from 2`, by line."""
    return [said(line) for line in checked(text).lines]


def said(line: WorkedLine) -> str:
    return f"from {line.follows_from}" if line.follows_from else line.verdict.value


# --- ten derivations, ten kinds of slips ------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=["plain", "latex"])
@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_right_derivation_is_not_accused(name: str, form: Callable[[list[str]], str]) -> None:
    found = checked(form(DERIVATIONS[name].lines()))
    assert len(found.lines) == len(DERIVATIONS[name].lines())
    assert {line.verdict for line in found.lines} <= HARMLESS


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=["plain", "latex"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", DERIVATIONS)
def test_the_line_with_a_planted_slip_is_the_first_that_is_wrong(
    name: str, kind: str, form: Callable[[list[str]], str]
) -> None:
    lines = DERIVATIONS[name].lines()
    number, wrong = DERIVATIONS[name].slips()[kind]
    lines[number - 1] = wrong
    found = checked(form(lines))
    first = number + (form is as_latex)  # behind \begin
    assert found.first_slip
    assert found.first_slip.line == first
    assert found.first_slip.counterexample
    others = {line.verdict for line in found.lines if line.line != first}
    assert others <= {*HARMLESS, LineVerdict.FOLLOWS}
    assert found.status is Status.MISMATCH


# --- what lines say ---------------------------------------------------------------------------------------------------

RIGHT = {
    "a chain on one line": "f(x) = x^2 = x*x\nf'(x) = 2x = x + x",
    "lines without heads": "x^2 sin(3x)\n2x sin(3x) + 3x^2 cos(3x)\nx (2 sin(3x) + 3x cos(3x))",
    "lines that go on": "y = x^3\ny' = 3x^2\n= 3 x x",
    "the product rule with names": "u = x^2, v = ln x\nu' = 2x, v' = 1/x\n(uv)' = u'v + uv' = 2x ln x + x",
    "a chain by hand": "y = sin(u)\nu = 3x^2\ndy/du = cos(u)\ndu/dx = 6x\ndy/dx = dy/du * du/dx = 6x cos(3x^2)",
    "parametric": "x = cos(t), y = sin(t)\ndx/dt = -sin(t)\ndy/dt = cos(t)\ndy/dx = -cos(t)/sin(t)",
    "implicit": "x^2 + y^2 = 25\n2x + 2y y' = 0\ny y' = -x\ny' = -x/y\ny'' = -(y - x y')/y^2 = -25/y^3",
    "a folium": "x^3 + y^3 = 6 x y\n3x^2 + 3y^2 y' = 6y + 6x y'\ny' = (2y - x^2)/(y^2 - 2x)",
    "logarithmic": "y = x^x\nln y = x ln x\ny'/y = ln x + 1\ny' = x^x (ln x + 1)",
    "the inverse": "y = arctan(x)\ntan y = x\nsec^2(y) y' = 1\ny' = 1/(1 + tan^2 y) = 1/(1 + x^2)",
    "partial": "f(x, y) = x^2 y + sin(x y)\n∂f/∂x = 2x y + y cos(x y)\nf_y = x^2 + x cos(x y)",
    "an extreme": "f(x) = x^3 - 3x\nf'(x) = 3x^2 - 3\nf'(x) = 0\n3x^2 = 3\nx = 1 or x = -1\nf''(x) = 6x\nf''(1) = 6",
    "a rounded solution": "x^2 = 2\nx = 1.41",
    "a rounded value": "f(x) = x^2 ln x\nf'(x) = 2x ln x + x\nf'(2) = 4.77",
    "backwards": "f'(x) = 6x^2\nf(x) = 2x^3 + 5",
    "by time": "s(t) = 5t^2 - 20t\nv = ds/dt = 10t - 20\na = dv/dt = 10\nv = 0\nt = 2",
    "two functions of one name": "y = x^2\ny' = 2x\ny = x^3\ny' = 3x^2",
    "a branch": "x^2 + y^2 = 25\ny = sqrt(25 - x^2)\ny' = -x/sqrt(25 - x^2)",
    "an operator": (
        "d/dx(x^3 - 2x) = 3x^2 - 2\n\\frac{d}{dx} \\ln(x^2+1) = \\frac{2x}{x^2+1}\n(x^2 e^x)' = (2x + x^2) e^x"
    ),
    "constants": "f(x) = a x^2 + b x + c\nf'(x) = 2ax + b\n2ax + b = 0\nx = -b/(2a)",
    "an identity": "sin(x)^2 + cos(x)^2 = 1",
    "where a variable is positive": "x > 0\ny = sqrt(x^2)\n= x\ny' = 1",
    "at a point in LaTeX": "y = x^3\n\\frac{dy}{dx} = 3x^2\n\\left.\\frac{dy}{dx}\\right|_{x=2} = 12",
    "mixed partial": "P(x, y) = x^2 + 3x y\nP_{xy} = 3",
    "with dots": "s = 5t^2\n\\dot{s} = 10t\n\\ddot{s} = 10",
    "a product of letters": "xy = 4\ny + x y' = 0\ny' = -y/x",
    "a word that a stroke takes apart": "E = mc^2\ndE/dm = c^2",
    "letters side by side": "x^2 + xy + y^2 = 7\n2x + y + x y' + 2y y' = 0\ny' = -(2x + y)/(x + 2y)",
    "with a colon": "f(x) = x^2 - 4x\nf'(x) = 2x - 4\nf'(x) = 0: x = 2",
    "in itself": "y = x^2 + sin(xy)\ny' = 2x + cos(xy) (y + x y')",
    "a product of functions": "f(x) = x^2\ng(x) = sin(x)\n(f*g)'(x) = 2x sin x + x^2 cos x",
    "set to zero": "f(x) = x^2 e^{-x}\nf'(x) = (2x - x^2) e^{-x} = 0\nx = 0, x = 2",
    "two points": "f(x) = x^2\nx = 0\nx = 2\nf'(x) = 2x = 4",
    "with its sign": "f(x) = x^3 - 6x^2\nf''(x) = 6x - 12\nf''(1) = -6 < 0",
    "on a part": "y = |x|\ny' = 1 for x > 0\ny' = -1 for x < 0",
    "on a part in LaTeX": "$y = \\sqrt{x^2} = x$ for $x > 0$",
    "a constant": "f(x) = 5\nf'(x) = 0",
    "known names in functions": "f(x) = arcsin(x)\nsin(f(x)) = x\ncos(f(x)) f'(x) = 1\nf'(x) = 1/sqrt(1 - x^2)",
    "an inequality of numbers": "f(x) = x^2\nf'(x) = 2x\nf'(-1) < 0\nf''(x) = 2 ≠ 0",
    "at a point": "f(x) = x^2\nf'(x) = 2x\nx = 3\nf'(x) = 6",
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_working_is_right_in_every_line(name: str) -> None:
    found = checked(RIGHT[name])
    assert {line.verdict for line in found.lines} <= HARMLESS
    assert LineVerdict.RIGHT in {line.verdict for line in found.lines}
    assert found.status is Status.OK


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "f(x) = x^2 sin(3x)\nf'(x) = 2x sin(3x) + x^2 cos(3x)\nf'(x) = x (2 sin(3x) + x cos(3x))",
            ["given", "wrong", "from 2"],
        ),
        ("x^2 sin(3x)\n2x sin(3x) + x^2 cos(3x)\nx (2 sin(3x) + x cos(3x))", ["given", "wrong", "from 2"]),
        ("y = x^3\ny' = 3x^3\ny'' = 9x^2\ny'' = 6x", ["given", "wrong", "from 2", "right"]),
        ("y = x^3\ny' = 3x^3\ny' = 3x^2", ["given", "wrong", "right"]),
        (
            "u = x^2, v = sin(3x)\nv' = cos(3x)\n(uv)' = u'v + uv' = 2x v + x^2 cos(3x)",
            ["given", "given", "wrong", "from 2"],
        ),
        ("f(x) = (x + 1)^2 = x^2 + 1\nf'(x) = 2x", ["wrong", "from 1"]),
        ("x^2 + y^2 = 25\n2x + y y' = 0\ny' = -2x/y", ["given", "wrong", "from 2"]),
        ("f(x) = x^2 - 4x\nf'(x) = 2x - 2\nf'(x) = 0\nx = 1", ["given", "wrong", "given", "from 2"]),
        ("f(x) = x^2 - 4x\nf'(x) = 2x - 4\nf'(x) = 0\nx = 1", ["given", "right", "given", "wrong"]),
        ("f(x) = x^2\nf'(3) = 5", ["given", "wrong"]),
        ("f(x) = x^2 sin(x)\nf'(x) = 2x sin(x) + t cos(x)", ["given", "wrong"]),
        ("x = cos(t), y = sin(t)\ndy/dx = cos(t)/sin(t)", ["given", "given", "wrong"]),
        ("f(x) = cos(x)^2\nsin(2x) = sin(x) cos(x)", ["given", "wrong"]),
        ("y = x^x\ny' = x x^(x - 1)", ["given", "wrong"]),
        ("g(t) = t^2 ln t\ng'(t) = 2t * 1/t\ng'(t) = 2", ["given", "wrong", "from 2"]),
        ("x^2 + xy + y^2 = 7\n2x + y + x y' + 2y = 0\ny' = -(2x + 3y)/x", ["given", "wrong", "from 2"]),
        ("f(x) = x^2\nf''(1) = 2 < 0", ["given", "wrong"]),
        ("y = |x|\ny' = -1 for x > 0", ["given", "wrong", "given"]),
        ("f(x) = x^2\nf'(1) < 0", ["given", "wrong"]),
        ("f(x) = x^2\nf'(2) = 4 = 0", ["given", "wrong"]),
        ("f(x) = x^2 - 4x\nf'(x) = 2x - 4 = 0\nx = 3", ["given", "right", "wrong"]),
    ],
)
def test_a_wrong_line_is_wrong_and_what_comes_of_it_follows(text: str, expected: list[str]) -> None:
    assert verdicts(text) == expected
    assert checked(text).status is Status.MISMATCH


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("f(x) = x^2\nf'(x) = sinn(x)", "unknown function 'sinn'"),
        ("y = x^2\ny' =", "there is nothing behind the ="),
        ("= 2x", "it begins with =, and there is no line before it"),
        ("w' = 2x + z'", "no line before says what z is, so z' is not known"),
        ("f(x) = 1/x\nf'(x) = lim_{h->0} (1/(x+h) - 1/x)/h\n= -1/x^2", "limits are not read"),
        ("z = x^2 y\ndz/dt = 2x y dx/dt", "no line before says what depends on t, of x, y"),
        ("5 + sinn(x)\n= 2", "unknown function 'sinn'"),
        ("f(x) = x^2\nf'(x) ≠ 0", "an inequality is read where it says between which numbers a variable is"),
        ("y = x^3\ndy = 3x^2 dx", "dx by itself is not read: write a derivative, dy/dx"),
        ("x^2 > 4", "an inequality is read where it says between which numbers a variable is"),
        ("y = x^2 +* 3", "a number, a name or '(' is needed here, not '*'"),
    ],
)
def test_a_formula_that_cannot_be_read_says_why_and_is_no_success(text: str, why: str) -> None:
    found = checked(text)
    assert next(line.why for line in found.lines if line.verdict is LineVerdict.UNREAD) == why
    assert LineVerdict.WRONG not in {line.verdict for line in found.lines}
    assert found.status is Status.UNDECIDED


def test_a_line_on_a_part_that_cannot_be_told_is_undecided() -> None:
    line = checked("g(x) = |x^2 - 4|\ng'(x) = 2x for |x| > 2").lines[1]
    assert line.verdict is LineVerdict.UNDECIDED
    assert line.why == "it is said to hold for |x| > 2 only, which is not judged"


def test_the_place_of_a_line_that_cannot_be_read_is_that_of_the_fault() -> None:
    (line,) = checked("\n  y = x^2 +* 3").lines
    assert line.at == (2, 12)


def test_a_text_without_formulas_is_no_success() -> None:
    found = checked("There is nothing here.\nNor here.")
    assert (found.lines, len(found.prose), found.status) == ([], 2, Status.UNDECIDED)


# --- domains ----------------------------------------------------------------------------------------------------------


def test_lines_that_are_equal_on_a_part_of_the_domain_are_wrong_and_say_where_they_are_right() -> None:
    line = checked("y = sqrt(x^2)\n= x").lines[1]
    assert (line.verdict, line.hint) == (LineVerdict.WRONG, "right for x > 0 only")


def test_a_line_that_is_defined_on_a_part_of_the_domain_is_right_and_says_where_it_is_not() -> None:
    line = checked("y = ln(x^2)\ny = 2 ln(x)").lines[1]
    assert (line.verdict, line.domain) == (LineVerdict.RIGHT, "x > 0")
    assert line.notes == ["the claim is undefined for x < 0, as at x = -1, where the line before is 0"]


def test_a_line_that_is_right_on_the_domain_of_the_function_is_right() -> None:
    assert verdicts("y = ln(x) + sqrt(x^2)\n= ln(x) + x") == ["given", "right"]


# --- parts ------------------------------------------------------------------------------------------------------------


def test_a_heading_begins_a_new_part_that_knows_nothing_of_the_one_before() -> None:
    text = "# One\n    f(x) = x^2\n    f'(x) = 2x\n# Two\n    f(x) = x^3 = x x^2\n    f'(x) = 3x^2"
    assert verdicts(text) == ["given", "right", "right", "right"]


@pytest.mark.parametrize(
    ("text", "is_program"),
    [
        ("x^2 sin(x)", True),
        ("a = 2\nb = a*x\na + b", True),
        ("f(x) = x^2\n2x", False),
        ("f(x) = x^2\nf'(x) = 2x", False),
        ("x^2\n2x", False),
    ],
)
def test_a_program_is_told_from_a_working(text: str, is_program: bool) -> None:
    assert is_one_program(text) is is_program


# --- partial derivatives of what is not written as a call ------------------------------------------------------------


def test_subscripts_are_partials_by_every_variable_of_a_name_without_brackets() -> None:
    text = "z = x^2 y + y^3\nz_x = 2xy\nz_y = x^2 + 3y^2\nz_xx = 2y\nz_yy = 6y\nz_xy = 2x"
    assert verdicts(text) == ["given", *["right"] * 5]


@pytest.mark.parametrize("slip", ["z_y = x^2", "z_yy = 7y", "z_xy = 2y"])
def test_a_wrong_partial_of_a_name_without_brackets_is_found(slip: str) -> None:
    assert verdicts(f"z = x^2 y + y^3\n{slip}") == ["given", "wrong"]


def test_a_range_in_two_parts_does_not_hold_for_the_lines_behind_it() -> None:
    text = "f(x) = x^2\nf'(x) > 0 for x < -1 or x > 0\nf'(x) = 2|x|"
    assert verdicts(text)[-1] == "wrong"
    assert verdicts("f(x) = x^2\nx < -1 or x > 1\nf'(x) = 2|x|")[-1] == "wrong"


# --- what is said behind a line, and operators in brackets -----------------------------------------------------------


def test_the_kind_of_a_point_behind_an_arrow_is_no_formula() -> None:
    text = (
        "f(x) = x^3 - 6x^2 + 9x\nf'(x) = 3x^2 - 12x + 9\nf''(x) = 6x - 12\nf''(1) = -6 < 0 => max\nf''(3) = 6 > 0 → min"
    )
    assert verdicts(text) == ["given", *["right"] * 4]


def test_an_operator_in_brackets_is_held_against_the_true_derivative() -> None:
    assert verdicts("(d/dx) tan x = sec^2 x\n(d/dx)(x^2) = 3x") == ["right", "wrong"]


def test_a_limit_in_plain_text_is_named_as_one() -> None:
    (line,) = checked("lim h->0 (f(x+h) - f(x))/h").lines
    assert (line.verdict, line.why) == (LineVerdict.UNREAD, "limits are not read")


def test_a_product_with_a_name_that_was_solved_for_is_read_with_what_it_is() -> None:
    text = "A = xy\n2x + 2y = 20\ny = 10 - x\nA = x(10 - x)\nA' = 10 - 2x"
    assert verdicts(text) == ["given", "given", "right", "right", "right"]


# --- at a point -------------------------------------------------------------------------------------------------------

CIRCLE = "x^2 + y^2 = 25\n2x + 2y y' = 0\ny' = -x/y\n"


@pytest.mark.parametrize(
    "line",
    [
        "\\left.\\frac{{dy}}{{dx}}\\right|_{{(3,4)}} = {}",
        "y' = {} at (3, 4)",
        "At (3, 4): dy/dx = {}",
        "At (3, 4), y' = {}",
        "y' = {} at x = 3, y = 4",
    ],
)
def test_a_slope_at_a_point_of_a_curve_is_judged_at_that_point(line: str) -> None:
    right, wrong = verdicts(CIRCLE + line.format("-3/4")), verdicts(CIRCLE + line.format("-4/3"))
    assert set(right) <= {"given", "right"}
    assert wrong.count("wrong") == 1


def test_numbers_that_choose_a_point_of_a_curve_are_no_wrong_solutions() -> None:
    assert verdicts(f"{CIRCLE}x = 3, y = 4\ny' = -3/4\ny' = -x/y\ny' = -4/3")[3:] == [
        *("given", "right", "right", "right", "wrong")
    ]


def test_numbers_beside_a_curve_are_said_to_be_no_point_of_it() -> None:
    *_, line = checked(f"{CIRCLE}x = 3, y = 5").lines
    assert (line.verdict, line.why) == (LineVerdict.WRONG, "it is no point of line 1")


def test_a_formula_with_letters_is_not_judged_at_the_point_that_was_chosen_before_it() -> None:
    assert verdicts(f"{CIRCLE}x = 3, y = 4\ny' = -x y/16")[-1] == "wrong"


def test_a_derivative_at_a_number_behind_it_is_judged_there_alone() -> None:
    assert verdicts("f(x) = x^3\nf'(x) = 12 at x = 2\nf'(x) = 6x") == ["given", "right", "given", "wrong"]
    assert verdicts("f(x) = x^3\nf'(x) = 13 at x = 2") == ["given", "wrong", "given"]


# --- tangents ---------------------------------------------------------------------------------------------------------


def said_why(text: str) -> list[str]:
    return [line.why or line.verdict.value for line in checked(text).lines]


def test_a_tangent_and_a_normal_of_a_curve_are_right_and_other_lines_are_wrong() -> None:
    text = "y = x^2\ny' = 2x\ny - 9 = 6(x - 3)\ny - 9 = -1/6 (x - 3)\ny - 9 = 5(x - 3)\ny - 8 = 6(x - 3)"
    assert said_why(text)[2:] == ["the tangent at x = 3", "the normal at x = 3", "wrong", "wrong"]


def test_the_tangent_of_a_curve_that_an_equation_gives_is_right_in_each_of_its_forms() -> None:
    text = f"{CIRCLE}y - 4 = -3/4 (x - 3)\n3x + 4y = 25\ny - 4 = -4/3 (x - 3)"
    assert said_why(text)[3:] == ["the tangent at x = 3", "the tangent at x = 3", "wrong"]


def test_the_chain_rule_is_not_said_to_be_undefined_where_the_inner_derivative_is_0() -> None:
    found = checked("u = x^2 + 1\ny = u^5\ndy/du = 5u^4\ndy/dx = dy/du * du/dx = 10x u^4").lines
    assert (found[-1].verdict, found[-1].domain, found[-1].notes) == (LineVerdict.RIGHT, "", [])
    assert "sin(t) != 0" in checked("x = cos t, y = sin t\ndy/dx = -cot t").lines[-1].domain


@pytest.mark.parametrize("line", ["f_x(1, 2) = {}", "f_x = {} at (1, 2)", "At (1, 2): f_x = {}"])
def test_a_partial_at_a_point_is_judged_there(line: str) -> None:
    text = f"f(x, y) = x^2 y\nf_x = 2xy\nf_y = x^2\n{line}"
    assert set(verdicts(text.format(4))) == {"given", "right"}
    assert verdicts(text.format(5)).count("wrong") == 1


def test_a_line_at_a_point_that_cannot_be_read_leaves_its_point_to_no_other_line() -> None:
    at_the_point_alone = "f_x = 2x^2 y"
    assert verdicts(f"f(x, y) = x^2 y\nf_x(1, 2) = 4 dx\n{at_the_point_alone}") == ["given", "not read", "wrong"]


@pytest.mark.parametrize("slope", ["a/4", "-3/4 + z"])
def test_a_slope_at_a_point_with_a_letter_that_the_curve_has_not_is_wrong(slope: str) -> None:
    assert verdicts(f"x^2 + y^2 = 25\n(3, 4)\ny' = {slope}") == ["given", "right", "wrong"]


@pytest.mark.parametrize("line", ["f_x(1, 2) = 2*1*2", "f_x = 2*1*2 at (1, 2)", "At (1, 2): f_x = 2*1*2"])
def test_a_line_that_goes_on_with_one_at_a_point_is_judged_there(line: str) -> None:
    text = f"f(x, y) = x^2 y\n{line}\n= {{}}"
    assert set(verdicts(text.format(4))) == {"given", "right"}
    assert verdicts(text.format(5))[-1] == "wrong"


def test_a_line_that_goes_on_with_one_behind_a_point_is_not_judged_there() -> None:
    assert verdicts("f(x) = x^3\nf'(x) = 12 at x = 2\nf'(x) = 3x^2\n= 12")[-2:] == ["right", "wrong"]


def test_a_point_of_letters_on_a_curve_is_taken_as_given() -> None:
    assert verdicts("x^2 + y^2 = 25\n(a, b)") == ["given", "given"]


def test_a_line_beside_a_curve_with_a_parameter_is_no_tangent_and_no_failure() -> None:
    assert verdicts("y = a x^2\ny - 9 = 6(x - 3)") == ["given", "wrong"]
    assert verdicts("y = 5\ny - 5 = 0 (x - 3)\ny - 9 = 6(x - 3)") == ["given", "right", "wrong"]


@pytest.mark.parametrize(
    ("text", "claimed", "true"), [("y' = 1/x\ny = log(x)/2", 0.5, 1.0), ("y' = b\ny = 4", 0.0, 1.0)]
)
def test_a_function_with_another_derivative_than_given_is_said_to_have_it(
    text: str, claimed: float, true: float
) -> None:
    wrong = checked(text).first_slip
    assert wrong
    assert wrong.counterexample
    assert (wrong.line, wrong.hint) == (2, "differentiated, it is not what line 1 says")
    assert (wrong.counterexample.claimed, wrong.counterexample.true) == (claimed, true)


def test_a_function_with_a_given_derivative_on_a_part_of_the_domain_is_wrong_and_says_where_it_is_right() -> None:
    wrong = checked("y' = abs(x)\ny = x^2/2").first_slip
    assert wrong
    assert wrong.hint == "right for x > 0 only"


def test_a_number_that_stands_before_a_derivative_on_its_line_is_where_it_is_judged() -> None:
    text = "f(x) = x^2\nf'(x) = 2x\nx = 3: f'(x) = {}"
    assert verdicts(text.format(6))[2:] == ["given", "right"]
    assert verdicts(text.format(7))[2:] == ["given", "wrong"]


def test_a_slope_at_a_point_of_a_curve_that_was_solved_for_is_right() -> None:
    text = "xy = 6\ny = 6/x\nx = 2, y = 3\ny' = {}"
    assert verdicts(text.format("-3/2"))[-1] == "right"
    assert verdicts(text.format("-2/3"))[-1] == "wrong"


def test_other_variables_for_those_of_a_curve_are_no_wrong_solutions() -> None:
    assert verdicts("x^2 + y^2 = 1\nx = cos t, y = sin t") == ["given"] * 3


def test_numbers_where_a_derivative_is_0_are_held_against_the_equation() -> None:
    text = "f(x) = x^3 - 3x\nf'(x) = 3x^2 - 3\nf'(x) = 0 where x = 1 or x = -2"
    assert verdicts(text)[2:] == ["given", "right", "wrong"]


def test_a_comparison_inside_a_call_is_no_bound_of_the_line() -> None:
    assert verdicts("y = where(x > 0, x^2, 2)\ny' = where(x > 0, 2x, 0)") == ["given", "right"]
