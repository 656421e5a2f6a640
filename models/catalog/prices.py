"""Instance prices of one provider: columns of regions, looked up by type and purchase."""

from bisect import bisect_left
from collections.abc import Mapping

import msgspec

from models.catalog.records import Fact, Status
from models.catalog.tables import Source, credit

USD_PER_HOUR = "USD/h"


class Origin(msgspec.Struct, frozen=True):
    """Source and status shared by many rows."""

    source: str
    status: Status


class PriceRow(msgspec.Struct, array_like=True):
    """Prices in USD per hour of one type and purchase; `regions` indexes the table's regions, ascending."""

    instance_type: str
    purchase: str
    origin: int
    regions: list[int]
    usd_per_hour: list[float]


class PriceTable(msgspec.Struct):
    """The file `prices_<provider>.json`. Region "*" holds in every region of the provider."""

    regions: list[str]
    origins: list[Origin]
    rows: list[PriceRow]


class InstancePrices:
    """Prices of whole hosts of one provider."""

    def __init__(self, content: bytes, titles: Mapping[str, Source]) -> None:
        table = msgspec.json.decode(content, type=PriceTable)
        self._columns = {region: index for index, region in enumerate(table.regions)}
        self._origins = [
            (titles[origin.source].date, credit(titles[origin.source]), origin.status) for origin in table.origins
        ]
        self._rows: dict[tuple[str, str], list[PriceRow]] = {}
        for row in table.rows:
            self._rows.setdefault((row.instance_type, row.purchase), []).append(row)

    def find(self, region: str, instance_type: str, purchase: str) -> Fact | None:
        """Return the price in USD per hour, or None where it is not known; published rows win over estimates."""
        column = self._columns.get(region, self._columns.get("*"))
        if column is None:
            return None
        for row in self._rows.get((instance_type, purchase), ()):
            position = bisect_left(row.regions, column)
            if position < len(row.regions) and row.regions[position] == column:
                date, source, status = self._origins[row.origin]
                return Fact(row.usd_per_hour[position], USD_PER_HOUR, date, source, status)
        return None

    def records(self) -> int:
        """Return the number of known prices."""
        return sum(len(row.regions) for rows in self._rows.values() for row in rows)

    def origins(self) -> list[tuple[str, str, Status]]:
        """Return (date, source, status) of each origin."""
        return list(self._origins)

    def priced(self) -> set[str]:
        """Return the types with a price in at least one region."""
        return {name for name, _ in self._rows}

    def purchases(self) -> set[str]:
        """Return the purchases with at least one price."""
        return {purchase for _, purchase in self._rows}
