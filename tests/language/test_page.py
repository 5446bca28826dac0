"""The page of the language, row by row, and what it says of programs, names and notes."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.language.signs import NOTES

from ..conftest import CORPORA, Result, corpus

Run = Callable[..., Result]
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "language.md").read_text(encoding="utf-8")


def _rows() -> list[tuple[str, str, list[str]]]:
    found = []
    for names, block in re.findall(r"<!-- readings: (.*?) -->\n(.*?)<!-- end -->", PAGE, re.DOTALL):
        for line in block.strip().splitlines()[2:]:
            typed, read = re.findall(r"`(.*?)`", line.replace(r"\|", "|"))
            found.append((typed, read, names.split()))
    return found


@pytest.mark.parametrize(("typed", "read", "given"), _rows(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_row_of_the_page_is_read_as_it_says(typed: str, read: str, given: list[str]) -> None:
    expression = parse(typed, given)
    assert str(expression) == read
    assert str(parse(read, expression.variables)) == read


def test_the_page_has_more_than_50_rows() -> None:
    assert len(_rows()) > 50


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (r"\log2 x", "log(2 * x)"),
        (r"\log_2x", "log2(x)"),
        (r"\sin2x \cos2\theta", "sin(2 * x) * cos(2 * theta)"),
        (r"\sqrt2 x", "sqrt(2) * x"),
        (r"\sqrt 2 x", "sqrt(2) * x"),
        (r"x_{\text{max}} + x_{\mathrm{rms}}", "x_max + x_rms"),
        (r"\sqrt[n]{x} + x_{i j}", "root(x, n) + x_i_j"),
        ("2ˣ + eˣ + 2⁻ˣ", "2^x + e^x + 2^-x"),
        ("xᵏ", "x^k"),
        ("x – y • 2 ⁄ z ∗ t", "x - y * 2 / z * t"),
        ("（x＋１）^２", "(x + 1)^2"),
        ("∣x∣ ⩽ 3", "abs(x) <= 3"),
        ("30º", "30 * deg"),
        ("2PIx", "2 * pi * x"),
        ("log_2^2(x)", "log2(x)^2"),
        ("μ(1-μ) + \\alpha(x)", "μ * (1 - μ) + alpha * x"),
        ("a = 1\r\nb = 2\ra*b*x", "a = 1; b = 2; a * b * x"),
        ("product = 2; sum = 3; product*sum*x", "product = 2; sum = 3; product * sum * x"),
    ],
)
def test_a_formula_is_read_as_it_is_pasted(typed: str, read: str) -> None:
    assert str(parse(typed, ["x", "y", "z", "t", "k", "theta"])) == read


@pytest.mark.parametrize(
    ("text", "given", "message"),
    [
        ("sin^or x", "x", "'or' cannot stand here"),
        ("log_not(x)", "x", "'not' cannot stand here"),
        ("f(or) = or; f(1)", "", "'or' has a meaning already"),
        ("sum(or, 1, 2, or)", "", "'or' has a meaning already"),
        (r"y = \xi + 1; \xi = 2; y", "", "'xi' is used before it is defined"),
        ("2ₓ", "x", "cannot read 'ₓ'"),
    ],
)
def test_what_is_not_read_is_refused(text: str, given: str, message: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(text, given.split()).evaluate(**dict.fromkeys(given.split(), 1.0))
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "value", "names"),
    [
        ("x₁ = 2; x₁ x", {"x1": 5.0, "x": 3.0}, "x1 x"),
        ("2θ", {"theta": 1.5}, "theta"),
        (r"2\theta", {"θ": 1.5}, "θ"),
        ("μ x", {"µ": 2.0, "x": 1.5}, "µ x"),
        ("2π", {"π": 1.5}, "π"),
        ("2τx", {"τ": 1.0, "x": 1.0}, "τ x"),
    ],
)
def test_other_spellings_of_a_name(text: str, value: dict[str, float], names: str) -> None:
    expression = parse(text, value)
    assert list(expression.variables) == names.split()
    expression.evaluate(**value)


# --- where people disagree ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("1/2x", ["over"]),
        ("a/b c", ["over"]),
        ("4/3 pi r^3", ["over"]),
        ("a/b*c", []),
        ("(a/b) c", []),
        (r"\frac{1}{2}x", []),
        ("-x^2", ["signed"]),
        ("y - x^2", []),
        ("2*-x²", ["signed"]),
        ("(-x)^2", []),
        ("-csc^2(x)", []),
        ("sin x**2", ["applied"]),
        ("cos 2*x", ["applied"]),
        ("sin x/2", ["applied"]),
        ("sin x y", ["applied"]),
        ("sin x (x+1)", ["applied"]),
        ("sin 2x", []),
        ("sin x cos x + ln x", []),
        ("√x+1", ["root"]),
        ("√2x", ["root"]),
        ("√x²", ["root"]),
        ("√(x)+1", []),
        ("√x", []),
        ("log(x)", ["log"]),
        ("ln(x) + log(x, 2) + log_2(x)", ["log"]),
        ("sinc(x)", ["sinc"]),
        ("PI x", ["PI"]),
        ("e^x", []),
        ("x deg", ["deg"]),
        ("e^(-x/τ)", ["tau"]),
        ("2tau", ["tau"]),
        ("e^2x", ["power"]),
        ("x^2y", []),
        ("x^1/2", ["power"]),
        ("x^2/2", []),
    ],
)
def test_a_reading_that_may_surprise_has_its_note(text: str, notes: list[str]) -> None:
    expression = parse(text, ["a", "b", "c", "r", "x", "y"])
    assert [note for note in expression.notes if note in NOTES.values()] == [NOTES[note] for note in notes]


@pytest.mark.parametrize(
    ("text", "given", "note"),
    [
        ("abc", "a b c", "'abc' is read as a*b*c"),
        ("abc", "a ab b bc c", "'abc' is read as ab*c"),
        ("2sinxcosx", "x", "'sinxcosx' is read as sin x*cos x"),
        ("x(t+1)", "x t", "'x(...)' is read as a product, x*(...)"),
        ("sin^-1(x)", "x", "sin^-1 is the inverse function, not 1/sin"),
        ("ax", "", "'ax' is read as one name; write a*x for a product"),
    ],
)
def test_a_name_that_is_read_as_a_product_has_a_note(text: str, given: str, note: str) -> None:
    assert parse(text, given.split()).notes == [note]


@pytest.mark.parametrize("text", ["pi (x + 2)", "beta*x", "mu*x", "tanh(a*b + c)", "x_1*x_2", "sin(x)^2"])
def test_no_note_where_nothing_is_unclear(text: str) -> None:
    assert parse(text).notes == []


def test_notes_go_to_stderr_and_quiet_drops_those_that_change_no_number(autodiff: Run) -> None:
    loud, quiet = autodiff("eval", "1/2x", "x=3", "--only", "value"), autodiff("eval", "1/2x", "x=3", "--quiet")
    assert loud.out == "1.5\n"
    assert loud.err == quiet.err == f"note: {NOTES['over']}\n"
    assert autodiff("eval", "log(x)", "x=3").err == f"note: {NOTES['log']}\n"
    assert autodiff("eval", "log(x)", "x=3", "--quiet").err == ""


# --- the values given decide -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "given", "variables"),
    [
        ("ax", "a x", "a x"),
        ("ax", "ax a x", "ax"),
        ("ex", "x", "x"),
        ("ex", "e x", "e x"),
        ("ex", "ex", "ex"),
        ("E x", "E x", "E x"),
        ("E x", "e x", "E x"),
        ("ix", "i x", "i x"),
        ("2πrh", "r h", "r h"),
        ("2πrh", "rh", "rh"),
        ("π + τ", "pi", "pi"),
        ("x₁x₂", "x₁ x₂", "x₁ x₂"),
        ("x₁ + x2", "x1 x2", "x1 x2"),
        ("é + x̂", "é x̂", "é x̂"),
        ("pie", "x", "pie"),
        ("arcsin e", "x", ""),
        ("gamma*x", "gamma x", "gamma x"),
        ("gamma x", "gamma x", "gamma x"),
        ("gamma x", "x", "x"),
        ("axsinbx", "a b x", "a x b"),
        ("a" * 100, "a", "a" * 100),
    ],
)
def test_the_values_given_decide_what_is_a_name(text: str, given: str, variables: str) -> None:
    assert list(parse(text, given.split()).variables) == variables.split()


# --- programs ----------------------------------------------------------------------------------------------------


def test_steps_have_rows_of_their_own(autodiff: Run) -> None:
    answer = autodiff("eval", "d = a*b;  e = d + c;  L = e*f", "a=2", "b=-3", "c=10", "f=-2", "--format", "json").json
    assert answer["expression"] == "d = a * b; e = d + c; L = e * f"
    assert answer["value"] == -8
    assert answer["gradient"] == {"a": 6, "b": -4, "c": -2, "f": 4, "d": -2, "e": -2}
    assert set(answer["verdict"].values()) == {"ok"}
    assert answer["point"] == {"a": 2, "b": -3, "c": 10, "f": -2}
    assert answer["steps"] == {"d": -6, "e": 4}


def test_a_step_inside_of_a_sum_is_seen_by_the_witness(autodiff: Run) -> None:
    answer = autodiff("eval", "s = x + y; t = s + x; t + s + z", "x=1", "y=2", "z=3", "--format", "json").json
    assert answer["gradient"] == {"x": 3, "y": 2, "z": 1, "s": 2, "t": 1}
    assert set(answer["verdict"].values()) == {"ok"}


@pytest.mark.parametrize(
    ("program", "name", "gradient"),
    [
        ("t = x + 1; u = t; u*t^2", "u", 16),
        ("b = x; b^2 + x", "b", 6),
        ("b = (x); b^2 + x", "x", 7),
        ("t = x; u = t; u^2 + t", "u", 6),
        ("c = 2; b = c; b x + c", "b", 3),
        ("t = x + 1; u = t; t", "u", 0),
        ("f(u) = u; b = f(x); b^2 + x", "b", 6),
    ],
)
def test_a_second_name_moves_by_itself(autodiff: Run, program: str, name: str, gradient: float) -> None:
    answer = autodiff("eval", program, "x=3", "--format", "json").json
    assert answer["gradient"][name] == gradient
    assert set(answer["verdict"].values()) == {"ok"}
    assert str(parse(answer["expression"])) == answer["expression"]


def test_a_step_that_nothing_uses_moves_nothing(autodiff: Run) -> None:
    answer = autodiff("eval", "d = x^2; x", "x=3", "--format", "json").json
    assert answer["gradient"] == {"x": 1, "d": 0}
    assert answer["steps"] == {"d": 9}


def test_a_name_with_an_underscore_has_no_row_unless_asked_for(autodiff: Run) -> None:
    assert "_d" not in autodiff("eval", "_d = x^2; _d*2", "x=3", "--format", "json").json["gradient"]
    assert autodiff("eval", "_d = x^2; _d*2", "x=3", "--only", "gradient._d", "--wrt", "_d").out == "2.0\n"


def test_a_value_in_the_program_is_a_default(autodiff: Run) -> None:
    program = "a = 2; b = -3  # two numbers\nc = pi/4\n\ntanh(a*b + c)"
    assert parse(program).defaults == {"a": 2, "b": -3, "c": 0.7853981633974483}
    assert autodiff("eval", program, "--only", "point.a").out == "2.0\n"
    assert autodiff("eval", program, "--a", "5", "--only", "point.a").out == "5.0\n"
    assert list(parse(program).gradient()) == ["a", "b", "c"]


def test_functions_of_ones_own_are_their_bodies() -> None:
    program = "f(x, y) = x^2 + sin(y); g(u) = f(u, 2u)\nf(a, b) + g(a*b)"
    expression = parse(program)
    a, b = parse("a^2 + sin(b) + (a*b)^2 + sin(2*a*b)"), {"a": 1.5, "b": -0.25}
    assert expression.evaluate(**b) == pytest.approx(a.evaluate(**b), rel=1e-15)
    assert expression.gradient(**b) == pytest.approx(a.gradient(**b), rel=1e-14)
    assert str(parse("f(x) = 2x; f(f(f(y)))")) == "2 * (2 * (2 * y))"
    assert str(parse("f(t) = a t; f x")) == "a * x"


def test_a_parameter_hides_a_variable_only_inside_its_function() -> None:
    assert str(parse("d = x + e; f(x, e) = x*e*y; f(2, x) + x + e")) == "d = x + e; 2 * x * y + x + e"


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("where(x > 0, x^2, -x)", 3, 9),
        ("where(x > 0, x^2, -x)", -3, 3),
        ("piecewise(x < 0, -x, x < 1, x^2, 5)", -2, 2),
        ("piecewise(x < 0, -x, x < 1, x^2, 5)", 0.5, 0.25),
        ("piecewise(x < 0, -x, x < 1, x^2, 5)", 7, 5),
        ("where(x > 0, where(x > 1, 3, 2), 1)", 0.5, 2),
        ("(1 < x < 3) + 10*(1 < x and x < 3) + 100*(x >= 3 or x <= 1)", 2, 11),
        ("(1 < x < 3) + 10*(1 < x and x < 3) + 100*(x >= 3 or x <= 1)", 3, 100),
        ("not x == 2", 2, 0),
        ("not x == 2", 3, 1),
        ("(x != 2) + (not x)", 0, 2),
        ("x and 0 or 1 and x", 5, 1),
        ("0 and x or x and 0", 5, 0),
        ("1 or x and 0", 0, 1),
        ("x ≤ 2 ∧ x ≥ 2", 2, 1),
        ("sum(k, 1, 3, x^k)", 2, 14),
        ("sum(k, -2, 2, k^2 x)", 1, 10),
        ("sum(k, 3, 1, x)", 1, 0),
        ("prod(k, 3, 1, x)", 1, 1),
        ("prod(k, 1, 4, k x)", 1, 24),
        ("sum(i, 1, 3, prod(j, 1, 2, x + i j))", 0, 28),
        ("sum(k, 1, 2*5, k) + x - k_0", 1, None),
        ("f(n) = sum(k, 0, 3, n^k); f(x)", 2, 15),
        ("5! + 0x", 1, 120),
        ("inf > x", 1, 1),
    ],
)
def test_conditions_sums_and_products_have_their_values(text: str, x: float, value: float | None) -> None:
    expression = parse(text, ["x"])
    if value is None:
        assert list(expression.variables) == ["x", "k_0"]
    else:
        assert expression.evaluate(x=x) == pytest.approx(value, rel=1e-15)


def test_an_index_is_no_variable_outside_of_its_sum() -> None:
    assert list(parse("sum(k, 1, 3, k x) + k").variables) == ["x", "k"]


def test_what_does_not_move_with_the_index_is_made_once() -> None:
    assert str(parse("sum(k, 1, 3, exp(x)*k)")) == "_1 = exp(x); _1 * 1 + _1 * 2 + _1 * 3"


def test_a_line_goes_on_where_a_bracket_is_open_or_a_sign_is_last() -> None:
    assert str(parse("d = (a\n + b)\nd *\n 2 # the end\n\n")) == "d = a + b; d * 2"


@pytest.mark.slow
def test_everything_nests_deeply() -> None:
    deep = 20_000
    assert parse("|" * deep + "x" + "|" * deep).evaluate(x=-1) == 1
    assert parse("sin " * deep + "x").root.rule.function.name == "sin"
    assert parse("√" * deep + "x").evaluate(x=1) == 1
    assert parse("\\frac{1}{" * deep + "x" + "}" * deep).evaluate(x=1) == 1
    assert parse("not " * deep + "x").evaluate(x=1) == 1
    assert str(parse("where(x > 0, " * deep + "x" + ", 1)" * deep)).count("where") == deep
    chain = "; ".join(f"d{k + 1} = d{k} + d{k}" for k in range(1000))
    assert parse(f"d0 = x + 1; {chain}; d1000").gradient(x=1) == {"x": 2.0**1000}
    functions = "; ".join(f"f{k + 1}(t) = f{k}(t) + 1" for k in range(500))
    assert parse(f"f0(t) = t^2; {functions}; f500(x)").evaluate(x=2) == 504


@pytest.mark.slow
def test_a_program_that_explodes_is_refused() -> None:
    doubling = "; ".join(f"f{k + 1}(t) = f{k}(t) + f{k}(t + 1)" for k in range(40))
    with pytest.raises(AutodiffError, match="more than 300,000 steps"):
        parse(f"f0(t) = t^2; {doubling}; f40(x)")


# --- where text and values come from -----------------------------------------------------------------------------


def test_a_program_from_a_file_and_values_from_toml(autodiff: Run, tmp_path: Path) -> None:
    model, values = tmp_path / "model.ad", tmp_path / "point.toml"
    model.write_text("# two steps\nd = a*b\n\ntanh(\n  d + c\n)\n", encoding="utf-8")
    values.write_text('a = 2\nb = "-6/2"\nc = 1e1\n', encoding="utf-8")
    result = autodiff("eval", "--file", str(model), "--values", str(values), "--only", "gradient.d")
    assert (result.code, result.out) == (0, "0.0013409506830258967\n")
    assert autodiff("eval", "--file", str(model), "--values", str(values), "a=0", "--only", "steps.d").out == "-0.0\n"


def test_a_json_file_that_the_command_line_wins_over(autodiff: Run, tmp_path: Path) -> None:
    values = tmp_path / "point.json"
    values.write_text(json.dumps({"x": 2, "y": "pi"}))
    result = autodiff("eval", "x*y", "--values", str(values), "--x", "1", "--only", "value")
    assert result.out == "3.141592653589793\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("p.toml", "a = ", "error: cannot read values from "),
        ("p.json", "[1]", "error: "),
        ("p.toml", "a = true", "error: in "),
        ("p.json", '{"a": "1/0"}', "error: in the value of a: a / b needs b != 0; here b = 0"),
    ],
)
def test_files_that_hold_no_values_are_refused(
    autodiff: Run, tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text)
    result = autodiff("eval", "a", "--values", str(tmp_path / name))
    assert result.code == 2
    assert result.err.startswith(message)


def test_a_file_that_is_not_there(autodiff: Run) -> None:
    assert autodiff("eval", "--file", "nowhere.ad").err == "error: cannot read nowhere.ad: No such file or directory\n"


# --- what to print -----------------------------------------------------------------------------------------------


def test_wrt_limits_the_rows(autodiff: Run) -> None:
    answer = autodiff("eval", "d = a*b; d + c", "a=1", "b=2", "c=3", "--wrt", "b, d", "--format", "json").json
    assert answer["gradient"] == {"b": 1, "d": 1}
    answer = autodiff("eval", "d = a*b; d + c", "a=1", "b=2", "c=3", "--wrt=b", "--wrt=d", "--format", "json").json
    assert answer["gradient"] == {"b": 1, "d": 1}
    result = autodiff("eval", "alpha*x", "alpha=1", "x=2", "--wrt", "alpa")
    assert (result.code, result.err) == (
        2,
        "error: there is no 'alpa' to differentiate by\n  = did you mean 'alpha'?\n",
    )


@pytest.mark.parametrize(
    ("only", "out"),
    [("value", "6.0"), ("gradient.x", "3.0"), ("verdict.y", "ok"), ("point.x", "2.0"), ("expression", "x * y")],
)
def test_only_prints_one_thing_bare(autodiff: Run, only: str, out: str) -> None:
    result = autodiff("eval", "x*y", "x=2", "y=3", "--only", only)
    assert (result.code, result.out, result.err) == (0, out + "\n", "")


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ("gradient", "error: 'gradient' is not one number\n  = as in --only gradient.x\n"),
        ("gradient.z", "error: there is no 'gradient.z' in the result\n  = there are x, y\n"),
        (
            "gradent.x",
            "error: there is no 'gradent.x' in the result\n  = did you mean 'gradient'?\n",
        ),
        ("value.x", "error: there is no 'value.x' in the result\n  = value is one number or word\n"),
    ],
)
def test_only_refuses_what_there_is_not(autodiff: Run, only: str, message: str) -> None:
    result = autodiff("eval", "x*y", "x=2", "y=3", "--only", only)
    assert (result.code, result.out, result.err) == (2, "", message)


def test_all_values_that_are_wrong_are_named_at_once(autodiff: Run) -> None:
    result = autodiff("eval", "a*b + c", "--a", "two", "z=3", "--b", "1/0")
    messages = [line for line in result.err.splitlines() if line.startswith("error: ")]
    assert messages == [
        "error: a = two is not a number: 'two' has no value",
        "error: in the value of b: a / b needs b != 0; here b = 0",
        "error: no value for c",
        "error: the expression has no variable 'z'",
    ]
    assert result.code == 2
    result = autodiff("eval", "ln(a) + sqrt(b)", "a=-1", "b=-2")
    assert result.err == (
        "error: log(x) needs x > 0; here x = a = -1\n  │ ln(a) + sqrt(b)\n  │ ^^^^^\n"
        "error: sqrt(x) needs x >= 0; here x = b = -2\n  │ ln(a) + sqrt(b)\n  │         ^^^^^^^\n"
    )
    assert result.code == 3


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("ax", "a=1"), "did you mean 'ax'?"),
        (("sin + x", "x=1"), "write sin(x); sin is a variable where it has a value"),
        (("x^i", "x=1"), "complex numbers are not computed; for a variable give it a value: --i VALUE"),
        (
            ("d = x*y; d", "d=1", "x=1", "y=2"),
            "d is what the expression computes; give values to what it is computed from",
        ),
        (("x=2", "x^2"), "the expression comes first, then the values: autodiff eval 'x^2' x=3"),
    ],
)
def test_values_that_do_not_fit_get_a_hint(autodiff: Run, arguments: tuple[str, ...], hint: str) -> None:
    result = autodiff("eval", *arguments)
    assert hint in result.err
    assert result.code == 2


# --- the corpora -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the checkout")
@pytest.mark.parametrize("record", corpus("textbook") if CORPORA.exists() else [], ids=lambda record: record["text"])
def test_a_textbook_string_has_its_meaning_or_one_of_two_and_a_note(record: dict[str, object]) -> None:
    """Unambiguous strings have their meaning; ambiguous ones one of their two, and a note."""
    expression = parse(str(record["text"]), dict(record["point"]))  # type: ignore[call-overload]
    if "E" in expression.variables and "E" not in dict(record["point"]):  # type: ignore[call-overload]
        with pytest.raises(AutodiffError, match="no value for E"):  # it is never 2.718
            expression.evaluate(**dict(record["point"]))  # type: ignore[call-overload]
        return
    readings = [record, record.get("alt") or {}]
    values = []
    for reading in readings if record.get("ambiguous") else readings[:1]:
        if isinstance(reading, dict) and set(reading.get("point", {})) == set(expression.variables):
            values.append((expression.evaluate(**reading["point"]), float(reading["value"])))
    assert any(got == pytest.approx(want, rel=1e-13) for got, want in values)
    if record.get("ambiguous"):
        assert expression.notes
