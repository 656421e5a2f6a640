"""Inferred flows against the documented architecture of ten systems: precision and recall.

The tables hold what the projects' own documentation and code say. Flows that the files do not show (calls compiled into
images) stay in the tables and cost recall. Left out of the comparison: telemetry, what users do, and the nodes listed
as not judged because their documentation is silent about them.
"""

from __future__ import annotations

import pytest
from msgspec import Struct

from tests.models.importers.shared import imported, needs_shared

pytestmark = needs_shared


class Known(Struct, frozen=True):
    """A documented system: `flows` lists source and targets; floors are shares."""

    files: tuple[str, ...]
    flows: dict[str, str]
    precision: float
    recall: float
    not_judged: frozenset[str] = frozenset()


SYSTEMS = {
    "OpenTelemetry demo": Known(
        ("compose/otel-demo.yaml",),
        {
            "load-generator": "frontend-proxy",
            "frontend-proxy": "frontend image-provider",
            "frontend": "ad cart checkout currency product-catalog recommendation shipping",
            "checkout": "cart currency email payment product-catalog shipping",
            "recommendation": "product-catalog",
            "shipping": "quote",
            "cart": "valkey-cart",
            "product-catalog": "astronomy-db",
        },
        0.95,
        0.95,
        frozenset({"flagd", "flagd-ui", "telemetry-docs"}),
    ),
    "OPEA ChatQnA with FAQ": Known(
        ("compose/opea/ChatQnA-intel-cpu-xeon-compose_faqgen.yaml",),
        {
            "chatqna-xeon-nginx-server": "chatqna-xeon-ui-server chatqna-xeon-backend-server dataprep-redis-service",
            "chatqna-xeon-backend-server": "tei-embedding-service retriever tei-reranking-service llm-faqgen",
            "llm-faqgen": "vllm-service",
            "retriever": "redis-vector-db tei-embedding-service",
            "dataprep-redis-service": "redis-vector-db tei-embedding-service",
        },
        0.9,
        0.95,
    ),
    "Langfuse": Known(
        ("compose/langfuse.yml",),
        {"langfuse-web": "postgres redis clickhouse minio", "langfuse-worker": "postgres redis clickhouse minio"},
        1.0,
        1.0,
    ),
    "Supabase": Known(
        ("compose/supabase-fork-2025-03.yml",),
        {
            "kong": "auth rest realtime storage meta functions studio",
            "studio": "meta kong",
            "auth": "db",
            "rest": "db",
            "realtime": "db",
            "storage": "db rest imgproxy",
            "meta": "db",
            "functions": "kong db",
            "supavisor": "db",
        },
        0.95,
        0.65,
    ),
    "DeathStarBench hotel": Known(
        ("compose/deathstarbench-hotelReservation.yml",),
        {
            "frontend": "search profile recommendation user reservation review attractions consul",
            "search": "geo rate consul",
            "geo": "mongodb-geo consul",
            "rate": "mongodb-rate memcached-rate consul",
            "profile": "mongodb-profile memcached-profile consul",
            "recommendation": "mongodb-recommendation consul",
            "user": "mongodb-user consul",
            "reservation": "mongodb-reservation memcached-reserve consul",
            "review": "mongodb-review memcached-review consul",
            "attractions": "mongodb-attractions consul",
        },
        1.0,
        0.7,
    ),
    "DeathStarBench social network": Known(
        ("compose/deathstarbench-socialNetwork.yml",),
        {
            "nginx-thrift": "compose-post-service home-timeline-service user-timeline-service user-service "
            "social-graph-service",
            "compose-post-service": "text-service unique-id-service media-service user-service post-storage-service "
            "user-timeline-service home-timeline-service",
            "text-service": "url-shorten-service user-mention-service",
            "user-mention-service": "user-memcached user-mongodb",
            "home-timeline-service": "post-storage-service social-graph-service home-timeline-redis",
            "user-timeline-service": "post-storage-service user-timeline-mongodb user-timeline-redis",
            "social-graph-service": "user-service social-graph-mongodb social-graph-redis",
            "post-storage-service": "post-storage-memcached post-storage-mongodb",
            "url-shorten-service": "url-shorten-memcached url-shorten-mongodb",
            "user-service": "user-memcached user-mongodb social-graph-service",
            "media-service": "media-memcached media-mongodb",
        },
        1.0,
        0.35,
        frozenset({"media-frontend"}),
    ),
    "DeathStarBench media": Known(
        ("compose/deathstarbench-mediaMicroservices.yml",),
        {
            "nginx-web-server": "unique-id-service movie-id-service text-service user-service cast-info-service "
            "plot-service movie-info-service",
            "unique-id-service": "compose-review-service",
            "movie-id-service": "compose-review-service rating-service movie-id-mongodb movie-id-memcached",
            "text-service": "compose-review-service",
            "rating-service": "compose-review-service rating-redis",
            "user-service": "compose-review-service user-mongodb user-memcached",
            "compose-review-service": "review-storage-service user-review-service movie-review-service "
            "compose-review-memcached",
            "review-storage-service": "review-storage-mongodb review-storage-memcached",
            "user-review-service": "review-storage-service user-review-mongodb user-review-redis",
            "movie-review-service": "review-storage-service movie-review-mongodb movie-review-redis",
            "cast-info-service": "cast-info-mongodb cast-info-memcached",
            "plot-service": "plot-mongodb plot-memcached",
            "movie-info-service": "movie-info-mongodb movie-info-memcached",
        },
        1.0,
        0.45,
        frozenset({"dns-media"}),
    ),
    "Sock Shop": Known(
        ("compose/sock-shop.yml",),
        {
            "user-sim": "edge-router",
            "edge-router": "front-end",
            "front-end": "catalogue user carts orders",
            "orders": "orders-db user carts payment shipping",
            "carts": "carts-db",
            "catalogue": "catalogue-db",
            "user": "user-db",
            "shipping": "rabbitmq",
            "rabbitmq": "queue-master",
        },
        1.0,
        0.35,
    ),
    "AKS store": Known(
        ("k8s/aks-store-docker-compose.yml",),
        {
            "store-front": "order-service product-service",
            "store-admin": "product-service makeline-service",
            "product-service": "ai-service",
            "order-service": "rabbitmq",
            "rabbitmq": "makeline-service",
            "makeline-service": "documentdb",
            "virtual-customer": "order-service",
            "virtual-worker": "makeline-service",
        },
        0.9,
        0.9,
    ),
    "Onyx": Known(
        ("compose/onyx-docker-compose.yml",),
        {
            "nginx": "api_server web_server",
            "web_server": "api_server",
            "api_server": "relational_db opensearch cache inference_model_server code-interpreter",
            "background": "relational_db opensearch cache inference_model_server indexing_model_server api_server",
        },
        1.0,
        1.0,
    ),
    "Retail store catalog": Known(
        ("compose/retail-store-src-catalog-docker-compose.yml",),
        {"catalog": "catalog-db opensearch"},
        1.0,
        1.0,
    ),
    "Bank of Anthos accounts": Known(
        ("k8s/bank-of-anthos/accounts-db.yaml", "k8s/bank-of-anthos/userservice.yaml"),
        {"userservice": "accounts-db"},
        1.0,
        1.0,
    ),
}


