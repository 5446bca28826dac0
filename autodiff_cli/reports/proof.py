"""An expression at a point, proven: every digit of value and gradient that is said is right. Over exact.Balls."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from autodiff_cli.engine.expression import Expression, NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import domain_message, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import UndefinedError
from autodiff_cli.exact.balls import OPEN, STEEP, Balls, Undefined, decimal, exact, require
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import selected_rows
from autodiff_cli.reports.results import Proof, Proven, ProvenRow, Report
from autodiff_cli.rules.table import CONSTANTS

_LONGEST = 60  # characters of an expression in a message
_PER_DIGIT = 3.33  # bits
_NEAR = 128  # bits to which the numbers around a point agree with it, at first
_FLOAT = 17  # digits that tell a float from its neighbours
_PLAIN = 1 << 16  # a ball's exponent up to which it is worked with as a rational


def prove(
    expression: Expression,
    point: Mapping[str, str | float],
    digits: int,
    wrt: Collection[str] = (),
    exact_floats: bool = False,
) -> Proof:
    """Value and gradients to so many significant digits, each correctly rounded, or in words why not.

    A string in `point` is the number that is typed there, a float is that float; with `exact_floats` what is typed,
    in the expression too, stands for its float. Precision is raised to four times what the digits take and 4096 bits.
    Raises AutodiffError where the expression has no finite value.
    """
    graph = ExactGraph(expression, point, wrt, exact_floats)
    bits = int(_PER_DIGIT * digits) + 64
    most = 4 * bits + 4096
    found: dict[Any, Proven] = {}
    while True:
        at = _At(graph, bits)
        for key, number in at.numbers():
            if key not in found or not (found[key].text or found[key].final):
                found[key] = at.proven(number, digits)
        if bits >= most or all(proven.text or proven.final for proven in found.values()):
            break
        bits = min(most, 2 * bits)
    value = found[expression.root, 0]
    if not value.text and value.final:
        span = expression.places.get(value.node)
        hint = value.node.rule.function.hint
        raise UndefinedError(value.why, source=expression.source, span=span, hint=hint)
    proof = Proof(str(expression), digits, value, [])
    for name, node in graph.rows.items():
        gradient = found[node, 1]
        if gradient.text and (why := graph.rough(node, bits)):
            gradient = Proven(why=why)
        proof.rows.append(ProvenRow(name, found[node, 0], gradient, computed=name not in expression.variables))
    proof.notes = [f"no proven value: {value.why}"] if value.why else []
    proof.notes += [f"no proven gradient by {row.name}: {row.gradient.why}" for row in proof.rows if row.gradient.why]
    return proof


def certify(
    report: Report, expression: Expression, point: Mapping[str, str | float], exact_floats: bool = False
) -> None:
    """Say of each float in the report how many of its significant digits are right: up to 17, or `exact`.

    What stays empty could not be proven.
    """
    graph = ExactGraph(expression, point, [row.name for row in report.rows], exact_floats)
    floats: dict[Any, float] = {(expression.root, 0): report.value}
    floats |= {(graph.rows[row.name], 1): row.gradient for row in report.rows}
    found: dict[Any, str] = {}
    for bits in (128, 512, 2048, 8192):
        at = _At(graph, bits)
        found |= {key: at.right(number, floats[key]) for key, number in at.numbers() if key in floats}
        if all(found.values()):
            break
    report.proven = found[expression.root, 0]
    for row in report.rows:
        node = graph.rows[row.name]
        row.proven = "" if found[node, 1] and graph.rough(node, bits) else found[node, 1]


class ExactGraph:
    """What is to be proven, and where: the rows, and the exact number of every leaf."""

    def __init__(
        self, expression: NamedGraph, point: Mapping[str, str | float], wrt: Collection[str], exact_floats: bool
    ) -> None:
        require()
        self.expression = expression
        self.rows = selected_rows(expression, wrt)
        self._exact_floats = exact_floats
        self.given: dict[Value, float | str | Value] = {}
        for name, variable in expression.variables.items():
            if name not in point:
                self.given[variable] = expression.defaults[name] if exact_floats else expression.constants[name]
            else:
                typed = point[name]
                self.given[variable] = _float(typed) if exact_floats else _read(typed)
        found = dict.fromkeys([arg for node in expression.nodes for arg in node.args] + [expression.root])
        self.constants = [node for node in found if not node.args and node not in self.given]
        self._near: dict[int, tuple[dict[Value, Undefined | None], Undefined | None]] = {}

    def leaves(self, balls: Balls) -> dict[Value, Any]:
        """The number of every leaf."""
        known = {leaf: self._constant(leaf, balls) for leaf in self.constants}
        for variable, given in self.given.items():
            if isinstance(given, Value):
                steps = toposort([given])
                inside = {leaf: self._constant(leaf, balls) for leaf in steps if not leaf.args}
                known[variable] = balls.values([node for node in steps if node.args], inside)[given]
            else:
                known[variable] = decimal(given) if isinstance(given, str) else _exactly(given)
        return known

    def _constant(self, leaf: Value, balls: Balls) -> Any:
        if leaf.label in CONSTANTS:
            return balls.constant(leaf)
        return decimal(leaf.label) if leaf.label and not self._exact_floats else _exactly(leaf.data)

    def rough(self, node: Value, bits: int) -> str:
        """Why the function may have no slope by the node although the rules give one; empty where it has one.

        Everything is computed again over all numbers near the point, to both sides: there no decision may be open,
        and every rule's slope must be near one number. First with everything moving at once, then this node alone.
        """
        why = Undefined(OPEN)
        for precision in (_NEAR, max(bits, 2 * _NEAR), max(4 * bits, 4096)):
            for moving in dict.fromkeys([tuple(self.rows.values()), (node,)]):
                trouble = self._trouble(node, precision, moving)
                if trouble is None:
                    return ""
                why = trouble
        text = to_text(why.node, _LONGEST) if why.node else "the result"
        function = why.node.rule.function if why.node else None
        if str(why) == STEEP and not (function and function.kinks):
            return f"the domain of {text} ends here"
        if function and function.symbol:
            return f"{text} changes here"
        return f"{text} has a kink or jumps here"

    def _trouble(self, node: Value, bits: int, moving: tuple[Value, ...]) -> Undefined | None:
        balls = Balls(bits)
        root = self.expression.root
        if len(moving) > 1 and bits in self._near:
            doubts, open_ = self._near[bits]
        else:
            values = balls.values_of(self.expression, self.leaves(balls), moving)
            result = values[root]
            doubts, open_ = balls.doubts(root, values), None
            if isinstance(result, Undefined):
                open_ = result
            elif not balls.ball(result).is_finite():
                open_ = Undefined(STEEP, _culprit(self.expression, values, balls).node)
            if len(moving) > 1:
                self._near[bits] = doubts, open_
        return open_ or doubts.get(node)


class _At:
    """The numbers of a graph at one precision."""

    def __init__(self, graph: ExactGraph, bits: int) -> None:
        self._graph = graph
        self._balls = Balls(bits)
        root = graph.expression.root
        self._values = self._balls.values_of(graph.expression, graph.leaves(self._balls))
        self._slopes = self._balls.gradients(root, self._values)

    def numbers(self) -> Iterable[tuple[tuple[Value, int], Any]]:
        """The value of the root and of every row, then each row's slope: by node, and 0 or 1."""
        rows = self._graph.rows.values()
        for node in dict.fromkeys((self._graph.expression.root, *rows)):
            yield (node, 0), self._values[node]
        for node in rows:
            yield (node, 1), self._slopes.get(node, _exactly(0.0))

    def proven(self, number: Any, digits: int) -> Proven:
        """The number's digits, or in words why there are none."""
        balls, bits = self._balls, self._balls.bits
        if isinstance(number, Undefined):
            return self._undefined(number)
        if not balls.ball(number).is_finite():
            return self._undefined(_culprit(self._graph.expression, self._values, balls))
        with balls:
            text, whole = decimal_of(number, digits)
            if text:
                return Proven(text, "exact" if whole else f"{digits:,} digit{'s' if digits > 1 else ''}")
            bound = bound_of(number)
        if bound:
            return Proven(why=f"it is 0 to within {bound}, and {bits:,} bits do not tell it from 0", bound=bound)
        return Proven(why=f"{bits:,} bits do not decide the last digit")

    def _undefined(self, why: Undefined) -> Proven:
        node = why.node
        text = to_text(node, _LONGEST) if node else "the result"
        if not (node and why.final):
            return Proven(why=f"{self._balls.bits:,} bits do not decide {text}", node=node)
        if str(why) == STEEP:
            return Proven(why=f"the slope of {text} is infinite or undefined here", node=node, final=True)
        if node.rule.function.domain:
            numbers = [self._balls.middle(self._values[arg]) for arg in node.args]
            return Proven(why=domain_message(node, numbers), node=node, final=True)
        return Proven(why=f"{text} has no finite value here", node=node, final=True)

    def right(self, number: Any, data: float) -> str:
        """How many digits of a float are right; empty where this precision does not tell."""
        balls = self._balls
        if isinstance(number, Undefined) or not balls.ball(number).is_finite():
            return ""
        with balls:
            true = balls.ball(number)
            if data - data != 0:
                return "0"
            off = abs(balls.ball(_exactly(data) - number))
            if off == 0:
                return "exact"
            if true.contains(0):
                return "0" if off > abs(true) else ""
            ten = balls.ball(10).log()
            first = (abs(true).log() / ten).mid().floor()  # the exponent of the first digit
            least, most = ((first + 1 - (2 * end).log() / ten).floor() for end in (off.upper(), off.lower()))
            if least >= _FLOAT:
                return str(_FLOAT)
            right = least.unique_fmpz() if least == most else None
            return "" if right is None else str(max(0, int(right)))


