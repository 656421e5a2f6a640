"""The manual in a window of its own: contents and search at the left, the page at the right; all of it offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QKeyEvent,
    QShortcut,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.areas import area_of
from app.dialogs import PAGE_PROPERTY
from app.manual_pages import FIRST, Page, find, pages
from app.panels.form import ParameterField
from app.panels.widgets import column, row
from app.theme import tint
from app.window_place import size_within_screen
from app.words import say
from models.design.elements import Boundary, Flow, Node
from models.themes import Theme

if TYPE_CHECKING:
    from app.main_window import MainWindow

KEY = Qt.ItemDataRole.UserRole
DIALOG_PAGES = {
    "CompareWindow": "variants",
    "MergeDialog": "variants",
    "ExportDialog": "files",
    "ImportReport": "files",
    "MeasuredReport": "files",
    "BillMapping": "cost_optimization",
    "SettingsDialog": "settings",
    "ExplainDialog": "explain",
    "EnlargedBlock": "window",
}
"""Page of each dialog by its class."""
HEADING_SIZES = (22, 16, 13)


def topic(window: MainWindow) -> tuple[str, str]:
    """Return the page for what has the focus, and the value on it (empty = its beginning)."""
    focus = QApplication.focusWidget()
    dialog = page_of_dialog(focus.window()) if focus is not None else ""
    if dialog:
        return dialog, ""
    area = area_of(window, focus)
    name = area.page if area is not None else FIRST
    if name == "inspector" and (field := _field_around(focus)) is not None:
        return page_of_selection(window) or "brief", field.parameter.label
    if name == "canvas":
        return page_of_selection(window) or "canvas", ""
    return (name if name in pages() else FIRST), ""


def page_of_dialog(dialog: QWidget) -> str:
    """Return the page of a dialog, by its class or as it says itself; empty for a window that has areas."""
    return str(dialog.property(PAGE_PROPERTY) or DIALOG_PAGES.get(type(dialog).__name__, ""))


def page_of_selection(window: MainWindow) -> str:
    """Return the page of the kind of the one selected element; empty if there is none."""
    chosen = window.session.selection
    element = window.session.design.elements.get(next(iter(chosen))) if len(chosen) == 1 else None
    name = ""
    if isinstance(element, Node):
        name = f"kind/{element.kind}"
    elif isinstance(element, Flow):
        name = f"flow/{element.interaction}"
    elif isinstance(element, Boundary):
        name = f"boundary/{element.kind}"
    return name if name in pages() else ""


def _field_around(widget: QWidget | None) -> ParameterField | None:
    while widget is not None and not isinstance(widget, ParameterField):
        widget = widget.parentWidget()
    return widget


def open_manual(window: MainWindow, page: str = "") -> None:
    """Open the manual at a page, or at the page for what has the focus; there is one manual per window."""
    name, value = (page, "") if page else topic(window)
    if window.manual is None:
        window.manual = ManualWindow(window.theme)
    window.manual.open_page(name, value)
    window.manual.show()
    window.manual.raise_()
    window.manual.activateWindow()
    window.manual.browser.setFocus()


class ManualWindow(QDialog):
    """Contents, search, a page, and the way back."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.trail: list[str] = []
        self.setWindowTitle(say("Manual"))
        # Without a parent it can be read while a dialog of the window waits; it never keeps the program open.
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.search = QLineEdit(placeholderText=say("Search the manual"), clearButtonEnabled=True)
        self.search.setAccessibleName(say("Search the manual"))
        self.search.setToolTip(say("Search the manual (Ctrl+F)"))
        self.search.textChanged.connect(lambda _: self._list_pages())
        self.search.returnPressed.connect(self._open_first)
        self.contents = QTreeWidget()
        self.contents.setHeaderHidden(True)
        self.contents.setAccessibleName(say("Contents"))
        self.contents.currentItemChanged.connect(self._on_chosen)
        self.browser = QTextBrowser()
        self.browser.setOpenLinks(False)
        self.browser.setFrameShape(QFrame.Shape.NoFrame)
        self.browser.setAccessibleName(say("Page"))
        self.browser.anchorClicked.connect(self._follow)
        self.browser.document().setDocumentMargin(24)
        self.back = QPushButton(say("‹ Back"))
        self.back.setToolTip(say("Back (Alt+Left)"))
        self.back.clicked.connect(self.go_back)
        QShortcut("Alt+Left", self, self.go_back)
        QShortcut("Ctrl+F", self, self.search.setFocus)
        self._assemble()
        self._list_pages()

    def _assemble(self) -> None:
        left = QWidget()
        side = column(left, 0, 8)
        side.setContentsMargins(12, 12, 8, 12)
        side.addWidget(self.search)
        side.addWidget(self.contents, 1)
        right = QWidget()
        page = column(right, 0, 0)
        head = row(None, 8, 8)
        head.addWidget(self.back)
        head.addStretch(1)
        page.addLayout(head)
        page.addWidget(self.browser, 1)
        splitter = QSplitter()
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([260, 700])
        column(self, 0, 0).addWidget(splitter)
        size_within_screen(self, 980, 720)

    # -- pages -----------------------------------------------------------------------------------------------------

    def open_page(self, name: str, value: str = "") -> None:
        """Show a page; `value` is the label of a parameter on it that is brought into sight."""
        if not self.trail or self.trail[-1] != name:
            self.trail.append(name)
        self._show(pages()[name])
        if value:
            self.browser.find(value, QTextDocument.FindFlag.FindCaseSensitively)
            self.browser.ensureCursorVisible()

    def go_back(self) -> None:
        """Show the page before."""
        if len(self.trail) > 1:
            self.trail.pop()
            self._show(pages()[self.trail[-1]])

    def set_theme(self, theme: Theme) -> None:
        """Show the page in another theme."""
        self.theme = theme
        if self.trail:
            self._show(pages()[self.trail[-1]])

    def _show(self, page: Page) -> None:
        self.setWindowTitle(say("{title} – Manual", title=page.title))
        self.back.setEnabled(len(self.trail) > 1)
        document = self.browser.document()
        document.setMarkdown(page.text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        dress(document, self.theme)
        self.browser.moveCursor(QTextCursor.MoveOperation.Start)
        words = self.search.text().split()
        if words:
            self.browser.find(words[0])
        item = self._items.get(page.id)
        if item is not None:
            self.contents.blockSignals(True)
            self.contents.setCurrentItem(item)
            self.contents.blockSignals(False)

    def _follow(self, url: QUrl) -> None:
        name = url.path().removesuffix(".md")
        if url.scheme():
            QDesktopServices.openUrl(url)
        elif name in pages():
            self.open_page(name)

    # -- contents --------------------------------------------------------------------------------------------------

    def _list_pages(self) -> None:
        """List the pages under their headings, or those that hold the searched words."""
        words = self.search.text()
        self.contents.blockSignals(True)
        self.contents.clear()
        self._items: dict[str, QTreeWidgetItem] = {}
        sections: dict[str, QTreeWidgetItem] = {}
        for page in find(words) if words.strip() else pages().values():
            if page.section not in sections:
                sections[page.section] = QTreeWidgetItem(self.contents, [page.section])
                sections[page.section].setFlags(Qt.ItemFlag.ItemIsEnabled)
            item = QTreeWidgetItem(sections[page.section], [page.title])
            item.setData(0, KEY, page.id)
            self._items[page.id] = item
        for title, section in sections.items():
            section.setExpanded(bool(words.strip()) or title in ("The program", "Frameworks"))
        self.contents.blockSignals(False)

    def _on_chosen(self, item: QTreeWidgetItem | None) -> None:
        name = item.data(0, KEY) if item is not None else None
        if name:
            self.open_page(name)

    def _open_first(self) -> None:
        if self._items:
            self.open_page(next(iter(self._items)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes; Enter in the search field must not press a button."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)


def dress(document: QTextDocument, theme: Theme) -> None:
    """Give a page the sizes and colors of the window."""
    block = document.begin()
    while block.isValid():
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        level = block.blockFormat().headingLevel()
        spacing = QTextBlockFormat()
        spacing.setTopMargin(18 if level > 1 else 3)
        spacing.setBottomMargin(6 if level else 3)
        spacing.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.mergeBlockFormat(spacing)
        if level:
            letters = QTextCharFormat()
            font = document.defaultFont()
            font.setPixelSize(HEADING_SIZES[min(level, len(HEADING_SIZES)) - 1])
            font.setBold(True)
            letters.setFont(font)
            letters.setForeground(tint(theme, "text"))
            cursor.setCharFormat(letters)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            form = frame.format()
            form.setCellPadding(5)
            form.setCellSpacing(0)
            form.setBorder(1)
            form.setBorderCollapse(True)
            form.setBorderBrush(tint(theme, "separator"))
            form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
            frame.setFormat(form)
