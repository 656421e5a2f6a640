"""Move: the design re-placed on another provider, with equivalents, sizes of the new machines, and gaps named.

What the architect priced himself, what stands in his own sites and what is bought from third parties stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from models.catalog.catalog import Catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import set_params
from models.design.elements import BRIEF_ID, Boundary, DesignError, Element, Id, Node, Site
from models.design.kinds import NodeKind, kinds, value_of
from models.evaluation.places import OWN_PLACES, home, resolve
from models.moves import Problem
from models.moves.links import CONNECTING, crossing_flows, link_clouds, links_of, without_idle_links
from models.moves.regions import AcceleratorNeed, Key, accelerator_offer, nearest_region
from models.report import Message
from models.words import Text

STAYING = frozenset({"users", "third_party_api", "on_premises", "edge_device"}) | CONNECTING


class Note(NamedTuple):
    """What changed, or what is missing, at one node: `sentence` says it, `missing` tells a gap from an exchange."""

    node: Id
    sentence: str
    missing: bool = False


class Replacement(NamedTuple):
    """A design on other places: where each old (provider, region) went, and what was exchanged or is missing."""

    design: Design
    regions: Mapping[Key, Key]
    notes: tuple[Note, ...] = ()

    @property
    def gaps(self) -> tuple[Note, ...]:
        """What the new provider does not offer."""
        return tuple(note for note in self.notes if note.missing)


def re_place(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design re-placed on `provider` (in `region`, if given), without the nodes `keep`."""
    found = replacement(design, catalog, args["provider"], args.get("region", ""), args.get("keep", ()))
    return found if isinstance(found, Problem) else found.design


