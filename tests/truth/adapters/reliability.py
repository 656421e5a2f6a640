"""Truth adapters: reliability."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from models.analyses import availability, criticality, network_reliability, structure


def _first(inputs: dict[str, Any], *names: str, default: Any = None) -> Any:
    return next((inputs[name] for name in names if inputs.get(name) is not None), default)


def _parts(inputs: dict[str, Any]) -> list[float]:
    given = _first(inputs, "availability", "availabilities", "components")
    if given is None and "mtbf" in inputs:
        given = availability.from_repair(inputs["mtbf"], inputs["mttr"]).tolist()
    values = list(given.values()) if isinstance(given, dict) else given
    values = [values] if isinstance(values, int | float) else list(values)
    count = _first(inputs, "n", "count", "replicas")
    return values * int(count) if count and len(values) == 1 else values


def _answer(value: Any) -> dict[str, Any]:
    up = float(value)
    down = availability.downtime(up)
    return {
        "availability": up,
        "reliability": up,
        "unavailability": 1.0 - up,
        "downtime_hours_per_year": float(down.hours_per_year),
        "per_year_h": float(down.hours_per_year),
        "per_week_min": float(down.minutes_per_week),
    }


def series(inputs: dict[str, Any]) -> dict[str, Any]:
    """All parts needed."""
    return _answer(availability.series(_parts(inputs)))


def parallel(inputs: dict[str, Any]) -> dict[str, Any]:
    """One part needed."""
    return _answer(availability.parallel(_parts(inputs)))


def k_of_n(inputs: dict[str, Any]) -> dict[str, Any]:
    """At least k parts needed; equal or not."""
    return _answer(availability.k_of_n(_parts(inputs), int(inputs["k"])))


def availability_structure(inputs: dict[str, Any]) -> dict[str, Any]:
    """A structure over named components."""
    parts = {
        name: value if isinstance(value, int | float) else float(availability.from_repair(value["mtbf"], value["mttr"]))
        for name, value in inputs["components"].items()
    }
    parsed = structure.parse(_first(inputs, "structure", "expression", "formula"))
    rows = criticality.importance(parsed, parts)
    birnbaum = {row.component: row.birnbaum for row in rows}
    result = _answer(structure.evaluate(parsed, parts).availability)
    return {**result, "birnbaum": birnbaum, "importance": birnbaum, "birnbaum_importance": birnbaum}


def network_reliability_edges(inputs: dict[str, Any]) -> dict[str, Any]:
    """Two-terminal, k-terminal or all-terminal reliability, links and perhaps nodes failing."""
    edges = inputs["edges"]
    chances = _first(inputs, "edge_availability", "edge_reliability", "availability")
    chances = [chances] * len(edges) if isinstance(chances, int | float) else chances
    links = [network_reliability.Link(edge[0], edge[1], chance) for edge, chance in zip(edges, chances, strict=True)]
    every = list(dict.fromkeys(node for edge in edges for node in edge[:2]))
    terminals = _first(inputs, "terminals", default=None)
    if terminals is None and "source" in inputs:
        terminals = [inputs["source"], _first(inputs, "target", "sink")]
    if terminals is None or terminals == "all":
        terminals = every
    nodes = _first(inputs, "node_availability", "node_reliability")
    if isinstance(nodes, int | float):
        nodes = dict.fromkeys(every, float(nodes))
    elif isinstance(nodes, list):
        names = _first(inputs, "nodes", default=None)
        nodes = dict(zip(names if isinstance(names, list) else sorted(every), nodes, strict=True))
    elif isinstance(nodes, dict):
        nodes = {node: nodes.get(node, nodes.get(str(node), 1.0)) for node in every}
    perfect = inputs.get("nodes_perfect", nodes is None)
    value = network_reliability.connection_probability(
        links, terminals, bool(inputs.get("directed", False)), None if perfect else nodes
    )
    return _answer(value)


def downtime(inputs: dict[str, Any]) -> dict[str, Any]:
    """Downtime over a year of 365 days, a month of 730 h, a week and a day."""
    given = np.asarray(_first(inputs, "availability", "availabilities"), float)
    result = availability.downtime(given)
    year = np.asarray(result.hours_per_year)
    table = {
        "per_year_h": year,
        "per_year_min": year * 60.0,
        "per_year_d": year / 24.0,
        "per_year_s": year * 3600.0,
        "per_quarter_min": year * 15.0,
        "per_month_h": result.hours_per_month,
        "per_month_min": result.minutes_per_month,
        "per_month_s": np.asarray(result.minutes_per_month) * 60.0,
        "per_week_min": result.minutes_per_week,
        "per_week_h": np.asarray(result.minutes_per_week) / 60.0,
        "per_week_s": np.asarray(result.minutes_per_week) * 60.0,
        "per_day_min": year * 60.0 / 365.0,
        "per_day_s": year * 3600.0 / 365.0,
    }
    return {key: np.asarray(value).tolist() for key, value in table.items()}


def spof(inputs: dict[str, Any]) -> dict[str, Any]:
    """Dominators of a flow, and what the undirected drawing would say."""
    flows = [(edge[0], edge[1]) for edge in _first(inputs, "directed_edges", "edges", "flows")]
    between = criticality.single_points_of_failure(flows, inputs["source"], _first(inputs, "target", "sink"))
    points = sorted(criticality.articulation_points(flows), key=str)
    ordered = sorted(between, key=str)
    return {
        "dominators_between": ordered,
        "dominators": ordered,
        "single_points_of_failure": ordered,
        "spof": ordered,
        "undirected_articulation_points": points,
        "articulation_points": points,
        "count": len(ordered),
    }


ADAPTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "availability_series": series,
    "availability_parallel": parallel,
    "availability_structure": availability_structure,
    "k_of_n": k_of_n,
    "network_reliability_edges": network_reliability_edges,
    "downtime": downtime,
    "spof": spof,
}
