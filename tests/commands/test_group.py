"""`autodiff` itself: which command a line is, what is said of one that there is not, and help."""

import json
from collections.abc import Callable

import pytest

from autodiff_cli.commands.group import COMMANDS

from ..conftest import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (("x^2", "--x", "2"), "4.0\n"),
        (("x^2", "x=2"), "4.0\n"),
        (("--x", "2", "x^2"), "4.0\n"),
        (("-x^2", "x=2", "--quiet"), "-4.0\n"),
        (("rate", "--rate", "3"), "3.0\n"),
        (("tan", "--x", "0"), "0.0\n"),
        (("--", "x", "x=3"), "3.0\n"),
    ],
)
def test_a_line_without_a_command_is_eval(autodiff: Run, words: tuple[str, ...], out: str) -> None:
    result = autodiff(*words, "--only", "value")
    assert (result.code, result.out, result.err) == (0, out, "")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("evl", "x^2", "--x", "2"), "eval"),
        (("chekc", "x^2", "--claim", "2x"), "check"),
        (("EVAL", "x^2"), "eval"),
        (("tailor",), "taylor"),
        (("derivative", "x^2"), "diff"),
        (("help",), "--help"),
    ],
)
def test_a_mistyped_command_is_named_and_nothing_is_computed(autodiff: Run, words: tuple[str, ...], meant: str) -> None:
    result = autodiff(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: there is no command '{words[0]}'\n  = did you mean '{meant}'")


@pytest.mark.parametrize("words", [(), *[(command,) for command in COMMANDS]])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_there_in_80_columns(autodiff: Run, words: tuple[str, ...], flag: str) -> None:
    result = autodiff(*words, flag)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Usage: autodiff")
    assert max(map(len, result.out.splitlines())) <= 80


def test_help_says_what_each_command_is_for_the_verdicts_and_the_exit_codes(autodiff: Run) -> None:
    text = autodiff("-h").out
    for word in (*COMMANDS, "ok", "mismatch", "kink", "jump", "singular", "unsure", "130", "Is my derivative right?"):
        assert word in text
    assert "..." not in text.replace("]...", "")


@pytest.mark.parametrize("command", ["eval", "diff", "taylor", "plot", "trace", "graph", "check", "batch"])
def test_help_of_a_command_has_an_example_and_the_exit_codes(autodiff: Run, command: str) -> None:
    text = autodiff(command, "-h").out
    assert f"For example: autodiff {command}" in text
    assert "130  interrupted" in text
    assert ("mismatch  they differ" in text) == (command in ("eval", "taylor", "trace"))


def test_help_is_there_for_an_expression_that_cannot_be_read(autodiff: Run) -> None:
    assert autodiff("eval", "x^", "-h").code == 0


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("eval", "x^2", "x=3", "--precison", "4"), "did you mean --precision?"),
        (("eval", "x^2", "x=3", "--hesian"), "did you mean --hessian?"),
        (("eval", "--hesian", "x^2", "x=3"), "did you mean --hessian?"),
        (("diff", "x^3", "--digits", "3"), "--digits is an option of autodiff eval and autodiff taylor"),
        (("eval", "x^2", "x=3", "--json"), "did you mean --format json?"),
        (("diff", "x^2", "--latex"), "did you mean --to latex?"),
        (("eval", "x^2", "x=3", "--latex"), "did you mean autodiff diff --to latex?"),
        (("plot", "x^2", "--svg"), "did you mean -o FILE.svg?"),
        (("diff", "x^2", "--svg"), "did you mean autodiff plot -o FILE.svg?"),  # it writes no pictures
        (("diff", "x^2", "--rs"), "did you mean -o FILE.rs?"),
        (("trace", "x^2", "x=3", "--md"), "did you mean -o FILE.md?"),
        (("batch", "x^2", "--parquet"), "did you mean --to parquet?"),
        (("batch", "x^2", "--json"), "did you mean --to jsonl?"),
        (("plot", "x^2", "--out", "a.svg"), "did you mean --output?"),
        (("eval", "x^2", "x=3", "-f", "json"), "did you mean --format or --file?"),
        (("eval", "speed^2", "--sped", "3"), "did you mean --speed?"),
        (("functions", "--json"), "did you mean --format json?"),
        (("--verison",), "did you mean --version?"),
    ],
)
def test_an_option_that_there_is_not_is_named_with_what_is_meant(
    autodiff: Run, words: tuple[str, ...], hint: str
) -> None:
    result = autodiff(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: unknown option -")
    assert result.err.endswith(f"\n  = {hint}\n")


def test_the_formats_of_tables_that_are_offered_are_those_that_there_are() -> None:
    from autodiff_cli.commands.output import TABLES
    from autodiff_cli.tables import FORMATS

    assert TABLES == FORMATS


def test_a_name_of_the_expression_is_no_unknown_option(autodiff: Run) -> None:
    assert autodiff("eval", "json*x", "--json", "2", "--x", "3", "--only", "value").out == "6.0\n"
    assert autodiff("eval", "format*x", "format=2", "x=3", "--only", "value").out == "6.0\n"
    result = autodiff("eval", "x^2", "--x")
    assert (result.code, result.err) == (2, "error: --x needs a value\n  = as in --x 2 or x=2\n")


# --- errors as JSON -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "message", "place"),
    [
        (("eval", "x^2 + yaw", "x=3"), 2, "no value for yaw", None),
        (("eval", "x +* 2", "x=3"), 2, "a number, a name or", {"line": 1, "column": 4}),
        (("eval", "sqrt(x - 2)", "x=1"), 3, "sqrt(x) needs x >= 0; here x = x - 2 = -1", {"line": 1, "column": 1}),
        (("diff", "a = 2\nsinn(x)"), 2, "unknown function 'sinn'", {"line": 2, "column": 1}),
        (("eval", "x", "x=1", "--precision", "99"), 2, "Invalid value for '--precision': 99 is not in", None),
    ],
)
def test_an_error_is_one_json_object_where_json_is_asked_for(
    autodiff: Run, words: tuple[str, ...], code: int, message: str, place: dict[str, int] | None
) -> None:
    result = autodiff(*words, "--format", "json")
    assert (result.code, result.out) == (code, "")
    error = json.loads(result.err)["error"]
    assert error["message"].startswith(message)
    assert error["place"] == place
    assert error["hint"] is None or isinstance(error["hint"], str)


