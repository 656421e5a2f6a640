"""Study: a discrete-event simulation of the drawing at its busiest hour, beside which the formulas are set.

Independent rounds, the first tenth of each thrown away; their means give a 95 % interval (Law 2015, Simulation Modeling
and Analysis, §9.5.2, replication and deletion). It stops when the half-width of every journey's mean is 2 % of it, or
when the work is done. What it does not simulate is taken from the formulas: language models and services of others are
delays with the modelled mean and variance, and slots held while waiting are not limited.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import accumulate

import numpy as np
from msgspec import Struct

from models.catalog.catalog import Catalog, catalog_from_blob, load_catalog
from models.design.design import Design, from_text, to_text
from models.design.elements import Id
from models.evaluation import Evaluation, evaluate
from models.evaluation.columns import Floats
from models.evaluation.demand import passed_on
from models.evaluation.latency import REQUEST, Reply, solve_latency
from models.evaluation.load import (
    CACHE,
    SERVER,
    STORE,
    Load,
    Work,
    row_servers,
    row_shares,
    solve_load,
    work_per_call,
)
from models.studies.event_loop import Network, prepare, readable
from models.studies.provider_costs import design_digest

GAP = 0.02
ROUND_EVENTS = 20_000
MOST_EVENTS = 600_000
BACKGROUND_EVENTS = 200_000
FEWEST_ROUNDS = 5
WARM_UP = 0.1
MOST_COPIES = 5_000
BACKLOG = 0.25
FEWEST_REQUESTS = 200
LEAST_SCV = 1e-6


class JourneyTimes(Struct, frozen=True):
    """Seconds of one journey, simulated with half the width of its 95 % interval, and by formula."""

    journey: Id
    name: str
    requests: int
    mean: float
    mean_half: float
    p95: float
    p95_half: float
    formula_mean: float
    formula_p95: float


class StationTimes(Struct, frozen=True):
    """One node, simulated and by formula: utilization, mean wait in seconds; and the mean work of a call."""

    node: Id
    name: str
    utilization: float
    wait: float
    formula_utilization: float
    formula_wait: float
    work: float = 0.0


class Simulation(Struct, frozen=True):
    """The result of one run; `design` and `catalog` are digests that tell a stale one.

    Attributes:
        hour: hour of the day that was simulated. stopped: `gap`, `work`, `backlog` or `cancelled`.
    """

    design: str
    catalog: str
    month: int
    hour: int
    seed: int
    rounds: int
    events: int
    stopped: str
    journeys: tuple[JourneyTimes, ...]
    stations: tuple[StationTimes, ...]

    def fits(self, evaluation: Evaluation) -> bool:
        """Return whether it was made for what the evaluation shows."""
        same = self.month == evaluation.month and self.catalog == evaluation.catalog.digest
        return same and self.design == design_digest(evaluation.design)


class SimulationQuestion(Struct, frozen=True):
    """What to simulate, as plain text and bytes, so that another process can answer it."""

    design: str
    catalog: bytes
    month: int
    most_events: int = BACKGROUND_EVENTS

    @staticmethod
    def of(evaluation: Evaluation) -> SimulationQuestion:
        """Return the question behind what an evaluation shows."""
        shipped = evaluation.catalog.digest == load_catalog().digest
        blob = b"" if shipped else evaluation.catalog.blob()
        return SimulationQuestion(to_text(evaluation.design), blob, evaluation.month)

    def __call__(self) -> Simulation:
        """Answer the question."""
        catalog = catalog_from_blob(self.catalog) if self.catalog else load_catalog()
        return simulate(from_text(self.design), catalog, self.month, most_events=self.most_events)


class Hour(Struct, frozen=True):
    """The formulas at one hour of the day: what the simulation is compared with and takes its work from."""

    hour: int
    rates: Floats
    work: Work
    load: Load
    reply: Reply


def at_busiest_hour(evaluation: Evaluation) -> Hour:
    """Return the formulas at the hour in which users send most requests, with that hour's mix of work."""
    pipeline, demand = evaluation.pipeline, evaluation.pipeline.demand(evaluation.month, evaluation.case.demand_factor)
    nodes, flows, hour = pipeline.nodes, pipeline.flows, demand.peak_hour
    work = work_per_call(nodes, flows, demand.flow_hour[hour])
    replicas = evaluation.traffic.load.replicas
    shares = row_shares(nodes, evaluation.traffic.alive, work.write_share)
    carried = (pipeline.streams, demand.flow_hour[hour])
    load = solve_load(nodes, work, demand.node_hour[hour], replicas, shares, streams=carried)
    reply = solve_latency(load, pipeline.routes())
    return Hour(hour, demand.journey_peak * demand.factors[:, hour], work, load, reply)


