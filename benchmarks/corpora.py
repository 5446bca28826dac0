"""Run the score of the shared corpora, expressions that other people wrote, where they lie beside the checkout."""

import subprocess
import sys
from pathlib import Path

from timing import AUTODIFF

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "corpora"
NAMES = ("feynman", "fpbench", "mgh", "peer_points", "herbie", "srsd")


def main() -> int:
    """The exit code of the score; 0 where there is nothing to score."""
    score = FOLDER / "score.py"
    if not score.exists():
        print("SKIPPED: the shared corpora are not beside this checkout; nothing was scored")
        return 0
    files = [str(FOLDER / f"{name}.jsonl") for name in NAMES]
    return subprocess.run([sys.executable, str(score), "--autodiff", AUTODIFF, *files]).returncode


if __name__ == "__main__":
    sys.exit(main())
