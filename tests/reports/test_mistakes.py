"""Every mistake of the list: a claim that makes it, and the hint; and what keeps a hint from being given."""

from math import log, pi

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.check import Answer, check, check_equal
from autodiff_cli.reports.mistakes import _MISTAKES, _Claim, _explain, _inner_steps, _terms, factor_text, fits, hint
from autodiff_cli.reports.regions import Place

POINTS = (0.3, 0.7, 1.1, 1.3, 1.9, 2.3, -0.4, -1.2)
PRODUCT = "the derivative of a product is u'v + uv'"
QUOTIENT = "the derivative of a quotient is (u'v - uv')/v^2"
ALONE = ", not made of those of u and v alone"


def places(expression: str, claim: str, points: tuple[float, ...] = POINTS) -> list[Place]:
    """The claim beside the derivative by x, where x goes through the points and all else is 1.7."""
    read = parse(expression)
    claimed = parse(claim, list(read.variables))
    found = []
    for x in points:
        point = {name: x if name == "x" else 1.7 for name in read.variables}
        ours, theirs = read.evaluation(), claimed.evaluation()
        ours.move(point)
        theirs.move(point)
        found.append(Place(tuple(point.values()), theirs.value, ours.gradients()["x"]))
    return found


def explained(expression: str, claim: str) -> str:
    formula = parse(claim, list(parse(expression).variables))
    return _explain(_Claim(parse(expression), "x", places(expression, claim), formula))


EXAMPLES = [
    (
        "(uv' - u'v)/v^2",
        "sin(x)/x",
        "(sin(x) - x cos(x))/x^2",
        "the sign is wrong: it is minus the derivative; the derivative of a quotient is (u'v - uv')/v^2",
    ),
    ("sign", "x^3", "-3x^2", "the sign is wrong: it is minus the derivative"),
    ("zero", "x^3", "0", "it is zero, and the derivative is not"),
    ("function", "x^3*exp(x)", "x^3*exp(x)", "it is the function itself, not its derivative"),
    ("integral", "x^2", "x^3/3", "it is an integral of the function, not its derivative"),
    (
        "power rule",
        "y^x",
        "x*y^(x - 1)",
        "the power rule is not for the exponential y^x, whose derivative is y^x * log(y)",
    ),
    ("no u'", "sin(x^2)", "cos(x^2)", "the inner derivative of x^2 is missing"),
    ("u'^2", "exp(x^2)", "4x^2*exp(x^2)", "the inner derivative of x^2 is there once too often"),
    ("other", "x^2*sin(y)", "x^2*cos(y)", "it is the derivative by y, not by x"),
    ("u'v'", "x^2*sin(x)", "2x*cos(x)", PRODUCT + ALONE),
    ("u'v", "x^2*sin(x)", "2x*sin(x)", PRODUCT),
    ("uv'", "x^2*sin(x)", "x^2*cos(x)", PRODUCT),
    ("u'/v'", "sin(x)/x^2", "cos(x)/(2x)", QUOTIENT + ALONE),
    ("u'/v", "sin(x)/x^2", "cos(x)/x^2", QUOTIENT),
    ("-uv'/v^2", "sin(x)/x^2", "-2x*sin(x)/x^4", QUOTIENT),
    ("(u'v + uv')/v^2", "sin(x)/x^2", "(x^2*cos(x) + 2x*sin(x))/x^4", QUOTIENT),
    ("(u'v - uv')/v", "sin(x)/x^2", "(x^2*cos(x) - 2x*sin(x))/x^2", QUOTIENT),
    ("u'v - uv'", "sin(x)/x^2", "x^2*cos(x) - 2x*sin(x)", QUOTIENT),
    ("no term", "x^2 + sin(x) - exp(x)", "2x + cos(x)", "the derivative of the term exp(x) is missing"),
    ("too many", "log(x^4)", "4", "there is a factor x too many"),
    ("missing", "x^3", "3x", "a factor x is missing"),
    ("monomial", "x^2", "1/x^2", "a factor 2 * x^3 is missing"),
    ("factor", "x^3", "6x^2", "twice the derivative"),
    ("constant", "x^3", "3x^2 - 0.25", "it is off by a constant: -0.25 too little"),
]


@pytest.mark.parametrize(("name", "expression", "claim", "words"), EXAMPLES, ids=[name for name, *_ in EXAMPLES])
def test_each_mistake_is_explained_in_words(name: str, expression: str, claim: str, words: str) -> None:
    assert explained(expression, claim) == words
    formula = parse(claim, list(parse(expression).variables))
    claimed = _Claim(parse(expression), "x", places(expression, claim), formula)
    mistake = next(mistake for mistake in _MISTAKES if mistake.name == name)
    assert any(claimed.shows(mistake, subject.columns) for subject in mistake.about(claimed))


def test_every_mistake_has_an_example() -> None:
    assert [name for name, *_ in EXAMPLES] == [mistake.name for mistake in _MISTAKES]


@pytest.mark.parametrize(
    ("expression", "claim", "words"),
    [
        ("sin(2x)", "cos(2x)", "half of it: a missing 2?; the inner derivative of 2 * x is missing"),
        ("x^3", "3x^2 + x^4", ""),
        ("x^3", "3x^2*(1 + 1e-7)", ""),
        ("tanh(x)", "1 - tanh(x)", ""),
    ],
)
def test_a_number_goes_before_an_inner_derivative_and_nothing_is_made_up(
    expression: str, claim: str, words: str
) -> None:
    assert explained(expression, claim) == words


