"""A program as a script that builds sympy's expressions."""

import keyword
import re
from fractions import Fraction
from math import isfinite

from autodiff_cli.codegen.forms import ATOM, CHOICE, INFIX, POWER, PRODUCT, SIGN, SUM, Form, calls, words_of
from autodiff_cli.codegen.names import renamed
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.python import results, title
from autodiff_cli.codegen.simplify import is_number
from autodiff_cli.codegen.writer import Language, Written
from autodiff_cli.engine.value import Value


def number(data: float, label: str | None = None) -> str:
    """A number as sympy has it exactly: whole ones as they are, decimals as the fraction that they are written as.

    >>> [number(2.0), number(-0.5), number(0.1), number(2.718281828459045, "e"), number(inf)]
    ['2', '-Rational(1, 2)', "Rational('0.1')", 'exp(1)', 'oo']
    """
    if label in _CONSTANTS:
        return _CONSTANTS[label]
    if data != data:
        return "nan"
    sign, size = ("-", -data) if data < 0 else ("", data)
    if not isfinite(size):
        return f"{sign}oo"
    exact = Fraction(size)
    if exact.denominator == 1:
        return f"{sign}{exact}"
    written = f"{exact.numerator}, {exact.denominator}" if exact.denominator <= 64 else repr(str(size))
    return f"{sign}Rational({written})"


_CONSTANTS: dict[str | None, str] = {"pi": "pi", "e": "exp(1)", "tau": "(2*pi)"}
_OF_NUMBERS = {  # of two whole numbers Python would make a float
    "div": Form("Rational({0}) / {1}", PRODUCT, (CHOICE, SIGN)),
    "pow": Form("Rational({0})**{1}", POWER, (CHOICE, SIGN)),
}


def _special(node: Value) -> Form | None:
    form = _OF_NUMBERS.get(node.rule.function.name)
    if form and all(map(_is_unnamed_number, node.args)):
        return form
    return None


def _is_unnamed_number(node: Value) -> bool:
    return is_number(node) and not node.label


_ROUND = "floor({0} + Rational(1, 2)) - Piecewise((1, Eq(Mod({0} + Rational(1, 2), 2), 1)), (0, True))"

