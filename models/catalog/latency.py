"""Round trips between regions and places: measured pairs, else an estimate from the distance.

Symbols: d great-circle distance in km (mean Earth radius 6371.0088 km); light in fiber travels 204.19 km per ms.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec

from models.catalog.records import Fact, Place
from models.words import Text

FIBER_KM_PER_MS = 204.19
EARTH_RADIUS_KM = 6371.0088
SAME_REGION_MS = 2.0
ESTIMATE_SOURCE = Text("distance formula, fitted on 1,199 Azure pairs (median error 14 %)")
ESTIMATE_DATE = "2026-07-30"


class Matrix(msgspec.Struct, frozen=True):
    """Measured round trips in ms: `ms[i][j]` for j < i is the mean of both directions, None where not measured."""

    source: str
    date: str
    regions: tuple[str, ...]
    ms: tuple[tuple[float | None, ...], ...]


class RoundTrips(msgspec.Struct, frozen=True):
    """The file `round_trips.json`: earlier matrices win."""

    matrices: tuple[Matrix, ...]


class Measured:
    """Measured pairs by place."""

    def __init__(self, matrices: Sequence[Matrix], sources: Mapping[str, str]) -> None:
        self._matrices = [(m, {name: row for row, name in enumerate(m.regions)}) for m in matrices]
        self._sources = sources

    def find(self, a: Place, b: Place) -> Fact | None:
        """Return the measured round trip of two different regions, or None."""
        for matrix, rows in self._matrices:
            i, j = rows.get("/".join(a)), rows.get("/".join(b))
            if i is not None and j is not None and i != j:
                value = matrix.ms[max(i, j)][min(i, j)]
                if value is not None:
                    return Fact(value, "ms", matrix.date, self._sources[matrix.source], "measured")
        return None

    def dated(self) -> list[tuple[str, str]]:
        """Return (date, source) of each matrix."""
        return [(matrix.date, self._sources[matrix.source]) for matrix, _ in self._matrices]

    def __len__(self) -> int:
        return sum(value is not None for matrix, _ in self._matrices for row in matrix.ms for value in row)


def distance_km(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Return the great-circle distance in km between two points in degrees (haversine; Sinnott 1984)."""
    phi_a, phi_b = math.radians(latitude_a), math.radians(latitude_b)
    half_phi, half_lambda = (phi_b - phi_a) / 2, math.radians(longitude_b - longitude_a) / 2
    root = math.sin(half_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(root)))


def fiber_bound_ms(distance: float) -> float:
    """Return the round trip in ms of light in a straight fiber of `distance` km: no measurement can be below."""
    return 2 * distance / FIBER_KM_PER_MS


def continent(latitude: float, longitude: float) -> str:
    """Return the continent code of a point in degrees: NA, SA, OC, AF, EU, ME, IN or AS."""
    if longitude < -30:
        return "NA" if latitude >= 13 else "SA"
    if latitude < -10 and longitude > 100:
        return "OC"
    if latitude < 15 and -20 < longitude < 52:
        return "AF"
    if longitude < 35 and latitude > 35:
        return "EU"
    if longitude < 60:
        return "ME"
    return "IN" if longitude < 92 else "AS"


def estimate_ms(a: tuple[float, float], b: tuple[float, float], detour: Mapping[tuple[str, str], float]) -> float:
    """Return the estimated round trip in ms between two (latitude, longitude) points in degrees.

    RTT = 1 + 38.1 (1 − e^(−d/3032)) + k · 2d/204.19, never below the fiber bound; k by continent pair, 1.30 where the
    pair was not fitted and at least 1.05. Both points within 1 km count as one metropolitan area.
    """
    distance = distance_km(*a, *b)
    if distance < 1:
        return SAME_REGION_MS
    first, second = sorted((continent(*a), continent(*b)))
    k = max(1.05, detour.get((first, second), 1.30))
    bound = fiber_bound_ms(distance)
    return max(bound, 1 + 38.1 * (1 - math.exp(-distance / 3032)) + k * bound)
