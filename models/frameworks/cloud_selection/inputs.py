"""What the architect can set for the choice of a cloud: hard requirements, weights, judgments, the exit."""

from __future__ import annotations

from collections.abc import Mapping

from models.catalog.catalog import Catalog
from models.design.design import Design
from models.design.elements import Id, Value
from models.design.kinds import Parameter
from models.words import Text

ID = "cloud-selection"
_SOURCE = "Groundplan defaults, assumption"
_CLOUDS = (("aws", "AWS"), ("azure", "Azure"), ("gcp", "Google Cloud"), ("oci", "Oracle Cloud"))

WEIGHTS: Mapping[str, tuple[Text, float]] = {
    "services": (Text("Services on offer"), 10),
    "ai": (Text("AI services on offer"), 6),
    "accelerators": (Text("Accelerators for sale"), 8),
    "latency": (Text("Nearness to the users"), 8),
    "regions": (Text("Regions to fall back to"), 4),
    "promise": (Text("Promised availability"), 4),
    "cost": (Text("Total cost"), 34),
    "tools": (Text("Cost tools"), 6),
    "lock_in": (Text("Freedom to leave"), 10),
    "drift": (Text("Stable prices"), 4),
    "familiarity": (Text("Experience of the teams"), 6),
}
"""Criterion → (name, weight in points while nobody set one)."""


_NOUNS: Mapping[str, Text] = {
    "services": Text("services on offer"),
    "ai": Text("AI services on offer"),
    "accelerators": Text("accelerators for sale"),
    "latency": Text("nearness to the users"),
    "regions": Text("regions to fall back to"),
    "promise": Text("promised availability"),
    "cost": Text("total cost"),
    "tools": Text("cost tools"),
    "lock_in": Text("freedom to leave"),
    "drift": Text("stable prices"),
    "familiarity": Text("experience of the teams"),
}


def criterion_noun(criterion: str) -> Text:
    """Return what a criterion is called inside a sentence."""
    return _NOUNS[criterion]


def _text(name: str, label: Text, text: Text, group: Text) -> Parameter:
    return Parameter(name, label, text, "text", default="", source=_SOURCE, group=group)


def _number(
    name: str, label: Text, text: Text, unit: str, least: float, most: float | None, default: Value, group: Text
) -> Parameter:
    return Parameter(name, label, text, "number", unit, least, most, default, source=_SOURCE, group=group)


def _comparison(name: str, label: Text) -> Parameter:
    text = Text("How many times the first matters more: 9 = far more, 1/9 = far less; empty = as the weights.")
    return _number(f"compare/{name}", label, text, "×", 1 / 9, 9, None, Text("Comparison"))


