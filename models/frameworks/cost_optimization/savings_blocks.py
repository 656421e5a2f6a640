"""Blocks and findings of the savings list, and the lines that estimates miss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.design.kinds import value_of
from models.evaluation.bill import HOURS_PER_MONTH
from models.formatting import shown_money
from models.frameworks.cost_optimization.inputs import number
from models.frameworks.cost_optimization.savings import Opportunity, Savings
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import dollars, percent
from models.report import Block, Cell, Column, Finding, Message, Sentence, Table
from models.words import Number, Text

MONEY = "USD/month"
NAT = Text("NAT gateways, one per zone, not in the total")
EFFORTS = {"minutes": Text("minutes"), "hours": Text("hours"), "days": Text("days")}
DANGERS = {"low": Text("low"), "medium": Text("medium"), "high": Text("high")}


def savings_blocks(view: View, found: Savings) -> Iterator[Block]:
    """Yield the savings list."""
    if found.opportunities:
        yield _list(found)
    else:
        yield Sentence(Message("No saving was found that keeps targets, minimum replicas and growth."), "good")


def _list(found: Savings) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.proposal.title,
            one.saving,
            EFFORTS[one.proposal.effort],
            DANGERS[one.proposal.danger],
            float(len(one.proposal.nodes)),
        )
        for one in found.opportunities
    )
    columns = (
        Column(Message("Saving")),
        Column(Message("Alone"), MONEY),
        Column(Message("Effort")),
        Column(Message("Risk")),
        Column(Message("Nodes"), "count"),
    )
    title = Message("Savings; they overlap, so that all together save less than their sum")
    elements = tuple(one.proposal.nodes[0] for one in found.opportunities)
    return Table(title, columns, rows, elements, (Text("All together"), found.together, "", "", ""))


def savings_findings(view: View, found: Savings) -> Iterator[Finding]:
    """Yield one finding per saving that is worth it, and one that applies them all."""
    least = number(view.evaluation.design, "least_saving") * view.charges.total
    worth = [one for one in found.opportunities if one.saving >= least]
    for one in worth:
        yield _finding(view, one)
    if len(worth) > 1 and found.together > max(one.saving for one in worth):
        args = {
            "usd": dollars(found.together),
            "count": len(found.opportunities),
            "share": percent(found.together / view.charges.total),
        }
        title = Message("All {count} savings together lower the bill by {usd} a month", args)
        why = Message(
            "That is {share} of it; each is applied to what the ones before it leave, so none counts twice.", args
        )
        yield Finding("all_savings", "note", title, why, remedy=found.remedy)


def _finding(view: View, one: Opportunity) -> Finding:
    args = {
        "title": one.proposal.title,
        "usd": dollars(one.saving),
        "share": percent(one.saving / view.charges.total),
    }
    why = Message("{why} Risk: {risk}", {"why": one.proposal.why, "risk": one.proposal.risk})
    title = Message("{title}: {usd} a month less ({share})", args)
    return Finding(one.proposal.rule, "note", title, why, one.proposal.nodes, remedy=one.remedy)


def missed_lines(view: View) -> Table:
    """Return the lines that estimates miss, with what this plan holds of each."""
    brief = view.evaluation.pipeline.now.brief
    of, categories = view.charges.by_label, view.charges.by_category()

    def category(name: str) -> float:
        return categories.get(name, 0.0)

    support = percent(float(value_of(brief, "support_percent") or 0))
    rows: tuple[tuple[Cell, ...], ...] = (
        (Text("Traffic between zones"), of("traffic between zones")),
        (Text("Traffic to the internet"), of("traffic to the internet")),
        (Text("Traffic between regions and providers"), of("traffic from")),
        (Text("Logs and traces"), of("Logs and traces")),
        (Text("Backups of databases"), of("Backups")),
        (Text("Support plan ({share} of cloud)", share=support), category("support")),
        (Text("Staging and development, in office hours"), category("environments")),
        (Text("People who run it"), category("people")),
        _nat(view),
        (Text("Snapshots, idle addresses, private endpoints"), Text("draw them")),
    )
    columns = (Column(Message("Line that estimates miss")), Column(Message("In this plan"), MONEY))
    return Table(Message("Idle and forgotten lines"), columns, rows)


def _nat(view: View) -> tuple[Cell, ...]:
    """Return what gateways for private networks would add: one per zone of every region with machines, by the hour."""
    catalog, nodes = view.evaluation.catalog, view.evaluation.pipeline.nodes
    rows = np.flatnonzero(view.evaluation.money.bought.offer >= 0)
    places = {nodes.place_list[place].key: nodes.place_list[place].zones for place in nodes.places[rows].tolist()}
    prices = [
        (catalog.unit_price(provider, region, "nat_gateway") if region else None, zones)
        for (provider, region), zones in places.items()
    ]
    known = [price.tiers[0].unit_price_usd * zones for price, zones in prices if price is not None]
    if not known:
        return (NAT, Text("not known"))
    usd = sum(known) * HOURS_PER_MONTH
    return (NAT, Text("{usd} more", usd=dollars(usd)))


def money_remarks(view: View) -> Iterator[Sentence]:
    """Yield the total in the plan's currency and with tax, where these are set."""
    _, code, rate = shown_money()
    if code != "USD":
        args = {"currency": code, "rate": Number(f"{rate:g}")}
        yield Sentence(
            Message("Amounts are in {currency} at {rate} for one USD; inputs and price lists are in USD.", args),
            "muted",
        )
    tax = number(view.evaluation.design, "tax")
    if tax > 0:
        people = view.charges.by_category().get("people", 0.0)
        gross = (view.charges.total - people) * (1.0 + tax) + people
        args = {"tax": Number(f"{tax:.1%}"), "gross": dollars(gross)}
        yield Sentence(Message("With {tax} tax on all but people it is {gross} a month.", args), "muted")
