"""The two themes as data: named colors, the scale of the lenses and the codes by which a picture refers to them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

ThemeName = Literal["light", "dark"]
SCALE_STEPS = 8
NO_COLOR = 255
COLOR_ROLES = ("accent", "good", "bad", "warning", "muted", "unknown", "added", "removed", "changed")


def role_code(role: str) -> int:
    """Return the color code of a role; codes below `SCALE_STEPS` are steps of the scale, 255 is no color.

    Raises:
        ValueError: the role is not in `COLOR_ROLES`.
    """
    return SCALE_STEPS + COLOR_ROLES.index(role)


class Theme(msgspec.Struct, frozen=True):
    """Colors by role as `#RRGGBB` or `#RRGGBBAA`; `scale` runs from calm to full and keeps its order without hue."""

    id: str
    canvas: str
    grid: str
    panel: str
    raised: str
    card: str
    card_border: str
    card_shadow: str
    text: str
    muted: str
    faint: str
    icon: str
    accent: str
    accent_text: str
    selection: str
    boundary_fill: str
    boundary_nested_fill: str
    boundary_border: str
    boundary_title: str
    flow: str
    flow_label: str
    separator: str
    field: str
    field_border: str
    good: str
    bad: str
    warning: str
    unknown: str
    added: str
    removed: str
    changed: str
    scale: tuple[str, ...]
    scale_text: tuple[str, ...]
    series: tuple[str, ...]

    def color(self, code: int) -> str | None:
        """Return the color of a code of a picture's color column, or None for `NO_COLOR`."""
        if code == NO_COLOR:
            return None
        if code < SCALE_STEPS:
            return self.scale[code]
        return str(getattr(self, COLOR_ROLES[code - SCALE_STEPS]))

    def text_on(self, code: int) -> str:
        """Return the color of text that reads at 4.5:1 or better on the color of a code."""
        if code < SCALE_STEPS:
            return self.scale_text[code]
        return self.card if self.id == "light" else self.accent_text


def rgba(color: str) -> tuple[float, float, float, float]:
    """Return (red, green, blue, alpha) from 0 to 1 of `#RRGGBB` or `#RRGGBBAA`."""
    digits = color.lstrip("#")
    red, green, blue, alpha = (int(digits[at : at + 2] or "FF", 16) / 255 for at in (0, 2, 4, 6))
    return red, green, blue, alpha


@cache
def theme(name: ThemeName) -> Theme:
    """Return the theme of this name; read once."""
    source = files("resources") / "themes" / f"{name}.json"
    return msgspec.json.decode(source.read_bytes(), type=Theme)
