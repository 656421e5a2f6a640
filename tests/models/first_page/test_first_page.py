"""Page one as content: verdicts, crossing volumes, cures, chances, and that nothing is said that is not known."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Flow, Node, Site
from models.evaluation import Case, Evaluation, evaluate
from models.first_page import first_page, statement_text
from models.first_page.budget import NORMAL_P90, over_budget
from models.first_page.crossover import crossover
from models.first_page.cure import find_cure, first_full_node
from models.first_page.overview import MOST_BOXES, overview
from models.first_page.parts import plural
from models.first_page.targets import verdict_of
from models.picture import build
from models.report import Assessment, Figure, Figures, Message
from models.templates import templates


def variants(template: str) -> dict[str, Evaluation]:
    """Return the evaluations of a template's variants by name, the chosen one first."""
    found = next(each for each in templates() if each.id == template)
    order = sorted(found.variants, key=lambda variant: not variant.design.brief.decision.startswith("Chosen"))
    return {variant.name: evaluate(variant.design, load_catalog()) for variant in order}


def shop(rate: float = 20.0, replicas: int = 2, brief: Brief | None = None) -> Evaluation:
    """Users and one service of 10 ms a call."""
    elements = {
        "brief": brief or Brief(),
        "u": Node("users", "Users", {"peak_rate_rps": rate}),
        "s": Node("service", "Shop", {"service_time_ms": 10.0, "servers": 1}, (Site(replicas=replicas),)),
        "f": Flow("u", "s"),
    }
    return evaluate(Design(elements), load_catalog())


def figure(value: float | None, **more: object) -> Figure:
    return Figure("total/cost_per_month", "Cost", value, "USD/month", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "target", "verdict"),
    [
        (figure(90.0), 100.0, "met"),
        (figure(110.0), 100.0, "missed"),
        (figure(90.0, band=(80.0, 105.0)), 100.0, "tie"),
        (figure(110.0, band=(99.0, 120.0)), 100.0, "tie"),
        (figure(90.0, bound="at_least"), 100.0, "not known"),
        (figure(110.0, bound="at_least"), 100.0, "missed"),
        (figure(110.0, bound="at_most"), 100.0, "not known"),
        (figure(90.0, bound="at_most"), 100.0, "met"),
        (figure(None, status="unknown"), 100.0, "not known"),
        (figure(None, status="invalid"), 100.0, "missed"),
        (figure(90.0), None, "no target"),
    ],
)
def test_verdicts(found: Figure, target: float | None, verdict: str) -> None:
    assert verdict_of(found, target) == verdict


def test_the_crossing_volume_makes_both_cost_the_same() -> None:
    own, hosted = list(variants("assistant").values())[:2]
    found = crossover(own, hosted)
    assert found is not None
    assert 0.05 < found.factor < 1.0
    totals = [
        evaluate(each.design, each.catalog, case=Case(0, found.factor)).money.bill.total for each in (own, hosted)
    ]
    assert totals[0] == pytest.approx(totals[1], rel=0.01)
    below = [evaluate(each.design, each.catalog, case=Case(0, found.factor / 2)) for each in (own, hosted)]
    assert below[1].money.bill.total < below[0].money.bill.total


def test_a_cheaper_alternative_has_no_crossing() -> None:
    own, hosted = list(variants("assistant").values())[:2]
    assert crossover(hosted, own) is None
    text = " ".join(statement_text(each) for each in first_page(hosted, own, "hosted", "own").answer)
    assert "would cost less" not in text


@pytest.mark.parametrize("budget", [50.0, 100.0, 130.0, 400.0])
def test_the_chance_over_budget_is_that_of_the_lognormal(budget: float) -> None:
    cost, high = 100.0, 150.0
    sigma = math.log(high / cost) / NORMAL_P90
    draws = np.exp(np.log(cost) + sigma * norm.ppf((np.arange(20_000) + 0.5) / 20_000))
    assert over_budget(cost, high, budget) == pytest.approx(float((draws > budget).mean()), abs=1e-3)
    assert over_budget(cost, high, high) == pytest.approx(0.1, abs=1e-4)


def test_the_chance_without_a_band_is_certain() -> None:
    assert over_budget(100.0, 100.0, 90.0) == 1.0
    assert over_budget(100.0, 100.0, 110.0) == 0.0


def test_the_cure_moves_the_first_full_month_and_its_price_is_the_difference() -> None:
    evaluation = shop(rate=150.0)
    node = first_full_node(evaluation)
    assert node == "s"
    cure = find_cure(evaluation, node)
    assert cure is not None
    before = evaluation.figure("total/full_month").value
    assert before is not None
    after = shop(rate=150.0, replicas=2 + cure.added)
    assert after.figure("total/full_month").value == cure.full_month
    assert cure.full_month is None or cure.full_month > before
    month = int(before)
    totals = [evaluate(each.design, each.catalog, month).money.bill.total for each in (after, evaluation)]
    assert cure.usd_per_month == pytest.approx(totals[0] - totals[1])


