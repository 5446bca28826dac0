"""Steps of programs over columns, and the names of what they compute."""

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from autodiff_cli.codegen.lower import lower
from autodiff_cli.columns.native import native
from autodiff_cli.columns.schedule import Buffers, NameKind, Names, Schedule, last_uses, operands_of
from autodiff_cli.language.parser import parse


def schedule_of(text: str, uniform: Collection[str] = ()) -> Schedule:
    expression = parse(text)
    keys = [(), *[(name,) for name in expression.variables]]
    program = native(lower(expression, keys[1:]))
    return Schedule(program, keys, [index for index, name in enumerate(program.inputs) if name in uniform])


def operations(schedule: Schedule) -> list[str]:
    return [step.operation for step in schedule.varying]


def test_steps_of_the_value_come_before_those_of_slopes() -> None:
    schedule = schedule_of("sin(x)*y")
    assert operations(schedule) == ["sin", "mul", "cos", "mul"]
    assert [step.of_slope for step in schedule.varying] == [False, False, True, True]


def test_a_condition_that_is_added_becomes_a_number_once() -> None:
    schedule = schedule_of("(x > y) + 2*(x > y)")
    assert operations(schedule).count("number") == 1
    assert operations(schedule).count("gt") == 1


def test_a_number_that_decides_becomes_a_condition() -> None:
    schedule = schedule_of("where(x, y, 1)")
    (step,) = [step for step in schedule.varying if step.operation == "where" and not step.of_slope]
    assert step.operands[0][1] == "truth"
    assert "ne" in operations(schedule)


def test_what_hangs_on_single_numbers_alone_is_computed_once() -> None:
    schedule = schedule_of("a*exp(b)*cos(b)", uniform={"b"})
    assert {"exp", "cos"} <= {step.operation for step in schedule.once}
    assert not {"exp", "cos"} & {*operations(schedule)}
    assert schedule.uniform.issuperset(step.key for step in schedule.once)


def test_the_last_use_of_an_operand_is_in_the_last_unit_that_takes_it() -> None:
    schedule = schedule_of("sin(x)*x")
    units = [[step] for step in schedule.varying]
    last = last_uses(units)
    for index, unit in enumerate(units):
        for key in operands_of(unit):
            assert last[key] >= index
            assert key in operands_of(units[last[key]])


@given(st.lists(st.sampled_from(NameKind), max_size=50))
def test_no_two_names_are_equal(kinds: list[NameKind]) -> None:
    names = Names()
    made = [str(names.new(kind)) for kind in kinds]
    assert len({*made}) == len(made)


@given(st.lists(st.booleans(), max_size=60))
def test_no_buffer_is_acquired_twice_before_its_release(acquires: list[bool]) -> None:
    buffers, held = Buffers(Names()), []
    for acquire in acquires:
        if acquire:
            name = buffers.acquire(NameKind.REALS)
            assert name not in held
            held.append(name)
        elif held:
            buffers.release(held.pop(0))


def test_what_is_no_buffer_cannot_be_released() -> None:
    names = Names()
    buffers, column = Buffers(names), names.new(NameKind.INPUT)
    buffers.release(column)
    buffers.release(None)
    assert buffers.acquire(NameKind.REALS) != column
