"""Derivatives of published expressions, spoilt in many ways and rewritten in others: does `check` tell them apart?

python benchmarks/claims.py                 all of the shared corpora, where they lie beside the checkout
python benchmarks/claims.py --every 10      each tenth expression
python benchmarks/claims.py --floats        as where python-flint is not installed
"""

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from math import isfinite
from random import Random
from time import perf_counter
from typing import Any, NamedTuple

from timing import CORPORA, HEADER, SKIPPED, corpus, parser, row, seconds, sized

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import statements
from autodiff_cli.engine.value import NAMED, RULES, VALUES, Value, constant, node
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact import balls as exact
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import check, claims
from autodiff_cli.reports.check import Answer
from autodiff_cli.rules.table import CONSTANTS

NAMES = ("textbook", "feynman", "fpbench", "mgh", "peer_points")
RECORDS = sized(None, 1)  # of each corpus: all, or so many
NEARBY = 30  # points around that of a record
SEED = 1
PROVEN = 0.85  # of the true claims, to reach
_LONGEST = 4000  # characters of a derivative; and 400 of an expression

Rewrite = Callable[[Value, Random], "Value | None"]


def made(name: str, *args: Value) -> Value:
    """A node, without the ones and zeros that a person would not write."""
    a, b = args[0], args[-1]
    if name == "mul" and (is_number(a, 1) or is_number(b, 1)):
        return b if is_number(a, 1) else a
    if name == "mul" and (is_number(a, -1) or is_number(b, -1)):
        return made("neg", b if is_number(a, -1) else a)
    if (name == "div" and is_number(b, 1)) or (name == "pow" and is_number(b, 1)):
        return a
    if name == "mul" and (is_number(a, 0) or is_number(b, 0)):
        return number(0)
    if name == "where" and not a.requires_grad:
        return args[1] if a.data else b
    if name == "neg" and a.op == "-" and len(a.args) == 1:
        return a.args[0]
    found: Value = VALUES.value(RULES[name, len(args)].function)(*args) if (name, len(args)) in RULES else a
    whole = not found.requires_grad and all([x.data.is_integer() for x in (found, *args)])  # noqa: C419
    if whole and name in ("add", "sub", "mul", "eq", "lt", "le", "gt", "ge", "ne"):
        return number(found.data)
    return found


def number(x: float) -> Value:
    """A constant that prints as it is read."""
    return made("neg", constant(-x, repr(-x))) if x < 0 else constant(x, repr(x))


def is_number(value: Value, x: float) -> bool:
    return not value.requires_grad and value.data == x and (value.label or "").isdigit() | (not value.args)


def order(root: Value) -> list[Value]:
    """The nodes below the root, arguments first."""
    return toposort([root], before=lambda value: value.args[::-1])


def remade(root: Value, change: Callable[[Value, tuple[Value, ...]], Value]) -> Value:
    """The graph again, each node through `change` with its new arguments."""
    new: dict[Value, Value] = {}
    for value in order(root):
        new[value] = change(value, tuple([new[arg] for arg in value.args])) if value.args else value
    return new[root]


def plain(value: Value, args: tuple[Value, ...]) -> Value:
    name = value.rule.function.name
    return made(name, *args) if (name, len(args)) in RULES else node(value.rule, args)


def derivative(expression: Expression, name: str) -> Value | None:
    """The derivative as a graph, by the rules of the table; None where it is zero."""
    slopes: dict[Value, Value] = {expression.variables[name]: constant(1.0, "1")}
    for value in expression.nodes:
        total: Value | None = None
        for index, arg in enumerate(value.args):
            function = value.rule.function
            if arg not in slopes or function.partials[0 if function.variadic else index] == "0":
                continue
            rule = NAMED.partial(function, index)
            partial = rule(value, arg, value.args) if function.variadic else rule(value, *value.args)
            partial = partial if isinstance(partial, Value) else number(float(partial))
            term = made("mul", remade(partial, plain), slopes[arg])
            total = term if total is None else made("add", total, term)
        if total is not None:
            slopes[value] = total
    return slopes.get(expression.root)


def text(root: Value) -> str:
    return "; ".join(statements(root, [v for v in order(root) if v.args], {}, {}))


def swap(root: Value, target: Value, new: Value) -> Value:
    """The graph with another node in the place of one."""
    return new if root is target else remade(root, lambda v, args: new if v is target else plain(v, args))


# --- ways to spoil -------------------------------------------------------------------------------------------------

_OTHER = {
    "sin": "cos",
    "cos": "sin",
    "tan": "tanh",
    "tanh": "sinh",
    "sinh": "cosh",
    "cosh": "sinh",
    "exp": "expm1",
    "log": "log10",
    "log10": "log",
    "sqrt": "cbrt",
    "asin": "acos",
    "acos": "asin",
    "atan": "asinh",
    "erf": "erfc",
    "sech": "tanh",
    "abs": "sign",
    "gamma": "lgamma",
    "lgamma": "gamma",
    "digamma": "log",
}


