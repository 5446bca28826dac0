"""Writes a graph as an expression, every sign written out. What was read from text reads back as the same graph."""

import re
from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from itertools import count

from autodiff_cli.engine.graph import reachable, toposort
from autodiff_cli.engine.value import Value

# How tight each operation binds, and how tight its left and right operand must: the grammar's levels, `or` to atom.
_LEVELS = {
    "or": (0, 0, 1),
    "and": (1, 1, 2),
    "not": (2, 2, 2),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), (3, 4, 4)),
    "add": (4, 4, 5),
    "sub": (4, 4, 5),
    "mul": (5, 5, 6),
    "div": (5, 5, 6),
    "neg": (6, 6, 6),
    "pow": (7, 8, 6),
}
_LONGEST = 60  # characters of an argument in a message
_SHORT = 3  # operations that a step has at least, that is named for being used twice
_PREFIX = {"neg": "-", "not": "not "}


def number_text(data: float) -> str:
    """The shortest text that reads back as the same float; whole numbers without `.0`."""
    text = repr(data)
    return text[:-2] if text.endswith(".0") else text


def name_of(by: Sequence[str]) -> str:
    """What a derivative by some names is called: d/dx, d3/dx3, d2/dx dy."""
    order = len(by) if len(by) > 1 else ""
    powers = {name: by.count(name) for name in by}
    return f"d{order}/" + " ".join(f"d{name}{count if count > 1 else ''}" for name, count in powers.items())


def fresh(first: str, taken: Container[object]) -> Iterator[str]:
    """Names that are not taken: of `first` and a number, from 1."""
    return (name for number in count(1) if (name := f"{first}{number}") not in taken)


def statements(root: Value, nodes: list[Value], steps: dict[str, Value], defaults: dict[str, str]) -> list[str]:
    """A graph as a program whose last statement is `root`; what is used more than once has a name.

    `nodes` are its steps in order, `steps` those of them that have a name, `defaults` the variables that have a value.
    """
    names = {node: name for name, node in steps.items()}
    found = reachable([root, *names])
    used = Counter([arg for node in found for arg in node.args])
    shared = {node for node, count in used.items() if count > 1 and node.args}
    lines = [f"{name} = {text}" for name, text in defaults.items()]
    lines += [f"{name} = {to_text(node)}" for node, name in names.items() if not node.args]
    if names or shared:
        taken = {node.label for node in found} | set(steps)
        unnamed = fresh("_", taken)
        for node in nodes:
            if node in names or node in shared:
                name = names.pop(node, "") or next(unnamed)
                same = node.rule.function.name == "identity"  # what a second name is made by
                lines.append(f"{name} = {to_text(node.args[0] if same else node, names=names)}")
                names[node] = name
    return [*lines, names.get(root) or to_text(root, names=names)]


def with_steps(roots: Sequence[Value], taken: Collection[str] = ()) -> tuple[dict[str, str], list[str]]:
    """Graphs as text in which what is used more than once, and is not short, is a named step: the steps, the results.

    No step gets a `taken` name.
    """
    order = toposort(roots)
    used = Counter([*roots, *[arg for node in order for arg in node.args]])
    unnamed = fresh("_", taken)
    names: dict[Value, str] = {}
    sizes: dict[Value, int] = {}
    steps: dict[str, str] = {}
    for node in order:
        size = 1 + sum([sizes[arg] for arg in node.args]) if node.args else 0
        if used[node] > 1 and size >= _SHORT:
            name = next(unnamed)
            steps[name] = to_text(node, names=names)
            names[node] = name
            size = 0
        sizes[node] = size
    return steps, [to_text(root, names=names) for root in roots]


def to_text(root: Value, limit: int | None = None, names: Mapping[Value, str] | None = None) -> str:
    """The expression below `root`; cut off with an ellipsis once it is longer than `limit` characters.

    Nodes that have one of the `names` are written as that.
    """
    names = names or {}
    parts: list[str] = []
    length = 0
    stack: list[str | tuple[Value, int]] = [(root, 0)]
    while stack:
        top = stack.pop()
        if isinstance(top, str):
            parts.append(top)
            length += len(top)
            if limit is not None and length > limit:
                return "".join(parts)[: limit - 1] + "…"
            continue
        node, level = top
        name = node.rule.function.name
        if node in names:
            stack.append(names[node])
        elif not node.args:
            text = node.label or number_text(node.data)
            stack.append(f"({text})" if text.startswith("-") and level > _LEVELS["neg"][0] else text)
        elif name in _LEVELS:
            own, left, right = _LEVELS[name]
            sign = node.rule.function.symbol
            if own < level:
                stack.append(")")
            stack.append((node.args[-1], right))
            if name in _PREFIX:
                stack.append(_PREFIX[name])
            else:
                stack.append(sign if name == "pow" else f" {sign} ")
                stack.append((node.args[0], left))
            if own < level:
                stack.append("(")
        else:
            stack.append(")")
            for index, arg in enumerate(reversed(node.args)):
                stack += [", ", (arg, 0)] if index else [(arg, 0)]
            stack.append(f"{name}(")
    return "".join(parts)


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
    got = []
    for index, (name, arg) in enumerate(zip(function.args, node.args, strict=True)):
        if re.search(rf"\b{name}\b", function.domain):
            number = [number_text(numbers[index])] if numbers else []
            same = dict.fromkeys([name, to_text(arg, _LONGEST), *number])
            got += [" = ".join(same)] * (len(same) > 1)
    return domain_need(node) + (f"; here {', '.join(got)}" if got else "")
