"""Which provider and region the frames of a sketch are, and which region is assumed where none is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import ascii_lowercase

from models.catalog.records import Region
from models.design.kinds import boundary_axis
from models.importers.home import assumed_region, provider_name, region_beginning, region_named, zone_named
from models.importers.sketch import Box, Frame, Sketch
from models.words import Text, quoted

_ON_PREMISES = "on_premises"
_LETTER_LAST = 3
_SAYS_ZONE = re.compile(r"\b(availability|zone|az)\b", re.IGNORECASE)


def settle_places(sketch: Sketch, vendors: Mapping[str, int], name: str) -> None:
    """Give regions and zones their ids; where a provider has no region, assume one and say so.

    Args:
        vendors: how many stencils of the library of each provider are drawn.
        name: the file, for notes.
    """
    by_key = {frame.key: frame for frame in sketch.frames}
    regions: dict[str, Region] = {}
    common = next(iter(vendors)) if len(vendors) == 1 else ""
    for frame in sketch.frames:
        provider = _provider_of(frame, by_key) or common
        zone = zone_named(_SAYS_ZONE.sub("", frame.name), provider) if frame.kind in ("team", "zone") else None
        if zone is not None:
            frame.kind, frame.params["zone"] = "zone", zone[1]
            regions[frame.key] = zone[0]
        elif frame.kind == "team" and (region_named(frame.name, provider) or region_beginning(frame.name, provider)):
            frame.kind = "region"
        if frame.kind == "region":
            _settle_region(sketch, frame, provider, name)
    _name_zones(sketch)
    _assume_regions(sketch, regions)
    placed = any(frame.kind in ("provider", "region") for frame in sketch.frames)
    assumed = assumed_region(common) if common and not placed else None
    if assumed is not None:
        sketch.home_region = f"{assumed.provider}/{assumed.id}"
        what = Text(
            "All shapes of a provider are of {provider}, and no region is drawn: {region} is assumed as home region.",
            provider=provider_name(common),
            region=assumed.id,
        )
        sketch.say("info", (name, 0), what)


def _provider_of(frame: Frame, by_key: dict[str, Frame]) -> str:
    above = (by_key[key].params.get("provider") for key in (frame.key, *frame.frames) if key in by_key)
    return next((str(provider) for provider in above if provider), "")


def _settle_region(sketch: Sketch, frame: Frame, provider: str, name: str) -> None:
    region = region_named(frame.name, provider) or region_named(frame.name)
    if region is None:
        region = region_beginning(frame.name, provider) or (assumed_region(provider) if provider else None)
        if region is not None:
            what = Text(
                "“{frame}” names no region of {provider} that is in the catalog: {region} is assumed.",
                frame=frame.name,
                provider=provider_name(provider),
                region=region.id,
            )
            sketch.say("warning", frame.mark, what)
    if region is not None:
        frame.params.update(provider=region.provider, region=region.id)


def _name_zones(sketch: Sketch) -> None:
    """Give each zone an id of its own: the letter or number at its end, else the next free letter."""
    zones = [frame for frame in sketch.frames if frame.kind == "zone"]
    ends = [frame.name.split()[-1].lower() if frame.name.split() else "" for frame in zones]
    taken = {end for end in ends if len(end) <= _LETTER_LAST or region_named(end)}
    letters = (letter for letter in ascii_lowercase if letter not in taken)
    used: set[str] = set()
    for frame, end in zip(zones, ends, strict=True):
        zone = str(frame.params.get("zone", ""))
        if not zone:
            zone = end if end in taken and end not in used else next(letters, frame.key)
        used.add(zone)
        frame.params["zone"] = zone
        if len(frame.name) <= len("Zone"):
            frame.name = f"Zone {zone}"


def _assume_regions(sketch: Sketch, of_zones: dict[str, Region]) -> None:
    """Put what lies in a provider's frame, but in no region, into a region of it, so that it has prices."""
    told: set[str] = set()
    kinds_of = {frame.key: frame.kind for frame in sketch.frames}
    for account in [frame for frame in sketch.frames if frame.kind == "provider"]:
        provider = str(account.params.get("provider", ""))
        region = assumed_region(provider) if provider and provider != _ON_PREMISES else None
        inner = [zone for zone in sketch.frames if zone.key in of_zones and account.key in zone.frames]
        said = region is not None and bool(inner)
        region = of_zones[inner[0].key] if said else region
        if provider != _ON_PREMISES and region is None:
            what = Text(
                "{name} is no provider of the catalog; what lies in it is priced as in the home region.",
                name=quoted(account.name),
            )
            if what not in told and not said:
                sketch.say("warning", account.mark, what)
            told.add(what)
        if region is None:
            continue
        key = f"{account.key}/region"
        inside = False
        items: list[Box | Frame] = [*sketch.boxes, *sketch.frames]
        for item in items:
            frames = item.frames
            if account.key not in frames or item.key == key:
                continue
            axis = boundary_axis(item.kind) if isinstance(item, Frame) else "deployment"
            between = [kinds_of.get(each) for each in frames[: frames.index(account.key)]]
            own = item.kind if isinstance(item, Frame) else ""
            if axis == "deployment" and not {"region", "provider"} & {*between, own}:
                frames.insert(frames.index(account.key), key)
                inside = True
        if inside:
            sketch.frames.append(
                Frame(
                    key=key,
                    name=region.id if said else f"{region.id} (assumed)",
                    kind="region",
                    mark=account.mark,
                    params={"provider": region.provider, "region": region.id},
                    note=f"As its zones say: {region.id}." if said else f"No region is named; {region.id} is assumed.",
                    frames=[account.key, *account.frames],
                )
            )
            what = Text(
                "“{frame}” names no region: {region} is assumed for what lies in it.",
                frame=account.name,
                region=region.id,
            )
            if what not in told and not said:
                sketch.say("warning", account.mark, what)
            told.add(what)
