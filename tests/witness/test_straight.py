"""Steps as straight code: the numbers of the loop, bit for bit, and what perturbs them."""

from math import inf, isnan

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.witness.finite_difference import differentiate
from autodiff_cli.witness.replay import PERTURBATIONS, Replay
from autodiff_cli.witness.straight import in_blocks, run

TEXT = "; ".join(["t0 = sin(x)", *[f"t{k} = cos(t{k - 1}) - x*y + t{k - 1}/3" for k in range(1, 200)]]) + "; t199*y"


def replays(monkeypatch: pytest.MonkeyPatch, text: str, **point: float) -> tuple[Replay, Replay, list[str]]:
    """The same graph, run in blocks and in the loop; and the names that can be moved."""
    made = []
    for most in (0, 10**9):
        monkeypatch.setattr("autodiff_cli.witness.replay._LONG", most)
        at = parse(text, point).evaluation()
        at.move(point)
        made.append((Replay(at.root, at.nodes, at.named.values()), at))
    (blocks, at), (loop, other) = made
    blocks.names, loop.names = at.named, other.named  # type: ignore[attr-defined]
    return blocks, loop, [*at.named]


@pytest.mark.parametrize("name", ["x", "y", "t0", "t57", "t100", "t198"])
def test_a_section_in_blocks_has_the_numbers_of_the_loop(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    blocks, loop, _ = replays(monkeypatch, TEXT, x=0.7, y=1.25)
    sections = [one.along(one.names[name]) for one in (blocks, loop)]  # type: ignore[attr-defined]
    for moved in (0.5, -1.0, 3.0):
        found = []
        for section in sections:
            with section:
                found.append((section(moved), section.elsewhere_perturbed(moved)))
        assert found[0] == pytest.approx(found[1], rel=1e-13)
        assert found[0][0] == found[1][0]


def test_perturbed_blocks_are_off_by_some_ulps_and_every_time_others(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks, _, _ = replays(monkeypatch, TEXT, x=0.7, y=1.25)
    with (section := blocks.along(blocks.names["t3"])):  # type: ignore[attr-defined]
        plain, perturbed = section(0.5), [section.perturbed(0.5) for _ in range(6)]
    assert len({*perturbed}) > 3
    assert perturbed == pytest.approx([plain] * 6, rel=1e-12)


def test_after_a_section_in_blocks_the_numbers_are_those_of_the_point(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks, _, names = replays(monkeypatch, TEXT, x=0.7, y=1.25)
    before = [*blocks.values]
    for name in names[::20]:
        with (section := blocks.along(blocks.names[name])):  # type: ignore[attr-defined]
            section(0.3)
            section.perturbed(0.2)
        assert blocks.values == before


def test_slopes_in_blocks_are_those_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks, loop, _ = replays(monkeypatch, TEXT, x=0.7, y=1.25)
    for name in ("x", "t5", "t150"):
        found = []
        for one in (blocks, loop):
            node = one.names[name]  # type: ignore[attr-defined]
            section = one.along(node)
            with section:
                found.append(differentiate(section, section.perturbed, node.data, section.elsewhere_perturbed))
        assert found[0].value == pytest.approx(found[1].value, rel=1e-7)


def test_where_a_kernel_has_no_number_the_edge_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "; ".join(["t0 = log(x)", *[f"t{k} = t{k - 1}/3 + 1/x" for k in range(1, 60)]]) + "; t59"
    blocks, loop, _ = replays(monkeypatch, text, x=0.7)
    for one in (blocks, loop):
        with (section := one.along(one.names["x"])):  # type: ignore[attr-defined]
            assert isnan(section(-1.0))
            assert section(inf) == inf
            assert isnan(section.perturbed(-1.0))


def test_a_block_perturbs_each_result_by_its_own_factor() -> None:
    at = parse("x*y + sin(x)").evaluation()
    at.move({"x": 2.0, "y": 3.0})
    replay = Replay(at.root, at.nodes, at.variables.values())
    (block,) = in_blocks([*replay._steps.values()])
    values = [*replay.values]
    block.plain(values)
    plain = [*values]
    run(block.steps, values)
    assert values == plain
    count = len(block.steps)
    block.perturbed(values, [PERTURBATIONS[-1]] * count, [0.0] * count)
    first = block.steps[0][0]
    assert values[first] == plain[first] * PERTURBATIONS[-1]
