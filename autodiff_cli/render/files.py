"""Writes a file whole or not at all: beside its place, and renamed when it is complete."""

import os
from contextlib import suppress

from autodiff_cli.errors import AutodiffError


def write(path: str, data: bytes) -> None:
    """Put data into a file. Raises AutodiffError where that cannot be; what was there before is then still there."""
    place = os.path.realpath(path)  # a link stays a link
    beside = os.path.join(os.path.dirname(place), f".{os.path.basename(place)}.{os.getpid()}.part")
    try:
        if os.path.exists(place) and not os.path.isfile(place):  # /dev/stdout, a pipe
            with open(place, "wb") as file:
                file.write(data)
            return
        try:
            with open(beside, "xb") as file:
                file.write(data)
            if os.path.exists(place):
                os.chmod(beside, os.stat(place).st_mode & 0o7777)
            os.replace(beside, place)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as error:
        raise AutodiffError(f"cannot write {path}: {error.strerror}") from None
