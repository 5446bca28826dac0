"""What each name of a text stands for: a variable, a constant, a definition, or several names written as one word."""

import re
from collections.abc import Collection
from math import nan
from string import ascii_letters
from unicodedata import lookup, normalize

from autodiff_cli.engine.value import Value, constant
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.language.patterns import compiled, has_commands
from autodiff_cli.language.signs import ELSEWHERE, GREEK, NOTES, RESERVED, SERIES, SPELLED
from autodiff_cli.language.templates import OWN
from autodiff_cli.language.tokens import Span
from autodiff_cli.language.vectors import OPERATORS
from autodiff_cli.rules.table import ALSO_VARIABLES, BY_NAME, CONSTANTS, find

_LONGEST = 64  # letters of a word that may be several names
_LONGEST_SPELLED = 1000  # characters of a name that may have another spelling
CALLABLE = {name for name, (function, *_) in BY_NAME.items() if not function.symbol} | {"pow", "piecewise", "diff"}
CALLABLE |= OPERATORS.keys()
_ALSO_VARIABLES = ALSO_VARIABLES | OPERATORS.keys()
_CALLED = CALLABLE - _ALSO_VARIABLES  # where a bracket follows, whatever else is known
OF_ONE = {name for name in _CALLED if find(name, 1)}  # argument, which needs no parentheses
_FUNCTIONS = {*CALLABLE, *SERIES}
_WORDS = {*GREEK, *SERIES, *ELSEWHERE, "nan", "inf", "Inf", "PI"}
_NAMED = {*CONSTANTS, *SPELLED} - {"inf"}  # constants that may stand in a word of several names
_SUBSCRIPTS = "0123456789₀₁₂₃₄₅₆₇₈₉_"
# Functions that are found in a word of new names: sin and ln in xsinx and xlnx. They begin few words of other meaning
_GLUED = r"log(?:2|10|1p)|expm1|exp(?:2|10)|arc(?:sin|cos|tan)h?|a?(?:sin|cos|tan)h?"
_GLUED += "|sec|csc|cot|exp|ln|log|sqrt|cbrt|abs|erf"
_SYMBOL = r"(?:[^\W\d_₀-₉ₐ-ₜᵢ-ᵪⱼ](?:_\w|[0-9₀-₉])*+)"  # a letter with its subscript
_WORD = 3  # letters from which a name is a word
_LETTER_WORD = 3  # letters of a word that may be letters side by side, in LaTeX or where one of them is known


