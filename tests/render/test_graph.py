"""The graph: exact text of the tree, DOT and Mermaid; parts of it; files whole or not at all; what a notebook shows."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from math import ulp
from pathlib import Path

import pytest

from autodiff_cli import Value, functions
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.render import dot
from autodiff_cli.render.graph import to_text
from autodiff_cli.reports.graph import MOST, graph, of_value
from autodiff_cli.reports.point import report_at

from ..conftest import CORPORA, Result, corpus

Run = Callable[..., Result]
EXAMPLE = ("L = (a*b + c)*f", "--a", "2", "--b", "-3", "--c", "10", "--f", "-2")
needs_dot = pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz's dot is not installed")

TREE = """\
L = (a * b + c) * f = -8
                  value  gradient
L = _2 * f        -8      1
├─ _2 = _1 + c     4     -2
│  ├─ _1 = a * b  -6     -2
│  │  ├─ a         2      6
│  │  └─ b        -3     -4
│  └─ c           10     -2
└─ f              -2      4
"""

BARE = """\
L = (a * b + c) * f
L = _2 * f
├─ _2 = _1 + c
│  ├─ _1 = a * b
│  │  ├─ a
│  │  └─ b
│  └─ c
└─ f
"""

BRANCHED = """\
where(x > 0, x^2, log(y)) = 4
                            value         gradient
_4 = where(_1, _2, _3)      4             1
├─ _1 = x > 0               1             0
│  ├─ x                     2             4
│  └─ 0
├─ _2 = x^2                 4             1
│  ├─ x  (above)
│  └─ 2
└─ _3 = log(y)              1.098612289   0            not taken
   └─ y                     3             0
"""

DOT = """\
  n0 [label="a|value 2|gradient 6", fillcolor="#cfe2ff"];
  n1 [label="b|value -3|gradient -4", fillcolor="#cfe2ff"];
  n2 [label="_1|value -6|gradient -2", fillcolor="#fff1c9"];
  o2 [label="*", shape=circle, fillcolor="#ffffff", margin=0.02];
  o2 -> n2;
  n0 -> o2;
  n1 -> o2;
  n3 [label="c|value 10|gradient -2", fillcolor="#cfe2ff"];
  n4 [label="_2|value 4|gradient -2", fillcolor="#fff1c9"];
  o4 [label="+", shape=circle, fillcolor="#ffffff", margin=0.02];
  o4 -> n4;
  n2 -> o4;
  n3 -> o4;
  n5 [label="f|value -2|gradient 4", fillcolor="#cfe2ff"];
  n6 [label="L|value -8|gradient 1", fillcolor="#cdebcf"];
  o6 [label="*", shape=circle, fillcolor="#ffffff", margin=0.02];
  o6 -> n6;
  n4 -> o6;
  n5 -> o6;
}
"""

MERMAID = """\
flowchart LR
  classDef variable fill:#cfe2ff,stroke:#808080,color:#1b1b1b
  classDef constant fill:#e4e4e4,stroke:#808080,color:#1b1b1b
  classDef step fill:#fff1c9,stroke:#808080,color:#1b1b1b
  classDef result fill:#cdebcf,stroke:#808080,color:#1b1b1b
  classDef operation fill:#ffffff,stroke:#808080,color:#1b1b1b
  n0["α<br/>value 2<br/>gradient 4"]:::variable
  n1["2"]:::constant
  n2["#95;1<br/>value 4<br/>gradient 1"]:::step
  o2(("#94;")):::operation --> n2
  n0 -->|1| o2
  n1 -->|2| o2
  n3["y<br/>value 1<br/>gradient 0"]:::variable
  n4["#95;2<br/>value 4<br/>gradient 1"]:::result
  o4(("max")):::operation --> n4
  n2 --> o4
  n3 -.-> o4
