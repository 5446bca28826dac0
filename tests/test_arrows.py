"""The shape of the house: who may import whom, what a plain run may load, and that every file says what it is for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "autodiff_cli"

# Each room, and the rooms of ours it may know. Text, graph, numbers, report, output: never backwards.
MAY_IMPORT = {
    "__init__": {"library", "render", "value"},
    "__main__": {"cli"},
    "errors": set(),
    "table": set(),
    "kernels": set(),
    "rules": {"table"},
    "value": {"kernels", "rules", "table"},
    "functions": {"table", "value"},
    "nn": {"errors", "table", "value"},
    "printer": {"value"},
    "expression": {"errors", "printer", "table", "value"},
    "terms": {"rules", "table", "value"},
    "notation": {"table", "terms", "value"},
    "conditions": {"notation", "printer", "table", "terms", "value"},
    "derive": {"conditions", "errors", "notation", "printer", "table", "terms", "value"},
    "formulas": {
        *("conditions", "derive", "errors", "examine", "expression"),
        *("notation", "printer", "report", "table", "value"),
    },
    "signs": set(),
    "scope": {"errors", "signs", "table", "value"},
    "lexer": {"errors", "scope", "signs", "table", "value"},
    "builder": {"derive", "notation", "errors", "lexer", "table", "value"},
    "parser": {"builder", "errors", "expression", "lexer", "table"},
    "tape": {"kernels", "value"},
    "exact": {"errors", "kernels", "rules", "table", "value"},
    "difference": set(),
    "refine": {"difference", "exact", "value"},
    "report": {"errors"},
    "examine": {"difference", "errors", "exact", "expression", "printer", "refine", "report", "table", "tape", "value"},
    "proof": {"errors", "exact", "examine", "expression", "parser", "printer", "report", "table", "value"},
    "sampling": {"examine", "expression", "value"},
    "hints": {"expression", "printer", "sampling", "value"},
    "check": {
        *("errors", "exact", "examine", "expression", "hints", "parser", "printer"),
        *("report", "sampling", "table", "tape", "value"),
    },
    "catalog": {"errors", "printer", "rules", "signs", "table", "value"},
    "curve": {"errors", "examine", "expression", "tape", "value"},
    "plot": {"curve", "errors", "examine", "expression", "printer", "report", "value"},
    "trace": {"catalog", "derive", "errors", "examine", "expression", "printer", "report", "table", "value"},
    "graph": {"errors", "examine", "expression", "printer", "trace", "value"},
    "lowering": {"derive", "expression", "rules", "table", "value"},
    "code": {"errors", "expression", "kernels", "lowering", "printer", "table", "value"},
    "reasons": {"expression", "kernels", "printer", "rules", "value"},
    "blocks": {"kernels", "lowering", "table", "value"},
    "fused": {"blocks", "code", "lowering", "table"},
    "vectorize": {"blocks", "errors", "expression", "fused", "lowering", "reasons", "value"},
    "files": {"errors"},
    "steps": set(),
    "tables": {"errors", "files", "steps"},
    "batch": {"errors", "examine", "expression", "report", "table", "tables", "vectorize"},
    "series": {"exact", "kernels", "rules", "table", "value"},
    "taylor": {"errors", "exact", "examine", "expression", "printer", "proof", "report", "series", "value"},
    "render": {
        *("batch", "catalog", "check", "curve", "errors", "expression", "graph", "plot", "printer", "report"),
        *("signs", "table", "tables", "taylor", "trace", "value"),
    },
    "targets": {"code", "errors", "expression", "formulas", "lowering", "render"},
    "library": {
        *("code", "derive", "errors", "expression", "formulas", "notation"),
        *("parser", "render", "targets", "value", "vectorize"),
    },
    "completion": {"errors", "parser", "table"},
    "commands": {
        *("catalog", "check", "completion", "errors", "exact", "examine", "expression", "formulas"),
        *("batch", "files", "graph", "lexer", "parser", "plot", "proof", "render"),
        *("report", "steps", "tables", "targets", "taylor", "trace"),
    },
    "cli": {"commands", "completion", "errors", "render"},
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
        "lark": {"parser"},
        "rich": {"render", "commands"},
        "click": {"cli", "commands", "completion"},
        "matplotlib": {"render"},
        "numpy": {"batch", "blocks", "fused", "kernels", "reasons", "tables", "vectorize"},
        "polars": {"batch", "tables"},
    }.items():
        for path in FILES:
            if any(name.split(".")[0] == library for name in _imports(path)):
                assert _room(path) in rooms, f"{path} imports {library}"


@pytest.mark.parametrize("format_", ["table", "json", "csv"])
def test_a_plain_run_loads_nothing_heavy(format_: str) -> None:
    code = (
        "import sys; from autodiff_cli.cli import run;"
        f"run(['eval', 'tanh(a*b)', 'a=1', 'b=2', '--format', '{format_}']);"
        "print(sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(ast.literal_eval(done.stderr))
    assert not loaded & {"numpy", "scipy", "flint", "mpmath", "polars", "matplotlib", "sympy", "torch"}
    assert ("rich" in loaded) == (format_ == "table")
