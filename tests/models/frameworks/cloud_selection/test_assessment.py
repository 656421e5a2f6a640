"""Cloud selection on the six templates: answers, findings and remedies, and what it says when something is missing."""

from datetime import date
from functools import cache
from itertools import pairwise

import msgspec
import pytest

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import new_node, set_params
from models.design.elements import BRIEF_ID, Brief, Flow, Input, Node, input_id
from models.evaluation import evaluate
from models.frameworks import FRAMEWORKS, cloud_selection, input_parameter, missing_studies, with_studies
from models.frameworks.cloud_selection import INPUTS, assess, missing_study
from models.frameworks.cloud_selection.answer import horizon_factor, turns
from models.frameworks.cloud_selection.candidates import alternatives, candidates
from models.frameworks.cloud_selection.choice import choose
from models.frameworks.cloud_selection.criteria import price_drift
from models.frameworks.cloud_selection.inputs import weights
from models.frameworks.cloud_selection.leaving import exit_plan, read_exit
from models.frameworks.cloud_selection.links import links
from models.frameworks.cloud_selection.requirements import data_classes, read_requirements
from models.moves import Problem, apply_move
from models.report import Chart, InputField, Sentence, Table, Timeline
from models.studies.provider_costs import compare_providers
from models.templates import template

EXPECTED = {
    ("assistant", "Model API"): ["model_retires", "data_in_other_hands", "bound", "bound"],
    ("assistant", "Own 32 B model"): ["bound", "bound"],
    ("assistant", "Two regions"): ["quota_unknown", "bound", "bound"],
    ("recommender", "Item features per read"): ["quota_unknown", "bound", "bound"],
    ("recommender", "Item table in the ranker's memory"): ["quota_unknown", "bound"],
    ("fraud", "One region"): ["data_in_other_hands", "quota_unknown", "bound"],
    ("fraud", "Two regions"): ["data_in_other_hands", "quota_unknown", "bound"],
    ("training", "On demand beside the data"): ["quota_unknown", "bound"],
    ("training", "Preemptible at a GPU cloud"): ["quota_unknown", "bound"],
    ("vision", "Inference in the store"): ["quota_unknown", "bound"],
    ("vision", "Inference in the cloud"): ["quota_unknown", "bound"],
    ("gateway", "All own, one spare"): ["quota_unknown", "bound", "bound"],
    ("gateway", "Own base, overflow to a hosted model"): ["model_retires", "quota_unknown", "bound", "bound"],
}


@cache
def finished(name, variant):
    evaluation = evaluate(template(name).variant(variant).design, load_catalog())
    study = missing_study(evaluation)()
    return evaluation, study, assess(evaluation, (study,))


def with_input(design, path, value):
    return design.apply(Delta.of([(input_id("cloud-selection", path), None, Input(value))]))


def with_brief(design, **params):
    return design.apply(Delta.of([(BRIEF_ID, design.elements.get(BRIEF_ID), set_params(design.brief, params))]))


def tables(assessment):
    return {str(block.title): block for block in assessment.blocks if isinstance(block, Table)}


@pytest.mark.parametrize(("name", "variant"), EXPECTED)
def test_findings_on_the_templates(name, variant):
    _, _, assessment = finished(name, variant)
    assert [finding.rule for finding in assessment.findings] == EXPECTED[name, variant]


@pytest.mark.parametrize(("name", "variant"), EXPECTED)
def test_the_answer_names_a_leader_or_a_tie(name, variant):
    _, _, assessment = finished(name, variant)
    assert " leads with " in str(assessment.answer) or str(assessment.answer).startswith("A tie: ")


@pytest.mark.parametrize(("name", "variant"), EXPECTED)
def test_a_tie_names_the_regions_and_what_is_not_known_is_said(name, variant):
    evaluation, study, assessment = finished(name, variant)
    found, choice = ranked(evaluation, study)
    said = [str(block.text) for block in assessment.blocks if isinstance(block, Sentence)]
    (unknown,) = [text for text in said if text.startswith("Not counted for or against anybody")]
    assert "stable prices (4.0% of the points)" in unknown
    assert ("would keep" in unknown) is (choice.worst_lead() > 0)
    if len(choice.tie) > 1:
        for index in choice.tie:
            each = next(one for one in found if one.plan.provider == choice.alternatives[index].id)
            assert each.where
            assert f"{each.plan.name} ({each.where})" in str(assessment.answer)
    assert " 0%" not in str(assessment.answer)


