"""A coverage-guided fuzzer of the parser, on atheris: python tests/fuzz.py [-runs=N] [corpus folder].

Without -runs it goes on until it is stopped. What fails is written to a file, which `python tests/fuzz.py FILE` runs
again. The property, `read`, is also what test_fuzz.py holds random programs to.
"""

import sys
from collections.abc import Collection
from contextlib import nullcontext
from importlib import import_module
from time import perf_counter
from typing import Any

atheris: Any = import_module("atheris") if __name__ == "__main__" else None

with atheris.instrument_imports(include=["autodiff_cli"]) if atheris else nullcontext():
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.engine.printer import statements  # noqa: F401 - Expression imports it late
    from autodiff_cli.engine.value import Value
    from autodiff_cli.errors import AutodiffError
    from autodiff_cli.language.parser import parse
    from autodiff_cli.language.signs import GREEK, LATEX
    from autodiff_cli.render.error import to_text

_SLOW = 1.0  # seconds; an input may take that long, or 1/50,000 of it a step where it comes to more steps

_WORDS = """
    0 1 2 3 .5 2.5 1e3 1e-3 007 1e308 x y z e E a b f g k n t i _ _1 x1 x₁ ax xy xsin sinx α λ pi tau inf deg 变 x\u0302
    + - * / ^ ** − · × ÷ ( ) [ ] { } | || , ; = == := != <= >= < > ≤ ≥ ≠ <> === -> and or not && ∧ ∨ ¬ !
    ² ³ ⁻¹ ⁿ ⁺ √ ∛ π ∞ ° ½ % # ' “ ∑ ± . （ ２ 😀 sin cos tan ln log log_2 log₁₀ exp sqrt abs max min hypot atan2
    where piecewise gamma clamp pow sin( cos( log( exp( max( where( piecewise( sin^2 cos² sin^-1
    f(x) f(x)= g(x,y)= g(1,y) a= b=2 sum( sum(k,1,3, prod(k,0,2, product(
    \\ \\frac{ \\frac \\frac12 }{ \\left( \\right) \\sqrt[3]{ \\sqrt{ \\mathrm{ \\operatorname{ _{ \\{ \\}
"""
_SPACES = [" ", " ", "  ", "\n", "\t", "\r\n", "# a\n", "\0", "\x1b", "\u200b", "\u2028", "\udcff"]
TOKENS = _WORDS.split() + _SPACES + [f"\\{name}" for name in sorted({*LATEX, *GREEK}) if name.isalpha()]
_NAMES = """
    ,x,x y,a x,e x,E,x y z k n,x1 α,i t pi,sin x,_1 x,a b f k,deg inf tau,and sum,变 x\u0302,f g
"""
_GIVEN = [tuple(names.split()) for names in _NAMES.split(",")]


def graph(expression: Expression) -> tuple[object, ...]:
    """What an expression computes: its steps in the order of a walk, with sharing, and what it gives to variables.

    Variables are named, constants have their value, and a step's arguments are the numbers of steps.
    """
    found: dict[Value, object] = {}
    steps: list[tuple[object, ...]] = []
    stack = [expression.root]
    while stack:
        node = stack[-1]
        if node in found:
            stack.pop()
        elif not node.args:
            found[node] = node.label if node.requires_grad else repr(node.data)
        elif waiting := [arg for arg in node.args if arg not in found]:
            stack += reversed(waiting)
        else:
            found[node] = len(steps)
            steps.append((node.rule.function.name, *[found[arg] for arg in node.args]))
    return steps, found[expression.root], expression.defaults, expression.name


def read(text: str, given: Collection[str] = ()) -> Expression | None:
    """Read a text; None where it is refused. Raises anything but AutodiffError where the parser does what it must not.

    It must refuse in words, with a place in the text, or read an expression that prints as one with the same graph.
    """
    refused = None
    try:
        expression = parse(text, given)
    except AutodiffError as error:
        refused = error
    if refused:
        assert to_text(refused, 80).startswith("error: "), "it is not drawn"
        assert type(refused) is AutodiffError, f"a text cannot be a {type(refused).__name__}"
        start, end = refused.span or (0, 1)
        assert 0 <= start < end <= max(1, len(refused.source)), f"the place {refused.span} is not in the text"
        return None
    printed = str(expression)
    try:
        again = parse(printed, {*given, *expression.variables})
    except AutodiffError as error:
        raise AssertionError(f"what it prints is not read:\n{to_text(error, 80)}") from None
    assert graph(again) == graph(expression), f"{printed!r} is read as something else, {str(again)!r}"
    assert str(again) == printed, f"{printed!r} is printed as {str(again)!r}"
    return expression


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Bytes as a text and the names that have a value: the first byte says which names, and how the text is written."""
    first, rest = (data[0], data[1:]) if data else (0, b"")
    if first & 1:
        text = "".join([TOKENS[byte % len(TOKENS)] for byte in rest])
    else:
        text = rest.decode(errors="surrogateescape" if first & 2 else "replace")
    return text, _GIVEN[(first >> 2) % len(_GIVEN)]


_slowest = 0.0


def _one(data: bytes) -> None:
    global _slowest
    text, given = decode(data)
    begun = perf_counter()
    try:
        expression = read(text, given)
    except BaseException:
        print(f"\nfailed: {text!r} given {given}", file=sys.stderr)
        raise
    seconds = perf_counter() - begun
    if seconds > _slowest:
        _slowest = seconds
        print(f"slowest so far: {seconds:.3f} s, {text[:200]!r} given {given}", file=sys.stderr)
    steps = len(expression.nodes) if expression else 0
    assert seconds < _SLOW * max(1, steps / 50_000), f"{seconds:.1f} s for {text!r} given {given}"


if __name__ == "__main__":
    atheris.Setup(sys.argv, _one)
    atheris.Fuzz()
