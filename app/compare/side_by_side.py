"""The two pictures: one camera for both, changes outlined in three colors and three line styles."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QSplitter, QWidget

from app.canvas.camera import Camera
from app.canvas.drafting import SMALL
from app.canvas.surface import DRAWING
from app.dialogs import report_fault
from app.panels.widgets import column, label, row
from app.picture_view import MARKS, PictureView, fitting
from app.words import in_words, say
from app.work import Work
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import DRAWN, Id
from models.lenses import CHANGE_WORDS
from models.picture import Picture, build, is_rough
from models.routing import AT_ONCE
from models.themes import Theme


def marks_between(before: Design, after: Design) -> dict[Id, str]:
    """Return for each drawn element that differs whether it was added, removed or changed."""
    found = {}
    for key, (old, new) in Delta.between(before.elements, after.elements).changes.items():
        if isinstance(new if new is not None else old, DRAWN):
            found[key] = "added" if old is None else "removed" if new is None else "changed"
    return found


class _Drawn(NamedTuple):
    """Both pictures, and what differs."""

    pictures: tuple[Picture, Picture]
    marks: dict[Id, str]


def _drawn(before: Design, after: Design, view: str) -> _Drawn:
    """Draw both designs; flows that are the same in both run alike."""
    one = build(before, view)
    other = build(after, view, before=one)
    if is_rough(other, one):
        other = build(after, view)
    return _Drawn((one, other), marks_between(before, after))


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
        self.designs: tuple[Design, Design] = (Design(), Design())
        """What is shown, or will be as soon as it is drawn."""
        self._names = ("", "")
        self.drawing = Work(self)
        self.drawing.done.connect(self._show)
        self.drawing.failed.connect(self._on_failed)
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
        """Show two (name, design) pairs in a view and fit both into sight; large ones as soon as they are drawn."""
        one, other = self.designs = before[1], after[1]
        self._names = before[0], after[0]
        if all(len(each.elements) <= SMALL and len(each.flows) <= AT_ONCE for each in self.designs):
            self.drawing.cancel()
            self._show(_drawn(one, other, view))
            return
        for title, name in zip(self.titles, self._names, strict=True):
            title.setText(f"{name} · {say(DRAWING)}")
        self.drawing.start(lambda _: _drawn(one, other, view))

    def _show(self, drawn: _Drawn) -> None:
        for number, gone in enumerate(("added", "removed")):
            self.titles[number].setText(self._names[number])
            kept = {key: mark for key, mark in drawn.marks.items() if mark != gone}
            self.views[number].show_picture(drawn.pictures[number], kept)
        self.fit()

    def _on_failed(self, sentence: str, details: str) -> None:
        for title, name in zip(self.titles, self._names, strict=True):
            title.setText(name)
        report_fault(self.window(), say("The drawing could not be made"), sentence, details)

    def give_up(self) -> None:
        """Drop what is being drawn, because the window closes."""
        self.drawing.cancel()

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
