"""Study: every service where it costs least, over several clouds, as an exact placement of one drawing.

The numbers of `models.studies.placement` come from ordinary evaluations: the whole drawing is evaluated in each
candidate region, which prices every node there; traffic between regions is priced by the catalog. The plan that comes
out is drawn and evaluated again, and both sums are shown.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from models.catalog.catalog import Catalog, UnknownPlace, catalog_from_blob, load_catalog
from models.design.design import Design, from_text, to_text
from models.design.elements import Id
from models.design.kinds import value_of
from models.evaluation import evaluate
from models.evaluation.bill import GB, SECONDS_PER_MONTH, flow_bytes
from models.evaluation.columns import INTERACTIONS
from models.evaluation.network_links import link_kinds
from models.evaluation.result import Evaluation
from models.moves import Problem
from models.moves.re_place import accelerator_need, movable, moved, place_nodes, places_of
from models.moves.regions import Key, is_allowed, nearest_region
from models.studies.placement import optimal_placement
from models.studies.placement_problem import LatencyLimit, Placement, PlacementProblem, placement_cost
from models.studies.provider_costs import Cancelled, Progress, design_digest
from models.studies.region_pairs import egress, round_trips
from models.words import Text, sentence_of

Floats = NDArray[np.float64]
REQUEST = INTERACTIONS.index("request")
MOST_NODES = 200
TIME_LIMIT_S = 20.0
GAP = 1e-4
WORTH_USD = 1.0


class Placed(Struct, frozen=True):
    """Where a node runs in the plan, and where it was drawn; USD per month there as the study priced it."""

    node: Id
    provider: str
    region: str
    drawn: str
    usd: float


class MultiCloudPlan(Struct, frozen=True):
    """The cheapest placement found, in USD per month of what a provider runs, with further providers paid for.

    Attributes:
        design, catalog: digests; settings: what the study was asked with.
        predicted: cost of the plan by the study; drawn: of the drawn places by the same arithmetic, None = not priced.
        single: (provider, cost) with everything at one provider, cheapest first; those that cannot run it, or for
            which no plan was found in time, are absent.
        gap: how far the plan may be from the best, as a fraction; relaxed: constraints that had to give.
        evaluated: total bill of the drawing placed so, by the ordinary evaluation, without the price of further
            providers; evaluated_drawn: of the drawing as it is; unpriced: nodes and flows of the plan without a price.
        failure: why there is no plan; then the rest is empty.
        linked: the drawing as it is has links already, so that `evaluated_drawn` holds them.
    """

    design: str
    catalog: str
    month: int
    settings: Settings
    placed: tuple[Placed, ...] = ()
    predicted: float = 0.0
    drawn: float | None = None
    single: tuple[tuple[str, float], ...] = ()
    gap: float = 0.0
    relaxed: tuple[str, ...] = ()
    evaluated: float = 0.0
    evaluated_drawn: float = 0.0
    evaluated_p95_s: float | None = None
    unpriced: int = 0
    failure: str = ""
    linked: bool = False

    @property
    def further(self) -> float:
        """USD a month for the providers beyond the first, as the study counts them: hours and links."""
        return max(len(self.providers) - 1, 0) * self.settings.provider_usd

    @property
    def further_hours(self) -> float:
        """The same without the links: what `evaluated` does not hold, as the links are drawn there."""
        return max(len(self.providers) - 1, 0) * (self.settings.provider_usd - self.settings.link_usd)

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers of the plan."""
        return tuple(dict.fromkeys(entry.provider for entry in self.placed))

    def fits(self, evaluation: Evaluation, settings: Settings) -> bool:
        """Return whether it was made for what the evaluation shows, with these settings."""
        same = self.month == evaluation.month and self.settings == settings
        return same and self.catalog == evaluation.catalog.digest and self.design == design_digest(evaluation.design)


class Settings(Struct, frozen=True):
    """What the architect sets: nodes that stay, providers that are out, price of a further provider per month.

    Attributes:
        most_providers: limits how many providers are used; 0 = as many as pay.
        link: what the plan draws where flows cross providers (vpn, interconnect); empty = nothing.
        link_usd: share of `provider_usd` that stands for the links.
    """

    keep: tuple[Id, ...] = ()
    exclude: tuple[str, ...] = ()
    provider_usd: float = 0.0
    most_providers: int = 0
    link: str = ""
    link_usd: float = 0.0


