"""A managed control plane is paid by the hour, once, by what runs in its cluster."""

from __future__ import annotations

from math import isnan
from typing import Any

import msgspec
import pytest

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import set_params
from models.design.elements import Boundary, Node, Site
from models.evaluation import evaluate
from models.frameworks.cost_optimization.ledger import FIXED, ledger
from models.moves.re_place import replacement

CATALOG = load_catalog()
FEE = 0.10 * 730.0


def shop(provider: str = "aws", region: str = "eu-central-1", **cluster: Any) -> Design:
    """Return a web service and a cache in a cluster, and a service beside it."""
    return Design(
        {
            "account": Boundary("provider", "Account", params={"provider": provider}),
            "region": Boundary("region", "Region", "account", params={"region": region}),
            "cluster": Boundary("cluster", "Cluster", "region", params=cluster),
            "web": Node("service", "Web", sites=(Site("cluster", 3),)),
            "cache": Node("cache", "Cache", sites=(Site("cluster"),)),
            "beside": Node("service", "Beside", sites=(Site("region"),)),
        }
    )


def fees(design: Design) -> dict[str, float]:
    """Return what each node bears of control planes, USD per month."""
    evaluation = evaluate(design, CATALOG)
    lines = [line for line in evaluation.money.bill.lines if line.label == "control plane of the cluster"]
    rows = evaluation.pipeline.nodes.row_node
    found: dict[str, float] = {}
    for line in lines:
        for row, usd in zip(line.members.tolist(), line.usd.tolist(), strict=True):
            key = evaluation.node_ids[rows[row]]
            found[key] = found.get(key, 0.0) + usd
    return found


def test_what_runs_in_a_cluster_bears_its_fee_in_equal_parts() -> None:
    assert fees(shop()) == pytest.approx({"web": FEE / 2, "cache": FEE / 2})


def test_the_bill_grows_by_the_fee_alone() -> None:
    totals = [evaluate(shop(managed=managed), CATALOG).money.bill for managed in (True, False)]
    support = sum(line.usd.sum() for line in totals[0].lines if line.category == "support")
    assert totals[0].node_usd.sum() - totals[1].node_usd.sum() == pytest.approx(FEE)
    assert support >= 0.0


@pytest.mark.parametrize("provider", ["on_premises"])
def test_own_places_pay_no_fee(provider: str) -> None:
    assert fees(shop(provider, "")) == {}


def test_a_control_plane_without_a_price_is_not_known() -> None:
    found = fees(shop("lambda", "us-east-1"))
    assert set(found) == {"web", "cache"}
    assert all(isnan(usd) for usd in found.values())
    assert evaluate(shop("lambda", "us-east-1"), CATALOG).scoreboard()[0].bound == "at_least"


def test_every_copy_of_a_cluster_is_paid_and_an_empty_one_is_not() -> None:
    design = shop()
    region = msgspec.structs.replace(design.boundaries["region"], copies=4)
    spare = Boundary("cluster", "Spare", "region")
    design = design.apply(Delta.of([("region", design.boundaries["region"], region), ("spare", None, spare)]))
    assert sum(fees(design).values()) == pytest.approx(4 * FEE)


def test_a_zone_in_a_cluster_belongs_to_it() -> None:
    design = shop()
    zone = Boundary("zone", "a", "cluster", params={"zone": "a"})
    web = msgspec.structs.replace(design.node("web"), sites=(Site("zone", 3),))
    design = design.apply(Delta.of([("zone", None, zone), ("web", design.node("web"), web)]))
    assert fees(design) == pytest.approx({"web": FEE / 2, "cache": FEE / 2})


def test_demand_does_not_move_the_fee_and_an_edit_of_the_cluster_does() -> None:
    evaluation = evaluate(shop(), CATALOG)
    charges = ledger(evaluation)
    number = charges.labels.index("control plane of the cluster")
    assert set(charges.scaling[charges.line == number].tolist()) == {FIXED}
    design = shop()
    own = set_params(design.boundaries["cluster"], {"managed": False})
    after = design.apply(Delta.of([("cluster", design.boundaries["cluster"], own)]))
    again = evaluate(after, CATALOG, previous=evaluation)
    assert again.money.bill.total == evaluate(after, CATALOG).money.bill.total


@pytest.mark.parametrize("provider", ["gcp", "azure"])
def test_another_provider_runs_the_cluster_too(provider: str) -> None:
    found = replacement(shop(), CATALOG, provider)
    assert not hasattr(found, "message")
    (cluster,) = [key for key, one in found.design.boundaries.items() if one.kind == "cluster"]
    assert [found.design.node(key).sites[0].boundary for key in ("web", "cache")] == [cluster, cluster]
    assert fees(found.design) == pytest.approx({"web": FEE / 2, "cache": FEE / 2})
