"""`autodiff plot`: breaks found and not joined, points close enough, exact text, files, formats, errors."""

import math
import os
import subprocess
import sys
from bisect import bisect
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp

from autodiff_cli.commands.ranges import Range, read_range
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.render import picture
from autodiff_cli.reports import plot
from autodiff_cli.reports.curve import Curve

from ..conftest import Result

Run = Callable[..., Result]
PI = math.pi


@pytest.fixture(autouse=True)
def window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")


def curve(text: str, low: float, high: float, **fixed: float) -> Curve:
    expression = parse(text).evaluation()
    expression.move({**fixed, "x": low})
    return Curve(expression, "x", low, high)


def places(found: Curve, kind: str) -> list[float]:
    return [place.x for place in found.breaks if place.kind == kind]


# --- breaks -----------------------------------------------------------------------------------------------------------

POLES: dict[str, Callable[[float, float], list[float]]] = {
    "1/x": lambda low, high: [0.0],
    "1/(x-1)^2": lambda low, high: [1.0],
    "1/((x-0.3)^2)^0.1": lambda low, high: [0.3],
    "tan(x)": lambda low, high: [PI / 2 + k * PI for k in range(-40, 40)],
    "sec(x)": lambda low, high: [PI / 2 + k * PI for k in range(-40, 40)],
    "x^2/sin(x)^2": lambda low, high: [k * PI for k in range(-40, 40) if k],
    "gamma(x)": lambda low, high: [float(k) for k in range(-20, 1)],
    "digamma(x)": lambda low, high: [float(k) for k in range(-20, 1)],
    "log(abs(x))": lambda low, high: [0.0],
    "100 + log((x-2)^2)": lambda low, high: [2.0],
    "1e6 + 1/(x+0.7)": lambda low, high: [-0.7],
}
RANGES = [(-5.0, 5.0), (-4.7, 5.3), (-3.123, 4.567), (-0.9, 3.0)]


@pytest.mark.parametrize("text", POLES)
@pytest.mark.parametrize("span", RANGES, ids=str)
def test_poles_are_found_and_not_joined(text: str, span: tuple[float, float]) -> None:
    low, high = span
    found = curve(text, low, high)
    poles = [x for x in POLES[text](low, high) if low <= x <= high]
    assert places(found, "pole") == pytest.approx(poles, abs=1e-6)
    for a, b in pairwise(found.points):
        assert a.x <= b.x
        if a.defined and b.defined:
            assert not any(a.x < pole < b.x for pole in poles), (a, b)
    assert found.limits[1] - found.limits[0] < 1e8  # the axis is not theirs


@settings(max_examples=60, deadline=None)
@given(st.floats(-4.9, 4.9), st.sampled_from(["1/(x-c)", "1/(x-c)^2", "-1/(x-c)^3", "log(abs(x-c))", "tan(x-c-pi/2)"]))
def test_a_pole_anywhere(c: float, text: str) -> None:
    found = curve(text, -5, 5, c=c)
    assert min(abs(x - c) for x in places(found, "pole")) < 1e-6
    assert not any(a.defined and b.defined and a.x < c < b.x for a, b in pairwise(found.points))


@settings(max_examples=60, deadline=None)
@example(0.0625, "abs(x-c)")
@example(0.0125, "max(x, c)")
@example(-1.5625, "relu(x-c) + sin(x)")
@given(
    st.floats(-4.9, 4.9),
    st.sampled_from(["abs(x-c)", "max(x, c)", "sqrt((x-c)^2)", "relu(x-c) + sin(x)", "1e6 + 3*abs(x-c)"]),
)
def test_a_kink_anywhere(c: float, text: str) -> None:
    found = curve(text, -5, 5, c=c)
    assert min(abs(x - c) for x in places(found, "kink")) < 1e-6
    assert all(p.defined for p in found.points)
    at = next(p for p in found.points if abs(p.x - c) < 1e-6 and p.slope != p.slope)
    assert at.value == pytest.approx(found.at(c).value, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.floats(-4.99, -4.01), st.floats(2.05, 2.95))
def test_jumps_of_floor(low: float, high: float) -> None:
    found = curve("floor(x)", low, high)
    inside = [float(k) for k in range(math.ceil(low), math.floor(high) + 1)]
    assert places(found, "jump") == pytest.approx(inside, abs=1e-6)
    for a, b in pairwise([p for p in found.points if p.slope == p.slope]):
        assert a.value == b.value or any(a.x < x < b.x for x in inside)
    assert all(p.value == math.floor(p.x) for p in found.points)  # in a jump too there is a value


