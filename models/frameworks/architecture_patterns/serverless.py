"""Rules about functions: limits, cold starts, their cost against containers, and bursts on a database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from models.analyses.serverless import break_even_rate, cold_starts
from models.catalog.catalog import Catalog
from models.catalog.records import UnitPrice
from models.evaluation.bill import SECONDS_PER_MONTH
from models.evaluation.columns import filled
from models.frameworks.architecture_patterns.reading import Mask, Reading
from models.frameworks.architecture_patterns.rules import Check, Hit, Rule
from models.report import Message, Remedy
from models.words import Number, Text

GIB_PER_VCPU = 1.769
"""Memory that buys one processor of AWS Lambda (AWS documentation, Configure function memory)."""
CONTAINER_TARGET = 0.6
CONTAINER_VCPU, CONTAINER_GIB = 2.0, 4.0
MIB = 1024.0


class Comparison(NamedTuple):
    """A node as a function and as containers, USD per month and requests/s; None = a price is not known.

    Attributes:
        cost_per_request: of the function, free tier left out.
        replica_usd_hour, replica_rate: of a container of 2 vCPU at its target utilization.
        break_even: mean requests/s from which containers cost no more.
    """

    row: int
    rate: float
    cost_per_request: float
    replica_usd_hour: float
    replica_rate: float
    break_even: float | None

    def function_usd(self, rate: float) -> float:
        """Return USD per month of the function at a mean rate."""
        return rate * SECONDS_PER_MONTH * self.cost_per_request

    def container_usd(self, rate: float, least: int = 1) -> float:
        """Return USD per month of the containers at a mean rate, at least `least` replicas."""
        replicas = max(int(np.ceil(rate / self.replica_rate - 1e-9)), least)
        return replicas * self.replica_usd_hour * 730.0


def functions(reading: Reading) -> tuple[int, ...]:
    """Return the numbers of the function nodes."""
    return tuple(int(row) for row in np.flatnonzero(reading.of_kind("function")))


class Prices(NamedTuple):
    """What functions and a container of 2 vCPU cost at a place: USD per call, per GiB-second, per hour."""

    call: float
    gib_second: float
    replica_hour: float


def _prices(reading: Reading, row: int) -> Prices | None:
    """Return the prices where the node stands, looked up once per place."""
    place = reading.main_places[row]
    if place not in reading.function_prices:
        reading.function_prices[place] = _look_up(reading.evaluation.catalog, *place)
    found: Prices | None = reading.function_prices[place]
    return found


def _look_up(catalog: Catalog, provider: str, region: str) -> Prices | None:
    if not region:
        return None
    calls = catalog.unit_price(provider, region, "function_requests")
    compute = catalog.unit_price(provider, region, "function_compute")
    machine = catalog.cheapest_fit(provider, region, CONTAINER_VCPU, CONTAINER_GIB)
    if calls is None or compute is None or machine is None:
        return None
    return Prices(_paid(calls) / 1e6, _paid(compute), machine[1].value)


def compare(reading: Reading, row: int) -> Comparison | None:
    """Return the node as a function and as containers at its place; None where a price is not known.

    A function is paid for until it replies, what it waits for included; a container works on others meanwhile.

    Memory is billed by the GiB that price lists call GB. A container serves 60 % of what its two processors can.
    """
    prices = _prices(reading, row)
    if prices is None:
        return None
    time = float(reading.evaluation.traffic.work.time[row])
    memory = float(reading.value(row, "memory_gib") or 1.0)
    if reading.node(row).kind != "function":
        memory = min(memory, GIB_PER_VCPU)
    price = prices.call + until_reply(reading, row) * memory * prices.gib_second
    processors = max(min(memory / GIB_PER_VCPU, CONTAINER_VCPU), 0.1)
    rate = CONTAINER_TARGET * CONTAINER_VCPU / (time * processors) if time > 0 else np.inf
    even = break_even_rate(price, prices.replica_hour, rate)
    return Comparison(row, float(reading.mean_rate[row]), price, prices.replica_hour, rate, even)


def until_reply(reading: Reading, row: int) -> float:
    """Return seconds that a function is paid for per call: its own work and what it waits for."""
    time = float(filled(reading.evaluation.traffic.work.time[row]))
    whole = float(reading.evaluation.traffic.reply.node_mean[row])
    return max(whole, time) if np.isfinite(whole) else time


def _paid(price: UnitPrice) -> float:
    """Return the first tier that costs anything: the free tier is shared by everything in the account."""
    return next((tier.unit_price_usd for tier in price.tiers if tier.unit_price_usd > 0), 0.0)


def runs_too_long(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A function whose longer calls reach its time limit."""
    time = reading.evaluation.traffic.load.node_response
    for row in functions(reading):
        limit = reading.value(row, "limit_s")
        if limit is not None and time[row] * rule.limit("times") > limit:
            words = {
                "name": reading.name(row),
                "time": reading.text(float(time[row]), "s"),
                "limit": reading.text(float(limit), "s"),
            }
            yield Hit(reading.node_ids([row]), words)


