"""What is found out for a user of Python: the fields of a report, and the text that the command line would print."""

from collections.abc import Callable
from typing import Any


class Answered:
    """What a command of `autodiff` finds: the fields of its `report`; printed, it is what the command prints."""

    def __init__(self, report: Any, text: Callable[[], str]) -> None:
        self.report = report
        self._text = text

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "report":
            raise AttributeError(name)
        return getattr(self.report, name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in dir(self.report) if not name.startswith("_"))]

    def __str__(self) -> str:
        notes: list[str] = getattr(self.report, "notes", [])
        return "\n".join([self._text(), *[f"note: {note}" for note in notes]])

    def __repr__(self) -> str:
        return str(self)


class Verified(Answered):
    """What `check` finds; it is true where the derivative is right, and false where that is wrong or undecided."""

    def __bool__(self) -> bool:
        return bool(self.report.answer == "right")
