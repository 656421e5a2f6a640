"""Results of vllm bench: what they say, whose they are, and what they change in the evaluation."""

import json

import pytest

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import new_node, set_params
from models.design.elements import Boundary, Flow, Node
from models.evaluation import evaluate
from models.importers.benchmarks import read_benchmark, sentences, servers_of, take_benchmark
from models.importers.notes import ImportProblem
from models.moves.re_place import replacement

RESULT = {
    "date": "20260901-101500", "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "num_prompts": 1000,
    "request_rate": "inf", "max_concurrency": 64, "duration": 200.0, "completed": 1000, "total_input_tokens": 1155000,
    "total_output_tokens": 211000, "request_throughput": 5.0, "output_throughput": 1055.0, "mean_ttft_ms": 400.0,
    "mean_tpot_ms": 40.0, "p99_tpot_ms": 55.0,
}  # fmt: skip


def saved(tmp_path, text):
    path = tmp_path / "result.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return path


def server(name, params):
    return set_params(new_node("llm_serving", name, site="region"), params)


def chat(**params):
    return Design(
        {
            "region": Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1"}),
            "users": Node("users", "Users", params={"peak_rate_rps": 4.0}),
            "small": server("Small", {"language_model": "Llama-3.2-1B"}),
            "model": server("Model", params),
            "call": Flow("users", "model"),
        }
    )


def measured(design, tmp_path, **changed):
    return design.apply(take_benchmark(design, read_benchmark(saved(tmp_path, {**RESULT, **changed})), "model"))


def test_a_result_is_read_and_belongs_to_the_measured_model(tmp_path):
    found = read_benchmark(saved(tmp_path, RESULT))
    assert (found.rate, found.batch, found.asked, found.date) == (5.0, 64.0, None, "2026-09-01")
    assert (found.input_tokens, found.output_tokens) == (1155.0, 211.0)
    assert found.is_full
    assert servers_of(chat(), found)[0] == "model"
    assert any("400 ms to the first token, 40 ms per further token" in sentence for sentence in sentences(found))


def test_of_a_sweep_the_fullest_counts_and_a_server_that_kept_up_is_named(tmp_path):
    lines = "\n".join(
        json.dumps({**RESULT, "request_rate": r, "request_throughput": r * 0.99}) for r in (1.0, 3.0, 2.0)
    )
    found = read_benchmark(saved(tmp_path, lines))
    assert found.rate == pytest.approx(2.97)
    assert not found.is_full
    assert any("it may do more" in sentence for sentence in sentences(found))


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "is not JSON"), ("[1, 2]", "no request_throughput"), ('{"request_throughput": 0}', "finished no request")],
)
def test_what_is_no_result_is_said(tmp_path, text, why):
    with pytest.raises(ImportProblem, match=why):
        read_benchmark(saved(tmp_path, text))


def test_a_benchmark_overrides_capacity_and_latency(tmp_path):
    catalog, design = load_catalog(), chat()
    before, after = evaluate(design, catalog), evaluate(measured(design, tmp_path), catalog)
    assert after.node_column("load")[after.node_ids.index("model")] == pytest.approx(4.0 / (2 * 5.0))
    assert after.figure("node/model/response_mean_s").value != before.figure("node/model/response_mean_s").value
    slower = evaluate(measured(design, tmp_path, request_throughput=2.5, mean_tpot_ms=80.0), catalog)
    assert slower.figure("node/model/response_mean_s").value > after.figure("node/model/response_mean_s").value


def test_a_card_without_calibration_is_known_by_its_benchmark(tmp_path):
    catalog, design = load_catalog(), chat(accelerator="TPU-v6e", price_usd_hour=3.0)
    assert evaluate(design, catalog).figure("node/model/response_mean_s").value is None
    after = evaluate(measured(design, tmp_path), catalog).figure("node/model/response_mean_s")
    assert after.value == pytest.approx(0.4 + 210 * 0.04, rel=0.01)


def test_on_another_card_the_model_counts_again(tmp_path):
    catalog = load_catalog()
    design = measured(chat(), tmp_path)
    node = design.node("model")
    other = design.apply(Delta.of([("model", node, set_params(node, {"accelerator": "H100-SXM"}))]))
    bare = chat(accelerator="H100-SXM")
    figures = [evaluate(each, catalog).figure("node/model/response_mean_s").value for each in (other, bare)]
    assert figures[0] == figures[1]


def test_a_stand_in_card_of_another_provider_drops_the_benchmark_and_says_so(tmp_path):
    placed = replacement(measured(chat(accelerator="L4"), tmp_path), load_catalog(), "azure")
    assert any("The benchmark of “Model” does not hold on A10" in note.sentence for note in placed.notes)
