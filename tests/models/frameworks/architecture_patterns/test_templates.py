"""What the rules find on the six templates: what they must, nothing else, with remedies that work."""

from __future__ import annotations

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.evaluation import Evaluation, evaluate
from models.formatting import format_value
from models.frameworks import architecture_patterns
from models.moves import apply_move
from models.report import Assessment
from models.templates import template

ASSISTANT = {"shared_index", "missing_contract", "repeated_delivery", "growing_store"}
RECOMMENDER = {
    "training_serving_skew",
    "missing_contract",
    "repeated_delivery",
    "missing_quality_gate",
    "growing_store",
    "poison_record",
}
FRAUD = {
    "dual_write",
    "training_serving_skew",
    "missing_contract",
    "repeated_delivery",
    "missing_quality_gate",
    "unbuffered_message",
    "growing_store",
}
VISION = {
    "missing_contract",
    "repeated_delivery",
    "growing_store",
    "idle_container",
    "connection_burst",
    "poison_record",
}
GATEWAY = {
    "mixed_workload",
    "missing_contract",
    "single_zone",
    "repeated_delivery",
    "unbuffered_message",
    "update_without_room",
    "unlinked_clouds",
}
FOUND = {
    ("assistant", "Model API"): ASSISTANT | {"quota_not_stated"},
    ("assistant", "Own 32 B model"): ASSISTANT | {"single_zone", "unlinked_clouds"},
    ("assistant", "Two regions"): ASSISTANT
    | {"single_zone", "missing_owner", "chatty_across_regions", "unlinked_clouds"},
    ("recommender", "Item features per read"): RECOMMENDER,
    ("recommender", "Item table in the ranker's memory"): RECOMMENDER,
    ("fraud", "One region"): FRAUD | {"write_on_reply_path", "idle_container"},
    ("fraud", "Two regions"): FRAUD | {"missing_owner", "poison_record"},
    ("training", "On demand beside the data"): {"missing_contract"},
    ("training", "Preemptible at a GPU cloud"): {"missing_contract", "unlinked_clouds"},
    ("vision", "Inference in the store"): VISION,
    ("vision", "Inference in the cloud"): VISION | {"thin_line", "unbuffered_message"},
    ("gateway", "All own, one spare"): GATEWAY,
    ("gateway", "Own base, overflow to a hosted model"): GATEWAY | {"quota_not_stated"},
}
CASES = pytest.mark.parametrize(("identifier", "variant"), FOUND)


def evaluated(identifier: str, variant: str) -> Evaluation:
    return evaluate(template(identifier).variant(variant).design, load_catalog())


def names(assessment: Assessment) -> set[str]:
    return {finding.rule.removeprefix("patterns.") for finding in assessment.findings}


@CASES
def test_templates_show_what_they_must_and_nothing_else(identifier: str, variant: str) -> None:
    assert names(architecture_patterns.assess(evaluated(identifier, variant))) == FOUND[identifier, variant]


@CASES
def test_every_sentence_is_complete(identifier: str, variant: str) -> None:
    assessment = architecture_patterns.assess(evaluated(identifier, variant))
    for finding in assessment.findings:
        for text in (str(finding.title), str(finding.why)):
            assert "{" not in text
            assert "nan" not in text.split()
            assert "None" not in text
    assert "{" not in str(assessment.answer)


@CASES
def test_every_remedy_on_the_templates_keeps_its_promise(identifier: str, variant: str) -> None:
    before = evaluated(identifier, variant)
    for finding in architecture_patterns.assess(before).findings:
        if finding.remedy is None:
            continue
        design = apply_move(before.design, before.catalog, finding.remedy)
        assert isinstance(design, Design)
        after = evaluate(design, before.catalog, previous=before)
        left = architecture_patterns.assess(after).findings
        assert (finding.rule, finding.elements) not in [(one.rule, one.elements) for one in left]
        if finding.rule == "patterns.write_on_reply_path":
            reached = after.figure("total/availability").value
            assert reached is not None
            assert format_value(reached, "availability") == finding.why.args["after"]
        if finding.rule == "patterns.idle_container":
            assert after.money.bill.total < before.money.bill.total - 50


def test_synchronous_write_to_the_stream_makes_the_payments_less_available() -> None:
    before = evaluated("fraud", "One region")
    finding = next(
        one for one in architecture_patterns.assess(before).findings if one.rule.endswith("write_on_reply_path")
    )
    assert "would make it worse" in str(finding.why)
