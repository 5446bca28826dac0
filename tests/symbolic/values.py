"""What the tests of terms share: terms of texts, and their values in mpmath's numbers, by no rewriting of ours."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from mpmath import mp, mpf

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic.normal_form import write
from autodiff_cli.symbolic.terms import Algebra, Term

from ..oracles import ORACLES
from .derivatives import number

NAMES = "xyzpc"
POINTS = [dict(zip(NAMES, map(mpf, at.split()), strict=True)) for at in ("0.75 1.5 2.25 3 1", "2.5 0.3 0.7 1.25 0")]


def called(text: str, algebra: Algebra | None = None, variables: Mapping[str, Value] | None = None) -> Term:
    """The term of a text: each function called with the terms of its arguments, so that sums are opened.

    Terms of several texts are of one algebra, and in the same variables, where these are given.
    """
    algebra = algebra or Algebra()
    expression = parse(text, NAMES)
    made: dict[Value, Term] = {}
    if variables:
        made = {old: algebra.variable(variables[name]) for name, old in expression.variables.items()}
    for node in expression.nodes:
        args = [made[arg] if arg in made else algebra.leaf(arg) for arg in node.args]
        made[node] = algebra.call(node.rule.function, tuple(args))
    return made[expression.root] if expression.root in made else algebra.leaf(expression.root)


def written(term: Term) -> str:
    """A term as text."""
    return to_text(write([term])[0])


def exact(coefficient: int | Fraction) -> Any:
    """A coefficient in mpmath's numbers."""
    return mpf(coefficient.numerator) / coefficient.denominator


def value(term: Term, point: Mapping[str, Any]) -> Any:
    """The value of a term, by what its kind says that it is; None where there is no real one."""
    if term.kind == "number":
        return exact(term.head)
    if term.kind == "leaf":
        return point[term.head.label] if term.head.requires_grad else number(term.head)
    if term.kind == "sum":
        parts = [(exact(c), value(part, point)) for c, part in term.parts]
        return None if None in [x for _, x in parts] else mp.fsum(c * x for c, x in parts)
    if term.kind == "product":
        powers = [power(value(base, point), exponent) for base, exponent in term.parts]
        return None if None in powers else exact(term.head) * mp.fprod(powers)
    args = [value(arg, point) for arg in term.parts]
    if term.head.name == "where":
        return None if args[0] is None else args[1] if args[0] else args[2]
    if term.head.name == "pow":
        return None if None in args else real(lambda: args[0] ** args[1])
    return None if None in args else real(lambda: ORACLES[term.head.name].mpmath(*args))


def power(base: Any, exponent: int | Fraction) -> Any:
    """A power by an exact number, where there is a real one."""
    if base is None or (base == 0 and exponent < 0):
        return None
    whole = exponent.denominator == 1
    return base ** int(exponent) if whole else real(lambda: base ** exact(exponent))


def real(compute: Any) -> Any:
    """What is computed, where it is a finite real number."""
    try:
        result = compute()
    except (ZeroDivisionError, ValueError):
        return None
    return None if isinstance(result, mp.mpc) or not mp.isfinite(result) else mpf(result)
