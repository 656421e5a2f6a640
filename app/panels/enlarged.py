"""A table or chart of a panel in a window of its own, where all of it has room; it follows what the panel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from app.panels.block_views import BlockView, ChartBlockView, TableView
from app.panels.widgets import column, label, row
from app.words import in_words, say
from models.report import Block, Chart, Table, Timeline

if TYPE_CHECKING:
    from models.themes import Theme


class EnlargedBlock(QDialog):
    """Shows one block of a panel large; closes when the panel no longer has it."""

    reveal = Signal(str)

    def __init__(self, parent: QWidget, source: BlockView, block: Block, theme: Theme) -> None:
        super().__init__(parent)
        assert isinstance(block, Table | Chart | Timeline)
        self.setWindowTitle(in_words(block.title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.view = TableView(block) if isinstance(block, Table) else ChartBlockView(block, theme)
        self.view.reveal.connect(self.reveal)
        self.view.give_room()
        close = QPushButton(say("Close"))
        close.clicked.connect(self.close)
        foot = row(None, 0, 8)
        if isinstance(block, Table):
            foot.addWidget(label(say("Ctrl+A, then Ctrl+C copies the table for a spreadsheet."), "small"), 1)
        else:
            foot.addStretch(1)
        foot.addWidget(close)
        layout = column(self, 16, 12)
        layout.addWidget(self.view, 1)
        layout.addLayout(foot)
        source.offered.connect(self._follow)
        source.destroyed.connect(self.close)

    def _follow(self, block: Block) -> None:
        if self.view.can_show(block):
            self.view.show_block(block)
        else:
            self.close()
