"""`autodiff diff --explain`: which options it goes with, which formats it has, and that it ends as `diff` does."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autodiff_cli.commands.exits import Exit

from ..conftest import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    "arguments",
    [
        ("x^2 * sin(3x)",),
        ("tanh(a*b + c)",),
        ("x^2*y + exp(x*y)", "--hessian"),
        ("x^5 + sin(x)", "--wrt", "x", "--order", "3"),
        ("t = sin(x*y); t^3 + x", "--wrt", "t,x"),
        ("x^3 * sin(x)", "--at", "x=2"),
        ("tanh(tanh(tanh(x) * x) * x) * x", "--steps"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_last_lines_are_what_diff_prints(
    autodiff: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.delenv("COLUMNS")
    plain = autodiff("diff", *arguments).out.splitlines()
    explained = autodiff("diff", *arguments, "--explain")
    assert explained.code == Exit.OK
    said = [line.strip().split("   ")[0] for line in explained.out.splitlines()]
    for line in plain:
        formula = re.sub(r"^(d\d?/[^=]*|_\d+ )= ", "", line)
        assert any(one.endswith(f"= {formula}") for one in said), formula


def test_notes_are_those_of_diff(autodiff: Run) -> None:
    assert autodiff("diff", "ln(x)", "--explain").err == autodiff("diff", "ln(x)").err == "note: holds where x > 0\n"
    assert autodiff("diff", "2 + 3", "--explain").err == "note: there is no variable to differentiate by\n"


@pytest.mark.parametrize(
    ("ending", "begins"),
    [
        ("txt", "d/dx = 2 * x"),
        ("md", "Derivatives of `x^2`"),
        ("tex", r"\begin{align*}"),
        ("json", '{"expression": "x^2"'),
    ],
)
def test_a_file_has_the_format_of_its_ending(autodiff: Run, tmp_path: Path, ending: str, begins: str) -> None:
    path = tmp_path / f"derivation.{ending}"
    assert autodiff("diff", "x^2", "--explain", "-o", str(path)).code == Exit.OK
    assert path.read_text(encoding="utf-8").startswith(begins)


def test_formats_are_asked_for_as_those_of_diff_are(autodiff: Run) -> None:
    assert autodiff("diff", "x^2", "--explain", "--to", "latex").out.startswith(r"\begin{align*}")
    assert autodiff("diff", "x^2", "--explain", "--format", "markdown").out.endswith("- `d/dx = 2 * x`: power rule\n")
    found = autodiff("diff", "x^2", "--explain", "--format", "json", "--at", "x=3").json
    assert (found["derivatives"], found["values"]) == ({"x": "2 * x"}, {"x": 6.0})
    assert found["derivations"][0]["rule"] == "power rule"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--explain", "--to", "c"), "a derivation is no code in c\n  = --explain goes with --to latex"),
        (("--explain", "-o", "f.py"), "a derivation is no code in python\n  = --explain goes with --to latex"),
        (("--explain", "--format", "csv"), "a derivation has no rows\n  = --explain has --format json"),
        (("--explain", "--name", "f"), "--name is for code\n  = --explain goes without --name"),
        (("--explain", "--to", "latex", "--at", "2"), "code is for all points\n  = --to goes without --at"),
        (
            ("--explain", "--to", "latex", "--format", "text"),
            "--to has a form of its own\n  = --to goes without --format",
        ),
        (
            ("--format", "markdown"),
            "a formula alone is no Markdown\n  = --explain --format markdown writes its derivation",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(autodiff: Run, arguments: tuple[str, ...], error: str) -> None:
    result = autodiff("diff", "x^2", *arguments)
    assert (result.code, result.out, result.err) == (Exit.UNUSABLE, "", f"error: {error}\n")


def test_a_derivation_that_nobody_would_read_is_refused(autodiff: Run) -> None:
    deep = "sin(" * 70 + "x" + ")" * 70
    result = autodiff("diff", deep, "--explain")
    assert (result.code, result.out) == (Exit.UNUSABLE, "")
    assert result.err.startswith("error: a derivation of 71 steps, 71 deep, is more than anybody would read\n")


def test_without_it_nothing_of_derivations_is_loaded() -> None:
    code = (
        "import sys; from autodiff_cli.commands.group import run; run(['diff', 'x^2 sin(x)']); "
        "print([name for name in sys.modules if 'applied' in name or 'derivation_' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
