"""The export dialog: what, how and where to; it runs off the GUI thread, shows that it does, and can be canceled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
)

from app.evaluator import Request
from app.exporting import FORMATS, ExportJob, export, job_of, with_ending
from app.panels.widgets import column, label, row, set_tone
from app.places import remember, suggestion
from app.session import Session
from app.window_place import size_within_screen
from app.words import in_words, say
from app.work import Cancelled, Work
from models.picture import Picture
from models.storage.errors import StorageError
from models.themes import Theme

if TYPE_CHECKING:
    from app.main_window import MainWindow

SCALES = (1, 2, 3, 4)
OPTIONS = {"alternative": (".pdf",), "paper": (".pdf",), "theme": (".svg", ".png"), "scale": (".png",)}


class ExportDialog(QDialog):
    """Writes what is shown into a file."""

    def __init__(self, window: MainWindow, session: Session, picture: Picture | None, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self.setWindowTitle(say("Export"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._picture, self._theme = session, picture, theme
        self.work = Work(self)
        self.work.done.connect(self._on_done)
        self.work.failed.connect(self._on_failed)
        self.form = self._choice(say("Format"), [(say(title), ending) for ending, title in FORMATS.items()])
        others = [(variant.name, variant.id) for variant in session.variants if variant.id != session.variant]
        self.alternative = self._choice(say("Compare with"), [(say("No other variant"), ""), *others])
        self.paper = self._choice(say("Paper"), [("A4", "A4"), (say("Letter"), "Letter")])
        self.theme = self._choice(say("Colors"), [(say("Light"), "light"), (say("Dark"), "dark")])
        self.scale = self._choice(say("Resolution"), [(f"{100 * scale} %", scale) for scale in SCALES])
        self.scale.setCurrentIndex(1)
        self.path = QLineEdit(str(suggestion(window, ".pdf", say("Plan"))))
        self.path.setAccessibleName(say("File"))
        self.status = label("", "muted", wrap=True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self._assemble()
        self.form.currentIndexChanged.connect(self._on_form)
        self._on_form()
        self._show_running(False)
        size_within_screen(self, 520, 300)

    def _choice(self, name: str, entries: Sequence[tuple[str, object]]) -> QComboBox:
        combo = QComboBox()
        combo.setAccessibleName(name)
        for title, key in entries:
            combo.addItem(title, key)
        return combo

    def _assemble(self) -> None:
        self._fields = QFormLayout()
        self._fields.setHorizontalSpacing(16)
        self.browse = QPushButton(say("Browse…"))
        self.browse.clicked.connect(self._browse)
        place = row(None, 0, 8)
        place.addWidget(self.path, 1)
        place.addWidget(self.browse)
        for title in ("form", "alternative", "paper", "theme", "scale"):
            combo: QComboBox = getattr(self, title)
            self._fields.addRow(combo.accessibleName(), combo)
        self._fields.addRow(say("File"), place)
        self.start, self.cancel, self.show_file = (
            QPushButton(say("Export")),
            QPushButton(say("Close")),
            QPushButton(say("Open file")),
        )
        self.start.setProperty("role", "primary")
        self.start.setDefault(True)
        self.start.clicked.connect(self.begin)
        self.cancel.clicked.connect(self._on_cancel)
        self.show_file.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self.path.text())))
        self.show_file.hide()
        buttons = row(None, 0, 8)
        buttons.addWidget(self.show_file)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.start)
        layout = column(self, 16, 12)
        layout.addLayout(self._fields)
        layout.addStretch(1)
        layout.addWidget(self.status)
        layout.addWidget(self.progress)
        layout.addLayout(buttons)

    @property
    def ending(self) -> str:
        """Ending of the chosen format."""
        return str(self.form.currentData())

    def _on_form(self) -> None:
        for name, endings in OPTIONS.items():
            self._fields.setRowVisible(getattr(self, name), self.ending in endings)
        self._fields.setRowVisible(self.alternative, self.ending == ".pdf" and self.alternative.count() > 1)
        path = Path(self.path.text())
        if path.name:
            self.path.setText(str(with_ending(path, self.ending)))

    def _browse(self) -> None:
        filters = f"{say(FORMATS[self.ending])} (*{self.ending})"
        name, _ = QFileDialog.getSaveFileName(
            self, say("Export to"), self.path.text(), filters, options=QFileDialog.Option.DontConfirmOverwrite
        )
        if name:
            self.path.setText(str(with_ending(Path(name), self.ending)))

    def job(self) -> ExportJob:
        """Return what the choices ask for."""
        session = self._session
        key = str(self.alternative.currentData())
        request = Request(session.design_of(key), session.month, session.project) if key else None
        return replace(
            job_of(session, self._picture, Path(self.path.text()).expanduser()),
            alternative=(self.alternative.currentText(), request) if request is not None else None,
            paper=str(self.paper.currentData()),
            theme="dark" if self.theme.currentData() == "dark" else "light",
            scale=float(self.scale.currentData()),
        )

    def begin(self) -> None:
        """Write the file; one that exists is replaced only after a second click."""
        job = self.job()
        if not job.path.name or not job.path.parent.is_dir():
            self._say(say("There is no folder “{parent}”. Choose another place.", parent=job.path.parent), "bad")
            return
        if job.path.exists() and self.start.text() != say("Replace"):
            self._say(say("“{name}” exists already. Replace it?", name=job.path.name), "warning")
            self.start.setText(say("Replace"))
            return
        remember(self._window, job.path)
        self._say(say("Writing {name} …", name=job.path.name), "")
        self._show_running(True)
        self.work.start(lambda cancelled: run_export(job, cancelled))

    def _on_done(self, refusal: str | None) -> None:
        self._show_running(False)
        if refusal:
            self._say(refusal, "bad")
            return
        self._say(say("Written: {text}", text=self.path.text()), "good")
        self.show_file.show()

    def _on_failed(self, sentence: str, _: str) -> None:
        self._show_running(False)
        self._say(say("The file was not written: {sentence}", sentence=sentence), "bad")

    def _on_cancel(self) -> None:
        if not self.work.is_running:
            self.close()
            return
        self.work.cancel()
        self._show_running(False)
        self._say(say("Canceled; nothing was written."), "")

    def _say(self, sentence: str, tone: str) -> None:
        self.status.setText(sentence)
        set_tone(self.status, tone)

    def _show_running(self, running: bool) -> None:
        self.progress.setVisible(running)
        self.start.setText(say("Export"))
        self.start.setEnabled(not running)
        self.cancel.setText(say("Cancel") if running else say("Close"))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give up what is being written."""
        self.work.cancel()
        event.accept()


def run_export(job: ExportJob, cancelled: Cancelled) -> str | None:
    """Write the file and return why not, as a sentence, if it cannot be; runs on a worker thread."""
    try:
        export(job, cancelled)
    except (OSError, ValueError, StorageError) as error:
        return in_words(error)
    return None
