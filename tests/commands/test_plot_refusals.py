"""What `autodiff plot` refuses, and what it notes: ranges, points of interest, constants, small windows."""

import math
from collections.abc import Callable

import pytest

from autodiff_cli.commands.ranges import Range, read_range

from ..conftest import Result

Run = Callable[..., Result]
PI = math.pi


def test_equal_values_are_no_contradiction(autodiff: Run) -> None:
    for y in ("2", "2.0", "4/2"):
        assert autodiff("plot", "x*y", "--x", "0:1", "--y", "2", "--at", f"x=0.5,y={y}").code == 0


def test_help_says_what_is_not_plain(autodiff: Run) -> None:
    out = " ".join(autodiff("plot", "--help").out.split())
    for text in ("-10 to 10", "x=2,y=3", "the extra plot", "--x -pi:pi"):
        assert text in out


def test_a_range_is_read_with_its_ends_and_its_step() -> None:
    assert read_range("x", "-5:5") == Range(-5, 5)
    assert read_range("x", " -pi : 2pi ") == Range(-PI, 2 * PI)
    assert read_range("x", "0:1:1e-6") == Range(0, 1, 1e-6)


ERRORS = {
    ("--x", "3:3"): "the range x = 3:3 is a single number\n  = --x 3 gives x that value",
    ("--x", "5:-5"): "the range x = 5:-5 is empty\n  = the smaller end comes first: --x -5:5",
    ("--x", "1:"): "x = 1: is no range\n  = a range has two ends, and may have a step: --x -5:5",
    ("--x", "1:2:3:4"): "x = 1:2:3:4 is no range\n  = a range has two ends, and may have a step: --x -5:5",
    ("--x", "0:inf"): "x = inf is too large for a float\n  │ 0:inf\n  │   ^^^",
    ("--x", "nan:1"): (
        "x = nan is not a number: 'nan' has no value\n  │ nan:1\n  │ ^^^\n"
        "  = a value is a number or a constant expression, such as pi/4"
    ),
    ("--x", "0:1+q"): (
        "x = 1+q is not a number: 'q' has no value\n  │ 0:1+q\n  │   ^^^\n"
        "  = a value is a number or a constant expression, such as pi/4"
    ),
    ("--x", "0:1+*2"): ("in the value of x: a number, a name or '(' is needed here, not '*'\n  │ 0:1+*2\n  │     ^"),
    ("--x", "-1e308:1e308"): "x = -1e308:1e308 is too wide for floats",
    ("--x", "0:1:0"): "the step of x = 0:1:0 is not above 0\n  │ 0:1:0\n  │     ^",
    ("--x", "0:1:0.1"): "a plot chooses its own steps\n  │ 0:1:0.1\n  │    ^^^^\n  = the range alone: --x 0:1",
    ("--x", "3"): "every variable has one value\n  = a plot goes along a range: --x -7:13",
    ("--x", "0:1", "--at", "x=20"): (
        "x = 20 is outside of the range, which is x = 0 to 1\n  = choose a wider range or another point"
    ),
    ("--x", "2", "--at", "x=1"): "two values for 'x': 2 and 1\n  = give it one",
    ("--x", "0:1", "--y", "1"): (
        "unknown option --y: the expression has no variable 'y'\n"
        "  = its variables are x; autodiff plot --help lists the options"
    ),
    ("--at", "3", "--at", "4"): "--at takes NAME=VALUE, not 3\n  = as in --at x=3",
    ("--x", "[-1,1]"): "'[-1,1]' is no range\n  = write --x -1:1",
    ("--x", "-1..1"): "'-1..1' is no range\n  = write --x -1:1",
    ("--x", "-1, pi"): "'-1, pi' is no range\n  = write --x -1:pi",
    ("--x", "max(1,2)"): "every variable has one value\n  = a plot goes along a range: --x -10:10",
    ("--x", "0:5e-324"): "the range x = 0 to 5e-324 holds fewer than 1,000 floats\n  = choose a wider range",
    ("--x", "0:2e-323"): "the range x = 0 to 2e-323 holds fewer than 1,000 floats\n  = choose a wider range",
    ("--x", "1:1+2.3e-16"): (
        "the range x = 1 to 1.0000000000000002 holds fewer than 1,000 floats\n  = choose a wider range"
    ),
    ("-o", "a.gif"): ("no format has the ending .gif\n  = a.gif may end in .svg, .png, .pdf, .json, .csv, .tsv, .txt"),
    ("-o", "a.svg", "--format", "csv"): (
        "-o a.svg and --format csv contradict each other\n  = --format alone prints it, and .csv is its ending"
    ),
    ("-o", "a.svg", "-o", "b.svg"): "-o is given twice: a.svg and b.svg\n  = give one file",
    ("--precision", "3"): (
        "unknown option --precision: the expression has no variable 'precision'\n"
        "  = --precision is an option of autodiff eval, autodiff taylor, autodiff solve, autodiff minimize, "
        "autodiff maximize, autodiff sensitivity, autodiff fit, autodiff trace and autodiff graph"
    ),
    ("--dark",): "--dark is for pictures\n  = as in -o curve.svg --dark",
}


