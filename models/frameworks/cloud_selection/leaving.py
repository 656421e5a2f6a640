"""What binds the design to its providers, what leaving would cost, and in which order the parts would move.

A house estimate (`models.analyses.lock_in`): its parts are shown, and it is never called a measured figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from models.analyses.flow_order import FlowOrder
from models.analyses.lock_in import PERSON_DAYS_BY_CLASS, ExitCost, exit_cost
from models.catalog.catalog import Catalog
from models.dates import DAYS_PER_MONTH
from models.design.elements import Id, Node
from models.design.kinds import kinds, value_of
from models.evaluation.bill import CONTRACT, GB, GIB, total_of
from models.evaluation.result import Evaluation
from models.frameworks.cloud_selection.contracts import Contract, contracts, has_contracts, start_of_move
from models.frameworks.cloud_selection.inputs import number
from models.frameworks.cloud_selection.requirements import Requirements
from models.moves.regions import Key
from models.report import Message, Timeline
from models.words import Text, enumerated, joined

CLASS_WORDS = (
    Text("portable"),
    Text("standard protocol"),
    Text("managed open source"),
    Text("proprietary interface"),
    Text("proprietary"),
)
"""Portability classes 0 to 4, as they are called."""

EFFORT_LOW, EFFORT_HIGH = 0.5, 2.0
"""Range of the engineering effort around the table of person-days per class."""

HOURS_PER_DAY = 8.0
PREPARING = frozenset({"identity", "secrets", "monitoring", "ci_cd", "model_registry"})
ENTRANCES = frozenset({"cdn", "traffic_router", "load_balancer", "api_gateway"})
STATEFUL = frozenset({"store", "cache", "queue"})
MACHINES = frozenset({"compute", "accelerators"})


class Binding(NamedTuple):
    """How one node is bound to its provider: class, why, stored GB, person-days, flows across it, cost to move it."""

    node: Id
    place: Key
    service: str
    portability: int
    stored_gb: float
    days: float
    flows: int
    usd: float


class Exit(NamedTuple):
    """Leaving the providers of the drawing.

    Attributes:
        low, high: of the total, with the range of the effort.
        egress_usd_gb: price per GB to take the data out; None = not known (then the transfer counts as 0 and is named).
        contracts: of what moves, against the plan of the move; the dearest to leave first.
    """

    bindings: tuple[Binding, ...]
    cost: ExitCost
    low: float
    high: float
    day_rate: float
    days: float
    stored_gb: float
    egress_usd_gb: float | None
    contracts: tuple[Contract, ...] = ()


def portability_of(catalog: Catalog, node: Node, provider: str) -> int:
    """Return the portability class of a node at a provider, 0 (runs anywhere) to 4 (proprietary).

    What the own team runs on machines is as portable as a container; what is not managed in the catalog keeps its
    class.
    """
    service = catalog.service(node.kind, provider)
    if service is None:
        return 0
    if service.portability <= 1 or not service.managed or value_of(node, "managed") is not False:
        return service.portability
    kind = kinds().nodes.get(node.kind)
    return 1 if kind is not None and kind.compute != "none" else service.portability


def lock_in_level(evaluation: Evaluation, providers: Mapping[Id, str], coupling: Mapping[Id, int]) -> float:
    """Return the mean portability class of the nodes, weighted by 1 + their flows: coupling counts."""
    design, catalog = evaluation.design, evaluation.catalog
    total = weighted = 0.0
    for key, provider in providers.items():
        weight = 1.0 + coupling[key]
        total += weight
        weighted += weight * portability_of(catalog, design.nodes[key], provider)
    return weighted / total if total else 0.0


def read_exit(
    evaluation: Evaluation, requirements: Requirements, staying: Iterable[Id] = (), target: Key | None = None
) -> Exit:
    """Return what leaving costs: data out, rework by class, both places running, commitments still owed.

    Args:
        staying: nodes that do not move.
        target: where to, for the lines that the data takes; None = as assumed.
    """
    design, brief = evaluation.design, evaluation.design.brief
    hourly = float(value_of(brief, "people_usd_month") or 0.0) / float(value_of(brief, "people_hours_month") or 140.0)
    day_rate = hourly * HOURS_PER_DAY
    services, kept = _services(evaluation, requirements), frozenset(staying)
    inputs = (services, requirements.places, requirements.stored, requirements.coupling, kept, day_rate)
    ordered, total_gb, unit = evaluation.pipeline.stages.run(
        "bindings", inputs, lambda: _bindings(evaluation.catalog, requirements, services, kept, day_rate)
    )
    bound = _contracts(evaluation, ordered, target) if has_contracts(evaluation) else ()
    cost = exit_cost(
        total_gb,
        unit or 0.0,
        [binding.portability for binding in ordered],
        day_rate,
        number(design, "exit/dual_months"),
        _run_cost(evaluation),
        sum(each.owed or 0.0 for each in bound),
    )
    low, high = (cost.total + cost.rework * (factor - 1.0) for factor in (EFFORT_LOW, EFFORT_HIGH))
    days = sum(binding.days for binding in ordered)
    return Exit(ordered, cost, low, high, day_rate, days, total_gb, unit, bound)


def _bindings(
    catalog: Catalog,
    requirements: Requirements,
    services: Mapping[Id, tuple[int, str]],
    kept: frozenset[Id],
    day_rate: float,
) -> tuple[tuple[Binding, ...], float, float | None]:
    """Return what binds each node that moves, the dearest first, their GB, and the mean price of a GB that leaves."""
    places = {key: found[0] for key, found in requirements.places.items() if key not in kept}
    prices = {place: catalog.transfer_price(place, None) for place in set(places.values()) if place[1]}
    bindings = []
    for key, place in places.items():
        level, name = services[key]
        gigabytes = requirements.stored.get(key, 0.0) * GIB / GB
        usd = PERSON_DAYS_BY_CLASS[level] * day_rate
        if gigabytes:
            usd += gigabytes * (_unit(prices.get(place), gigabytes) or 0.0)
        flows = requirements.coupling[key]
        bindings.append(Binding(key, place, name, level, gigabytes, PERSON_DAYS_BY_CLASS[level], flows, usd))
    total_gb = sum(binding.stored_gb for binding in bindings)
    ordered = tuple(sorted(bindings, key=lambda binding: -binding.usd))
    return ordered, total_gb, _mean_unit(bindings, places, prices)


def _contracts(evaluation: Evaluation, bindings: tuple[Binding, ...], target: Key | None) -> tuple[Contract, ...]:
    steps = _steps(evaluation, bindings, target)
    moved = {key: step.end for step in steps for key in step.nodes}
    return contracts(evaluation, moved, steps[-1].end if steps else 0.0)


def _services(evaluation: Evaluation, requirements: Requirements) -> dict[Id, tuple[int, str]]:
    """Return the portability class and the name of what each node uses where it is drawn."""
    design, catalog, stages = evaluation.design, evaluation.catalog, evaluation.pipeline.stages
    words = stages.each(
        "services", tuple(design.nodes.values()), lambda node: (node.kind, node.technology, value_of(node, "managed"))
    )

    def find() -> dict[Id, tuple[int, str]]:
        found = {}
        for key, ((provider, _), *_) in requirements.places.items():
            node = design.nodes[key]
            service = catalog.service(node.kind, provider)
            name = service.name if service else node.technology or "own"
            found[key] = portability_of(catalog, node, provider), name
        return found

    return stages.run("portability", (words, requirements.places), find)


def _unit(price: object, gigabytes: float) -> float | None:
    """Return the price per GB at the tier that this much data reaches."""
    tiers = getattr(price, "tiers", ())
    reached = [tier.unit_price_usd for tier in tiers if tier.from_quantity <= gigabytes]
    return reached[-1] if reached else tiers[0].unit_price_usd if tiers else None


def _mean_unit(
    bindings: list[Binding], places: dict[Id, tuple[str, str]], prices: Mapping[tuple[str, str], object]
) -> float | None:
    by_place: dict[tuple[str, str], float] = {}
    for binding in bindings:
        place = places[binding.node]
        by_place[place] = by_place.get(place, 0.0) + binding.stored_gb
    units = {place: _unit(prices.get(place), volume) for place, volume in by_place.items()}
    known = {place: unit for place, unit in units.items() if unit is not None}
    total = sum(by_place[place] for place in known)
    if not known:
        return None
    if total <= 0:
        return next(iter(known.values()))
    return sum(by_place[place] * unit for place, unit in known.items()) / total


def _run_cost(evaluation: Evaluation) -> float:
    """Return what the providers bill a month: without people, contracts and hardware of one's own."""
    own = {"people", CONTRACT, "environments"}
    return total_of([line for line in evaluation.money.bill.lines if line.category not in own])


