"""A program as a Python module that needs the standard library alone."""

import keyword
import re
from collections.abc import Mapping
from math import inf, isfinite

from autodiff_cli.codegen.kernels import pieces
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.writer import (
    AND,
    ATOM,
    CHOICE,
    COMPARISON,
    INFIX,
    NOT,
    OR,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Form,
    Language,
    Written,
    call,
    calls,
    headline,
    renamed,
    usual,
)
from autodiff_cli.engine.value import Value

_POWER = Form("{0}**{1}", POWER, (ATOM, SIGN))
SIGN_OF = "where(x > 0, 1, where(x < 0, -1, x))"
_TAKEN = ("abs", "float", "gradient", "math", "max", "min", "round", "value")
ROOTS = {0.5: "sqrt(x)", -0.5: "1 / sqrt(x)"}


def number(data: float, label: str | None = None, prefix: str = "math.") -> str:
    """A number as Python writes it; whole ones without `.0`."""
    if label in ("pi", "e", "tau", "inf"):
        return f"{prefix}{label}"
    if not isfinite(data):
        return f"{'-' if data == -inf else ''}{prefix}{'nan' if data != data else 'inf'}"
    return str(int(data)) if data == int(data) and abs(data) < 2**53 else repr(data)


def real(data: float, label: str | None = None) -> str:
    """A number as Python writes a float."""
    return repr(data) if isfinite(data) and label is None else number(data, label)


def special(node: Value) -> Form | None:
    """A whole power by the operator; of others Python would make complex numbers."""
    if node.rule.function.name != "pow":
        return None
    exponent = node.args[1]
    return _POWER if not exponent.args and not exponent.requires_grad and exponent.data % 1 == 0 else None


def define(name: str, program: Program) -> str:
    """A helper that a formula of the table was made into."""
    written = Written(program, LANGUAGE)
    body = [*written.lines(), f"    return {written.outputs[()]}"]
    return "\n".join([f"def {name}({', '.join(written.names.values())}):", *body])


FORMS = INFIX | {
    "and": Form("{0} and {1}", AND, (AND, NOT)),
    "or": Form("{0} or {1}", OR, (OR, AND)),
    "not": Form("not {0}", NOT, (NOT,)),
    "where": Form("{1} if {0} else {2}", CHOICE, (OR, OR, CHOICE)),
    "mod": Form("{0} % {1}", PRODUCT, (PRODUCT, SIGN)),
    "abs": call("abs"),
    "max": call("max"),
    "min": call("min"),
    "floor": Form("float(math.floor({}))"),
    "ceil": Form("float(math.ceil({}))"),
    "trunc": Form("float(math.trunc({}))"),
    "round": Form("float(round({}))"),
}
LANGUAGE = Language(
    forms=FORMS
    | calls(
        "math.",
        "acos acosh asin asinh atan atan2 atanh cbrt copysign cos cosh erf erfc exp exp2 expm1 fmod gamma hypot lgamma "
        "log log10 log1p log2 pow sin sinh sqrt tan tanh",
    ),
    number=number,
    condition=Form("{0} != 0", COMPARISON, (SUM,)),
    truth=Form("{0}"),
    output=Form("float({0})", ATOM, (CHOICE,)),
    reserved={*keyword.kwlist, *keyword.softkwlist, *_TAKEN},
    rewrites={"sign": SIGN_OF},
    powers=ROOTS,
    real=real,
    special=special,
    helper="_{}",
    source=pieces,
    define=define,
    pairs=False,
)


def title(program: Program) -> str:
    """The expression, as a docstring can hold it."""
    return headline(program).replace("\\", "\\\\").replace('"', '\\"')


def parameters(program: Program, written: Written) -> tuple[list[str], list[str]]:
    """The parameters of the function, with a default where all that follow have one, and comments on them."""
    optional: dict[str, str] = {}
    for old, new in reversed(written.names.items()):
        if old not in program.defaults:
            break
        optional[old] = f"{new}={number(program.defaults[old])}"
    rest = {old: new for old, new in written.names.items() if old not in optional}
    notes = renamed(written.names) + usual(program, rest, number)
    return [optional.get(old, new) for old, new in written.names.items()], [f"    # {note}" for note in notes]


def python(program: Program, name: str = "f") -> str:
    """A module with one function, which returns the value and the derivatives by name."""
    written = Written(program, LANGUAGE)
    arguments, notes = parameters(program, written)
    body = [
        f"def {name}({', '.join(arguments)}):",
        f'    """The value of {title(program)} and its derivatives, by name.',
        "",
        "    Raises ArithmeticError or ValueError where `math` does: log(0), 1/0, exp(1000).",
        '    """',
        *notes,
        *written.lines(),
        f"    value = {written.outputs[()]}",
        *dictionary(written),
        "    return value, gradient",
    ]
    return module(title(program), written.helpers, "\n".join(body), "math")


def module(title: str, helpers: Mapping[str, str], body: str, *libraries: str) -> str:
    """A module's text: what it is for, what it imports, helpers, then the rest."""
    names: dict[str, list[str]] = {}
    for line in [text for name, text in helpers.items() if name == text]:
        source, _, one = line.partition(" import ")
        names.setdefault(source, []).append(one)
    imports = [f"{source} import {', '.join(sorted(one))}" for source, one in names.items()]
    functions = [text for name, text in helpers.items() if name != text]
    for library in libraries:
        short = library.rpartition(" ")[2]
        if re.search(rf"\b{short}\.", "\n".join([*functions, body])):
            imports.append(f"import {library}")
    head = [f'"""{title}"""', *(["", *sorted(imports)] if imports else [])]
    return "\n\n\n".join(["\n".join(head), *functions, body]) + "\n"


def dictionary(written: Written) -> list[str]:
    """The lines that put the derivatives into a dictionary, by name; those by several variables by a tuple of names."""
    pairs = [(key, text) for key, text in written.outputs.items() if key]
    if not pairs:
        return ["    gradient = {}"]
    return ["    gradient = {", *(f"        {_quoted(key)}: {text}," for key, text in pairs), "    }"]


def _quoted(key: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in key)  # a name of the language has no quotes in it
    return names if len(key) == 1 else f"({names})"
