"""Manifests against the JSON schemas of the Kubernetes API, strict: a field that the API does not know is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from exports.autoscalers import KEDA
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


def unfit(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """Return why a schema of our own refuses a document, empty where it takes it."""
    import jsonschema

    try:
        jsonschema.validate(document, schema)
    except jsonschema.ValidationError as problem:
        return str(problem.message)
    return ""


def documents(evaluation: Evaluation) -> list[dict[str, Any]]:
    found = [one for text in manifests(evaluation).values() for one in YAML(typ="safe").load_all(text)]
    return [one for one in found if one["apiVersion"] not in OWN_SCHEMAS]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("template", "name", "design"), VARIANTS, ids=[f"{one}-{two}" for one, two, _ in VARIANTS])
def test_every_template_passes_the_schema(template: str, name: str, design: Design, version: str) -> None:
    for document in documents(evaluate(design, load_catalog())):
        assert refused(document, version) == ""


OBJECT = {"type": "object", "additionalProperties": False}
WORD, NUMBER, TEXTS = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "object"}
CRON = {"type": "string", "pattern": r"^[0-9]{1,2} [0-9]{1,2} \* \* \*$"}


def strict(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {**OBJECT, "properties": properties, "required": list(required)}


def resource(version: str, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    meta = strict({"name": WORD, "namespace": WORD, "labels": TEXTS}, "name")
    head = {"apiVersion": {"const": version}, "kind": {"const": kind}}
    return strict({**head, "metadata": meta, "spec": spec}, "apiVersion", "kind", "metadata", "spec")


CONTAINER = strict(
    {
        "containerName": WORD,
        "mode": {"enum": ["Auto", "Off"]},
        "minAllowed": TEXTS,
        "maxAllowed": TEXTS,
        "controlledResources": {"type": "array", "items": {"enum": ["cpu", "memory"]}},
        "controlledValues": {"enum": ["RequestsAndLimits", "RequestsOnly"]},
    }
)
REFERENCE = strict({"apiVersion": WORD, "kind": WORD, "name": WORD}, "kind", "name")
UPDATE = strict(
    {"updateMode": {"enum": ["Off", "Initial", "Recreate", "InPlaceOrRecreate", "Auto"]}, "minReplicas": NUMBER}
)
VERTICAL_SCHEMA = resource(
    VERTICAL,
    "VerticalPodAutoscaler",
    strict(
        {
            "targetRef": REFERENCE,
            "updatePolicy": UPDATE,
            "resourcePolicy": strict({"containerPolicies": {"type": "array", "items": CONTAINER}}),
            "recommenders": {"type": "array", "items": strict({"name": WORD}, "name")},
        },
        "targetRef",
    ),
)
"""Fields of autoscaling.k8s.io/v1 as the API reference of kubernetes/autoscaler lists them."""
CLOCK = strict(
    {"timezone": WORD, "start": CRON, "end": CRON, "desiredReplicas": {"type": "string", "pattern": "^[0-9]+$"}},
    "timezone",
    "start",
    "end",
    "desiredReplicas",
)
QUERY = strict({"serverAddress": WORD, "query": WORD, "threshold": WORD}, "serverAddress", "query", "threshold")
TRIGGERS = [
    strict({"type": {"const": "cron"}, "metadata": CLOCK}, "type", "metadata"),
    strict(
        {
            "type": {"const": "cpu"},
            "metricType": {"const": "Utilization"},
            "metadata": strict({"value": WORD}, "value"),
        },
        "type",
        "metadata",
    ),
    strict({"type": {"const": "prometheus"}, "metadata": QUERY}, "type", "metadata"),
]
SCALED_SCHEMA = resource(
    KEDA,
    "ScaledObject",
    strict(
        {
            "scaleTargetRef": strict({"apiVersion": WORD, "kind": WORD, "name": WORD}, "name"),
            "minReplicaCount": NUMBER,
            "maxReplicaCount": NUMBER,
            "triggers": {"type": "array", "minItems": 1, "items": {"oneOf": TRIGGERS}},
        },
        "scaleTargetRef",
        "triggers",
    ),
)
"""Fields of keda.sh/v1alpha1 and of its cron, CPU and Prometheus scalers as the documentation of KEDA lists them."""
OWN_SCHEMAS = {VERTICAL: VERTICAL_SCHEMA, KEDA: SCALED_SCHEMA}


def own_resources(design: Design) -> list[dict[str, Any]]:
    """Return the documents that need a resource definition of their own."""
    files = manifests(evaluate(design, load_catalog())).values()
    found = [one for text in files for one in YAML(typ="safe").load_all(text)]
    return [one for one in found if one["apiVersion"] in OWN_SCHEMAS]


@pytest.mark.parametrize(
    "design", [design for _, _, design in VARIANTS], ids=[f"{one}-{two}" for one, two, _ in VARIANTS]
)
def test_resources_of_every_template_keep_to_the_documented_fields(design: Design) -> None:
    for document in own_resources(design):
        assert unfit(document, OWN_SCHEMAS[document["apiVersion"]]) == ""


def test_the_schemas_refuse_a_field_that_is_not_documented() -> None:
    reference = {"targetRef": {"kind": "Deployment", "name": "a"}, "mode": "Auto"}
    wrong = {"apiVersion": VERTICAL, "kind": "VerticalPodAutoscaler", "metadata": {"name": "a"}, "spec": reference}
    assert "mode" in unfit(wrong, VERTICAL_SCHEMA)


@pytest.mark.parametrize("metric", ["cpu", "in_flight", "queue_length", "tokens"])
@pytest.mark.parametrize("policy", ["scheduled", "predictive"])
def test_scaled_objects_keep_to_the_documented_fields(metric: str, policy: str) -> None:
    params = {"autoscaled": True, "max_replicas": 9, "scaling_metric": metric, "scaling_policy": policy}
    elements = {
        "brief": Brief(params={"home_region": "aws/eu-central-1"}),
        "r": Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3}),
        "k": Boundary("cluster", "Main", parent="r"),
        "u": Node("users", "Users", {"peak_rate_rps": 900.0, "profile": "office"}),
        "s": Node("service", "Orders", params, (Site("k", 5),)),
        "us": Flow("u", "s"),
    }
    (found,) = [one for one in own_resources(Design(elements)) if one["kind"] == "ScaledObject"]
    assert unfit(found, SCALED_SCHEMA) == ""


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
