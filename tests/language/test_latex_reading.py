"""LaTeX by LaTeX's rules: letters, Greek, subscripts, sums, cases, fonts; and what SymPy's latex() prints, by value."""

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse

sympy = pytest.importorskip("sympy")


@pytest.mark.parametrize(
    ("text", "given", "read"),
    [
        (r"\frac{mv^2}{2}", "", "m * v^2 / 2"),
        (r"G\frac{Mm}{r^2}", "", "G * (M * m / r^2)"),
        (r"\frac{ab}{2}", "ab", "ab / 2"),
        (r"\frac{\mathrm{rate} \, t}{2}", "", "rate * t / 2"),
        (r"\frac{signal}{2}", "", "signal / 2"),
        (r"\gamma k^3 + \psi x", "", "gamma * k^3 + psi * x"),
        (r"\theta(x)", "", "theta * x"),
        (r"\Gamma(x) + \Gamma\left(x + 1\right) + \Gamma", "", "gamma(x) + gamma(x + 1) + Gamma"),
        (r"{x}_{1}^{2} + 3{x}_{2}", "", "x_1^2 + 3 * x_2"),
        (r"x^{2}_{1} + x_{\alpha} + x_{\text{max}}", "", "x_1^2 + x_alpha + x_max"),
        (r"\sum_{k=1}^{3} x^k", "", "x^1 + x^2 + x^3"),
        (r"\sum\limits_{k = 1}^3 k x + 1", "", "1 * x + 2 * x + 3 * x + 1"),
        ("∑_{k=1}^{2} x^k + Σ_{k=1}^2 x", "", "x^1 + x^2 + (x + x)"),
        (r"\prod_{k=1}^{2} (x+k)", "", "(x + 1) * (x + 2)"),
        (r"\sum_{k=1}^{2} k x \cdot k", "", "1 * x * 1 + 2 * x * 2"),
        (r"\begin{cases} x^2 & x > 1 \\ 2x & \text{otherwise} \end{cases}", "", "where(x > 1, x^2, 2 * x)"),
        (
            r"\begin{cases} 1, & \text{if } x = 1, \\[2pt] 2, & x < 1 \end{cases}",
            "",
            "where(x == 1, 1, where(x < 1, 2, 0 / 0))",
        ),
        (r"$x^2$ ", "", "x^2"),
        (r"\( \frac{x}{y} \)", "", "x / y"),
        (r"\[ \frac1x \]", "", "1 / x"),
        (r"\begin{equation*} x \end{equation*}", "", "x"),
        (r"\begin{align*} y &= x^2 \end{align*}", "", "y = x^2"),
        (r"\begin{split} f(x) & = x^2 \end{split}", "", "f(x) = x^2"),
        (r"x \cos 30^\circ + 45^{\circ}", "", "x * cos(30 * deg) + 45 * deg"),
        (r"\cfrac{1}{1+\cfrac{1}{x}} + \sqrt[4]{x}", "", "1 / (1 + 1 / x) + x^(1 / 4)"),
        (r"\left\lfloor{x}\right\rfloor + \lceil x \rceil", "", "floor(x) + ceil(x)"),
        (r"\bar{x} + \hat{\theta} + \mathbf{v} + \vec{F}", "", "xbar + thetahat + v + F"),
        (r"\operatorname{atan}_{2}{\left(y,x \right)}", "", "atan2(y, x)"),
        (r"\operatorname{polygamma}{\left(1,x \right)}", "", "polygamma(1, x)"),
        (r"f(x) = x^3; f^{\prime}(x) + f^{\prime\prime}(x)", "", "3 * x^2 + 6 * x"),
        (r"x \bmod y", "", "mod(x, y)"),
        (r"\frac{\sin x}x + \frac{x + 1}2y", "", "sin(x) / x + (x + 1) / 2 * y"),
        (r"\frac{x}\pi y + \frac{\frac{1}x}{y}", "", "x / pi * y + 1 / x / y"),
        (r"\frac{\mathrm d}{\mathrm dx} x^2", "", "2 * x"),
        (r"\mathrm e^{-x} + \sin\mathrm x", "", "e^-x + sin(x)"),
        (r"\bar x^2 + \hat\theta\,y + \hat xy", "", "xbar^2 + thetahat * y + xhat * y"),
        (r"\boldsymbol\mu x + \mathbf v", "", "mu * x + v"),
    ],
)
def test_latex_is_read_by_its_rules(text: str, given: str, read: str) -> None:
    assert str(parse(text, given.split())).rpartition("; ")[2] == read


