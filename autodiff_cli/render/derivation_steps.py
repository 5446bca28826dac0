"""Derivations, a rule a line: as text that fits the terminal, Markdown, LaTeX and JSON."""

import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from autodiff_cli.engine import printer
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import name_of
from autodiff_cli.engine.value import Value
from autodiff_cli.render import formulas
from autodiff_cli.render.trace import LATEX_SIGNS
from autodiff_cli.reports.derivation_steps import (
    DerivationLine,
    DerivationStep,
    ExplainedDerivatives,
    Letter,
    NamedRule,
)

if TYPE_CHECKING:
    from rich.console import Console

    from autodiff_cli.codegen.latex.layout import Box

_GAP = 3  # columns between a formula and its rules
_FARTHEST = 60  # column of the rules where the lines have no end
_NEAREST = 24  # and where they have
_ENDLESS = 1 << 20
_EM = 26.0  # em of a line of mathematics beside its rules
_INDENT = 2
_LETTER = re.compile(r", (?=\w+ = )")  # between what letters stand for


class _Row(NamedTuple):
    """A line of a derivation: a rule, a remark, or a formula with what it is equal to."""

    kind: str  # "rule", "remark", "case" or "line"
    depth: int
    left: str
    formula: str
    remark: str
    graph: Value | None = None  # of a line


class _Writer(ABC):
    """How formulas and words are written in a format."""

    def __init__(self) -> None:
        self._shown: set[str] = set()  # forms of rules, each of which is shown once

    @abstractmethod
    def formula(self, graph: Value) -> str:
        """A formula, with primes where something is still to be differentiated."""

    @abstractmethod
    def primed(self, inner: Value) -> str:
        """The derivative of something that is still to be found: (3 * x)', or u'."""

    def label(self, label: str) -> str:
        """What is derived: d/dx or u'."""
        return label

    def letter(self, name: str) -> str:
        """What stands for a part."""
        return name

    def inline(self, mathematics: str) -> str:
        """Mathematics among words."""
        return mathematics

    def prose(self, words: str) -> str:
        """Words."""
        return words

    def form(self, step: DerivationStep) -> str:
        """The rule of a step in letters: "(u v)' = u' v + u v'"; nothing where it has been shown."""
        if step.form is None or step.cases:
            return ""
        shape = self.form_text(self.primed(step.form[0]), self.formula(step.form[1]))
        general = re.sub(r"\b[a-z]\d?\b", "", shape)
        if general in self._shown:
            return ""
        self._shown.add(general)
        return shape

    def form_text(self, before: str, after: str) -> str:
        """A rule in letters."""
        return f"{_bare(before)} = {after}".replace(" * ", " ")


class _TextWriter(_Writer):
    """In the language."""

    def formula(self, graph: Value) -> str:
        return printer.to_text(graph, names={one: self.primed(one.args[0]) for one in _waiting(graph)})

    def primed(self, inner: Value) -> str:
        text = self.formula(inner)
        return f"({text})'" if inner.args else f"{text}'"


class _MarkdownWriter(_TextWriter):
    """In the language, as code."""

    def inline(self, mathematics: str) -> str:
        return f"`{mathematics}`"


def _bare(primed: str) -> str:
    """A function of letters without parentheses around it: (sin(u))' as sin(u)'."""
    return re.sub(r"^\((\w+\(\w+(, \w+)*\))\)'$", r"\1'", primed)


def _waiting(graph: Value) -> list[Value]:
    """What is still to be differentiated in a formula."""
    return [one for one in toposort([graph]) if one.args and one.rule.function.name == "identity"]


# --- rows --------------------------------------------------------------------------------------------------------


