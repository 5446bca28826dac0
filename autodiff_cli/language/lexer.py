"""Text to tokens: reads signs and words, and puts in the signs that people leave out. Knows no precedence.

It runs one token ahead of the grammar, so that what a statement defines is known when the next one is read.
"""

import re
from collections.abc import Collection, Iterator
from functools import cache
from math import isinf
from typing import Any, NamedTuple
from unicodedata import normalize

from autodiff_cli.engine.value import Value, constant
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.language.scope import CALLABLE, Scope
from autodiff_cli.language.signs import (
    CLOSES,
    FRACTIONS,
    GREEK,
    HINTS,
    LATEX,
    LATEX_HINTS,
    RAISED,
    READ_AS,
    RESERVED,
    ROOTS,
    SERIES,
    SIGNS,
    SPELLED,
)
from autodiff_cli.rules.table import CONSTANTS

_RAISED = "".join(RAISED)
_NEVER = f"{_RAISED}{FRACTIONS}π∞°ªº"  # letters or digits to Unicode, but no part of a name here
_MARKS = r"\u0300-\u036f"
_NAME = rf"[^\W\d{_NEVER}₀-₉ₐ-ₜᵢ-ᵪⱼ](?:[^\W{_NEVER}]|[{_MARKS}])*"
_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_SPACE = r"[^\S\n]*+"
_TOKEN = re.compile(
    rf"""{_SPACE}(?:
      (?P<NUMBER>{_NUMBER})
    | (?P<NAME>{_NAME})(?P<CALL>(?={_SPACE}[(\[{{]))?
    | (?P<WRONG><>|=[<>]|[=!]==|->|//|\.\.+(?![0-9]))
    | (?P<SIGN>\*\*|[<>=!]=|&&|[-+*/^(),<>=!|;{{}}\[\]\n≤≥≠⩽⩾≦≧∧∨¬])
    | (?P<RAISED>[{_RAISED}]+)
    | (?P<COMMENT>\#[^\n]*)
    | (?P<LATEX>\\(?:[a-zA-Z]+|[\s\S]|\Z))
    | (?P<END>\Z)
    | (?P<OTHER>[\s\S]))""",
    re.VERBOSE,
)
_BETWEEN = re.compile(r"(?:[\s;]|#[^\n]*)*+")  # statements
_BRACKET = rf"{_SPACE}[(\[{{]"
_BRACE = r"\s*\{"
_HEAD = rf"({_NAME})(?:\s*\(\s*({_NAME}(?:\s*,\s*{_NAME})*)\s*\))?\s*:?=(?![=<>])"
_HEADS = rf"(?:\A|[;\n])\s*{_HEAD}"
_INDEX = rf"\s*([(\[{{])\s*({_NAME})\s*,"
_ARGUMENT = rf"{_SPACE}(?!(?:and|or|not)\b)(?:[\w√∛|\\.{FRACTIONS}])"
_POWER = (  # on a function's name: sin^2 x, sin²x, sin^{-1}(x)
    rf"{_SPACE}(?:(?:\^|\*\*){_SPACE}"
    rf"(?:(?P<plain>-?{_NUMBER}|{_NAME})|[({{\[]\s*+(?P<inside>-?\s*+(?:{_NUMBER}|{_NAME}))\s*[)}}\]])"
    rf"|(?P<raised>[{_RAISED}]+))(?:(?P<open>(?={_BRACKET}))|(?={_ARGUMENT}))"
)
_LOG = r"(log|ln)(?:_([0-9]+|[^\W\d]\w*)|([₀-₉]+))\Z"
_LATEX = (
    r"\\d?t?frac\s*(?P<above>\d)\s*(?P<below>\d)|\\sqrt\s*\[\s*(?P<root>[^\]]*?)\s*\]"
    r"|_\s*\{\s*(?:\\(?:text|mathrm|operatorname)\s*\{\s*(?P<said>\w+)\s*\}|(?P<low>\w+))\s*\}"
    r"|\\(?:operatorname|mathrm|text)\s*\{\s*(?P<upright>\w+)\s*\}"
    r"|\\(?P<log>log|ln)_(?P<base>\w)|\\(?P<name>[a-zA-Z]+|.)"
)

_compiled = cache(re.compile)  # the less common patterns, when first used: compiling them all takes longer than a run

