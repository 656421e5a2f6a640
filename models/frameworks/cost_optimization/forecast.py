"""The months ahead per owner, and bands around them: what grows with demand, with storage, or stands still.

A charge that grows with demand follows the journeys that reach its owner; stored data follows its stated growth;
machines stay as drawn unless they follow the load. Graduated prices keep their present average. The same growth in
256 quasi-random draws gives the live bands; the study `models.studies.uncertainty` draws Sobol points and more inputs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.analyses.uncertainty import LIVE_SAMPLES, Distribution, Lognormal, Pert
from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.evaluation.bill import CONTRACT, stored_by_month, stored_gib
from models.evaluation.columns import Floats, Ints, filled, sum_by
from models.evaluation.demand import growth_factor
from models.frameworks.cost_optimization.inputs import number
from models.frameworks.cost_optimization.ledger import (
    ENVIRONMENTS,
    FIXED,
    STORAGE,
    SUPPORT,
    TRAINING,
    USAGE,
    Ledger,
)


class Forecast(NamedTuple):
    """Expected cost of o owners over h + 1 months from 0, USD per month.

    Attributes:
        fixed: (o, h + 1) what stands still but for dated phases of replicas.
        usage: (o, h + 1) what grows with demand. storage: (o, h + 1) what grows with stored data.
        growth: (h + 1,) demand relative to the shown month by the brief's growth.
        left_out: dated phases that the forecast does not follow.
    """

    fixed: Floats
    usage: Floats
    storage: Floats
    growth: Floats
    left_out: int = 0

    @property
    def months(self) -> int:
        """The last month."""
        return int(self.usage.shape[1]) - 1

    def total(self, members: Floats | None = None) -> Floats:
        """Return (h + 1,) USD per month of all owners, or weighted by `members` (o,)."""
        weight = np.ones(len(self.fixed)) if members is None else members
        return np.asarray(weight @ (self.fixed + self.usage + self.storage))


class Draws(NamedTuple):
    """Joint draws, d of them: factors of demand (d, h + 1), of storage growth (d,) and of prices (d, h + 1)."""

    demand: Floats
    storage: Floats
    price: Floats


class MonthlyBand(NamedTuple):
    """P10, P50 and P90 of every month, each (h + 1,), and of the sum over the months as one triple."""

    p10: Floats
    p50: Floats
    p90: Floats
    total: tuple[float, float, float]


def forecast(evaluation: Evaluation, charges: Ledger) -> Forecast:
    """Return the expected cost of every owner up to the horizon."""
    owners, months = len(charges.payer), evaluation.horizon_months
    demand, training = _demand_growth(evaluation, charges.payer, months)
    stored = _storage_growth(evaluation, owners, months)

    def ahead(usd: Floats) -> tuple[Floats, Floats, Floats, int]:
        parts = [
            sum_by(charges.owner, np.where(charges.scaling == code, usd, 0.0), owners)
            for code in (FIXED, STORAGE, USAGE, TRAINING)
        ]
        usage = parts[2][:, None] * demand + parts[3][:, None] * training[None, :]
        fixed, left_out = _phased(evaluation, np.repeat(parts[0][:, None], months + 1, axis=1))
        return fixed, usage, parts[1][:, None] * stored, left_out

    fixed, usage, storage, left_out = ahead(charges.usd)
    billed = fixed[:-1] + usage[:-1] + storage[:-1]
    if CONTRACT in charges.categories:  # one's own contracts need no support of a provider
        own = ahead(np.where(charges.category == charges.categories.index(CONTRACT), charges.usd, 0.0))
        billed = billed - (own[0] + own[1] + own[2])[:-1]
    fixed[-1] += _plan(evaluation, charges, billed)
    return Forecast(fixed, usage, storage, training, left_out)


def _phased(evaluation: Evaluation, fixed: Floats) -> tuple[Floats, int]:
    """Return the standing cost with dated phases of replicas from their month on, and how many phases are left out."""
    if not evaluation.design.brief.phases:
        return fixed, 0
    left_out, rows = 0, evaluation.pipeline.nodes.row_of
    replicas = {
        key: sum(site.replicas for site in node.sites if site.role == "active")
        for key, node in evaluation.pipeline.now.nodes.items()
    }
    for phase in sorted(evaluation.design.brief.phases, key=lambda phase: phase.month):
        if phase.month <= evaluation.month or phase.month >= fixed.shape[1]:
            continue
        known = phase.path in ("replicas", "sites.replicas") and replicas.get(phase.element, 0) > 0
        left_out += not known
        if known:
            fixed[rows[phase.element], phase.month :] *= float(phase.value) / replicas[phase.element]
            replicas[phase.element] = int(phase.value)
    return fixed, left_out


def _demand_growth(evaluation: Evaluation, payer: Ints, months: int) -> tuple[Floats, Floats]:
    """Return the demand of each owner by month relative to the shown one, (n + m + 1, h + 1), and of training.

    A flow whose volume is stated does not grow.
    """
    pipeline = evaluation.pipeline
    journeys, nodes, count = pipeline.journeys, pipeline.nodes, len(pipeline.flows.ids)
    shown = evaluation.month
    table = pipeline.stages.run(
        "growth by month",
        (pipeline.now.brief, nodes.groups["demand"], journeys, months),
        lambda: np.array([growth_factor(pipeline.now, nodes, journeys, month) for month in range(months + 1)]),
    )
    general = 1.0 + float(value_of(pipeline.now.brief, "growth_percent_month") or 0.0)
    plain = np.asarray(general ** (np.arange(months + 1) - shown), dtype=float)
    now = growth_factor(pipeline.now, nodes, journeys, shown) if len(journeys.origin) else np.zeros(0)
    relative: Floats = (table / now).T if len(now) else np.zeros((0, months + 1))
    n = len(nodes.ids)
    growth = np.repeat(plain[None, :], n + count + 1, axis=0)
    if len(relative) and np.all(relative == relative[0]):
        growth[:n] = relative[0]
    elif len(relative):
        growth[:n] = _mixed(evaluation, relative, plain)
    if count:
        growth[n : n + count] = growth[payer[n : n + count]]
        growth[n : n + count][~np.isnan(pipeline.flows.column("gib_per_day"))] = 1.0
    return growth, plain


def _mixed(evaluation: Evaluation, relative: Floats, plain: Floats) -> Floats:
    """Return (n, h + 1) growth of nodes that serve journeys of different growth, weighted by their calls."""
    journeys, demand = evaluation.pipeline.journeys, evaluation.traffic.demand
    rates = demand.journey_peak * demand.factors.mean(axis=1)
    calls = np.array([rate * filled(journeys.visits_of(k)) for k, rate in enumerate(rates)])
    whole = calls.sum(axis=0)
    with np.errstate(all="ignore"):
        mixed = (calls.T @ relative) / whole[:, None]
    return np.where(whole[:, None] > 0, mixed, plain[None, :])


def _storage_growth(evaluation: Evaluation, owners: int, months: int) -> Floats:
    """Return (o, h + 1) stored data relative to the shown month."""
    pipeline, nodes = evaluation.pipeline, evaluation.pipeline.nodes
    inputs = (nodes.groups["money"], months)
    held = pipeline.stages.run("stored by month", inputs, lambda: stored_by_month(nodes, np.arange(months + 1)))
    now = stored_gib(nodes, evaluation.month)
    factor = np.ones((owners, months + 1))
    with np.errstate(all="ignore"):
        factor[: len(now)] = np.where(now[:, None] > 0, held / now[:, None], 1.0)
    return factor


def _plan(evaluation: Evaluation, charges: Ledger, billed: Floats) -> Floats:
    """Return (h + 1,) support and other environments by month: shares of the providers' bill and of the machines.

    `billed` (o - 1, h + 1) is what providers bill for nodes and flows.
    """
    support = float(value_of(evaluation.pipeline.now.brief, "support_percent") or 0.0)
    environments = float(charges.usd[charges.scaling == ENVIRONMENTS].sum())
    supported = bool((charges.scaling == SUPPORT).any())
    return np.asarray(billed.sum(axis=0) * (support if supported else 0.0) + environments)


def draws(evaluation: Evaluation, samples: int = LIVE_SAMPLES) -> Draws:
    """Return joint draws of growth, demand, storage and prices from the brief's band and the inputs."""
    design = evaluation.design
    brief = evaluation.pipeline.now.brief
    growth = float(value_of(brief, "growth_percent_month") or 0.0)
    low = min(float(value_of(brief, "growth_low_percent_month") or 0.0), growth)
    high = max(float(value_of(brief, "growth_high_percent_month") or 0.0), growth)
    ratios = tuple(number(design, name) for name in ("demand_ratio", "storage_ratio", "price_ratio"))
    return _draws(low, growth, high, ratios, evaluation.horizon_months, evaluation.month, samples)


