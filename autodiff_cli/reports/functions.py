"""The catalog: the rule table as plain text for readers, every derivative written as the language writes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import NAMED, VALUES, Value, constant
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.language.signs import SERIES
from autodiff_cli.language.vectors import EXAMPLES
from autodiff_cli.rules.table import BY_NAME, FUNCTIONS, Function

_FORMS = {"piecewise": "piecewise(x < 0, -x, x^2)", "diff": "diff(x^2, x)"}
_FORMS |= EXAMPLES
_FORMS |= {name: f"{name}(k, 1, 10, x^k)" for name in SERIES}
_BY_SYMBOL = {one.symbol: tuple([f for f in FUNCTIONS if f.symbol == one.symbol]) for one in FUNCTIONS if one.symbol}


@dataclass(frozen=True, slots=True)
class Entry:
    """One function or operator: what the table knows of it, as text.

    `written` is how it stands in an expression; `symbol` is empty where it is no operator. `derivatives` maps each
    argument to a formula, "nan" where there is no derivative. `domain` is empty where that is everywhere.
    """

    name: str
    aliases: tuple[str, ...]
    written: str
    arguments: tuple[str, ...]
    symbol: str
    derivatives: dict[str, str]
    domain: str
    kinks: str
    doc: str
    hint: str
    accuracy: str


def entries(names: Iterable[str] = ()) -> list[Entry]:
    """The entries of these names, aliases or symbols, each entry once; of the whole table where there are none.

    Raises AutodiffError where one is unknown.
    """
    wanted = chain.from_iterable([_named(name.strip()) for name in names])
    every = dict.fromkeys([*FUNCTIONS, *chain.from_iterable(BY_NAME.values())])  # those of this process at the end
    return [_entry(function) for function in dict.fromkeys(wanted) or every]


def _named(name: str) -> tuple[Function, ...]:
    """The functions of a name, alias or symbol. Raises AutodiffError where there are none."""
    if name in _FORMS and name not in BY_NAME:
        raise AutodiffError(f"'{name}' is no function but a form of the language", hint=f"as in {_FORMS[name]}")
    for functions in (BY_NAME, _BY_SYMBOL):
        if name in functions:
            return functions[name]
    hint = did_you_mean(name, list(BY_NAME)) or "autodiff functions lists them all"
    raise AutodiffError(f"unknown function '{name}'", hint=hint)


def _entry(function: Function) -> Entry:
    arguments = ("a", "b", "...") if function.variadic else function.args
    written, derivatives = _variadic(function) if function.variadic else _formulas(function)
    facts = function.domain, kinks_text(function), function.doc, function.hint, function.accuracy
    return Entry(function.name, function.aliases, written, arguments, function.symbol, derivatives, *facts)


def _variadic(function: Function) -> tuple[str, dict[str, str]]:
    """How a function of any number of arguments is written, and its derivatives in words."""
    return f"{function.name}(a, b, ...)", dict.fromkeys("ab", function.left_out(0))


def _formulas(function: Function) -> tuple[str, dict[str, str]]:
    """How a function is written, and its derivatives."""
    # Any point would do, but computing at one inside the domain meets no error
    args = [constant(data, name) for name, data in zip(function.args, function.at[0], strict=True)]
    result = VALUES.value(function)(*args)
    written = to_text(result)
    if function.name == "pow":  # the one operator that can be called too
        written += f", pow({', '.join(function.args)})"
    derivatives = {name: _derivative(function, index, result, args) for index, name in enumerate(function.args)}
    return written, derivatives


def _derivative(function: Function, index: int, result: Value, args: list[Value]) -> str:
    """A partial as text; what that leaves out follows after a semicolon."""
    if function.shown_partials:
        return "; ".join(filter(None, (function.shown_partials[index], function.left_out(index))))
    partial = NAMED.partial(function, index)(result, *args)
    return to_text(partial if isinstance(partial, Value) else constant(partial))


def kinks_text(function: Function) -> str:
    """Where a function is not smooth, in words.

    >>> kinks_text(BY_NAME["copysign"][0])
    'x = 0; slope 0. Jumps at s = 0; slope 0'
    """
    return sentences([f"{'jumps ' * kink.jumps}{kink.where}; {kink.slope}" for kink in function.kinks])


def sentences(parts: Sequence[str]) -> str:
    """The parts as sentences; the first goes on with what stands before: "jumps at 0. Jumps at 1"."""
    return ". ".join([*parts[:1], *[part[0].upper() + part[1:] for part in parts[1:]]])
