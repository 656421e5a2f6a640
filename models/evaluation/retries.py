"""Timeouts and retries: which attempts fail because the answer comes late, and what trying again does to the load.

The chance that an attempt times out depends on the load, and the load on the attempts: a fixed point. From no failures
it is what the figures show; from all attempts failing it is what a retry storm would hold. Where the two differ the
system is metastable (Bronson et al. 2021, Metastable failures in distributed systems): both are shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from models.analyses.latency import gamma_exceeds
from models.evaluation.columns import INTERACTIONS, Flags, Floats, Flows, Ints, Nodes, filled
from models.evaluation.demand import Journeys
from models.evaluation.latency import NETWORK_CV, Reply, solve_latency
from models.evaluation.load import Load, busiest

if TYPE_CHECKING:
    from models.evaluation.cases import Case
    from models.evaluation.pipeline import Pipeline, Traffic

REQUEST = INTERACTIONS.index("request")
NEGLIGIBLE = 1e-4
PASSES = 12
FITS = 0.01
"""A default timeout that more than this share of the calls would miss without any load is not meant for them."""
UNFELT = 0.02
"""Attempts that take less than this share of the free capacity of every node are told and not solved for."""
FAR_SPREADS = 60.0
APART = 0.1
BUSY = 0.8


class Callers(NamedTuple):
    """Who waits at each flow, (m,): for what, how long at most, and over which way; whatever the load.

    Attributes:
        streams: True where the caller waits for the first token only.
        trip, spread: mean and variance of the round trip, s and s². timeout: s, inf = none.
        started: journeys with a first flow; first: those flows.
    """

    streams: Flags
    trip: Floats
    spread: Floats
    timeout: Floats
    started: Ints
    first: Ints


class Waits(NamedTuple):
    """What the caller of each flow waits for, (m,): mean and variance in s and s², timeout in s (inf = none)."""

    mean: Floats
    variance: Floats
    timeout: Floats


def callers_of(flows: Flows, network: Floats, journeys: Journeys) -> Callers:
    """Return who waits at the flows of a drawing."""
    trip, timeout = filled(network), flows.column("timeout_ms") / 1000.0
    limited = (flows.interaction == REQUEST) & (timeout > 0)
    started = np.flatnonzero(journeys.first_flow >= 0)
    return Callers(
        flows.column("streams") > 0,
        trip,
        (NETWORK_CV * trip) ** 2,
        np.where(limited, timeout, np.inf),
        started,
        journeys.first_flow[started],
    )


def waits_of(flows: Flows, callers: Callers, reply: Reply) -> Waits:
    """Return the waits of all flows: to the first token where the answer streams, else to the last byte.

    A flow that starts a journey waits as its own journey does, another one as the slowest journey that may use it.
    """
    streams, started, first = callers.streams, callers.started, callers.first
    mean = np.where(streams, reply.node_first_mean[flows.target], reply.node_mean[flows.target]) + callers.trip
    spread = np.where(streams, reply.node_first_variance[flows.target], reply.node_variance[flows.target])
    spread = spread + callers.spread
    mean[first] = np.where(streams[first], reply.first_mean[started], reply.last_mean[started])
    spread[first] = np.where(streams[first], reply.first_variance[started], reply.last_variance[started])
    return Waits(mean, spread, callers.timeout)


def late_share(waits: Waits, rate: Floats) -> Floats:
    """Return (m,) P(T > timeout) of the flows that carry something; 1 where the target is saturated."""
    share = np.zeros(len(waits.mean))
    with np.errstate(invalid="ignore"):
        near = waits.timeout < waits.mean + FAR_SPREADS * np.sqrt(waits.variance)
    rows = np.flatnonzero(np.isfinite(waits.timeout) & (near | np.isinf(waits.mean)) & (filled(rate) > 0))
    if len(rows):
        late = gamma_exceeds(waits.mean[rows], waits.variance[rows], waits.timeout[rows])
        share[rows] = filled(late)
    return np.where(share > NEGLIGIBLE, share, 0.0)


def unfit_defaults(flows: Flows, candidates: Ints, unloaded: Callable[[], Waits]) -> Ints:
    """Return those of the flows whose timeout nobody stated and which could not meet the default without any load."""
    assumed = [row for row in candidates.tolist() if flows.elements[row].params.get("timeout_ms") is None]
    if not assumed:
        return np.zeros(0, dtype=np.int64)
    waits, rows = unloaded(), np.array(assumed)
    late = gamma_exceeds(waits.mean[rows], waits.variance[rows], waits.timeout[rows])
    return np.asarray(rows[filled(late) > FITS], dtype=np.int64)


def with_retries(pipeline: Pipeline, case: Case, first: Traffic) -> Traffic:
    """Return the traffic at which load and timeouts agree, from no failures on; `first` if nothing comes late.

    The means over the day stay those of the first attempts: answers come late at the peak, and the bill is of the day.
    """
    late = _late_by_load(pipeline, first)
    share = late(first)
    if not share.any():
        return first
    if _slack_taken(pipeline, first, pipeline.again(share).journeys).max(initial=0.0) < UNFELT:
        return first._replace(late=share)
    settled = _settle(pipeline, case, share, late)
    daily = first.demand
    demand = settled.demand._replace(node_mean=daily.node_mean, flow_mean=daily.flow_mean)
    return settled._replace(demand=demand)


def _slack_taken(pipeline: Pipeline, first: Traffic, again: Journeys) -> Floats:
    """Return (n,) Δρ/(1 − ρ): how far the attempts of `again` eat what is free, which is how the wait grows."""
    before, after = pipeline.journeys.visits.sum(axis=0), again.visits.sum(axis=0)
    used = filled(first.load.node_utilization)
    with np.errstate(invalid="ignore", divide="ignore"):
        more = np.where(before > 0, after / before - 1.0, 0.0)
        return filled(np.where(used < 1.0, used * more / (1.0 - used), more))


def _settle(pipeline: Pipeline, case: Case, start: Floats, late: Callable[[Traffic], Floats]) -> Traffic:
    """Return the traffic at which both agree, from late shares (m,) on; at most `PASSES` rounds."""
    share = start
    for _ in range(PASSES):
        traffic = pipeline.again(share).first_attempts(case)
        before, share = share, late(traffic)
        if np.abs(share - before).max(initial=0.0) <= NEGLIGIBLE:
            break
    return traffic._replace(late=share)


def _late_by_load(pipeline: Pipeline, first: Traffic) -> Callable[[Traffic], Floats]:
    """Return the function from traffic to late shares; default timeouts that do not fit a call are left out."""
    nodes, flows, callers = pipeline.nodes, pipeline.flows, pipeline.callers()
    rate = first.demand.flow_peak

    def unloaded() -> Waits:
        own = pipeline.stages.run("own times", (first.calm, first.work), lambda: _without_waits(nodes, first))
        inputs = (own, callers, pipeline.routes())
        return pipeline.stages.run("unloaded", inputs, lambda: _unloaded(pipeline, first.calm, own))

    every = late_share(waits_of(flows, callers, first.reply), rate)
    unfit = unfit_defaults(flows, np.flatnonzero(every > FITS), unloaded)

    every[unfit] = 0.0

    def late(traffic: Traffic) -> Floats:
        if traffic is first:
            return every
        waits = waits_of(flows, callers, traffic.reply)
        timeout = waits.timeout.copy()
        timeout[unfit] = np.inf
        return late_share(waits._replace(timeout=timeout), rate)

    return late


def _without_waits(nodes: Nodes, traffic: Traffic) -> tuple[Floats, Floats, Floats]:
    """Return the times of the work alone, (n,) s: to the last byte, to the first token, and their scv.

    They stay the same to the bit while only replicas change, so that nothing that rests on them is solved again.
    """
    load, work = traffic.calm, traffic.work
    time = work.time[nodes.row_node]
    served = np.zeros(len(time), dtype=bool)
    served[list(load.points)] = True
    queued = (load.wait != 0.0) & ~served

    def own(times: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            alone = np.where(queued, time, times - load.wait)
        return filled(busiest(nodes, np.where(np.isfinite(alone), alone, time)))

    return own(load.response), own(load.first), filled(work.scv, 1.0)


def _unloaded(pipeline: Pipeline, load: Load, own: tuple[Floats, Floats, Floats]) -> Waits:
    """Return the waits of all flows when nothing queues."""
    response, first, scv = own
    alone = load._replace(
        node_response=response,
        node_variance=scv * response**2,
        node_first=first,
        node_first_variance=scv * first**2,
    )
    return waits_of(pipeline.flows, pipeline.callers(), solve_latency(alone, pipeline.routes()))


class Storm(NamedTuple):
    """The state that a retry storm would hold: (m,) late shares and requests/s, and the flows whose states differ."""

    late: Floats
    rate: Floats
    apart: Ints


def storm_of(pipeline: Pipeline, case: Case, calm: Traffic) -> Storm | None:
    """Return the fixed point from all attempts failing, if it is another one than the calm; None if it is the same.

    Where the retries of everything fill nothing beyond 80 % no storm keeps itself alive, and it is not solved.
    """
    flows = pipeline.flows
    retries = filled(flows.column("retries"))
    limited = (flows.interaction == REQUEST) & (flows.column("timeout_ms") > 0) & (retries > 0)
    if not limited.any() or (filled(calm.load.node_utilization) >= 1.0).any():
        return None
    all_late = limited.astype(float)
    used = filled(calm.load.node_utilization)
    inputs = (pipeline.nodes.groups["demand"], pipeline.nodes.station, flows, pipeline.order)
    worst = pipeline.stages.run("all late", inputs, lambda: pipeline.again(all_late).journeys)
    if not (used + (1.0 - used) * _slack_taken(pipeline, calm, worst) > BUSY).any():
        return None
    late = _late_by_load(pipeline, pipeline.first_attempts(case))
    held = _settle(pipeline, case, all_late, late)
    rate = held.demand.flow_peak
    apart = np.flatnonzero((filled(rate) > 0) & limited & (held.late - calm.late > APART))
    return Storm(held.late, rate, apart.astype(np.int64)) if len(apart) else None
