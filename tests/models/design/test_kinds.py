"""The kinds are data: these tests hold what every form, bill and evaluation relies on."""

import json
import math
import re
from pathlib import Path

import pytest

from models.design.elements import Boundary, Brief, Flow, Node
from models.design.kinds import (
    AXES,
    Parameter,
    boundary_axis,
    kinds,
    origin_of,
    parameters_of,
    problems,
    value_of,
)

RESOURCES = Path(__file__).parents[3] / "resources"
EXPECTED = """
users cdn traffic_router load_balancer api_gateway identity service function workflow batch_job data_ingestion
stream_features feature_store embedding reranker vector_store model_serving model_serving_gpu llm_serving llm_api
model_training model_registry model_monitoring relational document key_value wide_column cache object_store warehouse
search queue stream event_bus timer webhook monitoring third_party_api edge_device labeling experiment_tracking
evaluation ab_experiment ci_cd secrets block_storage batch_features on_premises vpn interconnect identity_federation
"""
UNIT_SUFFIXES = {
    "_mbit_s": "Mbit/s",
    "_gbit_s": "Gbit/s",
    "_mb_s": "MB/s",
    "_ms": "ms",
    "_s": "s",
    "_gib": "GiB",
    "_kib": "KiB",
    "_days": "days",
    "_usd_month": "USD/month",
    "_usd_hour": "USD/h",
    "_share": "%",
    "_rate": "%",
}


def every_parameter() -> list[tuple[str, Parameter]]:
    table = kinds()
    found = [(f"brief.{parameter.name}", parameter) for parameter in table.brief]
    groups = {
        **{kind.id: kind.parameters for kind in table.nodes.values()},
        **{f"flow {kind.id}": kind.parameters for kind in table.flows.values()},
        **{f"boundary {kind.id}": kind.parameters for kind in table.boundaries.values()},
    }
    for kind, parameters in groups.items():
        found += [(f"{kind}.{parameter.name}", parameter) for parameter in parameters]
    return found


def test_all_kinds_are_present() -> None:
    assert sorted(kinds().nodes) == sorted(EXPECTED.split())
    assert list(kinds().flows) == ["request", "message", "stream", "batch"]
    assert " ".join(kinds().boundaries) == "team provider region zone cluster site_group network text"
    assert kinds().categories == ("Users & edge", "AI", "Compute", "Data", "Events", "Platform", "External", "Network")


def test_every_default_passes_its_own_check() -> None:
    refused = {where: parameter.problem(parameter.default) for where, parameter in every_parameter()}
    assert {where: sentence for where, sentence in refused.items() if sentence} == {}


def test_every_parameter_explains_itself() -> None:
    for where, parameter in every_parameter():
        assert parameter.label, where
        assert parameter.help.endswith("."), where
        assert parameter.source, where
        assert (parameter.type == "choice") == bool(parameter.choices), where


def test_names_are_unique_within_a_kind() -> None:
    names = [where for where, _ in every_parameter()]
    assert len(names) == len(set(names))


def test_names_carry_their_unit() -> None:
    for where, parameter in every_parameter():
        suffix = next((suffix for suffix in UNIT_SUFFIXES if parameter.name.endswith(suffix)), None)
        if parameter.type == "number" and suffix is not None:
            assert parameter.unit == UNIT_SUFFIXES[suffix], where
        if parameter.unit == "ms":
            assert "_ms" in parameter.name, where
        if parameter.unit == "GiB":
            assert "gib" in parameter.name, where


def test_fractions_are_bounded() -> None:
    for where, parameter in every_parameter():
        if parameter.unit == "%" and "growth" not in parameter.name and "drift" not in parameter.name:
            assert parameter.maximum == 1, where
            assert parameter.minimum in ((0, 0.05) if parameter.name == "target_utilization" else (0,)), where


def test_keys_are_unique_and_as_drawn() -> None:
    table = kinds()
    keys = [kind.key for kind in table.nodes.values()] + [kind.key for kind in table.boundaries.values()]
    keys = [key for key in keys if key]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"(Shift\+)?[A-Z]", key) for key in keys)
    shown = {
        "users": "U",
        "cdn": "N",
        "api_gateway": "G",
        "load_balancer": "B",
        "llm_serving": "L",
        "model_serving": "M",
        "embedding": "E",
        "vector_store": "V",
        "model_training": "T",
        "model_monitoring": "O",
        "service": "S",
        "function": "F",
        "batch_job": "J",
        "relational": "R",
        "cache": "C",
        "object_store": "P",
        "queue": "Q",
        "stream": "K",
    }
    assert {kind: kinds().nodes[kind].key for kind in shown} == shown
    assert (kinds().boundaries["team"].key, kinds().boundaries["region"].key) == ("X", "Y")


def test_icons_exist() -> None:
    icons = json.loads((RESOURCES / "icons" / "kinds.json").read_text())["kinds"]
    assert [kind.id for kind in kinds().nodes.values() if kind.icon not in icons] == []


def test_billing_names_items_of_the_catalog() -> None:
    listed = json.loads((RESOURCES / "catalog" / "items.json").read_text())
    rows = listed["items"] if isinstance(listed, dict) else listed
    known = {row["id"] if isinstance(row, dict) else row[0] for row in rows}
    used = {line.item for kind in kinds().nodes.values() for line in kind.billing}
    assert used - known == set()


