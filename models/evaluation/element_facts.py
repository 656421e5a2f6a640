"""What one element says by itself: values that cannot be, and how many of its inputs stand at a default."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from models.design.elements import Brief, Element, Node
from models.design.kinds import kinds, origin_of, parameters_of, problems


class Facts(NamedTuple):
    """Facts of one element, which hold as long as the element is the same object.

    Attributes:
        wrong: a sentence for each value that cannot be.
        inputs: parameters that have a default and bear on a figure; defaults: those of them left at it.
    """

    element: Element
    wrong: tuple[str, ...]
    defaults: int
    inputs: int


def facts_of(element: Element) -> Facts:
    """Return the facts of an element."""
    checked = bool(getattr(element, "params", None) or getattr(element, "kind", None))
    wrong = tuple(problems(element)) if checked else ()
    if isinstance(element, Node):
        names = _inputs_of_kinds().get(element.kind, frozenset())
        if not element.params and not element.provenance:
            return Facts(element, wrong, len(names), len(names))
        return Facts(element, wrong, sum(origin_of(element, name) == "default" for name in names), len(names))
    if isinstance(element, Brief):
        known = [name for name, parameter in parameters_of(element).items() if parameter.default is not None]
        return Facts(element, wrong, sum(origin_of(element, name) == "default" for name in known), len(known))
    return Facts(element, wrong, 0, 0)


@cache
def _inputs_of_kinds() -> dict[str, frozenset[str]]:
    return {
        kind.id: frozenset(p.name for p in kind.parameters if p.default is not None and p.type != "text")
        for kind in kinds().nodes.values()
    }
