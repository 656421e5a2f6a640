"""Palette, outline, history, scoreboard, explain, findings and the rendering of blocks."""

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidget

from app.panels.blocks import BlockList
from app.panels.enlarged import EnlargedBlock
from app.panels.findings import FindingsPanel
from app.panels.form import ParameterField
from app.panels.framework_panel import FrameworkPanel
from app.panels.history import HistoryPanel
from app.panels.outline import OutlinePanel
from app.panels.palette import PalettePanel
from app.panels.scoreboard import ScoreboardPanel, note_of, short_basis
from models import themes
from models.design.elements import Boundary
from models.design.kinds import kinds
from models.formatting import SPACE
from models.report import (
    Assessment,
    Axis,
    Chart,
    Column,
    Figure,
    Figures,
    Finding,
    Findings,
    InputField,
    Message,
    Remedy,
    Sentence,
    Series,
    Table,
    Timeline,
)


def texts(widget) -> list[str]:
    return [found.text() for found in widget.findChildren(QLabel) if not found.isHidden()]


# -- palette -----------------------------------------------------------------------------------------------------------


def test_palette_shows_every_kind_with_its_key(qtbot) -> None:
    panel = PalettePanel()
    qtbot.addWidget(panel)
    assert {row.kind for row in panel._rows} == {*kinds().nodes, *kinds().boundaries}
    assert all(row.accessibleName() for row in panel._rows)


@pytest.mark.parametrize(
    ("typed", "kind"), [("postgres", "relational"), ("vector", "vector_store"), ("kafka", "stream")]
)
def test_palette_finds_by_other_names(qtbot, typed: str, kind: str) -> None:
    panel = PalettePanel()
    qtbot.addWidget(panel)
    panel.search.setText(typed)
    left = [row.kind for row in panel._rows if not row.isHidden()]
    assert kind in left
    assert len(left) < len(panel._rows)


def test_enter_in_the_search_arms_the_first(qtbot) -> None:
    panel = PalettePanel()
    qtbot.addWidget(panel)
    panel.search.setText("reranker")
    with qtbot.waitSignal(panel.armed) as blocker:
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert blocker.args == ["reranker"]


# -- outline and history -----------------------------------------------------------------------------------------------


def test_outline_mirrors_the_selection_both_ways(qtbot, session) -> None:
    panel = OutlinePanel(session)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    assert set(panel._items) == {"left", "right", "web", "orders", "stock", "people", "f1", "f2", "f3"}
    assert panel._items["web"].parent() is panel._items["left"]
    panel._items["web"].setSelected(True)
    assert session.selection == {"web"}
    session.select({"stock"})
    assert [item.text(0) for item in panel.tree.selectedItems()] == ["Stock"]


def test_the_outline_of_a_small_design_stands_open(qtbot, session) -> None:
    outline = OutlinePanel(session)
    qtbot.addWidget(outline)
    session.show_view("deployment")
    nested = {"aws": Boundary("provider", "AWS"), "fra": Boundary("region", "Frankfurt", parent="aws")}
    web = session.design.node("web")
    placed = msgspec.structs.replace(web, sites=(msgspec.structs.replace(web.sites[0], boundary="fra"),))
    session.change([*nested.items(), ("web", placed)], "Place")
    with qtbot.waitExposed(outline):
        outline.show()
    outline.refresh()
    item = outline._items["web"]
    while (item := item.parent()) is not None:
        assert item.isExpanded()
    assert not outline._items["f1"].parent().isExpanded()


def test_history_goes_back_and_forth(qtbot, session) -> None:
    panel = HistoryPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    for name in ("A", "B", "C"):
        node = session.design.node("web")
        session.change([("web", msgspec.structs.replace(node, name=name))], f"Name {name}")
    assert [panel.list.item(row).text() for row in range(panel.list.count())] == ["Name C", "Name B", "Name A"]
    panel._go(panel.list.item(2))
    assert session.design.node("web").name == "A"
    panel._go(panel.list.item(0))
    assert session.design.node("web").name == "C"


# -- scoreboard --------------------------------------------------------------------------------------------------------


