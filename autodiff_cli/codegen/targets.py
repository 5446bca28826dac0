"""Value and derivatives for elsewhere: as mathematics in LaTeX, or as code in one of several languages."""

from collections.abc import Callable, Collection
from importlib import import_module
from typing import TYPE_CHECKING

from autodiff_cli.codegen.names import identifiers
from autodiff_cli.errors import AutodiffError, did_you_mean

if TYPE_CHECKING:
    from autodiff_cli.codegen.writer import Language
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.rules.table import Function

# Those whose code is a function, and has a name
FUNCTIONS = (*("python", "numpy", "jax", "torch", "c", "cpp", "rust", "fortran", "julia", "matlab", "javascript"),)
FORMULAS = ("latex", "typst", "mathml")  # those that are mathematics to look at
CODE = (*FUNCTIONS, "json", "sympy")
TARGETS = (*FORMULAS, *CODE)
ENDINGS = {
    ".py": "python",
    ".c": "c",
    ".cpp": "cpp",
    ".cc": "cpp",
    ".js": "javascript",
    ".rs": "rust",
    ".f90": "fortran",
    ".jl": "julia",
    ".m": "matlab",
    ".tex": "latex",
    ".typ": "typst",
    ".mml": "mathml",
}  # files that can be but one target
_ALIASES = {ending.removeprefix("."): target for ending, target in ENDINGS.items()} | {
    "c++": "cpp",
    "html": "mathml",
    "node": "javascript",
    "np": "numpy",
    "octave": "matlab",
    "pytorch": "torch",
}  # other names of targets


def named(target: str) -> str:
    """The target of a name, or of another name for it. Raises AutodiffError where there is none.

    >>> named("Octave"), named("latex")
    ('matlab', 'latex')
    """
    known = _ALIASES.get(target.lower(), target.lower())
    if known in TARGETS:
        return known
    hint = did_you_mean(known, sorted({*TARGETS, *_ALIASES})) or f"there are {', '.join(TARGETS)}"
    raise AutodiffError(f"there is no target '{target}'", hint=hint)


def _checked(name: str, target: str) -> str:
    """The name of a function. Raises AutodiffError where the language cannot have it."""
    language = _language(target)
    called = name.lower() if language.one_case else name
    if identifiers([called], language.taken)[called] != called:
        hint = f"{target} has that word already" if name.isidentifier() else "letters, digits and _ make a name"
        raise AutodiffError(f"no function can be called '{name}' in {target}", hint=hint)
    return name


def header(expression: "Expression", wanted: Collection[tuple[str, ...]], name: str = "") -> str:
    """The header of C code, with its prototype."""
    from autodiff_cli.codegen import c
    from autodiff_cli.codegen.lower import lower

    return c.header(lower(expression, wanted), name or "f")


def write(
    expression: "Expression", target: str, wanted: Collection[tuple[str, ...]], name: str = ""
) -> tuple[str, list[str]]:
    """The text for a target, and notes on it. A derivative is named by the variables it is taken by, in turn.

    The function is called f, or has the `name` that is given. Raises AutodiffError where the target is unknown, or has
    no way to say something, or cannot have a function of that name.
    """
    from autodiff_cli.codegen.writer import MissingFunctionError
    from autodiff_cli.symbolic import formulas

    target = named(target)
    formulas.check_result(expression)
    if name and target not in FUNCTIONS:
        raise AutodiffError(
            f"{target} has no function that has a name", hint=f"as in --to {FUNCTIONS[0]} --name {name}"
        )
    if target in FORMULAS:
        from autodiff_cli.codegen.latex.equations import derivatives

        found, conditions, notes = formulas.graphs(expression, wanted)
        text = derivatives(expression.root, found, steps=expression.steps, name=expression.name)
        if target != "latex":
            text = getattr(import_module(f"autodiff_cli.codegen.{target}"), target)(text)
        return text + "\n", notes + formulas.holds(conditions)
    from autodiff_cli.codegen.lower import lower

    called = {"name": _checked(name, target)} if name else {}
    backend: Callable[..., str] = getattr(import_module(f"autodiff_cli.codegen.{target}"), target)
    try:
        return backend(lower(expression, wanted), **called), []  # code says where it does not hold by being nan there
    except MissingFunctionError as error:
        raise _missing(error.function, target) from None


def _language(target: str) -> "Language":
    language: Language = import_module(f"autodiff_cli.codegen.{target}").LANGUAGE
    return language


def _missing(function: "Function", target: str) -> AutodiffError:
    """The error where a language has no way to say a function, which names those that have."""
    having = [one for one in FUNCTIONS if _language(one).can_say(function)]
    hint = f"{', '.join(having)} {'have' if len(having) > 1 else 'has'} it" if having else "write it by other functions"
    return AutodiffError(f"{function.name} cannot be had in {target}", hint=hint)