class MultiCloudQuestion(Struct, frozen=True):
    """What to place, as plain text and bytes, so that another process can answer it (`catalog` empty = as shipped)."""

    design: str
    catalog: bytes
    month: int
    settings: Settings

    @staticmethod
    def of(evaluation: Evaluation, settings: Settings) -> MultiCloudQuestion:
        """Return the question behind what an evaluation shows."""
        shipped = evaluation.catalog is load_catalog() or evaluation.catalog.digest == load_catalog().digest
        blob = b"" if shipped else evaluation.catalog.blob()
        return MultiCloudQuestion(to_text(evaluation.design), blob, evaluation.month, settings)

    def __call__(self) -> MultiCloudPlan | None:
        """Answer the question."""
        catalog = catalog_from_blob(self.catalog) if self.catalog else load_catalog()
        return place_over_clouds(from_text(self.design), catalog, self.month, self.settings)


class Inputs(NamedTuple):
    """The numbers of a placement with what they stand for: services (rows of the problem) and regions (columns)."""

    services: tuple[Id, ...]
    regions: tuple[Key, ...]
    drawn: tuple[int, ...]
    problem: PlacementProblem


def place_over_clouds(
    design: Design,
    catalog: Catalog,
    month: int = 0,
    settings: Settings | None = None,
    progress: Progress = lambda share: None,
    cancelled: Cancelled = lambda: False,
) -> MultiCloudPlan | None:
    """Return the cheapest placement of every service over all providers; None when cancelled.

    Constraints: residency of the brief, nodes that stay, the network time that the latency target leaves. A node that
    is drawn in several regions stays there: its redundancy is not for sale; so does a hosted model, whose seller
    decides where it runs. Nothing moves for less than `WORTH_USD` a month.
    """
    chosen = settings or Settings()
    evaluation = evaluate(design, catalog, month)
    empty = MultiCloudPlan(design_digest(design), catalog.digest, month, chosen)
    inputs = placement_inputs(evaluation, chosen, lambda share: progress(0.6 * share), cancelled)
    if inputs is None:
        return None
    if isinstance(inputs, str):
        return _failed(empty, inputs)
    try:
        plan = optimal_placement(_reluctant(inputs), TIME_LIMIT_S, GAP)
    except ValueError as error:
        return _failed(empty, sentence_of(error))
    progress(0.8)
    if cancelled():
        return None
    single = _single_providers(inputs, lambda share: progress(0.8 + 0.15 * share), cancelled)
    if single is None:
        return None
    return _checked(empty, evaluation, inputs, plan, single)


def _reluctant(inputs: Inputs) -> PlacementProblem:
    """Return the problem in which every move costs a little, so that nothing moves for nothing."""
    cost = inputs.problem.cost + WORTH_USD
    cost[np.arange(len(inputs.services)), list(inputs.drawn)] -= WORTH_USD
    return inputs.problem._replace(cost=cost)


def _failed(empty: MultiCloudPlan, sentence: str) -> MultiCloudPlan:
    return MultiCloudPlan(empty.design, empty.catalog, empty.month, empty.settings, failure=sentence)


def placement_inputs(
    evaluation: Evaluation,
    settings: Settings,
    progress: Progress = lambda share: None,
    cancelled: Cancelled = lambda: False,
) -> Inputs | str | None:
    """Return the numbers of a placement; a sentence when there is nothing to place; None when cancelled."""
    design = evaluation.design
    services = tuple(movable(design))
    if not services:
        return Text("Nothing is drawn that a cloud could run.")
    if len(services) > MOST_NODES:
        return Text(
            "{count} nodes are more than the {most_nodes} that this study places in reasonable time.",
            count=len(services),
            most_nodes=MOST_NODES,
        )
    regions = candidate_regions(evaluation, services, settings)
    cost = np.full((len(services), len(regions)), np.inf)
    for number, region in enumerate(regions):
        if cancelled():
            return None
        cost[:, number] = region_costs(evaluation, services, region)
        progress((number + 1) / len(regions))
    drawn = tuple(regions.index(places_of(design, key)[0]) for key in services)
    cost = _fixed(evaluation, services, regions, drawn, cost, settings)
    calls, volume, answers, flows = _calls(evaluation, services)
    names = list(dict.fromkeys(region[0] for region in regions))
    rtt = round_trips(evaluation.catalog, regions, settings.link)
    problem = PlacementProblem(
        cost=cost[:, :, None],
        calls=calls,
        volume=volume,
        egress=egress(evaluation.catalog, regions, settings.link),
        provider=np.array([names.index(region[0]) for region in regions], dtype=np.int64),
        answers=answers,
        rtt=rtt,
        limits=_limits(evaluation, services, regions, drawn, flows, rtt),
        max_providers=settings.most_providers or None,
        provider_fixed=np.full(len(names), settings.provider_usd),
    )
    return Inputs(services, regions, drawn, problem)