@pytest.mark.parametrize(
    ("text", "span", "gaps", "breaks"),
    [
        ("sqrt(x)", (-2, 10), [(-2, 0)], [(0, "steep edge")]),
        ("x^(1/3)", (-1, 1), [(-1, 0)], [(0, "steep edge")]),
        ("cbrt(x)", (-2, 10), [], [(0, "steep")]),
        ("log(x)", (-2, 10), [(-2, 0)], [(0, "pole")]),
        ("asin(x)", (-2, 2), [(-2, -1), (1, 2)], [(-1, "steep edge"), (1, "steep edge")]),
        ("sqrt(x^2 - 1e-6)", (-1, 1), [(-1e-3, 1e-3)], [(-1e-3, "steep edge"), (1e-3, "steep edge")]),
        ("sin(x)/x", (-10, 10), [], [(0, "edge")]),
        ("atan(1/x)", (-3, 3.1), [], [(0, "jump")]),
        ("where(x > 1, x^2, 0)", (-1, 1.5), [], [(1, "jump")]),
        ("where(x > 0, x^2, 0)", (-1, 1.5), [], []),
        ("(x^3 - 1)/(x - 1)", (-3, 3.1), [], []),
        ("exp(1/x)", (-3, 3.1), [(0, 0.001414640)], [(0, "edge"), (0.001414640, "edge")]),
        ("sqrt(x)", (0, 1), [], [(0, "steep")]),
        ("(x^2-1)/(x-1)", (-2, 2), [], [(1, "edge")]),
        ("(x^2-1)/(x-1)", (-2, 3), [], [(1, "edge")]),
        ("(x^3-8)/(x-2)", (-5, 5), [], [(2, "edge")]),
        ("(sqrt(x)-3)/(x-9)", (0, 18), [], [(0, "steep"), (9, "edge")]),
        ("(exp(x)-1)/x", (-2, 3), [], [(0, "edge")]),
        ("(1-cos(x))/x^2", (-1, 1), [], [(0, "edge")]),
        ("(1-cos(x))/x^2", (-10, 10), [], [(0, "edge")]),
        ("(1-cos(x))/x^2", (-1e-2, 1e-2), [], [(0, "edge")]),
        ("asin(sin(x))", (-5, 5), [], [(x * PI / 2, "kink") for x in (-3, -1, 1, 3)]),
        ("acos(cos(x))", (-5, 5), [], [(-PI, "kink"), (0, "kink"), (PI, "kink")]),
        ("sqrt(1-cos(x))", (-1, 1), [], [(0, "kink")]),
        ("abs(x-0.777777)+abs(x-0.777778)", (-1, 1), [], [(0.7777775, "kink")]),
        ("1e8+abs(x-0.3)", (-1, 1), [], [(0.3, "kink")]),
        ("abs(x-0.1)^0.3", (-4, 5), [], [(0.1, "steep")]),
        ("abs(x-pi)^0.1", (-4, 5), [], [(PI, "steep")]),
        ("abs(sin(x))^0.5", (-5, 5), [], [(-PI, "steep"), (0, "steep"), (PI, "steep")]),
        ("cbrt(x-1/3)", (-4, 5), [], [(1 / 3, "steep")]),
        ("cbrt(sin(x))", (-4, 5), [], [(-PI, "steep"), (0, "steep"), (PI, "steep")]),
        ("x^0.01", (0, 1), [], [(0, "steep")]),
        ("x*log(x)", (0, 1), [], [(0, "steep edge")]),
        ("1/abs(x-0.3)^0.01", (-1, 1), [], [(0.3, "pole")]),
        ("abs(x-0.1)^1.1", (-1, 1), [], []),
        ("1/(1e-9+(x-0.3)^2)", (-1, 1), [], []),
        ("1e300*x", (-2, 2), [], []),
        ("3x^2 - 4x + 5", (-5, 5), [], []),
        ("tanh(1000x)", (-10, 10), [], []),
    ],
)
def test_gaps_and_breaks(
    text: str, span: tuple[float, float], gaps: list[tuple[float, float]], breaks: list[tuple[float, str]]
) -> None:
    found = curve(text, *span)
    assert found.gaps == [pytest.approx(gap, abs=1e-6) for gap in gaps]
    assert [kind for _, kind in found.breaks] == [kind for _, kind in breaks]
    assert [x for x, _ in found.breaks] == pytest.approx([x for x, _ in breaks], abs=3e-6)


