"""The kernels for floats as text of their own: a function, and what it needs of its file, for code that runs alone."""

import ast
import inspect
from functools import cache
from types import ModuleType

from autodiff_cli.rules.kernels import digits, floats

_OURS: dict[str, tuple[ModuleType, str]] = {"floats": (floats, ""), "digits": (digits, "_digits_")}


class _Source:
    """A module's definitions and what it imports, by name."""

    def __init__(self, module: ModuleType) -> None:
        self.definitions: dict[str, ast.stmt] = {}
        self.imports: dict[str, str] = {}
        for statement in ast.parse(inspect.getsource(module)).body:
            if isinstance(statement, ast.FunctionDef):
                self.definitions[statement.name] = statement
            elif isinstance(statement, ast.Assign):
                names = [name.id for name in ast.walk(statement.targets[0]) if isinstance(name, ast.Name)]
                self.definitions |= dict.fromkeys(names, statement)
            elif isinstance(statement, ast.ImportFrom):
                self.imports |= {alias.name: statement.module or "" for alias in statement.names}


@cache
def _source(name: str) -> _Source:
    return _Source(_OURS[name][0])


class _Alone(ast.NodeTransformer):
    """Rewrites a definition for a module of its own; `needs` are the definitions it uses, `imports` the lines."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.needs: list[tuple[str, str]] = []
        self.imports: dict[str, None] = {}

    def _other(self, home: str, name: str) -> str:
        self.needs.append((home, name))
        prefix = _OURS[home][1]
        return prefix + name.lstrip("_") if prefix else name

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | None:
        return None if (node.module or "").startswith("autodiff_cli") else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        prefix = _OURS[self.home][1]
        node.name = prefix + node.name.lstrip("_") if prefix else node.name
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in _OURS:
            return ast.Name(self._other(node.value.id, node.attr), node.ctx)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        source = _source(self.home)
        if node.id in source.definitions:
            return ast.Name(self._other(self.home, node.id), node.ctx)
        module = source.imports.get(node.id)
        if module == "math":
            return ast.Attribute(ast.Name("math", ast.Load()), node.id, node.ctx)
        if module:
            self.imports[f"from {module} import {node.id}"] = None
        return node


def pieces(kernel: str) -> dict[str, str]:
    """The text of a kernel's function, and of all it is made of, by name; what is used comes first.

    Lines that import something have themselves for a name. Empty where the kernel is not a function of its own.
    """
    function = floats.KERNELS.get(kernel)
    name = getattr(function, "__name__", "")
    return dict(_pieces("floats", name)) if name == f"_{kernel}" else {}


@cache
def _pieces(home: str, name: str) -> dict[str, str]:
    statement = _source(home).definitions[name]
    alone = _Alone(home)
    text = ast.unparse(ast.fix_missing_locations(alone.visit(ast.parse(ast.unparse(statement)).body[0])))
    found: dict[str, str] = {line: line for line in alone.imports}
    for other in dict.fromkeys(alone.needs):
        if _source(other[0]).definitions[other[1]] is not statement:
            found |= {key: piece for key, piece in _pieces(*other).items() if piece not in found.values()}
    return found | ({} if text in found.values() else {_OURS[home][1] + name: text})