# -- the plan --------------------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """One wave of the move: what moves, months from the start, person-days, and what is copied."""

    title: str
    nodes: tuple[Id, ...]
    start: float
    end: float
    days: float
    copied_gb: float


def exit_plan(evaluation: Evaluation, leaving: Exit, target: Key | None) -> tuple[Step, ...]:
    """Return the waves of a move: the ground first, then services after what they call, data last, then the switch.

    A wave takes its person-days at the days a month that the teams give, or the time to copy its data if that is
    longer. The data is copied while both places run; the entrances move when everything behind them has.
    """
    return _steps(evaluation, leaving.bindings, target)


def _steps(evaluation: Evaluation, bindings: tuple[Binding, ...], target: Key | None) -> tuple[Step, ...]:
    design = evaluation.design
    pace = max(number(design, "exit/days_month"), 1e-9)
    binding = {entry.node: entry for entry in bindings}
    steps: list[Step] = []
    at = 0.0
    for title, members in _waves(evaluation, list(binding)):
        days = sum(binding[key].days for key in members)
        copied = sum(binding[key].stored_gb for key in members)
        speed = _gbit_s(evaluation, {binding[key].place for key in members}, target)
        length = max(days / pace, copied * 8.0 / speed / 86_400.0 / DAYS_PER_MONTH)
        steps.append(Step(title, tuple(members), at, at + length, days, copied))
        at += length
    dual = number(design, "exit/dual_months")
    if steps and dual > 0:
        steps.append(Step(Text("Both places run; then the old one is closed"), (), at, at + dual, 0.0, 0.0))
    return tuple(steps)


