"""Expression: the graph that a text became, with its variables and the place of each step in the text."""

from dataclasses import dataclass
from math import isfinite

from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.value import Value, forward

_SCALE, _SMALL = 2.0**900, 1e-290  # see Expression.backward


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
            names = ", ".join(missing[:10]) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
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

    def evaluate(self, /, **point: float) -> float:
        """The value at a point."""
        self.set(point)
        return self.root.data

    def gradient(self, /, **point: float) -> dict[str, float]:
        """The partial derivative by each variable at a point."""
        self.set(point)
        return self.backward()

    def backward(self) -> dict[str, float]:
        """The gradient at the values that are set, by variable.

        Where something on the way to a gradient is too large or too small for a float, the sweep is made again from
        a power of two in place of 1: that scales every step exactly, and so moves it back into range.
        """
        gradients = self._sweep(1.0)
        passed = [abs(node.grad) for node in (*self.nodes, *self.variables.values()) if node.requires_grad]
        if not all(map(isfinite, passed)):
            smaller = self._sweep(1 / _SCALE)
            gradients = {name: plain if isfinite(plain) else smaller[name] for name, plain in gradients.items()}
        if min(passed, default=1.0) < _SMALL:
            larger = self._sweep(_SCALE)
            gradients = {name: larger[name] if isfinite(larger[name]) else plain for name, plain in gradients.items()}
        for name, variable in self.variables.items():
            variable.grad = gradients[name]
        return gradients

    def _sweep(self, seed: float) -> dict[str, float]:
        self.root.zero_grad()
        self.root.backward(seed)
        return {name: variable.grad / seed for name, variable in self.variables.items()}
