"""Run as a program: kill writers of a working copy at random moments, then check what is in the file.

Usage: python -m tests.models.storage.killed_copy_writer FOLDER KILLS. Prints one JSON line per kill.
"""

from __future__ import annotations

import os
import signal
import time
from itertools import count
from pathlib import Path

from models.design.delta import Delta
from models.design.design import Design
from models.design.document import Document
from models.design.elements import Node
from models.storage.working_copy import WorkingCopy, read_working_copy
from tests.models.storage.killing import Acknowledge, fork_writer, report_kills


def write_forever(path: Path, acknowledge: Acknowledge) -> None:
    """Edit and keep, and tell each number once its edit is kept."""
    document = Document(Design({"a": Node("service", "0")}))
    copy = WorkingCopy(path, "T", [("One", document.design)])
    acknowledge(0)
    for turn in count(1):
        before = document.design
        document.change([("a", Node("service", str(turn), note="x" * (turn % 7 * 3000)))], "Edit")
        copy.append(0, Delta.between(before.elements, document.design.elements))
        acknowledge(turn)


def kill_once(path: Path, after_s: float) -> dict[str, int]:
    """Kill a writer some time after its first line and report what it acknowledged and what the file holds."""
    child, pipe = fork_writer(lambda acknowledge: write_forever(path, acknowledge))
    with os.fdopen(pipe, "rb") as stream:
        stream.readline()
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        acknowledged = [0, *(int(line) for line in stream.read().split())]
    found = read_working_copy(path)
    assert found is not None
    return {"acknowledged": acknowledged[-1], "kept": int(dict(found[1])["One"].node("a").name)}


if __name__ == "__main__":
    report_kills(kill_once, ".working", 3, (0.0, 0.06))
