"""Messages sent together: how many fill a batch, and how long they wait for it.

A sender opens a batch with its first message and closes it when `size` are in it or `linger` has passed, whichever is
first (Apache Kafka producer, `batch.size` and `linger.ms`). Messages arrive as a Poisson stream; which of the two
limits closes the batch is decided by the means, so that near the crossing both figures are off by up to 15 %.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Batching(NamedTuple):
    """Messages in a batch, seconds that its first and that a mean message wait; broadcast shapes."""

    fill: Floats
    oldest: Floats
    mean: Floats


def batching(rate: ArrayLike, size: ArrayLike, linger: ArrayLike) -> Batching:
    """Return how full batches are and how long messages wait for them.

    With λ the rate and L the linger: N = min(B, 1 + λL); the first waits W = min(L, (B − 1)/λ); the others arrive
    evenly over that time, so that the mean is W·(1 + (N − 1)/2)/N where L closes the batch, and W/2 where it is full.

    Args:
        rate: λ, messages/s of one sender.
        size: B, messages at most, at least 1.
        linger: L, seconds.
    """
    per_second, most, wait = np.broadcast_arrays(*(np.asarray(value, float) for value in (rate, size, linger)))
    most = np.maximum(most, 1.0)
    expected = 1.0 + per_second * wait
    fill = np.minimum(most, expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        until_full = np.where(most > 1.0, np.where(per_second > 0, (most - 1.0) / per_second, np.inf), 0.0)
    oldest = np.minimum(wait, until_full)
    others = np.where(expected < most, oldest * (1.0 + (fill - 1.0) / 2.0) / fill, oldest / 2.0)
    return Batching(fill, oldest, others)
