"""What a report comes to, in a word. Which exit code that is, the command line knows."""

from enum import Enum, auto


class Status(Enum):
    """What a report comes to."""

    OK = auto()  # computed, and nothing disagrees
    MISMATCH = auto()  # something is wrong
    UNDEFINED = auto()  # no finite value or gradient at that point
    UNDECIDED = auto()  # neither right nor wrong can be shown