_FORMS = (
    INFIX
    | calls(
        "",
        "abs=Abs acos acosh acot acoth acsc acsch asec asech asin asinh atan atan2 atanh ceil=ceiling cos cosh cot "
        "coth csc csch digamma erf erfc exp floor gamma log max=Max min=Min mod=Mod polygamma sec sech sign sin sinh "
        "sqrt tan tanh and=And or=Or not=Not eq=Eq ne=Ne airyai airyaiprime airybi airybiprime besseli besselj besselk "
        "bessely ci=Ci ei=Ei ellipe=elliptic_e ellipk=elliptic_k erfinv lambertw=LambertW li si=Si zeta",
    )
    | {
        "where": Form("Piecewise(({1}, {0}), ({2}, True))"),
        "pow": Form("{0}**{1}", POWER, (ATOM, SIGN)),
        "heaviside": Form("Heaviside({0}, Rational(1, 2))"),
        "copysign": Form("Abs({0})*Piecewise((1, {1} >= 0), (-1, True))", PRODUCT),
        "trunc": Form("sign({0})*floor(Abs({0}))", PRODUCT),
        "round": Form(_ROUND, SUM, (SUM,)),
        "fmod": Form("sign({0})*Mod(Abs({0}), Abs({1}))", PRODUCT),
        "cbrt": Form("sign({0})*Abs({0})**Rational(1, 3)", PRODUCT),
        "hypot": Form("sqrt({0}**2 + {1}**2)", ATOM, (ATOM,)),
        "fma": Form("{0}*{1} + {2}", SUM, (PRODUCT, SIGN, PRODUCT)),
        "exp2": Form("2**{0}", POWER, (SIGN,)),
        "exp10": Form("10**{0}", POWER, (SIGN,)),
        "expm1": Form("exp({0}) - 1", SUM),
        "log10": Form("log({0})/log(10)", PRODUCT),
        "log2": Form("log({0})/log(2)", PRODUCT),
        "log1p": Form("log(1 + {0})", ATOM, (PRODUCT,)),
        "logaddexp": Form("log(exp({0}) + exp({1}))"),
        "sind": Form("sin(pi*{0}/180)", ATOM, (SIGN,)),
        "cosd": Form("cos(pi*{0}/180)", ATOM, (SIGN,)),
        "tand": Form("tan(pi*{0}/180)", ATOM, (SIGN,)),
        "cotd": Form("cot(pi*{0}/180)", ATOM, (SIGN,)),
        "secd": Form("sec(pi*{0}/180)", ATOM, (SIGN,)),
        "cscd": Form("csc(pi*{0}/180)", ATOM, (SIGN,)),
        "sinc": Form("sinc(pi*{0})", ATOM, (SIGN,)),
        "spherical_jn": Form("sign({1})**{0}*jn({0}, Abs({1}))", PRODUCT, (ATOM, CHOICE)),
        "lgamma": Form("log(Abs(gamma({0})))"),
        "sigmoid": Form("1/(1 + exp(-{0}))", PRODUCT, (POWER,)),
        "softplus": Form("log(1 + exp({0}))"),
        "logit": Form("log({0}/(1 - {0}))", ATOM, (SIGN,)),
        "root": Form("sign({0})*Abs({0})**(Rational(1)/{1})", PRODUCT, (CHOICE, SIGN)),
        "xlogy": Form("{0}*log({1})", PRODUCT, (SIGN, CHOICE)),
        "xlog1py": Form("{0}*log(1 + {1})", PRODUCT, (SIGN, PRODUCT)),
        "log1mexp": Form("log(1 - exp({0}))"),
        "binomial": Form("binomial({0}, {1})"),
        "gammapdf": Form("{1}**({0} - 1)*exp(-{1})/gamma({0})", PRODUCT, (SUM, ATOM)),
        "betapdf": Form(
            "{2}**({0} - 1)*(1 - {2})**({1} - 1)*gamma({0} + {1})/(gamma({0})*gamma({1}))", PRODUCT, (SUM, SUM, ATOM)
        ),
        "beta": Form("gamma({0})*gamma({1})/gamma({0} + {1})", PRODUCT, (SUM, SUM)),
        "lbeta": Form("log(gamma({0})*gamma({1})/gamma({0} + {1}))", ATOM, (SUM, SUM)),
        "normpdf": Form("exp(-{0}**2/2)/sqrt(2*pi)", PRODUCT, (ATOM,)),
        "normcdf": Form("erfc(-{0}/sqrt(2))/2", PRODUCT, (ATOM,)),
        "elu": Form("Piecewise(({0}, {0} > 0), (exp({0}) - 1, True))", ATOM, (SUM,)),
        "selu": Form(
            "Piecewise(({0}*Rational(2365968287565977, 2**51), {0} > 0), "
            "((exp({0}) - 1)*Rational(494860971020035, 2**48), True))",
            ATOM,
            (SIGN,),
        ),
        "norminv": Form("sqrt(2)*erfinv(2*{0} - 1)", PRODUCT, (SIGN,)),
        "erfcinv": Form("erfinv(1 - {0})", ATOM, (SIGN,)),
        "erfcx": Form("exp({0}**2)*erfc({0})", PRODUCT, (ATOM,)),
        "ierfcx": Form("1/sqrt(pi) - {0}*exp({0}**2)*erfc({0})", SUM, (ATOM,)),
        "dawson": Form("sqrt(pi)/2*exp(-{0}**2)*erfi({0})", PRODUCT, (ATOM,)),
        "ellipd": Form("(elliptic_k({0}) - elliptic_e({0}))/{0}", PRODUCT, (ATOM,)),
        "gammainc": Form("lowergamma({0}, {1})/gamma({0})", PRODUCT),
        "gammaincc": Form("uppergamma({0}, {1})/gamma({0})", PRODUCT),
        "gelu": Form("{0}*erfc(-{0}/sqrt(2))/2", PRODUCT, (ATOM,)),
    }
)
_NAMES = words_of(_FORMS) - {"True"} | {*("Piecewise", "Ne", "Rational", "exp", "pi", "oo", "nan", "Symbol")}
LANGUAGE = Language(
    forms=_FORMS,
    number=number,
    condition=Form("Ne({0}, 0)"),
    truth=Form("Piecewise((1, {0}), (0, True))"),
    output=Form("Piecewise((1, {0}), (0, True))"),
    special=_special,
    reserved={*keyword.kwlist, *keyword.softkwlist, *_NAMES, "value", "gradient"},
    pairs=False,
    lazy=False,
)


def sympy(program: Program) -> str:
    """A script that ends with `value`, and `gradient` by name, as sympy's expressions of real symbols.

    >>> print(sympy(lower(parse("x^2*sin(x)"))))
    \"""x^2 * sin(x)\"""
    <BLANKLINE>
    from sympy import Symbol, cos, sin
    <BLANKLINE>
    x = Symbol("x", real=True)
    t1 = x**2
    t2 = sin(x)
    value = t1 * t2
    gradient = {
        "x": 2 * t2 * x + t1 * cos(x),
    }
    <BLANKLINE>
    """
    written = Written(program, LANGUAGE)
    lines = [
        *(f"# {line}" for line in renamed(written.names)),
        *(f'{new} = Symbol("{old}", real=True)' for old, new in written.names.items()),
        *written.lines(""),
        *(line.removeprefix("    ") for line in results(written)),
    ]
    text = "\n".join(lines)
    used = sorted(_NAMES.intersection(re.findall(r"\w+", text)))
    imports = f"from sympy import {', '.join(used)}\n\n" if used else ""
    return f'"""{title(program)}"""\n\n{imports}{text}\n'
