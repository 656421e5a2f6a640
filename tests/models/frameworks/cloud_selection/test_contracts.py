"""Contract ends against the exit plan: dates, what is owed, fees, committed spend, and what is said without dates."""

from datetime import date
from functools import cache

import pytest

from models.catalog.catalog import load_catalog
from models.dates import day_after, months_between
from models.design.delta import Delta
from models.design.edits import set_params
from models.design.elements import BRIEF_ID, Input, input_id
from models.design.kinds import kinds, problems
from models.evaluation import evaluate
from models.frameworks.cloud_selection import assess
from models.frameworks.cloud_selection.leaving import exit_plan, read_exit
from models.frameworks.cloud_selection.requirements import read_requirements
from models.report import Figures, Sentence, Table, Timeline
from models.templates import template


@cache
def drawing():
    return template("fraud").variant("One region").design


def changed(**by_element):
    """Return the evaluation of the template with parameters set; `start` is the start of the move."""
    design = drawing()
    start = by_element.pop("start", "")
    if start:
        design = design.apply(Delta.of([(input_id("cloud-selection", "exit/start"), None, Input(start))]))
    for key, params in by_element.items():
        element = design.elements[key]
        design = design.apply(Delta.of([(key, element, set_params(element, params))]))
    return evaluate(design, load_catalog())


def left(evaluation):
    return read_exit(evaluation, read_requirements(evaluation))


def reserved_usd(evaluation, key, share):
    """Return the reserved part of a node's machines by hand: hours × share × reserved price."""
    row = evaluation.pipeline.nodes.row_of[key]
    bought, total = evaluation.money.bought, 0.0
    for line in evaluation.money.bill.lines:
        if line.category in ("compute", "accelerators"):
            for member, hours in zip(line.members, line.quantity, strict=True):
                if evaluation.pipeline.nodes.row_node[member] == row:
                    total += hours * share * bought.offers[bought.offer[member]].reserved_1y.value
    return total


def test_what_is_owed_is_the_reserved_price_times_the_months_beyond_closing():
    evaluation = changed(decision={"reserved_1y_share": 0.8, "contract_end": "2028-01-31"}, start="2027-02-01")
    found = left(evaluation)
    (contract,) = found.contracts
    closed = exit_plan(evaluation, found, None)[-1].end
    usd = reserved_usd(evaluation, "decision", 0.8)
    assert contract.usd_month == pytest.approx(usd)
    assert contract.end == date(2028, 1, 31)
    assert contract.owed == pytest.approx(usd * (months_between(date(2027, 2, 1), date(2028, 1, 31)) - closed))
    assert found.cost.stranded_commitments == contract.owed
    assert contract.moved < contract.closed == closed


def test_start_and_term_give_the_end_and_the_reserved_share_its_term():
    stated = changed(decision={"reserved_3y_share": 0.5, "contract_start": "2026-07"}, start="2027-02")
    assert left(stated).contracts[0].end == date(2029, 6, 30)
    shorter = changed(
        decision={"reserved_3y_share": 0.5, "contract_start": "2026-07", "contract_months": 12}, start="2027-02"
    )
    assert left(shorter).contracts[0].end == date(2027, 6, 30)


def test_a_fee_that_is_less_than_the_rest_is_what_is_paid():
    terms = {"reserved_1y_share": 0.8, "contract_end": "2029-01"}
    rest = left(changed(decision=terms, start="2027-02")).contracts[0].owed
    assert left(changed(decision={**terms, "contract_exit_usd": 100}, start="2027-02")).contracts[0].owed == 100
    dear = changed(decision={**terms, "contract_exit_usd": rest + 1}, start="2027-02")
    assert left(dear).contracts[0].owed == rest


def test_a_contract_that_ended_before_is_not_owed_and_says_so():
    evaluation = changed(decision={"reserved_1y_share": 0.8, "contract_end": "2026-12"}, start="2027-02")
    assert left(evaluation).contracts[0].owed == 0
    assert "extend it" in contract_rows(assess(evaluation))[0][-1]


def test_committed_spend_is_owed_less_what_stays_and_what_is_reserved():
    terms = {"commit_usd_month": 20_000, "contract_end": "2029-01"}
    alone = left(changed(aws=terms, start="2027-02")).contracts[0]
    assert alone.owed == pytest.approx(20_000 * alone.over)
    with_reserved = left(
        changed(aws=terms, decision={"reserved_1y_share": 0.8, "contract_end": "2028-01"}, start="2027-02")
    )
    commit, reserved = with_reserved.contracts
    assert commit.element == "aws"
    assert commit.owed + reserved.owed == pytest.approx(alone.owed)
    own = changed(aws=terms, ledger={"price_usd_month": 900, "contract_end": "2028-01"}, start="2027-02")
    by_element = {each.element: each for each in left(own).contracts}
    assert by_element["aws"].owed == pytest.approx(alone.owed), "a contract with somebody else is no spend there"
    staying = changed(aws=terms, start="2027-02")
    found = read_exit(staying, read_requirements(staying), ["decision"]).contracts[0]
    row = staying.pipeline.nodes.row_of["decision"]
    assert found.usd_month == pytest.approx(20_000 - staying.money.bill.node_usd[row])


