"""What each rule of the grammar makes: the nodes of the graph, as soon as the rule is matched."""

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from itertools import chain, filterfalse
from math import isfinite, nan
from operator import attrgetter
from typing import Any

from autodiff_cli.engine.expression import Differentiated
from autodiff_cli.engine.graph import forward, toposort
from autodiff_cli.engine.value import RULES, Rule, Value, constant, node, rule_of
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.foreign import Spelling
from autodiff_cli.language.lexer import Lexer
from autodiff_cli.language.patterns import compiled
from autodiff_cli.language.templates import OWN, Template
from autodiff_cli.language.tokens import Called, Differential, Head, Iteration, Power, Span, Token
from autodiff_cli.language.vectors import CARTESIAN, EXAMPLES, OPERATORS, SUMS, TAKES_VECTOR, Nabla, Sum, Vector
from autodiff_cli.rules.numbers import needs_balls
from autodiff_cli.rules.table import BOOLEAN, BY_NAME, Function, find

_MOST = 300_000  # steps that a program's sums and functions may come to: a second's work
_STEPS_OF_A_DERIVATIVE = 300  # that it takes as long as
_ORDER = 100  # of a derivative
_OPERATIONS = {name: RULES[name, 2] for name, count in RULES if count == 2}
_DECIMAL = r"[^()]*?(?<![\w.])(\d+),(\d+)(?![\w.])"
_LIKE_DIFF = "as in diff(x^2 * y, x), diff(f, x, 3) for the third, diff(f, x, y) for one after the other"


