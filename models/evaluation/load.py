"""Load of every row: work per call, utilization, own waiting and response time, replicas over the months.

Stations follow models of `models.analyses.queueing`; LLM servers follow `models.analyses.llm_serving`. Nothing here
knows latency of others: slots that are held while waiting come after the journeys (see `latency`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.analyses import queueing
from models.analyses.benchmark import Benchmark, measured_point
from models.analyses.llm_serving import ServingLoad, ServingPoint, serving_point
from models.catalog.accelerators import find_accelerator, find_language_model
from models.design.kinds import value_of
from models.evaluation.columns import OPERATIONS, Floats, Flows, Nodes, filled, is_one_of, sum_by
from models.evaluation.demand import Demand
from models.evaluation.variability import Streams, row_arrival_scv
from models.words import Text

SERVER, LLM, TRAINING, BATCH, STORE, CACHE, QUEUE, EXTERNAL = range(1, 9)
DEFAULT_SCV = 1.0
DEFAULT_TARGET = 0.6
PREFILL_WEIGHT = 0.1
READ, WRITE = OPERATIONS.index("read"), OPERATIONS.index("write")


class Work(NamedTuple):
    """What one call costs a node: mean time (s) and its scv, mean tokens in and out; each (n,)."""

    time: Floats
    scv: Floats
    input_tokens: Floats
    output_tokens: Floats
    write_share: Floats


class Load(NamedTuple):
    """Load of r rows and n nodes; seconds, fractions.

    Attributes:
        arrival: (r,) 1/s per copy at the node's busiest hour; arrival_scv: (r,) their variability.
        utilization: (r,) share of the row's capacity in use; NaN = has no capacity of its own or not known.
        capacity: (r,) requests/s per copy at 100 %.
        wait, response, variance: (r,) own time per call and its variance; inf where saturated.
        first: (r,) time to the first token for LLM servers, else the response; with its variance.
        points: row -> what the LLM model said.
        node_arrival_scv: (n,) before the calls are split over the rows.
        node_utilization: (n,) the busiest row's. node_response, node_variance, …: (n,) weighted by arrivals.
    """

    arrival: Floats
    arrival_scv: Floats
    replicas: Floats
    utilization: Floats
    capacity: Floats
    wait: Floats
    response: Floats
    variance: Floats
    first: Floats
    first_variance: Floats
    points: dict[int, ServingPoint]
    node_arrival_scv: Floats
    node_utilization: Floats
    node_response: Floats
    node_variance: Floats
    node_first: Floats
    node_first_variance: Floats


def work_per_call(nodes: Nodes, flows: Flows, flow_rate: Floats) -> Work:
    """Return the mean work per call of each node, mixed over its incoming flows by rate; a flow's own value wins."""
    n = len(nodes.ids)
    base_time = _base_time(nodes)
    scv = filled(nodes.column("service", "service_scv"), DEFAULT_SCV)
    target = flows.target
    own = flows.column("service_time_ms") / 1000.0
    operation_time = _operation_time(nodes, flows)
    time = np.where(np.isnan(own), operation_time, own)
    rate = np.where(np.isfinite(flow_rate), flow_rate, 0.0)
    total = sum_by(target, rate, n)
    first = sum_by(target, rate * filled(time), n)
    second = sum_by(target, rate * filled(time) ** 2 * (1.0 + scv[target]), n)
    with np.errstate(all="ignore"):
        mean = np.where(total > 0, first / total, base_time)
        spread = np.where((total > 0) & (mean > 0), (second / total) / mean**2 - 1.0, scv)
    mean = np.where(np.isnan(base_time) & (mean == 0.0), np.nan, mean)
    tokens = [_mixed(nodes, flows, rate, total, name) for name in ("input_tokens", "output_tokens")]
    writes = sum_by(target, rate * (flows.operation == WRITE), n)
    share = np.divide(writes, total, out=np.zeros(n), where=total > 0)
    return Work(mean, np.maximum(spread, 0.0), tokens[0], tokens[1], share)


