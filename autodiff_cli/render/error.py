"""An error for people, in one or two lines: what, where, and what to do."""

from autodiff_cli.errors import AutodiffError

_AROUND = 24  # characters of the source shown on each side of the place


def to_text(error: AutodiffError) -> str:
    """`error: ...` with the place, then a hint where there is one."""
    line = f"error: {error.message}"
    if error.span is not None and error.source:
        start, end = error.span
        first, last = max(0, start - _AROUND), min(len(error.source), end + _AROUND)
        around = error.source[first:start] + "»" + error.source[start:end] + "«" + error.source[end:last]
        around = "".join(c if c.isprintable() else "�" if c not in "\n\t\r" else " " for c in around)
        dots = "…" if first else "", "…" if last < len(error.source) else ""
        line += f" (column {start + 1}: {dots[0]}{around}{dots[1]})"
    return f"{line}\nhint: {error.hint}" if error.hint else line
