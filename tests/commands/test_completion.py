"""Completion: what is offered for a line, and what bash, zsh and fish make of it when a key is pressed."""

import ast
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from autodiff_cli.commands.completion import SHELLS, Offer
from autodiff_cli.commands.group import COMMANDS, group, run
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse

from ..conftest import Result

Complete = Callable[..., Offer]


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> Complete:
    """What is offered for a line."""

    def call(line: str, shell: str = "zsh") -> Offer:
        monkeypatch.setenv("COMP_LINE", line)
        return SHELLS[shell](group, {}, "autodiff", "_AUTODIFF_COMPLETE").offer()

    return call


def _names(offer: Offer) -> set[str]:
    return {value for value, _ in offer.items}


# --- what is offered ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("autodiff ev", {"eval"}),
        ("autodiff com", {"completion"}),
        ("autodiff completion ", {"bash", "zsh", "fish"}),
        ("autodiff eval 'x' --form", {"--format"}),
        ("autodiff eval 'x' --format js", {"json"}),
        ("autodiff eval 'x' --format=js", {"json"}),
        ("autodiff eval 'x' --format 'js", {"json"}),
        ("A=1 autodiff eval 'x' --format js", {"json"}),
        ('autodiff eval "2*tan', {"tan(", "tand(", "tanh("}),
        ("autodiff eval '2*tan", {"tan(", "tand(", "tanh("}),
        ("autodiff eval 'max(x, tanh", {"tanh("}),
        ("autodiff eval 2*tan", {"tan", "tand", "tanh"}),
        ("autodiff eval tanh", {"tanh"}),
        ("autodiff eval arctanh", {"arctanh"}),
        ("autodiff eval '-tanh", {"tanh("}),
        ("autodiff eval '2tanh", {"tanh("}),
        ("autodiff eval '\N{GREEK SMALL LETTER ALPHA}+tanh", {"tanh("}),
        ("autodiff eval --format json 'tanh", {"tanh("}),
        ("autodiff eval --a 2 'a*tanh", {"tanh("}),
        ("autodiff eval -- '-tanh", {"tanh("}),
        ("autodiff eval 'xtanh", set()),
        ("autodiff eval 'lt", set()),
        ("autodiff eval '2*x)", set()),
        ("autodiff eval 'x' --x 'tanh", {"tanh("}),
        ("autodiff eval 'x' --x='tanh", {"tanh("}),
        ("autodiff eval 'x' x='2*tanh", {"tanh("}),
        ("autodiff eval 'x' x=tanh", {"tanh"}),
        ("autodiff eval 'x' --x ", set()),
        ("autodiff eval 'x' x=", set()),
        ("autodiff eval 'tanh(a*b+c)' ", {"a=", "b=", "c="}),
        ("autodiff eval 'tanh(a*b+c)' a=1 --b 2 ", {"c="}),
        ("autodiff eval 'rate*x' r", {"rate="}),
        ("autodiff eval 'rate*x' --r", {"--rate"}),
        ("autodiff eval 'rate*x' --rate=2 --r", set()),
        ("autodiff eval 'e^x' ", {"x="}),
        ("autodiff eval 'format*x' f", {"format="}),
        ("autodiff eval tanh ", {"x="}),
        ("autodiff eval tanh --t 2 ", set()),
        ("autodiff eval 'x*(' x", set()),
        ("autodiff eval 'di", {"diff(", "digamma(", "div("}),
        ("autodiff eval 'piece", {"piecewise("}),
        ("autodiff eval 'd = a*b; d^2' --wrt ", {"a", "b", "d"}),
        ("autodiff eval 'd = a*b; d^2' --of ", {"d"}),
        ("autodiff sensitivity 'x' --only elas", {"elasticity.x"}),
        ("autodiff eval 'd = a*b; d^2' --wrt=a,", {"a", "b", "d"}),
        ("autodiff graph 'd = a*b; d^2' --around d", {"d"}),
        ("autodiff plot 'x*y' --at ", {"x=", "y="}),
        ("autodiff plot 'x*y' --at x=1,y", {"y="}),
        ("autodiff eval 'x*(' --wrt ", set()),
        ("autodiff eval 'x' y z ", {"x="}),
        ("autodiff eval - ", set()),
        ("autodiff --version ", set(COMMANDS)),
        ("autodiff 'rate*x' x=2 r", {"rate="}),
        ("autodiff '2*tan", {"tan(", "tand(", "tanh("}),
        ("autodiff eval 'a*b' --only v", {"value", "verdict.a", "verdict.b"}),
        ("autodiff eval 'd = a*b; d^2' --only gradient.", {"gradient.a", "gradient.b", "gradient.d"}),
        ("autodiff taylor x --only p", {"polynomial"}),
        ("autodiff diff 'x*y' --at x=1,", {"x=", "y="}),
        ("autodiff functions tanh", {"tanh"}),
        ("autodiff batch 'rate*x' ra", {"rate="}),
        ("autodiff solve 'sin(rate*x) = x' ", {"rate=", "x="}),
        ("autodiff solve 'x = cos(x)' --only ", {"x", "complete"}),
        ("autodiff minimize 'x^2' --only ", {"x", "value", "kind", "proven"}),
    ],
)
def test_a_line_is_offered_what_can_follow(complete: Complete, line: str, offered: set[str]) -> None:
    assert _names(complete(line)) == offered


