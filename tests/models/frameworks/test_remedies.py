"""What a finding promises is what the re-evaluated design shows after its remedy, on all variants of all templates."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.evaluation import Evaluation, evaluate
from models.formatting import format_value
from models.frameworks import assess_all
from models.frameworks.cost_optimization.savings import savings
from models.frameworks.cost_optimization.view import view
from models.moves import Problem, apply_move
from models.moves.effects import Effect, effect, gains
from models.report import Finding
from models.templates import template, templates

VARIANTS = [(one.id, variant.name) for one in templates() for variant in one.variants]
Promise = Callable[[Finding, Evaluation, Effect], list[tuple[str, str]]]


def value(evaluation: Evaluation, name: str) -> float:
    found = evaluation.figure(name).value
    assert found is not None, name
    return found


def money(amount: float) -> str:
    return format_value(amount, "USD/month")


def more(before: Evaluation, after: Evaluation) -> float:
    return after.money.bill.total - before.money.bill.total


def availability(finding: Finding, before: Evaluation, after: Effect) -> list[tuple[str, str]]:
    reached = value(after.evaluation, "total/availability")
    return [(finding.why.args["after"], format_value(reached, "availability"))]


def as_function(finding: Finding, before: Evaluation, after: Effect) -> list[tuple[str, str]]:
    then = value(after.evaluation, f"node/{finding.elements[0]}/cost_per_month")
    return [(finding.why.args["then"], money(then))]


def cached(finding: Finding, before: Evaluation, after: Effect) -> list[tuple[str, str]]:
    return [(finding.why.args["saved"], money(-more(before, after.evaluation)))]


def soon(evaluation: Evaluation) -> list[Finding]:
    found = [finding for one in assess_all(evaluation) for finding in one.findings]
    return [finding for finding in found if finding.rule == "scaling.full_soon" and finding.remedy is not None]


def held(finding: Finding, before: Evaluation, after: Effect) -> list[tuple[str, str]]:
    """The replicas hold through the month that the sentence names, for the money that it names."""
    node, cure = finding.elements[0], str(finding.why.args["cure"])
    last = int(finding.why.args["last"])
    row = after.evaluation.pipeline.nodes.row_of[node]
    design = after.evaluation.design
    for other in soon(before):
        if other.elements[0] in finding.why.args["with"]:
            assert other.remedy is not None
            applied = apply_move(design, before.catalog, other.remedy)
            assert isinstance(applied, Design)
            design = applied
    assert evaluate(design, before.catalog).full_months[row] > last
    assert evaluate(design, before.catalog, month=last).load[row] < 1.0
    said = re.search(r"for (\S+) a month more", cure)
    assert said is not None, cure
    return [(said.group(1), money(more(before, after.evaluation)))]


def saved(finding: Finding, before: Evaluation, after: Effect) -> list[tuple[str, str]]:
    """Savings say what the bill of the shown month loses."""
    return [(str(finding.title.args["usd"]), money(-more(before, after.evaluation)))]


def saved_less_redone_work(finding: Finding, before: Evaluation, after: Effect) -> list[tuple[str, str]]:
    """Work repeated after interruptions is no line of the bill and is taken off what the finding says."""
    redone = {one.proposal.rule: one.proposal.overhead for one in savings(view(before)).opportunities}[finding.rule]
    return [(str(finding.title.args["usd"]), money(-more(before, after.evaluation) - redone))]


PROMISES: dict[str, Promise] = {
    "patterns.write_on_reply_path": availability,
    "patterns.idle_container": as_function,
    "scaling.cache_pays": cached,
    "scaling.full_soon": held,
}
SAVINGS = (
    "pay_by_use", "idle", "schedule", "fewer_replicas", "right_size", "cheaper_machine", "arm", "autoscale",
    "commit",
)  # fmt: skip
PROMISES.update(dict.fromkeys(SAVINGS, saved))
PROMISES.update(dict.fromkeys(("spot", "mixed_spot"), saved_less_redone_work))


@pytest.mark.parametrize(("identifier", "variant"), VARIANTS)
def test_every_promise_of_a_remedy_is_kept(identifier: str, variant: str) -> None:
    before = evaluate(template(identifier).variant(variant).design, load_catalog())
    for finding in [finding for one in assess_all(before) for finding in one.findings]:
        if finding.remedy is None:
            continue
        after = effect(before, finding.remedy)
        assert not isinstance(after, Problem), (finding.rule, after)
        promise = PROMISES.get(finding.rule)
        for said, shown in promise(finding, before, after) if promise is not None else ():
            assert said == shown, (finding.rule, str(finding.title), said, shown)


@pytest.mark.parametrize(("identifier", "variant"), VARIANTS)
def test_a_remedy_of_the_patterns_cures_its_finding_and_causes_no_other(identifier: str, variant: str) -> None:
    before = evaluate(template(identifier).variant(variant).design, load_catalog())
    found = {one.framework: one for one in assess_all(before)}["architecture-patterns"].findings
    cured = [finding for finding in found if finding.remedy is not None]
    for finding in cured:
        assert finding.remedy is not None
        after = effect(before, finding.remedy)
        assert isinstance(after, Effect)
        now = after.evaluation
        if now.month != before.month:
            now = evaluate(now.design, before.catalog, month=before.month)
        left = {one.framework: one for one in assess_all(now)}["architecture-patterns"].findings
        assert (finding.rule, finding.elements) not in [(one.rule, one.elements) for one in left]
        assert {one.rule for one in left} <= {one.rule for one in found}, finding.rule


def test_an_effect_tells_the_month_that_it_is_made_for() -> None:
    before = evaluate(template("assistant").variant("Model API").design, load_catalog())
    found = {one.framework: one for one in assess_all(before)}["architecture-patterns"].findings
    growing = next(one for one in found if one.rule == "patterns.growing_store")
    assert growing.remedy is not None
    after = effect(before, growing.remedy)
    assert isinstance(after, Effect)
    assert after.evaluation.month == before.horizon_months
    assert after.text.endswith(f"(month {before.horizon_months})")
    assert gains(after.changes)
    start, step = 500.0, 80.0
    days = growing.remedy.args["value"]
    assert days == 191  # 500 GiB at 80 GiB a month of 730/24 days
    assert step * days * 24.0 / 730.0 == pytest.approx(start, rel=0.01)
