"""A program as a Python module over JAX's arrays, which `jax.jit` and `jax.vmap` take."""

from autodiff_cli.codegen.array_module import ArrayLibrary, array_module
from autodiff_cli.codegen.forms import (
    ANGLES,
    ATOM,
    CHOICE,
    COMPARISON,
    INFIX,
    ROOTS,
    SIGN_OF,
    SPHERICAL,
    SUM,
    Form,
    calls,
)
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.python import LANGUAGE as PYTHON
from autodiff_cli.codegen.python import define, special
from autodiff_cli.codegen.python import number as plain
from autodiff_cli.codegen.python import real as plain_real
from autodiff_cli.codegen.writer import Language, every_number

_MOST = 2**31  # whole numbers beyond have no room where doubles are not switched on


def number(data: float, label: str | None = None) -> str:
    """A number as Python writes it.

    >>> [number(2.0), number(0.1), number(3.141592653589793, "pi"), number(1e10), number(-inf)]
    ['2', '0.1', 'jnp.pi', '10000000000.0', '-jnp.inf']
    """
    return plain(data, label, prefix="jnp.") if abs(data) < _MOST else real(data, label)


def real(data: float, label: str | None = None) -> str:
    """A number as Python writes a float."""
    return plain_real(data, label).replace("math.", "jnp.")


LANGUAGE = Language(
    forms=INFIX
    | calls(
        "jnp.",
        "abs acos=arccos acosh=arccosh and=logical_and asin=arcsin asinh=arcsinh atan=arctan atan2=arctan2 "
        "atanh=arctanh cbrt ceil copysign cos cosh exp exp2 expm1 floor fmod hypot log log10 log1p log2 max=maximum "
        "min=minimum mod not=logical_not or=logical_or pow=power round sin sinh sqrt tan tanh trunc where",
    )
    | calls("special.", "digamma erf erfc gamma lgamma=gammaln polygamma"),
    number=number,
    real=real,
    condition=Form("{0} != 0", COMPARISON, (SUM,)),
    truth=Form("jnp.where({0}, 1.0, 0.0)", ATOM, (CHOICE,)),
    output=Form("jnp.where({0}, 1.0, 0.0)", ATOM, (CHOICE,)),
    reserved={*PYTHON.reserved, "jax", "jnp", "shape", "special"},
    rewrites={"sign": SIGN_OF, **ANGLES},
    orders=SPHERICAL,
    powers=ROOTS,
    special=special,
    folded=every_number,
    helper="_array_{}",
    define=define,
    lazy=False,
)
_LIBRARY = ArrayLibrary(
    imports=("jax.numpy as jnp", "jax.scipy.special as special"),
    note='The variables are numbers or arrays that broadcast. For doubles: jax.config.update("jax_enable_x64", True)',
    read="{0} = jnp.asarray({0}, dtype=float)",
    shape="jnp.broadcast_shapes",
    masked="jnp.where(value == value, slope, jnp.nan)",
    spread="jnp.broadcast_to({}, shape)",
)


def jax(program: Program, name: str = "f") -> str:
    """A module with one function of arrays, which returns the values and the derivatives by name.

    >>> print(jax(lower(parse("x*y"))).partition("True)\\n")[2])
        \"""
        x = jnp.asarray(x, dtype=float)
        y = jnp.asarray(y, dtype=float)
        shape = jnp.broadcast_shapes(x.shape, y.shape)
        value = x * y
        gradient = {
            "x": y,
            "y": x,
        }
        gradient = {name: jnp.broadcast_to(slope, shape) for name, slope in gradient.items()}
        return jnp.broadcast_to(value, shape), gradient
    <BLANKLINE>
    """
    return array_module(program, name, LANGUAGE, _LIBRARY)
