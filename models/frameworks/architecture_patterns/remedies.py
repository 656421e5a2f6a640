"""What cures a hit: the edits of the rules whose remedy is more than one parameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from models.design.elements import Id
from models.design.kinds import value_of
from models.evaluation.columns import Floats, filled
from models.evaluation.demand import DAYS_PER_MONTH, SECONDS_PER_DAY
from models.frameworks.architecture_patterns.reading import Reading
from models.moves.datasets import check_id, served_id
from models.moves.re_place import accelerator_need
from models.moves.regions import nearest_region
from models.report import Message, Remedy

KIB_PER_GIB = 2.0**20
COST = "total/cost_per_month"


def state_contracts(reading: Reading, flows: Iterable[int], owned: bool = True) -> Remedy:
    """Return the remedy that gives flows a first contract version, owned by the team of their end that offers it.

    A request is offered by who answers it, everything else by who sends it.
    """
    params: dict[Id, dict[str, Any]] = {}
    names: dict[int, str] = {}
    for flow in flows:
        held = reading.flow(flow).params
        wanted: dict[str, Any] = {} if held.get("contract_version") else {"contract_version": "1"}
        offering = reading.target if reading.request[flow] else reading.source
        team = int(reading.context[offering[flow]])
        if owned and team >= 0 and not held.get("contract_owner"):
            if team not in names:
                names[team] = reading.context_name(team)
            wanted["contract_owner"] = names[team]
        params[reading.flows.ids[flow]] = wanted
    return Remedy("change_flows", {"params": params}, Message("State version 1 and its owner on each", {}))


def give_owner(reading: Reading, nodes: Iterable[int]) -> Remedy | None:
    """Return the remedy that gives nodes to the team that they have most flows with; None where they have none."""
    teams: dict[Id, Id] = {}
    names: dict[Id, str] = {}
    for row in nodes:
        others = np.concatenate([reading.target[reading.source == row], reading.source[reading.target == row]])
        owners = reading.context[others]
        owners = owners[owners >= 0]
        if len(owners):
            most = int(np.bincount(owners).argmax())
            first = int(np.flatnonzero(reading.context == most)[0])
            teams[reading.nodes.ids[row]] = str(reading.node(first).context)
            names[teams[reading.nodes.ids[row]]] = reading.context_name(most)
    if not teams:
        return None
    label = Message("Give them to {teams}, who work with them most", {"teams": ", ".join(names.values())})
    return Remedy("give_to_team", {"nodes": teams}, label)


def keep_for(reading: Reading, row: int, growth: float, months: int, size: float) -> Remedy:
    """Return the remedy that keeps of a store what it holds today: days of arrivals that amount to its size."""
    key = reading.nodes.ids[row]
    days = max(int(np.ceil(size / growth * DAYS_PER_MONTH)), 1)
    label = Message("Keep {days} days, as much as today", {"days": days})
    arguments = {"node": key, "name": "retention_days", "value": days}
    return Remedy("set_parameter", arguments, label, (f"node/{key}/cost_per_month",), months)


def spread(reading: Reading, narrow: Iterable[int]) -> Remedy | None:
    """Return the remedy that takes nodes out of their one zone: to its region, else a standby in a second region."""
    design, catalog = reading.evaluation.design, reading.evaluation.catalog
    nodes: dict[Id, Id] = {}
    zones: dict[Id, int] = {}
    standby: dict[Id, dict[str, str]] = {}
    for row in narrow:
        key, node = reading.nodes.ids[row], reading.node(row)
        boundary = node.sites[0].boundary
        found = catalog.region_table.get(reading.main_places[row])
        if boundary is None or found is None:
            continue
        chain = dict(design.ancestors(boundary))
        region = next((name for name, one in chain.items() if one.kind == "region"), None)
        if region is None:
            continue
        if boundary != region and design.boundaries[boundary].kind == "zone":
            nodes[key] = region
        elif boundary != region:
            continue
        if (value_of(design.boundaries[region], "zones") or 1) > 1:
            continue
        if (found.zones or 1) > 1:
            zones[region] = int(found.zones or 1)
        elif second := _second_region(reading, row):
            nodes.pop(key, None)
            standby[key] = second
    if not nodes and not zones and not standby:
        return None
    label = Message("Spread over the zones of the region")
    if standby:
        label = Message("Let as many stand by in {region}", {"region": next(iter(standby.values()))["name"]})
    figures = tuple(f"node/{key}/availability" for key in list(standby)[:1])
    args: Mapping[str, Any] = {"nodes": nodes, "zones": zones, "standby": standby}
    return Remedy("spread", args, label, ("total/availability", *figures, COST))


def _second_region(reading: Reading, row: int) -> dict[str, str] | None:
    """Return the nearest other region of the same provider that the brief allows and that sells the machine."""
    catalog, (provider, here) = reading.evaluation.catalog, reading.main_places[row]
    region = catalog.region_table[provider, here]
    need = accelerator_need(reading.node(row), catalog)
    residency = str(value_of(reading.evaluation.design.brief, "residency") or "none")
    origin = (region.latitude, region.longitude)
    found = nearest_region(catalog, provider, origin, residency, () if need is None else (need,), (here,))
    if found is None or found.id == here:
        return None
    return {"region": found.id, "name": f"{found.name} ({found.id})"}


def keep_as_served(reading: Reading, made: np.ndarray, jobs: np.ndarray) -> Remedy | None:
    """Return the remedy that sends the served features to training by batch: as large as what readers are given."""
    read = np.flatnonzero(made[reading.target] & reading.waited & ~reading.writes)
    if not len(read):
        return None
    volume = _answers(reading, read)
    busiest = int(reading.target[read[int(volume.argmax())]])
    gib = float(volume[reading.target[read] == busiest].sum()) * SECONDS_PER_DAY / KIB_PER_GIB
    source, target = reading.nodes.ids[busiest], reading.nodes.ids[int(np.flatnonzero(jobs)[0])]
    label = Message("Train on what “{name}” served", {"name": reading.name(busiest)})
    args = {"source": source, "target": target, "gib_per_day": round(gib, 3)}
    return Remedy("keep_served_features", args, label, (f"flow/{served_id(source)}/bytes_per_s", COST))


def _answers(reading: Reading, flows: np.ndarray) -> Floats:
    """Return KiB/s of the answers of flows over the day."""
    return np.asarray(reading.flow_mean[flows] * filled(reading.flows.column("response_kib")[flows]))


def check_before(reading: Reading, flows: Iterable[int]) -> Remedy:
    """Return the remedy that puts a check of schema, ranges and missing values into flows."""
    chosen = list(flows)
    reader = reading.nodes.ids[int(reading.target[chosen[0]])]
    label = Message("Put a check before “{name}”", {"name": reading.name(int(reading.target[chosen[0]]))})
    figures = (f"node/{check_id(reader)}/cost_per_month", COST)
    return Remedy("check_before", {"flows": list(reading.flow_ids(chosen))}, label, figures)


def read_from_log(reading: Reading, store: int, sent: np.ndarray, changes: np.ndarray) -> Remedy | None:
    """Return the remedy that reads events from the log of the store, as many as the service sends now."""
    into = float(reading.flow_mean[changes & (reading.target == store)].sum())
    every = float(reading.mean_rate[store])
    if into <= 0 or every <= 0:
        return None
    calls = {reading.flows.ids[flow]: float(reading.flow_mean[flow]) / every for flow in sent}
    label = Message("Read it from the log of “{name}”", {"name": reading.name(store)})
    figures = tuple(f"flow/{key}/rate" for key in list(calls)[:1])
    return Remedy("read_from_log", {"store": reading.nodes.ids[store], "flows": calls}, label, figures)


def _time_of(reading: Reading, row: int) -> float:
    """Return the milliseconds of work of one call of a flow: its own, else those of its operation at the target."""
    node, flow = int(reading.target[row]), reading.flow(row)
    name = "write_time_ms" if reading.writes[row] else "read_time_ms"
    for held in (value_of(flow, "service_time_ms"), reading.value(node, name), reading.value(node, "service_time_ms")):
        if held is not None:
            return float(held)
    return 0.0


def call_once(reading: Reading, row: int) -> Remedy:
    """Return the remedy that asks for all items of a flow in one call."""
    flow, key = reading.flow(row), reading.flows.ids[row]
    calls = float(value_of(flow, "calls") or 1.0)
    params: dict[str, Any] = {"calls": 1.0}
    for name in ("request_kib", "response_kib"):
        params[name] = float(value_of(flow, name) or 0.0) * calls
    params["items"] = float(value_of(flow, "items") or 1.0) * calls
    params["service_time_ms"] = _time_of(reading, row) * calls
    label = Message("Ask for all in one call")
    figures = (f"flow/{key}/rate", f"flow/{key}/cost_per_month", "total/last_p95_s")
    return Remedy("change_flows", {"params": {key: params}}, label, figures)
