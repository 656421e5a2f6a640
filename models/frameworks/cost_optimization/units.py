"""Unit economics: what one user, request, thousand tokens, prediction and training run costs, and one more of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.evaluation.bill import SECONDS_PER_MONTH
from models.evaluation.columns import is_one_of, of_kinds
from models.evaluation.load import EXTERNAL, LLM
from models.evaluation.load import TRAINING as TRAINING_STATION
from models.evaluation.totals import units_per_month
from models.frameworks.cost_optimization.ledger import TRAINING, USAGE, Ledger
from models.words import Text

SERVING_KINDS = ("model_serving", "model_serving_gpu", "reranker", "embedding", "edge_device")

_OF_TOKENS = Text("cost of the model ÷ tokens in and out")
_OF_CALLS = Text("cost of the model server ÷ its calls")
_OF_RUNS = Text("cost of the cluster ÷ its runs a month")


class UnitCost(NamedTuple):
    """Cost of one unit.

    Attributes:
        usd: average, None when there are none. more: cost of one more while nothing has to grow, None = not known.
        quantity: units per month. basis: which cost is divided by what.
    """

    name: str
    usd: float | None
    more: float | None
    quantity: float
    basis: str


def unit_costs(evaluation: Evaluation, charges: Ledger) -> tuple[UnitCost, ...]:
    """Return the unit costs that this design has."""
    brief = evaluation.pipeline.now.brief
    stated = str(value_of(brief, "unit_name") or "request")
    name = Text("request") if stated == "request" else stated
    units = units_per_month(evaluation)
    variable = float(charges.usd[charges.scaling == USAGE].sum())
    found = [_per(name, charges.total, variable, units, Text("whole bill ÷ {unit}s a month", unit=name))]
    users = _active_users(evaluation)
    if users > 0:
        found.append(_per(Text("active user"), charges.total, variable, users, Text("whole bill ÷ active users")))
    owned = charges.by_owner()
    used = np.bincount(charges.owner, charges.usd * (charges.scaling == USAGE), len(owned))
    found += _tokens(evaluation, owned, used)
    found += _predictions(evaluation, owned, used)
    trained = np.bincount(charges.owner, charges.usd * (charges.scaling == TRAINING), len(owned))
    found += _runs(evaluation, owned, trained)
    return tuple(found)


def _per(name: str, usd: float, more: float, quantity: float, basis: str) -> UnitCost:
    if quantity <= 0:
        return UnitCost(name, None, None, 0.0, basis)
    return UnitCost(name, usd / quantity, more / quantity, quantity, basis)


def _active_users(evaluation: Evaluation) -> float:
    values = [value_of(node, "active_users") for node in evaluation.design.nodes.values() if node.kind == "users"]
    return float(sum(value for value in values if isinstance(value, int | float)))


def _tokens(evaluation: Evaluation, owned: np.ndarray, used: np.ndarray) -> list[UnitCost]:
    amount, nodes = evaluation.money.amount, evaluation.pipeline.nodes
    tokens = np.bincount(nodes.row_node, amount["input_tokens"] + amount["output_tokens"], len(nodes.ids))
    models = np.flatnonzero(is_one_of(nodes.station, LLM, EXTERNAL) & (tokens > 0))
    return [
        _per(
            Text("1,000 tokens of “{name}”", name=nodes.elements[row].name),
            owned[row],
            used[row],
            tokens[row] / 1e3,
            _OF_TOKENS,
        )
        for row in models.tolist()
    ]


def _predictions(evaluation: Evaluation, owned: np.ndarray, used: np.ndarray) -> list[UnitCost]:
    nodes, mean = evaluation.pipeline.nodes, evaluation.traffic.demand.node_mean
    return [
        _per(
            Text("prediction of “{name}”", name=nodes.elements[row].name),
            owned[row],
            used[row],
            float(mean[row]) * SECONDS_PER_MONTH,
            _OF_CALLS,
        )
        for row in np.flatnonzero(of_kinds(nodes, *SERVING_KINDS) & (mean > 0)).tolist()
    ]


def _runs(evaluation: Evaluation, owned: np.ndarray, used: np.ndarray) -> list[UnitCost]:
    nodes = evaluation.pipeline.nodes
    runs = nodes.column("money", "runs_per_month")
    return [
        _per(
            Text("run of “{name}”", name=nodes.elements[row].name),
            owned[row],
            used[row],
            float(runs[row]),
            _OF_RUNS,
        )
        for row in np.flatnonzero((nodes.station == TRAINING_STATION) & (runs > 0)).tolist()
    ]
