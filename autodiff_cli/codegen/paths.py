"""Where an operation is needed: paths of conditions, from the outermost in."""

from collections.abc import Collection, Iterable, Sequence

from autodiff_cli.engine.value import Value

# The conditions under which a step is needed, from the outermost in: each a node and whether it holds
Path = tuple[tuple[Value, bool], ...]

DEEPEST = 6  # conditions of a path; further in, several are joined by `and`
_BRANCHES = {("where", 1): True, ("where", 2): False, ("and", 1): True, ("or", 1): False}  # if the first argument ...
_MOST = 4  # paths of a step that several branches need; with more it is computed before them all


def common(paths: Collection[Path]) -> Path:
    """The conditions that all paths begin with."""
    first: Path = min(paths, key=len)
    last: Path = ()
    for length in range(len(first) + 1):
        if all(path[:length] == first[:length] for path in paths):
            last = first[:length]
    return last


def paths_of(steps: Sequence[Value], always: Iterable[Value]) -> dict[Value, tuple[Path, ...]]:
    """Where each step is needed: in a branch alone if nothing else uses it."""
    needed: dict[Value, list[Path]] = {step: [] for step in steps} | {one: [()] for one in always}
    for step in reversed(steps):
        name = step.rule.function.name
        for index, arg in enumerate(step.args):
            if arg.args:
                holds = _BRANCHES.get((name, index))
                inside = _parts(step.args[0], holds) if holds is not None else ()
                for path in needed[step]:
                    more = tuple([one for one in inside if one not in path])
                    _need(needed[arg], (*path, *more) if len(path) + len(more) <= DEEPEST else path)
    return {step: tuple(needed[step]) for step in steps}


def _parts(condition: Value, holds: bool) -> Path:
    """What holds where a condition does, or does not: its parts, as far as they are not many."""
    found: list[tuple[Value, bool]] = []
    waiting = [(condition, holds)]
    opened = 0
    while waiting:
        condition, holds = waiting.pop()
        name = condition.rule.function.name
        if name == "not":
            waiting.append((condition.args[0], not holds))
        elif name == ("and" if holds else "or") and opened < DEEPEST:
            waiting += [(arg, holds) for arg in reversed(condition.args)]
            opened += 1
        else:
            found.append((condition, holds))
    return tuple(dict.fromkeys(found))


def _need(paths: list[Path], path: Path) -> None:
    """One more path; none of them is inside another, and never are there both sides of a condition."""
    if any(set(one) <= set(path) for one in paths):
        return None
    if path:
        *outer, (condition, holds) = path
        if (*outer, (condition, not holds)) in paths:
            return _need(paths, tuple(outer))
    paths[:] = [one for one in paths if not set(path) <= set(one)] + [path]
    if len(paths) > _MOST:
        paths[:] = [common(paths)]
    return None