def at_busiest_hours(nodes: Nodes, flows: Flows, demand: Demand) -> Demand:
    """Return the demand with the peak of each node at the hour of most work; most calls may be another hour.

    It matters where a node serves calls of different size: few long documents at night, many short chats by day. The
    work of a call is its own time, or its tokens: an input token counts as a tenth of an output token.
    """
    own = flows.column("service_time_ms") / 1000.0
    weight = np.where(np.isnan(own), _operation_time(nodes, flows), own)
    tokens = [
        np.where(np.isnan(flows.column(name)), nodes.column("service", name)[flows.target], flows.column(name))
        for name in ("input_tokens", "output_tokens")
    ]
    weight = filled(np.where(np.isnan(tokens[1]), weight, PREFILL_WEIGHT * tokens[0] + tokens[1]))
    n = len(nodes.ids)
    least, most = np.full(n, np.inf), np.zeros(n)
    np.minimum.at(least, flows.target, weight)
    np.maximum.at(most, flows.target, weight)
    mixed = np.flatnonzero((most > least) & np.isfinite(demand.node_peak))
    if not len(mixed):
        return demand
    into = np.flatnonzero(np.isin(flows.target, mixed))
    work = np.array([sum_by(flows.target[into], rate * weight[into], n) for rate in demand.flow_hour[:, into]])
    hour = np.where(np.isin(np.arange(n), mixed), work.argmax(axis=0), demand.busy_hour)
    if np.array_equal(hour, demand.busy_hour):
        return demand
    return demand._replace(
        node_peak=demand.node_hour[hour, np.arange(n)],
        busy_hour=hour,
        flow_peak=demand.flow_hour[hour[flows.target], np.arange(len(flows.ids))],
    )


def _base_time(nodes: Nodes) -> Floats:
    service = nodes.column("service", "service_time_ms")
    read = nodes.column("service", "read_time_ms")
    return np.where(np.isnan(service), read, service) / 1000.0


def _operation_time(nodes: Nodes, flows: Flows) -> Floats:
    base = _base_time(nodes)[flows.target]
    write = nodes.column("service", "write_time_ms")[flows.target] / 1000.0
    return np.where((flows.operation == WRITE) & ~np.isnan(write), write, base)


def _mixed(nodes: Nodes, flows: Flows, rate: Floats, total: Floats, name: str) -> Floats:
    base = nodes.column("service", name)
    own = flows.column(name)
    value = np.where(np.isnan(own), base[flows.target], own)
    mixed = sum_by(flows.target, rate * filled(value), len(nodes.ids))
    return np.divide(mixed, total, out=base.copy(), where=total > 0)


def row_shares(nodes: Nodes, alive: Floats, write_share: Floats) -> Floats:
    """Return (r,) the share of its node's calls that each row serves.

    Active sites share by replicas × copies; a read replica takes part in reads only; a standby serves when no active
    site is alive.
    """
    n = len(nodes.ids)
    weight = nodes.replicas * nodes.copies * alive
    active = weight * (nodes.role == 0)
    active_total = sum_by(nodes.row_node, active, n)
    standing_in = (active_total[nodes.row_node] == 0) & (nodes.role == 1)
    serving = np.where(standing_in, weight, active)
    reading = np.where(nodes.role == 2, weight, serving)
    writes = write_share[nodes.row_node]
    return _normalized(nodes, serving) * writes + _normalized(nodes, reading) * (1.0 - writes)


def _normalized(nodes: Nodes, weight: Floats) -> Floats:
    total = sum_by(nodes.row_node, weight, len(nodes.ids))[nodes.row_node]
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)


def row_servers(nodes: Nodes) -> Floats:
    """Return (r,) servers per replica; infinite for stations without a queue of ours."""
    servers = nodes.column("service", "servers")[nodes.row_node]
    station = nodes.station[nodes.row_node]
    endless = is_one_of(station, QUEUE, EXTERNAL) | (np.isnan(servers) & is_one_of(station, STORE, CACHE))
    return np.where(endless, np.inf, filled(servers, 1.0))


