"""Every text that a panel shows is said in the user's language.

A catalog that puts brackets around all that it says shows what does not go through it.
"""

import gettext
import re
from collections.abc import Iterable, Iterator

import msgspec
import pytest
from babel.messages.pofile import read_po
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QTabBar,
    QTableWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app import words
from app.canvas.legend import Legend
from app.command_palette import CommandPalette, SearchBox
from app.compare.merging import MergeDialog
from app.compare.window import CompareWindow
from app.export_dialog import ExportDialog
from app.panels.blocks import BlockList
from app.panels.charts import ChartView, TimelineView
from app.panels.explain import ExplainPanel
from app.panels.inspector import InspectorPanel
from app.panels.palette import KindRow, PalettePanel
from app.panels.scoreboard import ScoreboardPanel
from app.session import Session
from app.settings_dialog import SettingsDialog
from models import themes
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Flow, Node
from models.design.ids import seeded_ids
from models.design.kinds import kinds
from models.evaluation import evaluate
from models.evaluation.figures import figures
from models.explain import explain
from models.frameworks import all_findings, assess_all, full_scoreboard, with_studies
from models.frameworks.cloud_selection.criteria import cost_tools
from models.lenses import LENSES, read_lens
from models.templates import template, templates
from models.variants import leaf_label

OPEN, CLOSE = "⟦", "⟧"
SIGNS = words.Signs("٫", "٬", currency_follows=True)
ENGLISH_NUMBER = re.compile(r"(?<=\d)[.,](?=\d)|(?<= )\.(?=\d)")
"""What only English writes within a number."""
UNITS = {
    *(
        "vCPU",
        "GiB",
        "MiB",
        "KiB",
        "TiB",
        "PiB",
        "GB",
        "MB",
        "TB",
        "CPU",
        "GPU",
        "USD",
        "EUR",
        "ms",
        "min",
        "kg",
        "CO₂e",
    ),
    *("Gbit", "Mbit", "rps", "kWh", "kgCO", "CO", "µs", "p50", "p95", "p99", "x", "s²"),
}
"""Units and signs that read the same in every language."""
KEYS = ("Down", "Up", "Left", "Right", "Return", "Tab", "Del", "Backspace", "Home", "End", "Space")
ALWAYS = (
    *KEYS,
    *(
        "general",
        "c_a² = (1 − w) + Σ w·pᵢ·cᵢ²",
        "AHP",
        "TOPSIS",
        "PROMETHEE II",
        "Azure",
        "Google Cloud",
        "Oracle Cloud",
        "AWS",
    ),
    "Groundplan",
    "English",
    "Deutsch",
    "Ctrl",
    "Shift",
    "Alt",
    "Esc",
    "PDF",
    "SVG",
    "PNG",
    "JSON",
    "Terraform",
    "Kubernetes",
)
"""Names of the program, languages, keys, formats, a node pool, methods and providers; a formula of signs only."""


