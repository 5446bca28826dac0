"""The words of a command line, sorted before click sees them: the variables of the expression are options of this call.

A word is the first that it can be of: an option of the command, a value `--NAME VALUE`, a value `NAME=VALUE`, the
expression, or something that a command may know what to do with.
"""

from collections.abc import Callable, Mapping

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.lexer import is_name


class Words:
    """The words of one command line, by what they are. `options` are those of the command: which take a value.

    >>> words = Words({"--only": True, "--quiet": False})
    >>> words.sort(["x*y", "--x", "2", "y=3", "--only", "value"])
    >>> words.texts, words.values, words.for_click
    (['x*y'], {'x': '2', 'y': '3'}, ['--only', 'value'])

    `dashed` are the names in `--NAME`, each with the word as it is typed, and `valueless` those among them that have no
    value: whether they are variables or options that there are not, the expression decides.
    """

    def __init__(self, options: Mapping[str, bool], other: Callable[[str], None] | None = None) -> None:
        self.texts: list[str] = []  # the expression, once it has come
        self.values: dict[str, str] = {}
        self.dashed: list[str] = []
        self.valueless: list[str] = []
        self.for_click: list[str] = []
        self._options = options
        self._other = other or self.refuse
        self._from_file = False
        self._h_is_given = False
        self._waiting: list[str] = []  # the next word is the last

    def sort(self, args: list[str]) -> None:
        """Sort the words. Raises AutodiffError at the first that is wrong; what came before it stays sorted."""
        self._from_file = any(flag_of(word) == "--file" for word in args)
        self._h_is_given = any(flag_of(word).removeprefix("--") == "h" for word in args)
        self._waiting = args[::-1]
        while self._waiting:
            self._sort(self._waiting.pop())

    def _sort(self, word: str) -> None:
        kinds = (self._is_separator, self._is_option, self._is_dashed_value, self._is_bare_value, self._is_expression)
        for is_one in kinds:
            if is_one(word):
                return
        self._other(word)

    @property
    def _expression_is_known(self) -> bool:
        return bool(self.texts) or self._from_file

    def _is_separator(self, word: str) -> bool:
        """`--`: what comes next is the expression, whatever it begins with."""
        if word != "--" or self._expression_is_known:
            return False
        if self._waiting:
            self.texts.append(self._waiting.pop())
        return True

    def _is_option(self, word: str) -> bool:
        """An option of the command: it goes to click, and its value with it."""
        flag = flag_of(word)
        if flag not in self._options or self._is_minus_h(word):
            return False
        self.for_click.append(word)
        value_follows = self._options[flag] and "=" not in word
        if value_follows and self._waiting:
            self.for_click.append(self._waiting.pop())
        return True

    def _is_minus_h(self, word: str) -> bool:
        """Whether -h is an expression, since there is no other and h has a value."""
        return word == "-h" and self._h_is_given and not self._expression_is_known

    def _is_dashed_value(self, word: str) -> bool:
        """`--NAME VALUE` or `--NAME=VALUE`; a lone `--x` at the end may be the expression."""
        name, equals, text = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not is_name(name):
            return False
        is_value = equals or self._waiting or self._expression_is_known
        if not is_value:
            return False
        self.dashed.append(name)
        typed = text if equals else self._next_value()
        if typed or equals:
            self._give(name, typed, f"--{name} 2 or {name}=2", f"--{name}")
        else:
            self.valueless.append(name)
        return True

    def _next_value(self) -> str:
        """The next word, if it can be a value."""
        if not self._waiting or self._waiting[-1].startswith("--"):
            return ""
        return self._waiting.pop()

    def _is_bare_value(self, word: str) -> bool:
        """`NAME=VALUE` after the expression; before it, `y = x^2` is a program."""
        name, equals, text = word.partition("=")
        if not (self._expression_is_known and equals and is_name(name)):
            return False
        self._give(name, text, f"{name}=2", name)
        return True

    def _give(self, name: str, text: str, example: str, typed: str) -> None:
        if not text:
            raise AutodiffError(f"{typed} needs a value", hint=f"as in {example}")
        put(self.values, name, text)

    def _is_expression(self, word: str) -> bool:
        if self._expression_is_known:
            return False
        self.texts.append(word)
        return True

    def refuse(self, word: str) -> None:
        """Raise AutodiffError for a word that is none of these."""
        raise AutodiffError(f"unexpected argument {word!r} after the expression", hint=self._instead())

    def _instead(self) -> str:
        """What may have been meant by a word that is refused."""
        if self.texts and "=" in self.texts[0]:
            return "the expression comes first, then the values: autodiff eval 'x^2' x=3"
        return "values are given as --NAME VALUE or NAME=VALUE; an expression with spaces needs quotes"


def flag_of(word: str) -> str:
    """The option in `--only value` or `--only=value`."""
    return word.partition("=")[0]


def put(values: dict[str, str], name: str, text: str) -> None:
    """Add a value. Raises AutodiffError where there is one."""
    if name in values:
        raise AutodiffError(f"two values for '{name}': {values[name]} and {text}", hint="give it one")
    values[name] = text
