"""Turns the text of the rule table into callables over one kind of number."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from autodiff_cli.table import Function, find

Kernel = Callable[..., Any]
_NAMES = re.compile(r"[a-z_]\w*")


class Numbers:
    """A kind of number: the kernels it brings, and every formula of the table compiled over them when first asked for.

    `kernels` maps names of the table to callables, and `pi` and `nan` to numbers; `make` is asked for a callable
    where there is no kernel, and else the function's own formula is compiled.
    """

    def __init__(self, kernels: Mapping[str, Any], make: Callable[[Function], Kernel] | None = None) -> None:
        self._kernels = kernels
        self._make = make
        self._values: dict[tuple[str, ...], Kernel] = {}
        self._namespace: dict[str, Any] = {"__builtins__": {}, "sum": sum, "pi": kernels["pi"], "nan": kernels["nan"]}

    def value(self, function: Function) -> Kernel:
        """What computes the function, called with its arguments. Raises KeyError where a kernel is missing."""
        key = (function.name, *function.args)
        known = self._values.get(key)
        if known is None:
            if self._make:
                known = self._make(function)
            elif function.name in self._kernels and find(function.name) is function:
                known = self._kernels[function.name]
            elif function.value:
                known = self.formula(function.value, ", ".join(function.args))
            else:
                raise KeyError(f"no kernel for {function.name}")
            self._values[key] = known
        return known

    def partial(self, function: Function, index: int) -> Kernel:
        """The partial for one argument, called with the result and the arguments.

        That of a variadic function is called with the result, that argument, and the tuple of all.
        """
        if function.variadic:
            return self.formula(function.partials[0], "y, x, args")
        return self.formula(function.partials[index], ", ".join(("y", *function.args)))

    def formula(self, text: str, arguments: str) -> Kernel:
        """A formula of the table as a callable with these arguments."""
        self.learn(text)
        compiled: Kernel = eval(f"lambda {arguments}: {text}", self._namespace)  # noqa: S307 - the table's own text
        return compiled

    def learn(self, text: str) -> dict[str, Any]:
        """The namespace a formula is run in, with every function of the table that it names."""
        for name in _NAMES.findall(text):
            if name not in self._namespace and (function := find(name)):
                self._namespace[name] = self.value(function)
        return self._namespace
