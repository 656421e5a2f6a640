"""Limits hold, are missed, or cannot be shown to hold."""

from __future__ import annotations

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Flow, Node, Site
from models.evaluation import Evaluation, evaluate
from models.gates import failures, gates


def _evaluation(provider: str, region: str) -> Evaluation:
    design = Design(
        {
            "u": Node("users", "Users"),
            "s": Node("service", "Shop", sites=(Site("r"),)),
            "d": Node("object_store", "Files", sites=(Site("r"),)),
            "p": Boundary("provider", "P", params={"provider": provider}),
            "r": Boundary("region", "R", parent="p", params={"region": region}),
            "f": Flow("u", "s"),
            "g": Flow("s", "d"),
        }
    )
    return evaluate(design, load_catalog())


def test_percent_and_fraction_mean_the_same_availability() -> None:
    assert gates(min_availability=99.9)[0].limit == pytest.approx(gates(min_availability=0.999)[0].limit)
    assert gates() == ()


def test_known_figures_hold_or_miss_a_limit() -> None:
    evaluation = _evaluation("aws", "eu-central-1")
    cost = evaluation.figure("total/cost_per_month").value
    assert cost is not None
    assert failures(evaluation, gates(max_monthly_cost=cost * 1.01, min_availability=0.5, max_p95_ms=1e6)) == ()
    (sentence,) = failures(evaluation, gates(max_monthly_cost=cost * 0.9))
    assert sentence.startswith("The cost per month is $")


def test_lower_bound_below_the_limit_does_not_pass() -> None:
    evaluation = _evaluation("lambda", "us-east-1")
    assert evaluation.figure("total/cost_per_month").bound == "at_least"
    (sentence,) = failures(evaluation, gates(max_monthly_cost=1e9))
    assert sentence.startswith("The cost per month is only known to be at least $")
    (sentence,) = failures(evaluation, gates(max_monthly_cost=0.01))
    assert "at least $" in sentence
    assert "allowed is at most" in sentence