def _culprit(expression: NamedGraph, values: Mapping[Value, Any], balls: Balls) -> Undefined:
    """The first step that has no finite value, its arguments having one."""
    for node in expression.nodes:
        numbers = [values[part] for part in (node, *node.args)]
        if any(isinstance(number, Undefined) for number in numbers):
            continue
        result, *args = map(balls.ball, numbers)
        if not result.is_finite() and all(arg.is_finite() for arg in args):
            return Undefined(OPEN, node, all(map(exact, numbers[1:])))
    return Undefined(OPEN)


def _float(typed: str | float) -> float:
    """The float that a typed value stands for."""
    if not isinstance(typed, str):
        return typed
    try:
        return float(typed)
    except ValueError:
        return parse(typed).evaluate()


def _read(typed: str | float) -> float | str | Value:
    """A value as it is typed: a decimal as it stands, or the graph of a constant expression."""
    if not isinstance(typed, str):
        return typed
    try:
        decimal(typed)
    except ValueError:
        return parse(typed).root
    return typed


def _exactly(data: float) -> Any:
    """A float as the rational it is; as a ball what is not finite."""
    from flint import arb, fmpq

    return fmpq(*data.as_integer_ratio()) if data - data == 0 else arb(data)


# --- digits ----------------------------------------------------------------------------------------------------


