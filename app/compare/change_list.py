"""The list of changes: a click walks the picture, ticks choose what is taken over."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QPushButton, QTreeWidget, QTreeWidgetItem, QWidget

from app.panels.form import text_of
from app.panels.widgets import column, label, row
from app.picture_view import MARKS
from app.words import in_words, mark, say, say_many
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Node, Value
from models.design.kinds import kinds, parameters_of
from models.lenses import CHANGE_WORDS
from models.variants import ElementChange, element_name, leaf_label
from models.words import Number

KIND_WORDS = (mark("node"), mark("flow"), mark("boundary"), mark("brief"), mark("phase"), mark("input"))
"""What elements are called in the list; the types' names are said there."""
MOST_LEAVES = 24
REFERRING = ("context", "parent", "source", "target", "members", "journeys")
"""Leaves that hold ids of other elements."""
ELEMENT = Qt.ItemDataRole.UserRole


class ChangeList(QWidget):
    """One line per changed element with its changed values below it."""

    current_changed = Signal(str)
    pick_asked = Signal(object)
    """Ids of the ticked elements."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(say("Changes"))
        self.tree.setHeaderLabels([say("Change"), say("What"), say("Before"), say("After")])
        self.tree.setRootIsDecorated(True)
        self.tree.setUniformRowHeights(True)
        self.tree.currentItemChanged.connect(self._on_current)
        self.tree.itemChanged.connect(self._on_tick)
        self.note = label("", "muted")
        self.previous = QPushButton(say("Previous"))
        self.next = QPushButton(say("Next"))
        self.previous.clicked.connect(lambda: self.walk(-1))
        self.next.clicked.connect(lambda: self.walk(1))
        self.pick = QPushButton(say("Take over"))
        self.pick.setProperty("role", "primary")
        self.pick.clicked.connect(lambda: self.pick_asked.emit(self.ticked()))
        buttons = row(None, 0, 8)
        buttons.addWidget(self.note, 1)
        for button in (self.previous, self.next, self.pick):
            buttons.addWidget(button)
        layout = column(self, 12, 8)
        layout.addWidget(self.tree, 1)
        layout.addLayout(buttons)

    def show_changes(
        self,
        changes: tuple[ElementChange, ...],
        moved: int,
        target: str,
        colors: dict[str, QColor],
        sides: tuple[Design, Design],
    ) -> None:
        """List the changes between two designs; ticked ones can be taken over into the variant called `target`."""
        self.tree.blockSignals(True)
        self.tree.clear()
        for change in changes:
            sign = MARKS[change.change][1]
            item = QTreeWidgetItem(
                [
                    f"{sign} {in_words(CHANGE_WORDS[change.change])}",
                    f"{change.name} ({say(change.kind)})",
                    "",
                    "",
                ]
            )
            item.setData(0, ELEMENT, change.id)
            item.setForeground(0, colors[change.change])
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(0, Qt.CheckState.Unchecked)
            for path, old, new in change.leaves[:MOST_LEAVES]:
                elements = tuple(design.elements.get(change.id) for design in reversed(sides))
                held = zip((old, new), sides, strict=True)
                words = (leaf_words(path, value, *elements, design=design) for value, design in held)
                leaf = QTreeWidgetItem(["", in_words(leaf_label(path, *elements)), *words])
                leaf.setData(0, ELEMENT, change.id)
                item.addChild(leaf)
            self.tree.addTopLevelItem(item)
            item.setExpanded(len(changes) <= 12)
        self.tree.blockSignals(False)
        for place, width in enumerate((130, 320, 240)):
            self.tree.setColumnWidth(place, width)
        places = say(" {moved} elements lie elsewhere in the drawing.", moved=moved) if moved else ""
        count = say_many("{count} change.", "{count} changes.", len(changes))
        self.note.setText((count if changes else say("Nothing differs.")) + places)
        self.pick.setText(say("Take ticked over into “{target}”", target=target))
        self.pick.setEnabled(False)
        for button in (self.previous, self.next):
            button.setEnabled(bool(changes))

    def ticked(self) -> tuple[Id, ...]:
        """Return the ids of the ticked changes."""
        items = (self.tree.topLevelItem(place) for place in range(self.tree.topLevelItemCount()))
        return tuple(
            str(item.data(0, ELEMENT))
            for item in items
            if item is not None and item.checkState(0) == Qt.CheckState.Checked
        )

    def walk(self, step: int) -> None:
        """Go to the next or previous change."""
        count = self.tree.topLevelItemCount()
        if not count:
            return
        item = self.tree.currentItem()
        top = item.parent() or item if item is not None else None
        place = self.tree.indexOfTopLevelItem(top) if top is not None else (-1 if step > 0 else 0)
        found = self.tree.topLevelItem((place + step) % count)
        if found is not None:
            self.tree.setCurrentItem(found)

    def select(self, element: Id) -> None:
        """Go to the change of an element, if it has one."""
        for place in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(place)
            if item is not None and item.data(0, ELEMENT) == element:
                self.tree.setCurrentItem(item)

    def _on_current(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.current_changed.emit(str(item.data(0, ELEMENT)))

    def _on_tick(self, _: QTreeWidgetItem) -> None:
        self.pick.setEnabled(bool(self.ticked()))


def leaf_words(path: str, value: Value, *elements: Element | None, design: Design | None = None) -> str:
    """Return the value of a changed leaf as its field shows it: with its unit, a kind by its name.

    Args:
        elements: what it is a leaf of, before and after.
        design: where the elements lie that it refers to; they are called by their names.
    """
    if value is not None and design is not None and path in REFERRING:
        return ", ".join(_named(key, design) for key in ([value] if isinstance(value, str) else _list(value))) or "–"
    if path == "sites" and design is not None:
        return ", ".join(_site_words(site, design) for site in _list(value)) or "–"
    if path == "kind":
        kind = kinds().nodes.get(str(value)) or kinds().boundaries.get(str(value))
        return in_words(kind.label) if kind is not None else value_words(value)
    name = path.removeprefix("params.")
    known = (parameters_of(one) for one in elements if isinstance(one, Node | Flow | Boundary | Brief))
    parameter = next((found[name] for found in known if name in found), None)
    if parameter is not None and parameter.type == "choice" and isinstance(value, str):
        return say(value.replace("_", " "))
    if parameter is None or value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return value_words(value)
    return f"{text_of(parameter, value)} {say(parameter.unit)}".strip()


def _list(value: Value) -> list[Value]:
    """Return the items of a leaf that is a list; a leaf of an element holds a tuple."""
    return list(value) if isinstance(value, list | tuple) else []


def _named(key: Value, design: Design) -> str:
    element = design.elements.get(str(key))
    return element_name(str(key), element, design) if element is not None else str(key)


def _site_words(site: Value, design: Design) -> str:
    """Return where copies run, how many, and what for unless they share the load."""
    if not isinstance(site, dict):
        return value_words(site)
    place = _named(site["boundary"], design) if site.get("boundary") is not None else say("home region")
    role = str(site.get("role", "active"))
    words = f"{place} × {site.get('replicas', 1)}"
    return words if role == "active" else f"{words} ({say(role.replace('_', ' '))})"


def value_words(value: Value) -> str:
    """Return a value as a list shows it, on one line."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, list | tuple):
        return ", ".join(value_words(each) for each in value) or "–"
    if isinstance(value, dict):
        return " ".join(f"{key} {value_words(each)}" for key, each in value.items() if each is not None) or "–"
    if isinstance(value, float):
        return in_words(Number(f"{value:,.6g}"))
    return str(value)
