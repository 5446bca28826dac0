"""A program as a Python module over PyTorch's tensors."""

from collections.abc import Mapping
from math import factorial, isfinite

from autodiff_cli.codegen.array_module import ArrayLibrary, array_module
from autodiff_cli.codegen.forms import (
    ANGLES,
    ATOM,
    CHOICE,
    COMPARISON,
    INFIX,
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
)
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.python import LANGUAGE as PYTHON
from autodiff_cli.codegen.python import define
from autodiff_cli.codegen.simplify import is_number
from autodiff_cli.codegen.writer import Language, every_number
from autodiff_cli.engine.value import Value

_ORDERS = 18  # of polygamma functions whose factor is a double
_HELPERS = {
    "cbrt": '''def _tensor_cbrt(x):
    """The cube root, and a step of Newton's for the rounding of 1/3."""
    root = torch.copysign(torch.abs(x) ** (1 / 3), x)
    better = root - (root - x / root / root) / 3
    return torch.where(torch.isfinite(better), better, root)''',
    "gamma": '''def _tensor_gamma(x):
    """By its logarithm; of negative x every other stretch is negative."""
    size = torch.exp(torch.lgamma(x))
    return torch.where((x < 0) & (torch.floor(x) % 2 != 0), -size, size)''',
}


def number(data: float, label: str | None = None) -> str:
    """A number as Python writes a float.

    >>> [number(2.0), number(-0.5), number(nan)]
    ['2.0', '-0.5', 'torch.nan']
    """
    if not isfinite(data):
        return not_finite(data, "torch.inf", "torch.nan")
    return repr(data)


def _real(data: float, label: str | None = None) -> str:
    """A number as a tensor of doubles, where PyTorch would make one of floats."""
    return f"{number(data)} * _one"


def _source(name: str) -> Mapping[str, str]:
    return {f"_tensor_{name}": _HELPERS[name]} if name in _HELPERS else {}


def _special(node: Value) -> Form | None:
    """Polygamma functions of a plain order, by Hurwitz's zeta function (DLMF 25.11.12): its own have 10 digits."""
    order = node.args[0]
    if node.rule.function.name != "polygamma" or not is_number(order) or not 1 <= order.data <= _ORDERS:
        return None
    n = int(order.data)
    factor = f"{(-1) ** (n + 1) * factorial(n)}.0 * " if n > 1 else ""
    return Form(f"{factor}torch.special.zeta({n + 1}, {{1}})", PRODUCT, (ATOM, CHOICE))


_FORMS = (
    INFIX
    | calls(
        "torch.",
        "abs acos acosh and=logical_and asin asinh atan atan2 atanh ceil copysign cos cosh digamma erf erfc exp exp2 "
        "expm1 floor fmod hypot lgamma log log10 log1p log2 max=maximum min=minimum mod=remainder not=logical_not "
        "or=logical_or round sin sinh sqrt tan tanh trunc where",
    )
    | {"pow": Form("{0}**{1}", POWER, (ATOM, SIGN))}
)
LANGUAGE = Language(
    forms=_FORMS,
    number=number,
    real=_real,
    real_operands={"atan2", "copysign", "fmod", "hypot", "mod"},
    condition=Form("{0} != 0", COMPARISON, (SUM,)),
    truth=Form("torch.where({0}, _one, 0.0 * _one)", ATOM, (CHOICE,)),
    output=Form("torch.where({0}, _one, 0.0 * _one)", ATOM, (CHOICE,)),
    reserved={*PYTHON.reserved, "shape", "torch"},
    rewrites={"sign": SIGN_OF, **ANGLES},
    orders=SPHERICAL,
    powers=ROOTS,
    special=_special,
    folded=every_number,
    helper="_tensor_{}",
    source=_source,
    define=define,
    lazy=False,
)
_LIBRARY = ArrayLibrary(
    imports=("torch",),
    note="The variables are numbers or tensors that broadcast; what is no tensor of floats is made doubles.",
    constants={"_one": "_one = torch.ones((), dtype=torch.float64)"},
    read="{0} = {0} if torch.is_tensor({0}) and {0}.is_floating_point() else torch.as_tensor({0}, dtype=torch.float64)",
    shape="torch.broadcast_shapes",
    masked="torch.where(value == value, slope, torch.nan)",
    spread="{}.expand(shape)",
)


def torch(program: Program, name: str = "f") -> str:
    """A module with one function of tensors, which returns the values and the derivatives by name.

    >>> print(torch(lower(parse("x^2"))).partition("doubles.\\n")[2])
        \"""
        x = x if torch.is_tensor(x) and x.is_floating_point() else torch.as_tensor(x, dtype=torch.float64)
        shape = torch.broadcast_shapes(x.shape)
        value = x**2.0
        gradient = {
            "x": 2.0 * x,
        }
        gradient = {name: slope.expand(shape) for name, slope in gradient.items()}
        return value.expand(shape), gradient
    <BLANKLINE>
    """
    return array_module(program, name, LANGUAGE, _LIBRARY)
