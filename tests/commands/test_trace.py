"""The trace: exact output in every format, and that it is the run of `eval` itself, bit for bit."""

import math
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value, node, rule_of
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.render.trace import rule_text
from autodiff_cli.reports.explain import explain
from autodiff_cli.reports.nodes import name_all, watch
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.trace import MOST, trace
from autodiff_cli.rules.table import FUNCTIONS

from ..conftest import CORPORA, Result, corpus

Run = Callable[..., Result]
EXAMPLE = ("L = (a*b + c)*f", "--a", "2", "--b", "-3", "--c", "10", "--f", "-2")
BRANCHES = "x*x + where(x > 0, sin(x), log(x)) + max(x, y, 2)"

TABLE = """\
L = (a * b + c) * f = -8

forward  operation  inputs           value
──────────────────────────────────────────
_1       a * b      a = 2, b = -3    -6
_2       _1 + c     _1 = -6, c = 10   4
L        _2 * f     _2 = 4, f = -2   -8

backward  gradient  local derivative  value  adds  to
─────────────────────────────────────────────────────
L          1        dL/d_2 = f        -2     -2    _2
                    dL/df = _2         4      4    f
_2        -2        d_2/d_1 = 1        1     -2    _1
                    d_2/dc = 1         1     -2    c
_1        -2        d_1/da = b        -3      6    a
                    d_1/db = a         2     -4    b

variable  value  gradient  verdict
──────────────────────────────────
a          2      6        ok
b         -3     -4        ok
c         10     -2        ok
f         -2      4        ok
"""

BRANCHED = """\
x * x + where(x > 0, sin(x), log(x)) + max(x, y, 2) = 6.90929742683

forward  operation          inputs                            value
───────────────────────────────────────────────────────────────────────────────
_1       x * x              x = 2                             4
_2       x > 0              x = 2                             1
_3       sin(x)             x = 2                             0.9093
_4       log(x)             x = 2                             0.6931  not taken
_5       where(_2, _3, _4)  _2 = 1, _3 = 0.9093, _4 = 0.6931  0.9093
_6       _1 + _5            _1 = 4, _5 = 0.9093               4.909
_7       max(x, y, 2)       x = 2, y = 1                      2
_8       _6 + _7            _6 = 4.909, _7 = 2                6.909

backward  gradient  local derivative           value    adds        to  sum
─────────────────────────────────────────────────────────────────────────────
_8        1         d_8/d_6 = 1                 1        1          _6
                    d_8/d_7 = 1                 1        1          _7
_6        1         d_6/d_1 = 1                 1        1          _1
                    d_6/d_5 = 1                 1        1          _5
_7        1         d_7/dx                      0.5      0.5        x   0.5
                    d_7/dy                      0       not chosen  y
_1        1         d_1/dx = x                  2        2          x   2.5
                    d_1/dx = x                  2        2          x   4.5
_5        1         d_5/d_2 = 0                 0       slope 0     _2
                    d_5/d_3 = where(_2, 1, 0)   1        1          _3
                    d_5/d_4 = where(_2, 0, 1)   0       not taken   _4
_3        1         d_3/dx = cos(x)            -0.4161  -0.4161     x   4.084

variable  value  gradient     verdict
────────────────────────────────────────────────────────────────────────────────
x         2      4.083853163  kink     3.584 from the left, 4.584 from the right
y         1      0            ok
"""

