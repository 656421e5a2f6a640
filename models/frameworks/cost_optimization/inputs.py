"""What the architect can set for the money: tags, budgets, how shared cost is split, and how cautious savings are."""

from __future__ import annotations

from collections.abc import Mapping

from models.design.design import Design
from models.design.elements import Value
from models.design.kinds import Parameter
from models.words import Text

ID = "cost-optimization"
_SOURCE = "Groundplan defaults, assumption"


def _number(
    name: str, label: Text, text: Text, unit: str, least: float | None, most: float | None, default: Value
) -> Parameter:
    return Parameter(name, label, text, "number", unit, least, most, default, source=_SOURCE)


_TABLE = (
    Parameter(
        "group_by",
        Text("Group cost by"),
        Text("Tag whose values the cost is charged to; or “boundary”, “place” or “service” where no tag is called so."),
        "text",
        default="team",
        source=_SOURCE,
        group=Text("Tags"),
    ),
    Parameter(
        "allowed_values",
        Text("Allowed tag values"),
        Text("Allowed values by tag, for example “environment: production, staging; team: Feed, ML”. Empty = any."),
        "text",
        default="",
        source=_SOURCE,
        group=Text("Tags"),
    ),
    Parameter(
        "shared_rule",
        Text("Split of shared cost"),
        Text("How untagged cost, people, support and other environments are split over the groups."),
        "choice",
        default="proportional",
        choices=("proportional", "even", "fixed"),
        source=_SOURCE,
        group=Text("Tags"),
    ),
    Parameter(
        "shared_shares",
        Text("Fixed shares"),
        Text("Share of each group when shared cost is split by fixed shares."),
        "shares",
        default={},
        source=_SOURCE,
        group=Text("Tags"),
    ),
    Parameter(
        "budgets",
        Text("Budgets of groups"),
        Text("USD a month by “tag=value” or by the name of a boundary. The plan's own budget stands in the brief."),
        "shares",
        default={},
        source=_SOURCE,
        group=Text("Budgets"),
    ),
    _number(
        "demand_ratio",
        Text("Demand, p90 over p50"),
        Text("How far the demand may exceed the expected one in 1 of 10 cases."),
        "×",
        1.0,
        10.0,
        1.3,
    ),
    _number(
        "price_ratio",
        Text("Prices, p90 over p50"),
        Text("How far prices may exceed today's in 1 of 10 cases."),
        "×",
        1.0,
        3.0,
        1.1,
    ),
    _number(
        "storage_ratio",
        Text("Growth of storage, p90 over p50"),
        Text("How far stored data may grow faster than expected in 1 of 10 cases."),
        "×",
        1.0,
        10.0,
        1.5,
    ),
    _number(
        "ready_for_months",
        Text("Sized for growth of"),
        Text("Months of growth that a smaller size must still carry; a saving that fails before is not offered."),
        "months",
        0,
        36,
        6,
    ),
    Parameter(
        "commitment",
        Text("Commitment"),
        Text("Term that commitments are computed for."),
        "choice",
        default="reserved_1y",
        choices=("reserved_1y", "reserved_3y"),
        source=_SOURCE,
        group=Text("Savings"),
    ),
    _number(
        "interruptions_per_day",
        Text("Interruptions of spot capacity"),
        Text("Expected interruptions of one machine per day."),
        "/day",
        0,
        24,
        1.2,
    ),
    _number(
        "restart_hours",
        Text("Restart after an interruption"),
        Text("Hours until an interrupted job works again."),
        "h",
        0,
        24,
        0.25,
    ),
    Parameter(
        "non_production",
        Text("Not production"),
        Text("Values of the tag environment, env or stage whose machines may be switched off outside working hours."),
        "text",
        default="dev, development, test, staging, qa, sandbox",
        source=_SOURCE,
        group=Text("Savings"),
    ),
    _number(
        "working_hours",
        Text("Working hours of a week"),
        Text("Hours a week that machines outside production run when they are switched off otherwise."),
        "h/week",
        1,
        168,
        50,
    ),
    _number(
        "least_saving",
        Text("Smallest saving worth a finding"),
        Text("Share of the month's cost below which a saving is only listed."),
        "%",
        0,
        1,
        0.02,
    ),
    _number("tax", Text("Tax"), Text("Tax on the cloud bill, shown beside the total and never in it."), "%", 0, 1, 0),
    Parameter(
        "frontier_node",
        Text("Node of the frontier"),
        Text("Node whose machines are compared; empty = the dearest one that plain machines run."),
        "text",
        default="",
        source=_SOURCE,
        group=Text("Savings"),
    ),
    Parameter(
        "benchmarks",
        Text("Measured throughput"),
        Text("Requests/s of one machine at full load, by machine type; overrides the model in the frontier."),
        "shares",
        default={},
        source=_SOURCE,
        group=Text("Savings"),
    ),
    Parameter(
        "bill_rules",
        Text("Mapping of bills"),
        Text(
            "Which bill lines belong to a node, in order: “Tags.team = Feed -> Feed API; ResourceId ~ *sqs* -> Jobs”."
        ),
        "text",
        default="",
        source=_SOURCE,
        group=Text("Bill"),
    ),
)
INPUTS: Mapping[str, Parameter] = {parameter.name: parameter for parameter in _TABLE}


def setting(design: Design, path: str) -> Value:
    """Return an input: the architect's value, else its default. Raises KeyError for an unknown path.

    A value that cannot be is read as the default; `problems` names it.
    """
    found, parameter = design.input(ID, path), INPUTS[path]
    if found is None or found.value is None or parameter.problem(found.value) is not None:
        return parameter.default
    return found.value


def number(design: Design, path: str) -> float:
    """Return a numeric input."""
    return float(setting(design, path))


def problems(design: Design) -> list[tuple[str, Text]]:
    """Return (path, sentence) for every input that is out of its range or of the wrong type."""
    found = []
    for path, element in design.inputs(ID).items():
        parameter = INPUTS.get(path)
        sentence = parameter.problem(element.value) if parameter is not None else None
        if sentence:
            found.append((path, sentence))
    return found
