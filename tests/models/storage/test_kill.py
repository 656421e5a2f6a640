"""kill −9 in the middle of anything leaves the last acknowledged commit readable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models.storage.project import Project
from tests.models.storage.killing import reports_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL")


@pytest.mark.parametrize("kills", [24, pytest.param(400, marks=pytest.mark.proof)])
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path, kills: int) -> None:
    for report in reports_of("killed_writer", tmp_path, kills):
        assert report["same"], report
        assert not report["read_only"], report


_HOLDER = """
import sys
from models.storage.project import Project
project = Project.open(sys.argv[1])
print(project.read_only, flush=True)
sys.stdin.read()
"""


def test_lock_of_another_process_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.groundplan"
    Project.create(path, "T").close()
    command = [sys.executable, "-c", _HOLDER, str(path)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "False\n"
        with Project.open(path) as reader:
            assert reader.read_only
            assert f"(process {holder.pid})" in reader.notice
        holder.kill()
        holder.wait()
    with Project.open(path) as writer:
        assert not writer.read_only
