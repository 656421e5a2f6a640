"""The edits behind the remedies of the patterns: what each changes in the drawing, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Flow, Node, Site
from models.evaluation import evaluate
from models.evaluation.bill import stored_gib
from models.moves import Problem, apply_move
from models.report import Remedy

PARTS: dict[str, Any] = {
    "brief": Brief(params={"home_region": "aws/eu-central-1"}),
    "account": Boundary("provider", "AWS", params={"provider": "aws"}),
    "r": Boundary("region", "Frankfurt", "account", params={"region": "eu-central-1", "zones": 3}),
    "z": Boundary("zone", "a", "r"),
    "a": Boundary("team", "Team A"),
    "s": Node("service", "Service", sites=(Site("z", 2),), context="a"),
    "f": Node("feature_store", "Features", sites=(Site("r", 2),)),
    "l": Node("object_store", "Lake", {"storage_gib": 100, "storage_growth_gib_month": 10}, (Site("r", 1),)),
    "d": Node("relational", "Database", sites=(Site("r", 1),)),
    "t": Node("model_training", "Training", sites=(Site("r", 1),), context="a"),
    "q": Node("stream", "Events", sites=(Site("r", 3),)),
    "lt": Flow("l", "t", "batch", params={"calls": 0, "gib_per_day": 5.0}),
    "sq": Flow("s", "q", "message", params={"calls": 3}),
    "sd": Flow("s", "d", params={"operation": "write"}),
}


def applied(move: str, **args: Any) -> Design:
    after = apply_move(Design(PARTS), load_catalog(), Remedy(move, args))
    assert isinstance(after, Design), after
    return after


def test_contracts_and_owners_are_stated_on_several_elements_at_once() -> None:
    after = applied("change_flows", params={"sq": {"contract_version": "1"}, "sd": {"contract_owner": "Team A"}})
    assert after.flows["sq"].params["contract_version"] == "1"
    assert after.flows["sd"].params["contract_owner"] == "Team A"
    assert applied("give_to_team", nodes={"l": "a"}).node("l").context == "a"


def test_served_features_reach_the_training() -> None:
    after = applied("keep_served_features", source="f", target="t", gib_per_day=7.5)
    flow = after.flows["f-as-served"]
    assert (flow.source, flow.target, flow.interaction) == ("f", "t", "batch")
    volume = evaluate(after, load_catalog()).figure("flow/f-as-served/bytes_per_s").value
    assert volume == pytest.approx(7.5 * 2**30 / 86_400.0)


def test_a_check_stands_between_store_and_training_with_the_same_volume() -> None:
    after = applied("check_before", flows=["lt"])
    assert after.flows["lt"].target == "t-check"
    assert after.flows["lt-checked"].source == "t-check"
    assert after.flows["lt-checked"].target == "t"
    assert after.flows["lt-checked"].params == PARTS["lt"].params
    assert after.node("t-check").context == "a"


def test_events_are_read_from_the_log_of_the_store() -> None:
    after = applied("read_from_log", store="d", flows={"sq": 3.0})
    assert after.flows["sq"].source == "d"
    assert after.flows["sq"].params["calls"] == 3.0


def test_a_node_leaves_its_zone_or_gets_a_standby_in_a_second_region() -> None:
    assert applied("spread", nodes={"s": "r"}).node("s").sites[0].boundary == "r"
    after = applied("spread", standby={"s": {"region": "eu-west-1", "name": "Ireland"}})
    here, there = after.node("s").sites
    assert (here.role, there.role, there.replicas) == ("active", "standby", 2)
    assert there.boundary is not None
    assert after.boundaries[there.boundary].params["region"] == "eu-west-1"


@pytest.mark.parametrize(
    ("move", "args"),
    [
        ("change_flows", {"params": {"gone": {}}}),
        ("give_to_team", {"nodes": {"gone": "a"}}),
        ("keep_served_features", {"source": "gone", "target": "t", "gib_per_day": 1.0}),
        ("check_before", {"flows": ["gone"]}),
        ("read_from_log", {"store": "gone", "flows": {}}),
        ("spread", {"nodes": {"gone": "r"}}),
    ],
)
def test_a_move_on_what_is_gone_says_so(move: str, args: dict[str, Any]) -> None:
    refused = apply_move(Design(PARTS), load_catalog(), Remedy(move, args))
    assert isinstance(refused, Problem)
    assert "no longer there" in str(refused.message)


@pytest.mark.parametrize(("days", "month", "gib"), [(None, 12, 220.0), (365.0, 1, 110.0), (365.0, 24, 120.0)])
def test_retention_ends_the_growth_of_a_store(days: float | None, month: int, gib: float) -> None:
    """10 GiB a month for 365 of 365 days are 120 GiB; what is there today stays."""
    params = {**PARTS["l"].params, **({} if days is None else {"retention_days": days})}
    lake = Node("object_store", "Lake", params, (Site("r", 1),))
    evaluation = evaluate(Design({**PARTS, "l": lake}), load_catalog())
    row = evaluation.pipeline.nodes.row_of["l"]
    assert stored_gib(evaluation.pipeline.nodes, month)[row] == pytest.approx(gib)
