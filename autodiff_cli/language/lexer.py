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
from functools import cached_property
from math import isinf
from typing import Any, NamedTuple
from unicodedata import normalize

from autodiff_cli.engine.value import Value, constant
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.language import foreign, patterns, signs
from autodiff_cli.language.borrowed import check_is_no_element, read_call
from autodiff_cli.language.derivatives import (
    read_differential,
    read_fraction,
    read_nabla,
    read_operator,
    read_primes,
    read_ratio,
    read_request,
)
from autodiff_cli.language.latex import rewritten
from autodiff_cli.language.patterns import compiled
from autodiff_cli.language.scope import CALLABLE, OF_ONE, Scope
from autodiff_cli.language.signs import CLOSES, GREEK, PRIMES, RESERVED, SERIES, SIGNS
from autodiff_cli.language.tokens import START, Called, Head, Iteration, Power, Token
from autodiff_cli.language.vectors import ALSO_CALLED, OPERATORS
from autodiff_cli.language.watch import Watch
from autodiff_cli.rules.table import CONSTANTS

_ENDS = {"NUMBER", "NAME", "RPAR", "END_BAR", "RAISED", "FACTORIAL", "PRIME", "PERCENT"}  # an operand
_BEGINS = {"NUMBER", "NAME", "CALL", "FUNCTION", "ROOT", "SUM", "LPAR", "BAR"}
_BEGINS |= {"DERIVE", "DERIVE_OF", "BIG", "CASES", "POWERED", "INDEXED_ROOT"}
_JOINED = {"NUMBER", "NAME"}  # by BESIDE to an operand before them
_JOINED_BY_NUMBER = _JOINED | {"ROOT", "SUM", "LPAR", "BAR"}  # by a number: 2(x + 1), but not 2sin x
_BEFORE_CLOSING = {*_ENDS, "LPAR", "BAR"}
_OPENS = {"FUNCTION", "ROOT", "LPAR", "BAR", "CASES"}
_BELOW = {"OVER", "POWER", "ROOT"}  # behind these a word taken apart is one factor
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
    # "call", "field" (of div) or "sum", whose arguments commas part; "vector", whose components they do; "over" or
    # "under" the line of a fraction; "cases"; or "". Or what makes the tokens of the bracket that closes it
    holds: "str | Callable[[Token], Read]"


_OF_CONSTANTS = ("ln", "sqrt", "cbrt")  # ln2 and sqrt2 are numbers, whatever stands behind them


def _closed(made: Sequence[Token]) -> Read:
    """A function and its number with brackets around the number: ln2 t is ln(2)*t."""
    function, number = made
    start, end = number.span
    opened, closed = Token("LPAR", "(", (start, start)), Token("RPAR", ")", (end, end))
    return Token("CALL", function.text, function.span, function.value), opened, number, closed


