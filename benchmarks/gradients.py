"""Checks of gradients: 200 functions, each with its gradient and with one that is wrong in one component.

They are smooth, kinked, noisy and badly scaled, in float64 and in float32, of one to six variables. Errors are of 1e-4
of the component and more. What counts: wrong ones that pass, right ones that are accused, and whether the component is
named. Beside them `scipy.optimize.check_grad`, `torch.autograd.gradcheck` and `jax.test_util.check_grads`.
"""

import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import cos, exp, sin, tanh
from typing import Any

import numpy as np
from timing import NOT_INSTALLED, exit_code, installed, parser, sized

from autodiff_cli import check_gradient

KINDS = ("smooth", "kinked", "noisy", "badly scaled")
EACH = sized(25, 2)  # of each kind and precision
ERROR = 1e-4  # relative: the least that is planted, and asked for
NOISE = {"float64": 1e-8, "float32": 1e-6}
PARTS: tuple[tuple[str, Callable[[float], float], Callable[[float], float]], ...] = (
    ("sin", sin, cos),
    ("exp", exp, exp),
    ("tanh", tanh, lambda u: 1 - tanh(u) ** 2),
    ("square", lambda u: u * u, lambda u: 2 * u),
)


@dataclass
class Case:
    """A function of an array, in terms of an array library; a point, and its gradient."""

    kind: str
    precision: str
    scale: list[float]
    parts: list[int]
    weights: list[float]
    kinks: list[tuple[int, float, float]]  # component, place and weight
    noise: float
    at: list[float]
    gradient: list[float]
    free: list[int]  # components that may be made wrong: not at a kink

    def value(self, xp: Any, x: Any) -> Any:
        """The function: of NumPy, PyTorch or JAX, by `xp`."""
        total = 0.0
        u = [x[k] / self.scale[k] for k in range(len(self.at))]
        for k, (part, weight) in enumerate(zip(self.parts, self.weights, strict=True)):
            name = PARTS[part][0]
            total = total + weight * (u[k] * u[k] if name == "square" else getattr(xp, name)(u[k]))
        for before, after in pairwise(u):
            total = total + 0.5 * before * after
        for k, place, weight in self.kinks:
            total = total + weight * abs(u[k] - place)
        if self.noise:
            total = total * (1 + self.noise * xp.sin(1e10 * sum(u)))
        return total

    def point(self) -> Any:
        """As an array of NumPy."""
        return np.array(self.at, dtype=self.precision)

    def wrong(self, draw: random.Random) -> tuple[int, list[float]]:
        """A component, and the gradient with an error in it."""
        k = draw.choice(self.free)
        made = list(self.gradient)
        error = draw.choice((ERROR, ERROR, ERROR * 10 ** draw.uniform(0, 4)))
        made[k] *= draw.choice((1 + error, 1 - error, 1 + error, 1 - error, -1.0, 0.0))
        return k, made


def cases(each: int) -> Iterator[Case]:
    """So many of each kind and precision, always the same."""
    for precision in ("float64", "float32"):
        for kind in KINDS:
            for number in range(each):
                yield made(kind, precision, random.Random(f"{kind} {precision} {number}"))


def made(kind: str, precision: str, draw: random.Random) -> Case:
    """One of a kind."""
    count = draw.randint(1, 6)
    scale = [10.0 ** draw.uniform(-8, 10) if kind == "badly scaled" else 1.0 for _ in range(count)]
    scale = [float(np.dtype(precision).type(one)) for one in scale]
    at = [float(np.dtype(precision).type(draw.choice((-1, 1)) * draw.uniform(0.3, 2) * one)) for one in scale]
    parts = [draw.randrange(len(PARTS)) for _ in range(count)]
    weights = [draw.choice((-1, 1)) * draw.uniform(0.5, 2) for _ in range(count)]
    u = [float(np.dtype(precision).type(x) / np.dtype(precision).type(one)) for x, one in zip(at, scale, strict=True)]
    kinks: list[tuple[int, float, float]] = []
    free = list(range(count))
    if kind == "kinked":
        for k in range(count):
            place = u[k] if k == 0 and count > 1 else u[k] + draw.choice((-1, 1)) * 10 ** draw.uniform(-2, 0)
            kinks.append((k, place, draw.uniform(0.5, 2)))
        free = free[1:] or free
    gradient = []
    for k in range(count):
        slope = weights[k] * PARTS[parts[k]][2](u[k]) + 0.5 * sum(u[max(0, k - 1) : k] + u[k + 1 : k + 2])
        slope += sum(weight * float(np.sign(u[k] - place)) for one, place, weight in kinks if one == k)
        gradient.append(slope / scale[k])
    noise = NOISE[precision] if kind == "noisy" else 0.0
    return Case(kind, precision, scale, parts, weights, kinks, noise, at, gradient, free)


# --- who checks ------------------------------------------------------------------------------------------------------

Check = Callable[[Case, list[float]], str]  # ok, wrong or unsure; and the component, where one is named