"""


def _stripped(text: str) -> str:
    return "".join([line.rstrip() + "\n" for line in text.splitlines()])


def _program(count: int, seed: int = 0) -> str:
    """A random program whose graph has so many nodes, some of them used more than once."""
    chance = random.Random(seed)
    names, lines = ["x", "y", "t0"], ["t0 = x * y"]
    for step in range(1, count - 2):
        shape = chance.choice(["sin({a})", "{a} * {b}", "{a} + {b}"])
        lines.append(f"t{step} = {shape.format(a=names[-1], b=chance.choice(names[-30:]))}")
        names.append(f"t{step}")
    return "\n".join([*lines, names[-1]])


# --- the tree ----------------------------------------------------------------------------------------------------


def test_the_tree_is_drawn_exactly_so(autodiff: Run) -> None:
    result = autodiff("graph", *EXAMPLE)
    assert (result.code, result.out, result.err) == (0, TREE, "")


def test_a_tree_with_sharing_and_a_branch_that_is_not_taken(autodiff: Run) -> None:
    result = autodiff("graph", "where(x > 0, x^2, log(y))", "x=2", "y=3", "--quiet")
    assert [line.split() for line in result.out.splitlines()] == [line.split() for line in BRANCHED.splitlines()]


def test_without_values_the_graph_is_without_numbers(autodiff: Run) -> None:
    result = autodiff("graph", EXAMPLE[0])
    assert (result.code, result.out) == (0, BARE)
    assert result.err == "note: no values are given: the graph is without numbers\n"
    assert all(node["value"] is None for node in autodiff("graph", "a*b", "--format", "json").json["nodes"])
    assert "value" not in autodiff("graph", "a*b", "--format", "dot").out


@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_the_tree_fits_the_width_however_deep_it_is(autodiff: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _, *lines = autodiff("graph", "+".join(f"x*{k}" for k in range(40)), "x=2").out.splitlines()
    assert max(map(len, lines)) <= width
    shown = [re.split(r"[─│├└ ]+", line.strip("─│├└ "))[0] for line in lines if "=" in line]
    assert len(shown) == len(set(shown)) == 79  # each step has its operation once
    below = [line for line in lines if line.endswith("(below)")]
    assert below or width == 160
    for line in below:
        name = re.findall(r"\w+", line)[0]
        assert any(other.startswith(f"{name} = ") for other in lines[lines.index(line) :])


def test_shared_nodes_are_shown_once(autodiff: Run) -> None:
    out = autodiff("graph", "d = x*x; d*d + d", "x=3").out
    assert out.count("d = x * x") == 2  # in the headline, and in the tree
    assert out.count("d  (above)") == 2
    assert out.count("x  (above)") == 1


def test_a_terminal_without_our_signs_gets_others() -> None:
    command = [sys.executable, "-m", "autodiff_cli", "graph", "a*b + c", "--depth", "1", "--quiet"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60)
    assert done.stdout.decode("ascii") == "a * b + c\n_2 = _1 + c\n|- _1 = a * b\n|  `- ~\n`- c\n"


def test_names_for_what_has_a_name_already(autodiff: Run) -> None:
    assert autodiff("graph", "L = x", "x=2").out == "L = x = 2\n   value  gradient\nx  2      1\n"
    assert "├─ d = x  " in autodiff("graph", "d = x; d^2", "x=2").out


def test_a_constant_alone_has_no_numbers_beside_it(autodiff: Run) -> None:
    assert autodiff("graph", "7").out == "7 = 7\n7\n"


def test_a_label_of_several_lines_stays_on_one() -> None:
    assert to_text(of_value(Value(1.0, "a\nb") * 2)).splitlines()[2].startswith("├─ a b  ")


@pytest.mark.parametrize("width", [28, 30, 34])
def test_on_a_narrow_terminal_values_are_left_out(autodiff: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = autodiff("graph", *EXAMPLE[:-1], "-2.12345").out.splitlines()[1:]
    assert max(map(len, lines)) <= width
    assert lines[0].split() == ["gradient"]


# --- parts -------------------------------------------------------------------------------------------------------


def test_depth_shows_so_many_steps_and_counts_the_rest(autodiff: Run) -> None:
    result = autodiff("graph", *EXAMPLE, "--depth", "1")
    assert result.err == "note: 4 more nodes are not shown\n"
    assert [line.split()[:3] for line in result.out.splitlines()[2:]] == [
        ["L", "=", "_2"],
        ["├─", "_2", "="],
        ["│", "└─", "…"],
        ["└─", "f", "-2"],
    ]


def test_around_shows_the_neighbours_of_a_name(autodiff: Run) -> None:
    out = autodiff("graph", *EXAMPLE, "--around", "c", "--depth", "1", "--quiet", "--format", "json").json
    assert [node["name"] for node in out["nodes"]] == ["c", "_2"]
    assert out["hidden"] == 5
    assert out["nodes"][1]["inputs"] == [None, 0]
    result = autodiff("graph", *EXAMPLE, "--around", "c", "--quiet")
    assert "_1 = a * b" in result.out
    assert "└─ …" in result.out


def test_wrt_gives_gradients_of_what_leads_there(autodiff: Run) -> None:
    nodes = autodiff("graph", *EXAMPLE, "--wrt", "c", "--format", "json").json["nodes"]
    assert {node["name"]: node["gradient"] for node in nodes} == {
        "a": None,
        "b": None,
        "_1": None,
        "c": -2.0,
        "_2": -2.0,
        "f": None,
        "L": 1.0,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--around", "d"), "error: there is no 'd' in the graph\n  = there are L, _2, f, _1, c, a, b\n"),
        (("--wrt", "d"), "error: there is no 'd' to differentiate by\n  = there are a, b, c, f\n"),
        (
            ("-o", "graph.xyz"),
            "error: no format has the ending .xyz\n"
            "  = graph.xyz may end in .svg, .png, .pdf, .dot, .gv, .mmd, .json, .txt\n",
        ),
        (
            ("-o", "graph"),
            "error: the name of the file has no ending, which would say its format\n"
            "  = graph may end in .svg, .png, .pdf, .dot, .gv, .mmd, .json, .txt\n",
        ),
        (("-o", ""), "error: -o needs the name of a file\n  = -o - is standard output\n"),
        (("-o", "a.svg", "-o", "b.svg"), "error: -o is given twice: a.svg and b.svg\n  = give one file\n"),
        (
            ("-o", "z.svg", "--format", "dot"),
            "error: -o z.svg and --format dot contradict each other\n"
            "  = --format alone prints it, and .dot or .gv is its ending\n",
        ),
        (
            ("-o", "z.jpg", "--format", "svg"),
            "error: -o z.jpg and --format svg contradict each other\n"
            "  = --format alone prints it, and .svg is its ending\n",
        ),
        (("--depth", "-1"), "error: --depth takes a whole number from 0, not -1\n  = as in --depth 3\n"),
        (("-o", "/nowhere/graph.dot"), "error: cannot write /nowhere/graph.dot: No such file or directory\n"),
    ],
)
def test_parts_and_files_that_cannot_be_are_refused_and_leave_nothing(
    autodiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = autodiff("graph", *EXAMPLE, *arguments)
    assert (result.code, result.err, result.out) == (2, message, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_graph_of_2000_nodes_is_drawn_and_a_larger_one_is_not() -> None:
    expression = parse(_program(MOST))
    found = graph(expression, {"x": 0.5, "y": 0.25})
    assert len(found.nodes) == MOST
    assert dot.to_dot(found).count("fillcolor") == 2 * MOST - 2
    assert to_text(found).count(" = ") == MOST - 2
    with pytest.raises(AutodiffError, match=r"the graph has 2,001 nodes; up to 2,000 are drawn") as error:
        graph(parse(_program(MOST + 1)), {"x": 0.5, "y": 0.25})
    assert "depth=3 keeps" in error.value.hint
    assert "around=NAME what is next" in error.value.hint


@pytest.mark.slow
def test_a_chain_of_100000_nodes_says_how_to_narrow_it(autodiff: Run, tmp_path: Path) -> None:
    expression = parse("+".join(["x"] * 100_000))
    with pytest.raises(AutodiffError) as error:
        graph(expression, {"x": 1})
    assert error.value.message == "the graph has 100,000 nodes; up to 2,000 are drawn"
    with pytest.raises(AutodiffError, match="the graph has 2,001 nodes so far from there; up to 2,000 are drawn"):
        graph(expression, {"x": 1}, depth=1999)
    found = graph(expression, {"x": 1}, depth=1, around="_500")
    assert [node.name for node in found.nodes] == ["x", "_499", "_500", "_501"]
    assert found.hidden == 99_996
    file = tmp_path / "chain.ad"
    file.write_text("+".join(["x"] * 3000))
    result = autodiff("graph", "--file", str(file), "x=1", "-o", str(tmp_path / "graph.dot"))
    assert (result.code, list(tmp_path.iterdir())) == (2, [file])
    assert result.err == (
        "error: the graph has 3,000 nodes; up to 2,000 are drawn\n"
        "  = --depth 3 keeps what is next to the result, --around NAME what is next to a step or variable\n"
    )


def test_above_the_tree_of_a_long_program_stands_its_result(autodiff: Run, tmp_path: Path) -> None:
    file = tmp_path / "program.ad"
    file.write_text("\n".join(["t0 = sin(x)", *[f"t{k} = sin(t{k - 1})" for k in range(1, 9)], "L = t8^2"]))
    assert autodiff("graph", "--file", str(file), "x=0").out.startswith("…\nL = t8^2 = 0\n")
    assert autodiff("graph", "d = x*x; L = d + x", "x=1").out.startswith("d = x * x\nL = d + x = 2\n")


# --- DOT and Mermaid ---------------------------------------------------------------------------------------------


def test_dot_is_written_exactly_so(autodiff: Run) -> None:
    head, _, body = autodiff("graph", *EXAMPLE, "--format", "dot").out.partition("arrowsize=0.6];\n")
    assert head.startswith("digraph autodiff {\n  graph [rankdir=LR, bgcolor=transparent")
    assert body == DOT


def test_mermaid_is_written_exactly_so(autodiff: Run) -> None:
    assert autodiff("graph", "max(α^2, y)", "α=2", "y=1", "--format", "mermaid").out == MERMAID


def test_mermaid_says_that_it_may_be_too_large(autodiff: Run) -> None:
    result = autodiff("graph", "+".join(["x"] * 200), "x=1", "--format", "mermaid")
    assert result.err == "note: Mermaid draws up to 500 arrows unless its maxEdges is raised; here are 597\n"


AWKWARD = 'a "b" <c>&amp; {x|y} \\N #35; `k`\nend'


def test_awkward_labels_are_escaped() -> None:
    found = of_value(Value(1, label=AWKWARD) * Value(2, label="- 1. item"))
    assert r'label="a \"b\" \<c\>&amp;amp; \{x\|y\} \\N #35; `k` end|' in dot.to_dot(found)
    mermaid = dot.to_mermaid(found)
    assert 'n0["a #34;b#34; #60;c#62;#38;amp#59; #123;x#124;y#125; #92;N #35;35#59; #96;k#96; end<br/>' in mermaid
    assert '["#45; 1#46; item<br/>' in mermaid


@needs_dot
def test_awkward_labels_come_out_as_they_are() -> None:
    svg = dot.draw(of_value(Value(1, label=AWKWARD) * 2), "svg").decode()
    assert ">a &quot;b&quot; &lt;c&gt;&amp;amp; {x|y} \\N #35; `k` end</text>" in svg


def test_the_dot_text_shows_what_micrograd_shows() -> None:
    """The usual picture of micrograd: a box with data and grad for each value, a node for each operation."""
    engine = pytest.importorskip("micrograd.engine")
    a, b, c, f = (engine.Value(data) for data in (2.0, -3.0, 10.0, -2.0))
    root = (a * b + c) * f
    root.backward()
    boxes, signs, arrows, seen, stack = [], [], 0, {root}, [root]
    for value in stack:
        boxes.append((value.data, value.grad))
        signs += [value._op] if value._op else []
        arrows += len(value._prev) + bool(value._op)
        for child in value._prev:
            if child not in seen:
                seen.add(child)
                stack.append(child)
    expression = parse("L = (a*b + c)*f")
    text = dot.to_dot(graph(expression, {"a": 2, "b": -3, "c": 10, "f": -2}))
    ours = [(float(v), float(g)) for v, g in re.findall(r"\|value (\S+)\|gradient ([^\"|]+)", text)]
    assert sorted(ours) == sorted(boxes)
    assert sorted(re.findall(r'o\d+ \[label="(.)"', text)) == sorted(signs)
    assert text.count("->") == arrows


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
def test_gradients_are_those_of_eval_on_published_expressions() -> None:
    for record in corpus("textbook") + corpus("peer_points"):
        text, point = record.get("text", record["expr"]), {k: float(v) for k, v in record["point"].items()}
        expression = parse(text, point)
        if expression.variables.keys() - expression.defaults.keys() - point.keys() == {"E"}:  # which is never 2.718
            with pytest.raises(AutodiffError, match="no value for E"):
                graph(expression, point)
            continue
        wanted = {row.name: row.gradient for row in report_at(expression, point).rows}
        found = graph(expression, point)
        got = {node.name: node.gradient for node in found.nodes if node.kind == "variable"}
        assert {name: repr(slope) for name, slope in got.items()} == {
            name: repr(slope) for name, slope in wanted.items() if name in got
        }
        if not record.get("ambiguous"):
            for name in got.keys() & record["grad"].keys():
                true = float(record["grad"][name])
                assert abs(got[name] - true) <= 4 * ulp(true), (record["id"], name)


@needs_dot
def test_a_deep_graph_is_folded(autodiff: Run, tmp_path: Path) -> None:
    text = "sin(" * 900 + "x" + ")" * 900
    (tmp_path / "deep.ad").write_text(text)
    result = autodiff("graph", "--file", str(tmp_path / "deep.ad"), "x=1", "-o", str(tmp_path / "deep.png"))
    assert (result.code, result.err) == (0, "")
    png = (tmp_path / "deep.png").read_bytes()
    width, height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    assert max(width, height) < 5 * min(width, height) < 5 * 10_000
    folded = dot.to_dot(graph(parse(text), {"x": 1}))
    # every step gets its one input, from a box or, in a new row, by its name
    arrows = dict(re.findall(r"^  (\w+) -> (o\d+)", folded, re.MULTILINE))
    assert sorted(arrows.values(), key=lambda o: int(o[1:])) == [f"o{k}" for k in range(1, 901)]
    named = dict(re.findall(r'^  (x\d+_1) \[label="([^"]+)", shape=plaintext', folded, re.MULTILINE))
    assert {start: named[start] for start in arrows if start[0] == "x"} == {
        f"x{k}_1": f"_{k - 1}" for k in range(30, 901, 30)
    }


@needs_dot
def test_a_picture_that_is_too_large_is_noted(autodiff: Run, tmp_path: Path) -> None:
    wide = "max(" + ",".join(f"x{k}" for k in range(600)) + ")"
    result = autodiff("graph", wide, "-o", str(tmp_path / "wide.png"), "--quiet")
    assert result.code == 0
    assert re.fullmatch(
        r"note: the graph is too large for a picture of points, [\d,]+ by [\d,]+: a .svg or --depth 3 shows it\n",
        result.err,
    )


def test_precision_is_that_of_the_picture_too(autodiff: Run) -> None:
    out = autodiff("graph", "exp(x)", "x=1", "--format", "dot", "--precision", "12").out
    assert "|value 2.71828182846|" in out
    assert "value 2.72<br/>" in autodiff("graph", "exp(x)", "x=1", "--format", "mermaid", "--precision", "3").out


# --- files -------------------------------------------------------------------------------------------------------


@needs_dot
@pytest.mark.parametrize(
    ("ending", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("PNG", b"\x89PNG")]
)
def test_a_picture_is_of_the_kind_its_ending_says(autodiff: Run, tmp_path: Path, ending: str, begins: bytes) -> None:
    result = autodiff("graph", *EXAMPLE, "-o", str(tmp_path / f"graph.{ending}"))
    assert (result.code, result.out, result.err) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == [f"graph.{ending}"]
    assert (tmp_path / f"graph.{ending}").read_bytes().startswith(begins)


@needs_dot
def test_the_svg_has_every_number(autodiff: Run) -> None:
    svg = autodiff("graph", *EXAMPLE, "--format", "svg").out
    texts = re.findall(r">([^<>]+)</text>", svg)
    assert sorted(texts) == sorted([
        *("a", "value 2", "gradient 6", "b", "value &#45;3", "gradient &#45;4", "c", "value 10", "gradient &#45;2"),
        *("f", "value &#45;2", "gradient 4", "_1", "value &#45;6", "gradient &#45;2", "_2", "value 4"),
        *("gradient &#45;2", "L", "value &#45;8", "gradient 1", "*", "+", "*"),
    ])  # fmt: skip


@pytest.mark.parametrize("ending", ["dot", "gv", "mmd", "json", "txt"])
def test_text_files_need_no_graphviz(
    autodiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    file = tmp_path / f"graph.{ending}"
    assert autodiff("graph", *EXAMPLE, "-o", str(file)).code == 0
    format_ = {"gv": "dot", "mmd": "mermaid", "txt": "tree"}.get(ending, ending)
    printed = autodiff("graph", *EXAMPLE, "--format", format_).out
    assert file.read_text("utf-8") == printed.removeprefix("L = (a * b + c) * f = -8\n")
    assert autodiff("graph", *EXAMPLE, "-o", "-", "--format", format_).out == printed


def test_without_graphviz_a_picture_is_refused_with_a_way_out(
    autodiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    result = autodiff("graph", *EXAMPLE, "-o", str(tmp_path / "graph.png"))
    assert (result.code, list(tmp_path.iterdir())) == (2, [])
    assert result.err == (
        "error: drawing a .png needs Graphviz, whose program 'dot' is not there\n"
        "  = install it (apt install graphviz, brew install graphviz); .dot and .mmd files are written without it\n"
    )


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "cat >/dev/null; echo Error: out of memory >&2; exit 3",
            "Graphviz cannot draw the graph: Error: out of memory",
        ),
        ("cat >/dev/null", "Graphviz cannot draw the graph: nothing was said"),
        ("exec sleep 5", "Graphviz has not drawn the graph in 0.2 seconds"),
    ],
)
def test_graphviz_that_fails_leaves_what_was_there(
    autodiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    program = tmp_path / "bin" / "dot"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(dot, "_SECONDS", 0.2 if "sleep" in script else 60)
    (tmp_path / "graph.svg").write_text("before")
    result = autodiff("graph", *EXAMPLE, "-o", str(tmp_path / "graph.svg"))
    assert (result.code, result.err) == (2, f"error: {message}\n  = --depth 3 or --around NAME draws a part\n")
    assert (tmp_path / "graph.svg").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "graph.svg"]


def test_a_file_is_written_whole_or_not_at_all(autodiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder.dot"
    folder.mkdir()
    result = autodiff("graph", *EXAMPLE, "-o", str(folder))
    assert (result.code, result.err) == (2, f"error: cannot write {folder}: Is a directory\n")
    kept, link = tmp_path / "kept.dot", tmp_path / "link.dot"
    kept.write_text("before")
    kept.chmod(0o640)
    link.symlink_to(kept)
    assert autodiff("graph", *EXAMPLE, "-o", str(link)).code == 0
    assert link.is_symlink()
    assert kept.read_text().startswith("digraph")
    assert kept.stat().st_mode & 0o777 == 0o640

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    result = autodiff("graph", *EXAMPLE, "-o", str(kept))
    assert (result.code, result.err) == (2, f"error: cannot write {kept}: No space left on device\n")
    assert kept.read_text().startswith("digraph")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.dot", "kept.dot", "link.dot"]
    assert autodiff("graph", *EXAMPLE, "--format", "dot", "-o", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


def test_json_has_every_node_and_what_is_not_finite_as_text(autodiff: Run) -> None:
    found = autodiff("graph", "sqrt(x)*0 + 1/0", "x=0", "--format", "json")
    assert found.code == 3
    found = autodiff("graph", "sqrt(x)", "x=0", "--format", "json").json
    assert list(found) == ["expression", "value", "result", "hidden", "nodes", "notes"]
    assert found["nodes"] == [
        {
            "id": 0,
            "name": "x",
            "kind": "variable",
            "function": None,
            "operation": None,
            "inputs": [],
            "value": 0.0,
            "gradient": "inf",
            "taken": True,
        },
        {
            "id": 1,
            "name": "_1",
            "kind": "step",
            "function": "sqrt",
            "operation": "sqrt(x)",
            "inputs": [0],
            "value": 0.0,
            "gradient": 1.0,
            "taken": True,
        },
    ]


# --- notebooks ---------------------------------------------------------------------------------------------------


def _value() -> Value:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b + a
    c.label = "c"
    c.backward()
    return c


SHOWN = """\
                value  gradient