class Scope:
    """The names met so far. `given` are those that will get a value, which decides what a word is; `told` are names
    although nothing is said of the others: the x of a derivative by x.

    `nodes` has what a name stands for just now; `variables` and `steps` are all there are in the end, `functions` how
    many arguments each function takes that the text or the process has defined, `parameters` their names, and `notes`
    how the text was read where people disagree. `later` tells where the text's definitions begin.
    """

    def __init__(self, source: str, given: Collection[str], later: dict[str, int], told: Collection[str] = ()) -> None:
        self.source = source
        self.given = {*given, *told} - set(RESERVED)
        self.told = set(told)
        self.is_latex = has_commands(source)
        self._written = {*_words(source)}
        unwritten = self.given.difference(self._written)
        self._alike = {plainest(name): name for name in unwritten} | {name: name for name in self.given}
        self.nodes: dict[str, Value] = {}
        self.variables: dict[str, Value] = {}
        self.steps: dict[str, Value] = {}
        self.vectors: dict[str, Value] = {}
        inherited = {name: template for name, template in OWN.items() if name not in later}
        self.functions = {name: len(template.parameters) for name, template in inherited.items()}
        self.parameters = {name: [str(one.label) for one in inherited[name].parameters] for name in inherited}
        self.notes: dict[str, None] = {}
        self._later = {self.spelled(name): at for name, at in later.items()}
        self._defining = ""
        self._hidden: list[tuple[str, Value | None]] = []  # what parameters and indices stand in front of

    def error(self, message: str, span: Span, hint: str = "") -> AutodiffError:
        """What is wrong with a place in the text."""
        return AutodiffError(message, source=self.source, span=span, hint=hint)

    def note(self, name: str) -> None:
        """One of the NOTES, once."""
        self.notes[NOTES[name]] = None

    # --- definitions -----------------------------------------------------------------------------------------------

    def begin(self, name: str, parameters: list[str], start: int) -> dict[str, Value]:
        """Begin to define a name, or a function with these parameters, which stand for nodes of their own."""
        fault = self._fault_of_head(name, parameters)
        if fault:
            message, hint = fault
            raise self.error(message, (start, start + len(name)), hint)
        self._defining = name
        return {parameter: self.bind(parameter) for parameter in parameters}

    def _fault_of_head(self, name: str, parameters: list[str]) -> tuple[str, str] | None:
        """Why this cannot be defined, and what to do about it."""
        hidden = {name} & (_FUNCTIONS - _ALSO_VARIABLES) if parameters else set()  # a plain name hides no function
        taken = [*filter(RESERVED.__contains__, (name, *parameters)), *hidden]
        if taken:
            return f"'{taken[0]}' has a meaning already", "choose another name"
        if any(name in names for names in (self.steps, self.vectors, self.variables, self.functions)):
            return f"'{name}' is defined twice", "give the second another name"
        if len({*parameters}) < len(parameters):
            return f"{name} takes the same argument twice", "give each a name of its own"
        return None

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

    def unbind_index(self, node: Value) -> None:
        """Let the index of a sum that has ended stand for what it did before, unless its statement has ended too."""
        if self.nodes.get(node.label or "") is node:
            self.unbind()

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
        """What a name stands for; None for one that is new and has no value.

        Raises AutodiffError where it is used before it is defined.
        """
        node = self.nodes.get(word)
        if node is not None:
            return node
        other = self.spelled(word)
        if other != word:
            return self.node(other, start)
        self._check_order(word, start)
        return self.variable(word) if word in self.given else self._constant(word, start)

    def _constant(self, word: str, start: int) -> Value | None:
        """The node of a constant, which its name stands for from here on: pi, π, e."""
        if word in CONSTANTS:
            node: Value | None = constant(CONSTANTS[word], word)
        elif word in SPELLED:
            node = self.node(SPELLED[word], start)
        else:
            return None
        if node is not None:
            self.nodes[word] = node
            if word in NOTES:
                self.note(word)
        return node

    def constant_meant(self, word: str, span: Span) -> Value:
        """The node of a constant that another language names; refused where its name here is that of something else."""
        node = self.node(word, span[0])
        if node is None or node.requires_grad or node.args or node.data != CONSTANTS[word]:
            start = len(self.source[: span[0]].rstrip(f"{ascii_letters}."))  # with the library's name
            span = start, span[1]
            written = self.source[slice(*span)]
            message = f"{written} is the number {word}, and {word} is something else here"
            raise self.error(message, span, f"give {word} another name")
        return node

    def read_as_euler(self, word: str, span: Span) -> None:
        """Let a name stand for the number e: E in Mathematica."""
        self.nodes[word] = self.constant_meant("e", span)
        self.notes[f"{word} is read as the number e, as Mathematica has it"] = None

    def has(self, name: str) -> bool:
        """Whether the values given or the text have brought a name, whatever it stands for without them."""
        return name in self.given or name in self.nodes

    def spelled(self, word: str) -> str:
        """The name as the values given spell it: x1 for x₁, θ for theta; else, or where the text has both, as it is."""
        return word if word in self.given else self._alike.get(plainest(word), word)

    def variable(self, word: str) -> Value:
        """The variable of that name."""
        node = self.variables.get(word)
        if node is None:
            node = self.variables[word] = self.nodes[word] = Value(nan, word)
        return node

    def node_or_variable(self, word: str, start: int) -> Value:
        """What a name stands for; a new one is a variable."""
        node = self.node(word, start)
        return self.variable(word) if node is None else node

    def _check_order(self, word: str, start: int) -> None:
        """Refuse a name in its own definition, a = a + 1, and before it."""
        span = start, start + len(word)
        if word == self._defining:
            is_function = bool(self._hidden)
            hint = "a definition cannot call itself" if is_function else f"give the result another name than {word}"
            raise self.error(f"'{word}' is defined by itself", span, hint)
        if word in self._later and word not in self.functions:
            hint = f"{word} is defined further on{self._line_of(word)}; move that up"
            raise self.error(f"'{word}' is used before it is defined", span, hint)

    def _line_of(self, word: str) -> str:
        """On which line of several a name is defined."""
        line = self.source.count("\n", 0, self._later[word]) + 1
        return f", on line {line}" if "\n" in self.source.strip() else ""

    def takes_one(self, word: str) -> bool:
        """Whether it is a function of one argument, which needs no parentheses."""
        return word in OF_ONE or self.functions.get(word) == 1

    def calls(self, word: str, start: int) -> bool:
        """Whether a name with a bracket behind it is a function; beta and y0 are where they have no value."""
        if word in self.functions:
            return True
        return word in CALLABLE and not (word in _ALSO_VARIABLES and self.node(word, start))

    def product(self, word: str, start: int) -> Value:
        """What a name with a bracket behind it stands for that is no function. Raises AutodiffError for others."""
        node = self.node(word, start)
        if node is None:
            is_letter = len(word.rstrip(_SUBSCRIPTS)) == 1 or word in GREEK
            if not is_letter or word in "fgh":
                raise self._unknown(word, start)
            node = self.variable(word)
        if node.requires_grad:
            self.notes[f"'{word}(...)' is read as a product, {word}*(...)"] = None
        return node

    def _unknown(self, word: str, start: int) -> AutodiffError:
        """A word that is called, and no function that can be."""
        span = start, start + len(word)
        operator = find(word)
        if operator:  # every other one can be called
            written = "-x" if word == "neg" else f"{operator.symbol} between the values"
            return self.error(f"'{word}' is no function", span, f"write {written}")
        hint = ELSEWHERE.get(word) or ELSEWHERE.get(word.lower()) or self._meant(word)
        product = f"define it, {word}(x) = ..., or write {word}*(...) for a product"
        return self.error(f"unknown function '{word}'", span, hint or product)

    def _meant(self, word: str) -> str:
        """Which function a word was probably meant to be."""
        if word.lower() in CALLABLE:
            return f"did you mean '{word.lower()}'?"
        known = sorted([*_FUNCTIONS, *self.functions])
        return did_you_mean(word, known) if len(word) > 1 else ""

    # --- several names in one word ---------------------------------------------------------------------------------

    def split(self, word: str, followed: str, start: int = 0) -> list[str]:
        """A new word as names side by side, the longest first from the left; [] where it is one name.

        `followed` says by what: "(", an "operand", or "". Only then may the last of them be a function.

        >>> Scope("", ["a", "x"], {}).split("ax", ""), Scope("", ["x"], {}).split("xsin", "(")
        (['a', 'x'], ['x', 'sin'])
        >>> Scope("", [], {}).split("xlnx", ""), Scope("", [], {}, ["x"]).split("ax", "")
        (['x', 'ln', 'x'], ['a', 'x'])
        """
        if len(word.rstrip(_SUBSCRIPTS)) == 1:
            return []
        is_upright = start > 0 and self.source[start - 1] == "\\"  # \mathrm{ab}, \alpha
        if len(word) > _LONGEST or is_upright or word in GREEK:
            return []
        pieces = self._pieces(word, followed)
        if not any(map(self._is_known, pieces)) or self._is_chance(pieces):  # not pie, which would be pi*e
            pieces = []
        pieces = pieces or self._glued(word, followed) or self._letters(word, start)
        if not pieces and not followed:
            pieces = self._function_and_letter(word)
        if not pieces and not self.given and _is_like_product(word):
            self.notes[f"'{word}' is read as one name; write {'*'.join(word)} for a product"] = None
        return pieces

    def note_split(self, pieces: list[str], is_one: bool) -> None:
        """Note how a word was read, where it might be read otherwise.

        axsin -> 'axsin' is read as a*x*sin; kT of E/kT -> 'kT' is read as one factor, (k*T)
        """
        joined = "".join([f"{piece} " if self.applies(piece) else f"{piece}*" for piece in pieces]).rstrip("* ")
        shown = f"one factor, ({joined})" if is_one else joined
        self.notes[f"'{''.join(pieces)}' is read as {shown}"] = None

    def _glued(self, word: str, followed: str) -> list[str]:
        """Functions with a number or a letter behind each, as in ln2, sin2x, xlnx, sinxcosx. [] for other words."""
        behind = rf"(?:[0-9]++(?:pi)?{_SYMBOL}?|(?:pi)?{_SYMBOL})"
        last = {"": "", "operand": rf"(?:{_GLUED})?", "(": f"(?:{_GLUED})"}[followed]  # sinn(x) is a slip
        found = compiled(rf"(?:(?!{_GLUED}){_SYMBOL})?(?:(?:{_GLUED}){behind})*{last}").fullmatch(word)
        if not found:
            return []
        pieces = [*compiled(rf"{_GLUED}|[0-9]+|pi|{_SYMBOL}").findall(word)]
        return pieces if len(pieces) > 1 and "".join(pieces) == word else []

    def _letters(self, word: str, start: int) -> list[str]:
        """Letters side by side: mc in LaTeX, ax where x is told to be a name. [] for other words."""
        pieces = compiled(f"pi|{_SYMBOL}").findall(word)
        is_whole = len(pieces) < 2 or "".join(pieces) != word
        is_braced = self.source[start + word.find("_") + 1 :][:1] == "{"  # x_{max}
        if is_whole or (is_braced and "_" in word) or word in self._later:
            return []
        letters = sum(map(str.isalpha, word))
        if letters > _LETTER_WORD and (self.is_latex or self.told.intersection(pieces)):
            self.notes[f"'{word}' is read as one name; write spaces between its letters for a product"] = None
            return []
        return pieces if self.is_latex or self.told.intersection(pieces) else []

    def _function_and_letter(self, word: str) -> list[str]:
        """The two names that a word is, of which the second is new.

        sinq -> sin, q; cosq1 -> cos, q1
        """
        cut = len(word.rstrip(_SUBSCRIPTS)) - 1
        if cut > 1 and word[cut].isalpha() and self.takes_one(word[:cut]):
            return [word[:cut], word[cut:]]
        return []

    def _pieces(self, word: str, followed: str, start: int = 0, dead: set[int] | None = None) -> list[str]:
        """The names that a word is from `start` on; [] if it is not. In `dead` are the places where no name begins."""
        if word[start] in _SUBSCRIPTS:
            return []
        if self._ends(word[start:], followed):
            return [word[start:]]
        dead = set() if dead is None else dead
        for end in range(len(word) - 1, start, -1):
            if end in dead or not self._continues(word[start:end]):
                continue
            if rest := self._pieces(word, followed, end, dead):
                return [word[start:end], *rest]
            dead.add(end)
        return []

    def _ends(self, piece: str, followed: str) -> bool:
        """Whether this can be the last name of a word.

        sin of xsin, where a bracket or an operand follows; max of xmax, where a bracket does
        """
        if not followed:
            return self._is_name(piece)
        is_called = followed == "(" and piece in _CALLED
        return is_called or self._continues(piece)

    def _is_chance(self, pieces: list[str]) -> bool:
        """Whether a word of its own was probably meant, whose beginning is a name by chance.

        rate is not rat*e where rat has a value, and mass not mas*s: a plain name of three letters takes a word apart
        only if it stands in the text by itself, and none with several letters leaves an e.
        """
        plain = [piece for piece in pieces if piece in self.given and piece.isalpha() and piece not in GREEK]
        longest = max(map(len, plain), default=0)
        has_constant = any(piece in _NAMED and not self._is_known(piece) for piece in pieces)
        is_alone = any(len(piece) >= _WORD and piece not in self._written for piece in plain)
        return (longest > 1 and has_constant) or is_alone

    def _continues(self, piece: str) -> bool:
        """Whether this can be a name of a word with more behind it."""
        return self._is_name(piece) or self.takes_one(piece)

    def _is_name(self, piece: str) -> bool:
        """Whether it stands for something by itself: x where x has a value, pi."""
        return piece in _NAMED or self._is_known(piece)

    def _is_known(self, piece: str) -> bool:
        """Whether the text or the values given have brought the name: x; pi and π only where they are variables."""
        if piece in CONSTANTS:
            return piece in self.variables
        if piece in SPELLED:
            return piece in self.given
        return self.has(piece)

    def is_function(self, names: dict[int, str]) -> bool:
        """Whether all of these are functions here, or signs of the language."""
        return all(name in CALLABLE or name == "which" or find(name, 2) or find(name, 1) for name in names.values())

    def applies(self, piece: str) -> bool:
        """Whether a part of a word is a function: sin of xsin.

        A name that has a value is none.
        """
        is_function = piece in _CALLED or self.functions.get(piece) == 1
        return is_function and not self._is_name(piece)


def _is_like_product(word: str) -> bool:
    """Whether a word of no meaning looks like letters side by side.

    xy and abc do; mu, abs and if do not, since they are words
    """
    is_short = re.fullmatch("[A-Za-z]{2,3}", word) is not None
    return is_short and word not in _WORDS and not find(word)


def _words(text: str) -> list[str]:
    """The names that may be in a text, as they are written.

    >>> _words("β + 2beta*x1")
    ['β', 'beta', 'x1']
    """
    return re.findall(r"[^\W\d_]\w*", text)


def plainest(word: str) -> str:
    """A name without the differences that are of spelling alone.

    >>> plainest("x₁"), plainest("theta"), plainest("varepsilon")
    ('x1', 'θ', 'ε')
    """
    if len(word) > _LONGEST_SPELLED:  # many accents on one letter take a time that grows with their square
        return word
    plain = normalize("NFKC", word)
    if plain not in GREEK:
        return plain
    size = "SMALL" if plain[0].islower() else "CAPITAL"
    letter = plain.removeprefix("var").upper().replace("LAMBDA", "LAMDA")
    return normalize("NFKC", lookup(f"GREEK {size} LETTER {letter}"))
