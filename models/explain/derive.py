"""The derivation of every family of figures, beside the formula names that the analyses give as their source."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.design.elements import Id
from models.design.kinds import parameters_of, value_of
from models.evaluation.figures import NODE_FIGURES
from models.evaluation.load import LLM, TRAINING
from models.evaluation.result import BillLine, Evaluation
from models.explain.expression import Expression, Origin, Term, build
from models.explain.flows import FLOW_DERIVATIONS, explain_journey
from models.explain.totals import TOTAL_DERIVATIONS
from models.explain.variability import explain_arrival_scv
from models.formatting import format_quantity, format_value
from models.report import Figure
from models.words import Text, joined

QUEUEING = "Whitt 1993, Production and Operations Management 2(2); models M/M/c to G/G/c"
QUANTITIES = {
    "token": Text("tokens"),
    "hour": Text("hours"),
    "host-hour": Text("host-hours"),
    "GPU-hour": Text("GPU-hours"),
    "vCPU-hour": Text("vCPU-hours"),
    "GiB-hour": Text("GiB-hours"),
    "month": Text("months"),
    "secret-month": Text("secret-months"),
    "GiB-month": Text("GiB-months"),
    "GB-second": Text("GB-seconds"),
    "million": Text("millions"),
    "request": Text("requests"),
}
"""What the units of a bill's lines are called where there are several."""
LITTLE = "Little 1961: N = λ · T"


def explain(evaluation: Evaluation, figure_id: str) -> Expression:
    """Return how a figure comes about.

    Raises:
        KeyError: there is no figure of this id.
    """
    figure = evaluation.figure(figure_id)
    family, _, rest = figure_id.partition("/")
    owner, _, name = rest.rpartition("/")
    if family == "total":
        return TOTAL_DERIVATIONS[rest](evaluation, figure)
    if family == "node":
        return _NODE[name](evaluation, figure, evaluation.pipeline.nodes.row_of[owner])
    if family == "flow":
        return FLOW_DERIVATIONS[name](evaluation, figure, evaluation.pipeline.flows.row_of[owner])
    return explain_journey(evaluation, figure, owner, name)


def parameter_term(evaluation: Evaluation, owner: Id, name: str, value: float | None = None) -> Term:
    """Return a parameter of a node, flow or the brief as a term, with its origin."""
    from models.design.elements import Boundary, Brief, Flow, Node
    from models.design.kinds import origin_of

    element = evaluation.pipeline.now.elements[owner]
    assert isinstance(element, Node | Flow | Brief | Boundary)
    parameter = parameters_of(element).get(name)
    shown = value_of(element, name) if value is None else value
    number = float(shown) if isinstance(shown, int | float) else None
    origin: Origin = "input" if isinstance(element, Boundary) else _origin(origin_of(element, name))
    label = parameter.label if parameter else name
    detail = parameter.source if parameter and origin == "default" else ""
    return Term(label, number, parameter.unit if parameter else "", origin, f"{owner}#{name}", detail)


def _origin(stated: str) -> Origin:
    table: dict[str, Origin] = {
        "default": "default",
        "measured": "measured",
        "published": "published",
        "confirmed": "input",
    }
    return table[stated]


# -- nodes -------------------------------------------------------------------------------------------------------------