def ours(case: Case, gradient: list[float]) -> str:
    """What `check_gradient` says: with the component, as in `wrong 3`."""
    claim = np.array(gradient, dtype=case.precision)
    checked = check_gradient(lambda x: case.value(np, x), claim, case.point(), tolerance=ERROR)
    named = [str(row.number) for row in checked.rows if row.verdict.value == "mismatch"]
    return " ".join([{"right": "ok", "undecided": "unsure"}.get(checked.answer, checked.answer), *named])


def scipys(case: Case, gradient: list[float]) -> str:
    """`check_grad`, whose result is an error: half of what is asked for, relative to the gradient, is too much."""
    from scipy.optimize import check_grad

    claim = np.array(gradient, dtype=case.precision)
    error = check_grad(lambda x: case.value(np, x), lambda x: claim, case.point())
    return "ok" if error <= ERROR / 2 * np.linalg.norm(claim) else "wrong"


def torchs(tolerances: dict[str, float]) -> Check:
    """`gradcheck` of a function with that gradient."""

    def check(case: Case, gradient: list[float]) -> str:
        import torch

        claim = torch.tensor(gradient, dtype=getattr(torch, case.precision))

        class Claimed(torch.autograd.Function):  # type: ignore[misc]
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                return torch.as_tensor(case.value(torch, x))

            @staticmethod
            def backward(ctx: Any, above: Any) -> Any:
                return above * claim

        x = torch.tensor(case.at, dtype=claim.dtype, requires_grad=True)
        return "ok" if torch.autograd.gradcheck(Claimed.apply, (x,), raise_exception=False, **tolerances) else "wrong"

    return check


def jaxs(tolerances: dict[str, float]) -> Check:
    """`check_grads` of a function with that gradient, in reverse mode."""

    def check(case: Case, gradient: list[float]) -> str:
        import jax

        jax.config.update("jax_enable_x64", True)
        from jax.test_util import check_grads

        claim = jax.numpy.array(gradient, dtype=case.precision)

        @jax.custom_vjp
        def f(x: Any) -> Any:
            return case.value(jax.numpy, x)

        f.defvjp(lambda x: (f(x), None), lambda _, above: (above * claim,))
        try:
            x = jax.numpy.array(case.at, dtype=case.precision)
            check_grads(f, (x,), order=1, modes=["rev"], **tolerances)
        except AssertionError:
            return "wrong"
        return "ok"

    return check


CHECKS: tuple[tuple[str, str, Check], ...] = (
    ("`check_gradient`", "", ours),
    ("`scipy.optimize.check_grad`", "scipy", scipys),
    ("`torch.autograd.gradcheck`", "torch", torchs({})),
    ("the same, `rtol=5e-5`", "torch", torchs({"rtol": ERROR / 2})),
    ("`jax.test_util.check_grads`", "jax", jaxs({})),
    ("the same, `rtol=5e-5`", "jax", jaxs({"rtol": ERROR / 2})),
)


def counted(check: Check, everything: list[Case], say: Callable[[str], None] = lambda _: None) -> Counter[str]:
    """What a check makes of every case, right and wrong."""
    counts: Counter[str] = Counter()
    for number, case in enumerate(everything):
        right = check(case, case.gradient)
        place, spoilt = case.wrong(random.Random(number))
        wrong = check(case, spoilt)
        counts["accused"] += right.startswith("wrong")
        counts["right unsure"] += right == "unsure"
        counts["passed"] += wrong == "ok"
        counts["wrong unsure"] += wrong == "unsure"
        counts["named"] += wrong == f"wrong {place}"
        counts["found"] += wrong.startswith("wrong")
        if right.startswith("wrong") or wrong == "ok" or "unsure" in (right, wrong):
            say(f"{number} {case.kind} {case.precision} right: {right}; wrong in {place}: {wrong}")
    return counts


def main() -> int:
    """Print the table; 1 where ours misses or accuses."""
    made_by = parser(__doc__)
    made_by.add_argument("--each", action="store_true", help="name each case that ours does not decide")
    options = made_by.parse_args()
    warnings.simplefilter("ignore")
    everything = list(cases(EACH))
    number = len(everything)
    print(f"| {number} functions | wrong, passed | right, accused | wrong, named | undecided: right | wrong |")
    print("|---|---|---|---|---|---|")
    missed = False
    for name, library, check in CHECKS:
        if library and not installed(library):
            print(f"| {name} | {NOT_INSTALLED} | | | | |")
            continue
        mine = not library
        say = (lambda text: print(text, file=sys.stderr)) if options.each and mine else (lambda text: None)
        counts = counted(check, everything, say)
        named = f"{counts['named']} of {counts['found']} found" if mine else "no"
        unsure = f"{counts['right unsure']} | {counts['wrong unsure']}" if mine else "- | -"
        print(f"| {name} | {counts['passed']} | {counts['accused']} | {named} | {unsure} |")
        missed |= mine and bool(counts["passed"] or counts["accused"])
    return exit_code(missed)


if __name__ == "__main__":
    sys.exit(main())
