"""NumPy arrays handed to QPainter without one Python object per line or fragment.

`QPainter.drawLines(QLineF, count)` and its siblings take a pointer to the first of `count` structures that lie one
after the other. A float64 array of the right width has exactly that layout, so its buffer is wrapped instead of
copied: building lists of 15,000 `QLineF` takes 8 to 12 ms, this takes microseconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter, QPixmap

FRAGMENT_WIDTH = 10
"""Columns of a pixmap fragment: x, y, source left, top, width, height, scale x, scale y, rotation, opacity."""


def draw_lines(painter: QPainter, lines: NDArray[np.float64]) -> None:
    """Draw straight lines, shape (n, 4): x1, y1, x2, y2."""
    data = _rows(lines, 4)
    if len(data):
        painter.drawLines(_first(data, QLineF), len(data))


def draw_rects(painter: QPainter, rects: NDArray[np.float64]) -> None:
    """Draw rectangles, shape (n, 4): x, y, width, height."""
    data = _rows(rects, 4)
    if len(data):
        painter.drawRects(_first(data, QRectF), len(data))


def draw_fragments(painter: QPainter, fragments: NDArray[np.float64], pixmap: QPixmap) -> None:
    """Draw parts of `pixmap`, shape (n, `FRAGMENT_WIDTH`); x and y name the center of each."""
    data = _rows(fragments, FRAGMENT_WIDTH)
    if len(data):
        painter.drawPixmapFragments(_first(data, QPainter.PixmapFragment), len(data), pixmap)


def _first(data: NDArray[np.float64], structure: type) -> Any:
    """Return the array's first row as a Qt structure; valid as long as `data` lives."""
    return shiboken6.wrapInstance(data.ctypes.data, structure)


def _rows(array: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the array as a contiguous float64 table; Qt would read past the end of anything else.

    Raises:
        ValueError: the array does not have `width` columns.
    """
    if array.ndim != 2 or array.shape[1] != width:
        raise ValueError(f"Expected a table of {width} columns, not an array of shape {array.shape}.")
    return np.ascontiguousarray(array, dtype=np.float64)
