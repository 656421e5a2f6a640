"""Savings are what the evaluation of their remedies says, alone and together; findings are those expected."""

import numpy as np
import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Input
from models.evaluation import Evaluation, evaluate
from models.frameworks.cost_optimization import ID, INPUTS, assess
from models.frameworks.cost_optimization.fleet import fleet
from models.frameworks.cost_optimization.savings import savings
from models.frameworks.cost_optimization.steps import overflow_target
from models.frameworks.cost_optimization.usage import usage
from models.frameworks.cost_optimization.view import view
from models.moves import apply_move
from models.report import Chart, Figures, Findings, InputField, Table
from models.templates import template, templates

VARIANTS = [(found.id, variant.name) for found in templates() for variant in found.variants]
EXPECTED = {
    ("assistant", "Model API"): {"budget_overrun", "untagged", "dominant_line", "commit"},
    ("assistant", "Own 32 B model"): {"untagged", "idle_capacity", "commit"},
    ("assistant", "Two regions"): {"untagged", "idle_capacity", "commit"},
    ("recommender", "Item features per read"): {
        "over_budget", "untagged", "dominant_line", "cross_zone", "autoscale", "commit", "all_savings", "mixed_spot",
    },
    ("recommender", "Item table in the ranker's memory"): {
        "budget_overrun", "untagged", "cross_zone", "autoscale", "commit", "fewer_replicas", "arm", "all_savings",
        "mixed_spot",
    },
    ("fraud", "One region"): {"untagged", "log_cost", "cross_zone", "commit", "arm", "all_savings", "mixed_spot"},
    ("fraud", "Two regions"): {"budget_overrun", "untagged", "log_cost", "commit"},
    ("training", "On demand beside the data"): {"over_budget", "untagged", "dominant_line", "pay_by_use"},
    ("training", "Preemptible at a GPU cloud"): {"untagged", "egress", "pay_by_use", "idle", "spot", "all_savings"},
    ("vision", "Inference in the store"): {"untagged", "dominant_line"},
    ("vision", "Inference in the cloud"): {
        "over_budget", "untagged", "dominant_line", "autoscale", "commit", "all_savings", "mixed_spot",
    },
    ("gateway", "All own, one spare"): {"untagged", "dominant_line", "idle_capacity"},
    ("gateway", "Own base, overflow to a hosted model"): {"over_budget", "untagged", "dominant_line"},
}  # fmt: skip


@pytest.fixture(scope="module")
def evaluations() -> dict[tuple[str, str], Evaluation]:
    catalog = load_catalog()
    return {key: evaluate(template(key[0]).variant(key[1]).design, catalog) for key in VARIANTS}


def after(evaluation: Evaluation, remedy) -> Evaluation:
    changed = apply_move(evaluation.design, evaluation.catalog, remedy)
    assert isinstance(changed, Design), changed
    return evaluate(changed, evaluation.catalog, previous=evaluation)


@pytest.mark.parametrize("key", VARIANTS)
def test_the_fleet_costs_what_the_bill_says(key, evaluations) -> None:
    evaluation = evaluations[key]
    billed = np.zeros(len(evaluation.pipeline.nodes.row_node))
    for line in evaluation.money.bill.lines:
        if line.category in ("compute", "accelerators"):
            billed[line.members] += np.nan_to_num(line.usd)
    found = fleet(evaluation)
    assert found.cost == pytest.approx(billed[found.row])
    assert found.cost.sum() == pytest.approx(billed.sum())


@pytest.mark.parametrize("key", VARIANTS)
def test_each_saving_is_its_evaluated_effect(key, evaluations) -> None:
    evaluation = evaluations[key]
    for one in savings(view(evaluation)).opportunities:
        effect = evaluation.money.bill.total - after(evaluation, one.remedy).money.bill.total
        assert one.saving == pytest.approx(effect - one.proposal.overhead, abs=0.01), one.proposal.rule


