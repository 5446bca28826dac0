"""Every example of the README, run as it stands there, and its list of functions against the table."""

import contextlib
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autodiff_cli.commands.exits import Exit
from autodiff_cli.reports.results import Verdict
from autodiff_cli.rules.table import FUNCTIONS

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()


def _examples() -> Iterator[tuple[str, str]]:
    """Each `$ command` in a console block with the output that follows it."""
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


@pytest.mark.parametrize(("command", "output"), list(_examples()), ids=lambda text: text.splitlines()[0][:40])
def test_console(command: str, output: str) -> None:
    tools = [stage.split()[0] for stage in command.split("|")[1:] if stage.startswith(" ")]
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    command = command.replace("autodiff", f"{sys.executable} -m autodiff_cli", 1)
    done = subprocess.run(command + " 2>&1", shell=True, capture_output=True, text=True, timeout=60)
    assert _settled(done.stdout) == _settled(output)


def _settled(text: str) -> list[list[str]]:
    """Lines without what rounding in another machine's sin and tanh may change: how far the estimate is off."""
    return [re.sub(r" \d(\.\d)?e-1\d\b| 0 (?= *ok)", " ~", line).split() for line in text.splitlines()]


def test_python() -> None:
    (source,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(source, {})
    assert printed.getvalue().split("\n")[:-1] == re.findall(r"print\(.*# (.*)", source)


def test_the_list_of_functions_is_the_table() -> None:
    (listed,) = re.findall(r"<!-- functions: from the table -->\n(.*?)\n<!-- end -->", README, re.DOTALL)
    names = sorted({f.name for f in FUNCTIONS if not f.symbol or f.name == "pow"})
    assert re.findall(r"`(\w+)`", listed) == names


def test_exit_codes_and_verdicts_are_all_there() -> None:
    for code in Exit:
        assert f"\n| {int(code)} | " in README
    for verdict in Verdict:
        assert f"\n| `{verdict.value}` | " in README
