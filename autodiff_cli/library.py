"""What `autodiff_cli.parse` gives: an expression, and all that can be asked of it from Python."""

from collections.abc import Callable, Collection
from typing import Any, cast

from autodiff_cli import parser
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.expression import Expression
from autodiff_cli.value import Value, forward


class Formula(Expression):
    """An expression in some variables, with its derivatives as numbers, as formulas and as code.

    `variables` are in order of first appearance; a point gives each its value by name. In a notebook it shows itself
    as mathematics.
    """

    __slots__ = ("_second", "_text")

    _text: str  # of a derivative
    _second: tuple[dict[tuple[str, ...], Value], list[Value]]

    def derivative(self, *names: str) -> "Formula":
        """The derivative by a variable, or by several one after the other: derivative("x", "x") is the second by x.

        Raises AutodiffError where a name is not there, or there is no derivative.
        """
        from autodiff_cli import formulas

        for name in names:
            self._check_name(name)
        if not names:
            raise AutodiffError("derivative needs the name of a variable", hint='as in derivative("x")')
        found, *_ = formulas.graphs(self, [names])
        made = cast("Formula", formulas.formula_of(self, found[names]))
        made.needed = [*self.needed, self.root]
        made.nodes = [*dict.fromkeys([*self.nodes, *made.nodes])]
        made._text = made.source
        return made

    def hessian(self, /, **point: float) -> dict[str, dict[str, float]]:
        """The second derivatives at a point, by two variables."""
        from autodiff_cli import formulas
        from autodiff_cli.notation import below

        if not hasattr(self, "_second"):
            found, *_ = formulas.graphs(self, formulas.orders(list(self.variables), 1, True))
            self._second = found, below(list(found.values()))
        found, nodes = self._second
        self.set(point)
        forward(nodes)
        made: dict[str, dict[str, float]] = {name: dict.fromkeys(self.variables, 0.0) for name in self.variables}
        for (a, b), root in found.items():
            made[a][b] = made[b][a] = root.data
        return made

    def to(self, target: str, names: Collection[str] = ()) -> str:
        """Value and gradient as code or mathematics: "latex", "python", "numpy", "c", "json" or "sympy"."""
        from autodiff_cli import targets

        for name in names:
            self._check_name(name)
        return targets.write(self, target, [(name,) for name in names or self.variables])

    def compile(self, names: Collection[str] = ()) -> Callable[..., tuple[float, tuple[float, ...]]]:
        """A fast function of the variables that returns the value and a tuple of its slopes, in their order."""
        from autodiff_cli.code.compiled import compile_

        for name in names:
            self._check_name(name)
        return compile_(self, names or self.variables)

    def _check_name(self, name: str) -> None:
        if name not in self.variables:
            hint = did_you_mean(name, list(self.variables)) or f"there are {', '.join(self.variables) or 'none'}"
            raise AutodiffError(f"there is no '{name}' to differentiate by", hint=hint)

    def __str__(self) -> str:
        return self._text if hasattr(self, "_text") else super().__str__()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def _repr_latex_(self) -> str | None:
        from autodiff_cli.render.latex import inline

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