def test_scoreboard_explains_on_click_and_keeps_its_cells(qtbot) -> None:
    panel = ScoreboardPanel()
    qtbot.addWidget(panel)
    figures = (Figure("total/cost_per_month", "Cost per month", 28_900.0, "USD/month"),)
    panel.show_figures(figures)
    cell = panel._cells["total/cost_per_month"]
    assert cell._value.text() == "$28,900"
    panel.show_figures((msgspec.structs.replace(figures[0], value=30_000.0),))
    assert panel._cells["total/cost_per_month"] is cell
    assert cell._value.text() == "$30,000"
    with qtbot.waitSignal(panel.explain) as blocker:
        qtbot.mouseClick(cell, Qt.MouseButton.LeftButton)
    assert blocker.args == ["total/cost_per_month"]


@pytest.mark.parametrize(
    ("name", "unit", "before", "after", "arrow", "tone"),
    [
        ("cost_per_month", "USD/month", 100.0, 200.0, "▲", "bad"),
        ("cost_per_month", "USD/month", 200.0, 100.0, "▼", "good"),
        ("availability", "fraction", 0.99, 0.999, "▲", "good"),
    ],
)
def test_changes_are_judged_by_direction(
    name: str, unit: str, before: float, after: float, arrow: str, tone: str
) -> None:
    old, new = (Figure(f"total/{name}", name, value, unit) for value in (before, after))
    text, found = note_of(new, old, "Plan A")
    assert text.startswith(arrow)
    assert text.endswith("against Plan A")
    assert found == tone


def test_an_unknown_figure_says_why(qtbot) -> None:
    figure = Figure("total/cost_per_month", "Cost", None, "USD/month", "unknown", reason="No price of X is known.")
    assert note_of(figure, None, "") == ("No price of X is known.", "warning")


# -- blocks ------------------------------------------------------------------------------------------------------------


FINDING = Finding(
    "rule", "warning", Message("Web is small"), Message("It is."), ("web",), ("2 vCPU",),
    Remedy("set_replicas", {"node": "web", "replicas": 4}, Message("Raise replicas to 4")),
)  # fmt: skip


def assessment(*blocks) -> Assessment:
    return Assessment("scaling", Message("Scaling"), Message("Holds until month {n}.", {"n": 9}), blocks, (FINDING,))


@pytest.fixture
def blocks(session, qtbot):
    found = BlockList(session)
    found.theme = themes.theme("light")
    qtbot.addWidget(found)
    found.resize(400, 800)
    with qtbot.waitExposed(found):
        found.show()
    return found


def test_every_block_is_rendered(blocks, qtbot) -> None:
    blocks.show_assessment(
        assessment(
            Sentence(Message("A remark."), "muted"),
            Figures((Figure("node/web/utilization", "Used", 0.93, "fraction"),), Message("Figures")),
            Table(Message("Rows"), (Column(Message("Name")), Column(Message("Cost"), "USD")),
                  (("Web", 1.0), ("X", None))),
            Chart("line", Message("Growth"), Axis(Message("Month"), "month"), Axis(Message("Used"), "fraction"),
                  (Series("web", (0, 1, 2), (0.1, 0.2, 0.4)),), (("y", 1.0, "full"),)),
            Chart("bar", Message("Costs"), Axis(Message("Node")), Axis(Message("Cost"), "USD"),
                  (Series("now", ("a", "b"), (1.0, 2.0)),)),
            Timeline(Message("Tasks"), (("Build", 0.0, 3.0, "Platform"),)),
            Findings((FINDING,)),
            InputField("brief", "params.growth_percent_month", Message("Growth"), "%"),
        )
    )  # fmt: skip
    qtbot.waitUntil(lambda: "A remark." in texts(blocks))
    found = texts(blocks)
    for text in ("Holds until month 9.", "A remark.", "Used", "Growth", "Costs", "Tasks", "Web is small", "2 vCPU"):
        assert text in found
    table = blocks.findChild(QTableWidget)
    assert [table.item(row, 1).text() for row in range(2)] == ["$1", "not known"]
    assert not blocks.grab().isNull()


