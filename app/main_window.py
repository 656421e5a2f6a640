"""The window: assembles bars, canvas, panels and scoreboard and connects them to the session."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QMainWindow,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from app import dialogs, files
from app.actions import build_actions, build_context_menu, build_menus, refresh, tint_icons
from app.areas import enter_panel
from app.bars import TitleBar, ViewBar
from app.canvas.surface import CanvasSurface
from app.canvas.tools.stamp import arm
from app.canvas.view import CanvasView
from app.command_palette import CommandPalette, ConnectBox, SearchBox
from app.ending import give_up
from app.evaluator import Evaluator, Outcome, Request
from app.explaining import show_explanation
from app.kept_studies import keep_study, kept_studies
from app.opening import Opening
from app.panels.scoreboard import ScoreboardPanel
from app.panels.widgets import column
from app.recovery import Mirror
from app.scoring import FINDINGS, Scoring
from app.session import Session
from app.sides import PaletteSide, PanelSide
from app.start_page import StartPage
from app.studies import StudyRunner
from app.theme import apply_theme, resolve, theme_choice
from app.window_place import leave_room
from app.words import in_words, say
from models.design.design import Design
from models.design.elements import BRIEF_ID, Brief, Id
from models.design.kinds import value_of
from models.formatting import show_money_of
from models.report import Assessment
from models.storage.errors import StorageError

if TYPE_CHECKING:
    from app.desk import Desk
    from app.manual import ManualWindow
    from models.evaluation import Evaluation


def running_application() -> QApplication:
    """Return the application; there is one as soon as there is a window."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application


TINTED_LATER_MS = 100
"""Icons that only stand in menus are painted once the window is."""


