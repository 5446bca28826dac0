"""Lowers an expression to a program: its value and derivatives, equal operations made once, constants folded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from itertools import chain
from math import nan
from typing import NamedTuple

from autodiff_cli.codegen.gradient import GradientBuilder
from autodiff_cli.codegen.graph_builder import GraphBuilder
from autodiff_cli.codegen.program import Outputs, Program, assemble_results
from autodiff_cli.codegen.simplify import is_nan, is_number
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.numbers import vectorized_condition
from autodiff_cli.rules.table import needs

_BRANCHES = {("where", 1): True, ("where", 2): False}  # whether the condition of an argument is to hold
_HoldsOf = Callable[[GraphBuilder, Value, Mapping[Value, Value]], Value | None]
DEFINED = ("?",)  # the key of an output that says whether the others hold; no variable has such a name


def lower(
    expression: Expression,
    derivatives: Iterable[tuple[str, ...]] | None = None,
    *,
    separate: bool = False,
    results: Mapping[str, Expression] | None = None,
) -> Program:
    """The value of an expression and its derivatives: by each variable, or those that are asked for.

    A derivative is named by the variables that it is taken by, one after the other: all but the last by their formula,
    which is swept. Where what was differentiated is outside its domain, and they alone do not show it, all are nan; of
    the expression's own `needed`, an output DEFINED says so if that is to be `separate`. In place of its result there
    may be several `results`, expressions of the same variables and the same graph.

    Raises AutodiffError for names that are not there, and for high orders that grow beyond use.

    >>> {key: to_text(node) for key, node in lower(parse("x^2*y")).outputs.items()}
    {(): 'x^2 * y', ('x',): '2 * y * x', ('y',): 'x^2'}
    >>> to_text(lower(parse("diff(log(x), x)")).outputs[()])
    'where(x > 0, 1 / x, nan)'
    """
    named = dict(results or {"": expression})
    variables = dict(expression.variables if not results else next(iter(results.values())).variables)
    inputs = {name: Value(nan, name) for name in variables}
    wanted = [*map(_alone, inputs)] if derivatives is None else list(derivatives)
    expression.check([*expression.variables, *chain(*wanted)])
    env = {old: inputs[name] for name, old in variables.items()}
    lowered = _Lowering(GraphBuilder(), inputs, env, wanted, separate)
    defaults = {name: data for name, data in expression.defaults.items() if name in inputs}
    made = {name: lowered.outputs(one) for name, one in named.items()}
    return assemble_results(str(expression), inputs, defaults, made)


def _alone(name: str) -> tuple[str, ...]:
    """The key of the derivative by a variable."""
    return (name,)


class _Lowering(NamedTuple):
    """What the results of a program share: the graph, the inputs, and what is wanted of each."""

    graph: GraphBuilder
    inputs: dict[str, Value]
    env: dict[Value, Value]
    wanted: list[tuple[str, ...]]
    separate: bool

    def outputs(self, expression: Expression) -> Outputs:
        """The value of an expression and its derivatives, nan where it or what was differentiated is not defined."""
        graph, env, wanted = self.graph, self.env, self.wanted
        root, *_ = graph.read([expression.root, *expression.needed], env)
        formulas, differentiated = _formulas(expression, wanted)
        found = {(): root} | _swept(graph, formulas, self.inputs, env)

        holds = defined(graph, expression.needed, env)
        shown = {*toposort([root])}  # not so x > 0 of log(x)^0, which is made 1
        beside = defined(graph, [expression.root], env, partial(_in_domain, besides=shown))
        holds = graph.make("and", holds, beside)
        general = graph.one if self.separate else holds
        higher = graph.make("and", general, defined(graph, differentiated, env))
        has_number = {key: defined(graph, [formula], env, _avoids_nan) for key, formula in formulas.items()}
        exist = {key: graph.make("and", higher, number) for key, number in has_number.items()}
        outputs = {
            key: graph.make("where", exist[key[:-1]] if len(key) > 1 else general, found[key], graph.number(nan))
            for key in dict.fromkeys([(), *wanted])
        }
        if self.separate and holds is not graph.one:
            outputs[DEFINED] = holds
        return outputs


def _swept(
    graph: GraphBuilder, formulas: Mapping[tuple[str, ...], Value], inputs: dict[str, Value], env: dict[Value, Value]
) -> dict[tuple[str, ...], Value]:
    """The derivatives of formulas by all inputs; a formula's own key goes before the input's name."""
    gradients, variables = GradientBuilder(graph), list(inputs.values())
    found: dict[tuple[str, ...], Value] = {}
    for key, formula in formulas.items():
        (root,) = graph.read([formula], env)
        found |= zip([(*key, name) for name in inputs], gradients.gradient(root, variables), strict=True)
    return found


def _formulas(
    expression: Expression, wanted: Iterable[tuple[str, ...]]
) -> tuple[dict[tuple[str, ...], Value], list[Value]]:
    """The graphs to sweep for some derivatives: the expression's own, and formulas of derivatives of lower order.

    And what must be defined although those do not show it. Of ("x", "y") the formula of ("x",) is swept.
    """
    keys = dict.fromkeys([key[:-1] for key in wanted if key])
    if not any(keys):
        return dict.fromkeys(keys, expression.root), []
    from autodiff_cli.symbolic.derive import Derivation

    derivation = Derivation(expression.root, exact=True)
    formulas = {key: derivation.by(tuple(map(expression.variables.__getitem__, key))) for key in keys}
    return formulas, [expression.root] if derivation.conditions() else []


def defined(
    graph: GraphBuilder, roots: Iterable[Value], env: Mapping[Value, Value], holds_of: _HoldsOf | None = None
) -> Value:
    """Whether every operation below some roots is inside its function's domain; of a `where`, of the branch taken.

    `env` has the graph's nodes for those of the roots. `holds_of` may ask something else of each operation.
    Of `log(x)` that is x > 0; of `where(c, log(x), y)` it is `not c or x > 0`.
    """
    roots = list(roots)
    taken = dict.fromkeys(roots, graph.one)  # the condition under which each is computed
    found: list[Value] = []
    for old in reversed(toposort(roots)):
        holds = (holds_of or _in_domain)(graph, old, env)
        if holds is not None:
            found.append(_implied(graph, taken[old], holds))
        for index, arg in enumerate(old.args):
            here = _taken(graph, old, index, taken[old], env)
            taken[arg] = graph.make("or", taken[arg], here) if arg in taken else here
    all_hold = graph.one
    for holds in dict.fromkeys(reversed(found)):  # what the others are made of comes first
        all_hold = graph.make("and", all_hold, holds)
    return all_hold


def _in_domain(
    graph: GraphBuilder, old: Value, env: Mapping[Value, Value], besides: Collection[Value] = ()
) -> Value | None:
    """Whether an operation is inside its domain; None where that need not be asked.

    Those `besides` show by themselves where they are not.
    """
    function = old.rule.function
    domain = needs(function, list(map(_known, old.args)))
    shown_by = old.args[1] if function.name == "div" else old  # quotients are merged
    if not domain or env[shown_by] in besides:
        return None
    args = map(env.__getitem__, old.args)
    return graph.formula(vectorized_condition(domain), ", ".join(function.args), *args)


def _avoids_nan(graph: GraphBuilder, old: Value, env: Mapping[Value, Value]) -> Value | None:
    """Whether a choice takes no branch that is nan, which says that there is no value; None for all else."""
    if old.rule.function.name != "where":
        return None
    condition = env[old.args[0]]
    then, other = map(is_nan, old.args[1:])
    if then:
        return graph.zero if other else graph.make("not", condition)
    return condition if other else None


def _known(arg: Value) -> float | None:
    return arg.data if is_number(arg) else None


def _implied(graph: GraphBuilder, condition: Value, holds: Value) -> Value:
    return holds if condition is graph.one else graph.make("or", graph.make("not", condition), holds)


def _taken(graph: GraphBuilder, user: Value, index: int, taken: Value, env: Mapping[Value, Value]) -> Value:
    """The condition under which a node computes one of its arguments, which is that under which it is `taken`."""
    holds = _BRANCHES.get((user.rule.function.name, index))
    if holds is None:
        return taken
    condition = env[user.args[0]]
    return graph.make("and", taken, condition if holds else graph.make("not", condition))
