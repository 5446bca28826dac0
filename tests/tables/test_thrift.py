import random

import pytest

from autodiff_cli.tables.thrift import DamagedError, Items, Struct, read, written


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


@pytest.mark.parametrize("data", [b"", b"\x15", b"\x18\x7fab", b"\x19\xfc\xff\xff\xff\xff\x0f", b"\x1c" * 100])
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
