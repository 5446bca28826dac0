"""Boxes: pieces of the ranges of several variables."""

from math import inf, nextafter

Box = tuple[tuple[float, float], ...]
CUT = 0.4871  # of its width: where a piece is cut: not in the middle, where roots of typed equations often are


def shares(piece: Box, box: Box) -> list[float]:
    """The sides of a piece, as shares of the whole."""
    return [(high - low) / (most - least) for (low, high), (least, most) in zip(piece, box, strict=True)]


def size(piece: Box, box: Box) -> float:
    """The widest side of a piece, as a share of the whole."""
    return max(shares(piece, box), default=0.0)


def halves(piece: Box, box: Box) -> list[Box]:
    """Two pieces of one, cut across the widest side; none where floats have no middle.

    >>> halves(((0.0, 1.0), (0.0, 8.0)), ((0.0, 1.0), (0.0, 10.0)))
    [((0.0, 0.4871), (0.0, 8.0)), ((0.4871, 1.0), (0.0, 8.0))]
    """
    sides = shares(piece, box)
    side = sides.index(max(sides))
    low, high = piece[side]
    middle = low + (high - low) * CUT
    if not low < middle < high:
        return []
    before, after = piece[:side], piece[side + 1 :]
    return [(*before, (low, middle), *after), (*before, (middle, high), *after)]


def joined(pieces: list[Box]) -> list[Box]:
    """Boxes that touch as one around them.

    >>> joined([((0.0, 1.0),), ((1.0, 2.0),), ((5.0, 6.0),)])
    [((0.0, 2.0),), ((5.0, 6.0),)]
    """
    found: list[Box] = []
    for piece in sorted(pieces):
        index = next((index for index, other in enumerate(found) if _touch(piece, other)), None)
        if index is None:
            found.append(piece)
        else:
            found[index] = _around_both(piece, found[index])
    return found


def _touch(piece: Box, other: Box) -> bool:
    sides = zip(piece, other, strict=True)
    gaps = [max(low - nextafter(top, inf), bottom - nextafter(high, inf)) for (low, high), (bottom, top) in sides]
    return max(gaps) <= 0


def _around_both(piece: Box, other: Box) -> Box:
    sides = zip(piece, other, strict=True)
    return tuple([(min(low, bottom), max(high, top)) for (low, high), (bottom, top) in sides])
