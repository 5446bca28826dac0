"""The kernels for floats as text of their own: a function, and what it needs of its file, for code that runs alone."""

import ast
import inspect
import re
from functools import cache
from types import ModuleType

from autodiff_cli.rules.kernels import digits, floats

_OURS: dict[str, tuple[ModuleType, str]] = {"floats": (floats, ""), "digits": (digits, "_digits_")}


class _Definitions(ast.NodeVisitor):
    """A module's definitions and what it imports, by name."""

    def __init__(self, module: ModuleType) -> None:
        self.definitions: dict[str, ast.stmt] = {}
        self.imports: dict[str, str] = {}
        self.visit(ast.parse(inspect.getsource(module)))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.definitions[node.name] = node

    def visit_Assign(self, node: ast.Assign) -> None:
        names = re.findall(r"\w+", ast.unparse(node.targets[0]))
        self.definitions |= dict.fromkeys(names, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.imports |= {alias.name: node.module or "" for alias in node.names}


@cache
def _definitions(home: str) -> _Definitions:
    return _Definitions(_OURS[home][0])


def _renamed(home: str, name: str) -> str:
    """What a definition of one of our modules is called in a file of its own."""
    prefix = _OURS[home][1]
    return prefix + name.lstrip("_") if prefix else name


class _Alone(ast.NodeTransformer):
    """Rewrites a definition for a module of its own; `needs` are the definitions it uses, `imports` the lines."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.needs: list[tuple[str, str]] = []
        self.imports: dict[str, None] = {}

    def _other(self, home: str, name: str) -> ast.Name:
        self.needs.append((home, name))
        return ast.Name(_renamed(home, name))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | None:
        return None if (node.module or "").startswith("autodiff_cli") else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = _renamed(self.home, node.name)
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        home = ast.unparse(node.value)
        return self._other(home, node.attr) if home in _OURS else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        source = _definitions(self.home)
        if node.id in source.definitions:
            return self._other(self.home, node.id)
        module = source.imports.get(node.id)
        if module == "math":
            return ast.Attribute(ast.Name("math"), node.id)
        if module:
            self.imports[f"from {module} import {node.id}"] = None
        return node


def pieces(kernel: str) -> dict[str, str]:
    """The text of a kernel's function, and of all it is made of, by name; what is used comes first.

    Lines that import something have themselves for a name. Empty where the kernel is not a function of its own.

    >>> list(pieces("gelu"))
    ['_fma', '_normal', '_gelu']
    """
    function = floats.KERNELS.get(kernel)
    name = getattr(function, "__name__", "")
    return dict(_pieces("floats", name)) if name == f"_{kernel}" else {}


@cache
def _pieces(home: str, name: str) -> dict[str, str]:
    statement = _definitions(home).definitions[name]
    alone = _Alone(home)
    (copy,) = ast.parse(ast.unparse(statement)).body
    text = ast.unparse(ast.fix_missing_locations(alone.visit(copy)))
    found = {line: line for line in alone.imports}  # by text, so that none comes twice
    for other_home, other in dict.fromkeys(alone.needs):
        if _definitions(other_home).definitions[other] is not statement:
            for key, piece in _pieces(other_home, other).items():
                found.setdefault(piece, key)
    found.setdefault(text, _OURS[home][1] + name)
    return {key: piece for piece, key in found.items()}
