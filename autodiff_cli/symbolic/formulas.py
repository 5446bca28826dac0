"""An expression's derivatives as graphs, and these as expressions of their own."""

from collections.abc import Collection, Sequence

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import with_steps
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import BOOLEAN
from autodiff_cli.symbolic.conditions import worded, worded_omission
from autodiff_cli.symbolic.derive import ChainRuleRun, Derivation, Wrt
from autodiff_cli.symbolic.factor import tidied, together
from autodiff_cli.symbolic.normal_form import read, steps_below, write
from autodiff_cli.symbolic.terms import Algebra

_NOTES = 5  # on what formulas leave out

By = tuple[str, ...]  # the names that are differentiated by, one after the other


def check_result(expression: Expression) -> None:
    """Raise AutodiffError for a condition, which has no derivative."""
    root = expression.root
    if root.rule.function.name in BOOLEAN:
        hint = "where(condition, a, b) chooses between two values that have one"
        message, span = "a condition has no derivative: it is 1 or 0", expression.places.get(root)
        raise AutodiffError(message, source=expression.source, span=span, hint=hint)


def graphs(
    expression: Expression, wanted: Collection[By], *, exact: bool = False, runs: dict[Wrt, ChainRuleRun] | None = None
) -> tuple[dict[By, Value], list[str], list[str]]:
    """The graphs of derivatives, each by the names in turn; where they hold, in the language; and notes.

    With `exact`, also at the points that a reader's form leaves out. The runs of the chain rule are put in `runs`.

    Raises AutodiffError where there is no such derivative, or where one grows beyond all reading.
    """
    check_result(expression)
    derivation = Derivation(expression.root, exact, runs)
    named = expression.variables | expression.steps
    written = {by: derivation.by(tuple([named[name] for name in by])) for by in wanted}
    conditions = list(dict.fromkeys(map(worded, derivation.conditions())))
    notes = list(dict.fromkeys(map(worded_omission, derivation.omissions)))
    return written, conditions, notes[:_NOTES]


def holds(conditions: Collection[str]) -> list[str]:
    """The note on conditions, if there are any."""
    return [f"holds where {' and '.join(conditions)}"] if conditions else []


def tidy(root: Value) -> Value:
    """A graph as a person would write it: of -(2 * x) / -1 it is 2 * x."""
    algebra = Algebra()
    (term,) = read(algebra, steps_below([root]), [root])
    return write([tidied(term)])[0]


def summed(roots: Sequence[Value], signs: Sequence[int], stops: Collection[Value] = ()) -> Value:
    """A sum of graphs, each with a sign of 1 or -1, as a person would write it; `stops` are taken as variables.

    >>> x, y = Value(nan, "x"), Value(nan, "y")
    >>> to_text(summed([2 * x * y, x * y, x], [1, -1, 1]))
    'x * y + x'
    """
    algebra = Algebra()
    terms = read(algebra, steps_below(roots, stops), roots, stops)
    terms = [algebra.scaled(sign, term) for term, sign in zip(terms, signs, strict=True)]
    plain, factored = algebra.add(terms), tidied(together(terms))
    return write([factored if factored.size < plain.size else plain])[0]


def formula_of(expression: Expression, root: Value) -> Expression:
    """A graph over an expression's variables as an expression of its own."""
    nodes = steps_below([root])
    steps, (text,) = with_steps([root], {*expression.variables})
    source = "; ".join([*[f"{name} = {step}" for name, step in steps.items()], text])
    there = {*nodes}
    named = {name: node for name, node in expression.steps.items() if node in there}
    return Expression(
        source, root, nodes, dict(expression.variables), {}, steps=named, defaults=dict(expression.defaults)
    )
