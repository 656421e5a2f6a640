"""The two bars over the canvas: project, variant and search; views, lenses and month."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QLabel,
    QMenuBar,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from app.icons import icon
from app.panels.widgets import ElidedLabel, label, row
from app.session import LENSES, VIEW_TITLES, Session
from app.theme import tint
from app.words import say
from models.themes import Theme

KEYS_FROM = 250
COMPARE_FROM, BRAND_FROM, TITLE_FROM = 1100, 960, 880
NARROWEST = 620
"""Width of the bars in px below which what they cannot do without would not fit."""
BESIDE_WORDS = 56
"""What icon and margins of the search button take, in pixels."""
FEW_WORDS = 48
"""With less room than that, in pixels, the icon of the search button says more than the beginning of its words."""


class SearchButton(QPushButton):
    """Looks like a field; opens the command palette."""

    def __init__(self) -> None:
        super().__init__("  " + say("Search or run a command"))
        self.setObjectName("searchButton")
        self.setAccessibleName(say("Search or run a command"))
        self.setMinimumWidth(72)
        self.setMaximumWidth(420)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setStyleSheet("text-align: left;")
        self.setToolTip(say("Every action, node and template (Ctrl+K)"))
        self._keys = label(say("Ctrl K"), "small")
        inner = row(self, 0, 0)
        inner.setContentsMargins(0, 0, 10, 0)
        inner.addStretch(1)
        inner.addWidget(self._keys)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the key out where it would cover the words."""
        super().resizeEvent(event)
        wide = self.width() >= KEYS_FROM
        self._keys.setVisible(wide)
        room = self.width() - (self._keys.width() if wide else 0) - BESIDE_WORDS
        words = say("Search or run a command") if room >= FEW_WORDS else ""
        self.setText(f"  {self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)}".rstrip())


