"""What commands share that read tables: the options that say how these are written."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from autodiff_cli.commands.point import whole
from autodiff_cli.errors import Advice, AutodiffError, Option, advice

if TYPE_CHECKING:
    from autodiff_cli.tables import TableDialect

_MOST_SKIPPED = 1_000_000_000

READING = (
    click.option("--from", "from_", metavar="FORMAT", default="", help="The format of the tables."),
    click.option("--map", "maps", metavar="NAME=COLUMN", multiple=True, help='A variable\'s column: a="Speed (m/s)".'),
    click.option("--separator", metavar="SIGN", default="", help="Between cells: ';', tab, or space for any blanks."),
    click.option("--decimal", type=click.Choice([".", ","]), default=".", help="In numbers, before the decimals."),
    click.option("--no-header", is_flag=True, help="The first line is a row: the columns are c1, c2, ..."),
    click.option("--units-row", is_flag=True, help="The line below the header has units, and is left out."),
    click.option("--comment", metavar="TEXT", default="", help="Leave out lines that begin with it: --comment '#'."),
    click.option("--skip-lines", metavar="N", default="0", help="Leave out the first N lines."),
    click.option(
        "--null", "nulls", metavar="TEXT", multiple=True, help="A cell that is missing: --null NA --null -999."
    ),
    click.option(
        "--encoding", metavar="NAME", default="", help="Of text that is not UTF-8: latin-1, cp1252, utf-16 ..."
    ),
    click.option(
        "--ragged", is_flag=True, help="Rows may have fewer cells than the header, or more, which are left out."
    ),
    click.option(
        "--types", metavar="COLUMN=text", multiple=True, help="A column that is text, whatever it looks like."
    ),
)


def reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that reads tables."""
    for option in reversed(READING):
        command = option(command)
    return command


def dialect_of(options: Mapping[str, Any]) -> "TableDialect":
    """How the tables are written, as far as it is asked for. Raises AutodiffError for what cannot be."""
    from autodiff_cli.tables import TableDialect, encoding_of, separator_of

    separator, encoding = options["separator"], options["encoding"]
    return TableDialect(
        separator=separator_of(separator) if separator else "",
        decimal=options["decimal"],
        header=not options["no_header"],
        units=options["units_row"],
        comment=options["comment"],
        skip=whole("skip-lines", options["skip_lines"], 0, _MOST_SKIPPED, "as in --skip-lines 2"),
        nulls=options["nulls"],
        encoding=encoding_of(encoding) if encoding else "",
        ragged=options["ragged"],
        as_text=tuple(map(_as_text, options["types"])),
    )


def _as_text(typed: str) -> str:
    name, equals, kind = typed.rpartition("=")
    if not equals or kind != "text":
        raise AutodiffError(f"--types takes COLUMN=text, not {typed}", hint="as in --types id=text")
    return name


def dialect_hint(names: Sequence[str]) -> Advice | None:
    """The option that reads a table whose header is none, where the names of its columns show which."""
    first = "".join(names[:1])
    if sign := _begins_with(first, ("#", "%", "//", "!")):
        return advice(f"its first line begins with {sign}: {{0}} leaves such lines out", Option("comment", f"'{sign}'"))
    if len(names) == 1 and (found := _taken_apart(first)):
        return found
    named = [*filter(None, names)]
    if named and all(map(is_number, named)):
        return advice("its first line has numbers: {0} names the columns c1, c2, ...", Option("no-header"))
    return None


def _begins_with(text: str, signs: Sequence[str]) -> str:
    """The sign that a text begins with; empty where it is none of these."""
    return next(filter(text.startswith, signs), "")


def _taken_apart(header: str) -> Advice | None:
    """The option that finds several names in a header that was read as one."""
    if sign := next(filter(header.__contains__, ";|\t,"), ""):
        shown = "tab" if sign == "\t" else f"'{sign}'"
        return advice("its header is one name: {0} takes that apart", Option("separator", shown))
    if len(header.split()) > 1:
        return advice("its header is one name: {0} takes it apart at blanks", Option("separator", "space"))
    return None


def is_number(text: str) -> bool:
    """Whether a text is a number, and not nan."""
    try:
        return float(text) == float(text)
    except ValueError:
        return False