@pytest.mark.parametrize("key", VARIANTS)
def test_all_savings_together_are_their_evaluated_effect(key, evaluations) -> None:
    evaluation = evaluations[key]
    found = savings(view(evaluation))
    assert found.remedy is not None
    effect = evaluation.money.bill.total - after(evaluation, found.remedy).money.bill.total
    assert found.together <= effect + 0.01
    assert found.together == pytest.approx(effect, rel=0.02)
    assert found.together <= sum(one.saving for one in found.opportunities) + 0.01
    assert found.together >= found.opportunities[0].saving * 0.99


@pytest.mark.parametrize("key", VARIANTS)
def test_savings_never_overload_a_node(key, evaluations) -> None:
    evaluation = evaluations[key]
    found = savings(view(evaluation))
    later = after(evaluation, found.remedy)
    before = np.nan_to_num(evaluation.load)
    target = np.nan_to_num(later.pipeline.nodes.column("service", "target_utilization"), nan=0.6)
    allowed = np.maximum(before, np.maximum(target, 0.8)) + 1e-9
    assert np.all(np.nan_to_num(later.load) <= allowed)


@pytest.mark.parametrize("key", VARIANTS)
def test_templates_show_what_is_expected(key, evaluations) -> None:
    found = {finding.rule for finding in assess(evaluations[key]).findings}
    assert found == EXPECTED[key]


@pytest.mark.parametrize("key", VARIANTS)
def test_each_remedy_of_a_finding_holds_its_promise(key, evaluations) -> None:
    evaluation = evaluations[key]
    for finding in assess(evaluation).findings:
        if finding.remedy is None:
            continue
        later = after(evaluation, finding.remedy)
        if finding.rule == "untagged":
            assert "untagged" not in {other.rule for other in assess(later).findings}
        else:
            assert later.money.bill.total < evaluation.money.bill.total, finding.rule


def test_support_and_other_environments_follow_the_machines(evaluations) -> None:
    from msgspec.structs import replace

    design = template("recommender").variants[1].design
    brief = replace(design.brief, params={**design.brief.params, "support_percent": 0.1, "staging_share": 0.5})
    evaluation = evaluate(Design({**design.elements, "brief": brief}), load_catalog())
    found = savings(view(evaluation))
    for one in found.opportunities:
        effect = evaluation.money.bill.total - after(evaluation, one.remedy).money.bill.total
        assert one.saving == pytest.approx(effect - one.proposal.overhead, abs=0.01), one.proposal.rule


def test_savings_are_less_under_a_negotiated_discount(evaluations) -> None:
    from msgspec.structs import replace

    design = template("recommender").variants[1].design
    account = replace(design.boundaries["aws"], params={**design.boundaries["aws"].params, "discount": 0.2})
    evaluation = evaluate(Design({**design.elements, "aws": account}), load_catalog())
    listed = evaluations["recommender", "Item table in the ranker's memory"]
    assert evaluation.money.bill.total == pytest.approx(0.8 * listed.money.bill.total, rel=1e-9)
    found, full = savings(view(evaluation)), savings(view(listed))
    assert found.together == pytest.approx(0.8 * full.together, rel=0.01)
    for one in found.opportunities:
        effect = evaluation.money.bill.total - after(evaluation, one.remedy).money.bill.total
        assert one.saving == pytest.approx(effect - one.proposal.overhead, abs=0.01), one.proposal.rule


def test_a_commitment_is_smaller_when_demand_may_fall(evaluations) -> None:
    from msgspec.structs import replace

    design = template("recommender").variants[1].design
    brief = {**design.brief.params, "growth_percent_month": -0.1, "growth_low_percent_month": -0.15}
    changed = {**design.elements, "brief": replace(design.brief, params=brief)}
    shrinking = evaluate(Design(changed), load_catalog())

    def share(evaluation: Evaluation) -> float:
        found = {one.proposal.rule: one for one in savings(view(evaluation)).opportunities}
        return float(found["commit"].proposal.changes["params"]["ranker"]["reserved_1y_share"])

    growing = evaluations["recommender", "Item table in the ranker's memory"]
    assert share(growing) == 1.0
    assert share(shrinking) < 0.8


