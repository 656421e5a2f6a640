"""Which nodes tolerate interruption, how often it is expected, and what the work that is redone costs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.analyses.cost import spot_effective_price
from models.evaluation.columns import filled
from models.evaluation.load import BATCH, LLM, SERVER
from models.evaluation.load import TRAINING as TRAINING_STATION
from models.frameworks.cost_optimization.fleet import Fleet
from models.frameworks.cost_optimization.inputs import number
from models.frameworks.cost_optimization.purchases import FEWEST_MIXED, HALF_CHECKPOINT_HOURS, NEVER_S, READY_SOON_H
from models.frameworks.cost_optimization.sizes import peak_use
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import percent
from models.report import Block, Cell, Column, Message, Table
from models.words import Number, Text

MONEY = "USD/month"
MOST_ROWS = 12


def spot_blocks(view: View, drawn: Fleet) -> Iterator[Block]:
    """Yield one row per node on machines: does it tolerate interruption, and what would spot capacity do."""
    rows: list[tuple[Cell, ...]] = []
    ids = []
    rate = number(view.evaluation.design, "interruptions_per_day")
    nodes, cost = view.evaluation.pipeline.nodes, drawn.cost
    ready = filled(nodes.column("reliability", "ready_s"), NEVER_S)[drawn.node] / 3600.0
    for at in np.argsort(-cost, kind="stable")[:MOST_ROWS].tolist():
        if cost[at] <= 0:
            continue
        name, answer, parts = _tolerates(view, drawn, at, float(ready[at]))
        offered = parts and not np.isnan(drawn.prices[3, at])
        unknown = ("", "", "", Text("price not known") if parts else "")
        rows.append((name, answer, *(_interrupted(view, drawn, at, float(ready[at])) if offered else unknown)))
        ids.append(view.evaluation.node_ids[int(drawn.node[at])])
    if not rows:
        return
    columns = (
        Column(Message("Node")),
        Column(Message("Tolerates interruption")),
        Column(Message("Interruptions"), "count"),
        Column(Message("Hours redone"), "h"),
        Column(Message("Cheaper"), "fraction"),
        Column(Message("Net price")),
    )
    title = Message(
        "Who could run on spot capacity; interruptions a month if all did, at {rate} a day",
        {"rate": Number(f"{rate:.3g}")},
    )
    yield Table(title, columns, tuple(rows), tuple(ids))


def _interrupted(view: View, drawn: Fleet, at: int, ready_h: float) -> tuple[Cell, ...]:
    """Return interruptions and hours redone a month if all of it ran on spot, and the price without and with them."""
    design = view.evaluation.design
    rate = number(design, "interruptions_per_day") / 24.0
    repeats = int(drawn.station[at]) in (BATCH, TRAINING_STATION)
    checkpoint = 2 * HALF_CHECKPOINT_HOURS if repeats else 0.0
    restart = number(design, "restart_hours") if repeats else ready_h
    price, demand = float(drawn.prices[3, at]), float(drawn.on_demand[at])
    hours = float(drawn.cost[at] / max(drawn.price[at] * drawn.factor[at], 1e-12))
    effective = float(spot_effective_price(price, rate, checkpoint, restart))
    lost = rate * (checkpoint / 2 + restart) * hours
    return (
        rate * hours,
        lost,
        1.0 - price / demand,
        Text("{share} of on demand", share=Number(f"{effective / demand:.0%}")),
    )


def _tolerates(view: View, drawn: Fleet, at: int, ready_h: float) -> tuple[str, str, bool]:
    """Return the name, the answer in words, and whether any part may run on spot capacity."""
    nodes = view.evaluation.pipeline.nodes
    name, station = nodes.elements[int(drawn.node[at])].name, int(drawn.station[at])
    if station in (BATCH, TRAINING_STATION):
        return name, Text("yes: starts again from its checkpoint"), True
    kind = nodes.kind(int(drawn.node[at]))
    if kind is None or kind.compute != "instance" or station not in (SERVER, LLM):
        return name, Text("no: it keeps state"), False
    if drawn.drawn[at] < FEWEST_MIXED:
        return name, _only(float(drawn.drawn[at])), False
    if ready_h > READY_SOON_H:
        return name, Text("no: a new replica needs {minutes} min", minutes=Number(f"{ready_h * 60:.0f}")), False
    peak = float(peak_use(view)[int(drawn.node[at])])
    if not peak > 0:
        return name, Text("not known: it has no load"), False
    spare = drawn.drawn[at] - max(np.ceil(peak * drawn.drawn[at] - 1e-9), 1.0)
    if spare <= 0:
        return name, Text("no: the peak needs all replicas"), False
    share = percent(spare / drawn.drawn[at])
    words = {"spare": Number(f"{spare:g}"), "drawn": Number(f"{drawn.drawn[at]:g}"), "share": share}
    return name, Text("in part: {spare} of {drawn} replicas ({share})", **words), True


def _only(replicas: float) -> Text:
    if replicas == 1:
        return Text("no: only 1 replica")
    return Text("no: only {count} replicas", count=Number(f"{replicas:g}"))
