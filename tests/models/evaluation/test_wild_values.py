"""Any value in any parameter: the evaluation says what cannot be, keeps the default, and computes the rest."""

from __future__ import annotations

import random
from typing import Any

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Node, Site
from models.design.kinds import Parameter, kinds
from models.evaluation import evaluate
from models.evaluation.figures import figures
from models.frameworks import all_findings

WILD: tuple[Any, ...] = ("abc", [1], {"a": 1}, True, -5, 1e18, 0, "", float("inf"))


def value(parameter: Parameter, source: random.Random, wild: bool) -> Any:
    if wild and source.random() < 0.4:
        return source.choice(WILD)
    if parameter.type in ("number", "integer"):
        low = parameter.minimum or 0.0
        high = 1e6 if parameter.maximum is None else parameter.maximum
        drawn = source.choice([low, high, low + (high - low) * 10 ** -source.uniform(0, 6)])
        return int(drawn) if parameter.type == "integer" else drawn
    choices: dict[str, list[Any]] = {
        "boolean": [True, False],
        "choice": list(parameter.choices) or [None],
        "shares": [{"DE": 1}, {}, {"DE": 0.5, "US-East": 0.5}, {"XX": 1}],
        "factors": [[1.0] * 24, [0.0] * 24],
    }
    return source.choice(choices.get(parameter.type, ["", "x", str(parameter.default)]))


def params(parameters: tuple[Parameter, ...], source: random.Random, wild: bool) -> dict[str, Any]:
    return {p.name: value(p, source, wild) for p in parameters if source.random() < 0.4}


def drawing(seed: int, wild: bool) -> Design:
    source, table = random.Random(seed), kinds()
    elements: dict[Id, Element] = {
        "p": Boundary("provider", "P", params={"provider": source.choice(["aws", "gcp", "azure", "nebius", "zz"])}),
        "r": Boundary("region", "R", parent="p", params={"region": source.choice(["eu-central-1", "zz"])}),
        "u": Node("users", "Users"),
        "brief": Brief("B", params=params(table.brief, source, wild)),
    }
    ids = ["u"]
    for number, kind in enumerate(source.sample(list(table.nodes), 6)):
        sites = tuple(Site(source.choice([None, "r"]), source.choice([0, 1, 3])) for _ in range(source.choice([1, 2])))
        elements[f"n{number}"] = Node(kind, kind, params(table.nodes[kind].parameters, source, wild), sites)
        ids.append(f"n{number}")
    for number in range(9):
        interaction: Any = source.choice(list(table.flows))
        own = params(table.flows[interaction].parameters, source, wild)
        elements[f"f{number}"] = Flow(source.choice(ids), source.choice(ids), interaction, params=own)
    elements["f9"] = Flow("u", "n0")
    return Design(elements)


@pytest.mark.parametrize("wild", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_every_figure_can_be_asked_for(seed: int, wild: bool) -> None:
    evaluation = evaluate(drawing(seed, wild), load_catalog(), month=seed % 2 * 12)
    for identifier in figures(evaluation):
        figure = evaluation.figure(identifier)
        assert figure.value is None or figure.value == figure.value
        assert figure.value is not None or figure.reason, identifier
    assert evaluation.horizon.cost.shape == (evaluation.horizon_months + 1,)
    all_findings(evaluation)


def test_a_value_that_cannot_be_is_a_finding_and_its_default_counts() -> None:
    elements: dict[Id, Element] = {
        "u": Node("users", "Users", {"peak_rate_rps": 10.0}),
        "s": Node("service", "Shop", {"service_time_ms": -5, "servers": "many"}),
        "f": Flow("u", "s", params={"calls": -2}),
    }
    evaluation = evaluate(Design(elements), load_catalog())
    assert {finding.elements for finding in evaluation.problems if finding.rule == "value"} == {("s",), ("f",)}
    assert evaluation.figure("node/s/utilization").value == pytest.approx(10 * 0.010 / (1 * 2))


def test_lists_where_numbers_belong_are_no_numbers() -> None:
    elements: dict[Id, Element] = {
        "u": Node("users", "Users", {"peak_rate_rps": 10.0}),
        "s": Node("service", "Shop"),
        "f": Flow("u", "s", params={"calls": [3]}),
    }
    assert evaluate(Design(elements), load_catalog()).figure("node/s/arrival_rate").value == pytest.approx(10.0)


def test_a_node_without_load_has_no_headroom_to_state_and_is_not_saturated() -> None:
    elements: dict[Id, Element] = {
        "u": Node("users", "Users", {"peak_rate_rps": 0.0}),
        "s": Node("service", "Shop"),
        "f": Flow("u", "s"),
    }
    headroom = evaluate(Design(elements), load_catalog()).figure("node/s/headroom")
    assert (headroom.value, headroom.status, headroom.text) == (None, "ok", "no load")
    assert "saturated" not in headroom.reason
