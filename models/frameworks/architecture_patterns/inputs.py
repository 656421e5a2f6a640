"""What the architect can set for this framework, at its default until set (`in/architecture-patterns/…`)."""

from __future__ import annotations

from collections.abc import Mapping

from models.design.design import Design
from models.design.elements import Value
from models.design.kinds import Parameter
from models.words import Text

FRAMEWORK = "architecture-patterns"

INPUTS: Mapping[str, Parameter] = {
    "outage_minutes": Parameter(
        "outage_minutes",
        Text("Outage that buffers must outlive"),
        Text(
            "How long a reader may be down; queues and streams are checked for what they hold and how long it "
            "takes to work it off."
        ),
        unit="min",
        minimum=1,
        maximum=10_080,
        default=60,
    )
}


def held(design: Design, path: str) -> Value:
    """Return the input, or its default while it is not set or cannot be used."""
    found = design.input(FRAMEWORK, path)
    parameter = INPUTS[path]
    if found is None or found.value is None or parameter.problem(found.value):
        return parameter.default
    return found.value
