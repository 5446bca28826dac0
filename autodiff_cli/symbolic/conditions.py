"""Where a formula of a derivative holds: what the expression needs and the formula alone does not show."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import Function, entry, needs
from autodiff_cli.symbolic.normal_form import read, steps_below, write
from autodiff_cli.symbolic.terms import Algebra, Term

_BOUND = re.compile(r"(\w+) (>|>=|!=) 0")  # a domain that compares an argument with 0
_LONGEST = 60  # characters of a term that is said
_POWER = entry("pow", 2).domain
_WAYS = 4  # to a step, through conditions, that are told apart; and conditions of a way
_Fact = tuple[Term, str]  # a term and how it compares with 0, or a call and what its function needs
_Way = frozenset[tuple[Any, bool]]  # conditions, each with whether it holds
_Facts = dict[_Way, dict[_Fact, None]]


def missing(sources: Iterable[Value], formulas: Iterable[Value], stops: Collection[Value]) -> list[str]:
    """Where all the sources are defined, in the language, as far as one of the formulas does not show it itself."""
    algebra = Algebra()
    wanted: _Facts = {}
    for source in sources:
        for way, facts in _facts(algebra, source, stops, wide=True).items():
            wanted.setdefault(way, {}).update(facts)
    found: dict[tuple[_Way, _Fact], None] = {}
    for formula in formulas if wanted else ():
        known = _facts(algebra, formula, stops, wide=False)
        for way, facts in wanted.items():
            shown = {fact for other, facts in known.items() if other <= way for fact in facts}
            raised = {term.parts[0] for term, need in shown if need == _POWER}
            for term, need in facts:
                base = term.parts[0] if need == _POWER else term
                if (term, need) not in shown and (base, "> 0") not in shown and not (need == _POWER and base in raised):
                    found[way, (term, need)] = None
    general = {fact for way, fact in found if not way}
    said = [_said(*fact, way) for way, fact in found if not way or fact not in general]
    return list(dict.fromkeys(said))


def _facts(algebra: Algebra, root: Value, stops: Collection[Value], *, wide: bool) -> _Facts:
    """What the functions of a graph need of their arguments, but for what always holds, by the ways to them."""
    ways = {node: found for node, found in _ways(root, stops, wide).items() if node.rule.function.domain}
    conditions = {condition for found in ways.values() for way in found for condition, _ in way}
    args = list(dict.fromkeys([*conditions, *[arg for node in ways for arg in node.args]]))
    terms = dict(zip(args, read(algebra, steps_below(args, stops), args, stops), strict=True))
    known: _Facts = {}
    for node, through in ways.items():
        function, given = node.rule.function, [terms[arg] for arg in node.args]
        call = algebra.call(function, tuple(given))
        for way in [frozenset([(terms[condition], holds) for condition, holds in way]) for way in through]:
            found = known.setdefault(way, {})
            for need in _needs(function, given):
                if bound := _BOUND.fullmatch(need):
                    _compare(found, given[function.args.index(bound[1])], bound[2])
                elif call.kind == "call" and not _is_of_numbers(need, call) and not _is_power_of_positive(call):
                    found[call, need] = None
    for way, facts in known.items():
        for fact in _given(way) & facts.keys():
            del facts[fact]
    return known


def _given(way: _Way) -> set[_Fact]:
    """How terms compare with 0 where the conditions of a way are as they are."""
    found: set[_Fact] = set()
    for condition, holds in way:
        if condition.kind == "call" and condition.head.name in _COMPARED and len(condition.parts) == 2:
            relation = _COMPARED[condition.head.name][0 if holds else 1]
            a, b = condition.parts
            for one, sign in ((a - b, relation), (b - a, relation.translate(_TURNED))):
                found.add((one, f"{sign} 0"))
                if sign in (">", "<"):
                    found.add((one, "!= 0"))
                if sign == ">":
                    found.add((one, ">= 0"))
    return found


def _is_power_of_positive(call: Term) -> bool:
    return bool(call.head.name == "pow" and sign_of(call.parts[0]) == "+")


def _is_of_numbers(need: str, call: Term) -> bool:
    """Whether a condition has nothing that varies in it; then it is not one on the variables."""
    asked = set(re.findall("[a-z]+", need))
    return all(arg.kind == "number" for name, arg in zip(call.head.args, call.parts, strict=True) if name in asked)


def _needs(function: Function, given: list[Term]) -> list[str]:
    """The domain in parts that must all hold."""
    domain = needs(function, [term.head if term.kind == "number" else None for term in given])
    return [domain] if " or " in domain else domain.split(" and ") if domain else []


def _compare(found: dict[_Fact, None], term: Term, relation: str) -> None:
    """Put in how a term compares with 0, unless it always does."""
    sign = sign_of(term)
    relation = "!=" if (sign, relation) == ("+0", ">") else relation
    if sign == "+" or (sign, relation) in (("-", "!="), ("+0", ">=")):
        return
    if relation != ">=" and term.kind == "call" and term.head.name == "abs":
        _compare(found, term.parts[0], "!=")
    elif relation == "!=" and term.kind == "product":
        for base, _ in term.parts:
            _compare(found, base, relation)
    elif {(term, ">= 0"), (term, "!= 0")} <= found.keys() | {(term, f"{relation} 0")}:
        found[term, "> 0"] = None
    else:
        found[term, f"{relation} 0"] = None


def _said(term: Term, need: str, way: _Way) -> str:
    """A condition in the language: it holds, or the way to where it is needed is not taken."""
    text = f"{text_of(term)} {need}" if need[0] in "!>" else named(need, term.head, map(text_of, term.parts))
    for condition, holds in way:
        if condition.kind == "call" and condition.head.name in _COMPARED:
            relation = _COMPARED[condition.head.name][1 if holds else 0]
            a, b = condition.parts
            text = f"{text_of(a)} {relation} {text_of(b)} or {text}"
        else:
            text = f"{'not ' * holds}({text_of(condition)}) or {text}"
    return text


def named(text: str, function: Function, args: Iterable[str]) -> str:
    """A text of the table on a function, with its arguments as they are called somewhere."""
    names = dict(zip(function.args, args, strict=False))  # a variadic one has more
    return re.sub("[a-z]+", lambda word: names.get(word[0], word[0]), text)


def text_of(term: Term) -> str:
    """A term in the language, cut off where it is long."""
    return to_text(write([term])[0], _LONGEST)


def _ways(root: Value, stops: Collection[Value], wide: bool) -> dict[Value, list[_Way]]:
    """The nodes of a graph and the conditions that lead to them, each way on its own.

    Where there are too many, the nodes are taken to be needed everywhere if `wide`, else nowhere.
    """
    found: dict[Value, list[_Way]] = {root: [frozenset()]}
    for node in reversed(steps_below([root], stops)):
        ways = found.get(node, [])
        if len(ways) > _WAYS or any([len(way) > _WAYS for way in ways]):  # noqa: C419
            ways = found[node] = [frozenset()] if wide else []
        chooses = node.rule.function.name == "where"
        for index, arg in enumerate(node.args):
            known = found.setdefault(arg, [])
            for way in ways:
                if chooses and index:
                    way = way | {(node.args[0], index == 1)}
                if not any([other <= way for other in known]):  # noqa: C419
                    known[:] = [*[other for other in known if not way <= other], way]
    return found


_COMPARED = {  # as it is written where it holds, and where it does not
    "lt": ("<", ">="),
    "le": ("<=", ">"),
    "gt": (">", "<="),
    "ge": (">=", "<"),
    "eq": ("==", "!="),
    "ne": ("!=", "=="),
}
_TURNED = str.maketrans("<>", "><")


def sign_of(term: Term, depth: int = 8) -> str:
    """What is known of a term's sign wherever it is defined: "+", "-", "+0" (not negative), "-0", or nothing."""
    if depth == 0:
        return ""
    if term.kind == "number":
        return "+" if term.head > 0 else "-" if term.head < 0 else "+0"
    if term.kind == "leaf":
        return "+" if not term.head.requires_grad and term.head.data > 0 else ""
    if term.kind == "call":
        if term.head.name == "pow":
            return "+" if sign_of(term.parts[0], depth - 1) == "+" else ""
        if term.head.name == "max":
            found = [sign_of(part, depth - 1) for part in term.parts]
            return min([sign for sign in found if sign[:1] == "+"], default="")
        return str(term.head.sign)
    if term.kind == "sum":
        signs = {sign_of(term.algebra.scaled(c, rest), depth - 1) for c, rest in term.parts}
        for sure, nearly in (("+", "+0"), ("-", "-0")):
            if signs <= {sure, nearly}:
                return sure if sure in signs else nearly
        return ""
    negative, nil = term.head < 0, False
    for base, exponent in term.parts:
        sign = sign_of(base, depth - 1)
        if exponent.denominator != 1 or exponent % 2 == 0:
            nil |= exponent > 0 and sign not in ("+", "-")
        elif sign:
            negative, nil = negative ^ (sign[0] == "-"), nil or (sign[-1] == "0" and exponent > 0)
        else:
            return ""
    return ("-" if negative else "+") + ("0" if nil else "")