def test_the_panel_begins_with_the_answer_and_its_figures(evaluations) -> None:
    found = assess(evaluations["assistant", "Model API"])
    assert found.framework == ID
    assert "month 3" in str(found.answer)
    kinds = list(dict.fromkeys(type(block) for block in found.blocks))
    assert kinds[:3] == [Figures, InputField, Findings]
    tables = [block for block in found.blocks if isinstance(block, Table)]
    for table in tables:
        assert all(len(row) == len(table.columns) for row in (*table.rows, *([table.total] if table.total else [])))


def test_bad_inputs_are_findings_and_do_not_break_the_panel() -> None:
    design = template("assistant").variants[0].design
    bad = {"demand_ratio": "many", "shared_rule": "dice", "budgets": {"x": 1.0}, "allowed_values": "nonsense"}
    elements = {f"in/cost-optimization/{path}": Input(value) for path, value in bad.items()}
    found = assess(evaluate(Design({**design.elements, **elements}), load_catalog()))
    rules = [finding for finding in found.findings if finding.rule == "cost_input"]
    assert {finding.elements[0].rsplit("/", 1)[1] for finding in rules} == set(bad)
    assert set(bad) <= set(INPUTS)


def test_an_empty_design_has_an_answer() -> None:
    found = assess(evaluate(Design({}), load_catalog()))
    assert "Nothing in this drawing has a price yet" in str(found.answer)
    assert found.findings == ()


def test_idle_money_is_what_the_day_leaves_unused(evaluations) -> None:
    evaluation = evaluations["gateway", "All own, one spare"]
    seen = view(evaluation)
    found = usage(seen, savings(seen).drawn)
    at = found.node.tolist().index(evaluation.pipeline.nodes.row_of["code-model"])
    demand = evaluation.traffic.demand
    row = int(found.node[at])
    mean = evaluation.traffic.load.node_utilization[row] * demand.node_mean[row] / demand.node_peak[row]
    assert found.mean[at] == pytest.approx(mean)
    assert found.usd[at] == pytest.approx(evaluation.money.bill.node_usd[row])
    assert found.idle[at] == pytest.approx(found.usd[at] * (1 - mean))
    assert found.step_usd[at] == pytest.approx(found.usd[at] / 4)


def test_the_commitment_table_adds_up_to_its_saving(evaluations) -> None:
    evaluation = evaluations["fraud", "One region"]
    table = next(
        block
        for block in assess(evaluation).blocks
        if isinstance(block, Table) and str(block.title).startswith("What to commit")
    )
    found = {one.proposal.rule: one for one in savings(view(evaluation)).opportunities}
    assert sum(float(row[3]) for row in table.rows) == pytest.approx(found["commit"].saving)
    assert all(0 < float(row[1]) <= float(row[2]) for row in table.rows)
    assert all(0.3 < float(row[4]) < 1.0 for row in table.rows)


@pytest.mark.parametrize("key", VARIANTS)
def test_the_groups_of_every_month_add_up_to_the_forecast(key, evaluations) -> None:
    evaluation = evaluations[key]
    chart = next(
        block for block in assess(evaluation).blocks if isinstance(block, Chart) and block.kind == "stacked_area"
    )
    summed = np.sum([series.y for series in chart.series], axis=0)
    assert summed == pytest.approx(view(evaluation).ahead.total(), rel=1e-9)


def test_overflow_is_priced_by_the_tokens_of_the_model_beside_the_next_replica() -> None:
    design = template("gateway").variant("Own base, overflow to a hosted model").design
    evaluation = evaluate(design, load_catalog())
    table = next(
        block
        for block in assess(evaluation).blocks
        if isinstance(block, Table) and "next step of capacity" in str(block.title)
    )
    target = overflow_target(view(evaluation))
    assert target is not None
    assert str(table.columns[-1].title) == f"Overflow to “{target.name}”"
    nodes, work = evaluation.pipeline.nodes, evaluation.traffic.work
    for row, key in zip(table.rows, table.elements, strict=True):
        assert row[3] == "" or row[3] == pytest.approx(row[1] / (row[2] * 730 * 3600) * 1e6)
        node = nodes.row_of[key]
        if row[-1] != "":
            tokens = work.input_tokens[node], work.output_tokens[node]
            assert row[-1] == pytest.approx(tokens[0] * target.input_usd + tokens[1] * target.output_usd)
    assert any(row[-1] != "" for row in table.rows)
