"""A trace, forward and backward: as Rich tables that fit the terminal, as JSON, Markdown or LaTeX."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, filterfalse
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.value import Value, constant
from autodiff_cli.render.data import plain
from autodiff_cli.render.graph import short
from autodiff_cli.render.report import STYLES, aligned, grid, headline, number
from autodiff_cli.reports.results import Row, Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.explain import ExplainedRule
    from autodiff_cli.reports.trace import Back, Passed, Trace, TraceStep

# What to try, widest first, until it fits: significant digits, and how much of what can be spared is left out
_LAYOUTS = ((10, 0), (8, 0), (6, 0), (4, 0), (6, 1), (4, 1), (4, 2))
_DIGITS = 10
_FOLDED = 33  # columns that a formula gets at least
_HOW = (
    "The gradient of a step says how fast the result moves when the step does; that of the result itself is 1.",
    "A step multiplies the gradient that comes in by its local derivative, and adds the product to that of its input.",
)
_MEET = "What is used more than once gets something by each way, and its gradient is the sum."

_CODE = ("forward", "operation", "inputs", "backward", "local derivative", "to", "variable")
_FOLDABLE = ("operation", "inputs", "local derivative", "slope", "")  # columns; numbers and names are never broken
_NUMBERS = ("value", "gradient", "grad", "adds", "sum")
_REASONS = ("not taken", "not chosen", "not used", "slope 0")
_NOTHING = ("", *_REASONS)  # in a column of numbers

Cells = list[str]  # of a row or of a column
Table = list[tuple[str, Cells]]  # columns, each with its header
Show = Callable[[float], str]


# --- tables ------------------------------------------------------------------------------------------------------


def _tables(report: "Trace", digits: int, narrow: int = 0) -> list[Table]:
    """The steps forward, the steps backward, and the gradients; nothing for what is empty."""
    show = partial(number, digits=digits)
    forward = [_forward_row(step, show, narrow) for step in report.forward]
    backward = [*chain.from_iterable([_backward_rows(back, show, narrow) for back in report.backward])]
    gradients = [_gradient_row(row, show, narrow) for row in report.rows]
    first = ("step", "grad", "slope") if narrow else ("backward", "gradient", "local derivative")
    values = () if narrow > 1 else ("value",)
    tables = [
        _table(("forward", "operation", "inputs", "value", ""), forward),
        _table((*first, *values, "adds", "to", "sum"), backward),
        _table(("name" if narrow > 1 else "variable", *values, "gradient", "verdict", ""), gradients),
    ]
    return [*filter(None, tables)]


def _table(headers: Iterable[str], rows: list[Cells]) -> Table:
    """The columns that are not empty; of no rows, none."""
    found = []
    for name, cells in zip(headers, map(list, zip(*rows, strict=True)), strict=bool(rows)):
        if any(cells):
            found.append((name, _in_line(cells) if name in _NUMBERS else cells))
    return found


def _forward_row(step: "TraceStep", show: Show, narrow: int) -> Cells:
    """A step: "d", "a * b", "a = 2, b = -3", "-6", and why it is not used."""
    inputs = ", ".join([f"{name} = {show(data)}" for name, data in step.inputs])
    shown = "" if narrow else inputs
    return [step.name, step.operation, shown, show(step.value), step.unused]


def _backward_rows(back: "Back", show: Show, narrow: int) -> Iterator[Cells]:
    """A row for each input of a step: "d", "-2", "dd/da = b", "-3", "6", "a", and the sum where there is one."""
    begin = [back.name, show(back.gradient)]
    for way in back.passed:
        equals = " = " if way.formula else ""
        local = way.formula if narrow else f"d{back.name}/d{way.to}{equals}{way.formula}"
        values = [] if narrow > 1 else [show(way.partial)]
        added, total = _sums(way, show)
        yield [*begin, local, *values, added, way.to, total]
        begin = ["", ""]


def _sums(way: "Passed", show: Show) -> tuple[str, str]:
    """What is added to the gradient of an input, or why nothing is; and the sum, if more than that is added to it."""
    if way.adds is None:
        return way.nothing, ""
    return show(way.adds), show(way.total) if way.ways > 1 else ""


def _gradient_row(row: Row, show: Show, narrow: int) -> Cells:
    """What `eval` says of a variable: "a", "2", "6", "ok"; at a kink the slopes on both sides too."""
    left, right = number(row.left, 4), number(row.right, 4)
    sides = f"{left} | {right}" if narrow > 1 else f"{left} from the left, {right} from the right"
    values = [] if narrow > 1 else [show(row.value)]
    kink = sides if row.verdict is Verdict.KINK else ""
    return [row.name, *values, show(row.gradient), row.verdict.value, kink]


def _in_line(cells: Cells) -> Cells:
    """A column with the decimal points of its numbers in one line; what is no number stays as it is."""
    numbers = filterfalse(_NOTHING.__contains__, cells)
    in_line = iter(aligned([*numbers]))
    return [cell if cell in _NOTHING else next(in_line) for cell in cells]


def show(report: "Trace", precision: int | None = None) -> None:
    """Print the steps forward, the steps backward, and the gradients. `precision` is in significant digits."""
    from autodiff_cli.render.console import printed

    with printed() as console:
        _draw(report, console, precision)


def to_text(report: "Trace", precision: int | None = None) -> str:
    """What is printed, as plain text."""
    from autodiff_cli.render.console import as_text

    return as_text(lambda console: _draw(report, console, precision)).rstrip("\n")


def _draw(report: "Trace", console: "Console", precision: int | None) -> None:
    """Draw each table in the widest layout that fits."""
    from rich.text import Text

    value = Text(number(report.value, precision or 12), "bold")
    console.print(headline(short(report.expression), console).append_text(value), soft_wrap=True)
    layouts = [_tables(report, precision or digits, narrow) for digits, narrow in _LAYOUTS]
    for tables in zip(*layouts, strict=True):
        console.print()
        _draw_table(_fitting(tables, console.width), console)
    if report.rules:
        console.print()
        for line in _words(report):
            console.print(Text(line))


def _fitting(tables: Sequence[Table], room: int) -> Table:
    """The first table that fits, or the last."""
    for table in tables:
        if _width(table) <= room:
            break
    return table


def _draw_table(columns: Table, console: "Console") -> None:
    from rich.text import Text

    styles = STYLES | dict.fromkeys(_REASONS, "dim")
    table = grid()
    headers, cells = zip(*columns, strict=True)
    for at, header in enumerate(headers):
        table.add_column(header, style="" if at else "bold", no_wrap=header not in _FOLDABLE, overflow="fold")
    for row in zip(*cells, strict=True):
        table.add_row(*[Text(cell, styles.get(cell, "")) for cell in row])
    console.print(table)


def _width(columns: Table) -> int:
    """The columns of a terminal that a table takes, where its formulas are folded."""
    total = -2
    for header, cells in columns:
        widest = max(map(len, [header, *cells]))
        total += min(widest, _FOLDED) + 2
    return total


# --- rules in words ----------------------------------------------------------------------------------------------


def _words(report: "Trace") -> list[str]:
    """How it goes, and the rules that were used."""
    most = max([way.ways for way in report.ways], default=0)
    meet = [_MEET] * (most > 1)
    return [*_HOW, *meet, *map(rule_text, report.rules.values())]


def rule_text(rule: "ExplainedRule") -> str:
    """A rule as a sentence: "quotient: the slope of u / v by u is 1 / v, by v is -(u / v) / v"."""
    slopes = []
    for slope in rule.slopes:
        by = f"by {' and by '.join(slope.by)} " if slope.by else ""
        left_out = f" ({slope.left_out})" if slope.left_out else ""
        slopes.append(f"{by}is {slope.formula}{left_out}")
    kinks = f"; kinks: {rule.kinks}" if rule.kinks else ""
    return f"{rule.what}: the slope of {rule.written} {', '.join(slopes)}{kinks}"


# --- JSON --------------------------------------------------------------------------------------------------------


def to_json(report: "Trace") -> str:
    """One object; what is not finite is the string "inf", "-inf" or "nan"."""
    return json.dumps(to_dict(report))


def to_dict(report: "Trace") -> dict[str, Any]:
    """What JSON shows."""
    found = {
        "expression": report.expression,
        "result": report.result,
        "value": plain(report.value),
        "point": _by_name(report.point.items()),
        "forward": [_step(step) for step in report.forward],
        "backward": [
            {"step": back.name, "gradient": plain(back.gradient), "passes": [*map(_way, back.passed)]}
            for back in report.backward
        ],
        "gradient": _by_name((row.name, row.gradient) for row in report.rows),
        "verdict": {row.name: row.verdict.value for row in report.rows},
    }
    if report.rules:
        found["rules"] = {name: rule_text(rule) for name, rule in report.rules.items()}
    return found | {"notes": report.notes}


def _by_name(numbers: Iterable[tuple[str, float]]) -> dict[str, Any]:
    """Numbers as an object."""
    return {name: plain(data) for name, data in numbers}


def _step(step: "TraceStep") -> dict[str, Any]:
    return {
        "step": step.name,
        "function": step.graph.rule.function.name,
        "operation": step.operation,
        "inputs": _by_name(step.inputs),
        "value": plain(step.value),
        "unused": step.unused or None,
    }


def _way(way: "Passed") -> dict[str, Any]:
    return {
        "to": way.to,
        "local": way.formula or None,
        "slope": plain(way.partial),
        "adds": plain(way.adds),
        "sum": None if way.adds is None else plain(way.total),
        "nothing": way.nothing or None,
    }


# --- Markdown ----------------------------------------------------------------------------------------------------


def to_markdown(report: "Trace", precision: int | None = None) -> str:
    """A table each for the steps forward, the steps backward and the gradients."""
    value = number(report.value, precision or 12)
    tables = _tables(report, precision or _DIGITS)
    blocks = [f"{_code(report.expression)} = {value}", *map(_markdown_table, tables)]
    if report.rules:
        items = [f"- {_escaped(line)}" for line in _words(report)]
        blocks.append("\n".join(items))
    return "\n\n".join(blocks)


def _markdown_table(columns: Table) -> str:
    """The columns as lines: "| value |", "| --- |", "| 2 |"."""
    shown = []
    for header, cells in columns:
        texts = map(str.strip, cells)
        shown.append([header, "---", *(map(_code, texts) if header in _CODE else texts)])
    return "\n".join([f"| {' | '.join(line)} |" for line in zip(*shown, strict=True)])


def _code(text: str) -> str:
    """Text as code: "a|b" becomes "`a\\|b`"."""
    return f"`{text}`".replace("|", "\\|") if text else ""


_ESCAPES = str.maketrans({char: f"\\{char}" for char in "\\`*_<>|[]"})


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


# --- LaTeX -------------------------------------------------------------------------------------------------------

_LOOSE = ("add", "sub", "neg", "where", "lt", "le", "gt", "ge", "eq", "ne", "mod")  # to be bracketed in a product
LATEX_SIGNS = str.maketrans(
    {char: f"\\{char}" for char in "#$%&_{}"}
    | {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": "$<$", ">": "$>$"}
)


def letter(expression: "Expression") -> str:
    """What the names of unnamed steps begin with in mathematics: v_1, v_2, or another letter that is free."""
    taken = {name[:1] for name in (*expression.variables, *expression.steps, expression.name)}
    free = filterfalse(taken.__contains__, "vuwstpqrzyx")
    return f"{next(free, 'V')}_"


def to_latex(report: "Trace", precision: int | None = None) -> str:
    """Two `align*` environments; a bar is the derivative of the result by what is under it."""
    rows = _LatexRows(report, precision or _DIGITS)
    environments = filter(None, ([*map(rows.forward, report.forward)], [*rows.backward()]))
    blocks = ["\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}" for lines in environments]
    if report.rules:
        items = [rf"\item {line.translate(LATEX_SIGNS)}" for line in _words(report)]
        blocks.append("\n".join([r"\begin{itemize}", *items, r"\end{itemize}"]))
    return "\n".join(blocks)


class _LatexRows:
    """The rows of a trace in LaTeX, in which each name has one spelling."""

    def __init__(self, report: "Trace", digits: int) -> None:
        from autodiff_cli.codegen.latex.typesetter import Typesetter

        graphs = [step.graph for step in report.forward]
        graphs += [way.local for way in report.ways if way.local is not None]
        steps = [step.name for step in report.forward]
        names = [*report.point, *steps, report.result]
        self._report, self._digits = report, digits
        self._writer = Typesetter(graphs, also=names)

    def forward(self, step: "TraceStep") -> str:
        r"""A step: "d &= a \cdot b = -6"."""
        aside = rf" \quad \text{{({step.unused})}}" if step.unused else ""
        operation = self._writer.text(step.graph)
        return f"{self._writer.spelled[step.name]} &= {operation} = {self._number(step.value)}{aside}"

    def backward(self) -> Iterator[str]:
        """The gradient of the result, what is added to which others, and what they come to."""
        report, result = self._report, self._report.result
        yield f"{self._bar(result)} &= {self._derivative(result)} = 1"
        for back in report.backward:
            for way in back.passed:
                yield rf"{self._bar(way.to)} &\mathrel{{+}}= {self._added(back, way)}"
        for row in report.rows:
            yield f"{self._derivative(row.name)} &= {self._number(row.gradient)}"

    def _added(self, back: "Back", way: "Passed") -> str:
        r"""What a step adds to the gradient of an input: "\overline{d} \cdot b = (-2) \cdot (-3) = 6"."""
        if way.adds is None:
            return rf"0 \quad \text{{({way.nothing})}}"
        gradient, partial = (_bracketed(self._number(data)) for data in (back.gradient, way.partial))
        steps = [rf"{gradient} \cdot {partial}", self._number(way.adds)]
        if way.local is not None:
            local = _factor(way.local, self._writer.text(way.local))
            steps = [rf"{self._bar(back.name)} \cdot {local}", *steps]
        total = rf" \quad \text{{(now }} {self._number(way.total)}\text{{)}}" if way.ways > 1 else ""
        return f"{' = '.join(steps)}{total}"

    def _number(self, data: float) -> str:
        return self._writer.text(constant(data, number(data, self._digits)))

    def _spelled(self, name: str) -> str:
        return self._writer.spelled.get(name, name)

    def _bar(self, name: str) -> str:
        return rf"\overline{{{self._spelled(name)}}}"

    def _derivative(self, name: str) -> str:
        r"""The result by a name: "\frac{\partial L}{\partial a}"."""
        return rf"\frac{{\partial {self._spelled(self._report.result)}}}{{\partial {self._spelled(name)}}}"


def _factor(local: Value, text: str) -> str:
    """A formula as a factor that follows another."""
    name = local.rule.function.name
    tight = name not in _LOOSE and not text.startswith("-")
    return text if tight else rf"\left( {text} \right)"


def _bracketed(number: str) -> str:
    """A number that follows another as a factor."""
    return f"({number})" if number.startswith("-") else number
