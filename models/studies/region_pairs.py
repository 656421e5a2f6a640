"""What lies between the candidate regions of a placement: price per GB and round trip, by the links that are chosen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.catalog.catalog import Catalog, UnknownPlace
from models.design.kinds import kinds
from models.evaluation.network_links import INTERCONNECT
from models.moves.regions import Key

Floats = NDArray[np.float64]
DEAREST_EGRESS = 0.12
"""USD per GB that stands in where no price of traffic out of a region is known: the dearest first tier known."""


def egress(catalog: Catalog, regions: tuple[Key, ...], link: str) -> Floats:
    """Return (R, R) USD per GB from region to region at the first tier that costs; inside a region 0.

    Between two providers that both sell an interconnect it is the price of the line, where that is known.
    """
    prices = np.zeros((len(regions), len(regions)))
    for row, here in enumerate(regions):
        for column, there in enumerate(regions):
            if row != column:
                price = catalog.transfer_price(here, there) if here in catalog.region_table else None
                both = all(catalog.service(INTERCONNECT, place[0]) is not None for place in (here, there))
                if link == INTERCONNECT and here[0] != there[0] and both:
                    price = catalog.unit_price(*here, "interconnect_data") or price
                paid = [tier.unit_price_usd for tier in price.tiers if tier.unit_price_usd > 0] if price else []
                prices[row, column] = paid[0] if paid else 0.0 if price else DEAREST_EGRESS
    return prices


def round_trips(catalog: Catalog, regions: tuple[Key, ...], link: str) -> Floats:
    """Return (R, R) round trips in s; between places that are not known as far as the farthest known pair.

    A link adds its time at both ends where providers differ.
    """
    times = np.full((len(regions), len(regions)), np.nan)
    for row, here in enumerate(regions):
        for column, there in enumerate(regions):
            try:
                times[row, column] = catalog.round_trip_ms(here, there).value / 1e3 if row != column else 0.0
            except UnknownPlace:
                continue
    known = np.where(np.isnan(times), np.nanmax(times), times)
    owner = np.array([region[0] for region in regions])
    parameter = kinds().nodes[link].parameter("service_time_ms") if link else None
    added = 2.0 * float(parameter.default) / 1e3 if parameter is not None else 0.0
    return np.asarray(known + added * (owner[:, None] != owner[None, :]))
