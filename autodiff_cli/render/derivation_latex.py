"""Derivations in LaTeX: an `align*` each, the rules on its right; of amsmath, what MathJax and KaTeX read too."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from autodiff_cli.codegen.latex.layout import Box, symbol, text_of
from autodiff_cli.codegen.latex.lines import rows_of
from autodiff_cli.codegen.latex.spelling import spell
from autodiff_cli.codegen.latex.typesetter import Typesetter, variables_of
from autodiff_cli.engine.printer import name_of
from autodiff_cli.engine.value import Value
from autodiff_cli.render.derivation_steps import DerivationRow, DerivationWriter, sections
from autodiff_cli.render.trace import LATEX_SIGNS
from autodiff_cli.reports.derivation_steps import DerivationStep, ExplainedDerivatives, waiting_in

_EM = 26.0  # em of a line of mathematics beside its rules


def to_latex(report: ExplainedDerivatives) -> str:
    """The expression by a name, then an `align*` for each derivation."""
    graphs = [derivation.step.before for derivation in report.derivations]
    by = chain.from_iterable([derivation.by for derivation in report.derivations])
    writer = _LatexWriter(report, list(dict.fromkeys([*variables_of(graphs), *by])))
    blocks: list[str] = []
    for rows in sections(report, writer):
        lines = [] if blocks else rows_of(symbol(spell(writer.result)), writer.box(graphs[0]), _EM)
        lines += chain.from_iterable([_latex_lines(row, writer) for row in rows])
        blocks.append("\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}")
    return "\n".join(blocks)


class _LatexWriter(DerivationWriter):
    """As mathematics; the `result` is called by a letter that is free."""

    def __init__(self, report: ExplainedDerivatives, names: Sequence[str]) -> None:
        super().__init__()
        self._names = names
        taken = {*names, *chain.from_iterable([_letters(one.step) for one in report.derivations])}
        self.result = next((name for name in "fghFGHy" if name not in taken), "result")
        self._labels = {name_of(one.by): self._derivative(one.by) for one in report.derivations}

    def box(self, graph: Value) -> Box:
        """A formula that can be broken into lines."""
        typesetter = Typesetter([graph], also=self._names)
        for at, one in enumerate(waiting_in(graph)):
            typesetter.spelled[f"{at}'"] = self.primed(one.args[0])
            typesetter.name(one, f"{at}'")
        return typesetter.shown(graph)

    def formula(self, graph: Value) -> str:
        return text_of(self.box(graph))

    def primed(self, inner: Value) -> str:
        text = self.formula(inner)
        return rf"\left({text}\right)'" if inner.args else f"{text}'"

    def label(self, label: str) -> str:
        return self._labels.get(label) or self.letter(label.removesuffix("'")) + "'"

    def letter(self, name: str) -> str:
        return spell(name)

    def inline(self, mathematics: str) -> str:
        return f"${mathematics}$"

    def prose(self, words: str) -> str:
        return words.translate(LATEX_SIGNS)

    def _derivative(self, by: Sequence[str]) -> str:
        r"""The result by some names: \frac{d^{2}f}{dx^{2}}."""
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


def _latex_lines(row: DerivationRow, writer: _LatexWriter) -> list[str]:
    """A row of a derivation as rows of an align environment."""
    if row.graph is not None:
        *lines, last = rows_of(symbol(row.left), writer.box(row.graph), _EM)
        return [*lines, last + (rf" && \text{{{row.remark}}}" if row.remark else "")]
    label = f"{writer.inline(row.left)}: " if row.left else ""
    letters = f": {', '.join(row.letters)}" if row.letters else ""
    quads = r"\quad " * row.depth
    return [rf"& {quads}\rlap{{\text{{{label}{row.text}{letters}}}}}"]
