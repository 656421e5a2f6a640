"""A trace beside the deployment files gives the users their demand."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.design.delta import Delta
from models.design.elements import Node
from models.design.ids import seeded_ids
from models.importers import ImportProblem, import_files
from models.importers.demand import apply_demand
from models.importers.traces import demand_from_trace
from tests.models.importers.shared import node, sentences

COMPOSE = "services: {web: {image: example/web}, llm: {image: vllm/vllm-openai, command: --model Qwen/Qwen3-32B}}"


def files(folder: Path) -> tuple[Path, Path]:
    compose, trace = folder / "compose.yaml", folder / "trace.csv"
    compose.write_text(COMPOSE)
    rows = [f"{second * 0.2:.1f},{1000 + second % 100},{200 + second % 50}" for second in range(20000)]
    trace.write_text("timestamp,input_tokens,output_tokens\n" + "\n".join(rows))
    return compose, trace


def test_a_trace_sets_demand_and_tokens_as_measured(tmp_path: Path) -> None:
    result = import_files(files(tmp_path), seeded_ids(1))
    users, llm = node(result.design, "Users"), node(result.design, "llm")
    assert users.params["peak_rate_rps"] == pytest.approx(5.0, rel=0.01)
    assert users.params["arrival_scv"] == pytest.approx(0.0, abs=1e-6)
    assert users.provenance["peak_rate_rps"] == "measured"
    assert llm.params["input_tokens"] == pytest.approx(1049.5, abs=0.5)
    assert llm.params["language_model"] == "Qwen3-32B"
    told = sentences(result)
    assert "trace.csv: The users' demand is that of the trace: 5 requests/s at its peak." in told
    assert "says nothing about demand" not in told


def test_a_trace_alone_and_two_traces_are_refused(tmp_path: Path) -> None:
    compose, trace = files(tmp_path)
    with pytest.raises(ImportProblem, match="A trace holds demand only"):
        import_files([trace])
    with pytest.raises(ImportProblem, match="2 traces were named"):
        import_files([compose, trace, trace])


def test_the_users_node_must_be_clear(tmp_path: Path) -> None:
    compose, trace = files(tmp_path)
    design, demand = import_files([compose]).design, demand_from_trace(trace)
    second = design.apply(Delta.of([("others", None, Node("users", "Others"))]))
    with pytest.raises(ImportProblem, match="there are several"):
        apply_demand(second, demand)
    assert second.apply(apply_demand(second, demand, "others")).node("others").params["peak_rate_rps"] > 4
