"""`%autodiff` in a notebook: what the command line prints, by a stub of the shell, and by IPython where that is."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import click
import pytest

import autodiff_cli
import autodiff_cli.magic
from autodiff_cli.magic import Picture
from tests.conftest import Result


class Shell:
    """As much of IPython's shell as an extension sees."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.magics: dict[tuple[str, str], Callable[..., Any]] = {}

    def register_magic_function(self, function: Callable[..., Any], magic_kind: str, magic_name: str) -> None:
        self.magics[magic_kind, magic_name] = function


@pytest.fixture
def shell() -> Shell:
    shell = Shell()
    autodiff_cli.load_ipython_extension(shell)
    return shell


@pytest.fixture
def magic(shell: Shell) -> Callable[..., Any]:
    return shell.magics["line_cell", "autodiff"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('eval "x^2 * sin(x)" --x 2', ["eval", "x^2 * sin(x)", "--x", "2"]),
        ("x^2 x=2", ["x^2", "x=2"]),
        (r"diff '\frac{1}{x} + {x}^2'", ["diff", r"\frac{1}{x} + {x}^2"]),
        ('graph "x*y + x"', ["graph", "x*y + x"]),
        ("eval x^2 --x 3 --format json", ["eval", "x^2", "--x", "3", "--format", "json"]),
        ("", []),
    ],
)
def test_a_line_prints_what_the_command_line_prints(
    shell: Shell,
    magic: Callable[..., Any],
    line: str,
    words: list[str],
    autodiff: Callable[..., Result],
    capsys: pytest.CaptureFixture[str],
) -> None:
    wanted = autodiff(*words)
    assert magic(line) is None
    assert capsys.readouterr() == (wanted.out, wanted.err)
    assert shell.user_ns["_exit_code"] == wanted.code == 0


@pytest.mark.parametrize(
    ("line", "says", "code"),
    [
        ("eval 'sinn(x)' --x 1", "unknown function 'sinn'", 2),
        ("eval 'log(x)' --x -1", "needs x > 0", 3),
        ("check x^2 3x", "", 1),
        ("eval 'x^2", "a quotation mark is not closed", 2),
    ],
)
def test_an_error_is_said_as_at_the_command_line(
    shell: Shell, magic: Callable[..., Any], line: str, says: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert magic(line) is None
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert shell.user_ns["_exit_code"] == code


@pytest.mark.parametrize("line", ["eval --a 2", "--a 2", "eval --a 2 --quiet"])
def test_a_cell_is_the_expression(magic: Callable[..., Any], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    magic(line, "u = a^2\nu + 1\n")
    assert "5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "kind", "shown"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png", b"\x89PNG\r\n\x1a\n..."),
        (b"<?xml version='1.0'?><svg/>", "image/svg+xml", "<?xml version='1.0'?><svg/>"),
        (b"<svg></svg>", "image/svg+xml", "<svg></svg>"),
    ],
)
def test_a_picture_is_returned_for_the_notebook_to_show(
    magic: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    data: bytes,
    kind: str,
    shown: object,
) -> None:
    def draws(_: list[str]) -> int:  # as Graphviz does, which may not be there
        click.echo(data, nl=False)
        return 0

    monkeypatch.setattr(autodiff_cli.magic, "run", draws)
    picture = magic("graph x*y --format svg")
    assert isinstance(picture, Picture)
    assert picture._repr_mimebundle_() == {"text/plain": f"<a picture, {kind}>", kind: shown}
    assert capsys.readouterr().out == ""


def test_the_magic_is_loaded_only_when_asked_for() -> None:
    code = "import sys, autodiff_cli; sys.exit('autodiff_cli.magic' in sys.modules or 'click' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ipython_itself_loads_it(capsys: pytest.CaptureFixture[str]) -> None:
    testing = pytest.importorskip("IPython.core.interactiveshell")
    shell = testing.InteractiveShell.instance()
    shell.run_line_magic("load_ext", "autodiff_cli")
    done = shell.run_cell(r"%autodiff diff '\frac{1}{x}'")
    assert done.success
    assert "-1 / x^2" in capsys.readouterr().out
    shell.run_cell_magic("autodiff", "eval --a 2", "u = a^2\nu + 1\n")
    assert "5" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["check", "check -"])
def test_a_cell_may_be_a_working(
    magic: Callable[..., Any], shell: Shell, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    magic(line, "f(x) = x^2\nf'(x) = 3x\n")
    out = capsys.readouterr().out
    assert "line 2  f'(x) = 3x    wrong" in out
    assert shell.user_ns["_exit_code"] == 1
