"""What the parts of a text look like: names, numbers, heads of definitions. Data, but for one question.

Every repeat that could give back what it took is possessive (`*+`), so that no text takes more than linear time.
"""

import re
from collections.abc import Callable
from functools import cache

from autodiff_cli.language.signs import FRACTIONS, RAISED

# Compiled when first used: compiling them all takes longer than a run
compiled = cache(re.compile)


def has_commands(text: str) -> bool:
    r"""Whether a text has commands of LaTeX: then each letter of it is a symbol of its own.

    >>> has_commands(r"\frac{ab}{2}"), has_commands("a \\ b")
    (True, False)
    """
    return compiled(r"\\[a-zA-Z]").search(text) is not None


_RAISED = "".join(RAISED)
_NEVER = f"{_RAISED}{FRACTIONS}π∞°ªº"  # letters or digits to Unicode, but no part of a name here
_MARKS = r"\u0300-\u036f"
_FIRST = rf"[^\W\d{_NEVER}₀-₉ₐ-ₜᵢ-ᵪⱼ]"
_NEXT = rf"(?:[^\W{_NEVER}]|[{_MARKS}])"

NAME = rf"{_FIRST}{_NEXT}*+"
NUMBER = r"(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+"
SPACE = r"[^\S\n]*+"
BRACKET = rf"{SPACE}[(\[{{]"
COLUMN = r"`([^`\n]++)`"  # of a table, whose name is none of the language
BRACE = r"\s*+\{"

# A piece of the text, behind blanks and a comment, whatever stands there: the group that matches says of what kind
_PIECE = re.compile(
    rf"""{SPACE}(?:\#[^\n]*+)?+(?:
      (?P<NUMBER>{NUMBER})
    | (?P<NAME>{NAME})(?P<CALL>(?={BRACKET}))?
    | (?P<WRONG>=[<>]|[=!]==|->|//|\.\.+(?![0-9])|%/?+%)
    | (?P<SIGN>\*\*|\.(?:\*\*|[-+*/^])|<>|[<>=!~]=|&&|[-+*/^(),<>=!|;{{}}\[\]\n≤≥≠⩽⩾≦≧∧∨¬])
    | (?P<RAISED>[{_RAISED}]+)
    | (?P<LATEX>\\(?:[a-zA-Z]++|[\s\S]|\Z))
    | (?P<COLUMN>{COLUMN})
    | (?P<END>\Z)
    | (?P<OTHER>[\s\S]))""",
    re.VERBOSE,
)
_BETWEEN = re.compile(r"(?:[\s;]++|#[^\n]*+)*+")  # two statements

# Both match everywhere
piece_at: Callable[[str, int], re.Match[str]] = _PIECE.match  # type: ignore[assignment]
between_at: Callable[[str, int], re.Match[str]] = _BETWEEN.match  # type: ignore[assignment]

# The left side of `name = ...` or `f(x, y) = ...`: of a statement, and of each statement (or a comment, which has none)
HEAD = rf"({NAME})(?:\s*+\(\s*+({NAME}(?:\s*+,\s*+{NAME})*+)\s*+\))?+\s*+:?=(?![=<>])"
HEADS = rf"#[^\n]*+|(?:\A|[;\n]){SPACE}{HEAD}"
INDEX = rf"\s*+([(\[{{])\s*+({NAME})\s*+,"  # of a sum
ARGUMENT = rf"{SPACE}(?!(?:and|or|not)\b)(?:[\w√∛|\\.{FRACTIONS}])"  # without parentheses

# A power on a function's name, with an argument behind it: sin^2 x, sin²x, sin^{-1}(x). A name may give its last
# letters to the argument, sin^nx; a number stays whole.
POWER = (
    rf"{SPACE}(?:(?:\^|\*\*){SPACE}"
    rf"(?:(?P<plain>-?+{NUMBER}|{_FIRST}{_NEXT}*(?![0-9_₀-₉]))"
    rf"|[({{\[]\s*+(?P<inside>-?+\s*+(?:{NUMBER}|{NAME}))\s*+[)}}\]])"
    rf"|(?P<raised>[{_RAISED}]+))(?:(?P<open>(?={BRACKET}))|(?={ARGUMENT}))"
)
# The order in d^2/dx^2, d²/dx²
ORDER = r"(?:\s*+(?:\^|\*\*)\s*+(?P<order>[0-9]++|\{\s*+[0-9]++\s*+\})|(?P<raised>[⁰¹²³⁴-⁹]++))?+"
OPERAND = rf"{SPACE}-?+{SPACE}(?:[\w√∛|\\.∂∑Σ({{\[⌊⌈{FRACTIONS}])"  # anything that an operand begins with
OPEN_POWER = rf"{SPACE}(?:\^|\*\*){SPACE}([({{\[])"  # on a function's name: sin^(n-1)(x)
NEGATIVE = rf"{SPACE}-{SPACE}(?:[\w√∛|\\.({{\[{FRACTIONS}])"  # the argument of sin -x
LOGARITHM = r"(log|ln)(?:_([0-9]+|[^\W\d]\w*)|([₀-₉]+))\Z"  # with its base: log_2, log₂

