"""Words: no text of the window stays outside gettext, the German ones fit, and a window speaks the chosen language."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.actions import ACTIONS
from app.application import use_words_of_qt
from app.command_palette import CommandPalette
from app.panels.form import ParameterField
from app.panels.scoreboard import note_of
from app.settings import language_choice, language_of
from app.words import DOMAINS, LANGUAGES, LOCALE_FOLDER, in_words, say, say_many, typed, use_language
from models.design.elements import DesignError
from models.design.kinds import kinds
from models.formatting import format_band, format_value
from models.report import Figure, Message
from models.words import Number, Text, counted

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
OUTSIDE = {
    "cli.py": "speaks to a terminal",
    "demo.py": "speaks to a terminal",
    "words.py": "names languages, each by its own name",
    "manual_pages.py": "makes pages of the manual, which is in English",
    "faults.py": "writes into the log",
    "canvas/buffers.py": "explains a mistake of the program to its authors",
}
SAID = {"say", "say_many", "mark", "Text", "Message", "counted"}
# Calls whose texts nobody sees, or whose tables are said when they are shown (ActionSpec).
UNSEEN = {
    *(
        "ActionSpec",
        "setStyleSheet",
        "setObjectName",
        "setProperty",
        "property",
        "inherits",
        "QKeySequence",
        "QShortcut",
    ),
    *("strftime", "warning", "error", "info", "exception", "debug", "RuntimeError"),
    *("setApplicationName", "setStyle", "value", "setValue", "contains", "setDesktopFileName", "QSettings"),
}
WORDY = re.compile(r"[A-Z][a-z]+ |[a-z] [a-z]|^[A-Z][a-z]+[.…]?$| [a-z]{2,}[ .]|^[a-z]{2,} $")
UNSEEN_TEXT = re.compile(r"^(nudge |input |place |<span|Groundplan$|(Ctrl|Alt|Shift)\+|Del$|Backspace$|Letter$)")


@pytest.fixture
def german() -> Iterator[None]:
    """Speak German in the test."""
    use_language("de")
    yield
    use_language("en")


def catalogs(code: str):
    """Yield path and content of every file of words of a language."""
    for domain in DOMAINS:
        path = LOCALE_FOLDER / code / "LC_MESSAGES" / f"{domain}.po"
        with path.open("rb") as source:
            yield path, read_po(source, locale=code)


def collector():
    """The script that collects and compiles the words."""
    spec = importlib.util.spec_from_file_location("words_script", ROOT / "scripts" / "words.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- nothing is left out -----------------------------------------------------------------------------------------------


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of every literal that is neither said nor inside a call that nobody sees."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if not is_hidden(node, parents):
            yield node.lineno, text


def is_hidden(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a literal is a docstring, an annotation, a key, a comparison, or an argument of a listed call."""
    inner = node
    while inner in parents:
        outer = parents[inner]
        if isinstance(outer, ast.Call) and inner is not outer.func:
            name = outer.func.id if isinstance(outer.func, ast.Name) else getattr(outer.func, "attr", "")
            if name in SAID | UNSEEN:
                return True
        if isinstance(outer, ast.Expr) and outer.value is inner and isinstance(inner, ast.Constant):
            return True
        if isinstance(outer, ast.Compare | ast.Subscript | ast.MatchValue | ast.arg | ast.JoinedStr):
            return True
        if isinstance(outer, ast.AnnAssign) and inner is outer.annotation:
            return True
        if isinstance(outer, ast.FunctionDef) and inner is outer.returns:
            return True
        if isinstance(outer, ast.Dict) and inner in outer.keys:
            return True
        inner = outer
    return False


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda path: path.relative_to(APP).as_posix())
def test_every_text_of_the_window_goes_through_gettext(path: Path) -> None:
    if path.relative_to(APP).as_posix() in OUTSIDE:
        return
    tree = ast.parse(path.read_text("utf-8"))
    left = [f"{line}: {text!r}" for line, text in literals(tree) if WORDY.search(text) and not UNSEEN_TEXT.match(text)]
    assert not left, "say these texts, or mark them where they stand in a table"


def test_the_search_for_texts_finds_them() -> None:
    source = (
        'def show(x):\n    """Doc."""\n    x.setText("Click here")\n    x.setText(f"{x} of them")\n    say("Done now")'
    )
    assert [line for line, text in literals(ast.parse(source)) if WORDY.search(text)] == [3, 4]


# -- translations ------------------------------------------------------------------------------------------------------


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("domain", DOMAINS)
def test_translations_keep_the_places_for_values(domain: str) -> None:
    for message in {path.stem: german for path, german in catalogs("de")}[domain]:
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        for form in forms:
            if message.id and form:
                assert places(form) == places(ids[-1]), ids[0]


