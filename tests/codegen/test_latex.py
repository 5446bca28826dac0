"""LaTeX: exact strings, what is written read back as the same function, every function has a spelling, it compiles."""

import math
import random
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from autodiff_cli.codegen.latex.equations import derivatives, inline, to_latex
from autodiff_cli.codegen.latex.spelling import spell, spellings
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value, constant, node, rule_of
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import FUNCTIONS, Function

from ..conftest import CORPORA, corpus

_NAMES = "a b c f k lambda mu n p q r sigma speed theta_1 time_max x x_max y z é ж"
NAMES = _NAMES.split()
TEXTBOOKS = ["textbook", "feynman", "srsd", "fpbench", "herbie", "peer_points"]
# All that is used; amsmath, MathJax and KaTeX have them
_COMMANDS = r"""
    \frac \sqrt \left \right \cdot \, \! \text \operatorname \mathrm \begin \end \\ \quad \le \ge \ne \land \lor
    \lnot \lvert \rvert \lfloor \rfloor \lceil \rceil \bmod \circ \infty \ln \log \exp \max \min \sin \cos \tan \cot
    \sec \csc \arcsin \arccos \arctan \sinh \cosh \tanh \coth \Gamma \psi \pi \tau \partial
"""
COMMANDS = set(_COMMANDS.split())
_FUNCTIONS = "sin cosh exp exp log sqrt abs floor relu asinh cbrt gamma square"


def _typeset(text: str, given: list[str] | None = None) -> str:
    return to_latex(parse(text, NAMES if given is None else given).root)


# --- exact strings -----------------------------------------------------------------------------------------------

