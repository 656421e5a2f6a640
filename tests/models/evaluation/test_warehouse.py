"""A warehouse is billed by what its queries scan, not by what is loaded into it."""

from __future__ import annotations

from typing import Any

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Flow, Node
from models.evaluation import evaluate

CATALOG = load_catalog()
SECONDS = 730.0 * 3600.0


def scanned_tib(interaction: str, **params: Any) -> float:
    """Return TiB a month that are scanned when 2 requests/s of users arrive at a warehouse by such a flow."""
    design = Design(
        {
            "users": Node("users", "Users", params={"peak_rate_rps": 2.0, "profile": "flat"}),
            "web": Node("service", "Web"),
            "events": Node("warehouse", "Events", params={"gib_per_query": 4.0}),
            "in": Flow("users", "web"),
            "flow": Flow("web", "events", interaction, params=params),
        }
    )
    evaluation = evaluate(design, CATALOG)
    scanned = evaluation.money.amount["scanned_tib"]
    return float(scanned[evaluation.pipeline.nodes.row_node == evaluation.node_ids.index("events")].sum())


@pytest.mark.parametrize(
    ("interaction", "operation", "queries"),
    [
        ("request", None, 2.0),
        ("request", "read", 2.0),
        ("request", "scan", 2.0),
        ("request", "write", 0.0),
        ("message", None, 0.0),
        ("stream", None, 0.0),
        ("batch", "write", 0.0),
        ("batch", "scan", 2.0),
    ],
)
def test_what_is_loaded_is_not_scanned(interaction: str, operation: str | None, queries: float) -> None:
    params = {} if operation is None else {"operation": operation}
    assert scanned_tib(interaction, **params) == pytest.approx(queries * SECONDS * 4.0 / 1024.0)


def test_every_call_is_a_query() -> None:
    assert scanned_tib("request", calls=3.0) == pytest.approx(6.0 * SECONDS * 4.0 / 1024.0)
