"""The libraries of an extra that a command cannot do without."""

from importlib.util import find_spec

from autodiff_cli.errors import AutodiffError

_SPOKEN = {"numpy": "NumPy", "scipy": "SciPy"}


def require(extra: str, *modules: str) -> None:
    """Raise AutodiffError, which names the extra, for the first of these modules that is missing."""
    for module in modules:
        if find_spec(module) is None:
            message = f"this needs {_SPOKEN.get(module, module)}, which is not installed"
            raise AutodiffError(message, hint=f"pip install 'autodiff-cli[{extra}]'")
