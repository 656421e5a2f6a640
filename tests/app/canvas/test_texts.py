"""Free texts: placed by key, typed in place, wrapped, moved, resized, copied and printed; they count for nothing."""

from PySide6.QtCore import QPointF, Qt

from app.canvas.overlay import handles
from app.canvas.tools.clipboard import copy_selection, paste
from app.command_palette import SearchBox
from exports.svg import svg_text
from models.catalog.catalog import load_catalog
from models.design.elements import Boundary
from models.evaluation import evaluate
from models.picture import build
from models.picture.cards import TEXT_SIZE, text_lines
from models.typeface import text_width, wrapped
from tests.app.canvas.gestures import SHIFT, click, double_click, drag, key, middle, type_keys
from tests.app.canvas.test_gestures import name_field, place_of, steps

SAYING = "Orders older than a year move to the archive"


def write(canvas, session) -> str:
    """Place a text with its key and type it; return its id."""
    key(canvas, Qt.Key.Key_Q, SHIFT)
    click(canvas, 200, 420)
    type_keys(name_field(canvas), SAYING)
    key(name_field(canvas), Qt.Key.Key_Return)
    (found,) = [name for name, one in session.design.boundaries.items() if one.kind == "text"]
    return found


def test_a_text_is_placed_by_key_and_typed_in_place(canvas, session) -> None:
    before = session.design
    text = write(canvas, session)
    assert session.design.boundaries[text].name == SAYING
    assert steps(session) == ["Place Text", "Rename “Text”"]
    assert canvas.picture.boundaries.texts[canvas.picture.boundaries.row[text]]
    session.undo()
    session.undo()
    assert session.design == before


def test_it_is_typed_in_several_lines(canvas, session) -> None:
    key(canvas, Qt.Key.Key_Q, SHIFT)
    click(canvas, 200, 420)
    type_keys(name_field(canvas), "First of May")
    key(name_field(canvas), Qt.Key.Key_Return, SHIFT)
    type_keys(name_field(canvas), "all regions move")
    key(name_field(canvas), Qt.Key.Key_Return)
    (text,) = [one for one in session.design.boundaries.values() if one.kind == "text"]
    assert text.name == "First of May\nall regions move"
    drawn = svg_text(build(session.design, "services"))
    assert "First of May" in drawn
    assert "all regions move" in drawn
    assert steps(session)[-1] == "Rename “Text”"


def test_a_double_click_opens_its_lines_again_and_escape_keeps_them(canvas, session) -> None:
    text = write(canvas, session)
    double_click(canvas, *middle(canvas, text))
    assert name_field(canvas).text() == SAYING
    type_keys(name_field(canvas), "Other")
    key(name_field(canvas), Qt.Key.Key_Escape)
    assert session.design.boundaries[text].name == SAYING
    double_click(canvas, *middle(canvas, text))
    type_keys(name_field(canvas), "One")
    key(name_field(canvas), Qt.Key.Key_Enter, SHIFT)
    type_keys(name_field(canvas), "two")
    click(canvas, 900, 600)
    assert session.design.boundaries[text].name == "One\ntwo"
    assert steps(session)[-1].startswith("Rename “Orders older")


def test_it_is_in_the_outline_of_its_view_and_in_the_search(window, drawing) -> None:
    window.session.open_designs("Shop", [("Plan", drawing)])
    text = write(window.canvas, window.session)
    window.session.change([(text, Boundary("text", "Old orders\nmove"))], "Write")
    outline = window.palette_side.outline
    window.palette_side.show_panel(outline)
    outline.refresh()
    (item,) = outline.tree.findItems("Old orders move", Qt.MatchFlag.MatchRecursive)
    assert item.parent().text(0) == "Texts"
    window.session.select(())
    outline.tree.setCurrentItem(item)
    assert window.session.selection == {text}
    window.session.show_view("deployment")
    outline.refresh()
    assert not outline.tree.findItems("Old orders move", Qt.MatchFlag.MatchRecursive)
    window.session.show_view("services")
    window.session.select(())
    box = SearchBox(window)
    box.open_at(window)
    type_keys(box.field, "old orders")
    key(box.field, Qt.Key.Key_Return)
    assert window.session.selection == {text}
    assert box.list.item(0).text().startswith("Old orders move")
    box.close()


def test_it_is_taken_anywhere_and_moved(canvas, session) -> None:
    text = write(canvas, session)
    x, y = place_of(session, text)
    at = middle(canvas, text)
    drag(canvas, at, (at[0] + 80, at[1] + 40))
    assert place_of(session, text) == (x + 80, y + 40)
    assert session.selection == {text}


def test_it_is_resized_by_its_handles_and_wraps_anew(canvas, session) -> None:
    text = write(canvas, session)
    click(canvas, *middle(canvas, text))
    box = canvas.box_of(text)
    assert set(handles(box)) == {"nw", "n", "ne", "e", "se", "s", "sw", "w"}
    drag(canvas, (box.right(), box.bottom()), (box.right() - 120, box.bottom() + 80))
    after = canvas.box_of(text)
    assert (after.width(), after.height()) == (box.width() - 120, box.height() + 80)
    assert len(text_lines(SAYING, after.width(), after.height())) > len(text_lines(SAYING, box.width(), box.height()))


def test_it_is_copied_with_its_words(canvas, session) -> None:
    text = write(canvas, session)
    session.select({text})
    assert copy_selection(session)
    paste(canvas, QPointF(500, 500))
    names = [one.name for one in session.design.boundaries.values() if one.kind == "text"]
    assert names == [SAYING, SAYING]


def test_it_is_in_every_print_and_only_in_the_view_it_was_written_in(canvas, session) -> None:
    write(canvas, session)
    drawn = svg_text(build(session.design, "services"))
    for line in wrapped(SAYING, TEXT_SIZE, 228):
        assert line in drawn
    assert not build(session.design, "deployment").boundaries.texts.any()
    assert build(session.design, "data_flow").boundaries.texts.sum() == 0


def test_it_changes_no_figure(canvas, session) -> None:
    catalog = load_catalog()
    before = evaluate(session.design, catalog)
    write(canvas, session)
    after = evaluate(session.design, catalog)
    assert [figure.value for figure in after.scoreboard()] == [figure.value for figure in before.scoreboard()]
    assert len(after.problems) == len(before.problems)


def test_lines_break_between_words_and_a_cut_text_says_so() -> None:
    lines = wrapped("one two three\nfour", 13.0, 60.0)
    assert " ".join(lines) == "one two three four"
    assert lines[-1] == "four"
    assert all(text_width(line, 13.0) <= 60.0 for line in lines)
    assert text_lines("one two three four five six", 72, 30)[-1][2].endswith("…")
