"""What the drawing asks of a cloud: services, accelerators, places of users and data, storage, availability."""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.catalog.catalog import Catalog, UnknownPlace
from models.catalog.records import Service
from models.design.elements import Flow, Id, Node
from models.design.kinds import kinds, value_of
from models.evaluation.columns import filled
from models.evaluation.places import OWN_PLACES
from models.evaluation.result import Evaluation
from models.moves.re_place import STAYING, accelerator_need
from models.moves.regions import AcceleratorNeed, Key, accelerator_offer, is_allowed, open_regions

SENSITIVE = ("confidential", "personal", "personal_images", "health", "card_data", "pseudonymised")
"""Data classes that a rule or a contract ties to a place, the least bound first."""

GUARDED = frozenset({"confidential", "personal", "personal_images", "health", "card_data"})
"""Classes that may not be handed to another company without a contract (pseudonymised data is handled as such)."""


class Crossing(NamedTuple):
    """Sensitive data at a place where it may not be, or in other hands: the path of nodes it took, ending there.

    `stated` is False when the last flow states no class, so that the data may stop before.
    """

    data_class: str
    path: tuple[Id, ...]
    place: str
    stated: bool


class Requirements(NamedTuple):
    """What the drawing asks for.

    Attributes:
        nodes: movable node id → provider it is drawn at; places: its (provider, region) places, the first one first.
        coupling: node id → flows that begin or end there.
        kinds: kind id → nodes of it, only kinds that a cloud sells.
        accelerators: (accelerator need, nodes, cards in total).
        users: place of users → share.
        residency: of the brief; data: node id → most sensitive class it holds.
        storage_gib: stored in total; stored: GiB by node.
    """

    nodes: dict[Id, str]
    places: dict[Id, tuple[Key, ...]]
    coupling: dict[Id, int]
    kinds: dict[str, tuple[Id, ...]]
    accelerators: tuple[tuple[AcceleratorNeed, tuple[Id, ...], float], ...]
    users: dict[str, float]
    residency: str
    data: dict[Id, str]
    storage_gib: float
    stored: dict[Id, float]
    target_availability: float | None


def read_requirements(evaluation: Evaluation) -> Requirements:
    """Return what the drawing asks for."""
    design = evaluation.design
    places = read_places(evaluation)
    stages = evaluation.pipeline.stages
    nodes, groups = stages.run(
        "cloud kinds", (places, evaluation.pipeline.nodes.kind_code), lambda: _by_kind(evaluation, places)
    )
    stored = _stored(evaluation)
    target = value_of(design.brief, "target_availability")
    return Requirements(
        nodes,
        places,
        _coupling(evaluation),
        groups,
        _accelerators(evaluation, nodes),
        user_shares(evaluation),
        str(value_of(design.brief, "residency") or "none"),
        data_classes(evaluation),
        sum(stored.values()),
        stored,
        float(target) if isinstance(target, int | float) else None,
    )


def _by_kind(
    evaluation: Evaluation, places: dict[Id, tuple[Key, ...]]
) -> tuple[dict[Id, str], dict[str, tuple[Id, ...]]]:
    """Return the provider of every node, and the nodes by kind, only of kinds that a cloud sells."""
    sold = {kind for kind, _ in evaluation.catalog.services}
    groups: dict[str, list[Id]] = {}
    for key in places:
        groups.setdefault(evaluation.design.nodes[key].kind, []).append(key)
    nodes = {key: found[0][0] for key, found in places.items()}
    return nodes, {kind: tuple(members) for kind, members in groups.items() if kind in sold}


def read_places(evaluation: Evaluation) -> dict[Id, tuple[Key, ...]]:
    """Return the (provider, region) places of every node that a provider runs; own sites and devices are left out.

    The same as `movable` and `places_of` on the design, read off the places that the evaluation resolved.
    """
    nodes, stages = evaluation.pipeline.nodes, evaluation.pipeline.stages
    boundaries = stages.each("boundaries", tuple(evaluation.design.boundaries.values()), lambda one: one)
    inputs = (nodes.ids, nodes.kind_code, nodes.row_node, nodes.places, nodes.place_list, boundaries)
    return stages.run("cloud places", inputs, lambda: _places(evaluation))


def _places(evaluation: Evaluation) -> dict[Id, tuple[Key, ...]]:
    design, nodes = evaluation.design, evaluation.pipeline.nodes
    own = [
        place.provider in OWN_PLACES
        or any(element.kind == "site_group" for _, element in design.ancestors(place.boundary))
        for place in nodes.place_list
    ]
    found: dict[Id, dict[Key, None]] = {}
    for number, place in zip(nodes.row_node.tolist(), nodes.places.tolist(), strict=True):
        if not own[place] and nodes.elements[number].kind not in STAYING:
            found.setdefault(nodes.ids[number], {})[nodes.place_list[place].key] = None
    return {key: tuple(places) for key, places in found.items()}


