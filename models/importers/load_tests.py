"""Load tests by k6, Locust, JMeter or a plain table: throughput, p95 and failures at each number of users at once.

k6 writes one row per sample (`metric_name, timestamp, metric_value`), JMeter one per request (`timeStamp, elapsed, …,
allThreads`), Locust one per second (`User Count, Requests/s, 95%`); a plain table has one row per step (`users,
throughput, p95_ms`). Rows of the same number of users are one step.
"""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from msgspec import Struct

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Id, Input, input_id
from models.importers.notes import ImportProblem
from models.interruption import while_wanted
from models.words import Text

MOST_ROWS = 3_000_000
MOST_STEPS = 24
FEWEST_SECONDS = 2.0
LOADS = ("users", "vus", "concurrency", "threads", "clients", "load", "connections", "user count")
RATES = ("throughput", "throughput_rps", "rps", "requests/s", "requests_per_s", "requests_per_second", "qps")
P95_MS = ("p95_ms", "95%", "p95", "p(95)")
FAILED = ("failed_share", "failures", "error_rate", "errors")
K6 = {"metric_name", "timestamp", "metric_value"}
JMETER = {"timestamp", "elapsed", "allthreads"}
LOCUST = {"user count", "requests/s", "95%"}


class Step(Struct, frozen=True):
    """One load: users at once, requests/s that were answered, p95 in seconds and failed share, None = not measured."""

    load: float
    throughput: float
    p95_s: float | None = None
    failed: float | None = None


class LoadTest(Struct, frozen=True):
    """The steps of a load test, by load, and the program that wrote them."""

    steps: tuple[Step, ...]
    program: str

    @property
    def text(self) -> str:
        """Return the steps as the scaling framework's input holds them: “load: throughput: p95 ms”."""
        parts = []
        for step in self.steps:
            tail = "" if step.p95_s is None else f": {step.p95_s * 1e3:.4g}"
            parts.append(f"{step.load:g}: {step.throughput:.6g}{tail}")
        return ", ".join(parts)


def program_of(path: Path) -> str:
    """Return which program wrote a table, by its header: `k6`, `jmeter`, `locust`, `table`, or empty for none."""
    try:
        header = next(_rows(path), [])
    except ImportProblem:
        return ""
    names = {name.strip().lower() for name in header}
    if names >= K6:
        return "k6"
    if names >= JMETER:
        return "jmeter"
    if names >= LOCUST:
        return "locust"
    return "table" if names & set(LOADS) and names & set(RATES) else ""


def read_load_test(path: Path) -> LoadTest:
    """Return the steps of a load test.

    Raises:
        ImportProblem: it is no load test, or no step of it lasted long enough; the sentence says why.
    """
    program = program_of(path)
    readers = {"k6": _k6, "jmeter": _jmeter, "locust": _locust, "table": _table}
    if not program:
        raise ImportProblem(
            Text(
                "{file} is no load test: export it from k6 (--out csv), Locust (stats history) or "
                "JMeter (JTL as CSV), or name its columns users, throughput and p95_ms.",
                file=path.name,
            )
        )
    rows = _rows(path)
    names = [name.strip().lower() for name in next(rows, [])]
    try:
        steps = readers[program](names, rows)
    except (ValueError, IndexError) as error:
        raise ImportProblem(
            Text("{file}: a row does not fit its columns ({error}).", file=path.name, error=str(error))
        ) from error
    if not all(math.isfinite(value) for step in steps for value in (step.load, step.throughput, step.p95_s or 0.0)):
        raise ImportProblem(
            Text("{file}: users, throughput or p95 of a step is no finite number; mend the row.", file=path.name)
        )
    kept = sorted((step for step in steps if step.load > 0 and step.throughput > 0), key=lambda step: step.load)
    if not kept:
        raise ImportProblem(Text("{file} holds no step with users and answered requests.", file=path.name))
    if len(kept) > MOST_STEPS:
        chosen = np.unique(np.linspace(0, len(kept) - 1, MOST_STEPS).round().astype(int))
        kept = [kept[number] for number in chosen]
    return LoadTest(tuple(kept), program)


def take_load_test(design: Design, found: LoadTest, node: Id | None = None) -> Delta:
    """Return the delta that gives the steps to the scaling framework, for a node or (None) the whole system."""
    values = {"scaling_test": found.text, "tested_node": node or ""}
    changes = []
    for name, value in values.items():
        key = input_id("scaling", name)
        changes.append((key, design.elements.get(key), Input(value, "measured")))
    return Delta.of(changes)


