"""The choice: four methods on one matrix, how sure the winner is, and what would turn it.

Shown first is the weighted sum on anchored bounds (SPOTIS, Dezert et al. 2020): it cannot reverse ranks when an
alternative comes or goes. The others check it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.analyses.ranking import (
    Flip,
    Priorities,
    first_place_share,
    flip_weight,
    normalized_weights,
    pairwise_priorities,
    promethee,
    ranks,
    spotis,
    topsis,
)
from models.frameworks.cloud_selection.criteria import CRITERIA, Criterion, Score
from models.words import Text

Floats = NDArray[np.float64]
WEIGHTED_SUM = Text("Weighted sum")
GROUPS = ("technical", "cost", "risk")
DRAWS = 500
CONCENTRATION = 20.0
CONSISTENT = 0.1


class Alternative(NamedTuple):
    """One candidate with its values by criterion."""

    id: str
    name: str
    where: str
    scores: dict[str, Score]


class Choice(NamedTuple):
    """The ranking of the candidates, best first.

    Attributes:
        order: indices of the alternatives, best first; points: 0 to 100 by the anchored weighted sum.
        spread: standard deviation of the points from the uncertain values; band: within which two count as equal.
        parts: (alternatives, criteria) points that each criterion gives.
        used, dropped: criteria that count, and those on which not every candidate is known.
        dropped_weights: (dropped,) their share of all points, which the criteria that count have among them.
        ranks: method → rank of each alternative (1 = best).
        tie: candidates that cannot be told from the first.
        win_share: how often each is first when weights and values are drawn at random.
        flips: (alternative, smallest change of one weight that puts it first), for each but the first.
        reversals: (method, alternative left out, the pair that changes places).
    """

    alternatives: tuple[Alternative, ...]
    order: tuple[int, ...]
    points: Floats
    spread: Floats
    band: float
    parts: Floats
    used: tuple[Criterion, ...]
    dropped: tuple[Criterion, ...]
    dropped_weights: Floats
    weights: Floats
    ranks: dict[str, Floats]
    tie: tuple[int, ...]
    win_share: Floats
    flips: tuple[tuple[int, Flip | None], ...]
    reversals: tuple[tuple[str, str, tuple[str, str]], ...]
    comparison: Priorities
    hint: str

    @property
    def agree(self) -> bool:
        """Whether every method puts the same alternative first."""
        return all(int(np.argmin(rank)) == self.order[0] for rank in self.ranks.values())

    def worst_lead(self) -> float:
        """Return the points (0 to 100) by which the first leads the second if all that is not known speaks against it.

        What is known of a criterion that is left out counts as it is; what is not known is the worst for the first and
        the best for the second. Positive = what is not known cannot turn the two.
        """
        first, second = (self.alternatives[index] for index in self.order[:2])
        lead = float(self.points[self.order[0]] - self.points[self.order[1]]) * (
            1.0 - float(self.dropped_weights.sum())
        )
        for each, weight in zip(self.dropped, self.dropped_weights.tolist(), strict=True):
            ends = []
            for one, unknown in ((first, 0.0), (second, 1.0)):
                value = one.scores[each.id].value
                scaled = unknown if value is None else (value - each.worst) / (each.best - each.worst)
                ends.append(min(max(scaled, 0.0), 1.0))
            lead += 100.0 * weight * (ends[0] - ends[1])
        return lead

    def flip(self, criterion: int) -> float | None:
        """Return the weight (share) of a criterion at which the first loses its place to the second; None = never."""
        if len(self.order) < 2:
            return None
        return _tie_weight(self.parts / np.maximum(self.weights, 1e-12), self.weights, self.order[:2], criterion)


def choose(
    alternatives: tuple[Alternative, ...], points: dict[str, float], comparisons: tuple[float, float, float]
) -> Choice:
    """Return the choice among candidates.

    Args:
        points: weight of each criterion, any scale.
        comparisons: technical/cost, technical/risk and cost/risk as a pairwise comparison (AHP); 0 = as the weights.

    The last results are kept: most edits of a drawing do not change what is known of the providers.
    """
    rows = tuple((one.id, one.name, one.where, tuple(one.scores.items())) for one in alternatives)
    return _choose(rows, tuple(points.items()), comparisons)


_Row = tuple[str, str, str, tuple[tuple[str, Score], ...]]


@lru_cache(maxsize=32)
def _choose(
    rows: tuple[_Row, ...], given: tuple[tuple[str, float], ...], comparisons: tuple[float, float, float]
) -> Choice:
    alternatives = tuple(Alternative(key, name, where, dict(scores)) for key, name, where, scores in rows)
    points = dict(given)
    used = tuple(each for each in CRITERIA if all(one.scores[each.id].value is not None for one in alternatives))
    dropped = tuple(each for each in CRITERIA if each not in used)
    values = np.array([[one.scores[each.id].value for each in used] for one in alternatives], float)
    spreads = np.array([[one.scores[each.id].spread for each in used] for one in alternatives], float)
    raw = np.array([points[each.id] for each in used])
    weights = normalized_weights(raw if raw.sum() > 0 else np.ones(len(used)))
    bounds = np.array([[each.worst, each.best] for each in used])
    scaled, slack = _anchored(values, spreads, bounds)
    total = (
        1.0 - spotis(np.clip(values, bounds.min(axis=1), bounds.max(axis=1)), weights, _signs(used), bounds).distance
    )
    order = tuple(int(index) for index in np.argsort(-total, kind="stable"))
    spread = np.sqrt(((slack * weights) ** 2).sum(axis=1))
    band = float(np.sqrt((spread[list(order[:2])] ** 2).sum())) if len(order) > 1 else 0.0
    compared, hint = _compared(used, weights, comparisons)
    found = _ranks(values, spreads, weights, used, compared.weights)
    return Choice(
        alternatives,
        order,
        total * 100.0,
        spread * 100.0,
        band * 100.0,
        scaled * weights,
        used,
        dropped,
        np.array([points[each.id] for each in dropped]) / (sum(points.values()) or 1.0),
        weights,
        found,
        tuple(index for index in order if total[order[0]] - total[index] <= band),
        _win_share(scaled, slack, weights),
        tuple((index, flip_weight(scaled, weights, order[0], index)) for index in order[1:]),
        _reversals(alternatives, values, spreads, weights, used, found),
        compared,
        hint,
    )


def _signs(used: tuple[Criterion, ...]) -> Floats:
    return np.array([each.direction for each in used], float)


def _anchored(values: Floats, spreads: Floats, bounds: Floats) -> tuple[Floats, Floats]:
    """Return values and spreads on the scale from worst 0 to best 1; what lies beyond a bound counts as the bound."""
    width = bounds[:, 1] - bounds[:, 0]
    return np.clip((values - bounds[:, 0]) / width, 0.0, 1.0), np.abs(spreads / width)


def _tie_weight(scaled: Floats, weights: Floats, pair: tuple[int, ...], criterion: int) -> float | None:
    lead = scaled[pair[0]] - scaled[pair[1]]
    rest = float(np.delete(lead * weights, criterion).sum()) / max(1.0 - float(weights[criterion]), 1e-12)
    if abs(lead[criterion]) < 1e-9 or rest == lead[criterion]:
        return None
    tie = float(rest / (rest - lead[criterion]))
    return tie if 0.0 <= tie <= 1.0 else None


def _ranks(
    values: Floats, spreads: Floats, weights: Floats, used: tuple[Criterion, ...], compared: Floats
) -> dict[str, Floats]:
    """Return the ranks by weighted sum on bounds, AHP, TOPSIS (vector) and PROMETHEE II (linear)."""
    signs = _signs(used)
    bounds = np.array([[each.worst, each.best] for each in used])
    clipped = np.clip(values, bounds.min(axis=1), bounds.max(axis=1))
    indifferent = spreads.max(axis=0)
    preferred = np.maximum(2.0 * indifferent, 0.1 * np.abs(bounds[:, 1] - bounds[:, 0]))
    local = _local_priorities(clipped, bounds)
    net = promethee(values, weights, signs, "linear", indifferent, preferred).net
    closeness = topsis(values, weights, signs, "vector")
    return {
        WEIGHTED_SUM: ranks(np.round(spotis(clipped, weights, signs, bounds).distance, 12), False),
        "AHP": ranks(np.round(local @ compared, 12)),
        "TOPSIS": ranks(np.round(closeness, 12)),
        "PROMETHEE II": ranks(np.round(net, 12)),
    }


def _local_priorities(values: Floats, bounds: Floats) -> Floats:
    """Return each candidate's share of every criterion, as AHP takes measured values: in proportion, summing to 1."""
    scaled = np.maximum(_anchored(values, np.zeros_like(values), bounds)[0], 1e-6)
    return np.asarray(scaled / scaled.sum(axis=0))


