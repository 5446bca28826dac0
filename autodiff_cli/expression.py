"""Expression: the graph that a text became, with its variables and the place of each step in the text."""

from dataclasses import dataclass

from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.value import Value, forward


@dataclass(slots=True)
class Expression:
    """What `parse` makes of a text.

    `nodes` are the computed steps, arguments first; `variables` are in order of first appearance; `places` gives the
    (start, end) offsets in `source` of the operator or call that a step stands for.
    """

    source: str
    root: Value
    nodes: list[Value]
    variables: dict[str, Value]
    places: dict[Value, tuple[int, int]]

    def __str__(self) -> str:
        from autodiff_cli.printer import to_text

        return to_text(self.root)

    def set(self, point: dict[str, float]) -> None:
        """Give every variable its value and compute every step. Raises AutodiffError where the names do not match."""
        missing = [name for name in self.variables if name not in point]
        extra = [name for name in point if name not in self.variables]
        if missing:
            names = ", ".join(missing)
            hint = f"give it one: --{missing[0]} VALUE or {missing[0]}=VALUE"
            if len(missing) > 1:
                hint = "give each one: " + " ".join(f"--{name} VALUE" for name in missing[:5])
            if extra:
                close = did_you_mean(extra[0], missing)
                hint = f"a value was given for '{extra[0]}'" + (f": {close}" if close else ", which is not in it")
            raise AutodiffError(f"no value for {names}", source=self.source, hint=hint)
        if extra:
            known = list(self.variables)
            hint = did_you_mean(extra[0], known) or (
                f"its variables are {', '.join(known[:20])}" if known else "it has no variables"
            )
            raise AutodiffError(f"the expression has no variable {', '.join(map(repr, extra))}", hint=hint)
        for name, variable in self.variables.items():
            variable.data = float(point[name])
            variable.grad = 0.0
        forward(self.nodes)

    def evaluate(self, **point: float) -> float:
        """The value at a point."""
        self.set(point)
        return self.root.data

    def gradient(self, **point: float) -> dict[str, float]:
        """The partial derivative by each variable at a point."""
        self.set(point)
        self.root.backward()
        return {name: variable.grad for name, variable in self.variables.items()}
