"""From stations to answers: moments of the time until a node replies, over a graph of calls, and percentiles.

Sequence: means and variances add. k repeated calls multiply both; made at once, the slowest of k counts. A branch taken
with probability p has mean pM and variance p(V + M²) − (pM)². Branches of one step run in parallel and the slowest
counts; different steps run in order. Percentiles by a gamma distribution of the same two moments (Whitt 1983, §V, uses
the moments alike). Measured: p95 of one station 0.7 % median and 16 % at the 90th percentile; with heavy-tailed
services p99 is up to 19 % too low.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analyses.flow_order import FlowOrder, Indices
from models.analyses.joins import larger_of_two, slowest_of_equals

Floats = NDArray[np.float64]

MAX_ROUNDS = 200


def response_variance(service_time: ArrayLike, service_scv: ArrayLike, wait_variance: ArrayLike) -> Floats:
    """Return the variance of a station's response in s², c_s²S² + Var W."""
    time = np.asarray(service_time, float)
    return np.asarray(np.asarray(service_scv, float) * time**2 + np.asarray(wait_variance, float))


def gamma_percentile(mean: ArrayLike, variance: ArrayLike, quantile: ArrayLike) -> Floats:
    """Return the quantile of the gamma distribution with these moments; broadcasts.

    No variance gives the mean, an infinite mean or variance infinity, NaN stays NaN.

    Args:
        mean, variance: seconds and s², at least 0.
        quantile: between 0 and 1.
    """
    from scipy.special import gammaincinv

    m, v, q = np.asarray(mean, float), np.asarray(variance, float), np.asarray(quantile, float)
    random = (m > 0) & (v > 0) & np.isfinite(m) & np.isfinite(v)
    safe_mean, safe_variance = np.where(random, m, 1.0), np.where(random, v, 1.0)
    value = gammaincinv(safe_mean**2 / safe_variance, q) * safe_variance / safe_mean
    endless = np.isinf(m) | np.isinf(v)
    return np.where(random, value, np.where(np.isnan(m) | np.isnan(v), np.nan, np.where(endless, np.inf, m)))


def gamma_exceeds(mean: ArrayLike, variance: ArrayLike, time: ArrayLike) -> Floats:
    """Return P(T > time) for a gamma distribution with these moments, as the error rate of a timeout."""
    from scipy.special import gammaincc

    m, v, t = np.asarray(mean, float), np.asarray(variance, float), np.asarray(time, float)
    random = (m > 0) & (v > 0) & np.isfinite(m) & np.isfinite(v)
    safe_mean, safe_variance = np.where(random, m, 1.0), np.where(random, v, 1.0)
    tail = gammaincc(safe_mean**2 / safe_variance, np.maximum(t, 0.0) * safe_mean / safe_variance)
    certain = np.where(np.isinf(m) | np.isinf(v) | (m > t), 1.0, 0.0)
    return np.where(random, tail, np.where(np.isnan(m) | np.isnan(v), np.nan, certain))


class _Level(NamedTuple):
    """Calls made by the nodes of one level, sorted by caller and step; `heads` starts each (caller, step) group.

    `folds[r]` are the positions in `groups` that have a branch of rank r + 1, and the sorted calls that are it.
    """

    nodes: Indices
    flows: Indices
    heads: Indices
    folds: tuple[tuple[Indices, Indices], ...]
    callers: Indices
    caller_starts: Indices
    cyclic: bool


class CallOrder:
    """The levels of a call graph, callees first, with the steps of each caller; depends on the topology only.

    Args:
        n: number of nodes.
        source, target: shape (m,), caller and callee of each call that is waited for.
        step: shape (m,), calls of one caller with equal steps run in parallel, different ones in order.
    """

    def __init__(self, n: int, source: ArrayLike, target: ArrayLike, step: ArrayLike) -> None:
        self.n = n
        self.source: Indices = np.asarray(source, dtype=np.intp)
        self.target: Indices = np.asarray(target, dtype=np.intp)
        self.step: Indices = np.asarray(step, dtype=np.intp)
        self.levels: tuple[_Level, ...] = tuple(self._levels(FlowOrder(n, self.target, self.source)))

    def _levels(self, order: FlowOrder) -> list[_Level]:
        levels = []
        for level in order.levels:
            looped = np.zeros(self.n, dtype=bool)
            for cycle in level.cycles:
                looped[cycle.nodes] = True
                inner = level.flows[np.isin(self.source[level.flows], cycle.nodes)]
                levels.append(self._level(cycle.nodes, np.concatenate([inner, cycle.flows]), cyclic=True))
            nodes = level.nodes[~looped[level.nodes]]
            flows = level.flows[~looped[self.source[level.flows]]] if level.cycles else level.flows
            if flows.size:
                levels.append(self._level(nodes, flows, cyclic=False))
        return levels

    def _level(self, nodes: Indices, flows: Indices, cyclic: bool) -> _Level:
        flows = flows[np.lexsort((self.step[flows], self.source[flows]))]
        callers, steps = self.source[flows], self.step[flows]
        changed = np.ones(flows.size, dtype=bool)
        changed[1:] = (callers[1:] != callers[:-1]) | (steps[1:] != steps[:-1])
        heads = np.flatnonzero(changed)
        sizes = np.diff(heads, append=flows.size)
        folds = []
        for rank in range(1, int(sizes.max(initial=1))):
            groups = np.flatnonzero(sizes > rank)
            folds.append((groups, heads[groups] + rank))
        head_callers = callers[heads]
        starts = np.flatnonzero(np.diff(head_callers, prepend=-1))
        return _Level(nodes, flows, heads, tuple(folds), head_callers[starts], starts, cyclic)


