"""Constraints, `x^2 + y^2 <= 1`, read beside an expression: each as the left side less the right."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value, node
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.equation_reader import read_equations
from autodiff_cli.language.parser import parse

_SIGNS = re.compile(r"<=|>=|==|=<|=>|\\leq?\b|\\geq?\b|[<>=≤≥]")
_MEANT = {"<": "<=", "≤": "<=", "=<": "<=", r"\le": "<=", r"\leq": "<="}
_MEANT |= {">": ">=", "≥": ">=", "=>": ">=", r"\ge": ">=", r"\geq": ">=", "==": "="}
_AS_IN = "as in --subject 'x^2 + y^2 <= 1'"


class Constraint(NamedTuple):
    """A condition as it is typed, its sign (<=, >= or =), and the left side less the right."""

    text: str
    sign: str
    gap: Value


class Constrained(NamedTuple):
    """An expression whose variables are those of its constraints too."""

    expression: Expression
    constraints: list[Constraint]


class _TwoSides(NamedTuple):
    """Two sides with a sign, as places in a text: of `0 <= x <= 1` there are two."""

    start: int
    sign: tuple[int, int]
    end: int


def read_constrained(
    text: str, subject: Sequence[str], given: Collection[str] = (), told: Collection[str] = (), request: bool = False
) -> Constrained:
    """An expression with its constraints, several of which may stand between semicolons.

    Raises AutodiffError that points at what cannot be read.

    >>> read_constrained("x + y", ["x^2 + y^2 <= 1; x >= 0"]).constraints[1].sign
    '>='
    """
    found = parse(text, given, told, request)
    variables, constraints, notes = dict(found.variables), [], [*found.notes]
    for typed in subject:
        for comparison in _comparisons(typed):
            read = _read(typed, comparison, {*given, *variables})
            for name, variable in read.variables.items():
                variables.setdefault(name, variable)
            sign = typed[slice(*comparison.sign)]
            shown = " ".join(typed[comparison.start : comparison.end].split())
            constraints.append(Constraint(shown, _MEANT.get(sign, sign), _grafted(read.root, variables)))
            notes += [note for note in read.notes if note not in notes]
    return Constrained(replace(found, variables=variables, notes=notes), constraints)


def _comparisons(text: str) -> Iterator[_TwoSides]:
    """The comparisons of a text. Raises AutodiffError where there is none."""
    start = 0
    for part in re.split(r"[;\n]", text):
        end = start + len(part)
        if part.strip():
            signs = [(start + match.start(), start + match.end()) for match in _SIGNS.finditer(part)]
            if not signs:
                raise AutodiffError("a constraint has a sign: <=, >= or =", source=text, span=(start, end), hint=_AS_IN)
            edges = [start, *[last for _, last in signs]]
            ends = [*[first for first, _ in signs][1:], end]
            for first, sign, last in zip(edges, signs, ends, strict=False):
                yield _TwoSides(first, sign, last)
        start = end + 1


def _read(text: str, comparison: _TwoSides, given: Collection[str]) -> Expression:
    """One comparison as an equation, in a text of the same length: every place keeps its offset."""
    first, last = comparison.sign
    blank = " " * comparison.start
    source = blank + text[comparison.start : first] + "=".rjust(last - first) + text[last : comparison.end]
    try:
        return read_equations(source, given)
    except AutodiffError as error:
        message = error.message.replace("'='", repr(text[first:last]))
        raise error.changed(source=text, message=message) if error.source == source else error from None


def _grafted(root: Value, variables: Mapping[str, Value]) -> Value:
    """The graph over other variables of the same names."""
    made: dict[Value, Value] = {}
    for old in toposort([root]):
        if old.args:
            made[old] = node(old.rule, tuple([made[arg] for arg in old.args]))
        else:
            is_variable = old.requires_grad and old.label in variables
            made[old] = variables[old.label or ""] if is_variable else old
    return made[root]