@pytest.mark.parametrize(
    "text",
    [r"\sum_{k} k", r"\sum_{k=1} k", r"\begin{matrix} 1 \end{matrix}", r"1 \\ 2", r"\end{cases}", r"\begin{cases} 1"],
)
def test_latex_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(AutodiffError):
        parse(text)


def _expressions() -> list[object]:
    """300 expressions of SymPy."""
    x, y, a, n = sympy.symbols("x y a n")
    third = sympy.Rational(1, 3)
    functions = """
        sin cos tan cot sec csc asin acos atan acot sinh cosh tanh coth sech csch asinh acosh atanh exp log sqrt Abs
        sign floor ceiling gamma loggamma digamma trigamma erf erfc factorial cbrt
    """
    inner = [x, x / 3, a * x / 2, x**2 * y]
    found = [getattr(sympy, name)(arg) for name in functions.split() for arg in inner]
    found += [f(arg) ** 2 / y for f in (sympy.sin, sympy.log, sympy.gamma, sympy.Abs, sympy.tanh) for arg in inner]
    found += [sympy.Derivative(f, x) for f in (x**2 * sympy.sin(x), x**3, sympy.exp(a * x), x**2 + x)]
    found += [y * sympy.Derivative(x**2 + x, x), sympy.Derivative(x**2 * y, x, y), sympy.Derivative(x**4, x, 2)]
    found += [sympy.Sum(x**n / n, (n, 1, 5)), sympy.Product(x + n, (n, 1, 3)), sympy.Mod(x, y), sympy.atan2(y, x)]
    found += [sympy.Piecewise((x**2, x > 0), (-x, True)), sympy.Piecewise((1, x < 0), (2, x < third), (x, True))]
    found += [sympy.Min(x, y), sympy.Max(x, y, 1), sympy.root(x, 4), sympy.root(x, n), x**third, x**-third]
    parts = [x, y + 1, sympy.sin(x), sympy.exp(-(x**2)), sympy.sqrt(x + y), 1 / (x + a), sympy.log(y)]
    found += [one * two + three for one in parts for two in parts for three in parts[:2]]
    found += [one / two - 3 * one**2 for one in parts for two in parts]
    return found


@pytest.mark.parametrize("expression", _expressions(), ids=str)
def test_what_sympy_prints_is_read_with_its_value(expression: object) -> None:
    point = {"x": 0.37, "y": 0.81, "a": 0.64, "n": 3.0}
    read = parse(sympy.latex(expression), point)
    got = read.evaluate(**{name: point[name] for name in read.variables})
    want = complex(expression.doit().subs(point).evalf(25))
    if want.imag == 0:
        assert got == pytest.approx(want.real, rel=1e-12)


@pytest.mark.parametrize(
    "style", [{"ln_notation": True}, {"fold_short_frac": True}, {"mul_symbol": "dot"}, {"root_notation": False}]
)
@pytest.mark.parametrize("mode", ["plain", "inline", "equation", "equation*"])
def test_every_style_of_sympy_is_read(style: dict[str, object], mode: str) -> None:
    x, y = sympy.symbols("x y")
    expression = sympy.log(x) ** 2 * sympy.asin(x) / 3 + sympy.sqrt(x) ** 3 / y
    got = parse(sympy.latex(expression, mode=mode, **style)).evaluate(x=0.4, y=0.7)
    assert got == pytest.approx(float(expression.subs({x: 0.4, y: 0.7})), rel=1e-12)


def test_a_difference_of_latex_is_noted_as_a_product_unless_delta_has_a_value() -> None:
    note = r"'\Delta y' is read as a product, Delta*y; \Delta_y is one name"
    assert parse(r"\frac{\Delta y}{2}", request=True).notes == [note]
    assert parse(r"\frac{\Delta y}{2}", ["Delta", "y"]).notes == []
    assert parse(r"\Delta_y + \Delta^2").notes == []


def test_a_name_that_begins_the_next_line_is_no_subscript() -> None:
    assert parse("a = 2 \\cdot x^2\n_1 = 3; a*_1").evaluate(x=2) == 24
