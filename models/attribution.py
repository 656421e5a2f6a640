"""Which change moved a figure by how much: the difference between two variants, shared out over its single changes.

A change is one leaf of an element (`params.replicas`), or what can only stand together: a new node with its flows, a
boundary with what moved into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import (
    DesignError,
    Element,
    Flow,
    Id,
    Position,
    assemble,
    leaves,
    path_words,
    references,
)
from models.evaluation import Evaluation, evaluate
from models.variants import element_name, leaf_label
from models.words import Text, joined

FIGURES: tuple[str, ...] = (
    "total/cost_per_month",
    "total/cost_per_unit",
    "total/first_p95_s",
    "total/last_p95_s",
    "total/availability",
    "total/kgco2e_per_month",
)
WORDS_ONLY = frozenset({"name", "note", "decision", "client", "author", "catalog_digest", "evidence", "origin"})
"""Leaves that no figure depends on."""
MOST_CHANGES = 60
"""So many changes are told apart; further ones are counted together."""

Leaf = tuple[Id, str]
WHOLE = ""


class Contribution(Struct, frozen=True):
    """What one change did to each figure, in the figure's unit; None where a figure is not known.

    Attributes:
        label: the change in words.
        elements: the elements it touches.
        left_out: the figure of the whole minus the figure without this change (leave-one-out).
        in_sequence: what the figure moved by when the change was made, the mean of making all changes in their order
            and in the opposite order; these add up to the total difference.
    """

    label: str
    elements: tuple[Id, ...]
    left_out: Mapping[str, float | None]
    in_sequence: Mapping[str, float | None]


class Attribution(Struct, frozen=True):
    """The differences between two variants (after − before) and what each change contributed to them."""

    totals: Mapping[str, float | None]
    contributions: tuple[Contribution, ...]

    def sum_in_sequence(self, figure: str) -> float | None:
        """Return the contributions added up; equals the total difference, or None if one is not known."""
        return _sum(each.in_sequence[figure] for each in self.contributions)

    def sum_left_out(self, figure: str) -> float | None:
        """Return the leave-one-out differences added up; what is missing to the total is interaction of changes."""
        return _sum(each.left_out[figure] for each in self.contributions)


class Cancelled(Exception):
    """The computation was given up on request."""


def attribute(
    before: Evaluation,
    after: Evaluation,
    figures: Sequence[str] = FIGURES,
    cancelled: Callable[[], bool] = lambda: False,
) -> Attribution:
    """Share the difference of each figure out over the changes between two variants.

    Leave-one-out says what would be lost without a change. The sequence makes the changes one after another; two
    opposite orders are averaged, an antithetic estimate of the Shapley value (Shapley 1953; Mitchell et al. 2022, §4)
    whose parts add up to the total by construction. Both sides are priced with the price list of `after`. Costs
    3·n + 1 evaluations for n changes.

    Raises:
        Cancelled: `cancelled` returned true.
    """
    units = change_units(before.design, after.design)
    mix = _Mix(before.design, after.design)
    everything = {leaf for unit in units for leaf in unit}

    def value_of(chosen: Iterable[frozenset[Leaf]]) -> dict[str, float | None]:
        if cancelled():
            raise Cancelled
        made = {leaf for unit in chosen for leaf in unit}
        try:
            design = after.design if made == everything else mix.design(made)
        except DesignError:
            return dict.fromkeys(figures)
        found = evaluate(design, after.catalog, after.month, previous=after)
        return {figure: found.figure(figure).value for figure in figures}

    first, last = value_of(()), value_of(units)
    forward, backward = _steps(units, first, value_of), _steps(units[::-1], first, value_of)[::-1]
    contributions = []
    for number, unit in enumerate(units):
        without = value_of(other for other in units if other is not unit)
        contributions.append(
            Contribution(
                _label(unit, before.design, after.design),
                tuple(dict.fromkeys(key for key, _ in sorted(unit))),
                {figure: _minus(last[figure], without[figure]) for figure in figures},
                {figure: _mean(forward[number][figure], backward[number][figure]) for figure in figures},
            )
        )
    return Attribution({figure: _minus(last[figure], first[figure]) for figure in figures}, tuple(contributions))


def _steps(
    units: Sequence[frozenset[Leaf]],
    first: Mapping[str, float | None],
    value_of: Callable[[Iterable[frozenset[Leaf]]], dict[str, float | None]],
) -> list[dict[str, float | None]]:
    """Return what each figure moves by when the units are made one after another."""
    found, last = [], first
    for count in range(1, len(units) + 1):
        now = value_of(units[:count])
        found.append({figure: _minus(value, last[figure]) for figure, value in now.items()})
        last = now
    return found


def change_units(before: Design, after: Design) -> list[frozenset[Leaf]]:
    """Return the changes that can be made independently, each as the (element, leaf path) pairs it consists of.

    Places in views and words are left out, because no figure depends on them. The path is empty for an element that
    was added or removed.
    """
    delta = {
        key: change
        for key, change in Delta.between(before.elements, after.elements).changes.items()
        if not isinstance(change[0] or change[1], Position)
    }
    leaf_units = [leaf for key, change in delta.items() for leaf in _leaves_of(key, *change)]
    group = {leaf: leaf for leaf in leaf_units}

    def root(leaf: Leaf) -> Leaf:
        while group[leaf] != leaf:
            leaf = group[leaf]
        return leaf

    for leaf in leaf_units:
        for needed in _needed(leaf, delta):
            if needed in group:
                group[root(leaf)] = root(needed)
    joined: dict[Leaf, set[Leaf]] = {}
    for leaf in leaf_units:
        joined.setdefault(root(leaf), set()).add(leaf)
    units = [frozenset(unit) for unit in joined.values()]
    if len(units) > MOST_CHANGES:
        rest = frozenset(leaf for unit in units[MOST_CHANGES - 1 :] for leaf in unit)
        units = [*units[: MOST_CHANGES - 1], rest]
    return units


def _leaves_of(key: Id, old: Element | None, new: Element | None) -> list[Leaf]:
    """Return the leaves that differ; a whole element where single leaves cannot stand alone."""
    if old is None or new is None:
        return [(key, WHOLE)]
    paths = [path for path in _differing(old, new) if path.split("\x1f")[0] not in WORDS_ONLY]
    if "kind" in paths or type(old) is not type(new):
        return [(key, WHOLE)]
    try:
        for path in paths:
            _mixed(old, new, {path})
    except DesignError:
        return [(key, WHOLE)]
    return [(key, path) for path in sorted(paths) if not path.startswith("provenance")]


def _differing(old: Element, new: Element) -> list[str]:
    flat_old, flat_new = leaves(old), leaves(new)
    return [path for path in dict.fromkeys((*flat_old, *flat_new)) if flat_old.get(path) != flat_new.get(path)]


def _needed(leaf: Leaf, delta: Mapping[Id, tuple[Element | None, Element | None]]) -> list[Leaf]:
    """Return the added or removed elements without which this change cannot be made or taken back."""
    key, path = leaf
    if path and path.split("\x1f")[0] not in ("sites", "context", "parent", "members", "source", "target", "journeys"):
        return []
    found = []
    for element, side in zip(delta[key], (1, 0), strict=True):
        for target in references(key, element) if element is not None else ():
            if target in delta and delta[target][side] is None:
                found.append((target, WHOLE))
    return found


class _Mix:
    """Designs that hold some of the changes between two designs."""

    def __init__(self, before: Design, after: Design) -> None:
        self._before, self._after = before, after

    def design(self, made: set[Leaf]) -> Design:
        """Return `before` with these changes; raises DesignError if they cannot stand alone."""
        paths: dict[Id, set[str]] = {}
        for key, path in made:
            paths.setdefault(key, set()).add(path)
        changes = []
        for key, chosen in paths.items():
            old, new = self._before.elements.get(key), self._after.elements.get(key)
            mixed = new if WHOLE in chosen or old is None or new is None else _mixed(old, new, chosen)
            changes.append((key, old, mixed))
        gone = {key for key, _, mixed in changes if mixed is None}
        for key, element in self._before.elements.items():
            if isinstance(element, Position) and gone.intersection(references(key, element)):
                changes.append((key, element, None))
        return self._before.apply(Delta.of(changes))


def _mixed(old: Element, new: Element, paths: set[str]) -> Element:
    flat_old, flat_new = leaves(old), leaves(new)
    for path in paths:
        if path in flat_new:
            flat_old[path] = flat_new[path]
        else:
            flat_old.pop(path, None)
    return assemble(flat_old)


def _label(unit: frozenset[Leaf], before: Design, after: Design) -> str:
    """Return the change in words: what it is about, and how many elements come with it."""
    ids = list(dict.fromkeys(key for key, _ in sorted(unit)))
    main = min(ids, key=lambda key: isinstance(after.elements.get(key, before.elements.get(key)), Flow))
    design = after if main in after.elements else before
    name = element_name(main, design.elements[main], design)
    paths = sorted(path for key, path in unit if key == main)
    if main not in before.elements:
        words = Text("{name} added", name=name)
    elif main not in after.elements:
        words = Text("{name} removed", name=name)
    elif paths == [WHOLE]:
        words = Text("{name} replaced", name=name)
    else:
        sides = after.elements.get(main), before.elements.get(main)
        words = Text("{name}: {what}", name=name, what=joined(leaf_label(path_words(path), *sides) for path in paths))
    return Text("{words} and {count} more", words=words, count=len(ids) - 1) if len(ids) > 1 else words


def _minus(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


def _mean(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else (first + second) / 2


def _sum(values: Iterable[float | None]) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total
