"""The derivation of the variability of arrivals: what each stream brings, and how much the others smooth it."""

from __future__ import annotations

import numpy as np

from models.analyses.network_variability import departure_scv, superposition_weight
from models.evaluation.load import queue_servers
from models.evaluation.result import Evaluation
from models.evaluation.variability import external_rate, node_stations
from models.explain.expression import Expression, Term, build
from models.report import Figure
from models.words import Text, joined

QNA = "Whitt 1983, The Queueing Network Analyzer, eqs 24–45"


def explain_arrival_scv(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    """Return c_a² = (1 − w) · 1 + Σ w·pᵢ · cᵢ² over the streams i that arrive at a node."""
    pipeline, traffic = evaluation.pipeline, evaluation.traffic
    nodes, streams, load = pipeline.nodes, pipeline.streams, traffic.load
    source, target = pipeline.flows.source, pipeline.flows.target
    shares = traffic.shares
    rho, servers = node_stations(nodes, load.utilization, queue_servers(nodes, load.replicas), shares)
    rates = np.nan_to_num(traffic.demand.flow_peak)
    into = np.flatnonzero((target == row) & (rates > 0))
    outside = float(external_rate(streams.order, traffic.demand.flow_peak, traffic.demand.node_peak)[row])
    total = outside + float(rates[into].sum())
    if total <= 0:
        return build(figure, "c_a²", "value", [Term(Text("nothing arrives"), None, "×", "computed")], QNA)
    part = rates[into] / total
    w = superposition_weight(part, outside / total, float(rho[row]), streams.origins[into])
    leaving = departure_scv(load.node_arrival_scv, rho, servers, traffic.work.scv)
    own = streams.routing[into] * leaving[source[into]] + 1.0 - streams.routing[into] + streams.batch[into]
    terms = [
        Term(
            Text("smoothed by the mix of streams, 1 − w"),
            1.0 - w,
            "fraction",
            "computed",
            "",
            _detail(w, float(rho[row])),
        ),
        Term(Text("as independent arrivals"), 1.0, "×", "computed"),
    ]
    for flow, share, value in zip(into.tolist(), part.tolist(), own.tolist(), strict=True):
        name, key = nodes.elements[source[flow]].name, nodes.ids[source[flow]]
        terms.append(
            Term(
                Text("weight of “{name}”", name=name),
                w * share,
                "fraction",
                "computed",
                "",
                Text("w × share of the arrivals"),
            )
        )
        detail = Text(
            "departures {leaving:.3g}, followed by {routing:.3g}",
            leaving=leaving[source[flow]],
            routing=streams.routing[flow],
        )
        if streams.batch[flow] > 0:
            detail = joined((detail, Text("sent together + {batch:.3g}", batch=streams.batch[flow])))
        terms.append(Term(Text("c² of that stream"), value, "×", "computed", f"node/{key}/arrival_scv", detail))
    if outside > 0:
        terms.append(Term(Text("weight of its own requests"), w * outside / total, "fraction", "computed"))
        origin = f"{nodes.ids[row]}#arrival_scv"
        terms.append(Term(Text("c² between them"), float(streams.external_scv[row]), "×", "input", origin))
    return build(figure, "c_a² = (1 − w) + Σ w·pᵢ·cᵢ²", "sum_of_products", terms, QNA)


def _detail(weight: float, rho: float) -> str:
    return Text("w = {weight:.3g} at {rho:.0%} utilization", weight=weight, rho=rho)
