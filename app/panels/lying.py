"""Where an element lies and what it belongs to, as fields: team, place of each site, parent, journeys, tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from app.words import say
from models.design.design import Design, name_of
from models.design.elements import Boundary, Element, Flow, Id, Node, Site, position_id
from models.design.kinds import Axis, Parameter, boundary_axis, value_of
from models.picture import unrouted
from models.picture.boxes import PADDING, TITLE_HEIGHT
from models.picture.cards import CARD_HEIGHT, CARD_WIDTH
from models.words import Text

STEP_X, STEP_Y = CARD_WIDTH + 64.0, CARD_HEIGHT + 40.0
AXIS_VIEW = {"context": "services", "deployment": "deployment"}


class Choice(NamedTuple):
    """A field that chooses among elements of the design; `titles` are what its choices are called."""

    parameter: Parameter
    titles: Mapping[str, str]


def _choice(path: str, title: Text, hint: Text, titles: Mapping[str, str]) -> Choice:
    return Choice(Parameter(path, title, hint, type="choice", choices=tuple(titles)), titles)


def fields_of(design: Design, key: Id, element: Element, single: bool) -> Iterator[Choice]:
    """Yield the fields that say where an element lies; paths of sites only while a single one is edited."""
    if isinstance(element, Node):
        teams = {"": say("none"), **_boundaries(design, "context")}
        yield _choice(".context", Text("Team or context"), Text("The team or bounded context that owns it."), teams)
        places = {"": say("home region"), **_boundaries(design, "deployment")}
        for number in range(len(element.sites) if single else 1):
            several = single and len(element.sites) > 1
            title = Text("Placed in, site {number}", number=number + 1) if several else Text("Placed in")
            hint = Text("The provider, region, zone or cluster it runs in.")
            yield _choice(f".sites.{number}.boundary", title, hint, places)
    elif isinstance(element, Boundary) and single:
        axis = boundary_axis(element.kind)
        if axis in AXIS_VIEW:
            parents = {
                other: title
                for other, title in _boundaries(design, axis).items()
                if all(above != key for above, _ in design.ancestors(other))
            }
            hint = Text("The boundary that this one lies in.")
            yield _choice(".parent", Text("Lies in"), hint, {"": say("none"), **parents})
    elif isinstance(element, Flow) and single:
        first = {other: flow for other, flow in design.flows.items() if _starts(design, flow)}
        if key not in first and first:
            held = ",".join(element.journeys)
            titles = {"": say("all that reach it"), **{other: _called(design, flow) for other, flow in first.items()}}
            titles.setdefault(held, ", ".join(titles.get(other, other) for other in element.journeys))
            yield _choice(".journeys", Text("Serves"), Text("The journeys whose requests take this flow."), titles)


def tags_parameter() -> Parameter:
    """Return the field of an element's tags."""
    hint = Text("Names and values, for example team: Search, product: shop. Costs can be grouped by them.")
    return Parameter(".tags", Text("Tags"), hint, type="tags")


def _starts(design: Design, flow: Flow) -> bool:
    return (value_of(design.node(flow.source), "peak_rate_rps") or 0) > 0


def _called(design: Design, flow: Flow) -> str:
    ends = (_plain(end, design.node(end)) for end in (flow.source, flow.target))
    return flow.name or " → ".join(ends)


def _plain(key: Id, element: Node | Boundary) -> str:
    return element.name or name_of(key, element)


def _boundaries(design: Design, axis: Axis | None) -> dict[Id, str]:
    """Return the boundaries of an axis with their names from the outermost inward, in the order of these names."""
    found = {
        key: " / ".join(reversed([_plain(above, element) for above, element in design.ancestors(key)]))
        for key, boundary in design.boundaries.items()
        if boundary_axis(boundary.kind) == axis
    }
    return dict(sorted(found.items(), key=lambda item: item[1].casefold()))


def with_site(node: Node) -> Node:
    """Return the node with one more site, like its last one and active."""
    last = node.sites[-1]
    return msgspec.structs.replace(node, sites=(*node.sites, Site(last.boundary, last.replicas)))


def without_last_site(design: Design, key: Id) -> dict[Id, Element | None]:
    """Return the changes that take the last site of a node away, with its positions."""
    node = design.node(key)
    gone = f"{key}/{len(node.sites) - 1}"
    changes: dict[Id, Element | None] = {key: msgspec.structs.replace(node, sites=node.sites[:-1])}
    for view in AXIS_VIEW.values():
        if (place := position_id(view, gone)) in design.elements:
            changes[place] = None
    return changes


def carried(design: Design, path: str, keys: Iterable[Id], target: Id) -> dict[Id, Element | None]:
    """Return the changes that put placed cards to a free spot in the boundary that the field `path` has put them into.

    A card that nobody has placed in that view needs none: it is drawn in its boundary anyway.

    Args:
        design: the drawing before the change.
        path: `.context` or `.sites.<number>.boundary`.
        keys: the nodes that change.
        target: id of the boundary, empty for none.
    """
    view = AXIS_VIEW["context" if path == ".context" else "deployment"]
    number = path.split(".")[2] if path.startswith(".sites") else ""
    scene = unrouted(design, view)
    rects = np.concatenate([scene.nodes.rects, scene.boundaries.rects]).astype(np.float64)
    cards = scene.nodes.rects.astype(np.float64)
    row = scene.boundaries.row.get(target)
    if row is not None:
        x0, y0, width, _ = scene.boundaries.rects[row].tolist()
    else:
        x0, y0 = (rects[:, 0].min(), (rects[:, 1] + rects[:, 3]).max()) if len(rects) else (0.0, 0.0)
        width = 5 * STEP_X
    columns = max(1, int((width - PADDING) // STEP_X))
    changes: dict[Id, Element | None] = {}
    spot = 0
    for key in keys:
        names = (f"{key}/{number}", key) if number else (key,)
        place = next((found for name in names if (found := design.position(view, name)) is not None), None)
        if place is None:
            continue
        while True:
            x, y = x0 + PADDING + spot % columns * STEP_X, y0 + TITLE_HEIGHT + 8 + spot // columns * STEP_Y
            spot += 1
            apart = (abs(cards[:, 0] - x) >= CARD_WIDTH + 8) | (abs(cards[:, 1] - y) >= CARD_HEIGHT + 8)
            if apart.all():
                break
        name = names[0] if design.position(view, names[0]) is not None else names[-1]
        snapped = (float(round(x / 8) * 8), float(round(y / 8) * 8))
        changes[position_id(view, name)] = msgspec.structs.replace(place, x=snapped[0], y=snapped[1])
    return changes
