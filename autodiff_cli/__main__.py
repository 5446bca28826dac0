"""The program: `autodiff`, and `python -m autodiff_cli`. Starts and ends the process, as quickly as it can."""

import gc
import os
import sys


def main() -> None:
    """Run the command line and leave."""
    gc.disable()  # one short run, and a graph has no cycles to collect
    from autodiff_cli.cli import run

    code = run()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the reader has gone
        code = code or 0
    os._exit(code)  # everything is written: spare the interpreter taking itself apart, a tenth of a small run


if __name__ == "__main__":
    main()
