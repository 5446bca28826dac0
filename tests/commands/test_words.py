"""The words of a command line, each of one kind."""

import pytest

from autodiff_cli.commands.words import Words
from autodiff_cli.errors import AutodiffError

OPTIONS = {"--only": True, "--wrt": True, "--quiet": False, "--file": True, "-o": True}


def sorted_(*args: str) -> Words:
    words = Words(OPTIONS)
    words.sort(list(args))
    return words


@pytest.mark.parametrize(
    ("args", "texts", "values", "for_click"),
    [
        (["x*y", "--x", "2", "y=3"], ["x*y"], {"x": "2", "y": "3"}, []),
        (["--x", "2", "x*y", "--y=3"], ["x*y"], {"x": "2", "y": "3"}, []),
        (["--x=2", "x"], ["x"], {"x": "2"}, []),
        (["x", "--only", "value", "--quiet"], ["x"], {}, ["--only", "value", "--quiet"]),
        (["--only=value", "x"], ["x"], {}, ["--only=value"]),
        (["-o", "x", "y"], ["y"], {}, ["-o", "x"]),
        (["--quiet", "x"], ["x"], {}, ["--quiet"]),
        (["y = x^2", "x=2"], ["y = x^2"], {"x": "2"}, []),
        (["x", "x=-2"], ["x"], {"x": "-2"}, []),
        (["x", "--x", "-2"], ["x"], {"x": "-2"}, []),
        (["-x^2"], ["-x^2"], {}, []),
        (["--", "--x", "--x", "3"], ["--x"], {"x": "3"}, []),
        (["--", "--only"], ["--only"], {}, []),
        (["--x"], ["--x"], {}, []),
        (["--"], [], {}, []),
        (["-", "x=1"], ["-"], {"x": "1"}, []),
        (["--file", "f.ad", "x=2"], [], {"x": "2"}, ["--file", "f.ad"]),
        (["--file=f.ad", "--x", "2"], [], {"x": "2"}, ["--file=f.ad"]),
        (["x", "--only"], ["x"], {}, ["--only"]),
        ([], [], {}, []),
    ],
)
def test_each_word_is_of_one_kind(
    args: list[str], texts: list[str], values: dict[str, str], for_click: list[str]
) -> None:
    words = sorted_(*args)
    assert (words.texts, words.values, words.for_click) == (texts, values, for_click)


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (["x", "--x="], "--x needs a value", "as in --x 2 or x=2"),
        (["x", "x="], "x needs a value", "as in x=2"),
        (["x", "x=1", "--x", "2"], "two values for 'x': 1 and 2", "give it one"),
        (
            ["x", "y"],
            "unexpected argument 'y' after the expression",
            "values are given as --NAME VALUE or NAME=VALUE; an expression with spaces needs quotes",
        ),
        (
            ["x=3", "x^2"],
            "unexpected argument 'x^2' after the expression",
            "the expression comes first, then the values: autodiff eval 'x^2' x=3",
        ),
    ],
)
def test_a_word_that_is_wrong_is_refused(args: list[str], message: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        sorted_(*args)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_what_came_before_a_wrong_word_stays_sorted() -> None:
    words = Words(OPTIONS)
    with pytest.raises(AutodiffError):
        words.sort(["x*y", "x=1", "y="])
    assert (words.texts, words.values) == (["x*y"], {"x": "1"})


def test_a_command_may_know_what_to_do_with_other_words() -> None:
    others: list[str] = []
    words = Words(OPTIONS, others.append)
    words.sort(["x", "a.csv", "x=1", "b.csv"])
    assert (others, words.values) == (["a.csv", "b.csv"], {"x": "1"})


def test_a_name_behind_dashes_without_a_value_may_be_an_option_that_there_is_not() -> None:
    words = sorted_("x", "--json", "--x", "2")
    assert (words.dashed, words.valueless, words.values) == (["json", "x"], ["json"], {"x": "2"})


@pytest.mark.parametrize(
    ("args", "texts", "for_click"),
    [(["-h", "h=3"], ["-h"], []), (["-h"], [], ["-h"]), (["m*h", "-h", "--h", "3"], ["m*h"], ["-h"])],
)
def test_minus_h_is_help_unless_h_has_a_value_and_there_is_nothing_else(
    args: list[str], texts: list[str], for_click: list[str]
) -> None:
    words = Words({"-h": False})
    words.sort(args)
    assert (words.texts, words.for_click) == (texts, for_click)