def capacity_of(nodes: Nodes, work: Work, replicas: Floats, servers: Floats, points: dict[int, ServingPoint]) -> Floats:
    """Return (r,) the requests/s per copy at which each row is full: μ·c, the model's limit, or the quota.

    `servers` (r,) are those with a queue of ours, as of `queue_servers`.
    """
    quota = nodes.column("service", "quota_rps")[nodes.row_node]
    with np.errstate(all="ignore"):
        capacity = servers / work.time[nodes.row_node]
    capacity = np.where(np.isinf(capacity), np.nan, capacity)
    capacity = np.fmin(capacity, np.where(np.isnan(quota), np.inf, quota))
    measured = nodes.column("service", "measured_rps")[nodes.row_node]
    for row, point in points.items():
        capacity[row] = point.max_rate * replicas[row] if point.fits else np.nan
    for row, point in points.items():
        if point.fits or benchmark_of(nodes, int(nodes.row_node[row])) is None:
            measured[row] = np.nan
    capacity = np.where(np.isnan(measured), capacity, measured * replicas)
    return np.where(np.isinf(capacity), np.nan, capacity)


@lru_cache(maxsize=4096)
def point_of(
    model: str, card: str, parallel: int, weights: str, keys: str, load: tuple[float, float, float, float, float, float]
) -> ServingPoint:
    """Return one replica of a language model by the names of model and card; load as `serving_point` takes it."""
    found_model, found_card = find_language_model(model), find_accelerator(card)
    if found_model is None:
        return ServingPoint(
            False,
            Text("The language model “{model}” is not in the catalog; choose one or measure its speed.", model=model),
        )
    if found_card is None:
        return ServingPoint(
            False, Text("The accelerator “{card}” is not in the catalog; choose one that is.", card=card)
        )
    tokens_in, tokens_out, rate, scv_in, scv_out, prefix = load
    try:
        return serving_point(
            found_model, found_card, parallel, weights, keys, tokens_in, tokens_out, rate, scv_in, scv_out, prefix
        )
    except ValueError as problem:
        return ServingPoint(False, str(problem))


def parameter_text(nodes: Nodes, node: int, name: str, default: str) -> str:
    """Return a text parameter of a node: its own, the default of its kind, else `default`."""
    return str(value_of(nodes.elements[node], name) or default)


def serving_points(nodes: Nodes, work: Work, arrival: Floats, replicas: Floats) -> dict[int, ServingPoint]:
    """Return what the LLM model says for each row that serves a language model, at its arrivals per replica."""
    points: dict[int, ServingPoint] = {}
    for row in np.flatnonzero(nodes.station[nodes.row_node] == LLM):
        node = int(nodes.row_node[row])
        column = {
            name: float(nodes.column("service", name)[node])
            for name in ("accelerators", "input_scv", "output_scv", "prefix_hit")
        }
        per_replica = arrival[row] / replicas[row] if replicas[row] > 0 else np.inf
        load = (
            float(work.input_tokens[node]),
            float(work.output_tokens[node]),
            float(per_replica),
            _or(column["input_scv"], 0.92),
            _or(column["output_scv"], 0.60),
            _or(column["prefix_hit"], 0.0),
        )
        if not np.isfinite(load[:3]).all():
            points[int(row)] = ServingPoint(False, Text("It has no replica, or the tokens per request are not known."))
            continue
        point = point_of(
            parameter_text(nodes, node, "language_model", ""),
            parameter_text(nodes, node, "accelerator", ""),
            int(_or(column["accelerators"], 1.0)),
            parameter_text(nodes, node, "weights_dtype", "fp8"),
            parameter_text(nodes, node, "kv_dtype", "bf16"),
            load,
        )
        measured = benchmark_of(nodes, node)
        if measured is not None:
            tokens_in, tokens_out, rate, *rest = load
            point = measured_point(point, measured, ServingLoad(rate, tokens_in, tokens_out, *rest))
        points[int(row)] = point
    return points