def test_price_drift_tells_what_changed():
    drift = price_drift(load_catalog(), "aws")
    assert (drift.machines, drift.changed, drift.most_type) == (277, 3, "p5.48xlarge")
    years = (date.fromisoformat("2026-07-20") - date.fromisoformat(drift.since)).days / 365.25
    assert drift.most == pytest.approx((55.04 / 98.32) ** (1 / years) - 1)
    assert price_drift(load_catalog(), "azure") is None


def test_remedies_lower_the_cost_of_leaving():
    seen = 0
    for name, variant in EXPECTED:
        evaluation, _, assessment = finished(name, variant)
        before = read_exit(evaluation, read_requirements(evaluation)).cost.rework
        for finding in assessment.findings:
            if finding.remedy is None:
                continue
            after = apply_move(evaluation.design, evaluation.catalog, finding.remedy)
            assert not isinstance(after, Problem)
            changed = evaluate(after, evaluation.catalog)
            assert read_exit(changed, read_requirements(changed)).cost.rework < before
            seen += 1
    assert seen


def test_a_provider_with_gaps_is_out_and_one_without_prices_is_not_cheap():
    evaluation, study, _ = finished("recommender", "Item features per read")
    requirements = read_requirements(evaluation)
    found = {
        each.plan.provider: each
        for each in candidates(evaluation, study, requirements, read_exit(evaluation, requirements))
    }
    google = found["gcp"]
    assert google.plan.unpriced
    assert google.plan.cost < 0.5 * found["aws"].plan.cost
    assert google.monthly > 0.8 * found["aws"].monthly
    _, study, assessment = finished("gateway", "All own, one spare")
    assert "H200" in next(plan for plan in study.plans if plan.provider == "gcp").gaps[0].sentence
    ranked = tables(assessment)["Rank by method"]
    assert "Google Cloud" not in [row[0] for row in ranked.rows]


def test_own_model_on_aws_is_bought_by_the_host_of_eight():
    _, study, _ = finished("assistant", "Own 32 B model")
    plans = {plan.provider: plan for plan in study.plans}
    people = plans["aws"].groups["people"]
    assert plans["as drawn"].cost == pytest.approx(26_700, rel=0.15)
    assert plans["aws"].groups["accelerators"] == pytest.approx(8 * 7.36 * 730 + 2_939, rel=0.02)
    assert people == pytest.approx(7_500)


def test_pending_until_the_study_is_there_and_stale_after_an_edit():
    evaluation, study, _ = finished("assistant", "Model API")
    waiting = assess(evaluation)
    assert "not compared yet" in str(waiting.answer)
    assert any(isinstance(block, Sentence) and "pending" in str(block.text) for block in waiting.blocks)
    design = with_brief(evaluation.design, growth_percent_month=0.01)
    changed = evaluate(design, evaluation.catalog)
    assert missing_study(changed, (study,)) is not None
    stale = assess(changed, (study,))
    assert any(isinstance(block, Sentence) and "being costed again" in str(block.text) for block in stale.blocks)


def test_moving_a_card_keeps_the_study():
    evaluation, _, _ = finished("assistant", "Model API")
    studies = with_studies(evaluation)
    key = next(key for key in evaluation.design.elements if key.startswith("pos/"))
    before = evaluation.design.elements[key]
    delta = Delta.of([(key, before, msgspec.structs.replace(before, x=before.x + 8))])
    moved = evaluate(evaluation.design.apply(delta), evaluation.catalog)
    assert missing_study(moved, studies) is None
    assert missing_studies(moved, studies) == ()
    said = [str(block.text) for block in assess(moved, studies).blocks if isinstance(block, Sentence)]
    assert any(text.startswith("Several clouds: ") and "pending" not in text for text in said)


