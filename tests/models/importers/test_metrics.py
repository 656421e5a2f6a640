"""Measured utilization: both forms, per cent and fractions, pods of a node, and what it does to usage and savings."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cli import cli
from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import BRIEF_ID, Boundary, Brief, Flow, Input, Node, Site, input_id
from models.evaluation import evaluate
from models.frameworks.cost_optimization import assess
from models.frameworks.cost_optimization.savings import savings
from models.frameworks.cost_optimization.view import view
from models.importers.bill_rules import parse_rules
from models.importers.metrics import is_metrics, metrics_delta, read_metrics
from models.importers.notes import ImportProblem
from models.moves import apply_move
from models.report import Table

NODES = {"api": "Feed API", "jobs": "Jobs"}


def written(folder: Path, text: str) -> Path:
    path = folder / "metrics.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_wide_form_in_per_cent_averages_the_pods_of_a_node(tmp_path: Path) -> None:
    text = "time,pod,cpu_percent,memory_percent\n"
    text += "2026-09-01 10:00,feed-api-7c9f4-x2,40,50\n2026-09-01 10:00,feed-api-7c9f4-y3,20,70\n"
    text += "2026-09-01 10:05,Feed API,90,\n2026-09-01 10:05,cache-0,5,5\n"
    path = written(tmp_path, text)
    found = read_metrics(path, NODES)
    assert is_metrics(path)
    assert found.nodes["api"]["cpu"].mean == pytest.approx(0.6)
    assert found.nodes["api"]["cpu"].most == pytest.approx(0.9)
    assert found.nodes["api"]["memory"].most == pytest.approx(0.6)
    assert found.unknown == ("cache-0",)
    assert found.hours == pytest.approx(10 / 60, abs=1e-3)


def test_the_long_form_in_fractions_and_rules_for_resources(tmp_path: Path) -> None:
    text = "timestamp,resource_id,metric,value\n1767225600,i-0abc,CPUUtilization,0.25\n1767225600,i-0abc,DiskReads,7\n"
    path = tmp_path / "metrics.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    found = read_metrics(path, NODES, parse_rules("ResourceId = i-0abc -> Jobs", NODES))
    assert found.nodes == {"jobs": {"cpu": found.nodes["jobs"]["cpu"]}}
    assert found.nodes["jobs"]["cpu"].p95 == pytest.approx(0.25)
    assert found.notes == ()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(0.0, 100.0), min_size=1, max_size=60), st.booleans())
def test_per_cent_and_fractions_say_the_same(tmp_path: Path, values: list[float], packed: bool) -> None:
    rows = [f"{1_767_225_600 + 300 * at},Jobs,{value!r}%" for at, value in enumerate(values)]
    found = read_metrics(written(tmp_path, "time,node,cpu\n" + "\n".join(rows) + "\n"), NODES).nodes["jobs"]["cpu"]
    assert found.mean == pytest.approx(np.mean(values) / 100, abs=1e-9)
    assert found.p95 == pytest.approx(np.quantile(values, 0.95) / 100, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,node,cpu\n", "no rows"),
        ("time,node,disk\n1,a,2\n", "has no utilization"),
        ("time,node,cpu\n1,api,much\n", "line 2: “much” is not a utilization"),
        ("time,node,cpu\n1,api,-3\n", "is not a utilization"),
        ("time,node,cpu\n1,api\n", "line 2: 2 columns instead of 3"),
        ("time,node,cpu\nsoon,api,3\n", "line 2: “soon”"),
    ],
)
def test_bad_files_are_refused_with_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ImportProblem, match=r"metrics\.csv") as refusal:
        read_metrics(written(tmp_path, text), NODES)
    assert said in str(refusal.value)


def plan(use: dict[str, float], memory: float = 0.3) -> Design:
    """Two services of 8 vCPU; their use as measured by name."""
    elements = {
        BRIEF_ID: Brief("Two", params={"people_fte": 0.0, "staging_share": 0.0, "dev_share": 0.0}),
        "r": Boundary("region", "Here", params={"provider": "aws", "region": "us-east-1"}),
        "u": Node("users", "People", {"peak_rate_rps": 40.0}),
        "a": Node("service", "A", {"vcpu": 8, "memory_gib": 32}, (Site("r", 4),)),
        "b": Node("service", "B", {"vcpu": 8, "memory_gib": 32}, (Site("r", 4),)),
        "f": Flow("u", "a"),
        "g": Flow("a", "b"),
    }
    nodes = {
        key: {
            "cpu": {"mean": value / 2, "p95": value, "most": value},
            "memory": {"mean": memory, "p95": memory, "most": memory},
        }
        for key, value in use.items()
    }
    key = input_id("cost-optimization", "metrics")
    return Design({**elements, key: Input({"file": "m.csv", "hours": 720.0, "nodes": nodes}, "measured")})


def test_measured_use_replaces_the_model_and_is_told_apart() -> None:
    blocks = assess(evaluate(plan({"a": 0.5}), load_catalog())).blocks
    table = next(block for block in blocks if isinstance(block, Table) and str(block.title) == "Paid and used")
    rows = {row[0]: row for row in table.rows}
    assert rows["A"][2:4] == (0.5, 0.25)
    assert (rows["A"][-1], rows["B"][-1]) == ("measured", "model")


def test_machines_are_sized_by_what_was_measured() -> None:
    evaluation = evaluate(plan({"a": 0.1, "b": 0.6}, memory=0.4), load_catalog())
    found = next(one for one in savings(view(evaluation)).opportunities if one.proposal.rule == "right_size")
    assert found.proposal.nodes == ("a", "b")
    changed = apply_move(evaluation.design, evaluation.catalog, found.remedy)
    assert isinstance(changed, Design)
    after = evaluate(changed, evaluation.catalog)
    assert evaluation.money.bill.total - after.money.bill.total == pytest.approx(found.saving)
    machine = evaluation.catalog.instance("aws", changed.nodes["a"].params["instance"])
    assert machine is not None
    assert 32 * 0.4 <= machine.memory_gib < 32


def test_nodes_that_do_nothing_and_models_far_off_are_findings() -> None:
    rules = {one.rule: one for one in assess(evaluate(plan({"a": 0.01, "b": 0.95}), load_catalog())).findings}
    assert rules["idle_resource"].elements == ("a",)
    assert rules["model_off_measured"].elements == ("b",)


def test_a_file_becomes_part_of_a_project_and_nodes_measured_before_stay(tmp_path: Path) -> None:
    project = tmp_path / "plan.groundplan"
    runner = CliRunner()
    assert runner.invoke(cli, ["new", str(project), "--template", "recommender"]).exit_code == 0
    said = runner.invoke(cli, ["metrics", str(project), str(written(tmp_path, "time,node,cpu\n1,Ranker,40\n1,x,1\n"))])
    assert said.exit_code == 0, said.output
    assert "of 1 nodes; 1 resources belong to no node" in said.output
    design = Design({"api": Node("service", "Feed API"), "jobs": Node("service", "Jobs")})
    for text in ("time,node,cpu\n1,Jobs,40\n", "time,node,cpu\n1,Feed API,20\n"):
        design = design.apply(metrics_delta(design, read_metrics(written(tmp_path, text), NODES)))
    held = design.input("cost-optimization", "metrics")
    assert held is not None
    assert set(held.value["nodes"]) == {"api", "jobs"}
    assert isinstance(metrics_delta(design, read_metrics(written(tmp_path, "time,node,cpu\n1,Jobs,4\n"), NODES)), Delta)
