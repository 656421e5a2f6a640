"""Budgets as Terraform: limits add up over providers, resources hold what their schema demands."""

import json
import math
import re

import pytest

from exports.terraform import budgets_text
from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import BRIEF_ID, Boundary, Brief, Flow, Input, Node, Site, input_id
from models.evaluation import evaluate
from models.frameworks.cost_optimization.provider_budgets import provider_budgets
from models.templates import templates

REQUIRED = {
    "aws_budgets_budget": {"name", "budget_type", "limit_amount", "limit_unit", "time_unit", "notification"},
    "google_billing_budget": {"billing_account", "amount", "threshold_rules"},
    "azurerm_consumption_budget_subscription": {"name", "subscription_id", "amount", "time_period", "notification"},
}


def cloud(provider: str, region: str) -> dict[str, Boundary | Node]:
    return {
        f"{provider}-r": Boundary("region", region, params={"provider": provider, "region": region}),
        f"{provider}-n": Node(
            "service",
            f"API {provider}",
            {"vcpu": 4, "memory_gib": 8},
            (Site(f"{provider}-r", 4),),
            tags={"team": "Feed A"},
        ),
    }


@pytest.fixture
def design() -> Design:
    places = {"aws": "us-east-1", "gcp": "us-central1", "azure": "eastus", "hyperstack": "canada-1"}
    elements = {
        BRIEF_ID: Brief("Shop", params={"budget_usd_month": 9000.0, "people_fte": 0.0, "go_live": "2027-02-01"})
    }
    for provider, region in places.items():
        elements |= cloud(provider, region)
    elements |= {"u": Node("users", "People", {"peak_rate_rps": 5.0}), "f": Flow("u", "aws-n")}
    budgets = {"team=Feed A": 700.0, "us-east-1": 300.0, "nobody": 5.0}
    return Design({**elements, input_id("cost-optimization", "budgets"): Input(budgets)})


def test_each_cloud_gets_its_resource_with_its_part_of_the_limit(design: Design) -> None:
    evaluation = evaluate(design, load_catalog())
    document = json.loads(budgets_text(evaluation))
    assert set(document) == {"//", "variable", "resource"}
    for kind, needed in REQUIRED.items():
        for name, body in document["resource"][kind].items():
            assert re.fullmatch(r"[a-z_][a-z0-9_]*", name)
            assert needed <= set(body)
    aws = document["resource"]["aws_budgets_budget"]
    assert aws["us_east_1_aws"]["limit_amount"] == "300.00"
    assert "account or a tag of its own" in aws["us_east_1_aws"]["//"]
    assert aws["team_feed_a_aws"]["cost_filter"] == [{"name": "TagKeyValue", "values": ["user:team$Feed A"]}]
    gcp = document["resource"]["google_billing_budget"]["team_feed_a_gcp"]
    assert gcp["budget_filter"] == [{"labels": {"team": "feed_a"}}]
    azure = document["resource"]["azurerm_consumption_budget_subscription"]["team_feed_a_azure"]
    assert azure["filter"] == [{"tag": [{"name": "team", "values": ["Feed A"]}]}]
    assert document["variable"]["budget_start"]["default"] == "2027-02-01T00:00:00Z"
    parts = math.fsum(one.limit for one in provider_budgets(evaluation) if one.name == "team=Feed A")
    assert parts == pytest.approx(700.0)


def test_a_plan_without_a_budget_or_a_watched_cloud_writes_nothing(design: Design) -> None:
    brief = design.brief
    without = design.apply(
        Delta.of(
            [
                (BRIEF_ID, brief, Brief("Shop")),
                (
                    input_id("cost-optimization", "budgets"),
                    design.elements[input_id("cost-optimization", "budgets")],
                    None,
                ),
            ]
        )
    )
    assert budgets_text(evaluate(without, load_catalog())) == ""


def test_limits_of_every_template_stay_within_the_plan() -> None:
    for found in templates():
        evaluation = evaluate(found.variants[0].design, load_catalog())
        limit = float(evaluation.design.brief.params.get("budget_usd_month", math.inf))
        whole = [one for one in provider_budgets(evaluation) if one.name == "Whole plan"]
        assert math.fsum(one.limit for one in whole) <= limit * (1 + 1e-9)
