"""How a language writes an operation: a text for its operands, and how tight it and they bind."""

import re
from collections.abc import Mapping
from typing import NamedTuple

# How tight each binds. No minus goes before a remainder: in Python -x % 3 is (-x) % 3
CHOICE, OR, AND, NOT, COMPARISON, SUM, REMAINDER, PRODUCT, SIGN, POWER, ATOM = range(11)


class Form(NamedTuple):
    """How an operation is written: `levels` says how tight each operand must bind, the last for all that follow."""

    text: str  # {0} is the first operand; {} all of them, with commas between
    level: int = ATOM
    levels: tuple[int, ...] = (CHOICE,)

    def level_of(self, index: int) -> int:
        """How tight the operand at that place must bind."""
        return self.levels[min(index, len(self.levels) - 1)]

    def around(self, operand: str, level: int) -> str:
        """The operation on one operand that binds so tight."""
        return self.text.format(within(operand, level, self.levels[0]))


def call(name: str) -> Form:
    """How a function is called."""
    return Form(f"{name}({{}})")


def calls(prefix: str, names: str) -> dict[str, Form]:
    """How these functions of the table are called; `ours=theirs` where the language has another name.

    >>> {name: form.text for name, form in calls("np.", "cos acos=arccos").items()}
    {'cos': 'np.cos({})', 'acos': 'np.arccos({})'}
    """
    pairs = [name.partition("=") for name in names.split()]
    return {ours: call(prefix + (theirs or ours)) for ours, _, theirs in pairs}


INFIX: dict[str, Form] = {
    "add": Form("{0} + {1}", SUM, (SUM, PRODUCT)),
    "sub": Form("{0} - {1}", SUM, (SUM, PRODUCT)),
    "mul": Form("{0} * {1}", PRODUCT, (PRODUCT, SIGN)),
    "div": Form("{0} / {1}", PRODUCT, (PRODUCT, SIGN)),
    "neg": Form("-{0}", SIGN, (SIGN,)),
} | {
    name: Form(f"{{0}} {sign} {{1}}", COMPARISON, (SUM, SUM))
    for name, sign in {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}.items()
}


# Formulas of the table's kind that a language may take for functions that it has not, or otherwise
SIGN_OF = "where(x > 0, 1, where(x < 0, -1, x))"
GREATEST = {"max": "where(a >= b, a, where(b > a, b, a + b))", "min": "where(a <= b, a, where(b < a, b, a + b))"}
ROOTS = {0.5: "sqrt(x)", -0.5: "1 / sqrt(x)"}  # by the exponent of x
# Angles that are reduced before they are multiplied by pi, where that is exact: the rest of a turn, of quarters of it
_REST = "(fmod(x, 360) - 90 * round(fmod(x, 360) / 90))"
_QUARTER = "round(fmod(x, 360) / 90)"
_OF_REST = f"{{0}}({_REST} * (pi / 180))"
ANGLES = {
    "sinc": "where(eq(x, 0), 1, sin(pi * (x - round(x))) * where(eq(mod(round(x), 2), 0), 1, -1) / (pi * x))",
    "sind": f"where(eq(mod({_QUARTER}, 2), 0), {_OF_REST.format('sin')}, {_OF_REST.format('cos')})"
    f" * where(mod({_QUARTER}, 4) < 2, 1, -1)",
    "cosd": f"where(eq(mod({_QUARTER}, 2), 0), {_OF_REST.format('cos')}, {_OF_REST.format('sin')})"
    f" * where(mod({_QUARTER} + 1, 4) < 2, 1, -1)",
}
_SERIES = "1 - x * x / 304"
for _divisor in (238, 180, 130, 88, 54, 28, 10):
    _SERIES = f"1 - x * x / {_divisor} * ({_SERIES})"
# By the order, for the derivative of sinc: the quotients, and the power series near 0 (DLMF 10.49, 10.53)
SPHERICAL = {
    ("spherical_jn", 0.0): "where(eq(x, 0), 1, sin(x) / where(eq(x, 0), 1, x))",
    ("spherical_jn", 1.0): f"where(abs(x) < 1, x / 3 * ({_SERIES}), "
    "(sin(x) / where(eq(x, 0), 1, x) - cos(x)) / where(eq(x, 0), 1, x))",
}


def words_of(forms: Mapping[str, Form]) -> set[str]:
    """The names that forms are written with, which no variable can have.

    >>> sorted(words_of({"cos": call("np.cos"), "abs": Form("Abs({0}) + 0.0d0")}))
    ['Abs', 'cos', 'np']
    """
    return {
        word for form in forms.values() for word in re.findall(r"(?<![\w.])[A-Za-z]\w+|(?<=[A-Za-z]\.)\w+", form.text)
    }


def not_finite(data: float, infinity: str, nan: str) -> str:
    """What is no finite number, by a language's words for infinity and for what is no number.

    >>> [not_finite(inf, "Inf", "NaN"), not_finite(-inf, "Inf", "NaN"), not_finite(nan, "Inf", "NaN")]
    ['Inf', '-Inf', 'NaN']
    """
    if data != data:
        return nan
    return infinity if data > 0 else f"-{infinity}"


def within(text: str, own: int, level: int) -> str:
    """A text where something binds as tight as `level`: in parentheses if its `own` operation binds less."""
    return text if own >= level else f"({text})"
