"""Every rule finds its fault in a small drawing that has it and stays silent on the one without."""

from __future__ import annotations

import msgspec
import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Input, Node, Site
from models.evaluation import evaluate
from models.frameworks import architecture_patterns
from models.frameworks.architecture_patterns.rules import checks, rule_book
from models.report import Chart, Table

REGION = Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3})
Elements = dict[Id, Element]


def node(kind: str, context: str | None = None, replicas: int = 2, at: str = "r", **params: object) -> Node:
    return Node(kind, kind.replace("_", " ").title(), params, (Site(at, replicas),), context)


def drawing(**elements: Element) -> Elements:
    """Return users → gateway → service in Frankfurt with the elements laid over it."""
    return {
        "brief": Brief(params={"home_region": "aws/eu-central-1", "target_availability": 0.99999}),
        "r": REGION,
        "a": Boundary("team", "Team A"),
        "b": Boundary("team", "Team B"),
        "c": Boundary("team", "Team C"),
        "u": Node("users", "Users", {"peak_rate_rps": 10.0, "profile": "flat", "places": {"DE": 1.0}}),
        "g": node("api_gateway", "a"),
        "s": node("service", "a", service_time_ms=30.0),
        "ug": Flow("u", "g"),
        "gs": Flow("g", "s", params={"timeout_ms": 1500}),
        **elements,
    }


def found(elements: Elements) -> set[str]:
    evaluation = evaluate(Design(elements), load_catalog())
    return {finding.rule.removeprefix("patterns.") for finding in architecture_patterns.assess(evaluation).findings}


def chain(length: int) -> Elements:
    elements = drawing()
    before = "s"
    for number in range(length):
        elements[f"x{number}"] = node("service", "a")
        elements[f"fx{number}"] = Flow(before, f"x{number}", params={"timeout_ms": 1000})
        before = f"x{number}"
    return elements


def fan(number: int, **params: object) -> Elements:
    elements = drawing()
    for at in range(number):
        elements[f"x{at}"] = node("service", "a")
        elements[f"fx{at}"] = Flow("s", f"x{at}", params={"timeout_ms": 1000, **params})
    return elements


