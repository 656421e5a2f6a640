"""Places for cards that nobody has placed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]


def place_missing(
    rects: F32, parents: NDArray[np.int32], frame_parents: Sequence[int], sources: Sequence[int], targets: Sequence[int]
) -> F32:
    missing = np.flatnonzero(np.isnan(rects[:, 0]))
    if not len(missing):
        return rects
    found = rects.copy()
    found[missing, 0] = 40 + (np.arange(len(missing)) % 6) * 232
    found[missing, 1] = 40 + (np.arange(len(missing)) // 6) * 120
    return found
