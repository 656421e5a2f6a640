"""The figures of the whole design and the scoreboard made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.design.kinds import value_of
from models.evaluation.bill import SECONDS_PER_MONTH
from models.evaluation.columns import filled, known_sum
from models.evaluation.figures import basis, full_month_figure, plain, time_figure
from models.report import Figure, Severity
from models.words import NO_TEXT, Text, counted, joined

if TYPE_CHECKING:
    from models.evaluation.result import Evaluation

PRICE_BAND = 0.1
YEAR_HOURS = 8760.0
LOCATION_BASED = Text("location-based")
SCOREBOARD = (
    "cost_per_month",
    "cost_per_unit",
    "first_p95_s",
    "last_p95_s",
    "availability",
    "full_month",
    "bottleneck",
    "kgco2e_per_month",
    "default_share",
    "findings",
)


def total(evaluation: Evaluation, name: str) -> Figure:
    """Return the figure `total/<name>`; raises KeyError for an unknown name."""
    return TOTALS[name](evaluation)


def scoreboard(evaluation: Evaluation) -> tuple[Figure, ...]:
    """Return the figures of the scoreboard, in order."""
    return tuple(TOTALS[name](evaluation) for name in SCOREBOARD)


def _cost_figure(evaluation: Evaluation, name: str, label: str, value: float) -> Figure:
    bill = evaluation.money.bill
    dark = len(bill.unpriced_nodes) + len(bill.unpriced_flows)
    text = joined((Text("month {month}", month=evaluation.month), Text("24-hour profile"), Text("list prices")))
    spread = (value * (1 - PRICE_BAND), value * (1 + PRICE_BAND))
    if dark:
        nodes, flows = _nodes(len(bill.unpriced_nodes)), _flows(len(bill.unpriced_flows))
        both = Text("{nodes} and {flows} unpriced.", nodes=nodes, flows=flows)
        what = both if nodes and flows else Text("{what} unpriced.", what=nodes or flows)
        return Figure(name, label, value, "USD/month", "warning", text, what, "at_least", spread)
    return Figure(name, label, value, "USD/month", "ok", text, band=spread)


def _nodes(number: int) -> Text:
    return counted("{count} node", "{count} nodes", number) if number else NO_TEXT


def _flows(number: int) -> Text:
    return counted("{count} flow", "{count} flows", number) if number else NO_TEXT


def _total_cost(evaluation: Evaluation) -> Figure:
    return _cost_figure(evaluation, "total/cost_per_month", Text("Cost per month"), evaluation.money.bill.total)


def _category(evaluation: Evaluation, *names: str) -> float:
    lines = evaluation.money.bill.lines
    return sum(known_sum(line.usd) for line in lines if line.category in names)


def _cloud_cost(evaluation: Evaluation) -> Figure:
    people = _category(evaluation, "people")
    value = evaluation.money.bill.total - people
    return _cost_figure(evaluation, "total/cloud_cost_per_month", Text("Cost per month without people"), value)


def _people_cost(evaluation: Evaluation) -> Figure:
    value = _category(evaluation, "people")
    return Figure(
        "total/people_cost_per_month", Text("People per month"), value, "USD/month", "approximate", Text("brief")
    )


def units_per_month(evaluation: Evaluation) -> float:
    """Return the units of business a month: the requests that users start."""
    journeys, demand = evaluation.pipeline.journeys, evaluation.traffic.demand
    origins = {int(origin) for origin, flow in zip(journeys.origin, journeys.first_flow, strict=True) if flow >= 0}
    peaks = {origin: np.flatnonzero(journeys.origin == origin)[0] for origin in origins}
    rates = [demand.journey_peak[k] * demand.factors[k].mean() for k in peaks.values()]
    return float(sum(rates)) * SECONDS_PER_MONTH


def _units(evaluation: Evaluation) -> Figure:
    name = str(value_of(evaluation.design.brief, "unit_name") or "request")
    value = units_per_month(evaluation)
    return Figure(
        "total/units_per_month",
        Text("Requests per month") if name == "request" else Text("{name}s per month", name=name.capitalize()),
        value,
        "1/month",
        "ok",
        basis(evaluation),
    )


def _unit_cost(evaluation: Evaluation) -> Figure:
    name = str(value_of(evaluation.design.brief, "unit_name") or "request")
    units = units_per_month(evaluation)
    total = _total_cost(evaluation)
    label = Text("Per request") if name == "request" else Text("Per {name}", name=name)
    if units <= 0 or total.value is None:
        return Figure(
            "total/cost_per_unit", label, None, "USD", "unknown", total.basis, Text("No users start requests.")
        )
    return Figure(
        "total/cost_per_unit", label, total.value / units, "USD", total.status, total.basis, total.reason, total.bound
    )


def _worst(evaluation: Evaluation, column: str) -> float:
    values = getattr(evaluation.traffic.reply, column)
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) else np.nan


def _first_p95(evaluation: Evaluation) -> Figure:
    return time_figure(evaluation, "total/first_p95_s", Text("First token p95"), _worst(evaluation, "first_p95"))


def _last_p95(evaluation: Evaluation) -> Figure:
    return time_figure(evaluation, "total/last_p95_s", Text("Answer complete p95"), _worst(evaluation, "last_p95"))


def _availability(evaluation: Evaluation) -> Figure:
    journey = evaluation.reliability.journey
    known = journey[~np.isnan(journey)]
    value = float(known.min()) if len(known) else np.nan
    exact = evaluation.reliability.exact
    found = plain(
        "total/availability",
        Text("Availability"),
        value,
        "fraction",
        Text("No reply path is drawn."),
        Text("weakest journey"),
    )
    if found.value is None or exact:
        return found
    reason = Text("Shared regions and zones are too many to count out; they are taken as independent.")
    return Figure(found.id, found.label, value, "fraction", "approximate", found.basis, reason, "at_least")


def _downtime(evaluation: Evaluation) -> Figure:
    availability = _availability(evaluation)
    if availability.value is None:
        return Figure(
            "total/downtime_h_per_year", Text("Hours down a year"), None, "h", "unknown", "", availability.reason
        )
    value = (1.0 - availability.value) * YEAR_HOURS
    return Figure(
        "total/downtime_h_per_year", Text("Hours down a year"), value, "h", availability.status, availability.basis
    )


def _full_month(evaluation: Evaluation) -> Figure:
    months = evaluation.full_months
    known = np.flatnonzero(~np.isnan(months))
    if not len(known):
        return full_month_figure(evaluation, "total/full_month", Text("Full in month"), np.nan)
    load = filled(evaluation.load[known])
    row = known[np.lexsort((-load, months[known]))[0]]
    slots = filled(evaluation.traffic.slots[row]) > filled(evaluation.traffic.load.node_utilization[row])
    name: str = evaluation.pipeline.nodes.elements[row].name
    name = Text("{name} slots", name=name) if slots else name
    value = float(months[row])
    return full_month_figure(
        evaluation, "total/full_month", Text("Full in month"), value, name if np.isfinite(value) else ""
    )


def _bottleneck(evaluation: Evaluation) -> Figure:
    load = evaluation.load
    if not len(load) or np.isnan(load).all():
        return Figure(
            "total/bottleneck",
            Text("Bottleneck"),
            None,
            "fraction",
            "unknown",
            basis(evaluation),
            Text("Nothing is loaded."),
        )
    row = int(np.nanargmax(load))
    slots = filled(evaluation.traffic.slots[row]) > filled(evaluation.traffic.load.node_utilization[row])
    name: str = evaluation.pipeline.nodes.elements[row].name
    name = Text("{name} slots", name=name) if slots else name
    value = float(load[row])
    if value >= 1.0:
        sentence = Text("“{name}” is full.", name=name)
        return Figure(
            "total/bottleneck",
            Text("Bottleneck"),
            1.0,
            "fraction",
            "invalid",
            basis(evaluation),
            sentence,
            "at_least",
            text=name,
        )
    return Figure("total/bottleneck", Text("Bottleneck"), value, "fraction", "ok", basis(evaluation), text=name)


def _carbon(evaluation: Evaluation) -> Figure:
    kg = evaluation.money.emissions.kg
    unknown = int(np.isnan(kg).sum())
    value = known_sum(kg)
    label = Text("Carbon")
    if unknown and value == 0.0:
        reason = Text("The grid intensity of the regions is not known.")
        return Figure("total/kgco2e_per_month", label, None, "kgCO2e/month", "unknown", LOCATION_BASED, reason)
    if unknown:
        reason = Text("{nodes} in places whose grid intensity is not known.", nodes=_nodes(unknown))
        return Figure(
            "total/kgco2e_per_month", label, value, "kgCO2e/month", "warning", LOCATION_BASED, reason, "at_least"
        )
    return Figure("total/kgco2e_per_month", label, value, "kgCO2e/month", "approximate", LOCATION_BASED)


def input_counts(evaluation: Evaluation) -> tuple[int, int]:
    """Return (inputs that stand at a default, all inputs) over nodes and the brief: values a result rests on."""
    facts = evaluation.pipeline.facts
    return facts.defaults, facts.inputs


def _default_share(evaluation: Evaluation) -> Figure:
    default, total = input_counts(evaluation)
    value = default / total if total else np.nan
    text = Text("{default} of {total} inputs are defaults", default=default, total=total)
    if not total:
        return Figure(
            "total/default_share", Text("Defaults"), None, "fraction", "unknown", "", Text("Nothing is drawn yet.")
        )
    return Figure(
        "total/default_share", Text("Defaults"), value, "fraction", "ok", Text("inputs of nodes and brief"), text=text
    )


def _findings(evaluation: Evaluation) -> Figure:
    found = evaluation.problems
    text = severities([finding.severity for finding in found])
    return Figure("total/findings", Text("Findings"), float(len(found)), "count", "ok", "", text=text)


def severities(found: Sequence[Severity]) -> Text:
    """Return how many errors and warnings there are: “2 errors · no warnings”."""
    errors, warnings = found.count("error"), found.count("warning")
    some = counted("{count} error", "{count} errors", errors) if errors else Text("no errors")
    rest = counted("{count} warning", "{count} warnings", warnings) if warnings else Text("no warnings")
    return joined((some, rest), " · ")


def _requests(evaluation: Evaluation) -> Figure:
    journeys = evaluation.pipeline.journeys
    started = journeys.first_flow >= 0
    hourly = evaluation.traffic.demand.journey_peak[started]
    return Figure("total/requests_peak", Text("Requests at peak"), float(hourly.sum()), "1/s", "ok", basis(evaluation))


TOTALS: dict[str, Callable[[Evaluation], Figure]] = {
    "cost_per_month": _total_cost,
    "cost_per_unit": _unit_cost,
    "first_p95_s": _first_p95,
    "last_p95_s": _last_p95,
    "availability": _availability,
    "full_month": _full_month,
    "bottleneck": _bottleneck,
    "kgco2e_per_month": _carbon,
    "default_share": _default_share,
    "findings": _findings,
    "cloud_cost_per_month": _cloud_cost,
    "people_cost_per_month": _people_cost,
    "downtime_h_per_year": _downtime,
    "units_per_month": _units,
    "requests_peak": _requests,
}
