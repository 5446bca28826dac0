"""A program as JSON: its operations by name, each with what it takes."""

from json import dumps
from math import isfinite
from typing import Any

from autodiff_cli.codegen.program import Program
from autodiff_cli.engine.printer import fresh
from autodiff_cli.engine.value import Value


def json(program: Program) -> str:
    """One object. An argument is a number or the name of an input or step; "inf", "-inf" and "nan" are numbers too.

    Where an input has such a name, the number is "+inf" or "+nan".
    Where the value is nan, so is every derivative.
    A derivative by several variables, one after the other, has their names with commas between. Of several results,
    values and gradients are by their names.

    >>> print(json(lower(parse("a = 2; sin(a*x)"), [("x",)])))
    {
      "expression": "a = 2; sin(a * x)",
      "inputs": {"a": 2.0, "x": null},
      "steps": [
        {"name": "t1", "op": "mul", "args": ["a", "x"]},
        {"name": "t2", "op": "sin", "args": ["t1"]},
        {"name": "t3", "op": "cos", "args": ["t1"]},
        {"name": "t4", "op": "mul", "args": ["t3", "a"]}
      ],
      "value": "t2",
      "gradient": {"x": "t4"}
    }
    <BLANKLINE>
    """
    names = {node: name for name, node in program.inputs.items()}
    names |= zip(program.steps, fresh("t", program.inputs), strict=False)

    def named(node: Value) -> Any:
        if node in names:
            return names[node]
        if isfinite(node.data):
            return node.data
        sign = "+" if str(node.data) in program.inputs else ""
        return f"{sign}{node.data}"

    steps = [
        _text({"name": names[step], "op": step.rule.function.name, "args": [named(arg) for arg in step.args]})
        for step in program.steps
    ]
    values = {name: named(outputs[()]) for name, outputs in program.results.items()}
    gradients = {
        name: {",".join(key): named(node) for key, node in outputs.items() if key}
        for name, outputs in program.results.items()
    }
    lines = [
        f'  "expression": {_text(program.text)}',
        f'  "inputs": {_text({name: program.defaults.get(name) for name in program.inputs})}',
        '  "steps": [' + ",".join([f"\n    {step}" for step in steps]) + ("\n  ]" if steps else "]"),
        f'  "value": {_text(values.get("", values))}',
        f'  "gradient": {_text(gradients.get("", gradients))}',
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _text(part: Any) -> str:
    return dumps(part, ensure_ascii=False)