@lru_cache(maxsize=8)
def _draws(
    low: float, growth: float, high: float, ratios: tuple[float, ...], months: int, shown: int, samples: int
) -> Draws:
    inputs: tuple[Distribution, ...] = (Pert(low, growth, high), *(Lognormal(1.0, ratio) for ratio in ratios))
    table = [source.quantile(share) for source, share in zip(inputs, _spread(len(inputs), samples), strict=True)]
    ahead = np.arange(months + 1) - shown
    path = ((1.0 + table[0][:, None]) / (1.0 + growth)) ** np.maximum(ahead, 0)[None, :]
    return Draws(path * table[1][:, None], table[2], np.repeat(table[3][:, None], months + 1, axis=1))


def _spread(inputs: int, samples: int) -> Floats:
    """Return evenly spread points of the unit cube, (inputs, samples): k·α mod 1 with α_j = φ^-j (Roberts 2018).

    φ is the positive root of φ^(inputs + 1) = φ + 1. Needs no library to be loaded before the first answer.
    """
    root = 2.0
    for _ in range(60):
        root = (1.0 + root) ** (1.0 / (inputs + 1))
    steps = root ** -np.arange(1.0, inputs + 1)
    return np.asarray((0.5 + steps[:, None] * np.arange(1.0, samples + 1)[None, :]) % 1.0)


def samples_of(found: Forecast, drawn: Draws, members: Floats | None = None) -> Floats:
    """Return (d, h + 1) USD per month in every draw, of all owners or weighted by `members` (o,)."""
    weight = np.ones(len(found.fixed)) if members is None else members
    fixed, usage, storage = weight @ found.fixed, weight @ found.usage, weight @ found.storage
    base = storage[0]
    grown = base + (storage - base)[None, :] * drawn.storage[:, None]
    return np.asarray((fixed[None, :] + usage[None, :] * drawn.demand + grown) * drawn.price)


def monthly_band(samples: Floats) -> MonthlyBand:
    """Return the percentiles of the months and of their sum."""
    with_sum = np.column_stack((samples, samples.sum(axis=1)))
    with_sum.sort(axis=0)
    low, middle, high = with_sum[np.round(np.array((0.1, 0.5, 0.9)) * (len(samples) - 1)).astype(int)]
    return MonthlyBand(low[:-1], middle[:-1], high[:-1], (float(low[-1]), float(middle[-1]), float(high[-1])))
