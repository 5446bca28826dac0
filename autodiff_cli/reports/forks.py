"""Worker processes of this machine, forked from one that has loaded what all of them need."""

import multiprocessing
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

METHOD = "forkserver" if sys.platform == "linux" else "spawn"  # libraries of macOS do not outlive a fork
_LOADED = ["distributed.nanny", "distributed.protocol", "autodiff_cli.reports.tasks"]  # polars' pool begins when used
_ALONE = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")  # a thread a worker


def prepare() -> None:
    """Start the process that workers are forked from, and do not wait for it."""
    if METHOD != "forkserver":
        return
    from multiprocessing import forkserver

    multiprocessing.set_forkserver_preload(_LOADED)
    with _environment(_ALONE):
        forkserver.ensure_running()


@contextmanager
def _environment(names: Mapping[str, str]) -> Iterator[None]:
    """Have some variables of the environment set for processes that are started in the block."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
