"""Blocks on where the money goes: by tag, by what is billed, by place and by element, and what a unit costs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.frameworks.cost_optimization.inputs import setting
from models.frameworks.cost_optimization.ledger import CATEGORY_NAMES, by_boundary, by_kind, owner_ids
from models.frameworks.cost_optimization.tagging import charge_back, tagged_share
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import percent
from models.report import Axis, Block, Cell, Chart, Column, Message, Sentence, Series, Table

MONEY = "USD/month"
MOST_ELEMENTS = 15
MOST_GROUPS = 6


def attribution(view: View) -> Iterator[Block]:
    """Yield the blocks of attribution."""
    yield _by_group(view)
    yield _months(view)
    yield _chart(view)
    yield _partitions(view)
    yield _elements(view)
    yield _coverage(view)


def _by_group(view: View) -> Table:
    design = view.evaluation.design
    rule = str(setting(design, "shared_rule"))
    parts, left = charge_back(view.charges, view.groups, rule, setting(design, "shared_shares") or {})
    total = view.charges.total
    rows: list[tuple[Cell, ...]] = [
        (part.group, part.direct, part.shared, part.total, part.total / total if total else None)
        for part in sorted(parts, key=lambda part: -part.total)
    ]
    if left:
        rows.append(("Not charged to anyone", left, 0.0, left, left / total if total else None))
    title = Message("Cost by {key}; shared cost split {rule}", {"key": view.key, "rule": _HOW.get(rule, rule)})
    columns = (
        Column(Message("{key}", {"key": view.key.capitalize()})),
        Column(Message("Own"), MONEY),
        Column(Message("Shared"), MONEY),
        Column(Message("Charged"), MONEY),
        Column(Message("Share"), "fraction"),
    )
    direct, shared = sum(part.direct for part in parts) + left, sum(part.shared for part in parts)
    return Table(title, columns, tuple(rows), total=("Total", direct, shared, total, 1.0 if total else None))


_HOW = {"proportional": "in proportion to own cost", "even": "evenly", "fixed": "by fixed shares"}


def _months(view: View) -> Chart:
    """Return the expected cost of the dearest groups by month, the rest as one; they add up to the forecast."""
    cost = view.ahead.fixed + view.ahead.usage + view.ahead.storage
    numbers = {name: number for number, name in enumerate(dict.fromkeys(view.groups))}
    of = np.array([numbers[name] for name in view.groups])
    table = np.array([cost[of == number].sum(axis=0) for number in numbers.values()])
    order = np.argsort(-table.sum(axis=1), kind="stable")
    names = list(numbers)
    shown = [(names[at], table[at]) for at in order[:MOST_GROUPS].tolist() if table[at].any()]
    rest = table[order[MOST_GROUPS:]]
    if rest.any():
        shown.append(("Others", rest.sum(axis=0)))
    months = tuple(float(month) for month in range(cost.shape[1]))
    series = tuple(Series(name, months, tuple(row.tolist())) for name, row in shown)
    title = Message("Expected cost by {key} and month", {"key": view.key})
    return Chart("stacked_area", title, Axis(Message("Month"), "month"), Axis(Message("Cost per month"), MONEY), series)


def _chart(view: View) -> Chart:
    sums = view.charges.by_category()
    shown = {CATEGORY_NAMES.get(name, name): usd for name, usd in sums.items() if usd > 0}
    series = Series("Cost per month", tuple(shown), tuple(shown.values()), role="accent")
    return Chart("bar", Message("What is billed"), Axis(Message("")), Axis(Message("Cost per month"), MONEY), (series,))


def _partitions(view: View) -> Table:
    """One table of three partitions; each sums to the total."""
    rows: list[tuple[Cell, ...]] = []
    total = view.charges.total
    for what, groups in (
        ("Kind of service", by_kind(view.evaluation, view.charges)),
        ("Team or context", by_boundary(view.evaluation, view.charges, "context")),
        ("Place", by_boundary(view.evaluation, view.charges, "deployment")),
    ):
        for name, usd in view.charges.grouped(groups).items():
            rows.append((what, name, usd, usd / total if total else None))
    columns = (
        Column(Message("By")),
        Column(Message("Group")),
        Column(Message("Cost"), MONEY),
        Column(Message("Share"), "fraction"),
    )
    return Table(Message("The same money by kind, team and place; each adds up to the total"), columns, tuple(rows))


def _elements(view: View) -> Table:
    ids, owned = owner_ids(view.evaluation), view.charges.by_owner()
    total = view.charges.total
    order = [number for number in (-owned).argsort(kind="stable").tolist() if owned[number] > 0][:MOST_ELEMENTS]
    rows: list[tuple[Cell, ...]] = [
        (_name(view, ids[number]), view.groups[number], float(owned[number]), float(owned[number]) / total)
        for number in order
    ]
    columns = (
        Column(Message("Element")),
        Column(Message("{key}", {"key": view.key.capitalize()})),
        Column(Message("Cost"), MONEY),
        Column(Message("Share"), "fraction"),
    )
    return Table(Message("The dearest elements"), columns, tuple(rows), tuple(ids[number] for number in order))


def _name(view: View, identifier: str) -> str:
    element = view.evaluation.design.elements.get(identifier)
    if element is None or identifier == "brief":
        return "Whole plan"
    own = str(getattr(element, "name", ""))
    ends = [view.evaluation.design.elements.get(getattr(element, end, "")) for end in ("source", "target")]
    return own or " → ".join(str(getattr(end, "name", "")) for end in ends)


def _coverage(view: View) -> Sentence:
    count = len(view.evaluation.node_ids)
    broken = len(view.broken)
    share = tagged_share(view.charges, view.groups)
    text = Message(
        "{share} of the cost of nodes and flows carries the tag “{key}”; {good} of {count} nodes hold the tagging "
        "policy ({required}).",
        {
            "share": percent(share),
            "key": view.key,
            "good": count - broken,
            "count": count,
            "required": ", ".join(view.rules.required) or "no required tags",
        },
    )
    return Sentence(text, "muted")


def unit_table(view: View) -> Table:
    """Return the unit costs: average, and of one more while nothing has to grow."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (unit.name, unit.usd, unit.more, unit.quantity, unit.basis) for unit in view.units if unit.usd is not None
    )
    columns = (
        Column(Message("Unit")),
        Column(Message("Average"), "USD"),
        Column(Message("One more"), "USD"),
        Column(Message("A month"), "count"),
        Column(Message("Basis")),
    )
    return Table(Message("What a unit costs"), columns, rows)