def _some(root: Value, random: Random, *names: str) -> Value | None:
    """A step of one of these functions, or any step."""
    found = [v for v in order(root) if v.args and v.requires_grad and (not names or v.rule.function.name in names)]
    return random.choice(found) if found else None


def _at(root: Value, random: Random, names: tuple[str, ...], new: Callable[[Value], Value]) -> Value | None:
    target = _some(root, random, *names)
    return swap(root, target, new(target)) if target else None


def _other_variable(root: Value, random: Random) -> Value | None:
    leaves = [v for v in order(root) if not v.args and v.requires_grad]
    if len(leaves) < 2:
        return None
    old, new = random.sample(leaves, 2)
    return remade(root, lambda v, args: plain(v, tuple([new if arg is old else arg for arg in args])))


def _other_number(root: Value, random: Random) -> Value | None:
    leaves = [v for v in order(root) if not v.args and not v.requires_grad]
    old = random.choice(leaves) if leaves else root
    new = number(float(f"{old.data * 1.1 + (not old.data):.6g}"))
    return remade(root, lambda v, args: plain(v, tuple([new if arg is old else arg for arg in args])))


SPOIL: dict[str, Rewrite] = {
    "sign": lambda root, random: made("neg", root),
    "twice": lambda root, random: made("mul", number(2), root),
    "half": lambda root, random: made("div", root, number(2)),
    "factor 1.001": lambda root, random: made("mul", number(1.001), root),
    "plus 1": lambda root, random: made("add", root, number(1)),
    "minus 0.001": lambda root, random: made("sub", root, number(0.001)),
    "exponent": lambda root, random: _at(
        root, random, ("pow",), lambda v: made("pow", v.args[0], made("add", v.args[1], number(1)))
    ),
    "term dropped": lambda root, random: _at(root, random, ("add", "sub"), lambda v: v.args[0]),
    "sign of a term": lambda root, random: _at(root, random, ("add",), lambda v: made("sub", *v.args)),
    "factor dropped": lambda root, random: _at(root, random, ("mul", "div"), lambda v: v.args[0]),
    "other function": lambda root, random: _at(
        root, random, tuple(_OTHER), lambda v: made(_OTHER[v.rule.function.name], v.args[0])
    ),
    "other variable": _other_variable,
    "other number": _other_number,
    "sqrt for square": lambda root, random: _at(
        root, random, ("pow", "square"), lambda v: made("sqrt", made("abs", v.args[0]))
    ),
    "upside down": lambda root, random: _at(root, random, ("div",), lambda v: made("div", v.args[1], v.args[0])),
}

# --- ways to say the same ------------------------------------------------------------------------------------------


def _one_and_square(v: Value) -> Value:
    return made("add", number(1), made("pow", v, number(2)))


def _over_itself(root: Value, random: Random) -> Value | None:
    leaves = [v for v in order(root) if not v.args and v.requires_grad]
    if not leaves:
        return None
    same = _one_and_square(random.choice(leaves))
    return made("div", made("mul", root, same), same)


def _to_and_fro(root: Value, random: Random) -> Value | None:
    leaves = [v for v in order(root) if not v.args and v.requires_grad]
    if not leaves:
        return None
    same = made("mul", number(10), random.choice(leaves))
    return made("sub", made("add", root, same), same)


def _expanded(v: Value) -> Value:
    a, b = v.args
    if a.rule.function.name in ("add", "sub"):
        return made(a.rule.function.name, made("mul", a.args[0], b), made("mul", a.args[1], b))
    if b.rule.function.name in ("add", "sub"):
        return made(b.rule.function.name, made("mul", a, b.args[0]), made("mul", a, b.args[1]))
    return made("mul", b, a)


def _squared(name: str, v: Value) -> Value:
    return made("pow", made(name, v), number(2))


def _again(v: Value) -> Value:
    """A function by way of another."""
    a = v.args[0]
    return {
        "exp": lambda: _squared("exp", made("div", a, number(2))),
        "log": lambda: made("neg", made("log", made("div", number(1), a))),
        "sqrt": lambda: made("pow", a, number(0.5)),
        "tanh": lambda: made(
            "sub", number(1), made("div", number(2), made("add", made("exp", made("mul", number(2), a)), number(1)))
        ),
        "sin": lambda: made("cos", made("sub", a, made("div", constant(CONSTANTS["pi"], "pi"), number(2)))),
        "cos": lambda: made("sub", number(1), made("mul", number(2), _squared("sin", made("div", a, number(2))))),
        "sech": lambda: made("sqrt", made("sub", number(1), _squared("tanh", a))),
        "cosh": lambda: made("div", made("add", made("exp", a), made("exp", made("neg", a))), number(2)),
        "sinh": lambda: made("div", made("sub", made("exp", a), made("exp", made("neg", a))), number(2)),
        "hypot": lambda: made("sqrt", made("add", *[made("pow", x, number(2)) for x in v.args])),
        "pow": lambda: made("exp", made("mul", v.args[1], made("log", a))),
        "div": lambda: made("mul", a, made("pow", v.args[1], number(-1))),
        "sub": lambda: made("neg", made("sub", v.args[1], a)),
    }[v.rule.function.name]()


