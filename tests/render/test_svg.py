"""A graph as SVG without Graphviz: what it shows, and where things stand."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autodiff_cli import parse
from autodiff_cli.render.svg import _rising, to_svg
from autodiff_cli.reports.graph import Graph, graph

from ..conftest import Result

Run = Callable[..., Result]


def shown(text: str, **point: float) -> Graph:
    return graph(parse(text).expression, point or None)


def test_the_picture_has_every_name_number_and_operation() -> None:
    svg = to_svg(shown("L = (a*b + c)*f", a=2.0, b=-3.0, c=10.0, f=-2.0))
    assert sorted(re.findall(r">([^<>]+)</text>", svg)) == sorted([
        *("a", "value 2", "gradient 6", "b", "value -3", "gradient -4", "c", "value 10", "gradient -2"),
        *("f", "value -2", "gradient 4", "_1", "value -6", "gradient -2", "_2", "value 4"),
        *("gradient -2", "L", "value -8", "gradient 1", "*", "+", "*"),
    ])  # fmt: skip


def test_arrows_without_a_gradient_are_dashed_and_ordered_arguments_numbered() -> None:
    svg = to_svg(shown("where(x > 0, x - y, y)", x=1.0, y=2.0))
    assert svg.count("stroke-dasharray") == 3
    assert {"1", "2", "3"} <= {*re.findall(r">([^<>]+)</text>", svg)}


def test_arrows_go_from_left_to_right() -> None:
    svg = to_svg(shown("x = 2; y = 3; a = x*y; b = a + x; c = sin(b)*a + y; c"))
    for path in re.findall(r'<path d="(M[^"]+)" fill="none"', svg):
        ends = [float(x) for x in re.findall(r"([-\d.]+),", path)]
        assert ends == sorted(ends)


def test_a_dark_picture_has_a_dark_ground_and_a_part_says_what_is_left_out() -> None:
    found = graph(parse("x = 2; sin(cos(exp(x)))").expression, {"x": 2.0}, depth=1)
    assert "2 more nodes are not shown" in to_svg(found)
    assert ('fill="#161616"' in to_svg(found, dark=True), 'fill="#161616"' in to_svg(found)) == (True, False)


def test_the_same_graph_is_the_same_picture() -> None:
    assert to_svg(shown("x^2*sin(y) + x", x=1.0, y=2.0)) == to_svg(shown("x^2*sin(y) + x", x=1.0, y=2.0))


@pytest.mark.skipif(shutil.which("dot") is not None, reason="Graphviz draws it")
def test_the_command_draws_an_svg_without_graphviz(autodiff: Run, tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    assert autodiff("graph", "x^2", "x=3", "-o", str(path)).code == 0
    assert "gradient 6" in path.read_text()


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [([], []), ([3.0], [3.0]), ([1.0, 2.0], [1.0, 2.0]), ([2.0, 1.0], [1.5, 1.5]), ([5.0, 1.0, 3.0], [3.0, 3.0, 3.0])],
)
def test_the_nearest_rising_numbers(numbers: list[float], wanted: list[float]) -> None:
    assert _rising(numbers) == wanted
