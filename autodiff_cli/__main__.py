"""The program: `autodiff`, and `python -m autodiff_cli`. Starts and ends the process, as quickly as it can."""

import contextlib
import gc
import io
import os
import sys

_NO_MEMORY = "out of memory\n  = a smaller input, or a machine with more"
_WITHOUT_MEMORY = ("can't start new thread", "spawn ", "failed to map segment", "Cannot allocate memory")
_INTERNAL, _UNREAD = 70, 141  # Exit.INTERNAL and Exit.UNREAD, which may not be imported yet


def _complain(message: str) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # there may be no stderr
        print(f"error: {message}", file=sys.stderr, flush=True)


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
    except BrokenPipeError:  # the reader has gone, as in `| head -1`: end quietly, but not as if all were well
        code = code or _UNREAD
    except OSError as error:
        code = 2
        _complain(f"cannot write the result: {error.strerror}")
    except MemoryError:
        code = _INTERNAL
        _complain(_NO_MEMORY)
    except SystemExit:
        raise
    except BaseException as error:  # a fault of ours is never a verdict, nor is a panic of Rust, which is no Exception
        code = _INTERNAL
        if any(words in str(error) for words in _WITHOUT_MEMORY):
            _complain(_NO_MEMORY)
            os._exit(code)
        if os.environ.get("AUTODIFF_DEBUG"):
            import traceback

            traceback.print_exc()
        _complain(f"a fault of autodiff itself: {type(error).__name__}\n  = AUTODIFF_DEBUG=1 shows where")
    os._exit(code)  # everything is written: spare the interpreter taking itself apart, a tenth of a small run


if __name__ == "__main__":
    main()
