"""The event loop of the simulation: stations with queues, call trees, messages; long runs are compiled by numba.

One source for both: only numbers, lists made inside, and arrays. A request enters a station, waits for a free server in
the order of arrival, is served, then makes its calls step by step (parallel within a step, repeated calls in sequence
or at once) and replies to its caller when all of a step have replied. Messages are sent all at once and not waited for.
"""

from __future__ import annotations

import heapq
import importlib
import importlib.util
import random
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
ARRIVAL, ENTER, DONE = 0, 1, 2
NETWORK_SHAPE = 25.0
"""Gamma shape of a network time with the coefficient of variation 0.2 that the formulas use."""


_SPEC = importlib.util.find_spec("numba")
IS_INSTALLED = _SPEC is not None and _SPEC.origin is not None
WORTH_COMPILING = 5_000_000
"""Events from which numba pays: it takes 30 to 60 s to compile and then runs 3 to 5 times as fast as Python."""
_PARTS: list[str] = []
_STATE = {"compiled": False}


def compiled(function: F) -> F:
    """Note a function as part of the loop, to be compiled by `prepare` when there is much to do."""
    _PARTS.append(function.__name__)
    return function


def prepare(events: int) -> Callable[..., Any]:
    """Return the loop for this much work: compiled by numba where it is installed and pays, else as it is.

    Compiling replaces the functions of this module for the rest of the process; a simulation has its own.
    """
    if IS_INSTALLED and events >= WORTH_COMPILING and not _STATE["compiled"]:
        compiler = importlib.import_module("numba").njit
        for name in _PARTS:
            globals()[name] = compiler(globals()[name])
        _STATE["compiled"] = True
    found: Callable[..., Any] = globals()["run"]
    return found


class Network(NamedTuple):
    """What is simulated; numbers as arrays.

    Attributes:
        rate, burst, entry, trip: (k,) arrivals/s of each journey, gamma shape of the time between them (1 = Poisson),
            the node they enter, seconds on the way to it and back.
        first, sites: (n,) stations of each node; share: (s,) cumulative share of the node's calls.
        servers: (s,), 0 = a delay without a queue; mean: (s,) seconds of work; shape: (s,) gamma shape, 0 = constant.
        calls: (n + 1,) first call of each node, sorted by step.
        target, step, repeat, chance, delay, waited: (c,) of each call; nobody waits (0), repeats one after the other
            (1) or at once (2).
        allowed: (k × c,) 1 where the journey makes the call.
    """

    rate: NDArray[np.float64]
    burst: NDArray[np.float64]
    entry: NDArray[np.int64]
    trip: NDArray[np.float64]
    first: NDArray[np.int64]
    sites: NDArray[np.int64]
    share: NDArray[np.float64]
    servers: NDArray[np.int64]
    mean: NDArray[np.float64]
    shape: NDArray[np.float64]
    calls: NDArray[np.int64]
    target: NDArray[np.int64]
    step: NDArray[np.int64]
    repeat: NDArray[np.float64]
    chance: NDArray[np.float64]
    delay: NDArray[np.float64]
    waited: NDArray[np.int64]
    allowed: NDArray[np.int64]


def readable(network: Network) -> Network:
    """Return the network as `run` reads it fastest: arrays where compiled, else lists of single numbers."""
    return network if _STATE["compiled"] else Network(*(part.tolist() for part in network))


class State(NamedTuple):
    """Everything that changes: the heap of (time, kind, number), jobs by number, queues and sums by station.

    Requests that arrive within `window` (from, to) are counted, however long they take.
    """

    heap: list[tuple[float, int, int]]
    free: list[int]
    node: list[int]
    parent: list[int]
    left: list[int]
    call: list[int]
    pending: list[int]
    pointer: list[int]
    journey: list[int]
    start: list[float]
    station: list[int]
    following: list[int]
    head: list[int]
    tail: list[int]
    busy: list[int]
    served: list[int]
    work: list[float]
    wait: list[float]
    counts: list[int]
    sums: list[float]
    waits: list[float]
    responses: list[float]
    owners: list[int]
    window: list[float]


@compiled
def _amount(mean: float, shape: float) -> float:
    """Return a random time of this mean: constant, exponential or gamma."""
    if mean <= 0.0 or shape <= 0.0:
        return mean
    if shape == 1.0:
        return random.expovariate(1.0) * mean
    return random.gammavariate(shape, mean / shape)