class TitleBar(QWidget):
    """Brand, menus, project and variant, the way into the command palette, undo and redo."""

    search_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("titleBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(44)
        self.menus = QMenuBar(self)
        self.menus.setNativeMenuBar(False)
        self.menus.setStyleSheet("QMenuBar { border: none; }")
        self.menus.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._title = ElidedLabel("muted", 90)
        self._arrow = label("›", "faint")
        self.variants = QComboBox()
        self.variants.setMinimumWidth(120)
        self.variants.setMaximumWidth(260)
        self.variants.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.variants.setAccessibleName(say("Variant"))
        self.variants.setToolTip(say("Variant (Ctrl+Tab for the next)"))
        self.variants.activated.connect(self._choose_variant)
        self.compare = QPushButton(say("Compare…"))
        self.compare.setToolTip(say("Compare this variant with another"))
        self.search = SearchButton()
        self.search.clicked.connect(self.search_asked)
        self._buttons = row(None, 0, 2)
        layout = row(self, 0, 10)
        layout.setContentsMargins(16, 0, 12, 0)
        self._brand = label("Groundplan", "brand")
        layout.addWidget(self._brand)
        layout.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        for part in (self._title, self._arrow, self.variants, self.compare):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.search, 40)
        layout.addStretch(1)
        layout.addLayout(self._buttons)
        session.variants_changed.connect(self.refresh)
        session.variant_changed.connect(self.refresh)
        session.project_changed.connect(self.refresh)
        self.refresh()

    def add_buttons(self, actions: Mapping[str, QAction]) -> None:
        """Put the icons of actions at the right, and let the button beside the variants compare."""
        self.compare.clicked.connect(actions["compare"].trigger)
        for name in ("undo", "redo", "theme"):
            button = QToolButton()
            button.setDefaultAction(actions[name])
            button.setIconSize(QSize(18, 18))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            self._buttons.addWidget(button)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons."""
        self.search.setIcon(icon("search", tint(theme, "muted")))

    def refresh(self, *_: object) -> None:
        """Show what is open."""
        session = self._session
        unsaved = session.is_open and not session.is_saved
        state = say("(not saved)") if unsaved else ""
        if session.project is not None and session.project.read_only:
            state = say("(read only)")
        self._title.setText(f"{session.title} {state}".rstrip())
        self.variants.setVisible(session.is_open)
        self._give_way()
        self.variants.blockSignals(True)
        self.variants.clear()
        for variant in session.variants:
            self.variants.addItem(variant.name, variant.id)
        self.variants.setCurrentIndex(self.variants.findData(session.variant))
        self.variants.blockSignals(False)

    def _give_way(self) -> None:
        """Leave out on a narrow window what the window's own title says too, so that the menus stay whole."""
        self._brand.setVisible(self.width() >= BRAND_FROM)
        self.compare.setVisible(len(self._session.variants) > 1 and self.width() >= COMPARE_FROM)
        for part in (self._title, self._arrow):
            part.setVisible(self._session.is_open and self.width() >= TITLE_FROM)

    def minimumSizeHint(self) -> QSize:
        """Room for the menus, the variant and the buttons."""
        return QSize(NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again what there is room for."""
        self._give_way()
        super().resizeEvent(event)

    def _choose_variant(self, index: int) -> None:
        self._session.show_variant(self.variants.itemData(index))


class ViewBar(QWidget):
    """Which view, which lens, which month; on a narrow window views and lenses are drop-down lists."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("viewBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(38)
        self._layout = row(self, 0, 2)
        self._layout.setContentsMargins(16, 0, 16, 0)
        self._lists: dict[str, QComboBox] = {}
        self._narrow: bool | None = None
        self.views = self._choices(VIEW_TITLES, "view", session.show_view)
        self._layout.addSpacing(16)
        self._layout.addWidget(label(say("Lens"), "muted"))
        self._layout.addSpacing(4)
        self.lenses = self._choices(LENSES, "choice", session.show_lens)
        self._layout.addStretch(1)
        self._layout.addWidget(label(say("Month"), "muted"))
        self._layout.addSpacing(6)
        self.month = QSlider(Qt.Orientation.Horizontal)
        self.month.setMinimumWidth(96)
        self.month.setMaximumWidth(160)
        self.month.setAccessibleName(say("Month"))
        self.month.setToolTip(say("The design as it grows: drag to watch the bottleneck move"))
        self.month.valueChanged.connect(session.show_month)
        self._layout.addWidget(self.month, 10)
        self._layout.addSpacing(6)
        self._month_text = QLabel()
        self._month_text.setMinimumWidth(64)
        self._layout.addWidget(self._month_text)
        session.view_changed.connect(self._show_state)
        session.lens_changed.connect(self._show_state)
        session.month_changed.connect(self._show_state)
        self.set_horizon(36)
        self._fold(False)

    def _choices(
        self, table: Sequence[tuple[str, str]], role: str, choose: Callable[[str], None]
    ) -> dict[str, QToolButton]:
        group = QButtonGroup(self)
        heading = say("Lens") if role == "choice" else say("View")
        found = {}
        chooser = QComboBox()
        chooser.setAccessibleName(heading)
        for key, title in table:
            button = QToolButton()
            button.setText(say(title))
            button.setCheckable(True)
            button.setProperty("role", role)
            button.setAccessibleName(f"{heading} {say(title)}")
            button.clicked.connect(lambda _=False, key=key: choose(key))
            group.addButton(button)
            self._layout.addWidget(button)
            found[key] = button
            chooser.addItem(say(title), key)
        chooser.activated.connect(lambda place: choose(chooser.itemData(place)))
        self._layout.addWidget(chooser)
        self._lists[role] = chooser
        return found

    # -- folding ---------------------------------------------------------------------------------------------------

    def _fold(self, narrow: bool) -> None:
        """Show lists instead of buttons, or the other way round."""
        if narrow != self._narrow:
            self._narrow = narrow
            for button in (*self.views.values(), *self.lenses.values()):
                button.setVisible(not narrow)
            for chooser in self._lists.values():
                chooser.setVisible(narrow)

    def _room_for_buttons(self) -> int:
        """Return the width in px that buttons need beside the rest."""
        buttons = (*self.views.values(), *self.lenses.values())
        lists = self._lists.values()
        shown = sum(part.sizeHint().width() + 2 for part in (lists if self._narrow else buttons))
        rest = self._layout.minimumSize().width() - shown
        return rest + sum(button.sizeHint().width() + 2 for button in buttons)

    def minimumSizeHint(self) -> QSize:
        """Room for the lists; buttons need more, so that they give way to them."""
        return QSize(NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the form that has room."""
        self._fold(self.width() < self._room_for_buttons())
        super().resizeEvent(event)

    # -- showing ---------------------------------------------------------------------------------------------------

    def set_horizon(self, months: int) -> None:
        """Let the month run from 0 to `months`."""
        self.month.setRange(0, max(1, months))
        self._show_state()

    def _show_state(self, *_: object) -> None:
        session = self._session
        self.views[session.view].setChecked(True)
        self.lenses[session.lens].setChecked(True)
        for role, key in (("view", session.view), ("choice", session.lens)):
            self._lists[role].setCurrentIndex(self._lists[role].findData(key))
        if self.month.value() != session.month:
            self.month.setValue(session.month)
        self._month_text.setText(say("{month} of {last}", month=session.month, last=self.month.maximum()))
