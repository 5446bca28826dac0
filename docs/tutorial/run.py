"""Runs the notebooks of the tutorial and the examples, and writes into them what they print.

python docs/tutorial/run.py [--check]
"""

import ast
import contextlib
import io
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
CHAPTERS = [*sorted(_HERE.glob("*.ipynb")), *sorted((_HERE.parents[1] / "examples").glob("lecture_*.ipynb"))]


def run(notebook: dict[str, Any]) -> None:
    """Run the cells in order, as Jupyter would, and put their outputs into the notebook.

    Cells tagged with the name of a library are left alone where it is not installed.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate([cell for cell in notebook["cells"] if cell["cell_type"] == "code"], 1):
        if all(find_spec(library) for library in cell["metadata"].get("tags", ())):
            outputs = _outputs("".join(cell["source"]), namespace, number)
            if list(map(_text, outputs)) != list(map(_text, cell["outputs"])):  # each Graphviz draws a little otherwise
                cell["outputs"] = outputs
            cell["execution_count"] = number


def _outputs(source: str, namespace: dict[str, Any], number: int) -> list[dict[str, Any]]:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, shown = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"cell {number}", "exec"), namespace)  # noqa: S102 - our own notebooks
        if isinstance(last, ast.Expr):
            shown = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), namespace)  # noqa: S307
    outputs: list[dict[str, Any]] = []
    if text := printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)})
    if shown is not None:
        bundle = getattr(shown, "_repr_mimebundle_", dict)() or {"text/plain": repr(shown)}
        data = {kind: text.splitlines(keepends=True) for kind, text in bundle.items()}
        outputs.append({"data": data, "execution_count": number, "metadata": {}, "output_type": "execute_result"})
    return outputs


def _text(output: dict[str, Any]) -> Any:
    """What an output says, without its picture."""
    return output.get("text") or (output["data"]["text/plain"], output["execution_count"])


def main(*arguments: str) -> int:
    """Bring the notebooks up to date; with --check only say which are not."""
    stale = 0
    for path in CHAPTERS:
        before = path.read_text(encoding="utf-8")
        notebook = json.loads(before)
        run(notebook)
        after = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        if after != before:
            stale = 1
            print(f"{path.name} {'is not up to date' if '--check' in arguments else 'written'}")
            if "--check" not in arguments:
                path.write_text(after, encoding="utf-8")
    return stale if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
