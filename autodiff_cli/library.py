"""What `autodiff_cli.parse` gives: an expression, and all that can be asked of it from Python."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from math import copysign, isfinite, nan
from typing import TYPE_CHECKING, Any

from autodiff_cli.answered import Answered, Verified
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import name_of, number_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language import parser
from autodiff_cli.rules.table import CONSTANTS

if TYPE_CHECKING:
    from autodiff_cli.columns.vectorize import Vectorized
    from autodiff_cli.drawing import Drawn
    from autodiff_cli.reports.results import Report

Range = float | tuple[float, float]  # the one value of a variable, or the ends between which it goes
_USUAL = 10.0  # how far a plot goes to both sides of 0, or of the point of interest


class Formula:
    """An expression in some variables, with its derivatives as numbers, as formulas and as code.

    `expression` is what was read; it never changes, and may be used from several threads. A point gives each variable
    its value by name. In a notebook a formula shows itself as mathematics. Two are equal if they are the same steps of
    the same variables in the same order, however they were typed; so they are keys of dictionaries and of caches.
    """

    def __init__(self, expression: Expression, text: str = "") -> None:
        self.expression = expression
        self._text = text  # of a derivative

    @property
    def source(self) -> str:
        """The text that was read."""
        return self.expression.source

    @property
    def name(self) -> str:
        """What a program calls its result; empty if it does not."""
        return self.expression.name

    @property
    def variables(self) -> dict[str, Value]:
        """The variables by name, in order of first appearance."""
        return self.expression.variables

    @property
    def steps(self) -> dict[str, Value]:
        """The named intermediate results of a program."""
        return self.expression.steps

    @property
    def defaults(self) -> dict[str, float]:
        """The values that a program gives to variables."""
        return self.expression.defaults

    @property
    def notes(self) -> list[str]:
        """How the text was read where people disagree; of a derivative, where it holds."""
        return self.expression.notes

    # --- at a point ------------------------------------------------------------------------------------------------

    def examine(self, at: Mapping[str, float] | None = None, /, **point: float) -> "Report":
        """What `autodiff eval` says at a point: value, gradients and verdicts, exact where floats are not.

        `evaluate` and `gradient` are floats alone, and much quicker. Raises AutodiffError where there is no value.

        >>> from autodiff_cli import parse
        >>> report = parse("(x + 1) - x").examine(x=1e16)
        >>> report.value, report.rows[0].verdict.value
        (1.0, 'ok')
        """
        from autodiff_cli.reports.point import report_at

        known = {name: value for name, value in _point(at, point).items() if name in self.variables}
        return report_at(self.expression, known)

    def __call__(self, *values: float | Mapping[str, float], **point: float) -> float:
        """The value at a point, as `evaluate` has it; values without a name are those of the variables, in order.

        Raises AutodiffError where there are too many of them, one is given twice, or is an array.

        >>> from autodiff_cli import parse
        >>> f = parse("x^2 + y")
        >>> f(3.0, 1.0), f(3.0, y=1.0), f({"x": 3.0, "y": 1.0})
        (10.0, 10.0, 10.0)
        """
        given = self._in_order(values)
        if twice := [name for name in point if name in given and not isinstance(values[0], Mapping)]:
            message = f"{', '.join(twice)} is given twice, in order and by name"
            raise AutodiffError(message, hint=f"the order is {', '.join(self.variables)}")
        for name, number in {**given, **point}.items():
            if getattr(number, "ndim", 0) or isinstance(number, list | tuple):
                message = f"{name} is one number here, not a whole {type(number).__name__}"
                raise AutodiffError(message, hint="f.vectorize() is a function of arrays, by name")
        return self.evaluate(given, **point)

    def evaluate(self, at: Mapping[str, float] | None = None, /, **point: float) -> float:
        """The value at a point, as IEEE 754 has it; nan where what was differentiated is outside its domain.

        The point is given by name, or as a mapping, or as both.
        """
        return self.expression.evaluate(**_point(at, point))

    def gradient(self, at: Mapping[str, float] | None = None, /, **point: float) -> dict[str, float]:
        """The partial derivative by each variable at a point; nan where there is no value."""
        return self.expression.gradient(**_point(at, point))

    def value_and_gradient(self, point: Mapping[str, float]) -> tuple[float, dict[str, float]]:
        """What `evaluate` and `gradient` give."""
        return self.expression.value_and_gradient(point)

    def hessian(self, at: Mapping[str, float] | None = None, /, **point: float) -> dict[str, dict[str, float]]:
        """The second derivatives at a point, by two variables; nan where there is no first one.

        They are the gradients of the gradient's formulas: a sweep keeps digits that the next formula may lose.
        """
        names = list(self.variables)
        made: dict[str, dict[str, float]] = {name: dict.fromkeys(names, nan) for name in names}
        with self._first_derivatives.at(_point(at, point)) as there:
            if there.value != there.value:
                return made
            partials = {name: there.steps[name_of([name])] for name in names}
            exist = {name for name, partial in partials.items() if partial.data == partial.data}
            for index, (name, partial) in enumerate(partials.items()):
                gradient = there.gradients(partial)
                for other in names[index:]:
                    if {name, other} <= exist:
                        made[name][other] = made[other][name] = gradient[other]
        return made

    @cached_property
    def _first_derivatives(self) -> Expression:
        """The expression with the formula of each partial derivative as a step, named d/dx and the like."""
        from autodiff_cli.symbolic.derive import Derivation
        from autodiff_cli.symbolic.formulas import check_result
        from autodiff_cli.symbolic.normal_form import steps_below

        expression = self.expression
        check_result(expression)
        derivation = Derivation(expression.root, exact=True)
        partials = {name_of([name]): derivation.by((variable,)) for name, variable in expression.variables.items()}
        nodes = [*dict.fromkeys([*expression.nodes, *steps_below(list(partials.values()))])]
        return replace(expression, nodes=nodes, steps=partials).copied()

    # --- formulas and code -----------------------------------------------------------------------------------------

    def derivative(self, *names: str) -> "Formula":
        """The derivative by a variable, or by several one after the other: derivative("x", "x") is the second by x.

        Its `notes` say where it holds. Raises AutodiffError where a name is not there, or there is no derivative.
        """
        from autodiff_cli.symbolic import formulas

        if not names:
            raise AutodiffError("derivative needs the name of a variable", hint='as in derivative("x")')
        before = self._checked(names)
        found, conditions, notes = formulas.graphs(before, [names])
        made = formulas.formula_of(before, found[names])
        text = made.source
        if notes:  # the text leaves a point out, the numbers do not
            found, conditions, _ = formulas.graphs(before, [names], exact=True)
            made = formulas.formula_of(before, found[names])
        needed = [*before.needed, *([before.root] if conditions else [])]
        nodes = [*dict.fromkeys([*before.nodes, *made.nodes])] if needed else made.nodes
        notes = [*dict.fromkeys([*before.notes, *notes, *formulas.holds(conditions)])]
        return Formula(replace(made, nodes=nodes, needed=needed, notes=notes).copied(), text)

    def taylor(
        self,
        at: float | Mapping[str, float] | None = None,
        /,
        *,
        order: int = 6,
        wrt: str | Sequence[str] = (),
        digits: int = 0,
        **values: float,
    ) -> Answered:
        """The Taylor polynomial around a point, as `autodiff taylor` has it: `polynomial`, and `terms` by order.

        It is in the variables of `wrt`, else in those of `at`, else in those without a value, around 0. Raises
        AutodiffError where there is no series.

        >>> from autodiff_cli import parse
        >>> parse("exp(x)").taylor(0.0, order=3).polynomial
        '1 + x + x^2 / 2 + x^3 / 6'
        """
        from autodiff_cli.render import taylor as render
        from autodiff_cli.render.console import as_text
        from autodiff_cli.reports import taylor

        if not isinstance(order, int) or order < 0:
            raise AutodiffError(f"an order is a whole number from 0 on, not {order!r}", hint="as in order=6")
        wanted = [wrt] if isinstance(wrt, str) else wrt
        place = self._place(at, taylor.expanded_by(self.expression, wanted, (), values))
        where = values | place
        names = taylor.expanded_by(self.expression, wanted, place, where)
        around_0 = dict.fromkeys([name for name in names if name not in where | self.defaults], 0.0)
        where |= around_0
        typed = {name: number_text(value) for name, value in where.items()}
        report = taylor.expand(self.expression, where, names, order, typed, digits)
        return Answered(report, lambda: as_text(lambda console: render.show(report, console)).rstrip("\n"))

    def plot(self, *, at: float | Mapping[str, float] | None = None, **ranges: Range) -> "Drawn":
        """The curve or the area that `autodiff plot` draws: printed as text, shown in a notebook, written by `save`.

        A variable goes between two ends, as in `plot(x=(-5, 5))`, or has one value; `at` is the point of interest.
        Raises AutodiffError where that is not one variable or two.
        """
        from autodiff_cli.drawing import Plotted

        moving = [name for name, given in ranges.items() if isinstance(given, tuple)]
        moving = moving or [name for name in self.variables if name not in {*ranges, *self.defaults}]
        return Plotted(_plot(self.expression, ranges, moving, self._place(at, moving)))

    def check(
        self, *claims: "str | Formula", order: int = 1, samples: int = 200, seed: int = 0, **ranges: Range
    ) -> Verified:
        """Whether a derivative is right, as `autodiff check` says; without a claim, whether our own gradients are.

        It is true where all of them are right. A variable may be given a range or a value. Raises AutodiffError where
        a claim cannot be read or no point is inside the domain.

        >>> from autodiff_cli import parse
        >>> print(parse("sin(x)^2").check("2*sin(x)").answer)
        wrong
        """
        from autodiff_cli.render.check import to_text as text_of
        from autodiff_cli.reports import check
        from autodiff_cli.reports.claims import read_lines

        expression = self.expression
        if not expression.variables:
            raise AutodiffError("there is no variable, so there is no derivative to check", source=self.source)
        spans = {name: _ends(name, given) for name, given in ranges.items()}
        if claims:
            lines = read_lines(map(str, claims), expression)
            report = check.check_lines(expression, lines, spans, samples, seed, order=order)
        else:
            report = check.witness(expression, spans, samples, seed)
        return Verified(report, lambda: text_of(report))

    def to(self, target: str, names: Collection[str] = ()) -> str:
        """Value and gradient as code or mathematics: as `autodiff diff --to` lists them."""
        from autodiff_cli.codegen import targets

        expression = self._checked(names)
        text, _ = targets.write(expression, target, [(name,) for name in names or self.variables])
        return text

    def compile(self, names: Collection[str] = ()) -> Callable[..., tuple[float, tuple[float, ...]]]:
        """A fast function of the variables that returns the value and a tuple of its partials, in their order."""
        from autodiff_cli.codegen.compiled import compile_

        return compile_(self._checked(names), names or self.variables)

    def vectorize(
        self,
        wrt: Sequence[str] | None = None,
        dtype: str = "float64",
        workers: int | None = None,
        compiled: bool | None = None,
    ) -> "Vectorized":
        """A function of arrays, by name, that returns the values and a dictionary of their derivatives (NumPy).

        The derivatives are by `wrt`, or by every variable; it runs on so many threads, or on all cores. Where there is
        a C compiler its arithmetic is `compiled`: at once, never, or (None) when that pays. The digits are the same.
        """
        from autodiff_cli.columns.vectorize import vectorize

        return vectorize(self.expression, wrt, dtype, workers, compiled)

    def _place(self, at: float | Mapping[str, float] | None, names: Sequence[str]) -> dict[str, float]:
        """A point of interest by name; a mere number is that of the one variable it can be."""
        if at is None or isinstance(at, Mapping):
            return {**(at or {})}
        if len(names) != 1:
            listed = ", ".join(names) or "none"
            raise AutodiffError(f"the point {at:.12g} is of one variable, and here are {listed}", hint='as {"x": 1.0}')
        return {names[0]: at}

    def _in_order(self, values: tuple[float | Mapping[str, float], ...]) -> Mapping[str, float]:
        """A point of values in the order of the variables, or of one mapping."""
        found: dict[str, float] = {}
        if len(values) > len(self.variables) and not isinstance(values[0], Mapping):
            names = ", ".join(self.variables) or "none"
            raise AutodiffError(f"{len(values)} values, and the variables are {names}", hint="give each one value")
        for name, value in zip([*self.variables, ""], values, strict=False):
            if isinstance(value, Mapping):
                found |= value
            else:
                found[name] = value
        return found

    def _checked(self, names: Collection[str]) -> Expression:
        """The expression, which has variables of these names."""
        self.expression.require_variables(names)
        return self.expression

    # --- as a key ----------------------------------------------------------------------------------------------------

    @cached_property
    def _key(self) -> tuple[object, ...]:
        """What makes it this one: its steps, those that have names, the order of the variables and their defaults."""
        expression = self.expression
        roots = [expression.root, *expression.needed, *expression.steps.values()]
        at: dict[Value, int] = {}
        steps: list[object] = []
        for node in toposort(roots):
            at[node] = len(steps)
            steps.append((node.op, *[at[arg] for arg in node.args]) if node.args else _leaf_key(node))
        names = expression.name, tuple(expression.steps), tuple(expression.variables)
        return tuple(steps), tuple([at[root] for root in roots]), names, tuple(expression.defaults.items())

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Formula) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    # --- how it shows itself ---------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return self._text or str(self.expression)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def _repr_latex_(self) -> str | None:
        from autodiff_cli.codegen.latex.equations import inline

        try:
            return inline(self.expression)
        except AutodiffError:  # too long to typeset: a notebook then shows the text
            return None


def _point(at: Mapping[str, float] | None, by_name: Mapping[str, float]) -> Mapping[str, float]:
    """A point that is given as a mapping, by name, or as both."""
    return by_name if at is None else {**at, **by_name}


def _leaf_key(leaf: Value) -> object:
    """A variable's name; of a constant its name, or the number that was typed, however that was."""
    if leaf.requires_grad or leaf.label in CONSTANTS or not isfinite(leaf.data):
        return leaf.requires_grad, leaf.label or str(leaf.data)
    try:
        return copysign(1.0, leaf.data), Decimal(leaf.label or repr(leaf.data))
    except InvalidOperation:  # a label that is no decimal
        return leaf.data, leaf.label


