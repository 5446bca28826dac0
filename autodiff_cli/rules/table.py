"""THE rule table: one entry holds all that is known of a function. Pure data, it imports nothing of ours.

A formula is text in Python's expression syntax over *numbers*: floats, arrays, balls or `Value`s. It may use the
entry's arguments by name, its own result as `y`, `pi`, `nan`, whole numbers and any other function of the table.
Decimal fractions are written as quotients (`x / 100`), so that a formula is exact whatever the numbers are.
`numbers` turns the text into callables for one kind of number.
"""

from collections.abc import Sequence
from functools import cache
from math import inf
from typing import Any, NamedTuple


class Kink(NamedTuple):
    """Where a function is not smooth, and what is returned as its slope there, both in words."""

    where: str  # of a function that jumps, "at" or "where"
    slope: str
    jumps: bool = False  # whether it is not even continuous
    steep: bool = False  # whether the slope is infinite


class Function(NamedTuple):
    """One function of the language.

    `value` is empty where every kind of number brings a kernel of that name; a kernel also wins over the formula.
    A partial that is the text "0", and one of a function that `selects`, carries nothing back where it is zero: the
    result does not depend on that argument there, so not even an infinite slope behind it matters.
    A formula in `shown_partials` is in the language's own syntax.
    A variadic entry takes two arguments or more, `args` in its formulas; a value may be made by `sum`, or by `reduce`
    of a function of two. Its one partial is for the argument `x`, and what is shown is a formula for two arguments `a`
    and `b`, and in words for any number.
    """

    name: str
    args: tuple[str, ...]
    partials: tuple[str, ...]
    doc: str
    at: tuple[tuple[float, ...], ...]  # sample points: inside the domain, off the kinks
    value: str = ""
    sign: str = ""  # what is known of it everywhere: "+", "+0" (not negative), or nothing
    domain: str = ""  # outside it the value is not finite; empty: everywhere
    kinks: tuple[Kink, ...] = ()  # where it is not smooth
    hint: str = ""  # what to do outside the domain
    accuracy: str = ""  # where others do better, or floats give less than four units in the last place (ulp)
    aliases: tuple[str, ...] = ()
    symbol: str = ""  # how the language writes it, where it is no call
    shown_partials: tuple[str, ...] = ()  # as a reader would have them, where the rule is written for its digits
    shown_except: tuple[str, ...] = ()  # in words, what these leave out
    selects: bool = False
    variadic: bool = False
    own: bool = False  # defined by this process; no formula of the table calls it

    @property
    def jumps(self) -> bool:
        """Whether it is somewhere not continuous."""
        return any([kink.jumps for kink in self.kinks])  # noqa: C419

    @property
    def bends(self) -> bool:
        """Whether it jumps or has a kink, other than by an infinite slope."""
        return any([not kink.steep for kink in self.kinks])  # noqa: C419

    def readable_partial(self, index: int, count: int) -> str:
        """The partial as a reader would have it, in Python's syntax; empty where only the rule will do.

        That is so of a variadic function of more than two arguments.
        """
        if self.variadic and count > 2:
            return ""
        text = self.shown_partials[index] if self.shown_partials else self.partials[index]
        return text.replace("^", "**")

    def partial_by(self, index: int) -> str:
        """The formula of the partial by an argument; all those of a variadic function have one."""
        return self.partials[0 if self.variadic else index]

    def left_out(self, index: int) -> str:
        """In words, what the partial that is shown leaves out; empty where that is nothing."""
        return self.shown_except[index] if self.shown_except else ""


def _entry(names: str, args: str, *partials: str, doc: str, at: tuple[Any, ...], **rest: Any) -> Function:
    """An entry whose sample points, where there is one argument, are plain numbers."""
    name, *aliases = names.split()
    points = tuple([p if isinstance(p, tuple) else (p,) for p in at])
    return Function(name, tuple(args.split()), partials, doc, points, aliases=tuple(aliases), **rest)


def _bent(where: str) -> tuple[Kink, ...]:
    return (Kink(where, "slope 0"),)


def _step(where: str) -> tuple[Kink, ...]:
    return (Kink(where, "slope 0", jumps=True),)


def _steep(where: str) -> tuple[Kink, ...]:
    return (Kink(where, "slope infinite", steep=True),)


# Seams lie where nobody's numbers do, as at p = 4/7: a ball that straddles one is undecided
_BY_Y = "(abs(x) > 0) * ((7 * p < 4) + (p > 2**53))"
_ROOT = "pow(where(x, abs(x), 1), 1 / n)"
# Names that are functions where they are called only, and variables else; no word is taken apart by them
ALSO_VARIABLES = frozenset(
    ["beta", "ci", "ei", "j0", "j1", "li", "mean", "norm", "Phi", "root", "si", "y0", "y1", "zeta"],
)
# exp(-x^2): the square as a float, and the exact rest of it. Any bound will do that exp(-bound) is 0 at
_BELL = "exp(-min(x * x, 1000)) * exp(-fma(x, x, -min(x * x, 1000)))"
# The nearest floats to its two factors (Klambauer et al. 2017)
_SELU, _SELU_BELOW = "2365968287565977 / 2**51", "494860971020035 / 2**48"
_FAR = "next to a multiple of pi/2 far out, at 5e255 for instance; else to 3"
_POLES = "x > 0 or x != floor(x)"
_NO_POLE = "where({0} > -1, 1, {0} - floor({0}))"  # of gamma({0} + 1)
_TURNED = "where({0} > -1, 1, 1 - 2 * mod(floor({0}) + 1, 2))"  # the sign of gamma({0} + 1)
# Of the two incomplete functions, the slope by x: a density, whose powers alone say what it is at an end
_GAMMA_DENSITY = "where(x, gammapdf(a, x), pow(x, a - 1))"
_BETA_DENSITY = "where(x * (1 - x), betapdf(a, b, x), pow(x, a - 1) * pow(1 - x, b - 1) / beta(a, b))"
_WHOLE = _step("at whole numbers")

