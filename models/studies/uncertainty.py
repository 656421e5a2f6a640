"""How sure the bill of every month is, and which inputs it hangs on: a Monte-Carlo over scrambled Sobol points.

Symbols. Owners o, months m, price groups p, draws d. F, U, S[p,o,m]: expected cost that stands still, grows with demand
and grows with stored data. g_d growth, a_d level of demand, w[d,o] use of an owner, s_d growth of storage, q price.

    cost[d,m] = Σ_p q[d,p] · (1 + drift_p)^(m/12) · Σ_o ( F[p,o,m]
                + U[p,o,m] · a_d · ((1+g_d)/(1+g))^m · w[d,o] + S[p,o,0] + (S[p,o,m] − S[p,o,0]) · s_d )

Sobol' 1967, scrambling Owen 1998 (`models.analyses.uncertainty`). The tornado moves one input from its P10 to its P90
and leaves the others at their median; the rank correlation is Spearman's over all draws.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from models.analyses.uncertainty import Distribution, Floats, Lognormal, Pert, draw, drivers
from models.words import Text

CHUNK = 1024
SHARES = (0.1, 0.5, 0.9)
MOST_BARS = 12


class CostModel(NamedTuple):
    """What the study draws from: arrays (groups, owners, months) and the spread of every input.

    Attributes:
        growth: least, expected and largest growth of demand per month.
        drift: change of the price of each group per year, expected for sure.
        *_ratio: 90th percentile over the median of demand, use of one owner, storage growth, and of each price group.
    """

    owners: tuple[str, ...]
    groups: tuple[str, ...]
    fixed: Floats
    usage: Floats
    storage: Floats
    growth: tuple[float, float, float]
    demand_ratio: float
    owner_ratio: float
    storage_ratio: float
    price_ratios: tuple[float, ...]
    drift: tuple[float, ...] = ()
    start: int = 0


class Bar(Struct, frozen=True):
    """One input of the tornado: cost over all months at its P10 and P90, and its rank correlation with that cost."""

    name: str
    low: float
    high: float
    correlation: float


class CostBands(Struct, frozen=True):
    """Bands of every month and of the sum over all months, USD.

    `middle` is the cost of all months with every input at its median, the center of the tornado; `expected` is the
    expected cost of all months, to tell whether the design has changed since.
    """

    p10: tuple[float, ...]
    p50: tuple[float, ...]
    p90: tuple[float, ...]
    total: tuple[float, float, float]
    middle: float
    bars: tuple[Bar, ...]
    draws: int
    seed: int
    expected: float


def cost_bands(
    model: CostModel,
    draws: int = 10_000,
    seed: int = 1,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CostBands | None:
    """Return the bands, the same for the same seed; None when cancelled. Works on all cores: its products hold no lock.

    Args:
        progress: called with the share done. cancelled: asked after every 1,024 draws.
    """
    used = _used_owners(model)
    sources = _sources(model, len(used))
    table = draw([source for _, source in sources], draws, seed)
    samples = np.empty((draws, model.fixed.shape[2]))
    parts = [slice(start, min(start + CHUNK, draws)) for start in range(0, draws, CHUNK)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(parts))) as pool:
        jobs = {pool.submit(_costs, model, used, table[:, part]): part for part in parts}
        for done, job in enumerate(as_completed(jobs), 1):
            samples[jobs[job]] = job.result()
            if cancelled is not None and cancelled():
                pool.shutdown(cancel_futures=True)
                return None
            if progress is not None:
                progress(done / len(parts))
    whole = samples.sum(axis=1)
    bands = np.quantile(samples, SHARES, axis=0)
    total = np.quantile(whole, SHARES)
    middle, bars = _tornado(model, used, sources, drivers(table, whole))
    expected = model.fixed + model.usage + model.storage
    return CostBands(
        p10=tuple(bands[0].tolist()),
        p50=tuple(bands[1].tolist()),
        p90=tuple(bands[2].tolist()),
        total=(float(total[0]), float(total[1]), float(total[2])),
        middle=middle,
        bars=bars,
        draws=draws,
        seed=seed,
        expected=float(expected.sum()),
    )


def _used_owners(model: CostModel) -> list[int]:
    """Return the owners whose cost grows with demand, the dearest first."""
    cost = model.usage.sum(axis=(0, 2))
    return [owner for owner in np.argsort(-cost, kind="stable").tolist() if cost[owner] > 0]


def _sources(model: CostModel, used: int) -> list[tuple[str, Distribution]]:
    owners = [model.owners[owner] for owner in _used_owners(model)[:used]]
    spreads: list[Distribution] = [
        Pert(*model.growth),
        Lognormal(1.0, model.demand_ratio),
        Lognormal(1.0, model.storage_ratio),
        *(Lognormal(1.0, ratio) for ratio in model.price_ratios),
        *(Lognormal(1.0, model.owner_ratio) for _ in owners),
    ]
    return list(zip(source_names(model.groups, owners), spreads, strict=True))


def source_names(groups: Iterable[str], owners: Iterable[str]) -> Iterator[Text]:
    """Yield what every input is called, for price groups and owners named as inside a sentence."""
    yield Text("Growth of demand")
    yield Text("Level of demand")
    yield Text("Growth of storage")
    for group in groups:
        yield Text("Price of {group}", group=group)
    for owner in owners:
        yield Text("Use of {name}", name=owner)


def _costs(model: CostModel, used: list[int], table: Floats) -> Floats:
    """Return (d, months) USD per month of draws `table` (inputs, d)."""
    groups = len(model.groups)
    growth, level, stored = table[:3]
    prices, use = table[3 : 3 + groups], table[3 + groups :]
    ahead = np.maximum(np.arange(model.fixed.shape[2]) - model.start, 0)
    demand = level[:, None] * ((1.0 + growth[:, None]) / (1.0 + model.growth[1])) ** ahead[None, :]
    cost = np.zeros((table.shape[1], model.fixed.shape[2]))
    drift = np.array(model.drift or (0.0,) * groups)
    trend = (1.0 + drift[:, None]) ** (ahead[None, :] / 12.0)
    for group in range(groups):
        storage = model.storage[group].sum(axis=0)
        held = storage[0] + (storage - storage[0])[None, :] * stored[:, None]
        usage = use.T @ model.usage[group][used]
        cost += (
            prices[group][:, None] * trend[group] * (model.fixed[group].sum(axis=0)[None, :] + usage * demand + held)
        )
    return cost


def _tornado(
    model: CostModel, used: list[int], sources: list[tuple[str, Distribution]], correlation: Floats
) -> tuple[float, tuple[Bar, ...]]:
    """Return the cost with every input at its median, and the inputs that move it most, the widest first."""
    middle = np.array([float(source.quantile(np.array([0.5]))[0]) for _, source in sources])
    table = np.repeat(middle[:, None], 2 * len(sources), axis=1)
    for number, (_, source) in enumerate(sources):
        table[number, 2 * number : 2 * number + 2] = source.quantile(np.array([SHARES[0], SHARES[2]]))
    whole = _costs(model, used, table).sum(axis=1).reshape(-1, 2)
    center = float(_costs(model, used, middle[:, None]).sum())
    bars = [
        Bar(name, float(low), float(high), 0.0 if math.isnan(rank) else float(rank))
        for (name, _), (low, high), rank in zip(sources, whole, correlation, strict=True)
    ]
    bars.sort(key=lambda bar: -abs(bar.high - bar.low))
    return center, tuple(bar for bar in bars[:MOST_BARS] if bar.high != bar.low)
