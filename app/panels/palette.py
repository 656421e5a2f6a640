"""The palette: every kind by category, searchable, with its key; drag or click places it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QDrag, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QFrame, QLineEdit, QWidget

from app.icons import icon, paint_icon
from app.panels.widgets import Scroll, column, label
from app.session import KIND_MIME
from app.theme import font, tint
from app.words import in_words, say
from models.design.kinds import BoundaryKind, NodeKind, kinds
from models.icons import Group, icon_for
from models.themes import Theme

ROW_HEIGHT = 24


class KindRow(QFrame):
    """One kind or stamp: icon, name, key; `icon_key` where the icon is not the kind's own."""

    armed = Signal(str)
    focused = Signal()

    def __init__(
        self, kind: str, title: str, key: str, hint: str, group: Group, words: str, icon_key: str = ""
    ) -> None:
        super().__init__()
        self.kind, self.title, self.key = kind, title, key
        self.words = f"{title} {kind} {words}".casefold()
        self.group = group
        self._icon_key = icon_key or kind
        self._theme: Theme | None = None
        self._pressed: QPoint | None = None
        self.setFixedHeight(ROW_HEIGHT)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip(
            say("{hint}\nDrag it onto the drawing, or press {key} and click.", hint=hint, key=key) if key else hint
        )
        self.setAccessibleName(say("{title}, key {key}", title=title, key=key) if key else title)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Icon left, name, key right."""
        theme = self._theme
        if theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(tint(theme, "accent"))
            painter.drawRoundedRect(self.rect().toRectF().adjusted(6.5, 0.5, -6.5, -0.5), 4, 4)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint(theme, "raised"))
            painter.drawRoundedRect(self.rect().adjusted(6, 0, -6, 0), 4, 4)
        name = icon_for(self.group, self._icon_key)
        box = self.rect().toRectF()
        box.setRect(16, (ROW_HEIGHT - 17) / 2, 17, 17)
        paint_icon(painter, name, box, tint(theme, "icon"))
        painter.setFont(font())
        painter.setPen(tint(theme, "text"))
        # The end of a long name tells it from its neighbor.
        room = self.width() - 44 - (38 if self.key else 8)
        title = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QPointF(44, 16.5), title)
        painter.setPen(tint(theme, "faint"))
        painter.setFont(font(11))
        keys = self.key.replace("Shift+", "⇧")
        painter.drawText(
            self.rect().adjusted(0, 0, -14, 0), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, keys
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag might begin."""
        self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag the kind."""
        if self._pressed is None or self._theme is None:
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() < QApplication.startDragDistance():
            return
        self._pressed = None
        data = QMimeData()
        data.setData(KIND_MIME, QByteArray(self.kind.encode()))
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(icon(self._icon_key, tint(self._theme, "accent"), 24, self.group).pixmap(QSize(24, 24)))
        drag.exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click arms the kind."""
        if self._pressed is not None:
            self._pressed = None
            self.armed.emit(self.kind)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space arm the kind; up and down go to the neighbor."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.armed.emit(self.kind)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the frame of the focus."""
        super().focusInEvent(event)
        self.focused.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the frame away."""
        super().focusOutEvent(event)
        self.update()


class PalettePanel(QWidget):
    """All kinds; typing in the search field narrows them."""

    armed = Signal(str)
    stamp_removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self.search = QLineEdit(placeholderText=say("Find a building block"))
        self.search.setAccessibleName(say("Find a building block"))
        self.search.textChanged.connect(self._narrow)
        self.search.returnPressed.connect(self._arm_first)
        self._scroll = Scroll(0, 0)
        self._rows: list[KindRow] = []
        self._heads: list[tuple[QWidget, list[KindRow]]] = []
        self._nothing = label(say("Nothing by that name. Try “postgres”, “kafka” or “gpu”."), "muted", wrap=True)
        self._nothing.setContentsMargins(16, 8, 8, 8)
        self._nothing.hide()
        self._fill(self._scroll.body)
        layout = column(self, 0, 0)
        top = column(None, 0, 0)
        top.setContentsMargins(12, 12, 12, 4)
        top.addWidget(self.search)
        layout.addLayout(top)
        layout.addWidget(self._nothing)
        layout.addWidget(self._scroll, 1)

    def _fill(self, body: QBoxLayout) -> None:
        table = kinds()
        for category in table.categories:
            rows = [
                _row_of(kind, "kinds", *kind.synonyms) for kind in table.nodes.values() if kind.category == category
            ]
            self._add(body, in_words(category), rows)
        boundaries = [_row_of(kind, "boundaries", kind.axis) for kind in table.boundaries.values()]
        self._add(body, say("Boundaries"), boundaries)
        self._stamps = column()
        body.addLayout(self._stamps)
        body.addStretch(1)

    def show_stamps(self, stamps: Iterable[tuple[str, str]]) -> None:
        """Show these stamps, (id, title) each, below the kinds; a right click on one offers to delete it."""
        old = [entry for entry in self._rows if entry.group == "actions"]
        self._rows = [entry for entry in self._rows if entry not in old]
        self._heads = [(head, rows) for head, rows in self._heads if not set(rows) & set(old)]
        while (item := self._stamps.takeAt(0)) is not None:
            shown = item.widget()
            if shown is not None:
                shown.hide()
                shown.deleteLater()
        hint = say("A part of a drawing that you kept.")
        rows = [KindRow(key, title, "", hint, "actions", "stamp", "stamp") for key, title in stamps]
        if rows:
            self._add(self._stamps, say("Stamps"), rows)
        for entry in rows:
            action = QAction(say("Delete stamp"), entry)
            action.triggered.connect(lambda _=False, key=entry.kind: self.stamp_removed.emit(key))
            entry.addAction(action)
            entry.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
            if self._theme is not None:
                entry.set_theme(self._theme)
        self._narrow(self.search.text())

    def _add(self, body: QBoxLayout, title: str, rows: list[KindRow]) -> None:
        head = label(title.upper(), "section")
        head.setContentsMargins(16, 12, 0, 6)
        body.addWidget(head)
        for entry in rows:
            entry.armed.connect(self.armed)
            entry.focused.connect(lambda entry=entry: self._scroll.ensureWidgetVisible(entry, 0, ROW_HEIGHT))
            body.addWidget(entry)
        self._rows += rows
        self._heads.append((head, rows))

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._theme = theme
        for entry in self._rows:
            entry.set_theme(theme)

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        for head, rows in self._heads:
            for entry in rows:
                entry.setVisible(all(word in entry.words for word in words))
            head.setVisible(any(not entry.isHidden() for entry in rows))
        self._nothing.setVisible(all(entry.isHidden() for entry in self._rows))

    def _arm_first(self) -> None:
        first = next((entry for entry in self._rows if not entry.isHidden()), None)
        if first is not None and self.search.text():
            self.armed.emit(first.kind)


def _row_of(kind: NodeKind | BoundaryKind, group: Group, *words: str) -> KindRow:
    """Return the row of a kind; it is found by its English name too."""
    found = " ".join((str(kind.label), *words))
    return KindRow(kind.id, in_words(kind.label), kind.key, in_words(kind.help), group, found)