def test_all_that_is_wrong_and_the_notes_are_in_the_object(autodiff: Run) -> None:
    error = json.loads(autodiff("eval", "1/2x + y", "--x=a", "--format=json").err)["error"]
    assert [one["message"] for one in error["also"]] == ["no value for y"]
    error = json.loads(autodiff("eval", "1/2x + sqrt(x)", "x=-1", "--format=json").err)["error"]
    assert "1/2x" in error["notes"][0]


# --- readings -------------------------------------------------------------------------------------------------------


def test_quiet_hides_conventions_but_no_reading(autodiff: Run) -> None:
    assert autodiff("eval", "log(x)", "x=100", "--quiet", "--only", "value").err == ""
    assert "1/2x" in autodiff("eval", "1/2x", "x=3", "--quiet", "--only", "value").err
    for command in ("diff", "check", "graph"):
        assert "e^2x" in autodiff(command, "e^2x", "--quiet").err
        assert "log" not in autodiff(command, "log(x)", "--quiet").err


@pytest.mark.parametrize(
    "words",
    [("eval", "x=2"), ("taylor", "x=2"), ("diff",), ("trace", "x=2"), ("graph",), ("plot", "--x", "1:2")],
)
def test_json_has_every_reading(autodiff: Run, words: tuple[str, ...]) -> None:
    command, *others = words
    result = autodiff(command, "log(x) + 1/2x", *others, "--format", "json", "--quiet")
    notes = " ".join(result.json["notes"])
    assert "log is" in notes
    assert "1/2x" in notes


def test_batch_names_an_unknown_option_before_it_looks_for_tables(autodiff: Run) -> None:
    result = autodiff("batch", "x^2", "--jsno", "d.csv")
    assert result.code == 2
    assert result.err.startswith("error: unknown option --jsno: the expression has no variable 'jsno'\n")
    assert autodiff("batch", "x^2", "d.csv", "--jsonl").err.endswith("  = did you mean --to jsonl?\n")
