"""Cost against response time of one node on every machine that could run it: where it stands, and what would be better.

Each option gets the fewest replicas that hold the target utilization (`models.analyses.right_sizing`); its 95th
percentile is that of G/G/c as in the evaluation. Without a benchmark a vCPU is taken to be as fast everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.analyses.latency import gamma_percentile
from models.analyses.queueing import gg_c
from models.analyses.right_sizing import smallest_servers
from models.catalog.catalog import Catalog
from models.evaluation.bill import HOURS_PER_MONTH
from models.evaluation.columns import Floats, filled
from models.evaluation.load import DEFAULT_TARGET, SERVER
from models.frameworks.cost_optimization.fleet import Fleet
from models.frameworks.cost_optimization.inputs import setting
from models.frameworks.cost_optimization.view import View
from models.report import Axis, Block, Cell, Chart, Column, Message, Series, Table
from models.words import Text

SIZES = (1.0, 2.0, 4.0, 8.0, 16.0)
ARCHITECTURES = ("x86", "arm")
WORTH_SEEING = 1e-3


class Option(NamedTuple):
    """One way to run the node: machine, replicas, USD per month, p95 in s, utilization; `best`: on the frontier."""

    machine: str
    replicas: int
    usd: float
    p95: float
    utilization: float
    measured: bool
    best: bool


class Need(NamedTuple):
    """What a node needs: requests/s at its peak per copy, seconds per call and their scv, servers of one replica."""

    rate: float
    time: float
    scv: float
    servers: float
    vcpu: float
    memory_gib: float
    target: float
    least: int


@lru_cache(maxsize=256)
def options(
    catalog: Catalog,
    place: tuple[str, str],
    need: Need,
    benchmarks: tuple[tuple[str, float], ...] = (),
    factor: float = 1.0,
) -> tuple[Option, ...]:
    """Return the options of a node, the cheapest first.

    Args:
        benchmarks: measured requests/s of one machine at full load, by type; overrides the model.
        factor: on all prices.
    """
    measured = dict(benchmarks)
    machines = _machines(catalog, *place, need.memory_gib, tuple(measured))
    if not machines or need.rate <= 0 or need.time <= 0:
        return ()
    vcpu = np.array([size for _, size, _ in machines])
    price = np.array([usd for _, _, usd in machines])
    servers = np.maximum(np.floor(need.servers * vcpu / need.vcpu + 1e-9), 1.0)
    own = np.array([measured.get(name, 0.0) for name, _, _ in machines])
    speed = np.where(
        own > 0, own / servers, np.where(servers * need.vcpu > need.servers * vcpu, vcpu / need.vcpu, 1.0) / need.time
    )
    needed = smallest_servers(need.rate, speed, need.target)
    replicas = np.maximum(np.ceil(needed / servers), need.least)
    p95 = _percentile(need, speed, replicas * servers)
    usd = replicas * price * HOURS_PER_MONTH * factor
    used = need.rate / (speed * replicas * servers)
    order = np.lexsort((p95, usd)).tolist()
    found, least = [], np.inf
    for at in order:
        best = bool(p95[at] < least * (1.0 - WORTH_SEEING))
        least = float(p95[at]) if best else least
        name = machines[at][0]
        found.append(
            Option(name, int(replicas[at]), float(usd[at]), float(p95[at]), float(used[at]), own[at] > 0, best)
        )
    return tuple(found)


@lru_cache(maxsize=256)
def _machines(
    catalog: Catalog, provider: str, region: str, memory_gib: float, named: tuple[str, ...]
) -> tuple[tuple[str, float, float], ...]:
    """Return (type, vCPU, USD per hour) of the cheapest machine of each size and architecture, and of those named."""
    found: dict[str, tuple[str, float, float]] = {}
    for architecture in ARCHITECTURES:
        for size in SIZES:
            fit = catalog.cheapest_fit(provider, region, size, memory_gib, architecture=architecture)
            if fit is not None:
                found[fit[0].type] = (fit[0].type, float(fit[0].vcpu), fit[1].value)
    for name in named:
        instance, price = catalog.instance(provider, name), catalog.instance_price(provider, region, name)
        if instance is not None and price is not None:
            found[name] = (name, float(instance.vcpu), price.value)
    return tuple(found.values())


def _percentile(need: Need, speed: Floats, servers: Floats) -> Floats:
    """Return the p95 of each option's own response in seconds, by its mean and variance as a G/G/c station."""
    station = (need.rate, speed, servers, 1.0, need.scv)
    wait = gg_c(*station)
    return np.asarray(gamma_percentile(wait.mean + 1.0 / speed, wait.variance + need.scv / speed**2, 0.95))


