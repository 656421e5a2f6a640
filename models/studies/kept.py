"""Results of the short studies in the form in which a project keeps them: one per kind, plain JSON values.

A text is kept with its key and its values, so that a window says it in its own language when it is opened again.
"""

from __future__ import annotations

from typing import Any, SupportsIndex

import msgspec

from models.studies.autoscaling import AutoscalingComparison
from models.studies.multi_cloud import MultiCloudPlan
from models.studies.provider_costs import ProviderComparison
from models.studies.simulation import Simulation
from models.studies.uncertainty import CostBands
from models.words import Number, Text, text_of_key

KINDS: dict[str, type[msgspec.Struct]] = {
    "provider-comparison": ProviderComparison,
    "multi-cloud-plan": MultiCloudPlan,
    "simulation": Simulation,
    "autoscaling-comparison": AutoscalingComparison,
    "cost-bands": CostBands,
}
"""Kind of a study that a project keeps → what it results in."""


TEXT, NUMBER = "text_key", "written_number"
"""The fields that tell a kept text and a kept number from other values."""


def kind_of(result: object) -> str | None:
    """Return the kind under which a result is kept; None if its kind is not kept."""
    return next((kind for kind, made in KINDS.items() if type(result) is made), None)


def to_value(result: object) -> Any:
    """Return a result as a JSON value: what is read back from it is equal."""
    return msgspec.json.decode(msgspec.json.encode(result, enc_hook=_kept))


def from_value(kind: str, value: object) -> object | None:
    """Return the result that a value stands for; None if another version kept it in another form: it is run again."""
    made = KINDS.get(kind)
    if made is None:
        return None
    try:
        return msgspec.convert(_read(value), made)
    except (msgspec.ValidationError, KeyError, TypeError, ValueError, IndexError):
        return None


def _kept(value: object) -> object:
    """Return a text or a number as a JSON value from which it is read back; the encoder's hook."""
    if isinstance(value, Text):
        return {TEXT: value.key, "other": value.other, "args": dict(value.args)}
    if isinstance(value, Number):
        return {NUMBER: str(value)}
    if isinstance(value, float):
        return float(value)
    if isinstance(value, SupportsIndex):
        return int(value)
    raise TypeError(f"{value!r} is not kept in a file.")


def _read(value: Any) -> Any:
    """Return a JSON value with the texts and numbers in it as they were."""
    if isinstance(value, list):
        return [_read(each) for each in value]
    if not isinstance(value, dict):
        return value
    if TEXT in value:
        return text_of_key(str(value[TEXT]), str(value["other"]), _read(dict(value["args"])))
    if NUMBER in value:
        return Number(value[NUMBER])
    return {key: _read(each) for key, each in value.items()}