def _rows(step: DerivationStep, writer: _Writer, named: bool, depth: int = 0) -> Iterator[_Row]:
    """The rows of a step; `named` says whether the rule at its head says what is derived."""
    inner = depth
    if step.parts and not step.as_before:
        inner += 1
        yield _Row("rule", depth, writer.label(step.label) if named else "", _head(step, writer), "")
    label = _bare(writer.primed(step.form[0] if step.form else step.before)) if step.cases else ""
    for case in step.cases:
        when = writer.inline(writer.formula(case.when)) if case.when else ""
        remark = f"where {when}" if when else "elsewhere"
        yield _Row("case", inner, label, writer.formula(case.formula), remark, case.formula)
        label = ""
    if not step.as_before:
        if step.parts or step.cases:
            yield from _remarks(step, writer, inner)
        for part in step.parts:
            yield from _rows(part, writer, True, inner)
    label = writer.label(step.label)
    before = f"as for {writer.inline(writer.label(step.as_before))}" if step.as_before else ""
    for line in step.lines:
        remark = before or _words(line.rules, writer)
        yield _Row("line", depth, label, writer.formula(line.formula), remark, line.formula)
        label = ""
    if not step.as_before and not step.parts and not step.cases:
        yield from _remarks(step, writer, depth + 1)


def _remarks(step: DerivationStep, writer: _Writer, depth: int) -> list[_Row]:
    """Where functions are not smooth."""
    return [_Row("remark", depth, "", "", writer.prose(kink)) for kink in step.kinks]


def _head(step: DerivationStep, writer: _Writer) -> str:
    """The rule of a step, and what its letters stand for."""
    form = writer.form(step)
    rules = [rule for rule in step.rules if rule.function or not step.cases]
    by_cases = ["by cases"] if step.cases else []
    words = ", ".join([_words(rules, writer), *by_cases, *[writer.inline(form)] * bool(form)])
    letters = []
    for letter in step.letters:
        text = writer.inline(f"{writer.letter(letter.name)} = {writer.formula(letter.of)}")
        when = writer.inline(writer.formula(letter.when)) if letter.when else ""
        letters.append(f"{text} where {when}" if when else text)
    if any(letter.when for letter in step.letters):
        letters[-1] += "" if step.letters[-1].when else " elsewhere"
    return f"{words}:  {', '.join(letters)}"


def _words(rules: Iterable[NamedRule], writer: _Writer) -> str:
    """Rules in words: "chain rule, sine"."""
    return ", ".join([_word(rule, writer) for rule in rules])


def _word(rule: NamedRule, writer: _Writer) -> str:
    if rule.function:
        return rule.function
    if rule.term is None:
        return rule.name
    term = writer.inline(writer.formula(rule.term).replace(" / ", "/"))
    return f"{rule.name}, exponent {term}" if rule.name == "power rule" else f"beside the {rule.name} {term}"


def _sections(report: ExplainedDerivatives, writer: _Writer) -> Iterator[list[_Row]]:
    """The rows of each derivation."""
    has_names = len(report.derivations) > 1
    for derivation in report.derivations:
        yield list(_rows(derivation.step, writer, has_names))


def _text_sections(report: ExplainedDerivatives, writer: _Writer) -> Iterator[list[_Row]]:
    """The rows of each derivation; the last is what `diff` prints, with the steps that this uses."""
    printed = {row.by: row for row in report.found.rows}
    steps = [_Row("line", 0, name, text, "named step") for name, text in report.found.steps.items()]
    for derivation, rows in zip(report.derivations, _sections(report, writer), strict=True):
        if derivation.rewritten:
            before = writer.inline(writer.formula(derivation.step.before))
            rows.insert(0, _Row("remark", 0, "", "", f"written as {before}"))
        row = printed.get(derivation.by)
        if row:
            value = [] if row.value is None else [printer.number_text(row.value)]
            last = rows[-1] if rows[-1].kind == "line" else rows[-2]
            at = rows.index(last)
            label = [last._replace(left=writer.label(derivation.step.label))] if steps else [last]
            rows[at : at + 1] = [*steps, label[0]._replace(formula=" = ".join([row.text, *value]))]
        yield rows


# --- text --------------------------------------------------------------------------------------------------------


def show(report: ExplainedDerivatives) -> None:
    """Print the derivations."""
    from autodiff_cli.render.console import printed

    with printed() as console:
        _draw(report, console, console.width if console.is_terminal or _has_columns() else _ENDLESS)


def _has_columns() -> bool:
    import os

    return bool(os.environ.get("COLUMNS"))


