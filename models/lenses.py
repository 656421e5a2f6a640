"""Lenses: one metric of an evaluation as colors and badges on the picture, with a legend.

The scale has eight even steps that keep their order without hue; the number stands on the badge in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isnan
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import BRIEF_ID, Boundary, Flow, Id, Node
from models.evaluation import Evaluation
from models.formatting import SPACE, format_value
from models.picture import LensValues
from models.themes import NO_COLOR, SCALE_STEPS, role_code
from models.words import Number, Text

_LEAST = Number(f"<{SPACE}{format_value(0.001, 'fraction')}")
Floats = NDArray[np.float64]
Marks = dict[Id, tuple[str, int]]
VOLUMES = "volumes"
"""What the data flow view tells besides a lens; read ahead like one."""


@dataclass(frozen=True, slots=True)
class Lens:
    """One way to read the picture; `id` is also its key in settings and exports."""

    id: str
    title: Text
    help: Text


LENSES: tuple[Lens, ...] = (
    Lens("plan", Text("Plan"), Text("The drawing as it is, without figures.")),
    Lens("load", Text("Load"), Text("How full each node is at the peak hour: servers or slots, whichever is fuller.")),
    Lens("latency", Text("Latency"), Text("95th percentile of each node's own response time at the peak hour.")),
    Lens("cost", Text("Cost"), Text("What each node and flow costs a month.")),
    Lens("availability", Text("Availability"), Text("The share of time in which each node answers.")),
    Lens("carbon", Text("Carbon"), Text("Greenhouse gas each node causes in a month.")),
    Lens("changes", Text("Changes"), Text("What was added, changed or removed against the baseline variant.")),
)


CHANGE_WORDS = {"added": Text("added"), "changed": Text("changed"), "removed": Text("removed")}


@dataclass(frozen=True, slots=True)
class Legend:
    """How to read the colors.

    Attributes:
        steps: color codes from left to right, each with the smallest value it stands for, or a word.
        low, high: texts below the ends of the scale; empty for a legend of words.
    """

    title: Text
    steps: tuple[tuple[int, str], ...]
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class LensReading:
    """What a lens shows: values for `Picture.with_lens`, and the legend (None where nothing is colored)."""

    values: LensValues
    legend: Legend | None


def read_lens(
    lens: str, evaluation: Evaluation, *, baseline: Design | None = None, warned: frozenset[Id] = frozenset()
) -> LensReading:
    """Return what the lens of this id shows of an evaluation.

    Args:
        baseline: what the changes lens compares with; None compares with the design itself.
        warned: nodes that carry a warning mark besides those the evaluation's own problems name.

    Raises:
        KeyError: there is no lens of this id.
    """
    marked = warned | frozenset(
        element
        for finding in evaluation.problems
        if finding.severity != "note"
        for element in finding.elements
        if element != BRIEF_ID
    )
    if lens == "changes":
        return changes_reading(baseline or evaluation.design, evaluation.design, marked)
    nodes, flows, legend = _read(lens, evaluation)
    return LensReading(LensValues(nodes, flows, marked), legend)


def _read(lens: str, evaluation: Evaluation) -> Read:
    """Return what a lens reads of an evaluation, once: the worker that evaluates reads it before the drawing asks."""
    known = _READINGS.setdefault(evaluation, {})
    if lens not in known:
        known[lens] = ({}, _volumes(evaluation), None) if lens == VOLUMES else _READERS[lens](evaluation)
    return known[lens]


def are_read(lenses: Iterable[str], evaluation: Evaluation) -> bool:
    """Return whether all these lenses, and `VOLUMES` if it is among them, cost no time any more."""
    return _READINGS.get(evaluation, {}).keys() >= set(lenses) - {"changes"}


def read_ahead(lenses: Iterable[str], evaluation: Evaluation) -> None:
    """Read lenses, and `VOLUMES` if it is among them, before they are asked for; may run on any thread."""
    for lens in lenses:
        if lens != "changes":
            _read(lens, evaluation)


def changes_reading(before: Design, after: Design, warned: frozenset[Id] = frozenset()) -> LensReading:
    """Return the marks of what was added, changed and removed; draw them on `comparison(before, after)`."""
    nodes: Marks = {}
    flows: Marks = {}
    for key, (old, new) in Delta.between(before.elements, after.elements).changes.items():
        word = "added" if old is None else "removed" if new is None else "changed"
        element = new if new is not None else old
        if isinstance(element, Node):
            nodes[key] = (CHANGE_WORDS[word], role_code(word))
        elif isinstance(element, Flow):
            flows[key] = (CHANGE_WORDS[word], role_code(word))
    steps = tuple((role_code(word), CHANGE_WORDS[word]) for word in ("added", "removed", "changed"))
    return LensReading(LensValues(nodes, flows, warned), Legend(Text("Against the baseline"), steps))


def volumes(evaluation: Evaluation) -> Mapping[Id, tuple[str, int]]:
    """Return what each flow carries in a day, requests and responses together: the texts of the data flow view."""
    return _read(VOLUMES, evaluation)[1]


def _volumes(evaluation: Evaluation) -> Marks:
    daily = evaluation.flow_column("bytes_per_s") * 86_400.0 / 2.0**30
    return {
        key: (_text(value, "GiB/day"), NO_COLOR)
        for key, value in zip(evaluation.flow_ids, daily.tolist(), strict=True)
        if value > 0
    }


def comparison(before: Design, after: Design) -> Design:
    """Return `after` with what it removed of `before` still in it, so that one picture can show both."""
    removed = {
        key: element
        for key, element in before.elements.items()
        if key not in after.elements and (isinstance(element, Node | Flow | Boundary) or key.startswith("pos/"))
    }
    return Design({**removed, **after.elements})


def step_of(share: Floats) -> NDArray[np.uint8]:
    """Return the step of the scale for shares from 0 to 1, beyond them the last; NaN has no color."""
    known = ~np.isnan(share)
    steps = np.clip(np.nan_to_num(share, posinf=1.0, neginf=0.0) * SCALE_STEPS, 0, SCALE_STEPS - 1).astype(np.uint8)
    return np.where(known, steps, NO_COLOR).astype(np.uint8)


def _scale(title: Text, values: Callable[[float], str]) -> Legend:
    """Return the legend of the eight steps; `values` turns a share of the scale into text."""
    steps = tuple((step, values(step / SCALE_STEPS)) for step in range(SCALE_STEPS))
    return Legend(title, steps, values(0.0), values(1.0))


@lru_cache(maxsize=131_072)
def _text(value: float, unit: str) -> str:
    """Return a value that is no money as it stands on badges; an edit leaves most values of a drawing as they were."""
    return format_value(value, unit)


def _marks(ids: tuple[Id, ...], texts: list[str], codes: NDArray[np.uint8]) -> Marks:
    return {key: (text, code) for key, text, code in zip(ids, texts, codes.tolist(), strict=True) if text}


Read = tuple[Mapping[Id, tuple[str, int]], Mapping[Id, tuple[str, int]], Legend | None]
_READINGS: WeakKeyDictionary[Evaluation, dict[str, Read]] = WeakKeyDictionary()


def _plan(evaluation: Evaluation) -> Read:
    return {}, {}, None


def _load(evaluation: Evaluation) -> Read:
    load, slots = evaluation.node_column("load"), evaluation.node_column("slots_utilization")
    servers, rates = evaluation.node_column("utilization"), evaluation.node_column("arrival_rate")
    with np.errstate(invalid="ignore"):
        by_slots = (slots > 0.3) & ~(slots < np.nan_to_num(servers))
    texts = [
        "" if isnan(value) else _text(value, "fraction") if not 0 < value < 0.001 else _LEAST for value in load.tolist()
    ]
    for row in np.flatnonzero(by_slots & ~np.isnan(load)).tolist():
        texts[row] = Text("slots {text}", text=texts[row]) if np.isfinite(load[row]) else Text("slots full")
    nodes = _marks(evaluation.node_ids, texts, step_of(load))
    elements = evaluation.pipeline.nodes.elements
    for row in np.flatnonzero(rates > 0).tolist():
        if elements[row].kind == "users":
            nodes[evaluation.node_ids[row]] = (format_value(float(rates[row]), "1/s"), role_code("accent"))
    flow_rates = evaluation.flow_column("rate")
    flows = {
        key: (_text(rate, "1/s"), NO_COLOR)
        for key, rate in zip(evaluation.flow_ids, flow_rates.tolist(), strict=True)
        if rate > 0
    }
    return nodes, flows, _scale(Text("Load at peak hour"), lambda share: format_value(share, "fraction"))


def _latency(evaluation: Evaluation) -> Read:
    times, hops = evaluation.node_column("response_p95_s"), evaluation.flow_column("latency_s")
    low, high = 1e-3, max(_largest(times), 0.1)
    span = np.log10(high / low)

    def share(values: Floats) -> Floats:
        positive = np.where(values > 0, values, np.nan)
        return np.asarray(np.clip(np.log10(positive / low) / span, 0.0, 1.0))

    texts = [_text(value, "s") if value > 0 else "" for value in times.tolist()]
    long_hops = np.where(hops >= low, hops, np.nan)
    flow_texts = [_text(value, "s") if value >= low else "" for value in hops.tolist()]
    legend = _scale(Text("Response time p95, own work"), lambda at: format_value(low * 10.0 ** (at * span), "s"))
    nodes = _marks(evaluation.node_ids, texts, step_of(share(times)))
    return nodes, _marks(evaluation.flow_ids, flow_texts, step_of(share(long_hops))), legend


def _cost(evaluation: Evaluation) -> Read:
    usd, flow_usd = evaluation.node_column("cost_per_month"), evaluation.flow_column("cost_per_month")
    high = max(_largest(usd), _largest(flow_usd), 1.0)
    texts = [Text("no price") if np.isnan(value) else format_value(value, "USD/month") for value in usd.tolist()]
    codes = np.where(np.isnan(usd), role_code("unknown"), step_of(np.sqrt(np.maximum(usd, 0) / high)))
    nothing = format_value(0.0, "USD/month")
    nodes = {key: mark for key, mark in _marks(evaluation.node_ids, texts, codes).items() if mark[0] != nothing}
    paid = np.where(flow_usd >= 1.0, flow_usd, np.nan)
    flow_texts = [format_value(value, "USD/month") if value >= 1.0 else "" for value in flow_usd.tolist()]
    flows = _marks(evaluation.flow_ids, flow_texts, step_of(np.sqrt(paid / high)))
    return nodes, flows, _scale(Text("Cost per month"), lambda share: format_value(share * share * high, "USD/month"))


def _availability(evaluation: Evaluation) -> Read:
    values = evaluation.node_column("availability")
    decades = -np.log10(np.clip(1.0 - values, 1e-6, 1.0))
    texts = ["" if isnan(value) else _text(value, "availability") for value in values.tolist()]
    legend = _scale(
        Text("Availability"), lambda share: format_value(1.0 - 10.0 ** -(5.0 - 4.0 * share), "availability")
    )
    return _marks(evaluation.node_ids, texts, step_of((5.0 - decades) / 4.0)), {}, legend


def _carbon(evaluation: Evaluation) -> Read:
    values = evaluation.node_column("kgco2e_per_month")
    high = max(_largest(values), 1e-3)
    texts = [_text(value, "kgCO2e/month") if value > 0 else "" for value in values.tolist()]
    legend = _scale(Text("CO₂e per month"), lambda share: format_value(share * share * high, "kgCO2e/month"))
    return _marks(evaluation.node_ids, texts, step_of(np.sqrt(np.maximum(values, 0) / high))), {}, legend


def _largest(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else 0.0


_READERS: Mapping[str, Callable[[Evaluation], Read]] = {
    "plan": _plan,
    "load": _load,
    "latency": _latency,
    "cost": _cost,
    "availability": _availability,
    "carbon": _carbon,
}