def test_every_kind_is_either_bought_or_metered_or_free() -> None:
    free = {"users", "load_balancer", "llm_api", "third_party_api", "edge_device", "on_premises", "timer", "webhook"}
    free |= {"identity_federation"}
    for kind in kinds().nodes.values():
        assert kind.compute != "none" or kind.billing or kind.id in free, kind.id
        assert (kind.compute == "managed_instance") == bool(kind.managed_service), kind.id


def test_next_kinds_exist() -> None:
    for kind in kinds().nodes.values():
        assert set(kind.next) <= set(kinds().nodes), kind.id


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("postgres", "relational"),
        ("redis", "cache"),
        ("kafka", "stream"),
        ("s3", "object_store"),
        ("bedrock", "llm_api"),
        ("vllm", "llm_serving"),
        ("lambda", "function"),
        ("bigquery", "warehouse"),
    ],
)
def test_search_words_find_the_kind(word: str, kind: str) -> None:
    assert word in kinds().nodes[kind].synonyms


def test_profiles_have_mean_one() -> None:
    profiles = kinds().profiles
    assert set(profiles) == {"office", "consumer", "global", "store", "flat", "night"}
    for name, factors in profiles.items():
        assert len(factors) == 24, name
        assert abs(sum(factors) / 24 - 1.0) < 1e-12, name
    peaks = {"office": 2.5, "consumer": 1.9, "global": 1.35, "store": 2.3, "flat": 1.0, "night": 3.0}
    assert {name: round(max(profiles[name]), 9) for name in peaks} == peaks
    assert [hour for hour, factor in enumerate(profiles["night"]) if factor] == [0, 1, 2, 3, 4, 5, 22, 23]


def test_choices_of_profiles_exist() -> None:
    choices = value_of(Node("users", "Users"), "profile")
    assert choices == "office"
    parameter = kinds().nodes["users"].parameter("profile")
    assert parameter is not None
    assert set(parameter.choices) == set(kinds().profiles)


def test_value_falls_back_to_the_default() -> None:
    node = Node("service", "Orders", {"vcpu": 8})
    assert value_of(node, "vcpu") == 8
    assert value_of(node, "memory_gib") == 4
    assert value_of(node, "no_such_value") is None
    assert (origin_of(node, "vcpu"), origin_of(node, "memory_gib")) == ("confirmed", "default")


def test_problems_name_what_is_wrong() -> None:
    assert problems(Node("service", "Orders", {"vcpu": 2, "note": "kept"})) == []
    assert problems(Node("service", "Orders", {"vcpu": -1})) == ["Processors cannot be below 0.05 vCPU."]
    assert problems(Node("users", "Staff", {"profile": "weekly"}))[0].startswith("Daily profile must be one of office")
    assert problems(Node("users", "Staff", {"profile_factors": [1.0] * 23}))[0].endswith("one an hour.")
    assert problems(Node("users", "Staff", {"places": {"DE": -1}}))[0].startswith("Where they are must give")
    assert problems(Node("teapot", "Kettle")) == ["“Kettle” has the unknown kind 'teapot'."]
    assert problems(Brief(params={"horizon_months": 1.5})) == ["Horizon must be a whole number."]
    assert problems(Flow("a", "b", params={"probability": math.nan})) == ["Probability must be a number."]


def test_parameters_of_unknown_kinds_are_empty() -> None:
    assert parameters_of(Node("teapot", "Kettle")) == {}
    assert parameters_of(Boundary("galaxy", "Milky Way")) == {}


def test_axes_of_boundaries() -> None:
    assert {kind: boundary_axis(kind) for kind in ("team", "region", "network", "text", "galaxy")} == {
        "team": "context",
        "region": "deployment",
        "network": "overlay",
        "text": "annotation",
        "galaxy": None,
    }
    assert all(kind.axis in AXES for kind in kinds().boundaries.values())


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("api_gateway", {"vcpu": 2, "memory_gib": 4, "service_time_ms": 2, "service_scv": 0.5, "slots": 2000}),
        ("embedding", {"accelerator": "L4", "service_time_ms": 8, "batch_time_ms": 6.5, "ready_s": 180}),
        ("llm_serving", {"language_model": "Llama-3.1-8B", "input_tokens": 1155, "output_tokens": 211}),
        ("relational", {"vcpu": 4, "memory_gib": 16, "read_time_ms": 2, "write_time_ms": 4, "storage_gib": 200}),
        ("cache", {"memory_gib": 13, "service_time_ms": 0.2, "hit_ratio": 0.8}),
        ("edge_device", {"hardware_usd": 1100, "power_w": 20, "life_months": 36}),
        ("model_training", {"mfu": 0.26, "mfu_low": 0.13, "mfu_high": 0.40, "mtbf_h": 500}),
        ("function", {"memory_gib": 1, "service_time_ms": 120, "cold_start_ms": 400, "limit_s": 900}),
    ],
)
def test_defaults_are_those_of_the_table(kind: str, values: dict[str, object]) -> None:
    node = Node(kind, kind)
    assert {name: value_of(node, name) for name in values} == values
