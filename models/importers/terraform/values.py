"""Attributes of a resource by their path: blocks are descended into, lists mean their first item, `*` all of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from models.importers.quantities import cpus, gib, runs_per_day

_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
_CRON = re.compile(r"cron\(([^)]*)\)")
_PER_DAY = {"minute": 1440.0, "hour": 24.0, "day": 1.0}
_MOST_ITEMS = 2000
_DEEPEST = 40


def every(values: Any, path: str) -> Iterator[Any]:
    """Yield what stands at a path: `a.b` in blocks, `a.*.b` in each of a list of blocks, `a@json.b` in a JSON text."""
    if isinstance(values, dict) and path.isidentifier():
        yield values.get(path)
    else:
        yield from _descend(values, path.split("."), 0)


def _descend(value: Any, parts: list[str], at: int) -> Iterator[Any]:
    if isinstance(value, list) and (at == len(parts) or parts[at] != "*"):
        if at == len(parts):
            yield value
        elif value:
            yield from _descend(value[0], parts, at)
        return
    if at == len(parts):
        yield value
        return
    part = parts[at]
    if part == "*":
        for item in value[:_MOST_ITEMS] if isinstance(value, list) else [value]:
            yield from _descend(item, parts, at + 1)
        return
    if not isinstance(value, Mapping):
        return
    rest = ".".join(parts[at:])
    if rest in value and "." in rest:
        yield value[rest]
        return
    name, _, form = part.partition("@")
    inner = value.get(name)
    yield from _descend(_parsed(inner) if form == "json" else inner, parts, at + 1)


def _parsed(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def is_set(value: Any) -> bool:
    """Return whether an attribute holds anything: no null, no empty text, list or mapping."""
    return value is not None and value not in ("", [], {})


def first(values: Any, paths: Iterable[str]) -> Any:
    """Return what stands at the first path that holds something, or None."""
    for path in paths:
        for value in every(values, path):
            if is_set(value):
                return value
    return None


def text(values: Any, paths: Iterable[str]) -> str:
    """Return the text at the first path that holds one, or an empty text."""
    for path in paths:
        for value in every(values, path):
            plain = value[0] if isinstance(value, list) and value else value
            if isinstance(plain, str) and plain.strip():
                return plain.strip()
    return ""


def number(value: Any) -> float | None:
    """Return a finite number of 0 to 10¹², or None if the value is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found <= 1e12 else None


def whole(values: Any, paths: Iterable[str]) -> int | None:
    """Return the count at the first path that holds one, or None."""
    for path in paths:
        for value in every(values, path):
            found = number(value)
            if found is not None and found <= 1_000_000:
                return int(found)
    return None


def total(values: Any, paths: Iterable[str]) -> float:
    """Return the sum of the numbers at all paths."""
    return sum(number(value) or 0.0 for path in paths for value in every(values, path))


def amount(value: Any, form: str) -> float | None:
    """Return the number of an amount of Kubernetes: processors (`cpu`) or GiB (`bytes`, `binary`)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:g}"
    if not isinstance(value, str):
        return None
    return cpus(value) if form == "cpu" else gib(value, binary=form == "binary")


def daily_runs(expression: Any) -> float | None:
    """Return runs a day of `rate(5 minutes)`, of `cron(…)` with six fields or of a cron schedule with five, or None."""
    if not isinstance(expression, str):
        return None
    rate = _RATE.fullmatch(expression.strip())
    if rate:
        return _PER_DAY[rate.group(2)] / max(int(rate.group(1)[:9]), 1)
    cron = _CRON.fullmatch(expression.strip())
    fields = (cron.group(1) if cron else expression).replace("?", "*").split()
    return runs_per_day(" ".join(fields[:5]))


def environment(values: Any, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the variables at the paths: a mapping, or a list of blocks with name and value."""
    for path in paths:
        for value in every(values, path):
            if isinstance(value, Mapping):
                yield from _pairs(value)
            elif isinstance(value, list):
                for item in value[:_MOST_ITEMS]:
                    if isinstance(item, Mapping):
                        yield from _pairs(item)
            elif isinstance(value, str) and value:
                yield path, value


def _pairs(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name, written = value.get("name"), value.get("value")
    if isinstance(name, str) and set(value) <= {"name", "value", "value_from", "value_source", "secret_name"}:
        yield name, written if isinstance(written, str) else ""
        return
    for key, inner in list(value.items())[:_MOST_ITEMS]:
        if isinstance(inner, str | int | float):
            yield str(key), str(inner)


def without(values: Any, secret: Any, depth: int = 0) -> Any:
    """Return the values without what `secret` marks as sensitive: `true` at any place hides all below it."""
    if secret is True:
        return None
    if depth > _DEEPEST or not secret:
        return values
    if isinstance(values, dict) and isinstance(secret, dict):
        return {key: without(value, secret.get(key), depth + 1) for key, value in values.items()}
    if isinstance(values, list) and isinstance(secret, list):
        marks = [*secret, *[None] * (len(values) - len(secret))]
        return [without(value, mark, depth + 1) for value, mark in zip(values, marks, strict=False)]
    return values


def texts(value: Any, most: int = _MOST_ITEMS) -> Iterator[str]:
    """Yield the texts inside a value, at most `most` of them."""
    stack, seen = [value], 0
    while stack and seen < most:
        each = stack.pop()
        seen += 1
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)