CASES = [
    ("tanh(a*b + c)", r"\tanh(a b + c)"),
    ("2 pi r^2", r"2 \pi r^{2}"),
    ("4/3 pi r^3", r"\frac{4}{3} \pi r^{3}"),
    ("1/2 x", r"\frac{1}{2} x"),
    ("2*(1/2)", r"2 \cdot \frac{1}{2}"),
    ("2*(x/2)", r"2 \frac{x}{2}"),
    ("2*3*x", r"2 \cdot 3 x"),
    ("x*2*y", r"x \cdot 2 y"),
    ("x*x^2", r"x \cdot x^{2}"),
    ("x*x*(x*y)", r"x \cdot x \cdot x y"),
    ("x*x", r"x \cdot x"),
    ("x^2*3^y", r"x^{2} \cdot 3^{y}"),
    ("a*(b*c)", "a b c"),
    ("(a + b)(a - b)", "(a + b) (a - b)"),
    ("x(x + 1)", "x (x + 1)"),
    ("f*(x + 1)", r"f \cdot (x + 1)"),
    ("speed*time_max*x", r"\mathrm{speed} \, \mathrm{time}_{\mathrm{max}} \, x"),
    # signs
    ("-x^2", "-x^{2}"),
    ("(-x)^2", "(-x)^{2}"),
    ("x^-1", "x^{-1}"),
    ("a + (-b)", "a - b"),
    ("a - (-b)", "a + b"),
    ("a - (b + c)", "a - (b + c)"),
    ("a - (b - c)", "a - (b - c)"),
    ("a + (b - c)", "a + b - c"),
    ("a + (-b + c)", "a - b + c"),
    ("-(a + b)", "-(a + b)"),
    ("-1*x", "-x"),
    ("a*(-b)", "-a b"),
    ("a - b*(-c)", "a + b c"),
    ("(-a)*b/c", r"-\frac{a b}{c}"),
    ("(-a + b)/c", r"\frac{-a + b}{c}"),
    ("a/(-b)", r"-\frac{a}{b}"),
    # quotients
    ("a/b/c", r"\frac{a}{b c}"),
    ("a/b*c", r"\frac{a}{b} c"),
    ("a/b*c/p", r"\frac{a}{b} \frac{c}{p}"),
    ("a/(b/c)", r"\frac{a}{\frac{b}{c}}"),
    ("(a/b)^2", r"\left(\frac{a}{b}\right)^{2}"),
    ("sin(x/2)", r"\sin\!\left(\frac{x}{2}\right)"),
    # powers, roots and exponentials
    ("a^b^c", "a^{b^{c}}"),
    ("(a^b)^c", "(a^{b})^{c}"),
    ("x^(1/2)", "x^{1/2}"),
    ("x^(-3/2)", "x^{-3/2}"),
    ("x^(a/(b c))", "x^{a/(b c)}"),
    ("x^(n - 1/2)", "x^{n - 1/2}"),
    ("sqrt(x)^3 + cbrt(x)", r"\left(\sqrt{x}\right)^{3} + \sqrt[3]{x}"),
    ("e^(-x/2)", "e^{-x/2}"),
    ("exp(-(x - mu)^2/(2*sigma^2))", r"e^{-(x - \mu)^{2}/(2 \sigma^{2})}"),
    ("exp(exp(exp(x)))", r"\exp\!\left(e^{e^{x}}\right)"),
    ("exp(x)^2", "(e^{x})^{2}"),
    ("exp(-1/2*x^2)", "e^{-x^{2}/2}"),
    ("hypot(a, b)", r"\sqrt{a^{2} + b^{2}}"),
    # functions
    ("sin(x)^2", r"\sin^{2}(x)"),
    ("sin(x)^-1", r"(\sin(x))^{-1}"),
    ("asinh(x)^y", r"\operatorname{arsinh}^{y}(x)"),
    ("ln|x| y", r"\ln(\lvert x \rvert y)"),
    ("log(abs(x))*y", r"\ln\lvert x \rvert \cdot y"),
    ("abs(x/2)", r"\left\lvert \frac{x}{2} \right\rvert"),
    ("log10(x)^2 + log(x, b)", r"\log_{10}^{2}(x) + \log_{b}(x)"),
    ("n! + 5!^2 + gamma(x + a)", r"n! + (5!)^{2} + \Gamma(x + a)"),
    ("polygamma(2, x)^2*psi(x)^2", r"(\psi^{(2)}(x))^{2} \psi(x)^{2}"),
    ("lgamma(x)", r"\ln\lvert \Gamma(x) \rvert"),
    ("mod(x + 1, 3) + 2", r"((x + 1) \bmod 3) + 2"),
    ("floor(x) + ceil(x/2)", r"\lfloor x \rfloor + \left\lceil \frac{x}{2} \right\rceil"),
    ("max(a, b/2)", r"\max\!\left(a, \frac{b}{2}\right)"),
    ("45° + sind(x + 1)", r"45^{\circ} + \sin((x + 1)^{\circ})"),
    # what holds or not
    ("x > 0", "x > 0"),
    ("(x > 0)*x", r"[x > 0] \, x"),
    ("0 < x <= 1 and not y == 2 or x != y", r"0 < x \le 1 \land \lnot (y = 2) \lor x \ne y"),
    ("(a < b) < c", "[a < b] < c"),
    ("x and y > 0", r"x \ne 0 \land y > 0"),
    ("where(x < 0, -x, x)", r"\begin{cases} -x & \text{if } x < 0 \\ x & \text{otherwise} \end{cases}"),
    (
        "piecewise(x < 0, -x, x < 1, x^2, 1)",
        r"\begin{cases} -x & \text{if } x < 0 \\ x^{2} & \text{if } x < 1 \\ 1 & \text{otherwise} \end{cases}",
    ),
    (
        "2*where(x, 1, 2) + 1",
        r"2 \left(\begin{cases} 1 & \text{if } x \ne 0 \\ 2 & \text{otherwise} \end{cases}\right) + 1",
    ),
    # numbers and constants
    ("1.5e-7*x + x*1e5", r"1.5 \cdot 10^{-7} x + x \cdot 10^{5}"),
    ("(1e-7)^2 + (2E3)^2 + .5 + 2.", r"(10^{-7})^{2} + (2 \cdot 10^{3})^{2} + 0.5 + 2"),
    ("1.50*x + 0.0e0", "1.50 x + 0.0"),
    ("e*x + pi - tau + inf", r"e x + \pi - \tau + \infty"),
]


