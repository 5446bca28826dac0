"""Words that begin with a dash and are no option here: what was probably meant. Only an error needs this file."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import click

from autodiff_cli.commands.output import OfferingOption
from autodiff_cli.errors import AutodiffError, near

_MEANING = {  # how other programs call what we have
    "out": "--output",
    "var": "--wrt",
    "variable": "--wrt",
    "variables": "--wrt",
    "by": "--wrt",
    "respect-to": "--wrt",
    "point": "--at",
    "where": "--at",
    "silent": "--quiet",
    "degree": "--order",
    "nth": "--order",
    "second": "--hessian",
    "input": "--file",
    "expression": "--file",
    "code": "--to",
    "language": "--to",
    "lang": "--to",
    "target": "--to",
    "decimals": "--precision",
    "places": "--precision",
    "exact": "--digits",
    "derivative": "--claim",
    **dict.fromkeys(("delimiter", "delim", "sep"), "--separator"),  # of tables
    **dict.fromkeys(("na", "na-values", "null-values", "missing"), "--null"),
    **dict.fromkeys(("skip", "skip-rows", "skiprows"), "--skip-lines"),
    **dict.fromkeys(("select", "keep", "usecols", "cols"), "--columns"),
    **dict.fromkeys(("filter", "query"), "--where"),
    **dict.fromkeys(("steps", "results"), "--of"),
    **dict.fromkeys(("dtype", "dtypes", "type"), "--types"),
    "header": "--no-header",
    "filename": "--source",
}


def unknown_option(ctx: click.Context, word: str, variables: Collection[str] | None = None) -> AutodiffError:
    """That there is no such option; `variables` are those of the expression, where that is known.

    The hint names what was meant: the option of which it is a choice, one of that meaning, the nearest one.
    """
    name = word.lstrip("-")
    as_variable = "" if variables is None or not word.startswith("--") else f": the expression has no variable '{name}'"
    return AutodiffError(f"unknown option {word}{as_variable}", hint=_meant(ctx, word, variables))


def is_near_option(ctx: click.Context, word: str) -> bool:
    """Whether a word is, or is spelled like, an option of some command, or a choice of one."""
    name = word.lstrip("-")
    commands = _commands(ctx).values()
    flags = [flag for command in commands for flag in _flags(command)]
    choices = [choice for command in commands for choice, _ in _choices(command)]
    return name in (*choices, *_MEANING) or bool(_near(name, flags))


def _meant(ctx: click.Context, word: str, variables: Collection[str] | None) -> str:
    name = word.lstrip("-").lower()
    own = _flags(ctx.command)
    if len(name) == 1:
        return _by_letter(word, own, variables, ctx.command_path)
    found = _as_choice(name, ctx.command) or _by_meaning(name, own)
    if found:
        return f"did you mean {found}?"
    others = {path: command for path, command in _commands(ctx).items() if command is not ctx.command}
    having = [path for path, command in others.items() if word in _flags(command)]
    if having:
        return f"{word} is an option of {_and(having)}"
    close = _near(name, [*own, *[f"--{variable}" for variable in variables or ()]])
    if close:
        return f"did you mean {' or '.join(close)}?"
    return _of_others(name, others) or _listed(variables, ctx.command_path)


def _near(name: str, flags: Sequence[str]) -> list[str]:
    """The options that are spelled like a name; the dashes do not count."""
    return [f"--{one}" for one in near(name, [flag.removeprefix("--") for flag in dict.fromkeys(flags)])]


def _by_letter(word: str, flags: Collection[str], variables: Collection[str] | None, path: str) -> str:
    """What one letter may be short for: -f is --format or --file."""
    long = [flag for flag in flags if flag.startswith(f"--{word[-1]}")]
    if word.startswith("--") or not long:
        return _listed(variables, path)
    return f"did you mean {' or '.join(long[:3])}?"


def _of_others(name: str, others: Mapping[str, click.Command]) -> str:
    """What other commands have that is near."""
    owners: dict[str, str] = {}
    for path, command in others.items():
        if choice := _as_choice(name, command):
            return f"did you mean {path} {choice}?"
        owners = dict.fromkeys(_flags(command), path) | owners
    close = _near(name, list(owners))
    return f"did you mean {close[0]}, an option of {owners[close[0]]}?" if close else ""


def _listed(variables: Collection[str] | None, path: str) -> str:
    """What there is."""
    names = f"its variables are {', '.join([*variables][:20])}; " if variables else "it has no variables; "
    return f"{names if variables is not None else ''}{path} --help lists the options"


def _by_meaning(name: str, flags: Collection[str]) -> str:
    meant = _MEANING.get(name, "")
    return meant if meant in flags else ""


def _as_choice(name: str, command: click.Command) -> str:
    """The option of which a name is a choice: --format json of json; of an ending, -o FILE.svg."""
    return next((option for choice, option in _choices(command) if choice == name), "")


def _choices(command: click.Command) -> Iterator[tuple[str, str]]:
    """What follows an option, with the option: json, --format json; svg, -o FILE.svg."""
    for option in sorted(_options(command), key=lambda option: (option.name != "format_", option.name == "output")):
        yield from [(word, f"{option.opts[0]} {given}") for word, given in _offers(option).items()]


def _offers(option: click.Option) -> Mapping[str, str]:
    """Words that an option takes, each with how it is given."""
    if isinstance(option, OfferingOption):
        return option.offers
    choices = map(str, option.type.choices) if isinstance(option.type, click.Choice) else ()
    return {choice: choice for choice in choices}


def _options(command: click.Command) -> list[click.Option]:
    return [one for one in command.params if isinstance(one, click.Option)]


def _flags(command: click.Command) -> list[str]:
    """The long options of a command."""
    flags = [flag for one in _options(command) for flag in (*one.opts, *one.secondary_opts)]
    return [*filter(lambda flag: flag.startswith("--"), flags), *["--help"] * ("--help" not in flags)]


def _commands(ctx: click.Context) -> dict[str, click.Command]:
    """All commands by how they are called, and the group itself for --version."""
    root = ctx.find_root()
    group = root.command
    if not isinstance(group, click.Group):
        return {ctx.command_path: ctx.command}
    found = {f"autodiff {name}": group.get_command(root, name) for name in group.list_commands(root)}
    return {name: command for name, command in found.items() if command} | {"autodiff": group}


def _and(names: list[str]) -> str:
    """Some names in a sentence: a, b and c."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
