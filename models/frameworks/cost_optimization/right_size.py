"""The machine that fits what was measured: CPU and memory with reserve, of any family and architecture in use."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from models.catalog.catalog import Catalog
from models.evaluation.columns import filled
from models.evaluation.load import DEFAULT_TARGET
from models.frameworks.cost_optimization.fleet import PURCHASES, Fleet
from models.frameworks.cost_optimization.proposal import Proposal
from models.frameworks.cost_optimization.sizes import WORTH_A_CHANGE, drawn_at_first
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import percent
from models.report import Message
from models.words import Number, Text, joined

MEMORY_RESERVE = 1.2
LEAST_VCPU = 0.25


@lru_cache(maxsize=4096)
def _fit(
    catalog: Catalog, provider: str, region: str, vcpu: float, memory_gib: float, architecture: str
) -> tuple[str, tuple[float, ...], float] | None:
    """Return (type, four prices, sustained-use discount) of the cheapest machine with so much, or None."""
    found = catalog.cheapest_fit(provider, region, vcpu, memory_gib, architecture=architecture)
    if found is None:
        return None
    facts = [found[1], *(catalog.instance_price(provider, region, found[0].type, name) for name in PURCHASES)]
    rule = catalog.sustained_use(provider, found[0].type)
    prices = tuple(np.nan if fact is None else fact.value for fact in facts)
    return found[0].type, prices, (rule.discount or 0.0) if rule is not None else 0.0


def right_size(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of smaller machines where CPU and memory were both measured; replicas stay as they are.

    A machine keeps its target utilization at the measured 95th percentile, and a fifth of its memory free.
    """
    measured = view.measured
    if not measured.known:
        return None
    nodes, bought = view.evaluation.pipeline.nodes, view.evaluation.money.bought
    target = filled(nodes.column("service", "target_utilization"), DEFAULT_TARGET)
    at_first, now = drawn_at_first(view, found), found.on_demand
    prices, sustained = found.prices.copy(), found.sustained.copy()
    params: dict[str, dict[str, Any]] = {}
    details = []
    for at, (row, node) in enumerate(zip(found.row.tolist(), found.node.tolist(), strict=True)):
        kind, instance = nodes.kind(node), bought.offers[bought.offer[row]].instance
        plain = kind is not None and kind.compute == "instance" and instance is not None
        if not plain or instance is None or instance.accelerator_count or found.own_price[at] or not found.alone[at]:
            continue
        use, memory = float(measured.p95[node]), float(measured.memory[node])
        if not np.isfinite(use) or not np.isfinite(memory) or found.drawn[at] <= 0:
            continue
        more = float(at_first[at] / found.drawn[at])
        vcpu = max(instance.vcpu * use * more / float(target[node]), LEAST_VCPU)
        place = nodes.place_list[nodes.places[row]]
        need = round(vcpu, 3), round(instance.memory_gib * memory * more * MEMORY_RESERVE, 3)
        fit = _fit(view.evaluation.catalog, *place.key, *need, instance.architecture)
        if fit is None or fit[0] == instance.type or fit[1][0] * (1.0 - fit[2]) > now[at] * (1.0 - WORTH_A_CHANGE):
            continue
        prices[:, at], sustained[at] = fit[1], fit[2]
        params[view.evaluation.node_ids[node]] = {"instance": fit[0]}
        details.append(
            Text(
                "“{name}” {before} → {after} (CPU {cpu}, memory {memory})",
                name=nodes.elements[node].name,
                before=instance.type,
                after=fit[0],
                cpu=percent(use),
                memory=percent(memory),
            )
        )
    if not params:
        return None
    detail = joined(details) if len(details) <= 4 else joined((joined(details[:4]), "…"), " ")
    args = {"detail": detail, "hours": Number(f"{measured.hours:,.0f}")}
    return Proposal(
        "right_size",
        Text("Run on smaller machines, as measured"),
        found._replace(prices=prices, sustained=sustained),
        tuple(params),
        {"params": params},
        Message("Use the smaller machine"),
        Message("{detail}: measured over {hours} hours, with a fifth of the memory free and the target kept.", args),
        "hours",
        "medium",
        Text("A peak that the measured time does not hold; measure a whole month."),
    )
