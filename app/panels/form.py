"""Fields of a form: generated from parameters, checked while typing, never losing the focus."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QToolButton, QWidget

from app.panels.widgets import column, label, row, set_tone
from app.words import in_words, mark, say, typed
from models.design.elements import Provenance, Value
from models.design.kinds import Parameter
from models.quantities import parse_value
from models.words import Number, Text, sentence_of

MIXED = mark("mixed")
CONFIRM, BACK = "✓", "↺"
EDITOR_WIDTH, UNIT_WIDTH = 104, 64
Held = tuple[Value, Provenance | str]
"""A value with how well it is known."""


class FieldEdit(QLineEdit):
    """A line whose undo is the design's undo."""

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            standard = QKeySequence.StandardKey
            if event.matches(standard.Undo) or event.matches(standard.Redo):
                event.ignore()
                return False
        return super().event(event)


class CalmCombo(QComboBox):
    """A choice that the wheel does not change while the form scrolls under it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the form instead."""
        event.ignore()


def text_of(parameter: Parameter, value: Value) -> str:
    """Return the value as it is typed, without its unit; empty for a value that is not known."""
    if value is None:
        return ""
    if parameter.type in ("number", "integer") and isinstance(value, int | float):
        shown = value * 100 if parameter.unit == "%" else value
        text = f"{float(f'{shown:.10g}'):,.10g}".replace(",", "\u202f" if abs(shown) >= 10_000 else "")
        return in_words(Number(text))
    if parameter.type == "shares" and isinstance(value, dict):
        return "; ".join(f"{name} {_listed(share)}" for name, share in value.items())
    if parameter.type == "tags" and isinstance(value, Mapping):
        return ", ".join(f"{name}: {tag}" for name, tag in value.items())
    if parameter.type == "factors" and isinstance(value, list | tuple):
        return "; ".join(_listed(factor) for factor in value)
    return str(value)


def value_in(parameter: Parameter, text: str) -> Value:
    """Return the value that the text says; None for an empty text.

    Raises:
        ValueError: the text says no value of this parameter; the message is a sentence.
    """
    text = text.strip()
    if not text:
        return None
    value: Value
    if parameter.type in ("number", "integer"):
        number = _number_in(text, parameter.unit)
        value = (
            int(number) if parameter.type == "integer" and math.isfinite(number) and number == int(number) else number
        )
    elif parameter.type == "shares":
        value = _shares(text)
    elif parameter.type == "tags":
        value = _tags(text)
    elif parameter.type == "factors":
        value = [_one_of_a_list(part) for part in re.split(r"[;\s]+|,(?=\s|$)", text) if part]
    else:
        value = text
    problem = parameter.problem(value)
    if problem is not None:
        raise ValueError(problem)
    return value


def _number_in(text: str, unit: str) -> float:
    """Return the number that the text says in the language of the window; complaints quote what was typed."""
    try:
        return parse_value(typed(text), unit)
    except ValueError as error:
        said = sentence_of(error)
        raise ValueError(said.filled(text=text) if isinstance(said, Text) else said) from error


def _listed(number: object) -> str:
    """Return a number of a list with the signs of the language."""
    return in_words(Number(f"{number:.10g}"))


def _one_of_a_list(text: str) -> float:
    """Return the number between two separators of a list.

    Raises:
        ValueError: it is none, or a comma in it may as well part two numbers.
    """
    if "," in typed(text):
        raise ValueError(
            say(
                "“{text}” may be one number or several: part them with semicolons, for example {example}.",
                text=text,
                example=f"{_listed(0.5)}; {_listed(1.5)}",
            )
        )
    return _number_in(text, "")


def _shares(text: str) -> dict[str, float]:
    """Return the shares of `name share; name share`; a comma before a blank or a name parts them, too."""
    shares = {}
    for part in re.split(r";|\n|,(?=\s|[^\W\d]|$)", text):
        if not part.strip():
            continue
        found = re.fullmatch(r"(.*?\S)\s*[\s:=]\s*([-+−]?[\d.,]\S*(?:\s*%)?)", part.strip())
        if found is None:
            example = f"DE {_listed(0.6)}; FR {_listed(0.4)}"
            raise ValueError(say("Write each name with its share, for example {example}.", example=example))
        shares[found[1].rstrip(" :=")] = _one_of_a_list(found[2])
    return shares


def _tags(text: str) -> dict[str, str]:
    """Return the tags of `name: value, name: value`; a comma without a name behind it belongs to the value."""
    tags: dict[str, str] = {}
    name = ""
    for part in text.split(","):
        before, colon, value = part.partition(":")
        if colon and before.strip():
            name = before.strip()
            tags[name] = value.strip()
        elif name:
            tags[name] += f",{part}"
        else:
            raise ValueError(say("Write each tag with its value, for example team: Search, product: shop."))
    return tags


