"""Whole-process time of a small `autodiff eval` against Python importing nothing but the libraries it stands on."""

import sys

from timing import (
    AUTODIFF,
    HEADER,
    Measure,
    at_most,
    middle,
    pairs,
    parser,
    process,
    process_at_terminal,
    quartiles,
    ratios,
    require_compiled,
    row,
    sized,
)

PAIRS = sized(60, 1)
GOAL = 1.20
EVAL = [AUTODIFF, "eval", "tanh(a*b + c)", "--a", "2", "--b", "-3", "--c", "10"]
JSON = [*EVAL, "--format", "json"]
TABLE_FLOOR = [sys.executable, "-c", "import click, lark, rich.console, rich.table"]
JSON_FLOOR = [sys.executable, "-c", "import click, lark"]


def to_pipe(command: list[str]) -> Measure:
    """A run of the command into a pipe."""
    return lambda: process(command)[0]


def to_terminal(command: list[str]) -> Measure:
    """A run of the command at a terminal."""
    return lambda: process_at_terminal(command)


def main() -> None:
    """Print a row for each way of output."""
    parser(__doc__).parse_args()
    require_compiled()
    print(HEADER)
    for what, ours, floor in (
        ("start, JSON to a pipe", to_pipe(JSON), to_pipe(JSON_FLOOR)),
        ("start, table to a pipe", to_pipe(EVAL), to_pipe(TABLE_FLOOR)),
        ("start, table at a terminal", to_terminal(EVAL), to_terminal(TABLE_FLOOR)),
    ):
        a, b = pairs(ours, floor, PAIRS)
        ratio = ratios(a, b)
        row(what, middle(a), f"imports {middle(b)}", quartiles(ratio), f"≤ {GOAL:.2f}", at_most(GOAL, ratio))


if __name__ == "__main__":
    main()