def _arrivals(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    nodes, flows, demand = evaluation.pipeline.nodes, evaluation.pipeline.flows, evaluation.traffic.demand
    hour = int(demand.busy_hour[row])
    incoming = np.flatnonzero(flows.target == row)
    owner = nodes.ids[row]
    if not len(incoming) or demand.node_hour[hour, row] > demand.flow_hour[hour, incoming].sum() * (1 + 1e-9):
        return _own_rate(evaluation, figure, row, owner)
    terms = [
        Term(
            Text("from “{name}” at {hour}:00", name=nodes.elements[flows.source[flow]].name, hour=hour),
            float(demand.flow_hour[hour, flow]),
            "1/s",
            "figure",
            f"flow/{flows.ids[flow]}/rate",
        )
        for flow in incoming
        if demand.flow_hour[hour, flow] > 0
    ]
    note = Text("Its busiest hour is {hour}:00.", hour=hour)
    return build(figure, Text("λ = Σ λ(flows in)"), "sum", terms or [_zero()], "Jackson 1957, traffic equations", note)


def _zero() -> Term:
    return Term(Text("nothing arrives"), 0.0, "1/s", "computed")


def _own_rate(evaluation: Evaluation, figure: Figure, row: int, owner: Id) -> Expression:
    journeys, demand = evaluation.pipeline.journeys, evaluation.traffic.demand
    mine = np.flatnonzero(journeys.origin == row)
    if not len(mine):
        return build(figure, "λ", "value", [Term(Text("rate"), figure.value, "1/s", "computed")])
    base = value_of(evaluation.pipeline.nodes.elements[row], "peak_rate_rps")
    rate = float(demand.journey_peak[mine[0]])
    if isinstance(base, int | float) and base > 0:
        factor = rate / float(base)
        terms = [
            parameter_term(evaluation, owner, "peak_rate_rps"),
            Term(
                Text("growth, events and case up to month {month}", month=evaluation.month),
                factor,
                "×",
                "computed",
                "brief#growth_percent_month",
            ),
        ]
        return build(figure, Text("λ₀ · (1 + g)^month"), "product", terms)
    return build(
        figure, Text("λ = runs a day / 86,400 s over its hours"), "value", [Term(Text("runs"), rate, "1/s", "computed")]
    )


def _busiest_row(evaluation: Evaluation, row: int) -> int:
    rows = np.flatnonzero(evaluation.pipeline.nodes.row_node == row)
    used = np.nan_to_num(evaluation.traffic.load.utilization[rows], nan=-1.0)
    return int(rows[int(np.argmax(used))])


def _utilization(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    site, load, nodes = _busiest_row(evaluation, row), evaluation.traffic.load, evaluation.pipeline.nodes
    owner = nodes.ids[row]
    if nodes.station[row] == TRAINING:
        return _training(evaluation, figure, row)
    arrival = Term(
        Text("arrivals at the busiest site, per copy"),
        float(load.arrival[site]),
        "1/s",
        "figure",
        f"node/{owner}/arrival_rate",
    )
    capacity = Term(
        Text("capacity of {replicas:g} replicas", replicas=load.replicas[site]),
        float(load.capacity[site]),
        "1/s",
        "computed",
        "",
        _capacity_detail(evaluation, row, site),
    )
    source = (
        Text("roofline of the language model, calibrated")
        if nodes.station[row] == LLM
        else Text("ρ = λ·S / (c·replicas)")
    )
    return build(figure, Text("ρ = λ / capacity"), "quotient", [arrival, capacity], source)


def _training(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    nodes = evaluation.pipeline.nodes
    hours = float(evaluation.pipeline.training(evaluation.case)[row])
    used = float(evaluation.traffic.load.node_utilization[row])
    terms = [
        Term(Text("accelerator-hours needed a month"), hours, "h", "computed", f"{nodes.ids[row]}#gpu_hours_per_month"),
        Term(
            Text("accelerator-hours owned a month"),
            hours / used if used > 0 else None,
            "h",
            "computed",
            "",
            Text("cards × 730 h"),
        ),
    ]
    return build(
        figure, Text("hours needed / hours owned"), "quotient", terms, Text("6·N·D / (peak · MFU) where not stated")
    )


def _capacity_detail(evaluation: Evaluation, row: int, site: int) -> str:
    nodes, load, work = evaluation.pipeline.nodes, evaluation.traffic.load, evaluation.traffic.work
    point = load.points.get(site)
    if point is not None:
        return (
            Text(
                "{max_rate:.3g} requests/s per replica at most; band ±{band:.0%}",
                max_rate=point.max_rate,
                band=point.band,
            )
            if point.fits
            else point.reason
        )
    servers = nodes.column("service", "servers")[row]
    time = float(work.time[row]) * 1000.0
    return Text(
        "replicas × {servers:g} servers / {time:.4g} ms per call, or the quota",
        servers=1.0 if np.isnan(servers) else servers,
        time=time,
    )


def _slots(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    traffic, nodes = evaluation.traffic, evaluation.pipeline.nodes
    rows = np.flatnonzero(nodes.row_node == row)
    slots = nodes.column("service", "slots")[row]
    with np.errstate(all="ignore"):
        used = np.nan_to_num(traffic.held[rows] / (slots * traffic.load.replicas[rows]), nan=-1.0)
    site = int(rows[int(np.argmax(used))])
    terms = [
        Term(
            Text("slots held at peak"),
            float(traffic.held[site]),
            "count",
            "computed",
            f"node/{nodes.ids[row]}/arrival_rate",
            Text(
                "λ × {held:.3g} s until the last byte", held=traffic.held[site] / max(traffic.load.arrival[site], 1e-12)
            ),
        ),
        Term(Text("slots"), float(slots * traffic.load.replicas[site]), "count", "computed", f"{nodes.ids[row]}#slots"),
    ]
    return build(figure, Text("λ · T / slots"), "quotient", terms, LITTLE)


def _response(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    load, nodes = evaluation.traffic.load, evaluation.pipeline.nodes
    shares = _shares(evaluation, row)
    terms = []
    for site, share in shares:
        place = nodes.place_list[nodes.places[site]]
        terms.append(
            Term(Text("share of {region}", region=place.region or Text("its site")), share, "fraction", "computed")
        )
        wait, work = float(load.wait[site]), float(evaluation.traffic.work.time[row])
        detail = Text("wait {wait:.3g} ms, work {work:.3g} ms", wait=wait * 1000, work=work * 1000)
        terms.append(
            Term(
                Text("response there"),
                float(load.response[site]),
                "s",
                "computed",
                f"node/{nodes.ids[row]}/utilization",
                detail,
            )
        )
    return build(figure, Text("T = Σ share · (wait + work)"), "sum_of_products", terms, QUEUEING)


def _shares(evaluation: Evaluation, row: int) -> list[tuple[int, float]]:

    nodes, traffic = evaluation.pipeline.nodes, evaluation.traffic
    shares = traffic.shares
    return [(int(site), float(shares[site])) for site in np.flatnonzero(nodes.row_node == row) if shares[site] > 0]


def _percentile(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    load, owner = evaluation.traffic.load, evaluation.node_ids[row]
    terms = [
        Term(Text("mean"), float(load.node_response[row]), "s", "figure", f"node/{owner}/response_mean_s"),
        Term(Text("variance"), float(load.node_variance[row]), "s²", "computed"),
        Term(Text("share"), 0.95, "fraction", "computed"),
    ]
    return build(
        figure,
        Text("gamma distribution of this mean and variance, 95 %"),
        "gamma_percentile",
        terms,
        "Whitt 1983, eqs 53–55",
    )


def _node_cost(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    owner = evaluation.node_ids[row]
    lines = [line for line in evaluation.bill() if line.element == owner]
    terms = [
        Term(
            _line_words(line),
            line.usd_per_month or 0.0,
            "USD/month",
            "catalog",
            "",
            line.reason or joined(part for part in (line.source, line.date) if part),
        )
        for line in lines
    ]
    return build(
        figure,
        Text("Σ quantity × unit price"),
        "sum",
        terms or [Term(Text("nothing billed"), 0.0, "USD/month", "computed")],
    )


def _line_words(line: BillLine) -> str:
    """Return what a line charges for: name, quantity and unit price, as far as they are known."""
    if not line.quantity or not line.unit:
        return line.label
    words = joined((line.label, joined((format_quantity(line.quantity), QUANTITIES.get(line.unit, line.unit)), " ")))
    price = (line.usd_per_month or 0.0) / line.quantity
    return Text("{words} at {price}", words=words, price=format_value(price, "USD")) if price > 0 else words


def _availability(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    nodes = evaluation.pipeline.nodes
    down = float(1.0 - evaluation.reliability.node[row])
    promise = nodes.column("reliability", "availability")[row]
    detail = Text(
        "of one replica or the provider's promise: {promise:.5g}; replicas, zones and regions combined", promise=promise
    )
    terms = [
        Term(Text("chance that it is down"), down, "fraction", "computed", f"{nodes.ids[row]}#availability", detail)
    ]
    note = Text(
        "Share 5 % of a replica's failures strike all at once; a region and a named zone are one cause for all in them."
    )
    return build(
        figure,
        Text("1 − P(too few replicas work)"),
        "one_minus",
        terms,
        "Barlow & Heidtmann 1984; β-factor, Fleming 1975",
        note,
    )


def _emissions(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    emissions = evaluation.money.emissions
    kwh = float(emissions.kwh[row])
    grid = float(emissions.kg[row] / kwh) if kwh > 0 else 0.0
    terms = [
        Term(
            Text("energy"),
            kwh,
            "kWh/month",
            "computed",
            "",
            Text("watts per vCPU and card × hours × PUE, storage, network"),
        ),
        Term(
            Text("grid intensity"),
            None if np.isnan(grid) else grid,
            "kg/kWh",
            "catalog",
            "",
            Text("mean of its regions"),
        ),
    ]
    return build(figure, Text("kWh × grid intensity"), "product", terms, "Cloud Carbon Footprint method")


def _headroom(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    load = Term(
        Text("load at peak"),
        float(evaluation.load[row]),
        "fraction",
        "figure",
        f"node/{evaluation.node_ids[row]}/utilization",
    )
    return build(figure, Text("1 / load"), "quotient", [Term(Text("full"), 1.0, "fraction", "computed"), load])


def _full_month(evaluation: Evaluation, figure: Figure, row: int) -> Expression:
    last = int(figure.value) if figure.value is not None else evaluation.horizon_months
    loads = evaluation.horizon.load[: last + 1, row]
    terms = [
        Term(
            Text("load in month {month}", month=month), None if np.isnan(load) else float(load), "fraction", "computed"
        )
        for month, load in enumerate(loads)
    ]
    note = Text("Replicas as drawn; dated phases hold.")
    if np.isinf(loads[-1]):
        more = Text("Unbounded: a part of its journeys is full, and what times out there is sent again without end.")
        note = joined((note, more), " ")
    return build(figure, Text("first month with load ≥ 100 %"), "first_full", terms, note=note)


_Derivation = Callable[[Evaluation, Figure, int], Expression]
_NODE: dict[str, _Derivation] = {
    "arrival_rate": _arrivals,
    "arrival_scv": explain_arrival_scv,
    "utilization": _utilization,
    "slots_utilization": _slots,
    "response_mean_s": _response,
    "response_p95_s": _percentile,
    "cost_per_month": _node_cost,
    "availability": _availability,
    "kgco2e_per_month": _emissions,
    "headroom": _headroom,
    "full_month": _full_month,
}
assert set(_NODE) == set(NODE_FIGURES)
