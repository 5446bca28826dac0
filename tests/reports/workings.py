"""Ten derivations as they stand in exercise books, and ten kinds of slips, each planted in each of them."""

import re
from typing import NamedTuple


class Derivation(NamedTuple):
    """A product and a quotient of u and v: their texts, and what is written of their derivatives.

    The last six are wrong forms of `du` and `dv`.
    """

    u: str
    v: str
    du: str
    dv: str
    at: str  # a number
    value: str  # of u there
    kept: str
    not_lowered: str
    without_factor: str
    without_inner: str
    other_function: str
    sign: str

    def lines(self) -> list[str]:
        """The derivation without a slip."""
        return [
            f"u = {self.u}",
            f"v = {self.v}",
            f"u' = {self.du}",
            f"v' = {self.dv}",
            "f(x) = u v",
            "f'(x) = u'v + uv'",
            f"f'(x) = ({self.du})({self.v}) + ({self.u})({self.dv})",
            "g(x) = v/u",
            "g'(x) = (u v' - u' v)/u^2",
            "h(x) = u^2 + 2v",
            "h'(x) = 2u u' + 2v'",
            "= 2(u u' + v')",
            f"u({self.at}) = {self.value}",
        ]

    def slips(self) -> dict[str, tuple[int, str]]:
        """By kind: the line that is wrong, from 1, and what stands there."""
        return {
            "a constant is kept": (3, f"u' = {self.kept}"),
            "the exponent is not lowered": (3, f"u' = {self.not_lowered}"),
            "the factor of a power is missing": (3, f"u' = {self.without_factor}"),
            "an inner derivative is missing": (4, f"v' = {self.without_inner}"),
            "the function is differentiated wrong": (4, f"v' = {self.other_function}"),
            "a sign is wrong": (4, f"v' = {self.sign}"),
            "a product of derivatives": (6, "f'(x) = u' v'"),
            "a quotient the other way round": (9, "g'(x) = (u' v - u v')/u^2"),
            "a bracket is expanded wrong": (12, "= 2u u' + v'"),
            "a value is computed wrong": (13, f"u({self.at}) = {self.value} + 1"),
        }


DERIVATIONS = {
    "sine": Derivation(
        *("x^3 + 5", "sin(2x)", "3x^2", "2cos(2x)", "2", "13"),
        *("3x^2 + 5", "3x^3", "x^2", "cos(2x)", "2sin(2x)", "-2cos(2x)"),
    ),
    "cosine": Derivation(
        *("x^4 - 1", "cos(3x)", "4x^3", "-3sin(3x)", "1", "0"),
        *("4x^3 - 1", "4x^4", "x^3", "-sin(3x)", "-3cos(3x)", "3sin(3x)"),
    ),
    "exponential": Derivation(
        *("x^2 + 3", "e^(4x)", "2x", "4e^(4x)", "1", "4"),
        *("2x + 3", "2x^2", "x", "e^(4x)", "4x e^(4x - 1)", "-4e^(4x)"),
    ),
    "logarithm": Derivation(
        *("x^5 + 2", "ln(x^2 + 1)", "5x^4", "2x/(x^2 + 1)", "1", "3"),
        *("5x^4 + 2", "5x^5", "x^4", "1/(x^2 + 1)", "2x ln(x^2 + 1)", "-2x/(x^2 + 1)"),
    ),
    "root": Derivation(
        *("x^3 - 4", "sqrt(3x + 1)", "3x^2", "3/(2 sqrt(3x + 1))", "2", "4"),
        *("3x^2 - 4", "3x^3", "x^2", "1/(2 sqrt(3x + 1))", "3 sqrt(3x + 1)/2", "-3/(2 sqrt(3x + 1))"),
    ),
    "tangent": Derivation(
        *("2x^3 + 1", "tan(x^2)", "6x^2", "2x/cos(x^2)^2", "1", "3"),
        *("6x^2 + 1", "6x^3", "2x^2", "1/cos(x^2)^2", "2x/sin(x^2)^2", "-2x/cos(x^2)^2"),
    ),
    "power of a bracket": Derivation(
        *("x^6 + 7", "(x^2 - 3)^4", "6x^5", "8x (x^2 - 3)^3", "1", "8"),
        *("6x^5 + 7", "6x^6", "x^5", "4(x^2 - 3)^3", "8x (x^2 - 3)^4", "-8x (x^2 - 3)^3"),
    ),
    "arctangent": Derivation(
        *("3x^2 + 1", "arctan(2x)", "6x", "2/(1 + 4x^2)", "1", "4"),
        *("6x + 1", "6x^2", "3x", "1/(1 + 4x^2)", "2/(1 + 2x^2)", "-2/(1 + 4x^2)"),
    ),
    "square of a sine": Derivation(
        *("x^4 + x + 2", "sin(x)^2", "4x^3 + 1", "2 sin(x) cos(x)", "1", "4"),
        *("4x^3 + 3", "4x^4 + 1", "x^3 + 1", "2 sin(x)", "2 cos(x) cos(x)", "-2 sin(x) cos(x)"),
    ),
    "hyperbola": Derivation(
        *("x^2 + x + 1", "1/(1 + 5x)", "2x + 1", "-5/(1 + 5x)^2", "2", "7"),
        *("2x + 2", "2x^2 + 1", "x + 1", "-1/(1 + 5x)^2", "-5/(1 + 5x)", "5/(1 + 5x)^2"),
    ),
}
_FUNCTIONS = r"\b(sin|cos|arctan|tan|ln)\b"


def as_plain(lines: list[str]) -> str:
    """A line each."""
    return "\n".join(lines)


def as_latex(lines: list[str]) -> str:
    r"""The lines of an `align*`: `f(x) &= x^{2} \sin(3x) \\`."""
    rows = [_latex(line) for line in lines]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}\n"


def _latex(line: str) -> str:
    line = re.sub(r"sqrt\(([^()]*)\)", r"\\sqrt{\1}", line)
    line = re.sub(r"\^\(([^()]*)\)", r"^{\1}", line)
    line = re.sub(r"\^(\d)", r"^{\1}", line)
    line = re.sub(_FUNCTIONS, r"\\\1", line)
    return line.replace("=", "&=", 1)
