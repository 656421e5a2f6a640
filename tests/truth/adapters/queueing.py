"""Truth adapters: stations, networks of queues, joins, paths, scalability and throughput."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from models.analyses import (
    closed_networks,
    joins,
    latency,
    network_variability,
    queueing,
    scalability,
    traffic,
)
from models.analyses.flow_order import FlowOrder

Case = dict[str, Any]

QUANTILES = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


def first(inputs: Case, *names: str, default: Any = None) -> Any:
    """Return the first of the named inputs that is given; without one and without default, say which are wanted."""
    for name in names:
        if inputs.get(name) is not None:
            return inputs[name]
    if default is None:
        raise ValueError(f"The case gives none of the inputs {', '.join(names)}.")
    return default


def station(inputs: Case) -> tuple[float, float, float]:
    """Return λ, μ per server and c of a case, from rates, service times or utilization."""
    servers = first(inputs, "servers", "lines", "c", default=1)
    if (rate := inputs.get("service_rate_per_server_per_s", inputs.get("service_rate_per_s"))) is None:
        rate = 1.0 / first(inputs, "service_time_s", "mean_service_s", "mean_service_time_s")
    if (arrivals := inputs.get("arrival_rate_per_s")) is None:
        load = inputs.get("offered_erlangs")
        arrivals = load * rate if load is not None else first(inputs, "utilisation", "utilization") * servers * rate
    return float(arrivals), float(rate), float(servers)


def both_spellings(found: Case) -> Case:
    """Return the outputs with British and American keys."""
    return found | {key.replace("utilization", "utilisation"): value for key, value in found.items()}


def station_figures(arrivals: float, rate: float, servers: float, wait: float) -> Case:
    response = wait + 1.0 / rate
    rho = float(queueing.utilization(arrivals, rate, servers))
    return both_spellings(
        {
            "utilization": rho,
            "mean_wait_s": wait,
            "mean_response_s": response,
            "mean_in_system": float(queueing.little(arrivals, response)),
            "mean_queue": float(queueing.little(arrivals, wait)),
            "mean_in_queue": float(queueing.little(arrivals, wait)),
            "throughput_per_s": min(arrivals, servers * rate),
        }
    )


def mmc(inputs: Case) -> Case:
    arrivals, rate, servers = station(inputs)
    waiting = float(queueing.erlang_c(arrivals / rate, servers))
    found = station_figures(arrivals, rate, servers, float(queueing.mm_c_wait(arrivals, rate, servers)))
    empty = 1.0 - arrivals / rate if servers == 1 else _probability_empty(arrivals / rate, servers)
    names = ("probability_wait", "wait_probability", "prob_wait", "p_wait", "erlang_c")
    return found | dict.fromkeys(names, waiting) | dict.fromkeys(("p0", "probability_empty", "prob_empty"), empty)


def _probability_empty(load: float, servers: float) -> float:
    """Return p₀ of M/M/c through Erlang B of the same load: p₀ = (1 − C)·P(N = 0 | N < c)."""
    below = 1.0 - float(queueing.erlang_c(load, servers))
    loss = float(queueing.erlang_b(load, servers - 1))
    logs = float((servers - 1) * np.log(load) - np.log(np.arange(1.0, servers)).sum())
    return float(np.exp(np.log(below * loss) - logs)) if below * loss > 0 else 0.0


def mmc_percentiles(inputs: Case) -> Case:
    arrivals, rate, servers = station(inputs)
    wait = float(queueing.mm_c_wait(arrivals, rate, servers))
    waiting = queueing.erlang_c(arrivals / rate, servers)
    found = mmc(inputs)
    for name, quantile in QUANTILES.items():
        response = float(queueing.mm_c_response_percentile(quantile, arrivals, rate, servers))
        found |= {f"response_{name}_s": response, f"{name}_s": response}
        found[f"wait_{name}_s"] = float(queueing.wait_percentile(wait, waiting, quantile))
    return found


def mg1(inputs: Case) -> Case:
    arrivals, rate, _ = station(inputs)
    scv = inputs.get("service_scv")
    scv = float(first(inputs, "service_cv", default=1.0)) ** 2 if scv is None else float(scv)
    found = station_figures(arrivals, rate, 1.0, float(queueing.mg_1_wait(arrivals, rate, scv)))
    if "sharing" in str(inputs.get("discipline", "")).lower() or str(inputs.get("discipline", "")).upper() == "PS":
        response = float(queueing.processor_sharing_response(arrivals, rate))
        found |= {"mean_response_s": response, "mean_wait_s": response - 1.0 / rate}
        found |= {"mean_in_system": arrivals * response, "mean_queue": arrivals * response - arrivals / rate}
    return found


def ggc(inputs: Case) -> Case:
    arrivals, rate, servers = station(inputs)
    laws = (("arrival_scv", "arrival_law"), ("service_scv", "service_law"))
    scvs = [_scv(inputs, scv, law) for scv, law in laws]
    return station_figures(arrivals, rate, servers, float(queueing.gg_c_wait(arrivals, rate, servers, *scvs)))


def _scv(inputs: Case, key: str, law_key: str) -> float:
    """Return a squared coefficient of variation, given or implied by the name of the law."""
    if inputs.get(key) is not None:
        return float(inputs[key])
    law = str(inputs.get(law_key, "exponential")).lower()
    if stages := re.match(r"erlang[- ]?(\d+)", law):
        return 1.0 / int(stages[1])
    known = {"deterministic": 0.0, "constant": 0.0, "d": 0.0, "exponential": 1.0, "poisson": 1.0, "m": 1.0}
    if law not in known:
        raise ValueError(f"The law {law!r} needs its {key}.")
    return known[law]


def mmck(inputs: Case) -> Case:
    arrivals, rate, servers = station(inputs)
    places = inputs.get("queue_capacity")
    capacity = first(inputs, "capacity_total", "capacity", "K") if places is None else servers + places
    found = queueing.mm_c_k(arrivals, rate, servers, capacity)
    result = {
        "mean_in_system": float(found.mean_in_system),
        "mean_queue": float(found.mean_queue),
        "blocking_probability": float(found.blocking_probability),
        "throughput_per_s": float(found.throughput),
        "effective_arrival_rate_per_s": float(found.throughput),
        "utilization": float(found.utilization),
    }
    for suffix in ("", "_accepted"):
        result[f"mean_response_s{suffix}"] = float(found.mean_response)
        result[f"mean_wait_s{suffix}"] = float(found.mean_wait)
    names = ("blocking", "loss_probability", "prob_blocking")
    return both_spellings(result) | dict.fromkeys(names, result["blocking_probability"])


def erlang(inputs: Case) -> Case:
    servers = first(inputs, "lines", "servers", "c")
    load = inputs.get("offered_erlangs", inputs.get("offered_load"))
    if load is None:
        arrivals, rate, _ = station(inputs)
        load = arrivals / rate
    blocking = float(queueing.erlang_b(load, servers))
    waiting = float(queueing.erlang_c(load, servers))
    found = dict.fromkeys(("blocking", "blocking_probability", "loss_probability", "erlang_b"), blocking)
    found |= dict.fromkeys(("probability_wait", "wait_probability", "erlang_c"), waiting)
    return found | {"carried_erlangs": load * (1.0 - blocking), "lost_erlangs": load * blocking}


def littles_law(inputs: Case) -> Case:
    rate: Any = inputs.get("throughput_rps", inputs.get("throughput_per_s", inputs.get("arrival_rate_per_s")))
    time: Any = inputs.get("mean_latency_s", inputs.get("mean_response_s"))
    present: Any = inputs.get("mean_in_system", inputs.get("concurrency"))
    if present is None:
        present = float(queueing.little(rate, time))
    elif time is None:
        time = present / rate
    else:
        rate = present / time
    found = dict.fromkeys(("mean_in_system", "concurrency"), present)
    found |= dict.fromkeys(("throughput_rps", "throughput_per_s", "arrival_rate_per_s"), rate)
    return found | dict.fromkeys(("mean_latency_s", "mean_response_s"), time)


class Network:
    """An open network of a case: its flows, and the solved rates."""

    def __init__(self, inputs: Case) -> None:
        self.service = np.asarray(first(inputs, "service_rate_per_server_per_s", "service_rate_per_s"), float)
        n = self.service.size
        self.servers = np.broadcast_to(np.asarray(inputs.get("servers", 1), float), n)
        self.external = np.broadcast_to(np.asarray(first(inputs, "external_arrival_rate_per_s"), float), n)
        routing = np.asarray(first(inputs, "routing_matrix"), float)
        source, target = np.nonzero(routing)
        self.order, self.gain = FlowOrder(n, source, target), routing[source, target]
        solution = traffic.solve(n, source, target, self.gain, self.external, self.order)
        self.rates, self.flows = solution.node_rates[0], solution.flow_rates[0]
        self.utilization = queueing.utilization(self.rates, self.service, self.servers)

    def figures(self, wait: Any) -> Case:
        response = np.asarray(wait, float) + 1.0 / self.service
        present = queueing.little(self.rates, response)
        return both_spellings(
            {
                "node_arrival_rate_per_s": self.rates,
                "node_throughput_per_s": self.rates,
                "node_mean_response_s": response,
                "node_mean_wait_s": np.asarray(wait, float),
                "node_mean_in_system": present,
                "node_mean_queue": queueing.little(self.rates, wait),
                "node_utilization": self.utilization,
                "system_mean_response_s": float(present.sum() / self.external.sum()),
                "system_mean_in_system": float(present.sum()),
                "system_throughput_per_s": float(self.external.sum()),
            }
        )


def jackson_open(inputs: Case) -> Case:
    network = Network(inputs)
    return network.figures(queueing.mm_c_wait(network.rates, network.service, network.servers))


def qna_network(inputs: Case) -> Case:
    network = Network(inputs)
    service_scv = np.broadcast_to(np.asarray(inputs.get("service_scv", 1.0), float), network.rates.shape)
    external_scv = np.broadcast_to(np.asarray(inputs.get("external_arrival_scv", 1.0), float), network.rates.shape)
    arrival_scv = network_variability.arrival_scv(
        network.order,
        network.flows,
        np.minimum(network.gain, 1.0),
        network.external,
        external_scv,
        network.utilization,
        network.servers,
        service_scv,
        np.maximum(network.gain - 1.0, 0.0),
    )
    wait = queueing.gg_c_wait(network.rates, network.service, network.servers, arrival_scv, service_scv)
    return network.figures(wait) | {"node_arrival_scv": arrival_scv}


def closed_mva(inputs: Case) -> Case:
    demands = inputs.get("demands_s")
    if demands is None:
        visits = np.asarray(inputs.get("visits", 1.0), float)
        times = inputs.get("service_times_s")
        if times is None:
            times = 1.0 / np.asarray(first(inputs, "service_rate_per_server_per_s"), float)
        demands = visits * np.asarray(times, float)
    users = int(first(inputs, "users", "population", "customers"))
    found = closed_networks.solve(users, float(inputs.get("think_time_s", 0.0)), demands, inputs.get("servers", 1))
    return both_spellings(
        {
            "throughput_per_s": found.throughput,
            "system_throughput_per_s": found.throughput,
            "node_response_s": found.node_response,
            "node_mean_response_s": found.node_response,
            "node_residence_s": found.node_response,
            "node_mean_in_system": found.node_in_system,
            "node_utilization": found.node_utilization,
            "system_response_s": found.system_response,
            "system_mean_response_s": found.system_response,
            "mean_response_s": found.system_response,
        }
    )


def fork_join_queues(inputs: Case) -> Case:
    rates = np.atleast_1d(np.asarray(first(inputs, "branch_service_rate_per_s", "service_rate_per_s"), float))
    if rates.size == 1:
        rates = np.repeat(rates, int(inputs.get("branches", 1)))
    jobs = float(first(inputs, "job_arrival_rate_per_s", "arrival_rate_per_s"))
    scv = float(inputs.get("service_scv", 1.0))
    servers = first(inputs, "servers_per_branch", "servers", default=1)
    response = joins.fork_join_response(jobs, rates, servers, scv)
    found = dict.fromkeys(("system_mean_response_s", "mean_response_s", "mean_s"), response)
    return found | {"mean_in_system": jobs * response}


def path_percentiles(inputs: Case) -> Case:
    """Stations in a row (or in parallel), one visit each: moments of each, added, and a gamma distribution."""
    rates = np.asarray(first(inputs, "service_rate_per_server_per_s", "service_rate_per_s"), float)
    arrivals = np.broadcast_to(
        np.asarray(first(inputs, "external_arrival_rate_per_s", "arrival_rate_per_s")), rates.shape
    )
    servers = np.broadcast_to(np.asarray(inputs.get("servers", 1), float), rates.shape)
    service_scv = np.broadcast_to(np.asarray(inputs.get("service_scv", 1.0), float), rates.shape)
    arrival_scv = _tandem_scv(arrivals, rates, servers, service_scv, inputs)
    station_load = (arrivals, rates, servers, arrival_scv, service_scv)
    wait, waiting = queueing.gg_c_wait(*station_load), queueing.wait_probability(*station_load)
    spread = queueing.wait_variance(wait, waiting, queueing.utilization(arrivals, rates, servers), service_scv)
    variance = latency.response_variance(1.0 / rates, service_scv, spread)
    mean = wait + 1.0 / rates
    round_trips = np.asarray(inputs.get("network_rtt_s", inputs.get("rtt_s", 0.0)), float)
    if "parallel" in str(inputs.get("call_semantics", "")).lower():
        found = {"mean_s": joins.slowest_mean(mean, variance)}
        return found | {f"{name}_s": joins.slowest_percentile(mean, variance, q) for name, q in QUANTILES.items()}
    total, total_variance = float(mean.sum() + round_trips.sum()), float(variance.sum())
    found = {"mean_s": total, "variance_s2": total_variance}
    return found | {
        f"{name}_s": float(latency.gamma_percentile(total, total_variance, q)) for name, q in QUANTILES.items()
    }


def _tandem_scv(arrivals: Any, rates: Any, servers: Any, service_scv: Any, inputs: Case) -> Any:
    n = rates.size
    order = FlowOrder(n, np.arange(n - 1), np.arange(1, n))
    external, external_scv = np.zeros(n), np.full(n, float(inputs.get("external_arrival_scv", 1.0)))
    external[0] = arrivals[0]
    rho = queueing.utilization(arrivals, rates, servers)
    ones = np.ones(n - 1)
    return network_variability.arrival_scv(order, arrivals[1:], ones, external, external_scv, rho, servers, service_scv)


def usl(inputs: Case) -> Case:
    loads = inputs.get("load", inputs.get("loads", inputs.get("concurrency", inputs.get("N"))))
    measured = inputs.get("throughput", inputs.get("throughputs", inputs.get("X", inputs.get("throughput_per_s"))))
    found: Case = {}
    if isinstance(loads, list) and isinstance(measured, list):
        fitted = scalability.fit(loads, measured)
        alpha, beta, gamma = fitted.alpha, fitted.beta, fitted.gamma
        found["r_squared"] = fitted.r_squared
    else:
        alpha, beta = (float(first(inputs, *names)) for names in (("alpha", "sigma"), ("beta", "kappa")))
        gamma = float(first(inputs, "gamma", "lambda", default=1.0))
        if loads is not None:
            found["throughput"] = scalability.throughput(loads, alpha, beta, gamma)
            found["capacity"] = scalability.throughput(loads, alpha, beta)
    peak = float(scalability.peak_load(alpha, beta))
    found |= {"alpha": alpha, "beta": beta, "gamma": gamma, "sigma": alpha, "kappa": beta, "lambda": gamma}
    highest = scalability.throughput_limit(alpha, beta, gamma)
    limit = gamma / alpha if alpha > 0 else float("inf")
    found |= dict.fromkeys(("peak_load", "peak_concurrency", "peak_n", "n_star"), peak)
    found |= dict.fromkeys(("peak_throughput", "max_throughput"), highest)
    return found | {"amdahl_limit": limit, "limit_throughput": limit, "scalability_limit": limit}


def throughput_arithmetic(inputs: Case) -> Case:
    """Samples, tokens and accelerators per second turned into one another; whatever the inputs allow."""
    samples, tokens = inputs.get("samples_per_second"), inputs.get("tokens_per_second")
    gpus, per_sample = first(inputs, "gpus", "accelerators", default=1), inputs.get("tokens_per_sample")
    if tokens is None and samples is not None and per_sample is not None:
        tokens = samples * per_sample
    if samples is None and tokens is not None and per_sample is not None:
        samples = tokens / per_sample
    found: Case = {}
    if samples is not None:
        found |= {"samples_per_second": samples, "samples_per_gpu_s": samples / gpus}
    if tokens is not None:
        found |= {"tokens_per_second": tokens, "tokens_per_gpu_s": tokens / gpus}
    if samples and tokens:
        found["tokens_per_sample"] = tokens / samples
    return found


ADAPTERS: dict[str, Callable[[Case], Case]] = {
    "mmc": mmc,
    "mm1": mmc,
    "mmc_percentiles": mmc_percentiles,
    "mg1": mg1,
    "ggc_approx": ggc,
    "mmck": mmck,
    "erlang_b": erlang,
    "erlang_c": erlang,
    "littles_law": littles_law,
    "jackson_open": jackson_open,
    "qna_network": qna_network,
    "closed_mva": closed_mva,
    "fork_join_queues": fork_join_queues,
    "path_percentiles": path_percentiles,
    "usl_peak": usl,
    "usl_fit": usl,
    "throughput_arithmetic": throughput_arithmetic,
}