_OVER, _SIGNED, _APPLIED, _ROOT = 1, 2, 4, 8  # what an operand stands behind, where people read on differently
_ENDS = {"NUMBER", "NAME", "RPAR", "END_BAR", "RAISED", "FACTORIAL"}
_OPENS = {"NUMBER", "NAME", "CALL", "FUNCTION", "ROOT", "SUM", "LPAR", "BAR"}


def is_name(text: str) -> bool:
    """Whether the text is a name as a whole."""
    return text == "π" or _compiled(_NAME).fullmatch(text) is not None


class Token:
    """What the grammar sees: a type and a place. `value` is the node of a number or name, what a sign or call means."""

    __slots__ = ("type", "text", "start_pos", "end_pos", "value")
    line = column = end_line = end_column = None  # Lark's errors ask for them

    def __init__(self, type: str, text: str, start: int, end: int, value: Any = None) -> None:
        self.type = type
        self.text = text
        self.start_pos = start
        self.end_pos = end
        self.value = value


class Power(NamedTuple):
    """An exponent that is no operand of its own: x², sin^-1."""

    negative: bool
    node: Value


class Head(NamedTuple):
    """The left side of `name = ...` or `name(parameters) = ...`."""

    name: str
    parameters: dict[str, Value]


class Called(NamedTuple):
    """A function where it is called, with the power on its name (sin^2 x) and its base (log_2 x)."""

    name: str
    power: Power | None = None
    base: Value | None = None


class Series(NamedTuple):
    """A sum or product: what joins its terms, its index, and how many steps there were before it."""

    joins: str
    bound: Value
    before: int


class Bracket(NamedTuple):
    """One that is open: its sign, where, what was watched outside of it, and what it holds."""

    sign: str
    start: int
    watch: int
    holds: str