FUNCTIONS: tuple[Function, ...] = (
    # --- operators -------------------------------------------------------------------------------------------------
    _entry("add", "a b", "1", "1", symbol="+", doc="sum", at=((2, 3), (-1.5, 0.25))),
    _entry("sub", "a b", "1", "-1", symbol="-", doc="difference", at=((2, 3), (-1.5, 0.25))),
    _entry("mul", "a b", "b", "a", symbol="*", doc="product", at=((2, 3), (-1.5, 0.25), (0, 4))),
    _entry(
        "div", "a b", "1 / b", "-y / b", symbol="/", doc="quotient", domain="b != 0", at=((2, 3), (-1.5, 0.25), (0, 4))
    ),
    _entry("neg", "x", "-1", symbol="-", doc="negative", at=(2, -0.5)),
    _entry(
        "pow",
        "x p",
        # p * x^(p - 1) where p - 1 is exact; else p * y / x, in which no seed of the sweep can underflow either
        f"p * where({_BY_Y}, y, pow(x, where(eq(p, 0), 0, p - 1))) / where({_BY_Y}, x, 1)",
        # At x = 0 the function of p is 0 for every p > 0; for x < 0 it exists at whole p only.
        "where(x > 0, y * log(x), where(x < 0, nan, where(p > 0, 0, nan)))",
        symbol="^",
        shown_partials=("p * x^(p - 1)", "x^p * log(x)"),
        shown_except=("0 at p = 0", "at x = 0 it is 0 for p > 0, else undefined"),
        doc="power; 0^0 = 1",
        domain="x > 0 or x == 0 and p >= 0 or x < 0 and p == floor(p)",
        hint="a negative base needs a whole exponent; cbrt(x) is the real cube root",
        at=((2, 3), (0.5, -1.5), (3, 0.25), (1, 2)),
    ),
    _entry("lt", "a b", "0", "0", symbol="<", doc="less: 1 or 0", at=((1, 2), (2, 1))),
    _entry("le", "a b", "0", "0", symbol="<=", doc="less or equal: 1 or 0", at=((1, 2), (2, 1))),
    _entry("gt", "a b", "0", "0", symbol=">", doc="greater: 1 or 0", at=((1, 2), (2, 1))),
    _entry("ge", "a b", "0", "0", symbol=">=", doc="greater or equal: 1 or 0", at=((1, 2), (2, 1))),
    _entry("eq", "a b", "0", "0", symbol="==", doc="equal: 1 or 0", at=((1, 2), (2, 1))),
    _entry("ne", "a b", "0", "0", symbol="!=", value="1 - eq(a, b)", doc="not equal: 1 or 0", at=((1, 2), (2, 1))),
    _entry(
        "and",
        "a b",
        "0",
        "0",
        symbol="and",
        value="ne(a, 0) * ne(b, 0)",
        doc="both hold: 1 or 0",
        at=((1, 2), (-3, 0.5)),
    ),
    _entry(
        "or",
        "a b",
        "0",
        "0",
        symbol="or",
        value="max(ne(a, 0), ne(b, 0))",
        doc="one holds at least: 1 or 0",
        at=((1, 2), (-3, 0.5)),
    ),
    _entry("not", "x", "0", symbol="not", value="eq(x, 0)", doc="does not hold: 1 or 0", at=(2, -0.5)),
    # --- choosing --------------------------------------------------------------------------------------------------
    _entry(
        "where if IF",
        "c a b",
        "0",
        "where(c, 1, 0)",
        "where(c, 0, 1)",
        selects=True,
        doc="a where c is not 0, else b",
        at=((1, 2, 3), (0, 2, 3)),
    ),
    _entry(
        "max fmax",
        "args",
        "where(sum(gt(a, x) for a in args) > 0, 0, 1 / sum(ge(a, x) for a in args))",
        selects=True,
        variadic=True,
        shown_partials=("where(a > b, 1, where(a < b, 0, 1 / 2))", "where(a > b, 0, where(a < b, 1, 1 / 2))"),
        shown_except=(
            "1/n for each of the n greatest arguments, 0 for the others",
            "1/n for each of the n greatest arguments, 0 for the others",
        ),
        doc="the greatest argument",
        kinks=(Kink("at a tie", "the slope is split evenly"),),
        at=((1, 2), (3, -1), (0.5, 2, -3)),
    ),
    _entry(
        "min fmin",
        "args",
        "where(sum(lt(a, x) for a in args) > 0, 0, 1 / sum(le(a, x) for a in args))",
        selects=True,
        variadic=True,
        shown_partials=("where(a < b, 1, where(a > b, 0, 1 / 2))", "where(a < b, 0, where(a > b, 1, 1 / 2))"),
        shown_except=(
            "1/n for each of the n least arguments, 0 for the others",
            "1/n for each of the n least arguments, 0 for the others",
        ),
        doc="the least argument",
        kinks=(Kink("at a tie", "the slope is split evenly"),),
        at=((1, 2), (3, -1), (0.5, 2, -3)),
    ),
    _entry(
        "mean",
        "args",
        "1 / sum(sign(1) for a in args)",  # a sum of numbers of the kind at hand
        value="sum(args) / sum(sign(1) for a in args)",
        variadic=True,
        shown_partials=("1 / 2", "1 / 2"),
        shown_except=("1/n for each of n arguments", "1/n for each of n arguments"),
        doc="the sum of the arguments by their number",
        accuracy="to 1e-16 of the greatest argument",
        at=((1, 2), (3, -1), (0.5, 2, -3)),
    ),
    _entry(
        "clamp clip",
        "x lo hi",
        "(gt(x, lo) + ge(x, lo)) * (lt(x, hi) + le(x, hi)) / 4",
        "(lt(x, lo) + le(x, lo)) * (lt(lo, hi) + le(lo, hi)) / 4",
        "(lt(hi, max(x, lo)) + le(hi, max(x, lo))) / 2",
        value="min(max(x, lo), hi)",
        selects=True,
        doc="x kept between lo and hi: min(max(x, lo), hi)",
        kinks=(Kink("x = lo, x = hi", "the slope is split evenly"),),
        at=((0.5, 0, 1), (-2, 0, 1), (3, 0, 1)),
    ),
    _entry("abs fabs", "x", "sign(x)", doc="absolute value", sign="+0", kinks=_bent("x = 0"), at=(2.5, -0.3)),
    _entry("sign sgn", "x", "0", doc="-1, 0 or 1", kinks=_step("at x = 0"), at=(2.5, -0.3)),
    _entry(
        "copysign",
        "x s",
        "sign(x) * copysign(1, s)",
        "0",
        doc="the size of x with the sign of s",
        kinks=(Kink("x = 0", "slope 0"), Kink("at s = 0", "slope 0", jumps=True)),
        at=((2, -3), (-2, -3), (-0.5, 1)),
    ),
    _entry(
        "heaviside",
        "x",
        "0",
        value="(1 + sign(x)) / 2",
        doc="unit step; 1/2 at 0",
        kinks=_step("at x = 0"),
        at=(2.5, -0.3),
    ),
    _entry("floor", "x", "0", doc="the greatest whole number not above x", kinks=_WHOLE, at=(2.5, -0.3)),
    _entry("ceil", "x", "0", doc="the least whole number not below x", kinks=_WHOLE, at=(2.5, -0.3)),
    _entry(
        "trunc",
        "x",
        "0",
        doc="x without its fraction",
        kinks=_step("at whole numbers but 0"),
        at=(2.5, -1.3),
    ),
    _entry(
        "round",
        "x",
        "0",
        doc="the nearest whole number, halves to the even one",
        kinks=_step("at halves"),
        at=(2.4, -1.7),
    ),
    _entry(
        "mod",
        "a b",
        "1",
        "-round((a - y) / b)",
        value="a - b * floor(a / b)",
        doc="remainder with the sign of b",
        domain="b != 0",
        kinks=(Kink("where a / b is whole", "the slope from above", jumps=True),),
        at=((7.25, 0.625), (-7.2, 3), (5.5, -3)),
    ),
    _entry(
        "fmod",
        "a b",
        "1",
        "-round((a - y) / b)",
        value="a - b * trunc(a / b)",
        doc="remainder with the sign of a",
        domain="b != 0",
        kinks=(Kink("where a / b is whole and not 0", "the slope from farther out", jumps=True),),
        at=((7.25, 0.625), (-7.2, 3), (5.5, -3)),
    ),
    # --- powers and roots ------------------------------------------------------------------------------------------
    _entry("reciprocal inv", "x", "-y / x", value="1 / x", doc="1/x", domain="x != 0", at=(2.5, -0.3)),
    _entry("identity", "x", "1", value="x", doc="x itself", at=(2.5, -0.3)),
    _entry("square", "x", "2 * x", value="x * x", doc="x^2", at=(2.5, -0.3)),
    _entry(
        "sqrt",
        "x",
        "pow(x, -1 / 2) / 2",
        shown_partials=("1 / (2 * sqrt(x))",),
        doc="square root",
        domain="x >= 0",
        kinks=_steep("x = 0"),
        at=(2.5, 1e-12, 1e12),
    ),
    _entry(
        "rsqrt",
        "x",
        "-pow(x, -3 / 2) / 2",
        value="pow(x, -1 / 2)",
        shown_partials=("-rsqrt(x) / (2 * x)",),
        doc="1/sqrt(x)",
        domain="x > 0",
        at=(2.5, 1e-12, 1e12),
    ),
    _entry(
        "cbrt",
        "x",
        "1 / (3 * y**2)",
        doc="real cube root",
        kinks=_steep("x = 0"),
        at=(2.5, -8, 1e-12),
    ),
    _entry(
        "hypot",
        "a b",
        "a / y",
        "b / y",
        doc="sqrt(a^2 + b^2)",
        sign="+0",
        kinks=(Kink("a = b = 0", "no slope there"),),
        accuracy="slopes have the digits of the result, of which there are fewer below 2e-308",
        at=((3, 4), (-1e200, 2e200)),
    ),
    _entry(
        "norm",
        "args",
        "x / y",
        value="reduce(hypot, args)",
        variadic=True,
        sign="+0",
        shown_partials=("a / norm(a, b)", "b / norm(a, b)"),
        shown_except=("each argument by the norm", "each argument by the norm"),
        doc="square root of the sum of squares",
        kinks=(Kink("where all arguments are 0", "no slope there"),),
        accuracy="to n/2 ulp for n arguments; slopes have the digits of the result, fewer below 2e-308",
        at=((3, 4), (-1e200, 2e200), (2, 3, 6)),
    ),
    _entry(
        "root nthroot nthRoot",
        "x n",
        "where(x, y / where(x, x, 1), 1 / pow(y, n - 1)) / n",
        "where(x > 0, -y * log(abs(where(x, x, 1))) / n / n, where(x < 0, nan, 0))",
        # The power, and one step of Newton's for the rounding of 1 / n
        value=f"where(x < 0, where(eq(mod(n, 2), 1), -1, nan), where(x > 0, 1, where(n > 0, 0, nan))) * {_ROOT} "
        f"* where(pow({_ROOT}, n) < 2**1023, 1 - (pow({_ROOT}, n) / where(x, abs(x), 1) - 1) / n, 1)",
        shown_partials=("root(x, n) / (n * x)", "-root(x, n) * log(x) / n^2"),
        shown_except=("infinite at x = 0 for n > 1", "undefined for x < 0"),
        doc="n-th root; of a negative number where n is odd",
        domain="(x > 0 or x == 0 and n > 0 or x < 0 and mod(n, 2) == 1) and n != 0",
        kinks=_steep("x = 0"),
        at=((8, 3), (0.5, 2.5), (2, -3)),
    ),
    _entry("fma", "a b c", "b", "a", "1", value="a * b + c", doc="a*b + c, rounded once", at=((2, -3, 10),)),
    # --- exponentials and logarithms -------------------------------------------------------------------------------
    _entry("exp", "x", "y", doc="exponential", sign="+", at=(0.5, -30, 3)),
    _entry("exp2", "x", "y * log(2)", value="pow(2, x)", doc="2^x", sign="+", at=(0.5, -30, 3)),
    _entry("exp10", "x", "y * log(10)", value="pow(10, x)", doc="10^x", sign="+", at=(0.5, -30, 3)),
    _entry("expm1", "x", "exp(x)", doc="exp(x) - 1, also near 0", at=(1e-12, 0.5, -40)),
    _entry("log ln", "x", "1 / x", doc="natural logarithm", domain="x > 0", at=(0.5, 1e-12, 30)),
    _entry(
        "log",
        "x b",
        "1 / (x * log(b))",
        "-y / log(b) / b",
        value="log(x) / log(b)",
        doc="logarithm to the base b",
        domain="x > 0 and b > 0 and b != 1",
        at=((8, 2), (0.3, 10), (5, 0.5)),
    ),
    _entry(
        "log10 lg",
        "x",
        "log10(exp(1)) / x",
        shown_partials=("1 / (x * log(10))",),
        doc="logarithm to base 10",
        accuracy="to 2 ulp",
        domain="x > 0",
        at=(0.5, 1e-12, 30),
    ),
    _entry(
        "log2 lb",
        "x",
        "1 / log(2) / x",
        shown_partials=("1 / (x * log(2))",),
        doc="logarithm to base 2",
        domain="x > 0",
        at=(0.5, 1e-12, 30),
    ),
    _entry("log1p", "x", "1 / (1 + x)", doc="log(1 + x), also near 0", domain="x > -1", at=(1e-12, -0.5, 30)),
    _entry(
        "logaddexp",
        "a b",
        "sigmoid(a - b)",
        "sigmoid(b - a)",
        value="max(a, b) + log1p(exp(-abs(a - b)))",
        doc="log(exp(a) + exp(b))",
        accuracy="to 2e-16 absolute where exp(a) + exp(b) is near 1; a slope of exp(-d) to d*1.2e-16 relative",
        at=((1, 2), (50, -3), (1000, 1001)),
    ),
    _entry(
        "logsumexp",
        "args",
        "1 / sum(exp(a - x) for a in args)",
        value="reduce(logaddexp, args)",
        variadic=True,
        shown_partials=("sigmoid(a - b)", "sigmoid(b - a)"),
        shown_except=("exp(a)/(exp(a) + exp(b) + ...)", "exp(b)/(exp(a) + exp(b) + ...)"),
        doc="log(exp(a) + exp(b) + ...)",
        accuracy="to 2e-16 absolute beside 0; a slope of exp(-d) to d*1.2e-16 relative",
        at=((1, 2), (1000, 1001, 998)),
    ),
    _entry(
        "xlogy",
        "x t",
        "log(t)",
        "where(eq(x, 0), 0, x / t)",
        shown_partials=("log(t)", "x / t"),
        value="x * log(where(eq(x, 0), 1, t))",
        doc="x*log(t), and 0 where x = 0",
        domain="t > 0 or x == 0",
        at=((2, 3.5), (-0.5, 0.25)),
    ),
    _entry(
        "xlog1py",
        "x t",
        "log1p(t)",
        "x / (1 + t)",
        value="x * log1p(where(eq(x, 0), 0, t))",
        doc="x*log(1 + t), and 0 where x = 0",
        domain="t > -1 or x == 0",
        at=((2, 3.5), (-0.5, 1e-9)),
    ),
    _entry(
        "log1mexp",
        "x",
        "-1 / expm1(-x)",
        value="where(3 * x > -2, log(-expm1(x)), log1p(-exp(min(x, -1 / 2))))",
        doc="log(1 - exp(x)) for x < 0",
        domain="x < 0",
        at=(-0.5, -1e-9, -30),
    ),
    # --- trigonometry ----------------------------------------------------------------------------------------------
    _entry("sin", "x", "cos(x)", doc="sine", accuracy=f"dx to 8 ulp {_FAR}", at=(0.5, -2, 100)),
    _entry("cos", "x", "-sin(x)", doc="cosine", accuracy=f"to 8 ulp {_FAR}", at=(0.5, -2, 100)),
    _entry(
        "tan tg",
        "x",
        "1 / cos(x)**2",
        shown_partials=("sec(x)^2",),
        doc="tangent",
        accuracy=f"to 15 ulp, dx to 26, {_FAR}",
        at=(0.5, -2, 1.57),
    ),
    _entry(
        "cot ctg cotan",
        "x",
        "-1 / sin(x) / sin(x)",
        value="1 / tan(x)",
        shown_partials=("-csc(x)^2",),
        doc="cotangent",
        domain="x != 0",
        accuracy=f"to 8 ulp {_FAR}",
        at=(0.5, -2),
    ),
    _entry(
        "sec",
        "x",
        "y * tan(x)",
        value="1 / cos(x)",
        doc="secant",
        accuracy=f"to 14 ulp, dx to 26, {_FAR}",
        at=(0.5, -2),
    ),
    _entry(
        "csc cosec",
        "x",
        "-y / tan(x)",
        value="1 / sin(x)",
        shown_partials=("-csc(x) * cot(x)",),
        doc="cosecant",
        domain="x != 0",
        accuracy=f"dx to 8 ulp {_FAR}",
        at=(0.5, -2),
    ),
    _entry(
        "asin arcsin",
        "x",
        "pow((1 - x) * (1 + x), -1 / 2)",
        shown_partials=("1 / sqrt((1 - x) * (1 + x))",),
        doc="inverse sine",
        domain="-1 <= x <= 1",
        kinks=_steep("x = -1, x = 1"),
        at=(0.5, -0.9, 0.999999),
    ),
    _entry(
        "acos arccos",
        "x",
        "-pow((1 - x) * (1 + x), -1 / 2)",
        shown_partials=("-1 / sqrt((1 - x) * (1 + x))",),
        doc="inverse cosine",
        domain="-1 <= x <= 1",
        kinks=_steep("x = -1, x = 1"),
        at=(0.5, -0.9, 0.999999),
    ),
    _entry(
        "atan arctan arctg",
        "x",
        "1 / hypot(1, x) / hypot(1, x)",
        shown_partials=("1 / (1 + x^2)",),
        doc="inverse tangent",
        accuracy="dx to 2.5 ulp",
        at=(0.5, -2, 1e9),
    ),
    _entry(
        "acot arccot arcctg",
        "x",
        "-1 / hypot(1, x) / hypot(1, x)",
        value="where(eq(x, 0), pi / 2, atan(1 / x))",
        shown_partials=("-1 / (1 + x^2)",),
        doc="inverse cotangent, atan(1/x)",
        kinks=(Kink("at x = 0", "slope -1", jumps=True),),
        at=(0.5, -2, 1e9),
    ),
    _entry(
        "asec arcsec",
        "x",
        "1 / abs(x) / sqrt(abs(x) - 1) / sqrt(abs(x) + 1)",
        value="atan2(sqrt(abs(x) - 1) * sqrt(abs(x) + 1), sign(x))",
        doc="inverse secant",
        domain="abs(x) >= 1",
        kinks=_steep("x = -1, x = 1"),
        at=(2, -3, 1.0001),
    ),
    _entry(
        "acsc arccsc arccosec",
        "x",
        "-1 / abs(x) / sqrt(abs(x) - 1) / sqrt(abs(x) + 1)",
        value="atan2(sign(x), sqrt(abs(x) - 1) * sqrt(abs(x) + 1))",
        doc="inverse cosecant",
        domain="abs(x) >= 1",
        kinks=_steep("x = -1, x = 1"),
        at=(2, -3, 1.0001),
    ),
    _entry(
        "atan2 arctan2 atan arctan",
        "a b",
        "b / hypot(a, b) / hypot(a, b)",
        "-a / hypot(a, b) / hypot(a, b)",
        doc="angle of the point (b, a)",
        kinks=(Kink("at a = 0, b < 0", "no slope at a = b = 0", jumps=True),),
        at=((1, 2), (-1, -2), (1e200, -1e200)),
    ),
    _entry("sind", "x", "cosd(x) * (pi / 180)", value="sin(x * (pi / 180))", doc="sine of degrees", at=(45, -100)),
    _entry("cosd", "x", "-sind(x) * (pi / 180)", value="cos(x * (pi / 180))", doc="cosine of degrees", at=(45, -100)),
    _entry(
        "tand",
        "x",
        "pi / 180 / cosd(x)**2",
        value="sind(x) / cosd(x)",
        doc="tangent of degrees",
        accuracy="dx to 4.5 ulp",
        domain="cosd(x) != 0",
        at=(45, -100),
    ),
    _entry(
        "cotd",
        "x",
        "-pi / 180 / sind(x) / sind(x)",
        value="cosd(x) / sind(x)",
        doc="cotangent of degrees",
        accuracy="dx to 4.5 ulp",
        domain="sind(x) != 0",
        at=(45, -100),
    ),
    _entry(
        "secd",
        "x",
        "pi / 180 * tand(x) / cosd(x)",
        value="1 / cosd(x)",
        doc="secant of degrees",
        domain="cosd(x) != 0",
        at=(45, -100),
    ),
    _entry(
        "cscd",
        "x",
        "-pi / 180 * cotd(x) / sind(x)",
        value="1 / sind(x)",
        doc="cosecant of degrees",
        accuracy="dx to 4.5 ulp",
        domain="sind(x) != 0",
        at=(45, -100),
    ),
    _entry("deg2rad radians", "x", "pi / 180", value="x * (pi / 180)", doc="degrees to radians", at=(30, -45)),
    _entry("rad2deg degrees", "x", "180 / pi", value="x * (180 / pi)", doc="radians to degrees", at=(0.5, -2)),
    _entry(
        "sinc",
        "x",
        # Near 0 by the Bessel function; else (cos(pi x) - y) / x, where the cosine is a sine of what is exact
        "where(7 * abs(x) < 4, -pi * spherical_jn(1, pi * x), "
        "(where(abs(x) < 2**52, pi * (1 / 2 - abs(x)) * sinc(1 / 2 - abs(x)), 1 - 2 * (pi * x / 2 * sinc(x / 2)) ** 2)"
        " - y) / where(x, x, 1))",
        value="spherical_jn(0, pi * x)",
        shown_partials=("-pi * spherical_jn(1, pi * x)",),
        doc="sin(pi*x)/(pi*x); 1 at 0",
        accuracy="dx to 2e-16/x absolute, so not to the last digit beside its zeros",
        at=(0, 1e-5, 0.434, -2.3),
    ),
    _entry(
        "spherical_jn",
        "n x",
        "nan",
        # DLMF 10.51.2, written so that order 0 needs no order -1
        "(n * spherical_jn(max(n - 1, 0), x) - (n + 1) * spherical_jn(n + 1, x)) / (2 * n + 1)",
        doc="spherical Bessel function of whole order n; constant in n",
        accuracy="to 100 ulp; to 3e-16 absolute beside zeros beyond 1e8; to 70 ulp where abs(x) < n",
        domain="0 <= n <= 1000 and n == floor(n)",
        at=(
            (0, 0.5),
            (1, 1e-3),
            (2, -3),
            (3, 30),
        ),
    ),
    # --- hyperbolic functions --------------------------------------------------------------------------------------
    _entry("sinh", "x", "cosh(x)", doc="hyperbolic sine", accuracy="to 2 ulp", at=(0.5, -2, 30)),
    _entry("cosh", "x", "sinh(x)", doc="hyperbolic cosine", sign="+", accuracy="dx to 2 ulp", at=(0.5, -2, 1e-9)),
    # Not 1 - y^2, which has lost every digit by x = 20
    _entry("tanh", "x", "sech(x)**2", doc="hyperbolic tangent", accuracy="to 2 ulp, dx to 3.6", at=(0.5, -2, 20, 300)),
    _entry(
        "coth",
        "x",
        "-(csch(x)**2)",
        value="1 / tanh(x)",
        doc="hyperbolic cotangent",
        domain="x != 0",
        at=(0.5, -2, 20),
    ),
    _entry(
        "sech",
        "x",
        "-y * tanh(x)",
        value="2 * exp(-abs(x)) / (1 + exp(-2 * abs(x)))",
        doc="hyperbolic secant",
        sign="+",
        at=(0.5, -2, 30),
    ),
    _entry(
        "csch",
        "x",
        "-y / tanh(x)",
        value="-2 * sign(x) * exp(-abs(x)) / expm1(-2 * abs(x))",
        shown_partials=("-csch(x) * coth(x)",),
        doc="hyperbolic cosecant",
        domain="x != 0",
        at=(0.5, -2, 30),
    ),
    _entry(
        "asinh arcsinh arsinh",
        "x",
        "1 / hypot(1, x)",
        doc="inverse hyperbolic sine",
        accuracy="to 2 ulp",
        at=(0.5, -2, 1e9),
    ),
    _entry(
        "acosh arccosh arcosh",
        "x",
        "1 / (sqrt(x - 1) * sqrt(x + 1))",
        doc="inverse hyperbolic cosine",
        accuracy="to 2 ulp",
        domain="x >= 1",
        kinks=_steep("x = 1"),
        at=(1.0001, 2, 1e9),
    ),
    _entry(
        "atanh arctanh artanh",
        "x",
        "1 / ((1 - x) * (1 + x))",
        doc="inverse hyperbolic tangent",
        domain="-1 < x < 1",
        at=(0.5, -0.9, 1e-9),
    ),
    _entry(
        "acoth arccoth arcoth",
        "x",
        "-1 / (x - 1) / (x + 1)",
        value="sign(x) * log1p(2 / (abs(x) - 1)) / 2",
        doc="inverse hyperbolic cotangent",
        domain="abs(x) > 1",
        at=(1.0001, -2, 1e9),
    ),
    _entry(
        "asech arcsech arsech",
        "x",
        "-1 / (x * sqrt((1 - x) * (1 + x)))",
        value="where(x < 1 / 2, log(1 + sqrt((1 - x) * (1 + x))) - log(x), 2 * atanh(sqrt((1 - x) / (1 + x))))",
        doc="inverse hyperbolic secant",
        domain="0 < x <= 1",
        kinks=_steep("x = 1"),
        at=(0.5, 1e-9, 0.9999),
    ),
    _entry(
        "acsch arccsch arcsch",
        "x",
        "-1 / abs(x) / hypot(1, x)",
        value="where(abs(x) < 1 / 2**99, copysign(log(1 + hypot(1, x)) - log(abs(x)), x), asinh(1 / x))",
        doc="inverse hyperbolic cosecant",
        domain="x != 0",
        at=(0.5, -2, 1e-9),
    ),
    # --- special functions -----------------------------------------------------------------------------------------
    _entry(
        "erf",
        "x",
        f"2 / sqrt(pi) * {_BELL}",
        shown_partials=("2 * exp(-x^2) / sqrt(pi)",),
        doc="error function",
        at=(0.5, -2, 1e-9),
    ),
    _entry(
        "erfc",
        "x",
        f"-2 / sqrt(pi) * {_BELL}",
        shown_partials=("-2 * exp(-x^2) / sqrt(pi)",),
        doc="1 - erf(x), also far out",
        accuracy="to 2 ulp",
        at=(0.5, -2, 5),
    ),
    _entry("gamma tgamma", "x", "y * digamma(x)", doc="gamma function", domain=_POLES, at=(0.5, 5, -1.5)),
    _entry("lgamma gammaln loggamma", "x", "digamma(x)", doc="log(abs(gamma(x)))", domain=_POLES, at=(0.5, 50, -1.5)),
    _entry(
        "factorial",
        "x",
        "y * digamma(x + 1)",
        value="gamma(x + 1)",
        doc="x!, which is gamma(x + 1)",
        domain="x > -1 or x != floor(x)",
        accuracy="to 400 ulp where x + 1 is no float",
        at=(4, 0.5, 4.5),
    ),
    _entry(
        "binomial",
        "n k",
        "y * (digamma(n + 1) - digamma(n - k + 1))",
        "y * (digamma(n - k + 1) - digamma(k + 1))",
        value=f"where({_NO_POLE.format('n')}, where({_NO_POLE.format('k')} * {_NO_POLE.format('(n - k)')}, "
        f"where(max(abs(n), abs(k)) > 160, {_TURNED.format('n')} * {_TURNED.format('k')} * {_TURNED.format('(n - k)')} "
        "* exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)), "
        "gamma(n + 1) / gamma(k + 1) / gamma(n - k + 1)), 0), nan)",
        doc="gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1)); 0 for whole k beyond n or below 0",
        domain="n > -1 or n != floor(n)",
        accuracy="to 400 ulp up to n = 160, beyond to n*log(n)*1e-16; slopes to 1e-15 of the digammas",
        at=((7.5, 2.25), (5, 2), (0.5, 3)),
    ),
    _entry(
        "beta",
        "a b",
        "y * (digamma(a) - digamma(a + b))",
        "y * (digamma(b) - digamma(a + b))",
        value="where(min(a, b) > 0, where(a + b > 160, exp(lgamma(a) + lgamma(b) - lgamma(a + b)), "
        "gamma(a) * (gamma(b) / gamma(a + b))), nan)",
        doc="gamma(a)*gamma(b)/gamma(a + b)",
        domain="a > 0 and b > 0",
        accuracy="to 400 ulp up to a + b = 160, beyond to its size times log of it*1e-16; slopes to 1e-15 of digamma",
        at=((2.5, 0.75), (3, 4)),
    ),
    _entry(
        "lbeta betaln",
        "a b",
        "digamma(a) - digamma(a + b)",
        "digamma(b) - digamma(a + b)",
        value="where(min(a, b) > 0, lgamma(a) + lgamma(b) - lgamma(a + b), nan)",
        doc="log(beta(a, b))",
        domain="a > 0 and b > 0",
        accuracy="to 4e-16 of the greatest lgamma and digamma",
        at=((2.5, 0.75), (3, 4)),
    ),
    _entry(
        "normpdf",
        "x",
        "-x * y",
        value="exp(-min(x * x, 2000) / 2) * exp(-fma(x, x, -min(x * x, 2000)) / 2) / sqrt(2 * pi)",
        shown_partials=("-x * normpdf(x)",),
        doc="density of the normal distribution, exp(-x^2/2)/sqrt(2*pi)",
        sign="+",
        at=(0.5, -2.5, 10),
    ),
    _entry(
        "normcdf Phi",
        "x",
        "normpdf(x)",
        value="erfc(-x / sqrt(2)) / 2",
        doc="normal distribution function",
        sign="+",
        accuracy="to 2.5 ulp",
        at=(0.5, -2.5, -10),
    ),
    _entry("digamma psi", "x", "polygamma(1, x)", doc="slope of lgamma", domain=_POLES, at=(0.5, 50, -1.3)),
    _entry(
        "polygamma",
        "n x",
        "nan",
        "polygamma(n + 1, x)",
        doc="n-th derivative of digamma, n whole; constant in n",
        domain="0 <= n <= 150 and n == floor(n) and (x > 0 or x != floor(x))",
        at=((0, 0.5), (1, 2), (2, 50), (3, -1.3)),
    ),
    # --- functions of physics and statistics -----------------------------------------------------------------------
    _entry(
        "norminv probit",
        "p",
        "sqrt(2 * pi) * exp(y * y / 2)",
        value="-sqrt(2) * erfcinv(2 * p)",
        shown_partials=("1 / normpdf(norminv(p))",),
        doc="quantile of the normal distribution",
        domain="0 < p < 1",
        accuracy="to 2 ulp; dp to y^2/2 ulp",
        at=(0.975, 0.3, 0.01),
    ),
    _entry(
        "erfinv",
        "x",
        "sqrt(pi) / 2 * exp(y * y)",
        doc="inverse of erf",
        domain="-1 < x < 1",
        accuracy="dx to 40 ulp beside -1 and 1",
        at=(0.4, -0.01, 1e-9),
    ),
    _entry(
        "erfcinv",
        "x",
        "-sqrt(pi) / 2 * exp(y * y)",
        doc="inverse of erfc",
        domain="0 < x < 2",
        accuracy="dx to y^2 ulp",
        at=(0.4, 1.3, 0.9),
    ),
    _entry(
        "erfcx",
        "x",
        "-2 * ierfcx(x)",
        doc="exp(x^2)*erfc(x), also far out",
        sign="+",
        at=(0.5, -2, 12),
    ),
    _entry(
        "ierfcx",
        "x",
        "2 * x * y - erfcx(x)",
        doc="1/sqrt(pi) - x*erfcx(x)",
        sign="+",
        accuracy="dx to 2e-16 absolute",
        at=(0.5, -2, 0.1),
    ),
    _entry(
        "dawson",
        "x",
        "1 - 2 * x * y",
        doc="exp(-x^2) times the integral of exp(t^2) from 0 to x",
        accuracy="dx to 2e-16 absolute",
        at=(0.5, -2, 1.75),
    ),
    _entry(
        "besselj",
        "n x",
        "nan",
        "(besselj(n - 1, x) - besselj(n + 1, x)) / 2",
        doc="Bessel function J of order n; constant in n",
        domain="(x > 0 or n == floor(n)) and abs(n) <= 1000",
        accuracy="dx to 1e-16 of the greater neighbour",
        at=((2, 3.5), (0, 0.5), (1, 2.25)),
    ),
    _entry(
        "bessely",
        "n x",
        "nan",
        "(bessely(n - 1, x) - bessely(n + 1, x)) / 2",
        doc="Bessel function Y of order n; constant in n",
        domain="x > 0 and abs(n) <= 1000",
        accuracy="dx to 1e-16 of the greater neighbour",
        at=((2, 3.5), (1, 1.25)),
    ),
    _entry(
        "besseli",
        "n x",
        "nan",
        "(besseli(n - 1, x) + besseli(n + 1, x)) / 2",
        doc="modified Bessel function I of order n; constant in n",
        domain="(x > 0 or n == floor(n)) and abs(n) <= 1000",
        at=((2, 3.5), (1, 1.25)),
    ),
    _entry(
        "besselk",
        "n x",
        "nan",
        "-(besselk(n - 1, x) + besselk(n + 1, x)) / 2",
        doc="modified Bessel function K of order n; constant in n",
        domain="x > 0 and abs(n) <= 1000",
        at=((2, 3.5), (1, 1.5)),
    ),
    _entry("j0", "x", "-besselj(1, x)", value="besselj(0, x)", doc="besselj(0, x)", at=(0.5, 3.5)),
    _entry(
        "j1",
        "x",
        "(besselj(0, x) - besselj(2, x)) / 2",
        value="besselj(1, x)",
        doc="besselj(1, x)",
        accuracy="dx to 1e-16 absolute",
        at=(0.5, 3.5),
    ),
    _entry("y0", "x", "-bessely(1, x)", value="bessely(0, x)", doc="bessely(0, x)", domain="x > 0", at=(0.5, 3.5)),
    _entry(
        "y1",
        "x",
        "(bessely(0, x) - bessely(2, x)) / 2",
        value="bessely(1, x)",
        doc="bessely(1, x)",
        domain="x > 0",
        accuracy="dx to 1e-16 of the greater neighbour",
        at=(0.5, 2.25),
    ),
    _entry("airyai", "x", "airyaiprime(x)", doc="Airy function Ai", at=(0.5, -3.25)),
    _entry("airyaiprime", "x", "x * airyai(x)", doc="slope of airyai", at=(0.5, -3.25)),
    _entry("airybi", "x", "airybiprime(x)", doc="Airy function Bi", at=(0.5, -3.25)),
    _entry("airybiprime", "x", "x * airybi(x)", doc="slope of airybi", at=(0.5, -3.25)),
    _entry(
        "lambertw",
        "x",
        "exp(-y) / (1 + y)",
        doc="Lambert's W: the y >= -1 with y*exp(y) = x",
        domain="x > -exp(-1)",
        accuracy="dx to 2e-16/(1 + y)",
        at=(2.5, 0.1, -0.3),
    ),
    _entry(
        "zeta",
        "x",
        "zetaderiv(1, x)",
        doc="Riemann's zeta function",
        domain="x != 1",
        at=(3.5, -1.5),
    ),
    _entry(
        "zetaderiv",
        "n x",
        "nan",
        "zetaderiv(n + 1, x)",
        doc="n-th derivative of zeta, n whole; constant in n",
        domain="0 <= n <= 150 and n == floor(n) and x != 1 and abs(x) <= 1e4",
        at=((1, 3.5), (2, -1.5)),
    ),
    _entry(
        "gammapdf",
        "a x",
        "y * (log(x) - digamma(a))",
        "y * ((a - 1) / x - 1)",
        doc="x^(a - 1)*exp(-x)/gamma(a), density of the gamma distribution",
        accuracy="slopes to 1e-15 of their terms",
        domain="0 < a <= 1e4 and x > 0",
        at=((2.5, 1.75), (0.5, 3)),
    ),
    _entry(
        "betapdf",
        "a b x",
        "y * (log(x) - digamma(a) + digamma(a + b))",
        "y * (log1p(-x) - digamma(b) + digamma(a + b))",
        "y * ((a - 1) / x - (b - 1) / (1 - x))",
        doc="x^(a - 1)*(1 - x)^(b - 1)/beta(a, b), density of the beta distribution",
        accuracy="slopes to 1e-15 of their terms",
        domain="0 < a <= 1e6 and 0 < b <= 1e6 and 0 < x < 1",
        at=((2, 3.5, 0.3), (0.5, 1.5, 0.9)),
    ),
    _entry(
        "gammainc",
        "a x",
        "where(x, gammaincda(a, x), 0)",
        _GAMMA_DENSITY,
        shown_partials=("gammaincda(a, x)", "gammapdf(a, x)"),
        doc="lower incomplete gamma function by gamma(a), P(a, x)",
        domain="0 < a <= 1e4 and x >= 0",
        at=((2.5, 1.75), (0.5, 3)),
    ),
    _entry(
        "gammaincc",
        "a x",
        "-where(x, gammaincda(a, x), 0)",
        f"-{_GAMMA_DENSITY}",
        shown_partials=("-gammaincda(a, x)", "-gammapdf(a, x)"),
        doc="1 - gammainc(a, x), also far out",
        domain="0 < a <= 1e4 and x >= 0",
        at=((2.5, 1.75), (0.5, 3)),
    ),
    _entry(
        "gammaincda",
        "a x",
        "nan",
        "gammapdf(a, x) * (log(x) - digamma(a))",
        doc="slope of gammainc by a; not differentiated by a again",
        domain="0 < a <= 1e4 and x > 0",
        at=((2.5, 1.75), (0.5, 3)),
    ),
    _entry(
        "betainc",
        "a b x",
        "where(x * (1 - x), betaincda(a, b, x), 0)",
        "where(x * (1 - x), betaincdb(a, b, x), 0)",
        _BETA_DENSITY,
        shown_partials=("betaincda(a, b, x)", "betaincdb(a, b, x)", "betapdf(a, b, x)"),
        accuracy="da and db for parameters from 1e-10 to 1e4",
        doc="incomplete beta function by beta(a, b), I_x(a, b)",
        domain="0 < a <= 1e6 and 0 < b <= 1e6 and 0 <= x <= 1",
        at=((2, 3.5, 0.3), (0.5, 1.5, 0.9)),
    ),
    _entry(
        "betaincda",
        "a b x",
        "nan",
        "nan",
        "betapdf(a, b, x) * (log(x) - digamma(a) + digamma(a + b))",
        doc="slope of betainc by a; not differentiated by a or b again",
        accuracy="dx to 1e-15 of its terms",
        domain="1e-10 <= a <= 1e4 and 1e-10 <= b <= 1e4 and 0 < x < 1",
        at=((2, 3.5, 0.3), (0.5, 1.5, 0.9)),
    ),
    _entry(
        "betaincdb",
        "a b x",
        "nan",
        "nan",
        "betapdf(a, b, x) * (log1p(-x) - digamma(b) + digamma(a + b))",
        doc="slope of betainc by b; not differentiated by a or b again",
        accuracy="dx to 1e-15 of its terms",
        domain="1e-10 <= a <= 1e4 and 1e-10 <= b <= 1e4 and 0 < x < 1",
        at=((2, 3.5, 0.3), (0.5, 1.5, 0.9)),
    ),
    _entry("si", "x", "spherical_jn(0, x)", doc="sine integral", at=(0.5, -2.5)),
    _entry("ci", "x", "cos(x) / x", doc="cosine integral", domain="x > 0", at=(0.5, 2.5)),
    _entry("ei", "x", "exp(x) / x", doc="exponential integral", domain="x != 0", at=(0.5, -0.75, 30)),
    _entry("li", "x", "1 / log(x)", doc="logarithmic integral", domain="x > 0 and x != 1", at=(0.5, 2.5, 1e6)),
    _entry(
        "ellipk",
        "m",
        "(y - ellipd(m)) / (1 - m) / 2",
        doc="complete elliptic integral K of the parameter m = k^2",
        sign="+",
        domain="m < 1",
        at=(0.6, -3, 0.01),
    ),
    _entry(
        "ellipe",
        "m",
        "-ellipd(m) / 2",
        doc="complete elliptic integral E of the parameter m = k^2",
        domain="m < 1",
        at=(0.6, -3, 0.01),
    ),
    _entry(
        "ellipd",
        "m",
        "((ellipk(m) - y) / (1 - m) - y) / 2 / m",
        doc="complete elliptic integral D of the parameter m, (K - E)/m",
        domain="m < 1",
        accuracy="dm to 2e-16/m",
        at=(0.6, -3),
    ),
    # --- learning machines -----------------------------------------------------------------------------------------
    _entry(
        "relu",
        "x",
        "where(x > 0, 1, 0)",
        value="max(x, 0)",
        selects=True,
        doc="max(x, 0)",
        sign="+0",
        kinks=_bent("x = 0"),
        at=(2.5, -0.3),
    ),
    _entry(
        "leaky_relu",
        "x",
        "where(x > 0, 100, 1) / 100",  # 1 / 100 would be a float, whatever x is
        value="where(x > 0, x, x / 100)",
        doc="x, or x/100 where x < 0",
        kinks=(Kink("x = 0", "slope 1/100"),),
        at=(2.5, -0.3),
    ),
    _entry(
        "sigmoid logistic expit",
        "x",
        "y * sigmoid(-x)",
        value="where(x < 0, exp(-abs(x)), 1) / (1 + exp(-abs(x)))",
        doc="1/(1 + exp(-x))",
        sign="+",
        at=(0.5, -2, 40, -700),
    ),
    _entry(
        "logit",
        "x",
        "1 / (x * (1 - x))",
        value="where(abs(4 * x - 2) < 1, 2 * atanh(2 * x - 1), log(x / (1 - x)))",
        doc="log(x/(1 - x))",
        domain="0 < x < 1",
        at=(0.6, 1e-9, 0.999),
    ),
    _entry(
        "softplus",
        "x",
        "sigmoid(x)",
        value="max(x, 0) + log1p(exp(-abs(x)))",
        doc="log(1 + exp(x))",
        sign="+",
        at=(0.5, -40, 1000),
    ),
    _entry(
        "silu swish",
        "x",
        "sigmoid(x) * (1 + x * sigmoid(-x))",
        value="x * sigmoid(x)",
        doc="x*sigmoid(x)",
        accuracy="to 2.5 ulp; dx to 1e-16 absolute beside its zero at -1.2785",
        at=(0.5, -3, 40),
    ),
    _entry(
        "gelu",
        "x",
        # The normal distribution function, which is y / x, and x times its slope, an exponential as for erf
        "where(7 * x < -1, y, erfc(-x / sqrt(2)) / 2) / where(7 * x < -1, x, 1) + x / sqrt(2 * pi) "
        "* exp(-min(x * x, 2000) / 2) * exp(-fma(x, x, -min(x * x, 2000)) / 2)",
        value="x * erfc(-x / sqrt(2)) / 2",
        shown_partials=("erfc(-x / sqrt(2)) / 2 + x * exp(-x^2 / 2) / sqrt(2 * pi)",),
        doc="x times the normal distribution function",
        accuracy="dx to 1e-16 absolute beside its zero at -0.7518",
        at=(0.5, -3, 10),
    ),
    _entry(
        "elu",
        "x",
        "exp(min(x, 0))",
        value="where(x > 0, x, expm1(min(x, 0)))",
        shown_partials=("where(x > 0, 1, exp(x))",),
        doc="x, or exp(x) - 1 where x < 0",
        at=(2.5, -0.75, -40),
    ),
    _entry(
        "selu",
        "x",
        f"where(x > 0, {_SELU}, {_SELU_BELOW} * exp(min(x, 0)))",
        value=f"where(x > 0, x * ({_SELU}), {_SELU_BELOW} * expm1(min(x, 0)))",
        doc="1.0507*x, or 1.7581*(exp(x) - 1) where x < 0",
        kinks=(Kink("x = 0", "slope 1.7581"),),
        at=(2.5, -0.75, -40),
    ),
    _entry(
        "mish",
        "x",
        "tanh(softplus(x)) + x * sech(softplus(x))**2 * sigmoid(x)",
        value="x * tanh(softplus(x))",
        doc="x*tanh(log(1 + exp(x)))",
        accuracy="to 3 ulp; dx to 2e-16 absolute beside its zero at -1.1924",
        at=(0.5, -3, 40),
    ),
    _entry(
        "hardtanh",
        "x",
        "where(abs(x) < 1, 1, where(abs(x) > 1, 0, 1 / 2))",
        value="max(min(x, 1), -1)",
        selects=True,
        doc="x kept between -1 and 1",
        kinks=(Kink("x = -1, x = 1", "slope 1/2"),),
        at=(0.5, -2, 3),
    ),
    _entry(
        "softsign",
        "x",
        "1 / (1 + abs(x))**2",
        value="x / (1 + abs(x))",
        doc="x/(1 + abs(x))",
        at=(0.5, -2, 1e9),
    ),
)

