"""Cards stay and show what is new; a remedy that moves the whole plan can be applied to a copy in one click."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from app.panels.finding_cards import FindingCard, FindingList
from app.session import Session
from models.catalog.catalog import load_catalog
from models.evaluation import evaluate
from models.moves.re_place import movable, places_of
from models.report import Finding, Message, Remedy
from models.templates import template


def button(card, text):
    return next((each for each in card.findChildren(QPushButton) if each.text() == text), None)


def card_for(qtbot, session, remedy):
    card = FindingCard(session, Finding("re_place", "note", Message("A place"), Message("Why"), remedy=remedy))
    qtbot.addWidget(card)
    return card


def opened():
    session = Session()
    session.open_template(template("assistant"))
    session.take_evaluation(evaluate(session.design, load_catalog()))
    return session


def test_a_re_placed_drawing_becomes_a_variant_and_the_drawn_one_stays(qtbot):
    session = opened()
    before, count = session.design, len(session.variants)
    remedy = Remedy("re_place", {"provider": "gcp"}, Message("On Google Cloud"))
    card = card_for(qtbot, session, remedy)
    qtbot.mouseClick(button(card, "As variant"), Qt.MouseButton.LeftButton)
    assert [variant.name for variant in session.variants][count:] == ["On Google Cloud"]
    assert session.variant_name == "On Google Cloud"
    assert {places_of(session.design, key)[0][0] for key in movable(session.design)} == {"gcp"}
    assert session.document.undo_label == "On Google Cloud"
    session.show_variant(session.variants[0].id)
    assert session.design == before


def test_small_remedies_have_no_variant_button(qtbot):
    session = opened()
    remedy = Remedy("set_replicas", {"node": "gateway", "replicas": 3}, Message("More"))
    assert button(card_for(qtbot, session, remedy), "As variant") is None


def test_a_remedy_that_cannot_be_made_says_why_and_makes_no_variant(qtbot):
    session = opened()
    count = len(session.variants)
    card = card_for(qtbot, session, Remedy("re_place", {"provider": "nobody"}, Message("On nobody")))
    qtbot.mouseClick(button(card, "As variant"), Qt.MouseButton.LeftButton)
    assert len(session.variants) == count


def more(replicas: int) -> Finding:
    label = Message("Raise replicas to {count}", {"count": replicas})
    remedy = Remedy("set_replicas", {"node": "gateway", "replicas": replicas}, label)
    title = Message("{load} at peak", {"load": f"{90 + replicas} %"})
    return Finding("full", "warning", title, Message("It fills."), ("gateway",), ("node/gateway/utilization",), remedy)


@pytest.fixture
def session():
    return opened()


@pytest.fixture
def cards(session, qtbot):
    """A list that shows one finding with a remedy."""
    found = FindingList(session)
    qtbot.addWidget(found)
    found.show()
    found.show_findings([more(3)])
    return found


def read(widget) -> list[str]:
    parts = (*widget.findChildren(QLabel), *widget.findChildren(QPushButton))
    return [part.text() for part in parts if not part.isHidden()]


def test_a_card_is_written_in_place_and_acts_on_what_it_says_now(cards, session, qtbot):
    card = cards.findChild(FindingCard)
    qtbot.mouseClick(button(card, "Preview"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not card._effect.isHidden(), timeout=20_000)
    cards.show_findings([more(7)])
    assert cards.findChildren(FindingCard) == [card]
    assert card._effect.isHidden()
    assert {"97 % at peak", "Raise replicas to 7"} <= set(read(card))
    qtbot.mouseClick(button(card, "Apply"), Qt.MouseButton.LeftButton)
    assert session.design.nodes["gateway"].sites[0].replicas == 7


def test_what_a_preview_says_of_an_older_finding_is_not_shown(cards, qtbot):
    card = cards.findChild(FindingCard)
    qtbot.mouseClick(button(card, "Preview"), Qt.MouseButton.LeftButton)
    cards.show_findings([more(7)])
    qtbot.waitUntil(button(card, "Preview").isEnabled, timeout=20_000)
    assert card._effect.isHidden()


def test_a_finding_with_other_parts_gets_a_card_of_its_own(cards):
    card = cards.findChild(FindingCard)
    cards.show_findings([Finding("full", "error", more(3).title, Message("It is full."), ("gateway",))])
    assert card.isHidden()
    assert "It is full." in read(cards)


def shown_link(cards, qtbot):
    """Return the one link that is seen, once the cards that were replaced are gone."""
    qtbot.waitUntil(lambda: len(cards.findChildren(FindingCard)) == 1)
    (link,) = [part for part in cards.findChildren(QPushButton) if part.property("role") == "link"]
    qtbot.waitUntil(link.isVisible)
    return link


def test_evidence_that_became_a_figure_can_be_clicked(cards, session, qtbot):
    evaluation, session.evaluation = session.evaluation, None
    finding = msgspec.structs.replace(more(3), title=Message("Other"))
    cards.show_findings([finding])
    assert "node/gateway/utilization" in read(cards)
    session.evaluation = evaluation
    cards.show_findings([finding])
    link = shown_link(cards, qtbot)
    with qtbot.waitSignal(cards.explain):
        qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
