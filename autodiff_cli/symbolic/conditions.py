"""Where a formula of a derivative holds: what the expression needs and the formula alone does not show.

`missing` finds it as data, `worded` says it in the language. What a reader's form of a derivative leaves out, likewise.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress, filterfalse
from operator import itemgetter
from typing import Any, NamedTuple

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import FLOATS, Value
from autodiff_cli.rules.table import BOOLEAN, Function, entry, needs
from autodiff_cli.symbolic.coefficients import Number
from autodiff_cli.symbolic.identities import is_positive_constant
from autodiff_cli.symbolic.normal_form import read, steps_below, write
from autodiff_cli.symbolic.terms import Algebra, Term

_NAMES = re.compile(r"\b[a-z]+\b(?!\()")  # arguments of a domain, no functions
_BOUND = re.compile(r"(\w+) (>|>=|!=) 0")  # a domain that compares an argument with 0
_LONGEST = 60  # characters of a term that is worded
_POWER = entry("pow", 2).domain
_WAYS = 4  # to a step, through conditions, that are told apart; and conditions of a way
_DEPTH = 8  # terms one within the other that are asked for their signs


class Fact(NamedTuple):
    """What holds of a term: how it compares with 0, or that it is a call inside its function's domain."""

    term: Term
    relation: str = ""  # ">", ">=" or "!="; empty where it is a domain
    domain: str = ""  # with the function's own names for its arguments


Way = frozenset[tuple[Any, bool]]  # conditions of choices, each with whether it holds: what leads to a node


class Condition(NamedTuple):
    """A fact that must hold where a way is taken."""

    fact: Fact
    way: Way


class Omission(NamedTuple):
    """A call's partial by an argument that is written in a form for readers, which leaves a point out."""

    call: Term
    argument: int
    words: str  # of the table, on that point


class SinglePoint(NamedTuple):
    """A condition that is as it `holds` at single points alone, where a derivative is that of what is beside them."""

    condition: Term
    holds: bool


_Facts = dict[Way, dict[Fact, None]]

# --- what must hold --------------------------------------------------------------------------------------------------


def missing(sources: Iterable[Value], formulas: Iterable[Value], stops: Collection[Value]) -> list[Condition]:
    """Where all the sources are defined, as far as one of the formulas does not show it itself.

    Of log(x) with the formula 1/x that is x > 0, of x*log(x) with log(x) + 1 nothing.
    """
    algebra = Algebra()
    wanted: _Facts = {}
    for source in sources:
        _join(wanted, _facts(algebra, source, stops, wide=True))
    if not wanted:
        return []
    found: dict[Condition, None] = {}
    for formula in formulas:
        known = _facts(algebra, formula, stops, wide=False)
        found.update(dict.fromkeys(_not_shown(wanted, known)))
    everywhere = {fact for fact, way in found if not way}
    needless = {condition for condition in found if condition.way and condition.fact in everywhere}
    return [*filterfalse(needless.__contains__, found)]


def _join(facts: _Facts, others: _Facts) -> None:
    """Put facts to those that there are on the same ways."""
    for way, there in others.items():
        facts.setdefault(way, {}).update(there)


def _not_shown(wanted: _Facts, known: _Facts) -> Iterator[Condition]:
    """The facts that are wanted on a way, and are not among those known on it, or on a part of it."""
    for way, facts in wanted.items():
        parts = filter(way.issuperset, known)
        there = map(known.__getitem__, parts)
        shown = set(map(_subject, chain.from_iterable(there)))
        for fact in facts:
            subject = _subject(fact)
            if shown.isdisjoint((subject, Fact(subject.term, ">"))):
                yield Condition(fact, way)


def _subject(fact: Fact) -> Fact:
    """What a fact says: that a power is in its domain is one on the base, since one power shows it for another."""
    if fact.domain != _POWER:
        return fact
    return Fact(fact.term.parts[0], domain=_POWER)


def _facts(algebra: Algebra, root: Value, stops: Collection[Value], *, wide: bool) -> _Facts:
    """What the functions of a graph need of their arguments, but for what always holds, by the ways to them."""
    ways = _ways(root, stops, wide)
    nodes = [node for node in ways if node.rule.function.domain]
    terms = _terms_of(algebra, nodes, ways, stops)
    known: _Facts = {}
    for node in nodes:
        args = list(map(terms.__getitem__, node.args))
        needed = _needed(algebra, node.rule.function, args)
        for way in ways[node]:
            way_in_terms = frozenset([(terms[condition], holds) for condition, holds in way])
            _put(known.setdefault(way_in_terms, {}), needed)
    for way, facts in known.items():
        _remove(facts, _given(way))
    return known