def network_of(evaluation: Evaluation, at: Hour) -> Network:
    """Return the drawing as the event loop reads it."""
    pipeline = evaluation.pipeline
    journeys, flows = pipeline.journeys, pipeline.flows
    started = journeys.first_flow >= 0
    gain = np.where(started, journeys.gain[journeys.first_flow], 1.0) if len(flows.ids) else np.ones(len(started))
    trips = np.nan_to_num(pipeline.network)
    trip = np.where(started, trips[journeys.first_flow], 0.0) if len(flows.ids) else np.zeros(len(started))
    burst = 1.0 / np.maximum(_arrival_scv(evaluation), LEAST_SCV)
    return Network(at.rates * gain, burst, journeys.entry, trip, *_stations(evaluation, at), *_calls(evaluation, trips))


def _arrival_scv(evaluation: Evaluation) -> Floats:
    """Return (k,) c_a² of each journey: that of its users, thinned at random by the calls that not every one makes."""
    journeys, streams = evaluation.pipeline.journeys, evaluation.pipeline.streams
    first, own = journeys.first_flow, streams.external_scv[journeys.origin]
    thinned = np.where(first >= 0, streams.routing[first], 1.0) if len(streams.routing) else np.ones(len(first))
    return np.asarray(thinned * own + 1.0 - thinned, dtype=float)


def _stations(evaluation: Evaluation, at: Hour) -> tuple[np.ndarray, ...]:
    """Return first and count by node, then share, servers, mean and shape by station; a copy is a station each."""
    nodes = evaluation.pipeline.nodes
    shares = row_shares(nodes, evaluation.traffic.alive, at.work.write_share)
    servers = at.load.replicas * row_servers(nodes)
    queued = np.isin(nodes.station[nodes.row_node], (SERVER, STORE, CACHE)) & np.isfinite(servers)
    first: list[int] = []
    count: list[int] = []
    share: list[float] = []
    number: list[int] = []
    mean: list[float] = []
    shape: list[float] = []
    for node in range(len(nodes.ids)):
        first.append(len(number))
        parts: list[float] = []
        for row in np.flatnonzero((nodes.row_node == node) & (shares > 0)).tolist() or [-1]:
            copies = 1 if row < 0 else min(int(nodes.copies[row]), MOST_COPIES)
            own = _own(nodes.row_node[row], row, bool(queued[row]), at) if row >= 0 else (0.0, 0.0)
            parts += [1.0 / copies if row < 0 else float(shares[row]) / copies] * copies
            number += [int(servers[row]) if row >= 0 and queued[row] else 0] * copies
            mean += [own[0]] * copies
            shape += [own[1]] * copies
        count.append(len(parts))
        share += list(accumulate(parts))
    whole, real = np.int64, np.float64
    return (
        np.array(first, whole),
        np.array(count, whole),
        np.array(share, real),
        np.array(number, whole),
        np.array(mean, real),
        np.array(shape, real),
    )


def _own(node: int, row: int, queued: bool, at: Hour) -> tuple[float, float]:
    """Return mean and gamma shape of a row's work: its service where it queues, else its whole modelled response."""
    if queued:
        mean, scv = float(at.work.time[node]), float(at.work.scv[node])
    else:
        mean = float(at.load.response[row])
        scv = float(at.load.variance[row]) / mean**2 if mean > 0 and np.isfinite(mean) else 0.0
    if not np.isfinite(mean) or mean <= 0:
        return 0.0, 0.0
    return mean, 1.0 / scv if scv > 1e-6 else 0.0


