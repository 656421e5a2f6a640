"""One move for several nodes: all or nothing."""

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.moves import Problem, apply_move
from models.report import Remedy
from models.templates import template

DESIGN = template("assistant").variants[0].design


def change(**args: object) -> Design | Problem:
    return apply_move(DESIGN, load_catalog(), Remedy("change_nodes", args))


def test_parameters_replicas_and_tags_change_together() -> None:
    changed = change(
        params={"orchestrator": {"spot_share": 0.5}, "history": {"vcpu": 8}},
        replicas={"orchestrator": 3, "history": 2},
        tags={"traces": {"team": "Team Platform"}},
    )
    assert isinstance(changed, Design)
    assert changed.node("orchestrator").params["spot_share"] == 0.5
    assert changed.node("orchestrator").sites[0].replicas == 3
    assert [site.replicas for site in changed.node("history").sites] == [2, 1]
    assert changed.node("traces").tags == {"team": "Team Platform"}
    assert DESIGN.node("traces").tags == {}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"params": {"gone": {"vcpu": 1}}}, "no longer there"),
        ({"params": {"orchestrator": {"wings": 2}}}, "no parameter 'wings'"),
        ({"params": {"orchestrator": {"spot_share": 7}}}, "cannot be above"),
        ({"replicas": {"orchestrator": -1}}, "cannot have -1 replicas"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_changes_nothing(args: dict[str, object], said: str) -> None:
    found = change(**args)
    assert isinstance(found, Problem)
    assert said in str(found.message)
