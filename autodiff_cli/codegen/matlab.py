"""A program as a function of MATLAB and Octave, of numbers or arrays."""

from math import isfinite

from autodiff_cli.codegen.forms import (
    AND,
    ANGLES,
    ATOM,
    CHOICE,
    COMPARISON,
    GREATEST,
    INFIX,
    OR,
    POWER,
    PRODUCT,
    ROOTS,
    SIGN,
    SIGN_OF,
    SPHERICAL,
    SUM,
    Form,
    calls,
    not_finite,
    words_of,
)
from autodiff_cli.codegen.helpers import Helpers
from autodiff_cli.codegen.names import headline, renamed, said_of, usual
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.simplify import is_number
from autodiff_cli.codegen.writer import Language, Written, WrittenResult
from autodiff_cli.engine.printer import name_of
from autodiff_cli.engine.value import Value

_WORDS = (
    "break case catch classdef continue else elseif end end_try_catch end_unwind_protect endfor endfunction endif "
    "endswitch endwhile for function global if otherwise parfor persistent return spmd switch try until "
    "unwind_protect unwind_protect_cleanup while do Inf NaN ans pi value gradient one slope cellfun isnan ones size "
    "varargin varargout nargin nargout fix imag round real any error psi gammaln"
)
_HELPERS = Helpers("helpers.m")
_REAL = "acos acosh asin atanh log log10 log1p log2 sqrt"  # complex where they have no real value


def number(data: float, label: str | None = None) -> str:
    """A number as MATLAB writes it.

    >>> [number(2.0), number(3.141592653589793, "pi"), number(1e300), number(-inf)]
    ['2', 'pi', '1e+300', '-Inf']
    """
    if label == "pi":
        return "pi"
    if not isfinite(data):
        return not_finite(data, "Inf", "NaN")
    return repr(data).removesuffix(".0")


def special(node: Value) -> Form | None:
    """A whole power by the operator; others may be complex."""
    if node.rule.function.name == "pow" and is_number(node.args[1]) and node.args[1].data % 1 == 0:
        return Form("{0} .^ {1}", POWER, (ATOM, ATOM))
    return None


def _define(name: str, written: Written) -> str:
    """A helper that a formula of the table was made into."""
    head = f"function y = {name}({', '.join(written.names.values())})"
    return "\n".join([head, *written.lines("  "), f"  y = {written.value};", "end"])


_FORMS = (
    INFIX
    | calls(
        "",
        "abs asinh atan atan2 cbrt=nthroot ceil cos cosd cosh erf erfc exp expm1 floor fmod=rem gamma hypot mod sin "
        "sind sinh tan tand tanh trunc=fix",
    )
    | {name: Form(f"fn_real({name}({{0}}))") for name in _REAL.split()}
    | {
        "mul": Form("{0} .* {1}", PRODUCT, (PRODUCT, SIGN)),
        "div": Form("{0} ./ {1}", PRODUCT, (PRODUCT, SIGN)),
        "ne": Form("{0} ~= {1}", COMPARISON, (SUM, SUM)),
        "and": Form("{0} & {1}", AND, (AND, COMPARISON)),
        "or": Form("{0} | {1}", OR, (OR, AND)),
        "not": Form("~{0}", SIGN, (ATOM,)),
        "cbrt": Form("nthroot({0}, 3)"),
        "exp2": Form("2 .^ {0}", POWER, (ATOM,)),
        "exp10": Form("10 .^ {0}", POWER, (ATOM,)),
    }
)
LANGUAGE = Language(
    forms=_FORMS,
    number=number,
    condition=Form("{0} ~= 0", COMPARISON, (SUM,)),
    truth=Form("double({0})", ATOM, (CHOICE,)),
    output=Form("double({0})", ATOM, (CHOICE,)),
    reserved={*_WORDS.split(), *words_of(_FORMS)},
    own_names=_HELPERS.names,
    special=special,
    rewrites={"sign": SIGN_OF, **ANGLES, **GREATEST},
    orders=SPHERICAL,
    powers=ROOTS | {2: "x * x"},
    helper="fn_{}",
    source=_HELPERS.of,
    define=_define,
    assign="{} = {};",
    first="{} = {};",
    lazy=False,
)


def matlab(program: Program, name: str = "f") -> str:
    """A file with one function, which returns the value and a cell of the derivatives, each as large as the value.

    >>> print(matlab(lower(parse("x^2*sin(x)"))))
    function [value, gradient] = f(x)
      % x^2 * sin(x)
      % The variables are numbers or arrays; gradient is a cell of d/dx.
      t1 = x .* x;
      t2 = sin(x);
      value = t1 .* t2;
      gradient = {2 .* t2 .* x + t1 .* cos(x)};
      one = ones(size(x));
      value = value .* one;
      gradient = cellfun(@(slope) slope .* one, gradient, 'UniformOutput', false);
    end
    <BLANKLINE>
    """
    written = Written(program, LANGUAGE, LANGUAGE.identifiers(program.inputs, [name]))
    inputs = list(written.names.values())
    several = written.several
    by = ", ".join(map(name_of, written.slopes)) if not several else ""
    cells = said_of(several) or f"gradient is a cell of {by or 'nothing'}."
    notes = [headline(program), f"The variables are numbers or arrays; {cells}"]
    notes += [*usual(program, written.names, number), *renamed(written.names)]
    spread = [f"  one = ones(size({' + '.join(inputs)}));", *(_spread_rows(several) or _spread(written))]
    function = [
        f"function [value, gradient] = {name}({', '.join(inputs)})",
        *[f"  % {note}" for note in notes],
        *written.lines("  "),
        *(_rows(several) or _row(written)),
        *(spread if inputs else []),
        "end",
    ]
    text = "\n".join([*function, *written.helpers.values()])
    helpers = dict(written.helpers)
    for needed in ("where", "real"):  # by the names of forms, and by the last line
        if f"fn_{needed}(" in text:
            helpers |= LANGUAGE.source(needed)
    return "\n\n".join(["\n".join(function), *helpers.values()]) + "\n"


def _row(written: Written) -> list[str]:
    """The lines that compute the value and the derivatives."""
    return [f"  value = {written.value};", f"  gradient = {{{', '.join(written.slopes.values())}}};"]


def _spread(written: Written) -> list[str]:
    """The lines that make them as large as the variables; where the value is nan, so are the derivatives."""
    each = "fn_where(isnan(value), NaN, slope)" if written.is_partial else "slope .* one"
    return ["  value = value .* one;", f"  gradient = cellfun(@(slope) {each}, gradient, 'UniformOutput', false);"]


def _rows(several: list[WrittenResult]) -> list[str]:
    """The values and the derivatives of several results as cells, a row for each; [] where there is but one."""
    rows = "; ".join([", ".join(one.slopes.values()) for one in several])
    lines = [f"  value = {{{', '.join([one.value for one in several])}}};", f"  gradient = {{{rows}}};"]
    return lines if several else []


def _spread_rows(several: list[WrittenResult]) -> list[str]:
    """The lines that make those as large as the variables."""
    lines = [
        f"  {cells} = cellfun(@(each) each .* one, {cells}, 'UniformOutput', false);" for cells in ("value", "gradient")
    ]
    for at in [at for at, one in enumerate(several, 1) if one.is_partial]:
        row = f"gradient({at}, :)"
        each = f"@(slope) fn_where(isnan(value{{{at}}}), NaN, slope)"
        lines.append(f"  {row} = cellfun({each}, {row}, 'UniformOutput', false);")
    return lines if several else []