def test_clicks_explain_and_reveal(blocks, qtbot) -> None:
    blocks.show_assessment(
        assessment(Figures((Figure("node/web/utilization", "Used", 0.93, "fraction"),)), Findings((FINDING,)))
    )
    tile = next(label.parentWidget() for label in blocks.findChildren(QLabel) if label.text() == "Used")
    with qtbot.waitSignal(blocks.explain) as blocker:
        qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
    assert blocker.args == ["node/web/utilization"]
    show = next(button for button in blocks.findChildren(QPushButton) if button.text() == "Show")
    with qtbot.waitSignal(blocks.reveal) as blocker:
        show.click()
    assert blocker.args == ["web"]


def test_an_input_commits_to_the_brief(blocks, session) -> None:
    blocks.show_assessment(assessment(InputField("brief", "params.horizon_months", Message("Horizon"), "months")))
    blocks.findChild(ParameterField).editor.textEdited.emit("48")
    assert session.design.brief.params["horizon_months"] == 48
    assert len(session.document.history.undo) == 1


def test_findings_are_ordered_and_counted(qtbot, session) -> None:
    from models.catalog.catalog import load_catalog
    from models.evaluation import evaluate

    panel = FindingsPanel(session)
    qtbot.addWidget(panel)
    session.take_evaluation(evaluate(session.design, load_catalog()))
    problems = len(session.evaluation.problems)
    error = msgspec.structs.replace(FINDING, severity="error", title=Message("Web is down"))
    with qtbot.waitSignal(panel.counted) as blocker:
        session.take_assessments((Assessment("scaling", Message(""), Message(""), (), (FINDING, error, FINDING)),))
    assert blocker.args == [2 + problems]
    with qtbot.waitExposed(panel):
        panel.show()
    found = texts(panel)
    assert any(text.startswith("1 error") for text in found)
    assert found.index("Web is down") < found.index("Web is small")


def test_every_framework_has_its_panel() -> None:
    from app.sides import FRAMEWORK_PANELS
    from models.frameworks import FRAMEWORKS

    assert {framework.ID for framework in FRAMEWORKS} <= {key for key, _ in FRAMEWORK_PANELS}


def test_the_scoreboard_says_in_few_words_what_a_figure_holds_for() -> None:
    cost = Figure("total/cost_per_month", "Cost", 1.0, "USD/month", "ok", "month 3, 24-hour profile, list prices")
    assert note_of(cost, None, "") == ("list prices", "")
    assert short_basis("peak hour, month 0") == "peak hour"
    assert short_basis("weakest journey") == "weakest journey"
    assert short_basis("month 0") == "month 0"


@pytest.mark.parametrize("value", [0.0, 1_260_000.0])
def test_the_scoreboard_spells_out_what_each_figure_is(qtbot, value: float) -> None:
    panel = ScoreboardPanel()
    qtbot.addWidget(panel)
    panel.resize(1280, 76)
    long = "No node has a known limit of its own, so that nothing fills."
    names = ("Cost per month", "Per request", "First token p95", "Answer complete p95", "Availability", "Full in month")
    with qtbot.waitExposed(panel):
        panel.show()
    panel.show_figures(
        tuple(
            Figure(f"total/{name}", name, value, "USD/month", reason=long if n % 2 else "")
            for n, name in enumerate(names)
        )
        + tuple(Figure(f"total/x{n}", "Bottleneck", None, "fraction", "unknown", reason=long) for n in range(4))
    )
    panel.layout().activate()
    for cell in panel._cells.values():
        assert cell._label.width() >= cell._label.sizeHint().width()


def test_the_cells_of_the_scoreboard_stand_still_while_figures_change(qtbot) -> None:
    panel = ScoreboardPanel()
    qtbot.addWidget(panel)
    panel.resize(900, 76)

    def board(cost: float) -> tuple[Figure, ...]:
        return tuple(Figure(f"total/x{n}", "Cost", cost, "USD/month") for n in range(5))

    with qtbot.waitExposed(panel):
        panel.show()
    places = set()
    for cost in (1_234_567.0, 5.0, 98_765.0, 1_234_567.0):
        panel.show_figures(board(cost))
        panel.layout().activate()
        places.add(tuple(cell.x() for cell in panel._cells.values()))
    assert len(places) == 1