@pytest.mark.parametrize(("text", "latex"), CASES, ids=[text for text, _ in CASES])
def test_an_expression_is_typeset_exactly_so(text: str, latex: str) -> None:
    assert _typeset(text) == latex


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("alpha", r"\alpha"),
        ("λ", r"\lambda"),
        ("Δ", r"\Delta"),
        ("theta_1", r"\theta_{1}"),
        ("x12", "x_{12}"),
        ("x₁", "x_{1}"),
        ("xᵢ", "x_{i}"),
        ("x_1_2", "x_{1,2}"),
        ("x_max", r"x_{\mathrm{max}}"),
        ("v_alpha", r"v_{\alpha}"),
        ("speed", r"\mathrm{speed}"),
        ("speed2", r"\mathrm{speed}_{2}"),
        ("hbar", r"\hbar"),
        ("x\u0302", r"\hat{x}"),
        ("é", r"\acute{e}"),
        ("θ\u0308", r"\ddot{\theta}"),
        ("Δx", r"\mathrm{\Delta x}"),
        ("ß", r"\text{ß}"),
        ("ж", r"\text{U+0436}"),
        ("速度", r"\mathrm{\text{U+901F}\text{U+5EA6}}"),
        ("omicron", r"\mathrm{omicron}"),
        ("a1b", r"\mathrm{a1b}"),
        ("_a", r"\mathrm{\_a}"),
        ("x_", r"\mathrm{x\_}"),
        ("50% of {x}^2", r"\mathrm{50\%\ of\ \{x\}\text{U+005E}2}"),
    ],
)
def test_a_name_is_spelled_with_its_letters_and_indices(name: str, latex: str) -> None:
    assert spell(name) == latex


def test_no_two_names_are_written_alike() -> None:
    names = ["x_1", "x1", "x₁", "theta", "θ", "phi", "φ", "ϕ", "e", "é"]
    assert len(set(spellings(names).values())) == len(names)
    assert _typeset("x1 + x_1", ["x1", "x_1"]) == r"x_{1} + \mathrm{x\_1}"


def test_a_variable_named_as_a_constant() -> None:
    x, e = Value(1.0, "x"), Value(1.0, "e")
    assert to_latex(e * x.exp()) == r"e \exp(x)"
    assert to_latex(e * constant(math.e, "e")) == r"e \, \mathrm{e}"
    assert _typeset("pi*x", ["pi", "x"]) == r"\pi x"


def test_graphs_made_in_python_are_typeset() -> None:
    x = Value(2.0, "x")
    assert to_latex(x * math.pi - 2.5) == r"x \pi - 2.5"
    assert to_latex(-3 * x + -1e-7) == r"-3 x - 10^{-7}"
    assert to_latex(x * math.inf) == r"x \infty"
    assert to_latex(Value(2.5)) == "2.5"
    assert to_latex(x - math.nan) == r"x - \mathrm{NaN}"


def test_nodes_with_names_are_typeset_by_their_names() -> None:
    expression = parse("d = a*b; d^2 + d")
    d = expression.steps["d"]
    assert to_latex(expression.root, {d: "d"}) == "d^{2} + d"
    assert to_latex(d, {d: "d_total"}) == r"d_{\mathrm{total}}"
    assert to_latex(expression.root) == "(a b)^{2} + a b"


# --- every function ----------------------------------------------------------------------------------------------


def _applied(function: Function) -> Value:
    names = ("a", "b", "c") if function.variadic else function.args
    return node(rule_of(function), tuple([Value(1.0, name) for name in names]))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: f"{function.name}{len(function.args)}")
