"""Writes the generated tables of docs/*.md from the rule table: python docs/reference.py [--check]"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from autodiff_cli.language.signs import LATEX, NOTES, ROOTS, SIGNS, SPELLED
from autodiff_cli.render.functions import derivatives
from autodiff_cli.reports.functions import Entry, entries
from autodiff_cli.rules.table import CONSTANTS

DOCS = Path(__file__).parent
GRAMMAR = DOCS.parent / "grammars" / "expression.lark"
TERMINALS = {terminal for terminal, _ in SIGNS.values()}


def _plain(text: str) -> str:
    """Text in which Markdown sees no markup."""
    return re.sub(r"([*_|<])", r"\\\1", text)


def _code(text: str) -> str:
    return f"`{text}`".replace("|", r"\|") if text else ""


def _derivatives(entry: Entry) -> str:
    lines = []
    for names, text in derivatives(entry):
        formula, semicolon, words = text.partition(";")
        if "..." in entry.arguments:  # in words throughout
            lines.append(f"{_code(names)} {_plain(text)}")
        else:
            lines.append(_code(f"{names} {formula}") + semicolon + _plain(words))
    return "<br>".join(lines)


def _table(headers: list[str], rows: list[list[str]]) -> str:
    return "\n".join([f"| {' | '.join(row)} |" for row in (headers, ["---"] * len(headers), *rows)])


def functions_table() -> str:
    """A row a function."""
    return _table(
        ["function", "also", "derivative", "domain", "kinks", "what it is"],
        [
            [
                _code(entry.written),
                ", ".join(map(_code, entry.aliases)),
                _derivatives(entry),
                _code(entry.domain),
                _plain(entry.kinks),
                _plain(entry.doc),
            ]
            for entry in entries()
            if not entry.symbol
        ],
    )


def accuracy_table() -> str:
    """A row a function that does not keep four units in the last place everywhere, or not better than others."""
    rows = [[_code(entry.written), _plain(entry.accuracy)] for entry in entries() if entry.accuracy]
    return _table(["function", "where it is less right"], rows)


def operators_table() -> str:
    """A row an operator."""
    return _table(
        ["operator", "derivative", "domain", "what it is"],
        [
            [_code(entry.written), _derivatives(entry), _code(entry.domain), _plain(entry.doc)]
            for entry in entries()
            if entry.symbol
        ],
    )


def constants_table() -> str:
    """A row a constant."""
    return _table(["constant", "value"], [[_code(name), repr(value)] for name, value in CONSTANTS.items()])


def precedence_table() -> str:
    """A row a level of the grammar, in its order."""
    said = {"BESIDE": "side by side: `2x`", "RAISED": "raised: `x²`", "FACTORIAL": "`!`"}
    rows, shown = [], set[str]()
    for rule in re.split(r"^\??(?=\w)", GRAMMAR.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name = rule.partition(":")[0]
        found = dict.fromkeys(re.findall(r"\b[A-Z]+\b", re.sub(r"//.*", "", rule)))
        signs = [said.get(terminal) or _spellings(terminal)[0] for terminal in found if terminal in (*said, *TERMINALS)]
        if name == "signed":
            signs = [f"{sign} in front" for sign in signs]
        new = [sign for sign in dict.fromkeys(signs) if sign not in shown]  # the - of sin -x is shown before
        if new and name.islower() and name not in ("start", "statement", "argument"):
            rows.append([" ".join(new)])
            shown.update(new)
    return _table(["signs"], rows)


def signs_table() -> str:
    """A row a sign that has other spellings."""
    rows = [[first, " ".join(others)] for first, *others in map(_each, SIGNS.values()) if others]
    rows += [[_code(f"{name}(x)"), _code(f"{sign}x")] for sign, name in ROOTS.items()]
    rows += [[_code(name), _code(sign)] for sign, name in SPELLED.items()]
    rows += [[_code("( )"), " ".join(map(_code, ("[ ]", "{ }", "\\left( \\right)")))]]
    rows += [[_code("abs(x)"), _code("|x|")]]
    latex: dict[str, list[str]] = {}
    for command, sign in LATEX.items():
        if sign and command.isalpha():
            latex.setdefault(sign, []).append(_code(f"\\{command}"))
    rows += [[_code(sign), " ".join(commands)] for sign, commands in latex.items()]
    return _table(["sign", "also"], [list(row) for row in dict.fromkeys(map(tuple, rows))])


def _each(sign: tuple[str, str]) -> list[str]:
    return [_code(text) for text, same in SIGNS.items() if same == sign]


def _spellings(terminal: str) -> list[str]:
    return [" ".join(dict.fromkeys(_each(sign)[0] for sign in SIGNS.values() if sign[0] == terminal))]


def notes_table() -> str:
    """A line a note."""
    return "\n".join([f"- {_plain(note)}" for note in NOTES.values()])


TABLES: dict[str, dict[str, Callable[[], str]]] = {
    "language.md": {
        "constants": constants_table,
        "precedence": precedence_table,
        "signs": signs_table,
        "notes": notes_table,
    },
    "functions.md": {"operators": operators_table, "functions": functions_table},
    "accuracy.md": {"accuracy": accuracy_table},
}


def written(page: str, text: str) -> str:
    """The text of a page with each of its tables between its marks."""
    for name, table in TABLES[page].items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if len(marked.findall(text)) != 1:
            sys.exit(f"{page} needs one place marked <!-- {name} --> ... <!-- end -->")
        made = f"\n{table()}\n\n"
        text = marked.sub(lambda marks, made=made: marks[1] + made + marks[2], text)  # type: ignore[misc]
    return text


def main(arguments: list[str]) -> int:
    """Bring every page up to date; with --check write nothing, and return 1 where one is not current."""
    stale = 0
    for page in TABLES:
        before = (DOCS / page).read_text(encoding="utf-8")
        after = written(page, before)
        stale |= after != before
        if "--check" not in arguments:
            (DOCS / page).write_text(after, encoding="utf-8")
    return int(stale) if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