def _plot(expression: Expression, ranges: Mapping[str, Range], moving: list[str], spot: Mapping[str, float]) -> Any:
    """The report on a plot along one variable or two; those without a range go where a plot usually does."""
    from autodiff_cli.reports.plot import field_of, line, require_change

    if len(moving) not in (1, 2):
        named = ", ".join(moving) or "none"
        raise AutodiffError(f"a plot goes along one variable or two, and here moves {named}", hint="as in x=(-5, 5)")
    fixed = {name: given for name, given in ranges.items() if not isinstance(given, tuple)}
    for name, given in ranges.items():
        _ends(name, given)
    spans = {name: _span(ranges.get(name), spot.get(name, 0.0)) for name in moving}
    expression.check({*fixed, *moving})
    if len(moving) == 1:
        report: Any = line(expression, fixed, moving[0], spans[moving[0]], spot.get(moving[0]))
    else:
        report = field_of(expression, fixed, spans, spot)
    require_change(report)
    return report


def _ends(name: str, given: Range) -> tuple[float, float]:
    """A range, from its lower end to its upper one; of one value that, twice."""
    if not isinstance(given, tuple):
        return given, given
    if len(given) != 2 or not given[0] <= given[1]:
        raise AutodiffError(f"{name} = {given} is no range", hint="the lower end first, as in x=(-5, 5)")
    return given


def _span(given: Range | None, at: float) -> tuple[float, float]:
    middle = at if abs(at) > _USUAL else 0.0
    return given if isinstance(given, tuple) else (middle - _USUAL, middle + _USUAL)


def parse(text: str, given: Collection[str] = ()) -> Formula:
    """Read an expression or a program; `given` names the variables that will get a value, which decides `ax` and `e`.

    Raises AutodiffError that points at the place where the text cannot be read.
    """
    if not isinstance(text, str):
        raise TypeError(f"an expression is a text, not {type(text).__name__}")
    return Formula(parser.parse(text, given))
