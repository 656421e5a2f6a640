"""Flows between the pieces of a plan: what joins two of them, what one uses of another, and what may reach what.

A resource that joins others (a listener, an event source mapping, a subscription, a policy) is a hop: flows run from
node to node over any number of hops.
"""

from __future__ import annotations

from typing import NamedTuple

from models.design.elements import Interaction, Value
from models.importers.inference import RANK
from models.importers.recognition import BROKERS, GATEWAYS, JOBS, PASSIVE, STORES
from models.importers.terraform.nodes import Nodes
from models.importers.terraform.pieces import Piece, Pieces
from models.importers.terraform.values import environment, first
from models.importers.workloads import Confidence, Link, Workload
from models.interruption import while_wanted
from models.words import Number, Text, enumerated

_IDENTITY_ATTRIBUTES = frozenset(
    {"role", "iam_role_arn", "task_role_arn", "execution_role_arn", "iam_instance_profile", "service_account",
     "service_account_email", "identity", "role_arn"}
)  # fmt: skip
_SETTING_WORDS = ("env", "app_settings", "container_definitions", "variables", "user_data", "connection_string")
_NO_USE = ("depends_on", "tags", "labels", "logging", "log", "kms", "vpc", "access_logs", "alias")
MOST_LINKS = 20_000
_SHOWN = 12
_FAILED = ("redrive_policy", "dead_letter", "forward_dead_lettered")
_FARTHEST = 10
_MOST_FROM_ONE = 200
_RARE_QUERIES = 0.001
_MOST_PAIRS = 100
_GUARD_PORTS = {"relational", "cache", "search", "stream", "document", "queue", "vector_store"}


class Step(NamedTuple):
    """One edge of the graph of pieces; `aside` takes only what failed."""

    target: Piece
    sure: Confidence
    interaction: Interaction | None
    reason: str
    aside: bool = False