def _waves(evaluation: Evaluation, nodes: list[Id]) -> list[tuple[str, list[Id]]]:
    """Return (title, nodes) of each wave; services in the order of the levels of their calls, turned around."""
    design = evaluation.design
    ground = [key for key in nodes if design.nodes[key].kind in PREPARING]
    doors = [key for key in nodes if design.nodes[key].kind in ENTRANCES]
    set_apart = {*ground, *doors}
    stores = [key for key in nodes if key not in set_apart and _station(design.nodes[key]) in STATEFUL]
    set_apart.update(stores)
    rest = {key: number for number, key in enumerate(key for key in nodes if key not in set_apart)}
    calls = [
        (rest[flow.target], rest[flow.source])
        for flow in design.flows.values()
        if flow.source in rest and flow.target in rest and flow.source != flow.target
    ]
    order = FlowOrder(len(rest), [first for first, _ in calls], [second for _, second in calls])
    named = list(rest)
    waves = [(Text("Ground: identity, secrets, delivery, monitoring"), ground)]
    for wave, level in enumerate(order.levels, start=1):
        members = [named[number] for number in level.nodes.tolist()]
        waves.append((Text("Services, wave {wave}: {named}", wave=wave, named=_named(evaluation, members)), members))
    waves.append((Text("Data, copied while both run: {named}", named=_named(evaluation, stores)), stores))
    waves.append((Text("Entrances switched: {named}", named=_named(evaluation, doors)), doors))
    return [(title, members) for title, members in waves if members]


def _station(node: Node) -> str:
    kind = kinds().nodes.get(node.kind)
    return kind.station if kind else ""


def _named(evaluation: Evaluation, nodes: list[Id]) -> str:
    names = [evaluation.design.nodes[key].name for key in nodes]
    return enumerated(names, 3) if len(names) > 3 else joined(names)


def _gbit_s(evaluation: Evaluation, places: set[Key], target: Key | None) -> float:
    """Return the line for a wave's data: measured between the two regions, else as assumed."""
    assumed = max(number(evaluation.design, "exit/gbit_s"), 1e-9)
    if target is None:
        return assumed
    found = [
        fact.value for place in places if (fact := evaluation.catalog.throughput_gbit_s(place, target)) is not None
    ]
    return min(found) if found else assumed


def exit_timeline(evaluation: Evaluation, steps: tuple[Step, ...], leaving: Exit, provider: str) -> Timeline:
    """Return the waves on the calendar where a start is stated, each contract up to its end, and the closing."""
    start = start_of_move(evaluation)
    tasks: list[tuple[str, float, float, str]] = [
        (_short(step.title), step.start, step.end, _group(step.title)) for step in steps
    ]
    for contract in leaving.contracts:
        if contract.left is not None:
            group = Text("contracts, end assumed") if contract.assumed else Text("contracts")
            tasks.append((contract.name, 0.0, max(contract.left, 0.0), group))
    marks = ((steps[-1].end, Text("old place closed")),) if steps and leaving.contracts else ()
    title = Message("Leaving for {name}: what moves when", {"name": provider})
    return Timeline(title, tuple(tasks), start.isoformat() if start is not None else "", marks)


def _group(title: str) -> str:
    groups = {
        "Ground": Text("ground"),
        "Services": Text("services"),
        "Data": Text("data"),
        "Entrances": Text("switch"),
        "Both": Text("dual run"),
    }
    return next(group for word, group in groups.items() if title.startswith(word))


def _short(title: str) -> Text:
    """Return a wave as its bar is called, without the nodes that move."""
    wave = re.match(r"Services, wave (\d+)", title)
    if wave is not None:
        return Text("Services, wave {wave}", wave=wave[1])
    heads = {
        "Ground": Text("Ground"),
        "Data": Text("Data, copied while both run"),
        "Entrances": Text("Entrances switched"),
        "Both": Text("Both places run; then the old one is closed"),
    }
    return next(head for word, head in heads.items() if title.startswith(word))
