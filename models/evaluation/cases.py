"""A case: the month, factors and failures under which one design is evaluated."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from models.design.design import Design
from models.design.edits import set_params
from models.design.elements import Brief, DesignError, Flow, Node, Phase
from models.words import Text


class Case(Struct, frozen=True):
    """What is varied over one design.

    Attributes:
        month: months after the start; growth and dated phases hold up to it.
        demand_factor, price_factor: multiply all demand and all prices.
        failed: (provider, region) places and boundary ids that do not work.
    """

    month: int = 0
    demand_factor: float = 1.0
    price_factor: float = 1.0
    failed: frozenset[str] = frozenset()


def at_month(design: Design, month: int) -> Design:
    """Return the design with the phases up to `month` applied, as an own value; the same object without phases.

    Raises:
        DesignError: a phase names an element or path that cannot be changed.
    """
    due = [phase for phase in design.brief.phases if phase.month <= month]
    if not due:
        return design
    elements = dict(design.elements)
    for phase in sorted(due, key=lambda phase: phase.month):
        elements[phase.element] = _apply(phase, elements[phase.element])
    return Design._trusted(elements, design.referrers)


def _apply(phase: Phase, element: object) -> Node | Flow | Brief:
    first, _, rest = phase.path.partition(".")
    if isinstance(element, Node | Flow) and first == "params" and rest:
        changed = set_params(element, {rest: phase.value})
        assert isinstance(changed, Node | Flow)
        return changed
    if isinstance(element, Node) and phase.path in ("replicas", "sites.replicas"):
        sites = tuple(
            msgspec.structs.replace(site, replicas=int(phase.value)) if site.role == "active" else site
            for site in element.sites
        )
        return msgspec.structs.replace(element, sites=sites)
    raise DesignError(
        Text(
            "The phase “{label}” changes {path}, which is not a value it can set.",
            label=phase.label or phase.path,
            path=phase.path,
        )
    )
