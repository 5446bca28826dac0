"""Value and derivatives for elsewhere: as mathematics in LaTeX, or as code in one of several languages."""

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from autodiff_cli.codegen.names import identifiers
from autodiff_cli.errors import AutodiffError, did_you_mean

if TYPE_CHECKING:
    from autodiff_cli.codegen.writer import Language
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.engine.value import Value
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


def header(
    expression: "Expression",
    wanted: Collection[tuple[str, ...]],
    name: str = "",
    results: "Mapping[str, Expression] | None" = None,
) -> str:
    """The header of C code, with its prototype."""
    from autodiff_cli.codegen import c
    from autodiff_cli.codegen.lower import lower

    return c.header(lower(expression, wanted, results=results), name or "f")


def write(
    expression: "Expression",
    target: str,
    wanted: Collection[tuple[str, ...]],
    name: str = "",
    results: "Mapping[str, Expression] | None" = None,
) -> tuple[str, list[str]]:
    """The text for a target, and notes on it. A derivative is named by the variables it is taken by, in turn.

    It is of the expression's result, or of several `results` by their names.

    The function is called f, or has the `name` that is given. Raises AutodiffError where the target is unknown, or has
    no way to say something, or cannot have a function of that name.
    """
    from autodiff_cli.codegen.writer import MissingFunctionError
    from autodiff_cli.symbolic import formulas

    target = named(target)
    for one in (results or {"": expression}).values():
        formulas.check_result(one)
    if name and target not in FUNCTIONS:
        raise AutodiffError(
            f"{target} has no function that has a name", hint=f"as in --to {FUNCTIONS[0]} --name {name}"
        )
    if target in FORMULAS:
        text, conditions, notes = _typeset(expression, wanted, results)
        if target != "latex":
            text = getattr(import_module(f"autodiff_cli.codegen.{target}"), target)(text)
        return text + "\n", notes + formulas.holds(conditions)
    from autodiff_cli.codegen.lower import lower

    called = {"name": _checked(name, target)} if name else {}
    backend: Callable[..., str] = getattr(import_module(f"autodiff_cli.codegen.{target}"), target)
    try:
        return backend(
            lower(expression, wanted, results=results), **called
        ), []  # code says where it does not hold by being nan there
    except MissingFunctionError as error:
        raise _missing(error.function, target) from None


def _typeset(
    expression: "Expression", wanted: Collection[tuple[str, ...]], results: "Mapping[str, Expression] | None"
) -> tuple[str, list[str], list[str]]:
    """The derivatives as LaTeX, where they hold, and notes on them."""
    from autodiff_cli.codegen.latex.equations import derivatives, jacobian
    from autodiff_cli.symbolic import formulas

    if not results:
        found, conditions, notes = formulas.graphs(expression, wanted)
        return derivatives(expression.root, found, steps=expression.steps, name=expression.name), conditions, notes
    made: dict[tuple[str, tuple[str, ...]], Value] = {}
    conditions, notes = list[str](), list[str]()
    for name, one in results.items():
        found, where, said = formulas.graphs(one, wanted)
        made |= {(name, by): root for by, root in found.items()}
        conditions, notes = [*dict.fromkeys([*conditions, *where])], [*dict.fromkeys([*notes, *said])]
    below = {name: node for one in results.values() for name, node in one.steps.items()}
    return jacobian({name: one.root for name, one in results.items()}, made, steps=below), conditions, notes


def _language(target: str) -> "Language":
    language: Language = import_module(f"autodiff_cli.codegen.{target}").LANGUAGE
    return language


def _missing(function: "Function", target: str) -> AutodiffError:
    """The error where a language has no way to say a function, which names those that have."""
    having = [one for one in FUNCTIONS if _language(one).can_say(function)]
    hint = f"{', '.join(having)} {'have' if len(having) > 1 else 'has'} it" if having else "write it by other functions"
    return AutodiffError(f"{function.name} cannot be had in {target}", hint=hint)
