"""What is shown of an expression as mathematics: its formula, its steps, and its derivatives, one a line."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from autodiff_cli.codegen.latex import layout
from autodiff_cli.codegen.latex.spelling import COMMANDS
from autodiff_cli.codegen.latex.writer import Writer, variables_of
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value, toposort

_LINE = 34.0  # em that fit into a line: what an article in ten point has
_LONG = 9.0  # em of an expression that gets a name before it is differentiated
_LENGTHY = 400.0  # em of a formula whose parts get names
_SHORT = 4.0  # em of a part that does not


def to_latex(root: Value, names: Mapping[Value, str] | None = None) -> str:
    """The expression below `root`; nodes that have one of the `names` are written as that."""
    return layout.text_of(Writer([root], names).shown(root))


def inline(expression: Expression) -> str:
    """What `_repr_latex_` gives a notebook; of a program a line a step."""
    writer, lines = _program(expression.root, [], expression.steps, [expression.name] if expression.name else [])
    if not lines and not expression.name:
        return rf"$\displaystyle {writer.text(expression.root)}$"
    result = writer.shown(expression.root)
    rows = [layout.text_of(left, " &= ", layout.as_operand(right, layout.CASES)) for left, right in lines]
    named = (writer.symbol(expression.name), " &= ") if expression.name else ("& ",)
    listed = r" \\ ".join([*rows, layout.text_of(*named, layout.as_operand(result, layout.CASES))])
    return rf"$\displaystyle \begin{{aligned}} {listed} \end{{aligned}}$"


def derivatives(
    root: Value,
    found: Mapping[tuple[str, ...], Value],
    *,
    steps: Mapping[str, Value] | None = None,
    name: str = "",
    width: float = _LINE,
) -> str:
    """Derivatives of `root`, one an equation of an `align*`, each broken at its terms where it is too wide.

    `found` has the formula by the names it is differentiated by: ("x",), ("x", "x", "x"), ("x", "y"). The named `steps`
    of a program stand before them. A long expression, and one that is a fraction, is given a `name` first.
    """
    steps = steps or {}
    by = dict.fromkeys(one for names in found for one in names)
    variables = dict.fromkeys([*variables_of([root]), *by])
    given, name = name, name or next(one for one in (*"fghFGHuvw", "result") if one not in {*variables, *steps})
    writer, lines = _program(root, list(found.values()), steps, [name, *by])
    subject = writer.shown(root)
    named = root in steps.values()
    if not named and (given or not found or len(lines) > len(steps) or subject.broken or subject.width > _LONG):
        named = True
        lines.append((writer.symbol(name), subject))
        subject = writer.symbol(name)
    for names, formula in found.items():
        lines.append((_operator(writer, names, subject, named, len(variables) > 1), writer.write(formula)))
    rows = [row for left, right in lines for row in layout.rows_of(left, layout.as_operand(right, layout.CASES), width)]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _program(
    root: Value, others: list[Value], steps: Mapping[str, Value], also: Iterable[str]
) -> tuple[Writer, list[tuple[layout.Box, layout.Box]]]:
    """What writes some graphs, and the lines before them: the named steps, and what long formulas have in common."""
    named = {node: one for one, node in steps.items()}
    roots = [root, *others, *named]
    writer = Writer(roots, named, also)
    if max([writer.write(one).width for one in roots]) > _LENGTHY:
        writer = Writer(roots, named, also)
        return writer, _shared(writer, [root, *others], named)
    return writer, [(writer.symbol(one), writer.write(node)) for node, one in named.items()]


def _shared(writer: Writer, roots: list[Value], named: dict[Value, str]) -> list[tuple[layout.Box, layout.Box]]:
    """Names for what is used more than once and is long, each with what it stands for."""
    order = toposort([*named, *roots])
    used = Counter([*named, *roots, *[arg for node in order for arg in node.args]])
    first = {name[:1] for name in writer.spelled}
    numbers = count(1)
    letter = next(one for one in "uvwsqprabcdeghijklmnotxyzU" if one not in first or one == "U")
    lines = []
    known: dict[str, str] = {}  # the name of what is written so
    for node in order:
        name = named.get(node, "")
        if name or (used[node] > 1 and node.args and node not in roots):
            box = writer.write(node)
            text = layout.text_of(box)
            if name or (box.width > _SHORT and text not in known):
                known[text] = name = name or f"{letter}_{next(numbers)}"
                lines.append((writer.name(node, name), box))
            elif text in known:
                writer.name(node, known[text])
    return lines


def _operator(writer: Writer, by: Sequence[str], subject: layout.Box, named: bool, partial: bool) -> layout.Box:
    r"""The left side: \frac{d}{dx} before an expression, or with its name above the line."""
    d = r"\partial" if partial else "d"
    order = f"^{{{len(by)}}}" if len(by) > 1 else ""
    below = []
    for one in dict.fromkeys(by):
        times = f"^{{{by.count(one)}}}" if by.count(one) > 1 else ""
        below.append(f"{d}{' ' * partial}{writer.spelled[one]}{times}")
    above = (d, order, " " if partial or order else "", *layout.signed(subject)) if named else (d, order)
    wide = 0.6 * max(2 + named, 2 * len(below))
    made = layout.box_of(layout.ATOM, r"\frac{", *above, "}{", r" \, ".join(below), "}", tall=2, width=wide)
    if named:
        return made
    if subject.kind == "product" and subject.starts == "open" and not subject.negative:
        return layout.box_of(layout.PRODUCT, made, *layout.delimited(subject, "[", "]"))
    subject = layout.as_operand(subject, layout.PRODUCT)
    begins = re.match(r"\w|\\(\w+)", layout.text_of(subject))
    tight = begins and (begins[1] is None or begins[1] in COMMANDS | {"mathrm", "text"})
    return layout.box_of(layout.PRODUCT, made, r" \, " if tight else " ", subject)
