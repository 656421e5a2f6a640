"""Nothing is shown past the translations: where words only put brackets around a text, what has none is data."""

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QTableWidget, QTabWidget, QTreeWidget, QWidget

from app import words
from app.import_report import ImportReport
from app.measured import bill_sentences, metrics_sentences
from app.panels.blocks import BlockList
from app.session import Session
from app.words import in_words, use_language
from models import themes
from models.catalog.catalog import load_catalog
from models.design.design import read_design
from models.design.elements import DesignError
from models.design.ids import seeded_ids
from models.evaluation import Case, evaluate
from models.frameworks import cost_optimization, scaling
from models.frameworks.cost_optimization.bands import cost_model
from models.importers import ImportProblem, import_files
from models.importers.focus import BillError, read_for
from models.importers.metrics import read_metrics_for
from models.report import Chart
from models.storage.errors import StorageError
from models.storage.project import Project
from models.studies.kept import from_value, to_value
from models.studies.uncertainty import cost_bands
from models.templates import templates

COMPOSE = """
services:
  web: {image: nginx, ports: ["80:80"], depends_on: [api, missing], environment: {API_URL: "http://api:8000"}}
  api:
    image: shop/api
    environment: {DATABASE_URL: "postgres://db/shop", SECRET_URL: "${ELSEWHERE_URL}", OPENAI_API_KEY: ""}
    env_file: nowhere.env
    deploy: {mode: global}
  worker: {image: shop/worker, depends_on: [db], deploy: {replicas: many}}
  db: {image: "postgres:16"}
"""
METRICS = "timestamp,node,cpu,memory\n2026-11-01T00:00:00Z,Web,40,30\n2026-11-01T00:05:00Z,Nobody,80,60\n"


