"""Errors as data: what changes and what stays, several as one, and hints in the words of Python and of the shell."""

import pytest

from autodiff_cli.errors import (
    AutodiffError,
    Option,
    UndefinedError,
    advice,
    all_of,
    did_you_mean,
    in_python,
    in_shell,
    unknown_name,
)


@pytest.mark.parametrize(
    ("option", "python", "shell"),
    [
        (Option("order", "2"), "order=2", "--order 2"),
        (Option("steps"), "steps=True", "--steps"),
        (Option("x", "VALUE", bare=True), "x=VALUE", "--x VALUE or x=VALUE"),
    ],
)
def test_an_option_is_worded_for_python_and_for_the_shell(option: Option, python: str, shell: str) -> None:
    assert (in_python(option), in_shell(option)) == (python, shell)


def test_advice_puts_its_options_in_their_places() -> None:
    both = advice("{1} goes without {0}", Option("format", "json"), Option("digits", "20"))
    assert both.worded(in_shell) == "--digits 20 goes without --format json"
    assert both.worded(in_python) == "digits=20 goes without format=json"


def test_advice_without_options_keeps_its_brackets() -> None:
    assert advice("write {1, 2}").worded(in_shell) == "write {1, 2}"


def test_the_hint_of_an_error_is_worded_for_python() -> None:
    assert AutodiffError("no", hint=advice("as in {0}", Option("order", "2"))).hint == "as in order=2"
    assert AutodiffError("no", hint="as it is").hint == "as it is"
    assert AutodiffError("no").hint == ""


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sinn", "did you mean 'sin' or 'sinh'?"),
        ("tahn", "did you mean 'tanh'?"),
        ("xyzzy", ""),
        ("sin" + "n" * 100_000, ""),  # at once: no more than its beginning is compared
    ],
)
def test_a_misspelt_name_gets_the_nearest_two_or_none(name: str, hint: str) -> None:
    assert did_you_mean(name, ["sin", "sinh", "tanh", "cos"]) == hint


def test_an_unknown_name_is_told_what_is_near_or_else_what_there_is() -> None:
    assert unknown_name("alpa", ["alpha", "x"], "in the graph").message == "there is no 'alpa' in the graph"
    assert unknown_name("alpa", ["alpha", "x"], "in the graph").hint == "did you mean 'alpha'?"
    assert unknown_name("q", ["x", "y"], "here").hint == "there are x, y"
    assert unknown_name("q", [], "here").hint == "there are none"
    assert unknown_name("q", [], "here", "it is constant").hint == "it is constant"
    many = [f"x{number}" for number in range(100)]
    assert unknown_name("q", many, "here").hint == f"there are {', '.join(many[:20])}"


def test_a_changed_error_keeps_what_is_not_changed() -> None:
    first = AutodiffError("no value", source="x + y", span=(4, 5), hint="give it one", also=[AutodiffError("more")])
    other = first.changed(UndefinedError, message="y has no value")
    assert type(other) is UndefinedError
    assert (other.message, other.source, other.span, other.hint) == ("y has no value", "x + y", (4, 5), "give it one")
    assert other.also == first.also
    assert first.message == "no value"


def test_several_errors_are_one_of_the_kind_of_the_first_with_all_the_others_behind_it() -> None:
    first = UndefinedError("a", also=[AutodiffError("b")])
    found = all_of([first, AutodiffError("c", also=[AutodiffError("d")]), AutodiffError("e")])
    assert (type(found), found.message) == (UndefinedError, "a")
    assert [error.message for error in found.also] == list("bcde")