def to_text(report: ExplainedDerivatives) -> str:
    """What is printed, as plain text."""
    lines = [line for line, _ in _text_lines(report, _ENDLESS)]
    return "\n".join(map(str.rstrip, lines))


def _draw(report: ExplainedDerivatives, console: "Console", width: int) -> None:
    from rich.text import Text

    for line, remark in _text_lines(report, width):
        text = Text(line)
        if remark:
            text.stylize("dim", len(line) - len(remark))
        console.print(text, soft_wrap=True)


def _text_lines(report: ExplainedDerivatives, width: int) -> Iterator[tuple[str, str]]:
    """The lines of all derivations, each with the rules at its end."""
    sections = list(_text_sections(report, _TextWriter()))
    for at, rows in enumerate(sections):
        if at:
            yield "", ""
        yield from _folded(rows, width)


def _folded(rows: Sequence[_Row], width: int) -> Iterator[tuple[str, str]]:
    """Rows as lines that are not wider than that; the rules are in one column, and so are the cases of a function."""
    begun = list(zip(_beginnings(rows), rows, strict=True))
    for kind, group in groupby(begun, lambda pair: pair[1].kind):
        pairs = list(group)
        column = _column(pairs if kind == "case" else begun, kind, width)
        for begin, row in pairs:
            if kind == "rule":
                yield from _head_lines(begin, row.formula, width)
            elif kind == "remark":
                yield from [(line, "") for line in _wrapped(begin, row.remark, width)]
            else:
                *lines, last = _wrapped(begin, row.formula, width)
                yield from [(line, "") for line in lines]
                yield from _with_remark(last, row.remark, column, width)


def _beginnings(rows: Iterable[_Row]) -> Iterator[str]:
    """What stands before the formula of each row: blanks, and what it is equal to."""
    label = ""
    for row in rows:
        indent = " " * _INDENT * row.depth
        if row.kind in ("line", "case"):
            label = row.left or " " * len(label)
            yield f"{indent}{label} = "
        else:
            yield f"{indent}{row.left}: " if row.left else indent


def _column(begun: Iterable[tuple[str, _Row]], kind: str, width: int) -> int:
    """Where the rules begin: behind the widest formula that leaves room for them."""
    lines = [(begin, row) for begin, row in begun if row.remark and row.kind == kind]
    most = max([len(row.remark) for _, row in lines], default=0)
    farthest = min(_FARTHEST, max(_NEAREST, width - most - _GAP))
    ends = [len(begin) + len(row.formula) for begin, row in lines]
    return max([end for end in ends if end <= farthest], default=0) + _GAP


def _with_remark(line: str, remark: str, column: int, width: int) -> Iterator[tuple[str, str]]:
    if not remark:
        yield line, ""
    elif len(line) + _GAP <= column:
        yield line.ljust(column) + remark, remark
    elif len(line) + _GAP + len(remark) <= width:
        yield line + " " * _GAP + remark, remark
    else:
        yield line, ""
        yield " " * max(0, min(column, width - len(remark))) + remark, remark


def _head_lines(begin: str, words: str, width: int) -> Iterator[tuple[str, str]]:
    """The rule at the head of a step; where it is too wide, what its letters stand for comes below."""
    if len(begin) + len(words) <= width:
        yield begin + words, ""
        return
    head, _, letters = words.partition(":  ")
    indent = re.match(" *", begin)[0]  # type: ignore[index]
    yield from [(line, "") for line in _wrapped(begin, f"{head}:", width)]
    for letter in _LETTER.split(letters):
        yield from [(line, "") for line in _wrapped(f"{indent}    ", letter, width)]


def _wrapped(begin: str, formula: str, width: int) -> list[str]:
    """A formula behind its beginning, folded before the loosest of its signs where it is wider than a line."""
    room = max(width - len(begin), _NEAREST)
    lines, rest = [begin], formula
    while len(rest) > room and (at := _break(rest, room)):
        lines[-1] += rest[:at].rstrip()
        lines.append(" " * (len(begin) + _INDENT))
        rest = rest[at:].lstrip()
        room = max(width - len(begin) - _INDENT, _NEAREST)
    lines[-1] += rest
    return lines


