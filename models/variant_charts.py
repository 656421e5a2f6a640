"""Variants in pictures: cost against time and availability, and all figures side by side as parallel coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.report import Axis, Chart, Message, Series
from models.variants import HIGHER_IS_BETTER

if TYPE_CHECKING:
    from models.evaluation import Evaluation

PARALLEL = (
    "total/cost_per_month",
    "total/first_p95_s",
    "total/last_p95_s",
    "total/availability",
    "total/full_month",
    "total/kgco2e_per_month",
)
"""The figures of a scoreboard that variants are weighed by."""
EQUAL = 0.5
"""Where variants stand that do not differ."""


def scatter_charts(variants: Sequence[tuple[str, Evaluation]]) -> tuple[Chart, Chart]:
    """Return cost against response time, and cost against availability, of (name, evaluation) pairs, a point for each.

    A variant is left out of a chart where one of its two figures is not known.
    """
    cost = Axis(Message("Cost per month"), "USD/month")
    return (
        Chart(
            "scatter",
            Message("Cost against response time"),
            cost,
            Axis(Message("Answer complete p95"), "s"),
            _points(variants, "total/last_p95_s"),
        ),
        Chart(
            "scatter",
            Message("Cost against availability"),
            cost,
            Axis(Message("Availability"), "fraction"),
            _points(variants, "total/availability"),
        ),
    )


def _points(variants: Sequence[tuple[str, Evaluation]], other: str) -> tuple[Series, ...]:
    found = []
    for name, evaluation in variants:
        x, y = evaluation.figure("total/cost_per_month").value, evaluation.figure(other).value
        if x is not None and y is not None:
            found.append(Series(name, (x,), (y,)))
    return tuple(found)


def parallel_chart(variants: Sequence[tuple[str, Evaluation]]) -> tuple[Chart, tuple[str, ...]]:
    """Return a line for each (name, evaluation) pair over the figures, and what each place on the x axis is called.

    The best variant of a figure stands at 1, the worst at 0, the others between them in proportion; where all are equal
    they stand at one half. A figure that lies beyond the horizon is as good as one month more; one that is not known
    is a gap (NaN). Only figures that at least one variant knows have a place.
    """
    figures = [[evaluation.figure(key) for _, evaluation in variants] for key in PARALLEL]
    horizon = max((evaluation.horizon_months for _, evaluation in variants), default=0) + 1.0
    places, labels = [], []
    for row in figures:
        values = [horizon if one.value is None and one.status == "ok" else one.value for one in row]
        if any(value is not None for value in values):
            places.append(_placed(values, row[0].id in HIGHER_IS_BETTER))
            labels.append(row[0].label)
    x = tuple(float(at) for at in range(len(places)))
    series = tuple(Series(name, x, tuple(place[n] for place in places)) for n, (name, _) in enumerate(variants))
    axis, better = Axis(Message("Figure")), Axis(Message("Worst to best"))
    return Chart("line", Message("All figures, the best at the top"), axis, better, series), tuple(labels)


def _placed(values: Sequence[float | None], more_is_better: bool) -> list[float]:
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        return [math.nan if value is None else EQUAL for value in values]
    parts = [math.nan if value is None else (value - low) / (high - low) for value in values]
    return parts if more_is_better else [1.0 - part for part in parts]