def candidate_regions(evaluation: Evaluation, services: tuple[Id, ...], settings: Settings) -> tuple[Key, ...]:
    """Return the drawn places and, of every provider with prices, the allowed region nearest to each of them."""
    design, catalog = evaluation.design, evaluation.catalog
    residency = str(value_of(design.brief, "residency") or "none")
    drawn = list(dict.fromkeys(place for key in services for place in places_of(design, key)))
    needs = [need for key in services if (need := accelerator_need(design.nodes[key], catalog)) is not None]
    found = dict.fromkeys(drawn)
    for provider in catalog.providers:
        if provider in settings.exclude or (catalog.providers[provider].kind != "cloud" and not needs):
            continue
        for place in drawn:
            region = catalog.region_table.get(place)
            origin = (region.latitude, region.longitude) if region else (50.0, 8.0)
            near = nearest_region(catalog, provider, origin, residency, dict.fromkeys(needs))
            if near is not None:
                found[provider, near.id] = None
    return tuple(found)


def region_costs(evaluation: Evaluation, services: tuple[Id, ...], region: Key) -> Floats:
    """Return (s,) what each service costs a month with the whole drawing in one region; inf = not sold or not priced.

    Of a node: its lines of the bill, the traffic of the flows that begin there, and the hours of people if the brief
    counts them by node. Traffic without a price costs what it costs as drawn, so that nothing is cheap for not being
    known.
    """
    design = evaluation.design
    placed = moved(design, evaluation.catalog, {key: dict.fromkeys(places_of(design, key), region) for key in services})
    if isinstance(placed, Problem):
        return np.full(len(services), np.inf)
    there = evaluate(placed.design, evaluation.catalog, evaluation.month)
    bill, row_of = there.money.bill, there.pipeline.nodes.row_of
    missing = {note.node for note in placed.gaps} | {there.node_ids[row] for row in bill.unpriced_nodes.tolist()}
    usd = bill.node_usd + _people_usd(there)
    inside, flows = set(services), there.pipeline.flows
    dark, drawn_flows = set(bill.unpriced_flows.tolist()), evaluation.money.bill.flow_usd
    for number, (source, target) in enumerate(zip(flows.source.tolist(), flows.target.tolist(), strict=True)):
        ends = [end for end in (source, target) if there.node_ids[end] in inside]
        if ends:
            known = number not in dark
            usd[ends[0]] += bill.flow_usd[number] if known else max(bill.flow_usd[number], drawn_flows[number])
    return np.array([np.inf if key in missing else usd[row_of[key]] for key in services])


def _people_usd(evaluation: Evaluation) -> Floats:
    """Return (n,) what the hours of running each node cost, where the brief does not state the people as a whole."""
    nodes, brief = evaluation.pipeline.nodes, evaluation.design.brief
    if value_of(brief, "people_fte") is not None:
        return np.zeros(len(nodes.ids))
    managed, own = nodes.column("money", "ops_hours_managed"), nodes.column("money", "ops_hours_self_run")
    hours = np.where(nodes.column("money", "managed") != 0.0, managed, own)
    hours = np.nan_to_num(np.where(np.isnan(hours), managed, hours))
    rate = float(value_of(brief, "people_usd_month") or 0.0) / float(value_of(brief, "people_hours_month") or 140.0)
    return np.asarray(hours * rate)