MESSAGE = "message"
WRITE = {"operation": "write", "timeout_ms": 1000}
QUEUE = {"q": node("queue", "a"), "sq": Flow("s", "q", MESSAGE)}
STREAM = {"t": node("stream", "a", replicas=3), "st": Flow("s", "t", MESSAGE)}
CONTRACT = {"contract_version": "1", "contract_owner": "Team A"}
FAULTS: dict[str, Elements] = {
    "shared_database": drawing(
        d=node("relational", "a", 1), o=node("service", "b"), so=Flow("s", "o"), sd=Flow("s", "d"), od=Flow("o", "d")
    ),
    "shared_index": drawing(
        v=node("vector_store", "a"),
        w=node("data_ingestion", "b", runs_per_day=1000),
        sv=Flow("s", "v", params={"operation": "search"}),
        wv=Flow("w", "v", "batch", params={"operation": "write"}),
    ),
    "god_service": fan(12),
    "misplaced_service": drawing(
        m=node("service", "b"),
        **{f"x{at}": node("service", "a") for at in range(3)},
        **{f"f{at}": Flow("m", f"x{at}") for at in range(3)},
        sm=Flow("s", "m"),
    ),
    "boundaries_against_flows": drawing(
        **{f"x{at}": node("service", "a") for at in range(5)},
        **{f"y{at}": node("service", "b") for at in range(5)},
        **{f"f{at}": Flow(f"x{at}", f"y{at}") for at in range(5)},
        g=node("api_gateway"),
        s=node("service"),
    ),
    "missing_contract": drawing(o=node("service", "b"), so=Flow("s", "o")),
    "breaking_change": drawing(
        d=Boundary("team", "Team D"),
        x=node("service", "d"),
        **{f"y{at}": node("service", at) for at in "abc"},
        **{f"f{at}": Flow(f"y{at}", "x") for at in "abc"},
    ),
    "missing_owner": drawing(x=node("service"), sx=Flow("s", "x")),
    "mixed_workload": drawing(
        m=node("model_serving", "a", 1, service_time_ms=100.0, servers=4),
        sm=Flow("s", "m"),
        w=node("data_ingestion", "a", runs_per_day=1_500_000, profile="flat"),
        wm=Flow("w", "m", MESSAGE),
    ),
    "no_entrance": drawing(
        **{f"x{at}": node("service", "a") for at in range(3)}, **{f"f{at}": Flow("u", f"x{at}") for at in range(3)}
    ),
    "training_on_reply_path": drawing(t=node("model_training", "a", 1), st=Flow("s", "t")),
    "training_beside_serving": drawing(
        k=Boundary("cluster", "Cluster", parent="r"),
        s=node("service", "a", at="k"),
        t=node("model_training", "a", 1, at="k"),
    ),
    "deep_chain": chain(5),
    "call_cycle": drawing(x=node("service", "a"), sx=Flow("s", "x"), xs=Flow("x", "s", params={"probability": 0.1})),
    "chatty_pair": drawing(x=node("service", "a"), sx=Flow("s", "x", params={"calls": 12})),
    "chatty_across_regions": drawing(
        far=Boundary("region", "Virginia", params={"provider": "aws", "region": "us-east-1", "zones": 3}),
        x=node("service", "a", at="far"),
        sx=Flow("s", "x", params={"calls": 3}),
    ),
    "wide_fan_out": fan(10, step=1),
    "inverted_timeout": drawing(x=node("service", "a"), sx=Flow("s", "x", params={"timeout_ms": 9000})),
    "short_timeout": drawing(
        x=node("service", "a", service_time_ms=100.0), sx=Flow("s", "x", params={"timeout_ms": 120})
    ),
    "retry_storm": drawing(
        ug=Flow("u", "g", params={"retries": 2, "retry_budget": 1}),
        gs=Flow("g", "s", params={"retries": 2, "retry_budget": 1}),
    ),
    "write_on_reply_path": drawing(d=node("relational", "a", 1), sd=Flow("s", "d", params=WRITE)),
    "channel_on_reply_path": drawing(q=node("queue", "a"), sq=Flow("s", "q")),
    "single_replica": drawing(s=node("service", "a", 1)),
    "single_zone": drawing(
        r=msgspec.structs.replace(REGION, params={**REGION.params, "zones": 1}), s=node("service", "a", 1)
    ),
    "stale_stream": drawing(
        **STREAM,
        x=node("stream_features", "a"),
        tx=Flow("t", "x", "stream", params={"max_staleness_s": 0.01, "linger_ms": 500}),
    ),
    "batch_too_slow": drawing(
        x=node("feature_store", "a", freshness_s=60),
        sx=Flow("s", "x"),
        j=node("batch_features", "a"),
        jx=Flow("j", "x", "batch", params={"runs_per_day": 1}),
    ),
    "needless_stream": drawing(
        u=Node("users", "Users", {"peak_rate_rps": 0.1, "profile": "flat"}),
        **STREAM,
        x=node("service", "a"),
        tx=Flow("t", "x", "stream"),
    ),
    "dual_write": drawing(**STREAM, d=node("relational", "a", 1), sd=Flow("s", "d", params=WRITE)),
    "missing_saga": drawing(
        d=node("relational", "a", 1),
        e=node("document", "a"),
        sd=Flow("s", "d", params=WRITE),
        se=Flow("s", "e", params=WRITE),
    ),
    "repeated_delivery": drawing(
        **QUEUE,
        x=node("service", "a"),
        qx=Flow("q", "x", MESSAGE),
        d=node("relational", "a", 1),
        xd=Flow("x", "d", params=WRITE),
    ),
    "training_serving_skew": drawing(
        x=node("feature_store", "a"),
        m=node("model_serving", "a"),
        sx=Flow("s", "x"),
        sm=Flow("s", "m"),
        o=node("object_store", "a"),
        t=node("model_training", "a", 1),
        ot=Flow("o", "t", "batch"),
    ),
    "missing_quality_gate": drawing(
        o=node("object_store", "a"), t=node("model_training", "a", 1), ot=Flow("o", "t", "batch")
    ),
    "unbuffered_message": drawing(x=node("service", "a"), sx=Flow("s", "x", MESSAGE)),
    "slow_drain": drawing(**QUEUE, x=node("service", "a", 1, service_time_ms=190.0), qx=Flow("q", "x", MESSAGE)),
    "slow_replay": drawing(
        **STREAM, x=node("stream_features", "a", 1, service_time_ms=250.0), tx=Flow("t", "x", "stream")
    ),
    "thin_line": drawing(
        shop=Boundary("site_group", "Shop", copies=10, params={"place": "DE", "line_mbit_s": 1}),
        u=Node("users", "Users", {"peak_rate_rps": 100.0, "profile": "flat"}, (Site("shop"),)),
        ug=Flow("u", "g", params={"request_kib": 20}),
    ),
    "slow_transfer": drawing(
        far=Boundary("region", "Virginia", params={"provider": "aws", "region": "us-east-1", "zones": 3}),
        o=node("object_store", "a"),
        p=node("object_store", "a", at="far"),
        op=Flow("o", "p", "batch", params={"gib_per_day": 60_000}),
    ),
    "unlinked_clouds": drawing(
        far=Boundary("region", "Frankfurt", params={"provider": "gcp", "region": "europe-west3"}),
        o=node("service", "a", at="far"),
        so=Flow("s", "o"),
    ),
    "full_link": drawing(
        far=Boundary("region", "Frankfurt", params={"provider": "gcp", "region": "europe-west3"}),
        o=node("object_store", "a"),
        p=node("object_store", "a", at="far"),
        tunnel=node("vpn", "a", 1, bandwidth_gbit_s=1),
        op=Flow("o", "p", "batch", params={"gib_per_day": 9_000, "via": "tunnel"}),
    ),
    "growing_store": drawing(o=node("object_store", "a", storage_gib=100, storage_growth_gib_month=500)),
    "offline_reads_live": drawing(
        d=node("relational", "a", 1), sd=Flow("s", "d"), t=node("model_training", "a", 1), dt=Flow("d", "t", "batch")
    ),
    "cpu_metric_on_accelerator": drawing(
        m=node("model_serving_gpu", "a", autoscaled=True, scaling_metric="cpu"), sm=Flow("s", "m")
    ),
    "autoscaler_too_slow": drawing(
        u=Node("users", "Users", {"peak_rate_rps": 10.0, "profile": "office"}),
        m=node("llm_serving", "a", autoscaled=True, ready_s=1800, target_utilization=0.9),
        sm=Flow("s", "m"),
    ),
    "autoscaler_at_maximum": drawing(
        s=node("service", "a", 1, autoscaled=True, max_replicas=1, min_replicas=1, service_time_ms=160.0)
    ),
    "memory_too_small": drawing(v=node("vector_store", "a", vectors_million=100), sv=Flow("s", "v")),
    "evicted_by_update": drawing(k=Boundary("cluster", "Cluster", parent="r"), s=node("service", "a", 1, at="k")),
    "update_without_room": drawing(m=node("model_serving_gpu", "a", 2, service_time_ms=150.0), sm=Flow("s", "m")),
    "quota_too_small": drawing(
        p=Boundary("provider", "AWS", params={"provider": "aws", "quota_accelerators": 1}),
        r=msgspec.structs.replace(REGION, parent="p"),
        m=node("model_serving_gpu", "a", 4),
        sm=Flow("s", "m"),
    ),
    "quota_not_stated": drawing(x=node("llm_api", "a"), sx=Flow("s", "x")),
    "spot_on_reply_path": drawing(s=node("service", "a", spot_share=1.0)),
    "runs_too_long": drawing(x=node("function", "a", service_time_ms=800_000), sx=Flow("s", "x", MESSAGE)),
    "payload_too_large": drawing(q=node("queue", "a"), sq=Flow("s", "q", MESSAGE, params={"request_kib": 300})),
    "cold_starts_felt": drawing(
        u=Node("users", "Users", {"peak_rate_rps": 0.0005, "profile": "flat"}),
        x=node("function", "a"),
        sx=Flow("s", "x"),
    ),
    "dearer_than_containers": drawing(
        u=Node("users", "Users", {"peak_rate_rps": 200.0, "profile": "flat"}),
        s=node("service", "a", 8),
        x=node("function", "a", service_time_ms=100),
        sx=Flow("s", "x", MESSAGE),
    ),
    "idle_container": drawing(
        u=Node("users", "Users", {"peak_rate_rps": 0.5, "profile": "flat"}), s=node("service", "a", 3)
    ),
    "connection_burst": drawing(
        x=node("function", "a"), sx=Flow("s", "x", MESSAGE), d=node("relational", "a", 1), xd=Flow("x", "d")
    ),
    "too_few_instances": drawing(
        x=node("function", "a", max_replicas=1, service_time_ms=500), sx=Flow("s", "x", MESSAGE)
    ),
    "unread_channel": drawing(**QUEUE),
    "unfed_channel": drawing(q=node("queue", "a"), x=node("service", "a"), qx=Flow("q", "x", MESSAGE)),
    "no_dead_letters": drawing(q=node("queue", "a", dead_letters=False)),
    "poison_record": drawing(**STREAM, x=node("service", "a"), tx=Flow("t", "x", "stream")),
    "too_few_partitions": drawing(
        t=node("stream", "a", replicas=3, partitions=2),
        st=Flow("s", "t", MESSAGE),
        x=node("stream_features", "a", 6),
        tx=Flow("t", "x", "stream"),
    ),
    "hot_key": drawing(x=node("cache", "a"), sx=Flow("s", "x", params={"key_pattern": "hot"})),
    "event_circle": drawing(
        **QUEUE,
        x=node("service", "a"),
        qx=Flow("q", "x", MESSAGE),
        xs=Flow("x", "s", MESSAGE, params={"probability": 0.1}),
    ),
    "long_event_chain": drawing(
        **{f"q{at}": node("queue", "a") for at in range(4)},
        **{f"x{at}": node("service", "a") for at in range(4)},
        **{f"f{at}": Flow(f"q{at}", f"x{at}", MESSAGE) for at in range(4)},
        **{f"h{at}": Flow("s" if at == 0 else f"x{at - 1}", f"q{at}", MESSAGE) for at in range(4)},
    ),
    "overlapping_runs": drawing(
        k=node("timer", "a", 1, runs_per_day=48),
        j=node("batch_job", "a", 1, hours_per_run=1),
        kj=Flow("k", "j", "message"),
    ),
    "function_chain": drawing(
        x=node("function", "a"), y=node("function", "a"), sx=Flow("s", "x", MESSAGE), xy=Flow("x", "y")
    ),
}


