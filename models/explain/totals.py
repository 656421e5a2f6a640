"""The derivations of the figures of the whole design."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.evaluation.result import Evaluation
from models.evaluation.totals import input_counts, units_per_month
from models.explain.expression import Expression, Operation, Term
from models.report import Figure
from models.words import Text, quoted

MOST_TERMS = 12


def _build(figure: Figure, formula: str, operation: Operation, terms: list[Term], source: str = "") -> Expression:
    return Expression(
        figure.id, figure.label, figure.unit, figure.value, formula, operation, tuple(terms), source, figure.reason
    )


def _money_terms(evaluation: Evaluation, without: str = "") -> list[Term]:
    """Return the dearest elements and lines of the plan, the rest in one term."""
    sums: dict[tuple[str, str], float] = {}
    names = evaluation.design.elements
    for line in evaluation.bill():
        if line.category == without:
            continue
        owner = line.element
        label = line.label if owner == "brief" else quoted(getattr(names[owner], "name", "") or line.label)
        key = (label, "" if owner == "brief" else owner)
        sums[key] = sums.get(key, 0.0) + (line.usd_per_month or 0.0)
    ordered = sorted(sums.items(), key=lambda item: -item[1])
    terms = []
    for (label, owner), usd in ordered[:MOST_TERMS]:
        family = "flow" if owner in evaluation.pipeline.flows.row_of else "node"
        terms.append(Term(label, usd, "USD/month", "figure", f"{family}/{owner}/cost_per_month" if owner else ""))
    rest = sum(usd for _, usd in ordered[MOST_TERMS:])
    if len(ordered) > MOST_TERMS:
        terms.append(Term(Text("{count} more", count=len(ordered) - MOST_TERMS), rest, "USD/month", "computed"))
    return terms or [Term(Text("nothing billed"), 0.0, "USD/month", "computed")]


def _cost(evaluation: Evaluation, figure: Figure) -> Expression:
    return _build(figure, Text("Σ cost of nodes, flows and the plan"), "sum", _money_terms(evaluation))


def _cloud(evaluation: Evaluation, figure: Figure) -> Expression:
    return _build(figure, Text("Σ cost without people"), "sum", _money_terms(evaluation, "people"))


def _people(evaluation: Evaluation, figure: Figure) -> Expression:
    term = Term(
        Text("operating hours of the nodes or the stated staff, at the brief's rate"),
        figure.value,
        "USD/month",
        "assumption",
    )
    return _build(figure, Text("hours × rate"), "value", [term])


def _per_unit(evaluation: Evaluation, figure: Figure) -> Expression:
    terms = [
        Term(Text("cost per month"), evaluation.money.bill.total, "USD/month", "figure", "total/cost_per_month"),
        Term(Text("units per month"), units_per_month(evaluation), "1/month", "figure", "total/units_per_month"),
    ]
    return _build(figure, Text("cost / units"), "quotient", terms)


def _units(evaluation: Evaluation, figure: Figure) -> Expression:
    term = Term(
        Text("mean rate of the users × 730 h"),
        figure.value,
        "1/month",
        "computed",
        "",
        Text("24-hour profile of each users node"),
    )
    return _build(figure, Text("Σ mean rate × month"), "value", [term])


def _worst(name: str) -> Callable[[Evaluation, Figure], Expression]:
    def derive(evaluation: Evaluation, figure: Figure) -> Expression:
        terms = []
        for journey in evaluation.journeys:
            found = evaluation.figure(f"journey/{journey.id}/{name}")
            if found.value is not None:
                terms.append(Term(journey.name, found.value, found.unit, "figure", found.id))
        operation: Operation = "minimum" if name == "availability" else "maximum"
        return _build(
            figure,
            Text("the worst journey"),
            operation,
            terms or [Term(Text("no reply path"), None, figure.unit, "computed")],
        )

    return derive


def _downtime(evaluation: Evaluation, figure: Figure) -> Expression:
    found = evaluation.figure("total/availability")
    down = None if found.value is None else 1.0 - found.value
    terms = [
        Term(Text("share of time down"), down, "fraction", "figure", found.id),
        Term(Text("hours a year"), 8760.0, "h", "computed"),
    ]
    return _build(figure, Text("(1 − availability) × 8,760 h"), "product", terms)


def _extreme_month(evaluation: Evaluation, figure: Figure) -> Expression:
    months = evaluation.full_months
    terms = [
        Term(
            quoted(evaluation.pipeline.nodes.elements[row].name),
            float(months[row]),
            "month",
            "figure",
            f"node/{evaluation.node_ids[row]}/full_month",
        )
        for row in np.argsort(months)
        if np.isfinite(months[row])
    ]
    return _build(
        figure,
        Text("the first node to be full"),
        "minimum",
        terms or [Term(Text("none within the horizon"), None, "month", "computed")],
    )


def _bottleneck(evaluation: Evaluation, figure: Figure) -> Expression:
    load = evaluation.load
    known = [row for row in np.argsort(-np.nan_to_num(load, nan=-1.0)) if not np.isnan(load[row])]
    terms = [
        Term(
            quoted(evaluation.pipeline.nodes.elements[row].name),
            min(float(load[row]), 1.0),
            "fraction",
            "figure",
            f"node/{evaluation.node_ids[row]}/utilization",
        )
        for row in known[:MOST_TERMS]
    ]
    return _build(
        figure,
        Text("the fullest node"),
        "maximum",
        terms or [Term(Text("nothing is loaded"), None, "fraction", "computed")],
    )


def _carbon(evaluation: Evaluation, figure: Figure) -> Expression:
    kg = np.nan_to_num(evaluation.money.emissions.kg)
    terms = [
        Term(
            quoted(evaluation.pipeline.nodes.elements[row].name),
            float(kg[row]),
            "kgCO2e/month",
            "figure",
            f"node/{evaluation.node_ids[row]}/kgco2e_per_month",
        )
        for row in np.argsort(-kg)
        if kg[row] > 0
    ]
    rest = sum(term.value or 0.0 for term in terms[MOST_TERMS:])
    shown = terms[:MOST_TERMS] + (
        [Term(Text("the others"), rest, "kgCO2e/month", "computed")] if len(terms) > MOST_TERMS else []
    )
    return _build(
        figure,
        Text("Σ energy × grid intensity"),
        "sum",
        shown or [Term(Text("no energy"), 0.0, "kgCO2e/month", "computed")],
    )


def _sure(evaluation: Evaluation, figure: Figure) -> Expression:
    default, whole = input_counts(evaluation)
    terms = [
        Term(Text("inputs at their default"), float(default), "count", "computed"),
        Term(Text("all inputs"), float(whole), "count", "computed"),
    ]
    return _build(figure, Text("defaults / inputs"), "quotient", terms)


def _findings(evaluation: Evaluation, figure: Figure) -> Expression:
    counts = [
        Term(label, float(sum(found.severity == severity for found in evaluation.problems)), "count", "computed")
        for severity, label in (("error", Text("errors")), ("warning", Text("warnings")), ("note", Text("notes")))
    ]
    return _build(figure, Text("errors + warnings + notes"), "sum", counts)


def _peak(evaluation: Evaluation, figure: Figure) -> Expression:
    journeys, demand = evaluation.pipeline.journeys, evaluation.traffic.demand
    terms = [
        Term(journey.name, float(demand.journey_peak[number]), "1/s", "computed", f"flow/{journey.id}/rate")
        for number, journey in enumerate(evaluation.journeys)
        if journeys.first_flow[number] >= 0
    ]
    return _build(
        figure, Text("Σ journeys at their peak"), "sum", terms or [Term(Text("no users"), 0.0, "1/s", "computed")]
    )


TOTAL_DERIVATIONS: dict[str, Callable[[Evaluation, Figure], Expression]] = {
    "cost_per_month": _cost,
    "cloud_cost_per_month": _cloud,
    "people_cost_per_month": _people,
    "cost_per_unit": _per_unit,
    "units_per_month": _units,
    "first_p95_s": _worst("first_p95_s"),
    "last_p95_s": _worst("p95_s"),
    "availability": _worst("availability"),
    "downtime_h_per_year": _downtime,
    "full_month": _extreme_month,
    "bottleneck": _bottleneck,
    "kgco2e_per_month": _carbon,
    "default_share": _sure,
    "findings": _findings,
    "requests_peak": _peak,
}
