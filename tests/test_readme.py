"""Every example of the README and of the guide, run as it stands there; links that lead somewhere."""

import contextlib
import io
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from autodiff_cli.commands.exits import Exit
from autodiff_cli.witness.judge import Verdict

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
GUIDE = sorted((ROOT / "docs" / "guide").glob("*.md"))
ENGINES = ROOT / "docs" / "guide" / "engines.md"  # whose examples need other libraries: see test_engines.py
TAUGHT = [*GUIDE, *[ROOT / "docs" / name for name in ("cluster.md", "scale.md")]]  # whose examples are run
PAGES = [README, *GUIDE, *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md"]


def _examples() -> Iterator[tuple[str, str]]:
    """Each `$ command` in a console block with the output that follows it."""
    for page in (README, *TAUGHT):
        for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield command, output


@pytest.mark.parametrize(
    ("command", "output"), list(dict.fromkeys(_examples())), ids=lambda text: text.splitlines()[0][:40] if text else ""
)
def test_an_example_of_the_command_line_prints_what_the_page_shows(command: str, output: str) -> None:
    tools = [stage.split()[0] for stage in command.split("|")[1:] if stage.startswith(" ")]
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    command = command.replace("autodiff", f"{sys.executable} -m autodiff_cli", 1)
    done = subprocess.run(command + " 2>&1", shell=True, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert _settled(done.stdout) == _settled(output)


def test_the_extra_all_has_every_extra_that_the_command_can_use() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    used = sorted({*extras} - {"all", "test", "bench", "fuzz"})
    assert extras["all"] == [f"autodiff-cli[{','.join(used)}]"]


def _settled(text: str) -> list[list[str]]:
    """Lines without what rounding in another machine's sin and tanh may change: how far the estimate is off."""
    return [re.sub(r" \d(\.\d)?e-1\d\b| 0 (?= *ok)", " ~", line).split() for line in text.splitlines()]


@pytest.mark.usefixtures("own_functions_forgotten")
@pytest.mark.parametrize(
    "page",
    [page for page in (README, *TAUGHT) if page != ENGINES and "```python" in page.read_text("utf-8")],
    ids=lambda page: page.name,
)
def test_an_example_in_python_prints_what_the_page_shows(page: Path) -> None:
    sources = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert sources
    for library in ("numpy", "polars", "dask"):
        if f"import {library}\n" in "".join(sources) or f"import {library} as" in "".join(sources):
            pytest.importorskip(library)
    for source in sources:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(source, {})
        assert printed.getvalue().split("\n")[:-1] == re.findall(r"print\(.*# (.*)", source)


def test_the_readme_is_a_page_that_names_every_exit_code_and_every_guide() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.count("\n") <= 130
    for code in Exit:
        assert f"\n| {int(code)} | " in text
    for page in GUIDE:
        assert f"(docs/guide/{page.name})" in text


def test_every_verdict_is_explained_in_the_guide() -> None:
    text = (ROOT / "docs" / "guide" / "eval.md").read_text(encoding="utf-8")
    for verdict in Verdict:
        assert f"\n| `{verdict.value}` | " in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_that_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
