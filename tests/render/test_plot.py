"""`autodiff plot` on a terminal: the exact text, what fits, colour, and marks at the point of interest."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Result

Run = Callable[..., Result]


def test_a_curve_and_its_slope_are_drawn_exactly_so(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("LINES", "18")
    result = autodiff("plot", "3x^2 - 4x + 5", "--x", "-5:5", "--at", "x=3")
    assert (result.code, result.err) == (0, "")
    assert result.out == EXACT


def test_a_pole_is_drawn_exactly_so(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "14")
    result = autodiff("plot", "1/x", "--x", "-2:2")
    assert (result.code, result.err) == (0, "note: pole at x = 0\n")
    assert result.out == POLE


def test_an_area_is_drawn_exactly_so(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("LINES", "16")
    result = autodiff("plot", "x^2 + y^2", "--x", "-2:2", "--y", "-1:1", "--at", "x=1,y=-0.5")
    assert (result.code, result.err) == (0, "")
    assert result.out == AREA


@pytest.mark.parametrize("columns", [40, 60, 80, 160, 300])
@pytest.mark.parametrize("rows", [14, 24, 60])
@pytest.mark.parametrize("arguments", [["tan(x)", "--x", "-5:5", "--at", "x=1"], ["x*y", "--at", "x=1,y=1"]])
def test_a_plot_fits_the_window(
    autodiff: Run, monkeypatch: pytest.MonkeyPatch, columns: int, rows: int, arguments: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(rows))
    lines = autodiff("plot", *arguments).out.splitlines()
    assert max(map(len, lines)) <= max(columns, 70)  # what is said of the point is not cut
    assert max(map(len, lines[:-1])) <= columns
    assert min(rows, 20) - 3 <= len(lines) < rows


def test_titles_have_the_names_of_the_program(autodiff: Run) -> None:
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
    assert "(jump)\n" in result.out
    assert "tangent" not in result.out
    assert "note: at x = 0.5, the value seems to jump here, so that there is no slope by x\n" in result.err


def test_a_jump_at_the_point_of_interest_of_an_area(autodiff: Run) -> None:
    result = autodiff("plot", "floor(x)+y", "--x", "0:3", "--y", "0:1", "--at", "x=1,y=0.5")
    assert "gradient (0 (jump), 1)\n" in result.out
    assert "at x = 1, y = 0.5, the value seems to jump here" in result.err


@pytest.mark.parametrize("text", ["exp(x)", "tanh(x*sin(x))", "((exp(x))^2)^-1", "gamma(x)", "1e300*x"])
@pytest.mark.parametrize("half", ["1e-320", "1e3", "15499.2", "1e306"])
def test_numbers_at_the_ends_of_floats_are_drawn(autodiff: Run, text: str, half: str) -> None:
    result = autodiff("plot", text, "--x", f"-{half}:{half}")
    assert result.code in (0, 3) or "is constant" in result.err


def test_the_last_tick_has_its_number(autodiff: Run) -> None:
    out = autodiff("plot", "x^2", "--x", "-2:2").out
    assert out.splitlines()[-1].split() == ["-2", "-1", "0", "1", "x", "2"]


def test_force_color_colours_a_plot_into_a_pipe(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in autodiff("plot", "x^2", "--x", "-2:2").out


def test_titles_show_a_value_once(autodiff: Run) -> None:
    def title(*arguments: str) -> str:
        return autodiff("plot", *arguments).out.splitlines()[0].strip()

    assert title("a = 2; a*x^2", "--x", "0:1") == "f(x) = a * x^2,  a = 2"
    assert title("a = 2; a*x^2", "--x", "0:1", "--a", "3") == "f(x) = a * x^2,  a = 3"
    assert title("a = 2; a*x^2", "--x", "0:1", "--a", "0:1").endswith("f(x, a) = a * x^2")


def test_without_a_range_the_usual_one_is_taken_and_noted(autodiff: Run) -> None:
    assert autodiff("plot", "sin(x)").err == "note: x goes from -10 to 10; --x LOW:HIGH chooses\n"
    assert autodiff("plot", "sin(x)", "--at", "x=100").err == "note: x goes from 90 to 110; --x LOW:HIGH chooses\n"
    assert autodiff("plot", "sin(a*x)", "--a", "2").err.startswith("note: x goes from -10 to 10")
    both = autodiff("plot", "x*y").err
    assert both == "note: x goes from -10 to 10, y goes from -10 to 10; --x LOW:HIGH chooses\n"


def test_quiet_drops_the_notes(autodiff: Run) -> None:
    assert autodiff("plot", "log(x)/x", "--quiet").err == ""


def test_an_ascii_stream_gets_ascii_marks(tmp_path: Path) -> None:
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
  0 ┤⠤⠤⠤⠤⠤⠤⣄⣀⣀⣀⣀⣀┈┈┈┈┈┈┈┈┈┈⠉⠉⠉⠉⠉⠙⠒⠒⠒⠒⠒⠒
    │           ⠈⠉⠓⢦⡀ ┊
 -5 ┤               ⢳ ┊
     f'(x)
  0 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠓⠒⠒⢦⡀┈┈┈┈⢀⡴⠒⠒⠚⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
-20 ┤              ⠹⡄ ┊⢠⠏
    │               ⢇ ┊⡸
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
