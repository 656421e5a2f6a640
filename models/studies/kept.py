"""Results of the short studies in the form in which a project keeps them: one per kind, plain JSON values."""

from __future__ import annotations

from typing import Any

import msgspec

from models.studies.autoscaling import AutoscalingComparison
from models.studies.multi_cloud import MultiCloudPlan
from models.studies.provider_costs import ProviderComparison
from models.studies.simulation import Simulation
from models.studies.uncertainty import CostBands
from models.words import plain

KINDS: dict[str, type[msgspec.Struct]] = {
    "provider-comparison": ProviderComparison,
    "multi-cloud-plan": MultiCloudPlan,
    "simulation": Simulation,
    "autoscaling-comparison": AutoscalingComparison,
    "cost-bands": CostBands,
}
"""Kind of a study that a project keeps → what it results in."""


def kind_of(result: object) -> str | None:
    """Return the kind under which a result is kept; None if its kind is not kept."""
    return next((kind for kind, made in KINDS.items() if type(result) is made), None)


def to_value(result: object) -> Any:
    """Return a result as a JSON value: what is read back from it is equal."""
    return msgspec.json.decode(msgspec.json.encode(result, enc_hook=plain))


def from_value(kind: str, value: object) -> object | None:
    """Return the result that a value stands for; None if another version kept it in another form: it is run again."""
    made = KINDS.get(kind)
    if made is None:
        return None
    try:
        return msgspec.convert(value, made)
    except msgspec.ValidationError:
        return None