@pytest.mark.parametrize("arguments", ERRORS, ids=" ".join)
def test_ranges_points_and_files_that_cannot_be_are_refused(autodiff: Run, arguments: tuple[str, ...]) -> None:
    result = autodiff("plot", "x^2", *arguments)
    assert (result.code, result.out, result.err) == (2, "", f"error: {ERRORS[arguments]}\n")


OTHERS = {
    ("5",): (
        2,
        "the expression is constant: it has no variable\n"
        "  = a plot needs a variable, as in autodiff plot 'x^2' --x -5:5",
    ),
    ("x - x + 5", "--x", "-5:5"): (
        2,
        "x - x + 5 is constant: 5 everywhere from x = -5 to 5\n"
        "  = there is nothing to draw; another range may show more, and --format csv has the numbers",
    ),
    ("0*x*y", "--x", "-5:5", "--y", "0:1"): (
        2,
        "0 * x * y is constant: 0 everywhere from x = -5 to 5 and y = 0 to 1\n"
        "  = there is nothing to draw; another range may show more, and --format csv has the numbers",
    ),
    ("sqrt(x)", "--x", "-5:-1"): (
        3,
        "no value anywhere from x = -5 to -1: sqrt(x) needs x >= 0\n  │ sqrt(x)\n  │ ^^^^^^^\n  = choose another range",
    ),
    ("sqrt(x*y)", "--x", "-1:-0.5", "--y", "1:2"): (
        3,
        "no value anywhere from x = -1 to -0.5 and y = 1 to 2: sqrt(x) needs x >= 0\n"
        "  │ sqrt(x*y)\n  │ ^^^^^^^^^\n  = choose another range",
    ),
    ("exp(x)", "--x", "800:900"): (3, "too large to draw anywhere from x = 800 to 900\n  = choose another range"),
    ("sqrt(x)", "--x", "-5:1", "--at", "x=-1"): (3, "sqrt(x) needs x >= 0; here x = -1\n  │ sqrt(x)\n  │ ^^^^^^^"),
    ("x*y*z", "--x", "0:1", "--y", "0:1", "--z", "0:1"): (
        2,
        "a plot goes along one variable or two, and here are 3: x, y, z\n  = give a single value to the others: --z 1",
    ),
    ("a*x", "--x", "0:1"): (2, "no value for a\n  = give it one: --a VALUE or a=VALUE"),
    ("x*y", "--x", "0:1", "--y", "0:1", "--at", "x=0.5"): (
        2,
        "the point of interest needs a value for y too\n  = as in --at x=0.5,y=0",
    ),
    ("a*x", "--a", "1", "--wrt", "a", "--x", "0:1"): (
        2,
        "a has one value, 1, and a plot goes along it\n  = give it a range: --a -9:11",
    ),
}


@pytest.mark.parametrize("arguments", OTHERS, ids=" ".join)
def test_expressions_that_cannot_be_drawn_are_refused(autodiff: Run, arguments: tuple[str, ...]) -> None:
    code, message = OTHERS[arguments]
    result = autodiff("plot", *arguments)
    assert (result.code, result.out, result.err) == (code, "", f"error: {message}\n")


@pytest.mark.parametrize(("columns", "rows"), [(20, 24), (80, 8)])
def test_a_window_that_is_too_small(autodiff: Run, monkeypatch: pytest.MonkeyPatch, columns: int, rows: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(rows))
    result = autodiff("plot", "x^2")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"error: a plot needs 40 columns and 14 rows, and here are {columns} and {rows}\n"
        "  = make the window larger, or draw into a file: -o curve.svg\n"
    )


NOTES = {
    ("tan(x)", "--x", "-50:50"): (
        "poles at x = -48.6947, -45.5531, -42.4115, -39.2699, -36.1283, -32.9867 and 26 more"
    ),
    ("floor(x)", "--x", "-1.5:1.5"): "jumps at x = -1, 0, 1",
    ("cbrt(x)", "--x", "-1:1"): "infinite slope at x = 0",
    ("sin(x)/x", "--x", "-1:1"): "no value at x = 0: a / b needs b != 0",
    ("acos(x)", "--x", "0:2"): "no value from x = 1 to 2: acos(x) needs -1 <= x <= 1\nnote: infinite slope at x = 1",
    ("exp(x)", "--x", "0:1000"): "too large to draw from x = 706.894 to 1000",
    ("gamma(x)", "--x", "1:200"): "too large to draw from x = 171.062 to 200",
    ("x^x", "--x", "-2:2"): (
        "no value from x = -2 to 0: x^p needs x > 0 or x == 0 and p >= 0 or x < 0 and p == floor(p)\n"
        "note: infinite slope at x = 0"
    ),
    ("sqrt(x + y)", "--x", "-1:1", "--y", "-1:1"): "no value on 50 % of the area",
    ("1/(x^2 + y^2)", "--x", "-1:1", "--y", "-1:1"): None,
}


@pytest.mark.parametrize("arguments", NOTES, ids=" ".join)
def test_what_a_drawing_does_not_show_is_noted(autodiff: Run, arguments: tuple[str, ...]) -> None:
    result = autodiff("plot", *arguments)
    assert result.code == 0
    if NOTES[arguments] is None:
        assert result.err.startswith("note: values go from 0.5")
        assert result.err.endswith("; the ends are cut off\n")
    else:
        assert result.err == f"note: {NOTES[arguments]}\n"
