"""Run as a program: kill writers of a project at random moments, then check what is in the file.

Usage: python -m tests.models.storage.killed_writer FOLDER KILLS. Prints one JSON line per kill. Writers are forked from
this single-threaded process, so that no kill waits for imports.
"""

from __future__ import annotations

import os
import signal
import time
from itertools import count
from pathlib import Path

from models.design.delta import Delta
from models.design.design import Design, to_text
from models.design.elements import Node
from models.storage.project import Project
from models.storage.records import decode_delta
from tests.models.storage.killing import Acknowledge, fork_writer, report_kills


def write_forever(path: Path, acknowledge: Acknowledge) -> None:
    """Commit small and large edits, undo, save revisions and variants; report each commit once it is acknowledged."""
    with Project.open(path) as project:
        first = project.variants()[0].id
        document = project.document(first)
        for turn in count():
            if turn % 5 == 4:
                document.undo()
            elif turn % 5 == 3:
                document.change([(f"n{i}", Node("service", f"{turn}", note="x" * 200)) for i in range(300)], "Bulk")
            else:
                document.change([("a", Node("service", f"{turn}"))], "Edit")
            acknowledge(document._next - 1)
            if turn % 11 == 10:
                project.new_variant(f"V{turn}", source=first)


def kill_once(path: Path, after_s: float) -> dict[str, object]:
    """Kill a writer after some time and report what it acknowledged and what the file holds."""
    Project.create(path, "T", [("First", Design())]).close()
    child, pipe = fork_writer(lambda acknowledge: write_forever(path, acknowledge))
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(pipe, "rb") as stream:
        acknowledged = [int(line) for line in stream.read().split()]
    journal = path.with_name(path.name + "-journal").exists()
    with Project.open(path) as project:
        first = project.variants()[0].id
        with project._store.reading() as connection:
            rows = connection.execute("SELECT seq, delta FROM log WHERE variant = ? ORDER BY seq", (first,)).fetchall()
        replayed = Design()
        for _, delta in rows:
            replayed = replayed.apply(Delta(decode_delta(delta).changes))
        for variant in project.variants():
            project.design(variant.id)
        return {
            "acknowledged": acknowledged[-1] if acknowledged else 0,
            "kept": rows[-1][0] if rows else 0,
            "same": to_text(project.design(first)) == to_text(replayed),
            "read_only": project.read_only,
            "journal": journal,
        }


if __name__ == "__main__":
    report_kills(kill_once, ".groundplan", 7, (0.03, 0.12))
