"""What commands about a point read: values, points, whole numbers, names; errors that are complete when raised."""

from math import pi
from pathlib import Path

import click
import pytest

from autodiff_cli.commands.given import FileValues, read_text
from autodiff_cli.commands.point import names, number, point_of, put_at, whole
from autodiff_cli.commands.ranges import Range, other_range, read_range
from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.language.parser import parse


@pytest.mark.parametrize(
    ("text", "value"),
    [("2", 2), ("-2.5e3", -2500), ("0", 0), ("-0.0", 0), ("pi/4", pi / 4), ("2 pi", 2 * pi), ("sum(k, 1, 4, k)", 10)],
)
def test_a_value_is_a_number_or_a_constant_expression(text: str, value: float) -> None:
    assert number("x", text) == value


@pytest.mark.parametrize(
    ("text", "message", "span"),
    [
        ("2*", "in the value of x: the expression ends where a number, a name or '(' is needed", (1, 2)),
        ("y + 1", "x = y + 1 is not a number: 'y' has no value", None),
        ("log(-1)", "in the value of x: log(x) needs x > 0; here x = -1", (0, 7)),
        ("10^400", "x = 10^400 is too large for a float", None),
    ],
)
def test_a_value_that_is_none_is_wrong_input(text: str, message: str, span: tuple[int, int] | None) -> None:
    with pytest.raises(AutodiffError) as caught:
        number("x", text)
    assert caught.value.message == message
    assert type(caught.value) is AutodiffError  # and not that there is no value at the point
    if span:
        assert caught.value.source[slice(*span)] == text[slice(*span)]


def test_the_error_of_a_value_is_another_one_than_the_error_it_comes_from() -> None:
    first = UndefinedError("no value", source="log(0)", span=(0, 6), hint="h", also=[AutodiffError("more")])
    changed = first.changed(AutodiffError, message="in x: no value", span=(2, 8))
    assert (first.message, first.span) == ("no value", (0, 6))
    assert (type(changed), changed.message, changed.span) == (AutodiffError, "in x: no value", (2, 8))
    assert (changed.source, changed.hint, changed.also) == (first.source, first.hint, first.also)


def test_every_value_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(AutodiffError) as caught:
        point_of(parse("x*y*z"), {"x": "2*", "y": "q"})
    messages = [caught.value.message, *[one.message for one in caught.value.also]]
    assert messages == [
        "in the value of x: the expression ends where a number, a name or '(' is needed",
        "y = q is not a number: 'q' has no value",
        "no value for z",
    ]


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        (("x=2",), {"x": "2"}),
        (("x=2,y=pi/2",), {"x": "2", "y": "pi/2"}),
        (("x=2", "y=3"), {"x": "2", "y": "3"}),
        ((" x = 2 , y = max(1, 2)",), {"x": "2", "y": "max(1, 2)"}),
        ((), {}),
    ],
)
def test_at_takes_values_one_by_one_or_with_commas(typed: tuple[str, ...], values: dict[str, str]) -> None:
    found: dict[str, str] = {}
    put_at(found, typed)
    assert found == values


@pytest.mark.parametrize("typed", ["x", "x=", "x=2,y=", "=2", "3 x=2"])
def test_at_takes_names_with_values(typed: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        put_at({}, (typed,))
    assert caught.value.message == f"--at takes NAME=VALUE, not {typed}"


def test_at_gives_no_name_two_values() -> None:
    with pytest.raises(AutodiffError, match="two values for 'x': 1 and 2"):
        put_at({"x": "1"}, ("x=2",))


@pytest.mark.parametrize(
    ("wrt", "found"), [((), []), (("a,b", "c"), ["a", "b", "c"]), ((" a , a,,b ",), ["a", "b"]), ((",",), [])]
)
def test_wrt_takes_names_one_by_one_or_with_commas(wrt: tuple[str, ...], found: list[str]) -> None:
    assert names(wrt) == found


@pytest.mark.parametrize(("typed", "most"), [("0", 10), ("10", 10), ("999999999", None)])
def test_a_whole_number_is_read_within_its_limits(typed: str, most: int | None) -> None:
    assert whole("order", typed, 0, most, "") == int(typed)


@pytest.mark.parametrize("typed", ["-1", "11", "1.5", "", "x", "1e2", "0000000001"])
def test_what_is_no_whole_number_in_the_range_is_refused(typed: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        whole("order", typed, 0, 10, "as in --order 3")
    wanted = f"--order takes a whole number from 0 to 10, not {typed or 'nothing'}"
    assert (caught.value.message, caught.value.hint) == (wanted, "as in --order 3")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("-5:5", Range(-5, 5)),
        ("0:1:0.25", Range(0, 1, 0.25)),
        (" -pi : pi ", Range(-pi, pi)),
        ("0:1:1/4", Range(0, 1, 0.25)),
    ],
)
def test_a_range_is_read_from_its_ends(text: str, span: Range) -> None:
    assert read_range("x", text) == span


