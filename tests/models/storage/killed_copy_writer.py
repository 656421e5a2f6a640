"""Run as a program: kill writers of a working copy at random moments, then check what is in the file.

Usage: python -m tests.models.storage.killed_copy_writer FOLDER KILLS. Prints one JSON line per kill.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path

from models.design.delta import Delta
from models.design.design import Design
from models.design.document import Document
from models.design.elements import Node
from models.storage.working_copy import WorkingCopy, read_working_copy


def write_forever(path: Path, pipe: int) -> None:
    """Edit and keep, and tell each number once its edit is kept."""
    document = Document(Design({"a": Node("service", "0")}))
    copy = WorkingCopy(path, "T", [("One", document.design)])
    os.write(pipe, b"0\n")
    for turn in count(1):
        before = document.design
        document.change([("a", Node("service", str(turn), note="x" * (turn % 7 * 3000)))], "Edit")
        copy.append(0, Delta.between(before.elements, document.design.elements))
        os.write(pipe, b"%d\n" % turn)


def kill_once(path: Path, after_s: float) -> dict[str, int]:
    """Kill a writer some time after its first line and report what it acknowledged and what the file holds."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        write_forever(path, writing)
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        stream.readline()
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        acknowledged = [0, *(int(line) for line in stream.read().split())]
    found = read_working_copy(path)
    assert found is not None
    return {"acknowledged": acknowledged[-1], "kept": int(dict(found[1])["One"].node("a").name)}


def main(folder: Path, kills: int) -> None:
    """Kill `kills` writers, each of a file of its own."""
    moments = random.Random(3)
    for number in range(kills):
        print(json.dumps(kill_once(folder / f"{number}.working", moments.uniform(0.0, 0.06))), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