SAME: dict[str, Rewrite] = {
    "as it is": lambda root, random: root,
    "over itself": _over_itself,
    "to and fro": _to_and_fro,
    "exp(log)": lambda root, random: made("mul", made("sign", root), made("exp", made("log", made("abs", root)))),
    "expanded": lambda root, random: _at(root, random, ("mul",), _expanded),
    "by powers": lambda root, random: _at(root, random, ("pow",), _again),
    "by quotients": lambda root, random: _at(root, random, ("div", "sub"), _again),
    "by other functions": lambda root, random: _at(
        root, random, ("exp", "log", "sqrt", "tanh", "sin", "cos", "sech", "cosh", "sinh", "hypot"), _again
    ),
}


def differ(a: Expression, b: Expression, points: list[dict[str, float]]) -> bool | None:
    """Whether two graphs have provably other values at some point; None where no point shows both."""
    from flint import arb, ctx

    balls = exact.Balls(400)
    shown = False
    for point in points:
        found = []
        for graph in (a, b):
            leaves = {leaf for value in (*graph.nodes, graph.root) for leaf in (value, *value.args) if not leaf.args}
            known = {
                leaf: balls.point(point[leaf.label or ""]) if leaf.requires_grad else balls.constant(leaf)
                for leaf in leaves
            }
            found.append(balls.values(graph.nodes, known)[graph.root])
        if any(isinstance(ball, ArithmeticError) for ball in found):
            continue
        with ctx.workprec(balls.bits):
            one, other = map(arb, found)
            if not (one.is_finite() and other.is_finite()):
                continue
            shown = True
            if abs(one - other) > 1e-8 * abs(one).max(abs(other)) + 1e-290:  # floats hold nothing much smaller
                return True
    return False if shown else None


def records(every: int) -> Iterator[dict[str, Any]]:
    """One record of each expression."""
    seen, count = set(), 0
    for name in NAMES:
        for record in corpus(name, RECORDS):
            if record["expr"] not in seen and len(record["expr"]) <= 400 and record["point"]:
                seen.add(record["expr"])
                count += 1
                if count % every == 0:
                    yield record


# --- what check says -------------------------------------------------------------------------------------------------


class Subject(NamedTuple):
    """A derivative to be spoilt and rewritten."""

    id: str
    expression: Expression
    name: str
    slope: Value  # its graph
    truth: Expression  # the same, read
    points: list[dict[str, float]]  # where two functions are told apart


