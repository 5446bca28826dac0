"""What each name of a text stands for: a variable, a constant, a definition, or several names written as one word."""

import re
from collections.abc import Collection
from math import nan
from unicodedata import lookup, normalize

from autodiff_cli.engine.value import Value, constant
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.language.signs import ELSEWHERE, GREEK, NOTES, RESERVED, SERIES, SPELLED
from autodiff_cli.rules.table import BY_NAME, CONSTANTS, find

_LONGEST = 64  # letters of a word that may be several names
CALLABLE = {name for name, (function, *_) in BY_NAME.items() if not function.symbol} | {"pow", "piecewise", "diff"}
_WORDS = {*GREEK, *SERIES, *ELSEWHERE, "nan", "inf", "Inf", "PI"}
_SUBSCRIPTS = "0123456789₀₁₂₃₄₅₆₇₈₉_"


class Scope:
    """The names met so far. `given` are those that will get a value, which decides what a word is.

    `nodes` has what a name stands for just now; `variables` and `steps` are all there are in the end, `functions` how
    many arguments each of the text's own functions takes, and `notes` how the text was read where people disagree.
    `later` tells where the text's definitions begin.
    """

    def __init__(self, source: str, given: Collection[str], later: dict[str, int]) -> None:
        self.source = source
        self.given = set(given) - set(RESERVED)
        self._alike = {_plainest(name): name for name in self.given if not name.isascii() or name in GREEK}
        self.nodes: dict[str, Value] = {}
        self.variables: dict[str, Value] = {}
        self.steps: dict[str, Value] = {}
        self.functions: dict[str, int] = {}
        self.notes: dict[str, None] = {}
        self._later = {self.spelled(name): at for name, at in later.items()}
        self._defining = ""
        self._hidden: list[tuple[str, Value | None]] = []  # what parameters and indices stand in front of

    def error(self, message: str, start: int, end: int, hint: str = "") -> AutodiffError:
        """What is wrong with a place in the text."""
        return AutodiffError(message, source=self.source, span=(start, end), hint=hint)

    def note(self, name: str) -> None:
        """One of the NOTES, once."""
        self.notes[NOTES[name]] = None

    # --- definitions -----------------------------------------------------------------------------------------------

    def begin(self, name: str, parameters: list[str], start: int) -> dict[str, Value]:
        """Begin to define a name, or a function with these parameters, which stand for nodes of their own."""
        end = start + len(name)
        reserved = next((word for word in (name, *parameters) if word in RESERVED), "")
        if reserved or (parameters and (name in CALLABLE or name in SERIES)):
            raise self.error(f"'{reserved or name}' has a meaning already", start, end, "choose another name")
        if name in self.steps or name in self.functions or (name in self._later and name in self.variables):
            raise self.error(f"'{name}' is defined twice", start, end, "give the second another name")
        if len({*parameters}) < len(parameters):
            raise self.error(f"{name} takes the same argument twice", start, end, "give each a name of its own")
        self._defining = name
        return {parameter: self.bind(parameter) for parameter in parameters}

    def bind(self, name: str) -> Value:
        """Let a name stand for a new node, until `unbind`."""
        self._hidden.append((name, self.nodes.get(name)))
        node = self.nodes[name] = Value(nan, name)
        return node

    def unbind(self) -> None:
        """Let the name that was bound last stand for what it did before."""
        name, node = self._hidden.pop()
        if node is None:
            del self.nodes[name]
        else:
            self.nodes[name] = node

    def end(self) -> None:
        """End of a statement."""
        while self._hidden:
            self.unbind()
        self._defining = ""

    def define(self, name: str, node: Value) -> None:
        """From here on a name stands for a step, or is a variable with a value of its own."""
        (self.variables if node.label == name else self.steps)[name] = self.nodes[name] = node

    # --- names -----------------------------------------------------------------------------------------------------

    def node(self, word: str, start: int) -> Value | None:
        """What a name stands for; None for one that is new and has no value."""
        node = self.nodes.get(word)
        if node is not None:
            return node
        other = self.spelled(word)
        if other != word:
            return self.node(other, start)
        self._check_order(word, start)
        if word in self.given:
            return self.variable(word)
        if word == "E" and ("e" in self.given or "e" in self.variables or "e" in self.steps):
            return None
        if word in SPELLED:
            node = self.node(SPELLED[word], start)
        elif word in CONSTANTS:
            node = constant(CONSTANTS[word], word)
        if node is not None:
            if word in NOTES:
                self.note(word)
            self.nodes[word] = node
        return node

    def spelled(self, word: str) -> str:
        """The name as the values given spell it: x1 for x₁, θ for theta; else as it is."""
        if word in self.given or (word.isascii() and word not in GREEK):
            return word
        plain = _plainest(word)
        return plain if plain in self.given else self._alike.get(plain, word)

    def variable(self, word: str) -> Value:
        """The variable of that name."""
        node = self.variables.get(word)
        if node is None:
            node = self.variables[word] = self.nodes[word] = Value(nan, word)
        return node

    def _check_order(self, word: str, start: int) -> None:
        if word == self._defining:
            hint = "a definition cannot call itself" if self._hidden else f"give the result another name than {word}"
            raise self.error(f"'{word}' is defined by itself", start, start + len(word), hint)
        if word in self._later and word not in self.functions:
            line = self.source.count("\n", 0, self._later[word]) + 1
            where = f", on line {line}" if "\n" in self.source.strip() else ""
            hint = f"{word} is defined further on{where}; move that up"
            raise self.error(f"'{word}' is used before it is defined", start, start + len(word), hint)

    def takes_one(self, word: str) -> bool:
        """Whether it is a function of one argument, which needs no parentheses."""
        return self.functions.get(word) == 1 or (word in CALLABLE and find(word, 1) is not None)

    def product(self, word: str, start: int) -> Value:
        """What a name with a bracket behind it stands for that is no function. Raises AutodiffError for others."""
        node = self.node(word, start)
        if node is None:
            if (len(word.rstrip(_SUBSCRIPTS)) != 1 and word not in GREEK) or word in "fgh":
                raise self._unknown(word, start)
            node = self.variable(word)
        if node.requires_grad:
            self.notes[f"'{word}(...)' is read as a product, {word}*(...)"] = None
        return node

    def _unknown(self, word: str, start: int) -> AutodiffError:
        end = start + len(word)
        function = find(word)
        if function and function.symbol:
            return self.error(
                f"'{word}' is no function",
                start,
                end,
                f"write {'-x' if word == 'neg' else f'{function.symbol} between the values'}",
            )
        hint = ELSEWHERE.get(word, "")
        if not hint and word.lower() in CALLABLE:
            hint = f"did you mean '{word.lower()}'?"
        if not hint and len(word) > 1:
            hint = did_you_mean(word, sorted([*CALLABLE, *SERIES, *self.functions]))
        if not hint:
            hint = f"define it, {word}(x) = ..., or write {word}*(...) for a product"
        return self.error(f"unknown function '{word}'", start, end, hint)

    # --- several names in one word ---------------------------------------------------------------------------------

    def split(self, word: str, followed: str) -> list[str]:
        """A new word as known names side by side, the longest first from the left; [] where it is one name.

        `followed` says by what: "(", an "operand", or "". Only then may the last of them be a function.
        """
        if len(word) > _LONGEST:
            return []
        pieces = self._pieces(word, followed)
        if not any(self._has_value(piece) for piece in pieces):  # not pie, which would be pi*e
            pieces = []
        if not pieces and not followed:  # sinx: a function and one letter
            for cut in range(len(word) - 1, 1, -1):
                if self.takes_one(word[:cut]) and word[cut].isalpha() and not word[cut + 1 :].strip(_SUBSCRIPTS):
                    pieces = [word[:cut], word[cut:]]
                    break
        if pieces:
            joined = "".join([f"{piece} " if self.applies(piece) else f"{piece}*" for piece in pieces])
            self.notes[f"'{word}' is read as {joined.rstrip('* ')}"] = None
        elif not self.given and re.fullmatch("[A-Za-z]{2,3}", word) and word not in _WORDS and not find(word):
            self.notes[f"'{word}' is read as one name; write {'*'.join(word)} for a product"] = None
        return pieces

    def _pieces(self, word: str, followed: str, start: int = 0, dead: set[int] | None = None) -> list[str]:
        if word[start] in _SUBSCRIPTS:
            return []
        dead = set() if dead is None else dead  # where no piece can begin
        for end in range(len(word), start, -1):
            piece, whole = word[start:end], end == len(word)
            applies = (not whole or followed) and self.takes_one(piece)
            calls = whole and followed == "(" and piece in CALLABLE
            if end in dead or not (self._is_name(piece) or applies or calls):
                continue
            if whole:
                return [piece]
            if rest := self._pieces(word, followed, end, dead):
                return [piece, *rest]
            dead.add(end)
        return []

    def _is_name(self, piece: str) -> bool:
        return self._has_value(piece) or ((piece in CONSTANTS or piece in SPELLED) and piece != "inf")

    def _has_value(self, piece: str) -> bool:
        known = piece in self.given or (piece in self.nodes and piece not in SPELLED)
        return known and (piece not in CONSTANTS or piece in self.variables)

    def applies(self, piece: str) -> bool:
        """Whether a part of a word is a function."""
        return not self._is_name(piece) and (self.takes_one(piece) or piece in CALLABLE)


def _plainest(word: str) -> str:
    """A name without the differences that are of spelling alone."""
    plain = normalize("NFKC", word)
    if plain in GREEK:
        size = "SMALL" if plain[0].islower() else "CAPITAL"
        plain = normalize(
            "NFKC", lookup(f"GREEK {size} LETTER {plain.removeprefix('var').upper().replace('LAMBDA', 'LAMDA')}")
        )
    return plain
