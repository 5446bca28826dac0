"""Where a formula holds: the facts that are found, their order, and how they are worded."""

import pytest

from autodiff_cli import parse
from autodiff_cli.symbolic.formulas import graphs


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