def _terms_of(
    algebra: Algebra, nodes: Iterable[Value], ways: dict[Value, list[Way]], stops: Collection[Value]
) -> dict[Value, Term]:
    """The terms of what nodes are computed from, and of the conditions that lead to them."""
    taken = chain.from_iterable(chain.from_iterable([ways[node] for node in nodes]))
    args = chain.from_iterable([node.args for node in nodes])
    values = list(dict.fromkeys([*map(itemgetter(0), taken), *args]))
    return dict(zip(values, read(algebra, steps_below(values, stops), values, stops), strict=True))


def _needed(algebra: Algebra, function: Function, args: Sequence[Term]) -> list[Fact]:
    """What must hold of a function's arguments: x > 0 and y > 0 for log(x, y), and y != 1."""
    call = algebra.call(function, tuple(args))
    found: list[Fact] = []
    for need in _parts(function, args):
        bound = _BOUND.fullmatch(need)
        if bound:
            found += _compared(args[function.args.index(bound[1])], bound[2])
        elif not _always_holds(need, call):
            found.append(Fact(call, domain=need))
    return found


def _parts(function: Function, args: Iterable[Term]) -> list[str]:
    """The parts of a function's domain that must all hold, without what its arguments that are numbers decide.

    "x > 0 and b > 0 and b != 1" of log(x, b) are three, "x > 0 or x != floor(x)" of gamma(x) is one; none is left of
    "(x > 0 or n == floor(n)) and abs(n) <= 1000" for besselj(2, x).
    """
    heads = [arg.head if arg.kind == "number" else None for arg in args]
    given = {name: float(head) for name, head in zip(function.args, heads, strict=False) if head is not None}
    domain = needs(function, heads)
    left = _undecided(domain, given)
    if left is True:
        return []
    left = left or domain  # which never holds
    return [left] if len(_split(left, " or ")) > 1 else _split(left, " and ")


def _undecided(condition: str, given: Mapping[str, float]) -> str | bool:
    """What is left of a condition where some names are numbers: itself, less, or whether it holds."""
    for word, decides in ((" or ", True), (" and ", False)):
        parts = _split(condition, word)
        if len(parts) > 1:
            return _joined(word, [_undecided(part, given) for part in parts], decides)
    if condition.startswith("("):
        return _undecided(condition[1:-1], given)
    if not condition:
        return True
    if not set(_NAMES.findall(condition)) <= given.keys():
        return condition
    return bool(FLOATS.formula(condition, ", ".join(given))(*given.values()))


def _joined(word: str, parts: Sequence[str | bool], decides: bool) -> str | bool:
    """Parts joined by a word, of which one that is as `decides` says all, and one that is not says nothing."""
    left = [part for part in parts if isinstance(part, str)]
    if decides in [part for part in parts if isinstance(part, bool)]:
        return decides
    if len(left) < 2:
        return left[0] if left else not decides
    return word.join([f"({part})" if " or " in part and word == " and " else part for part in left])


def _split(condition: str, word: str) -> list[str]:
    """A condition taken apart at a word that is in no parentheses.

    >>> _split("(x > 0 or x < -1) and n != 0", " and ")
    ['(x > 0 or x < -1)', 'n != 0']
    """
    parts = [""]
    for piece in condition.split(word):
        is_open = parts[-1].count("(") > parts[-1].count(")")
        parts = [*parts[:-1], parts[-1] + word + piece] if is_open else [*parts, piece]
    return parts[1:]


def _always_holds(need: str, call: Term) -> bool:
    """Whether a condition has nothing that varies in it, or is on a power of something positive."""
    if call.kind != "call":
        return True
    if call.name == "pow" and sign_of(call.parts[0]) == "+":
        return True
    names = re.findall("[a-z]+", need)
    varies = [arg.kind != "number" for arg in call.parts]
    return set(names).isdisjoint(compress(call.head.args, varies))


