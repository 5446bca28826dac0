"""Where a formula of a derivative holds: what the expression needs and the formula alone does not show."""

import re
from collections.abc import Collection, Sequence

from autodiff_cli.notation import below, read, write
from autodiff_cli.printer import to_text
from autodiff_cli.table import Function
from autodiff_cli.terms import Algebra, Term, entry
from autodiff_cli.value import Value

_BOUND = re.compile(r"(\w+) (>|>=|!=) 0")  # a domain that compares an argument with 0
_LONGEST = 60  # characters of a term that is said
_POWER = entry("pow", 2).domain
_Fact = tuple[Term, str]  # a term and how it compares with 0, or a call and what its function needs


def missing(algebra: Algebra, source: Value, formulas: Sequence[Value], stops: Collection[Value]) -> list[str]:
    """Where the expression is defined, in the language, as far as one of its formulas does not show it itself."""
    wanted = _facts(algebra, source, stops)
    found: dict[_Fact, None] = {}
    for formula in formulas if wanted else ():
        shown = _facts(algebra, formula, stops)
        raised = {term.parts[0] for term, need in shown if need == _POWER}
        for term, need in wanted:
            base = term.parts[0] if need == _POWER else term
            if (term, need) not in shown and (base, "> 0") not in shown and not (need == _POWER and base in raised):
                found[term, need] = None
    return [_said(*fact) for fact in found]


def _facts(algebra: Algebra, root: Value, stops: Collection[Value]) -> dict[_Fact, None]:
    """What the functions of a graph need of their arguments, but for what always holds."""
    nodes = [node for node in _sure(root, stops) if node.rule.function.domain]
    args = list(dict.fromkeys(arg for node in nodes for arg in node.args))
    terms = dict(zip(args, read(algebra, below(args, stops), args, stops), strict=True))
    found: dict[_Fact, None] = {}
    for node in nodes:
        function, given = node.rule.function, [terms[arg] for arg in node.args]
        for need in _needs(function, given):
            if bound := _BOUND.fullmatch(need):
                _compare(found, given[function.args.index(bound[1])], bound[2])
            elif function.name != "pow" or sign_of(given[0]) != "+":
                found[algebra.call(function, tuple(given)), need] = None
    return found


def _needs(function: Function, given: list[Term]) -> list[str]:
    """The domain in parts that must all hold."""
    if function.name == "pow" and given[1].kind == "number":
        power = given[1].head
        if power.denominator == 1:
            return ["x != 0"] if power < 0 else []
        return ["x > 0" if power < 0 else "x >= 0"]
    return [function.domain] if " or " in function.domain else function.domain.split(" and ")


def _compare(found: dict[_Fact, None], term: Term, relation: str) -> None:
    """Put in how a term compares with 0, unless it always does."""
    sign = sign_of(term)
    relation = "!=" if (sign, relation) == ("+0", ">") else relation
    if sign == "+" or (sign, relation) in (("-", "!="), ("+0", ">=")):
        return
    if relation == "!=" and term.kind == "product":
        for base, _ in term.parts:
            _compare(found, base, relation)
    elif {(term, ">= 0"), (term, "!= 0")} <= found.keys() | {(term, f"{relation} 0")}:
        found[term, "> 0"] = None
    else:
        found[term, f"{relation} 0"] = None


def _said(term: Term, need: str) -> str:
    """A condition in the language."""
    if need[0] in "!>":
        return f"{text_of(term)} {need}"
    return named(need, term)


def named(text: str, call: Term) -> str:
    """A text of the table on a function, with the arguments of a call in it."""
    args = dict(zip(call.head.args, map(text_of, call.parts), strict=True))
    return re.sub("[a-z]+", lambda word: args.get(word[0], word[0]), text)


def text_of(term: Term) -> str:
    """A term in the language, cut off where it is long."""
    return to_text(write([term])[0], _LONGEST)


def _sure(root: Value, stops: Collection[Value]) -> list[Value]:
    """The nodes that are computed at every point: those behind a condition are not."""
    found = {root: None}
    order = [root]
    for node in order:
        args = node.args[:1] if node.rule.function.name == "where" else node.args
        for arg in args if node not in stops else ():
            if arg not in found:
                found[arg] = None
                order.append(arg)
    return order


_SIGNS = {
    **dict.fromkeys(("exp", "exp2", "exp10", "cosh", "sech", "sigmoid", "softplus"), "+"),
    **dict.fromkeys(("abs", "hypot"), "+0"),
}


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
        return _SIGNS.get(term.head.name, "")
    if term.kind == "sum":
        signs = {sign_of(term.home.scaled(c, rest), depth - 1) for c, rest in term.parts}
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