def frontier_blocks(view: View, found: Fleet) -> Iterator[Block]:
    """Yield the frontier of the node that the inputs name, else of the dearest node that machines could run."""
    at = _chosen(view, found)
    if at is None:
        return
    nodes, node = view.evaluation.pipeline.nodes, int(found.node[at])
    row = int(found.row[at])
    place = nodes.place_list[nodes.places[row]]
    stated = setting(view.evaluation.design, "benchmarks").items()
    benchmarks = tuple(sorted((str(name), float(rate)) for name, rate in stated))
    need = _need(view, found, at)
    every = options(view.evaluation.catalog, place.key, need, benchmarks, float(found.factor[at]))
    if not every:
        return
    name = nodes.elements[node].name
    copies = float(found.copies[at])
    offer = view.evaluation.money.bought.offers[view.evaluation.money.bought.offer[row]]
    here = Option(
        offer.label,
        int(found.replicas[at]),
        float(found.cost[at]) / copies,
        float(view.evaluation.node_percentile[node]),
        need.rate * need.time / float(found.replicas[at] * need.servers),
        False,
        False,
    )
    twin = next((one for one in every if (one.machine, one.replicas, one.measured) == (*here[:2], False)), None)
    if twin is not None:  # what is drawn is one of the options and told once
        here, every = here._replace(best=twin.best), tuple(one for one in every if one is not twin)
    yield _chart(name, every, here, copies)
    yield _table(name, every, here, copies)


def _chosen(view: View, found: Fleet) -> int | None:
    """Return the fleet row to draw; None when no node has a load, a price and plain machines."""
    nodes, traffic = view.evaluation.pipeline.nodes, view.evaluation.traffic
    kinds = [nodes.kind(int(node)) for node in found.node]
    plain = np.array([kind is not None and kind.compute == "instance" for kind in kinds], dtype=bool)
    rate = filled(traffic.load.arrival[found.row])
    time = filled(traffic.work.time[found.node])
    able = plain & (found.station == SERVER) & ~found.accelerated & ~found.own_price & found.alone
    able &= (rate > 0) & (time > 0) & (found.replicas > 0)
    wanted = str(setting(view.evaluation.design, "frontier_node")).casefold()
    cost = np.where(able, found.cost, -1.0)
    for at in np.flatnonzero(able).tolist():
        if wanted and wanted in (nodes.elements[int(found.node[at])].name.casefold(), nodes.ids[int(found.node[at])]):
            return int(at)
    return int(np.argmax(cost)) if able.any() else None


def _need(view: View, found: Fleet, at: int) -> Need:
    nodes, traffic, node = view.evaluation.pipeline.nodes, view.evaluation.traffic, int(found.node[at])

    def of(group: str, name: str, default: float) -> float:
        value = float(nodes.column(group, name)[node])
        return default if np.isnan(value) else value

    offer = view.evaluation.money.bought.offers[view.evaluation.money.bought.offer[int(found.row[at])]]
    size = float(offer.instance.vcpu) if offer.instance is not None else of("money", "vcpu", 2.0)
    place = nodes.place_list[nodes.places[int(found.row[at])]]
    return Need(
        float(traffic.load.arrival[int(found.row[at])]),
        float(traffic.work.time[node]),
        float(traffic.work.scv[node]),
        of("service", "servers", 1.0),
        size,
        of("money", "memory_gib", 1.0),
        of("service", "target_utilization", DEFAULT_TARGET),
        int(min(found.drawn[at], place.zones)),
    )


def _chart(name: str, every: tuple[Option, ...], here: Option, copies: float) -> Chart:
    best = [option for option in every if option.best]
    rest = [option for option in every if not option.best]
    series = (
        _series(Text("Others"), rest, copies, "muted"),
        _series(Text("Frontier"), best, copies, "good"),
        _series(Text("You are here"), [here], copies, "accent"),
    )
    return Chart(
        "scatter",
        Message("Cost against response time of “{name}”", {"name": name}),
        Axis(Message("Cost per month"), "USD/month"),
        Axis(Message("Own response time, p95"), "s"),
        tuple(one for one in series if one.x),
    )


def _series(name: str, chosen: list[Option], copies: float, role: str) -> Series:
    x = tuple(option.usd * copies for option in chosen)
    return Series(name, x, tuple(option.p95 for option in chosen), role=role)  # type: ignore[arg-type]


def _table(name: str, every: tuple[Option, ...], here: Option, copies: float) -> Table:
    def row(option: Option, mark: str) -> tuple[Cell, ...]:
        return (option.machine, float(option.replicas), option.usd * copies, option.p95, option.utilization, mark)

    marks = {True: Text("frontier"), False: ""}
    rows = [row(here, Text("as drawn, frontier") if here.best else Text("as drawn"))]
    rows += [row(option, Text("measured") if option.measured else marks[option.best]) for option in every]
    columns = (
        Column(Message("Machine")),
        Column(Message("Replicas"), "count"),
        Column(Message("Cost"), "USD/month"),
        Column(Message("p95"), "s"),
        Column(Message("Used"), "fraction"),
        Column(Message("")),
    )
    return Table(
        Message("Machines that could run “{name}” at its target utilization", {"name": name}), columns, tuple(rows)
    )