def benchmark_of(nodes: Nodes, node: int) -> Benchmark | None:
    """Return the benchmark of a node; None without one, or when it was measured on other cards than it runs on."""
    rate = float(nodes.column("service", "measured_rps")[node])
    if not rate > 0.0:
        return None
    card = parameter_text(nodes, node, "bench_on", "")
    cards = float(nodes.column("service", "bench_cards")[node])
    drawn = _or(float(nodes.column("service", "accelerators")[node]), 1.0)
    if (card and card != parameter_text(nodes, node, "accelerator", "")) or _or(cards, drawn) != drawn:
        return None
    times = [float(nodes.column("service", f"bench_{name}_ms")[node]) / 1e3 for name in ("ttft", "tpot")]
    tokens = [float(nodes.column("service", f"bench_{name}_tokens")[node]) for name in ("input", "output")]
    return Benchmark(rate, float(nodes.column("service", "bench_batch")[node]), *times, *tokens)


def _or(value: float, default: float) -> float:
    return default if np.isnan(value) else value


def solve_load(
    nodes: Nodes,
    work: Work,
    node_rate: Floats,
    replicas: Floats,
    shares: Floats,
    occupied: Floats | None = None,
    streams: tuple[Streams, Floats] | None = None,
) -> Load:
    """Return the load of every row when its node receives `node_rate` (n,) requests/s with `replicas` (r,).

    Args:
        shares: (r,) the share of its node's calls that each row serves, as of `row_shares`.
        occupied: (r,) the utilization of rows that are measured in hours, not requests (training); else NaN.
        streams: how the flows of the drawing carry variability, and (m,) requests/s of each; None = Poisson arrivals.
    """
    with np.errstate(all="ignore"):
        arrival = node_rate[nodes.row_node] * shares / nodes.copies
    points = serving_points(nodes, work, arrival, replicas)
    servers = queue_servers(nodes, replicas)
    capacity = capacity_of(nodes, work, replicas, servers, points)
    with np.errstate(all="ignore"):
        utilization = np.where(capacity > 0, arrival / capacity, np.where(arrival > 0, np.inf, np.nan))
        utilization = np.where(np.isnan(capacity), np.nan, utilization)
    if occupied is not None:
        utilization = np.where(np.isnan(occupied), utilization, occupied)
    node_scv, arrival_scv = _variability(nodes, work, node_rate, servers, utilization, shares, streams)
    wait, response, variance = _own_times(nodes, work, arrival, arrival_scv, servers)
    first, first_variance = response.copy(), variance.copy()
    _external_tokens(nodes, work, response, variance, first, first_variance)
    for row, point in points.items():
        stable = point.fits and point.stable
        first[row], first_variance[row] = point.ttft_mean, point.ttft_variance
        response[row], variance[row] = point.last_token_mean, point.last_token_variance
        wait[row] = max(point.ttft_mean - point.prefill_time, 0.0) if stable else np.inf
    return Load(
        arrival,
        arrival_scv,
        replicas,
        utilization,
        capacity,
        wait,
        response,
        variance,
        first,
        first_variance,
        points,
        node_scv,
        busiest(nodes, utilization),
        *_node_moments(nodes, shares, response, variance),
        *_node_moments(nodes, shares, first, first_variance),
    )


def _variability(
    nodes: Nodes,
    work: Work,
    node_rate: Floats,
    servers: Floats,
    utilization: Floats,
    shares: Floats,
    streams: tuple[Streams, Floats] | None,
) -> tuple[Floats, Floats]:
    """Return c_a² by node and by row; Poisson where the flows are not known."""
    if streams is None:
        return np.ones(len(nodes.ids)), np.ones(len(nodes.row_node))
    return row_arrival_scv(nodes, *streams, node_rate, utilization, servers, work.scv, shares)


