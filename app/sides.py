"""The sides of the window: blocks, outline and history left; inspector, frameworks and findings right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from app.icons import icon
from app.panels.findings import FindingsPanel
from app.panels.framework_panel import FrameworkPanel
from app.panels.history import HistoryPanel
from app.panels.inspector import InspectorPanel
from app.panels.outline import OutlinePanel
from app.panels.palette import PalettePanel
from app.panels.widgets import column, row
from app.session import Session
from app.theme import tint
from app.words import mark, say
from models.report import Assessment
from models.themes import Theme

FRAMEWORK_PANELS: tuple[tuple[str, str], ...] = (
    ("cloud-selection", mark("Cloud")),
    ("architecture-patterns", mark("Patterns")),
    ("mlops", mark("MLOps")),
    ("cost-optimization", mark("Cost")),
    ("scaling", mark("Scaling")),
    ("roadmap", mark("Roadmap")),
)
PALETTE_WIDTH = 232
PANEL_WIDTH = 400
NARROWEST_PALETTE, NARROWEST_PANEL = 184, 316
BESIDE_TABS = 14


class Side(QWidget):
    """Tabs over a stack of panels, which are built in it: Qt styles a widget anew whenever it gets another parent."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.tabs = QTabBar(self)
        self.tabs.setAccessibleName(title)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(True)
        self.stack = QStackedWidget(self)
        self.tabs.currentChanged.connect(self.stack.setCurrentIndex)
        layout = column(self, 0, 0)
        head = row(None, 0, 0)
        head.setContentsMargins(10, 2, 4, 0)
        head.addWidget(self.tabs, 1)
        layout.addLayout(head)
        layout.addWidget(self.stack, 1)

    def add(self, title: str, panel: QWidget) -> None:
        """Add a panel as the last tab."""
        self.stack.addWidget(panel)
        self.tabs.addTab(say(title))

    def panels(self) -> list[tuple[str, QWidget]]:
        """Return the panels that can be shown now, each with its name."""
        tabs = self.tabs
        shown = [(at, self.stack.widget(at)) for at in range(tabs.count()) if tabs.isTabVisible(at)]
        return [(tabs.accessibleTabName(at) or tabs.tabText(at), panel) for at, panel in shown if panel is not None]

    def show_panel(self, panel: QWidget) -> None:
        """Bring a panel to the front."""
        self.tabs.setCurrentIndex(self.stack.indexOf(panel))


class PaletteSide(Side):
    """Left: building blocks, outline, history."""

    reveal = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("paletteSide", say("Blocks, outline and history"), parent)
        self.palette_panel = PalettePanel(self.stack)
        self.outline = OutlinePanel(session, self.stack)
        self.outline.reveal.connect(self.reveal)
        self.history = HistoryPanel(session, self.stack)
        self.add(say("Blocks"), self.palette_panel)
        self.add(say("Outline"), self.outline)
        self.add(say("History"), self.history)
        self.setMinimumWidth(NARROWEST_PALETTE)
        self.setMaximumWidth(2 * PALETTE_WIDTH)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons."""
        self.palette_panel.set_theme(theme)


class PanelSide(Side):
    """Right: one panel per framework between inspector and findings."""

    explain = Signal(str)
    reveal = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("panelSide", say("Inspector, frameworks and findings"), parent)
        self.inspector = InspectorPanel(session, self.stack)
        self.inspector.explain.connect(self.explain)
        self.frameworks = {key: FrameworkPanel(session, key, self.stack) for key, _ in FRAMEWORK_PANELS}
        self.findings = FindingsPanel(session, self.stack)
        self.findings.reveal.connect(self.reveal)
        self.findings.explain.connect(self.explain)
        self.add(say("Inspector"), self.inspector)
        for key, title in FRAMEWORK_PANELS:
            self.frameworks[key].explain.connect(self.explain)
            self.frameworks[key].reveal.connect(self.reveal)
            self.add(title, self.frameworks[key])
        self._count = -1
        self._speaking: frozenset[str] = frozenset(self.frameworks)
        self.add("", self.findings)
        self._show_count(0)
        self.findings.counted.connect(self._show_count)
        session.assessments_changed.connect(self._show_known)
        self.setMinimumWidth(NARROWEST_PANEL)
        self.setMaximumWidth(2 * PANEL_WIDTH)

    def in_sight(self) -> int:
        """Return how many blocks of the framework that is looked at are in sight."""
        panel = self.stack.currentWidget()
        return panel.in_sight() if isinstance(panel, FrameworkPanel) else 1

    def _show_known(self, assessments: tuple[Assessment, ...]) -> None:
        """Hide the tabs of frameworks that have nothing to say of this design."""
        speaking = frozenset(assessment.framework for assessment in assessments)
        if speaking == self._speaking:
            return
        self._speaking = speaking
        for key, panel in self.frameworks.items():
            self.tabs.setTabVisible(self.stack.indexOf(panel), key in speaking)
        self._name_findings()

    def _show_count(self, count: int) -> None:
        if count == self._count:
            return
        self._count = count
        at = self.stack.indexOf(self.findings)
        self.tabs.setTabToolTip(at, say("Findings ({count})", count=count))
        self.tabs.setAccessibleTabName(at, say("Findings ({count})", count=count))
        self._name_findings()

    def _name_findings(self) -> None:
        """Write the name of the findings beside their sign where all tabs have room for it, else how many there are."""
        at, number = self.stack.indexOf(self.findings), str(self._count) if self._count else ""
        self.tabs.setTabText(at, f"{say('Findings')} {number}".strip())
        if self.tabs.sizeHint().width() > self.width() - BESIDE_TABS:
            self.tabs.setTabText(at, number)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again whether there is room for the name of the findings."""
        super().resizeEvent(event)
        self._name_findings()

    def set_theme(self, theme: Theme) -> None:
        """Draw charts and the mark of the findings in another theme."""
        mark = icon("warning", tint(theme, "muted"))
        self.tabs.setTabIcon(self.stack.indexOf(self.findings), mark)
        for panel in self.frameworks.values():
            panel.set_theme(theme)
