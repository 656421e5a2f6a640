"""The window that compares two variants: pictures, changes, figures, reasons, all variants, decisions."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QComboBox, QDialog, QPushButton, QSplitter, QTabWidget, QWidget

from app.compare.change_list import ChangeList
from app.compare.decisions import DecisionPanel
from app.compare.figure_table import MOST_VARIANTS, FigureTable, VariantTable
from app.compare.merging import MergeDialog
from app.compare.reasons import ReasonsPanel
from app.compare.side_by_side import SideBySide
from app.compare.variant_charts import VariantCharts
from app.evaluator import Request, evaluate_design
from app.panels.widgets import column, label, row
from app.picture_view import MARKS
from app.session import Session
from app.theme import tint
from app.window_place import size_within_screen
from app.words import say, say_many
from app.work import Cancelled, Work
from models.design.design import Design
from models.design.elements import BRIEF_ID, Id
from models.evaluation import Evaluation
from models.themes import Theme
from models.variants import changed_elements, compare, picked

REFRESH_AFTER_MS = 200


class CompareWindow(QDialog):
    """Compares two variants of the open project and follows every edit."""

    def __init__(self, parent: QWidget, session: Session, theme: Theme) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Compare variants"))
        self.setWindowFlag(Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._theme = session, theme
        self._evaluations: dict[Id, Evaluation] = {}
        self.work = Work(self)
        self.work.done.connect(self._take)
        self.work.failed.connect(self._on_failed)
        self.before, self.after = QComboBox(), QComboBox()
        self.summary = label("", "muted")
        self.pictures = SideBySide(theme)
        self.changes, self.figures = ChangeList(), FigureTable()
        self.reasons, self.all_variants, self.decisions = ReasonsPanel(theme), VariantTable(), DecisionPanel()
        self.charts = VariantCharts(theme)
        self.tabs = QTabWidget()
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_AFTER_MS)
        self._soon.timeout.connect(self.refresh)
        self._assemble()
        self._connect()
        self._list_variants()
        size_within_screen(self, 1280, 820)

    def _assemble(self) -> None:
        head = row(None, 0, 8)
        head.setContentsMargins(12, 10, 12, 6)
        self.swap, self.merge = QPushButton(say("Swap")), QPushButton(say("Merge…"))
        self.merge.setToolTip(say("Take over into the left variant all that the right one changed since they parted"))
        for name, combo in ((say("Before"), self.before), (say("After"), self.after)):
            combo.setAccessibleName(name)
            combo.setMinimumWidth(180)
            head.addWidget(label(name, "muted"))
            head.addWidget(combo)
        for button in (self.swap, self.merge):
            head.addWidget(button)
        head.addWidget(self.summary, 1)
        for title, panel in (
            (say("Changes"), self.changes),
            (say("Figures"), self.figures),
            (say("Reasons"), self.reasons),
            (say("All variants"), self.all_variants),
            (say("Charts"), self.charts),
            (say("Decisions"), self.decisions),
        ):
            self.tabs.addTab(panel, title)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.pictures)
        splitter.addWidget(self.tabs)
        splitter.setSizes([460, 300])
        layout = column(self, 0, 0)
        layout.addLayout(head)
        layout.addWidget(splitter, 1)

    def _connect(self) -> None:
        session = self._session
        self.before.activated.connect(lambda _: self._choose())
        self.after.activated.connect(lambda _: self._choose())
        self.swap.clicked.connect(self.swap_sides)
        self.merge.clicked.connect(self.ask_merge)
        self.pictures.clicked.connect(self.changes.select)
        self.changes.current_changed.connect(self.pictures.show_current)
        self.changes.pick_asked.connect(self.take_over)
        self.reasons.current_changed.connect(self.pictures.show_current)
        self.decisions.decided.connect(self.decide)
        self.tabs.currentChanged.connect(lambda _: self._on_tab())
        session.variants_changed.connect(self._list_variants)
        session.design_changed.connect(lambda *_: self._soon.start())
        session.view_changed.connect(lambda _: self._show_pictures())
        session.month_changed.connect(lambda _: self._soon.start())
        session.project_changed.connect(self.close)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._theme = theme
        self.pictures.set_theme(theme)
        self.reasons.set_theme(theme)
        self._show_figures()

    # -- which variants ----------------------------------------------------------------------------------------------

    def choose(self, before: Id, after: Id) -> None:
        """Compare these two variants."""
        self.before.setCurrentIndex(self.before.findData(before))
        self.after.setCurrentIndex(self.after.findData(after))
        self._choose()

    def swap_sides(self) -> None:
        """Let after be before."""
        self.choose(self.sides[1], self.sides[0])

    @property
    def sides(self) -> tuple[Id, Id]:
        """Ids of the variants before and after."""
        return str(self.before.currentData()), str(self.after.currentData())

    def _list_variants(self) -> None:
        session = self._session
        if not session.variants:
            return
        kept = self.sides
        known = {variant.id for variant in session.variants}
        for combo in (self.before, self.after):
            combo.clear()
            for variant in session.variants:
                combo.addItem(variant.name, variant.id)
        baseline = session.baseline_variant
        assert baseline is not None
        others = [variant.id for variant in session.variants if variant.id != baseline.id]
        other = session.variant if session.variant != baseline.id else (others or [baseline.id])[0]
        self.choose(*(kept if set(kept) <= known else (baseline.id, other)))

    def _choose(self) -> None:
        self._show_pictures()
        self.refresh()

    def _named(self, identifier: Id) -> tuple[str, Design]:
        name = next(variant.name for variant in self._session.variants if variant.id == identifier)
        return name, self._session.design_of(identifier)

    # -- showing -----------------------------------------------------------------------------------------------------

    def _show_pictures(self) -> None:
        if not self._session.is_open:
            return
        before, after = (self._named(side) for side in self.sides)
        self.pictures.show_designs(before, after, self._session.view)
        changes, moved = changed_elements(before[1], after[1])
        colors = {word: tint(self._theme, word) for word in MARKS}
        self.changes.show_changes(changes, moved, before[0], colors, (before[1], after[1]))
        self.decisions.show_decisions((before[0], before[1].brief.decision), (after[0], after[1].brief.decision))
        self.merge.setEnabled(self.sides[0] != self.sides[1])

    def refresh(self) -> None:
        """Evaluate what changed since it was last evaluated, off the GUI thread, and show everything anew."""
        session = self._session
        if not session.is_open:
            return
        if self.pictures.designs != tuple(session.design_of(side) for side in self.sides):
            self._show_pictures()
        wanted = {
            identifier: Request(session.design_of(identifier), session.month, session.project)
            for identifier in self._shown_variants()
        }
        known = dict(self._evaluations)
        self.summary.setText(say("Evaluating …"))
        self.work.start(lambda cancelled: evaluate_each(wanted, known, cancelled))

    def _shown_variants(self) -> list[Id]:
        """Return the two sides and, baseline first, as many others as the table of variants has room for."""
        baseline = self._session.baseline_variant
        assert baseline is not None
        order = [baseline.id, *self.sides, *(variant.id for variant in self._session.variants)]
        return list(dict.fromkeys(order))[:MOST_VARIANTS]

    def _take(self, found: dict[Id, Evaluation]) -> None:
        self._evaluations = found
        self._show_figures()

    def _on_failed(self, sentence: str, _: str) -> None:
        self.summary.setText(say("Not evaluated: {sentence}", sentence=sentence))

    def _show_figures(self) -> None:
        with self._session.money():
            self._show_compared()

    def _show_compared(self) -> None:
        before, after = (self._evaluations.get(side) for side in self.sides)
        if before is None or after is None:
            return
        compared = compare(before, after)
        names = [self._named(side)[0] for side in self.sides]
        self.figures.show_figures(compared.figures, names[0], names[1], self._theme)
        better, worse = (
            sum(1 for change in compared.figures if change.verdict == word) for word in ("better", "worse")
        )
        count = say_many("{count} change", "{count} changes", len(compared.changes))
        self.summary.setText(
            say("{count} · figures: {better} better, {worse} worse", count=count, better=better, worse=worse)
        )
        listed = [(self._named(key)[0], self._evaluations[key]) for key in self._shown_variants()]
        self.all_variants.show_variants(listed, len(self._session.variants) - len(listed), self._theme)
        self.charts.show_variants(listed, self._theme)
        self.reasons.set_sides(before, after)

    def _on_tab(self) -> None:
        if self.tabs.currentWidget() is self.reasons:
            self.reasons.compute()

    # -- taking over -------------------------------------------------------------------------------------------------

    def take_over(self, keys: tuple[Id, ...]) -> None:
        """Make the ticked changes in the variant before, as one step, and show it in the editor."""
        target, source = self.sides
        delta = picked(self._session.design_of(target), self._session.design_of(source), keys)
        self._session.show_variant(target)
        name = self._named(source)[0]
        label_text = say_many(
            "Take over {count} change from “{source}”",
            "Take over {count} changes from “{source}”",
            len(keys),
            source=name,
        )
        self._session.commit(delta, label_text)

    def ask_merge(self) -> MergeDialog:
        """Open the dialog that merges the variant after into the variant before."""
        target, source = self.sides
        base = self._session.ancestor_of(target, source)
        dialog = MergeDialog(self, base, self._named(target), self._named(source))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._merge(target, source, dialog))
        dialog.open()
        return dialog

    def _merge(self, target: Id, source: Id, dialog: MergeDialog) -> None:
        self._session.show_variant(target)
        self._session.commit(dialog.delta, say("Merge “{source}”", source=self._named(source)[0]))

    def decide(self, side: int, reason: str) -> None:
        """Keep why a variant was chosen or rejected."""
        identifier = self.sides[side]
        brief = msgspec.structs.replace(self._session.design_of(identifier).brief, decision=reason)
        self._session.change_variant(identifier, [(BRIEF_ID, brief)], say("Say why this variant"))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give up what is being computed."""
        self._soon.stop()
        self.work.cancel()
        self.pictures.give_up()
        self.reasons.work.cancel()
        event.accept()


def evaluate_each(
    wanted: Mapping[Id, Request], known: Mapping[Id, Evaluation], cancelled: Cancelled
) -> dict[Id, Evaluation]:
    """Evaluate every request whose design is not known yet; runs on a worker thread."""
    found = {}
    for key, request in wanted.items():
        if cancelled():
            break
        last = known.get(key)
        fresh = last is not None and last.design is request.design and last.month == request.month
        found[key] = last if fresh and last is not None else evaluate_design(request, last)
    return found
