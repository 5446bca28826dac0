"""A program as a C++ function: C's, in words that C++ does not keep for itself."""

from dataclasses import replace

from autodiff_cli.codegen import c
from autodiff_cli.codegen.program import Program

_WORDS = (
    "alignas alignof and and_eq asm atomic_cancel atomic_commit atomic_noexcept bitand bitor bool catch char16_t "
    "char32_t char8_t class co_await co_return co_yield compl concept const_cast consteval constexpr constinit "
    "decltype delete dynamic_cast explicit export false friend mutable namespace new noexcept not not_eq nullptr "
    "operator or or_eq private protected public reflexpr reinterpret_cast requires static_assert static_cast std "
    "synchronized template this thread_local throw true try typeid typename using virtual wchar_t xor xor_eq"
)
LANGUAGE = replace(c.LANGUAGE, reserved={*c.LANGUAGE.reserved, *_WORDS.split()})
CPP11 = c.Dialect(
    LANGUAGE,
    ("#include <cmath>", "#include <math.h>"),
    "-std=c++11 -ffp-contract=off, so that every step is rounded as it stands",
)


def cpp(program: Program, name: str = "f") -> str:
    """A file with one function, which returns the value and writes the derivatives into its last argument.

    >>> print(cpp(lower(parse("x^2"))).partition("*/")[2].strip())
    #include <cmath>
    #include <math.h>
    <BLANKLINE>
    double f(double x, double gradient[1])
    {
        gradient[0] = 2.0 * x;
        return x * x;
    }
    """
    return c.file(program, name, CPP11)