def test_every_text_is_translated() -> None:
    for path, german in catalogs("de"):
        words = {message.id: message.string for message in german if message.id}
        if path.stem == "groundplan":
            assert all(words.get(spec.text) for spec in ACTIONS)
        missing = [text for text, string in words.items() if not all(string if isinstance(string, tuple) else [string])]
        assert not missing


def test_the_files_of_words_hold_what_is_said_and_nothing_else() -> None:
    collected = {domain: {message.id for message in texts} for domain, texts in collector().collect().items()}
    for path, german in catalogs("de"):
        assert {message.id for message in german} == collected[path.stem], "run scripts/words.py"


def test_the_compiled_file_is_that_of_the_source() -> None:
    script = collector()
    for code in LANGUAGES:
        if code != "en":
            for path, _ in catalogs(code):
                assert path.with_suffix(".mo").read_bytes() == script.compiled(path), "run scripts/words.py"


def test_texts_are_collected_from_calls_and_f_strings(tmp_path) -> None:
    source = tmp_path / "some.py"
    source.write_text(
        'a = say("One")\nb = f"{say(\'Two\')}"\nc = say_many("a", "b", 2)\nd = mark("Three")\ne = say(a)\n'
    )
    assert collector().texts_of(source) == {"One", "Two", "Three", ("a", "b")}
    source.write_text('a = Text("Four {x}", x=1)\nb = Message("Five", {})\nc = counted("a", "b", 2)\nd = Text(a)\n')
    assert collector().texts_of(source) == {"Four {x}", "Five", ("a", "b")}


# -- speaking ----------------------------------------------------------------------------------------------------------


def test_a_window_speaks_the_chosen_language(german, window, drawing, qtbot) -> None:
    titles = [action.text().replace("&", "") for action in window.title_bar.menus.actions()]
    assert titles[:2] == ["Datei", "Bearbeiten"]
    assert window.actions_by_id["tidy"].text() == "Aufräumen"
    assert window.actions_by_id["tidy"].toolTip().startswith("Aufräumen (")
    with qtbot.waitSignal(window.session.assessments_changed, timeout=20_000):
        window.session.open_designs("Laden", [("Plan", drawing)])
    assert window.palette_side.tabs.tabText(0) == "Bausteine"
    assert window.view_bar.views["services"].text() == "Dienste"
    cost = window.scoreboard._cells["total/cost_per_month"]
    assert cost._label.text() == "Kosten je Monat"
    window.session.select({"web"})
    window.actions_by_id["delete"].trigger()
    assert window.actions_by_id["undo"].text() == "Rückgängig: „Web“ löschen"


def test_the_language_of_the_system_is_spoken_until_one_is_chosen(settings) -> None:
    assert language_choice(settings) == "system"
    settings.setValue("language", "de")
    assert language_choice(settings) == "de"
    settings.setValue("language", "xx")
    assert language_choice(settings) == "system"
    assert language_of("de", ["en-US"]) == "de"
    assert language_of("system", ["de-AT", "de", "en"]) == "de"
    assert language_of("system", ["xx", "de_DE.UTF-8"]) == "de"
    assert language_of("system", ["fr", "C"]) == "en"


def test_qt_says_its_own_words_in_the_language(german, window, qapp, qtbot) -> None:
    line = QLineEdit()
    qtbot.addWidget(line)
    before = QLocale()
    installed = set(qapp.findChildren(QTranslator))
    assert use_words_of_qt(qapp, "de")
    try:
        assert next(iter(line.createStandardContextMenu().actions())).text().startswith("&Rück")
        entries = {entry.text: entry for entry in CommandPalette(window).collect()}
        assert entries["Neuer Entwurf"].note == "Strg+N"
        assert "new design" in entries["Neuer Entwurf"].words
        assert QKeySequence("Ctrl+Shift+N").toString(QKeySequence.SequenceFormat.NativeText) == "Strg+Umschalt+N"
    finally:
        for translator in set(qapp.findChildren(QTranslator)) - installed:
            qapp.removeTranslator(translator)
        QLocale.setDefault(before)
    assert not use_words_of_qt(qapp, "en")


def test_messages_of_the_models_and_counts_are_put_into_words(german) -> None:
    assert in_words(Message("Move {name}", {"name": "Web"})) == "Web verschieben"
    assert in_words(Message("Not translated {x}", {"x": 1})) == "Not translated 1"
    assert in_words(Message("Move {name}", {"name": Text("Cost per month")})) == "Kosten je Monat verschieben"
    assert in_words(counted("{count} warning", "{count} warnings", 2)) == "2 Warnungen"
    assert in_words(DesignError(Text("Cost per month"))) == "Kosten je Monat"
    assert in_words("Cost per month") == "Cost per month", "a plain string is data"
    assert say_many("{count} warning", "{count} warnings", 2) == "2 Warnungen"
    assert say("") == ""


