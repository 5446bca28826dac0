"""A program as a Python module that needs the standard library alone."""

import keyword
import re
from collections.abc import Iterable, Mapping
from itertools import takewhile
from math import isfinite, isinf

from autodiff_cli.codegen.forms import (
    AND,
    ATOM,
    CHOICE,
    COMPARISON,
    INFIX,
    NOT,
    OR,
    POWER,
    PRODUCT,
    REMAINDER,
    ROOTS,
    SIGN,
    SIGN_OF,
    SUM,
    Form,
    call,
    calls,
)
from autodiff_cli.codegen.kernels import pieces
from autodiff_cli.codegen.names import headline, renamed, usual
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.simplify import is_number
from autodiff_cli.codegen.writer import Language, Written
from autodiff_cli.engine.value import Value

_POWER = Form("{0}**{1}", POWER, (ATOM, SIGN))
_TAKEN = ("abs", "dict", "float", "gradient", "math", "max", "min", "round", "value")


def number(data: float, label: str | None = None, prefix: str = "math.") -> str:
    """A number as Python writes it; whole ones without `.0`, but for -0.0, which is no whole number's.

    >>> [number(2.0), number(0.1), number(nan), number(-inf), number(3.141592653589793, "pi"), number(-0.0)]
    ['2', '0.1', 'math.nan', '-math.inf', 'math.pi', '-0.0']
    """
    if label in ("pi", "e", "tau", "inf"):
        return prefix + label
    if not isfinite(data):
        sign = "-" if data < 0 else ""
        return sign + prefix + repr(abs(data))
    text = repr(data)
    is_whole = data % 1 == 0 and abs(data) < 2**53 and text != "-0.0"
    return str(int(data)) if is_whole else text


def real(data: float, label: str | None = None) -> str:
    """A number as Python writes a float."""
    if label or not isfinite(data):
        return number(data, label)
    return repr(data)


def special(node: Value) -> Form | None:
    """A whole power by the operator; of others Python would make complex numbers."""
    if node.rule.function.name == "pow" and _is_whole(node.args[1]):
        return _POWER
    return None


def _is_whole(node: Value) -> bool:
    return is_number(node) and node.data % 1 == 0


def of_numbers(step: Value, first: str) -> str:
    """The first operand of an operation on numbers; a float where whole numbers have another result than floats.

    10**23 is no float, and -1 % -1 is not -0.0.
    """
    operand = step.args[0]
    is_other = step.rule.function.name in ("pow", "mod", "fmod") and is_number(operand)
    if not is_other:
        return first
    text = real(operand.data, operand.label)
    return f"({text})" if text.startswith("-") else text


def source(name: str) -> Mapping[str, str]:
    """A helper and what it needs: a kernel for floats, or what keeps the sign of zero and what is not finite."""
    if name not in _TO_WHOLE:
        return pieces(name)
    result = f"math.copysign({_TO_WHOLE[name]}(x), x) if math.isfinite(x) else x"
    return {f"_{name}": f"def _{name}(x):\n    return {result}"}


_TO_WHOLE = {"ceil": "math.ceil", "floor": "math.floor", "round": "round", "trunc": "math.trunc"}


def define(name: str, written: Written) -> str:
    """A helper that a formula of the table was made into."""
    body = [*written.lines(), f"    return {written.value}"]
    return "\n".join([f"def {name}({', '.join(written.names.values())}):", *body])


FORMS = INFIX | {
    "and": Form("{0} and {1}", AND, (AND, NOT)),
    "or": Form("{0} or {1}", OR, (OR, AND)),
    "not": Form("not {0}", NOT, (NOT,)),
    "where": Form("{1} if {0} else {2}", CHOICE, (OR, OR, CHOICE)),
    "mod": Form("{0} % {1}", REMAINDER, (PRODUCT, SIGN)),
    "abs": call("abs"),
    "max": call("max"),
    "min": call("min"),
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
    truth=None,
    output=Form("float({0})", ATOM, (CHOICE,)),
    reserved={*keyword.kwlist, *keyword.softkwlist, *_TAKEN},
    rewrites={"sign": SIGN_OF},
    powers=ROOTS,
    real=real,
    special=special,
    of_numbers=of_numbers,
    helper="_{}",
    source=source,
    define=define,
    pairs=False,
)


def title(program: Program) -> str:
    """The expression, as a docstring can hold it."""
    return headline(program).replace("\\", "\\\\").replace('"', '\\"')


def parameters(program: Program, written: Written) -> tuple[list[str], list[str]]:
    """The parameters of the function, with a default where all that follow have one, and comments on them."""
    optional = _optional(program, written)
    required = {old: new for old, new in written.names.items() if old not in optional}
    notes = [f"    # {note}" for note in renamed(written.names) + usual(program, required, number)]
    return [new + optional.get(old, "") for old, new in written.names.items()], notes


def _optional(program: Program, written: Written) -> dict[str, str]:
    """The defaults of the last parameters, as they are written: "=2" of a = 2."""
    defaults = program.defaults
    last = takewhile(defaults.__contains__, reversed(written.names))
    return {name: f"={number(defaults[name])}" for name in last}


