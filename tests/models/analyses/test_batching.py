"""Batches against a plain simulation of a sender."""

from __future__ import annotations

import numpy as np
import pytest

from models.analyses.batching import batching


def simulated(rate: float, size: int, linger: float, messages: int = 60_000) -> tuple[float, float]:
    """Return the mean messages of a batch and the mean wait, message by message."""
    times = np.cumsum(np.random.default_rng(5).exponential(1.0 / rate, messages)).tolist()
    batches, waits, open_batch = 0, 0.0, []
    for time in times:
        if open_batch and time > open_batch[0] + linger:
            waits += sum(open_batch[0] + linger - begun for begun in open_batch)
            batches, open_batch = batches + 1, []
        open_batch.append(time)
        if len(open_batch) == size:
            waits += sum(time - begun for begun in open_batch)
            batches, open_batch = batches + 1, []
    return messages / max(batches, 1), waits / messages


@pytest.mark.parametrize(
    ("rate", "size", "linger"),
    [(1.0, 100, 0.05), (100.0, 100, 0.05), (1_000.0, 100, 0.05), (10_000.0, 100, 0.05), (50.0, 4, 1.0), (20.0, 1, 9.0)],
)
def test_fill_and_wait_equal_a_simulated_sender(rate: float, size: int, linger: float) -> None:
    found = batching(rate, size, linger)
    fill, wait = simulated(rate, size, linger)
    assert float(found.fill) == pytest.approx(fill, rel=0.03)
    assert float(found.mean) == pytest.approx(wait, rel=0.05, abs=1e-9)
    assert float(found.mean) <= float(found.oldest) <= linger


def test_nothing_waits_where_nothing_is_collected() -> None:
    found = batching([0.0, 5.0, 5.0], [100, 1, 100], [0.05, 0.05, 0.0])
    assert found.fill.tolist() == [1.0, 1.0, 1.0]
    assert found.mean.tolist() == [0.05, 0.0, 0.0]
