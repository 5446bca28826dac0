"""An expression as a fast plain function: the Python backend's text, run over our own names."""

from collections.abc import Callable, Iterable, Sequence
from inspect import Parameter, Signature
from keyword import iskeyword, kwlist
from math import ceil, floor, inf, isfinite, nan, trunc
from typing import Any

from autodiff_cli.codegen.graph import GraphBuilder
from autodiff_cli.codegen.lower import DEFINED, lower
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.python import FORMS, LANGUAGE, ROOTS, SIGN_OF
from autodiff_cli.codegen.writer import Form, Language, Written, call, headline, identifiers, is_first
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import name_of
from autodiff_cli.engine.value import Value, as_float, forward, node, rule_of, toposort
from autodiff_cli.rules.kernels.floats import ERRORS, KERNELS
from autodiff_cli.rules.table import Function

Compiled = Callable[..., tuple[float, tuple[float, ...]]]


def _high(x: str) -> str:
    return f"(134217729 * {x} - (134217729 * {x} - {x}))"


def _low(x: str) -> str:
    return f"({x} - {_high(x)})"


# x*x + c by the rounding error of the square (Dekker 1971): within an ulp of what is rounded once. Beyond its range
# the table's rules need no more than x*x + c
_SQUARED = "(a * a + c)"
_FMA = (
    f"where(abs(a) < 2**500, {_SQUARED} + ((({_high('a')} * {_high('a')} - a * a) + {_high('a')} * {_low('a')}"
    f" + {_low('a')} * {_high('a')}) + {_low('a')} * {_low('a')}), {_SQUARED})"
)


class _Fast(Language):
    """Python as it runs fastest: numbers computed beforehand, formulas in place of calls."""

    def rewrite(self, graph: GraphBuilder, function: Function, args: tuple[Value, ...]) -> Value | None:
        if not any([arg.requires_grad for arg in args]):  # noqa: C419
            made = node(rule_of(function), args)
            forward((made,))
            if isfinite(made.data):
                return graph.number(made.data)
        if function.name == "fma" and args[0] is args[1]:
            return graph.formula(_FMA, "a, c", args[0], args[2])
        rewritten = super().rewrite(graph, function, args)
        kernel = function.name in KERNELS and is_first(function)
        if rewritten is None and function.value and not kernel and not self.has(function):
            return graph.formula(function.value, ", ".join(function.args), *args)
        return rewritten

    def named(self, program: Program) -> set[Value]:
        return {*_grown(program), *_products(program)}


def _op(node: Value) -> str:
    return node.rule.function.name


def _grown(program: Program) -> list[Value]:
    """Steps whose results, all positive, are soon so large or small that products of them lose digits."""
    if not _slopes(program):
        return []
    return [step for step in program.steps if _is_exponential(step) and () in program.paths[step]]


def _is_exponential(step: Value) -> bool:
    if _op(step) == "pow":
        return not step.args[0].requires_grad and step.args[0].data > 0
    return _op(step) in ("exp", "exp2", "cosh")


def _slopes(program: Program) -> list[Value]:
    return [node for key, node in program.outputs.items() if key not in ((), DEFINED)]


def _products(program: Program) -> list[Value]:
    """What a gradient is the sum of: there a step that has left the range of floats shows, as 0 or inf.

    The last product alone may: then so does the slope.
    """
    value = set(toposort([program.outputs[()]]))
    slopes = _slopes(program)
    sums = [step for step in program.steps if step not in value and _op(step) in ("add", "sub")]
    ends = {
        node.args[0] if _op(node) == "neg" else node for node in (*slopes, *(a for step in sums for a in step.args))
    }
    found: dict[Value, None] = {}
    for step in program.steps:
        wanted = step in ends and step not in value and _op(step) in ("mul", "div") and () in program.paths[step]
        if wanted and any(arg.args and arg not in value and arg not in found for arg in step.args):
            found[step] = None
    return list(found)


_MATH = {name: call(name) for name, form in LANGUAGE.forms.items() if form.text.startswith("math.") and name in KERNELS}
_FAST = _Fast(
    **{
        **{one: getattr(LANGUAGE, one) for one in LANGUAGE.__dataclass_fields__},
        "forms": {name: form for name, form in FORMS.items() if name not in ("max", "min")}
        | _MATH
        | {name: Form(f"float({name}({{}}))") for name in ("floor", "ceil", "trunc")},
        "number": lambda data, label: repr(data) if isfinite(data) else "nan" if data != data else f"{data}",
        "real": None,
        "rewrites": {
            "csch": "1 / sinh(x)",
            "max": "where(a >= b, a, where(b > a, b, a + b))",
            "min": "where(a <= b, a, where(b < a, b, a + b))",
            "sech": "1 / cosh(x)",
            "sign": SIGN_OF,
        },
        "powers": ROOTS | {2: "x * x"},
        "helper": "{}",
        "source": lambda name: {name: ""},
        "pairs": True,
        "width": 150,
    }
)
_NAMESPACE: dict[str, Any] = {name: kernel for name, kernel in KERNELS.items() if name not in FORMS} | {
    "ceil": ceil,
    "floor": floor,
    "inf": inf,
    "nan": nan,
    "trunc": trunc,
    "__builtins__": {"abs": abs, "float": float, "round": round},
    "errors": ERRORS,
}


