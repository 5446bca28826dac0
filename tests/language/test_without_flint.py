"""A function that is computed by python-flint says so where that is not installed."""

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language import builder
from autodiff_cli.language.parser import parse


def test_a_bessel_function_without_python_flint_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "find_spec", lambda name: None)
    with pytest.raises(AutodiffError, match=r"^besselj needs python-flint, which is not installed$") as caught:
        parse("besselj(2, x)")
    assert caught.value.hint == "pip install 'autodiff-cli[exact]'"