def test_variables_without_those_given_come_before_the_options(complete: Complete) -> None:
    names = [value for value, _ in complete('autodiff eval "tanh(a*b+c)" --a 2 --').items]
    assert names[:2] == ["--b", "--c"]
    assert {"--format", "--values", "--help"} <= set(names)
    assert "--a" not in names


def test_a_given_option_is_not_offered_again(complete: Complete) -> None:
    assert "--format" not in _names(complete("autodiff eval x --format json --"))


def test_a_variable_with_the_name_of_an_option_is_offered_once(complete: Complete) -> None:
    assert [value for value, _ in complete("autodiff eval 'format*x' --fo").items] == ["--format"]


@pytest.mark.parametrize("word", ["--values ", "--values=", "--values po", "--values=a/po", "--values 'my po"])
def test_files_are_left_to_the_shell(complete: Complete, word: str) -> None:
    offer = complete(f"autodiff eval x {word}")
    assert (offer.kind, offer.items) == ("file", [])
    assert offer.kept + offer.typed == word.removeprefix("--values ").replace("'", "")


@pytest.mark.parametrize(
    "line",
    ["batch data.", "batch x ", "batch x data.", "batch x da", "plot x -o da", "diff x -o da", "eval data.", "data."],
)
def test_files_are_offered_where_files_go(
    complete: Complete, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("data.csv", "data.ad"):
        (tmp_path / name).touch()
    offer = complete(f"autodiff {line}")
    assert (offer.kind, offer.items) == ("file", [])
    assert offer.typed == line.rpartition(" ")[2]


def test_names_come_from_a_programs_file(complete: Complete, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spring.ad").write_text("k = 4\nE1 = k*x^2/2\nE1 + b")
    assert _names(complete("autodiff eval spring.ad --wrt ")) == {"k", "x", "b", "E1"}
    assert _names(complete("autodiff eval spring.ad x")) == {"x="}
    assert _names(complete("autodiff eval --file spring.ad --only gradient.E")) == {"gradient.E1"}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("autodiff ev", "plain"),
        ("autodiff eval 'tanh", "open"),
        ("autodiff eval 2*tanh", "open"),
        ("autodiff eval tanh", "plain"),  # a bare name is an expression
        ("autodiff eval x --", "plain"),
        ("autodiff eval x x", "open"),
    ],
)
def test_a_space_follows_where_the_word_is_complete(complete: Complete, line: str, kind: str) -> None:
    assert complete(line).kind == kind


def test_a_shell_that_closes_quotes_gets_a_lone_call_with_company(complete: Complete) -> None:
    assert _names(complete("autodiff eval '2*atan2", "bash")) == {"atan2(", "atan2(a, b)"}
    assert _names(complete("autodiff eval '2*tan", "bash")) == {"tan(", "tand(", "tanh("}
    assert _names(complete("autodiff eval 2*atan2", "bash")) == {"atan2"}


