"""What the File menu does beyond opening: import with a report, drops, export with progress, settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData

from app import dialogs
from app.benchmarks import show_benchmark
from app.measured import import_measured, is_table
from app.places import ask_files
from app.progress import ProgressBox
from app.words import in_words, say

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.work import Cancelled
    from models.importers import Imported
    from models.importers.benchmarks import BenchmarkResult

PROJECT_SUFFIXES = (".groundplan",)
BENCHMARK_SUFFIXES = (".json", ".jsonl")


def dropped_paths(mime: QMimeData) -> list[Path]:
    """Return the local files and folders that a drop carries."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def take_files(window: MainWindow, paths: Sequence[Path]) -> None:
    """Open projects, each in a window of its own; read tables into this design; import the rest as one system.

    A table that comes with the files of a system while nothing is open is its demand.
    """
    projects = [path for path in paths if path.suffix.lower() in PROJECT_SUFFIXES]
    tables = [path for path in paths if is_table(path) and path not in projects]
    others = [path for path in paths if path not in projects and path not in tables]
    for path in projects:
        window.open_beside(path)
    if others and not window.session.is_open:
        others, tables = [*others, *tables], []
    for path in tables:
        import_measured(window, path)
    if others:
        import_paths(window, others)


def ask_import(window: MainWindow) -> None:
    """Ask for files, read them and show what was understood before anything is opened."""
    paths = ask_files(window, say("Import"), say(dialogs.IMPORT_FILTER))
    if paths:
        take_files(window, paths)


def import_paths(window: MainWindow, paths: Sequence[Path]) -> ProgressBox:
    """Read the files off the GUI thread, then show the report."""
    box = ProgressBox(window, say("Import"), say("Reading {name} …", name=paths[0].name))
    box.work.done.connect(lambda found: _show_report(window, paths, found))
    new_id = window.session.new_id

    has_design = window.session.is_open

    def read(_: Cancelled) -> Imported | BenchmarkResult | str:
        from models.importers import ImportProblem, import_files

        try:
            return import_files(paths, new_id)
        except (ImportProblem, OSError) as error:
            return (_benchmark(paths) if has_design else None) or in_words(error)

    box.start(read)
    return box


def _benchmark(paths: Sequence[Path]) -> BenchmarkResult | None:
    """Return the result of a server's benchmark if that is what a single file holds."""
    from models.importers import ImportProblem
    from models.importers.benchmarks import read_benchmark

    if len(paths) != 1 or paths[0].suffix.lower() not in BENCHMARK_SUFFIXES:
        return None
    try:
        return read_benchmark(paths[0])
    except (ImportProblem, OSError):
        return None


def _show_report(window: MainWindow, paths: Sequence[Path], found: Imported | BenchmarkResult | str) -> None:
    from models.importers.benchmarks import BenchmarkResult

    if isinstance(found, BenchmarkResult):
        show_benchmark(window, paths[0], found)
        return
    if isinstance(found, str):
        dialogs.tell(window, say("Nothing was imported"), found)
        return
    from app.import_report import ImportReport

    title = paths[0].name if paths[0].is_dir() else paths[0].stem
    report = ImportReport(window, title, found, can_join=window.session.is_open)
    report.open_asked.connect(lambda: _open_imported(window, title, found))
    report.join_asked.connect(lambda: _join(window, title, found))
    report.open()


def _open_imported(window: MainWindow, title: str, found: Imported) -> None:
    session = window.free_window().session
    session.open_designs(title, [(say("Imported"), found.design)])
    session.show_view(found.view)


def _join(window: MainWindow, title: str, found: Imported) -> None:
    from models.importers.reimport import reimport

    session = window.session
    session.commit(reimport(session.design, found.design), say("Import {title}", title=title))
    window.canvas.fit()