def test_a_monthly_price_counts_only_with_a_stated_end():
    assert left(changed(ledger={"price_usd_month": 900})).contracts == ()
    found = left(changed(ledger={"price_usd_month": 900, "contract_end": "2029-01"}, start="2027-02")).contracts[0]
    assert found.usd_month == 2 * 900, "at both of its sites, as it is billed"
    assert found.owed == pytest.approx(1800 * found.over)


def test_without_dates_the_assumed_months_follow_the_closing():
    evaluation = changed(decision={"reserved_1y_share": 0.8})
    found = left(evaluation)
    assert found.contracts[0].owed == pytest.approx(6 * found.contracts[0].usd_month)
    timeline = timeline_of(assess(evaluation))
    assert timeline.start == ""
    assert timeline.tasks[-1][2] == pytest.approx(found.contracts[0].closed + 6)
    assert timeline.tasks[-1][3] == "contracts, end assumed"


def test_an_end_without_a_start_of_the_move_is_not_counted_and_asks_for_it():
    evaluation = changed(decision={"reserved_1y_share": 0.8, "contract_end": "2029-01"})
    assert left(evaluation).contracts[0].owed is None
    assessment = assess(evaluation)
    assert "Set the start of the move" in contract_rows(assessment)[0][-1]
    costs = next(
        block for block in assessment.blocks if isinstance(block, Table) and "leaving costs" in str(block.title)
    )
    assert "1 not known" in next(row for row in costs.rows if row[0] == "Contracts still owed")[2]


def test_the_go_live_of_the_brief_starts_the_move_until_one_is_stated():
    evaluation = changed(brief={"go_live": "2027-03"}, decision={"reserved_1y_share": 0.8, "contract_end": "2029-01"})
    assert timeline_of(assess(evaluation)).start == "2027-03-01"


def test_panel_names_the_calendar_day_of_the_last_move_and_the_start_that_owes_nothing():
    evaluation = changed(decision={"reserved_1y_share": 0.8, "contract_end": "2028-12"}, start="2027-02-01")
    assessment = assess(evaluation)
    contract = left(evaluation).contracts[0]
    row = contract_rows(assessment)[0]
    assert row[1:4] == ("2028-12-31", *(day_after(date(2027, 2, 1), at).isoformat() for at in contract[5:7]))
    timeline = timeline_of(assessment)
    assert timeline.when(timeline.tasks[-1][2]) == "2028-12-31"
    assert timeline.marks == ((contract.closed, "old place closed"),)
    said = next(str(b.text) for b in assessment.blocks if isinstance(b, Sentence) and "starts on" in str(b.text))
    later = day_after(date(2027, 2, 1), contract.over).isoformat()
    assert later in said
    moved = changed(decision={"reserved_1y_share": 0.8, "contract_end": "2028-12"}, start=later)
    assert left(moved).contracts[0].owed == pytest.approx(0.0, abs=0.05 * contract.usd_month)


def test_the_head_tells_how_long_leaving_takes_without_the_contracts():
    evaluation = changed(decision={"reserved_1y_share": 0.8, "contract_end": "2035-12"}, start="2027-02-01")
    assessment = assess(evaluation)
    head = next(block for block in assessment.blocks if isinstance(block, Figures))
    months = next(figure.value for figure in head.figures if figure.id == "cloud-selection/exit_months")
    assert months == pytest.approx(left(evaluation).contracts[0].closed)
    assert max(end for _, _, end, _ in timeline_of(assessment).tasks) > 10 * months


def test_a_date_that_is_none_is_refused_with_an_example():
    node = drawing().elements["decision"]
    (sentence,) = problems(set_params(node, {"contract_end": "next summer"}))
    assert sentence == "Contract ends must be a date, as 2027-11 or 2027-11-30."
    (sentence,) = problems(set_params(drawing().elements[BRIEF_ID], {"go_live": "2027-13"}))
    assert "Go-live" in sentence


def test_every_kind_that_can_be_bought_has_the_terms_of_a_contract():
    for kind in kinds().nodes.values():
        if kind.parameter("price_usd_month") or kind.parameter("reserved_1y_share"):
            assert all(kind.parameter(f"contract_{name}") for name in ("start", "months", "end", "exit_usd")), kind.id


def contract_rows(assessment):
    return next(
        block.rows for block in assessment.blocks
        if isinstance(block, Table) and str(block.title) == "Contracts against the plan"
    )  # fmt: skip


def timeline_of(assessment):
    return next(block for block in assessment.blocks if isinstance(block, Timeline))


@pytest.mark.parametrize(("start", "months", "labels"), [
    ("", 5.0, ["0", "1", "2", "3", "4", "5"]),
    ("2027-02-15", 3.2, ["2027-03", "2027-04", "2027-05"]),
    ("2027-02-01", 1.9, ["2027-02", "2027-03"]),
    ("2027-02-01", 23.0, ["2027-04", "2027-07", "2027-10", "2028-01", "2028-04", "2028-07", "2028-10", "2029-01"]),
])  # fmt: skip
def test_ticks_are_first_days_of_months(start, months, labels):
    timeline = Timeline(None, (), start)
    ticks = timeline.scale(months, 8)
    assert [text for _, text in ticks] == labels
    assert all(0 <= at <= months for at, _ in ticks)