class Lexer:
    """The tokens of one text.

    The parser adds the `nodes` it makes, and tells the `scope` what each statement defines.
    """

    def __init__(self, source: str, given: Collection[str], told: Collection[str] = ()) -> None:
        self.source = source
        self.nodes: list[Value] = []
        self.starts: list[int] = []  # of the statements
        self.done = False  # whether the text has ended
        self.last = self.before = START  # the last two tokens, without the signs that were left out
        notes: dict[str, None] = {}
        self.in_excel = False
        try:
            self._text, later = self._translated(given, notes)
        except foreign.RefusedError as refused:
            raise AutodiffError(refused.message, source=source, span=refused.span, hint=refused.hint) from None
        self.scope = Scope(source, given, later, told)
        self.scope.notes |= notes
        self._note_changes(given)
        if (euler := foreign.euler(self._text)) and "E" not in {*given, *later}:
            self.scope.read_as_euler("E", euler)
        self._defines = bool(later)
        self._read_over: set[int] = set()  # brackets that are
        self.in_front = 0  # how many d/dx there were
        self._asks = 0  # how many ? wait for their :
        self._watch = Watch(self.scope.note)
        self._at = 0
        self._open: list[Bracket] = []
        self._ended = False  # whether the last token ends an operand
        self._over = False  # whether the statement has ended
        self._closings: dict[int, int] | None = None  # of the brackets, by where they open; once it is asked for
        self._separator: Token | None = None  # behind it

    def _note_changes(self, given: Collection[str]) -> None:
        r"""Say of \Delta x, which is one quantity in most texts, that it is read as a product."""
        for found in compiled(r"\\Delta(?:\s++|\s*+(?=\\))\\?+([a-zA-Z]++)").finditer(self.source):
            name = found[1]
            if "Delta" not in given:
                read = f"Delta*{name}; \\Delta_{name} is one name"
                self.scope.notes[rf"'\Delta {name}' is read as a product, {read}"] = None

    def _translated(self, given: Collection[str], notes: dict[str, None]) -> tuple[str, dict[str, int]]:
        """The text with what other languages write in this one's signs, np.exp, 1.5d0, =$A$1; and its definitions.

        Raises RefusedError.
        """

        def note(line: str) -> None:
            notes[line] = None

        text = foreign.begun(plain_text(self.source), given, note)
        self.in_excel = compiled(r"\s*+=(?![=<>])").match(text) is not None
        later = definitions(text) if "=" in self.source and not self.in_excel else {}
        text = foreign.plain(text, {*given, *later}, note)
        if self.in_excel:
            note("a formula that begins with = is read as Excel reads it: -A1^2 is (-A1)^2, LOG(A1) has base 10")
            text = foreign.plain_excel(text, given)
        return text, later

    def tokens(self) -> Iterator[Token]:
        """Token by token. Raises AutodiffError at what cannot be one.

        >>> [token.type for token in Lexer("a = 2; 3b sin x", ["b", "x"]).tokens()]
        ['HEAD', 'NUMBER', 'SEPARATOR', 'NUMBER', 'BESIDE', 'NAME', 'NEXT', 'FUNCTION', 'NAME']
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

    def request(self) -> list[str]:
        """The name by which a d/dx in front of the whole text asks for the derivative, which is read over then."""
        return read_request(self)

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
        head = self.match(patterns.HEAD, self._at) if self._defines else None
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

    def match(self, pattern: str, at: int) -> re.Match[str] | None:
        """What a pattern matches at a place of the text."""
        return compiled(pattern).match(self._text, at)

    @property
    def text(self) -> str:
        """The text in the language's own signs, as long as the source."""
        return self._text

    def go_to(self, at: int) -> None:
        """Read on at a place."""
        self._at = at

    def read_over(self, opening: int) -> int | None:
        """Read over a bracket and the one that closes it, whose place is returned; None where none does."""
        closing = self.closing(opening)
        if closing is not None:
            self._read_over |= {opening, closing}
        return closing

    def closing(self, opening: int) -> int | None:
        """Where the bracket that opens at a place is closed, if it is."""
        if self._closings is None:
            self._closings = _closings(self._text)
        return self._closings.get(opening)

    # --- operands --------------------------------------------------------------------------------------------------

    def _left_out(self, token: Token) -> Token:
        """The sign that was left out before an operand. BESIDE goes on with the argument of sin x, NEXT does not."""
        kind, last = token.type, self.last.type
        if kind == "NUMBER" and last in ("NUMBER", "NAME"):
            raise self._two_numbers(token)
        self._watch.beside(kind, self.last, self.before)
        start, _ = token.span
        joined = _JOINED_BY_NUMBER if last == "NUMBER" else _JOINED
        sign = "BESIDE" if kind in joined else "NEXT"
        return Token(sign, "*", (start, start), "mul")

    def _open_operand(self, token: Token) -> None:
        """Remember what is open: a bracket, or a function or root without one."""
        kind = token.type
        if kind in ("FUNCTION", "ROOT"):
            self._watch.applied(kind)
            return
        if token.value is None:  # a bracket that was made whole
            return
        is_field = self.last.type == "CALL" and self.last.value.name in OPERATORS
        holds = token.value or ("field" if is_field else _HOLDS.get(self.last.type, ""))
        self._open.append(Bracket(token, self._watch.behind, holds))
        self._watch.behind = 0

    def _close(self) -> "str | Callable[[Token], Read]":
        """Close the innermost bracket; returns what it holds."""
        bracket = self._open.pop()
        self._watch.behind = bracket.behind
        return bracket.holds

    # --- signs -----------------------------------------------------------------------------------------------------

    def _operator(self, piece: Token) -> Read:
        piece.type, piece.value = SIGNS[piece.text]
        if piece.type == "POWER" and self.before.text == ".^":
            hint = "write (a^b)^c for MATLAB's, a^(b^c) for Julia's and Python's"
            raise self.scope.error("a.^b.^c is read in two ways", piece.span, hint)
        if self.in_excel and self._binds_otherwise(piece):
            return (piece,)
        if self._ended:
            self._watch.sign(piece.type, self.last, self.before)
        else:
            self._watch.prefix(piece.type, self.last)
        return (piece,)

    def _binds_otherwise(self, piece: Token) -> bool:
        """Whether a sign binds as in Excel, where -A1^2 is (-A1)^2, and a^b^c is (a^b)^c."""
        if piece.type == "POWER":
            piece.type = "RAISE"
        elif piece.type == "MINUS" and not self._ended:
            piece.type, piece.value = "NEGATE", "neg"
        return piece.type in ("NEGATE", "RAISE")

    def _equals(self, piece: Token) -> Read:
        """The = of a comparison in Excel; elsewhere the grammar has no place for it."""
        return piece.read_as("COMPARE", "eq") if self.in_excel or self._in_cases() else (piece,)

    def _ask(self, piece: Token) -> Read:
        """The ? of c ? a : b."""
        if not self._ended:
            return self._other(piece)
        self._asks += 1
        self._note_chosen()
        return piece.read_as("ASK")

    def _colon(self, piece: Token) -> Read:
        if not self._asks:
            return self._other(piece)
        self._asks -= 1
        return piece.read_as("ELSE")

    def _if(self, piece: Token) -> Read:
        """The if and else of a if c else b; if(c, a, b) is a call, and a value makes either a name."""
        word = piece.text
        if self.scope.has(word) or not self._ended:
            return self._plain_word(piece)
        self._note_chosen()
        return piece.read_as(word.upper())

    def _note_chosen(self) -> None:
        self.scope.notes["a if c else b, and c ? a : b, are read as where(c, a, b)"] = None

    def _left_bracket(self, piece: Token) -> Read:
        if self._read_over and piece.span[0] in self._read_over:
            return ()
        return piece.read_as("LPAR", "vector" if self._may_be_vector(piece) else "")

    def _may_be_vector(self, piece: Token) -> bool:
        """Whether a bracket may hold components: behind div( and ∇·, and as a statement, F = [x*y, y^2]."""
        if self._open and self._open[-1].holds == "field":
            return self.last.type in ("LPAR", "COMMA")
        if self.last.type == "HEAD":
            return piece.text == "[" or self._is_listed(piece.span[0])
        return self.last.type == "DERIVE_OF" and self.last.text in OPERATORS

    def _is_listed(self, opening: int) -> bool:
        """Whether the bracket is all of a statement, and no decimal number with a comma: F = (x*y, y^2)."""
        closing = self.closing(opening)
        if closing is None or not self.match(r"\s*+(?:[;\n]|\Z)", closing + 1):
            return False
        return not compiled(r"\s*+[0-9.]++,[0-9.]++\s*+").fullmatch(self._text, opening + 1, closing)

    def _right_bracket(self, piece: Token) -> Read:
        if self._read_over and piece.span[0] in self._read_over:
            return ()
        self._check_closing(piece)
        piece.type, holds = "RPAR", self._close()
        if holds == "over":  # \frac{a}{b} is ((a)/(b))
            over = Token("OVER", "/", piece.span, "div")
            if single := self._single(piece.span[1]):
                self._close()
                return piece, over, single, piece
            return piece, over, self._brace(piece, "under")
        if holds == "under":
            self._close()
            return piece, piece
        if holds == "sum":
            self.scope.unbind()
        return (piece,) if isinstance(holds, str) else holds(piece)

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

    def _brace(self, before: Token, holds: "str | Callable[[Token], Read]") -> Token:
        """The brace that the next part of a fraction begins with, behind what was read."""
        _, at = before.span
        brace = self.match(patterns.BRACE, at)
        if not brace:
            hint = "write \\frac{a}{b}, or (a)/(b)"
            raise self.scope.error("a fraction needs two pairs of braces", (at - 1, at), hint)
        self._at = brace.end()
        return Token("LPAR", "{", (self._at - 1, self._at), holds)

    def _single(self, at: int) -> Token | None:
        r"""The one digit, letter or Greek letter that is below a fraction without braces: \frac{1}x, \frac{x}\pi."""
        found = self.match(r"\s*+([0-9a-zA-Z])", at)
        if not found:
            return None
        start = found.start(1)
        if self.scope.source[start - 1] == "\\" and not found[1].isdigit():
            found = self.match(r"\s*+([a-zA-Z]++)", at) or found
        self._at = found.end()
        return Token("NUMBER", found[1], found.span(1), self._exponent(found[1], start))

    def _bar(self, piece: Token) -> Read:
        """A bar closes the innermost bracket if that is a bar too, and the bar stands behind an operand."""
        is_inside = bool(self._open) and self._open[-1].token.text == "|"
        if is_inside and self._ended:
            self._close()
            return piece.read_as("END_BAR")
        if self._ended and self._text.startswith("|", piece.span[1]) and not self._has_lone_bars:
            self._at += 1
            self._watch.behind = 0
            self.scope.notes["|| is read as or: no bar is one of abs(x) here"] = None
            return (Token("OR", "||", (piece.span[0], self._at), "or"),)
        return piece.read_as("BAR", "")

    @cached_property
    def _has_lone_bars(self) -> bool:
        """Whether there is a bar that is none of two side by side: else each || is C's or."""
        return compiled(r"(?<!\|)\|(?!\|)|\|\|\|").search(self._text) is not None

    @cached_property
    def _has_dots(self) -> bool:
        """Whether there is a sign of MATLAB's: .*"""
        return compiled(r"\.[*/^]").search(self._text) is not None

    def _comma(self, piece: Token) -> Read:
        if self._in_cases():  # x^2, & x > 0
            return ()
        if not self._open or self._open[-1].holds not in ("call", "sum", "field", "vector"):
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
        if self.in_excel and self._open:
            return self._comma(piece)
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
            return self._opposite(piece)
        (start, end), (_, last_end) = piece.span, self.last.span
        if self.in_excel:
            raise self.scope.error("a cell of another sheet", piece.span, "write a name for it: x1, rate")
        if self.last.type == "FACTORIAL" and last_end == start:
            hint = "write (x!)! for one after another"
            raise self.scope.error("a double factorial is not read", (start - 1, end), hint)
        return piece.read_as("FACTORIAL")

    def _percent(self, piece: Token) -> Read:
        """The % of Excel's 5%."""
        return piece.read_as("PERCENT") if self.in_excel and self._ended else self._other(piece)

    def _opposite(self, piece: Token) -> Read:
        """The ! and ~ of other languages before a bracket: !(x > 0), which binds tighter than not."""
        if not self.match(r"\s*+[!~]*+\(", piece.span[1]):
            return (piece,) if piece.text == "!" else self._other(piece)
        self.scope.notes[f"'{piece.text}(...)' is read as not (...)"] = None
        return piece.read_as("NEGATE", "not")

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
            if self.scope.vectors and (read := read_operator(self, piece)):
                return read
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
        if number := foreign.CONSTANTS.get(word):
            if self.source[slice(*piece.span)] == word:  # and no name that foreign has written
                scope.notes[f"'{word}' is read as {number}"] = None
            if number in CONSTANTS:
                return piece.read_as("NAME", scope.constant_meant(number, piece.span))
            return piece.read_as("NAME", self._exponent(number, piece.span[0]))
        followed = "operand" if self.match(patterns.ARGUMENT, piece.span[1]) else ""
        behind = self._text[piece.span[1] : piece.span[1] + 1]
        if behind in PRIMES and (derivative := read_primes(self, piece)):
            return derivative
        if word[0] == "d" and (derivative := read_ratio(self, piece)):
            return derivative
        if self._is_greek(piece):
            return self._greek(piece)
        if scope.takes_one(word) and (read := self._apply(piece, Called(word), followed)):
            return read
        if word in scope.functions:
            arguments = ", ".join("abcdefgh"[: scope.functions[word]])
            raise scope.error(f"'{word}' is a function", piece.span, f"write {word}({arguments})")
        if base := compiled(patterns.LOGARITHM).match(word):
            read = self._apply(piece, self._based(base, piece.span[0]), followed)
            if not read:
                raise scope.error(f"{word} has no argument", piece.span, f"write {word}(x)")
            return read
        if pieces := scope.split(word, followed, piece.span[0]):
            return self._several(pieces, piece.span[0], followed)
        return self._variable(piece)

    def _variable(self, piece: Token) -> Read:
        """A new name that is no function."""
        scope, word = self.scope, piece.text
        if word in ("mod", "Mod", "MOD") and self._ended:
            raise scope.error(f"{word} between two values is not read", piece.span, "write mod(a, b)")
        if word in OF_ONE and word not in GREEK:
            hint = f"write {word}(x); {word} is a variable where it has a value"
            raise scope.error(f"{word} is a function, and has no argument here", piece.span, hint)
        return piece.read_as("NAME", scope.variable(word))

    def _apply(self, piece: Token, called: Called, followed: str) -> Read:
        """A function with its power, before an argument: sin x, sin -x, sin^2 x, log_2²(x). () where there is none."""
        power = self.match(patterns.POWER, piece.span[1])
        kind = "FUNCTION"
        if power:
            self._at = power.end()
            called = called._replace(power=self._power_of(piece.text, power))
            kind = "FUNCTION" if power["open"] is None else "CALL"
        elif opened := self.match(patterns.OPEN_POWER, piece.span[1]):
            return self._powered(piece, called, opened)
        elif not followed and self.match(patterns.NEGATIVE, piece.span[1]):
            self.scope.note("negative")
            followed = "operand"
        return piece.read_as(kind, called) if power or followed else ()

    def _powered(self, piece: Token, called: Called, opened: re.Match[str]) -> Read:
        """A function with a power in brackets before its argument: sin^(n-1)(x), cos^{n+1} x."""
        self._at = opened.end()

        def closed(bracket: Token) -> Read:
            at = bracket.span[1]
            bracket.type = "_POWERED_END"
            if self.match(patterns.BRACKET, at):
                return bracket, Token("CALL", piece.text, piece.span, called)
            if not self.match(patterns.ARGUMENT, at):
                raise self.scope.error(f"{piece.text} has no argument", piece.span, f"write {piece.text}(x)^(n)")
            return bracket, Token("FUNCTION", piece.text, piece.span, called)

        start = opened.end() - 1
        return Token("POWERED", "^", opened.span(), called), Token("LPAR", opened[1], (start, start + 1), closed)

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
        if scope.is_latex:
            self._skip_brace(piece.span[1])
        if word in SERIES and word not in scope.nodes:
            return self._series(piece)
        if self._is_greek(piece) and (read := self._greek(piece)):
            return read
        if word in _GREEK_FUNCTIONS and not scope.has(word):
            name = _GREEK_FUNCTIONS[word]
            scope.notes[f"'{word}(...)' is read as {name}(...); give {word} a value for a product"] = None
            return piece.read_as("CALL", Called(name))
        if word in ALSO_CALLED and not scope.has(word) and word not in scope.functions:
            scope.notes[f"'{word}' is read as {ALSO_CALLED[word]}"] = None
            return piece.read_as("CALL", Called(ALSO_CALLED[word]))
        if scope.calls(word, piece.span[0]):
            if word in ("log", "sinc"):
                scope.note(word)
            return piece.read_as("CALL", Called(word))
        if scope.nodes.get(word) is None and word not in scope.given and (read := read_call(self, piece)):
            return read
        return self._product(piece)

    def _is_greek(self, piece: Token) -> bool:
        r"""Whether it is the \gamma of LaTeX, and new."""
        if not self.scope.is_latex:
            return False
        start, end = piece.span
        is_command = start > 0 and self.source[start - 1 : end] == f"\\{piece.text}"
        return is_command and piece.text in GREEK and self.scope.node(piece.text, start) is None

    def _greek(self, piece: Token) -> Read:
        r"""A Greek letter of LaTeX: a variable, but for \Gamma(x) and \zeta(x)."""
        word = piece.text
        power = compiled(patterns.POWER).match(self._text, piece.span[1])
        is_called = piece.type == "CALL" or (power is not None and power["open"] is not None)
        name = {"Gamma": "gamma", "zeta": "zeta"}.get(word) if is_called else None
        if name in CALLABLE:
            return self._apply(piece, Called(name), "operand") if power else piece.read_as("CALL", Called(name))
        if piece.type == "CALL":
            return piece.read_as("NAME", self.scope.product(word, piece.span[0]))
        return piece.read_as("NAME", self.scope.variable(word))

    def _skip_brace(self, at: int) -> None:
        r"""Read over the braces around a bracket: \operatorname{f}{\left(a, b\right)}."""
        opened = self.match(r"\s*+\{\s*+\(", at)
        if not opened:
            return
        closing = self.closing(opened.end() - 1)
        brace = self.match(r"\s*+\}", closing + 1) if closing else None
        if brace:
            self._at = opened.end() - 1
            self._read_over.add(brace.end() - 1)

    def _product(self, piece: Token) -> Read:
        """A name that a bracket follows and that is no function as it stands: log_2(x), ax(x + 1), x(x + 1)."""
        scope, word, (start, _) = self.scope, piece.text, piece.span
        if word[-1] == "_" and word not in ("log_", "ln_"):
            raise scope.error("a subscript is one word", piece.span, "write x_1, x_max")
        if base := compiled(patterns.LOGARITHM).match(word):
            return piece.read_as("CALL", self._based(base, start))
        bessel = compiled(r"([JYIK])_([0-9]++|[^\W\d]\w*+)").fullmatch(word) if scope.is_latex else None
        if bessel and f"bessel{bessel[1].lower()}" in CALLABLE and scope.node(word, start) is None:
            order = self._exponent(bessel[2], start + 2)
            return piece.read_as("CALL", Called(f"bessel{bessel[1].lower()}", base=order))
        is_new = scope.node(word, start) is None and self.source[start - 1 : start] not in (".", ":")  # np.arg(x)
        if is_new and (pieces := scope.split(word, "(", start)):
            return self._several(pieces, start, "(")
        check_is_no_element(self, piece)
        return piece.read_as("NAME", scope.product(word, start))

    def _several(self, pieces: list[str], at: int, followed: str) -> Read:
        """The tokens of a word that is several names: ax, xsin, sinx."""
        kinds = ["FUNCTION"] * len(pieces)
        kinds[-1] = {"(": "CALL", "operand": "FUNCTION", "": "NAME"}[followed]
        is_one = self._is_below()
        self.scope.note_split(pieces, is_one)
        made: list[Token] = []
        for kind, name in zip(kinds, pieces, strict=True):
            token = self._one_of_several(kind, name, at)
            if is_one and made and made[-1].type in _ENDS:
                sign = "INSIDE" if token.type == "NAME" else "AMID"
                made.append(Token(sign, "*", (at, at), "mul"))
            made.append(token)
            at += len(name)
        return _closed(made) if pieces[0] in _OF_CONSTANTS and pieces[1].isdecimal() and len(pieces) == 2 else made

    def _is_below(self) -> bool:
        """Whether the next operand stands behind a stroke, a root or in an exponent: E/kT, e^-kt."""
        kind = self.last.type
        return kind in _BELOW or (kind in ("MINUS", "PLUS") and self.before.type in _BELOW)

    def _one_of_several(self, kind: str, name: str, at: int) -> Token:
        """A token of that kind where the name is a function; a NAME else."""
        span = at, at + len(name)
        if name[0] in "0123456789":
            return Token("NUMBER", name, span, self._value(name, at))
        if kind != "NAME" and self.scope.applies(name):
            return Token(kind, name, span, Called(name))
        return Token("NAME", name, span, self.scope.node_or_variable(name, at))

    def _series(self, piece: Token) -> Read:
        """The head of sum(k, 1, 10, x^k), up to its first comma: from there on k is the index."""
        word = piece.text
        index = self.match(patterns.INDEX, piece.span[1])
        if not index:
            hint = f"{word}(k, 1, 10, x^k) lets k run from 1 to 10"
            raise self.scope.error(f"{word} needs the name of an index first", piece.span, hint)
        bracket, name = index.groups()
        if name in RESERVED:
            raise self.scope.error(f"'{name}' has a meaning already", index.span(2), "choose another name")
        self._at = index.end()
        piece.read_as("SUM", Iteration(SERIES[word], self.scope.bind(name), len(self.nodes)))
        return piece, Token("LPAR", bracket, index.span(1), "")

    # --- derivatives -----------------------------------------------------------------------------------------------

    def _differential(self, piece: Token) -> Read:
        """A d or ∂, which may begin a derivative: d/dx x^2, d(x^2)/dx; where d has a value it begins none."""
        read = () if self.scope.has(piece.text) else read_differential(self, piece)
        if read:
            return read
        if piece.text == "∂":
            return self._other(piece)
        return self._plain_word(piece)

    def _nabla(self, piece: Token) -> Read:
        """The ∇ of ∇·F, ∇×F, ∇²f and ∇·∇f."""
        return read_nabla(self, piece) or self._other(piece)

    def _prime(self, piece: Token) -> Read:
        """The prime of (x^2)', or of y' where y is a step."""
        is_operand = self.last.type in ("RPAR", "PRIME") or self.last.text in self.scope.steps
        if not (self._ended and is_operand):
            return self._other(piece)
        if self._has_dots:
            hint = "leave it out for MATLAB's transpose, write diff(..., x) for a derivative"
            raise self.scope.error(f"{piece.text} is read in two ways", piece.span, hint)
        return piece.read_as("PRIME", PRIMES[piece.text])

    def _column(self, piece: Token) -> Read:
        """A column in backticks. Its name may hold anything, so none but those that were told is read."""
        name = self.source[piece.span[0] + 1 : piece.span[1] - 1]
        if name not in self.scope.told:
            start, _ = piece.span
            raise self._unreadable(Token("OTHER", "`", (start, start + 1)))
        return piece.read_as("NAME", self.scope.variable(name))

    # --- what else there is ----------------------------------------------------------------------------------------

    def _other(self, piece: Token) -> Read:
        if name := signs.ROOTS.get(piece.text):
            bracket = self.match(patterns.BRACKET, piece.span[1])
            return piece.read_as("CALL" if bracket else "ROOT", Called(name))
        if piece.text in signs.FRACTIONS:
            return self._fraction(piece)
        if name := signs.ROUNDED.get(piece.text):
            return Token("CALL", name, piece.span, Called(name)), piece.read_as("LPAR", "")[0]
        if piece.text in signs.SPELLED:
            return piece.read_as("NAME", self.scope.node(piece.text, piece.span[0]))
        raise self._unreadable(piece)

    def _latex(self, piece: Token) -> Read:
        r"""LaTeX that was not rewritten: \frac{a}{b}, and what is not read."""
        if reader := _LATEX_READERS.get(piece.text):
            return reader(self, piece)
        if piece.text not in ("\\frac", "\\dfrac", "\\tfrac", "\\cfrac"):
            raise self._unknown_command(piece)
        if derivative := read_fraction(self, piece):
            return derivative
        piece.read_as("LPAR", "")
        return piece, self._brace(piece, "over")

    def _fraction(self, piece: Token) -> Read:
        """½ as (1/2). 2½ is refused, which is 2.5 to some and 1 to others."""
        above, below = normalize("NFKC", piece.text).split("⁄")
        (_, last_end), span = self.last.span, piece.span
        if self.last.type == "NUMBER" and self._ended:
            number = self.last.text
            hint = f"write {float(number) + int(above) / int(below):g} for the mixed number, {number}*({above}/{below})"
            raise self.scope.error(f"{number}{piece.text} is read in two ways", (last_end - len(number), span[1]), hint)
        numbers = [Token("NUMBER", digits, span, self._value(digits, span[0])) for digits in (above, below)]
        over = Token("OVER", "/", span, "div")
        return Token("LPAR", "(", span), numbers[0], over, numbers[1], Token("RPAR", ")", span)

    def _binomial(self, piece: Token) -> Read:
        r"""\binom{n}{k}"""

        def closed(bracket: Token) -> Read:
            return Token("COMMA", ",", bracket.span), self._brace(bracket, lambda last: (last, last))

        return piece.read_as("CALL", Called("binomial"))[0], self._brace(piece, closed)

    def _indexed_root(self, piece: Token) -> Read:
        r"""\sqrt[n]{x}"""
        opened = self.match(r"\s*+\[", piece.span[1])
        if not opened:
            raise self._unknown_command(piece)
        self._at = opened.end()

        def closed(bracket: Token) -> Read:
            return bracket.read_as("_ROOT_OF")

        bracket = Token("LPAR", "[", (self._at - 1, self._at), closed)
        return piece.read_as("INDEXED_ROOT")[0], bracket

    def _begin(self, piece: Token) -> Read:
        r"""\begin{cases}"""
        cases = self.match(patterns.CASES, piece.span[1])
        if not cases:
            raise self._unknown_command(piece)
        self._at = cases.end()
        return piece.read_as("CASES", "cases")

    def _in_cases(self) -> bool:
        return bool(self._open) and self._open[-1].holds == "cases"

    def _end_of_cases(self, piece: Token) -> Read:
        cases = self.match(patterns.CASES, piece.span[1])
        if not cases or not self._in_cases():
            raise self._unknown_command(piece)
        self._at = cases.end()
        self._close()
        return piece.read_as("RPAR")

    def _row(self, piece: Token) -> Read:
        r"""The \\ between two rows of cases."""
        if not self._in_cases():
            raise self._unknown_command(piece)
        if space := self.match(patterns.ROW_SPACE, piece.span[1]):
            self._at = space.end()
        self._watch.behind = 0
        return piece.read_as("ROW")

    def _ampersand(self, piece: Token) -> Read:
        if not self._in_cases():
            return () if compiled(r"\\begin\{(?:align|split)").search(self.source) else self._other(piece)
        self._watch.behind = 0
        return piece.read_as("AMPERSAND")

    def _word_of_cases(self, piece: Token) -> Read:
        """The if of `x & if x > 0`, and otherwise."""
        if not self._in_cases() or self.last.type != "AMPERSAND":
            return self._if(piece) if piece.text in ("if", "else") else self._plain_word(piece)
        return piece.read_as("ANYWHERE") if piece.text in signs.OTHERWISE else ()

    def _plain_word(self, piece: Token) -> Read:
        return self._call(piece) if piece.type == "CALL" else self._word(piece)

    def _big(self, piece: Token) -> Read:
        r"""\sum_{k=1}^{5}, whose index k is from there on."""
        index = self.match(patterns.INDEX_OF_BIG, piece.span[1])
        if not index:
            return self._other(piece) if piece.text in "∑∏" else self._plain_word(piece)
        self._at = index.end()
        word = piece.text

        def closed(bracket: Token) -> Read:
            bracket.type = "_BIG_TO"
            return bracket, *self._upper(bracket, word)

        start = self.match(r"[^{]*+", piece.span[1])
        at = start.end() if start else piece.span[1]
        piece.read_as("BIG", Iteration(signs.BIG[word], self.scope.bind(index[1]), len(self.nodes)))
        return piece, Token("LPAR", "{", (at, at + 1), closed)

    def _upper(self, bracket: Token, word: str) -> Read:
        """The upper bound of a sum, behind the brace of its lower one."""

        def closed(last: Token) -> Read:
            return last.read_as("_BIG_OF")

        found = self.match(rf"\s*+\^\s*+(?:(\{{)|({patterns.NUMBER})|({patterns.NAME}))", bracket.span[1])
        if not found:
            hint = f"as in {word}{'_' if word in '∑∏' else ''}{{k=1}}^{{10}}"
            raise self.scope.error("a sum or product needs its last index", bracket.span, hint)
        self._at = found.end()
        if found[1]:
            return (Token("LPAR", "{", found.span(1), closed),)
        group = 2 if found[2] else 3
        node = self._exponent(found[group], found.start(group))
        bound = Token("NUMBER", found[group], found.span(group), node)
        return Token("LPAR", "", found.span(group)), bound, Token("_BIG_OF", "", found.span(group))

    # --- errors ----------------------------------------------------------------------------------------------------

    def _never_closed(self) -> AutodiffError:
        token = self._open[-1].token
        hint = f"add a '{CLOSES.get(token.text, '}')}'"
        if token.text == "|":
            hint += "; abs(x) is the same, and 'or' joins conditions"
        return self.scope.error(f"this '{token.text}' is never closed", token.span, hint)

    def _stray_comma(self, comma: Token) -> AutodiffError:
        hint = "commas stand between the arguments of a function"
        if self._open and self._open[-1].token.text in ("[", "{"):
            hint = "an expression is one number: a list is read one element at a time"
        start, end = comma.span
        before = re.findall(r"(?:\d{1,3}(?:\.\d{3})+|\d*)$", self._text[max(0, start - 20) : start])[0]
        after = re.findall(r"^(?:\d*\.\d+|\d*)", self._text[end : end + 19])[0]
        if before and after and "." in before + after:  # 1.234,5 and 1,234.5
            hint = f"write {before.replace('.', '')}{'' if '.' in after else '.'}{after}"
        elif before and after:
            hint = f"if a decimal number is meant, write {before}.{after}"
            if len(after) == 3:
                hint = f"write {before}{after} without the comma; {hint}"
        return self.scope.error("a comma outside of a function's arguments", comma.span, hint)

    def _two_numbers(self, second: Token) -> AutodiffError:
        hint = "a number has one point" if second.text[0] == "." else "to multiply, write *; for a power, ^"
        if self._open and self._open[-1].token.text == "[":
            hint += "; a list is read one element at a time"
        return self.scope.error("an operator is needed before this number", second.span, hint)

    def _check_digits(self, piece: Token) -> None:
        """Refuse 2_000: the digits of a number with a _ between them."""
        (_, last_end), (start, _) = self.last.span, piece.span
        if self.last.type == "NUMBER" and last_end == start:
            hint = "write its digits together; a name comes after a sign or a space"
            raise self.scope.error("a number holds no _", piece.span, hint)

    def _unreadable(self, piece: Token) -> AutodiffError:
        """What stands for nothing here: %, <>, a control character."""
        word, (start, _) = piece.text, piece.span
        if len(word) == 1 and (found := foreign.refused(self.source, start)):
            return self.scope.error(f"cannot read {self.source[slice(*found.span)]!r}", *found)
        hint = signs.HINTS.get(word, signs.HINTS.get(word[:2])) or _other_form(word)
        command = compiled(r"\\[a-zA-Z]++").match(self.source, start)
        if command:
            return self.scope.error(f"cannot read {command[0]} here", command.span(), hint)
        shown = repr(word) if word.isprintable() else f"the control character U+{ord(word):04X}"
        return self.scope.error(f"cannot read {shown}", piece.span, hint)

    def _unknown_command(self, piece: Token) -> AutodiffError:
        r"""LaTeX that is not read: \lim, \alhpa, a \ at the end."""
        name = piece.text[1:].strip()
        message = f"the LaTeX command {piece.text} is not read here" if name else "a lone backslash"
        hint = signs.LATEX_HINTS.get(name) or _like_command(piece.text)
        return self.scope.error(message, piece.span, hint)


