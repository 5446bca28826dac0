"""A program as a C99 function."""

import re
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import NamedTuple

from autodiff_cli.codegen.forms import (
    ATOM,
    CHOICE,
    COMPARISON,
    INFIX,
    OR,
    ROOTS,
    SIGN,
    SIGN_OF,
    SUM,
    Form,
    calls,
    not_finite,
)
from autodiff_cli.codegen.helpers import Helpers
from autodiff_cli.codegen.names import headline, renamed, said_of, usual
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.writer import Language, Written, WrittenResult
from autodiff_cli.engine.printer import name_of

_WORDS = (  # keywords, those of C23 too, and what math.h declares
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof "
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma "
    "fmax fmin fmod fpclassify frexp hypot ilogb isfinite isgreater isgreaterequal isinf isless islessequal "
    "islessgreater isnan isnormal isunordered ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround modf "
    "nan nearbyint nextafter nexttoward pow remainder remquo rint round scalbln scalbn signbit sin sinh sqrt tan tanh "
    "tgamma trunc alignas alignof bool constexpr false nullptr static_assert thread_local true typeof_unqual "
    "INFINITY NAN HUGE_VAL HUGE_VALF HUGE_VALL MATH_ERRNO MATH_ERREXCEPT math_errhandling float_t double_t "
    "FP_INFINITE FP_NAN FP_NORMAL FP_SUBNORMAL FP_ZERO FP_FAST_FMA FP_FAST_FMAF FP_FAST_FMAL FP_ILOGB0 FP_ILOGBNAN "
    "M_E M_LOG2E M_LOG10E M_LN2 M_LN10 M_PI M_PI_2 M_PI_4 M_1_PI M_2_PI M_2_SQRTPI M_SQRT2 M_SQRT1_2 linux unix pi "
    "gradient value main"
)


_HELPERS = Helpers("helpers.c")


def number(data: float, label: str | None = None) -> str:
    """A number as C writes a double."""
    if label == "pi":
        return "pi"
    return repr(data) if isfinite(data) else not_finite(data, "INFINITY", "NAN")


def _parameters(written: Written) -> list[str]:
    return [f"double {name}" for name in written.names.values()]


def _define(name: str, written: Written) -> str:
    """A helper that a formula of the table was made into."""
    body = [*written.lines(), f"    return {written.value};"]
    return "\n".join([f"static double {name}({', '.join(_parameters(written))})", "{", *body, "}"])


LANGUAGE = Language(
    forms=INFIX
    | calls(
        "",
        "abs=fabs acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 floor fma "
        "fmod gamma=tgamma hypot lgamma log log10 log1p log2 pow round=rint sin sinh sqrt tan tanh trunc",
    )
    | {
        # Neither of the two without parentheses beside the other, which compilers warn of
        "and": Form("{0} && {1}", OR, (COMPARISON, COMPARISON)),
        "or": Form("{0} || {1}", OR, (COMPARISON, COMPARISON)),
        "not": Form("!{0}", SIGN, (ATOM,)),
        "where": Form("{0} ? {1} : {2}", CHOICE, (OR, OR, CHOICE)),
    },
    number=number,
    condition=Form("{0} != 0.0", COMPARISON, (SUM,)),
    truth=Form("(double)({0})", SIGN, (CHOICE,)),
    output=Form("(double)({0})", SIGN, (CHOICE,)),
    reserved=_WORDS.split(),
    rewrites={"sign": SIGN_OF},
    powers=ROOTS | {2: "x * x"},
    helper="fn_{}",
    source=_HELPERS.of,
    own_names=_HELPERS.names,
    define=_define,
    assign="{} = {};",
    first="const double {} = {};",
    begin="if ({}) {{",
    otherwise="} else {",
    end="}",
)


class Dialect(NamedTuple):
    """C, or what C++ has in other words."""

    language: Language
    includes: tuple[str, ...]
    compile: str  # how to compile it, as the comment says


C99 = Dialect(
    LANGUAGE,
    ("#include <math.h>",),
    "-std=c99 -ffp-contract=off, so that every step is rounded as it stands; link with -lm",
)


def c(program: Program, name: str = "f") -> str:
    """A file with one function, which returns the value and writes the derivatives into its last argument.

    >>> print(c(lower(parse("x^2*sin(x)"))).partition("*/")[2].strip())
    #include <math.h>
    <BLANKLINE>
    double f(double x, double gradient[1])
    {
        const double t1 = x * x;
        const double t2 = sin(x);
        gradient[0] = 2.0 * t2 * x + t1 * cos(x);
        return t1 * t2;
    }
    """
    return file(program, name, C99)


