"""Accelerators needed against the quotas of regions and accounts, with the weeks until a higher one is granted.

Providers publish no table of quotas or lead times: both hang on the account, its history and the region, so that they
are entered by the architect, and are *not known* until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from models.design.elements import Boundary, Id
from models.design.kinds import kinds, value_of
from models.evaluation.result import Evaluation
from models.frameworks.cloud_selection.requirements import accelerator_needs
from models.report import Finding, Message
from models.words import Number, Text

MANY_CARDS = 8


class Quota(NamedTuple):
    """What a region or an account must run: cards by name, the quota and lead time that hold there (None = not known).

    `account` is True for an account: the sum over its regions.
    """

    boundary: Id
    account: bool
    cards: dict[str, float]
    nodes: tuple[Id, ...]
    quota: float | None
    weeks: float | None

    @property
    def needed(self) -> float:
        """Accelerators that run there, standbys left out."""
        return sum(self.cards.values())

    @property
    def missing(self) -> float:
        """Accelerators beyond the quota; 0 while none is known."""
        return max(self.needed - self.quota, 0.0) if self.quota is not None else 0.0


def quotas(evaluation: Evaluation) -> tuple[Quota, ...]:
    """Return the regions and accounts that run accelerators, in the order of the drawing."""
    design = evaluation.design
    cards: dict[Id, dict[str, float]] = {}
    nodes: dict[Id, dict[Id, None]] = {}
    accounts: dict[Id, Id] = {}
    for key, need in accelerator_needs(evaluation).items():
        node = design.nodes[key]
        kind = kinds().nodes.get(node.kind)
        if kind is None or kind.compute == "none":
            continue
        for site in node.sites:
            above = {each.kind: place for place, each in reversed(list(design.ancestors(site.boundary)))}
            places = [above[name] for name in ("region", "provider") if name in above]
            if site.role == "standby" or not places:
                continue
            if "region" in above and "provider" in above:
                accounts[above["region"]] = above["provider"]
            for place in places:
                held = cards.setdefault(place, {})
                held[need[0]] = held.get(need[0], 0.0) + need[1] * site.replicas
                nodes.setdefault(place, {})[key] = None
    found = []
    for place, held in cards.items():
        boundary = design.boundaries[place]
        around = design.boundaries.get(accounts.get(place, ""))
        weeks = _number(boundary, "lead_time_weeks")
        if weeks is None and around is not None:
            weeks = _number(around, "lead_time_weeks")
        account = boundary.kind == "provider"
        found.append(Quota(place, account, held, tuple(nodes[place]), _number(boundary, "quota_accelerators"), weeks))
    return tuple(found)


def _number(boundary: Boundary, name: str) -> float | None:
    value = value_of(boundary, name)
    return float(value) if isinstance(value, int | float) else None


def quota_findings(evaluation: Evaluation) -> Iterator[Finding]:
    """Yield what lies beyond a quota, and accounts with many cards whose quota nobody entered, regions included."""
    found = quotas(evaluation)
    known = {place for each in found if not each.account and each.quota is not None for place in each.nodes}
    for each in found:
        boundary = evaluation.design.boundaries[each.boundary]
        args = {
            "name": boundary.name,
            "needs": Number(f"{each.needed:.0f}"),
            "quota": Number(f"{each.quota:g}") if each.quota is not None else "",
            "weeks": Number(f"{each.weeks:g}") if each.weeks is not None else "",
        }
        members = (each.boundary, *each.nodes)
        if each.missing > 0:
            wait = (
                Text(" A higher one takes {weeks} weeks.", weeks=args["weeks"])
                if each.weeks is not None
                else Text(" How long a higher one takes is not known.")
            )
            title = Message("{name} needs {needs} accelerators, its quota is {quota}", args)
            why = Message("What lies beyond the quota cannot be started.{wait}", {**args, "wait": wait})
            yield Finding("quota", "error", title, why, members)
        elif each.account and each.quota is None and each.needed >= MANY_CARDS and not set(each.nodes) <= known:
            title = Message("{name} needs {needs} accelerators; its quota is not known", args)
            why = Message(
                "New accounts start with low quotas, by region and kind of machine, and no provider publishes them or "
                "the time to raise them. Ask, and set quota and lead time at “{name}” or at its regions.",
                args,
            )
            yield Finding("quota_unknown", "note", title, why, members)
