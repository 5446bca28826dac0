"""NumPy's functions of Values: `np.exp(v)`, `np.array([1, 2]) * v`. NumPy asks a Value, and is handed Values back.

NumPy is not imported here: whoever asks has it. Over an array whose elements are Values it asks nobody, but calls the
elements' own operators and methods.
"""

import operator
import sys
from collections.abc import Callable
from typing import Any

from autodiff_cli.rules.table import BY_NAME, find

Lift = Callable[[Any], Any]  # a Value for a Value or a number; None for all else

# NumPy's names for Python's operators
_OPERATORS = {"subtract": "sub", "multiply": "mul", "divide": "truediv", "power": "pow", "float_power": "pow"}
_OPERATORS |= {"remainder": "mod", "floor_divide": "floordiv", "negative": "neg", "positive": "pos", "absolute": "abs"}
_OPERATORS |= {"less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge"}
_OPERATORS |= {"add": "add"}
_EQUALITY = {"equal": "eq", "not_equal": "ne"}
_METHODS = {"maximum": "max", "minimum": "min", "conj": "conjugate"}  # where a function's name is not the table's
_OF_THE_NUMBER = ("isnan", "isinf", "isfinite", "signbit")  # which have no slope to lose


def applied(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any], lift: Lift) -> Any:
    """What NumPy's `ufunc` makes of Values, numbers and arrays, by elements.

    Raises TypeError for a function that has no rule, and where an array of floats is to hold the result.
    """
    out = options.pop("out", None)
    is_ours = method == "__call__" and not options and ufunc.signature is None and not _is_of_objects(ufunc)
    if is_ours:
        made = _by_elements(ufunc.__name__, inputs, lift)
    else:  # a sum, a product of matrices: NumPy calls the operators
        made = getattr(ufunc, method)(*[_boxed(arg, lift) for arg in inputs], **options)
    if out is None:
        return made
    out[0][...] = made
    return out[0]


def _is_of_objects(ufunc: Any) -> bool:
    """Whether a function knows no numbers, only objects, as one of `numpy.frompyfunc` does."""
    return all([types.startswith("O") for types in ufunc.types])  # noqa: C419


def _by_elements(name: str, inputs: tuple[Any, ...], lift: Lift) -> Any:
    """One result for single numbers, else an array of results."""

    def of_one(*given: Any) -> Any:
        if name in _EQUALITY:
            return _is_same(name, given, lift)
        return _of_one(name, [_lifted(arg, name, lift) for arg in given])

    if not any([getattr(arg, "ndim", 0) for arg in inputs]):  # noqa: C419
        return of_one(*[arg.item() if hasattr(arg, "ndim") else arg for arg in inputs])
    numpy = sys.modules["numpy"]
    return numpy.frompyfunc(of_one, len(inputs), 1)(*[_boxed(arg, lift) for arg in inputs])


def _is_same(name: str, given: tuple[Any, ...], lift: Lift) -> Any:
    """`==` and `!=`, which a Value refuses of a number: it is asked, and not NumPy's number, which would ask here."""
    left, right = given if lift(given[0]) is given[0] else reversed(given)
    return getattr(operator, _EQUALITY[name])(left, right)


def _lifted(arg: Any, name: str, lift: Lift) -> Any:
    lifted = lift(arg)
    if lifted is None:
        raise TypeError(f"np.{name} takes Values and numbers, not {type(arg).__name__}")
    return lifted


def _boxed(arg: Any, lift: Lift) -> Any:
    """A Value as an array of no dimensions, whose element NumPy takes as it is; all else as it is."""
    if lift(arg) is not arg:
        return arg
    box = sys.modules["numpy"].empty((), object)
    box[()] = arg
    return box


def _of_one(name: str, args: list[Any]) -> Any:
    """A function of NumPy's of single Values."""
    if name in _OPERATORS:
        return getattr(operator, _OPERATORS[name])(*args)
    if name in _OF_THE_NUMBER:
        return getattr(sys.modules["numpy"], name)(args[0].data)
    first, *others = args
    ours = _METHODS.get(name, name)
    method = getattr(first, ours, None)
    if method is None or (ours in BY_NAME and find(ours, len(args)) is None):
        hint = "v.data is its value, and x.sin() and the like keep the gradient"
        raise TypeError(f"np.{name} has no rule for a Value, and would drop its gradient: {hint}")
    return method(*others)
