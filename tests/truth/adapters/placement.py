"""Truth adapters: placement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from models.studies.placement import optimal_placement
from models.studies.placement_problem import LatencyLimit, Placement, PlacementProblem


def _first(inputs: dict[str, Any], *names: str, default: Any = None) -> Any:
    return next((inputs[name] for name in names if inputs.get(name) is not None), default)


def _allowed(inputs: dict[str, Any], services: int, regions: int) -> Any:
    allowed = np.ones((services, regions), bool)
    given = _first(inputs, "allowed_regions", "residency", "allowed")
    if isinstance(given, dict):
        given = [given.get(str(service), given.get(service)) for service in range(services)]
    for service, row in enumerate(given or []):
        if row is None:
            continue
        is_mask = len(row) == regions and all(isinstance(item, bool) for item in row)
        allowed[service] = row if is_mask else [region in row for region in range(regions)]
    for service, region in _first(inputs, "forbidden", default=[]):
        allowed[service, region] = False
    return allowed


def _limits(inputs: dict[str, Any], calls: int) -> list[LatencyLimit]:
    bound = _first(inputs, "max_latency_ms", "latency_limit_ms", "sla_ms")
    if bound is None:
        return []
    flow = _first(inputs, "flow_edges", "latency_edges", default=list(range(calls)))
    return [LatencyLimit("flow", tuple((int(call), 1.0) for call in flow), float(bound) / 1e3)]


def placement_assignment(inputs: dict[str, Any]) -> dict[str, Any]:
    """Least cost of services and data between their regions."""
    cost = np.array([[np.inf if v is None else v for v in row] for row in inputs["service_region_cost"]], float)
    services, regions = cost.shape
    calls = np.array(_first(inputs, "edges", "calls", default=[]), np.int64).reshape(-1, 2)
    rtt = _first(inputs, "rtt_ms", "latency_ms")
    copies = _first(inputs, "copies", "regions_per_service")
    provider = np.array(_first(inputs, "region_provider", default=[0] * regions), np.int64)
    fixed = _first(inputs, "provider_fixed_cost")
    plan = optimal_placement(
        PlacementProblem(
            cost=cost[:, :, None],
            calls=calls,
            volume=np.array(_first(inputs, "edge_gb_month", "edge_gb", default=[0.0] * len(calls)), float),
            egress=np.array(_first(inputs, "egress_price_per_gb", default=np.zeros((regions, regions))), float),
            provider=provider,
            allowed=_allowed(inputs, services, regions),
            copies=None if copies is None else np.broadcast_to(np.array(copies, np.int64), services),
            rtt=None if rtt is None else np.array(rtt, float) / 1e3,
            limits=_limits(inputs, len(calls)),
            max_providers=inputs.get("max_providers"),
            provider_fixed=None if fixed is None else np.array(fixed, float),
        )
    )
    return _answer(plan, provider)


def _answer(plan: Placement, provider: Any) -> dict[str, Any]:
    assignment = [region for _, region, _ in plan.chosen]
    return {
        "optimal_cost": plan.cost,
        "cost": plan.cost,
        "assignment": assignment,
        "providers_used": len({int(provider[region]) for region in assignment}),
        "feasible": not plan.relaxed,
    }


ADAPTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"placement_assignment": placement_assignment}
