"""What moves the first full node out: one more replica, with its price, found by making the move."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from models.design.design import Design
from models.design.elements import Id, Node
from models.design.kinds import value_of
from models.evaluation import Evaluation, evaluate
from models.moves import Problem
from models.moves.replicas import set_parameter, set_replicas

TRIED = (1, 2, 3)
MOST_TIMES = 4


class Cure(Struct, frozen=True):
    """Replicas added at every active site of a node.

    Attributes:
        full_month: first month in which any node is full afterwards; None = not within the horizon.
    """

    node: Id
    added: int
    usd_per_month: float
    full_month: float | None


def first_full_node(evaluation: Evaluation) -> Id | None:
    """Return the node that is full first, or None if none is within the horizon."""
    full = evaluation.full_months
    if not len(full) or not np.isfinite(full).any():
        return None
    load = np.nan_to_num(evaluation.load)
    order = np.lexsort((-load, np.where(np.isnan(full), np.inf, full)))
    return evaluation.node_ids[int(order[0])]


def full_beside(evaluation: Evaluation) -> int:
    """Return how many nodes are full in the same month as the first one, besides it."""
    full = evaluation.full_months[np.isfinite(evaluation.full_months)]
    return int((full == full.min()).sum()) - 1 if len(full) else 0


def find_cure(evaluation: Evaluation, node: Id) -> Cure | None:
    """Return the fewest added replicas with which the whole design lasts longer, or None where they do not help.

    Where the node scales by itself its maximum is raised. The price is that of the month in which it would be full.
    """
    row = evaluation.node_ids.index(node)
    before = float(evaluation.full_months[row])
    load = float(evaluation.horizon.load[int(before), row])
    enough = math.ceil(_present(evaluation, node) * (load - 1.0) + 1e-9) if math.isfinite(load) else 1
    for added in sorted({*TRIED, max(enough, 1)}):
        design = _with_replicas(evaluation, node, added)
        if design is None:
            return None
        after = evaluate(design, evaluation.catalog, evaluation.month, evaluation)
        month = after.figure("total/full_month").value
        if month is None or month > before:
            price = _total(after, int(before)) - _total(evaluation, int(before))
            return Cure(node, added, price, month)
    return None


def _scales(node: Node) -> bool:
    return value_of(node, "autoscaled") is True and isinstance(value_of(node, "max_replicas"), int | float)


def _present(evaluation: Evaluation, key: Id) -> int:
    """Return the replicas a site can have now: as drawn, or the maximum it scales to."""
    node = evaluation.design.node(key)
    return int(value_of(node, "max_replicas")) if _scales(node) else max(site.replicas for site in node.sites)


def _with_replicas(evaluation: Evaluation, key: Id, added: int) -> Design | None:
    """Return the design with replicas added; None where the move cannot be made or would be out of proportion."""
    present, catalog = _present(evaluation, key), evaluation.catalog
    if added > MOST_TIMES * max(present, 1):
        return None
    if _scales(evaluation.design.node(key)):
        args = {"node": key, "name": "max_replicas", "value": present + added}
        design = set_parameter(evaluation.design, catalog, args)
    else:
        design = set_replicas(evaluation.design, catalog, {"node": key, "replicas": present + added})
    return None if isinstance(design, Problem) else design


def _total(evaluation: Evaluation, month: int) -> float:
    return evaluate(evaluation.design, evaluation.catalog, month, evaluation).money.bill.total
