"""Three-way merge on leaf paths: a rename and a resize of the same node do not collide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from models.design.delta import Change, Delta
from models.design.design import Design, check
from models.design.edits import remove
from models.design.elements import DesignError, Element, Id, Value, assemble, leaves, path_words, references

MISSING = "\x00missing"


class Conflict(Struct, frozen=True):
    """One leaf that both sides changed differently; `path` is empty when one side removed the whole element."""

    id: Id
    path: str
    base: Value
    ours: Value
    theirs: Value


class Merge(Struct, frozen=True):
    """The delta that takes their changes over into ours, and the conflicts (resolved by `prefer`)."""

    delta: Delta
    conflicts: tuple[Conflict, ...]


def merge(base: Design, ours: Design, theirs: Design, prefer: Literal["ours", "theirs"] = "ours") -> Merge:
    """Return what must be applied to `ours` so that it also holds what `theirs` changed since `base`.

    What cannot stand together (their flow to a node that ours removed, two moves that would nest boundaries in a
    ring) stays as it is in ours and is reported as a conflict without a path.
    """
    incoming = Delta.between(base.elements, theirs.elements)
    result = dict(ours.elements)
    conflicts: list[Conflict] = []
    for key, (before, after) in incoming.changes.items():
        merged, found = _merge_element(key, before, ours.elements.get(key), after, prefer)
        conflicts.extend(found)
        if merged is None:
            result.pop(key, None)
        else:
            result[key] = merged
    conflicts.extend(_settle(result, base, ours, theirs))
    return Merge(Delta.between(ours.elements, result), tuple(conflicts))


def _merge_element(
    key: Id, base: Element | None, ours: Element | None, theirs: Element | None, prefer: str
) -> tuple[Element | None, list[Conflict]]:
    if ours in (base, theirs):
        return theirs, []
    if ours is None or theirs is None:
        conflict = Conflict(key, "", _plain(base), _plain(ours), _plain(theirs))
        return (ours if prefer == "ours" else theirs), [conflict]
    flat_base = leaves(base) if base is not None else {}
    flat_ours, flat_theirs = leaves(ours), leaves(theirs)
    result, conflicts = dict(flat_ours), []
    for path in {*flat_base, *flat_theirs}:
        old, mine, other = (flat.get(path, MISSING) for flat in (flat_base, flat_ours, flat_theirs))
        if other in (old, mine):
            continue
        if mine != old:
            conflicts.append(Conflict(key, path_words(path), old, mine, other))
            if prefer == "ours":
                continue
        if other == MISSING:
            result.pop(path, None)
        else:
            result[path] = other
    try:
        return assemble(result), sorted(conflicts, key=lambda conflict: conflict.path)
    except DesignError:
        conflict = Conflict(key, "", _plain(base), _plain(ours), _plain(theirs))
        return (ours if prefer == "ours" else theirs), [conflict]


def _plain(element: Element | None) -> Value:
    return MISSING if element is None else leaves(element)


def _settle(result: dict[Id, Element], base: Design, ours: Design, theirs: Design) -> list[Conflict]:
    """Take back to `ours`, until no rule is broken, what breaks one; return one conflict for each element.

    Ends because `ours` itself breaks none and every round takes at least one element back.
    """
    settled: dict[Id, Conflict] = {}
    while broken := [key for key, element in result.items() if _breaks(key, element, result)]:
        for key in broken:
            for culprit in _culprits(key, result, ours):
                sides = (_plain(design.elements.get(culprit)) for design in (base, ours, theirs))
                settled[culprit] = Conflict(culprit, "", *sides)
                if culprit in ours.elements:
                    result[culprit] = ours.elements[culprit]
                else:
                    result.pop(culprit, None)
    return list(settled.values())


def _breaks(key: Id, element: Element, elements: Mapping[Id, Element]) -> bool:
    try:
        check(key, element, elements)
    except DesignError:
        return True
    return False


def _culprits(key: Id, result: Mapping[Id, Element], ours: Design) -> list[Id]:
    """Return the element itself if the merge changed it, else what it refers to, directly or not, that was changed."""
    if result.get(key) != ours.elements.get(key):
        return [key]
    reached, waiting = {key: None}, [key]
    while waiting:
        current = waiting.pop()
        for target in references(current, ours.elements[current]):
            if target not in reached and target in ours.elements:
                reached[target] = None
                waiting.append(target)
    return [target for target in reached if result.get(target) != ours.elements[target]]


def resolved(merged: Merge, ours: Design, theirs: Design, taken: Iterable[Conflict]) -> Delta:
    """Return the merge's delta with their side of these conflicts instead of ours.

    Raises:
        DesignError: the chosen sides cannot stand together; the message names the element.
    """
    design = ours.apply(merged.delta)
    elements, gone = dict(design.elements), set[Id]()
    for conflict in taken:
        other, mine = theirs.elements.get(conflict.id), elements.get(conflict.id)
        if other is None:
            gone.add(conflict.id)
        elif not conflict.path or mine is None:
            elements[conflict.id] = other
        else:
            elements[conflict.id] = _with_leaves(mine, other, conflict.path)
    design = design.apply(Delta.between(design.elements, elements))
    design = design.apply(remove(design, gone))
    return Delta.between(ours.elements, design.elements)


def _with_leaves(mine: Element, other: Element, path: str) -> Element:
    flat, flat_other = leaves(mine), leaves(other)
    kept = {key: value for key, value in flat.items() if path_words(key) != path}
    return assemble({**kept, **{key: value for key, value in flat_other.items() if path_words(key) == path}})


def shared(first: Design, second: Design) -> Design:
    """Return what is equal in two designs: the base for merging variants whose common ancestor is not known.

    With it, what only one of them holds is added, and every value that differs is a conflict.
    """
    elements = {key: element for key, element in first.elements.items() if second.elements.get(key) == element}
    while broken := [key for key, element in elements.items() if _breaks(key, element, elements)]:
        for key in broken:
            del elements[key]
    return Design(elements)


def pick(delta: Delta, keys: frozenset[Id]) -> Delta:
    """Return the part of a delta for the given ids (cherry-pick)."""
    chosen: dict[Id, Change] = {key: change for key, change in delta.changes.items() if key in keys}
    return Delta(chosen)
