"""Events from source to end, quality gates, contracts and what could be a function: rows by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.analyses.serverless import percentile_with_cold_starts
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Node, Site
from models.evaluation import evaluate
from models.frameworks import architecture_patterns
from models.report import Table

ELEMENTS: dict[str, Element] = {
    "brief": Brief(params={"home_region": "aws/eu-central-1"}),
    "r": Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3}),
    "a": Boundary("team", "Team A"),
    "b": Boundary("team", "Team B"),
    "h": Node("webhook", "Payments", {"runs_per_day": 86_400, "profile": "flat"}, (Site("r", 1),), "a"),
    "g": Node("data_ingestion", "Gate", {"reject_rate": 0.25, "service_time_ms": 4}, (Site("r", 2),), "a"),
    "t": Node("stream", "Orders", {"partitions": 6}, (Site("r", 3),), "a"),
    "q": Node("queue", "Rejected", {}, (Site("r", 1),), "a"),
    "f": Node("function", "Writer", {}, (Site("r", 1),), "b"),
    "e": Node("event_bus", "Bus", {}, (Site("r", 1),), "b"),
    "w": Node("workflow", "Shipping", {}, (Site("r", 1),), "b"),
    "s": Node("service", "Search", {"memory_gib": 16}, (Site("r", 2),), "b"),
    "d": Node("key_value", "Ledger", {}, (Site("r", 1),), "b"),
    "hg": Flow("h", "g", "message"),
    "gt": Flow("g", "t", "message"),
    "gq": Flow("g", "q", "message", params={"carries_rejects": True}),
    "tf": Flow("t", "f", "stream", params={"protocol": "Kafka", "schema": "orders.avsc", "format": "Avro"}),
    "fd": Flow("f", "d", params={"operation": "write"}),
    "fe": Flow("f", "e", "message"),
    "ew": Flow("e", "w", "message"),
    "es": Flow("e", "s", "message"),
}


@pytest.fixture(scope="module")
def tables() -> dict[str, Table]:
    blocks = architecture_patterns.assess(evaluate(Design(ELEMENTS), load_catalog())).blocks
    return {str(block.title): block for block in blocks if isinstance(block, Table)}


def rows(table: Table) -> dict[str, tuple[object, ...]]:
    return {str(row[0]): row[1:] for row in table.rows}


def test_events_are_followed_from_their_source_to_their_readers(tables: dict[str, Table]) -> None:
    found = rows(tables["Events, from source to end"])
    begins, sender, rate, readers, passed, order, letters, state = found["Orders"]
    assert (begins, sender, readers, passed) == ("“Payments”", "“Gate”", "“Writer”", 1.0)
    assert rate == pytest.approx(0.75)
    assert order == "per key, 6 partitions"
    assert letters == "none drawn"
    assert state == "“Ledger”: write idempotently"
    bus = found["Bus"]
    assert bus[3] == "2: “Shipping” and “Search”"
    assert (bus[4], bus[5], bus[7]) == (2.0, "none", "workflow engine “Shipping”")
    assert found["Rejected"][6] == "its own, after 3 attempts"


def test_a_gate_shows_what_it_keeps_back(tables: dict[str, Table]) -> None:
    checked, rejected, a_day, kept, delay = rows(tables["Quality gates: what does not pass on"])["Gate"]
    assert (checked, rejected) == (pytest.approx(1.0), 0.25)
    assert a_day == pytest.approx(21_600)
    assert kept == "“Rejected”"
    assert delay == pytest.approx(0.004, rel=0.05)


def test_contracts_name_protocol_and_schema(tables: dict[str, Table]) -> None:
    (contract,) = tables["Contracts"].rows
    assert contract[2:4] == ("Kafka", "orders.avsc, Avro")


def test_what_stands_against_a_function_is_named(tables: dict[str, Table]) -> None:
    found = rows(tables["Could it run as a function?"])
    assert found["Search"][-1] == "16\u202fGiB of memory"
    assert found["Writer"][-1] == "nothing"


@pytest.mark.parametrize("share", [0.0, 0.02, 0.049, 0.2, 0.9])
def test_p95_with_cold_starts_equals_a_sample(share: float) -> None:
    mean, variance, start = 0.12, 0.12**2 * 0.5, 0.4
    random = np.random.default_rng(11)
    sample = random.gamma(mean**2 / variance, variance / mean, 400_000)
    sample += np.where(random.random(sample.size) < share, start, 0.0)
    assert percentile_with_cold_starts(mean, variance, share, start, 0.95) == pytest.approx(
        float(np.quantile(sample, 0.95)), rel=0.02
    )
