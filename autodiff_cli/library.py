"""What `autodiff_cli.parse` gives: an expression, and all that can be asked of it from Python."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from math import nan
from typing import TYPE_CHECKING

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import name_of
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language import parser

if TYPE_CHECKING:
    from autodiff_cli.columns.vectorize import Vectorized
    from autodiff_cli.reports.results import Report


class Formula:
    """An expression in some variables, with its derivatives as numbers, as formulas and as code.

    `expression` is what was read; it never changes, and may be used from several threads. A point gives each variable
    its value by name. In a notebook a formula shows itself as mathematics.
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

    def _checked(self, names: Collection[str]) -> Expression:
        """The expression, which has variables of these names."""
        self.expression.require_variables(names)
        return self.expression

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


def parse(text: str, given: Collection[str] = ()) -> Formula:
    """Read an expression or a program; `given` names the variables that will get a value, which decides `ax` and `e`.

    Raises AutodiffError that points at the place where the text cannot be read.
    """
    return Formula(parser.parse(text, given))
