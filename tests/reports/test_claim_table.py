"""Claims in files: CSV and JSON lines, a verdict each, and what is no use."""

import json
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.check import Answer
from autodiff_cli.reports.claim_table import read_table, verdicts
from tests.conftest import Result

Run = Callable[..., Result]
CSV = 'expression,variable,claim\nx^2,x,2x\nx^3,x,3x\n"max(x, y)",x,"where(x > y, 1, 0)"\nx^2,,2*x\n'
JSON_LINES = '{"expr": "a*b", "wrt": "a", "derivative": "b"}\n\n{"expression": "sin(x)", "claim": "cos(x)"}\n'


def words(text: str) -> list[str]:
    return [f"{one.row.number} {one.answer}" for one in verdicts(read_table(text, "FILE"), 60, 0, 1)]


def test_a_row_of_a_table_is_a_claim() -> None:
    assert words(CSV) == ["2 right", "3 wrong", "4 right", "5 right"]
    assert words(JSON_LINES) == ["1 right", "3 right"]


def test_a_row_without_points_is_undecided_and_says_why() -> None:
    (found,) = verdicts(read_table("expression,claim\nsqrt(-1 - x^2),1\n", "FILE"), 60, 0, 1)
    assert (found.answer, found.error[:32]) == (Answer.UNDECIDED, "no point is inside the domain of")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "FILE has no column 'expression'"),
        ("expression,claim\n", "FILE has no claims"),
        ("", "FILE has no column 'expression'"),
        ("expression,claim\nx^2\n", "FILE, line 2 has not as many cells as the first line"),
        ("expression,claim\nx^2,2x,3\n", "FILE, line 2 has not as many cells as the first line"),
        ("expression,claim\nx^2,\n", "FILE, line 2: there is no claim"),
        ("expression,claim\na*b,b\n", "FILE, line 2: the claim does not say by which variable"),
        ("expression,claim\nx^2,2x\nsin(x,cos(x)\n", "FILE, line 3: this '\\(' is never closed"),
        ('{"expression": "x^2"', "FILE, line 1 is no JSON"),
        ('{"expression": "x^2"}\n[1]', "FILE, line 2 is no JSON object"),
        ('{"expression": ["x"], "claim": "1"}', "FILE, line 1: the expression is no text"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(text: str, message: str) -> None:
    with pytest.raises(AutodiffError, match=message):
        read_table(text, "FILE")


def test_the_command_prints_a_line_each_and_a_summary(autodiff: Run, tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(CSV, encoding="utf-8")
    result = autodiff("check", "--claims", str(path))
    assert (result.code, result.err) == (1, "")
    assert result.out.splitlines() == [
        "2 right, proven: d/dx of x^2 is 2x",
        "3 wrong: d/dx of x^3 is not 3x (at x = 2 it is 12, not 6) - a factor x is missing",
        "4 right, proven: d/dx of max(x, y) is where(x > y, 1, 0)",
        "5 right, proven: d/dx of x^2 is 2*x",
        "4 claims: 3 right (3 proven), 1 wrong",
    ]


def test_json_is_an_object_a_line(autodiff: Run, tmp_path: Path) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_text(JSON_LINES, encoding="utf-8")
    result = autodiff("check", "--claims", str(path), "--format", "json")
    found = [json.loads(line) for line in result.out.splitlines()]
    assert result.code == 0
    assert [(one["line"], one["variable"], one["verdict"], one["proof"]) for one in found] == [
        (1, "a", "right", "proven"),
        (3, "x", "right", "proven"),
    ]


def test_the_order_is_that_of_all_claims(autodiff: Run, tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("expression,claim\nx^3,6x\nsin(x),-sin(x)\n", encoding="utf-8")
    assert autodiff("check", "--claims", str(path), "--order", "2").code == 0
    assert autodiff("check", "--claims", str(path)).code == 1


@pytest.mark.parametrize("more", [["x^2"], ["--claim", "2x"], ["--x", "1:2"]])
def test_a_file_of_claims_stands_alone(autodiff: Run, tmp_path: Path, more: list[str]) -> None:
    result = autodiff("check", "--claims", "claims.csv", *more)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: --claims FILE has the expressions, their claims and nothing else besides\n")


def test_a_hundred_claims_take_seconds() -> None:
    rows = "".join(
        f"x^{n}*sin({n}x) + log(x)/{n},{n}*x^{n - 1}*sin({n}x) + {n}*x^{n}*cos({n}x) + 1/({n}x)\n"
        for n in range(2, 102)
    )
    start = process_time()
    assert set(words("expression,claim\n" + rows)) == {f"{line} right" for line in range(2, 102)}
    assert process_time() - start < 8
