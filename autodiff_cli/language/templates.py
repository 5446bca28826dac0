"""Steps that are written out wherever they are called: the functions of a text, and those of this process."""

from typing import NamedTuple

from autodiff_cli.engine.expression import Differentiated
from autodiff_cli.engine.value import Value


class Template(NamedTuple):
    """Steps to be made again with something else in the place of some nodes: the body of a function or a sum."""

    parameters: list[Value]
    nodes: list[Value]
    root: Value
    needed: list[Value]
    differentiated: list[Differentiated]


OWN: dict[str, Template] = {}  # the functions that this process has defined, which every text may call