def test_a_figure_that_is_at_least_says_what_is_missing() -> None:
    basis = "month 0, 24-hour profile, list prices"
    figure = Figure("total/cost_per_month", "Cost", 5.0, "USD/month", "warning", basis, "2 flows unpriced.", "at_least")
    assert note_of(figure, None, "") == ("2 flows unpriced", "warning")


def test_only_the_first_figure_names_the_baseline(qtbot) -> None:
    names = ("cost_per_month", "first_p95_s")
    old, new = (tuple(Figure(f"total/{name}", name, value, "s") for name in names) for value in (2.0, 1.0))
    panel = ScoreboardPanel()
    qtbot.addWidget(panel)
    panel.show_figures(new, old, "Plan A")
    first, second = (panel._cells[figure.id] for figure in new)
    assert first._note.text() == f"▼ 1{SPACE}s against Plan A"
    assert second._note.text() == f"▼ 1{SPACE}s"
    assert "against Plan A" in second.toolTip()


# -- blocks stay -------------------------------------------------------------------------------------------------------


def numbered(number: float) -> tuple:
    """Blocks of every kind whose content follows a number."""
    figure = Figure("node/web/utilization", "Used", number / 100, "fraction")
    rows = (("Web", number), ("Orders", 2.0))
    return (
        Figures((figure,)),
        InputField("brief", "params.growth_percent_month", Message("Growth"), "%"),
        Table(Message("Rows"), (Column(Message("Name")), Column(Message("Cost"), "USD")), rows),
        Findings((FINDING,)),
        *(
            Chart("line", Message(f"Growth {at}"), Axis(Message("Month")), Axis(Message("Used"), "fraction"),
                  (Series("web", (0, 1, 2), (0.1, 0.2, number)),))
            for at in range(4)
        ),
    )  # fmt: skip


def test_views_stay_and_show_what_is_new(blocks, qtbot) -> None:
    blocks.show_assessment(assessment(*numbered(3.0)))
    before = [view for _, view in blocks._views]
    blocks.show_assessment(assessment(*numbered(7.0)))
    assert [view for _, view in blocks._views] == before
    assert "7%".replace("%", f"{SPACE}%") in texts(blocks)
    assert blocks.findChild(QTableWidget).item(0, 1).text() == "$7"
    more = Sentence(Message("One more remark."), "muted")
    blocks.show_assessment(assessment(more, *numbered(7.0)))
    views = [view for _, view in blocks._views]
    assert [view for view in views if view in before] == before
    assert [blocks._layout.indexOf(view) for view in views] == list(range(len(views)))
    blocks.show_assessment(assessment(more))
    assert len(blocks._views) == 2


def test_the_first_blocks_are_shown_while_the_rest_stays_as_it_was(blocks) -> None:
    blocks.show_assessment(assessment(*numbered(3.0)))
    before = [view for _, view in blocks._views]
    growing = Assessment("scaling", Message("Scaling"), Message("Still holds."), lambda: iter(numbered(7.0)))
    growing.build(2)
    blocks.show_assessment(growing)
    assert [view for _, view in blocks._views] == before
    assert {"Still holds.", f"7{SPACE}%"} <= set(texts(blocks))
    assert blocks.findChild(QTableWidget).item(0, 1).text() == "$3"
    growing.build()
    blocks.show_assessment(growing)
    assert [view for _, view in blocks._views] == before
    assert blocks.findChild(QTableWidget).item(0, 1).text() == "$7"