_TABLE = (
    _text(
        "exclude",
        Text("Excluded providers"),
        Text("Ids of providers that must not be chosen, with commas."),
        Text("Required"),
    ),
    _text("require", Text("Required accelerators"), Text("Names such as H100, with commas."), Text("Required")),
    _text(
        "keep",
        Text("Nodes that stay"),
        Text("Names of nodes that stay where they are drawn, with commas."),
        Text("Required"),
    ),
    Parameter(
        "running",
        Text("The system runs already"),
        Text("Then moving to another provider is part of its total cost."),
        "boolean",
        default=False,
        source=_SOURCE,
        group=Text("Required"),
    ),
    *(
        _number(
            f"weight/{key}", name, Text("Points; only their share counts."), "points", 0, 100, points, Text("Weights")
        )
        for key, (name, points) in WEIGHTS.items()
    ),
    _comparison("technical-cost", Text("The technical side against cost")),
    _comparison("technical-risk", Text("The technical side against risk")),
    _comparison("cost-risk", Text("Cost against risk")),
    *(
        _number(
            f"familiarity/{key}",
            Text("Experience with {name}", name=name),
            Text("A judgment: 1 = none, 5 = runs there now."),
            "of 5",
            1,
            5,
            3,
            Text("Judgments"),
        )
        for key, name in _CLOUDS
    ),
    *(
        _text(
            f"reason/{key}",
            Text("Why this experience with {name}", name=name),
            Text("Printed beside the judgment."),
            Text("Judgments"),
        )
        for key, name in _CLOUDS
    ),
    *(
        _number(
            f"shock/{key}",
            Text("Price change at {name}", name=name),
            Text("Changes all prices of the provider, to see what turns."),
            "%",
            -0.9,
            5,
            0,
            Text("What if"),
        )
        for key, name in _CLOUDS
    ),
    _text(
        "exit/target",
        Text("Leave for"),
        Text("Id of the provider to leave for; empty = the best of the others."),
        Text("Exit"),
    ),
    _number(
        "exit/dual_months",
        Text("Both places run"),
        Text("Months in which both places are paid."),
        "months",
        0,
        24,
        1,
        Text("Exit"),
    ),
    _number(
        "exit/days_month",
        Text("Working days of the teams"),
        Text("Person-days a month that the teams give to build or move."),
        "days",
        1,
        2000,
        40,
        Text("Exit"),
    ),
    _number(
        "exit/contract_months",
        Text("Months left on commitments"),
        Text("Still owed after leaving, for reserved shares and committed spend without a date of their own."),
        "months",
        0,
        36,
        6,
        Text("Exit"),
    ),
    Parameter(
        "exit/start",
        Text("Start of the move"),
        Text(
            "First day of the exit plan, for example 2027-04; empty = the go-live of the brief. Dates of "
            "contracts are held against it."
        ),
        "date",
        default="",
        source=_SOURCE,
        group=Text("Exit"),
    ),
    _number(
        "exit/gbit_s",
        Text("Line for the data"),
        Text("Where no measured throughput is known."),
        "Gbit/s",
        0.01,
        400,
        1,
        Text("Exit"),
    ),
    _number(
        "build/managed_days",
        Text("Days to build, managed"),
        Text("Person-days until a node that the provider runs is in use."),
        "days",
        0,
        500,
        2,
        Text("First release"),
    ),
    _number(
        "build/self_run_days",
        Text("Days to build, self-run"),
        Text("Person-days until a node that the own team runs is in use."),
        "days",
        0,
        500,
        6,
        Text("First release"),
    ),
    _number(
        "multi/hours",
        Text("Hours per further provider"),
        Text("Hours a month to run a further provider: accounts, identity, network, on-call."),
        "h/month",
        0,
        744,
        20,
        Text("Several clouds"),
    ),
    Parameter(
        "multi/link",
        Text("Link to a further provider"),
        Text("Drawn at both ends by the plan and priced from the catalog."),
        "choice",
        default="vpn",
        choices=("vpn", "interconnect"),
        source=_SOURCE,
        group=Text("Several clouds"),
    ),
    Parameter(
        "multi/most_providers",
        Text("At most so many providers"),
        Text("0 = as many as pay."),
        "integer",
        "",
        0,
        12,
        default=0,
        source=_SOURCE,
        group=Text("Several clouds"),
    ),
)

INPUTS: Mapping[str, Parameter] = {parameter.name: parameter for parameter in _TABLE}
"""Inputs of the framework by path (`in/cloud-selection/<path>`)."""


def setting(design: Design, path: str) -> Value:
    """Return the input of the architect, else its default; a value of the wrong type or range is not used."""
    parameter = INPUTS[path]
    given = design.input(ID, path)
    if given is None or given.value is None or parameter.problem(given.value) is not None:
        return parameter.default
    return given.value


def number(design: Design, path: str) -> float:
    """Return a number among the inputs; 0 when it has neither value nor default."""
    value = setting(design, path)
    return float(value) if isinstance(value, int | float) else 0.0


def words(design: Design, path: str) -> tuple[str, ...]:
    """Return a list that was written with commas."""
    return tuple(word.strip() for word in str(setting(design, path) or "").split(",") if word.strip())


def weights(design: Design) -> dict[str, float]:
    """Return the points of every criterion; the defaults when all were set to zero."""
    given = {key: number(design, f"weight/{key}") for key in WEIGHTS}
    return given if sum(given.values()) > 0 else {key: points for key, (_, points) in WEIGHTS.items()}


def kept_nodes(design: Design) -> tuple[Id, ...]:
    """Return the ids of the nodes that stay where they are drawn, named by id or name."""
    wanted = {word.lower() for word in words(design, "keep")}
    if not wanted:
        return ()
    return tuple(key for key, node in design.nodes.items() if key.lower() in wanted or node.name.lower() in wanted)


def problems_of(design: Design, catalog: Catalog) -> list[tuple[str, Text]]:
    """Return (path, sentence) for every input that cannot be used."""
    found = []
    for path, given in design.inputs(ID).items():
        parameter = INPUTS.get(path)
        sentence = parameter.problem(given.value) if parameter else None
        if sentence:
            found.append((path, sentence))
    known = {"exclude": set(catalog.providers), "exit/target": set(catalog.providers)}
    for path, names in known.items():
        for word in words(design, path):
            if word not in names:
                found.append(
                    (
                        path,
                        Text(
                            "No provider has the id “{word}”; there are {names}.",
                            word=word,
                            names=", ".join(sorted(names)),
                        ),
                    )
                )
    kept = words(design, "keep")
    if not kept:
        return found
    named = {key.lower() for key in design.nodes} | {node.name.lower() for node in design.nodes.values()}
    found += [("keep", Text("No node is called “{word}”.", word=word)) for word in kept if word.lower() not in named]
    return found
