"""Round trips: measured pairs, estimates by distance, bounds and symmetry."""

import itertools

import pytest

from models.catalog.catalog import Catalog, UnknownPlace, load_catalog
from models.catalog.latency import continent, distance_km, estimate_ms, fiber_bound_ms


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def test_frankfurt_to_dublin_is_the_measured_27_ms(catalog: Catalog) -> None:
    trip = catalog.round_trip_ms(("aws", "eu-central-1"), ("aws", "eu-west-1"))
    assert trip.status == "measured"
    assert trip.value == pytest.approx(27, abs=1)
    assert trip.unit == "ms"


def test_an_unmeasured_pair_is_marked_as_an_estimate(catalog: Catalog) -> None:
    trip = catalog.round_trip_ms(("nebius", "eu-north1"), ("aws", "eu-central-1"))
    assert trip.status == "estimate"
    assert 25 < trip.value < 50


def test_round_trips_are_symmetric_and_not_faster_than_light_in_fiber(catalog: Catalog) -> None:
    regions = [r for r in catalog.regions() if r.provider in ("aws", "azure", "gcp", "nebius", "lambda")][::5]
    measured = 0
    for a, b in itertools.combinations(regions, 2):
        there = catalog.round_trip_ms((a.provider, a.id), (b.provider, b.id))
        back = catalog.round_trip_ms((b.provider, b.id), (a.provider, a.id))
        assert there == back
        bound = fiber_bound_ms(distance_km(a.latitude, a.longitude, b.latitude, b.longitude))
        assert there.value >= bound - 0.1, (a.id, b.id)
        measured += there.status == "measured"
    assert measured > 100


def test_the_formula_is_near_the_measured_matrix(catalog: Catalog) -> None:
    errors = []
    for a, b in itertools.combinations(catalog.regions("azure"), 2):
        trip = catalog.round_trip_ms(("azure", a.id), ("azure", b.id))
        if trip.status == "measured" and trip.value > 10:
            guess = estimate_ms((a.latitude, a.longitude), (b.latitude, b.longitude), catalog._detours)
            errors.append(abs(guess - trip.value) / trip.value)
    errors.sort()
    assert len(errors) > 800
    assert errors[len(errors) // 2] < 0.16


def test_the_great_circle_and_the_fiber_bound() -> None:
    assert distance_km(51.4700, -0.4543, 40.6413, -73.7781) == pytest.approx(5540, rel=2e-3), "London to New York"
    assert distance_km(0, 0, 0, 180) == pytest.approx(20015, rel=1e-3)
    assert fiber_bound_ms(204.19) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("latitude", "longitude", "code"),
    [
        (40, -75, "NA"),
        (-23, -46, "SA"),
        (50, 8, "EU"),
        (25, 55, "ME"),
        (19, 73, "IN"),
        (35, 139, "AS"),
        (-34, 151, "OC"),
    ],
)
def test_continents(latitude: float, longitude: float, code: str) -> None:
    assert continent(latitude, longitude) == code


def test_people_of_a_place_reach_a_region(catalog: Catalog) -> None:
    near = catalog.round_trip_from_place_ms("DE", ("aws", "eu-central-1"))
    far = catalog.round_trip_from_place_ms("US-West", ("aws", "eu-central-1"))
    assert near.status == "estimate"
    assert near.value < 10 < 100 < far.value


def test_unknown_places_are_named(catalog: Catalog) -> None:
    with pytest.raises(UnknownPlace, match="'XX' is not known"):
        catalog.round_trip_from_place_ms("XX", ("aws", "eu-central-1"))
    with pytest.raises(UnknownPlace, match="region 'mars-1' of 'aws'"):
        catalog.round_trip_ms(("aws", "mars-1"), ("aws", "eu-central-1"))


def test_throughput_is_measured_per_direction_or_not_known(catalog: Catalog) -> None:
    speed = catalog.throughput_gbit_s(("aws", "us-east-1"), ("gcp", "us-central1"))
    assert speed is not None
    assert speed.status == "measured"
    assert 0.1 < speed.value < 50
    assert catalog.throughput_gbit_s(("aws", "us-east-1"), ("nebius", "eu-north1")) is None
