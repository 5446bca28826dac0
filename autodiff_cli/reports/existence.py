"""Whether the derivatives that an expression is made of exist at a point, as that of abs(x) at 0 does not."""

from autodiff_cli.engine.domain import depended_on
from autodiff_cli.engine.expression import Differentiated, Evaluation
from autodiff_cli.engine.graph import forward, toposort
from autodiff_cli.engine.printer import name_of, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.symbolic.derive import Derivation
from autodiff_cli.symbolic.normal_form import steps_below
from autodiff_cli.witness.arbiter import rule
from autodiff_cli.witness.judge import Verdict

NO_DERIVATIVE = (Verdict.KINK, Verdict.JUMP, Verdict.SINGULAR)
_LONGEST = 60  # characters of an expression in a note


def missing(at: Evaluation) -> tuple[list[str], bool]:
    """Notes on the derivatives that do not exist at the point; and whether one of higher order is built on such a one.

    Of what has no kinks, or is in a branch that is not taken, nothing is asked. The nodes of the evaluation lose their
    gradients.
    """
    notes: dict[str, None] = {}
    is_built_on = False
    reached = depended_on(at.root)
    names = {node: name for name, node in at.named.items()}
    for one in filter(_may_break, at.differentiated):
        last = _first_missing(at, one) if one.made in reached else None
        if last is not None:
            by = [names.get(name) or f"({to_text(name, _LONGEST, names)})" for name in one.by[: last + 1]]
            notes[f"there is no {name_of(by)} of {to_text(one.root, _LONGEST, names)} here"] = None
            is_built_on |= last + 1 < len(one.by)
    return [*notes], is_built_on


def _may_break(one: Differentiated) -> bool:
    """Whether some step has kinks, and what it is differentiated by can move."""
    moves = all(by.requires_grad for by in one.by)
    return moves and any(node.rule.function.kinks for node in steps_below([one.root]))


def _first_missing(at: Evaluation, one: Differentiated) -> int | None:
    """The place in `by` of the first derivative that is none; None where all exist."""
    derivation = Derivation(one.root, exact=True)
    for place, by in enumerate(one.by):
        before = derivation.by(tuple(one.by[:place])) if place else one.root
        if _verdict(at, before, by) in NO_DERIVATIVE:
            return place
    return None


def _verdict(at: Evaluation, root: Value, by: Value) -> Verdict:
    """What the witness says of the derivative of a step; where that has no value it says nothing."""
    nodes = [node for node in toposort([root, by]) if node.args]
    forward(nodes)
    graph = Evaluation(at.source, root, nodes, at.variables, at.places, {"by": by})
    found = rule(graph, {"by": by}).findings.get("by")
    return found.verdict if found else Verdict.UNSURE
