"""The shape of the house: who may import whom, what a plain run may load, and that every file says what it is for."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "autodiff_cli"
NAME = PACKAGE.name

# The floors, from the ground. A room knows rooms of lower floors alone, and only those in its row; imports inside of
# functions count.
FLOORS = (
    {"errors": set(), "rules": set(), "answered": set(), "quiet": set()},
    {"engine": {"errors", "rules"}, "files": {"errors"}},
    {
        "functions": {"engine", "rules"},
        "nn": {"engine", "errors", "rules"},
        "symbolic": {"engine", "errors", "rules"},
        "exact": {"engine", "errors", "rules"},
        "tables": {"errors", "files", "quiet"},
    },
    {
        "language": {"engine", "errors", "rules", "symbolic"},
        "witness": {"engine", "exact", "rules"},
    },
    {
        "codegen": {"engine", "errors", "language", "rules", "symbolic"},
        "solving": {"engine", "errors", "exact", "rules", "symbolic"},
    },
    {"columns": {"codegen", "engine", "errors", "files", "rules"}},
    {
        "reports": {
            *("columns", "engine", "errors", "exact", "language", "rules", "solving", "symbolic", "tables"),
            "witness",
        },
    },
    {
        "own": {"codegen", "engine", "errors", "language", "reports", "rules"},
        "render": {"codegen", "engine", "errors", "reports"},
    },
    {
        "drawing": {"engine", "errors", "files", "render", "reports"},
        "gradients": {"render", "reports", "answered"},
    },
    {
        "library": {
            "codegen",
            "columns",
            "drawing",
            "engine",
            "errors",
            "language",
            "render",
            "reports",
            "rules",
            "answered",
            "symbolic",
        },
    },
    {
        "commands": {
            *("codegen", "engine", "errors", "exact", "files", "language"),
            *("quiet", "render", "reports", "rules", "tables"),
        },
    },
    {"__main__": {"commands"}, "magic": {"commands", "errors"}},
    {"__init__": {"engine", "gradients", "library", "magic", "own", "render"}},
)
MAY_IMPORT = {room: known for floor in FLOORS for room, known in floor.items()}
FILES = sorted(PACKAGE.rglob("*.py"))
# Who may know a library that is not loaded by every run
LIBRARIES = {
    "lark": {"language"},
    "rich": {"render", "commands"},
    "click": {"commands"},
    "matplotlib": {"render"},
    "numpy": {"columns", "reports", "rules", "solving", "tables"},
    "polars": {"reports", "tables"},
    "flint": {"exact", "reports", "rules", "solving", "witness"},
}


def _module(path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_module(path): path for path in FILES}


def _run_statements(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a file, without what is for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from _run_statements(node)


@cache
def _imports(path: Path) -> frozenset[str]:
    """All that a file imports, by its full name: absolute or relative, of modules or of names in them, lazy or not."""
    found: set[str] = set()
    package = _module(path).split(".")
    package = package if path.name == "__init__.py" else package[:-1]
    for node in _run_statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            found |= {source, *(f"{source}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def _modules_of_ours(path: Path) -> set[str]:
    """The modules of the package that a file imports; a name in a module counts as that module."""
    found = set()
    for name in _imports(path):
        if name in MODULES:
            found.add(name)
        elif name.rpartition(".")[0] in MODULES:
            found.add(name.rpartition(".")[0])
    # `from package import module` names the package too, which it would import anyway
    return {name for name in found - {_module(path)} if not any(other.startswith(f"{name}.") for other in found)}


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_what_its_room_may_know(path: Path) -> None:
    rooms = {_room(module) for module in _modules_of_ours(path)} - {_room(_module(path))}
    assert rooms <= MAY_IMPORT[_room(_module(path))]


def test_every_arrow_goes_down() -> None:
    floor_of = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    for room, known in MAY_IMPORT.items():
        for other in known:
            assert floor_of[other] < floor_of[room], f"{room} knows {other}, which is not below it"


def test_every_row_is_needed() -> None:
    used: dict[str, set[str]] = {}
    for path in FILES:
        used.setdefault(_room(_module(path)), set()).update(_room(module) for module in _modules_of_ours(path))
    for room, known in MAY_IMPORT.items():
        assert known <= used[room], f"{room} does not use {known - used[room]}"


def test_no_module_imports_itself_in_a_circle() -> None:
    arrows = {module: _modules_of_ours(path) for module, path in MODULES.items()}
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_file_says_what_it_is_for(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith('"""')


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_known_to_its_rooms_alone(library: str) -> None:
    for path in FILES:
        if any(name.split(".")[0] == library for name in _imports(path)):
            assert _room(_module(path)) in LIBRARIES[library], f"{path} imports {library}"


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
