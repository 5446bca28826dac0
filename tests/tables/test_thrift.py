import random

import pytest

from autodiff_cli.tables.thrift import DamagedError, Items, Struct, fields, read, read_fields, written


def struct(**fields: tuple[int, object]) -> Struct:
    made = Struct()
    for name, (kind, value) in fields.items():
        made[int(name[1:])] = value
        made.kinds[int(name[1:])] = kind
    return made


def test_what_is_written_is_read_again() -> None:
    inner = struct(f1=(6, -(2**40)), f20=(8, b"far"), f21=(1, True))
    made = struct(
        f1=(5, 3),
        f2=(9, Items(12, [inner, struct(), inner])),
        f3=(9, Items(1, [True, False])),
        f4=(2, False),
        f5=(7, bytes(8)),
        f300=(9, Items(6, range(-20, 20))),
    )
    again = read(written(made))
    assert again == made
    assert written(again) == written(made)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x15",
        b"\x18\x7fab",
        b"\x19\xfc\xff\xff\xff\xff\x0f",
        b"\x1c" * 100,
        b"\x19" * 5000,
        b"\x1e\x00",
        b"\x15" + b"\xff" * 20,
    ],
)
def test_what_is_cut_off_or_too_deep_is_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError):
        read(data)


def test_bytes_of_chance_are_read_or_damaged() -> None:
    chance = random.Random(1)
    for _ in range(2_000):
        try:
            read(chance.randbytes(30))
        except DamagedError:
            continue


def test_of_a_struct_the_fields_that_are_wanted_are_read() -> None:
    inner = struct(f1=(6, 7), f2=(9, Items(1, [True])), f3=(8, b"inside"))
    whole = struct(
        f1=(9, Items(12, [inner, inner])), f2=(12, inner), f3=(1, True), f40=(5, -3), f41=(13, bytes(16)), f42=(8, b"")
    )
    data = written(whole)
    found, end = read_fields(data + b"more", {1: fields(1, 3), 40: {}, 50: {}})
    assert found == {1: [{1: 7, 3: b"inside"}] * 2, 40: -3}
    assert end == len(data)


def test_a_map_is_passed_over() -> None:
    data = bytes([0x1B, 0x02, 0x58, 1, 2, 0x61, 0x62, 3, 0, 0x15, 8, 0])
    assert read_fields(data, fields(2)) == ({2: 4}, len(data))
    assert written(read(data)) == data


@pytest.mark.parametrize("length", range(8))
def test_data_that_may_go_on_end_too_early(length: int) -> None:
    with pytest.raises(IndexError):
        read_fields(written(struct(f1=(5, 300), f2=(8, b"abc")))[:length], fields(2))
