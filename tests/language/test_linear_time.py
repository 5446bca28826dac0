"""Reading takes time in proportion to the length of a text, whatever it holds, and little memory."""

import resource
import subprocess
import sys

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse

from .steps import instructions, regex_steps

pytestmark = pytest.mark.slow


def _repeated(part: str, length: int) -> str:
    return part * (length // len(part))


# What a text of some length is: a start, what is repeated, an end
KINDS = {
    "blanks": ("x", " ", "+ 1"),
    "blanks behind a function": ("sin", " ", "x"),
    "blanks between names": ("", "x   ", ""),
    "blanks in a power": ("sin^(", " ", "1)x"),
    "blanks behind a power": ("sin^(1", " ", "x"),
    "blanks behind a parameter": ("a = 1; f(a", " ", ""),
    "blanks in a sum": ("sum(", " ", "k, 1, 2, k)"),
    "blank lines": ("a = 2;", "\n", "a*x"),
    "blank lines with blanks": ("a = 2;", "\n ", "a*x"),
    "blank lines at the end": ("a = 2; a*x", "\n", ""),
    "line ends of two characters": ("a = 2;", "\r\n", "a*x"),
    "open brackets": ("", "(", ""),
    "calls": ("", "sin(", ""),
    "closing brackets": ("x", ")", ""),
    "one name": ("", "x", ""),
    "one name that is defined": ("y = 2;", "x", " = 3; y"),
    "one name that is called": ("", "x", "(2)"),
    "accents": ("é", "\u0316\u0301", ""),
    "subscripts": ("x", "₁", ""),
    "one number": ("", "1", ""),
    "a small number": ("0.", "0", "1"),
    "a number as a power": ("sin^", "1", " + 1"),
    "a number in a power": ("sin^(", "1", ""),
    "a name as a power": ("sin^", "a", ""),
    "a name with accents as a power": ("sin^a", "\u0301", ""),
    "a base": ("log_", "1", " x"),
    "points": ("", ".", "5"),
    "bars": ("", "|", ""),
    "bars and operands": ("", "|x", ""),
    "superscripts": ("x", "²", ""),
    "backslashes": ("", "\\", ""),
    "backslashes and blanks": ("", "\\ ", "x"),
    "commands": ("", "\\cdot x", ""),
    "an unknown command": ("\\", "a", ""),
    "an open root": ("\\sqrt[", " ", "x"),
    "open roots": ("", "\\sqrt[", ""),
    "open roots behind a bracket": ("[1] + ", "\\sqrt[ ", ""),
    "roots without brackets": ("\\sqrt", " ", "2"),
    "a fraction": ("\\frac1", " ", "x"),
    "fractions": ("", "\\frac{1", ""),
    "an open subscript": ("x_{", "a", ""),
    "open subscripts": ("", "x_{", ""),
    "an open text": ("\\text{", " ", ""),
    "a comment": ("x #", " ", ""),
    "comments": ("a = 1;", "#a\n", "a*x"),
    "comments inside a statement": ("x + ", "#a\n", "x"),
    "semicolons": ("a = 1", ";", "a*x"),
    "statements": ("a = 1;", "x\n", ""),
    "parameters": ("a = 1; f(", "a,", ""),
    "open parameters": ("a = 1;", "f(a,\n", ""),
    "equals signs": ("a = 1; ", "a=", ""),
    "signs": ("", "-", "x"),
    "a sum": ("", "x + ", "x"),
    "arguments": ("max(", "x,", "x)"),
    "powers of d": ("", "d^2", ""),
    "primes": ("(x)", "'", ""),
    "primes of a function": ("f(t) = t; f", "'", "(2)"),
    "choices": ("", "x > 1 ? x : ", "x"),
    "open choices": ("x", " ? x", ""),
    "Python's choices": ("", "x if x > 1 else ", "x"),
    "rows of Piecewise": ("Piecewise(", "(x, x > 1),", "(x, True))"),
    "open rows": ("", "Piecewise[{{", ""),
    "comments of C": ("", "/* a */", "x"),
    "open comments of C": ("", "/*", "*/"),
    "comments of Mathematica": ("", "(* a *)", "x"),
    "bars of C": ("x", " || x", ""),
    "bars of C beside others": ("|x|", " || x", ""),
    "opposites": ("", "!(", ""),
    "Fortran's signs": ("x", ".gt.x", ""),
    "elements": ("", "x[", ""),
    "Euler's numbers": ("Sin[x]", " E", ""),
    "words that begin statements": ("", "return ", "x"),
    "assignments": ("", "y<-1 +", "x"),
    "fractions of whole numbers": ("1.0f", "+2/1", ""),
    "fractions of whole numbers beside no code": ("x.e", "(1/2)", ""),
    "numbers of C": ("", "1.5f+", "x"),
    "numbers of Fortran": ("", "1.5d0+", "x"),
    "kinds of Fortran": ("", "1.5_dp+", "x"),
    "prefixes": ("", "np.sin(x)+", "x"),
    "symbols": ("", "Symbol('x')+", "x"),
    "open symbols": ("", "Symbol('x'", ""),
    "Excel's powers": ("=A1", "^2", ""),
    "decimal commas": ("=MAX(", "1,5;", "1)"),
    "dollars": ("", "$", ""),
    "conditions of LaTeX": (r"\begin{cases}", r"x & x > 1 \\ ", r"x \end{cases}"),
}


@pytest.fixture(autouse=True)
def _deep() -> None:
    """The matcher that counts recurses where `re` does not."""
    sys.setrecursionlimit(50_000)


@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_text_takes_twice_the_steps(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    start, part, end = KINDS[kind]
    once, twice = (start + _repeated(part, length) + end for length in (400, 800))
    assert regex_steps(twice, monkeypatch) <= 2.1 * regex_steps(once, monkeypatch) + 200


@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_text_takes_twice_the_instructions(kind: str) -> None:
    start, part, end = KINDS[kind]
    once, twice = (start + _repeated(part, length) + end for length in (400, 800))
    assert instructions(twice) <= 2.1 * instructions(once) + 2000


@pytest.mark.parametrize(
    ("one", "end"),
    [
        ("a{0} = {0}x; ", "x"),
        ("a{0} = {0}; ", "a1*x"),
        ("f{0}(t) = t + {0}; ", "f1(x)"),
        ("b{0}*", "x"),
        ("ab{0} + ", "x"),
    ],
    ids=["steps", "defaults", "functions", "names", "words"],
)
def test_twice_as_many_names_take_twice_the_instructions(one: str, end: str) -> None:
    once, twice = ("".join(one.format(k) for k in range(100, 100 + count)) + end for count in (100, 200))
    assert instructions(twice) <= 2.1 * instructions(once) + 2000


_MEGABYTE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9))
from time import process_time
from autodiff_cli import parse
from autodiff_cli.errors import AutodiffError
for start, part, end in {kinds}:
    text = start + part * (10**6 // len(part)) + end
    began = process_time()
    try:
        parse(text, ["x"])
    except AutodiffError:
        pass
    assert process_time() - began < 10, part
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is kept by Linux")
def test_a_megabyte_takes_less_than_ten_seconds_and_a_gigabyte() -> None:
    names = (
        *("blanks", "blank lines", "open brackets", "one name", "accents", "one number", "bars", "superscripts"),
        *("backslashes", "backslashes and blanks", "an open root", "open roots", "comments", "semicolons"),
        *("powers of d", "bars and operands", "primes of a function", "open rows", "open comments of C", "dollars"),
    )
    script = _MEGABYTE.format(kinds=[KINDS[name] for name in names])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr == ""
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 10**6


def test_a_text_of_more_than_ten_megabytes_is_refused() -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(" " * 10_000_001)
    assert caught.value.message == "the text has 10,000,001 characters; at most 10,000,000 are read"
    assert len(parse("x" + " " * 9_999_999).variables) == 1