class Builder:
    """What each rule of the grammar makes, in one parse: a method a rule, given what its parts became.

    The nodes go to the lexer's list of them, in the order in which they are made.
    """

    def __init__(self, lexer: Lexer) -> None:
        self.lexer = lexer
        self.nodes = lexer.nodes
        self.places: dict[Value, Span] = {}
        self.defaults: dict[str, float] = {}
        self.constants: dict[str, Value] = {}  # what the defaults were computed by
        self.needed: list[Value] = []  # what must be defined although the result does not depend on it
        self.needed_in: dict[str, slice] = {}  # which of that each step's statement brought
        self.name = ""  # of the result
        self.results: list[str] = []  # of a vector
        self.differentiated: list[Differentiated] = []
        self._differentiated: set[Value] = set()  # indices and parameters that diff was asked for
        self._named: set[Value] = set()
        self._vectors: dict[Value, Vector] = {}  # by what stands for each in the graph
        self._fields: dict[Value, list[str]] = {}  # the names of the components of those that have a name
        self._made = 0  # steps of sums and functions
        self._templates: dict[str, Template] = {}
        self._mark = self._needed_mark = 0  # how many nodes there were before this statement, and how many needed
        self._statements: list[bool] = []  # whether each has a name

    # --- arithmetic ------------------------------------------------------------------------------------------------

    def _node(self, rule: Rule, args: tuple[Value, ...], span: Span) -> Value:
        made = node(rule, args)
        self.nodes.append(made)
        self.places[made] = span
        return made

    def leaf(self, children: list[Any]) -> Value:
        """2, x"""
        found: Value = children[0].value
        return found

    def operation(self, children: list[Any]) -> Value:
        """a + b"""
        left, sign, right = children
        made = node(_OPERATIONS[sign.value], (left, right))
        self.nodes.append(made)
        self.places[made] = sign.span
        return made

    def prefix(self, children: list[Any]) -> Value:
        """-a, +a, not a"""
        sign, operand = children
        if sign.type == "PLUS":
            plus: Value = operand
            return plus
        name = sign.value if sign.type == "NEGATE" else "not" if sign.type == "NOT" else "neg"
        return self._node(RULES[name, 1], (operand,), sign.span)

    def comparison(self, children: list[Any]) -> Value:
        """a < b, and a < b < c, which is a < b and b < c"""
        pairs = [self.operation(children[at : at + 3]) for at in range(0, len(children) - 2, 2)]
        sign = children[1]
        made = pairs[0]
        for pair in pairs[1:]:
            made = self._node(_OPERATIONS["and"], (made, pair), sign.span)
        return made

    def absolute(self, children: list[Any]) -> Value:
        """|a|"""
        opened, inner, closed = children
        return self._node(RULES["abs", 1], (inner,), _from_to(opened, closed))

    def raised(self, children: list[Any]) -> Value:
        """a², a⁻¹"""
        base, sign = children
        return self._raise(base, sign.value, sign)

    def _raise(self, base: Value, power: Power, sign: Token) -> Value:
        exponent = power.node
        if power.negative:
            exponent = self._node(RULES["neg", 1], (exponent,), sign.span)
        return self._node(_OPERATIONS["pow"], (base, exponent), sign.span)

    def factorial(self, children: list[Any]) -> Value:
        """a!, which is gamma(a + 1)"""
        base, sign = children
        more = self._node(_OPERATIONS["add"], (base, constant(1, "1")), sign.span)
        return self._node(RULES["gamma", 1], (more,), sign.span)

    def percent(self, children: list[Any]) -> Value:
        """5%, which is 5/100"""
        part, sign = children
        return self._node(_OPERATIONS["div"], (part, constant(100, "100")), sign.span)

    # --- calls -----------------------------------------------------------------------------------------------------

    def call(self, children: list[Any]) -> Value:
        """f(a, b)"""
        name, *args, closing = children
        return self._called(name, args, _from_to(name, closing))

    def applied(self, children: list[Any]) -> Value:
        """sin a, √a"""
        name, arg = children
        return self._called(name, [arg], name.span)

    def applied_to_negative(self, children: list[Any]) -> Value:
        """sin -a, ∛-a"""
        name, sign, arg = children
        return self._called(name, [self._node(RULES["neg", 1], (arg,), sign.span)], name.span)

    def powered(self, children: list[Any]) -> Value:
        """sin^(n-1) a"""
        name, exponent, *called = children
        value = self.applied(called)
        return self._node(_OPERATIONS["pow"], (value, exponent), name.span)

    def powered_call(self, children: list[Any]) -> Value:
        """sin^(n-1)(a)"""
        name, exponent, *called = children
        return self._node(_OPERATIONS["pow"], (self.call(called), exponent), name.span)

    def rooted(self, children: list[Any]) -> Value:
        r"""\sqrt[n]{a}"""
        token, index, arg = children
        name = {2: "sqrt", 3: "cbrt"}.get(index.data)
        if name and not index.args:
            return self._node(RULES[name, 1], (arg,), token.span)
        if index.args or index.requires_grad or index.data % 2:  # an odd root is there left of 0 too
            return self._node(RULES["root", 2], (arg, index), token.span)
        inverse = self._node(_OPERATIONS["div"], (constant(1, "1"), index), token.span)
        return self._node(_OPERATIONS["pow"], (arg, inverse), token.span)

    def chosen(self, children: list[Any]) -> Value:
        """a if c else b, c ? a : b"""
        first, sign, second, _, last = children
        args = (second, first, last) if sign.type == "IF" else (first, second, last)
        return self._node(RULES["where", 3], args, sign.span)

    def case(self, children: list[Any]) -> tuple[Value, Value | None]:
        """A row of cases: its value, and its condition, which the one for everywhere else has not."""
        value, _, condition = children
        return value, None if isinstance(condition, Token) else condition

    def cases(self, children: list[Any]) -> Value:
        r"""\begin{cases} a & c \\ b & d \end{cases}"""
        token, *parts = children
        return self._choose([part for part in parts if not isinstance(part, Token)], token)

    def _choose(self, rows: list[tuple[Value, Value | None]], token: Token, elsewhere: Value | None = None) -> Value:
        """The value of the first row whose condition holds. A last row of no condition is for everywhere else."""
        made, condition = rows.pop()
        if condition is not None:
            if elsewhere is None:
                zero = constant(0, "0")
                elsewhere = self._node(_OPERATIONS["div"], (zero, zero), token.span)
            made = self._node(RULES["where", 3], (condition, made, elsewhere), token.span)
        for value, condition in reversed(rows):
            if condition is None:
                raise self._error("only the last of the cases is for everywhere else", token)
            made = self._node(RULES["where", 3], (condition, value, made), token.span)
        return made

    def _paired(self, spelling: Spelling, args: list[Value], token: Token) -> Value:
        """Piecewise((a, c), (b, True)), Which[c, a, True, b], IFS(c, a, TRUE, b): elsewhere 0 or nowhere defined."""
        is_value_first = spelling.names[0] == "cases"
        last = args[-1:] if is_value_first and len(args) % 2 else []
        if len(args) < 2 or (len(args) - len(last)) % 2:
            raise self._error(f"{token.text} takes pairs of a value and a condition", token)
        values, conditions = (args[::2], args[1::2]) if is_value_first else (args[1::2], args[::2])
        pairs = zip(values, conditions, strict=False)
        made = [(value, None if _is_true(condition) else condition) for value, condition in pairs]
        made += [(value, None) for value in last]
        is_zero = is_value_first and spelling.language == "Mathematica"
        return self._choose(made, token, constant(0, "0") if is_zero else None)

    def _called(self, name: Token, args: list[Value], span: Span) -> Value:
        """A call, with the base and the power on the function's name: log_2 a, sin^2 a, sin^-1 a."""
        called: Called = name.value
        if called.spelling is not None:
            return self._spelled(called.spelling, args, name, span)
        if called.base is not None:
            args.insert(0 if called.name.startswith("bessel") else len(args), called.base)
        power = called.power
        if called.primes:
            return self._primed(called, args, name, span)
        if power is None:
            return self._apply(called.name, tuple(args), name, span)
        if power.negative and power.node.data == 1:
            inverse = self._inverse(called.name, len(args), name)
            return self._node(inverse, tuple(args), span)
        return self._raise(self._apply(called.name, tuple(args), name, span), power, name)

    def _apply(self, name: str, args: tuple[Value, ...], token: Token, span: Span) -> Value:
        template = self._templates.get(name) or self._own(name, token)
        if template:
            return self._expand(name, template, args, token)
        if name == "piecewise":
            return self._piecewise(args, token)
        if name == "diff":
            return self._diff(args, token, span)
        if name in SUMS and not token.value.spelling:  # by whose div a quotient is meant
            return self._field(name, args, token, span)
        function = find(name, len(args))
        if function is None:
            raise self._wrong_count(name, len(args), token)
        if needs_balls(function.name) and not find_spec("flint"):
            hint = "pip install 'autodiff-cli[exact]'"
            raise self._error(f"{name} needs python-flint, which is not installed", token, hint)
        return self._node(rule_of(function), args, span)

    def _spelled(self, spelling: Spelling, args: list[Value], token: Token, span: Span) -> Value:
        """A call by another language's name; of AND(a, b, c), SUM(a, b, c) one sign after another."""
        name = spelling.names.get(len(args)) or spelling.names.get(0)
        if name is None:
            counts = " or ".join(map(str, spelling.names))
            raise self._error(f"{spelling.language}'s {token.text} takes {counts} arguments, not {len(args)}", token)
        if spelling.swapped and len(args) == 2:
            args.reverse()
        if name in ("add", "mul", "and", "or") and args:
            made, *rest = args
            for arg in rest:
                made = self._node(_OPERATIONS[name], (made, arg), span)
            return made
        if name in ("cases", "which"):
            return self._paired(spelling, args, token)
        if name == "where" and len(args) > 3:
            name = "piecewise"
        return self._apply(name, tuple(args), token, span)

    def _inverse(self, name: str, count: int, token: Token) -> Rule:
        """asin for sin^-1"""
        function = _of_table(name, count)
        inverse = _of_table(f"a{function.name}", count) if function else None
        if inverse is None or name in self._templates:
            raise self._error(f"{name}^-1 is no function here", token, f"write 1/{name}(x) for the reciprocal")
        return rule_of(inverse)

    def _piecewise(self, args: tuple[Value, ...], token: Token) -> Value:
        """piecewise(c, a, d, b, else), which is where(c, a, where(d, b, else))"""
        if len(args) < 3 or len(args) % 2 == 0:
            hint = "as in piecewise(x < 0, -x, x < 1, x^2, 1): the last value is for where no condition holds"
            raise self._error("piecewise takes pairs of a condition and a value, then a last value", token, hint)
        made = args[-1]
        for at in range(len(args) - 3, -1, -2):
            made = self._node(RULES["where", 3], (args[at], args[at + 1], made), token.span)
        return made

    # --- derivatives -----------------------------------------------------------------------------------------------

    def _diff(self, args: tuple[Value, ...], token: Token, span: Span) -> Value:
        """diff(f, x), diff(f, x, 3), diff(f, x, y): the derivative's graph takes the place of the call."""
        from autodiff_cli.symbolic.normal_form import steps_below

        if len(args) < 2:
            raise self._error("diff takes an expression and a name to differentiate by", token, _LIKE_DIFF)
        root, *rest = args
        self._check_has_derivative(root, token)
        names = self._names_to_differentiate_by(rest, token)
        variables = {*self.lexer.scope.variables.values()}
        absent = variables - {*toposort([root])}
        self._note_absent(filter(absent.__contains__, names))
        made = self._derivative(root, names, token)
        self._add(steps_below([made], steps_below([root])), token, span)
        return made

    def _derivative(self, root: Value, names: Sequence[Value], token: Token) -> Value:
        """The derivative's graph, by names in turn; where it does not show that `root` is defined, that is needed."""
        from autodiff_cli.symbolic.derive import Derivation

        self._room_for(_STEPS_OF_A_DERIVATIVE, token)
        leaves = {leaf for leaf in toposort([root]) if leaf.requires_grad and not leaf.args}
        variables = {*self.lexer.scope.variables.values()}
        self._differentiated |= set(filterfalse(attrgetter("args"), names)) - variables
        derivation = Derivation(root, exact=not leaves <= variables)  # x^n at n = 0, when all n are put in
        try:
            made = derivation.by(tuple(names))
        except AutodiffError as error:
            raise self._error(error.message, token, error.hint) from None
        if derivation.conditions():
            self.needed.append(root)
        self.differentiated.append(Differentiated(root, [*names], made))
        return made

    def derived(self, children: list[Any]) -> Value:
        """d/dx a"""
        token, root = children
        derivative: Differential | Nabla = token.value
        if isinstance(derivative, Nabla):
            return self._field(derivative.operator, (root,), token, token.span)
        return self._diff((root, *derivative.names), token, token.span)

    def primed(self, children: list[Any]) -> Value:
        """(a)', which is by the only variable of a"""
        root, token = children
        variables = [node for node in toposort([root]) if not node.args and node.requires_grad]
        if len(variables) != 1:
            hint = "write d/dx(...), or diff(..., x)"
            raise self._error("this does not say by which variable to differentiate", token, hint)
        self.lexer.scope.notes[f"{token.text} is read as the derivative by {variables[0].label}"] = None
        return self._diff((root, *variables * token.value), token, token.span)

    def _primed(self, called: Called, args: list[Value], token: Token, span: Span) -> Value:
        """f''(a): the derivative by the argument, at a."""
        name = called.name + "'" * called.primes
        template = self._templates.get(name)
        if template is None:
            mark = len(self.nodes)
            argument = Value(nan, "x")
            root = self._apply(called.name, (argument,), token, span)
            derivative = self._diff((root, *[argument] * called.primes), token, span)
            template = self._templates[name] = self._cut(mark, [argument], derivative)
        return self._expand(name, template, tuple(args), token)

    # --- vectors ---------------------------------------------------------------------------------------------------

    def vector(self, children: list[Any]) -> Value:
        """[a, b]"""
        *components, _ = children
        return self._vector({str(at): one for at, one in enumerate(components, 1)})

    def _vector(self, components: dict[str, Value]) -> Value:
        """What stands for a vector: a leaf, of which nothing can be made."""
        made = Value(nan, "")
        self._vectors[made] = Vector(components)
        return made

    def _field(self, name: str, args: tuple[Value, ...], token: Token, span: Span) -> Value:
        """div(F, x, y), curl(F, x, y), laplacian(f, x, y), and the same by ∇, as sums of partial derivatives."""
        subject, *rest = args
        components = self._components(name, subject, token)
        listed = self._vectors.get(rest[0]) if len(rest) == 1 else None  # curl(F, [x, y, z])
        rest = [*listed.components.values()] if listed else rest
        names = self._coordinates(name, components, rest, token)
        sums = [self._summed(partials, token, span) for partials in SUMS[name](components, names)]
        if len(sums) == 1:
            return sums[0]
        return self._vector({str(by.label): one for by, one in zip(names, sums, strict=True)})

    def _components(self, name: str, subject: Value, token: Token) -> list[Value]:
        """What is differentiated: the components of a vector, or the one scalar of a Laplacian."""
        vector = self._vectors.get(subject)
        if (vector is not None) != (name in TAKES_VECTOR):
            takes = "a vector" if vector is None else "a number, no vector"
            also = "; a quotient is a / b" if token.text == name == "div" else ""
            raise self._error(f"{OPERATORS[name]} is of {takes}", token, f"as in {EXAMPLES[name]}{also}")
        return [*vector.components.values()] if vector else [subject]

    def _coordinates(self, name: str, components: list[Value], given: list[Value], token: Token) -> list[Value]:
        """The names that a field is differentiated by: those that are given, or else as many of x, y, z as it needs."""
        count = len(components) if name in TAKES_VECTOR else 0
        if name == "curl" and count not in (2, 3):
            raise self._error("a curl is of two or three components", token, f"as in {EXAMPLES[name]}")
        if not given:
            return self._cartesian(name, components, count, token)
        faults = {
            f"{name} needs names to differentiate by": not all(map(self._is_name, given)),
            f"{name} has a name twice": len({*given}) < len(given),
            f"{count} components need {count} names to differentiate by": count and len(given) != count,
        }
        for message in filter(faults.get, faults):
            raise self._error(message, token, f"as in {EXAMPLES[name]}")
        return given

    def _is_name(self, arg: Value) -> bool:
        """Whether it is a variable or a step that has a name."""
        return arg.requires_grad and (not arg.args or arg in self._named) and arg not in self._vectors

    def _cartesian(self, name: str, components: list[Value], count: int, token: Token) -> list[Value]:
        """The x, y and z that ∇ is of: as many as there are components, or else those that the scalar depends on."""
        free = [one for one in toposort(components) if one.requires_grad]
        there = [one for one in free if one.label in CARTESIAN]
        found = {str(one.label): one for one in there}
        if len(found) < len(there):  # a parameter and a variable
            raise self._error("two names here are the same", token, f"name others: {EXAMPLES[name]}")
        if count > len(CARTESIAN) or not (found or (count and not free)):  # a constant vector is of any names
            message = "this does not say by which names to differentiate"
            raise self._error(message, token, f"name them: {EXAMPLES[name]}")
        by = CARTESIAN[:count] or [*filter(found.__contains__, CARTESIAN)]
        self.lexer.scope.notes[f"{OPERATORS[name]} is by {', '.join(by)}"] = None
        absent = {one: Value(nan, one) for one in by}  # of which nothing here depends
        return [(absent | found)[one] for one in by]

    def _summed(self, partials: Sum, token: Token, span: Span) -> Value:
        """Partial derivatives one after another as one formula."""
        from autodiff_cli.symbolic.formulas import summed
        from autodiff_cli.symbolic.normal_form import steps_below

        components = dict.fromkeys([one.component for one in partials])
        for component in components:
            self._check_has_derivative(component, token)
        terms = [self._derivative(one.component, one.by, token) for one in partials]
        names = {*chain(*[one.by for one in partials])}
        made = summed(terms, [1 if one.adds else -1 for one in partials], [*filter(attrgetter("args"), names)])
        computed = [*filter(attrgetter("args"), components)]
        self.needed += computed
        self.differentiated[-len(terms) :] = [one._replace(made=made) for one in self.differentiated[-len(terms) :]]
        self._add(steps_below([made], steps_below(computed)), token, span)
        return made

    def _check_vectors(self) -> None:
        """Refuse vectors in arithmetic."""
        for made in self.nodes[self._mark :]:
            if not self._vectors.keys().isdisjoint(made.args):
                hint = "div and curl take one, or a statement is one: F = [x*y, y^2]"
                raise self.lexer.scope.error("a vector is no number", self.places[made], hint)

    def _define_vector(self, name: str, vector: Vector, token: Token) -> list[str]:
        """Names for the components: F_1, F_2; of a curl B_x, B_y, B_z."""
        scope, names = self.lexer.scope, [f"{name}_{part}" for part in vector.components]
        for one, root in zip(names, vector.components.values(), strict=True):
            if one in scope.nodes:
                raise self._error(f"'{one}' is defined twice", token, f"it is a component of {name}")
            root = self._node(RULES["identity", 1], (root,), token.span)
            self._named.add(root)
            self.needed_in[one] = slice(self._needed_mark, len(self.needed))
            scope.define(one, root)
        return names

    def _check_has_derivative(self, root: Value, token: Token) -> None:
        if root in self._vectors:
            hint = "differentiate its components; div and curl take a vector"
            raise self._error("a vector is no number", token, hint)
        if root.rule.function.name in BOOLEAN:
            hint = "where(condition, a, b) chooses between two values that have one"
            raise self._error("a condition has no derivative: it is 1 or 0", token, hint)

    def _names_to_differentiate_by(self, args: Sequence[Value], token: Token) -> list[Value]:
        """Each name as often as it is differentiated by: x, x, y for the arguments x, 2, y."""
        names: list[Value] = []
        for arg in args:
            if self._is_name(arg):
                names.append(arg)
            elif arg.requires_grad or not names:
                raise self._error("diff needs a name to differentiate by", token, _LIKE_DIFF)
            elif _is_order(arg):
                names += names[-1:] * (int(arg.data) - 1)
            else:
                raise self._error(f"the order in diff is a whole number from 1 to {_ORDER}", token, _LIKE_DIFF)
        return names

    def _note_absent(self, names: Iterable[Value]) -> None:
        for name in names:
            self.lexer.scope.notes[f"{name.label} is not in what diff differentiates, so that it gives 0"] = None

    def _add(self, steps: list[Value], token: Token, span: Span) -> None:
        """Take over steps that were made elsewhere."""
        self._room_for(len(steps), token)
        for step in steps:
            self.nodes.append(step)
            self.places[step] = span

    # --- sums and products -----------------------------------------------------------------------------------------

    def series(self, children: list[Any]) -> Value:
        """sum(k, 1, 10, x^k): the term, made once for each value of the index."""
        token, low, high, term, _ = children
        series: Iteration = token.value
        if series.bound in self._differentiated:
            hint = "diff(x^k, x, 2) is the second derivative by x"
            raise self._error(f"{series.bound.label} counts here: nothing is differentiated by it", token, hint)
        template = self._cut(series.before, [series.bound], term)
        indices = self._indices((low, high), token)
        count = max(0, indices.stop - indices.start)  # which may be more than `len` can say
        self._room_for(count * (len(template.nodes) + 1), token)
        if not count:
            return constant(0, "0") if series.joins == "add" else constant(1, "1")
        terms = (self._again(template, {series.bound: self._index(k, token)}) for k in indices)
        made = next(terms)
        for another in terms:
            made = self._node(_OPERATIONS[series.joins], (made, another), token.span)
        return made

    def big(self, children: list[Any]) -> Value:
        r"""\sum_{k=1}^{5} a"""
        token, low, high, term = children
        self.lexer.scope.unbind_index(token.value.bound)
        return self.series([token, low, high, term, None])

    def _indices(self, bounds: tuple[Value, Value], token: Token) -> range:
        """The values of an index, from its bounds: numbers, or what is computed from numbers alone."""
        forward(toposort(bounds))
        for bound in bounds:
            if bound.requires_grad:
                hint = "as in sum(k, 1, 10, x^k)"
                raise self._error(f"the bounds of a {token.text} are numbers, not variables", token, hint)
            if not isfinite(bound.data) or bound.data % 1 != 0:
                raise self._error(f"the bounds of a {token.text} are whole numbers, not {bound.data:g}", token)
        first, last = bounds
        return range(int(first.data), int(last.data) + 1)

    def _index(self, k: int, token: Token) -> Value:
        """An index's value as a text would have it: -3 is a sign and a number."""
        size = constant(abs(k), str(abs(k)))
        return self._node(RULES["neg", 1], (size,), token.span) if k < 0 else size

    # --- templates -------------------------------------------------------------------------------------------------

    def _cut(self, before: int, parameters: list[Value], root: Value) -> Template:
        """Take the steps that depend on the parameters out of those made since.

        Of sum(k, 1, 9, k*sin(x)) that is the product; sin(x) stays, and is made once.
        """
        moving = set(parameters)
        taken, left = [], []
        for made in self.nodes[before:]:
            if any([arg in moving for arg in made.args]):  # noqa: C419 - faster
                moving.add(made)
                taken.append(made)
            else:
                left.append(made)
        self.nodes[before:] = left
        needed = [one for one in self.needed if one in moving]
        self.needed = [one for one in self.needed if one not in moving]
        differentiated = [one for one in self.differentiated if one.root in moving]
        self.differentiated = [one for one in self.differentiated if one.root not in moving]
        return Template(parameters, taken, root, needed, differentiated)

    def _own(self, name: str, token: Token) -> Template | None:
        """A function of this process, as if this text had defined it; None where there is none of that name."""
        own = OWN.get(name)
        if own is None:
            return None
        mark = len(self.nodes)
        parameters = [Value(nan, one.label) for one in own.parameters]
        root = self._again(own, dict(zip(own.parameters, parameters, strict=True)), token.span)
        self._templates[name] = self._cut(mark, parameters, root)
        return self._templates[name]

    def _again(self, template: Template, env: dict[Value, Value], span: Span = (0, 0)) -> Value:
        """The template's steps, once more, with the nodes that stand for its parameters.

        `span` is the place of those that no text of this parse has made.
        """
        for old in template.nodes:
            made = env[old] = node(old.rule, tuple([env.get(arg, arg) for arg in old.args]))
            self.nodes.append(made)
            self.places[made] = self.places.get(old, span)
        self.needed += [env[one] for one in template.needed]
        self.differentiated += [one.replaced(lambda old: env.get(old, old)) for one in template.differentiated]
        return env.get(template.root, template.root)

    def _expand(self, name: str, template: Template, args: tuple[Value, ...], token: Token) -> Value:
        """A call of a function of the text's own."""
        parameters = template.parameters
        if len(parameters) != len(args):
            hint = f"as in {name}({', '.join(str(one.label) for one in parameters)})"
            raise self._error(f"{name} takes {_arguments(str(len(parameters)))}, not {len(args)}", token, hint)
        self._room_for(len(template.nodes), token)
        return self._again(template, dict(zip(parameters, args, strict=True)), token.span)

    def _room_for(self, steps: int, token: Token) -> None:
        self._made += steps
        if self._made > _MOST:
            hint = "sums and functions are written out in full"
            raise self._error(f"this comes to more than {_MOST:,} steps", token, hint)

    # --- statements ------------------------------------------------------------------------------------------------

    def statement(self, children: list[Any]) -> Value:
        """a = 2, f(x) = x^2, or the result with a name or without: whether it is the last, the lexer knows."""
        *heads, root = children
        self._statements.append(bool(heads))
        if self._vectors:
            self._check_vectors()
        if root in self._vectors:
            made = self._vector_statement(heads, root)
        else:
            made = self._headed(heads[0], root) if heads else root
        self._mark, self._needed_mark = len(self.nodes), len(self.needed)
        return made

    def _vector_statement(self, heads: list[Token], root: Value) -> Value:
        """F = [x*y, y^2], B = curl(F), or a curl as the result: a step a component, the last of a result its root."""
        end = self.lexer.last.span[1]
        token = heads[0] if heads else Token("NAME", "curl", (max(self.lexer.starts[-1], 0), end))
        name = token.value.name if heads else token.text
        vector = self._vectors[root]
        if not heads and root in self._fields:
            self.results = self._fields[root]
            return self.lexer.scope.nodes[self.results[-1]]
        if heads and token.value.parameters:
            vector = self._of_variables(vector, token.value.parameters)
            self._vectors[root] = vector
        names = self._define_vector(name, vector, token)
        if not self.lexer.done:
            self.lexer.scope.nodes[name] = self.lexer.scope.vectors[name] = root
            self._fields[root] = names
            return root
        self.results = names
        return self.lexer.scope.nodes[names[-1]]

    def _of_variables(self, vector: Vector, parameters: dict[str, Value]) -> Vector:
        """The vector of F(x, y) = [x*y, y^2] with variables in place of its parameters."""
        template = self._cut(self._mark, [*parameters.values()], next(iter(vector.components.values())))
        variables = map(self.lexer.scope.variable, parameters)
        env = dict(zip(template.parameters, variables, strict=True))
        self._again(template, env)
        return Vector({part: env.get(one, one) for part, one in vector.components.items()})

    def _headed(self, token: Token, root: Value) -> Value:
        head: Head = token.value
        if self.lexer.done:
            return self._result(head, token, root)
        if head.parameters:
            self._define_function(head, root)
        else:
            self._define(head.name, token, root)
        return root

    def _result(self, head: Head, token: Token, root: Value) -> Value:
        """The last statement. If it is a function's definition, its parameters are variables."""
        self.name = token.text.rstrip("=: \t\r\n")
        if not head.parameters:
            return root
        template = self._cut(self._mark, list(head.parameters.values()), root)
        variables = [self.lexer.scope.variable(name) for name in head.parameters]
        return self._again(template, dict(zip(template.parameters, variables, strict=True)))

    def _define_function(self, head: Head, root: Value) -> None:
        self._templates[head.name] = self._cut(self._mark, list(head.parameters.values()), root)
        self.lexer.scope.functions[head.name] = len(head.parameters)
        self.lexer.scope.parameters[head.name] = [*head.parameters]

    def _define(self, name: str, token: Token, root: Value) -> None:
        """A name for a step, which moves by itself; for a number, a variable that has its value already."""
        if not root.requires_grad:
            forward(self.nodes[self._mark :])
            if name[0] != "_":
                root = self._default(name, root, token)
        is_shared = not root.args or root in self._named
        if is_shared and root.label != name:
            start, _ = token.span
            root = self._node(RULES["identity", 1], (root,), (start, start + len(name)))
        self._named.add(root)
        self.needed_in[name] = slice(self._needed_mark, len(self.needed))
        self.lexer.scope.define(name, root)

    def _default(self, name: str, root: Value, token: Token) -> Value:
        """A name for a number is a variable that has its value already."""
        del self.nodes[self._mark :]
        if not isfinite(root.data):
            raise self._error(f"{name} has no finite value here", token)
        self.defaults[name] = root.data
        self.constants[name] = root
        return Value(nan, name)

    def start(self, children: list[Any]) -> Value:
        """The result, which is the last statement; each before it has a name."""
        *before, _ = self._statements
        if not all(before):
            raise self._nameless(before.index(False))
        result: Value = children[-1]
        return result

    # --- errors ----------------------------------------------------------------------------------------------------

    def _error(self, message: str, token: Token, hint: str = "") -> AutodiffError:
        return self.lexer.scope.error(message, token.span, hint)

    def _nameless(self, index: int) -> AutodiffError:
        start, end = self.lexer.starts[index : index + 2]
        text = self.lexer.source[start:end].rstrip("; \t\r\n")
        hint = "write name = ... before it; a line that goes on ends with an operator or is in parentheses"
        message = "this statement has no name, so nothing can use it"
        return self.lexer.scope.error(message, (start, start + len(text)), hint)

    def _wrong_count(self, name: str, count: int, token: Token) -> AutodiffError:
        takes, example = _takes(name, count)
        hint = f"as in {example}"
        if name == "hypot" and count > 2:
            hint = "write norm(a, b, c)"
        decimal = compiled(_DECIMAL).match(self.lexer.source, token.span[1] + 1)
        if decimal:
            hint += f"; if a decimal number is meant, write {decimal[1]}.{decimal[2]}"
        return self._error(f"{name} takes {_arguments(takes)}, not {count}", token, hint)


