"""Writes a graph as an expression, every sign written out. What was read from text reads back as the same graph."""

from autodiff_cli.value import Value

# How tight each operation binds, and how tight its left and right operand must: the grammar's levels, sum to atom.
_LEVELS = {
    "lt": (0, 1, 1),
    "le": (0, 1, 1),
    "gt": (0, 1, 1),
    "ge": (0, 1, 1),
    "eq": (0, 1, 1),
    "add": (1, 1, 2),
    "sub": (1, 1, 2),
    "mul": (2, 2, 3),
    "div": (2, 2, 3),
    "neg": (3, 3, 3),
    "pow": (4, 5, 3),
}


def number_text(data: float) -> str:
    """The shortest text that reads back as the same float; whole numbers without `.0`."""
    text = repr(data)
    return text[:-2] if text.endswith(".0") else text


def to_text(root: Value, limit: int | None = None) -> str:
    """The expression below `root`; cut off with an ellipsis once it is longer than `limit` characters."""
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
        if not node.args:
            text = node.label or number_text(node.data)
            stack.append(f"({text})" if text.startswith("-") and level > 3 else text)
        elif name in _LEVELS:
            own, left, right = _LEVELS[name]
            sign = node.rule.function.symbol
            if own < level:
                stack.append(")")
            stack.append((node.args[-1], right))
            if name == "neg":
                stack.append("-")
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
