"""The functions that a language has not, as texts in a file beside this one: read when they are needed."""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from autodiff_cli.engine.graph import toposort

_NAME = re.compile(r"\bfn_\w+")


class Helpers:
    """The helpers of a file, by name; between two of them is one blank line, and none is inside one.

    The first name in a helper that begins with fn_ is its own, the others are those of what it needs.

    >>> list(Helpers("helpers.c").of("cosd"))
    ['fn_radians', 'fn_small_cosd', 'fn_small_sind', 'fn_cosd']
    """

    def __init__(self, file: str) -> None:
        self._file = file

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The text of each helper."""
        text = Path(__file__).with_name(self._file).read_text(encoding="utf-8")
        named = [(_NAME.search(part), part) for part in text.strip("\n").split("\n\n")]
        return {name[0]: part for name, part in named if name}

    def names(self) -> list[str]:
        """The names of all of them."""
        return list(self.texts)

    def of(self, function: str) -> Mapping[str, str]:
        """The helper for a function and what it needs, that first; nothing where there is none."""
        wanted = f"fn_{function}"
        if wanted not in self.texts:
            return {}
        return {one: self.texts[one] for one in toposort([wanted], before=self._needs)}

    def _needs(self, name: str) -> list[str]:
        return [one for one in _NAME.findall(self.texts[name])[1:] if one != name and one in self.texts]
