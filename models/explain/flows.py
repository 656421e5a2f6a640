"""The derivations of flows and journeys."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.design.elements import Id
from models.evaluation.demand import attempts
from models.evaluation.figures import FLOW_FIGURES, JOURNEY_FIGURES, journey_number
from models.evaluation.latency import copy_times
from models.evaluation.result import Evaluation
from models.evaluation.retries import waits_of
from models.explain.expression import Expression, Term, build
from models.formatting import format_quantity
from models.report import Figure
from models.words import Text, joined, quoted

BATCHING = Text("Apache Kafka producer: batch.size, linger.ms; Poisson arrivals")


def _rate(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    pipeline, demand = evaluation.pipeline, evaluation.traffic.demand
    flows, nodes = pipeline.flows, pipeline.nodes
    hour = int(np.argmax(demand.flow_hour[:, row]))
    gain = float(pipeline.journeys.gain[row])
    source = nodes.ids[flows.source[row]]
    if evaluation.traffic.late[row] > 0:
        gain *= float(attempts(flows, evaluation.traffic.late)[row] / attempts(flows)[row])
    rate = float(demand.flow_hour[hour, row]) / gain if gain > 0 else 0.0
    detail = _gain_detail(evaluation, row)
    terms = [
        Term(
            Text("requests at “{name}”", name=nodes.elements[flows.source[row]].name),
            rate,
            "1/s",
            "figure",
            f"node/{source}/arrival_rate",
        ),
        Term(Text("calls per request"), gain, "×", "computed", f"{flows.ids[row]}#calls", detail),
    ]
    return build(figure, Text("λ(source) · calls · probability"), "product", terms, "Jackson 1957")


def _gain_detail(evaluation: Evaluation, row: int) -> str:
    nodes, flows = evaluation.pipeline.nodes, evaluation.pipeline.flows
    rejected = float(np.nan_to_num(nodes.column("demand", "reject_rate")[flows.source[row]]))
    words = Text("calls × probability, cache hits taken off, retries added")
    if rejected <= 0:
        return words
    if flows.column("carries_rejects")[row] == 1.0:
        return Text("{words}; only the {rejected:.3g} that the gate rejects", words=words, rejected=rejected)
    return Text("{words}; without the {rejected:.3g} that the gate rejects", words=words, rejected=rejected)


def _bytes(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    from models.evaluation.bill import flow_bytes

    forward, backward = flow_bytes(evaluation.pipeline.flows, evaluation.traffic.demand)
    owner = evaluation.flow_ids[row]
    terms = [
        Term(
            Text("with the flow"),
            float(forward[row]),
            "byte/s",
            "computed",
            f"{owner}#request_kib",
            Text("mean rate × request size"),
        ),
        Term(
            Text("against it"),
            float(backward[row]),
            "byte/s",
            "computed",
            f"{owner}#response_kib",
            Text("mean rate × response size"),
        ),
    ]
    return build(figure, Text("rate × payload"), "sum", terms)


def _flow_cost(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    owner = evaluation.flow_ids[row]
    lines = [line for line in evaluation.bill() if line.element == owner]
    terms = [
        Term(
            joined((line.label, joined((format_quantity(line.quantity or 0.0), "GB"), " "))),
            line.usd_per_month or 0.0,
            "USD/month",
            "catalog",
            "",
            line.reason or joined(part for part in (line.source, line.date) if part),
        )
        for line in lines
    ]
    return build(
        figure,
        Text("Σ GB × price per GB"),
        "sum",
        terms or [Term(Text("no priced route"), 0.0, "USD/month", "computed")],
    )


def _trip(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    pipeline, nodes = evaluation.pipeline, evaluation.pipeline.nodes
    links = [node for flow, node in pipeline.flows.via.tolist() if flow == row and figure.value is not None]
    own = np.nan_to_num(nodes.column("service", "service_time_ms"))[links] / 1e3
    copied = 0.0
    if figure.value is not None:
        copied = float(copy_times(evaluation.catalog, nodes, pipeline.flows)[row])
    between = (figure.value or 0.0) - float(own.sum()) - copied
    parts = bool(links) or copied > 0
    terms = [
        Term(
            Text("round trip between the places"),
            between if parts else figure.value,
            "s",
            "catalog",
            "",
            Text("measured pairs, else distance on a fitted curve"),
        )
    ]
    for link, seconds in zip(links, own.tolist(), strict=True):
        words = Text("added by “{name}”", name=nodes.elements[link].name)
        terms.append(Term(words, seconds, "s", "input", f"{nodes.ids[link]}#service_time_ms"))
    if copied > 0:
        target = int(pipeline.flows.target[row])
        words = Text("the copies of “{name}” in other regions are written first", name=nodes.elements[target].name)
        terms.append(Term(words, copied, "s", "catalog", f"{nodes.ids[target]}#region_copies"))
    formula = [Text("mean round trip over the places")]
    formula += [Text("Σ links")] if links else []
    formula += [Text("copies")] if copied > 0 else []
    source = Text("measured matrices; distance fit where a pair is missing")
    return build(figure, joined(formula, " + "), "sum" if parts else "value", terms, source)


def _late(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    pipeline = evaluation.pipeline
    waits = waits_of(pipeline.flows, pipeline.callers(), evaluation.traffic.reply)
    mean, timeout = float(waits.mean[row]), float(waits.timeout[row])
    share = figure.value or 0.0
    source = Text("P(T > timeout), gamma distribution; retries load the target until both agree (Bronson et al. 2021)")
    if not 0.0 < share < 1.0 or not np.isfinite(mean):
        detail = (
            Text("no timeout")
            if np.isinf(timeout)
            else Text("timeout {timeout:.3g} s, mean {mean:.3g} s", timeout=timeout, mean=mean)
        )
        return build(
            figure,
            Text("P(T > timeout)"),
            "value",
            [Term(Text("late"), share, "fraction", "computed", "", detail)],
            source,
        )
    unit, target = "s", pipeline.nodes.ids[pipeline.flows.target[row]]
    terms = [
        Term(Text("mean until the answer, with the network"), mean, unit, "computed", f"node/{target}/response_mean_s"),
        Term(Text("variance"), float(waits.variance[row]), "s²", "computed"),
        Term(Text("timeout"), timeout, unit, "input", f"{pipeline.flows.ids[row]}#timeout_ms"),
    ]
    return build(figure, Text("P(T > timeout)"), "gamma_exceeds", terms, source)


def _batch_wait(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    found, owner = evaluation.batches, evaluation.flow_ids[row]
    oldest, fill = float(found.oldest[row]), float(found.fill[row])
    terms = [
        Term(
            Text("wait of the first message"),
            oldest,
            "s",
            "computed",
            f"{owner}#linger_ms",
            Text("linger, or until it is full"),
        ),
        Term(
            Text("mean over the first"),
            float(found.mean[row]) / oldest if oldest > 0 else 0.0,
            "×",
            "computed",
            f"{owner}#batch_size",
            Text("{fill:.3g} messages in a batch, per replica that sends", fill=fill),
        ),
    ]
    return build(figure, Text("first wait · share"), "product", terms, BATCHING)


def _sends(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    owner = evaluation.flow_ids[row]
    fill = float(evaluation.batches.fill[row])
    terms = [
        Term(
            Text("messages, mean"),
            float(evaluation.traffic.demand.flow_mean[row]),
            "1/s",
            "figure",
            f"flow/{owner}/rate",
        ),
        Term(
            Text("messages in a batch"),
            fill,
            "count",
            "computed",
            f"{owner}#batch_size",
            Text("min(batch, 1 + rate · linger)"),
        ),
    ]
    return build(figure, Text("rate / messages in a batch"), "quotient", terms, BATCHING)


FlowDerivation = Callable[[Evaluation, Figure, int], Expression]
FLOW_DERIVATIONS: dict[str, FlowDerivation] = {
    "rate": _rate,
    "bytes_per_s": _bytes,
    "cost_per_month": _flow_cost,
    "latency_s": _trip,
    "late_share": _late,
    "batch_wait_s": _batch_wait,
    "sends": _sends,
}
assert set(FLOW_DERIVATIONS) == set(FLOW_FIGURES)
_SHARES = {"first_p95_s": 0.95, "p50_s": 0.5, "p95_s": 0.95, "p99_s": 0.99}


def explain_journey(evaluation: Evaluation, figure: Figure, owner: Id, name: str) -> Expression:
    if name not in JOURNEY_FIGURES:
        raise KeyError(name)
    number = journey_number(evaluation, owner)
    reply = evaluation.traffic.reply
    if name == "availability":
        return _path_availability(evaluation, figure, number)
    prefix = "first" if name.startswith("first") else "last"
    mean = float(getattr(reply, f"{prefix}_mean")[number])
    variance = float(getattr(reply, f"{prefix}_variance")[number])
    average = Term(Text("mean"), _known(mean), "s", "figure", f"journey/{owner}/mean_s" if prefix == "last" else "")
    if name == "mean_s":
        return _reply_sum(evaluation, figure, number)
    terms = [
        average,
        Term(Text("variance"), _known(variance), "s²", "computed"),
        Term(Text("share"), _SHARES[name], "fraction", "computed"),
    ]
    return build(
        figure,
        Text("gamma distribution of this mean and variance"),
        "gamma_percentile",
        terms,
        "Whitt 1983, eqs 53–55",
    )


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _awaited(whole: float, known: float) -> float | None:
    """Return what is left of a sum; what floating point leaves over is nothing."""
    rest = whole - known
    return 0.0 if abs(rest) <= 1e-9 * abs(whole) else _known(rest)


def _reply_sum(evaluation: Evaluation, figure: Figure, number: int) -> Expression:
    """Split the mean into the network, the entry's own time and what it waits for."""
    pipeline, reply, load = evaluation.pipeline, evaluation.traffic.reply, evaluation.traffic.load
    entry = int(pipeline.journeys.entry[number])
    trip = float(np.nan_to_num(pipeline.network[pipeline.journeys.first_flow[number]]))
    own = float(load.node_response[entry])
    whole = float(reply.last_mean[number])
    name = pipeline.nodes.elements[entry].name
    terms = [
        Term(
            Text("network to the users"),
            trip,
            "s",
            "figure",
            f"flow/{pipeline.flows.ids[pipeline.journeys.first_flow[number]]}/latency_s",
        ),
        Term(
            Text("own time of “{name}”", name=name),
            own,
            "s",
            "figure",
            f"node/{pipeline.nodes.ids[entry]}/response_mean_s",
        ),
        Term(
            Text("what it waits for"),
            _awaited(whole, trip + own),
            "s",
            "computed",
            "",
            Text("steps in order, equal steps in parallel"),
        ),
    ]
    return build(figure, Text("network + own + awaited"), "sum", terms)


def _path_availability(evaluation: Evaluation, figure: Figure, number: int) -> Expression:
    reliability, pipeline = evaluation.reliability, evaluation.pipeline
    path = np.where(
        pipeline.journeys.component == pipeline.journeys.component[pipeline.journeys.entry[number]],
        reliability.path[pipeline.journeys.row[number]],
        0.0,
    )
    terms = [
        Term(
            quoted(pipeline.nodes.elements[row].name),
            float(1.0 - path[row] * (1.0 - reliability.node[row])),
            "fraction",
            "figure",
            f"node/{pipeline.nodes.ids[row]}/availability",
        )
        for row in np.flatnonzero(path > 0)
    ]
    if figure.value is not None:
        alone = float(np.prod([term.value for term in terms if term.value is not None])) if terms else 1.0
        shared = figure.value / alone if alone > 0.0 else 1.0
        terms.append(Term(Text("shared regions and zones, counted once"), shared, "×", "computed"))
    return build(
        figure,
        Text("Π availability of what a request needs"),
        "product",
        terms,
        Text("series system over shared causes"),
    )
