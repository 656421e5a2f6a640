"""Very many short lines painted as an image, cell by cell: half the time of handing each to QPainter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.buffers import draw_lines

WORTHWHILE = 8_000
"""From so many lines on an image as large as the viewport takes less time than the lines."""


def draw_many_lines(painter: QPainter, parts: Iterable[tuple[NDArray[np.float64], QColor]]) -> Iterator[None]:
    """Draw lines one pixel wide, not antialiased, later parts over earlier ones; yields after each part.

    Args:
        parts: x1, y1, x2, y2 in whole pixels of the painter, shape (n, 4), and their color.
    """
    device = painter.device()
    width, height = device.width(), device.height()
    cells = np.zeros(width * height, np.uint32)
    slanted = []
    for lines, color in parts:
        x0, y0, x1, y1 = np.ascontiguousarray(lines.T, np.int32)
        level, upright = np.flatnonzero(y0 == y1), np.flatnonzero((x0 == x1) & (y0 != y1))
        cells[_cells(y0[level], x0[level], x1[level], (height, width), (width, 1))] = color.rgba()
        cells[_cells(x0[upright], y0[upright], y1[upright], (width, height), (1, width))] = color.rgba()
        slanted.append((lines[(x0 != x1) & (y0 != y1)], color))
        yield
    painter.drawImage(0, 0, QImage(cells.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied))
    for lines, color in slanted:
        painter.setPen(color)
        draw_lines(painter, lines)


def _cells(
    at: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    size: tuple[int, int],
    stride: tuple[int, int],
) -> NDArray[np.int32]:
    """Return the numbers of the cells that parallel lines cover; each is at least one long and its end is left out.

    Args:
        at, start, end: where each lies, and from where to where it runs, shape (n,).
        size, stride: how many cells there are across the lines and along them, and how far apart their numbers are.
    """
    low = np.minimum(start, end)
    high = np.minimum(np.maximum(np.maximum(start, end), low + 1), size[1])
    low = np.maximum(low, 0)
    seen = (at >= 0) & (at < size[0]) & (low < high)
    at, low, counts = at[seen], low[seen], (high - low)[seen]
    until = np.cumsum(counts, dtype=np.int32)
    found = np.arange(counts.sum(), dtype=np.int32) * np.int32(stride[1])
    found += np.repeat(at * np.int32(stride[0]) + (low - until + counts) * np.int32(stride[1]), counts)
    return np.asarray(found)
