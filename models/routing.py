"""Orthogonal routes of flows between cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Polylines: row i has `points[offsets[i]:offsets[i + 1]]`, in px."""

    offsets: I32
    points: F32


def route(
    rects: F32,
    sources: NDArray[np.int64],
    targets: NDArray[np.int64],
    waypoints: Mapping[int, Sequence[tuple[float, float]]],
) -> Paths:
    s, t = rects[sources], rects[targets]
    right = (t[:, 0] + t[:, 2] / 2) >= (s[:, 0] + s[:, 2] / 2)
    x0 = np.where(right, s[:, 0] + s[:, 2], s[:, 0])
    x1 = np.where(right, t[:, 0], t[:, 0] + t[:, 2])
    y0, y1 = s[:, 1] + s[:, 3] / 2, t[:, 1] + t[:, 3] / 2
    xm = (x0 + x1) / 2
    points = np.stack([x0, y0, xm, y0, xm, y1, x1, y1], 1).reshape(-1, 2).astype(np.float32)
    return Paths(np.arange(len(sources) + 1, dtype=np.int32) * 4, points)


def label_places(
    paths: Paths, labels: Sequence[str], rects: F32, frames: F32, overlays: NDArray[np.bool_]
) -> tuple[F32, NDArray[np.uint8]]:
    first, last = paths.points[paths.offsets[:-1]], paths.points[paths.offsets[1:] - 1]
    return ((first + last) / 2).astype(np.float32), np.zeros(len(labels), np.uint8)
