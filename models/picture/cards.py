"""What stands on a card: its texts from the design, and where each of them is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from models.design.elements import Flow, Node, Value
from models.design.kinds import kinds
from models.formatting import format_value
from models.typeface import elide, text_width, wrapped

CARD_WIDTH = 168.0
CARD_HEIGHT = 64.0
CARD_RADIUS = 6.0
ACCENT_WIDTH = 5.0
ICON_SIZE = 20.0
ICON_X = 14.0
TEXT_X = 42.0
TITLE_SIZE, SMALL_TITLE_SIZE, LINE_SIZE, BADGE_SIZE, LABEL_SIZE, BOUNDARY_SIZE = 13.0, 11.5, 10.5, 10.5, 10.5, 12.0
TEXT_SIZE, TEXT_LEADING, TEXT_INSET = 13.0, 18.0, 6.0
"""Of a free text: size, distance of its lines, and room around it."""
BADGE_HEIGHT = 16.0
BADGE_PADDING = 9.0
WARNING_SIZE = 16.0


@dataclass(frozen=True, slots=True)
class Card:
    """Where a card's parts lie, relative to its top left corner; texts are elided to their room.

    Attributes:
        title_size: `TITLE_SIZE`, or a little less where that saves the title from being cut.
        title_at, line_at: baseline starts of the two text lines.
        badge_box: x, y, width, height of the pill, or None.
        icon_at: top left corner of the icon of `ICON_SIZE`.
        warning_at: top left corner of the warning mark of `WARNING_SIZE`, or None.
    """

    title: str
    title_size: float
    title_at: tuple[float, float]
    line: str
    line_at: tuple[float, float]
    badge: str
    badge_box: tuple[float, float, float, float] | None
    warning_at: tuple[float, float] | None
    icon_at: tuple[float, float]


def card(width: float, height: float, title: str, line: str, badge: str = "", warned: bool = False) -> Card:
    """Return the layout of a card's texts in a card of this size in px; without a badge the two lines are centered."""
    room = width - TEXT_X - 8
    title_room = room - (WARNING_SIZE + 4 if warned else 0)
    title_size = TITLE_SIZE if text_width(title, TITLE_SIZE, "semibold") <= title_room else SMALL_TITLE_SIZE
    top = (height - CARD_HEIGHT) / 2
    shift = 0.0 if badge else (9.0 if line else 16.0)
    badge_text = elide(badge, BADGE_SIZE, max(room - 2 * BADGE_PADDING + 6, 0.0), "semibold")
    pill = text_width(badge_text, BADGE_SIZE, "semibold") + 2 * BADGE_PADDING
    return Card(
        title=elide(title, title_size, title_room, "semibold"),
        title_size=title_size,
        title_at=(TEXT_X, top + 21 + shift),
        line=elide(line, LINE_SIZE, room),
        line_at=(TEXT_X, top + 36 + shift),
        badge=badge_text,
        badge_box=(TEXT_X, top + 42, pill, BADGE_HEIGHT) if badge_text else None,
        warning_at=(width - WARNING_SIZE - 10, top + 10) if warned else None,
        icon_at=(ICON_X, top + 12 + (0.0 if badge else 10.0)),
    )


def text_lines(text: str, width: float, height: float) -> list[tuple[float, float, str]]:
    """Return (x, y of the baseline, line) of a free text in a box of this size in px; cut, it ends in …"""
    lines = wrapped(text, TEXT_SIZE, max(width - 2 * TEXT_INSET, 1.0))
    room = max(int((height - 2 * TEXT_INSET) // TEXT_LEADING), 1)
    if len(lines) > room:
        lines = [*lines[: room - 1], elide(f"{lines[room - 1]} …", TEXT_SIZE, max(width - 2 * TEXT_INSET, 1.0))]
    return [(TEXT_INSET, TEXT_INSET + 13 + number * TEXT_LEADING, line) for number, line in enumerate(lines)]


@cache
def _defaults(kind: str) -> dict[str, Value]:
    spec = kinds().nodes.get(kind)
    return {parameter.name: parameter.default for parameter in spec.parameters} if spec else {}


def technology_line(node: Node) -> str:
    """Return the second line of a card: the stated technology, else size and replicas ("2 vCPU × 4", "managed")."""
    if node.technology:
        return node.technology
    own = node.params
    size = _size(node.kind, {**_defaults(node.kind), **own}) if own else _default_size(node.kind)
    replicas = sum(site.replicas for site in node.sites)
    if size and size != "managed" and replicas > 1:
        return f"{size} × {replicas}"
    return size


@cache
def _default_size(kind: str) -> str:
    return _size(kind, _defaults(kind))


def _size(kind: str, params: Mapping[str, Value]) -> str:
    of = params.get
    rate, vcpu, storage = (_amount(params, name) for name in ("peak_rate_rps", "vcpu", "storage_gib"))
    if kind == "users" and rate is not None:
        return format_value(rate, "1/s")
    model = of("language_model") or of("model_api")
    if model:
        return str(model)
    if of("accelerator"):
        count = _amount(params, "accelerators") or 1
        return f"{count:g} × {of('accelerator')}" if count != 1 else str(of("accelerator"))
    if of("managed"):
        return "managed"
    if of("instance"):
        return str(of("instance"))
    if vcpu:
        return f"{vcpu:g} vCPU"
    if storage:
        return format_value(storage, "GiB")
    spec = kinds().nodes.get(kind)
    return spec.technology if spec else ""


def guessed(node: Node) -> bool:
    """Return whether everything about the node still stands at the defaults of its kind."""
    return not node.params and not any(origin != "default" for origin in node.provenance.values())


def flow_label(flow: Flow) -> str:
    """Return what stands on a flow: its name, else the stated calls, probability and payload (".88 × 90/1 KiB").

    The first link that it goes through follows.
    """
    if not flow.params:
        return flow.name
    via = str(flow.params.get("via") or "").split(",")[0].strip()
    words = flow.name or _sizes(flow)
    return f"{words} via {via}".strip() if via else words


def _sizes(flow: Flow) -> str:
    parts = []
    calls, probability = (_amount(flow.params, name) for name in ("calls", "probability"))
    factor = (1.0 if calls is None else calls) * (1.0 if probability is None else probability)
    if factor not in (0, 1):
        parts.append(f"{np.format_float_positional(np.float64(f'{factor:.3g}'), trim='-')} ×")
    request, response = (_amount(flow.params, name) for name in ("request_kib", "response_kib"))
    if request is not None and response is not None:
        parts.append(f"{request:g}/{response:g} KiB")
    return " ".join(parts)


def _amount(params: Mapping[str, Value], name: str) -> float | None:
    """Return a number; a value of another type is a finding of the evaluation, not a reason to draw nothing."""
    value = params.get(name)
    return float(value) if isinstance(value, int | float) else None
