"""The criteria of the choice: what each provider scores for this drawing, where the value comes from, how sure it is.

An alternative maps every movable node to the provider that would run it, so that a drawing on several clouds is judged
like one on a single cloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from models.catalog.catalog import Catalog
from models.design.elements import Id
from models.evaluation.bill import CONTRACT
from models.evaluation.result import Evaluation
from models.frameworks.cloud_selection.inputs import number
from models.frameworks.cloud_selection.leaving import lock_in_level
from models.frameworks.cloud_selection.requirements import (
    Requirements,
    accelerator_sold,
    nearest_to_users,
    service_of,
)
from models.moves.regions import open_regions
from models.studies.provider_costs import AS_DRAWN, ProviderPlan, name_of
from models.words import Text

TOOLS_FILE = Path(__file__).parents[3] / "resources" / "frameworks" / "cost_tools.json"
PRICE_BAND = 0.1
MOST_REGIONS = 10.0
CHANGED = 0.001
NOT_BILLED = frozenset({"people", CONTRACT, "environments"})


class Criterion(NamedTuple):
    """One criterion: direction +1 (more is better) or -1, worst and best value that are thought of, and its source."""

    id: str
    group: Literal["technical", "cost", "risk"]
    direction: int
    worst: float
    best: float
    unit: str
    source: str
    judged: bool = False


class Score(NamedTuple):
    """The value of one alternative under one criterion: None = not known; `spread` is one standard deviation."""

    value: float | None
    spread: float = 0.0
    note: str = ""


CRITERIA: tuple[Criterion, ...] = (
    Criterion("services", "technical", 1, 0.0, 1.0, "fraction", Text("catalog: services by kind")),
    Criterion("ai", "technical", 1, 0.0, 1.0, "fraction", Text("catalog: AI services by kind")),
    Criterion("accelerators", "technical", 1, 0.0, 1.0, "fraction", Text("catalog: priced machines with these cards")),
    Criterion("latency", "technical", -1, 0.2, 0.0, "s", Text("distance formula on the places of the users")),
    Criterion(
        "regions", "technical", 1, 0.0, MOST_REGIONS, "count", Text("catalog: open regions that residency allows")
    ),
    Criterion("promise", "technical", 1, 0.99, 1.0, "fraction", Text("catalog: promises of the providers")),
    Criterion(
        "cost", "cost", -1, 2.0, 0.0, "×", Text("evaluation of the drawing on each provider, against the drawn one")
    ),
    Criterion("tools", "cost", 1, 0.0, 1.0, "fraction", Text("documented cost tools × the lines of this bill"), True),
    Criterion("lock_in", "risk", -1, 4.0, 0.0, "class", Text("portability classes, weighted by flows"), True),
    Criterion("drift", "risk", -1, 0.3, 0.0, "fraction", Text("two dated prices of the same machines")),
    Criterion("familiarity", "risk", 1, 1.0, 5.0, "of 5", Text("judgment of the architect"), True),
)


class CostTools(msgspec.Struct, frozen=True):
    """What the documented cost tools of a provider reach, as categories of the bill."""

    provider: str
    tools: str
    attribute: tuple[str, ...]
    right_size: tuple[str, ...]
    alert: tuple[str, ...]
    export: str
    source: str
    date: str


@lru_cache(maxsize=1)
def cost_tools() -> Mapping[str, CostTools]:
    """Return the cost tools by provider (read once)."""
    return {row.provider: row for row in msgspec.json.decode(TOOLS_FILE.read_bytes(), type=list[CostTools])}


def placement_of(requirements: Requirements, plan: ProviderPlan, keep: tuple[Id, ...]) -> dict[Id, str]:
    """Return which provider runs each node in a plan."""
    if plan.provider == AS_DRAWN:
        return requirements.nodes
    return {key: drawn if key in keep else plan.provider for key, drawn in requirements.nodes.items()}


def scores(
    evaluation: Evaluation,
    requirements: Requirements,
    plan: ProviderPlan,
    placed: dict[Id, str],
    total: Score,
) -> dict[str, Score]:
    """Return the values of one alternative by criterion; `total` is its cost over the horizon."""
    catalog = evaluation.catalog
    residency = requirements.residency
    return {
        "services": _services(evaluation, placed),
        "ai": _ai_services(evaluation, placed),
        "accelerators": _accelerators(evaluation, requirements, placed),
        "latency": _latency(catalog, requirements, placed),
        "regions": Score(
            min([len(open_regions(catalog, name, residency)) for name in set(placed.values())] or [0]), 0.0
        ),
        "promise": _promise(evaluation, placed),
        "cost": total,
        "tools": _tools(catalog, plan, set(placed.values())),
        "lock_in": Score(lock_in_level(evaluation, placed, requirements.coupling), 0.25),
        "drift": _drift(catalog, set(placed.values())),
        "familiarity": _familiarity(evaluation, set(placed.values())),
    }


def _services(evaluation: Evaluation, placed: dict[Id, str]) -> Score:
    nodes, catalog = evaluation.design.nodes, evaluation.catalog
    sold = {kind for kind, _ in catalog.services}
    asked = [(key, provider) for key, provider in placed.items() if nodes[key].kind in sold]
    if not asked:
        return Score(None, note=Text("No drawn kind is sold as a service."))
    return Score(sum(service_of(catalog, nodes[key], provider) is not None for key, provider in asked) / len(asked))


def _ai_services(evaluation: Evaluation, placed: dict[Id, str]) -> Score:
    """Return the share of the drawn AI kinds for which a service is sold; of all AI kinds if none is drawn."""
    catalog, nodes = evaluation.catalog, evaluation.design.nodes
    ai_kinds = _ai_kinds(catalog)
    drawn = [(nodes[key].kind, provider) for key, provider in placed.items() if nodes[key].kind in ai_kinds]
    asked = drawn or [(kind, provider) for kind in sorted(ai_kinds) for provider in set(placed.values())]
    offered = [catalog.service(kind, provider) for kind, provider in asked]
    return Score(sum(service is not None for service in offered) / len(asked)) if asked else Score(None)


@lru_cache(maxsize=8)
def _ai_kinds(catalog: Catalog) -> frozenset[str]:
    return frozenset(service.kind for provider in catalog.providers for service in catalog.ai_services(provider))


def _accelerators(evaluation: Evaluation, requirements: Requirements, placed: dict[Id, str]) -> Score:
    catalog, residency = evaluation.catalog, requirements.residency
    needs = [(need, placed[key]) for need, nodes, _ in requirements.accelerators for key in nodes if key in placed]
    if not needs:
        return Score(None, note=Text("No accelerator is drawn."))
    return Score(sum(accelerator_sold(catalog, provider, residency, need) for need, provider in needs) / len(needs))


def _latency(catalog: Catalog, requirements: Requirements, placed: dict[Id, str]) -> Score:
    users = tuple(sorted(requirements.users.items()))
    if not users:
        return Score(None, note=Text("The users have no places."))
    counted: dict[str, int] = {}
    for provider in placed.values():
        counted[provider] = counted.get(provider, 0) + 1
    main = max(counted, key=lambda name: counted[name]) if counted else ""
    found = nearest_to_users(catalog, main, requirements.residency, users)
    return Score(found[1], 0.14 * found[1], found[0]) if found else Score(None, note=Text("No region is open."))


def _promise(evaluation: Evaluation, placed: dict[Id, str]) -> Score:
    """Return the mean promised availability of the services for which every cloud publishes one."""
    catalog, nodes = evaluation.catalog, evaluation.design.nodes
    values = []
    for key, provider in placed.items():
        if nodes[key].kind in _promised_by_all(catalog):
            values.append(_promised(catalog, nodes[key].kind, provider))
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return Score(None, note=Text("not every provider publishes a promise for these services"))
    return Score(sum(known) / len(known))


@lru_cache(maxsize=8)
def _promised_by_all(catalog: Catalog) -> frozenset[str]:
    clouds = [name for name in ("aws", "azure", "gcp") if name in catalog.providers]
    kinds = {kind for kind, _ in catalog.services}
    return frozenset(kind for kind in kinds if all(_promised(catalog, kind, name) is not None for name in clouds))


def _promised(catalog: Catalog, kind: str, provider: str) -> float | None:
    service = catalog.service(kind, provider)
    fact = catalog.slas.get((provider, service.sla)) if service is not None and service.sla else None
    return fact.value / 100.0 if fact is not None else None


def _tools(catalog: Catalog, plan: ProviderPlan, providers: set[str]) -> Score:
    """Return the mean share of the bill that the providers' tools attribute, right-size and alert on."""
    rows = [cost_tools().get(name) for name in providers]
    without = [name_of(catalog, name) for name in catalog.providers if name in providers and name not in cost_tools()]
    if without:
        return Score(None, note=Text("no documented cost tools of {without} are known", without=", ".join(without)))
    billed = {name: usd for name, usd in plan.groups.items() if name not in NOT_BILLED}
    total = sum(billed.values())
    if total <= 0 or not rows:
        return Score(None, note=Text("no provider bills anything"))
    shares = [
        sum(usd for name, usd in billed.items() if name in reached) / total
        for row in rows
        if row is not None
        for reached in (row.attribute, row.right_size, row.alert)
    ]
    return Score(float(np.mean(shares)), 0.1)