def _fixed(
    evaluation: Evaluation,
    services: tuple[Id, ...],
    regions: tuple[Key, ...],
    drawn: tuple[int, ...],
    cost: Floats,
    settings: Settings,
) -> Floats:
    """Return the cost with nodes that stay tied to their place, excluded providers out, and residency kept.

    A node without a price anywhere stays where it is drawn, at what of it is priced.
    """
    design, catalog = evaluation.design, evaluation.catalog
    residency = str(value_of(design.brief, "residency") or "none")
    out = [number for number, region in enumerate(regions) if region[0] in settings.exclude]
    outside = [
        number
        for number, region in enumerate(regions)
        if region in catalog.region_table and not is_allowed(catalog.region_table[region].jurisdiction, residency)
    ]
    fixed = cost.copy()
    fixed[:, out + outside] = np.inf
    for row, key in enumerate(services):
        hosted = design.nodes[key].kind == "llm_api"
        stays = hosted or key in settings.keep or len(places_of(design, key)) > 1
        if stays or not np.isfinite(fixed[row]).any():
            own = evaluation.money.bill.node_usd[evaluation.pipeline.nodes.row_of[key]]
            here = cost[row, drawn[row]] if np.isfinite(cost[row, drawn[row]]) else float(own)
            fixed[row] = np.inf
            fixed[row, drawn[row]] = here
    return fixed


def _calls(
    evaluation: Evaluation, services: tuple[Id, ...]
) -> tuple[NDArray[np.int64], Floats, Floats, dict[int, int]]:
    """Return calls between services with their GB a month there and back, and flow number → call number."""
    flows = evaluation.pipeline.flows
    place = {key: number for number, key in enumerate(services)}
    forward, backward = flow_bytes(flows, evaluation.traffic.demand) if len(flows.ids) else (np.zeros(0), np.zeros(0))
    ends: list[tuple[int, int]] = []
    volume: list[float] = []
    answers: list[float] = []
    numbers: dict[int, int] = {}
    for number, (source, target) in enumerate(zip(flows.source.tolist(), flows.target.tolist(), strict=True)):
        pair = (evaluation.node_ids[source], evaluation.node_ids[target])
        if pair[0] == pair[1] or pair[0] not in place or pair[1] not in place:
            continue
        numbers[number] = len(ends)
        ends.append((place[pair[0]], place[pair[1]]))
        volume.append(float(np.nan_to_num(forward[number])) * SECONDS_PER_MONTH / GB)
        answers.append(float(np.nan_to_num(backward[number])) * SECONDS_PER_MONTH / GB)
    return np.array(ends, dtype=np.int64).reshape(-1, 2), np.array(volume), np.array(answers), numbers


def _limits(
    evaluation: Evaluation,
    services: tuple[Id, ...],
    regions: tuple[Key, ...],
    drawn: tuple[int, ...],
    numbers: dict[int, int],
    rtt: Floats,
) -> tuple[LatencyLimit, ...]:
    """Return for every journey with a target how long the network may take: as drawn, plus what the target leaves.

    The calls of a journey are counted one behind the other, so that parallel ones are bounded from above.
    """
    target = value_of(evaluation.design.brief, "target_last_p95_ms")
    if not isinstance(target, int | float):
        return ()
    journeys, flows = evaluation.pipeline.journeys, evaluation.pipeline.flows
    place = {key: number for number, key in enumerate(services)}
    limits = []
    for number, flow in enumerate(journeys.first_flow.tolist()):
        entry = place.get(evaluation.node_ids[int(journeys.entry[number])])
        last = float(evaluation.traffic.reply.last_p95[number])
        if flow < 0 or entry is None or not np.isfinite(last):
            continue
        visits = np.nan_to_num(journeys.visits_of(number))
        waited = {other: visits[flows.source[other]] * journeys.gain[other] for other in numbers}
        terms = tuple(
            (numbers[other], float(times))
            for other, times in waited.items()
            if times > 0 and flows.interaction[other] == REQUEST
        )
        arrival = _entry_times(evaluation, int(flows.source[flow]), regions)
        ends = {call: (_drawn_at(drawn, services, evaluation, flows, other)) for other, call in numbers.items()}
        now = arrival[drawn[entry]] + sum(times * rtt[ends[call]] for call, times in terms)
        spare = max(float(target) / 1e3 - last, 0.0)
        limits.append(
            LatencyLimit(
                Text("Journey {number}", number=number + 1), terms, float(now) + spare + 1e-9, entry, tuple(arrival)
            )
        )
    return tuple(limits)


