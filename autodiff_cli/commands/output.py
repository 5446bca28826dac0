"""What commands share that can write a file: one -o, the format by the ending of its name, and where it goes."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import click

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import is_stdout, write
from autodiff_cli.render.formats import Formats


def output(text: str) -> Callable[[Any], Any]:
    """The option -o FILE; of a command that gets it, the argument `output` is None where it is standard output."""
    return click.option("-o", "--output", metavar="FILE", multiple=True, callback=_once, help=text)


def _once(ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> str | None:
    if len(given) > 1:
        raise AutodiffError(f"-o is given twice: {given[0]} and {given[1]}", hint="give one file")
    if given == ("",):
        raise AutodiffError("-o needs the name of a file", hint="-o - is standard output")
    return None if not given or is_stdout(given[0]) else given[0]


def put(data: bytes, path: str | None) -> None:
    """Write data to a file, or to standard output where there is none."""
    if path is None:
        click.echo(data, nl=False)
    else:
        write(path, data)


def deliver(formats: Formats, name: str, report: Any, path: str | None, **asked: Any) -> None:
    """Write a report in a format, to a file or to standard output; the usual one is shown there as it fits best."""
    if path is None and name == formats.usual.name:
        formats.show(report, **asked)
    else:
        put(formats.write(name, report, **asked), path)


def format_of(path: str | None, asked: str | None, endings: Mapping[str, str], usual: str) -> str:
    """The format to write: what is asked for, what the ending of the file says, or the usual one on standard output.

    Raises AutodiffError where neither says it, or each something else.
    """
    if path is None:
        return asked or usual
    name = os.path.basename(path)
    ending = os.path.splitext(name)[1].lower()
    said = endings.get(ending)
    if asked and ending and said != asked:
        others = " or ".join([known for known, format_ in endings.items() if format_ == asked])
        hint = f"--format alone prints it, and {others} is its ending" if others else "leave one of them out"
        raise AutodiffError(f"-o {name[:60]} and --format {asked} contradict each other", hint=hint)
    found = asked or said
    if found is None:
        what = (
            f"no format has the ending {ending}"
            if ending
            else "the name of the file has no ending, which would say its format"
        )
        raise AutodiffError(what, hint=f"{name[:60]} may end in {', '.join(endings)}")
    return found
