"""What a Python function is called with, number by number: floats, sequences and dictionaries of them, arrays.

Arrays are known by what they can do, so that no library is imported for them: they have a `shape`, a `dtype` and
`tolist()`, and are copied as NumPy, PyTorch (`clone`) or JAX (`at[...].set`) have it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import isfinite, prod
from typing import Any, NamedTuple

from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError

_BITS = (52, 23, 10, 7)  # of float64, float32, float16 and bfloat16
_UNIT_BY_SIZE = {2: 2.0**-8, 4: 2.0**-24}  # half an ulp, by bytes; of two bytes the coarser kind
_EXACT = 2.0**-53
_GIVEN = "the gradient has"
_SHAPE = "it has the shape of the point"


class Component(NamedTuple):
    """One number of an argument."""

    name: str  # as Python has it: [2], ['w'][0, 1], or nothing for a number alone
    leaf: int  # in which part of the argument
    place: tuple[int, ...] | None  # and where in that, if it is an array
    value: float


class Argument:
    """A point: its components, and the same point with some of them changed."""

    def __init__(self, at: Any) -> None:
        self._at = at
        self._leaves = [(path, _floating(path, leaf)) for path, leaf in _leaves("", at)]
        self.components = [
            Component(f"{path}{_bracketed(index)}", number, index, value)
            for number, (path, leaf) in enumerate(self._leaves)
            for index, value in _numbers(path, leaf)
        ]
        if not self.components:
            raise AutodiffError("the point has no component", hint="give a number, a sequence or an array of them")
        for one in self.components:
            if not isfinite(one.value):
                raise AutodiffError(f"{one.name or 'the point'} is {one.value}", hint="give a finite point")
        self.units = [_unit(leaf) for _, leaf in self._leaves]

    def changed(self, values: Mapping[int, float]) -> Any:
        """The point with other values of the components by number; a copy."""
        parts: list[dict[Any, float]] = [{} for _ in self._leaves]
        for number, value in values.items():
            component = self.components[number]
            parts[component.leaf][component.place] = value
        made = iter([_with(leaf, part) for (_, leaf), part in zip(self._leaves, parts, strict=True)])
        return _rebuilt(self._at, made)

    def nearest(self, number: int) -> Callable[[float], float]:
        """What comes of a number that is put in the place of a component."""
        component = self.components[number]
        leaf = self._leaves[component.leaf][1]
        if not _is_array(leaf) or self.units[component.leaf] == _EXACT:
            return lambda x: x
        return lambda x: _read(_with(leaf, {component.place: x}), component.place)

    def unit_of_gradient(self, gradient: Any) -> float:
        """Half an ulp, relative, in the coarsest precision of a gradient's parts."""
        return max([unit_of(part) for _, part in _leaves("", gradient)], default=_EXACT)

    def gradients(self, gradient: Any) -> list[float]:
        """The numbers of a gradient that has the shape of the point; raises AutodiffError where it has not."""
        return [*_matched("", self._at, gradient)]


def unit_of(result: Any) -> float:
    """Half an ulp, relative, in the precision of a result."""
    return _UNIT_BY_SIZE.get(getattr(getattr(result, "dtype", None), "itemsize", 8), _EXACT)


def number_of(result: Any, given: str = "the function returns") -> float:
    """The number that a function returned. Raises AutodiffError where it is none."""
    if isinstance(result, Value):
        return result.data
    if hasattr(result, "detach"):
        result = result.detach()
    shape = tuple(getattr(result, "shape", ()))
    if prod(shape) != 1:
        hint = "a gradient is of one number: sum it, or check one of its components"
        raise AutodiffError(f"{given} an array of shape {shape}", hint=hint)
    number = result.item() if hasattr(result, "item") else result
    if isinstance(number, complex) or not hasattr(number, "__float__"):
        raise AutodiffError(f"{given} {number!r:.40}, which is no real number")
    return float(number)


# --- parts -----------------------------------------------------------------------------------------------------------


def _is_array(part: Any) -> bool:
    return hasattr(part, "shape") and hasattr(part, "tolist") and hasattr(part, "dtype")


def _is_sequence(part: Any) -> bool:
    return isinstance(part, Sequence) and not isinstance(part, str) and not _is_array(part)


def _leaves(path: str, at: Any) -> Iterator[tuple[str, Any]]:
    """The numbers and arrays of an argument, each with how to get at it."""
    if isinstance(at, Mapping):
        for key, part in at.items():
            yield from _leaves(f"{path}[{key!r}]", part)
    elif _is_sequence(at):
        for key, part in enumerate(at):
            yield from _leaves(f"{path}[{key}]", part)
    else:
        yield path, at


def _floating(path: str, leaf: Any) -> Any:
    """A part that can take floats: whole numbers become floats. Raises AutodiffError for what is no number."""
    if not _is_array(leaf):
        if isinstance(leaf, complex | str) or not hasattr(leaf, "__float__"):
            raise AutodiffError(f"{path or 'the point'} is {leaf!r:.40}, which is no real number")
        return float(leaf)
    name = str(leaf.dtype)
    if "complex" in name or "object" in name:
        raise AutodiffError(f"{path or 'the point'} is an array of {name}", hint="give floats")
    if "float" in name:
        return leaf
    return leaf.double() if hasattr(leaf, "double") else leaf.astype(float)


