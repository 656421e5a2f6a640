"""What the next step of capacity costs: on demand, on spot capacity, or as overflow to a hosted model that is drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.design.kinds import value_of
from models.evaluation.bill import SECONDS_PER_MONTH
from models.evaluation.load import LLM
from models.frameworks.cost_optimization.fleet import Fleet
from models.frameworks.cost_optimization.usage import MOST_ROWS, Usage
from models.frameworks.cost_optimization.view import View
from models.report import Cell, Column, Message, Table

MONEY = "USD/month"
MILLION = 1e6


class Overflow(NamedTuple):
    """A hosted model of the drawing with its price in USD per million tokens in and out."""

    name: str
    input_usd: float
    output_usd: float


def overflow_target(view: View) -> Overflow | None:
    """Return the cheapest hosted model of the drawing whose price is known, None without any."""
    evaluation, nodes = view.evaluation, view.evaluation.pipeline.nodes
    found = []
    for row, node in enumerate(nodes.elements):
        identifier = str(value_of(node, "model_api") or "")
        api = evaluation.catalog.model_api(identifier) if identifier else None
        own = [float(nodes.column("money", f"{way}_usd_per_million")[row]) for way in ("input", "output")]
        if api is not None and np.isnan(own).any():
            own = [
                np.nan if price is None else price for price in (api.input_usd_per_million, api.output_usd_per_million)
            ]
        if np.isfinite(own).all():
            found.append(Overflow(node.name, own[0], own[1]))
    return min(found, key=lambda one: one.input_usd + one.output_usd, default=None)


def steps_table(view: View, drawn: Fleet, found: Usage) -> Table:
    """Return per node the price of one more replica, of a million calls on it, and of the same calls elsewhere."""
    nodes, overflow = view.evaluation.pipeline.nodes, overflow_target(view)
    shown = found.node[:MOST_ROWS].tolist()
    serves = overflow is not None and bool(np.any(nodes.station[found.node[:MOST_ROWS]] == LLM))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = drawn.prices[3] / drawn.price
    spot = dict(zip(drawn.node.tolist(), ratio.tolist(), strict=True))
    rows: list[tuple[Cell, ...]] = []
    for at, node in enumerate(shown):
        rate, usd = float(found.step_rate[at]), float(found.step_usd[at])
        share = spot.get(node, np.nan)
        million = usd / (rate * SECONDS_PER_MONTH) * MILLION if rate > 0 else ""
        cells: tuple[Cell, ...] = (
            nodes.elements[node].name,
            usd,
            rate if rate > 0 else "",
            million,
            million * share if isinstance(million, float) and np.isfinite(share) else "",
        )
        rows.append((*cells, _hosted(view, node, overflow)) if serves else cells)
    columns: tuple[Column, ...] = (
        Column(Message("One more replica of")),
        Column(Message("Costs"), MONEY),
        Column(Message("Adds"), "1/s"),
        Column(Message("Per million, full"), "USD"),
        Column(Message("On spot"), "USD"),
    )
    if serves and overflow is not None:
        columns = (*columns, Column(Message("Overflow to “{name}”", {"name": overflow.name}), "USD"))
    ids = tuple(view.evaluation.node_ids[node] for node in shown)
    return Table(Message("What the next step of capacity costs, per million calls"), columns, tuple(rows), ids)


def _hosted(view: View, node: int, overflow: Overflow | None) -> Cell:
    """Return USD per million calls of a language model on a hosted one, empty for other nodes."""
    work = view.evaluation.traffic.work
    tokens = float(work.input_tokens[node]), float(work.output_tokens[node])
    if overflow is None or view.evaluation.pipeline.nodes.station[node] != LLM or not np.isfinite(tokens).all():
        return ""
    return tokens[0] * overflow.input_usd + tokens[1] * overflow.output_usd