def _stored(evaluation: Evaluation) -> dict[Id, float]:
    nodes = evaluation.pipeline.nodes
    stages = evaluation.pipeline.stages
    sums = np.bincount(nodes.row_node, filled(evaluation.money.amount["stored_gib"]), minlength=len(nodes.ids))
    kept = stages.kept("stored by node", sums)
    return stages.run("stored", (nodes.ids, kept), lambda: dict(zip(nodes.ids, kept.tolist(), strict=True)))


def _coupling(evaluation: Evaluation) -> dict[Id, int]:
    flows, nodes = evaluation.pipeline.flows, evaluation.pipeline.nodes
    count = len(nodes.ids)

    def find() -> dict[Id, int]:
        ends = np.bincount(flows.source, minlength=count) + np.bincount(flows.target, minlength=count)
        return dict(zip(nodes.ids, ends.tolist(), strict=True))

    return evaluation.pipeline.stages.run("coupling", (nodes.ids, flows), find)


def _accelerators(
    evaluation: Evaluation, nodes: dict[Id, str]
) -> tuple[tuple[AcceleratorNeed, tuple[Id, ...], float], ...]:
    found: dict[AcceleratorNeed, list[Id]] = {}
    for key, need in accelerator_needs(evaluation).items():
        if key in nodes:
            found.setdefault(need, []).append(key)
    return tuple(
        (need, tuple(members), float(sum(_replicas(evaluation.design.nodes[key]) for key in members) * need[1]))
        for need, members in sorted(found.items(), key=lambda entry: entry[0][0])
    )


def accelerator_needs(evaluation: Evaluation) -> dict[Id, AcceleratorNeed]:
    """Return what one replica needs of every node that runs on accelerators."""
    nodes = evaluation.design.nodes
    needs = evaluation.pipeline.stages.each(
        "cloud needs", tuple(nodes.values()), lambda node: accelerator_need(node, evaluation.catalog)
    )
    return {key: need for key, need in zip(nodes, needs, strict=True) if need is not None}


def _replicas(node: Node) -> int:
    return sum(site.replicas for site in node.sites if site.role != "standby")


def user_shares(evaluation: Evaluation) -> dict[str, float]:
    """Return where the users are: place → share of the requests, over all users nodes that name places."""
    shares: dict[str, float] = {}
    for node in evaluation.design.nodes.values():
        if node.kind != "users":
            continue
        places = value_of(node, "places") or {}
        rate = float(value_of(node, "peak_rate_rps") or 0.0)
        total = sum(places.values())
        for place, share in places.items():
            if total > 0:
                shares[place] = shares.get(place, 0.0) + rate * share / total
    total = sum(shares.values())
    return {place: share / total for place, share in shares.items()} if total > 0 else {}


@lru_cache(maxsize=4096)
def mean_round_trip_s(catalog: Catalog, users: tuple[tuple[str, float], ...], region: Key) -> float | None:
    """Return the mean round trip from the users to a region in s (estimated from the distance); None if not known."""
    try:
        return sum(share * catalog.round_trip_from_place_ms(place, region).value for place, share in users) / 1e3
    except UnknownPlace:
        return None


# -- data -------------------------------------------------------------------------------------------------------------


def data_classes(evaluation: Evaluation) -> dict[Id, str]:
    """Return the most sensitive class of data that reaches each node: as stated there, and carried on by the flows.

    A flow carries the class stated on it; one without a class carries what its source holds. So data follows the
    calls from the users on until a flow states a lower class.
    """
    design, stages = evaluation.design, evaluation.pipeline.stages
    flows = stages.each("flows", tuple(design.flows.values()), lambda flow: flow)
    words = stages.each("data classes", tuple(design.nodes.values()), lambda node: str(value_of(node, "data_class")))
    ids = evaluation.pipeline.nodes.ids
    return stages.run("data reached", (ids, words, flows), lambda: _reached(tuple(design.nodes), words, flows))


