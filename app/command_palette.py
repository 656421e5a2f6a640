"""The command palette (every action, node and template), the search over the drawing and connecting by name; fuzzy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QWidget

from app.actions import ACTIONS, keys_in_words
from app.areas import enter_panel
from app.canvas.tools.connect import connect, connect_beside, offered_kinds
from app.panels.outline import flow_name
from app.panels.widgets import column, label
from app.sides import PANEL_WIDTH
from app.words import in_words, mark, say
from models.design.kinds import kinds

if TYPE_CHECKING:
    from app.main_window import MainWindow

WIDTH = 560
BELOW_BARS = 84
BETWEEN_WORDS = " -/_(,.“"
WITHIN, LETTERS = 1_000, 10_000
"""What a fit within words, and one of single letters, costs more than one at the beginning of words."""
SHORT = 3
"""Up to so many letters may be first letters of words even where they occur as they are typed."""


class Entry(NamedTuple):
    """One line: what it is called, what stands right of it, the words it is found by, what it does."""

    text: str
    note: str
    words: str
    do: Callable[[], object]


def score(words: str, typed: str) -> int | None:
    """Return how well the typed letters fit (less is better), or None if they do not occur in this order.

    Typed words that begin words fit best, the nearer to the front the better; then those that occur within others; then
    letters that follow one another or begin words. Letters scattered over the words fit by chance only, so they do not.
    """
    parts = typed.casefold().split()
    begins = [_beginning(words, part) for part in parts]
    if all(place >= 0 for place in begins):
        return max(begins, default=0)
    if all(part in words for part in parts):
        return WITHIN + max(words.find(part) for part in parts)
    return _letters(words, "".join(parts))


def _letters(words: str, letters: str) -> int | None:
    at, cost, jumps = 0, LETTERS, 0
    for letter in letters:
        if not words.startswith(letter, at):
            place = _beginning(words, letter, at)
            cost += 1
            if place < 0:
                place = words.find(letter, at)
                jumps += 1
                cost += 1 + min(place - at, 8)
            if place < 0:
                return None
            at = place
        at += 1
    return cost if 3 * jumps <= len(letters) + 1 else None


def _beginning(words: str, part: str, at: int = 0) -> int:
    """Return where a word begins with the part, from `at` on, or -1."""
    place = words.find(part, at)
    while place > 0 and words[place - 1] not in BETWEEN_WORDS:
        place = words.find(part, place + 1)
    return place


class PopupSearch(QFrame):
    """A field over a list; Enter takes the chosen line, Escape closes, F1 opens its page of the manual."""

    placeholder = ""
    page = "command_palette"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, Qt.WindowType.Popup)
        self.window_ = window
        self.setProperty("role", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field = QLineEdit(placeholderText=say(self.placeholder))
        self.field.setAccessibleName(say(self.placeholder))
        self.list = QListWidget()
        self.list.setAccessibleName(say("Found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.nothing = label(say("Nothing fits."), "muted")
        self.body = column(self, 8, 6)
        for part in (self.field, self.list, self.nothing):
            self.body.addWidget(part)
        self.entries = self.collect()
        self.shown: list[Entry] = []
        self.field.textChanged.connect(self.narrow)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda _: self.take())
        self.narrow("")

    def collect(self) -> list[Entry]:
        """Return all lines; a palette of its own kind has them."""
        return []

    def open_at(self, window: QWidget) -> None:
        """Open below the window's title bar."""
        self.resize(WIDTH, 420)
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - WIDTH) // 2, corner.y() + 48)
        self.show()
        self.field.setFocus()

    def narrow(self, typed: str) -> None:
        """Show what fits, best first."""
        rated = [(found, n) for n, entry in enumerate(self.entries) if (found := score(entry.words, typed)) is not None]
        if len(typed) > SHORT and min(rated, default=(0, 0))[0] < LETTERS:
            rated = [(cost, n) for cost, n in rated if cost < LETTERS]
        self.shown = [self.entries[n] for _, n in sorted(rated)[:60]]
        self.list.clear()
        for entry in self.shown:
            self.list.addItem(QListWidgetItem(f"{entry.text}    {entry.note}" if entry.note else entry.text))
        self.list.setCurrentRow(0)
        self.nothing.setVisible(not self.shown)

    def take(self) -> None:
        """Do what the chosen line stands for."""
        row = self.list.currentRow()
        self.close()
        if 0 <= row < len(self.shown):
            self.shown[row].do()

    def enter(self, backward: bool) -> None:
        """Do what Enter does: take the chosen line."""
        self.take()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows walk through the list, Enter takes a line."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_F1:
                self.close()
                self.window_.open_manual(self.page)
                return True
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + step)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.enter(backward=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
                return True
        return False


class CommandPalette(PopupSearch):
    """Every action that can be done now, every panel, node, kind and template."""

    placeholder = mark("Search or run a command")

    def collect(self) -> list[Entry]:
        """Return actions, panels, nodes, kinds to place, templates."""
        from models.templates import templates

        window = self.window_
        found = []
        for spec in ACTIONS:
            if spec.enabled(window) and not spec.id.startswith("nudge"):
                keys = keys_in_words(spec.shortcuts[0]) if spec.shortcuts else ""
                action = window.actions_by_id[spec.id]
                text = action.text().replace("&&", "&")
                found.append(Entry(text, keys, f"{text} {spec.text}".casefold(), action.trigger))
        for key, node in window.session.design.nodes.items():
            found.append(Entry(node.name, say("node"), node.name.casefold(), partial(window.reveal, key)))
        if window.session.is_open:
            for side in (window.palette_side, window.panel_side):
                for title, panel in side.panels():
                    text = say("Panel: {title}", title=title)
                    found.append(Entry(text, "", text.casefold(), partial(enter_panel, side, panel)))
            for kind in kinds().nodes.values():
                words = f"place {kind.label} {in_words(kind.label)} {' '.join(kind.synonyms)}".casefold()
                text, keys = say("Place {label}", label=kind.label), keys_in_words(kind.key)
                found.append(Entry(text, keys, words, partial(window.arm, kind.id)))
        for template in templates():
            text = say("Open template {title}", title=template.title)
            words = f"{text} {template.title}".casefold()
            found.append(Entry(text, "", words, partial(window.open_template, template.id)))
        return found


class SearchBox(PopupSearch):
    """Nodes, flows and boundaries by name, kind, tag and note; Enter walks the hits, which stay in sight beside it."""

    placeholder = mark("Find by name, kind, tag or note")

    def __init__(self, window: MainWindow) -> None:
        self._at = -1
        super().__init__(window)
        keys = label(say("Enter: next hit · Shift+Enter: the one before · Esc: stay there"), "small", wrap=True)
        self.body.addWidget(keys)

    def open_at(self, window: QWidget) -> None:
        """Open over the right side, so that the hit is seen in the drawing."""
        side = self.window_.panel_side
        wide = min(WIDTH, side.width() if side.isVisible() else PANEL_WIDTH)
        corner = window.mapToGlobal(window.rect().topRight())
        self.resize(wide - 8, 420)
        self.move(corner.x() - wide, corner.y() + BELOW_BARS)
        self.show()
        self.field.setFocus()

    def narrow(self, typed: str) -> None:
        """Begin the walk anew with what fits now."""
        super().narrow(typed)
        self._at = -1

    def enter(self, backward: bool) -> None:
        """Go to the next hit, or the one before; after the last comes the first."""
        if self.shown:
            self._at = (self.list.currentRow() if self._at < 0 else self._at + (-1 if backward else 1)) % len(
                self.shown
            )
            self.list.setCurrentRow(self._at)
            self.shown[self._at].do()

    def collect(self) -> list[Entry]:
        """Return every drawn element of the design."""
        window = self.window_
        design = window.session.design
        table = kinds()
        found = []
        for key, node in design.nodes.items():
            kind = in_words(table.nodes[node.kind].label) if node.kind in table.nodes else node.kind
            words = f"{node.name} {kind} {node.technology} {' '.join(node.tags.values())} {node.note}".casefold()
            found.append(Entry(node.name, kind, words, partial(window.reveal, key)))
        for key, boundary in design.boundaries.items():
            drawn = table.boundaries.get(boundary.kind)
            kind = in_words(drawn.label) if drawn else boundary.kind
            words = f"{boundary.name} {boundary.kind} {kind} {boundary.note}".casefold()
            found.append(Entry(" ".join(boundary.name.split()), kind, words, partial(window.reveal, key)))
        for key, flow in design.flows.items():
            text = flow_name(design, flow)
            kind = in_words(table.flows[flow.interaction].label)
            words = f"{text} {flow.interaction} {kind} {' '.join(flow.tags.values())} {flow.note}".casefold()
            found.append(Entry(text, kind, words, partial(window.reveal, key)))
        return found


class ConnectBox(PopupSearch):
    """Where a flow from the selected node leads: a node of the drawing, or a new one beside it."""

    placeholder = mark("Connect to a node, or to a new one")
    page = "canvas"

    def collect(self) -> list[Entry]:
        """Return every other node, then every kind that fits."""
        window = self.window_
        canvas, nodes, table = window.canvas, window.session.design.nodes, kinds().nodes
        source = window.selected_node()
        if source is None:
            return []
        found = []
        for key, node in nodes.items():
            if key != source:
                words = node.name.casefold()
                found.append(Entry(node.name, say("node"), words, partial(connect, canvas, source, key)))
        for kind in offered_kinds(nodes[source].kind):
            text = say("New {label}", label=table[kind].label)
            words = f"{text} {' '.join(table[kind].synonyms)}".casefold()
            found.append(Entry(text, "", words, partial(connect_beside, canvas, source, kind)))
        return found
