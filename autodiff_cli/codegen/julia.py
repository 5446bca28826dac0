"""A program as a Julia function."""

from math import isfinite

from autodiff_cli.codegen.forms import (
    AND,
    ATOM,
    CHOICE,
    COMPARISON,
    INFIX,
    NOT,
    OR,
    POWER,
    ROOTS,
    SIGN,
    SPHERICAL,
    SUM,
    Form,
    calls,
    not_finite,
    words_of,
)
from autodiff_cli.codegen.names import headline, renamed, said_of, usual
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.writer import Language, Written, WrittenResult
from autodiff_cli.engine.printer import name_of

_WORDS = (
    "abstract baremodule begin break catch const continue do else elseif end export false finally for function global "
    "if import in isa let local macro module mutable outer primitive public quote return struct true try type using "
    "where while Float64 Inf NaN float gradient isnan pi value SpecialFunctions im"
)
# Functions of the package SpecialFunctions: what a use of it is, by our names
_SPECIAL = calls(
    "",
    "airyai airyaiprime airybi airybiprime dawson digamma erf erfc erfcinv erfcx erfinv gamma",
) | {
    "lgamma": Form("first(logabsgamma({0}))"),
    "spherical_jn": Form("sphericalbesselj({0}, {1})"),
    "polygamma": Form("polygamma(Int({0}), {1})"),
}


def number(data: float, label: str | None = None) -> str:
    """A number as Julia writes a Float64.

    >>> [number(2.0), number(3.141592653589793, "pi"), number(1e300), number(nan)]
    ['2.0', 'Float64(pi)', '1.0e300', 'NaN']
    """
    if label == "pi":
        return "Float64(pi)"
    if not isfinite(data):
        return not_finite(data, "Inf", "NaN")
    mantissa, e, exponent = repr(data).partition("e")
    return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}{e}{exponent.lstrip('+')}"


def _define(name: str, written: Written) -> str:
    """A helper that a formula of the table was made into."""
    head = f"function {name}({', '.join(written.names.values())})"
    return "\n".join([head, *written.lines(), f"    return {written.value}", "end"])


_FORMS = (
    INFIX
    | calls(
        "",
        "abs acos acosh acot acoth acsc acsch asec asech asin asinh atan atan2=atan atanh cbrt ceil copysign cos cosd "
        "cosh cot coth csc csch exp exp10 exp2 expm1 floor fma fmod=rem hypot log log10 log1p log2 max min mod round "
        "sec sech sign sin sinc sind sinh sqrt tan tand tanh trunc",
    )
    | _SPECIAL
    | {
        "and": Form("{0} && {1}", AND, (AND, NOT)),
        "or": Form("{0} || {1}", OR, (OR, AND)),
        "not": Form("!{0}", SIGN, (ATOM,)),
        "pow": Form("{0}^{1}", POWER, (ATOM, ATOM)),
        "where": Form("{0} ? {1} : {2}", CHOICE, (OR, OR, CHOICE)),
    }
)
LANGUAGE = Language(
    forms=_FORMS,
    number=number,
    condition=Form("{0} != 0.0", COMPARISON, (SUM,)),
    truth=Form("Float64({0})", ATOM, (CHOICE,)),
    output=Form("Float64({0})", ATOM, (CHOICE,)),
    reserved={*_WORDS.split(), *words_of(_FORMS)},
    orders=SPHERICAL,
    powers=ROOTS | {2: "x * x"},
    helper="fn_{}",
    define=_define,
    pairs=False,
    end="end",
    begin="if {}",
    otherwise="else",
)


def julia(program: Program, name: str = "f") -> str:
    """A file with one function, which returns the value and a vector of the derivatives.

    >>> print(julia(lower(parse("x^2*sin(x)"))))
    # x^2 * sin(x)
    # Returns the value, and a vector of d/dx. Throws where Julia's own functions do: log(-1).
    function f(x)
        x = float(x)
        t1 = x * x
        t2 = sin(x)
        value = t1 * t2
        gradient = [2.0 * t2 * x + t1 * cos(x)]
        return value, gradient
    end
    <BLANKLINE>
    """
    written = Written(program, LANGUAGE, LANGUAGE.identifiers(program.inputs, [name]))
    inputs = ", ".join(written.names.values())
    floats = ", ".join([f"float({one})" for one in written.names.values()])
    function = [
        *[f"# {note}" for note in _notes(program, written)],
        f"function {name}({inputs})",
        *([f"    {inputs} = {floats}"] if inputs else []),
        *written.lines(),
        *(_rows(written.several) or _row(written)),
        "    return value, gradient",
        "end",
    ]
    parts = [*written.helpers.values(), "\n".join(function)]
    return "\n\n".join([*_imports(program, written, parts), *parts]) + "\n"


def _row(written: Written) -> list[str]:
    """The lines that compute the value and the derivatives; where that is nan, so are they."""
    return [
        f"    value = {written.value}",
        f"    gradient = {'' if written.slopes else 'Float64'}[{', '.join(written.slopes.values())}]",
        *(["    isnan(value) && fill!(gradient, NaN)"] if written.is_partial else []),
    ]


def _rows(several: list[WrittenResult]) -> list[str]:
    """The same of several results, a vector of derivatives for each; [] where there is but one."""
    rows = [f"{'' if one.slopes else 'Float64'}[{', '.join(one.slopes.values())}]" for one in several]
    lines = [f"    value = [{', '.join([one.value for one in several])}]", f"    gradient = [{', '.join(rows)}]"]
    partial = [at for at, one in enumerate(several, 1) if one.is_partial]
    lines += [f"    isnan(value[{at}]) && fill!(gradient[{at}], NaN)" for at in partial]
    return lines if several else []


def _imports(program: Program, written: Written, parts: list[str]) -> list[str]:
    """The line that loads the functions of SpecialFunctions that are used."""
    used = words_of({str(index): Form(part) for index, part in enumerate(parts)})
    special = sorted(words_of(_SPECIAL) & used - {"Int", "first"} - {*written.names.values()})
    return [f"using SpecialFunctions: {', '.join(special)}"] if special else []


def _notes(program: Program, written: Written) -> list[str]:
    """What the comment above the function says."""
    by = ", ".join(map(name_of, written.slopes)) if not written.several else ""
    result = f"Returns the value, and a vector of {by}." if by else "Returns the value, and an empty vector."
    result = said_of(written.several) or result
    throws = "Throws where Julia's own functions do: log(-1)."
    return [headline(program), f"{result} {throws}", *usual(program, written.names, number), *renamed(written.names)]
