"""The treemap of the panel: boxes of groups and items, readable in both themes, told under the pointer."""

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from app.panels.charts import chart_widget
from app.panels.treemap import TreemapView, readable_on
from app.words import use_language
from models import themes
from models.formatting import Money, money_as
from models.report import Axis, Chart, Message, Series

CHART = Chart(
    "treemap",
    Message("Where it goes"),
    Axis(Message("")),
    Axis(Message("Cost"), "USD/month"),
    (Series("Feed", ("API", "Store"), (300.0, 100.0)), Series("ML", ("Ranker",), (400.0,))),
)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_groups_and_items_are_painted(qtbot, name) -> None:
    view = chart_widget(CHART, themes.theme(name))
    assert isinstance(view, TreemapView)
    qtbot.addWidget(view)
    view.resize(400, 260)
    outer, cells = view.cells()
    assert [cell.name for cell in cells] == ["API", "Store", "Ranker"]
    assert sum(box.width() * box.height() for box in outer) == pytest.approx(400 * 260)
    picture = view.grab().toImage()
    middle = cells[2].box.center().toPoint()
    assert picture.pixelColor(middle) != picture.pixelColor(cells[0].box.center().toPoint())
    assert view.accessibleDescription() == "Feed: $400; ML: $400"


def test_values_are_money_in_every_language(qtbot) -> None:
    use_language("de")
    try:
        view = chart_widget(CHART, themes.theme("light"))
        qtbot.addWidget(view)
        assert view.accessibleDescription() == "Feed: 400\u202f$; ML: 400\u202f$"
    finally:
        use_language("en")


def test_values_keep_the_currency_of_their_plan(qtbot) -> None:
    with money_as(Money("€", "EUR", 0.5)):
        view = chart_widget(CHART, themes.theme("light"))
    qtbot.addWidget(view)
    view.resize(400, 260)
    at = view.cells()[1][2].box.center().toPoint()
    QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, at, view.mapToGlobal(at)))
    assert "Ranker: €200" in QToolTip.text()
    QToolTip.hideText()


@pytest.mark.parametrize(("color", "ink"), [("#ffffff", "#000000"), ("#1a2b6d", "#ffffff"), ("#e0a030", "#000000")])
def test_ink_stands_out(color, ink) -> None:
    assert readable_on(QColor(color)) == QColor(ink)
