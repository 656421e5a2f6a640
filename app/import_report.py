"""What an import understood, assumed and left out, shown before anything is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.dialogs import bounded
from app.panels.widgets import column, label, row
from app.tips import as_tip
from app.window_place import size_within_screen
from app.words import in_words, mark, say
from models.design.kinds import kinds
from models.variants import element_name

if TYPE_CHECKING:
    from models.design.elements import Flow, Id
    from models.importers import Imported

FEW = 500
"""Up to so many lines of a list are broken to be read whole; of more each has one row, so that the list opens fast."""
NOTHING = mark("Nothing.")
ROWS_MEASURED = 100
ITEM_PADDING = 12
"""What the style sheet and the margin of a text take of a row, in pixels."""


def _line(text: str) -> str:
    """Return a text as one line of a list."""
    return " ".join(bounded(text).split())


class _Whole(QStyledItemDelegate):
    """Gives a row the height that its texts need in the width of their columns; a tree does not ask for that itself."""

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of a text broken at words."""
        hint = super().sizeHint(option, index)
        width = self._tree.columnWidth(index.column()) - ITEM_PADDING
        room = QRect(0, 0, max(1, width), 10_000)
        text = str(index.data() or "")
        needed = self._tree.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, text).height() + ITEM_PADDING
        return QSize(hint.width(), max(hint.height(), needed))


class ImportReport(QDialog):
    """Three lists: nodes that were recognized, flows that were inferred with their evidence, notes."""

    open_asked = Signal()
    join_asked = Signal()

    def __init__(self, parent: QWidget, title: str, imported: Imported, can_join: bool) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Import {title}", title=title))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._imported = imported
        self.understood = self._list(say("Understood"), (say("Node"), say("Kind"), say("Technology")))
        self.inferred = self._list(say("Inferred"), (say("Flow"), say("Sure"), say("Because")))
        self.assumed = self._list(say("Assumed"), (say("Where"), say("What")))
        self.not_understood = self._list(say("Not understood"), (say("Where"), say("What")))
        self.tabs = QTabWidget()
        self.tabs.setUsesScrollButtons(False)
        self._fill()
        for tree in (self.understood, self.inferred, self.assumed, self.not_understood):
            if tree.topLevelItemCount() <= FEW:
                tree.setUniformRowHeights(False)
                tree.setWordWrap(True)
                tree.setItemDelegate(_Whole(tree))
                tree.header().sectionResized.connect(tree.scheduleDelayedItemsLayout)
            self.tabs.addTab(tree, f"{tree.accessibleName()} ({tree.topLevelItemCount()})")
            for place in range(tree.columnCount() - 1):
                tree.resizeColumnToContents(place)
        if self.not_understood.topLevelItemCount():
            self.tabs.setCurrentWidget(self.not_understood)
        self.open_button, self.join_button = (
            QPushButton(say("Open as new design")),
            QPushButton(say("Add to this design")),
        )
        self.open_button.setProperty("role", "primary")
        self.open_button.setDefault(True)
        self.join_button.setVisible(can_join)
        self.join_button.setToolTip(say("What is known by its origin is updated; what was changed by hand stays."))
        cancel = QPushButton(say("Cancel"))
        self.open_button.clicked.connect(lambda: self._close_with(self.open_asked))
        self.join_button.clicked.connect(lambda: self._close_with(self.join_asked))
        cancel.clicked.connect(self.reject)
        buttons = row(None, 0, 8)
        buttons.addStretch(1)
        for button in (cancel, self.join_button, self.open_button):
            buttons.addWidget(button)
        layout = column(self, 16, 12)
        layout.addWidget(label(imported.summary(), "heading", wrap=True))
        layout.addWidget(self.tabs, 1)
        layout.addLayout(buttons)
        size_within_screen(self, 820, 520)
        self.open_button.setFocus()

    def _list(self, name: str, header: tuple[str, ...]) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setAccessibleName(name)
        tree.setHeaderLabels(list(header))
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.header().setResizeContentsPrecision(ROWS_MEASURED)
        return tree

    def _fill(self) -> None:
        design, known = self._imported.design, kinds().nodes
        for node in design.nodes.values():
            kind = known[node.kind].label if node.kind in known else node.kind
            words = (node.name, in_words(kind), node.technology)
            self.understood.addTopLevelItem(QTreeWidgetItem(list(map(_line, words))))
        for key, flow in design.flows.items():
            sure, because = self._reason(key, flow)
            words = (element_name(key, flow, design), in_words(sure), in_words(because))
            self.inferred.addTopLevelItem(QTreeWidgetItem(list(map(_line, words))))
        for note in self._imported.notes:
            place = say("{file}, line {line}", file=note.file, line=note.line) if note.line else note.file
            what = in_words(note.what)
            item = QTreeWidgetItem([_line(place), _line(what)])
            item.setToolTip(1, as_tip(what))
            (self.assumed if note.severity == "info" else self.not_understood).addTopLevelItem(item)

    def _reason(self, key: Id, flow: Flow) -> tuple[str, str]:
        """Return how sure a flow is and why; of a design that was written to a file, as its evidence says."""
        known = self._imported.reasons.get(key)
        if known is not None:
            return known
        sure, _, because = flow.evidence.partition(": ")
        return sure.removesuffix(" confidence"), because

    def _close_with(self, signal: object) -> None:
        self.accept()
        signal.emit()  # type: ignore[attr-defined]
