"""What is a formula in a text, and what is prose."""

from time import perf_counter

import pytest

from autodiff_cli.language.document import read_document, sides


def formulas(text: str) -> list[str]:
    return [one.shown for one in read_document(text).formulas]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("f(x) = x^2", ["f(x) = x^2"]),
        ("So f'(x) = 2x by the power rule.", ["f'(x) = 2x"]),
        ("Let u = x^2 and v = sin(3x).", ["u = x^2", "v = sin(3x)"]),
        ("u = x^2, v = ln x; w = 3", ["u = x^2", "v = ln x", "w = 3"]),
        ("f(x) = max(x, 1)", ["f(x) = max(x, 1)"]),
        ("f(x, y) = x*y", ["f(x, y) = x*y"]),
        ("x = 0,5", ["x = 0,5"]),
        ("x = 1 or x = 2", ["x = 1", "x = 2"]),
        ("y = x^2 => y' = 2x", ["y = x^2", "y' = 2x"]),
        ("1. y = x^2", ["y = x^2"]),
        ("a) y = x^2", ["y = x^2"]),
        ("- y' = 2x", ["y' = 2x"]),
        ("- x^2", ["- x^2"]),
        ("y' = 2x   (product rule)", ["y' = 2x"]),
        ("y' = 2x   # product rule", ["y' = 2x"]),
        ("y' = 2x   | product rule", ["y' = 2x"]),
        ("y' = 2x   (1)", ["y' = 2x"]),
        ("y' = 2x?", ["y' = 2x"]),
        ("area = pi r^2", ["area = pi r^2"]),
        ("y' = 2x | d/dx", ["y' = 2x"]),
        ("f´(x) = 2x", ["f'(x) = 2x"]),
        ("f''(1) = -6 < 0 => max", ["f''(1) = -6 < 0"]),
        ("f''(1) = -6 < 0, so loc. max", ["f''(1) = -6 < 0"]),
        ("f''(3) = 6 > 0 → abs. min at x = 3", ["f''(3) = 6 > 0", "x = 3"]),
        ("f''(1) = 6 (min)", ["f''(1) = 6"]),
        ("max: f(2) = 8", ["f(2) = 8"]),
        ("max = 8", ["max = 8"]),
        ("y = max(x, 1)", ["y = max(x, 1)"]),
        ("y = abs x", ["y = abs x"]),
        ("y' = 2x ✓", ["y' = 2x"]),
        ("f'(x) = 0 <=> x = 2", ["f'(x) = 0", "x = 2"]),
        ("(d/dx) tan x = sec^2 x", ["d/dx tan x = sec^2 x"]),
        ("lim h->0 (f(x+h) - f(x))/h", ["lim h->0 (f(x+h) - f(x))/h"]),
        ("|x| + |y|", ["|x| + |y|"]),
        ("y = 1\r\n  + x\r\n", ["y = 1 + x"]),
        ("Find f'(x) if f(x) = x^2.", ["f(x) = x^2"]),
        ("y = if(x > 0, x, 1)", ["y = if(x > 0, x, 1)"]),
        ("xsinx", ["xsinx"]),
        ("2x + 1 by the power rule", ["2x + 1"]),
        ("y = x^2\n    + 3x\n    - 1", ["y = x^2 + 3x - 1"]),
        ("y = x^2 +\n3x", ["y = x^2 + 3x"]),
        ("y =\nx^2", ["y = x^2"]),
        ("x^2\n-x", ["x^2", "-x"]),
        ("f'(x) = 2x + something\nx = 1", ["f'(x) = 2x +", "x = 1"]),
        ("f'(x) = what we had", ["f'(x) ="]),
        ("f'(x) &= 2x \\\\", ["f'(x) = 2x"]),
    ],
)
def test_a_line_of_plain_text_has_its_formulas(text: str, found: list[str]) -> None:
    assert formulas(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "By the chain rule:",
        "This is well-known - see p. 3",
        "x^2 is even",
        "Let x = the width of the box",
        "Exercise 5",
        "What is the slope at the point (1, 2)?",
        "```python\nx = 3\n```",
        "The function $f$ of $x$ is smooth.",
        "\\usepackage{amsmath}",
        "a)",
        "| x | f |",
        "|---|---|",
    ],
)
def test_prose_has_no_formulas(text: str) -> None:
    assert formulas(text) == []


