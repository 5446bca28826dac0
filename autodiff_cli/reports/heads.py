"""The head of a claim, as people write it: which variable it is by, and of which order.

`f'(x) = 2x`, `y' = 2x`, `dy/dx = 2x`, `d/dx x^2 = 2x`, `\\frac{df}{dx} = 2x`, `f''(x) = 2`, and `x = 2x` of a program.
"""

import re
from typing import NamedTuple

from autodiff_cli.language.signs import PRIMES, RAISED

_NAME = r"[^\W\d]\w*"
_PLAIN = re.compile(rf"\s*({_NAME})\s*=(?!=)")
_PRIMES = re.compile(rf"\s*{_NAME}\s*([{''.join(PRIMES)}]+)\s*(?:\(\s*({_NAME})\s*\))?\s*=(?!=)")
_RATIO = re.compile(rf"\s*[d∂](?:\^?(\d))?\s*(?:{_NAME})?\s*(?:\([^=]*\))?\s*/\s*[d∂]\s*({_NAME})(?:\^\d)?[^=]*=(?!=)")
_SPELLINGS = (  # LaTeX's, each as it is typed
    (r"\\(?:mathrm|rm|operatorname)\s*\{\s*d\s*\}", "d"),
    (r"\\partial\s*", "∂"),
    (r"\\left|\\right|\\[,;!]", ""),
    (r"\^\{(\d|\(\s*\d\s*\))\}", r"^\1"),
    (r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1/\2"),
    *((raised, f"^{digit}") for raised, digit in RAISED.items() if digit.isdecimal()),
    (r"_\{\s*(\w+)\s*\}", r"_\1"),
    (r"\\ddot\s*\{?\s*(\w)\s*\}?", r"\1''"),
    (r"\\dot\s*\{?\s*(\w)\s*\}?", r"\1'"),
    (r"\\prime|\^\{?\\prime\}?", "'"),
)


_ARGUMENT = r"(?:\s*\(\s*(?P<argument>[^()=]*(?:\([^()]*\)[^()=]*)*)\))?"
_NAMED = re.compile(
    rf"(?P<name>{_NAME})(?P<primes>[{''.join(PRIMES)}]*)(?:\s*\^\s*\(\s*(?P<order>[1-9])\s*\)(?=\s*\())?{_ARGUMENT}"
)
_RATIO_OF = re.compile(
    rf"[d∂](?:\^?(?P<order>\d))?\s*(?P<above>{_NAME})?{_ARGUMENT}\s*/\s*[d∂]\s*(?P<by>{_NAME}?)(?:\^\d)?"
    rf"(?:\s*[\[(]?\s*(?P<name>{_NAME})(?:\s*\((?P<inner>[^()=]*)\))?\s*[\])]?)?"
)


_IN_FRONT = re.compile(
    r"\s*(?:\\[dt]?frac\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*\{(?:[^{}]|\{[^{}]*\})*\}"
    rf"|[d∂]\s*(?:\^\s*\{{?\d\}}?|[²³])?\s*/\s*\(?\s*[d∂]\s*{_NAME}(?:\^\{{?\d\}}?|[²³])?\)?)"
)


class Mention(NamedTuple):
    """A function, or a derivative of one, that is all there is on one side of an equation."""

    name: str  # empty of d/dx
    order: int
    by: str = ""  # the variable, where it is said
    argument: str | None = None  # x of f(x), 2 of f'(2)


class ClaimHead(NamedTuple):
    """What stands before the derivative."""

    variable: str  # empty where it does not say
    order: int
    body: str
    is_plain: bool = False  # x = ..., which may be a program's as well


def head_of(text: str) -> ClaimHead | None:
    """The head of a claim; None of one that has none.

    >>> head_of("f'(x) = 2x")
    ClaimHead(variable='x', order=1, body='2x', is_plain=False)
    >>> head_of("d^2y/dt^2 = 6t").variable, head_of("y'' = 2").order, head_of("2x")
    ('t', 2, None)
    """
    if plain := _PLAIN.match(text):
        return ClaimHead(plain[1], 1, text[plain.end() :].strip(), is_plain=True)
    before, equals, body = text.partition("=")
    head = " ".join((before + equals + body[:1]).split())  # the next sign tells = from ==
    head = _spelled(head)
    if primes := _PRIMES.match(head):
        return ClaimHead(primes[2] or "", sum(PRIMES[mark] for mark in primes[1]), body.strip())
    if ratio := _RATIO.match(head):
        return ClaimHead(ratio[2], int(ratio[1] or 1), body.strip())
    return None


def mention_of(text: str) -> Mention | None:
    r"""What a side of an equation mentions, if it is nothing else; None of a formula.

    >>> mention_of("f''(x)"), mention_of(r"\frac{dy}{dx}")
    (Mention(name='f', order=2, by='', argument='x'), Mention(name='y', order=1, by='x', argument=None))
    >>> mention_of("d/dx").by, mention_of("d/dx f(x)").name, mention_of("f'(2)").argument, mention_of("2x")
    ('x', 'f', '2', None)
    """
    spelled = _spelled(" ".join(text.split())).strip()
    if ratio := _RATIO_OF.fullmatch(spelled):
        if ratio["above"] and ratio["name"]:
            return None
        argument = ratio["argument"] if ratio["above"] else ratio["inner"]
        return Mention(ratio["above"] or ratio["name"] or "", int(ratio["order"] or 1), ratio["by"], argument)
    if named := _NAMED.fullmatch(spelled):
        order = int(named["order"] or 0) + sum(PRIMES[mark] for mark in named["primes"])
        return Mention(named["name"], order, "", named["argument"])
    return None


def derivative_in_front(text: str) -> int | None:
    """Where what is differentiated begins, behind d/dx; None where there is no such sign in front.

    >>> derivative_in_front("d/dx(x^2)"), derivative_in_front("x^2")
    (4, None)
    """
    if found := _IN_FRONT.match(text):
        return found.end()
    return None


def _spelled(head: str) -> str:
    """A head without LaTeX."""
    for pattern, plain in _SPELLINGS:
        head = re.sub(pattern, plain, head)
    return head
