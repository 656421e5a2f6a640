"""Measured throughput between regions: one pair of machines with many connections, one direction."""

import msgspec

from models.catalog.records import Fact, Place
from models.catalog.tables import Titles, credit


class _Table(msgspec.Struct, frozen=True):
    source: str
    regions: tuple[str, ...]
    gbit_per_second: tuple[tuple[float | None, ...], ...]


class Throughputs:
    """Measured pairs by place, from row to column."""

    def __init__(self, content: bytes, titles: Titles) -> None:
        self._table = msgspec.json.decode(content, type=_Table)
        self._rows = {name: index for index, name in enumerate(self._table.regions)}
        self._origin = titles[self._table.source]

    def find(self, from_: Place, to: Place) -> Fact | None:
        """Return the throughput in Gbit/s of one pair of machines, or None where it was not measured."""
        row, column = self._rows.get("/".join(from_)), self._rows.get("/".join(to))
        if row is None or column is None:
            return None
        value = self._table.gbit_per_second[row][column]
        return None if value is None else Fact(value, "Gbit/s", self._origin.date, credit(self._origin), "measured")

    def __len__(self) -> int:
        return sum(value is not None for row in self._table.gbit_per_second for value in row)

    def dated(self) -> tuple[str, str]:
        """Return (date, source)."""
        return self._origin.date, credit(self._origin)
