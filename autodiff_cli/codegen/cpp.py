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
    text = c.c(program, name, LANGUAGE).replace("#include <math.h>", "#include <cmath>\n#include <math.h>", 1)
    return text.replace("-std=c99", "-std=c++11", 1).replace("; link with -lm", "", 1)