def payload_too_large(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A payload that the platform does not take: of a function, a queue, a bus or a stream."""
    request = filled(reading.flows.column("request_kib"))
    limits = {
        "queue": rule.limit("queue_kib"),
        "event_bus": rule.limit("queue_kib"),
        "stream": rule.limit("stream_kib"),
    }
    for row in np.flatnonzero((request > min(limits.values())) & ~reading.batch):
        node = int(reading.target[row])
        kind = reading.node(node).kind
        limit = limits.get(kind, np.inf)
        if kind == "function":
            limit = float(reading.value(node, "payload_limit_mib") or np.inf) * MIB
        if request[row] > limit:
            words = {
                "flow": reading.flow_name(row),
                "size": reading.text(float(request[row]) * 1024.0, "byte"),
                "limit": reading.text(limit * 1024.0, "byte"),
            }
            yield Hit(reading.flow_ids([row]), words)


def cold_share(reading: Reading, row: int) -> float:
    """Return the share of a function's requests over the day that find no warm instance."""
    hourly = filled(reading.evaluation.traffic.demand.node_hour[:, row])
    time = float(reading.evaluation.traffic.work.time[row])
    keep = float(reading.value(row, "keep_alive_s") or 600.0)
    cold = sum(rate * cold_starts(float(rate), time, keep).probability for rate in hourly if rate > 0)
    return float(cold / hourly.sum()) if hourly.sum() > 0 else 0.0


def cold_starts_felt(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Users who wait for the start of a function so often that the p95 shows it."""
    for row in functions(reading):
        if not reading.on_reply_path[row]:
            continue
        share = cold_share(reading, row)
        if share > rule.limit("share"):
            words = {
                "name": reading.name(row),
                "share": reading.text(share, "fraction"),
                "start": reading.text(float(reading.value(row, "cold_start_ms") or 0.0) / 1e3, "s"),
            }
            yield Hit(reading.node_ids([row]), words, (f"node/{reading.nodes.ids[row]}/response_p95_s",))


def dearer_than_containers(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A function beyond its break-even volume."""
    for row in functions(reading):
        found = compare(reading, row)
        if found is None or found.rate <= 0:
            continue
        function, container = found.function_usd(found.rate), found.container_usd(float(reading.rate[row]), 2)
        if function > container * rule.limit("times") and function - container > rule.limit("usd"):
            key = reading.nodes.ids[row]
            words = {
                "name": reading.name(row),
                "function": reading.text(function, "USD/month"),
                "container": reading.text(container, "USD/month"),
                "rate": reading.text(found.rate, "1/s"),
                "even": reading.text(found.break_even, "1/s") if found.break_even else Text("no rate"),
            }
            yield Hit((key,), words, (f"node/{key}/cost_per_month",))


def idle_container(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A small service that stands idle and would cost less as a function."""
    usd = reading.evaluation.money.bill.node_usd
    time = reading.evaluation.traffic.work.time
    idle = reading.of_kind("service") & (reading.load < rule.limit("load")) & (usd > rule.limit("usd"))
    idle &= (
        (reading.rate > 0) & (reading.evaluation.traffic.slots < rule.limit("load")) & (time < rule.limit("seconds"))
    )
    sites = np.bincount(reading.nodes.row_node, reading.nodes.copies, reading.n)
    for row in np.flatnonzero(idle & (sites <= 1) & ~_waiting(reading)).tolist():
        found = compare(reading, row)
        if found is None:
            continue
        function = found.function_usd(found.rate)
        if usd[row] - function > rule.limit("usd"):
            key = reading.nodes.ids[row]
            words = {
                "name": reading.name(int(row)),
                "load": reading.text(float(reading.load[row]), "fraction"),
                "now": reading.text(float(usd[row]), "USD/month"),
                "then": reading.text(function, "USD/month"),
                "even": reading.text(found.break_even, "1/s") if found.break_even else Text("no rate"),
            }
            label = Message("Run it as a function")
            yield Hit(
                (key,),
                words,
                (f"node/{key}/cost_per_month",),
                Remedy("run_as_function", {"node": key}, label, (f"node/{key}/cost_per_month",)),
            )


def _waiting(reading: Reading) -> Mask:
    """Return (n,) nodes that wait for a streamed answer: a function would be paid for meanwhile."""
    found = np.zeros(reading.n, dtype=bool)
    found[reading.source[reading.request & (reading.flows.column("streams") > 0)]] = True
    return found


def connection_burst(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A function that may open more connections than its database has."""
    databases = reading.of_kind("relational")
    slots = reading.service("slots")
    for row in functions(reading):
        calls = np.flatnonzero((reading.source == row) & reading.request & databases[reading.target])
        most = float(reading.value(row, "max_replicas") or 0.0)
        for flow in calls[:1]:
            store = int(reading.target[flow])
            if most > slots[store]:
                key = reading.nodes.ids[row]
                allowed = int(slots[store] * rule.limit("share"))
                words = {
                    "name": reading.name(row),
                    "most": Number(f"{most:g}"),
                    "store": reading.name(store),
                    "slots": Number(f"{slots[store]:g}"),
                }
                arguments = {"node": key, "name": "max_replicas", "value": allowed}
                label = Message("Allow {number} at a time", {"number": allowed})
                yield Hit(reading.node_ids([row, store]), words, remedy=Remedy("set_parameter", arguments, label))


def too_few_instances(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A function that needs more instances at peak than it may have."""
    time = reading.evaluation.traffic.work.time
    for row in functions(reading):
        needed = float(reading.rate[row] * filled(time[row]))
        most = float(reading.value(row, "max_replicas") or np.inf)
        if needed > most * rule.limit("share"):
            key = reading.nodes.ids[row]
            words = {"name": reading.name(row), "needed": Number(f"{needed:.3g}"), "most": Number(f"{most:g}")}
            number = int(np.ceil(needed / rule.limit("share")))
            arguments = {"node": key, "name": "max_replicas", "value": number}
            label = Message("Allow {number} at a time", {"number": number})
            yield Hit((key,), words, remedy=Remedy("set_parameter", arguments, label))


CHECKS: dict[str, Check] = {
    "runs_too_long": runs_too_long,
    "payload_too_large": payload_too_large,
    "cold_starts_felt": cold_starts_felt,
    "dearer_than_containers": dearer_than_containers,
    "idle_container": idle_container,
    "connection_burst": connection_burst,
    "too_few_instances": too_few_instances,
}
