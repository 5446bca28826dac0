"""Text to tokens: reads signs and words, and puts in the signs that people leave out. Knows no precedence.

It runs one token ahead of the grammar, so that what a statement defines is known when the next one is read. Its phases:

    plain_text             other spellings of signs, LaTeX among them, become the language's own
    definitions            which names the text defines, and where
    Lexer._next_statement  from one statement to the next: the separator, and the head `name =`
    Lexer._pieces          the pieces of a statement, one after another, each to a reader by its kind
    readers                what a piece is: a sign, a number, a word that is one name or several, the start of a call
    Lexer.tokens           all of it, and the signs that were left out between two operands
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from math import isinf
from typing import Any, NamedTuple
from unicodedata import normalize

from autodiff_cli.engine.value import Value, constant
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.language import patterns, signs
from autodiff_cli.language.latex import rewritten
from autodiff_cli.language.patterns import compiled
from autodiff_cli.language.scope import CALLABLE, Scope
from autodiff_cli.language.signs import CLOSES, RESERVED, SERIES, SIGNS
from autodiff_cli.language.tokens import START, Called, Head, Iteration, Power, Token
from autodiff_cli.language.watch import Watch

_ENDS = {"NUMBER", "NAME", "RPAR", "END_BAR", "RAISED", "FACTORIAL"}  # an operand
_BEGINS = {"NUMBER", "NAME", "CALL", "FUNCTION", "ROOT", "SUM", "LPAR", "BAR"}
_JOINED = {"NUMBER", "NAME"}  # by BESIDE to an operand before them
_JOINED_BY_NUMBER = _BEGINS - {"CALL", "FUNCTION"}  # the same where that is a number: 2(x + 1), but not 2sin x
_BEFORE_CLOSING = {*_ENDS, "LPAR", "BAR"}
_OPENS = {"FUNCTION", "ROOT", "LPAR", "BAR"}
_HOLDS = {"CALL": "call", "SUM": "sum"}  # a bracket behind these
_OPENED = {closing: opening for opening, closing in CLOSES.items()}

Read = Sequence[Token]  # what a piece of the text became


def is_name(text: str) -> bool:
    """Whether the text is a name as a whole."""
    return text == "π" or compiled(patterns.NAME).fullmatch(text) is not None


def plain_text(source: str) -> str:
    r"""The text in the language's own signs, and as long as it was, so that every place keeps its offset.

    >>> plain_text("2·x ⁄ \\beta\r\ny")
    '2*x /  beta \ny'
    """
    text = rewritten(source)
    if not text.isascii():
        text = text.translate(signs.READ_AS)
    return text.replace("\r\n", " \n").replace("\r", "\n")


def definitions(text: str) -> dict[str, int]:
    """The names that a text defines, and where.

    >>> definitions("a = 2; f(x) = a*x; f(3) # f; b = 3")
    {'a': 0, 'f': 7}
    """
    return {head[1]: head.start(1) for head in compiled(patterns.HEADS).finditer(text) if head[1]}


class Bracket(NamedTuple):
    """One that is open, what the operand around it stands behind, and what it holds."""

    token: Token
    behind: int
    holds: str  # "call" or "sum", whose arguments commas part; "over" or "under" the line of a fraction; or ""


class Lexer:
    """The tokens of one text.

    The parser adds the `nodes` it makes, and tells the `scope` what each statement defines.
    """

    def __init__(self, source: str, given: Collection[str]) -> None:
        self.source = source
        self.nodes: list[Value] = []
        self.starts: list[int] = []  # of the statements
        self.done = False  # whether the text has ended
        self.last = self.before = START  # the last two tokens, without the signs that were left out
        self._text = plain_text(source)
        later = definitions(self._text) if "=" in source else {}
        self.scope = Scope(source, given, later)
        self._defines = bool(later)
        self._watch = Watch(self.scope.note)
        self._at = 0
        self._open: list[Bracket] = []
        self._ended = False  # whether the last token ends an operand
        self._over = False  # whether the statement has ended
        self._separator: Token | None = None  # behind it

    def tokens(self) -> Iterator[Token]:
        """Token by token. Raises AutodiffError at what cannot be one.

        >>> [token.type for token in Lexer("a = 2; 3b sin x", ["b", "x"]).tokens()]
        ['HEAD', 'NUMBER', 'SEPARATOR', 'NUMBER', 'BESIDE', 'NAME', 'TIMES', 'FUNCTION', 'NAME']
        """
        while not self.done:
            yield from self._next_statement()
            for token in self._pieces():
                kind = token.type
                if kind in _BEGINS:
                    if self._ended:
                        yield self._left_out(token)
                    if kind in _OPENS:
                        self._open_operand(token)
                self._ended = kind in _ENDS
                self.before, self.last = self.last, token
                yield token

    def _next_statement(self) -> Iterator[Token]:
        """The separator behind the last statement if another one follows, and the HEAD of that.

        >>> [(token.type, token.text) for token in Lexer("; # a comment\\n b = 2", [])._next_statement()]
        [('HEAD', 'b =')]
        """
        self._at = patterns.between_at(self._text, self._at).end()
        self.starts.append(self._at)
        if self._separator and self._at < len(self._text):
            yield self._separator
        self._separator, self._ended, self._over = None, False, False
        head = self._match(patterns.HEAD, self._at) if self._defines else None
        if head:
            self._at = head.end()
            self.before, self.last = self.last, self._head(head)
            yield self.last

    def _head(self, match: re.Match[str]) -> Token:
        name, listed = self.scope.spelled(match[1]), match[2]
        parameters = self.scope.begin(name, re.findall(patterns.NAME, listed or ""), match.start(1))
        return Token("HEAD", match[0], match.span(), Head(name, parameters))

    def _pieces(self) -> Iterator[Token]:
        """The tokens of a statement, as each piece of it was read.

        >>> [(token.type, token.text) for token in Lexer("sin 2ax", ["a", "x"])._pieces()]
        [('FUNCTION', 'sin'), ('NUMBER', '2'), ('NAME', 'a'), ('NAME', 'x')]
        """
        text, piece_at, of_word = self._text, patterns.piece_at, _WORD_READERS.get
        while not self._over:
            found = piece_at(text, self._at)
            kind: Any = found.lastgroup
            word = found["NAME" if kind == "CALL" else kind]
            end = self._at = found.end()
            read = of_word(word) or _READERS[kind]
            yield from read(self, Token(kind, word, (end - len(word), end)))

    def _end(self, _piece: Token) -> Read:
        """The end of the text. What is missing behind a sign, the grammar knows."""
        if self._open and self.last.type in _BEFORE_CLOSING:
            raise self._never_closed()
        self.done = self._over = True
        return ()

    def _match(self, pattern: str, at: int) -> re.Match[str] | None:
        return compiled(pattern).match(self._text, at)

    # --- operands --------------------------------------------------------------------------------------------------

    def _left_out(self, token: Token) -> Token:
        """The sign that was left out before an operand. BESIDE goes on with the argument of sin x, TIMES does not."""
        kind, last = token.type, self.last.type
        if kind == "NUMBER" and last in ("NUMBER", "NAME"):
            raise self._two_numbers(token)
        self._watch.beside(kind, self.last, self.before)
        start, _ = token.span
        joined = _JOINED_BY_NUMBER if last == "NUMBER" else _JOINED
        sign = "BESIDE" if kind in joined else "TIMES"
        return Token(sign, "*", (start, start), "mul")

    def _open_operand(self, token: Token) -> None:
        """Remember what is open: a bracket, or a function or root without one."""
        kind = token.type
        if kind in ("FUNCTION", "ROOT"):
            self._watch.applied(kind)
            return
        holds = _HOLDS.get(self.last.type, token.value)
        self._open.append(Bracket(token, self._watch.behind, holds))
        self._watch.behind = 0

    def _close(self) -> str:
        """Close the innermost bracket; returns what it holds."""
        bracket = self._open.pop()
        self._watch.behind = bracket.behind
        return bracket.holds

    # --- signs -----------------------------------------------------------------------------------------------------

    def _operator(self, piece: Token) -> Read:
        piece.type, piece.value = SIGNS[piece.text]
        if self._ended:
            self._watch.sign(piece.type, self.last, self.before)
        else:
            self._watch.prefix(piece.type)
        return (piece,)

    def _right_bracket(self, piece: Token) -> Read:
        self._check_closing(piece)
        piece.type, holds = "RPAR", self._close()
        if holds == "over":  # \frac{a}{b} is ((a)/(b))
            return piece, Token("OVER", "/", piece.span, "div"), self._brace(piece, "under")
        if holds == "under":
            self._close()
            return piece, piece
        if holds == "sum":
            self.scope.unbind()
        return (piece,)

    def _check_closing(self, piece: Token) -> None:
        word = piece.text
        if not self._open:
            raise self.scope.error(
                f"this '{word}' closes nothing", piece.span, f"remove it, or add a '{_OPENED[word]}'"
            )
        sign = self._open[-1].token.text
        if sign == "|":
            raise self._never_closed()
        if CLOSES[sign] != word:
            hint = f"the '{sign}' before it needs a '{CLOSES[sign]}'"
            raise self.scope.error(f"'{word}' cannot close a '{sign}'", piece.span, hint)

    def _brace(self, before: Token, holds: str) -> Token:
        """The brace that the next part of a fraction begins with, behind what was read."""
        _, at = before.span
        brace = self._match(patterns.BRACE, at)
        if not brace:
            hint = "write \\frac{a}{b}, or (a)/(b)"
            raise self.scope.error("a fraction needs two pairs of braces", (at - 1, at), hint)
        self._at = brace.end()
        return Token("LPAR", "{", (self._at - 1, self._at), holds)

    def _bar(self, piece: Token) -> Read:
        """A bar closes the innermost bracket if that is a bar too, and the bar stands behind an operand."""
        is_inside = bool(self._open) and self._open[-1].token.text == "|"
        if is_inside and self._ended:
            self._close()
            return piece.read_as("END_BAR")
        return piece.read_as("BAR", "")

    def _comma(self, piece: Token) -> Read:
        if not self._open or self._open[-1].holds not in ("call", "sum"):
            raise self._stray_comma(piece)
        self._watch.behind = 0
        return piece.read_as("COMMA")

    def _newline(self, piece: Token) -> Read:
        """The end of a statement, but for lines that go on: where a bracket is open or an operand is missing.

        a = 2 + NEWLINE b is one statement
        """
        goes_on = self._open or not self._ended
        return () if goes_on else self._semicolon(piece)

    def _semicolon(self, piece: Token) -> Read:
        if self._open:
            raise self._never_closed()
        piece.type = "SEPARATOR"
        if not self._ended:  # the grammar knows what is missing
            return (piece,)
        self._separator, self._over = piece, True
        self._watch.behind = 0
        self.scope.end()
        return ()

    def _exclamation(self, piece: Token) -> Read:
        if not self._ended:
            return (piece,)
        (start, end), (_, last_end) = piece.span, self.last.span
        if self.last.type == "FACTORIAL" and last_end == start:
            hint = "write (x!)! for one after another"
            raise self.scope.error("a double factorial is not read", (start - 1, end), hint)
        return piece.read_as("FACTORIAL")

    # --- numbers and powers ----------------------------------------------------------------------------------------

    def _number(self, piece: Token) -> Read:
        piece.value = self._value(piece.text, piece.span[0])
        return (piece,)

    def _value(self, word: str, start: int) -> Value:
        """A number as a constant. Raises AutodiffError for 1e999 and 1e-999."""
        data = float(word)
        is_large = isinf(data)
        is_small = data == 0 and compiled(r"[0.]*+[1-9]").match(word)
        if is_large or is_small:
            size = "large" if is_large else "small"
            hint = "floats reach from 5e-324 to 1.8e308; choose other units"
            raise self.scope.error(f"{word} is too {size} for a float", (start, start + len(word)), hint)
        return constant(data, word)

    def _raised(self, piece: Token) -> Read:
        self._watch.sign("POWER", self.last, self.before)
        return piece.read_as("RAISED", self._raised_power(piece.text, piece.span[0]))

    def _raised_power(self, raised: str, start: int) -> Power:
        """What stands raised: a whole number or a letter, with a sign or without."""
        plain = "".join([signs.RAISED[char] for char in raised])
        found = compiled("([+-]?)([0-9]+|[a-z])").fullmatch(plain)
        if not found:
            hint = "a raised sign needs a number behind it: x⁻¹" if plain in ("+", "-") else f"write ^({plain})"
            raise self.scope.error(f"cannot read '{raised}'", (start, start + len(raised)), hint)
        return Power(found[1] == "-", self._exponent(found[2], start))

    def _exponent(self, word: str, start: int) -> Value:
        """The node of a number or name."""
        if word in RESERVED:
            hint = "write a number or a name"
            raise self.scope.error(f"'{word}' cannot stand here", (start, start + len(word)), hint)
        if word[0] in "0123456789.":
            return self._value(word, start)
        return self.scope.node_or_variable(word, start)

    def _power_of(self, word: str, match: re.Match[str]) -> Power:
        """The power on a function's name: of sin^-1 x that is -1, the inverse."""
        if match["raised"]:
            power = self._raised_power(match["raised"], match.start("raised"))
        else:
            group = "plain" if match["plain"] else "inside"
            name = match[group].lstrip("- ")
            is_negative = name != match[group].strip()
            power = Power(is_negative, self._exponent(name, match.end(group) - len(name)))
        if power.negative and power.node.data == 1:
            self.scope.notes[f"{word}^-1 is the inverse function, not 1/{word}"] = None
        return power

    # --- words -----------------------------------------------------------------------------------------------------

    def _word(self, piece: Token) -> Read:
        """A name that no bracket follows."""
        word = piece.text
        node = self.scope.nodes.get(word)  # most words were there before
        if node is None:
            if word[0] == "_":
                self._check_digits(piece)
            node = self.scope.node(word, piece.span[0])
        piece.value = node
        return self._new_word(piece) if node is None else (piece,)

    def _new_word(self, piece: Token) -> Read:
        """A name that has no meaning yet: a function without parentheses, several names, or a variable.

        sin of sin x, log_2 of log_2 x, ax where a and x have values, ax where they have none
        """
        scope, word = self.scope, piece.text
        followed = "operand" if self._match(patterns.ARGUMENT, piece.span[1]) else ""
        if scope.takes_one(word) and self._apply(piece, Called(word), followed):
            return (piece,)
        if word in scope.functions:
            arguments = ", ".join("abcdefgh"[: scope.functions[word]])
            raise scope.error(f"'{word}' is a function", piece.span, f"write {word}({arguments})")
        if base := compiled(patterns.LOGARITHM).match(word):
            if not self._apply(piece, self._based(base, piece.span[0]), followed):
                raise scope.error(f"{word} has no argument", piece.span, f"write {word}(x)")
            return (piece,)
        if pieces := scope.split(word, followed):
            return self._several(pieces, piece.span[0], followed)
        return piece.read_as("NAME", scope.variable(word))

    def _apply(self, piece: Token, called: Called, followed: str) -> bool:
        """A function with its power, before an argument: sin x, sin^2 x, log_2²(x). False where there is none."""
        power = self._match(patterns.POWER, piece.span[1])
        kind = "FUNCTION"
        if power:
            self._at = power.end()
            called = called._replace(power=self._power_of(piece.text, power))
            kind = "FUNCTION" if power["open"] is None else "CALL"
        piece.read_as(kind, called)
        return bool(power or followed)

    def _based(self, match: re.Match[str], start: int) -> Called:
        """log_2, log_e, log₁₀."""
        base = match[2] or normalize("NFKC", match[3])
        node = self._exponent(base, start + len(match[0]) - len(base))
        name = {"2": "log2", "10": "log10", "e": "log"}.get(base)
        if name and not node.requires_grad:
            return Called(name)
        return Called("log", base=node)

    def _call(self, piece: Token) -> Read:
        """A name that a bracket follows."""
        scope, word = self.scope, piece.text
        if word in SERIES and word not in scope.nodes:
            return self._series(piece)
        if scope.calls(word, piece.span[0]):
            if word in ("log", "sinc"):
                scope.note(word)
            return piece.read_as("CALL", Called(word))
        return self._product(piece)

    def _product(self, piece: Token) -> Read:
        """A name that a bracket follows and that is no function as it stands: log_2(x), ax(x + 1), x(x + 1)."""
        scope, word, (start, _) = self.scope, piece.text, piece.span
        if word[-1] == "_" and word not in ("log_", "ln_"):
            raise scope.error("a subscript is one word", piece.span, "write x_1, x_max")
        if base := compiled(patterns.LOGARITHM).match(word):
            return piece.read_as("CALL", self._based(base, start))
        pieces = scope.split(word, "(") if scope.node(word, start) is None else []
        if pieces:
            return self._several(pieces, start, "(")
        return piece.read_as("NAME", scope.product(word, start))

    def _several(self, pieces: list[str], at: int, followed: str) -> Read:
        """The tokens of a word that is several names: ax, xsin, sinx."""
        kinds = ["FUNCTION"] * len(pieces)
        kinds[-1] = {"(": "CALL", "operand": "FUNCTION", "": "NAME"}[followed]
        made = []
        for kind, name in zip(kinds, pieces, strict=True):
            made.append(self._one_of_several(kind, name, at))
            at += len(name)
        return made

    def _one_of_several(self, kind: str, name: str, at: int) -> Token:
        """A token of that kind where the name is a function; a NAME else."""
        span = at, at + len(name)
        if kind != "NAME" and self.scope.applies(name):
            return Token(kind, name, span, Called(name))
        return Token("NAME", name, span, self.scope.node_or_variable(name, at))

    def _series(self, piece: Token) -> Read:
        """The head of sum(k, 1, 10, x^k), up to its first comma: from there on k is the index."""
        word = piece.text
        index = self._match(patterns.INDEX, piece.span[1])
        if not index:
            hint = f"{word}(k, 1, 10, x^k) lets k run from 1 to 10"
            raise self.scope.error(f"{word} needs the name of an index first", piece.span, hint)
        bracket, name = index.groups()
        if name in RESERVED:
            raise self.scope.error(f"'{name}' has a meaning already", index.span(2), "choose another name")
        self._at = index.end()
        piece.read_as("SUM", Iteration(SERIES[word], self.scope.bind(name), len(self.nodes)))
        return piece, Token("LPAR", bracket, index.span(1))

    # --- what else there is ----------------------------------------------------------------------------------------

    def _other(self, piece: Token) -> Read:
        if name := signs.ROOTS.get(piece.text):
            bracket = self._match(patterns.BRACKET, piece.span[1])
            return piece.read_as("CALL" if bracket else "ROOT", Called(name))
        if piece.text in signs.SPELLED:
            return piece.read_as("NAME", self.scope.node(piece.text, piece.span[0]))
        raise self._unreadable(piece)

    def _latex(self, piece: Token) -> Read:
        r"""LaTeX that was not rewritten: \frac{a}{b}, and what is not read."""
        if piece.text not in ("\\frac", "\\dfrac", "\\tfrac"):
            raise self._unknown_command(piece)
        piece.read_as("LPAR", "")
        return piece, self._brace(piece, "over")

    # --- errors ----------------------------------------------------------------------------------------------------

    def _never_closed(self) -> AutodiffError:
        token = self._open[-1].token
        hint = f"add a '{CLOSES.get(token.text, '}')}'"
        if token.text == "|":
            hint += "; abs(x) is the same, and 'or' joins conditions"
        return self.scope.error(f"this '{token.text}' is never closed", token.span, hint)

    def _stray_comma(self, comma: Token) -> AutodiffError:
        hint = "commas stand between the arguments of a function"
        start, end = comma.span
        before = re.findall(r"\d*$", self._text[max(0, start - 20) : start])[0]
        after = re.findall(r"^\d*", self._text[end : end + 19])[0]
        if before and after:
            hint = f"if a decimal number is meant, write {before}.{after}"
            if len(after) == 3:
                hint = f"write {before}{after} without the comma; {hint}"
        return self.scope.error("a comma outside of a function's arguments", comma.span, hint)

    def _two_numbers(self, second: Token) -> AutodiffError:
        hint = "a number has one point" if second.text[0] == "." else "to multiply, write *; for a power, ^"
        return self.scope.error("an operator is needed before this number", second.span, hint)

    def _check_digits(self, piece: Token) -> None:
        """Refuse 2_000: the digits of a number with a _ between them."""
        (_, last_end), (start, _) = self.last.span, piece.span
        if self.last.type == "NUMBER" and last_end == start:
            hint = "write its digits together; a name comes after a sign or a space"
            raise self.scope.error("a number holds no _", piece.span, hint)

    def _unreadable(self, piece: Token) -> AutodiffError:
        """What stands for nothing here: %, <>, a control character."""
        word = piece.text
        hint = signs.HINTS.get(word, signs.HINTS.get(word[:2])) or _other_form(word)
        shown = repr(word) if word.isprintable() else f"the control character U+{ord(word):04X}"
        return self.scope.error(f"cannot read {shown}", piece.span, hint)

    def _unknown_command(self, piece: Token) -> AutodiffError:
        r"""LaTeX that is not read: \lim, \alhpa, a \ at the end."""
        name = piece.text[1:]
        message = f"the LaTeX command {piece.text} is not read here" if name else "a lone backslash"
        hint = signs.LATEX_HINTS.get(name) or _like_command(piece.text)
        return self.scope.error(message, piece.span, hint)