def test_every_function_is_spelled(function: Function) -> None:
    latex = to_latex(_applied(function))
    assert set(re.findall(r"\\(?:[a-zA-Z]+|.)", latex)) <= COMMANDS, latex
    assert "_" not in re.sub(r"_\{", "", latex)  # no name of ours with an underscore
    point = dict(zip(function.args, function.at[0], strict=True)) if not function.variadic else {"a": 1, "b": 2, "c": 0}
    _same(_applied(function), point)


# --- read back ---------------------------------------------------------------------------------------------------

_CASES = re.compile(r"\\begin\{cases\} ((?:(?!\\begin\{cases\}).)*?) \\end\{cases\}")
_SIGNS = [
    (r"\\(?:left|right)(?=\W)", ""),
    (r"\\(?:left|right)(?=\\)", ""),
    (r"\\lvert ", " abs("),
    (r"\\lfloor ", " floor("),
    (r"\\lceil ", " ceil("),
    (r" \\r(?:vert|floor|ceil)", ")"),
    (r"(\([^()]*\)|[\w{}]+) \\bmod ([\w{}]+)", r"mod(\1, \2)"),
    (r"\\psi\^\{\((.*?)\)\}(?:\\!)?\(", r"polygamma(\1, "),
    (r"\\psi(?:\\!)?\(", "digamma("),
    (r"(?<!\w)j_\{(.*?)\}(?:\\!)?\(", r"spherical_jn(\1, "),
    (r"\\Gamma(?:\\!)?(?=\()", "gamma"),
    (r"([\w{}.]+|\([^()]*\))\^\{\\circ\}", r"(\1*deg)"),
    (r"\\operatorname\{LeakyReLU\}", " leaky_relu"),
    (r"(ReLU|SiLU|GELU)", lambda found: found[1].lower()),
    (r"\\log_\{v_\{(\d+)\}\}", r"log_v_\1"),
    (r"\\log_\{((?:[^{}]|\{\w+\})*\W(?:[^{}]|\{\w+\})*)\}(?=\()", r"1/log(\1)*log"),
    (" = ", " == "),
]


def _read(latex: str) -> str:
    """LaTeX as the language reads it: what it has no LaTeX for is put into its own signs."""
    for pattern, sign in _SIGNS:
        latex = re.sub(pattern, sign, latex)
    while found := _CASES.search(latex):
        *rows, last = found[1].split(r" \\ ")
        text = f"({last.partition(' & ')[0]})"
        for row in reversed(rows):
            value, _, condition = row.partition(r" & \text{if } ")
            text = f"where({condition}, {value}, {text})"
        latex = latex[: found.start()] + text + latex[found.end() :]
    return latex


def _value(root: Value, nodes: list[Value], point: Mapping[str, float]) -> float:
    return Expression("", root, nodes, {v.label or "": v for v in _leaves(root)}, {}).evaluate(**point)


def _leaves(root: Value) -> list[Value]:
    found, order = {root}, [root]
    for made in order:
        order += [arg for arg in dict.fromkeys(made.args) if arg not in found]
        found.update(made.args)
    return [leaf for leaf in order if leaf.requires_grad and not leaf.args]


def _steps(root: Value) -> list[Value]:
    found: dict[Value, None] = {}
    stack = [(root, False)]
    while stack:
        made, ready = stack.pop()
        if ready:
            found[made] = None
        elif made not in found:
            stack += [(made, True), *[(arg, False) for arg in made.args]]
    return [made for made in found if made.args]


