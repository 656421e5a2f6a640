"""The catalog of accelerators and language models."""

import csv
from pathlib import Path

import pytest

from models.catalog.accelerators import (
    accelerator,
    accelerator_catalog,
    calibration,
    find_accelerator,
    find_language_model,
    language_model,
    language_model_catalog,
)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("B200", "B200"),
        ("b200_sxm", "B200"),
        ("H100", "H100-SXM"),
        ("h100_sxm", "H100-SXM"),
        ("NVIDIA H100 80GB HBM3", "H100-SXM"),
        ("H100 PCIe", "H100-PCIe"),
        ("H200-SXM-141GB", "H200-SXM"),
        ("a100_sxm", "A100-80GB-SXM"),
        ("A100-SXM4-40GB", "A100-40GB-SXM"),
        ("TPU v5e", "TPU-v5e"),
    ],
)
def test_an_accelerator_is_found_by_the_names_people_write(written: str, name: str) -> None:
    assert accelerator(written).name == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "Llama-3.1-8B"),
        ("Llama-3.3-70B", "Llama-3.1-70B"),
        ("Llama-v3.1-8B", "Llama-3.1-8B"),
        ("llama2-70b-chat-hf", "Llama-2-70B"),
        ("Mistral-7B-Instruct-v0.3", "Mistral-7B"),
        ("Qwen3-235B-A22B-FP8", "Qwen3-235B-A22B"),
        ("deepseek-ai/DeepSeek-V3-0324", "DeepSeek-V3"),
    ],
)
def test_a_language_model_is_found_by_the_names_people_write(written: str, name: str) -> None:
    assert language_model(written).name == name


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    assert find_accelerator("Quantum-1") is None
    assert find_language_model("Quantum-1B") is None
    with pytest.raises(LookupError, match=r'"Quantum-1".*H100-SXM'):
        accelerator("Quantum-1")
    with pytest.raises(LookupError, match=r'"Quantum-1B".*Mixtral-8x7B'):
        language_model("Quantum-1B")


NARROW = {"fp8_dense_tflops": "fp8_dense_tflops", "int8_dense_tops": "int8_dense_tops", "tdp_w": "tdp_w"}
LEFT_OUT = {("B300", "int8_dense_tops"), ("GB300", "int8_dense_tops"), ("TPU-v6e", "fp8_dense_tflops")}
"""B300 and GB300: published tables differ by more than ten times; TPU v6e computes fp8 at the rate of bf16."""


def test_every_figure_names_a_source_that_is_listed() -> None:
    catalog = accelerator_catalog()
    for card in catalog.accelerators:
        for figure in ("memory_gb", "memory_bandwidth_gb_s", "bf16_dense_tflops", "fp8_dense_tflops", "tdp_w"):
            if getattr(card, figure) is not None:
                assert card.sources[figure] in catalog.sources, (card.name, figure)


def test_every_model_is_consistent() -> None:
    for model in language_model_catalog().models:
        assert 0 < model.params_active_b <= model.params_total_b
        assert model.heads % model.kv_heads == 0, model.name
        assert model.latent_attention or model.kv_values_per_layer == 2 * model.kv_heads * model.head_dim
        assert (model.experts == 0) == (model.params_active_b == model.params_total_b), model.name


def test_the_figures_are_near_the_collected_table(shared: Path) -> None:
    with (shared / "data" / "gpus" / "accelerators.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["accelerator"]: row for row in csv.DictReader(file)}
    for card in accelerator_catalog().accelerators:
        assert card.memory_gb == pytest.approx(float(rows[card.name]["memory_gb"]), rel=0.03)
        assert card.memory_bandwidth_gb_s == pytest.approx(float(rows[card.name]["hbm_bandwidth_gb_s"]), rel=0.03)
        assert card.bf16_dense_tflops == pytest.approx(float(rows[card.name]["bf16_dense_tflops"]), rel=0.03)
        for figure, column in NARROW.items():
            own, read = getattr(card, figure), rows[card.name][column]
            if own is not None and read:
                assert own == pytest.approx(float(read), rel=0.03), (card.name, figure)
            elif read:
                assert (card.name, figure) in LEFT_OUT, (card.name, figure)
    assert accelerator("B200").memory_gb == 180.0, "per card, not per die"


def test_what_was_not_read_again_says_so() -> None:
    titles = {**accelerator_catalog().sources, **language_model_catalog().sources}
    for name in ("nvidia-datasheet", "config", "config-read"):
        assert "not verified" in titles[name].title
    assert language_model("Llama-3.1-70B").source == "config-read"
    assert all(model.source in titles for model in language_model_catalog().models)


def test_calibration_names_what_it_was_fitted_on() -> None:
    constants = calibration()
    assert "AIConfigurator" in constants["llm_kernel"]["fit_on"]
    assert 0.0 < constants["training_mfu_prior"]["H100"]["p5"] < constants["training_mfu_prior"]["H100"]["p95"] < 1.0
