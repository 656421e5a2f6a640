"""The picture: a design in one view as a display list in columns."""

from models.picture.cards import Card, card
from models.picture.columns import STYLES, BoundaryColumns, FlowColumns, LensValues, NodeColumns
from models.picture.picture import Picture, Scene, blank, build, drafts, is_rough, unrouted

__all__ = [
    "STYLES",
    "BoundaryColumns",
    "Card",
    "FlowColumns",
    "LensValues",
    "NodeColumns",
    "Picture",
    "Scene",
    "blank",
    "build",
    "card",
    "drafts",
    "is_rough",
    "unrouted",
]
