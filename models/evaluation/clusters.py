"""What providers charge for the control planes of clusters; each cluster in use is paid once, by what runs in it."""

from __future__ import annotations

import numpy as np

from models.catalog.catalog import Catalog
from models.design.design import Design
from models.design.elements import Id
from models.design.kinds import value_of
from models.evaluation.bill import HOURS_PER_MONTH, Line, tiered
from models.evaluation.columns import Nodes
from models.evaluation.places import OWN_PLACES, resolve
from models.words import Text

CONTROL_PLANE = "kubernetes_cluster"
CLUSTER_HOUR = "cluster-hour"
LABEL = Text("control plane of the cluster")


def control_plane_lines(catalog: Catalog, design: Design, nodes: Nodes, price_factor: float) -> list[Line]:
    """Return a line for each cluster with a managed control plane: its fee per hour in equal parts of what runs in it.

    A cluster at an own place has no provider that charges for it, and one that runs nothing is not paid yet.
    """
    lines = []
    for cluster, numbers in _clusters(design, nodes).items():
        place = resolve(design, cluster)
        if not place.provider or place.provider in OWN_PLACES:
            continue
        rows = np.flatnonzero(np.isin(nodes.places, numbers))
        hours = np.full(len(rows), HOURS_PER_MONTH * place.copies / max(len(rows), 1))
        price = catalog.unit_price(place.provider, place.region, CONTROL_PLANE)
        if price is None:
            reason = Text(
                "No price of {label} at {where} is known.",
                label=LABEL,
                where=f"{place.provider} {place.region}".strip(),
            )
            lines.append(Line(LABEL, "usage", "row", rows, hours * np.nan, reason=reason, quantity=hours))
            continue
        paid = Line(LABEL, "usage", "row", rows, tiered(price, hours) * price_factor, price.source, price.date)
        lines.append(paid._replace(status=price.status, quantity=hours, unit=CLUSTER_HOUR))
    return [line for line in lines if len(line.members)]


def _clusters(design: Design, nodes: Nodes) -> dict[Id, list[int]]:
    """Return the numbers of the places inside each cluster whose control plane is managed."""
    found: dict[Id, list[int]] = {}
    for number, place in enumerate(nodes.place_list):
        around = (key for key, boundary in design.ancestors(place.boundary) if boundary.kind == "cluster")
        cluster = next(around, None)
        if cluster is not None and value_of(design.boundaries[cluster], "managed") is not False:
            found.setdefault(cluster, []).append(number)
    return found
