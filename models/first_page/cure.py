"""What moves the first full node out: one more replica, with its price, found by making the move."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from models.design.elements import Id
from models.evaluation import Evaluation, evaluate
from models.moves import Problem
from models.moves.replicas import set_replicas

MOST_ADDED = 3


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


def find_cure(evaluation: Evaluation, node: Id) -> Cure | None:
    """Return the fewest added replicas that make the node last longer, or None where replicas do not help."""
    row = evaluation.node_ids.index(node)
    before = float(evaluation.full_months[row])
    replicas = max(site.replicas for site in evaluation.design.node(node).sites)
    for added in range(1, MOST_ADDED + 1):
        args = {"node": node, "replicas": replicas + added}
        design = set_replicas(evaluation.design, evaluation.catalog, args)
        if isinstance(design, Problem):
            return None
        after = evaluate(design, evaluation.catalog, evaluation.month, evaluation)
        if after.full_months[row] > before:
            month = after.figure("total/full_month").value
            return Cure(node, added, after.money.bill.total - evaluation.money.bill.total, month)
    return None
