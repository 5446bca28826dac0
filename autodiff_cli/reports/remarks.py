"""What there is to say of a ruling, in words: of the numbers that are printed, and of the verdicts on them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from math import isfinite
from operator import attrgetter

from autodiff_cli.engine.domain import overflow
from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.graph import sweep
from autodiff_cli.engine.printer import number_text, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.witness.arbiter import Finding, Ruling
from autodiff_cli.witness.judge import Verdict, seems_to_jump

_NAMED = 8  # variables in a note
_LONGEST = 60  # characters of an expression in a message


class Remarks:
    """The notes on a ruling. `before` are the names by which the expression is a derivative already."""

    def __init__(self, at: Evaluation, ruling: Ruling, before: Sequence[str] = ()) -> None:
        self._at, self._ruling = at, ruling
        derivative = f"the derivative by {', then '.join(before)}"
        self._value = derivative if before else "the value"
        self._gradient = f"{derivative}, then by" if before else "the gradient by"

    def __iter__(self) -> Iterator[str]:
        ruling = self._ruling
        is_unsure = any(one.verdict is Verdict.UNSURE for one in ruling.findings.values())
        yield from self._of_value()
        yield from self._of_gradients()
        yield from self._of_digits()
        if ruling.unchecked and is_unsure:
            yield "the expression is too large to check every variable; the rest are marked unsure"
        if ruling.lacks_balls and (ruling.lost or is_unsure):
            yield f"python-flint may resolve what floats cannot: {_install()}"

    def _of_value(self) -> Iterator[str]:
        """That the value is too large, and which step has a slope that is not finite."""
        if self._ruling.value_beyond:
            yield from overflow_note(self._at) or [f"{self._value} is too large for a float"]
        singular = self._named(lambda one: one.verdict is Verdict.SINGULAR and not one.beyond)
        if not all(isfinite(self._at.by_name(name).grad) for name in singular):
            yield explain_nonfinite(self._at.root)

    def _of_gradients(self) -> Iterator[str]:
        """How gradients came about, if that was not by the chain rule."""
        for name in self._named(jumps):
            yield f"{self._value} seems to jump here, so that there is no slope by {name}"
        said = {
            "that of the values next to the point; the chain rule does not give it": _is_by_neighbours,
            "too large for a float": _is_beyond,
            "left open by the values next to the point": _is_open,
        }
        for what, holds in said.items():
            if names := self._named(holds):
                yield f"{self._listed(names)} is {what}"

    def _of_digits(self) -> Iterator[str]:
        """Which numbers are too small for a float, and which have lost their digits."""
        ruling = self._ruling
        vanished = [""] * ruling.value_vanishes + self._named(lambda one: one.vanishes)
        if vanished:
            yield f"too small for a float, and shown as 0: {self._listed(vanished)}"
        if not ruling.lost:
            return
        lost = self._listed(ruling.lost)
        if ruling.is_exact:
            yield f"floats keep few right digits, or none, of {lost}: exact arithmetic gave the numbers shown"
        else:
            yield f"rounding leaves few right digits, or none, of {lost}"

    def _named(self, holds: Callable[[Finding], bool]) -> list[str]:
        """The rows of which something holds."""
        return [name for name, one in self._ruling.findings.items() if holds(one)]

    def _listed(self, numbers: Collection[str]) -> str:
        """The value, which has an empty name, and gradients in words: "the value and the gradient by x, y"."""
        names = [*filter(None, numbers)]
        more = f" and {len(names) - _NAMED} more" * (len(names) > _NAMED)
        parts = [self._value] * ("" in numbers)
        if names:
            parts.append(f"{self._gradient} {', '.join(names[:_NAMED])}{more}")
        return " and ".join(parts)


def jumps(found: Finding) -> bool:
    """Whether the value jumps there, or seems to."""
    return found.verdict is Verdict.JUMP or seems_to_jump(found.verdict, found.estimate)


_is_by_neighbours: Callable[[Finding], bool] = attrgetter("by_neighbours")
_is_beyond: Callable[[Finding], bool] = attrgetter("beyond")
_is_open: Callable[[Finding], bool] = attrgetter("is_open")


def _install() -> str:
    from autodiff_cli.exact.balls import INSTALL

    return INSTALL


def overflow_note(at: Evaluation) -> list[str]:
    """The first step that became too large for a float, if there is one."""
    step = overflow(at)
    if step is None:
        return []
    return [f"{to_text(step, _LONGEST)} is too large for a float and became {number_text(step.data)}"]


def explain_nonfinite(root: Value) -> str:
    """Which step made a gradient infinite or undefined, and why."""
    for node in sweep(root):
        if isfinite(node.grad):
            for index, arg in enumerate(node.args):
                partial = _passed_on(node, index) if arg.requires_grad else 0.0
                if not isfinite(partial * node.grad):
                    return _blame(node, index, partial)
    return "infinite slopes meet and cancel: the gradient is undefined here"


def _passed_on(node: Value, index: int) -> float:
    """The partial of a step by an argument; 0 where the rule passes nothing on."""
    return 0.0 if index in node.rule.zero_partials else node.rule.partial(node, index)


def _blame(node: Value, index: int, partial: float) -> str:
    """What is the matter with one partial of a step."""
    by = f" by its argument {index + 1}" if len(node.args) > 1 else ""
    moving = [arg for arg in node.args if arg.requires_grad]
    at = ", ".join([f"{to_text(arg, _LONGEST)} = {number_text(arg.data)}" for arg in moving])
    slope = f"the slope of {to_text(node, _LONGEST)}{by} is"
    if partial != partial:
        return f"{slope} undefined where {at}"
    if isfinite(partial):
        return f"{slope} too large for a float where {at}"
    if node.grad == 0:
        return f"0 times infinity: {slope} infinite where {at}, and nothing is passed to it"
    return f"{slope} infinite where {at}"