def test_every_function_offered_can_be_called(complete: Complete) -> None:
    names = _names(complete("autodiff eval '"))
    assert len(names) > 90
    for name in names:
        for arguments in ("x", "x, y", "x, y, z", "k, 1, 3, x^k", "[x, y], x, y"):
            with suppress(AutodiffError):
                parse(f"{name}{arguments})")
                break
        else:
            pytest.fail(f"{name} cannot be called")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "line",
    [
        'autodiff --version eval "tanh(a*b + c)" --a 2 --b=-3 c="2*sin(1)" --format json --values "a b" --help',
        "autodiff eval 'x = y; \\frac{a}{b} | 1..2 ° $x` #' x y --x --y --= = -",
        'autodiff completion "bash" --help x; autodiff eval -- -x',
        "autodiff eval \"a\nb\" 'c' é=1 \\",
    ],
)
def test_no_beginning_of_a_line_is_an_error(
    line: str, shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_AUTODIFF_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_TYPE", "9")
    monkeypatch.setenv("COMP_WORD", "")
    for end in range(len("autodiff "), len(line) + 1):
        monkeypatch.setenv("COMP_LINE", line[:end])
        assert run([]) == 0
    assert capsys.readouterr().err == ""


def test_completion_loads_neither_rich_nor_the_grammar() -> None:
    code = (
        "import sys; from autodiff_cli.commands.group import run; run([]);"
        "print(sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    env = {**os.environ, "_AUTODIFF_COMPLETE": "zsh_complete", "COMP_LINE": 'autodiff eval "2*tan'}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, env=env)
    assert "tanh(" in done.stdout
    assert not set(ast.literal_eval(done.stderr)) & {"rich", "lark", "numpy"}


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_script(
    shell: str, autodiff: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    named, own = autodiff("completion", shell), autodiff("completion")
    assert named.code == 0
    assert f"_AUTODIFF_COMPLETE={shell}_complete" in named.out
    assert own.out == named.out
    assert f"autodiff completion {shell}" in autodiff("completion", "--help").out


@pytest.mark.parametrize("shell", ["", "/bin/csh"])
def test_the_command_needs_a_shell_it_knows(
    shell: str, autodiff: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", shell)
    result = autodiff("completion")
    assert (result.code, result.out) == (2, "")
    assert "autodiff completion bash" in result.err


# --- real shells ----------------------------------------------------------------------------------------------------

START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
# In each, the keys ^X p print the line between marks and clear it
SETUP = {
    "bash": r"""
PS1='READY> '
bind 'set enable-bracketed-paste off'
show() { printf '<<%s>>\n' "$READLINE_LINE"; READLINE_LINE=; }
bind -x '"\C-xp": show'
source <(autodiff completion bash)
""",
    "zsh": r"""
PROMPT='READY> '
show() { print -r -- "<<$BUFFER>>"; BUFFER= }
zle -N show
bindkey '^Xp' show
source <(autodiff completion zsh)
""",
    "zsh $fpath": r"""
PROMPT='READY> '
show() { print -r -- "<<$BUFFER>>"; BUFFER= }
zle -N show
bindkey '^Xp' show
autodiff completion zsh > _autodiff
fpath=($PWD $fpath)
autoload -Uz compinit
compinit -i
""",
    "fish": r"""
function fish_prompt; echo 'READY> '; end
function show; echo '<<'(commandline)'>>'; commandline ''; end
bind \cxp show
autodiff completion fish | source
""",
}
LIST = {"bash": "\x1b?", "zsh": "\x04", "fish": "\t"}  # the key that lists what is possible
CONTROL = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"


class Terminal:
    """A shell in a terminal of its own, with the completions loaded and no file of the user's."""

    def __init__(self, setup: str, folder: Path) -> None:
        import fcntl
        import pty
        import termios

        self.shell = shell = setup.split()[0]
        (folder / "bin").mkdir()
        program = folder / "bin" / "autodiff"
        root = Path(__file__).resolve().parents[2]
        program.write_text(f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m autodiff_cli "$@"\n')
        program.chmod(0o755)
        (folder / "setup").write_text(SETUP[setup])
        (folder / "my point.json").write_text("{}")
        env = {
            "HOME": str(folder),
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }
        self.fd, end = pty.openpty()
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", CONTROL, *START[shell]],
            stdin=end,
            stdout=end,
            stderr=end,
            env=env,
            cwd=folder,
            start_new_session=True,
        )
        os.close(end)
        self.seen = ""
        self.press(". ./setup\r")
        self.wait("READY> ")

    def press(self, keys: str) -> None:
        self.seen = ""
        os.write(self.fd, keys.encode())

    def wait(self, pattern: str) -> str:
        """What matches the pattern's group, as soon as it has come."""
        until = time.monotonic() + 20
        while not (found := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.fd], [], [], max(0, until - time.monotonic()))
            assert ready, f"{pattern!r} does not come in {self.seen!r}"
            self.seen += os.read(self.fd, 65536).decode(errors="replace")
            self.seen = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.seen)
        return found[found.re.groups]

    def line(self, keys: str) -> str:
        """The line that these keys make."""
        self.press(keys + "\x18p")
        return self.wait("<<(.*)>>")

    def lists(self, typed: str, *names: str) -> None:
        """Wait until the shell lists these names."""
        self.press(typed + LIST[self.shell])
        for name in names:
            self.wait(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        self.line("")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.fd)


@pytest.fixture(scope="module", params=SETUP)
def terminal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    shell = request.param.split()[0]
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    terminal = Terminal(request.param, tmp_path_factory.mktemp(shell))
    yield terminal
    terminal.close()


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("autodiff ev", "autodiff eval "),
        ("./bin/autodiff ev", "./bin/autodiff eval "),
        ("~/bin/autodiff ev", "~/bin/autodiff eval "),
        ("A=1 autodiff ev", "A=1 autodiff eval "),
        ('autodiff eval "2*ta', 'autodiff eval "2*tan'),
        ('autodiff eval "2*tanh', 'autodiff eval "2*tanh('),
        ("autodiff eval '2*tanh", "autodiff eval '2*tanh("),
        ('autodiff eval "max(x, tanh', 'autodiff eval "max(x, tanh('),
        ('autodiff eval "a=x:b;tanh', 'autodiff eval "a=x:b;tanh('),
        ('autodiff eval "\N{GREEK SMALL LETTER ALPHA}*tanh', 'autodiff eval "\N{GREEK SMALL LETTER ALPHA}*tanh('),
        ("autodiff eval ta", "autodiff eval tan"),
        ("autodiff eval tanh", "autodiff eval tanh "),
        ('autodiff eval "tanh(a*b+c)" --a 2 --b', 'autodiff eval "tanh(a*b+c)" --a 2 --b '),
        ('autodiff eval "tanh(a*b+c)" --a 2 b', 'autodiff eval "tanh(a*b+c)" --a 2 b='),
        ('autodiff eval "x*)" --form', 'autodiff eval "x*)" --format '),
        ("autodiff eval x --format js", "autodiff eval x --format json "),
        ("autodiff eval x --format=js", "autodiff eval x --format=json "),
        ('autodiff eval x --x "2*tanh', 'autodiff eval x --x "2*tanh('),
        ("autodiff eval x x=ta", "autodiff eval x x=tan"),
        ("autodiff batch x my", r"autodiff batch x my\ point.json "),
        ("autodiff batch my", r"autodiff batch my\ point.json "),
        ("autodiff plot x -o my", r"autodiff plot x -o my\ point.json "),
        ("autodiff eval 'rate*x' --only gradient.r", "autodiff eval 'rate*x' --only gradient.rate "),
        ("autodiff eval 'rate*x' --wrt r", "autodiff eval 'rate*x' --wrt rate "),
        ("autodiff diff 'rate*x' --at r", "autodiff diff 'rate*x' --at rate="),
        ("autodiff functions softp", "autodiff functions softplus "),
        ("autodiff 'rate*x' r", "autodiff 'rate*x' rate="),
        ("autodiff eval x --values my", r"autodiff eval x --values my\ point.json "),
        ("autodiff eval x --values=my", r"autodiff eval x --values=my\ point.json "),
        (r"autodiff eval x --values=my\ p", r"autodiff eval x --values=my\ point.json "),
        ('autodiff eval x --values "my', 'autodiff eval x --values "my point.json" '),
        ("autodiff completion f", "autodiff completion fish "),
    ],
)
def test_a_shell_completes(terminal: Terminal, typed: str, line: str) -> None:
    assert terminal.line(typed + "\t") == line


def test_a_shell_lists_functions(terminal: Terminal) -> None:
    terminal.lists('autodiff eval "2*tan', "tand(", "tanh(")


def test_a_shell_lists_variables_that_have_no_value(terminal: Terminal) -> None:
    terminal.lists('autodiff eval "tanh(a*b+c)" --a 2 --', "--b", "--c", "--format")


def test_a_shell_goes_on_in_the_quotes(terminal: Terminal) -> None:
    assert terminal.line('autodiff eval "2*tanh\tsinh\tx))" --x 1') == 'autodiff eval "2*tanh(sinh(x))" --x 1'