def _other_form(word: str) -> str:
    """What to write for a letter or digit of another form: x for 𝐱, 2 for ２."""
    plain = str(int(word)) if word.isdecimal() else normalize("NFKC", word)
    has_other = plain != word and plain.isascii()
    return f"write '{plain}'" if has_other else "names are letters, digits and _"


def _like_command(word: str) -> str:
    r"""A hint that names the command of LaTeX that was probably meant: \alpha for \alhpa."""
    names = {*signs.LATEX, *signs.GREEK, *CALLABLE}
    known = sorted(f"\\{name}" for name in names if len(name) > 1)
    return did_you_mean(word, known) or "write the formula without it"


_Reader = Callable[[Lexer, Token], Read]
_READERS: dict[str, _Reader] = {  # by the group of patterns.piece_at that matched, where the word has none of its own
    "NUMBER": Lexer._number,
    "NAME": Lexer._word,
    "CALL": Lexer._call,
    "SIGN": lambda _, piece: (piece,),  # the grammar has no place for it
    "RAISED": Lexer._raised,
    "LATEX": Lexer._latex,
    "END": Lexer._end,
    "WRONG": Lexer._other,
    "OTHER": Lexer._other,
}
_WORD_READERS: dict[str, _Reader] = {
    **dict.fromkeys(SIGNS, Lexer._operator),
    **dict.fromkeys("([{", lambda _, piece: piece.read_as("LPAR", "")),
    **dict.fromkeys(")]}", Lexer._right_bracket),
    "|": Lexer._bar,
    ",": Lexer._comma,
    "\n": Lexer._newline,
    ";": Lexer._semicolon,
    "!": Lexer._exclamation,
}
