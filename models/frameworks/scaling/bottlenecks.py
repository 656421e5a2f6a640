"""What is full first, now and over the months, what relieves it, and which relief gives most for the money."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

import numpy as np

from models.evaluation.columns import filled
from models.evaluation.demand import REQUEST
from models.formatting import format_value
from models.frameworks.scaling.capacity import Capacity
from models.frameworks.scaling.inputs import held
from models.report import Axis, Block, Cell, Chart, Column, Finding, Message, Remedy, Series, Table
from models.words import Number, Text, joined, quoted

MOST = 10
LINES = 5
WORTH_SHOWING = 0.05


class Bottleneck(NamedTuple):
    """One node that fills.

    Attributes:
        full: month in which it is full as drawn, inf = not within the horizon.
        replicas: per site, that keep its target through the months that must hold; 0 = replicas do not help.
        usd: what they cost more a month, NaN where no price is known.
        relief: points of load taken off per 1,000 USD a month.
    """

    row: int
    load: float
    by_slots: bool
    full: float
    replicas: int
    usd: float
    relief: float


def rank(capacity: Capacity) -> list[Bottleneck]:
    """Return the nodes in the order in which they fill, the fullest first among equals."""
    evaluation = capacity.evaluation
    full, load = evaluation.full_months, capacity.load
    rows = np.flatnonzero(~np.isnan(full) & (filled(load) > 0))
    order = (row for row in rows[np.lexsort((-load[rows], full[rows]))].tolist() if not capacity.follows(row))
    last = evaluation.month + int(held(evaluation.design, "hold_months"))
    return [_bottleneck(capacity, row, last) for row in islice(order, MOST)]


def _bottleneck(capacity: Capacity, row: int, last: int) -> Bottleneck:
    load, full = float(capacity.load[row]), float(capacity.evaluation.full_months[row])
    drawn = capacity.replicas[row] / max(capacity.sites[row], 1.0)
    needed = capacity.replicas_for(row, last) if capacity.can_grow(row) else 0
    more = max(needed - drawn, 0.0)
    usd = capacity.unit_price(row) * float(more)
    then = float(capacity.most_load(last)[row])
    relieved = then - then * drawn / needed if needed and np.isfinite(then) else 0.0
    relief = float(relieved * 100.0 / (usd / 1000.0)) if usd > 0 else float("nan")
    return Bottleneck(row, load, bool(capacity.by_slots[row]), full, needed if more > 0 else 0, usd, relief)


def findings(capacity: Capacity, ranked: list[Bottleneck]) -> list[Finding]:
    """Return what is full before the months that must hold are over, with the replicas that hold."""
    months = int(held(capacity.evaluation.design, "hold_months"))
    last = capacity.evaluation.month + months
    soon = [one for one in ranked if one.full <= last]
    return [_full_soon(capacity, one, last, _waited_for(capacity, one, soon)) for one in soon]


def _waited_for(capacity: Capacity, one: Bottleneck, soon: list[Bottleneck]) -> list[int]:
    """Return the nodes whose slow answers would fill the slots of a node again, whatever its replicas."""
    if not capacity.nodes.column("service", "slots")[one.row] > 0:
        return []
    flows = capacity.evaluation.pipeline.flows
    asked = flows.interaction == REQUEST
    reached = np.zeros(capacity.n, dtype=bool)
    reached[one.row] = True
    known = -1
    while known != (known := int(reached.sum())):
        reached[flows.target[asked & reached[flows.source]]] = True
    return [other.row for other in soon if other.row != one.row and reached[other.row]]


def _full_soon(capacity: Capacity, one: Bottleneck, last: int, waited: list[int]) -> Finding:
    name, key = capacity.name(one.row), capacity.key(one.row)
    words: dict[str, object] = {
        "name": name,
        "with": tuple(capacity.key(row) for row in waited),
        "month": Number(f"{one.full:.0f}"),
        "load": format_value(one.load, "fraction"),
        "last": last,
    }
    event = _event(capacity, one)
    remedy, cure = None, Text("Replicas do not help here: change its size, its work, or how the load reaches it.")
    if one.replicas:
        number = replicas_text(capacity, one)
        cures = [_hold(number, last, one.usd)]
        if waited:
            names = joined(quoted(capacity.name(row)) for row in waited)
            cures.append(Text("That needs {names} to hold too: a slot is held until they have answered.", names=names))
        if event:
            cures.append(Text("An autoscaler or a dated phase needs them for the event only."))
        cure = joined(cures, " ")
        label = Message("Run {number}", {"number": number})
        column = "slots_utilization" if one.by_slots else "utilization"
        figures = (f"node/{key}/cost_per_month", f"node/{key}/{column}", f"node/{key}/full_month")
        remedy = Remedy("set_replicas", {"node": key, "replicas": one.replicas}, label, figures)
    words["cure"] = cure
    if one.full <= capacity.evaluation.month:
        title = Message("“{name}” is full now", words)
    else:
        title = Message("“{name}” is full in month {month}", words)
    used = Text("Its servers are {load} used at the peak hour of the shown month.", load=words["load"])
    if one.by_slots:
        used = Text("Its slots are {load} used at the peak hour of the shown month.", load=words["load"])
    words["used"] = joined((used, event), " ") if event else used
    why = Message("{used} {cure}", words)
    column = "slots_utilization" if one.by_slots else "utilization"
    evidence = (f"node/{key}/{column}", f"node/{key}/full_month")
    severity = "error" if one.full <= capacity.evaluation.month else "warning"
    return Finding("scaling.full_soon", severity, title, why, (key,), evidence, remedy)  # type: ignore[arg-type]


def _hold(number: str, last: int, usd: float) -> Text:
    if np.isnan(usd):
        return Text("{number} hold through month {last} for a price that is not known more.", number=number, last=last)
    cost = format_value(usd, "USD/month")
    return Text("{number} hold through month {last} for {usd} a month more.", number=number, last=last, usd=cost)


def name_of(capacity: Capacity, one: Bottleneck) -> str:
    """Return the name of a node, with what of it fills where that is not its servers."""
    name = capacity.name(one.row)
    return Text("{name} (slots)", name=name) if one.by_slots else name


def replicas_text(capacity: Capacity, one: Bottleneck) -> str:
    """Return the replicas that hold, said per site where there are several."""
    if capacity.sites[one.row] > 1:
        return Text("{count} replicas a site", count=one.replicas)
    return Text("{count} replicas", count=one.replicas)


def _event(capacity: Capacity, one: Bottleneck) -> str:
    """Return a sentence when a dated event fills the node, growth alone not yet."""
    events = capacity.nodes.column("demand", "event_month")
    factors = capacity.nodes.column("demand", "event_factor")
    for row in np.flatnonzero(np.isfinite(events) & (events == one.full)):
        args = {"name": capacity.name(int(row)), "factor": Number(f"{factors[row]:g}")}
        return Text("The event of “{name}” in that month multiplies demand by {factor}.", **args)
    return ""


def blocks(capacity: Capacity, ranked: list[Bottleneck]) -> list[Block]:
    """Return the table of bottlenecks and the chart of their loads over the months."""
    if not ranked:
        return []
    months = int(held(capacity.evaluation.design, "hold_months"))
    columns = (
        Column(Message("What fills")),
        Column(Message("Load now"), "fraction"),
        Column(Message("Full in month"), "month"),
        Column(Message("Replicas drawn"), "count"),
        Column(Message("Replicas for {months} months", {"months": months}), "count"),
        Column(Message("More per month"), "USD/month"),
        Column(Message("Points per $1,000"), "count"),
    )
    shown = [one for one in ranked if one.load >= WORTH_SHOWING] or ranked[:1]
    rows: list[tuple[Cell, ...]] = [
        (
            name_of(capacity, one),
            one.load,
            one.full if np.isfinite(one.full) else Text("later"),
            float(capacity.replicas[one.row]),
            float(one.replicas) if one.replicas else Text("as drawn"),
            "–" if not one.replicas else None if np.isnan(one.usd) else one.usd,
            "–" if np.isnan(one.relief) else one.relief,
        )
        for one in shown
    ]
    table = Table(Message("What fills first"), columns, tuple(rows), tuple(capacity.key(one.row) for one in shown))
    return [table, _chart(capacity, shown[:LINES])]


def _chart(capacity: Capacity, shown: list[Bottleneck]) -> Chart:
    loads = {month: capacity.load_at(month) for month in capacity.months}
    x = tuple(float(month) for month in capacity.months)
    series = tuple(
        Series(
            name_of(capacity, one),
            x,
            tuple(float(loads[month][one.row]) for month in capacity.months),
        )
        for one in shown
    )
    title = Message("Load at the peak hour as demand grows, nothing changed")
    marks = (("y", 1.0, Text("full")),)
    return Chart("line", title, Axis(Message("Month")), Axis(Message("Load"), "fraction"), series, marks)  # type: ignore[arg-type]
