"""Two windows with plans in different currencies: each writes its own plan's money, however late it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QScrollArea, QTableWidget, QWidget

from models.design.elements import BRIEF_ID, Brief
from models.formatting import show_money_of
from tests.app.test_window import evaluated

DOLLARS = re.compile(r"\$\d")


def texts_of(widget: QWidget) -> list[str]:
    """Return every text that the parts of a widget show."""
    found = [part.text() for part in widget.findChildren(QLabel)]
    found += [part.text() for part in widget.findChildren(QAbstractButton)]
    for table in widget.findChildren(QTableWidget):
        cells = (table.item(line, column) for line in range(table.rowCount()) for column in range(table.columnCount()))
        found += [cell.text() for cell in cells if cell is not None]
    return found


def dollars_in(widget: QWidget) -> list[str]:
    return [text for text in texts_of(widget) if DOLLARS.search(text)]


@pytest.fixture
def euros(desk, qtbot) -> Iterator[object]:
    """A window with a plan in euros, behind another one with a plan in dollars."""
    behind, front = desk.open_window(), desk.open_window()
    evaluated(behind, qtbot, lambda: behind.open_template("assistant"))
    front.open_empty()
    session = behind.session
    params = {**session.design.brief.params, "currency": "EUR", "units_per_usd": 0.9}
    brief = msgspec.structs.replace(session.design.brief, params=params)
    evaluated(behind, qtbot, lambda: session.change([(BRIEF_ID, brief)], "Euros"))
    front.activateWindow()
    show_money_of(front.session.design.brief)
    yield behind
    show_money_of(Brief())


def cost_panel(window):
    panel = window.panel_side.frameworks["cost-optimization"]
    window.panel_side.show_panel(panel)
    return panel


def test_blocks_that_are_scrolled_into_sight_later_are_in_the_money_of_their_plan(euros, qtbot) -> None:
    panel = cost_panel(euros)
    qtbot.waitUntil(lambda: any("€" in text for text in texts_of(panel.blocks)), timeout=20_000)
    evaluated(euros, qtbot, lambda: euros.session.show_month(6))
    waiting = [view for _, view in panel.blocks._views if view._waiting is not None]
    assert waiting
    bar = panel.findChild(QScrollArea).verticalScrollBar()
    for at in range(0, bar.maximum() + 1, 200):
        bar.setValue(at)
        panel.repaint()
        qtbot.wait(1)
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: not any(view._waiting for _, view in panel.blocks._views))
    assert dollars_in(panel.blocks) == []


def test_panels_that_are_opened_behind_are_in_the_money_of_their_plan(euros, qtbot) -> None:
    for panel in (cost_panel(euros), euros.panel_side.findings, euros.panel_side.inspector):
        euros.panel_side.show_panel(panel)
        node = next(key for key, node in euros.session.design.nodes.items() if node.kind == "reranker")
        euros.session.select({node})
        qtbot.waitUntil(lambda panel=panel: any("€" in text for text in texts_of(panel)), timeout=20_000)
        assert dollars_in(panel) == []


def test_a_figure_is_explained_in_the_money_of_its_plan(euros) -> None:
    from app.explaining import show_explanation

    dialog = show_explanation(euros, euros.session.evaluation, "total/cost_per_month")
    assert any("€" in text for text in texts_of(dialog))
    assert dollars_in(dialog) == []
    dialog.close()


def test_the_effect_of_a_remedy_is_told_in_the_money_of_its_plan(euros, qtbot) -> None:
    from app.panels.finding_cards import FindingCard

    euros.panel_side.show_panel(euros.panel_side.findings)
    cards = [card for card in euros.panel_side.findings.findChildren(FindingCard) if card.finding.remedy is not None]
    told = []
    for card in cards[:2]:
        card._start()
        qtbot.waitUntil(lambda card=card: not card._effect.isHidden(), timeout=20_000)
        told.append(card._effect.text())
    assert any("€" in text for text in told)
    assert [text for text in told if DOLLARS.search(text)] == []


def test_variants_are_compared_in_the_money_of_their_plan(euros, qtbot) -> None:
    from app.variant_menu import open_compare

    for variant in euros.session.variants[1:]:
        brief = euros.session.design_of(variant.id).brief
        params = {**brief.params, "currency": "EUR", "units_per_usd": 0.9}
        changed = msgspec.structs.replace(brief, params=params)
        assert euros.session.change_variant(variant.id, [(BRIEF_ID, changed)], "Euros")
    compared = open_compare(euros)
    qtbot.waitUntil(lambda: any("€" in text for text in texts_of(compared.figures)), timeout=20_000)
    compared.tabs.setCurrentWidget(compared.reasons)
    qtbot.waitUntil(lambda: any("€" in text for text in texts_of(compared.reasons)), timeout=30_000)
    assert dollars_in(compared) == []
    compared.close()
