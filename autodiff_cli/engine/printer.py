"""Writes a graph as an expression, every sign written out. What was read from text reads back as the same graph."""

import re
from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from itertools import chain, count
from operator import attrgetter

from autodiff_cli.engine.graph import reachable, toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import COMPARISONS, FUNCTIONS

# How tight each operation binds, and how tight its left and right operand must: the grammar's levels, `or` to atom.
_LEVELS = {
    "or": (0, 0, 1),
    "and": (1, 1, 2),
    "not": (2, 2, 2),
    **dict.fromkeys(COMPARISONS, (3, 4, 4)),
    "add": (4, 4, 5),
    "sub": (4, 4, 5),
    "mul": (5, 5, 6),
    "div": (5, 5, 6),
    "neg": (6, 6, 6),
    "pow": (7, 8, 6),
}
_NEGATIVE = _LEVELS["neg"][0]  # how tight the sign of a negative number binds
_LONGEST = 60  # characters of an argument in a message
_SHORT = 3  # operations that a step has at least, that is named for being used twice
_SIGNS = {function.name: f" {function.symbol} " for function in FUNCTIONS if function.symbol}
_SIGNS |= {"neg": "-", "not": "not ", "pow": "^"}
_ARGS = attrgetter("args")


def number_text(data: float) -> str:
    """The shortest text that reads back as the same float; whole numbers without `.0`."""
    text = repr(data)
    return text[:-2] if text.endswith(".0") else text


def name_of(by: Sequence[str], of: str = "") -> str:
    """What a derivative by some names is called, and of what it is.

    >>> name_of(["x"]), name_of(["x", "x", "x"]), name_of(["x", "y"])
    ('d/dx', 'd3/dx3', 'd2/dx dy')
    >>> name_of(["x1", "x1"]), name_of(["x"], "u")
    ('d2/d(x1)2', 'du/dx')
    """
    powers = [_power(name, count) for name, count in Counter(by).items()]
    order = len(by) if len(by) > 1 else ""
    return f"d{order}{of}/" + " ".join(powers)


def _power(name: str, count: int) -> str:
    """A name in a denominator, so often; in brackets where it ends with a digit."""
    if count == 1:
        return f"d{name}"
    return f"d({name}){count}" if name[-1].isdigit() else f"d{name}{count}"


def fresh(first: str, taken: Container[object]) -> Iterator[str]:
    """Names that are not taken: of `first` and a number, from 1."""
    for number in count(1):
        name = f"{first}{number}"
        if name not in taken:
            yield name


def statements(root: Value, nodes: list[Value], steps: dict[str, Value], defaults: dict[str, str]) -> list[str]:
    """A graph as a program whose last statement is `root`; what is used more than once has a name.

    `nodes` are its steps in order, `steps` those of them that have a name, `defaults` the variables that have a value.

    >>> x, y = Value(2.0, "x"), Value(3.0, "y")
    >>> product = x * y
    >>> tanh = product.tanh()
    >>> statements(tanh + product, [product, tanh], {"t": tanh}, {"y": "3"})
    ['y = 3', '_1 = x * y', 't = tanh(_1)', 't + _1']
    """
    found = reachable([root, *steps.values()])
    own_names = {node: name for name, node in steps.items()}
    named_leaves = {node: name for node, name in own_names.items() if not node.args}
    lines = [f"{name} = {text}" for name, text in defaults.items()]
    lines += [f"{name} = {to_text(node)}" for node, name in named_leaves.items()]
    unnamed = fresh("_", {node.label for node in found} | set(steps))
    wanted = {*own_names, *_shared(found)}
    names = dict(named_leaves)
    for node in filter(wanted.__contains__, nodes):
        name = own_names.get(node) or next(unnamed)
        lines.append(f"{name} = {to_text(_defined(node), names=names)}")
        names[node] = name
    return [*lines, names.get(root) or to_text(root, names=names)]


def _shared(nodes: list[Value]) -> list[Value]:
    """The operations that are used more than once."""
    used = Counter(chain.from_iterable(map(_ARGS, nodes)))
    again = used - Counter({*used})  # each use but the first
    return [*filter(_ARGS, again)]


def _defined(node: Value) -> Value:
    """What stands on the right of a named step; the identity is what a second name is made by."""
    return node.args[0] if node.rule.function.name == "identity" else node


