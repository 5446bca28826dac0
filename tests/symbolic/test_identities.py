"""Identities of single functions: what a call is rewritten to has its value."""

from mpmath import mp, mpf

from autodiff_cli import parse
from autodiff_cli.symbolic.formulas import formula_of, graphs

from ..test_diff import computed


def test_logarithm_of_a_variable_named_e_is_not_that_of_the_constant() -> None:
    expression = parse("e*log(e)*x", ["e", "x"])
    found, _, _ = graphs(expression, [("e",)])
    with mp.workdps(50):
        value = computed(formula_of(expression, found["e",]), {"e": mpf(2), "x": mpf(3)})
        assert abs(value - 3 * (1 + mp.log(2))) < mpf(10) ** -40