MARKDOWN = """\
`L = (a * b + c) * f` = -8

| forward | operation | inputs | value |
| --- | --- | --- | --- |
| `_1` | `a * b` | `a = 2, b = -3` | -6 |
| `_2` | `_1 + c` | `_1 = -6, c = 10` | 4 |
| `L` | `_2 * f` | `_2 = 4, f = -2` | -8 |

| backward | gradient | local derivative | value | adds | to |
| --- | --- | --- | --- | --- | --- |
| `L` | 1 | `dL/d_2 = f` | -2 | -2 | `_2` |
|  |  | `dL/df = _2` | 4 | 4 | `f` |
| `_2` | -2 | `d_2/d_1 = 1` | 1 | -2 | `_1` |
|  |  | `d_2/dc = 1` | 1 | -2 | `c` |
| `_1` | -2 | `d_1/da = b` | -3 | 6 | `a` |
|  |  | `d_1/db = a` | 2 | -4 | `b` |

| variable | value | gradient | verdict |
| --- | --- | --- | --- |
| `a` | 2 | 6 | ok |
| `b` | -3 | -4 | ok |
| `c` | 10 | -2 | ok |
| `f` | -2 | 4 | ok |
"""

LATEX = r"""\begin{align*}
v_{1} &= a b = -6 \\
v_{2} &= v_{1} + c = 4 \\
L &= v_{2} f = -8
\end{align*}
\begin{align*}
\overline{L} &= \frac{\partial L}{\partial L} = 1 \\
\overline{v_{2}} &\mathrel{+}= \overline{L} \cdot f = 1 \cdot (-2) = -2 \\
\overline{f} &\mathrel{+}= \overline{L} \cdot v_{2} = 1 \cdot 4 = 4 \\
\overline{v_{1}} &\mathrel{+}= \overline{v_{2}} \cdot 1 = (-2) \cdot 1 = -2 \\
\overline{c} &\mathrel{+}= \overline{v_{2}} \cdot 1 = (-2) \cdot 1 = -2 \\
\overline{a} &\mathrel{+}= \overline{v_{1}} \cdot b = (-2) \cdot (-3) = 6 \\
\overline{b} &\mathrel{+}= \overline{v_{1}} \cdot a = (-2) \cdot 2 = -4 \\
\frac{\partial L}{\partial a} &= 6 \\
\frac{\partial L}{\partial b} &= -4 \\
\frac{\partial L}{\partial c} &= -2 \\
\frac{\partial L}{\partial f} &= 4
\end{align*}
"""

EXPLAINED = """
The gradient of a step says how fast the result moves when the step does; that
of the result itself is 1.
A step multiplies the gradient that comes in by its local derivative, and adds
the product to that of its input.
What is used more than once gets something by each way, and its gradient is the
sum.
product: the slope of u * v by u is v, by v is u
hyperbolic tangent: the slope of tanh(u) is sech(u)^2
"""


# --- exact output ------------------------------------------------------------------------------------------------


def test_the_trace_is_a_table_exactly_so(autodiff: Run) -> None:
    result = autodiff("trace", *EXAMPLE)
    assert (result.code, result.out, result.err) == (0, TABLE, "")


def test_the_trace_of_branches_sums_and_a_kink_is_exactly_so(autodiff: Run) -> None:
    result = autodiff("trace", BRANCHES, "x=2", "y=1", "--quiet")
    assert (result.code, result.out) == (0, BRANCHED)


def test_markdown_is_written_exactly_so(autodiff: Run) -> None:
    assert autodiff("trace", *EXAMPLE, "--format", "markdown").out == MARKDOWN


def test_latex_is_written_exactly_so(autodiff: Run) -> None:
    assert autodiff("trace", *EXAMPLE, "--format", "latex").out == LATEX


def test_explain_adds_the_rule_of_each_step_in_every_format(autodiff: Run) -> None:
    out = autodiff("trace", "x*tanh(x)", "x=2", "--explain").out
    assert out.endswith(EXPLAINED)
    out = autodiff("trace", "x*tanh(x)", "x=2", "--explain", "--format", "markdown").out
    assert out.endswith("\n- product: the slope of u \\* v by u is v, by v is u\n"
                        "- hyperbolic tangent: the slope of tanh(u) is sech(u)^2\n")  # fmt: skip
    out = autodiff("trace", "x*tanh(x)", "x=2", "--explain", "--format", "latex").out
    assert "\\item hyperbolic tangent: the slope of tanh(u) is sech(u)\\textasciicircum{}2\n" in out