class MainWindow(QMainWindow):
    """One window with one session."""

    closed = Signal()
    theme_changed = Signal(object)

    def __init__(self, settings: QSettings, session: Session | None = None, desk: Desk | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.desk = desk
        self.mirror: Mirror | None = None
        self.asked_at: QPoint | None = None
        self.session: Session = session or Session(parent=self)
        self.theme = resolve(theme_choice(settings))
        apply_theme(running_application(), self.theme)
        self.evaluator = Evaluator(parent=self)
        self.studies = StudyRunner(self)
        self.opening = Opening(self)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._evaluate)
        self.setWindowTitle("Groundplan")
        # Each part is built in its place: Qt styles a widget anew whenever it gets another parent.
        self.setCentralWidget(QWidget())
        self.pages = QStackedWidget(self.centralWidget())
        self._editor = QWidget(self.pages)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self._editor)
        self.surface = CanvasSurface(self.session, self.theme, self.splitter)
        self.canvas: CanvasView = self.surface.canvas
        self.palette_side = PaletteSide(self.session, self.splitter)
        self.panel_side = PanelSide(self.session, self.splitter)
        self.scoreboard = ScoreboardPanel(self._editor)
        self.scoring = Scoring(self.session, self.scoreboard, self)
        self.title_bar = TitleBar(self.session, self.centralWidget())
        self.view_bar = ViewBar(self.session, self._editor)
        self.actions_by_id = build_actions(self)
        self.start_page = StartPage(settings, self.pages)
        self.manual: ManualWindow | None = None
        self.setAcceptDrops(True)
        self._assemble()
        self._connect()
        self.set_theme_choice()
        self.resize(1440, 900)
        self.show_start()

    # -- assembling ------------------------------------------------------------------------------------------------

    def _assemble(self) -> None:
        build_menus(self.title_bar.menus, self.actions_by_id)
        self.title_bar.add_buttons(self.actions_by_id)
        self.splitter.setHandleWidth(1)
        for side, stretch in ((self.palette_side, 0), (self.surface, 1), (self.panel_side, 0)):
            self.splitter.addWidget(side)
            self.splitter.setStretchFactor(self.splitter.count() - 1, stretch)
            self.splitter.setCollapsible(self.splitter.count() - 1, False)
        layout = column(self._editor, 0, 0)
        for part, stretch in ((self.view_bar, 0), (self.splitter, 1), (self.scoreboard, 0)):
            layout.addWidget(part, stretch)
        self.pages.addWidget(self.start_page)
        self.pages.addWidget(self._editor)
        whole = column(self.centralWidget(), 0, 0)
        whole.addWidget(self.title_bar)
        whole.addWidget(self.pages, 1)
        self.splitter.setSizes([232, 868, 424])

    def _connect(self) -> None:
        session = self.session
        session.design_changed.connect(lambda *_: self._request())
        session.month_changed.connect(lambda *_: self._request())
        session.variant_changed.connect(lambda *_: self._on_variant())
        session.evaluation_changed.connect(lambda _: self._show_lens())
        session.lens_changed.connect(lambda *_: self._show_lens())
        session.view_changed.connect(lambda *_: self._show_lens())
        session.selection_changed.connect(lambda *_: self._refresh_actions())
        session.project_changed.connect(self._on_project)
        session.variants_changed.connect(lambda: self.setWindowTitle(f"{session.title} – Groundplan"))
        session.refused.connect(lambda sentence: dialogs.tell(self, say("That was not done"), sentence))
        session.framework_changed.connect(self._on_framework)
        self.evaluator.part_arrived.connect(self._take_part)
        self.evaluator.arrived.connect(self._take_outcome)
        self.evaluator.failed.connect(self._on_failed_evaluation)
        self.studies.arrived.connect(self._take_studies)
        self.studies.failed.connect(self._on_failed_evaluation)
        self.palette_side.palette_panel.armed.connect(self.arm)
        self.palette_side.palette_panel.stamp_removed.connect(self._remove_stamp)
        self.show_stamps()
        self.scoreboard.explain.connect(self.explain)
        self.panel_side.explain.connect(self.explain)
        self.panel_side.reveal.connect(self.reveal)
        self.palette_side.reveal.connect(self.reveal)
        self.title_bar.search_asked.connect(self.open_palette)
        self.start_page.template_chosen.connect(lambda key: self.free_window().open_template(key))
        self.start_page.file_chosen.connect(lambda path: self.open_beside(Path(path)))
        self.start_page.action_asked.connect(lambda name: self.actions_by_id[name].trigger())
        running_application().focusChanged.connect(self._offer_manual)
        self.canvas.inspect_asked.connect(self.inspect)
        self.palette_side.outline.inspect_asked.connect(self.inspect)
        self.canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.canvas.customContextMenuRequested.connect(self._context_menu)
        QApplication.styleHints().colorSchemeChanged.connect(lambda *_: self.set_theme_choice())

    # -- theme -----------------------------------------------------------------------------------------------------

    def set_theme_choice(self) -> None:
        """Dress the window in the chosen theme, or the system's."""
        self.theme = resolve(theme_choice(self.settings))
        apply_theme(running_application(), self.theme)
        tint_icons(self.actions_by_id, self.theme, in_sight=True)
        QTimer.singleShot(TINTED_LATER_MS, self, self._tint_menus)
        for part in (self.surface, self.palette_side, self.panel_side, self.title_bar, self.start_page):
            part.set_theme(self.theme)
        if self.manual is not None:
            self.manual.set_theme(self.theme)
        self.theme_changed.emit(self.theme)

    def _tint_menus(self) -> None:
        tint_icons(self.actions_by_id, self.theme, in_sight=False)

    def switch_theme(self) -> None:
        """Switch between light and dark and remember it."""
        self.settings.setValue("theme", "light" if self.theme.id == "dark" else "dark")
        self.set_theme_choice()

    # -- opening ---------------------------------------------------------------------------------------------------

    def show_start(self) -> None:
        """Show the start page."""
        self.start_page.refresh(self.session.is_open)
        self.pages.setCurrentIndex(0)
        self.start_page.setFocus()
        self._refresh_actions()

    def show_editor(self) -> None:
        """Show the drawing."""
        self.pages.setCurrentIndex(1)
        self.canvas.setFocus()
        self._refresh_actions()

    def quit(self) -> None:
        """Close every window of the program; each asks about unsaved work."""
        for window in list(self.desk.windows) if self.desk is not None else [self]:
            if not window.close():
                return

    def free_window(self) -> MainWindow:
        """Return the window that the next project opens in: this one while it shows nothing, else one of its own."""
        return self.desk.free_window() if self.desk is not None and self.session.is_open else self

    def open_beside(self, path: Path) -> None:
        """Open a file without giving up what is open: in a window of its own, or in that which shows it already."""
        if self.desk is not None:
            self.desk.open_path(path)
        else:
            self.open_path(path)

    def keep_mirror(self, folder: Path) -> None:
        """Keep unsaved edits in this folder, so that a crash does not lose them."""
        self.mirror = Mirror(self.session, folder, self)
        self.mirror.failed.connect(self._on_failed_mirror)

    def _on_failed_mirror(self, sentence: str) -> None:
        words = say("{sentence}\n\nSave the design as a project, so that a crash does not lose it.", sentence=sentence)
        dialogs.tell(self, say("Your changes are not kept for recovery"), words)

    def mirror_now(self) -> None:
        """Mirror the design even though nothing was edited yet."""
        if self.mirror is not None:
            self.mirror.bring_up_to_date()

    def new_design(self) -> None:
        """Open an empty design."""
        self.free_window().open_empty()

    def open_empty(self) -> None:
        """Show an empty design in this window."""
        self.session.open_designs(
            say("New design"), [(say("First variant"), Design({BRIEF_ID: Brief(name=say("New design"))}))]
        )

    def open_template(self, identifier: str) -> None:
        """Open a template as an unsaved project."""
        self.opening.open_template(identifier)

    def open_source(self, source: str) -> None:
        """Open a file, or a template named `template:ID`, at the variant after a `#` if there is one."""
        self.opening.open_source(source)

    def open_path(self, path: Path) -> None:
        """Open a project file or a design in text form; a file that cannot be opened is explained."""
        self.opening.open(path)

    def ask_open(self) -> None:
        """Ask for a file and open it."""
        path = dialogs.ask_open(self)
        if path is not None:
            self.open_beside(path)

    def save(self) -> None:
        """Save an unsaved design; of a project, every change is in its file already, which is said in passing."""
        if self.session.project is None:
            self.ask_save()
        else:
            name = self.session.project.path.name
            self.surface.say_briefly(say("Saved: every change is in “{name}” as soon as it is made.", name=name))

    def ask_save(self) -> None:
        """Ask for a file and keep the project in it from now on."""
        path = dialogs.save_project(self)
        if path is not None:
            self.start_page.remember(path)
            self.title_bar.refresh()
            self._keep_studies(self.studies.results)

    def ask_import(self) -> None:
        """Ask for files to import and open what they describe."""
        files.ask_import(self)

    def ask_export(self) -> None:
        """Open the dialog that writes the plan, the drawing, the figures or the design."""
        from app.export_dialog import ExportDialog

        picture = None if self.canvas.drafting.is_running else self.canvas.picture
        ExportDialog(self, self.session, picture, self.theme).open()

    def _on_project(self) -> None:
        self.evaluator.forget()
        self.studies.forget()
        self.show_editor()
        # The elements of a design live as long as it is open; collecting over them again only costs pauses.
        QTimer.singleShot(0, self, gc.freeze)

    # -- evaluating ------------------------------------------------------------------------------------------------

    def _request(self) -> None:
        self._refresh_actions()
        self._soon.start()

    def _on_framework(self, framework: str) -> None:
        if framework and self.session.is_open:
            self._soon.start()

    def _take_studies(self, results: tuple[object, ...]) -> None:
        self._keep_studies(results[-1:])
        self._request()

    def _keep_studies(self, results: tuple[object, ...]) -> None:
        session = self.session
        try:
            for result in results:
                keep_study(session.project, session.variant, self.studies.made_for, result)
        except StorageError as error:
            session.refused.emit(in_words(error))

    def _on_variant(self) -> None:
        self.studies.show(kept_studies(self.session.project, self.session.variant))
        horizon = value_of(self.session.design.brief, "horizon_months")
        self.view_bar.set_horizon(int(horizon or 36))
        self.scoring.show_variant()
        dialogs.tell_missing_prices(self)

    def _evaluate(self) -> None:
        session = self.session
        looked_at = session.framework, session.lens, self.panel_side.in_sight()
        if session.is_open:
            known = session.month, session.project, self.studies.results
            self.evaluator.request(Request(session.design, *known, *looked_at))

    def _take_part(self, part: Evaluation | Assessment) -> None:
        """Show what is there already; of a design that has changed since, only its successor is of interest."""
        session = self.session
        with session.money():
            if isinstance(part, Assessment):
                session.take_assessment(part)
            elif part.design is session.design and session.is_open:
                session.take_evaluation(part)
                self.scoring.show_figures()

    def _take_outcome(self, outcome: Outcome) -> None:
        if not self.session.is_open:
            return
        with self.session.money():
            if outcome.evaluation is not self.session.evaluation:
                self.session.take_evaluation(outcome.evaluation)
            self.session.take_assessments(outcome.assessments)
            self.scoring.findings = self.panel_side.findings.findings()
            self.scoring.show_figures()
        self.studies.request(outcome.evaluation)

    def _on_failed_evaluation(self, sentence: str, details: str) -> None:
        dialogs.report_fault(self, say("The design could not be evaluated"), sentence, details)

    def _show_lens(self) -> None:
        session = self.session
        with session.money():
            self.surface.show_lens(session.lens, session.evaluation, session.baseline_design)

    # -- what actions ask for --------------------------------------------------------------------------------------

    def explain(self, figure_id: str) -> None:
        """Show how a figure comes about; the number of findings leads to the findings."""
        if figure_id == FINDINGS:
            self.panel_side.show()
            self.panel_side.show_panel(self.panel_side.findings)
        elif self.session.evaluation is not None:
            show_explanation(self, self.session.evaluation, figure_id)

    def reveal(self, element: str) -> None:
        """Select an element and bring it into sight."""
        self.session.select({element})
        self.canvas.reveal(element)

    def open_palette(self) -> None:
        """Open the command palette."""
        CommandPalette(self).open_at(self)

    def open_search(self) -> None:
        """Open the search over nodes and flows."""
        SearchBox(self).open_at(self)

    def selected_node(self) -> Id | None:
        """Return the one selected node, or None."""
        chosen = self.session.selection
        key = next(iter(chosen)) if len(chosen) == 1 else None
        return key if key in self.session.design.nodes else None

    def ask_target(self) -> None:
        """Ask where a flow from the selected node leads."""
        ConnectBox(self).open_at(self)

    def _remove_stamp(self, identifier: str) -> None:
        self.canvas.stamps.remove(identifier)
        self.show_stamps()

    def show_stamps(self) -> None:
        """Show the kept stamps in the palette."""
        stamps = self.canvas.stamps.all()
        self.palette_side.palette_panel.show_stamps((stamp.id, stamp.title) for stamp in stamps)

    def next_variant(self) -> None:
        """Show the variant after the shown one."""
        variants = [variant.id for variant in self.session.variants]
        self.session.show_variant(variants[(variants.index(self.session.variant) + 1) % len(variants)])

    def open_manual(self, page: str = "") -> None:
        """Open the manual at a page, or at the page for what has the focus."""
        from app.manual import open_manual

        open_manual(self, page)

    def _offer_manual(self, _: QWidget | None, now: QWidget | None) -> None:
        """Let F1 work in the dialogs of the window too, and in theirs."""
        dialog = now.window() if now is not None else None
        if isinstance(dialog, QDialog) and dialogs.owner_of(dialog) is self:
            dialog.addAction(self.actions_by_id["manual"])

    def inspect(self) -> None:
        """Go to the values of what is selected."""
        enter_panel(self.panel_side, self.panel_side.inspector)

    def show_about(self) -> None:
        """Say what this program is."""
        dialogs.show_about(self)

    def arm(self, kind: str) -> None:
        """Arm a kind or stamp; the next click on the canvas places it."""
        arm(self.canvas, kind)

    def _context_menu(self, at: QPoint) -> None:
        menu = QMenu(self.canvas)
        build_context_menu(menu, self)
        self.asked_at = at
        # An action of the menu is triggered right after it is hidden.
        menu.aboutToHide.connect(lambda: QTimer.singleShot(0, self, self._forget_asked))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.canvas.mapToGlobal(at))

    def _forget_asked(self) -> None:
        self.asked_at = None

    def _refresh_actions(self) -> None:
        refresh(self, self.actions_by_id)

    # -- Qt --------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, as Space does."""
        button = QApplication.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(button, QPushButton | QToolButton):
            button.click()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep room for the drawing."""
        super().resizeEvent(event)
        leave_room(self, event.oldSize())

    def changeEvent(self, event: QEvent) -> None:
        """Show money in the currency of the plan whose window is in front."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            show_money_of(self.session.design.brief)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work; let go of the project file."""
        if not dialogs.may_close(self):
            event.ignore()
            return
        self._soon.stop()
        give_up(self)
        self.session.close()
        if self.manual is not None:
            self.manual.close()
        if self.mirror is not None:
            self.mirror.discard()
        event.accept()
        self.closed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files."""
        if files.dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open or import the dropped files."""
        event.acceptProposedAction()
        files.take_files(self, files.dropped_paths(event.mimeData()))