CONSTANTS: dict[str, float] = {
    "pi": 3.141592653589793,
    "e": 2.718281828459045,
    "tau": 6.283185307179586,
    "inf": inf,
    "deg": 0.017453292519943295,  # pi/180
}

COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
BOOLEAN = {*COMPARISONS, "and", "or", "not"}  # functions that say 1 or 0

BY_NAME: dict[str, tuple[Function, ...]] = {}
for _function in FUNCTIONS:
    for _name in (_function.name, *_function.aliases):
        BY_NAME[_name] = (*BY_NAME.get(_name, ()), _function)


def add(function: Function) -> None:
    """Take a function of this process into the table. It has a name of its own."""
    for name in (function.name, *function.aliases):
        BY_NAME[name] = (function,)


def accepts(function: Function, count: int) -> bool:
    """Whether the function can be called with so many arguments."""
    return count >= 2 if function.variadic else count == len(function.args)


_BASES = {  # of a power with a whole exponent or not, a negative one or not
    (True, True): "x != 0",
    (True, False): "",
    (False, True): "x > 0",
    (False, False): "x >= 0",
}


def needs(function: Function, numbers: Sequence[Any]) -> str:
    """The domain of a call; `numbers` has those of its arguments that are numbers, and None for the others."""
    power = numbers[1] if function.name == "pow" else None
    if power is None:
        return function.domain
    is_whole, is_negative = power % 1 == 0, power < 0
    return _BASES[is_whole, is_negative]


def find(name: str, count: int | None = None) -> Function | None:
    """The function of that name that takes so many arguments, or the first of that name."""
    for function in BY_NAME.get(name, ()):
        if count is None or accepts(function, count):
            return function
    return None


@cache
def entry(name: str, count: int) -> Function:
    """As `find`, where there is one. Raises KeyError where there is none."""
    function = find(name, count)
    if function is None:
        raise KeyError(f"no function {name} of {count} arguments")
    return function
