"""Bin packing of many pods of few kinds: hosts filled by patterns, priced by column generation (Gilmore & Gomory 1961).

A pattern says how many pods of each kind one host takes. The linear program over patterns is solved to see which of
them are used; whole numbers of hosts are filled by them and what is left is packed by the heuristics of
`models.analyses.packing`. New patterns come from greedy fits by dual value per resource under many weights, and from a
mixed-integer knapsack where these find none.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analyses.packing import Floats, Packing, checked, lower_bound, pack, shares

WEIGHTS = 48
SMOOTHED = 0.6
"""Share of the earlier dual values in those that patterns are looked for with: duals jump less and fewer are needed."""
KNAPSACK_SECONDS = 2.0
_GAIN = 1e-6
_SLACK = 1e-9

Counts = NDArray[np.int64]


def pack_by_patterns(pods: ArrayLike, capacity: ArrayLike, seconds: float = 60.0, seed: int = 1) -> Packing:
    """Return a packing no worse than that of `pack`, better the more pods of equal needs there are.

    Args:
        pods: (pods, d) needs; capacity: (d,) of one host.
        seconds: of processor time, after which no more patterns are looked for; what is known by then is used.
        seed: of the weights tried.
    """
    need, host = checked(pods, capacity)
    first = pack(need, host)
    if first.hosts <= first.lower_bound or not len(need):
        return first
    kinds, kind_of, number = np.unique(need, axis=0, return_inverse=True, return_counts=True)
    kind_of = kind_of.ravel()
    patterns, used = _generate(shares(kinds, host), number, _patterns_of(first, kind_of, len(kinds)), seconds, seed)
    best = first
    for rounding in (np.floor, np.rint):
        found = _filled(need, host, kind_of, number, patterns, rounding(used + _SLACK).astype(np.int64))
        if found.hosts < best.hosts:
            best = found
    return best


def _patterns_of(packing: Packing, kind_of: Counts, kinds: int) -> Counts:
    """Return the patterns (p, k) of a packing, each once."""
    table = np.zeros((packing.hosts, kinds), dtype=np.int64)
    np.add.at(table, (packing.host, kind_of), 1)
    return np.unique(table, axis=0)


def _generate(share: Floats, number: Counts, patterns: Counts, seconds: float, seed: int) -> tuple[Counts, Floats]:
    """Return patterns (p, k) and how many hosts of each (p,) the linear program uses, after `seconds` at most.

    Once it needs no more than the volume of the fullest resource, rounded up, no pattern can better the whole number.
    """
    end = time.process_time() + seconds
    center = np.zeros(len(share))
    weights = np.random.default_rng(seed).dirichlet(np.ones(share.shape[1]), WEIGHTS)
    target = np.ceil((share * number[:, None]).sum(axis=0).max() - _SLACK)
    while True:
        used, dual = _master(patterns, number)
        center = SMOOTHED * center + (1.0 - SMOOTHED) * dual if center.any() else dual
        fresh = _greedy(share, number, dual, weights)
        for prices in (center, dual):
            if not len(fresh) and time.process_time() < end:
                fresh = _worth(_knapsack(share, number, prices), dual)
        if not len(fresh) or used.sum() <= target + _GAIN or time.process_time() >= end:
            return patterns, used
        patterns = np.unique(np.concatenate([patterns, fresh]), axis=0)


def _worth(patterns: Counts, dual: Floats) -> Counts:
    """Return the patterns that are worth more than one host."""
    chosen: Counts = patterns[patterns @ dual > 1.0 + _GAIN]
    return chosen


def _master(patterns: Counts, number: Counts) -> tuple[Floats, Floats]:
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    result = linprog(np.ones(len(patterns)), A_ub=-csr_array(patterns.T), b_ub=-number, method="highs-ds")
    return np.asarray(result.x), np.maximum(-np.asarray(result.ineqlin.marginals), 0.0)


def _greedy(share: Floats, number: Counts, dual: Floats, weights: Floats) -> Counts:
    """Return patterns worth more than one host, filled by dual value per weighted need."""
    found = []
    for weight in weights:
        size = share @ weight
        order = np.argsort(-np.divide(dual, size, out=np.zeros_like(dual), where=size > 0), kind="stable")
        free, pattern = np.ones(share.shape[1]), np.zeros(len(share), dtype=np.int64)
        for kind in order[dual[order] > 0].tolist():
            room = np.divide(free + _SLACK, share[kind], out=np.full(len(free), np.inf), where=share[kind] > 0)
            count = min(int(room.min()), int(number[kind]))
            if count > 0:
                pattern[kind] = count
                free = free - share[kind] * count
        if pattern @ dual > 1.0 + _GAIN:
            found.append(pattern)
    return np.array(found, dtype=np.int64).reshape(-1, len(share))


def _knapsack(share: Floats, number: Counts, dual: Floats) -> Counts:
    """Return the pattern of the highest value (1, k); none where the solver gives up."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    most = np.minimum(number, np.floor(1.0 / np.maximum(share.max(axis=1), 1e-12) + _SLACK))
    result = milp(
        -dual,
        integrality=np.ones(len(share)),
        bounds=Bounds(0.0, most),
        constraints=[LinearConstraint(share.T, -np.inf, 1.0)],
        options={"time_limit": KNAPSACK_SECONDS},
    )
    if result.x is None:
        return np.zeros((0, len(share)), dtype=np.int64)
    pattern: Counts = np.rint(result.x).astype(np.int64)[None, :]
    return pattern


def _filled(need: Floats, host: Floats, kind_of: Counts, number: Counts, patterns: Counts, times: Counts) -> Packing:
    """Fill hosts by patterns as often as stated, as far as pods are left, then pack the rest."""
    left, place = number.copy(), np.full(len(need), -1, dtype=np.intp)
    waiting = [np.flatnonzero(kind_of == kind).tolist() for kind in range(len(number))]
    hosts = 0
    for row in np.argsort(-times, kind="stable").tolist():
        for _ in range(int(times[row])):
            taken = np.minimum(patterns[row], left)
            if not taken.any():
                break
            for kind in np.flatnonzero(taken).tolist():
                for _ in range(int(taken[kind])):
                    place[waiting[kind].pop()] = hosts
            left = left - taken
            hosts += 1
    rest = np.flatnonzero(place < 0)
    if rest.size:
        packed = pack(need[rest], host)
        place[rest] = hosts + packed.host
        hosts += packed.hosts
    free = np.tile(host, (hosts, 1))
    np.subtract.at(free, place, need)
    return Packing(place, hosts, lower_bound(need, host), free)