class Lexer:
    """The tokens of one text.

    The parser adds the `nodes` it makes, and tells the `scope` what each statement defines.
    """

    def __init__(self, source: str, given: Collection[str]) -> None:
        self.source = source
        self.nodes: list[Value] = []
        self.starts: list[int] = []  # of the statements
        self.done = False  # whether the text has ended
        self.last: Token | None = None  # the last two tokens
        self.before: Token | None = None
        text = _compiled(_LATEX).sub(_same_length, source) if "\\" in source or "{" in source else source
        self._text = (text if text.isascii() else text.translate(READ_AS)).replace("\r\n", " \n").replace("\r", "\n")
        self._defines = "=" in text
        later = {m[1]: m.start(1) for m in _compiled(_HEADS).finditer(self._text)} if self._defines else {}
        self.scope = Scope(source, given, later)
        self._at = 0
        self._watch = 0
        self._open: list[Bracket] = []
        self._ended = False  # whether the last token ends an operand
        self._separator: Token | None = None
        self._euler = False  # whether the last power is one of e

    def tokens(self) -> Iterator[Token]:
        """Token by token. Raises AutodiffError at what cannot be one."""
        text, match, nodes = self._text, _TOKEN.match, self.scope.nodes
        read = {kind: getattr(self, reader) for kind, reader in _READERS.items()}
        last = ""  # the type of the last token; empty before a statement
        while True:
            if not last:
                self._at = _BETWEEN.match(text, self._at).end()  # type: ignore[union-attr]
                self.starts.append(self._at)
                if self._separator and self._at < len(text):
                    yield self._separator
                self._separator = None
                if self._defines and (head := _compiled(_HEAD).match(text, self._at)):
                    self._at = head.end()
                    self.last = self._head(head)
                    yield self.last
                last = "HEAD"
            found = match(text, self._at)
            kind = found.lastgroup  # type: ignore[union-attr]
            word: str = found["NAME" if kind == "CALL" else kind]  # type: ignore[index]
            end = self._at = found.end()  # type: ignore[union-attr]
            start = end - len(word)
            self._ended = last in _ENDS
            node = nodes.get(word) if kind == "NAME" else None
            if node is not None:
                made = [Token("NAME", word, start, end, node)]
            elif kind == "END":
                if self._open and (self._ended or last in ("LPAR", "BAR")):
                    raise self._never_closed()
                self.done = True
                return
            else:
                made = read[kind](word, start, end)  # type: ignore[index]
                if self._separator:
                    if not self._ended:
                        yield self._separator
                    self.scope.end()
                    last, self._watch = "", 0
                    continue
            for token in made:
                kind = token.type
                if kind in _OPENS:
                    if last in _ENDS:
                        if kind == "NUMBER" and last in ("NUMBER", "NAME"):
                            raise self._two_numbers(start, end)
                        yield self._beside(token, last)
                    if kind == "LPAR" or kind == "BAR":
                        holds = {"CALL": "call", "SUM": "sum"}.get(last) or token.value or ""
                        self._open.append(Bracket(token.text, token.start_pos, self._watch, holds))
                        self._watch = 0
                    elif kind == "FUNCTION" or kind == "ROOT":
                        self._watch = (self._watch & _OVER) | (_APPLIED if kind == "FUNCTION" else _ROOT)
                last = kind
                self.before, self.last = self.last, token
                yield token

    def _beside(self, token: Token, last: str) -> Token:
        """The sign that was left out before an operand. BESIDE goes on with the argument of sin x, TIMES does not."""
        kind, watch = token.type, self._watch
        if watch:
            if watch & _OVER:
                self.scope.note("over")
            if watch & _ROOT:
                self.scope.note("root")
            if watch & _APPLIED and kind not in ("CALL", "FUNCTION", "SUM"):
                if last != "NUMBER":
                    self.scope.note("applied")
            else:
                watch &= ~_APPLIED
            self._watch = watch & (_OVER | _APPLIED)
        if kind == "NAME" and self._after_power() and self._euler:
            self.scope.note("power")
        joins = kind in ("NUMBER", "NAME") or (last == "NUMBER" and kind not in ("CALL", "FUNCTION"))
        return Token("BESIDE" if joins else "TIMES", "*", token.start_pos, token.start_pos, "mul")

    def _after_power(self, number: str = "") -> bool:
        """Whether the last token is a number, this one if any is asked for, that is an exponent."""
        last, before = self.last, self.before
        exponent = last is not None and before is not None and last.type == "NUMBER" and before.type == "POWER"
        return exponent and (not number or last.text == number)  # type: ignore[union-attr]

    # --- signs -----------------------------------------------------------------------------------------------------

    def _sign(self, word: str, start: int, end: int) -> list[Token]:
        sign = SIGNS.get(word)
        if sign:
            if self._ended:
                if self._watch:
                    self._watched(sign[0])
                if sign[0] == "POWER":
                    self._euler = self.last is not None and self.last.text in ("e", "E")
                if sign[0] == "OVER":
                    self._watch = _OVER
                    if self._after_power("1"):
                        self.scope.note("power")
            elif sign[0] == "MINUS":
                self._watch |= _SIGNED
            return [Token(sign[0], word, start, end, sign[1])]
        if word in "([{":
            return [Token("LPAR", word, start, end)]
        if word in ")]}":
            return self._close(word, start, end)
        if word == "|":
            if self._ended and self._open and self._open[-1].sign == "|":
                self._watch = self._open.pop().watch
                return [Token("END_BAR", word, start, end)]
            return [Token("BAR", word, start, end)]
        if word == ",":
            if not self._open or self._open[-1].holds not in ("call", "sum"):
                raise self._stray_comma(start)
            self._watch = 0
            return [Token("COMMA", word, start, end)]
        if word == ";" or word == "\n":
            if word == ";" or (self._ended and not self._open):
                if self._open:
                    raise self._never_closed()
                self._separator = Token("SEPARATOR", word, start, end)
            return []
        if word == "!" and self._ended:
            if self.last and self.last.type == "FACTORIAL" and self.last.end_pos == start:
                hint = "write (x!)! for one after another"
                raise self.scope.error("a double factorial is not read", start - 1, end, hint)
            return [Token("FACTORIAL", word, start, end)]
        return [Token("SIGN", word, start, end)]

    def _close(self, word: str, start: int, end: int) -> list[Token]:
        if not self._open:
            hint = f"remove it, or add a '{_OPENED[word]}'"
            raise self.scope.error(f"this '{word}' closes nothing", start, end, hint)
        bracket = self._open[-1]
        if bracket.sign == "|":
            raise self._never_closed()
        if CLOSES[bracket.sign] != word:
            hint = f"the '{bracket.sign}' before it needs a '{CLOSES[bracket.sign]}'"
            raise self.scope.error(f"'{word}' cannot close a '{bracket.sign}'", start, end, hint)
        self._open.pop()
        self._watch = bracket.watch
        closed = Token("RPAR", word, start, end)
        if bracket.holds == "sum":
            self.scope.unbind()
        elif bracket.holds == "over":  # \frac{a}{b} is ((a)/(b))
            below = self._brace(end)
            return [closed, Token("OVER", "/", start, end, "div"), below]
        elif bracket.holds == "under":
            self._watch = self._open.pop().watch
            return [closed, closed]
        return [closed]

    def _brace(self, at: int, holds: str = "under") -> Token:
        """The brace that the next part of a fraction begins with."""
        brace = _compiled(_BRACE).match(self._text, at)
        if not brace:
            raise self.scope.error("a fraction needs two pairs of braces", at - 1, at, "write \\frac{a}{b}, or (a)/(b)")
        self._at = brace.end()
        return Token("LPAR", "{", self._at - 1, self._at, holds)

    def _watched(self, sign: str) -> None:
        """Note how a sign after the operand is read, where people disagree."""
        watch = self._watch
        if sign == "POWER":
            for bit, note in ((_SIGNED, "signed"), (_APPLIED, "applied"), (_ROOT, "root")):
                if watch & bit:
                    self.scope.note(note)
            self._watch = watch & _OVER
            return
        if watch & _APPLIED and sign in ("TIMES", "OVER"):
            self.scope.note("applied")
        if watch & _ROOT and sign in ("PLUS", "MINUS"):
            self.scope.note("root")
        self._watch = 0

    def _raised(self, word: str, start: int, end: int) -> list[Token]:
        self._watched("POWER")
        return [Token("RAISED", word, start, end, self._power(word, start))]

    def _power(self, raised: str, start: int) -> Power:
        """What stands raised: a whole number or a letter, with a sign or without."""
        plain = "".join([RAISED[char] for char in raised])
        sign, rest = (plain[0], plain[1:]) if plain[0] in "+-" else ("", plain)
        if not (rest.isdecimal() or (len(rest) == 1 and rest.isalpha())):
            hint = f"write ^({plain})" if rest else "a raised sign needs a number behind it: x⁻¹"
            raise self.scope.error(f"cannot read '{raised}'", start, start + len(raised), hint)
        return Power(sign == "-", self._exponent(rest, start))

    def _exponent(self, word: str, start: int) -> Value:
        if word in RESERVED:
            raise self.scope.error(f"'{word}' cannot stand here", start, start + len(word), "write a number or a name")
        if word[0] in "0123456789.":
            return self._value(word, start)
        node = self.scope.node(word, start)
        return node if node is not None else self.scope.variable(word)

    # --- numbers and words -----------------------------------------------------------------------------------------

    def _number(self, word: str, start: int, end: int) -> list[Token]:
        return [Token("NUMBER", word, start, end, self._value(word, start))]

    def _value(self, word: str, start: int) -> Value:
        data = float(word)
        if isinf(data) or (data == 0 and any(digit in "123456789" for digit in word.lower().split("e")[0])):
            size = "large" if data else "small"
            hint = "floats reach from 5e-324 to 1.8e308; choose other units"
            raise self.scope.error(f"{word} is too {size} for a float", start, start + len(word), hint)
        return constant(data, word)

    def _head(self, match: re.Match[str]) -> Token:
        name, listed = self.scope.spelled(match[1]), match[2]
        parameters = self.scope.begin(name, re.findall(_NAME, listed or ""), match.start(1))
        return Token("HEAD", match[0], match.start(1), match.end(), Head(name, parameters))

    def _word(self, word: str, start: int, end: int) -> list[Token]:
        """A name that no bracket follows."""
        scope, text = self.scope, self._text
        if word in SIGNS:
            return self._sign(word, start, end)
        if word[0] == "_" and self.last and self.last.type == "NUMBER" and self.last.end_pos == start:
            hint = "write its digits together; a name comes after a sign or a space"
            raise scope.error("a number holds no _", start, end, hint)
        node = scope.node(word, start)
        if node is not None:
            return [Token("NAME", word, start, end, node)]
        argument = _compiled(_ARGUMENT).match(text, end)
        if scope.takes_one(word):
            if power := _compiled(_POWER).match(text, end):
                self._at = power.end()
                kind = "FUNCTION" if power["open"] is None else "CALL"
                return [Token(kind, word, start, end, Called(word, self._power_of(word, power)))]
            if argument:
                return [Token("FUNCTION", word, start, end, Called(word))]
        if word in scope.functions:
            arguments = ", ".join("abcdefgh"[: scope.functions[word]])
            raise scope.error(f"'{word}' is a function", start, end, f"write {word}({arguments})")
        if base := _compiled(_LOG).match(word):
            called = self._log(base, start)
            if power := _compiled(_POWER).match(text, end):
                self._at = power.end()
                called = called._replace(power=self._power_of(word, power))
            elif not argument:
                raise scope.error(f"{word} has no argument", start, end, f"write {word}(x)")
            return [Token("CALL" if power and power["open"] is not None else "FUNCTION", word, start, end, called)]
        followed = "operand" if argument else ""
        if pieces := scope.split(word, followed):
            return self._several(pieces, start, followed)
        return [Token("NAME", word, start, end, scope.variable(word))]

    def _call(self, word: str, start: int, end: int) -> list[Token]:
        """A name that a bracket follows."""
        scope = self.scope
        if word in SIGNS:
            return self._sign(word, start, end)
        if word in SERIES and word not in scope.nodes:
            return self._series(word, start, end)
        if word in CALLABLE or word in scope.functions:
            if word in ("log", "sinc"):
                scope.note(word)
            return [Token("CALL", word, start, end, Called(word))]
        if word[-1] == "_" and word not in ("log_", "ln_"):
            raise scope.error("a subscript is one word", start, end, "write x_1, x_max")
        if base := _compiled(_LOG).match(word):
            return [Token("CALL", word, start, end, self._log(base, start))]
        if scope.node(word, start) is None and (pieces := scope.split(word, "(")):
            return self._several(pieces, start, "(")
        return [Token("NAME", word, start, end, scope.product(word, start))]

    def _several(self, pieces: list[str], at: int, followed: str) -> list[Token]:
        """The tokens of a word that is several names: ax, xsin, sinx."""
        made = []
        for index, piece in enumerate(pieces):
            end = at + len(piece)
            last = index == len(pieces) - 1
            if self.scope.applies(piece) and (followed or not last):
                made.append(Token("CALL" if last and followed == "(" else "FUNCTION", piece, at, end, Called(piece)))
            else:
                node = self.scope.node(piece, at)
                made.append(Token("NAME", piece, at, end, node if node is not None else self.scope.variable(piece)))
            at = end
        return made

    def _power_of(self, word: str, match: re.Match[str]) -> Power:
        """The power on a function's name."""
        if match["raised"]:
            power = self._power(match["raised"], match.start("raised"))
        else:
            group = "plain" if match["plain"] else "inside"
            name = match[group].lstrip("- ")
            power = Power(name != match[group].strip(), self._exponent(name, match.end(group) - len(name)))
        if power.negative and power.node.data == 1:
            self.scope.notes[f"{word}^-1 is the inverse function, not 1/{word}"] = None
        return power

    def _log(self, match: re.Match[str], start: int) -> Called:
        """log_2, log_e, log₁₀."""
        base = match[2] or normalize("NFKC", match[3])
        node = self._exponent(base, start + len(match[0]) - len(base))
        name = {"2": "log2", "10": "log10", "e": "log"}.get(base) if not node.requires_grad else None
        return Called(name) if name else Called("log", base=node)

    def _series(self, word: str, start: int, end: int) -> list[Token]:
        index = _compiled(_INDEX).match(self._text, end)
        if not index:
            hint = f"{word}(k, 1, 10, x^k) lets k run from 1 to 10"
            raise self.scope.error(f"{word} needs the name of an index first", start, end, hint)
        if index[2] in RESERVED:
            raise self.scope.error(f"'{index[2]}' has a meaning already", *index.span(2), "choose another name")
        self._at = index.end()
        series = Series(SERIES[word], self.scope.bind(index[2]), len(self.nodes))
        return [Token("SUM", word, start, end, series), Token("LPAR", index[1], index.start(1), index.end(1))]

    # --- what else there is ----------------------------------------------------------------------------------------

    def _other(self, word: str, start: int, end: int) -> list[Token]:
        if word in ROOTS:
            kind = "CALL" if _compiled(_BRACKET).match(self._text, end) else "ROOT"
            return [Token(kind, word, start, end, Called(ROOTS[word]))]
        if word in SPELLED:
            return [Token("NAME", word, start, end, self.scope.node(word, start))]
        shown = repr(word) if word.isprintable() else f"the control character U+{ord(word):04X}"
        same = str(int(word)) if word.isdecimal() else normalize("NFKC", word)
        hint = HINTS.get(word[:2] if word[0] == "." else word) or (
            f"write '{same}'" if same != word and same.isascii() else ""
        )
        raise self.scope.error(f"cannot read {shown}", start, end, hint or "names are letters, digits and _")

    def _latex(self, word: str, start: int, end: int) -> list[Token]:
        name = word[1:]
        if name in ("frac", "dfrac", "tfrac"):
            return [Token("LPAR", word, start, end), self._brace(end, "over")]
        known = [f"\\{known}" for known in sorted([*LATEX, *GREEK, *CALLABLE]) if len(known) > 1]
        hint = LATEX_HINTS.get(name) or did_you_mean(word, known) or "write the formula without it"
        message = f"the LaTeX command {word} is not read here" if name else "a lone backslash"
        raise self.scope.error(message, start, end, hint)

    def _comment(self, word: str, start: int, end: int) -> list[Token]:
        return []

    # --- errors ----------------------------------------------------------------------------------------------------

    def _never_closed(self) -> AutodiffError:
        sign, start, *_ = self._open[-1]
        hint = f"add a '{CLOSES.get(sign, '}')}'"
        if sign == "|":
            hint += "; abs(x) is the same, and 'or' joins conditions"
        return self.scope.error(f"this '{sign}' is never closed", start, start + len(sign), hint)

    def _stray_comma(self, at: int) -> AutodiffError:
        hint = "commas stand between the arguments of a function"
        around = re.search(r"\d*$", self._text[max(0, at - 20) : at]), re.match(r",\d*", self._text[at : at + 20])
        before, after = (found[0] if found else "" for found in around)
        if before and len(after) > 1:
            hint = f"if a decimal number is meant, write {before}.{after[1:]}"
            if len(after) == 4:
                hint = f"write {before}{after[1:]} without the comma; {hint}"
        return self.scope.error("a comma outside of a function's arguments", at, at + 1, hint)

    def _two_numbers(self, start: int, end: int) -> AutodiffError:
        hint = "a number has one point" if self._text[start] == "." else "to multiply, write *; for a power, ^"
        return self.scope.error("an operator is needed before this number", start, end, hint)


