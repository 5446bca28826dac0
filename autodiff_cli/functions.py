"""The table's functions as plain functions of Values and numbers: `from autodiff_cli.functions import tanh`."""

from collections.abc import Callable

from autodiff_cli.engine.value import Value, plain
from autodiff_cli.rules.table import BY_NAME


def __getattr__(name: str) -> Callable[..., Value]:
    if name not in BY_NAME:
        raise AttributeError(f"no function {name!r} in the table")
    return plain(name)


__all__ = sorted(BY_NAME)


def __dir__() -> list[str]:
    return sorted(BY_NAME)
