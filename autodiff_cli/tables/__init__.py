"""Tables in files, as blocks of rows through polars: CSV, TSV, JSON lines, Parquet and Arrow IPC.

Read `base` first, which has the formats, then `dialect`, `text`, `cells` or one of the other kinds, and `write`.
"""

import sys

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables.base import FORMATS as FORMATS
from autodiff_cli.tables.base import ROWS as ROWS
from autodiff_cli.tables.base import STDIN as STDIN
from autodiff_cli.tables.base import FileFormat as FileFormat
from autodiff_cli.tables.base import RowBlock as RowBlock
from autodiff_cli.tables.base import Table as Table
from autodiff_cli.tables.base import format_of as format_of
from autodiff_cli.tables.base import format_read as format_read
from autodiff_cli.tables.base import shown
from autodiff_cli.tables.cells import Cells
from autodiff_cli.tables.columns import Columns
from autodiff_cli.tables.dialect import PLAIN as PLAIN
from autodiff_cli.tables.dialect import TableDialect as TableDialect
from autodiff_cli.tables.dialect import encoding_of as encoding_of
from autodiff_cli.tables.dialect import separator_of as separator_of
from autodiff_cli.tables.grid import Grid as Grid
from autodiff_cli.tables.joining import can_be_joined as can_be_joined
from autodiff_cli.tables.joining import join as join
from autodiff_cli.tables.objects import Objects
from autodiff_cli.tables.store import is_object as is_object
from autodiff_cli.tables.write import folder as folder
from autodiff_cli.tables.write import write as write

_LOOSE = (".dat", ".txt")  # whose names do not say what separates their cells


def open_table(path: str, asked: str, to: FileFormat, dialect: TableDialect = PLAIN) -> Table:
    """The table in a file, or on standard input where the path is `-`.

    `to` is what its rows will be written as: text goes to text as it is, and gets types where it goes to others.
    Raises AutodiffError where the dialect asks for what the format cannot have.
    """
    if path == STDIN and sys.stdin is None:
        raise AutodiffError("standard input is closed", hint="name a file")
    format = format_read(path, asked)
    dialect.check_heeded(shown(path), format)
    if is_object(path) and format != FileFormat("parquet"):
        raise AutodiffError(f"{path} is no Parquet, as which objects of a store are read", hint="copy it here first")
    if not format.text:
        return Columns(path, format, dialect)
    if format.name == "jsonl":
        return Objects(path, format, to, dialect)
    named = path.removesuffix(f".{format.compression}") if format.compression else path
    return Cells(path, format, to, dialect, not asked and named.lower().endswith(_LOOSE))
