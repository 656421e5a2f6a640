"""The bill of one month: machines by the host, usage by the item, tokens, storage with growth, traffic with tiers,
people, support and other environments; each line with its price's source, unpriced ones named and never zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from models.catalog.catalog import Catalog
from models.catalog.records import UnitPrice
from models.design.design import Design
from models.design.kinds import BillingLine, value_of
from models.evaluation.columns import Floats, Flows, Ints, Nodes, filled, groups_of, is_one_of, known_sum, sum_by
from models.evaluation.demand import DAYS_PER_MONTH, REQUEST, SECONDS_PER_DAY, Demand
from models.evaluation.load import EXTERNAL, LLM, READ, WRITE, Load, Work
from models.evaluation.network_links import through
from models.evaluation.offers import Offer, Wish, find_offer, wish_of
from models.words import Text

HOURS_PER_MONTH = 730.0
SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600.0
KIB = 1024.0
GIB = 1024.0**3
GB = 1e9
BUSINESS_HOURS_SHARE = 0.3
CONTRACT = "contract"
CATEGORY_NAMES: Mapping[str, Text] = {
    "compute": Text("Machines"),
    "accelerators": Text("Accelerators"),
    "usage": Text("Usage of services"),
    "traffic": Text("Network traffic"),
    "model API": Text("Hosted models"),
    "contract": Text("Contracts and hardware"),
    "people": Text("People"),
    "support": Text("Support plan"),
    "environments": Text("Other environments"),
}
CATEGORIES_IN_SENTENCES: Mapping[str, Text] = {
    "compute": Text("machines"),
    "accelerators": Text("accelerators"),
    "usage": Text("usage of services"),
    "traffic": Text("network traffic"),
    "model API": Text("hosted models"),
    "contract": Text("contracts and hardware"),
    "people": Text("people"),
    "support": Text("support plan"),
    "environments": Text("other environments"),
}
"""Category of what is bought by contracts of one's own, beside the bills of the providers and their support."""


class Line(NamedTuple):
    """One line of the bill for several rows of the same kind and price.

    Attributes:
        owner: `row`, `flow` or `plan` (whole design); `members` are row or flow numbers.
        usd: per member and month; NaN = not known.
    """

    label: str
    category: str
    owner: str
    members: Ints
    usd: Floats
    source: str = ""
    date: str = ""
    status: str = "published"
    reason: str = ""
    quantity: Floats | None = None
    unit: str = ""


class Bill(NamedTuple):
    """All lines of one month with the sums per node (n,), flow (m,) and for the plan as a whole, in USD.

    What has no known price is in no sum: the numbers of such nodes and flows, and the lines that hold them.
    """

    lines: tuple[Line, ...]
    node_usd: Floats
    flow_usd: Floats
    plan_usd: float
    unpriced_nodes: Ints
    unpriced_flows: Ints
    unpriced_lines: tuple[Line, ...]

    @property
    def total(self) -> float:
        """The month's total of what is priced; with unpriced elements it is a lower bound."""
        return float(self.node_usd.sum() + self.flow_usd.sum() + self.plan_usd)


class Purchase(NamedTuple):
    """The offers of all rows: `offer` (r,) index into `offers`, -1 = not bought by the replica."""

    offer: Ints
    offers: tuple[Offer, ...]


_WISHED = ("vcpu", "memory_gib", "accelerators", "price_usd_hour", "instance", "accelerator", "managed")


def purchases(catalog: Catalog, nodes: Nodes) -> Purchase:
    """Return the offer of every row; equal wishes are looked up once."""
    known: dict[Wish, int] = {}
    plain: dict[tuple[int, int], int] = {}
    offers: list[Offer] = []
    chosen = np.full(len(nodes.row_node), -1, dtype=np.int64)
    codes, places = nodes.kind_code[nodes.row_node].tolist(), nodes.places.tolist()
    for row, node in enumerate(nodes.row_node.tolist()):
        params = nodes.elements[node].params
        own = any(name in params for name in _WISHED) if params else False
        key = (codes[row], places[row])
        found = None if own else plain.get(key)
        if found is None:
            found = _look_up(catalog, nodes, node, places[row], known, offers)
            if not own:
                plain[key] = found
        chosen[row] = found
    return Purchase(chosen, tuple(offers))


