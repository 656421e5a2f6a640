"""What stands on a card fits on it."""

import pytest

from models.design.elements import Flow, Node, Site
from models.picture.cards import BADGE_SIZE, CARD_HEIGHT, CARD_WIDTH, card, flow_label, guessed, technology_line
from models.typeface import text_width

LONG = "Retrieval orchestrator for the second business unit"


@pytest.mark.parametrize("badge", ["", "slots 93 %", "a badge that is far too long for any card"])
@pytest.mark.parametrize("warned", [False, True])
def test_texts_stay_on_the_card(badge: str, warned: bool) -> None:
    parts = card(CARD_WIDTH, CARD_HEIGHT, LONG, LONG, badge, warned)
    assert parts.title.endswith("…")
    end = parts.title_at[0] + text_width(parts.title, parts.title_size, "semibold")
    assert end <= (parts.warning_at[0] if parts.warning_at else CARD_WIDTH - 6)
    if parts.badge_box is not None:
        x, y, width, height = parts.badge_box
        assert x + width <= CARD_WIDTH
        assert y + height <= CARD_HEIGHT
        assert text_width(parts.badge, BADGE_SIZE, "semibold") < width


def test_a_title_shrinks_a_little_before_it_is_cut() -> None:
    assert card(CARD_WIDTH, CARD_HEIGHT, "Prompts and models", "").title == "Prompts and models"


def test_the_technology_line_says_size_and_replicas() -> None:
    assert technology_line(Node(kind="service", name="A", technology="own words")) == "own words"
    node = Node(kind="service", name="A", params={"vcpu": 4, "managed": False}, sites=(Site(replicas=4),))
    assert technology_line(node) == "4 vCPU × 4"
    graphics = Node(kind="model_serving_gpu", name="A", params={"accelerator": "l4", "accelerators": 2})
    assert technology_line(graphics).startswith("2 × l4")


def test_defaults_show_as_guessed() -> None:
    assert guessed(Node(kind="service", name="A"))
    assert not guessed(Node(kind="service", name="A", params={"vcpu": 4}))
    assert not guessed(Node(kind="service", name="A", provenance={"vcpu": "confirmed"}))


def test_flow_labels_say_name_or_calls_and_payload() -> None:
    assert flow_label(Flow("a", "b", name="sampled 10 %")) == "sampled 10 %"
    payload = {"request_kib": 90, "response_kib": 1}
    assert flow_label(Flow("a", "b", params={"probability": 0.88, **payload})) == "0.88 × 90/1 KiB"
    assert flow_label(Flow("a", "b", params={"calls": 1})) == ""
    assert flow_label(Flow("a", "b")) == ""