_ALWAYS = {("+", ">"), ("+", ">="), ("+", "!="), ("+0", ">="), ("-", "!=")}  # a sign, and what it says


def _compared(term: Term, relation: str) -> list[Fact]:
    """How a term compares with 0, in simpler terms, unless it always does.

    Of abs(x) > 0 it is x != 0, of x*y != 0 they are x != 0 and y != 0, of exp(x) > 0 there is nothing.
    """
    sign = sign_of(term)
    if (sign, relation) in _ALWAYS:
        return []
    if (sign, relation) == ("+0", ">"):
        relation = "!="
    simpler = _simpler(term) if relation == "!=" else []
    if not simpler:
        return [Fact(term, relation)]
    return list(chain.from_iterable([_compared(part, "!=") for part in simpler]))


def _simpler(term: Term) -> list[Term]:
    """What is not 0 where a term is not: x of abs(x), x and y of x*y."""
    if term.kind == "product":
        return term.children()
    return list(term.parts) if term.name == "abs" else []


_WITH_IT_POSITIVE = {">=": "!=", "!=": ">="}


def _put(found: dict[Fact, None], facts: Iterable[Fact]) -> None:
    """Put in facts; >= 0 and != 0 together are > 0."""
    for fact in facts:
        other = Fact(fact.term, _WITH_IT_POSITIVE.get(fact.relation, ""))
        found[Fact(fact.term, ">") if other in found else fact] = None


# --- ways through choices --------------------------------------------------------------------------------------------

_COMPARED = {  # as it is written where it holds, and where it does not
    "lt": ("<", ">="),
    "le": ("<=", ">"),
    "gt": (">", "<="),
    "ge": (">=", "<"),
    "eq": ("==", "!="),
    "ne": ("!=", "=="),
}
_TURNED = str.maketrans("<>", "><")
_IMPLIED = {">": (">", ">=", "!="), ">=": (">=",), "<": ("!=",), "!=": ("!=",)}  # relations with 0


def _ways(root: Value, stops: Collection[Value], wide: bool) -> dict[Value, list[Way]]:
    """The nodes of a graph and the conditions that lead to them, each way on its own.

    Where there are too many, the nodes are taken to be needed everywhere if `wide`, else nowhere. What is compared
    alone is needed, but does not show where it has no value: nan is less than nothing, and no more. So it counts if
    `wide`.
    """
    found: dict[Value, list[Way]] = {root: [frozenset()]}
    for node in reversed(steps_below([root], stops)):
        ways = found.get(node, [])
        if max([len(ways), *map(len, ways)]) > _WAYS:
            ways = found[node] = [frozenset()] if wide else []
        name = node.rule.function.name
        is_choice, hides = name == "where", not wide and name in BOOLEAN
        for index, arg in enumerate(() if hides else node.args):
            there = _into_branch(ways, node.args[0], index == 1) if is_choice and index else ways
            for way in there:
                _add_way(found.setdefault(arg, []), way)
    return found


def _remove(facts: dict[Fact, None], given: Iterable[Fact]) -> None:
    """Take out facts that conditions say already."""
    for fact in given:
        facts.pop(fact, None)


def _into_branch(ways: Iterable[Way], condition: Value, holds: bool) -> list[Way]:
    return [way | {(condition, holds)} for way in ways]


def _add_way(known: list[Way], way: Way) -> None:
    """Add a way, unless one of fewer conditions is known; those of more are not needed any more."""
    is_wider = way.issuperset
    if not any(map(is_wider, known)):
        known[:] = filterfalse(way.issubset, known)
        known.append(way)


def _given(way: Way) -> set[Fact]:
    """How terms compare with 0 where the conditions of a way are as they are: of x < y, x - y != 0 and y - x > 0."""
    found: set[Fact] = set()
    for condition, holds in way:
        if condition.name in _COMPARED:
            relation = _COMPARED[condition.name][not holds]
            a, b = condition.parts
            found |= _implied(a - b, relation) | _implied(b - a, relation.translate(_TURNED))
    return found


def _implied(term: Term, relation: str) -> set[Fact]:
    return {Fact(term, implied) for implied in _IMPLIED.get(relation, ())}


# --- signs -----------------------------------------------------------------------------------------------------------


def sign_of(term: Term, depth: int = _DEPTH) -> str:
    """What is known of a term's sign wherever it is defined: "+", "-", "+0" (not negative), "-0", or nothing."""
    return _SIGNS[term.kind](term, depth - 1) if depth else ""