def _same(root: Value, point: Mapping[str, float], undefined: bool = False) -> None:
    """What is read in the LaTeX has the value that the graph has, or one is `undefined` where that may be.

    Variables are v_1, v_2, ... in both.
    """
    leaves = _leaves(root)
    names = {leaf: f"v_{at}" for at, leaf in enumerate(leaves, 1)}
    point = {leaf.label or "": point[leaf.label or ""] for leaf in leaves}
    values = {names[leaf]: point[leaf.label or ""] for leaf in leaves}
    latex = to_latex(root, names)
    again = parse(_read(latex), list(values))
    got = again.evaluate(**{name: value for name, value in values.items() if name in again.variables})
    want = _value(root, _steps(root), point)
    nans = math.isnan(got) + math.isnan(want)
    alike = math.isclose(got, want, rel_tol=1e-7, abs_tol=1e-9) or nans == 2 or (nans == 1 and undefined)
    assert alike, (latex, str(again), got, want)


@pytest.mark.parametrize("text", [text for text, _ in CASES])
def test_what_is_typeset_reads_back_as_the_same_function(text: str) -> None:
    root = parse(text, NAMES).root
    _same(root, {name: 0.3 + 0.17 * at for at, name in enumerate(NAMES)})


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("name", TEXTBOOKS)
def test_the_corpora_read_back(name: str) -> None:
    for record in corpus(name):
        if float(record.get("f64_value_relerr") or 0) > 1e-9:
            continue  # rounding hides the value
        point = {name: float(value) for name, value in record["point"].items()}
        expression = parse(record.get("text", record["expr"]), point)
        missing = expression.variables.keys() - expression.defaults.keys() - point.keys()
        if missing:
            assert missing == {"E"}  # which is never 2.718
            continue
        _same(expression.root, point | {k: v for k, v in expression.defaults.items() if k not in point})


def _random(random: random.Random, depth: int) -> str:
    """A random expression in x, y and z, with every parenthesis written."""
    if depth == 0 or random.random() < 0.1:
        return random.choice(["x", "y", "z", "2", "3", "0.5", "1.5e-1", "1e1", "pi", "e", "1"])
    one, two, three = (_random(random, depth - 1) for _ in range(3))
    return random.choice(
        [
            *[f"({one}) {sign} ({two})" for sign in "+-*/" * 2],
            f"-({one})",
            f"-({one})*({two})",
            f"({one})^({random.choice(['2', '3', '-1', '1/2', 'x', two])})",
            f"{random.choice(_FUNCTIONS.split())}({one})",
            f"({one})*({random.choice(['x', '2', '-2'])})",
            f"exp(({one})/({two})*({three}))",
            f"({one})^(({two})*(-(x/({three}))))",
            f"where(({one}) {random.choice(['<', '>=', '=='])} ({two}), {two}, {three})",
            f"(({one}) < ({two}) and ({two}) <= ({three}))*({one})",
            f"(not ({one}) > 1 or ({two}) < ({three}))",
            f"max({one}, {two}, {three})",
            f"log({one}, 3)",
        ]
    )


@pytest.mark.parametrize("seed", range(40))
def test_random_expressions_read_back(seed: int) -> None:
    made = random.Random(seed)
    for _ in range(25):
        text = _random(made, made.choice([2, 3, 4]))
        # Whether (-pi)^(9 * 2/3) is a number depends on the order of rounding
        _same(parse(text, "xyz").root, {"x": 0.7, "y": 1.3, "z": -0.4}, undefined=True)


# --- derivatives -------------------------------------------------------------------------------------------------


def _formulas(text: str, **found: str) -> dict[tuple[str, ...], Value]:
    return {tuple(by.split("_")): parse(formula, NAMES).root for by, formula in found.items()}


def _shown(text: str, *, width: float = 34, **found: str) -> list[str]:
    expression = parse(text, NAMES)
    formulas = _formulas(text, **found)
    shown = derivatives(expression.root, formulas, steps=expression.steps, name=expression.name, width=width)
    first, *lines, last = shown.splitlines()
    assert (first, last) == (r"\begin{align*}", r"\end{align*}")
    assert all(line.endswith(r" \\") or line.startswith("%") for line in lines[:-1])
    return [line.removesuffix(r" \\") for line in lines]


