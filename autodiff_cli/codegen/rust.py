"""A program as a Rust function that needs the standard library alone."""

from math import isfinite

from autodiff_cli.codegen.forms import (
    AND,
    ANGLES,
    ATOM,
    CHOICE,
    COMPARISON,
    INFIX,
    OR,
    PRODUCT,
    REMAINDER,
    ROOTS,
    SIGN,
    SIGN_OF,
    SPHERICAL,
    SUM,
    Form,
    not_finite,
)
from autodiff_cli.codegen.helpers import Helpers
from autodiff_cli.codegen.names import headline, renamed, said_of, usual
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.writer import Language, Written
from autodiff_cli.engine.printer import name_of

_WORDS = (
    "abstract as async await become box break const continue crate do dyn else enum extern f32 f64 false final fn for "
    "gradient if impl in let loop macro main match mod move mut override priv pub ref return self static struct super "
    "trait true try type typeof union unsafe unsized use value virtual where while yield std"
)
_METHODS = (
    "abs acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh exp exp2 expm1=exp_m1 floor hypot log=ln "
    "log10 log1p=ln_1p log2 pow=powf round=round_ties_even sin sinh sqrt tan tanh trunc"
)
_HELPERS = Helpers("helpers.rs")


def _methods(names: str) -> dict[str, Form]:
    """How these functions are called as methods of their first argument; `ours=theirs` where the name is another."""
    pairs = [name.partition("=") for name in names.split()]
    two = ("atan2", "copysign", "hypot", "pow")
    return {
        ours: Form(f"{{0}}.{theirs or ours}({'{1}' if ours in two else ''})", ATOM, (ATOM, CHOICE))
        for ours, _, theirs in pairs
    }


def number(data: float, label: str | None = None) -> str:
    """A number as Rust writes a double.

    >>> number(2.0), number(3.141592653589793, "pi"), number(1e300), number(nan)
    ('2.0_f64', 'std::f64::consts::PI', '1e+300_f64', 'f64::NAN')
    """
    if label in ("pi", "e"):
        return f"std::f64::consts::{label.upper()}"
    if not isfinite(data):
        return not_finite(data, "f64::INFINITY", "f64::NAN")
    return f"{data!r}_f64"


def _parameters(written: Written) -> str:
    return ", ".join([f"{name}: f64" for name in written.names.values()])


def _define(name: str, written: Written) -> str:
    """A helper that a formula of the table was made into."""
    return "\n".join([f"fn {name}({_parameters(written)}) -> f64 {{", *written.lines(), f"    {written.value}", "}"])


LANGUAGE = Language(
    forms=INFIX
    | _methods(_METHODS)
    | {
        "and": Form("{0} && {1}", AND, (COMPARISON, COMPARISON)),
        "or": Form("{0} || {1}", OR, (COMPARISON, COMPARISON)),
        "not": Form("!{0}", SIGN, (ATOM,)),
        "where": Form("(if {0} {{ {1} }} else {{ {2} }})", ATOM, (CHOICE, CHOICE, CHOICE)),
        "fmod": Form("{0} % {1}", REMAINDER, (PRODUCT, SIGN)),
    },
    number=number,
    condition=Form("{0} != 0.0", COMPARISON, (SUM,)),
    truth=Form("(if {0} {{ 1.0_f64 }} else {{ 0.0_f64 }})", ATOM, (CHOICE,)),
    output=Form("(if {0} {{ 1.0_f64 }} else {{ 0.0_f64 }})", ATOM, (CHOICE,)),
    reserved=set(_WORDS.split()),
    rewrites={"sign": SIGN_OF, **ANGLES},
    orders=SPHERICAL,
    powers=ROOTS | {2: "x * x"},
    helper="fn_{}",
    source=_HELPERS.of,
    own_names=_HELPERS.names,
    define=_define,
    assign="let {} = {};",
    first="let {} = {};",
    lazy=False,
)


def rust(program: Program, name: str = "f") -> str:
    """A file with one function, which returns the value and the derivatives, in the order of its comment.

    >>> print(rust(lower(parse("x^2*sin(x)"))))
    /// x^2 * sin(x)
    ///
    /// Returns the value and d/dx.
    #[allow(non_snake_case, unused_parens, unused_variables, clippy::all)]
    pub fn f(x: f64) -> (f64, [f64; 1]) {
        let t1 = x * x;
        let t2 = x.sin();
        let value = t1 * t2;
        (value, [2.0_f64 * t2 * x + t1 * x.cos()])
    }
    <BLANKLINE>
    """
    written = Written(program, LANGUAGE)
    if written.several:
        return _several(program, written, name)
    count = len(written.slopes)
    by = [*map(name_of, written.slopes)]
    result = f"(value, [{', '.join(written.slopes.values())}])"
    if written.is_partial:
        result = f"if value.is_nan() {{ (value, [value; {count}]) }} else {{ {result} }}"
    said = f"Returns the value and {', '.join(by)}." if by else "Returns the value."
    head = f"pub fn {name}({_parameters(written)}) -> (f64, [f64; {count}]) {{"
    return _file(program, written, said, [head, *written.lines(), f"    let value = {written.value};", f"    {result}"])


def _several(program: Program, written: Written, name: str) -> str:
    """A file with one function, which returns the values and a row of derivatives for each."""
    several = written.several
    rows, count = len(several), len(several[0].slopes)
    gradient = ", ".join([f"[{', '.join(one.slopes.values())}]" for one in several])
    partial = [index for index, one in enumerate(several) if one.is_partial]
    body = [
        f"pub fn {name}({_parameters(written)}) -> ([f64; {rows}], [[f64; {count}]; {rows}]) {{",
        *written.lines(),
        f"    let value: [f64; {rows}] = [{', '.join([one.value for one in several])}];",
        f"    let {'mut ' * bool(partial)}gradient: [[f64; {count}]; {rows}] = [{gradient}];",
        *[f"    if value[{at}].is_nan() {{ gradient[{at}] = [value[{at}]; {count}]; }}" for at in partial],
        "    (value, gradient)",
    ]
    return _file(program, written, said_of(several), body)


def _file(program: Program, written: Written, said: str, function: list[str]) -> str:
    """The helpers, and the function below what is said of it."""
    notes = [headline(program), "", said, *usual(program, written.names, number), *renamed(written.names)]
    lines = [
        *[f"/// {note}".rstrip() for note in notes],
        "#[allow(non_snake_case, unused_parens, unused_variables, clippy::all)]",
        *function,
        "}",
    ]
    return "\n\n".join([*written.helpers.values(), "\n".join(lines)]) + "\n"
