"""Quotas by region and account, lines and copies between regions, the total by part, and skills of the teams."""

import msgspec
import pytest

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.edits import set_params
from models.design.elements import BRIEF_ID, Input, input_id
from models.design.kinds import kinds
from models.evaluation import evaluate
from models.formatting import format_value
from models.frameworks.cloud_selection import assess, missing_study
from models.frameworks.cloud_selection.links import fills, links
from models.frameworks.cloud_selection.quotas import quotas
from models.frameworks.cloud_selection.requirements import read_requirements
from models.frameworks.cloud_selection.skills import hours_to_run
from models.report import Table
from models.templates import template

CATALOG = load_catalog()


def with_params(design, **by_element):
    for key, params in by_element.items():
        element = design.elements[key]
        design = design.apply(Delta.of([(key, element, set_params(element, params))]))
    return design


def findings(design, rule):
    return [found for found in assess(evaluate(design, CATALOG)).findings if found.rule == rule]


def table(assessment, title):
    return next(b for b in assessment.blocks if isinstance(b, Table) and str(b.title).startswith(title))


# -- quotas ------------------------------------------------------------------------------------------------------------


def two_regions():
    return template("assistant").variant("Two regions").design


def test_an_account_counts_the_cards_of_all_its_regions():
    found = {each.boundary: each for each in quotas(evaluate(two_regions(), CATALOG))}
    assert found["aws"].account
    inside = [each for each in found.values() if not each.account and each.boundary in ("frankfurt", "stockholm")]
    assert found["aws"].needed == sum(each.needed for each in inside) == 8


def test_the_quota_of_a_region_is_held_against_what_runs_there():
    design = with_params(two_regions(), frankfurt={"quota_accelerators": 3}, aws={"lead_time_weeks": 5})
    (found,) = findings(design, "quota")
    assert str(found.title) == "Frankfurt needs 4 accelerators, its quota is 3"
    assert "5 weeks" in str(found.why), "the lead time of the account holds where the region states none"
    enough = with_params(two_regions(), frankfurt={"quota_accelerators": 4})
    assert findings(enough, "quota") == []


def test_an_account_whose_regions_all_state_a_quota_is_not_asked_again():
    assert [found.elements[0] for found in findings(two_regions(), "quota_unknown")] == ["aws"]
    one = with_params(two_regions(), frankfurt={"quota_accelerators": 100})
    both = with_params(one, stockholm={"quota_accelerators": 100})
    assert findings(both, "quota_unknown") == []


def test_what_nobody_entered_is_called_not_known_with_the_reason():
    assessment = assess(evaluate(two_regions(), CATALOG))
    assert {row[2] for row in table(assessment, "Accelerators against quotas").rows} == {"not known"}
    known = with_params(two_regions(), aws={"quota_accelerators": 6, "lead_time_weeks": 3})
    rows = {row[0]: row for row in table(assess(evaluate(known, CATALOG)), "Accelerators against quotas").rows}
    assert rows["AWS, whole account"] == ("AWS, whole account", "8 × L4", "6", "2", "3")


# -- lines and copies --------------------------------------------------------------------------------------------------


def test_a_copy_in_a_further_region_fills_in_its_bytes_over_the_measured_line():
    design = template("fraud").variant("Two regions").design
    evaluation = evaluate(design, CATALOG)
    found = {fill.node: fill for fill in fills(evaluation, read_requirements(evaluation))}
    lake = found["lake"]
    gbit = CATALOG.throughput_gbit_s(("aws", "eu-central-1"), ("aws", "eu-west-1")).value
    assert lake.stored_gib == design.nodes["lake"].params["storage_gib"] == 30 * 1024
    assert lake.hours == pytest.approx(30 * 1024 * 2**30 * 8 / (gbit * 1e9) / 3600)
    assert 14 < lake.hours < 15
    assert found["ledger"].stored_gib == 1024, "one copy, not the sum over its sites"


def test_without_a_second_region_there_is_nothing_to_fill():
    evaluation = evaluate(template("fraud").variant("One region").design, CATALOG)
    assert fills(evaluation, read_requirements(evaluation)) == ()


