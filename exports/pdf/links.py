"""Names of the places in a plan that figures and elements link to."""

from __future__ import annotations

from collections.abc import Collection

from models.design.elements import BRIEF_ID, Id
from models.evaluation import Evaluation

FIRST, CONTENTS, DRAWING, FIGURES, COST, AVAILABILITY, CARBON = (
    "first-page",
    "contents",
    "drawing",
    "figures",
    "cost",
    "availability",
    "carbon",
)
COMPARISON, FRAMEWORKS, ASSUMPTIONS, FINDINGS, DERIVATIONS = (
    "comparison",
    "frameworks",
    "assumptions",
    "findings",
    "derivations",
)
_SECTION_OF = {
    "cost_per_month": COST,
    "cost_per_unit": COST,
    "cloud_cost_per_month": COST,
    "people_cost_per_month": COST,
    "cost_last_month": COST,
    "availability": AVAILABILITY,
    "downtime_h_per_year": AVAILABILITY,
    "kgco2e_per_month": CARBON,
    "default_share": ASSUMPTIONS,
    "findings": FINDINGS,
}


MOST_ROWS = 2_500
"""So many nodes and flows have a row of their own."""


class Links:
    """Finds the place of a figure or element: its derivation where one is printed, else its row or section.

    Attributes:
        listed_nodes: the nodes that have a row; links to a row that is not printed would break the file.
    """

    def __init__(self, evaluation: Evaluation, derived: Collection[str] = (), frameworks: Collection[str] = ()) -> None:
        self._derived = frozenset(derived)
        self.listed_nodes = evaluation.node_ids[:MOST_ROWS]
        self._nodes = frozenset(self.listed_nodes)
        self._frameworks = frozenset(frameworks)

    def figure(self, figure_id: str) -> str:
        """Return the name of the place that derives or holds a figure."""
        if figure_id in self._derived:
            return derivation_place(figure_id)
        family, _, rest = figure_id.partition("/")
        if family == "node" and rest.rpartition("/")[0] in self._nodes:
            return node_place(rest.rpartition("/")[0])
        if family in self._frameworks:
            return framework_place(family)
        return _SECTION_OF.get(rest, FIGURES)

    def element(self, identifier: Id) -> str:
        """Return the name of the place of an element; empty when it has none, as a node without a row."""
        if identifier == BRIEF_ID:
            return ASSUMPTIONS
        node = identifier.split("/")[0]
        return node_place(node) if node in self._nodes else ""


def node_place(identifier: Id) -> str:
    """Return the name of a node's row."""
    return f"node-{identifier}"


def framework_place(framework: str) -> str:
    """Return the name of a framework's part."""
    return f"framework-{framework}"


def derivation_place(figure_id: str) -> str:
    """Return the name of a figure's derivation."""
    return f"derive-{figure_id}"
