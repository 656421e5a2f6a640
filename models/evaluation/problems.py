"""What an evaluation cannot compute or what cannot hold, as findings: every one names its elements and a way out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from models.evaluation.columns import filled, sum_by
from models.evaluation.load import busiest
from models.report import Finding, Message, Remedy
from models.words import Number, joined, quoted

if TYPE_CHECKING:
    from models.evaluation.result import Evaluation

MOST_NAMED = 5
ROUGH_SCV = 4.0
FELT = 0.1
LATE = 0.001
VARIED_WORK = Message(
    "The time of its calls varies more (c² above 4) than the formula was made for, so that the wait may be off by a "
    "fifth and more. The check by simulation in the scaling panel tells."
)
BURSTS = Message(
    "Its requests come in bursts (c² above 4) and the formula expects independent ones, so that the wait may be off by "
    "a fifth and more. The check by simulation in the scaling panel tells."
)
TOGETHER = Message(
    "Messages reach it several at once and the formula expects them one by one, so that the wait is up to a fifth too "
    "short. The check by simulation in the scaling panel tells."
)


def find_problems(evaluation: Evaluation) -> tuple[Finding, ...]:
    """Return the problems of an evaluation, errors first."""
    found = [
        *_bad_values(evaluation),
        *_loops(evaluation),
        *_saturation(evaluation),
        *_not_computable(evaluation),
        *_unpriced(evaluation),
        *_no_demand(evaluation),
        *_rough_waits(evaluation),
        *_late_answers(evaluation),
        *_storm(evaluation),
    ]
    order = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda finding: order[finding.severity]))


def _bad_values(evaluation: Evaluation) -> Iterator[Finding]:
    table = evaluation.pipeline.facts
    for row in table.wrong:
        key, facts = table.keys[row], table.facts[row]
        for sentence in facts.wrong:
            name = getattr(facts.element, "name", "") or key
            title = Message("“{name}” has a value that cannot be", {"name": name})
            yield Finding("value", "error", title, Message("{sentence}", {"sentence": sentence}), (key,))


def _loops(evaluation: Evaluation) -> Iterator[Finding]:
    nodes = evaluation.pipeline.nodes
    for members, gain in evaluation.pipeline.journeys.loops:
        names = " → ".join(nodes.elements[row].name for row in members)
        why = Message(
            "Each request that enters it causes {gain} more of itself, so traffic has no limit. Lower the calls or the "
            "probability of one of its flows until the product is below 1.",
            {"gain": Number(f"{gain:.3g}")},
        )
        title = Message("The loop {names} multiplies its own traffic", {"names": names})
        yield Finding("amplifying_loop", "error", title, why, tuple(nodes.ids[row] for row in members))


def _saturation(evaluation: Evaluation) -> Iterator[Finding]:
    nodes, load = evaluation.pipeline.nodes, evaluation.traffic.load
    for row in np.flatnonzero(filled(load.node_utilization) >= 1.0):
        used = float(load.node_utilization[row])
        why = Message(
            "At the peak hour of month {month} it would be {used} used; what arrives beyond 100 % waits or is refused. "
            "Add replicas or capacity, or lower its work per call.",
            {"month": evaluation.month, "used": Number(f"{used:.0%}")},
        )
        title = Message("“{name}” cannot carry its load", {"name": nodes.elements[row].name})
        yield Finding("saturated", "error", title, why, (nodes.ids[row],), (f"node/{nodes.ids[row]}/utilization",))
    slots = filled(evaluation.traffic.slots)
    for row in np.flatnonzero((slots >= 1.0) & ~(filled(load.node_utilization) >= 1.0)):
        why = Message(
            "Its requests hold a slot until the last byte of what they wait for; at the peak hour of month {month} "
            "they need {used} of the slots. Add replicas or slots, or stop waiting for the slowest call.",
            {"month": evaluation.month, "used": Number(f"{slots[row]:.0%}")},
        )
        title = Message("“{name}” runs out of slots", {"name": nodes.elements[row].name})
        evidence = (f"node/{nodes.ids[row]}/slots_utilization",)
        yield Finding("slots_full", "error", title, why, (nodes.ids[row],), evidence)


def _not_computable(evaluation: Evaluation) -> Iterator[Finding]:
    nodes = evaluation.pipeline.nodes
    for site, point in evaluation.traffic.load.points.items():
        if not point.fits:
            row = int(nodes.row_node[site])
            title = Message("“{name}” cannot serve its model as drawn", {"name": nodes.elements[row].name})
            yield Finding("llm_refused", "error", title, Message("{why}", {"why": point.reason}), (nodes.ids[row],))


def _unpriced(evaluation: Evaluation) -> Iterator[Finding]:
    reasons: dict[str, list[str]] = {}
    for line in evaluation.unpriced():
        reasons.setdefault(line.reason, []).append(line.element)
    for reason, elements in reasons.items():
        title = Message("{number} without a known price: {what}", {"number": len(elements), "what": reason.rstrip(".")})
        why = Message(
            "{reason} The total is a lower bound until you set an own price in the inspector or lay a price list over "
            "the catalog.",
            {"reason": reason},
        )
        yield Finding("unpriced", "note", title, why, tuple(dict.fromkeys(elements)))


def _no_demand(evaluation: Evaluation) -> Iterator[Finding]:
    if evaluation.node_ids and not len(evaluation.pipeline.journeys.first_flow):
        why = Message("Add a users node, set its peak rate and draw a flow from it to what it calls.")
        yield Finding("no_demand", "note", Message("No demand is drawn: every rate is zero"), why)


def _rough_waits(evaluation: Evaluation) -> Iterator[Finding]:
    """Name the queues whose waits rest on arrivals or work beyond what the formulas were made for (Whitt 1983)."""
    nodes, load, streams = evaluation.pipeline.nodes, evaluation.traffic.load, evaluation.pipeline.streams
    waits = busiest(nodes, load.wait)
    with np.errstate(invalid="ignore"):
        felt = np.isfinite(waits) & (waits > FELT * load.node_response)
    together = sum_by(streams.order.target, filled(evaluation.traffic.demand.flow_peak) * streams.batch, len(felt))
    causes = (
        (filled(evaluation.traffic.work.scv) > ROUGH_SCV, VARIED_WORK),
        (load.node_arrival_scv > ROUGH_SCV, BURSTS),
        (together > FELT * filled(evaluation.traffic.demand.node_peak), TOGETHER),
    )
    for holds, why in causes:
        rows = np.flatnonzero(felt & holds)
        if not len(rows):
            continue
        names = joined(quoted(nodes.elements[row].name) for row in rows[:MOST_NAMED])
        title = Message("The wait at {names} is a rough guide", {"names": names})
        evidence = tuple(f"node/{nodes.ids[row]}/arrival_scv" for row in rows[:MOST_NAMED])
        yield Finding("rough_wait", "note", title, why, tuple(nodes.ids[row] for row in rows), evidence)


def _late_answers(evaluation: Evaluation) -> Iterator[Finding]:
    """Name the flows on which more than 1 in 1,000 attempts time out while their target is not even full."""
    flows, nodes, late = evaluation.pipeline.flows, evaluation.pipeline.nodes, evaluation.traffic.late
    for row in np.flatnonzero((late > LATE) & np.isfinite(evaluation.traffic.reply.node_mean[flows.target])):
        names = {"from": nodes.elements[flows.source[row]].name, "to": nodes.elements[flows.target[row]].name}
        words = {
            **names,
            "late": Number(f"{late[row]:.2g}" if late[row] < 0.01 else f"{late[row]:.0%}"),
            "timeout": Number(f"{flows.column('timeout_ms')[row]:g}"),
            "retries": Number(f"{filled(flows.column('retries'))[row]:g}"),
        }
        title = Message("Calls from “{from}” to “{to}” time out", words)
        why = Message(
            "At the peak hour {late} of the attempts wait longer than {timeout} ms; each is tried up to "
            "{retries} times again, which is in the load shown. Raise the timeout above the p99 of the answer, or make "
            "it faster.",
            words,
        )
        yield Finding("late_answers", "warning", title, why, (flows.ids[row],), (f"flow/{flows.ids[row]}/late_share",))


def _storm(evaluation: Evaluation) -> Iterator[Finding]:
    storm = evaluation.storm
    if storm is None:
        return
    flows, nodes, calm = evaluation.pipeline.flows, evaluation.pipeline.nodes, evaluation.traffic
    row = int(storm.apart[np.argmax(storm.rate[storm.apart] - calm.demand.flow_peak[storm.apart])])
    words = {
        "from": nodes.elements[flows.source[row]].name,
        "to": nodes.elements[flows.target[row]].name,
        "calm": Number(f"{calm.demand.flow_peak[row]:.3g}"),
        "calm_late": Number(f"{calm.late[row]:.2g}"),
        "storm": Number(f"{storm.rate[row]:.3g}"),
        "storm_late": Number(f"{storm.late[row]:.0%}"),
        "number": len(storm.apart),
    }
    title = Message("Metastable: a retry storm is possible from “{from}” to “{to}”", words)
    why = Message(
        "Two states hold at the same demand. Calm: {calm} requests/s and {calm_late} of the attempts late. After a "
        "disturbance: {storm} requests/s and {storm_late} late, kept alive by the retries of {number} flows. Allow "
        "fewer retries or a smaller retry budget, or add room for all retries (Bronson et al. 2021).",
        words,
    )
    keys = tuple(flows.ids[one] for one in storm.apart.tolist())
    label = Message("Retry once in twenty calls at most")
    remedy = Remedy("set_flow_parameter", {"flow": flows.ids[row], "name": "retry_budget", "value": 0.05}, label)
    if filled(flows.column("retry_budget")[row], 1.0) <= 0.05:
        no_more = Message("Retry no more")
        remedy = Remedy("set_flow_parameter", {"flow": flows.ids[row], "name": "retries", "value": 0}, no_more)
    yield Finding("retry_storm", "warning", title, why, keys, (f"flow/{flows.ids[row]}/late_share",), remedy)
