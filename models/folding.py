"""The totals that a lens shows on the one card of a collapsed boundary."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.design.elements import Id
from models.evaluation import Evaluation
from models.formatting import SPACE, format_value
from models.lenses import step_of
from models.picture import Picture
from models.picture.folded import members
from models.words import Text, joined

_COLUMNS: Mapping[str, tuple[str, str]] = {
    "load": ("load", "fraction"),
    "latency": ("response_p95_s", "s"),
    "cost": ("cost_per_month", "USD/month"),
    "availability": ("availability", "availability"),
    "carbon": ("kgco2e_per_month", "kgCO2e/month"),
}
"""Column and unit that each lens adds up."""


def totals(lens: str, evaluation: Evaluation, picture: Picture) -> dict[Id, tuple[str, int]]:
    """Return badge text and color code of each collapsed boundary of the picture.

    Cost and carbon are sums, load and latency the worst of the nodes inside, availability the product (all of them are
    needed). A sum that misses a node, because it has no value or lies in the boundary with some of its sites only, is
    marked with ≥.
    """
    if lens not in _COLUMNS:
        return {}
    name, unit = _COLUMNS[lens]
    column = dict(zip(evaluation.node_ids, evaluation.node_column(name).tolist(), strict=True))
    found = {}
    for row in np.flatnonzero(picture.boundaries.collapsed).tolist():
        boundary = picture.boundaries.ids[row]
        inside = members(picture.design, picture.view, boundary)
        whole = [column.get(key, np.nan) for key, all_of_it in inside.items() if all_of_it]
        mark = _total(lens, np.array(whole, np.float64), unit, partial=len(whole) < len(inside))
        if mark is not None:
            found[boundary] = mark
    return found


def _total(lens: str, values: NDArray[np.float64], unit: str, *, partial: bool) -> tuple[str, int] | None:
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    if lens in {"cost", "carbon"}:
        text = format_value(float(known.sum()), unit)
        if partial or len(known) < len(values):
            text = joined(("≥", text), SPACE)
        return text, int(step_of(np.array([0.0]))[0])
    if lens == "availability":
        total = float(known.prod())
        decades = -np.log10(np.clip(1.0 - total, 1e-6, 1.0))
        return format_value(total, unit), int(step_of(np.array([(5.0 - decades) / 4.0]))[0])
    worst = float(known.max())
    share = worst if lens == "load" else np.log10(max(worst, 1e-3) / 1e-3) / 4.0
    return Text("max\u202f{value}", value=format_value(worst, unit)), int(step_of(np.array([share]))[0])
