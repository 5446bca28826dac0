"""Whether a claim is the derivative for certain, and where both are defined."""

from collections.abc import Iterable
from typing import NamedTuple

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value, constant
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.identity.decision import ProofState, Question, prove
from autodiff_cli.symbolic.conditions import missing, worded
from autodiff_cli.symbolic.derive import Derivation

_LARGEST = 400  # steps of an expression whose derivative is made as a formula
_MOST, _LONGEST = 3, 80  # conditions that are named, and their characters


class Shown(NamedTuple):
    """What was proven, and in the language where both sides are defined; no words where that is everywhere."""

    proof: ProofState
    domain: str = ""


def show(expression: Expression, name: str, claim: Expression) -> Shown:
    """Prove that a claim is the derivative by a variable, if it can be proven."""
    if len(expression.nodes) + len(claim.nodes) > _LARGEST:
        return Shown(ProofState.NONE)
    try:
        derivative = Derivation(expression.root).by((expression.variables[name],))
    except AutodiffError:
        return Shown(ProofState.NONE)
    proof = prove(Question(expression.root, derivative, claim.root))
    return Shown(proof, _domain([expression.root, *expression.needed, claim.root]) if proof else "")


def _domain(roots: Iterable[Value]) -> str:
    """Where all of some graphs are defined: of log(x) and 1/x it is `x > 0`."""
    known = dict.fromkeys(map(worded, missing(roots, [constant(1.0, "1")], ())))
    words = [one for one in known if not _is_implied(one, known)]
    text = " and ".join(words)
    return text if len(words) <= _MOST and len(text) <= _LONGEST else ""


def _is_implied(condition: str, known: Iterable[str]) -> bool:
    """Whether a condition follows from others: x != 0 from x > 0."""
    subject, _, relation = condition.removesuffix(" 0").rpartition(" ")
    return relation in (">=", "!=") and f"{subject} > 0" in known