def _drawn_at(
    drawn: tuple[int, ...], services: tuple[Id, ...], evaluation: Evaluation, flows: object, flow: int
) -> tuple[int, int]:
    ends = (int(getattr(flows, end)[flow]) for end in ("source", "target"))
    first, second = (drawn[services.index(evaluation.node_ids[end])] for end in ends)
    return first, second


def _entry_times(evaluation: Evaluation, users: int, regions: tuple[Key, ...]) -> list[float]:
    """Return the mean round trip from a users node to each region, s; 0 where its places are not known."""
    node = evaluation.pipeline.nodes.elements[users]
    places = value_of(node, "places") or {}
    total = sum(places.values())
    times = []
    for region in regions:
        try:
            parts = [
                share * evaluation.catalog.round_trip_from_place_ms(place, region).value
                for place, share in places.items()
            ]
        except UnknownPlace:
            parts = []
        times.append(sum(parts) / total / 1e3 if total > 0 else 0.0)
    return times


def _single_providers(inputs: Inputs, progress: Progress, cancelled: Cancelled) -> tuple[tuple[str, float], ...] | None:
    """Return the cheapest placement inside each provider alone, cheapest first, under the same constraints.

    None when cancelled. A provider for which no plan is found in time is left out.
    """
    found = []
    problem = inputs.problem
    providers = list(dict.fromkeys(region[0] for region in inputs.regions))
    for number, provider in enumerate(providers):
        if cancelled():
            return None
        progress((number + 1) / len(providers))
        own = np.array([region[0] == provider for region in inputs.regions])
        cost = np.where(own[None, :, None], problem.cost, np.inf)
        if not np.isfinite(cost).any(axis=(1, 2)).all():
            continue
        try:
            plan = optimal_placement(problem._replace(cost=cost), TIME_LIMIT_S, GAP)
        except ValueError:
            continue
        if not plan.relaxed:
            found.append((provider, plan.cost))
    return tuple(sorted(found, key=lambda entry: entry[1]))


def _checked(
    empty: MultiCloudPlan,
    evaluation: Evaluation,
    inputs: Inputs,
    plan: Placement,
    single: tuple[tuple[str, float], ...],
) -> MultiCloudPlan:
    """Return the plan with both sums: by the study, and by evaluating the drawing placed so."""
    cost = inputs.problem.cost
    placed = tuple(
        Placed(inputs.services[s], *inputs.regions[r], "/".join(inputs.regions[inputs.drawn[s]]), float(cost[s, r, 0]))
        for s, r, _ in plan.chosen
    )
    as_drawn = [(s, r, 0) for s, r in enumerate(inputs.drawn)]
    drawn = placement_cost(inputs.problem, as_drawn)
    after = place_nodes(evaluation.design, evaluation.catalog, move_args(placed, empty.settings))
    if isinstance(after, Problem):
        return _failed(empty, str(after.message))
    there = evaluate(after, evaluation.catalog, evaluation.month)
    return MultiCloudPlan(
        empty.design,
        empty.catalog,
        empty.month,
        empty.settings,
        placed,
        placement_cost(inputs.problem, plan.chosen),
        drawn if np.isfinite(drawn) else None,
        single,
        plan.gap,
        plan.relaxed,
        there.money.bill.total,
        evaluation.money.bill.total,
        there.figure("total/last_p95_s").value,
        len(there.money.bill.unpriced_nodes) + len(there.money.bill.unpriced_flows),
        linked=any(node.kind in link_kinds() for node in evaluation.design.nodes.values()),
    )


def move_args(placed: tuple[Placed, ...], settings: Settings) -> dict[str, Any]:
    """Return the arguments of the move `place_nodes` that draws a plan."""
    return {"places": changes(placed), **({"link": settings.link} if settings.link else {})}


def changes(placed: tuple[Placed, ...]) -> dict[Id, list[str]]:
    """Return the nodes that move with their place, as the argument `places` of the move `place_nodes`."""
    return {
        entry.node: [entry.provider, entry.region]
        for entry in placed
        if f"{entry.provider}/{entry.region}" != entry.drawn
    }
