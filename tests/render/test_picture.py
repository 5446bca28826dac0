"""What a picture leaves behind: a file, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="a folder in which nobody can write")
def test_a_picture_leaves_no_folder_and_no_warning_where_home_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "HOME": "/proc", "TMPDIR": str(tmp_path / "tmp")}
    for name in ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "autodiff_cli", "plot", "x^2", "--x", "0:2", "-o", "curve.svg"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert [*(tmp_path / "tmp").iterdir()] == []
    assert (tmp_path / "curve.svg").read_text().startswith("<?xml")