def test_prose_is_counted_by_line() -> None:
    text = "# Title\n\nWe know:\ny = x^2\n\\begin{align*}\ny' &= 2x\n\\end{align*}\nDone.\n"
    assert read_document(text).prose == [(1, "# Title"), (3, "We know:"), (8, "Done.")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"\begin{align} y &= x^2 \\ y' &= 2x \end{align}", ["y = x^2", "y' = 2x"]),
        (r"\begin{align*} y &= x^2 \\[2pt] &\quad + 3x \end{align*}", ["y = x^2 + 3x"]),
        (
            r"\begin{align*} y &= x^2 && \text{by the rule} \label{a} \\ &= x x \tag{1} \end{align*}",
            ["y = x^2", "= x x"],
        ),
        ("\\begin{equation}\n  y\n  = x^2\n\\end{equation}", ["y = x^2"]),
        (r"\[ \begin{gathered} u = 1 \\ v = 2 \end{gathered} \]", ["u = 1", "v = 2"]),
        (r"\[ y = x^2, \qquad y' = 2x. \]", ["y = x^2", "y' = 2x"]),
        (r"\[ y = \boxed{x^{2}} \]", ["y = x^{2}"]),
        (r"$$y = x^2 \implies y' = 2x$$", ["y = x^2", "y' = 2x"]),
        (r"Then \(y = x^2\) and $y' = 2x$ for all $x$.", ["y = x^2", "y' = 2x"]),
        (r"$$\lim_{x\to 0} u = 0$$", [r"\lim_{x\to 0} u = 0"]),
        ("$x^2$", ["x^2"]),
        ("```math\ny = x^2\n```", ["y = x^2"]),
        ("    y = x^2", ["y = x^2"]),
        (
            r"$h = \begin{cases} x & x > 0 \\ -x & \text{otherwise} \end{cases}$",
            [r"h = \begin{cases} x & x > 0 \\ -x & \text{otherwise} \end{cases}"],
        ),
        ("% y = 3\n$y = 2$", ["y = 2"]),
    ],
)
def test_latex_and_markdown_have_their_formulas(text: str, found: list[str]) -> None:
    assert formulas(text) == found


def test_a_formula_keeps_its_place() -> None:
    first, second = read_document("Now\n  $y = 1$ and $z = 2$").formulas
    assert (first.line, first.column, second.column) == (2, 4, 16)
    assert second.place(4) == (2, 20)


def test_a_heading_and_a_rule_begin_a_part() -> None:
    assert read_document("# One\ny = 1\n---\ny = 2\n\\section{Three}").parts == [1, 3, 5]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = b = c", ["a", "b", "c"]),
        ("f(2) ≈ 1.4", ["f(2)", "1.4"]),
        (r"\sum_{k=1}^{3} x^k = y", [r"\sum_{k=1}^{3} x^k", "y"]),
        ("a <= b", ["a <= b"]),
        ("= 2x", ["", "2x"]),
    ],
)
def test_the_sides_of_a_chain(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in sides(text)] == found


@pytest.mark.parametrize("text", ["(", "$", "\\(a ", "\\begin{align}", "x = 1\n", "\\text{a", "+\n", "a( ", "```\n"])
def test_a_text_of_any_kind_takes_time_that_grows_with_its_length(text: str) -> None:
    read_document(text)
    start = perf_counter()
    read_document(text * 2_000)
    assert perf_counter() - start < 2
