"""Dialects of text: what separates cells, lines that are no rows, other encodings, JSON arrays."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables.dialect import Cleaned, Decoded, Listed, TableDialect, encoding_of, guessed, separator_of


@pytest.mark.parametrize(
    ("head", "usual", "loose", "expected"),
    [
        ("a;b;name\n3;4;x, y\n", ",", False, ";"),
        ("a\tb\n3\t4\n", ",", False, "\t"),
        ("a|b\n3|4\n", ",", False, "|"),
        ("a,b\n3,4\n", "\t", False, ","),
        ("x,note; remark\n4,p; q\n", ",", False, ","),
        ('"a;b"\n3\n', ",", False, ","),
        ('"a,1";b\n3;4\n', ",", False, ";"),
        ("speed; m/s\n3\n", ",", False, ","),
        ("a;b|c\n1;2|3\n", ",", False, ","),
        ("a;b|c\n1;2 3\n", ",", False, ";"),
        ("Speed (m/s)\n3\n", ",", False, ","),
        ("x  y\n3  4\n", ",", True, "space"),
        ("x,y\n3,4\n", ",", True, ","),
        ("x\n3\n", ",", True, ","),
    ],
)
def test_a_separator_is_guessed_where_the_header_plainly_shows_it(
    head: str, usual: str, loose: bool, expected: str
) -> None:
    assert guessed(head, usual, loose) == expected


@pytest.mark.parametrize("text", ["ab", "a", "1", '"', "\n", "é"])
def test_what_separates_no_cells_is_refused(text: str) -> None:
    with pytest.raises(AutodiffError, match="cells cannot be separated"):
        separator_of(text)


@pytest.mark.parametrize("text", ["latin", "base64", "x\0"])
def test_an_encoding_that_there_is_not_is_refused(text: str) -> None:
    if text != "latin":
        with pytest.raises(AutodiffError, match="there is no encoding"):
            encoding_of(text)
    else:
        assert encoding_of(text) == "iso8859-1"


_LINES = st.lists(st.sampled_from(["1,2", "# no row", "", '"a"', "#", "3"]), max_size=12)


@given(_LINES, st.integers(0, 4), st.booleans())
def test_lines_that_are_left_keep_their_numbers(lines: list[str], skip: int, ends: bool) -> None:
    text = "\n".join(lines) + "\n" * (ends and bool(lines))
    cleaned = Cleaned(io.BytesIO(text.encode()), TableDialect(comment="#", skip=skip), True)
    left = b"".join(iter(lambda: cleaned.read(3), b"")).decode()
    whole = text.split("\n")
    kept = [(number, line) for number, line in enumerate(whole, 1) if number > skip and not line.startswith("#")]
    found = left.split("\n")
    if found[-1] == "":
        found.pop()
    assert found == [line for _, line in kept][: len(found)]
    assert [cleaned.number(at) for at, _ in enumerate(found, 1)] == [number for number, _ in kept][: len(found)]


def test_a_comment_within_a_cell_in_quotes_is_no_comment() -> None:
    cleaned = Cleaned(io.BytesIO(b'x,s\n1,"a\n# b"\n# c\n2,d\n'), TableDialect(comment="#"), True)
    assert cleaned.read(100) == b'x,s\n1,"a\n# b"\n2,d\n'


def test_blanks_between_cells_are_one_separator() -> None:
    cleaned = Cleaned(io.BytesIO(b'  x   y\tz \n\n 1 "a b"  3\r\n'), TableDialect(separator="space"), False)
    assert cleaned.read(100) == b'x\ty\tz\n1\t"a b"\t3\n'
    assert cleaned.number(2) == 3


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "cp1252", "utf-8-sig"])
def test_another_encoding_becomes_utf_8_in_reads_of_any_size(encoding: str) -> None:
    text = "x,town\n1,Zürich\n" * 50
    for size in (1, 7, 4096):
        decoded = Decoded(io.BytesIO(text.encode(encoding)), encoding, "t.csv")
        assert b"".join(iter(lambda: decoded.read(size), b"")).decode() == text  # noqa: B023


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2)
)


@given(st.lists(st.dictionaries(st.text(max_size=2), _VALUES, max_size=3)), st.sampled_from([None, 1]))
def test_an_array_is_read_as_a_line_for_each_element(rows: list[dict[str, object]], indent: int | None) -> None:
    listed = Listed(io.BytesIO(json.dumps(rows, indent=indent, ensure_ascii=False).encode()), "a.json")
    lines = b"".join(iter(lambda: listed.read(5), b"")).splitlines()
    assert [json.loads(line) for line in lines] == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"k":1},{"k":2},{"k"', "a.json is cut off: its array has no end"),
        ('[{"k":1}', "a.json is cut off: its array has no end"),
        ('[{"k":1},]', "a.json, line 1: no JSON: Expecting value"),
        ('[{"k":1} {"k":2}]', "a.json, line 1: no JSON: a comma is missing between two rows"),
        ('[{"k":1},\n{"k" 2}]', "a.json, line 2: no JSON: Expecting ':' delimiter"),
        ('[{"k":1}] x', "a.json, line 1: there is more after the array"),
    ],
)
def test_an_array_that_is_none_is_refused(text: str, message: str) -> None:
    listed = Listed(io.BytesIO(text.encode()), "a.json")
    with pytest.raises(AutodiffError) as raised:
        listed.read(1000)
    assert raised.value.message == message
