"""Architectures in CALM (FINOS, *architecture as code*): nodes, what they are part of, and their relationships.

What types, protocols and classes of data mean is data, in `resources/importers/calm.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from models.design.elements import LONGEST_NAME, Interaction, Value
from models.design.kinds import kinds
from models.importers.home import region_named
from models.importers.json_files import JsonFile, check_depth
from models.importers.notes import ImportProblem
from models.importers.recognition import BROKERS, recognize
from models.importers.workloads import Area, Confidence, Link, System, Workload, words
from models.interruption import while_wanted
from models.words import Number, Text, counted, enumerated, quoted

TABLE = Path(__file__).parents[2] / "resources" / "importers" / "calm.json"
MOST_NODES = 10_000
MOST_RELATIONSHIPS = 50_000
_LONGEST_NOTE = 2000
_SHOWN = 12
_DEEPEST_AREA = 100
_LONGEST_REASON = 200
_CONTAINING = ("composed-of", "deployed-in")
_LOST = {
    "double": Text("Nodes whose unique-id another node has already are left out: {names}."),
    "nameless": Text("Nodes without a unique-id are left out, as nothing can refer to them: {names}."),
    "gone": Text("Compositions and deployments name what is no node of the file: {names}."),
    "self": Text("Relationships that lead from a node to itself are not drawn: {names}."),
}


class WordRule(Struct, frozen=True):
    """A kind for nodes whose name or own type holds one of the words, or words side by side."""

    words: tuple[str, ...]
    kind: str


class Table(Struct, frozen=True):
    """The file `resources/importers/calm.json`.

    Attributes:
        types: node type of the schema -> kind; empty = found from the name.
        consuming: words of a description that mean that messages leave the broker.
        classes: classification of data -> class of data of a node.
    """

    types: dict[str, str]
    words: tuple[WordRule, ...]
    protocols: dict[Interaction, tuple[str, ...]]
    consuming: tuple[str, ...]
    classes: dict[str, str]
    clusters: tuple[str, ...]


class Relation(Struct, frozen=True):
    """One relationship, of whatever version of the schema: `connects` and `interacts` lead from source to target."""

    id: str
    form: str
    source: str
    targets: tuple[str, ...]
    protocol: str
    description: str


@cache
def table() -> Table:
    """Return the table; read once."""
    return msgspec.json.decode(TABLE.read_bytes(), type=Table)


def read_calm(file: JsonFile, name: str) -> System:
    """Return the system that an architecture in CALM describes.

    Raises:
        ImportProblem: it holds no nodes, or more than can be drawn; the sentence says so.
    """
    content = file.content
    check_depth(content, name)
    reading = _Reading(content, name)
    reading.make_areas()
    reading.make_nodes()
    reading.make_flows()
    reading.tell()
    if not reading.system.workloads:
        raise ImportProblem(Text("{name} is an architecture without nodes; there is nothing to draw.", name=name))
    return reading.system


class _Reading:
    def __init__(self, content: Mapping[str, Any], name: str) -> None:
        self.content = content
        self.mark = (name, 0)
        title = _text(content, "name") or _text(content, "title") or name.rpartition("/")[2].partition(".")[0]
        self.system = System(title=title[:LONGEST_NAME])
        self.nodes: dict[str, Mapping[str, Any]] = {}
        self.lost: dict[str, list[str]] = {}
        for node in _maps(content.get("nodes")):
            key = _text(node, "unique-id")
            if key and key not in self.nodes:
                self.nodes[key] = node
            else:
                self.lost.setdefault("double" if key else "nameless", []).append(quoted(_name(node) or "?"))
        written = list(_maps(content.get("relationships")))
        if len(self.nodes) > MOST_NODES or len(written) > MOST_RELATIONSHIPS:
            raise ImportProblem(
                Text(
                    "{name} holds {nodes} nodes and {flows} relationships; up to {most} and {more} can be read.",
                    name=name,
                    nodes=len(self.nodes),
                    flows=len(written),
                    most=Number(f"{MOST_NODES:,}"),
                    more=Number(f"{MOST_RELATIONSHIPS:,}"),
                )
            )
        self.relations: list[Relation] = []
        self.left: dict[str, int] = {}
        for each in while_wanted(written):
            relation = _relation(each)
            if relation is None or relation.form not in (*_CONTAINING, "connects", "interacts"):
                form = relation.form if relation else _form(each)
                self.left[form] = self.left.get(form, 0) + 1
            else:
                self.relations.append(relation)
        self.parents: dict[str, str] = {}
        self.deployed: dict[str, str] = {}
        self.networks: dict[str, list[str]] = {}
        self.areas: dict[str, Area] = {}
        self.holders: set[str] = set()
        self.ends = {
            end for each in self.relations if each.form not in _CONTAINING for end in (each.source, *each.targets)
        }

    # -- what holds what -------------------------------------------------------------------------------------------

    def make_areas(self) -> None:
        """Make boundaries of what holds others: networks, regions and clusters by name, else parts of the system."""
        for each in self.relations:
            if each.form in _CONTAINING:
                gone = [end for end in (each.source, *each.targets) if end not in self.nodes]
                self.lost.setdefault("gone", []).extend(map(quoted, gone))
            for inner in each.targets if each.form in _CONTAINING and each.source in self.nodes else ():
                if _text(self.nodes[each.source], "node-type") == "network":
                    self.networks.setdefault(inner, []).append(f"calm/{each.source}")
                elif self._area_kind(each.source, each.form) != "team":
                    self.deployed.setdefault(inner, each.source)
                elif inner != each.source and not self._is_inside(each.source, inner):
                    self.parents.setdefault(inner, each.source)
        self.holders = set(self.deployed.values())
        networks = {key.removeprefix("calm/") for keys in self.networks.values() for key in keys}
        wanted = {*self.parents.values(), *self.holders, *networks}
        for key in self.nodes:
            if key in wanted:
                self._make_area(key)
        self.system.areas = list(self.areas.values())

    def _is_inside(self, key: str, other: str) -> bool:
        """Return whether a node lies in another, or too deep to tell."""
        for _ in range(_DEEPEST_AREA):
            if key not in self.parents:
                return False
            key = self.parents[key]
            if key == other:
                return True
        return True

    def _area_kind(self, key: str, form: str) -> str:
        if form != "deployed-in":
            return "team"
        name = _name(self.nodes[key])
        if region_named(name) is not None:
            return "region"
        return "cluster" if set(words(name)) & set(table().clusters) else "team"

    def _make_area(self, key: str) -> None:
        """Make the area of a node and those around it, outermost first."""
        chain: list[tuple[str, str]] = []
        while key and f"calm/{key}" not in self.areas and len(chain) < _DEEPEST_AREA:
            kind = "network" if _text(self.nodes[key], "node-type") == "network" else "team"
            if kind == "team" and key in self.holders:
                kind = self._area_kind(key, "deployed-in")
            chain.append((key, kind))
            key = (self.parents if kind == "team" else self.deployed if kind == "cluster" else {}).get(key, "")
        for inner, kind in reversed(chain):
            parent = f"calm/{key}" if key and f"calm/{key}" in self.areas else ""
            self.areas[f"calm/{inner}"] = self._area(inner, kind, parent)
            key = inner

    def _area(self, key: str, kind: str, parent: str) -> Area:
        node, params = self.nodes[key], {}
        region = region_named(_name(node)) if kind == "region" else None
        if region is not None:
            params = {"region": region.id, "provider": region.provider}
        note = _text(node, "description")[:_LONGEST_NOTE]
        return Area(key=f"calm/{key}", kind=kind, name=_name(node), parent=parent, params=params, note=note)

    # -- nodes -----------------------------------------------------------------------------------------------------

    def make_nodes(self) -> None:
        """Make a node of everything that does not only hold others."""
        for key, node in while_wanted(list(self.nodes.items())):
            if f"calm/{key}" not in self.areas or key in self.ends:
                self._make_node(key, node)

    def _make_node(self, key: str, node: Mapping[str, Any]) -> None:
        form = _text(node, "node-type")
        workload = Workload(key=f"calm/{key}", name=_name(node), form=form, mark=self.mark)
        workload.kind = _kind(form, workload.name)
        if not workload.kind:
            recognize(workload)
        spec = kinds().nodes[workload.kind]
        workload.technology = workload.technology or (form if ":" in form else "")
        workload.replicas = spec.replicas or 1
        managed = spec.parameter("managed")
        if managed is not None:
            workload.params["managed"] = managed.default
        classified = _text(node, "data-classification") or _text(_map(node.get("metadata")), "data-classification")
        if classified:
            workload.tags["data-classification"] = classified[:200]
            meant = table().classes.get(classified.lower(), "")
            if meant and spec.parameter("data_class") is not None:
                workload.params["data_class"] = meant
        workload.note = _note(node)[:_LONGEST_NOTE]
        workload.aliases = [key, workload.name, *_hosts(node)]
        workload.published = form == "webclient"
        workload.networks = self.networks.get(key, [])
        workload.context = f"calm/{self.parents[key]}" if key in self.parents else ""
        if key in self.deployed:
            workload.areas = {f"calm/{self.deployed[key]}": workload.replicas}
        if form in ("system", "ecosystem"):
            what = Text("“{name}” is a system of its own and drawn as a service outside.", name=workload.name)
            self.system.say_of(workload, "info", what)
        if workload.kind == "llm_api":
            what = Text(
                "“{name}” is drawn as an API that is paid by the token; take LLM serving if you run it.",
                name=workload.name,
            )
            self.system.say_of(workload, "info", what)
        self.system.workloads.append(workload)

    # -- flows -----------------------------------------------------------------------------------------------------

    def make_flows(self) -> None:
        """Make a flow of each end of what connects or interacts."""
        by_key = {workload.key: workload for workload in self.system.workloads}
        for each in while_wanted(self.relations):
            if each.form not in _CONTAINING and each.source in each.targets:
                self.lost.setdefault("self", []).append(each.id)
            for target in each.targets if each.form not in _CONTAINING else ():
                link = _link(each, f"calm/{each.source}", f"calm/{target}", by_key, self.mark)
                if link is not None:
                    self.system.links.append(link)
                else:
                    what = Text(
                        "The relationship {id} names “{source}” and “{target}”, which are not both nodes of the file.",
                        id=each.id,
                        source=each.source,
                        target=target,
                    )
                    self.system.say("warning", self.mark, what)

    # -- notes -----------------------------------------------------------------------------------------------------

    def tell(self) -> None:
        """Add the notes about the architecture as a whole."""
        what = Text("CALM says nothing about sizes and copies; the defaults of the kinds stand until you set them.")
        self.system.say("info", self.mark, what)
        for form, number in sorted(self.left.items()):
            what = Text(
                "Relationships of the form {form} are not drawn: {count}.", form=form or Text("not known"), count=number
            )
            self.system.say("warning", self.mark, what)
        for reason, names in self.lost.items():
            if names:
                args = {"names": enumerated(list(dict.fromkeys(names)), _SHOWN)}
                self.system.say("warning", self.mark, Text(_LOST[reason], **args))
        detailed = [
            quoted(_name(node))
            for node in self.nodes.values()
            if _map(node.get("details")).get("detailed-architecture")
        ]
        if detailed:
            what = Text(
                "The architectures inside of {names} are files of their own, which are not read; import them alone.",
                names=enumerated(detailed, _SHOWN),
            )
            self.system.say("info", self.mark, what)
        controls = [*_map(self.content.get("controls"))]
        if controls:
            what = Text("Controls that hold for the whole architecture: {names}.", names=enumerated(controls, _SHOWN))
            self.system.say("info", self.mark, what)
        flows = [_text(each, "name") or _text(each, "unique-id") for each in _maps(self.content.get("flows"))]
        if flows:
            what = Text(
                "{count} described and not drawn as journeys: {names}.",
                count=counted("{count} business flow is", "{count} business flows are", len(flows)),
                names=enumerated([quoted(name) for name in flows], _SHOWN),
            )
            self.system.say("info", self.mark, what)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: Any) -> Iterator[Mapping[str, Any]]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found.strip() if isinstance(found, str) else ""


def _name(node: Mapping[str, Any]) -> str:
    return (_text(node, "name") or _text(node, "unique-id"))[:LONGEST_NAME]


def _form(written: Mapping[str, Any]) -> str:
    given = written.get("relationship-type")
    return given if isinstance(given, str) else next(iter(_map(given)), "")


def _relation(written: Mapping[str, Any]) -> Relation | None:
    """Return a relationship: the form as a key with its ends below it, or, in old drafts, as text beside `parties`."""
    form = _form(written)
    ends = _map(_map(written.get("relationship-type")).get(form)) or _map(written.get("parties"))
    listed = ends.get("nodes")
    nodes = tuple(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()
    target = _end(ends.get("destination"))
    source = _end(ends.get("source")) or _text(ends, "actor") or _text(ends, "container")
    targets = nodes or ((target,) if target else ())
    if not source or not targets:
        return None
    identity, protocol = _text(written, "unique-id"), _text(written, "protocol")
    return Relation(identity[:200], form, source, targets, protocol[:60], _text(written, "description"))


def _end(value: Any) -> str:
    return value.strip() if isinstance(value, str) else _text(_map(value), "node")


def _kind(form: str, name: str) -> str:
    """Return the kind of a node by its type; one of the user's own (`ai:llm`) and a service by the words of both."""
    known = table().types.get(form.lower())
    if known:
        return (
            known if known != "relational" else _by_words(name, ("document", "cache", "warehouse", "search")) or known
        )
    return _by_words(f"{form.rpartition(':')[2]} / {name}" if form.lower() != "service" else name, ())


