"""An expression as a fast plain function: the Python backend's text, run over our own names."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from inspect import Parameter, Signature
from itertools import dropwhile
from keyword import iskeyword, kwlist
from math import ceil, floor, inf, isfinite, nan, trunc
from types import MethodType
from typing import Any

from autodiff_cli.codegen.forms import GREATEST, ROOTS, SIGN_OF, Form, call
from autodiff_cli.codegen.graph_builder import GraphBuilder
from autodiff_cli.codegen.lower import DEFINED, lower
from autodiff_cli.codegen.names import headline, identifiers
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.python import FORMS, LANGUAGE
from autodiff_cli.codegen.writer import Language, Written, is_first
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import forward, toposort
from autodiff_cli.engine.printer import name_of
from autodiff_cli.engine.value import Value, as_float, node, rule_of
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
        number = _computed(function, args)
        if number is not None:
            return graph.number(number)
        if function.name == "fma" and args[0] is args[1]:
            return graph.formula(_FMA, "a, c", args[0], args[2])
        return super().rewrite(graph, function, args)

    def formula(self, function: Function) -> str:
        formula = super().formula(function)
        is_kernel = function.name in KERNELS and is_first(function)
        if formula or is_kernel or self.has(function):
            return formula
        return function.value

    def named(self, program: Program) -> set[Value]:
        return {*_exponentials(program), *_terms(program), *_written_twice(program)}


def _written_twice(program: Program) -> list[Value]:
    """What is made whole: its sign is asked for as well."""
    return [step.args[0] for step in program.steps if _op(step) in _TO_WHOLE]


def _computed(function: Function, args: tuple[Value, ...]) -> float | None:
    """What a function of numbers alone comes to, if that is finite."""
    if any([arg.requires_grad for arg in args]):  # noqa: C419
        return None
    made = node(rule_of(function), args)
    forward((made,))
    return made.data if isfinite(made.data) else None


def _op(node: Value) -> str:
    return node.rule.function.name


def _gradients(program: Program) -> list[Value]:
    return [node for key, node in program.outputs.items() if key not in ((), DEFINED)]


def _exponentials(program: Program) -> list[Value]:
    """Operations whose results, all positive, are soon so large or small that products of them lose digits."""
    if not _gradients(program):
        return []
    return list(filter(_is_exponential, program.steps))


def _is_exponential(step: Value) -> bool:
    """Whether it is exp(x), 2^x and the like."""
    if _op(step) == "pow":
        base = step.args[0]
        return not base.requires_grad and base.data > 0
    return _op(step) in ("exp", "exp2", "cosh")


def _terms(program: Program) -> list[Value]:
    """The products that a gradient is the sum of: there an operation that has left the range of floats shows.

    It does as 0 or inf. The last product alone may be so: then the gradient is.
    """
    value = set(toposort([program.outputs[()]]))
    backward = [step for step in program.steps if step not in value]
    summands = _summands(backward, _gradients(program))
    pending = set(backward)  # all but the terms
    terms = []
    for step in filter(_is_product, backward):
        if step in summands and not pending.isdisjoint(step.args):
            terms.append(step)
            pending.remove(step)
    return terms


def _summands(backward: Iterable[Value], gradients: Iterable[Value]) -> set[Value]:
    """The gradients, and what sums and choices take, without a minus in front."""
    taken = [*gradients]
    for step in backward:
        taken += step.args[_TAKEN_FROM.get(_op(step), len(step.args)) :]
    return set(map(_without_minus, taken))


_TAKEN_FROM = {"add": 0, "sub": 0, "where": 1}


def _is_product(value: Value) -> bool:
    return _op(value) in ("mul", "div")


def _without_minus(value: Value) -> Value:
    return value.args[0] if _op(value) == "neg" else value


def _number(data: float, _: str | None) -> str:
    return repr(data)  # infinities and nan by names of the namespace


def _floats(*given: float) -> tuple[float, ...]:
    """What stands for the arguments where some are no floats: integers and NumPy's numbers as floats."""
    return tuple([as_float(one) for one in given])


