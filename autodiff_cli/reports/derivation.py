"""Lines of a derivation: each is held against the one before, over the points where the expression is defined."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import nan

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value, node, rule_of
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import entry
from autodiff_cli.symbolic import formulas

FACTOR = "1"  # a variable that no text can have; it is 1 at every point


def held_as_derivative(expression: Expression, line: Expression, names: Iterable[str] = ()) -> Expression:
    """An expression whose derivative by FACTOR is a line, and which is defined where both are.

    It has variables of these names, too. Of log(x) and the line 1/x it is 1/x times the factor, where x > 0.
    """
    factor = Value(1.0, FACTOR)
    twins = dict[Value, Value]()
    for name, variable in line.variables.items():
        twins[variable] = expression.variables.get(name, variable)
    own = {name: twins[variable] for name, variable in line.variables.items()}
    root = node(rule_of(entry("mul", 2)), (_twin(line.root, twins), factor))
    known = expression.variables | own
    variables = known | {name: Value(nan, name) for name in names if name not in known} | {FACTOR: factor}
    nodes = [step for step in toposort([expression.root, *expression.needed, root]) if step.args]
    defaults = expression.defaults | line.defaults
    made = replace(
        expression,
        root=root,
        nodes=nodes,
        variables=variables,
        steps={},
        needed=[one for one in (expression.root, *expression.needed) if one.args],
        defaults=defaults,
    )
    return made.copied()


def substituted(expression: Expression, name: str, value: Expression) -> Expression:
    """An expression where one of its variables is another expression: of x^2 - y and x = 3 it is 3^2 - y."""
    variables = {other: leaf for other, leaf in expression.variables.items() if other != name}
    twins = {leaf: variables.setdefault(other, leaf) for other, leaf in value.variables.items()}
    twins[expression.variables[name]] = _twin(value.root, twins)
    needed = [_twin(one, twins) for one in (*value.needed, *expression.needed)]
    root = _twin(expression.root, twins)
    nodes = [step for step in toposort([*needed, root]) if step.args]
    made = replace(
        expression, root=root, nodes=nodes, variables=variables, places={}, steps={}, needed=needed, notes=[]
    )
    return made.copied()


def _twin(root: Value, twins: dict[Value, Value]) -> Value:
    """The graph with others in place of some of its nodes; they are kept in `twins`."""
    for old in toposort([root]):
        if old.args and old not in twins:
            twins[old] = node(old.rule, tuple([twins.get(arg, arg) for arg in old.args]))
    return twins.get(root, root)


def differentiated(expression: Expression, name: str, times: int) -> Expression:
    """The derivative of an expression by a variable as an expression, which is defined where that is."""
    if not times:
        return expression
    by = (name,) * times
    written, _, _ = formulas.graphs(expression, [by], exact=True)
    made = formulas.formula_of(expression, written[by])
    needed = [*expression.needed, expression.root]
    nodes = [*dict.fromkeys([*expression.nodes, *made.nodes])]
    return replace(made, nodes=nodes, needed=needed, notes=[]).copied()


def in_program(expression: Expression, text: str, given: Sequence[str]) -> Expression | None:
    """A claim that uses names of the program: its functions and steps; None where it cannot be read so either."""
    from autodiff_cli.language.parser import parse

    if not set(expression.source) & set(";\n="):
        return None
    for before in _statements_before(expression):
        try:
            claim = parse(f"{before}; {text}", given)
        except AutodiffError:
            continue
        if not claim.variables.keys() - expression.variables.keys() - claim.defaults.keys():
            return replace(claim, source=text).copied()
    return None


def _statements_before(expression: Expression) -> list[str]:
    """The text of the program without its result, if that has no name; the shortest cut first."""
    source = expression.source
    ends = [at for at, sign in enumerate(source) if sign in ";\n"]
    whole = [source.rstrip().rstrip(";")] if expression.name else []
    return [*whole, *[source[:end] for end in reversed(ends[-50:])]]
