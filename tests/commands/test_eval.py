"""`autodiff eval` as a user types it: values, formats, exit codes, streams, errors."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from math import cosh, pi
from pathlib import Path

import pytest

from autodiff_cli.commands.exits import Exit

from ..conftest import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("arguments", "value", "gradient"),
    [
        (("a*b+c", "--a", "2", "--b", "-3", "--c", "10"), 4, {"a": -3, "b": 2, "c": 1}),
        (
            ("tanh(a*b + c)", "--a=2", "--b=-3", "--c=1e1"),
            0.999329299739067,
            {"a": -3 / cosh(4) ** 2, "b": 2 / cosh(4) ** 2, "c": 1 / cosh(4) ** 2},
        ),
        (("-x^2", "--x", "3"), -9, {"x": -6}),
        (("-x", "--x", "-1e-9"), 1e-9, {"x": -1}),
        (("h*f", "h=6.62607015e-34", "f=5e14"), 3.313035075e-19, {"h": 5e14, "f": 6.62607015e-34}),
        (("x^2", "--x", "pi/4"), (pi / 4) ** 2, {"x": pi / 2}),
        (("x^2", "--x", "-(1+2)"), 9, {"x": -6}),
        (("e*x", "--e", "2", "--x", "5"), 10, {"e": 5, "x": 2}),
        (("--x", "3", "x^2"), 9, {"x": 6}),
        (("format*help", "format=2", "help=3"), 6, {"format": 3, "help": 2}),
        (("--", "-x", "--x", "2"), -2, {"x": -1}),
        (("β*2", "--β", "4"), 8, {"β": 2}),
        (("2 + 3*4",), 14, {}),
    ],
)
def test_eval_prints_the_value_and_the_gradient(
    autodiff: Run, arguments: tuple[str, ...], value: float, gradient: dict[str, float]
) -> None:
    result = autodiff("eval", "--quiet", *arguments, "--format", "json")
    assert (result.code, result.err) == (0, "")
    assert result.json["value"] == pytest.approx(value, rel=1e-15)
    assert result.json["gradient"] == pytest.approx(gradient, rel=1e-15)
    assert list(result.json["gradient"]) == list(gradient)
    assert set(result.json["verdict"].values()) <= {"ok"}


def test_json_has_its_keys_and_full_precision(autodiff: Run) -> None:
    answer = autodiff("eval", "tanh(a*b + c)", "a=2", "b=-3", "c=10", "--format", "json").json
    errors = ["value_error", "gradient_error"]
    columns = ["point", "gradient", "finite_difference", "bound", "verdict"]
    assert list(answer) == ["expression", "value", *columns, *errors, "notes"]
    assert answer["expression"] == "tanh(a * b + c)"
    assert answer["value"] == 0.999329299739067
    assert answer["point"] == {"a": 2.0, "b": -3.0, "c": 10.0}
    assert answer["gradient"]["a"] == -0.00402285204907769
    assert 0 < answer["value_error"] < 1e-15
    for name in "abc":
        assert 0 < answer["gradient_error"][name] < 1e-15
        error = abs(answer["finite_difference"][name] - answer["gradient"][name])
        assert error <= answer["bound"][name] < 1e-9


def test_json_has_what_is_not_finite_as_a_string(autodiff: Run) -> None:
    result = autodiff("eval", "exp(x)", "--x", "1000", "--format", "json")
    assert result.code == Exit.UNDEFINED
    assert result.json["value"] == "inf"
    assert result.json["gradient"] == {"x": "inf"}
    assert result.json["finite_difference"] == {"x": "nan"}
    assert result.json["verdict"] == {"x": "singular"}
    json.loads(result.out, parse_constant=lambda word: pytest.fail(f"bare {word}"))


@pytest.mark.parametrize(("format_", "separator"), [("csv", ","), ("tsv", "\t")])
def test_rows_for_programs_have_a_column_each(autodiff: Run, format_: str, separator: str) -> None:
    lines = autodiff("eval", "x*y", "--x", "0.1", "--y", "3", "--format", format_).out.splitlines()
    assert lines[0].split(separator) == ["variable", "point", "gradient", "finite_difference", "bound", "verdict"]
    assert [line.split(separator)[0] for line in lines[1:]] == ["x", "y"]
    assert float(lines[1].split(separator)[1]) == 0.1
    assert lines[2].split(separator)[-1] == "ok"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ("a*", "--a", "1"),
            2,
            "error: the expression ends where a number, a name or '(' is needed\n  │ a*\n  │  ^",
        ),
        (("2 +* 3",), 2, "error: a number, a name or '(' is needed here, not '*'\n  │ 2 +* 3\n  │    ^"),
        (("(1+2",), 2, "error: this '(' is never closed\n  │ (1+2\n  │ ^\n  = add a ')'"),
        (
            ("sinn(x)", "--x", "1"),
            2,
            "error: unknown function 'sinn'\n  │ sinn(x)\n  │ ^^^^\n  = did you mean 'sin' or 'sinh'?",
        ),
        (("sin()",), 2, "error: sin takes 1 argument, not 0\n  │ sin()\n  │ ^^^\n  = as in sin(x)"),
        (
            ("atan2(1)",),
            2,
            "error: atan2 takes 2 arguments, not 1\n  │ atan2(1)\n  │ ^^^^^\n  = as in atan2(a, b)",
        ),
        (("",), 2, "error: the expression is empty\n  = as in autodiff eval 'x^2' --x 3"),
        ((), 2, "error: no expression\n  = as in autodiff eval 'x^2' --x 3"),
        (
            ("x 2", "x=1"),
            2,
            "error: an operator is needed before this number\n  │ x 2\n  │   ^\n"
            "  = to multiply, write *; for a power, ^",
        ),
        (("a\0b",), 2, "error: cannot read the control character U+0000\n  │ a�b\n  │  ^"),
        (
            ("a*b", "--b", "3", "--a", "two"),
            2,
            "error: a = two is not a number: 'two' has no value\n"
            "  = a value is a number or a constant expression, such as pi/4",
        ),
        (("a*2", "--a"), 2, "error: --a needs a value\n  = as in --a 2 or a=2"),
        (("a*b", "--a", "--b", "3"), 2, "error: --a needs a value\n  = as in --a 2 or a=2"),
        (("a*b", "--a="), 2, "error: --a needs a value\n  = as in --a 2 or a=2"),
        (("x", "--x", "1e999"), 2, "error: in the value of x: 1e999 is too large for a float\n  │ 1e999\n  │ ^^^^^"),
        (
            ("x", "--x", "1e-999"),
            2,
            "error: in the value of x: 1e-999 is too small for a float\n  │ 1e-999\n  │ ^^^^^^",
        ),
        (("x*2", "x="), 2, "error: x needs a value\n  = as in x=2"),
        (
            ("neg", "x=1"),
            2,
            "error: no value for neg\n  = give it one, --neg VALUE; or write n*e*g if a product is meant\n"
            "error: the expression has no variable 'x'\n  = its variables are neg",
        ),
        (
            ("x", "--x", "log(-1)"),
            2,
            "error: in the value of x: log(x) needs x > 0; here x = -1\n  │ log(-1)\n  │ ^^^^^^^",
        ),
        (("a*b", "--a", "2"), 2, "error: no value for b\n  = give it one: --b VALUE or b=VALUE"),
        (
            ("speed*b", "--sped", "2", "--b", "1"),
            2,
            "error: unknown option --sped: the expression has no variable 'sped'\n  = did you mean --speed?",
        ),
        (
            ("rate*x", "--rat", "2", "--x", "3"),
            2,
            "error: unknown option --rat: the expression has no variable 'rat'\n  = did you mean --rate?",
        ),
        (
            ("rate*x", "rat=2", "x=3"),
            2,
            "error: no value for rate\n  = a value was given for 'rat': did you mean 'rate'?\n"
            "error: the expression has no variable 'rat'",
        ),
        (
            ("a*2", "--a", "2", "--aa", "3"),
            2,
            "error: unknown option --aa: the expression has no variable 'aa'\n  = did you mean --a?",
        ),
        (
            ("2", "--a", "2"),
            2,
            "error: unknown option --a: the expression has no variable 'a'\n"
            "  = it has no variables; autodiff eval --help lists the options",
        ),
        (("2", "a=2"), 2, "error: the expression has no variable 'a'\n  = it has no variables"),
        (("a", "a=1", "--a", "2"), 2, "error: two values for 'a': 1 and 2\n  = give it one"),
        (
            ("x^2", "3"),
            2,
            "error: unexpected argument '3' after the expression\n"
            "  = values are given as --NAME VALUE or NAME=VALUE; an expression with spaces needs quotes",
        ),
        (
            ("format*2", "--format", "3"),
            2,
            "error: --format is an option of the command, and 'format' is also a variable of the expression\n"
            "  = set the variable with format=VALUE",
        ),
        (
            ("precision*2", "--precision", "3"),
            2,
            "error: --precision is an option of the command, and 'precision' is also a variable of the expression\n"
            "  = set the variable with precision=VALUE",
        ),
        (
            ("x", "--format", "yaml", "--x", "3"),
            2,
            "error: Invalid value for '--format': 'yaml' is not one of 'table', 'json', 'csv', 'tsv'.\n"
            "  = autodiff eval --help lists what there is",
        ),
        (("1/0",), 3, "error: a / b needs b != 0; here b = 0\n  │ 1/0\n  │  ^"),
        (("0/0",), 3, "error: a / b needs b != 0; here b = 0\n  │ 0/0\n  │  ^"),
        (("log(-1)",), 3, "error: log(x) needs x > 0; here x = -1\n  │ log(-1)\n  │ ^^^^^^^"),
        (
            ("1 + log(a - b)", "a=1", "b=2"),
            3,
            "error: log(x) needs x > 0; here x = a - b = -1\n  │ 1 + log(a - b)\n  │     ^^^^^^^^^^",
        ),
        (
            ("x^(1/3)", "--x", "-8"),
            3,
            "error: x^p needs x > 0 or x == 0 and p >= 0 or x < 0 and p == floor(p); "
            "here x = -8, p = 1 / 3 = 0.3333333333333333\n"
            "  │ x^(1/3)\n"
            "  │  ^\n"
            "  = a negative base needs a whole exponent; cbrt(x) is the real cube root",
        ),
        (
            ("exp(exp(x)) - exp(exp(x))", "--x", "1000"),
            3,
            "error: exp(exp(x)) - exp(exp(x)) has no value here; exp(x) is too large for a float and became inf\n"
            "  │ exp(exp(x)) - exp(exp(x))\n"
            "  │             ^",
        ),
        (
            ("exp(1/x)*0", "--x", "0"),
            3,
            "error: a / b needs b != 0; here b = x = 0\n  │ exp(1/x)*0\n  │      ^",
        ),
    ],
)
def test_what_eval_cannot_use_is_refused_in_words(
    autodiff: Run, arguments: tuple[str, ...], code: int, message: str
) -> None:
    result = autodiff("eval", "--quiet", *arguments)
    lines, expected = result.err.splitlines(), message.splitlines()
    assert lines[: len(expected)] == expected
    assert len(lines) <= 4
    assert result.out == ""
    assert result.code == code


@pytest.mark.parametrize(
    ("text", "x", "note", "verdict"),
    [
        ("sqrt(x)", "0", "the slope of sqrt(x) is infinite where x = 0", "singular"),
        ("cbrt(x^2)", "0", "the slope of cbrt(x^2) is infinite where x^2 = 0", "singular"),
    ],
)
def test_a_gradient_that_is_not_there_is_explained(autodiff: Run, text: str, x: str, note: str, verdict: str) -> None:
    result = autodiff("eval", text, "--x", x, "--format", "json")
    assert result.code == Exit.UNDEFINED
    assert result.err == f"note: {note}\n"
    assert result.json["verdict"] == {"x": verdict}
    assert result.json["gradient"]["x"] in ("inf", "nan")


def test_a_kink_shows_both_slopes(autodiff: Run) -> None:
    result = autodiff("eval", "abs(x) + relu(y) + max(z, 1)", "x=0", "y=0", "z=1")
    assert result.code == 0
    rows = [line.split() for line in result.out.splitlines()[3:]]
    assert rows[0] == ["x", "0", "0", "-1", "|", "1", "-", "kink"]
    assert rows[1] == ["y", "0", "0", "0", "|", "1", "-", "kink"]
    assert rows[2] == ["z", "1", "0.5", "0", "|", "1", "-", "kink"]


def test_a_branch_not_taken_is_no_error(autodiff: Run) -> None:
    result = autodiff("eval", "where(x, x^2, log(x - 5))", "--x", "2", "--format", "json")
    assert (result.code, result.json["gradient"]) == (0, {"x": 4})


def test_help_lists_the_variables(autodiff: Run) -> None:
    result = autodiff("eval", "a*b+c", "--help")
    assert result.code == 0
    assert "Variables of a * b + c:" in result.out
    for name in "abc":
        assert f"--{name} VALUE" in result.out
    assert "--format" in autodiff("eval", "--help").out


def test_standard_input_and_values_from_a_file(autodiff: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = tmp_path / "point.json"
    values.write_text('{"x": 3, "y": "pi/2"}')
    read, write = os.pipe()
    os.write(write, b"x*sin(y)\n")
    os.close(write)
    with os.fdopen(read) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        result = autodiff("eval", "-", "--values", str(values), "--x", "5", "--format", "json")
    assert result.json["value"] == 5
    assert autodiff("eval", "x", "--values", str(tmp_path / "none.json")).code == 2
    values.write_text("[1]")
    assert "holds no JSON object" in autodiff("eval", "x", "--values", str(values)).err


def test_autodiff_alone_lists_its_commands_and_refuses_others(autodiff: Run) -> None:
    assert "eval" in autodiff().out
    assert autodiff("--version").out.startswith("autodiff ")
    result = autodiff("foo", "x^2")
    assert (result.code, result.err) == (
        2,
        "error: there is no command 'foo'\n  = the commands are eval, diff, taylor, solve, minimize, maximize, "
        "sensitivity, fit, study, plot, trace, graph, check, batch, functions, completion\n",
    )


def _process(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autodiff_cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload, no-any-return]


def test_eval_runs_as_a_process_from_another_folder(tmp_path: Path) -> None:
    done = _process("eval", "x^2", "--x", "3", "--format", "json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["gradient"] == {"x": 6}
    assert _process("eval", "1/0").returncode == 3


def test_a_closed_pipe_ends_quietly() -> None:
    text = "+".join(f"x{i}" for i in range(500))
    values = " ".join(f"x{i}=1" for i in range(500))
    done = subprocess.run(
        f"{sys.executable} -m autodiff_cli eval '{text}' {values} | head -1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("x0 + x1")
    assert done.stderr == ""


def test_a_wrong_claim_whose_reader_goes_away_is_not_called_right() -> None:
    command = f"{sys.executable} -m autodiff_cli check x^2 --claim 3x | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("x^2\n", "")
    assert done.returncode in (1, 141)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("format_", ["table", "json"])
def test_a_full_disk_is_said(format_: str) -> None:
    command = f"{sys.executable} -m autodiff_cli eval x --x 1 --format {format_} > /dev/full"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert done.stderr == "error: cannot write the result: No space left on device\n"
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("redirected", "code", "message"),
    [
        ("- x=2 <&-", 2, "error: standard input is closed"),
        ("'1/x' x=3 --format json >&-", 0, ""),
        ("'sqrt(x)' x=0 --format json 2>/dev/full", 3, ""),
        ("'sinn(x)' x=0 2>/dev/full", 2, ""),
    ],
)
def test_streams_that_are_not_there(redirected: str, code: int, message: str) -> None:
    command = f"{sys.executable} -m autodiff_cli eval {redirected}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith(message)


@pytest.mark.parametrize("text", ["[" * 100_000, "[1]", '{"x": true}', '{"x": null}', '{"x": ', '{"x": ""}'])
def test_a_file_that_holds_no_values_is_refused(autodiff: Run, tmp_path: Path, text: str) -> None:
    values = tmp_path / "point.json"
    values.write_text(text)
    result = autodiff("eval", "x", "--values", str(values))
    assert result.code == 2
    assert result.err.startswith("error: ")
    assert len(result.err.splitlines()) <= 2


def test_a_message_has_a_limit(autodiff: Run) -> None:
    assert len(autodiff("eval", "x" * 100_000).err) < 2000
    assert len(autodiff("eval", "+".join(f"x{k}" for k in range(3000))).err) < 500


def test_a_relative_cache_folder_is_not_used(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": "here"}
    assert _process("eval", "x", "--x", "3", env=environment, cwd=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_the_cache_is_the_users_own_and_losing_it_costs_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    arguments = ("eval", "x^2", "--x", "3", "--format", "json")
    first = _process(*arguments, env=environment)
    tables = tmp_path / "autodiff-cli" / "expression.tables"
    assert tables.exists()
    assert tables.parent.stat().st_mode & 0o077 == 0
    tables.write_bytes(b"spoiled")
    assert _process(*arguments, env=environment).stdout == first.stdout
    tables.parent.chmod(0o777)  # others could have put it there: not read, not written
    tables.write_bytes(b"spoiled")
    assert _process(*arguments, env=environment).stdout == first.stdout
    assert tables.read_bytes() == b"spoiled"


def test_a_terminal_that_says_it_has_no_columns(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = autodiff("eval", "x^2", "x=3").out
    monkeypatch.setenv("COLUMNS", "0")
    assert autodiff("eval", "x^2", "x=3").out == wide


def test_a_typed_value_that_is_too_small_for_a_float_is_refused(autodiff: Run) -> None:
    result = autodiff("eval", "x", "--x", "1e-300*1e-300")
    assert (result.code, result.err) == (2, "error: x = 1e-300*1e-300 is too small for a float\n")


def test_over_a_range_each_note_is_said_once_with_its_first_point(autodiff: Run) -> None:
    result = autodiff("eval", "exp(x)", "--x", "700:800:50")
    assert result.err.splitlines() == [
        "note: at x = 750 and 1 more: exp(x) is too large for a float and became inf",
        "note: at x = 750 and 1 more: the gradient by x is too large for a float",
    ]


def test_a_second_derivative_whose_formula_has_no_value_is_unsure(autodiff: Run) -> None:
    result = autodiff("eval", "where(x==0, 1, sin(x)/x)", "x=0", "--hessian", "--format", "json")
    assert result.code == 3
    assert result.json["hessian_verdict"] == {"x": {"x": "unsure"}}
    assert "a second derivative by x is not found: its formula has no value" in result.err


@pytest.mark.parametrize("n", ["-1", "-2", "-3", "-0.5"])
def test_a_root_of_0_of_negative_order_has_no_value(autodiff: Run, n: str) -> None:
    done = autodiff("eval", "root(x, n)", "--x", "0", "--n", n)
    assert (done.code, done.out) == (3, "")
    assert "root(x, n) needs" in done.err