def _of_table(name: str, count: int) -> Function | None:
    """The function of that name that is not of this process alone."""
    function = find(name, count)
    return None if function and function.own else function


def _from_to(first: Token, last: Token) -> Span:
    return first.span[0], last.span[1]


def _takes(name: str, count: int) -> tuple[str, str]:
    """How many arguments a function takes, and how it is called, with as many as were given where that may be.

    log -> "1 or 2", "log(x)"; max, 3 -> "2 or more", "max(a, b, c)"
    """
    functions = BY_NAME[name]
    counts = ["2 or more" if f.variadic else str(len(f.args)) for f in functions]
    first = functions[0]
    arguments = "abcd"[: max(2, count)] if first.variadic else first.args
    return " or ".join(counts), f"{name}({', '.join(arguments)})"


def _is_order(arg: Value) -> bool:
    """Whether it is a number, written as such, that can be the order of a derivative.

    2 is one; 2.5, 1 + 1 and 1000 are none
    """
    is_whole = arg.data % 1 == 0
    return is_whole and not arg.args and 1 <= arg.data <= _ORDER


def _is_true(condition: Value) -> bool:
    """Whether it is the number 1, as True is read."""
    return not condition.args and not condition.requires_grad and condition.data == 1


def _arguments(count: str) -> str:
    return f"{count} argument{'' if count == '1' else 's'}"
