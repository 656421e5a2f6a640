"""The month's bill as charges in columns, and its sums over any partition: nothing is lost and nothing counted twice.

A charge belongs to one owner: a node, a flow or the plan as a whole. Owners are numbered nodes first, then flows, then
the plan, so that a grouping is one integer array over owners.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from models.design.elements import BRIEF_ID, Id
from models.design.kinds import kinds
from models.evaluation import Evaluation
from models.evaluation.bill import Line
from models.evaluation.clusters import CLUSTER_HOUR
from models.evaluation.columns import Floats, Ints, Nodes, filled
from models.evaluation.load import BATCH
from models.evaluation.traffic_cost import OUTSIDE_KINDS
from models.words import Text

FIXED, STORAGE, USAGE, TRAINING, SUPPORT, ENVIRONMENTS = range(6)
_STANDING = frozenset(
    ("hours", "months", "replica_hours", "vcpu_hours", "memory_gib_hours", "builds", "shards", "users")
)
WHOLE_PLAN = Text("Whole plan")
OUTSIDE = Text("Outside all boundaries")


class Ledger(NamedTuple):
    """c charges of one month.

    Attributes:
        owner: (c,) number of the owner. usd: (c,) per month; what has no known price counts as 0.
        category: (c,) index into `categories`. scaling: (c,) what moves it over the months (FIXED … ENVIRONMENTS).
        line: (c,) index into the bill's lines; labels: (lines,) what they are called.
        payer: (n + m + 1,) owner whose tags and boundaries an owner is charged by: itself, or for a flow its sender.
        unpriced: number of charges whose price is not known.
    """

    owner: Ints
    usd: Floats
    category: Ints
    scaling: Ints
    line: Ints
    labels: tuple[str, ...]
    payer: Ints
    categories: tuple[str, ...]
    unpriced: int

    @property
    def total(self) -> float:
        """USD of all charges."""
        return float(self.usd.sum())

    def by_owner(self) -> Floats:
        """Return (n + m + 1,) USD of every owner."""
        return np.bincount(self.owner, self.usd, len(self.payer)).astype(np.float64, copy=False)

    def by_label(self, start: str) -> float:
        """Return USD of all lines whose label starts so."""
        chosen = np.array([label.startswith(start) for label in self.labels], dtype=bool)
        return float(self.usd[chosen[self.line]].sum()) if chosen.any() else 0.0

    def by_category(self) -> dict[str, float]:
        """Return USD by what is billed, the dearest first."""
        sums = np.bincount(self.category, self.usd, len(self.categories))
        return dict(sorted(zip(self.categories, sums.tolist(), strict=True), key=lambda pair: -pair[1]))

    def grouped(self, groups: Sequence[str]) -> dict[str, float]:
        """Return USD by group, the dearest first; `groups` names the group of each owner."""
        sums: dict[str, float] = {}
        for group, usd in zip(groups, self.by_owner().tolist(), strict=True):
            sums[group] = sums.get(group, 0.0) + usd
        return dict(sorted(((group, usd) for group, usd in sums.items() if usd), key=lambda pair: -pair[1]))


def ledger(evaluation: Evaluation) -> Ledger:
    """Return the charges of the evaluation's month."""
    nodes, flows = evaluation.pipeline.nodes, evaluation.pipeline.flows
    n, m = len(nodes.ids), len(flows.ids)
    names: dict[str, int] = {}
    lines = evaluation.money.bill.lines
    owners, codes, scalings, mixed = [], [], [], []
    start = 0
    for line in lines:
        if line.owner == "row":
            owners.append(nodes.row_node[line.members])
        else:
            owners.append(line.members + n if line.owner == "flow" else line.members * 0 + (n + m))
        codes.append(names.setdefault(line.category, len(names)))
        scaling = _scaling(nodes, line)
        scalings.append(FIXED if isinstance(scaling, np.ndarray) else scaling)
        if isinstance(scaling, np.ndarray):
            mixed.append((start, scaling))
        start += len(line.members)
    counts = [len(line.members) for line in lines]
    usd = _joined([line.usd for line in lines], np.float64)
    scaled = np.repeat(np.array(scalings, dtype=np.int64), counts)
    for first, values in mixed:
        scaled[first : first + len(values)] = values
    return Ledger(
        _joined(owners, np.int64),
        filled(usd),
        np.repeat(np.array(codes, dtype=np.int64), counts),
        scaled,
        np.repeat(np.arange(len(lines)), counts),
        tuple(line.label for line in lines),
        _payers(evaluation),
        tuple(names),
        int(np.isnan(usd).sum()),
    )


