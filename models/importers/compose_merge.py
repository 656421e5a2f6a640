"""One form for every way to write a Compose service, and the rules by which one file is laid over another."""

from __future__ import annotations

from typing import Any

from models.importers.yaml_reader import Map, Reset, Seq

_REPLACED = {"command", "entrypoint", "test"}
_MAPPED = ("environment", "labels", "networks", "depends_on", "sysctls", "extra_hosts")


def normalize_service(service: Map) -> Map:
    """Return the service with `environment`, `labels`, `networks` and `depends_on` as mappings.

    A variable without a value takes the text `${NAME}`: it is passed on from outside.
    """
    pairs = dict(service)
    for key in _MAPPED:
        value = pairs.get(key)
        if isinstance(value, Seq):
            pairs[key] = _mapped(value, key)
        elif isinstance(value, str) and key in ("networks", "depends_on"):
            pairs[key] = Map(service.at(key), {value: None}, {value: service.at(key)})
    environment = pairs.get("environment")
    if isinstance(environment, Map):
        passed = {name: f"${{{name}}}" if value is None else value for name, value in environment.items()}
        pairs["environment"] = Map(environment.mark, passed, environment.marks)
    result = Map(service.mark, pairs, service.marks)
    result.override = service.override
    return result


def _mapped(entries: Seq, key: str) -> Map:
    result = Map(entries.mark)
    result.override = entries.override
    for index, entry in enumerate(entries):
        if not isinstance(entry, str):
            continue
        name, separator, value = entry.partition("=")
        plain = key in ("networks", "depends_on")
        result[entry if plain else name] = value if separator and not plain else None
        result.marks[entry if plain else name] = entries.at(index)
    return result


def merge_maps(base: Map, over: Map) -> Map:
    """Return `over` laid over `base` by the rules of Compose.

    Mappings merge key by key, lists are joined, `command` and `entrypoint` are replaced, `!reset` takes a key away and
    `!override` replaces it.
    """
    result = Map(base.mark, dict(base), dict(base.marks))
    for key, value in over.items():
        merged = _merged(key, base.get(key), value)
        if isinstance(merged, Reset):
            result.pop(key, None)
            continue
        result[key] = merged
        result.marks[key] = over.at(key)
    return result


def _merged(key: str, before: Any, after: Any) -> Any:
    if getattr(after, "override", False):
        return after
    if isinstance(before, Map) and isinstance(after, Map):
        return merge_maps(before, after)
    if isinstance(before, Seq) and isinstance(after, Seq) and key not in _REPLACED:
        joined = Seq(before.mark, [*before], [before.at(index) for index in range(len(before))])
        for index, item in enumerate(after):
            if item not in before:
                joined.append(item)
                joined.marks.append(after.at(index))
        return joined
    if after is None and before is not None:
        return before
    return after
