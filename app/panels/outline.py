"""The outline: nodes by boundary and flows below, as a tree with the same selection as the canvas."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtGui import QShortcut, QShowEvent
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from app.panels.widgets import column
from app.session import Session
from app.words import in_words, say
from models.design.design import Design, name_of
from models.design.elements import Boundary, Flow, Id, Node, position_id
from models.design.kinds import boundary_axis, kinds
from models.picture.rows import VIEW_AXIS

KEY = Qt.ItemDataRole.UserRole
REFRESH_MS = 120


FEW = 60
"""Up to so many nodes and boundaries stand open; of more only what is on top."""


class OutlinePanel(QWidget):
    """For screen readers and for big designs."""

    reveal = Signal(str)
    inspect_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._items: dict[Id, QTreeWidgetItem] = {}
        self._following = False
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName(say("Outline"))
        self.tree.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        self.tree.setUniformRowHeights(True)
        self.tree.itemSelectionChanged.connect(self._on_selection)
        self.tree.itemDoubleClicked.connect(lambda item: self.reveal.emit(item.data(0, KEY) or ""))
        QShortcut("Return", self.tree, self.inspect_asked.emit, context=Qt.ShortcutContext.WidgetShortcut)
        layout = column(self, 8, 0)
        layout.addWidget(self.tree)
        self._later = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._later.timeout.connect(self.refresh)
        session.design_changed.connect(self._on_design)
        session.view_changed.connect(lambda *_: self._later.start())
        session.selection_changed.connect(self._show_selection)

    def _on_design(self, *_: object) -> None:
        self._later.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date when looked at."""
        self.refresh()

    def refresh(self) -> None:
        """Build the tree anew, if it is looked at."""
        if not self.isVisible():
            return
        design = self._session.design
        self._following = True
        self.tree.clear()
        self._items = {}
        axis = VIEW_AXIS.get(self._session.view, "context")
        for key, boundary in design.boundaries.items():
            if boundary_axis(boundary.kind) == axis:
                self._boundary(design, key, boundary)
        outside = self._head(say("Nodes") if not self._items else say("Outside of any boundary"))
        for key, node in design.nodes.items():
            parent = node.context if axis == "context" else node.sites[0].boundary if axis == "deployment" else None
            kind = kinds().nodes.get(node.kind)
            self._add(
                self._items.get(parent or "") or outside, key, node.name, in_words(kind.label) if kind else node.kind
            )
        outside.setHidden(not outside.childCount())
        self._texts(design)
        flows = self._head(say("Flows"))
        for key, flow in design.flows.items():
            self._add(flows, key, flow_name(design, flow), in_words(kinds().flows[flow.interaction].label))
        if len(self._items) - len(design.flows) <= FEW:
            self.tree.expandAll()
        else:
            self.tree.expandToDepth(0)
        flows.setExpanded(False)
        self._following = False
        self._show_selection(self._session.selection)

    def _texts(self, design: Design) -> None:
        """List the free texts of the view, each on one line."""
        written = [
            (key, boundary)
            for key, boundary in design.boundaries.items()
            if boundary_axis(boundary.kind) == "annotation" and position_id(self._session.view, key) in design.elements
        ]
        if written:
            head = self._head(say("Texts"))
            for key, boundary in written:
                self._add(head, key, " ".join(boundary.name.split()), say("Text"))

    def _boundary(self, design: Design, key: Id, boundary: Boundary) -> QTreeWidgetItem:
        if key in self._items:
            return self._items[key]
        above = design.elements.get(boundary.parent) if boundary.parent else None
        parent = self._boundary(design, boundary.parent or "", above) if isinstance(above, Boundary) else None
        copies = f" × {boundary.copies}" if boundary.copies > 1 else ""
        return self._add(parent, key, boundary.name + copies, _kind_of(boundary))

    def _head(self, text: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([text])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.tree.addTopLevelItem(item)
        return item

    def _add(self, parent: QTreeWidgetItem | None, key: Id, name: str, kind: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([name])
        item.setData(0, KEY, key)
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{name}, {kind}")
        item.setToolTip(0, kind)
        if parent is None:
            self.tree.addTopLevelItem(item)
        else:
            parent.addChild(item)
        self._items[key] = item
        return item

    def _on_selection(self) -> None:
        if not self._following:
            self._following = True
            self._session.select(key for item in self.tree.selectedItems() if (key := item.data(0, KEY)))
            self._following = False

    def _show_selection(self, chosen: frozenset[Id]) -> None:
        if self._following or not self.isVisible():
            return
        self._following = True
        self.tree.clearSelection()
        for key in chosen:
            item = self._items.get(key)
            if item is not None:
                item.setSelected(True)
                if len(chosen) == 1:
                    self.tree.setCurrentItem(item, 0, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._following = False


def _kind_of(boundary: Boundary) -> str:
    kind = kinds().boundaries.get(boundary.kind)
    return in_words(kind.label) if kind else boundary.kind


def flow_name(design: Design, flow: Flow) -> str:
    """Return how a flow is listed: its name, else its ends."""
    ends = f"{_plain(design, flow.source)} → {_plain(design, flow.target)}"
    return f"{flow.name} ({ends})" if flow.name else ends


def _plain(design: Design, key: Id) -> str:
    element = design.elements.get(key)
    return element.name if isinstance(element, Node) else name_of(key, element)
