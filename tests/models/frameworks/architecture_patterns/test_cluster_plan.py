"""The plan of a cluster by hand: node ranges, updates, requests against need, shared cards."""

from __future__ import annotations

import math

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Node, Site
from models.evaluation import evaluate
from models.frameworks import architecture_patterns
from models.frameworks.architecture_patterns.kubernetes import ClusterPlan, plans
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.rollouts import canary_requests, chosen_rollout, rollouts
from models.frameworks.architecture_patterns.sharing import shareable
from models.frameworks.architecture_patterns.vertical import vertical
from models.report import Table


def planned(growth: float = 0.0, cards: int = 4, **params: object) -> tuple[Reading, ClusterPlan]:
    """Return 100 requests/s on a service of 8 replicas of 2 vCPU, 10 ms each, and a model on L4 cards."""
    elements: dict[str, Element] = {
        "brief": Brief(params={"home_region": "aws/eu-central-1", "growth_percent_month": growth}),
        "r": Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3}),
        "k": Boundary("cluster", "Main", parent="r"),
        "u": Node("users", "Users", {"peak_rate_rps": 100.0, "profile": "flat"}),
        "s": Node("service", "Orders", {"service_time_ms": 10, "ready_s": 40, **params}, (Site("k", 8),)),
        "m": Node("model_serving_gpu", "Ranker", {"service_time_ms": 5, "batch_size": 1}, (Site("k", cards),)),
        "us": Flow("u", "s"),
        "sm": Flow("s", "m", params={"probability": 0.5}),
    }
    reading = Reading(evaluate(Design(elements), load_catalog()))
    (plan,) = plans(reading)
    return reading, plan


def test_busy_processors_and_the_recommended_request() -> None:
    reading, plan = planned()
    found = vertical(reading, plan.pods[0])
    assert found is not None
    assert found.busy == pytest.approx(100 * 0.010 / 8)  # erlangs of work over 8 replicas
    assert found.target == pytest.approx(found.busy * 1.15)
    assert (found.mode, found.restarts, found.seconds) == ("Recreate", 8, 4 * 40)  # one correction of 8 replicas
    growing = vertical(*_first(planned(growth=0.05)))
    assert growing is not None
    assert growing.restarts == 8 * (1 + int(12 * math.log(1.05) / math.log(1.1)))


def _first(found: tuple[Reading, ClusterPlan]) -> tuple[Reading, object]:
    return found[0], found[1].pods[0]


def test_a_vertical_autoscaler_does_not_fight_the_horizontal_one() -> None:
    reading, plan = planned(autoscaled=True, scaling_metric="cpu")
    found = vertical(reading, plan.pods[0])
    assert found is not None
    assert found.mode == "Off"
    reading, plan = planned(autoscaled=True, scaling_metric="in_flight")
    found = vertical(reading, plan.pods[0])
    assert found is not None
    assert found.mode == "Recreate"


def test_updates_by_hand() -> None:
    reading, plan = planned()
    rolling, canary, beside = rollouts(reading, plan.pods[0])
    assert (rolling.surge, rolling.seconds) == (2, 4 * 40)  # 8 replicas, 2 at a time
    assert (beside.surge, beside.seconds) == (8, 40)
    assert canary.seconds == pytest.approx(40 + canary_requests(8) / (100 / 9) + 160)
    assert chosen_rollout(reading, plan.pods[0]).way == "rolling"
    assert chosen_rollout(reading, plan.pods[1]).way == "canary"


def test_the_autoscaler_of_the_cluster_moves_between_least_and_most_with_room_for_an_update() -> None:
    reading, plan = planned(autoscaled=True, min_replicas=2, max_replicas=40)
    general = next(pool for pool in plan.pools if pool.name == "general")
    assert general.fewest <= general.hosts < general.most
    fixed = next(pool for pool in planned()[1].pools if pool.name == "general")
    assert fixed.fewest == fixed.hosts <= fixed.most
    assert reading.n == 3


def test_idle_cards_can_be_shared_and_busy_ones_not() -> None:
    reading, plan = planned()
    (found,) = shareable(reading, plan)
    assert found.utilization == pytest.approx(50 * 0.005 / 4, rel=0.05)
    assert found.sliced is not None
    assert found.sliced.cards == 2
    assert found.parts is None  # an L4 has no partitions
    assert found.saves == pytest.approx(2 * found.usd_per_card)


def test_all_tables_of_the_plan_are_shown() -> None:
    reading, _ = planned(autoscaled=True, max_replicas=40)
    blocks = architecture_patterns.assess(reading.evaluation).blocks
    titles = " · ".join(str(block.title) for block in blocks if isinstance(block, Table))
    for words in ("node pools by bin packing", "requests and scaling", "updates,", "modelled need", "could share"):
        assert words in titles
