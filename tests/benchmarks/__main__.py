"""Measure, print a table and write `build/bench.json`. Arguments name the groups to run; none = all."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.benchmarks import import_speed, models_speed, placement_speed
from tests.benchmarks.timing import Row, pace

OUTPUT = Path("build/bench.json")
NAIVE_SIZE = 10_000
PANEL_SIZES = (100, 500, 1_000, 10_000)


def results(groups: set[str]) -> Iterator[tuple[str, Row]]:
    """Yield (name/size, row) of the chosen groups, with the pace of the machine at the beginning and at the end."""
    yield "pace/begin", pace()
    yield from _of_groups(groups)
    yield "pace/end", pace()


def _of_groups(groups: set[str]) -> Iterator[tuple[str, Row]]:
    per_size = {
        "evaluation": models_speed.evaluation,
        "assessments": models_speed.assessments,
        "rules": models_speed.rules,
        "files": models_speed.files,
        "drawing": models_speed.drawing,
    }
    for group, run in per_size.items():
        if not groups or group in groups:
            for size in models_speed.SIZES:
                yield from run(size)
    if not groups or "canvas" in groups:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from tests.benchmarks import canvas_speed

        for size in models_speed.SIZES:
            yield from canvas_speed.canvas(size)
        yield from canvas_speed.naive(NAIVE_SIZE)
        for size in PANEL_SIZES:
            yield from canvas_speed.panels(size)
    if not groups or "placement" in groups:
        yield from placement_speed.placement()
    if not groups or "imports" in groups:
        yield from import_speed.imports()
    if not groups or "plans" in groups:
        yield from models_speed.plans()
    if not groups or "imports" in groups:
        yield from models_speed.imports()
    if not groups or "start" in groups:
        yield from models_speed.start()


def report(rows: Iterable[tuple[str, Row]]) -> dict[str, Row]:
    """Print each row as it arrives and return all."""
    found = {}
    print(f"{'what':<32}{'median ms':>12}{'p95 ms':>12}")
    for name, measured in rows:
        found[name] = measured
        print(f"{name:<32}{measured['median_ms']:>12.2f}{measured['p95_ms']:>12.2f}", flush=True)
    return found


def main() -> None:
    """Run and keep what an earlier run of other groups measured."""
    groups = set(sys.argv[1:])
    known = json.loads(OUTPUT.read_text()) if groups and OUTPUT.exists() else {}
    known.update(report(results(groups)))
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
