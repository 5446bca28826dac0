"""What `autodiff_cli.parse` gives: an expression, and all that can be asked of it from Python."""

from collections.abc import Callable, Collection, Sequence
from math import nan
from typing import TYPE_CHECKING, Any, cast

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value, forward
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.language import parser

if TYPE_CHECKING:
    from autodiff_cli.columns.vectorize import Vectorized


class Formula(Expression):
    """An expression in some variables, with its derivatives as numbers, as formulas and as code.

    `variables` are in order of first appearance; a point gives each its value by name. In a notebook it shows itself
    as mathematics.
    """

    __slots__ = ("_second", "_text")

    _text: str  # of a derivative
    _second: tuple[dict[str, Expression], list[Value]]  # formulas of the gradient, and all their nodes

    def derivative(self, *names: str) -> "Formula":
        """The derivative by a variable, or by several one after the other: derivative("x", "x") is the second by x.

        Its `notes` say where it holds. Raises AutodiffError where a name is not there, or there is no derivative.
        """
        from autodiff_cli.reports import formulas
        from autodiff_cli.reports.formulas import holds

        for name in names:
            self._check_name(name)
        if not names:
            raise AutodiffError("derivative needs the name of a variable", hint='as in derivative("x")')
        found, conditions, notes = formulas.graphs(self, [names])
        made = cast("Formula", formulas.formula_of(self, found[names]))
        text = made.source
        if notes:  # the text leaves a point out, the numbers do not
            found, conditions, _ = formulas.graphs(self, [names], exact=True)
            made = cast("Formula", formulas.formula_of(self, found[names]))
        made.needed = [*self.needed, *([self.root] if conditions else [])]
        if made.needed:
            made.nodes = [*dict.fromkeys([*self.nodes, *made.nodes])]
        made.notes = [*dict.fromkeys([*self.notes, *notes, *holds(conditions)])]
        made._text = text
        return made

    def hessian(self, /, **point: float) -> dict[str, dict[str, float]]:
        """The second derivatives at a point, by two variables; nan where there is no value.

        They are the gradients of the gradient's formulas: a sweep keeps digits that the next formula may lose.
        """
        from autodiff_cli.reports import formulas
        from autodiff_cli.symbolic.derive import Derivation
        from autodiff_cli.symbolic.normal_form import steps_below

        names = list(self.variables)
        if not hasattr(self, "_second"):
            formulas.check_result(self)
            derivation = Derivation(self.root, exact=True)
            roots = {name: derivation.by((variable,)) for name, variable in self.variables.items()}
            nodes = steps_below(list(roots.values()))
            self._second = {name: formulas.formula_of(self, root) for name, root in roots.items()}, nodes
        slopes, nodes = self._second
        made: dict[str, dict[str, float]] = {name: dict.fromkeys(names, nan) for name in names}
        self.set(point)
        if self.is_defined():
            forward(nodes)
            first = {name for name, slope in slopes.items() if slope.is_defined()}
            for at, (name, slope) in enumerate(slopes.items()):
                gradient = slope.backward()
                for other in names[at:]:
                    if {name, other} <= first:  # without a first derivative there is no second
                        made[name][other] = made[other][name] = gradient[other]
        return made

    def to(self, target: str, names: Collection[str] = ()) -> str:
        """Value and gradient as code or mathematics: "latex", "python", "numpy", "c", "json" or "sympy"."""
        from autodiff_cli.codegen import targets

        for name in names:
            self._check_name(name)
        text, _ = targets.write(self, target, [(name,) for name in names or self.variables])
        return text

    def compile(self, names: Collection[str] = ()) -> Callable[..., tuple[float, tuple[float, ...]]]:
        """A fast function of the variables that returns the value and a tuple of its slopes, in their order."""
        from autodiff_cli.codegen.compiled import compile_

        for name in names:
            self._check_name(name)
        return compile_(self, names or self.variables)

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

        return vectorize(self, wrt, dtype, workers, compiled)

    def _check_name(self, name: str) -> None:
        if name not in self.variables:
            hint = did_you_mean(name, list(self.variables)) or f"there are {', '.join(self.variables) or 'none'}"
            raise AutodiffError(f"there is no '{name}' to differentiate by", hint=hint)

    def __str__(self) -> str:
        return self._text if hasattr(self, "_text") else super().__str__()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def _repr_latex_(self) -> str | None:
        from autodiff_cli.codegen.latex.equations import inline

        try:
            return inline(self)
        except AutodiffError:  # too long to typeset: a notebook then shows the text
            return None


def parse(text: str, given: Collection[str] = ()) -> Formula:
    """Read an expression or a program; `given` names the variables that will get a value, which decides `ax` and `e`.

    Raises AutodiffError that points at the place where the text cannot be read.
    """
    read: Any = parser.parse(text, given)
    return Formula(**{name: getattr(read, name) for name in Expression.__slots__})