class Brackets(gettext.NullTranslations):
    """A language in which every text is the English one in brackets."""

    def gettext(self, message: str) -> str:
        """Return the text in brackets."""
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for the count in brackets."""
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def brackets() -> Iterator[None]:
    """Speak in brackets."""
    words._Words.translations = Brackets()
    yield
    use_language("en")


def shown(widget: QWidget) -> Iterator[str]:
    """Yield every text of labels, buttons, tabs and lists in a widget."""
    for part in widget.findChildren(QWidget):
        if isinstance(part, QLabel | QAbstractButton) and part.text():
            yield part.text()
        elif isinstance(part, QTableWidget):
            heads = (part.horizontalHeaderItem(column) for column in range(part.columnCount()))
            cells = (part.item(at, column) for at in range(part.rowCount()) for column in range(part.columnCount()))
            yield from (item.text() for item in (*heads, *cells) if item is not None)
        elif isinstance(part, QComboBox):
            yield from (part.itemText(at) for at in range(part.count()))
        elif isinstance(part, QTabWidget):
            yield from (part.tabText(at) for at in range(part.count()))
        elif isinstance(part, QTreeWidget):
            heads = [part.headerItem(), *(part.topLevelItem(at) for at in range(part.topLevelItemCount()))]
            yield from (
                item.text(column) for item in heads for column in range(part.columnCount()) if item.text(column)
            )


FORMATTED = re.compile(r"\b(ms|µs|min|[KMGT]iB|\w+\.\w*(large|medium)|[a-z]+/[a-z]+-[a-z]+-\d)\b")
"""Units behind a number, types of machines and regions: the same in every language."""


def outside(text: str) -> str:
    """Return what of a text stands outside all brackets, but for the currency."""
    while (less := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = less
    return text.replace("USD", "")


def unsaid(texts: list[str], data: set[str]) -> list[str]:
    """Return the texts with words outside of brackets that are no data."""
    return [text for text in texts if re.search(r"[^\W\d_]{2}|[“”]", outside(text)) and text not in data]


@pytest.mark.parametrize("framework", [cost_optimization, scaling], ids=lambda module: module.ID)
@pytest.mark.parametrize("demand", [1.0, 40.0])
def test_the_panel_of_a_framework_says_all_its_texts(brackets, qtbot, framework, demand: float) -> None:
    design = next(each for each in templates() if each.id == "assistant").variants[0].design
    session = Session(seeded_ids(1))
    session.open_designs("Plan", [("Plan", design)])
    session.evaluation = evaluate(design, load_catalog(), case=Case(demand_factor=demand))
    assessment = framework.assess(session.evaluation)
    assert assessment.blocks
    panel = BlockList(session)
    qtbot.addWidget(panel)
    panel.theme = themes.theme("light")
    panel.show_assessment(assessment)
    elements = design.elements.values()
    names = {getattr(each, "name", "") for each in elements} - {""}
    tags = {value for each in elements for value in getattr(each, "tags", {}).values()}
    texts = [_without(text, {*names, *tags, "question"}) for text in shown(panel)]
    assert len(texts) > 200
    assert not unsaid([FORMATTED.sub("", text) for text in texts], set())


def test_the_drivers_of_a_kept_study_are_said(brackets) -> None:
    design = next(each for each in templates() if each.id == "assistant").variants[0].design
    evaluation = evaluate(design, load_catalog())
    drawn = cost_bands(cost_model(evaluation), draws=256)
    kept = from_value("cost-bands", to_value(drawn))
    assert kept == drawn
    for bands in (drawn, kept):
        charts = [block for block in cost_optimization.assess(evaluation, (bands,)).blocks if isinstance(block, Chart)]
        drivers = next(chart for chart in charts if chart.kind == "tornado").series[0].x
        assert len(drivers) > 4
        assert all(in_words(name).startswith("⟦") for name in drivers)


def _without(text: str, data: set[str]) -> str:
    """Return a text without the names in it, the longest first, since one may hold another."""
    for name in sorted(data, key=len, reverse=True):
        text = text.replace(name, "")
    return text


def test_the_report_of_an_import_says_all_its_texts(brackets, qtbot, tmp_path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(COMPOSE)
    found = import_files([path], seeded_ids(1))
    host = QWidget()
    qtbot.addWidget(host)
    report = ImportReport(host, "compose", found, can_join=True)
    texts = list(shown(report))
    names = {node.name for node in found.design.nodes.values()} | {path.name}
    ends = {f"{one} → {other}" for one in names for other in names}
    technologies = {node.technology for node in found.design.nodes.values()}
    assert report.not_understood.topLevelItemCount() >= 3
    assert report.inferred.topLevelItemCount() >= 3
    assert not unsaid(texts, names | ends | technologies)
    assert all("⟦" in note for note in map(in_words, (note.what for note in found.notes)))


def test_what_was_measured_is_said_in_whole(brackets, drawing, tmp_path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(METRICS)
    sentences = metrics_sentences(drawing, read_metrics_for(drawing, path))
    assert len(sentences) >= 4
    assert not unsaid(sentences, set())


def test_the_sentences_of_a_bill_are_said_in_whole(brackets, drawing, tmp_path) -> None:
    path = tmp_path / "bill.csv"
    path.write_text(
        "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory,ServiceName,RegionId\n"
        "12,12,USD,2026-09-01T00:00:00Z,Usage,Queue,eu-central-1\n"
    )
    assert not unsaid(bill_sentences(drawing, read_for(drawing, path)), set())


REFUSED = {
    "empty.yaml": b"",
    "list.yaml": b"- a\n- b\n",
    "broken.yaml": b"services: [\n",
    "picture.png": b"\x89PNG\r\n",
    "plan.drawio": b"<mxfile></mxfile>",
    "calm.json": b'{"nodes": [], "relationships": []}',
    "twice.yaml": b"services: {}\nservices: {}\n",
    "values.yaml": b"replicaCount: 1\nimage: {repository: a, tag: b}\n",
    "design.json": b'{"format": "groundplan-design", "version": 9, "elements": {}}',
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_refusal_of_a_file_is_said_in_whole(brackets, tmp_path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(REFUSED[name])
    with pytest.raises(ImportProblem) as refused:
        import_files([path])
    said = in_words(refused.value)
    assert said.startswith("⟦"), said
    assert not re.search(r"[^\W\d_]{2}", outside(said)), said


def test_faults_of_projects_designs_and_bills_are_said(brackets, drawing, tmp_path) -> None:
    folder, file = tmp_path / "folder.groundplan", tmp_path / "file.groundplan"
    folder.mkdir()
    file.write_bytes(b"no project")
    for path in (folder, file, tmp_path / "none.groundplan"):
        with pytest.raises(StorageError) as refused:
            Project.open(path)
        assert in_words(refused.value).startswith("⟦")
    with pytest.raises(DesignError) as damaged:
        read_design(_written(tmp_path / "design.json", "{"))
    assert in_words(damaged.value).startswith("⟦")
    with pytest.raises(BillError) as bill:
        read_for(drawing, _written(tmp_path / "bill.csv", "a,b\n1,2\n"))
    assert in_words(bill.value).startswith("⟦")


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