def _calls(evaluation: Evaluation, trips: Floats) -> tuple[np.ndarray, ...]:
    """Return the calls sorted by node and step, and which journey makes which; batches run at other hours."""
    pipeline = evaluation.pipeline
    nodes, flows, journeys = pipeline.nodes, pipeline.flows, pipeline.journeys
    live = flows.interaction != 3
    live[journeys.first_flow[journeys.first_flow >= 0]] = False
    rows = np.flatnonzero(live)
    rows = rows[np.lexsort((flows.column("step")[rows], flows.source[rows]))]
    starts = np.searchsorted(flows.source[rows], np.arange(len(nodes.ids) + 1)).astype(np.int64)
    allowed = np.ones((len(journeys.first_flow), len(rows)), dtype=np.int64)
    place = {int(row): number for number, row in enumerate(rows)}
    for row, names in flows.restricted.items():
        if row in place:
            own = [flows.ids[first] if first >= 0 else "" for first in journeys.first_flow]
            allowed[:, place[row]] = [name in names for name in own]
    chance = np.clip(flows.column("probability") * passed_on(nodes, flows), 0.0, 1.0)[rows]
    return (
        starts,
        flows.target[rows],
        flows.column("step")[rows].astype(np.int64),
        np.nan_to_num(flows.column("calls"))[rows],
        np.nan_to_num(chance),
        trips[rows],
        np.where(flows.interaction[rows] == REQUEST, np.where(flows.column("at_once")[rows] > 0, 2, 1), 0),
        allowed.ravel(),
    )


class _Rounds:
    """What the rounds found: per journey sums by round, per station sums over all."""

    def __init__(self, journeys: int, stations: int) -> None:
        self.count: list[Floats] = []
        self.total: list[Floats] = []
        self.p95: list[Floats] = []
        self.served, self.work, self.wait = np.zeros(stations), np.zeros(stations), np.zeros(stations)
        self.seconds = 0.0
        self._journeys = journeys

    def add(self, result: tuple[list[float], list[int], list[int], list[float], list[float], float, int]) -> None:
        """Add one round, as `run` returns it."""
        responses, owners = np.array(result[0], dtype=float), np.array(result[1], dtype=np.int64)
        self.count.append(np.bincount(owners, minlength=self._journeys).astype(float))
        self.total.append(np.bincount(owners, responses, self._journeys).astype(float))
        p95 = [np.quantile(own, 0.95) if len(own := responses[owners == k]) else np.nan for k in range(self._journeys)]
        self.p95.append(np.array(p95))
        self.served += result[2]
        self.work += result[3]
        self.wait += result[4]
        self.seconds += result[5]

    def mean(self, journey: int) -> tuple[float, float]:
        """Return the mean and half the width of its 95 % interval: a ratio of sums over rounds."""
        from scipy.stats import t

        total, count = np.array(self.total)[:, journey], np.array(self.count)[:, journey]
        rounds = len(total)
        if count.sum() == 0:
            return float("nan"), float("nan")
        mean = total.sum() / count.sum()
        if rounds < 2:
            return float(mean), float("inf")
        spread = ((total - mean * count) ** 2).sum() / (rounds - 1)
        return float(mean), float(t.ppf(0.975, rounds - 1) * np.sqrt(spread / rounds) / count.mean())

    def is_narrow(self, journey: int, gap: float) -> bool:
        """Return whether the interval of the mean is narrow enough, from enough requests to believe it."""
        mean, half = self.mean(journey)
        return bool(np.array(self.count)[:, journey].sum() >= FEWEST_REQUESTS and half <= gap * mean)

    def quantile(self, journey: int) -> tuple[float, float]:
        """Return the mean of the rounds' p95 and half the width of its interval."""
        from scipy.stats import t

        values = np.array(self.p95)[:, journey]
        values = values[~np.isnan(values)]
        if len(values) < 2:
            return float(values.mean()) if len(values) else float("nan"), float("inf")
        return float(values.mean()), float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))