def _joined(parts: list[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate(parts).astype(kind, copy=False) if parts else np.zeros(0, dtype=kind)


def _payers(evaluation: Evaluation) -> Ints:
    """Return the owner that pays for each owner: the sender pays for a flow, unless it lies outside the plan."""
    nodes, flows = evaluation.pipeline.nodes, evaluation.pipeline.flows
    n, m = len(nodes.ids), len(flows.ids)

    def find() -> Ints:
        payer = np.arange(n + m + 1)
        outside = np.array([node.kind in OUTSIDE_KINDS for node in nodes.elements], dtype=bool)
        if m:
            payer[n : n + m] = np.where(outside[flows.source], flows.target, flows.source)
        return payer

    return evaluation.pipeline.stages.run("payers", (nodes.kind_code, flows), find)


@cache
def _quantity_of(kind: str, label: str) -> str:
    """Return the quantity that a line of this label on a node of this kind multiplies; empty for other lines."""
    found = kinds().nodes.get(kind)
    for spec in found.billing if found else ():
        if label == (spec.label or spec.item.replace("_", " ")):
            return spec.quantity
    return ""


def _scaling(nodes: Nodes, line: Line) -> Ints | int:
    """Return what moves a line over the months: one code, or one for each member."""
    if line.category in ("compute", "accelerators"):
        if line.unit == "GPU-hour":
            return TRAINING
        node = nodes.row_node[line.members]
        scaled = (nodes.column("service", "autoscaled")[node] == 1.0) & (nodes.station[node] != BATCH)
        return np.where(scaled, USAGE, FIXED)
    if line.unit == CLUSTER_HOUR:
        return FIXED
    if line.category == "usage":
        quantity = _quantity_of(nodes.elements[nodes.row_node[line.members[0]]].kind, line.label)
        return STORAGE if quantity == "stored_gib" else FIXED if quantity in _STANDING else USAGE
    if line.label == "per item":
        stated = nodes.column("money", "items_per_month")[nodes.row_node[line.members]]
        return np.where(np.isnan(stated), USAGE, FIXED)
    if line.label == "storage at your price":
        return STORAGE
    return _BY_CATEGORY.get(line.category, FIXED)


_BY_CATEGORY = {"traffic": USAGE, "model API": USAGE, "support": SUPPORT, "environments": ENVIRONMENTS}


def owner_ids(evaluation: Evaluation) -> tuple[Id, ...]:
    """Return the element id of each owner; the plan's is the brief."""
    return (*evaluation.node_ids, *evaluation.flow_ids, BRIEF_ID)


def by_kind(evaluation: Evaluation, charges: Ledger) -> tuple[str, ...]:
    """Return the service category of each owner's payer: the category of the node's kind, or “Whole plan”."""
    nodes = evaluation.pipeline.nodes
    names = [_category_of(node.kind) for node in nodes.elements]
    return tuple(names[payer] if payer < len(names) else WHOLE_PLAN for payer in charges.payer.tolist())


@cache
def _category_of(kind: str) -> Text:
    found = kinds().nodes.get(kind)
    return Text(found.category) if found is not None else Text("Unknown kind")


def by_boundary(evaluation: Evaluation, charges: Ledger, axis: str) -> tuple[str, ...]:
    """Return the name of the innermost boundary of each owner's payer on the context or deployment axis."""
    design, nodes = evaluation.design, evaluation.pipeline.nodes
    names = []
    for node in nodes.elements:
        boundary = node.context if axis == "context" else node.sites[0].boundary
        names.append(getattr(design.elements[boundary], "name", "") if boundary else OUTSIDE)
    return tuple(names[payer] if payer < len(names) else WHOLE_PLAN for payer in charges.payer.tolist())
