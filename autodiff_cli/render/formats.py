"""The formats of plots, graphs, traces and derivations: what each is called, which files have it, what makes it.

One is added by a function in a file of this folder, which makes text or bytes of a report, and a line in a table below;
then `--format` offers it, and `-o` knows the endings of its files.
"""

from importlib import import_module
from typing import Any, NamedTuple


class Format(NamedTuple):
    """A format, as `--format` has it, and the endings of its files.

    `made_by` names a function as "file:function", loaded when it is needed; `takes` is what it wants beside the report.
    """

    name: str
    endings: tuple[str, ...]
    made_by: str
    takes: tuple[str, ...] = ()
    printed: bool = True  # whether --format offers it


class Formats(NamedTuple):
    """The formats of a command: the usual one, which is for people, others, and pictures.

    `shown_by` is what shows the usual one on a terminal, in colours and as wide as that is.
    """

    usual: Format
    shown_by: str
    others: tuple[Format, ...]
    pictures: tuple[Format, ...] = ()

    def by_name(self) -> dict[str, Format]:
        """All formats, the usual one first."""
        return {one.name: one for one in (self.usual, *self.others, *self.pictures)}

    def choices(self) -> list[str]:
        """What `--format` offers."""
        formats = self.by_name()
        return [*filter(lambda name: formats[name].printed, formats)]

    def endings(self) -> dict[str, str]:
        """The names of the formats by the endings of their files: ".json" is "json"."""
        found: dict[str, str] = {}
        for one in (*self.pictures, *self.others, self.usual):
            found |= dict.fromkeys(one.endings, one.name)
        return found

    def picture_endings(self) -> dict[str, str]:
        """The names of the pictures by the endings of their files."""
        return {ending: one.name for one in self.pictures for ending in one.endings}

    def draws(self, name: str) -> bool:
        """Whether that is the name of a picture."""
        return any(one.name == name for one in self.pictures)

    def show(self, report: Any, **asked: Any) -> None:
        """Print a report for people."""
        _call(self.shown_by, self.usual.takes, report, asked)

    def write(self, name: str, report: Any, **asked: Any) -> bytes:
        """A report in the format of that name; of what is `asked` for, it takes what matters to it."""
        one = self.by_name()[name]
        made = _call(one.made_by, one.takes, report, asked | {"format": name})
        return made if isinstance(made, bytes) else f"{made}\n".encode()


def _call(path: str, takes: tuple[str, ...], report: Any, asked: dict[str, Any]) -> Any:
    file, _, function = path.partition(":")
    options = {option: asked[option] for option in takes}
    return getattr(import_module(f"autodiff_cli.render.{file}"), function)(report, **options)


PLOT = Formats(
    Format("text", (".txt",), "plot:to_text", ("size",)),
    "plot:show",
    (
        Format("json", (".json",), "points:to_json"),
        Format("csv", (".csv",), "points:to_separated", ("format",)),
        Format("tsv", (".tsv",), "points:to_separated", ("format",)),
    ),
    (
        Format("svg", (".svg",), "picture:to_bytes", ("format", "dark"), printed=False),
        Format("png", (".png",), "picture:to_bytes", ("format", "dark"), printed=False),
        Format("pdf", (".pdf",), "picture:to_bytes", ("format", "dark"), printed=False),
    ),
)
GRAPH = Formats(
    Format("tree", (".txt",), "graph:to_text", ("precision",)),
    "graph:show",
    (
        Format("dot", (".dot", ".gv"), "dot:to_dot", ("precision",)),
        Format("mermaid", (".mmd",), "dot:to_mermaid", ("precision",)),
        Format("json", (".json",), "graph:to_json"),
    ),
    (
        Format("svg", (".svg",), "dot:draw", ("format", "precision", "dark")),
        Format("png", (".png",), "dot:draw", ("format", "precision", "dark"), printed=False),
        Format("pdf", (".pdf",), "dot:draw", ("format", "precision", "dark"), printed=False),
    ),
)
TRACE = Formats(
    Format("table", (".txt",), "trace:to_text", ("precision",)),
    "trace:show",
    (
        Format("json", (".json",), "trace:to_json"),
        Format("markdown", (".md",), "trace:to_markdown", ("precision",)),
        Format("latex", (".tex",), "trace:to_latex", ("precision",)),
    ),
)
DERIVATION = Formats(
    Format("text", (".txt",), "derivation_text:to_text"),
    "derivation_text:show",
    (
        Format("json", (".json",), "derivation_steps:to_json"),
        Format("markdown", (".md",), "derivation_steps:to_markdown"),
    ),
    (Format("latex", (".tex",), "derivation_latex:to_latex", printed=False),),
)
