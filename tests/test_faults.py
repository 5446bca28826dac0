"""Inputs that once ended in a fault of the program: each has an answer now, or is refused in words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from autodiff_cli.commands.exits import Exit

from .conftest import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "x", "--claim", "1e-309"), Exit.MISMATCH),
        (("taylor", "exp(exp(x))", "--x", "1000"), Exit.UNDEFINED),
        (("eval", "a=2; inf"), Exit.UNDEFINED),
        (("eval", "x*5e-324", "--x", "0.1", "--prove"), Exit.OK),
        (("plot", "5e-324*x", "--x", "0:10"), Exit.OK),
        (("eval", "exp(0.1)", "--help"), Exit.OK),
        (("graph", "9", "--help"), Exit.OK),
    ],
)
def test_numbers_at_the_ends_of_the_floats_end_in_an_answer(
    autodiff: Run, arguments: tuple[str, ...], code: Exit
) -> None:
    done = autodiff(*arguments)
    assert done.code == code
    assert "Traceback" not in done.err


def test_a_value_of_thousands_of_digits_is_refused_with_its_name(autodiff: Run, tmp_path: Path) -> None:
    (tmp_path / "v.toml").write_text(f"x = 0x{'f' * 4000}\n")
    (tmp_path / "v.json").write_text(f'{{"x": {"9" * 5000}}}\n')
    toml = autodiff("eval", "x^2", "--values", str(tmp_path / "v.toml"))
    assert (toml.code, toml.err) == (Exit.UNUSABLE, f"error: in {tmp_path / 'v.toml'}, x is too large for a float\n")
    json = autodiff("eval", "x^2", "--values", str(tmp_path / "v.json"))
    assert json.code == Exit.UNUSABLE
    assert json.err.startswith(f"error: cannot read values from {tmp_path / 'v.json'}: ")
