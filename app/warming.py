"""What the first drawing needs is loaded while the start page is looked at, beside the GUI thread."""

from __future__ import annotations

from importlib import import_module

from PySide6.QtCore import QObject, QTimer

from app.work import Cancelled, Work
from models.design.kinds import kinds
from models.icons import icon_for, icon_paths
from models.interruption import go_on

AFTER_MS = 400
MODULES = ("models.plans", "models.lenses", "models.frameworks", "models.storage.working_copy")


def warm_up_soon(parent: QObject) -> None:
    """Load what the first drawing needs once the window stands painted."""
    work = Work(parent)
    QTimer.singleShot(AFTER_MS, work, lambda: work.start(warm_up))


def warm_up(_: Cancelled) -> None:
    """Import what evaluates and keeps a design; read today's prices and the icons of the palette."""
    for name in MODULES:
        go_on()
        import_module(name)
    import_module("models.catalog.catalog").load_catalog()
    table = kinds()
    for group in (table.nodes, table.boundaries):
        for kind in group:
            go_on()
            icon_paths(icon_for("kinds" if group is table.nodes else "boundaries", kind))