class Bracketed(gettext.NullTranslations):
    """A translation into a language whose words are the English ones in brackets; it knows what German knows."""

    def __init__(self) -> None:
        super().__init__()
        files = (words.LOCALE_FOLDER / "de" / "LC_MESSAGES" / f"{domain}.po" for domain in words.DOMAINS)
        catalogs = [read_po(path.read_text("utf-8").splitlines(), locale="de") for path in files]
        ids = {message.id for catalog in catalogs for message in catalog if message.id}
        self._known = {text for found in ids for text in (found if isinstance(found, tuple) else (found,))}

    def gettext(self, message: str) -> str:
        """Return the text in brackets, with numbers that stand in it written as the language does."""
        own = ENGLISH_NUMBER.sub("٫", message).replace("$1", "¤1")
        return f"{OPEN}{own}{CLOSE}" if message in self._known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form that fits, in brackets."""
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def bracketed() -> Iterator[None]:
    """Speak the language of brackets in the test."""
    words._Words.translations, words._Words.signs = Bracketed(), SIGNS
    words._number.cache_clear()
    yield
    words.use_language("en")


def unsaid(text: str, data: Iterable[str]) -> str:
    """Return what of a text is neither said nor data."""
    if text.endswith("…"):  # elided
        text += CLOSE * (text.count(OPEN) - text.count(CLOSE))
    plain = text
    for known in data:
        plain = plain.replace(known, " ")
    numbers = re.findall(r"\d*[.,]\d+|[$€]\d", re.sub(r"\d{4}-\d\d-\d\d|\bv?\d+(\.\d+){2,}", " ", plain))
    before = ""
    while before != text:
        before, text = text, re.sub(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", text)
    text = re.sub(r"<[^>]*>|&\w+;", " ", text)
    for known in data:
        text = text.replace(known, " ")
    left = [word for word in re.findall(r"[^\W\d_]{2,}[^\W_]*|[“”]", text) if word not in UNITS]
    return " ".join((*left, *numbers))


def texts_of(root: QWidget) -> Iterator[str]:
    """Yield every text of a widget and of all within it: labels, cells, tips, names for a screen reader."""
    for widget in (root, *root.findChildren(QWidget)):
        if isinstance(widget.parent(), QTabBar):  # its arrows are named by Qt
            continue
        yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.windowTitle())
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget.text()
        elif isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        elif isinstance(widget, QComboBox):
            yield from (widget.itemText(at) for at in range(widget.count()))
        elif isinstance(widget, QTabBar):
            yield from (widget.tabText(at) for at in range(widget.count()))
        elif isinstance(widget, QTableWidget):
            yield from _table_texts(widget)
        elif isinstance(widget, QTreeWidget):
            yield from _tree_texts(widget.invisibleRootItem())
        elif isinstance(widget, QListWidget):
            yield from (widget.item(at).text() for at in range(widget.count()))
        elif isinstance(widget, KindRow):
            yield widget.title
        elif isinstance(widget, ChartView):
            yield from _chart_texts(widget)
        elif isinstance(widget, TimelineView):
            yield widget.accessibleName()


def _table_texts(table: QTableWidget) -> Iterator[str]:
    for across in range(table.columnCount()):
        head = table.horizontalHeaderItem(across)
        yield head.text() if head else ""
        for down in range(table.rowCount()):
            item = table.item(down, across)
            if item is not None:
                yield from (item.text(), item.toolTip())


def _tree_texts(item: QTreeWidgetItem) -> Iterator[str]:
    for at in range(item.columnCount()):
        yield from (item.text(at), item.toolTip(at), str(item.data(at, Qt.ItemDataRole.AccessibleTextRole) or ""))
    for at in range(item.childCount()):
        yield from _tree_texts(item.child(at))


def _chart_texts(plot: ChartView) -> Iterator[str]:
    for place in ("bottom", "left"):
        yield plot.getAxis(place).labelText or ""
        yield from (text for level in plot.getAxis(place)._tickLevels or () for _, text in level)
    if plot.plotItem.legend is not None:
        yield from (label.text for _, label in plot.plotItem.legend.items)


def data_of(design, catalog) -> set[str]:
    """Return what is data in the texts about a design: names that people gave, places, products, ids."""
    found = set()
    for key, element in design.elements.items():
        found |= {
            key,
            *(getattr(element, name, "") or "" for name in ("name", "technology", "note", "client", "author")),
        }
        found |= {*getattr(element, "tags", {}), *getattr(element, "tags", {}).values()}
        found |= {value for value in getattr(element, "params", {}).values() if isinstance(value, str)}
    tables = (kinds().nodes, kinds().flows, kinds().boundaries)
    parameters = [each for table in tables for kind in table.values() for each in kind.parameters]
    found |= {each.source for each in parameters if not each.source.startswith("Groundplan")}
    for tools in cost_tools().values():
        found |= {tools.tools, tools.export}
    for provider in catalog.providers.values():
        found |= {provider.id, provider.name}
        found |= {each.name for kind in kinds().nodes if (each := catalog.service(kind, provider.id)) is not None}
        found |= {part for region in catalog.regions(provider.id) for part in (region.id, region.name)}
        found |= {part for machine in catalog.instances(provider.id) for part in (machine.type, machine.accelerator)}
    return {text for text in found if text}


def left_over(found: Iterable[str], data: Iterable[str]) -> list[str]:
    """Return the texts of which something is left, with what is."""
    known = sorted({*data, *ALWAYS}, key=len, reverse=True)
    return sorted({f"{left}  IN  {text}" for text in set(found) if (left := unsaid(text, known))})


# -- panels ------------------------------------------------------------------------------------------------------------


class Plan:
    """A template's first variant with its evaluation, what is said of it, and a session that holds it."""

    def __init__(self, name: str) -> None:
        self.catalog = load_catalog()
        self.design = template(name).variants[0].design
        self.evaluation = evaluate(self.design, self.catalog)
        self.assessments = assess_all(self.evaluation, with_studies(self.evaluation))
        self.data = data_of(self.design, self.catalog) | self._sources()
        self.session = Session(seeded_ids(1))
        self.session.open_designs("Shop", [("Plan", self.design)])
        self.session.evaluation = self.evaluation

    def _sources(self) -> set[str]:
        """Return what figures and prices rest on: authors, years, files and licences, which are cited as they are."""
        cited = {line.source for line in self.evaluation.bill() if type(line.source) is str}
        for figure in one_of_each(self.evaluation):
            try:
                source = explain(self.evaluation, figure).source
            except KeyError:
                continue
            cited |= {source} if type(source) is str else set()
        return {source for source in cited if source}

    def left(self, root: QWidget) -> list[str]:
        """Return what is not said of a widget's texts."""
        return left_over(texts_of(root), self.data)


