"""A system of workloads and flows as a design: nodes, flows, boundaries, the assumed demand, and what was assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from models.design.design import Design
from models.design.elements import BRIEF_ID, Boundary, Brief, Element, Flow, Id, Node, Site, Value
from models.design.ids import IdSource
from models.design.kinds import kinds
from models.importers.inference import RANK, FoundFlow, entry_points
from models.importers.notes import Note, Reason
from models.importers.recognition import BROKERS
from models.importers.reimport import remembered
from models.importers.workloads import System, Workload
from models.interruption import go_on
from models.words import Number, Text, joined, quoted

DEMAND_UNKNOWN = "The input says nothing about demand"
"""How the note on the assumed demand begins."""
USERS_ORIGIN = "import/users"
_CLOSING_PROBABILITY = 0.01
_STABLE_GAIN = 0.9
_MOST_LOOPS_TOLD = 20


def draw(system: System, flows: list[FoundFlow], new_id: IdSource) -> tuple[Design, list[Note], Mapping[Id, Reason]]:
    """Return the design of the system, its notes, those about a node with its id, and the reasons of its flows."""
    drawing = _Drawing(system, new_id)
    drawing.add_boundaries()
    for workload in system.workloads:
        drawing.add_node(workload)
    drawing.add_networks()
    users = add_users(system, flows)
    if users is not None:
        drawing.add_node(users)
    calm_loops(system, flows)
    for flow in flows:
        drawing.add_flow(flow)
    home = {"home_region": system.home} if system.home else {}
    drawing.elements[BRIEF_ID] = Brief(name=system.title, params=home, provenance=dict.fromkeys(home, "published"))
    return Design(drawing.elements), drawing.notes(), drawing.reasons


class _Drawing:
    def __init__(self, system: System, new_id: IdSource) -> None:
        self.system = system
        self.new_id = new_id
        self.elements: dict[Id, Element] = {}
        self.ids: dict[str, Id] = {}
        self._contexts: dict[str, Id] = {}
        self._areas: dict[str, Id] = {}
        self._cluster: Id | None = None
        self._about: list[tuple[Note, str]] = []
        self._small: list[str] = []
        self.reasons: dict[Id, Reason] = {}

    def add_boundaries(self) -> None:
        if self.system.cluster:
            self._cluster = self.new_id()
            cluster = Boundary("cluster", self.system.cluster, origin="kubernetes/cluster")
            self.elements[self._cluster] = cluster
        for area in self.system.areas:
            self._areas[area.key] = self.new_id()
            parent = self._areas.get(area.parent)
            self.elements[self._areas[area.key]] = Boundary(
                area.kind,
                area.name,
                parent,
                params=area.params,
                tags=area.tags,
                note=area.note,
                origin=area.key,
            )
        names = dict.fromkeys(workload.namespace for workload in self.system.workloads if workload.namespace)
        if set(names) - {"default"}:
            for name in names:
                self._contexts[name] = self.new_id()
                boundary = Boundary("team", name, origin=f"kubernetes/namespace/{name}")
                self.elements[self._contexts[name]] = boundary

    def add_networks(self) -> None:
        """Add the networks of the input as overlays: those stated as areas, and others if there are several."""
        members: dict[str, list[Id]] = {}
        for workload in self.system.workloads:
            for network in workload.networks:
                members.setdefault(network, []).append(self.ids[workload.key])
        for key in members.keys() & self._areas.keys():
            area = self.elements[self._areas[key]]
            assert isinstance(area, Boundary)
            self.elements[self._areas[key]] = msgspec.structs.replace(area, members=tuple(members.pop(key)))
        if len(members) > 1:
            for name, listed in members.items():
                boundary = Boundary("network", name, members=tuple(listed), origin=f"compose/network/{name}")
                self.elements[self.new_id()] = boundary

    def add_node(self, workload: Workload) -> None:
        identifier = self.new_id()
        self.ids[workload.key] = identifier
        params = self._params(workload)
        sites = self._sites(workload)
        self.elements[identifier] = Node(
            kind=workload.kind,
            name=workload.name,
            params=params,
            sites=sites,
            context=self._areas.get(workload.context) or self._contexts.get(workload.namespace),
            technology=workload.technology,
            tags=dict(workload.tags),
            note=workload.note
            or (f"Read from {workload.mark[0]}, line {workload.mark[1]}." if workload.mark[1] else ""),
            provenance=dict.fromkeys(params, "published"),
            origin=f"{workload.key}{remembered(sites)}",
        )

    def _sites(self, workload: Workload) -> tuple[Site, ...]:
        if workload.areas:
            return tuple(Site(self._areas.get(area), replicas) for area, replicas in workload.areas.items())
        outside = workload.key.startswith(("outside/", "import/"))
        return (Site(None if outside else self._cluster, workload.replicas),)

    def _params(self, workload: Workload) -> dict[str, Value]:
        spec = kinds().nodes[workload.kind]
        accelerators = workload.accelerators
        if accelerators is None and workload.kind in ("embedding", "reranker", "model_serving_gpu"):
            accelerators = 0
            self._say(
                workload, Text("“{name}” asks for no accelerator; it is drawn on processors.", name=workload.name)
            )
        if workload.kind == "llm_serving" and not accelerators:
            accelerators = None
            default = spec.parameter("accelerator")
            name = default.default if default else ""
            self._say(
                workload,
                Text(
                    "“{name}” serves a language model and asks for no accelerator; {accelerator} is assumed.",
                    name=workload.name,
                    accelerator=name,
                ),
            )
        elif accelerators and not workload.accelerator:
            default = spec.parameter("accelerator")
            cure = Text("choose one to have it priced")
            if default and default.default:
                cure = Text("{accelerator} is assumed", accelerator=default.default)
            what = Text(
                "Which accelerator “{name}” asks for is not in the input; {cure}.", name=workload.name, cure=cure
            )
            self._say(workload, what)
        values: dict[str, Value] = {
            "vcpu": workload.vcpu,
            "memory_gib": workload.memory_gib,
            "storage_gib": workload.storage_gib,
            "accelerators": accelerators,
            "accelerator": workload.accelerator or ("" if accelerators == 0 else None),
            "instance": workload.instance or None,
            "min_replicas": workload.min_replicas,
            "max_replicas": workload.max_replicas,
            "autoscaled": True if workload.max_replicas is not None else None,
            "target_utilization": workload.target_utilization,
            "language_model": workload.language_model or None,
            **workload.params,
        }
        if spec.parameter("vcpu") is not None and not workload.key.startswith("outside/"):
            values.setdefault("managed", False)
        return self._accepted(workload, values)

    def _accepted(self, workload: Workload, values: dict[str, Value]) -> dict[str, Value]:
        """Return the values that the kind knows and that differ from its defaults, raised to the least it allows."""
        spec = kinds().nodes[workload.kind]
        found: dict[str, Value] = {}
        for name, value in values.items():
            parameter = spec.parameter(name)
            if value is None or parameter is None:
                continue
            if parameter.minimum is not None and isinstance(value, int | float) and value < parameter.minimum:
                self._small.append(
                    Text(
                        "{name} ({label} {value})",
                        name=workload.name,
                        label=parameter.label,
                        value=Number(f"{value:.3g}"),
                    )
                )
                value = parameter.minimum
            problem = parameter.problem(value)
            if problem:
                self._say(
                    workload, Text("“{name}”: {problem} The default stands.", name=workload.name, problem=problem)
                )
            else:
                found[name] = value
        return found

    def _say(self, workload: Workload, what: str) -> None:
        self._about.append((Note("info", workload.mark[0], workload.mark[1], what), workload.key))

    def add_flow(self, flow: FoundFlow) -> None:
        identifier = self.new_id()
        self.elements[identifier] = Flow(
            source=self.ids[flow.source],
            target=self.ids[flow.target],
            interaction=flow.interaction,
            params=flow.params,
            provenance=dict.fromkeys(flow.params, "default"),
            origin=f"{flow.source}->{flow.target}",
            evidence=str(flow.evidence()),
        )
        self.reasons[identifier] = flow.told()

    def notes(self) -> list[Note]:
        if self._small:
            listed = joined(self._small[:3])
            if len(self._small) > 3:
                listed = Text("{names} and {count} more", names=listed, count=len(self._small) - 3)
            what = Text("Values below the least that can be planned are raised to it: {listed}.", listed=listed)
            self.system.say("info", ("", 0), what)
        by_mark = {workload.mark: self.ids[workload.key] for workload in self.system.workloads if workload.mark[1]}
        own = [
            Note(note.severity, note.file, note.line, note.what, note.element or by_mark.get((note.file, note.line)))
            for note in self.system.notes
        ]
        about = [*self.system.about, *self._about]
        return [*own, *(Note(n.severity, n.file, n.line, n.what, self.ids.get(key)) for n, key in about)]


def add_users(system: System, flows: list[FoundFlow]) -> Workload | None:
    """Give the system its demand: the load generator of the file, else a new users node before the entry points.

    Entry points that the load generator does not reach are connected with it.
    """
    present = next((each for each in system.workloads if each.kind == "users"), None)
    connected = present is not None and any(flow.source == present.key for flow in flows)
    entries, why = entry_points(system.workloads, _without_monitoring(system, flows))
    if present is not None and connected:
        entries = [entry for entry in entries if entry.published]
        what = Text("“{name}” of the input stands for the users; set its demand, or use a trace.", name=present.name)
        system.say("info", ("", 0), what)
        if not entries:
            return None
    if not entries:
        what = Text("Nothing in the input can be reached by users: no demand is drawn. Add users and connect them.")
        system.say("warning", ("", 0), what)
        return None
    users = present or Workload(key=USERS_ORIGIN, name="Users", form="assumption", mark=("", 0), kind="users")
    for entry in entries:
        flows.append(
            FoundFlow(
                source=users.key,
                target=entry.key,
                confidence="low",
                reason=Text("assumed, because {why}", why=why),
                mark=entry.mark,
            )
        )
    if connected:
        return None
    rate = kinds().nodes["users"].parameter("peak_rate_rps")
    default = rate.default if rate else 0
    names = joined(quoted(entry.name) for entry in entries[:4])
    names = joined((names, "…"), " ") if len(entries) > 4 else names
    what = Text(
        "The input says nothing about demand: {rate} requests/s in the peak hour before {names} are assumed. "
        "Set the users node or import a trace.",
        rate=Number(f"{default:g}"),
        names=names,
    )
    system.say("warning", ("", 0), what)
    return None if present else users


def _without_monitoring(system: System, flows: Sequence[FoundFlow]) -> list[FoundFlow]:
    by_key = {workload.key: workload for workload in system.workloads}
    return [
        flow for flow in flows if by_key[flow.target].kind != "monitoring" and by_key[flow.source].kind != "monitoring"
    ]


def calm_loops(system: System, flows: list[FoundFlow]) -> None:
    """Give flows that close a loop a small probability, so that assumed calls do not multiply without end.

    Depth first, surest flows first: what leads back to an open workload closes a loop.
    """
    by_key = {workload.key: workload for workload in system.workloads}
    answers = [flow for flow in flows if by_key[flow.target].kind == "users"]
    outgoing: dict[str, list[FoundFlow]] = {}
    for flow in sorted(flows, key=lambda each: -RANK[each.confidence]):
        if by_key[flow.target].kind != "users":
            outgoing.setdefault(flow.source, []).append(flow)
    reached = {flow.target for flow in flows}
    starts = [key for key in outgoing if key not in reached] + list(outgoing)
    closing = _closing_flows(starts, outgoing)
    reach: dict[str, set[str]] = {}
    for flow in answers:  # what comes back to those who began closes the loop, wherever it was entered first
        if flow.target not in reach:
            go_on()
            reach[flow.target] = _reachable(flow.target, outgoing)
        if flow.params.get("probability") != 0.0 and flow.source in reach[flow.target]:
            closing.append(flow)
    if not closing:
        return
    stable = _gain(flows, closing) < _STABLE_GAIN
    told = 0
    for flow in closing:
        flow.params["probability"] = _CLOSING_PROBABILITY if stable else 0.0
        source, target = by_key[flow.source], by_key[flow.target]
        if source.kind in BROKERS:
            continue
        told += 1
        if told <= _MOST_LOOPS_TOLD:
            ends = {"source": source.name, "target": target.name}
            what = Text("“{source}” to “{target}” closes a loop; no request is assumed to take it.", **ends)
            if stable:
                what = Text("“{source}” to “{target}” closes a loop; one request in 100 is assumed to take it.", **ends)
            system.say("warning", flow.mark, what)
    if told > _MOST_LOOPS_TOLD:
        what = Text("{count} more flows close loops and are treated alike.", count=told - _MOST_LOOPS_TOLD)
        system.say("warning", ("", 0), what)


def _reachable(start: str, outgoing: Mapping[str, Sequence[FoundFlow]]) -> set[str]:
    """Return the keys that flows lead to from a start, itself included."""
    found, waiting = {start}, [start]
    while waiting:
        for flow in outgoing.get(waiting.pop(), ()):
            if flow.target not in found:
                found.add(flow.target)
                waiting.append(flow.target)
    return found


def _closing_flows(starts: Sequence[str], outgoing: dict[str, list[FoundFlow]]) -> list[FoundFlow]:
    state: dict[str, int] = {}
    closing: list[FoundFlow] = []
    for start in starts:
        if start in state:
            continue
        state[start] = 1
        stack = [(start, iter(outgoing.get(start, ())))]
        while stack:
            key, rest = stack[-1]
            flow = next(rest, None)
            if flow is None:
                state[key] = 2
                stack.pop()
            elif state.get(flow.target) == 1:
                closing.append(flow)
            elif flow.target not in state:
                state[flow.target] = 1
                stack.append((flow.target, iter(outgoing.get(flow.target, ()))))
    return closing


def _gain(flows: Sequence[FoundFlow], closing: Sequence[FoundFlow]) -> float:
    """Return how much one request per workload grows in a round through the loops (power iteration, 60 rounds)."""
    small = {id(flow) for flow in closing}
    rates = dict.fromkeys((flow.source for flow in flows), 1.0)
    total = sum(rates.values())
    growth = 0.0
    for _ in range(60):
        following: dict[str, float] = {}
        for flow in flows:
            weight = _CLOSING_PROBABILITY if id(flow) in small else float(flow.params.get("calls", 1.0))
            following[flow.target] = following.get(flow.target, 0.0) + weight * rates.get(flow.source, 0.0)
        after = sum(following.values())
        if after < 1e-9:
            return 0.0
        growth, total, rates = after / total, after, following
    return growth
