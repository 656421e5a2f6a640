"""The two pictures: one camera for both, changes outlined in three colors and three line styles."""

from __future__ import annotations

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QSplitter, QWidget

from app.canvas.camera import Camera
from app.panels.widgets import column, label, row
from app.picture_view import MARKS, PictureView, fitting
from app.words import in_words, say
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import DRAWN, Id
from models.lenses import CHANGE_WORDS
from models.picture import build
from models.themes import Theme


def marks_between(before: Design, after: Design) -> dict[Id, str]:
    """Return for each drawn element that differs whether it was added, removed or changed."""
    found = {}
    for key, (old, new) in Delta.between(before.elements, after.elements).changes.items():
        if isinstance(new if new is not None else old, DRAWN):
            found[key] = "added" if old is None else "removed" if new is None else "changed"
    return found


class SideBySide(QWidget):
    """Shows `before` left and `after` right; both always look at the same part."""

    clicked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.views = (PictureView(theme, say("Before")), PictureView(theme, say("After")))
        self.titles = (label("", "heading"), label("", "heading"))
        self._legend = QLabel()
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._theme = theme
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        for number, view in enumerate(self.views):
            half = QWidget()
            layout = column(half, 0, 4)
            head = row(None, 0, 8)
            head.setContentsMargins(12, 4, 12, 0)
            head.addWidget(self.titles[number], 1)
            if number:
                head.addWidget(self._legend)
            layout.addLayout(head)
            layout.addWidget(view, 1)
            splitter.addWidget(half)
            view.camera_changed.connect(self._follow)
            view.clicked.connect(self.clicked)
        splitter.setSizes([500, 500])
        column(self, 0, 0).addWidget(splitter)
        self._show_legend()

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._theme = theme
        for view in self.views:
            view.set_theme(theme)
        self._show_legend()

    def show_designs(self, before: tuple[str, Design], after: tuple[str, Design], view: str) -> None:
        """Show two (name, design) pairs in a view and fit both into sight."""
        marks = marks_between(before[1], after[1])
        for number, (name, design) in enumerate((before, after)):
            gone = "added" if number == 0 else "removed"
            self.titles[number].setText(name)
            kept = {key: mark for key, mark in marks.items() if mark != gone}
            self.views[number].show_picture(build(design, view), kept)
        self.fit()

    def fit(self) -> None:
        """Show the whole of both drawings."""
        size = self.views[0].size()
        pictures = tuple(view.picture for view in self.views)
        self._follow(fitting(pictures, QSizeF(size), 24.0))

    def show_current(self, element: Id) -> None:
        """Frame an element in both pictures and bring it into sight in the one that shows it."""
        for view in self.views:
            view.show_current(element)

    def _follow(self, camera: Camera) -> None:
        for view in self.views:
            view.set_camera(camera)

    def _show_legend(self) -> None:
        lines = {"added": say("solid"), "removed": say("dashed"), "changed": say("dotted")}
        names = {word: in_words(text) for word, text in CHANGE_WORDS.items()}
        parts = [
            f'<span style="color:{getattr(self._theme, word)}">{sign} {names[word]}</span> ({lines[word]})'
            for word, (_, sign) in MARKS.items()
        ]
        self._legend.setText("&nbsp;&nbsp;".join(parts))

    def showEvent(self, event: QShowEvent) -> None:
        """Fit as soon as the size is known."""
        super().showEvent(event)
        self.fit()