@compiled
def _new_job(state: State, node: int, parent: int, left: int, call: int, journey: int, now: float) -> int:
    if len(state.free) > 0:
        job = state.free.pop()
    else:
        job = len(state.node)
        state.node.append(0)
        state.parent.append(0)
        state.left.append(0)
        state.call.append(0)
        state.pending.append(0)
        state.pointer.append(0)
        state.journey.append(0)
        state.start.append(0.0)
        state.station.append(0)
        state.following.append(-1)
    state.node[job] = node
    state.parent[job] = parent
    state.left[job] = left
    state.call[job] = call
    state.pending[job] = 0
    state.journey[job] = journey
    state.start[job] = now
    return job


@compiled
def _enter(net: Network, state: State, job: int, now: float) -> None:
    """Let a job into a station of its node: served at once or in the queue; `start` of a child is its arrival."""
    node = state.node[job]
    station = net.first[node]
    if net.sites[node] > 1:
        chosen = random.random()
        last = net.first[node] + net.sites[node] - 1
        while station < last and net.share[station] < chosen:
            station += 1
    state.pointer[job] = net.calls[node]
    state.station[job] = station
    if state.parent[job] != -1:
        state.start[job] = now
    if net.servers[station] == 0:
        heapq.heappush(state.heap, (now + _amount(net.mean[station], net.shape[station]), DONE, job))
    elif state.busy[station] < net.servers[station]:
        state.busy[station] += 1
        _serve(net, state, job, now)
    else:
        state.following[job] = -1
        if state.head[station] < 0:
            state.head[station] = job
        else:
            state.following[state.tail[station]] = job
        state.tail[station] = job
        state.wait[station] -= now


@compiled
def _serve(net: Network, state: State, job: int, now: float) -> None:
    station = state.station[job]
    time = _amount(net.mean[station], net.shape[station])
    state.served[station] += 1
    state.work[station] += time
    heapq.heappush(state.heap, (now + time, DONE, job))


@compiled
def _release(net: Network, state: State, station: int, now: float) -> None:
    """Give a server that became free to the next in the queue."""
    waiting = state.head[station]
    if waiting < 0:
        state.busy[station] -= 1
        return
    state.head[station] = state.following[waiting]
    state.wait[station] += now
    _serve(net, state, waiting, now)


@compiled
def _times(repeat: float) -> int:
    """Return how often a call is made: the whole part, and one more with the chance of the rest."""
    whole = int(repeat)
    return whole + (1 if random.random() < repeat - whole else 0)


@compiled
def _call_step(net: Network, state: State, job: int, now: float) -> bool:
    """Make the calls of the next step that has any; return whether somebody has to be waited for."""
    node, journey = state.node[job], state.journey[job]
    at, end = state.pointer[job], net.calls[node + 1]
    while at < end:
        step = net.step[at]
        while at < end and net.step[at] == step:
            if net.allowed[journey * len(net.target) + at] and random.random() < net.chance[at]:
                times = _times(net.repeat[at])
                parent = job if net.waited[at] else -2
                if net.waited[at] and times > 0:
                    state.pending[job] += times if net.waited[at] == 2 else 1
                together, left = (min(times, 1), times - 1) if net.waited[at] == 1 else (times, 0)
                for _ in range(together):
                    child = _new_job(state, net.target[at], parent, left, at, journey, now)
                    heapq.heappush(state.heap, (now + _amount(net.delay[at], NETWORK_SHAPE), ENTER, child))
            at += 1
        state.pointer[job] = at
        if state.pending[job] > 0:
            return True
    return False


@compiled
def _proceed(net: Network, state: State, job: int, now: float) -> None:
    """Go on with a job after its service or its step; replies run up the tree as far as nobody waits."""
    while not _call_step(net, state, job, now):
        parent = state.parent[job]
        if parent == -1:
            if state.window[0] <= state.start[job] <= state.window[1]:
                state.responses.append(now - state.start[job])
                state.owners.append(state.journey[job])
            state.free.append(job)
            return
        if state.left[job] > 0:
            state.left[job] -= 1
            again = now + _amount(net.delay[state.call[job]], NETWORK_SHAPE)
            heapq.heappush(state.heap, (again, ENTER, job))
            return
        state.free.append(job)
        if parent == -2:
            return
        state.pending[parent] -= 1
        if state.pending[parent] > 0:
            return
        job = parent