def python(program: Program, name: str = "f") -> str:
    """A module with one function, which returns the value and the derivatives by name.

    >>> print(python(lower(parse("x^2*sin(x)"))))
    \"""x^2 * sin(x)\"""
    <BLANKLINE>
    import math
    <BLANKLINE>
    <BLANKLINE>
    def f(x):
        \"""The value of x^2 * sin(x) and its derivatives, by name.
    <BLANKLINE>
        Raises ArithmeticError or ValueError where `math` does: log(0), 1/0, exp(1000).
        \"""
        x = float(x)
        t1 = x**2
        t2 = math.sin(x)
        value = t1 * t2
        gradient = {
            "x": 2 * t2 * x + t1 * math.cos(x),
        }
        return value, gradient
    <BLANKLINE>
    """
    written = Written(program, LANGUAGE)
    arguments, notes = parameters(program, written)
    inputs = ", ".join(written.names.values())
    floats = ", ".join([f"float({name})" for name in written.names.values()])
    body = [
        f"def {name}({', '.join(arguments)}):",
        f'    """The value of {title(program)} and its derivatives, by name.',
        "",
        "    Raises ArithmeticError or ValueError where `math` does: log(0), 1/0, exp(1000).",
        '    """',
        *notes,
        *([f"    {inputs} = {floats}"] if inputs else []),
        *written.lines(),
        *results(written),
        *_made_nan(program, written),
        "    return value, gradient",
    ]
    return module(title(program), written.helpers, "\n".join(body), "math")


def _made_nan(program: Program, written: Written) -> list[str]:
    """The lines that make derivatives nan where the value is, if that may be where nothing raises."""
    if not written.several:
        lines = ["    if value != value:", "        gradient = dict.fromkeys(gradient, math.nan)"]
        return lines if _may_be_nan(program) else []
    lines = []
    for name in [_quoted((one.name,)) for one in written.several if _may_be_nan(program, one.name)]:
        lines.append(f"    if value[{name}] != value[{name}]:")
        lines.append(f"        gradient[{name}] = dict.fromkeys(gradient[{name}], math.nan)")
    return lines


def _may_be_nan(program: Program, of: str = "") -> bool:
    """Whether the value may be nan where nothing raises: where a function of ours has no value."""
    return not all(map(_raises, program.partial_steps(of)))


def _raises(step: Value) -> bool:
    """Whether an operation of finite numbers raises where it has no value, as those of `math` do."""
    args = [arg.data for arg in step.args]
    return step.rule.function.name in LANGUAGE.forms and not any(map(isinf, args))


def module(title: str, helpers: Mapping[str, str], body: str, *libraries: str) -> str:
    """A module's text: what it is for, what it imports, helpers, then the rest. A helper may be an import."""
    functions = [text for name, text in helpers.items() if name != text]
    imports = _imports(helpers, libraries, "\n".join([*functions, body]))
    head = "\n".join([f'"""{title}"""', "", *imports]).rstrip("\n")
    return "\n\n\n".join([head, *functions, body]) + "\n"


def _imports(helpers: Mapping[str, str], libraries: Iterable[str], code: str) -> list[str]:
    """The imports of helpers, one line a module, and of the libraries that code uses: `math`, `numpy as np`."""
    merged = [f"{source} import {', '.join(sorted(found))}" for source, found in _imported(helpers).items()]
    used = [f"import {one}" for one in libraries if re.search(rf"\b{one.split()[-1]}\.", code)]
    return sorted(merged + used)


def _imported(helpers: Iterable[str]) -> dict[str, list[str]]:
    """What helpers import, by module: of `from math import pi` it is pi, of `from math`."""
    names: dict[str, list[str]] = {}
    for line in helpers:
        source, is_import, name = line.partition(" import ")
        if is_import:
            names.setdefault(source, []).append(name)
    return names


def results(written: Written) -> list[str]:
    """The lines that compute the value, and put the derivatives into a dictionary; several results are by name."""
    several = written.several
    if not several:
        return [f"    value = {written.value}", *_dictionary(written)]
    values = [f"        {_quoted((one.name,))}: {one.value}," for one in several]
    rows = []
    for one in several:
        cells = ", ".join([f"{_quoted(key)}: {text}" for key, text in one.slopes.items()])
        rows.append(f"        {_quoted((one.name,))}: {{{cells}}},")
    return ["    value = {", *values, "    }", "    gradient = {", *rows, "    }"]


def _dictionary(written: Written) -> list[str]:
    """The lines that put the derivatives into a dictionary, by name; those by several variables by a tuple of names."""
    if not written.slopes:
        return ["    gradient = {}"]
    pairs = [f"        {_quoted(key)}: {text}," for key, text in written.slopes.items()]
    return ["    gradient = {", *pairs, "    }"]


def _quoted(key: tuple[str, ...]) -> str:
    """A derivative's key: `"x"`, or `("x", "y")`."""
    names = '", "'.join(key)  # a name of the language has no quotes in it
    return f'"{names}"' if len(key) == 1 else f'("{names}")'
