"""A search from several starts: the best end, and where the other ways led."""

from collections.abc import Callable, Iterable, Mapping

from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import UndefinedError
from autodiff_cli.reports.optimum import Candidate, Kind, Optimum
from autodiff_cli.reports.starts import Start

_SAME = 1e-8  # of a variable: ends that are no farther apart are one


def best_of(starts: Iterable[Mapping[str, Start]], search: Callable[[Mapping[str, Start]], Optimum]) -> Optimum:
    """The best of what a search finds from each start, with the others beside it.

    Raises UndefinedError where none leads anywhere.
    """
    found: list[tuple[Mapping[str, Start], Optimum]] = []
    failed: list[tuple[Mapping[str, Start], UndefinedError]] = []
    for start in starts:
        try:
            found.append((start, search(start)))
        except UndefinedError as error:
            failed.append((start, error))
    if not found:
        raise failed[0][1]
    found.sort(key=lambda pair: _order(pair[1]))
    best = found[0][1]
    kept: list[Optimum] = [best]
    for start, one in found[1:]:
        best.evaluations += one.evaluations
        if not any(_is_same(one, other) for other in kept):
            kept.append(one)
            at = {name: given.value for name, given in start.items()}
            best.others.append(Candidate(one.point, one.value, one.kind, one.within, one.active, at))
    best.notes += [f"from {_named(start)}: {error.message}" for start, error in failed]
    return best


def _order(one: Optimum) -> tuple[bool, bool, float]:
    """What is wanted first; of these the best value."""
    is_wanted = one.kind in (one.wanted, Kind.LOWEST)
    return one.infeasible, not is_wanted, one.value if one.wanted is Kind.MINIMUM else -one.value


def _is_same(one: Optimum, other: Optimum) -> bool:
    return one.kind == other.kind and all(
        abs(one.point[name] - at) <= _SAME * max(1.0, abs(at)) for name, at in other.point.items()
    )


def _named(start: Mapping[str, Start]) -> str:
    return ", ".join([f"{name} = {number_text(given.value)}" for name, given in start.items()])
