"""autodiff: derivatives of expressions, each beside an independent check.

`Value` is the engine, `parse` reads an expression, `define` makes a function, `check_gradient` and `assert_gradient`
hold a gradient of any Python function against differences; each is imported when first asked for, as are `nn`,
`functions` and `drawing`. The rooms, in the order of reading: `rules`, `engine`, `language`, `witness`, `exact`,
`symbolic`, `codegen`, `columns`, `tables`, `reports`, `render`, `commands`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autodiff_cli.engine.value import Value as Value
    from autodiff_cli.gradients import assert_gradient as assert_gradient
    from autodiff_cli.gradients import check_gradient as check_gradient
    from autodiff_cli.library import parse as parse
    from autodiff_cli.own import define as define

    value = Value
    __version__: str

__all__ = ["Value", "assert_gradient", "check_gradient", "define", "parse", "value"]


def _notebook_view(value: "Value") -> dict[str, str]:
    """What a notebook shows of a Value: its graph. Values know of no picture themselves."""
    from autodiff_cli.render.notebook import bundle

    return bundle(value)


def __dir__() -> list[str]:
    return sorted([*__all__, "__doc__", "__name__", "__path__", "__version__", "drawing", "functions", "nn"])


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext autodiff_cli` asks for: the magic `%autodiff`."""
    from autodiff_cli.magic import load

    load(shell)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in ("Value", "value"):
            from autodiff_cli.engine import value

            value.notebook_view = _notebook_view
            return value.Value
        if name == "parse":
            from autodiff_cli.library import parse

            return parse
        if name == "define":
            from autodiff_cli.own import define

            return define
        if name in ("assert_gradient", "check_gradient"):
            from autodiff_cli import gradients

            return getattr(gradients, name)
        if name in ("drawing", "functions", "nn"):
            from importlib import import_module

            return import_module(f"{__name__}.{name}")
        if name == "__version__":
            from importlib.metadata import version

            return version("autodiff-cli")
        raise AttributeError(f"module 'autodiff_cli' has no attribute {name!r}")
