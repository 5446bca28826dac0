"""Derivatives as mathematics in Typst."""

from autodiff_cli.codegen.latex.reader import Notation, Part, Rope, translate

HEADS = {  # of functions that Typst has a word for
    *("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "arcsin", "arccos", "arctan"),
    *("ln", "log", "exp", "max", "min"),
}
_CALLS = {"|": "abs(", "⌊": "floor(", "⌈": "ceil("}
_ESCAPED = {"/": r"\/", "(": r"\(", ")": r"\)", ",": ",", "-": "-", "mod": "mod"}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _head(name: str) -> str:
    return name if name in HEADS else f"op({_quoted(name)})"


def _row(parts: list[Part]) -> Rope:
    rope: Rope = []
    for part in parts:
        rope += [" ", part.rope] if rope and part.rope != [""] else [part.rope]
    return rope or ['""']


def _fence(left: str, inside: Rope, right: str) -> Rope:
    return [_CALLS[left], inside, ")"] if left in _CALLS else [left, inside, right]


def _rows(rows: list[list[Rope]], between: str, cells: str = " & ") -> Rope:
    rope: Rope = []
    for row in rows:
        rope += [between] * bool(rope)
        for index, cell in enumerate(row):
            rope += [*[cells] * bool(index), cell]
    return rope


NOTATION = Notation(
    number=str,
    letter=str,
    word=_quoted,
    head=_head,
    text=_quoted,
    sign=lambda sign: _ESCAPED.get(sign, sign),
    space=lambda name: {"thin": "thin", "wide": "quad"}.get(name, ""),
    row=_row,
    fence=_fence,
    fraction=("frac(", ", ", ")"),
    root=("sqrt(", ")"),
    cube_root=("root(3, ", ")"),
    above=("", "^(", ")"),
    below=("", "_(", ")"),
    matrix=lambda rows: ["mat(", _rows(rows, "; ", ", "), ")"],
    cases=lambda rows: ["cases(", _rows(rows, ", "), ")"],
    equations=lambda rows: ["$ ", _rows(rows, " \\\n"), " $"],
)


def typst(latex: str) -> str:
    r"""What the typesetter wrote as LaTeX, in Typst.

    >>> print(typst(r"\begin{align*} \frac{df}{dx} &= 2 x \sin(x) \end{align*}"))
    $ frac(d f, d x) & = 2 x sin (x) $
    """
    return translate(latex, NOTATION)
