"""Flows between regions: what they carry against the line between the two: drawn, else measured, else assumed."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from models.design.elements import Id
from models.evaluation.bill import GIB
from models.evaluation.columns import filled
from models.evaluation.network_links import line_of
from models.evaluation.places import resolve
from models.evaluation.result import Evaluation
from models.frameworks.cloud_selection.inputs import number
from models.frameworks.cloud_selection.requirements import Requirements
from models.moves.regions import Key

BYTES_PER_GBIT = 1e9 / 8.0


class Link(NamedTuple):
    """One flow between two regions: mean bytes/s carried, bytes/s of the line, hours to copy what its target stores.

    Attributes:
        basis: `measured`, `assumed`, or the names of the VPNs or interconnects it goes through; `carried` is then what
            all flows through the fullest of them carry together.
    """

    flow: Id
    source: Id
    target: Id
    carried: float
    line: float
    basis: str
    hours: float

    @property
    def share(self) -> float:
        """Share of the line that the flow takes."""
        return self.carried / self.line if self.line > 0 else float("inf")


class _Far(NamedTuple):
    """A flow between two regions: its number, its line in bytes/s, what that rests on, and its fullest link or -1."""

    row: int
    line: float
    basis: str
    link: int = -1


def links(evaluation: Evaluation, requirements: Requirements, least: float = 0.0) -> tuple[Link, ...]:
    """Return the flows whose two ends have no region in common and that take `least` of their line, fullest first."""
    flows, rates = evaluation.pipeline.flows, evaluation.flow_column("bytes_per_s").tolist()
    found = []
    for row, line, basis, through in _far(evaluation, requirements):
        sharing = [row] if through < 0 else flows.via[flows.via[:, 1] == through, 0].tolist()
        carried = sum(rates[other] for other in sharing if rates[other] == rates[other])
        if line > 0 and carried < least * line:
            continue
        flow = flows.elements[row]
        stored = one_copy_gib(evaluation, flow.target) * GIB
        hours = stored / line / 3600.0 if line > 0 else float("inf")
        found.append(Link(flows.ids[row], flow.source, flow.target, carried, line, basis, hours))
    return tuple(sorted(found, key=lambda link: -link.share))


class Fill(NamedTuple):
    """A copy of a store in a further region: GiB of one copy, bytes/s of the line, what it rests on, hours to fill."""

    node: Id
    origin: Key
    place: Key
    role: str
    stored_gib: float
    line: float
    basis: str

    @property
    def hours(self) -> float:
        """Hours until the whole copy has gone over the line."""
        return self.stored_gib * GIB / self.line / 3600.0 if self.line > 0 else float("inf")


def one_copy_gib(evaluation: Evaluation, node: Id) -> float:
    """Return the GiB that the fullest site of a node stores, without the copies of its boundary; 0 without any."""
    nodes = evaluation.pipeline.nodes
    mine = nodes.row_node == nodes.row_of[node]
    held = filled(evaluation.money.amount["stored_gib"])[mine] / np.maximum(nodes.copies[mine], 1)
    return float(held.max(initial=0.0))


def fills(evaluation: Evaluation, requirements: Requirements) -> tuple[Fill, ...]:
    """Return the copies of stores in regions beyond that of their first active site, the slowest first."""
    assumed = number(evaluation.design, "exit/gbit_s")
    found = []
    for key, places in requirements.places.items():
        gib = one_copy_gib(evaluation, key) if len(places) > 1 else 0.0
        if gib <= 0:
            continue
        node = evaluation.design.nodes[key]
        sites = [(site, resolve(evaluation.design, site.boundary).key) for site in node.sites]
        origin = next((place for site, place in sites if site.role == "active"), sites[0][1])
        roles = {place: site.role for site, place in reversed(sites)}
        for place in places:
            if place != origin:
                fact = evaluation.catalog.throughput_gbit_s(origin, place)
                gbit, basis = (fact.value, "measured") if fact is not None else (assumed, "assumed")
                role = roles[place].replace("_", " ")
                found.append(Fill(key, origin, place, role, gib, gbit * BYTES_PER_GBIT, basis))
    return tuple(sorted(found, key=lambda fill: -fill.hours))


def _far(evaluation: Evaluation, requirements: Requirements) -> tuple[_Far, ...]:
    """Return the flows whose two ends have no region in common."""
    places, flows = requirements.places, evaluation.pipeline.flows
    assumed = number(evaluation.design, "exit/gbit_s") * BYTES_PER_GBIT

    @cache
    def line(here: Key, there: Key) -> tuple[float, str]:
        fact = evaluation.catalog.throughput_gbit_s(here, there)
        return (assumed, "assumed") if fact is None else (fact.value * BYTES_PER_GBIT, "measured")

    nodes = evaluation.pipeline.nodes

    def drawn(row: int) -> _Far | None:
        named = flows.via[flows.via[:, 0] == row, 1].tolist()
        if not named:
            return None
        lines = {node: line_of(nodes, node) for node in named}
        least = min(named, key=lines.__getitem__)
        return _Far(row, lines[least], " → ".join(nodes.elements[node].name for node in named), least)

    def find() -> tuple[_Far, ...]:
        found = []
        for row, flow in enumerate(flows.elements):
            here, there = places.get(flow.source, ()), places.get(flow.target, ())
            if here and there and not set(here) & set(there):
                found.append(drawn(row) or _Far(row, *line(here[0], there[0])))
        return tuple(found)

    bandwidths = tuple(line_of(nodes, node) for node in dict.fromkeys(flows.via[:, 1].tolist()))
    return evaluation.pipeline.stages.run("far flows", (flows, places, assumed, bandwidths), find)
