"""Study: autoscaling policies side by side over one drawn day: replicas, saturated minutes, late minutes, cost.

Reactive policies run the Kubernetes autoscaler in 15 s steps (`models.analyses.autoscaling_trace`); a scheduled one
sets replicas by the hour; a predictive one knows the demand of the time that a replica needs to start. Demand is the
drawn profile, straight between the hours, with the noise of independent arrivals.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from msgspec import Struct

from models.analyses.autoscaling_trace import simulate as reactive
from models.analyses.queueing import gg_c_wait
from models.catalog.catalog import Catalog, catalog_from_blob, load_catalog
from models.design.design import Design, from_text, to_text
from models.design.elements import Id
from models.design.kinds import value_of
from models.evaluation import Evaluation, evaluate
from models.evaluation.autoscaled import policy_of
from models.evaluation.columns import Floats
from models.evaluation.load import DEFAULT_TARGET
from models.studies.provider_costs import design_digest

STEP = 15.0
DAY = 86_400.0
SHOWN_EVERY = 60
MOST_NODES = 4
LATE_FACTOR = 1.0
POLICIES: dict[str, tuple[str, float, float]] = {
    "as drawn": ("reactive", 1.0, 300.0),
    "conservative": ("reactive", 0.8, 600.0),
    "aggressive": ("reactive", 1.25, 60.0),
    "scheduled": ("scheduled", 1.0, 0.0),
    "predictive": ("predictive", 1.0, 0.0),
}
"""Policy → (way, factor on the target utilization, window before scaling down in seconds)."""
DRAWN = "as drawn"
HIGHEST_TARGET = 0.95


class PolicyDay(Struct, frozen=True):
    """One policy on one node over a day.

    Attributes:
        replicas: every 15 minutes, per site.
        replica_hours: a day; saturated_s: seconds in which the replicas cannot carry the load; late_s: seconds in which
            the mean wait is longer than the work.
    """

    policy: str
    replicas: tuple[float, ...]
    replica_hours: float
    saturated_s: float
    late_s: float


class NodeDay(Struct, frozen=True):
    """A node with all policies; `needed` is the demand in replicas at the target, every 15 minutes."""

    node: Id
    name: str
    autoscaled: bool
    drawn: int
    needed: tuple[float, ...]
    usd_replica_hour: float | None
    days: tuple[PolicyDay, ...]


class AutoscalingComparison(Struct, frozen=True):
    """All nodes compared for one design, price list and month; `design` and `catalog` are digests."""

    design: str
    catalog: str
    month: int
    nodes: tuple[NodeDay, ...]

    def fits(self, evaluation: Evaluation) -> bool:
        """Return whether it was made for what the evaluation shows."""
        same = self.month == evaluation.month and self.catalog == evaluation.catalog.digest
        return same and self.design == design_digest(evaluation.design)


class AutoscalingQuestion(Struct, frozen=True):
    """What to compare, as plain text and bytes, so that another process can answer it."""

    design: str
    catalog: bytes
    month: int

    @staticmethod
    def of(evaluation: Evaluation) -> AutoscalingQuestion:
        """Return the question behind what an evaluation shows."""
        shipped = evaluation.catalog.digest == load_catalog().digest
        return AutoscalingQuestion(
            to_text(evaluation.design), b"" if shipped else evaluation.catalog.blob(), evaluation.month
        )

    def __call__(self) -> AutoscalingComparison:
        """Answer the question."""
        catalog = catalog_from_blob(self.catalog) if self.catalog else load_catalog()
        return compare_policies(from_text(self.design), catalog, self.month)


def compare_policies(design: Design, catalog: Catalog, month: int = 0, seed: int = 1) -> AutoscalingComparison:
    """Return the policies on the autoscaled nodes, else on the fullest ones that have replicas."""
    evaluation = evaluate(design, catalog, month)
    stations = [_station(evaluation, row, seed) for row in _candidates(evaluation)]
    days = [_days(name, stations) for name in POLICIES] if stations else []
    found = [
        NodeDay(
            one.node, one.name, one.autoscaled, one.drawn, _shown(one.rates / (one.each * one.target)), one.usd, own
        )
        for one, own in zip(stations, zip(*days, strict=True), strict=True)
    ]
    return AutoscalingComparison(design_digest(design), catalog.digest, month, tuple(found))


def _shown(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values[::SHOWN_EVERY])


class _Station(NamedTuple):
    """One site of a node: demand in 15 s steps, what a replica serves, its target, bounds, start-up time and price."""

    node: Id
    name: str
    autoscaled: bool
    drawn: int
    rates: Floats
    each: float
    target: float
    least: int
    most: int
    ready: float
    usd: float | None
    way: str
    window: float

    @property
    def needed(self) -> tuple[float, ...]:
        """Return the demand in replicas at the target."""
        return _shown(self.rates / (self.each * self.target))


def _candidates(evaluation: Evaluation) -> list[int]:
    nodes, load = evaluation.pipeline.nodes, evaluation.traffic.load
    scaled = nodes.column("service", "autoscaled")
    top = np.full(len(nodes.ids), np.nan)
    for row in np.flatnonzero((nodes.role == 0) & np.isfinite(load.capacity) & (load.replicas > 0)):
        top[nodes.row_node[row]] = load.utilization[row]
    able = ~np.isnan(scaled) & (np.nan_to_num(top) > 0) & np.isin(nodes.station, (1, 2))
    chosen = np.flatnonzero(able & (scaled == 1.0))
    if not len(chosen):
        chosen = np.flatnonzero(able)
    order = chosen[np.argsort(-np.nan_to_num(top[chosen]), kind="stable")]
    return [int(row) for row in order[:MOST_NODES]]


def day_of(evaluation: Evaluation, row: int, seed: int) -> Floats:
    """Return (5,760,) requests/s in 15 s steps at one site of a node: the profile between hours, with arrival noise."""
    hourly = np.nan_to_num(evaluation.traffic.demand.node_hour[:, row])
    time = np.arange(0.0, DAY, STEP)
    smooth = np.interp(time, np.arange(25) * 3600.0, np.append(hourly, hourly[0]))
    site = _site(evaluation, row)
    load = evaluation.traffic.load
    peak = float(evaluation.traffic.demand.node_peak[row])
    share = float(load.arrival[site]) / peak if peak > 0 else 0.0
    noise = np.random.default_rng([seed, row])
    expected = smooth * share * STEP
    return np.asarray(noise.poisson(expected) / STEP, dtype=float)


def _site(evaluation: Evaluation, row: int) -> int:
    nodes, load = evaluation.pipeline.nodes, evaluation.traffic.load
    sites = np.flatnonzero((nodes.row_node == row) & (nodes.role == 0))
    return int(sites[np.argmax(np.nan_to_num(load.utilization[sites]))])


def _station(evaluation: Evaluation, row: int, seed: int) -> _Station:
    nodes, load = evaluation.pipeline.nodes, evaluation.traffic.load
    site = _site(evaluation, row)
    drawn = int(nodes.replicas[site])

    def held(group: str, name: str, default: float) -> float:
        return float(np.nan_to_num(nodes.column(group, name)[row], nan=default))

    bought = evaluation.money.bought
    offer = bought.offers[bought.offer[site]] if bought.offer[site] >= 0 else None
    return _Station(
        nodes.ids[row],
        nodes.elements[row].name,
        held("service", "autoscaled", 0.0) == 1.0,
        drawn,
        day_of(evaluation, row, seed),
        float(load.capacity[site] / load.replicas[site]),
        held("service", "target_utilization", DEFAULT_TARGET),
        max(int(held("service", "min_replicas", 1.0)), 1),
        max(int(held("service", "max_replicas", drawn)), drawn, 1),
        held("reliability", "ready_s", 30.0),
        offer.usd_hour.value / offer.per_host if offer is not None and offer.usd_hour is not None else None,
        policy_of(nodes, row),
        float(value_of(nodes.elements[row], "scale_down_s") or 0.0),
    )


def _days(name: str, stations: list[_Station]) -> tuple[PolicyDay, ...]:
    """Return one policy's day on every station, side by side; "as drawn" is the policy that each node states."""
    way, factor, window = POLICIES[name]
    if name != DRAWN or not stations:
        return _days_of(name, stations, way, factor, window)
    found: dict[int, PolicyDay] = {}
    for drawn in sorted({(one.way, one.window) for one in stations}):
        same = [at for at, one in enumerate(stations) if (one.way, one.window) == drawn]
        days = _days_of(name, [stations[at] for at in same], drawn[0], factor, drawn[1])
        found.update(zip(same, days, strict=True))
    return tuple(found[at] for at in range(len(stations)))


