"""Speed of the exact placement of services over regions and machine sizes: proven optimal, and cut off."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from models.studies.placement import optimal_placement
from models.studies.placement_problem import LatencyLimit, PlacementProblem
from tests.benchmarks.timing import Row, row

REGIONS, OPTIONS, PROVIDERS = 12, 20, 4
PROVEN = ((30, 6.0), (100, 10.0))
LARGE, CUT_S = 200, 5.0


def placement_problem(services: int, seed: int) -> PlacementProblem:
    """Return a system of calls with a journey under a latency limit, at most three providers, and dear egress."""
    random = np.random.default_rng(seed)
    level, usual = random.uniform(0.8, 1.3, REGIONS), random.uniform(50.0, 5000.0, services)
    sizes = random.uniform(0.9, 1.5, (services, REGIONS, OPTIONS))
    calls = [(int(random.integers(number)), number) for number in range(1, services)]
    for _ in range(services // 3):
        first, second = sorted(random.choice(services, 2, replace=False).tolist())
        calls.append((first, second))
    provider = np.arange(REGIONS) % PROVIDERS
    egress = np.where(provider[:, None] == provider[None, :], 0.02, 0.09)
    np.fill_diagonal(egress, 0.0)
    away = random.uniform(0.01, 0.09, (REGIONS, REGIONS))
    rtt = 0.5 * (away + away.T)
    np.fill_diagonal(rtt, 0.0)
    entry = tuple(random.uniform(0.005, 0.05, REGIONS).tolist())
    return PlacementProblem(
        cost=(usual[:, None, None] * level[None, :, None] * sizes).round(2),
        calls=np.array(calls, dtype=np.int64),
        volume=random.uniform(0.0, 20_000.0, len(calls)),
        egress=egress,
        provider=provider.astype(np.int64),
        provider_fixed=np.full(PROVIDERS, 300.0),
        rtt=rtt,
        limits=[LatencyLimit("chat", tuple((call, 1.0) for call in range(12)), 0.08, 0, entry)],
        max_providers=3,
    )


def placement() -> Iterator[tuple[str, Row]]:
    """Yield placement/30x12x20 and placement/100x12x20, proven, then a large one with quotas that is cut off.

    Each row also says the bar in ms and the gap that is left; a proven row with a gap is an error.
    """
    for services, bar in PROVEN:
        times = []
        for seed in range(5):
            problem = placement_problem(services, seed)
            start = time.perf_counter()
            found = optimal_placement(problem)
            times.append((time.perf_counter() - start) * 1000.0)
            if found.gap > 1e-6 or found.relaxed:
                raise RuntimeError(f"{services} services, seed {seed}: not proven, gap {found.gap:g}.")
        yield f"placement/{services}x{REGIONS}x{OPTIONS}", {**row(times), "bar_ms": bar * 1000.0, "gap": 0.0}
    random = np.random.default_rng(1)
    large = placement_problem(LARGE, 1)._replace(
        units=random.integers(1, 9, (LARGE, OPTIONS)).astype(float), quota=np.full(REGIONS, LARGE / 4.0)
    )
    start = time.perf_counter()
    cut = optimal_placement(large, CUT_S)
    took = (time.perf_counter() - start) * 1000.0
    yield f"placement_cut/{LARGE}x{REGIONS}x{OPTIONS}", {**row([took]), "gap": cut.gap, "usd_month": cut.cost}
