"""`autodiff functions`: it lists the whole table, what it shows is true and fits, and docs/language.md is current."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from itertools import pairwise
from math import inf, nan
from pathlib import Path

import pytest
from rich.console import Console

from autodiff_cli.commands.exits import Exit
from autodiff_cli.engine.value import VALUES, Value, constant, rule_of
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.render.functions import show_each, show_list
from autodiff_cli.reports.functions import Entry, entries, kinks_text
from autodiff_cli.rules.table import BY_NAME, FUNCTIONS, Function

from ..conftest import Result

Run = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[2]
IDS = [f"{f.name}-{len(f.args)}" for f in FUNCTIONS]


def partial(function: Function, index: int, point: tuple[float, ...]) -> float:
    """What the engine takes for the derivative at a point."""
    result: Value = VALUES.value(function)(*map(constant, point))
    return rule_of(function).partial(result, index)


def evaluate(formula: str, point: dict[str, float]) -> float:
    expression = parse(formula)
    return expression.evaluate(**{name: (point | {"nan": nan})[name] for name in expression.variables})


def drawn(show: Callable[[list[Entry], Console], None], found: list[Entry], width: int) -> list[str]:
    stream = StringIO()
    show(found, Console(file=stream, width=width, highlight=False, markup=False, emoji=False))
    return stream.getvalue().splitlines()


@pytest.mark.parametrize(("function", "entry"), list(zip(FUNCTIONS, entries(), strict=True)), ids=IDS)
def test_what_is_shown_of_a_function_is_what_the_table_has(function: Function, entry: Entry) -> None:
    assert (entry.name, entry.aliases, entry.symbol) == (function.name, function.aliases, function.symbol)
    assert (entry.domain, entry.kinks) == (function.domain, kinks_text(function))
    assert (entry.doc, entry.hint, entry.accuracy) == (function.doc, function.hint, function.accuracy)
    if function.variadic:
        assert set(entry.derivatives) == {"a", "b"}
        return
    assert tuple(entry.derivatives) == entry.arguments == function.args
    for index, formula in enumerate(entry.derivatives.values()):
        formula = formula.partition(";")[0]
        for point in function.at:
            found = evaluate(formula, dict(zip(function.args, point, strict=True)))
            assert found == pytest.approx(partial(function, index, point), rel=1e-14, abs=0, nan_ok=True)


@pytest.mark.parametrize("entry", entries(), ids=IDS)
def test_how_it_is_written_is_how_it_is_read(entry: Entry) -> None:
    for written in re.split(r", (?=pow)", entry.written):
        expression = parse(written.replace(", ...", ""))
        assert expression.root.rule.function.name == entry.name
        assert list(expression.variables) == [name for name in entry.arguments if name != "..."]


def test_the_edges_of_pow_are_as_they_are_said() -> None:
    (entry,), (function,) = entries(["pow"]), BY_NAME["pow"]
    assert [text.partition(";")[2] for text in entry.derivatives.values()] == [
        " 0 at p = 0",
        " at x = 0 it is 0 for p > 0, else undefined",
    ]
    by_x, by_p = [text.partition(";")[0] for text in entry.derivatives.values()]
    for x in (0.0, 1.5, -2.0):
        for p in (0.0, 0.5, 1.0, 2.0, 3.0, -1.0, -2.0):
            if (x == 0 and p < 0) or (x < 0 and p != int(p)):
                continue  # outside the domain
            point = {"x": x, "p": p}
            expected = 0 if p == 0 else evaluate(by_x, point)
            assert partial(function, 0, (x, p)) == pytest.approx(expected, rel=1e-14, abs=0)
            expected = evaluate(by_p, point) if x else 0 if p > 0 else nan
            assert partial(function, 1, (x, p)) == pytest.approx(expected, rel=1e-14, abs=0, nan_ok=True)


@pytest.mark.parametrize(("name", "best"), [("max", max), ("min", min)])
def test_the_slopes_of_max_and_min_are_as_they_are_said(name: str, best: Callable[..., float]) -> None:
    (entry,), (function,) = entries([name]), BY_NAME[name]
    assert all(text.startswith("1/n for each of the n ") for text in entry.derivatives.values())
    for point in ((1.0, 2.0), (2.0, 1.0), (3.0, 3.0), (1.0, 2.0, 2.0), (5.0, 5.0, 5.0), (-inf, 0.0)):
        chosen = best(point)
        for index, data in enumerate(point):
            assert partial(function, index, point) == (1 / point.count(chosen) if data == chosen else 0)


@pytest.mark.parametrize("width", [60, 80, 120, 160])
@pytest.mark.parametrize("show", [show_list, show_each])
def test_the_list_fits_the_width_and_nothing_is_missing(
    show: Callable[[list[Entry], Console], None], width: int
) -> None:
    lines = drawn(show, entries(), width)
    assert max(map(len, lines)) <= width
    assert not any("…" in line for line in lines)
    letters = "".join("".join(lines).split())
    for entry in entries():
        assert any(line.startswith(entry.written) for line in lines)
        if width < 76 or show is show_each:  # the formulas are alone on their lines
            for formula in entry.derivatives.values():
                assert f"={formula}".replace(" ", "") in letters


def test_columns_are_left_out_as_the_width_shrinks() -> None:
    heads = [" ".join(drawn(show_list, entries(), width)[0].split()) for width in (60, 80, 160)]
    assert heads == [
        "function what it is, and its derivative",
        "function derivative what it is",
        "function derivative what it is domain kinks",
    ]


def test_to_a_pipe_each_function_is_one_line(autodiff: Run) -> None:
    result = autodiff("functions")
    assert (result.code, result.err) == (Exit.OK, "")
    lines = result.out.splitlines()
    assert len(lines) == len(FUNCTIONS)
    for line, entry in zip(lines, entries(), strict=True):
        assert line.startswith(f"{entry.written}  ")
        assert line == line.rstrip()
        assert all(text in line for text in (entry.doc, *entry.aliases, *entry.derivatives.values()))


def test_to_a_terminal_the_list_fits(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    for arguments in ((), ("clamp", "pow")):
        out = re.sub(r"\x1b\[[\d;]*m", "", autodiff("functions", *arguments).out)
        assert max(map(len, out.splitlines())) <= 80
        assert "clamp(x, lo, hi)" in out


def test_a_function_by_name_is_shown_in_full(autodiff: Run) -> None:
    assert autodiff("functions", "asin").out.splitlines() == [
        "asin(x): inverse sine",
        "  dx = 1 / sqrt((1 - x) * (1 + x))",
        "  also:   arcsin",
        "  domain: -1 <= x <= 1",
        "  kinks:  x = -1, x = 1; slope infinite",
    ]
    assert "a negative base needs a whole exponent" in autodiff("functions", "pow").out


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("ln",), ["log(x)"]),
        (("log",), ["log(x)", "log(x, b)"]),
        (("log", "ln", "tanh"), ["log(x)", "log(x, b)", "tanh(x)"]),
        (("arcsin",), ["asin(x)"]),
        (("pow",), ["x^p, pow(x, p)"]),
        (("^",), ["x^p, pow(x, p)"]),
        (("-",), ["a - b", "-x"]),
        (("<=", "add"), ["a <= b", "a + b"]),
        (("max",), ["max(a, b, ...)"]),
    ],
)
def test_functions_are_found_by_name_alias_and_symbol(autodiff: Run, names: tuple[str, ...], found: list[str]) -> None:
    out = autodiff("functions", *names).out
    assert [block.partition(": ")[0] for block in out.split("\n\n")] == found


def test_every_name_and_alias_is_found() -> None:
    for name, functions in BY_NAME.items():
        assert [entry.name for entry in entries([name])] == [function.name for function in functions]


def test_an_unknown_name_gets_the_nearest_ones(autodiff: Run) -> None:
    result = autodiff("functions", "sin", "tahn")
    assert (result.code, result.out) == (Exit.UNUSABLE, "")
    assert "unknown function 'tahn'" in result.err
    assert "did you mean 'tan' or 'tanh'?" in result.err or "did you mean 'tanh' or 'tan'?" in result.err
    with pytest.raises(AutodiffError) as caught:
        entries(["xyzzy"])
    assert caught.value.hint == "autodiff functions lists them all"


def test_json_is_the_whole_catalog(autodiff: Run) -> None:
    for read, entry in zip(autodiff("functions", "--format", "json").json, entries(), strict=True):
        assert list(read) == [
            *("name", "aliases", "arguments"),
            *["symbol"] * bool(entry.symbol),
            *("derivatives", "domain", "kinks", "doc"),
            *["hint"] * bool(entry.hint),
            *["accuracy"] * bool(entry.accuracy),
        ]
        assert all(json.loads(json.dumps(getattr(entry, name))) == cell for name, cell in read.items())
    assert autodiff("functions", "tanh", "--format", "json").json == [
        {
            "name": "tanh",
            "aliases": [],
            "arguments": ["x"],
            "derivatives": {"x": "sech(x)^2"},
            "domain": "",
            "kinks": "",
            "doc": "hyperbolic tangent",
            "accuracy": "to 2 ulp, dx to 3.6",
        }
    ]


def test_tsv_is_a_line_each(autodiff: Run) -> None:
    header, *rows = [line.split("\t") for line in autodiff("functions", "--format", "tsv").out.splitlines()]
    assert len(rows) == len(FUNCTIONS)
    assert {len(row) for row in rows} == {len(header)}
    for row, entry in zip(rows, entries(), strict=True):
        cells = dict(zip(header, row, strict=True))
        assert cells["aliases"].split() == list(entry.aliases)
        shown = [text.split(" = ", 1) for text in cells["derivatives"].split(" | ")]
        assert {name[1:]: formula for name, formula in shown} == entry.derivatives


def test_the_examples_of_the_help_work(autodiff: Run) -> None:
    examples = re.findall(r"^ +autodiff (functions .*)$", autodiff("functions", "--help").out, re.MULTILINE)
    assert examples
    for example in examples:
        result = autodiff(*example.replace('"', "").split())
        assert (result.code, result.err) == (Exit.OK, "")
        assert result.out


@pytest.mark.parametrize("format_", ["table", "json", "tsv"])
def test_functions_loads_nothing_that_its_format_does_not_use(format_: str) -> None:
    code = (
        "import sys; from autodiff_cli.commands.group import run;"
        f"run(['functions', '--format', '{format_}']);"
        "print(sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(ast.literal_eval(done.stderr))
    assert not loaded & {"lark", "numpy", "mpmath"}
    assert ("rich" in loaded) == (format_ == "table")


def test_the_generated_tables_of_the_pages_are_current() -> None:
    script = [sys.executable, str(ROOT / "docs" / "reference.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr or "a page is not current: python docs/reference.py"
    for name in ("language.md", "functions.md", "accuracy.md"):
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")
        for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
            widths = [len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()]
            assert all(a == b for a, b in pairwise(widths)), name


def test_the_page_of_functions_has_every_function() -> None:
    page = (ROOT / "docs" / "functions.md").read_text(encoding="utf-8")
    for entry in entries():
        assert f"| `{entry.written}` |".replace("||", "|") in page.replace("\\|", "|"), entry.name


def test_the_page_of_accuracy_has_every_remark() -> None:
    page = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    assert page.count("\n| `") == sum(bool(entry.accuracy) for entry in entries())


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("", "unknown function ''", "autodiff functions lists them all"),
        ("sum", "'sum' is no function but a form of the language", "as in sum(k, 1, 10, x^k)"),
        ("piecewise", "'piecewise' is no function but a form of the language", "as in piecewise(x < 0, -x, x^2)"),
    ],
)
def test_names_that_are_no_functions(autodiff: Run, name: str, message: str, hint: str) -> None:
    result = autodiff("functions", name)
    assert (result.code, result.err) == (2, f"error: {message}\n  = {hint}\n")