_READERS = {
    "NAME": "_word",
    "CALL": "_call",
    "NUMBER": "_number",
    "SIGN": "_sign",
    "RAISED": "_raised",
    "LATEX": "_latex",
    "COMMENT": "_comment",
    "WRONG": "_other",
    "OTHER": "_other",
}
_OPENED = {closing: opening for opening, closing in CLOSES.items()}


def _same_length(match: re.Match[str]) -> str:
    """LaTeX in the language's own signs, and as long as it was, so that every place keeps its offset."""
    whole, name, after = match[0], match["name"], match.string[match.end() :][:1]
    if match["above"]:
        plain = f"({match['above']}/{match['below']})"
    elif match["root"] is not None:
        plain = {"2": " sqrt", "3": " cbrt"}.get(match["root"], whole)
    elif low := match["said"] or match["low"]:
        plain = f"_{low}"
    elif match["upright"]:
        plain = f" {match['upright']}"
    elif match["log"]:
        plain = f"{match['log']}_{match['base']}"
    elif name == "sqrt" and not _compiled(_BRACKET).match(match.string, match.end()):
        plain = " √"  # \sqrt2x is √2 x
    else:
        plain = name if name in CALLABLE or name in CONSTANTS or name in GREEK else LATEX.get(name, whole)
        if plain.isalpha() and not after.isdecimal():  # a command ends where its letters end
            plain = f" {plain}"
    return plain.ljust(len(whole))
