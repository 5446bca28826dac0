"""Run the score of the shared corpora, expressions that other people wrote, where they lie beside the checkout."""

import subprocess
import sys

from timing import AUTODIFF, CORPORA, SKIPPED, parser, sized

NAMES = sized(("feynman", "fpbench", "mgh", "peer_points", "herbie", "srsd"), ("feynman", "mgh"))
LIMIT = sized([], ["--limit", "2"])  # of the records of each


def main() -> int:
    """The exit code of the score; 0 where there is nothing to score."""
    parser(__doc__).parse_args()
    score = CORPORA / "score.py"
    if not score.exists():
        print(SKIPPED)
        return 0
    files = [str(CORPORA / f"{name}.jsonl") for name in NAMES]
    return subprocess.run([sys.executable, str(score), "--autodiff", AUTODIFF, *LIMIT, *files]).returncode


if __name__ == "__main__":
    sys.exit(main())
