"""The start page: recent projects, templates of real systems, import and open."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from app.icons import icon
from app.panels.widgets import Clickable, Scroll, clear, column, label, row
from app.previews import Previews, recent_design
from app.settings import recent_paths, remember_path
from app.theme import tint
from app.words import in_words, say
from models.themes import Theme

if TYPE_CHECKING:
    from models.design.design import Design
    from models.templates import Template

COLUMNS = 3
WIDEST = 1080
SCROLLING: dict[int, int] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 3, Qt.Key.Key_PageUp: -3}
"""Quarters of the page that a key scrolls."""


class StartPage(QWidget):
    """Shown while nothing is open."""

    template_chosen = Signal(str)
    file_chosen = Signal(str)
    action_asked = Signal(str)

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._theme: Theme | None = None
        self._previews = Previews(self)
        self.setAccessibleName(say("Start page"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._scroll = scroll = Scroll(0, 0)
        # Not a stop of Tab: what has the focus in it is brought into sight by itself.
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = row(None, 0, 0)
        outer.setContentsMargins(48, 48, 48, 48)
        middle = QWidget()
        middle.setMaximumWidth(WIDEST)
        self._body = column(middle, 0, 16)
        outer.addStretch(1)
        outer.addWidget(middle, 20)
        outer.addStretch(1)
        scroll.body.addLayout(outer)
        scroll.body.addStretch(1)
        column(self, 0, 0).addWidget(scroll)
        self._buttons: dict[str, QPushButton] = {}
        self._head()
        self._recent_title = label(say("RECENT PROJECTS"), "section")
        self._recent = QGridLayout()
        self._recent.setSpacing(16)
        self._body.addWidget(self._recent_title)
        self._body.addLayout(self._recent)
        self._body.addWidget(label(say("START FROM A REAL SYSTEM"), "section"))
        self._templates = QGridLayout()
        self._templates.setSpacing(16)
        self._body.addLayout(self._templates)
        self._filled = False

    def _head(self) -> None:
        self._body.addWidget(label(say("Plan an AI system"), "title"))
        words = say(
            "Draw services and data flows; cost, speed, availability and the fitting cloud are answered as you draw."
        )
        self._body.addWidget(label(words, "muted", wrap=True))
        buttons = row(None, 0, 8)
        for name, text in (
            ("drawing", say("Back to the drawing")),
            ("new", say("New design")),
            ("open", say("Open…")),
            ("import", say("Import…")),
            ("guide", say("Guided first design")),
        ):
            button = QPushButton(text)
            if name == "new":
                button.setProperty("role", "primary")
            button.clicked.connect(lambda _=False, name=name: self.action_asked.emit(name))
            buttons.addWidget(button)
            self._buttons[name] = button
        buttons.addStretch(1)
        self._body.addLayout(buttons)
        self._body.addSpacing(8)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons and draw the previews in the theme."""
        if self._theme is not None and self._theme.id != theme.id:
            is_open = not self._buttons["drawing"].isHidden()
            QTimer.singleShot(0, self, partial(self.refresh, is_open))
            self._filled = False
        self._theme = theme
        self._previews.set_theme(theme)
        for name, icon_name in (
            ("drawing", "view"),
            ("new", "new"),
            ("open", "folder-open"),
            ("import", "import"),
            ("guide", "idea"),
        ):
            role = "accent_text" if name == "new" else "icon"
            self._buttons[name].setIcon(icon(icon_name, tint(theme, role)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the drawing, if one is open; arrows and page keys scroll."""
        if event.key() == Qt.Key.Key_Escape and not self._buttons["drawing"].isHidden():
            self.action_asked.emit("drawing")
        elif event.key() in SCROLLING:
            bar = self._scroll.verticalScrollBar()
            bar.setValue(bar.value() + SCROLLING[event.key()] * bar.pageStep() // 4)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Paint the previews that are still missing; none takes time from a drawing that is edited."""
        self._previews.resume()

    def remember(self, path: Path) -> None:
        """Put a project at the front of the recent ones."""
        remember_path(self._settings, path)

    def refresh(self, is_open: bool = False) -> None:
        """List recent projects, and the way back to what `is_open`; templates follow after the first paint."""
        self._buttons["drawing"].setVisible(is_open)
        clear(self._recent)
        paths = recent_paths(self._settings)
        self._recent_title.setVisible(bool(paths))
        for number, path in enumerate(paths[: 2 * COLUMNS]):
            key = (path, path.stat().st_mtime_ns)
            preview = self._previews.label(key, partial(recent_design, path))
            card = self._card(path.stem, str(path.parent), preview=preview)
            card.clicked.connect(lambda path=path: self.file_chosen.emit(str(path)))
            self._recent.addWidget(card, number // COLUMNS, number % COLUMNS)
        self._even(self._recent)
        if not self._filled:
            self._filled = True
            QTimer.singleShot(0, self, self._fill_templates)

    def _fill_templates(self) -> None:
        from models.templates import templates

        clear(self._templates)
        for number, template in enumerate(templates()):
            variants = " · ".join(say(variant.name) for variant in template.variants)
            preview = self._previews.label(template.id, partial(_first_design, template))
            card = self._card(in_words(template.title), in_words(template.summary), variants, preview)
            card.setObjectName(f"template/{template.id}")
            card.clicked.connect(lambda key=template.id: self.template_chosen.emit(key))
            self._templates.addWidget(card, number // COLUMNS, number % COLUMNS)
        self._even(self._templates)

    def _even(self, grid: QGridLayout) -> None:
        for number in range(COLUMNS):
            grid.setColumnStretch(number, 1)

    def _card(self, title: str, text: str, note: str = "", preview: QWidget | None = None) -> Clickable:
        card = Clickable("card", title)
        layout = column(card, 12, 6)
        if preview is not None:
            layout.addWidget(preview)
        layout.addWidget(label(title, "heading", wrap=True))
        layout.addWidget(label(text, "muted", wrap=True))
        if note:
            layout.addWidget(label(note, "small", "accent", wrap=True))
        layout.addStretch(1)
        layout.setAlignment(Qt.AlignmentFlag.AlignTop)
        return card


def _first_design(template: Template) -> Design:
    return template.variants[0].design
