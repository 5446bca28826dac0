"""Claims: derivatives that an expression is said to have, read from texts such as `a=b*cos(a)`."""

import re
from collections.abc import Iterable, Sequence

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import Advice, AutodiffError, Option, advice, did_you_mean
from autodiff_cli.rules.table import find

_NAME = r"[^\W\d]\w*"
# What stands in front of a claim: x = , f'(x) = , y' = , d/dx = , dy/dx = , df(x)/dx = , ∂f/∂x =
_HEAD = re.compile(
    rf"""\s*(?:(?P<name>{_NAME})
    | [d∂]\s*(?:{_NAME}(?:\({_NAME}\))?)?\s*/\s*[d∂]\s*(?P<by>{_NAME})
    | \\[dt]?frac\s*\{{\s*(?:d|\\partial)\s*(?:{_NAME})?\s*\}}\s*\{{\s*(?:d|\\partial)\s*(?P<in>{_NAME})\s*\}}
    | {_NAME}['′’](?:\s*\(\s*(?P<argument>{_NAME})\s*\))?)\s*=(?!=)""",
    re.VERBOSE,
)


def read_claims(texts: Iterable[str], expression: Expression, wrt: Sequence[str] = ()) -> dict[str, Expression]:
    """The claims by variable, from texts such as `a=b*cos(a)`; or `cos(x)` where there is one, or one in `wrt`.

    Raises AutodiffError for a claim that cannot be read, or is for no variable of the expression.
    """
    claims: dict[str, Expression] = {}
    for text in texts:
        name, body = _split(text, expression, wrt)
        if name not in expression.variables:
            message = f"a claim for '{name}', which is no variable of the expression"
            raise AutodiffError(message, hint=known_variables(name, expression))
        if name in claims:
            raise AutodiffError(f"two claims for '{name}'", hint="give it one")
        claims[name] = _read(body, expression)
    return claims


def refuse_bare_functions(expression: Expression, given: Iterable[str]) -> None:
    """Raise AutodiffError for a variable that is called as a function is, unless it is given a value or a range."""
    has_value = {*given, *expression.defaults}
    for name in expression.variables:
        function = find(name, 1)
        if function and not function.symbol and name not in has_value:
            message = f"{name} is a function, and has no argument here"
            hint = f"write {name}(x); for a variable of that name give a range: {{0}}"
            raise AutodiffError(message, source=expression.source, hint=advice(hint, Option(name, "1:2")))


def names_of(claims: Iterable[str]) -> list[str]:
    """The variables that the heads of claims name.

    >>> names_of(["x = 2*x", "dy/da = 2", "3*x"])
    ['x', 'a']
    """
    heads = [_HEAD.match(claim) for claim in claims]
    return [name for head in heads if head and (name := head["name"] or head["by"] or head["in"] or head["argument"])]


def _split(text: str, expression: Expression, wrt: Sequence[str]) -> tuple[str, str]:
    """The variable a claim is for, and the derivative: of `a=2*b` a and 2*b, of `dy/da = 2*b` too."""
    variables = list(expression.variables)
    head = _HEAD.match(text)
    body = text[head.end() :].strip() if head else text
    name = (head["name"] or head["by"] or head["in"] or head["argument"]) if head else ""
    if head and head["name"]:
        is_program = re.search(r"[;\n]", text.strip())
        if name in variables or not is_program:
            return name, body
        body = text
    elif name in variables:
        return name, body
    meant = wrt or variables
    if len(meant) == 1:
        return meant[0], body
    raise AutodiffError("the claim does not say by which variable", hint=_example(expression))


def _read(text: str, expression: Expression) -> Expression:
    from autodiff_cli.language.parser import parse

    if not text.strip():
        raise AutodiffError("the claim is empty", hint=advice("as in {0}", Option("claim", "'2*x'")))
    claim = parse(text, list(expression.variables))
    for name in claim.variables:
        if name not in expression.variables and name not in claim.defaults:
            raise _stranger(name, text, expression)
    return claim


def _stranger(name: str, text: str, expression: Expression) -> AutodiffError:
    """That a claim has a variable of its own."""
    found = re.search(rf"(?<![^\W\d_]){re.escape(name)}(?!\w)", text)
    hint = f"the expression computes {name}: write it out, in what it is computed from"
    return AutodiffError(
        f"the claim has a variable that the expression has not: '{name}'",
        source=text,
        span=found.span() if found else None,
        hint=hint if name in expression.steps else known_variables(name, expression),
    )


def _example(expression: Expression) -> str | Advice:
    listed = _listed(expression)
    for name in expression.variables:
        return advice(f"{listed}, as in {{0}}", Option("claim", f"{name}=..."))
    return listed


def known_variables(name: str, expression: Expression) -> str:
    """Which variables there are in place of one that is not there."""
    return did_you_mean(name, list(expression.variables)) or _listed(expression)


def _listed(expression: Expression) -> str:
    variables = list(expression.variables)[:20]
    return f"its variables are {', '.join(variables)}" if variables else "it has no variables"