def _reached(ids: tuple[Id, ...], words: tuple[str, ...], flows: tuple[Flow, ...]) -> dict[Id, str]:
    found = {key: word for key, word in zip(ids, words, strict=True) if word in SENSITIVE}
    leaving: dict[Id, list[Flow]] = {}
    for flow in flows:
        leaving.setdefault(flow.source, []).append(flow)
    waiting = [*found, *(key for key in leaving if key not in found)]
    while waiting:
        key = waiting.pop()
        for flow in leaving.get(key, ()):
            word = class_of(flow, found)
            if word is not None and _above(word, found.get(flow.target)):
                found[flow.target] = word
                waiting.append(flow.target)
    return found


def _above(word: str, held: str | None) -> bool:
    return held is None or SENSITIVE.index(word) > SENSITIVE.index(held)


def class_of(flow: Flow, held: dict[Id, str]) -> str | None:
    """Return the sensitive class that a flow carries: as stated, else what its source holds; None if none."""
    stated = value_of(flow, "data_class")
    if stated is not None:
        return str(stated) if stated in SENSITIVE else None
    return held.get(flow.source)


def residency_crossings(evaluation: Evaluation, requirements: Requirements) -> tuple[Crossing, ...]:
    """Return every place outside of the residency that sensitive data reaches, with the path from where it starts."""
    if requirements.residency == "none":
        return ()
    catalog = evaluation.catalog
    found = []
    for key, data_class in requirements.data.items():
        for place in requirements.places.get(key, ()):
            region = catalog.region_table.get(place)
            if region is not None and not is_allowed(region.jurisdiction, requirements.residency):
                where = f"{region.name} ({region.jurisdiction})"
                found.append(Crossing(data_class, _path_to(evaluation, key), where, True))
    return tuple(found)


def foreign_hands(evaluation: Evaluation, held: dict[Id, str]) -> tuple[Crossing, ...]:
    """Return every hosted model or third party that guarded data is sent to, with the path it takes."""
    design = evaluation.design
    found: dict[Id, Crossing] = {}
    for flow in design.flows.values():
        target = design.nodes[flow.target]
        data_class = class_of(flow, held) if target.kind in ("llm_api", "third_party_api") else None
        if data_class in GUARDED:
            stated = value_of(flow, "data_class") is not None
            known = found.get(flow.target)
            if known is None or (stated and not known.stated):
                path = (*_path_to(evaluation, flow.source), flow.target)
                found[flow.target] = Crossing(str(data_class), path, target.name, stated)
    return tuple(found.values())


def _path_to(evaluation: Evaluation, node: Id) -> tuple[Id, ...]:
    """Return a shortest path of flows from a users node to the node; the node alone when no user reaches it."""
    design = evaluation.design
    callers: dict[Id, list[Id]] = {}
    for flow in design.flows.values():
        callers.setdefault(flow.target, []).append(flow.source)
    following: dict[Id, Id | None] = {node: None}
    waiting = deque([node])
    while waiting:
        at: Id | None = waiting.popleft()
        if at is not None and design.nodes[at].kind == "users":
            path: list[Id] = []
            while at is not None:
                path.append(at)
                at = following[at]
            return tuple(path)
        for caller in callers.get(at or "", ()):
            if caller not in following:
                following[caller] = at
                waiting.append(caller)
    return (node,)


# -- what providers offer ---------------------------------------------------------------------------------------------


def service_of(catalog: Catalog, node: Node, provider: str) -> Service | None:
    """Return what the provider sells for the node, or None."""
    return catalog.service(node.kind, provider)


@lru_cache(maxsize=1024)
def accelerator_sold(catalog: Catalog, provider: str, residency: str, need: AcceleratorNeed) -> float:
    """Return 1 if the provider sells the accelerator in an open region that residency allows, ½ for one as good, 0."""
    best = 0.0
    for region in open_regions(catalog, provider, residency):
        offer = accelerator_offer(catalog, (provider, region.id), need)
        if offer is not None:
            best = max(best, 1.0 if offer[1] else 0.5)
        if best == 1.0:
            break
    return best


@lru_cache(maxsize=256)
def nearest_to_users(
    catalog: Catalog, provider: str, residency: str, users: tuple[tuple[str, float], ...]
) -> tuple[str, float] | None:
    """Return the region nearest to the users, with its mean round trip in s; None when none is known."""
    best: tuple[str, float] | None = None
    for region in open_regions(catalog, provider, residency):
        time = mean_round_trip_s(catalog, users, (provider, region.id))
        if time is not None and (best is None or time < best[1]):
            best = (region.id, time)
    return best


def kind_label(kind: str) -> str:
    """Return how people call a kind."""
    found = kinds().nodes.get(kind)
    return found.label if found else kind


def kind_noun(kind: str) -> str:
    """Return how people call a kind inside a sentence."""
    found = kinds().nodes.get(kind)
    return found.noun if found else kind
