"""The application: Qt, typeface, theme, log and exception hook; opens the window."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QLibraryInfo, QLocale, QThreadPool, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from app.desk import Desk, hand_over, server_name
from app.dialogs import report_fault
from app.ending import Ending
from app.faults import catch_faults, keep_log
from app.icons import use_drawn_icons
from app.main_window import MainWindow
from app.opening import TEMPLATE_PREFIX
from app.settings import language_choice, language_of, open_settings
from app.sweeping import sweep_rarely
from app.theme import load_typeface
from app.warming import warm_up_soon
from app.words import say, use_language

SMOKE_TIMEOUT_MS = 60_000
LEAST_THREADS = 6
SMOKE_TEMPLATE = "template:assistant"


def make_application() -> QApplication:
    """Return the one QApplication, with style and typeface."""
    found = QApplication.instance()
    application = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Groundplan")
    application.setDesktopFileName("groundplan")
    application.setStyle("Fusion")
    load_typeface()
    pool = QThreadPool.globalInstance()
    # Two long readings must not hold up the evaluation of what is drawn.
    pool.setMaxThreadCount(max(LEAST_THREADS, pool.maxThreadCount()))
    return application


def use_words_of_qt(application: QApplication, language: str) -> bool:
    """Let Qt say its own words (buttons, keys, file dialogs, menus of fields) in this language, where it can."""
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    found = language != "en" and translator.load(QLocale(language), "qtbase", "_", folder)
    if found:
        QLocale.setDefault(QLocale(language))
        application.installTranslator(translator)
    return found


def run(files: Sequence[Path | str] = ()) -> int:
    """Open the window and return the exit code when it is closed.

    Args:
        files: projects, designs in text form, files to import, or `template:ID[#variant]`; none shows the start page.
    """
    keep_log()
    application = make_application()
    sources = [_absolute(str(source)) for source in files]
    if hand_over(server_name(), sources):
        return 0
    settings = open_settings()
    language = language_of(language_choice(settings), QLocale.system().uiLanguages())
    use_language(language)
    use_words_of_qt(application, language)
    desk = Desk(settings)
    desk.listen(server_name())
    window = desk.open_window()
    catch_faults(lambda sentence, details: report_fault(None, say("Something went wrong"), sentence, details))
    QTimer.singleShot(0, desk, lambda: _begin(desk, sources))
    # Objects made up to here live as long as the program; collecting over them again only costs pauses.
    QTimer.singleShot(0, window, gc.freeze)
    sweep_rarely()
    warm_up_soon(desk)
    ending = Ending(desk)
    code = application.exec()
    ending.stop()
    QThreadPool.globalInstance().waitForDone()
    return code


def first_paint() -> int:
    """Open the window, wait until it stands painted, close it; returns 0. What a start costs, for measuring."""
    application = make_application()
    window = MainWindow(open_settings())
    window.resize(1280, 800)
    window.show()
    application.processEvents()
    window.repaint()
    window.close()
    QThreadPool.globalInstance().clear()
    QThreadPool.globalInstance().waitForDone()
    return 0


def _absolute(source: str) -> str:
    """Return the source as another process finds it, whatever its folder is."""
    path, mark, variant = source.partition("#")
    return source if path.startswith(TEMPLATE_PREFIX) else f"{Path(path).absolute()}{mark}{variant}"


def _begin(desk: Desk, sources: list[str]) -> None:
    """Restore what a crash left and open what was asked for."""
    _draw_vendor_icons(desk)
    desk.restore_work()
    for source in sources:
        desk.open_source(source)


def _draw_vendor_icons(desk: Desk) -> None:
    """Draw the icons the user imported, if there are any."""
    from app.vendor_icons import icon_folder, load_icons

    icons = load_icons(icon_folder())
    if icons:
        use_drawn_icons(icons)
        for window in desk.windows:
            window.set_theme_choice()


def smoke() -> int:
    """Open the window without a screen on the built-in template, evaluate, paint and close; 0 if all of it worked."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = make_application()
    window = MainWindow(open_settings())
    window.resize(1280, 800)
    window.show()
    window.open_source(SMOKE_TEMPLATE)
    faults: list[str] = []
    loop = QEventLoop()

    def on_fault(_: str, details: str) -> None:
        faults.append(details)
        loop.quit()

    window.evaluator.failed.connect(on_fault)
    window.session.assessments_changed.connect(lambda _: loop.quit())
    QTimer.singleShot(SMOKE_TIMEOUT_MS, loop.quit)
    loop.exec()
    painted = not window.grab().isNull() and window.canvas.is_sharp()
    evaluated = window.session.evaluation is not None
    window.close()
    QThreadPool.globalInstance().waitForDone()
    application.processEvents()
    if faults:
        sys.stderr.write(faults[0])
    return 0 if painted and evaluated and not faults else 1
