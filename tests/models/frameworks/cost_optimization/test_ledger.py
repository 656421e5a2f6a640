"""Every partition of the bill adds up to its total, and shared cost is split without loss."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Input, Node, input_id
from models.evaluation import Evaluation, evaluate
from models.frameworks.cost_optimization import assess
from models.frameworks.cost_optimization.ledger import by_boundary, by_kind, ledger, owner_ids
from models.frameworks.cost_optimization.tagging import (
    UNTAGGED,
    all_tags,
    charge_back,
    groups_of,
    node_tags,
    policy,
    tagged_share,
    violations,
)
from models.frameworks.cost_optimization.view import view
from models.report import Chart, Figure, Table
from models.templates import template, templates

VARIANTS = [(found.id, variant.name, variant.design) for found in templates() for variant in found.variants]


@pytest.fixture(scope="module")
def evaluations() -> dict[tuple[str, str], Evaluation]:
    catalog = load_catalog()
    return {(identifier, name): evaluate(design, catalog) for identifier, name, design in VARIANTS}


@pytest.mark.parametrize(("identifier", "name"), [entry[:2] for entry in VARIANTS])
def test_every_partition_sums_to_the_bill(identifier: str, name: str, evaluations) -> None:
    evaluation = evaluations[identifier, name]
    charges = ledger(evaluation)
    total = evaluation.money.bill.total
    assert charges.total == pytest.approx(total, rel=1e-12)
    assert sum(charges.by_category().values()) == pytest.approx(total, rel=1e-12)
    flow_tags = [flow.tags for flow in evaluation.pipeline.flows.elements]
    partitions = [
        by_kind(evaluation, charges),
        by_boundary(evaluation, charges, "context"),
        by_boundary(evaluation, charges, "deployment"),
        owner_ids(evaluation),
        *(groups_of(charges, all_tags(evaluation), flow_tags, key) for key in ("team", "product", "nothing")),
    ]
    for groups in partitions:
        assert sum(charges.grouped(groups).values()) == pytest.approx(total, rel=1e-12)


@settings(max_examples=60)
@given(data=st.data(), rule=st.sampled_from(("proportional", "even", "fixed")))
def test_any_grouping_and_any_split_keeps_the_total(data, rule: str) -> None:
    charges = _CHARGES
    owners = len(charges.payer)
    names = st.sampled_from(("a", "b", "c", UNTAGGED, "Whole plan"))
    groups = data.draw(st.lists(names, min_size=owners, max_size=owners))
    shares = data.draw(st.dictionaries(st.sampled_from(("a", "b", "c", "d")), st.floats(0, 10)))
    assert sum(charges.grouped(groups).values()) == pytest.approx(charges.total, rel=1e-9)
    parts, left = charge_back(charges, groups, rule, shares)
    assert sum(part.total for part in parts) + left == pytest.approx(charges.total, rel=1e-9)
    assert all(part.shared >= 0 for part in parts)


_CHARGES = ledger(evaluate(VARIANTS[3][2], load_catalog()))


@pytest.mark.parametrize(("identifier", "name"), [entry[:2] for entry in VARIANTS])
def test_treemap_and_chargeback_add_up_to_the_bill(identifier: str, name: str, evaluations) -> None:
    evaluation = evaluations[identifier, name]
    total = evaluation.money.bill.total
    blocks = assess(evaluation).blocks
    (tree,) = [block for block in blocks if isinstance(block, Chart) and block.kind == "treemap"]
    assert math.fsum(value for series in tree.series for value in series.y) == pytest.approx(total, rel=1e-9)
    (report,) = [block for block in blocks if isinstance(block, Table) and "Chargeback" in str(block.title)]
    whole = report.total[-1]
    if evaluation.money.bill.unpriced_nodes.size or evaluation.money.bill.unpriced_flows.size:
        assert isinstance(whole, Figure)
        assert whole.bound == "at_least"
    sums = (*report.total[:-1], whole.value if isinstance(whole, Figure) else whole)
    for row in (*report.rows, sums):
        assert math.fsum(row[1:-1]) == pytest.approx(row[-1], abs=1e-6 * (1.0 + total))
    for at in range(1, len(report.columns)):
        assert math.fsum(row[at] for row in report.rows) == pytest.approx(sums[at], abs=1e-6 * (1.0 + total))
    assert sums[-1] == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("key", ["boundary", "place", "service"])
def test_cost_is_grouped_by_partitions_where_no_tag_is_called_so(key: str) -> None:
    design = template("recommender").variants[0].design
    entry = input_id("cost-optimization", "group_by")
    evaluation = evaluate(design.apply(Delta.of([(entry, None, Input(key))])), load_catalog())
    seen = view(evaluation)
    sums = seen.charges.grouped(seen.groups)
    assert math.fsum(sums.values()) == pytest.approx(evaluation.money.bill.total, rel=1e-9)
    assert "Untagged" not in sums


def test_fixed_shares_without_a_known_group_leave_the_shared_cost_uncharged() -> None:
    groups = ["a"] * (len(_CHARGES.payer) - 1) + ["Whole plan"]
    parts, left = charge_back(_CHARGES, [UNTAGGED, *groups[1:]], "fixed", {"z": 1.0})
    assert [part.group for part in parts] == ["a"]
    assert left == pytest.approx(float(_CHARGES.by_owner()[[0, -1]].sum()))


def test_traffic_to_users_is_paid_by_who_sends_it() -> None:
    evaluation = evaluate(VARIANTS[3][2], load_catalog())
    charges = ledger(evaluation)
    nodes = len(evaluation.node_ids)
    opened = next(number for number, flow in enumerate(evaluation.pipeline.flows.elements) if flow.source == "shoppers")
    assert evaluation.node_ids[int(charges.payer[nodes + opened])] == "balancer"


def test_a_node_inherits_tags_from_its_team_and_its_place() -> None:
    design = VARIANTS[0][2]
    elements = dict(design.elements)
    elements["team-platform"] = replace(elements["team-platform"], tags={"team": "P", "cost": "1"})
    elements["frankfurt"] = replace(elements["frankfurt"], tags={"team": "place", "zone": "eu"})
    changed = Design(elements)
    node = changed.nodes["traces"]
    assert isinstance(node, Node)
    assert node_tags(changed, node) == {"team": "P", "cost": "1", "zone": "eu"}
    assert node_tags(changed, changed.nodes["quality"])["team"] == "Team Platform"


def test_policy_names_missing_keys_and_values_that_are_not_allowed() -> None:
    from models.design.elements import Input

    elements = dict(VARIANTS[0][2].elements)
    elements["in/cost-optimization/allowed_values"] = Input("environment: staging")
    evaluation = evaluate(Design(elements), load_catalog())
    rules = policy(evaluation.design)
    broken = {found.node: found for found in violations(evaluation, rules, all_tags(evaluation))}
    assert broken["traces"].missing == ("team", "product", "environment")
    assert broken["quality"].refused == (("environment", "production"),)
    elements["in/cost-optimization/allowed_values"] = Input("environment staging")
    assert "environment staging" in policy(Design(elements)).problem


def test_share_of_tagged_cost() -> None:
    evaluation = evaluate(VARIANTS[0][2], load_catalog())
    charges = ledger(evaluation)
    flow_tags = [flow.tags for flow in evaluation.pipeline.flows.elements]
    groups = groups_of(charges, all_tags(evaluation), flow_tags, "team")
    share = tagged_share(charges, groups)
    owned = charges.by_owner()
    untagged = float(owned[np.array([group == UNTAGGED for group in groups])].sum())
    assert untagged > 0
    assert share == pytest.approx(1 - untagged / charges.total)