c = _1 + a      -4      1
├─ _1 = a * b   -6      1
│  ├─ a          2     -2
│  └─ b         -3      2
└─ a  (above)"""


def test_a_value_shows_itself_as_its_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value = _value()
    monkeypatch.setenv("PATH", str(tmp_path))
    shown = value._repr_mimebundle_()
    assert list(shown) == ["text/plain", "image/svg+xml"]
    assert _stripped(shown["text/plain"]).split() == SHOWN.split()
    assert shown["image/svg+xml"].startswith("<svg ")
    assert "gradient -2</text>" in shown["image/svg+xml"]
    assert [arg.grad for arg in value.args] == [1.0, -2.0]  # looking changes nothing


@needs_dot
def test_a_value_is_drawn_where_graphviz_is() -> None:
    shown = _value()._repr_mimebundle_(include=None, exclude=None)
    assert list(shown) == ["text/plain", "image/svg+xml"]
    assert "<svg" in shown["image/svg+xml"]


def test_of_a_large_graph_a_notebook_shows_what_is_next_to_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Value(2.0)._repr_mimebundle_() == {}
    monkeypatch.setenv("PATH", str(tmp_path))
    large = Value(1.0)
    for _ in range(300):
        large = large + 1
    shown = large._repr_mimebundle_()
    assert shown["text/plain"].endswith("\n594 more nodes are not shown")
    assert ">594 more nodes are not shown</text>" in shown["image/svg+xml"]
    assert "title: 594 more nodes are not shown\n" in dot.to_mermaid(of_value(large, depth=3))
    assert '  label="594 more nodes are not shown";' in dot.to_dot(of_value(large, depth=3))


def test_a_wide_graph_says_why_it_is_not_shown() -> None:
    wide = functions.max(*[Value(float(k)) for k in range(300)])
    assert wide._repr_mimebundle_() == {
        "text/plain": "Value(data=299.0, grad=0.0, op='max')\n"
        "the graph has 301 nodes so far from there; up to 200 are drawn"
    }


def test_a_value_without_gradients_and_with_second_ones() -> None:
    x = Value(3.0, label="x")
    y = x * x
    assert "x" in y._repr_mimebundle_()["text/plain"]
    y.backward(create_graph=True)
    assert "6" in y._repr_mimebundle_()["text/plain"].splitlines()[2]
    json.dumps(y._repr_mimebundle_())


@needs_dot
def test_dot_text_is_read_by_graphviz() -> None:
    found = graph(parse("where(x > 0, mod(x^2, 3), -1.5)"), {"x": 2})
    done = subprocess.run(["dot", "-Tcanon"], input=dot.to_dot(found).encode(), capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_steps_that_floats_have_lost_are_said_to_be_of_floats(autodiff: Run) -> None:
    pytest.importorskip("flint")
    result = autodiff("graph", "(1-cos(x))/x^2", "x=1e-8")
    assert result.err.splitlines()[-1] == "note: the steps between are shown as floats have them"
    assert autodiff("graph", "x*y", "x=2", "y=3").err == ""