def one_of_each(evaluation) -> list[str]:
    """Return the id of one figure of each name."""
    found: dict[tuple[str, str], str] = {}
    for key in figures(evaluation):
        family, _, rest = key.partition("/")
        found.setdefault((family, rest.rpartition("/")[2]), key)
    return list(found.values())


TEMPLATES = [pytest.param(each.id, marks=[pytest.mark.proof] if at else []) for at, each in enumerate(templates())]


@pytest.fixture(scope="module", params=TEMPLATES)
def plan(request, qapp) -> Plan:
    """A template, opened; the first one in every run, all of them with the proofs."""
    return Plan(request.param)


def test_panels_say_their_texts(plan: Plan, bracketed, qtbot) -> None:
    theme = themes.theme("light")
    for assessment in plan.assessments:
        blocks = BlockList(plan.session)
        qtbot.addWidget(blocks)
        blocks.theme = theme
        assert assessment.blocks
        blocks.show_assessment(assessment)
        assert plan.left(blocks) == [], assessment.framework
    scoreboard = ScoreboardPanel()
    qtbot.addWidget(scoreboard)
    findings = all_findings(plan.evaluation, plan.assessments)
    scoreboard.show_figures(full_scoreboard(plan.evaluation, findings))
    assert plan.left(scoreboard) == []


def test_explanations_say_their_texts(plan: Plan, bracketed, qtbot) -> None:
    panel = ExplainPanel()
    qtbot.addWidget(panel)
    for figure in one_of_each(plan.evaluation):
        panel.show_figure(plan.evaluation, figure)
        assert plan.left(panel) == [], figure


