"""Pictures from Python: `trace`, `draw_dot`, what they show of nodes made by hand, and the files that are saved."""

import html
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from autodiff_cli import Value
from autodiff_cli.drawing import Drawing, draw_dot, trace
from autodiff_cli.errors import AutodiffError


@pytest.fixture(autouse=True)
def _no_graphviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pictures are drawn without Graphviz here, wherever the tests run."""
    monkeypatch.setenv("PATH", str(tmp_path))


def first_expression() -> Value:
    """L = (a*b + c)*f by hand: labels, and gradients that are set."""
    a, b, c, f = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c"), Value(-2.0, label="f")
    d = a * b
    d.label = "d"
    e = d + c
    e.label = "e"
    loss = e * f
    loss.label = "L"
    for node, gradient in ((loss, 1.0), (f, 4.5), (e, -2.25), (c, -2.125), (d, -2.375), (a, 6.5), (b, -4.75)):
        node.grad = gradient
    return loss


def texts(svg: str) -> list[str]:
    """The texts of a picture, which is well-formed."""
    return [one.text or "" for one in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_trace_gives_every_node_and_each_edge_from_an_argument_to_its_use() -> None:
    nodes, edges = trace(first_expression())
    assert {node.label for node in nodes} == {*"abcdefL"}
    assert {(one.label, other.label) for one, other in edges} == {*map(tuple, ("ad", "bd", "ce", "de", "eL", "fL"))}
    x = Value(1.0)
    assert trace(x) == ({x}, set())
    assert len(trace(x * x)[1]) == 1


def test_a_deep_graph_is_traced() -> None:
    x = node = Value(1.0)
    for _ in range(20_000):
        node = node + x
    nodes, edges = trace(node)
    assert (len(nodes), len(edges)) == (20_001, 39_999 + 0)


@pytest.mark.parametrize("text", ["source", "svg"])
def test_a_drawing_shows_labels_numbers_and_gradients_as_they_were_set(text: str) -> None:
    shown = html.unescape(getattr(draw_dot(first_expression()), text))
    for name, value, gradient in (("a", "2", "6.5"), ("b", "-3", "-4.75"), ("d", "-6", "-2.375"), ("L", "-8", "1")):
        assert re.search(rf"\b{name}\b\W", shown)
        assert f"value {value}" in shown
        assert f"gradient {gradient}" in shown


def test_a_constant_shows_no_gradient_and_a_missing_label_no_none() -> None:
    made = (Value(2.0, label="x") * 3 + Value(1.5)).relu()
    made.backward()
    for shown in (draw_dot(made).source, draw_dot(made).svg):
        assert "None" not in shown
    drawn = texts(draw_dot(made).svg)
    assert drawn.count("gradient 1") == 4
    assert drawn[drawn.index("3") + 1] != "value 3"
    assert [line for line in drawn if line.startswith("gradient")] == ["gradient 1"] * 4 or "gradient 3" in drawn


def test_a_node_made_by_hand_is_drawn_with_its_own_operation() -> None:
    x = Value(0.5, label="x")
    y = Value(0.25, (x, x), "twist", label="y")
    z = Value(1.0, (y, x), "+")
    bare = Value(2.0, (z,))
    drawing = draw_dot(bare)
    assert {"twist", "+", "x", "y"} <= {*texts(drawing.svg)}
    assert 'label="twist"' in drawing.source


def test_labels_of_any_kind_are_text() -> None:
    drawing = draw_dot(Value(1.0, label='<a & "b">\n{c}') + Value(2.0, label="x" * 100))
    drawn = texts(drawing.svg)
    assert '<a & "b"> {c}' in drawn
    assert "x" * 27 + "…" in drawn


def test_a_notebook_shows_the_picture() -> None:
    drawing = draw_dot(first_expression())
    assert drawing._repr_svg_() == drawing.svg
    assert (str(drawing), repr(drawing)) == (drawing.source, "<a drawing of 7 nodes: .svg, .source, .save(path)>")


def test_a_drawing_stays_as_it_was() -> None:
    loss = first_expression()
    drawing = draw_dot(loss)
    before = drawing.svg
    loss.data = 5.0
    loss.zero_grad()
    assert (draw_dot(loss).svg != before, drawing.source.count("gradient 1")) == (True, 1)


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("svg", "<svg "), ("dot", "digraph"), ("gv", "digraph"), ("mmd", "flowchart"), ("json", "{"), ("txt", " ")],
)
def test_a_drawing_is_saved_by_its_ending(tmp_path: Path, ending: str, begins: str) -> None:
    path = tmp_path / f"graph.{ending}"
    draw_dot(first_expression()).save(path)
    assert path.read_text("utf-8").startswith(begins)


def test_another_ending_or_a_missing_program_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    drawing = draw_dot(first_expression())
    with pytest.raises(AutodiffError, match=r"'graph\.bmp'") as caught:
        drawing.save(tmp_path / "graph.bmp")
    assert ".svg" in caught.value.hint
    with pytest.raises(AutodiffError, match="needs Graphviz"):
        drawing.save(str(tmp_path / "graph.png"))
    assert [*tmp_path.iterdir()] == []


def long_sum(terms: int) -> Value:
    total = Value(0.0, label="start")
    for k in range(terms):
        total = total + Value(float(k), label=f"x{k}") * Value(0.5, label=f"w{k}")
    return total


def boxes(drawing: Drawing) -> list[tuple[float, float, float, float]]:
    """The boxes of a picture: left, upper side, width, height."""
    found = re.findall(r'<rect x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)" rx', drawing.svg)
    return [(float(x), float(y), float(width), float(height)) for x, y, width, height in found]


@pytest.mark.parametrize("terms", [1, 3, 8, 30, 100])
def test_the_picture_of_a_long_sum_is_folded_and_no_box_covers_another(terms: int) -> None:
    drawing = draw_dot(long_sum(terms))
    found = sorted(boxes(drawing))
    assert len(found) == 4 * terms + 1
    for at, (x, y, width, height) in enumerate(found):
        for other_x, other_y, _, other_height in found[at + 1 :]:
            is_apart = other_x >= x + width or other_y >= y + height or y >= other_y + other_height
            assert is_apart
    assert max(x + width for x, _, width, _ in found) < 2200
    size = re.search(r'width="(\d+)" height="(\d+)"', drawing.svg)
    assert size is not None
    assert all(x + w <= float(size[1]) and y + h <= float(size[2]) for x, y, w, h in found)


def test_a_graph_that_is_too_large_is_drawn_in_part() -> None:
    large = long_sum(600)
    with pytest.raises(AutodiffError, match="up to 2,000 are drawn") as caught:
        draw_dot(large)
    assert "depth=3" in caught.value.hint
    assert "2,39" in draw_dot(large, depth=2).svg
    part: Any = draw_dot(large, depth=1, around="x7")
    assert {"x7", "w7"} & {*texts(part.svg)} == {"x7"}
    with pytest.raises(AutodiffError, match="'q'"):
        draw_dot(large, around="q")


def test_a_list_of_results_or_a_number_is_no_graph() -> None:
    outputs = [Value(1.0), Value(2.0)]
    for draw in (draw_dot, trace):
        with pytest.raises(TypeError, match="here are 2: draw one of them"):
            draw(outputs)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="not of a float"):
            draw(3.0)  # type: ignore[arg-type]