def test_plain_drawing_is_left_alone() -> None:
    assert found(drawing()) == set()


def test_empty_drawing_is_answered() -> None:
    assessment = architecture_patterns.assess(evaluate(Design(), load_catalog()))
    assert "Nothing is drawn" in str(assessment.answer)
    assert assessment.findings == ()


@pytest.mark.parametrize("rule", [rule.id for rule in rule_book()[1]])
def test_rule_finds_its_fault(rule: str) -> None:
    assert rule in found(FAULTS[rule])


def test_there_are_forty_rules_and_each_has_data_and_a_function() -> None:
    sections, rules = rule_book()
    assert len(rules) >= 40
    assert sorted(rule.id for rule in rules) == sorted(checks())
    assert {rule.section for rule in rules} == {section.id for section in sections}
    assert all(rule.source for rule in rules)


def test_longer_outage_is_seen_by_the_buffers() -> None:
    elements = drawing(**QUEUE, x=node("service", "a", 1, service_time_ms=100.0), qx=Flow("q", "x", MESSAGE))
    assert "slow_drain" not in found(elements)
    elements["in/architecture-patterns/outage_minutes"] = Input(2_000)
    assert "slow_drain" in found(elements)


def test_contract_on_the_flow_ends_the_finding() -> None:
    elements = drawing(o=node("service", "b"), so=Flow("s", "o", params=CONTRACT))
    assert "missing_contract" not in found(elements)