class ParameterField(QWidget):
    """One parameter: its name, an editor, its unit, and a button to reset or to confirm.

    `titles` are the words for choices that are not words themselves. `entered` carries the new value as soon as it is
    valid, None to go back to the default.
    """

    entered = Signal(object)
    confirmed = Signal()

    def __init__(
        self, parameter: Parameter, titles: Mapping[str, str] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self._titles = titles or {}
        self._held: tuple[Held, ...] = ()
        self._forgotten = False
        title, help_text, unit_text = in_words(parameter.label), in_words(parameter.help), say(parameter.unit)
        hint = "\n".join(part for part in (help_text, _way_of_lists(parameter), say(parameter.source)) if part)
        self._name = label(title, "muted", wrap=True)
        self._name.setToolTip(hint)
        self._error = label("", "small", "bad", wrap=True)
        self._error.hide()
        self._button = QToolButton()
        self._button.setFixedWidth(24)
        keeping = self._button.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)
        self._button.setSizePolicy(keeping)
        self._button.clicked.connect(self._press)
        self.editor = self._make_editor()
        self.editor.setAccessibleName(f"{title}, {unit_text}" if unit_text else title)
        self.editor.setAccessibleDescription("\n".join(filter(None, (help_text, _way_of_lists(parameter)))))
        self.editor.setToolTip(hint)
        line = row(None, 0, 6)
        line.addWidget(self._name, 1)
        line.addWidget(self.editor)
        self.editor.setFixedWidth(EDITOR_WIDTH if parameter.unit else EDITOR_WIDTH + UNIT_WIDTH + 6)
        if unit_text:
            unit = label(unit_text, "small")
            unit.setFixedWidth(UNIT_WIDTH)
            unit.setToolTip(unit_text)
            line.addWidget(unit)
        line.addWidget(self._button)
        layout = column(self, 0, 2)
        layout.addLayout(line)
        layout.addWidget(self._error)

    def _make_editor(self) -> QWidget:
        kind = self.parameter.type
        if kind == "boolean":
            box = QCheckBox()
            box.clicked.connect(lambda on: self.entered.emit(bool(on)))
            return box
        if kind == "choice":
            combo = CalmCombo()
            for choice in self.parameter.choices:
                combo.addItem(self._titles.get(choice) or say(choice.replace("_", " ")), choice)
            combo.activated.connect(lambda _: self.entered.emit(combo.currentData()))
            return combo
        line = FieldEdit()
        line.textEdited.connect(self._on_typed)
        line.editingFinished.connect(self._on_finished)
        return line

    def forget(self) -> None:
        """Drop what was typed and complained about, because the values of something else are shown next."""
        self._forgotten = True
        self._complain("")

    def show_values(self, held: Sequence[Held]) -> None:
        """Show the values of all edited elements; different ones are shown as mixed."""
        if isinstance(self.editor, QLineEdit) and self._held == tuple(held) and not self._forgotten:
            return
        self._held = tuple(held)
        first = held[0][0]
        same = all(value == first for value, _ in held)
        default = all(origin == "default" for _, origin in held)
        with QSignalBlocker(self.editor):
            self._show(first if same else MIXED, same)
        set_tone(self.editor, "default" if default else "", "state")
        self._offer(confirming=default)
        self._button.setVisible(held[0][1] != "" and (first is not None or not default))

    def _offer(self, *, confirming: bool) -> None:
        """Let the button confirm a default, or bring it back."""
        sign = CONFIRM if confirming else BACK
        if self._button.text() == sign:
            return
        self._button.setText(sign)
        words = say("Confirm this default") if confirming else say("Back to the default")
        self._button.setToolTip(words)
        self._button.setAccessibleName(f"{words}: {in_words(self.parameter.label)}")

    def _show(self, value: Value, same: bool) -> None:
        editor = self.editor
        if isinstance(editor, QCheckBox):
            editor.setTristate(not same)
            state = Qt.CheckState.Checked if value is True else Qt.CheckState.Unchecked
            editor.setCheckState(state if same else Qt.CheckState.PartiallyChecked)
        elif isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(str(value)) if same else -1)
            editor.setPlaceholderText(say("not set") if same else say(MIXED))
        elif isinstance(editor, QLineEdit):
            unknown = "" if self.parameter.type in ("text", "tags", "date") else say("not set")
            editor.setPlaceholderText(unknown if same else say(MIXED))
            text = text_of(self.parameter, value) if same else ""
            kept = editor.hasFocus() and not self._forgotten and self._says(editor.text(), value)
            self._forgotten = False
            if editor.text() != text and not kept:
                editor.setText(text)
                editor.setCursorPosition(0)
                self._complain("")

    def _says(self, text: str, value: Value) -> bool:
        """Return whether what is being typed already means the value, or is not finished."""
        try:
            return bool(value_in(self.parameter, text) == value) or not text.strip()
        except ValueError:
            return not self._error.isHidden()

    def _on_typed(self, text: str) -> None:
        try:
            value = value_in(self.parameter, text)
        except ValueError as error:
            self._complain(in_words(error))
            return
        self._complain("")
        self.entered.emit(value)

    def _on_finished(self) -> None:
        """Leaving a field shows the value as it is held, also after an error."""
        if self._held and isinstance(self.editor, QLineEdit):
            self._complain("")
            same = all(value == self._held[0][0] for value, _ in self._held)
            self.editor.setText(text_of(self.parameter, self._held[0][0]) if same else "")

    def _complain(self, sentence: str) -> None:
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        tone = "error" if sentence else "default" if all(origin == "default" for _, origin in self._held) else ""
        set_tone(self.editor, tone, "state")

    def _press(self) -> None:
        if all(origin == "default" for _, origin in self._held):
            self.confirmed.emit()
        else:
            self.entered.emit(None)


def _way_of_lists(parameter: Parameter) -> str:
    """Return how the numbers of a list are parted; empty for a parameter of one value."""
    if parameter.type == "shares":
        return say("Part them with semicolons: {example}.", example=f"DE {_listed(0.6)}; FR {_listed(0.4)}")
    if parameter.type == "factors":
        return say("Part them with semicolons or blanks: {example}.", example=f"{_listed(0.5)}; {_listed(1.5)}; …")
    return ""


def text_parameter(name: str, title: Text, hint: Text) -> Parameter:
    """Return a free text as a parameter, so that names and notes use the same field."""
    return Parameter(name=name, label=title, help=hint, type="text")