class Links:
    """The graph of pieces and hops, and the flows found in it."""

    def __init__(self, pieces: Pieces, nodes: Nodes) -> None:
        self.pieces = pieces
        self.nodes = nodes
        self.steps: dict[int, list[Step]] = {}
        self.links: dict[tuple[str, str], Link] = {}
        self.full = False
        self.rare = False

    def read(self) -> list[Link]:
        """Return the flows of the plan, surest first where two pieces are joined in several ways."""
        for piece in while_wanted(self.pieces.all):
            self._read_joins(piece)
            if piece.is_drawn and self.nodes.of(piece) is not None:
                self._read_uses(piece)
        for piece in while_wanted(self.pieces.all):
            source = self.nodes.of(piece) if piece.is_drawn else None
            if source is not None:
                self._walk(piece, source)
        self._read_guards()
        self._tell()
        return list(self.links.values())

    def _tell(self) -> None:
        system, mark = self.nodes.system, (self.pieces.plan.file, 0)
        if self.full:
            system.say(
                "warning",
                mark,
                Text("More than {most} flows were found; the others are not drawn.", most=Number(f"{MOST_LINKS:,}")),
            )
        local = [piece.key for piece in self.pieces.all if piece.is_drawn and self._is_set_by_locals(piece)]
        if local:
            what = Text(
                "Settings of {names} come from local values, whose references no plan holds: flows may be missing; "
                "draw them by hand.",
                names=enumerated(local, _SHOWN),
            )
            system.say("warning", mark, what)
        if self.rare:
            system.say("info", mark, Text("Warehouses are assumed to be asked once in 1,000 requests."))

    def _is_set_by_locals(self, piece: Piece) -> bool:
        """Return whether settings of a piece come from local values."""
        attributes = (
            attribute
            for each in (piece, *piece.templates)
            for attribute in self.pieces.references.through_locals.get(each.configured, ())
        )
        return any(part.startswith(_SETTING_WORDS) for attribute in attributes for part in attribute.split("."))

    # -- the graph -------------------------------------------------------------------------------------------------

    def _add(
        self,
        source: Piece,
        target: Piece,
        sure: Confidence,
        interaction: Interaction | None,
        reason: str,
        aside: bool = False,
    ) -> None:
        if source is not target:
            self.steps.setdefault(id(source), []).append(Step(target, sure, interaction, reason, aside))

    def _read_joins(self, piece: Piece) -> None:
        """Add the edges of the attributes that say what stands before and after a piece."""
        rule = piece.rule
        if rule.role in ("guard", "opening", "template", "network", "subnet", "subnet_group"):
            return
        reason = "" if piece.is_drawn else Text("{address} joins them", address=piece.key)
        for attribute, target in self.pieces.targets(piece, rule.before):
            own = reason or _refers(piece, attribute, target)
            self._add(target, piece, rule.sure, rule.interaction, own)
        for attribute, target in self.pieces.targets(piece, rule.after):
            own = reason or _refers(piece, attribute, target)
            aside = attribute.startswith(_FAILED)
            self._add(piece, target, rule.sure, "message" if aside else rule.interaction, own, aside)
        if piece.rule.role == "part" and id(piece) not in self.nodes.owners:
            for attribute, target in self.pieces.targets(piece, rule.part_of):
                self._add(target, piece, "high", "stream", _refers(piece, attribute, target))
        if piece.rule.role == "hop":
            self._read_members_of_hop(piece)
        for _, target in self.pieces.targets(piece, rule.publishes):
            workload = self.nodes.of(target)
            if workload is not None and all(first(piece.values, (k,)) == v for k, v in rule.publishes_when.items()):
                workload.published = True

    def _read_members_of_hop(self, piece: Piece) -> None:
        """A hop that refers to one with members (an attachment to a group) stands behind it."""
        for attribute, target in self.pieces.targets(piece):
            if target.rule.members and not _listed(piece, attribute):
                self._add(
                    target, piece, "high", target.rule.interaction, Text("{address} joins them", address=target.key)
                )

    def _read_uses(self, piece: Piece) -> None:
        """Add what a node uses: the pieces that its settings and other attributes refer to."""
        workload = self.nodes.of(piece)
        passive = workload is not None and workload.kind in PASSIVE
        for each in (piece, *piece.templates):
            for attribute, target in self.pieces.targets(each):
                self._read_use(piece, each, attribute, target, passive)
        for key, value in environment(piece.values, piece.rule.settings):
            named = self.pieces.of_value(value)
            if named is not None and (named.is_drawn or named.rule.passes or named.rule.members):
                self._used(
                    piece, named, "high", Text("the setting {key} of {address} names it", key=key, address=piece.key)
                )

    def _read_use(self, piece: Piece, each: Piece, attribute: str, target: Piece, passive: bool) -> None:
        head = attribute.partition(".")[0]
        if _listed(each, attribute) or head in _NO_USE or head in each.rule.template:
            return
        if head in _IDENTITY_ATTRIBUTES or (target.rule.left == "permissions" and target.rule.role == "hop"):
            if not passive:
                self._add(
                    piece, target, "medium", None, Text("the permissions of {address} name it", address=piece.key)
                )
            return
        if target.rule.backs and (passive or piece.rule.kind == "llm_api"):
            self._add(target, piece, "medium", None, Text("{target} stands before it", target=target.key))
            return
        if passive or not (target.is_drawn or target.rule.passes or target.rule.members):
            return
        setting = any(part.startswith(_SETTING_WORDS) for part in attribute.split("."))
        self._used(piece, target, "high" if setting else "medium", _refers(each, attribute, target))

    def _used(self, piece: Piece, target: Piece, sure: Confidence, reason: str) -> None:
        if target.rule.role == "cluster" and not self.nodes.of(target):
            return
        if target.rule.members:
            self._add(target, piece, sure, target.rule.interaction, reason)
        else:
            self._add(piece, target, sure, None, reason)

    # -- flows -----------------------------------------------------------------------------------------------------

    def _walk(self, start: Piece, source: Workload) -> None:
        """Follow the edges from a node over hops to the next nodes, in breadth, the surest way first."""
        reached: dict[int, int] = {}
        waiting = [(step, step.sure, step.interaction, step.reason, 1) for step in self.steps.get(id(start), ())]
        aside = {id(step) for step, *_ in waiting if step.aside}
        found = 0
        while waiting and found < _MOST_FROM_ONE:
            step, sure, interaction, reason, depth = waiting.pop(0)
            target = self.nodes.of(step.target)
            if target is not None and step.target.is_drawn:
                if target is not source and _wanted(step.target, target, source):
                    self._link(source, target, sure, interaction, reason, id(step) in aside)
                    found += 1
                continue
            if depth >= _FARTHEST or reached.get(id(step.target), -1) >= RANK[sure]:
                continue
            reached[id(step.target)] = RANK[sure]
            for following in self.steps.get(id(step.target), ()):
                if not _fits(step.target, following.target, self.nodes):
                    continue
                lower = min(sure, following.sure, key=RANK.__getitem__)
                told = reason if _tells_more(step.target) else following.reason
                if following.aside or id(step) in aside:
                    aside.add(id(following))
                waiting.append((following, lower, interaction or following.interaction, told or reason, depth + 1))

    def _link(
        self,
        source: Workload,
        target: Workload,
        sure: Confidence,
        interaction: Interaction | None,
        reason: str,
        aside: bool,
    ) -> None:
        key, back = (source.key, target.key), self.links.get((target.key, source.key))
        if back is not None and RANK[back.confidence] > RANK[sure] and {source.kind, target.kind} & BROKERS:
            return
        if len(self.links) >= MOST_LINKS:
            self.full = True
            return
        known = self.links.get(key)
        if known is not None and RANK[known.confidence] >= RANK[sure]:
            return
        if {source.kind, target.kind} & BROKERS:
            self._drop_weaker(key, sure)
        interaction = None if source.kind in GATEWAYS else interaction
        params: dict[str, Value] = {"carries_rejects": True} if aside else {}
        if target.kind == "warehouse" and source.kind not in JOBS:
            params["calls"] = _RARE_QUERIES
            self.rare = True
        directed = (
            interaction is not None or source.kind in PASSIVE or source.kind in GATEWAYS or source.kind == "timer"
        )
        self.links[key] = Link(source.key, target.key, reason, source.mark, sure, params, interaction, directed)

    def _drop_weaker(self, key: tuple[str, str], sure: Confidence) -> None:
        back = self.links.get((key[1], key[0]))
        if back is not None and RANK[back.confidence] < RANK[sure]:
            del self.links[key[1], key[0]]

    # -- security groups -------------------------------------------------------------------------------------------

    def _read_guards(self) -> None:
        """A security group that lets another in says, weakly, that what is in that one calls what is in this one."""
        members: dict[int, list[Workload]] = {}
        openings: list[tuple[Piece, Piece, str]] = []
        for piece in while_wanted(self.pieces.all):
            if piece.rule.role == "guard":
                for _, source in self.pieces.targets(piece, piece.rule.opens):
                    openings.append((source, piece, piece.key))
            elif piece.rule.role == "opening":
                before = [each for _, each in self.pieces.targets(piece, piece.rule.before)]
                after = [each for _, each in self.pieces.targets(piece, piece.rule.after)]
                openings.extend((a, b, piece.key) for a in before[:5] for b in after[:5] if a is not b)
            else:
                workload = self.nodes.of(piece) if piece.is_drawn else None
                for each in (piece, *piece.templates) if workload is not None else ():
                    for _, target in self.pieces.targets(each):
                        if target.rule.role == "guard" and workload is not None:
                            listed = members.setdefault(id(target), [])
                            if workload not in listed:
                                listed.append(workload)
        for source, guard, address in openings:
            self._read_opening(members.get(id(source), []), members.get(id(guard), []), address)

    def _read_opening(self, before: list[Workload], after: list[Workload], address: str) -> None:
        if len(before) * len(after) > _MOST_PAIRS:
            return
        for source in before:
            for target in after:
                joined = (source.key, target.key) in self.links or (target.key, source.key) in self.links
                if source is target or joined or source.kind in STORES:
                    continue
                sure: Confidence = "medium" if target.kind in _GUARD_PORTS and len(after) == 1 else "low"
                reason = Text("{address} lets it in, and nothing else tells", address=address)
                self.links[source.key, target.key] = Link(source.key, target.key, reason, source.mark, sure)


def _listed(piece: Piece, attribute: str) -> bool:
    """Return whether the attribute is one whose meaning the table gives."""
    rule = piece.rule
    listed = (*rule.before, *rule.after, *rule.within, *rule.part_of, *rule.publishes)
    return any(attribute == each or attribute.startswith(f"{each}.") for each in listed)


def _refers(piece: Piece, attribute: str, target: Piece) -> str:
    return Text(
        "{attribute} of {address} refers to {target}", attribute=attribute, address=piece.key, target=target.key
    )


def _tells_more(hop: Piece) -> bool:
    """Return whether the reason that led to a hop says more than what leads on from it."""
    return hop.rule.left == "permissions" or hop.rule.passes


def _fits(hop: Piece, following: Piece, nodes: Nodes) -> bool:
    """Return whether a hop leads on to a piece: a record of names leads to what can be reached by a name only."""
    if not hop.rule.only_types or not following.is_drawn:
        return True
    workload = nodes.of(following)
    return workload is not None and workload.kind in hop.rule.only_types


def _wanted(piece: Piece, target: Workload, source: Workload) -> bool:
    return target.kind != "users" and not (source.kind == "monitoring" and target.kind != "monitoring")
