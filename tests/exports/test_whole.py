"""A file appears whole or not at all, and what a killed program left is removed by the next who writes there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exports.whole import LEFT_OVER_S, PARTIAL, write_whole
from models.words import Text, sentence_of

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from pathlib import Path
from exports.whole import write_whole
print("ready", flush=True)
while True:
    for letter in (b"a", b"b"):
        write_whole(Path(sys.argv[1]), letter * 2_000_000)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_kill_leaves_the_old_file_or_the_new_one(tmp_path) -> None:
    path = tmp_path / "plan.pdf"
    write_whole(path, b"a" * 2_000_000)
    for number in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.005 * number)
            writer.send_signal(signal.SIGKILL)
        data = path.read_bytes()
        assert data in (b"a" * 2_000_000, b"b" * 2_000_000)
    for left in tmp_path.glob(f".*{PARTIAL}"):
        os.utime(left, (0, time.time() - LEFT_OVER_S - 1))
    write_whole(path, b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.pdf"]


def test_a_file_of_another_name_and_a_young_one_stay(tmp_path) -> None:
    young, other = tmp_path / f".plan.pdf.x{PARTIAL}", tmp_path / f".other.pdf.x{PARTIAL}"
    for path in (young, other):
        path.touch()
    os.utime(other, (0, 0))
    write_whole(tmp_path / "plan.pdf", b"new")
    assert young.exists()
    assert other.exists()


def test_a_refusal_keeps_its_reason_as_a_text(tmp_path) -> None:
    with pytest.raises(OSError, match="cannot be written: No such file or directory") as refused:
        write_whole(tmp_path / "none" / "plan.pdf", b"new")
    sentence = sentence_of(refused.value)
    assert isinstance(sentence, Text)
    assert isinstance(sentence.args["reason"], Text)
