"""What `--cluster` names."""

import re
from dataclasses import dataclass

from autodiff_cli.errors import AutodiffError

AS_IN = "as in --cluster tcp://scheduler:8786, or --cluster local:4"
_MOST_WORKERS = 256  # that are started here


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where the workers are: those of a scheduler, or so many processes that are started here."""

    scheduler: str = ""
    processes: int = 0


def address_of(text: str) -> ClusterAddress:
    """What `--cluster` names. Raises AutodiffError where that is no cluster.

    >>> address_of("local:4").processes, address_of("tcp://node7:8786").scheduler
    (4, 'tcp://node7:8786')
    """
    if re.fullmatch(r"(tcp|tls)://[^/\s]+:\d+", text):
        return ClusterAddress(scheduler=text)
    kind, _, count = text.partition(":")
    if kind != "local":
        raise AutodiffError(f"--cluster takes the address of a scheduler, not {text}", hint=AS_IN)
    if not count.isascii() or not count.isdigit() or not 1 <= int(count) <= _MOST_WORKERS:
        raise AutodiffError(f"--cluster local:N starts 1 to {_MOST_WORKERS} workers, not {count or 'none'}", hint=AS_IN)
    return ClusterAddress(processes=int(count))
