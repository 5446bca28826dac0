"""Whole-process time of a plot: into a pipe and at a terminal beside `autodiff eval`, into a file beside matplotlib."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from timing import (
    AUTODIFF,
    HEADER,
    NOT_INSTALLED,
    Measure,
    as_long,
    at_most,
    installed,
    middle,
    pairs,
    parser,
    process,
    process_at_terminal,
    ratios,
    require_compiled,
    row,
    seconds,
    sized,
)

COUNT, FILES = sized((30, 10), (1, 1))  # pairs of plots as text, and of plots in a file
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
FIRST = "the plot of the README"
CHOSEN = sized([*PLOTS], [FIRST])
ENDINGS = sized(("svg", "png", "pdf"), ("svg",))
BARE = """
import sys, numpy, matplotlib
from matplotlib.figure import Figure
x = numpy.linspace(-5, 5, 1000)
upper, lower = Figure().subplots(2, 1, sharex=True)
upper.plot(x, 3 * x**2 - 4 * x + 5)
lower.plot(x, 6 * x - 4)
upper.figure.savefig(sys.argv[1])
"""


def run(command: list[str], at_terminal: bool = False) -> Measure:
    """A run of the command into a pipe, or at a terminal."""
    return lambda: process_at_terminal(command) if at_terminal else process(command)[0]


def as_text(what: str, where: str) -> None:
    """Print the row of a plot into a pipe or at a terminal."""
    at_terminal = where == "terminal"
    command = [AUTODIFF, "plot", *PLOTS[what], "--quiet"]
    a, b = pairs(run(command, at_terminal), run(EVAL, at_terminal), COUNT)
    peer, goal = f"autodiff eval {middle(b)}", f"< {seconds(GOAL)}"
    row(f"{what}, {where}", middle(a), peer, as_long(ratios(a, b)), goal, at_most(GOAL, a))


def as_file(ending: str, folder: str) -> None:
    """Print the row of a plot in a file, which matplotlib draws for us too."""
    if not installed("matplotlib"):
        row(f"a {ending} file", "", f"matplotlib {NOT_INSTALLED}", "", "", None)
        return
    path = str(Path(folder) / f"curve.{ending}")
    command = [AUTODIFF, "plot", *PLOTS[FIRST], "-o", path]
    a, b = pairs(run(command), run([sys.executable, "-c", BARE, path]), FILES)
    row(f"a {ending} file", middle(a), f"matplotlib alone {middle(b)}", as_long(ratios(a, b)), "", None)


def main() -> None:
    """Print a row for each plot."""
    parser(__doc__).parse_args()
    require_compiled()
    print(HEADER)
    for what in CHOSEN:
        for where in ("pipe", "terminal"):
            as_text(what, where)
    with TemporaryDirectory() as folder:
        for ending in ENDINGS:
            as_file(ending, folder)


if __name__ == "__main__":
    main()
