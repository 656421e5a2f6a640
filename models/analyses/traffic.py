"""How much arrives everywhere: the traffic equations λ = λ₀ + Mᵀλ, retries, and what saturation lets through.

λ₀ are the external rates, Mᵢⱼ the calls to j per request arriving at i (multiplicities, so a row may sum to more than
1). Jackson 1957; Lazowska et al. 1984, ch. 7; Whitt 1983, §2. Solved by strongly connected components in topological
order; inside a component by iteration or a dense solve. A component has a finite solution if and only if its spectral
radius is below 1; this is tested with the theorem on M-matrices (Berman & Plemmons 1994, ch. 6): the radius of M ≥ 0
is below 1 if and only if x = 1 + Mᵀx has a positive solution. A plain linear solve would return negative rates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analyses.flow_order import Cycle, FlowOrder

Floats = NDArray[np.float64]

DENSE_LIMIT = 48
MATRIX_LIMIT = 2_000
MAX_SWEEPS = 200
_SETTLED = 1e-12
_ENDLESS = 1e12


class AmplifyingLoop(NamedTuple):
    """A cycle on which every request causes at least one more: node numbers, its gain, and the journey it is in."""

    journey: int
    nodes: tuple[int, ...]
    gain: float


class TrafficSolution(NamedTuple):
    """Rates of arrival: `node_rates` (k, n), `flow_rates` (k, m), requests/s per journey, and the endless loops.

    Nodes on an entered amplifying loop, and all behind it, have the rate NaN.
    """

    node_rates: Floats
    flow_rates: Floats
    loops: tuple[AmplifyingLoop, ...]


def solve(
    n: int,
    source: ArrayLike,
    target: ArrayLike,
    gain: ArrayLike,
    external: ArrayLike,
    order: FlowOrder | None = None,
) -> TrafficSolution:
    """Return the rates of all nodes and flows for k journeys at once.

    Args:
        n: number of nodes.
        source, target: shape (m,), node numbers.
        gain: shape (m,) or (k, m), calls per request arriving at the source, at least 0.
        external: shape (n,) or (k, n), requests/s from outside, at least 0.
        order: the levels of this graph if already known.

    Raises:
        ValueError: when a gain or an external rate is negative or not a number.
    """
    order = order or FlowOrder(n, source, target)
    gains, rates = np.atleast_2d(np.asarray(gain, float)), np.atleast_2d(np.asarray(external, float))
    for values, name in ((gains, "gain of flow"), (rates, "external rate of node")):
        if not (values >= 0).all():
            place = int(np.argwhere(~(values >= 0))[0, -1])
            raise ValueError(f"The {name} {place} is negative or not a number; it has to be 0 or more.")
    journeys = np.broadcast_shapes(gains.shape[:1], rates.shape[:1])[0]
    gains = np.broadcast_to(gains, (journeys, order.source.size))
    rates = np.array(np.broadcast_to(rates, (journeys, n)))
    loops = propagate(order, gains, rates)
    return TrafficSolution(rates, flow_rates(order.source, gains, rates), tuple(loops))


def flow_rates(source: ArrayLike, gain: ArrayLike, node_rates: ArrayLike) -> Floats:
    """Return λ of the source times gain, shape (k, m); a flow without gain carries 0 even behind an endless loop."""
    gains, rates = np.asarray(gain, float), np.asarray(node_rates, float)
    return np.where(gains > 0, rates[..., np.asarray(source, np.intp)] * gains, 0.0)


def propagate(order: FlowOrder, gain: Floats, values: Floats) -> list[AmplifyingLoop]:
    """Solve x = values + Mᵀx in place, gains (k, m) and values (k, n); return the loops without a finite solution.

    The kernel of the traffic equations, and of any other linear system along the flows (QNA).
    """
    loops: list[AmplifyingLoop] = []
    for level in order.levels:
        if level.flows.size:
            carried = flow_rates(level.sources, gain[:, level.flows], values)
            values[:, level.targets] += np.add.reduceat(carried, level.starts, axis=1)
        for cycle in level.cycles:
            loops.extend(_solve_cycle(cycle, gain[:, cycle.flows], values))
    return loops


def _solve_cycle(cycle: Cycle, gain: Floats, values: Floats) -> list[AmplifyingLoop]:
    """Solve one component for all journeys in place; journeys are alike if their gains are."""
    loops: list[AmplifyingLoop] = []
    distinct, member = np.unique(gain, axis=0, return_inverse=True)
    for index, gains in enumerate(distinct):
        rows = np.flatnonzero(member.ravel() == index)
        inflow = values[np.ix_(rows, cycle.nodes)]
        solved, radius = _component_solution(cycle, gains, np.vstack([inflow, np.ones(cycle.nodes.size)]))
        if radius is None:
            values[np.ix_(rows, cycle.nodes)] = solved[:-1]
            continue
        entered = (inflow != 0).any(axis=1)
        values[np.ix_(rows[entered], cycle.nodes)] = np.nan
        nodes = tuple(int(node) for node in cycle.nodes)
        loops.extend(AmplifyingLoop(int(row), nodes, radius) for row in rows)
    return loops


def _component_solution(cycle: Cycle, gain: Floats, inflow: Floats) -> tuple[Floats, float | None]:
    """Return x = inflow + Mᵀx by row and None, or anything and the spectral radius if that is 1 or more."""
    size = cycle.nodes.size
    if size > DENSE_LIMIT:
        sweeps = MAX_SWEEPS if size <= MATRIX_LIMIT else 100 * MAX_SWEEPS
        settled, growth = _iterate(cycle, gain, inflow, sweeps)
        if settled is not None or size > MATRIX_LIMIT:
            return (inflow, growth) if settled is None else (settled, None)
    matrix = np.zeros((size, size))
    np.add.at(matrix, (cycle.source, cycle.target), gain)
    try:
        solution: Floats = np.asarray(np.linalg.solve(np.eye(size) - matrix.T, inflow.T).T, dtype=np.float64)
    except np.linalg.LinAlgError:
        return inflow, float(np.abs(np.linalg.eigvals(matrix)).max())
    if (solution[-1] > 0).all() and solution[-1].max() < _ENDLESS:
        return solution, None
    return inflow, float(np.abs(np.linalg.eigvals(matrix)).max())


def _iterate(cycle: Cycle, gain: Floats, inflow: Floats, sweeps: int) -> tuple[Floats | None, float]:
    """Return the fixed point of x ← inflow + Mᵀx, or None if it does not settle, and the growth of the last change."""
    order = np.argsort(cycle.target, kind="stable")
    source, gains = cycle.source[order], gain[order]
    starts = np.flatnonzero(np.diff(cycle.target[order], prepend=-1))
    targets = cycle.target[order][starts]
    rates, growth, change = inflow.copy(), 0.0, 1.0
    for _ in range(sweeps):
        following = inflow.copy()
        following[:, targets] += np.add.reduceat(rates[:, source] * gains, starts, axis=1)
        before, change = change, float(np.abs(following - rates).max())
        growth = change / before
        rates = following
        largest = float(np.abs(rates).max())
        if change <= _SETTLED * largest:
            return rates, growth
        if largest > _ENDLESS * float(np.abs(inflow).max()):
            break
    return None, growth


def solve_throttled(
    order: FlowOrder, gain: ArrayLike, external: ArrayLike, capacity: ArrayLike, passes: int = 50
) -> tuple[TrafficSolution, Floats]:
    """Return the traffic when a saturated node passes on at most its capacity, and the share each node passes.

    The share min(1, capacity/λ) of all journeys at a node scales the gains of its flows; repeated until settled.

    Args:
        order: the levels of the graph.
        gain, external: as in `solve`.
        capacity: shape (n,), cμ in requests/s; may be infinite.
    """
    gains, limit = np.asarray(gain, float), np.asarray(capacity, float)
    share = np.ones(order.n)
    for _ in range(passes):
        solution = solve(order.n, order.source, order.target, gains * share[order.source], external, order)
        total = solution.node_rates.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            following = np.where(total > limit, limit / total, 1.0)
        if np.allclose(following, share, rtol=1e-9, atol=0.0):
            break
        share = following
    return solution, share


def retry_factor(failure_probability: ArrayLike, retries: ArrayLike) -> Floats:
    """Return the attempts per request, (1 − p^{R+1})/(1 − p); R + 1 when every attempt fails.

    Args:
        failure_probability: p of one attempt, 0 to 1.
        retries: R, attempts after the first, at least 0.
    """
    p, attempts = np.asarray(failure_probability, float), np.asarray(retries, float) + 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = (1.0 - p**attempts) / (1.0 - p)
    return np.where(p >= 1.0, attempts, factor)


class RetryBalance(NamedTuple):
    """The two fixed points of retries under load; where they differ the system is metastable."""

    calm_rate: Floats
    storm_rate: Floats
    calm_failure: Floats
    storm_failure: Floats
    metastable: NDArray[np.bool_]


def retry_balance(
    failure_at: Callable[[Floats], Floats], arrival_rate: ArrayLike, retries: ArrayLike, passes: int = 500
) -> RetryBalance:
    """Return where rate and failures come to rest, starting from no failures and from all failing.

    Timeouts make the failure probability depend on the load and the load on the failures. If the two starts end
    apart, a retry storm is possible: once started it keeps itself alive (Bronson et al. 2021, metastable failures).

    Args:
        failure_at: failure probability of one attempt at a total rate, on arrays, increasing in the rate.
        arrival_rate: λ without retries, requests/s.
        retries: R.
    """
    base = np.asarray(arrival_rate, float)
    ends: list[tuple[Floats, Floats]] = []
    for start in (0.0, 1.0):
        failure = np.full(np.broadcast_shapes(base.shape, np.shape(retries)), start)
        for _ in range(passes):
            rate = base * retry_factor(failure, retries)
            following = np.asarray(failure_at(rate), float)
            settled = np.abs(following - failure).max(initial=0.0) < 1e-10
            failure = following
            if settled:
                break
        ends.append((base * retry_factor(failure, retries), failure))
    (calm_rate, calm), (storm_rate, storm) = ends
    return RetryBalance(calm_rate, storm_rate, calm, storm, np.abs(storm - calm) > 1e-6)