_GREEK_FUNCTIONS = {"Γ": "gamma", "ζ": "zeta"}  # in front of a bracket


def _other_form(word: str) -> str:
    """What to write for a letter or digit of another form: x for 𝐱, 2 for ２."""
    plain = str(int(word)) if word.isdecimal() else normalize("NFKC", word)
    has_other = plain != word and plain.isascii()
    return f"write '{plain}'" if has_other else "names are letters, digits and _"


def _like_command(word: str) -> str:
    r"""A hint that names the command of LaTeX that was probably meant: \alpha for \alhpa."""
    names = {*signs.LATEX, *signs.GREEK, *CALLABLE} - {"prod", *signs.SILENT.split()}
    known = sorted(f"\\{name}" for name in names if len(name) > 1)
    return did_you_mean(word, known) or "write the formula without it"


_Reader = Callable[[Lexer, Token], Read]


def _closings(text: str) -> dict[int, int]:
    """Where each bracket is closed, by where it opens.

    >>> _closings("(a + [b])")
    {5: 7, 0: 8}
    """
    found, opened = {}, []
    for bracket in compiled(r"[()\[\]{}]").finditer(text):
        if bracket[0] in "([{":
            opened.append(bracket.start())
        elif opened:
            found[opened.pop()] = bracket.start()
    return found


