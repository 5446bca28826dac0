"""`autodiff graph` of 2,000 nodes as a whole process, beside `autodiff eval` of as much, and a trace of 200 steps."""

import random
import tempfile
from pathlib import Path

from timing import (
    AUTODIFF,
    HEADER,
    as_long,
    at_most,
    middle,
    pairs,
    parser,
    process,
    ratios,
    require_compiled,
    row,
    seconds,
    sized,
)

NODES, STEPS = sized((2_000, 200), (30, 10))  # of the graph, and of what is traced
FORMATS = sized(("dot", "mermaid", "json", "tree"), ("dot", "tree"))
PAIRS = sized(10, 1)
GOAL = 1.0  # seconds


def program(nodes: int) -> str:
    """A program whose graph has so many nodes, many of them used more than once."""
    chance = random.Random(0)
    names, lines = ["x", "y", "t0"], ["t0 = x * y"]
    for step in range(1, nodes - 2):
        shape = chance.choice(["sin({a})", "tanh({a})", "{a} * {b}", "{a} + {b}"])
        lines.append(f"t{step} = {shape.format(a=names[-1], b=chance.choice(names[-30:]))}")
        names.append(f"t{step}")
    return "\n".join([*lines, names[-1]])


def compared(what: str, command: list[str], peer: str, bare: list[str], goal: float | None = None) -> None:
    """Print the row of one command beside another."""
    a, b = pairs(lambda: process(command)[0], lambda: process(bare)[0], PAIRS)
    shown, reached = (f"under {seconds(goal)}", at_most(goal, a)) if goal else ("", None)
    row(what, middle(a), f"{peer} {middle(b)}", as_long(ratios(a, b)), shown, reached)


def main() -> None:
    """Print a row for each format, and one for the trace."""
    parser(__doc__).parse_args()
    require_compiled()
    print(HEADER)
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder) / "large.ad", Path(folder) / "small.ad"
        large.write_text(program(NODES))
        small.write_text(program(STEPS))
        point = ["x=0.5", "y=0.25", "--quiet"]
        one = [AUTODIFF, "eval", "--file", str(large), *point, "--only", "value", "--wrt", "x"]
        for form in FORMATS:
            command = [AUTODIFF, "graph", "--file", str(large), *point, "--format", form]
            goal = GOAL if form == "dot" else None
            compared(f"graph of {NODES:,} nodes, {form}", command, "autodiff eval, one gradient", one, goal)
        trace, bare = ([AUTODIFF, verb, "--file", str(small), *point] for verb in ("trace", "eval"))
        compared(f"trace of {STEPS - 2} steps", trace, "autodiff eval", bare)


if __name__ == "__main__":
    main()
