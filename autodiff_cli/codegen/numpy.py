"""A program as a Python module over arrays that needs NumPy alone."""

from collections.abc import Mapping
from functools import partial
from math import isfinite

from autodiff_cli.codegen.array_module import ArrayLibrary, array_module
from autodiff_cli.codegen.forms import ATOM, CHOICE, COMPARISON, INFIX, ROOTS, SUM, Form, calls
from autodiff_cli.codegen.kernels import pieces
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.python import LANGUAGE as PYTHON
from autodiff_cli.codegen.python import define, of_numbers, special
from autodiff_cli.codegen.python import number as plain
from autodiff_cli.codegen.python import real as plain_real
from autodiff_cli.codegen.writer import Language
from autodiff_cli.engine.value import Value

_EACH = '''def _each(function, edge=None):
    """The function at every element; where it raises, what `edge` has there.

    Without it that is infinity for what is too large, else not a number.
    """

    def careful(*args):
        try:
            return function(*args)
        except (ArithmeticError, ValueError) as error:
            if any(arg != arg for arg in args):
                return math.nan
            return edge(*args) if edge else math.inf if isinstance(error, OverflowError) else math.nan

    return np.vectorize(careful, otypes=[float])'''
_SIGN = '''def _array_sign(x):
    """The sign, and of a zero itself: -0.0 stays."""
    return np.where(x == 0, x, np.sign(x))'''
_ELEMENTWISE = {"cosd", "digamma", "erf", "erfc", "fma", "gamma", "gelu", "lgamma", "normcdf", "polygamma"} | {
    *("sinc", "sind", "spherical_jn")
}
_EDGES = {
    "gamma": ", lambda x: math.copysign(math.inf, x) if x == 0 else math.inf if x > 0 else math.nan",
    "lgamma": ", lambda x: math.inf",
    "polygamma": ", lambda n, x: math.inf if n % 2 else math.copysign(math.inf, -x)",
    "sinc": ", lambda x: 0.0",
}


def _source(name: str) -> Mapping[str, str]:
    """A function that NumPy has not, from the standard library's or the kernel for floats."""
    if name == "sign":
        return {"_array_sign": _SIGN}
    if name not in _ELEMENTWISE:
        return {}
    found = {} if name in ("gamma", "lgamma") else pieces(name)
    scalar = f"_{name}" if found else f"math.{name}"
    arguments = scalar + _EDGES.get(name, "")
    return {**found, "_each": _EACH, f"_array_{name}": f"_array_{name} = _each({arguments})"}


def _real(data: float, label: str | None = None) -> str:
    return plain_real(data, label).replace("math.", "np.")


def _of_numbers(step: Value, first: str) -> str:
    """The first operand of an operation on numbers: one of NumPy's where the result is not finite, so that none raises.

    Python's 1 / 0 raises, NumPy's is infinite.
    """
    first = of_numbers(step, first)
    return first if isfinite(step.data) else f"np.float64({first})"


LANGUAGE = Language(
    forms=INFIX
    | calls(
        "np.",
        "abs acos=arccos acosh=arccosh and=logical_and asin=arcsin asinh=arcsinh atan=arctan atan2=arctan2 "
        "atanh=arctanh cbrt ceil copysign cos cosh exp exp2 expm1 floor fmod hypot log log10 log1p log2 max=maximum "
        "min=minimum mod not=logical_not or=logical_or pow=power round=rint sin sinh sqrt tan tanh trunc where",
    ),
    number=partial(plain, prefix="np."),
    real=_real,
    condition=Form("{0} != 0", COMPARISON, (SUM,)),
    truth=Form("np.where({0}, 1.0, 0.0)", ATOM, (CHOICE,)),
    output=Form("np.where({0}, 1.0, 0.0)", ATOM, (CHOICE,)),
    reserved={*PYTHON.reserved, "np", "shape"},
    powers=ROOTS,
    special=special,
    of_numbers=_of_numbers,
    helper="_array_{}",
    source=_source,
    define=define,
    lazy=False,
)


_LIBRARY = ArrayLibrary(
    imports=("math", "numpy as np"),
    note="The variables are numbers or arrays that broadcast; infinities come without a warning.",
    read="{0} = np.asarray({0}, dtype=float)",
    shape="np.broadcast_shapes",
    guard='with np.errstate(all="ignore"):',
    masked="np.where(value == value, slope, np.nan)",
    spread="np.broadcast_to({}, shape)",
)


def numpy(program: Program, name: str = "f") -> str:
    """A module with one function of arrays, which returns the values and the derivatives by name.

    >>> print(numpy(lower(parse("x*y"))).partition("infinities come without a warning.\\n")[2])
        \"""
        x = np.asarray(x, dtype=float)
        y = np.asarray(y, dtype=float)
        shape = np.broadcast_shapes(x.shape, y.shape)
        with np.errstate(all="ignore"):
            value = x * y
            gradient = {
                "x": y,
                "y": x,
            }
        gradient = {name: np.broadcast_to(slope, shape) for name, slope in gradient.items()}
        return np.broadcast_to(value, shape), gradient
    <BLANKLINE>
    """
    return array_module(program, name, LANGUAGE, _LIBRARY)