def _compared(
    used: tuple[Criterion, ...], weights: Floats, comparisons: tuple[float, float, float]
) -> tuple[Priorities, str]:
    """Return the weights of the criteria from the pairwise comparison of their groups, and how to mend it."""
    shares = np.array([sum(w for each, w in zip(used, weights, strict=True) if each.group == g) for g in GROUPS])
    shares = np.maximum(shares, 1e-9)
    pairs = ((0, 1), (0, 2), (1, 2))
    matrix = np.eye(3)
    for (row, column), given in zip(pairs, comparisons, strict=True):
        matrix[row, column] = given or float(shares[row] / shares[column])
        matrix[column, row] = 1.0 / matrix[row, column]
    found = pairwise_priorities(matrix)
    group = dict(zip(GROUPS, found.weights, strict=True))
    inside = dict(zip(GROUPS, shares, strict=True))
    local = np.array([group[each.group] * w / inside[each.group] for each, w in zip(used, weights, strict=True)])
    return found._replace(weights=normalized_weights(local)), _repair(matrix, found)


def _repair(matrix: Floats, found: Priorities) -> str:
    """Return which comparison to look at first and what would fit the other two; empty when they are consistent.

    Three comparisons contradict each other all by the same factor, so the most extreme one is named.
    """
    if found.consistency_ratio <= CONSISTENT:
        return ""
    pairs = ((0, 1, 2), (0, 2, 1), (1, 2, 0))
    row, column, via = max(pairs, key=lambda pair: abs(np.log(matrix[pair[0], pair[1]])))
    fitting = matrix[row, via] * matrix[via, column]
    return Text(
        "{first} against {second} is set to {stated:.3g}; {fitting:.3g} fits the others",
        first=GROUPS[row],
        second=GROUPS[column],
        stated=matrix[row, column],
        fitting=fitting,
    )


