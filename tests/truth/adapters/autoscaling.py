"""Truth adapters: autoscaler, caches, functions on demand, round trips, packing and uncertainty."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from models.analyses import autoscaling, caching, packing, round_trip, serverless, uncertainty
from tests.truth.adapters.queueing import first

Case = dict[str, Any]

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")

CITY_CONTINENTS = {
    "NA": ("dallas", "washington", "toronto", "montreal", "san jose", "new york", "chicago", "seattle", "mexico"),
    "SA": ("sao paulo", "são paulo", "santiago", "buenos aires", "bogota"),
    "EU": ("london", "frankfurt", "madrid", "paris", "amsterdam", "milan", "dublin", "stockholm", "zurich", "oslo"),
    "AF": ("johannesburg", "cape town", "nairobi", "lagos"),
    "ME": ("dubai", "doha", "riyadh", "tel aviv"),
    "IN": ("chennai", "mumbai", "pune", "hyderabad", "delhi"),
    "OC": ("sydney", "melbourne", "auckland", "perth", "canberra"),
    "AS": ("tokyo", "osaka", "singapore", "hong kong", "seoul", "jakarta", "taipei", "kuala lumpur"),
}


def _past(entries: Sequence[Case] | None, key: str) -> list[autoscaling.Past]:
    return [
        autoscaling.Past(int(first(entry, key, "value", "change")), float(entry["age_s"])) for entry in entries or ()
    ]


def _states(inputs: Case, values: Sequence[int | None], pods: int, cpu: bool) -> list[autoscaling.PodState]:
    def of(key: str, pod: int, default: Any) -> Any:
        given = inputs.get(key)
        return default if given is None or pod >= len(given) or given[pod] is None else given[pod]

    return [
        autoscaling.classify_pod(
            has_metric=pod < len(values) and values[pod] is not None,
            ready=of("pod_ready", pod, True),
            starting=of("pod_in_cpu_initialisation_period", pod, False),
            phase=of("pod_phase", pod, "Running"),
            deleting=of("pod_deleting", pod, False),
            cpu=cpu,
        )
        for pod in range(pods)
    ]


def hpa_resource(inputs: Case) -> Case:
    usage = first(inputs, "pod_cpu_usage_millicores", "pod_usage", "pod_memory_usage_bytes")
    request = first(inputs, "pod_cpu_request_millicores", "pod_request", "pod_memory_request_bytes")
    current = int(first(inputs, "current_replicas"))
    requests = request if isinstance(request, list) else [request] * max(current, len(usage))
    cpu = str(inputs.get("resource", "cpu")).lower() == "cpu" and "pod_memory_usage_bytes" not in inputs
    states = _states(inputs, usage, len(requests), cpu)
    target = int(first(inputs, "target_utilisation_pct", "target_utilization_pct"))
    tolerance = float(inputs.get("tolerance", autoscaling.DEFAULT_TOLERANCE))
    found = autoscaling.from_resource(usage, requests, states, target, current, tolerance)
    reported = dict.fromkeys(("reported_utilisation_pct", "reported_utilization_pct"), found.reported)
    return {"desired_replicas": found.replicas} | reported


def hpa_metric(inputs: Case) -> Case:
    kind, values = str(inputs["metric_kind"]), inputs["metric_values_milli"]
    current, target = int(inputs["current_replicas"]), int(inputs["target_milli"])
    tolerance = float(inputs.get("tolerance", autoscaling.DEFAULT_TOLERANCE))
    listed = [len(inputs[key]) for key in ("pod_ready", "pod_phase", "pod_deleting") if inputs.get(key) is not None]
    pods = max([*listed, current]) if not listed else max(listed)
    if kind.startswith("pods"):
        states = _states(inputs, values, max(pods, len(values)), cpu=False)
        found = autoscaling.from_pod_metric(values, states, target, current, tolerance)
    else:
        always = [0] * pods
        ready = sum(state is autoscaling.PodState.READY for state in _states(inputs, always, pods, cpu=True))
        total = sum(value for value in values if value is not None)
        found = autoscaling.from_total(total, target, ready, current, kind.endswith("average_value"), tolerance)
    return {"desired_replicas": found.replicas, "reported_value_milli": found.reported}


def hpa_stabilise_behavior(inputs: Case) -> Case:
    stable = autoscaling.stabilize(
        int(inputs["desired_now"]),
        int(inputs["current_replicas"]),
        _past(inputs.get("recommendations"), "value"),
        float(inputs.get("scale_up_window_s") or 0.0),
        float(first(inputs, "scale_down_window_s", default=autoscaling.DOWN_WINDOW)),
    )
    return dict.fromkeys(("stabilised", "stabilized", "replicas"), stable)


def hpa_stabilise_downscale(inputs: Case) -> Case:
    window = float(first(inputs, "window_s", "scale_down_window_s", default=autoscaling.DOWN_WINDOW))
    stable = autoscaling.stabilize_down(
        int(inputs["desired_now"]), _past(inputs.get("recommendations"), "value"), window
    )
    return dict.fromkeys(("stabilised", "stabilized", "replicas"), stable)


def _policies(entries: Sequence[Case] | None) -> tuple[autoscaling.RatePolicy, ...]:
    return tuple(
        autoscaling.RatePolicy(str(entry["type"]), int(entry["value"]), float(first(entry, "period_s", "period")))
        for entry in entries or ()
    )


def hpa_rate_policies(inputs: Case) -> Case:
    select = inputs.get("select_policy") or "Max"
    found = autoscaling.limit_rate(
        int(first(inputs, "desired", "desired_replicas")),
        int(inputs["current_replicas"]),
        int(inputs.get("min_replicas", 1)),
        int(inputs.get("max_replicas", 1_000_000)),
        _policies(inputs.get("scale_up_policies")),
        _policies(inputs.get("scale_down_policies")),
        str(inputs.get("scale_up_select_policy") or select),
        str(inputs.get("scale_down_select_policy") or select),
        _past(inputs.get("scale_up_events"), "change"),
        _past(inputs.get("scale_down_events"), "change"),
    )
    return {"replicas": found.replicas, "condition": found.condition}


def hpa_rate_policies_trace(inputs: Case) -> Case:
    """Step by step toward the desired replicas; per step the change, and which policy governs below n."""
    start, desired = int(first(inputs, "start_replicas", "current_replicas")), int(inputs["desired"])
    upward, step = desired > start, float(inputs.get("step_s", 60))
    policies = _policies(inputs.get("scale_up_policies" if upward else "scale_down_policies"))
    select, current = str(inputs.get("select_policy") or "Max"), start
    events: list[autoscaling.Past] = []
    word = "added" if upward else "removed"
    trace = [start]
    found: Case = {}
    for number in itertools.count():
        added, removed = (events, []) if upward else ([], events)
        limit = autoscaling.limit_rate(
            desired, current, 0, max(start, desired), policies, policies, select, select, added, removed
        )
        change = abs(limit.replicas - current)
        if not change:
            break
        ordinal = ORDINALS[number] if number < len(ORDINALS) else f"step_{number + 1}"
        found |= {f"{ordinal}_step_{word}": change, f"{ordinal}_step_{word}_from_{current}": change}
        current = limit.replicas
        found[f"{ordinal}_step_replicas"] = current
        events = [autoscaling.Past(past.value, past.age + step) for past in [autoscaling.Past(change, 0.0), *events]]
        trace.append(current)
    for replicas in range(1, start + 1):
        governing = _governing(replicas, policies, select, upward)
        found |= {f"policy_at_{replicas}": governing, f"policy_below_{replicas + 1}": governing}
    return found | {"replicas": trace, "final_replicas": current, "steps": len(trace) - 1}


def _governing(replicas: int, policies: Sequence[autoscaling.RatePolicy], select: str, upward: bool) -> str:
    changes = [abs(autoscaling.policy_proposal(replicas, policy, (), (), upward) - replicas) for policy in policies]
    chosen = min(changes) if select == "Min" else max(changes)
    return policies[changes.index(chosen)].kind


def cache(inputs: Case) -> Case:
    policy = str(inputs.get("policy", "LRU"))
    rate, ttl = float(inputs.get("request_rate_per_s") or 0.0), float(inputs.get("ttl_s") or 0.0)
    if (weights := inputs.get("popularity", inputs.get("object_requests"))) is not None:
        popularity = caching.measured(weights)
    else:
        popularity = caching.zipf(int(inputs["objects"]), float(first(inputs, "zipf_exponent", "zipf_alpha", "alpha")))
    capacity = float(first(inputs, "cache_objects", "cache_size", "capacity", default=math.inf))
    hit = caching.hit_ratio(popularity, capacity, policy, rate, ttl)
    return {"hit_ratio": hit, "miss_ratio": 1.0 - hit, "miss_rate_per_s": rate * (1.0 - hit)}


def serverless_cold_start(inputs: Case) -> Case:
    service = float(first(inputs, "warm_service_s", "service_s", "warm_service_time_s"))
    rate, keep_alive = float(inputs["arrival_rate_per_s"]), float(first(inputs, "keep_alive_s", "expiration_s"))
    found = serverless.cold_starts(rate, service, keep_alive, int(inputs.get("provisioned", 0)))
    cold = float(inputs.get("cold_service_s", service))
    mean = service + found.probability * (cold - service)
    result = dict.fromkeys(("cold_start_probability", "prob_cold"), found.probability)
    result |= dict.fromkeys(("average_instances", "mean_instances"), found.instances)
    return result | {"mean_response_s": mean, "average_running": rate * mean}


def serverless_cost(inputs: Case) -> Case:
    duration = inputs["duration_ms"] / 1000.0 if "duration_ms" in inputs else float(inputs["duration_s"])
    memory = inputs["memory_mb"] / 1024.0 if "memory_mb" in inputs else first(inputs, "memory_gb", "memory_gib")
    per_request = inputs.get("price_per_request", inputs.get("price_per_million_requests", 0.0) / 1e6)
    found = serverless.monthly_cost(
        float(first(inputs, "invocations", "requests")),
        duration,
        float(memory),
        float(inputs["price_per_gb_s"]),
        float(per_request),
        float(inputs.get("free_gb_s", 0.0)),
        float(inputs.get("free_requests", 0.0)),
    )
    names = {"compute_cost": found.compute, "request_cost": found.requests, "requests_cost": found.requests}
    return found._asdict() | names | {"total_cost": found.total}


def region_rtt(inputs: Case) -> Case:
    km = inputs.get("great_circle_km")
    if "lat_a" in inputs:
        ends = [(float(inputs[f"lat_{end}"]), float(inputs[f"lon_{end}"])) for end in ("a", "b")]
        km = float(round_trip.great_circle_km(*ends[0], *ends[1])) if km is None else km
        continents = [int(round_trip.continent(*end)) for end in ends]
    else:
        continents = [_continent_of_city(str(inputs.get(f"city_{end}", ""))) for end in ("a", "b")]
    if km is None:
        raise ValueError("The case gives neither coordinates nor great_circle_km.")
    return {"rtt_ms": float(round_trip.round_trip_time(km, *continents)) * 1000.0, "great_circle_km": km}


def _continent_of_city(city: str) -> int:
    for index, name in enumerate(round_trip.CONTINENTS):
        if any(known in city.lower() for known in CITY_CONTINENTS[name]):
            return index
    return -1


def vector_bin_packing(inputs: Case) -> Case:
    pods, capacity = first(inputs, "pods", "items"), first(inputs, "node_capacity", "capacity")
    exact = packing.pack_exactly(pods, capacity)
    found = dict.fromkeys(("optimal_nodes", "nodes", "planner_nodes"), exact.hosts)
    bounds = {
        "l1_lower_bound": packing.volume_bound(pods, capacity),
        "lower_bound": packing.lower_bound(pods, capacity),
    }
    heuristic = packing.first_fit_decreasing(pods, capacity).hosts
    return found | bounds | dict.fromkeys(("ffd_max_nodes", "ffd_nodes"), heuristic)


_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "max": np.maximum,
    "min": np.minimum,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
}


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return the value of an arithmetic expression over named samples."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, names)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left, names), _value(node.right, names))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        return _FUNCTIONS[node.func.id](*(_value(argument, names) for argument in node.args))
    raise ValueError(f"The expression holds {ast.dump(node)}, which is not arithmetic.")


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) and value and isinstance(value[0], list) else [value]


def _distributions(inputs: Case) -> list[uncertainty.Distribution]:
    """Return the uncertain inputs of a case in the order they are given."""
    found: list[uncertainty.Distribution] = []
    makers: dict[str, Callable[..., uncertainty.Distribution]] = {
        "triangular": uncertainty.Triangular,
        "pert": uncertainty.Pert,
        "uniform": uncertainty.Uniform,
        "normal": uncertainty.Normal,
        "lognormal": uncertainty.Lognormal,
        "lognormal_median_ratio": uncertainty.Lognormal,
        "lognormal_median_p90": lambda median, p90: uncertainty.Lognormal(median, p90 / median),
        "lognormal_mu_sigma": _lognormal,
    }
    for key, value in inputs.items():
        if key in makers:
            found += [makers[key](*row) if isinstance(row, list) else makers[key](**row) for row in _rows(value)]
        elif key in ("normal_means", "lognormal_mus", "lognormal_medians"):
            found += _parallel_lists(inputs, key, value)
    return found


def _lognormal(mu: float, sigma: float) -> uncertainty.Lognormal:
    return uncertainty.Lognormal(math.exp(mu), math.exp(1.2815515655446004 * sigma))


def _parallel_lists(inputs: Case, key: str, centers: list[float]) -> list[uncertainty.Distribution]:
    if key == "normal_means":
        return [uncertainty.Normal(*pair) for pair in zip(centers, inputs["normal_sds"], strict=True)]
    if key == "lognormal_mus":
        return [_lognormal(*pair) for pair in zip(centers, inputs["lognormal_sigmas"], strict=True)]
    ratios = first(inputs, "lognormal_p90_over_p50", "lognormal_ratios")
    return [uncertainty.Lognormal(*pair) for pair in zip(centers, ratios, strict=True)]


def monte_carlo_band(inputs: Case) -> Case:
    sources = _distributions(inputs)
    tree = ast.parse(str(inputs.get("expression", "x")), mode="eval")
    functions = set(_FUNCTIONS)
    names = list(dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)))
    variables = sorted(name for name in names if name not in functions)
    samples = uncertainty.draw(sources, uncertainty.DEEP_SAMPLES, correlation=inputs.get("correlation"))
    values = _value(tree.body, dict(zip(variables, samples, strict=True)))
    found = uncertainty.band(values)
    result: Case = {"p5": found.p5, "p50": found.p50, "p95": found.p95, "unstable_share": found.unstable}
    extra = {f"p{percent}": float(np.quantile(values, percent / 100.0)) for percent in (1, 10, 25, 75, 90, 99)}
    return result | extra | {"mean": float(values.mean()), "sd": float(values.std())}


ADAPTERS: dict[str, Callable[[Case], Case]] = {
    "hpa_resource": hpa_resource,
    "hpa_metric": hpa_metric,
    "hpa_stabilise_behavior": hpa_stabilise_behavior,
    "hpa_stabilise_downscale": hpa_stabilise_downscale,
    "hpa_rate_policies": hpa_rate_policies,
    "hpa_rate_policies_trace": hpa_rate_policies_trace,
    "cache_lru_che": cache,
    "cache_hit_ratio": cache,
    "cache_ttl": cache,
    "serverless_cold_start": serverless_cold_start,
    "serverless_cost": serverless_cost,
    "region_rtt": region_rtt,
    "vector_bin_packing": vector_bin_packing,
    "monte_carlo_band": monte_carlo_band,
}
