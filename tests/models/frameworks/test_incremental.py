"""What the frameworks say after edits is what they say of the same drawing evaluated anew."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import set_params
from models.evaluation import Evaluation, evaluate
from models.frameworks import FRAMEWORKS
from models.templates import templates
from tests.benchmarks.designs import big_design
from tests.models.evaluation.test_incremental import EDITS, edit

CATALOG = load_catalog()
CONTRACTS = st.lists(
    st.tuples(st.sampled_from(["version", "owner", "team", "kind", "data", "boundary"]), st.integers(0, 10_000)),
    max_size=5,
)


def said(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """Return the answers, blocks and findings of all frameworks."""
    found = [framework.assess(evaluation, ()) for framework in FRAMEWORKS]
    return [(one.answer, [repr(block) for block in one.blocks], one.findings) for one in found]


def changed(design: Design, what: str, number: int) -> Design:
    """Return the design after an edit of what rules read besides figures, on an element chosen by `number`."""
    flows, nodes, boundaries = list(design.flows), list(design.nodes), list(design.boundaries)
    key: str
    after: Any
    if what in ("version", "owner") and flows:
        key = flows[number % len(flows)]
        after = set_params(design.flows[key], {f"contract_{what}": "1" if number % 2 else ""})
    elif what == "boundary" and boundaries:
        key = boundaries[number % len(boundaries)]
        after = msgspec.structs.replace(design.boundaries[key], name=f"Renamed {number}")
    elif what == "team":
        key = nodes[number % len(nodes)]
        teams = [one for one in boundaries if design.boundaries[one].kind == "context"]
        after = msgspec.structs.replace(design.nodes[key], context=teams[number % len(teams)] if teams else None)
    elif what == "kind":
        key = nodes[number % len(nodes)]
        after = msgspec.structs.replace(design.nodes[key], kind=("cache", "model_training", "relational")[number % 3])
    elif what == "data":
        key = nodes[number % len(nodes)]
        after = set_params(design.nodes[key], {"data_class": ("personal", "public")[number % 2]})
    else:
        return design
    return design.apply(Delta.of([(key, design.elements[key], after)]))


@pytest.mark.parametrize("design", [*(one.variants[0].design for one in templates()), big_design(30)])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=EDITS, contracts=CONTRACTS)
def test_frameworks_say_the_same_after_edits(design: Design, edits: Any, contracts: Any) -> None:
    evaluation = evaluate(design, CATALOG)
    said(evaluation)
    for kind, number, amount in edits:
        design = edit(design, kind, number, amount)
    for what, number in contracts:
        design = changed(design, what, number)
        evaluation = evaluate(design, CATALOG, previous=evaluation)
        said(evaluation)
    evaluation = evaluate(design, CATALOG, previous=evaluation)
    assert said(evaluation) == said(evaluate(design, CATALOG))
