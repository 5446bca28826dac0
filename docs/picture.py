"""Draws the README's picture, docs/table.svg: python docs/picture.py"""

import io
import re
from pathlib import Path

from rich.console import Console

from autodiff_cli import parse
from autodiff_cli.render.report import show
from autodiff_cli.reports.point import report_at

console = Console(record=True, width=76, file=io.StringIO(), force_terminal=True, color_system="truecolor")
console.print('$ autodiff eval "tanh(a*b + c)" --a 2 --b -3 --c 10', style="dim", highlight=False)
show(report_at(parse("tanh(a*b + c)").expression, {"a": 2.0, "b": -3.0, "c": 10.0}), console)
picture = Path(__file__).parent / "table.svg"
svg = console.export_svg(title="autodiff", unique_id="autodiff")
svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # the picture fetches nothing
picture.write_text(re.sub(r"\s+\n", "\n", svg).replace("Fira Code", "DejaVu Sans Mono"))
