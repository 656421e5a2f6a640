"""What the architect should know about the money, with a remedy where one move cures it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from models.design.elements import BRIEF_ID, Id, input_id
from models.formatting import format_value
from models.frameworks.cost_optimization.inputs import ID, problems
from models.frameworks.cost_optimization.ledger import WHOLE_PLAN, owner_ids
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import dollars, percent
from models.report import Finding, Message, Remedy
from models.words import Number, Text, quoted

SOON_MONTHS = 12
DOMINANT_SHARE = 0.5
LOG_SHARE = 0.05
ZONE_SHARE = 0.02
EGRESS_SHARE = 0.03
SMALL_SHARE = 0.01


def findings(view: View) -> Iterator[Finding]:
    """Yield the findings on inputs, budgets, tags and single lines."""
    yield from _inputs(view)
    yield from _budgets(view)
    yield from _unit_budget(view)
    yield from _tags(view)
    yield from _lines(view)


def _inputs(view: View) -> Iterator[Finding]:
    title = Message("An input of the cost panel cannot be used")
    for path, sentence in problems(view.evaluation.design):
        why = Message("{sentence} Its default is used until you change it.", {"sentence": sentence})
        yield Finding("cost_input", "error", title, why, (input_id(ID, path),))
    if view.rules.problem:
        why = Message("{sentence} Only the required tags are checked.", {"sentence": view.rules.problem})
        yield Finding("cost_input", "error", title, why, (input_id(ID, "allowed_values"),))
    params = view.evaluation.design.brief.params
    if str(params.get("currency") or "USD") != "USD" and not params.get("units_per_usd"):
        args = {"currency": params["currency"]}
        why = Message("Set how many {currency} one USD is; until then all amounts are shown in USD.", args)
        yield Finding("cost_input", "warning", Message("The rate of {currency} is not stated", args), why, (BRIEF_ID,))
    for budget in view.limits:
        if budget.problem:
            why = Message("{sentence}", {"sentence": budget.problem})
            yield Finding("cost_input", "error", title, why, (input_id(ID, "budgets"),))


def _budgets(view: View) -> Iterator[Finding]:
    shown = view.evaluation.month
    for budget in view.limits:
        if budget.problem or budget.overrun is None:
            continue
        args = {
            "name": Text("The plan") if budget.name == WHOLE_PLAN else quoted(budget.name),
            "limit": dollars(budget.limit),
            "now": dollars(budget.now),
            "over": dollars(budget.now - budget.limit),
            "month": budget.overrun,
            "chance": percent(budget.risk_then),
        }
        if budget.overrun == shown:
            title = Message("{name} costs {over} a month more than its budget", args)
            why = Message(
                "The bill of month {month} is {now} against {limit}. Raise the budget, or begin with the dearest "
                "savings below.",
                args,
            )
            yield Finding("over_budget", "warning", title, why)
        else:
            title = Message("{name} leaves its budget in month {month}", args)
            why = Message(
                "It costs {now} now and is expected above {limit} then; the chance of it is {chance}.",
                args,
            )
            yield Finding("budget_overrun", "warning" if budget.overrun - shown <= SOON_MONTHS else "note", title, why)


def _unit_budget(view: View) -> Iterator[Finding]:
    from models.design.kinds import value_of

    limit = value_of(view.evaluation.pipeline.now.brief, "budget_usd_unit")
    unit = view.units[0] if view.units else None
    if limit is None or unit is None or unit.usd is None or unit.usd <= float(limit):
        return
    args = {"unit": unit.name, "usd": format_value(unit.usd, "USD"), "limit": format_value(float(limit), "USD")}
    title = Message("One {unit} costs {usd}, more than the {limit} allowed", args)
    why = Message(
        "It is the whole bill divided by the {unit}s of a month; lower the bill or the budget's ambition.", args
    )
    yield Finding("unit_over_budget", "warning", title, why)


def _tags(view: View) -> Iterator[Finding]:
    if not view.broken:
        return
    ids = tuple(violation.node for violation in view.broken)
    owned = dict(zip(view.evaluation.node_ids, view.charges.by_owner().tolist(), strict=False))
    usd = sum(owned.get(node, 0.0) for node in ids)
    count, whole = len(ids), len(view.evaluation.node_ids)
    args = {"count": count, "whole": whole, "usd": dollars(usd), "required": ", ".join(view.rules.required)}
    title = Message("{count} of {whole} nodes miss a tag or carry one that is not allowed", args)
    if count == 1:
        title = Message("{count} of {whole} nodes misses a tag or carries one that is not allowed", args)
    why = Message("Required are {required}. {usd} a month cannot be charged to anyone until they are tagged.", args)
    remedy = _tag_remedy(view, ids)
    yield Finding("untagged", "note", title, why, ids, remedy=remedy)


def _tag_remedy(view: View, ids: tuple[Id, ...]) -> Remedy | None:
    """Return the tags that the tagged members of the same team agree on, for the nodes that miss them."""
    found = view.evaluation.pipeline.stages.run(
        "tags of teams", (view.broken, view.tags), lambda: _agreed_tags(view, ids)
    )
    if not found:
        return None
    return Remedy("change_nodes", {"tags": found}, Message("Tag them like the rest of their team"))


def _agreed_tags(view: View, ids: tuple[Id, ...]) -> dict[Id, dict[str, str]]:
    design = view.evaluation.design
    missing = {violation.node: violation.missing for violation in view.broken}
    wanted = {key for keys in missing.values() for key in keys}
    used: defaultdict[tuple[Id, str], set[str]] = defaultdict(set)
    for other in design.nodes.values():
        if other.context and other.tags:
            for key in wanted & other.tags.keys():
                used[other.context, key] |= {other.tags[key]} - {""}
    found: dict[Id, dict[str, str]] = {}
    for node in ids:
        context = design.node(node).context
        for key in missing[node] if context else ():
            values = used.get((context or "", key), ())
            if len(values) == 1:
                found.setdefault(node, {})[key] = next(iter(values))
    return found


def _lines(view: View) -> Iterator[Finding]:
    total = view.charges.total
    if total <= 0:
        return
    by_line = _by_line(view)
    for (element, label, category), usd in by_line.items():
        if usd >= DOMINANT_SHARE * total:
            yield _dominant(view, element, label, category, usd)
        elif label.startswith("Logs and traces, taken in") and usd >= LOG_SHARE * total:
            yield _logs(view, element, usd, usd == max(by_line.values()))
    yield from _traffic(view)


def _by_line(view: View) -> dict[tuple[Id, str, str], float]:
    """Return USD by (element, label, category) of every charge on a node or flow that is not small."""
    charges, ids = view.charges, owner_ids(view.evaluation)
    chosen = (charges.usd >= SMALL_SHARE * charges.total) & (charges.owner < len(ids) - 1)
    found: dict[tuple[Id, str, str], float] = {}
    for at in np.flatnonzero(chosen).tolist():
        category = charges.categories[int(charges.category[at])]
        key = (ids[int(charges.owner[at])], charges.labels[int(charges.line[at])], category)
        found[key] = found.get(key, 0.0) + float(charges.usd[at])
    return found


def _name(view: View, element: Id) -> str:
    return str(getattr(view.evaluation.design.elements.get(element), "name", "")) or element


def _dominant(view: View, element: Id, label: str, category: str, usd: float) -> Finding:
    args = {
        "name": _name(view, element),
        "label": label,
        "usd": dollars(usd),
        "share": percent(usd / view.charges.total),
    }
    title = Message("One line is {share} of the bill: {label} of “{name}”", args)
    why = Message(
        "{usd} a month whether it is used or not. How full it is, and how it is bought, decide this plan's cost; "
        "other savings hardly matter.",
        args,
    )
    if category in ("usage", "model API", "traffic"):
        why = Message(
            "{usd} a month, and it grows with every request without a ceiling. Fewer or smaller calls, a cache in "
            "front of it, or a fixed block of own capacity decide this plan's cost; other savings hardly matter.",
            args,
        )
    return Finding("dominant_line", "note", title, why, (element,))


def _logs(view: View, element: Id, usd: float, largest: bool) -> Finding:
    kib = float(
        view.evaluation.pipeline.nodes.column("money", "log_kib_per_request")[
            view.evaluation.pipeline.nodes.row_of[element]
        ]
    )
    args = {
        "usd": dollars(usd),
        "share": percent(usd / view.charges.total),
        "kib": Number(f"{kib:.3g}"),
        "half": Number(f"{kib / 2:.3g}"),
        "rank": Text("the largest single line") if largest else Text("a line that estimates miss"),
    }
    title = Message("Logs cost {usd} a month, {rank}", args)
    why = Message(
        "{share} of the bill is {kib} KiB written for every request. Keep payloads out of logs and sample the rest.",
        args,
    )
    changes = {element: {"log_kib_per_request": kib / 2}}
    remedy = Remedy("change_nodes", {"params": changes}, Message("Write {half} KiB per request", args))
    return Finding("log_cost", "note", title, why, (element,), remedy=remedy if kib > 0 else None)


def _traffic(view: View) -> Iterator[Finding]:
    total = view.charges.total
    zones = _by_element(view, "traffic between zones")
    if sum(zones.values()) >= ZONE_SHARE * total:
        dearest = max(zones, key=lambda key: zones[key])
        args = {
            "usd": dollars(sum(zones.values())),
            "name": _flow_name(view, dearest),
            "most": dollars(zones[dearest]),
        }
        title = Message("Traffic between zones costs {usd} a month", args)
        why = Message(
            "Calls are spread over zones and most leave theirs; {name} alone costs {most}. Prefer callees in the same "
            "zone (topology-aware routing), send less per call, or compress.",
            args,
        )
        yield Finding("cross_zone", "note", title, why, tuple(sorted(zones, key=lambda key: -zones[key])[:5]))
    apart = _by_element(view, "traffic from ")
    if sum(apart.values()) >= EGRESS_SHARE * total:
        args = {"usd": dollars(sum(apart.values()))}
        title = Message("Traffic between regions or providers costs {usd} a month", args)
        why = Message("Move the data once and keep it there, or bring the work to the data.")
        yield Finding("egress", "note", title, why, tuple(sorted(apart, key=lambda key: -apart[key])[:5]))


def _by_element(view: View, start: str) -> dict[Id, float]:
    """Return USD by element of the lines whose label starts so, without those that cost nothing."""
    charges, ids = view.charges, owner_ids(view.evaluation)
    wanted = np.array([label.startswith(start) for label in charges.labels] or [False], dtype=bool)[charges.line]
    usd = np.bincount(charges.owner[wanted], charges.usd[wanted], len(charges.payer))[: len(ids) - 1]
    rows = np.flatnonzero(usd > 0)
    return {ids[row]: sum_ for row, sum_ in zip(rows.tolist(), usd[rows].tolist(), strict=True)}


def _flow_name(view: View, element: Id) -> str:
    flow = view.evaluation.design.flows[element]
    ends = (_name(view, flow.source), _name(view, flow.target))
    return flow.name or quoted(f"{ends[0]} → {ends[1]}")