@pytest.mark.parametrize(
    ("text", "place"), [("2*:5", "*"), ("0: q", "q"), ("0:1:sqrt(-1)", "sqrt(-1)"), ("0:1: 2 +", "+"), ("0:1:-1", "-1")]
)
def test_what_is_wrong_with_a_range_is_pointed_at_in_the_whole_of_it(text: str, place: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        read_range("x", text)
    assert caught.value.source == text
    assert caught.value.span is not None
    assert text[slice(*caught.value.span)].rstrip() == place


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1:", "x = 1: is no range"),
        ("1:2:3:4", "x = 1:2:3:4 is no range"),
        ("2:1", "the range x = 2:1 is empty"),
        ("1:1", "the range x = 1:1 is a single number"),
        ("-1e308:1e308", "x = -1e308:1e308 is too wide for floats"),
    ],
)
def test_what_is_no_range(text: str, message: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        read_range("x", text)
    assert caught.value.message == message


@pytest.mark.parametrize("text", ["[-1, 1]", "-1..1", "-1 to 1", "(-1; 1)"])
def test_a_range_in_another_notation_is_written_as_ours(text: str) -> None:
    error = other_range("x", text)
    assert error is not None
    assert error.hint == "write --x -1:1"


def test_a_value_is_no_range_in_another_notation() -> None:
    assert other_range("x", "max(1, 2)") is None
    assert other_range("x", "2") is None


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        (
            "v.json",
            '{"a": 2, "b": 0.10, "c": "pi/4", "d": 12345678901234567890}',
            ["2", "0.10", "pi/4", "12345678901234567890"],
        ),
        ("v.toml", 'a = 2\nb = 0.10\nc = "pi/4"\nd = 1_000.5', ["2", "0.10", "pi/4", "1000.5"]),
        ("v.JSON", "{}", []),
    ],
)
def test_values_in_a_file_keep_every_digit(tmp_path: Path, name: str, text: str, values: list[str]) -> None:
    path = tmp_path / name
    path.write_text(text)
    found = FileValues()
    found.read(str(path))
    assert [*found.texts.values()] == values


def _read_for_a(path: str) -> None:
    """Read values for an expression of one variable."""
    found = FileValues()
    found.read(path)
    found.needed_by(parse("a"), [])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("v.json", b"[1]", "{path} holds no JSON object"),
        ("v.json", b'{"a": true}', "in {path}, a is neither a number nor a string: True"),
        ("v.json", b'{"a": [1]}', "in {path}, a is neither a number nor a string: [1]"),
        ("v.toml", b"\xff", "{path} is not UTF-8 text: byte 0 is wrong"),
    ],
)
def test_a_file_that_holds_no_values(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(AutodiffError) as caught:
        _read_for_a(str(path))
    assert caught.value.message == message.format(path=path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AutodiffError, match=r"cannot read .*: No such file or directory"):
        read_text(str(tmp_path / "none"))


def test_the_options_of_a_command_say_which_take_a_value() -> None:
    from autodiff_cli.commands.diff import command

    options = command._options(click.Context(command))  # type: ignore[attr-defined]
    assert {name: options[name] for name in ("--order", "--hessian", "--steps", "--expand", "--help")} == {
        "--order": True,
        "--hessian": False,
        "--steps": False,
        "--expand": False,
        "--help": False,
    }
