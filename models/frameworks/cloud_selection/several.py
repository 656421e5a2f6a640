"""Several clouds: the plan of the placement study against single clouds, with what it takes to run it."""

from __future__ import annotations

from functools import lru_cache
from statistics import median

from models.catalog.catalog import Catalog
from models.design.kinds import kinds, value_of
from models.evaluation.bill import HOURS_PER_MONTH
from models.evaluation.result import Evaluation
from models.formatting import format_value
from models.frameworks.cloud_selection.inputs import ID, INPUTS, kept_nodes, number, setting, words
from models.report import Block, Cell, Column, Figure, Finding, InputField, Message, Remedy, Sentence, Table
from models.studies.multi_cloud import MultiCloudPlan, Settings, changes, move_args
from models.studies.provider_costs import name_of
from models.words import Text, counted

WORTH_SHARE = 0.1
"""A saving below this share of the bill lies inside the band of the prices."""


def several_settings(evaluation: Evaluation) -> Settings:
    """Return what the placement study is asked with: what stays, who is out, and the price of a further provider."""
    design = evaluation.design
    hourly = float(value_of(design.brief, "people_usd_month") or 0.0) / float(
        value_of(design.brief, "people_hours_month") or 140.0
    )
    link = str(setting(design, "multi/link"))
    ends = link_usd(evaluation.catalog, link)
    fixed = number(design, "multi/hours") * hourly + ends
    most = int(number(design, "multi/most_providers"))
    return Settings(kept_nodes(design), words(design, "exclude"), fixed, most, link, ends)


@lru_cache(maxsize=16)
def link_usd(catalog: Catalog, link: str) -> float:
    """Return USD a month of the two ends of a link, each at the median of the providers' list prices."""
    billing = kinds().nodes[link].billing
    prices = []
    for provider in catalog.providers:
        known = catalog.unit_price_table.get((provider, billing[0].item), {})
        if known:
            prices.append(median(price.tiers[0].unit_price_usd for price in known.values()))
    return 2.0 * median(prices) * HOURS_PER_MONTH if prices else 0.0


def saving(plan: MultiCloudPlan) -> float:
    """Return USD a month that the plan saves against the drawing, further providers paid; negative = dearer.

    The smaller of what the study and what the evaluation say, as the one counts stand-ins for unknown prices and the
    other the real bill. A drawing that uses several providers pays for them too.
    """
    evaluated = plan.evaluated_drawn + _drawn_further(plan) - plan.evaluated - plan.further_hours
    return evaluated if plan.drawn is None else min(evaluated, plan.drawn - plan.predicted)


def _drawn_further(plan: MultiCloudPlan) -> float:
    """Return USD a month for the providers beyond the first that the drawing itself uses."""
    drawn = {entry.drawn.split("/")[0] for entry in plan.placed}
    each = plan.settings.provider_usd - (plan.settings.link_usd if plan.linked else 0.0)
    return max(len(drawn) - 1, 0) * each


def several_blocks(evaluation: Evaluation, plan: MultiCloudPlan | None) -> list[Block]:
    """Return the answer of the study, its sums, what moves where, and the inputs it stands on."""
    inputs: list[Block] = [
        InputField(f"in/{ID}/{path}", "value", Message.of(INPUTS[path].label), INPUTS[path].unit)
        for path in ("multi/hours", "multi/link", "multi/most_providers")
    ]
    if plan is None:
        return [
            Sentence(Message("Several clouds: pending. Every service is priced in every candidate region."), "muted"),
            *inputs,
        ]
    if plan.failure:
        return [Sentence(Message("Several clouds: {why}", {"why": plan.failure}), "warning"), *inputs]
    return [Sentence(_answer(evaluation, plan)), _sums(evaluation, plan), *_moves(evaluation, plan), *inputs]


def _answer(evaluation: Evaluation, plan: MultiCloudPlan) -> Message:
    moved = changes(plan.placed)
    names = " + ".join(name_of(evaluation.catalog, provider) for provider in plan.providers)
    gain = saving(plan)
    args = {
        "names": names,
        "gain": format_value(abs(gain), "USD/month"),
        "number": counted("{count} service", "{count} services", len(moved)),
        "further": format_value(plan.further, "USD/month"),
    }
    if not moved:
        return Message("Several clouds: no service is worth moving; the drawn places are the cheapest.", args)
    if gain <= 0:
        return Message(
            "Several clouds: the cheapest plan ({names}, {number} moved) saves nothing once it is evaluated.", args
        )
    if gain < WORTH_SHARE * plan.evaluated_drawn:
        return Message("Several clouds: {names} with {number} moved saves {gain}, inside the band of the prices.", args)
    return Message(
        "Several clouds: {names} with {number} moved saves {gain}, after {further} for further providers.", args
    )


