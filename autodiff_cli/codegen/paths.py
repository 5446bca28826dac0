"""Where an operation is needed: paths of conditions, from the outermost in."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from autodiff_cli.engine.value import Value

# The conditions under which an operation is needed, from the outermost in: each a node and whether it holds
Path = tuple[tuple[Value, bool], ...]

DEEPEST = 6  # conditions of a path; further in, several are joined by `and`
_BRANCHES = {("where", 1): True, ("where", 2): False, ("and", 1): True, ("or", 1): False}  # if the first argument ...
_MOST = 4  # paths of an operation that several branches need; with more it is computed before them all


def common(paths: Collection[Path]) -> Path:
    """The conditions that all paths begin with.

    >>> common([("c", "d", "e"), ("c", "d"), ("c", "f")])
    ('c',)
    """
    shortest: Path = min(paths, key=len)
    for length in range(len(shortest), 0, -1):
        start = shortest[:length]
        if all(path[:length] == start for path in paths):
            return start
    return ()


def conditions_of(paths: Iterable[Path]) -> list[Value]:
    """The conditions in some paths, as often as they are."""
    return [condition for path in paths for condition, _ in path]


def paths_of(operations: Sequence[Value], always: Iterable[Value]) -> dict[Value, tuple[Path, ...]]:
    """Where each operation is needed: in a branch alone if nothing else uses it. Some are needed `always`.

    In `where(c, log(x), y*y) + y*y` log(x) has the path (c holds), and y*y the path () of what is always needed.
    """
    needed: defaultdict[Value, list[Path]] = defaultdict(list, {one: [()] for one in always})
    for user in reversed(operations):
        _need_args(user, needed)
    return {one: tuple(needed[one]) for one in operations}


def _need_args(user: Value, needed: Mapping[Value, list[Path]]) -> None:
    """An operation's arguments are needed where it is, and there in a branch perhaps."""
    for index, arg in enumerate(user.args):
        if arg.args:
            inside = _inside(user, index)
            for path in needed[user]:
                _need(needed[arg], _extended(path, inside))


def _inside(user: Value, index: int) -> Path:
    """The conditions under which an operation needs one of its arguments."""
    holds = _BRANCHES.get((user.rule.function.name, index))
    return () if holds is None else _parts(user.args[0], holds)


def _parts(condition: Value, holds: bool) -> Path:
    """What holds where a condition does, or does not: its parts, as far as they are not many.

    Where `a and not b` holds, a does and b does not.
    """
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


def _extended(path: Path, inside: Path) -> Path:
    """A path with more conditions, as far as they are new; without them where it would be too deep."""
    longer = tuple(dict.fromkeys((*path, *inside)))
    return longer if len(longer) <= DEEPEST else path


def _need(paths: list[Path], path: Path) -> None:
    """One more path; none of them is inside another, and never are there both sides of a condition."""
    conditions = set(path)
    if any(map(conditions.issuperset, paths)):
        return
    if _other_side(path) in paths:
        _need(paths, path[:-1])
        return
    others = [one for one in paths if not conditions.issubset(one)]
    paths[:] = [*others, path] if len(others) < _MOST else [common([*others, path])]


def _other_side(path: Path) -> Path | None:
    """The path on which all but the last condition holds."""
    if not path:
        return None
    *outer, (condition, holds) = path
    return (*outer, (condition, not holds))