class Drift(NamedTuple):
    """How prices changed a year: mean absolute change, machines compared, those that changed, and the one most."""

    mean: float
    machines: int
    changed: int
    since: str
    most: float
    most_type: str


@lru_cache(maxsize=64)
def price_drift(catalog: Catalog, provider: str) -> Drift | None:
    """Return how the prices of machines changed between two dated lists; None where only one is known."""
    from datetime import date

    changes: list[tuple[float, str]] = []
    since = ""
    for instance in catalog.instances(provider):
        for region in catalog.regions(provider):
            earlier = catalog.earlier_price(provider, region.id, instance.type)
            now = catalog.instance_price(provider, region.id, instance.type) if earlier else None
            if earlier is None or now is None or earlier.value <= 0:
                continue
            days = (date.fromisoformat(now.date) - date.fromisoformat(earlier.date)).days
            if days > 0:
                changes.append(((now.value / earlier.value) ** (365.25 / days) - 1.0, instance.type))
                since = earlier.date
    if not changes:
        return None
    moved = [(change, name) for change, name in changes if abs(change) >= CHANGED]
    most = max(changes, key=lambda entry: abs(entry[0]))
    return Drift(float(np.mean([abs(change) for change, _ in changes])), len(changes), len(moved), since, *most)


def _drift(catalog: Catalog, providers: set[str]) -> Score:
    found = [price_drift(catalog, name) for name in providers]
    known = [entry.mean for entry in found if entry is not None]
    if not known or len(known) < len(found):
        return Score(None, note=Text("two dated price lists are known for some providers only"))
    return Score(max(known), 0.05)


def _familiarity(evaluation: Evaluation, providers: set[str]) -> Score:
    levels = [number(evaluation.design, f"familiarity/{name}") for name in providers if name in _judged()]
    return Score(min(levels), 0.5) if levels else Score(None, note=Text("Not judged."))


def _judged() -> frozenset[str]:
    return frozenset({"aws", "azure", "gcp", "oci"})
