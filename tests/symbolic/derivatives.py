"""What the tests of derivatives share: another way to compute an expression and its slopes, and formulas read back."""

from collections.abc import Mapping, Sequence
from typing import Any

from mpmath import mp, mpf

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import formulas

from ..oracles import ORACLES


def number(leaf: Value) -> Any:
    """A constant to all digits: 0.1 is one tenth."""
    label = leaf.label or repr(leaf.data)
    return {"pi": +mp.pi, "tau": 2 * mp.pi, "deg": mp.pi / 180, "e": +mp.e}.get(label) or mpf(label)


def computed(expression: Expression, point: Mapping[str, Any]) -> Any:
    """The value in mpmath's numbers; None where there is no real one. No rule, kernel or rewriting of ours is asked."""
    found: dict[Value, Any] = {variable: point[name] for name, variable in expression.variables.items()}
    for node in expression.nodes:
        found |= {arg: number(arg) for arg in node.args if arg not in found and not arg.args}
        args = [found[arg] for arg in node.args]
        name = node.rule.function.name
        if name == "where":
            found[node] = None if args[0] is None else args[1] if args[0] else args[2]
        elif None in args or (name == "log" and args[0] <= 0):
            found[node] = None
        elif name == "spherical_jn" and args[1] == 0:
            found[node] = mpf(args[0] == 0)
        elif name == "pow" and args[1] == mp.floor(args[1]):
            found[node] = args[0] ** int(args[1]) if args[0] or args[1] >= 0 else None
        else:
            try:
                found[node] = ORACLES[name].mpmath(*args)
            except (ZeroDivisionError, ValueError):
                found[node] = None
        if isinstance(found[node], mp.mpc) or (found[node] is not None and not mp.isfinite(found[node])):
            found[node] = None
    root = expression.root
    return found[root] if root in found else number(root)


def slope(expression: Expression, point: Mapping[str, Any], names: Sequence[str], digits: int = 500) -> Any:
    """A derivative by names in turn, by central differences in many digits; None outside the domain."""

    def along(at: dict[str, Any], names: Sequence[str]) -> Any:
        if not names:
            return computed(expression, at)
        first, *rest = names
        above, below = (along(at | {first: at[first] + side * step}, rest) for side in (1, -1))
        return None if above is None or below is None else (above - below) / (2 * step)

    with mp.workdps(digits):
        step = mpf(2) ** -200
        at = {name: mpf(data) for name, data in point.items()}
        return None if computed(expression, at) is None else along(at, names)


def formula(text: str, *by: str) -> str:
    """The derivative as it is printed, to stand alone."""
    return formulas.differentiate(parse(text), [by]).rows[0].alone


def read_back(text: str, given: Sequence[str] = ()) -> Expression:
    """A printed formula; what it prints as is the same again."""
    expression = parse(text, given)
    assert str(parse(str(expression), given)) == str(expression)
    return expression


def at(expression: Expression, point: Mapping[str, float]) -> float:
    return expression.evaluate(**{name: point[name] for name in expression.variables})


def nested(count: int) -> str:
    """Grows to two to that power when it is written out."""
    return "; ".join(["y0 = x", *[f"y{at + 1} = y{at} * sin(y{at})" for at in range(count)]])
