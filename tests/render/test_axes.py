"""Ticks, how they are written, and the line of numbers below an axis."""

import pytest

from autodiff_cli.render.axes import below, beside, index_of, tick_text, ticks


@pytest.mark.parametrize(
    ("span", "most", "texts"),
    [
        ((0.0, 1.0), 4, ["0", "0.5", "1.0"]),
        ((-5.0, 5.0), 10, ["-4", "-2", "0", "2", "4"]),
        ((0.3, 0.4), 2, ["0.3", "0.4"]),
        ((1e300, 2e300), 3, ["1e300", "1.5e300", "2e300"]),
        ((0.0, 5e-324), 3, ["0", "5e-324"]),
    ],
)
def test_ticks_are_round_and_two_at_least(span: tuple[float, float], most: int, texts: list[str]) -> None:
    assert [text for _, text in ticks(span, most)] == texts


@pytest.mark.parametrize("most", range(2, 12))
@pytest.mark.parametrize("span", [(-1.0, 1.0), (0.1, 0.7), (-1234.5, 99.0), (3.0, 3.001), (-1e-9, 2e-9)])
def test_ticks_are_inside_and_not_too_many(span: tuple[float, float], most: int) -> None:
    values = [value for value, _ in ticks(span, most)]
    room = 1e-6 * (span[1] - span[0])
    assert span[0] - room <= min(values) < max(values) <= span[1] + room
    assert len(values) <= max(most, 5)


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [
        (0.0, 1e-9, "0"),
        (0.5, 0.05, "0.50"),
        (3.0, 1.0, "3"),
        (1200.0, 100.0, "1200"),
        (1.2e7, 1e6, "1.2e7"),
        (1e7, 1e7, "1e7"),
        (2e-7, 1e-7, "2e-7"),
        (-1.25e-8, 5e-10, "-1.25e-8"),
    ],
)
def test_a_tick_has_the_digits_that_tell_it_from_its_neighbours(value: float, step: float, text: str) -> None:
    assert tick_text(value, step) == text


def test_the_far_end_is_in_the_last_cell() -> None:
    assert [index_of(part, 4) for part in (0.0, 0.25, 0.99, 1.0)] == [0, 1, 3, 3]


def test_the_vertical_axis_has_a_mark_beside_a_number() -> None:
    assert beside({2: "1.0"}, 2, 5)[0][0] + beside({2: "1.0"}, 2, 5)[1][0] == "  1.0 ┤"
    assert "".join(text for text, _ in beside({2: "1.0"}, 3, 5)) == "      │"


def _lines(span: tuple[float, float], width: int, name: str) -> list[str]:
    return ["".join(text for text, _ in line) for line in below(span, width, 3, name)]


def test_numbers_stand_below_their_marks_and_the_name_where_there_is_room() -> None:
    assert _lines((-1.0, 1.0), 31, "x") == [
        "    └┬──────────────┬──────────────┬",
        "    -1              0       x      1",
    ]


def test_a_name_that_has_no_room_is_left_out() -> None:
    _, numbers = _lines((0.0, 1.0), 30, "a_long_name_x")
    assert "name" not in numbers


def test_no_number_stands_on_another() -> None:
    _, numbers = _lines((123456.0, 123457.0), 20, "x")
    assert all(word.replace(".", "").isdigit() for word in numbers.split() if word != "x")
