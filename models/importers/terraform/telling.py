"""What an import of a plan says beside the drawing: what was left out, by sort, and what was assumed."""

from __future__ import annotations

from models.importers.json_files import JsonFile
from models.importers.terraform.nodes import Nodes
from models.importers.terraform.pieces import Pieces
from models.importers.terraform.places import PROVIDER_NAMES, Places
from models.importers.terraform.table import SORTS, type_rule
from models.importers.workloads import System
from models.words import Number, Text, counted, enumerated, quoted

_SHOWN = 12
_CHANGES: tuple[tuple[str, Text], ...] = (
    ("delete", Text("{resources} will be deleted by the plan and not drawn: {names}.")),
    ("forget", Text("{resources} will be forgotten by the plan and not drawn: {names}.")),
    ("replace", Text("{resources} will be replaced by the plan, drawn as planned: {names}.")),
    (
        "deposed",
        Text(
            "Left behind by a replacement that failed, and paid until they are deleted, but not drawn: {resources}: "
            "{names}."
        ),
    ),
)


def tell(file: JsonFile, pieces: Pieces, places: Places, nodes: Nodes, system: System) -> None:
    """Add the notes about the plan as a whole."""
    plan = pieces.plan
    mark = (plan.file, 0)
    if file.around:
        system.say("info", mark, Text("Text before or after the plan, as a wrapper writes it, was left out."))
    if plan.errored:
        system.say("warning", mark, Text("Planning ended with an error: the plan is not complete."))
    if plan.deferred:
        system.say(
            "warning", mark, Text("Changes that are deferred and not in the plan: {count}.", count=plan.deferred)
        )
    if not plan.configuration:
        what = Text("The file holds no configuration: flows are found from known names and addresses only.")
        system.say("info", mark, what)
    for action, sentence in _CHANGES:
        names = plan.changes.get(action, [])
        if names:
            system.say("info", mark, Text(sentence, resources=_resources(len(names)), names=enumerated(names, _SHOWN)))
    _tell_left(pieces, system, mark)
    _tell_places(places, system, mark)
    _tell_nodes(nodes, system, mark)
    _tell_outside(pieces, system, mark)


def _resources(count: int) -> Text:
    return counted("{count} resource", "{count} resources", count)


def _tell_left(pieces: Pieces, system: System, mark: tuple[str, int]) -> None:
    for sort, counts in sorted(pieces.left.items()):
        types = sorted(counts, key=lambda name: (-counts[name], name))
        shown = [f"{counts[name]}\u00a0×\u00a0{name}" for name in types]
        what = Text(
            "Not drawn: {resources} ({sort}): {types}.",
            resources=_resources(sum(counts.values())),
            sort=SORTS[sort],
            types=enumerated(shown, _SHOWN),
        )
        if sort == "paid":
            what = Text(
                "Not drawn, so that the cost is missing: {resources} ({sort}): {types}.",
                resources=_resources(sum(counts.values())),
                sort=SORTS[sort],
                types=enumerated(shown, _SHOWN),
            )
        system.say("warning" if sort == "paid" else "info", mark, what)
    for type_name, addresses in sorted(pieces.unknown.items()):
        what = Text(
            "The type {type} is not known; not drawn: {names}. Draw what matters of it by hand.",
            type=type_name,
            names=enumerated(addresses, _SHOWN),
        )
        system.say("warning", mark, what)


def _tell_places(places: Places, system: System, mark: tuple[str, int]) -> None:
    for provider, count in places.without_region.items():
        what = Text(
            "The region of {resources} of {provider} is not in the plan; name it at their boundary to have "
            "them priced.",
            resources=_resources(count),
            provider=PROVIDER_NAMES.get(provider, provider),
        )
        system.say("warning", mark, what)
    for (provider, region), count in places.at_home.items():
        what = Text(
            "No one region is named for {resources} of {provider}; drawn in {region}, where most others are.",
            resources=_resources(count),
            provider=PROVIDER_NAMES.get(provider, provider),
            region=region,
        )
        system.say("info", mark, what)
    for region, count in places.unknown_regions.items():
        what = Text(
            "The region {region} is not in the catalog: no price is known for {resources} in it.",
            region=region,
            resources=_resources(count),
        )
        system.say("warning", mark, what)


def _tell_nodes(nodes: Nodes, system: System, mark: tuple[str, int]) -> None:
    containers = nodes.told.get("container", [])
    if containers:
        what = Text(
            "Containers that are paid by processor and memory have no price in the list; the cheapest machine that "
            "fits stands in for {names}.",
            names=enumerated([quoted(name) for name in containers], _SHOWN),
        )
        system.say("warning", mark, what)
    zonal = nodes.told.get("zonal", [])
    if zonal:
        what = Text(
            "Google counts nodes in each zone: they are drawn times the zones of their pool: {names}.",
            names=enumerated(zonal, _SHOWN),
        )
        system.say("info", mark, what)
    carried = nodes.told.get("carried", [])
    if carried:
        what = Text(
            "{names} run on the machines of their cluster, which are drawn on their own; they cost nothing beside "
            "them.",
            names=enumerated([quoted(name) for name in carried], _SHOWN),
        )
        system.say("info", mark, what)
    if nodes.disks:
        what = Text(
            "Disks inside of machines, {gib} GiB in all, are drawn as one node for each region.",
            gib=Number(f"{sum(nodes.disks.values()):,.0f}"),
        )
        system.say("info", mark, what)
    for key, wanted in sorted(nodes.respelled.items()):
        system.say("info", mark, Text("The tag {key} is read as the required tag {wanted}.", key=key, wanted=wanted))


def _tell_outside(pieces: Pieces, system: System, mark: tuple[str, int]) -> None:
    """Name what the plan only looks up: it exists already and belongs to another plan."""
    found = [
        name.removeprefix("data.")
        for module, name in pieces.references.of
        if name.startswith("data.")
        and (rule := type_rule(name.split(".")[1])) is not None
        and rule.kind
        and rule.kind != "*"
    ]
    if found:
        what = Text(
            "Looked up and not made by this plan, so not drawn: {count}: {names}.",
            count=counted("{count} existing service", "{count} existing services", len(found)),
            names=enumerated(found, _SHOWN),
        )
        system.say("info", mark, what)
