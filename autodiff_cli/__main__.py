"""The program: `autodiff`, and `python -m autodiff_cli`. Starts and ends the process, as quickly as it can."""

import contextlib
import gc
import io
import os
import sys


def main() -> None:
    """Run the command line and leave."""
    gc.disable()  # one short run, and a graph has no cycles to collect
    code = 0
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter is no reason to fail
    try:
        from autodiff_cli.commands.group import run

        code = run()
        if sys.stdout:
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # the reader has gone, as in `| head -1`: end quietly
        pass
    except OSError as error:
        code = 2
        with contextlib.suppress(OSError):
            print(f"error: cannot write the result: {error.strerror}", file=sys.stderr)
    os._exit(code)  # everything is written: spare the interpreter taking itself apart, a tenth of a small run


if __name__ == "__main__":
    main()
