"""The formulas in a text as people write it: plain lines, Markdown, LaTeX; what is prose, and what is not.

A formula keeps its place. What is no part of it (ampersands, dollars, comments, words) becomes blanks, at equal length.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from autodiff_cli.language.patterns import compiled
from autodiff_cli.language.scope import CALLABLE
from autodiff_cli.language.signs import GREEK, PRIMES, SERIES
from autodiff_cli.rules.table import CONSTANTS

_DISPLAYS = "equation|align|aligned|alignat|gather|gathered|multline|eqnarray|displaymath|math|split|flalign"
_MATH = (  # a piece of mathematics, or code, in a text
    rf"\\begin\s*\{{(?P<env>(?:{_DISPLAYS})\*?)\}}(?:\{{\d+\}})?(?P<rows>(?:(?!\\begin\s*\{{(?P=env)\}})[\s\S])*?)\\end\s*\{{(?P=env)\}}"
    r"|\$\$(?P<dollars>[\s\S]*?)\$\$|(?<!\\)\\\[(?P<bracket>(?:(?!(?<!\\)\\\[)[\s\S])*?)\\\]"
    r"|^[ \t]*(?P<fence>```+|~~~+)[ \t]*(?P<info>\w*)[^\n]*\n(?P<fenced>[\s\S]*?)(?:^[ \t]*(?P=fence)|\Z)"
    r"|(?<!\\)\$(?P<inline>(?:[^$\\\n]|\\.)+?)\$|\\\((?P<round>(?:(?!\\\()[\s\S])*?)\\\)"
)
_FORMULAS_IN = ("", "math", "text", "txt", "latex", "tex", "autodiff")  # fences of other languages are code
_SKIPPED = (
    r"\\(?:label|tag|hspace|vspace|cite|ref|eqref|intertext|shortintertext)\*?\{[^{}]*\}"
    r"|\\(?:notag|nonumber|displaystyle|textstyle)\b"
)
_SAID = r"\\(?:text|textrm|textit|textbf|mbox|mathrm)\s*\{(?P<said>[^{}]*)\}"
_AROUND = r"\\(?:boxed|underline|fbox|ensuremath)\s*\{(?P<inside>(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_COMMENT = r"(?<!\\)%[^\n]*"
_CASES = r"\\begin\s*\{[dr]?cases\*?\}[\s\S]*?\\end\s*\{[dr]?cases\*?\}"
_ROW = r"\\\\(?:\s*\[[^\[\]\n]*\])?"
_ARROWS = r"\\(?:implies|impliedby|iff|(?:Long|long)?(?:Right|right|Leftright|leftright)arrow|therefore|because|to)\b"
_PARTS = rf"{_ARROWS}|\\q?quad\b|<?=>|<?->|[⇒⟹⇔⟺→∴∵]"
_LIMIT = r"(?<![\\a-z])lim(?![a-z])"  # whose arrow parts nothing
_POWER = r"(?:\s*\^\s*\d|[²³])?"
_OPERATOR = rf"\(\s*[d∂]{_POWER}\s*/\s*[d∂]\s*[^\W\d_]{_POWER}\s*\)"  # (d/dx) x^2
_KIND_AHEAD = r"\babs\.?(?=\s+(?:max|min)(?![\w(]))"
_HEAD = r"\s*[^\W\d]\w*['’′″]*\s*(?:\([^()=]*\))?\s*:?=|\s*\\?[d∂(]"
_CALLED = r"[^\W\d_](?:['’′″]+\s*(?:\([^()]*\))?|\([a-z]\))"
_MARKER = rf"\s*(?:>+|\(?\d{{1,2}}[.):](?=\s|\Z)|\(?[a-h]\)(?=\s|\Z)|[-*+•](?=\s+(?:{_HEAD}))|[•·▪])\s*"
_TAG = r"\s{2,}\(\d+\)\s*\Z"
_REMARK = r"(?:#|//|\s%|\A%|\s--|\s[–—]|\s\|)(?=\s*[^\W\d_]{2,})[^\n]*|\s\|\s[^|\n]*\Z"  # behind a formula
_WORD = r"(?<![\\\w])[^\W\d_]{2,}(?![\w(]|[’'′″]+\s*[(=])"
_HEAD_NAME = rf"(?<![\\\w])([^\W\d_]{{2,}})[{''.join(PRIMES)}]*\s*(?:\([^()]*\)\s*)?:?=(?!=)"
_RELATION = r"(?<![<>!:=])(?:=|≈|≡|\\approx\b|\\equiv\b|<|>|≤|≥|\\[lg]eq?\b)"
_TICKS = "✓✔✗✘☑✅∎□■◻"  # which are set behind a line that is checked, or the last
_EDGE = rf"(?:\\[,;:! ]|[\s.,;:?{_TICKS}])+"
_LAST = rf"(?:\\[,;:! ]|[\s.,;:?{_TICKS}])\Z"
_NUMERAL = r"\s*[-−]?\s*(?:\d+(?:\.\d+)?(?:\s*/\s*\d+)?|pi|π)\s*"
_POINT = rf"[\s.]*\({_NUMERAL},{_NUMERAL}\)[\s.,;:]*"  # (3, 4), behind `at`
_EDGE_LENGTH = 2  # characters of the longest of these
_LAYOUT = r"\s*\\(?:documentclass|usepackage|begin|end|maketitle|newcommand)\b.*"
_STRUCTURE = (
    r"\s*\\(?:documentclass|usepackage|begin|end|title|author|date|maketitle|section|subsection|item|newcommand)"
)
_TABLE = r"\s*\|\s.+\s\|\s.*\|\s*\Z"  # a row of one
_NEW_PART = r"\s*(?:#{1,6}\s|\\(?:sub)*section\b|(?:[-*_=]\s?){3,}\s*\Z)"
_GLUED = r"(?:[a-z]?(?:arc)?(?:sin|cos|tan|sec|csc|cot|exp|ln|log|sqrt)[a-z]?)+"
_SHORT = """
    an and are as at be but by can do for get has if in into is it its let new no not now of on one or our out
    put set so that the then thus to two us use via was we why with you all any due see say yes sine rule ie eg qed
    also und ist die der das mit aus wir
