"""The tables of formats: every writer is there and takes what its line says; what options and files make of them."""

from importlib import import_module
from inspect import signature

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.render.formats import DERIVATION, GRAPH, PLOT, TRACE, Format, Formats

TABLES = {"plot": PLOT, "graph": GRAPH, "trace": TRACE, "diff --explain": DERIVATION}
LINES = [(name, one) for name, formats in TABLES.items() for one in (formats.usual, *formats.others, *formats.pictures)]


def parameters(path: str) -> list[str]:
    file, _, function = path.partition(":")
    return [*signature(getattr(import_module(f"autodiff_cli.render.{file}"), function)).parameters][1:]


@pytest.mark.parametrize(("name", "line"), LINES, ids=[f"{name}-{one.name}" for name, one in LINES])
def test_a_writer_takes_what_its_line_says(name: str, line: Format) -> None:
    assert {*line.takes} == {*parameters(line.made_by)}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_shown_takes_what_the_usual_format_takes(name: str) -> None:
    assert {*TABLES[name].usual.takes} == {*parameters(TABLES[name].shown_by)}


@pytest.mark.parametrize("name", TABLES)
def test_no_name_and_no_ending_stands_for_two_formats(name: str) -> None:
    lines = [one for table, one in LINES if table == name]
    endings = [ending for one in lines for ending in one.endings]
    assert len({one.name for one in lines}) == len(lines)
    assert len({*endings}) == len(endings) == len(TABLES[name].endings())


def test_the_usual_format_is_offered_first_and_pictures_end_files_first() -> None:
    assert PLOT.choices() == ["text", "json", "csv", "tsv"]
    assert GRAPH.choices() == ["tree", "dot", "mermaid", "json", "svg"]
    assert [*TRACE.endings()] == [".json", ".md", ".tex", ".txt"]
    assert [*PLOT.endings().items()][:2] == [(".svg", "svg"), (".png", "png")]
    assert PLOT.draws("svg")
    assert not PLOT.draws("json")


def test_a_format_takes_of_what_is_asked_what_matters_to_it() -> None:
    from autodiff_cli.reports.trace import trace

    report = trace(parse("x^2"), {"x": 3.0})
    assert b'"value": 9.0' in TRACE.write("json", report, precision=2, dark=True)
    assert TRACE.write("markdown", report, precision=2).startswith(b"`x^2` = 9\n")


def test_a_format_that_is_added_to_a_table_is_offered_and_written() -> None:
    more = Formats(PLOT.usual, PLOT.shown_by, (*PLOT.others, Format("dots", (".dots",), "graph:short")))
    assert more.choices()[-1] == "dots"
    assert more.endings()[".dots"] == "dots"
    assert more.write("dots", "a; b") == b"a; b\n"
