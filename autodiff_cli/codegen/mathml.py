"""Derivatives as mathematics in MathML, for web pages."""

from html import escape

from autodiff_cli.codegen.latex.reader import Notation, Part, Rope, translate

_APPLIED = "<mo>\u2061</mo>"  # between a function and its argument
_THIN = '<mspace width="0.167em"/>'
_WIDTHS = {"thin": _THIN, "wide": '<mspace width="1em"/>'}
_SHOWN = {"-": "\u2212"}


def _letter(char: str) -> str:
    return f"<mi>{escape(char)}</mi>"


def _word(text: str) -> str:
    variant = ' mathvariant="normal"' if len(text) == 1 else ""
    return f"<mi{variant}>{escape(text)}</mi>"


def _text(text: str) -> str:
    return f"<mtext>{escape(text).replace(' ', chr(160))}</mtext>"


def _row(parts: list[Part]) -> Rope:
    """Parts side by side: a function stands apart from a factor before it, and is applied to what is in brackets."""
    rope: Rope = []
    before = ""
    for kind, part in parts:
        if before == "head" and kind == "fence":
            rope.append(_APPLIED)
        elif kind == "head" and before in ("operand", "fence"):
            rope.append(_THIN)
        rope.append(part)
        before = kind
    return rope if len(parts) == 1 else ["<mrow>", *rope, "</mrow>"]


def _table(rows: list[list[Rope]], align: str) -> Rope:
    rope: Rope = [f'<mtable columnalign="{align}">']
    for row in rows:
        cells: Rope = [part for cell in row for part in ("<mtd>", cell, "</mtd>")]
        rope += ["<mtr>", *cells, "</mtr>"]
    return [*rope, "</mtable>"]


NOTATION = Notation(
    number=lambda text: f"<mn>{text}</mn>",
    letter=_letter,
    word=_word,
    head=_word,
    text=_text,
    sign=lambda sign: f"<mo>{escape(_SHOWN.get(sign, sign))}</mo>",
    space=lambda name: _WIDTHS.get(name, ""),
    row=_row,
    fence=lambda left, inside, right: [f"<mrow><mo>{left}</mo>", inside, f"<mo>{right}</mo></mrow>"],
    fraction=("<mfrac>", "", "</mfrac>"),
    root=("<msqrt>", "</msqrt>"),
    cube_root=("<mroot>", "<mn>3</mn></mroot>"),
    above=("<msup>", "", "</msup>"),
    below=("<msub>", "", "</msub>"),
    matrix=lambda rows: ["<mrow><mo>(</mo>", _table(rows, "center"), "<mo>)</mo></mrow>"],
    cases=lambda rows: ["<mrow><mo>{</mo>", _table(rows, "left left"), "</mrow>"],
    equations=lambda rows: [
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">',
        _table(rows, "right left"),
        "</math>",
    ],
)


def mathml(latex: str) -> str:
    r"""What the typesetter wrote as LaTeX, in MathML.

    >>> print(mathml(r"\frac{1}{x^{2}}"))
    <mfrac><mn>1</mn><msup><mi>x</mi><mn>2</mn></msup></mfrac>
    """
    return translate(latex, NOTATION)