def test_derivatives_have_one_line_a_variable() -> None:
    assert _shown("tanh(a*b + c)", a="b*sech(a*b + c)^2", c="sech(a*b + c)^2") == [
        r"\frac{\partial}{\partial a} \tanh(a b + c) &= b \operatorname{sech}^{2}(a b + c)",
        r"\frac{\partial}{\partial c} \tanh(a b + c) &= \operatorname{sech}^{2}(a b + c)",
    ]


@pytest.mark.parametrize(
    ("text", "by", "line"),
    [
        ("sin x", "x", r"\frac{d}{dx} \sin(x) &= 1"),
        ("x^2", "x", r"\frac{d}{dx} \, x^{2} &= 1"),
        ("x^2 + 1", "x", r"\frac{d}{dx} (x^{2} + 1) &= 1"),
        ("-x", "x", r"\frac{d}{dx} (-x) &= 1"),
        ("(x + 1)(x + 2)", "x", r"\frac{d}{dx}[(x + 1) (x + 2)] &= 1"),
        ("e^lambda", "lambda", r"\frac{d}{d\lambda} \, e^{\lambda} &= 1"),
        ("x^5", "x_x_x", r"\frac{d^{3}}{dx^{3}} \, x^{5} &= 1"),
        ("x*y", "x_y", r"\frac{\partial^{2}}{\partial x \, \partial y} \, x y &= 1"),
        ("x*y", "x_x_y", r"\frac{\partial^{3}}{\partial x^{2} \, \partial y} \, x y &= 1"),
    ],
)
def test_the_left_side_is_the_operator_before_the_expression(text: str, by: str, line: str) -> None:
    assert _shown(text, **{by: "1"}) == [line]


def test_a_long_expression_or_fraction_has_a_name_first() -> None:
    assert _shown("x/y", y="-x/y^2", x_y="-1/y^2") == [
        r"f &= \frac{x}{y}",
        r"\frac{\partial f}{\partial y} &= -\frac{x}{y^{2}}",
        r"\frac{\partial^{2} f}{\partial x \, \partial y} &= -\frac{1}{y^{2}}",
    ]
    assert _shown("f^2 + sin(f) + cos(f) + tan(f) + sinh(f)", f="1")[1] == r"\frac{dg}{df} &= 1"
    assert _shown("y = x^2", x="2x", x_x="2")[1:] == [r"\frac{dy}{dx} &= 2 x", r"\frac{d^{2} y}{dx^{2}} &= 2"]


def test_the_steps_of_a_program_stand_first() -> None:
    assert _shown("d = a*b; s = d + c; tanh(s)", a="b") == [
        "d &= a b",
        "s &= d + c",
        r"\frac{\partial}{\partial a} \tanh(s) &= b",
    ]
    assert _shown("d = a*b; d", a="b") == ["d &= a b", r"\frac{\partial d}{\partial a} &= b"]


def test_a_wide_line_is_broken_before_terms() -> None:
    assert _shown("x", x="a + b - c + lambda*mu", width=9) == [
        r"\frac{d}{dx} \, x &= a + b",
        r"&\quad {} - c",
        r"&\quad {} + \lambda \mu",
    ]


def test_a_wide_term_is_broken_before_factors_and_in_parentheses() -> None:
    assert _shown("x", x="-sin(a)*cos(b)*(a + b + c + p + q - r)", width=16) == [
        r"\frac{d}{dx} \, x &= -\sin(a) \cos(b) \bigl(a + b",
        r"&\quad {} + c + p + q - r\bigr)",
    ]
    assert _shown("x", x="exp(a)*cos(b)*sin(c)*sqrt(p)/q", width=11) == [
        r"\frac{d}{dx} \, x &= \frac{1}{q} e^{a} \cos(b)",
        r"&\quad {} \cdot \sin(c) \sqrt{p}",
    ]