def compared(system: Known) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the inferred and the documented flows that are compared."""
    design = imported(*system.files).design
    nodes = design.nodes
    inferred = set()
    for flow in design.flows.values():
        source, target = nodes[flow.source], nodes[flow.target]
        assumed = "confidence: assumed" in flow.evidence
        if not assumed and target.kind != "monitoring" and not {source.name, target.name} & system.not_judged:
            inferred.add((source.name, target.name))
    documented = {(source, target) for source, targets in system.flows.items() for target in targets.split()}
    names = {node.name for node in nodes.values()}
    assert {name for pair in documented for name in pair} <= names
    return inferred, documented


@pytest.mark.parametrize("name", SYSTEMS)
def test_inferred_flows_hold_their_precision_and_recall(name: str) -> None:
    system = SYSTEMS[name]
    inferred, documented = compared(system)
    right = inferred & documented
    precision, recall = len(right) / max(len(inferred), 1), len(right) / len(documented)
    print(f"{name}: precision {precision:.2f}, recall {recall:.2f}, {len(inferred)} of {len(documented)}")
    assert precision >= system.precision, f"wrong: {sorted(inferred - documented)}"
    assert recall >= system.recall, f"missed: {sorted(documented - inferred)}"


def test_over_all_systems_nine_of_ten_inferred_flows_are_right() -> None:
    right = found = known = 0
    for system in SYSTEMS.values():
        inferred, documented = compared(system)
        right, found, known = right + len(inferred & documented), found + len(inferred), known + len(documented)
    print(f"all: precision {right / found:.3f}, recall {right / known:.3f} ({right} right of {found}, {known} known)")
    assert right / found >= 0.95
    assert right / known >= 0.65
