"""What the Python libraries of arrays share: a module with one function of arrays."""

from collections.abc import Mapping
from typing import NamedTuple

from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.python import module, parameters, results, title
from autodiff_cli.codegen.writer import Language, Written


class ArrayLibrary(NamedTuple):
    """How a library of arrays says what goes around the operations."""

    imports: tuple[str, ...]
    note: str  # what the function's docstring says of its variables
    read: str  # the line that makes an array of a variable
    shape: str  # the function of shapes that gives the one that they broadcast to
    masked: str  # a `slope` that is nan where the `value` is
    spread: str  # a result as large as the `shape`
    constants: Mapping[str, str] = {}  # what stands before the functions where it is used, by name
    guard: str = ""  # what the operations stand in


def array_module(program: Program, name: str, language: Language, library: ArrayLibrary) -> str:
    """A module with one function of arrays, which returns the values and the derivatives by name."""
    written = Written(program, language)
    inputs = list(written.names.values())
    shapes = ", ".join([f"{one}.shape" for one in inputs])
    arguments, notes = parameters(program, written)
    indent = "    " if library.guard else ""
    computed = [*written.lines(), *results(written)]
    body = [
        f"def {name}({', '.join(arguments)}):",
        f'    """The value of {title(program)} and its derivatives, by name.',
        "",
        f"    {library.note}",
        '    """',
        *notes,
        *(f"    {library.read.format(one)}" for one in inputs),
        f"    shape = {library.shape}({shapes})",
        *([f"    {library.guard}"] if library.guard else []),
        *(f"{indent}{line}" for line in computed),
        *(_spread_rows(written, library) if written.several else _spread(written, library)),
    ]
    text = "\n".join([*written.helpers.values(), *body])
    used = {one: line for one, line in library.constants.items() if one in text}
    return module(title(program), used | written.helpers, "\n".join(body), *library.imports)


def _spread(written: Written, library: ArrayLibrary) -> list[str]:
    """The lines that return the results as large as the shape; derivatives are nan where the value is."""
    is_partial = written.is_partial and written.names
    return [
        *([f"    gradient = {{name: {library.masked} for name, slope in gradient.items()}}"] if is_partial else []),
        f"    gradient = {{name: {library.spread.format('slope')} for name, slope in gradient.items()}}",
        f"    return {library.spread.format('value')}, gradient",
    ]


def _spread_rows(written: Written, library: ArrayLibrary) -> list[str]:
    """The same of several results by name."""
    value, slope = library.spread.format("value"), library.spread.format("slope")
    rows = "for of, row in gradient.items()"
    lines = [
        f"    value = {{of: {value} for of, value in value.items()}}",
        f"    gradient = {{of: {{name: {slope} for name, slope in row.items()}} {rows}}}",
    ]
    for name in [f'"{one.name}"' for one in written.several if one.is_partial]:
        lines.append(f"    where = value[{name}] == value[{name}]")
        masked = library.masked.replace("value == value", "where")
        lines.append(f"    gradient[{name}] = {{name: {masked} for name, slope in gradient[{name}].items()}}")
    return [*lines, "    return value, gradient"]
