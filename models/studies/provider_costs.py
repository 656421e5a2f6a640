"""Study: the drawing re-placed on every provider and evaluated there, so that providers are compared by this system.

One evaluation and one horizon per provider: some tenths of a second each, so it runs behind the drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b

import msgspec
import numpy as np
from msgspec import Struct, field

from models.catalog.catalog import Catalog, catalog_from_blob, load_catalog
from models.design.design import Design, from_text, to_text
from models.design.elements import Id, Input, Position
from models.design.kinds import value_of
from models.evaluation import evaluate
from models.evaluation.bill import GB, SECONDS_PER_MONTH
from models.evaluation.cases import Case
from models.evaluation.result import Evaluation
from models.moves import Problem
from models.moves.re_place import Note, movable, places_of, replacement
from models.words import Text, plain

AS_DRAWN = Text("as drawn")
SHORT_NAMES = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud", "oci": "Oracle Cloud"}
_ENCODER = msgspec.msgpack.Encoder(order="sorted", enc_hook=plain)
Progress = Callable[[float], None]
Cancelled = Callable[[], bool]


class ProviderPlan(Struct, frozen=True):
    """The design on one provider, in USD per month unless said otherwise.

    Attributes:
        provider: catalog id, or `as drawn` for a drawing that uses several providers.
        regions: (old, new) places as `provider/region`.
        refused: why it cannot be placed there at all; then all figures are empty.
        unpriced: part → reason, for every part whose price is not known; `cost` is then a lower bound.
        parts: part → cost of what is priced. A part is `element/label` of a line of the bill, `element/machines` for
            what it runs on, and the element alone for the traffic of a flow.
        groups: category of the bill → cost.
        ahead, ahead_low, ahead_high: cost of every month of the horizon; present_value: of `ahead`, discounted.
        egress_gb: GB a month to the internet and to other providers; egress_price: USD for one further GB.
        self_run, managed: nodes that the own team or the provider runs there.
        surviving: share of the journeys that still answer when this provider fails as a whole.
    """

    provider: str
    name: str
    regions: tuple[tuple[str, str], ...] = ()
    refused: str = ""
    notes: tuple[Note, ...] = ()
    cost: float = 0.0
    unpriced: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, float] = field(default_factory=dict)
    ahead: tuple[float, ...] = ()
    ahead_low: tuple[float, ...] = ()
    ahead_high: tuple[float, ...] = ()
    present_value: float = 0.0
    first_p95_s: float | None = None
    last_p95_s: float | None = None
    availability: float | None = None
    kg: float | None = None
    egress_gb: float = 0.0
    egress_price: float | None = None
    surviving: float | None = None
    self_run: int = 0
    managed: int = 0

    @property
    def gaps(self) -> tuple[Note, ...]:
        """What the provider does not offer."""
        return tuple(note for note in self.notes if note.missing)


class ProviderComparison(Struct, frozen=True):
    """All plans of one design, price list and month; `design` and `catalog` are digests that tell a stale one."""

    design: str
    catalog: str
    month: int
    plans: tuple[ProviderPlan, ...]
    keep: tuple[Id, ...] = ()

    def fits(self, evaluation: Evaluation, keep: tuple[Id, ...] = ()) -> bool:
        """Return whether it was made for what the evaluation shows, with the same nodes kept in place."""
        return (
            self.month == evaluation.month
            and self.keep == keep
            and self.catalog == evaluation.catalog.digest
            and self.design == design_digest(evaluation.design)
        )


class ProviderQuestion(Struct, frozen=True):
    """What to compare, as plain text and bytes, so that another process can answer it.

    `catalog` is the packed price list, empty for the one that is shipped with the program.
    """

    design: str
    catalog: bytes
    month: int
    keep: tuple[Id, ...] = ()

    @staticmethod
    def of(evaluation: Evaluation, keep: tuple[Id, ...] = ()) -> ProviderQuestion:
        """Return the question behind what an evaluation shows."""
        shipped = evaluation.catalog is load_catalog() or evaluation.catalog.digest == load_catalog().digest
        blob = b"" if shipped else evaluation.catalog.blob()
        return ProviderQuestion(to_text(evaluation.design), blob, evaluation.month, keep)

    def __call__(self) -> ProviderComparison | None:
        """Answer the question."""
        catalog = catalog_from_blob(self.catalog) if self.catalog else load_catalog()
        return compare_providers(from_text(self.design), catalog, self.month, self.keep)


def design_digest(design: Design) -> str:
    """Return 32 hexadecimal digits that name what the design computes; positions and framework inputs do not count."""
    drawn = [(key, each) for key, each in design.elements.items() if not isinstance(each, Position | Input)]
    return blake2b(_ENCODER.encode(sorted(drawn, key=_first)), digest_size=16).hexdigest()


def _first(pair: tuple[Id, object]) -> Id:
    return pair[0]


def compare_providers(
    design: Design,
    catalog: Catalog,
    month: int = 0,
    keep: Iterable[Id] = (),
    progress: Progress = lambda share: None,
    cancelled: Cancelled = lambda: False,
) -> ProviderComparison | None:
    """Return the design evaluated on every cloud provider of the catalog; None when cancelled.

    Args:
        keep: nodes that stay where they are drawn.
        progress: told the share that is done, 0 to 1; cancelled: asked before each provider.
    """
    kept = tuple(keep)
    clouds = [provider.id for provider in catalog.providers.values() if provider.kind == "cloud"]
    used = {key[0] for node in movable(design) for key in places_of(design, node)}
    plans: list[ProviderPlan] = []
    wanted = [*clouds, *([AS_DRAWN] if len(used) > 1 or not used <= set(clouds) else [])]
    for number, provider in enumerate(wanted):
        if cancelled():
            return None
        plans.append(provider_plan(design, catalog, month, provider, kept))
        progress((number + 1) / len(wanted))
    return ProviderComparison(design_digest(design), catalog.digest, month, tuple(plans), kept)


def provider_plan(design: Design, catalog: Catalog, month: int, provider: str, keep: tuple[Id, ...]) -> ProviderPlan:
    """Return the plan of one provider."""
    if provider == AS_DRAWN:
        used = {key[0] for node in movable(design) for key in places_of(design, node)}
        names = [name_of(catalog, name) for name in catalog.providers if name in used]
        return _evaluated(ProviderPlan(AS_DRAWN, " + ".join(names)), evaluate(design, catalog, month))
    name = name_of(catalog, provider)
    placed = replacement(design, catalog, provider, keep=keep)
    if isinstance(placed, Problem):
        return ProviderPlan(provider, name, refused=Text(placed.message.key, **placed.message.args))
    pairs = tuple(("/".join(here), "/".join(there)) for here, there in placed.regions.items())
    plan = ProviderPlan(provider, name, pairs, notes=placed.notes)
    return _evaluated(plan, evaluate(placed.design, catalog, month))


def name_of(catalog: Catalog, provider: str) -> str:
    """Return how a provider is called in sentences and tables."""
    known = catalog.providers.get(provider)
    return SHORT_NAMES.get(provider) or (known.name if known else Text("an unknown place"))


def _evaluated(plan: ProviderPlan, evaluation: Evaluation) -> ProviderPlan:
    bill, ahead = evaluation.money.bill, evaluation.horizon
    gigabytes, price = egress(evaluation)
    parts, unpriced = _parts(evaluation)
    running = movable(evaluation.design)
    return msgspec.structs.replace(
        plan,
        cost=bill.total,
        unpriced=unpriced,
        parts=parts,
        groups=cost_groups(evaluation),
        ahead=tuple(ahead.cost.tolist()),
        ahead_low=tuple(ahead.cost_low.tolist()),
        ahead_high=tuple(ahead.cost_high.tolist()),
        present_value=ahead.present_value,
        first_p95_s=evaluation.figure("total/first_p95_s").value,
        last_p95_s=evaluation.figure("total/last_p95_s").value,
        availability=evaluation.figure("total/availability").value,
        kg=evaluation.figure("total/kgco2e_per_month").value,
        egress_gb=gigabytes,
        egress_price=price,
        surviving=surviving_share(evaluation, plan.provider),
        self_run=sum(value_of(evaluation.design.nodes[key], "managed") is not True for key in running),
        managed=sum(value_of(evaluation.design.nodes[key], "managed") is True for key in running),
    )


def _parts(evaluation: Evaluation) -> tuple[dict[str, float], dict[str, str]]:
    """Return what each part of the bill costs, and the reason for each part that has no price."""
    parts: dict[str, float] = {}
    unpriced: dict[str, str] = {}
    for line in evaluation.bill():
        label = "machines" if line.category in ("compute", "accelerators") else line.label
        part = line.element if line.category == "traffic" else f"{line.element}/{label}"
        if line.usd_per_month is None:
            unpriced[part] = line.reason
        else:
            parts[part] = parts.get(part, 0.0) + line.usd_per_month
    return parts, unpriced


def cost_groups(evaluation: Evaluation) -> dict[str, float]:
    """Return the bill by category in USD per month, the dearest first."""
    sums: dict[str, float] = {}
    for line in evaluation.money.bill.lines:
        sums[line.category] = sums.get(line.category, 0.0) + float(np.nansum(line.usd))
    return dict(sorted(sums.items(), key=lambda entry: -entry[1]))


def egress(evaluation: Evaluation) -> tuple[float, float | None]:
    """Return GB a month that leave a provider (to users or to another provider), and USD for one further GB.

    The further GB is priced at the tier that the month reaches, at the place that sends most; None = not known.
    """
    nodes, flows = evaluation.pipeline.nodes, evaluation.pipeline.flows
    volume: dict[tuple[str, str], float] = {}
    rates = np.nan_to_num(evaluation.flow_column("bytes_per_s")) if len(flows.ids) else np.zeros(0)
    first = {int(node): row for row, node in reversed(list(enumerate(nodes.row_node.tolist())))}
    for number, rate in enumerate(rates.tolist()):
        ends = [nodes.place_list[nodes.places[first[int(end[number])]]].key for end in (flows.source, flows.target)]
        outside = [nodes.elements[int(end[number])].kind == "users" for end in (flows.source, flows.target)]
        if any(outside) or ends[0][0] != ends[1][0]:
            sender = ends[1] if outside[0] else ends[0]
            volume[sender] = volume.get(sender, 0.0) + rate * SECONDS_PER_MONTH / GB
    total = sum(volume.values())
    places = volume or {key.key: 0.0 for key in nodes.place_list if key.region}
    if not places:
        return total, None
    place = max(places, key=lambda key: places[key])
    price = evaluation.catalog.transfer_price(place, None) if place[1] else None
    if price is None:
        return total, None
    reached = [tier.unit_price_usd for tier in price.tiers if tier.from_quantity <= max(total, 1024.0)]
    return total, reached[-1] if reached else price.tiers[0].unit_price_usd


def surviving_share(evaluation: Evaluation, provider: str) -> float | None:
    """Return the share of the users' journeys that still get an answer when a provider fails as a whole.

    For a drawing on several providers: when the one fails whose loss hurts most. None without a journey.
    """
    journeys = evaluation.pipeline.journeys
    started = np.flatnonzero(journeys.first_flow >= 0)
    if not len(started):
        return None
    sellers = {place.provider for place in evaluation.pipeline.nodes.place_list if place.provider}
    shares = []
    for failing in {provider} if provider in sellers else sellers:
        case = Case(evaluation.month, failed=frozenset({failing}))
        alive = evaluation.pipeline.traffic(case).alive
        nodes = evaluation.pipeline.nodes
        up = np.zeros(len(nodes.ids))
        np.maximum.at(up, nodes.row_node, alive)
        moving = np.array([node.kind not in ("users", "third_party_api") for node in nodes.elements])
        dead = (up == 0.0) & moving
        shares.append(float(np.mean([not np.any(dead & (journeys.visits_of(int(k)) > 0)) for k in started])))
    return min(shares) if shares else None
