"""Walking from node to node by keys, so that the drawing can be read without a pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

SIDEWAYS = 2.0
"""A step aside counts as much as two steps ahead, so that a row is walked along."""


def walk(canvas: CanvasView, right: int, down: int) -> None:
    """Select the nearest node in a direction; from nothing, the first node in sight.

    Args:
        canvas: the canvas with the selection that is walked from.
        right, down: the direction; one of them is 0, only the sign of the other counts.
    """
    nodes = canvas.picture.nodes
    if not len(nodes):
        return
    centers = nodes.rects[:, :2] + nodes.rects[:, 2:] / 2
    rows = [row for key in sorted(canvas.session.selection) if (row := nodes.row.get(key)) is not None]
    if rows:
        offsets = centers - centers[rows[0]]
        ahead = offsets @ np.sign([right, down])
        aside = np.abs(offsets @ [abs(np.sign(down)), abs(np.sign(right))])
        effort = np.where(ahead > 0, ahead + SIDEWAYS * aside, np.inf)
    else:
        corner = canvas.camera.to_scene(canvas.rect().topLeft().toPointF())
        effort = np.abs(centers - [corner.x(), corner.y()]).sum(axis=1)
    best = int(np.argmin(effort))
    if np.isfinite(effort[best]):
        element = nodes.elements[best]
        canvas.session.select({element})
        canvas.reveal(element)