"""
# Words unless a bracket or = is behind them: f''(1) = -6 < 0, so max; 0 where x = 1; but max = 3 is a name
_KINDS = {"max", "min", "loc", "rel", "dne", "poi", "where"}
_SHORT_WORDS = {*_SHORT.split()} - (CALLABLE - {"if"})
_BEHIND = "by|using|because|since|from|via|after|where|with|as"  # what says why, behind a formula


class PlacedFormula(NamedTuple):
    """A formula of a document: `text` is what stands there, with blanks for what is no part of it."""

    start: int
    text: str
    line: int
    column: int
    joint: str  # what stands between the formula before it on its line and this one

    @property
    def shown(self) -> str:
        """On one line."""
        return " ".join(self.text.split())

    def place(self, at: int) -> tuple[int, int]:
        """The line and the column of a place in its text."""
        before = self.text[:at]
        column = self.column + at if "\n" not in before else at - before.rfind("\n")
        return self.line + before.count("\n"), column


class Document(NamedTuple):
    """The formulas of a text, in order; the lines that have none; and where a new part begins, so that nothing is
    known of what stood before.
    """

    formulas: list[PlacedFormula]
    prose: list[tuple[int, str]]
    parts: list[int]


def read_document(text: str) -> Document:
    r"""The formulas of a text.

    >>> text = "Let f(x) = x^2.\nThen we know:\n  f'(x) = 2x (power rule)"
    >>> [(one.line, one.shown) for one in read_document(text).formulas], read_document(text).prose
    ([(1, 'f(x) = x^2'), (3, "f'(x) = 2x")], [(2, 'Then we know:')])
    >>> [one.shown for one in read_document(r"\begin{align} y &= x^2 \\ y' &= 2x \end{align}").formulas]
    ['y = x^2', "y' = 2x"]
    """
    reader = _FormulaFinder(text)
    spans = reader.joined(sorted(reader.spans()))
    lines = _LineStarts(text)
    before = [0, *[end for _, end in spans]]
    joints = [
        text[max(end, text.rfind("\n", 0, start) + 1) : start] for end, (start, _) in zip(before, spans, strict=False)
    ]
    formulas = [
        PlacedFormula(start, reader.clean(start, end), *lines.place(start), joint)
        for (start, end), joint in zip(spans, joints, strict=True)
    ]
    covered = {line for start, end in spans for line in range(lines.place(start)[0], lines.place(end)[0] + 1)}
    prose: list[tuple[int, str]] = []
    parts: list[int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if compiled(_NEW_PART).match(line):
            parts.append(number)
        if number not in covered and compiled(r"[^\W_]").search(compiled(_LAYOUT).sub("", line)):
            prose.append((number, " ".join(line.split())))
    return Document(formulas, prose, parts)


def sides(text: str) -> list[tuple[int, int]]:
    """Where the sides of a chain of equations stand: of `a = b = c` those of a, b and c.

    >>> [("f(x) = |x|"[start:end]) for start, end in sides("f(x) = |x|")]
    ['f(x)', '|x|']
    """
    cuts = [
        (found.start(), found.end())
        for found in _outside(text, r"(?<![<>!:])(?::?==?(?![<>])|≈|≡|\\approx\b|\\equiv\b)")
    ]
    starts, ends = [0, *[end for _, end in cuts]], [*[start for start, _ in cuts], len(text)]
    return [_trimmed(text, start, end) for start, end in zip(starts, ends, strict=True)]


class _LineStarts:
    """Which line and column an offset is at, both from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *[found.end() for found in re.finditer("\n", text)]]

    def place(self, at: int) -> tuple[int, int]:
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1


