"""Rules about what holds several clouds together: links that are not drawn, and links that are full."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.evaluation.bill import GB, HOURS_PER_MONTH, SECONDS_PER_MONTH
from models.evaluation.network_links import line_of
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.rules import Check, Hit, Rule
from models.moves.links import OUTSIDE
from models.report import Message, Remedy

GUARDED = frozenset({"confidential", "personal", "card_data", "health", "personal_images"})
Place = tuple[str, str]


def unlinked_clouds(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Flows between two providers that go through no VPN or interconnect; one hit per pair of providers."""
    pairs: dict[tuple[str, str], list[int]] = {}
    for row in _crossing(reading).tolist():
        ends = (reading.main_places[end[row]][0] for end in (reading.source, reading.target))
        first, second = sorted(ends)
        pairs.setdefault((first, second), []).append(row)
    for (first, second), rows in pairs.items():
        catalog = reading.evaluation.catalog
        names = [catalog.providers[key].name if key in catalog.providers else key for key in (first, second)]
        guarded = sorted({word.replace("_", " ") for row in rows for word in _classes(reading, row)})
        words = {
            "number": f"{len(rows)} flow{'s' if len(rows) > 1 else ''}",
            "names": " and ".join(names),
            "flows": reading.flow_names(rows),
            "volume": reading.text(float(reading.mean_bytes[rows].sum()), "byte/s"),
            "data": f", {' and '.join(guarded)} data among it" if guarded else "",
            "worth": _interconnect_words(reading, rows),
        }
        sold = any(catalog.service("vpn", key) is not None for key in (first, second))
        args = {"flows": list(reading.flow_ids(rows)), "kind": "vpn"}
        label = Message("Lead {number} through VPNs, identity federated", {"number": words["number"]})
        remedy = Remedy("link_clouds", args, label) if sold else None
        evidence = tuple(f"flow/{key}/bytes_per_s" for key in reading.flow_ids(rows[:1]))
        yield Hit(reading.flow_ids(rows), words, evidence, remedy, "warning" if guarded else None)


def _crossing(reading: Reading) -> np.ndarray:
    """Return the numbers of the flows between two providers that no link carries."""
    providers = [place[0] for place in reading.main_places]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(providers))}
    at = np.array([numbers[name] for name in providers], dtype=np.int64)
    run = ~reading.of_kind(*OUTSIDE) & np.array([name not in ("", "on_premises") for name in providers], dtype=bool)
    shared = np.array([place.copies > 1 for place in reading.nodes.place_list], dtype=bool)
    own = np.zeros(reading.n, dtype=bool)
    own[reading.nodes.row_node[shared[reading.nodes.places]]] = True
    run &= ~own
    crossing = (at[reading.source] != at[reading.target]) & run[reading.source] & run[reading.target]
    crossing[reading.flows.via[:, 0]] = False
    return np.flatnonzero(crossing)


def _classes(reading: Reading, row: int) -> set[str]:
    """Return the guarded classes of data that a flow states, else those that its ends hold."""
    stated = reading.flow_value(row, "data_class")
    held = [stated] if stated else [reading.value(end[row], "data_class") for end in (reading.source, reading.target)]
    return {str(word) for word in held if word in GUARDED}


def _interconnect_words(reading: Reading, rows: list[int]) -> str:
    """Return from which volume a month on a private line is cheaper than egress, over the first flow's ends."""
    catalog = reading.evaluation.catalog
    here, there = (reading.main_places[int(end[rows[0]])] for end in (reading.source, reading.target))
    egress = catalog.transfer_price(here, there) if here[1] and there[1] else None
    line = catalog.unit_price(*here, "interconnect_data")
    ports = [catalog.unit_price(*place, "interconnect_port") for place in (here, there)]
    if egress is None or line is None or any(port is None for port in ports):
        return ""
    paid = next((tier.unit_price_usd for tier in egress.tiers if tier.unit_price_usd > 0), 0.0)
    saved = paid - line.tiers[0].unit_price_usd
    monthly = sum(port.tiers[0].unit_price_usd for port in ports if port is not None) * HOURS_PER_MONTH
    if saved <= 0:
        return ""
    worth = reading.text(monthly / saved * GB / SECONDS_PER_MONTH, "byte/s")
    return f" An interconnect costs {monthly:,.0f} USD a month and pays from {worth} on, as it replaces egress."


def full_link(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A VPN or interconnect whose flows together take most of its bandwidth."""
    flows = reading.flows
    for link in np.unique(flows.via[:, 1]).tolist():
        rows = flows.via[flows.via[:, 1] == link, 0].tolist()
        line, carried = line_of(reading.nodes, link), float(reading.mean_bytes[rows].sum())
        if carried > rule.limit("share") * line:
            words = {
                "name": reading.name(link),
                "share": reading.text(carried / line, "fraction"),
                "flows": reading.flow_names(rows),
                "volume": reading.text(carried, "byte/s"),
                "line": f"{line * 8 / 1e9:.3g} Gbit/s",
                "limit": reading.text(rule.limit("share"), "fraction"),
            }
            yield Hit((reading.nodes.ids[link], *reading.flow_ids(rows)), words)


CHECKS: dict[str, Check] = {"unlinked_clouds": unlinked_clouds, "full_link": full_link}
