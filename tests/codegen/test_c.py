"""The helpers of generated C: a file of its own that compiles without a warning."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from autodiff_cli.codegen import c
from autodiff_cli.codegen.helpers import Helpers

ROOT = Path(__file__).resolve().parents[2]
HELPERS = ROOT / "autodiff_cli" / "codegen" / "helpers.c"
CC = shutil.which("cc")


def test_every_part_of_the_file_is_one_helper() -> None:
    head, pi, *parts = HELPERS.read_text().strip().split("\n\n")
    assert head.endswith("#include <math.h>")
    assert pi.startswith("static const double pi")
    assert parts == list(Helpers("helpers.c").texts.values())
    for name, text in Helpers("helpers.c").texts.items():
        assert len(re.findall(rf"^static .*\b{name}\b", text, re.MULTILINE)) == 1
        assert len(re.findall(r"^static ", text, re.MULTILINE)) == 1


def test_a_helper_comes_with_what_it_needs_and_that_first() -> None:
    names = list(c.LANGUAGE.source("sind"))
    assert names == ["fn_radians", "fn_small_sind", "fn_small_cosd", "fn_sind"]
    assert c.LANGUAGE.source("sin") == {}


@pytest.mark.skipif(CC is None, reason="there is no C compiler here")
def test_the_helpers_compile_without_a_warning(tmp_path: Path) -> None:
    names = [name for name, text in Helpers("helpers.c").texts.items() if f"{name}(" in text]
    assert len(names) > 10
    used = ", ".join(f"(void (*)(void)){name}" for name in names)
    source = tmp_path / "use.c"
    source.write_text(f'#include "{HELPERS}"\n\nvoid (*const used[])(void) = {{{used}}};\n')
    command = [str(CC), "-std=c99", "-Wall", "-Wextra", "-Werror", "-c", "-o", str(tmp_path / "use.o"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == 0