def shown_panel(session, qtbot) -> FrameworkPanel:
    """Return a small panel on the screen, so that most of it is out of sight."""
    panel = FrameworkPanel(session, "scaling")
    panel.set_theme(themes.theme("light"))
    qtbot.addWidget(panel)
    panel.resize(400, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def test_what_is_typed_keeps_focus_cursor_and_place(session, qtbot) -> None:
    panel = shown_panel(session, qtbot)
    session.take_assessments((assessment(*numbered(3.0)),))
    editor = panel.findChild(ParameterField).editor
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, "12")
    qtbot.keyClick(editor, Qt.Key.Key_Left)
    bar = panel._scroll.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 60)
    bar.setValue(60)
    session.take_assessments((assessment(*numbered(9.0)),))
    assert editor.hasFocus()
    assert (editor.text(), editor.cursorPosition(), bar.value()) == ("12", 1, 60)
    assert session.design.brief.params["growth_percent_month"] == 0.12


def test_a_chart_out_of_sight_is_drawn_when_it_comes_into_sight(session, qtbot) -> None:
    panel = shown_panel(session, qtbot)
    session.take_assessments((assessment(*numbered(3.0)),))
    last = panel.blocks._views[-1][1]
    bar = panel._scroll.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 600)
    session.take_assessments((assessment(*numbered(9.0)),))
    assert "3" in last._chart.accessibleDescription()
    assert "900" not in last._chart.accessibleDescription()
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: "900" in last._chart.accessibleDescription())


def test_the_contents_of_a_panel_lead_to_its_parts(session, qtbot) -> None:
    panel = shown_panel(session, qtbot)
    table = Table(Message("Costs"), (Column(Message("Item")),), (("A",), ("B",)))
    tables = [msgspec.structs.replace(table, title=Message(f"Table {n}")) for n in range(12)]
    session.take_assessments((assessment(*tables),))
    assert panel.contents.isVisible()
    panel._menu.aboutToShow.emit()
    assert [action.text() for action in panel._menu.actions()] == [f"Table {n}" for n in range(12)]
    bar = panel._scroll.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 600)
    panel._menu.actions()[6].trigger()
    _, view = panel.blocks.sections()[6]
    assert 0 <= view.mapTo(panel, QPoint(0, 0)).y() - panel._scroll.y() <= 16


def test_a_table_is_shown_large_follows_and_is_copied(session, qtbot) -> None:
    panel = FrameworkPanel(session, "scaling")
    panel.set_theme(themes.theme("dark"))
    qtbot.addWidget(panel)
    panel.resize(400, 300)
    with qtbot.waitExposed(panel):
        panel.show()

    def table(cost: float) -> Table:
        columns = (Column(Message("Item")), Column(Message("Cost"), "USD/month"))
        return Table(Message("Costs"), columns, tuple((f"Node {n}", cost + n) for n in range(40)))

    session.take_assessments((assessment(table(100.0)),))
    panel.blocks.sections()[0][1].enlarge_asked.emit()
    large = panel.findChild(EnlargedBlock)
    assert large.windowTitle() == "Costs"
    qtbot.waitUntil(lambda: large.view.table.height() > 300)
    session.take_assessments((assessment(table(900.0)),))
    assert large.view.table.item(1, 1).text() == "$901"
    large.view.table.selectRow(1)
    qtbot.keyClick(large.view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Item\tCost\nNode 1\t$901"
    large.close()


def test_names_of_coinciding_points_stand_apart_and_ticks_differ(qtbot) -> None:
    from app.panels.charts import chart_widget

    def point(name: str, x: float, y: float) -> Series:
        return Series(name, (x,), (y,))

    series = (
        point("H100", 8000.0, 0.0359488),
        point("You are here", 8000.0, 0.0359489),
        point("A100", 5000.0, 0.0359488),
    )
    axes = Axis(Message("Cost"), "USD/month"), Axis(Message("p95"), "s")
    plot = chart_widget(Chart("scatter", Message("Cost against time"), *axes, series), themes.theme("light"))
    qtbot.addWidget(plot)
    plot.resize(380, 200)
    with qtbot.waitExposed(plot):
        plot.show()
    texts = sorted(text.toPlainText() for text in plot._texts)
    assert texts == ["A100", "H100, You are here"]
    boxes = [text.sceneBoundingRect() for text in plot._texts]
    assert not boxes[0].intersects(boxes[1])
    low, high = plot.plotItem.vb.viewRange()[1]
    assert high / low > 1.1
