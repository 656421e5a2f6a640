"""Truth adapters: from the inputs of a published case to the models and back to its keys."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from tests.truth.adapters import (
    ai_capacity,
    autoscaling,
    choice,
    cost,
    experiments,
    placement,
    queueing,
    reliability,
)

Adapter = Callable[[dict[str, Any]], dict[str, Any]]

MODULES: tuple[ModuleType, ...] = (
    queueing,
    autoscaling,
    choice,
    ai_capacity,
    cost,
    reliability,
    experiments,
    placement,
)


def all_adapters() -> dict[str, Adapter]:
    """Return the adapter of every model name; a name claimed twice is an error."""
    adapters: dict[str, Adapter] = {}
    for module in MODULES:
        doubles = adapters.keys() & module.ADAPTERS.keys()
        if doubles:
            raise ValueError(f"{module.__name__} claims models that another module has: {sorted(doubles)}")
        adapters.update(module.ADAPTERS)
    return adapters