def _by_words(text: str, only: tuple[str, ...]) -> str:
    spoken = f" {' '.join(words(text))} "
    for rule in table().words:
        if (not only or rule.kind in only) and any(f" {word} " in spoken for word in rule.words):
            return rule.kind
    return ""


def _note(node: Mapping[str, Any]) -> str:
    """Return what the node's note keeps: its description, its interfaces and the names of its controls."""
    parts = [_text(node, "description")]
    interfaces = [_interface(each) for each in _maps(node.get("interfaces"))]
    if any(interfaces):
        parts.append("Interfaces: " + "; ".join(filter(None, interfaces[:20])) + ".")
    controls = list(_map(node.get("controls")))
    if controls:
        parts.append("Controls: " + ", ".join(controls[:20]) + ".")
    return "\n".join(filter(None, parts))


def _interface(each: Mapping[str, Any]) -> str:
    shown = (
        _text(each, "name")
        or _text(each, "value")
        or _text(each, "url")
        or _text(each, "host")
        or _text(each, "unique-id")
    )
    protocol, port = _text(each, "protocol"), each.get("port")
    ending = f"{protocol} {port}" if isinstance(port, int) and not isinstance(port, bool) else protocol
    return f"{shown} ({ending.strip()})" if ending.strip() else shown


def _hosts(node: Mapping[str, Any]) -> Iterator[str]:
    for each in _maps(node.get("interfaces")):
        for key in ("value", "url", "host"):
            host = _text(each, key).rpartition("://")[2].partition("/")[0].partition(":")[0]
            if host:
                yield host.lower()


def _interaction(protocol: str) -> Interaction | None:
    for interaction, protocols in table().protocols.items():
        if protocol.upper().replace("_", "-") in protocols:
            return interaction
    return None


def _link(
    each: Relation, source_key: str, target_key: str, by_key: Mapping[str, Workload], mark: tuple[str, int]
) -> Link | None:
    source, target = by_key.get(source_key), by_key.get(target_key)
    if source is None or target is None:
        return None
    reason = Text("the relationship {id} says so", id=each.id)
    if each.description:
        said = each.description[:_LONGEST_REASON].rstrip(". ")
        reason = Text("the relationship {id} says: {said}", id=each.id, said=said)
    sure: Confidence = "high"
    taking = set(words(each.description)) & set(table().consuming)
    if target.kind in BROKERS and source.kind not in BROKERS and taking:
        source, target, sure = target, source, "medium"
        reason = Text("the relationship {id} says that “{name}” takes from it", id=each.id, name=target.name)
    params: dict[str, Value] = {"protocol": each.protocol} if each.protocol else {}
    return Link(source.key, target.key, reason, mark, sure, params, _interaction(each.protocol), True)
