"""Claims: derivatives that an expression is said to have, read from texts such as `a=b*cos(a)`."""

import re
from collections.abc import Iterable, Sequence

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import Advice, AutodiffError, Option, advice, did_you_mean
from autodiff_cli.reports.derivation import in_program
from autodiff_cli.reports.heads import head_of


def read_claims(texts: Iterable[str], expression: Expression, wrt: Sequence[str] = ()) -> dict[str, Expression]:
    """The claims by variable, from texts such as `a=b*cos(a)`; or `cos(x)` where there is one, or one in `wrt`.

    Raises AutodiffError for a claim that cannot be read, or is for no variable of the expression.
    """
    claims: dict[str, Expression] = {}
    for name, (claim, *others) in read_lines(texts, expression, wrt).items():
        if others:
            raise AutodiffError(f"two claims for '{name}'", hint="give it one")
        claims[name] = claim
    return claims


def read_lines(texts: Iterable[str], expression: Expression, wrt: Sequence[str] = ()) -> dict[str, list[Expression]]:
    """As `read_claims`, where there may be several claims for a variable: the lines of a derivation, in order."""
    lines: dict[str, list[Expression]] = {}
    for text in texts:
        name, body = _split(text, expression, wrt)
        if name not in expression.variables:
            message = f"a claim for '{name}', which is no variable of the expression"
            raise AutodiffError(message, hint=known_variables(name, expression))
        lines.setdefault(name, []).append(_read(body, expression))
    return lines


def _split(text: str, expression: Expression, wrt: Sequence[str]) -> tuple[str, str]:
    """The variable a claim is for, and the derivative: of `a=2*b` a and 2*b, of `dy/da = 2*b` too."""
    variables = list(expression.variables)
    head = head_of(text)
    if head and head.variable:
        is_program = head.is_plain and re.search(r"[;\n]", text.strip())
        if head.variable in variables or not is_program:
            return head.variable, head.body
    elif head:
        text = head.body
    meant = wrt or variables
    if len(meant) == 1:
        return meant[0], text
    raise AutodiffError("the claim does not say by which variable", hint=_example(expression))


def _read(text: str, expression: Expression) -> Expression:
    """A claim; it may use the names of the program."""
    if not text.strip():
        raise AutodiffError("the claim is empty", hint=advice("as in {0}", Option("claim", "'2*x'")))
    try:
        return _of_these_variables(text, expression)
    except AutodiffError:
        claim = in_program(expression, text, list(expression.variables))
        if claim is None:
            raise
        return claim


def _of_these_variables(text: str, expression: Expression) -> Expression:
    """A claim that has no variables but those of the expression, and those that it gives values to itself."""
    from autodiff_cli.language.parser import parse

    claim = parse(text, list(expression.variables))
    strangers = [name for name in claim.variables if name not in expression.variables | claim.defaults]
    if strangers:
        unknown = [name for name in strangers if name not in expression.steps]
        raise _stranger((unknown or strangers)[0], text, expression)
    return claim


def _stranger(name: str, text: str, expression: Expression) -> AutodiffError:
    """That a claim has a variable of its own."""
    found = re.search(rf"(?<![^\W\d_]){re.escape(name)}(?!\w)", text)
    return AutodiffError(
        f"the claim has a variable that the expression has not: '{name}'",
        source=text,
        span=found.span() if found else None,
        hint=known_variables(name, expression),
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
