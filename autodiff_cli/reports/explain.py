"""The rule of a function for people who learn it: what its slopes are, with letters for its arguments."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from autodiff_cli.reports import functions as catalog
from autodiff_cli.rules.table import Function


@dataclass(slots=True)
class Slope:
    """A formula, by which arguments it is the slope, and in words what it leaves out."""

    formula: str
    by: list[str] = field(default_factory=list)  # empty where there is nothing to choose from
    left_out: str = ""


@dataclass(slots=True)
class ExplainedRule:
    """What a function is, how it is written, its slopes, and in words where it is not smooth.

    Of sin in the letter u: "sine", "sin(u)", and the one slope "cos(u)".
    """

    what: str
    written: str
    slopes: list[Slope]
    kinks: str


def explain(function: Function, moving: Collection[int] | None = None, letters: Sequence[str] = "uvw") -> ExplainedRule:
    """The rule of a function by its `moving` arguments, by default all; the `letters` stand for its arguments."""
    entries = catalog.entries([function.name])
    by_arguments = {entry.arguments: entry for entry in entries}
    entry = by_arguments.get(function.args, entries[0])
    what, written = entry.doc.partition(";")[0], entry.written.partition(", pow")[0]
    names = dict(zip(entry.arguments, letters, strict=False))
    if function.variadic:  # its facts are in words, for any number of arguments
        return ExplainedRule(what, _renamed(written, names), [Slope(entry.derivatives["a"])], entry.kinks)
    formulas = {name: _renamed(formula, names) for name, formula in entry.derivatives.items()}
    indexes = range(len(names)) if moving is None else sorted(moving)
    slopes = _slopes(function, formulas, names, indexes)
    return ExplainedRule(_renamed(what, names), _renamed(written, names), slopes, _renamed(entry.kinks, names))


def _slopes(function: Function, formulas: dict[str, str], names: dict[str, str], indexes: Sequence[int]) -> list[Slope]:
    """The slopes by some arguments, equal ones as one; what a formula leaves out matters where all of them move."""
    slopes: dict[tuple[str, str], Slope] = {}
    for index in indexes:
        name = function.args[index]
        formula = formulas[name].partition("; ")[0]
        left_out = _renamed(function.left_out(index), names) if len(indexes) == len(names) else ""
        slope = slopes.setdefault((formula, left_out), Slope(formula, left_out=left_out))
        if len(names) > 1:
            slope.by.append(names[name])
    return [*slopes.values()]


def _renamed(text: str, names: dict[str, str]) -> str:
    """A formula, or a fact about a function, with other names for its arguments: "a * b" as "u * v"."""
    return re.sub(r"\b\w+\b", lambda word: names.get(word[0], word[0]), text)
