"""What traffic between regions of one provider costs."""

from collections.abc import Mapping
from statistics import median

import msgspec

from models.catalog.latency import continent
from models.catalog.records import Place, Region, Tier, UnitPrice
from models.catalog.tables import Source, credit
from models.words import Text

ITEM = "cross_region"


class _Row(msgspec.Struct, array_like=True):
    provider: str
    origin: str
    targets: str | list[str]
    usd_per_gb: float
    source: str
    date: str


class _Table(msgspec.Struct):
    transfers: list[_Row]


class TransferPrices:
    """Prices per GB from region to region: by pair, else the origin's rule for any other region ("*")."""

    def __init__(self, content: bytes, titles: Mapping[str, Source], regions: Mapping[Place, Region]) -> None:
        self._titles = titles
        self._regions = regions
        self._rows: dict[tuple[str, str, str], _Row] = {}
        for row in msgspec.json.decode(content, type=_Table).transfers:
            for target in [row.targets] if isinstance(row.targets, str) else row.targets:
                self._rows[row.provider, row.origin, target] = row
        self._by_continent: dict[tuple[str, str, str], list[_Row]] = {}
        for (provider, origin, target), row in self._rows.items():
            for other in self._targets(provider) if target == "*" else (target,):
                pair = self._continents((provider, origin), (provider, other))
                if pair:
                    self._by_continent.setdefault((provider, *pair), []).append(row)

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, provider: str, origin: str, target: str) -> UnitPrice | None:
        """Return the price of a pair; if unlisted, the median of the provider's pairs between the continents."""
        row = self._rows.get((provider, origin, target)) or self._rows.get((provider, origin, "*"))
        if row:
            source = credit(self._titles[row.source])
            return UnitPrice(provider, ITEM, origin, "GB", (Tier(0.0, row.usd_per_gb),), row.date, source, "published")
        pair = self._continents((provider, origin), (provider, target))
        rows = self._by_continent.get((provider, *pair)) if pair else None
        if not rows:
            return None
        usd = median(other.usd_per_gb for other in rows)
        source = Text(
            "median of the provider's pairs {pair}; {source}",
            pair="-".join(pair or ()),
            source=credit(self._titles[rows[0].source]),
        )
        return UnitPrice(provider, ITEM, origin, "GB", (Tier(0.0, usd),), rows[0].date, source, "estimate")

    def _targets(self, provider: str) -> list[str]:
        return [region for owner, region in self._regions if owner == provider]

    def _continents(self, origin: Place, target: Place) -> tuple[str, str] | None:
        a, b = self._regions.get(origin), self._regions.get(target)
        if a is None or b is None:
            return None
        return continent(a.latitude, a.longitude), continent(b.latitude, b.longitude)
