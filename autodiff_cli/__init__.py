"""autodiff: derivatives of expressions, each beside an independent check.

`Value` is the engine, `parse` reads an expression, `define` makes a function; each is imported when first asked for.
The rooms, in the order of reading: `rules`, `engine`, `language`, `witness`, `exact`, `symbolic`, `codegen`, `columns`,
`tables`, `reports`, `render`, `commands`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autodiff_cli.engine.value import Value as Value
    from autodiff_cli.library import parse as parse
    from autodiff_cli.own import define as define

__all__ = ["Value", "define", "parse"]


def _notebook_view(value: "Value") -> dict[str, str]:
    """What a notebook shows of a Value: its graph. Values know of no picture themselves."""
    from autodiff_cli.render.notebook import bundle

    return bundle(value)


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext autodiff_cli` asks for: the magic `%autodiff`."""
    from autodiff_cli.magic import load

    load(shell)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name == "Value":
            from autodiff_cli.engine import value

            value.notebook_view = _notebook_view
            return value.Value
        if name == "parse":
            from autodiff_cli.library import parse

            return parse
        if name == "define":
            from autodiff_cli.own import define

            return define
        raise AttributeError(f"module 'autodiff_cli' has no attribute {name!r}")
