"""What the architect can set for the choice of a cloud: hard requirements, weights, judgments, the exit."""

from __future__ import annotations

from collections.abc import Mapping

from models.catalog.catalog import Catalog
from models.design.design import Design
from models.design.elements import Id, Value
from models.design.kinds import Parameter

ID = "cloud-selection"
_SOURCE = "Groundplan defaults, assumption"
_CLOUDS = (("aws", "AWS"), ("azure", "Azure"), ("gcp", "Google Cloud"), ("oci", "Oracle Cloud"))

WEIGHTS: Mapping[str, tuple[str, float]] = {
    "services": ("Services on offer", 10),
    "ai": ("AI services on offer", 6),
    "accelerators": ("Accelerators for sale", 8),
    "latency": ("Nearness to the users", 8),
    "regions": ("Regions to fall back to", 4),
    "promise": ("Promised availability", 4),
    "cost": ("Total cost", 34),
    "tools": ("Cost tools", 6),
    "lock_in": ("Freedom to leave", 10),
    "drift": ("Stable prices", 4),
    "familiarity": ("Experience of the teams", 6),
}
"""Criterion → (name, weight in points while nobody set one)."""


def criterion_noun(criterion: str) -> str:
    """Return what a criterion is called inside a sentence; abbreviations stay as they are."""
    first, *rest = WEIGHTS[criterion][0].split(" ")
    return " ".join([first if first.isupper() else first.lower(), *rest])


def _text(name: str, label: str, text: str, group: str) -> Parameter:
    return Parameter(name, label, text, "text", default="", source=_SOURCE, group=group)


def _number(
    name: str, label: str, text: str, unit: str, least: float, most: float | None, default: Value, group: str
) -> Parameter:
    return Parameter(name, label, text, "number", unit, least, most, default, source=_SOURCE, group=group)


def _comparison(name: str, first: str, second: str) -> Parameter:
    text = f"How many times {first} matters more than {second}: 9 = far more, 1/9 = far less; empty = as the weights."
    return _number(f"compare/{name}", f"{first.capitalize()} against {second}", text, "×", 1 / 9, 9, None, "Comparison")


_TABLE = (
    _text("exclude", "Excluded providers", "Ids of providers that must not be chosen, with commas.", "Required"),
    _text("require", "Required accelerators", "Names such as H100, with commas.", "Required"),
    _text("keep", "Nodes that stay", "Names of nodes that stay where they are drawn, with commas.", "Required"),
    Parameter(
        "running",
        "The system runs already",
        "Then moving to another provider is part of its total cost.",
        "boolean",
        default=False,
        source=_SOURCE,
        group="Required",
    ),
    *(
        _number(f"weight/{key}", name, "Points; only their share counts.", "points", 0, 100, points, "Weights")
        for key, (name, points) in WEIGHTS.items()
    ),
    _comparison("technical-cost", "the technical side", "cost"),
    _comparison("technical-risk", "the technical side", "risk"),
    _comparison("cost-risk", "cost", "risk"),
    *(
        _number(
            f"familiarity/{key}", f"Experience with {name}", "A judgment: 1 = none, 5 = runs there now.", "of 5", 1, 5,
            3, "Judgments",
        )
        for key, name in _CLOUDS
    ),
    *(
        _text(f"reason/{key}", f"Why this experience with {name}", "Printed beside the judgment.", "Judgments")
        for key, name in _CLOUDS
    ),
    *(
        _number(
            f"shock/{key}", f"Price change at {name}", "Changes all prices of the provider, to see what turns.", "%",
            -0.9, 5, 0, "What if",
        )
        for key, name in _CLOUDS
    ),
    _text("exit/target", "Leave for", "Id of the provider to leave for; empty = the best of the others.", "Exit"),
    _number("exit/dual_months", "Both places run", "Months in which both places are paid.", "months", 0, 24, 1, "Exit"),
    _number(
        "exit/days_month", "Working days of the teams", "Person-days a month that the teams give to build or move.",
        "days", 1, 2000, 40, "Exit",
    ),
    _number(
        "exit/contract_months", "Months left on commitments", "Still owed after leaving, for reserved shares and "
        "committed spend without a date of their own.", "months", 0, 36, 6, "Exit",
    ),
    Parameter(
        "exit/start", "Start of the move", "First day of the exit plan, for example 2027-04; empty = the go-live of "
        "the brief. Dates of contracts are held against it.", "date", default="", source=_SOURCE, group="Exit",
    ),
    _number(
        "exit/gbit_s", "Line for the data", "Where no measured throughput is known.", "Gbit/s", 0.01, 400, 1, "Exit"
    ),
    _number(
        "build/managed_days", "Days to build, managed", "Person-days until a node that the provider runs is in use.",
        "days", 0, 500, 2, "First release",
    ),
    _number(
        "build/self_run_days", "Days to build, self-run", "Person-days until a node that the own team runs is in use.",
        "days", 0, 500, 6, "First release",
    ),
    _number(
        "multi/hours", "Hours per further provider", "Hours a month to run a further provider: accounts, identity, "
        "network, on-call.", "h/month", 0, 744, 20, "Several clouds",
    ),
    Parameter(
        "multi/link", "Link to a further provider", "Drawn at both ends by the plan and priced from the catalog.",
        "choice", default="vpn", choices=("vpn", "interconnect"), source=_SOURCE, group="Several clouds",
    ),
    Parameter(
        "multi/most_providers", "At most so many providers", "0 = as many as pay.", "integer", "", 0, 12, default=0,
        source=_SOURCE, group="Several clouds",
    ),
)  # fmt: skip

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


def problems_of(design: Design, catalog: Catalog) -> list[tuple[str, str]]:
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
                found.append((path, f"No provider has the id “{word}”; there are {', '.join(sorted(names))}."))
    kept = words(design, "keep")
    if not kept:
        return found
    named = {key.lower() for key in design.nodes} | {node.name.lower() for node in design.nodes.values()}
    found += [("keep", f"No node is called “{word}”.") for word in kept if word.lower() not in named]
    return found