def test_a_line_that_is_drawn_takes_the_place_of_the_measured_one_and_is_shared():
    from models.moves.links import crossing_flows, link_clouds

    design = template("training").variant("Preemptible at a GPU cloud").design
    drawn = link_clouds(design, CATALOG, {"flows": list(crossing_flows(design)), "kind": "vpn"})
    before, after = (evaluate(each, CATALOG) for each in (design, drawn))
    assert {link.basis for link in links(before, read_requirements(before))} == {"assumed"}
    found = [link for link in links(after, read_requirements(after)) if link.basis == "VPN AWS"]
    assert {link.line for link in found} == {1.25e9 / 8}
    rates = after.flow_column("bytes_per_s")
    total = sum(rates[after.flow_ids.index(link.flow)] for link in found)
    assert all(link.carried == pytest.approx(total) for link in found)


# -- the total by part -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["assistant", "fraud", "gateway", "training"])
def test_the_parts_of_the_total_add_up_and_say_what_is_not_set(name):
    evaluation = evaluate(template(name).variants[0].design, CATALOG)
    study = missing_study(evaluation)()
    found = table(assess(evaluation, (study,)), "Total over")
    for column in range(1, len(found.columns) - 1):
        parts = sum(row[column] for row in found.rows)
        assert parts == pytest.approx(found.total[column], rel=1e-6)
    rests = {row[0]: row[-1] for row in found.rows}
    assert rests["Support plan"].startswith("none set")
    assert rests["Paid once"].startswith("none set")


def test_support_one_off_and_the_move_are_in_the_total():
    design = template("fraud").variants[0].design
    brief = design.brief
    priced = msgspec.structs.replace(brief, params={**brief.params, "support_percent": 0.1, "one_off_usd": 50_000})
    running = Delta.of([
        (BRIEF_ID, design.elements[BRIEF_ID], priced), (input_id("cloud-selection", "running"), None, Input(True))
    ])  # fmt: skip
    evaluation = evaluate(design.apply(running), CATALOG)
    study = missing_study(evaluation)()
    found = table(assess(evaluation, (study,)), "Total over")
    rows = {row[0]: row for row in found.rows}
    groups = next(plan.groups for plan in study.plans if plan.provider == "aws")
    billed = sum(usd for name, usd in groups.items() if name not in ("support", "people", "contract", "environments"))
    assert groups["support"] == pytest.approx(0.1 * billed)
    assert rows["Support plan"][1] == pytest.approx(groups["support"] / billed * rows["Billed by providers"][1])
    assert rows["Support plan"][-1] == "10.0% of the bill"
    assert rows["Paid once"][1] == 50_000
    aws, azure = rows["Moving there"][1:3]
    assert aws == 0 < azure
    assert sum(row[2] for row in found.rows) == pytest.approx(found.total[2])


# -- skills ------------------------------------------------------------------------------------------------------------


def test_nobody_is_missed_while_no_team_lists_skills():
    assert findings(template("fraud").variants[0].design, "skills") == []


def test_hours_of_what_no_team_knows_are_added_up_and_priced():
    design = template("fraud").variants[0].design
    known = {node.kind for node in design.nodes.values()} - {"stream", "relational"}
    listed = with_params(design, **{"team-data": {"skills": ", ".join(sorted(known))}})
    (found,) = findings(listed, "skills")
    missing = {key for key, node in design.nodes.items() if node.kind in ("stream", "relational")}
    data = {key for key in missing if design.nodes[key].context}
    assert set(found.elements) == data == missing
    hours = sum(hours_to_run(design.nodes[key]) for key in missing)
    assert hours > 0
    assert f"{hours:.0f} hours a month" in str(found.why)
    assert format_value(hours * 15_000 / 140, "USD/month") in str(found.why)


@pytest.mark.parametrize(
    "skill", ["relational", "Relational", "postgres", kinds().nodes["relational"].equivalents["aws"]]
)
def test_a_skill_fits_by_every_name_of_its_kind(skill):
    design = template("fraud").variants[0].design
    listed = with_params(design, **{"team-decision": {"skills": f"tea, {skill}"}})
    (found,) = findings(listed, "skills")
    assert "ledger" not in found.elements
    assert "stream" in found.elements or len(found.elements) > 3


def test_the_own_team_answers_for_its_nodes():
    design = template("fraud").variants[0].design
    other = with_params(design, **{"team-decision": {"skills": "tea"}, "team-data": {"skills": "relational"}})
    (found,) = findings(other, "skills")
    assert "ledger" in found.elements, "its own team lists skills, and not this one"
