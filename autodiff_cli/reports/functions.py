"""The catalog: the rule table as plain text for readers, every derivative written as the language writes it."""

from collections.abc import Iterable
from dataclasses import dataclass

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import NAMED, VALUES, Value, constant
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.language.signs import SERIES
from autodiff_cli.rules.table import BY_NAME, FUNCTIONS, Function

_FORMS = {"piecewise": "piecewise(x < 0, -x, x^2)", "diff": "diff(x^2, x)"}


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
    wanted = [function for name in names for function in _named(name.strip())]
    return [_entry(function) for function in dict.fromkeys(wanted or FUNCTIONS)]


def _named(name: str) -> tuple[Function, ...]:
    functions = BY_NAME.get(name) or tuple([f for f in FUNCTIONS if name and f.symbol == name])
    if name in SERIES or name in _FORMS:
        example = _FORMS.get(name) or f"{name}(k, 1, 10, x^k)"
        raise AutodiffError(f"'{name}' is no function but a form of the language", hint=f"as in {example}")
    if not functions:
        hint = did_you_mean(name, list(BY_NAME)) or "autodiff functions lists them all"
        raise AutodiffError(f"unknown function '{name}'", hint=hint)
    return functions


def _entry(function: Function) -> Entry:
    if function.variadic:
        arguments: tuple[str, ...] = ("a", "b", "...")
        written = f"{function.name}(a, b, ...)"
        derivatives = dict.fromkeys("ab", function.left_out(0))
    else:
        arguments = function.args
        # Any point would do, but computing at one inside the domain meets no error
        args = [constant(data, name) for name, data in zip(arguments, function.at[0], strict=True)]
        result = VALUES.value(function)(*args)
        written = to_text(result)
        if function.name == "pow":  # the one operator that can be called too
            written += f", pow({', '.join(arguments)})"
        derivatives = {}
        for index, name in enumerate(arguments):
            derivatives[name] = _derivative(function, index, result, args)
    return Entry(
        function.name,
        function.aliases,
        written,
        arguments,
        function.symbol,
        derivatives,
        function.domain,
        kinks_text(function),
        function.doc,
        function.hint,
        function.accuracy,
    )


def _derivative(function: Function, index: int, result: Value, args: list[Value]) -> str:
    """A partial as text; what that leaves out follows after a semicolon."""
    if function.shown_partials:
        return "; ".join(filter(None, (function.shown_partials[index], function.left_out(index))))
    partial = NAMED.partial(function, index)(result, *args)
    return to_text(partial if isinstance(partial, Value) else constant(partial))


def kinks_text(function: Function) -> str:
    """Where a function is not smooth, in words: "jumps at x = 0; slope 0"."""
    parts = [f"{'jumps ' * kink.jumps}{kink.where}; {kink.slope}" for kink in function.kinks]
    return ". ".join([*parts[:1], *[part[0].upper() + part[1:] for part in parts[1:]]])