def test_lenses_say_their_texts(plan: Plan, bracketed, qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    for lens in LENSES:
        reading = read_lens(lens.id, plan.evaluation)
        legend = Legend(themes.theme("light"), parent)
        legend.show_legend(reading.legend)
        assert plan.left(legend) == []
        badges = [
            words.in_words(text) for marks in (reading.values.nodes, reading.values.flows) for text, _ in marks.values()
        ]
        assert left_over([words.in_words(lens.title), words.in_words(lens.help), *badges], plan.data) == []


def test_forms_say_their_texts(plan: Plan, bracketed, qtbot) -> None:
    inspector = InspectorPanel(plan.session)
    qtbot.addWidget(inspector)
    inspector.show()
    known = set()
    for key, element in plan.design.elements.items():
        kind = getattr(element, "kind", getattr(element, "interaction", ""))
        if isinstance(element, Node | Flow | Boundary) and (type(element), kind) not in known:
            known.add((type(element), kind))
            plan.session.select({key})
            assert plan.left(inspector) == [], key


def test_kinds_say_their_texts(bracketed, qtbot) -> None:
    palette = PalettePanel()
    qtbot.addWidget(palette)
    assert left_over(texts_of(palette), []) == []
    for kind in kinds().nodes.values():
        for parameter in kind.parameters:
            assert unsaid(words.in_words(parameter.label), []) == ""


# -- the window --------------------------------------------------------------------------------------------------------


def test_the_window_says_its_texts(bracketed, settings, drawing, qtbot) -> None:
    from app.main_window import MainWindow

    window = MainWindow(settings)
    qtbot.addWidget(window, before_close_func=lambda widget: widget.session.close())
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: window.findChild(QWidget, "template/assistant") is not None, timeout=20_000)
    catalog = load_catalog()
    variants = [variant.name for each in templates() for variant in each.variants]
    data = {*data_of(drawing, catalog), *variants, "Plan", "Other"}
    assert left_over(texts_of(window), data) == []
    with qtbot.waitSignal(window.session.assessments_changed, timeout=20_000):
        window.session.open_designs("Shop", [("Plan", drawing), ("Other", drawing)])
    window.session.select({"web"})
    window.actions_by_id["delete"].trigger()
    for side in (window.palette_side, window.panel_side):
        for at in range(side.tabs.count()):
            side.tabs.setCurrentIndex(at)
            assert left_over(texts_of(side), data) == []
    assert left_over(texts_of(window), data) == []
    actions = [text for action in window.actions_by_id.values() for text in (action.text(), action.toolTip())]
    assert left_over((text.replace("&", "") for text in actions), data) == []
    for popup in (CommandPalette(window), SearchBox(window)):
        assert left_over([*texts_of(popup), *(entry.text for entry in popup.collect())], data) == []
    for dialog in (
        SettingsDialog(window),
        ExportDialog(window, window.session, window.canvas.picture, window.theme),
        CompareWindow(window, window.session, window.theme),
    ):
        assert left_over(texts_of(dialog), data) == []
        dialog.close()
    window.evaluator.forget()


def test_a_comparison_says_its_texts(bracketed, qtbot) -> None:
    session = Session(seeded_ids(1))
    session.open_designs("Shop", [(each.name, each.design) for each in template("assistant").variants])
    window = CompareWindow(None, session, themes.theme("light"))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    data = data_of(session.design, load_catalog())
    for variant in template("assistant").variants:
        data |= {variant.name, *data_of(variant.design, load_catalog()), variant.design.brief.decision}
    for at in range(window.tabs.count()):
        window.tabs.setCurrentIndex(at)
        qtbot.waitUntil(lambda: not window.work.is_running, timeout=20_000)
        assert left_over(texts_of(window), data) == [], window.tabs.tabText(at)


def test_a_merge_says_its_texts(bracketed, drawing, qtbot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    ours, theirs = (
        Design(
            {
                **drawing.elements,
                "web": msgspec.structs.replace(drawing.node("web"), context=team, params={"vcpu": vcpu}),
            }
        )
        for team, vcpu in (("right", 4), (None, 8))
    )
    dialog = MergeDialog(host, drawing, ("Plan", ours), ("Other", theirs))
    assert len(dialog.merged.conflicts) > 1
    for at in range(len(dialog.merged.conflicts)):
        dialog.show_conflict(at)
        assert left_over(texts_of(dialog), {*data_of(drawing, load_catalog()), "Plan", "Other", "right"}) == []


def test_every_field_of_an_element_has_a_word(bracketed) -> None:
    names = {field.name for kind in (Node, Flow, Boundary, Brief) for field in msgspec.structs.fields(kind)}
    assert [name for name in names if unsaid(words.in_words(leaf_label(name)), [])] == []
    assert words.in_words(leaf_label("tags.team")) == "⟦Tags⟧ · team"
