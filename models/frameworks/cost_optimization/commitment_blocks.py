"""Blocks on commitments: both terms side by side, cost by level, what to buy when, and what a fall of demand costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from models.analyses.commitments import cost_curve
from models.evaluation.columns import Floats, Ints, filled
from models.frameworks.cost_optimization.commitments import TERMS, commit_for, committable, levels
from models.frameworks.cost_optimization.fleet import Fleet
from models.frameworks.cost_optimization.inputs import setting
from models.frameworks.cost_optimization.proposal import Proposal
from models.frameworks.cost_optimization.savings import Savings
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import percent
from models.report import Axis, Block, Cell, Chart, Column, Message, Sentence, Series, Table
from models.words import Number, Text

MONEY = "USD/month"
STEP_MONTHS = 3
FALLS = (0.0, 0.1, 0.2, 0.3, 0.5)
TERM_NAMES = {"reserved_1y": Text("1 year"), "reserved_3y": Text("3 years")}
CURVE_POINTS = 21


class Buy(NamedTuple):
    """One step of the ladder: month, machines bought and running under a commitment then, USD per month of these."""

    month: int
    bought: float
    running: float
    usd: float
    expires: int


def commitment_blocks(view: View, found: Savings) -> Iterator[Block]:
    """Yield what there is to know before anything is signed; nothing while a commitment is not worth it."""
    drawn = found.drawn
    offers = {term: commit_for(view, drawn, term) for term in TERMS}
    term = str(setting(view.evaluation.design, "commitment"))
    chosen = offers.get(term)
    if chosen is None:
        return
    yield _by_node(view, drawn, chosen, TERMS[term][0])
    yield _offers(view, drawn, offers)
    yield _curve(view, drawn, TERMS[term][0], TERMS[term][1])
    yield _falls(drawn, chosen, TERMS[term][0])
    yield from _ladder(view, drawn, term)


def _by_node(view: View, drawn: Fleet, proposal: Proposal, kind: int) -> Table:
    """Return what to commit to, node by node, as the saving alone proposes it."""
    nodes, bought = view.evaluation.pipeline.nodes, view.evaluation.money.bought
    saved, demand = drawn.cost - proposal.after.cost, drawn.on_demand
    rows: list[tuple[Cell, ...]] = []
    ids = []
    for at in np.flatnonzero(saved > 0).tolist():
        level = float(proposal.after.shares[kind, at] * drawn.replicas[at] * drawn.copies[at])
        running = float(drawn.replicas[at] * drawn.copies[at])
        machine = bought.offers[int(bought.offer[int(drawn.row[at])])].label
        name = nodes.elements[int(drawn.node[at])].name
        ratio = float(drawn.prices[1 + kind, at] / demand[at])
        rows.append((f"{name} ({machine})", level, running, float(saved[at]), ratio))
        ids.append(view.evaluation.node_ids[int(drawn.node[at])])
    columns = (
        Column(Message("Machines")),
        Column(Message("Commit"), "count"),
        Column(Message("of"), "count"),
        Column(Message("Saves"), MONEY),
        Column(Message("Pays above"), "fraction"),
    )
    title = Message("What to commit to for one year") if kind == 0 else Message("What to commit to for three years")
    return Table(title, columns, tuple(rows), tuple(ids))


def committed_cost(drawn: Fleet, after: Fleet, kind: int) -> Floats:
    """Return (q,) USD per month of the committed machines, paid whether used or not."""
    per_unit = filled(drawn.prices[1 + kind]) * drawn.hours * drawn.factor
    return np.asarray(after.shares[kind] * drawn.replicas * drawn.copies * per_unit)


def _offers(view: View, drawn: Fleet, offers: dict[str, Proposal | None]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for term, proposal in offers.items():
        kind, months = TERMS[term]
        if proposal is None:
            rows.append((TERM_NAMES[term], Text("nothing that pays"), "", "", "", "", ""))
            continue
        cost = committed_cost(drawn, proposal.after, kind)
        saved = float((drawn.cost - proposal.after.cost).sum())
        replaced = float(cost.sum()) + saved
        upfront = _upfront(view, drawn, cost, term) * months
        ratio = float(cost.sum()) / replaced
        rows.append(
            (
                TERM_NAMES[term],
                float((proposal.after.shares[kind] * drawn.replicas * drawn.copies).sum()),
                saved,
                ratio,
                float(cost.sum()) * months,
                upfront if upfront > 0 else Text("monthly"),
                _month(int(np.ceil(months * ratio - 1e-9))) if upfront > 0 else Text("at once"),
            )
        )
    columns = (
        Column(Message("Term")),
        Column(Message("Machines"), "count"),
        Column(Message("Saves"), MONEY),
        Column(Message("Pays above"), "fraction"),
        Column(Message("Signed for"), "USD"),
        Column(Message("Paid upfront"), "USD"),
        Column(Message("Paid back")),
    )
    return Table(Message("The terms side by side"), columns, tuple(rows))


def _month(number: int) -> Text:
    return Text("month {month}", month=number)


def _upfront(view: View, drawn: Fleet, cost: Floats, term: str) -> float:
    """Return the USD per month of committed machines whose price is paid upfront, by the rule of the catalog."""
    bought, rules = view.evaluation.money.bought, view.evaluation.catalog.commitments
    places = view.evaluation.pipeline.nodes.place_list
    found = 0.0
    for at in np.flatnonzero(cost > 0).tolist():
        row = int(drawn.row[at])
        instance = bought.offers[int(bought.offer[row])].instance
        provider = places[view.evaluation.pipeline.nodes.places[row]].provider
        scopes = (instance.family, f"category:{instance.category}", "*") if instance is not None else ("*",)
        rule = next((rules[provider, term, scope] for scope in scopes if (provider, term, scope) in rules), None)
        if rule is not None and "upfront" in rule.payment:
            found += float(cost[at])
    return found


def _curve(view: View, drawn: Fleet, kind: int, months: int) -> Chart:
    """Return the expected cost of the committable machines by how much of today's is committed."""
    chosen = committable(view, drawn, kind)
    base = (drawn.on_demand * drawn.replicas * drawn.copies * drawn.hours * drawn.factor)[chosen]
    rate = _mean_ratio(drawn, chosen, base, kind)
    start = view.evaluation.month
    used = slice(start, min(start + months, view.ahead.months) + 1, STEP_MONTHS)
    demand = np.minimum((view.drawn.demand[::2, used] * view.ahead.growth[used]).ravel(), 1.0)
    shares = np.linspace(0.0, 1.0, CURVE_POINTS)
    cost = cost_curve(rate, 1.0, demand, shares) * float(base.sum())
    series = Series(Text("Expected cost"), tuple((shares * 100.0).tolist()), tuple(cost.tolist()), role="accent")
    best = float(shares[int(np.argmin(cost))]) * 100.0
    marks = (("x", best, Text("Cheapest at {share} %", share=Number(f"{best:.0f}"))),)
    return Chart(
        "line",
        Message("Cost of the steady machines by how much of them is committed"),
        Axis(Message("Committed, % of the machines of today")),
        Axis(Message("Expected cost per month"), MONEY),
        (series,),
        marks,  # type: ignore[arg-type]
    )


