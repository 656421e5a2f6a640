"""Rules about what holds several clouds together: links that are not drawn, and links that are full."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.design.elements import Flow, Node
from models.design.kinds import value_of
from models.evaluation.bill import GB, HOURS_PER_MONTH, SECONDS_PER_MONTH
from models.evaluation.network_links import line_of
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.rules import Check, Hit, Rule
from models.moves.links import OUTSIDE
from models.report import Message, Remedy
from models.words import Number, Text, counted, enumerated

GUARDED = frozenset({"confidential", "personal", "card_data", "health", "personal_images"})


def unlinked_clouds(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Flows between two providers that go through no VPN or interconnect; one hit per pair of providers."""
    pairs = _crossing(reading)
    for (first, second), rows in pairs.items():
        catalog = reading.evaluation.catalog
        names = [catalog.providers[key].name if key in catalog.providers else key for key in (first, second)]
        guarded = [Text(word.replace("_", " ")) for word in sorted(_classes(reading, rows))]
        words = {
            "number": counted("{count} flow", "{count} flows", len(rows)),
            "names": enumerated(names),
            "flows": reading.flow_names(rows),
            "volume": reading.text(float(reading.mean_bytes[rows].sum()), "byte/s"),
            "data": Text(", {guarded} data among it", guarded=enumerated(guarded)) if guarded else "",
            "worth": _interconnect_words(reading, rows),
        }
        sold = any(catalog.service("vpn", key) is not None for key in (first, second))
        args = {"flows": list(reading.flow_ids(rows)), "kind": "vpn"}
        label = Message("Lead {number} through VPNs, identity federated", {"number": words["number"]})
        remedy = Remedy("link_clouds", args, label) if sold else None
        evidence = tuple(f"flow/{key}/bytes_per_s" for key in reading.flow_ids(rows[:1]))
        yield Hit(reading.flow_ids(rows), words, evidence, remedy, "warning" if guarded else None)


def _crossing(reading: Reading) -> dict[tuple[str, str], list[int]]:
    """Return the numbers of the flows between two providers that no link carries, by the pair of providers."""
    nodes, flows = reading.nodes, reading.flows

    def find() -> dict[tuple[str, str], list[int]]:
        providers = [place[0] for place in reading.main_places]
        numbers = {name: number for number, name in enumerate(dict.fromkeys(providers))}
        at = np.array([numbers[name] for name in providers], dtype=np.int64)
        run = ~reading.of_kind(*OUTSIDE)
        run &= np.array([name not in ("", "on_premises") for name in providers], dtype=bool)
        copied = np.array([place.copies > 1 for place in nodes.place_list], dtype=bool)
        run[nodes.row_node[copied[nodes.places]]] = False
        crossing = (at[reading.source] != at[reading.target]) & run[reading.source] & run[reading.target]
        crossing[flows.via[:, 0]] = False
        pairs: dict[tuple[str, str], list[int]] = {}
        for row in np.flatnonzero(crossing).tolist():
            first, second = sorted((providers[reading.source[row]], providers[reading.target[row]]))
            pairs.setdefault((first, second), []).append(row)
        return pairs

    inputs = (nodes.kind_code, nodes.row_node, nodes.places, nodes.place_list, flows.source, flows.target, flows.via)
    return reading.stages.run("crossing clouds", inputs, find)


def _classes(reading: Reading, rows: list[int]) -> set[str]:
    """Return the guarded classes of data that the flows state; of those that state none, what their ends hold."""
    held = np.array(reading.stages.each("classes of nodes", reading.nodes.elements, _class_of))
    stated = np.array(reading.stages.each("classes of flows", reading.flows.elements, _class_of))[rows]
    silent = np.array(rows)[stated == ""]
    ends = np.concatenate([held[reading.source[silent]], held[reading.target[silent]]])
    return {*stated.tolist(), *ends.tolist()} & GUARDED


def _class_of(element: Node | Flow) -> str:
    return str(value_of(element, "data_class") or "")


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
    return Text(
        " An interconnect costs {monthly:,.0f} USD a month and pays from {worth} on, as it replaces egress.",
        monthly=monthly,
        worth=worth,
    )


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
                "line": Number(f"{line * 8 / 1e9:.3g} Gbit/s"),
                "limit": reading.text(rule.limit("share"), "fraction"),
            }
            yield Hit((reading.nodes.ids[link], *reading.flow_ids(rows)), words)


CHECKS: dict[str, Check] = {"unlinked_clouds": unlinked_clouds, "full_link": full_link}