def _days_of(name: str, stations: list[_Station], way: str, factor: float, window: float) -> tuple[PolicyDay, ...]:
    rates = np.stack([one.rates for one in stations], axis=1)
    each, least, most = (np.array([one[at] for one in stations], dtype=float) for at in (5, 7, 8))
    aim = np.minimum(np.array([one.target for one in stations]) * factor, HIGHEST_TARGET)
    ready = [one.ready for one in stations]
    if way == "reactive":
        trace = reactive(rates, each, aim, least, most, ready_delay=ready, step=STEP, down_window=window)
        running, serving = trace.replicas, trace.serving
    else:
        planned = [_planned(way, *parts) for parts in zip(rates.T, each * aim, ready, strict=True)]
        running = serving = np.clip(np.stack(planned, axis=1), least, most)
    wait = gg_c_wait(rates, each, np.maximum(serving, 1.0))
    saturated, late = (rates >= serving * each).sum(axis=0) * STEP, (wait > LATE_FACTOR / each).sum(axis=0) * STEP
    hours = running.sum(axis=0) * STEP / 3600.0
    return tuple(
        PolicyDay(name, _shown(running[:, at]), float(hours[at]), float(saturated[at]), float(late[at]))
        for at in range(len(stations))
    )


def _planned(way: str, rates: Floats, aimed: float, ready: float) -> Floats:
    """Return replicas set ahead: by the hour's highest minute, or by the highest demand of the next start-up time."""
    minute = np.convolve(np.concatenate([rates, rates[:3]]), np.full(4, 0.25), "valid")
    if way == "scheduled":
        hours = minute.reshape(24, -1).max(axis=1)
        return np.asarray(np.ceil(np.repeat(hours, len(rates) // 24) / aimed))
    steps = max(int(np.ceil(ready / STEP)), 1)
    ahead = np.concatenate([minute, minute[:steps]])
    windows = np.lib.stride_tricks.sliding_window_view(ahead, steps + 1)
    return np.asarray(np.ceil(windows.max(axis=1)[: len(rates)] / aimed))
