"""Where people read on differently: what is remembered of the text before an operand, to note how it is read."""

from collections.abc import Callable

from autodiff_cli.language.tokens import Token

# What an operand stands behind: 1/2x, -x^2, sin 2x^2, √x+1
_OVER, _SIGNED, _APPLIED, _ROOT = 1, 2, 4, 8
_BEGUN = {"FUNCTION": _APPLIED, "ROOT": _ROOT}

# The sign after an operand, and the notes it gives by what the operand stands behind
_NOTES = {
    "POWER": ((_SIGNED, "signed"), (_APPLIED, "applied"), (_ROOT, "root")),
    "TIMES": ((_APPLIED, "applied"),),
    "OVER": ((_APPLIED, "applied"),),
    "PLUS": ((_ROOT, "root"),),
    "MINUS": ((_ROOT, "root"),),
}
_NOTES_BESIDE = ((_OVER, "over"), (_ROOT, "root"))
_NOTES_GOING_ON = (*_NOTES_BESIDE, (_APPLIED, "applied"))


class Watch:
    """What the operand being read stands `behind`. It notes, by names of signs.NOTES, what then follows.

    In `1/2x` the 2 stands behind an OVER; as x comes beside it, the note "over" says that this is (1/2)*x.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self.behind = 0
        self._note = note
        self._is_euler = False  # whether the last power is one of e

    def sign(self, kind: str, last: Token, before: Token) -> None:
        """A sign follows an operand, whose last two tokens are given."""
        if self.behind:
            self._note_each(_NOTES.get(kind, ()))
            self.behind &= _OVER if kind == "POWER" else 0
        if kind == "POWER":
            self._is_euler = last.text in ("e", "E")
        elif kind == "OVER":
            self.behind = _OVER
            if last.text == "1" and _is_exponent(last, before):  # x^1/2
                self._note("power")

    def prefix(self, kind: str) -> None:
        """A sign stands in front of an operand."""
        if kind == "MINUS":
            self.behind |= _SIGNED

    def applied(self, kind: str) -> None:
        """A FUNCTION or ROOT without parentheses begins."""
        self.behind = (self.behind & _OVER) | _BEGUN[kind]

    def beside(self, kind: str, last: Token, before: Token) -> None:
        """An operand follows another, with no sign between them."""
        if self.behind:
            ends_argument = kind in ("CALL", "FUNCTION", "SUM")  # sin x cos y
            is_factor = last.type == "NUMBER"  # sin 2x
            self._note_each(_NOTES_BESIDE if ends_argument or is_factor else _NOTES_GOING_ON)
            self.behind &= _OVER if ends_argument else _OVER | _APPLIED
        if self._is_euler and kind == "NAME" and _is_exponent(last, before):  # e^2x
            self._note("power")

    def _note_each(self, notes: tuple[tuple[int, str], ...]) -> None:
        for bit, name in notes:
            if self.behind & bit:
                self._note(name)


def _is_exponent(last: Token, before: Token) -> bool:
    """Whether the last token is a number that is an exponent."""
    return last.type == "NUMBER" and before.type == "POWER"
