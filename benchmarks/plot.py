"""Whole-process time of a plot: into a pipe and at a terminal beside `autodiff eval`, into a file beside matplotlib."""

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from timing import AUTODIFF, HEADER, pairs, process, process_at_terminal, require_compiled, row, seconds

COUNT = 30
GOAL = 0.3  # seconds
EVAL = [AUTODIFF, "eval", "3x^2 - 4x + 5", "--x", "1"]
PLOTS = {
    "the plot of the README": ["3x^2 - 4x + 5", "--x", "-5:5"],
    "with a tangent": ["3x^2 - 4x + 5", "--x", "-5:5", "--at", "x=2"],
    "six poles": ["tan(x)", "--x", "-10:10"],
    "too fast to follow": ["sin(1/x)", "--x", "-1:1"],
    "more poles than columns": ["tan(100x)", "--x", "-10:10"],
    "a slow function with six poles": ["gamma(x)", "--x", "-5:5"],
    "an area with arrows": ["x*exp(-x^2 - y^2)", "--x", "-2:2", "--y", "-2:2"],
}
BARE = """
import sys, numpy, matplotlib
from matplotlib.figure import Figure
x = numpy.linspace(-5, 5, 1000)
upper, lower = Figure().subplots(2, 1, sharex=True)
upper.plot(x, 3 * x**2 - 4 * x + 5)
lower.plot(x, 6 * x - 4)
upper.figure.savefig(sys.argv[1])
"""


def run(command: list[str], at_terminal: bool = False) -> Callable[[], float]:
    """A run of the command into a pipe, or at a terminal."""
    return lambda: process_at_terminal(command) if at_terminal else process(command)[0]


def main() -> None:
    """Print a row for each plot."""
    require_compiled()
    print(HEADER)
    for what, arguments in PLOTS.items():
        command = [AUTODIFF, "plot", *arguments, "--quiet"]
        for where, at_terminal in (("pipe", False), ("terminal", True)):
            a, b = pairs(run(command, at_terminal), run(EVAL, at_terminal), COUNT)
            ratio = f"{median([x / y for x, y in zip(a, b, strict=True)]):.2f} times as long"
            name, peer = f"{what}, {where}", f"autodiff eval {seconds(median(b))}"
            row(name, seconds(median(a)), peer, ratio, f"< {seconds(GOAL)}", median(a) < GOAL)
    with TemporaryDirectory() as folder:
        for ending in ("svg", "png", "pdf"):
            path = str(Path(folder) / f"curve.{ending}")
            command = [AUTODIFF, "plot", *PLOTS["the plot of the README"], "-o", path]
            a, b = pairs(run(command), run([sys.executable, "-c", BARE, path]), 10)
            ratio = f"{median([x / y for x, y in zip(a, b, strict=True)]):.2f} times as long"
            row(f"a {ending} file", seconds(median(a)), f"matplotlib alone {seconds(median(b))}", ratio, "", None)


if __name__ == "__main__":
    main()
