"""What commands share that can write a file: one -o, the format by the ending of its name, and where it goes."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import is_stdout, write
from autodiff_cli.render.formats import Formats

TABLES = ("csv", "tsv", "jsonl", "parquet", "arrow")  # formats, as in `tables`, which needs polars


class OfferingOption(click.Option):
    """An option that takes more than a list has; `offers` are words, with what to give for each: svg, FILE.svg."""

    def __init__(self, *args: Any, offers: Mapping[str, str], **others: Any) -> None:
        super().__init__(*args, **others)
        self.offers = offers


def output(text: str, endings: Iterable[str]) -> Callable[[Any], Any]:
    """The option -o FILE; of a command that gets it, the argument `output` is None where it is standard output."""
    offers = {ending.lstrip("."): f"FILE.{ending.lstrip('.')}" for ending in endings}
    return click.option(
        "-o",
        "--output",
        cls=OfferingOption,
        offers=offers,
        metavar="FILE",
        type=click.Path(),
        multiple=True,
        callback=_once,
        help=text,
    )


def _once(ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> str | None:
    if not given:
        return None
    path, *others = given
    if others:
        raise AutodiffError(f"-o is given twice: {path} and {others[0]}", hint="give one file")
    if not path:
        raise AutodiffError("-o needs the name of a file", hint="-o - is standard output")
    return None if is_stdout(path) else path


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

    >>> format_of("plot.SVG", None, {".svg": "svg", ".png": "png"}, "text")
    'svg'
    """
    if path is None:
        return asked or usual
    name = os.path.basename(path)
    ending = os.path.splitext(name)[1].lower()
    by_ending = endings.get(ending)
    if asked and ending and by_ending != asked:
        raise AutodiffError(
            f"-o {name[:60]} and --format {asked} contradict each other", hint=_agreement(asked, endings)
        )
    found = asked or by_ending
    if found is None:
        nameless = "the name of the file has no ending, which would say its format"
        message = f"no format has the ending {ending}" if ending else nameless
        raise AutodiffError(message, hint=f"{name[:60]} may end in {', '.join(endings)}")
    return found


def _agreement(asked: str, endings: Mapping[str, str]) -> str:
    """What to do where the ending and the format that is asked for are two things."""
    others = [ending for ending, format_ in endings.items() if format_ == asked]
    if not others:
        return "leave one of them out"
    return f"--format alone prints it, and {' or '.join(others)} is its ending"
