"""What names stand for."""

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.language.scope import Scope, plainest


def _scope(given: str = "", **later: int) -> Scope:
    return Scope("", given.split(), later)


def test_a_new_name_is_a_variable_once_and_for_all() -> None:
    scope = _scope()
    assert scope.node("x", 0) is None
    assert scope.node_or_variable("x", 0) is scope.variable("x") is scope.node("x", 0)
    assert [*scope.variables] == ["x"]


def test_a_constant_is_one_unless_it_is_given_a_value() -> None:
    constant, variable = _scope().node("pi", 0), _scope("pi").node("pi", 0)
    assert constant is not None
    assert variable is not None
    assert not constant.requires_grad
    assert variable.requires_grad


def test_capital_e_is_never_the_constant() -> None:
    assert _scope().node("E", 0) is None
    node = _scope("E").node("E", 0)
    assert node is not None
    assert node.requires_grad


def test_a_name_is_found_under_the_spelling_of_the_value_given() -> None:
    scope = _scope("x1 theta")
    assert scope.node("x₁", 0) is scope.node("x1", 0)
    assert scope.node("θ", 0) is scope.node("theta", 0)
    assert scope.spelled("y₁") == "y₁"


@pytest.mark.parametrize(
    ("word", "plain"),
    [("x₁", "x1"), ("theta", "θ"), ("vartheta", "θ"), ("Lambda", "Λ"), ("ϑ", "θ"), ("x", "x"), ("é", "é")],
)
def test_a_name_has_a_plainest_spelling(word: str, plain: str) -> None:
    assert plainest(word) == plain


def test_a_bound_name_hides_another_until_it_is_unbound() -> None:
    scope = _scope()
    outer = scope.variable("k")
    inner = scope.bind("k")
    assert scope.node("k", 0) is inner
    scope.unbind()
    assert scope.node("k", 0) is outer
    scope.bind("t")
    scope.end()
    assert scope.node("t", 0) is None


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("or", [], "'or' has a meaning already"),
        ("f", ["x", "and"], "'and' has a meaning already"),
        ("sin", ["x"], "'sin' has a meaning already"),
        ("sum", ["x"], "'sum' has a meaning already"),
        ("step", [], "'step' is defined twice"),
        ("default", [], "'default' is defined twice"),
        ("func", ["x"], "'func' is defined twice"),
        ("f", ["x", "y", "x"], "f takes the same argument twice"),
    ],
)
def test_a_definition_whose_name_is_taken_is_refused(name: str, parameters: list[str], message: str) -> None:
    scope = _scope()
    scope.steps["step"] = scope.bind("step")
    scope.variable("default")
    scope.functions["func"] = 1
    with pytest.raises(AutodiffError) as caught:
        scope.begin(name, parameters, 3)
    assert caught.value.message == message
    assert caught.value.span == (3, 3 + len(name))
    assert caught.value.hint


def test_a_definition_binds_its_parameters() -> None:
    scope = _scope()
    assert scope.begin("sin", [], 0) == {}  # a plain name hides no function
    parameters = scope.begin("f", ["s", "t"], 0)
    assert parameters == {"s": scope.node("s", 0), "t": scope.node("t", 0)}


def test_a_name_that_is_defined_further_on_cannot_be_used() -> None:
    scope = Scope("y = c\nc = 2", [], {"y": 0, "c": 6})
    scope.begin("y", [], 0)
    with pytest.raises(AutodiffError) as caught:
        scope.node("c", 4)
    assert caught.value.hint == "c is defined further on, on line 2; move that up"
    with pytest.raises(AutodiffError, match="'y' is defined by itself"):
        scope.node("y", 4)


@pytest.mark.parametrize(
    ("word", "followed", "pieces"),
    [
        ("ax", "", ["a", "x"]),
        ("axa", "", ["a", "x", "a"]),
        ("apix", "", ["a", "pi", "x"]),
        ("pie", "", []),  # constants alone are no product
        ("ainf", "", []),
        ("a1x", "", []),
        ("abx", "", ["ab", "x"]),  # the longest name first
        ("xsin", "(", ["x", "sin"]),
        ("xsin", "operand", ["x", "sin"]),
        ("xsin", "", []),
        ("sinx", "", ["sin", "x"]),
        ("sinq", "", ["sin", "q"]),
        ("sinq1", "", ["sin", "q1"]),
        ("sinqq", "", []),
        ("xmax", "(", ["x", "max"]),
        ("xmax", "operand", []),
        ("x" * 64, "", ["x"] * 64),
        ("x" * 65, "", []),
    ],
)
def test_a_word_is_split_into_the_names_that_are_known(word: str, followed: str, pieces: list[str]) -> None:
    assert _scope("a x ab").split(word, followed) == pieces


@pytest.mark.parametrize(
    ("source", "given", "word", "pieces"),
    [
        ("rate*x", "rat x", "rate", []),  # no rat*e
        ("rate*rat", "rat", "rate", []),
        ("abe", "ab", "abe", []),
        ("mass*s", "mas s", "mass", []),
        ("mass*x", "mas s x", "mass", []),
        ("velocity*t", "velo c i t y", "velocity", []),
        ("aex", "a x", "aex", ["a", "e", "x"]),
        ("sigmax", "sigma x", "sigmax", ["sigma", "x"]),
        ("mass + massx", "mass x", "massx", ["mass", "x"]),
        ("rate", "rat e", "rate", []),
        ("rate", "r a t e", "rate", ["r", "a", "t", "e"]),
        ("T0x", "T0 x", "T0x", ["T0", "x"]),
    ],
)
def test_a_name_that_begins_a_word_by_chance_takes_it_not_apart(
    source: str, given: str, word: str, pieces: list[str]
) -> None:
    assert Scope(source, given.split(), {}).split(word, "") == pieces


def test_a_split_word_is_noted_and_one_that_might_be() -> None:
    scope = _scope("a x")
    scope.note_split(scope.split("axsin", "("), False)
    assert [*scope.notes] == ["'axsin' is read as a*x*sin"]
    scope = _scope()
    for word in ("xy", "mu", "abs", "wxyz"):
        scope.split(word, "")
    assert [*scope.notes] == ["'xy' is read as one name; write x*y for a product"]


@pytest.mark.parametrize(
    ("word", "message", "hint"),
    [
        ("sinn", "unknown function 'sinn'", "did you mean 'sin' or 'sinh'?"),
        ("Sin", "unknown function 'Sin'", "did you mean 'sin'?"),
        ("cond", "unknown function 'cond'", "write where(condition, a, b)"),
        ("iif", "unknown function 'iif'", "write where(condition, a, b)"),
        ("g", "unknown function 'g'", "define it, g(x) = ..., or write g*(...) for a product"),
        ("neg", "'neg' is no function", "write -x"),
        ("add", "'add' is no function", "write + between the values"),
    ],
)
def test_a_word_that_is_called_and_is_no_function(word: str, message: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        _scope().product(word, 0)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_letter_with_a_bracket_behind_it_is_a_product() -> None:
    scope = _scope()
    assert scope.product("x1", 0) is scope.variables["x1"]
    assert [*scope.notes] == ["'x1(...)' is read as a product, x1*(...)"]


def test_two_spellings_in_one_text_are_two_names_whatever_is_given() -> None:
    text = "β = beta*x; β"
    for given in ((), ("beta",), ("beta", "x")):
        found = parse(text, given)
        assert (list(found.variables), list(found.steps)) == (["beta", "x"], ["β"])
    assert list(parse("β*x", ("beta",)).variables) == ["beta", "x"]
