"""Truth cases: read a file, run a case through its adapter, compare number by number.

A file has the schema `truth-case/1`: `{"schema"?, "cases": [{id, model, inputs, expected, tolerance, source}]}`.
A number passes within the relative or the absolute tolerance; `exact` asks for equality; `by_key` overrides `default`.
A tolerance note of the form "may return up to A ... never return fewer than B" makes A and B a range: the found
values of both keys have to lie between the expected numbers.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Adapter = Callable[[dict[str, Any]], dict[str, Any]]

EXACT: Mapping[str, Any] = {"exact": True}
OBSERVED: Mapping[str, tuple[str, ...]] = {"training_gpu_hours": ("gpu_hours",)}
"""Per model the expected keys that are observations others are derived from; adapters get them under "observed"."""
_UP_TO = re.compile(r"may return up to (\w+)")
_AT_LEAST = re.compile(r"never return fewer than (\w+)")


class TruthFileError(Exception):
    """A truth file that cannot be read; the text says which, where and what to do."""


@dataclass(frozen=True)
class Mismatch:
    """One key of a case whose value is not the expected one."""

    key: str
    expected: object
    actual: object
    reason: str = ""

    def __str__(self) -> str:
        """Return one line: key, expected, actual and the reason if it says more."""
        tail = f" ({self.reason})" if self.reason else ""
        return f"{self.key}: expected {self.expected!r}, got {self.actual!r}{tail}"


@dataclass(frozen=True)
class Outcome:
    """What became of one case: `built` is false when no adapter knows its model."""

    case_id: str
    model: str
    built: bool
    mismatches: tuple[Mismatch, ...] = ()

    @property
    def passed(self) -> bool:
        """True if the model is built and every expected key agrees."""
        return self.built and not self.mismatches


def load_cases(path: Path) -> list[dict[str, Any]]:
    """Return the cases of one file; raise TruthFileError with a sentence if it is not one."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TruthFileError(f"{path} cannot be read: {error.strerror}. Give the path of a truth file.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise TruthFileError(f"{path} is not JSON ({place}): {error.msg}. Repair it there.") from error
    schema = document.get("schema", "truth-case/1") if isinstance(document, dict) else "truth-case/1"
    cases = document.get("cases") if isinstance(document, dict) else document
    if schema != "truth-case/1" or not isinstance(cases, list):
        raise TruthFileError(f"{path} does not have the schema truth-case/1 with a list `cases`.")
    for index, case in enumerate(cases):
        missing = [key for key in ("id", "model", "inputs", "expected") if key not in case]
        if missing:
            raise TruthFileError(f"{path}: case {index + 1} lacks {', '.join(missing)}.")
    return cases


def run_case(case: Mapping[str, Any], adapters: Mapping[str, Adapter]) -> Outcome:
    """Evaluate one case; a model that fails with an exception is a mismatch that says so."""
    model = str(case["model"])
    adapter = adapters.get(model)
    if adapter is None:
        return Outcome(str(case["id"]), model, built=False)
    inputs = dict(case["inputs"])
    if model in OBSERVED:
        inputs["observed"] = {key: case["expected"][key] for key in OBSERVED[model] if key in case["expected"]}
    try:
        actual = adapter(inputs)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        return Outcome(str(case["id"]), model, True, (Mismatch("(all)", case["expected"], None, reason),))
    return Outcome(str(case["id"]), model, True, tuple(compare(case["expected"], actual, case.get("tolerance") or {})))


def compare(expected: Mapping[str, Any], actual: Mapping[str, Any], tolerance: Mapping[str, Any]) -> Iterator[Mismatch]:
    """Yield what differs between the expected and the produced keys."""
    allowed_range = _range_of_note(expected, str(tolerance.get("note", "")))
    for key, wanted in expected.items():
        if key not in actual:
            yield Mismatch(key, wanted, None, "the model does not produce this key")
        elif allowed_range is not None and key in allowed_range[0]:
            low, high = allowed_range[1]
            if not low <= actual[key] <= high:
                yield Mismatch(key, f"{low} to {high}", actual[key])
        else:
            yield from _compare_value(key, key, wanted, _plain(actual[key]), tolerance)


def _range_of_note(expected: Mapping[str, Any], note: str) -> tuple[set[str], tuple[float, float]] | None:
    """Return the keys and the bounds of a range that a note grants, if it grants one."""
    upper, lower = _UP_TO.search(note), _AT_LEAST.search(note)
    if upper is None or lower is None or upper[1] not in expected or lower[1] not in expected:
        return None
    return {upper[1], lower[1]}, (float(expected[lower[1]]), float(expected[upper[1]]))


def _compare_value(
    path: str, key: str, wanted: object, found: object, tolerance: Mapping[str, Any]
) -> Iterator[Mismatch]:
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            yield Mismatch(path, wanted, found, "a mapping is expected")
            return
        for name, value in wanted.items():
            if name not in found:
                yield Mismatch(f"{path}.{name}", value, None, "the model does not produce this key")
            else:
                inner = name if name in (tolerance.get("by_key") or {}) else key
                yield from _compare_value(f"{path}.{name}", inner, value, found[name], tolerance)
    elif isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            yield Mismatch(path, wanted, found, "the lists differ in length")
            return
        for index, value in enumerate(wanted):
            yield from _compare_value(f"{path}[{index}]", key, value, found[index], tolerance)
    elif not _agrees(wanted, found, _limits(key, tolerance)):
        yield Mismatch(path, wanted, found)


def _limits(key: str, tolerance: Mapping[str, Any]) -> Mapping[str, Any]:
    by_key = tolerance.get("by_key") or {}
    chosen = by_key.get(key) or tolerance.get("default") or EXACT
    return chosen if isinstance(chosen, Mapping) else EXACT


def _agrees(wanted: object, found: object, limits: Mapping[str, Any]) -> bool:
    numeric = (int, float)
    if isinstance(wanted, bool) or not isinstance(wanted, numeric) or not isinstance(found, numeric):
        return bool(wanted == found)
    if limits.get("exact") or wanted == found:
        return bool(wanted == found)
    if not (math.isfinite(wanted) and math.isfinite(found)):
        return math.isnan(wanted) and math.isnan(found)
    difference = abs(found - wanted)
    return bool(difference <= limits.get("rel", 0.0) * abs(wanted) or difference <= limits.get("abs", 0.0))


def _plain(value: Any) -> Any:
    """Return numpy arrays and scalars, tuples and sets as the JSON types a file can hold."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    return value
