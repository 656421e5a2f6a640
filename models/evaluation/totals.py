"""The figures of the whole design and the scoreboard made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from models.design.kinds import value_of
from models.evaluation.bill import SECONDS_PER_MONTH
from models.evaluation.columns import filled, known_sum
from models.evaluation.figures import basis, full_month_figure, plain, time_figure
from models.report import Figure

if TYPE_CHECKING:
    from models.evaluation.result import Evaluation

PRICE_BAND = 0.1
YEAR_HOURS = 8760.0
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
    text = f"month {evaluation.month}, 24-hour profile, list prices"
    spread = (value * (1 - PRICE_BAND), value * (1 + PRICE_BAND))
    if dark:
        what = " and ".join(
            part
            for part in (_count(len(bill.unpriced_nodes), "node"), _count(len(bill.unpriced_flows), "flow"))
            if part
        )
        return Figure(name, label, value, "USD/month", "warning", text, f"{what} unpriced.", "at_least", spread)
    return Figure(name, label, value, "USD/month", "ok", text, band=spread)


def _count(number: int, word: str) -> str:
    return "" if not number else f"{number} {word}{'' if number == 1 else 's'}"


def _total_cost(evaluation: Evaluation) -> Figure:
    return _cost_figure(evaluation, "total/cost_per_month", "Cost per month", evaluation.money.bill.total)


def _category(evaluation: Evaluation, *names: str) -> float:
    lines = evaluation.money.bill.lines
    return sum(known_sum(line.usd) for line in lines if line.category in names)


def _cloud_cost(evaluation: Evaluation) -> Figure:
    people = _category(evaluation, "people")
    value = evaluation.money.bill.total - people
    return _cost_figure(evaluation, "total/cloud_cost_per_month", "Cost per month without people", value)


def _people_cost(evaluation: Evaluation) -> Figure:
    value = _category(evaluation, "people")
    return Figure("total/people_cost_per_month", "People per month", value, "USD/month", "approximate", "brief")


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
    return Figure("total/units_per_month", f"{name.capitalize()}s per month", value, "1/month", "ok", basis(evaluation))


def _unit_cost(evaluation: Evaluation) -> Figure:
    name = str(value_of(evaluation.design.brief, "unit_name") or "request")
    units = units_per_month(evaluation)
    total = _total_cost(evaluation)
    label = f"Per {name}"
    if units <= 0 or total.value is None:
        return Figure("total/cost_per_unit", label, None, "USD", "unknown", total.basis, "No users start requests.")
    return Figure(
        "total/cost_per_unit", label, total.value / units, "USD", total.status, total.basis, total.reason, total.bound
    )


def _worst(evaluation: Evaluation, column: str) -> float:
    values = getattr(evaluation.traffic.reply, column)
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) else np.nan


def _first_p95(evaluation: Evaluation) -> Figure:
    return time_figure(evaluation, "total/first_p95_s", "First token p95", _worst(evaluation, "first_p95"))


def _last_p95(evaluation: Evaluation) -> Figure:
    return time_figure(evaluation, "total/last_p95_s", "Answer complete p95", _worst(evaluation, "last_p95"))


def _availability(evaluation: Evaluation) -> Figure:
    journey = evaluation.reliability.journey
    known = journey[~np.isnan(journey)]
    value = float(known.min()) if len(known) else np.nan
    exact = evaluation.reliability.exact
    found = plain("total/availability", "Availability", value, "fraction", "No reply path is drawn.", "weakest journey")
    if found.value is None or exact:
        return found
    reason = "Shared regions and zones are too many to count out; they are taken as independent."
    return Figure(found.id, found.label, value, "fraction", "approximate", found.basis, reason, "at_least")


def _downtime(evaluation: Evaluation) -> Figure:
    availability = _availability(evaluation)
    if availability.value is None:
        return Figure("total/downtime_h_per_year", "Hours down a year", None, "h", "unknown", "", availability.reason)
    value = (1.0 - availability.value) * YEAR_HOURS
    return Figure("total/downtime_h_per_year", "Hours down a year", value, "h", availability.status, availability.basis)


def _full_month(evaluation: Evaluation) -> Figure:
    months = evaluation.full_months
    known = np.flatnonzero(~np.isnan(months))
    if not len(known):
        return full_month_figure(evaluation, "total/full_month", "Full in month", np.nan)
    load = filled(evaluation.load[known])
    row = known[np.lexsort((-load, months[known]))[0]]
    slots = filled(evaluation.traffic.slots[row]) > filled(evaluation.traffic.load.node_utilization[row])
    name = evaluation.pipeline.nodes.elements[row].name + (" slots" if slots else "")
    value = float(months[row])
    return full_month_figure(evaluation, "total/full_month", "Full in month", value, name if np.isfinite(value) else "")


def _bottleneck(evaluation: Evaluation) -> Figure:
    load = evaluation.load
    if not len(load) or np.isnan(load).all():
        return Figure(
            "total/bottleneck", "Bottleneck", None, "fraction", "unknown", basis(evaluation), "Nothing is loaded."
        )
    row = int(np.nanargmax(load))
    slots = filled(evaluation.traffic.slots[row]) > filled(evaluation.traffic.load.node_utilization[row])
    name = evaluation.pipeline.nodes.elements[row].name + (" slots" if slots else "")
    value = float(load[row])
    if value >= 1.0:
        sentence = f"“{name}” is full."
        return Figure(
            "total/bottleneck",
            "Bottleneck",
            1.0,
            "fraction",
            "invalid",
            basis(evaluation),
            sentence,
            "at_least",
            text=name,
        )
    return Figure("total/bottleneck", "Bottleneck", value, "fraction", "ok", basis(evaluation), text=name)


def _carbon(evaluation: Evaluation) -> Figure:
    kg = evaluation.money.emissions.kg
    unknown = int(np.isnan(kg).sum())
    value = known_sum(kg)
    label = "Carbon"
    if unknown and value == 0.0:
        reason = "The grid intensity of the regions is not known."
        return Figure("total/kgco2e_per_month", label, None, "kgCO2e/month", "unknown", "location-based", reason)
    if unknown:
        reason = f"{_count(unknown, 'node')} in places whose grid intensity is not known."
        return Figure(
            "total/kgco2e_per_month", label, value, "kgCO2e/month", "warning", "location-based", reason, "at_least"
        )
    return Figure("total/kgco2e_per_month", label, value, "kgCO2e/month", "approximate", "location-based")


def input_counts(evaluation: Evaluation) -> tuple[int, int]:
    """Return (inputs that stand at a default, all inputs) over nodes and the brief: values a result rests on."""
    facts = evaluation.pipeline.facts
    return facts.defaults, facts.inputs


def _default_share(evaluation: Evaluation) -> Figure:
    default, total = input_counts(evaluation)
    value = default / total if total else np.nan
    text = f"{default} of {total} inputs are defaults"
    if not total:
        return Figure("total/default_share", "Defaults", None, "fraction", "unknown", "", "Nothing is drawn yet.")
    return Figure("total/default_share", "Defaults", value, "fraction", "ok", "inputs of nodes and brief", text=text)


def _findings(evaluation: Evaluation) -> Figure:
    found = evaluation.problems
    errors = sum(finding.severity == "error" for finding in found)
    warnings = sum(finding.severity == "warning" for finding in found)
    text = f"{_count(errors, 'error') or 'no errors'} · {_count(warnings, 'warning') or 'no warnings'}"
    return Figure("total/findings", "Findings", float(len(found)), "count", "ok", "", text=text)


def _requests(evaluation: Evaluation) -> Figure:
    journeys = evaluation.pipeline.journeys
    started = journeys.first_flow >= 0
    hourly = evaluation.traffic.demand.journey_peak[started]
    return Figure("total/requests_peak", "Requests at peak", float(hourly.sum()), "1/s", "ok", basis(evaluation))


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
