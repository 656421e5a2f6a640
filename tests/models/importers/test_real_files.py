"""Every collected Compose file and manifest imports and evaluates, or is refused with a reason."""

from __future__ import annotations

import pytest

from models.catalog.catalog import load_catalog
from models.design.elements import Node
from models.design.kinds import kinds, problems
from models.evaluation import evaluate
from models.importers import ImportProblem
from tests.models.importers.shared import files_below, imported, needs_shared

pytestmark = needs_shared


@pytest.mark.parametrize("name", files_below("compose", "k8s", "terraform", "calm"))
def test_a_real_file_is_drawn_and_evaluated_or_refused_with_a_reason(name: str) -> None:
    if "vllm-production-stack/values" in name:
        with pytest.raises(ImportProblem, match=r"values of a Helm chart: .* Run “helm template"):
            imported(name)
        return
    design = imported(name).design
    assert design.nodes
    assert not [sentence for element in design.elements.values() for sentence in problems(element)]
    assert all(node.kind in kinds().nodes for node in design.nodes.values())
    assert all(flow.evidence.split(" ")[1] == "confidence:" for flow in design.flows.values())
    evaluation = evaluate(design, load_catalog())
    assert evaluation.figure("total/cost_per_month").value is not None


@pytest.mark.parametrize(
    "name", [name for name in files_below("compose", "k8s", "terraform", "calm") if "/values-" not in name]
)
def test_flows_join_two_nodes_once(name: str) -> None:
    design = imported(name).design
    pairs = [(flow.source, flow.target) for flow in design.flows.values()]
    assert len(pairs) == len(set(pairs))
    assert all(source != target for source, target in pairs)
    origins = [node.origin for node in design.nodes.values() if isinstance(node, Node)]
    assert all(origins)
    assert len(origins) == len(set(origins))


def test_users_are_assumed_and_said_to_be() -> None:
    result = imported("compose/langfuse.yml")
    assert [node.name for node in result.design.nodes.values() if node.kind == "users"] == ["Users"]
    assert any("10 requests/s" in note.what and "assumed" in note.what for note in result.notes)


def test_the_same_files_give_the_same_design() -> None:
    assert imported("compose/otel-demo.yaml") == imported("compose/otel-demo.yaml")


def test_an_import_says_in_one_sentence_what_it_read() -> None:
    summary = imported("compose/langfuse.yml").summary()
    assert summary == "7 nodes and 9 flows (8 high, 1 low confidence) from 1 file; 1 warning."