ACCURATE = {
    "3x^2 - 4x + 5": (-5, 5),
    "sin(x)": (-10, 10),
    "sin(50x)": (-10, 10),
    "tanh(1000(x - 0.123))": (-10, 10),
    "exp(-(50(x - 0.3))^2)": (-5, 5),
    "x^20": (-2, 2),
    "1/x": (-3, 4),
    "tan(x)": (-5, 5),
    "cbrt(x)": (-1, 4),
    "log(x)": (-1, 5),
}


@pytest.mark.parametrize("text", ACCURATE)
def test_straight_lines_between_the_points_are_near_the_function(text: str) -> None:
    low, high = ACCURATE[text]
    found = curve(text, low, high)
    xs, random, tried = [p.x for p in found.points], Random(1), 0
    for x in [random.uniform(low, high) for _ in range(2000)]:
        index = bisect(xs, x)
        a, b = found.points[index - 1], found.points[index]
        true = found.at(x)
        for which, (bottom, top) in ((1, found.limits), (2, found.slope_limits)):
            if a[which] == a[which] and b[which] == b[which] and bottom <= true[which] <= top:
                between = a[which] + (b[which] - a[which]) * (x - a.x) / (b.x - a.x)
                assert abs(between - true[which]) < 0.01 * (top - bottom), (x, a, b)
                tried += 1
    assert tried > 1500


@pytest.mark.parametrize("text", ["sin(1/x)", "cos(1/x)", "x*sin(1/x)"])
@pytest.mark.parametrize("half", [1.0, 2.0, 3.7])
def test_what_swings_without_end_has_no_pole_and_no_slope(text: str, half: float) -> None:
    found = plot.line(parse(text), {}, "x", (-half, half))
    assert found.notes == ["no value at x = 0: a / b needs b != 0", "it changes too fast to follow near x = 0"]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("(1-cos(x))/x^2", (-1e-4, 1e-4)),
        ("(exp(x)-1)/x", (-1e-9, 1e-9)),
        ("x^5 - 5x^4 + 10x^3 - 10x^2 + 5x - 1", (0.999, 1.001)),
    ],
)
def test_what_rounding_hides_is_said(text: str, span: tuple[float, float]) -> None:
    found = plot.line(parse(text), {}, "x", span)
    assert any(note.startswith("rounding hides the curve") for note in found.notes)
    assert not any("too fast" in note or "pole" in note or "slope" in note for note in found.notes)


def test_noise_does_not_make_the_axis() -> None:
    found = curve("(x^2-1)/(x-1)", -2, 2)
    assert found.slope_limits == pytest.approx((0.5, 1.5), abs=0.01)
    assert all(abs(p.value - (p.x + 1)) < 1e-6 for p in found.points if p.defined)


@pytest.mark.parametrize("text", ["floor(1000x)", "tan(1000x)", "sin(1e5x)"])
def test_what_is_too_fast_to_follow_is_said(text: str) -> None:
    found = plot.line(parse(text), {}, "x", (-10.0, 10.1))
    assert any("too fast to follow" in note for note in found.notes)
    assert len(found.points) < 20_000
    if text.startswith("tan"):  # no line from one end of a pole to the other
        assert not any(
            a.value > 0 > b.value and a.slope > 0 < b.slope
            for a, b in pairwise(found.points)
            if a.defined and b.defined
        )


@pytest.mark.parametrize(
    "span", [(1e16, 1e16 + 6), (1.0, 1 + 1e-15), (0.0, 1e-320), (-1e300, 1e300), (-1e-300, 2e-300)]
)
@pytest.mark.parametrize("text", ["x^2 + x", "1/(x - 1)", "abs(x)", "sqrt(x)", "gamma(x)", "floor(x)"])
def test_ranges_at_the_ends_of_floats(text: str, span: tuple[float, float]) -> None:
    found = curve(text, *span)
    xs = [p.x for p in found.points]
    assert xs == sorted(xs)
    assert (xs[0], xs[-1]) == span
    assert math.isfinite(found.limits[1] - found.limits[0])


