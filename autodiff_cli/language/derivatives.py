"""Derivatives as they are written: d/dx x^2, d(x^2)/dx, dy/dx, ∂²f/∂x∂y, \\frac{d}{dx}, f'(x), (x^2)'.

Each function reads what begins at a piece of the text, and answers () where it is none of these.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language import patterns
from autodiff_cli.language.patterns import compiled
from autodiff_cli.language.signs import PRIMES, RAISED
from autodiff_cli.language.tokens import Called, Differential, Token
from autodiff_cli.language.vectors import ALSO_CALLED, EXAMPLES, TAKES_VECTOR, Nabla

if TYPE_CHECKING:
    from autodiff_cli.language.lexer import Lexer

Read = Sequence[Token]

_MOST = 100  # d/dx in one text: each is of all behind it
_LETTER = r"[^\W\d_](?:_?[0-9₀-₉]+)?"
_BY = rf"\s*+[d∂]\s*+({patterns.NAME}){patterns.ORDER}"  # the dx^2 below the stroke


class _Denominator(NamedTuple):
    """What is below the stroke: the names, as often as each is differentiated by, and where they end."""

    names: list[tuple[str, int]]
    end: int


def read_differential(lexer: "Lexer", piece: Token) -> Read:
    """What a d or ∂ begins: d/dx x^2, d^2/dx^2 x^3, d(x^2)/dx, ∂f/∂x."""
    at = piece.span[1]
    order = lexer.match(patterns.ORDER, at)
    times = _times(order) if order else 1
    at = order.end() if order else at
    if stroke := lexer.match(r"\s*+/", at):
        below = _below(lexer, stroke.end(), times)
        if not below and times > 1:
            _check_count(lexer, piece, stroke.end(), times)
        return _in_front(lexer, piece, below) if below else ()
    if bracket := lexer.match(patterns.BRACKET, at):
        closing = lexer.closing(bracket.end() - 1)
        below = _below_stroke(lexer, closing + 1, times) if closing else None
        return _around(lexer, piece, bracket.end() - 1, below) if below else ()
    name = lexer.match(rf"\s*+({patterns.NAME})", at)
    if name and (piece.text == "∂" or at < name.start(1)):
        return _of_name(lexer, piece, name, times)
    return ()


def read_request(lexer: "Lexer") -> list[str]:
    """The x of d/dx in front of all there is, the x, x of d^2/dx^2. The lexer goes on behind it."""
    begins = lexer.match(r"[\s$]*+(?:[d∂]|\\[dtc]?frac(?=\s*+\{))", 0)
    if not begins or compiled(r"[;\n]\s*\S").search(lexer.text):
        return []
    word = begins[0].strip(" \t\n$")
    piece = Token("NAME", word, (begins.end() - len(word), begins.end()))
    notes = {**lexer.scope.notes}  # of what the whole text is, which stand
    read = read_fraction(lexer, piece) if word[0] == "\\" else read_differential(lexer, piece)
    lexer.scope.notes = notes
    if not read or read[0].type not in ("DERIVE", "DERIVE_OF"):
        lexer.go_to(0)
        return []
    return [str(name.label) for name in read[0].value.names]


def read_ratio(lexer: "Lexer", piece: Token) -> Read:
    """The dy/dx of a step or function y."""
    word, (start, end) = piece.text, piece.span
    if word[0] != "d" or len(word) == 1:
        return ()
    name = compiled(patterns.NAME).match(lexer.text, start + 1, end)
    return _of_name(lexer, piece, name, 1) if name and name.end() == end else ()


def read_fraction(lexer: "Lexer", piece: Token) -> Read:
    r"""\frac{d}{dx} x^2, \frac{d y}{dx}, \frac{\partial f(x, y)}{\partial x}"""
    above = lexer.match(rf"\s*+\{{\s*+[d∂]{patterns.ORDER}", piece.span[1])
    closing = lexer.closing(lexer.text.index("{", piece.span[1])) if above else None
    if not above or not closing:
        return ()
    lower = lexer.match(r"\s*+\{", closing + 1)
    below = _below(lexer, lower.end(), _times(above)) if lower else None
    end = lexer.match(r"\s*+\}", below.end) if below else None
    if not below or not end:
        return ()
    below = below._replace(end=end.end())
    inside = lexer.text[above.end() : closing].strip()
    if not inside:
        return _in_front(lexer, piece, below)
    whole = compiled(rf"\s*+({patterns.NAME})\s*+\}}").match(lexer.text, above.end())
    if whole and whole[1] in lexer.scope.functions:
        return _function(lexer, piece, whole, below)
    if whole and whole[1] not in lexer.scope.nodes:
        raise _undefined(lexer, whole[1], whole.span(1), below)
    return _around(lexer, piece, above.end() - 1, below)


def _undefined(lexer: "Lexer", word: str, span: tuple[int, int], below: _Denominator) -> AutodiffError:
    hint = f"define it before, {word} = ..., or write d/d{below.names[0][0]}(...)"
    return lexer.scope.error(f"'{word}' is not defined", span, hint)


def read_nabla(lexer: "Lexer", piece: Token) -> Read:
    r"""∇·F, ∇×F, ∇²f, ∇·∇f, ∇×∇×F, \nabla \times F; () for a ∇ of another kind."""
    start, at = piece.span
    again = r"(?P<again>∇)(?!\s*+(?:[*.²]|\^))"  # ∇·∇f, and not ∇·∇×F
    found = lexer.match(rf"\s*+(?:(?P<dot>[*.])\s*+(?:{again})?|(?P<square>\^\s*+(?:2|\{{\s*+2\s*+\}})|²))", at)
    if not found:
        return ()
    end, is_cross = found.end(), lexer.source.startswith(("×", "\\times"), found.start("dot"))
    if found["again"] and is_cross:
        raise lexer.scope.error("the curl of a gradient is 0", (start, end), "∇×F is of a vector F; ∇·∇f is ∇²f")
    operator = "curl" if is_cross else "laplacian" if found["square"] or found["again"] else "div"
    command = compiled(r"\\[a-zA-Z]++").match(lexer.source, max(found.start(found.lastgroup or 0), 0))
    has_bracket = lexer.match(patterns.BRACKET, end) is not None
    if not has_bracket and not lexer.match(patterns.OPERAND, end) and not lexer.match(r"\s*+∇", end):
        raise lexer.scope.error("there is nothing behind this", (start, end), f"as in {EXAMPLES[operator]}")
    lexer.go_to(end)
    kind = "DERIVE_OF" if has_bracket or operator in TAKES_VECTOR else "DERIVE"
    nabla = Token(kind, operator, (start, command.end() if command else end), Nabla(operator))
    name = lexer.match(rf"\s*+({patterns.NAME})(?!{patterns.BRACKET})", end)
    if name and name[1] in lexer.scope.functions:
        lexer.go_to(name.end())
        return (nabla, *_of_its_own(lexer, name[1], name.span(1)))
    return (nabla,)


def read_operator(lexer: "Lexer", piece: Token) -> Read:
    r"""div F, \operatorname{curl} \vec{F}, rot F of a vector F that is defined; () for another word."""
    operator, scope = ALSO_CALLED.get(piece.text, piece.text), lexer.scope
    if operator not in TAKES_VECTOR or scope.has(piece.text) or piece.text in scope.functions:
        return ()
    name = lexer.match(rf"\s++({patterns.NAME})(?!{patterns.BRACKET})", piece.span[1])
    return (Token("DERIVE_OF", operator, piece.span, Nabla(operator)),) if name and name[1] in scope.vectors else ()


def read_primes(lexer: "Lexer", piece: Token) -> Read:
    """The f' of f'(x), f''(2)"""
    primes = lexer.match(rf"([{''.join(PRIMES)}]++){patterns.SPACE}(?P<call>[(\[{{])?+", piece.span[1])
    if not primes or not lexer.scope.takes_one(piece.text):
        return ()
    if not primes["call"]:
        raise lexer.scope.error(f"{piece.text}{primes[1]} has no argument", piece.span, f"write {piece.text}'(x)")
    lexer.go_to(primes.end(1))
    count = sum(PRIMES[prime] for prime in primes[1])
    if count > _MOST:
        raise lexer.scope.error(f"more than {_MOST} derivatives in one text", primes.span(1))
    _note(lexer, piece.text + primes[1], f"the derivative of {piece.text}")
    return piece.read_as("CALL", Called(piece.text, primes=count))


def _times(order: re.Match[str]) -> int:
    """How often the ^2 or ² of d^2 differentiates."""
    raised = "".join(RAISED[sign] for sign in order["raised"] or "")
    typed = (order["order"] or raised).strip("{} \t\n").lstrip("0")
    return min(int(typed[:4]), 101) if typed and typed.isdecimal() else 1


def _below(lexer: "Lexer", at: int, times: int) -> _Denominator | None:
    """The dx, dx^2 or ∂x∂y below the stroke, if they come to as many as the d^2 above it says."""
    bracket = lexer.match(r"\s*+\((?=\s*+[d∂])", at)
    at = bracket.end() if bracket else at
    names: list[tuple[str, int]] = []
    while len(names) < times:
        by = lexer.match(_BY, at)
        if not by:
            return None
        names += _apart(by[1], by.start(1), times - len(names)) or [(by[1], by.start(1))]
        names += names[-1:] * (_times(by) - 1)
        at = by.end()
    if bracket:
        closed = lexer.match(r"\s*+\)", at)
        at = closed.end() if closed else 0
    is_given = any(lexer.scope.has(f"d{name}") for name, _ in names)
    return _Denominator(names, at) if len(names) == times and at and not is_given else None


def _check_count(lexer: "Lexer", piece: Token, at: int, times: int) -> None:
    """Refuse d^2/dx^3 x and d^2/dxdydz x, unless d or dx has a value: they are no quotients of variables."""
    count, scope = 0, lexer.scope
    while by := lexer.match(_BY, at):
        letters = _apart(by[1], 0, _MOST) or compiled(_LETTER).fullmatch(by[1])
        is_close = by[0].lstrip()[1:].startswith(by[1])  # no d x, and no delta
        is_known = scope.has(piece.text) or scope.has(f"d{by[1]}")
        if not letters or not is_close or is_known:
            return
        count += by[1].count("d") + _times(by)
        at = by.end()
    has_operand = lexer.match(patterns.BRACKET, at) or lexer.match(patterns.OPERAND, at)
    if count and has_operand:
        span = (piece.span[0], at)
        hint = "as often above as below: d^2/dx^2, d^2/dxdy"
        raise scope.error(f"{times} derivatives above the stroke, and {count} below", span, hint)


def _apart(word: str, at: int, most: int) -> list[tuple[str, int]]:
    """The x and y of dxdy, behind its first d, where they are no more than that. [] for other words."""
    if not 1 < word.count("d") + 1 <= most or not compiled(rf"{_LETTER}(?:d{_LETTER})+").fullmatch(word):
        return []
    return [(found[1], at + found.start(1)) for found in compiled(rf"(?:\A|d)({_LETTER})").finditer(word)]


def _below_stroke(lexer: "Lexer", at: int, times: int) -> _Denominator | None:
    stroke = lexer.match(r"\s*+/", at)
    return _below(lexer, stroke.end(), times) if stroke else None


def _by(lexer: "Lexer", below: _Denominator) -> list[Token]:
    """The names below the stroke, as tokens."""
    tokens = []
    for name, at in below.names:
        node = lexer.scope.node_or_variable(name, at)
        tokens.append(Token("NAME", name, (at, at + len(name)), node))
    return tokens


def _in_front(lexer: "Lexer", piece: Token, below: _Denominator) -> Read:
    """d/dx in front of a product. () where nothing follows."""
    end = below.end
    has_bracket = lexer.match(patterns.BRACKET, end) or lexer.match(rf"{patterns.SPACE}[|⌊⌈]", end)
    if not has_bracket and not lexer.match(patterns.OPERAND, end):
        return ()
    names = _by(lexer, below)
    start, _ = piece.span
    lexer.in_front += 1
    if lexer.in_front > _MOST:
        raise lexer.scope.error(f"more than {_MOST} derivatives in one text", (start, end))
    lexer.go_to(end)
    by = ", ".join(dict.fromkeys(token.text for token in names))
    _note(lexer, lexer.source[start:end].strip(), f"the derivative by {by} of what stands behind it")
    kind = "DERIVE_OF" if has_bracket else "DERIVE"
    return (Token(kind, lexer.source[start:end], (start, end), Differential([token.value for token in names])),)


def _around(lexer: "Lexer", piece: Token, opening: int, below: _Denominator) -> Read:
    """d(...)/dx, whose bracket or brace is at `opening`."""
    start, _ = piece.span
    lexer.go_to(opening + 1)
    _note(lexer, lexer.source[start : below.end], "a derivative")

    def closed(bracket: Token) -> Read:
        lexer.go_to(below.end)
        read = []
        for name in _by(lexer, below):
            read += [Token("COMMA", ",", name.span), name]
        return (*read, Token("RPAR", ")", (below.end - 1, below.end)))

    sign = lexer.text[opening]
    opened = Token("LPAR", sign if sign in "([{" else "{", (opening, opening + 1), closed)
    return Token("CALL", "diff", piece.span, Called("diff")), opened


def _of_name(lexer: "Lexer", piece: Token, name: re.Match[str], times: int) -> Read:
    """dy/dx where y is a step, df/dx where f is a function: of its own arguments."""
    scope = lexer.scope
    below = _below_stroke(lexer, name.end(), times)
    if not below:
        return ()
    word = name[name.lastindex or 0]
    if word in scope.functions:
        return _function(lexer, piece, name, below)
    node = scope.nodes.get(word)
    if node is None:
        if piece.text != "∂" and not scope.is_latex:
            return ()
        raise _undefined(lexer, word, (name.end() - len(word), name.end()), below)
    token = Token("NAME", word, name.span(), node)
    return _finished(lexer, piece, [token], below)


def _function(lexer: "Lexer", piece: Token, name: re.Match[str], below: _Denominator) -> Read:
    """The f of df/dx as f(x)."""
    return _finished(lexer, piece, _of_its_own(lexer, name[name.lastindex or 0], name.span()), below)


def _of_its_own(lexer: "Lexer", word: str, span: tuple[int, int]) -> list[Token]:
    """A function of its own arguments: f as f(x, y)."""
    called = [Token("CALL", word, span, Called(word)), Token("LPAR", "(", span)]  # LPAR: no bracket of the text
    for parameter in lexer.scope.parameters[word]:
        node = lexer.scope.node_or_variable(parameter, span[0])
        called += [Token("NAME", parameter, span, node), Token("COMMA", ",", span)]
    called[-1] = Token("RPAR", ")", span)
    return called


def _finished(lexer: "Lexer", piece: Token, inside: list[Token], below: _Denominator) -> Read:
    """diff(...) of what is inside, whose brackets the lexer has not opened."""
    lexer.go_to(below.end)
    _note(lexer, lexer.source[piece.span[0] : below.end], "a derivative")
    read = [Token("CALL", "diff", piece.span, Called("diff")), Token("LPAR", "(", piece.span), *inside]
    for name in _by(lexer, below):
        read += [Token("COMMA", ",", name.span), name]
    read.append(Token("RPAR", ")", (below.end - 1, below.end)))
    return read


def _note(lexer: "Lexer", typed: str, meaning: str) -> None:
    shown = typed if len(typed) <= 40 else f"{typed[:20]} ... {typed[-15:]}"
    lexer.scope.notes[f"'{' '.join(shown.split())}' is read as {meaning}"] = None
