"""Flows inferred from a system: each with the place it was read from and how sure that is.

High: a setting names an address of the target. Medium: the name of a variable, a configuration file or the name of a
store points at it. Low: only a start order says so. Stores and brokers never call services.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from models.design.elements import Interaction, Value
from models.design.kinds import kinds
from models.importers.addresses import Address, addresses, variable_subject
from models.importers.directory import Directory, companion
from models.importers.interpolation import unresolved
from models.importers.notes import Reason
from models.importers.recognition import BROKERS, GATEWAYS, JOBS, PASSIVE, is_consumer, is_frontend, table
from models.importers.workloads import Confidence, Setting, System, Workload, word_set, words
from models.importers.yaml_reader import Mark
from models.words import Text, joined, quoted

_SURE: dict[Confidence, Text] = {"low": Text("Low"), "medium": Text("Medium"), "high": Text("High")}
RANK: dict[Confidence, int] = {"low": 0, "medium": 1, "high": 2}
_OBSERVED = frozenset({"search", "wide_column", "object_store", "warehouse"})
_OF_PEOPLE = word_set("frontend site web app console ui client portal dashboard browser")
_CONSUMING = word_set("consumer consumers consume group subscription subscriber")
_RARE_CALLS = 0.01
_NOT_ENTERED = word_set(
    "users monitoring third_party_api llm_api identity secrets timer webhook vpn interconnect identity_federation"
)
# What every service of a system may use beside its named partners; other stores are reached through their service.
_SHARED_STORES = frozenset({"relational", "document", "cache", "key_value", *BROKERS})


class FoundFlow(Struct, kw_only=True):
    """One inferred flow between two workloads, by their keys."""

    source: str
    target: str
    confidence: Confidence
    reason: str
    mark: Mark
    interaction: Interaction = "request"
    params: dict[str, Value] = field(default_factory=dict)
    consuming: bool = False
    stated: bool = False

    def evidence(self) -> str:
        """Return the sentence that the drawn flow keeps, in English."""
        sure, because = self.told()
        return f"{sure} confidence: {because}"

    def told(self) -> Reason:
        """Return how sure it is and why, with the place."""
        file, line = self.mark
        because = Text("{reason}.", reason=self.reason)
        if line:
            because = Text("{reason} ({file}, line {line}).", reason=self.reason, file=file, line=line)
        elif file:
            because = Text("{reason} ({file}).", reason=self.reason, file=file)
        return Reason(_SURE[self.confidence], because)


def infer(system: System) -> list[FoundFlow]:
    """Return the flows of a system whose workloads are recognized; adds nodes for known services outside, and notes."""
    inference = _Inference(system)
    inference.read_links()
    inference.read_settings()
    inference.read_keys()
    inference.pair_stores()
    inference.read_start_order()
    inference.open_gateways()
    return inference.finish()


class _Inference:
    def __init__(self, system: System) -> None:
        self.system = system
        self.by_key = {workload.key: workload for workload in system.workloads}
        self.directory = Directory(system.workloads)
        self.flows: dict[tuple[str, str], FoundFlow] = {}
        self._unknown: dict[str, tuple[Mark, set[str]]] = {}
        self._outside: dict[str, Workload] = {}
        self._waits: dict[tuple[str, str], list[tuple[str, Mark]]] = {}

    # -- evidence --------------------------------------------------------------------------------------------------

    def read_links(self) -> None:
        for link in self.system.links:
            source = self.by_key.get(link.source)
            target = self.by_key.get(link.target) or (
                self.directory.of_host(link.target.lower(), source) if source else None
            )
            if source is None or target is None:
                name = source.name if source else link.source
                self.system.say(
                    "warning",
                    link.mark,
                    Text(
                        "“{name}” leads to “{target}”, which is not part of the input.", name=name, target=link.target
                    ),
                )
                continue
            flow = self._add(source, target, link.confidence, link.evidence, link.mark, link.directed)
            if flow is not None:
                flow.params.update(link.params)
                flow.interaction = link.interaction or flow.interaction
                flow.stated = True

    def read_settings(self) -> None:
        for workload in list(self.system.workloads):
            for setting in workload.settings:
                for address in addresses(setting):
                    self._read_address(workload, setting, address)
                self._read_variables(workload, setting)

    def _read_address(self, workload: Workload, setting: Setting, address: Address) -> None:
        if address.variable:
            subject = variable_subject(address.host)
            target = self.directory.of_subject(subject, workload)
            if target is not None:
                reason = Text(
                    "{key} uses {shown}, and the name means “{target}”",
                    key=_shown_key(setting),
                    shown=address.shown,
                    target=target.name,
                )
                self._from_setting(workload, target, "medium", reason, setting)
            elif subject:
                self._remember_unknown(f"${{{address.host}}}", workload, setting)
            return
        target = self.directory.of_host(address.host, workload) or self._outside_of(address.host, setting)
        if target is not None:
            reason = Text("{key} names {shown}", key=_shown_key(setting), shown=address.shown)
            self._from_setting(workload, target, address.confidence, reason, setting)
        elif setting.where != "configuration" and ("." in address.host or "://" in address.shown):
            self._remember_unknown(address.shown, workload, setting)

    def _read_variables(self, workload: Workload, setting: Setting) -> None:
        """A variable passed on without a value still tells by its name where it leads."""
        names = unresolved(setting.value[:4096])
        if setting.where != "environment" or setting.value != "${" + "".join(names) + "}":
            return
        subject = variable_subject(setting.key) or variable_subject(names[0])
        target = self.directory.of_subject(subject, workload) if subject else None
        if target is not None:
            reason = Text(
                "the name of the variable {key} means “{target}”; its value is not in the input",
                key=setting.key,
                target=target.name,
            )
            self._from_setting(workload, target, "medium", reason, setting)

    def _from_setting(
        self, source: Workload, target: Workload, confidence: Confidence, reason: str, setting: Setting
    ) -> None:
        key = set(words(setting.key))
        callback = is_frontend(target) and source.kind not in GATEWAYS | {"users"} and not is_frontend(source)
        if callback and key & _OF_PEOPLE and setting.where == "environment":
            what = Text(
                "“{source}” knows where “{target}” is ({key}) so as to link to it; no flow is drawn.",
                source=source.name,
                target=target.name,
                key=setting.key,
            )
            self.system.say("info", setting.mark, what)
            return
        flow = self._add(source, target, confidence, reason, setting.mark)
        if flow is not None and key & _CONSUMING:
            flow.consuming = True

    def _remember_unknown(self, shown: str, workload: Workload, setting: Setting) -> None:
        self._unknown.setdefault(shown, (setting.mark, set()))[1].add(workload.name)

    def _outside_of(self, host: str, setting: Setting) -> Workload | None:
        rule = next((rule for rule in table().hosts if any(part in host for part in rule.host)), None)
        return self._outside_node(rule.name, rule.kind, setting.mark) if rule else None

    def _outside_node(self, name: str, kind: str, mark: Mark) -> Workload:
        if name not in self._outside:
            node = Workload(key=f"outside/{name}", name=name, form="outside service", mark=mark, kind=kind)
            self._outside[name] = self.by_key[node.key] = node
            self.system.workloads.append(node)
        return self._outside[name]

    def read_keys(self) -> None:
        """A key for a service outside that has no empty default says, weakly, that the service is called."""
        for workload in list(self.system.workloads):
            for setting in workload.settings:
                rule = next((rule for rule in table().keys if setting.key in rule.setting), None)
                if rule is None or setting.where != "environment":
                    continue
                if setting.value:
                    target = self._outside_node(rule.name, rule.kind, setting.mark)
                    reason = Text("{key} is a key for {service}", key=setting.key, service=rule.name)
                    self._add(workload, target, "low", reason, setting.mark)
                else:
                    what = Text(
                        "“{name}” can call {service} ({key} is empty by default); not drawn.",
                        name=workload.name,
                        service=rule.name,
                        key=setting.key,
                    )
                    self.system.say("info", setting.mark, what)

    def pair_stores(self) -> None:
        """A store that nobody names belongs to the service whose name it carries."""
        called = {target for _, target in self.flows}
        for store in list(self.system.workloads):
            if store.kind in PASSIVE and store.key not in called:
                owner = companion(store, self.system.workloads)
                if owner is not None:
                    reason = Text("“{store}” carries the name of “{owner}”", store=store.name, owner=owner.name)
                    self._add(owner, store, "medium", reason, store.mark)

    def read_start_order(self) -> None:
        explicit = {key for key, flow in self.flows.items() if flow.confidence != "low"}
        speaks, called = {source for source, _ in explicit}, {target for _, target in explicit}
        for workload in list(self.system.workloads):
            for dependency in workload.after:
                target = self.directory.of_host(dependency.target.lower(), workload)
                if target is None:
                    what = Text(
                        "“{name}” waits for “{target}”, which is not part of the drawing.",
                        name=workload.name,
                        target=dependency.target,
                    )
                    self.system.say("info" if not dependency.required else "warning", dependency.mark, what)
                elif not {(workload.key, target.key), (target.key, workload.key)} & set(self.flows):
                    only_order = _only_order(workload, target, workload.key in speaks and target.key in called)
                    only_order = only_order or self._reached_through(workload, target)
                    if only_order:
                        self._waits.setdefault((target.name, only_order), []).append((workload.name, dependency.mark))
                    else:
                        reason = Text(
                            "“{name}” waits for “{target}” to start, and nothing else tells",
                            name=workload.name,
                            target=target.name,
                        )
                        self._add(workload, target, "low", reason, dependency.mark)

    def _reached_through(self, users: Workload, target: Workload) -> str:
        """Return which other workload a load generator reaches the target through, as a reason, or an empty text."""
        for dependency in users.after if users.kind == "users" else ():
            first = self.directory.of_host(dependency.target.lower(), users)
            if first is not None and (first.key, target.key) in self.flows:
                return Text("it is reached through “{name}”", name=first.name)
        return ""

    def open_gateways(self) -> None:
        """A gateway that leads nowhere stands before the one front end that nobody calls."""
        called = {target for (_, target), flow in self.flows.items()}
        calling = {source for source, _ in self.flows if self.by_key[source].kind in GATEWAYS}
        fronts = [each for each in self.system.workloads if is_frontend(each) and each.key not in called]
        for gateway in self.system.workloads:
            if gateway.kind in GATEWAYS and gateway.key not in calling and len(fronts) == 1:
                reason = Text(
                    "“{gateway}” is a gateway and “{name}” the only front end that nothing calls",
                    gateway=gateway.name,
                    name=fronts[0].name,
                )
                self._add(gateway, fronts[0], "low", reason, gateway.mark)

    def _add(
        self,
        source: Workload,
        target: Workload,
        confidence: Confidence,
        reason: str,
        mark: Mark,
        directed: bool = False,
    ) -> FoundFlow | None:
        if source is target or source.key == target.key or not (directed or _can_call(source, target)):
            return None
        known = self.flows.get((source.key, target.key))
        if known is not None:
            if RANK[confidence] > RANK[known.confidence]:
                known.confidence, known.reason, known.mark = confidence, reason, mark
            return known
        flow = FoundFlow(source=source.key, target=target.key, confidence=confidence, reason=reason, mark=mark)
        self.flows[source.key, target.key] = flow
        return flow

    # -- what the flows are ----------------------------------------------------------------------------------------

    def finish(self) -> list[FoundFlow]:
        self._turn_consumers()
        for flow in self.flows.values():
            source, target = self.by_key[flow.source], self.by_key[flow.target]
            if not flow.stated or flow.interaction == "request":
                flow.interaction = _interaction(source, target)
            if target.role == "coordination" and flow.interaction == "request":
                flow.params.setdefault("calls", _RARE_CALLS)
        if any(self.by_key[flow.target].role == "coordination" for flow in self.flows.values()):
            what = Text("Registries and configuration stores are assumed to be asked once in 100 requests.")
            self.system.say("info", ("", 0), what)
        for shown, (mark, names) in sorted(self._unknown.items()):
            what = Text(
                "Where {shown} leads is not known from the input (used by {listed}).",
                shown=shown,
                listed=_listed(sorted(names)),
            )
            self.system.say("info", mark, what)
        for (target_name, reason), waiting in self._waits.items():
            who = _listed([quoted(name) for name, _ in waiting])
            args = {"who": who, "target": target_name, "reason": reason}
            what = Text("{who} wait for “{target}”; no flow is drawn: {reason}.", **args)
            if len(waiting) == 1:
                what = Text("{who} waits for “{target}”; no flow is drawn: {reason}.", **args)
            self.system.say("info", waiting[0][1], what)
        return list(self.flows.values())

    def _turn_consumers(self) -> None:
        """Turn the flow between a broker and a workload that takes from it: messages leave the broker.

        Consumers are those whose name or settings say so, and those that nothing calls while another client is called.
        """
        clients: dict[str, list[FoundFlow]] = {}
        for flow in self.flows.values():
            if self.by_key[flow.target].kind in BROKERS and not flow.stated:
                clients.setdefault(flow.target, []).append(flow)
        called = {target for source, target in self.flows if self.by_key[source].kind not in BROKERS}
        for broker, flows in clients.items():
            active = [flow for flow in flows if self._is_entered(flow.source, called)]
            for flow in flows:
                source = self.by_key[flow.source]
                idle = bool(active) and flow not in active and source.kind not in PASSIVE | {"users"}
                if (flow.consuming or is_consumer(source) or idle) and (len(flows) > 1 or not active):
                    self._reverse(flow, source)
            if not any(key[0] == broker for key in self.flows):
                name, mark = self.by_key[broker].name, self.by_key[broker].mark
                what = Text(
                    "Which client of “{name}” takes messages from it is not in the input; all are drawn as senders.",
                    name=name,
                )
                self.system.say("info", mark, what)

    def _is_entered(self, key: str, called: set[str]) -> bool:
        workload = self.by_key[key]
        return key in called or workload.published or is_frontend(workload) or workload.kind in GATEWAYS | {"users"}

    def _reverse(self, flow: FoundFlow, consumer: Workload) -> None:
        del self.flows[flow.source, flow.target]
        flow.source, flow.target = flow.target, flow.source
        flow.reason = Text("{reason}; “{name}” takes from it", reason=flow.reason, name=consumer.name)
        self.flows[flow.source, flow.target] = flow


def _listed(names: list[str]) -> str:
    shown = joined(names[:5])
    if len(names) <= 5:
        return shown
    return Text("{names} and {count} more", names=shown, count=len(names) - 5)


def _shown_key(setting: Setting) -> str:
    if setting.where == "command":
        return Text("the argument {key}", key=setting.key) if setting.key else Text("the command")
    return setting.key if setting.where == "environment" else Text("the configuration {key}", key=setting.key)


def _can_call(source: Workload, target: Workload) -> bool:
    """Return whether a flow can run that way: stores and brokers call each other only, monitoring only its stores."""
    if target.kind == "users" or target.role == "sidecar":
        return False
    if source.kind == "users":
        return target.kind not in PASSIVE | {"monitoring", "ab_experiment"}
    if source.kind in PASSIVE or source.role == "coordination":
        return target.kind in PASSIVE and (target.role == "coordination" or source.kind != "cache")
    if source.kind == "monitoring":
        return target.kind == "monitoring" or target.kind in _OBSERVED
    return True


def _only_order(workload: Workload, target: Workload, both_speak: bool) -> str:
    """Return why a start order is no flow, or an empty text."""
    if not _can_call(workload, target):
        return Text("{kind} nodes do not call it", kind=kinds().nodes[workload.kind].noun)
    if target.kind == "monitoring":
        return Text("services do not wait for monitoring while they answer")
    if target.kind in JOBS:
        return Text("it is a job that runs before")
    if workload.image and workload.image == target.image and target.kind not in PASSIVE:
        return Text("both run the same program")
    if both_speak and target.kind not in _SHARED_STORES:
        return Text("the settings name its other partners and not this one")
    if is_frontend(target) and workload.kind not in GATEWAYS | {"users"}:
        return Text("front ends are opened by people")
    return ""


def _interaction(source: Workload, target: Workload) -> Interaction:
    if "monitoring" in (target.kind, source.kind):
        return "stream"
    for end in (target, source):
        if end.kind in BROKERS:
            return "stream" if end.kind == "stream" else "message"
    if source.kind in JOBS:
        return "batch"
    return "request"


def entry_points(workloads: Iterable[Workload], flows: Iterable[FoundFlow]) -> tuple[list[Workload], str]:
    """Return the workloads that people reach first, and the sentence why.

    Published ones that nothing calls (a gateway: no other gateway); else front ends and gateways that nothing calls;
    else services that nothing calls but that call others; else any service that nothing calls.
    """
    listed, everything = list(flows), list(workloads)
    gateways = {each.key for each in everything if each.kind in GATEWAYS}
    before = gateways | {each.key for each in everything if each.kind == "users"}
    called = {flow.target for flow in listed if flow.target not in gateways or flow.source in before}
    calling = {flow.source for flow in listed}
    passive = PASSIVE | JOBS | _NOT_ENTERED
    free = [each for each in everything if each.kind not in passive and each.key not in called and not each.role]
    free = [each for each in free if not each.key.startswith("outside/")]
    faces = [each for each in free if is_frontend(each) or each.kind in GATEWAYS]
    ladder = (
        ([each for each in faces if each.published], Text("it is published and stands in front")),
        (
            [each for each in free if each.published and not is_consumer(each)],
            Text("it is published and nothing calls it"),
        ),
        (faces, Text("it stands in front and nothing calls it")),
        ([each for each in free if each.key in calling and not is_consumer(each)], Text("nothing calls it")),
        ([each for each in free if not is_consumer(each)], Text("nothing calls it")),
    )
    return next((step for step in ladder if step[0]), ([], ""))
