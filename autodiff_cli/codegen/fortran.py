"""A program as a subroutine of Fortran 2008."""

from collections.abc import Mapping
from math import isfinite
from textwrap import wrap

from autodiff_cli.codegen.forms import (
    AND,
    ANGLES,
    ATOM,
    CHOICE,
    COMPARISON,
    GREATEST,
    NOT,
    OR,
    POWER,
    PRODUCT,
    ROOTS,
    SIGN_OF,
    SPHERICAL,
    SUM,
    Form,
    calls,
    words_of,
)
from autodiff_cli.codegen.helpers import Helpers
from autodiff_cli.codegen.names import headline, renamed, said_of, usual
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.writer import Language, Written, WrittenResult
from autodiff_cli.engine.printer import name_of
from autodiff_cli.engine.value import Value

_WORDS = "c_double gradient ieee_arithmetic ieee_positive_inf ieee_quiet_nan ieee_value iso_c_binding iso_fortran_env "
_WORDS += "real64 value"
_LINE = 100  # characters; the standard allows 132
_HELPERS = Helpers("helpers.f90")
_OF_C = {  # what C's library has and Fortran lacks, or has for small numbers alone
    **dict.fromkeys(["cbrt", "ceil", "exp2", "expm1", "floor", "log1p", "log2"], 1),
    "fma": 3,
    "round": 1,
}
_C_NAMES = {"round": "rint"}
_NOT_FINITE = {"inf": "ieee_value(1.0d0, ieee_positive_inf)", "-inf": "(-ieee_value(1.0d0, ieee_positive_inf))"}


def number(data: float, label: str | None = None) -> str:
    """A number as Fortran writes a double; in parentheses where it has a sign, which may follow no operator.

    >>> [number(2.0), number(-0.1), number(1e300), number(inf)]
    ['2.0d0', '(-0.1d0)', '1d+300', 'ieee_value(1.0d0, ieee_positive_inf)']
    """
    if not isfinite(data):
        return _NOT_FINITE.get(repr(data), "ieee_value(1.0d0, ieee_quiet_nan)")
    text = repr(data).replace("e", "d")
    text = text if "d" in text else f"{text}d0"
    return f"({text})" if text.startswith("-") else text


def _folded(step: Value) -> bool:
    """Whether compilers refuse to compute an operation on numbers: where it has no finite result, or a power."""
    return not isfinite(step.data) or step.rule.function.name == "pow"


def _source(name: str) -> Mapping[str, str]:
    """A helper and what it needs: of ours, or one that calls C's library."""
    if name not in _OF_C:
        return _HELPERS.of(name)
    arguments = ", ".join("abc"[: _OF_C[name]])
    theirs = _C_NAMES.get(name, name)
    lines = [
        f"real(real64) function fn_{name}({arguments})",
        f"  real(real64), intent(in) :: {arguments}",
        "  interface",
        f'    real(c_double) function c_{theirs}({arguments}) bind(c, name="{theirs}")',
        "      use, intrinsic :: iso_c_binding, only: c_double",
        f"      real(c_double), value :: {arguments}",
        f"    end function c_{theirs}",
        "  end interface",
        f"  fn_{name} = c_{theirs}({arguments})",
        f"end function fn_{name}",
    ]
    return {f"fn_{name}": "\n".join(lines)}


def _define(name: str, written: Written) -> str:
    """A helper that a formula of the table was made into."""
    arguments = ", ".join(written.names.values())
    lines = [
        f"real(real64) function {name}({arguments})",
        f"  real(real64), intent(in) :: {arguments}",
        *_temporaries(written),
        *written.lines("  "),
        f"  {name} = {written.value}",
        f"end function {name}",
    ]
    return "\n".join(lines)


def _temporaries(written: Written) -> list[str]:
    """The declarations of what has a name."""
    kinds = {"real(real64)": written.temporaries(conditions=False), "logical": written.temporaries(conditions=True)}
    return [f"  {kind} :: {', '.join(names)}" for kind, names in kinds.items() if names]


def _folded_lines(lines: list[str]) -> list[str]:
    """Lines that are too long for Fortran as several, each but the last with a sign that it goes on."""
    found: list[str] = []
    for line in lines:
        comment = line.startswith("!")
        indent = "!   " if comment else " " * 6
        *first, last = wrap(line, _LINE, subsequent_indent=indent, break_long_words=False) or [line]
        found += [*(first if comment else [f"{one} &" for one in first]), last]
    return found


