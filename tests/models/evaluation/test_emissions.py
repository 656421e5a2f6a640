"""Energy of the network: what crosses a region, by hand."""

from __future__ import annotations

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Node, Site
from models.evaluation import Evaluation, evaluate

MONTH_S = 730.0 * 3600.0


def run(remote: bool, kib: float = 1024.0) -> Evaluation:
    elements: dict[Id, Element] = {
        "brief": Brief(),
        "r": Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3}),
        "i": Boundary("region", "Ireland", params={"provider": "aws", "region": "eu-west-1", "zones": 3}),
        "u": Node("users", "Users", {"peak_rate_rps": 10.0, "profile": "flat"}),
        "a": Node("service", "Service", {}, (Site("r", 2),)),
        "b": Node("service", "Other", {}, (Site("i" if remote else "r", 2),)),
        "ua": Flow("u", "a", params={"request_kib": 0, "response_kib": kib}),
        "ab": Flow("a", "b", params={"request_kib": kib, "response_kib": 0}),
    }
    return evaluate(Design(elements), load_catalog())


def kwh(evaluation: Evaluation, node: Id) -> float:
    return float(evaluation.money.emissions.kwh[evaluation.node_ids.index(node)])


def test_users_and_other_regions_cost_a_thousandth_of_a_kwh_per_gb() -> None:
    sent = 10.0 * 1024.0 * 1024.0 * MONTH_S / 1e9 * 0.001
    beside, remote, silent = run(remote=False), run(remote=True), run(remote=False, kib=0.0)
    assert kwh(beside, "a") - kwh(silent, "a") == pytest.approx(sent)
    assert kwh(beside, "b") == pytest.approx(kwh(silent, "b"))
    assert kwh(remote, "a") - kwh(beside, "a") == pytest.approx(sent / 2)
    apart = run(remote=True, kib=0.0)
    assert kwh(remote, "b") - kwh(apart, "b") == pytest.approx(sent / 2)