def decimal_of(number: Any, count: int) -> tuple[str, bool]:
    """The decimal of so many digits that every number of the ball rounds to, and whether it is the number itself.

    Empty where there is no such decimal.
    """
    from flint import arb, fmpq

    if isinstance(number, arb) and number.is_exact():
        man, exp = number.man_exp()
        if abs(exp) <= _PLAIN:
            number = fmpq(man) * fmpq(2) ** int(exp)
    if number == 0:
        return "0", True
    ball = abs(arb(number))
    if ball.contains(0):
        return "", False
    first = (ball.log() / arb(10).log()).mid().floor().unique_fmpz()  # the exponent of the first digit, or one off it
    if first is None:
        return "", False
    rounded: Callable[[Any], Any] = _round_rational if isinstance(number, fmpq) else _round_ball
    for exponent in (first, first - 1, first + 1):
        scale = exponent - count + 1
        whole = rounded(_scaled(abs(number), -scale))
        if whole is None:
            return "", False
        text = whole.str()
        if len(text) == count or text == f"1{'0' * count}":
            same = isinstance(number, fmpq) and whole == _scaled(abs(number), -scale)
            written = _written(text[:count], exponent + len(text) - count, same)
            return f"-{written}" if number < 0 else written, same
    return "", False


def _scaled(number: Any, power: Any) -> Any:
    """The number times a power of ten."""
    from flint import fmpq

    if isinstance(number, fmpq):
        return number * fmpq(10) ** int(power)
    return number * type(number)(10) ** power


def _round_rational(number: Any) -> Any:
    up = (2 * number + 1) / 2
    whole = up.floor()
    return whole - 1 if up == whole and whole % 2 == 1 else whole  # a tie goes to the even one


def _round_ball(number: Any) -> Any:
    return (number + 0.5).floor().unique_fmpz()


def _written(digits: str, exponent: Any, exactly: bool) -> str:
    """Digits as a decimal, the first of them standing for that power of ten."""
    power, count = int(exponent), len(digits)
    if exactly:
        digits = digits.rstrip("0")
    if -6 < power < 0:
        return f"0.{'0' * (-power - 1)}{digits}"
    if 0 <= power < count:
        digits = digits.ljust(power + 1, "0")
        return digits[: power + 1] + (f".{digits[power + 1 :]}" if digits[power + 1 :] else "")
    return digits[0] + (f".{digits[1:]}" if digits[1:] else "") + f"e{power}"


def bound_of(number: Any) -> str:
    """A power of ten that is greater than the size of a number close to 0; empty where it is not close."""
    from flint import arb

    size = abs(arb(number)).upper()
    if not arb(number).contains(0) or not 0 < size < arb(2) ** -64:
        return ""
    return f"1e{(size.log() / arb(10).log()).upper().ceil().unique_fmpz()}"
