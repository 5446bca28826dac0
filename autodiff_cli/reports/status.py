"""What a report comes to, in a word. Which exit code that is, the command line knows."""

from collections.abc import Collection
from enum import Enum, auto


class Status(Enum):
    """What a report comes to."""

    OK = auto()  # computed, and nothing disagrees
    MISMATCH = auto()  # something is wrong
    UNDEFINED = auto()  # no finite value or gradient at that point
    UNDECIDED = auto()  # neither right nor wrong can be shown


def worst(statuses: Collection[Status]) -> Status:
    """What several come to together: a mismatch of one is one of all, then what has no number, then what is open.

    >>> worst([Status.OK, Status.UNDEFINED, Status.MISMATCH])
    <Status.MISMATCH: 2>
    """
    grave = (Status.MISMATCH, Status.UNDEFINED, Status.UNDECIDED)
    return next(filter(statuses.__contains__, grave), Status.OK)
