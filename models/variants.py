"""Two evaluations side by side: which figures differ, for better or worse, and which elements were changed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import (
    Boundary,
    Brief,
    Element,
    Flow,
    Id,
    Node,
    Position,
    Value,
    leaves,
    path_words,
    references,
)
from models.design.kinds import parameters_of
from models.design.merge import pick
from models.evaluation import Evaluation
from models.formatting import format_change, format_figure
from models.report import Figure
from models.words import Number, Text, joined

Verdict = Literal["better", "worse", "same", "tie", "unknown"]
HIGHER_IS_BETTER = frozenset({"total/availability", "total/full_month"})
TEXT_ONLY = frozenset({"total/default_share", "total/findings"})
"""Figures whose text says it all; a difference of their values means nothing."""


class FigureChange(Struct, frozen=True):
    """One figure in both evaluations.

    Attributes:
        difference: after − before in the figure's unit; None when one of them is not known.
        relative: difference as a fraction of before; None when that is not known or zero.
        verdict: `same` to three digits, `tie` when the difference lies inside the error band, `unknown` when one is
            not known, else whether `after` is better or worse.
    """

    id: str
    label: str
    before: Figure
    after: Figure
    difference: float | None
    relative: float | None
    verdict: Verdict


class ElementChange(Struct, frozen=True):
    """One element that was added, removed or changed, with the (path, before, after) of its changed leaves."""

    id: Id
    name: str
    kind: str
    change: Literal["added", "removed", "changed"]
    leaves: tuple[tuple[str, Value, Value], ...] = ()


class Comparison(Struct, frozen=True):
    """What differs between two evaluations; `moved` counts elements whose place in a view differs."""

    figures: tuple[FigureChange, ...]
    changes: tuple[ElementChange, ...]
    moved: int


def compare(before: Evaluation, after: Evaluation) -> Comparison:
    """Return what differs between two evaluations: every scoreboard figure and every drawn element."""
    pairs = zip(before.scoreboard(), after.scoreboard(), strict=True)
    changes, moved = changed_elements(before.design, after.design)
    return Comparison(tuple(compare_figures(first, second) for first, second in pairs), changes, moved)


def compare_figures(before: Figure, after: Figure) -> FigureChange:
    """Return how a figure changed, with a verdict by the direction that is good for it."""
    difference = relative = None
    if before.value is not None and after.value is not None:
        difference = after.value - before.value
        relative = difference / before.value if before.value else None
    return FigureChange(after.id, after.label, before, after, difference, relative, _verdict(before, after))


def _verdict(before: Figure, after: Figure) -> Verdict:
    first, second = _rank(before), _rank(after)
    if first is None or second is None:
        return "unknown"
    if first == second or format_figure(before) == format_figure(after):
        return "same"
    bands = [figure.band[1] - figure.band[0] for figure in (before, after) if figure.band]
    if bands and abs(second - first) <= max(bands) / 2:
        return "tie"
    return "better" if (second > first) == (after.id in HIGHER_IS_BETTER) else "worse"


def _rank(figure: Figure) -> float | None:
    """Return the value; a figure that is known to lie beyond every number (never full) ranks as infinite."""
    return math.inf if figure.value is None and figure.status == "ok" else figure.value


def difference_text(change: FigureChange) -> str:
    """Return the difference in words, with per cent of before where that says more; empty where there is none."""
    if change.difference is None or change.id in TEXT_ONLY:
        return ""
    unit = "months" if change.after.unit == "month" else change.after.unit
    direction = "higher" if change.id in HIGHER_IS_BETTER else "lower"
    text, _ = format_change(change.difference, unit, good_when=direction)
    if not change.relative or change.after.unit in ("fraction", "month") or text.startswith("±"):
        return text
    return Text("{text} ({share})", text=text, share=Number(f"{change.relative:+.0%}".replace("-", "−")))


def side_text(figure: Figure) -> str:
    """Return a figure as one side of a comparison shows it: value with band, and the name it stands for."""
    if figure.id in TEXT_ONLY:
        return figure.text
    value = format_figure(figure, band=True)
    return joined((value, figure.text), " · ") if figure.value is not None and figure.text else value


def picked(before: Design, after: Design, keys: Iterable[Id]) -> Delta:
    """Return the part of the difference for these elements, with what they cannot stand without.

    A new flow brings its new nodes, a removed node takes its flows along, and what is added keeps its places.
    """
    delta = Delta.between(before.elements, after.elements)
    wanted: dict[Id, None] = {}
    waiting = [key for key in keys if key in delta.changes]
    while waiting:
        key = waiting.pop()
        if key in wanted:
            continue
        wanted[key] = None
        old, new = delta.changes[key]
        if new is None:
            waiting.extend(other for other in before.referrers.get(key, ()) if other in delta.changes)
        else:
            needed = references(key, new)
            waiting.extend(other for other in needed if other in delta.changes and delta.changes[other][0] is None)
        if old is None:
            waiting.extend(place for place in after.referrers.get(key, ()) if place.startswith("pos/"))
    return pick(delta, frozenset(wanted))


def changed_elements(before: Design, after: Design) -> tuple[tuple[ElementChange, ...], int]:
    """Return the changed elements without positions, and how many positions differ."""
    delta = Delta.between(before.elements, after.elements)
    found, moved = [], 0
    for key, (old, new) in delta.changes.items():
        element = new if new is not None else old
        if isinstance(element, Position):
            moved += 1
        elif element is not None:
            change: Literal["added", "removed", "changed"] = (
                "added" if old is None else "removed" if new is None else "changed"
            )
            parts = _changed_leaves(old, new) if old is not None and new is not None else ()
            name = element_name(key, element, after if new is not None else before)
            found.append(ElementChange(key, name, type(element).__name__.lower(), change, parts))
    return tuple(found), moved


def element_name(key: Id, element: Element, design: Design) -> str:
    """Return how a list names an element: its name, a flow without one by its ends, else the id."""
    source, target = (getattr(design.elements.get(getattr(element, end, "")), "name", "") for end in _ENDS)
    return str(getattr(element, "name", "")) or (f"{source} → {target}" if source and target else key)


_ENDS = ("source", "target")


def leaf_label(path: str, *elements: Element | None) -> str:
    """Return what a changed leaf (`params.vcpu`) is called where people read it: the label of its parameter."""
    name = path.removeprefix("params.")
    for element in elements:
        if isinstance(element, Node | Flow | Boundary | Brief) and path != name:
            parameter = parameters_of(element).get(name.partition(".")[0])
            if parameter is not None:
                return parameter.label
    field, *inner = name.replace("_", " ").split(".")
    return joined((Text(field[:1].upper() + field[1:]), *inner), " · ")


FIELDS = (
    *(Text("Kind"), Text("Name"), Text("Params"), Text("Sites"), Text("Context"), Text("Technology"), Text("Tags")),
    *(Text("Note"), Text("Provenance"), Text("Origin"), Text("Source"), Text("Target"), Text("Interaction")),
    *(Text("Journeys"), Text("Evidence"), Text("Parent"), Text("Copies"), Text("Members"), Text("Client")),
    *(Text("Author"), Text("Phases"), Text("Catalog digest"), Text("Decision")),
)
"""What the fields of elements are called in `leaf_label`, so that they are translated."""


def _changed_leaves(before: Element, after: Element) -> tuple[tuple[str, Value, Value], ...]:
    old, new = leaves(before), leaves(after)
    paths = [path for path in dict.fromkeys((*old, *new)) if old.get(path) != new.get(path)]
    return tuple((path_words(path), old.get(path), new.get(path)) for path in sorted(paths))
