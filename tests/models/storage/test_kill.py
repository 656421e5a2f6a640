"""kill −9 in the middle of anything leaves the last acknowledged commit readable."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 24


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL")
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "tests.models.storage.killed_writer", str(tmp_path), str(KILLS)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(reports) == KILLS
    for report in reports:
        assert report["same"], report
        assert not report["read_only"], report
        assert report["kept"] in (report["acknowledged"], report["acknowledged"] + 1), report
    assert sum(report["acknowledged"] for report in reports) > KILLS
