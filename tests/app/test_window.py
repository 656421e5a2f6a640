"""The whole window: opens templates and projects, evaluates live, explains, switches, starts fast, closes cleanly."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QMessageBox

from app.actions import ACTIONS, MENUS
from app.command_palette import CommandPalette, SearchBox, score
from app.explaining import ExplainDialog
from app.guide import Guide
from models.design.elements import Node
from models.templates import templates

ROOT = Path(__file__).resolve().parents[2]


def evaluated(window, qtbot, act) -> None:
    """Do `act` and wait until its evaluation has reached the panels."""
    with qtbot.waitSignal(window.session.assessments_changed, timeout=20_000):
        act()


@pytest.fixture
def assistant(window, qtbot):
    evaluated(window, qtbot, lambda: window.open_template("assistant"))
    return window


# -- opening and evaluating --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [template.id for template in templates()])
def test_every_template_opens_evaluated_and_sharp(window, qtbot, name: str) -> None:
    evaluated(window, qtbot, lambda: window.open_template(name))
    figures = {figure.id: figure for figure in window.session.evaluation.scoreboard()}
    assert set(window.scoreboard._cells) == set(figures)
    assert figures["total/cost_per_month"].value > 0
    qtbot.waitUntil(window.canvas.is_sharp)


def test_an_edit_reaches_the_scoreboard(assistant, qtbot) -> None:
    import msgspec

    window = assistant
    before = window.scoreboard._cells["total/cost_per_month"]._value.text()
    key, node = next((key, node) for key, node in window.session.design.nodes.items() if node.kind == "reranker")
    sites = tuple(msgspec.structs.replace(site, replicas=site.replicas + 5) for site in node.sites)
    evaluated(window, qtbot, lambda: window.session.change([(key, msgspec.structs.replace(node, sites=sites))], "More"))
    assert window.scoreboard._cells["total/cost_per_month"]._value.text() != before
    evaluated(window, qtbot, window.session.undo)
    assert window.scoreboard._cells["total/cost_per_month"]._value.text() == before


def test_other_variants_are_measured_against_the_first(assistant, qtbot) -> None:
    evaluated(assistant, qtbot, assistant.next_variant)
    notes = [cell._note.text() for cell in assistant.scoreboard._cells.values()]
    assert any(f"against {assistant.session.variants[0].name}" in note for note in notes)


def test_a_variant_is_measured_against_the_baseline_of_the_same_month(assistant, qtbot) -> None:
    window = assistant
    window.session.add_variant("Same")
    cell = window.scoreboard._cells["total/cost_per_month"]
    for month in (24, 7, 0):
        evaluated(window, qtbot, lambda month=month: window.view_bar.month.setValue(month))
        same = window.session.evaluation.figure("total/cost_per_month").value
        qtbot.waitUntil(lambda same=same: window.session.baseline[0].value == pytest.approx(same), timeout=20_000)
        assert "against" not in cell._note.text()


def test_a_plan_behind_another_window_keeps_its_currency(assistant, qtbot) -> None:
    import msgspec

    from models.design.elements import BRIEF_ID, Brief
    from models.formatting import show_money_of

    session = assistant.session
    euros = {**session.design.brief.params, "currency": "EUR", "units_per_usd": 0.9}
    brief = msgspec.structs.replace(session.design.brief, params=euros)
    evaluated(assistant, qtbot, lambda: session.change([(BRIEF_ID, brief)], "Euros"))
    try:
        show_money_of(Brief())  # as if a window with a plan in dollars had come to the front
        evaluated(assistant, qtbot, lambda: session.show_month(3))
        session.show_lens("cost")
    finally:
        show_money_of(session.design.brief)
    assert assistant.scoreboard._cells["total/cost_per_month"]._value.text().startswith("€")
    badges = [badge for badge in assistant.canvas.picture.nodes.badges if badge]
    assert any("€" in badge for badge in badges)
    assert not any("$" in badge for badge in badges)


def test_the_month_moves_the_load(assistant, qtbot) -> None:
    window = assistant
    before = window.session.evaluation.node_column("load").copy()
    evaluated(window, qtbot, lambda: window.view_bar.month.setValue(24))
    assert window.session.evaluation.month == 24
    after = window.session.evaluation.node_column("load")
    known = np.isfinite(before) & np.isfinite(after)
    assert float(after[known].sum()) > float(before[known].sum())


@pytest.mark.parametrize("lens", ["plan", "load", "latency", "cost", "availability", "carbon", "changes"])
def test_every_lens_shows_its_badges_and_legend(assistant, lens: str) -> None:
    assistant.view_bar.lenses[lens].click()
    assert assistant.session.lens == lens
    badges = [badge for badge in assistant.canvas.picture.nodes.badges if badge]
    assert bool(badges) == (lens not in ("plan", "changes"))
    assert assistant.surface.legend.isHidden() == (lens == "plan")


@pytest.mark.parametrize("view", ["services", "data_flow", "deployment"])
def test_every_view_is_drawn(assistant, qtbot, view: str) -> None:
    assistant.view_bar.views[view].click()
    assert assistant.canvas.picture.view == view
    assert len(assistant.canvas.picture.nodes) >= len(assistant.session.design.nodes)
    qtbot.waitUntil(assistant.canvas.is_sharp)


def test_a_figure_is_explained_and_leads_deeper(assistant, qtbot) -> None:
    cell = assistant.scoreboard._cells["total/cost_per_month"]
    qtbot.mouseClick(cell, Qt.MouseButton.LeftButton)
    dialog = assistant.findChild(ExplainDialog)
    first = dialog.panel._trail[-1]
    assert first == "total/cost_per_month"
    dialog.panel._deeper(f"node/{next(iter(assistant.session.evaluation.node_ids))}/cost_per_month")
    assert len(dialog.panel._trail) == 2
    dialog.panel._go_back()
    assert dialog.panel._trail == [first]
    dialog.close()


@pytest.mark.parametrize("variant", range(2))
def test_every_scoreboard_figure_can_be_explained(assistant, qtbot, variant: int) -> None:
    if variant:
        evaluated(assistant, qtbot, assistant.next_variant)
    for figure in assistant.session.evaluation.scoreboard():
        assistant.explain(figure.id)
    dialogs = assistant.findChildren(ExplainDialog)
    assert len(dialogs) >= len(assistant.session.evaluation.scoreboard()) - 1
    for dialog in dialogs:
        dialog.close()


def test_theme_switches_and_is_remembered(assistant) -> None:
    assert assistant.theme.id == "light"
    assistant.actions_by_id["theme"].trigger()
    assert assistant.theme.id == "dark"
    assert assistant.canvas.theme.id == "dark"
    assert assistant.settings.value("theme") == "dark"


# -- keeping -----------------------------------------------------------------------------------------------------------


def test_a_saved_project_opens_again_with_all_variants(assistant, qtbot, tmp_path) -> None:
    path = tmp_path / "plan.groundplan"
    assistant.session.save_as(path)
    names = [variant.name for variant in assistant.session.variants]
    design = assistant.session.design
    evaluated(assistant, qtbot, lambda: assistant.open_path(path))
    assert [variant.name for variant in assistant.session.variants] == names
    assert assistant.session.design == design
    assert assistant.session.is_saved


@pytest.mark.parametrize("content", [b"", b"not a project", b"{}"])
@pytest.mark.parametrize("suffix", [".groundplan", ".json"])
def test_a_file_that_is_no_plan_is_explained_and_nothing_is_lost(
    assistant, tmp_path, content: bytes, suffix: str
) -> None:
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    title, design = assistant.session.title, assistant.session.design
    assistant.open_path(path)
    box = assistant.findChild(QMessageBox)
    assert f"broken{suffix}" in box.text()
    assert len(box.informativeText()) > 20
    assert "Traceback" not in box.informativeText()
    assert assistant.session.title == title
    assert assistant.session.design is design
    assert path.read_bytes() == content
    box.close()


# -- actions -----------------------------------------------------------------------------------------------------------


def test_shortcuts_are_unique() -> None:
    keys = [keys for spec in ACTIONS for keys in spec.shortcuts]
    assert len(keys) == len(set(keys))
    assert len({spec.id for spec in ACTIONS}) == len(ACTIONS)
    assert {spec.menu for spec in ACTIONS if spec.menu} == set(MENUS)


def test_every_action_of_the_menu_has_a_text_and_says_its_shortcut(window) -> None:
    for spec in ACTIONS:
        action = window.actions_by_id[spec.id]
        assert action.text()
        assert bool(spec.shortcuts) == ("(" in action.toolTip())


def test_actions_follow_the_state(assistant) -> None:
    actions = assistant.actions_by_id
    assert not actions["undo"].isEnabled()
    assert not actions["delete"].isEnabled()
    assistant.session.select({"orchestrator"})
    assert actions["delete"].isEnabled()
    actions["delete"].trigger()
    assert "orchestrator" not in assistant.session.design.nodes
    assert actions["undo"].text() == "Undo Delete “Orchestrator”"
    actions["undo"].trigger()
    assert "orchestrator" in assistant.session.design.nodes


def test_keys_reach_the_canvas_only_while_it_has_the_focus(assistant, qtbot) -> None:
    assistant.activateWindow()
    assistant.session.select({"orchestrator"})
    search = assistant.palette_side.palette_panel.search
    search.setFocus()
    qtbot.keyClicks(search, "s")
    qtbot.keyClick(search, Qt.Key.Key_Backspace)
    assert "orchestrator" in assistant.session.design.nodes
    assert search.text() == ""


def test_tidy_is_one_step(assistant) -> None:
    before = assistant.session.design
    assistant.actions_by_id["tidy"].trigger()
    assert len(assistant.session.document.history.undo) == 1
    assistant.session.undo()
    assert assistant.session.design == before


def test_command_palette_runs_an_action_and_finds_a_node(assistant, qtbot) -> None:
    palette = CommandPalette(assistant)
    palette.field.setText("deplo")
    assert palette.shown[0].text == "Deployment"
    palette.take()
    assert assistant.session.view == "deployment"
    search = SearchBox(assistant)
    search.field.setText("orchestr")
    search.take()
    assert assistant.session.selection == {"orchestrator"}


@pytest.mark.parametrize(
    ("words", "typed", "fits"), [("undo move", "um", True), ("undo", "xu", False), ("zoom in", "zi", True)]
)
def test_fuzzy_score(words: str, typed: str, fits: bool) -> None:
    assert (score(words, typed) is not None) == fits


def test_the_command_palette_puts_what_is_typed_first(assistant) -> None:
    palette = CommandPalette(assistant)
    for typed, first in (
        ("assist", "Open template Retrieval-augmented assistant"),
        ("open templ", "Open template"),
        ("export", "Export"),
        ("vector", "Vector store"),
        ("rerank", "Reranker"),
        ("pl llm s", "Place LLM serving"),
    ):
        palette.field.setText(typed)
        assert palette.shown[0].text.startswith(first), (typed, [entry.text for entry in palette.shown[:4]])
    palette.field.setText("assist")
    assert [entry.words for entry in palette.shown if "assist" not in entry.words] == []
    palette.close()


def test_fuzzy_score_prefers_the_beginning_of_words() -> None:
    assert score("tidy layout", "tl") < score("total", "tl")
    assert score("deployment", "dep") < score("widen deep", "dep")


def test_a_new_design_is_drawn_by_keys_alone(window, qtbot) -> None:
    window.actions_by_id["new"].trigger()
    canvas = window.canvas
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_U)
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPointF(200, 200).toPoint())
    qtbot.keyClick(canvas.tool.field, Qt.Key.Key_Return)
    assert [node.kind for node in window.session.design.nodes.values()] == ["users"]
    assert all(isinstance(element, Node) for element in window.session.design.nodes.values())


def test_every_field_and_button_has_a_name_for_the_screen_reader(assistant) -> None:
    assistant.session.select({"orchestrator"})
    for field in assistant.panel_side.inspector._fields.values():
        assert field.editor.accessibleName()
        assert field._button.accessibleName() or field._button.isHidden()
    for combo in assistant.title_bar.findChildren(QComboBox):
        assert combo.accessibleName()
    assert assistant.canvas.accessibleName()
    assert not assistant.findChildren(QDialog)


# -- starting ----------------------------------------------------------------------------------------------------------


def run_python(code: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    import os

    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_the_first_paint_loads_nothing_heavy(tmp_path) -> None:
    code = """