class Known(NamedTuple):
    """Replies that are known: which calls (m,) take them, mean and variance by node, (..., n), s and s²."""

    calls: NDArray[np.bool_]
    mean: Floats
    variance: Floats


class Branches(NamedTuple):
    """Calls with all that does not depend on how long their nodes take; of one topology and one set of weights.

    Attributes:
        parts: by level, what `_answer` multiplies.
        shape: the leading axes of the weights.
    """

    order: CallOrder
    parts: tuple[_Branch, ...]
    shape: tuple[int, ...]


class _Branch(NamedTuple):
    """The calls of one level: k, p, p(1 − p), pk > 0, and (2, ..., calls) mean and variance of the round trip.

    `together` are the positions of calls that are made at once.
    """

    calls: Floats
    probability: Floats
    chance: Floats
    taken: NDArray[np.bool_]
    trip: Floats
    together: Indices


def branches_of(
    order: CallOrder,
    calls: ArrayLike,
    probability: ArrayLike,
    network_mean: ArrayLike = 0.0,
    network_variance: ArrayLike = 0.0,
    at_once: ArrayLike | None = None,
) -> Branches:
    """Return the branches of a call graph of n nodes and m calls; calls that nobody waits for are left out.

    Args:
        calls: (..., m), k, calls each time the branch is taken, in sequence or `at_once`.
        probability: (..., m), p, that the branch is taken; 0 removes the call.
        network_mean, network_variance: (..., m), round trip of one call, s and s².
        at_once: (m,) True where the k calls run in parallel; None = nowhere.
    """
    m = order.source.size
    values = [np.asarray(part, float) for part in (calls, probability, network_mean, network_variance)]
    repeat, chance, *trip = np.broadcast_arrays(*values, np.zeros(m))[:4]
    together = np.zeros(m, dtype=bool) if at_once is None else np.asarray(at_once, bool)
    parts = []
    for level in order.levels:
        k, p = repeat[..., level.flows], chance[..., level.flows]
        round_trip = np.array([part[..., level.flows] for part in trip])
        parts.append(_Branch(k, p, p * (1.0 - p), p * k > 0, round_trip, np.flatnonzero(together[level.flows])))
    return Branches(order, tuple(parts), repeat.shape[:-1])


def response_moments(
    branches: Branches, own_mean: ArrayLike, own_variance: ArrayLike, whole: Known | None = None
) -> tuple[Floats, Floats]:
    """Return mean and variance of the time from entering each node to its reply, both (..., n).

    Args:
        own_mean, own_variance: (..., n), response of the node itself (wait and service), s and s².
        whole: calls whose reply is known otherwise, as that of a model which is waited for to its last token.

    A cycle is iterated to its fixed point; where the calls grow without end the mean is infinite.
    """
    shape = np.broadcast_shapes(branches.shape, np.shape(own_mean)[:-1])
    own = np.empty((2, *shape, branches.order.n))
    own[0], own[1] = own_mean, own_variance
    known = None if whole is None else np.array([whole.mean, whole.variance])
    moments = own.copy()
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        for level, branch in zip(branches.order.levels, branches.parts, strict=True):
            callees = branches.order.target[level.flows]
            for _ in range(MAX_ROUNDS):
                before = moments[0][..., level.nodes]
                replies = moments[..., callees]
                if whole is not None and known is not None:
                    replies = np.where(whole.calls[level.flows], known[..., callees], replies)
                _answer(level, replies, own, branch, moments)
                if not level.cyclic or _settled(before, moments[0][..., level.nodes]):
                    break
            else:
                moving = ~np.isclose(before, moments[0][..., level.nodes], rtol=1e-6, atol=0.0)
                moments[..., level.nodes] = np.where(moving, np.inf, moments[..., level.nodes])
    return moments[0], moments[1]


def _settled(before: Floats, after: Floats) -> bool:
    return bool(np.allclose(before, after, rtol=1e-10, atol=0.0, equal_nan=True))


def _answer(level: _Level, replies: Floats, own: Floats, branch: _Branch, moments: Floats) -> None:
    """Write the reply moments of the callers of one level: own, plus over the steps the slowest branch of each."""
    parts = _branch_moments(branch, replies)
    slowest = parts[..., level.heads]
    for groups, positions in level.folds:
        slowest[..., groups] = larger_of_two(
            slowest[0][..., groups], slowest[1][..., groups], parts[0][..., positions], parts[1][..., positions]
        )
    steps = np.add.reduceat(slowest, level.caller_starts, axis=-1)
    moments[..., level.callers] = own[..., level.callers] + steps


def _branch_moments(branch: _Branch, replies: Floats) -> Floats:
    """Return (2, ..., calls) mean and variance of a branch of k calls taken with probability p, each trip and reply.

    A part of a call (k below 1) is the chance of one.
    """
    one = branch.trip + replies
    every = branch.calls * one
    if branch.together.size:
        number = branch.calls[..., branch.together]
        slowest = slowest_of_equals(one[0][..., branch.together], one[1][..., branch.together], number)
        every[..., branch.together] = np.where(number > 1.0, slowest, every[..., branch.together])
    whole = every[0]
    mixed = branch.probability * every
    mixed[1] += branch.chance * whole**2
    mixed[1][np.isinf(whole)] = np.inf
    return np.where(branch.taken, mixed, 0.0)
