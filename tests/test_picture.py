"""The README's picture is what the command prints."""

import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"


def words(picture: Path) -> list[str]:
    """What a picture says, but for how far the estimates are off."""
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", picture.read_text(encoding="utf-8"))
    return re.sub(r"\d(\.\d)?e-1\d\b", "~", unescape(" ".join(texts)).replace("\xa0", " ")).split()


def test_the_picture_of_the_readme_shows_what_is_printed_now(tmp_path: Path) -> None:
    script = shutil.copy(DOCS / "picture.py", tmp_path)
    subprocess.run(
        [sys.executable, script],
        check=True,
        cwd=DOCS.parent,
        env=os.environ | {"PYTHONPATH": str(DOCS.parent)},
        timeout=60,
    )
    assert words(tmp_path / "table.svg") == words(DOCS / "table.svg")
