"""The command line in a notebook: `%load_ext autodiff_cli`, then `%autodiff eval "x^2" --x 2`."""

import io
import shlex
from contextlib import redirect_stdout
from typing import Any

from autodiff_cli.commands.group import COMMANDS, run
from autodiff_cli.commands.said import Said
from autodiff_cli.errors import AutodiffError

_PICTURES = {b"\x89PNG": "image/png", b"<?xml": "image/svg+xml", b"<svg": "image/svg+xml"}


class Picture:
    """A picture that a command has made, which a notebook shows."""

    def __init__(self, data: bytes, kind: str) -> None:
        self.data = data
        self.kind = kind

    def __repr__(self) -> str:
        return f"<a picture, {self.kind}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        shown = self.data.decode() if self.kind.endswith("xml") else self.data
        return {"text/plain": repr(self), self.kind: shown}


def load(shell: Any) -> None:
    """Give an IPython shell the magic, which runs commands in its own process: what is defined there is known."""

    def autodiff(line: str, cell: str | None = None) -> Picture | None:
        """Run autodiff as at the command line; %%autodiff takes the cell for the expression, program or working."""
        data = io.BytesIO()
        with io.TextIOWrapper(data, encoding="utf-8", write_through=True) as stream:
            with redirect_stdout(stream):
                code = _run(line, cell)
            shell.user_ns["_exit_code"] = code  # where IPython has that of !command
            return _show(data.getvalue())

    autodiff._ipython_magic_no_var_expand = True  # type: ignore[attr-defined]  # \frac{1}{2} is no {1} of Python
    shell.register_magic_function(autodiff, "line_cell", "autodiff")


def _run(line: str, cell: str | None) -> int:
    try:
        words = shlex.split(line)
    except ValueError:
        error = AutodiffError("a quotation mark is not closed", hint="""as in %autodiff eval "x^2" --x 2""")
        Said().error(error)
        return 2
    if cell is not None:
        at = bool(words) and words[0] in COMMANDS
        words = [word for word in words if word != "-"]  # the cell stands for what else is on standard input
        words[at:at] = [cell.strip("\n")]
    return int(run(words))


def _show(data: bytes) -> Picture | None:
    """Print what a command has printed; a picture is returned, for the notebook to show."""
    for begins, kind in _PICTURES.items():
        if data.startswith(begins):
            return Picture(data, kind)
    print(data.decode(errors="backslashreplace"), end="")
    return None