def with_steps(roots: Sequence[Value], taken: Collection[str] = ()) -> tuple[dict[str, str], list[str]]:
    """Graphs as text in which what is used more than once, and is not short, is a named step: the steps, the results.

    No step gets a `taken` name.

    >>> x = Value(2.0, "x")
    >>> y = (x.sin() * x).exp()
    >>> with_steps([y + 1, y * x])
    ({'_1': 'exp(sin(x) * x)'}, ['_1 + 1', '_1 * x'])
    """
    order = toposort(roots)
    used = Counter([*roots, *[arg for node in order for arg in node.args]])
    unnamed = fresh("_", taken)
    names: dict[Value, str] = {}
    sizes: dict[Value, int] = {}
    steps: dict[str, str] = {}
    for node in order:
        sizes[node] = 1 + sum([sizes[arg] for arg in node.args]) if node.args else 0
        if used[node] > 1 and sizes[node] >= _SHORT:
            name = next(unnamed)
            steps[name] = to_text(node, names=names)
            names[node] = name
            sizes[node] = 0
    return steps, [to_text(root, names=names) for root in roots]


_Piece = str | tuple[Value, int]  # text, or a node and how tight its surroundings bind


def to_text(root: Value, limit: int | None = None, names: Mapping[Value, str] | None = None) -> str:
    """The expression below `root`; cut off with an ellipsis once it is longer than `limit` characters.

    Nodes that have one of the `names` are written as that.

    >>> x = Value(2.0, "x")
    >>> to_text((-x) ** 2 - (1 - x).sin()), to_text((x + 1).exp() * 3, limit=8)
    ('(-x)^2 - sin(1 - x)', 'exp(x +…')
    """
    names = names or {}
    parts: list[str] = []
    length = 0
    stack: list[_Piece] = [(root, 0)]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            parts.append(piece)
            length += len(piece)
            if limit is not None and length > limit:
                return "".join(parts)[: limit - 1] + "…"
            continue
        node, level = piece
        if node in names:
            stack.append(names[node])
        elif node.args:
            _push(stack, node, level)
        else:
            text = node.label or number_text(node.data)
            stack.append(f"({text})" if level > _NEGATIVE and text[0] == "-" else text)
    return "".join(parts)


def _push(stack: list[_Piece], node: Value, level: int) -> None:
    """Put the pieces of a node on a stack, the last first; in parentheses where its surroundings bind tighter.

    Of x * y within a power these are "(", (x, 5), " * ", (y, 6) and ")".
    """
    args, name = node.args, node.rule.function.name
    if name not in _LEVELS:
        stack.append(")")
        for arg in args[:0:-1]:
            stack += ((arg, 0), ", ")
        stack += ((args[0], 0), f"{name}(")
        return
    own, left, right = _LEVELS[name]
    if own < level:
        stack.append(")")
    stack += ((args[-1], right), _SIGNS[name])
    if len(args) > 1:
        stack.append((args[0], left))
    if own < level:
        stack.append("(")


def domain_need(node: Value) -> str:
    """In words: what a node's function needs, as "log(x) needs x > 0"."""
    function = node.rule.function
    call = f"{function.name}({', '.join(function.args)})"
    if function.symbol:
        call = f" {function.symbol} ".join(function.args) if function.name != "pow" else "^".join(function.args)
    return f"{call} needs {function.domain}"


def domain_message(node: Value, numbers: Sequence[float] = ()) -> str:
    """In words: what a node's function needs, and what it got instead; with its numbers, if they are given.

    >>> x = Value(-1.0, "t")
    >>> domain_message(x.log(), [-1.0])
    'log(x) needs x > 0; here x = t = -1'
    """
    function = node.rule.function
    named = [index for index, name in enumerate(function.args) if re.search(rf"\b{name}\b", function.domain)]
    got = [_got(node, index, numbers) for index in named]
    listed = ", ".join(filter(None, got))
    return domain_need(node) + (f"; here {listed}" if listed else "")


def _got(node: Value, index: int, numbers: Sequence[float]) -> str:
    """What an argument of a node is: "x = t = -1"; empty where that would only repeat its name."""
    number = [number_text(numbers[index])] if numbers else []
    same = dict.fromkeys([node.rule.function.args[index], to_text(node.args[index], _LONGEST), *number])
    return " = ".join(same) if len(same) > 1 else ""