def _falls(drawn: Fleet, proposal: Proposal, kind: int) -> Table:
    """Return what commitments cost and save when demand falls and machines are given back in proportion."""
    level = proposal.after.shares[kind] * drawn.replicas * drawn.copies
    running, demand = drawn.replicas * drawn.copies, drawn.on_demand * drawn.hours * drawn.factor
    cost = committed_cost(drawn, proposal.after, kind)
    chosen = level > 0
    rows: list[tuple[Cell, ...]] = []
    for fall in FALLS:
        need = running * (1.0 - fall)
        without = float((need * demand)[chosen].sum())
        beyond = float((np.maximum(need - level, 0.0) * demand)[chosen].sum())
        idle = float((np.maximum(level - need, 0.0) / np.maximum(level, 1e-12) * cost)[chosen].sum())
        whole = float(cost[chosen].sum()) + beyond
        rows.append((f"{fall:.0%}" if fall else Text("as today"), without, whole, idle, without - whole))
    columns = (
        Column(Message("Demand falls by")),
        Column(Message("On demand"), MONEY),
        Column(Message("Committed"), MONEY),
        Column(Message("Paid unused"), MONEY),
        Column(Message("Still saves"), MONEY),
    )
    return Table(Message("What a fall of demand does to the commitment"), columns, tuple(rows))


def ladder(view: View, drawn: Fleet, term: str) -> tuple[Buy, ...]:
    """Return what to buy every quarter: what the term from then on surely uses, less what still runs.

    Machines are as drawn in every month, so that a level rises only where replicas follow the load.
    """
    kind, months = TERMS[term]
    chosen = committable(view, drawn, kind)
    price = filled(drawn.prices[1 + kind]) * drawn.hours * drawn.factor
    running: dict[int, Floats] = {}
    found = []
    for month in range(view.evaluation.month, view.ahead.months + 1, STEP_MONTHS):
        wanted = levels(view, drawn, chosen, kind, months, month) * drawn.copies
        kept = sum((bought for expires, bought in running.items() if expires > month), np.zeros(len(wanted)))
        bought = np.maximum(wanted - kept, 0.0)
        if bought.sum() > 0:
            running[month + months] = bought
            now = kept + bought
            found.append(Buy(month, float(bought.sum()), float(now.sum()), float((now * price).sum()), month + months))
    return tuple(found)


def _ladder(view: View, drawn: Fleet, term: str) -> Iterator[Block]:
    steps = ladder(view, drawn, term)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_month(step.month), step.bought, step.running, step.usd, _month(step.expires)) for step in steps
    )
    columns = (
        Column(Message("Buy in")),
        Column(Message("Machines"), "count"),
        Column(Message("Committed then"), "count"),
        Column(Message("Costs then"), MONEY),
        Column(Message("Ends in")),
    )
    yield Table(Message("The ladder: what to buy when, for {term}", {"term": TERM_NAMES[term]}), columns, rows)
    chosen = committable(view, drawn, TERMS[term][0])
    base = (drawn.on_demand * drawn.replicas * drawn.copies)[chosen]
    ratio = _mean_ratio(drawn, chosen, base, TERMS[term][0])
    text = Message(
        "The last machine committed is needed at least {share} of the time over the term, in all draws of demand "
        "(newsvendor: F(K) = 1 − r/d); it is bought anew when it ends. Savings plans and other spend commitments are "
        "not in the catalog; lay your own rates over it as a price list.",
        {"share": percent(ratio)},
    )
    yield Sentence(text, "muted")


def _mean_ratio(drawn: Fleet, chosen: Ints, base: Floats, kind: int) -> float:
    """Return committed over on-demand price of the chosen rows, weighted by `base`."""
    return float((drawn.prices[1 + kind][chosen] / drawn.on_demand[chosen]) @ base / base.sum())
