"""Rules of a first course written with letters, and formulas as a rule leaves them, before anything is simplified.

What is still to be differentiated is a call of `identity`, which no formula of a derivative has: it is written u'.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce

from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value, constant, node, rule_of
from autodiff_cli.rules.table import entry
from autodiff_cli.symbolic.coefficients import Number

IDENTITY = entry("identity", 1)

Form = Callable[[Sequence[Value]], tuple[Value, Value]]  # from letters: a formula, and its derivative

# --- rules -----------------------------------------------------------------------------------------------------------


def sum_rule(signs: Sequence[Number], letters: Sequence[Value]) -> tuple[Value, Value]:
    """Of u and v with the signs 1 and -1 it is u - v, and u' - v'."""
    derivatives = map(_prime, letters)
    return sum_of(zip(signs, letters, strict=True)), sum_of(zip(signs, derivatives, strict=True))


def product_rule(letters: Sequence[Value]) -> tuple[Value, Value]:
    """Of u and v it is u * v, and u' * v + u * v'."""
    turns = [product_of([*letters[:at], _prime(one), *letters[at + 1 :]]) for at, one in enumerate(letters)]
    return product_of(letters), sum_of([(1, turn) for turn in turns])


def quotient_rule(letters: Sequence[Value]) -> tuple[Value, Value]:
    """Of u and v it is u / v, and (u' * v - u * v') / v^2."""
    u, v = letters
    above = operation("sub", product_of([_prime(u), v]), product_of([u, _prime(v)]))
    return operation("div", u, v), operation("div", above, operation("pow", v, constant(2.0, "2")))


def logarithmic_rule(letters: Sequence[Value]) -> tuple[Value, Value]:
    """Of u and v it is u^v, and u^v * (v' * log(u) + v * u' / u), which comes of log(u^v) = v * log(u)."""
    u, v = letters
    by_exponent = product_of([_prime(v), operation("log", u)])
    by_base = operation("div", product_of([v, _prime(u)]), u)
    power = operation("pow", u, v)
    return power, product_of([power, operation("add", by_exponent, by_base)])


def _prime(letter: Value) -> Value:
    return operation("identity", letter)


# --- formulas as they stand ------------------------------------------------------------------------------------------


def operation(name: str, *args: Value) -> Value:
    """The node of a function of the table."""
    return node(rule_of(entry(name, len(args))), args)


def product_of(factors: Sequence[Value]) -> Value:
    """A product as it stands."""
    return reduce(lambda a, b: operation("mul", a, b), factors)


def sum_of(terms: Iterable[tuple[Number, Value]]) -> Value:
    """A sum of terms with their signs as it stands; 0 of none."""
    total: Value | None = None
    for sign, term in terms:
        if total is None:
            total = term if sign > 0 else _negated(term)
        else:
            total = operation("add" if sign > 0 else "sub", total, term)
    return constant(0.0, "0") if total is None else total


def _negated(term: Value) -> Value:
    """Of u * v / w it is -u * v / w."""
    if term.args and term.rule.function.name in ("mul", "div"):
        return operation(term.rule.function.name, _negated(term.args[0]), term.args[1])
    return operation("neg", term)


def is_quotient(formula: Value) -> bool:
    """Whether the last operation of a formula is a division."""
    return bool(formula.args) and formula.rule.function.name == "div"


def waiting_in(formula: Value) -> list[Value]:
    """What is still to be differentiated in a formula."""
    return [one for one in toposort([formula]) if one.args and one.rule.function is IDENTITY]


def replaced(formula: Value, by: dict[Value, Value]) -> Value:
    """A formula with others in place of some of its nodes; a factor that becomes 1 goes."""
    made = dict(by)
    for one in toposort([formula], by):
        args = tuple([made.get(arg, arg) for arg in one.args])
        made[one] = one if args == one.args else _without_1(node(one.rule, args))
    return made[formula]


def _without_1(product: Value) -> Value:
    """Of 1 * u and of u * 1 it is u."""
    left, right = product.args[0], product.args[-1]
    if product.rule.function.name != "mul" or "1" not in (left.label, right.label):
        return product
    return left if right.label == "1" else right
