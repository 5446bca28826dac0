"""Where a formula holds: the facts that are found, their order, and how they are worded."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from mpmath import mp

from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import entry
from autodiff_cli.symbolic.conditions import (
    Condition,
    Fact,
    Omission,
    missing,
    named,
    sign_of,
    text_of,
    worded,
    worded_omission,
)
from autodiff_cli.symbolic.formulas import graphs

from .derivatives import computed
from .test_terms import TEXTS
from .values import NAMES, POINTS, called, value, written

# --- what is found ---------------------------------------------------------------------------------------------------


def found(source: str, formula: str) -> list[tuple[str, str, str, int]]:
    """What a source needs and a formula in the same variables does not show: term, relation, domain, length of way."""
    expression = parse(f"s = {source}; f = {formula}; s + f", NAMES)
    root = expression.root
    conditions = missing([root.args[0]], [root.args[1]], ())
    return [(written(fact.term), fact.relation, fact.domain, len(way)) for fact, way in conditions]


@pytest.mark.parametrize(
    ("source", "formula", "wanted"),
    [
        ("log(x)", "1/x", [("x", ">", "", 0)]),
        ("log(x)", "y", [("x", ">", "", 0)]),
        ("x*log(x)", "log(x) + 1", []),
        ("sqrt(x)", "log(x)", []),  # x > 0 shows x >= 0
        ("1/x", "log(x)", []),
        ("log(x)", "sqrt(x)/x", []),  # x >= 0 and x != 0 show x > 0
        ("log(abs(x))", "y", [("x", "!=", "", 0)]),
        ("1/(x*y)", "z", [("x", "!=", "", 0), ("y", "!=", "", 0)]),
        ("log(x^2 + 1)", "y", []),
        ("atanh(x)", "y", [("atanh(x)", "", "-1 < x < 1", 0)]),
        ("atanh(x)", "atanh(x)", []),
        ("x^y", "x^(y - 1)", []),  # one power shows what another of the same base needs
        ("exp(x)^y", "z", []),
        ("log(2)", "x", []),
        ("where(y > 1, log(x), 2)", "z", [("x", ">", "", 1)]),
        ("where(x > 0, log(x), 2)", "z", []),
        ("where(x < y, log(y - x), 2)", "z", []),
        ("where(x < y, 1/(x - y), 2)", "z", []),
        ("where(y > 1, log(x), 2) + log(x)", "z", [("x", ">", "", 0)]),
        ("where(y > 1, where(z > 1, log(x), 1), 2)", "z", [("x", ">", "", 2)]),
        ("where(y > 1, log(x), log(x))", "z", [("x", ">", "", 1), ("x", ">", "", 1)]),
        ("log(x)", "where(y > 1, log(x), 2)", [("x", ">", "", 0)]),
    ],
)
def test_conditions_are_what_the_formula_does_not_show(
    source: str, formula: str, wanted: list[tuple[str, str, str, int]]
) -> None:
    assert found(source, formula) == wanted


def test_step_behind_too_many_conditions_is_needed_everywhere() -> None:
    text = "log(x)"
    for at in range(5):
        text = f"where(y > {at}, {text}, {at})"
    assert found(text, "z") == [("x", ">", "", 0)]
    assert found("log(x)", text) == [("x", ">", "", 0)]  # and shown nowhere


def test_nothing_is_missing_of_nothing() -> None:
    root = parse("x*sin(x)").root
    assert missing([root], [root], ()) == []
    assert missing([parse("log(x)").root], [], ()) == []


@pytest.mark.parametrize(
    ("text", "by", "wanted"),
    [
        ("exp(log(a) + log(b))", ["aa", "ab", "bb"], ["a > 0", "b > 0", "a != 0", "b != 0"]),
        ("where(x > 1, where(y > 2, log(z), 1), 2)", ["z"], ["x <= 1 or y <= 2 or z > 0"]),
        ("where(y > 2, where(x > 1, log(z), 1), 2)", ["z"], ["x <= 1 or y <= 2 or z > 0"]),
    ],
)
def test_conditions_are_the_same_text_in_every_run(text: str, by: list[str], wanted: list[str]) -> None:
    expressions = [parse(text) for _ in range(20)]  # at other places in memory, so that their sets have other orders
    found = [graphs(expression, [tuple(names) for names in by])[1] for expression in expressions]
    assert found == [wanted] * 20


# --- signs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("3", "+"),
        ("-3", "-"),
        ("0", "+0"),
        ("pi", "+"),
        ("x", ""),
        ("x^2", "+0"),
        ("x^-2", "+"),
        ("x^3", ""),
        ("sqrt(x)", "+0"),
        ("1/sqrt(x)", "+"),
        ("exp(x)", "+"),
        ("-exp(x)", "-"),
        ("-x^2", "-0"),
        ("x^2 + 1", "+"),
        ("-x^2 - exp(y)", "-"),
        ("-x^2 - y^2", "-0"),
        ("x^2 - 1", ""),
        ("exp(x) * exp(y)^3", "+"),
        ("exp(x) * -abs(y)", "-0"),
        ("exp(x)*y", ""),
        ("pi^x", "+"),
        ("x^y", ""),
        ("max(x, exp(y))", "+"),
        ("max(x, y^2)", "+0"),
        ("max(x, y)", ""),
        ("cosh(x) - 1", ""),
    ],
)
def test_a_term_has_the_sign_its_parts_prove(text: str, sign: str) -> None:
    assert sign_of(called(text)) == sign


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_sign_of_a_term_is_that_of_its_value(text: str) -> None:
    term = called(text)
    sign = sign_of(term)
    with mp.workdps(40):
        for point in POINTS:
            number = value(term, point)
            if number is not None and sign:
                assert number >= 0 if sign[0] == "+" else number <= 0
                assert number != 0 or sign[-1] == "0"


def test_sign_of_a_term_is_looked_for_to_some_depth() -> None:
    term = called("exp(x)")
    for _ in range(4):
        term = term.algebra.call(entry("max", 2), (term, called("y")))
    assert sign_of(term) == "+"
    assert sign_of(term, 2) == ""


# --- words -----------------------------------------------------------------------------------------------------------


def held(text: str, point: Mapping[str, Any]) -> bool:
    return bool(computed(parse(text, NAMES), point))


@pytest.mark.parametrize(
    ("fact", "way", "text"),
    [
        (("x + 1", ">", ""), (), "x + 1 > 0"),
        (("x", "!=", ""), (), "x != 0"),
        (("atanh(2*y)", "", "-1 < x < 1"), (), "-1 < 2 * y < 1"),
        (("x", ">", ""), (("y > 1", True),), "y <= 1 or x > 0"),
        (("x", ">", ""), (("y > 1", False),), "y > 1 or x > 0"),
        (("x", ">", ""), (("y == 1", True),), "y != 1 or x > 0"),
        (("x", ">", ""), (("sin(y)", True),), "not (sin(y)) or x > 0"),
        (("x", ">", ""), (("sin(y)", False),), "(sin(y)) or x > 0"),
        (("x", ">", ""), (("z < 2", True), ("y > 1", True)), "y <= 1 or z >= 2 or x > 0"),
    ],
)
def test_a_condition_is_worded_as_one_reads_it(
    fact: tuple[str, str, str], way: tuple[tuple[str, bool], ...], text: str
) -> None:
    term, relation, domain = fact
    condition = Condition(Fact(called(term), relation, domain), frozenset([(called(one), holds) for one, holds in way]))
    assert worded(condition) == text


@pytest.mark.parametrize(
    "text", ["where(y > 1, log(x - 1), 2)", "where(x <= 1 and y > 0, 2, log(x))", "where(x < y, 1/(x - 2), log(z))"]
)
def test_words_of_a_condition_hold_where_the_expression_has_a_value(text: str) -> None:
    expression = parse(text, NAMES)
    conditions = missing([expression.root], [parse("x", NAMES).root], ())
    texts = list(map(worded, conditions))
    assert texts
    for x in (-1, 1, 2, 3):
        for y in (0, 2, 4):
            point = dict.fromkeys(NAMES, mp.mpf(1)) | {"x": mp.mpf(x), "y": mp.mpf(y)}
            assert all(held(one, point) for one in texts) == (computed(expression, point) is not None)


def test_an_omission_is_worded_as_one_reads_it() -> None:
    assert worded_omission(Omission(called("x^p"), 0, "0 at p = 0")) == "the slope of x^p by x: 0 at p = 0"
    call = called("(x + 1)^z")
    assert worded_omission(Omission(call, 0, "0 at p = 0")) == "the slope of (x + 1)^z by x + 1: 0 at z = 0"


def test_names_of_the_table_are_those_of_the_arguments() -> None:
    assert named("x > 0 and b != 1", entry("log", 2), ["y + 1", "c"]) == "y + 1 > 0 and c != 1"
    assert named("abs(x) >= 1", entry("acosh", 1), ["t"]) == "abs(t) >= 1"


def test_long_terms_are_cut_off_in_words() -> None:
    text = text_of(called(" + ".join(f"sin({at}*x)" for at in range(30))))
    assert len(text) <= 62
