"""Blocks on where the money goes: by tag, by what is billed, by place and by element, and what a unit costs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.evaluation.bill import CATEGORY_NAMES
from models.frameworks.cost_optimization.inputs import setting
from models.frameworks.cost_optimization.ledger import WHOLE_PLAN, by_boundary, by_kind, owner_ids
from models.frameworks.cost_optimization.tagging import charge_back, tagged_share
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import money_cell, percent
from models.report import Axis, Block, Cell, Chart, Column, Message, Sentence, Series, Table
from models.words import Text, counted

MONEY = "USD/month"
MOST_ELEMENTS = 15
MOST_GROUPS = 6
MOST_BOXES = 12


def attribution(view: View) -> Iterator[Block]:
    """Yield the blocks of attribution."""
    yield _by_group(view)
    yield _treemap(view)
    yield _months(view)
    yield _charged_for(view)
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
        rows.append((Text("Not charged to anyone"), left, 0.0, left, left / total if total else None))
    title = Message("Cost by {key}; shared cost split {rule}", {"key": view.key, "rule": _HOW.get(rule, rule)})
    columns = (
        Column(_head(view.key)),
        Column(Message("Own"), MONEY),
        Column(Message("Shared"), MONEY),
        Column(Message("Charged"), MONEY),
        Column(Message("Share"), "fraction"),
    )
    whole = money_cell(total, view.charges.unpriced)
    direct, shared = sum(part.direct for part in parts) + left, sum(part.shared for part in parts)
    return Table(title, columns, tuple(rows), total=(Text("Total"), direct, shared, whole, 1.0 if total else None))


_HOW = {
    "proportional": Text("in proportion to own cost"),
    "even": Text("evenly"),
    "fixed": Text("by fixed shares"),
}


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
        shown.append((Text("Others"), rest.sum(axis=0)))
    months = tuple(float(month) for month in range(cost.shape[1]))
    series = tuple(Series(name, months, tuple(row.tolist())) for name, row in shown)
    title = Message("Expected cost by {key} and month", {"key": view.key})
    return Chart("stacked_area", title, Axis(Message("Month"), "month"), Axis(Message("Cost per month"), MONEY), series)


def _treemap(view: View) -> Chart:
    """Return every element as a box in the box of its group; the areas add up to the bill."""
    ids, owned = owner_ids(view.evaluation), view.charges.by_owner()
    sums = view.charges.grouped(view.groups)
    shown = list(sums)[:MOST_GROUPS]
    series = []
    for group in (*shown, None):
        owners = [
            at
            for at in np.flatnonzero(owned > 0).tolist()
            if (view.groups[at] == group if group is not None else view.groups[at] not in shown)
        ]
        owners.sort(key=lambda at: -owned[at])
        names = [_name(view, ids[at]) for at in owners[:MOST_BOXES]]
        values = [float(owned[at]) for at in owners[:MOST_BOXES]]
        if owners[MOST_BOXES:]:
            names.append(counted("{count} other", "{count} others", len(owners) - MOST_BOXES))
            values.append(float(owned[owners[MOST_BOXES:]].sum()))
        if names:
            series.append(Series(group or Text("Others"), tuple(names), tuple(values)))
    title = Message("Where the month's money goes, by {key} and element", {"key": view.key})
    return Chart("treemap", title, Axis(Message("")), Axis(Message("Cost per month"), MONEY), tuple(series))


def _charged_for(view: View) -> Table:
    """Return the chargeback report: what each group is charged for, with its part of the shared cost."""
    design, charges = view.evaluation.design, view.charges
    rule = str(setting(design, "shared_rule"))
    parts, left = charge_back(charges, view.groups, rule, setting(design, "shared_shares") or {})
    numbers = {name: number for number, name in enumerate(dict.fromkeys(view.groups))}
    of = np.array([numbers[name] for name in view.groups])
    table = np.zeros((len(numbers), len(charges.categories)))
    np.add.at(table, (of[charges.owner], charges.category), charges.usd)
    grouped = [numbers[part.group] for part in parts]
    columns = [at for at in np.argsort(-table[grouped].sum(axis=0), kind="stable").tolist() if table[grouped, at].any()]
    rows: list[tuple[Cell, ...]] = [
        (part.group, *(float(table[numbers[part.group], at]) for at in columns), part.shared, part.total)
        for part in sorted(parts, key=lambda part: -part.total)
    ]
    if left:
        rows.append((Text("Not charged to anyone"), *(0.0 for _ in columns), left, left))
    sums = [float(table[grouped, at].sum()) for at in columns]
    total: tuple[Cell, ...] = (
        Text("Total"),
        *sums,
        charges.total - sum(sums),
        money_cell(charges.total, charges.unpriced),
    )
    heads = (
        Column(_head(view.key)),
        *(Column(_category(charges.categories[at]), MONEY) for at in columns),
        Column(Message("Shared"), MONEY),
        Column(Message("Charged"), MONEY),
    )
    return Table(
        Message("Chargeback: what each {key} is charged for", {"key": view.key}), heads, tuple(rows), (), total
    )


_HEADS = {
    "team": Message("Team"),
    "boundary": Message("Boundary"),
    "place": Message("Place"),
    "service": Message("Service"),
}


def _head(key: str) -> Message:
    """Return the head of a column of groups: a word for what is known, else the key of the tag."""
    return _HEADS.get(key) or Message("{key}", {"key": key.capitalize()})


def _category(name: str) -> Message:
    said = CATEGORY_NAMES.get(name)
    return Message(said.key) if said is not None else Message("{name}", {"name": name})


def _chart(view: View) -> Chart:
    sums = view.charges.by_category()
    shown = {CATEGORY_NAMES.get(name, name): usd for name, usd in sums.items() if usd > 0}
    series = Series(Text("Cost per month"), tuple(shown), tuple(shown.values()), role="accent")
    return Chart("bar", Message("What is billed"), Axis(Message("")), Axis(Message("Cost per month"), MONEY), (series,))


def _partitions(view: View) -> Table:
    """One table of three partitions; each sums to the total."""
    rows: list[tuple[Cell, ...]] = []
    total = view.charges.total
    for what, groups in (
        (Text("Kind of service"), by_kind(view.evaluation, view.charges)),
        (Text("Team or context"), by_boundary(view.evaluation, view.charges, "context")),
        (Text("Place"), by_boundary(view.evaluation, view.charges, "deployment")),
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
        Column(_head(view.key)),
        Column(Message("Cost"), MONEY),
        Column(Message("Share"), "fraction"),
    )
    return Table(Message("The dearest elements"), columns, tuple(rows), tuple(ids[number] for number in order))


def _name(view: View, identifier: str) -> str:
    element = view.evaluation.design.elements.get(identifier)
    if element is None or identifier == "brief":
        return WHOLE_PLAN
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
            "required": ", ".join(view.rules.required) or Text("no required tags"),
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
