"""How many hosts a set of pods needs: vector bin packing in several resources at once.

Lower bound: the fullest resource, and items above half a host, of which no two share one. Heuristic: the best of three
first-fit-decreasing orders and a dot-product fit (Panigrahy et al. 2011), then fewer hosts as long as a balanced fit
fills them: pods that found no place move to the front (Joslin & Clements 1999, squeaky wheel). Exact: a mixed-integer
program (HiGHS), for small sets. Capacity is what pods may use, that is the host without what its system reserves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Hosts = NDArray[np.intp]

EXACT_PODS = 60
PLACEMENTS = 1_200
"""Pods placed at most while one more host is to be saved: a bound on time that does not depend on the machine."""
FULLNESS = 0.05
"""How much a full host is preferred to a balanced one (measured on the Alibaba pods: 0.02 to 0.1 are equally good)."""
_SLACK = 1e-9


class Packing(NamedTuple):
    """The host of each pod (pods,), the number of hosts, a proven lower bound, and free resources (hosts, d)."""

    host: Hosts
    hosts: int
    lower_bound: int
    free: Floats


def checked(pods: ArrayLike, capacity: ArrayLike) -> tuple[Floats, Floats]:
    """Return needs (pods, d) and capacity (d,); raises ValueError naming the pod that is larger than a host."""
    host = np.atleast_1d(np.asarray(capacity, float))
    need = np.asarray(pods, float).reshape(-1, host.size)
    for pod, dimension in np.argwhere(need > host + _SLACK)[:1]:
        raise ValueError(
            f"Pod {pod} needs {need[pod, dimension]:g} of resource {dimension}, a host has {host[dimension]:g}: "
            "choose a larger host or a smaller pod."
        )
    return need, host


def volume_bound(pods: ArrayLike, capacity: ArrayLike) -> int:
    """Return ⌈max over resources of the sum of needs over the capacity⌉.

    Args:
        pods: (pods, d) needs; capacity: (d,) of one host.
    """
    need, host = checked(pods, capacity)
    used = np.divide(need.sum(axis=0), host, out=np.zeros_like(host), where=host > 0)
    return math.ceil(float(used.max(initial=0.0)) - _SLACK)


def lower_bound(pods: ArrayLike, capacity: ArrayLike) -> int:
    """Return the larger of the volume bound and, per resource, the number of pods above half a host."""
    need, host = checked(pods, capacity)
    big = (need > host / 2.0 + _SLACK).sum(axis=0)
    return max(volume_bound(need, host), int(big.max(initial=0)), 1 if len(need) else 0)


def first_fit_decreasing(pods: ArrayLike, capacity: ArrayLike, keys: ArrayLike | None = None) -> Packing:
    """Return first fit in descending order of `keys` (pods,), by default the largest share of a host."""
    need, host = checked(pods, capacity)
    size = shares(need, host).max(axis=1, initial=0.0) if keys is None else np.asarray(keys, float)
    return _first_fit(need, host, np.argsort(-size, kind="stable"))


def shares(need: Floats, host: Floats) -> Floats:
    """Return needs as shares of a host (pods, d); 0 of what the host does not have."""
    return np.divide(need, host, out=np.zeros_like(need), where=host > 0)


def _first_fit(need: Floats, host: Floats, order: Hosts) -> Packing:
    free = np.tile(host, (max(len(need), 1), 1))
    place = np.zeros(len(need), dtype=np.intp)
    opened = 0
    for pod in order.tolist():
        fits = (free[: opened + 1] >= need[pod] - _SLACK).all(axis=1)
        spot = int(fits.argmax())
        free[spot] -= need[pod]
        place[pod] = spot
        opened = max(opened, spot + 1)
    return Packing(place, opened, lower_bound(need, host), free[:opened])


def _dot_product_fit(need: Floats, host: Floats) -> Packing:
    """Fill one host after the other with the pod whose needs match its free resources best."""
    share = shares(need, host)
    weights = share.mean(axis=0)
    place = np.full(len(need), -1, dtype=np.intp)
    free_hosts: list[Floats] = []
    left = np.arange(len(need))
    while left.size:
        free = np.ones_like(host)
        while True:
            fitting = left[(share[left] <= free + _SLACK).all(axis=1)]
            if not fitting.size:
                break
            pod = int(fitting[int((share[fitting] * weights * free).sum(axis=1).argmax())])
            free = free - share[pod]
            place[pod] = len(free_hosts)
            left = left[left != pod]
        free_hosts.append(free * host)
    return Packing(place, len(free_hosts), lower_bound(need, host), np.array(free_hosts).reshape(-1, host.size))


def pack(pods: ArrayLike, capacity: ArrayLike) -> Packing:
    """Return the best heuristic packing; optimal when its hosts equal its lower bound.

    Args:
        pods: (pods, d) needs, each at most the capacity.
        capacity: (d,) of one host; the first resource is the scarce one (GPUs or MIG slices, whole units).

    Raises:
        ValueError: naming the pod and the resource, when a pod is larger than a host.
    """
    need, host = checked(pods, capacity)
    share = shares(need, host)
    by_scarce = np.lexsort((-share.sum(axis=1), -share[:, 0])) if len(need) else np.zeros(0, dtype=np.intp)
    by_sum = np.argsort(-share.sum(axis=1), kind="stable")
    best = first_fit_decreasing(need, host)
    fits: tuple[Callable[[], Packing], ...] = (
        lambda: _first_fit(need, host, by_scarce),
        lambda: _first_fit(need, host, by_sum),
        lambda: _dot_product_fit(need, host),
    )
    for fit in fits:
        if best.hosts > best.lower_bound:
            best = min(best, fit(), key=lambda packing: packing.hosts)
    too_few = best.lower_bound - 1
    while best.hosts - too_few > 1:
        hosts = (best.hosts + too_few) // 2
        found = _balanced_fit(need, host, hosts)
        if found is None:
            too_few = hosts
        else:
            best = Packing(found[0], hosts, best.lower_bound, found[1])
    return best


def _balanced_fit(need: Floats, host: Floats, hosts: int) -> tuple[Hosts, Floats] | None:
    """Return host of each pod and free resources on exactly `hosts` hosts, None where the effort finds no such packing.

    Each pod, the largest first, goes where it leaves the free shares of the resources most alike: a host whose cards
    are gone while its processors idle is lost to both. Pods left over are tried earlier in the next pass.
    """
    share = shares(need, host)
    urgency = share.max(axis=1, initial=0.0)
    for _ in range(max(PLACEMENTS // max(len(share), 1), 2)):
        free = np.ones((hosts, host.size))
        place = np.zeros(len(share), dtype=np.intp)
        left = []
        for pod in np.argsort(-urgency, kind="stable").tolist():
            after = free - share[pod]
            least = after.min(axis=1)
            score = np.where(least < -_SLACK, np.inf, after.max(axis=1) - least + FULLNESS * after.sum(axis=1))
            spot = int(score.argmin())
            if np.isinf(score[spot]):
                left.append(pod)
                continue
            free[spot] = after[spot]
            place[pod] = spot
        if not left:
            return place, free * host
        urgency[left] += urgency.max() / 10.0
    return None


def pack_exactly(pods: ArrayLike, capacity: ArrayLike, seconds: float = 10.0) -> Packing:
    """Return a proven optimum for up to EXACT_PODS pods, else or out of time the best packing known.

    x[i, j] pod i on host j, y[j] host j used; min Σy, Σⱼx = 1, Σᵢ needᵢx[i, j] ≤ capacity·y[j], pod i on host j ≤ i
    (breaks the symmetry of equal hosts), y descending. `lower_bound` equals `hosts` when the optimum is proven.
    """
    best = pack(pods, capacity)
    while best.hosts > best.lower_bound and len(best.host) <= EXACT_PODS:
        need, host = checked(pods, capacity)
        fewer = _assignment(need, host, best.hosts - 1, seconds)
        if fewer is None:
            return best
        if not fewer.size:
            return best._replace(lower_bound=best.hosts)
        used, place = np.unique(fewer, return_inverse=True)
        free = np.tile(host, (used.size, 1))
        np.subtract.at(free, place, need)
        best = Packing(place.astype(np.intp), int(used.size), best.lower_bound, free)
    return best


def _assignment(need: Floats, host: Floats, hosts: int, seconds: float) -> Hosts | None:
    """Return a host for each pod using at most `hosts`, an empty array if there is none, None if undecided."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, kron

    order = np.argsort(-shares(need, host).max(axis=1), kind="stable")
    sorted_need, pods = need[order], len(need)
    once = csr_array(kron(eye_array(pods), np.ones((1, hosts))))
    within = csr_array(kron(csr_array(sorted_need.T), eye_array(hosts)))
    upper = (np.arange(hosts)[None, :] <= np.arange(pods)[:, None]).astype(float).ravel()
    result = milp(
        np.zeros(pods * hosts),
        integrality=np.ones(pods * hosts),
        bounds=Bounds(0.0, upper),
        constraints=[LinearConstraint(once, 1.0, 1.0), LinearConstraint(within, -np.inf, np.repeat(host, hosts))],
        options={"time_limit": seconds},
    )
    if result.status == 2:
        return np.zeros(0, dtype=np.intp)
    if result.x is None:
        return None
    place = np.zeros(pods, dtype=np.intp)
    place[order] = result.x.reshape(pods, hosts).argmax(axis=1)
    return place


def stranded(packing: Packing, pods: ArrayLike, resource: int = 0) -> float:
    """Return the free amount of a resource on hosts where no pod that wants it fits any more.

    Args:
        packing: as of `pack`.
        pods: the (pods, d) needs that were packed.
        resource: the dimension, by default the first (GPUs).
    """
    need = np.asarray(pods, float).reshape(-1, packing.free.shape[1] if packing.free.size else 1)
    wanting = need[need[:, resource] > 0]
    if not wanting.size or not packing.free.size:
        return 0.0
    smallest = np.where(np.arange(need.shape[1]) == resource, 0.0, wanting.min(axis=0))
    blocked = (packing.free < smallest - _SLACK).any(axis=1)
    return float(packing.free[blocked, resource].sum())
