"""Savings of size: pay for use, fewer replicas, another machine, replicas that follow the day."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.catalog.catalog import Catalog
from models.evaluation.bill import HOURS_PER_MONTH
from models.evaluation.columns import Floats, Ints, filled, is_one_of
from models.evaluation.load import DEFAULT_TARGET, LLM, SERVER
from models.evaluation.load import TRAINING as TRAINING_STATION
from models.frameworks.cost_optimization.fleet import PURCHASES, Fleet, hourly_replicas, of_compute
from models.frameworks.cost_optimization.inputs import number
from models.frameworks.cost_optimization.proposal import Proposal
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import few, percent
from models.report import Message
from models.words import Number, Text, joined, quoted

USED_ENOUGH = 0.9
SLOTS_TARGET = 0.8
FEW_REPLICAS = 3
READY_SOON_S = 240.0
WORTH_A_CHANGE = 0.05
MODEL_TRUSTED = 1.25


def _column(view: View, found: Fleet, name: str) -> Floats:
    return view.evaluation.pipeline.nodes.column("service", name)[found.node]


def _ids(view: View, found: Fleet, chosen: Ints) -> tuple[str, ...]:
    ids = view.evaluation.node_ids
    return tuple(dict.fromkeys(ids[node] for node in found.node[chosen].tolist()))


def _names(view: View, found: Fleet, chosen: Ints) -> str:
    elements = view.evaluation.pipeline.nodes.elements
    return few(list(dict.fromkeys(elements[node].name for node in found.node[chosen].tolist())))


def pay_by_use(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of paying training for hours of use instead of keeping hosts all month."""
    hours = view.evaluation.pipeline.training(view.evaluation.case)[found.node]
    cards = np.maximum(found.accelerators / np.maximum(found.per_host, 1.0), 1.0)
    with np.errstate(all="ignore"):
        used = hours / (found.replicas * found.copies * cards * HOURS_PER_MONTH)
    able = (found.station == TRAINING_STATION) & np.isnan(found.used) & found.alone & ~found.own_price
    chosen = np.flatnonzero(able & (used < USED_ENOUGH) & (found.replicas > 0))
    if not len(chosen):
        return None
    after = found._replace(used=_set(found.used, chosen, hours[chosen]))
    ids = _ids(view, found, chosen)
    args = {"names": _names(view, found, chosen), "used": percent(float(used[chosen].max()))}
    return Proposal(
        "pay_by_use",
        Text("Pay for training by the hour of use"),
        after,
        ids,
        {"params": {key: {"autoscaled": True} for key in ids}},
        Message("Pay by use"),
        Message(
            "{names} is used {used} of the hours it is paid for. Start hosts for a job and return them after it.", args
        ),
        "days",
        "medium",
        Text("Capacity may not be free when a job starts; jobs wait for hosts to boot."),
    )


