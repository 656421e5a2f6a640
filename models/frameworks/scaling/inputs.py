"""What the architect can set for this framework, at its default until set (`in/scaling/…`)."""

from __future__ import annotations

from collections.abc import Mapping

from models.design.design import Design
from models.design.elements import Value
from models.design.kinds import Parameter
from models.words import Text

FRAMEWORK = "scaling"
_ROWS = (
    Parameter(
        "hold_months",
        Text("Months that must hold"),
        Text("A node that is full earlier is reported with the replicas that hold this long."),
        type="integer",
        unit="months",
        minimum=1,
        maximum=120,
        default=12,
    ),
    Parameter(
        "regions",
        Text("Regions to choose"),
        Text("How many regions the proposal of places may use."),
        type="integer",
        minimum=1,
        maximum=3,
        default=2,
    ),
    Parameter(
        "test_factor",
        Text("Load test above the peak"),
        Text("The load test runs at this multiple of the modelled peak."),
        unit="×",
        minimum=1,
        maximum=10,
        default=1.5,
    ),
    Parameter(
        "test_minutes",
        Text("Length of the load test"),
        Text("How long the load test stays at its height."),
        unit="min",
        minimum=5,
        maximum=1_440,
        default=30,
    ),
    Parameter(
        "policy",
        Text("Autoscaling policy compared"),
        Text("The simulated policy that the chart shows."),
        type="choice",
        default="conservative",
        choices=("conservative", "aggressive", "scheduled", "predictive"),
    ),
    Parameter(
        "policy_against",
        Text("Compared with"),
        Text("The policy that stands beside it in the chart."),
        type="choice",
        default="as drawn",
        choices=("as drawn", "conservative", "aggressive", "scheduled", "predictive"),
    ),
    Parameter(
        "log_interval_s",
        Text("Interval of the replication log"),
        Text("Seconds between two shipments of the changes to another region."),
        unit="s",
        minimum=0,
        maximum=86_400,
        default=1.0,
    ),
    Parameter(
        "roaming_share",
        Text("Keys used in several regions"),
        Text("Share of the requests whose key (customer, card, session) is also written in another region."),
        unit="%",
        minimum=0,
        maximum=1,
        default=0.01,
    ),
    Parameter(
        "stale_usd",
        Text("Cost of an old value"),
        Text("What one request that sees an old value costs, for example a fraud that passes."),
        unit="USD",
        minimum=0,
        maximum=1e6,
        default=0.0,
    ),
    Parameter(
        "rpo_s",
        Text("Allowed loss of data (RPO)"),
        Text("Seconds of writes that the death of a region may lose; empty = no promise."),
        unit="s",
        minimum=0,
        maximum=1e7,
    ),
    Parameter(
        "rto_s",
        Text("Allowed time to recover (RTO)"),
        Text("Seconds from the death of a region until users are served elsewhere; empty = no promise."),
        unit="s",
        minimum=0,
        maximum=1e7,
    ),
    Parameter(
        "scaling_test",
        Text("Measured scaling"),
        Text(
            "Requests at once, throughput and (if measured) p95 in ms of a load test, as “1: 98, 2: 190: 12, "
            "4: 350: 15”; a table of k6, Locust or JMeter fills it in."
        ),
        type="text",
        default="",
    ),
    Parameter(
        "tested_node",
        Text("Tested node"),
        Text("Id of the node that was tested; empty = the whole system."),
        type="text",
        default="",
    ),
)
INPUTS: Mapping[str, Parameter] = {row.name: row for row in _ROWS}


def held(design: Design, path: str) -> Value:
    """Return the input, or its default while it is not set or cannot be used. Raises KeyError for an unknown path."""
    parameter = INPUTS[path]
    found = design.input(FRAMEWORK, path)
    if found is None or found.value is None or parameter.problem(found.value):
        return parameter.default
    return found.value
