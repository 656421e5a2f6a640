"""Three-way merge on leaf paths: a rename and a resize of the same node do not collide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.elements import DesignError, Element, Id, Value, assemble, leaves, references

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

    Elements that the result would leave dangling (their flow to a node that ours removed) are left out and reported
    as conflicts.
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
    conflicts.extend(_drop_dangling(result))
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
            conflicts.append(Conflict(key, path.replace("\x1f", "."), old, mine, other))
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


def _drop_dangling(elements: dict[Id, Element]) -> list[Conflict]:
    """Remove, until none is left, the elements that break a rule; return one conflict for each."""
    dropped: list[Conflict] = []
    while True:
        dangling = [key for key, element in elements.items() if _is_dangling(key, element, elements)]
        if not dangling:
            return dropped
        for key in dangling:
            dropped.append(Conflict(key, "", MISSING, MISSING, leaves(elements.pop(key))))


def _is_dangling(key: Id, element: Element, elements: Mapping[Id, Element]) -> bool:
    if any(target not in elements for target in references(key, element)):
        return True
    closed = {identifier: elements[identifier] for identifier in _closure(key, elements)}
    try:
        Design(closed)
    except DesignError:
        return True
    return False


def _closure(key: Id, elements: Mapping[Id, Element]) -> set[Id]:
    reached, waiting = {key}, [key]
    while waiting:
        current = waiting.pop()
        for target in references(current, elements[current]):
            if target in elements and target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def pick(delta: Delta, keys: frozenset[Id]) -> Delta:
    """Return the part of a delta for the given ids (cherry-pick)."""
    chosen: dict[Id, Change] = {key: change for key, change in delta.changes.items() if key in keys}
    return Delta(chosen)
