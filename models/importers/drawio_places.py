"""Which provider and region the frames of a sketch are, and which region is assumed where none is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import ascii_lowercase

from msgspec.structs import replace

from models.catalog.records import Region
from models.design.kinds import boundary_axis
from models.importers.home import assumed_region, provider_name, region_beginning, region_named, zone_named
from models.importers.sketch import Box, Frame, Sketch
from models.interruption import while_wanted
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
            frame.kind, frame.params["zone"], frame.why = "zone", zone[1], "its label says so"
            regions[frame.key] = zone[0]
        elif frame.kind == "team" and (region_named(frame.name, provider) or region_beginning(frame.name, provider)):
            frame.kind, frame.why = "region", "its label says so"
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
    said: dict[str, Region] = {}
    for zone in sketch.frames:
        for key in zone.frames if zone.key in of_zones else ():
            said.setdefault(key, of_zones[zone.key])
    chosen: dict[str, Region] = {}
    told: set[str] = set()
    for account in sketch.frames:
        provider = str(account.params.get("provider", ""))
        if account.kind != "provider" or provider == _ON_PREMISES:
            continue
        region = said.get(account.key) or (assumed_region(provider) if provider else None)
        if region is not None:
            chosen[account.key] = region
            continue
        what = Text(
            "{name} is no provider of the catalog; what lies in it is priced as in the home region.",
            name=quoted(account.name),
        )
        if what not in told:
            sketch.say("warning", account.mark, what)
        told.add(what)
    filled = _filled(sketch, chosen)
    for account in [frame for frame in sketch.frames if frame.key in filled]:
        region, is_said = chosen[account.key], account.key in said
        sketch.frames.append(
            Frame(
                key=f"{account.key}/region",
                name=region.id if is_said else f"{region.id} (assumed)",
                kind="region",
                mark=account.mark,
                params={"provider": region.provider, "region": region.id},
                note=f"As its zones say: {region.id}." if is_said else f"No region is named; {region.id} is assumed.",
                frames=[account.key, *account.frames],
            )
        )
        what = Text(
            "“{frame}” names no region: {region} is assumed for what lies in it.", frame=account.name, region=region.id
        )
        if what not in told and not is_said:
            sketch.say("warning", account.mark, what)
        told.add(what)


def _filled(sketch: Sketch, chosen: Mapping[str, Region]) -> set[str]:
    """Put the assumed region between a provider and what lies in no region of it; return those that hold any."""
    kinds_of = {frame.key: frame.kind for frame in sketch.frames}
    filled: set[str] = set()
    items: list[Box | Frame] = [*sketch.boxes, *sketch.frames]
    for item in while_wanted(items):
        if isinstance(item, Frame) and (
            boundary_axis(item.kind) != "deployment" or item.kind in ("provider", "region")
        ):
            continue
        above = next((key for key in item.frames if kinds_of.get(key) in ("provider", "region")), "")
        if above in chosen:
            item.frames.insert(item.frames.index(above), f"{above}/region")
            filled.add(above)
        if isinstance(item, Box):
            item.sites = [
                replace(stand, frame=f"{stand.frame}/region") if stand.frame in chosen else stand
                for stand in item.sites
            ]
            filled.update(
                stand.frame.removesuffix("/region") for stand in item.sites if stand.frame.endswith("/region")
            )
    return filled & chosen.keys()