class Tally:
    """What was said so far: how often each answer was given to each kind of claim, and what was not as it should be."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {kind: Counter() for kind in (*SPOIL, *SAME)}
        self.proven: Counter[str] = Counter()
        self.misses: list[tuple[str, str, str, str]] = []
        self.derivatives = 0
        self.hinted = 0

    def judged(self, kinds: dict[str, Rewrite], said: str = "") -> int:
        """How many claims of these kinds were judged, or called so."""
        answers = [said] if said else [one.value for one in Answer]
        return sum(self.counts[kind][one] for kind in kinds for one in answers)

    def shown(self, kinds: dict[str, Rewrite]) -> int:
        """How many claims of these kinds were proven."""
        return sum(self.proven[kind] for kind in kinds)


def near(record: dict[str, Any], random: Random) -> list[dict[str, float]]:
    """The point of a record, then some around it."""
    point = {name: float(x) for name, x in record["point"].items()}
    around = [{name: x * random.uniform(0.7, 1.4) for name, x in point.items()} for _ in range(NEARBY)]
    return [point, *around]


def off_kinks(expression: Expression, random: Random) -> list[dict[str, float]]:
    """Points that check would draw, moved off the kinks, where nothing is wrong."""
    found = []
    for point in check.draw(expression, {}, NEARBY, SEED).points:
        moved = [x * random.uniform(0.999, 1.001) + random.uniform(-1e-3, 1e-3) for x in point]
        found.append(dict(zip(expression.variables, moved, strict=True)))
    return found


def subjects(record: dict[str, Any], random: Random, tally: Tally) -> Iterator[Subject]:
    """The derivatives of a record by two of its variables, each held against the sweep before it is built on."""
    expression = parse(record["expr"], record["point"])
    point, *around = near(record, random)
    for name in random.sample(list(expression.variables), min(2, len(expression.variables))):
        slope = derivative(expression, name)
        if slope is None or len(text(slope)) > _LONGEST or "nan" in text(slope):
            continue
        truth = parse(text(slope), list(expression.variables))
        try:
            points = around + off_kinks(expression, random)
        except AutodiffError as error:
            tally.misses.append((record["id"], name, "no points", error.message))
            continue
        sweep = expression.gradient(**point)[name]
        formula = value_at(truth, point)
        if isfinite(sweep) and not abs(sweep - formula) <= 1e-6 * abs(sweep) + 1e-12:
            tally.misses.append((record["id"], name, "formula", f"{formula} for {sweep}"))
        tally.derivatives += 1
        yield Subject(record["id"], expression, name, slope, truth, points)


def value_at(expression: Expression, point: dict[str, float]) -> float:
    """The value of an expression whose variables may be fewer than those of the point."""
    return expression.evaluate(**{name: point[name] for name in expression.variables})


def hold(subject: Subject, kind: str, claimed: str, samples: int, tally: Tally) -> None:
    """Have a claim checked, and count the answer."""

    def miss(why: str) -> None:
        tally.misses.append((subject.id, subject.name, kind, f"{why}: {claimed}"))

    try:
        claim = claims.read_claims([f"{subject.name}={claimed}"], subject.expression)
    except AutodiffError as error:
        miss(error.message)
        return
    other = differ(subject.truth, claim[subject.name], subject.points)
    if other is None or (kind in SPOIL) != other:
        tally.counts[kind]["not judged: the function is " + ("unknown" if other is None else "the same")] += 1
        if kind in SAME and other:
            miss("is not the same")
        return
    (finding,) = check.check(subject.expression, claim, {}, samples).findings
    tally.counts[kind][finding.answer.value] += 1
    tally.hinted += bool(finding.hint)
    tally.proven[kind] += bool(finding.proof)
    if finding.answer is not (Answer.WRONG if kind in SPOIL else Answer.RIGHT):
        miss(f"{finding.answer} {finding.counterexample or ''}")


def options() -> Namespace:
    """What the command line says."""
    arguments = parser(__doc__)
    arguments.add_argument("--every", type=int, default=1, help="each so-manieth expression only")
    arguments.add_argument("--floats", action="store_true", help="as where python-flint is not installed")
    arguments.add_argument("--samples", type=int, default=sized(100, 10), help="points that each claim is held at")
    return arguments.parse_args()


def show(tally: Tally, took: float) -> None:
    """Print the rows, then a table of the answers by kind; what was missed goes to stderr."""
    print(HEADER)
    for what, kinds, want in (
        ("spoilt derivatives called wrong", SPOIL, Answer.WRONG),
        ("true derivatives, rewritten, called right", SAME, Answer.RIGHT),
    ):
        good, judged = tally.judged(kinds, want.value), tally.judged(kinds)
        row(what, f"{good} of {judged}", "", "", "all", good == judged)
    proven, true = tally.shown(SAME), tally.judged(SAME)
    if exact.available():
        row("true derivatives, rewritten, proven", f"{proven} of {true}", "", "", "85 %", proven >= PROVEN * true)
    row("spoilt derivatives proven", str(tally.shown(SPOIL)), "", "", "0", not tally.shown(SPOIL))
    false = tally.judged(SAME, Answer.WRONG.value)
    row("true derivatives, rewritten, called wrong", str(false), "", "", "0", not false)
    what = f"misses of any kind, of {tally.derivatives} derivatives, {tally.hinted} hints, in {seconds(took)}"
    row(what, str(len(tally.misses)), "", "", "0", not tally.misses)
    print("\n| | kind | answers | proven |\n|---|---|---|---|")
    for kind, counter in tally.counts.items():
        answers = ", ".join(f"{said} {count}" for said, count in counter.items())
        print(f"| {'spoilt' if kind in SPOIL else 'the same'} | {kind} | {answers} | {tally.proven[kind]} |")
    for miss in tally.misses:
        print(*[part[:300] for part in miss], file=sys.stderr)


def main() -> int:
    """0 where every spoilt derivative is called wrong, and no right one is."""
    chosen = options()
    if not CORPORA.exists():
        print(SKIPPED)
        return 0
    if chosen.floats:
        exact.available = lambda: False
    tally, start = Tally(), perf_counter()
    for record in records(chosen.every):
        random = Random(record["id"])
        for subject in subjects(record, random, tally):
            for kind, rewrite in (SPOIL | SAME).items():
                changed = rewrite(subject.slope, random)
                if changed is not None:
                    hold(subject, kind, text(changed), chosen.samples, tally)
    show(tally, perf_counter() - start)
    return int(bool(tally.misses))


if __name__ == "__main__":
    sys.exit(main())