# -- numbers -----------------------------------------------------------------------------------------------------------

NUMBERS = [
    (41_200.0, "USD/month", "41.200\u202f$"),
    (0.00537, "USD", "0,00537\u202f$"),
    (-2.5, "USD/h", "−2,50\u202f$/h"),
    (1.91, "s", "1,91\u202fs"),
    (259_200.0, "s", "3\u202fTage"),
    (0.99987, "availability", "99,987\u202f%"),
    (1.5e6, "", "1,5M"),
    (1234.0, "count", "1.230"),
    (2.5, "months", "2,5\u202fMonate"),
    (1.5, "GiB", "1,5\u202fGiB"),
    (None, "s", "nicht bekannt"),
]


@pytest.mark.parametrize(("value", "unit", "written"), NUMBERS)
def test_numbers_are_written_with_the_signs_of_the_language(german, value, unit, written) -> None:
    assert in_words(format_value(value, unit)) == written
    use_language("en")
    assert in_words(format_value(value, unit)) == format_value(value, unit)


def test_numbers_in_texts_are_written_with_the_signs_of_the_language(german) -> None:
    assert (
        say("{a:,.1f} {b:,} {c:.3g} {d} {e}", a=1234.5, b=41_200, c=0.25, d=1.5, e=True)
        == "1.234,5 41.200 0,25 1,5 True"
    )
    assert say("{share:.0%}", share=0.2) == "20\u202f%"
    assert say("{v} {n}", v="1.5", n=Number("1.5")) == "1.5 1,5", "a plain string is data"
    assert in_words(Text("Move {name}", name=Number("41,200"))) == "41.200 verschieben"
    assert in_words(format_band(1200.0, 34_000.0, "USD")) == "1,2–34k\u202f$"
    assert in_words(format_band(172_800.0, 259_200.0, "s")) == "2–3\u202fTage"
    assert in_words(format_band(1.2, 1.9, "s")) == "1,2–1,9\u202fs"
    assert format_band(172_800.0, 259_200.0, "s") == "2–3\u202fdays"


@pytest.mark.parametrize(
    ("text", "read"),
    [("1,5k rps", "1.5k rps"), ("1.200", "1200"), ("1.234.567,5 GiB", "1234567.5 GiB"), ("0.125", "0.125"),
     ("12.5 %", "12.5 %"), (",5", ".5"), ("-1,5", "-1.5"), ("DE 0.6", "DE 0.6"), ("3 min", "3 min"), ("", ""),
     ("1,500.5 GiB", "1,500.5 GiB"), ("1,500,000", "1,500,000"), ("1.5,5", "1.5,5"), ("10 000,5", "10 000.5")],
)  # fmt: skip
def test_numbers_are_read_as_the_language_writes_them(german, text: str, read: str) -> None:
    assert typed(text) == read
    use_language("en")
    assert typed(text) == text


def test_a_field_takes_and_shows_numbers_of_the_language(german, qtbot) -> None:
    field = ParameterField(kinds().nodes["service"].parameter("service_time_ms"))
    qtbot.addWidget(field)
    entered = []
    field.entered.connect(entered.append)
    field.show_values([(12.5, "confirmed")])
    assert field.editor.text() == "12,5"
    field.editor.clear()
    QTest.keyClicks(field.editor, "1.200,5")
    assert entered[-1] == 1200.5
    field.editor.clear()
    QTest.keyClicks(field.editor, "1,5x5")
    assert "„1,5x5“" in field._error.text()


def test_a_template_opens_in_the_language_of_the_window(german, window) -> None:
    window.open_source("template:assistant#Two regions")
    session = window.session
    assert session.variant_name == "Zwei Regionen"
    assert "Beschäftigte" in {node.name for node in session.design.nodes.values()}
    assert session.design.brief.name == "Assistenten-Plattform"
    assert session.design.is_rejected
    assert not session.has_edits


@pytest.mark.parametrize(
    ("unit", "now", "before", "note"),
    [
        ("USD/month", 32_700.0, 49_000.0, "▼ 16.300\u202f$"),
        ("s", 23.6, 11.3, "▲ 12,3\u202fs"),
        ("s", 300_000.0, 20_000.0, "▲ 3,24\u202fTage"),
        ("month", 16.0, 15.0, "▲ 1 Monat später"),
    ],
)
def test_a_change_on_the_scoreboard_is_written_in_the_language(german, unit, now, before, note) -> None:
    one, other = (Figure("total/cost_per_month", Text("Cost per month"), value, unit) for value in (now, before))
    assert note_of(one, other, "")[0] == note