def idle(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of letting accelerators that no request reaches scale to zero."""
    arrivals = view.evaluation.traffic.demand.node_peak[found.node]
    able = is_one_of(found.station, SERVER, LLM) & found.accelerated & (arrivals == 0) & ~found.own_price
    chosen = np.flatnonzero(able & (found.replicas > 0) & (_column(view, found, "autoscaled") != 1.0))
    if not len(chosen):
        return None
    ids = _ids(view, found, chosen)
    return Proposal(
        "idle",
        Text("Let idle accelerators scale to zero"),
        found._replace(replicas=_set(found.replicas, chosen, 0.0)),
        ids,
        {"params": {key: {"autoscaled": True, "min_replicas": 0} for key in ids}},
        Message("Scale to zero"),
        Message(
            "No request of the drawing reaches {names}, yet its machines run all month. Draw the flow that uses it, or "
            "let it run only when called.",
            {"names": _names(view, found, chosen)},
        ),
        "hours",
        "low",
        Text("The first request after a pause waits for a machine and the model to load."),
    )


def fewer_replicas(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of replicas that the load, grown by the months of the inputs, does not need.

    A node keeps its target utilization, 80 % of its slots, its stated minimum and one replica per zone it spreads over.
    """
    traffic = view.evaluation.traffic
    months = int(number(view.evaluation.design, "ready_for_months"))
    ahead = min(view.evaluation.month + months, view.ahead.months)
    growth = float(view.ahead.growth[ahead])
    target = filled(_column(view, found, "target_utilization"), DEFAULT_TARGET)
    with np.errstate(invalid="ignore", over="ignore"):
        busy = drawn_at_first(view, found) * peak_use(view)[found.node] * growth / target
        held = drawn_at_first(view, found) * filled(traffic.slots[found.node]) * growth / SLOTS_TARGET
        needed = np.ceil(np.fmax(busy, held) - 1e-9)
    stated = filled(_column(view, found, "min_replicas"), 1.0)
    least = np.maximum(_one_per_zone(view, found), stated)
    wanted = np.maximum(needed, least)
    fixed = _column(view, found, "autoscaled") != 1.0
    able = (found.station == SERVER) & fixed & found.alone & np.isfinite(busy) & (busy > 0) & (found.replicas > 0)
    chosen = np.flatnonzero(able & (wanted < found.drawn) & (found.replicas == found.drawn))
    if not len(chosen):
        return None
    ids = _ids(view, found, chosen)
    after = found._replace(
        replicas=_set(found.replicas, chosen, wanted[chosen]), drawn=_set(found.drawn, chosen, wanted[chosen])
    )
    counts = {key: int(wanted[at]) for key, at in zip(ids, chosen, strict=True)}
    detail = joined(
        joined((quoted(view.evaluation.design.node(key).name), f"{int(found.drawn[at])} → {count}"), " ")
        for (key, count), at in list(zip(counts.items(), chosen, strict=True))[:4]
    )
    args = {"detail": detail, "months": months}
    return Proposal(
        "fewer_replicas",
        Text("Run fewer replicas"),
        after,
        ids,
        {"replicas": counts},
        Message("Run fewer replicas"),
        Message("{detail} still hold their target utilization in {months} months of growth.", args),
        "minutes",
        "medium",
        Text("Less spare capacity for peaks that the profile does not show."),
    )


def underestimated(view: View) -> NDArray[np.bool_]:
    """Return (n,) True where more was measured than the model expects: its hours of the day cannot be trusted."""
    modelled = view.evaluation.traffic.load.node_utilization
    with np.errstate(invalid="ignore"):
        return np.asarray(view.measured.p95 > MODEL_TRUSTED * modelled)


def peak_use(view: View) -> Floats:
    """Return (n,) use at the peak: the measured 95th percentile where there is one, else the model's."""
    modelled = view.evaluation.traffic.load.node_utilization
    return np.where(np.isfinite(view.measured.p95), view.measured.p95, modelled)


def drawn_at_first(view: View, found: Fleet) -> Floats:
    """Return (q,) replicas as drawn, which a use in per cent refers to, whatever a saving changed since."""
    return np.asarray(view.evaluation.pipeline.nodes.replicas[found.row])


def _one_per_zone(view: View, found: Fleet) -> Floats:
    """Return (q,) the replicas below which a zone would be empty that is not so as drawn."""
    nodes = view.evaluation.pipeline.nodes
    zones = np.array([place.zones for place in nodes.place_list], dtype=float)
    return np.minimum(found.drawn, zones[nodes.places[found.row]] if len(zones) else 0.0)


def cheaper_machine(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of the cheapest machine of at least the same size and the same architecture."""
    return _machines(view, found, None)


def arm(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of Arm machines of at least the same size."""
    return _machines(view, found, "arm")


@lru_cache(maxsize=4096)
def _swap(
    catalog: Catalog, provider: str, region: str, machine: str, architecture: str | None
) -> tuple[str, tuple[float, ...], float] | None:
    """Return (type, four prices, sustained-use discount) of the cheapest machine at least as large, or None."""
    now = catalog.instance(provider, machine)
    if now is None or now.accelerator_count or (architecture == "arm" and now.architecture == "arm"):
        return None
    if architecture is None and now.architecture == "arm":
        return None
    better = catalog.cheapest_fit(provider, region, now.vcpu, now.memory_gib, architecture=architecture)
    if better is None or better[0].type == machine:
        return None
    facts = [better[1], *(catalog.instance_price(provider, region, better[0].type, name) for name in PURCHASES)]
    rule = catalog.sustained_use(provider, better[0].type)
    sustained = (rule.discount or 0.0) if rule is not None else 0.0
    return better[0].type, tuple(np.nan if fact is None else fact.value for fact in facts), sustained


def _machines(view: View, found: Fleet, architecture: str | None) -> Proposal | None:
    nodes, bought, ids = view.evaluation.pipeline.nodes, view.evaluation.money.bought, view.evaluation.node_ids
    able = np.flatnonzero(of_compute(nodes, "instance")[found.node] & ~found.own_price & found.alone)
    rows, places = found.row[able], max(len(nodes.place_list), 1)
    pairs, which = np.unique(bought.offer[rows] * places + nodes.places[rows], return_inverse=True)
    swaps = []
    for offer, place in (divmod(code, places) for code in pairs.tolist()):
        instance, home = bought.offers[offer].instance, nodes.place_list[place]
        asked = (home.provider, home.region, instance.type, architecture) if instance is not None else None
        swaps.append(None if asked is None else _swap(view.evaluation.catalog, *asked))
    table = np.array([(np.nan,) * 5 if swap is None else (*swap[1], swap[2]) for swap in swaps]).reshape(-1, 5)
    offered, now = table[which], found.on_demand[able]
    with np.errstate(invalid="ignore"):
        cheaper = ~(offered[:, 0] * (1.0 - offered[:, 4]) > now * (1.0 - WORTH_A_CHANGE))
    better = np.array([swap is not None for swap in swaps], dtype=bool)[which] & cheaper
    chosen, offered = able[better], offered[better]
    if not len(chosen):
        return None
    prices, sustained = found.prices.copy(), found.sustained.copy()
    prices[:, chosen], sustained[chosen] = offered[:, :4].T, offered[:, 4]
    types = (swap[0] for at in which[better].tolist() if (swap := swaps[at]) is not None)
    params = {ids[at]: {"instance": name} for at, name in zip(found.node[chosen].tolist(), types, strict=True)}
    args = {"names": _names(view, found, chosen), "detail": _machine_detail(view, params)}
    change = found._replace(prices=prices, sustained=sustained), tuple(params), {"params": params}
    if architecture:
        return Proposal(
            "arm",
            Text("Run on Arm machines"),
            *change,
            Message("Use Arm machines"),
            Message("{names} fit Arm machines at a lower price ({detail}); the same speed per vCPU is assumed.", args),
            "days",
            "medium",
            Text("Images and libraries need an Arm build; measure the speed first."),
        )
    return Proposal(
        "cheaper_machine",
        Text("Buy a cheaper machine of the same size"),
        *change,
        Message("Use the cheaper machine"),
        Message("{names} fit a cheaper machine of at least the same vCPU and memory ({detail}).", args),
        "hours",
        "low",
        Text("Measure the speed first."),
    )


def _machine_detail(view: View, params: dict[str, dict[str, Any]]) -> str:
    types = dict.fromkeys(str(values["instance"]) for values in params.values())
    return ", ".join(list(types)[:3]) + (" …" if len(types) > 3 else "")


def autoscale(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of replicas that follow the hours of the day, where a replica is ready in minutes."""
    evaluation = view.evaluation
    nodes = evaluation.pipeline.nodes
    managed = of_compute(nodes, "managed_instance")[found.node]
    ready = nodes.column("reliability", "ready_s")[found.node]
    able = (found.station == SERVER) & ~managed & (ready <= READY_SOON_S) & found.alone & ~found.own_price
    able &= (_column(view, found, "autoscaled") != 1.0) & (found.drawn >= FEW_REPLICAS) & (found.replicas > 0)
    able &= ~underestimated(view)[found.node]
    chosen = np.flatnonzero(able & (found.replicas == found.drawn))
    if not len(chosen):
        return None
    stated = filled(_column(view, found, "max_replicas"), 0.0)
    most = np.maximum(found.drawn, stated)
    needed = hourly_replicas(evaluation, found, most)
    least = np.minimum(filled(_column(view, found, "min_replicas"), 1.0), found.drawn)
    least = np.maximum(least, _one_per_zone(view, found))
    mean = np.clip(needed, least, np.maximum(found.drawn, filled(needed).max(axis=0))).mean(axis=0)
    chosen = chosen[filled(mean[chosen], np.inf) < found.replicas[chosen] * (1.0 - 2 * WORTH_A_CHANGE)]
    if not len(chosen):
        return None
    ids = _ids(view, found, chosen)
    detail = joined(
        Text(
            "“{name}” {before} → {after} on average",
            name=evaluation.design.node(key).name,
            before=Number(f"{found.replicas[at]:g}"),
            after=Number(f"{mean[at]:.3g}"),
        )
        for key, at in list(zip(ids, chosen, strict=True))[:4]
    )
    return Proposal(
        "autoscale",
        Text("Let replicas follow the day"),
        found._replace(replicas=_set(found.replicas, chosen, mean[chosen])),
        ids,
        {
            "params": {
                key: {"autoscaled": True, "min_replicas": int(least[at])} for key, at in zip(ids, chosen, strict=True)
            }
        },
        Message("Scale with the load"),
        Message("{detail}, at the target utilization and with one replica left in every zone.", {"detail": detail}),
        "hours",
        "medium",
        Text("A rise faster than a replica starts is served late until it is ready."),
    )


def _set(values: Floats, chosen: Ints, new: Floats | float) -> Floats:
    changed = values.copy()
    changed[chosen] = new
    return changed