class _Missing:
    """Stands for an argument that was not given, where Python wants a default since one before it has one."""

    def __repr__(self) -> str:
        return "required"


_MISSING = _Missing()
_TO_WHOLE = ("ceil", "floor", "round", "trunc")
_MATH = {name: call(name) for name, form in LANGUAGE.forms.items() if form.text.startswith("math.") and name in KERNELS}
_FAST = _Fast(
    **{
        **{one: getattr(LANGUAGE, one) for one in LANGUAGE.__dataclass_fields__},
        "forms": {name: form for name, form in FORMS.items() if name not in ("max", "min")}
        | _MATH
        | {name: Form(f"copysign({name}({{0}}), {{0}})") for name in _TO_WHOLE},  # keeps the sign of zero
        "number": _number,
        "real": lambda data, label: "",
        "rewrites": {
            "csch": "1 / sinh(x)",
            **GREATEST,
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
_NAMESPACE: dict[str, Any] = {name: kernel for name, kernel in KERNELS.items() if name not in (*FORMS, *_TO_WHOLE)} | {
    "ceil": ceil,
    "floor": floor,
    "inf": inf,
    "nan": nan,
    "trunc": trunc,
    "__builtins__": {"abs": abs, "float": float, "round": round},
    "errors": ERRORS,
    "floats": _floats,
    "missing": _MISSING,
}


def compile_(expression: Expression, names: Iterable[str] | None = None) -> Compiled:
    """A function of floats, by position or name, that returns the value and a tuple of derivatives.

    Its parameters are the expression's variables in order; the derivatives are by `names`, or by all variables. A
    dictionary would cost as much as the computation. Where plain floats raise, or may have left their range on the way
    to a gradient, it computes as `Expression.gradient` does.

    >>> compile_(parse("a = 2; a*x^2"))(x=3.0)
    (18.0, (9.0, 12.0))
    """
    return _Travelling(expression, names).compiled


class _Travelling:
    """A compiled function, as a bound method: that is copied and pickled as the formula that it was made of."""

    __slots__ = ("_function", "_made_of")

    def __init__(self, expression: Expression, names: Iterable[str] | None) -> None:
        self._made_of = expression, None if names is None else tuple(names)
        self._function = _compiled(*self._made_of)

    @property
    def compiled(self) -> Compiled:
        """The function."""
        return MethodType(self._function, self)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._made_of


def _compiled(expression: Expression, names: Iterable[str] | None) -> Compiled:
    """The function, whose first parameter is there for a method's sake."""
    program = lower(expression, None if names is None else [(name,) for name in names], separate=True)
    inputs = list(program.inputs)
    by = [key[0] for key in program.outputs if key not in ((), DEFINED)]
    defaults = _defaults(program)

    def careful(*values: float) -> tuple[float, tuple[float, ...]]:
        value, gradient = expression.value_and_gradient(dict(zip(inputs, values, strict=True)))
        return value, tuple([gradient[name] for name in by])

    written = Written(program, _FAST, {name: f"v{index}" for index, name in enumerate(inputs)})
    scope = _NAMESPACE | {"careful": careful, "refuse": partial(_refuse, inputs)}
    exec(_text(written, defaults), scope)  # noqa: S102 - built of the table and our own names
    compiled = scope["compiled"]
    code = compiled.__code__  # parameters get their names here, where text in them cannot run
    compiled.__code__ = code.replace(co_varnames=("(formula)", *inputs, *code.co_varnames[len(inputs) + 1 :]))
    compiled.__defaults__ = defaults
    compiled.__signature__ = _signature(inputs, defaults)
    compiled.__doc__ = _about(program, by)
    made: Compiled = compiled
    return made


def _refuse(names: Sequence[str], *values: object) -> None:
    """Raise what Python does where arguments are missing."""
    lacking = [repr(name) for name, value in zip(names, values, strict=True) if value is _MISSING]
    plural = "s" * (len(lacking) > 1)
    raise TypeError(f"compiled() missing {len(lacking)} required argument{plural}: {' and '.join(lacking)}")


def _defaults(program: Program) -> tuple[object, ...]:
    """The defaults of the last parameters, from the first that has one on."""
    defaults = program.defaults
    optional = dropwhile(lambda name: name not in defaults, program.inputs)
    return tuple([defaults.get(name, _MISSING) for name in optional])


def _text(written: Written, defaults: Sequence[object]) -> str:
    """The function's text: refuse, floats, compute, guard, or else be careful.

    >>> program = lower(parse("a = 2; 1/(a + exp(x))"), separate=True)
    >>> print(_text(Written(program, _FAST, {"a": "v0", "x": "v1"}), _defaults(program)))
    def compiled(self, v0, v1):
        if v1 is missing: refuse(v0, v1)
        if not (v0.__class__ is v1.__class__ is float): v0, v1, = floats(v0, v1)
        try:
            t1 = exp(v1)
            t2 = v0 + t1
            t3 = 1.0 / t2
            t4 = t3 / t2
            t5 = t4 * t1
            value = t3
            if value == value and 1e-100 < t1 < 1e100 and t5 and (t5) * 0.0 == 0.0:
                return value, (-t4, -t5, )
        except errors:
            pass
        return careful(v0, v1)
    """
    names = list(written.names.values())
    arguments = ", ".join(names)
    first = len(names) - len(defaults)
    unset = [name for name, data in zip(names[first:], defaults, strict=True) if data is _MISSING]
    kinds = "".join([f"{name}.__class__ is " for name in names])
    outputs = {key: f"({text})" if " if " in text else text for key, text in written.outputs.items()}
    gradients = [f"{text}, " for key, text in outputs.items() if key not in ((), DEFINED)]
    lines = [
        f"def compiled({', '.join(['self', *names])}):",
        *([f"    if {' or '.join(f'{name} is missing' for name in unset)}: refuse({arguments})"] if unset else []),
        *([f"    if not ({kinds}float): {arguments}, = floats({arguments})"] if names else []),
        "    try:",
        *_begun(written),
        *written.lines("        "),
        f"        value = {outputs[()]}",
        f"        if {' and '.join(_guards(written))}:",
        f"            return value, ({''.join(gradients)})",
        "    except errors:",
        "        pass",
        f"    return careful({arguments})",
    ]
    return "\n".join(lines)


def _begun(written: Written) -> list[str]:
    """What is watched and computed in a branch alone has a harmless number where that is not taken."""
    program = written.program
    watched = [*_exponentials(program), *_terms(program)]
    in_branches = [written.name(step) for step in watched if () not in program.paths[step]]
    return [f"        {' = '.join([*in_branches, '1.0'])}"] * bool(in_branches)


def _guards(written: Written) -> list[str]:
    """The conditions under which what was computed is right."""
    program = written.program
    guards = ["value == value"]
    guards += [f"1e-100 < {written.name(step)} < 1e100" for step in _exponentials(program)]
    if DEFINED in program.outputs:
        guards.append(f"({written.condition(program.outputs[DEFINED])})")
    terms = [written.name(step) for step in _terms(program)]
    finite = [f"({' + '.join(terms)}) * 0.0 == 0.0"] if terms else []
    return guards + terms + finite


def _signature(names: Sequence[str], defaults: Sequence[object]) -> Signature:
    """The parameters, under other names where `inspect` does not take theirs."""
    shown = map(_shown, names, identifiers(names, kwlist).values())
    required = len(names) - len(defaults)
    given = [*[Parameter.empty] * required, *defaults]
    kind = Parameter.POSITIONAL_OR_KEYWORD
    bound = Parameter("self", Parameter.POSITIONAL_ONLY)
    return Signature([bound, *[Parameter(name, kind, default=data) for name, data in zip(shown, given, strict=True)]])


def _shown(name: str, plain: str) -> str:
    return name if name.isidentifier() and not iskeyword(name) else plain


def _about(program: Program, by: Sequence[str]) -> str:
    derivatives = ", ".join([name_of([name]) for name in by]) + "," * (len(by) == 1)
    return (
        f"The value of {headline(program)} and its derivatives.\n\n"
        f"Takes {', '.join(program.inputs) or 'nothing'}, and returns the value and ({derivatives}); "
        "nan where there is no value."
    )
