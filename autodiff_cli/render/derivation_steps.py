"""Derivations as rows, a rule or a formula each, for what shows them; as Markdown and JSON."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from autodiff_cli.engine.printer import number_text
from autodiff_cli.engine.printer import to_text as formula_text
from autodiff_cli.engine.value import Value
from autodiff_cli.render import formulas
from autodiff_cli.reports.derivation_steps import (
    DerivationLine,
    DerivationStep,
    DerivativeCase,
    ExplainedDerivatives,
    NamedRule,
    RuleLetter,
    waiting_in,
)


class DerivationRow(NamedTuple):
    """A row of a derivation.

    Its `kind` is "rule" (`text` names it, `letters` say what it is applied to), "remark" (`text` alone), or "line" or
    "case": a formula, of which `text` is the writing, and `remark` says by what rule or where. `left` is what is
    derived, or what the formula is equal to; empty where that is as in the row before.
    """

    kind: str
    depth: int
    left: str
    text: str
    remark: str = ""
    letters: tuple[str, ...] = ()
    graph: Value | None = None


class DerivationWriter(ABC):
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

    def new_form(self, step: DerivationStep) -> str:
        """The rule of a step in letters: "(u v)' = u' v + u v'"; nothing where it has been shown."""
        if step.form is None or step.cases:
            return ""
        before, after = step.form
        form = self.form(self.primed(before), self.formula(after))
        shape = re.sub(r"\b[a-z]\d?\b", "", form)
        is_new = shape not in self._shown
        self._shown.add(shape)
        return form if is_new else ""

    def form(self, before: str, after: str) -> str:
        """A rule in letters."""
        return f"{before} = {after}"


class TextWriter(DerivationWriter):
    """In the language."""

    def formula(self, graph: Value) -> str:
        return formula_text(graph, names={one: self.primed(one.args[0]) for one in waiting_in(graph)})

    def primed(self, inner: Value) -> str:
        text = self.formula(inner)
        return f"({text})'" if inner.args else f"{text}'"

    def form(self, before: str, after: str) -> str:
        return f"{_bare(before)} = {after}".replace(" * ", " ")


class MarkdownWriter(TextWriter):
    """In the language, as code."""

    def inline(self, mathematics: str) -> str:
        return f"`{mathematics}`"


def _bare(primed: str) -> str:
    """A function of letters without parentheses around it: (sin(u))' as sin(u)'."""
    return re.sub(r"^\((\w+\(\w+(, \w+)*\))\)'$", r"\1'", primed)


# --- rows --------------------------------------------------------------------------------------------------------


def sections(report: ExplainedDerivatives, writer: DerivationWriter) -> Iterator[list[DerivationRow]]:
    """The rows of each derivation; what is derived stands at its head where there are several."""
    has_heads = len(report.derivations) > 1
    for derivation in report.derivations:
        yield list(_rows(derivation.step, writer, has_heads))


def text_sections(report: ExplainedDerivatives, writer: TextWriter) -> Iterator[list[DerivationRow]]:
    """The rows of each derivation; the last formula is what `diff` prints, after the steps that this uses."""
    printed = {row.by: row for row in report.found.rows}
    steps = [DerivationRow("line", 0, name, text) for name, text in report.found.steps.items()]
    for derivation, rows in zip(report.derivations, sections(report, writer), strict=True):
        if derivation.rewritten:
            before = writer.inline(writer.formula(derivation.step.before))
            rows.insert(0, DerivationRow("remark", 0, "", f"written as {before}"))
        if row := printed.get(derivation.by):
            value = [] if row.value is None else [number_text(row.value)]
            at = max(index for index, one in enumerate(rows) if one.kind == "line")
            left = derivation.step.label if steps else rows[at].left
            rows[at : at + 1] = [*steps, rows[at]._replace(left=left, text=" = ".join([row.text, *value]))]
        yield rows


def _rows(step: DerivationStep, writer: DerivationWriter, has_head: bool, depth: int = 0) -> Iterator[DerivationRow]:
    """The rows of a step: its rule, its cases and parts, and what it comes to."""
    if step.as_before:
        yield from _lines(step, writer, depth, f"as for {writer.inline(writer.label(step.as_before))}")
        return
    inner = depth
    if step.parts:
        inner += 1
        yield _head(step, writer, has_head, depth)
    yield from _cases(step, writer, inner)
    is_short = not (step.parts or step.cases)
    remarks = [DerivationRow("remark", inner + is_short, "", writer.prose(kink)) for kink in step.kinks]
    yield from remarks * (not is_short)
    yield from chain.from_iterable([_rows(part, writer, True, inner) for part in step.parts])
    yield from _lines(step, writer, depth, "")
    yield from remarks * is_short


def _lines(step: DerivationStep, writer: DerivationWriter, depth: int, remark: str) -> Iterator[DerivationRow]:
    """The formulas that lead to what a step comes to, each with its rules."""
    label = writer.label(step.label)
    for graph, rules in step.lines:
        text = writer.formula(graph)
        yield DerivationRow("line", depth, label, text, remark or _words(rules, writer), graph=graph)
        label = ""


def _cases(step: DerivationStep, writer: DerivationWriter, depth: int) -> Iterator[DerivationRow]:
    """What the derivative of a function is, case by case."""
    before, _ = step.form or (step.before, step.after)
    label = _bare(writer.primed(before)) if step.cases else ""
    for case in step.cases:
        text = writer.formula(case.formula)
        yield DerivationRow("case", depth, label, text, _where(case, writer), graph=case.formula)
        label = ""


def _where(taken: DerivativeCase | RuleLetter, writer: DerivationWriter) -> str:
    return f"where {writer.inline(writer.formula(taken.when))}" if taken.when else "elsewhere"


def _head(step: DerivationStep, writer: DerivationWriter, has_label: bool, depth: int) -> DerivationRow:
    """The rule of a step, and what its letters stand for."""
    form = writer.new_form(step)
    rules = [rule for rule in step.rules if rule.function] if step.cases else step.rules
    words = [_words(rules, writer), "by cases" if step.cases else "", writer.inline(form) if form else ""]
    is_choice = any(letter.when for letter in step.letters)
    letters = []
    for letter in step.letters:
        text = writer.inline(f"{writer.letter(letter.name)} = {writer.formula(letter.of)}")
        letters.append(f"{text} {_where(letter, writer)}" if is_choice else text)
    label = writer.label(step.label) if has_label else ""
    return DerivationRow("rule", depth, label, ", ".join(filter(None, words)), letters=tuple(letters))


def _words(rules: Iterable[NamedRule], writer: DerivationWriter) -> str:
    """Rules in words: "chain rule, sine"."""
    return ", ".join([_word(rule, writer) for rule in rules])


def _word(rule: NamedRule, writer: DerivationWriter) -> str:
    if rule.function:
        return rule.function
    if rule.term is None:
        return rule.name
    term = writer.inline(writer.formula(rule.term).replace(" / ", "/"))
    return f"{rule.name}, exponent {term}" if rule.name == "power rule" else f"beside the {rule.name} {term}"


# --- Markdown ----------------------------------------------------------------------------------------------------


def to_markdown(report: ExplainedDerivatives) -> str:
    """A list: each rule with its parts below it, and what they come to."""
    lists = ["\n".join(_items(rows)) for rows in text_sections(report, MarkdownWriter())]
    return "\n\n".join([f"Derivatives of `{report.found.expression}`", *lists])


def _items(rows: Sequence[DerivationRow]) -> Iterator[str]:
    """Rows as items of a list, each of which says what it is equal to."""
    label = ""
    for row in rows:
        text = f"{row.text}: {', '.join(row.letters)}" if row.letters else row.text
        if row.kind in ("line", "case"):
            label = row.left or label
            text = f"`{label} = {row.text}`" + (f": {row.remark}" if row.remark else "")
        elif row.left:
            text = f"`{row.left}`: {text}"
        yield f"{'  ' * row.depth}- {text}"


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
    """A step: its rules, what it starts from and comes to, its parts, and the lines between."""
    writer = TextWriter()
    rules = step.rules or list(dict.fromkeys(chain.from_iterable([line.rules for line in step.lines])))
    made: dict[str, Any] = {
        "derivative": step.label,
        "rule": _words(rules, writer) or None,
        "form": writer.new_form(step) or None,
        "before": writer.formula(step.before),
        "after": writer.formula(step.after),
        "same_as": step.as_before or None,
    }
    if step.cases:
        made["cases"] = [{"derivative": writer.formula(case.formula), **_when(case, writer)} for case in step.cases]
    if step.kinks:
        made["kinks"] = step.kinks
    pairs = zip(step.letters, step.parts, strict=False)
    parts = [{"letter": letter.name, **_when(letter, writer), **_tree(part)} for letter, part in pairs]
    return made | {"parts": parts, "lines": [_json_line(line, writer) for line in step.lines]}


def _when(taken: DerivativeCase | RuleLetter, writer: TextWriter) -> dict[str, str]:
    """Where a case or a part of a choice is taken; nothing for elsewhere."""
    return {"where": writer.formula(taken.when)} if taken.when else {}


def _json_line(line: DerivationLine, writer: TextWriter) -> dict[str, Any]:
    return {"formula": writer.formula(line.formula), "rules": [_word(rule, writer) for rule in line.rules]}