def test_json_has_forward_backward_and_rules(autodiff: Run) -> None:
    found = autodiff("trace", *EXAMPLE, "--format", "json", "--explain").json
    keys = ["expression", "result", "value", "point", "forward", "backward", "gradient", "verdict", "rules"]
    assert list(found) == keys
    assert found["result"] == "L"
    assert found["forward"][0] == {
        "step": "_1",
        "function": "mul",
        "operation": "a * b",
        "inputs": {"a": 2.0, "b": -3.0},
        "value": -6.0,
        "unused": None,
    }
    assert [back["step"] for back in found["backward"]] == ["L", "_2", "_1"]
    assert found["backward"][0]["passes"][0] == {
        "to": "_2",
        "local": "f",
        "slope": -2.0,
        "adds": -2.0,
        "sum": -2.0,
        "nothing": None,
    }
    assert found["gradient"] == {"a": 6.0, "b": -4.0, "c": -2.0, "f": 4.0}
    assert found["rules"]["*"] == "product: the slope of u * v by u is v, by v is u"
    infinite = autodiff("trace", "sqrt(x)", "x=0", "--format", "json")
    assert infinite.json["backward"][0]["passes"][0]["slope"] == "inf"


def test_precision_shows_all_digits(autodiff: Run) -> None:
    out = autodiff("trace", "sin(x)", "x=1", "--precision", "17", "--format", "markdown").out
    assert f"| {math.cos(1)!r} |" in out


