"""Negotiated discounts of provider accounts on the lines that stand at list price."""

from __future__ import annotations

import numpy as np

from models.design.design import Design
from models.design.kinds import value_of
from models.evaluation.bill import Line
from models.evaluation.columns import Floats, Flows, Nodes
from models.evaluation.traffic_cost import OUTSIDE_KINDS
from models.words import Text

LIST_PRICES = ("published", "estimate")


def discounted(lines: list[Line], nodes: Nodes, flows: Flows, design: Design) -> list[Line]:
    """Return the lines with list prices less the discount of the account that their owner runs in.

    A flow is billed by the account of its sender, or of its target where users send. Own prices stay as they are.
    """
    share = np.array([_discount(design, place.boundary) for place in nodes.place_list])
    if not share.any():
        return lines
    rows = share[nodes.places]
    first = np.unique(nodes.row_node, return_index=True)[1]
    owner = rows[first]
    outside = np.array([node.kind in OUTSIDE_KINDS for node in nodes.elements], dtype=bool)
    by_flow = owner[np.where(outside[flows.source], flows.target, flows.source)]
    return [_less(line, rows if line.owner == "row" else by_flow) for line in lines]


def _discount(design: Design, boundary: str | None) -> float:
    """Return the discount of the innermost provider account around a boundary."""
    for _, above in design.ancestors(boundary):
        if above.kind == "provider":
            return float(value_of(above, "discount") or 0.0)
    return 0.0


def _less(line: Line, shares: Floats) -> Line:
    own = shares[line.members] if line.status in LIST_PRICES else None
    if own is None or not own.any():
        return line
    source = Text("{source}, less {share:.1%} negotiated", source=line.source, share=float(own.max()))
    return line._replace(usd=line.usd * (1.0 - own), source=source)