def _sums(evaluation: Evaluation, plan: MultiCloudPlan) -> Table:
    bound = "at_least" if plan.unpriced else ""
    evaluated = Figure(
        f"{ID}/several",
        Text("Cheapest plan"),
        plan.evaluated + plan.further_hours,
        "USD/month",
        bound=bound,  # type: ignore[arg-type]
    )
    rows: list[tuple[Cell, ...]] = [
        (Text("Cheapest plan"), plan.predicted, evaluated),
        (Text("As drawn"), plan.drawn, plan.evaluated_drawn + _drawn_further(plan)),
    ]
    rows += [
        (Text("{provider} alone", provider=name_of(evaluation.catalog, provider)), usd, "")
        for provider, usd in plan.single
    ]
    gap = Text("proven optimal") if plan.gap <= 1e-4 else Text("the optimum costs at most {gap:.1%} less", gap=plan.gap)
    title = Message("Placement over several clouds, {gap}", {"gap": gap})
    columns = (
        Column(Message("Plan")),
        Column(Message("By the study"), "USD/month"),
        Column(Message("Evaluated, with further providers"), "USD/month"),
    )
    return Table(title, columns, tuple(rows))


def _moves(evaluation: Evaluation, plan: MultiCloudPlan) -> list[Block]:
    moved = changes(plan.placed)
    if not moved:
        return []
    nodes = evaluation.design.nodes
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (nodes[entry.node].name, entry.drawn, f"{entry.provider}/{entry.region}", entry.usd)
        for entry in plan.placed
        if entry.node in moved and entry.node in nodes
    )
    columns = (
        Column(Message("Service")),
        Column(Message("Drawn in")),
        Column(Message("Cheapest in")),
        Column(Message("Cost there"), "USD/month"),
    )
    found: list[Block] = [Table(Message("What moves"), columns, rows, tuple(moved))]
    found += [Sentence(Message("Given up: {what}", {"what": sentence}), "warning") for sentence in plan.relaxed]
    if plan.further:
        found.append(Sentence(Message("It needs {what}.", {"what": _needs(evaluation, plan)}), "muted"))
    return found


def _needs(evaluation: Evaluation, plan: MultiCloudPlan) -> str:
    """Return what holds several clouds together here: links, identity, and the flows of data between them."""
    at = {entry.node: entry.provider for entry in plan.placed}
    crossing = [
        flow for flow in evaluation.design.flows.values()
        if at.get(flow.source, "") != at.get(flow.target, "") and flow.source in at and flow.target in at
    ]  # fmt: skip
    links = len(plan.providers) - 1
    data = sum(flow.interaction in ("batch", "stream") for flow in crossing)
    noun = kinds().nodes[plan.settings.link].noun
    return Text(
        "{links} × {noun} with both ends, federated identity, and {count} flows between providers, "
        "{data} of them moving data; the plan draws links and federation, so that its evaluation holds "
        "their price, time and availability; the hours below come on top",
        links=links,
        noun=noun,
        count=len(crossing),
        data=data,
    )


def several_proposal(evaluation: Evaluation, plan: MultiCloudPlan | None) -> tuple[Finding, ...]:
    """Return the card that draws the plan, when what it moves saves more than the band of the prices."""
    moved = changes(plan.placed) if plan is not None else {}
    if plan is None or not moved or saving(plan) < WORTH_SHARE * plan.evaluated_drawn:
        return ()
    names = " + ".join(name_of(evaluation.catalog, provider) for provider in plan.providers)
    args = {"names": names, "number": len(moved)}
    remedy = Remedy(
        "place_nodes", move_args(plan.placed, plan.settings), Message("Place {number} services over {names}", args)
    )
    why = Message("The plan of the placement study, with its boundaries drawn. Preview evaluates it.")
    return (Finding("place_nodes", "note", Message("The drawing over {names}", args), why, tuple(moved), (), remedy),)