@compiled
def _fresh(stations: int) -> State:
    return State(
        [(0.0, 0, 0) for _ in range(0)],
        [0 for _ in range(0)],
        [0 for _ in range(0)],
        [0 for _ in range(0)],
        [0 for _ in range(0)],
        [0 for _ in range(0)],
        [0 for _ in range(0)],
        [0 for _ in range(0)],
        [0 for _ in range(0)],
        [0.0 for _ in range(0)],
        [0 for _ in range(0)],
        [0 for _ in range(0)],
        [-1 for _ in range(stations)],
        [-1 for _ in range(stations)],
        [0 for _ in range(stations)],
        [0 for _ in range(stations)],
        [0.0 for _ in range(stations)],
        [0.0 for _ in range(stations)],
        [0 for _ in range(stations)],
        [0.0 for _ in range(stations)],
        [0.0 for _ in range(stations)],
        [0.0 for _ in range(0)],
        [0 for _ in range(0)],
        [np.inf, np.inf],
    )


@compiled
def _forget(state: State, now: float) -> None:
    """Start the sums anew after the warm-up; who waits now counts from now."""
    state.window[0] = now
    for station in range(len(state.busy)):
        state.served[station] = 0
        state.work[station] = 0.0
        state.wait[station] = 0.0
        waiting = state.head[station]
        while waiting >= 0:
            state.wait[station] -= now
            waiting = state.following[waiting]


@compiled
def _close(state: State, now: float) -> None:
    """End the window: keep the sums as they are, with the waits of those in the queues up to now."""
    state.window[1] = now
    for station in range(len(state.busy)):
        state.counts[station] = state.served[station]
        state.sums[station] = state.work[station]
        waited = state.wait[station]
        waiting = state.head[station]
        while waiting >= 0:
            waited += now
            waiting = state.following[waiting]
        state.waits[station] = waited


@compiled
def _arrive(net: Network, state: State, journey: int, now: float) -> None:
    heapq.heappush(state.heap, (now + _amount(1.0 / net.rate[journey], net.burst[journey]), ARRIVAL, journey))
    job = _new_job(state, net.entry[journey], -1, 0, 0, journey, now)
    heapq.heappush(state.heap, (now + _amount(net.trip[journey], NETWORK_SHAPE), ENTER, job))


@compiled
def run(
    net: Network, seed: int, warm_up: int, events: int
) -> tuple[list[float], list[int], list[int], list[float], list[float], float, int]:
    """Run `warm_up` events, forget them, run `events` more, and on until all that arrived meanwhile are answered.

    Leaving out who is still on the way at the end would leave out the slow ones. At most twice the events are run.

    Returns:
        Responses of finished requests (s) with their journeys; per station calls served, seconds of work and of
        waiting; seconds simulated; jobs alive at the most (a backlog without end shows here).
    """
    random.seed(seed)
    state = _fresh(len(net.servers))
    for journey in range(len(net.rate)):
        if net.rate[journey] > 0:
            heapq.heappush(state.heap, (_amount(1.0 / net.rate[journey], net.burst[journey]), ARRIVAL, journey))
    now, arrived = 0.0, 0
    for number in range(warm_up + 2 * events):
        if number == warm_up:
            _forget(state, now)
        if number == warm_up + events:
            _close(state, now)
        if len(state.heap) == 0 or (number > warm_up + events and len(state.responses) >= arrived):
            break
        now, kind, who = heapq.heappop(state.heap)
        if kind == ARRIVAL:
            arrived += 1 if state.window[0] <= now <= state.window[1] else 0
            _arrive(net, state, who, now)
        elif kind == ENTER:
            _enter(net, state, who, now)
        else:
            station = state.station[who]
            if net.servers[station] > 0:
                _release(net, state, station, now)
            _proceed(net, state, who, now)
    if np.isinf(state.window[1]):
        _close(state, now)
    seconds = state.window[1] - state.window[0]
    return state.responses, state.owners, state.counts, state.sums, state.waits, seconds, len(state.node)
