"""Lowers graphs to straight-line programs: equal steps made once, constants folded, gradients written out as steps."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan

from autodiff_cli.codegen.gradient import GradientBuilder
from autodiff_cli.codegen.graph import GraphBuilder
from autodiff_cli.codegen.program import Program, assemble
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value, toposort

DEFINED = ("?",)  # the key of an output that says whether the others hold; no variable has such a name


def lower(
    expression: Expression, derivatives: Iterable[tuple[str, ...]] | None = None, *, separate: bool = False
) -> Program:
    """The value of an expression and its derivatives: by each variable, or those that are asked for.

    A derivative is named by the variables that it is taken by, one after the other: all but the last by their formula,
    which is swept. Where what was differentiated is outside its domain, and they alone do not show it, all are nan; of
    the expression's own `needed`, an output DEFINED says so if that is to be `separate`. Raises AutodiffError for
    names that are not there, and for high orders that grow beyond use.
    """
    inputs = {name: Value(nan, name) for name in expression.variables}
    wanted = [(name,) for name in inputs] if derivatives is None else list(derivatives)
    expression.check([*inputs, *(name for key in wanted for name in key)])
    graph, variables = GraphBuilder(), list(inputs.values())
    gradients = GradientBuilder(graph)
    env = {old: inputs[name] for name, old in expression.variables.items()}
    root, *_ = graph.read([expression.root, *expression.needed], env)
    found: dict[tuple[str, ...], Value] = {(): root}
    formulas, more = _formulas(expression, wanted)
    for before, formula in formulas.items():
        (swept,) = graph.read([formula], env)
        found |= {(*before, name): one for name, one in zip(inputs, gradients.gradient(swept, variables), strict=True)}
    holds = graph.defined(expression.needed, env)
    holds = graph.make("and", holds, graph.defined([expression.root], env, {*toposort([root])}))  # as of log(x)^0
    general = graph.one if separate else holds
    higher = graph.make("and", general, graph.defined(more, env))
    outputs = {
        key: graph.make("where", higher if len(key) > 1 else general, found[key], graph.number(nan))
        for key in dict.fromkeys([(), *wanted])
    }
    if separate and holds is not graph.one:
        outputs[DEFINED] = holds
    return assemble(str(expression), inputs, expression.defaults, outputs)


def _formulas(
    expression: Expression, wanted: Iterable[tuple[str, ...]]
) -> tuple[dict[tuple[str, ...], Value], list[Value]]:
    """The graphs to sweep for some derivatives: the expression's own, and formulas of derivatives of lower order.

    And what must be defined although those do not show it.
    """
    keys = dict.fromkeys([key[:-1] for key in wanted if key])
    if not any(keys):
        return dict.fromkeys(keys, expression.root), []
    from autodiff_cli.symbolic.derive import Derivation

    derivation = Derivation(expression.root, exact=True)
    formulas = {key: derivation.by(tuple([expression.variables[name] for name in key])) for key in keys}
    return formulas, [expression.root] if derivation.conditions() else []
