"""What one element says by itself: values that cannot be, and how many of its inputs stand at a default."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from models.design.elements import Brief, Element, Id, Node
from models.design.kinds import kinds, origin_of, parameters_of, problems
from models.evaluation.columns import changed_places


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


class FactTable(NamedTuple):
    """The facts of all elements of a design, in its order.

    Attributes:
        keys, elements, facts: one entry an element.
        wrong: positions of the elements with a value that cannot be.
        defaults, inputs: sums over all elements.
    """

    keys: tuple[Id, ...]
    elements: tuple[Element, ...]
    facts: tuple[Facts, ...]
    wrong: tuple[int, ...]
    defaults: int
    inputs: int


def fact_table(elements: Mapping[Id, Element], before: FactTable | None) -> FactTable:
    """Return the facts of all elements; those that are the same objects as before are not looked at again."""
    keys, new = tuple(elements), tuple(elements.values())
    if before is None or keys != before.keys:
        known = {} if before is None else {id(one.element): one for one in before.facts}
        facts = [known.get(id(element)) or facts_of(element) for element in new]
        wrong = tuple(row for row, one in enumerate(facts) if one.wrong)
        return FactTable(
            keys, new, tuple(facts), wrong, sum(one.defaults for one in facts), sum(one.inputs for one in facts)
        )
    facts, changed = list(before.facts), changed_places(before.elements, new)
    defaults, inputs = before.defaults, before.inputs
    for row in changed:
        old, facts[row] = facts[row], facts_of(new[row])
        defaults += facts[row].defaults - old.defaults
        inputs += facts[row].inputs - old.inputs
    wrong = tuple(sorted({*before.wrong}.difference(changed) | {row for row in changed if facts[row].wrong}))
    return FactTable(keys, new, tuple(facts), wrong, defaults, inputs)


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