def test_a_study_can_be_cancelled_and_tells_its_progress():
    design = template("training").variants[0].design
    assert compare_providers(design, load_catalog(), cancelled=lambda: True) is None
    shares = []
    compare_providers(design, load_catalog(), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_excluded_and_required_decide_who_is_out():
    evaluation, study, _ = finished("assistant", "Model API")
    design = with_input(evaluation.design, "exclude", "gcp, oci")
    design = with_input(design, "require", "H200")
    changed = evaluate(design, evaluation.catalog)
    requirements = read_requirements(changed)
    found = candidates(changed, study, requirements, read_exit(changed, requirements))
    out = {each.plan.provider: each.out for each in found}
    assert "excluded" in out["gcp"]
    assert [one.id for one in alternatives(changed, requirements, found)] == ["aws", "azure"]


def test_an_input_that_cannot_be_used_is_a_finding():
    evaluation, study, _ = finished("assistant", "Model API")
    design = with_input(evaluation.design, "exclude", "amazon")
    design = with_input(design, "weight/cost", "much")
    found = assess(evaluate(design, evaluation.catalog), (study,)).findings
    sentences = [str(finding.why) for finding in found if finding.rule == "cloud_input"]
    assert len(sentences) == 2
    assert any("“amazon”" in sentence and "aws" in sentence for sentence in sentences)


def test_more_weight_on_cost_favors_the_cheaper():
    evaluation, study, before = finished("vision", "Inference in the cloud")
    design = with_input(evaluation.design, "weight/cost", 100)
    after = assess(evaluate(design, evaluation.catalog), (study,))
    assert str(after.answer) != str(before.answer)


def test_sensitive_data_outside_of_the_residency_is_an_error_with_its_path():
    design = template("assistant").variants[0].design
    region = design.elements["frankfurt"]
    moved = design.apply(Delta.of([("frankfurt", region, set_params(region, {"region": "us-east-1"}))]))
    findings = assess(evaluate(moved, load_catalog())).findings
    found = [finding for finding in findings if finding.rule == "data_out_of_place"]
    assert {"history", "documents", "gateway"} <= {finding.elements[0] for finding in found}
    assert all(finding.severity == "error" for finding in found)
    history = next(finding for finding in found if finding.elements[0] == "history")
    assert "Employees → CDN and firewall → API gateway → Orchestrator → Chat history" in str(history.why)


def test_data_follows_the_calls_until_a_flow_states_a_lower_class():
    elements = {
        "brief": Brief(),
        "u": Node("users", "Users", params={"data_class": "health"}),
        "a": new_node("service", "A"),
        "b": new_node("service", "B"),
        "c": new_node("service", "C"),
        "ua": Flow("u", "a"),
        "ab": Flow("a", "b"),
        "bc": Flow("b", "c", params={"data_class": "internal"}),
    }
    evaluation = evaluate(Design(elements), load_catalog())
    assert data_classes(evaluation) == {"u": "health", "a": "health", "b": "health"}


def test_quota_names_what_is_needed_and_the_weeks():
    design = template("training").variants[0].design
    account = design.elements["aws"]
    small = design.apply(
        Delta.of([("aws", account, set_params(account, {"quota_accelerators": 8, "lead_time_weeks": 6}))])
    )
    found = next(finding for finding in assess(evaluate(small, load_catalog())).findings if finding.rule == "quota")
    assert str(found.title) == "AWS needs 19 accelerators, its quota is 8"
    assert "6 weeks" in str(found.why)


def test_the_exit_plan_moves_callees_first_data_late_and_entrances_last():
    evaluation, _, assessment = finished("fraud", "One region")
    requirements = read_requirements(evaluation)
    steps = exit_plan(evaluation, read_exit(evaluation, requirements), ("gcp", "europe-west3"))
    at = {node: number for number, step in enumerate(steps) for node in step.nodes}
    assert set(at) == set(requirements.nodes)
    assert at["rules"] < at["decision"] < at["ledger"] < at["gateway"]
    assert at["monitoring"] == 0
    assert all(first.end == pytest.approx(second.start) for first, second in pairwise(steps))
    assert any(isinstance(block, Timeline) for block in assessment.blocks)


def test_leaving_costs_more_with_a_longer_double_run():
    evaluation, _, _ = finished("fraud", "One region")
    longer = evaluate(with_input(evaluation.design, "exit/dual_months", 3), evaluation.catalog)
    before, after = (read_exit(each, read_requirements(each)).cost for each in (evaluation, longer))
    assert after.dual_running == pytest.approx(3 * before.dual_running)
    assert after.rework == before.rework


def test_an_empty_drawing_says_what_to_do():
    assessment = assess(evaluate(Design(), load_catalog()))
    assert "Draw a service" in str(assessment.answer)
    assert assessment.findings == ()


def test_every_input_field_is_declared_with_a_label():
    _, _, assessment = finished("assistant", "Model API")
    shown = [
        block.element for block in assessment.blocks if isinstance(block, InputField) and block.element != BRIEF_ID
    ]
    assert shown
    assert all(input_parameter(element) is not None for element in shown)
    assert all(INPUTS[path].label and INPUTS[path].help for path in INPUTS)
    assert cloud_selection in FRAMEWORKS


def test_a_line_between_regions_that_is_too_thin_is_found():
    design = template("assistant").variant("Own 32 B model").design
    evaluation = evaluate(design, load_catalog())
    assert [link.flow for link in links(evaluation, read_requirements(evaluation))] == ["f-answer", "f-release"]
    thin = evaluate(with_input(design, "exit/gbit_s", 0.01), load_catalog())
    found = [finding for finding in assess(thin).findings if finding.rule == "full_line"]
    assert found == []
    flow = design.elements["f-answer"]
    heavy = design.apply(Delta.of([("f-answer", flow, set_params(flow, {"request_kib": 2000}))]))
    rules = [
        finding.rule for finding in assess(evaluate(with_input(heavy, "exit/gbit_s", 0.01), load_catalog())).findings
    ]
    assert "full_line" in rules


def test_halving_a_weight_of_the_winner_narrows_the_lead():
    _, _, assessment = finished("training", "On demand beside the data")
    chart = next(block for block in assessment.blocks if isinstance(block, Chart) and block.kind == "tornado")
    low, high = chart.series[0].low, chart.series[0].high
    assert all(first <= second for first, second in zip(low, high, strict=True))
    widths = [second - first for first, second in zip(low, high, strict=True)]
    assert widths == sorted(widths, reverse=True)


def test_self_run_nodes_take_longer_to_build():
    evaluation, study, _ = finished("fraud", "One region")
    requirements = read_requirements(evaluation)
    found = {
        each.plan.provider: each
        for each in candidates(evaluation, study, requirements, read_exit(evaluation, requirements))
    }
    assert found["oci"].plan.self_run > found["aws"].plan.self_run
    assert found["oci"].weeks > found["aws"].weeks


def test_with_one_candidate_left_the_others_are_named_with_their_reason():
    evaluation, study, _ = finished("assistant", "Model API")
    one = assess(evaluate(with_input(evaluation.design, "exclude", "azure, gcp"), evaluation.catalog), (study,))
    assert str(one.answer).startswith("Only AWS, eu-central-1 can run the drawing. Azure: It is excluded")
    assert "Oracle Cloud sells no CDN for “CDN and firewall”" in str(one.answer)
    none = assess(evaluate(with_input(evaluation.design, "exclude", "aws, azure, gcp"), evaluation.catalog), (study,))
    assert str(none.answer).startswith("No provider can run the drawing.")


def test_an_unknown_kind_or_place_stops_nothing():
    elements = {
        "brief": Brief(params={"home_region": "nowhere/x"}),
        "a": Node("service", "A", params={"instance": "weird.large"}),
        "b": Node("strange", "B", params={"accelerator": "H100"}),
        "f": Flow("a", "b"),
    }
    evaluation = evaluate(Design(elements), load_catalog())
    studies = with_studies(evaluation)
    assert str(assess(evaluation, studies).answer)
    assert missing_study(evaluation, studies) is None


def ranked(evaluation, study):
    requirements = read_requirements(evaluation)
    found = candidates(evaluation, study, requirements, read_exit(evaluation, requirements))
    known = alternatives(evaluation, requirements, found)
    return found, choose(known, weights(evaluation.design), (0.0, 0.0, 0.0))


def test_the_leader_is_caught_at_the_price_rise_that_is_named():
    evaluation, study, _ = finished("vision", "Inference in the store")
    found, choice = ranked(evaluation, study)
    rise = next(turn.value for turn in turns(evaluation, choice, found) if turn.what == "rise")
    leader = next(each for each in found if each.plan.provider == choice.alternatives[choice.order[0]].id)
    own = sum(leader.plan.groups.get(name, 0.0) for name in ("people", "contract", "hardware", "environments"))
    billed = 1.0 - own / leader.plan.cost
    dearer = with_input(evaluation.design, f"shock/{leader.plan.provider}", rise / billed)
    _, turned = ranked(evaluate(dearer, evaluation.catalog), study)
    assert turned.points[choice.order[0]] == pytest.approx(turned.points[choice.order[1]], abs=1e-6)


def test_the_leader_is_caught_at_the_egress_that_is_named():
    evaluation, study, _ = finished("fraud", "One region")
    found, choice = ranked(evaluation, study)
    egress = next(turn.value for turn in turns(evaluation, choice, found) if turn.what == "egress")
    by_id = {each.plan.provider: each for each in found}
    first, second = (by_id[choice.alternatives[index].id] for index in choice.order[:2])
    anchor = next(each for each in found if each.drawn).listed
    weight = next(w for each, w in zip(choice.used, choice.weights, strict=True) if each.id == "cost")
    gigabytes = egress * 1000 - first.plan.egress_gb
    lost = [
        100 * weight * gigabytes * each.plan.egress_price * horizon_factor(evaluation) / (2 * anchor)
        for each in (first, second)
    ]
    points = [choice.points[index] for index in choice.order[:2]]
    assert points[0] - lost[0] == pytest.approx(points[1] - lost[1])
    assert gigabytes > 0
