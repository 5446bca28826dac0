"""A program as JSON: its steps by name, each an operation of the table and what it takes."""

from json import dumps
from math import isfinite
from typing import Any

from autodiff_cli.codegen.program import Program
from autodiff_cli.engine.printer import fresh
from autodiff_cli.engine.value import Value


def json(program: Program) -> str:
    """One object. An argument is a number or the name of an input or step; "inf", "-inf" and "nan" are numbers too.

    Where an input has such a name, the number is "+inf" or "+nan".
    A derivative by several variables, one after the other, has their names with commas between.
    """
    names = {node: name for name, node in program.inputs.items()}
    unnamed = fresh("t", program.inputs)

    def named(node: Value) -> Any:
        if node in names or isfinite(node.data):
            return names.get(node, node.data)
        return f"+{node.data}" if str(node.data) in program.inputs else str(node.data)

    steps = []
    for step in program.steps:
        args = [named(arg) for arg in step.args]
        names[step] = next(unnamed)
        steps.append({"name": names[step], "op": step.rule.function.name, "args": args})
    gradient = {",".join(key): named(node) for key, node in program.outputs.items() if key}
    found = {
        "expression": program.text,
        "inputs": {name: program.defaults.get(name) for name in program.inputs},
        "value": named(program.outputs[()]),
        "gradient": gradient,
    }
    lines = [f"  {_text(key)}: {_text(part)}" for key, part in found.items()]
    lines.insert(2, '  "steps": [' + ",".join(f"\n    {_text(step)}" for step in steps) + ("\n  ]" if steps else "]"))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _text(part: Any) -> str:
    return dumps(part, ensure_ascii=False)
