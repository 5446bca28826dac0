"""What is shown of an expression as mathematics: its formula, its steps, and its derivatives, one an equation."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter

from autodiff_cli.codegen.latex.layout import ATOM, CASES, PRODUCT, Box, as_operand, box_of, bracketed, signed, text_of
from autodiff_cli.codegen.latex.lines import rows_of
from autodiff_cli.codegen.latex.spelling import COMMANDS
from autodiff_cli.codegen.latex.typesetter import Typesetter, variables_of
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import fresh
from autodiff_cli.engine.value import Value

_LINE = 34.0  # em that fit into a line: what an article in ten point has
_LONG = 9.0  # em of an expression that gets a name before it is differentiated
_LENGTHY = 400.0  # em of a formula whose parts get names
_SHORT = 4.0  # em of a part that does not

_LETTERS = COMMANDS | {"mathrm", "text"}  # commands that are letters, or make some
Equation = tuple[Box, Box]  # the left side and the right


def to_latex(root: Value, names: Mapping[Value, str] | None = None) -> str:
    """The expression below `root`; nodes that have one of the `names` are written as that."""
    return text_of(Typesetter([root], names).shown(root))


def inline(expression: Expression) -> str:
    r"""What `_repr_latex_` gives a notebook; of a program a line a step.

    >>> print(inline(parse("d = a*b; tanh(d)")))
    $\displaystyle \begin{aligned} d &= a b \\ & \tanh(d) \end{aligned}$
    """
    name = expression.name
    typesetter, lines = _program(expression.root, [], expression.steps, [name] if name else [])
    if not lines and not name:
        return rf"$\displaystyle {typesetter.text(expression.root)}$"
    left = (typesetter.symbol(name), " &= ") if name else ("& ",)
    rows = [((symbol, " &= "), right) for symbol, right in lines] + [(left, typesetter.shown(expression.root))]
    listed = r" \\ ".join([text_of(*left, as_operand(right, CASES)) for left, right in rows])
    return rf"$\displaystyle \begin{{aligned}} {listed} \end{{aligned}}$"


def derivatives(
    root: Value,
    found: Mapping[tuple[str, ...], Value],
    *,
    steps: Mapping[str, Value] | None = None,
    name: str = "",
    width: float = _LINE,
) -> str:
    r"""Derivatives of `root`, one an equation of an `align*`, each broken at its terms where it is too wide.

    `found` has the formula by the names it is differentiated by: ("x",), ("x", "x", "x"), ("x", "y"). The named `steps`
    of a program stand before them. A long expression, and one that is a fraction, is given a `name` first.

    >>> x = Value(nan, "x")
    >>> print(derivatives(1 / x, {("x",): -1 / x**2}))
    \begin{align*}
    f &= \frac{1}{x} \\
    \frac{df}{dx} &= -\frac{1}{x^{2}}
    \end{align*}
    """
    steps = steps or {}
    by = dict.fromkeys([one for names in found for one in names])
    variables = {*variables_of([root]), *by}
    shown_name = name or _free_name({*variables, *steps})
    typesetter, lines = _program(root, list(found.values()), steps, [shown_name, *by])
    subject = typesetter.shown(root)
    is_named = root in steps.values()
    is_long = len(lines) > len(steps) or subject.broken or subject.width > _LONG
    if not is_named and (name or not found or is_long):
        is_named = True
        lines.append((typesetter.symbol(shown_name), subject))
        subject = typesetter.symbol(shown_name)
    for names, formula in found.items():
        left = _derivative(typesetter, names, subject, is_named, len(variables) > 1)
        lines.append((left, typesetter.write(formula)))
    rows = [row for left, right in lines for row in rows_of(left, as_operand(right, CASES), width)]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def jacobian(
    results: Mapping[str, Value],
    found: Mapping[tuple[str, tuple[str, ...]], Value],
    *,
    steps: Mapping[str, Value] | None = None,
    width: float = _LINE,
) -> str:
    r"""The derivatives of several results as a matrix, or an equation each where that is too wide or of higher order.

    `found` has the formula by the result's name and the names it is differentiated by. What has a name stands before.

    >>> x, y = Value(nan, "x"), Value(nan, "y")
    >>> print(jacobian({"u": x * y}, {("u", ("x",)): y, ("u", ("y",)): x}))
    \begin{align*}
    u &= x y \\
    \frac{\partial (u)}{\partial (x, y)} &= \begin{pmatrix} y & x \end{pmatrix}
    \end{align*}
    """
    root, *others = results.values()
    by = dict.fromkeys([names for _, names in found])
    variables = list(dict.fromkeys([one for names in by for one in names]))
    typesetter, lines = _program(root, [*others, *found.values()], {**(steps or {}), **results}, variables)
    rows = [[typesetter.write(found[name, names]) for names in by] for name in results]
    matrix = _matrix(rows)
    if all(len(names) == 1 for names in by) and matrix.width <= width:
        lines.append((_jacobian_of(typesetter, results, variables), matrix))
    else:
        for (name, names), formula in found.items():
            left = _derivative(typesetter, names, typesetter.symbol(name), True, len(variables) > 1)
            lines.append((left, typesetter.write(formula)))
    written = [row for left, right in lines for row in rows_of(left, as_operand(right, CASES), width)]
    return "\\begin{align*}\n" + " \\\\\n".join(written) + "\n\\end{align*}"


def _matrix(rows: Sequence[Sequence[Box]]) -> Box:
    r"""Rows of cells in parentheses."""
    columns = [max(box.width for box in column) for column in zip(*rows, strict=True)]
    cells: list[str | Box] = []
    for row in rows:
        cells += [r" \\ "] * bool(cells)
        for at, box in enumerate(row):
            cells += [*[" & "] * bool(at), *signed(as_operand(box, CASES))]
    width = sum(columns) + 2 * len(columns)
    return box_of(ATOM, r"\begin{pmatrix} ", *cells, r" \end{pmatrix}", kind="matrix", tall=2, width=width)


def _jacobian_of(typesetter: Typesetter, results: Iterable[str], variables: Iterable[str]) -> Box:
    r"""The left side: \frac{\partial (u, v)}{\partial (x, y)}."""
    above = ", ".join([text_of(typesetter.symbol(name)) for name in results])
    below = ", ".join([typesetter.spelled[name] for name in variables])
    width = 0.6 * max(len(above), len(below))
    return box_of(ATOM, rf"\frac{{\partial ({above})}}{{\partial ({below})}}", tall=2, width=width)


def _free_name(taken: Collection[str]) -> str:
    return next((name for name in "fghFGHuvw" if name not in taken), "result")


def _program(
    root: Value, others: list[Value], steps: Mapping[str, Value], also: Iterable[str]
) -> tuple[Typesetter, list[Equation]]:
    """What writes some graphs, and the lines before them: the named steps, and what long formulas have in common."""
    named = {node: name for name, node in steps.items()}
    roots = [root, *others, *named]
    typesetter = Typesetter(roots, named, also)
    if max([typesetter.write(one).width for one in roots]) > _LENGTHY:
        typesetter = Typesetter(roots, named, also)
        return typesetter, _shared(typesetter, [root, *others], named)
    return typesetter, [(typesetter.symbol(name), typesetter.write(node)) for node, name in named.items()]


def _shared(typesetter: Typesetter, roots: list[Value], named: dict[Value, str]) -> list[Equation]:
    """Names for what is used more than once and is long, each with what it stands for."""
    unnamed = fresh(f"{_free_letter(typesetter.spelled)}_", ())
    known: dict[str, str] = {}  # the name of what is written so
    lines = []
    for node in _candidates(roots, named):
        box = typesetter.write(node)
        text = text_of(box)
        is_new = text not in known and box.width > _SHORT
        if node in named or is_new:
            known[text] = named.get(node) or next(unnamed)
            lines.append((typesetter.name(node, known[text]), box))
        elif text in known:
            typesetter.name(node, known[text])
    return lines


def _free_letter(names: Iterable[str]) -> str:
    """A letter that none of the names begins with."""
    taken = {name[:1] for name in names}
    return next((letter for letter in "uvwsqprabcdeghijklmnotxyz" if letter not in taken), "U")


def _candidates(roots: list[Value], named: Collection[Value]) -> list[Value]:
    """What has a name, and what is used more than once."""
    order = toposort([*named, *roots])
    used = Counter([*named, *roots])
    for node in order:
        used.update(node.args)
    repeated = {node for node, count in used.items() if count > 1}
    operations = filter(attrgetter("args"), order)
    kept = repeated.intersection(operations).difference(roots).union(named)
    return list(filter(kept.__contains__, order))


def _derivative(typesetter: Typesetter, by: Sequence[str], subject: Box, is_named: bool, is_partial: bool) -> Box:
    r"""The left side: \frac{d}{dx} before an expression, or with its name above the line."""
    d, space = (r"\partial", " ") if is_partial else ("d", "")
    order = _order(len(by))
    below = [f"{d}{space}{typesetter.spelled[one]}{_order(by.count(one))}" for one in dict.fromkeys(by)]
    width = 0.6 * max(2 + is_named, 2 * len(below))
    under = ("}{", r" \, ".join(below), "}")
    if is_named:
        space = " " if order else space
        return box_of(ATOM, r"\frac{", d, order, space, *signed(subject), *under, tall=2, width=width)
    operator = box_of(ATOM, r"\frac{", d, order, *under, tall=2, width=width)
    return _applied(operator, subject)


def _order(count: int) -> str:
    return f"^{{{count}}}" if count > 1 else ""


def _applied(operator: Box, subject: Box) -> Box:
    """An operator before an expression; a product of sums is in brackets."""
    if subject.kind == "product" and subject.starts == "open" and not subject.negative:
        return box_of(PRODUCT, operator, bracketed(subject))
    subject = as_operand(subject, PRODUCT)
    return box_of(PRODUCT, operator, _space_before(text_of(subject)), subject)


def _space_before(text: str) -> str:
    """What keeps an operator apart: more before a letter or digit, or a command that is a letter or makes some."""
    first, command = re.match(r"(\w?)\\?(\w*)", text).groups()  # type: ignore[union-attr]
    if first or command in _LETTERS:
        return r" \, "
    return " "
