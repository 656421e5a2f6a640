"""Ranking alternatives by several criteria, and how far the ranking can be trusted.

A decision matrix has shape (alternatives, criteria); `weights` sum to 1; `directions` are +1 where more is better and
−1 where less is. The method shown first is SPOTIS on bounds the user sets, because it cannot reverse ranks when an
alternative is added or removed (Dezert et al. 2020). A criterion on which all alternatives are equal counts for
nothing.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Normalization = Literal["minmax", "max", "sum", "vector", "linear", "logarithmic", "none"]
Preference = Literal["usual", "ushape", "vshape", "level", "linear", "gaussian"]


def normalized_weights(weights: ArrayLike) -> Floats:
    """Return the weights divided by their sum.

    Raises:
        ValueError: when one is negative or all are zero.
    """
    values = np.asarray(weights, float)
    if np.any(values < 0.0) or values.sum() <= 0.0:
        raise ValueError("Weights must not be negative, and at least one must be above zero.")
    return np.asarray(values / values.sum())


def _ratio(above: Floats, below: Floats) -> Floats:
    """Return above/below with 0 where the divisor is 0 (a constant criterion decides nothing)."""
    return np.divide(above, below, out=np.zeros(np.broadcast(above, below).shape), where=below != 0.0)


def normalize(matrix: ArrayLike, directions: ArrayLike, method: Normalization = "minmax") -> Floats:
    """Return the matrix scaled so that more is better everywhere.

    Args:
        matrix: shape (alternatives, criteria).
        directions: +1 or −1, shape (criteria,).
        method: "minmax" (x − min)/(max − min), cost (max − x)/(max − min); "max" x/max, cost 1 − x/max; "sum" x/Σx,
            cost (1/x)/Σ(1/x); "vector" x/‖x‖, cost 1 − x/‖x‖; "linear" x/max, cost min/x;
            "logarithmic" ln x/ln Πx, cost (1 − ln x/ln Πx)/(n − 1); "none" leaves the numbers, cost with a minus sign.

    Raises:
        ValueError: for an unknown method, and for "sum", "linear" and "logarithmic" on numbers that are not positive.
    """
    values, gain = np.asarray(matrix, float), np.asarray(directions, float) > 0.0
    if method in ("sum", "linear", "logarithmic") and np.any(values[:, ~gain] <= 0.0):
        raise ValueError(f'Normalization "{method}" needs positive numbers; choose "minmax".')
    if method == "minmax":
        low, high = values.min(axis=0), values.max(axis=0)
        return _ratio(np.where(gain, values - low, high - values), high - low)
    if method == "max":
        share = _ratio(values, values.max(axis=0))
        return np.where(gain, share, 1.0 - share)
    if method == "vector":
        share = _ratio(values, np.sqrt((values * values).sum(axis=0)))
        return np.where(gain, share, 1.0 - share)
    if method == "none":
        return np.where(gain, values, -values)
    inverse = 1.0 / np.where(gain, 1.0, values)
    if method == "sum":
        return np.where(gain, _ratio(values, values.sum(axis=0)), inverse / inverse.sum(axis=0))
    if method == "linear":
        return np.where(gain, _ratio(values, values.max(axis=0)), inverse * values.min(axis=0))
    if method == "logarithmic":
        logs = np.log(values)
        share = _ratio(logs, logs.sum(axis=0))
        return np.where(gain, share, (1.0 - share) / (len(values) - 1.0))
    raise ValueError(f'Normalization "{method}" is not known; use minmax, max, sum, vector, linear or logarithmic.')


def weighted_sum(
    matrix: ArrayLike, weights: ArrayLike, directions: ArrayLike, normalization: Normalization = "minmax"
) -> Floats:
    """Return Σ w · n per alternative; more is better (Fishburn 1967)."""
    return np.asarray(normalize(matrix, directions, normalization) @ normalized_weights(weights))


def weighted_product(
    matrix: ArrayLike, weights: ArrayLike, directions: ArrayLike, normalization: Normalization = "sum"
) -> Floats:
    """Return Π n^w per alternative; more is better."""
    return np.asarray(np.prod(normalize(matrix, directions, normalization) ** normalized_weights(weights), axis=1))


class Spotis(NamedTuple):
    """Distance to the ideal point on the bounds, 0 best to 1 worst, shape (alternatives,); and values out of bounds."""

    distance: Floats
    outside: NDArray[np.bool_]


def spotis(matrix: ArrayLike, weights: ArrayLike, directions: ArrayLike, bounds: ArrayLike) -> Spotis:
    """Return weighted distances to the ideal point of user-set bounds (Dezert et al. 2020).

    Args:
        bounds: worst and best scale of each criterion in any order, shape (criteria, 2).
    """
    values = np.asarray(matrix, float)
    limits = np.sort(np.asarray(bounds, float), axis=1)
    low, high = limits[:, 0], limits[:, 1]
    ideal = np.where(np.asarray(directions, float) > 0.0, high, low)
    outside = (values < low) | (values > high)
    return Spotis(np.asarray(_ratio(np.abs(values - ideal), high - low) @ normalized_weights(weights)), outside)


def topsis(
    matrix: ArrayLike, weights: ArrayLike, directions: ArrayLike, normalization: Normalization = "vector"
) -> Floats:
    """Return the closeness d⁻/(d⁺ + d⁻) to the ideal point, 0 to 1; more is better (Hwang & Yoon 1981).

    "vector" and the other normalizations give different orders, so the choice is always written beside the result. All
    are turned so that more is better, which leaves the distances of Hwang & Yoon's own form unchanged.
    """
    weighted = normalize(matrix, directions, normalization) * normalized_weights(weights)
    to_best = np.sqrt(((weighted - weighted.max(axis=0)) ** 2).sum(axis=1))
    to_worst = np.sqrt(((weighted - weighted.min(axis=0)) ** 2).sum(axis=1))
    total = to_best + to_worst
    return np.asarray(np.divide(to_worst, total, out=np.full(total.shape, 0.5), where=total > 0.0))


class Vikor(NamedTuple):
    """Group utility S, individual regret R and compromise Q, shape (alternatives,); less is better."""

    utility: Floats
    regret: Floats
    compromise: Floats


def vikor(matrix: ArrayLike, weights: ArrayLike, directions: ArrayLike, v: float = 0.5) -> Vikor:
    """Return S, R and Q (Opricovic & Tzeng 2004); `v` weighs the group against the worst-treated criterion."""
    loss = (1.0 - normalize(matrix, directions, "minmax")) * normalized_weights(weights)
    loss[:, np.ptp(np.asarray(matrix, float), axis=0) == 0.0] = 0.0
    utility, regret = loss.sum(axis=1), loss.max(axis=1)
    scaled = [_ratio(part - part.min(), np.asarray(np.ptp(part))) for part in (utility, regret)]
    return Vikor(utility, regret, np.asarray(v * scaled[0] + (1.0 - v) * scaled[1]))


def preference(difference: ArrayLike, function: Preference, q: ArrayLike, p: ArrayLike, s: ArrayLike) -> Floats:
    """Return how strongly a difference is preferred, 0 to 1 (Brans & Vincke 1985, six functions).

    Args:
        difference: shape (…, criteria), already turned so that more is better.
        q: indifference threshold; p: preference threshold; s: width of the Gaussian; scalar or per criterion.
    """
    d = np.asarray(difference, float)
    low, high, width = (np.asarray(value, float) for value in (q, p, s))
    if function == "usual":
        return (d > 0.0).astype(float)
    if function == "ushape":
        return (d > low).astype(float)
    if function == "vshape":
        return np.where(d <= 0.0, 0.0, np.minimum(_ratio(d, high) + (high == 0.0), 1.0))
    if function == "level":
        return np.where(d <= low, 0.0, np.where(d <= high, 0.5, 1.0))
    if function == "linear":
        rise = _ratio(d - low, high - low) + (high == low)
        return np.where(d <= low, 0.0, np.minimum(rise, 1.0))
    if function == "gaussian":
        return np.where(d <= 0.0, 0.0, 1.0 - np.exp(-0.5 * _ratio(d, width) ** 2))
    raise ValueError(f'Preference function "{function}" is not known.')


class Promethee(NamedTuple):
    """Leaving, entering and net flow, shape (alternatives,); a larger net flow is better."""

    leaving: Floats
    entering: Floats
    net: Floats


def promethee(
    matrix: ArrayLike,
    weights: ArrayLike,
    directions: ArrayLike,
    function: Preference | Sequence[Preference] = "usual",
    q: ArrayLike = 0.0,
    p: ArrayLike = 0.0,
    s: ArrayLike | None = None,
) -> Promethee:
    """Return the flows of PROMETHEE II (Brans & Vincke 1985).

    Args:
        function: one preference function, or one per criterion.
        q, p, s: thresholds in units of each criterion; without `s` the Gaussian is (q + p)/2 wide.
    """
    values = np.asarray(matrix, float) * np.asarray(directions, float)
    count, criteria = values.shape
    low, high = (np.broadcast_to(np.asarray(value, float), criteria) for value in (q, p))
    width = 0.5 * (low + high) if s is None else np.broadcast_to(np.asarray(s, float), criteria)
    difference = values[:, None, :] - values[None, :, :]
    kinds = [function] * criteria if isinstance(function, str) else list(function)
    strength = np.empty_like(difference)
    for column, kind in enumerate(kinds):
        strength[:, :, column] = preference(difference[:, :, column], kind, low[column], high[column], width[column])
    total = strength @ normalized_weights(weights)
    scale = 1.0 / max(count - 1, 1)
    leaving, entering = total.sum(axis=1) * scale, total.sum(axis=0) * scale
    return Promethee(leaving, entering, leaving - entering)


RANDOM_INDEX: Mapping[str, tuple[float, ...]] = {
    "saaty": (0.0, 0.0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49, 1.51, 1.54, 1.56, 1.57, 1.58),
    "saaty-1980": (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.54, 1.56, 1.57, 1.58),
    "donegan-dodd": (0, 0, 0.4914, 0.8286, 1.0591, 1.1797, 1.2519, 1.3171, 1.3733, 1.4055, 1.4213, 1.4497, 1.4643),
}


class Priorities(NamedTuple):
    """Weights of the items compared, shape (items,), and how consistent the comparisons are (above 0.10: revise)."""

    weights: Floats
    consistency_ratio: float
    consistency_index: float
    largest_eigenvalue: float


def pairwise_priorities(comparisons: ArrayLike, random_index: str = "saaty") -> Priorities:
    """Return the principal eigenvector of a pairwise comparison matrix (AHP, Saaty 1980).

    The upper triangle counts; the lower is its reciprocal, as published matrices are not always reciprocal.

    Args:
        comparisons: how many times the row matters more than the column, shape (items, items), positive.
        random_index: "saaty" (as revised, 2008), "saaty-1980" or "donegan-dodd" (1991).

    Raises:
        ValueError: when a comparison is not positive or the index is not known.
    """
    given = np.asarray(comparisons, float)
    if (
        given.ndim != 2
        or given.shape[0] != given.shape[1]
        or np.any(np.triu(given, 1)[np.triu_indices(len(given), 1)] <= 0)
    ):
        raise ValueError("A comparison matrix is square and all comparisons are above zero.")
    table = RANDOM_INDEX.get(random_index.lower().replace(" ", "-"))
    if table is None:
        raise ValueError(f'Random index "{random_index}" is not known; use "saaty", "saaty-1980" or "donegan-dodd".')
    count = len(given)
    upper = np.triu(given, 1)
    matrix = upper + np.eye(count) + np.divide(1.0, upper.T, out=np.zeros_like(upper), where=upper.T > 0.0)
    values, vectors = np.linalg.eig(matrix)
    principal = int(np.argmax(values.real))
    weights = np.abs(vectors[:, principal].real)
    largest = float(values[principal].real)
    index = (largest - count) / (count - 1.0) if count > 1 else 0.0
    random = table[min(count, len(table)) - 1]
    return Priorities(weights / weights.sum(), index / random if random else 0.0, index, largest)


def hierarchy_weights(criteria: ArrayLike, alternatives: Sequence[ArrayLike]) -> Floats:
    """Return global weights of alternatives: local weights under each criterion times the criterion's (Saaty 1980).

    Args:
        criteria: weights of the criteria, shape (criteria,).
        alternatives: local weights under each criterion, each of shape (alternatives,).
    """
    return np.asarray(np.asarray(criteria, float) @ np.asarray(alternatives, float))


def entropy_weights(matrix: ArrayLike) -> Floats:
    """Return weights by how much each criterion tells the alternatives apart (Shannon entropy, Hwang & Yoon 1981).

    Raises:
        ValueError: when a number is negative, or all alternatives are equal.
    """
    values = np.asarray(matrix, float)
    if np.any(values < 0.0):
        raise ValueError("Entropy weights need numbers that are not negative.")
    share = _ratio(values, values.sum(axis=0))
    logs = np.log(np.where(share > 0.0, share, 1.0))
    divergence = 1.0 + (share * logs).sum(axis=0) / math.log(len(values))
    return _shares(np.where(np.ptp(values, axis=0) == 0.0, 0.0, divergence))


def critic_weights(matrix: ArrayLike, directions: ArrayLike | None = None) -> Floats:
    """Return weights by contrast and independence of the criteria (CRITIC, Diakoulaki et al. 1995).

    Args:
        directions: +1 or −1; all +1 when None.

    Criteria that all say the same (correlation 1) are weighted by contrast alone.

    Raises:
        ValueError: when all alternatives are equal.
    """
    values = np.asarray(matrix, float)
    signs = np.ones(values.shape[1]) if directions is None else np.asarray(directions, float)
    scaled = normalize(values, signs, "minmax")
    deviation = scaled.std(axis=0)
    varying = deviation > 0.0
    correlation = np.zeros((values.shape[1], values.shape[1]))
    correlation[np.ix_(varying, varying)] = np.atleast_2d(np.corrcoef(scaled[:, varying], rowvar=False))
    information = deviation * np.where(varying, (1.0 - correlation)[:, varying].sum(axis=1), 0.0)
    return _shares(information if information.sum() > 1e-12 else deviation)


def _shares(amounts: Floats) -> Floats:
    if amounts.sum() <= 0.0:
        raise ValueError("All alternatives are equal on every criterion, so the data give no weights; enter weights.")
    return np.asarray(amounts / amounts.sum())


def ranks(scores: ArrayLike, higher_is_better: bool = True) -> Floats:
    """Return 1 for the best; equal scores share the mean of their places."""
    values = -np.asarray(scores, float) if higher_is_better else np.asarray(scores, float)
    below = (values[None, :] < values[:, None]).sum(axis=1)
    equal = (values[None, :] == values[:, None]).sum(axis=1)
    return np.asarray(below + 0.5 * (equal + 1.0))


def first_place_share(
    scores: ArrayLike, weights: ArrayLike, draws: int = 2000, concentration: float = 20.0, seed: int = 1
) -> Floats:
    """Return how often each alternative is first when the weights are drawn around the given ones.

    Weights follow a Dirichlet distribution with mean `weights` and the given concentration (1 is nearly arbitrary, 100
    nearly fixed); ties are shared. One matrix product over all draws.

    Args:
        scores: normalized, more is better, shape (alternatives, criteria).
    """
    center = normalized_weights(weights)
    random = np.random.default_rng(seed)
    gammas = random.standard_gamma(np.maximum(center * concentration, 1e-12), size=(draws, center.size))
    totals = gammas.sum(axis=1, keepdims=True)
    drawn = np.where(totals > 0.0, gammas / np.where(totals > 0.0, totals, 1.0), center)
    results = drawn @ np.asarray(scores, float).T
    best = results >= results.max(axis=1, keepdims=True) - 1e-12
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


class Flip(NamedTuple):
    """The weight at which the challenger ties the leader: criterion index, new weight, change; all others rescaled."""

    criterion: int
    weight: float
    change: float


def flip_weight(scores: ArrayLike, weights: ArrayLike, leader: int, challenger: int) -> Flip | None:
    """Return the smallest change of one weight that makes `challenger` equal `leader` in a weighted sum, if any.

    With the others rescaled to keep the sum at 1, the lead is linear in the weight w_j: it is w_j·g_j + (1 − w_j)·rest,
    with g the difference of normalized scores, so its zero has a closed form.

    Args:
        scores: normalized, more is better, shape (alternatives, criteria).
    """
    values, center = np.asarray(scores, float), normalized_weights(weights)
    lead = values[leader] - values[challenger]
    total = float(lead @ center)
    found: Flip | None = None
    for criterion, weight in enumerate(center):
        if weight >= 1.0:
            continue
        rest = (total - weight * lead[criterion]) / (1.0 - weight)
        if rest == lead[criterion]:
            continue
        tie = float(rest / (rest - lead[criterion]))
        change = tie - float(weight)
        if 0.0 <= tie <= 1.0 and (found is None or abs(change) < abs(found.change)):
            found = Flip(criterion, tie, change)
    return found
