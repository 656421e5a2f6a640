"""Cost against the first token of the dearest language model on every accelerator sold in its region (roofline).

Each accelerator gets the fewest cards per replica that hold the model (a power of two), and the fewest replicas that
serve the peak at the target utilization. What the model of serving has no calibration for is *not known*: measure it.
A benchmark of the node counts instead of the model on the card and with the number of cards it was measured on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.analyses.benchmark import Benchmark, measured_point
from models.analyses.llm_serving import ServingLoad, ServingPoint
from models.catalog.accelerators import accelerator_catalog, find_accelerator
from models.catalog.catalog import Catalog
from models.evaluation.bill import HOURS_PER_MONTH
from models.evaluation.columns import filled
from models.evaluation.load import DEFAULT_TARGET, LLM, benchmark_of, parameter_text, point_of
from models.frameworks.cost_optimization.fleet import Fleet
from models.frameworks.cost_optimization.view import View
from models.report import Axis, Block, Cell, Chart, Column, Message, Series, Table
from models.words import Text, joined

MONEY = "USD/month"
CARDS = (1, 2, 4, 8)
MOST_REPLICAS = 4096


class Measured(NamedTuple):
    """A benchmark of the node with the accelerator and the cards per replica that it was measured on."""

    benchmark: Benchmark
    accelerator: str
    cards: int


class Serving(NamedTuple):
    """What is served: model, number formats, requests/s at the peak per copy, tokens and spread of a request.

    Attributes:
        measured: the node's own benchmark; None without one.
    """

    model: str
    weights: str
    cache: str
    rate: float
    target: float
    least: int
    tokens: tuple[float, float]
    spread: tuple[float, float, float]
    measured: Measured | None = None


class CardOption(NamedTuple):
    """One accelerator: cards per replica, replicas, USD per month, p95 of the first token in s; or why not known."""

    accelerator: str
    host: str = ""
    cards: int = 0
    replicas: int = 0
    usd: float = np.nan
    first_p95: float = np.nan
    utilization: float = np.nan
    band: float = np.nan
    reason: str = ""
    measured: bool = False


def _measured_on(serving: Serving, accelerator: str) -> Measured | None:
    own = serving.measured
    return own if own is not None and find_accelerator(own.accelerator) == find_accelerator(accelerator) else None


def _point(serving: Serving, accelerator: str, cards: int, rate: float) -> ServingPoint:
    load = (*serving.tokens, rate, *serving.spread)
    point = point_of(serving.model, accelerator, cards, serving.weights, serving.cache, load)
    own = _measured_on(serving, accelerator)
    if own is None or own.cards != cards:
        return point
    tokens_in, tokens_out, *rest = load
    return measured_point(point, own.benchmark, ServingLoad(rate, tokens_in, tokens_out, *rest[1:]))


@lru_cache(maxsize=64)
def card_options(catalog: Catalog, place: tuple[str, str], serving: Serving) -> tuple[CardOption, ...]:
    """Return the options of a region, the cheapest first, then those that are not known with the reason."""
    found = []
    for accelerator in accelerator_catalog().accelerators:
        if catalog.cheapest_fit(*place, 0.0, 0.0, accelerator.name, 1) is not None:
            found.append(_option(catalog, place, serving, accelerator.name))
    return tuple(sorted(found, key=lambda one: (bool(one.reason), one.usd)))


def _option(catalog: Catalog, place: tuple[str, str], serving: Serving, accelerator: str) -> CardOption:
    reason, own = "", _measured_on(serving, accelerator)
    for cards in CARDS if own is None else (own.cards,):
        idle = _point(serving, accelerator, cards, 0.0)
        if not idle.fits or idle.max_rate <= 0:
            reason = idle.reason or Text("It cannot serve a single request.")
            continue
        sold = catalog.cheapest_fit(*place, 0.0, 0.0, accelerator, cards)
        if sold is None:
            return CardOption(accelerator, reason=Text("No host of {cards} is sold here.", cards=cards))
        replicas = max(int(np.ceil(serving.rate / (idle.max_rate * serving.target) - 1e-9)), serving.least)
        if replicas > MOST_REPLICAS:
            return CardOption(accelerator, reason=Text("It would need thousands of replicas."))
        point = _point(serving, accelerator, cards, serving.rate / replicas)
        hosts = np.ceil(replicas / max(sold[0].accelerator_count // cards, 1))
        usd = float(hosts * sold[1].value * HOURS_PER_MONTH)
        used = serving.rate / (idle.max_rate * replicas)
        size = (sold[0].type, cards, replicas, usd)
        return CardOption(accelerator, *size, point.ttft_p95, used, point.band, measured=own is not None)
    return CardOption(accelerator, reason=reason)


def accelerator_blocks(view: View, found: Fleet) -> Iterator[Block]:
    """Yield the frontier of the dearest language model that the plan runs itself, if there is one."""
    traffic, nodes = view.evaluation.traffic, view.evaluation.pipeline.nodes
    rate = filled(traffic.load.arrival[found.row])
    able = (found.station == LLM) & found.accelerated & found.alone & (rate > 0) & (found.replicas > 0)
    if not able.any():
        return
    at = int(np.argmax(np.where(able, found.cost, -1.0)))
    row, node = int(found.row[at]), int(found.node[at])
    serving = _serving(view, row, node)
    if not np.isfinite(serving.tokens).all():
        return
    options = card_options(view.evaluation.catalog, nodes.place_list[nodes.places[row]].key, serving)
    name, copies = nodes.elements[node].name, float(found.copies[at])
    here = (
        parameter_text(nodes, node, "accelerator", ""),
        float(found.cost[at]),
        float(traffic.load.points[row].ttft_p95),
    )
    known = [one for one in options if not one.reason and np.isfinite(one.first_p95)]
    if known:
        yield _chart(name, known, here, copies, float(found.factor[at]))
    yield _table(name, options, copies, float(found.factor[at]), here[0])


def _serving(view: View, row: int, node: int) -> Serving:
    nodes, traffic = view.evaluation.pipeline.nodes, view.evaluation.traffic

    def of(name: str, default: float) -> float:
        value = float(nodes.column("service", name)[node])
        return default if np.isnan(value) else value

    rate = float(traffic.load.arrival[row])
    return Serving(
        parameter_text(nodes, node, "language_model", ""),
        parameter_text(nodes, node, "weights_dtype", "fp8"),
        parameter_text(nodes, node, "kv_dtype", "bf16"),
        float(f"{rate:.3g}"),
        of("target_utilization", DEFAULT_TARGET),
        int(min(nodes.replicas[row], nodes.place_list[nodes.places[row]].zones)),
        (float(traffic.work.input_tokens[node]), float(traffic.work.output_tokens[node])),
        (of("input_scv", 0.92), of("output_scv", 0.60), of("prefix_hit", 0.0)),
        _benchmark(view, node),
    )


def _benchmark(view: View, node: int) -> Measured | None:
    nodes = view.evaluation.pipeline.nodes
    found = benchmark_of(nodes, node)
    if found is None:
        return None
    cards = float(nodes.column("service", "accelerators")[node])
    return Measured(found, parameter_text(nodes, node, "accelerator", ""), int(cards) if cards == cards else 1)


def _chart(name: str, known: list[CardOption], here: tuple[str, float, float], copies: float, factor: float) -> Chart:
    series = [Series(one.accelerator, (one.usd * copies * factor,), (one.first_p95,), role="muted") for one in known]
    if np.isfinite(here[2]):
        series.append(Series(Text("You are here"), (here[1],), (here[2],), role="accent"))
    return Chart(
        "scatter",
        Message("Cost against the first token of “{name}”, by accelerator", {"name": name}),
        Axis(Message("Cost per month"), MONEY),
        Axis(Message("First token, p95"), "s"),
        tuple(series),
    )


def _table(name: str, options: tuple[CardOption, ...], copies: float, factor: float, drawn: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in options:
        if one.reason:
            rows.append((one.accelerator, "", None, None, None, Text("not known: {reason}", reason=one.reason)))
            continue
        remark = _remark(one, find_accelerator(one.accelerator) == find_accelerator(drawn))
        size = f"{one.replicas} × {one.cards} ({one.host})"
        rows.append((one.accelerator, size, one.usd * copies * factor, one.first_p95, one.utilization, remark))
    columns = (
        Column(Message("Accelerator")),
        Column(Message("Replicas × cards (host)")),
        Column(Message("Cost"), MONEY),
        Column(Message("First token, p95"), "s"),
        Column(Message("Used"), "fraction"),
        Column(Message("")),
    )
    return Table(
        Message("Accelerators that could run “{name}” at its target utilization", {"name": name}),
        columns,
        tuple(rows),
    )


def _remark(one: CardOption, is_drawn: bool) -> str:
    """Return whether an option is drawn, measured, and the error band of the model."""
    mark = ""
    if is_drawn:
        mark = Text("as drawn, as you measured") if one.measured else Text("as drawn")
    elif one.measured:
        mark = Text("as you measured")
    if not np.isfinite(one.band):
        return mark
    band = f"±{one.band:.0%}"
    return joined((mark, band), "; ") if mark else band