def place_nodes(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design with each node of `places` (id → [provider, region]) moved there, boundaries drawn.

    With `link` (vpn, interconnect) the flows that cross providers then go through links of that kind.
    """
    wanted = {node: (str(place[0]), str(place[1])) for node, place in args["places"].items()}
    if not set(wanted) <= set(design.nodes):
        return Problem(Message("A node of this remedy is no longer there."))
    found = moved(design, catalog, {node: dict.fromkeys(places_of(design, node), key) for node, key in wanted.items()})
    if isinstance(found, Problem) or not args.get("link"):
        return found if isinstance(found, Problem) else found.design
    after = found.design
    bare = [key for key in crossing_flows(after) if not links_of(after, after.flows[key])]
    linked = link_clouds(after, catalog, {"flows": bare, "kind": args["link"]}) if bare else after
    return after if isinstance(linked, Problem) else linked


def replacement(
    design: Design, catalog: Catalog, provider: str, region: str = "", keep: Iterable[Id] = ()
) -> Replacement | Problem:
    """Return the design on another provider.

    Each region becomes the nearest one of the provider that residency allows and that sells the accelerators drawn
    there; two regions stay two. Nodes that run on the provider already stay where they are.

    Args:
        region: puts everything into this one region instead.
        keep: ids of nodes that stay.
    """
    seller = catalog.providers.get(provider)
    if seller is None:
        return Problem(Message("The provider “{id}” is not in the price list.", {"id": provider}))
    kept = frozenset(keep)
    moving = [key for key in movable(design) if key not in kept]
    chosen = _regions(design, catalog, moving, provider, region)
    if isinstance(chosen, Problem):
        return chosen
    return moved(design, catalog, dict.fromkeys(moving, chosen))


def movable(design: Design) -> list[Id]:
    """Return the ids of the nodes that a provider runs: not users, third parties, devices and own places."""
    return [key for key, node in design.nodes.items() if node.kind not in STAYING and places_of(design, key)]


def places_of(design: Design, node: Id) -> list[Key]:
    """Return the (provider, region) places of the node's sites, without those in own sites such as stores."""
    found = [_place(design, site) for site in design.node(node).sites]
    return list(dict.fromkeys(key for key in found if key is not None))


def _place(design: Design, site: Site) -> Key | None:
    if any(element.kind == "site_group" for _, element in design.ancestors(site.boundary)):
        return None
    place = resolve(design, site.boundary)
    return None if place.provider in OWN_PLACES else place.key


def accelerator_need(node: Node, catalog: Catalog) -> AcceleratorNeed | None:
    """Return what one replica needs if it runs on accelerators: of its machine type, else as drawn; None without."""
    instance = _named_instance(node, catalog)
    if instance is not None:
        if not instance.accelerator:
            return None
        return instance.accelerator, instance.accelerator_count, instance.vcpu, instance.memory_gib
    name = str(value_of(node, "accelerator") or "")
    if not name:
        return None
    size = (float(value_of(node, "vcpu") or 0.0), float(value_of(node, "memory_gib") or 0.0))
    return name, int(value_of(node, "accelerators") or 1), *size


def _named_instance(node: Node, catalog: Catalog) -> Any:
    name = str(value_of(node, "instance") or "")
    if not name:
        return None
    return next((item for (_, kind), item in _instances(catalog, name).items() if kind == name), None)


def _instances(catalog: Catalog, name: str) -> dict[tuple[str, str], Any]:
    table = catalog.instance_table
    return {(owner, name): table[owner, name] for owner in catalog.providers if (owner, name) in table}


def _regions(
    design: Design, catalog: Catalog, moving: list[Id], provider: str, region: str
) -> dict[Key, Key] | Problem:
    if region and catalog.region(provider, region) is None:
        names = {"provider": provider, "region": region}
        return Problem(Message("{provider} has no region “{region}” in the price list.", names))
    residency = str(value_of(design.brief, "residency") or "none")
    needs: dict[Key, list[AcceleratorNeed]] = {}
    for node in moving:
        need = accelerator_need(design.node(node), catalog)
        for key in places_of(design, node):
            needs.setdefault(key, []).extend([need] if need else [])
    found: dict[Key, Key] = {}
    for key, wanted in needs.items():
        if region:
            found[key] = (provider, region)
            continue
        if key[0] == provider:
            found[key] = key
            continue
        taken = [there[1] for here, there in found.items() if here[0] == key[0]]
        near = nearest_region(catalog, provider, _origin(design, catalog, key), residency, dict.fromkeys(wanted), taken)
        if near is None:
            names = {"provider": catalog.providers[provider].name, "residency": residency}
            if residency == "none":
                return Problem(Message("{provider} has no region with known prices.", names))
            return Problem(Message("{provider} has no region with known prices in “{residency}”.", names))
        found[key] = (provider, near.id)
    return found


def _origin(design: Design, catalog: Catalog, key: Key) -> tuple[float, float]:
    """Return the coordinates of a place; an unknown one is taken as the home region."""
    region = catalog.region_table.get(key) or catalog.region_table.get(home(design).key)
    return (region.latitude, region.longitude) if region else (50.0, 8.0)


def moved(design: Design, catalog: Catalog, places: Mapping[Id, Mapping[Key, Key]]) -> Replacement | Problem:
    """Return the design with the nodes at other places, by node and old place; boundaries are drawn where missing."""
    boundaries = _Boundaries(design, catalog)
    changes: dict[Id, Element] = {}
    notes: list[Note] = []
    for key, mapping in places.items():
        node = design.node(key)
        sites = []
        target: Key | None = None
        for site in node.sites:
            here = _place(design, site)
            there = mapping.get(here) if here is not None else None
            if there is None or there == here:
                sites.append(site)
                continue
            target = there
            sites.append(msgspec.structs.replace(site, boundary=boundaries.like(site.boundary, there)))
        if target is not None:
            fitted, said = _fitted(key, node, catalog, target)
            notes.extend(said)
            changes[key] = msgspec.structs.replace(fitted, sites=tuple(sites))
    after = {key: there for mapping in places.values() for key, there in mapping.items()}
    changed = _at_home(design, after, {**boundaries.drawn, **changes})
    try:
        moved_design = design.apply(Delta.of([(key, design.elements.get(key), new) for key, new in changed.items()]))
        cleared = _without_empty(without_idle_links(moved_design, design), design)
    except DesignError as error:
        return Problem.of(error)
    return Replacement(cleared, after, tuple(notes))


def _at_home(design: Design, after: Mapping[Key, Key], changes: dict[Id, Element]) -> dict[Id, Element]:
    """Move the brief's home region along, so that sites without a boundary follow."""
    here = home(design).key
    if after.get(here, here) != here and here not in {key for key, there in after.items() if key == there}:
        brief = set_params(design.brief, {"home_region": "/".join(after[here])})
        return {**changes, BRIEF_ID: brief}
    return changes


def _without_empty(after: Design, before: Design) -> Design:
    """Remove deployment boundaries that held something before and hold nothing now."""
    from models.design.edits import remove

    while True:
        empty = [
            key
            for key, boundary in after.boundaries.items()
            if boundary.kind in ("provider", "region", "zone", "cluster")
            and not _held(after, key)
            and (_held(before, key) or key not in before.elements)
        ]
        if not empty:
            return after
        after = after.apply(remove(after, empty))


def _held(design: Design, key: Id) -> bool:
    inside = (design.elements[other] for other in design.referrers.get(key, ()))
    return any(isinstance(element, Node | Boundary) for element in inside)


class _Boundaries:
    """Region boundaries by place: those of the design, and those that have to be drawn."""

    def __init__(self, design: Design, catalog: Catalog) -> None:
        self._design, self._catalog = design, catalog
        self.drawn: dict[Id, Element] = {}
        self._known: dict[Key, Id] = {}
        self._accounts: dict[str, Id] = {}
        self._clusters: dict[tuple[Id, Key], Id] = {}
        for key, boundary in design.boundaries.items():
            if boundary.kind == "region":
                self._known.setdefault(resolve(design, key).key, key)
            elif boundary.kind == "provider":
                self._accounts.setdefault(str(value_of(boundary, "provider") or ""), key)

    def at(self, place: Key) -> Id:
        """Return the id of the region boundary of a place; draws it, and the account around it, when missing."""
        if place not in self._known:
            provider, region_id = place
            region = self._catalog.region_table[place]
            params: dict[str, Any] = {"region": region_id, "zones": min(region.zones or 2, 3)}
            name = f"{region.name} ({region_id})"
            parent = self._account(provider)
            key = self._new(f"region-{provider}-{region_id}")
            self.drawn[key] = Boundary("region", name, parent, params=params)
            self._known[place] = key
        return self._known[place]

    def like(self, boundary: Id | None, place: Key) -> Id:
        """Return the id of what a site in `boundary` moves to: the region, or a cluster in it if it is in one now."""
        around = (found for found in self._design.ancestors(boundary) if found[1].kind == "cluster")
        key, cluster = next(around, ("", None))
        if cluster is None:
            return self.at(place)
        if (key, place) not in self._clusters:
            self._clusters[key, place] = self._new(f"{key}-{place[0]}-{place[1]}")
            moved = msgspec.structs.replace(cluster, parent=self.at(place))
            self.drawn[self._clusters[key, place]] = moved
        return self._clusters[key, place]

    def _account(self, provider: str) -> Id:
        if provider not in self._accounts:
            key = self._new(f"account-{provider}")
            self.drawn[key] = Boundary(
                "provider", self._catalog.providers[provider].name, params={"provider": provider}
            )
            self._accounts[provider] = key
        return self._accounts[provider]

    def _new(self, wanted: Id) -> Id:
        key = wanted
        while key in self._design.elements or key in self.drawn:
            key += "-2"
        return key


def _fitted(key: Id, node: Node, catalog: Catalog, place: Key) -> tuple[Node, list[Note]]:
    """Return the node as it can be bought at the place, and what that changed."""
    kind = kinds().nodes.get(node.kind)
    if kind is None:
        return node, []
    provider = catalog.providers[place[0]].name
    values: dict[str, Any] = {}
    notes = [*_service(key, node, kind, catalog, place, values), *_machine(key, node, catalog, place, values)]
    if node.params.get("price_usd_hour") is not None and kind.compute != "none":
        values["price_usd_hour"] = None
        notes.append(
            Note(
                key,
                Text(
                    "The own price of “{name}” per hour is not known at {provider}; list price.",
                    name=node.name,
                    provider=provider,
                ),
            )
        )
    changed = set_params(node, values) if values else node
    assert isinstance(changed, Node)
    return changed, notes


def _service(key: Id, node: Node, kind: NodeKind, catalog: Catalog, place: Key, values: dict[str, Any]) -> list[Note]:
    """Return what happens to a managed service: an equivalent, the own team, or a gap."""
    provider = catalog.providers[place[0]].name
    if catalog.service(node.kind, place[0]) is not None:
        return []
    if node.params.get("price_usd_month") is not None:
        return [Note(key, Text("“{name}” stays under its own contract.", name=node.name))]
    if kind.compute == "none":
        return [
            Note(
                key,
                Text("{provider} sells no {noun} for “{name}”.", provider=provider, noun=kind.noun, name=node.name),
                missing=True,
            )
        ]
    if value_of(node, "managed") and kind.parameter("ops_hours_self_run") is not None:
        values["managed"] = False
        return [
            Note(
                key,
                Text(
                    "{provider} runs no {noun}: the own team runs “{name}” on machines.",
                    provider=provider,
                    noun=kind.noun,
                    name=node.name,
                ),
            )
        ]
    return []


def _machine(key: Id, node: Node, catalog: Catalog, place: Key, values: dict[str, Any]) -> list[Note]:
    """Return what happens to the machine type: the size it had is asked for, with its accelerator or a stand-in."""
    instance = _named_instance(node, catalog)
    need = accelerator_need(node, catalog)
    same_seller = instance is not None and (place[0], instance.type) in catalog.instance_table
    if same_seller and catalog.instance_price(*place, instance.type) is not None:
        return []
    if need is None:
        if instance is not None:
            values.update(instance=None, vcpu=instance.vcpu, memory_gib=instance.memory_gib)
        return []
    if instance is None and catalog.cheapest_fit(*place, need[2], need[3], need[0], need[1]) is not None:
        return []
    offer = accelerator_offer(catalog, place, need)
    if offer is None:
        where = f"{catalog.providers[place[0]].name} {place[1]}"
        sentence = Text(
            "No price of {cards} × {card}, or of a card as good, is known at {where} for “{name}”.",
            cards=need[1],
            card=need[0],
            where=where,
            name=node.name,
        )
        return [Note(key, sentence, missing=True)]
    machine, same = offer
    values.update(instance=None, accelerator=machine.accelerator if not same else need[0], accelerators=need[1])
    values.update(vcpu=min(need[2], machine.vcpu), memory_gib=min(need[3], machine.memory_gib))
    if same:
        return []
    said = [
        Note(
            key,
            Text(
                "“{name}” runs on {accelerator} instead of {need} ({type}).",
                name=node.name,
                accelerator=machine.accelerator,
                need=need[0],
                type=machine.type,
            ),
        )
    ]
    if value_of(node, "measured_rps") is not None and value_of(node, "bench_on"):
        sentence = Text(
            "The benchmark of “{name}” does not hold on {accelerator}: the model counts there.",
            name=node.name,
            accelerator=machine.accelerator,
        )
        said.append(Note(key, sentence))
    return said