def test_points_are_values_and_slopes_of_the_function() -> None:
    found = curve("gamma(x) * sin(x)", 0.5, 6)
    with mp.workdps(30):
        for point in found.points[::7]:
            assert point.value == pytest.approx(float(mp.gamma(point.x) * mp.sin(point.x)), rel=1e-14, abs=1e-14)
            slope = mp.diff(lambda x: mp.gamma(x) * mp.sin(x), mp.mpf(point.x))
            assert point.slope == pytest.approx(float(slope), rel=1e-12, abs=1e-12)


def test_a_large_graph_takes_fewer_points() -> None:
    found = curve("sum(k, 1, 2000, sin(k*x)/k^2)", -3, 3)
    assert 20 < len(found.points) < 1000


# --- the terminal -----------------------------------------------------------------------------------------------------


def test_the_exact_text(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("LINES", "18")
    result = autodiff("plot", "3x^2 - 4x + 5", "--x", "-5:5", "--at", "x=3")
    assert (result.code, result.err) == (0, "")
    assert result.out == EXACT


def test_the_exact_text_of_a_pole(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "14")
    result = autodiff("plot", "1/x", "--x", "-2:2")
    assert (result.code, result.err) == (0, "note: pole at x = 0\n")
    assert result.out == POLE


def test_the_exact_text_of_an_area(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("LINES", "16")
    result = autodiff("plot", "x^2 + y^2", "--x", "-2:2", "--y", "-1:1", "--at", "x=1,y=-0.5")
    assert (result.code, result.err) == (0, "")
    assert result.out == AREA


@pytest.mark.parametrize("columns", [40, 60, 80, 160, 300])
@pytest.mark.parametrize("rows", [14, 24, 60])
@pytest.mark.parametrize("arguments", [["tan(x)", "--x", "-5:5", "--at", "x=1"], ["x*y", "--at", "x=1,y=1"]])
def test_it_fits_the_window(
    autodiff: Run, monkeypatch: pytest.MonkeyPatch, columns: int, rows: int, arguments: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(rows))
    lines = autodiff("plot", *arguments).out.splitlines()
    assert max(map(len, lines)) <= max(columns, 70)  # what is said of the point is not cut
    assert max(map(len, lines[:-1])) <= columns
    assert min(rows, 20) - 3 <= len(lines) < rows


def test_names_of_a_program(autodiff: Run) -> None:
    out = autodiff("plot", "L = (a*b + c)*f", "--a", "2", "--b", "-3", "--c", "10", "--f", "-5:5").out
    assert "L = (a * b + c) * f,  a = 2, b = -3, c = 10\n" in out
    assert "dL/df\n" in out


def test_a_kink_at_the_point_of_interest_has_no_tangent(autodiff: Run) -> None:
    result = autodiff("plot", "abs(x)", "--x", "-1:1", "--at", "x=0")
    assert "● x = 0: f(x) = 0, f'(x) = -1 | 1\n" in result.out
    assert "tangent" not in result.out


@pytest.mark.parametrize("text", ["sign(x-0.5)", "floor(2x)", "heaviside(x-0.5)", "x*floor(2x)"])
def test_a_jump_at_the_point_of_interest_has_no_tangent(autodiff: Run, text: str) -> None:
    result = autodiff("plot", text, "--x", "-2:3", "--at", "x=0.5")
    assert "(unsure)\n" in result.out
    assert "tangent" not in result.out
    assert "note: at x = 0.5, the value seems to jump here, so that there is no slope by x\n" in result.err


def test_a_jump_at_the_point_of_interest_of_an_area(autodiff: Run) -> None:
    result = autodiff("plot", "floor(x)+y", "--x", "0:3", "--y", "0:1", "--at", "x=1,y=0.5")
    assert "gradient (0 (unsure), 1)\n" in result.out
    assert "at x = 1, y = 0.5, the value seems to jump here" in result.err


@pytest.mark.parametrize(("text", "low", "missed"), [("gamma(x)", -170, True), ("tan(x)", -10, False)])
def test_poles_that_may_be_missed_are_said(text: str, low: float, missed: bool) -> None:
    (note,) = plot.line(parse(text), {}, "x", (low, -1.0)).notes
    assert note.startswith("poles at x = ")
    assert note.endswith("; others may be too narrow to be found") is missed


def test_jumps_in_an_area() -> None:
    def notes(text: str) -> list[str]:
        return plot.field_of(parse(text), {}, {"x": (-1.0, 2.0), "y": (-1.0, 1.0)}).notes

    assert notes("floor(x)+y")[0].startswith("jumps, for example at x = 0, y = -0.9")
    assert notes("sign(y-0.2)*x")[0].endswith("y = 0.2")
    for text in ("x*y", "tanh(50*(x-y))", "exp(-1000*(x^2+y^2))", "abs(x-y)"):
        assert not any("jump" in note or "pole" in note for note in notes(text))
    torn = plot.field_of(parse("floor(x)+y"), {}, {"x": (-0.5, 0.5), "y": (0.0, 1.0)}, size=(10, 8)).torn
    assert torn == {(row, column) for row in range(8) for column in (4, 5)}


@pytest.mark.parametrize("text", ["exp(x)", "tanh(x*sin(x))", "((exp(x))^2)^-1", "gamma(x)", "1e300*x"])
@pytest.mark.parametrize("half", ["1e-320", "1e3", "15499.2", "1e306"])
def test_numbers_at_the_ends_of_floats_are_drawn(autodiff: Run, text: str, half: str) -> None:
    result = autodiff("plot", text, "--x", f"-{half}:{half}")
    assert result.code in (0, 3) or "is constant" in result.err


def test_the_last_tick_has_its_number(autodiff: Run) -> None:
    out = autodiff("plot", "x^2", "--x", "-2:2").out
    assert out.splitlines()[-1].split() == ["-2", "-1", "0", "1", "x", "2"]


def test_force_color(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in autodiff("plot", "x^2", "--x", "-2:2").out


def test_titles_show_a_value_once(autodiff: Run) -> None:
    def title(*arguments: str) -> str:
        return autodiff("plot", *arguments).out.splitlines()[0].strip()

    assert title("a = 2; a*x^2", "--x", "0:1") == "f(x) = a * x^2,  a = 2"
    assert title("a = 2; a*x^2", "--x", "0:1", "--a", "3") == "f(x) = a * x^2,  a = 3"
    assert title("a = 2; a*x^2", "--x", "0:1", "--a", "0:1").endswith("f(x, a) = a * x^2")


def test_without_a_range(autodiff: Run) -> None:
    assert autodiff("plot", "sin(x)").err == "note: x goes from -10 to 10; --x LOW:HIGH chooses\n"
    assert autodiff("plot", "sin(x)", "--at", "x=100").err == "note: x goes from 90 to 110; --x LOW:HIGH chooses\n"
    assert autodiff("plot", "sin(a*x)", "--a", "2").err.startswith("note: x goes from -10 to 10")
    both = autodiff("plot", "x*y").err
    assert both == "note: x goes from -10 to 10, y goes from -10 to 10; --x LOW:HIGH chooses\n"


def test_quiet(autodiff: Run) -> None:
    assert autodiff("plot", "log(x)/x", "--quiet").err == ""


def test_ascii(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "autodiff_cli", "plot", "sin(x)", "--x", "0:6", "--at", "x=1"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert b"o x = 1: f(x) = 0.841471, f'(x) = 0.540302" in done.stdout
    assert b"\\u" not in done.stdout


def test_a_terminal_plot_loads_nothing_heavy() -> None:
    code = (
        "import sys; from autodiff_cli.commands.group import run;"
        "run(['plot', 'sin(x)', '--x', '0:6']);"
        "print({m.split('.')[0] for m in sys.modules} & {'numpy', 'matplotlib', 'rich', 'flint'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("no_colour", [False, True])
def test_colour_on_a_terminal_alone(no_colour: bool) -> None:
    import pty

    ours, theirs = pty.openpty()
    env = os.environ | {"TERM": "xterm-256color", "COLUMNS": "60", "LINES": "20"} | {"NO_COLOR": "1"}
    env = {key: value for key, value in env.items() if no_colour or key != "NO_COLOR"}
    command = [sys.executable, "-m", "autodiff_cli", "plot", "x^2", "--x", "-1:1"]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    done = subprocess.Popen(command, stdout=theirs, stderr=pipe, stdin=nothing, env=env)
    os.close(theirs)
    printed = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        printed += part
    os.close(ours)
    assert done.communicate() == (None, b"")
    assert done.returncode == 0
    assert (b"\x1b[1;94m" in printed) is not no_colour
    assert "⠤".encode() in printed


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
@pytest.mark.parametrize("arguments", [["sin(a*x)/x", "--a", "2", "--x", "-10:10"], ["x*y", "--at", "x=1,y=2"]])
def test_files(autodiff: Run, tmp_path: Path, ending: str, arguments: list[str]) -> None:
    path, again = tmp_path / f"curve.{ending}", tmp_path / f"again.{ending.upper()}"
    for one in (path, again):
        result = autodiff("plot", *arguments, "-o", str(one))
        assert (result.code, result.out) == (0, "")
    data = path.read_bytes()
    assert data == again.read_bytes()  # no date, no chance
    if ending == "svg":
        assert ElementTree.fromstring(data).tag == "{http://www.w3.org/2000/svg}svg"
    else:
        assert data.startswith({"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-"}[ending])
        assert data.rstrip().endswith({"png": b"IEND\xaeB`\x82", "pdf": b"%%EOF"}[ending])
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, again.name])


def test_a_dark_file(autodiff: Run, tmp_path: Path) -> None:
    for name, options in (("light.svg", []), ("dark.svg", ["--dark"])):
        assert autodiff("plot", "tan(x)", "--x", "-5:5", "--at", "x=1", "-o", str(tmp_path / name), *options).code == 0
    assert "#0d1117" in (tmp_path / "dark.svg").read_text()
    assert "#0d1117" not in (tmp_path / "light.svg").read_text()


def test_a_users_own_settings_change_nothing(tmp_path: Path) -> None:
    found = plot.line(parse("x^2"), {}, "x", (-1.0, 1.0))
    import matplotlib

    before = picture.to_bytes(found, "svg")
    with matplotlib.rc_context({"lines.linewidth": 9, "axes.facecolor": "red", "font.size": 30}):
        assert picture.to_bytes(found, "svg") == before
        assert matplotlib.rcParams["font.size"] == 30


def test_curves_in_a_picture_are_cut_off_at_poles() -> None:
    svg = picture.to_bytes(plot.line(parse("1/x"), {}, "x", (-1.0, 1.1)), "svg").decode()
    numbers = [abs(float(word)) for word in svg.split('id="line2d')[1].split() if word.replace(".", "").isdigit()]
    assert max(numbers) < 1e5


def test_without_matplotlib(autodiff: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "matplotlib" else find(name, *rest)
    )
    result = autodiff("plot", "x^2", "-o", str(tmp_path / "a.svg"))
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: a picture needs matplotlib, which is not installed\n  = pip install 'autodiff-cli[plot]'\n"
    )


def test_a_file_that_cannot_be_written_leaves_nothing(autodiff: Run, tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a.svg"
    result = autodiff("plot", "x^2", "--x", "0:1", "-o", str(path))
    assert (result.code, result.err) == (2, f"error: cannot write {path}: No such file or directory\n")
    (tmp_path / "folder.svg").mkdir()
    assert autodiff("plot", "x^2", "--x", "0:1", "-o", str(tmp_path / "folder.svg")).code == 2
    for text in ("5", "x - x", "log(-x^2)"):
        assert autodiff("plot", text, "--x", "0:1", "-o", str(tmp_path / "b.svg")).code in (2, 3)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.svg"]


def test_a_picture_that_fails_leaves_the_old_one(
    autodiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.svg"
    path.write_text("old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    result = autodiff("plot", "x^2", "--x", "0:1", "-o", str(path))
    assert (result.code, result.err) == (2, f"error: cannot write {path}: No space left on device\n")
    assert [p.name for p in tmp_path.iterdir()] == ["a.svg"]
    assert path.read_text() == "old"


# --- points -----------------------------------------------------------------------------------------------------------


def test_csv(autodiff: Run) -> None:
    header, *lines = autodiff("plot", "1/t", "--t", "-1:1", "--format", "csv").out.splitlines()
    assert header == "t,value,derivative"
    assert lines.count("0.0,,") == 1
    for line in lines:
        t, value, derivative = line.split(",")
        if value:
            assert float(value) == 1 / float(t)
            assert float(derivative) == pytest.approx(-1 / float(t) ** 2, rel=1e-15)


def test_csv_at_jumps_and_ends(autodiff: Run) -> None:
    def bare(*arguments: str) -> list[str]:
        return [line for line in autodiff("plot", *arguments, "--format", "csv").out.splitlines() if line[-1] == ","]

    assert bare("floor(x)", "--x", "-1:2") == ["0.0,0.0,", "1.0,1.0,", "2.0,2.0,"]
    assert bare("sqrt(x)", "--x", "0:1") == ["0.0,0.0,"]


@pytest.mark.parametrize("ending", ["csv", "tsv", "json"])
def test_points_in_a_file(autodiff: Run, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    assert autodiff("plot", "x^2", "--x", "0:1", "-o", str(path)).out == ""
    printed = autodiff("plot", "x^2", "--x", "0:1", "--format", ending).out
    assert path.read_text() == printed == autodiff("plot", "x^2", "--x", "0:1", "--format", ending, "-o", "-").out


def test_a_drawing_in_a_text_file(autodiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = autodiff("plot", "x^2", "--x", "0:1").out
    monkeypatch.setenv("COLUMNS", "20")  # a file has a width of its own
    assert autodiff("plot", "x^2", "--x", "0:1", "-o", str(tmp_path / "a.txt")).out == ""
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == printed


def test_equal_values_are_no_contradiction(autodiff: Run) -> None:
    for y in ("2", "2.0", "4/2"):
        assert autodiff("plot", "x*y", "--x", "0:1", "--y", "2", "--at", f"x=0.5,y={y}").code == 0


def test_help_says_what_is_not_plain(autodiff: Run) -> None:
    out = " ".join(autodiff("plot", "--help").out.split())
    for text in ("-10 to 10", "x=2,y=3", "the extra plot", "--x -pi:pi"):
        assert text in out


def test_json(autodiff: Run) -> None:
    found = autodiff("plot", "a*abs(x)", "--x", "-1:1", "--a", "3", "--at", "x=0.5", "--format", "json").json
    assert list(found) == [
        *("expression", "variable", "range", "point", "x", "value", "derivative", "breaks", "at", "notes"),
    ]
    assert found["breaks"] == [{"x": 0.0, "kind": "kink"}]
    assert found["point"] == {"a": 3.0}
    assert found["at"] == {"x": 0.5, "value": 1.5, "gradient": {"x": 3.0}, "verdict": {"x": "ok"}}
    assert len(found["x"]) == len(found["value"]) == len(found["derivative"])
    assert [d for d in found["derivative"] if d is None] == [None]
    assert {d for d in found["derivative"] if d is not None} <= {-3.0, 3.0}


def test_points_of_an_area(autodiff: Run) -> None:
    found = autodiff("plot", "log(x)*y", "--x", "-1:1", "--y", "0:2", "--format", "json").json
    assert len(found["values"]) == len(found["y"])
    assert all(len(row) == len(found["x"]) for row in found["values"])
    for y, row in zip(found["y"], found["values"], strict=True):
        for x, value in zip(found["x"], row, strict=True):
            assert (value is None) if x <= 0 else value == math.log(x) * y
    for arrow in found["gradients"]:
        assert arrow["gradient"] == pytest.approx([arrow["y"] / arrow["x"], math.log(arrow["x"])])
    header, *lines = autodiff("plot", "x*y", "--x", "-1:1", "--y", "0:2", "--format", "tsv").out.splitlines()
    assert header == "x\ty\tvalue"
    assert len(lines) == len(found["x"]) * len(found["y"])


def test_a_constant_has_points(autodiff: Run) -> None:
    result = autodiff("plot", "5 + 0x", "--x", "0:1", "--format", "csv")
    assert result.code == 0
    assert {line.split(",", 1)[1] for line in result.out.splitlines()[1:]} == {"5.0,0.0"}


# --- ranges and errors ------------------------------------------------------------------------------------------------


def test_ranges() -> None:
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
    ("--x", "0:1", "--y", "1"): "the expression has no variable 'y'\n  = its variables are x",
    ("--at", "3"): "--at takes NAME=VALUE, not 3\n  = as in --at x=2, or --at x=2,y=3",
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
    ("--precision", "3"): "the expression has no variable 'precision'\n  = its variables are x",
    ("--dark",): "--dark is for pictures\n  = as in -o curve.svg --dark",
}


@pytest.mark.parametrize("arguments", ERRORS, ids=" ".join)
def test_errors(autodiff: Run, arguments: tuple[str, ...]) -> None:
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
def test_other_errors(autodiff: Run, arguments: tuple[str, ...]) -> None:
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


def test_the_library_raises_for_a_point_outside() -> None:
    with pytest.raises(AutodiffError, match="outside of the range"):
        plot.line(parse("x^2"), {}, "x", (0.0, 1.0), at=2.0)


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
def test_notes(autodiff: Run, arguments: tuple[str, ...]) -> None:
    result = autodiff("plot", *arguments)
    assert result.code == 0
    if NOTES[arguments] is None:
        assert result.err.startswith("note: values go from 0.5")
        assert result.err.endswith("; the ends are cut off\n")
    else:
        assert result.err == f"note: {NOTES[arguments]}\n"


EXACT = """\
     f(x) = 3 * x^2 - 4 * x + 5
100 ┤⠳⣄
    │ ⠈⠑⢤⡀
    │    ⠉⠳⢄⡀                                  ⢀⡤
 50 ┤       ⠉⠓⢤⣀                            ⣀⢴⠺⠑⠐
    │          ⠈⠙⠲⠤⣄⣀                  ⣀●⠴⠒⠉⠈
  0 ┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⠈⠉⠓⠒⠦⠤⠤⠤⣄⣀⣀⣠⠤⢤⢤⠴⠒⠚⠉⠁┈┈┈┈┈┈┈┈┈
     f'(x)
 20 ┤                                     ⢀⣀⣠⠤⠴⠒⠚
    │                              ⣀⣀⠤⠴⠒●⠉⠉
  0 ┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈⣀⣀⠤⠤⠒⠒⠉⠉┈┈┈┈┈┈┈┈┈┈┈┈┈┈
    │              ⣀⣀⡤⠤⠖⠒⠋⠉⠁
-20 ┤      ⣀⣀⡤⠤⠖⠒⠋⠉⠁
    │⡤⠤⠖⠒⠋⠉⠁
    └┬─────────────────────┬────────────────────┬
    -5                     0          x         5
    ● x = 3: f(x) = 20, f'(x) = 14
"""
POLE = """\
     f(x) = 1 / x
  5 ┤                 ┊⢧
    │                 ┊⠈⠳⢤⣀⡀
  0 ┤⠤⠤⠤⠤⠤⠤⣀⣀⣀⣀⣀⡀┈┈┈┈┈┈┈┈┈┈⠈⠉⠉⠉⠉⠉⠒⠒⠒⠒⠒⠒
    │           ⠈⠉⠓⢦⡀ ┊
 -5 ┤               ⢳ ┊
     f'(x)
  0 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠙⠒⠒⠲⢤⡀┈┈┈┈⢀⡤⠖⠒⠒⠋⠉⠉⠉⠉⠉⠉⠉⠉⠉
-20 ┤              ⠹⡀ ┊⢀⠏
    │               ⡇ ┊⢸
-40 ┤               ⢸ ┊⡇
    └┬───────────────┬────────────────┬
    -2               0        x       2
"""
AREA = """\
   y  f(x, y) = x^2 + y^2
 1.0 ┤██▓▓▓▒▒▒▒░░░░░░        ░░░░░░▒▒▒▒▓▓▓██
     │█▓▓↖▒▒▒░░↖░░   ↖      ↗   ░░↗░░▒▒▒↗▓▓█
 0.5 ┤█▓▓▒▒▒░░░░░                ░░░░░▒▒▒▓▓█
     │▓▓▓▒▒▒░░░░                  ░░░░▒▒▒▓▓▓
     │▓▓▓▒▒▒░░░░                  ░░░░▒▒▒▓▓▓
   0 ┤▓▓▓←▒▒░░░←     ←      →     →░░░▒▒→▓▓▓
     │▓▓▓▒▒▒░░░░                  ░░░░▒▒▒▓▓▓
-0.5 ┤█▓▓▒▒▒░░░░░                ░●░░░▒▒▒▓▓█
     │█▓▓↙▒▒▒░░↙░░   ↙      ↘   ░░↘░░▒▒▒↘▓▓█
-1.0 ┤██▓▓▓▒▒▒▒░░░░░░        ░░░░░░▒▒▒▒▓▓▓██
     └┬─────────────────┬──────────────────┬
     -2                 0         x        2
      blank 1 ░ 2 ▒ 3 ▓ 4 █; arrows uphill
     ● x = 1, y = -0.5: value 1.25, gradient (2, -1)
"""