def _break(formula: str, room: int) -> int:
    """Where a formula is folded: in the later part of a line, least deep in parentheses; 0 for nowhere."""
    best, depth, least = 0, 0, _ENDLESS
    for at, sign in enumerate(formula[: room + 1]):
        depth += (sign in "([") - (sign in ")]")
        if sign == " " and at:
            behind, before = formula[at + 1 : at + 2], formula[at - 1]
            level = 2 * depth + (behind in ("*", "/"))
            is_sign = (behind in ("+", "-", "*", "/", "=") and formula[at + 2 : at + 3] == " ") or before in ",;"
            if is_sign and (level <= least or at < room // 3):
                best, least = at, level
    return best


# --- Markdown ----------------------------------------------------------------------------------------------------


def to_markdown(report: ExplainedDerivatives) -> str:
    """A list: each rule with its parts below it, and what they come to."""
    lists = []
    for rows in _text_sections(report, _MarkdownWriter()):
        lists.append("\n".join(map(_item, _with_labels(rows))))
    return "\n\n".join([f"Derivatives of `{report.found.expression}`", *lists])


def _with_labels(rows: Iterable[_Row]) -> Iterator[_Row]:
    """Rows that all say what they are equal to."""
    label = ""
    for row in rows:
        label = row.left or label
        yield row._replace(left=label) if row.kind == "line" else row


def _item(row: _Row) -> str:
    """A row as an item of a list."""
    indent = "  " * row.depth
    if row.kind == "rule":
        label = f"`{row.left}`: " if row.left else ""
        return f"{indent}- {label}{row.formula.replace(':  ', ': ')}"
    if row.kind == "remark":
        return f"{indent}- {row.remark}"
    remark = f": {row.remark}" if row.remark else ""
    return f"{indent}- `{row.left} = {row.formula}`{remark}"


# --- LaTeX -------------------------------------------------------------------------------------------------------


class _LatexWriter(_Writer):
    """As mathematics; a result is called by a letter that is free."""

    def __init__(self, report: ExplainedDerivatives, names: Sequence[str]) -> None:
        super().__init__()
        taken = {*names, *chain.from_iterable([_letters(one.step) for one in report.derivations])}
        self.result = next((name for name in "fghFGHy" if name not in taken), "result")
        self._names = names
        self._labels = {name_of(one.by): self._derivative(one.by) for one in report.derivations}

    def box(self, graph: Value) -> "Box":
        """A formula that can be broken into lines."""
        from autodiff_cli.codegen.latex.typesetter import Typesetter

        typesetter = Typesetter([graph], also=self._names)
        for at, one in enumerate(_waiting(graph)):
            key = f"{at}'"
            typesetter.spelled[key] = self.primed(one.args[0])
            typesetter.name(one, key)
        return typesetter.shown(graph)

    def formula(self, graph: Value) -> str:
        from autodiff_cli.codegen.latex.layout import text_of

        return text_of(self.box(graph))

    def primed(self, inner: Value) -> str:
        text = self.formula(inner)
        return rf"\left({text}\right)'" if inner.args else f"{text}'"

    def label(self, label: str) -> str:
        return self._labels.get(label) or self.letter(label.removesuffix("'")) + "'"

    def letter(self, name: str) -> str:
        from autodiff_cli.codegen.latex.spelling import spell

        return spell(name)

    def inline(self, mathematics: str) -> str:
        return f"${mathematics}$"

    def prose(self, words: str) -> str:
        return words.translate(LATEX_SIGNS)

    def form_text(self, before: str, after: str) -> str:
        return f"{before} = {after}"

    def _derivative(self, by: Sequence[str]) -> str:
        """The result by some names: "\frac{d^{2}f}{dx^{2}}"."""
        from autodiff_cli.codegen.latex.spelling import spell

        d, space = (r"\partial", " ") if len(self._names) > 1 else ("d", "")
        below = r" \, ".join([f"{d}{space}{spell(name)}{_order(count)}" for name, count in Counter(by).items()])
        return rf"\frac{{{d}{_order(len(by))}{space}{spell(self.result)}}}{{{below}}}"


def _order(count: int) -> str:
    return f"^{{{count}}}" if count > 1 else ""


def _letters(step: DerivationStep) -> Iterator[str]:
    """The letters of a step, and of all below it."""
    for letter, part in zip(step.letters, step.parts, strict=True):
        yield letter.name
        yield from _letters(part)


def to_latex(report: ExplainedDerivatives) -> str:
    """An `align*` for each derivation, the rules on its right."""
    from autodiff_cli.codegen.latex.layout import symbol
    from autodiff_cli.codegen.latex.lines import rows_of
    from autodiff_cli.codegen.latex.spelling import spell
    from autodiff_cli.codegen.latex.typesetter import variables_of

    graphs = [derivation.step.before for derivation in report.derivations]
    names = list(dict.fromkeys([*variables_of(graphs), *chain.from_iterable([one.by for one in report.derivations])]))
    writer = _LatexWriter(report, names)
    result = symbol(spell(writer.result))
    blocks: list[str] = []
    for rows in _sections(report, writer):
        lines = [] if blocks else rows_of(result, writer.box(graphs[0]), _EM)
        for row in rows:
            lines += _latex_lines(row, writer)
        blocks.append("\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}")
    return "\n".join(blocks)


def _latex_lines(row: _Row, writer: _LatexWriter) -> list[str]:
    """A row of a derivation as rows of an align environment."""
    from autodiff_cli.codegen.latex.layout import symbol
    from autodiff_cli.codegen.latex.lines import rows_of

    quads = r"\quad " * row.depth
    if row.graph is not None:
        *lines, last = rows_of(symbol(row.left), writer.box(row.graph), _EM)
        return [*lines, last + (rf" && \text{{{row.remark}}}" if row.remark else "")]
    label = f"${row.left}$: " if row.left else ""
    words = row.remark if row.kind == "remark" else label + row.formula
    return [rf"& {quads}\rlap{{\text{{{words}}}}}"]


# --- JSON --------------------------------------------------------------------------------------------------------


def to_json(report: ExplainedDerivatives) -> str:
    """One object: what `diff` has, and a tree of steps for each derivative."""
    return json.dumps(to_dict(report))


def to_dict(report: ExplainedDerivatives) -> dict[str, Any]:
    """What JSON shows."""
    made = formulas.to_dict(report.found)
    notes = made.pop("notes")
    derivations = [{"by": list(one.by), **_tree(one.step)} for one in report.derivations]
    return made | {"derivations": derivations, "notes": notes}


def _tree(step: DerivationStep) -> dict[str, Any]:
    """A step: its rule, what it starts from and comes to, its parts, and the lines between."""
    writer = _TextWriter()
    lines = [_json_line(line, writer) for line in step.lines]
    rules = step.rules or list(dict.fromkeys(chain.from_iterable([line.rules for line in step.lines])))
    made: dict[str, Any] = {
        "derivative": step.label,
        "rule": _words(rules, writer) or None,
        "before": writer.formula(step.before),
        "after": writer.formula(step.after),
    }
    made |= {"form": form} if (form := writer.form(step)) else {}
    made |= {"same_as": step.as_before} if step.as_before else {}
    if step.cases:
        made["cases"] = [
            {"derivative": writer.formula(case.formula), "where": writer.formula(case.when) if case.when else None}
            for case in step.cases
        ]
    if step.kinks:
        made["kinks"] = step.kinks
    pairs = zip(step.letters, step.parts, strict=True) if step.parts else ()
    parts = [{"letter": letter.name, **_where(letter, writer), **_tree(part)} for letter, part in pairs]
    return made | {"parts": parts, "lines": lines}


def _where(letter: Letter, writer: _Writer) -> dict[str, str]:
    """Where a part of a choice is taken."""
    return {"where": writer.formula(letter.when)} if letter.when else {}


def _json_line(line: DerivationLine, writer: _Writer) -> dict[str, Any]:
    return {"formula": writer.formula(line.formula), "rules": [_word(rule, writer) for rule in line.rules]}