def test_what_cannot_be_broken_is_said() -> None:
    shown = _shown("x", x="sqrt(a + b + c + p + q + r + x)", width=12)
    assert shown[0] == "% wider than the line"


def test_formulas_of_many_pages_name_what_they_share() -> None:
    x = Value(0.5, "x")
    y = x.sin() + x
    for _ in range(60):
        y = y.sin() * (y + 1)
    shown = derivatives(y, {("x",): y * 2})
    assert len(shown) < 10_000
    assert r"u_{2} &= \sin(u_{1}) (u_{1} + 1)" in shown
    z = y.sin()
    shown = derivatives(z.cos(), {("x",): y * 2}, steps={"z": z})
    assert r"u_{60} &= " in shown
    assert r"z &= \sin(u_{61})" in shown


# --- notebooks ---------------------------------------------------------------------------------------------------


def test_a_notebook_shows_a_formula_as_latex() -> None:
    assert inline(parse("x/2")) == r"$\displaystyle \frac{x}{2}$"
    assert inline(parse("y = x^2")) == r"$\displaystyle \begin{aligned} y &= x^{2} \end{aligned}$"
    assert inline(parse("d = a*b; d")) == r"$\displaystyle \begin{aligned} d &= a b \\ & d \end{aligned}$"
    assert inline(parse("d = a*b; d^2")) == r"$\displaystyle \begin{aligned} d &= a b \\ & d^{2} \end{aligned}$"


# --- size --------------------------------------------------------------------------------------------------------


_LINKS = ["y - x", "x*y", "y/x", "x^y", "sin(y)", "-y", "where(x, x, y)"]


@pytest.mark.slow
@pytest.mark.parametrize("link", _LINKS)
def test_a_chain_of_50000_nodes_is_typeset(link: str) -> None:
    x = y = Value(0.5, "x")
    step = parse(link, ["x", "y"])
    for _ in range(50_000):
        stand = {step.variables[name]: value for name, value in (("x", x), ("y", y)) if name in step.variables}
        y = node(step.root.rule, tuple([stand.get(arg, arg) for arg in step.root.args]))
    assert to_latex(y)


def test_what_would_never_end_is_an_error() -> None:
    y = Value(0.5, "x")
    for _ in range(60):
        y = y + y
    with pytest.raises(AutodiffError, match="10,000,000 characters"):
        to_latex(y)


# --- it compiles -------------------------------------------------------------------------------------------------


def _formulas_to_compile() -> list[str]:
    made = [rf"\[ {latex} \]" for _, latex in CASES]
    made += [rf"\[ {to_latex(_applied(function))} \]" for function in FUNCTIONS]
    names = ["ϕ", "ö", "Å", "ß", "ø", "ж", "速度", "x\u0302", "_a", "x_1_2", "Δx", "ς", "ℏ", "50% of {x}^2", "ẍ"]
    made += [rf"\[ {spell(name)} \]" for name in names]
    made.append(derivatives(parse("a*b/c").root, _formulas("", a="b/c", a_b="1/c", c="-a*b/c^2")))
    if CORPORA.exists():
        for name in TEXTBOOKS:
            for record in corpus(name):
                expression = parse(record.get("text", record["expr"]), record["point"])
                if len(record["expr"]) < 300:
                    made.append(derivatives(expression.root, {}, steps=expression.steps, name=expression.name))
    return made


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no pdflatex")
def test_pdflatex_sets_every_formula_and_few_are_too_wide(tmp_path: Path) -> None:
    formulas = _formulas_to_compile()
    head = r"\documentclass{article}\usepackage{amsmath}\allowdisplaybreaks\begin{document}"
    (tmp_path / "all.tex").write_text("\n\n".join([head, *formulas, r"\end{document}"]), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=300)
    assert done.returncode == 0, done.stdout[-2000:]
    assert done.stdout.count("too wide") <= 0.02 * len(formulas)