def _rows(path: Path) -> Iterator[list[str]]:
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield from while_wanted(islice(csv.reader(file), MOST_ROWS + 1))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise ImportProblem(
            Text("{file} cannot be read as a table: {error}. Export it again as CSV.", file=path.name, error=str(error))
        ) from error


def _k6(names: list[str], rows: Iterator[list[str]]) -> list[Step]:
    """Group k6 samples by the users that ran in their second."""
    metric, time, value = (names.index(name) for name in ("metric_name", "timestamp", "metric_value"))
    users: dict[int, float] = {}
    requests: dict[int, float] = {}
    took: dict[int, list[float]] = {}
    failed: dict[int, float] = {}
    for row in rows:
        second, amount = int(float(row[time])), float(row[value])
        if row[metric] == "vus":
            users[second] = max(users.get(second, 0.0), amount)
        elif row[metric] == "http_reqs":
            requests[second] = requests.get(second, 0.0) + amount
        elif row[metric] == "http_req_duration":
            took.setdefault(second, []).append(amount / 1e3)
        elif row[metric] == "http_req_failed":
            failed[second] = failed.get(second, 0.0) + amount
    known = sorted(users)
    groups: dict[float, list[int]] = {}
    for second in sorted(requests):
        at = int(np.searchsorted(known, second, side="right")) - 1
        if at >= 0:
            groups.setdefault(users[known[at]], []).append(second)
    steps = []
    for load, seconds in groups.items():
        if len(seconds) < FEWEST_SECONDS:
            continue
        count = sum(requests[second] for second in seconds)
        times = [one for second in seconds for one in took.get(second, [])]
        share = sum(failed.get(second, 0.0) for second in seconds) / count
        steps.append(Step(load, count * (1.0 - share) / len(seconds), _p95(times), share))
    return steps


def _jmeter(names: list[str], rows: Iterator[list[str]]) -> list[Step]:
    """Group JMeter's requests by the threads that ran with them."""
    time, elapsed, threads = (names.index(name) for name in ("timestamp", "elapsed", "allthreads"))
    success = names.index("success") if "success" in names else None
    groups: dict[float, list[tuple[float, float, bool]]] = {}
    for row in rows:
        good = success is None or row[success].strip().lower() == "true"
        groups.setdefault(float(row[threads]), []).append((float(row[time]) / 1e3, float(row[elapsed]) / 1e3, good))
    steps = []
    for load, found in groups.items():
        starts = [start for start, _, _ in found]
        seconds = max(starts) - min(starts)
        if seconds < FEWEST_SECONDS:
            continue
        answered = [took for _, took, right in found if right]
        steps.append(Step(load, len(answered) / seconds, _p95(answered), 1.0 - len(answered) / len(found)))
    return steps


def _locust(names: list[str], rows: Iterator[list[str]]) -> list[Step]:
    """Average Locust's seconds by user count; the first second of a step still ramps up."""
    users, rate, tail = (names.index(name) for name in ("user count", "requests/s", "95%"))
    failures = names.index("failures/s") if "failures/s" in names else None
    name = names.index("name") if "name" in names else None
    groups: dict[float, list[tuple[float, float, float]]] = {}
    for row in rows:
        if name is not None and row[name].strip().lower() not in ("aggregated", "total", ""):
            continue
        p95 = float(row[tail]) / 1e3 if row[tail].strip().upper() not in ("N/A", "") else np.nan
        bad = float(row[failures]) if failures is not None else 0.0
        groups.setdefault(float(row[users]), []).append((float(row[rate]), bad, p95))
    steps = []
    for load, found in groups.items():
        table = np.array(found[len(found) // 4 :])
        total, bad = float(table[:, 0].mean()), float(table[:, 1].mean())
        known = None if np.isnan(table[:, 2]).all() else float(np.nanmedian(table[:, 2]))
        steps.append(Step(load, max(total - bad, 0.0), known, bad / total if total > 0 else None))
    return steps


def _table(names: list[str], rows: Iterator[list[str]]) -> list[Step]:
    """Read one step a row."""
    load, rate = _position(names, LOADS), _position(names, RATES)
    assert load is not None
    assert rate is not None
    tail, failed = _position(names, P95_MS), _position(names, FAILED)
    steps = []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        p95 = float(row[tail]) / 1e3 if tail is not None and row[tail].strip() else None
        bad = float(row[failed]) if failed is not None and row[failed].strip() else None
        steps.append(Step(float(row[load]), float(row[rate]), p95, bad))
    return steps


def _position(names: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _p95(times: list[float]) -> float | None:
    return float(np.quantile(times, 0.95)) if times else None