def _sign_of_number(term: Term, depth: int) -> str:
    return "-" if term.head < 0 else "+" if term.head else "+0"


def _sign_of_leaf(term: Term, depth: int) -> str:
    return "+" if is_positive_constant(term) else ""


def _sign_of_call(term: Term, depth: int) -> str:
    """What the table says of a function; + of a power of +, the best of what is known of a maximum's arguments."""
    if term.name not in ("max", "pow"):
        return str(term.head.sign)
    signs = [sign_of(part, depth) for part in term.parts]
    is_power = term.name == "pow"
    telling = {"+"}.intersection(signs[:1]) if is_power else {"+", "+0"}.intersection(signs)
    return min(telling, default="")


def _sign_of_sum(term: Term, depth: int) -> str:
    """+ of + and +0, -0 of -0 alone; nothing where signs differ.

    x^2 + 1 is +, x^2 + y^2 is +0, and of x^2 - 1 nothing is known.
    """
    signs = [sign_of(part, depth) for part in term.algebra.addends(term)]
    is_one_sided = len({sign[:1] for sign in signs}) == 1
    return min(signs) if is_one_sided else ""


def _sign_of_product(term: Term, depth: int) -> str:
    """-0 of -2 * x^2, - of -exp(x), nothing where it is not known of one factor."""
    signs = [_sign_of_power(base, exponent, depth) for base, exponent in term.parts]
    if "" in signs:
        return ""
    written = "".join(signs)
    is_negative = written.count("-") % 2 != (term.head < 0)
    return ("-" if is_negative else "+") + "0" * ("0" in written)


def _sign_of_power(base: Term, exponent: Number, depth: int) -> str:
    """The base's own sign of an odd power, + or +0 of an even one, and of one by a fraction.

    Of what is below the line it is not 0.
    """
    sign = sign_of(base, depth)
    is_odd = exponent.denominator == 1 and exponent % 2 == 1
    if not is_odd:
        sign = "+" if sign in ("+", "-") else "+0"
    return sign if exponent > 0 else sign[:1]


_SIGNS = {
    "number": _sign_of_number,
    "leaf": _sign_of_leaf,
    "call": _sign_of_call,
    "sum": _sign_of_sum,
    "product": _sign_of_product,
}

# --- words -----------------------------------------------------------------------------------------------------------


def worded(condition: Condition) -> str:
    """A condition in the language: its fact holds, or a condition of the way to it does not: `y <= 1 or x > 0`."""
    fact, way = condition
    need = f"{text_of(fact.term)} {fact.relation} 0" if fact.relation else _domain_text(fact)
    return " or ".join([*sorted([_negated(term, holds) for term, holds in way]), need])


def worded_omission(omission: Omission | SinglePoint) -> str:
    """What a formula leaves out: `the slope of x^n by x: 0 at n = 0`."""
    if isinstance(omission, SinglePoint):
        where = text_of(omission.condition) if omission.holds else _negated(omission.condition, True)
        return f"where {where} the derivative is that of the other branch; there is none if the function jumps there"
    call, index, words = omission
    texts = list(map(text_of, call.parts))
    return f"the slope of {text_of(call)} by {texts[index]}: {named(words, call.head, texts)}"


def _domain_text(fact: Fact) -> str:
    call = fact.term
    return named(fact.domain, call.head, map(text_of, call.parts))


def _negated(condition: Term, holds: bool) -> str:
    """That a condition is not as it is on a way."""
    if condition.name not in _COMPARED:
        return f"{'not ' * holds}({text_of(condition)})"
    a, b = map(text_of, condition.parts)
    return f"{a} {_COMPARED[condition.name][holds]} {b}"


def named(text: str, function: Function, args: Iterable[str]) -> str:
    """A text of the table on a function, with its arguments as they are called somewhere.

    With "x > 0" of log and the argument "y + 1" it is "y + 1 > 0".
    """
    names = dict(zip(function.args, args, strict=False))  # a variadic one has more
    return re.sub("[a-z]+", lambda word: names.get(word[0], word[0]), text)


def text_of(term: Term) -> str:
    """A term in the language, cut off where it is long."""
    return to_text(write([term])[0], _LONGEST)