_FORMS = calls(
    "",
    "abs acos acosh asin asinh atan atan2 atanh copysign=sign cos cosh erf erfc exp fmod=mod gamma hypot "
    "lgamma=log_gamma log log10 sin sinh sqrt tan tanh trunc=aint",
) | {
    # No sign stands beside another operator
    "add": Form("{0} + {1}", SUM, (SUM, PRODUCT)),
    "sub": Form("{0} - {1}", SUM, (SUM, PRODUCT)),
    "mul": Form("{0} * {1}", PRODUCT, (PRODUCT, POWER)),
    "div": Form("{0} / {1}", PRODUCT, (PRODUCT, POWER)),
    "neg": Form("(-{0})", ATOM, (PRODUCT,)),
    "pow": Form("{0}**{1}", POWER, (ATOM, ATOM)),
    "lt": Form("{0} < {1}", COMPARISON, (SUM, SUM)),
    "le": Form("{0} <= {1}", COMPARISON, (SUM, SUM)),
    "gt": Form("{0} > {1}", COMPARISON, (SUM, SUM)),
    "ge": Form("{0} >= {1}", COMPARISON, (SUM, SUM)),
    "eq": Form("{0} == {1}", COMPARISON, (SUM, SUM)),
    "ne": Form("{0} /= {1}", COMPARISON, (SUM, SUM)),
    "and": Form("{0} .and. {1}", AND, (AND, NOT)),
    "or": Form("{0} .or. {1}", OR, (OR, AND)),
    "not": Form(".not. {0}", NOT, (COMPARISON,)),
    "where": Form("merge({1}, {2}, {0})"),
}
LANGUAGE = Language(
    forms=_FORMS,
    number=number,
    condition=Form("{0} /= 0.0d0", COMPARISON, (SUM,)),
    truth=Form("merge(1.0d0, 0.0d0, {0})", ATOM, (CHOICE,)),
    output=Form("merge(1.0d0, 0.0d0, {0})", ATOM, (CHOICE,)),
    reserved={*_WORDS.split(), *words_of(_FORMS)},
    own_names=_HELPERS.names,
    one_case=True,
    folded=_folded,
    rewrites={"sign": SIGN_OF, **ANGLES, **GREATEST},
    orders=SPHERICAL,
    powers=ROOTS | {2: "x * x"},
    helper="fn_{}",
    source=_source,
    define=_define,
    lazy=False,
)


def fortran(program: Program, name: str = "f") -> str:
    """A file with one subroutine, which writes the value and the derivatives into its last arguments.

    >>> print(fortran(lower(parse("x^2*sin(x)"))))
    ! x^2 * sin(x)
    ! value receives the value, gradient d/dx.
    subroutine f(x, value, gradient)
      use, intrinsic :: iso_fortran_env, only: real64
      use, intrinsic :: ieee_arithmetic
      implicit none
      real(real64), intent(in) :: x
      real(real64), intent(out) :: value, gradient(1)
      real(real64) :: t1, t2
      t1 = x * x
      t2 = sin(x)
      value = t1 * t2
      gradient(1) = 2.0d0 * t2 * x + t1 * cos(x)
    end subroutine f
    <BLANKLINE>
    """
    written = Written(program, LANGUAGE, LANGUAGE.identifiers(program.inputs, [name.lower()]))
    inputs, several = list(written.names.values()), written.several
    count = len(several[0].slopes if several else written.slopes)
    results = ["value", *["gradient"] * bool(count)]
    shapes = [f"({len(several)})", f"({len(several)}, {count})"] if several else ["", f"({count})"]
    declared = [f"{one}{shape}" for one, shape in zip(results, shapes, strict=False)]
    body = [
        f"subroutine {name}({', '.join(inputs + results)})",
        "  use, intrinsic :: iso_fortran_env, only: real64",
        "  use, intrinsic :: ieee_arithmetic",
        "  implicit none",
        *([f"  real(real64), intent(in) :: {', '.join(inputs)}"] if inputs else []),
        f"  real(real64), intent(out) :: {', '.join(declared)}",
        *_temporaries(written),
        *written.lines("  "),
        *(_rows(several) if several else _row(written)),
    ]
    helpers = [line for text in written.helpers.values() for line in ["", *text.split("\n")]]
    inner = ["contains", *[f"  {line}".rstrip() for line in helpers]] if helpers else []
    end = f"end subroutine {name}"
    return "\n".join(_folded_lines([*_notes(program, written), *body, *inner, end])) + "\n"


def _row(written: Written) -> list[str]:
    """The lines that write the value and the derivatives; where that is nan, so are they."""
    slopes = [f"  gradient({index}) = {text}" for index, text in enumerate(written.slopes.values(), 1)]
    lacks = ["  if (value /= value) gradient = value"] * written.is_partial
    return [f"  value = {written.value}", *slopes, *lacks]


def _rows(several: list[WrittenResult]) -> list[str]:
    """The same of several results, a row of derivatives for each."""
    lines = []
    for at, one in enumerate(several, 1):
        lines.append(f"  value({at}) = {one.value}")
        lines += [f"  gradient({at}, {index}) = {text}" for index, text in enumerate(one.slopes.values(), 1)]
        lines += [f"  if (value({at}) /= value({at})) gradient({at}, :) = value({at})"] * one.is_partial
    return lines


def _notes(program: Program, written: Written) -> list[str]:
    """What the comment above the subroutine says."""
    by = ", ".join(map(name_of, written.slopes)) if not written.several else ""
    receives = f"value receives the value{f', gradient {by}' if by else ''}."
    notes = [headline(program), said_of(written.several) or receives]
    return [f"! {note}" for note in [*notes, *usual(program, written.names, number), *renamed(written.names)]]
