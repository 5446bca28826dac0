"""The shape of the house: who may import whom, what a plain run may load, and that every file says what it is for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "autodiff_cli"

# Each room, and the rooms of ours it may know. Text, graph, numbers, report, output: never backwards.
MAY_IMPORT = {
    "__init__": {"engine", "library", "render"},
    "__main__": {"commands"},
    "errors": set(),
    "rules": set(),
    "engine": {"errors", "rules"},
    "functions": {"engine", "rules"},
    "nn": {"engine", "errors", "rules"},
    "symbolic": {"engine", "errors", "rules"},
    "exact": {"engine", "errors", "rules"},
    "files": {"errors"},
    "tables": {"errors", "files"},
    "language": {"engine", "errors", "rules", "symbolic"},
    "witness": {"engine", "exact", "rules"},
    "codegen": {"engine", "errors", "language", "rules", "symbolic"},
    "columns": {"codegen", "engine", "errors", "rules"},
    "reports": {"columns", "engine", "errors", "exact", "language", "rules", "symbolic", "tables", "witness"},
    "library": {"codegen", "columns", "engine", "errors", "language", "symbolic"},
    "render": {"codegen", "engine", "errors", "reports", "tables"},
    "commands": {
        *("codegen", "engine", "errors", "exact", "files", "language"),
        *("render", "reports", "rules", "tables"),
    },
}
FILES = sorted(PACKAGE.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _ours(path: Path) -> set[str]:
    rooms = {name.split(".")[1] for name in _imports(path) if name.startswith("autodiff_cli.")}
    return {room for room in rooms if room in MAY_IMPORT} - {_room(path)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_arrows(path: Path) -> None:
    assert _ours(path) <= MAY_IMPORT[_room(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_file_says_what_it_is_for(path: Path) -> None:
    assert path.read_text().startswith('"""')


def test_who_may_know_the_libraries() -> None:
    for library, rooms in {
        "lark": {"language"},
        "rich": {"render", "commands"},
        "click": {"commands"},
        "matplotlib": {"render"},
        "numpy": {"columns", "reports", "rules", "tables"},
        "polars": {"reports", "tables"},
    }.items():
        for path in FILES:
            if any(name.split(".")[0] == library for name in _imports(path)):
                assert _room(path) in rooms, f"{path} imports {library}"


@pytest.mark.parametrize("format_", ["table", "json", "csv"])
def test_a_plain_run_loads_nothing_heavy(format_: str) -> None:
    code = (
        "import sys; from autodiff_cli.commands.group import run;"
        f"run(['eval', 'tanh(a*b)', 'a=1', 'b=2', '--format', '{format_}']);"
        "print(sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(ast.literal_eval(done.stderr))
    assert not loaded & {"numpy", "scipy", "flint", "mpmath", "polars", "matplotlib", "sympy", "torch"}
    assert ("rich" in loaded) == (format_ == "table")