def _win_share(scaled: Floats, slack: Floats, weights: Floats) -> Floats:
    """Return how often each candidate is first under random weights (Dirichlet) and random values (normal).

    The weights follow `first_place_share`; a value is drawn once for each of 20 samples, the weights 25 times in each.
    """
    key = (scaled.tobytes(), slack.tobytes(), weights.tobytes(), scaled.shape)
    return np.array(_drawn_shares(*key))


@lru_cache(maxsize=64)
def _drawn_shares(scaled: bytes, slack: bytes, weights: bytes, shape: tuple[int, int]) -> tuple[float, ...]:
    values, width = np.frombuffer(scaled).reshape(shape), np.frombuffer(slack).reshape(shape)
    center = np.frombuffer(weights)
    random = np.random.default_rng(1)
    samples = 20
    shares = [
        first_place_share(
            np.clip(values + width * random.standard_normal(shape), 0.0, 1.0),
            center,
            DRAWS // samples,
            CONCENTRATION,
            seed,
        )
        for seed in range(samples)
    ]
    return tuple(np.mean(shares, axis=0).tolist())


def _reversals(
    alternatives: tuple[Alternative, ...],
    values: Floats,
    spreads: Floats,
    weights: Floats,
    used: tuple[Criterion, ...],
    whole: dict[str, Floats],
) -> tuple[tuple[str, str, tuple[str, str]], ...]:
    """Return the methods whose order of two candidates turns when a third is left out (one example per method)."""
    count = len(alternatives)
    if count < 3:
        return ()
    found: dict[str, tuple[str, str, tuple[str, str]]] = {}
    for out in range(count):
        kept = [index for index in range(count) if index != out]
        smaller = _ranks(values[kept], spreads[kept], weights, used, weights)
        for method, after in smaller.items():
            if method in found or method == "AHP":
                continue
            before = whole[method][kept]
            turned = np.argwhere((before[:, None] < before[None, :]) & (after[:, None] > after[None, :]))
            if len(turned):
                pair = tuple(alternatives[kept[int(index)]].name for index in turned[0])
                found[method] = (method, alternatives[out].name, (pair[0], pair[1]))
    return tuple(found.values())