def file(program: Program, name: str, dialect: Dialect) -> str:
    """A file with one function, in a dialect."""
    written = Written(program, dialect.language)
    parts = [*written.helpers.values(), _function(written, name)]
    head = [_comment([*_notes(program, written), f"Compile with {dialect.compile}."]), *dialect.includes]
    if any(re.search(r"\bpi\b", part) for part in parts):
        head += ["", "static const double pi = 3.141592653589793;"]
    return "\n\n".join(["\n".join(head), *parts]) + "\n"


def header(program: Program, name: str = "f") -> str:
    """The header of that file: the prototype, for other files that call the function.

    >>> print(header(lower(parse("x^2")), "square"))
    /* x^2 */
    #ifndef SQUARE_H
    #define SQUARE_H
    <BLANKLINE>
    double square(double x, double gradient[1]);
    <BLANKLINE>
    #endif
    <BLANKLINE>
    """
    written = Written(program, LANGUAGE)
    guard = f"{name.upper()}_H"
    comment = headline(program).replace("*/", "* /")
    lines = [
        f"/* {comment} */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        f"{_head(written, name)};",
        "",
        "#endif",
        "",
    ]
    return "\n".join(lines)


def _head(written: Written, name: str) -> str:
    """What the function is called and takes."""
    if several := written.several:
        count = len(several[0].slopes)
        results = [f"double value[{len(several)}]", *[f"double gradient[{len(several)}][{count}]"] * bool(count)]
        return f"void {name}({', '.join(_parameters(written) + results)})"
    count = len(written.slopes)
    parameters = _parameters(written) + [f"double gradient[{count}]"] * bool(count)
    return f"double {name}({', '.join(parameters) or 'void'})"


def _function(written: Written, name: str) -> str:
    """The function's text."""
    if several := written.several:
        rows = [line for index, one in enumerate(several) for line in _row(index, one)]
        return "\n".join([_head(written, name), "{", *_unused(written), *written.lines(), *rows, "}"])
    slopes = {f"gradient[{index}]": text for index, text in enumerate(written.slopes.values())}
    body = [*_unused(written), *written.lines(), *_results(written.value, slopes, written.is_partial)]
    return "\n".join([_head(written, name), "{", *body, "}"])


def _row(index: int, one: WrittenResult) -> list[str]:
    """The lines that write one result of several, and its derivatives; where that is nan, so are they."""
    value = f"value[{index}]"
    slopes = {f"gradient[{index}][{at}]": text for at, text in enumerate(one.slopes.values())}
    lines = [f"    {name} = {text};" for name, text in {value: one.value, **slopes}.items()]
    if one.is_partial:
        lines += [f"    if ({value} != {value}) {{", f"        {' = '.join(slopes)} = {value};", "    }"]
    return lines


def _unused(written: Written) -> list[str]:
    """The lines that tell compilers that a parameter is not needed."""
    program = written.program
    unused = [name for name, node in program.inputs.items() if not program.uses[node]]
    return [f"    (void){written.names[name]};" for name in unused]


def _results(value: str, slopes: Mapping[str, str], is_partial: bool) -> list[str]:
    """The lines that write the derivatives and return the value; where that is nan, so are they."""
    assigned = [f"    {slope} = {text};" for slope, text in slopes.items()]
    if not is_partial:
        return [*assigned, f"    return {value};"]
    return [
        f"    const double value = {value};",
        *assigned,
        "    if (value != value) {",
        f"        {' = '.join(slopes)} = value;",
        "    }",
        "    return value;",
    ]


def _notes(program: Program, written: Written) -> list[str]:
    """What the comment above the function says."""
    by = [*map(name_of, written.slopes)] if not written.several else []
    receives = f"Returns the value; gradient receives {', '.join(by)}." if by else "Returns the value."
    return [
        headline(program),
        "",
        said_of(written.several) or receives,
        *usual(program, written.names, number),
        *renamed(written.names),
    ]


def _comment(notes: Iterable[str]) -> str:
    lines = [f" * {note}".rstrip().replace("*/", "* /") for note in notes]  # none of them may end it
    return "\n".join(["/*", *lines, " */"])
