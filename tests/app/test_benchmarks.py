"""A benchmark comes into the open design: reported with its node, one undo step, refused with a sentence."""

import json

import pytest
from PySide6.QtWidgets import QMessageBox

from app.benchmarks import import_benchmark
from app.cli import main
from app.measured import MeasuredReport
from models.design.design import Design
from models.design.edits import new_node
from models.design.elements import Boundary
from models.storage.project import Project

RESULT = {
    "date": "20260901-101500", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "request_rate": "inf",
    "max_concurrency": 64, "completed": 1000, "total_input_tokens": 1155000, "total_output_tokens": 211000,
    "request_throughput": 5.0, "mean_ttft_ms": 400.0, "mean_tpot_ms": 40.0,
}  # fmt: skip
CHAT = Design(
    {
        "region": Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1"}),
        "model": new_node("llm_serving", "Model", site="region"),
    }
)


@pytest.fixture
def result(tmp_path):
    path = tmp_path / "result.json"
    path.write_text(json.dumps(RESULT), encoding="utf-8")
    return path


def test_a_benchmark_is_reported_and_taken_over_as_one_step(window, qtbot, result) -> None:
    window.session.open_designs("Chat", [("Plan", CHAT)])
    qtbot.waitSignal(import_benchmark(window, result).work.done, timeout=20_000).wait()
    report = window.findChild(MeasuredReport)
    assert "5 requests/s" in report.sentences.text()
    assert report.users.currentText() == "Model"
    report.take_button.click()
    node = window.session.design.node("model")
    assert (node.params["measured_rps"], node.params["bench_date"]) == (5.0, "2026-09-01")
    assert window.session.document.undo_label == "Import benchmark result.json"


def test_what_cannot_be_taken_is_said(window, drawing, qtbot, result) -> None:
    window.session.open_designs("Shop", [("Plan", drawing)])
    qtbot.waitSignal(import_benchmark(window, result).work.done, timeout=20_000).wait()
    box = window.findChild(QMessageBox)
    assert "belongs to a node “LLM serving”" in box.informativeText()
    box.close()
    box.setParent(None)
    result.write_text("{}", encoding="utf-8")
    qtbot.waitSignal(import_benchmark(window, result).work.done, timeout=20_000).wait()
    assert "holds no request_throughput" in window.findChild(QMessageBox).informativeText()


def test_the_command_gives_a_node_its_benchmark(tmp_path, result, capsys) -> None:
    path = tmp_path / "chat.groundplan"
    Project.create(path, "Chat", [("Plan", CHAT)]).close()
    with pytest.raises(SystemExit) as done:
        main(["benchmark", str(path), str(result)])
    assert not done.value.code
    assert "“Model”: meta-llama/Llama-3.1-8B-Instruct finished 5 requests/s" in capsys.readouterr().out
    with Project.open(path) as project:
        assert project.document(project.variants()[0].id).design.node("model").params["measured_rps"] == 5.0
    with pytest.raises(SystemExit) as refused:
        main(["benchmark", str(path), str(result), "--node", "other"])
    assert refused.value.code
    assert "has no LLM serving “other”" in capsys.readouterr().err