import sys
from app.application import make_application
from app.main_window import MainWindow
from app.settings import open_settings
application = make_application()
window = MainWindow(open_settings())
window.show()
window.repaint()
heavy = {"pyqtgraph", "sqlite_utils", "sqlite3", "networkx", "scipy", "reportlab", "babel", "models.evaluation"}
print(sorted(heavy & sys.modules.keys()))
"""
    assert run_python(code, tmp_path).stdout.strip() == "[]"


def test_smoke_opens_evaluates_paints_and_quits(tmp_path) -> None:
    done = run_python("import sys; from app.application import smoke; sys.exit(smoke())", tmp_path)
    assert done.returncode == 0, done.stderr


# -- keys and words ----------------------------------------------------------------------------------------------------


def test_enter_walks_through_what_the_search_found(assistant, qtbot) -> None:
    assistant.open_search()
    search = next(box for box in assistant.findChildren(SearchBox) if box.isVisible())
    qtbot.keyClicks(search.field, "chat")
    first = [entry.text for entry in search.shown]
    assert len(first) >= 3
    seen = []
    for _ in range(len(first) + 1):
        qtbot.keyClick(search.field, Qt.Key.Key_Return)
        seen.append(assistant.session.selection)
    assert len(set(seen)) == len(first)
    assert seen[-1] == seen[0]
    qtbot.keyClick(search.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert assistant.session.selection == seen[-2]
    left = search.mapToGlobal(QPoint(0, 0)).x()
    assert left >= assistant.canvas.mapToGlobal(assistant.canvas.rect().topRight()).x()
    qtbot.keyClick(search.field, Qt.Key.Key_Escape)
    assert assistant.session.selection == seen[-2]


def test_g_groups_what_is_selected_and_else_places_a_gateway(assistant, qtbot) -> None:
    canvas = assistant.canvas
    canvas.setFocus()
    before = len(assistant.session.design.boundaries)
    assistant.session.select({"identity", "reranker"} & assistant.session.design.nodes.keys())
    assert assistant.session.selection
    qtbot.keyClick(canvas, Qt.Key.Key_G)
    assert len(assistant.session.design.boundaries) == before + 1
    canvas.setFocus()
    assistant.session.select(())
    qtbot.keyClick(canvas, Qt.Key.Key_G)
    assert "API gateway" in assistant.surface.hint.text()


def test_the_name_of_the_variant_is_read_whole(window) -> None:
    window.resize(1440, 900)
    window.open_template("gateway")
    QApplication.processEvents()
    combo = window.title_bar.variants
    assert combo.width() >= min(combo.sizeHint().width(), combo.maximumWidth())
    words = combo.fontMetrics().horizontalAdvance(combo.currentText())
    assert combo.width() >= min(words + 40, combo.maximumWidth())


def test_the_findings_are_called_so_where_there_is_room(assistant, qtbot) -> None:
    side = assistant.panel_side
    at = side.stack.indexOf(side.findings)
    side.resize(side.maximumWidth(), side.height())
    assert side.tabs.tabText(at).startswith("Findings ")
    side.resize(side.minimumWidth(), side.height())
    assert side.tabs.tabText(at).isdigit()
    assert side.tabs.tabToolTip(at).startswith("Findings (")


def test_the_start_page_leads_back_to_the_drawing(assistant, qtbot) -> None:
    start = assistant.start_page
    for leave in (lambda: qtbot.keyClick(start, Qt.Key.Key_Escape), lambda: start._buttons["drawing"].click()):
        assistant.actions_by_id["start"].trigger()
        assert start.isVisible()
        assert start._buttons["drawing"].isVisible()
        leave()
        assert assistant.canvas.isVisible()
        assert not assistant.actions_by_id["drawing"].isEnabled()


def test_the_first_start_page_leads_nowhere_back(window) -> None:
    assert window.start_page._buttons["drawing"].isHidden()
    assert not window.actions_by_id["drawing"].isEnabled()


def test_saving_a_saved_project_says_so_in_passing(assistant, tmp_path) -> None:
    assistant.session.save_as(tmp_path / "plan.groundplan")
    assistant.actions_by_id["save"].trigger()
    assert not assistant.findChildren(QMessageBox)
    assert "plan.groundplan" in assistant.surface.hint.text()
    assert not assistant.surface.hint.isHidden()
    assistant.surface._passing.timeout.emit()
    assert assistant.surface.hint.isHidden()


def test_a_variant_begun_from_a_rejected_one_is_undecided(assistant) -> None:
    assert assistant.session.design.brief.decision
    assistant.session.add_variant("Next")
    assert not assistant.session.design.brief.decision
    assert assistant.session.baseline_design.brief.decision


# -- room --------------------------------------------------------------------------------------------------------------


def test_a_small_window_keeps_everything_within_reach(assistant, qtbot) -> None:
    window = assistant
    window.resize(800, 480)
    qtbot.waitUntil(lambda: not window.view_bar.lenses["load"].isVisible())
    assert window.size() == QSize(800, 480)
    bars = (window.title_bar, window.view_bar, window.scoreboard, window.palette_side, window.panel_side)
    for part in bars:
        assert window.rect().contains(QRect(part.mapTo(window, QPoint(0, 0)), part.size()))
    cells = window.scoreboard._cells.values()
    qtbot.waitUntil(lambda: all(cell._value.width() >= cell._value.sizeHint().width() for cell in cells))
    assert all(cell.geometry().right() <= window.scoreboard.width() for cell in cells)
    lenses = window.view_bar._lists["choice"]
    assert lenses.currentText() == "Load"
    lenses.activated.emit(lenses.findData("cost"))
    assert window.session.lens == "cost"
    window.resize(1280, 760)
    qtbot.waitUntil(window.view_bar.lenses["cost"].isVisible)
    assert window.view_bar.lenses["cost"].isChecked()
    assert not lenses.isVisible()


def test_the_sides_are_hidden_and_shown_again(assistant) -> None:
    narrow = assistant.canvas.width()
    assistant.actions_by_id["sides"].trigger()
    assert not assistant.palette_side.isVisible()
    assert not assistant.panel_side.isVisible()
    assert assistant.canvas.hasFocus()
    QApplication.processEvents()
    assert assistant.canvas.width() > narrow
    assistant.explain("total/findings")
    assert assistant.panel_side.isVisible()
    assistant.actions_by_id["sides"].trigger()
    assistant.actions_by_id["sides"].trigger()
    assert assistant.palette_side.isVisible()


@pytest.mark.parametrize("width", [800, 1280, 1920])
def test_the_hint_of_a_tool_covers_neither_legend_nor_minimap(assistant, width: int) -> None:
    assistant.resize(width, 760)
    QApplication.processEvents()
    assistant.arm("stream_features")
    surface = assistant.surface
    assert not surface.hint.isHidden()
    assert surface.rect().contains(surface.hint.geometry())
    assert surface.rect().contains(surface.legend.geometry())
    for part in (surface.legend, surface.minimap):
        assert part.isHidden() or not part.geometry().intersects(surface.hint.geometry())


def test_an_empty_drawing_says_how_to_begin(window, qtbot) -> None:
    window.actions_by_id["new"].trigger()
    surface = window.surface
    assert surface.empty.isVisible()
    assert surface.minimap.isHidden()
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Qt.Key.Key_U)
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return)
    assert not surface.empty.isVisible()
    assert surface.minimap.isVisible()


def test_ending_the_guide_leaves_the_keys_to_the_drawing(window) -> None:
    window.actions_by_id["guide"].trigger()
    guide = window.findChild(Guide)
    guide.end.setFocus()
    guide.end.click()
    assert window.canvas.hasFocus()
