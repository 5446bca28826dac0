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
_KEPT = {"POWER": _OVER}  # what the operand still stands behind
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
        self._is_negative = False  # whether the last sign is that of an exponent: x^-1

    def sign(self, kind: str, last: Token, before: Token) -> None:
        """A sign follows an operand, whose last two tokens are given."""
        is_negative, self._is_negative = self._is_negative, False
        if self.behind:
            self._note_each(_NOTES.get(kind, ()))
            self.behind &= _KEPT.get(kind, 0)
        if kind == "POWER":
            self._is_euler = last.text in ("e", "E")
        elif kind == "OVER":
            self.behind = _OVER
            if last.text == "1":  # x^1/2
                self._note_exponent(last, before, is_negative)

    def prefix(self, kind: str, last: Token) -> None:
        """A sign stands in front of an operand, behind the last token."""
        self._is_negative = last.type == "POWER"
        if kind == "MINUS":
            self.behind |= _SIGNED

    def applied(self, kind: str) -> None:
        """A FUNCTION or ROOT without parentheses begins."""
        self.behind = (self.behind & _OVER) | _BEGUN[kind]

    def beside(self, kind: str, last: Token, before: Token) -> None:
        """An operand follows another, with no sign between them.

        The x of 1/2x, of sin 2x and of e^2x.
        """
        if self.behind:
            self._goes_on(kind, last)
        if self._is_euler and kind == "NAME":  # e^2x
            self._note_exponent(last, before, self._is_negative)

    def _goes_on(self, kind: str, last: Token) -> None:
        """What the operand goes on with, and what it still stands behind.

        In sin 2x the x goes on with the argument, in sin x cos y the cos does not.
        """
        ends_argument = kind in ("CALL", "FUNCTION", "SUM")
        is_plain = ends_argument or last.type == "NUMBER"
        self._note_each(_NOTES_BESIDE if is_plain else _NOTES_GOING_ON)
        self.behind &= _OVER if ends_argument else _OVER | _APPLIED

    def _note_exponent(self, last: Token, before: Token, is_negative: bool) -> None:
        """Note that a number behind ^ is the whole exponent."""
        is_exponent = last.type == "NUMBER" and (before.type == "POWER" or is_negative)
        if is_exponent:
            self._note("power")

    def _note_each(self, notes: tuple[tuple[int, str], ...]) -> None:
        """Note what the operand stands behind, of these."""
        for bit, name in notes:
            if self.behind & bit:
                self._note(name)
