"""The panel of one framework: its assessment, rendered block by block while it is looked at."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app.panels.blocks import BlockList
from app.panels.widgets import Scroll, column, label, row
from app.session import Session
from app.words import say
from models.report import Assessment
from models.themes import Theme

FEW = 3
"""Up to so many titles are found without a list of them."""


class FrameworkPanel(QWidget):
    """Shows the assessment of the framework of this id."""

    explain = Signal(str)
    reveal = Signal(str)

    def __init__(self, session: Session, framework: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.framework = framework
        self._shown: tuple[Assessment, int, bool] | None = None
        self._scroll = Scroll(16, 8)
        self._empty = label(say("The answer appears here as soon as the design is evaluated."), "muted", wrap=True)
        self.blocks = BlockList(session)
        self.blocks.explain.connect(self.explain)
        self.blocks.reveal.connect(self.reveal)
        self._scroll.body.addWidget(self._empty)
        self._scroll.body.addWidget(self.blocks)
        self._scroll.body.addStretch(1)
        self.contents = QToolButton()
        self.contents.setText(say("Go to ▾"))
        self.contents.setProperty("role", "link")
        self.contents.setAccessibleName(say("Go to a table or chart of this panel"))
        self.contents.setToolTip(self.contents.accessibleName())
        self.contents.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.contents)
        self._menu.aboutToShow.connect(self._list_sections)
        self.contents.setMenu(self._menu)
        self.contents.hide()
        head = row(None, 0, 0)
        head.setContentsMargins(0, 2, 14, 0)
        head.addStretch(1)
        head.addWidget(self.contents)
        layout = column(self, 0, 0)
        layout.addLayout(head)
        layout.addWidget(self._scroll, 1)
        session.assessment_changed.connect(lambda _: self.refresh())
        session.assessments_changed.connect(lambda _: self.refresh())

    def set_theme(self, theme: Theme) -> None:
        """Draw charts in another theme."""
        self.blocks.theme = theme
        self.blocks.forget()
        self._shown = None
        self.refresh()

    def assessment(self) -> Assessment | None:
        """Return what the framework says of the shown design, or None before the first evaluation."""
        return next((found for found in self._session.assessments if found.framework == self.framework), None)

    def in_sight(self) -> int:
        """Return how many of the blocks must be built to fill what is seen of the panel."""
        bottom = self._scroll.verticalScrollBar().value() + self._scroll.viewport().height() - self.blocks.y()
        return self.blocks.count_above(bottom)

    def refresh(self) -> None:
        """Show the newest assessment as far as its blocks are built, if the panel is looked at."""
        found = self.assessment()
        if not self.isVisible() or found is None or not found.built:
            return
        state = len(found.built), found.is_built
        if self._shown is not None and self._shown[0] is found and self._shown[1:] == state:
            return
        self._shown = found, *state
        self._empty.hide()
        with self._session.money():
            self.blocks.show_assessment(found)
        self.contents.setVisible(len(self.blocks.sections()) > FEW)

    def _list_sections(self) -> None:
        self._menu.clear()
        for title, view in self.blocks.sections():
            self._menu.addAction(title).triggered.connect(lambda _=False, view=view: self.go_to(view))

    def go_to(self, view: QWidget) -> None:
        """Scroll so that the view stands at the top."""
        top = view.mapTo(self.blocks, QPoint(0, 0)).y() + self.blocks.y()
        self._scroll.verticalScrollBar().setValue(top - 8)

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date when looked at, and ask for what is not there yet."""
        self._session.show_framework(self.framework)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """No longer be served first."""
        if self._session.framework == self.framework:
            self._session.show_framework("")
