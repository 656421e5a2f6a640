"""A panel knows what of it is in sight, and ends at what holds now."""

from PySide6.QtWidgets import QScrollArea

from app.panels.blocks import FIRST_BLOCKS
from models.report import Assessment, Column, Message, Sentence, Table
from tests.app.panels.test_panels import assessment, numbered, shown_panel


def test_a_panel_knows_how_many_blocks_are_in_sight(session, qtbot) -> None:
    panel = shown_panel(session, qtbot)
    assert panel.in_sight() == FIRST_BLOCKS
    session.take_assessments((assessment(*numbered(3.0)),))
    qtbot.waitUntil(lambda: panel.blocks._views[-1][1].y() > 300)
    few, bar = panel.in_sight(), panel.findChild(QScrollArea).verticalScrollBar()
    assert 1 <= few < len(numbered(3.0))
    bar.setValue(bar.maximum())
    assert panel.in_sight() == len(numbered(3.0))


def test_a_block_that_is_gone_leaves_a_panel_that_is_wholly_in_sight(session, qtbot) -> None:
    panel = shown_panel(session, qtbot)
    remark, other = (
        Sentence(Message("A remark."), "muted"),
        Table(Message("Rows"), (Column(Message("Name")),), (("Web",),)),
    )
    session.take_assessments((assessment(remark),))
    found = Assessment("scaling", Message("Scaling"), Message("Holds."), lambda: iter((other,)))
    found.build(1)
    session.take_assessment(found)
    assert not found.is_built
    found.build()
    session.take_assessment(found)
    assert [type(block) for block, _ in panel.blocks._views] == [Sentence, Table]
