"""Repeat, sort, and say the median and the 95th percentile."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

Row = dict[str, float]


def measure(action: Callable[[], object], repeats: int = 9, warm: int = 1) -> Row:
    """Return median and p95 of the milliseconds that `action` takes; the first `warm` calls do not count."""
    for _ in range(warm):
        action()
    gc.collect()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1000.0)
    return row(times)


def pace() -> Row:
    """Return what counting to a million takes, so that tables of other machines and minutes can be compared."""

    def count() -> None:
        for _ in range(1_000_000):
            pass

    return measure(count, 15)


def row(times: list[float]) -> Row:
    """Return the row of a list of milliseconds."""
    ordered = sorted(times)
    p95 = ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]
    return {"median_ms": round(statistics.median(ordered), 3), "p95_ms": round(p95, 3)}
