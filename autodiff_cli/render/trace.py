"""A trace, forward and backward: as Rich tables that fit the terminal, as JSON, Markdown or LaTeX."""

import json
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.value import Value, constant
from autodiff_cli.render.data import plain
from autodiff_cli.render.graph import short
from autodiff_cli.render.table import STYLES, aligned, grid, headline, number
from autodiff_cli.reports.results import Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.trace import Passed, Trace

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
_NOTHING = ("not taken", "not chosen", "not used", "slope 0")

Table = list[tuple[str, list[str]]]  # columns, each with its header


def _tables(report: "Trace", digits: int, narrow: int = 0) -> list[Table]:
    """Headers and columns of the steps forward, the steps backward, and the gradients; nothing for what is empty."""
    back_headers = ("step", "grad", "slope") if narrow else ("backward", "gradient", "local derivative")

    def show(data: float) -> str:
        return number(data, digits)

    forward = []
    for step in report.forward:
        inputs = "" if narrow else ", ".join([f"{name} = {show(data)}" for name, data in step.inputs])
        forward.append([step.name, step.operation, inputs, show(step.value), step.unused])
    backward = []
    for back in report.backward:
        begin = [back.name, show(back.gradient)]
        for way in back.passed:
            local = f"d{back.name}/d{way.to}" + (f" = {way.formula}" if way.formula else "")
            local = way.formula if narrow else local
            adds = way.nothing if way.adds is None else show(way.adds)
            total = show(way.total) if way.adds is not None and way.ways > 1 else ""
            backward.append([*begin, local, show(way.slope), adds, way.to, total])
            begin = ["", ""]
    gradients = []
    name, between, after = ("name", " | ", "") if narrow > 1 else ("variable", " from the left, ", " from the right")
    for row in report.rows:
        sides = f"{number(row.left, 4)}{between}{number(row.right, 4)}{after}"
        kink = sides if row.verdict is Verdict.KINK else ""
        gradients.append([row.name, show(row.value), show(row.gradient), row.verdict.value, kink])
    found = []
    for headers, rows in (
        (("forward", "operation", "inputs", "value", ""), forward),
        ((*back_headers, "value", "adds", "to", "sum"), backward),
        ((name, "value", "gradient", "verdict", ""), gradients),
    ):
        columns = zip(headers, map(list, zip(*rows, strict=True)), strict=True) if rows else ()
        table = [(name, _in_line(cells) if name in _NUMBERS else cells) for name, cells in columns if any(cells)]
        if narrow > 1 and headers[0] != "forward":
            table = [(name, cells) for name, cells in table if name != "value"]
        found += [table] if table else []
    return found


def _in_line(cells: list[str]) -> list[str]:
    """A column with the decimal points of its numbers in one line; what is no number stays as it is."""
    numbers = [cell for cell in cells if cell and cell not in _NOTHING]
    in_line = iter(aligned(numbers) if numbers else [])
    return [next(in_line) if cell and cell not in _NOTHING else cell for cell in cells]


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
    from rich.text import Text

    value = Text(number(report.value, precision or 12), "bold")
    console.print(headline(short(report.expression), console).append_text(value), soft_wrap=True)
    layouts = zip(*[_tables(report, precision or digits, narrow) for digits, narrow in _LAYOUTS], strict=True)
    tables = [next((one for one in layout if _width(one) <= console.width), layout[-1]) for layout in layouts]
    styles = STYLES | dict.fromkeys(_NOTHING, "dim")
    for columns in tables:
        console.print()
        table = grid()
        for at, (header, _) in enumerate(columns):
            table.add_column(header, style="" if at else "bold", no_wrap=header not in _FOLDABLE, overflow="fold")
        for row in zip(*[cells for _, cells in columns], strict=True):
            table.add_row(*[Text(cell, styles.get(cell, "")) for cell in row])
        console.print(table)
    if report.rules:
        console.print()
        for line in _words(report):
            console.print(Text(line))


def _width(columns: Table) -> int:
    """The columns of a terminal that a table takes, where its formulas are folded."""
    return sum([min(max(map(len, [header, *cells])), _FOLDED) + 2 for header, cells in columns]) - 2


def _words(report: "Trace") -> list[str]:
    """How it goes, and the rules that were used."""
    meet = [_MEET] if any(way.ways > 1 for back in report.backward for way in back.passed) else []
    return [*_HOW, *meet, *report.rules.values()]


def to_dict(report: "Trace") -> dict[str, Any]:
    """What JSON shows."""
    found: dict[str, Any] = {"expression": report.expression, "result": report.result, "value": plain(report.value)}
    found["point"] = {name: plain(data) for name, data in report.point.items()}
    found["forward"] = []
    for step in report.forward:
        inputs = {name: plain(data) for name, data in step.inputs}
        made = {"step": step.name, "function": step.graph.rule.function.name, "operation": step.operation}
        found["forward"].append(made | {"inputs": inputs, "value": plain(step.value), "unused": step.unused or None})
    found["backward"] = [
        {"step": back.name, "gradient": plain(back.gradient), "passes": [_way(way) for way in back.passed]}
        for back in report.backward
    ]
    found["gradient"] = {row.name: plain(row.gradient) for row in report.rows}
    found["verdict"] = {row.name: row.verdict.value for row in report.rows}
    return found | ({"rules": report.rules} if report.rules else {})


