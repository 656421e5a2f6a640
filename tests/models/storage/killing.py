"""Forked writers that are killed at random moments, and what programs that kill them report."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

Acknowledge = Callable[[int], object]


def fork_writer(write: Callable[[Acknowledge], object]) -> tuple[int, int]:
    """Start a writer, which is handed what acknowledges a number; return its process id and the pipe of the numbers."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        write(lambda number: os.write(writing, b"%d\n" % number))
        os._exit(1)
    os.close(writing)
    return child, reading


def report_kills(
    kill_once: Callable[[Path, float], Mapping[str, object]], suffix: str, seed: int, moments: tuple[float, float]
) -> None:
    """Kill as many writers as the program's arguments say, each of a file of its own; print one JSON line per kill.

    Args:
        kill_once: kills a writer of a file after so many seconds and returns what it found.
        moments: the earliest and the latest.
    """
    folder, kills = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(seed)
    for number in range(kills):
        print(json.dumps(kill_once(folder / f"{number}{suffix}", chance.uniform(*moments))), flush=True)


def reports_of(program: str, folder: Path, kills: int) -> list[dict[str, int]]:
    """Run a program that kills writers; return its reports after checking that each kept all it acknowledged."""
    command = [sys.executable, "-m", f"tests.models.storage.{program}", str(folder), str(kills)]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(reports) == kills
    for report in reports:
        assert report["kept"] in (report["acknowledged"], report["acknowledged"] + 1), report
    assert sum(report["acknowledged"] for report in reports) > kills
    return reports
