"""Where two variants cost the same: the volume below or above which the other one would be cheaper."""

from __future__ import annotations

import math

from msgspec import Struct

from models.evaluation import Case, Evaluation, evaluate

LOWEST, HIGHEST = 0.05, 20.0
STEPS = 11


class Crossover(Struct, frozen=True):
    """The volume at which two variants cost the same.

    Attributes:
        factor: of the volume that is drawn; below 1 the alternative is cheaper at less volume, above 1 at more.
        units_per_month: requests a month at that volume.
    """

    factor: float
    units_per_month: float


def crossover(evaluation: Evaluation, alternative: Evaluation) -> Crossover | None:
    """Return where the alternative becomes cheaper, or None if it does not between `LOWEST` and the design's capacity.

    Halves the logarithm of the demand factor; cost is monotone in demand, and so is the difference between a variant
    billed by use and one billed by the hour. Where both change slope the first crossing found is returned.
    """
    if _difference(evaluation, alternative, 1.0) <= 0:
        return None
    full = float(evaluation.figure("total/bottleneck").value or 0.0)
    upper = min(HIGHEST, 1.0 / full) if full > 0 else HIGHEST
    for end in (LOWEST, upper):
        if end != 1.0 and _difference(evaluation, alternative, end) < 0:
            factor = _halved(evaluation, alternative, end)
            units = evaluation.figure("total/units_per_month").value or 0.0
            return Crossover(factor, units * factor)
    return None


def _halved(evaluation: Evaluation, alternative: Evaluation, end: float) -> float:
    """Return the factor between 1, where the alternative is dearer, and `end`, where it is cheaper."""
    dear, cheap = 0.0, math.log(end)
    for _ in range(STEPS):
        middle = (dear + cheap) / 2
        if _difference(evaluation, alternative, math.exp(middle)) > 0:
            dear = middle
        else:
            cheap = middle
    return math.exp((dear + cheap) / 2)


def _difference(evaluation: Evaluation, alternative: Evaluation, factor: float) -> float:
    """Return by how much the alternative is dearer at this volume, in USD per month."""
    ours, theirs = (
        evaluate(each.design, each.catalog, previous=each, case=Case(each.month, factor)).money.bill.total
        for each in (evaluation, alternative)
    )
    return theirs - ours