class _FormulaFinder:
    """Finds formulas in a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._signs = list(text.replace("´", "'"))
        for found in compiled(_OPERATOR).finditer(text):
            self._blank(found.start(), found.start() + 1)
            self._blank(found.end() - 1, found.end())
        self._names = frozenset(compiled(_HEAD_NAME).findall(text)) - _SHORT_WORDS

    def clean(self, start: int, end: int) -> str:
        """What stands there, without what is no part of a formula."""
        return "".join(self._signs[start:end])

    def _blank(self, start: int, end: int) -> None:
        self._signs[start:end] = " " * (end - start)

    def spans(self) -> Iterator[tuple[int, int]]:
        """Where the formulas stand."""
        at = 0
        prose: list[tuple[int, int]] = []
        for found in re.finditer(_MATH, self.text, re.MULTILINE):
            kind = next(
                name for name in ("rows", "dollars", "bracket", "fenced", "inline", "round") if found[name] is not None
            )
            if kind in ("inline", "round"):
                continue
            prose.append((at, found.start()))
            at = found.end()
            if kind == "fenced":
                yield from self._fence(found)
            else:
                yield from self._display(*found.span(kind))
        for start, end in [*prose, (at, len(self.text))]:
            yield from self._lines(start, end)

    def joined(self, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The formulas, where one goes on in the next line as one."""
        found: list[tuple[int, int]] = []
        for start, end in spans:
            if found and self._goes_on(found[-1], start):
                self._blank(found[-1][1], start)
                found[-1] = found[-1][0], end
            else:
                found.append((start, end))
        return found

    def _goes_on(self, before: tuple[int, int], start: int) -> bool:
        """Whether a formula is the rest of the one before: it begins with a sign, further in, or that ends with one."""
        between = self.text[before[1] : start]
        is_next = between.count("\n") == 1 and not between.strip(" \t\r\n&")
        if not is_next and not re.fullmatch(rf"\s*{_ROW}[\s&]*(?:\\q?quad\s*|&)*", between):
            return False
        if re.search(r"[-+*/^=]\Z|\\cdot\Z", self.text[before[0] : before[1]]):
            return True
        sign = self.text[start]
        is_further = self._indent(start) > self._indent(before[0]) or "\\" in between
        return sign in "+*/" or (sign in "-−" and is_further)

    def _indent(self, at: int) -> int:
        return at - self.text.rfind("\n", 0, at)

    # --- LaTeX ---------------------------------------------------------------------------------------------------

    def _display(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The rows of a displayed formula, and their parts."""
        for found in compiled(f"{_COMMENT}|{_SKIPPED}|{_SAID}").finditer(self.text, start, end):
            if not found["said"] or (
                self._has_words(found["said"]) and not self._is_in_cases(found.start(), start, end)
            ):
                self._blank(*found.span())
        for found in compiled(rf"\\(?:begin|end)\s*\{{(?:{_DISPLAYS})\*?\}}").finditer(self.text, start, end):
            self._blank(*found.span())
        for found in compiled(_AROUND).finditer(self.text, start, end):
            self._blank(found.start(), found.start("inside"))
            self._blank(found.end("inside"), found.end())
        at = start
        for found in compiled(rf"{_CASES}|(?P<cut>{_ROW})|(?P<and>&)").finditer(self.clean(start, end)):
            if found["and"]:
                self._blank(start + found.start(), start + found.end())
            elif found["cut"]:
                yield from self._split(at, start + found.start())
                at = start + found.end()
        yield from self._split(at, end)

    def _is_in_cases(self, at: int, start: int, end: int) -> bool:
        return any(one.start() < at < one.end() for one in compiled(_CASES).finditer(self.text, start, end))

    # --- lines -----------------------------------------------------------------------------------------------------

    def _fence(self, found: re.Match[str]) -> Iterator[tuple[int, int]]:
        if found["info"].lower() in _FORMULAS_IN:
            yield from self._lines(*found.span("fenced"))

    def _lines(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for line in compiled(r"[^\n]+").finditer(self.text, start, end):
            yield from self._line(*line.span())

    def _line(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The formulas on a line that is not in a displayed formula."""
        line = self.text[start:end]
        inline = [found for found in re.finditer(_MATH, line) if found["inline"] or found["round"]]
        if inline:
            yield from self._inline(start, end, inline)
            return
        if (
            compiled(_TABLE).match(line)
            or compiled(_STRUCTURE).match(line)
            or compiled(r"\s*(?:#+\s|%)").match(line)
            or not line.strip()
        ):
            return
        for pattern in (_REMARK, _TAG, _SKIPPED, rf"{_ROW}\s*\Z", "&", _KIND_AHEAD):
            for found in compiled(pattern).finditer(self.clean(start, end)):
                self._blank(start + found.start(), start + found.end())
        for found in compiled(r"[(\[]([^()\[\]]*)[)\]]|" + _SAID).finditer(self.clean(start, end)):
            if self._has_words(found[1] or found["said"] or ""):
                self._blank(start + found.start(), start + found.end())
        marker = compiled(_MARKER).match(self.clean(start, end))
        at = start + marker.end() if marker else start
        yield from self._worded(at, end)

    def _inline(self, start: int, end: int, found: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
        """The formulas between dollars: those that say something, and one that is alone on its line."""
        around, at = "", start
        for one in found:
            around += self.text[at : start + one.start()] + " "
            at = start + one.end()
        is_alone = not compiled(r"\w{2,}").search(around + self.text[at:end])
        for one in found:
            inside = one.span("inline" if one["inline"] else "round")
            text = self.text[start + inside[0] : start + inside[1]]
            if is_alone or _outside(text, _RELATION):
                yield from self._display(start + inside[0], start + inside[1])

    def _worded(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The formulas on a line between its words; none of one that is prose."""
        text = self.clean(start, end)
        words = [found for found in compiled(_WORD).finditer(text) if self._is_word(found[0])]
        words = [
            found for found in words if found[0].lower() not in _KINDS or not re.match(r"\s*:?=", text[found.end() :])
        ]
        if not words:
            yield from self._split(start, end)
            return
        first = text[: words[0].start()]
        is_remarked = compiled(_BEHIND).fullmatch(words[0][0]) and re.search(r"[\d^*/+(]", first)
        at = 0
        for word in [*words, None]:
            stop = word.start() if word else len(text)
            piece = text[at:stop]
            has_both_sides = compiled(rf"[\w)\]}}'’′|!]\s*{_RELATION}\s*[^\s=.,;]").search(piece)
            is_continued = compiled(r"\s*=\s*[\w(\-√|\\]").match(piece) and at == 0
            is_half = compiled(rf"{_CALLED}\s*=\s*\Z").search(piece)  # f'(x) = what we had, which is not read
            is_point = at > 0 and compiled(rf"at{_POINT}").fullmatch(text, at - 2, stop)
            if has_both_sides or is_continued or is_half or is_point or (at == 0 and is_remarked):
                yield from self._split(start + at, start + stop)
            at = word.end() if word else stop

    def _split(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts of a line between arrows."""
        at, text = start, self.clean(start, end)
        for found in () if compiled(_LIMIT).search(text) else _outside(text, _PARTS):
            yield from self._pieces(at, start + found.start())
            at = start + found.end()
        yield from self._pieces(at, end)

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """What commas part, if each piece says something by itself: `u = x^2, v = sin(x)`."""
        text = self.clean(start, end)
        marker = compiled(r"\s*(?:\d{1,2}\s*[:.)]\s|[:)\]>]+\s*)").match(text)
        first = marker.end() if marker else 0
        cuts = [found.span() for found in _outside(text, r"(?<!\\)[,;](?!\d)|:(?=\s)|\b(?:and|or)\b")]
        starts, ends = [first, *[stop for _, stop in cuts]], [*[begin for begin, _ in cuts], len(text)]
        pieces = [*zip(starts, ends, strict=True)]
        said = [text[a:b] for a, b in pieces if text[a:b].strip(" .,;:")]
        if not all(_outside(one, _RELATION) or compiled(_POINT).fullmatch(one) for one in said):
            pieces = [(first, len(text))]
        for a, b in pieces:
            a, b = _trimmed(text, a, b)
            if a < b and compiled(r"\w").search(text, a, b):
                yield start + a, start + b

    def _has_words(self, text: str) -> bool:
        return any(self._is_word(found[0]) for found in compiled(_WORD).finditer(text))

    def _is_word(self, word: str) -> bool:
        """Whether this is a word of a sentence, not a name or a product."""
        return word.lower() in _KINDS or (word not in self._names and _is_ordinary(word))


@cache
def _is_ordinary(word: str) -> bool:
    if word.lower() in _SHORT_WORDS:  # "if" is a function, too, but has a bracket then
        return True
    if word in CALLABLE or word in CONSTANTS or word in GREEK or word in SERIES:
        return False
    return len(word) > 3 and not compiled(_GLUED).fullmatch(word)


def _outside(text: str, pattern: str) -> list[re.Match[str]]:
    """Where a pattern matches outside of all brackets, and of LaTeX's cases."""
    depth, found = 0, []
    for one in compiled(rf"{_CASES}|\\[{{}}]|(?P<open>[(\[{{])|(?P<close>[)\]}}])|(?P<hit>{pattern})").finditer(text):
        if one["open"] or one[0] == "\\{":
            depth += 1
        elif one["close"] or one[0] == "\\}":
            depth -= 1
        elif one["hit"] and depth <= 0:
            found.append(one)
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without blanks and punctuation at its ends, and brackets there that have no partner."""
    before = compiled(_EDGE).match(text, start, end)
    start = before.end() if before else start
    surplus = text.count(")", start, end) - text.count("(", start, end)
    while start < end:
        behind = compiled(_LAST).search(text, max(start, end - _EDGE_LENGTH), end)
        if behind and behind.start() < end:
            end = behind.start()
        elif text[end - 1] in "([" or (text[end - 1] == ")" and surplus > 0):
            surplus -= text[end - 1] == ")"
            end -= 1
        else:
            break
    return start, max(start, end)
