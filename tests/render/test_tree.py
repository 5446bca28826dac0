"""A graph as a tree: branches, what is shown once, what is cut off."""

from autodiff_cli.language.parser import parse
from autodiff_cli.render.graph import on_one_line, short, to_text
from autodiff_cli.reports.graph import graph


def test_branches_lead_to_what_a_step_is_made_of() -> None:
    assert to_text(graph(parse("a*b + sin(c)"), None)).splitlines() == [
        "_3 = _1 + _2",
        "├─ _1 = a * b",
        "│  ├─ a",
        "│  └─ b",
        "└─ _2 = sin(c)",
        "   └─ c",
    ]


def test_what_is_used_twice_is_shown_once() -> None:
    assert to_text(graph(parse("d = x*x; d + d"), None)).splitlines() == [
        "_1 = d + d",
        "├─ d = x * x",
        "│  ├─ x",
        "│  └─ x  (above)",
        "└─ d  (above)",
    ]


def test_what_is_left_out_is_one_dot_a_step() -> None:
    assert to_text(graph(parse("a*b + c"), None, depth=1)).splitlines() == [
        "_2 = _1 + c",
        "├─ _1 = a * b",
        "│  └─ …",
        "└─ c",
    ]


def test_a_branch_that_is_too_deep_has_a_tree_of_its_own() -> None:
    lines = to_text(graph(parse("sin(" * 40 + "x" + ")" * 40), None)).splitlines()
    assert max(map(len, lines)) <= 80
    name = next(line for line in lines if line.endswith("  (below)")).strip("└─ ").partition(" ")[0]
    assert sum(line.startswith(f"{name} = ") for line in lines) == 1


def test_numbers_stand_in_columns_behind_the_names() -> None:
    lines = to_text(graph(parse("where(x > 0, x, log(y))"), {"x": 2.0, "y": 3.0})).splitlines()
    assert lines[0].split() == ["value", "gradient"]
    assert lines[-2].split() == ["└─", "_2", "=", "log(y)", "1.098612289", "0", "not", "taken"]
    assert all(len(line) < 60 for line in lines)


def test_of_a_long_program_the_last_statement_stands_above() -> None:
    assert short("a; b") == "a; b"
    assert short("; ".join("abcdefgh")) == "…; h"


def test_a_name_stays_on_one_line() -> None:
    assert on_one_line("a\nb\tc") == "a b c"