def test_a_missed_target_stands_in_the_first_sentence() -> None:
    page = first_page(shop(brief=Brief(params={"budget_usd_month": 10.0})), variant_name="Small")
    assert page.rows[0].verdict == "missed"
    assert "but misses the budget (" in statement_text(page.answer[0])
    assert "against $10)" in statement_text(page.answer[0])


def test_an_error_leaves_nothing_but_what_is_missing() -> None:
    page = first_page(shop(rate=100_000.0))
    assert [finding.severity for finding in page.missing] == ["error"] * len(page.missing)
    assert page.missing
    assert (page.decision, page.answer, page.rows, page.risks, page.steps) == ((), (), (), (), ())


def test_an_empty_design_has_nothing_to_decide() -> None:
    page = first_page(evaluate(Design({}), load_catalog()))
    assert page.nothing
    assert page.decision == ()


def test_a_rejected_variant_is_not_recommended() -> None:
    page = first_page(shop(brief=Brief(decision="Rejected: too dear.")), variant_name="Small")
    assert statement_text(page.decision) == "None: “Small” was rejected. Too dear."
    assert "recommend" not in statement_text(page.answer[0])


def test_an_unpriced_sum_starts_with_at_least() -> None:
    elements = dict(shop().design.elements)
    elements["m"] = Node("llm_api", "Model", {"model_api": "nobody/knows-this-model"})
    elements["g"] = Flow("s", "m")
    page = first_page(evaluate(Design(elements), load_catalog()), variant_name="Small")
    assert "for at least $" in statement_text(page.decision)
    assert page.rows[0].verdict == "no target"
    assert any(step.ends.startswith("0 instead of") for step in page.steps)


def test_tie_with_an_equal_alternative() -> None:
    page = first_page(shop(), shop(rate=20.2), "A", "B")
    assert "a tie with “B”" in statement_text(page.answer[0])


@pytest.mark.parametrize("template", [template.id for template in templates()])
def test_templates_fill_the_page(template: str) -> None:
    (name, chosen), (other_name, other) = list(variants(template).items())[:2]
    page = first_page(chosen, other, name, other_name)
    assert page.missing == ()
    assert len(page.answer) >= 2
    assert 5 <= len(page.rows) <= 8
    assert 2 <= len(page.risks) <= 3
    assert all("If " in statement_text(risk) and "; answer: " in statement_text(risk) for risk in page.risks)
    assert 2 <= len(page.steps) <= 3
    assert "are defaults" in statement_text(page.sure[0])
    words = " ".join(statement_text(each) for each in (page.decision, *page.answer, *page.risks, *page.sure))
    assert "nan" not in words.casefold()
    assert "None" not in words


@pytest.mark.parametrize("count", [1, 5, 13, 60])
def test_the_overview_has_at_most_twelve_boxes_and_keeps_every_connection(count: int) -> None:
    nodes = {f"n{number}": Node("service" if number % 3 else "queue", f"N {number}") for number in range(count)}
    teams = {"t": Boundary("team", "Team")}
    placed = {
        key: Node(node.kind, node.name, context="t" if number % 4 == 0 else None)
        for number, (key, node) in enumerate(nodes.items())
    }
    flows = {f"f{number}": Flow(f"n{number}", f"n{number + 1}") for number in range(count - 1)}
    found = overview(evaluate(Design({**teams, **placed, **flows}), load_catalog()))
    assert 1 <= len(found.design.nodes) <= MOST_BOXES
    picture = build(found.design, "data_flow", found.lens)
    corners = picture.nodes.rects[:, :2]
    assert len(np.unique(corners, axis=0)) == len(found.design.nodes)
    if count > 1:
        linked = {end for flow in found.design.flows.values() for end in (flow.source, flow.target)}
        assert linked == set(found.design.nodes)


def test_plural() -> None:
    assert [plural(word) for word in ("question", "query", "day", "box", "batch")] == [
        "questions",
        "queries",
        "days",
        "boxes",
        "batches",
    ]


def test_leaving_the_provider_is_a_risk_where_nothing_is_scarce() -> None:
    leaving = Figure("cloud-selection/exit", "Leaving costs, once", 110_000.0, "USD")
    blocks = (Figures((leaving, Figure("cloud-selection/exit_months", "Leaving takes", 3.5, "months"))),)
    assessment = Assessment("cloud-selection", Message("Cloud"), Message("Stay."), blocks)
    risks = first_page(shop(), assessments=(assessment,)).risks
    assert leaving in risks[0]
    assert "leaving costs $110,000 once and takes about 15.2 weeks" in statement_text(risks[0])
    assert not any("leaving" in statement_text(risk) for risk in first_page(shop()).risks)