def simulate(
    design: Design,
    catalog: Catalog,
    month: int = 0,
    seed: int = 1,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
    gap: float = GAP,
    most_events: int = MOST_EVENTS,
) -> Simulation:
    """Return the simulated times of every journey with what the formulas say of the same hour.

    Args:
        seed: the same seed gives the same result. progress: called with the share of the work done.
        cancelled: asked before every round; what is known by then is returned.
        gap: half-width over mean at which it stops. most_events: work after which it stops.
    """
    evaluation = evaluate(design, catalog, month)
    at = at_busiest_hour(evaluation)
    return simulate_hour(evaluation, at, network_of(evaluation, at), seed, progress, cancelled, gap, most_events)


def simulate_hour(
    evaluation: Evaluation,
    at: Hour,
    network: Network,
    seed: int,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
    gap: float,
    most_events: int,
) -> Simulation:
    """Run the rounds and set the formulas beside them; arguments as of `simulate`."""
    journeys = evaluation.pipeline.journeys
    asked = [k for k in range(len(journeys.first_flow)) if np.isfinite(at.reply.last_mean[k]) and at.rates[k] > 0]
    rounds = _Rounds(len(journeys.first_flow), len(network.servers))
    loop = prepare(most_events)
    stopped, numbers = "work", readable(network)
    kept = random.getstate()
    try:
        for number in range(max(most_events // ROUND_EVENTS, 1)):
            if cancelled() or not network.rate.any():
                stopped = "cancelled" if network.rate.any() else "work"
                break
            result = loop(numbers, seed * 100_003 + number, int(ROUND_EVENTS * WARM_UP), ROUND_EVENTS)
            rounds.add(result)
            progress((number + 1) * ROUND_EVENTS / most_events)
            if result[6] > BACKLOG * ROUND_EVENTS:
                stopped = "backlog"
                break
            if number + 1 >= FEWEST_ROUNDS and all(rounds.is_narrow(k, gap) for k in asked):
                stopped = "gap"
                break
    finally:
        random.setstate(kept)
    return Simulation(
        design_digest(evaluation.design),
        evaluation.catalog.digest,
        evaluation.month,
        at.hour,
        seed,
        len(rounds.count),
        len(rounds.count) * ROUND_EVENTS,
        stopped,
        tuple(_journey(evaluation, at, rounds, k) for k in asked) if rounds.count else (),
        _nodes(evaluation, at, network, rounds) if rounds.count else (),
    )


def _journey(evaluation: Evaluation, at: Hour, rounds: _Rounds, k: int) -> JourneyTimes:
    flows, journeys = evaluation.pipeline.flows, evaluation.pipeline.journeys
    flow = int(journeys.first_flow[k])
    name = next((found.name for found in evaluation.journeys if found.id == flows.ids[flow]), flows.ids[flow])
    mean, mean_half = rounds.mean(k)
    p95, p95_half = rounds.quantile(k)
    return JourneyTimes(
        flows.ids[flow],
        name,
        int(np.array(rounds.count)[:, k].sum()),
        mean,
        mean_half,
        p95,
        p95_half,
        float(at.reply.last_mean[k]),
        float(at.reply.last_p95[k]),
    )


def _nodes(evaluation: Evaluation, at: Hour, network: Network, rounds: _Rounds) -> tuple[StationTimes, ...]:
    nodes = evaluation.pipeline.nodes
    found = []
    for node in range(len(nodes.ids)):
        own = slice(int(network.first[node]), int(network.first[node] + network.sites[node]))
        served, servers = rounds.served[own].sum(), network.servers[own].sum()
        row = int(np.flatnonzero(nodes.row_node == node)[0])
        if servers == 0 or served == 0:
            continue
        found.append(
            StationTimes(
                nodes.ids[node],
                nodes.elements[node].name,
                float(rounds.work[own].sum() / (rounds.seconds * servers)),
                float(rounds.wait[own].sum() / served),
                float(at.load.utilization[row]),
                float(at.load.wait[row]),
                float(rounds.work[own].sum() / served),
            )
        )
    return tuple(found)