_READERS: dict[str, _Reader] = {  # by the group of patterns.piece_at that matched, where the word has none of its own
    "NUMBER": Lexer._number,
    "NAME": Lexer._word,
    "CALL": Lexer._call,
    "SIGN": lambda _, piece: (piece,),  # the grammar has no place for it
    "RAISED": Lexer._raised,
    "LATEX": Lexer._latex,
    "COLUMN": Lexer._column,
    "END": Lexer._end,
    "WRONG": Lexer._other,
    "OTHER": Lexer._other,
}
_LATEX_READERS: dict[str, _Reader] = {
    **dict.fromkeys(("\\binom", "\\dbinom", "\\tbinom"), Lexer._binomial),
    "\\sqrt": Lexer._indexed_root,
    "\\begin": Lexer._begin,
    "\\end": Lexer._end_of_cases,
    "\\\\": Lexer._row,
}
_WORD_READERS: dict[str, _Reader] = {
    **dict.fromkeys(SIGNS, Lexer._operator),
    **dict.fromkeys("([{", Lexer._left_bracket),
    **dict.fromkeys(")]}⌋⌉", Lexer._right_bracket),
    **dict.fromkeys(PRIMES, Lexer._prime),
    **dict.fromkeys(("if", "for", "when", *signs.OTHERWISE), Lexer._word_of_cases),
    **dict.fromkeys(signs.BIG, Lexer._big),
    "&": Lexer._ampersand,
    "=": Lexer._equals,
    "?": Lexer._ask,
    ":": Lexer._colon,
    **dict.fromkeys("d∂", Lexer._differential),
    "∇": Lexer._nabla,
    "|": Lexer._bar,
    ",": Lexer._comma,
    "\n": Lexer._newline,
    ";": Lexer._semicolon,
    "!": Lexer._exclamation,
    "~": Lexer._opposite,
    "%": Lexer._percent,
}