# LaTeX that is rewritten
_UPRIGHT = r"\\(?:operatorname\*?+|mathrm|text|textrm|textit|textbf|mbox|mathit|mathsf|mathtt|rm)"
_FONT = r"\\(?:mathbf|boldsymbol|bm|mathcal|mathbb|mathfrak|vec|mathord)"
_ACCENT = r"\\(?P<accent>bar|hat|tilde|dot|ddot|overline|widehat|widetilde)"
COMMAND = (
    r"\\[dtc]?frac\s*+(?P<above>[0-9a-zA-Z])\s*+(?P<below>[0-9a-zA-Z])|\\sqrt\s*+\[\s*+(?P<root>[23])\s*+\]"
    rf"|_\s*+\{{\s*+(?:{_UPRIGHT}\s*+\{{\s*+(?P<said>\w++)\s*+\}}"
    r"|\\(?P<greek>[a-zA-Z]++)|(?P<low>\w++(?:[\s,]++\w++)*+))\s*+\}"
    rf"|_\s*+{_UPRIGHT}\s*+\{{\s*+(?P<label>\w++)\s*+\}}"
    rf"|(?:{_UPRIGHT}|{_FONT})\s*+\{{\s*+(?P<upright>\w++)[\s.,:]*+\}}(?:_(?:\{{(?P<sub>\w++)\}}|(?P<sub1>\w)))?+"
    rf"|{_FONT}\s*+\{{\s*+\\(?P<bold>[a-zA-Z]++)\s*+\}}"
    rf"|{_ACCENT}\s*+(?:\{{\s*+\\?+(?P<accented>\w++)\s*+\}}|(?P<lone>(?<![a-zA-Z])[a-zA-Z]|\\[a-zA-Z]++))"
    rf"|(?:{_UPRIGHT}|{_FONT})(?:\s++(?P<bare>[a-zA-Z])|\s*+(?P<before>(?=\\[a-zA-Z])))"
    r"|\\(?:begin|end)\s*+\{(?P<environment>equation|align|aligned|gather|gathered|displaymath|math|split|multline)\*?+\}"
    r"|\\(?:hspace|vspace|hphantom|phantom|label|tag)\*?+\{(?P<nothing>[^{}]*+)\}"
    r"|\^\s*+\{?+\s*+(?P<primes>(?:\\prime\s*+)++)\}?+|\^\s*+(?:\{\s*+)?+(?P<degree>\\circ|\\degree)(?![a-zA-Z])(?:\s*+\})?+"
    r"|\\(?P<log>log|ln)_(?P<base>\w)|\\(?P<name>[a-zA-Z]++|.)"
)
# A name whose subscript stands behind a brace or a power: {x}_{1}, x^{2}_{1}
_UNDER = r"[ \t]*+_[ \t]*+"  # in the line of its letter: a name such as _1 may begin the next
SUBSCRIPTED = (
    rf"(?<![a-zA-Z])\{{\s*+(?P<group>\\[a-zA-Z]++|[a-zA-Z])\s*+\}}{_UNDER}"
    r"(?:\{\s*+(?P<under>\w++)\s*+\}|(?P<under1>\w))"
    rf"|(?<![\\a-zA-Z])(?P<letter>[a-zA-Z])\s*+\^\s*+(?P<power>\{{[^{{}}]*+\}}|\w){_UNDER}"
    r"(?:\{\s*+(?P<below>\w++)\s*+\}|(?P<below1>\w))"
)
COLUMN_VECTOR = (
    r"(?P<head>\\begin\s*+\{[pb]matrix\})(?P<inside>(?:[^\\]|\\(?!begin|end))++)(?P<end>\\end\s*+\{[pb]matrix\})"
)
CASES = r"\s*+\{\s*+[dr]?+cases\*?+\s*+\}"
ALIGNED = r"&(?=\s*+=)"  # the sign at which rows of an align are set one below the other
ROW_SPACE = r"\s*+\[[^\[\]]*+\]"
INDEX_OF_BIG = rf"\s*+_?+\s*+\{{\s*+({NAME})\s*+="