def test_outbox_beside_the_stream_is_not_a_dual_write_when_nothing_is_stored() -> None:
    assert "dual_write" not in found(drawing(**STREAM))


def test_batching_is_traded_against_age_where_a_limit_is_near() -> None:
    reader = node("stream_features", "a")
    slow = Flow("t", "x", "stream", params={"max_staleness_s": 1, "linger_ms": 500})
    wide = Flow("t", "x", "stream", params={"max_staleness_s": 3600, "linger_ms": 50})
    titles = []
    for flow in (slow, wide):
        evaluation = evaluate(Design(drawing(**STREAM, x=reader, tx=flow)), load_catalog())
        blocks = architecture_patterns.assess(evaluation).blocks
        titles.append([str(block.title) for block in blocks if isinstance(block, Chart)])
    assert any(title.startswith("Batching") for title in titles[0])
    assert not any(title.startswith("Batching") for title in titles[1])


def test_contracts_name_the_teams_that_a_break_reaches() -> None:
    elements = drawing(
        o=node("service", "b"), p=node("service", "c"), so=Flow("s", "o"), op=Flow("o", "p"), ps=Flow("g", "p")
    )
    blocks = architecture_patterns.assess(evaluate(Design(elements), load_catalog())).blocks
    table = next(block for block in blocks if isinstance(block, Table) and str(block.title) == "Contracts")
    assert sorted(str(row[6]) for row in table.rows) == ["Team A", "Team A", "Team A, Team B"]