def _look_up(catalog: Catalog, nodes: Nodes, node: int, place: int, known: dict[Wish, int], offers: list[Offer]) -> int:
    kind = nodes.kind(node)
    numbers = {name: _optional(nodes.column("money", name)[node]) for name in _WISHED[:4]}
    if kind is None or (kind.compute == "none" and numbers["price_usd_hour"] is None):
        return -1
    if nodes.column("money", "managed")[node] == 1.0 and any(line.when == "managed" for line in kind.billing):
        return -1
    wish = wish_of(nodes.elements[node], kind, nodes.place_list[place], numbers)
    if wish not in known:
        offer = find_offer(catalog, wish)
        known[wish] = -1 if offer is None else len(offers)
        if offer is not None:
            offers.append(offer)
    return known[wish]


def _optional(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def quantities(
    nodes: Nodes,
    flows: Flows,
    demand: Demand,
    work: Work,
    load: Load,
    replicas: Floats,
    shares: Floats,
    month: int,
    until_reply: Floats,
) -> dict[str, Floats]:
    """Return every monthly quantity that a billing line can name, per row (all copies together).

    `shares` (r,) are those of its node's calls that each row serves.
    A function is billed from its start to its reply (`until_reply`, (n,) s), what it waits for included.
    """
    row, money = nodes.row_node, {name: nodes.column("money", name)[nodes.row_node] for name in _MONEY}
    monthly = demand.node_mean * SECONDS_PER_MONTH
    requests = monthly[row] * shares
    storage = stored_gib(nodes, month)[row]
    per_row = nodes.copies * np.where(load.replicas > 0, 1.0, 0.0)
    bytes_in, bytes_out = _payload(nodes, flows, demand)
    traffic_in, traffic_out = bytes_in[row] * shares, bytes_out[row] * shares
    billed = np.where(np.isfinite(until_reply), np.maximum(until_reply, filled(work.time)), work.time)
    seconds = filled(billed[row]) * requests
    vcpu_hours = replicas * nodes.copies * HOURS_PER_MONTH * filled(money["vcpu"])
    memory_hours = replicas * nodes.copies * HOURS_PER_MONTH * filled(money["memory_gib"])
    items = _items(nodes, flows, demand, np.ones(len(flows.ids)))[row] * shares
    written = _items(nodes, flows, demand, flows.operation == WRITE)[row] * shares
    return {
        "requests": requests,
        "reads": items - written,
        "writes": written,
        "items": items,
        "stored_gib": storage * per_row,
        "transferred_gb": (traffic_in + traffic_out) / GB,
        "messages_in_gb": traffic_in / GB,
        "sent_gb": traffic_out / GB,
        "gb_seconds": seconds * filled(money["memory_gib"]),
        "hours": np.full(len(row), HOURS_PER_MONTH) * nodes.copies,
        "months": nodes.copies.astype(float),
        "replica_hours": replicas * nodes.copies * HOURS_PER_MONTH,
        "vcpu_hours": vcpu_hours,
        "memory_gib_hours": memory_hours,
        "input_tokens": filled(work.input_tokens[row]) * requests,
        "output_tokens": filled(work.output_tokens[row]) * requests,
        "log_gib": _log_kib(money) * _started_requests(nodes, demand) * KIB / GIB,
        "scanned_tib": filled(money["gib_per_query"]) * _queries(nodes, flows, demand)[row] * shares / 1024.0,
        "steps": filled(money["steps_per_run"], 1.0) * requests,
        "shards": filled(money["partitions"]) * HOURS_PER_MONTH * nodes.copies,
        "builds": filled(nodes.column("service", "runs_per_day"))[row] * DAYS_PER_MONTH * nodes.copies,
        "users": filled(money["users_count"]) * nodes.copies,
    }


def _queries(nodes: Nodes, flows: Flows, demand: Demand) -> Floats:
    """Return (n,) calls a month that read: requests but writes; what else arrives is loaded, unless it scans.

    Loading a warehouse is free at the large providers; only what a query reads is billed.
    """
    asks = (flows.operation != WRITE) & ((flows.interaction == REQUEST) | (flows.operation != READ))
    return sum_by(flows.target, filled(demand.flow_mean) * asks, len(nodes.ids)) * SECONDS_PER_MONTH


def stored_gib(nodes: Nodes, month: int) -> Floats:
    """Return (n,) GiB that each node keeps in a month."""
    return np.asarray(stored_by_month(nodes, np.array([month]))[:, 0])


def stored_by_month(nodes: Nodes, months: Ints) -> Floats:
    """Return (n, h) GiB that each node keeps in each of the months (h,).

    It grows by what arrives until that is as old as the retention; what is there today stays, for nobody knows its age.
    """
    start, step = (filled(nodes.column("money", name)) for name in ("storage_gib", "storage_growth_gib_month"))
    days = nodes.column("money", "retention_days")
    kept = np.where(np.isnan(days), np.inf, np.maximum(start, step * days / DAYS_PER_MONTH))
    return np.asarray(np.minimum(start[:, None] + step[:, None] * months, kept[:, None]))


def _log_kib(money: dict[str, Floats]) -> Floats:
    """Return KiB of logs and sampled spans that a monitoring node keeps per request of the users."""
    spans = money["spans_per_request"] * money["span_kib"] * money["sample_share"]
    return filled(money["log_kib_per_request"]) + filled(spans)


def _started_requests(nodes: Nodes, demand: Demand) -> float:
    """Return the requests a month that all users nodes start."""
    emits = nodes.column("demand", "peak_rate_rps") > 0
    return known_sum(demand.node_mean[emits]) * SECONDS_PER_MONTH


_MONEY = (
    "spans_per_request",
    "span_kib",
    "sample_share",
    "vcpu",
    "memory_gib",
    "log_kib_per_request",
    "gib_per_query",
    "steps_per_run",
    "partitions",
    "users_count",
)


def flow_bytes(flows: Flows, demand: Demand) -> tuple[Floats, Floats]:
    """Return (m,) mean bytes/s with and against the direction of each flow."""
    forward = demand.flow_mean * filled(flows.column("request_kib")) * KIB
    backward = demand.flow_mean * filled(flows.column("response_kib")) * KIB
    volume = flows.column("gib_per_day") * GIB / SECONDS_PER_DAY
    return np.where(np.isnan(volume), forward, volume), backward


def _payload(nodes: Nodes, flows: Flows, demand: Demand) -> tuple[Floats, Floats]:
    n = len(nodes.ids)
    forward, backward = flow_bytes(flows, demand)
    forward, backward = filled(forward), filled(backward)
    received = sum_by(flows.target, forward, n) + sum_by(flows.source, backward, n)
    answered = sum_by(flows.target, backward, n)
    if len(flows.via):
        received, answered = received + through(flows, forward, n), answered + through(flows, backward, n)
    return received * SECONDS_PER_MONTH, answered * SECONDS_PER_MONTH


def _items(nodes: Nodes, flows: Flows, demand: Demand, chosen: Floats) -> Floats:
    """Return (n,) items a month that arrive over the chosen flows; a call without a stated number is one item."""
    per_call = filled(flows.column("items"), 1.0) * chosen
    rate = filled(demand.flow_mean) * per_call
    return sum_by(flows.target, rate, len(nodes.ids)) * SECONDS_PER_MONTH


def tiered(price: UnitPrice, quantity: Floats) -> Floats:
    """Return USD for each quantity under graduated tiers (piecewise linear)."""
    usd = np.zeros_like(quantity)
    for number, tier in enumerate(price.tiers):
        top = price.tiers[number + 1].from_quantity if number + 1 < len(price.tiers) else np.inf
        usd += np.clip(np.minimum(quantity, top) - tier.from_quantity, 0.0, None) * tier.unit_price_usd
    return usd


def billed_quantities(nodes: Nodes) -> tuple[str, ...]:
    """Return the names of the quantities that `item_lines` multiplies by a price."""
    drawn = (nodes.kind(row) for row in np.unique(nodes.kind_code, return_index=True)[1].tolist())
    return tuple(sorted({spec.quantity for kind in drawn if kind is not None for spec in kind.billing}))


def item_lines(catalog: Catalog, nodes: Nodes, amount: dict[str, Floats], price_factor: float) -> list[Line]:
    """Return the usage lines of the kinds: one per item, provider and region."""
    code = nodes.kind_code[nodes.row_node] * (len(nodes.place_list) + 1) + nodes.places
    managed = nodes.column("money", "managed")
    lines = []
    for rows in groups_of(code):
        kind = nodes.kind(int(nodes.row_node[rows[0]]))
        provider, region = nodes.place_list[nodes.places[rows[0]]].key
        for spec in kind.billing if kind else ():
            chosen = rows[_applies(spec, managed[nodes.row_node[rows]])]
            quantity = amount[spec.quantity][chosen] * spec.scale
            if len(chosen) and np.any(quantity > 0):
                lines.append(_item_line(catalog, spec, provider, region, chosen, quantity, price_factor))
    return lines


def _applies(spec: BillingLine, managed: Floats) -> np.ndarray:
    if spec.when == "always":
        return np.ones(len(managed), dtype=bool)
    return np.asarray((managed == 0.0) if spec.when == "self_run" else (managed != 0.0))


def _item_line(
    catalog: Catalog, spec: BillingLine, provider: str, region: str, rows: Ints, quantity: Floats, factor: float
) -> Line:
    price = catalog.unit_price(provider, region, spec.item) if provider else None
    label = spec.label or Text(spec.item.replace("_", " "))
    if price is None:
        where = f"{provider} {region}".strip() or Text("no provider")
        usd = np.where(quantity > 0, np.nan, 0.0)
        return Line(
            label,
            "usage",
            "row",
            rows,
            usd,
            reason=Text("No price of {label} at {where} is known.", label=label, where=where),
            quantity=quantity,
        )
    usd = tiered(price, quantity) * factor
    return Line(label, "usage", "row", rows, usd, price.source, price.date, price.status, "", quantity, price.unit)


def token_lines(catalog: Catalog, nodes: Nodes, amount: dict[str, Floats], price_factor: float) -> list[Line]:
    """Return the lines of hosted models billed per token."""
    lines = []
    for row in np.flatnonzero(is_one_of(nodes.station[nodes.row_node], EXTERNAL, LLM)):
        node = nodes.elements[nodes.row_node[row]]
        kind = nodes.kind(int(nodes.row_node[row]))
        parameter = kind.parameter("model_api") if kind else None
        if parameter is None:
            continue
        identifier = str(value_of(node, "model_api") or "")
        api = catalog.model_api(identifier)
        own_in, own_out = (
            nodes.column("money", f"{way}_usd_per_million")[nodes.row_node[row]] for way in ("input", "output")
        )
        members = np.array([row])
        tokens_in, tokens_out = amount["input_tokens"][members], amount["output_tokens"][members]
        label = Text("tokens of {identifier}", identifier=identifier) if identifier else Text("model tokens")
        if not (np.isnan(own_in) or np.isnan(own_out)):
            usd = (tokens_in * own_in + tokens_out * own_out) / 1e6
            lines.append(Line(label, "model API", "row", members, usd, Text("your input"), "", "overlay"))
            continue
        if api is None or api.input_usd_per_million is None or api.output_usd_per_million is None:
            usd = np.where(tokens_in + tokens_out > 0, np.nan, 0.0)
            reason = Text(
                "No token price of “{identifier}” is known; choose a model of the catalog or set your own price.",
                identifier=identifier,
            )
            lines.append(Line(label, "model API", "row", members, usd, reason=reason))
            continue
        usd = (tokens_in * api.input_usd_per_million + tokens_out * api.output_usd_per_million) / 1e6 * price_factor
        lines.append(
            Line(
                label,
                "model API",
                "row",
                members,
                usd,
                api.source,
                api.date,
                "published",
                "",
                tokens_in + tokens_out,
                "token",
            )
        )
    return lines


def own_price_lines(nodes: Nodes, amount: dict[str, Floats]) -> list[Line]:
    """Return contract prices per month, prices per item and bought hardware spread over its life.

    A contract is for the whole node, however many sites it has: each site bears its part.
    """
    lines = []
    sites = np.bincount(nodes.row_node, minlength=len(nodes.ids))[nodes.row_node]
    money = {name: nodes.column("money", name)[nodes.row_node] for name in _OWN}
    hardware = money["hardware_usd"] / money["life_months"] * nodes.replicas * nodes.copies
    items = np.where(np.isnan(money["items_per_month"]), amount["requests"], money["items_per_month"])
    for label, usd in (
        (Text("contract"), money["price_usd_month"] * nodes.copies / sites),
        (Text("per item"), money["cost_per_item_usd"] * items),
        (Text("storage at your price"), money["price_usd_gib_month"] * amount["stored_gib"]),
        (Text("hardware over its life"), hardware),
    ):
        rows = np.flatnonzero(filled(usd) != 0.0)
        if len(rows):
            lines.append(Line(label, CONTRACT, "row", rows, usd[rows], Text("your input"), "", "overlay"))
    return lines


_OWN = (
    "price_usd_month",
    "cost_per_item_usd",
    "items_per_month",
    "hardware_usd",
    "life_months",
    "price_usd_gib_month",
)


def plan_lines(design: Design, nodes: Nodes, cloud_usd: float, compute_usd: float) -> list[Line]:
    """Return people, support and the other environments: lines of the whole plan, from the brief's assumptions.

    People are those stated in the brief, else the hours that the nodes need.
    """
    brief = design.brief
    managed = nodes.column("money", "managed") != 0.0
    hours = np.where(managed, nodes.column("money", "ops_hours_managed"), nodes.column("money", "ops_hours_self_run"))
    hours = np.where(np.isnan(hours), nodes.column("money", "ops_hours_managed"), hours)
    stated = value_of(brief, "people_fte")
    needed = known_sum(hours) / max(_brief(design, "people_hours_month"), 1.0)
    people = (needed if stated is None else float(stated)) * _brief(design, "people_usd_month")
    environments = _brief(design, "staging_share") + _brief(design, "dev_share")
    lines = []
    for label, category, usd in (
        (Text("people"), "people", people),
        (Text("support plan"), "support", cloud_usd * _brief(design, "support_percent")),
        (Text("staging and development"), "environments", compute_usd * environments * BUSINESS_HOURS_SHARE),
    ):
        if usd:
            origin = Text("brief") if brief.params else Text("default of the brief")
            lines.append(Line(label, category, "plan", np.array([0]), np.array([usd]), origin, "", "assumption"))
    return lines


def _brief(design: Design, name: str) -> float:
    value = value_of(design.brief, name)
    return float(value) if isinstance(value, int | float) else 0.0


def close(lines: list[Line], nodes: Nodes, flows: Flows) -> Bill:
    """Return the bill with the sums per owner."""
    by_owner: dict[str, list[Line]] = {"row": [], "flow": [], "plan": []}
    for line in lines:
        by_owner[line.owner].append(line)
    rows, row_usd = _joined(by_owner["row"])
    members, flow_usd = _joined(by_owner["flow"])
    owner = nodes.row_node[rows]
    dark = [
        by_owner[kind][number]
        for kind, usd in (("row", row_usd), ("flow", flow_usd))
        for number in _lines_without_price(by_owner[kind], usd)
    ]
    return Bill(
        tuple(lines),
        sum_by(owner, np.where(np.isnan(row_usd), 0.0, row_usd), len(nodes.ids)),
        sum_by(members, np.where(np.isnan(flow_usd), 0.0, flow_usd), len(flows.ids)),
        total_of(by_owner["plan"]),
        np.unique(owner[np.isnan(row_usd)]),
        np.unique(members[np.isnan(flow_usd)]),
        tuple(dark),
    )


def _lines_without_price(lines: list[Line], usd: Floats) -> list[int]:
    """Return the numbers of the lines that have NaN among their joined amounts."""
    unknown = np.flatnonzero(np.isnan(usd))
    if not len(unknown):
        return []
    ends = np.cumsum([len(line.usd) for line in lines])
    return sorted(set(np.searchsorted(ends, unknown, side="right").tolist()))


def total_of(lines: list[Line]) -> float:
    """Return USD a month of what is priced in these lines."""
    return known_sum(_joined(lines)[1])


def _joined(lines: list[Line]) -> tuple[Ints, Floats]:
    """Return the members and amounts of all lines, one behind the other."""
    if not lines:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    return np.concatenate([line.members for line in lines]), np.concatenate([line.usd for line in lines])
