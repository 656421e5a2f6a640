"""Manifests of every template and of drawn clusters, held against the structure that the API server demands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from exports.kubernetes import dns_name, manifests
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Flow, Node, Site
from models.evaluation import evaluate
from models.evaluation.autoscaled import hourly_replicas
from models.frameworks.architecture_patterns.kubernetes import plans
from models.frameworks.architecture_patterns.reading import Reading
from models.templates import templates

API = {
    "Namespace": "v1",
    "Deployment": "apps/v1",
    "Service": "v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "PodDisruptionBudget": "policy/v1",
    "VerticalPodAutoscaler": "autoscaling.k8s.io/v1",
}
NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
LABEL = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
CPU, MEMORY = re.compile(r"[1-9]\d*m"), re.compile(r"[1-9]\d*Mi")
ZONES = {"provider": "aws", "region": "eu-central-1", "zones": 3}


def read(text: str) -> list[dict[str, Any]]:
    return [document for document in YAML(typ="safe").load_all(text) if document is not None]


def check(document: dict[str, Any]) -> None:
    """Assert what the API server refuses a manifest for."""
    assert document["apiVersion"] == API[document["kind"]]
    assert NAME.fullmatch(document["metadata"]["name"])
    for value in document["metadata"].get("labels", {}).values():
        assert LABEL.fullmatch(value)
    if document["kind"] == "Deployment":
        check_deployment(document["spec"])
    if document["kind"] == "HorizontalPodAutoscaler":
        spec = document["spec"]
        assert 1 <= spec["minReplicas"] <= spec["maxReplicas"]
        assert spec["metrics"][0]["type"] in ("Resource", "Pods")
    if document["kind"] == "PodDisruptionBudget":
        assert document["spec"]["maxUnavailable"] >= 1


def check_deployment(spec: dict[str, Any]) -> None:
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    container = spec["template"]["spec"]["containers"][0]
    requests, limits = container["resources"]["requests"], container["resources"]["limits"]
    assert CPU.fullmatch(requests["cpu"])
    assert MEMORY.fullmatch(requests["memory"])
    assert requests.get("nvidia.com/gpu") == limits.get("nvidia.com/gpu")
    assert spec["replicas"] >= 1
    assert spec["strategy"]["rollingUpdate"]["maxSurge"] >= 1


@pytest.mark.parametrize("template", templates(), ids=lambda found: found.id)
def test_manifests_of_every_template_are_complete(template: Any) -> None:
    for variant in template.variants:
        evaluation = evaluate(variant.design, load_catalog())
        for text in manifests(evaluation).values():
            documents = read(text)
            for document in documents:
                check(document)
            names = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in documents]
            assert len(names) == len(set(names))


def cluster(**params: Any) -> Design:
    elements = {
        "brief": Brief(params={"home_region": "aws/eu-central-1"}),
        "r": Boundary("region", "Frankfurt", params=ZONES),
        "k": Boundary("cluster", "Main cluster", parent="r"),
        "u": Node("users", "Users", {"peak_rate_rps": 10.0}),
        "s": Node(
            "service", "Order & pay", {"vcpu": 1.5, "memory_gib": 3, **params}, (Site("k", 5),), tags={"team": "A/B"}
        ),
        "m": Node("model_serving_gpu", "Ranker", {}, (Site("k", 3),)),
        "out": Node("service", "Elsewhere", {}, (Site("r", 2),)),
        "us": Flow("u", "s"),
        "sm": Flow("s", "m"),
    }
    return Design(elements)


def test_drawn_cluster_is_planned_and_what_lies_outside_is_left_out() -> None:
    evaluation = evaluate(cluster(autoscaled=True, min_replicas=2, max_replicas=9), load_catalog())
    (text,) = manifests(evaluation).values()
    documents = read(text)
    kinds = [document["kind"] for document in documents]
    assert kinds.count("Deployment") == 2
    assert kinds.count("HorizontalPodAutoscaler") == 1
    assert kinds.count("PodDisruptionBudget") == 2
    autoscaler = next(one for one in documents if one["kind"] == "HorizontalPodAutoscaler")["spec"]
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (2, 9)
    assert autoscaler["metrics"][0]["resource"]["target"]["averageUtilization"] == 60
    assert {one["metadata"]["name"] for one in documents if one["kind"] == "Deployment"} == {"order-pay", "ranker"}


@pytest.mark.parametrize(("policy", "early"), [("scheduled", 0), ("predictive", 10)])
def test_a_clock_starts_replicas_for_the_hours_of_the_profile(policy: str, early: int) -> None:
    """The cron triggers hold, hour by hour, what the bill of the day is made of; a predictive one starts them early."""
    params = {"autoscaled": True, "min_replicas": 1, "max_replicas": 40, "scaling_policy": policy, "ready_s": 600.0}
    design = cluster(**params, service_time_ms=400.0)
    users = Node("users", "Users", {"peak_rate_rps": 60.0, "profile": "office"})
    evaluation = evaluate(Design({**design.elements, "u": users}), load_catalog())
    (text,) = manifests(evaluation).values()
    scaled = next(one for one in read(text) if one["kind"] == "ScaledObject")
    assert scaled["spec"]["scaleTargetRef"]["name"] == scaled["metadata"]["name"]
    clocks = [one["metadata"] for one in scaled["spec"]["triggers"] if one["type"] == "cron"]
    assert [one["type"] for one in scaled["spec"]["triggers"] if one["type"] != "cron"] == ["cpu"] * (early > 0)
    held = [scaled["spec"]["minReplicaCount"]] * 24
    for clock in clocks:
        start, end = (int(part.split()[1]) * 60 + int(part.split()[0]) for part in (clock["start"], clock["end"]))
        assert (start + early) % 60 == 0
        assert end % 60 == 0
        for hour in range((start + early) // 60 % 24, end // 60 or 24):
            held[hour] = max(held[hour], int(clock["desiredReplicas"]))
    traffic, nodes = evaluation.traffic, evaluation.pipeline.nodes
    _, hourly = hourly_replicas(nodes, traffic.load, traffic.demand, evaluation.money.shares)
    assert held == hourly[:, 0].astype(int).tolist()
    assert len(set(held)) > 3


def test_pools_hold_all_pods_with_no_fewer_nodes_than_their_bound() -> None:
    reading = Reading(evaluate(cluster(), load_catalog()))
    (plan,) = plans(reading)
    assert plan.drawn
    assert {pool.name for pool in plan.pools} == {"general", "L4"}
    for pool in plan.pools:
        assert pool.lower_bound <= pool.hosts
        assert 0 < pool.used[0] <= 1
        assert pool.usd > 0
    assert sum(pool.pods for pool in plan.pools) == 8


def test_a_service_larger_than_every_machine_is_named() -> None:
    reading = Reading(evaluate(cluster(vcpu=1_000), load_catalog()))
    (plan,) = plans(reading)
    assert any("Order & pay" in sentence for sentence in plan.refused)


@pytest.mark.parametrize(
    ("text", "name"),
    [("Order & pay", "order-pay"), ("42nd Service", "s-42nd-service"), ("Ärger", "rger"), ("x" * 80, "x" * 63)],
)
def test_names_are_what_the_api_takes(text: str, name: str) -> None:
    assert dns_name(text) == name
    assert NAME.fullmatch(dns_name(text))
