"""Jobs that wait for whole machines, against a simulation of the same cluster and by hand."""

from __future__ import annotations

import heapq

import numpy as np
import pytest

from models.analyses.job_queue import job_queue
from models.analyses.queueing import mm_c_wait

MONTH = 730.0
CASES = [
    (2, 0.4425, 2.44, 0.86, 6.5, 24.0, 130.0),
    (2, 0.39, 2.44, 0.5, 6.5, 24.0, 130.0),
    (3, 0.4425, 2.44, 0.5, 6.5, 24.0, 130.0),
    (4, 1.2, 2.44, 1.0, 6.5, 24.0, 200.0),
    (1, 0.2, 2.44, 0.86, 6.5, 24.0, 60.0),
]


def simulated(
    machines: int, rate: float, hours: float, scv: float, usual: float, deadline: float, longest: float
) -> tuple[float, float, float]:
    """Return the late share over all, the late share and the mean wait during the long run, of 600 months."""
    random = np.random.default_rng(3)
    free = [0.0] * machines
    now, following, held = 0.0, 0.0, (0.0, 0.0)
    late: list[bool] = []
    during: list[tuple[bool, float]] = []
    while now < 600 * MONTH:
        now += random.exponential(1.0 / rate)
        if now >= following:
            start = max(heapq.heappop(free), following)
            heapq.heappush(free, start + longest)
            held, following = (start, start + longest), following + MONTH
        start = max(heapq.heappop(free), now)
        heapq.heappush(free, start + random.gamma(1.0 / scv, hours * scv))
        late.append(start - now + usual > deadline)
        if held[0] <= now < held[1]:
            during.append((late[-1], start - now))
    return (
        float(np.mean(late)),
        float(np.mean([one for one, _ in during])),
        float(np.mean([wait for _, wait in during])),
    )


@pytest.mark.parametrize("case", CASES)
def test_late_shares_are_near_those_of_a_simulation(case: tuple[float, ...]) -> None:
    over_all, during, wait = simulated(*case)  # type: ignore[arg-type]
    found = job_queue(*case)  # type: ignore[arg-type]
    assert found.late == pytest.approx(over_all, abs=0.03)
    assert found.held_late == pytest.approx(during, abs=0.08)
    assert found.held_wait == pytest.approx(wait, rel=0.25, abs=0.5)


def test_without_a_long_run_it_is_the_queue_of_the_textbook() -> None:
    found = job_queue(3, 1.0, 2.0, 1.0, 2.0, 24.0)
    assert found.wait == pytest.approx(float(mm_c_wait(1.0, 0.5, 3)))
    assert found.utilization == pytest.approx(2 / 3)
    assert np.isnan(found.held_late)
    assert found.late < 1e-3


def test_more_runs_than_machines_can_do_are_all_late() -> None:
    found = job_queue(2, 1.0, 3.0, 1.0, 3.0, 24.0)
    assert found.wait == np.inf
    assert found.late == 1.0


def test_a_deadline_shorter_than_the_run_leaves_no_room() -> None:
    assert job_queue(2, 0.4, 2.0, 0.5, 30.0, 24.0, 100.0).held_late > 0.3