def queue_servers(nodes: Nodes, replicas: Floats) -> Floats:
    """Return (r,) servers of the rows with a queue of ours; infinite for those that only delay."""
    station = nodes.station[nodes.row_node]
    with np.errstate(invalid="ignore"):
        return np.where(is_one_of(station, SERVER, STORE, CACHE), replicas * row_servers(nodes), np.inf)


def _own_times(
    nodes: Nodes, work: Work, arrival: Floats, arrival_scv: Floats, servers: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return wait, response and variance of every row as a G/G/c station; stations without a queue only delay."""
    time, scv = work.time[nodes.row_node], work.scv[nodes.row_node]
    rows = np.flatnonzero(np.isfinite(servers) & (time > 0) & np.isfinite(arrival))
    wait = np.zeros(len(arrival))
    wait_variance = np.zeros(len(arrival))
    if len(rows):
        parts = (arrival[rows], 1.0 / time[rows], servers[rows], arrival_scv[rows], scv[rows])
        wait[rows], _, wait_variance[rows] = queueing.gg_c(*parts)
    own = filled(time)
    wait = np.where(np.isnan(arrival), np.nan, wait)
    return wait, own + wait, scv * own**2 + wait_variance


def _external_tokens(
    nodes: Nodes, work: Work, response: Floats, variance: Floats, first: Floats, first_variance: Floats
) -> None:
    """Write the times of hosted models: a first token after `ttft_ms`, then one token each `token_ms`."""
    ttft = nodes.column("service", "ttft_ms")[nodes.row_node] / 1000.0
    per_token = filled(nodes.column("service", "token_ms")[nodes.row_node]) / 1000.0
    hosted = ~np.isnan(ttft) & (nodes.station[nodes.row_node] == EXTERNAL)
    scv = work.scv[nodes.row_node]
    tokens = filled(work.output_tokens[nodes.row_node])
    decode = per_token * tokens
    first[hosted] = ttft[hosted]
    first_variance[hosted] = (scv * ttft**2)[hosted]
    response[hosted] = (ttft + decode)[hosted]
    variance[hosted] = (scv * ttft**2 + 0.6 * decode**2)[hosted]


def busiest(nodes: Nodes, values: Floats) -> Floats:
    """Return (n,) the largest value over the rows of each node; NaN where no row has one."""
    top = np.full(len(nodes.ids), -np.inf)
    np.maximum.at(top, nodes.row_node, np.where(np.isnan(values), -np.inf, values))
    return np.where(np.isneginf(top), np.nan, top)


def _node_moments(nodes: Nodes, shares: Floats, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    n = len(nodes.ids)
    with np.errstate(invalid="ignore"):
        first = sum_by(nodes.row_node, np.where(shares > 0, shares * mean, 0.0), n)
        second = sum_by(nodes.row_node, np.where(shares > 0, shares * (variance + mean**2), 0.0), n)
        spread = second - first**2
    return first, np.where(np.isfinite(first), np.maximum(spread, 0.0), first)


def grown_replicas(nodes: Nodes, node_rate: Floats, capacity_per_replica: Floats, shares: Floats) -> Floats:
    """Return (r,) replicas at `node_rate`: as drawn; autoscaled rows grow to hold their target up to the maximum."""
    target = filled(nodes.column("service", "target_utilization"), DEFAULT_TARGET)[nodes.row_node]
    most = nodes.column("service", "max_replicas")[nodes.row_node]
    most = np.maximum(np.where(np.isnan(most), nodes.replicas, most), nodes.replicas)
    arrival = node_rate[nodes.row_node] * shares / nodes.copies
    with np.errstate(all="ignore"):
        needed = np.ceil(arrival / (capacity_per_replica * target) - 1e-9)
    needed = np.where(np.isfinite(needed), needed, nodes.replicas)
    scaled = nodes.column("service", "autoscaled")[nodes.row_node] == 1.0
    return np.where(scaled, np.clip(needed, nodes.replicas, most), nodes.replicas)