def test_a_right_region_is_named_and_what_is_off_elsewhere() -> None:
    both = places("abs(x)", "1")
    right, wrong = both[:6], both[6:]
    assert hint(parse("abs(x)"), "x", right, [*wrong, *places("abs(x)", "1", (-3.0, -7.0))]) == (
        "right for x > 0 only; elsewhere the sign is wrong: it is minus the derivative"
    )


def test_a_single_right_point_names_no_region() -> None:
    wrong = places("x^3", "3x")
    assert hint(parse("x^3"), "x", places("x^3", "3x", (1.0,)), wrong) == "a factor x is missing"


def test_a_rough_region_gives_way_to_a_mistake() -> None:
    ramp = "relu(x^3 - 19)"  # its kink is at no simple number
    inside, outside = (2.66, 2.64, 2.2, 2.4), (2.67, 2.7, 2.9, 3.3)
    zero = hint(parse(ramp), "x", places(ramp, "0", inside), places(ramp, "0", outside))
    assert zero == "it is zero, and the derivative is not"
    other = hint(parse(ramp), "x", places(ramp, "relu(19 - x^3)*0", inside), places(ramp, "sin(x)", outside))
    assert other == "right for x < about 2.67 only"


def test_few_points_explain_nothing() -> None:
    assert _explain(_Claim(parse("x^3"), "x", places("x^3", "0", (1.0, 2.0)))) == ""
    assert hint(parse("x^3"), "x", [], []) == ""


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (-1.0, "the sign is wrong: it is minus the derivative"),
        (0.5, "half of it: a missing 2?"),
        (1 / 3, "a third of it: a missing 3?"),
        (-0.25, "a quarter of it: a missing 4?, and the sign is wrong"),
        (1 / 17, "1/17 of it: a missing 17?"),
        (1 / 5000, "0.0002 times the derivative"),
        (2.0, "twice the derivative"),
        (-2.0, "twice the derivative, and the sign is wrong"),
        (1.5, "3/2 times the derivative"),
        (pi, "pi times the derivative"),
        (1 / pi, "1/pi times the derivative"),
        (pi / 180, "pi/180 times the derivative"),
        (log(10), "log(10) times the derivative"),
        (1.2345432, "1.23454 times the derivative"),
    ],
)
def test_a_factor_is_worded_as_what_was_probably_forgotten(factor: float, words: str) -> None:
    assert factor_text(factor) == words


def test_numbers_fit_where_nearly_all_agree_and_some_are_not_zero() -> None:
    assert fits([1, 2, 3], [1, 2, 3])
    assert fits([1, 2, 3], [1 + 1e-7, 2, 3])
    assert not fits([1, 2, 3], [1.1, 2, 3])
    assert not fits([1, 2], [1, 2])
    assert not fits([0, 0, 0, 4], [0, 0, 0, 5])
    assert fits([0, 0, 0], [0, 0, 0])
    assert fits([1] * 39 + [9], [1] * 40)
    assert fits([1, 2, 3, float("nan")], [1, 2, 3, 4])
    assert not fits([1, 2, 3, *[float("inf")] * 4], [1, 2, 3, 4, 4, 4, 4])
    assert fits([1.0, 2.0, 3.0], [1.1, 2.1, 3.1], [0.2, 0.2, 0.2])


def test_the_terms_of_a_sum_have_their_signs() -> None:
    read = parse("a - (b - c) + d*a")
    assert [(str(node.label or node.op), sign) for node, sign in _terms(read.root)] == [
        ("a", 1),
        ("b", -1),
        ("c", 1),
        ("*", 1),
    ]
    assert list(_terms(parse("a*b").root)) == []


def test_the_inner_steps_are_what_functions_and_powers_are_made_of() -> None:
    at = parse("sin(2*x + 1)*exp((x*y)^2)").evaluation()
    assert [node.op for node in _inner_steps(at)] == ["+", "*", "^"]


@pytest.mark.parametrize(
    ("expression", "claim", "words"),
    [
        ("x^2*sin(3x)", "2x*sin(3x) + x^2*cos(3x)", "the inner derivative of 3 * x is missing"),
        ("x^3 + 5x^2", "3x^3 + 10x", "in x^3: there is a factor x too many"),
        ("x^3 + 5x^2", "3x^2 + 5x", "in 5 * x^2: half of it: a missing 2?"),
        ("x^2*sin(x)", "2x*sin(x) - x^2*cos(x)", "in sin(x): the sign is wrong: it is minus the derivative"),
        ("x^2*sin(x)", "x^2*sin(x) + x^2*cos(x)", "in x^2: it is the function itself, not its derivative"),
    ],
)
def test_a_mistake_in_one_step_is_found_there(expression: str, claim: str, words: str) -> None:
    assert explained_anywhere(expression, claim) == words


def explained_anywhere(expression: str, claim: str) -> str:
    return hint(parse(expression), "x", [], places(expression, claim))


def test_what_is_right_within_the_tolerance_only_is_no_region() -> None:
    found = check(parse("x^4 + 1/(1 + 5x)"), {"x": parse("4x^3 - 1/(1 + 5x)^2")}, {}, 60).findings[0]
    assert found.answer is Answer.WRONG
    assert not found.hint.startswith("right for")


@pytest.mark.parametrize(("line", "words"), [("x", "right for x > 0 only"), ("2*x", "")])
def test_where_alone_two_formulas_are_equal_is_said(line: str, words: str) -> None:
    assert check_equal(parse("sqrt(x^2)"), parse(line), {}, 60).hint == words