def _rebuilt(at: Any, leaves: Iterator[Any]) -> Any:
    """An argument of the same build from its parts in order."""
    if isinstance(at, Mapping):
        return {key: _rebuilt(part, leaves) for key, part in at.items()}
    if _is_sequence(at):
        parts = [_rebuilt(part, leaves) for part in at]
        if hasattr(at, "_make"):
            return at._make(parts)
        return tuple(parts) if isinstance(at, tuple) else parts
    return next(leaves)


def _indices(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [*product(*map(range, shape))]


def _bracketed(index: Any) -> str:
    """An index as Python has it."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def _numbers(path: str, leaf: Any) -> list[tuple[Any, float]]:
    """The numbers of a part, each with its place in it."""
    if not _is_array(leaf):
        return [(None, leaf)]
    shape = tuple(leaf.shape)
    return [*zip(_indices(shape), _flat(leaf, shape, path), strict=True)]


def _flat(given: Any, shape: tuple[int, ...], path: str) -> list[float]:
    """The numbers of an array, or of lists in its shape. Raises AutodiffError where it is another."""
    if isinstance(given, Value):
        given = given.data
    own = tuple(given.shape) if _is_array(given) else None
    plain = _plain(given)
    if not shape and own is not None and prod(own) == 1:
        plain, own = given.item(), ()
    numbers, sizes = _nested(plain)
    own = sizes if own is None else own
    if own != shape or len(numbers) != prod(shape):
        where = f" of {path}" if path else ""
        raise AutodiffError(f"the gradient{where} has the shape {own}, the point {shape}", hint=_SHAPE)
    return [number_of(one, _GIVEN) for one in numbers]


def _nested(plain: Any) -> tuple[list[Any], tuple[int, ...]]:
    """What is in lists of lists, and their lengths."""
    parts: list[Any] = [plain]
    sizes: list[int] = []
    while parts and all(isinstance(part, list | tuple) for part in parts):
        sizes.append(len(parts[0]))
        parts = [one for part in parts for one in part]
    return parts, tuple(sizes)


def _matched(path: str, at: Any, gradient: Any) -> Iterator[float]:
    """The numbers of a gradient, part by part of the point."""
    if isinstance(at, Mapping):
        given = gradient if isinstance(gradient, Mapping) else {}
        for key in [*at, *given]:
            if key not in given:
                raise AutodiffError(f"the gradient has no {path}[{key!r}]", hint=_SHAPE)
            if key not in at:
                raise AutodiffError(f"the gradient has {path}[{key!r}], and the point has not", hint=_SHAPE)
        for key, part in at.items():
            yield from _matched(f"{path}[{key!r}]", part, given[key])
    elif _is_sequence(at):
        given = _plain(gradient)
        where = f" of {path}" if path else ""
        if not _is_sequence(given):
            raise AutodiffError(f"the gradient{where} is one number, the point has {len(at)}", hint=_SHAPE)
        if len(given) != len(at):
            raise AutodiffError(f"the gradient{where} has the length {len(given)}, the point {len(at)}", hint=_SHAPE)
        for key, (part, other) in enumerate(zip(at, given, strict=True)):
            yield from _matched(f"{path}[{key}]", part, other)
    else:
        yield from _flat(gradient, tuple(at.shape) if _is_array(at) else (), path)


def _plain(part: Any) -> Any:
    """An array as lists."""
    if hasattr(part, "detach"):
        part = part.detach()
    return part.tolist() if _is_array(part) else part


def _with(leaf: Any, values: Mapping[Any, float]) -> Any:
    """A copy of a part with some numbers changed."""
    if not _is_array(leaf):
        return values.get(None, leaf)
    if not hasattr(leaf, "__setitem__"):  # a number of NumPy
        return type(leaf)(values[()]) if values else leaf
    if hasattr(leaf, "block_until_ready"):
        for index, value in values.items():
            leaf = leaf.at[index].set(value)
        return leaf
    made = leaf.detach().clone() if hasattr(leaf, "detach") else leaf.copy()
    for index, value in values.items():
        made[index] = value
    return made.requires_grad_() if getattr(leaf, "requires_grad", False) else made


def _read(leaf: Any, index: Any) -> float:
    return float(leaf[index].item() if hasattr(leaf, "__setitem__") else leaf.item())


def _unit(leaf: Any) -> float:
    """Half an ulp, relative, in the precision of a part."""
    if not _is_array(leaf):
        return _EXACT
    first = (0,) * len(leaf.shape)
    if prod(leaf.shape) == 0:
        return _EXACT
    kept = [bits for bits in _BITS if _read(_with(leaf, {first: 1 + 2.0**-bits}), first) != 1]
    return 2.0 ** -(kept[0] + 1)
