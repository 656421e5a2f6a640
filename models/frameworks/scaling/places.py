"""Where: the regions nearest to the users by measured round trips, against the ones drawn."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.analyses.location import Median, p_median
from models.catalog.catalog import Catalog, UnknownPlace
from models.design.kinds import value_of
from models.evaluation.columns import Floats, filled, of_kinds
from models.formatting import format_value
from models.frameworks.scaling.capacity import Capacity
from models.frameworks.scaling.inputs import held
from models.moves.regions import open_regions
from models.report import Cell, Column, Finding, Message, Table
from models.words import Text, joined

WORTH_S = 0.03


def user_shares(capacity: Capacity) -> dict[str, float]:
    """Return the share of all requests that come from each place, weighted by the peak rates of the users nodes."""
    found: dict[str, float] = {}
    for row in np.flatnonzero(of_kinds(capacity.nodes, "users")):
        places = capacity.nodes.elements[row].params.get("places")
        if not isinstance(places, dict):
            continue
        rate = float(filled(capacity.evaluation.traffic.demand.node_peak[row]))
        total = sum(places.values()) or 1.0
        for place, share in places.items():
            found[place] = found.get(place, 0.0) + rate * share / total
    whole = sum(found.values())
    return {place: rate / whole for place, rate in found.items()} if whole > 0 else {}


def drawn_regions(capacity: Capacity) -> tuple[tuple[str, str], ...]:
    """Return the places at which users enter."""
    nodes, journeys = capacity.nodes, capacity.evaluation.pipeline.journeys
    entries = np.unique(journeys.entry[journeys.first_flow >= 0])
    found: dict[tuple[str, str], None] = {}
    for row in np.flatnonzero(np.isin(nodes.row_node, entries) & (nodes.role == 0)):
        place = nodes.place_list[nodes.places[row]]
        if place.region and place.provider:
            found[place.key] = None
    return tuple(found)


@lru_cache(maxsize=64)
def _distances(
    catalog: Catalog, provider: str, places: tuple[str, ...], residency: str
) -> tuple[tuple[tuple[str, str], ...], Floats]:
    """Return the regions open to the residency, and (places, regions) round trips in seconds; inf = not known."""
    regions = open_regions(catalog, provider, residency)
    table = np.full((len(places), len(regions)), np.inf)
    for column, region in enumerate(regions):
        for row, place in enumerate(places):
            table[row, column] = _trip(catalog, place, (provider, region.id))
    reached = np.isfinite(table).all(axis=0)
    keys = tuple((provider, region.id) for region, known in zip(regions, reached, strict=True) if known)
    return keys, table[:, reached]


def _trip(catalog: Catalog, place: str, region: tuple[str, str]) -> float:
    try:
        return catalog.round_trip_from_place_ms(place, region).value / 1e3
    except UnknownPlace:
        return float("inf")


class Proposal(NamedTuple):
    """Regions by number chosen, with the users' mean round trip to the nearest; `drawn` that of the drawing."""

    regions: tuple[tuple[tuple[str, str], ...], ...]
    means: tuple[float, ...]
    drawn: tuple[tuple[str, str], ...]
    drawn_mean: float
    shares: dict[str, float]


def propose(capacity: Capacity) -> Proposal | None:
    """Return the best one to three regions of the provider that users enter at; None where a place is not known."""
    shares, drawn = user_shares(capacity), drawn_regions(capacity)
    if not shares or not drawn:
        return None
    evaluation = capacity.evaluation
    residency = str(value_of(evaluation.design.brief, "residency") or "none")
    places, weight = tuple(shares), tuple(shares.values())
    keys = _distances(evaluation.catalog, drawn[0][0], places, residency)[0]
    if not keys:
        return None
    most = min(int(held(evaluation.design, "regions")), len(keys))
    found = [_median(evaluation.catalog, drawn[0][0], places, residency, weight, number) for number in _to(most)]
    own = np.array([[_trip(evaluation.catalog, place, region) for region in drawn] for place in places])
    regions = tuple(tuple(keys[one] for one in median.chosen) for median in found)
    means = tuple(median.mean for median in found)
    return Proposal(regions, means, drawn, float(np.array(weight) @ own.min(axis=1)), shares)


def _to(most: int) -> range:
    return range(1, most + 1)


@lru_cache(maxsize=64)
def _median(
    catalog: Catalog, provider: str, places: tuple[str, ...], residency: str, weight: tuple[float, ...], number: int
) -> Median:
    return p_median(_distances(catalog, provider, places, residency)[1], weight, number)


def table(found: Proposal | None) -> Table | None:
    """Return the users' round trip from the drawing and from the best regions."""
    if found is None:
        return None
    columns = (Column(Message("Regions")), Column(Message("Users' mean round trip"), "s"))
    rows: list[tuple[Cell, ...]] = [(Text("as drawn: {regions}", regions=_names(found.drawn)), found.drawn_mean)]
    for regions, mean in zip(found.regions, found.means, strict=True):
        rows.append((Text("best {count}: {regions}", count=len(regions), regions=_names(regions)), mean))
    where = joined(joined((place, format_value(share, "fraction")), " ") for place, share in found.shares.items())
    return Table(Message("Where users are ({where})", {"where": where}), columns, tuple(rows))


def _names(regions: tuple[tuple[str, str], ...]) -> str:
    return ", ".join("/".join(region) for region in regions)


def findings(capacity: Capacity, found: Proposal | None) -> list[Finding]:
    """Return that users wait on the line although a nearer set of as many regions is open to them."""
    if found is None:
        return []
    number = len(found.drawn)
    if number > len(found.means) or not found.drawn_mean - found.means[number - 1] > WORTH_S:
        return []
    words = {
        "now": format_value(found.drawn_mean, "s"),
        "then": format_value(found.means[number - 1], "s"),
        "where": _names(found.regions[number - 1]),
    }
    title = Message("Users are nearer to {where}", words)
    why = Message(
        "Their mean round trip is {now} and would be {then} (p-median of the users' places over measured round trips). "
        "Every request and every new connection pays the difference.",
        words,
    )
    journeys = tuple(journey.id for journey in capacity.evaluation.journeys)
    return [Finding("scaling.nearer_region", "note", title, why, journeys, ("total/last_p95_s",))]
