"""Writes the tables of docs/language.md from the rule table: python docs/reference.py [--check]"""

import re
import sys
from pathlib import Path

from autodiff_cli.language.signs import LATEX, NOTES, ROOTS, SIGNS, SPELLED
from autodiff_cli.render.functions import derivatives
from autodiff_cli.reports.functions import Entry, entries
from autodiff_cli.rules.table import CONSTANTS

PAGE = Path(__file__).parent / "language.md"
GRAMMAR = PAGE.parents[1] / "grammars" / "expression.lark"
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
                _plain(f"{entry.doc}. Accuracy: {entry.accuracy}" if entry.accuracy else entry.doc),
            ]
            for entry in entries()
            if not entry.symbol
        ],
    )


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
    rows = []
    for rule in re.split(r"^\??(?=\w)", GRAMMAR.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name = rule.partition(":")[0]
        found = dict.fromkeys(re.findall(r"\b[A-Z]+\b", re.sub(r"//.*", "", rule)))
        signs = [said.get(terminal) or _spellings(terminal)[0] for terminal in found if terminal in (*said, *TERMINALS)]
        if name == "signed":
            signs = [f"{sign} in front" for sign in signs]
        if signs and name.islower() and name not in ("start", "statement", "argument"):
            rows.append([" ".join(dict.fromkeys(signs))])
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


TABLES = {
    "functions": functions_table,
    "operators": operators_table,
    "constants": constants_table,
    "precedence": precedence_table,
    "signs": signs_table,
    "notes": notes_table,
}


def main(arguments: list[str]) -> int:
    """Put each table between its marks; with --check write nothing, and return 1 where the page is not current."""
    before = after = PAGE.read_text(encoding="utf-8")
    for name, table in TABLES.items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = table()
        after, found = marked.subn(lambda marks, text=text: f"{marks[1]}\n{text}\n\n{marks[2]}", after)  # type: ignore[misc]
        if found != 1:
            sys.exit(f"{PAGE.name} needs one place marked <!-- {name} --> ... <!-- end -->, and has {found}")
    if "--check" in arguments:
        return int(after != before)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