def _way(way: "Passed") -> dict[str, Any]:
    return {
        "to": way.to,
        "local": way.formula or None,
        "slope": plain(way.slope),
        "adds": plain(way.adds),
        "sum": None if way.adds is None else plain(way.total),
        "nothing": way.nothing or None,
    }


def to_json(report: "Trace") -> str:
    """One object; what is not finite is the string "inf", "-inf" or "nan"."""
    return json.dumps(to_dict(report))


# --- Markdown ----------------------------------------------------------------------------------------------------


def to_markdown(report: "Trace", precision: int | None = None) -> str:
    """A table each for the steps forward, the steps backward and the gradients."""
    blocks = [f"{_code(report.expression)} = {number(report.value, precision or 12)}"]
    for columns in _tables(report, precision or _DIGITS):
        shown = []
        for header, cells in columns:
            cells = [cell.strip() for cell in cells]
            shown.append([header, "---", *[_code(cell) if cell and header in _CODE else cell for cell in cells]])
        blocks.append("\n".join([f"| {' | '.join(line)} |" for line in zip(*shown, strict=True)]))
    if report.rules:
        blocks.append("\n".join([f"- {_escaped(line)}" for line in _words(report)]))
    return "\n\n".join(blocks)


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def _escaped(text: str) -> str:
    return "".join([f"\\{char}" if char in "\\`*_<>|[]" else char for char in text])


# --- LaTeX -------------------------------------------------------------------------------------------------------


def letter(expression: "Expression") -> str:
    """What the names of unnamed steps begin with in mathematics: v_1, v_2, or another letter that is free."""
    first = {name[:1] for name in (*expression.variables, *expression.steps, expression.name)}
    free = next(one for one in (*"vuwstpqrzyx", "V") if one not in first or one == "V")
    return f"{free}_"


def to_latex(report: "Trace", precision: int | None = None) -> str:
    """Two `align*` environments; a bar is the derivative of the result by what is under it."""
    from autodiff_cli.codegen.latex.writer import Typesetter

    graphs = [step.graph for step in report.forward]
    graphs += [way.local for back in report.backward for way in back.passed if way.local is not None]
    names = [*report.point, *[step.name for step in report.forward]]
    writer = Typesetter(graphs, also=[*names, report.result])

    def digits(data: float) -> str:
        return writer.text(constant(data, number(data, precision or _DIGITS)))

    def spelled(name: str) -> str:
        return writer.spelled.get(name, name)

    def bar(name: str) -> str:
        return rf"\overline{{{spelled(name)}}}"

    forward = []
    for step in report.forward:
        aside = rf" \quad \text{{({step.unused})}}" if step.unused else ""
        forward.append(f"{writer.spelled[step.name]} &= {writer.text(step.graph)} = {digits(step.value)}{aside}")
    itself = rf"\frac{{\partial {spelled(report.result)}}}{{\partial {spelled(report.result)}}}"
    backward = [f"{bar(report.result)} &= {itself} = 1"]
    for back in report.backward:
        for way in back.passed:
            if way.adds is None:
                backward.append(rf"{bar(way.to)} &\mathrel{{+}}= 0 \quad \text{{({way.nothing})}}")
                continue
            local = "" if way.local is None else _factor(way.local, writer.text(way.local))
            steps = [rf"{bar(back.name)} \cdot {local}"] if local else []
            steps.append(rf"{_bracketed(digits(back.gradient))} \cdot {_bracketed(digits(way.slope))}")
            steps.append(digits(way.adds))
            total = rf" \quad \text{{(now }} {digits(way.total)}\text{{)}}" if way.ways > 1 else ""
            backward.append(rf"{bar(way.to)} &\mathrel{{+}}= {' = '.join(steps)}{total}")
    for row in report.rows:
        by = rf"\frac{{\partial {spelled(report.result)}}}{{\partial {spelled(row.name)}}}"
        backward.append(f"{by} &= {digits(row.gradient)}")
    blocks = ["\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}" for rows in (forward, backward) if rows]
    if report.rules:
        items = [rf"\item {_typed(line)}" for line in _words(report)]
        blocks.append("\n".join([r"\begin{itemize}", *items, r"\end{itemize}"]))
    return "\n".join(blocks)


def _factor(local: Value, text: str) -> str:
    """A formula as a factor that follows another."""
    tight = local.rule.function.name not in ("add", "sub", "neg", "where", "lt", "le", "gt", "ge", "eq", "ne", "mod")
    return text if tight and not text.startswith("-") else rf"\left( {text} \right)"


def _bracketed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def _typed(text: str) -> str:
    """Plain text in LaTeX."""
    signs = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": "$<$", ">": "$>$"}
    return "".join([signs.get(char) or (f"\\{char}" if char in "#$%&_{}" else char) for char in text])
