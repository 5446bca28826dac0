"""A program as a JavaScript module that needs nothing."""

import re
from math import isfinite

from autodiff_cli.codegen.forms import (
    AND,
    ANGLES,
    ATOM,
    CHOICE,
    COMPARISON,
    INFIX,
    NOT,
    OR,
    PRODUCT,
    REMAINDER,
    ROOTS,
    SIGN,
    SIGN_OF,
    SPHERICAL,
    SUM,
    Form,
    call,
    calls,
    not_finite,
)
from autodiff_cli.codegen.helpers import Helpers
from autodiff_cli.codegen.names import headline, renamed, said_of, usual
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.writer import Language, Written, WrittenResult

_WORDS = (
    "arguments async await break case catch class const continue debugger default delete do else enum eval export "
    "extends false finally for function get if implements import in Infinity instanceof interface let Math NaN new "
    "null Object of package private protected public return set static super switch this throw true try typeof "
    "undefined value var void while with yield gradient"
)
_HELPERS = Helpers("helpers.js")


def number(data: float, label: str | None = None) -> str:
    """A number as JavaScript writes it.

    >>> number(2.0), number(3.141592653589793, "pi"), number(-inf), number(nan), number(1e300)
    ('2', 'Math.PI', '-Infinity', 'NaN', '1e+300')
    """
    if label in ("pi", "e"):
        return f"Math.{label.upper()}"
    if not isfinite(data):
        return not_finite(data, "Infinity", "NaN")
    return repr(data).removesuffix(".0")


def _define(name: str, written: Written) -> str:
    """A helper that a formula of the table was made into."""
    body = [*written.lines("  "), f"  return {written.value};"]
    return "\n".join([f"function {name}({', '.join(written.names.values())}) {{", *body, "}"])


LANGUAGE = Language(
    forms=INFIX
    | calls(
        "Math.",
        "abs acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh exp expm1 floor hypot log log10 log1p log2 max "
        "min pow sin sinh sqrt tan tanh trunc",
    )
    | {
        "eq": Form("{0} === {1}", COMPARISON, (SUM, SUM)),
        "ne": Form("{0} !== {1}", COMPARISON, (SUM, SUM)),
        "and": Form("{0} && {1}", AND, (AND, NOT)),
        "or": Form("{0} || {1}", OR, (OR, AND)),
        "not": Form("!{0}", NOT, (ATOM,)),
        "where": Form("{0} ? {1} : {2}", CHOICE, (OR, OR, CHOICE)),
        "fmod": Form("{0} % {1}", REMAINDER, (PRODUCT, SIGN)),
    },
    number=number,
    condition=Form("{0} !== 0", COMPARISON, (SUM,)),
    truth=Form("Number({0})", ATOM, (CHOICE,)),
    output=call("Number"),
    reserved=set(_WORDS.split()),
    rewrites={"sign": SIGN_OF, **ANGLES},
    orders=SPHERICAL,
    powers=ROOTS | {2: "x * x"},
    helper="fn_{}",
    source=_HELPERS.of,
    own_names=_HELPERS.names,
    define=_define,
    pairs=False,
    assign="{} = {};",
    first="const {} = {};",
    lazy=False,
)


def javascript(program: Program, name: str = "f") -> str:
    """A module with one function, which returns the value and the derivatives by name.

    >>> print(javascript(lower(parse("x^2*sin(x)"))))
    // x^2 * sin(x)
    // Returns [value, gradient]; gradient has the derivatives by name.
    function f(x) {
      const t1 = x * x;
      const t2 = Math.sin(x);
      const value = t1 * t2;
      const gradient = {
        "x": 2 * t2 * x + t1 * Math.cos(x),
      };
      return [value, gradient];
    }
    <BLANKLINE>
    if (typeof module !== "undefined") module.exports = { f };
    <BLANKLINE>
    """
    written = Written(program, LANGUAGE)
    several = written.several
    body = [
        f"function {name}({', '.join(written.names.values())}) {{",
        *written.lines("  "),
        *(_rows(several) if several else _row(written)),
        "  return [value, gradient];",
        "}",
    ]
    by_name = f"Returns [value, gradient]; {said_of(several) or 'gradient has the derivatives by name.'}"
    notes = [headline(program), by_name]
    notes += [*usual(program, written.names, number), *renamed(written.names)]
    head = [re.sub(r"[\r\u2028\u2029]", " ", f"// {note}") for note in notes]
    parts = [*written.helpers.values(), "\n".join([*head, *body])]
    exported = f'if (typeof module !== "undefined") module.exports = {{ {name} }};'
    return "\n\n".join([*parts, exported]) + "\n"


def _row(written: Written) -> list[str]:
    """The lines that compute the value and the derivatives; where that is nan, so are they."""
    slopes = [f'    "{",".join(key)}": {text},' for key, text in written.slopes.items()]
    spread = "  if (Number.isNaN(value)) for (const key in gradient) gradient[key] = value;"
    return [
        f"  const value = {written.value};",
        *(["  const gradient = {", *slopes, "  };"] if slopes else ["  const gradient = {};"]),
        *([spread] if written.is_partial else []),
    ]


def _rows(several: list[WrittenResult]) -> list[str]:
    """The same of several results by name, an object of derivatives for each."""
    values = [f'    "{one.name}": {one.value},' for one in several]
    rows = []
    for one in several:
        cells = ", ".join([f'"{",".join(key)}": {text}' for key, text in one.slopes.items()])
        rows.append(f'    "{one.name}": {{ {cells} }},')
    lines = ["  const value = {", *values, "  };", "  const gradient = {", *rows, "  };"]
    for name in [one.name for one in several if one.is_partial]:
        row = f'gradient["{name}"]'
        lines.append(f'  if (Number.isNaN(value["{name}"])) for (const key in {row}) {row}[key] = NaN;')
    return lines
