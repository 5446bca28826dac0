"""`autodiff graph` of 2,000 nodes as a whole process, beside `autodiff eval` of as much, and a trace of 200 steps."""

import random
import tempfile
from pathlib import Path
from statistics import median

from timing import AUTODIFF, HEADER, pairs, process, require_compiled, row, seconds

NODES = 2_000
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


def main() -> None:
    """Print a row for each format, and one for the trace."""
    require_compiled()
    print(HEADER)
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder) / "large.ad", Path(folder) / "small.ad"
        large.write_text(program(NODES))
        small.write_text(program(200))
        bare = [AUTODIFF, "eval", "--file", str(large), "x=0.5", "y=0.25", "--only", "value", "--wrt", "x", "--quiet"]
        for format_ in ("dot", "mermaid", "json", "tree"):
            ours = [AUTODIFF, "graph", "--file", str(large), "x=0.5", "y=0.25", "--quiet", "--format", format_]
            assert process(ours)[1].count(b"\n") > 0
            a, b = pairs(lambda c=ours: process(c)[0], lambda: process(bare)[0], 10)  # type: ignore[misc]
            took, goal = median(a), f"under {seconds(GOAL)}" if format_ == "dot" else ""
            ratio = f"{median([x / y for x, y in zip(a, b, strict=True)]):.2f} times as long"
            peer = f"autodiff eval, one gradient {seconds(median(b))}"
            reached = took < GOAL if format_ == "dot" else None
            row(f"graph of {NODES:,} nodes, {format_}", seconds(took), peer, ratio, goal, reached)
        ours = [AUTODIFF, "trace", "--file", str(small), "x=0.5", "y=0.25", "--quiet"]
        bare = [AUTODIFF, "eval", "--file", str(small), "x=0.5", "y=0.25", "--quiet"]
        a, b = pairs(lambda: process(ours)[0], lambda: process(bare)[0], 10)
        ratio = f"{median([x / y for x, y in zip(a, b, strict=True)]):.2f} times as long"
        row("trace of 198 steps", seconds(median(a)), f"autodiff eval {seconds(median(b))}", ratio, "", None)


if __name__ == "__main__":
    main()