@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_the_trace_fits_the_width(autodiff: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _, _, out = autodiff("trace", BRANCHES, "x=2", "y=1", "--quiet", "--explain").out.partition("\n")
    assert max(map(len, out.splitlines())) <= width
    assert "\033" not in out


def test_narrow_it_leaves_out_what_can_be_spared(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = autodiff("trace", BRANCHES, "x=2", "y=1", "--quiet").out
    assert "inputs" not in out
    assert "\n_3    1     cos(x)           -0.4161  -0.4161     x   4.084" in out


# --- what it says ------------------------------------------------------------------------------------------------


def test_steps_keep_their_names_and_made_names_are_free() -> None:
    expression = parse("_1 = a*b; d = _1 + 1; e = d; L = sin(d*e)*_3", ["a", "b", "_3"])
    found = trace(expression, {"a": 1, "b": 2, "_3": 3})
    assert [step.name for step in found.forward] == ["_1", "d", "e", "_2", "_4", "L"]
    assert found.result == "L"
    assert [step.operation for step in found.forward][2:4] == ["d", "d * e"]
    assert trace(parse("L = x"), {"x": 2}).result == "x"


def test_a_step_that_is_not_used_is_marked_so(autodiff: Run) -> None:
    found = autodiff("trace", "d = x*y; x^3", "x=2", "y=1", "--format", "json").json
    assert {step["step"]: step["unused"] for step in found["forward"]} == {"d": "not used", "_1": None}
    assert found["backward"][0]["passes"][0]["local"] == "3 * x^2"
    assert found["gradient"] == {"x": 12.0, "y": 0.0, "d": 0.0}


def test_wrt_leaves_out_what_does_not_lead_there(autodiff: Run) -> None:
    found = autodiff("trace", *EXAMPLE, "--wrt", "c", "--format", "json").json
    assert [(back["step"], [way["to"] for way in back["passes"]]) for back in found["backward"]] == [
        ("L", ["_2"]),
        ("_2", ["c"]),
    ]
    assert found["gradient"] == {"c": -2.0}
    result = autodiff("trace", *EXAMPLE, "--wrt", "q")
    assert (result.code, result.err.splitlines()[0]) == (2, "error: there is no 'q' to differentiate by")


@pytest.mark.parametrize("command", ["trace", "graph"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("log(a - b)", "a=1", "b=2"),
        ("sqrt(x)", "x=0"),
        ("x*y", "x=1"),
        ("x*y", "x=1", "y=2", "z=3"),
        ("sinn(x)", "x=1"),
        ("exp(x)", "x=1000"),
        ("abs(x)", "x=0"),
        ("2x", "x=1"),
    ],
)
def test_codes_and_notes_are_those_of_eval(autodiff: Run, command: str, arguments: tuple[str, ...]) -> None:
    ours, theirs = autodiff(command, *arguments), autodiff("eval", *arguments)
    assert (ours.code, ours.err) == (theirs.code, theirs.err)


def test_a_trace_of_too_many_steps_is_refused(autodiff: Run, tmp_path: Path) -> None:
    file = tmp_path / "long.ad"
    file.write_text("+".join(["x"] * (MOST + 2)))
    result = autodiff("trace", "--file", str(file), "x=1")
    assert result.code == 2
    assert result.err == (
        f"error: a trace of {MOST + 1:,} steps is too long; it can have {MOST:,}\n"
        "  = autodiff graph --depth 3 shows the part next to the result\n"
    )


def test_a_gradient_that_the_steps_do_not_add_up_to_is_noted(autodiff: Run) -> None:
    result = autodiff("trace", "1/(exp(u) + 1)", "u=400")
    assert result.err.startswith("note: in floats the steps add up to 0 for the gradient by u; it is -1.91516959")
    assert "-1.915169597e-174  ok" in result.out


def test_a_leaf_alone_has_no_steps(autodiff: Run) -> None:
    assert autodiff("trace", "3").out == "3 = 3\n"
    assert autodiff("trace", "x", "x=3").out.endswith("x         3      1         ok\n")


# --- the real run ------------------------------------------------------------------------------------------------


def _is_the_run(text: str, point: dict[str, float]) -> bool:
    """Whether there is something to compare; asserts that the trace is what `eval` does, bit for bit."""
    try:
        report = report_at(parse(text, point), point)
        expression = parse(text, point)
        found = trace(expression, point)
    except AutodiffError:
        return False
    assert [repr(row) for row in found.rows] == [repr(row) for row in report.rows]
    assert found.status == report.status
    plain = parse(text, point).evaluation()
    plain.move(point)
    plain.root.backward()
    assert repr([n.data for n in plain.nodes]) == repr([n.data for n in expression.nodes])
    totals: dict[str, float] = {}
    for back in found.backward:
        for way in back.passed:
            if way.adds is not None:
                totals[way.to] = totals.get(way.to, 0.0) + way.adds
                assert repr(totals[way.to]) == repr(way.total)
                assert way.ways > 1 or way.total == way.adds or way.total != way.total
    names = name_all(plain)
    for one in (*plain.nodes, *plain.variables.values()):
        if one in names and one.requires_grad and one is not plain.root:
            assert repr(totals.get(names[one], 0.0)) == repr(float(one.grad)), names[one]
    assert {back.name: repr(back.gradient) for back in found.backward} == {
        names[one]: repr(float(one.grad)) for one in plain.nodes if names.get(one) in {b.name for b in found.backward}
    }
    return True


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("name", ["textbook", "feynman", "fpbench", "peer_points", "peer_edges"])
def test_the_trace_of_a_published_expression_is_the_run_of_eval(name: str) -> None:
    compared = 0
    records = corpus(name)
    for record in records:
        point = {key: float(value) for key, value in record["point"].items()}
        compared += _is_the_run(record.get("text", record["expr"]), point)
    assert compared > 0.6 * len(records)


def _random_program(chance: random.Random) -> str:
    names, lines = ["x", "y", "z"], []
    shapes = ["{a} + {b}", "{a} * {b}", "{a} - {b}", "{a} / (1 + {b}^2)", "tanh({a})", "sin({a})", "max({a}, {b})"]
    shapes += ["where({a} > {b}, {a}, {b}^2)", "relu({a})", "abs({a})", "{a}^3", "floor({a}) * {b}", "exp(-{a}^2)"]
    for step in range(chance.randrange(1, 25)):
        lines.append(f"t{step} = " + chance.choice(shapes).format(a=chance.choice(names), b=chance.choice(names)))
        names.append(f"t{step}")
    return "; ".join([*lines, names[-1]])


@pytest.mark.slow
def test_the_trace_of_a_random_graph_is_the_run_of_eval() -> None:
    chance, compared = random.Random(0), 0
    for _ in range(100):
        text = _random_program(chance)
        compared += _is_the_run(text, {name: round(chance.uniform(-2, 2), 2) for name in parse(text).variables})
    assert compared > 80


def test_watching_changes_nothing() -> None:
    expression = parse("d = x*x; d*sin(d)").evaluation()
    expression.move({"x": 1.5})
    before = expression.gradients()
    args = [one.args for one in expression.nodes]
    watch(expression)
    assert [one.args for one in expression.nodes] == args
    assert {name: one.grad for name, one in (expression.variables | expression.steps).items()} == before
    assert all(one.child_count == 0 for one in (*expression.nodes, *expression.variables.values()))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.name}{len(f.args)}")
def test_each_local_derivative_reads_back_as_its_number(function: Any) -> None:
    """The formula for readers, read by the parser and computed, against the slope that the sweep used."""
    point = function.at[0]
    names = [f"v{index}" for index in range(len(point))]
    made = node(rule_of(function), tuple([Value(data, name) for name, data in zip(names, point, strict=True)]))
    found = trace(parse(to_text(made), names), dict(zip(names, point, strict=True)))
    (back,) = [one for one in found.backward if one.name == found.result]
    for way in back.passed:
        if way.formula == "nan":
            assert way.partial != way.partial
        elif way.formula:
            formula = parse(way.formula, names)
            here = {name: data for name, data in zip(names, point, strict=True) if name in formula.variables}
            assert formula.evaluate(**here) == pytest.approx(way.partial, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.name}{len(f.args)}")
def test_each_function_has_its_rule_in_letters_of_its_own(function: Any) -> None:
    text = rule_text(explain(function))
    assert re.match(r"\S.*: the slope of \S.* is \S", text)
    letters = [name for name in function.args if len(name) == 1 and name not in "uvwacn"]
    assert not re.search(rf"\b[{''.join(letters) or '_'}]\b", text)  # each argument has its new name


@pytest.mark.parametrize(
    ("text", "point", "line"),
    [
        ("x^2", {"x": 3}, "power: the slope of u^v by u is v * u^(v - 1)"),
        ("2^x", {"x": 3}, "power: the slope of u^v by v is u^v * log(u)"),
        (
            "x^u",
            {"x": 3, "u": 2},
            "power: the slope of v^w by v is w * v^(w - 1) (0 at w = 0), "
            "by w is v^w * log(v) (at v = 0 it is 0 for w > 0, else undefined)",
        ),
        ("sin(u)", {"u": 1}, "sine: the slope of sin(v) is cos(v)"),
    ],
)
def test_a_rule_says_what_applies_in_letters_of_its_own(text: str, point: dict[str, float], line: str) -> None:
    assert [rule_text(rule) for rule in trace(parse(text), point).rules.values()] == [line]


def test_many_named_steps_are_not_checked_one_by_one(autodiff: Run) -> None:
    program = "; ".join(["t0 = sin(x)", *[f"t{k} = sin(t{k - 1})" for k in range(1, 101)]]) + "; t100"
    result = autodiff("trace", program, "x=1", "--format", "json")
    assert result.err == "note: 101 named steps are too many to check each; --wrt NAME checks one\n"
    assert list(result.json["verdict"]) == ["x"]
    assert len(result.json["backward"]) == 101
    result = autodiff("trace", program, "x=1", "--format", "json", "--wrt", "t7")
    assert (result.err, list(result.json["verdict"])) == ("", ["t7"])


# --- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "format_"), [("json", "json"), ("md", "markdown"), ("tex", "latex"), ("TXT", "table")]
)
def test_a_file_by_its_ending(autodiff: Run, tmp_path: Path, ending: str, format_: str) -> None:
    file = tmp_path / f"trace.{ending}"
    result = autodiff("trace", *EXAMPLE, "-o", str(file))
    assert (result.code, result.out, result.err) == (0, "", "")
    assert file.read_text("utf-8") == autodiff("trace", *EXAMPLE, "--format", format_).out
    assert autodiff("trace", *EXAMPLE, "-o", "-").out == TABLE


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "t.md", "-o", "u.md"), "-o is given twice: t.md and u.md\n  = give one file"),
        (("-o", ""), "-o needs the name of a file\n  = -o - is standard output"),
        (
            ("-o", "t.md", "--format", "latex"),
            "-o t.md and --format latex contradict each other\n  = --format alone prints it, and .tex is its ending",
        ),
        (("-o", "t.svg"), "no format has the ending .svg\n  = t.svg may end in .json, .md, .tex, .txt"),
    ],
)
def test_files_that_cannot_be_written_are_refused_and_leave_nothing(
    autodiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = autodiff("trace", *EXAMPLE, *arguments)
    assert (result.code, result.err, list(tmp_path.iterdir())) == (2, f"error: {message}\n", [])


@pytest.mark.parametrize("width", [30, 40])
def test_no_number_and_no_name_is_broken(autodiff: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _, *lines = autodiff("trace", *EXAMPLE[:-1], "-2.123456789").out.splitlines()
    assert max(map(len, lines)) <= width
    (row,) = [line.split() for line in lines if line.startswith("b ")]
    assert row[-2:] in (["-4.247", "ok"], ["-4.24691", "ok"])
    assert any(line.split()[-1:] == ["verdict"] for line in lines)


def test_the_slopes_of_a_long_max_are_numbers_alone() -> None:
    found = trace(parse("max(a, b, c)"), {"a": 1, "b": 2, "c": 3})
    assert [(way.formula, way.partial, way.nothing) for way in found.backward[0].passed] == [
        ("", 0.0, "not chosen"),
        ("", 0.0, "not chosen"),
        ("", 1.0, ""),
    ]


# --- LaTeX that compiles -----------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no pdflatex")
def test_pdflatex_sets_the_trace(autodiff: Run, tmp_path: Path) -> None:
    texts = [
        autodiff("trace", *EXAMPLE, "--format", "latex", "--explain").out,
        autodiff("trace", BRANCHES, "x=2", "y=1", "--format", "latex", "--explain").out,
        autodiff("trace", "α*speed_max - v^2/u - x_1^α", "α=2", "speed_max=3", "v=1", "u=2", "x_1=1e-9",
                 "--format", "latex", "--explain").out,
        autodiff("trace", "sqrt(x) + inf*y", "x=0", "y=1", "--format", "latex").out,
        autodiff("trace", "clamp(x, 0, 1) + logaddexp(x, 2) + mod(x, 3)", "x=.5", "--format", "latex").out,
    ]  # fmt: skip
    head = r"\documentclass{article}\usepackage{amsmath}\allowdisplaybreaks\begin{document}"
    (tmp_path / "all.tex").write_text("\n\n".join([head, *texts, r"\end{document}"]), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]


def test_a_rule_by_which_nothing_was_passed_is_not_said(autodiff: Run) -> None:
    """With --wrt d nothing goes on from d, so that the product it is made by has no slope to tell."""
    out = autodiff("trace", "d = x*y; sin(d)", "x=2", "y=3", "--wrt", "d", "--explain").out
    assert "sine: the slope of sin(u) is cos(u)" in out
    assert "product:" not in out
