"""Manifests against the JSON schemas of the Kubernetes API, strict: a field that the API does not know is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from exports.kubernetes import VERTICAL, manifests
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Flow, Node, Site
from models.evaluation import Evaluation, evaluate
from models.templates import templates

pytestmark = pytest.mark.proof
VERSIONS = ("1.29", "1.34")
VARIANTS = [(template.id, variant.name, variant.design) for template in templates() for variant in template.variants]


def refused(document: dict[str, Any], version: str) -> str:
    """Return why the schema refuses a document, empty where it takes it."""
    import kubernetes_validate

    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as problem:
        return str(problem.message)
    return ""


def documents(evaluation: Evaluation) -> list[dict[str, Any]]:
    found = [one for text in manifests(evaluation).values() for one in YAML(typ="safe").load_all(text)]
    return [one for one in found if one["apiVersion"] != VERTICAL]  # a resource definition of its own, not of the API


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("template", "name", "design"), VARIANTS, ids=[f"{one}-{two}" for one, two, _ in VARIANTS])
def test_every_template_passes_the_schema(template: str, name: str, design: Design, version: str) -> None:
    for document in documents(evaluate(design, load_catalog())):
        assert refused(document, version) == ""


@pytest.mark.parametrize("metric", ["cpu", "in_flight", "queue_length", "tokens"])
def test_autoscalers_of_every_metric_pass_the_schema(metric: str) -> None:
    params = {"autoscaled": True, "min_replicas": 2, "max_replicas": 9, "scaling_metric": metric}
    elements = {
        "brief": Brief(params={"home_region": "aws/eu-central-1"}),
        "r": Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3}),
        "k": Boundary("cluster", "Main", parent="r"),
        "u": Node("users", "Users", {"peak_rate_rps": 10.0}),
        "s": Node("service", "Orders", params, (Site("k", 5),), tags={"team": "A/B"}),
        "m": Node("model_serving_gpu", "Ranker", {}, (Site("k", 3),)),
        "us": Flow("u", "s"),
        "sm": Flow("s", "m"),
    }
    found = documents(evaluate(Design(elements), load_catalog()))
    assert sum(one["kind"] == "HorizontalPodAutoscaler" for one in found) == 1
    for document in found:
        assert [refused(document, version) for version in VERSIONS] == [""] * len(VERSIONS)


def test_the_schema_refuses_what_is_wrong() -> None:
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"replicas": "two"}}
    assert refused(deployment, VERSIONS[-1])
