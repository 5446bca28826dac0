"""Value and derivatives for elsewhere: as mathematics in LaTeX, or as code in one of several languages."""

from collections.abc import Callable, Collection
from importlib import import_module
from typing import TYPE_CHECKING

from autodiff_cli.errors import AutodiffError, did_you_mean

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression

TARGETS = ("latex", "python", "numpy", "c", "json", "sympy")


def write(expression: "Expression", target: str, wanted: Collection[tuple[str, ...]]) -> tuple[str, list[str]]:
    """The text for a target, and notes on it. A derivative is named by the variables it is taken by, in turn.

    Raises AutodiffError where the target is unknown, or has no way to say something.
    """
    from autodiff_cli.symbolic import formulas

    if target not in TARGETS:
        hint = did_you_mean(target, TARGETS) or f"there are {', '.join(TARGETS)}"
        raise AutodiffError(f"there is no target '{target}'", hint=hint)
    formulas.check_result(expression)
    if target == "latex":
        from autodiff_cli.codegen.latex.equations import derivatives

        found, conditions, notes = formulas.graphs(expression, wanted)
        text = derivatives(expression.root, found, steps=expression.steps, name=expression.name)
        return text + "\n", notes + formulas.holds(conditions)
    from autodiff_cli.codegen.lower import lower

    backend: Callable[..., str] = getattr(import_module(f"autodiff_cli.codegen.{target}"), target)
    return backend(lower(expression, wanted)), []  # code says where it does not hold by being nan there