def _floats(*given: float) -> tuple[float, ...]:
    """What stands for the arguments where some are no floats: integers and NumPy's numbers as floats."""
    return tuple([as_float(one) for one in given])


class _Missing:
    """Stands for an argument that was not given, where Python wants a default since one before it has one."""

    def __repr__(self) -> str:
        return "required"


_MISSING = _Missing()


def compile_(expression: Expression, names: Iterable[str] | None = None) -> Compiled:
    """A function of floats, by position or name, that returns the value and a tuple of derivatives.

    Its parameters are the expression's variables in order; the derivatives are by `names`, or by all variables. A
    dictionary would cost as much as the computation. Where plain floats raise, or may have left their range on the way
    to a slope, it computes as `Expression.gradient` does.
    """
    program = lower(expression, None if names is None else [(name,) for name in names], separate=True)
    by = [key[0] for key in program.outputs if key not in ((), DEFINED)]
    inputs = list(program.inputs)

    def careful(*values: float) -> tuple[float, tuple[float, ...]]:
        value, gradient = expression.value_and_gradient(dict(zip(inputs, values, strict=True)))
        return value, tuple([gradient[name] for name in by])

    def refuse(*values: object) -> None:
        lacking = [repr(name) for name, value in zip(inputs, values, strict=True) if value is _MISSING]
        plural = "s" if len(lacking) > 1 else ""
        raise TypeError(f"compiled() missing {len(lacking)} required argument{plural}: {' and '.join(lacking)}")

    written = Written(program, _FAST, {name: f"v{index}" for index, name in enumerate(inputs)})
    outputs = {key: f"({text})" if " if " in text else text for key, text in written.outputs.items()}
    value = outputs.pop(())
    arguments = ", ".join(written.names.values())
    first = next((index for index, name in enumerate(inputs) if name in program.defaults), len(inputs))
    defaults = tuple([program.defaults.get(name, _MISSING) for name in inputs[first:]])
    unset = [f"v{index}" for index, data in enumerate(defaults, first) if data is _MISSING]
    products = [written.name(step) for step in _products(written.program)]
    conditions = ["value == value", *(f"1e-100 < {written.name(step)} < 1e100" for step in _grown(written.program))]
    if outputs.pop(DEFINED, ""):
        conditions.append(f"({written.condition(written.program.outputs[DEFINED])})")
    conditions += products
    if products:
        conditions.append(f"({' + '.join(products)}) * 0.0 == 0.0")  # none is infinite or nan
    floats = "".join(f"{name}.__class__ is " for name in written.names.values())
    lines = [
        f"def compiled({arguments}):",
        *([f"    if {' or '.join(f'{name} is missing' for name in unset)}: refuse({arguments})"] if unset else []),
        *([f"    if not ({floats}float): {arguments}, = floats({arguments})"] if inputs else []),
        "    try:",
        *written.lines("        "),
        f"        value = {value}",
        f"        if {' and '.join(conditions)}:",
        f"            return value, ({''.join(f'{text}, ' for text in outputs.values())})",
        "    except errors:",
        "        pass",
        f"    return careful({arguments})",
    ]
    scope = {**_NAMESPACE, "floats": _floats, "careful": careful, "missing": _MISSING, "refuse": refuse}
    exec("\n".join(lines), scope)  # noqa: S102 - built of the table and our own names
    compiled = scope["compiled"]
    code = compiled.__code__  # parameters get their names here, where text in them cannot run
    compiled.__code__ = code.replace(co_varnames=(*inputs, *code.co_varnames[len(inputs) :]))
    compiled.__defaults__ = defaults
    compiled.__signature__ = _signature(inputs, defaults)
    compiled.__doc__ = _about(program, inputs, by)
    made: Compiled = compiled
    return made


def _signature(names: Sequence[str], defaults: Sequence[object]) -> Signature:
    """The parameters, under other names where `inspect` does not take theirs."""
    spelled = identifiers(names, kwlist)
    first = len(names) - len(defaults)
    return Signature(
        [
            Parameter(
                name if name.isidentifier() and not iskeyword(name) else spelled[name],
                Parameter.POSITIONAL_OR_KEYWORD,
                default=defaults[index - first] if index >= first else Parameter.empty,
            )
            for index, name in enumerate(names)
        ]
    )


def _about(program: Program, inputs: Sequence[str], by: Sequence[str]) -> str:
    slopes = f"({', '.join(f'{name_of([name])}' for name in by)}{',' * (len(by) == 1)})"
    return (
        f"The value of {headline(program)} and its derivatives.\n\n"
        f"Takes {', '.join(inputs) or 'nothing'}, and returns the value and {slopes}; nan where there is no value."
    )
